"""Two groups of customers, of one run or of two, held against each other on all columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clustera.engines import Rows
from clustera.errors import InputError
from clustera.profile import Told, group_differences
from clustera.records import GroupComparison, Outcome
from clustera.store import CustomerList, Members
from clustera.texts import expected_title, translate

_OF_ORDERS = ("value", "probability_alive", "overdue", "stage", "rfm_group", "favorite_category", "last_category")
EVERYBODY = "all"
Group = int | str  # a segment; the name or the definition of an audience; "all"


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A run of which a group is.

    Attributes:
        outcome: What it found.
        customers: Its customers.
        audience: The ids (`id`) of an audience's customers, in the same engine as the customers.
    """

    outcome: Outcome
    customers: CustomerList
    audience: Callable[[str], Rows]


def asked_group(text: str) -> Group:
    """What people write for a group: the number of a segment, else an audience.

    >>> asked_group("3"), asked_group("Win back"), asked_group("all")
    (3, 'Win back', 'all')
    """
    written = text.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) < 10 else written


def compare_two_groups(one: tuple[ComparedRun, Group], other: tuple[ComparedRun, Group | None]) -> GroupComparison:
    """Every column in which two groups can be compared, what differs most first.

    Whoever is in both groups of one run is counted in neither, so that the groups have nobody in common; where one group
    holds the other, it is compared without it.

    Args:
        one: A run, and a group of it.
        other: The same of the other group; None for everybody of that run who is not in the first one.

    Raises:
        InputError: there is no such segment, a definition can't be understood, or one of the groups has nobody of its own.
    """
    (run, group), (then, against) = one, other
    for of, which in ((run, group), (then, against)):
        if isinstance(which, int):
            _check_segment(of.outcome, which)
    same_run = run.customers is then.customers
    if same_run and group == against:
        called = f"Segment {group}" if isinstance(group, int) else f"{group!r}"
        raise InputError(f"{called} can't be compared with itself.", hint="Choose two groups, or two runs.")
    told = _comparable_columns(run.outcome, run.customers)
    if not same_run:
        before = _comparable_columns(then.outcome, then.customers)
        told = {name: called for name, called in told.items() if before.get(name) == called}
        if _value_terms(run.outcome) != _value_terms(then.outcome):
            told.pop("value", None)
    first, second, both = _apart(run, group, then, against, same_run=same_run)
    columns = run.customers.columns_of(first, list(told)), then.customers.columns_of(second, list(told))
    for found, which in zip(columns, (group, against), strict=True):
        if not found.customers:
            who = "There are no other customers" if which is None else f"Nobody is in {which!r} alone"
            raise InputError(f"{who}, so there is nothing to compare.", hint="Choose another group.")
    return GroupComparison(columns[0].customers, columns[1].customers, both, group_differences(*columns, told))


def _apart(
    run: ComparedRun, group: Group, then: ComparedRun, against: Group | None, *, same_run: bool
) -> tuple[Members, Members, int]:
    """The two groups without whoever is in both, and how many those are."""
    first = _members(run, group)
    if against is None:
        return first, Members(first.segment, others=True, ids=first.ids), 0
    second = _members(then, against)
    if not same_run or (isinstance(group, int) and isinstance(against, int)):
        return first, second, 0
    one, other = run.customers.ids_of(first), run.customers.ids_of(second)
    alone = [
        here.select("select id from {rows} where id not in (select id from {there})", there=there)
        for here, there in ((one, other), (other, one))
    ]
    both = one.select("select id from {rows} where id in (select id from {there})", there=other).count()
    held = [rows.count() == 0 for rows in alone]
    if all(held):
        raise InputError("Both groups have the same customers, so nothing can differ.", hint="Choose two groups.")
    # Of a group within the other all are kept: the other is compared without them.
    kept = [side if empty else rows for side, rows, empty in zip((one, other), alone, held, strict=True)]
    return Members(ids=kept[0]), Members(ids=kept[1]), 0 if any(held) else both


def _members(run: ComparedRun, group: Group) -> Members:
    if isinstance(group, int):
        return Members(group)
    return Members() if group == EVERYBODY else Members(ids=run.audience(group))


def _check_segment(outcome: Outcome, segment: int) -> None:
    known = [profile.segment for profile in outcome.segments]
    if segment not in known:
        there = ", ".join(map(str, known))
        raise InputError(f"There is no segment {segment}.", hint=f"Choose one of: {there}.")


def _value_terms(outcome: Outcome) -> object:
    """What the values of customers of two runs must have in common to be compared."""
    return outcome.value and outcome.behavior and (*outcome.value.terms, outcome.behavior.money.currency)


def _comparable_columns(outcome: Outcome, customers: CustomerList) -> dict[str, Told]:
    """What can be compared, and how it is called."""
    prepared = {feature.name: feature for feature in outcome.preparation.features}
    labels = {column.name: column for column in outcome.columns}
    told = {}
    for name in customers.features:
        feature, column = prepared.get(name), labels.get(name)
        if feature is not None:
            told[name] = Told(feature.title, feature.unit, forms=True, fraction=feature.fraction)
        elif column is not None:
            told[name] = Told(column.title, column.unit)
    value = outcome.value
    titles = {
        "value": expected_title(value.horizon_months, value.margin) if value else "",
        "probability_alive": translate("Will order again"),
        "overdue": translate("Overdue"),
        "stage": translate("Lifecycle stage"),
        "rfm_group": translate("RFM group"),
        "favorite_category": translate("Buys most"),
        "last_category": translate("Bought last"),
    }
    for name in _OF_ORDERS:
        if name in customers.columns and name not in told:
            told[name] = Told(titles[name], fraction=name == "probability_alive")
    return told
