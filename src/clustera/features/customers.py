"""Behavior as a customer table: what the later steps take, as if it had been read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clustera.days import WHOLE_HISTORY, span_of
from clustera.engines import Rows, array_of, hash_sql, identifier, literal
from clustera.errors import InputError
from clustera.features.behavior import behavior_columns, customer_behavior, default_weights, select_features
from clustera.features.catalog import Feature
from clustera.rank_correlation import REDUNDANT, rank_correlation
from clustera.records import Balance, Checked, Column, Finding, Orders, Reason
from clustera.records.rows import Severity
from clustera.samples import SAMPLED
from clustera.texts import left_out_reason


def customer_table(
    orders: Orders,
    *,
    as_of: int,
    selection: Sequence[str] | None = None,
    customers: Checked | None = None,
    window: int = WHOLE_HISTORY,
) -> Checked:
    """One row per customer with the features, ready to be prepared.

    Its quarantine has every row of the customer table that is not used, and its balance adds up over both: the rows of the
    customer table and the customers who stand in the orders only are read; customers with orders are segmented.

    Args:
        orders: The order lines.
        as_of: Snapshot date.
        selection: Features by name; the default ones when left out.
        customers: A checked table of customers with an id column: its features and descriptors are joined. Customers
            in it who never ordered are left out, those who ordered but are not in it keep empty cells.
        window: Days that sums and counts look back; the whole history when left out.

    Raises:
        InputError: see `customer_behavior`; or nothing is selected and the customers differ in none of the default features.
    """
    covered = as_of - orders.first_day + 1
    chosen = select_features(orders, selection)
    beyond = [feature for feature in chosen if _looks_back_on_all(feature.looks_back, covered)]
    if selection is None:
        chosen = tuple(feature for feature in chosen if feature not in beyond)
    rows = customer_behavior(orders, as_of=as_of, selection=[feature.name for feature in chosen], window=window).keep()
    made = behavior_columns(chosen, currency=orders.money.currency, window=window, covered=covered)
    names = [column.name for column in made]
    listed = ", ".join(map(identifier, names))
    key = hash_sql("customer_id")
    text = f"select row_number() over (order by customer_id) as _row, customer_id as _id, {key} as _key, {listed} from {{rows}}"
    table = rows.select(text).keep()
    quarantine, findings, joined = (
        _empty_quarantine(table),
        [*orders.findings, *_uncovered(beyond, covered, selection)],
        tuple[Column, ...](),
    )
    if customers is not None:
        joined = tuple(
            column
            for column in customers.columns
            if column.role in {"feature", "descriptor", "date"} and column.name not in names
        )
        known = customers.rows
        cells = "".join(f", c.{identifier(column.name)}" for column in joined)
        quarantine = _table_rows_left_out(customers, table)
        table = table.engine.view(
            f"select t.*{cells} from {table.name} t left join {known.name} c using (_id) order by t._row"
        ).keep()
        findings += [*customers.findings, *_strangers(table, customers), *_without_orders(quarantine, customers)]
    counted = _columns_with_counts(table, (*made, *joined))
    if selection is None:
        counted = _forming(counted, names, orders)
    here, aside = table.count(), quarantine.count()
    return Checked(
        source=orders.source,
        columns=(_customer_column(orders), *counted),
        rows=table,
        quarantine=quarantine,
        findings=tuple(findings),
        balance=Balance(read=here + aside, segmented=here, quarantined=aside),
    )


def _looks_back_on_all(days: int, covered: int) -> bool:
    """Whether a window is the whole log, or is called by the same months: 91 days of a log of 92."""
    return days >= covered or span_of(days) == span_of(covered)


def _uncovered(beyond: Sequence[Feature], covered: int, selection: Sequence[str] | None) -> list[Finding]:
    """What is said of features whose window is longer than the log."""
    if not beyond:
        return []
    return [
        Finding(
            code="short-log",
            severity="note" if selection is None else "warning",
            values={
                "covered": covered,
                "features": tuple(feature.full_title for feature in beyond),
                "days": max(feature.looks_back for feature in beyond),
                "case": "dropped" if selection is None else "asked",
            },
        )
    ]


def redundant_features(rows: Rows, names: Sequence[str]) -> tuple[tuple[str, str, float], ...]:
    """Pairs of features that rank the customers alike: (one, other, Spearman's correlation).

    Args:
        rows: A customer table with `_key`.
        names: Features.
    """
    table = rows.lowest(names, SAMPLED)
    values = np.column_stack([array_of(table[name]).astype(np.float64) for name in names])
    pairs = []
    for i, one in enumerate(names):
        for j in range(i + 1, len(names)):
            both = ~np.isnan(values[:, [i, j]]).any(axis=1)
            if both.sum() < 3:
                continue
            correlation = rank_correlation(values[both, i], values[both, j])
            if abs(correlation) >= REDUNDANT:
                pairs.append((one, names[j], correlation))
    return tuple(pairs)


def behavior_weights(orders: Orders, table: Checked, selection: tuple[str, ...] | None) -> dict[str, float]:
    """Those of the default features; of a selection of one's own, features that say the same count once together."""
    names = [column.name for column in table.role("feature")]
    if selection is None:
        return default_weights(feature for feature in select_features(orders) if feature.name in names)
    return shared_weights(names, redundant_features(table.rows, names))


def shared_weights(names: Sequence[str], pairs: Sequence[tuple[str, str, float]]) -> dict[str, float]:
    """Weights under which features that say the same count once together; those of weight 1 are left out.

    Squared distances add up, so each of n such features gets 1 / sqrt(n).

    >>> shared_weights(["spend", "orders", "age"], [("spend", "orders", 0.97)])
    {'spend': 0.7071067811865475, 'orders': 0.7071067811865475}
    """
    group = {name: {name} for name in names}
    for one, other, _ in pairs:
        merged = group[one] | group[other]
        for name in merged:
            group[name] = merged
    return {name: float(1 / np.sqrt(len(group[name]))) for name in names if len(group[name]) > 1}


def _forming(described: Sequence[Column], names: Sequence[str], orders: Orders) -> tuple[Column, ...]:
    """The columns; features that are the same for every customer only describe."""
    alike = [column for column in described if column.name in names and column.distinct <= 1]
    if len(alike) == len(names):
        raise InputError(
            f"The customers of {orders.source.name} do not differ in {', '.join(c.title.lower() for c in alike)}; there is "
            "nothing to form segments by.",
            hint="Bring a log of more customers or more days.",
        )
    reason = Reason("same-for-all")
    return tuple(replace(c, role="descriptor", reason=reason) if c in alike else c for c in described)


def _customer_column(orders: Orders) -> Column:
    name = orders.column("customer") or "customer_id"
    return Column(name, "id", "text", "Customer", reason=Reason("customer-of-log"))


def _columns_with_counts(table: Rows, described: Sequence[Column]) -> tuple[Column, ...]:
    cells = ", ".join(f"count({identifier(c.name)}), count(distinct {identifier(c.name)})" for c in described)
    n, *counts = table.value(f"select [count(*), {cells}] as n from {{rows}}")
    return tuple(
        replace(column, missing=n - counts[2 * at], distinct=counts[2 * at + 1]) for at, column in enumerate(described)
    )


def _empty_quarantine(table: Rows) -> Rows:
    return table.select("select _row as row, _id as id, '' as code, '' as reason, '' as text from {rows} where false")


def _table_rows_left_out(customers: Checked, table: Rows) -> Rows:
    """Rows of the customer table that are not used: left out by its check, or of somebody who never ordered."""
    known, ids = customers.rows, customers.role("id")
    cells = {ids[0].name: "_id"} if ids else {}
    cells |= {name: identifier(name) for name in known.columns if name not in {"_row", "_id", "_key"}}
    row = ", ".join(f"{literal(name)}: {cell}" for name, cell in cells.items())
    return known.engine.view(
        f"select row, id, code, reason, text from {customers.quarantine.name} union all "
        f"select _row as row, _id as id, 'no-orders' as code, {literal(left_out_reason('no-orders'))} as reason, "
        f"cast(to_json({{{row}}}) as varchar) as text from {known.name} where _id not in (select _id from {table.name}) order by row"
    ).keep()


def _strangers(table: Rows, customers: Checked) -> list[Finding]:
    """Who has orders, but no row of the customer table that is used."""
    left_out = f"(select id from {customers.quarantine.name} where id is not null)"
    unknown, unused = table.value(
        f"select [count(*) filter (where _id not in {left_out}), count(*) filter (where _id in {left_out})] as n from {{rows}} "
        f"where _id not in (select _id from {customers.rows.name})"
    )
    found, total = [], table.count()
    if unknown:
        share = unknown / total
        severity: Severity = "warning" if share > 0.05 else "note"
        found.append(Finding(code="not-in-customers", severity=severity, count=unknown, share=share))
    if unused:
        found.append(Finding.counted("customer-row-left-out", "warning", unused, total))
    return found


def _without_orders(quarantine: Rows, customers: Checked) -> list[Finding]:
    """Who has a row of the customer table, but no order."""
    count = quarantine.count("code = 'no-orders'")
    of = customers.balance.read
    return [Finding.counted("no-orders", "note", count, of, of=of)] if count else []
