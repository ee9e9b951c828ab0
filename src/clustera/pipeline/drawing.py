"""Segments drawn, or an earlier run's kept: centers, identities, who is in which, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera import prepare
from clustera.cluster import identity
from clustera.cluster.evidence import SegmentEvidence
from clustera.cluster.solution import Solution
from clustera.engines import Engine, Rows, identifier
from clustera.pipeline.alike import without_alike_features
from clustera.pipeline.assigning import (
    SCHEMA,
    assigned_by,
    assignments,
    pick_sql,
    with_segments,
)
from clustera.pipeline.causes import move_causes
from clustera.pipeline.grouping import choose_number, group_customers
from clustera.pipeline.keeping import (
    Earlier,
    aged_definitions,
    refuse_strangers,
)
from clustera.pipeline.noise import without_noise
from clustera.pipeline.orders import short_log
from clustera.pipeline.past import Past, kept_segments_a_quarter_ago
from clustera.pipeline.respelled_ids import respelled_ids
from clustera.pipeline.sources import Log
from clustera.progress import Progress, progress_within
from clustera.records import (
    Checked,
    Comparison,
    Finding,
    KSelection,
    Move,
    Preparation,
    Reason,
    TrustNumbers,
)
from clustera.settings import Settings

BORDERLINE = 0.1
_SIZES = "select segment, count(*) as n from {rows} group by segment"


@dataclass(frozen=True, slots=True)
class Drawn:
    """Segments before they are described: how customers are prepared, where the centers are, and how sure that is."""

    checked: Checked  # features that tell no segments apart describe
    preparation: Preparation
    selection: KSelection
    rows: Rows  # the checked rows with segment, second_segment, distance, borderline, outlier
    prepared: Rows
    centers: npt.NDArray[np.float64]  # (k, n_features), prepared units, in the order of `segments`
    segments: tuple[int, ...]  # identities
    trust: tuple[TrustNumbers, ...]
    comparison: Comparison | None
    past: Past | None
    findings: tuple[Finding, ...] = ()


def draw_segments(
    checked: Checked,
    settings: Settings,
    engine: Engine,
    *,
    log: Log | None,
    weights: dict[str, float],
    earlier: Earlier | None,
    say: Progress,
) -> Drawn:
    """Segments drawn from these customers, by the features that tell clear groups apart where there are such groups."""
    checked, findings = without_alike_features(checked, settings, ordered=log is not None)
    forming = {column.name for column in checked.role("feature")}
    weights = {name: weight for name, weight in weights.items() if name in forming}
    group = partial(
        group_customers, settings=settings, engine=engine, log=log, weights=weights, earlier=earlier, say=say
    )
    found = group(checked)
    if log is None:  # features from orders are the same every month, whatever they tell apart in one
        found, noise = without_noise(found, group, settings)
        findings += noise
    checked, prepared, choice = found.checked, found.prepared, found.choice
    solution, selection = choice.solution, choice.selection
    say("Assigning customers", 0.75)
    shares = progress_within(say, "Assigning customers", 0.75, 0.85)
    assigned = engine.collect(assignments(prepared, solution.centers, BORDERLINE, shares), SCHEMA)
    placed = checked.rows.beside(assigned)
    # Of two that are as large, neither is first because of where a column stands.
    named = solution.with_features(prepare.order_by_values(found.preparation.features))
    order = _order(placed, named, log)
    place = pick_sql([order.index(i) for i in range(solution.k)])
    rows = placed.select(
        f"select * replace ({place}[place + 1] as place, {place}[second_place + 1] as second_place) from {{rows}}"
    )
    identities, comparison = _identities(engine, rows, solution.k, checked, earlier)
    rows = with_segments(rows, identities).keep()
    return Drawn(
        checked=checked,
        preparation=found.preparation,
        selection=selection,
        rows=rows,
        prepared=prepared,
        centers=solution.centers[order],
        segments=tuple(identities),
        trust=_trust_numbers(choice.evidence.trust(selection.k, order), identities, rows),
        comparison=comparison,
        past=choice.past,
        findings=findings,
    )


def keep_segments(
    checked: Checked, earlier: Earlier, settings: Settings, *, engine: Engine, log: Log | None, say: Progress
) -> Drawn:
    """Segments as an earlier run defined them, with who moved since; and whether the definitions have aged."""
    model = earlier.model
    prepared = prepare.tabulate_prepared(checked.rows, model.preparation, engine)
    outliers = prepared.count("outlier")
    say("Assigning customers", 0.4)
    shares = progress_within(say, "Assigning customers", 0.4, 0.5)
    centers = np.array(model.centers)
    assigned = engine.collect(assignments(prepared, centers, model.borderline, shares), SCHEMA)
    rows = with_segments(checked.rows.beside(assigned), model.segments).keep()
    say("Comparing with the segments of before", 0.5)
    drawing = prepare.drawing_sample(prepared)
    refuse_strangers(drawing.count(), checked, earlier)
    fresh = settings.model_copy(update={"cluster": settings.cluster.model_copy(update={"choose_by": "evidence"})})
    selection = choose_number(drawing, model.preparation, fresh, None, log, checked=checked).selection
    sizes = {row["segment"]: row["n"] for row in rows.query(_SIZES).to_pylist()}
    spread = rows.value("select sum(distance * distance) as spread from {rows} where not outlier")
    findings = aged_definitions(earlier, selection, sizes=sizes, spread=spread or 0.0)
    comparison = None
    if checked.role("id") and earlier.customers is not None:
        comparison = _moved_since(earlier, rows, engine)
        findings = (*findings, *respelled_ids(earlier.customers, rows, earlier.label))
    return Drawn(
        checked=checked,
        preparation=replace(model.preparation, outliers=outliers),
        selection=_kept_selection(earlier),
        rows=rows,
        prepared=prepared,
        centers=centers,
        segments=model.segments,
        trust=_renewed(earlier.trust, rows),
        comparison=comparison,
        past=kept_segments_a_quarter_ago(log, model, engine) if log is not None else None,
        findings=(*findings, *(short_log(log) if log is not None else ())),
    )


def _kept_selection(earlier: Earlier) -> KSelection:
    """How the number of segments was chosen, in the run that made them: the earlier one may have kept them as well."""
    found = earlier.selection
    return found if found.kept else replace(found, kept=True, made_on=earlier.as_of)


def _moved_since(earlier: Earlier, rows: Rows, engine: Engine) -> Comparison:
    """Who moved between the segments since the earlier run, by the same definitions."""
    assert earlier.customers is not None
    now = rows.arrow(["_id", "segment"]).rename_columns(["id", "segment"])
    found, gone, come = count_moves(earlier.customers, now)
    came, left = count_unshared(earlier.customers, now)
    compared = identity.comparison_of_moves(
        found,
        before=earlier.label,
        after="this run",
        names_before=earlier.names,
        names_after=dict(zip(earlier.model.segments, earlier.model.names, strict=True)) | dict(earlier.names),
        only_before=gone,
        only_after=come,
        notes=[] if found else [Reason("nobody-matched")],
        same_definitions=True,
    )
    compared = replace(compared, came=came, left=left)
    if earlier.values is None:
        return compared
    names = [feature.name for feature in earlier.model.preparation.features]
    told = ", ".join(map(identifier, names))
    then = engine.arrow(earlier.customers.select(["id", "segment"])).select(
        f"select m.id, m.segment, {told} from {{rows}} m join {{values}} v on v.id = m.id",
        values=engine.arrow(earlier.values.select(["id", *names])),
    )
    values = rows.select(f"select _id as id, segment, {told} from {{rows}}")
    return replace(compared, causes=move_causes(earlier.model, then, values))


def count_moves(before: pa.Table, after: pa.Table) -> tuple[tuple[Move, ...], int, int]:
    """Who moved: two tables of id and segment; also how many customers only the first and only the second has.

    >>> one, two = pa.table({"id": ["a", "b"], "segment": [1, 2]}), pa.table({"id": ["b", "c"], "segment": [5, 5]})
    >>> count_moves(one, two)
    ((Move(before=2, after=5, count=1),), 1, 1)
    """
    with Engine() as engine:
        old, new = engine.arrow(before.select(["id", "segment"])), engine.arrow(after.select(["id", "segment"]))
        counts = old.query(
            "select o.segment as before, n.segment as after, count(*) as customers from {rows} o join {new} n using (id) "
            "group by all order by all",
            new=new,
        ).to_pylist()
    found = tuple(Move(int(row["before"]), int(row["after"]), int(row["customers"])) for row in counts)
    common = sum(move.count for move in found)
    return found, before.num_rows - common, after.num_rows - common


def count_unshared(
    before: pa.Table, after: pa.Table
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Customers by segment whom only one of two tables of id and segment has: those who came, and those who left.

    >>> one, two = pa.table({"id": ["a", "b"], "segment": [1, 2]}), pa.table({"id": ["b", "c"], "segment": [5, 5]})
    >>> count_unshared(one, two)
    (((5, 1),), ((1, 1),))
    """
    with Engine() as engine:
        old, new = engine.arrow(before.select(["id", "segment"])), engine.arrow(after.select(["id", "segment"]))
        came, left = (
            rows.query(
                "select segment, count(*) as customers from {rows} r anti join {others} o using (id) "
                "group by segment order by segment",
                others=others,
            ).to_pylist()
            for rows, others in ((new, old), (old, new))
        )
    one, other = (tuple((int(row["segment"]), int(row["customers"])) for row in rows) for rows in (came, left))
    return one, other


def _order(placed: Rows, solution: Solution, log: Log | None) -> list[int]:
    """Places of the centers: with orders, that of the highest revenue per customer first; without, that of the largest."""
    counted = placed.query("select place, count(*) as n from {rows} group by place").to_pylist()
    counts = {row["place"]: row["n"] for row in counted}
    revenue: dict[int, float] = {}
    if log is not None:
        brought = placed.query(
            "select p.place, cast(sum(l.amount) as double) as revenue from {rows} p join {lines} l "
            f"on cast(l.customer_id as varchar) = p._id where l.day <= {log.as_of} group by p.place",
            lines=log.orders.rows,
        ).to_pylist()
        revenue = {row["place"]: row["revenue"] or 0.0 for row in brought}

    def first_of_all(i: int) -> tuple[float, int, list[float]]:
        n = counts.get(i, 0)
        return -(revenue.get(i, 0.0) / n if n else 0.0), -n, solution.centers[i].tolist()

    return sorted(range(solution.k), key=first_of_all)


def _identities(
    engine: Engine, rows: Rows, k: int, checked: Checked, earlier: Earlier | None
) -> tuple[list[int], Comparison | None]:
    """The identity of each place: 1..k, or those of an earlier run that the same customers had."""
    if earlier is None:
        return list(range(1, k + 1)), None
    now = rows.arrow(["_id", "place"]).rename_columns(["id", "segment"])
    known = earlier.customers if checked.role("id") else None
    note = Reason("matched-by-id")
    found, gone, come = count_moves(known, now) if known is not None else ((), 0, now.num_rows)
    if sum(move.count for move in found) < 0.2 * now.num_rows:
        note = Reason("matched-by-model")
        earlier_place = assigned_by(earlier.model, checked.rows, engine).select(
            f"select _id as id, {pick_sql(earlier.model.segments)}[place + 1] as segment from {{rows}}"
        )
        found, gone, come = count_moves(earlier_place.arrow(), now)
    table = identity.shared_customers(found, sorted(earlier.names), range(k))
    identities = identity.keep_identities(table, sorted(earlier.names), ever=[earlier.model.last_number])
    comparison = identity.comparison_of_moves(
        [replace(move, after=identities[move.after]) for move in found],
        before=earlier.label,
        after="this run",
        names_before=earlier.names,
        names_after=dict.fromkeys(identities, ""),
        only_before=gone,
        only_after=come,
        notes=[note],
    )
    return identities, comparison


def _share_borderline(rows: Rows) -> dict[int, float]:
    """Share of each segment's customers who are nearly as close to another one."""
    shares = rows.query("select segment, avg(borderline::integer) as share from {rows} group by segment").to_pylist()
    return {row["segment"]: float(row["share"]) for row in shares}


def _renewed(trust: Sequence[TrustNumbers], rows: Rows) -> tuple[TrustNumbers, ...]:
    """What was measured when the segments were drawn, with today's customers between them."""
    share = _share_borderline(rows)
    return tuple(replace(numbers, borderline=share.get(numbers.segment, 0.0)) for numbers in trust)


def _trust_numbers(
    evidence: Sequence[SegmentEvidence], identities: Sequence[int], rows: Rows
) -> tuple[TrustNumbers, ...]:
    share = _share_borderline(rows)
    return tuple(
        TrustNumbers(
            segment=segment,
            jaccard=trust.jaccard,
            valley=trust.valley,
            neighbor=identities[trust.neighbor],
            borderline=share.get(segment, 0.0),
        )
        for segment, trust in zip(identities, evidence, strict=True)
    )
