"""Options that would change nothing are refused, where they are given by hand: a settings file may hold them for other calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from clustera.errors import InputError
from clustera.settings import Settings, all_options

# Of `assign`: what is asked of the check and of the machine; how a file is read, and a log of orders, comes on top.
_EFFECTIVE = frozenset({"id", "dates", "decimal", "as_of", "keep", "threads", "memory_limit"})
_SETTLED = "the columns, the preparation and the segments are those of the run"
_FOR_ORDERS = "it is for a log of orders"
_KEPT = "the definitions of the earlier run are kept"
_DRAWING = frozenset({"unskew", "outliers", "weights", "min_size", "k_max", "choose_by"})
_ROLES = frozenset(
    {"descriptors", "exclude"}
)  # of a table: with orders, the table that describes customers has roles of its own
_ROLE_FIXES = frozenset({"code-or-quantity", "leaked-label", "near-duplicate", "noise-feature"})


def refuse_on_assign(given: Mapping[str, Any], asked: Settings, *, orders: bool) -> None:
    """Refuse options that change nothing where segments are given.

    Args:
        given: The options by name; None was not given.
        asked: All that is asked for.
        orders: Whether a log of orders is assigned.

    Raises:
        InputError: there is one.
    """
    known = all_options()
    useful = {"read", "orders"} if orders else {"read"}
    for name, value in given.items():
        if value is None or name not in known or name in _EFFECTIVE or useful.intersection(known[name][0]):
            continue
        raise _ineffective(name, _FOR_ORDERS if known[name][0] == ("orders",) else _SETTLED)
    if given.get("keep") is not None:
        _refuse_idle_fixes(asked.check.keep, _SETTLED)


def refuse_on_segment(given: Mapping[str, Any], asked: Settings, *, orders: bool, like: bool) -> None:
    """Refuse options that change nothing without orders, or where the definitions of an earlier run are kept.

    Args:
        given: The options by name; None was not given.
        asked: All that is asked for.
        orders: Whether there is a log of orders.
        like: Whether there is an earlier run.

    Raises:
        InputError: there is one.
    """
    known, kept = all_options(), like and not asked.cluster.redraw
    for name, value in given.items():
        # What was made of it is compared: of an index or an array it can't be said whether it equals a list.
        made = getattr(getattr(asked, known[name][0][0]), name)
        if value is None or made == known[name][1].get_default(call_default_factory=True):
            continue
        if not orders and (known[name][0] == ("orders",) or name == "keep_orders"):
            raise _ineffective(name, _FOR_ORDERS)
        if kept and name in (_DRAWING if orders else {*_DRAWING, *_ROLES}):
            raise _ineffective(name, _KEPT)
        if name == "redraw" and not like:
            raise InputError(
                "The option redraw does nothing without an earlier run.", hint="Pass like, or leave it out."
            )
    if given.get("keep") is not None:
        _refuse_fixes(asked.check.keep, orders=orders, kept=kept)


def _refuse_fixes(keep: Sequence[str], *, orders: bool, kept: bool) -> None:
    """Refuse to keep what nothing would change anyway."""
    if kept:
        _refuse_idle_fixes(keep, _KEPT)
    if orders and "noise-feature" in keep:
        raise _ineffective("keep=noise-feature", "features from orders all form the segments")


def _refuse_idle_fixes(keep: Collection[str], why: str) -> None:
    """Refuse to switch off fixes that concern what columns are, where that is settled."""
    if idle := sorted(_ROLE_FIXES.intersection(keep)):
        raise _ineffective(f"keep={','.join(idle)}", why)


def _ineffective(name: str, why: str) -> InputError:
    hints = {_FOR_ORDERS: "Pass the orders, or leave it out.", _KEPT: "Leave it out, or draw new segments: --redraw."}
    return InputError(f"The option {name} does nothing here: {why}.", hint=hints.get(why, "Leave it out."))
