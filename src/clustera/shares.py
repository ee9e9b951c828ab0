"""Shares as people write them: 10%, 12,5 % or 0.1."""

from __future__ import annotations


def read_share(text: str | float) -> float | None:
    """A share as a number; None where the text is none. Whoever asks says which shares are possible.

    >>> read_share("10%"), read_share("12,5 %"), read_share(0.2), read_share("a tenth")
    (0.1, 0.125, 0.2, None)
    """
    written = str(text).strip()
    try:
        number = float(written.removesuffix("%").replace(",", "."))
    except ValueError:
        return None
    return number / 100 if written.endswith("%") else number
