"""The standard streams of the command, as whoever starts it leaves them."""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path


def open_closed_streams() -> None:
    """Open the null device in the place of standard streams that are closed, as some that start jobs leave them.

    Otherwise the next file that is opened has a stream's number, and what a library prints stands in it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - as long as the program runs


def give_up_unwritable(name: str) -> OSError | None:
    """Write what a stream still holds; one that can't be written is given up, or Python's end would try again and exit with 120.

    Args:
        name: stdout or stderr.

    Returns:
        Why it can't be written.
    """
    stream = getattr(sys, name)
    if stream is None:
        return None
    try:
        stream.flush()
    except OSError as error:
        setattr(sys, name, None)
        return error
    return None


def take_every_letter(stream: object) -> None:
    """Let a stream take names in every writing, also where the system writes files in an old encoding (Windows).

    Args:
        stream: Standard output, or that of errors. A file or a pipe then gets UTF-8; a terminal keeps its encoding and
            shows "?" for what it does not have.
    """
    if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
        stream.reconfigure(encoding=stream.encoding if stream.isatty() else "utf-8", errors="replace")


def standard_input() -> Path:
    """Standard input as a file that can be read twice."""
    from clustera.read import stream_as_file as to_file

    return to_file(sys.stdin.buffer)
