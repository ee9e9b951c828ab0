"""From records to markup: the templates of this package and the few elements that SVG needs.

Everything that comes from data passes `markupsafe.escape` on its way: Jinja's autoescaping in templates, `element` in
charts. Nothing here writes a `style` attribute or a script, so the pages keep a strict content security policy.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup, escape

from clustera import display, palette


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element; a trailing underscore and inner underscores of attribute names become nothing and hyphens.

    >>> element("text", "a < b", class_="tick", text_anchor="end", x=1.50)
    Markup('<text class="tick" text-anchor="end" x="1.5">a &lt; b</text>')
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _plain(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(children)
    return Markup("<{}{}>{}</{}>").format(Markup(name), written, inner, Markup(name))


def drawing(width: float, height: float, *children: str, label: str, class_: str = "") -> Markup:
    """An SVG picture that fills its place's width; `label` is what a screen reader says."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {_plain(width)} {_plain(height)}",
        role="img",
        aria_label=label,
        class_=f"chart {class_}".strip(),
    )


def text(x: float, y: float, words: str, class_: str = "tick", anchor: str | None = None) -> Markup:
    """Words at a place in a drawing."""
    return element("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line in a drawing."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def tone(colour: int) -> str:
    """The class that carries a segment's colour."""
    return f"tone-{colour % len(palette.COLOURS)}"


def fill(template: str, /, **context: object) -> Markup:
    """A template of this package, filled in."""
    return Markup(_environment().get_template(template).render(**context))


def stylesheet() -> str:
    """The one stylesheet, for the report and for whoever reuses the components."""
    return str(fill("style.css.j2", tones=tones())).strip()


def tones() -> list[tuple[str, str]]:
    """Every colour of the palette with the ink that can be read on it."""
    return [(colour, palette.ink(colour)) for colour in palette.COLOURS]


@cache
def _environment() -> jinja2.Environment:
    folder = resources.files("clustera.report") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        count=display.count,
        share=display.share,
        number=display.number,
        told=display.told,
        amount=display.amount,
        exact=display.exact,
        day=display.day,
        month=display.month,
        against=display.against_average,
        tone=tone,
    )
    environment.globals["say"] = display.say
    environment.tests["beginning"] = lambda said, word: said.lower().startswith(word.lower())
    return environment


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"


__all__ = ["Markup", "drawing", "element", "escape", "fill", "line", "stylesheet", "text", "tone", "tones"]
