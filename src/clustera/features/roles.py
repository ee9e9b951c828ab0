"""Which column of an order log is what: the caller's word first, then names in many languages, held against the cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clustera.engines import Rows, identifier
from clustera.errors import InputError, closest
from clustera.features.cells import Cells, column_cells
from clustera.features.options import OrderOptions
from clustera.features.role_cells import (
    FITS,
    are_deal_stages,
    are_status_codes,
    is_anything,
    is_flag_or_date,
    is_money,
    is_status,
    looks_like_id,
    says_unpaid,
    speaks_of_status,
    tells_of_payment,
)
from clustera.features.role_guesses import (
    SEGMENTABLE,
    bare_name,
    may_be_amounts,
    may_be_customers,
    only_amount,
    only_telephone,
    shared_prefix,
)
from clustera.features.role_names import (
    DISCOUNT,
    EMAIL,
    NAMES,
    OTHER_STATUSES,
    PAID_FLAG,
    SPOKEN,
    STATUS,
    VOID_FLAG,
    WHOLE_NAME,
    best_amount,
    is_count,
    is_kind_of_price,
    is_number_of_pieces,
    is_of_bill,
    is_of_deals,
    is_of_no_order,
    is_of_order,
    is_whole_name,
    joined_name,
    spoken_words,
)
from clustera.features.vocabulary import class_pattern, role_words, words_of_class
from clustera.records import OrderColumn, OrderRole, Reason, own_columns

_NEEDED: tuple[OrderRole, ...] = ("customer", "date", "amount")
_NUMBERS = re.compile(r"^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w*INT\w*|FLOAT|DOUBLE|DECIMAL.*)$")


@dataclass(frozen=True, slots=True)
class Roles:
    """What the columns are, and what could not be decided.

    Attributes:
        columns: Every column of the log.
        guessed: Roles that were found by their cells alone: the role, its column.
        missing: Roles that a log needs and that no column plainly has, with the columns that might, best first.
        unfit: Of these, columns whose names are right and whose cells are not.
    """

    columns: tuple[OrderColumn, ...]
    guessed: tuple[tuple[OrderRole, str], ...]
    missing: Mapping[OrderRole, tuple[str, ...]]
    unfit: Mapping[OrderRole, str]


def is_number_type(sql_type: str) -> bool:
    """Whether an engine's type holds numbers.

    >>> is_number_type("DECIMAL(18,2)"), is_number_type("VARCHAR")
    (True, False)
    """
    return bool(_NUMBERS.match(sql_type))


def columns_named(role: OrderRole, names: Sequence[str]) -> list[str]:
    """Columns whose names fit a role; any with the word for a date in it, such as that of shipping, may hold the date.

    Names of people, the last of what a customer may be called, are none.
    """
    patterns = NAMES[role][:-1] if role == "customer" else NAMES[role]
    found = [n for pattern in map(class_pattern, patterns) for n in names if pattern.fullmatch(joined_name(n))]
    return found if role != "date" else _with_words_of("date", names, found)


def named_as_money(names: Sequence[str]) -> list[str]:
    """Columns named like an amount, then those with a word for money: cells must bear out what "Total after discount" is."""
    return _with_words_of("money", names, columns_named("amount", names))


def _with_words_of(key: str, names: Sequence[str], found: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*found, *(name for name in names if {*role_words(name).split()} & words_of_class(key))]))


def fitting_columns(
    names: Sequence[str], look: Callable[[Sequence[str]], Mapping[str, Cells]]
) -> tuple[str, str, str] | None:
    """Columns that are, by name and cells, the customer, the date and the amount of orders; None where one lacks.

    Args:
        names: Of the columns.
        look: What the cells of some columns are; asked only where the names fit.
    """
    # Dates first: a table without any is no log, and the patterns of the others, long to compile, are not needed.
    named: dict[OrderRole, list[str]] = {}
    for role in sorted(_NEEDED, key=lambda role: role != "date"):
        named[role] = columns_named(role, names)
        if not named[role]:
            return None
    cells = look(list(dict.fromkeys(name for listed in named.values() for name in listed)))
    taken: list[str] = []
    for role in _NEEDED:
        fits = [name for name in named[role] if name not in taken and FITS[role](cells[name])]
        if not fits:
            return None
        taken.append(fits[0])
    return taken[0], taken[1], taken[2]


def order_column_roles(rows: Rows, options: OrderOptions, *, source: str) -> Roles:
    """What each column of a log is.

    Args:
        rows: The log; the columns that reading adds are left out.
        options: What the caller says.
        source: The log's name, for messages.

    Raises:
        InputError: a named column is not there.
    """
    types = {name: rows.columns[name] for name in own_columns(rows.columns)}
    found: dict[str, tuple[OrderRole, Reason]] = dict(_roles_asked_for_orders(types, options, source))
    asked = frozenset(found)
    usable = [name for name in types if name not in options.exclude and _is_plain(types[name])]
    cells = column_cells(rows, usable)
    finder = _Finder(rows, usable, cells, found)
    guessed = finder.find(frozenset(role for role, _ in found.values()), options)
    missing = {
        role: finder.candidates(role)
        for role in _NEEDED
        if role not in finder.given and not (role == "amount" and "price" in finder.given)
    }
    columns = tuple(
        OrderColumn(name, found[name][0], found[name][1], asked=name in asked)
        if name in found
        else OrderColumn(name, "ignored", Reason("no-role-in-log"))
        for name in types
    )
    unfit: dict[OrderRole, str] = {
        role: name for role in missing if role != "customer" and (name := finder.unfit(role))
    }
    return Roles(columns, guessed, missing, unfit)


def _is_plain(kind: str) -> bool:
    return not kind.startswith(("STRUCT", "MAP", "BLOB")) and not kind.endswith("[]")


def _roles_asked_for_orders(
    types: Mapping[str, str], options: OrderOptions, source: str
) -> dict[str, tuple[OrderRole, Reason]]:
    said: list[tuple[OrderRole, str]] = [
        (role, name) for role in SPOKEN if (name := getattr(options, role)) is not None
    ]
    said += [("discount", name) for name in options.discount or ()]
    if unknown := [(role, name) for role, name in said if name not in types]:
        near = {name: closest(name, types) for _, name in unknown}
        meant = [other if len(near) == 1 else f"{other!r} for {name!r}" for name, other in near.items() if other]
        asked = f"Did you mean {', '.join(meant) if len(near) > 1 else repr(meant[0])}? " if meant else ""
        words = " ".join(f"--set {role}={near[name] or 'COLUMN'}" for role, name in unknown)
        raise InputError(
            f"{source} has no column {' and no column '.join(repr(name) for _, name in unknown)}; it has: {', '.join(types)}.",
            hint=f"{asked}Say {words}.",
        )
    return {name: (role, Reason("asked")) for role, name in said}


class _Finder:
    """Takes one role after the other from the columns that are still free."""

    def __init__(
        self,
        rows: Rows,
        names: Sequence[str],
        cells: Mapping[str, Cells],
        found: dict[str, tuple[OrderRole, Reason]],
    ) -> None:
        self.rows, self.cells, self.found = rows, cells, found
        prefix = shared_prefix(names)
        self.called = {name: bare_name(name, frozenset({prefix})) if prefix else name for name in names}

    @property
    def given(self) -> frozenset[OrderRole]:
        return frozenset(role for role, _ in self.found.values())

    def free(self) -> list[str]:
        return [name for name in self.called if name not in self.found]

    def find(self, asked: frozenset[OrderRole], options: OrderOptions) -> tuple[tuple[OrderRole, str], ...]:
        """Give every role that is still open its column; returns what was found by the cells alone."""
        guessed: list[tuple[OrderRole, str]] = []
        for role in NAMES:
            if role not in asked:
                self._by_name(role)
        self._by_bare_names(asked)
        dated = [name for name in self.candidates("date") if self.cells[name].date >= 0.5]
        if "date" not in self.given and len(dated) == 1:
            self.found[dated[0]] = ("date", Reason("only-dates"))
            guessed.append(("date", dated[0]))
        if "customer" not in self.given:
            self._repeated_id()
        guessed += self._only_ones()
        if "order" not in self.given:
            self._order_by_cells()
        if options.discount is None:
            self._discounts()
        if "status" not in asked:
            self._statuses()
        self._take("email", (EMAIL,), lambda cells: cells.mail >= 0.5)
        return tuple(guessed)

    def _by_bare_names(self, asked: frozenset[OrderRole]) -> None:
        """Give roles of money, people and days that no whole name tells by names without what stands before them."""
        whole, tables = self.called, words_of_class("wrapper")
        self.called = {name: bare_name(name, tables) for name in whole}
        for role in ("customer", "date", "amount", "price", "order", "product", "quantity"):
            if role not in asked | self.given and not (role == "price" and "amount" in self.given):
                self._by_name(role)
        self.called = {name: bare_name(name, tables | words_of_class("order")) for name in whole}
        if "customer" not in asked | self.given:
            self._by_name("customer")
        self.called = whole

    def _only_ones(self) -> list[tuple[OrderRole, str]]:
        """Give the customer and the amount the only column that can be it, though none is plainly called so."""
        found: list[tuple[OrderRole, str]] = []
        if "customer" not in self.given and not self.candidates("customer")[1:]:
            found += [("customer", name) for name in only_telephone(self.rows, self.free(), self.cells)]
        if not {"amount", "price"} & self.given and not self.unfit("amount") + self.unfit("price"):
            found += only_amount([*self.free(), *self._of_role("cost")], self.cells)
        self.found |= {name: (role, Reason("only-fit")) for role, name in found}
        return found

    def _by_name(self, role: OrderRole) -> None:
        names: Sequence[str] = self._named(role, (*NAMES[role], WHOLE_NAME), FITS.get(role, is_anything))
        if role == "customer":
            names = self._telling_apart(names)
        if role == "amount":
            names = [name for name in names if not is_number_of_pieces(name)] or ([] if self._has_price() else names)
            names = [] if self._are_prices_of_pieces(names) else names
        if not names:
            return
        best = names[0]
        if role == "date" and len(names) > 1:
            best = self._complete(sorted(names, key=is_of_bill))
        if role == "order":
            best = self._of_several_lines([name for name in names if self.cells[name].distinct > 1] or names)
        if role in {"amount", "price"}:
            best = best_amount(names)
        self.found[best] = (role, Reason("role-by-name", {"spoken": SPOKEN[role]}))

    def _is_called(self, pattern: str, name: str) -> bool:
        return bool(class_pattern(pattern).fullmatch(joined_name(self.called[name])))

    def _telling_apart(self, names: Sequence[str]) -> Sequence[str]:
        """Columns named like the customer, without a handful of values beside others: `Account` may be that of a ledger."""
        shown = {name: self.cells[name] for name in names}
        few = [name for name, cells in shown.items() if cells.distinct < SEGMENTABLE <= cells.filled / 10]
        counted = {name: self._distinct_up_to(name, SEGMENTABLE) for name in few}
        telling = [name for name in names if counted.get(name, SEGMENTABLE) >= SEGMENTABLE]
        return telling or [name for name in names if counted[name] > 1 or "account" not in role_words(name).split()]

    def _distinct_up_to(self, name: str, most: int) -> int:
        # The first lines may be those of one customer, where the log is sorted.
        values = f"select distinct {identifier(name)} as x from {{rows}} where x is not null limit {most}"
        return int(self.rows.query(f"select count(*) as n from ({values})")["n"][0].as_py())

    def _named(self, role: OrderRole, patterns: Sequence[str], fits: Callable[[Cells], bool]) -> list[str]:
        """The free columns whose names and cells fit, best pattern first."""
        listed = []
        for pattern in patterns:
            for name in self.free():
                counted = role in {"customer", "order", "product"} and is_count(name)
                called = self.called[name]
                named = is_whole_name(called, role) if pattern == WHOLE_NAME else self._is_called(pattern, name)
                if named and name not in listed and not counted and fits(self.cells[name]):
                    listed.append(name)
        return listed

    def _are_prices_of_pieces(self, names: Sequence[str]) -> bool:
        """Whether no column is called an amount but by its price, and another one is the number of pieces."""
        pieces = self._of_role("quantity") or self._named(
            "quantity", (*NAMES["quantity"], WHOLE_NAME), FITS["quantity"]
        )
        return bool(pieces) and all(map(is_kind_of_price, names))

    def _has_price(self) -> bool:
        return bool(self._named("price", NAMES["price"], FITS["price"]))

    def unfit(self, role: OrderRole) -> str:
        """A free column that is named like a role, and whose cells do not fit it."""
        return next(iter(self._named(role, NAMES[role], is_anything)), "")

    def _take(self, role: OrderRole, patterns: Sequence[str], fits: Callable[[Cells], bool]) -> None:
        for name in self._named(role, patterns, fits)[:1]:
            self.found[name] = (role, Reason("role-by-name-and-cells", {"spoken": SPOKEN[role]}))

    def _of_several_lines(self, names: Sequence[str]) -> str:
        """The first; where it differs on every line, an id of orders that comes again: the first is of lines (Etsy)."""
        ids = [name for name in names if self._is_called(NAMES["order"][0], name)]
        again = [name for name in ids if self.cells[name].distinct < self.cells[name].filled == self.cells[name].lines]
        first = self.cells[names[0]]
        return again[0] if names[0] in ids and again and first.distinct == first.lines else names[0]

    def _complete(self, names: Sequence[str]) -> str:
        """The first whose cells are filled nearly as often as those of the fullest."""
        listed = ", ".join(f"count({identifier(name)})" for name in names)
        counts = self.rows.value(f"select [{listed}] as n from {{rows}}")
        return next(name for name, n in zip(names, counts, strict=True) if n >= 0.8 * max(counts))

    def _repeated_id(self) -> None:
        """A column that is merely called id, and whose cells come again, tells customers apart: an order comes once.

        Where another column speaks of the customer, it is for the user to say.
        """
        named = (name for name in self.free() if set(role_words(name).split()) & words_of_class("customer"))
        if any(looks_like_id(self.cells[name]) for name in named):
            return
        for name in self.free():
            cells = self.cells[name]
            called_id = class_pattern("<id>").fullmatch(joined_name(self.called[name]))
            if called_id and 1 < cells.distinct < 0.8 * cells.filled:
                self.found[name] = ("customer", Reason("repeated-id"))
                return

    def _order_by_cells(self) -> None:
        found = []
        for pattern in ("<id>", "<name>"):
            for name in [*self.free(), *self._of_role("text")]:
                cells = self.cells[name]
                coded = cells.digits >= 0.95 and cells.blanks < 0.1 and cells.fraction < 0.2
                if coded and cells.distinct > 0.1 * cells.filled and self._is_called(pattern, name):
                    found.append(name)
        if found:
            # Shopify writes its Id on the first line of an order only, its Name on all of them.
            self.found[self._complete(found)] = ("order", Reason("numbers-of-orders"))

    def _discounts(self) -> None:
        for name in self.free():
            parts = spoken_words(name)
            ends = ["".join(parts[at:]) for at in range(len(parts)) if not words_of_class("beside") & set(parts[:at])]
            named = any(class_pattern(DISCOUNT).fullmatch(end) for end in ends)
            if named and is_money(self.cells[name], empty=True) and "%" not in name and not is_count(name):
                self.found[name] = ("discount", Reason("discount-by-name"))

    def _statuses(self) -> None:
        """Columns that say whether an order was paid: of the payment and of the order, else any status; and yes or no."""
        named = [name for pattern in STATUS[:2] for name in self._named("status", (pattern,), is_status)]
        named += self._named("status", STATUS[2:], tells_of_payment)
        named += [name for name in self.free() if is_of_deals(name) and are_deal_stages(self.cells[name])]
        named += self._named("status", OTHER_STATUSES, says_unpaid if named else tells_of_payment)
        named = named or self._named("status", STATUS[2:], are_status_codes)
        named = named or [n for n in self.free() if speaks_of_status(self.cells[n]) and not is_of_no_order(n)][:1]
        named += self._named("status", (VOID_FLAG,), is_flag_or_date)
        named += self._named("status", (PAID_FLAG,), lambda cells: cells.flag >= 0.9)
        # Where words say it too, nobody is asked what numbers mean.
        told = [name for name in named if not are_status_codes(self.cells[name])]
        for name in told or named:
            self.found.setdefault(name, ("status", Reason("says-whether-paid")))

    def candidates(self, role: OrderRole) -> tuple[str, ...]:
        """Free columns whose cells might have a role, best first."""
        free = self.free()
        if role == "date":
            # Figures alone are also numbers of something else.
            free = [name for name in free if self.cells[name].dated >= 0.5]
            return tuple(sorted(free, key=lambda name: (not is_of_order(name), self.cells[name].date < 0.5)))
        if role == "amount":
            return may_be_amounts([*free, *self._of_role("cost")], self.cells)
        if role == "customer":
            return may_be_customers(free, self._of_role("text"), self.cells)
        return ()

    def _of_role(self, role: OrderRole) -> list[str]:
        return [name for name, (has, _) in self.found.items() if has == role and name in self.cells]
