"""The customers of a run divided into another number of segments, and the run made again of what it keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from clustera import prepare
from clustera.cluster import identity
from clustera.cluster.candidates import candidate_numbers
from clustera.cluster.sweep import solve_among
from clustera.engines import Engine, Rows, identifier
from clustera.errors import InputError
from clustera.pipeline.assigning import SCHEMA, assignments
from clustera.pipeline.drawing import BORDERLINE, count_moves
from clustera.profile import describe
from clustera.records import OtherNumber, OtherSegment, Outcome, Preparation, TrustNumbers
from clustera.settings import Settings
from clustera.texts import load_language

_WAS, _SALES = "_label", "_cells"  # the segment in the run and sales: names that no column of a table has
_UNKNOWN = TrustNumbers(segment=0, jaccard=0.0, valley=1.0, neighbor=0, borderline=0.0)


@dataclass(frozen=True, slots=True)
class KeptTables:
    """The tables of a run that it can be made again of."""

    customers: Rows  # id, segment, key, and with orders sales_12_months
    values: Rows  # id, features and descriptors, original units
    orders: Rows | None = None  # order lines, where they are kept


def segments_with_k(outcome: Outcome, kept: KeptTables, settings: Settings, k: int) -> OtherNumber:
    """The same customers, prepared as in the run, in another number of segments.

    Args:
        outcome: Of the run.
        kept: Its tables.
        settings: What the run was asked for.
        k: Number of segments.

    Raises:
        InputError: there are not so many different customers.
    """
    with Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads) as engine:
        rows = _checked_rows(kept, engine)
        preparation = outcome.model.preparation
        prepared = prepare.tabulate_prepared(rows, preparation, engine)
        centers = _centers_for(prepared, preparation, settings, k)
        assigned = engine.collect(assignments(prepared, centers, BORDERLINE), SCHEMA)
        placed = rows.beside(assigned).select("select * replace (place + 1 as place) from {rows}").keep()
        own = _own_segments(placed, outcome) if k == outcome.selection.k else {}
        order = sorted(own, key=own.__getitem__) or _ordered_places(placed, kept.orders)
        numbers = ", ".join(str(order.index(place) + 1) for place in range(1, k + 1))
        divided = placed.select(f"select *, list_value({numbers})[place] as segment from {{rows}}").keep()
        centers = centers[[place - 1 for place in order]]
        profiles = describe(
            divided,
            checked_columns=outcome.columns,
            preparation=preparation,
            centers=centers,
            centers_original=prepare.original_units(centers, preparation),
            segments=range(1, k + 1),
            trust=[replace(_UNKNOWN, segment=segment) for segment in range(1, k + 1)],
            verdict=outcome.selection.verdict,
            language=load_language(settings.profile.language),
        )
        named = outcome.segments if own else profiles
        names = {profile.segment: profile.name for profile in named}
        return _other_number(outcome, divided, names, k)


def remade_customers(outcome: Outcome, kept: KeptTables) -> pa.Table:
    """The table of customers that a run can be made again of: with orders their descriptors alone, as features follow."""
    wanted = ("descriptor",) if kept.orders is not None else ("feature", "descriptor")
    columns = [
        column.name for column in outcome.columns if column.role in wanted and column.name in kept.values.columns
    ]
    return kept.values.arrow(["id", *columns])


def remade_orders(outcome: Outcome, lines: Rows) -> pa.RecordBatchReader:
    """The order lines that a run keeps, as a log to be read again: days are dates, and the currency is a column.

    Raises:
        InputError: discounts are lines of their own, which would be read as money given back.
    """
    if lines.has("kind = 'discount'"):
        raise InputError(
            "The log has discounts as lines of their own, so its kept lines can't be read again.",
            hint="Segment the file of orders again: clustera segment --orders FILE --k NUMBER",
        )
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    told = ", '" + currency.replace("'", "''") + "' as currency" if currency else ""
    dated = lines.select(f"select * exclude (kind) replace (date '1970-01-01' + day as day){told} from {{rows}}")
    batches = dated.batches()
    first = next(batches)

    def all_of() -> Iterator[pa.RecordBatch]:
        yield first
        yield from batches

    return pa.RecordBatchReader.from_batches(first.schema, all_of())


def _checked_rows(kept: KeptTables, engine: Engine) -> Rows:
    """The customers as the check left them, as far as drawing and describing asks: in one order, with key and sales."""
    sales = "sales_12_months" if "sales_12_months" in kept.customers.columns else "cast(null as double)"
    who = engine.arrow(
        kept.customers.query(f"select id as _id, key as _key, segment as {_WAS}, {sales} as {_SALES} from {{rows}}")
    )
    values = engine.arrow(kept.values.arrow())
    return who.select(
        "select row_number() over (order by c._id) as _row, c.*, v.* exclude (id) from {rows} c join {values} v on v.id = c._id "
        "order by c._id",
        values=values,
    ).keep()


def _centers_for(prepared: Rows, preparation: Preparation, settings: Settings, k: int) -> np.ndarray:
    """The centers of k segments, from the same sweep that a run with so many makes."""
    drawing, preparation, places = prepare.sorted_by_values(prepare.drawing_sample(prepared), preparation)
    n_features = len(preparation.features)
    points = prepare.prepared_points(drawing, n_features, memory=prepared.engine.memory)
    n = points.n_rows if isinstance(points, prepare.Streamed) else len(points)
    options = settings.cluster.model_copy(update={"k": (k, k)})
    ks = candidate_numbers(n, prepare.count_distinct_points(drawing, n_features, enough=k + 1), options)
    found = solve_among(points, [1, *ks], k, seed=settings.run.seed, threads=settings.run.threads)
    return found.with_features(places).centers


def _own_segments(placed: Rows, outcome: Outcome) -> dict[int, int]:
    """By place, the segment of the run that it is; empty where the places are not the run's segments 1 to k."""
    most = placed.query(
        f"select place, mode({_WAS}) as segment from {{rows}} group by place order by place"
    ).to_pylist()
    found = {row["place"]: row["segment"] for row in most}
    own = {profile.segment for profile in outcome.segments}
    return found if set(found.values()) == own == set(range(1, len(found) + 1)) else {}


def _ordered_places(placed: Rows, lines: Rows | None) -> list[int]:
    """That of the highest revenue per customer first, as a run numbers its segments; without order lines by later sales."""
    money = placed.arrow(["_id", _SALES]).rename_columns(["_id", "money"])
    if lines is not None:
        money = lines.query(
            "select cast(customer_id as varchar) as _id, cast(sum(amount) as double) as money from {rows} group by 1"
        )
    found = placed.query(
        "select place from {rows} r left join {brought} b on b._id = cast(r._id as varchar) group by place "
        "order by coalesce(sum(b.money), 0) / count(*) desc, count(*) desc, place",
        brought=placed.engine.arrow(money),
    )
    return [int(place) for place in found["place"].to_pylist()]


def _other_number(outcome: Outcome, divided: Rows, names: Mapping[int, str], k: int) -> OtherNumber:
    before = divided.arrow(["_id", _WAS]).rename_columns(["id", "segment"])
    after = divided.arrow(["_id", "segment"]).rename_columns(["id", "segment"])
    found, gone, come = count_moves(before, after)
    compared = identity.comparison_of_moves(
        found,
        before=str(outcome.selection.k),
        after=str(k),
        names_before={profile.segment: profile.name for profile in outcome.segments},
        names_after=names,
        only_before=gone,
        only_after=come,
    )
    colors = {profile.segment: profile.color for profile in outcome.segments}
    counted = divided.query(
        f"select segment, count(*) as n, sum({_SALES}) as sales from {{rows}} group by {identifier('segment')} order by segment"
    ).to_pylist()
    everybody = sum(row["n"] for row in counted)
    sales = sum(row["sales"] or 0.0 for row in counted)
    segments = []
    for row in counted:
        most = max((move for move in found if move.after == row["segment"]), key=lambda move: move.count)
        segments.append(
            OtherSegment(
                segment=row["segment"],
                name=names[row["segment"]],
                customers=row["n"],
                share=row["n"] / everybody,
                sales=row["sales"],
                sales_share=row["sales"] / sales if row["sales"] is not None and sales > 0 else None,
                color=colors[most.before],
                mostly=most.before,
                mostly_share=most.count / row["n"],
            )
        )
    evidence = next((entry for entry in outcome.selection.evidence if entry.k == k), None)
    if evidence is not None:  # the size was measured without the outliers, who are in the table beside it
        evidence = replace(evidence, smallest=min(segment.share for segment in segments))
    return OtherNumber(k, evidence, tuple(segments), compared)
