"""Files of other programs that are no tables as they stand: what each is, and how it becomes one."""

from __future__ import annotations

import re

from clustera.errors import InputError

SEEN = 4096  # bytes in which a file that is no text has control characters
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f]")
_TEXTS = {"a SAS file", "a link to a Google Sheet", "a PDF"}  # kinds that may have none
_PANDAS = "in Python, pass pandas.{}({!r})"
# What a file begins with, its kind, where its own program saves a table, and pandas' function for it.
_KINDS: tuple[tuple[bytes, str, str, str], ...] = (
    (rb"ORC", "an ORC file", "Save it as Parquet", "read_orc"),
    (rb"FEA1", "a Feather file of the first version", "Write it again as Feather or Parquet", "read_feather"),
    (rb"[\x69-\x73][\x01\x02]\x01|<stata_dta>", "a Stata file", "In Stata: export delimited", "read_stata"),
    (rb"\$FL[23]@", "an SPSS file", "In SPSS: File, Save As, CSV", "read_spss"),
    (
        rb"\0{12}\xc2\xea\x81\x60\xb3\x14\x11\xcf|HEADER RECORD\*{7}",
        "a SAS file",
        "In SAS: PROC EXPORT with DBMS=CSV",
        "read_sas",
    ),
    (rb"RD[AXB][23]\n|X\n\0", "a file of R", "In R: write.csv(customers, 'customers.csv', row.names = FALSE)", ""),
    (rb"\x89HDF\r\n", "an HDF5 file", "Save it as CSV or Parquet", "read_hdf"),
    (rb"Obj\x01", "an Avro file", "Save it as CSV, Parquet or JSON lines", ""),
    (rb"\x80[\x02-\x05]", "a pickled object of Python", "Save the table with to_csv or to_parquet", ""),
    (rb"\x93NUMPY", "an array of NumPy", "Name its columns: pandas.DataFrame(array, columns=[...]), and pass that", ""),
    (rb"\0\x01\0\0Standard (Jet|ACE) DB", "an Access database", "In Access: External Data, Export, Text File", ""),
    (rb"%PDF-", "a PDF", "Ask for the table itself, as CSV or Excel", ""),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF", "a picture or recording", "Pass the table itself, as CSV or Excel", ""),
    (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a", "an archive", "Unpack it, and pass the file in it", ""),
    (rb"(?s:.{257})ustar", "an archive (tar)", "Unpack it, and pass the file in it", ""),
    (
        rb'\{[^{}]*"https://docs\.google\.com/[^{}]*"doc_id"',
        "a link to a Google Sheet",
        "In Google Sheets: File, Download, CSV",
        "",
    ),
)


def refuse_foreign_file(head: bytes, name: str) -> None:
    r"""Refuse a file that its first bytes tell to be of a program whose files are not read.

    Args:
        head: Its first bytes, unpacked.
        name: The file, for messages.

    Raises:
        InputError: it is; with its kind, and how to make a table of it.

    >>> refuse_foreign_file(b"ORC,spend", "customers.csv")
    >>> refuse_foreign_file(b"ORC\x08\x03", "customers.orc")
    Traceback (most recent call last):
        ...
    clustera.errors.InputError: customers.orc is an ORC file, which is not read.
    Hint: Save it as Parquet; or in Python, pass pandas.read_orc('customers.orc').
    """
    binary = bool(_CONTROL.search(head[:SEEN]))  # a column may be called ORC
    for begins, kind, cure, reader in _KINDS:
        if re.match(begins, head) and (binary or kind in _TEXTS):
            other = f"; or {_PANDAS.format(reader, name)}" if reader else ""
            raise InputError(f"{name} is {kind}, which is not read.", hint=f"{cure}{other}.")
