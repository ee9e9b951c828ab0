"""The form of files that somebody brought: what it asks for, and what may be chosen in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, get_args

from starlette.datastructures import FormData, UploadFile

from clustera import texts
from clustera.records import OrderRole
from clustera.service.brought import Brought
from clustera.service.drafts import Draft, Drafts, safe_name
from clustera.shares import read_share

_WISHES = ("k", "as_of", "dates", "keep_currency", "id")
ORDER_ROLES = tuple(role for role in get_args(OrderRole) if role != "ignored")


def columns_unread(draft: Draft) -> dict[str, Any]:
    """The columns of what can't be segmented as it is, so that their roles can be chosen."""
    kind = "orders" if "orders" in draft.sources() else "customers"
    file = next((file for file in draft.files if file.what == kind and not file.problem), None)
    if kind == "orders":
        roles = [*((role, role) for role in ORDER_ROLES), ("ignored", texts.translate("not used"))]
        given = {draft.options[role]: role for role in ORDER_ROLES if isinstance(draft.options.get(role), str)}
        given |= dict.fromkeys(draft.options.get("exclude", ()), "ignored")
    else:
        titles = ("forms segments", "describes them", "tells customers apart", "left out")
        roles = [
            (role, texts.translate(title))
            for role, title in zip(("feature", "descriptor", "id", "exclude"), titles, strict=True)
        ]
        named = {"feature": "features", "descriptor": "descriptors", "exclude": "exclude"}
        given = {column: role for role, option in named.items() for column in draft.options.get(option, ())}
        given |= {draft.options["id"]: "id"} if "id" in draft.options else {}
    return {"unread": file, "unread_roles": roles, "given_roles": given}


def table_beside_orders(draft: Draft) -> Brought | None:
    """The customer table that is joined to orders, whose column of customers can be chosen."""
    tables = [file for file in draft.files if file.what == "customers" and not file.problem]
    return tables[0] if tables and "orders" in draft.sources() else None


def _typed_share(text: str) -> float | str:
    """A share as it is typed into a field of percent, 5 or 5%; the text where it is none."""
    share = read_share(text)
    return share / 100 if share is not None and share >= 1 and "%" not in text else share or text


def draft_wishes(form: FormData, draft: Draft, whats: Sequence[str]) -> dict[str, Any]:
    """The options that a form asks for; roles count only where a person changed one, now or before."""
    options: dict[str, Any] = {}
    for name in _WISHES:
        if text := str(form.get(name) or "").strip():
            options[name] = text
    if text := str(form.get("response_rate") or "").strip():
        options["response_rate"] = _typed_share(text)
    if "orders" in whats and form.get("keep_orders"):
        options["keep_orders"] = True
    log = "orders" in draft.sources()
    chosen, found = (_by_column(form, kind) for kind in ("role", "found"))
    changed = {column: role for column, role in chosen.items() if found.get(column) != role}
    if log:
        before = {
            name: value
            for name, value in draft.options.items()
            if name not in (*_WISHES, "keep_orders", "response_rate")
        }
        return options | before | _of_orders(changed, before)
    if changed or draft.options.keys() & {"id", "features", "descriptors", "exclude"}:
        options |= _of_customers(chosen)
    return options


def _by_column(form: FormData, kind: str) -> dict[str, str]:
    return {key.removeprefix(f"{kind}:"): str(value) for key, value in form.items() if key.startswith(f"{kind}:")}


def _of_customers(roles: dict[str, str]) -> dict[str, Any]:
    """Every column's role as options."""
    columns: dict[str, list[str]] = {}
    for column, role in roles.items():
        if role:
            columns.setdefault(role, []).append(column)
    options: dict[str, Any] = {"id": columns["id"][0]} if "id" in columns else {}
    named = (("feature", "features"), ("descriptor", "descriptors"), ("exclude", "exclude"))
    return options | {option: columns[role] for role, option in named if role in columns}


def _of_orders(changed: dict[str, str], before: dict[str, Any]) -> dict[str, Any]:
    """The roles of the log's columns that were changed, as options."""
    options: dict[str, Any] = {}
    left_out = list(before.get("exclude", ()))
    for column, role in changed.items():
        if role == "ignored":
            left_out.append(column)
        elif role == "discount":
            options["discount"] = [*options.get("discount", ()), column]
        elif role in ORDER_ROLES:
            options[role] = column
            left_out = [name for name in left_out if name != column]
    return options | ({"exclude": left_out} if left_out else {})


def form_texts(form: FormData, name: str, *, empty: bool = False) -> list[str]:
    """What was typed in the fields of one name, without empty ones unless they count."""
    found = [value.strip() for value in form.getlist(name) if isinstance(value, str)]
    return found if empty else [value for value in found if value]


_CHUNK = 1 << 20
MOST_FIELDS = 100_000  # of a form; a column of a table has two
MOST_COUNTED = 200  # files up to which is told how many they are, where they are too many


def uploads(form: FormData, field: str = "files") -> list[UploadFile]:
    """The files of one field of a form."""
    return [file for file in form.getlist(field) if isinstance(file, UploadFile) and file.filename]


async def received(drafts: Drafts, draft: str, file: UploadFile) -> tuple[str, Path]:
    """An uploaded file on the disk, and how it is called."""

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := await file.read(_CHUNK):
            yield chunk

    name = safe_name(file.filename or "")
    return name, await drafts.receive(draft, name, chunks())
