"""Months in letters are read in many languages, one language for a whole column."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest
from tests.check.conftest import customers

from clustera.check import check
from clustera.engines import Engine
from clustera.lexicon import fold, months_of
from clustera.read import read

# Names of the months as the languages' own calendars have them (Unicode CLDR, "wide" and "abbreviated", format).
CALENDARS = {
    "en": ("January February March April May June July August September October November December",
           "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
    "de": ("Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
           "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."),
    "fr": ("janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
           "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
    "es": ("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
           "ene feb mar abr may jun jul ago sept oct nov dic"),
    "it": ("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
           "gen feb mar apr mag giu lug ago set ott nov dic"),
    "pt": ("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
           "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez."),
    "nl": ("januari februari maart april mei juni juli augustus september oktober november december",
           "jan. feb. mrt. apr. mei jun. jul. aug. sep. okt. nov. dec."),
    "sv": ("januari februari mars april maj juni juli augusti september oktober november december",
           "jan. feb. mars apr. maj juni juli aug. sep. okt. nov. dec."),
    "da": ("januar februar marts april maj juni juli august september oktober november december",
           "jan. feb. mar. apr. maj jun. jul. aug. sep. okt. nov. dec."),
    "no": ("januar februar mars april mai juni juli august september oktober november desember",
           "jan. feb. mars apr. mai juni juli aug. sep. okt. nov. des."),
    "pl": ("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
           "sty lut mar kwi maj cze lip sie wrz paź lis gru"),
    "cs": ("ledna února března dubna května června července srpna září října listopadu prosince",
           "ledna února března dubna května června července srpna září října listopadu prosince"),
    "hr": ("siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
           "sij velj ožu tra svi lip srp kol ruj lis stu pro"),
}  # fmt: skip
CASES = [
    (language, form, months)
    for language, both in CALENDARS.items()
    for form, months in zip(("full", "short"), both, strict=True)
]
SHAPES = (
    "{d}. {m} {y}",
    "{d}-{m}-{y}",
    "{d} de {m} de {y}",
    "{m} {d}, {y}",
    "{y}-{m}-{d:02d}",
    "{d}/{m}/{y} 14:30:00",
    "Xyz, {d} {m} {y}",
)


def table(cell, name="joined"):
    head, *lines = customers().splitlines()
    return "\n".join([f"{head},{name}", *(f'{line},"{cell(n)}"' for n, line in enumerate(lines))]) + "\n"


def days_of(checked, column="joined"):
    """The dates of a column that is read as a tenure."""
    found = next(one for one in checked.columns if one.name == column)
    until = datetime.date.fromisoformat(found.format.as_of)
    rows = checked.rows.query(f'select "{column}" as days from {{rows}} order by _row')["days"].to_pylist()
    return [None if days is None else until - datetime.timedelta(days=days) for days in rows]


@pytest.mark.parametrize(("language", "form", "months"), CASES, ids=lambda value: value if len(value) < 6 else "")
def test_months_are_read_in_every_language_and_form(checked, language, form, months):
    names = months.split()
    dates = [datetime.date(2019 + n % 4, 1 + n % 12, 1 + n % 28) for n in range(60)]
    shape = SHAPES[list(CALENDARS).index(language) % len(SHAPES)] if form == "full" else SHAPES[0]
    found = checked(table(lambda n: shape.format(d=dates[n].day, m=names[dates[n].month - 1], y=dates[n].year)))
    assert days_of(found) == dates
    assert not [finding for finding in found.findings if finding.column == "joined"]


@pytest.mark.parametrize("shape", SHAPES)
def test_day_month_and_year_may_stand_in_any_usual_order(checked, shape):
    dates = [datetime.date(2019 + n % 4, 1 + n % 12, 1 + n % 28) for n in range(60)]
    names = CALENDARS["fr"][1].split()
    found = checked(table(lambda n: shape.format(d=dates[n].day, m=names[dates[n].month - 1].upper(), y=dates[n].year)))
    assert days_of(found) == dates


def test_accents_may_be_missing_and_letters_may_be_combined(checked):
    cells = ["3 fevrier 2024", "3 fe\u0301vrier 2024", "3 FÉVRIER 2024", "3 août 2023", "3 aout 2023", "1er mai 2023"]
    found = checked(table(lambda n: cells[n % 6]))
    assert days_of(found)[:6] == [datetime.date(2024, 2, 3)] * 3 + [datetime.date(2023, 8, 3)] * 2 + [
        datetime.date(2023, 5, 1)
    ]


def test_a_word_of_two_meanings_is_read_as_the_rest_of_its_column_is(checked):
    for other, month in (("lipca", 11), ("rujna", 10)):
        found = checked(table(lambda n, other=other: f"5 {'listopada' if n % 2 else other} 2023"))
        assert days_of(found)[1] == datetime.date(2023, month, 5)


def test_several_languages_may_stand_in_one_column():
    assert months_of({fold(word): 1 for word in ("März", "Dec", "déc", "dic", "Mai", "May")}) == {
        "marz": 3, "dec": 12, "dic": 12, "mai": 5, "may": 5,
    }  # fmt: skip


def test_no_beginning_of_two_months_is_read():
    assert months_of({"jui": 5, "ju": 3, "ma": 2, "mars": 1}) == {"mars": 3}


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("févr. 2024", (2024, 2, 1)), ("March 2024", (2024, 3, 1)), ("dic-23", (2023, 12, 1)), ("2024-03", (2024, 3, 1)),
        ("03/2024", (2024, 3, 1)), ("2024-W03", (2024, 1, 15)), ("2024 Mai", (2024, 5, 1)), ("giugno de 2022", (2022, 6, 1)),
    ],
)  # fmt: skip
def test_a_month_without_a_day_is_its_first_day_where_the_name_says_date(checked, cell, day):
    found = checked(
        table(
            lambda n: (
                cell if n % 2 else cell.replace("2", "1", 1) if cell == "dic-23" else cell.replace("202", "201", 1)
            )
        )
    )
    assert days_of(found)[1] == datetime.date(*day)


@pytest.mark.parametrize("name", ["year_month", "signup_yyyymm", "birth_month", "x1"])
def test_months_in_six_figures_are_their_first_day(checked, name):
    found = checked(table(lambda n: 202212 if n % 2 else 202103, name=name))
    assert next(column.kind for column in found.columns if column.name == name) == "date"
    if name == "signup_yyyymm":
        days = {row["v"] for row in found.rows.query(f"select distinct {name} as v from {{rows}}").to_pylist()}
        assert max(days) - min(days) == (datetime.date(2022, 12, 1) - datetime.date(2021, 3, 1)).days


@pytest.mark.parametrize("name", ["salary", "postcode", "Pincode", "PIN", "loan amount"])
def test_figures_that_could_be_months_are_none_under_another_meaning(checked, name):
    found = checked(table(lambda n: 202212 + 100 * (n % 9), name=name))
    assert next(column.kind for column in found.columns if column.name == name) != "date"


def test_months_are_categories_where_the_name_does_not_say_date(checked):
    found = checked(table(lambda n: f"2024-0{1 + n % 9}", name="cohort"))
    assert next(column.role for column in found.columns if column.name == "cohort") == "descriptor"


def test_words_that_are_no_months_make_no_dates(checked):
    found = checked(table(lambda n: f"{1 + n % 28} Maple {1900 + n}", name="since"))
    assert next(column.kind for column in found.columns if column.name == "since") != "date"


@pytest.mark.parametrize(
    "shape", ["%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%y", "%b %d, %y", "%d. %m. %Y", "%Y. %m. %d.", "%d/%m/%y 08:15", "%a, %d %b %Y 08:15:00 +0100"]
)  # fmt: skip
def test_years_of_two_figures_and_other_usual_forms_are_the_days_they_mean(checked, shape):
    dates = [datetime.date(2001 + n % 22, 1 + n % 12, 1 + n % 28) for n in range(60)]
    assert days_of(checked(table(lambda n: dates[n].strftime(shape)))) == dates


def test_a_day_that_no_month_has_is_no_date(checked):
    found = checked(table(lambda n: ("31/02/24", "00/00/0000", "31/12/23")[n % 3 if n < 6 else 2]))
    assert days_of(found)[:3] == [None, None, datetime.date(2023, 12, 31)]
    mixed = next(finding for finding in found.findings if finding.code == "mixed-types")
    assert (mixed.count, mixed.examples[0]) == (2, (1, "31/02/24"))  # zeros say that there is no day


@pytest.mark.parametrize("form", ["%y%m%d", "%d%m%y", "%m%d%y"])
@pytest.mark.parametrize("first", [datetime.date(1993, 1, 1), datetime.date(1998, 6, 1), datetime.date(2019, 3, 1)])
def test_dates_of_six_figures_are_read_where_the_name_says_date(form, first):
    days = [first + datetime.timedelta(at * 7 % 1500) for at in range(400)]
    cells = [int(day.strftime(form)) for day in days]
    with Engine() as engine:
        checked = check(read(pd.DataFrame({"joined": cells, "spend": range(400)}), engine=engine))
        joined = next(column for column in checked.columns if column.name == "joined")
        assert joined.kind == "date"
        seen = checked.rows.query("select joined from {rows}")["joined"].to_pylist()
    until = datetime.date.fromisoformat(joined.format.as_of)
    assert seen == [(until - day).days for day in days]


def test_six_figures_that_are_no_days_are_numbers_whatever_the_name_says():
    cells = [100_000 + at * 997 % 899_999 for at in range(400)]
    with Engine() as engine:
        checked = check(read(pd.DataFrame({"last_visit": cells, "spend": range(400)}), engine=engine))
        assert next(column for column in checked.columns if column.name == "last_visit").kind == "number"


@pytest.mark.parametrize("year", [2001, 2010, 2011, 2012, 2024])
def test_months_of_one_year_are_no_days_of_six_figures(year):
    cells = [year * 100 + 1 + at % 12 for at in range(60)]
    with Engine() as engine:
        checked = check(read(pd.DataFrame({"contract_end_date": cells, "spend": range(60)}), engine=engine))
        seen = checked.rows.query("select contract_end_date as day from {rows}")["day"].to_pylist()
    assert seen == [datetime.date(year, 1 + at % 12, 1) for at in range(60)]


@pytest.mark.parametrize("written", ["%Y-%m-%d", "%d/%m/%Y", "%d-%b-%y"])
@pytest.mark.parametrize("each", [2, 7])
@pytest.mark.parametrize("time", ["", ".4375"])
def test_day_numbers_beside_dates_are_the_days_they_stand_for_and_are_told(checked, values, written, each, time):
    days = [datetime.date(2023, 1, 1) + datetime.timedelta(days=13 * row % 700) for row in range(60)]
    serial = [f"{(day - datetime.date(1899, 12, 30)).days}{time}" for day in days]
    cells = [
        one if row % each == 0 else day.strftime(written)
        for row, (day, one) in enumerate(zip(days, serial, strict=True))
    ]
    found = checked("id,visits,signup_date\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i]}\n" for i in range(60)))
    last = max(days)
    assert values(found, "signup_date") == [(last - day).days for day in days]
    assert [finding.count for finding in found.findings if finding.code == "serial-days"] == [len(range(0, 60, each))]


@pytest.mark.parametrize(("every", "kind"), [(3, "date"), (1, "number")])
def test_day_numbers_beside_more_dates_are_dates_whatever_the_column_is_called(checked, every, kind):
    days = [datetime.date(2022, 1, 3) + datetime.timedelta(days=row * 17) for row in range(60)]
    cells = [
        f"{(day - datetime.date(1899, 12, 30)).days}" if row % every == 0 else f"{day:%d.%m.%Y}"
        for row, day in enumerate(days)
    ]
    found = checked("id,visits,event\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i]}\n" for i in range(60)))
    assert next(column.kind for column in found.columns if column.name == "event") == kind
    assert [one.count for one in found.findings if one.code == "serial-days"] == ([20] if kind == "date" else [])


def test_codes_that_look_like_dates_but_are_no_days_are_text(checked):
    codes = [f"{10 + row * 17 % 90}{['DEC', 'JAN', 'MAR', 'MAY'][row % 4]}{10 + row}" for row in range(60)]
    found = checked(
        "id,visits,product_code\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{codes[i]}\n" for i in range(60))
    )
    assert next(column.kind for column in found.columns if column.name == "product_code") != "date"


def test_turkish_months_with_an_i_without_a_dot_are_months(checked, values):
    months = ("Mayıs", "Kasım", "ARALIK")
    lines = [f"K{n},{1 + n % 28} {months[n % 3]} 2024,{100 + n * 7 % 50}" for n in range(60)]
    assert values(checked("id,tarih,spend\n" + "\n".join(lines)), "tarih")[:3] == [
        datetime.date(2024, 5, 1),
        datetime.date(2024, 11, 2),
        datetime.date(2024, 12, 3),
    ]
