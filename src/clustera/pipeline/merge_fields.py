"""What to recommend to each customer, as columns of a list for a mail tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from clustera.audiences import Member, Network
from clustera.engines import Engine, identifier
from clustera.errors import InputError, closest
from clustera.read import read
from clustera.read.options import ReadOptions

_NEEDED = ("id", "rank", "item")


@dataclass(frozen=True, slots=True)
class MergeFields:
    """Columns beside the addresses of a list, and their cells by customer."""

    header: tuple[str, ...] = ()
    cells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, customer: str) -> tuple[str, ...]:
        """The cells of a customer; empty ones where there is no recommendation."""
        return self.cells.get(customer, ("",) * len(self.header))


def recommended_fields(
    source: object, members: Sequence[Member], network: Network, *, engine: Engine, options: ReadOptions
) -> MergeFields:
    """The items of a table of recommendations: item_1, reason_1, item_2, ...

    Args:
        source: As `clustera recommend` writes it: id, rank, item and reason, one row per customer and item; None: no columns.
        members: The customers of the list.
        network: Where the list goes.
        engine: Reads the table.
        options: How it is read.

    Raises:
        InputError: the destination takes no such columns, or the table is none of recommendations.
    """
    if source is None:
        return MergeFields()
    if not network.extras:
        raise InputError(
            f"{network.title} takes no recommendations: an advertising network only matches addresses.",
            hint="Leave out --recommendations, or export to a mail tool: --for klaviyo, mailchimp, hubspot or generic.",
        )
    raw = read(source, engine=engine, options=options)
    there = list(raw.rows.columns)
    _refuse_other_table(there, raw.source.name)
    reason = "trim(cast(r.reason as varchar))" if "reason" in there else "''"
    asked = engine.arrow(pa.table({"customer": pa.array([member.id for member in members], pa.string())}))
    found = raw.rows.query(
        f"select m.customer, try_cast(r.{identifier('rank')} as integer) as rank, trim(cast(r.item as varchar)) as item, "
        f"{reason} as reason from {{rows}} r join {{asked}} m on m.customer = trim(cast(r.id as varchar)) "
        f"where try_cast(r.{identifier('rank')} as integer) > 0 order by 1, 2",
        asked=asked,
    ).to_pylist()
    if not found:
        raise InputError(
            f"{raw.source.name} has no recommendation for a customer of this list.",
            hint="Make it from the same run: clustera recommend RUN --output recommendations.csv",
        )
    count = max(row["rank"] for row in found)
    cells: dict[str, list[str]] = {}
    for row in found:
        own = cells.setdefault(row["customer"], [""] * (2 * count))
        own[2 * row["rank"] - 2 : 2 * row["rank"]] = [row["item"] or "", row["reason"] or ""]
    header = tuple(f"{what}_{n}" for n in range(1, count + 1) for what in ("item", "reason"))
    return MergeFields(header, {customer: tuple(own) for customer, own in cells.items()})


def _refuse_other_table(columns: Sequence[str], source: str) -> None:
    for name in _NEEDED:
        if name not in columns:
            near = closest(name, columns)
            raise InputError(
                f"{source} has no column {name!r}, so it is no table of recommendations.",
                hint=f"Did you mean {near!r}?"
                if near
                else "Make one: clustera recommend RUN --output recommendations.csv",
            )
