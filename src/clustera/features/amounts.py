"""SQL that turns the money cells of an order log into numbers, and what their signs say about the currency."""

from __future__ import annotations

from clustera.engines import Rows, identifier, literal, mapped_sql
from clustera.features.options import OrderOptions
from clustera.features.roles import is_number_type
from clustera.features.vocabulary import FOREIGN, currency_of

MOST_SIGNS = 50  # different signs beside the numbers of one column; more are words
_PLAIN = r"^[^0-9]{0,8}[0-9][0-9.,’' \x{00a0}\x{202f}]*[^0-9]{0,8}$"
_NEGATIVE = r"^[^0-9]*[-−–][^0-9]*[0-9]|[0-9][^0-9]*[-−]$|[(][^()]*[0-9][^()]*[)]"
_AFFIX = r"[0-9.,’' \x{00a0}\x{202f}()+−–-]"

_POWER = "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)[eE][-+]?[0-9]+$"
_BEYOND = f"cast({'9' * 23} as decimal(30,6))"  # for a number that has no place there, so that it counts as too large


def number_sql(rows: Rows, name: str, options: OrderOptions) -> str:
    """SQL for a number: as it is, or read from text with its decimal mark, currency sign and brackets."""
    column, sql_type = identifier(name), rows.columns[name]
    if sql_type in {"DOUBLE", "FLOAT"}:
        # Asked once, since the guard would cost in every pass over the lines.
        guarded = _count_cells(rows, f"not isfinite({column})")
        return f"case when isfinite({column}) then {column} end" if guarded else column
    if is_number_type(sql_type):
        return column
    if options.decimal != "," and not _count_cells(
        rows, f"{column} is not null and try_cast({column} as double) is null"
    ):
        number = f"try_cast({column} as double)"  # plain numbers, those like 1e-05 among them
        return f"case when isfinite({number}) then {number} end"
    text = f"replace(replace(translate(trim(cast({column} as varchar)), '{FOREIGN}', '{'0123456789' * 4}'), '٫', ','), '٬', '')"
    # The dot of "kr." and "Rs." belongs to the word.
    digits = f"regexp_replace(regexp_replace({text}, '[\\p{{L}}]+[.]?', '', 'g'), '[^0-9.,]', '', 'g')"
    mark = options.decimal or _decimal_mark(rows, text)
    digits = _plain_digits_sql(digits, mark)
    letters = f"length(regexp_replace({text}, '[^\\p{{L}}]', '', 'g')) <= 5"
    number = (
        f"coalesce(try_cast({digits} as decimal(30,6)), case when try_cast({digits} as double) > 0 then {_BEYOND} end)"
    )
    negative = f"regexp_matches({text}, {literal(_NEGATIVE)})"
    plain = f"regexp_matches({text}, {literal(_PLAIN)}) and {letters}"
    power = f"try_cast({text} as double)"
    size = f"case when abs({power}) < 1e23 then cast(abs({power}) as decimal(30,6)) when isfinite({power}) then {_BEYOND} end"
    return (
        f"case when {plain} then case when {negative} then -{number} else {number} end "
        f"when regexp_matches({text}, {literal(_POWER)}) then case when {power} < 0 then -{size} else {size} end end"
    )


def _plain_digits_sql(digits: str, mark: str) -> str:
    """SQL for figures with a point as their only mark.

    A cell that can be read one way only is read that way, whatever its column does, as where files of two spellings were
    put together: 12.50 among 9,90 is twelve and a half, and 1,234.50 has its decimals behind the point.

    Args:
        digits: SQL for figures, points and commas.
        mark: The decimal mark of the column.
    """
    other = "." if mark == "," else ","
    one, two = f"[{mark}]", f"[{other}]"
    # No group of three, or no group before it; else groups by the column's mark and decimals behind the other.
    only = f"^[0-9]*{two}([0-9]{{1,2}}|[0-9]{{4,}})$|^([0-9]{{4,}}|0?){two}[0-9]{{3}}$|^[0-9]{{1,3}}({one}[0-9]{{2,3}})*{one}[0-9]{{3}}{two}[0-9]+$"
    # A mark that stands twice parts thousands, whatever it means elsewhere.
    usual = f"replace({digits}, '{other}', '')"
    usual = f"case when {usual} like '%{mark}%{mark}%' then replace({usual}, '{mark}', '') else {usual} end"
    return f"replace(case when regexp_matches({digits}, {literal(only)}) then replace({digits}, '{mark}', '') else {usual} end, ',', '.')"


def sign_sql(rows: Rows, name: str) -> str:
    """SQL for the currency that stands beside each number of a text column; empty where none does.

    A number without a sign is of the currency that stands beside most others.
    """
    column = identifier(name)
    if rows.columns[name] != "VARCHAR" or not _count_cells(
        rows, f"try_cast({column} as double) is null and {column} is not null"
    ):
        return ""  # nothing stands beside plain numbers
    affix = f"trim(regexp_replace({identifier(name)}, {literal(_AFFIX)}, '', 'g'))"
    found = rows.query(
        f"select {affix} as sign, count(*) as n from {{rows}} where {identifier(name)} is not null "
        f"group by sign order by n desc, sign limit {MOST_SIGNS + 1}"
    )["sign"].to_pylist()
    known = {sign: currency_of(sign) for sign in found if sign and currency_of(sign)}
    if not known or len(found) > MOST_SIGNS:
        return ""
    return mapped_sql(affix, known, otherwise=literal(next(iter(known.values()))))


def _count_cells(rows: Rows, condition: str) -> int:
    return int(rows.query(f"select count(*) as n from {{rows}} where {condition}")["n"][0].as_py())


def _decimal_mark(rows: Rows, text: str) -> str:
    """The mark that stands before one or two last digits more often; else the one that stands twice in no cell."""
    seen = rows.query(
        f"select count(*) filter (where regexp_matches({text}, ',[0-9]{{1,2}}[^0-9]*$')) as comma, "
        f"count(*) filter (where regexp_matches({text}, '[.][0-9]{{1,2}}[^0-9]*$')) as point, "
        f"count(*) filter (where regexp_matches({text}, '[.][0-9]{{3}}[.,]')) as thousands "
        "from {rows}"
    ).to_pylist()[0]
    if seen["comma"] == seen["point"]:
        return "," if seen["thousands"] else "."
    return "," if seen["comma"] > seen["point"] else "."
