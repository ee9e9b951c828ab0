"""From records to markup: templates and the few elements that SVG needs.

Everything that comes from data passes `markupsafe.escape` on its way: Jinja's autoescaping in templates, `element` in
charts. Nothing here writes a `style` attribute, a `<style>` element or a script, so a page made of it keeps a strict
content security policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from importlib import resources
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup, escape

from clustera import palette, texts
from clustera.records import Finding, columns_told
from clustera.spoken_options import on_page
from clustera.texts import accounting
from clustera.version import __version__

_LIST: ContextVar[str | None] = ContextVar("list", default=None)


@contextmanager
def listing(address: str) -> Iterator[None]:
    """Within it, marks lead to lists of the customers they stand for, and nothing is told by a column of a file.

    Args:
        address: Of a page that lists customers and takes `segment`, `before`, `who`, `rfm`, `sort` and `order`; "" where whoever
            reads may see no customers.
    """
    token = _LIST.set(address)
    try:
        yield
    finally:
        _LIST.reset(token)


def listed(content: str, label: str | None = None, **query: object) -> Markup:
    """A mark, and where there are lists the way to its customers.

    >>> with listing("/customers"):
    ...     listed("12", segment=3, who="overdue")
    Markup('<a href="/customers?segment=3&amp;who=overdue" class="listed">12</a>')
    >>> listed("12", segment=3)
    Markup('12')
    """
    address = _LIST.get()
    if not address:
        return escape(content)
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    return element("a", content, href=f"{address}?{asked}", class_="listed", aria_label=label)


def is_listing() -> bool:
    """Whether marks lead to lists."""
    return bool(_LIST.get())


def is_served() -> bool:
    """Whether this is for a page of the dashboard, whose readers have no files before them."""
    return _LIST.get() is not None


def _cure_here(finding: Finding) -> str:
    """The cure of a finding; without the option of the command for readers of the dashboard."""
    return texts.cure_on_page(finding) if is_served() else texts.finding_cure(finding)


def _words_here(text: str) -> str:
    """A sentence that may name options of the command; for readers of the dashboard by what their pages have for them."""
    return on_page(text) if is_served() else text


def cut_middle(text: str, longest: int = 24) -> str:
    """A long name with its beginning and its end, by which names of one day and of one file are told apart.

    >>> cut_middle("march"), cut_middle("20261130-121204-orders_until_nov_with_returns")
    ('march', '20261130-12…with_returns')
    """
    head = longest // 2 - 1
    return text if len(text) <= longest else f"{text[:head]}…{text[1 + head - longest :]}"


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element; a trailing underscore and inner underscores of attribute names become nothing and hyphens.

    >>> element("text", "a < b", class_="tick", text_anchor="end", x=1.50)
    Markup('<text class="tick" text-anchor="end" x="1.5">a &lt; b</text>')
    """
    # A report has thousands of elements: `escape` is compiled, `Markup.format` is not.
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain_number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{''.join(map(escape, children))}</{name}>")


def say_text(text: str, /, **values: object) -> str:
    """A text in the language that is spoken, filled; markup among the values stays markup, all else is escaped.

    >>> say_text("{n} rows read", n=element("b", "7"))
    Markup('<b>7</b> rows read')
    >>> say_text("{n} rows left out", n="<7")
    '<7 rows left out'
    """
    if not any(isinstance(value, Markup) for value in values.values()):
        return texts.translate(text, **values)
    return escape(texts.current_locale().words.get(text, text)).format(**values)


def drawing(width: float, height: float, *children: str, label: str, class_: str = "", linked: bool = False) -> Markup:
    """An SVG picture that fills its place's width; `label` is what a screen reader says, `linked` whether it holds links."""
    return element(
        "svg",
        *children,
        viewBox=f"0 0 {_plain_number(width)} {_plain_number(height)}",
        role="group" if linked else "img",
        aria_label=label,
        class_=f"chart {class_}".strip(),
    )


def text(x: float, y: float, words: str, class_: str = "tick", anchor: str | None = None) -> Markup:
    """Words at a place in a drawing."""
    return element("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line in a drawing."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def tone(color: int) -> str:
    """The class that carries a segment's color."""
    return f"tone-{color % len(palette.COLORS)}"


def fill(template: str, /, **context: object) -> Markup:
    """A template of this room, filled in."""
    return fill_from("clustera.components", template, **context)


def fill_from(package: str, template: str, /, **context: object) -> Markup:
    """A template of a package, filled in: a room that makes pages brings its own.

    Args:
        package: Its folder `templates` holds the file.
        template: The file's name.
        context: What the template names.
    """
    return Markup(environment(package).get_template(template).render(**context))


@cache
def environment(package: str) -> jinja2.Environment:
    """Where the templates of a package are found, with the filters that all of them share."""
    folder = resources.files(package) / "templates"
    found = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        bytecode_cache=_compiled(package),
    )
    found.filters.update(
        count=texts.format_count,
        share=texts.format_share,
        number=texts.format_number,
        told=texts.format_value,
        amount=texts.format_amount,
        exact=texts.format_exact,
        day=texts.format_day,
        month=texts.format_month,
        span=texts.format_span,
        against=texts.format_index,
        tone=tone,
        audience=texts.action_audience,
        sentence_case=texts.capitalize,
        action_label=texts.action_label,
        action_advice=texts.action_advice,
        message=texts.finding_message,
        segment_sentence=texts.segment_sentence,
        rule=texts.finding_rule,
        cure=_cure_here,
        cure_on_page=texts.cure_on_page,
        choice=texts.explain_chosen_k,
        note=texts.explain_kept_k,
        price=texts.explain_cost_of_k,
        wish=texts.explain_asked_k,
        refusal=texts.explain_refused_k,
        told_note=texts.note_text,
        forecast_kind=texts.forecast_kind,
        forecast_name=texts.forecast_name,
        outliers=texts.outlier_sentence,
        outlier_effect=texts.outlier_effect_sentence,
        told_role=texts.column_reason,
        columns_told=columns_told,
        told_files=accounting.files_sentence,
        left_out=texts.left_out_reason,
        with_code=with_code,
        cut_middle=cut_middle,
        on_page=on_page,
        words_here=_words_here,
    )
    found.globals["say"] = say_text
    found.globals["say_count"] = texts.translate_count
    found.globals["element"] = element
    found.globals["listed"] = listed
    found.globals["unshown_sentence"] = texts.unshown_sentence
    found.globals["expected_title"] = texts.expected_title
    found.globals["likely_range"] = texts.likely_range
    return found


def with_code(text: str) -> Markup:
    """A text for people, with what stands between backticks set as code.

    >>> with_code("Start `clustera serve` for <shop>.")
    Markup('Start <code>clustera serve</code> for &lt;shop&gt;.')
    """
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


class _Compiled(jinja2.FileSystemBytecodeCache):
    """Compiled templates, kept among the temporary files of this user: compiling takes longer than filling them in."""

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        """Keep a compiled template where there is room for it."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled(package: str) -> _Compiled | None:
    try:
        return _Compiled(pattern=f"{package}-{__version__}-%s.cache")
    except (RuntimeError, OSError):  # no safe place among the temporary files
        return None


def _plain_number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"


__all__ = [
    "Markup",
    "drawing",
    "element",
    "environment",
    "escape",
    "fill",
    "fill_from",
    "is_listing",
    "is_served",
    "line",
    "listed",
    "listing",
    "text",
    "tone",
]
