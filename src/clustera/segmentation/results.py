"""The results of a segmentation as pandas frames, and the model and pictures made of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from clustera import frames, move_frames, prepare, texts
from clustera.arguments import arguments_checked
from clustera.errors import InputError, MissingError
from clustera.records import (
    Examination,
    Migration,
)
from clustera.segmentation.held import Held
from clustera.segmentation.model import sklearn_pipeline
from clustera.segmentation.pictures import Plots
from clustera.spoken_options import in_python
from clustera.texts import NotPossibleError

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline


@arguments_checked
class Results(Held):
    """What was found: a frame for each table, the fitted model, the pictures."""

    @cached_property
    def k_selection(self) -> pd.DataFrame:
        """Every number of segments with its evidence; `docs/methods/number-of-segments.md` tells how one is chosen.

        Returns:
            One row per k, its index. Columns are, among others: silhouette, prediction_strength, jaccard (0 to 1, higher is
            better), valley (0 to 1, lower is better), smallest (share of customers), admissible (clear or stable groups),
            why_not (they are neither), judgment (of the number, in words) and chosen.
            `attrs` tells what number was asked for, what that costs, and a note.

        >>> seg.k_selection[["silhouette", "valley", "jaccard", "chosen"]].head(3).round(2)
           silhouette  valley  jaccard  chosen
        k
        2        0.59    0.25     1.00   False
        3        0.57    0.14     0.99    True
        4        0.61    0.44     0.81   False
        """
        return frames.k_selection_frame(self.outcome.selection)

    @cached_property
    def actions(self) -> pd.DataFrame:
        """Suggested actions: for whom, what to do and why, the money at stake, how to test it.

        Returns:
            One row per action: segment, name, action (its label), action_code, who, customers (how many), what, because,
            control_share (of the control group), detectable_rise and more.

        >>> seg.actions[["segment", "action", "customers"]].head(3)
           segment             action  customers
        0        1        Extra visit         23
        1        1  Personal check-in          8
        2        1       Welcome back          8
        """
        return frames.actions_frame(self.outcome, self.names)

    @cached_property
    def segments(self) -> pd.DataFrame:
        """The segments, with their sizes and what tells them apart.

        Returns:
            One row per segment: segment (its number), name, customers, share, sentence, trust, action, and per feature
            "FEATURE: mean", "median", "center" (original units) and "index" (100 is the average customer).

        >>> seg.segments[["name", "customers", "spend: mean"]].round()
                                   name  customers  spend: mean
        0  Recently active big spenders         48        921.0
        1        Active frequent buyers         68        342.0
        2      Rarely seen low spenders         94         46.0
        """
        return frames.segments_frame(self.outcome, self.names)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """The customers with their segments.

        Returns:
            One row per customer: id, segment, name, distance (from the segment's center, in prepared units),
            second_segment (the next nearest), borderline, outlier, key, action, action_code, control. From orders also
            value and its range, churn_risk, stage, rfm_group, next_order and more. `segment_before` and `name_before`
            tell where a customer was in the run given as `like`; without one, and from orders, a month before.
            churn_risk is the chance to order nothing in the `customers.attrs["churn_days"]` days after the snapshot date.
            Ids are text, as in every file of a run. To join your own table: `df.assign(id=df["customer_id"].astype(str))
            .merge(seg.customers, on="id")`.

        >>> seg.customers[["id", "segment", "stage", "value"]].head(3).round()
             id  segment   stage  value
        0  C000        3  active   48.0
        1  C001        3     new  192.0
        2  C002        3  active   90.0
        >>> seg.customers.attrs["churn_days"] == seg.outcome.value.churn_days
        True
        """
        frame: pd.DataFrame = self._tables.customers().to_pandas()
        frame["name"] = frame["segment"].map(self.names)
        if "action_code" in frame:
            with texts.speaking(self.outcome.locale):
                labels = texts.action_labels(self.outcome.actions)
            frame["action"] = frame["action_code"].map(labels).fillna(frame["action"])
        frame = frames.typed_customers(frame)
        if "churn_risk" in frame and self.outcome.value is not None:
            frame.attrs["churn_days"] = self.outcome.value.churn_days
        return frame

    @cached_property
    def migration(self) -> pd.DataFrame:
        """Customers who were in one segment on an earlier day and in another, or the same, a month or quarter later.

        Returns:
            One row per period and pair of segments: from_day, to_day, before, after (segments; missing for new customers and
            for those who left), their names, customers, share (of those who were in the segment before).

        Raises:
            InputError: segments were not drawn from orders, or the orders reach back too short a time.

        >>> seg.migration[["before", "after", "customers"]].tail(5)
            before  after  customers
        10       1      1         48
        11       2      2         68
        12       2      3          1
        13       3      3         92
        14    <NA>      3          1
        """
        return move_frames.migration_frame(self._over_time(), self.names)

    @cached_property
    def sizes_over_time(self) -> pd.DataFrame:
        """Customers by segment on earlier days; the last row is a forecast.

        Returns:
            One row per day, its index; one column per segment, by name, and expected (True for the forecast).

        Raises:
            InputError: segments were not drawn from orders, or the orders reach back too short a time.

        >>> seg.sizes_over_time[["Active frequent buyers", "expected"]].tail(3).round()
                    Active frequent buyers  expected
        day
        2025-02-25                    69.0     False
        2025-03-25                    68.0     False
        2025-04-25                    67.0      True
        """
        return move_frames.sizes_frame(self._over_time(), self.names)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What the check of the tables found, worst first; empty for tables in good order.

        Returns:
            One row per finding: severity, code, column, count, share (of the rows), message, rule, cure, examples.

        >>> import clustera
        >>> import pandas as pd
        >>> table = pd.DataFrame({"id": [*range(99), 7], "age": [20, 22, 60, 63] * 25, "spend": [10, 12, 90, 95] * 25})
        >>> found = clustera.segment(table, k=2, progress=False).findings
        >>> found[["severity", "code", "count"]].head(2)
          severity           code  count
        0  warning  duplicate-row      1
        1     note      sensitive    100
        """
        with texts.speaking(self.outcome.locale):
            found = frames.findings_frame(self.outcome.findings)
        said = {column: found[column].map(in_python) for column in ("message", "rule", "cure")}
        return found.assign(**said)

    @cached_property
    def quarantine(self) -> pd.DataFrame:
        """Every row of the customer table that was not used.

        Returns:
            One row each: row (its number), id, code, reason, text (the row as it stood).

        >>> import clustera
        >>> import pandas as pd
        >>> table = pd.DataFrame({"id": [*range(99), 7], "age": [20, 22, 60, 63] * 25, "spend": [10, 12, 90, 95] * 25})
        >>> clustera.segment(table, k=2, progress=False).quarantine[["row", "id", "code"]]
           row id           code
        0  100  7  duplicate-row
        """
        frame: pd.DataFrame = self._tables.quarantine().to_pandas()
        return frame

    @cached_property
    def orders_quarantine(self) -> pd.DataFrame:
        """Every order line that was not used; empty where all were.

        Returns:
            One row each: row (its number), customer, code, reason, amount, text (the line as it stood).

        Raises:
            InputError: segments were not drawn from orders.

        >>> seg.orders_quarantine
        Empty DataFrame
        Columns: [row, customer, code, reason, amount, text]
        Index: []
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
        """At most 20,000 customers, drawn by hash: what the pictures show.

        Returns:
            One row per customer: the features in original units, segment, outlier, borderline.

        >>> seg.sample[["spend", "segment"]].head(2)
            spend  segment
        0  436.14        1
        1  392.19        2
        """
        frame: pd.DataFrame = self._tables.sample().to_pandas()
        return frame

    @cached_property
    def prepared(self) -> pd.DataFrame:
        """The matrix that was clustered: unskewed, standardized, weighted.

        Returns:
            float32, one row per customer in the order of `customers`, indexed by id; one column per feature, of mean 0.

        Raises:
            RunError: the segmentation was loaded from a run, which does not keep it.

        >>> seg.prepared[["order_days", "spend"]].head(2).round(2)
              order_days  spend
        id
        C000       -0.37  -0.90
        C001       -0.51  -1.43
        """
        import pandas as pd

        features = self.outcome.preparation.features
        table = self._tables.prepared().query("select * from {rows} order by _row")
        made = prepare.points_of_table(table, len(features))
        return pd.DataFrame(made, columns=[f.name for f in features], index=pd.Index(self.customers["id"], name="id"))

    @cached_property
    def model(self) -> Pipeline:
        """The fitted scikit-learn Pipeline: fill, straighten, standardize, K-Means.

        It takes the features in original units and predicts places, not identities: place i is segment
        `seg.outcome.model.segments[i]`.

        >>> places = seg.model.predict(seg.sample[list(seg.prepared.columns)])
        >>> places[:5].tolist()
        [0, 1, 2, 0, 2]
        >>> [seg.outcome.model.segments[place] for place in places[:5]]
        [1, 2, 3, 1, 3]
        """
        return sklearn_pipeline(self.outcome.model)

    @cached_property
    def plot(self) -> Plots:
        """Pictures: `seg.plot.k_selection()`, `.scatter()`, `.profile()`, `.sizes()` and more; each returns Axes or a Figure.

        >>> ax = seg.plot.sizes()
        >>> [text.get_text() for text in ax.texts]
        ['48  (23%)', '68  (32%)', '94  (45%)']
        """
        return Plots(self.named, self.sample)

    def diagnostics(self) -> Examination:
        """Sensitivity analysis, on request; a few seconds. With the option `diagnostics` a run keeps the answers.

        Would another seed have drawn the same segments? Which features make them? Is a feature a score of the others?
        Do a Gaussian mixture and Ward's method find the same groups? Outliers, and what would they have changed?

        Returns:
            A record: seeds, features, leaks, methods, outliers and outlier_effect.

        Raises:
            RunError: the segmentation was loaded from a run without it.

        Sources: Hubert & Arabie (1985), Comparing partitions, Journal of Classification 2 (the adjusted Rand index).

        >>> found = seg.diagnostics()
        >>> for one in found.methods:  # 1 is the same segments, 0 agreement by chance
        ...     print(one.method, round(one.ari, 2))
        Gaussian mixture 0.96
        Ward 0.96
        """
        if self.outcome.examination is not None:
            return self.outcome.examination
        if self._run is not None:
            raise MissingError(
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
