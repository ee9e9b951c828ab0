"""The first screen: each segment's customers beside its money, what changed, and what is expected."""

from __future__ import annotations

from clustera import texts
from clustera.components.bars import share_pair
from clustera.components.buying import latest_moves
from clustera.components.markup import Markup, fill, is_served
from clustera.components.sizes import size_bar
from clustera.records import Outcome, segment_money
from clustera.texts import forecasts, left_out_reason, translate

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
        months=outcome.value.horizon_months if outcome.value else 0,
        expected=texts.expected_title(outcome.value.horizon_months, outcome.value.margin) if outcome.value else "",
        whole=outcome.value is not None and outcome.value.margin == 1,
        total=sum(part.revenue for part in money),
        customers=sum(part.customers for part in money),
        forecast=outcome.value.total.value if outcome.value else None,
        risk=outcome.behavior.risk if outcome.behavior else None,
        span=texts.sales_span(outcome.behavior),
    )


def latest_changes(outcome: Outcome, *, prefix: str = "") -> Markup:
    """What changed since the last run (or the last month of the log), and what to know of the forecast."""
    behavior = outcome.behavior
    since, moved, usual = changes_sentences(outcome)
    checked = texts.forecast_check_sentences(outcome.forecast_check)
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
        drawn=bool(moved),
        checked=checked,
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
    if money.set_aside and behavior.set_aside:
        largest = max(behavior.set_aside, key=lambda part: abs(part.amount))
        said.append(
            texts.translate_count(
                money.lines_set_aside,
                "Not counted: {money} ({n} order line). Most of it: {reason}",
                "Not counted: {money} ({n} order lines). Most of it: {reason}",
                money=texts.format_amount(money.amount(money.set_aside)),
                reason=left_out_reason(largest.code),
            )
        )
    revenue = sum(spend for _, spend in behavior.revenue)
    if behavior.outlier_revenue is not None and behavior.outlier_revenue >= WORTH_TELLING * revenue > 0:
        values = {
            "n": texts.format_count(outcome.preparation.outliers),
            "share": texts.format_share(behavior.outlier_revenue / revenue),
        }
        if outcome.preparation.outliers == 1:
            said.append(translate("One customer is unlike all others and brings {share} of sales.", **values))
        else:
            said.append(translate("{n} customers are unlike all others and bring {share} of sales.", **values))
    return said


def _about_forecast(outcome: Outcome) -> tuple[str, str]:
    """The heading and the text of what to know of the forecast; both "" where there is nothing to know."""
    if outcome.value is None:
        return "", ""
    return forecasts.forecast_explanation(outcome.value, looked_back=outcome.forecast_check is not None)


def _falling(outcome: Outcome) -> str:
    """How many of the top customers buy less, and what they spent; "" where there are none."""
    stages = outcome.behavior.stages if outcome.behavior else ()
    own = [stage for stage in stages if stage.fallen]
    total = sum(stage.year_spend for stage in stages)
    if not own or total <= 0 or outcome.behavior is None:
        return ""
    earlier, recent = sum(stage.earlier_spend for stage in stages), sum(stage.recent_spend for stage in stages)
    return texts.falling_sentence(
        sum(stage.fallen for stage in own),
        sum(stage.fallen_spend for stage in own),
        total,
        span=texts.sales_span(outcome.behavior),
        all_fell=max(1 - recent / earlier, 0.0) if earlier > 0 else 0.0,
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
