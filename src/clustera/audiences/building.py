"""A definition made in a form: one condition after another."""

from __future__ import annotations

from clustera.audiences.counting import select_customers
from clustera.audiences.parsing import parse_definition
from clustera.audiences.population import AudienceColumn, Population
from clustera.audiences.tokens import DefinitionError
from clustera.audiences.wording import write_column, write_value
from clustera.errors import InputError
from clustera.records import Either

OPERATORS = ("is", "is not", ">", ">=", "<", "<=", "contains", "is missing")
_ENTER = {
    "number": "Enter a number, such as 1000 or 12.5.",
    "integer": "Enter a whole number, such as 12.",
    "date": "Enter a day, such as 2024-12-31.",
    "boolean": "Enter true or false.",
}


def add_condition(definition: str, population: Population, *, column: str, operator: str, value: str = "") -> str:
    """A definition with one more condition, which must hold beside all that it has.

    Args:
        definition: A line of text; empty where there is none yet.
        population: The customers of a run.
        column: What the condition asks for.
        operator: One of `OPERATORS`.
        value: What it is compared with, as somebody typed it.

    Raises:
        DefinitionError: the run has no such column.
        InputError: there is no such comparison, or the value can't be that of the column.
    """
    if operator not in OPERATORS:
        raise InputError(f"{operator!r} is not a comparison.", hint=f"Choose one of: {', '.join(OPERATORS)}.")
    asked = population.column(column)
    if operator != "is missing" and not value.strip():
        raise InputError(
            f"{asked.title or asked.name} {operator} needs a value.", hint="Enter a value, or choose 'is missing'."
        )
    written = "" if operator == "is missing" else f" {_typed_value(asked, value.strip())}"
    condition = f"{write_column(asked.name)} {operator}{written}"
    try:
        parse_definition(condition)
    except DefinitionError:
        raise InputError(
            f"{asked.title or asked.name}: {value!r} can't be its value.",
            hint=_ENTER.get(asked.kind, "Enter another value."),
            field="value",
        ) from None
    try:
        select_customers(condition, population, audiences={})
    except DefinitionError as error:
        raise InputError(error.message, hint=error.hint or "Choose another value.", field="value") from None
    before = definition.strip()
    if not before:
        return condition
    return f"({before}) and {condition}" if _is_either(before) else f"{before} and {condition}"


def _typed_value(column: AudienceColumn, value: str) -> str:
    """A value as it stands in a definition; segments go by number as well as by name."""
    is_number = column.kind == "segment" and value.isdigit()
    return write_value(value) if column.kind in ("text", "segment") and not is_number else value


def _is_either(definition: str) -> bool:
    try:
        return isinstance(parse_definition(definition), Either)
    except DefinitionError:  # what is wrong with it is told where the whole line is read
        return False
