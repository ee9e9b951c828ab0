"""What is said of orders: who is overdue, who moved, what the segments foresee, how far the features look back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clustera.days import WHOLE_HISTORY, YEAR, sales_days
from clustera.records import Behavior, Comparison, Migration, Preparation, Risk, SegmentProfile, Usefulness
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day, format_month, format_window
from clustera.texts.moves import moves_sentence
from clustera.texts.numbers import format_amount, format_count, format_number, format_percent, format_share
from clustera.texts.segments import join_words
from clustera.texts.translation import translate

OUTCOMES: Mapping[str, str] = {
    "log_spend": "how much customers spend (as ratios)",
    "spend": "how much customers spend (in money)",
    "active": "whether customers order at all",
    "categories": "what customers buy",
}
GROUPINGS: Mapping[str, str] = {
    "segments": "{n} segments",
    "named RFM groups": "{n} named RFM groups",
    "spend quantiles": "{n} equal groups by spend",
}
_BOUGHT = frozenset({"order_days", "recent_spend", "spend"})  # features that are 0 of who bought nothing in their days
_EQUAL = 0.01  # shares of the variance nearer than this count as the same
_MOST = 0.5  # share of overdue customers who ordered again, from which most of them come back


def overdue_sentence(risk: Risk) -> str:
    """What the rule "overdue" was worth three months earlier.

    >>> overdue_sentence(seg.outcome.behavior.risk)
    'Tested on the past: of all customers overdue on December 24, 2024, whatever they spent, 75% ordered within the next 3 months; of the other repeat customers 83%. So overdue customers come back less often, yet most of them do come back.'
    """
    if risk.returned is None or risk.returned_others is None:
        return translate("This could not be tested on the past: take it as a list to look at, not as a forecast.")
    told = translate(
        "Tested on the past: of all customers overdue on {day}, whatever they spent, {share} ordered within the next 3 months; of the other repeat customers {others}.",
        day=format_day(risk.tested_on),
        share=format_share(risk.returned),
        others=format_share(risk.returned_others),
    )
    if risk.returned >= risk.returned_others:
        meant = translate("So being overdue did not show who stays away; do not act on it.")
    elif risk.returned >= _MOST:
        meant = translate("So overdue customers come back less often, yet most of them do come back.")
    else:
        meant = translate("So overdue customers come back less often, but not all of them are lost.")
    return f"{told} {meant}"


def overdue_note(risk: Risk, *, span: str) -> str:
    """Beside their number: of how many customers, who counts as overdue, and what they spent within the `span`.

    >>> overdue_note(Risk(customers=719, overdue=182, money=104_607.0, share=0.162), span="12 months")
    'of 719 repeat customers: away over 1.5 times their longest break. Sales, 12 months: 104,607 (16% of all)'
    """
    said = translate_count(
        risk.customers,
        "of {n} repeat customer: away over 1.5 times the longest break",
        "of {n} repeat customers: away over 1.5 times their longest break",
    )
    if not risk.overdue:
        return said
    spent = translate(
        "Sales, {span}: {money} ({share} of all)",
        span=span,
        money=format_amount(risk.money),
        share=format_share(risk.share),
    )
    return f"{said}. {spent}"


def first_orders_sentence(behavior: Behavior | None) -> str:
    """How many customers ordered for the first time in the latest whole month, where that is unusual, with months before that were as well; else "".

    >>> first_orders_sentence(seg.outcome.behavior)
    ''
    """
    change = behavior.newcomers if behavior else None
    if change is None:
        return ""
    values = {"month": format_month(change.month), "months": change.months, "usual": format_count(change.usual)}
    if change.before:
        told = ", ".join(
            translate("{n} in {month}", n=format_count(customers), month=format_month(month))
            for month, customers in change.before
        )
        said = translate_count(
            change.customers,
            "{n} customer ordered for the first time in {month} ({before}); {usual} in a usual month of the {months} before.",
            "{n} customers ordered for the first time in {month} ({before}); {usual} in a usual month of the {months} before.",
            **values,
            before=told,
        )
    else:
        said = translate_count(
            change.customers,
            "{n} customer ordered for the first time in {month}; {usual} in a usual month of the {months} before.",
            "{n} customers ordered for the first time in {month}; {usual} in a usual month of the {months} before.",
            **values,
        )
    if change.customers > change.usual:
        return said
    return f"{said} " + translate("Check that the export is complete, then advertising.")


def overdue_count_sentence(risk: Risk, currency: str, *, span: str) -> str:
    """How many customers are overdue, and what they bought in a span of time that is written out."""
    return translate_count(
        risk.overdue,
        "{n} customer is overdue: away more than 1.5 times as long as the longest break before. Sales in the last {span}: {amount}.",
        "{n} customers are overdue: away more than 1.5 times as long as their longest break. Their sales in the last {span}: {amount}.",
        span=span,
        amount=format_amount(risk.money, currency),
    )


def next_order_sentence(risk: Risk) -> str:
    """How well the next order's day was foreseen; empty where that was not tried."""
    if risk.error is None or risk.error_same is None:
        return ""
    told = translate(
        "The expected day of the next order was off by {error} days on average, among those who ordered; one common waiting time for all customers would be off by {same} days.",
        error=format_number(risk.error, 1),
        same=format_number(risk.error_same, 1),
    )
    if risk.error < risk.error_same:
        meant = translate("So each customer's own pace is the better guide.")
    else:
        meant = translate("So each customer's own pace is no better guide.")
    return f"{told} {meant}"


def latest_moves_sentence(found: Migration, last: Comparison) -> str:
    """Who moved in the latest period, beside the periods before it.

    Args:
        found: All periods.
        last: The latest of them as a comparison of two days.
    """
    *before, period = found.periods
    said = translate(
        "From {before} to {after}: {moves}",
        before=format_day(period.before),
        after=format_day(period.after),
        moves=moves_sentence(last),
    )
    if not before:
        return said
    low, high = (format_share(bound(p.stayed for p in before)) for bound in (min, max))
    share = low if low == high else translate("{low} to {high}", low=low, high=high)
    months = len(before) * found.months
    if months == 1:
        beside = translate("In the month before, {share} stayed.", share=share)
    elif len(before) > 1 and found.months > 1:
        beside = translate("In the {n} months before, {share} stayed each time.", n=format_count(months), share=share)
    else:
        beside = translate("In the {n} months before, {share} stayed.", n=format_count(months), share=share)
    return f"{said} {beside}"


def sizes_sentence(found: Migration) -> str:
    """How well the forecast of sizes and moves did on the periods that are known; "" where no change is as good a forecast."""
    test = found.forecast
    if not test.better or test.error is None or test.error_unchanged is None:
        return ""
    months = test.tested * found.months
    shares = {"wrong": _exact_share(test.error), "unchanged": _exact_share(test.error_unchanged)}
    if months == 1:
        return translate(
            "Tested on the last month, the forecast of segment sizes was off by {wrong} of customers; assuming no change was off by {unchanged}.",
            **shares,
        )
    return translate(
        "Tested on the last {n} months, the forecast of segment sizes was off by {wrong} of customers; assuming no change was off by {unchanged}.",
        n=format_count(months),
        **shares,
    )


def _exact_share(fraction: float) -> str:
    return format_percent(100 * fraction, 2)


def usefulness_sentences(judged: Sequence[Usefulness]) -> str:
    """Where the segments tell more about the future than groups that need no clustering, and where less."""
    own = next((entry for entry in judged if entry.groups == "segments"), None)
    others = [entry for entry in judged if entry.groups != "segments"]
    if own is None or not others:
        return ""
    said = _compared_outcomes(own, others)
    more, same, less, nothing = (join_words(said[key]) for key in ("more", "as much", "less", "nothing"))
    parts = []
    if more:
        parts.append(
            translate(
                "The segments predict better than simpler groups (RFM groups, equal groups by spend): {what}.",
                what=more,
            )
        )
    if same and more:
        parts.append(translate("They predict as well as those: {what}.", what=same))
    elif same:
        parts.append(translate("The segments predict as well as those: {what}.", what=same))
    if less and (more or same):
        parts.append(translate("They predict less well: {what}.", what=less))
    elif less:
        parts.append(translate("The segments predict less well: {what}.", what=less))
    if nothing:
        parts.append(translate("None of these groups predicts {what}.", what=nothing))
    return " ".join(parts)


def _compared_outcomes(own: Usefulness, others: Sequence[Usefulness]) -> dict[str, list[str]]:
    """Outcomes in words, by how the segments do beside the best of the others."""
    said: dict[str, list[str]] = {"more": [], "as much": [], "less": [], "nothing": []}
    for outcome, english in OUTCOMES.items():
        mine = getattr(own, outcome)
        rivals = [(value, entry) for entry in others if (value := getattr(entry, outcome)) is not None]
        if mine is None or not rivals:
            continue
        words = translate(english)
        best, rival = max(rivals, key=lambda pair: pair[0])
        if max(mine, best) < _EQUAL:
            said["nothing"].append(words)
        elif abs(mine - best) < _EQUAL:
            said["as much"].append(words)
        elif mine > best:
            said["more"].append(words)
        else:
            said["less"].append(translate("{what} ({groups} do better)", what=words, groups=grouping_words(rival)))
    return said


def more_groups_sentence(judged: Sequence[Usefulness]) -> str:
    """What to do where groups that are more than the segments tell more; empty where that is not so."""
    own = next((entry for entry in judged if entry.groups == "segments"), None)
    if own is None:
        return ""
    ahead = [
        entry.count
        for entry in judged
        if entry.count > own.count
        for outcome in OUTCOMES
        if (getattr(entry, outcome) or 0.0) - (getattr(own, outcome) or 0.0) >= _EQUAL
    ]
    if not ahead:
        return ""
    return translate(
        "But those are up to {n} groups, the segments only {k}. To get as many segments as later spending supports, run again with --choose-by future-spend.",
        n=max(ahead),
        k=own.count,
    )


def grouping_words(entry: Usefulness) -> str:
    """A way of grouping, with its number of groups.

    >>> grouping_words(Usefulness("spend quantiles", 5, 100, 0.2, 0.3, None))
    '5 equal groups by spend'
    """
    return translate(GROUPINGS[entry.groups], n=entry.count)


def lately_sentence(behavior: Behavior) -> str:
    """The revenue of the last 12 months, where the log is longer; "" where it is not, or stages are unknown.

    >>> lately_sentence(seg.outcome.behavior)
    'Last 12 months: 73,393'
    """
    if not behavior.stages or not counted_since(behavior):
        return ""
    money = format_amount(sum(stage.year_spend for stage in behavior.stages))
    return translate("Last 12 months: {money}", money=money)


def only_returned_sentence(behavior: Behavior | None) -> str:
    """How many customers never bought and only gave something back, and in what they do not count; "" where nobody did."""
    customers = sum(part.customers for part in behavior.stages if part.stage is None) if behavior else 0
    if not customers:
        return ""
    return translate_count(
        customers,
        "{n} customer only gave goods back: counted in Sales alone.",
        "{n} customers only gave goods back: counted in Sales alone.",
    )


def counted_since(behavior: Behavior | None) -> str:
    """Since when the sales of the whole log are counted, where these are not those of the last 12 months; else "".

    >>> counted_since(seg.outcome.behavior)
    'January 1, 2024'
    """
    if behavior is None or behavior.as_of - behavior.first_day + 1 <= sales_days(behavior.first_day, behavior.as_of):
        return ""
    return format_day(behavior.first_day)


def look_back_sentences(behavior: Behavior, window: int) -> str:
    """How many days the features look back, how many "overdue", stages and actions do, and the reason of either.

    Args:
        behavior: The orders, with their first day and the snapshot date.
        window: Days that the features look back; 0 where the run does not know (an older version), which says nothing.
    """
    covered, days = behavior.as_of - behavior.first_day + 1, sales_days(behavior.first_day, behavior.as_of)
    if covered > days:
        late = translate(
            "Sales of overdue customers, and of the customers of an action, are those of the last 12 months, from {first} on.",
            first=format_day(behavior.as_of - days + 1),
        )
    else:
        late = translate(
            "Sales of overdue customers, and of the customers of an action, are those of the whole log ({n} days).",
            n=format_count(covered),
        )
    return " ".join(filter(None, (_feature_windows(window, covered), late)))


def _feature_windows(window: int, covered: int) -> str:
    if not window:
        return ""
    if window >= WHOLE_HISTORY or window == covered:
        return translate("Spend and purchase days of the segments are of the whole log.")
    days = format_count(window)
    if window == YEAR:
        return translate(
            "Spend and purchase days of the segments are of the last {days} days, so that every season counts once.",
            days=days,
        )
    if 0 < covered - window <= YEAR // 4 + 1:
        return translate(
            "Spend and purchase days of the segments are of the last {days} days, not {n}, so that the same segments can be computed for earlier dates.",
            days=days,
            n=format_count(covered),
            spared=format_count(covered - window),
        )
    return translate(
        "Spend and purchase days of the segments are of the last {days} days, as when these segments were defined: so that customers of all months are compared alike.",
        days=days,
    )


def emptied_months_sentence(segments: Sequence[SegmentProfile], preparation: Preparation) -> str:
    """Which segments have empty last months because of the features that formed them; empty where none has.

    The feature is the one that looks back over the fewest days: where it is 0 for nine of ten customers of a segment, but not
    of all segments, its customers are in it as they did not buy in these days.

    >>> emptied_months_sentence(seg.outcome.segments, seg.outcome.model.preparation)
    ''
    """
    windows = {
        feature.name: feature.looks_back
        for feature in preparation.features
        if feature.looks_back and feature.name in _BOUGHT
    }
    if not windows:
        return ""
    shortest = min(windows, key=windows.__getitem__)
    values = {s.segment: next((f for f in s.features if f.feature == shortest), None) for s in segments}
    without = [str(segment) for segment, value in values.items() if value and value.low == value.high == 0]
    if not without or len(without) == len(segments):
        return ""
    return translate(
        "Hardly any purchases in the last {span}: {segments}.",
        segments=join_words(without),
        span=format_window(windows[shortest]),
    )
