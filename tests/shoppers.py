"""Outcomes with orders behind them: every number is counted from random order lines, so that sums close."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from clustera.records import (
    BackTest,
    Behavior,
    CategoryAffinity,
    Cohort,
    Coverage,
    Finding,
    FittedModel,
    ForecastScore,
    FrequencyCounts,
    LifetimeValue,
    Migration,
    MigrationForecast,
    Money,
    Move,
    Outcome,
    Parameter,
    Period,
    Reason,
    RfmCell,
    RfmGrid,
    Risk,
    SegmentMonth,
    SegmentRisk,
    SegmentValue,
    Tracking,
    UnusedLines,
    Usefulness,
)
from tests.outcomes import Spec, build

FIRST, AS_OF = 16_700, 17_400  # 22 September 2015 to August 22, 2017
SPEC: Spec = {
    "days_since_last_order": ("Days since the last order", "days", 0),
    "order_days": ("Days with an order", "", 0),
    "spend": ("Spend", "GBP", 2),
}
NAMES = [
    "One-time buyers with small baskets",
    "Occasional buyers",
    "Regulars",
    "Frequent big spenders",
    "Wholesale customers",
]


def orders(n: int = 900) -> pd.DataFrame:
    """Order lines: customer, day, cents (below zero for money given back), category, month (counted from year 0)."""
    rng = np.random.default_rng(11)
    rate = rng.gamma(0.8, 4.0, n) + 0.2
    born = rng.integers(FIRST, AS_OF - 30, n)
    parts = []
    for customer in range(n):
        life = rng.exponential(420)
        days = born[customer] + np.r_[0, np.cumsum(rng.exponential(180 / rate[customer], 80)).astype(int)]
        days = days[(days <= AS_OF) & (days <= born[customer] + life)]
        cents = np.exp(rng.normal(7.6 + 0.25 * rate[customer] ** 0.6, 0.7, len(days))).round().astype(int)
        parts.append(pd.DataFrame({"customer": customer, "day": days, "cents": cents}))
    sold = pd.concat(parts, ignore_index=True)
    back = sold.sample(frac=0.03, random_state=1).assign(cents=lambda d: -(d["cents"] // 2))
    lines = pd.concat([sold, back], ignore_index=True)
    when = pd.to_datetime(lines["day"], unit="D")
    kind = np.searchsorted([1_500, 2_600, 5_000], lines["cents"].abs() + lines["day"] % 7 * 200)
    category = np.array(["Tea", "Spices and dried herbs", "Wine", "Gifts for the house"])[kind]
    return lines.assign(month=when.dt.year * 12 + when.dt.month - 1, category=category)


@cache
def shopping() -> tuple[Outcome, pd.DataFrame]:
    """Five segments by spend, drawn from two years of orders, with behavior and value."""
    lines = orders()
    sold = lines[lines["cents"] > 0]
    values = pd.DataFrame(
        {
            "days_since_last_order": AS_OF - sold.groupby("customer")["day"].max(),
            "order_days": sold.groupby("customer")["day"].nunique(),
            "spend": lines.groupby("customer")["cents"].sum() / 100,
        }
    )
    values["spend"] = values["spend"].clip(lower=0.5)
    labels = 1 + np.searchsorted(np.quantile(values["spend"], [0.3, 0.6, 0.85, 0.96]), values["spend"])
    outcome, sample = build(
        values,
        labels,
        SPEC,
        NAMES,
        verdict="practical",
        statements=["practical"] * 5,
        bent={"days_since_last_order": 0.0, "order_days": 0.0, "spend": 0.0},
        name="orders.csv",
    )
    return replace(outcome, behavior=behavior(lines, values, labels), value=value(lines, labels)), sample


def behavior(lines: pd.DataFrame, values: pd.DataFrame, labels: np.ndarray) -> Behavior:
    """What the lines say, counted with pandas."""
    of = pd.Series(labels, index=values.index)
    lines = lines.assign(segment=lines["customer"].map(of))
    sold = lines[lines["cents"] > 0]
    scores = pd.DataFrame(
        {
            "r": _score(-values["days_since_last_order"]),
            "f": _score(values["order_days"]),
            "spend": lines.groupby("customer")["cents"].sum() / 100,
            "segment": of,
        }
    )
    scores["group"] = np.select(
        [(scores["r"] >= 4) & (scores["f"] >= 4), scores["f"] >= 4, scores["r"] >= 4, scores["r"] >= 2],
        ["Champions", "Can't lose", "New", "Need attention"],
        "Lost",
    )
    grid = scores.groupby(["r", "f"])["spend"].agg(["size", "sum"]).reset_index()
    groups = scores.groupby("group")["spend"].agg(["size", "sum"])
    crossed = scores.groupby(["group", "segment"]).size()
    by_month = lines.groupby(["month", "segment"])
    used = int(lines["cents"].sum())
    aside = (
        UnusedLines("no-customer", 312, 4_711.06),
        UnusedLines("refunded", 17, -83.5),
        UnusedLines("no-amount", 4, 0.0),
    )
    aside_cents = round(100 * sum(entry.amount for entry in aside))
    aside_lines = sum(entry.lines for entry in aside)
    return Behavior(
        as_of=AS_OF,
        first_day=FIRST,
        money=Money(len(lines) + aside_lines, len(lines), aside_lines, used + aside_cents, used, aside_cents, 2, "GBP"),
        set_aside=aside,
        contractual=None,
        revenue=tuple((int(s), float(v) / 100) for s, v in lines.groupby("segment")["cents"].sum().items()),
        rfm=RfmGrid(
            5,
            tuple(RfmCell(int(r), int(f), int(n), float(m)) for r, f, n, m in grid.itertuples(index=False)),
            tuple((str(name), int(row["size"]), float(row["sum"])) for name, row in groups.iterrows()),
        ),
        rfm_by_segment=tuple((str(g), int(s), int(n)) for (g, s), n in crossed.items()),
        months=tuple(
            SegmentMonth(
                _name(month),
                int(segment),
                int(part.loc[part["cents"] > 0, "customer"].nunique()),
                int((part["cents"] > 0).sum()),
                float(part["cents"].sum()) / 100,
            )
            for (month, segment), part in by_month
        ),
        cohorts=_cohorts(sold),
        risk=Risk(310, 58, 21_480.5, 0.087, AS_OF - 91, 0.24, 0.61, 31.4, 38.9, _risks(of)),
        usefulness=(
            Usefulness("segments", 5, 812, 0.312, 0.204, 0.171, 0.046),
            Usefulness("named RFM groups", 5, 812, 0.287, 0.118, 0.194, 0.012),
            Usefulness("spend quantiles", 5, 812, 0.309, 0.241, 0.102, -0.004),
        ),
        judged_from=AS_OF - 91,
        judged_until=AS_OF,
        migration=_migration(sold, of),
        affinities=_affinities(lines),
    )


def value(lines: pd.DataFrame, labels: np.ndarray) -> LifetimeValue:
    """A forecast whose segments add up to its total."""
    segments = []
    for number in range(1, int(labels.max()) + 1):
        size = int((labels == number).sum())
        worth = size * 14.0 * 2.1**number
        spread = 0.45 - 0.05 * number
        alive = size * (0.35 + 0.11 * number)
        segments.append(
            SegmentValue(
                number,
                size,
                alive,
                0.9 * alive * number,
                worth,
                worth * (1 - spread),
                worth * (1 + spread * 1.2),
                worth * 0.3,
                worth * 0.4,
            )
        )
    sums = {f: sum(getattr(s, f) for s in segments) for f in ("active", "purchases", "value", "churn_loss", "upgrade")}
    total = SegmentValue(None, len(labels), low=0.86 * sums["value"], high=1.17 * sums["value"], **sums)
    split = FIRST + 350
    ends = np.arange(FIRST + 6, AS_OF + 1, 7)
    repeats = lines[(lines["cents"] > 0) & lines.duplicated("customer")]["day"].to_numpy()
    actual = np.histogram(repeats, np.r_[FIRST - 1, ends] + 0.5)[0].astype(float)
    expected = np.convolve(np.pad(actual, 6, mode="edge"), np.ones(13) / 13, "valid") * np.where(ends > split, 0.94, 1)
    bought = int(actual[ends > split].sum())
    scores = (
        ForecastScore("Pareto/NBD", "model", 1.412, 2.61, 0.94 * bought, -0.06, 0.0, 0.0),
        ForecastScore("BG/NBD", "model", 1.437, 2.64, 1.08 * bought, 0.08, 0.025, 0.011),
        ForecastScore("own rate", "rule", 2.308, 4.9, 1.71 * bought, 0.71, 0.896, 0.072),
        ForecastScore("last period", "rule", 1.583, 3.2, 1.02 * bought, 0.02, 0.171, 0.043),
    )
    return LifetimeValue(
        as_of=AS_OF,
        horizon_months=12,
        margin=0.3,
        monthly_discount=0.01,
        purchase_model=FittedModel("Pareto/NBD", (Parameter("r", 0.8, 0.06, 0.69, 0.93),), -4321.0, len(labels)),
        spend_model=FittedModel("Gamma-Gamma", (Parameter("q", 3.7, None, None, None),), -2100.0, 640),
        back_test=BackTest(
            FIRST,
            split,
            AS_OF,
            512,
            bought,
            98_765.4,
            tuple(sorted(scores, key=lambda s: s.mae)),
            "Pareto/NBD",
            Reason(
                "forecast-model",
                {"case": "best", "model": "Pareto/NBD", "error": 1.41, "other": "last period", "other_error": 1.58},
            ),
            (),
            tuple((0.2 * i**1.5, 0.21 * i**1.45, 51) for i in range(10)),
            Coverage(0.71, 0.8, 0.88),
            Coverage(0.69, 0.79, 0.9),
            -0.08,
            0.14,
        ),
        total=total,
        segments=tuple(segments),
        doubts=(
            Finding(
                "spend-follows-frequency",
                "warning",
                values={"case": "more", "sign": "more", "lean": "more", "correlation": 0.21},
            ),
            Finding("ranges-recalibrated", "note", values={"raw": 0.69, "recalibrated": 0.79, "level": 0.9}),
        ),
        tracking=Tracking(tuple(map(int, ends)), tuple(map(float, actual)), tuple(map(float, expected)), split),
        frequencies=FrequencyCounts((300.0, 600.0), (310.0, 590.0)),
        matrices=(),
        notes=(Reason("value-is-margin", {"margin": 0.3, "months": 12, "discount": 0.01}),),
    )


def refused() -> tuple[Outcome, pd.DataFrame]:
    """The same shop, too young for a forecast, and with charges that look like a contract's."""
    outcome, sample = shopping()
    young = replace(
        outcome.behavior,
        contractual=Finding("contractual", "warning", count=61, values={"customers": 100, "case": "all"}),
        usefulness=(),
        judged_from=0,
        risk=replace(outcome.behavior.risk, returned=None, returned_others=None, error=None, error_same=None),
        migration=None,
        migration_refused=Reason("no-earlier-month", {"window": 273}),
    )
    said = Reason("short-history", {"day": "August 22, 2017", "days": 41, "needed": 90})
    return replace(outcome, behavior=young, value=None, value_refused=said), sample


def _risks(of: pd.Series) -> tuple[SegmentRisk, ...]:
    """Risk by segment that adds up to that of all customers."""
    overdue, money = (4, 9, 14, 21, 10), (310.25, 1_402.5, 4_107.75, 9_660.0, 6_000.0)
    sizes = of.value_counts().sort_index()
    return tuple(
        SegmentRisk(int(s), 62, n, m, n / int(size))
        for (s, size), n, m in zip(sizes.items(), overdue, money, strict=True)
    )


def _migration(sold: pd.DataFrame, of: pd.Series) -> Migration:
    """Three days: every seventh customer was one segment lower a month before, every ninth two months."""
    days = (AS_OF - 80, AS_OF - 40, AS_OF)
    first = sold.groupby("customer")["day"].min()
    segments = tuple(sorted(int(s) for s in of.unique()))
    held = []
    for day, every in zip(days, (9, 7, 0), strict=True):
        known = of[first[first <= day].index]
        lower = (known.index % every == 0) if every else np.zeros(len(known), dtype=bool)
        held.append(known.where(~lower, (known - 1).clip(lower=1)))
    periods = []
    for (start, one), (end, two) in zip(
        zip(days, held, strict=True), list(zip(days, held, strict=True))[1:], strict=False
    ):
        both = pd.crosstab(one, two.reindex(one.index))
        moves = tuple(
            Move(int(a), int(b), int(both.loc[a, b])) for a in both.index for b in both.columns if both.loc[a, b]
        )
        new = two[~two.index.isin(one.index)].value_counts().sort_index()
        periods.append(Period(start, end, moves, tuple((int(s), int(n)) for s, n in new.items())))
    sizes = tuple(tuple(int((part == s).sum()) for s in segments) for part in held)
    expected = tuple(n * 1.01 for n in sizes[-1])
    forecast = MigrationForecast(
        segments, tuple((0.2,) * 5 for _ in segments), (1.0,) * 5, sizes[-1], expected, 2, 1, 0.0123, 0.0456
    )
    return Migration(days, 1, segments, sizes, tuple(periods), forecast, ranking=segments[::-1])


def _score(values: pd.Series) -> pd.Series:
    return 1 + (5 * (values.rank(method="min") - 1) // len(values)).astype(int)


def _affinities(lines: pd.DataFrame) -> tuple[CategoryAffinity, ...]:
    money = lines.pivot_table("cents", "category", "segment", "sum", fill_value=0)
    money = money.loc[money.sum(axis=1).sort_values(ascending=False).index]
    shares, overall = money / money.sum(), money.sum(axis=1) / money.to_numpy().sum()
    return tuple(
        CategoryAffinity(
            int(segment),
            str(category),
            float(money.loc[category, segment]) / 100,
            float(shares.loc[category, segment]),
            float(100 * shares.loc[category, segment] / overall[category]),
        )
        for category in money.index
        for segment in money.columns
    )


def _name(month: int) -> str:
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def _cohorts(sold: pd.DataFrame) -> tuple[Cohort, ...]:
    last = int(sold["month"].max())
    first = sold.groupby("customer")["month"].transform("min")
    found = []
    for month, part in sold.assign(age=sold["month"] - first).groupby(first):
        ages = range(last - int(month) + 1)
        at = [part[part["age"] == age] for age in ages]
        found.append(
            Cohort(
                _name(int(month)),
                int(part["customer"].nunique()),
                tuple(int(rows["customer"].nunique()) for rows in at),
                tuple(float(rows["cents"].sum()) / 100 for rows in at),
            )
        )
    return tuple(found)
