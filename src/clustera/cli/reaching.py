"""What every list of addresses is asked for: where it goes, the contacts, and whom nothing may be sent to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from clustera.cli.doors import option_pairs

NETWORKS = "generic, klaviyo, mailchimp, hubspot, meta, google, linkedin or tiktok"
Network = Annotated[str, typer.Option("--for", help=f"Where the list goes: {NETWORKS}.", metavar="NETWORK")]
Suppress = Annotated[
    list[str] | None,
    typer.Option(
        help="A suppression list: ids, addresses, numbers or hashes of those you must not contact. Repeat it for more lists.",
        metavar="FILE",
    ),
]
Column = Annotated[
    list[str] | None,
    typer.Option(
        help="Which column of the contacts holds a field, if it is not recognized: id, email, phone, first_name, last_name, "
        "country, zip, consent or objection. Repeat it for more columns.",
        metavar="FIELD=COLUMN",
    ),
]
Country = Annotated[
    str, typer.Option(help="Two-letter country of phone numbers without a country code.", metavar="CODE")
]
AllConsented = Annotated[
    bool,
    typer.Option(
        "--all-consented", help="Everybody in the contacts has consented. The export log keeps this statement."
    ),
]
Recommendations = Annotated[
    str | None,
    typer.Option(
        help="Recommendations as `clustera recommend` writes them: adds the columns item_1, item_1_id (if they have names), reason_1, item_2, ... to the list. "
        "For mail tools only.",
        metavar="FILE",
    ),
]
Holdout = Annotated[
    str,
    typer.Option(
        "--holdout", help='Share of each segment to leave out, to measure the effect: "10%".', metavar="SHARE"
    ),
]


def reach_options(
    suppress: list[str] | None, column: list[str] | None, country: str, *, all_consented: bool
) -> dict[str, Any]:
    """The options that were given, as `clustera.segmentation.exporting.ExportOptions` has them."""
    given = {
        "suppress": tuple(suppress or ()),
        "columns": {field: str(value) for field, value in option_pairs(column, "--column")},
        "country": country,
        "all_consented": all_consented,
    }
    return {option: value for option, value in given.items() if value}
