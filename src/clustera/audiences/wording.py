"""Conditions as a line of text that says the same when it is read again."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from datetime import date
from decimal import Decimal

from clustera.audiences.parsing import RESERVED
from clustera.records import (
    ColumnTest,
    Condition,
    Constant,
    Either,
    Every,
    Everyone,
    InAudience,
    InFrozen,
    Moved,
    Not,
)

_BARE = re.compile(r"[^\W\d][\w.]*")
_NEGATED = ("in", "between", "contains", "starts with")  # "not" stands between column and comparison


def write_condition(condition: Condition) -> str:  # noqa: PLR0911 - one for each kind of condition
    """The line of text of conditions; `parse_definition` makes the same conditions of it.

    >>> write_condition(Every((Not(ColumnTest("city", "is", ("Berlin",))), ColumnTest("spend", ">", (Decimal(9),)))))
    'city is not "Berlin" and spend > 9'
    """
    match condition:
        case Either(parts):
            return " or ".join(_within(part, Either) for part in parts)
        case Every(parts):
            return " and ".join(_within(part, Every, Either) for part in parts)
        case Not(inner):
            return _negated(inner)
        case ColumnTest():
            return _test(condition)
        case InAudience(name):
            return f"in audience {_quoted_text(name)}"
        case InFrozen(name):
            return f"in frozen {_quoted_text(name)}"
        case Moved():
            return _moved(condition)
        case Everyone():
            return "everyone"


def same_conditions(condition: Condition, saved: Mapping[str, Condition]) -> Hashable:
    """What two definitions have in common that mean the same customers: the order of their conditions does not count.

    Args:
        condition: The definition.
        saved: Conditions of the saved audiences by name: one that asks for an audience only is that audience.

    >>> cheap, late = ColumnTest("spend", "<", (Decimal(9),)), ColumnTest("overdue", "is", (True,))
    >>> same_conditions(Every((cheap, late)), {}) == same_conditions(InAudience("A"), {"A": Every((late, cheap))})
    True
    """
    match condition:
        case Either(parts) | Every(parts):
            return type(condition).__name__, frozenset(same_conditions(part, saved) for part in parts)
        case Not(inner):
            return "not", same_conditions(inner, saved)
        case InAudience(name) if name in saved:
            return same_conditions(saved[name], saved)
    return write_condition(condition)


def _within(part: Condition, *looser: type) -> str:
    text = write_condition(part)
    return f"({text})" if isinstance(part, looser) else text


def _negated(inner: Condition) -> str:
    match inner:
        case ColumnTest(column, "is", values):
            return f"{write_column(column)} is not {write_value(values[0])}"
        case ColumnTest(column, "is missing"):
            return f"{write_column(column)} is not missing"
        case ColumnTest(column, operator) if operator in _NEGATED:
            return f"{write_column(column)} not {_test(inner)[len(write_column(column)) + 1 :]}"
        case Every() | Either() | ColumnTest():
            return f"not ({write_condition(inner)})"
        case _:
            return f"not {write_condition(inner)}"


def _test(test: ColumnTest) -> str:
    column, values = write_column(test.column), [write_value(value) for value in test.values]
    match test.operator:
        case "is missing":
            return f"{column} is missing"
        case "in":
            return f"{column} in ({', '.join(values)})"
        case "between":
            return f"{column} between {values[0]} and {values[1]}"
        case "in the last" | "in the next":
            return f"{column} {test.operator} {values[0]} days"
        case "more than ago":
            return f"{column} more than {values[0]} days ago"
        case _:
            return f"{column} {test.operator} {values[0]}"


def _moved(moved: Moved) -> str:
    parts = ["moved"]
    if moved.before is not None:
        parts.append(f"from {write_value(moved.before)}")
    if moved.after is not None:
        parts.append(f"to {write_value(moved.after)}")
    if moved.days is not None:
        parts.append(f"within {moved.days} days")
    return " ".join(parts)


def write_value(value: Constant) -> str:
    """A value as it stands in a definition.

    >>> write_value("Berlin"), write_value(True), write_value(Decimal("12.50")), write_value(date(2024, 1, 31))
    ('"Berlin"', 'true', '12.50', '2024-01-31')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else _quoted_text(value)


def write_column(name: str) -> str:
    """A column's name as a definition writes it: in quotes where it is more than one word.

    >>> write_column("spend"), write_column("Annual income"), write_column("and")
    ('spend', '"Annual income"', '"and"')
    """
    return name if _BARE.fullmatch(name) and name.lower() not in RESERVED else _quoted_text(name)


def _quoted_text(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
