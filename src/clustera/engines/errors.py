"""What DuckDB reports, in our words and with the cure."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import duckdb

from clustera.errors import ClusteraError, InputError, MissingError, SetupError

_OF_THE_MACHINE = (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.PermissionException)


_OF_THE_DATA = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.NotImplementedException,  # a line of CSV that fills a buffer
    duckdb.OutOfRangeException,
)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _refused_by_the_machine(said: str) -> ClusteraError:
    inner = re.search(r'\{"exception_type".*\}', said)  # what was written by another thread
    if inner:
        said = json.loads(inner[0])["exception_message"]
    unwritten = re.search(r'[Cc]ould not write .*?"(.+)": (.+)', said)
    if unwritten:
        # An unfinished run is written into a hidden folder, of which nobody knows.
        folder = next(one for one in Path(unwritten[1]).parents if not one.name.startswith("."))
        return SetupError(
            f"Can't write to {folder}: {unwritten[2].rstrip('.')}.",
            hint="Free space or choose another folder.",
        )
    if "failed to offload" in said:
        return SetupError(
            f"There is no room for temporary files in {tempfile.gettempdir()}.",
            hint="Free space, or set TMPDIR to a folder with more room.",
        )
    gone = re.search(r'No files found that match the pattern "(.+)"|annot open file "(.+)": No such file', said)
    if gone:
        return MissingError(f"{gone[1] or gone[2]} is not there any more.", hint="Was it removed or moved meanwhile?")
    return SetupError(said, hint="Free disk space or memory, or allow the folder.")


def error_of_ours(error: Exception) -> ClusteraError | None:
    """What went wrong in our words: of the machine or of the data; None for anything else, which is a bug of ours."""
    if isinstance(error, _OF_THE_MACHINE):
        return _refused_by_the_machine(_first_line(error))
    if isinstance(error, UnicodeDecodeError) or (
        not isinstance(error, duckdb.Error) and "conversion error" in str(error)
    ):
        return InputError("A name in the table is no UTF-8.", hint="The file is damaged: write it again.")
    # One of no kind of its own, such as "Footer length error", is about a file; the kinds that are left are bugs of ours.
    if not isinstance(error, _OF_THE_DATA) and type(error) is not duckdb.Error:
        return None
    said = _first_line(error)
    damaged = type(error) is duckdb.Error or re.search(r"\bfile\b", said) is not None
    return InputError(said, hint="The file is damaged: write it again." if damaged else "")
