"""What customers bought on which day, numbered, so that it can be counted in arrays a few thousand customers at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from clustera.engines import Rows, array_of, hash_sql, identifier, literal
from clustera.lexicon import names_no_category

COUNTED = 50_000  # customers whose purchases are counted at a time
HALF_LIVES = (45.0, 120.0)  # days after which a purchase counts half
Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Purchases:
    """Which customer bought which item on which day, each once.

    Customers are numbered from 0 by a hash of their id, so that the first n are a random sample; items by their names.
    """

    events: Rows  # customer, item, day (INTEGER)
    customers: Rows  # customer (INTEGER), id (VARCHAR), segment (INTEGER; 0 where there are none)
    count: int  # customers, with those who bought nothing
    items: tuple[str, ...]
    categories: Numbers | None  # int32 by item: number of its category, -1 where it has none; None without categories
    segments: Numbers  # int32 by customer
    first_day: int
    last_day: int  # days since 1970-01-01


@dataclass(frozen=True, slots=True)
class History:
    """What customers `start` to `stop` bought before a day: one entry per customer and item, in that order."""

    start: int
    stop: int
    before: int  # the day
    row: Numbers  # customer - start
    item: Numbers
    count: Numbers  # purchase days
    first: Numbers  # day
    last: Numbers
    recent: tuple[Numbers, ...]  # purchase days, of which one counts half after 45 and after 120 days
    visits: Numbers  # by customer: days with any purchase
    first_visit: Numbers  # by customer: day; `before` where there is none
    last_visit: Numbers

    @property
    def size(self) -> int:
        """Customers, with those who bought nothing."""
        return self.stop - self.start

    def owned(self, items: int) -> sp.csr_matrix:
        """Who has bought what: float32 (customers, items) of ones."""
        return self.matrix(np.ones(len(self.row), np.float32), items)

    def matrix(self, values: Numbers, items: int) -> sp.csr_matrix:
        """One value per entry as a sparse matrix (customers, items)."""
        ends = np.searchsorted(self.row, np.arange(self.size + 1))
        return sp.csr_matrix((values, self.item, ends), shape=(self.size, items))


@dataclass(frozen=True, slots=True)
class ItemTotals:
    """What all customers did with each item before a day; arrays by item."""

    before: int
    days: int  # from the first day of the log on
    customers: int  # who bought anything
    buyers: Numbers
    purchases: Numbers
    repeat_share: Numbers  # of the buyers, who bought it again; drawn towards 0.4 where they are few
    tested: Numbers  # buyers who had `horizon` days to buy it again
    tested_repeats: Numbers  # of them, who did

    @property
    def popularity(self) -> Numbers:
        """Share of the customers who have bought it, by item."""
        share: Numbers = self.buyers / max(self.customers, 1)
        return share


def read_purchases(lines: Rows, *, item: str, as_of: int, members: Rows | None = None) -> Purchases:
    """The purchases of a log.

    Sales above zero up to a day count, whatever is bought twice on a day once. What a customer gave back altogether
    (returns are worth as much as purchases) was not bought. Items that stand for none ("Other", "n/a") are left out.

    Args:
        lines: Order lines as `Orders.rows` has them.
        item: "category" or "product".
        as_of: The last day that counts (since 1970-01-01).
        members: `id` (VARCHAR) and `segment` of the customers, who then are all there are; else everybody in the log.
    """
    column = identifier(item)
    category = "category" if item == "product" and "category" in lines.columns else "cast(null as varchar)"
    bought = lines.select(
        f"select cast(customer_id as varchar) as id, cast({column} as varchar) as name, day, {category} as category from {{rows}} "
        f"where kind = 'sale' and amount > 0 and {column} is not null and day <= {as_of} and (customer_id, {column}) in "
        f"(select (customer_id, {column}) from {{rows}} where kind in ('sale', 'return') and day <= {as_of} "
        "group by all having sum(amount) > 0)"
    )
    if members is not None:
        people = members.select("select id, segment from {rows}")
        bought = bought.select("select b.* from {rows} b semi join {people} p on p.id = b.id", people=people)
        bought = bought.keep()
    else:
        bought = bought.keep()
        people = lines.select(
            f"select distinct cast(customer_id as varchar) as id, 0 as segment from {{rows}} where day <= {as_of}"
        )
    customers = people.select(
        f"select cast(row_number() over (order by {hash_sql('id')}, id) - 1 as integer) as customer, id, "
        "cast(segment as integer) as segment from {rows} order by customer"
    ).keep()
    names, categories = _named_items(bought)
    numbers = bought.engine.view(
        "select name, cast(row_number() over (order by name) - 1 as integer) as item from "
        f"(select distinct name from {bought.name} where name not in ({', '.join(map(literal, _names_of_no_item(bought)))}))"
    ).keep()
    events = bought.select(
        "select distinct c.customer, n.item, b.day from {rows} b join {customers} c using (id) join {numbers} n using (name) "
        "order by c.customer, n.item, b.day",
        customers=customers,
        numbers=numbers,
    ).keep()
    days = events.query("select min(day) as first, max(day) as last from {rows}").to_pylist()[0]
    return Purchases(
        events=events,
        customers=customers,
        count=customers.count(),
        items=names,
        categories=categories,
        segments=array_of(customers.query("select segment from {rows} order by customer")["segment"]),
        first_day=days["first"] if days["first"] is not None else as_of,
        last_day=as_of,
    )


def _names_of_no_item(bought: Rows) -> list[str]:
    """Names that stand for no item; never empty, since SQL wants one."""
    names = [row["name"] for row in bought.query("select distinct name from {rows}").to_pylist()]
    return ["", *sorted(name for name in names if names_no_category(name))]


def _named_items(bought: Rows) -> tuple[tuple[str, ...], Numbers | None]:
    """The items by name, and the category that each stands in most often."""
    found = bought.query(
        "with counted as (select name, category, count(*) as n from {rows} group by all) "
        "select name, arg_max(category, (n, category)) as category from counted "
        f"where name not in ({', '.join(map(literal, _names_of_no_item(bought)))}) group by name order by name"
    ).to_pylist()
    named = sorted({row["category"] for row in found if row["category"] is not None})
    if not named:
        return tuple(row["name"] for row in found), None
    numbers = {name: number for number, name in enumerate(named)}
    categories = np.array([numbers.get(row["category"], -1) for row in found], dtype=np.int32)
    return tuple(row["name"] for row in found), categories


def read_history(purchases: Purchases, start: int, stop: int, *, before: int) -> History:
    """What customers `start` to `stop` bought before a day."""
    found = purchases.events.query(
        f"select customer - {start} as customer, item, day from {{rows}} where customer >= {start} and customer < {stop} "
        f"and day < {before} order by customer, item, day"
    )
    row, item, day = (array_of(found[name]).astype(np.int64) for name in ("customer", "item", "day"))
    key = row * len(purchases.items) + item
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.int64)
    ends = np.r_[starts[1:], len(key)] if len(key) else starts
    recent = tuple(
        np.add.reduceat(0.5 ** ((before - day) / half), starts) if len(key) else np.zeros(0) for half in HALF_LIVES
    )
    first, last = np.full(stop - start, before), np.full(stop - start, before)
    np.minimum.at(first, row, day)
    if len(key):
        last[np.unique(row)] = np.maximum.reduceat(day, np.flatnonzero(np.r_[True, row[1:] != row[:-1]]))
    return History(
        start=start,
        stop=stop,
        before=before,
        row=row[starts].astype(np.int32),
        item=item[starts].astype(np.int32),
        count=(ends - starts).astype(np.float64),
        first=day[starts],
        last=day[ends - 1] if len(key) else starts,
        recent=recent,
        visits=np.bincount(np.unique(row * before + day) // before, minlength=stop - start),
        first_visit=first,
        last_visit=last,
    )


def later_purchases(purchases: Purchases, start: int, stop: int, *, first: int, last: int) -> sp.csr_matrix:
    """What customers `start` to `stop` bought from one day to another, both counted: ones (customers, items)."""
    found = purchases.events.query(
        f"select distinct customer - {start} as customer, item from {{rows}} where customer >= {start} and customer < {stop} "
        f"and day >= {first} and day <= {last} order by 1, 2"
    )
    row, item = array_of(found["customer"]), array_of(found["item"])
    return sp.csr_matrix(
        (np.ones(len(row), np.float32), (row, item)), shape=(stop - start, len(purchases.items)), dtype=np.float32
    )


def customer_ranges(count: int) -> Iterator[tuple[int, int]]:
    """Numbers of customers, 50,000 at a time: what is counted by customer and item then never fills the engine's memory.

    >>> list(customer_ranges(120_000))
    [(0, 50000), (50000, 100000), (100000, 120000)]
    """
    return ((start, min(start + COUNTED, count)) for start in range(0, count, COUNTED))


def total_items(purchases: Purchases, *, before: int, horizon: int) -> ItemTotals:
    """What all customers did with each item before a day; `horizon` is the days that one has to buy an item again."""
    names = ("buyers", "again", "purchases", "tested", "tested_again")
    columns = {name: np.zeros(len(purchases.items)) for name in names}
    customers = 0
    for start, stop in customer_ranges(purchases.count):
        own = f"customer >= {start} and customer < {stop} and day < {before}"
        found = purchases.events.query(
            "with pairs as (select customer, item, count(*) as n, min(day) as first from {rows} "
            f"where {own} group by customer, item) "
            "select item, count(*) as buyers, count(*) filter (n > 1) as again, sum(n)::bigint as purchases, "
            f"count(*) filter (first < {before - horizon}) as tested, "
            f"count(*) filter (first < {before - horizon} and n > 1) as tested_again from pairs group by item order by item"
        )
        place = array_of(found["item"])
        for name in names:
            columns[name][place] += array_of(found[name])
        counted = purchases.events.query(f"select count(distinct customer) as n from {{rows}} where {own}")
        customers += int(counted["n"][0].as_py())
    return ItemTotals(
        before=before,
        days=max(before - purchases.first_day, 1),
        customers=customers,
        buyers=columns["buyers"],
        purchases=columns["purchases"],
        repeat_share=(columns["again"] + 20 * 0.4) / (columns["buyers"] + 20),
        tested=columns["tested"],
        tested_repeats=columns["tested_again"],
    )


def matrix_values(matrix: sp.csr_matrix, row: Numbers, column: Numbers) -> Numbers:
    """The cells of a sparse matrix at some places; SciPy gives none of an array for no places at all."""
    if not len(row):
        return np.zeros(0, matrix.dtype)
    cells: Numbers = np.asarray(matrix[row, column]).ravel()
    return cells
