"""Amounts whose marks can be read two ways."""

from __future__ import annotations

import random
from decimal import Decimal

import pandas as pd
import pytest

from clustera.engines import Engine
from clustera.features import read_orders
from clustera.features.options import OrderOptions
from clustera.read import read
from clustera.texts import finding_message


def _log(amounts: list[str], **columns: list[str]) -> pd.DataFrame:
    at = range(len(amounts))
    base = {"customer": [f"c{k % 3}" for k in at], "date": [f"2023-01-{k % 28 + 1:02d}" for k in at]}
    return pd.DataFrame({**base, "amount": amounts, **columns})


def _read(table: pd.DataFrame, **said: str) -> tuple[Decimal, dict[str, str]]:
    with Engine() as engine:
        orders = read_orders(read(table, engine=engine, role="orders"), options=OrderOptions(**said))
        money = Decimal(orders.money.used) / 10**orders.money.decimals
        return money, {finding.code: finding_message(finding) for finding in orders.findings}


@pytest.mark.parametrize("seed", range(5))
def test_amounts_without_decimals_are_the_same_with_and_without_points_between_thousands(seed):
    rng = random.Random(seed)
    amounts = [rng.choice([rng.randint(1, 999), rng.randint(1000, 999_999)]) for _ in range(30)] + [15_896]
    money, told = _read(_log([f"{rng.choice(['', 'Rp ', 'Rp'])}{amount:,}".replace(",", ".") for amount in amounts]))
    assert money == sum(amounts)
    points = sum(amount >= 1000 for amount in amounts)
    assert told["thousands-by-point"].startswith(f"{points} amounts such as ")


def test_one_amount_with_a_point_is_told_in_the_singular():
    money, told = _read(_log(["15.896", "500"]))
    assert money == 16_396
    assert told["thousands-by-point"].startswith("1 amount such as 15.896 is read as 15,896:")


@pytest.mark.parametrize(
    ("amounts", "said", "money"),
    [
        (["1.459", "1.523"], {}, "2.982"),  # fuel by the liter
        (["0.500", "12.250"], {}, "12.75"),
        (["12.500", "7.25"], {}, "19.75"),
        (["1234.500", "8.500"], {}, "1243"),
        (["12.500", "7.250"], {"decimal": "."}, "19.75"),
        (["KWD 12.500", "KWD 7.250"], {}, "19.75"),
    ],
)
def test_decimals_stay_decimals_where_something_says_so(amounts, said, money):
    read_as, told = _read(_log(amounts), **said)
    assert read_as == Decimal(money)
    assert "thousands-by-point" not in told


def test_a_currency_with_three_decimals_keeps_them():
    assert _read(_log(["12.500", "7.250"], currency=["KWD", "KWD"]))[0] == Decimal("19.75")


def test_the_columns_of_a_log_have_one_decimal_mark():
    table = _log(["17.000", "8.500"], discount=["1.250,50", "0"])
    assert _read(table)[0] == 25_500
