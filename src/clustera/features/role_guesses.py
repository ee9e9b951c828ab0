"""What a column may be where none is plainly called so: names without what stands before them, and the only one that fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from clustera.engines import Rows, identifier
from clustera.features.cells import Cells
from clustera.features.role_cells import is_money, looks_like_id
from clustera.features.role_names import NAMES, is_beside_amounts, is_measure, joined_name
from clustera.features.vocabulary import class_pattern, role_words, words_of_class
from clustera.lexicon import name_says
from clustera.records import OrderRole

SEGMENTABLE = 10  # customers, of fewer no segments are made
SHORT = 3  # letters of a table's name before those of its columns
FEWEST_FIGURES = 7  # of a telephone number
_PEOPLE = words_of_class("person") | {"user", "contact", "member", "account", "master"}
_DUES = "(?:<amountof>|<product>|<stay>|<customer>|<date>)*<dues>|<total>s?<cost>|<cost><total>"
_LAST: dict[OrderRole, str] = {"amount": _DUES, "price": "(?:<product>|<unit>)*<listed><price>"}


def shared_prefix(names: Sequence[str]) -> str:
    """The word that every name begins with, where it is that of an order or of a table and says nothing; else empty.

    >>> shared_prefix(["order.id", "order.total", "order.date"]), shared_prefix(["ss_customer_sk", "ss_net_paid", "ss_date"])
    ('order', 'ss')
    >>> shared_prefix(["customer_id", "customer_name", "customer_since"])
    ''
    """
    first = {words[0] if len(words := role_words(name).split()) > 1 else "" for name in names}
    prefix = first.pop() if len(first) == 1 and len(names) > 2 else ""
    short = prefix.isascii() and len(prefix) <= SHORT and prefix not in words_of_class("id") | words_of_class("date")
    return prefix if short or prefix in words_of_class("wrapper") | words_of_class("order") else ""


def bare_name(name: str, before: frozenset[str]) -> str:
    """The words of a name without those before it that say where it stands, and without the part that a nested amount ends with.

    >>> bare_name("dim_customer_id", frozenset({"dim"})), bare_name("price.amount", frozenset())
    ('customer id', 'price')
    >>> bare_name("fact_user_id", frozenset({"fact"}))
    'user id'
    >>> bare_name("sales.customer.id", frozenset({"sales"})), bare_name("sales_person_id", frozenset({"sales"}))
    ('customer id', 'sales person id')
    """
    words, orders = role_words(name).split(), words_of_class("order")
    # A sales person is no customer.
    while len(words) > 1 and words[0] in before and not (words[0] in orders and words[1] in _PEOPLE):
        words = words[1:]
    if len(words) > 1 and words[-1] in {"amount", "value"} and words[-2] in words_of_class("money"):
        words = words[:-1]
    return " ".join(words)


def only_amount(free: Iterable[str], cells: Mapping[str, Cells]) -> list[tuple[OrderRole, str]]:
    """The only column that can be the amount, called a fee, a premium or the like, or else a price of a list.

    Args:
        free: Columns without a role, and those of costs: a total cost may be the customer's.
        cells: What the cells of columns are.
    """
    numbers = [name for name in free if is_money(cells[name])]
    called = {name for name in numbers if words_of_class("cost") & set(role_words(name).split())}
    for role, pattern in _LAST.items():
        found = [name for name in numbers if class_pattern(pattern).fullmatch(joined_name(name))]
        others = {name for name in may_be_amounts(numbers, cells) if not is_beside_amounts(name)} - called - {*found}
        if found and not others:
            return [(role, name) for name in found] if len(found) == 1 else []
    return []


def only_telephone(rows: Rows, names: Iterable[str], cells: Mapping[str, Cells]) -> list[str]:
    """The only column of telephone numbers of which some come again; none where there are several."""
    found = [
        name
        for name in names
        if name_says(name, "columns", "phone")
        and SEGMENTABLE <= cells[name].distinct < cells[name].filled
        and cells[name].letters < 0.1
        and _are_long(rows, name)
    ]
    return found if len(found) == 1 else []


def _are_long(rows: Rows, name: str) -> bool:
    figures = f"length(regexp_replace(cast({identifier(name)} as varchar), '[^0-9]', '', 'g'))"
    seen = rows.query(
        f"select count({identifier(name)}) as n, count(*) filter (where {figures} >= {FEWEST_FIGURES}) as long from {{rows}}"
    ).to_pylist()[0]
    return bool(seen["n"]) and seen["long"] >= 0.9 * seen["n"]


def may_be_amounts(free: Iterable[str], cells: Mapping[str, Cells]) -> tuple[str, ...]:
    """Columns whose cells may be amounts, best first."""
    numbers = [name for name in free if is_money(cells[name])]
    fits = [name for name in numbers if cells[name].fraction >= 0.3]
    # Gifts and tickets are whole amounts, as are ages and years: then the name has to speak of money.
    fits = fits or [name for name in numbers if words_of_class("money") & set(role_words(name).split())]
    costs = words_of_class("cost")
    return tuple(
        sorted(
            fits,
            key=lambda name: (
                not class_pattern(_DUES).fullmatch(joined_name(name)),
                is_beside_amounts(name),
                bool(costs & set(role_words(name).split())),
                -cells[name].fraction * cells[name].filled,
            ),
        )
    )


def may_be_customers(free: Iterable[str], texts: Iterable[str], cells: Mapping[str, Cells]) -> tuple[str, ...]:
    """Columns that may tell customers apart, best first: ids of theirs and addresses, other codes, then names of people.

    Args:
        free: Columns without a role.
        texts: Columns of names, which may be those of people.
        cells: What the cells of columns are.
    """
    of_others = [pattern for role in ("order", "product") for pattern in NAMES[role]]
    fits = [
        name
        for name in free
        if looks_like_id(cells[name])
        and not is_measure(name)
        and not any(class_pattern(pattern).fullmatch(joined_name(name)) for pattern in of_others)
    ]
    speaks = words_of_class("customer")
    fits.sort(key=lambda name: (not speaks & set(role_words(name).split()), cells[name].mail < 0.5))
    named = (name for name in (*free, *texts) if name not in fits and _may_name_people(name, cells.get(name)))
    return (*fits, *named)


def _may_name_people(name: str, cells: Cells | None) -> bool:
    """Whether a column is called a name or a telephone, and its cells come again."""
    if cells is None or not SEGMENTABLE <= cells.distinct < cells.filled:
        return False
    return bool(class_pattern("<name>").fullmatch(joined_name(name))) or name_says(name, "columns", "phone")
