"""From a customer table, or a log of orders, to named segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from clustera import prepare
from clustera.actions import Playbook, load_playbook, suggest_actions
from clustera.cluster import identity
from clustera.cluster.choose import candidates, choose, meeting
from clustera.cluster.evidence import Evidence, SegmentEvidence, gather_evidence
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import draft_sweep
from clustera.engines import DuckEngine
from clustera.pipeline.assigning import SCHEMA, assigned_by, assignments, customers_of, pick, with_actions
from clustera.pipeline.examine import apart, examine
from clustera.pipeline.inspect import check_raw, stop_where_asked
from clustera.pipeline.orders import customers_from_orders, with_orders
from clustera.pipeline.past import Past, look_back, refuse_without_orders
from clustera.pipeline.progress import Progress, within
from clustera.pipeline.sources import Log, Sources
from clustera.profile import additive, describe, patterns, with_fractions
from clustera.read import read
from clustera.records import (
    Checked,
    Comparison,
    KSelection,
    Model,
    Move,
    Outcome,
    Preparation,
    Rows,
    TrustNumbers,
)
from clustera.settings import Settings
from clustera.texts import Language, load_language, speaking, to_locale

BORDERLINE = 0.1
EVIDENCE_ROWS = 2_500
SAMPLE_ROWS = 20_000


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
    customers: Rows  # id, segment, name, distance, second_segment, borderline, outlier, key, ..., action, control
    quarantine: Rows
    sample: pa.Table  # at most 20,000 customers: the features, segment, outlier, borderline
    prepared: Rows  # `prepare.tabulate`: the points, by `_row`
    orders_quarantine: Rows | None = None  # order lines that were not used; None without orders


def segment(
    sources: Sources, settings: Settings, *, earlier: Earlier | None = None, progress: Progress | None = None
) -> Result:
    """From a customer table, or a log of orders, to named segments.

    Args:
        sources: Paths, or any tables that speak Arrow.
        settings: What is asked for.
        earlier: A run whose names, identities and (while admissible) k are kept.
        progress: Called with the step's name and the share of the whole that is done.

    Raises:
        InputError: the table can't be segmented; the sentence says why and what cures it.
    """
    say = progress or (lambda step, share: None)
    refuse_without_orders(sources, settings)
    engine = DuckEngine(memory_limit=settings.run.memory_limit, threads=settings.run.threads)
    language, playbook = _words_and_rules(settings)
    say("Reading", 0.0)
    log, weights = None, dict[str, float]()
    if sources.orders is not None:
        log, checked, weights = customers_from_orders(sources, settings, engine, say)
    else:
        raw = read(sources.customers, engine=engine, options=settings.read, progress=within(say, "Reading", 0.0, 0.15))
        say("Checking", 0.15)
        before = earlier.model.columns if earlier else ()
        checked = check_raw(raw, settings, before=before, progress=within(say, "Checking", 0.15, 0.3))
    stop_where_asked(checked, settings)
    say("Looking for patterns", 0.3)
    seen = patterns(checked)
    say("Preparing", 0.35)
    options = settings.prepare.model_copy(update={"weights": weights | settings.prepare.weights})
    learned = prepare.learn(checked.rows, checked.role("feature"), options=options)
    prepared = prepare.tabulate(checked.rows, learned, engine)
    learned = replace(learned, outliers=prepared.select("select * from {rows} where outlier").count())
    learned = replace(learned, features=with_fractions(learned.features, seen, language))
    learned = replace(learned, notes=prepare.notes(learned, checked.balance.segmented))
    say("Choosing the number of segments", 0.45)
    selection, solution, evidence, past = _cluster(
        prepare.drawing(prepared), learned, settings, earlier, log, memory=engine.memory
    )
    say("Assigning customers", 0.75)
    shares = within(say, "Assigning customers", 0.75, 0.85)
    assigned = engine.collect(assignments(prepared, solution.centres, BORDERLINE, shares), SCHEMA)
    order = _order(assigned, solution)
    centres = solution.centres[order]
    place = pick([order.index(i) for i in range(solution.k)])
    rows = checked.rows.beside(assigned).select(
        f"select * replace ({place}[place + 1] as place, {place}[second_place + 1] as second_place) from {{rows}}"
    )
    identities, comparison = _identities(engine, rows, solution.k, checked, earlier)
    rows = rows.select(
        f"select * exclude (place, second_place), {pick(identities)}[place + 1] as segment, {pick(identities)}[second_place + 1] as second_segment from {{rows}}"
    ).keep()
    say("Describing segments", 0.85)
    profiles = describe(
        rows,
        checked_columns=checked.columns,
        preparation=learned,
        centres=centres,
        centres_original=prepare.original_units(centres, learned),
        segments=identities,
        trust=_trust(evidence.trust(selection.k, order), identities, rows),
        verdict=selection.verdict,
        names=dict(earlier.names) if earlier else {},
        colours=dict(zip(earlier.model.segments, earlier.model.colours, strict=True)) if earlier else {},
        language=language,
    )
    of = {profile.segment: profile for profile in profiles}
    names = {s: of[s].name for s in identities}
    model = Model(
        columns=checked.columns,
        preparation=learned,
        centres=tuple(map(tuple, centres.tolist())),
        segments=tuple(identities),
        names=tuple(names.values()),
        colours=tuple(of[s].colour for s in identities),
        borderline=BORDERLINE,
    )
    outcome = Outcome(
        source=checked.source,
        balance=checked.balance,
        columns=checked.columns,
        findings=checked.findings,
        patterns=seen,
        preparation=learned,
        selection=selection,
        segments=profiles,
        model=model,
        seed=settings.run.seed,
        comparison=identity.name_after(comparison, names) if comparison else None,
        locale=to_locale(language),
    )
    outcome = _looked_closer(outcome, prepared, language, say if settings.run.examine else None)
    customers = customers_of(rows, names)
    if log is not None:
        say("Forecasting value", 0.9)
        outcome, customers = with_orders(
            outcome, log, past=past, table=checked.rows, customers=customers, settings=settings, engine=engine
        )
    actions = suggest_actions(outcome.segments, playbook=playbook, language=language, behaviour=outcome.behaviour)
    outcome, customers = replace(outcome, actions=actions), with_actions(customers, actions)
    say("Done", 1.0)
    sample, unused = _sample(rows, checked), log.orders.quarantine if log is not None else None
    return Result(engine, outcome, customers, checked.quarantine, sample, prepared, unused)


def _words_and_rules(settings: Settings) -> tuple[Language, Playbook]:
    """Read before anything else: a wrong file must not cost a run."""
    language = load_language(settings.profile.language)
    return language, load_playbook(settings.actions.playbook, language=language)


def _looked_closer(outcome: Outcome, prepared: Rows, language: Language, say: Progress | None) -> Outcome:
    """Who stands apart; and where `say` is given, the answers to the further questions."""
    features, customers = outcome.preparation.features, outcome.balance.segmented
    with speaking(outcome.locale):
        found = apart(prepared, outcome.preparation, customers, additive=additive(features, language))
        outcome = replace(outcome, apart=found)
        if say is None:
            return outcome
        say("Examining", 0.88)
        return replace(outcome, examination=examine(prepared, outcome))


def moves(before: pa.Table, after: pa.Table) -> tuple[tuple[Move, ...], int, int]:
    """Who moved: two tables of id and segment; also how many customers only the first and only the second has.

    >>> one, two = pa.table({"id": ["a", "b"], "segment": [1, 2]}), pa.table({"id": ["b", "c"], "segment": [5, 5]})
    >>> moves(one, two)
    ((Move(before=2, after=5, count=1),), 1, 1)
    """
    with DuckEngine() as engine:
        old, new = engine.arrow(before.select(["id", "segment"])), engine.arrow(after.select(["id", "segment"]))
        both = old.select(
            "select o.segment as before, n.segment as after from {rows} o join {new} n using (id)", new=new
        )
        counts = both.query(
            "select before, after, count(*) as customers from {rows} group by all order by all"
        ).to_pylist()
    found = tuple(Move(int(row["before"]), int(row["after"]), int(row["customers"])) for row in counts)
    common = sum(move.count for move in found)
    return found, before.num_rows - common, after.num_rows - common


def _cluster(
    drawing: Rows,
    preparation: Preparation,
    settings: Settings,
    earlier: Earlier | None,
    log: Log | None,
    *,
    memory: int,
) -> tuple[KSelection, Solution, Evidence, Past | None]:
    """Every k drafted and judged, one chosen, and that one finished on all customers and judged again."""
    n_features = len(preparation.features)
    wished = max((settings.cluster.k or (0, 0))[1], settings.cluster.k_max)
    points = prepare.points(drawing, n_features, memory=memory)
    n = points.n_rows if isinstance(points, prepare.Streamed) else len(points)
    ks = candidates(n, prepare.distinct(drawing, n_features, enough=wished + 1), settings.cluster)
    drafts = draft_sweep(points, [1, *ks], seed=settings.run.seed, threads=settings.run.threads)
    # Samples are drawn by hash: the same customers in every run, whatever the order of the rows.
    sample, keys = prepare.sample(drawing, n_features, size=SAMPLE_ROWS)
    judged = prepare.jittered(sample[:EVIDENCE_ROWS], keys[:EVIDENCE_ROWS], preparation)
    judge = partial(gather_evidence, judged, sample, seed=settings.run.seed)
    evidence = judge(drafts.solutions)
    previous = len(earlier.model.segments) if earlier else None
    past = look_back(log, ks, settings) if log is not None else None
    final = dict(drafts.solutions) if drafts.final else {}
    while True:
        table, unseen = evidence.table, dict[int, float | None]()
        if past is not None:
            among = [e.k for e in meeting(table, settings.cluster)]
            table, unseen = past.beside(table, among=among), past.unseen(among)
        selection = choose(table, options=settings.cluster, previous=previous, sample=len(judged), unseen=unseen)
        if selection.k in final:
            return selection, final[selection.k], evidence, past
        # What is chosen by its draft is judged once more as it is in the end.
        finished = drafts.finish({1, selection.k})
        final |= finished
        evidence = evidence.renewed(judge(finished))


def _order(rows: Rows, solution: Solution) -> list[int]:
    """Places of the centres, that of the largest segment first."""
    counted = rows.query("select place, count(*) as n from {rows} group by place").to_pylist()
    counts = {row["place"]: row["n"] for row in counted}
    return sorted(range(solution.k), key=lambda i: (-counts.get(i, 0), solution.centres[i].tolist()))


def _identities(
    engine: DuckEngine, rows: Rows, k: int, checked: Checked, earlier: Earlier | None
) -> tuple[list[int], Comparison | None]:
    """The identity of each place: 1..k, or those of an earlier run that the same customers had."""
    if earlier is None:
        return list(range(1, k + 1)), None
    now = rows.arrow(["_id", "place"]).rename_columns(["id", "segment"])
    known = earlier.customers if checked.role("id") else None
    note = "Customers were matched by their id."
    found, gone, come = moves(known, now) if known is not None else ((), 0, now.num_rows)
    if sum(move.count for move in found) < 0.2 * now.num_rows:
        note = "Too few customers are in both tables, so today's customers were assigned by the earlier model, and these segments compared."
        before = assigned_by(earlier.model, checked.rows, engine)
        earlier_place = rows.select(
            f"select _id as id, {pick(earlier.model.segments)}[b.place + 1] as segment from {{rows}} r join {{before}} b using (_row)",
            before=before,
        )
        found, gone, come = moves(earlier_place.arrow(), now)
    table = identity.overlap(found, sorted(earlier.names), range(k))
    identities = identity.keep_identities(table, sorted(earlier.names))
    comparison = identity.compare(
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


def _trust(evidence: Sequence[SegmentEvidence], identities: Sequence[int], rows: Rows) -> tuple[TrustNumbers, ...]:
    shares = rows.query("select segment, avg(borderline::integer) as share from {rows} group by segment").to_pylist()
    share = {row["segment"]: float(row["share"]) for row in shares}
    return tuple(
        TrustNumbers(
            segment=segment,
            jaccard=trust.jaccard,
            valley=trust.valley,
            neighbour=identities[trust.neighbour],
            borderline=share.get(segment, 0.0),
        )
        for segment, trust in zip(identities, evidence, strict=True)
    )


def _sample(rows: Rows, checked: Checked) -> pa.Table:
    features = [column.name for column in checked.role("feature")]
    return rows.lowest([*features, "segment", "outlier", "borderline"], SAMPLE_ROWS, ties=["_row"])
