"""Lines of UTF-16 and UTF-32, where one byte too many or too few shifts all that follows: each line is aligned anew."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

CHUNK = 1 << 20
_WIDTHS = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
LOST = "\ufffd"  # stands for a character that can't be read
SHIFTED = 4  # plain letters in a row between the characters, which are no chance
LONGEST = 1 << 17  # bytes of a line whose every place is looked at
BLOCK = 256  # characters of a longer line whose alignment is decided together
SKIPPED = 2  # what a byte that belongs to no character costs; a character of the first 256 brings as much


@dataclass(frozen=True, slots=True)
class WideEncoding:
    """An encoding whose characters take two or four bytes each."""

    codec: str
    width: int  # bytes of a character

    def decode(self, data: bytes) -> str:
        """The text of whole characters; what is none becomes U+FFFD."""
        return data.decode(self.codec, "replace")


def wide_encoding(name: str, head: bytes) -> WideEncoding | None:
    r"""The encoding by its name and a file's first bytes; None when its characters are not wide.

    >>> wide_encoding("utf-16", b"\xfe\xff\0a"), wide_encoding("utf-8", b"a")
    (WideEncoding(codec='utf-16-be', width=2), None)
    """
    codec = codecs.lookup(name).name
    if codec in ("utf-16", "utf-32"):
        big = head.startswith(codecs.BOM_UTF16_BE if codec == "utf-16" else codecs.BOM_UTF32_BE)
        codec += "-be" if big else "-le"
    return WideEncoding(codec, _WIDTHS[codec]) if codec in _WIDTHS else None


def wide_lines(file: BinaryIO, encoding: WideEncoding, *, limit: int) -> Iterator[tuple[str, bool]]:
    r"""The lines, each with its end as `\n`, and whether bytes were lost or added in it.

    A damaged line is read wherever its characters are likely; between them, one character stands for what can't be read.

    Args:
        file: The bytes.
        encoding: How they are read.
        limit: Characters of a line; a longer one is cut there.
    """
    ends = [end.encode(encoding.codec) for end in ("\r\n", "\n", "\r")]
    pattern = re.compile(b"|".join(map(re.escape, ends)))
    waiting = b""
    while chunk := file.read(CHUNK):
        waiting += chunk
        # A line end may go on in the next chunk.
        safe, start = len(waiting) - 2 * encoding.width, 0
        for end in pattern.finditer(waiting):
            if end.end() > safe:
                break
            yield from _wide_lines(waiting[start : end.start()], encoding, ended=True)
            start = end.end()
        waiting = waiting[start:]
        if len(waiting) > limit * encoding.width:
            yield from _wide_lines(waiting, encoding, ended=False)
            waiting = b""
    start = 0
    for end in pattern.finditer(waiting):
        yield from _wide_lines(waiting[start : end.start()], encoding, ended=True)
        start = end.end()
    if start < len(waiting):
        yield from _wide_lines(waiting[start:], encoding, ended=False)


def _wide_lines(data: bytes, encoding: WideEncoding, *, ended: bool) -> Iterator[tuple[str, bool]]:
    whole = len(data) % encoding.width == 0
    text = encoding.decode(data) if whole else ""
    damaged = not whole or (LOST in text and text.encode(encoding.codec) != data) or _is_shifted(text, data, encoding)
    # The end of a line is seldom what was damaged; then two lines come out of one.
    *before, last = _realigned(data, encoding).split("\n") if damaged else [text]
    for line in before:
        yield line + "\n", damaged
    if last or ended:
        yield last + ("\n" if ended else ""), damaged


def _is_shifted(text: str, data: bytes, encoding: WideEncoding) -> bool:
    """Whether plain letters stand between the characters of a line: as many bytes were put in as were lost."""
    if text.isascii():
        return False
    width = encoding.width
    zeros = rb"\0" * (width - 1)
    first, then = (b"", zeros) if encoding.codec.endswith("le") else (zeros, b"")
    found = re.finditer(rb"(?:" + first + rb"[ -~]" + then + rb"){%d,}" % SHIFTED, data)
    return any(run.start() % width for run in found)


def _realigned(data: bytes, encoding: WideEncoding) -> str:
    """A line with bytes too many or too few, in as many places as there are: whole characters wherever they are likely."""
    return _block_by_block(data, encoding) if len(data) > LONGEST else _place_by_place(data, encoding)


def _place_by_place(data: bytes, encoding: WideEncoding) -> str:
    text, lost = "", b""
    for start, length in _best_cuts(data, encoding):
        piece = data[start : start + length]
        if length < encoding.width:
            lost += piece
            continue
        text += _joint(lost) + encoding.decode(piece)
        lost = b""
    return text + _joint(lost)


def _block_by_block(data: bytes, encoding: WideEncoding) -> str:
    """A very long line: characters are looked for at every place only where the likeliest alignment changes, or is unlikely."""
    width, size = encoding.width, BLOCK * encoding.width
    count = -(-len(data) // size)
    scores, unlikely = np.zeros((width, count), np.int64), np.zeros((width, count), np.int64)
    for phase in range(width):
        whole = (len(data) - phase) // width
        likely = _plausible(data[phase : phase + whole * width], encoding)
        at = np.arange(0, whole, BLOCK)
        scores[phase, : len(at)] = np.add.reduceat(likely, at)
        unlikely[phase, : len(at)] = np.add.reduceat(likely == 0, at)
    phases = scores.argmax(axis=0)
    odd = unlikely[phases, np.arange(count)] >= SHIFTED
    changes = np.flatnonzero(np.diff(phases)) + 1
    near = odd.copy()
    for shift in (-1, 0):
        near[changes + shift] = True
    near[-1] = True  # the line's last bytes may be no whole character
    text, start = "", 0
    for block in np.flatnonzero(np.diff(near.astype(np.int8), prepend=0)).tolist():
        # A stretch ends where the alignment of the next is sure.
        end = min(block * size + int(phases[block]), len(data))
        text += _stretch(data[start:end], encoding, sure=bool(not near[max(block - 1, 0)]))
        start = end
    return text + _stretch(data[start:], encoding, sure=bool(not near[-1]))


def _stretch(data: bytes, encoding: WideEncoding, *, sure: bool) -> str:
    return encoding.decode(data) if sure and len(data) % encoding.width == 0 else _place_by_place(data, encoding)


def _joint(lost: bytes) -> str:
    """What stands for bytes that are no character: a line's end where it was hit, else one character."""
    return "" if not lost else "\n" if lost.strip(b"\0") in (b"\n", b"\r") else LOST


def _best_cuts(data: bytes, encoding: WideEncoding) -> list[tuple[int, int]]:
    """Start and length of pieces, characters or single bytes between them, whose characters are the likeliest in sum."""
    width, size = encoding.width, len(data)
    likely = np.zeros(size, np.int64)
    for phase in range(width):
        count = (size - phase) // width
        likely[phase : phase + count * width : width] = _plausible(data[phase : phase + count * width], encoding)
    scores, best, steps = likely.tolist(), [0] * (size + 1), [1] * (size + 1)
    for at in range(1, size + 1):
        best[at] = best[at - 1] - SKIPPED
        if at >= width and (whole := best[at - width] + scores[at - width]) > best[at]:
            best[at], steps[at] = whole, width
    cuts, at = [], size
    while at > 0:
        step = steps[at]
        at -= step
        cuts.append((at, step))
    return cuts[::-1]


def _plausible(data: bytes, encoding: WideEncoding) -> np.ndarray:
    """Which characters are likely: of the first 256, or of the block of the character before."""
    codes = np.frombuffer(data, f"{'<' if encoding.codec.endswith('le') else '>'}u{encoding.width}").astype(np.int64)
    blocks = codes >> 8
    near = np.diff(blocks, prepend=-1) == 0
    return np.where(blocks == 0, 2, np.where(near & (codes <= 0x10FFFF), 1, 0)).astype(np.int64)
