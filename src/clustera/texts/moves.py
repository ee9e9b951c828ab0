"""Who moved, in one sentence: the same in the command, the report and everywhere else."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.records import Comparison, Move, Movers, Period, RankedBy, TopFalls, count_moves_up
from clustera.texts.counts import count_days, translate_count
from clustera.texts.dates import format_day, format_months
from clustera.texts.numbers import format_amount, format_count, format_percent, format_share
from clustera.texts.translation import translate

_THIRD = 1 / 3 + 1e-9  # the least fall of a top customer's spend, where all customers spend as much as before
_FEW = 2  # earlier shares of which the mean says as much as both
_ALIKE = 0.03  # how far apart those may be
_SMALL = 0.01  # below which a share in whole percent would say nothing

MOVED: dict[RankedBy, tuple[str, str]] = {  # of one customer, and of several
    "expected": (
        "{n} customer moved up to segments expected to spend more, {down} moved down; {share} of {all} stayed.",
        "{n} customers moved up to segments expected to spend more, {down} moved down; {share} of {all} stayed.",
    ),
    "expected then": (
        "{n} customer moved up to segments first expected to spend more, {down} moved down; {share} of {all} stayed.",
        "{n} customers moved up to segments first expected to spend more, {down} moved down; {share} of {all} stayed.",
    ),
    "recent": (
        "{n} customer moved up to segments that spend more now, {down} moved down; {share} of {all} stayed.",
        "{n} customers moved up to segments that spend more now, {down} moved down; {share} of {all} stayed.",
    ),
    "recent or before": (
        "{n} customer moved up to segments that spend more now, or did before, {down} moved down; {share} of {all} stayed.",
        "{n} customers moved up to segments that spend more now, or did before, {down} moved down; {share} of {all} stayed.",
    ),
    "spend": (
        "{n} customer moved up to a segment that spends more, {down} moved down; {share} of {all} stayed.",
        "{n} customers moved up to a segment that spends more, {down} moved down; {share} of {all} stayed.",
    ),
    "spend then": (
        "{n} customer moved up to segments that first spent more, {down} moved down; {share} of {all} stayed.",
        "{n} customers moved up to segments that first spent more, {down} moved down; {share} of {all} stayed.",
    ),
}
LEADS: dict[RankedBy, tuple[str, str]] = {  # where a move up leads, and one down
    "expected": ("to segments expected to spend more", "to segments expected to spend less"),
    "expected then": (
        "to segments first expected to spend more",
        "to segments first expected to spend less",
    ),
    "recent": ("to segments that spent more in the last 3 months", "to segments that spent less in the last 3 months"),
    "recent or before": (
        "to segments that spent more in the last 3 months, or before",
        "to segments that spent less in the last 3 months, or before",
    ),
    "spend": ("to a segment that spends more", "to a segment that spends less"),
    "spend then": (
        "to segments that first spent more",
        "to segments that first spent less",
    ),
}


def moves_sentence(comparison: Comparison, *, others: bool = True) -> str:
    """How many customers moved up, moved down and stayed; and the `others`, who are in the data on one of the days only.

    >>> from clustera.records import Move
    >>> moves = (Move(1, 1, 80), Move(2, 2, 95), Move(1, 2, 5), Move(2, 1, 20))
    >>> moved = Comparison("November", "December", 200, 3, 6, moves, (), (), (), (), (), ranking=(1, 2))
    >>> moves_sentence(moved)
    '20 customers moved up to a segment that spends more, 5 moved down; 88% of 200 stayed. 6 were not in the data before. 3 are no longer in the data.'
    """
    share, common = format_share(comparison.stayed), format_count(comparison.common)
    if not comparison.common:
        said = translate("No customer is known on both days.")
    elif comparison.up is None or comparison.down is None:
        said = translate(
            "{share} of the {n} customers known on both days stayed in their segment.", share=share, n=common
        )
    else:
        said = translate_count(
            comparison.up,
            *MOVED[comparison.ranked_by],
            down=format_count(comparison.down),
            share=share,
            all=common,
        )
    if not others:
        return said
    if comparison.only_after:
        said += " " + (
            translate("One was not in the data before.")
            if comparison.only_after == 1
            else translate("{n} were not in the data before.", n=format_count(comparison.only_after))
        )
    if comparison.only_before:
        said += " " + (
            translate("One is no longer in the data.")
            if comparison.only_before == 1
            else translate("{n} are no longer in the data.", n=format_count(comparison.only_before))
        )
    return said


def moves_lead(comparison: Comparison) -> tuple[str, str]:
    """Where those who moved up are now, and those who moved down.

    >>> moves_lead(Comparison("November", "December", 200, 0, 0, (), (), (), (), (), (), ranked_by="expected"))
    ('to segments expected to spend more', 'to segments expected to spend less')
    """
    up, down = LEADS[comparison.ranked_by]
    return translate(up), translate(down)


def unshown_sentence(comparison: Comparison) -> str:
    """Whom a chart or a table of moves cannot show, as they have one segment only; empty where everybody is shown.

    >>> unshown_sentence(Comparison("November", "December", 200, 3, 6, (), (), (), (), (), ()))
    'Not compared: 6 customers without an earlier segment, 3 who are no longer in the data.'
    >>> unshown_sentence(Comparison("November", "December", 200, 0, 1, (), (), (), (), (), ()))
    'Not compared: 1 customer without an earlier segment.'
    """
    come, gone = comparison.only_after, comparison.only_before
    parts = []
    if come:
        parts.append(
            translate_count(come, "{n} customer without an earlier segment", "{n} customers without an earlier segment")
        )
    if gone:
        alone = translate_count(
            gone, "{n} customer who is no longer in the data", "{n} customers who are no longer in the data"
        )
        added = translate_count(gone, "{n} who is no longer in the data", "{n} who are no longer in the data")
        parts.append(added if come else alone)
    return translate("Not compared: {customers}.", customers=", ".join(parts)) if parts else ""


def earlier_day(comparison: Comparison) -> str:
    """Since when: the snapshot date of the earlier run; its name where there is no date.

    >>> earlier_day(Comparison("November", "December", 0, 0, 0, (), (), (), (), (), (), day_before=17_500))
    'November 30, 2017'
    """
    return comparison.before if comparison.day_before is None else format_day(comparison.day_before)


def usual_sentence(movers: Movers | None, comparison: Comparison | None) -> str:
    """What share of customers moved before, within as many days, beside the share now; empty where other segments were drawn.

    Args:
        movers: Of the run.
        comparison: Of the same two days.

    >>> before = Period(19_700, 19_761, (Move(1, 1, 80), Move(1, 2, 15), Move(2, 1, 5)), came=())
    >>> now = Comparison("", "", 200, 0, 0, (Move(1, 1, 150), Move(1, 2, 50)), (), (), (), (), (), ranking=(1, 2))
    >>> usual_sentence(Movers(50, 0, days=61, usual=(before,)), now)
    'In the 61 days before: 5% up (now 0%), 15% down (now 25%).'
    >>> usual_sentence(Movers(50, 0, days=61), now)
    'How many usually move in 61 days is not known: the orders do not go back far enough.'
    """
    if movers is None or comparison is None or not movers.days or not comparison.common:
        return ""
    span = _period_words(movers)
    if not movers.usual:
        return translate(
            "How many usually move in {span} is not known: the orders do not go back far enough.", span=span
        )
    values: dict[str, object] = {"span": span, "n": format_count(len(movers.usual))}
    ranking = comparison.ranking
    if ranking:
        up, down = (_moved_beside(movers.usual, comparison, order) for order in (ranking, ranking[::-1]))
        values |= {"up": up[0], "now_up": up[1], "down": down[0], "now_down": down[1]}
        if len(movers.usual) == 1:
            return translate("In the {span} before: {up} up (now {now_up}), {down} down (now {now_down}).", **values)
        return translate(
            "Usual in {span} (from {n} earlier periods): {up} up (now {now_up}), {down} down (now {now_down}).",
            **values,
        )
    moved, now = _moved_beside(movers.usual, comparison, ())
    if len(movers.usual) == 1:
        return translate("In the {span} before: {moved} moved (now {now}).", moved=moved, now=now, **values)
    return translate(
        "Usual in {span} (from {n} earlier periods): {moved} moved (now {now}).", moved=moved, now=now, **values
    )


def _period_words(movers: Movers) -> str:
    """How long the periods are, in words: a month of the calendar has 28 to 31 days."""
    if movers.months == 1:
        return translate("a month")
    return format_months(movers.months) if movers.months else count_days(movers.days)


def _moved_beside(usual: Sequence[Period], now: Comparison, ranking: Sequence[int]) -> tuple[str, str]:
    """The shares who moved to the front of a ranking before ("11% to 14%"), and now; without a ranking all who moved."""
    shares = [_moved_share(period.moves, ranking) for period in usual]
    said = _rough_share(shares[0]) if len(shares) == 1 else usual_share(shares)
    return said, _rough_share(_moved_share(now.moves, ranking))


def _moved_share(moves: Sequence[Move], ranking: Sequence[int]) -> float:
    moved = count_moves_up(moves, ranking)
    if moved is None:
        moved = sum(move.count for move in moves if move.before != move.after)
    return moved / max(sum(move.count for move in moves), 1)


def border_sentence(movers: Movers | None) -> str:
    """How many of those who moved stand on a border; empty where nobody moved.

    >>> border_sentence(Movers(345, 112))
    '112 of the 345 who moved are close to a border and may move back.'
    >>> border_sentence(Movers(1, 1)), border_sentence(Movers(7, 0))
    ('The customer who moved is close to a border and may move back.', 'None of those who moved is close to a border.')
    """
    if movers is None or not movers.customers:
        return ""
    if not movers.borderline:
        return translate("None of those who moved is close to a border.")
    if movers.customers == 1:
        return translate("The customer who moved is close to a border and may move back.")
    return translate_count(
        movers.borderline,
        "{n} of the {all} who moved is close to a border and may move back.",
        "{n} of the {all} who moved are close to a border and may move back.",
        all=format_count(movers.customers),
    )


def fell_sentence(
    movers: Movers | None, name: str, currency: str = "", *, span: str = "12 months", where: bool = True
) -> str:
    """How many left the segment with the highest sales per customer, how many usually do, what they spent within the `span`, and `where` their list is; empty where nobody did.

    >>> from dataclasses import replace
    >>> before = Period(19_700, 19_761, (Move(4, 4, 285), Move(4, 1, 15)), came=())
    >>> movers = Movers(345, 112, best=4, best_before=329, fell=18, fell_money=76123.4)
    >>> fell_sentence(movers, "Loyal top spenders", "USD")
    'Loyal top spenders: 18 of 329 moved down (5%; sales, 12 months: 76,123 USD). Filter customers.csv: segment_before is 4, segment is not 4.'
    >>> fell_sentence(replace(movers, usual=(before,)), "Loyal top spenders", "USD", where=False)
    'Loyal top spenders: 18 of 329 moved down (5%, usual: about 5%; sales, 12 months: 76,123 USD).'
    """
    if movers is None or not movers.fell:
        return ""
    values: dict[str, object] = {
        "n": format_count(movers.fell),
        "all": format_count(movers.best_before),
        "name": name,
        "best": movers.best,
        "share": _rough_share(movers.fell / movers.best_before),
        "span": span,
        "money": "" if movers.fell_money is None else format_amount(movers.fell_money, currency),
    }
    left = [_left_share(period.moves, movers.best) for period in movers.usual]
    known = [share for share in left if share is not None]
    if known:
        values["usual"] = usual_share(known)
        said = (
            translate("{name}: {n} of {all} moved down ({share}, usual: {usual}).", **values)
            if movers.fell_money is None
            else translate(
                "{name}: {n} of {all} moved down ({share}, usual: {usual}; sales, {span}: {money}).", **values
            )
        )
    elif movers.fell_money is None:
        said = translate("{name}: {n} of {all} moved down ({share}).", **values)
    else:
        said = translate("{name}: {n} of {all} moved down ({share}; sales, {span}: {money}).", **values)
    if not where:
        return said
    return f"{said} " + translate("Filter customers.csv: segment_before is {best}, segment is not {best}.", **values)


def _left_share(moves: Sequence[Move], segment: int | None) -> float | None:
    """The share of a segment's customers who are in another one later; None where it had none."""
    own = [move for move in moves if move.before == segment]
    known = sum(move.count for move in own)
    return sum(move.count for move in own if move.after != segment) / known if known else None


def falling_sentence(falls: TopFalls, money: float, total: float, *, span: str, currency: str = "") -> str:
    """How many of the top customers (the fifth with the highest sales 3 to 6 months ago) buy less, how many usually do, and what they spent.

    >>> falls = TopFalls(least=0.41, customers=294, fallen=90, usual=(0.284, 0.317, 0.352))
    >>> falling_sentence(falls, 336_164.0, 4_594_146.0, span="12 months")[:103]
    '90 of the top fifth by sales 3 to 6 months ago (31%; usual: 28% to 35%) now spend at least 41% less. Sa'

    Args:
        falls: Of all customers: by how much they fell at least, and what share did before.
        money: What they spent within the span.
        total: What all customers spent in it.
        span: In words.
        currency: Of the money.
    """
    counted: dict[str, object] = {
        "now": _rough_share(falls.fallen / falls.customers),
        "least": translate("a third") if falls.least <= _THIRD else format_share(falls.least),
    }
    if falls.usual:
        said = translate_count(
            falls.fallen,
            "{n} customer of the top fifth by sales 3 to 6 months ago ({now}; usual: {usual}) now spends at least {least} less.",
            "{n} of the top fifth by sales 3 to 6 months ago ({now}; usual: {usual}) now spend at least {least} less.",
            **counted,
            usual=usual_share(falls.usual),
        )
    else:
        said = translate_count(
            falls.fallen,
            "{n} customer of the top fifth by sales 3 to 6 months ago ({now}) now spends at least {least} less.",
            "{n} of the top fifth by sales 3 to 6 months ago ({now}) now spend at least {least} less.",
            **counted,
        )
    return f"{said} " + translate(
        "Sales, {span}: {money} ({share} of all).",
        span=span,
        money=format_amount(money, currency),
        share=format_share(money / total),
    )


def usual_share(shares: Sequence[float]) -> str:
    """What share is usual, from a few earlier ones, in whole percent: "9% to 12%", or "about 10%" where they are one or two alike.

    >>> usual_share([0.097, 0.1]), usual_share([0.097, 0.1, 0.12]), usual_share([0.05, 0.2]), usual_share([0.004])
    ('about 10%', '10% to 12%', '5% to 20%', 'about 0.4%')
    """
    low, high = min(shares), max(shares)
    if len(shares) <= _FEW and high - low < _ALIKE:
        return translate("about {share}", share=_rough_share(sum(shares) / len(shares)))
    shown = list(dict.fromkeys(map(_rough_share, (low, high))))
    return shown[0] if len(shown) == 1 else translate("{low} to {high}", low=shown[0], high=shown[1])


def _rough_share(share: float) -> str:
    """A share in whole percent; below one percent as any other."""
    return format_share(share) if share < _SMALL else format_percent(100 * share)


def moved_money_sentence(movers: Movers | None, currency: str = "", *, span: str = "12 months") -> str:
    """What those who moved up and those who moved down spent within the `span`; empty without orders or a ranking.

    >>> moved_money_sentence(Movers(3, 0, up_money=1200.0, down_money=800.0), "USD")
    'Sales in the last 12 months: 1,200 USD of those who moved up, 800 USD of those who moved down.'
    """
    if movers is None or movers.up_money is None or movers.down_money is None:
        return ""
    return translate(
        "Sales in the last {span}: {up} of those who moved up, {down} of those who moved down.",
        span=span,
        up=format_amount(movers.up_money, currency),
        down=format_amount(movers.down_money, currency),
    )
