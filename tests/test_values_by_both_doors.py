"""A cell has the same value in a customer table and in a log of orders, or both say that it has none."""

from __future__ import annotations

import datetime
import itertools
import random
from collections.abc import Sequence

import pandas as pd
import pytest

from clustera.check import cell_sql, check
from clustera.days import to_date
from clustera.engines import Engine
from clustera.features import read_orders
from clustera.lexicon import month_words, scale_words
from clustera.read import read

CELLS = 60


def by_table(cells: Sequence[str]) -> tuple[list[float | None], set[str]]:
    """The values of a column of spending in a customer table, and the codes of what is told of it."""
    at = range(len(cells))
    table = pd.DataFrame(
        {"customer_id": [f"C{k:04d}" for k in at], "visits": [k * 7 % 13 + 1 for k in at], "spend": cells}
    )
    with Engine(threads=1) as engine:
        found = check(read(table, engine=engine))
        values = found.rows.query("select spend from {rows} order by _row")["spend"].to_pylist()
    return values, {finding.code for finding in found.findings if finding.column == "spend"}


def by_log(cells: Sequence[str]) -> tuple[list[float | None], set[str]]:
    """The amounts of a log of orders, None where a line has none, and the codes of what is told."""
    at = range(len(cells))
    days = [f"2024-{k % 12 + 1:02d}-{k % 27 + 1:02d}" for k in at]
    log = pd.DataFrame(
        {
            "customer_id": [f"C{k % 15}" for k in at],
            "order_id": [f"O{k:04d}" for k in at],
            "date": days,
            "amount": cells,
        }
    )
    with Engine(threads=1) as engine:
        orders = read_orders(read(log, engine=engine))
        amounts = dict(zip(*orders.rows.query("select order_id, amount from {rows}").to_pydict().values(), strict=True))
    values = [amounts.get(f"O{k:04d}") for k in at]
    return [None if value is None else float(value) for value in values], {finding.code for finding in orders.findings}


def among_plain(cells: Sequence[str]) -> list[str]:
    """Cells among nine times as many plain amounts."""
    rng = random.Random(0)
    return [*cells, *(f"{rng.uniform(2, 99):.2f}" for _ in range(9 * len(cells)))]


def days_by_table(cells: Sequence[str]) -> list[datetime.date | None]:
    """The days of a column of dates in a customer table; None where a cell has none."""
    at = range(len(cells))
    table = pd.DataFrame(
        {"customer_id": [f"C{k:04d}" for k in at], "visits": [k * 7 % 13 + 1 for k in at], "joined": cells}
    )
    with Engine(threads=1) as engine:
        raw = read(table, engine=engine)
        [column] = [one for one in check(raw).columns if one.name == "joined"]
        assert column.kind == "date", cells[0]
        return raw.rows.query(f"select {cell_sql(column)} as day from {{rows}} order by _row")["day"].to_pylist()


def days_by_log(cells: Sequence[str]) -> list[datetime.date | None]:
    """The days of the orders of a log; None where a line has none."""
    at = range(len(cells))
    log = pd.DataFrame(
        {
            "customer_id": [f"C{k % 15}" for k in at],
            "order_id": [f"O{k:04d}" for k in at],
            "order_date": cells,
            "amount": 9.5,
        }
    )
    with Engine(threads=1) as engine:
        rows = read_orders(read(log, engine=engine)).rows.query("select order_id, day from {rows}").to_pydict()
    days = dict(zip(rows["order_id"], map(to_date, rows["day"]), strict=True))
    return [days.get(f"O{k:04d}") for k in at]


def whole_months() -> dict[str, list[str]]:
    """Language -> the longest name that the list has for each month."""
    return {
        language: [max((word for word, number in words.items() if number == month), key=len) for month in range(1, 13)]
        for language, words in month_words().items()
    }


@pytest.mark.parametrize("first", range(0, len(scale_words()), 20))
def test_every_word_for_thousands_multiplies_alike(first):
    words = list(scale_words().items())[first : first + 20]
    forms = itertools.cycle(["{}{}", "{} {}", "${}{}", "$ {} {}"])
    cells = among_plain([form.format("2.5", word) for (word, _), form in zip(words, forms, strict=False)])
    expected = [pytest.approx(2.5 * 10**zeros) for _, zeros in words]
    table, log = by_table(cells), by_log(cells)
    assert table[0][: len(words)] == log[0][: len(words)] == expected
    assert "scaled-amounts" in log[1]


@pytest.mark.parametrize("cell", ["2.50 Cr", "$1.2B", "12 mil. Kč", "3.5 MM", "4 bi", "7 abc", "3 L", "12.50 DR"])
def test_what_may_mean_several_things_beside_a_few_amounts_is_read_by_none_and_told(cell):
    (table, of_table), (log, of_log) = by_table(among_plain([cell] * 6)), by_log(among_plain([cell] * 6))
    assert table[:6] == log[:6] == [None] * 6
    assert "mixed-types" in of_table
    assert "no-amount" in of_log


def test_a_word_beside_many_amounts_is_their_currency_whatever_it_means():
    cells = [f"{at}.50 KM" if at % 3 == 0 else f"{at}.50" for at in range(1, CELLS)]
    assert by_log(cells)[0] == [at + 0.5 for at in range(1, CELLS)]


@pytest.mark.parametrize("seed", range(24))
def test_amounts_of_all_spellings_are_the_same(seed):
    rng = random.Random(seed)
    decimal, group = rng.choice(
        [(".", ""), (".", ","), (",", "."), (",", ""), (".", "'"), (",", "’"), (",", " "), (".", " ")]
    )
    group = rng.choice([" ", "\u00a0", "\u202f", "\u2009"]) if group == " " else group
    sign, blank = rng.choice(["", "$", "€", "EUR", "kr", "CHF"]), rng.choice(["", " ", "\u00a0", "\u202f"])
    below = rng.choice(["-{}", "({})", "−{}", "- {}"])
    figures = rng.choice(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"])
    places, most = rng.choice([(2, 5_000), (2, 2_000_000), (3, 2_000_000)])
    amounts = [round(rng.uniform(1, most), places) for _ in range(CELLS)]
    signed = [-amount if at % 9 == 4 else amount for at, amount in enumerate(amounts)]
    cells = []
    for amount, value in zip(amounts, signed, strict=True):
        text = f"{amount:,.{places}f}".replace(".", "#").replace(",", group).replace("#", decimal)
        text = (f"{sign}{blank}{text}" if seed % 2 else f"{text}{blank}{sign}").strip()
        cells.append((below.format(text) if value < 0 else text).translate(str.maketrans("0123456789", figures)))
    assert by_table(cells)[0] == pytest.approx(signed)
    assert by_log(cells)[0] == pytest.approx(signed)


@pytest.mark.parametrize(
    "below", ["{}- kr.", "{}-kr.", "{} kr-", "-{} kr.", "kr. -{}", "({}) kr.", "{} د.إ-", "{}- руб.", "{} € -"]
)
def test_amounts_below_zero_are_known_wherever_their_minus_stands(below):
    usual = below.replace("-", "").replace("(", "").replace(")", "")
    values = [-(at + 0.5) if at % 9 == 4 else at + 0.5 for at in range(1, CELLS)]
    cells = [(below if value < 0 else usual).format(f"{abs(value):.2f}".replace(".", ",")) for value in values]
    assert by_table(cells)[0] == by_log(cells)[0] == values


DATES = {
    "year first": ("{d:%Y-%m-%d}", "{d:%Y/%m/%d} 10:15", "{d:%Y-%m-%d}-10.15.33.123456", "{d:%Y-%m-%d} ({d:%a})", "{d.year}. {d.month}. {d.day}."),
    "day first": ("{d:%d.%m.%Y}", "{d.day}. {d.month}. {d.year}", "{d:%d/%m/%Y} 10:15:33", "{d:%d-%m-}{d:%y}"),
    "signs": ("{d.year}年{d.month}月{d.day}日(火)", "{d.year}년 {d.month}월 {d.day}일 오전 10:15"),
    "figures": ("{d:%Y%m%d}", "{d:%Y%m%d}101533", "{d:%Y%m%d}T101533Z", "{d:%Y%m%d} 10:15:33", "{d:%Y%m%d} 101533"),
    "weeks": ("{w[0]}-W{w[1]:02d}-{w[2]}",),
    "months in letters": (
        *("{d.day} {m} {d.year}", "{d.day}. {m} {d.year}, 10:15", "{d.day}-{m}-{d:%y}", "{m} {d.day}, {d.year} (x)", "{d.year} {m} {d.day}"),
        *("{d:%a}, {d.day:02d} {m} {d.year} 10:15:33 GMT+0100 (Central European Standard Time)", "{d.day} de {m} de {d.year}", "{d.day:02d}/{m}/{d.year}:10:15:00"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", DATES)
def test_dates_of_all_spellings_are_the_same_days(kind):
    rng = random.Random(kind)
    for at, (language, names) in enumerate(whole_months().items() if "letters" in kind else [("", [])]):
        days = [datetime.date(2022, 1, 1) + datetime.timedelta(days=rng.randrange(900)) for _ in range(CELLS)]
        form = DATES[kind][at % len(DATES[kind])]
        for spelled in DATES[kind] if not language else [form]:
            cells = [
                spelled.format(d=day, m=names[day.month - 1] if names else "", w=day.isocalendar()) for day in days
            ]
            table, log = days_by_table(cells), days_by_log(cells)
            assert table == log == days, (language, cells[0])
