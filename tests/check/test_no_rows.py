"""What is no row of the table decides nothing about its columns; an empty text is an empty cell in every kind of source."""

import random

import pandas as pd
import pytest

from clustera.check import check
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import read

NAMES = ["id", "spend", "zip", "member", "band"]


def _rows(seed):
    chance = random.Random(seed)
    return [
        [
            f"C{i:03}",
            f"{chance.random() * 100:.2f}",
            f"{chance.randrange(1000, 99999):05}",
            chance.choice(["ja", "nein"]),
            chance.choice(["18-24", "25-34", "35-49", "50+"]),
        ]
        for i in range(40)
    ]


def _checked(source):
    with Engine() as engine:
        found = check(read(source, engine=engine))
        columns = [(column.name, column.role, column.kind) for column in found.columns]
        rows = found.rows.query("select * exclude (_row) from {rows} order by _id").to_pylist()
        return columns, rows, sorted(found.quarantine.query("select code from {rows}")["code"].to_pylist())


@pytest.mark.parametrize("seed", range(3))
def test_lines_that_are_no_rows_change_nothing_of_what_columns_hold(tmp_path, seed):
    chance, lines = random.Random(seed), [NAMES, *_rows(seed)]
    clean, joined = tmp_path / "clean.csv", tmp_path / "joined.csv"
    clean.write_text("\n".join(map(",".join, lines)) + "\n")
    for odd in ([name.upper() for name in NAMES], [f" {name}" for name in NAMES], [*lines[5], "beyond"]):
        lines.insert(chance.randrange(2, 40), odd)
    joined.write_text("\n".join(map(",".join, lines)) + "\n")
    columns, rows, left = _checked(joined)
    assert (columns, rows) == _checked(clean)[:2]
    assert left == ["repeated-header", "repeated-header", "unreadable-row"]
    assert ("member", "descriptor", "boolean") in columns
    assert ("band", "feature", "bracket") in columns


def test_an_empty_text_is_an_empty_cell_in_csv_json_and_a_frame(tmp_path):
    rows = pd.DataFrame(_rows(0), columns=NAMES)
    rows.loc[[3, 7], "id"] = ""
    rows.loc[[1, 4], "member"] = ""
    rows.to_csv(tmp_path / "t.csv", index=False)
    rows.to_json(tmp_path / "t.json", orient="records")
    from_csv = _checked(tmp_path / "t.csv")
    assert from_csv[2] == ["missing-id", "missing-id"]
    assert _checked(tmp_path / "t.json") == from_csv
    assert _checked(rows) == from_csv


def test_null_as_databases_write_it_is_never_a_zero():
    rating = pd.DataFrame({"rating": ["1", "5", "NULL", "2"] * 10, "visits": range(40)})
    assert [row["rating"] for row in _checked(rating)[1]][:4].count(None) == 1


def test_blanks_of_any_kind_around_cells_change_nothing():
    chance = random.Random(1)
    joined = [
        f"20{chance.randrange(15, 24)}{chance.randrange(1, 13):02}{chance.randrange(1, 28):02}" for _ in range(40)
    ]
    clean = pd.DataFrame(_rows(1), columns=NAMES).assign(joined=joined, visits=range(40), note=["NA", "x"] * 20)
    blanks = ["", "", " ", "\u00a0", "\u202f", "\u2007 ", "\t"]
    padded = clean.apply(lambda column: [f"{chance.choice(blanks)}{cell}{chance.choice(blanks)}" for cell in column])
    assert _checked(padded) == _checked(clean.astype(str))


def test_without_an_id_a_customer_with_a_note_that_begins_like_a_line_below_the_table_stays(tmp_path):
    notes = [["--", "Source: fair", "* call back", "12 rows of seats", "", "likes tea"][at % 6] for at in range(40)]
    lines = ["note,spend,visits", *(f"{note},{3 * at + 1},{at % 7}" for at, note in enumerate(notes)), "Source: CRM,,"]
    (tmp_path / "t.csv").write_text("\n".join([*lines, "Total,2380,114"]) + "\n")
    _, rows, left = _checked(tmp_path / "t.csv")
    assert (len(rows), left) == (40, ["footer", "footer"])


def test_figures_of_a_category_keep_the_zeros_they_begin_with():
    chance = random.Random(3)
    zips = [chance.choice(["02115", "10001", "NA"]) for _ in range(40)]
    frame = pd.DataFrame({"zip": zips, "month": ["01", "1"] * 20, "spend": [chance.random() for _ in zips]})
    _, rows, _ = _checked(frame)
    assert sorted(row["zip"] or "NA" for row in rows) == sorted(zips)
    assert {row.get("month", "1") for row in rows} == {"1"}


def test_two_numbers_beside_words_for_no_value_are_two():
    frame = pd.DataFrame({f"v{at}": [str(at), str(7 * at + 3), "NA", "-"] * 8 for at in range(1, 5)})
    roles = _checked(frame.assign(spend=[at * 1.5 for at in range(32)], children=["1", "2", "3", "n/a"] * 8))[0]
    assert {role for name, role, _ in roles if name[0] == "v"} <= {"descriptor", "ignored"}
    assert ("children", "feature", "number") in roles


TOTALS = [
    "Total", "*** Total ***", "Sub-Total:", "Gesamtergebnis", "Totaux", "Total général :", "Suma total", "Soma",
    "Totale complessivo", "Eindtotaal", "Razem", "Ogółem", "Celkem", "Spolu", "Summa", "I alt", "Yhteensä", "Összesen",
    "Ukupno", "Kokku", "Σύνολο", "Genel Toplam", "ИТОГО:", "Общий итог", "Усього", "Jumlah", "Tổng cộng", "รวมทั้งหมด",
    "कुल", "المجموع", 'סה"כ', "合计", "總計", "総計", "합계",
    "Subtotal 2024", "Total: 40 customers", "Sous-total, France", "Zwischensumme (Mai)", "(40 rows affected)",
]  # fmt: skip
AVERAGES = ["Average", "Max", "Durchschnitt", "Moyenne", "Media", "Średnia", "Среднее", "平均"]


@pytest.mark.parametrize("word", [*TOTALS, *AVERAGES])
def test_a_line_of_sums_or_averages_is_no_customer_in_any_language(tmp_path, word):
    path = tmp_path / "table.csv"
    cell = word.replace('"', '""')
    path.write_text("\n".join([*map(",".join, [NAMES, *_rows(1)]), f'"{cell}",1893.40,,,']) + "\n", encoding="utf-8")
    _, rows, left = _checked(path)
    assert (len(rows), left) == (40, ["footer"])


@pytest.mark.parametrize("word", ["Grand Total", "Average", "Durchschnitt"])
def test_a_line_of_sums_or_averages_is_no_customer_below_names_either(tmp_path, word):
    path = tmp_path / "table.csv"
    lines = [f"Firm {chr(65 + at % 26)}{'xyz'[at // 26]},{at + 20},{at * 7 % 31}" for at in range(60)]
    path.write_text("\n".join(["customer,age,visits", *lines, f"{word},2970,900"]) + "\n", encoding="utf-8")
    _, rows, left = _checked(path)
    assert (len(rows), left) == (60, ["footer"])


def test_a_customer_called_like_a_sum_may_hold_as_much_as_all_others_of_what_hardly_anybody_has(tmp_path):
    path = tmp_path / "table.csv"
    lines = [
        f"Name {chr(65 + at % 26)}{'xyz'[at // 26]},{at + 20},{at * 7 % 31},{ {7: 2, 8: 1}.get(at, 0) }"
        for at in range(60)
    ]
    path.write_text("\n".join(["customer,age,visits,complaints", *lines, "Max,31,12,3"]) + "\n", encoding="utf-8")
    _, rows, left = _checked(path)
    assert (len(rows), left) == (61, [])


def test_customers_whose_names_begin_with_such_words_or_are_averages_are_customers(tmp_path):
    names = ["Media", "Max", "Summa Health", "Soma GmbH", "Toplam Gida", "Kokku OÜ", "Gesamtschule Bonn"]
    names += [
        f"{first} {second}" for first in ("Acme", "Beta", "Cora", "Delta") for second in ("Ltd", "Inc", "AG", "SA")
    ]
    path = tmp_path / "table.csv"
    lines = [f"{name},{at + 20},{at * 7 % 31}" for at, name in enumerate(names)]
    path.write_text("\n".join(["customer,age,visits", *lines]) + "\n", encoding="utf-8")
    _, rows, left = _checked(path)
    assert (sorted(row["_id"] for row in rows), left) == (sorted(names), [])


@pytest.mark.parametrize(
    "firm", ["Total Wine & More", "TOTAL GABON", "Suma, S.A.", "Tong", "Soma", "Sum", "Razem Sp. z o.o."]
)
@pytest.mark.parametrize("below", ["", "Total"])
def test_a_customer_called_like_a_sum_stays_unless_the_line_holds_what_all_others_do(tmp_path, firm, below):
    spent = [20 + at * 7 % 31 for at in range(61)]
    firms = [f"Firm {chr(65 + at % 26)}{'xyz'[at // 26]}" for at in range(60)]
    sums = [f"{below},,{sum(spent)}"] * bool(below)
    for name, spend, left_out in ((firm, spent[60], []), (f"{firm}:", sum(spent[:60]), ["footer"])):
        lines = [f'"{one}",{at + 20},{spent[at]}' for at, one in enumerate(firms)]
        path = tmp_path / "table.csv"
        path.write_text(
            "\n".join(["customer,age,spend", *lines[:30], f'"{name}",40,{spend}', *lines[30:], *sums]) + "\n"
        )
        _, rows, left = _checked(path)
        assert (len(rows), left) == (61 - len(left_out), left_out + ["footer"] * len(sums))


def test_a_table_with_a_column_for_each_customer_is_refused_with_the_way_to_turn_it(checked):
    lines = ["," + ",".join(f"C{at}" for at in range(30))]
    lines += [
        f"{name}," + ",".join(str(at * step % 23) for at in range(30)) for name, step in (("age", 7), ("spend", 5))
    ]
    with pytest.raises(InputError) as refused:
        checked("\n".join(lines) + "\n")
    assert "If each of its 31 columns is a customer, turn it first" in str(refused.value.hint)
