"""Which customers of a run are looked up, and one page of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from clustera.engines import Rows


@dataclass(frozen=True, slots=True)
class CustomerQuery:
    """Which customers, in which order.

    Args:
        search: Part of the id; upper and lower case are the same.
        segment: Only those of one segment.
        action: Only those whom one action is for, by what it is called or by its rule in the playbook.
        before: Only those who were in this segment before: in the run that `since` names, else in the run this one was made
            like, or at the end of the month before.
        rfm: Only those of one RFM group, by its name.
        since: Name of another run of the folder.
        control: True for control groups only, False for everybody else; None for both.
        who: "borderline", "outliers", "overdue", "control" or "moved" (in another segment than before); "" for all.
        sort: A column of customers.parquet, or "feature." and a feature's name; when empty what customers are worth, the
            most first, or their id where that is not known.
        descending: The largest first; who has no value comes last either way.
        after: Where the page before ended (`CustomerPage.after`).
        rows: Customers of one page.
    """

    search: str = ""
    segment: int | None = None
    action: str = ""
    before: int | None = None
    since: str = ""
    rfm: str = ""
    control: bool | None = None
    who: str = ""
    sort: str = ""
    descending: bool = False
    after: str = ""
    rows: int = 50


class CustomerWish(TypedDict, total=False):
    """The fields of `CustomerQuery`, as a caller may name some of them."""

    search: str
    segment: int | None
    action: str
    before: int | None
    since: str
    rfm: str
    control: bool | None
    who: str
    sort: str
    descending: bool
    after: str
    rows: int


@dataclass(frozen=True, slots=True)
class Members:
    """The customers of a segment, those of a list of ids, or all; or all others."""

    segment: int | None = None
    others: bool = False
    ids: Rows | None = None  # `id`, in the engine of the customers


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Some customers in the order asked for; each with the columns of customers.parquet, and its features by name."""

    customers: tuple[dict[str, Any], ...]
    values: tuple[dict[str, Any], ...]  # features and descriptors of the same customers; empty dicts in older runs
    matching: int  # customers that the query means, over all pages
    after: str  # what the next page is asked for with; "" on the last one
    left_out: int = 0  # other customers that the query means, whom nothing may be sent to


def membership_test(members: Members) -> tuple[str, dict[str, Rows]]:
    """SQL that holds for some customers, and the rows that it reads."""
    if members.ids is not None:
        return f"c.id {'not in' if members.others else 'in'} (select id from {{members}})", {"members": members.ids}
    if members.segment is None:
        return "not true" if members.others else "true", {}
    return f"c.segment {'<>' if members.others else '='} {int(members.segment)}", {}
