"""A segmentation with another number of segments: looked at, and made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from clustera import frames, pipeline, texts
from clustera.arguments import PROGRESS, WHOLE, takes
from clustera.days import to_date
from clustera.errors import InputError, RunError
from clustera.records import OtherNumber
from clustera.segmentation.held import Held
from clustera.segmentation.progress import Clock, shown_progress
from clustera.segmentation.tables import FreshTables
from clustera.settings import Settings, gather_settings
from clustera.settings import all_options as settings_options

if TYPE_CHECKING:
    import pandas as pd

# What was asked of columns and of reading is answered in what the run keeps; what was asked of the number is replaced.
_CARRIED = {"prepare", "profile", "value", "actions", "run"}
_LEFT = {"strict", "contract"}
_DRAWN = {
    "alike-feature",
    "noise-feature",
    "aged-definitions",
}  # findings of the segments as they were, not of the files


class OtherNumbers(Held):
    """The same customers in another number of segments."""

    @takes(k=WHOLE)
    def segments_with(self, k: int) -> pd.DataFrame:
        """The segments that the same customers would form with another number of them; nothing is changed.

        Args:
            k: Number of segments.

        Returns:
            One row per segment: segment, name, customers, share, sales (of the last 12 months; empty without orders),
            sales_share, mostly (the segment of this run that most of its customers are in) and mostly_share.

        Raises:
            InputError: there are not so many different customers.
            RunError: the run is of a version that did not keep the values of customers.

        >>> seg.segments_with(2)[["segment", "customers", "mostly"]]
           segment  customers  mostly
        0        1        116       2
        1        2         94       3
        """
        return frames.other_number_frame(self.other_number(k))

    @takes(k=WHOLE)
    def other_number(self, k: int) -> OtherNumber:
        """`segments_with` as a record, for programs: also what was measured for k, and who would move where.

        >>> found = seg.other_number(2)
        >>> found.evidence.admissible, [(move.before, move.after, move.count) for move in found.moves.moves]
        (True, [(1, 1, 48), (2, 1, 68), (3, 2, 94)])
        """
        if k < 2:
            raise InputError(f"k is {k}; it must be at least 2.")
        with texts.speaking(self.outcome.locale):
            return pipeline.segments_with_k(self.named, self._kept_tables(), self._asked_settings(), k)

    @takes(k=WHOLE, progress=PROGRESS)
    def remake(self, k: int, *, progress: bool | pipeline.Progress = False) -> Self:
        """The segmentation made again, with another number of segments, of what it keeps: the files are not needed.

        Args:
            k: Number of segments.
            progress: Show a progress bar, or a function that is called with (step, share done).

        Returns:
            The new segmentation; `publish` makes it a run.

        Raises:
            InputError: there are not so many different customers.
            RunError: it was formed from orders and does not keep the order lines.

        >>> again = seg.remake(2)
        >>> again.segments["customers"].tolist()
        [116, 94]
        """
        kept, behavior = self._kept_tables(), self.outcome.behavior
        if behavior is not None and kept.orders is None:
            raise RunError(
                "This run does not keep the order lines, so it can't be made again without the file.",
                hint=f"Segment the file again: clustera segment --orders FILE --k {k} --keep-orders",
            )
        described = [column.name for column in self.outcome.columns if column.role == "descriptor"]
        formed = {"features": [column.name for column in self.outcome.columns if column.role == "feature"]}
        given: dict[str, Any] = {"k": k, "id": "id", "descriptors": described}
        given |= formed if behavior is None else {"as_of": to_date(behavior.as_of).isoformat()}
        if behavior is not None and behavior.money.currency:
            given["keep_currency"] = behavior.money.currency  # a sign in the cells, such as $, stands in no column
        asked = gather_settings(environment={}, **self._carried_options() | given)
        orders = pipeline.remade_orders(self.outcome, kept.orders) if kept.orders is not None else None
        sources = pipeline.Sources(pipeline.remade_customers(self.outcome, kept), orders, None)
        with shown_progress(progress) as tell:
            clock = Clock(tell)
            result = pipeline.segment(sources, asked, progress=clock)
            clock.stop()
        result = self._with_account(result)
        # A later log is read as that of this run was, though what the run keeps of it is read without being told how.
        later = {} if behavior is None else {name: v for name, v in self._as_ordered().items() if v is not None}
        told = gather_settings(environment={}, **self._carried_options() | given | later)
        return type(self)(result.outcome, FreshTables(result), settings=told, timings=clock.seconds)

    def _with_account(self, result: pipeline.Result) -> pipeline.Result:
        """The result with what became of every row and amount of the files: what is kept of them has only what was used."""
        before, found, engine = self.outcome, result.outcome, result.engine
        new = {(finding.code, finding.column) for finding in found.findings}
        kept = tuple(one for one in before.findings if (one.code, one.column) not in new and one.code not in _DRAWN)
        outcome = replace(found, source=before.source, findings=(*kept, *found.findings))
        if before.balance.segmented == found.balance.segmented:
            outcome = replace(outcome, balance=before.balance)
        if before.behavior is None or found.behavior is None:
            return replace(result, outcome=outcome, quarantine=engine.arrow(self._tables.quarantine()))
        behavior = replace(found.behavior, money=before.behavior.money, set_aside=before.behavior.set_aside)
        return replace(
            result,
            outcome=replace(outcome, behavior=behavior),
            quarantine=engine.arrow(self._tables.quarantine()),
            orders_quarantine=engine.arrow(self._tables.orders_quarantine()),
        )

    @property
    def keeps_all(self) -> bool:
        """Whether `remake` can make it again: it keeps the values of customers and, formed from orders, the order lines.

        >>> seg.keeps_all
        True
        """
        _, values = self._listed.tables
        return values is not None and (self.outcome.behavior is None or self._listed.order_lines is not None)

    def _kept_tables(self) -> pipeline.KeptTables:
        customers, values = self._listed.tables
        if values is None:
            raise RunError(
                "This run is of a version that did not keep the values of customers.",
                hint="Segment its files again.",
            )
        return pipeline.KeptTables(customers, values, self._listed.order_lines)

    def _asked_settings(self) -> Settings:
        return gather_settings(environment={}, **self._carried_options())

    def _carried_options(self) -> dict[str, Any]:
        asked = self._run.manifest.options if self._run else self._settings.asked()
        known = settings_options()
        return {
            name: value
            for name, value in asked.items()
            if name in known and name not in _LEFT and _CARRIED.intersection(known[name][0])
        }
