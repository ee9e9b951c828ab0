"""The last steps of a run: its report, and its place in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

import pyarrow as pa

from clustera import report, texts
from clustera.engines import array_of
from clustera.pipeline.movers import first_to_call
from clustera.pipeline.run_recommendations import with_recommendations
from clustera.pipeline.segments import Result
from clustera.records import Call, Note, Outcome
from clustera.settings import Settings
from clustera.store import Campaigns, Store, finished_name, keep_recommendations, save_run, used_versions, write_run

Part = report.Part
CARD = "card.md"  # the model card in a run's folder
Printed = Literal["brief", "full"]  # how much of the report a PDF has

LISTS = ("customers.csv", "actions.csv", "segments.csv")  # lie beside the pages in every run's folder


def render_report(
    outcome: Outcome,
    *,
    sample: pa.Table,
    names: Mapping[int, str],
    part: Part = "whole",
    notes: Sequence[Note] = (),
    versions: Mapping[str, str] | None = None,
    calls: Sequence[Call] | None = None,
    run: str = "",
    files: Sequence[str] = (),
) -> str:
    """The report as one self-contained page.

    Args:
        outcome: All that was found.
        sample: The customers that are drawn.
        names: Names by segment, people's own first.
        part: The whole, or one of the two pages of a run's folder.
        notes: What people wrote about the run.
        versions: Of Clustera, Python and the libraries that made the run; those at work now when left out.
        calls: Who is called first; only in a report for those who may see customers.
        run: What the run is called in the commands of the page.
        files: Names of the files that lie beside the page, for links.
    """
    drawn = {name: array_of(sample[name]) for name in sample.column_names}
    return report.render_page(
        outcome,
        sample=drawn,
        names=dict(names),
        part=part,
        notes=notes,
        versions=versions or used_versions(),
        calls=calls,
        run=run,
        files=files,
    )


def render_model_card(outcome: Outcome, *, names: Mapping[int, str], versions: Mapping[str, str] | None = None) -> str:
    """The model card of a run as Markdown.

    Args:
        outcome: All that was found.
        names: Names by segment, people's own first.
        versions: Of Clustera, Python and the libraries that made the run; those at work now when left out.
    """
    with texts.speaking(outcome.locale):
        return texts.model_card(texts.rename_segments(outcome, dict(names)), versions or used_versions())


def publish_run(
    result: Result,
    settings: Settings,
    store: Store,
    *,
    names: Mapping[int, str],
    name: str = "",
    excel: bool = False,
    pdf: bool | Printed = False,
    latest: bool = True,
) -> Path:
    """Render the report of a result and publish it as a run of a store; returns the run's folder."""
    actions = Campaigns(store.folder).measured(result.outcome.actions, name)
    result, lists = with_recommendations(result, settings, names=names)
    result = replace(result, outcome=replace(result.outcome, actions=actions))
    write = _writer(result, settings, names=names, excel=excel, pdf=pdf)
    run = store.publish(
        lambda folder: write(folder, run=finished_name(folder)),
        name=name,
        source=result.outcome.source.name,
        latest=latest,
    )
    if lists and result.outcome.recommended:
        keep_recommendations(run, lists.further, result.outcome.recommended)
    return run.path


def save_result(
    result: Result,
    settings: Settings,
    place: Path,
    *,
    names: Mapping[int, str],
    excel: bool = False,
    pdf: bool | Printed = False,
) -> Path:
    """Render the report of a result and save it as a run's folder of its own, outside of any store."""
    result, _ = with_recommendations(result, settings, names=names)
    return save_run(_writer(result, settings, names=names, excel=excel, pdf=pdf), place)


def _writer(
    result: Result, settings: Settings, *, names: Mapping[int, str], excel: bool, pdf: bool | Printed
) -> Callable[..., None]:
    calls = first_to_call(result.customers, result.outcome)
    page, method, whole = (
        partial(render_report, result.outcome, sample=result.sample, names=names, part=part, calls=calls)
        for part in ("report", "method", "whole")
    )
    pages = {report.METHOD: method(files=LISTS), CARD: render_model_card(result.outcome, names=names)}
    printed = b"" if not pdf else report.print_pdf(whole() if pdf == "full" else page())

    def write(folder: Path, run: str = "") -> None:
        write_run(
            folder,
            outcome=result.outcome,
            customers=result.customers,
            quarantine=result.quarantine,
            orders_quarantine=result.orders_quarantine,
            values=result.values,
            orders=result.orders,
            sample=result.sample,
            pages={report.REPORT: page(run=run, files=LISTS), **pages},
            pdf=printed,
            options=settings.asked(),
            excel=excel,
        )

    return write
