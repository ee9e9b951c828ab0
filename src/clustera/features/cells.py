"""What the first lines of a log show of each column: dates, numbers, addresses, words; so that cells decide, not names alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustera.engines import Rows, identifier
from clustera.features.vocabulary import (
    FIGURES,
    currency_of,
    payment_of_status,
    role_words,
    words_below_a_status,
    words_of_class,
)
from clustera.lexicon import NUMBER_MARKS, answer_words, cell_words
from clustera.written_dates import WHOLE_MONTHS, date_spelling

GLANCE = 1_000  # lines that are looked at
LONGEST = 200  # characters of a cell that are looked at: no date, number or address is longer
MOST_WORDS = 60  # different cells up to which they may be words of a status
_NUMBER = re.compile(f"^[^0-9]{{0,8}}[0-9][0-9{NUMBER_MARKS}]*[^0-9]{{0,8}}$")
_AFFIX = re.compile(r"[0-9.,’'\s()+−–-]")
_DATE = re.compile(r"^\d{4}[-/.] ?\d{1,2}[-/.] ?\d{1,2}(?!\d)|^\d{1,2}[-/.] ?\d{1,2}[-/.] ?(\d{4}|\d{2})(?!\d)")
_AS_NINE = str.maketrans("012345678", "999999999")
_MAIL = re.compile(r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$")
_EPOCH = re.compile(r"^(?:[6-9]\d{8}|1\d{9}|1\d{12}|1\d{15}|1\d{18})(?:\.\d+)?$")
_CODE = re.compile(r"^(?=.*\d)(?=.*[^\W\d_])\S+$|^\d{5,}$|^\S+@\S+$")
# Ids with the letters of a currency before them, as in R204117, and no amounts, as in R250.
_NUMBERED = re.compile(r"^[A-Za-z]{1,3}(?:[-_]\d+|0\d+|\d{4,})$")
# An analytics cookie: figures by chance, and the second of the first visit.
_CLIENT = re.compile(r"^\d{6,}\.1\d{9}$")
_MEASURED = re.compile(r"^[-+]?\d[\d.,]* ?(?:[^\W\d_]{1,12}[.]?)?$")
# Of what is sold by the pack, the price is not that of a gram: 500 of these are no 500 pieces.
_SMALL_UNIT = re.compile(r"\d ?(?:m?g|gr|gramm?s?|m[lm]|c[lm]|(?:fl )?oz)[.]?$", re.IGNORECASE)
_SERIAL = re.compile(r"^[0-9]{5}(?:\.[0-9]+)?$")
_MONTH = re.compile(r"^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])$")
MISSING = cell_words("blank") | {"", "none"}


@dataclass(frozen=True, slots=True)
class Cells:
    """What the cells of one column are, in shares of those that are filled.

    Attributes:
        filled: Cells looked at that hold something.
        lines: Lines looked at.
        distinct: Different ones among the filled.
        number: Share that are numbers, perhaps with a currency sign.
        fraction: Share that have decimals or a currency sign, and are no numbered ids such as R204117.
        date: Share that are dates in figures, letters or signs.
        compact: Share that are dates of eight figures without separators.
        epoch: Share that are as large as seconds or milliseconds since 1970.
        mail: Share that are e-mail addresses.
        letters: Share that hold a letter.
        sign: Share that are a sign of money alone, such as €.
        status: Share that are words of an order's status, whatever the column is called.
        unpaid: Share that are words of an order that was not paid, or paid back.
        won: Share that say that a deal was won.
        flag: Share that are yes or no.
        digits: Share that hold a digit.
        coded: Share that look like codes: letters with figures, an address, or whole numbers of five figures or more.
        serial: Share that are the serial days of a spreadsheet, 1968 to 2064.
        months: Share that are months of six figures, 190001 to 209912.
        short: Share that are days of six figures, such as 240131; 0 where they may as well be something else.
        measured: Share that are numbers, perhaps with a unit behind them: "3 pcs"; none where grams and the like are among them.
        blanks: Mean of the blanks within a cell.
    """

    filled: int
    lines: int
    distinct: int
    number: float = 0.0
    fraction: float = 0.0
    date: float = 0.0
    compact: float = 0.0
    epoch: float = 0.0
    mail: float = 0.0
    letters: float = 0.0
    sign: float = 0.0
    status: float = 0.0
    unpaid: float = 0.0
    won: float = 0.0
    flag: float = 0.0
    digits: float = 0.0
    serial: float = 0.0
    coded: float = 0.0
    months: float = 0.0
    short: float = 0.0
    measured: float = 0.0
    blanks: float = 0.0

    @property
    def dated(self) -> float:
        """The share that are dates, in whatever spelling."""
        return max(self.date, self.compact, self.epoch)


def column_cells(rows: Rows, names: Sequence[str]) -> Mapping[str, Cells]:
    """What the first lines show of some columns."""
    listed = ", ".join(f"cast({identifier(name)} as varchar)" for name in names)
    if not names:
        return {}
    table = rows.query(f"select {listed} from {{rows}} limit {GLANCE}")
    # A name among the cells is that of a header that is repeated.
    return {
        name: looked_at([cell for cell in table.column(at).to_pylist() if cell != name])
        for at, name in enumerate(names)
    }


def looked_at(values: Sequence[str | None]) -> Cells:
    """What a column's cells are.

    >>> cells = looked_at(["2023-07-02", "2023-08-18", None])
    >>> cells.filled, cells.date, cells.number
    (2, 1.0, 0.0)
    >>> looked_at(["R$ 18,21", "R$ 2,00"]).number, looked_at(["Ohio", "Utah"]).date
    (1.0, 0.0)
    """
    begins = [text.strip()[:LONGEST] for text in values if text is not None]
    texts = [text.translate(FIGURES) for text in begins if text.lower() not in MISSING]
    n = len(texts)
    if not n:
        return Cells(0, len(values), 0)
    counts = Counter(date=_dates_among(texts))
    blanks, flags = 0, answer_words("yes") | answer_words("no") | {"0", "1"}
    for text in texts:
        figures = text.removesuffix(".0")
        number = _is_number(text)
        counts["number"] += number
        counts["fraction"] += number and not figures.lstrip("-+").isdigit() and not _NUMBERED.match(text)
        counts["compact"] += _is_compact(figures)
        counts["epoch"] += bool(_EPOCH.match(figures))
        counts["mail"] += bool(_MAIL.match(text))
        counts["letters"] += any(map(str.isalpha, text))
        counts["sign"] += bool(currency_of(text)) and not any(map(str.isalpha, text))
        counts["flag"] += text.lower() in flags
        counts["digits"] += any(map(str.isdigit, text))
        counts["serial"] += bool(_SERIAL.match(text)) and 25_000 <= float(text) <= 60_000
        counts["coded"] += bool(_CODE.match(text)) and not (figures.isdigit() and figures.endswith("00"))
        counts["months"] += bool(_MONTH.match(figures))
        counts["short"] += _is_short(figures)
        counts["measured"] += bool(_MEASURED.match(text))
        blanks += text.count(" ")
    distinct = set(texts)
    if any(map(_SMALL_UNIT.search, distinct)):
        counts["measured"] = 0
    if len(distinct) <= MOST_WORDS:
        counts += _status_counts(Counter(texts))
    shares = {key: count / n for key, count in counts.items()}
    return Cells(n, len(values), len(distinct), **shares, blanks=blanks / n)


def _status_counts(cells: Mapping[str, int]) -> Counter[str]:
    """How many cells are words of a status, of an order that was not paid, and of a deal that was won."""
    counts = Counter[str]()
    for text, times in cells.items():
        payment, words = payment_of_status(text), {*role_words(text).split()}
        counts["status"] += times * (payment != "unknown" and not words & words_below_a_status())
        counts["unpaid"] += times * (payment == "unpaid")
        counts["won"] += times * bool(words & words_of_class("won"))
    return counts


def _is_number(text: str) -> bool:
    if _CLIENT.match(text):
        return False
    if _NUMBER.match(text):
        sign = _AFFIX.sub("", text)
        return not sign or bool(currency_of(sign))
    try:
        float(text)
    except ValueError:
        return False
    return True


def _dates_among(texts: Sequence[str]) -> int:
    """How many texts are dates; a month such as 03.2024 is more often a number."""
    rest = [text for text in texts if not _DATE.match(text)]
    worded = Counter(text.translate(_AS_NINE) for text in rest if "." not in text or not _is_number(text))
    return len(texts) - len(rest) + date_spelling(worded, forms=WHOLE_MONTHS).cells


def _is_compact(text: str) -> bool:
    if text.isdigit() and len(text) in {12, 14} and text.startswith(("19", "20")):
        text = text[:8]  # with the time of day
    if not text.isdigit() or len(text) not in {7, 8}:
        return False
    text = text.zfill(8)
    for year, one, other in (
        (text[:4], text[4:6], text[6:]),
        (text[4:], text[2:4], text[:2]),
        (text[4:], text[:2], text[2:4]),
    ):
        if 1900 <= int(year) <= 2200 and 1 <= int(one) <= 12 and 1 <= int(other) <= 31:
            return True
    return False


def _is_short(text: str) -> bool:
    """Whether a text is a day of six figures, of which a number loses zeros: 10131 is January 31, 2001."""
    if not text.isdecimal() or not 3 <= len(text) <= 6:
        return False
    one, two, three = (int(text.zfill(6)[at : at + 2]) for at in (0, 2, 4))
    return any(1 <= m <= 12 and 1 <= d <= 31 for m, d in ((two, three), (two, one), (one, two)))
