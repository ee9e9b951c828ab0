"""Of several files that are one table, those that are empty, cut off or have other columns are named, and no sale is lost quietly."""

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
