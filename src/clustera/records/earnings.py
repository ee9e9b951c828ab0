"""What each segment brings: the money of a run gathered by segment."""

from __future__ import annotations

from dataclasses import dataclass

from clustera.records.outcome import Outcome


@dataclass(frozen=True, slots=True)
class SegmentMoney:
    """The money of one segment, in the currency of the orders."""

    segment: int
    customers: int
    share: float  # of all customers
    revenue: float  # up to the snapshot date, returns deducted
    revenue_share: float  # of all segments' revenue; 0 where that is not positive
    forecast: float | None = None  # expected within the horizon; None without a forecast
    low: float | None = None  # its 80 % range
    high: float | None = None
    year: float | None = (
        None  # sales in the last 12 months; None unless the forecast is of sales in 12 months and the log is as long
    )
    overdue: int = 0
    overdue_money: float = 0.0  # what the overdue spent in the last 12 months

    @property
    def per_customer(self) -> float:
        """Revenue per customer."""
        return self.revenue / self.customers if self.customers else 0.0


_NOT_KNOWN = (None, None, None)


def segment_money(outcome: Outcome) -> tuple[SegmentMoney, ...]:
    """The money of every segment, in the order of the segments; empty without orders.

    >>> [(part.segment, round(part.revenue)) for part in segment_money(seg.outcome)]
    [(1, 58055), (2, 29657), (3, 5675)]
    """
    behavior = outcome.behavior
    if behavior is None:
        return ()
    spent = dict(behavior.revenue)
    revenue = sum(spent.get(segment.segment, 0.0) for segment in outcome.segments)
    customers = sum(segment.size for segment in outcome.segments)
    values = {e.segment: (e.value, e.low, e.high) for e in outcome.value.segments} if outcome.value else {}
    year = _year_sales(outcome)
    late = {part.segment: (part.overdue, part.money) for part in behavior.risk.segments} if behavior.risk else {}
    found = []
    for segment in outcome.segments:
        value = values.get(segment.segment, _NOT_KNOWN)
        overdue, overdue_money = late.get(segment.segment, (0, 0.0))
        own = spent.get(segment.segment, 0.0)
        found.append(
            SegmentMoney(
                segment=segment.segment,
                customers=segment.size,
                share=segment.size / customers if customers else 0.0,
                revenue=own,
                revenue_share=own / revenue if revenue > 0 else 0.0,
                forecast=value[0],
                low=value[1],
                high=value[2],
                year=year.get(segment.segment, 0.0) if year is not None else None,
                overdue=overdue,
                overdue_money=overdue_money,
            )
        )
    return tuple(found)


def _year_sales(outcome: Outcome) -> dict[int, float] | None:
    """By segment, its sales in the last 12 months; None where they cannot be held against the forecast."""
    if outcome.behavior is None or outcome.value is None or outcome.value.year_ahead is None:
        return None
    sales: dict[int, float] = {}
    for stage in outcome.behavior.stages:
        sales[stage.segment] = sales.get(stage.segment, 0.0) + stage.year_spend
    return sales


def segment_pace(outcome: Outcome) -> dict[int, float]:
    """By segment, what it would bring within the forecast's months at the pace of its last 91 days; empty where that is not known.

    >>> {segment: round(money) for segment, money in segment_pace(seg.outcome).items()}
    {1: 44450, 2: 26056, 3: 3726}
    """
    if outcome.behavior is None or outcome.value is None:
        return {}
    carried = outcome.value.margin * outcome.value.horizon_months / 3
    pace: dict[int, float] = {}
    for stage in outcome.behavior.stages:
        pace[stage.segment] = pace.get(stage.segment, 0.0) + carried * stage.recent_spend
    return pace
