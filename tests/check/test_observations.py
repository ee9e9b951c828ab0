from __future__ import annotations

import datetime
import random

import numpy as np
import pandas as pd
import pytest

from clustera.check.brackets import bracket_midpoints
from clustera.check.numerals import numeral_style
from clustera.texts import column_reason, finding_message


def found(checked, code):
    return [finding for finding in checked.findings if finding.code == code]


def frame(rows=400, seed=0, **columns):
    draw = np.random.default_rng(seed)
    table = {
        "customer_id": [f"C{n:05d}" for n in range(rows)],
        "age": draw.integers(18, 90, rows),
        "income": draw.lognormal(10.5, 0.4, rows).round(2),
    }
    return pd.DataFrame({**table, **{name: make(draw, rows) for name, make in columns.items()}})


def text_of(table):
    return table.to_csv(index=False)


@pytest.mark.parametrize("seed", range(25))
def test_tidy_tables_raise_no_warning_and_no_false_note(checked, seed):
    table = frame(
        seed=seed,
        rows=300,
        gender=lambda draw, n: draw.choice(["female", "male"], n),
        city=lambda draw, n: draw.choice(["Lyon", "Nantes", "Paris", "Lille", "Rennes"], n),
        orders=lambda draw, n: draw.poisson(4, n),
        spend=lambda draw, n: draw.gamma(2, 100, n).round(2),
        rating=lambda draw, n: draw.integers(1, 6, n),
        joined=lambda draw, n: pd.Timestamp("2020-01-01") + pd.to_timedelta(draw.integers(0, 900, n), "D"),
    )
    assert {finding.code for finding in checked(text_of(table)).findings} == {"sensitive"}


def test_a_column_that_repeats_another_in_other_units_counts_once(checked):
    table = frame()
    table["income_k"] = table["income"] / 1000
    result = checked(text_of(table))
    assert next(column for column in result.columns if column.name == "income_k").role == "ignored"
    assert found(result, "near-duplicate")[0].column == "income_k"


def test_case_and_blanks_make_no_new_category(checked, values):
    table = frame(
        city=lambda draw, n: draw.choice(["New York", "new york", "New  York ", "Boston"], n, p=[0.5, 0.1, 0.1, 0.3])
    )
    result = checked(text_of(table))
    assert set(values(result, "city")) == {"New York", "Boston"}
    assert found(result, "category-spelling")[0].severity == "note"


def test_a_mistyped_category_is_pointed_out_and_left_alone(checked, values):
    table = frame(area=lambda draw, n: draw.choice(["Suburban", "Urban"], n))
    table.loc[3, "area"] = "Surburban"
    result = checked(text_of(table))
    assert "'Surburban' 1 time: 'Suburban' mistyped?" in finding_message(found(result, "category-typing")[0])
    assert values(result, "area")[3] == "Surburban"


def test_ages_rounded_to_tens_are_called_heaped(checked):
    table = frame()
    rounded = np.random.default_rng(1).random(len(table)) < 0.4
    table.loc[rounded, "age"] = (table.loc[rounded, "age"] / 10).round().astype(int) * 10
    assert found(checked(text_of(table)), "heaping")[0].column == "age"


def test_dollars_among_thousands_of_dollars_are_pointed_out(checked):
    table = frame()
    table.loc[:100, "income"] = (table.loc[:100, "income"] / 1000).round(3)
    assert found(checked(text_of(table)), "mixed-units")[0].column == "income"


def test_columns_missing_in_the_same_rows_are_pointed_out(checked):
    table = frame(spend=lambda draw, n: draw.gamma(2, 100, n).round(2))
    table.loc[50:120, ["income", "spend"]] = np.nan
    assert found(checked(text_of(table)), "missing-together")


def test_money_that_leaves_with_the_quarantine_is_accounted_for(checked):
    table = frame(spend=lambda draw, n: np.full(n, 10.0) + np.arange(n))
    text = text_of(table) + "C00000,99,1.0,5.0\n"
    result = checked(text)
    total = found(result, "money-total")
    assert {finding.column for finding in total} == {"income", "spend"}
    message = next(finding_message(finding) for finding in total if finding.column == "spend")
    everything = sum(10.0 + n for n in range(400)) + 5.0
    assert f"{everything:,.2f} in the file and to {everything - 15.0:,.2f}" in message


def test_personal_data_is_named_and_not_used(checked):
    table = frame(email=lambda draw, n: [f"a{i}@example.com" for i in range(n)])
    result = checked(text_of(table))
    assert found(result, "personal-data")[0].column == "email"
    assert "email" not in result.rows.columns


def test_a_birth_date_becomes_an_age_on_the_stated_day(checked, values):
    born = [datetime.date(1950 + n % 50, 1 + n % 12, 1 + n % 28) for n in range(60)]
    lines = [f"K{n},{day.isoformat()},{100 + n * 7 % 50}" for n, day in enumerate(born)]
    day = datetime.date(2026, 6, 15)
    result = checked("id,birth_date,spend\n" + "\n".join(lines), as_of=day)
    by_hand = [day.year - b.year - ((day.month, day.day) < (b.month, b.day)) for b in born]
    assert values(result, "birth_date") == by_hand
    assert next(column.label for column in result.columns if column.name == "birth_date") == "Age (years)"


@pytest.mark.parametrize(
    "name",
    [
        "last_updated",
        "Last edited",
        "letzte Änderung",
        "ultima modifica",
        "ostatnia_zmiana",
        "Sidst ændret",
        "Last checked by",
    ],
)
def test_the_day_on_which_a_record_was_edited_forms_no_segments(checked, name):
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(n * n % 97) for n in range(60)]
    table = f"id,{name},spend\n" + "\n".join(f"K{n},{day},{100 + n * 7 % 50}" for n, day in enumerate(days))
    assert next(column.role for column in checked(table).columns if column.name == name) == "date"


@pytest.mark.parametrize("name", ["Last check-in", "last_checkout_date", "Last email open date", "Latest trade"])
def test_the_last_thing_that_a_customer_did_is_measured_as_such(checked, name):
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(n * n % 97) for n in range(60)]
    table = f"id,{name},spend\n" + "\n".join(f"K{n},{day},{100 + n * 7 % 50}" for n, day in enumerate(days))
    column = next(column for column in checked(table).columns if column.name == name)
    assert (column.role, column.measures) == ("feature", "last")


@pytest.mark.parametrize(
    "name", ["Last day of contract", "latest renewal", "Letzter Vertragstag", "son_kullanim_tarihi"]
)
def test_a_last_day_that_lies_ahead_forms_no_segments(checked, name):
    today = datetime.datetime.now(tz=datetime.UTC).date()
    days = [today + datetime.timedelta(n * n % 97 - 20) for n in range(60)]
    table = f"id,{name},spend\n" + "\n".join(f"K{n},{day},{100 + n * 7 % 50}" for n, day in enumerate(days))
    result = checked(table)
    assert next(column.role for column in result.columns if column.name == name) == "date"
    assert found(result, "impossible-values") == []


@pytest.mark.parametrize("name", ["last_salary", "latest balance", "Letzter Umsatz", "ultimo precio"])
def test_numbers_of_the_size_of_dates_under_a_name_with_last_stay_numbers(checked, values, name):
    amounts = [44_000 + 31 * n % 997 for n in range(60)]
    table = f"id,{name},spend\n" + "\n".join(f"K{n},{own},{100 + n * 7 % 50}" for n, own in enumerate(amounts))
    assert values(checked(table), name) == amounts


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("joined", "Tenure (days)"),
        ("Dt_Customer", "Tenure (days)"),
        ("last_purchase_date", "Time since last purchase (days)"),
        ("First gift", "Tenure (days)"),
        ("Erste Spende", "Tenure (days)"),
        ("Data primo acquisto", "Tenure (days)"),
        ("Kunde siden", "Tenure (days)"),
        ("初回購入日", "Tenure (days)"),
        ("Last flight", "Time since last flight (days)"),
        ("latest_ticket", "Time since latest ticket (days)"),
        ("Dernière connexion", "Time since last login (days)"),
        ("Last check-in", "Time since last check in (days)"),
        ("Letzter Kauf", "Time since last purchase (days)"),
        ("Siste kjøp", "Time since last purchase (days)"),
        ("Sidste besøg", "Time since last visit (days)"),
        ("Letzte Probefahrt", "Time since letzte Probefahrt (days)"),
        ("上次购买日期", "Time since 上次购买日期 (days)"),
    ],
)
def test_a_past_date_becomes_the_days_since_then(checked, values, name, label):
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(n * n % 97) for n in range(60)]
    table = f"id,{name},spend\n" + "\n".join(f"K{n},{day},{100 + n * 7 % 50}" for n, day in enumerate(days))
    result = checked(table)
    assert values(result, name) == [(max(days) - day).days for day in days]
    column = next(column for column in result.columns if column.name == name)
    assert (column.label, column.format.as_of) == (label, max(days).isoformat())
    assert column_reason(column).endswith(f"read as days until {max(days)}")
    until = datetime.date(2024, 1, 20)
    dated = checked(table, as_of=until)
    assert values(dated, name) == [(until - day).days if day <= until else None for day in days]
    assert found(dated, "impossible-values")[0].count == sum(day > until for day in days)


def test_of_two_dates_of_joining_each_tenure_is_told_by_its_column(checked):
    lines = [f"K{n},2023-03-{1 + n % 30:02d},2023-05-{1 + n % 29:02d},{100 + n * 7 % 50}" for n in range(60)]
    columns = checked("id,member since,first purchase,spend\n" + "\n".join(lines)).columns
    assert [column.title for column in columns[1:3]] == ["Tenure (member since)", "Tenure (first purchase)"]


def test_any_date_may_be_asked_for_as_the_time_since_then(checked, values):
    lines = [f"K{n},2024-03-{1 + n % 30:02d},{100 + n * 7 % 50}" for n in range(60)]
    result = checked("id,contract_date,spend\n" + "\n".join(lines), features=("contract_date", "spend"))
    assert values(result, "contract_date")[:2] == [29, 28]


def test_one_new_customer_is_as_old_as_the_model_counts(checked, values):
    lines = [f"K{n},2024-03-{1 + n % 30:02d},{100 + n * 7 % 50}" for n in range(60)]
    model = checked("id,joined,spend\n" + "\n".join(lines)).columns
    assert values(checked("id,joined,spend\nN1,2024-03-10,120\n", like=model), "joined") == [20]
    assert values(checked("id,joined,spend\nN1,2024-03-10,120\nN2,2024-04-09,120\n", like=model), "joined") == [30, 0]


def test_a_birth_year_of_1893_is_impossible(checked, values):
    lines = [f"K{n},{1893 if n == 0 else 1950 + n % 50},{100 + n * 7 % 50}" for n in range(60)]
    result = checked("id,Year_Birth,spend\n" + "\n".join(lines), as_of=datetime.date(2026, 1, 1))
    assert values(result, "Year_Birth")[:2] == [None, 2026 - 1951]
    assert found(result, "impossible-values")[0].examples == ((1, "1893"),)


@pytest.mark.parametrize(("dates", "expected"), [(None, "ambiguous-dates"), ("dmy", None), ("mdy", None)])
def test_day_and_month_that_cannot_be_told_apart_are_asked_for(checked, dates, expected):
    draw = random.Random(1)
    lines = [f"K{n},{draw.randint(1, 12):02d}/{draw.randint(1, 12):02d}/2024,{n * 7 % 50}" for n in range(60)]
    result = checked("id,joined,spend\n" + "\n".join(lines), dates=dates)
    assert [finding.code for finding in result.findings if finding.column == "joined"] == (
        [expected] if expected else []
    )


def test_one_day_above_twelve_tells_the_order_of_all(checked, values):
    lines = [f"K{n},{1 + n % 12:02d}/{1 + n % 28:02d}/2024,{n * 7 % 50}" for n in range(60)]
    result = checked("id,renewal_date,spend\n" + "\n".join(lines))
    assert values(result, "renewal_date")[13] == datetime.date(2024, 2, 14)


@pytest.mark.parametrize(
    ("cell", "day"), [("20240131", datetime.date(2024, 1, 31)), ("45322", datetime.date(2024, 1, 31))]
)
def test_dates_written_as_numbers_are_dates_where_the_name_says_so(checked, values, cell, day):
    lines = [f"K{n},{int(cell) - n % 9},{n * 7 % 50}" for n in range(60)]
    assert values(checked("id,due_date,spend\n" + "\n".join(lines)), "due_date")[0] == day


@pytest.mark.parametrize(("name", "role"), [("last_order", "feature"), ("order_date", "date"), ("income", "feature")])
def test_days_of_spreadsheets_with_a_time_of_day_are_dates_where_the_name_says_so(checked, name, role):
    lines = [f"K{n},{45322 - n % 30 + n % 24 / 24:.6f},{n * 7 % 50}" for n in range(60)]
    found = next(c for c in checked(f"id,{name},spend\n" + "\n".join(lines)).columns if c.name == name)
    assert (found.role, found.kind) == (role, "number" if name == "income" else "date")


def test_grouped_points_in_a_file_of_semicolons_are_thousands(checked, values):
    lines = [f"K{n};{1 + n % 7}.{n * 37 % 1000:03d};{n * 7 % 50}" for n in range(60)]
    assert values(checked("id;umsatz;punkte\n" + "\n".join(lines)), "umsatz")[1] == 2037


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("$1,234.50", 1234.5),
        ("1.234,50 €", 1234.5),
        ("(1,234.50)", -1234.5),
        ("$ (1,234.50)", -1234.5),
        ("€(   12,50)", -12.5),
        ("1 234,50", 1234.5),
        ("1'234.50", 1234.5),
        ("-$12.50", -12.5),
        ("12,50-", -12.5),
        ("1.5k", 1500),
        ("2 Mio", 2_000_000),
        ("$1.25 bn", 1_250_000_000),
        ("3 Mrd. €", 3_000_000_000),
        ("12.5 %", 12.5),
        ("USD 7", 7),
        ("1,5E+03", 1500),
        ("45 years", 45),
    ],
)
def test_numbers_are_read_in_the_spellings_people_use(engine, cell, value):
    shape = cell.translate(str.maketrans("012345678", "999999999"))
    style, read, _ = numeral_style({shape: 1}, decimal=None)
    assert read == 1
    text = "'" + cell.replace("'", "''") + "'"
    assert engine.view("select 1 as one").query(f"select {style.sql(text)} as v from {{rows}}")["v"][0].as_py() == value


@pytest.mark.parametrize(
    "cell", ["12-34", "A12", "1,2,3", "12 34", "3/4", "1.2.3", "twelve", "12B", "Level (3)", "-$ (5)", ""]
)
def test_what_is_no_number_is_not_read_as_one(cell):
    shape = cell.translate(str.maketrans("012345678", "999999999"))
    assert numeral_style({shape: 1}, decimal=None)[1] == 0


def test_income_brackets_of_real_households_get_their_midpoints():
    points = bracket_midpoints(["Under 15K", "15-24K", "25-34K", "35-49K", "50-74K", "250K+", "200-249K"])
    assert points == {
        "Under 15K": 10_500,  # as wide as 15-24K: 15K less half of 9K
        "15-24K": 19_500,
        "25-34K": 29_500,
        "35-49K": 42_000,
        "50-74K": 62_000,
        "200-249K": 224_500,
        "250K+": 274_500,
    }


@pytest.mark.parametrize(
    "codes", [["12-03", "12-04", "13-01"], ["10-20", "15-25", "30-40"], ["1", "2", "3"], ["a", "b", "1-2"]]
)
def test_codes_and_overlaps_are_no_brackets(codes):
    assert bracket_midpoints(codes) is None
