"""The report: HTML files that need nothing else, and the piece of one that a notebook shows."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal

import numpy.typing as npt

from clustera import components, texts
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
) -> str:
    """The report of a run as one HTML page that needs nothing else.

    Args:
        outcome: What the run found.
        sample: At most 20,000 customers drawn by hash, column by column (a pandas frame will do): the features in original
            units, `segment` (identity), `outlier` and `borderline` (bool). May be empty; then there is no map.
        title: Heading above the findings; the run's own title when empty.
        names: Names that people gave to segments, by identity; they replace the generated ones everywhere.
        files: Names of the files that lie beside the report.
        part: "whole" folds how everything was found below what was found; "report" leaves that to a second page,
            "method", and either leads to the other: they must lie in one folder as report.html and method.html.
        notes: What people wrote about the run.
        versions: Of Clustera, Python and the libraries that made the run, for its model card.
        calls: Who is called first. The page names these customers, so only give it to people who may see them.

    Returns:
        The page. The same arguments give the same bytes: no date, no random id.

    >>> render_page(seg.outcome, sample={}).startswith("<!doctype html>")
    True
    """
    with texts.speaking(outcome.locale):
        return _page(texts.rename_segments(outcome, names or {}), sample, title, files, part, notes, versions, calls)


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
) -> str:
    css = report_stylesheet()
    sections = components.sections(
        outcome, sample, versions=versions, calls=calls, method=METHOD if part == "report" else ""
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
    return str(page)


def _code_list(names: Sequence[str]) -> Markup:
    return Markup(", ").join(element("code", name) for name in names)
