"""The sections of a run: what stands under one heading, made of charts, tables and cards.

A page decides which of them it shows, in which order and under which level of heading. Inside a section headings begin
at `<h3>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clustera import scales, texts
from clustera.components import buying, further
from clustera.components.affinities import affinity_table
from clustera.components.bars import revenue_shares, value_table
from clustera.components.campaigns import uplift_section
from clustera.components.cards import segment_card
from clustera.components.cohorts import cohort_table
from clustera.components.heat import heat_table
from clustera.components.judged import back_test_table, look_back_table, usefulness_table
from clustera.components.map import customer_map
from clustera.components.markup import Markup, fill
from clustera.components.migration import moves_chart, sizes_table
from clustera.components.months import month_panels, month_table
from clustera.components.overview import changes_sentences, latest_changes, money_to_know, overview_table
from clustera.components.patterns import category_bars, correlation_table, histogram_chart
from clustera.components.rfm import rfm_groups_table, rfm_table
from clustera.components.risk import risk_table
from clustera.components.sending import sending_plan
from clustera.components.tracking import tracking_chart
from clustera.components.tradeoff import trade_off, trade_off_table
from clustera.records import Call, Finding, Outcome, segment_pace
from clustera.texts import forecasts, translate, verdicts

_MORE_MAPS = 2
_SEVERITY = {"error": 0, "warning": 1, "note": 2}
Sample = Mapping[str, npt.ArrayLike]


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a run, ready to stand on a page."""

    key: str  # "buying"
    id: str  # what links inside the run lead to: the prefix and the key
    title: str  # its heading
    label: str  # its name in a list of contents
    body: Markup
    methodical: bool = False  # how it was found, rather than what: folds, or stands on a page of its own


def sections(
    outcome: Outcome,
    sample: Sample | None = None,
    *,
    prefix: str = "",
    versions: Mapping[str, str] | None = None,
    calls: Sequence[Call] | None = None,
) -> tuple[Section, ...]:
    """Everything there is to show of a run: what was found, then, marked as methodical, how it was found.

    Args:
        outcome: What the run found.
        sample: At most 20,000 customers, column by column: the features in original units, `segment` (identity),
            `outlier` and `borderline` (bool). Without it there is no map.
        prefix: Put before every id and every name of a form field, so that two runs can stand on one page.
        versions: Of Clustera, Python and the libraries that made the run, for its model card.
        calls: Who is called first, by name; nobody when left out.

    Returns:
        The sections that have something to say. They need `stylesheet()` and an element of the class `clustera` around
        them; the page gives each the id it names.
    """
    held = {} if sample is None else {name: np.asarray(sample[name]) for name in sample}
    found = [_section(*parts, prefix=prefix) for parts in _report_sections(outcome, prefix, calls)]
    method = [
        _section(*parts, prefix=prefix, methodical=True) for parts in _method(outcome, held, prefix, versions or {})
    ]
    return (*found, *method)


_Parts = tuple[str, str, str, Markup]


def _report_sections(outcome: Outcome, prefix: str, calls: Sequence[Call] | None) -> Iterator[_Parts]:
    yield "overview", translate("Customers, money and what to do"), translate("Overview"), _overview(outcome, prefix)
    plan = sending_plan(outcome, prefix=prefix, calls=calls)
    if plan:
        yield "plan", translate("What to send next"), translate("What to send"), plan
    yield "cards", translate("Segment by segment"), translate("Segments"), _cards(outcome, prefix)
    since, *_ = changes_sentences(outcome)
    if since:
        yield "changes", translate("Who moved"), translate("Changes"), _changes(outcome)
    if outcome.behavior and outcome.behavior.months:
        yield "months", translate("Sales month by month"), translate("Months"), _months_section(outcome)


def _method(
    outcome: Outcome, sample: Mapping[str, npt.NDArray[np.generic]], prefix: str, versions: Mapping[str, str]
) -> Iterator[_Parts]:
    k = len(outcome.segments)
    if outcome.behavior:
        yield "orders", translate("Orders used"), translate("Orders used"), _orders_section(outcome)
    yield "verdict", translate("How sure, and what it means"), translate("How sure"), _trust_section(outcome)
    yield "compare", translate("The segments side by side"), translate("Comparison"), heat_table(outcome)
    maps = _maps(outcome, sample)
    if maps:
        yield "map", translate("Where the customers are"), translate("Map"), _map_section(outcome, sample, maps, prefix)
    if outcome.behavior:
        yield "buying", translate("What they buy"), translate("What they buy"), _buying(outcome)
    if outcome.value or outcome.value_refused:
        yield (
            "value",
            translate("What they are worth"),
            translate("What they are worth"),
            _value_section(outcome, prefix),
        )
    yield "number", translate("Why {k} segments", k=k), translate("Why {k}", k=k), _choice_of_k(outcome)
    if outcome.uplift:
        yield (
            "uplift",
            translate("Who responded to campaigns"),
            translate("Who responded"),
            uplift_section(outcome.uplift),
        )
    if outcome.preparation.outliers:
        yield "outliers", translate("Outliers"), translate("Outliers"), _outlier_section(outcome)
    if outcome.examination:
        yield "diagnostics", translate("Sensitivity analysis"), translate("Sensitivity analysis"), _diagnostics(outcome)
    yield (
        "evidence",
        translate("Data check, preparation and definitions"),
        translate("Data and definitions"),
        _evidence_section(outcome, prefix),
    )
    card = fill("model_card.html.j2", parts=texts.card_parts(outcome, versions))
    yield (
        "card",
        translate("Model card: what others must know before they use the segments"),
        translate("Model card"),
        card,
    )


def _section(key: str, title: str, label: str, body: Markup, *, prefix: str, methodical: bool = False) -> Section:
    kind = "part part-map pickable" if key == "map" else f"part part-{key}"
    return Section(key, f"{prefix}{key}", title, label, fill("section.html.j2", kind=kind, body=body), methodical)


def _overview(outcome: Outcome, prefix: str) -> Markup:
    return fill(
        "overview.html.j2",
        outcome=outcome,
        findings=_by_severity(outcome),
        table=overview_table(outcome, prefix=prefix),
        news=latest_changes(outcome, prefix=prefix),
        accounts=money_to_know(outcome),
    )


def _cards(outcome: Outcome, prefix: str) -> Markup:
    return fill("cards.html.j2", outcome=outcome, prefix=prefix, segment_card=segment_card)


def _months_section(outcome: Outcome) -> Markup:
    drawn: Sequence[Callable[..., Markup]] = (month_panels, month_table)
    return fill("months_section.html.j2", outcome=outcome, b=outcome.behavior, **_by_name(drawn))


def _changes(outcome: Outcome) -> Markup:
    behavior = outcome.behavior
    known = behavior.migration if behavior else None
    comparison = outcome.comparison
    sentences = (
        texts.border_sentence(outcome.movers),
        texts.moved_money_sentence(outcome.movers, _currency(outcome), span=texts.sales_span(behavior)),
    )
    if comparison is None:
        assert known is not None  # `changes_sentences` knows of one of the two
        comparison = buying.latest_moves(known, outcome.segments)
    return fill(
        "comparison.html.j2",
        outcome=outcome,
        comparison=comparison,
        folded=list(filter(None, sentences)),
        moves_chart=moves_chart,
        join_names=_join_names,
    )


def _join_names(names: Mapping[int, str], segments: Sequence[int]) -> str:
    return texts.join_words([names.get(segment, str(segment)) for segment in segments])


def _maps(outcome: Outcome, sample: Mapping[str, npt.NDArray[np.generic]]) -> list[Markup]:
    if not len(sample.get("segment", ())) or len(outcome.preparation.features) < 2:
        return []
    values = {f.name: sample[f.name] for f in outcome.preparation.features}
    pairs = scales.rank_pairs(values, sample["segment"], outcome.preparation, outcome.segments)
    return [customer_map(outcome, sample, x, y) for x, y in pairs[: 1 + _MORE_MAPS]]


def _map_section(
    outcome: Outcome, sample: Mapping[str, npt.NDArray[np.generic]], maps: Sequence[Markup], prefix: str
) -> Markup:
    outlier = sample.get("outlier", np.zeros(0))
    return fill(
        "map.html.j2",
        outcome=outcome,
        prefix=prefix,
        maps=maps,
        spread=any(scales.shares_values(sample[feature.name]) for feature in outcome.preparation.features),
        sample=sample["segment"],
        rings=bool(len(outlier)) and bool(outlier.any()),
    )


def _orders_section(outcome: Outcome) -> Markup:
    return fill(
        "orders.html.j2",
        outcome=outcome,
        b=outcome.behavior,
        currency=_currency(outcome),
        look_back_sentences=texts.look_back_sentences,
    )


def _buying(outcome: Outcome) -> Markup:
    drawn: Sequence[Callable[..., Any]] = (
        affinity_table,
        buying.latest_moves,
        cohort_table,
        moves_chart,
        revenue_shares,
        rfm_groups_table,
        rfm_table,
        risk_table,
        sizes_table,
        texts.latest_moves_sentence,
        texts.more_groups_sentence,
        texts.next_order_sentence,
        texts.overdue_sentence,
        texts.sales_span,
        texts.sizes_sentence,
        texts.usefulness_sentences,
        usefulness_table,
    )
    return fill("buying.html.j2", outcome=outcome, b=outcome.behavior, currency=_currency(outcome), **_by_name(drawn))


def _value_section(outcome: Outcome, prefix: str) -> Markup:
    if outcome.value is None:
        return fill("refused.html.j2", outcome=outcome, prefix=prefix) + look_back_table(outcome.forecast_check)
    drawn: Sequence[Callable[..., Markup]] = (back_test_table, tracking_chart, value_table)
    return fill(
        "worth.html.j2",
        outcome=outcome,
        v=outcome.value,
        currency=_currency(outcome),
        pace=segment_pace(outcome),
        look_back=look_back_table(outcome.forecast_check),
        ahead=texts.year_ahead_sentences(outcome.value.year_ahead),
        frequent=forecasts.frequent_buyers_sentence(outcome.value.back_test),
        **_by_name(drawn),
    )


def _choice_of_k(outcome: Outcome) -> Markup:
    return fill("choice_of_k.html.j2", outcome=outcome, trade_off=trade_off, trade_off_table=trade_off_table)


def _trust_section(outcome: Outcome) -> Markup:
    return fill(
        "trust.html.j2",
        verdict=verdicts.verdict_explanation(outcome.selection.verdict),
        explanations=verdicts.EXPLANATIONS,
        short=verdicts.verdict_in_short(outcome.selection),
        meaning=verdicts.verdict_meaning(outcome.selection),
        sure=verdicts.run_sureness(outcome),
    )


def _outlier_section(outcome: Outcome) -> Markup:
    by_outliers = sorted((s for s in outcome.segments if s.outliers), key=lambda s: -s.outliers)
    return fill("outliers.html.j2", outcome=outcome, further=further, outlier_segments=by_outliers)


def _diagnostics(outcome: Outcome) -> Markup:
    return fill("examination.html.j2", outcome=outcome, further=further)


def _evidence_section(outcome: Outcome, prefix: str) -> Markup:
    drawn: Sequence[Callable[..., Markup]] = (category_bars, correlation_table, histogram_chart)
    return fill(
        "evidence.html.j2",
        outcome=outcome,
        prefix=prefix,
        findings=_by_severity(outcome),
        statements=verdicts.STATEMENTS,
        preparation_sentences=texts.preparation_sentences,
        **_by_name(drawn),
    )


def _by_name(components: Sequence[Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    return {component.__name__: component for component in components}


def _by_severity(outcome: Outcome) -> list[Finding]:
    return sorted(outcome.findings, key=lambda finding: _SEVERITY[finding.severity])


def _currency(outcome: Outcome) -> str:
    return outcome.behavior.money.currency if outcome.behavior else ""
