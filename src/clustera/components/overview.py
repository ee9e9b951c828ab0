"""The first screen: each segment's customers beside its money, what changed, and what is expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clustera import texts
from clustera.components.bars import share_pair
from clustera.components.buying import latest_moves
from clustera.components.markup import Markup, fill, is_served
from clustera.components.sizes import size_bar
from clustera.records import LifetimeValue, Outcome, UnusedLines, segment_money
from clustera.texts import forecasts, left_out_reason, outliers, translate
from clustera.texts.findings import month_warnings

WORTH_NAMING = 0.1  # of the largest reason's money, from which a second reason is named
WORTH_TELLING = 0.02  # share of the revenue from which unusual customers are told


def overview_table(outcome: Outcome, *, prefix: str = "") -> Markup:
    """One row per segment: its share of the customers beside its share of the money, and its suggested action.

    Args:
        outcome: The run.
        prefix: Put before the ids of the cards that the names lead to.
    """
    first = outcome.first_actions
    money = segment_money(outcome)
    if not money:
        rows = [(segment, first.get(segment.segment)) for segment in outcome.segments]
        return fill("overview_people.html.j2", rows=rows, prefix=prefix, size_bar=size_bar(outcome.segments))
    most = max(max(part.share, part.revenue_share) for part in money)
    bars = [
        share_pair(s, part.share, part.revenue_share, most) for s, part in zip(outcome.segments, money, strict=True)
    ]
    return fill(
        "overview_money.html.j2",
        rows=[(s, part, bar, first.get(s.segment)) for s, part, bar in zip(outcome.segments, money, bars, strict=True)],
        prefix=prefix,
        action_part=texts.action_part,
        served=is_served(),  # the report's first page may not have more words
        currency=outcome.behavior.money.currency if outcome.behavior else "",
        total=sum(part.revenue for part in money),
        year=None if money[0].year is None else sum(part.year or 0.0 for part in money),
        customers=sum(part.customers for part in money),
        risk=outcome.behavior.risk if outcome.behavior else None,
        span=texts.sales_span(outcome.behavior),
        **_forecast_columns(outcome.value),
    )


def _forecast_columns(value: LifetimeValue | None) -> dict[str, Any]:
    """What the table says of the forecast; empty values where there is none."""
    if value is None:
        return {"months": 0, "expected": "", "whole": False, "forecast": None}
    return {
        "months": value.horizon_months,
        "expected": texts.expected_title(value.horizon_months, value.margin),
        "whole": value.margin == 1,
        "forecast": value.total.value,
    }


def latest_changes(outcome: Outcome, *, prefix: str = "", method: str = "") -> Markup:
    """What changed since the last run (or the last month of the log), and what to know of the forecast.

    Args:
        outcome: The run.
        prefix: Put before the ids that the headings lead to.
        method: Address of the page with the last forecast by segment; "" where it is on the same page.
    """
    behavior = outcome.behavior
    since, moved, usual = changes_sentences(outcome)
    checked = texts.forecast_check_sentences(outcome.forecast_check, new=False)
    newcomers = texts.first_orders_sentence(behavior)
    title, forecast = _about_forecast(outcome)
    if not any((moved, forecast, _falling(outcome), checked, newcomers)):
        return Markup("")
    return fill(
        "news.html.j2",
        prefix=prefix,
        since=since,
        moved=moved,
        usual=usual,
        fell=_fell(outcome),
        doubtful=month_warnings(outcome.findings),
        drawn=bool(moved),
        checked=checked,
        method=method,
        by_segment=bool(outcome.forecast_check and outcome.forecast_check.segments),
        newcomers=newcomers,
        forecast_title=title,
        forecast=forecast,
        falling=_falling(outcome),
    )


def money_to_know(outcome: Outcome) -> list[str]:
    """What to know of the money before it is quoted: what was given back, what is not counted, what outliers bring."""
    behavior = outcome.behavior
    if behavior is None:
        return []
    money = behavior.money
    said = []
    if behavior.returned:
        said.append(
            texts.translate_count(
                behavior.returned_lines,
                "Returns and cancellations deducted: {money} ({n} order line).",
                "Returns and cancellations deducted: {money} ({n} order lines).",
                money=texts.format_amount(behavior.returned),
            )
        )
    # The dashboard says so above, with a link to the reasons.
    if money.set_aside and behavior.set_aside and not is_served():
        said.append(
            texts.translate_count(
                money.lines_set_aside,
                "Not counted: {money} ({n} order line). {reasons}.",
                "Not counted: {money} ({n} order lines). {reasons}.",
                money=texts.format_amount(money.amount(money.set_aside)),
                reasons=_largest_reasons(behavior.set_aside),
            )
        )
    revenue = sum(spend for _, spend in behavior.revenue)
    if behavior.outlier_revenue is not None and behavior.outlier_revenue >= WORTH_TELLING * revenue > 0:
        said.append(
            outliers.outliers_bring(
                outcome.preparation.outliers, behavior.outlier_revenue / revenue, since=texts.counted_since(behavior)
            )
        )
    return said


def _largest_reasons(parts: Sequence[UnusedLines]) -> str:
    """The two reasons with most money that is not counted, each with its money; the second where it is a tenth of the first."""
    first, *others = sorted(parts, key=lambda part: -abs(part.amount))
    told = [first, *(part for part in others[:1] if abs(part.amount) >= WORTH_NAMING * abs(first.amount) > 0)]
    return "; ".join(
        translate(
            "{money}: {reason}",
            money=texts.format_amount(part.amount),
            reason=left_out_reason(part.code).rstrip("."),
        )
        for part in told
    )


def _about_forecast(outcome: Outcome) -> tuple[str, str]:
    """The heading and the text of what to know of the forecast; both "" where there is nothing to know."""
    if outcome.value is None:
        return "", ""
    return forecasts.forecast_explanation(outcome.value, looked_back=outcome.forecast_check is not None)


def _falling(outcome: Outcome) -> str:
    """How many of the top customers buy less, and what they spent; "" where there are none."""
    behavior = outcome.behavior
    stages = behavior.stages if behavior else ()
    total = sum(stage.year_spend for stage in stages)
    if behavior is None or behavior.top_falls is None or not behavior.top_falls.fallen or total <= 0:
        return ""
    return texts.falling_sentence(
        behavior.top_falls,
        sum(stage.fallen_spend for stage in stages),
        total,
        span=texts.sales_span(behavior),
    )


def _fell(outcome: Outcome) -> str:
    names = {segment.segment: segment.name for segment in outcome.segments}
    best = names.get(outcome.movers.best, "") if outcome.movers and outcome.movers.best is not None else ""
    return texts.fell_sentence(outcome.movers, best, span=texts.sales_span(outcome.behavior), where=False)


def changes_sentences(outcome: Outcome) -> tuple[str, str, str]:
    """Since when something changed, what in one sentence, and what is usual; empty where nothing is known of an earlier day."""
    migration = outcome.behavior.migration if outcome.behavior else None
    comparison = outcome.comparison
    if comparison is None:
        if migration is None or not migration.periods:
            return "", "", ""
        comparison = latest_moves(migration, outcome.segments)
    moved = texts.moves_sentence(comparison, others=False)
    return texts.earlier_day(comparison), moved, texts.usual_sentence(outcome.movers, comparison)
