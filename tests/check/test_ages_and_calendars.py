"""Ages of 0 among infants, years of other calendars, and 0 for "never" among seconds since 1970."""

import datetime
import random

import pandas as pd
import pytest

from clustera.check import CheckOptions, check
from clustera.engines import Engine
from clustera.read import read

AS_OF = datetime.date(2024, 6, 30)


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def _checked(engine, name, cells):
    frame = pd.DataFrame({"customer_id": [f"C{at:04}" for at in range(len(cells))], name: cells})
    frame["spend"] = [float(at * at % 997) for at in range(len(cells))]
    checked = check(read(frame, engine=engine), options=CheckOptions(as_of=AS_OF))
    values = checked.rows.query(f'select "{name}" as v from {{rows}} order by _row')["v"].to_pylist()
    return values, {finding.code for finding in checked.findings}


@pytest.mark.parametrize("high", [8, 15, 80])
def test_an_age_of_0_counts_where_ages_of_1_2_and_3_are_as_common(engine, high):
    ages = [at % high for at in range(480)]
    values, codes = _checked(engine, "age", ages)
    assert values == ages
    assert "impossible-values" not in codes


@pytest.mark.parametrize(("unknown", "low"), [(30, 18), (90, 0)])
def test_an_age_of_0_is_missing_where_it_stands_for_unknown(engine, unknown, low):
    ages = [0] * unknown + [low + at % (80 - low) for at in range(480)]
    values, codes = _checked(engine, "age", ages)
    assert values[0] is None
    assert "impossible-values" in codes


@pytest.mark.parametrize(("years", "told"), [(-621, True), (-579, True), (0, False)])
def test_years_of_another_calendar_are_told(engine, years, told):
    chance = random.Random(0)
    days = [datetime.date(2022, 1, 1) + datetime.timedelta(chance.randrange(700)) for _ in range(90)]
    texts = [f"{day.year + years}-{day.month:02}-{min(day.day, 28):02}" for day in days]
    assert ("other-calendar" in _checked(engine, "joined", texts)[1]) == told


def test_0_among_seconds_stands_for_never(engine):
    days = [AS_OF - datetime.timedelta(7 * at % 600) for at in range(90)]
    seconds = [
        0 if at % 9 == 0 else (day - datetime.date(1970, 1, 1)).days * 86_400 + 37 for at, day in enumerate(days)
    ]
    values, codes = _checked(engine, "last_login", seconds)
    assert values == [None if at % 9 == 0 else (AS_OF - day).days for at, day in enumerate(days)]
    assert "sentinel" in codes


@pytest.mark.parametrize(
    "name", ["Car age", "CAR_AGE", "Age of building", "account_age", "Fahrzeugalter", "Âge du véhicule"]
)
def test_the_age_of_a_thing_may_be_0_and_is_not_sensitive(engine, name):
    cells = [0, 3, 150, 12, 7] * 12
    values, told = _checked(engine, name, cells)
    assert values == cells
    assert not {"impossible-values", "sensitive"} & told


@pytest.mark.parametrize("name", ["Age", "customer age", "Age of policyholder", "Account holder age"])
def test_the_age_of_a_person_stays_one(engine, name):
    assert "sensitive" in _checked(engine, name, [20, 33, 50, 12, 70] * 12)[1]
