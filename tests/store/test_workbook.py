"""The workbook: numbers of the run with real formats, and a chart that points at them."""

import re
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
from tests.report.test_first_page import orders

import clustera
from clustera.store.workbook import last_moves


@pytest.fixture(scope="module")
def seg():
    return clustera.segment(orders=orders(300), k=4, progress=False)


@pytest.fixture(scope="module")
def book(seg, tmp_path_factory):
    return seg.save(tmp_path_factory.mktemp("book") / "run", excel=True) / "segments.xlsx"


def part(book, name):
    with zipfile.ZipFile(book) as packed:
        return packed.read(name).decode()


def sheet(book, name, **options):
    return pd.read_excel(book, sheet_name=name, **options)


def test_the_summary_has_the_revenue_of_each_segment_and_their_sum(seg, book):
    told = sheet(book, "Summary", header=3)
    log = orders(300)
    spent = log.assign(id=log.customer_id).merge(seg.customers.reset_index()[["id", "segment"]], on="id")
    expected = [round(v, 2) for v in spent.groupby("segment").amount.sum()]
    assert told.Sales.round(2).tolist() == [*expected, round(log.amount.sum(), 2)]
    assert told.Customers.tolist() == [*(s.size for s in seg.outcome.segments), 300]


def test_a_chart_holds_customers_beside_revenue(seg, book):
    chart = part(book, "xl/charts/chart1.xml")
    ranges = re.findall(r"<c:val><c:numRef><c:f>(.*?)</c:f>", chart)
    assert ranges == ["Summary!$D$5:$D$8", "Summary!$E$5:$E$8"]


def test_a_date_is_a_date_and_money_has_two_decimals(seg, book):
    customers = sheet(book, "Customers")
    assert pd.api.types.is_datetime64_any_dtype(customers["Next order expected"])
    assert [str(day)[:10] for day in customers["Next order expected"]] == [
        str(day)[:10].replace("None", "NaT") for day in seg.customers.next_order
    ]
    styles = part(book, "xl/styles.xml")
    assert 'formatCode="yyyy\\-mm\\-dd"' in styles or 'formatCode="yyyy-mm-dd"' in styles
    assert 'formatCode="#,##0.00"' in styles


def test_the_currency_stands_in_the_format_of_money(tmp_path):
    log = orders(120).assign(currency="EUR")
    path = clustera.segment(orders=log, k=3, progress=False).save(tmp_path / "run", excel=True)
    assert "&quot;EUR&quot;" in part(path / "segments.xlsx", "xl/styles.xml")
    openpyxl = pytest.importorskip("openpyxl")
    formats = {}
    for page in openpyxl.load_workbook(path / "segments.xlsx").worksheets[1:]:
        rows = page.iter_rows()
        heads = [cell.value for cell in next(rows)]
        formats |= {
            head: cell.number_format
            for row in rows
            for head, cell in zip(heads, row, strict=True)
            if isinstance(cell.value, float)
        }
    told = {head: '"EUR"' in form for head, form in formats.items() if re.search("[Ss]ales|[Ss]pend", str(head))}
    of_money = {
        head
        for head in told
        if not re.search(": all customers = 100|[Ss]hare of|that a test shows|^RFM|explained", head)
    }
    assert {head for head, is_money in told.items() if is_money} == of_money
    assert {"Sales, the 3 months before", "Sales if they spend 1% more"} <= of_money < {*told}


def test_moves_add_up_to_the_customers_known_on_both_days(seg, book):
    moved = last_moves(seg.outcome)
    told = sheet(book, "Moves", header=3)
    assert told.Customers.sum() == moved.common
    assert told[told.Moved == "stayed"].Customers.sum() == pytest.approx(moved.stayed * moved.common)


def test_a_boss_reads_the_title_and_the_months_first(seg, book):
    said = pd.read_excel(book, sheet_name="Summary", header=None)[0].tolist()
    assert said[0] == "Customer segments, December 2025"
    assert said[1] == "300 customers, orders of the 12 months to December 30, 2025"


def test_heads_are_words_and_no_two_columns_share_one(book):
    for name, columns in ((n, s.columns) for n, s in pd.read_excel(book, sheet_name=None, nrows=1).items()):
        if name not in ("Summary", "Moves"):
            assert not [head for head in columns if "_" in head or head.endswith(".1")], name


def test_without_an_earlier_day_there_are_no_moves(seg):
    assert last_moves(replace(seg.outcome, behavior=None)) is None


def test_every_number_has_a_format(book):
    openpyxl = pytest.importorskip("openpyxl")
    for page in openpyxl.load_workbook(book):
        plain = [cell for row in page.iter_rows() for cell in row if cell.number_format == "General"]
        assert not [cell.value for cell in plain if type(cell.value) in (int, float)], page.title


def test_what_plans_a_test_stands_on_the_last_sheet_and_nothing_is_lost(seg, book):
    sheets = pd.read_excel(book, sheet_name=None)
    assert [*sheets][-1] == "Details"
    actions, details = sheets["Actions"], sheets["Details"]
    assert not {"Smallest rise of that share that a test shows", "Rule of the playbook"} & {*actions.columns}
    known = seg.outcome.actions
    assert details["Rule of the playbook"].tolist() == [action.rule for action in known]
    assert details["Suggested action"].tolist() == actions["Suggested action"].tolist()


def test_an_action_for_the_overdue_says_their_usual_days_between_orders(seg, book):
    people, actions = seg.customers, sheet(book, "Actions")
    late = actions[actions["For whom"].str.contains("overdue")]
    assert len(late)
    for row in late.itertuples():
        theirs = people[(people.segment == row.Segment) & (people.action == row[3])]
        assert f"Their usual days between orders: {theirs.usual_gap.mean():.0f} on average." in row.Why
