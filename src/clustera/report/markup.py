"""From records to markup: the templates of this package and the few elements that SVG needs.

Everything that comes from data passes `markupsafe.escape` on its way: Jinja's autoescaping in templates, `element` in
charts. Nothing here writes a `style` attribute or a script, so the pages keep a strict content security policy.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup, escape

from clustera import __version__, palette, texts


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element; a trailing underscore and inner underscores of attribute names become nothing and hyphens.

    >>> element("text", "a < b", class_="tick", text_anchor="end", x=1.50)
    Markup('<text class="tick" text-anchor="end" x="1.5">a &lt; b</text>')
    """
    # A report has thousands of elements: `escape` is compiled, `Markup.format` is not.
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{''.join(map(escape, children))}</{name}>")


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
        bytecode_cache=_compiled(),
    )
    environment.filters.update(
        count=texts.format_count,
        share=texts.format_share,
        number=texts.format_number,
        told=texts.format_value,
        amount=texts.format_amount,
        exact=texts.format_exact,
        day=texts.format_day,
        month=texts.format_month,
        against=texts.format_index,
        tone=tone,
    )
    environment.globals["say"] = texts.translate
    environment.globals["moves_sentence"] = texts.moves_sentence
    environment.tests["beginning"] = lambda said, word: said.lower().startswith(word.lower())
    return environment


class _Compiled(jinja2.FileSystemBytecodeCache):
    """Compiled templates, kept among the temporary files of this user: compiling takes longer than filling them in."""

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Keep a compiled template where there is room for it."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled() -> _Compiled | None:
    try:
        return _Compiled(pattern=f"clustera-{__version__}-%s.cache")
    except (RuntimeError, OSError):  # no safe place among the temporary files
        return None


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"


__all__ = ["Markup", "drawing", "element", "escape", "fill", "line", "stylesheet", "text", "tone", "tones"]
