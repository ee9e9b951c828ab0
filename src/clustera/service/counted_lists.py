"""The counts of a list before it is written: who is left after each step, and how the contacts were read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData

from clustera import pipeline, texts
from clustera.audiences import FIELDS
from clustera.errors import InputError
from clustera.records import AudienceExport
from clustera.samples import KNOWN
from clustera.service.lists import BroughtFile


def counted_export(export: AudienceExport) -> Mapping[str, Any]:
    """The counts as a page shows them: figures, each step with how many it takes away, and the columns."""
    everybody, reached = export.steps[0].customers, export.steps[-2].customers
    return {
        "steps": texts.step_rows(export.steps),
        "audience": everybody,
        "unmatched": [
            *map(texts.contacts_sheet_sentence, export.notes),
            *texts.holdout_sentences(export),
            *filter(None, [texts.small_control_sentence(reached - len(export.rows), KNOWN, reached=reached)]),
            *(texts.suppression_sentence(f) for f in export.suppressions if f.matched < f.entries or f.unread),
        ],
        "written": len(export.rows),
        "control": reached - len(export.rows),
        "left_out": everybody - reached,
        "cells": {column.field: texts.cells_text(column) for column in reversed(export.columns)},
        "found": {column.field: column for column in reversed(export.columns)},
    }


def contact_columns(contacts: BroughtFile) -> tuple[str, ...]:
    """The columns of a table of contacts; none where it can't be read."""
    try:
        return pipeline.first_rows(Path(contacts.path)).columns
    except InputError:
        return ()


def contact_fields() -> dict[str, str]:
    """What is looked for in contacts, and how that is called."""
    labels = {
        "id": texts.translate("Customer id"),
        "email": texts.translate("E-mail address"),
        "phone": texts.translate("Phone number"),
        "first_name": texts.translate("First name"),
        "last_name": texts.translate("Last name"),
        "country": texts.translate("Country"),
        "zip": texts.translate("Postal code"),
        "objection": texts.translate("Objection or unsubscribed"),
        "consent": texts.translate("Consent"),
    }
    return {field: labels[field] for field in FIELDS}


def asked_reach(form: FormData) -> dict[str, Any]:
    """Where a list goes and how its contacts are read, as a form says it."""
    columns = {field: str(form.get(f"column:{field}") or "").strip() for field in FIELDS}
    return {
        "network": str(form.get("network") or "").strip() or "generic",
        "country": str(form.get("country") or "").strip(),
        "columns": {field: column for field, column in columns.items() if column},
        "all_consented": bool(form.get("all_consented")),
    }
