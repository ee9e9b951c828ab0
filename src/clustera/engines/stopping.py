"""Ctrl-C ends the work, also where a library swallows what Python raises for it.

DuckDB, and pyarrow where it imports pandas, may lose a KeyboardInterrupt, or turn it into a complaint of their own. So what
was heard is remembered, and every call of the engine looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from clustera.heard import hearing, stop_if_heard

_OF_PYTHON = re.compile("(.* failed: )?KeyboardInterrupt")  # the last line of a complaint about a table in Python


@contextmanager
def stops() -> Iterator[None]:
    """Within it, and when it begins and ends, Ctrl-C is a KeyboardInterrupt, whatever libraries make of it."""
    with hearing():
        stop_if_heard()
        try:
            yield
        except (duckdb.Error, RuntimeError) as error:
            stop_if_heard()
            if _is_stop(error):
                raise KeyboardInterrupt from error
            raise
        stop_if_heard()


def _is_stop(error: Exception) -> bool:
    """Whether a complaint of DuckDB is Ctrl-C.

    Within a query it comes as a plain RuntimeError, and where DuckDB has Python read a table for it as a complaint
    about that table, which ends in Python's own.

    >>> _is_stop(duckdb.InvalidInputException("reading the object as Arrow data failed: KeyboardInterrupt: "))
    True
    >>> _is_stop(duckdb.ConversionException("Could not convert string 'KeyboardInterrupt' to INT32"))
    False
    """
    if isinstance(error, duckdb.Error):
        last = str(error).rstrip(": \n").rpartition("\n")[2]
        return isinstance(error, duckdb.InterruptException) or bool(_OF_PYTHON.fullmatch(last))
    return "Query interrupted" in str(error)
