"""Ids of customers in other tables: 1.0, 00123 and " 123 " are what spreadsheets make of 1 and 123."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from clustera.engines import Rows, identifier

_WHOLE = re.compile(r"(\d+)(?:\.0+)?")
# How a cell met the id of the run, in the order in which it is tried.
RULES = {
    "exact": "same id",
    "blanks": "without spaces",
    "decimals": "without .0",
    "zeros": "without leading zeros",
    "none": "not in the run",
}


@dataclass(frozen=True, slots=True)
class MatchedIds:
    """How the ids of a table meet those of the run."""

    ids: Mapping[str, str] = field(default_factory=dict)  # cell without blanks -> id of the run, where they differ
    rules: tuple[tuple[str, int, str], ...] = ()  # a cell, how many ids like it, and the rule in words


def plain_id(text: str) -> str:
    """An id without what a spreadsheet adds to it or takes from it: blanks around it, .0 behind and zeros before a number.

    >>> plain_id(" 00123 "), plain_id("123.0"), plain_id("K-007"), plain_id("000")
    ('123', '123', 'K-007', '0')
    """
    whole = _WHOLE.fullmatch(text.strip())
    return (whole[1].lstrip("0") or "0") if whole else text.strip()


def plain_id_sql(text: str) -> str:
    """SQL for `plain_id` of a text.

    >>> plain_id_sql("id").startswith("case when regexp_full_match(trim(id)")
    True
    """
    number = f"coalesce(nullif(ltrim(regexp_replace(trim({text}), '[.]0+$', ''), '0'), ''), '0')"
    return f"case when regexp_full_match(trim({text}), '[0-9]+([.]0+)?') then {number} else trim({text}) end"


def match_ids(rows: Rows, column: str, customers: Rows) -> MatchedIds:
    """The ids of the run that the cells of a column mean.

    A cell means the id that it is, without blanks around it; else the only id that is the same but for .0 behind and zeros
    before a number. Where two ids of the run are, such as 123 and 0123, it means neither.

    Args:
        rows: A table of somebody else.
        column: Its column of ids.
        customers: With `id`.
    """
    found = rows.query(
        f"with cells as (select distinct cast({identifier(column)} as varchar) as cell from {{rows}} "
        f"where trim(cast({identifier(column)} as varchar)) <> ''), "
        f"alike as (select {plain_id_sql('id')} as plain, min(id) as id, count(distinct id) as ids from {{customers}} group by 1), "
        "met as (select cell, coalesce(c.id, case when a.ids = 1 then a.id end) as id from cells "
        f"left join (select distinct id from {{customers}}) c on c.id = trim(cell) left join alike a on a.plain = {plain_id_sql('cell')}) "
        "select cell, id, case when id is null then 'none' when cell = id then 'exact' when trim(cell) = id then 'blanks' "
        "when regexp_replace(trim(cell), '[.]0+$', '') = id then 'decimals' else 'zeros' end as rule from met",
        customers=customers,
    )
    told = rows.engine.arrow(found).query("select rule, count(*) as n, min(cell) as cell from {rows} group by rule")
    counted = {row["rule"]: (row["cell"], row["n"], RULES[row["rule"]]) for row in told.to_pylist()}
    differ = {
        cell.strip(): id_
        for cell, id_, rule in zip(*(found[name].to_pylist() for name in ("cell", "id", "rule")), strict=True)
        if rule in ("decimals", "zeros")
    }
    return MatchedIds(differ, tuple(counted[rule] for rule in RULES if rule in counted))
