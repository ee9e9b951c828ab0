"""Workbooks as programs and people leave them: formulas without values, times, damage, hidden sheets, cells far away."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import zipfile
from xml.sax.saxutils import quoteattr

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import read
from clustera.texts import finding_message

NAMES = ["customer_id", "age", "spend"]


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def cells(raw):
    return [tuple(row.values())[1:] for row in raw.rows.query("select * from {rows} order by _row").to_pylist()]


def told(raw, code):
    return [finding_message(finding) for finding in raw.findings if finding.code == code]


def saved(path, rows, *, first=(1, 1)):
    book = openpyxl.Workbook()
    for down, row in enumerate(rows):
        for right, value in enumerate(row):
            book.active.cell(first[0] + down, first[1] + right, value)
    book.save(path)
    return path


@pytest.mark.parametrize("first", [(1, 1), (4, 3)])
def test_formulas_without_a_value_are_told_by_their_column(tmp_path, engine, first):
    rows = [NAMES, *([f"C{at}", 20 + at, f"=B{at}*2"] for at in range(30))]
    raw = read(saved(tmp_path / "t.xlsx", rows, first=first), engine=engine)
    (message,) = told(raw, "formulas-without-values")
    assert message == (
        "30 cells of 'spend' hold formulas without a value, such as '=B0*2': whatever wrote the workbook did not work "
        "them out. Read as empty."
    )
    assert {row[2] for row in cells(raw)} == {None}


@pytest.mark.parametrize(("value", "said"), [(0, ["Read as 0."]), (None, ["Read as 0."]), (41.5, []), ("open", [])])
def test_formulas_whose_values_are_all_0_are_told_where_a_program_left_them_to_be_worked_out(
    tmp_path, engine, value, said
):
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, NAMES)
        for at in range(1, 20):
            sheet.write_row(at, 0, [f"C{at}", 20 + at])
            sheet.write_formula(at, 2, "=B2*2", None, *([] if value is None else [value]))
    found = told(read(tmp_path / "t.xlsx", engine=engine), "formulas-without-values")
    assert len(found) == len(said)
    assert all(part in message for part, message in zip(said, found, strict=True))


@pytest.mark.parametrize("since_1904", [False, True])
def test_durations_that_are_all_longer_than_a_day_are_durations(tmp_path, engine, since_1904):
    with xlsxwriter.Workbook(tmp_path / "t.xlsx", {"date_1904": since_1904}) as book:
        sheet, hours = book.add_worksheet(), book.add_format({"num_format": "[h]:mm:ss"})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["customer_id", "watched", "never"])
        for at in range(1, 20):
            sheet.write(at, 0, f"C{at}")
            sheet.write_number(at, 1, 1 + at * 7 / 24, hours)
            sheet.write_datetime(at, 2, dt.date(1905, 1, at), days)
    found = cells(read(tmp_path / "t.xlsx", engine=engine))
    assert [row[1] for row in found] == [f"{24 + at * 7}:00:00" for at in range(1, 20)]
    assert {row[2][:4] for row in found} == {"1905"}


def test_times_and_durations_of_a_sheet_are_read_as_in_a_text_file(tmp_path, engine):
    spans = [dt.timedelta(0), *(dt.timedelta(hours=at * 5, minutes=7, seconds=at) for at in range(20))]
    rows = [
        ["customer_id", "called_at", "talk", "born"],
        *([f"C{at}", dt.time(at % 24, 5, 9), span, dt.date(1900 + at, 1, 1)] for at, span in enumerate(spans)),
    ]
    found = cells(read(saved(tmp_path / "t.xlsx", rows), engine=engine))
    assert [row[1] for row in found] == [f"{at % 24}:05:09" for at in range(21)]
    assert [pd.Timedelta(row[2]) for row in found] == spans
    assert [row[3][:4] for row in found] == [str(1900 + at) for at in range(21)]


@pytest.mark.parametrize("hours", [0, 1, 13, 23, 24, 130])
@pytest.mark.parametrize("days", [False, True])
def test_durations_and_percentages_of_an_open_document_are_read_as_they_are_shown(tmp_path, engine, hours, days):
    def cell(kind, value, text):
        told = f"office:{'time-' if kind == 'time' else ''}value={quoteattr(str(value))}" if kind != "string" else ""
        return f'<table:table-cell office:value-type="{kind}" {told}><text:p>{text}</text:p></table:table-cell>'

    rows = [[cell("string", "", name) for name in ("customer_id", "talk", "spend", "rate")]]
    for at in range(12):
        span = f"P{hours // 24}DT{hours % 24}H{at}M7S" if days else f"PT{hours:02d}H{at:02d}M07S"
        rows.append([cell("string", "", f"C{at}"), cell("time", span, "shown"), cell("float", at * 2.5, "shown")])
        rows[-1].append(cell("percentage", at / 16, "shown"))
    spaces = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    body = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content{spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="Data">{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    found = cells(read(tmp_path / "t.ods", engine=engine))
    assert [row[1] for row in found] == [f"{hours}:{at:02d}:07" for at in range(12)]
    assert [float(row[2]) for row in found] == [at * 2.5 for at in range(12)]
    assert [row[3] for row in found] == [f"{at * 6.25:g}%" for at in range(12)]


def merged_sheet(path, rows, names, first=(1, 1)):
    """A workbook in which equal neighbors of the named columns, one below the other, are merged as people do it."""
    book = openpyxl.Workbook()
    for right, name in enumerate(rows[0]):
        start = 0
        for down in range(len(rows) + 1):
            if down == len(rows) or not down or name not in names or rows[down][right] != rows[start][right]:
                if down - start > 1:
                    at = {"start_row": first[0] + start, "end_row": first[0] + down - 1}
                    book.active.merge_cells(start_column=first[1] + right, end_column=first[1] + right, **at)
                start = down
            if down < len(rows) and start == down:
                book.active.cell(first[0] + down, first[1] + right, rows[down][right])
    book.save(path)
    return path


@pytest.mark.parametrize("seed", range(4))
def test_a_merged_cell_holds_for_all_its_rows(tmp_path, engine, seed):
    draw, first = random.Random(seed), (1 + seed, 1 + seed % 2)
    regions = [name for name in ("North", "South", "East") for _ in range(draw.randint(5, 9))]
    rows = [
        ["region", "customer_id", "household_income"],
        *([name, f"C{at}", 1000 * (at // 3)] for at, name in enumerate(regions)),
    ]
    raw = read(merged_sheet(tmp_path / "m.xlsx", rows, {"region", "household_income"}, first), engine=engine)
    assert cells(raw) == cells(read(saved(tmp_path / "t.xlsx", rows), engine=engine))
    (message,) = told(raw, "merged-cells")
    assert "'region', 'household_income' are merged with the cell above. The value holds for all" in message


@pytest.mark.parametrize("written", ["{}", "{},50", "€ 1.0{},00", "-${}.5", "{} kr."])
def test_an_amount_that_is_merged_over_the_lines_of_an_order_counts_once(tmp_path, engine, written):
    rows = [["customer_id", "order_date", "order_no", "total", "item"]]
    total = int if written == "{}" else written.format
    rows += [
        [100 + at // 6, dt.date(2024, 1, 1 + at // 3), 900 + at // 3, total(20 + at // 3), f"P{at}"] for at in range(24)
    ]
    path = merged_sheet(tmp_path / "m.xlsx", rows, {*rows[0]} - {"item"})
    found = cells(read(path, engine=engine, role="orders"))
    assert [int(row[0]) for row in found] == [100 + at // 6 for at in range(24)]
    assert [int(row[2]) for row in found] == [900 + at // 3 for at in range(24)]
    assert [row[3] for row in found] == [None if at % 3 else written.format(20 + at // 3) for at in range(24)]
    assert [
        message.endswith("read as empty.") for message in told(read(path, engine=engine, role="orders"), "merged-cells")
    ] == [False, True]


@pytest.mark.parametrize(
    ("form", "percent"),
    [("0%", True), ("0.00%", True), ('[Red]-0.0%;"up "0.0%', True), ('0.0"%"', False), ("General", False)],
)
def test_a_column_that_is_shown_in_percent_is_read_as_it_is_shown(tmp_path, engine, form, percent):
    shares = [at / 8 - 1 for at in range(20)]
    path = saved(
        tmp_path / "t.xlsx", [NAMES, *([f"C{at}", share, share] for at, share in enumerate(shares))], first=(2, 2)
    )
    book = openpyxl.load_workbook(path)
    for at in range(20):
        book.active.cell(3 + at, 3).number_format = form
        book.active.cell(3 + at, 4).number_format = form if at else "General"
    book.save(path)
    found = cells(read(path, engine=engine))
    assert [row[1] for row in found] == [f"{100 * share:g}%" if percent else f"{share:g}" for share in shares]
    assert [float(row[2]) for row in found] == shares


def test_a_title_that_is_merged_above_the_names_stays_above_them(tmp_path, engine):
    path = saved(
        tmp_path / "t.xlsx", [["Customers of 2025"], [], NAMES, *([f"C{at}", 20 + at, at / 2] for at in range(20))]
    )
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("A1:C2")
    book.save(path)
    raw = read(path, engine=engine)
    assert (raw.shown_columns, raw.source.rows, told(raw, "merged-cells")) == (NAMES, 20, [])


def test_a_workbook_with_one_wrong_bit_is_refused_or_read_to_the_cell(tmp_path, engine):
    """A third of such bits leaves XML that can be read: other digits, other letters, a third of the rows."""
    draw, path = random.Random(5), tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, NAMES)
        for at in range(1, 800):
            sheet.write_row(at, 0, [f"C{at}", draw.randrange(18, 90), draw.randrange(10**6) / 100])
    whole, good = path.read_bytes(), cells(read(path, engine=engine))
    refused = 0
    for _ in range(60):
        data = bytearray(whole)
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(data)
        try:
            assert cells(read(path, engine=engine)) == good
        except InputError:
            refused += 1
    assert refused > 40


@pytest.mark.parametrize("inside", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize(
    "spoiled", [lambda text: text[:40], lambda text: b"", lambda text: b'<?xml version="1.0" encoding="TF-8"?>' + text]
)
def test_a_workbook_of_spoiled_xml_is_refused_or_read_to_the_cell(tmp_path, engine, inside, spoiled):
    whole = saved(tmp_path / "whole.xlsx", [NAMES, *([f"C{at}", 20 + at, at * 7.5] for at in range(20))])
    good = cells(read(whole, engine=engine))
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as other:
        for name in archive.namelist():
            other.writestr(name, spoiled(archive.read(name)) if name == inside else archive.read(name))
    found = None
    with contextlib.suppress(InputError):
        found = cells(read(tmp_path / "t.xlsx", engine=engine))
    assert found in (None, good)


def test_a_hidden_sheet_is_read_only_where_no_other_holds_a_table(tmp_path, engine):
    book = openpyxl.Workbook()
    old, new, notes = book.active, book.create_sheet("Sheet7"), book.create_sheet("Notes")
    old.title, old.sheet_state = "Customers", "hidden"
    for at in range(20):
        row = [f"C{at}", 20 + at, at * 2.5] if at else NAMES
        old.append(row)
        new.append([*row[:2], row[2] + 1 if at else row[2]])
    notes.append(["made in May"])
    book.active = 1
    book.save(tmp_path / "t.xlsx")
    assert read(tmp_path / "t.xlsx", engine=engine).source.spelling["sheet"] == "Sheet7"
    book.remove(new)
    book.save(tmp_path / "t.xlsx")
    assert read(tmp_path / "t.xlsx", engine=engine).source.spelling["sheet"] == "Customers"


def test_a_cell_far_away_ends_in_a_sentence_and_a_format_far_away_changes_nothing(tmp_path, engine):
    """A sheet is held as a rectangle: one cell in its last corner asks for 500 GB, and ends the process."""
    rows = [NAMES, *([f"C{at}", 20 + at, at * 7.5] for at in range(20))]
    path = saved(tmp_path / "t.xlsx", rows)
    book = openpyxl.load_workbook(path)
    book.active.cell(1_048_576, 16_384).font = openpyxl.styles.Font(bold=True)
    book.save(path)
    assert read(path, engine=engine).source.rows == 20
    book.active.cell(1_048_576, 16_384, "x")
    book.save(path)
    with pytest.raises(InputError, match="has a cell in row 1,048,576 or column 16,384"):
        read(path, engine=engine)


def test_a_sheet_that_is_a_chart_says_nothing_on_standard_error(tmp_path, engine, capfd):
    path = saved(tmp_path / "t.xlsx", [NAMES, *([f"C{at}", 20 + at, at * 7.5] for at in range(20))])
    book = openpyxl.load_workbook(path)
    sheet = book.create_chartsheet(index=0)
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(book["Sheet"], 3, 1, 3, 20))
    sheet.add_chart(chart)
    book.save(path)
    assert read(path, engine=engine).source.rows == 20
    assert capfd.readouterr().err == ""
