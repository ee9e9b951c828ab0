"""What to write to a customer, and who says that nobody should."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from clustera import texts
from clustera.campaigns import CONTROL
from clustera.days import as_day
from clustera.service.library import Library, Opened
from clustera.store import Campaigns


def known_offers(row: dict[str, Any], *, suggests: bool) -> list[tuple[str, str]]:
    """What was bought last, what most, and what to suggest next, where the orders tell.

    Args:
        row: Of the customer.
        suggests: Whether to say what similar customers buy; where recommendations stand beside it, those are better.
    """
    found = []
    for item in ("category", "product"):
        for key, label in (
            (f"last_{item}", texts.translate("Bought last")),
            (f"favorite_{item}", texts.translate("Buys most")),
            (f"suggested_{item}", texts.translate("Suggest next")),
        ):
            if row.get(key) and (suggests or not key.startswith("suggested")):
                found.append((label, str(row[key])))
    return found


def holdout_warnings(library: Library, customer: str) -> list[str]:
    """Why nobody should write to a customer: audiences that hold the customer out, and control groups of campaigns that go on."""
    held = library.store.exports.held_out()
    told = [
        texts.translate(
            "Do not write to this customer: the audience {name} holds this customer out of every list.", name=name
        )
        for name, customers in held.items()
        if customer in customers
    ]
    campaigns, today = Campaigns(library.store.folder), as_day(datetime.now().astimezone().date())
    for campaign in campaigns.list():
        if campaign.last_day is not None and campaign.last_day < today:
            continue
        table = campaigns.assignments(campaign.name)
        drawn = dict(zip(table["customer"].to_pylist(), table["group"].to_pylist(), strict=True))
        if drawn.get(customer) == CONTROL:
            told.append(_campaign_warning(campaign.name, campaign.last_day))
    return told


def _campaign_warning(name: str, last_day: int | None) -> str:
    if last_day is None:
        return texts.translate(
            "Do not write to this customer for the campaign {name}: this customer is in its control group.", name=name
        )
    return texts.translate(
        "Do not write to this customer for the campaign {name}: this customer is in its control group until {day}.",
        name=name,
        day=texts.format_day(last_day),
    )


def with_holdouts(rows: Iterable[dict[str, Any]], opened: Opened) -> list[dict[str, Any]]:
    """Customers for a table; of those whom an audience holds out the column of the control group says so."""
    held = opened.held_out()
    return [row | {"control": texts.translate("held out")} if row["id"] in held else row for row in rows]
