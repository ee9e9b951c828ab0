"""What the raw orders say of each customer on a day, by pandas alone: what `claims.py` holds a report against."""

from __future__ import annotations

import numpy as np
import pandas as pd

YEAR, QUARTER, AWAY = 364, 91, 182


class Shop:
    """What the raw orders say of each customer on a day.

    Args:
        orders: One row per line: `id` (text), `day` (timestamp), `amount`, and `category` where there is one.
        customers: `customers.csv` of the run; `id`, `segment` and what the files say of each customer.
        as_of: The snapshot date.
        people: The customer table, by `id`; None without one.
    """

    def __init__(
        self, orders: pd.DataFrame, customers: pd.DataFrame, as_of: pd.Timestamp, people: pd.DataFrame | None = None
    ) -> None:
        used = orders[orders.amount != 0].assign(day=lambda rows: rows.day.dt.normalize())
        self.later = used[used.day > as_of]
        self.orders = used[used.day <= as_of].merge(customers[["id", "segment"]], on="id")
        self.customers = customers.set_index("id")
        self.as_of, self.people = as_of, people
        covered = (as_of - used.day.min()).days + 1
        # The window of features: 364 days; of a shorter log its length less 92 days (docs/methods/behavior.md).
        self.window = YEAR if covered >= YEAR + QUARTER + 1 else covered - QUARTER - 1 if covered > 182 else covered
        self.days = self.orders[self.orders.amount > 0].drop_duplicates(["id", "day"]).sort_values(["id", "day"])
        self.silence = (as_of - self.days.groupby("id").day.max()).dt.days
        gaps = self.days.assign(gap=self.days.groupby("id").day.diff().dt.days)
        self.gaps = gaps.groupby("id").gap.agg(["count", "max"])
        # "The last 12 months" of sales are those of the calendar, and all of a log of a calendar year at most.
        year_before = as_of + pd.Timedelta(days=1) - pd.DateOffset(months=12)
        self.year_days = covered if covered <= 366 else (as_of - year_before).days + 1
        self.year_spend = (
            self._since(self.year_days).groupby("id").amount.sum().reindex(self.customers.index, fill_value=0.0)
        )
        longest = self.gaps["max"]
        late = (
            (self.gaps["count"] >= 3)
            & (self.silence > 1.5 * longest)
            & (self.silence >= longest + 7)
            & (self.silence <= YEAR)
        )
        self.overdue = late.reindex(self.customers.index, fill_value=False)
        self.stage = self._stages(gaps)
        self.group = self._groups()
        self.silence = self.silence.reindex(self.customers.index)  # unknown for who only gave back

    def _since(self, days: int) -> pd.DataFrame:
        return self.orders[self.orders.day > self.as_of - pd.Timedelta(days, "D")]

    def _stages(self, gaps: pd.DataFrame) -> pd.Series:
        known = gaps.gap.dropna().sort_values()
        usual = min(max(known.iloc[int(np.ceil(0.9 * len(known))) - 1], QUARTER), YEAR)
        first = self.days.groupby("id").day.min()
        # Who bought before the log begins, nobody can tell.
        new = ((self.as_of - first).dt.days < QUARTER) & ((first - first.min()).dt.days >= QUARTER)
        recent = gaps[gaps.day > self.as_of - pd.Timedelta(QUARTER, "D")]
        back = recent.groupby("id").gap.max().reindex(self.silence.index) >= AWAY
        late = self.overdue.reindex(self.silence.index)
        return pd.Series(
            np.select(
                [self.silence > YEAR, late, new, back, self.silence > usual],
                ["lapsed", "overdue", "new", "returned", "lapsed"],
                "active",
            ),
            self.silence.index,
        )

    def _groups(self) -> pd.Series:
        """Stages; three subsets stand alone: the overdue with sales above average, the likely lost, the best who buy less."""
        stage = self.stage.reindex(self.customers.index)
        known = self.year_spend[self.stage.index.intersection(self.year_spend.index)]
        rich = (stage == "overdue") & (self.year_spend > known.mean())
        lost = self.customers.churn_risk >= 0.9 if "churn_risk" in self.customers else pd.Series(False, stage.index)
        lost &= stage.isin(["new", "active", "returned"])
        return (
            stage.mask(rich, "above average")
            .mask(self.fallen(stage) & (stage == "active"), "falling")
            .mask(lost, "likely lost")
        )

    def fallen(self, stage: pd.Series) -> pd.Series:
        """Customers of the fifth that spent most in the 91 days before the last 91, who kept two thirds of the pace of all at most."""
        if (self.as_of - self.orders.day.min()).days + 1 < 2 * QUARTER:
            return pd.Series(False, stage.index)
        recent = self._since(QUARTER).groupby("id").amount.sum()
        both = self._since(2 * QUARTER).groupby("id").amount.sum()
        recent, both = (part.reindex(self.silence.dropna().index, fill_value=0.0) for part in (recent, both))
        before = (both - recent).round(4)
        best = (before > 0) & ((before.rank(method="min") - 1) / (len(before) - 1) >= 0.8)
        pace = recent.sum() / before.sum()
        kept = np.floor(round(200 / 3 * pace, 6)) / 100 if pace < 1 else 2 / 3  # in whole percent
        return (best & (recent <= kept * before)).reindex(stage.index, fill_value=False)

    def feature(self, title: str) -> pd.Series:
        """A feature of the report by its title, for every customer."""
        if title == "Days since last order":
            return self.silence
        what, _, span = title.removesuffix(" (days)").partition(", last ")
        number, _, unit = span.partition(" ")
        known = {3: QUARTER, 12: YEAR}
        # A span in months may be of any days within 2 % of them; the page does not say which.
        days = (
            known.get(int(number), self.window)
            if unit.startswith("month")
            else int(number) * (7 if "week" in unit else 1)
        )
        lines = self._since(days)
        days_of = lines[lines.amount > 0].drop_duplicates(["id", "day"]).groupby("id").size()
        spend = lines.groupby("id").amount.sum()
        found = {"Spend": spend, "Purchase days": days_of}[what]
        return found.reindex(self.customers.index, fill_value=0)

    def members(self, segment: int, group: str | None = None) -> pd.Index:
        """The ids of a segment's customers, all or those in one group."""
        own = self.customers.index[self.customers.segment == segment]
        return own if group is None else own[self.group[own] == group]
