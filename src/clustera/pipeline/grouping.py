"""Customers prepared, and the number of segments chosen for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from clustera import prepare
from clustera.cluster.candidates import K_RANGES, candidate_numbers
from clustera.cluster.choose import candidates_meeting_wish, choose, useful_candidates
from clustera.cluster.evidence import Evidence
from clustera.cluster.growing import judge_on_customers, judge_repeatedly, search_more_k
from clustera.cluster.judgments import why_no_clear_groups
from clustera.cluster.solution import Solution
from clustera.cluster.sweep import draft_sweep
from clustera.engines import Engine, Rows
from clustera.pipeline.fading import faded_points
from clustera.pipeline.keeping import Earlier
from clustera.pipeline.past import Past, segments_a_quarter_ago
from clustera.pipeline.sources import Log
from clustera.progress import Progress
from clustera.records import Checked, KSelection, Preparation
from clustera.samples import PAIRED, SAMPLED
from clustera.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A number of segments, finished on all customers.

    judged: float64 (n, n_features), the customers on whom numbers were compared, discrete values spread. parts: the most
    segments between which there are gaps; None where there are none at any number.
    """

    selection: KSelection
    solution: Solution
    evidence: Evidence
    past: Past | None
    judged: npt.NDArray[np.float64]
    parts: Solution | None


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Customers, how they are prepared, and what was chosen for them."""

    checked: Checked
    preparation: Preparation
    prepared: Rows
    choice: Choice


def group_customers(
    checked: Checked,
    *,
    settings: Settings,
    engine: Engine,
    log: Log | None,
    weights: dict[str, float],
    earlier: Earlier | None,
    say: Progress,
) -> Grouped:
    """Prepare customers and choose how many segments there are."""
    options = settings.prepare.model_copy(update={"weights": weights | settings.prepare.weights})
    learned = prepare.learn_preparation(checked.rows, checked.role("feature"), options=options)
    prepared = prepare.tabulate_prepared(checked.rows, learned, engine)
    learned = replace(learned, outliers=prepared.count("outlier"))
    say("Choosing the number of segments", 0.45)
    choice = choose_number(prepare.drawing_sample(prepared), learned, settings, earlier, log, checked=checked)
    return Grouped(checked, learned, prepared, choice)


def choose_number(
    drawing: Rows,
    preparation: Preparation,
    settings: Settings,
    earlier: Earlier | None,
    log: Log | None,
    *,
    checked: Checked,
) -> Choice:
    """Every k drafted and judged, one chosen, and that one finished on all customers and judged again."""
    n_features, memory = len(preparation.features), checked.rows.engine.memory
    drawing, preparation, places = prepare.sorted_by_values(drawing, preparation)
    wished = max((settings.cluster.k or (0, 0))[1], settings.cluster.k_max or K_RANGES[-1])
    points = prepare.prepared_points(drawing, n_features, memory=memory)
    n = points.n_rows if isinstance(points, prepare.Streamed) else len(points)
    distinct = prepare.count_distinct_points(drawing, n_features, enough=wished + 1)
    # Samples are drawn by hash: the same customers in every run, whatever the order of the rows.
    sample, keys = prepare.prepared_sample(drawing, n_features, size=SAMPLED)
    judged = prepare.jittered_points(sample[:PAIRED], keys[:PAIRED], preparation)
    faded = (
        partial(faded_points, keys[:PAIRED], checked, preparation, log, unskew=settings.prepare.unskew) if log else None
    )
    candidates = candidate_numbers(n, distinct, settings.cluster)  # first, as it refuses too few customers
    judge = judge_on_customers(judged, sample, faded=faded)
    looked = search_more_k(
        candidates,
        sweep=partial(draft_sweep, points, seed=settings.run.seed, threads=settings.run.threads),
        judge=judge,
        customers=n,
        distinct=distinct,
        options=settings.cluster,
    )
    evidence = looked.evidence
    ks = [e.k for e in evidence.table]
    previous = len(earlier.model.segments) if earlier else None
    past = segments_a_quarter_ago(log, ks, settings) if log is not None else None
    final = {k: some for drafts in looked.drafts if drafts.final for k, some in drafts.solutions.items()}
    while True:
        table, unseen = evidence.table, dict[int, float | None]()
        if past is not None:
            table = past.with_shares(table)
            among = [e.k for e in useful_candidates(candidates_meeting_wish(table, settings.cluster), settings.cluster)]
            table, unseen = past.beside(table, among=among), past.unseen(among)
        selection = choose(table, options=settings.cluster, previous=previous, sample=len(judged), unseen=unseen)
        if selection.k in final:
            most = max((e.k for e in table if not why_no_clear_groups(e)), default=0)
            parts = looked.draft_of(most).solutions[most] if most else None
            solution = final[selection.k].with_features(places)
            parts = parts and parts.with_features(places)
            return Choice(selection, solution, evidence, past, judged[:, places], parts)
        # What is chosen by its draft is judged once more as it is in the end.
        finished = looked.draft_of(selection.k).finish({1, selection.k})
        final |= finished
        evidence = evidence.renewed(judge_repeatedly(judge, finished))
