"""How many of those who came in one month order again in the months after."""

from __future__ import annotations

from clustera.components.markup import Markup, fill
from clustera.components.rfm import rfm_shade
from clustera.days import unfinished_month
from clustera.records import Behavior, Cohort

COHORTS, MONTHS = 13, 12  # shown: the latest, and months since the first order


def cohort_table(behavior: Behavior) -> Markup:
    """Retention by month of the first order and months since; the row of all cohorts uses whole months only."""
    whole = not unfinished_month(behavior.as_of)
    shown = behavior.cohorts[-COHORTS:]
    ages = range(1, min(MONTHS, max((len(cohort.active) for cohort in shown), default=1) - 1) + 1)
    every = [overall_cohort_shares(behavior.cohorts, age, whole=whole) for age in ages]
    rows = [(cohort, [_retained_share(cohort, age) for age in ages]) for cohort in shown]
    most = max((part for _, parts in rows for part in parts if part is not None), default=0.0)
    return fill(
        "cohorts.html.j2",
        rows=rows,
        ages=ages,
        every=every,
        size=sum(cohort.size for cohort in behavior.cohorts),
        hidden=len(behavior.cohorts) - len(shown),
        whole=whole,
        most=most,
        depth=rfm_shade,
    )


def overall_cohort_shares(cohorts: tuple[Cohort, ...], age: int, *, whole: bool = True) -> float | None:
    """Share of the customers of all cohorts that reached an age who ordered at it; without the last month where it is not over."""
    seen = [cohort for cohort in cohorts if age < len(cohort.active) - (0 if whole else 1)]
    size = sum(cohort.size for cohort in seen)
    return sum(cohort.active[age] for cohort in seen) / size if size else None


def _retained_share(cohort: Cohort, age: int) -> float | None:
    return cohort.active[age] / cohort.size if age < len(cohort.active) and cohort.size else None
