"""Offers under a budget in Python: `seg.plan_offers`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from clustera import pipeline, texts
from clustera.allocation import offers_toml, read_offers
from clustera.arguments import NUMBER, PLACE, TEXT, TRUTH, arguments_checked, instance_of, one_of, takes
from clustera.audiences import CONSENTED
from clustera.engines import Engine, Rows, literal
from clustera.errors import InputError, MissingError, RunError
from clustera.records import Locale, OfferPlan, readable
from clustera.segmentation.audiences import SelectedAudience
from clustera.segmentation.exporting import kept_from_lists
from clustera.segmentation.people import Customers
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.segmentation.spoken import Sentences
from clustera.store import OFFERS, Campaigns, Run, Store, keep_offers, read_offer_plan, rows_beside, write_rows

if TYPE_CHECKING:
    import pandas as pd


@arguments_checked
class OffersPlan(Sentences):
    """Who gets which offer under a budget. Made by `seg.plan_offers`; prints itself.

    >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
    >>> seg.plan_offers(mail, budget=5).record.budget
    5
    """

    _table_shown = "offers"

    def __init__(self, planned: pipeline.PlannedOffers, locale: Locale, run: Run | None = None) -> None:
        self.record: OfferPlan = planned.record
        self._run = run
        self._rows = planned.rows
        self._locale = locale

    def arrow(self) -> pa.Table:
        """The plan as an Arrow table: see `table`.

        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> seg.plan_offers(mail, budget=5).arrow().num_rows
        100
        """
        return self._rows

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for everybody who gets an offer or is in a test, by id.

        id, segment, offer, part ("plan" or "test"), group ("contact", or "control" for who is left out of a test),
        expected_cost and expected_profit (missing for tests, whose effect nobody knows).

        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> seg.plan_offers(mail, budget=5).table.loc[0, ["id", "offer", "group"]].tolist()
        ['C090', 'Mail', 'contact']
        """
        frame: pd.DataFrame = self._rows.to_pandas()
        return frame

    @cached_property
    def offers(self) -> pd.DataFrame:
        """One row per offer: name, source of its effect, effect, customers, cost, profit.

        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> seg.plan_offers(mail, budget=5).offers[["name", "customers", "cost"]].round(2).values.tolist()
        [['Mail', 100, 5.0]]
        """
        import pandas as pd

        return pd.DataFrame([asdict(offer) for offer in self.record.offers])

    def as_toml(self) -> str:
        """The file of offers that makes this plan, with the margin used; the budget is `record.budget`.

        Raises:
            RunError: the plan was kept before plans kept their offers.

        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> print(seg.plan_offers(mail, budget=5).as_toml())
        margin = 0.3
        <BLANKLINE>
        [[offers]]
        name = "Mail"
        cost = 0.05
        rise = 0.01
        <BLANKLINE>
        """
        if self.record.terms is None:
            raise MissingError("This plan was kept without its offers.", hint="Plan the offers again.")
        return offers_toml(self.record.terms)

    def sentences(self) -> list[str]:
        """What the plan brings, how much better any other could be, and what has to be tested.

        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> seg.plan_offers(mail, budget=5).sentences()[0]
        '100 of 210 customers get an offer. Expected cost: 5.00. Expected profit after it: 20.45. The budget is 5.00.'
        """
        with texts.speaking(self._locale):
            return texts.offer_plan_sentences(self.record)

    def keep(self) -> Path:
        """Keep the plan beside the run, in place of the one before: its report and dashboard then show it.

        Returns:
            The file: RUN.offers.parquet.

        Raises:
            RunError: the plan was made without a run.
            SetupError: the folder can't be written.

        >>> import clustera
        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> with clustera.load("april") as run:
        ...     run.plan_offers(mail, budget=5).keep().name
        'april.offers.parquet'
        >>> clustera.load("april").outcome.offers.budget
        5.0
        """
        if self._run is None:
            raise RunError("This plan belongs to no run.", hint="Publish the run first, then load it.")
        with Engine() as engine:
            return keep_offers(self._run, engine.arrow(self._rows), self.record)

    def write(self, path: str | Path) -> Path:
        """Write `table` as one .csv or .parquet file, whole or not at all.

        Raises:
            RunError: it is a file of another kind.

        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> seg.plan_offers(mail, budget=5).write("plan.csv").name
        'plan.csv'
        """
        with Engine() as engine:
            write_rows(engine.arrow(self._rows), Path(path))
        return Path(path)


@readable
@dataclass(frozen=True, slots=True)
class OfferList:
    """Who gets one offer by a kept plan, without those whom nothing may be sent to by now."""

    offer: str
    part: Literal["plan", "test"]
    customers: int  # to write to
    control: int  # left out of the test
    consented: int | None  # of `customers`: may be written to; None where no contacts are kept


OFFERS_KIND = instance_of(str, os.PathLike, Mapping, title="a file or a dictionary")


def kept_plan_or_refusal(plan: OfferPlan | None, run: str) -> OfferPlan:
    """The kept plan of a run; told how to make one where there is none.

    Raises:
        RunError: there is none.
    """
    if plan is None:
        raise MissingError(f"No offers were planned for {run} yet.", hint=f"Do so: clustera offers offers.toml {run}")
    return plan


@arguments_checked
class OfferPlanning(Customers):
    """Who of the customers of a segmentation gets which offer."""

    @takes(offers=OFFERS_KIND, budget=NUMBER, margin=NUMBER, test=TRUTH, runs=PLACE)
    def plan_offers(
        self,
        offers: str | Path | Mapping[str, Any],
        *,
        budget: float | None = None,
        margin: float | None = None,
        test: bool = True,
        runs: str | Path | None = None,
    ) -> OffersPlan:
        """Who gets which offer, or none, so that the expected profit is largest within the budget and all limits.

        Args:
            offers: A TOML file, or a dictionary of the same keys: see docs/offers.md.
            budget: Largest expected total cost. Default: no limit.
            margin: Share of sales that is profit. Default: that of the file, else of the run.
            test: Pay first for tests of offers whose effect nobody knows.
            runs: Folder of runs with the campaigns that measured effects. Default: the run's own.

        Raises:
            InputError: the offers can't be used, there is no margin, or the limits can't be met together.
            RunError: a campaign that an offer names is not there.

        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> print(seg.plan_offers(mail, budget=5))
        100 of 210 customers get an offer. Expected cost: 5.00. Expected profit after it: 20.45. The budget is 5.00.
        No other choice within these limits brings more than 20.45 (less than 0.1% more).
        The budget is used up: the next 1.00 would bring about 0.18.
        """
        file = read_offers(offers)
        share = next(
            (value for value in (margin, file.margin, self._kept_margin()) if value is not None),
            None,
        )
        if share is None or not 0 < share <= 1:
            said = "Nothing says" if share is None else f"The margin is {share:g}; it says"
            raise InputError(
                f"{said} which share of sales is profit, from 0 to 1.",
                hint="Say it in the file of offers: margin = 0.3. Or --margin 0.3.",
            )
        if budget is not None and budget < 0:
            raise InputError(f"The budget is {budget:g}; it must be 0 or more.")
        folder = Path(runs) if runs is not None else self._run.path.parent if self._run else None
        store = Campaigns(folder) if folder is not None else None
        measured = {}
        for name in dict.fromkeys(offer.campaign for offer in file.offers if offer.campaign):
            if store is None:
                raise InputError(f"Campaign {name!r} is in a folder of runs.", hint="Say which: runs=...")
            store.open(name)
            measured[name] = store.results(name)
        customers, values = self._listed.tables
        with texts.speaking(self.outcome.locale):
            planned = pipeline.plan_offers(
                self.outcome,
                pipeline.OfferWish(file, budget, share, test=test),
                run=self.run_name,
                customers=customers,
                values=values,
                measured=measured,
                excluded=kept_from_lists(folder) if folder is not None else (),
            )
        return OffersPlan(planned, self.outcome.locale, self._run)

    def kept_offers(self) -> OffersPlan:
        """The plan of offers that is kept beside the run, with what it was made with.

        Raises:
            RunError: there is none.

        >>> import clustera
        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> with clustera.load("april") as run:
        ...     kept = run.plan_offers(mail, budget=5).keep()
        ...     run.kept_offers().record.terms.offers[0].name
        'Mail'
        """
        record = kept_plan_or_refusal(read_offer_plan(self._run) if self._run else None, self.run_name)
        with Engine() as engine:
            rows = rows_beside(self._run, OFFERS, engine) if self._run else None
            if rows is None:
                raise MissingError("The plan was removed a moment ago.", hint="Try again.")
            planned = pipeline.PlannedOffers(rows.query("select * from {rows}"), record)
        return OffersPlan(planned, self.outcome.locale, self._run)

    def offer_lists(self) -> tuple[OfferList, ...]:
        """Who gets which offer by the kept plan: a list for each offer and each test, with how many may be written to.

        Raises:
            RunError: no plan is kept.

        >>> import clustera
        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> with clustera.load("april") as run:
        ...     kept = run.plan_offers(mail, budget=5).keep()
        ...     run.offer_lists()
        (OfferList(offer='Mail', part='plan', customers=100, control=0),)
        """
        counted = self._offered().query(
            "select offer, part, count(*) filter (contacted) as customers, count(*) filter (not contacted) as control, "
            "cast(sum(consented) filter (contacted) as bigint) as consented from {rows} group by all order by part, offer"
        )
        return tuple(OfferList(**row) for row in counted.to_pylist())

    @takes(offer=TEXT, name=TEXT, part=one_of("plan", "test"))
    def offer_audience(self, offer: str, name: str, *, part: Literal["plan", "test"] = "plan") -> SelectedAudience:
        """Save who gets an offer by the kept plan as an audience that never changes, so that it can be exported.

        The control group of a test is not in it, nor whom nothing may be sent to by now.

        Args:
            offer: Its name.
            name: Of the audience. Where it holds exactly these customers already, it stays as it is.
            part: "plan" for those whom the plan chose, "test" for those drawn to test an offer whose effect nobody knows.

        Returns:
            The audience, on this run.

        Raises:
            InputError: nobody gets the offer.
            RunError: no plan is kept, or there is another audience of this name.

        >>> import clustera
        >>> mail = {"margin": 0.3, "offers": [{"name": "Mail", "cost": 0.05, "rise": 0.01}]}
        >>> with clustera.load("april") as run:
        ...     kept = run.plan_offers(mail, budget=5).keep()
        ...     run.offer_audience("Mail", "Spring mail").count().customers
        100
        """
        asked = f"contacted and part = {literal(part)} and offer = {literal(offer)}"
        found = self._offered().query(f"select id from {{rows}} where {asked} order by id")["id"].to_pylist()
        if not found:
            there = ", ".join(repr(one.offer) for one in self.offer_lists() if one.part == part and one.customers)
            raise InputError(f"Nobody gets {offer!r} by the {part}.", hint=f"There is: {there}." if there else "")
        assert self._run is not None
        store = Store(self._run.path.parent)
        saved = SavedAudiences(store.audiences)
        if name in store.exports.frozen() and store.exports.frozen_members(name)[0] == found and name in saved.list():
            return self.audience(name)
        note = f"Who gets the offer {offer!r} by the {part} kept with run {self.run_name}."
        saved.keep_list(name, found, store.exports, population=self.population, run=self.run_name, note=note)
        return self.audience(name)

    def _offered(self) -> Rows:
        """Who is in the kept plan and not kept out since: id, offer, part, `contacted`, and `consented` (1 or 0; null where not known)."""
        kept_plan_or_refusal(read_offer_plan(self._run) if self._run else None, self.run_name)
        people = self.population.rows
        rows = rows_beside(self._run, OFFERS, people.engine) if self._run else None
        if rows is None or self._run is None:
            raise MissingError("The plan was removed a moment ago.", hint="Try again.")
        may = f"cast({CONSENTED} as integer)" if CONSENTED in people.columns else "null::integer"
        gone = people.engine.arrow(
            pa.table({"id": pa.array(sorted(kept_from_lists(self._run.path.parent)), pa.string())})
        )
        return rows.select(
            f"select o.id, offer, part, \"group\" = 'contact' as contacted, {may} as consented "
            "from {rows} o join {people} p using (id) anti join {gone} g using (id)",
            people=people,
            gone=gone,
        )

    def _kept_margin(self) -> float | None:
        """The margin that the run was given for its forecast of value."""
        found: float | None = self._run.manifest.options.get("margin") if self._run else self._settings.value.margin
        return found
