"""What is said of rows that are left out, of cells without a value, and of how many customers remain."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.check.findings import chosen_examples, column_finding, example_rows, share_of_rows
from clustera.check.inspection import Inspection
from clustera.check.kinds import Reading
from clustera.check.overlap import on_overlap
from clustera.check.personal import masked_row
from clustera.check.sensitive import on_sensitive
from clustera.engines import identifier, literal
from clustera.records import Column, Finding, Item, Severity, Value

ZERO_DAYS = (
    "0000-00-00",
    "00.00.0000",
    "00/00/0000",
    "0000-00-00 00:00:00",
)  # what MySQL and others write for "no date"
FEW_ROWS = 50
MANY_MISSING = 0.05  # share of the customers, from which on it is worth a warning
ENOUGH_ROWS = 5  # from which on a column without any value is lacking, not a value here and there


def on_gaps_and_rows(seen: Inspection) -> list[Finding]:
    """Rows that are left out, cells without a value, brackets read as numbers, and columns to be careful with."""
    findings = [_left_out_finding(seen, code, count) for code, count in seen.sorted.reasons.items()]
    for column in seen.columns:
        reading = seen.readings[column.name]
        findings += _on_missing(seen, column, reading)
        if column.role == "feature" and reading.kind == "bracket":  # a later table may have plain numbers
            findings.append(_on_brackets(seen, column, reading))
        findings += on_sensitive(column, seen.total)
    return findings


def told_as_empty(findings: Sequence[Finding], used: int) -> list[Finding]:
    """The findings on later customers, where a feature without any value is told as such.

    Args:
        findings: As they are told where segments are made.
        used: Customers.
    """
    return [
        Finding("empty-feature", "warning", finding.column, finding.count, finding.share, values={**finding.values})
        if finding.code == "missing-values" and finding.count == used >= ENOUGH_ROWS
        else finding
        for finding in findings
    ]


def _on_brackets(seen: Inspection, column: Column, reading: Reading) -> Finding:
    points: list[Item] = [{"text": text, "value": value} for text, value in reading.format.brackets.items()]
    shown = example_rows(seen.rows, column.name, f"{reading.sql} is not null")[1]
    values: dict[str, Value] = {"brackets": len(points), "first": tuple(points[:2]), "last": points[-1]}
    return column_finding("brackets", "note", column, (seen.total, shown), seen.total, **values)


def on_drawing(seen: Inspection) -> list[Finding]:
    """What matters only where segments are drawn, and not where customers are assigned to those of a model."""
    few = Finding(
        code="few-rows",
        severity="warning",
        count=seen.sorted.used,
        share=share_of_rows(seen.sorted.used, seen.total),
        values={"fewest": FEW_ROWS},
    )
    return [
        *([few] if seen.sorted.used < FEW_ROWS else []),
        *on_overlap(seen.sorted.rows, seen.columns, seen.sorted.used),
    ]


def _on_missing(seen: Inspection, column: Column, reading: Reading) -> list[Finding]:
    findings = []
    if column.role == "feature" and column.missing:
        severity: Severity = "warning" if share_of_rows(column.missing, seen.sorted.used) >= MANY_MISSING else "note"
        shown = chosen_examples(seen.rows, column.name, seen.sorted.rows, f"{identifier(column.name)} is null")
        findings.append(column_finding("missing-values", severity, column, (column.missing, shown), seen.total))
    # A day such as 31/02 looks like a date until it is read.
    unread = reading.unread or (column.kind == "date" and reading.look.type == "text" and column.missing)
    if column.role in {"feature", "date"} and unread and column.kind != "bracket":
        text = f"trim(cast({identifier(column.name)} as varchar))"
        cells = f"{text} <> '' and {reading.sql} is null"
        absent = (*reading.absent, *(ZERO_DAYS if column.kind == "date" else ()))
        if absent:
            words = ", ".join(literal(word.lower()) for word in absent)
            cells += f" and lower({text}) not in ({words})"
        # A line that is not used for another reason has been told already.
        count, shown = example_rows(
            seen.rows, column.name, f"({cells}) and _row in (select _row from {seen.sorted.rows.name})"
        )
        if count:
            kind = "dates" if reading.kind == "date" else "numbers"
            findings.append(
                column_finding(
                    "mixed-types", "warning", column, (count, shown), seen.total, kind=kind, shown=shown[0][1]
                )
            )
    return findings


def _left_out_finding(seen: Inspection, code: str, count: int) -> Finding:
    key = next((column.name for column in seen.columns if column.role == "id"), "id")
    dated = any(column.kind == "date" for column in seen.columns)
    rows = seen.sorted.quarantine.query(
        f"select row, text from {{rows}} where code = '{code}' order by row limit 3"
    ).to_pylist()
    return Finding(
        code=code,
        severity="warning",
        count=count,
        share=share_of_rows(count, seen.total),
        examples=tuple((row["row"], masked_row(row["text"], seen.columns)) for row in rows),
        values={"of": seen.total, "id": key, "dated": dated},
    )
