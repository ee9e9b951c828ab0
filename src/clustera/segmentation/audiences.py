"""An audience on a segmentation: `seg.audience("spend > 100")`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from clustera import audiences, pipeline
from clustera.arguments import arguments_checked
from clustera.audiences import Population, Selection
from clustera.engines import literal
from clustera.errors import InputError, RunError
from clustera.records import Audience, AudienceCount, AudienceOverlap, AudienceRank, AudienceReach
from clustera.segmentation.exporting import ExportOptions, PreparedExport, export_request, held_out, running_controls
from clustera.store import CUSTOMERS, VALUES, Store

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@arguments_checked
class SelectedAudience:
    """An audience on one run: how many customers, and which. Made by `seg.audience`.

    >>> seg.audience("spend>900 and city is 'Ulm'")
    spend > 900 and city is "Ulm"
    """

    def __init__(
        self,
        audience: Audience,
        population: Population,
        saved: Mapping[str, str],
        *,
        store: Store | None = None,
        run: str = "",
    ) -> None:
        self.audience = audience
        self._population = population
        self._saved = saved
        self._store = store
        self._run_name = run

    @property
    def name(self) -> str:
        """The name of a saved audience; empty for a definition.

        >>> seg.audience("spend > 900").name
        ''
        """
        return self.audience.name

    @property
    def definition(self) -> str:
        """The definition, as it is written.

        >>> seg.audience("spend > 900").definition
        'spend > 900'
        """
        return self.audience.definition

    @property
    def selection(self) -> Selection:
        """The customers in the engine: for tables larger than memory.

        >>> chosen = seg.audience("spend > 900").selection
        >>> chosen.customers().query("select count(*) as n from {rows}")["n"].to_pylist()
        [23]
        """
        return audiences.select_customers(
            self.definition, self._population, audiences=self._saved, name=self.audience.name
        )

    def sql(self, run: str | Path) -> str:
        """The customers as a query in DuckDB's dialect over the files of a run, for people and programs.

        Args:
            run: Folder of the run.

        Returns:
            A query whose rows have the columns of customers.parquet, by id.

        >>> print(seg.audience("segment is 1").sql("runs/march"))
        with customers as (select c.* from 'runs/march/customers.parquet' c)
        select * from customers
        where (coalesce("segment" = 1, false))
        order by id
        """
        folder = Path(run)
        return audiences.write_query(self.selection, self._population, folder / CUSTOMERS, folder / VALUES)

    def count(self) -> AudienceCount:
        """How many customers: all, by condition and by segment.

        Raises:
            InputError: the definition can't be understood, or the run can't answer it.

        >>> found = seg.audience('spend > 300 and city is "Ulm"').count()
        >>> found.customers, found.of
        (33, 210)
        >>> [(one.condition, one.customers) for one in found.conditions]  # each by itself
        [('spend > 300', 92), ('city is "Ulm"', 78)]
        >>> found.segments
        ((1, 19), (2, 14))
        """
        return audiences.count_customers(self.selection, self._population)

    def customers(self, *, limit: int | None = None) -> pd.DataFrame:
        """The customers, in the run's order: the columns that conditions can ask for, under the names they have there.

        Args:
            limit: So many at most. Default: all.

        >>> seg.audience("spend > 900").customers(limit=2)[["id", "spend", "city"]]
             id    spend  city
        0  C162   902.60  Jena
        1  C163  1171.86  Bonn
        """
        frame: pd.DataFrame = self.arrow(limit=limit).to_pandas()
        return frame

    def arrow(self, *, limit: int | None = None, after: str | None = None) -> pa.Table:
        """The customers as an Arrow table: see `customers`.

        Args:
            limit: So many at most. Default: all.
            after: Only those whose ids come after this one, by id; "" begins with the first id. So a long list is read page by page.

        >>> chosen = seg.audience("spend > 900")
        >>> page = chosen.arrow(limit=2, after="")["id"].to_pylist()
        >>> page, chosen.arrow(limit=1, after=page[-1])["id"].to_pylist()
        (['C162', 'C163'], ['C165'])
        """
        if limit is not None and limit < 0:
            raise InputError(f"The limit is {limit}; it must be 0 or more.")
        rows = self._population.readable(self.selection.customers())
        paged = "" if after is None else f" where id > {literal(after)} order by id"
        return rows.query(f"select * from {{rows}}{paged}" + ("" if limit is None else f" limit {int(limit)}"))

    def reach(self, contacts: object, network: str = "generic", **options: Unpack[ExportOptions]) -> AudienceReach:
        """How many of the customers have an address for a network, may be written to, and would be in the list.

        Args:
            contacts: A path, or any table that speaks Arrow.
            network: Where the list would go: a phone number counts only where the network takes one.
            options: As for `prepare_export`.

        Raises:
            InputError: the contacts can't be used.

        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> seg.audience("spend > 900").reach(contacts)
        AudienceReach(network='generic', with_contact=23, reachable=20, listed=20, suppressed=0)
        """
        request = export_request(network, contacts, options)
        return pipeline.count_reach(self.audience, self.selection, request, known=self._known_groups(request))

    def prepare_export(self, network: str, contacts: object, **options: Unpack[ExportOptions]) -> PreparedExport:
        r"""Who is written into a list for a mail tool or an advertising network. Nothing leaves yet: see `PreparedExport`.

        Args:
            network: generic, klaviyo, mailchimp, hubspot, meta, google, linkedin or tiktok.
            contacts: A table with the customers' ids, addresses and consent: a path, or any table that speaks Arrow.
            options: `suppress` (a path, or several), `holdout` (0.1 or "10%"), `seed`, `columns` (field -> column),
                `all_consented`, `country`, `key`, `recommendations` (as `seg.recommend(...).table`, or a file of them: columns
                beside the addresses) and `include_controls` (include the control groups of running campaigns), as in
                `docs/audiences.md`.

        Raises:
            InputError: the contacts can't be used.
            RunError: the audience is not saved, or the segmentation has no run.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> saved = SavedAudiences(Store("runs").audiences).save('name = "Large"\ndefinition = "spend > 900"')
        >>> ready = clustera.load("march").audience("Large").prepare_export("klaviyo", contacts, holdout="10%")
        >>> for step in ready.steps:
        ...     print(step.customers, step.step)
        23 audience
        23 address
        20 consent
        20 suppression
        20 same-address
        18 not-held-out
        """
        if self._store is None or not self.name:
            raise RunError(
                "Only a saved audience can be exported, because the export log keeps its name.",
                hint="Save it first: clustera audience save NAME 'DEFINITION'",
            )
        request = export_request(network, contacts, options)
        export = pipeline.choose_export(
            self.audience,
            self.selection,
            request,
            names=self._population.names,
            run=self._run_name,
            version=self._store.audiences.open(self.name).version,
            known=self._known_groups(request),
        )
        return PreparedExport(export, self._store, request, self.audience.minimum)

    def _known_groups(self, request: pipeline.ExportRequest) -> pipeline.EarlierGroups:
        """Whom earlier lists and campaigns drew."""
        if self._store is None:
            return pipeline.EarlierGroups()
        controls = frozenset() if request.include_controls else running_controls(self._store.folder)
        earlier: dict[str, str] = {}
        shared = self._same_audiences() if self.name else ()
        holding = self._store.exports.held_out() if shared else {}
        for name in (*shared, *([self.name] if self.name else [])):  # its own groups go first
            earlier |= self._store.exports.groups(name)
        shared = tuple(name for name in shared if name in holding)
        return pipeline.EarlierGroups(earlier, controls | held_out(self._store.folder), shared)

    def _same_audiences(self) -> tuple[str, ...]:
        """The other saved audiences with the same conditions."""
        saved = {name: audiences.parse_definition(text) for name, text in self._saved.items()}
        own = audiences.same_conditions(audiences.parse_definition(self.definition), saved)
        return tuple(
            name for name, one in saved.items() if name != self.name and audiences.same_conditions(one, saved) == own
        )

    def to_toml(self) -> str:
        """The audience as a TOML file.

        >>> print(seg.audience("spend>900").to_toml())
        name = ""
        definition = "spend > 900"
        """
        return audiences.write_toml(self.audience)

    def __repr__(self) -> str:
        named = f"{self.name}: " if self.name else ""
        return f"{named}{self.definition}"


def audience_summary(count: AudienceCount, names: Mapping[int, str]) -> dict[str, Any]:
    """A count as JSON values."""
    reach = asdict(count.reach) if count.reach else {}
    return {
        "customers": count.customers,
        "of": count.of,
        "share": count.customers / count.of if count.of else 0.0,
        **reach,
        **({} if count.consented is None else {"consented": count.consented}),
        "conditions": [
            {"condition": c.condition, "customers": c.customers, "together": c.together}
            | ({} if c.consented is None else {"consented": c.consented})
            for c in count.conditions
        ],
        "segments": [{"segment": s, "name": names.get(s, ""), "customers": n} for s, n in count.segments],
        "notes": list(count.notes),
    }


def made_audience_summary(made: SelectedAudience) -> dict[str, Any]:
    """An audience that was made of a list as JSON values."""
    return {"audience": made.name, "definition": made.definition, "customers": made.count().customers}


def overlap_summary(overlap: AudienceOverlap) -> list[dict[str, Any]]:
    """An overlap as JSON values: one for each pair, with the share of the first audience."""
    return [
        {"audience": one, "other": other, "customers": n, "share": n / row[i] if row[i] else 0.0}
        for i, (one, row) in enumerate(zip(overlap.names, overlap.shared, strict=True))
        for other, n in zip(overlap.names, row, strict=True)
    ]


def priority_summary(ranks: Sequence[AudienceRank]) -> list[dict[str, Any]]:
    """A list in which the first match wins as JSON values."""
    return [
        {"audience": rank.name, "customers": rank.customers, "kept": rank.kept, "definition": rank.definition}
        for rank in ranks
    ]
