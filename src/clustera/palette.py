"""The colours of segments, the same in every figure, table and report.

Twelve colours chosen by a search over OKLCH so that any two differ by at least 0.08 in OKLab to normal eyes and to the
three kinds of colour blindness, and each stands off both a white and a near-black ground. Beyond twelve the colours
come round again; every mark therefore also carries the segment's number.
Source of the simulation: Machado, Oliveira & Fernandes (2009), IEEE TVCG 15(6).
"""

from __future__ import annotations

COLOURS: tuple[str, ...] = (
    "#1b6ad4",  # blue
    "#de7b2e",  # orange
    "#16b09b",  # teal
    "#b83276",  # magenta
    "#ad87ed",  # lilac
    "#6c550a",  # bronze
    "#9bafeb",  # periwinkle
    "#805aa5",  # purple
    "#de4e4e",  # coral
    "#c0b452",  # olive yellow
    "#444aa9",  # indigo
    "#f587c2",  # pink
)
MARKERS: tuple[str, ...] = ("o", "s", "^", "D")  # matplotlib's names; one more shape each time the colours come round

LOW = "#2b6cb8"  # below the average
HIGH = "#c2571a"  # above the average


def colour(index: int) -> str:
    """The colour of a segment from its `SegmentProfile.colour`.

    >>> colour(0), colour(12) == colour(0)
    ('#1b6ad4', True)
    """
    return COLOURS[index % len(COLOURS)]


def marker(index: int) -> str:
    """The shape of a segment's marks; differs where the colour repeats.

    >>> marker(0), marker(12)
    ('o', 's')
    """
    return MARKERS[index // len(COLOURS) % len(MARKERS)]


def ink(hex_colour: str) -> str:
    """Black or white, whichever is easier to read on a colour.

    >>> ink("#ffffff"), ink("#1b2a6b")
    ('#14161a', '#ffffff')
    """
    return "#14161a" if luminance(hex_colour) > 0.19 else "#ffffff"


def luminance(hex_colour: str) -> float:
    """Relative luminance of a colour, 0 (black) to 1 (white), as WCAG 2 defines it.

    >>> luminance("#ffffff")
    1.0
    """
    parts = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
