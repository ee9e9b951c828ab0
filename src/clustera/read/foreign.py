"""Files of other programs that are no tables as they stand: what each is, and how it becomes one."""

from __future__ import annotations

import re
from typing import NamedTuple

from clustera.errors import InputError

SEEN = 4096  # bytes in which a file that is no text has control characters
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f]")
_PANDAS = "in Python, pass pandas.{}({!r})"


_SHEET = "Open it in a spreadsheet and save it as CSV or Excel"
_TABLE = "Export a table, as CSV or Excel"


class _Kind(NamedTuple):
    begins: bytes  # pattern of its first bytes
    said: str
    cure: str  # where its own program saves a table
    pandas: str = ""  # the function that reads it
    plain: bool = False  # whether it may be text, without control characters


_KINDS = (
    _Kind(rb"ORC", "an ORC file", "Save it as Parquet", "read_orc"),
    _Kind(rb"FEA1", "a Feather file of the first version", "Write it again as Feather or Parquet", "read_feather"),
    _Kind(rb"[\x69-\x73][\x01\x02]\x01|<stata_dta>", "a Stata file", "In Stata: export delimited", "read_stata"),
    _Kind(rb"\$FL[23]@", "an SPSS file", "In SPSS: File, Save As, CSV", "read_spss"),
    _Kind(
        rb"\0{12}\xc2\xea\x81\x60\xb3\x14\x11\xcf|HEADER RECORD\*{7}",
        "a SAS file",
        "In SAS: PROC EXPORT with DBMS=CSV",
        "read_sas",
        plain=True,
    ),
    _Kind(rb"RD[AXB][23]\n|X\n\0", "a file of R", "In R: write.csv(customers, 'customers.csv', row.names = FALSE)"),
    _Kind(rb"\x89HDF\r\n", "an HDF5 file", "Save it as CSV or Parquet", "read_hdf"),
    _Kind(rb"Obj\x01", "an Avro file", "Save it as CSV, Parquet or JSON lines"),
    _Kind(rb"\x80[\x02-\x05]", "a pickled object of Python", "Save the table with to_csv or to_parquet"),
    _Kind(
        rb"\x93NUMPY", "an array of NumPy", "Name its columns: pandas.DataFrame(array, columns=[...]), and pass that"
    ),
    _Kind(rb"\0\x01\0\0Standard (Jet|ACE) DB", "an Access database", "In Access: External Data, Export, Text File"),
    _Kind(
        rb"(?is)(?:\xef\xbb\xbf)?\s*(?:--[^\n]*\n\s*|/\*.{0,200}?\*/;?\s*|(?:set|use|begin|start|drop|lock|pragma|select)\b[^;\n]{0,200};\s*)*"
        rb"(?:create\s+(?:(?:temporary|temp|global)\s+)?table|create\s+database|insert\s+(?:ignore\s+)?into)\s",
        "a dump of a database, in SQL",
        "Load it into a database and pass that one, or its table as CSV: sqlite3 shop.db < dump.sql",
        plain=True,
    ),
    _Kind(rb"(?i)BEGIN:VCARD\s", "a file of contacts (vCard)", _TABLE, plain=True),
    _Kind(rb"(?i)(?:version: 1\s+|#[^\n]*\n)*dn::? \S", "an export of a directory (LDIF)", _TABLE, plain=True),
    _Kind(rb"ID;P[A-Z]{3,}[^\n]*\n(?:[A-Z];|ID;)", "a sheet in the format SYLK", _SHEET, plain=True),
    _Kind(rb"(?i)MIME-Version: 1\.0\s", "a web archive, as some programs call .xls or .doc", _SHEET, plain=True),
    _Kind(
        rb"(?:%YAML[^\n]*\n)?(?:---\s*\n)?(?:[\w.-]+:\s*\n)?\s*- [\w. -]+: [^\n,;\t]*\n\s+[\w. -]+: [^\n,;\t]*\n",
        "YAML",
        _TABLE,
        plain=True,
    ),
    _Kind(rb"%PDF-", "a PDF", "Ask for the table itself, as CSV or Excel", plain=True),
    _Kind(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF", "a picture or recording", "Pass the table itself, as CSV or Excel"),
    _Kind(rb"7z\xbc\xaf\x27\x1c|Rar!\x1a", "an archive", "Unpack it, and pass the file in it"),
    _Kind(rb"(?s:.{257})ustar", "an archive (tar)", "Unpack it, and pass the file in it"),
    _Kind(
        rb'\{[^{}]*"https://docs\.google\.com/[^{}]*"doc_id"',
        "a link to a Google Sheet",
        "In Google Sheets: File, Download, CSV",
        plain=True,
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
    for kind in _KINDS:
        if re.match(kind.begins, head) and (binary or kind.plain):
            other = f"; or {_PANDAS.format(kind.pandas, name)}" if kind.pandas else ""
            raise InputError(f"{name} is {kind.said}, which is not read.", hint=f"{kind.cure}{other}.")
