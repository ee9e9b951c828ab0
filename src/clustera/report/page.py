"""The report: HTML files that need nothing else, and the piece of one that a notebook shows."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal

import numpy.typing as npt

from clustera import components, texts
from clustera.components.directions import isolate_names
from clustera.components.markup import Markup, element, fill_from
from clustera.records import Call, Note, Outcome
from clustera.texts import verdicts

Part = Literal["whole", "report", "method"]

REPORT, METHOD = "report.html", "method.html"


def render_page(
    outcome: Outcome,
    *,
    sample: Mapping[str, npt.ArrayLike],
    title: str = "",
    names: dict[int, str] | None = None,
    files: Sequence[str] = (),
    part: Part = "whole",
    notes: Sequence[Note] = (),
    versions: Mapping[str, str] | None = None,
    calls: Sequence[Call] | None = None,
    run: str = "",
) -> str:
    """The report of a run as one HTML page that needs nothing else.

    Args:
        outcome: What the run found.
        sample: At most 20,000 customers drawn by hash, column by column (a pandas frame will do): the features in original
            units, `segment` (identity), `outlier` and `borderline` (bool). May be empty; then there is no map.
        title: Heading above the findings; the run's own title when empty.
        names: Names that people gave to segments, by identity; they replace the generated ones everywhere.
        files: Names of the files that lie beside the report: where a page names one of them, it leads to it.
        part: "whole" folds how everything was found below what was found; "report" leaves that to a second page,
            "method", and either leads to the other: they must lie in one folder as report.html and method.html.
        notes: What people wrote about the run.
        versions: Of Clustera, Python and the libraries that made the run, for its model card.
        calls: Who is called first. The page names these customers, so only give it to people who may see them.
        run: What the run is called in the commands of the page.

    Returns:
        The page. The same arguments give the same bytes: no date, no random id.

    >>> render_page(seg.outcome, sample={}).startswith("<!doctype html>")
    True
    """
    with texts.speaking(outcome.locale):
        return _page(
            texts.rename_segments(outcome, names or {}), sample, title, files, part, notes, versions, calls, run
        )


def card_html(outcome: Outcome) -> str:
    """The summary of a run for `_repr_html_`: it brings its own few rules and changes nothing around it.

    >>> "<style" in card_html(seg.outcome)
    True
    """
    with texts.speaking(outcome.locale):
        css = f"{components.tokens()}\n{components.card_stylesheet()}"
        return f"<div>\n<style>\n{css}\n</style>\n{components.summary_card(outcome)}</div>"


@cache
def report_stylesheet() -> str:
    """The report's one stylesheet: that of the components, and the page's own layer on top."""
    page = (resources.files(__package__) / "templates" / "page.css").read_text(encoding="utf-8")
    return f"{components.stylesheet()}\n{page}".strip()


def _page(  # noqa: PLR0917
    outcome: Outcome,
    sample: Mapping[str, npt.ArrayLike],
    title: str,
    files: Sequence[str],
    part: Part,
    notes: Sequence[Note],
    versions: Mapping[str, str] | None,
    calls: Sequence[Call] | None,
    run: str,
) -> str:
    css = report_stylesheet()
    sections = components.sections(
        outcome, sample, versions=versions, calls=calls, method=METHOD if part == "report" else "", run=run
    )
    found = () if part == "method" else tuple(section for section in sections if not section.methodical)
    if notes and found:
        told = texts.translate("Notes")
        found = (
            *found[:2],
            components.Section("notes", "notes", told, told, components.note_list(notes, outcome)),
            *found[2:],
        )
    method = () if part == "report" else tuple(section for section in sections if section.methodical)
    page = fill_from(
        "clustera.report",
        "report.html.j2",
        css=Markup(css),
        style_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
        outcome=outcome,
        title=texts.report_title(outcome, title),
        part=part,
        report_file=REPORT,
        method_file=METHOD,
        headline=verdicts.run_headline(outcome),
        money_headline=verdicts.money_headline(outcome),
        lead=verdicts.run_lead(outcome),
        first_step=components.first_step(outcome),
        key_figures=components.key_figures(outcome),
        found=found,
        method=method,
        files=tuple(files),
        code_list=_code_list,
    )
    return link_files(isolate_names(str(page), outcome.locale.code), files)


# Links, drawings' titles and what stands in the head stay as they are; a file's name ends where its letters do.
_UNTOUCHED = re.compile(r"(<head>.*?</head>|<a\b.*?</a>|<title>.*?</title>|<[^>]*>)", re.DOTALL)
_FILE_LINK = re.compile(r'<a class="beside" href="[^"]*">(.*?)</a>')


def link_files(page: str, files: Sequence[str]) -> str:
    """A page whose words lead to the files that they name; only names of letters, digits, "_" and "-" are looked for.

    >>> link_files("<p>Filter customers.csv: a</p>", ["customers.csv"])
    '<p>Filter <a class="beside" href="customers.csv">customers.csv</a>: a</p>'
    """
    known = [re.escape(name) for name in files if re.fullmatch(r"[\w-]+\.csv", name, re.ASCII)]
    if not known:
        return page
    named = re.compile(rf"(?<![\w./-])({'|'.join(known)})(?!\w)")
    parts = _UNTOUCHED.split(page)
    parts[::2] = [named.sub(r'<a class="beside" href="\1">\1</a>', words) for words in parts[::2]]
    return "".join(parts)


def unlink_files(page: str) -> str:
    """A page without the links to files beside it, for a copy that leaves its folder.

    >>> unlink_files(link_files("<p>Filter customers.csv.</p>", ["customers.csv"]))
    '<p>Filter customers.csv.</p>'
    """
    return _FILE_LINK.sub(r"\1", page)


def _code_list(names: Sequence[str]) -> Markup:
    return Markup(", ").join(element("code", name) for name in names)
