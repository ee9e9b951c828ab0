"""What groups of customers are good for: drawn before a day, judged by what they explain after it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera.engines import hash_sql, literal
from clustera.errors import InputError
from clustera.features.rfm import rfm_scores
from clustera.records import Orders, Usefulness

HALVINGS = 10  # of the customers; a figure is the mean over all, in both directions
MOST_CATEGORIES = 30
FEWEST = 4  # customers, below which nothing can be told
FIXED = ("customer_id", "_key", "spend", "active")

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Spending = Literal["log_spend", "spend"]


def later_outcomes(orders: Orders, *, after: int, until: int | None = None) -> pa.Table:
    """What each customer known on a day does after it.

    Args:
        orders: The order lines.
        after: The day on which the groups were drawn; later lines are judged.
        until: Last day that is judged; the log's last when left out.

    Returns:
        One row per customer with a line up to `after`, ordered by `customer_id` (VARCHAR): `_key` (UBIGINT, a hash of
        the id), `spend` (DOUBLE, returns left out), `active` (1 with an order, else 0) and, where the log has
        categories, one column per category (its share of the spend; NULL for who bought none).

    Raises:
        InputError: no line before or after the day.
    """
    until = orders.last_day if until is None else until
    if not orders.first_day <= after < until:
        raise InputError(
            "Usefulness needs orders before and after the day on which the segments are drawn.",
            hint="Choose an earlier day, inside the log.",
        )
    rows = orders.rows
    later = f"from {{rows}} where day > {after} and day <= {until}"
    names: list[str] = []
    if "category" in rows.columns:
        counted = f"select category, sum(amount) as money {later} and category is not null and kind = 'sale'"
        names = rows.query(f"{counted} group by category order by money desc, category limit {MOST_CATEGORIES}")[
            "category"
        ].to_pylist()
    sums = [
        f"sum(case when category = {literal(name)} then amount else 0 end) as c{at}" for at, name in enumerate(names)
    ]
    sums.append("sum(case when category is not null then amount else 0 end) as named" if names else "0 as named")
    future = (
        f"select customer_id, sum(amount) as spend, {', '.join(sums)} {later} and kind = 'sale' group by customer_id"
    )
    shares = "".join(f", cast(c{at} as double) / nullif(named, 0) as c{at}" for at in range(len(names)))
    table = rows.query(
        f"with known as (select distinct customer_id from {{rows}} where day <= {after}), future as ({future}) "
        "select cast(customer_id as varchar) as customer_id, "
        f"{hash_sql('cast(customer_id as varchar)')} as _key, coalesce(cast(spend as double), 0) as spend, "
        f"case when spend is null then 0 else 1 end as active{shares} from known left join future using (customer_id) "
        "order by customer_id"
    )
    return table.rename_columns([*FIXED, *names])


def grouping_usefulness(groups: str, assigned: pa.Table, future: pa.Table) -> Usefulness:
    """How much of the future one grouping explains.

    Args:
        groups: What to call the grouping.
        assigned: `id` (VARCHAR) and the group of each customer (`segment` or any second column), made without a look
            at the future. Customers without a group are one group more.
        future: As `later_outcomes` returns it.
    """
    return _judged_groups(groups, _labels_of_customers(assigned, future), future)


def rival_groupings(
    orders: Orders, future: pa.Table, *, after: int, counts: Sequence[int] = (5,)
) -> tuple[Usefulness, ...]:
    """What everybody has without clustering: named RFM groups, and as many spend quantiles as asked for.

    Args:
        orders: The order lines.
        future: As `later_outcomes` returns it for the same day.
        after: The day on which the groups are drawn.
        counts: Numbers of quantiles.
    """
    scored = rfm_scores(orders, as_of=after).arrow(["customer_id", "group_name", "spend"])
    spend = np.asarray(scored["spend"].to_numpy(), dtype=np.float64)
    found = [grouping_usefulness("named RFM groups", scored.select(["customer_id", "group_name"]), future)]
    for count in counts:
        table = pa.table({"id": scored["customer_id"], "segment": spend_quantiles(spend, count)})
        found.append(grouping_usefulness("spend quantiles", table, future))
    return tuple(found)


def usefulness_by_k(
    assigned: Mapping[int, pa.Table],
    future: pa.Table,
    *,
    among: Collection[int] | None = None,
    outcome: Spending = "log_spend",
) -> dict[int, tuple[float, float]]:
    """How much of later spending each number of segments explains, and how far it is behind the best beyond chance.

    Args:
        assigned: For each k, `id` and `segment`, drawn without a look at the future.
        future: As `later_outcomes` returns it.
        among: The ks of which the best is looked for; all when left out.
        outcome: What is to be explained.

    Returns:
        For each k the share of the variance that is explained, and the standard error of its distance to the best k
        (0 for that one), paired by customer.

    Raises:
        InputError: the outcome does not vary, so that there is nothing to explain.
    """
    spend = np.asarray(future["spend"].to_numpy(), dtype=np.float64)
    values = (np.log1p(np.maximum(spend, 0)) if outcome == "log_spend" else spend)[:, None]
    keys = future["_key"].to_numpy()
    if not _varies(values):
        raise InputError(
            f"All {len(values):,} customers spend the same after the day on which segments are drawn, so this can't choose "
            "their number.",
            hint="Choose another --as-of, or leave --choose-by out.",
        )
    found = {k: _errors(_labels_of_customers(table, future), values, keys) for k, table in sorted(assigned.items())}
    total = next(iter(found.values()))[1]
    explains = {k: float(1 - errors.sum() / total) for k, (errors, _) in found.items()}
    best = max(set(among or explains) & set(explains) or explains, key=lambda k: (explains[k], -k))
    behind = {k: errors - found[best][0] for k, (errors, _) in found.items()}
    return {k: (explains[k], float(np.sqrt(len(values)) * behind[k].std() / total)) for k in explains}


def deciding_halves(future: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Customers who choose and customers who judge, told apart by their hash: nobody is in both."""
    chooses = (future["_key"].to_numpy() & np.uint64(1)) == 0
    return future.filter(pa.array(chooses)), future.filter(pa.array(~chooses))


def _labels_of_customers(assigned: pa.Table, future: pa.Table) -> Labels:
    from pyarrow import compute as pc  # a tenth of what a short run loads, and only orders need it

    groups = pc.dictionary_encode(assigned.column(1).combine_chunks()).indices
    place = pc.index_in(future["customer_id"].combine_chunks(), value_set=assigned.column(0).combine_chunks())
    return np.asarray(pc.fill_null(groups.take(place), -1).to_numpy(), dtype=np.int64)


def _judged_groups(groups: str, labels: Labels, future: pa.Table) -> Usefulness:
    keys = future["_key"].to_numpy()
    spend = np.asarray(future["spend"].to_numpy(), dtype=np.float64)
    active = np.asarray(future["active"].to_numpy(), dtype=np.float64)
    names = future.column_names[len(FIXED) :]
    mix = None
    if names:
        shares = np.column_stack([future[name].to_numpy(zero_copy_only=False) for name in names]).astype(float)
        known = ~np.isnan(shares).any(axis=1)
        mix = explained_variance(labels[known], shares[known], keys=keys[known])
    return Usefulness(
        groups=groups,
        count=len(np.unique(labels)),
        customers=len(labels),
        log_spend=explained_variance(labels, np.log1p(np.maximum(spend, 0))[:, None], keys=keys),
        spend=explained_variance(labels, spend[:, None], keys=keys),
        active=explained_variance(labels, active[:, None], keys=keys),
        categories=mix,
    )


def explained_variance(labels: Labels, values: Floats, *, keys: npt.NDArray[np.uint64]) -> float | None:
    """Share of the variance of `values` that the groups' means explain on customers who did not teach them.

    The customers are halved by their keys, the means of one half predict the other, and the other way round; the
    result is the mean over `HALVINGS` halvings.

    Args:
        labels: (n,) the group of each customer.
        values: (n, m) what is to be explained; the variances of the columns are added up.
        keys: (n,) hashes.

    Returns:
        1 - squared error / variance; None when nothing varies or there are fewer than four customers.
    """
    if not _varies(values):
        return None
    errors, total = _errors(labels, values, keys)
    return float(1 - errors.sum() / total) if total > 0 else None


def _varies(values: Floats) -> bool:
    return len(values) >= FEWEST and bool((values.min(axis=0) < values.max(axis=0)).any())


def _errors(labels: Labels, values: Floats, keys: npt.NDArray[np.uint64]) -> tuple[Floats, float]:
    """Squared error of each customer's prediction, (n,) in the order of the keys, and what one mean for all leaves."""
    _, label = np.unique(labels, return_inverse=True)
    order = np.argsort(keys, kind="stable")
    values, label = values[order], label[order]
    errors, total = np.zeros(len(labels)), 0.0
    for halving in range(HALVINGS):
        learns = np.random.default_rng(halving).permutation(len(labels)) % 2 == 0
        for half in (learns, ~learns):
            mean = values[half].mean(axis=0)
            predicted = _group_means(label[half], values[half], int(label.max()) + 1, mean)[label[~half]]
            errors[~half] += np.square(values[~half] - predicted).sum(axis=1)
            total += float(np.square(values[~half] - values[~half].mean(axis=0)).sum())
    return errors / HALVINGS, total / HALVINGS


def spend_quantiles(spend: Floats, count: int) -> Labels:
    """The rival that everybody has: customers by spend, cut into groups of the same size; ties stay together.

    >>> spend_quantiles(np.array([1.0, 5.0, 5.0, 9.0]), 2).tolist()
    [0, 0, 0, 1]
    """
    cuts = np.quantile(spend, np.arange(1, count) / count, method="inverted_cdf")
    return np.asarray(np.searchsorted(np.unique(cuts), spend, side="left"), dtype=np.int64)


def _group_means(label: Labels, values: Floats, count: int, fallback: Floats) -> Floats:
    """Means by group, (count, m); a group that nobody learned from takes the mean of all."""
    size = np.bincount(label, minlength=count)
    sums = np.stack([np.bincount(label, column, minlength=count) for column in values.T], axis=1)
    return np.asarray(np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], fallback))
