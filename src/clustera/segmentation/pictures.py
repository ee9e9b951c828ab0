"""`seg.plot`: every picture of one segmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from clustera import texts
from clustera.arguments import arguments_checked
from clustera.errors import InputError
from clustera.records import Behavior, Migration, Outcome
from clustera.texts import NotPossibleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


ValuePicture = Literal["segments", "tracking", "frequencies", "calibration"]


@arguments_checked
class Plots:
    """Pictures of one segmentation. Each takes `ax=` where it draws on one Axes, and returns what it drew on.

    Args:
        outcome: What was found.
        sample: The customers that are drawn: features in original units, segment, outlier, borderline.

    >>> seg.plot
    Pictures of 3 segments: affinities, boxes, cohorts, components, correlations, ..., value, violins.
    """

    def __init__(self, outcome: Outcome, sample: pd.DataFrame) -> None:
        self._outcome = outcome
        self._sample = sample

    def __repr__(self) -> str:
        pictures = ", ".join(name for name in dir(self) if not name.startswith("_"))
        return f"Pictures of {len(self._outcome.segments)} segments: {pictures}."

    def k_selection(self, *, ax: Axes | None = None) -> Axes | Figure:
        """The evidence for every number of segments, and the chosen one.

        >>> figure = seg.plot.k_selection()
        >>> figure.get_suptitle()
        '3 segments (clear)'
        """
        from clustera import plots

        return plots.k_selection(self._outcome.selection, ax=ax)

    def scatter(self, x: str | None = None, y: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Customers by two features, by default the two that tell the segments apart best; with the centers.

        >>> ax = seg.plot.scatter("recent_spend")
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('Spend, last 3 months', 'Spend, last 358 days')
        """
        from clustera import plots

        return plots.scatter(self._sample, self._outcome, x=x, y=y, ax=ax)

    def pairs(self, features: Sequence[str] = ()) -> Figure:
        """Every pair of features; by default of the five that set the segments apart most.

        >>> figure = seg.plot.pairs(["spend", "order_days"])
        >>> len(figure.axes)
        4
        """
        from clustera import plots

        return plots.pairs(self._sample, self._outcome, features=features)

    def profile(
        self, *, by: Literal["index", "effect"] = "index", features: Sequence[str] = (), ax: Axes | None = None
    ) -> Axes:
        """Heat map: each segment against the average customer, or its distance from all others; of more than 40 features those that tell most.

        >>> ax = seg.plot.profile(by="effect")
        >>> ax.texts[0].get_text().split()  # the mean of segment 1, and its distance from all others
        ['57', '−0.2', 'sd']
        """
        from clustera import plots

        return plots.profile(self._outcome, by=by, features=features, ax=ax)

    def snake(self, *, features: Sequence[str] = (), ax: Axes | None = None) -> Axes:
        """One line per segment over all features, of more than 40 over those that tell most.

        >>> ax = seg.plot.snake()
        >>> len(ax.get_lines())  # one per segment, and the average
        4
        """
        from clustera import plots

        return plots.snake(self._outcome, features=features, ax=ax)

    def sizes(self, *, ax: Axes | None = None) -> Axes:
        """How many customers each segment has.

        >>> ax = seg.plot.sizes()
        >>> [text.get_text() for text in ax.texts]
        ['48  (23%)', '68  (32%)', '94  (45%)']
        """
        from clustera import plots

        return plots.sizes(self._outcome, ax=ax)

    def boxes(self, feature: str, *, ax: Axes | None = None) -> Axes:
        """How one feature is spread within each segment.

        >>> ax = seg.plot.boxes("spend")
        >>> ax.get_xlabel()
        'Spend, last 358 days'
        """
        from clustera import plots

        return plots.boxes(self._sample, self._outcome, feature, ax=ax)

    def violins(self, feature: str, *, ax: Axes | None = None) -> Axes:
        """The density of one feature within each segment.

        >>> ax = seg.plot.violins("order_days")
        >>> ax.get_xlabel()
        'Purchase days, last 358 days'
        """
        from clustera import plots

        return plots.violins(self._sample, self._outcome, feature, ax=ax)

    def descriptors(self, descriptor: str, *, ax: Axes | None = None) -> Axes:
        """How often each value of a descriptor occurs in each segment.

        >>> ax = seg.plot.descriptors("city")
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['Jena', 'Ulm', 'Bonn']
        """
        from clustera import plots

        return plots.descriptors(self._outcome, descriptor, ax=ax)

    def components(self, *, ax: Axes | None = None) -> Axes:
        """Customers by the two principal components, with the features' loadings.

        >>> ax = seg.plot.components()
        >>> ax.get_xlabel()
        'First component (80% of the variance)'
        """
        from clustera import plots

        return plots.components(self._sample, self._outcome, ax=ax)

    def three_d(self, *, ax: Axes | None = None) -> Axes:
        """Customers by three features.

        >>> ax = seg.plot.three_d()
        >>> ax.get_zlabel()
        'Spend, last 358 days'
        """
        from clustera import plots

        drawn: Axes = plots.three_d(self._sample, self._outcome, ax=ax)
        return drawn

    def silhouette(self, *, ax: Axes | None = None) -> Axes:
        """How much nearer each customer is to the own segment than to the next.

        >>> ax = seg.plot.silhouette()
        >>> ax.get_title(loc="right")
        'Dashed: average of all, 0.57'
        """
        from clustera import plots

        return plots.silhouette(self._sample, self._outcome, ax=ax)

    def stability(self, *, ax: Axes | None = None) -> Axes:
        """How sure each segment is.

        >>> ax = seg.plot.stability()
        >>> [text.get_text() for text in ax.texts[:3]]
        ['0.99  distinct', '1.00  distinct', '0.99  distinct']
        """
        from clustera import plots

        return plots.stability(self._outcome, ax=ax)

    def migration(self, *, ax: Axes | None = None) -> Axes:
        """Who moved: since the run given as `like`, else, where segments were drawn from orders, in the latest period.

        Raises:
            InputError: there is neither an earlier run nor an earlier day.

        >>> ax = later.plot.migration()
        >>> ax.get_xlabel()
        '94% of 210 customers stayed; strong streams moved'
        """
        from clustera import plots

        compared = self._outcome.comparison
        if compared is None:
            found = self._outcome.behavior.migration if self._outcome.behavior else None
            if found is None:
                raise InputError(
                    "There is no earlier run to compare with, and no earlier day.",
                    hint="Segment with like=..., or use seg.compare().",
                )
            names = {segment.segment: segment.name for segment in self._outcome.segments}
            compared = found.last(names, texts.format_day(found.days[-2]), texts.format_day(found.days[-1]))
        return plots.migration(compared, segments=self._outcome.segments, ax=ax)

    def forecast(self, *, ax: Axes | None = None) -> Axes:
        """Where customers are expected to be a month or a quarter later, and what such a forecast was worth before.

        Raises:
            InputError: segments were not drawn from orders, or the orders reach back too short a time.

        >>> ax = seg.plot.forecast()
        >>> [label.get_text() for label in ax.get_xticklabels()]
        ['March 25, 2025', 'expected a month later']
        """
        from clustera import plots

        return plots.forecast(self._migration(), segments=self._outcome.segments, ax=ax)

    def sizes_over_time(self, *, ax: Axes | None = None) -> Axes:
        """How many customers each segment had on earlier days, and how many are expected next.

        Raises:
            InputError: segments were not drawn from orders, or the orders reach back too short a time.

        >>> ax = seg.plot.sizes_over_time()
        >>> [int(size) for size in ax.lines[0].get_ydata()]  # segment 1
        [48, 49, 48, 48]
        """
        from clustera import plots

        return plots.sizes_over_time(self._migration(), segments=self._outcome.segments, ax=ax)

    def revenue(self, *, ax: Axes | None = None) -> Axes:
        """Each segment's share of the revenue beside its share of the customers.

        Raises:
            InputError: segments were not drawn from orders.

        >>> ax = seg.plot.revenue()
        >>> [text.get_text() for text in ax.texts][3:]  # shares of the revenue
        ['62%   1,209 each', '32%   436 each', '6.1%   60.38 each']
        """
        from clustera import plots

        return plots.revenue(self._behavior(), self._outcome.segments, ax=ax)

    def months(self, of: Literal["revenue", "customers", "order_days"] = "revenue", *, ax: Axes | None = None) -> Axes:
        """What each segment did month by month: its revenue, its customers who ordered, or their days with an order.

        Raises:
            InputError: segments were not drawn from orders.

        >>> ax = seg.plot.months("order_days")
        >>> ax.get_ylabel()
        'Days with an order, per month'
        """
        from clustera import plots

        return plots.months(self._behavior(), self._outcome.segments, of=of, ax=ax)

    def affinities(self, *, ax: Axes | None = None) -> Axes:
        """What each segment spends on which category, against all customers.

        Raises:
            InputError: segments were not drawn from orders, or the orders have no categories.

        >>> ax = seg.plot.affinities()
        >>> [" ".join(label.get_text().split()) for label in ax.get_xticklabels()]
        ['tea 35%', 'gifts 35%', 'coffee 30%']
        """
        from clustera import plots

        return plots.affinities(self._behavior(), self._outcome.segments, ax=ax)

    def rfm(self, *, ax: Axes | None = None) -> Axes:
        """Customers and their spend by how recently and how often they ordered.

        Raises:
            InputError: segments were not drawn from orders.

        >>> ax = seg.plot.rfm()
        >>> ax.get_xlabel(), ax.get_ylabel()
        ('Frequency score', 'Recency score')
        """
        from clustera import plots

        behavior = self._behavior()
        return plots.rfm(behavior.rfm, currency=behavior.money.currency, ax=ax)

    def rfm_groups(self, *, ax: Axes | None = None) -> Axes:
        """Which named RFM groups each segment is made of.

        Raises:
            InputError: segments were not drawn from orders.

        >>> ax = seg.plot.rfm_groups()
        >>> len(ax.get_xticklabels())  # groups that have customers
        10
        """
        from clustera import plots

        return plots.rfm_groups(self._behavior(), self._outcome.segments, ax=ax)

    def cohorts(self, *, ax: Axes | None = None) -> Axes:
        """Of those who came in one month, the share who ordered in the months after it.

        Raises:
            InputError: segments were not drawn from orders, or the orders lie within one month.

        >>> ax = seg.plot.cohorts()
        >>> [label.get_text() for label in ax.get_yticklabels()][-1]
        'All months   210'
        """
        from clustera import plots

        return plots.cohorts(self._behavior(), ax=ax)

    def distributions(self) -> Figure | Axes:
        """How each feature is distributed over all customers.

        >>> figure = seg.plot.distributions()
        >>> [ax.get_xlabel() for ax in figure.axes[:2]]
        ['Days since last order', 'Purchase days, last 358 days']
        """
        from clustera import plots

        return plots.distributions(self._outcome.patterns)

    def correlations(self, *, ax: Axes | None = None) -> Axes:
        """Rank correlation of every pair of features.

        >>> ax = seg.plot.correlations()
        >>> ax.texts[0].get_text()
        '−0.70'
        """
        from clustera import plots

        return plots.correlations(self._outcome.patterns, ax=ax)

    def value(self, picture: ValuePicture = "segments", *, ax: Axes | None = None) -> Axes:
        """What customers are worth: by segment, or how well the forecast behind it does.

        Args:
            picture: "segments" (value with 80 % ranges), "tracking" (orders over time, actual and expected),
                "frequencies" (how many customers ordered how often) or "calibration" (by decile of the forecast).
            ax: Where to draw.

        Raises:
            InputError: there is no such picture, or no forecast; the reason is told.

        >>> ax = seg.plot.value("segments")
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['1  Recently active big spenders', '2  Active frequent buyers', '3  Rarely seen low spenders']
        """
        from clustera.plots import value as plots

        if picture not in get_args(ValuePicture):
            raise InputError(
                f"There is no picture of the value called {picture!r}.",
                hint=f"Choose one of: {', '.join(get_args(ValuePicture))}.",
            )
        found = self._outcome.value
        if found is None:
            if self._outcome.value_refused:
                raise NotPossibleError(self._outcome.value_refused)
            raise InputError("There is no forecast of value: no orders were given.", hint="Segment with orders=...")
        if picture == "segments":
            segments = self._outcome.segments
            names, colors = {s.segment: s.name for s in segments}, {s.segment: s.color for s in segments}
            return plots.segment_values(found.segments, names=names, colors=colors, ax=ax)
        if picture == "tracking":
            return plots.tracking(found.tracking, ax=ax)
        if picture == "frequencies":
            return plots.frequencies(found.frequencies, ax=ax)
        return plots.calibration(found.back_test, ax=ax)

    def _behavior(self) -> Behavior:
        if self._outcome.behavior is None:
            raise InputError("These segments were not drawn from orders.", hint="Segment with orders=...")
        return self._outcome.behavior

    def _migration(self) -> Migration:
        behavior = self._behavior()
        if behavior.migration is None:
            assert behavior.migration_refused is not None
            raise NotPossibleError(behavior.migration_refused)
        return behavior.migration
