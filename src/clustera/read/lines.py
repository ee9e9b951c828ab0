"""The lines of a text file, one after the other, counted."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path
from typing import BinaryIO

import numpy as np

from clustera.errors import InputError
from clustera.read.wide import wide_encoding, wide_lines

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NOT_UTF8 = re.compile("[\udc80-\udcff]")  # what the decoder leaves of a byte that is not UTF-8
LINE_LIMIT = 16 << 20  # characters; a customer needs fewer
COUNTED = 8 << 20  # bytes at a time


class Lines:
    """The lines of a text file; bytes that are not UTF-8 in a UTF-8 file are read as cp1252.

    Args:
        file: Its bytes.
        encoding: How they are to be read.
        name: The file, for messages.
    """

    def __init__(self, file: BinaryIO, encoding: str, name: str) -> None:
        self._name, self.encoding = name, encoding
        self.read = 0  # lines given out
        self.strange = 0  # of them, those that were not UTF-8
        self.damaged = 0  # of them, those of UTF-16 or UTF-32 with bytes too many or too few
        head = file.read(64)
        wide = wide_encoding(encoding, head)
        file.seek(first_character(head, wide.codec) if wide else marks_in(head))
        if wide:
            self._wide = wide_lines(file, wide, limit=LINE_LIMIT)
            self._next = self._next_wide
        else:
            # What is not UTF-8 is kept aside by the decoder, to be read line by line.
            errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
            self._text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=None)
            self._next = self._next_narrow

    def next(self) -> str:
        """The next line, its end included; an empty string after the last.

        Raises:
            InputError: the line has no end, or the bytes are of another encoding.
        """
        line = self._next()
        if len(line) >= LINE_LIMIT:
            raise InputError(
                f"{self._name} has a line of more than {LINE_LIMIT:,} characters; a table has one line per customer.",
                hint="Export it again with line ends.",
            )
        if line:
            self.read += 1
        # A line of nothing but zero bytes is a line, and not the end of the file.
        return (line.replace("\0", "") or "\n") if "\0" in line else line

    def _next_wide(self) -> str:
        line, damaged = next(self._wide, ("", False))
        self.damaged += damaged
        return line

    def _next_narrow(self) -> str:
        try:
            line = self._text.readline(LINE_LIMIT)
        except UnicodeError as error:
            raise InputError(
                f"{self._name} is not {self.encoding}: {error}.", hint="Name its encoding: --set encoding=NAME."
            ) from None
        if not line.isascii() and NOT_UTF8.search(line):
            self.strange += 1
            return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        return line


def marks_in(head: bytes) -> int:
    """Bytes of the encoding's mark at a file's beginning; of several, where files were put together.

    >>> marks_in(codecs.BOM_UTF8 + codecs.BOM_UTF8 + b"id"), marks_in(b"id")
    (6, 0)
    """
    at = 0
    while mark := next((mark for mark, _ in MARKS if head.startswith(mark, at)), b""):
        at += len(mark)
    return at


def repaired_text(path: Path, encoding: str) -> tuple[str, bool]:
    """The whole text of a file, and whether bytes were lost or added in one of its wide characters.

    Args:
        path: Of the file.
        encoding: Of its text.
    """
    with path.open("rb") as file:
        head = file.read(64)
        wide = wide_encoding(encoding, head)
        if not wide:
            return path.read_bytes().decode(encoding, "backslashreplace"), False
        file.seek(first_character(head, wide.codec))
        lines = list(wide_lines(file, wide, limit=path.stat().st_size))
    # As in every line that is read, zero characters are no part of the text.
    return "".join(line for line, _ in lines).replace("\0", ""), any(damaged for _, damaged in lines)


def first_character(head: bytes, codec: str) -> int:
    r"""Where the first character behind the marks begins; a mark may be that of another encoding.

    >>> first_character(b"\xff\xfe\0\0\0Q\0\0\0;", "utf-32-be")  # the mark of UTF-16, not that of UTF-32
    2
    """
    marks = marks_in(head)
    for at in (marks, 2):
        try:
            head[at : at + 4].decode(codec)
        except UnicodeError:
            continue
        return at
    return marks


def keeps_line_ends(encoding: str) -> bool:
    """Whether a line ends in an encoding where it does in ASCII, whatever else the bytes are.

    >>> [keeps_line_ends(name) for name in ("utf-8", "shift_jis", "utf-16", "cp037", "hz")]
    [True, True, False, False, False]
    """
    return "a\r\n".encode(encoding) == b"a\r\n" and encoding not in ("utf-7", "hz", "punycode")


def count_lines(file: BinaryIO) -> tuple[int, int]:
    r"""Lines of a file in UTF-8 or another encoding that extends ASCII, and how many of them are empty.

    >>> count_lines(io.BytesIO(b"a\r\n\r\nb\rc"))
    (4, 1)
    """
    lines = empty = 0
    last = b"\n"
    while chunk := file.read(COUNTED):
        while chunk.endswith(b"\r") and (more := file.read(1)):
            chunk += more
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines += chunk.count(b"\n")
        if last == b"\n" and chunk.startswith(b"\n"):
            empty += 1
        if b"\n\n" in chunk:
            ends = np.frombuffer(chunk, np.uint8) == ord("\n")
            empty += int(np.count_nonzero(ends[1:] & ends[:-1]))
        last = chunk[-1:]
    return lines + (last != b"\n"), empty
