"""Customers of a segmentation: found, explained, selected as an audience."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from clustera import audiences, frames, pipeline, texts
from clustera.arguments import ONE_VALUE, TEXT, WHOLE, arguments_checked, takes
from clustera.audiences import FEATURE, Population, describe_columns, join_consent, join_values, write_column
from clustera.engines import Engine
from clustera.errors import InputError, RunError
from clustera.records import AudienceOverlap, AudienceRank, Explanation
from clustera.segmentation.audiences import SelectedAudience
from clustera.segmentation.exporting import held_out, kept_from_list
from clustera.segmentation.held import Held
from clustera.segmentation.saved_audiences import SavedAudiences, audience_of
from clustera.store import (
    CONSENT,
    CustomerPage,
    CustomerQuery,
    CustomerWish,
    PathStep,
    Store,
    customer_path,
    rows_beside,
)

if TYPE_CHECKING:
    import pandas as pd


@arguments_checked
class Customers(Held):
    """Questions about single customers, and about those whom conditions select."""

    def find_customers(self, **query: Unpack[CustomerWish]) -> CustomerPage:
        """Some of the customers: searched, filtered, sorted, one page at a time.

        Args:
            query: Any field of `clustera.store.CustomerQuery`: search, segment, action, who, sort, descending, after, rows.

        Returns:
            A record: customers (one dict each, with the columns of `customers`), values (their features and descriptors),
            matching (how many there are on all pages), after (give it back for the next page; "" on the last) and left_out:
            a list by action leaves out the control groups of running campaigns and whom an audience holds out.

        Raises:
            InputError: the query names a column or a group that is not there.

        >>> page = seg.find_customers(segment=3, sort="distance", rows=2)
        >>> page.matching, [customer["id"] for customer in page.customers]
        (94, ['C041', 'C040'])
        """
        asked = CustomerQuery(**query)
        runs = self._run.path.parent if asked.action and self._run else None
        without = kept_from_list(runs, control=asked.control) if runs else frozenset()
        return self._listed.page(asked, without=without)

    @takes(id=ONE_VALUE)
    def customer(self, id: str) -> dict[str, Any]:  # noqa: A002 - what everyone calls it
        """One customer: the row of `customers`, and under "values" her features and descriptors.

        Args:
            id: Whose.

        Raises:
            RunError: there is no such customer.

        >>> found = seg.customer("C200")
        >>> found["name"], found["stage"]
        ('Recently active big spenders', 'active')
        >>> found["values"]
        {'days_since_last_order': 48.0, 'order_days': 7.0, 'spend': 998.08, 'recent_spend': 287.24, 'city': 'Ulm'}
        """
        row, values = self._listed.one(id)
        return row | {"values": values}

    @cached_property
    def _explainer(self) -> pipeline.Explainer:
        return pipeline.Explainer(self.outcome.model)

    @takes(id=ONE_VALUE, other=WHOLE)
    def explain(
        self,
        id: str | None = None,  # noqa: A002
        *,
        values: Mapping[str, object] | None = None,
        other: int | None = None,
    ) -> Explanation:
        """Why a customer is in her segment and not in another, and, where the run keeps the orders, when time alone moves her.

        Args:
            id: Whose.
            values: Instead of `id`, somebody with these values: feature -> number in original units, or a cell as the table
                has it, such as "35-49K"; what is left out, None or empty is not known.
            other: The segment to compare hers with. Default: the second nearest.

        Returns:
            A record: segment, second (the segment it is compared with), distances (from every center, in standard deviations
            over all features), reasons, and waiting (when time alone moves her; None without orders). Reasons are one per
            feature, what says most first: value, here and there (the two centers, original units), weight (share of all that
            speaks for one of the two), enough (the value from which on she would be in the other segment, if any) and until
            (the value beyond which she would be in a third one, if any).

        Raises:
            InputError: a value is no number, the segments have no such feature, or both or none of `id` and `values` is given.
            RunError: there is no such customer, or the run is of a version that did not keep the values of customers.

        >>> found = seg.explain("C200")
        >>> found.segment, found.second
        (1, 2)
        >>> why = found.reasons[0]
        >>> why.feature, why.value, round(why.here), round(why.there), round(why.weight, 2)
        ('spend', 998.08, 879, 332, 0.6)
        """
        if (id is None) == (values is None):
            given = "neither" if id is None else "both"
            raise InputError(
                f"One of a customer's id and values is needed, and {given} is given.",
                hint="An id explains a customer of the run, values somebody who has them.",
            )
        if values is not None:
            return self._explainer.explain(pipeline.known_features(self.outcome.model, values), other=other)
        assert id is not None
        _, kept = self._listed.one(id)
        if not kept:
            raise RunError(
                "This run was written by a version that did not keep the values of each customer.",
                hint="Segment the table again.",
            )
        found = self._explainer.explain(kept, other=other)
        lines = self._listed.lines(id)
        if lines is None or self.outcome.behavior is None:
            return found
        as_of = self.outcome.behavior.as_of
        return replace(found, waiting=pipeline.days_until_move(self.outcome.model, lines, kept, as_of=as_of))

    @takes(segment=WHOLE)
    def typical(self, segment: int) -> dict[str, float]:
        """The typical customer of a segment: feature -> value of its center, in original units.

        Args:
            segment: Number of the segment.

        Raises:
            InputError: there is no such segment.

        >>> seg.typical(3)
        {'days_since_last_order': 88.0, 'order_days': 3.0, 'spend': 35.6, 'recent_spend': 3.8}
        """
        return pipeline.typical_values(self.outcome.model, segment)

    @takes(id=ONE_VALUE)
    def path(self, id: str) -> tuple[PathStep, ...]:  # noqa: A002
        """The segments of a customer in the runs of the same folder that look at the same features, the oldest first.

        Empty for a segmentation that is not a run of a folder yet.

        Args:
            id: Whose.

        Raises:
            RunError: there is no such customer.

        >>> import clustera
        >>> [(step.run, step.name) for step in clustera.load("april").path("C096")]
        [('march', 'Active frequent buyers'), ('april', 'Rarely seen low spenders')]
        """
        self._listed.one(id)
        if self._run is None:
            return ()
        with Engine() as engine:
            return customer_path(self._run, id, engine)

    @takes(id=ONE_VALUE)
    def orders_of(self, id: str) -> pd.DataFrame:  # noqa: A002
        """What one customer bought.

        Args:
            id: Whose.

        Returns:
            One row per day with an order, the latest first: day, lines (how many order lines), amount (their total).

        Raises:
            RunError: there is no such customer, or the run did not keep the orders (option `keep_orders`).

        >>> seg.orders_of("C200").head(2)
                 day  lines  amount
        0 2025-02-05      1  117.06
        1 2025-01-14      1  170.18
        """
        import pandas as pd

        self._listed.one(id)
        found = self._listed.orders(id)
        if found is None:
            raise RunError("This run did not keep the orders.", hint="Segment them again with --keep-orders.")
        frame = pd.DataFrame(list(found), columns=["day", "lines", "amount"])
        frame["day"] = pd.to_datetime(frame["day"], unit="D")
        return frame

    @takes(definition=TEXT)
    def audience(self, definition: str) -> SelectedAudience:
        """Customers by conditions: how many, which, and their export.

        Args:
            definition: A line of text such as `segment is "Regulars" and spend > 100`, or the name of an audience that is
                kept beside this run. docs/audiences.md has the whole language.

        Raises:
            InputError: the definition can't be understood, or asks for a column that the run does not have.

        >>> found = seg.audience('segment is 3 and city is "Ulm"')
        >>> found.count().customers
        35
        >>> found.customers(limit=2)[["id", "city", "spend"]]
             id city  spend
        0  C004  Ulm  32.25
        1  C012  Ulm  52.22
        """
        try:
            audience, saved = audience_of(definition, self._audiences, self.population.columns)
            store = Store(self._run.path.parent) if self._run else None
            found = SelectedAudience(audience, self.population, saved, store=store, run=self.run_name)
            _ = found.selection  # what the run can't answer is refused here
        except audiences.DefinitionError as error:
            known = self._audiences.definitions() if self._audiences else {}
            raise audiences.with_cure(error, definition, self.population, known) from None
        return found

    def audience_columns(self) -> pd.DataFrame:
        """What the conditions of an audience may ask for on this run.

        Returns:
            One row per column: name (as a definition writes it), kind, values (the range, or the most frequent ones),
            missing (customers without a value) and meaning.

        >>> seg.audience_columns()[["name", "kind"]].head(3).to_records(index=False).tolist()
        [('id', 'text'), ('segment', 'segment'), ('name', 'segment')]
        """
        described = {
            write_column(f"{before}{column.name}"): column
            for column in self.outcome.columns
            for before in ("", FEATURE)
        }
        with texts.speaking(self.outcome.locale):
            return frames.audience_columns(describe_columns(self.population), described)

    def audience_sizes(self) -> dict[str, int]:
        r"""How many customers each audience has that is kept beside this run and that it can answer, by name.

        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> import clustera
        >>> for text in ('name = "Large"\ndefinition = "spend > 900"', 'name = "Medium"\ndefinition = "spend > 300"'):
        ...     saved = SavedAudiences(Store("runs").audiences).save(text)
        >>> clustera.load("march").audience_sizes()
        {'Large': 23, 'Medium': 92}
        """
        return {name: self.audience(name).count().customers for name in self._answered()}

    def audience_overlap(self, *names: str) -> AudienceOverlap:
        r"""How many customers any two audiences share.

        Args:
            names: Of audiences that are kept beside this run. Default: all that it can answer.

        Raises:
            InputError: one is not there, or the run can't answer it.

        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> import clustera
        >>> for text in ('name = "Large"\ndefinition = "spend > 900"', 'name = "Medium"\ndefinition = "spend > 300"'):
        ...     saved = SavedAudiences(Store("runs").audiences).save(text)
        >>> march = clustera.load("march")
        >>> overlap = march.audience_overlap("Large", "Medium")
        >>> overlap.names, overlap.shared
        (('Large', 'Medium'), ((23, 23), (23, 92)))
        """
        asked = names or self._answered()
        return audiences.count_overlap(asked, self.population, audiences=self._saved())

    def audience_priority(self, *names: str) -> tuple[AudienceRank, ...]:
        r"""How many customers each audience keeps where everybody gets the first of the list that has them.

        Args:
            names: Of audiences that are kept beside this run, the most important first; all that it can answer when
                left out, by name.

        Raises:
            InputError: one is not there, or the run can't answer it.

        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> import clustera
        >>> for text in ('name = "Large"\ndefinition = "spend > 900"', 'name = "Medium"\ndefinition = "spend > 300"'):
        ...     saved = SavedAudiences(Store("runs").audiences).save(text)
        >>> march = clustera.load("march")
        >>> [(rank.name, rank.customers, rank.kept) for rank in march.audience_priority("Large", "Medium")]
        [('Large', 23, 23), ('Medium', 92, 69)]
        """
        return audiences.rank_audiences(names or self._answered(), self.population, audiences=self._saved())

    def first_audiences(self, *names: str) -> pd.DataFrame:
        r"""Each customer of one of the audiences with the first that has them: id, segment, audience.

        Customers whom an audience holds out are not there: they get nothing.

        Args:
            names: As for `audience_priority`.

        Raises:
            InputError: one is not there, or the run can't answer it.

        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> import clustera
        >>> for text in ('name = "Large"\ndefinition = "spend > 900"', 'name = "Medium"\ndefinition = "spend > 300"'):
        ...     saved = SavedAudiences(Store("runs").audiences).save(text)
        >>> march = clustera.load("march")
        >>> march.first_audiences("Large", "Medium")["audience"].value_counts().to_dict()
        {'Medium': 69, 'Large': 23}
        """
        asked = names or self._answered()
        rows = audiences.first_matches(asked, self.population, audiences=self._saved())
        frame: pd.DataFrame = rows.arrow().to_pandas()
        held = held_out(self._run.path.parent) if self._run else ()
        return frame[~frame["id"].isin(held)].reset_index(drop=True) if held else frame

    def _saved(self) -> Mapping[str, str]:
        return self._audiences.definitions() if self._audiences else {}

    def _answered(self) -> tuple[str, ...]:
        """Names of the audiences that are kept beside this run and that it can answer."""
        found = []
        for name, definition in self._saved().items():
            with suppress(InputError):
                audiences.select_customers(definition, self.population, audiences=self._saved(), name=name)
                found.append(name)
        return tuple(found)

    @property
    def population(self) -> Population:
        """The customers as the conditions of an audience see them: every column with its kind.

        >>> columns = seg.population.columns
        >>> [(name, columns[name].kind) for name in ("segment", "spend", "city", "last_purchase")]
        [('segment', 'segment'), ('spend', 'number'), ('city', 'text'), ('last_purchase', 'date')]
        """
        # Audiences may be frozen while a run is open.
        frozen = Store(self._run.path.parent).exports.frozen() if self._run else {}
        return self._run_population if not frozen else replace(self._run_population, frozen=frozen)

    @cached_property
    def _run_population(self) -> Population:
        customers, values = self._listed.tables
        days = self._days_before()
        comparison, behavior = self.outcome.comparison, self.outcome.behavior
        rows = join_values(customers, values)
        consented = rows_beside(self._run, CONSENT, rows.engine) if self._run else None
        if consented is not None:
            rows = join_consent(rows, consented)
        return Population(
            rows,
            names=self.names,
            names_before=comparison.names_before if comparison else {},
            label=f"The run {self._run.name}" if self._run else "This segmentation",
            as_of=behavior.as_of if behavior else None,
            days_before=days,
            described=self.outcome.columns,
        )

    def _days_before(self) -> int | None:
        """How long before its snapshot date a run knows where customers were."""
        behavior, comparison = self.outcome.behavior, self.outcome.comparison
        if behavior is None:
            return None
        if comparison is None:
            return (
                behavior.migration.periods[-1].after - behavior.migration.periods[-1].before
                if behavior.migration
                else None
            )
        if self._run is None:
            return None
        try:
            earlier = Store(self._run.path.parent).open(comparison.before).outcome().behavior
        except RunError:
            return None
        return behavior.as_of - earlier.as_of if earlier else None

    @property
    def _audiences(self) -> SavedAudiences | None:
        return SavedAudiences(Store(self._run.path.parent).audiences) if self._run else None
