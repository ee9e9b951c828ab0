"""One row per customer: the features of the catalog, composed into one query over the order lines."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from clustera.days import WHOLE_HISTORY, day_number, title_with_days, to_date
from clustera.engines import Rows, identifier
from clustera.errors import InputError, closest
from clustera.features.catalog import (
    BREADTHS,
    CATALOG,
    DAY_SUMS,
    DEFAULT,
    GAP,
    WINDOWED,
    Feature,
)
from clustera.records import Column, Orders, Reason

_BY_NAME = {feature.name: feature for feature in CATALOG}


def feature_catalog() -> tuple[Feature, ...]:
    """Every feature that can be had from a log of orders, with its definition.

    >>> [feature.name for feature in feature_catalog()][:3]
    ['days_since_last_order', 'order_days', 'spend']
    """
    return CATALOG


def explain_features(names: Sequence[str] = (), *, dialect: str = "duckdb") -> str:
    """Definition, unit and SQL of features, all when none is named, for people.

    >>> print(explain_features(["order_days"]))
    order_days - Purchase days (days)
      Days with at least one order; orders of one day count once.
      sum(case when as_of - day < window then ordered else 0 end)   per customer, over days
      kept up to date by sums
    <BLANKLINE>
    days: select customer_id, day, max(case when kind = 'sale' then 1 else 0 end) as ordered
      from orders where day <= as_of group by customer_id, day

    Raises:
        InputError: an unknown feature.
    """
    chosen = [_known_feature(name) for name in names] or list(CATALOG)
    parts = []
    for feature in chosen:
        sql = feature.sql.replace("{as_of}", "as_of").replace("{window}", "window")
        sql = sql if dialect == "duckdb" else _carried(f"select {sql}", dialect).removeprefix("SELECT ")
        unit = f" ({feature.unit})" if feature.unit else ""
        lacking = f"\n  needs the column {', '.join(feature.needs)}" if feature.needs else ""
        where = "over all customers" if feature.relation == "customers" else f"per customer, over {feature.relation}"
        parts.append(
            f"{feature.name} - {feature.full_title}{unit}\n  {feature.meaning}\n  {sql}   {where}{lacking}\n  kept up to date by {feature.kept_by}\n"
        )
    said = " ".join(feature.sql for feature in chosen)
    sums = ", ".join(f"{sql} as {name}" for name, sql in DAY_SUMS.items() if _says(said, name))
    if any(feature.relation == "days" for feature in chosen):
        parts.append(
            f"days: select customer_id, day, {sums}\n  from orders where day <= as_of group by customer_id, day"
        )
        if _says(said, "gap"):
            parts.append(f"  gap: {GAP}")
    for relation in sorted({feature.relation for feature in chosen} & set(BREADTHS)):
        key = BREADTHS[relation]
        parts.append(
            f"{relation}: select customer_id, {key}, sum(amount) as spend, max(day) as last_day\n"
            f"  from orders where day <= as_of and kind = 'sale' and {key} is not null group by customer_id, {key}"
        )
    return "\n".join(parts)


def available_features(orders: Orders) -> tuple[str, ...]:
    """The features that this log has the columns for."""
    behavior_columns = orders.rows.columns
    return tuple(feature.name for feature in CATALOG if all(name in behavior_columns for name in feature.needs))


def customer_behavior(
    orders: Orders,
    *,
    as_of: int,
    selection: Sequence[str] | None = None,
    window: int = WHOLE_HISTORY,
    fading: bool = False,
) -> Rows:
    """What each customer has done up to a day.

    Args:
        orders: The order lines.
        as_of: Snapshot date (days since 1970-01-01); later lines are ignored.
        selection: Features by name; those that serve segments best when left out.
        window: Days that sums and counts look back; the whole history when left out.
        fading: Windows fade out instead of ending, see `Feature.faded_sql`.

    Returns:
        One row per customer with an order line up to `as_of`, in no order: `customer_id` (VARCHAR), then each
        feature (DOUBLE; NULL where it has no value, such as the days between orders of who ordered once).

    Raises:
        InputError: an unknown feature, one that this log has no columns for, or no line up to `as_of`.
    """
    selected = select_features(orders, selection)
    if as_of < orders.first_day:
        raise InputError(
            f"No order line lies on or before the snapshot date {to_date(as_of)}; the first is of {to_date(orders.first_day)}.",
            hint="Choose a later --as-of.",
        )
    return orders.rows.select(behavior_query(selected, as_of=as_of, window=window, fading=fading))


def default_weights(features: Iterable[Feature]) -> dict[str, float]:
    """How much the default features count, by name, where it is not 1: for the preparation."""
    return {feature.name: DEFAULT[feature.name] for feature in features if DEFAULT.get(feature.name, 1.0) != 1.0}


def select_features(orders: Orders, selection: Sequence[str] | None = None) -> tuple[Feature, ...]:
    """The features asked for, or the default ones; refuses what this log can't give."""
    names = tuple(dict.fromkeys(selection)) if selection is not None else tuple(DEFAULT)
    behavior_columns = orders.rows.columns
    for name in names:
        needs = _known_feature(name).needs
        lacking = [column for column in needs if column not in behavior_columns]
        if lacking:
            raise InputError(
                f"{name!r} needs {lacking[0]!r}, which {orders.source.name} doesn't have.",
                hint=f"Name its column: --set {lacking[0].removesuffix('_id')}=COLUMN, or leave the feature out.",
            )
    if not names:
        raise InputError("No feature is selected.", hint=f"Name some of: {', '.join(_BY_NAME)}.")
    return tuple(_BY_NAME[name] for name in names)


def _known_feature(name: str) -> Feature:
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = closest(name, _BY_NAME)
    raise InputError(
        f"There is no feature {name!r}; there are: {', '.join(_BY_NAME)}.",
        hint=f"Did you mean {near!r}?" if near else "`clustera features --explain` tells what each means.",
    )


def behavior_columns(
    features: Iterable[Feature], *, currency: str = "", window: int = WHOLE_HISTORY, covered: int | None = None
) -> tuple[Column, ...]:
    """How the features stand in a customer table.

    Args:
        features: Of the catalog.
        currency: Of the log.
        window: Days that features which add up look back over.
        covered: Days that the log covers; what looks back further is called by them.
    """
    whole = window == WHOLE_HISTORY or (covered is not None and covered < window)
    named = {feature.name: _days_named(feature, 0 if whole else window, covered) for feature in features}
    return tuple(
        Column(
            name=feature.name,
            role="feature",
            kind="number",
            reason=Reason("from-orders", {"meaning": feature.meaning}),
            title=title_with_days(feature.title, named[feature.name]),
            unit=currency if feature.unit == "money" else feature.unit,
            topic=feature.title if named[feature.name] else "",
            looks_back=named[feature.name],
        )
        for feature in features
    )


def _days_named(feature: Feature, window: int, covered: int | None) -> int:
    """The days that a feature's title names; 0 where it names none."""
    if feature.name in WINDOWED:
        return window
    if not feature.names_days:
        return 0
    return feature.looks_back if covered is None else min(covered, feature.looks_back)


def behavior_query(
    features: Sequence[Feature],
    *,
    as_of: int,
    window: int = WHOLE_HISTORY,
    table: str = "{rows}",
    dialect: str = "duckdb",
    fading: bool = False,
) -> str:
    """One query that computes the features, as `customer_behavior` runs it.

    Args:
        features: What to compute.
        as_of: Snapshot date.
        window: Days that sums and counts look back.
        table: Its name.
        dialect: Another dialect that sqlglot knows, such as postgres.
        fading: Windows fade out instead of ending.
    """
    inner = tuple(dict.fromkeys(name for feature in features for name in feature.over))
    wanted = [f for f in features if f.relation != "customers"]
    wanted += [_BY_NAME[name] for name in inner if _BY_NAME[name] not in wanted]
    if fading:
        wanted = [replace(feature, sql=feature.faded_sql) for feature in wanted]
    used = sorted({feature.relation for feature in wanted} - {"days"})
    parts = [f"lines as (select * from {table} where day <= {as_of})"]
    parts += _days([f for f in wanted if f.relation == "days"])
    for relation in used:
        key = BREADTHS[relation]
        parts.append(
            f"{relation} as (select customer_id, {key}, sum(amount) as spend, max(day) as last_day from lines "
            f"where kind = 'sale' and {key} is not null group by customer_id, {key})"
        )
        parts.append(_per_customer(relation, [f for f in wanted if f.relation == relation]))
    joins = "".join(
        f" left join per_{relation} on per_{relation}.customer_id = per_days.customer_id" for relation in used
    )
    listed = ", ".join(["cast(per_days.customer_id as varchar) as customer_id", *map(_outer, features)])
    text = f"with {', '.join(parts)} select {listed} from per_days{joins}"
    text = text.replace("{as_of}", str(as_of)).replace("{window}", str(window))
    return text if dialect == "duckdb" else _carried(text, dialect)


def behavior_script(
    names: Sequence[str] = (), *, as_of: datetime.date, window: int = WHOLE_HISTORY, dialect: str = "duckdb"
) -> str:
    """One query for a database of one's own, to be pasted and run once the table in its first lines is named.

    Args:
        names: Features; all when none is named.
        as_of: Snapshot date.
        window: Days that sums and counts look back.
        dialect: Any that sqlglot knows, such as postgres.

    Raises:
        InputError: an unknown feature or dialect.
    """
    chosen = [_known_feature(name) for name in names] or list(CATALOG)
    needed = dict.fromkeys(name for feature in chosen for name in feature.needs)
    day = "date_diff('day', date '1970-01-01', cast(order_date as date)) as day"
    kind, money = "case when amount < 0 then 'return' else 'sale' end as kind", "cast(amount as decimal(18, 2))"
    cells = ", ".join(["customer_id", day, f"{money} as amount", kind, *needed])
    text = behavior_query(chosen, as_of=day_number(as_of), window=window, table="order_lines")
    text = f"with order_lines as (select {cells} from my_orders where customer_id is not null and {money} <> 0), {text.removeprefix('with ')}"
    told = (
        f"-- What each customer has done up to {as_of}, which is day {day_number(as_of)} since 1970-01-01.\n"
        "-- Name your own table and columns in the first part: one row per order line, amount as paid, negative where\n"
        "-- money was given back. Lines that cost nothing are no orders.\n"
    )
    if window != WHOLE_HISTORY:
        told += f"-- Sums and counts look back {window:,} days.\n"
    return f"{told}{_carried(text, dialect, pretty=True)};"


def _days(features: Sequence[Feature]) -> list[str]:
    said = " ".join(feature.sql for feature in features)
    sums = [f"{sql} as {name}" for name, sql in DAY_SUMS.items() if _says(said, name) or name == "ordered"]
    needs_gap = _says(said, "gap")
    parts = [
        f"{'day_sums' if needs_gap else 'days'} as (select customer_id, day, {', '.join(sums)} from lines group by customer_id, day)"
    ]
    if needs_gap:
        parts.append(f"days as (select *, {GAP} as gap from day_sums)")
    return [*parts, _per_customer("days", features)]


def _says(sql: str, word: str) -> bool:
    return re.search(rf"\b{word}\b", sql) is not None


def _per_customer(relation: str, features: Sequence[Feature]) -> str:
    cells = "".join(f", {feature.sql} as {identifier(feature.name)}" for feature in features)
    return f"per_{relation} as (select customer_id{cells} from {relation} group by customer_id)"


def _outer(feature: Feature) -> str:
    sql = feature.sql if feature.relation == "customers" else f"per_{feature.relation}.{feature.name}"
    return f"cast({sql} as double) as {identifier(feature.name)}"


def _carried(text: str, dialect: str, *, pretty: bool = False) -> str:
    try:
        import sqlglot
    except ImportError as error:
        from clustera.errors import missing_extra

        raise missing_extra("sqlglot", "sql") from error
    spoken = sorted(name for name in sqlglot.Dialect.classes if name)
    if dialect not in spoken:
        near = closest(dialect, spoken)
        raise InputError(
            f"There is no dialect {dialect!r}; there are: {', '.join(spoken)}.",
            hint=f"Did you mean {near!r}?" if near else "Say --dialect with one of them.",
        )
    return sqlglot.transpile(text, read="duckdb", write=dialect, pretty=pretty)[0]
