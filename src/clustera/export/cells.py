"""The cells of a table as a warehouse has them -> values: numbers as people write them, brackets, birth years, dates.

Each reading is a few steps; a step is a list of cells that use what the step before made. Besides what the model's query uses,
only `replace`, `substr`, `lower`, `floor` and `like` are needed, and what `Dialect` spells for each warehouse: regular
expressions mean something else in each, and SQLite has none.
"""

from __future__ import annotations

from clustera.export.cell_dates import birth_value, date_parts, days_value
from clustera.export.dialects import Dialect
from clustera.records import CellReading

Step = list[tuple[str, str]]  # SQL, and what it is called
_AROUND = " \t\n\r\u00a0\u2007\u2009\u202f\ufeff\u200b"
_SAME = {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "−": "-", "–": "-", "’": "'"}
_LONGEST = 100  # characters of a number
NESTED = 20  # functions within each other


def cell_steps(reading: CellReading, j: int, dialect: Dialect) -> list[Step]:
    """The steps from a cell of the table to its number `r{j}`, or its date `n{j}` and `a{j}`; null where it has none.

    Args:
        reading: How the cell is read.
        j: Number of the feature, which names its cells.
        dialect: Where it will run.
    """
    cell = dialect.column(reading.source or reading.name)
    if reading.kind == "bracket":
        return _bracket_steps(reading, cell, j, dialect)
    if reading.kind in {"date", "birth-date"}:
        return date_parts(reading, cell, j, dialect, _plain_steps)
    if not dialect.number_cell:
        return _plain_steps(cell, j, dialect) if reading.typed else _written_steps(reading, cell, j, dialect)
    own = dialect.tried if reading.typed and dialect.tried else dialect.number_cell
    return _number_or_text_steps(reading, own.format(cell), cell, j, dialect)


def value_steps(reading: CellReading, j: int, dialect: Dialect) -> list[Step]:
    """The two steps from what `cell_steps` made, and the day up to which dates are counted, to `r{j}`: null where impossible.

    Args:
        reading: How the cell is read.
        j: Number of the feature.
        dialect: Where it will run.
    """
    counted = {
        "birth-year": f"floor(day_ymd / 10000.0) - r{j}",
        "birth-date": birth_value(j),
        "date": days_value(reading, j),
    }
    return [
        [(counted.get(reading.kind, f"r{j}"), f"r{j}")],
        [(_bounded(reading, f"r{j}", dialect), f"r{j}")],
    ]


def needs_day(reading: CellReading) -> bool:
    """Whether a value is counted up to a day."""
    return reading.kind in {"date", "birth-date", "birth-year"}


def _bounded(reading: CellReading, value: str, dialect: Dialect) -> str:
    say = dialect.number
    tests = [f"{value} {'>' if reading.low_open else '>='} {say(reading.low)}", f"{value} <= {say(reading.high)}"]
    tests += [f"{value} not in ({', '.join(map(say, reading.sentinels))})"] if reading.sentinels else []
    return f"cast(case when {' and '.join(tests)} then {value} end as {dialect.double})"


def _trimmed(cell: str, dialect: Dialect) -> str:
    text = dialect.cut_left(dialect.as_text(cell), _AROUND)
    return dialect.cut_right(text, _AROUND)


def _replaced(sql: str, dialect: Dialect, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        sql = f"replace({sql}, {dialect.visible(old)}, {dialect.literal(new)})"
    return sql


def _capitals(reading: CellReading, dialect: Dialect) -> list[list[tuple[str, str]]]:
    """Capitals of the words beside numbers that `lower` leaves where it knows those of ASCII only, or of a locale, and what they become.

    Some at a time: SQLite can't nest a hundred functions.
    """
    if dialect.name not in {"sqlite", "postgres"}:
        return []
    letters = sorted({*"".join((*reading.before, *reading.behind, *reading.times))})
    pairs = [
        (one.upper(), one) for one in letters if not one.isascii() and len(one.upper()) == 1 and one.upper() != one
    ]
    return [pairs[at : at + NESTED] for at in range(0, len(pairs), NESTED)]


def without_figures(sql: str, dialect: Dialect) -> str:
    """SQL for a text without its figures."""
    return _replaced(sql, dialect, *((figure, "") for figure in "0123456789"))


def _bracket_steps(reading: CellReading, cell: str, j: int, dialect: Dialect) -> list[Step]:
    cases = " ".join(
        f"when {dialect.literal(text)} then {dialect.number(value)}" for text, value in reading.brackets.items()
    )
    return [[(_trimmed(cell, dialect), f"x{j}")], [(f"case x{j} {cases} end", f"r{j}")]]


def _plain_steps(cell: str, j: int, dialect: Dialect) -> list[Step]:
    """A number as such, in a column of numbers or of text."""
    if dialect.tried:
        return [[(dialect.tried.format(cell), f"r{j}")]]
    text = f"lower({_trimmed(cell, dialect)})"
    # SQLite would round a number that becomes a text.
    own = (
        [(f"case when typeof({cell}) in ('integer', 'real') then {cell} end", f"n{j}")]
        if dialect.name == "sqlite"
        else []
    )
    kept = [(f"n{j}", f"n{j}")] if own else []
    sign = f"case when substr(x{j}, 1, 1) = '-' then '-' else '' end"
    bare = f"case when substr(x{j}, 1, 1) in ('-', '+') then substr(x{j}, 2) else x{j} end"
    number = _number_sql(f"h{j}", f"e{j}", dialect.joined(f"s{j}", f"h{j}"), dialect)
    return [
        [*own, (text, f"x{j}")],
        [*kept, (sign, f"s{j}"), (bare, f"h{j}")],
        [*kept, (f"s{j}", f"s{j}"), (f"h{j}", f"h{j}"), (without_figures(f"h{j}", dialect), f"e{j}")],
        [(f"coalesce(n{j}, {number})" if own else number, f"r{j}")],
    ]


def _number_or_text_steps(reading: CellReading, own: str, cell: str, j: int, dialect: Dialect) -> list[Step]:
    """A number as it stands, else what is written as text: no number becomes a text on the way, which some would round."""
    number = f"n{j}"
    own = _as_percent(own) if reading.shares else own
    first, *between, last = _written_steps(reading, f"case when {own} is null then {cell} end", j, dialect)
    [(written, value)] = last
    return [
        [(own, number), *first],
        *([(number, number), *step] for step in between),
        [(f"coalesce({number}, {written})", value)],
    ]


def _number_sql(core: str, rest: str, whole: str, dialect: Dialect) -> str:
    """SQL for the number in a text, null where it is none: a failed cast is an error in some warehouses, and 0 in others.

    Args:
        core: Figures, a point and an exponent.
        rest: The same without the figures.
        whole: What is cast, if that is right.
        dialect: Where it will run.
    """
    if dialect.tried:
        read = dialect.tried.format(whole)
    else:
        # No server needs to know numbers of hundreds of places: only on which side of 0 they are.
        tiny = f"case when {whole} like '-%' then {dialect.number(-1e-99)} else {dialect.number(1e-99)} end"
        read = f"case when {core} like '%e-___%' then {tiny} else cast({whole} as {dialect.double}) end"
    marks = ", ".join(f"'{mark}'" for mark in ("", ".", "e", ".e", "e-", ".e-", "e+", ".e+"))
    wrong = " or ".join(
        [
            f"{dialect.length}({core}) > {_LONGEST}",
            f"{rest} not in ({marks})",
            f"{core} in ('', '.')",
            *(f"{core} like '{form}'" for form in ("e%", ".e%", "%e", "%e-", "%e+")),
            f"({rest} like '%-' and {core} not like '%e-%')",
            f"({rest} like '%+' and {core} not like '%e+%')",
            # 1e100 and more are no values; not all servers could read them.
            f"({core} like '%e___%' and {core} not like '%e-%' and {core} not like '%e+__')",
        ]
    )
    return f"case when {core} is null or {wrong} then null else {read} end"


def _written_steps(reading: CellReading, cell: str, j: int, dialect: Dialect) -> list[Step]:
    """A number as people write it: -$1,200.50, (1 200 €), 3,5 %, 12k, 1.200,-."""
    x, left, core, tail, unit = f"x{j}", f"l{j}", f"h{j}", f"t{j}", f"u{j}"
    around = "".join(sorted({*"".join(reading.before), *" (-+.,"} - set("0123456789")))
    behind = "".join(sorted({*"".join(reading.behind), *"".join(reading.times), *" ')-.,:"} - set("0123456789")))
    text = _replaced(f"lower({_trimmed(cell, dialect)})", dialect, *_SAME.items())
    zero = ", ".join(dialect.literal(word.lower()) for word in reading.zeros)
    before = f"substr({x}, 1, {dialect.length}({x}) - {dialect.length}({left}))"
    said, bare = f"b{j}", _unit_alone(tail, core, reading.decimal, dialect)
    steps: list[Step] = [
        [(text, x)],
        *([(_replaced(x, dialect, *pairs), x)] for pairs in _capitals(reading, dialect)),
        [(x, x), (dialect.cut_left(x, around), left)],
        [
            (f"case when {x} in ({zero}) then 1 else 0 end" if zero else "0", f"z{j}"),
            (before, said),
            (left, left),
            (dialect.cut_right(left, behind), core),
        ],
        [
            (f"z{j}", f"z{j}"),
            (_sign_is_odd(said), f"o{j}"),
            (f"case when {said} like '%-%' or {said} like '%(%' then '-' else '' end", f"s{j}"),
            (_replaced(said, dialect, ("(", ""), ("-", ""), ("+", ""), (" ", "")), said),
            (core, core),
            (f"substr({left}, {dialect.length}({core}) + 1)", tail),
        ],
        [
            (f"z{j}", f"z{j}"),
            (
                " or ".join(
                    (
                        f"case when o{j} = 1",
                        f"{said} not in ({_prefixes(reading, dialect)})",
                        f"({tail} like '-%' and {bare} not in ({_minus_before(reading, dialect)})) then 1 else 0 end",
                    )
                ),
                f"o{j}",
            ),
            (f"case when {_ends_below_zero(_replaced(tail, dialect, (' ', '')))} then '-' else s{j} end", f"s{j}"),
            (_pointed(reading, said, core, dialect), core),
            (bare, unit),
        ],
        [
            *((name, name) for name in (f"z{j}", f"o{j}", f"s{j}", core, unit)),
            (_times_length(reading, unit), f"m{j}"),
            (f"case when {unit} in ('', {', '.join(map(dialect.literal, reading.behind))}) then 1 else 0 end", f"f{j}"),
            *_grouped(reading, core, j, dialect),
        ],
        [
            *((name, name) for name in (f"z{j}", f"s{j}")),
            (_wrong_around(reading, j, dialect), f"o{j}"),
            (_factor(reading, j, dialect), f"m{j}"),
            (_ungrouped(reading, core, dialect), core),
        ],
        [
            *((name, name) for name in (f"z{j}", f"s{j}", f"o{j}", f"m{j}", core)),
            (without_figures(core, dialect), f"e{j}"),
        ],
    ]
    number = _number_sql(core, f"e{j}", dialect.joined(f"s{j}", core, f"m{j}"), dialect)
    wrong = f"o{j} = 1 or (m{j} <> '' and e{j} like '%e%')"
    value = f"case when z{j} = 1 then 0 when {wrong} then null else {number} end"
    if not reading.shares:
        return [*steps, [(value, f"r{j}")]]
    signed = f"case when replace({x}, '%', '') = {x} then 0 else 1 end"
    kept = [(signed if at == 1 else f"p{j}", f"p{j}") for at in range(1, len(steps))]
    steps = [steps[0], *([*step, one] for step, one in zip(steps[1:], kept, strict=True))]
    share = f"case when p{j} = 0 then {_as_percent(f'r{j}')} else r{j} end"
    return [*steps, [(value, f"r{j}"), (f"p{j}", f"p{j}")], [(share, f"r{j}")]]


def _as_percent(number: str) -> str:
    return f"(case when {number} >= -1 and {number} <= 1 then 100 * {number} else {number} end)"


def _sign_is_odd(said: str) -> str:
    """Signs that no number has before it."""
    forms = ("%(%(%", "%-%(%", "%+%(%", "%+%-%", "%+%+%", "%-%-%-%", "%+ %")
    return f"case when {' or '.join(f'{said} like {form!r}' for form in forms)} then 1 else 0 end"


def _ends_below_zero(tail: str) -> str:
    """Whether a minus stands at the end (12 EUR-) or before the currency (12- EUR); behind a mark it says that there are no cents (12,-)."""
    no_cents = " and ".join(f"{tail} not like '%{mark}-'" for mark in ".,:-")
    return f"(({tail} like '%-' and {no_cents}) or {tail} like '-%')"


def _pointed(reading: CellReading, said: str, core: str, dialect: Dialect) -> str:
    """Figures, with the mark that stands before them (.5) unless it is a currency's (Rs.5)."""
    mark = dialect.literal(reading.decimal)
    known = ", ".join(map(dialect.literal, reading.before))
    return (
        f"case when {dialect.last_of(said, 1)} = {mark} and {said} not in ({known}) "
        f"then {dialect.joined(mark, core)} else {core} end"
    )


def _minus_before(reading: CellReading, dialect: Dialect) -> str:
    """What may stand behind a minus that follows the figures: nothing, or a currency."""
    return ", ".join(map(dialect.literal, ("", *reading.before)))


def _prefixes(reading: CellReading, dialect: Dialect) -> str:
    words = [word.replace(" ", "") for word in reading.before]
    mark = reading.decimal
    return ", ".join(
        dialect.literal(word) for word in dict.fromkeys(["", *words, mark, *(word + mark for word in words)])
    )


def _unit_alone(tail: str, core: str, mark: str, dialect: Dialect) -> str:
    """What stands behind the figures, without signs and without what stands for no cents: 12,-."""
    bare = (
        f"case when substr({tail}, 1, 2) in ('.-', ',-', ':-') then substr({tail}, 3) "
        f"when substr({tail}, 1, 1) = '{mark}' and {core} not like '%{mark}%' and {core} not like '%e%' "
        f"then substr({tail}, 2) else {tail} end"
    )
    return f"trim({_replaced(bare, dialect, (')', ''), ('-', ''))})"


def _times_length(reading: CellReading, unit: str) -> str:
    """How many letters of what stands behind a number multiply it."""
    longest = sorted(reading.times, key=len, reverse=True)
    return f"case {' '.join(f'when substr({unit}, 1, {len(w)}) = {w!r} then {len(w)}' for w in longest)} else 0 end"


def _factor(reading: CellReading, j: int, dialect: Dialect) -> str:
    """The exponent of what multiplies a number: of "12 k", "12k €"; "min" and "km" are units."""
    cases = " ".join(
        f"when substr(u{j}, 1, m{j}) = {dialect.literal(word)} then '{times}'" for word, times in reading.times.items()
    )
    return f"case when f{j} = 1 or m{j} = 0 then '' else case {cases} else '' end end"


def _wrong_around(reading: CellReading, j: int, dialect: Dialect) -> str:
    """1 where what stands around the figures, or between them, is no number's."""
    known = ", ".join(map(dialect.literal, reading.behind))
    rest = f"(m{j} > 0 and trim(substr(u{j}, m{j} + 1)) in ('', {known}))"
    wrong = [f"o{j} = 1", f"not (f{j} = 1 or {rest})"]
    if "." not in {reading.group, reading.decimal}:
        wrong.append(f"h{j} like '%.%'")
    if reading.group:
        mark = dialect.literal(f"%{reading.group}%")
        wrong.append(f"g{j} like {mark}")
        starts = " or ".join(f"k{j} like '{nines}|%'" for nines in ("9", "99", "999"))
        wrong.append(f"(h{j} like {mark} and not ({starts}))")
    return f"case when {' or '.join(wrong)} then 1 else 0 end"


def _grouped(reading: CellReading, core: str, j: int, dialect: Dialect) -> Step:
    """k: figures as 9, each group ended by |, the whole part by #. g: the same without groups of the right length."""
    if not reading.group:
        return []
    mark, point = reading.group, reading.decimal
    shape = _replaced(core, dialect, *((figure, "9") for figure in "012345678"))
    ended = _replaced(shape, dialect, (mark, f"|{mark}"), (point, f"#{point}"), ("e", "#e"))
    ended = dialect.joined(ended, "'#'")
    removed = _replaced(ended, dialect, (f"{mark}999#", "#"), (f"{mark}999|", ""))
    if mark == ",":  # Indians group by two above the thousands: 12,34,567
        removed = _replaced(removed, dialect, (f"{mark}99|", ""))
    return [(ended, f"k{j}"), (removed, f"g{j}")]


def _ungrouped(reading: CellReading, core: str, dialect: Dialect) -> str:
    pairs = [(reading.group, "")] if reading.group else []
    return _replaced(core, dialect, *pairs, *([(reading.decimal, ".")] if reading.decimal != "." else []))
