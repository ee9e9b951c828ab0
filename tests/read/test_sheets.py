"""Workbooks of several sheets: the one that fits what is looked for is read, and the others are named."""

from __future__ import annotations

import numpy as np
import openpyxl
import pytest

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import ReadOptions, read
from clustera.texts import finding_message

CUSTOMERS = [["customer_id", "age", "spend"], *([f"C{i}", 20 + i % 50, i * 7.5] for i in range(30))]
ORDERS = [
    ["customer_id", "order_date", "amount"],
    *([f"C{i % 9}", f"2024-03-{1 + i % 28:02d}", 10 + i] for i in range(60)),
]
COVER = [["Report of May"], ["made by the sales team"]]
DICTIONARY = [["Data", "Variable", "Meaning"], *(["Shop", f"v{i}", f"what v{i} means"] for i in range(20))]
PRODUCTS = [["product_id", "category", "cost"], *([f"P{i}", "toys", i * 2.5] for i in range(12))]


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


@pytest.fixture
def workbook(tmp_path):
    """A workbook of these sheets, in their order."""

    def made(sheets, name="book.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return made


def sheet_of(raw):
    return raw.source.spelling["sheet"]


def test_a_cover_and_a_list_of_columns_before_the_table_are_not_the_table(workbook, engine):
    raw = read(workbook({"Cover": COVER, "Data Dict": DICTIONARY, "E Comm": CUSTOMERS}), engine=engine)
    assert sheet_of(raw) == "E Comm"
    (finding,) = [one for one in raw.findings if one.code == "several-sheets"]
    assert "'Cover', 'Data Dict'" in finding_message(finding)
    assert finding.severity == "note"


@pytest.mark.parametrize(
    "titles",
    [
        ("Customers", "Orders"),
        ("Kunden", "Bestellungen"),
        ("Clients", "Commandes"),
        ("顧客", "注文"),
        ("Sheet1", "Sheet2"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_customers_and_orders_are_found_in_one_workbook(workbook, engine, titles, turned):
    sheets = dict(zip(titles, (CUSTOMERS, ORDERS), strict=True))
    path = workbook(dict(reversed(sheets.items())) if turned else sheets)
    assert sheet_of(read(path, engine=engine)) == titles[0]
    assert sheet_of(read(path, engine=engine, role="orders")) == titles[1]


def test_products_are_found_by_the_name_of_their_sheet(workbook, engine):
    path = workbook({"Orders": ORDERS, "Customers": CUSTOMERS, "Products": PRODUCTS})
    assert sheet_of(read(path, engine=engine, role="products")) == "Products"


def test_one_sheet_needs_no_word(workbook, engine):
    raw = read(workbook({"Anything": CUSTOMERS}), engine=engine)
    assert not [one for one in raw.findings if one.code == "several-sheets"]


@pytest.mark.parametrize("title", ["Orders", "A#1", "2024 (May)"])
def test_a_sheet_is_named_behind_the_file(workbook, engine, title):
    path = workbook({"Customers": CUSTOMERS, title: ORDERS})
    raw = read(f"{path}#{title}", engine=engine)
    assert (sheet_of(raw), raw.source.name, raw.source.rows) == (title, f"book.xlsx#{title}", 60)
    assert not raw.findings


def test_a_sheet_behind_the_file_goes_before_the_option_for_all_files(workbook, engine):
    path = workbook({"Customers": CUSTOMERS, "Orders": ORDERS})
    raw = read(f"{path}#Orders", engine=engine, options=ReadOptions(sheet="Customers"))
    assert sheet_of(raw) == "Orders"


def test_a_file_may_have_the_sign_in_its_name(workbook, engine):
    assert read(workbook({"Customers": CUSTOMERS}, "book #1.xlsx"), engine=engine).source.rows == 30


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(workbook, engine):
    path = workbook({"Customers": CUSTOMERS, "Orders": ORDERS})
    with pytest.raises(InputError, match="has no sheet 'Ordes'; it has: Customers, Orders") as refused:
        read(f"{path}#Ordes", engine=engine)
    assert "'Orders'" in refused.value.hint


def test_a_workbook_without_cells_is_refused(workbook, engine):
    with pytest.raises(InputError, match="holds no cells"):
        read(workbook({"A": [], "B": []}), engine=engine)


def test_a_number_of_a_sheet_keeps_all_its_digits_and_a_text_stays_as_it_is_written(workbook, engine):
    random = np.random.default_rng(3)
    values = [float(value) for value in 10.0 ** random.uniform(-12, 14, 60) * random.choice([-1, 1], 60)]
    written = ["00.123456789", "0.1234567890", "-0", "n/a", None, "1,5"]
    rows = [["customer_id", "share", "spend"], *([f"C{i}", one, i * 2.5] for i, one in enumerate([*values, *written]))]
    raw = read(workbook({"All": rows}), engine=engine)
    cells = [row["share"] for row in raw.rows.arrow().to_pylist()]
    np.testing.assert_allclose([float(cell) for cell in cells[:60]], values, rtol=1e-14)
    assert cells[60:] == written
