"""SQL that turns the money cells of an order log into numbers, and what their signs say about the currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clustera import lexicon
from clustera.engines import Rows, identifier, literal, mapped_sql
from clustera.features.options import OrderOptions
from clustera.features.role_names import is_in_cents
from clustera.features.roles import is_number_type
from clustera.features.spelling import text_sql
from clustera.features.vocabulary import beside_number, words_of_debts

THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
NO_DECIMALS = frozenset({"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"})  # fmt: skip
USUAL_CENTS = frozenset({"USD", "EUR", "GBP", "CHF", "CAD", "AUD"})  # hardly ever written without cents
FEWEST_AMOUNTS, LARGE, UNEVEN = (
    20,
    1_000,
    0.25,
)  # amounts, the middle one, share of no multiples of 5: whole ones may be cents
LEAST_CENTS = 300  # the middle one of amounts that are taken for cents: 25 may be a ticket, and is hardly 0.25
MOST_SIGNS = 50  # different signs beside the numbers of one column; more are words
_PLAIN = rf"^[^0-9]{{0,8}}[0-9][0-9{lexicon.NUMBER_MARKS}]*[^0-9]{{0,14}}$"
# A minus before the figures, behind them (437,71- EUR; but 499,- has no cents), or brackets.
_NEGATIVE = rf"^[^0-9]*[-−–][^0-9]*[0-9]|[^\s.,:−–-][\s{lexicon.NUMBER_BLANKS}]*[-−–]$|[0-9] ?[-−–][^0-9]*$|[(][^()]*[0-9][^()]*[)]"
MOST_LETTERS, MOST_OF_UNIT = 5, 12  # of a word beside an amount that is no currency's, or beside a number of pieces
COMMON = 0.2  # share of the amounts with such a word beside them from which it is their currency, whatever it means
# The figures of a number, with what stands behind them for no cents (12.- CHF).
_NUMERAL = rf"[0-9](?:[0-9{lexicon.NUMBER_MARKS}]*[0-9])?[.,]?[−–-]{{0,2}}"
_SIGNS = rf"[\s{lexicon.NUMBER_BLANKS}()+−–-]"

_POWER = "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)[eE][-+]?[0-9]+$"
_BEYOND = f"cast({'9' * 23} as decimal(30,6))"  # for a number that has no place there, so that it counts as too large


@dataclass(frozen=True, slots=True)
class UsualMark:
    """The decimal mark of columns of money whose own cells leave it open."""

    mark: str = ""  # "" where no column tells: English usage
    cells: int = 0  # whose points are read as parting thousands, though nothing but their places says so
    shown: str = ""  # one of them


def usual_mark(rows: Rows, names: Sequence[str], options: OrderOptions, *, currency: str) -> UsualMark:
    """What the columns of money together say of the decimal mark.

    Where a point stands before exactly three figures in every cell, as in 15.896 and 8.500, it parts thousands: hardly any
    currency is written with three decimals, and those that are (`THREE_DECIMALS`) are known.

    Args:
        rows: The log.
        names: Its columns of money; those that hold numbers rather than text are left out.
        options: What the caller says.
        currency: What the log is in; empty where it does not say.
    """
    written = [name for name in names if not is_number_type(rows.columns[name])]
    if options.decimal is not None or not written:
        return UsualMark(options.decimal or "")
    seen = [_seen_marks(rows, name) for name in written]
    told = {mark for one in seen if (mark := one.mark)}
    if told:
        return UsualMark(told.pop() if len(told) == 1 else "")
    if THREE_DECIMALS & {currency, *(sign_of_column(rows, name) for name in written)}:
        return UsualMark()
    return _points_between_thousands(seen)


def _points_between_thousands(seen: Sequence[_SeenMarks]) -> UsualMark:
    """Whether points part thousands in columns of which none shows its decimal mark."""
    grouped, telling, other = (sum(getattr(one, part) for one in seen) for part in ("grouped", "telling", "other"))
    if not grouped or not telling or other:
        return UsualMark()
    return UsualMark(",", grouped, next(one.shown for one in seen if one.shown))


def money_sql(rows: Rows, name: str, options: OrderOptions) -> str:
    """SQL for the money of a column beside that of others, as DOUBLE: a column that is called one of cents in whole units."""
    number = f"try_cast({number_sql(rows, name, options)} as double)"
    return f"({number} / 100)" if is_in_cents(name) else number


def number_sql(rows: Rows, name: str, options: OrderOptions, *, usual: str = "", pieces: bool = False) -> str:
    """SQL for a number: as it is, or read from text with its decimal mark, currency sign, brackets and word for thousands (2.5k).

    Beside an amount that is read stands nothing but these, or one word that stands beside many of the column.

    Args:
        rows: The log.
        name: A column.
        options: What the caller says.
        usual: The decimal mark where the cells leave it open.
        pieces: Whether it is a number of pieces, beside which stands a unit, which is no word for thousands.
    """
    column, sql_type = identifier(name), rows.columns[name]
    if sql_type in {"DOUBLE", "FLOAT"}:
        # Asked once, since the guard would cost in every pass over the lines.
        guarded = _count_cells(rows, f"not isfinite({column})")
        return f"case when isfinite({column}) then {column} end" if guarded else column
    if is_number_type(sql_type):
        return column
    seen = _seen_marks(rows, name) if options.decimal is None and usual == "," else None
    open_ = seen is not None and not seen.mark
    if (
        options.decimal != ","
        and not open_
        and not _count_cells(rows, f"{column} is not null and try_cast({column} as double) is null")
    ):
        number = f"try_cast({column} as double)"  # plain numbers, those like 1e-05 among them
        return f"case when isfinite({number}) then {number} end"
    text = _figures_sql(name)
    # The dot of "kr." and "Rs." belongs to the word.
    digits = f"regexp_replace(regexp_replace({text}, '[\\p{{L}}]+[.]?', '', 'g'), '[^0-9.,]', '', 'g')"
    mark = options.decimal or (seen or _seen_marks(rows, name)).mark or usual or "."
    digits = _plain_digits_sql(digits, mark)
    plain = f"regexp_matches({text}, {literal(_PLAIN)})"
    if pieces:
        plain += f" and length(regexp_replace({text}, '[^\\p{{L}}]', '', 'g')) <= {MOST_OF_UNIT}"
    else:
        digits += _zeros_sql(rows, name)
    number = (
        f"coalesce(try_cast({digits} as decimal(30,6)), case when try_cast({digits} as double) > 0 then {_BEYOND} end)"
    )
    negative = f"regexp_matches({text}, {literal(_NEGATIVE)})"
    power = f"try_cast({text} as double)"
    size = f"case when abs({power}) < 1e23 then cast(abs({power}) as decimal(30,6)) when isfinite({power}) then {_BEYOND} end"
    return (
        f"case when {plain} then case when {negative} then -{number} else {number} end "
        f"when regexp_matches({text}, {literal(_POWER)}) then case when {power} < 0 then -{size} else {size} end end"
    )


def scaled_cells(rows: Rows, name: str) -> tuple[int, str] | None:
    """How many cells of a column of money have a word for thousands or millions behind their number, and one of them.

    Args:
        rows: The log.
        name: The column; None where it holds numbers rather than text, or no such cell.
    """
    scaled = [one for one in _seen_beside(rows, name) if one.zeros]
    return (sum(one.cells for one in scaled), min(one.shown for one in scaled)) if scaled else None


def _zeros_sql(rows: Rows, name: str) -> str:
    """SQL that writes the zeros of words for thousands behind figures, and behind other words what is no number; empty where none stands there."""
    seen = _seen_beside(rows, name)
    written = {one.text: f"e{one.zeros}" if one.known else "?" for one in seen if one.zeros or not one.known}
    if len(seen) > MOST_SIGNS:
        return " || " + mapped_sql(
            _beside_sql(name), {one.text: "" for one in seen if one.known} | written, otherwise="'?'"
        )
    return " || " + mapped_sql(_beside_sql(name), written, otherwise="''") if written else ""


def holds_cents(rows: Rows, name: str, number: str, *, currency: str) -> bool:
    """Whether a column that is called one of cents holds whole numbers only, of a currency that has cents.

    Args:
        rows: The log.
        name: The column.
        number: SQL for its cells as numbers.
        currency: What the log is in; empty where it does not say.
    """
    if not is_in_cents(name) or currency.upper() in NO_DECIMALS:
        return False
    return not _count_cells(rows, f"cast({number} as double) <> round(cast({number} as double))")


@dataclass(frozen=True, slots=True)
class WholeAmounts:
    """Amounts without cents, in a log that names its currencies."""

    certain: bool  # whether they are of cents: as the interfaces of payment services write them
    middle: float
    usual: int  # how many of them are one of the currency that most lines name
    per_unit: str  # SQL for the same of a line's own


def whole_amounts(rows: Rows, number: str, *, date: str, currency: str) -> WholeAmounts | None:
    """What whole amounts tell of cents; None where they tell nothing.

    Args:
        rows: The log.
        number: SQL for the amount.
        date: The column of dates.
        currency: The column of currencies.
    """
    if rows.query(f"select 1 from {{rows}} where {number} <> round({number}) limit 1").num_rows:
        return None
    when, code = f"cast({identifier(date)} as varchar)", f"trim(cast({identifier(currency)} as varchar))"
    seen = rows.query(
        "select count(*) as n, count(*) filter (where x % 5 <> 0) as uneven, median(abs(x)) as middle, "
        "bool_and(seconds) as seconds, bool_and(small) as small, upper(mode(code)) as code from (select "
        f"cast({number} as double) as x, regexp_matches({when}, '^1[0-9]{{9}}([.]0)?$') as seconds, "
        f"regexp_matches({code}, '^[a-z]{{3}}$') as small, {code} as code from {{rows}}) where x <> 0"
    ).to_pylist()[0]
    if not seen["n"] or not seen["code"] or seen["code"] in NO_DECIMALS:
        return None
    as_services = bool(seen["seconds"] and seen["small"])
    certain = as_services and seen["middle"] >= LEAST_CENTS
    uneven = seen["n"] >= FEWEST_AMOUNTS and seen["middle"] >= LARGE and seen["uneven"] >= UNEVEN * seen["n"]
    if not as_services and not (uneven and seen["code"] in USUAL_CENTS):
        return None
    per_unit = " ".join(
        f"when upper({code}) in ({', '.join(map(literal, sorted(codes)))}) then {units}"
        for codes, units in ((NO_DECIMALS, 1), (THREE_DECIMALS, 1000))
    )
    usual = 1_000 if seen["code"] in THREE_DECIMALS else 100
    return WholeAmounts(certain, float(seen["middle"]), usual, f"case {per_unit} else 100 end")


def _figures_sql(name: str) -> str:
    """SQL for a cell with the figures and marks of ASCII."""
    return f"replace(replace(translate(trim(cast({identifier(name)} as varchar)), '{lexicon.OTHER_FIGURES}', '{lexicon.ASCII_FIGURES}'), '٫', ','), '٬', '')"


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
    known = _known_signs(rows, name)
    return mapped_sql(_beside_sql(name), known, otherwise=literal(next(iter(known.values())))) if known else ""


def named_currency_sql(name: str) -> str:
    """SQL for the currency that a column of its own names; a sign is the currency that it means."""
    signs = {sign: code for sign, code in lexicon.currencies().items() if not sign.isalpha()}
    return mapped_sql(f"lower({text_sql(name)})", signs, otherwise=text_sql(name))


def sign_of_column(rows: Rows, name: str) -> str:
    """The currency that stands beside most numbers of a text column; empty where none does."""
    return next(iter(_known_signs(rows, name).values()), "")


def _beside_sql(name: str) -> str:
    """SQL for what stands beside the number of a cell, without blanks and signs."""
    return f"regexp_replace(regexp_replace({_figures_sql(name)}, {literal(_NUMERAL)}, ''), {literal(_SIGNS)}, '', 'g')"


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside some numbers of a column."""

    text: str
    cells: int
    shown: str  # one of them
    common: bool  # whether it may be the column's own currency: many numbers have it, and it does not say who owes them

    @property
    def known(self) -> bool:
        """Whether the number can be read: letters are a currency, a word for thousands, or a word that many have."""
        letters = sum(map(str.isalpha, self.text))
        return not letters or beside_number(self.text) is not None or (self.common and letters <= MOST_LETTERS)

    @property
    def zeros(self) -> int:
        return (beside_number(self.text) or (0,))[0]

    @property
    def currency(self) -> str:
        return (beside_number(self.text) or (0, ""))[1]


def _seen_beside(rows: Rows, name: str) -> list[_Beside]:
    """What stands beside the numbers of a text column, the commonest first, as far as it is not too much."""
    column = identifier(name)
    if rows.columns[name] != "VARCHAR" or not _count_cells(
        rows, f"try_cast({column} as double) is null and {column} is not null"
    ):
        return []  # nothing stands beside plain numbers
    found = rows.query(
        f"select {_beside_sql(name)} as text, count(*) as cells, min({_figures_sql(name)}) as shown from {{rows}} "
        f"where regexp_matches({_figures_sql(name)}, '[0-9]') group by text order by cells desc, text limit {MOST_SIGNS + 1}"
    ).to_pylist()
    least, debts = COMMON * sum(one["cells"] for one in found), words_of_debts([one["text"] for one in found])
    return [_Beside(**one, common=one["cells"] >= least and one["text"] not in debts) for one in found]


def _known_signs(rows: Rows, name: str) -> dict[str, str]:
    """What stands beside the numbers of a text column -> the currency, most usual first."""
    seen = _seen_beside(rows, name)
    return {one.text: one.currency for one in seen if one.currency} if len(seen) <= MOST_SIGNS else {}


def _count_cells(rows: Rows, condition: str) -> int:
    return int(rows.query(f"select count(*) as n from {{rows}} where {condition}")["n"][0].as_py())


@dataclass(frozen=True, slots=True)
class _SeenMarks:
    """What the cells of a column say of its marks, in numbers of cells."""

    comma: int  # with decimals behind a comma
    point: int
    thousands: int  # with a point between thousands, and another mark
    grouped: int  # with one point, before exactly three figures
    telling: int  # numbers that are hardly of three decimals: figures enough before the point, or no point
    other: int  # that can't have their thousands parted by a point
    shown: str | None

    @property
    def mark(self) -> str:
        """The mark that has decimals behind it more often; else what parts thousands is not it; empty where it is open."""
        if self.comma == self.point:
            return "," if self.thousands else "." if self.point else ""
        return "," if self.comma > self.point else "."


def _seen_marks(rows: Rows, name: str) -> _SeenMarks:
    column, text = identifier(name), _figures_sql(name)
    # Asked first: most logs hold plain numbers with cents, and patterns are slow.
    cell = f"cast({column} as varchar)"  # a typed column, such as one of times, knows no pattern
    plain = rows.query(
        f"select count(*) filter (where {column} is not null and try_cast({cell} as double) is null) as strange, "
        f"count(*) filter (where {cell} like '%.__' or {cell} like '%._') as cents, count(*) filter (where {cell} like '%.%') as points from {{rows}}"
    ).to_pylist()[0]
    if not plain["strange"] and (plain["cents"] or not plain["points"]):
        return _SeenMarks(0, plain["cents"] or 0, 0, 0, 0, 0, None)
    # Behind four figures or more, or a group of three that another mark parts, stand decimals, as many as there are.
    decimals = "{0}[0-9]{{1,2}}[^0-9]*$|[0-9]{{4}}{0}[0-9]|[0-9][{1}'’ \u00a0\u2007\u2009\u202f][0-9]{{3}}{0}[0-9]|(^|[^0-9.,])0?{0}[0-9]{{3,}}[^0-9]*$|{0}[0-9]{{4,}}[^0-9.,]*$|{0}[0-9]+[eE]"
    small, grouped = "^[^0-9]*[1-9][0-9]{0,2}[^0-9.,]*$", "^[^0-9]*[1-9][0-9]{0,2}[.][0-9]{3}[^0-9]*$"
    parts = {
        "comma": f"regexp_matches({text}, {literal(decimals.format('[,]', '.'))})",
        "point": f"regexp_matches({text}, {literal(decimals.format('[.]', ','))})",
        "thousands": f"regexp_matches({text}, '[.][0-9]{{3}}[.,]')",
        "grouped": f"regexp_matches({text}, {literal(grouped)})",
        "telling": f"regexp_matches({text}, {literal(small)}) or regexp_matches({text}, '^[^0-9]*[0-9]{{2,3}}[.]')",
        "other": f"regexp_matches({text}, '[0-9]{{4}}|,')",
    }
    listed = ", ".join(f"count(*) filter (where {test}) as {part}" for part, test in parts.items())
    seen = rows.query(f"select {listed}, min({text}) filter (where {parts['grouped']}) as shown from {{rows}}")
    found = seen.to_pylist()[0]
    return _SeenMarks(shown=found.pop("shown"), **{part: count or 0 for part, count in found.items()})
