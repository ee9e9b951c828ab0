"""Lines that are no purchase: tests, postage, fees and corrections, known by the product's code or description."""

from __future__ import annotations

from collections.abc import Mapping

from clustera.engines import Rows, identifier, literal

_PATTERNS = {
    "test": r"^test[ _-]?(product|item|order|artikel|article)?[ _-]?[0-9]*$",
    "postage": r"^(post|postage|dot|dotcom postage|c2|next day carriage|carriage|porto|fracht\w*|freight.*"
    r"|shipping( .*)?|delivery( (fee|cost|costs|charge|charges))?|versand\w*|frais de port|livraison)$",
    "fee": r"^(bank charges|amazon ?fee|(\w+ )*fees?|gebuehr\w*|gebühr\w*|m|manual|b|adjust bad debt|adjust"
    r"|adjust[0-9]*|adjustment( .*)?|s|samples?|cruk( commission)?|wrongly .*|write ?off)$",
}
_DISCOUNT = r"^(d|discount|rabatt|remise|descuento|sconto|voucher discount|coupon)$"
MOST = 200  # codes of one kind; a pattern that fits more products is a misunderstanding


def distinct_texts(lines: Rows) -> dict[str, Rows]:
    """What is bought, each text once, by column: patterns are tried on few texts, and the lines are asked by equality."""
    columns = [name for name in ("product", "text") if lines.columns.get(name) == "VARCHAR"]
    return {
        name: lines.select(
            f"select x, lower(x) as lowered from (select distinct {identifier(name)} as x from {{rows}}) where x is not null"
        ).keep()
        for name in columns
    }


def service_sql(texts: Mapping[str, Rows]) -> list[str]:
    """`when ... then code` for lines that are no purchase."""
    found = {code: _fitting(texts, pattern) for code, pattern in _PATTERNS.items()}
    return [f"when {condition} then '{code}'" for code, condition in found.items() if condition]


def discount_sql(texts: Mapping[str, Rows]) -> str:
    """`when ... then 'discount'` for money off; empty when the log has no such line."""
    condition = _fitting(texts, _DISCOUNT)
    return f"when amount < 0 and ({condition}) then 'discount'" if condition else ""


def _fitting(texts: Mapping[str, Rows], pattern: str) -> str:
    conditions = []
    for name, distinct in texts.items():
        found = distinct.query(
            f"select x from {{rows}} where regexp_matches(lowered, {literal(pattern)}) order by x limit {MOST + 1}"
        )["x"].to_pylist()
        if 0 < len(found) <= MOST:
            conditions.append(f"coalesce({identifier(name)}, '') in ({', '.join(map(literal, found))})")
    return " or ".join(conditions)
