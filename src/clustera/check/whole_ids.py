"""Ids that a spreadsheet wrote like 1.23456E+05: read where every digit is there."""

from __future__ import annotations

from clustera.check.kinds import ENOUGH, Reading
from clustera.check.look import EXACT
from clustera.engines import Rows

EXPONENT = "[0-9][eE][+]?[0-9]"
EXPONENT_FORM = r"^([0-9])(?:[.,]([0-9]+))?[eE][+]?([0-9]{1,2})$"


def exponent_of_id_sql(cell: str) -> str:
    """SQL that is true for a cell that may be written like 1.23E+05; most cells have no such letter, and cost little."""
    return f"(contains({cell}, 'e') or contains({cell}, 'E')) and regexp_matches({cell}, '{EXPONENT}')"


def may_have_exponents(reading: Reading) -> bool:
    """Whether ids that `EXPONENT` finds are numbers like 1.23E+05, and not codes like 12E4."""
    return reading.look.numbers >= ENOUGH * reading.look.filled


def whole_sql(rows: Rows, text: str) -> str:
    """SQL for ids in which 1.23456E+05 is 123456; as they stand where digits are gone.

    Args:
        rows: The source's rows.
        text: SQL for the id's text.
    """
    return f"case when {complete_sql(rows, text)} then {_digits_sql(text)} else {text} end"


def complete_sql(rows: Rows, text: str) -> str:
    """SQL that is true for an id in exponent form of which every digit is known.

    1.23456E+05 shows all six digits. 1E+05 shows one: it is read as a round number where there are no more of them than
    round numbers among so many ids, as R and others write those.
    """
    fraction, power = (f"regexp_extract({text}, '{EXPONENT_FORM}', {at})" for at in (2, 3))
    gap = f"(cast({power} as integer) - length({fraction}))"
    form = f"regexp_matches({text}, '{EXPONENT_FORM}')"
    seen = rows.query(
        "select count(id) as ids, count(*) filter (gap > 0) as short, min(gap) filter (gap > 0) as gap from "
        f"(select {text} as id, case when {form} then {gap} end as gap from {{rows}})"
    ).to_pylist()[0]
    round_ones = seen["ids"] * 10.0 ** -(seen["gap"] or 0)
    allowed = round_ones >= 5e-4 and seen["short"] <= max(1.0, 2 * round_ones)
    whole = f"{gap} >= 0" if allowed else f"{gap} = 0"
    value = f"try_cast(replace({text}, ',', '.') as double)"
    return f"case when {form} then {whole} and {value} < {EXACT} else false end"


def _digits_sql(text: str) -> str:
    parts = [f"regexp_extract({text}, '{EXPONENT_FORM}', {at})" for at in (1, 2, 3)]
    return f"rpad({parts[0]} || {parts[1]}, cast({parts[2]} as integer) + 1, '0')"
