"""A quarter ago: as many segments, drawn from what was known then, held against what customers did since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from clustera import features, prepare
from clustera.cluster.assign import assign
from clustera.cluster.sweep import solve_sweep
from clustera.days import QUARTER
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.pipeline.migration import members_on_day
from clustera.pipeline.sources import Log, Sources
from clustera.records import KEvidence, Model, Usefulness
from clustera.samples import SAMPLED
from clustera.settings import Settings

HALF_YEAR = 180  # days of orders that judging by later spending needs


@dataclass(frozen=True, slots=True)
class Past:
    """Segments of an earlier day for every k, and what their customers did afterwards."""

    log: Log
    day: int  # on which they were drawn
    until: int  # last day of what they are judged by
    drawn: dict[int, pa.Table]  # for each k: id, segment
    chooses: pa.Table  # `features.outcomes` of the customers who may choose k
    judges: pa.Table  # and of those it is judged on: the same unless later spending chooses

    @property
    def chose(self) -> bool:
        """Whether later spending chose k, so that only half of the customers may judge it."""
        return self.judges is not self.chooses

    def with_shares(self, table: Sequence[KEvidence]) -> tuple[KEvidence, ...]:
        """The evidence for each k with what its least segment holds of the customers or of their later spend."""
        return tuple(replace(e, least_share=self._least_share(e.k)) if e.k in self.drawn else e for e in table)

    def _least_share(self, k: int) -> float:
        known = self.drawn[k].join(self.judges.select(["customer_id", "spend"]), "id", "customer_id")
        counted = known.group_by("segment").aggregate([("id", "count"), ("spend", "sum")])
        customers = np.asarray(counted["id_count"], dtype=np.float64)
        spend = np.nan_to_num(np.asarray(counted["spend_sum"], dtype=np.float64)).clip(0)
        return float(np.maximum(customers / customers.sum(), spend / max(spend.sum(), 1e-9)).min())

    def beside(self, table: Sequence[KEvidence], *, among: Collection[int]) -> tuple[KEvidence, ...]:
        """The evidence for each k with what it tells of later spending, seen from the best of some ks."""
        told = features.usefulness_by_k(self.drawn, self.chooses, among=among)
        return tuple(
            replace(e, explains_future_spend=told[e.k][0], explains_future_spend_se=told[e.k][1]) if e.k in told else e
            for e in table
        )

    def unseen(self, ks: Collection[int]) -> dict[int, float | None]:
        """What each k tells of the spending of customers who are held out in the choice."""
        if not self.chose:
            return {}
        return {
            k: features.grouping_usefulness("segments", self.drawn[k], self.judges).log_spend
            for k in ks
            if k in self.drawn
        }

    def usefulness(self, k: int) -> tuple[Usefulness, ...]:
        """The segments of one k beside named RFM groups and spend quantiles."""
        if k not in self.drawn:
            return ()
        rivals = features.rival_groupings(self.log.orders, self.judges, after=self.day, counts=(k, 5))
        return (features.grouping_usefulness("segments", self.drawn[k], self.judges), *dict.fromkeys(rivals))


def refuse_without_orders(sources: Sources, settings: Settings) -> None:
    """Later spending can't choose where there is none, and no category is offered."""
    if settings.cluster.choose_by == "future-spend" and sources.orders is None:
        raise InputError(
            "choose_by = future-spend needs a log of orders; a customer table does not say what was spent later.",
            hint="Add --orders FILE, or leave --choose-by out.",
        )
    if settings.actions.exclude_categories and sources.orders is None:
        raise InputError(
            "exclude_categories needs a log of orders; a customer table names no categories to offer.",
            hint="Add --orders FILE, or leave exclude_categories out.",
        )


def segments_a_quarter_ago(log: Log, ks: Sequence[int], settings: Settings) -> Past | None:
    """Segments of a quarter ago for every k; None where the log does not allow it and nobody asked.

    Large logs are drawn and judged on the customers with the smallest hashes.

    Args:
        log: The orders and the snapshot date.
        ks: Numbers of segments.
        settings: What is asked for.

    Raises:
        InputError: later spending is to choose k, but the log is too short or too poor for it.
    """
    from pyarrow import compute as pc  # as in `features.usefulness`

    must = settings.cluster.choose_by == "future-spend"
    until = min(log.as_of, log.orders.last_day)
    day = until - QUARTER
    try:
        _check_replayable(log, until)
        drawn = _drawn_earlier(log, day, ks, settings)
        future = features.later_outcomes(log.orders, after=day, until=until)
        known = pc.is_in(future["customer_id"], value_set=next(iter(drawn.values()))["id"].combine_chunks())
        future = future.filter(known)
        chooses, judges = features.deciding_halves(future) if must else (future, future)
        features.usefulness_by_k(drawn, chooses)
    except InputError:
        if must:
            raise
        return None
    return Past(log, day, until, drawn, chooses, judges)


def _check_replayable(log: Log, until: int) -> None:
    days = until - log.orders.first_day + 1
    if days < HALF_YEAR:
        raise InputError(
            f"The orders reach over {days} {'day' if days == 1 else 'days'}; judging segments by later spending needs {HALF_YEAR}: a "
            "quarter to draw them from and a quarter to look what was spent.",
            hint="Bring older orders, or leave --choose-by out.",
        )
    if log.others:
        raise InputError(
            f"Segments that are formed by columns of the customer table ({', '.join(log.others)}) can't be drawn on an "
            "earlier day: the table says how customers are today.",
            hint="Take features from the orders alone, or leave --choose-by out.",
        )


def kept_segments_a_quarter_ago(log: Log, model: Model, engine: Engine) -> Past | None:
    """The kept segments applied a quarter ago; None where the log does not reach back so far or other columns form them."""
    until = min(log.as_of, log.orders.last_day)
    day = until - QUARTER
    if log.others or day - log.window + 1 < log.orders.first_day:
        return None
    placed = members_on_day(day, log, model, engine).arrow(["id", "segment"])
    future = features.later_outcomes(log.orders, after=day, until=until)
    return Past(log, day, until, {len(model.segments): placed}, future, future)


def _drawn_earlier(log: Log, day: int, ks: Sequence[int], settings: Settings) -> dict[int, pa.Table]:
    """The customers of an earlier day in segments, for each k that they are different enough for."""
    table = features.customer_table(log.orders, as_of=day, selection=log.selection, window=log.window)
    rows = table.rows
    if rows.count() > SAMPLED:
        rows = rows.select(f"select * from {{rows}} order by _key, _id limit {SAMPLED}").keep()
    alike = prepare.alike_features(rows, table.role("feature"))
    forming = {column.name: column for column in table.role("feature") if column not in alike}
    weights = features.behavior_weights(log.orders, table, log.selection) | settings.prepare.weights
    weights = {name: weight for name, weight in weights.items() if name in forming}
    options = settings.prepare.model_copy(update={"weights": weights})
    learned = prepare.learn_preparation(rows, [*forming.values()], options=options)
    prepared, learned, _ = prepare.sorted_by_values(prepare.tabulate_prepared(rows, learned, rows.engine), learned)
    n_features = len(learned.features)
    drawing = prepare.drawing_sample(prepared)
    enough = prepare.count_distinct_points(drawing, n_features, enough=max(ks))
    points = prepare.prepared_points(drawing, n_features, memory=rows.engine.memory)
    possible = [k for k in ks if k <= enough]
    if not possible:
        raise InputError(
            "On the earlier day no two customers differ from each other, so there is nothing to judge by."
            if enough < 2
            else f"On the earlier day only {enough} customers differ from each other; that is too few to judge by.",
            hint="Leave --choose-by out.",
        )
    sweep = solve_sweep(points, possible, seed=settings.run.seed, threads=settings.run.threads)
    from pyarrow import compute as pc

    placed = prepared.arrow()
    order = rows.arrow(["_row", "_id"])
    at = order["_id"].combine_chunks().take(pc.index_in(placed["_row"], value_set=order["_row"].combine_chunks()))
    everybody = prepare.points_of_table(placed, n_features)
    return {k: pa.table({"id": at, "segment": pa.array(assign(everybody, sweep[k].centers)[0])}) for k in possible}
