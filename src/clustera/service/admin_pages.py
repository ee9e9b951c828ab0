"""What admins look after: who may come in, with which role and keys, and the record of what they did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from clustera.errors import ClusteraError, InputError
from clustera.service.account_pages import Text
from clustera.service.accounts import Account
from clustera.service.answers import as_csv, as_json, page, status_of
from clustera.service.audit import COLUMNS, DIDS, Entry
from clustera.service.held import entrance_of, person_of, record, theme_of
from clustera.service.persons import ROLES

router = APIRouter(include_in_schema=False)
_ROWS = 50
Who = Annotated[str, Query(max_length=80)]


@router.get("/admin/users")
def users_page(request: Request) -> Response:
    """Who may come in."""
    return _users_page(request)


@router.post("/admin/users")
def add_user(request: Request, name: Text = "", role: Text = "viewer") -> Response:
    """Make an account, and the link by which its owner chooses a password; the first one chooses it at once."""
    door = entrance_of(request)
    try:
        account = door.accounts.add(name, role if door.guarded else "admin")
    except InputError as error:
        return _users_page(request, problem=error)
    token = door.accounts.invite(account.id)
    record(request, f"made the account {account.name} ({account.role})")
    if not door.guarded:
        return RedirectResponse(f"/welcome?{urlencode({'token': token})}", status_code=303)
    return _users_page(request, invited=account, link=_link(request, token))


@router.post("/admin/users/{account}")
def change_user(request: Request, account: int, do: Text = "", role: Text = "") -> Response:
    """Change the role of an account, shut it out or let it in, or make a link for a new password."""
    accounts = entrance_of(request).accounts
    found = accounts.get(account)
    try:
        if do == "link":
            record(request, f"made a link for a new password of {found.name}")
            return _users_page(request, invited=found, link=_link(request, accounts.invite(account)))
        if do == "role":
            accounts.set_role(account, role)
            record(request, f"gave {found.name} the role {role}")
        elif do in ("disable", "enable"):
            accounts.set_disabled(account, do == "disable")
            record(request, f"{do}d the account {found.name}")
        else:
            raise InputError("This can't be done with an account.", hint="Use the buttons of the page.")
    except InputError as error:
        return _users_page(request, problem=error)
    return RedirectResponse("/admin/users", status_code=303)


@router.get("/admin/keys")
def keys_page(request: Request) -> Response:
    """The keys of all accounts."""
    if not entrance_of(request).guarded:
        return RedirectResponse("/admin/users", status_code=303)
    found = entrance_of(request).credentials.keys()
    return page("keys.html.j2", nav="keys", theme=theme_of(request), keys=found)


@router.post("/admin/keys/{key}/remove")
def remove_key(request: Request, key: int) -> Response:
    """Remove a key of anybody."""
    entrance_of(request).credentials.remove_key(key)
    record(request, f"removed the key number {key}")
    return RedirectResponse("/admin/keys", status_code=303)


@router.get("/admin/audit")
def audit_page(request: Request, who: Who = "", did: Who = "", before: Annotated[int, Query(ge=0)] = 0) -> Response:
    """Who saw, changed and exported what."""
    door = entrance_of(request)
    if not door.guarded:
        return RedirectResponse("/admin/users", status_code=303)
    found = door.audit.page(who=who, did=did, before=before, rows=_ROWS)
    asked = {key: value for key, value in (("who", who), ("did", did)) if value}
    return page(
        "audit.html.j2",
        nav="audit",
        theme=theme_of(request),
        entries=found,
        names=[account.name for account in door.accounts.list()],
        dids=DIDS,
        who=who,
        did=did,
        before=before,
        query=urlencode(asked),
        more=urlencode(asked | {"before": found[-1].id}) if len(found) == _ROWS else "",
    )


@router.get("/admin/audit.json")
def audit_json(request: Request, who: Who = "", did: Who = "", before: Annotated[int, Query(ge=0)] = 0) -> Response:
    """One page of the record."""
    return as_json(list(map(_row, entrance_of(request).audit.page(who=who, did=did, before=before, rows=_ROWS))))


@router.get("/admin/audit.csv")
def audit_csv(request: Request, who: Who = "", did: Who = "") -> Response:
    """The whole record, one line a row."""

    def lines() -> Iterator[dict[str, Any]]:
        yield from map(_row, entrance_of(request).audit.all(who=who, did=did))

    return as_csv(lines(), COLUMNS, name="audit")


def _row(entry: Entry) -> dict[str, Any]:
    return asdict(entry) | {"time": entry.time}


def _users_page(
    request: Request, *, problem: ClusteraError | None = None, invited: Account | None = None, link: str = ""
) -> Response:
    door = entrance_of(request)
    return page(
        "users.html.j2",
        200 if problem is None else status_of(problem),
        nav="users",
        theme=theme_of(request),
        guarded=door.guarded,
        accounts=door.accounts.list() if door.guarded else (),
        own=person_of(request).account,
        roles=ROLES,
        problem=problem,
        invited=invited,
        link=link,
    )


def _link(request: Request, token: str) -> str:
    return f"{request.url.scheme}://{request.headers['host']}/welcome?{urlencode({'token': token})}"
