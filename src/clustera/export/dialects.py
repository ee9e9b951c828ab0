"""What differs between warehouses: names in quotes, the types, and a few functions of texts. All else is the same in each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clustera.errors import InputError, closest

READ = "read_table"  # what the table that a query reads is called within it


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one warehouse spells the few things that differ."""

    name: str
    double: str  # its type of 64-bit floating point numbers
    quote: str  # around names
    escaped: str  # the quote within a name
    backslash: bool = False  # a backslash within a text begins an escape
    step: str = ""  # said of a step that is computed once; else these servers write it out wherever it is used
    text: str = "string"  # its type of texts
    tried: str = ""  # a cast to double that gives null where a cell holds no number; empty where there is none
    number_cell: str = ""  # the number in a cell whose own type is one, null in others; empty where that can't be asked
    length: str = "length"
    position: str = "instr({text}, {what})"
    # Characters cut off an end; {chars} is a literal of them, {pattern} one of a class of them.
    left: str = "ltrim({text}, {chars})"
    right: str = "rtrim({text}, {chars})"
    last: str = "right({text}, {n})"
    today: str = "current_date"
    tells_case: bool = False  # names in quotes that differ in case only are two columns

    def column(self, name: str) -> str:
        """A column of the table that is read. Alone, SQLite takes the name of a column that is not there for a text."""
        return f"{READ}.{self.identifier(name)}"

    def identifier(self, name: str) -> str:
        """A column's name in quotes."""
        inner = name.replace("\\", "\\\\") if self.escaped.startswith("\\") else name
        return f"{self.quote}{inner.replace(self.quote, self.escaped)}{self.quote}"

    def literal(self, text: str) -> str:
        """A text in quotes."""
        if not self.backslash:
            return "'" + text.replace("'", "''") + "'"
        inner = text.replace("\\", "\\\\").replace("\n", "\\n")
        return "'" + inner.replace("'", "\\'") + "'"

    def number(self, value: float) -> str:
        """A number with 17 significant digits, which is what it takes to come back as the same double.

        With an exponent it is a double everywhere; without, some would read an exact decimal.
        """
        text = f"{value:.16e}"
        return f"({text})" if text.startswith("-") else text

    def as_text(self, sql: str) -> str:
        """A cell of any type as text."""
        return f"cast({sql} as {self.text})"

    def joined(self, *texts: str) -> str:
        """Texts one after the other."""
        return f"({' || '.join(texts)})" if self.name == "sqlite" else f"concat({', '.join(texts)})"

    def cut_left(self, sql: str, characters: str) -> str:
        """A text without those of the characters that it begins with."""
        return self._cut(self.left, sql, characters)

    def cut_right(self, sql: str, characters: str) -> str:
        """A text without those of the characters that it ends with."""
        return self._cut(self.right, sql, characters)

    def _cut(self, form: str, sql: str, characters: str) -> str:
        escaped = _with_codes(re.sub(r"([\\\]\[^&~-])", r"\\\1", characters))
        left, right = self.literal(f"^[{escaped}]+"), self.literal(f"[{escaped}]+$")
        return form.format(text=sql, chars=self.visible(characters), begins=left, ends=right)

    def visible(self, text: str) -> str:
        """A text in quotes, with the codes of what nobody could see there and an editor might change."""
        if _with_codes(text) == text:
            return self.literal(text)
        if self.name == "mysql":
            return f"convert(x'{text.encode().hex()}' using utf8mb4)"
        if self.backslash:
            return f"'{_with_codes(self.literal(text)[1:-1])}'"
        function = "char" if self.name == "sqlite" else "chr"
        pieces = [piece for piece in re.split(f"({_UNSEEN.pattern})", text) if piece]
        spelled = [f"{function}({ord(one)})" if _UNSEEN.fullmatch(one) else self.literal(one) for one in pieces]
        return self.joined(*spelled) if len(spelled) > 1 else spelled[0]

    def place_of(self, sql: str, what: str) -> str:
        """The place of a text within another, from 1; 0 where it is not there."""
        return self.position.format(text=sql, what=self.literal(what))

    def last_of(self, sql: str, n: int) -> str:
        """The last letters of a text."""
        return self.last.format(text=sql, n=n)


_UNSEEN = re.compile("[^ -~\u00a1-\u1fff\u2010-\u2027\u2030-\ufefe]")


def _with_codes(text: str) -> str:
    return _UNSEEN.sub(lambda one: f"\\u{ord(one[0]):04x}", text)


_ALL = (
    Dialect(
        "duckdb",
        "double",
        '"',
        '""',
        step="materialized ",
        text="varchar",
        tried="try_cast({} as double)",
        number_cell="case when regexp_matches(typeof({0}), 'INT|DOUBLE|FLOAT|DECIMAL') then try_cast({0} as double) end",
    ),
    Dialect(
        "postgres",
        "double precision",
        '"',
        '""',
        step="materialized ",
        text="text",
        position="strpos({text}, {what})",
        number_cell=(
            "case when cast(pg_typeof({0}) as text) in ('smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision') "
            "then cast(cast({0} as text) as double precision) end"
        ),
        tells_case=True,
    ),
    Dialect(
        "sqlite",
        "real",
        '"',
        '""',
        step="materialized ",
        text="text",
        last="substr({text}, -{n})",
        number_cell="case when typeof({0}) in ('integer', 'real') then {0} end",
    ),
    Dialect(
        "mysql",
        "double",
        "`",
        "``",
        backslash=True,
        text="char",
        length="char_length",
        left="regexp_replace({text}, {begins}, '')",
        right="regexp_replace({text}, {ends}, '')",
    ),
    Dialect(
        "spark",
        "double",
        "`",
        "``",
        backslash=True,
        tried="try_cast({} as double)",
        left="trim(leading {chars} from {text})",
        right="trim(trailing {chars} from {text})",
        today="current_date()",
    ),
    Dialect(
        "bigquery", "float64", "`", "\\`", backslash=True, tried="safe_cast({} as float64)", today="current_date()"
    ),
    Dialect(
        "snowflake",
        "double",
        '"',
        '""',
        backslash=True,
        text="varchar",
        tried="try_to_double(cast({} as varchar))",
        position="charindex({what}, {text})",
        tells_case=True,
    ),
)
DIALECTS = tuple(dialect.name for dialect in _ALL)
_BY_NAME = {dialect.name: dialect for dialect in _ALL}


def dialect_of(name: str) -> Dialect:
    """The dialect of that name.

    Raises:
        InputError: there is none.

    >>> dialect_of("mysql").identifier("spend"), dialect_of("postgres").number(0.1)
    ('`spend`', '1.0000000000000001e-01')
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = closest(name, DIALECTS)
    raise InputError(
        f"There is no dialect {name!r}; there are: {', '.join(DIALECTS)}.",
        hint=f"Did you mean {near!r}?" if near else "Say --dialect with one of them.",
    )
