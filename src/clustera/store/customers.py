"""The customers of a run, looked up in its folder: searched, filtered, sorted and paged by the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from clustera.engines import Engine, Rows, identifier, literal
from clustera.errors import InputError, MissingError, closest
from clustera.records import GroupColumns, Moments
from clustera.store.customer_queries import CustomerPage, CustomerQuery, Members, membership_test
from clustera.store.manifest import MANIFEST, verified_bytes
from clustera.store.naming import is_name
from clustera.store.places import place_test, quote_text, write_place
from clustera.store.run import Run, open_folder
from clustera.texts import find_action

MOST_ROWS = 1_000  # of one page
CUSTOMERS, VALUES, ORDERS = "customers.parquet", "values.parquet", "orders.parquet"
FEATURE = "feature."  # before the name of a feature where a column of customers.parquet may have the same

_TESTS = {
    "borderline": ("borderline", "borderline"),
    "outliers": ("outlier", "outlier"),
    "overdue": ("overdue", "overdue"),
    "control": ("control", "control"),
    "moved": ("segment_before", "segment_before is not null and segment_before <> segment"),
}
_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip
WHO = tuple(_TESTS)  # what `CustomerQuery.who` may ask for


class CustomerList:
    """The customers of one run.

    A page costs one scan of two columns, wherever it is: it is found by the last customer of the page before, not by
    counting rows.

    Args:
        customers: As in customers.parquet.
        values: Features and descriptors by id; None in runs of older versions.
        names: Names of segments, people's own first.
        labels: What suggested actions are called, by their rules.
        label: What to call the run in an error.
        orders: Order lines; None where they were not kept.
        elsewhere: Finds the file of customers of another run by its name; None where there are no other runs.
    """

    def __init__(
        self,
        customers: Rows,
        values: Rows | None,
        *,
        names: Mapping[int, str],
        labels: Mapping[str, str],
        label: str,
        orders: Rows | None = None,
        elsewhere: Callable[[str], Path] | None = None,
    ) -> None:
        self._customers = customers
        self._values = values
        self._names = dict(names)
        self._labels = dict(labels)
        self._label = label
        self._orders = orders
        self._elsewhere = elsewhere

    @property
    def tables(self) -> tuple[Rows, Rows | None]:
        """The customers as in customers.parquet, and their features and descriptors by id, where they are known."""
        return self._customers, self._values

    @property
    def order_lines(self) -> Rows | None:
        """All order lines, as `Orders.rows` has them; None where they were not kept."""
        return self._orders

    @property
    def columns(self) -> Mapping[str, str]:
        """Columns of customers.parquet and their SQL types."""
        return self._customers.columns

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Features and descriptors that are known of every customer; none in runs of older versions."""
        return tuple(self._values.columns)[1:] if self._values else ()

    def who(self) -> tuple[str, ...]:
        """What `CustomerQuery.who` can ask for in this run."""
        return tuple(name for name, (column, _) in _TESTS.items() if column in self.columns)

    def ordered(self, query: CustomerQuery) -> CustomerQuery:
        """The query with the order that it means where it names none."""
        if query.sort:
            return query
        worth = "value" in self.columns
        return replace(query, sort="value" if worth else "id", descending=worth)

    def page(self, query: CustomerQuery, *, without: Collection[str] = ()) -> CustomerPage:
        """Some of the customers that a query means.

        Args:
            query: Which.
            without: Ids of customers whom the list leaves out.

        Raises:
            InputError: it names a column or a group that this run doesn't have, or `after` is none of ours.
        """
        query = self.ordered(query)
        key = self._key(query.sort)
        asked, rows = self._where(query), min(max(query.rows, 1), MOST_ROWS)
        gone = {"gone": self._customers.engine.arrow(pa.table({"id": pa.array(sorted(without), pa.string())}))}
        listed = "c.id not in (select id from {gone})" if without else "true"
        where = f"{asked} and {listed}"
        beyond = f"{where} and {place_test(key, query.after, descending=query.descending)}" if query.after else where
        way = "desc" if query.descending else "asc"
        join, others = self._joined(query.sort)
        found = self._customers.query(
            f"select c.*, {key} as _key_of_page from {{rows}} c{join} where {beyond} "
            f"order by {key} is null, {key} {way}, c.id limit {rows + 1}",
            **others,
            **(gone if without else {}),
        )
        counted = self._customers.query(
            f"select count(*) filter ({listed}) as n, count(*) as everybody from {{rows}} c where {asked}",
            **(gone if without else {}),
        ).to_pylist()[0]
        records = found.to_pylist()
        more, records = len(records) > rows, records[:rows]
        after = write_place(records[-1]["_key_of_page"], records[-1]["id"]) if more else ""
        customers = tuple(self._named(record) for record in records)
        return CustomerPage(
            customers, self._values_of(customers), counted["n"], after, counted["everybody"] - counted["n"]
        )

    def sql(self, query: CustomerQuery, folder: Path, *, without: Sequence[Path] = ()) -> str:
        """All customers that a query means, in its order, as a query in DuckDB's dialect over the files of the run.

        Args:
            query: Which customers; `after` and `rows` do not count.
            folder: Of the run.
            without: Files of groups (customer, group) whose control groups are left out.
        """
        query = self.ordered(query)
        key, way = self._key(query.sort), "desc" if query.descending else "asc"
        values = f"\njoin {literal(folder / VALUES)} v on v.id = c.id" if key.startswith("v.") else ""
        tests = self._row_tests(query)
        if without:
            kept = (
                f"select customer from read_parquet([{', '.join(map(literal, without))}]) where \"group\" = 'control'"
            )
            tests = [*tests, f"c.id not in ({kept})"]
        wanted = f"\nwhere {' and '.join(tests)}" if tests else ""
        order = "c.id" if key == "c.id" and way == "asc" else f"{key} {way} nulls last, c.id"
        return f"select c.*\nfrom {literal(folder / CUSTOMERS)} c{values}{wanted}\norder by {order}"

    def pages(self, query: CustomerQuery, *, without: Collection[str] = ()) -> Iterator[CustomerPage]:
        """Every page of a query, one after the other."""
        after = query.after
        while True:
            page = self.page(replace(query, after=after), without=without)
            yield page
            if not page.after:
                return
            after = page.after

    def one(self, customer: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """A customer's row of customers.parquet, and her features and descriptors.

        Raises:
            RunError: the run has no such customer.
        """
        # Who has numbers for ids may give one as such.
        found = self._customers.query(
            f"select * from {{rows}} where id = {quote_text(str(customer))} limit 1"
        ).to_pylist()
        if not found:
            raise MissingError(
                f"{self._label} has no customer {customer!r}.",
                hint="An id is written as in the file; the row may have been left out: see quarantine.csv.",
            )
        named = self._named(found[0])
        return named, self._values_of([named])[0]

    def columns_of(self, members: Members, columns: Sequence[str]) -> GroupColumns:
        """Means and standard deviations of some columns, and how often each value of the others occurs, for some of the customers.

        Args:
            members: Whose.
            columns: Of customers.parquet, or features and descriptors; days are left out.
        """
        where, listed = membership_test(members)
        kinds = {**self.columns, **(self._values.columns if self._values else {})}
        join = self._beside if self._values is not None else ""
        others = listed | ({"values": self._values} if self._values is not None else {})
        at = {name: f"{'v' if name in self.features else 'c'}.{identifier(name)}" for name in columns}
        numbers = [name for name in columns if kinds[name].startswith(_NUMBERS)]

        def one_row(*asked: str) -> list[Any]:
            said = f"select {', '.join(('count(*) as n', *asked))} from {{rows}} c{join} where {where}"
            return [column[0] for column in self._customers.query(said, **others).to_pydict().values()]

        # In the unit of the largest value: the square of 1e-301 would be 0.
        customers, *units = one_row(*(f"max(abs({at[c]}::double))" for c in numbers))
        told = one_row(
            *(
                f"count({at[c]}), avg({at[c]}::double), stddev_samp({at[c]}::double / '{unit or 1.0!r}'::double)"
                for c, unit in zip(numbers, units, strict=True)
            )
        )[1:]
        moments = {
            name: Moments(told[3 * i], told[3 * i + 1] or 0.0, (told[3 * i + 2] or 0.0) * (unit or 1.0))
            for i, (name, unit) in enumerate(zip(numbers, units, strict=True))
        }

        def counted_values(name: str) -> dict[str, int]:
            found = self._customers.query(
                f"select {at[name]}::varchar as value, count(*) as n from {{rows}} c{join} "
                f"where {where} and {at[name]} is not null group by 1",
                **others,
            )
            return {row["value"]: row["n"] for row in found.to_pylist()}

        values = {name: counted_values(name) for name in columns if kinds[name] in ("VARCHAR", "BOOLEAN")}
        return GroupColumns(customers, moments, values)

    def ids_of(self, members: Members) -> Rows:
        """The ids of some of the customers, in one column `id`."""
        where, listed = membership_test(members)
        return self._customers.select(f"select c.id from {{rows}} c where {where}", **listed).keep()

    def lines(self, customer: str) -> pa.Table | None:
        """A customer's order lines, as `Orders.rows` has them; None where they were not kept."""
        if self._orders is None:
            return None
        return self._orders.query(f"select * from {{rows}} where customer_id = {quote_text(customer)}")

    def orders(self, customer: str) -> tuple[dict[str, Any], ...] | None:
        """What a customer bought, day by day, the latest first: day, lines, amount; None where orders were not kept."""
        if self._orders is None:
            return None
        found = self._orders.query(
            "select day, count(*) as lines, cast(sum(amount) as double) as amount from {rows} "
            f"where customer_id = {quote_text(customer)} group by day order by day desc"
        )
        return tuple(found.to_pylist())

    def _named(self, record: dict[str, Any]) -> dict[str, Any]:
        record.pop("_key_of_page", None)
        told = record | {"name": self._names.get(record["segment"], record["name"])}
        if "action" in record:
            told["action"] = self._labels.get(record.get("action_code") or record["action"], record["action"])
        return told

    def _values_of(self, customers: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
        if self._values is None or not customers:
            return tuple({} for _ in customers)
        ids = ", ".join(literal(customer["id"]) for customer in customers)
        found = {
            row.pop("id"): row for row in self._values.query(f"select * from {{rows}} where id in ({ids})").to_pylist()
        }
        return tuple(found.get(customer["id"], {}) for customer in customers)

    def _key(self, sort: str) -> str:
        feature = sort.removeprefix(FEATURE)
        if feature != sort and feature in self.features:
            return f"v.{identifier(feature)}"
        if sort in self.columns:
            return f"c.{identifier(sort)}"
        near = closest(sort, [*self.columns, *(f"{FEATURE}{name}" for name in self.features)])
        raise InputError(
            f"Customers can't be sorted by {sort!r}.", hint=f"Did you mean {near!r}?" if near else "Try 'id'."
        )

    def _was(self, segment: int, since: str) -> str:
        """The test of who was in a segment before."""
        if since and self._elsewhere is not None:
            return f"c.id in (select id from {literal(self._elsewhere(since))} where segment = {int(segment)})"
        if since or "segment_before" not in self.columns:
            raise InputError(
                "This run does not know where customers were before.", hint="Name an earlier run of its folder: since."
            )
        return f"c.segment_before = {int(segment)}"

    def _in_control(self, control: bool) -> str:
        if "control" not in self.columns:
            raise InputError("This run has no control groups.", hint="They need a log of orders.")
        return f"{'' if control else 'not '}coalesce(c.control, false)"

    def _in_rfm_group(self, group: str) -> str:
        if "rfm_group" not in self.columns:
            raise InputError("This run has no RFM groups.", hint="They need a log of orders.")
        return f"c.rfm_group = {quote_text(group)}"

    @cached_property
    def _beside(self) -> str:
        """How features come beside their customers: row by row where both files are in one order, at a tenth of the cost."""
        assert self._values is not None
        apart = self._customers.value(
            "select count(*) filter (c.id is distinct from v.id) as n from {rows} c positional join {values} v",
            values=self._values,
        )
        return " join {values} v on v.id = c.id" if apart else " positional join {values} v"

    def _joined(self, sort: str) -> tuple[str, dict[str, Rows]]:
        """What brings the features in, where a query over `c` sorts by one of them."""
        if self._values is None or not sort.startswith(FEATURE):
            return "", {}
        return self._beside, {"values": self._values}

    def _in_segment(self, segment: int) -> str:
        if segment not in self._names:
            there = ", ".join(f"{number} {name}" for number, name in self._names.items())
            raise InputError(f"There is no segment {segment}.", hint=f"The segments are: {there}.")
        return f"c.segment = {int(segment)}"

    def _of_action(self, action: str) -> str:
        column = next((name for name in ("action_code", "action") if name in self.columns), None)
        rule = find_action(self._labels if column else {}, action)
        return f"c.{column} = {quote_text(rule)}"

    def _where(self, query: CustomerQuery) -> str:
        return " and ".join(["true", *self._row_tests(query)])

    def _row_tests(self, query: CustomerQuery) -> list[str]:
        tests = []
        if query.search:
            tests.append(f"contains(lower(c.id), lower({quote_text(query.search)}))")
        if query.segment is not None:
            tests.append(self._in_segment(query.segment))
        if query.before is not None:
            tests.append(self._was(query.before, query.since))
        if query.rfm:
            tests.append(self._in_rfm_group(query.rfm))
        if query.action:
            tests.append(self._of_action(query.action))
        if query.control is not None:
            tests.append(self._in_control(query.control))
        if query.who:
            if query.who not in self.who():
                there = ", ".join(self.who()) or "none"
                raise InputError(f"This run does not know who is {query.who!r}.", hint=f"It knows: {there}.")
            tests.append(f"({_TESTS[query.who][1]})")
        return tests


def customers_of_folder(
    run: Run, engine: Engine, *, names: Mapping[int, str], labels: Mapping[str, str]
) -> CustomerList:
    """The customers of a run's folder, read where they lie.

    Args:
        run: The run.
        engine: Reads its files.
        names: Names of segments, people's own first.
        labels: What suggested actions are called, by their rules.

    Raises:
        RunError: a file of the run is missing or was changed.
    """
    verified_bytes(run.path, run.manifest, CUSTOMERS)
    customers = engine.parquet([run.path / CUSTOMERS])
    values = None
    if VALUES in run.manifest.files:
        verified_bytes(run.path, run.manifest, VALUES)
        values = engine.parquet([run.path / VALUES])
    orders = None
    if ORDERS in run.manifest.files:
        verified_bytes(run.path, run.manifest, ORDERS)
        orders = engine.parquet([run.path / ORDERS])

    def elsewhere(name: str) -> Path:
        folder = run.path.parent / name
        if not is_name(name) or not (folder / MANIFEST).is_file():
            raise MissingError(f"There is no run {name!r}.", hint="`clustera runs` lists the runs.")
        other = open_folder(folder)
        verified_bytes(other.path, other.manifest, CUSTOMERS)
        return other.path / CUSTOMERS

    return CustomerList(
        customers,
        values,
        names=names,
        labels=labels,
        label=run.name,
        orders=orders,
        elsewhere=elsewhere,
    )
