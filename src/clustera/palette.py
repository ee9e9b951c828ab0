"""The colors of segments, the same in every figure, table and report.

Twelve colors chosen by a search over OKLCH so that any two differ by at least 0.08 in OKLab to normal eyes and to the
three kinds of color blindness, and each stands off both a white and a near-black ground. Beyond twelve the colors
come round again; every mark therefore also carries the segment's number.
Source of the simulation: Machado, Oliveira & Fernandes (2009), IEEE TVCG 15(6).
"""

from __future__ import annotations

COLORS: tuple[str, ...] = (
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
MARKERS: tuple[str, ...] = ("o", "s", "^", "D")  # matplotlib's names; one more shape each time the colors come round

LOW = "#2b6cb8"  # below the average
HIGH = "#c2571a"  # above the average


def color(index: int) -> str:
    """The color of a segment from its `SegmentProfile.color`.

    >>> color(0), color(12) == color(0)
    ('#1b6ad4', True)
    """
    return COLORS[index % len(COLORS)]


def marker(index: int) -> str:
    """The shape of a segment's marks; differs where the color repeats.

    >>> marker(0), marker(12)
    ('o', 's')
    """
    return MARKERS[index // len(COLORS) % len(MARKERS)]


def ink_on(hex_color: str) -> str:
    """Black or white, whichever is easier to read on a color.

    >>> ink_on("#ffffff"), ink_on("#1b2a6b")
    ('#14161a', '#ffffff')
    """
    return "#14161a" if luminance(hex_color) > 0.19 else "#ffffff"


def luminance(hex_color: str) -> float:
    """Relative luminance of a color, 0 (black) to 1 (white), as WCAG 2 defines it.

    >>> luminance("#ffffff")
    1.0
    """
    parts = [int(hex_color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
