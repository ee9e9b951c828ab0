"""The rules of segments as one query of a CASE that people can read, and change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clustera.export.dialects import Dialect
from clustera.export.query import free_name, returned_cells, sql_comments
from clustera.export.reading import QuerySource, query_source
from clustera.records import CellReading, FeaturePreparation, Rule, RuleCondition, RuleSet


def rules_query(
    rules: Sequence[Rule],
    features: Sequence[FeaturePreparation],
    names: Mapping[int, str],
    dialect: Dialect,
    *,
    table: str,
    keep: Sequence[str] = (),
    readings: Sequence[CellReading] = (),
) -> str:
    """One query that gives each row of a table the segment of the rule that holds for it.

    Args:
        rules: Of all segments; exactly one holds for each row. Figures are told beside those that have some.
        features: Of the model: a missing value counts as what stands in for it there.
        names: Of segments.
        dialect: Where it will run.
        table: The table, as it is written in that warehouse.
        keep: Columns that come back beside `segment` and `segment_name`, such as the customer's id.
        readings: How the cells of each feature are read; without, the table's columns hold the values themselves.
    """
    used = {condition.feature for rule in rules for condition in rule.conditions}
    others = {name.lower() for name in used}  # the features keep their names among these
    kept = [free_name(f"kept_{i}", others) for i in range(1, len(keep) + 1)]
    own = [(dialect.column(name), cell) for name, cell in zip(keep, kept, strict=True)]
    # Only what the rules ask for is read.
    source = query_source([r for r in readings if r.name in used], dialect, table=table, keep=own)
    filled = [*source.kept, *(_filled_feature(f, source, dialect) for f in features if f.name in used)]
    before = "".join(f"{name} as {dialect.step}(\n  {body}\n), " for name, body in source.parts)
    whens = "\n      ".join(_when(rule, names, dialect) for rule in rules)
    final = returned_cells("ruled", names, dialect, keep=tuple(zip(keep, kept, strict=True)))
    line = ",\n  "
    return (
        f"with {before}filled as (\n  select\n    {(line + '  ').join(filled) or '1 as one_row'}\n  "
        f"from {source.rows}\n), ruled_customers as (\n"
        f"  select\n    {''.join(cell + ',' + chr(10) + '    ' for cell in kept)}case\n      {whens}\n    end as ruled\n  from filled\n)\n"
        f"select\n  {line.join(final)}\nfrom ruled_customers"
    )


def _filled_feature(feature: FeaturePreparation, source: QuerySource, dialect: Dialect) -> str:
    value = source.value(feature.name, dialect)
    return f"coalesce({value}, {_exact_number(feature.fill)}) as {dialect.identifier(feature.name)}"


def rules_script(text: str, rules: RuleSet, *, run: str, dialect: Dialect, needed: Sequence[str] = ()) -> str:
    """The query with what it is and how often it is right, as comments on top.

    Args:
        text: The query.
        rules: As they were tried.
        run: The run's name.
        dialect: Where it will run.
        needed: What columns must hold that are not as in the file.
    """
    lines = [
        f"Rules for the segments of the run {run}, in the SQL of {dialect.name}. They are simpler than the segments.",
        (
            f"Learned on {rules.learned:,} customers and tried by DuckDB on {rules.held_out:,} others, whose key modulo 10 "
            f"is 7, 8 or 9: {rules.fidelity:.1%} get the segment they have, {rules.cost:.1%} would get another one."
        ),
        *needed,
        "For the segments themselves use clustera sql or clustera predict.",
    ]
    return f"{sql_comments(lines)}\n{text};\n"


def _when(rule: Rule, names: Mapping[int, str], dialect: Dialect) -> str:
    tests = (
        " and ".join(test for condition in rule.conditions for test in _condition_tests(condition, dialect)) or "1 = 1"
    )
    name = " ".join(names[rule.segment].split())
    figures = f": right for {rule.right:,} of {rule.customers:,}" if rule.customers else ""
    return f"when {tests} then {rule.segment} -- {name}{figures}"


def _condition_tests(condition: RuleCondition, dialect: Dialect) -> list[str]:
    name = dialect.identifier(condition.feature)
    low = [] if condition.low is None else [f"{name} >= {_exact_number(condition.low)}"]
    return low if condition.high is None else [*low, f"{name} < {_exact_number(condition.high)}"]


def _exact_number(value: float) -> str:
    """A number as people write it, which comes back as the same double."""
    text = repr(value)
    return text.removesuffix(".0") if abs(value) < 1e15 else text
