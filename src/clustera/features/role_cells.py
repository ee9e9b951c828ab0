"""What the cells of a column of an order log can be: money, dates, keys, statuses."""

from __future__ import annotations

from collections.abc import Callable

from clustera.days import MOSTLY
from clustera.features.cells import Cells
from clustera.records import OrderRole

MOST_STATUSES = 30  # different values; more are no status


def is_anything(cells: Cells) -> bool:
    """True: a role that any cells may have."""
    del cells
    return True


def is_money(cells: Cells, *, empty: bool = False) -> bool:
    """Whether cells are numbers rather than dates; `empty` where there are none."""
    return (cells.number >= 0.5 and cells.date < 0.5) if cells.filled else empty


def _says_yes_or_no(cells: Cells) -> bool:
    return cells.flag > 0.9 and cells.distinct <= 2


def _is_date(cells: Cells) -> bool:
    return bool(cells.filled) and (max(cells.dated, cells.serial) >= 0.5 or max(cells.months, cells.short) >= MOSTLY)


def _is_key(cells: Cells) -> bool:
    return bool(cells.filled) and cells.fraction < 0.5 and cells.date < 0.5


def _is_order(cells: Cells) -> bool:
    return _is_key(cells) and cells.digits >= 0.5


def is_status(cells: Cells) -> bool:
    """Whether cells are few different values."""
    return bool(cells.filled) and cells.distinct <= MOST_STATUSES and cells.date < 0.5 and cells.fraction < 0.5


def tells_of_payment(cells: Cells) -> bool:
    """Whether cells are statuses of orders: most are known, or one says that the order was not paid."""
    return says_unpaid(cells) or (is_status(cells) and cells.status >= 0.5)


def says_unpaid(cells: Cells) -> bool:
    """Whether one of a few different values says that an order was not paid, or paid back."""
    return is_status(cells) and cells.unpaid > 0


def are_status_codes(cells: Cells) -> bool:
    """Whether cells are few different whole numbers, whose meaning only the system knows that wrote them."""
    return is_status(cells) and cells.distinct > 1 and cells.number >= 0.9 and cells.flag < 0.9


def speaks_of_status(cells: Cells) -> bool:
    """Whether nearly all cells are words of a status, rather than yes and no; what was won is a deal, or a game."""
    words = cells.status >= 0.9 and cells.flag < 0.5 and cells.letters > 0.9
    return words and not cells.won and 2 <= cells.distinct <= MOST_STATUSES


def are_deal_stages(cells: Cells) -> bool:
    """Whether cells say of deals whether they were won: some were, and others were lost or are open."""
    return is_status(cells) and cells.won > 0 and cells.unpaid > 0


def is_flag_or_date(cells: Cells) -> bool:
    """Whether cells say yes or no, or when; empty ones may."""
    return not cells.filled or cells.flag >= 0.9 or cells.dated >= 0.9


def looks_like_id(cells: Cells) -> bool:
    """Addresses, codes with figures, or long whole numbers, of which at least one comes again."""
    if not cells.filled or cells.distinct < 3 or cells.distinct == cells.filled or not _is_key(cells):
        return False
    if cells.compact >= 0.5:
        return False
    return cells.coded >= 0.9 and cells.distinct > 0.02 * cells.filled


FITS: dict[OrderRole, Callable[[Cells], bool]] = {
    "customer": _is_key,
    "date": _is_date,
    "amount": lambda cells: is_money(cells) and not _says_yes_or_no(cells),
    "price": is_money,
    "order": _is_order,
    "product": _is_key,
    "text": lambda cells: not is_money(cells) or cells.letters >= 0.5,
    "quantity": lambda cells: is_money(cells) or (cells.measured >= 0.9 and cells.date < 0.5),
    "refund": lambda cells: is_money(cells, empty=True) and not _says_yes_or_no(cells),
    "cost": is_money,
    "currency": lambda cells: cells.letters + cells.sign >= 0.5 or not cells.filled,
}
