"""Conditions as SQL over the customers of a run.

Every condition is true or false for every customer. A missing value (NULL, or no number) passes no test but "is missing";
so `not (spend > 100)` also holds for whose spend is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from clustera.audiences.parsing import parse_definition
from clustera.audiences.population import AudienceColumn, Population
from clustera.audiences.tokens import DefinitionError, token_position, unknown_definition_name
from clustera.audiences.wording import write_column, write_value
from clustera.engines import Rows, identifier, literal
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

_ORDERED = (">", ">=", "<", "<=", "between")
_RELATIVE = ("in the last", "in the next", "more than ago")
_HOLDS = {
    "number": "numbers",
    "integer": "whole numbers",
    "boolean": "true or false",
    "date": "days",
    "text": "texts",
    "segment": "segments",
}
_EXAMPLES = {
    "number": "> 12.5",
    "integer": "> 12",
    "boolean": "is true",
    "date": "after 2024-12-31",
    "text": 'is "Berlin"',
    "segment": "is 1",
}
_SAFE_INTEGER = 2**53


class CycleError(DefinitionError):
    """An audience depends on itself."""


class Compiler:
    """Makes SQL of conditions.

    Args:
        population: The customers.
        audiences: Definitions of all saved audiences, by name.
    """

    def __init__(self, population: Population, audiences: Mapping[str, str]) -> None:
        self._population = population
        self._audiences = audiences
        self._path: tuple[str, ...] = ()
        self.layers: dict[str, str] = {}  # audiences that are asked for -> SQL of each, those it needs before it

    def within(self, name: str) -> Compiler:
        """The same compiler while an audience of that name is defined: it can't be asked for again."""
        self._path = (*self._path, name)
        return self

    def sql(self, condition: Condition) -> str:  # noqa: PLR0911 - one for each kind of condition
        """SQL that is true or false for every customer.

        Raises:
            DefinitionError: a column, an audience or a segment is not there, or is asked for something it can't be.
        """
        match condition:
            case Everyone():
                return "true"
            case Every(parts):
                return f"({' and '.join(map(self.sql, parts))})"
            case Either(parts):
                return f"({' or '.join(map(self.sql, parts))})"
            case Not(inner):
                return f"(not {self.sql(inner)})"
            case InAudience():
                return self._in_audience(condition)
            case InFrozen():
                return self._in_frozen(condition)
            case Moved():
                return self._moved(condition)
            case ColumnTest():
                return self._test(condition)

    def rows(self) -> Rows:
        """The customers with one column for each audience that is asked for: each is evaluated once."""
        rows = self._population.rows
        for place, (_, sql) in enumerate(self.layers.items()):
            rows = rows.select(f"select *, {sql} as {layer_name(place)} from {{rows}}")
        return rows

    def _in_audience(self, asked: InAudience) -> str:
        name = asked.name
        if name in self._path:
            path = " -> ".join((*self._path[self._path.index(name) :], name))
            raise CycleError(
                f"An audience can't depend on itself: {path}.",
                position=asked.at,
                hint="Remove one of them from the other's definition.",
            )
        if name not in self._audiences:
            raise unknown_definition_name("audience", name, asked.at, self._audiences)
        if name not in self.layers:
            self._path = (*self._path, name)
            try:
                sql = self.sql(parse_definition(self._audiences[name]))
            except CycleError:
                raise
            except DefinitionError as error:
                raise DefinitionError(
                    f"In audience {name!r}: {error.message}", position=asked.at, hint=error.hint
                ) from error
            finally:
                self._path = self._path[:-1]
            self.layers[name] = sql
        return layer_name(list(self.layers).index(name))

    def _in_frozen(self, asked: InFrozen) -> str:
        frozen = self._population.frozen
        if asked.name not in frozen:
            raise unknown_definition_name("frozen list of members", asked.name, asked.at, frozen)
        file = literal(frozen[asked.name])
        layer = f"\0frozen {asked.name}"  # no audience can be called so
        self.layers.setdefault(layer, f"(id in (select customer from read_parquet({file})))")
        return layer_name(list(self.layers).index(layer))

    def _moved(self, moved: Moved) -> str:
        population = self._population
        if "segment_before" not in population.columns:
            raise DefinitionError(
                f"{population.label} does not know where customers were before{token_position(moved.at)}.",
                position=moved.at,
                hint="Make the run with --like EARLIER_RUN, or from orders that reach back further.",
            )
        if moved.days is not None:
            self._check_days(moved, moved.days)
        before, now = identifier("segment_before"), identifier("segment")
        tests = [f"{before} is not null", f"{before} <> {now}"]
        known = population.names_before or population.names
        if moved.before is not None:
            tests.append(f"{before} = {self._segment(moved.before, known, moved.at)}")
        if moved.after is not None:
            tests.append(f"{now} = {self._segment(moved.after, population.names, moved.at)}")
        return f"coalesce({' and '.join(tests)}, false)"

    def _check_days(self, moved: Moved, days: int) -> None:
        apart = self._population.days_before
        if apart is None:
            raise DefinitionError(
                f"{self._population.label} does not say how long ago customers were where they were before"
                f"{token_position(moved.at)}.",
                position=moved.at,
                hint='Leave "within ... days" out.',
            )
        if apart > days:
            raise DefinitionError(
                f"{self._population.label} knows where customers were {apart} days before, "
                f"not {days} {'day' if days == 1 else 'days'} before or less{token_position(moved.at)}.",
                position=moved.at,
                hint=f'Say "within {apart} days", or make a run that is compared with a later one: --like RUN.',
            )

    def _segment(self, value: Constant, names: Mapping[int, str], at: int) -> int:
        numbers = {name: number for number, name in names.items()}
        folded = {name.casefold(): number for number, name in names.items()}
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        if text in numbers:
            return numbers[text]
        if text.strip().casefold() in folded:
            return folded[text.strip().casefold()]
        if text.isdecimal() and int(text) in names:
            return int(text)
        raise unknown_definition_name("segment", text, at, names.values())

    def _test(self, test: ColumnTest) -> str:
        column = self._population.column(test.column, test.at)
        if test.operator == "is missing":
            return _missing(column)
        if test.operator in _RELATIVE:
            return self._relative(column, test)
        if test.operator in ("contains", "starts with"):
            if column.kind != "text":
                raise self._wrong(column, test, 'only texts have "contains" and "starts with"')
            function = "contains" if test.operator == "contains" else "starts_with"
            return f"coalesce({function}({column.sql}, {_text_sql(test.values[0], test.at)}), false)"
        if test.operator in _ORDERED and column.kind in ("boolean", "segment"):
            raise self._wrong(column, test, f'"{test.operator}" can\'t be said of them')
        return self._compared(column, test)

    def _compared(self, column: AudienceColumn, test: ColumnTest) -> str:
        expression = column.sql
        if column.kind == "text" and (test.operator in _ORDERED):
            expression = self._as_numbers(column, test)
            column = AudienceColumn(column.name, "number", expression)
        values = [self._value(column, value, test) for value in test.values]
        if column.kind == "integer" and any("double" in value for value in values):
            expression = f"cast({expression} as double)"
        match test.operator:
            case "is":
                compared = f"{expression} = {values[0]}"
            case "in":
                compared = f"{expression} in ({', '.join(values)})"
            case "between":
                compared = f"{expression} between {values[0]} and {values[1]}"
            case sign:
                compared = f"{expression} {sign} {values[0]}"
        known = f"not isnan({expression}) and " if column.kind == "number" else ""
        return f"coalesce({known}{compared}, false)"

    def _as_numbers(self, column: AudienceColumn, test: ColumnTest) -> str:
        """A text column that holds numbers only, as such."""
        number = f"try_cast({column.sql} as double)"
        found = self._population.rows.query(
            f"select any_value({column.sql}) filter (where {number} is null) as text, count({number}) as n from {{rows}}"
        ).to_pylist()[0]
        if found["text"] is not None or not found["n"]:
            example = f", such as {found['text']!r}" if found["text"] is not None else ""
            raise DefinitionError(
                f"{column.name}{token_position(test.at)} holds texts{example}, so {test.operator!r} does not apply to it.",
                position=test.at,
                hint=f"For example: {write_column(column.name)} is {write_value(found['text'] or '...')}.",
            )
        return number

    def _relative(self, column: AudienceColumn, test: ColumnTest) -> str:
        as_of = self._population.as_of
        if column.kind != "date":
            dates = [name for name, other in self._population.columns.items() if other.kind == "date"]
            told = f"Columns with days: {', '.join(dates)}." if dates and as_of is not None else ""
            raise self._wrong(column, test, f'"{_relative_words(test)}" applies to dates only', hint=told)
        if as_of is None:
            raise DefinitionError(
                f"{self._population.label} has no snapshot date, from which days are counted{token_position(test.at)}.",
                position=test.at,
                hint=f"Name the days themselves: {column.name} after 2024-12-31.",
            )
        days, today = int(str(test.values[0])), date(1970, 1, 1) + timedelta(days=as_of)
        # Days beyond the calendar mean the same as its ends.
        ago = date.min if days >= (today - date.min).days else today - timedelta(days=days)
        ahead = date.max if days >= (date.max - today).days else today + timedelta(days=days)
        match test.operator:
            case "in the last":
                compared = f"{column.sql} between {_day_sql(ago)} and {_day_sql(today)}"
            case "in the next":
                compared = f"{column.sql} > {_day_sql(today)} and {column.sql} <= {_day_sql(ahead)}"
            case _:
                compared = f"{column.sql} < {_day_sql(ago)}"
        return f"coalesce({compared}, false)"

    def _value(self, column: AudienceColumn, value: Constant, test: ColumnTest) -> str:
        """A value as SQL of the column's kind."""
        match column.kind:
            case "segment":
                before = column.sql == identifier("segment_before")
                names = self._population.names_before if before else {}
                return str(self._segment(value, names or self._population.names, test.at))
            case "text":
                shown = value if isinstance(value, str) else write_value(value)
                return _text_sql(shown, test.at)
            case "boolean":
                if not isinstance(value, bool):
                    raise self._wrong(column, test, "it must be true or false", hint="Write true or false.")
                return str(value).lower()
            case "date":
                return _day_sql(self._as_day(column, value, test))
            case _:
                return _condition_number_sql(self._as_number(column, value, test), column)

    def _as_day(self, column: AudienceColumn, value: Constant, test: ColumnTest) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)  # type: ignore[arg-type]
        except (ValueError, TypeError):
            raise self._wrong(column, test, f"{write_value(value)} is none", hint="Write 2024-12-31.") from None

    def _as_number(self, column: AudienceColumn, value: Constant, test: ColumnTest) -> Decimal:
        try:
            number = value if isinstance(value, Decimal) else Decimal(value)  # type: ignore[arg-type]
        except (InvalidOperation, TypeError, ValueError):
            number = Decimal("NaN")
        if isinstance(value, bool) or not number.is_finite():
            raise self._wrong(
                column, test, f"{write_value(value)} is none", hint="Write a number, such as 1000 or 12.5."
            )
        return number

    def _wrong(self, column: AudienceColumn, test: ColumnTest, why: str, *, hint: str = "") -> DefinitionError:
        return DefinitionError(
            f"{column.name}{token_position(test.at)} holds {_HOLDS[column.kind]}, and {why}.",
            position=test.at,
            hint=hint or f"For example: {write_column(column.name)} {_EXAMPLES[column.kind]}.",
        )


def definition_parts(condition: Condition) -> tuple[Condition, ...]:
    """The parts that a definition puts together: those of its outermost "and" or "or", else itself.

    >>> len(definition_parts(parse_definition("a > 1 and (b or c)")))
    2
    """
    return condition.conditions if isinstance(condition, (Every, Either)) else (condition,)


def layer_name(place: int) -> str:
    """The column that says who is in an audience which others ask for, as SQL."""
    return identifier(f"in audience {place}")


def _missing(column: AudienceColumn) -> str:
    return f"({column.sql} is null or isnan({column.sql}))" if column.kind == "number" else f"({column.sql} is null)"


def _condition_number_sql(number: Decimal, column: AudienceColumn) -> str:
    whole = number == number.to_integral_value()
    if column.kind == "integer" and whole and abs(number) <= _SAFE_INTEGER:
        return format(number.to_integral_value(), "f")
    return f"cast('{float(number)!r}' as double)"


def _day_sql(day: date) -> str:
    return f"date '{day.isoformat()}'"


def _text_sql(value: Constant, at: int) -> str:
    if "\0" in str(value):
        raise DefinitionError(
            f"The text{token_position(at)} has a character that is not text.", position=at, hint="Type it again."
        )
    return literal(str(value))


def _relative_words(test: ColumnTest) -> str:
    days = write_value(test.values[0])
    return f"more than {days} days ago" if test.operator == "more than ago" else f"{test.operator} {days} days"
