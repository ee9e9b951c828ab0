"""Lines that are no purchase: tests, postage, fees and corrections, known by the words of the product's code or description."""

from __future__ import annotations

from collections.abc import Mapping

from clustera import lexicon
from clustera.engines import Rows, identifier, literal

_CODES = ("test", "postage", "fee")  # keys of the table of words, and of the findings
# Shapes of short codes, and how many texts of that shape that stand for no service show that none does: they are sizes or classes.
_SHORT = {"^[a-z]$": 1, "^[a-z][0-9]$": 2}
MOST = 200  # codes of one kind; a pattern that fits more products is a misunderstanding


def distinct_texts(lines: Rows) -> dict[str, Rows]:
    """What is bought, each text once, by column: patterns are tried on few texts, and the lines are asked by equality.

    Sizes (S, M, L) and classes (A, B, C) are left out, though some of them are codes of services in other logs.
    """
    columns = [name for name in ("product", "text") if lines.columns.get(name) == "VARCHAR"]
    return {
        name: _without_sizes(
            lines.select(
                f"select x, trim(strip_accents(lower(x))) as folded from (select distinct {identifier(name)} as x from {{rows}}) where x is not null"
            ).keep()
        )
        for name in columns
    }


def _without_sizes(distinct: Rows) -> Rows:
    services = " or ".join(
        f"regexp_matches(folded, {literal(lexicon.cell_pattern('lines', code))})" for code in (*_CODES, "discount")
    )
    for shape, enough in _SHORT.items():
        short = f"regexp_matches(folded, {literal(shape)})"
        others = distinct.query(f"select count(distinct folded) as n from {{rows}} where {short} and not ({services})")
        if others["n"][0].as_py() >= enough:
            distinct = distinct.select(f"select * from {{rows}} where not {short}")
    return distinct


def service_sql(texts: Mapping[str, Rows]) -> list[str]:
    """`when ... then code` for lines that are no purchase."""
    found = {code: _fitting(texts, lexicon.cell_pattern("lines", code)) for code in _CODES}
    return [f"when {condition} then '{code}'" for code, condition in found.items() if condition]


def discount_sql(texts: Mapping[str, Rows]) -> str:
    """`when ... then 'discount'` for money off; empty when the log has no such line."""
    condition = _fitting(texts, lexicon.cell_pattern("lines", "discount"))
    return f"when amount < 0 and ({condition}) then 'discount'" if condition else ""


def _fitting(texts: Mapping[str, Rows], pattern: str) -> str:
    conditions = []
    for name, distinct in texts.items():
        found = distinct.query(
            f"select x from {{rows}} where regexp_matches(folded, {literal(pattern)}) order by x limit {MOST + 1}"
        )["x"].to_pylist()
        if 0 < len(found) <= MOST:
            conditions.append(f"coalesce({identifier(name)}, '') in ({', '.join(map(literal, found))})")
    return " or ".join(conditions)
