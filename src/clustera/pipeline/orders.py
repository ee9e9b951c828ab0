"""Where customers come as a log of orders: their behaviour as a customer table, and what the log says beside it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from clustera import features, prepare
from clustera.check import check
from clustera.cluster.assign import assign
from clustera.cluster.sweep import solve_sweep
from clustera.engines import DuckEngine, DuckRows
from clustera.errors import InputError
from clustera.read import read
from clustera.records import Behaviour, Checked, LifetimeValue, Orders, Outcome, Risk, Rows, SetAside, Usefulness
from clustera.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

QUARTER = 91  # days: thirteen whole weeks
EPOCH = datetime.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Sources:
    """What customers are read from: a table, a log of orders, or both. Paths, or any tables that speak Arrow."""

    customers: object = None
    orders: object = None
    products: object = None


@dataclass(frozen=True, slots=True)
class Log:
    """A log of orders, read, and the day it is judged on."""

    orders: Orders
    as_of: int  # since 1970-01-01
    selection: tuple[str, ...] | None  # behaviour features asked for


def customers_from_orders(
    sources: Sources, settings: Settings, engine: DuckEngine, say: Callable[[str, float], None]
) -> tuple[Log, Checked, dict[str, float]]:
    """Behaviour as a customer table, with the weights of its features.

    Names in `features` that the catalogue of behaviour knows are taken from the log, the others from the customer
    table. Columns of that table which are not asked for only describe.
    """
    products = None if sources.products is None else read(sources.products, engine=engine, options=settings.read)
    log = read(sources.orders, engine=engine, options=settings.read)
    say("Checking orders", 0.1)
    orders = features.read_orders(log, options=settings.orders, products=products)
    as_of = (settings.check.as_of - EPOCH).days if settings.check.as_of else orders.last_day
    known = {feature.name for feature in features.catalogue()}
    asked = tuple(name for name in settings.check.features if name in known)
    others = tuple(name for name in settings.check.features if name not in known)
    if others and sources.customers is None:
        features.select(orders, others)  # names the nearest feature
    customers = None
    if sources.customers is not None:
        say("Checking customers", 0.2)
        options = settings.check.model_copy(update={"features": others})
        raw = read(sources.customers, engine=engine, options=settings.read)
        customers = check(raw, options=options, describing=not others)
    selection = asked if settings.check.features else None
    table = features.customer_table(orders, as_of=as_of, selection=selection, customers=customers)
    return Log(orders, as_of, selection), table, _weights(orders, table, selection)


def with_orders(
    outcome: Outcome, log: Log, customers: Rows, settings: Settings, engine: DuckEngine
) -> tuple[Outcome, Rows]:
    """The outcome with behaviour and value, and the customers with their value where it can be forecast."""
    outcome = replace(outcome, behaviour=_behaviour(outcome, log, customers))
    if not settings.value.value:
        return outcome, customers
    try:
        record, valued = _value(log, customers, settings)
    except InputError as error:
        return replace(outcome, value_refused=error.message), customers
    return replace(outcome, value=record), _joined(customers, valued, engine)


def _weights(orders: Orders, table: Checked, selection: tuple[str, ...] | None) -> dict[str, float]:
    """Those of the default features; of a selection of one's own, features that say the same count once together."""
    if selection is None:
        return features.default_weights(features.select(orders))
    names = [column.name for column in table.role("feature")]
    return features.shared_weights(names, features.redundancy(table.rows, names))


def _behaviour(outcome: Outcome, log: Log, customers: Rows) -> Behaviour:
    orders, as_of = log.orders, log.as_of
    members = customers.select("select id, segment from {rows}").keep()
    scored = features.rfm(orders, as_of=as_of).keep()
    aside = orders.quarantine.query(
        "select code, min(reason) as reason, count(*) as n, coalesce(sum(amount), 0) as money from {rows} "
        "group by code order by n desc, code"
    ).to_pylist()
    revenue = members.select(
        "select m.segment, l.amount from {rows} m join {lines} l on cast(l.customer_id as varchar) = m.id "
        f"where l.day <= {as_of}",
        lines=orders.rows,
    ).query("select segment, sum(amount) as money from {rows} group by segment order by segment")
    judged_from, usefulness = _usefulness(outcome, log)
    return Behaviour(
        as_of=as_of,
        first_day=orders.first_day,
        money=orders.money,
        set_aside=tuple(SetAside(r["code"], r["reason"], r["n"], float(r["money"])) for r in aside),
        contractual=orders.contractual,
        revenue=tuple((int(r["segment"]), float(r["money"])) for r in revenue.to_pylist()),
        rfm=features.rfm_grid(scored),
        rfm_by_segment=features.cross_table(scored, members),
        months=features.monthly(orders, members, as_of=as_of),
        cohorts=features.cohorts(orders, as_of=as_of),
        risk=_risk(orders, as_of),
        usefulness=usefulness,
        judged_from=judged_from,
        affinities=features.affinities(orders, members, as_of=as_of),
    )


def _risk(orders: Orders, as_of: int) -> Risk | None:
    try:
        return features.at_risk(orders, as_of=as_of)
    except InputError:
        return None  # nobody has ordered twice


def _usefulness(outcome: Outcome, log: Log) -> tuple[int, tuple[Usefulness, ...]]:
    """As many segments drawn one quarter earlier: how much of that quarter do they explain?"""
    cut = log.as_of - QUARTER
    if cut - log.orders.first_day < QUARTER or log.as_of > log.orders.last_day:
        return 0, ()
    try:
        future = features.outcomes(log.orders, after=cut, until=log.as_of)
        table = features.customer_table(log.orders, as_of=cut, selection=log.selection)
        drawn = _drawn(table, outcome, _weights(log.orders, table, log.selection))
        rivals = features.rivals(log.orders, future, after=cut, counts=(outcome.selection.k, 5))
    except InputError:
        return 0, ()
    return cut, (features.usefulness("segments", drawn, future), *dict.fromkeys(rivals))


def _drawn(table: Checked, outcome: Outcome, weights: dict[str, float]) -> pa.Table:
    """The customers of an earlier day, segmented into as many parts by behaviour alone."""
    learned = prepare.learn(table.rows, table.role("feature"), options=prepare.PrepareOptions(weights=weights))
    prepared = prepare.tabulate(table.rows, learned, cast("DuckRows", table.rows).engine)
    n_features = len(learned.features)
    points = prepare.points(prepare.drawing(prepared), n_features)
    centres = solve_sweep(points, [outcome.selection.k], seed=outcome.seed)[outcome.selection.k].centres
    rows = prepared.arrow()
    place = assign(prepare.points_of(rows, n_features), centres)[0]
    numbers = pa.table({"_row": rows["_row"], "segment": pa.array(place)})
    return (
        table.rows.arrow(["_row", "_id"])
        .join(numbers, "_row")
        .select(["_id", "segment"])
        .rename_columns(["id", "segment"])
    )


def _value(log: Log, customers: Rows, settings: Settings) -> tuple[LifetimeValue, pd.DataFrame]:
    from clustera.value import assess

    days = log.orders.rows.query(
        "select cast(customer_id as varchar) as customer_id, day, cast(sum(amount) as double) as amount from {rows} "
        f"where kind = 'sale' and day <= {log.as_of} group by customer_id, day order by customer_id, day"
    ).to_pandas()
    members = customers.arrow(["id", "segment"]).to_pandas().set_index("id")["segment"]
    options = settings.value
    found = assess(
        days,
        as_of=log.as_of,
        segments=members,
        margin=options.margin,
        monthly_discount=options.monthly_discount,
        horizon_months=options.horizon_months,
        seed=settings.run.seed,
    )
    return found.record, found.customers


def _joined(customers: Rows, valued: pd.DataFrame, engine: DuckEngine) -> Rows:
    columns = ["value", "value_low", "value_high", "probability_alive", "churn_risk"]
    table = pa.table(
        {
            "id": pa.array(valued["customer_id"].astype(str)),
            **{name: pa.array(np.round(valued[name].to_numpy(dtype=float), 6)) for name in columns},
            "next_order": pa.array(valued["next_order_day"].astype("float").round(), from_pandas=True)
            .cast(pa.int32())
            .cast(pa.date32()),
        }
    )
    # `order by` an engine's own numbering: a join alone would not keep the customers' order.
    numbered = customers.select("select row_number() over () as place, * from {rows}").keep()
    return numbered.select(
        "select c.* exclude (place), v.* exclude (id) from {rows} c left join {valued} v using (id) order by c.place",
        valued=engine.arrow(table),
    ).keep()
