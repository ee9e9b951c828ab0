"""Keeps who of a run may be written to, for counts while one types; who that is, `pipeline/exporting.py` decides."""

from __future__ import annotations

from typing import Unpack

import pyarrow as pa

from clustera import pipeline
from clustera.arguments import arguments_checked
from clustera.errors import RunError
from clustera.records import KeptConsent
from clustera.segmentation.exporting import ExportOptions, export_request
from clustera.segmentation.people import Customers
from clustera.store import current_time, keep_consent, read_consent


@arguments_checked
class Consenting(Customers):
    """Consent of the customers, kept beside the run."""

    @property
    def consent(self) -> KeptConsent | None:
        """Where it is known from who may be written to; None where no contacts were kept (`keep_consent`).

        >>> print(seg.consent)
        None
        """
        return read_consent(self._run) if self._run else None

    def keep_consent(self, contacts: object, **options: Unpack[ExportOptions]) -> KeptConsent:
        """Keep who may be written to beside the run, so that audiences are counted by consent too; ids only, no address.

        Args:
            contacts: A table with the customers' ids, addresses and consent: a path, or any table that speaks Arrow.
            options: `suppress`, `columns`, `all_consented` and `country`, as for the export of an audience.

        Returns:
            How many of the customers may be written to: with an address, consent, without objection, on no suppression list.

        Raises:
            InputError: the contacts can't be used.
            RunError: this segmentation was not loaded from a run.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> kept = clustera.load("march").keep_consent(contacts)
        >>> kept.customers, kept.of
        (200, 210)
        >>> found = clustera.load("march").audience("spend > 900").count()
        >>> found.customers, found.consented
        (23, 20)
        """
        import pyarrow.compute as pc

        if self._run is None:
            raise RunError(
                "Who may be written to is kept beside a run.",
                hint='Publish it and open it again: seg.publish(); seg = clustera.load("latest")',
            )
        rows = self._run_population.rows
        found = pipeline.consenting_customers(rows, export_request("generic", contacts, options))
        ids = rows.query("select id from {rows}")["id"]
        listed = pa.table({"id": ids, "consented": pc.is_in(ids, pa.array(found, pa.string()))})
        kept = KeptConsent(pipeline.source_name(contacts), current_time(), len(found), len(ids))
        keep_consent(self._run, rows.engine.arrow(listed), kept)
        self.__dict__.pop("_run_population", None)
        return kept
