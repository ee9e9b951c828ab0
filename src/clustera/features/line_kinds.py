"""What a column says that each line is: a sale, or money paid back that is written without a minus."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from clustera import lexicon
from clustera.engines import Rows, identifier, literal
from clustera.features.cells import GLANCE
from clustera.features.options import OrderOptions
from clustera.features.role_cells import MOST_STATUSES
from clustera.features.role_names import is_status_name
from clustera.features.roles import is_number_type
from clustera.features.spelling import text_sql
from clustera.features.vocabulary import is_void_status, payment_of_status, role_words, words_of_class
from clustera.records import Finding, Item, OrderColumn

_SOLD = frozenset({"sale", "invoice", "payment"})  # keys of the section "kinds"
_SALE_AND_RETURN = {"S": "sale", "R": "other"}
_DIRECTIONS = frozenset({"debit", "credit"})
FEWEST_SUMS = 10  # lines that are the sum of those above them, from which on their text means that
NEARLY_ALL = 0.9
CENT = 0.01
_MEANS = _DIRECTIONS | {"invoice"}  # ways to pay, where a column tells by which
_MAY_TELL = frozenset({"ignored", "status", "category", "text", "product", "channel"})  # roles of columns that may


@dataclass(frozen=True, slots=True)
class _LineKind:
    """One value of a column that says what lines are, with its lines above and below zero."""

    text: str
    kind: str  # key of the section "kinds"; empty where its words say nothing
    lines: int
    money: float
    below: int  # lines whose amount is below zero
    money_below: float

    def item(self) -> Item:
        """As a finding lists it."""
        return {"kind": self.text, "lines": self.lines + self.below, "money": self.money + self.money_below}


def signed_by_kind(
    rows: Rows, columns: Sequence[OrderColumn], amount: str, options: OrderOptions
) -> tuple[str, list[Finding]]:
    """SQL for the amount with a minus where a column says that the line is money paid back, and what is told of it.

    Only where the column calls other lines sales, and no line of such a value is below zero already. Where more would come
    back than was sold, the words mean something else, and it is told only.

    Args:
        rows: The log as read.
        columns: With roles.
        amount: SQL for the money of a line.
        options: What the caller says; values of `paid` and `unpaid` are left as they are.
    """
    statuses = {column.name for column in columns if column.role == "status"}
    asked = {*map(role_words, (*options.paid, *options.unpaid))}
    order = next((column.name for column in columns if column.role == "order"), "")
    for name in _columns_of_kinds(rows, columns):
        back, other = _beside_sales(_line_kinds(rows, name, amount, asked, order), of_status=name in statuses)
        found = [_kinds_finding("refund-lines", name, back, rows)] if back else []
        found += [_kinds_finding("no-sale-lines", name, other, rows)] if other else []
        if back:
            said = ", ".join(literal(kind.text) for kind in back)
            return f"case when {text_sql(name)} in ({said}) then -({amount}) else {amount} end", found
        if other:
            return amount, found
    return amount, _repeated_sums(rows, columns, amount)


def _repeated_sums(rows: Rows, columns: Sequence[OrderColumn], amount: str) -> list[Finding]:
    """What is told of lines such as `Subtotal` or `Paid by card` that have the money of the lines above them again.

    A text is one of these where its line is the sum of two or more lines of its order above it, in nearly all such orders.

    Args:
        rows: The log as read.
        columns: With roles.
        amount: SQL for the money of a line.
    """
    keys = [column.name for column in columns if column.role in {"order", "customer", "date"}]
    order = next((column.name for column in columns if column.role == "order"), "")
    texts = [c.name for c in columns if c.role in _MAY_TELL and not is_number_type(rows.columns[c.name])]
    if not texts:
        return []
    key = f"concat_ws('|', {', '.join(f'cast({identifier(name)} as varchar)' for name in keys)})"
    cells = ", ".join([key, f"try_cast({amount} as double)", *map(text_sql, texts)])
    lines = rows.query(f"select {cells} from {{rows}} limit {GLANCE}")
    of_order, money, *values = (column.to_pylist() for column in lines.columns)
    sums = _are_sums_above(of_order, money)
    for name, own in zip(texts, values, strict=True):
        if found := _texts_of_sums(own, sums):
            kinds = [kind for kind in _line_kinds(rows, name, amount, set(), order) if kind.text in found]
            return [_kinds_finding("no-sale-lines", name, kinds, rows)]
    return []


def _texts_of_sums(texts: Sequence[str], sums: Sequence[bool | None]) -> set[str]:
    """The texts whose lines are sums in nearly all orders in which they could be."""
    judged = Counter(text for text, is_sum in zip(texts, sums, strict=True) if is_sum is not None)
    found = Counter(text for text, is_sum in zip(texts, sums, strict=True) if is_sum)
    return {text for text, n in found.items() if text and n >= max(FEWEST_SUMS, NEARLY_ALL * judged[text])}


def _are_sums_above(of_order: Sequence[str], money: Sequence[float | None]) -> list[bool | None]:
    """Whether each line is the sum of those of its order above it that are no sums; None where these are fewer than two.

    >>> _are_sums_above(["A"] * 4 + ["B"] * 2, [2.0, 3.5, 5.5, 5.5, 7.0, 7.0])
    [None, None, True, True, None, None]
    """
    above = defaultdict[str, list[float]](list)
    found = list[bool | None]()
    for order, amount in zip(of_order, money, strict=True):
        own = above[order]
        is_sum = amount is not None and bool(own) and abs(amount - sum(own)) < CENT / 2
        found.append(is_sum if len(own) > 1 else None)
        if amount and not is_sum:
            own.append(amount)
    return found


def _beside_sales(kinds: Sequence[_LineKind], *, of_status: bool) -> tuple[list[_LineKind], list[_LineKind]]:
    """The values that say money paid back, without a minus, and those that may be no sales."""
    back = [kind for kind in kinds if kind.kind == "back" and kind.lines and not kind.below]
    other = [kind for kind in kinds if _may_be_no_sale(kind, kinds)]
    if of_status:
        other = [kind for kind in other if payment_of_status(kind.text) != "unpaid"]
    if 2 * sum(kind.money for kind in back) > sum(kind.money for kind in kinds):
        return [], [*back, *other]
    return back, other


def _columns_of_kinds(rows: Rows, columns: Sequence[OrderColumn]) -> list[str]:
    """Columns of few texts of which one is called a sale; a status is the order's own, whatever it says."""
    free = [
        column.name
        for column in columns
        if column.role in _MAY_TELL
        and not is_status_name(column.name)
        and not is_number_type(rows.columns[column.name])
    ]
    if not free:
        return []
    listed = ", ".join(f"cast({identifier(name)} as varchar)" for name in free)
    seen = rows.query(f"select {listed} from {{rows}} limit {GLANCE}")
    values = {name: set(seen.column(at).to_pylist()) - {None} for at, name in enumerate(free)}
    return [
        name
        for name in free
        if len(values[name]) <= MOST_STATUSES
        if (said := {*_kinds_of_lines(values[name], name).values()}) and (_SOLD & said or said == _DIRECTIONS)
    ]


def _tells_means(name: str) -> bool:
    """Whether a column tells by which means was paid: there credit and debit are cards, and a credit note is money.

    >>> _tells_means("card_type"), _tells_means("Payment Method"), _tells_means("Debit/Credit")
    (True, True, False)
    """
    return bool({*role_words(name).split()} & words_of_class("means"))


def _kinds_of_lines(values: Collection[str], name: str) -> dict[str, str]:
    """What each value says that lines are; S and R alone are sales and what may be returns, where no size is meant."""
    of_lines = {*role_words(name).split()} & (words_of_class("order") | {"type", "kind", "typ", "art", "tipo"})
    if of_lines and {value.upper() for value in values} == {*_SALE_AND_RETURN}:
        return {value: _SALE_AND_RETURN[value.upper()] for value in values}
    return {value: _kind_of_line(value, name) for value in values}


def _kind_of_line(value: str, name: str) -> str:
    spoken, ways_to_pay = role_words(value), _MEANS if _tells_means(name) else frozenset()
    if len(spoken) == 1 and not ways_to_pay:
        # S and H below "Soll/Haben", D and C below "Debit/Credit".
        words = [word for word in role_words(name).split() if word.startswith(spoken)]
        return next((key for key in _DIRECTIONS if {*words} & {*lexicon.lexicon_phrases("kinds", key)}), "")
    kinds = (key for key in lexicon.lexicon_section("kinds") if key not in ways_to_pay)
    return next((key for key in kinds if spoken in lexicon.lexicon_phrases("kinds", key)), "")


def _are_in_orders_of_sales(rows: Rows, name: str, found: Mapping[str, str], order: str) -> bool:
    """Whether most payments stand in orders that have lines of sales as well, so that they are the same money."""
    texts = {key: [literal(text) for text, kind in found.items() if kind == key] for key in ("payment", "sale")}
    if not order or not all(texts.values()):
        return False
    has = {key: f"bool_or({text_sql(name)} in ({', '.join(listed)}))" for key, listed in texts.items()}
    seen = rows.query(
        f"select count(*) filter (where paid) as paid, count(*) filter (where paid and sold) as both from (select {has['payment']} as paid, "
        f"{has['sale']} as sold from {{rows}} where {identifier(order)} is not null group by {identifier(order)})"
    ).to_pylist()[0]
    return bool(2 * seen["both"] > seen["paid"])


def _line_kinds(rows: Rows, name: str, amount: str, asked: set[str], order: str) -> list[_LineKind]:
    seen = rows.query(
        "select kind, count(*) filter (where money > 0) as n, coalesce(sum(money) filter (where money > 0), 0) as money, count(*) filter (where money < 0) as below, "
        "coalesce(sum(money) filter (where money < 0), 0) as money_below "
        f"from (select {text_sql(name)} as kind, try_cast({amount} as double) as money from {{rows}}) where kind is not null "
        f"group by kind order by money desc, kind limit {GLANCE}"
    ).to_pylist()
    kinds = _kinds_of_lines([row["kind"] for row in seen], name)
    found = {text: kind for text, kind in kinds.items() if role_words(text) not in asked}
    if "invoice" in found.values() or _are_in_orders_of_sales(rows, name, found, order):
        # What is paid for an invoice, or for the lines of a sale, is the same money.
        found = {text: "other" if kind == "payment" else kind for text, kind in found.items()}
    return [
        _LineKind(
            row["kind"],
            found.get(row["kind"], ""),
            int(row["n"]),
            float(row["money"]),
            int(row["below"]),
            float(row["money_below"]),
        )
        for row in seen
    ]


def _may_be_no_sale(kind: _LineKind, kinds: Sequence[_LineKind]) -> bool:
    if kind.kind in _DIRECTIONS:
        return len({one.kind for one in kinds if one.kind in _DIRECTIONS and one.lines}) > 1
    # A sale that was given up is rightly below zero; a fee or a payout is the shop's.
    return kind.kind == "other" and bool(kind.lines or (kind.below and not is_void_status(kind.text)))


def _kinds_finding(code: str, name: str, kinds: Sequence[_LineKind], rows: Rows) -> Finding:
    count, of = sum(kind.lines + kind.below for kind in kinds), rows.count()
    return Finding.counted(code, "warning", count, of, column=name, kinds=tuple(kind.item() for kind in kinds))
