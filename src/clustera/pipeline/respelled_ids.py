"""Customers of an earlier run whose ids are written otherwise now: they would count as gone, and as new."""

from __future__ import annotations

import pyarrow as pa

from clustera.audiences.ids import plain_id_sql
from clustera.engines import Rows
from clustera.records import Finding, Severity

MANY = 0.05  # share of the customers, from which it is a warning


def respelled_ids(before: pa.Table, rows: Rows, earlier: str = "") -> tuple[Finding, ...]:
    """Ids that only this table has and that are the same as ids which only the earlier run has, but for zeros, case or `.0`.

    Args:
        before: `id` of the earlier run's customers, or of those in the groups of a campaign.
        rows: `_id` of this table's.
        earlier: What to call that run; nothing for the groups of a campaign.
    """
    alike = f"regexp_replace(lower({plain_id_sql('id')}), '(^|[^0-9])0+([0-9])', '\\1\\2', 'g')"
    known = rows.engine.arrow(before.select(["id"]))
    one, other = (
        f"(select {alike} as alike, min(id) as id, count(*) as n from (select {name} as id from {mine}) x "
        f"where id not in (select {others} from {theirs}) group by 1)"
        for name, mine, others, theirs in (("_id", "{rows}", "id", "{known}"), ("id", "{known}", "_id", "{rows}"))
    )
    found = rows.query(
        f"select count(*) as n, min(a.id) as now, min_by(b.id, a.id) as then from {one} a join {other} b "
        "using (alike) where a.n = 1 and b.n = 1",
        known=known,
    ).to_pylist()[0]
    if not found["n"]:
        return ()
    customers = rows.count()
    share = found["n"] / customers
    severity: Severity = "warning" if share >= MANY else "note"
    return (
        Finding(
            code="respelled-ids",
            severity=severity,
            count=found["n"],
            share=share,
            values={
                "of": customers,
                "now": found["now"],
                "then": found["then"],
                "earlier": earlier,
                "case": "run" if earlier else "groups",
            },
        ),
    )
