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
    """The items of a table of recommendations: item_1, reason_1, item_2, ...; item_1_id, ... where it also has their names.

    Args:
        source: As `clustera recommend` writes it: id, rank, item, item_name (with a table of products) and reason, one row per
            customer and item; None: no columns.
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
    asked = engine.arrow(pa.table({"customer": pa.array([member.id for member in members], pa.string())}))
    found = raw.rows.query(
        f"select m.customer, try_cast(r.{identifier('rank')} as integer) as rank, {_recommended_cell('item', there)} as item, "
        f"{_recommended_cell('item_name', there)} as name, {_recommended_cell('reason', there)} as reason "
        "from {rows} r join {asked} m on m.customer = trim(cast(r.id as varchar)) "
        f"where try_cast(r.{identifier('rank')} as integer) > 0 order by 1, 2",
        asked=asked,
    ).to_pylist()
    if not found:
        raise InputError(
            f"{raw.source.name} has no recommendation for a customer of this list.",
            hint="Make it from the same run: clustera recommend RUN --output recommendations.csv",
        )
    count = max(row["rank"] for row in found)
    kinds = ("item", "item_id", "reason") if "item_name" in there else ("item", "reason")
    cells: dict[str, list[str]] = {}
    for row in found:
        own = cells.setdefault(row["customer"], [""] * (len(kinds) * count))
        # The name that is shown has the code behind it, so that no two are the same; in a message it is not wanted.
        said = {
            "item": row["name"].removesuffix(f"({row['item']})").strip() or row["item"],
            "item_id": row["item"],
            "reason": row["reason"],
        }
        at = len(kinds) * (row["rank"] - 1)
        own[at : at + len(kinds)] = [said[kind] for kind in kinds]
    header = tuple(
        f"{kind}_{n}" if kind != "item_id" else f"item_{n}_id" for n in range(1, count + 1) for kind in kinds
    )
    return MergeFields(header, {customer: tuple(own) for customer, own in cells.items()})


def _recommended_cell(column: str, there: Sequence[str]) -> str:
    """SQL of a column's text; an empty one where the table lacks it."""
    return f"coalesce(trim(cast(r.{identifier(column)} as varchar)), '')" if column in there else "''"


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
