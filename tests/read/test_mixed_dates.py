"""Dates of one column in several orders are each read as they are written, told, and left open where nothing tells."""

import datetime
import random

import pandas as pd
import pytest

from clustera.check import CheckOptions, check
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.features import OrderOptions, read_orders
from clustera.read import read
from clustera.texts import finding_message

DAY_FIRST, MONTH_FIRST = "%d/%m/%Y", "%m/%d/%Y"
AS_OF = datetime.date(2025, 12, 31)


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def _days(count, *, seed=0, ascending=False):
    chance = random.Random(seed)
    days = [datetime.date(2022, 1, 1) + datetime.timedelta(chance.randrange(800)) for _ in range(count)]
    return sorted(days) if ascending else days


def _checked(engine, texts, **options):
    """A table of customers with these dates: those read by row, and the finding's message by code."""
    frame = pd.DataFrame({"customer_id": [f"C{at:04}" for at in range(len(texts))], "joined": texts})
    frame["spend"] = [float(at * at % 997) for at in range(len(texts))]
    checked = check(read(frame, engine=engine), options=CheckOptions(as_of=AS_OF, **options))
    cells = checked.rows.query("select joined from {rows} order by _row")["joined"].to_pylist()
    told = {finding.code: finding_message(finding) for finding in checked.findings}
    return [None if days is None else AS_OF - datetime.timedelta(days) for days in cells], told


def _orders(engine, texts, **options):
    frame = pd.DataFrame({"customer": [f"C{at % 9}" for at in range(len(texts))], "date": texts, "amount": 1.0})
    found = read_orders(read(frame, engine=engine, role="orders"), options=OrderOptions(**options), as_of=19_903)
    lines = found.rows.query("select day, count(*) as n from {rows} group by day").to_pylist()
    return {datetime.date(1970, 1, 1) + datetime.timedelta(row["day"]): row["n"] for row in lines}, found


def _written(days, form_of_row):
    return [day.strftime(form_of_row(at)) for at, day in enumerate(days, start=1)]


def test_each_block_of_rows_is_read_as_it_is_written(engine):
    days = _days(300, seed=49)
    read_as, told = _checked(engine, _written(days, lambda row: DAY_FIRST if row <= 150 else MONTH_FIRST))
    assert [read for read in read_as if read] == [day for day, read in zip(days, read_as, strict=True) if read]
    # Between the last number above 12 of the one block and the first of the other, either may be meant.
    shows = [row for row, day in enumerate(days, start=1) if day.day > 12]
    before, after = max(row for row in shows if row <= 150), min(row for row in shows if row > 150)
    open_ = [row for row in range(before + 1, after) if days[row - 1].day != days[row - 1].month]
    assert [row for row, read in enumerate(read_as, start=1) if read is None] == open_
    assert f"in rows 1 to {before} the day first, in rows {after} to 300 the month first." in told["date-orders"]
    assert open_
    assert f"{len(open_)} date" in told["date-orders"]


def test_between_blocks_of_ascending_dates_the_neighbors_tell(engine):
    days = _days(400, ascending=True)
    turn = next(at for at, day in enumerate(days) if at > 150 and day.day == 6)
    texts = _written(days, lambda row: DAY_FIRST if row <= turn else MONTH_FIRST)
    bought, found = _orders(engine, texts)
    assert bought == pd.Series(days).value_counts().to_dict()
    assert "date-orders" in {finding.code for finding in found.findings}


def test_marks_tell_the_order(engine):
    days = _days(200)
    read_as, told = _checked(engine, _written(days, lambda row: "%d.%m.%Y" if row % 3 else MONTH_FIRST))
    assert read_as == days
    assert "such as " in told["date-orders"]


def test_dates_in_turn_are_read_by_their_number_above_12_and_the_others_by_the_option(engine):
    days = _days(200)
    texts = _written(days, lambda row: DAY_FIRST if row % 3 else MONTH_FIRST)
    with pytest.raises(InputError, match="leaves open which number is the day"):
        _orders(engine, texts)
    sure = [day.day > 12 or day.day == day.month for day in days]
    for order in ("dmy", "mdy"):
        read_as, told = _checked(engine, texts, dates=order)
        of_month = slice(3, 5) if order == "dmy" else slice(2)
        matching = [int(text[of_month]) == day.month for text, day in zip(texts, days, strict=True)]
        turned = [day if one or right else day.replace(month=day.day, day=day.month) for day, one, right in zip(days, sure, matching, strict=True)]  # fmt: skip
        assert read_as == turned
        assert f"{sure.count(False)} other dates could be either." in told["date-orders"]


@pytest.mark.parametrize("form", ["%Y-%d-%m", "%y-%m-%d", "%y/%m/%d"])
def test_a_year_in_an_unusual_place_is_read_and_told(engine, form):
    days = _days(200)
    read_as, told = _checked(engine, _written(days, lambda row: form))
    assert read_as == days
    assert "date-orders" in told


@pytest.mark.parametrize("written", [DAY_FIRST, MONTH_FIRST])
def test_dates_that_a_spreadsheet_took_for_others_are_changed_back(engine, written):
    days = _days(200)
    # It takes what it can read the other way round, and leaves the others as they are.
    texts = [f"{day.year}-{day.day:02}-{day.month:02}" if day.day <= 12 else day.strftime(written) for day in days]
    read_as, told = _checked(engine, texts)
    assert read_as == days
    assert "a spreadsheet took the day for the month" in told["date-orders"]


@pytest.mark.parametrize("moved", [datetime.date(2024, 3, 13), datetime.date(2024, 11, 13)])
def test_dates_of_a_shop_that_writes_them_otherwise_since_the_13th_stand_as_they_are(engine, moved):
    days = [moved.replace(day=1 + at % 30) for at in range(120)]
    texts = [day.isoformat() if day < moved else day.strftime(DAY_FIRST) for day in days]
    raw = read(pd.DataFrame({"joined": texts}), engine=engine)
    assert not raw.findings
    assert raw.rows.query("select joined from {rows} order by _row")["joined"].to_pylist() == texts


@pytest.mark.parametrize("form", ["%d/%m/%y", "%m/%d/%y"])
@pytest.mark.parametrize("before", [0, 1])  # the first of a month, the last of that before it
def test_loans_that_end_with_a_month_in_any_of_many_years_do_not_begin_with_the_year(engine, form, before):
    firsts = [datetime.date(2001 + at % 30, 1 + at % 12, 1) for at in range(300)]
    texts = [(day - datetime.timedelta(before)).strftime(form) for day in firsts]
    assert not read(pd.DataFrame({"loan_end": texts}), engine=engine).findings


@pytest.mark.parametrize("form", ["%Y-%m-%d", DAY_FIRST, MONTH_FIRST, "%d.%m.%y", "%Y/%m/%d", "%d-%m-%Y"])
def test_dates_of_one_order_are_left_as_they_are(engine, form):
    texts = _written(_days(200), lambda row: form)
    raw = read(pd.DataFrame({"joined": texts}), engine=engine)
    assert not raw.findings
    assert raw.rows.query("select joined from {rows} order by _row")["joined"].to_pylist() == texts


def test_mistakes_do_not_turn_a_column(engine):
    firsts = [datetime.date(2015 + at // 12, at % 12 + 1, 1) for at in range(96)]
    texts = [*_written(firsts, lambda row: "%Y-%m-%d"), "2023-13-01"]
    assert not read(pd.DataFrame({"joined": texts}), engine=engine).findings
    days = _days(200)
    texts = [*_written(days, lambda row: MONTH_FIRST), "25/03/2024"]
    assert _checked(engine, texts)[0] == [*days, None]
    # Contracts from the first of a month on: the years 01 to 26 are no days.
    begun = [datetime.date(2001 + at // 12, at % 12 + 1, 1) for at in range(300)]
    assert not read(pd.DataFrame({"joined": _written(begun, lambda row: "%d-%m-%y")}), engine=engine).findings


@pytest.mark.parametrize(("form", "asked"), [(DAY_FIRST, "mdy"), (MONTH_FIRST, "dmy")])
def test_an_option_that_the_dates_contradict_is_told_and_not_followed(engine, form, asked):
    days = _days(200)
    texts = _written(days, lambda row: form)
    read_as, told = _checked(engine, texts, dates=asked)
    assert read_as == days
    assert "dates-not-as-asked" in told
    bought, found = _orders(engine, texts, dates=asked)
    assert bought == pd.Series(days).value_counts().to_dict()
    assert "dates-not-as-asked" in {finding.code for finding in found.findings}


def test_an_option_holds_against_a_single_mistake(engine):
    firsts = [datetime.date(2015 + at // 12, at % 12 + 1, 1) for at in range(96)]
    texts = [*_written(firsts, lambda row: DAY_FIRST), "01/13/2023"]
    read_as, told = _checked(engine, texts, dates="dmy")
    assert read_as == [*firsts, None]
    assert "dates-not-as-asked" not in told


@pytest.mark.parametrize("mark", ["-", "/"])
def test_dates_without_a_number_above_12_are_asked_about(engine, mark):
    texts = [f"{at % 12 + 1:02}{mark}{at % 11 + 1:02}{mark}2023" for at in range(60)]
    read_as, told = _checked(engine, texts)
    assert "ambiguous-dates" in told
    assert _checked(engine, texts, dates="mdy")[0] == [
        datetime.date(2023, int(text[:2]), int(text[3:5])) for text in texts
    ]
    assert read_as == [datetime.date(2023, int(text[3:5]), int(text[:2])) for text in texts]


FORMS = [
    "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S +0000 %Y", "%d%b%Y", "%d%b%Y:%H:%M:%S", "%d%b%y:%H:%M:%S", "%d/%b/%Y:%H:%M:%S +0100",
    "%d-%b-%y %I.%M.%S.000000 %p", "%d/%m/%Y - %H:%M", "%d/%m/%Y à %Hh%M", "%Y-%m-%d 오전 %I:%M", "%Y/%m/%d 下午 %I:%M:%S",
    "%d.%m.%Y %H.%M Uhr", "%m/%d/%Y, %I:%M:%S\u202f%p",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_date_is_found_before_around_and_behind_its_time_of_day(engine, form):
    chance = random.Random(3)
    days = _days(60)
    times = [datetime.datetime.combine(day, datetime.time(chance.randrange(24), chance.randrange(60))) for day in days]
    texts = [when.strftime(form) for when in times]
    assert _checked(engine, texts)[0] == days
    assert _orders(engine, texts)[0] == pd.Series(days).value_counts().to_dict()


@pytest.mark.parametrize(
    "form",
    ["{0:02}-{1:02}-{2:02}", "{0}.{1}.{2}", "10.{0}.{1}.{2}", "{0}/{1}/{2}"],
    ids=["sort code", "version", "address", "parts"],
)
def test_codes_of_three_numbers_are_no_dates(engine, form):
    chance = random.Random(5)
    top = 99 if form.startswith("{0:") else 30
    codes = [form.format(*(chance.randint(1, top) for _ in range(3))) for _ in range(400)]
    raw = read(pd.DataFrame({"customer_id": range(400), "code": codes, "spend": 1.0}), engine=engine)
    assert raw.rows.query("select code from {rows} order by _row")["code"].to_pylist() == codes
    assert not raw.findings
