"""Two segments, of one run or of two, held against each other on all columns."""

from __future__ import annotations

from clustera.errors import InputError
from clustera.profile import Told, differences
from clustera.records import Difference, Outcome
from clustera.store import CustomerList, Members
from clustera.texts import expected_title, translate

_OF_ORDERS = ("value", "probability_alive", "overdue", "stage", "rfm_group", "favorite_category", "last_category")


def differing(
    one: tuple[Outcome, CustomerList, int], other: tuple[Outcome, CustomerList, int | None]
) -> tuple[Difference, ...]:
    """Every column in which two groups can be compared, what differs most first.

    Args:
        one: Outcome and customers of a run, and a segment.
        other: The same of the other group; None for everybody of that run who is not in the first segment.

    Raises:
        InputError: there is no such segment, or both are the same.
    """
    (outcome, customers, segment), (then, earlier, against) = one, other
    _check_segment(outcome, segment)
    if against is not None:
        _check_segment(then, against)
    if customers is earlier and against == segment:
        raise InputError(f"Segment {segment} can't be compared with itself.", hint="Choose two segments, or two runs.")
    told = _comparable_columns(outcome, customers)
    if customers is not earlier:
        before = _comparable_columns(then, earlier)
        told = {name: called for name, called in told.items() if before.get(name) == called}
    return differences(
        customers.columns_of(Members(segment), list(told)),
        earlier.columns_of(Members(against) if against is not None else Members(segment, others=True), list(told)),
        told,
    )


def _check_segment(outcome: Outcome, segment: int) -> None:
    known = [profile.segment for profile in outcome.segments]
    if segment not in known:
        there = ", ".join(map(str, known))
        raise InputError(f"There is no segment {segment}.", hint=f"Choose one of: {there}.")


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
