"""What DuckDB reports, in our words and with the cure."""

from __future__ import annotations

import re

import duckdb

from clustera.errors import ClusteraError, InputError, SetupError

_OF_THE_MACHINE = (duckdb.OutOfMemoryException, duckdb.IOException, duckdb.PermissionException)


_OF_THE_DATA = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.NotImplementedException,  # a line of CSV that fills a buffer
    duckdb.OutOfRangeException,
)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def error_of_ours(error: Exception) -> ClusteraError | None:
    """What went wrong in our words: of the machine or of the data; None for anything else, which is a bug of ours."""
    if isinstance(error, _OF_THE_MACHINE):
        return SetupError(_first_line(error), hint="Free disk space or memory, or allow the folder.")
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
