"""Amounts as people write them: without cents, owed, with a unit in the singular, beside cells that hold nothing."""

from __future__ import annotations

import pytest

AMOUNTS = [254, 2728, 12344, 901, 6949, 1073, 388, 15020, 47, 2001]


def column(checked, values, cells):
    table = "id;visits;worth\n" + "".join(f"{1001 + i};{3 + i * 7 % 11};{cells[i % len(cells)]}\n" for i in range(60))
    found = checked(table)
    [worth] = [one for one in found.columns if one.name == "worth"]
    return worth.role, values(found, "worth") if worth.role in {"feature", "descriptor"} else []


def grouped(number, mark):
    return f"{number:,}".replace(",", mark)


@pytest.mark.parametrize(
    "written",
    [(" ", ",-"), ("\u00a0", ",-"), (".", ",-"), ("'", ".-"), (",", ".-"), (" ", ":-"), ("", ":-"), (" ", ",–")],
)
def test_amounts_without_cents_are_above_zero_and_whole(checked, values, written):
    mark, end = written
    role, found = column(checked, values, [grouped(one, mark) + end for one in AMOUNTS])
    assert (role, found[:10]) == ("feature", AMOUNTS)


@pytest.mark.parametrize("owed", ["{}-", "{} EUR-", "{}EUR -", "-{} EUR", "({}) EUR", "({} EUR)", "{}- EUR"])
def test_amounts_owed_are_below_zero_wherever_the_currency_stands(checked, values, owed):
    signs = [-1 if at in {1, 4} else 1 for at in range(10)]
    cells = [(owed if sign < 0 else "{} EUR").format(f"{one},25") for one, sign in zip(AMOUNTS, signs, strict=True)]
    role, found = column(checked, values, cells)
    assert (role, found[:10]) == ("feature", [sign * (one + 0.25) for one, sign in zip(AMOUNTS, signs, strict=True)])


@pytest.mark.parametrize("marks", ["DR CR", "Dr. Cr.", "S H", "Soll Haben", "D C", "Débito Crédito"])
@pytest.mark.parametrize("form", ["{amount} {mark}", "{amount}{mark}", "{mark} {amount}"])
def test_amounts_marked_as_owed_are_below_zero_and_told(checked, values, marks, form):
    owed, other = marks.split()
    signs = [-1 if at in {1, 4} else 1 for at in range(10)]
    cells = [
        form.format(amount=f"{one}.25", mark=owed if sign < 0 else other)
        for one, sign in zip(AMOUNTS, signs, strict=True)
    ]
    table = "id,visits,balance\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i % 10]}\n" for i in range(60))
    found = checked(table)
    assert values(found, "balance")[:10] == [sign * (one + 0.25) for one, sign in zip(AMOUNTS, signs, strict=True)]
    assert [f.count for f in found.findings if f.code == "amounts-owed"] == [12]
    assert values(checked("id,visits,balance\n1,4,3.50 " + owed, like=found.columns), "balance") == [-3.5]


@pytest.mark.parametrize("cells", [["12 D", "7 C", "3 D"], ["A 12", "B 7"], ["2.5 GB", "1.5 TB"]])
def test_seats_and_units_are_no_amounts_owed(checked, cells):
    table = "id,visits,place\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i % len(cells)]}\n" for i in range(60))
    assert "amounts-owed" not in {finding.code for finding in checked(table).findings}


@pytest.mark.parametrize(
    ("name", "first", "told"),
    [
        ("Contract term", 12, []),
        ("Mindestlaufzeit", 12, []),
        ("Loan term", 12, []),
        ("Contract value", 12e6, []),
        ("Followers", 12e6, ["months"]),
    ],
)
def test_an_m_is_a_month_where_the_name_says_how_long_a_contract_lasts(checked, values, name, first, told):
    cells = ["12M", "24M", "36M"]
    found = checked(f"id,visits,{name}\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i % 3]}\n" for i in range(60)))
    assert values(found, name)[:3] == [first, 2 * first, 3 * first]
    assert [f.values["case"] for f in found.findings if f.code == "ambiguous-numbers"] == told


@pytest.mark.parametrize(
    ("cells", "role", "first"),
    [
        (["1.80 m", "1.75 m", "1.62 m", "n/a"], "feature", 1.8),
        (["120m", "45m", "30m"], "feature", 120),
        (["1.2m", "3.4m", "800k"], "feature", 1.2e6),
        (["$1.2m", "$3.4m", "$2.5m"], "feature", 1.2e6),
        (["850 m", "2.3 km", "400 m", "1.1 km"], "descriptor", "850 m"),
        (["45m", "1h", "2h", "30m"], "descriptor", "45m"),
    ],
)
def test_meters_and_minutes_are_no_millions(checked, values, cells, role, first):
    found = checked(
        "id,visits,far\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i % len(cells)]}\n" for i in range(60))
    )
    assert [column.role for column in found.columns if column.name == "far"] == [role]
    assert values(found, "far")[0] == first
    told = {finding.code for finding in found.findings if finding.column == "far"}
    assert role == "feature" or told == {"unread-figures"}


@pytest.mark.parametrize("name", ["Outstanding", "Balance due", "Arrears", "Forderungen", "Deuda"])
def test_what_is_owed_is_above_zero_under_a_name_of_debts(checked, values, name):
    cells = ["120.50 DR", "30.25 CR", "75.00 DR"]
    found = checked(f"id,visits,{name}\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i % 3]}\n" for i in range(60)))
    assert values(found, name)[:3] == [120.5, -30.25, 75]
    assert [f.values["owed"] for f in found.findings if f.code == "amounts-owed"] == ["CR"]


@pytest.mark.parametrize("cells", [["1,25 h", "30,00 s"], ["1,50 d", "12,25 h"]])
def test_times_are_no_amounts_owed(checked, cells):
    table = "id;visits;Antwortzeit\n" + "".join(f"{1001 + i};{3 + i * 7 % 11};{cells[i % 2]}\n" for i in range(60))
    assert "amounts-owed" not in {finding.code for finding in checked(table).findings}


@pytest.mark.parametrize("units", ["Jahre Monate", "ans mois", "h min", "y d"])
def test_units_that_a_column_mixes_are_told_in_every_language(checked, units):
    one = units.split()
    found = checked(
        "id,visits,since\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{1 + i % 7} {one[i % 2]}\n" for i in range(60))
    )
    assert "mixed-units" in {finding.code for finding in found.findings}


def test_month_to_month_is_no_number_of_months(checked):
    cells = ["12M", "24M", "M2M"]
    found = checked(
        "id,visits,contract\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i % 3]}\n" for i in range(60))
    )
    assert [column.role for column in found.columns if column.name == "contract"] == ["descriptor"]


def test_years_beside_months_are_not_read_as_one_number(checked):
    cells = ["3M", "6M", "1Y", "12M"]
    found = checked("id,visits,tenor\n" + "".join(f"{1001 + i},{3 + i * 7 % 11},{cells[i % 4]}\n" for i in range(60)))
    assert [column.role for column in found.columns if column.name == "tenor"] == ["descriptor"]


@pytest.mark.parametrize(
    ("separator", "other", "read", "told"),
    [(",", "7", 40.2, True), (",", "7.5", 40.2, False), (";", "7", 40200, True), (",", "0.512", 40.2, False)],
)
def test_a_lone_point_before_three_figures_is_told_where_nothing_shows_what_it_parts(
    checked, values, separator, other, read, told
):
    cells = ["40.200", "12.345", "1.250"]
    lines = [f"{1001 + i},{other if i % 5 else 3 + i},{cells[i % 3]}" for i in range(60)]
    found = checked("\n".join(["id,visits,amount", *lines]).replace(",", separator))
    assert values(found, "amount")[0] == read
    assert ("ambiguous-numbers" in {finding.code for finding in found.findings}) is told


@pytest.mark.parametrize(
    "unit", ["visit visits", "Besuch Besuche", "punto puntos", "Person Personen", "personne personnes"]
)
def test_one_of_a_unit_counts_as_one(checked, values, unit):
    one, more = unit.split()
    role, found = column(checked, values, [f"{number} {one if number == 1 else more}" for number in (1, 4, 2, 1, 7)])
    assert (role, found[:5]) == ("feature", [1, 4, 2, 1, 7])


def test_a_price_says_what_it_is_for(checked, values):
    role, found = column(checked, values, [f"${number:,}.50/mo" for number in AMOUNTS])
    assert (role, found[:10]) == ("feature", [number + 0.5 for number in AMOUNTS])


@pytest.mark.parametrize("nothing", ["n/a", "keine Angabe", "#N/A", "—"])
def test_cells_without_a_value_do_not_hide_the_unit_of_the_others(checked, values, nothing):
    role, found = column(checked, values, ["419 Pkt.", "230 Pkt.", nothing, "684 Pkt.", nothing])
    assert (role, found[:5]) == ("feature", [419, 230, None, 684, None])


@pytest.mark.parametrize(
    "nothing",
    [
        "sin datos",
        "k. A.",
        "n.v.t.",
        "Non renseigné",
        "não informado",
        "не указано",
        "#NV",
        "#WERT!",
        "未回答",
        "Not provided",
    ],
)
def test_numbers_stay_numbers_beside_a_language_s_word_for_no_value(checked, values, nothing):
    role, found = column(checked, values, ["12.5", nothing, "7.25", nothing, "3.5"])
    assert (role, found[:5]) == ("feature", [12.5, None, 7.25, None, 3.5])


@pytest.mark.parametrize("nothing", ["#NV", "(leer)", "#VALEUR!", "(en blanco)"])
def test_what_a_spreadsheet_writes_for_no_value_is_no_category(checked, values, nothing):
    assert column(checked, values, ["gold", nothing, "silver", "gold", "tin"]) == (
        "descriptor",
        ["gold", None, "silver", "gold", "tin"] * 12,
    )


def test_numbers_whose_marks_differ_from_cell_to_cell_are_told_as_unread(checked):
    lines = [f"{1001 + i};{3 + i * 7 % 11};{f'{i + 1}.{100 + i},5' if i % 2 else f'{1100 + i}.25'}" for i in range(60)]
    found = checked("\n".join(["id;visits;spend", *lines]))
    assert [f.values["case"] for f in found.findings if f.code == "unread-figures"] == ["marks"]


@pytest.mark.parametrize("version", ["1.2.3", "10.0.1.7", "7"])
def test_versions_and_codes_are_no_numbers_whose_marks_differ(checked, version):
    lines = [f"{1001 + i};{3 + i * 7 % 11};{version if i % 2 else f'{i}.0.{i % 3}'}" for i in range(60)]
    found = checked("\n".join(["id;visits;app_version", *lines]))
    assert "unread-figures" not in {f.code for f in found.findings}
