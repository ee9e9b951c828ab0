"""Typed rows, and the quarantine: which rows can't be used, each with its reason and its original text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from clustera.check.kinds import MISSING_ALWAYS, Reading
from clustera.check.look import SHAPES, Look, trimmed_sql, value_column_sql
from clustera.check.whole_ids import EXPONENT, exponent_of_id_sql, may_have_exponents, whole_sql
from clustera.engines import AROUND_WORDS, BETWEEN_WORDS, Rows, hash_sql, identifier, is_called_sql, literal
from clustera.lexicon import cell_pattern, fold
from clustera.records import MARKED_LINES, Column, columns_told
from clustera.texts import left_out_reason

ADDS_UP = 0.01  # how far what lines called totals hold may be from once or several times what all others hold
# What stands in a line by itself; where the first cell is no id, a customer's note may begin so.
_NOTES = (
    r"(?i)^(source|note|notes|exported|generated|created|report|quelle|stand)\s*[:.]|^(source|exported|generated|created|printed) (by|on|at|from|:)|^[0-9]+ rows?\b|^\([0-9,]+ rows?\b.*\)$|^[-=+|:]{2,}$|^\(c\)|^copyright"
    r"|^(page|seite|pagina|página) [0-9]+|^©|^\*"
)
VALUED = {"feature", "descriptor", "date"}
LINES = frozenset({*MARKED_LINES, "unreadable-row", "repeated-header", "footer"})  # what is no customer at all
# Why a row is left out, as codes: texts in the catalog of findings.
REASONS = (
    *MARKED_LINES,
    "unreadable-row",
    "repeated-header",
    "footer",
    "missing-id",
    "no-values",
    "unfilled",
    "duplicate-row",
    "duplicate-id",
)


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows that are used and rows that are not."""

    rows: Rows
    quarantine: Rows
    reasons: Mapping[str, int]  # code -> rows
    missing: Mapping[str, int]  # column -> empty cells among the rows used
    used: int


def sort_rows(
    raw: Rows,
    parsed: Rows,
    columns: Sequence[Column],
    readings: Mapping[str, Reading],
    values: Mapping[str, str],
    *,
    total: int,
    unique: bool = False,
    keep: Collection[str] = (),
    again: Rows | None = None,
) -> Sorted:
    """Turn every row of the source into values, or into a line of the quarantine.

    Args:
        raw: The source's rows.
        parsed: The same rows, with whatever `values` speaks of.
        columns: What each column is.
        readings: What each column holds.
        values: SQL for the value of each feature, descriptor and date.
        total: Rows of the source.
        unique: Whether the cells of the id column are known to differ from each other.
        keep: Fixes that are switched off.
        again: `_row` of the lines that repeat the names of the columns.
    """
    key = next((column for column in columns if column.role == "id"), None)
    name = id_sql(raw, readings[key.name]) if key else "_label" if "_label" in raw.columns else "cast(_row as varchar)"
    lines = _line_code(parsed, columns, readings, key, keep=keep, again=again)
    typed = _typed(parsed, columns, readings, values, key, name=name, lines=lines, keep=keep, total=total)
    # What differs as it stands may still be one customer once "17850.0" is 17850: then it is counted again.
    as_it_stands = key is not None and (name == identifier(key.name) or _keeps_numbers_apart(readings[key.name]))
    counted = "0" if key is None or (unique and as_it_stands) else "count(*) - count(distinct _key)"
    seen = typed.query(f"select count(_code) as bad, {counted} as repeated from {{rows}}").to_pylist()[0]
    # Where there is none to leave out, no later query need ask.
    rows = typed.select(f"select * exclude (_code) from {{rows}} {'where _code is null' if seen['bad'] else ''}")
    bad = "select _row, _id, _code from {rows} where _code is not null"
    if seen["repeated"]:
        repeated = typed.engine.table(_repeated_sql(typed, columns))
        bad += f" union all select _row, _id, _code from {repeated.name}"
        rows = rows.select(
            f"select * from {{rows}} where _row not in (select _row from {repeated.name}) order by _row"
        ).keep_within(total * len(typed.columns))
    quarantine = _quarantine_rows(raw, typed.select(bad), key.name if key else "id", columns_told(columns))
    used, missing = _missing_cells(rows, [column.name for column in columns if column.role in VALUED])
    reasons = quarantine.query("select code, count(*) as n from {rows} group by code order by code").to_pylist()
    return Sorted(
        rows=rows,
        quarantine=quarantine,
        reasons={reason["code"]: reason["n"] for reason in reasons},
        missing=missing,
        used=used,
    )


def _typed(
    raw: Rows,
    columns: Sequence[Column],
    readings: Mapping[str, Reading],
    values: Mapping[str, str],
    key: Column | None,
    *,
    name: str,
    lines: str,
    keep: Collection[str],
    total: int,
) -> Rows:
    """Every row as values, with `_code` where it can't be used for a reason of its own."""
    kept = [column for column in columns if column.role in VALUED]
    features = [identifier(column.name) for column in columns if column.role == "feature"]
    hashed = _text_of_values(features) if key is None else _key_text(readings[key.name])
    cells = "".join(f", {values[column.name]} as {identifier(column.name)}" for column in kept)
    names = "".join(f", {identifier(column.name)}" for column in kept)
    empty = " and ".join(f"{feature} is null" for feature in features) or "false"
    gaps = " or ".join(f"{feature} is null" for feature in features)
    unfilled = f" when {gaps} then 'unfilled'" if gaps and "missing-values" in keep else ""
    code = f"coalesce(_code, case when _id is null then 'missing-id' when {empty} then 'no-values'{unfilled} end)"
    ordered = " order by _row" if key is None else ""  # numbering loses the order of the rows
    typed = raw.select(
        f"select _row, _id, {hash_sql(hashed)} as _key{names}, {code} as _code "
        f"from (select _row, {name} as _id{cells}, {lines} as _code from {{rows}})"
        f"{ordered}"
    )
    return typed.keep_within(total * (len(kept) + 3))


def _text_of_values(features: Sequence[str]) -> str:
    """SQL for the text that is hashed where there is no id: the features, as identifiers.

    Their values are sorted, so that neither the columns' names nor their order change which customers are sampled.
    """
    texts = ", ".join(f"coalesce(cast({feature} as varchar), '')" for feature in features)
    hashed = f"array_to_string(list_sort([{texts}]), '|')" if texts else "''"
    # Equal customers are numbered: a sample by hash would have all of them or none.
    return f"concat_ws('|', {hashed}, row_number() over (partition by {hashed} order by _row))"


def keyed_by_values(rows: Rows, features: Sequence[str]) -> Rows:
    """Checked rows without an id, with the keys that they have by these features alone."""
    hashed = _text_of_values(list(map(identifier, features)))
    return rows.select(f"select * replace ({hash_sql(hashed)} as _key) from {{rows}} order by _row").keep()


def _missing_cells(rows: Rows, names: Sequence[str]) -> tuple[int, dict[str, int]]:
    """How many rows there are, and in how many of them each column is empty."""
    counts = ", ".join(["count(*)", *(f"count({identifier(name)})" for name in names)])
    used, *filled = rows.value(f"select [{counts}] as n from {{rows}}")
    return used, {name: used - count for name, count in zip(names, filled, strict=True)}


def _line_code(
    raw: Rows,
    columns: Sequence[Column],
    readings: Mapping[str, Reading],
    key: Column | None,
    *,
    keep: Collection[str],
    again: Rows | None,
) -> str:
    """SQL for what makes a line no customer at all. Tests that can't hit, by what the columns hold, are left out."""
    beyond = [
        *(f"when \"_extra\" = {literal(mark)} then '{code}'" for code, mark in MARKED_LINES.items()),
        "when \"_extra\" is not null then 'unreadable-row'",
    ]
    tests = beyond if "_extra" in raw.columns else []
    if again:
        tests.append(f"when _row in (select _row from {again.name}) then 'repeated-header'")
    look = readings[key.name if key else columns[0].name].look
    if look.type == "text" and not look.plain and "footer" not in keep:
        features = [column.name for column in columns if column.role == "feature"]
        tests += [*_sum_tests(raw, look, features), *_note_tests(look, features, with_id=key is not None)]
    return f"case {' '.join(tests)} end" if tests else "cast(null as varchar)"


def _sum_tests(raw: Rows, look: Look, features: Sequence[str]) -> list[str]:
    """`when ... then 'footer'` for lines of sums and averages.

    Where ids have no figures, words that may also be names tell of sums only where the lines hold what all others do together.
    """
    certain, perhaps = (cell_pattern("below", key) for key in ("summary", "summary_or_name"))
    tests = [is_called_sql(look.text, certain)] if _may_begin_so(look, certain, _words_in) else []
    if _may_begin_so(look, perhaps, _words_in):
        others = raw.select(f"select * from {{rows}} where not coalesce({tests[0]}, false)") if tests else raw
        called = is_called_sql(look.text, perhaps)
        if _mostly_digits(look) or _add_up(others, called, features):
            tests.append(called)
    return [f"when {test} then 'footer'" for test in tests]


def _add_up(raw: Rows, called: str, features: Sequence[str]) -> bool:
    """Whether some lines hold as much of a feature as all others together, or several times that with subtotals.

    Of a feature that hardly anybody has, one customer may hold as much.
    """
    if not features or not raw.has(called):
        return False  # to sum up all features would take longer
    numbers = [f"try_cast({cell} as double)" for cell in map(value_column_sql, features)]
    sums = ", ".join(
        f"[sum({number}) filter (where {called}), sum({number}) filter (where not {called})]" for number in numbers
    )
    usual = ", ".join(
        f"2 * count(*) filter (where {number} <> 0 and not {called}) > count(*) filter (where not {called})"
        for number in numbers
    )
    found = raw.query(f"select [{sums}] as sums, [{usual}] as usual from {{rows}}").to_pylist()[0]
    held = [pair for pair, is_usual in zip(found["sums"], found["usual"], strict=True) if is_usual]
    times = [these / others for these, others in held if these and others and these / others > 1 - ADDS_UP]
    return any(abs(time - round(time)) <= ADDS_UP for time in times)


def _note_tests(look: Look, features: Sequence[str], *, with_id: bool) -> list[str]:
    """`when ... then 'footer'` for a line that is a note."""
    if not _may_begin_so(look, _NOTES):
        return []
    alone = "true" if with_id else _mostly_empty(features)
    return [f"when regexp_matches({look.text}, {literal(_NOTES)}) and {alone} then 'footer'"]


def id_sql(raw: Rows, reading: Reading) -> str:
    """SQL for the id as text: trimmed, and without the ".0" or the exponent that a spreadsheet gives to numbers."""
    column = identifier(reading.name)
    if reading.look.type == "number":
        whole = f"try_cast({column} as hugeint)"
        return (
            f"case when isfinite(cast({column} as double)) then "
            f"case when {column} = {whole} then cast({whole} as varchar) else cast({column} as varchar) end end"
        )
    if reading.look.type != "text":
        return f"cast({column} as varchar)"
    look = reading.look
    points, padded, exponents = _oddities_told(look) if look.told else _oddities_searched(raw, column)
    text = trimmed_sql(reading.name) if padded else column
    if points:
        text = f"regexp_replace({text}, '^([0-9]+)[.]0+$', '\\1')"
    if exponents and may_have_exponents(reading):
        text = whole_sql(raw, text)
    if look.plain or (look.told and not any(shape.lower() in MISSING_ALWAYS for shape in look.shapes)):
        return text
    words = ", ".join(literal(word) for word in sorted(MISSING_ALWAYS))
    return f"case when lower({text}) in ({words}) then null else {text} end"


def _oddities_told(look: Look) -> tuple[bool, bool, bool]:
    """Whether the shapes of ids show a point, blanks or odd signs around them, an exponent."""
    return (
        any(".9" in shape for shape in look.shapes),
        look.padded or any(re.search("[^ -~]", shape) for shape in look.shapes),
        any(re.search(EXPONENT, shape) for shape in look.shapes),
    )


def _oddities_searched(raw: Rows, column: str) -> tuple[bool, bool, bool]:
    # Most ids hold nothing that three searches could find: one shows that.
    if not raw.has(f"not regexp_full_match({column}, '[0-9A-DF-Za-df-z_-]+')"):
        return False, False, False
    seen = raw.query(
        f"select count(*) filter (where {column} like '%.0%') as points, "
        f"count(*) filter (where regexp_matches({column}, '^$|^\\s|\\s$|[^ -~]')) as padded, "
        f"count(*) filter (where {exponent_of_id_sql(column)}) as exponents from {{rows}}"
    ).to_pylist()[0]
    return seen["points"] > 0, seen["padded"] > 0, seen["exponents"] > 0


def _keeps_numbers_apart(reading: Reading) -> bool:
    """Whether different ids have different keys for certain: numbers do, as long as no zeros before them are dropped."""
    return reading.look.type == "number" and not reading.look.zeros


def _key_text(reading: Reading) -> str:
    # 00417 and 417 are the same customer to a spreadsheet, so they get the same key.
    return "coalesce(nullif(ltrim(_id, '0'), ''), '0')" if reading.look.zeros else "_id"


def _repeated_sql(typed: Rows, columns: Sequence[Column]) -> str:
    """`_row`, `_id` and `_code` of rows whose id stands in several rows.

    Equal rows are one customer, so the first is kept. Where they differ none is: a rule such as "the last one counts"
    would let the order of the rows decide.
    """
    cells = ", ".join(identifier(column.name) for column in columns if column.role in VALUED)
    return (
        "select _row, _id, case when different > 1 then 'duplicate-id' else 'duplicate-row' end as _code from ("
        "select _row, _id, row_number() over (partition by _id order by _row) as place, "
        f"count(*) over (partition by _id) as times, len(list_distinct(list(({cells})) over (partition by _id))) as different "
        f"from {typed.name} where _code is null and _key in "
        f"(select _key from {typed.name} where _code is null group by _key having count(*) > 1)) "
        "where different > 1 or place > 1"
    )


def _quarantine_rows(raw: Rows, bad: Rows, key: str, told: Mapping[str, str]) -> Rows:
    """The quarantine's own columns, in the source's order; `text` is the row as it stood, as JSON."""
    reasons = " ".join(
        f"when {literal(code)} then {literal(left_out_reason(code, id=told.get(key, key)))}" for code in REASONS
    )
    # The engine's structs don't tell "Segment" and "segment" apart.
    called = {name: told.get(name, name) for name in raw.columns if name not in ("_row", "_label")}
    alone = Counter(own.lower() for own in called.values())
    cells = ", ".join(
        f"{literal(own if alone[own.lower()] == 1 else name)}: raw.{identifier(name)}" for name, own in called.items()
    )
    return bad.engine.table(
        f"select bad._row as row, bad._id as id, bad._code as code, case bad._code {reasons} end as reason, "
        f"cast(to_json({{{cells}}}) as varchar) as text from {bad.name} as bad "
        f"join {raw.name} as raw on raw._row = bad._row order by bad._row"
    )


def _may_begin_so(look: Look, pattern: str, shown: Callable[[str], str] = str) -> bool:
    texts = look.values or look.shapes
    return any(re.match(pattern, shown(text)) for text in texts) or len(texts) >= SHAPES


def _words_in(text: str) -> str:
    return fold(text.strip(AROUND_WORDS).translate(dict.fromkeys(map(ord, BETWEEN_WORDS), " ")))


def _mostly_digits(look: Look) -> bool:
    """Whether most cells have a digit, as ids and numbers do and names do not."""
    texts = look.values or look.shapes
    return 2 * sum(cells for text, cells in texts.items() if re.search(r"\d", text)) > sum(texts.values())


def _mostly_empty(features: Sequence[str]) -> str:
    """SQL for whether fewer than half of the features have a value."""
    filled = " + ".join(f"cast({value_column_sql(name)} is not null as integer)" for name in features) or "0"
    return f"2 * ({filled}) < {len(features)}"
