"""What groups of customers are good for: drawn before a day, judged by what they explain after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera.engines import DuckRows
from clustera.errors import InputError
from clustera.features.rfm import rfm
from clustera.records import Orders, Usefulness

HALVINGS = 10  # of the customers; a figure is the mean over all, in both directions
MOST_CATEGORIES = 30
FIXED = ("customer_id", "_key", "spend", "active")

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Outcome = Literal["log_spend", "spend", "active", "categories"]


def outcomes(orders: Orders, *, after: int, until: int | None = None) -> pa.Table:
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
    rows = cast("DuckRows", orders.rows)
    later = f"from {{rows}} where day > {after} and day <= {until}"
    names: list[str] = []
    if "category" in rows.columns:
        counted = f"select category, sum(amount) as money {later} and category is not null and kind = 'sale'"
        names = rows.query(f"{counted} group by category order by money desc, category limit {MOST_CATEGORIES}")[
            "category"
        ].to_pylist()
    quoted = [name.replace("'", "''") for name in names]
    sums = [f"sum(case when category = '{name}' then amount else 0 end) as c{at}" for at, name in enumerate(quoted)]
    sums.append("sum(case when category is not null then amount else 0 end) as named" if names else "0 as named")
    future = (
        f"select customer_id, sum(amount) as spend, {', '.join(sums)} {later} and kind = 'sale' group by customer_id"
    )
    shares = "".join(f", cast(c{at} as double) / nullif(named, 0) as c{at}" for at in range(len(names)))
    table = rows.query(
        f"with known as (select distinct customer_id from {{rows}} where day <= {after}), future as ({future}) "
        "select cast(customer_id as varchar) as customer_id, "
        "cast(md5_number(cast(customer_id as varchar)) >> 64 as ubigint) as _key, coalesce(cast(spend as double), 0) as spend, "
        f"case when spend is null then 0 else 1 end as active{shares} from known left join future using (customer_id) "
        "order by customer_id"
    )
    return table.rename_columns([*FIXED, *names])


def usefulness(groups: str, assigned: pa.Table, future: pa.Table) -> Usefulness:
    """How much of the future one grouping explains.

    Args:
        groups: What to call the grouping.
        assigned: `id` (VARCHAR) and the group of each customer (`segment` or any second column), made without a look
            at the future. Customers without a group are one group more.
        future: As `outcomes` returns it.
    """
    return _judged(groups, _labels(assigned, future), future, np.ones(future.num_rows, dtype=bool))


def rivals(orders: Orders, future: pa.Table, *, after: int, counts: Sequence[int] = (5,)) -> tuple[Usefulness, ...]:
    """What everybody has without clustering: named RFM groups, and as many spend quantiles as asked for.

    Args:
        orders: The order lines.
        future: As `outcomes` returns it for the same day.
        after: The day on which the groups are drawn.
        counts: Numbers of quantiles.
    """
    scored = rfm(orders, as_of=after).arrow(["customer_id", "group_name", "spend"])
    spend = np.asarray(scored["spend"].to_numpy(), dtype=np.float64)
    found = [usefulness("named RFM groups", scored.select(["customer_id", "group_name"]), future)]
    for count in counts:
        table = pa.table({"id": scored["customer_id"], "segment": spend_quantiles(spend, count)})
        found.append(usefulness("spend quantiles", table, future))
    return tuple(found)


def choose_by_future(
    assigned: Mapping[int, pa.Table], future: pa.Table, *, outcome: Outcome = "log_spend"
) -> tuple[int, dict[int, Usefulness], Usefulness]:
    """The number of segments that explains most of the future, judged on customers who had no say in the choice.

    Half of the customers (by their hash) choose, the other half judges, so that trying many ks earns no praise.

    Args:
        assigned: For each k, `id` and `segment`.
        future: As `outcomes` returns it.
        outcome: What is to be explained.

    Returns:
        k, the figures of each k on the half that chose, and those of the chosen k on the half that judges.

    Raises:
        InputError: the outcome does not vary, so that there is nothing to explain.
    """
    chooses = (future["_key"].to_numpy() & np.uint64(1)) == 0
    labels = {k: _labels(table, future) for k, table in assigned.items()}
    figures = {k: _judged("segments", labels[k], future, chooses) for k in sorted(assigned)}
    scores = {k: value for k, found in figures.items() if (value := getattr(found, outcome)) is not None}
    if not scores:
        raise InputError(f"{outcome} is the same for every customer; it can't choose the number of segments.")
    k = max(scores, key=lambda k: (scores[k], -k))
    return k, figures, _judged("segments", labels[k], future, ~chooses)


def _labels(assigned: pa.Table, future: pa.Table) -> Labels:
    ids, groups = assigned.column(0).to_pylist(), assigned.column(1).to_pylist()
    number = {group: at for at, group in enumerate(sorted(set(groups)))}
    of = {customer: number[group] for customer, group in zip(ids, groups, strict=True)}
    return np.array([of.get(customer, -1) for customer in future["customer_id"].to_pylist()], dtype=np.int64)


def _judged(groups: str, labels: Labels, future: pa.Table, kept: npt.NDArray[np.bool_]) -> Usefulness:
    labels, keys = labels[kept], future["_key"].to_numpy()[kept]
    spend = np.asarray(future["spend"].to_numpy(), dtype=np.float64)[kept]
    active = np.asarray(future["active"].to_numpy(), dtype=np.float64)[kept]
    names = future.column_names[len(FIXED) :]
    mix = None
    if names:
        shares = np.column_stack([future[name].to_numpy(zero_copy_only=False) for name in names])[kept].astype(float)
        known = ~np.isnan(shares).any(axis=1)
        mix = explained(labels[known], shares[known], keys=keys[known])
    return Usefulness(
        groups=groups,
        count=len(np.unique(labels)),
        customers=len(labels),
        log_spend=explained(labels, np.log1p(np.maximum(spend, 0))[:, None], keys=keys),
        spend=explained(labels, spend[:, None], keys=keys),
        active=explained(labels, active[:, None], keys=keys),
        categories=mix,
    )


def explained(labels: Labels, values: Floats, *, keys: npt.NDArray[np.uint64]) -> float | None:
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
    n = len(labels)
    if n < 4:
        return None
    _, label = np.unique(labels, return_inverse=True)
    order = np.argsort(keys, kind="stable")
    values, label = values[order], label[order]
    error = total = 0.0
    for halving in range(HALVINGS):
        learns = np.random.default_rng(halving).permutation(n) % 2 == 0
        for half in (learns, ~learns):
            mean = values[half].mean(axis=0)
            predicted = _means(label[half], values[half], int(label.max()) + 1, mean)[label[~half]]
            error += float(np.square(values[~half] - predicted).sum())
            total += float(np.square(values[~half] - values[~half].mean(axis=0)).sum())
    return 1 - error / total if total > 0 else None


def spend_quantiles(spend: Floats, count: int) -> Labels:
    """The rival that everybody has: customers by spend, cut into groups of the same size; ties stay together.

    >>> spend_quantiles(np.array([1.0, 5.0, 5.0, 9.0]), 2).tolist()
    [0, 0, 0, 1]
    """
    cuts = np.quantile(spend, np.arange(1, count) / count, method="inverted_cdf")
    return np.asarray(np.searchsorted(np.unique(cuts), spend, side="left"), dtype=np.int64)


def _means(label: Labels, values: Floats, count: int, fallback: Floats) -> Floats:
    """Means by group, (count, m); a group that nobody learned from takes the mean of all."""
    size = np.bincount(label, minlength=count)
    sums = np.stack([np.bincount(label, column, minlength=count) for column in values.T], axis=1)
    return np.asarray(np.where(size[:, None] > 0, sums / np.maximum(size, 1)[:, None], fallback))
