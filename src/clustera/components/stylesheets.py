"""What components look like, in three layers: tokens (colors, fonts), components, and the summary card.

A page adds its own layer on top. Every rule begins at the class `clustera` (or `clustera-card`), which the page puts on
the element that holds components; nothing outside that element changes.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from clustera import palette
from clustera.components.markup import fill


@cache
def stylesheet() -> str:
    """Tokens, components and the summary card: what a page needs to show any component.

    Serve it as a file, or put it into the page's one `<style>` with its hash in the policy; see `clustera.report`.
    """
    return "\n".join((tokens(), str(fill("components.css.j2")).strip(), card_stylesheet()))


@cache
def tokens() -> str:
    """Colors of both schemes, fonts, and the classes that carry the segments' colors."""
    tones = [(color, palette.ink_on(color)) for color in palette.COLORS]
    return str(fill("tokens.css.j2", tones=tones)).strip()


@cache
def card_stylesheet() -> str:
    """The rules of the summary card by itself, for a notebook that has no stylesheet of ours."""
    return (resources.files(__package__) / "templates" / "card.css").read_text(encoding="utf-8").strip()
