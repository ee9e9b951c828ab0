"""The pages of customers: the list, searched and paged, and one customer; each with its twins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from clustera import components, scales, texts
from clustera.days import day_number
from clustera.errors import InputError, closest
from clustera.records import Action, Explanation, FeaturePreparation, Outcome
from clustera.segmentation.summary import customers_summary
from clustera.service.answers import as_csv, as_json, run_page
from clustera.service.contacting import holdout_warnings, known_offers, with_holdouts
from clustera.service.held import library_of
from clustera.service.library import Library, Opened
from clustera.service.same import Same, as_command, as_python
from clustera.store import CustomerQuery

router = APIRouter(include_in_schema=False)
_SHOWN = 3  # features in the table; all of them stand on the customer's page
_ROWS = 50
_BATCH = 1_000  # customers read at a time for a file
_CONTROL: Mapping[str, bool | None] = {"": None, "true": True, "false": False}
_NAMES = ("q", "segment", "who", "action", "before", "since", "rfm", "control", "sort", "order", "after", "rows")


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the table: what it is sorted by, and how it is called."""

    key: str
    label: str
    feature: FeaturePreparation | None = None
    words: bool = False


class Asked:
    """The state of the list as the address holds it."""

    def __init__(
        self,
        request: Request,
        *,
        q: Annotated[str, Query(max_length=200, description="Part of the id.")] = "",
        segment: Annotated[str, Query(pattern=r"^\d{0,9}$", description="Only those of one segment.")] = "",
        who: Annotated[
            str, Query(max_length=20, description="Only these: borderline, outliers, overdue, control, moved.")
        ] = "",
        action: Annotated[
            str, Query(max_length=100, description="Only those whom one suggested action is for, by its name or rule.")
        ] = "",
        before: Annotated[
            str, Query(pattern=r"^\d{0,9}$", description="Only those who were in this segment before.")
        ] = "",
        since: Annotated[str, Query(max_length=120, description="In which other run `before` is meant.")] = "",
        rfm: Annotated[str, Query(max_length=100, description="Only those of one RFM group.")] = "",
        control: Annotated[
            str, Query(max_length=20, description="true for control groups only, false for everybody else.")
        ] = "",
        sort: Annotated[str, Query(max_length=200, description='A column, or "feature." and a feature.')] = "",
        order: Annotated[str, Query(pattern="^(asc|desc)?$", description="asc or desc.")] = "",
        after: Annotated[str, Query(max_length=4_000, description="Where the page before ended.")] = "",
        rows: Annotated[int, Query(ge=1, le=1_000, description="Customers of one page.")] = _ROWS,
    ) -> None:
        _refuse_unknown_filters(request)
        if control not in _CONTROL:
            raise InputError(
                f"control is {control!r}; it must be true or false.",
                hint="true lists the control groups, false everybody else.",
            )
        self.query = CustomerQuery(
            search=q.strip(),
            segment=int(segment) if segment else None,
            who=who,
            action=action,
            before=int(before) if before else None,
            since=since,
            rfm=rfm,
            control=_CONTROL[control],
            sort=sort,
            descending=order == "desc",
            after=after,
            rows=rows,
        )

    def address(self, **changed: object) -> str:
        """The address of the same list with something changed; always at its first page unless `after` is given."""
        query = replace(self.query, **cast("dict[str, Any]", {"after": ""} | changed))
        parts = {
            "q": query.search,
            "segment": "" if query.segment is None else query.segment,
            "who": query.who,
            "action": query.action,
            "before": "" if query.before is None else query.before,
            "since": query.since if query.before is not None else "",
            "rfm": query.rfm,
            "control": "" if query.control is None else str(query.control).lower(),
            "sort": query.sort,
            "order": "desc" if query.descending else "",
            "rows": "" if query.rows == _ROWS else query.rows,
            "after": query.after,
        }
        return urlencode({name: value for name, value in parts.items() if value != ""})


def _refuse_unknown_filters(request: Request) -> None:
    """Refuse an address with a filter that there is not: ignored, it would give a list of other customers."""
    for name in request.query_params:
        if name not in _NAMES:
            near = closest(name, _NAMES)
            raise InputError(
                f"The list of customers has no filter {name!r}.",
                hint=f"Did you mean {near!r}?" if near else f"It has: {', '.join(_NAMES)}.",
            )


@router.get("/runs/{name}/customers")
def customers_page(request: Request, name: str, asked: Annotated[Asked, Depends()]) -> Response:
    """Some of the customers of a run."""
    library = library_of(request)
    opened = library.open(name)
    page = opened.page(asked.query)
    with texts.speaking(opened.outcome.locale):
        heads, who, actions = _heads(opened), _who(opened), _actions(opened.outcome)
        listed = with_holdouts(page.customers, opened)
    return run_page(
        "customers.html.j2",
        request,
        opened,
        "customers",
        asked=asked,
        query=asked.query,
        sorted_by=opened.customers.ordered(asked.query),
        found=page,
        left_out=texts.kept_from_list_sentence(page.left_out, control=asked.query.control),
        not_mailed=texts.kept_from_list_sentence(opened.not_mailed(asked.query), control=None, shown=True),
        rows=list(zip(listed, page.values, strict=True)),
        heads=heads,
        who=who,
        actions=actions,
        has_control="control" in opened.customers.columns,
        columns=len(_columns(opened)),
        segments={segment.segment: segment for segment in opened.outcome.segments},
        cell=_cell,
        same=_same(library, opened, asked, left_out=page.left_out),
    )


@router.get("/runs/{name}/customers.json")
def customers_json(request: Request, name: str, asked: Annotated[Asked, Depends()]) -> Response:
    """One page of customers, and where the next one begins."""
    return as_json(customers_summary(library_of(request).open(name).page(asked.query)))


@router.get("/runs/{name}/customers.csv")
def customers_csv(request: Request, name: str, asked: Annotated[Asked, Depends()]) -> Response:
    """Every customer that the query means, as a file."""
    opened = library_of(request).open(name)
    found = opened.customers
    opened.page(replace(asked.query, rows=1))  # what can't be asked is said before the file begins
    columns = _columns(opened)
    query = replace(asked.query, after="", rows=_BATCH)

    def lines() -> Iterator[dict[str, Any]]:
        for page in found.pages(query, without=opened.kept_from(query) if query.action else ()):
            yield from (values | customer for customer, values in zip(page.customers, page.values, strict=True))

    return as_csv(lines(), columns, name=f"{opened.name}-customers")


@router.get("/runs/{name}/customer")
def customer_page(request: Request, name: str, id: str, other: int | None = None) -> Response:  # noqa: A002 - what everyone calls it
    """One customer: who, why here, why not elsewhere."""
    library = library_of(request)
    opened = library.open(name)
    row, values = opened.customers.one(id)
    explanation = opened.explain(id, values, other=other)
    outcome = opened.outcome
    known = {segment.segment: segment for segment in outcome.segments}
    with texts.speaking(outcome.locale):
        shown = _explained(explanation, outcome)
        told = _told(values, outcome)
        kept = outcome.recommended
        listed = opened.recommended_to(id) if kept else ()
        warnings = holdout_warnings(library, id)
        recommended = components.recommended_table(listed, kept.summary.days, of=kept.summary.item) if kept else ""
    return run_page(
        "customer.html.j2",
        request,
        opened,
        "customers",
        customer=row,
        segment=known[row["segment"]],
        second=known.get(row["second_segment"]),
        before=known.get(row.get("segment_before") or 0),
        action=_action(row, outcome),
        values=told,
        offers=known_offers(row, suggests=not listed),
        warnings=warnings,
        recommended=recommended,
        currency=outcome.behavior.money.currency if outcome.behavior else "",
        expected=_expected(outcome),
        day_of=day_number,
        label_of=texts.action_label,
        path=opened.path(id),
        orders=opened.customers.orders(id),
        others=[s for s in outcome.segments if s.segment != row["segment"]],
        compared=explanation.second if explanation else None,
        try_query=_try_query(values, outcome),
        **shown,
        same=Same(
            as_command("explain", library.store.folder, opened.name, id),
            as_python(
                library.store.folder, opened.name, f"seg.customer({id!r})\nseg.explain({id!r})\nseg.path({id!r})"
            ),
            f"/runs/{opened.name}/customer",
            query=urlencode({"id": id}),
            table=False,
        ),
    )


@router.get("/runs/{name}/customer.json")
def customer_json(request: Request, name: str, id: str, other: int | None = None) -> Response:  # noqa: A002
    """One customer with the values of features, and how far from each segment."""
    opened = library_of(request).open(name)
    row, values = opened.customers.one(id)
    explanation = opened.explain(id, values, other=other)
    told = asdict(explanation) | {"path": list(map(asdict, opened.path(id)))} if explanation else None
    known = {"orders": opened.customers.orders(id), "recommendations": opened.recommended_to(id)}
    return as_json(row | {"values": values, "explanation": told} | known)


def _columns(opened: Opened) -> list[str]:
    """Columns of the file with everything."""
    found = opened.customers
    return [*found.columns, *(feature for feature in found.features if feature not in found.columns)]


def _who(opened: Opened) -> list[tuple[str, str]]:
    """What the list can be narrowed to in this run, and how that is called."""
    titles = {
        "borderline": texts.translate("Nearly as close to another segment"),
        "outliers": texts.translate("Outliers"),
        "overdue": texts.translate("Overdue"),
        "control": texts.translate("Control groups"),
        "moved": texts.translate("In another segment than before"),
    }
    return [(key, titles[key]) for key in opened.customers.who()]


def _actions(outcome: Outcome) -> list[tuple[str, str]]:
    """What the list can be narrowed to: each suggested action, and how many customers it is for."""
    counted: Counter[str] = Counter()
    for action in outcome.actions:
        counted[action.rule] += action.customers
    labels = texts.action_labels(outcome.actions)
    return [
        (
            rule,
            texts.translate_count(customers, "{action}: {n} customer", "{action}: {n} customers", action=labels[rule]),
        )
        for rule, customers in counted.items()
    ]


def _expected(outcome: Outcome) -> str:
    return texts.expected_title(outcome.value.horizon_months, outcome.value.margin) if outcome.value else ""


def _heads(opened: Opened) -> list[Head]:
    """Id and segment, then what is known of money and time, then the features that differ most."""
    found, outcome = opened.customers, opened.outcome
    heads = [
        Head("id", texts.translate("Customer"), words=True),
        Head("segment", texts.translate("Segment"), words=True),
    ]
    if "action" in found.columns:
        heads.append(Head("action", texts.translate("Action"), words=True))
    if offer := _offer(found.columns):
        heads.append(Head(offer, texts.translate("Offer"), words=True))
    if "control" in found.columns:
        heads.append(Head("control", texts.translate("Control"), words=True))
    if "value" in found.columns and outcome.value:
        heads.append(Head("value", _expected(outcome)))
    if "next_order" in found.columns:
        heads.append(Head("next_order", texts.translate("Next order")))
    heads += [
        Head(f"feature.{feature.name}", feature.label, feature)
        for feature in scales.distinguishing_features(outcome, 1 if "action" in found.columns else _SHOWN)
        if feature.name in found.features
    ]
    if not found.features:
        heads.append(Head("distance", texts.translate("Distance to the center")))
    return heads


def _offer(columns: Container[str]) -> str:
    """The column of what to suggest next; "" where the run has none."""
    return next((name for name in ("suggested_category", "suggested_product") if name in columns), "")


def _cell(head: Head, customer: dict[str, Any], values: dict[str, Any]) -> str:
    """What a cell of the table says."""
    value = values.get(head.feature.name) if head.feature else customer.get(head.key)
    if value is None:
        return texts.NOTHING
    if isinstance(value, bool):
        return texts.translate("yes") if value else texts.translate("no")
    if isinstance(value, str) and not head.feature:
        return value or texts.NOTHING
    if head.feature:
        return texts.format_own_value(value, head.feature)
    if isinstance(value, date):
        return texts.format_day(day_number(value))
    return texts.format_number(value, 2) if head.key == "distance" else texts.format_amount(value)


def _action(row: dict[str, Any], outcome: Outcome) -> Action | None:
    """The action that is suggested for a customer."""
    code = row.get("action_code") or row.get("action")
    return next((a for a in outcome.actions if a.segment == row["segment"] and a.rule == code), None)


def _explained(explanation: Explanation | None, outcome: Outcome) -> dict[str, Any]:
    if explanation is None:
        return {"distances": None, "reasons": None, "why": [], "waiting": ""}
    return {
        "distances": components.distance_bars(explanation, outcome),
        "reasons": components.explanation_table(explanation, outcome)
        if explanation.second != explanation.segment
        else None,
        "why": texts.why_sentences(explanation, outcome),
        "waiting": texts.waiting_sentence(explanation, outcome),
    }


def _try_query(values: dict[str, Any], outcome: Outcome) -> str:
    """The values of a customer as the page "What if" takes them."""
    known = {feature.name: values.get(feature.name) for feature in outcome.preparation.features}
    return urlencode({f"f.{name}": f"{value:g}" for name, value in known.items() if value is not None})


def _told(values: dict[str, Any], outcome: Outcome) -> list[tuple[str, str]]:
    """Every feature and descriptor of a customer, by its label."""
    prepared = {feature.name: feature for feature in outcome.preparation.features}
    labels = {column.name: column.label for column in outcome.columns}
    told = []
    for name, value in values.items():
        feature = prepared.get(name)
        if value is None:
            written = texts.NOTHING
        elif feature is not None:
            written = texts.format_own_value(value, feature)
        else:
            written = str(value)
        told.append((feature.label if feature else labels.get(name, name), written))
    return told


def _same(library: Library, opened: Opened, asked: Asked, *, left_out: int) -> Same:
    query = asked.query
    words: list[object] = [opened.name]
    named: list[str] = []
    for option, field, value in (
        ("--search", "search", query.search),
        ("--segment", "segment", query.segment),
        ("--who", "who", query.who),
        ("--action", "action", query.action),
        ("--before", "before", query.before),
        ("--since", "since", query.since if query.before is not None else ""),
        ("--rfm", "rfm", query.rfm),
        ("--control" if query.control else "--no-control", "control", query.control),
        ("--sort", "sort", query.sort),
        ("--descending", "descending", query.descending or None),
        ("--after", "after", query.after),
    ):
        if value not in ("", None):
            words += [option] if isinstance(value, bool) else [option, value]
            named.append(f"{field}={value!r}")
    return Same(
        as_command("customers", library.store.folder, *words),
        as_python(library.store.folder, opened.name, f"seg.find_customers({', '.join(named)})"),
        f"/runs/{opened.name}/customers",
        query=asked.address(after=query.after),
        sql=opened.customers.sql(query, opened.run.path, without=opened.files_kept_from(query) if left_out else ()),
    )
