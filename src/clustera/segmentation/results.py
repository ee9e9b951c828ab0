"""The results of a segmentation as pandas frames, and the model and pictures made of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from clustera import frames, prepare, texts
from clustera.errors import InputError, RunError
from clustera.records import (
    Examination,
    Migration,
)
from clustera.segmentation.held import Held
from clustera.segmentation.model import sklearn_pipeline
from clustera.segmentation.pictures import Plots
from clustera.texts import NotPossibleError

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline


class Results(Held):
    """What was found: a frame for each table, the fitted model, the pictures."""

    @cached_property
    def k_selection(self) -> pd.DataFrame:
        """Every number of segments with its evidence, indexed by k; `attrs` tells a wish and its price, and a note."""
        return frames.k_selection(self.outcome.selection)

    @cached_property
    def actions(self) -> pd.DataFrame:
        """One row per suggested action: for whom, what to do and why, the money at stake, how to test it."""
        return frames.actions(self.outcome, self.names)

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per segment: name, size, sentence, trust, suggested action, figures per feature."""
        return frames.segments(self.outcome, self.names)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per customer: id, segment, name, distance, ..., key, action, action_code, control.

        `segment_before` and `name_before` tell where a customer was in the run given as `like`; without one, and from
        orders, at the end of the month before.
        """
        frame: pd.DataFrame = self._tables.customers().to_pandas()
        frame["name"] = frame["segment"].map(self.names)
        if "action_code" in frame:
            with texts.speaking(self.outcome.locale):
                labels = texts.action_labels(self.outcome.actions)
            frame["action"] = frame["action_code"].map(labels).fillna(frame["action"])
        return frame

    @cached_property
    def migration(self) -> pd.DataFrame:
        """Customers who were in one segment on an earlier day and in another, or the same, a month or quarter later.

        Raises:
            InputError: segments were not drawn from orders, or the orders reach back too short a time.
        """
        return frames.migration(self._over_time(), self.names)

    @cached_property
    def sizes_over_time(self) -> pd.DataFrame:
        """Customers by segment on earlier days, indexed by day; the last row, marked expected, is a forecast.

        Raises:
            InputError: segments were not drawn from orders, or the orders reach back too short a time.
        """
        return frames.sizes_over_time(self._over_time(), self.names)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What the check saw: severity, column, count, rule, cure, examples."""
        with texts.speaking(self.outcome.locale):
            return frames.findings(self.outcome.findings)

    @cached_property
    def quarantine(self) -> pd.DataFrame:
        """Every row that was not used: row number, id, reason, the row as it stood."""
        frame: pd.DataFrame = self._tables.quarantine().to_pandas()
        return frame

    @cached_property
    def orders_quarantine(self) -> pd.DataFrame:
        """Every order line that was not used: row number, customer, reason, amount, the line as it stood.

        Raises:
            InputError: segments were not drawn from orders.
        """
        if self.outcome.behavior is None:
            raise InputError(
                "These segments were not drawn from orders, so no order line was left out.",
                hint="`seg.quarantine` has the rows of the table that were not used.",
            )
        frame: pd.DataFrame = self._tables.orders_quarantine().to_pandas()
        return frame

    @cached_property
    def sample(self) -> pd.DataFrame:
        """At most 20,000 customers in original units, drawn by hash; what the pictures show."""
        frame: pd.DataFrame = self._tables.sample().to_pandas()
        return frame

    @cached_property
    def prepared(self) -> pd.DataFrame:
        """The matrix that was clustered, indexed by customer id: standardized, weighted, in the customers' order."""
        import pandas as pd

        features = self.outcome.preparation.features
        table = self._tables.prepared().query("select * from {rows} order by _row")
        made = prepare.points_of(table, len(features))
        return pd.DataFrame(made, columns=[f.name for f in features], index=pd.Index(self.customers["id"], name="id"))

    @cached_property
    def model(self) -> Pipeline:
        """The fitted scikit-learn Pipeline: fill, straighten, standardize, K-Means.

        It predicts places, not identities: place i is segment `seg.outcome.model.segments[i]`.
        """
        return sklearn_pipeline(self.outcome.model)

    @cached_property
    def plot(self) -> Plots:
        """Pictures: `seg.plot.k_selection()`, `.scatter()`, `.profile()`, `.sizes()` and more; each returns Axes."""
        return Plots(self.named, self.sample)

    def diagnostics(self) -> Examination:
        """Sensitivity analysis, on request; a few seconds. With the option `diagnostics` a run keeps the answers.

        Would another seed have drawn the same segments? Which features make them? Is a feature a score of the others?
        Do a Gaussian mixture and Ward's method find the same groups? Outliers, and what would they have changed?

        Raises:
            RunError: the segmentation was loaded from a run without it.
        """
        if self.outcome.examination is not None:
            return self.outcome.examination
        if self._run is not None:
            raise RunError(
                "This run has no sensitivity analysis, and a stored run does not keep the prepared matrix.",
                hint="Segment the table again with --diagnostics.",
            )
        from clustera.pipeline.diagnostics import diagnostics

        return diagnostics(self._tables.prepared(), self.outcome)

    def _over_time(self) -> Migration:
        behavior = self.outcome.behavior
        if behavior is None:
            raise InputError("Segments of a customer table have no earlier days.", hint="Segment with orders=...")
        if behavior.migration is None:
            assert behavior.migration_refused is not None
            raise NotPossibleError(behavior.migration_refused)
        return behavior.migration
