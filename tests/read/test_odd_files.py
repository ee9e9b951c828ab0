"""Of several files that are one table, those that are empty, cut off or have other columns are named, and no sale is lost quietly."""

import datetime
import itertools
import json
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.features import read_orders
from clustera.pipeline.keeping import Earlier, refuse_earlier_day
from clustera.read import read
from clustera.texts import finding_message

NAMES = "customer,date,note,total"


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


def write_days(folder, days=9):
    for day in range(1, days + 1):
        lines = [NAMES, *(f'c{at},2024-05-{day:02d},"a, b",{day}.{at}0' for at in range(1, 8))]
        (folder / f"day-{day}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def said(raw, code):
    return [finding_message(finding) for finding in raw.findings if finding.code == code]


def test_files_that_lack_columns_are_empty_or_cut_off_are_named(engine, tmp_path):
    write_days(tmp_path)
    other = tmp_path / "day-3.csv"
    other.write_text(other.read_text("utf-8").replace("total", "Amount EUR"), "utf-8")
    (tmp_path / "day-5.csv").write_bytes(b"")
    cut = tmp_path / "day-7.csv"
    cut.write_bytes(cut.read_bytes()[: -len(",7.70") - 3])
    raw = read(tmp_path, engine=engine)
    (message,) = said(raw, "files-lack-columns")
    assert message == (
        "1 of the files lacks columns that the other files have, so that 7 lines have no value there: "
        "day-3.csv lacks total (7 lines); it has Amount EUR instead."
    )
    assert said(raw, "empty-files") == ["1 of the files is empty: day-5.csv."]
    (message,) = said(raw, "cut-off-files")
    assert "day-7.csv ends with 'c7,2024-05-07,\"a, '" in message
    orders = read_orders(raw)
    assert {f.code: f.count for f in orders.findings if f.code in {"cut-off", "no-amount"}} == {
        "cut-off": 1,
        "no-amount": 7,
    }
    assert raw.source.rows == 8 * 7


def test_a_row_that_ends_too_early_is_left_out_wherever_it_is_cut(engine, tmp_path):
    whole = 'c9,2024-05-09,"a, b",812.00'
    for kept in range(1, len(whole)):
        path = tmp_path / f"cut at {kept}.csv"
        path.write_text(f"{NAMES}\nc1,2024-05-01,x,1.00\nc2,2024-05-02,y,2.00\n{whole[:kept]}", encoding="utf-8")
        raw = read(path, engine=engine)
        lacks = whole.index(",") < kept <= whole.rindex(",")
        assert len(said(raw, "cut-off-files")) == lacks, kept
        assert ("cut-off" in {finding.code for finding in read_orders(raw).findings}) == lacks


@pytest.mark.parametrize(
    "cell",
    [
        lambda draw: f"{draw.gamma(2, 40):.2f}",
        lambda draw: f"{-draw.gamma(2, 40):.2f} EUR",
        lambda draw: f'"{draw.gamma(2, 900):,.2f}"',
        lambda draw: f"2026-{draw.integers(1, 13):02d}-{draw.integers(1, 29):02d}",
        lambda draw: f"{draw.integers(1, 13)}/{draw.integers(1, 29)}/2026",
        lambda draw: f"2026-05-01T{draw.integers(0, 24):02d}:{draw.integers(0, 60):02d}:00Z",
    ],
)
def test_a_cut_inside_the_last_cell_is_told_where_all_others_share_a_form(engine, tmp_path, cell):
    draw = np.random.default_rng(5)
    path = tmp_path / "log.csv"
    whole = "customer,day,total\n" + "\n".join(f"c{at % 9},2026-05-01,{cell(draw)}" for at in range(60))
    begin = whole.rindex(",2026-05-01,") + len(",2026-05-01,")
    for kept in range(begin, len(whole) + 1):
        path.write_text(whole[:kept], encoding="utf-8")
        raw = read(path, engine=engine)
        # Nothing, or zeros alone, may be all that the cell held.
        told = kept < len(whole) and bool(re.search('["1-9]', whole[begin:kept]))
        assert len(said(raw, "cut-off-files")) == told, whole[begin:kept]
        assert raw.source.rows == 60


@pytest.mark.parametrize("last", ["12", "5", "0", "n/a", "-", "", "12.5", "1234.50", "7.250"])
def test_a_last_cell_of_a_file_without_a_final_line_end_is_kept(engine, tmp_path, last):
    draw = np.random.default_rng(5)
    mixed = {"12", "5", "12.5"}
    for name, cells in {
        "mixed": [f"{total:.4g}" for total in draw.gamma(2, 40, 60)],
        "few": [f"{total:.2f}" for total in draw.gamma(2, 40, 9)],
        "many": [f"{total:.2f}" for total in draw.gamma(2, 40, 60)],
    }.items():
        path = tmp_path / f"{name}.csv"
        lines = [f"c{at % 9},2026-05-01,{cell}" for at, cell in enumerate([*cells, last])]
        path.write_text("\n".join(["customer,day,total", *lines]), encoding="utf-8")
        told = said(read(path, engine=engine), "cut-off-files")
        assert bool(told) == (name == "many" and last in mixed), (name, last)


@pytest.mark.parametrize("given", [lambda folder: folder, lambda folder: [folder, folder.parent / "more.csv"]])
def test_every_file_of_a_folder_that_is_not_read_is_named(engine, tmp_path, given):
    folder = tmp_path / "days"
    (folder / ".kept").mkdir(parents=True)
    (folder / "old").mkdir()
    write_days(folder, days=2)
    (folder / "old" / "day-1.csv").write_bytes((folder / "day-1.csv").read_bytes())
    (folder / ".kept" / "day-1.csv").write_text("hidden", "utf-8")
    (folder / "about.md").write_text("Exported every night", "utf-8")
    (tmp_path / "more.csv").write_text(f"{NAMES}\nc9,2024-05-09,x,1.00\n", "utf-8")
    raw = read(given(folder), engine=engine)
    assert said(raw, "files-not-read") == [
        "1 file of the folder is not read, because only files that are named as tables are read, such as .csv: about.md."
    ]
    pd.read_csv(folder / "day-1.csv", dtype=str).to_parquet(folder / "day-1.parquet")
    raw = read(given(folder), engine=engine)
    (message,) = said(raw, "files-not-read")
    assert message == (
        "4 files of the folder are not read, because the Parquet files beside them are read alone: "
        "day-1.csv, day-2.csv, old/day-1.csv, about.md."
    )
    assert [finding.severity for finding in raw.findings if finding.code == "files-not-read"] == ["warning"]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("end", ["", "\n"])
def test_files_of_one_wrapped_object_each_are_put_together_as_their_lists(engine, tmp_path, indent, end):
    for page in range(3):
        items = [{"id": 10 * page + at, "age": 30} for at in range(page + 1)]
        text = json.dumps({"page": page, "data": items}, indent=indent)
        (tmp_path / f"{page}.json").write_text(text + end, encoding="utf-8")
    raw = read(tmp_path, engine=engine)
    found = raw.rows.query("select _row, id, age from {rows} order by _row").to_pylist()
    assert [row["id"] for row in found] == ["0", "10", "11", "20", "21", "22"]
    assert [row["_row"] for row in found] == [1, 2, 3, 4, 5, 6]
    assert not raw.findings


@pytest.mark.parametrize("wrap", [lambda items: {"data": items}, lambda items: items])
def test_a_page_with_an_empty_list_holds_no_row(engine, tmp_path, wrap):
    for page, ids in enumerate(([], [1, 2], [3], [])):
        text = json.dumps(wrap([{"id": one, "tags": []} for one in ids]))
        (tmp_path / f"{page}.json").write_text(text, encoding="utf-8")
    raw = read(tmp_path, engine=engine)
    assert raw.rows.query("select id from {rows} order by _row")["id"].to_pylist() == ["1", "2", "3"]
    assert not raw.findings


def test_a_file_of_one_order_with_its_items_is_a_line_as_in_the_other_files(engine, tmp_path):
    for day, orders in enumerate((3, 1, 2)):
        lines = [json.dumps({"order": 10 * day + at, "items": [{"sku": 1}, {"sku": 2}]}) for at in range(orders)]
        (tmp_path / f"{day}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = read(tmp_path, engine=engine).rows
    assert rows.query('select "order" from {rows} order by _row')["order"].to_pylist() == [
        "0",
        "1",
        "2",
        "10",
        "20",
        "21",
    ]
    (tmp_path / "3.jsonl").write_text('{"order": 30, "items": []}', encoding="utf-8")
    assert read(tmp_path, engine=engine).rows.count() == 7


def test_tidy_files_have_no_such_finding(engine, tmp_path):
    write_days(tmp_path)
    assert not read(tmp_path, engine=engine).findings


def test_the_error_of_an_earlier_day_names_the_file_that_is_empty(engine, tmp_path):
    write_days(tmp_path)
    (tmp_path / "day-9.csv").write_bytes(b"")
    orders = read_orders(read(tmp_path, engine=engine))
    earlier = Earlier("base", None, {}, None, None, (), as_of=orders.as_of + 1)
    with pytest.raises(InputError, match=r"1 of the files is empty: day-9\.csv\."):
        refuse_earlier_day(orders.as_of, earlier, orders.findings)


def purchases(start, rows=40):
    draw = np.random.default_rng(start)
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(draw.integers(0, 80, rows), unit="D")
    return pd.DataFrame(
        {
            "order": start + np.arange(rows),
            "customer": draw.integers(1, 15, rows),
            "day": days,
            "total": draw.gamma(2, 20, rows).round(2),
        }
    )


def write_part(frame, path):
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False, engine="xlsxwriter")
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=path.suffix == ".jsonl", date_format="iso")


@pytest.mark.parametrize("kinds", [["parquet"], ["jsonl"], ["json"], ["xlsx"], ["csv", "jsonl", "xlsx", "json"]])
@pytest.mark.parametrize("renamed", [{}, {"total": "Amount EUR"}])
def test_files_of_any_kind_that_lack_a_column_are_named(engine, tmp_path, kinds, renamed):
    for at in range(4):
        frame = purchases(100 * at)
        if at == 2:
            frame = frame.iloc[:17].rename(columns=renamed).drop(columns=[] if renamed else ["total"])
        write_part(frame, tmp_path / f"{at}.{kinds[at % len(kinds)]}")
    raw = read(tmp_path, engine=engine)
    (message,) = said(raw, "files-lack-columns")
    assert f"2.{kinds[2 % len(kinds)]} lacks total (17 lines)" in message
    assert raw.source.rows == 3 * 40 + 17
    assert len(raw.findings) == 1


def test_keys_that_few_objects_have_are_lacked_by_no_file(engine, tmp_path):
    for at in range(4):
        frame = purchases(100 * at)
        lines = [f'{{"order": {order}, "total": 3}}' for order in frame["order"]]
        if at:
            lines[5] = '{"order": 1, "total": 4, "coupon": "MAY"}'
        (tmp_path / f"{at}.jsonl").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    assert not read(tmp_path, engine=engine).findings


KINDS = {
    "number": pa.array([1.0, 2.0, 3.5]),
    "text": pa.array(["1", "2", "x"]).dictionary_encode(),
    "date": pa.array([datetime.date(2026, 1, day) for day in (1, 2, 3)]),
    "boolean": pa.array([True, False, None]),
    "other": pa.array([[1], [2], [3]]),
}


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(KINDS, 2)])
def test_parquet_columns_of_two_types_are_read_as_text_and_told(engine, tmp_path, one, other):
    for at, kind in enumerate((one, other)):
        table = pa.table({"id": [3 * at + row for row in (1, 2, 3)], "Value" if at else "value": KINDS[kind]})
        pq.write_table(table, tmp_path / f"{at}.parquet")
    raw = read(tmp_path, engine=engine)
    (message,) = said(raw, "files-differ-in-types")
    words = {"number": "numbers", "text": "text", "date": "dates", "boolean": "true or false", "other": "other values"}
    assert message == (
        "1 column holds values of different types in different files, so that it is read as text: "
        f"value holds {words[one]} in 0.parquet, value holds {words[other]} in 1.parquet."
    )
    cells = raw.rows.query("select id, value from {rows} order by _row").to_pylist()
    assert [cell["id"] for cell in cells] == [1, 2, 3, 4, 5, 6]
    texts = {"number": ["1", "2", "3.5"], "text": ["1", "2", "x"], "date": ["2026-01-01", "2026-01-02", "2026-01-03"]}
    texts |= {"boolean": ["true", "false", None], "other": ["[1]", "[2]", "[3]"]}
    assert [cell["value"] for cell in cells] == texts[one] + texts[other]


def test_orders_whose_types_differ_by_file_lose_no_line_and_no_customer(engine, tmp_path):
    whole = pd.concat([purchases(100), purchases(200), purchases(300)])
    first, second, third = (whole[whole["order"] // 100 == at] for at in (1, 2, 3))
    texts = {"customer": third["customer"].astype(str), "total": third["total"].map("{:.2f} EUR".format)}
    parts = (first, second.assign(customer=second["customer"].astype(float)), third.assign(**texts))
    for at, frame in enumerate(parts):
        frame.to_parquet(tmp_path / f"{at}.parquet")
    raw = read(tmp_path, engine=engine)
    assert len(said(raw, "files-differ-in-types")) == 1
    orders = read_orders(raw)
    (sums,) = orders.rows.query(
        "select count(*) as lines, count(distinct customer_id) as customers, sum(amount) as money from {rows}"
    ).to_pylist()
    assert (sums["lines"], sums["customers"]) == (120, whole["customer"].nunique())
    assert float(sums["money"]) == pytest.approx(whole["total"].sum())


def test_a_file_that_is_a_copy_of_another_is_named(engine, tmp_path):
    write_days(tmp_path)
    (tmp_path / "day-2 (1).csv").write_bytes((tmp_path / "day-2.csv").read_bytes())
    raw = read(tmp_path, engine=engine)
    assert said(raw, "same-files") == [
        "1 of the files holds the same as another, byte for byte: day-2.csv (day-2 (1).csv)."
    ]
    assert raw.source.rows == 10 * 7


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_days_without_orders_are_no_copies(engine, tmp_path, encoding):
    for day in range(3):
        (tmp_path / f"day-{day}.csv").write_bytes(f"{NAMES}\r\n".encode(encoding))
    (tmp_path / "day-9.csv").write_bytes(
        f"{NAMES}\r\nc1,2024-05-09,x,1.00\r\nc2,2024-05-09,y,2.00\r\n".encode(encoding)
    )
    assert not said(read(tmp_path, engine=engine), "same-files")


def test_what_office_keeps_beside_an_open_workbook_is_no_table(engine, tmp_path):
    write_days(tmp_path)
    (tmp_path / "~$orders.xlsx").write_bytes(b"\x05user" + b"\0" * 160)
    assert read(tmp_path, engine=engine).source.rows == 9 * 7
