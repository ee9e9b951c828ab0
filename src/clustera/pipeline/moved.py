"""Which customers are in another segment of a later run, who is new and who is gone."""

from __future__ import annotations

import pyarrow as pa

from clustera.engines import Engine, mapped_sql
from clustera.records import Comparison


def moved_customers(before: pa.Table, after: pa.Table, comparison: Comparison) -> pa.Table:
    """Every customer whose segment is not the one of before, or the one that it matches in a run with other numbers.

    Args:
        before: id and segment, in the earlier run.
        after: The same, in the later one.
        comparison: Of the two runs: the names, and the ranking of the segments where they share one.

    Returns:
        id, segment, name, segment_before, name_before, direction, by id. `direction` is "up" (to a segment whose customers
        bring more, by `comparison.ranked_by`), "down", "moved" (where segments are not ranked alike), "new" (only in the later run) or "gone" (only in
        the earlier one; segment and name are empty).
    """
    place = {segment: at for at, segment in enumerate(comparison.ranking)}
    cases = "".join(
        f" when b.segment = {one} and a.segment = {other} then '{'up' if place[other] < place[one] else 'down'}'"
        for one in place
        for other in place
        if one != other
    )
    direction = f"case when b.segment is null then 'new' when a.segment is null then 'gone'{cases} else 'moved' end"
    stayed = [move for move in comparison.moves if comparison.stays(move)]
    same = " or ".join(f"(b.segment = {move.before} and a.segment = {move.after})" for move in stayed) or "false"
    name, before_name = (
        mapped_sql(f"{side}.segment", names, otherwise="cast(null as varchar)")
        for side, names in (("a", comparison.names_after), ("b", comparison.names_before))
    )
    with Engine() as engine:
        old, new = engine.arrow(before.select(["id", "segment"])), engine.arrow(after.select(["id", "segment"]))
        rows = new.select(
            f"select coalesce(a.id, b.id) as id, a.segment, {name} as name, "
            f"b.segment as segment_before, {before_name} as name_before, "
            f"{direction} as direction from {{rows}} a full join {{old}} b using (id) "
            f"where not coalesce({same}, false) order by 1",
            old=old,
        )
        return rows.query("select * from {rows} order by id")
