"""The only room that knows the order of the steps: read, check, prepare, cluster, profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from clustera import prepare
from clustera.check import check
from clustera.cluster import identity
from clustera.cluster.assign import assign
from clustera.cluster.choose import candidates, choose
from clustera.cluster.evidence import gather_evidence, trust_of
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import solve_sweep
from clustera.engines import DuckEngine, DuckRows
from clustera.errors import InputError
from clustera.profile import describe, patterns
from clustera.read import read
from clustera.records import Balance, Checked, Column, Comparison, Finding, Model, Move, Outcome, Preparation, TrustNumbers
from clustera.settings import Settings

BORDERLINE = 0.1
EVIDENCE_ROWS = 2_500
SAMPLE_ROWS = 20_000

Progress = Callable[[str, float], None]  # step, share of the whole that is done


@dataclass(frozen=True, slots=True)
class Earlier:
    """What of an earlier run its successor must know."""

    label: str
    model: Model
    names: Mapping[int, str]
    customers: pa.Table | None  # id, segment


@dataclass(frozen=True, slots=True)
class Result:
    """What a run of the pipeline leaves: the outcome, and the tables as long as the customers'."""

    engine: DuckEngine
    outcome: Outcome
    customers: DuckRows  # id, segment, name, distance, second_segment, borderline, outlier
    quarantine: DuckRows
    sample: pd.DataFrame
    prepared: prepare.Block


def segment(source: object, settings: Settings, *, earlier: Earlier | None = None, progress: Progress | None = None) -> Result:
    """From a customer table to named segments.

    Args:
        source: A path, or any table that speaks Arrow.
        settings: What is asked for.
        earlier: A run whose names, identities and (while admissible) k are kept.
        progress: Called as the steps go on.

    Raises:
        InputError: the table can't be segmented; the sentence says why and what cures it.
    """
    say = progress or (lambda step, share: None)
    engine = DuckEngine(memory_limit=settings.run.memory_limit, threads=settings.run.threads)
    say("Reading", 0.0)
    raw = read(source, engine=engine, options=settings.read)
    say("Checking", 0.15)
    checked = check(raw, options=settings.check)
    say("Looking for patterns", 0.3)
    seen = patterns(checked)
    say("Preparing", 0.35)
    learned = prepare.learn(checked.rows, checked.role("feature"), options=settings.prepare)
    block = prepare.gather(prepare.blocks(checked.rows, learned))
    learned = replace(learned, outliers=int(block.outlier.sum()))
    say("Choosing the number of segments", 0.45)
    drawing = _who_draws(block)
    points = block.points[drawing]
    ks = candidates(len(points), _distinct(points, max((settings.cluster.k or (2, 2))[1], settings.cluster.k_max)), settings.cluster)
    judged = prepare.jittered(points[:EVIDENCE_ROWS], block.key[drawing][:EVIDENCE_ROWS], learned)
    sweep = solve_sweep(points, ks, seed=settings.run.seed, threads=settings.run.threads)
    evidence = gather_evidence(judged, sweep, assign_sizes(points, sweep), seed=settings.run.seed)
    selection = choose(evidence.table, options=settings.cluster, previous=len(earlier.model.segments) if earlier else None, sample=len(judged))
    say("Drawing segments", 0.75)
    solution = _ordered(sweep[selection.k])
    table = _assigned(engine, block, solution)
    rows = _joined(checked, table)
    identities, comparison = _identities(engine, rows, solution, earlier, block)
    say("Describing segments", 0.85)
    profiles = describe(
        _with_identities(rows, identities),
        checked_columns=checked.columns,
        preparation=learned,
        centres=solution.centres,
        centres_original=prepare.original_units(solution.centres, learned),
        segments=identities,
        trust=_trust(evidence, solution, identities, rows),
        verdict=selection.verdict,
        names=dict(earlier.names) if earlier else {},
        colours=dict(zip(earlier.model.segments, earlier.model.colours, strict=True)) if earlier else {},
    )
    names = {profile.segment: profile.name for profile in profiles}
    model = Model(
        columns=checked.columns,
        preparation=learned,
        centres=tuple(map(tuple, solution.centres.tolist())),
        segments=tuple(identities),
        names=tuple(names[s] for s in identities),
        colours=tuple({p.segment: p.colour for p in profiles}[s] for s in identities),
        borderline=BORDERLINE,
    )
    outcome = Outcome(
        source=checked.source,
        balance=checked.balance,
        columns=checked.columns,
        findings=checked.findings,
        patterns=seen,
        preparation=replace(learned, notes=prepare.notes(learned, checked.balance.segmented)),
        selection=selection,
        segments=profiles,
        model=model,
        seed=settings.run.seed,
        comparison=replace(comparison, names_after=names) if comparison else None,
    )
    say("Done", 1.0)
    return Result(engine, outcome, _customers(rows, identities, names), checked.quarantine, _sample(rows, checked, identities), block)


@dataclass(frozen=True, slots=True)
class Scored:
    """New customers, assigned by an earlier model."""

    engine: DuckEngine
    customers: DuckRows
    quarantine: DuckRows
    balance: Balance
    findings: tuple[Finding, ...]


def predict(source: object, model: Model, settings: Settings) -> Scored:
    """Assign customers by a model: the same columns, the same preparation, the nearest centre.

    Args:
        source: A path, or any table that speaks Arrow.
        model: Of an earlier run.
        settings: How to read and check.

    Raises:
        InputError: the table lacks one of the model's features, or has no usable row.
    """
    engine = DuckEngine(memory_limit=settings.run.memory_limit, threads=settings.run.threads)
    checked = check(read(source, engine=engine, options=settings.read), options=settings.check, like=model.columns)
    table = engine.collect(_assignments(checked.rows, model), _ASSIGNMENT)
    names = dict(zip(model.segments, model.names, strict=True))
    customers = _customers(_joined(checked.rows, table, engine), model.segments, names)
    return Scored(engine, customers, checked.quarantine, checked.balance, checked.findings)


def moves(before: pa.Table, after: pa.Table) -> tuple[tuple[Move, ...], int, int]:
    """Who moved: two tables of id and segment; also how many customers only the first and only the second has.

    >>> one, two = pa.table({"id": ["a", "b"], "segment": [1, 2]}), pa.table({"id": ["b", "c"], "segment": [5, 5]})
    >>> moves(one, two)
    ((Move(before=2, after=5, count=1),), 1, 1)
    """
    with DuckEngine() as engine:
        old, new = engine.arrow(before.select(["id", "segment"])), engine.arrow(after.select(["id", "segment"]))
        both = engine.view(f"select o.segment as before, n.segment as after from {old.name} o join {new.name} n using (id)")
        counts = both.query("select before, after, count(*) as customers from {rows} group by all order by all").to_pylist()
    found = tuple(Move(int(row["before"]), int(row["after"]), int(row["customers"])) for row in counts)
    common = sum(move.count for move in found)
    return found, before.num_rows - common, after.num_rows - common


_ASSIGNMENT = pa.schema(
    [
        ("_row", pa.int64()),
        ("place", pa.int32()),
        ("distance", pa.float64()),
        ("second_place", pa.int32()),
        ("borderline", pa.bool_()),
        ("outlier", pa.bool_()),
    ]
)


def _assignments(rows: Any, model: Model) -> Iterator[pa.RecordBatch]:  # noqa: ANN401
    centres = np.array(model.centres)
    for block in prepare.blocks(rows, model.preparation):
        yield _assignment(block, centres, model.borderline)


def _assignment(block: prepare.Block, centres: npt.NDArray[np.float64], borderline: float) -> pa.RecordBatch:
    """The nearest and the second nearest centre of every customer; "place" is the centre's position in the model."""
    nearest, distance, second, further = assign(block.points, centres)
    between = (further - distance) < borderline * further
    columns = [block.row, nearest, distance.round(6), second, between, block.outlier]
    return pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=_ASSIGNMENT)


def _joined(rows: Any, table: DuckRows, engine: DuckEngine) -> DuckRows:  # noqa: ANN401
    return engine.table(f"select * from {rows.name} join {table.name} using (_row) order by _row")


def _customers(rows: DuckRows, segments: Sequence[int], names: Mapping[int, str]) -> DuckRows:
    """The table that users get: id, segment, name, distance, second_segment, borderline, outlier."""
    number = "list_value({})".format(", ".join(str(s) for s in segments))
    called = "list_value({})".format(", ".join(literal(names[s]) for s in segments))
    return rows.select(
        f"select _id as id, {number}[place + 1] as segment, {called}[place + 1] as name, distance, "
        f"{number}[second_place + 1] as second_segment, borderline, outlier from {{rows}} order by _row"
    )
