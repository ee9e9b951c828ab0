"""What customers are worth: purchase models, their back-test and forecasts by segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clustera.records.rows import Finding, Reason


@dataclass(frozen=True, slots=True)
class ForecastScore:
    """How well one way to forecast purchases did in the hold-out."""

    name: str  # "Pareto/NBD", "own rate"
    kind: Literal["model", "rule", "learner"]
    mae: float  # purchases per customer
    rmse: float
    predicted: float  # purchases of all customers
    bias: float  # predicted / actual - 1
    excess: float  # mean absolute error above the chosen model's
    excess_se: float  # standard error of that difference, paired by customer
    note: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often the hold-out fell into 80 % ranges: as the model gives them, and recalibrated (cross-fitted)."""

    raw: float
    recalibrated: float
    level: float  # nominal level whose ranges cover 80 %


@dataclass(frozen=True, slots=True)
class RiskBand:
    """Customers whose chance to order nothing in the hold-out lay in a band: what was said, and how many did."""

    low: float
    high: float
    customers: int
    said: float  # mean chance
    seen: float  # share who ordered nothing


@dataclass(frozen=True, slots=True)
class BackTest:
    """Forecasts from the first part of the history held against the second."""

    first_day: int
    split_day: int  # last day that the forecasts saw
    last_day: int
    customers: int
    purchases: int  # in the hold-out
    spend: float
    scores: tuple[ForecastScore, ...]  # best first
    chosen: str
    reason: Reason
    beaten_by: tuple[str, ...]  # rules and learners better than the chosen model beyond chance
    deciles: tuple[tuple[float, float, int], ...]  # of the forecast: mean forecast, mean actual, customers
    purchase_coverage: Coverage
    spend_coverage: Coverage
    spend_bias: float  # forecast spend / actual - 1
    group_error: float  # log error of the spend of a tenth of the customers, by forecast; weighted by spend
    returning: float = 0.0  # share of those who seem to have left that only pauses, at half the pace
    risk_bands: tuple[RiskBand, ...] = ()  # of the chosen model as calibrated; cross-fitted


@dataclass(frozen=True, slots=True)
class Parameter:
    """One fitted parameter; None where the likelihood is flat and no error can be told."""

    name: str
    estimate: float
    standard_error: float | None
    low: float | None  # 95 %
    high: float | None


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A purchase or spend model as fitted."""

    name: str
    parameters: tuple[Parameter, ...]
    log_likelihood: float
    customers: int


@dataclass(frozen=True, slots=True)
class SegmentValue:
    """What a segment is expected to bring within the horizon, in margin, discounted."""

    segment: int | None  # None: all customers
    customers: int
    active: float  # expected number of customers who have not left
    purchases: float  # expected
    value: float
    low: float  # 80 % range
    high: float
    churn_loss: float  # what customers would bring if they had not left, times the probability that they have
    upgrade: float  # what the segment would gain if its likely active customers below its best quarter reached it


@dataclass(frozen=True, slots=True)
class ForecastPoint:
    """What all customers are expected to spend within some days; not discounted, whatever the margin."""

    days: float  # after the snapshot date
    sales: float
    low: float | None = None  # 80 % range; None where it was not simulated
    high: float | None = None


@dataclass(frozen=True, slots=True)
class SegmentPath:
    """What the customers of a segment are expected to spend, month by month; all segments add up to all customers."""

    segment: int
    points: tuple[ForecastPoint, ...]


@dataclass(frozen=True, slots=True)
class SegmentCheck:
    """What was expected of the customers of an earlier run's segment, and what came."""

    segment: int
    name: str  # in the earlier run
    customers: int
    expected: float
    low: float | None  # 80 % range; None where it was not simulated
    high: float | None
    actual: float

    @property
    def held(self) -> bool | None:
        """Whether what came lies within the range; None without a range.

        >>> SegmentCheck(1, "A", 9, 90.0, 80.0, 99.0, 81.0).held, SegmentCheck(1, "A", 9, 90.0, None, None, 81.0).held
        (True, None)
        """
        return None if self.low is None or self.high is None else self.low <= self.actual <= self.high


@dataclass(frozen=True, slots=True)
class ForecastCheck:
    """The forecast of an earlier run held against the orders that came since."""

    before: int  # snapshot date of the earlier run
    after: int  # last day that both know
    customers: int  # of the earlier run
    expected: float  # sales of those customers
    low: float | None  # 80 % range
    high: float | None
    actual: float
    new_customers: int  # who ordered in that time and were not in the earlier run
    new_sales: float  # of those
    segments: tuple[SegmentCheck, ...] = ()  # of the earlier run; empty where its forecast was kept as a total only
    furthest: int | None = None  # the segment furthest off in money, where it is far enough off to be told at once
    returned: float = 0.0  # by those customers, of earlier orders: not deducted from `actual`

    @property
    def days(self) -> int:
        """How many days are compared."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class YearAhead:
    """What customers spent in the last 12 months beside what they are expected to spend in the next."""

    sales: float  # in the last 12 months, returns deducted
    expected: float
    leaving: int  # customers with a chance to order again below one half
    leaving_sales: float  # of those, in the last 12 months
    leaving_expected: float
    new_sales: float | None  # of customers who first ordered in the last 12 months; None where the log can't tell


@dataclass(frozen=True, slots=True)
class Tracking:
    """Repeat purchases of all customers over time, actual and as the model expects them."""

    days: tuple[int, ...]  # last day of each period
    actual: tuple[float, ...]  # in the period
    expected: tuple[float, ...]
    split_day: int  # the model saw no later day


@dataclass(frozen=True, slots=True)
class FrequencyCounts:
    """Customers by number of repeat purchases in the calibration period; the last count is "or more"."""

    actual: tuple[float, ...]
    expected: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FrequencyRecency:
    """A quantity for every combination of frequency (columns) and age at the last purchase (rows)."""

    title: str
    unit: str  # of the ages
    frequency: tuple[int, ...]
    recency: tuple[float, ...]
    values: tuple[tuple[float | None, ...], ...]  # None where the combination can't occur


@dataclass(frozen=True, slots=True)
class AliveHistory:
    """Probability that one customer had not left, day by day."""

    customer: str
    days: tuple[int, ...]
    probability: tuple[float, ...]
    purchases: tuple[int, ...]  # days


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """Value of the customers within a horizon, with its evidence and its doubts."""

    as_of: int
    horizon_months: int
    margin: float
    monthly_discount: float
    purchase_model: FittedModel
    spend_model: FittedModel
    back_test: BackTest
    total: SegmentValue
    segments: tuple[SegmentValue, ...]
    doubts: tuple[Finding, ...]
    tracking: Tracking
    frequencies: FrequencyCounts
    matrices: tuple[FrequencyRecency, ...]
    churn_days: int = 0  # days that the chance to order nothing looks ahead; 0 in runs of before it was tested
    notes: tuple[Reason, ...] = ()
    path: tuple[ForecastPoint, ...] = ()  # month by month to the horizon; empty in runs of older versions
    segment_paths: tuple[SegmentPath, ...] = ()  # likewise, of each segment; undiscounted, whatever the margin
    year_ahead: YearAhead | None = None  # where the log covers 12 months and the forecast is of sales in 12 months

    @property
    def terms(self) -> tuple[int, float, float]:
        """Months, margin and monthly discount: amounts of two forecasts are compared only where these are the same."""
        return self.horizon_months, self.margin, self.monthly_discount
