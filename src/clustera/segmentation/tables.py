"""The tables of a segmentation that are as long as its customers: of a fresh engine, or of a run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pyarrow as pa

from clustera.engines import Engine, Rows
from clustera.errors import RunError
from clustera.pipeline import Result
from clustera.store import CustomerList, Run, customers_of_folder


class Tables(Protocol):
    """Where a segmentation's long tables come from."""

    def customers(self) -> pa.Table:
        """One row per customer: id, segment, name, distance, second_segment, borderline, outlier."""

    def quarantine(self) -> pa.Table:
        """Rows that were left out."""

    def orders_quarantine(self) -> pa.Table:
        """Order lines that were left out."""

    def sample(self) -> pa.Table:
        """At most 20,000 customers in original units."""

    def prepared(self) -> Rows:
        """The matrix that was clustered, by `_row`.

        Raises:
            RunError: a stored run does not keep it.
        """

    def listed(self, names: Mapping[int, str], labels: Mapping[str, str]) -> CustomerList:
        """The customers, to be searched and paged."""

    def close(self) -> None:
        """Release memory and temporary files; the tables can't be asked for afterwards."""


class FreshTables:
    """Tables of a segmentation that was just made; they live in its engine."""

    def __init__(self, result: Result) -> None:
        self._result: Result | None = result

    @property
    def result(self) -> Result:
        """What the pipeline left.

        Raises:
            RunError: the segmentation was closed.
        """
        if self._result is None:
            raise RunError("This segmentation is closed, so its tables are gone.", hint="Read them before close().")
        return self._result

    def customers(self) -> pa.Table:
        """See `Tables`."""
        return self.result.customers.arrow()

    def quarantine(self) -> pa.Table:
        """See `Tables`."""
        return self.result.quarantine.arrow()

    def orders_quarantine(self) -> pa.Table:
        """See `Tables`."""
        rows = self.result.orders_quarantine
        if rows is None:
            raise RunError("There are no order lines: these segments were not formed from orders.")
        return rows.arrow()

    def sample(self) -> pa.Table:
        """See `Tables`."""
        return self.result.sample

    def prepared(self) -> Rows:
        """See `Tables`."""
        return self.result.prepared

    def listed(self, names: Mapping[int, str], labels: Mapping[str, str]) -> CustomerList:
        """See `Tables`."""
        values = self.result.values
        return CustomerList(
            self.result.customers.keep(),
            values.keep() if values else None,
            names=names,
            labels=labels,
            label="This segmentation",
            orders=self.result.orders,
        )

    def close(self) -> None:
        """See `Tables`."""
        if self._result is not None:
            self._result.engine.close()
            self._result = None


class StoredTables:
    """Tables of a run's folder."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._engine: Engine | None = None

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_engine": None}

    def customers(self) -> pa.Table:
        """See `Tables`."""
        return self.run.customers()

    def quarantine(self) -> pa.Table:
        """See `Tables`."""
        return self.run.quarantine()

    def orders_quarantine(self) -> pa.Table:
        """See `Tables`."""
        return self.run.orders_quarantine()

    def sample(self) -> pa.Table:
        """See `Tables`."""
        return self.run.sample()

    def prepared(self) -> Rows:
        """See `Tables`."""
        raise RunError(
            "A stored run does not keep the prepared matrix.",
            hint="Segment the table again: clustera.segment(...).prepared",
        )

    def listed(self, names: Mapping[int, str], labels: Mapping[str, str]) -> CustomerList:
        """See `Tables`."""
        self._engine = self._engine or Engine()
        return customers_of_folder(self.run, self._engine, names=names, labels=labels)

    def close(self) -> None:
        """See `Tables`."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
