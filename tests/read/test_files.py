"""A folder or a pattern of files is one table."""

import gzip
import os
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clustera
from clustera.check import check
from clustera.engines import Engine
from clustera.errors import InputError, SetupError
from clustera.read import read
from clustera.read.files import files_of
from clustera.texts.accounting import files_sentence

NAMES = "customer_id,order_date,amount"


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


def daily(folder, n=12, end="\n", names=NAMES):
    for day in range(1, n + 1):
        lines = [names, *(f"{line},2023-05-{day:02d},{day}.{line}0" for line in range(1, 4))]
        (folder / f"2023-05-{day:02d}.csv").write_text("\n".join(lines) + end, encoding="utf-8")


def rows(raw):
    return raw.rows.query("select _row, customer_id, order_date, amount from {rows} order by _row").to_pylist()


def expected(n=12):
    return [
        {
            "_row": 3 * (day - 1) + line,
            "customer_id": f"{line}",
            "order_date": f"2023-05-{day:02d}",
            "amount": f"{day}.{line}0",
        }
        for day in range(1, n + 1)
        for line in range(1, 4)
    ]


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("pattern", ["", "*.csv", "2023-??-*.csv"])
def test_daily_files_are_read_as_one_log_in_the_order_of_their_names(engine, tmp_path, end, pattern):
    daily(tmp_path, end=end)
    raw = read(str(tmp_path / pattern) if pattern else tmp_path, engine=engine)
    assert rows(raw) == expected()
    assert raw.source.spelling["files"] == 12


@pytest.mark.parametrize("above", ["Export of orders\n\n", "sep=,\n", "sep=;\n", "\n"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_files_with_a_line_above_their_names_are_matched_by_these(engine, tmp_path, above, end):
    cut = ";" if ";" in above else ","
    for day in range(1, 13):
        # From the fourth day on the columns stand in another order.
        order = ("customer_id", "order_date", "amount") if day < 4 else ("amount", "customer_id", "order_date")
        lines = [
            {"customer_id": f"{line}", "order_date": f"2023-05-{day:02d}", "amount": f"{day}.{line}0"}
            for line in range(1, 4)
        ]
        text = "\n".join([cut.join(order), *(cut.join(line[name] for name in order) for line in lines)])
        (tmp_path / f"2023-05-{day:02d}.csv").write_text(above + text + end, encoding="utf-8")
    raw = read(tmp_path, engine=engine)
    assert rows(raw) == expected()
    assert raw.source.rows == 36


def test_a_text_of_two_lines_in_the_last_row_is_no_cut_line(engine, tmp_path):
    daily(tmp_path, end="", names=f"{NAMES},note,city")
    for path in tmp_path.iterdir():
        names, *lines = path.read_text(encoding="utf-8").splitlines()
        text = "\n".join(
            [names, *(f"{line},fine,Ulm" for line in lines[:-1]), f'{lines[-1]},"late ""again""\nno parcel",Ulm']
        )
        path.write_text(text, encoding="utf-8")
    raw = read(tmp_path, engine=engine)
    assert rows(raw) == expected()
    assert {finding.code for finding in raw.findings} == {"line-ends-in-cells"}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_names_of_columns_that_differ_in_capitals_are_one(engine, tmp_path, kind):
    daily(tmp_path, names=NAMES)
    for day in range(4, 13):
        path = tmp_path / f"2023-05-{day:02d}.csv"
        text = path.read_text(encoding="utf-8").replace(NAMES, "Customer_ID,ORDER_DATE,Amount")
        path.write_text(text, encoding="utf-8")
        if kind == "parquet" and day % 2:
            pd.read_csv(path, dtype=str).to_parquet(path)
    raw = read([str(path) for path in sorted(tmp_path.iterdir())], engine=engine)
    assert rows(raw) == expected()
    assert not raw.findings


def test_files_without_names_that_begin_alike_lose_no_line(engine, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"7,12.50,Ulm\n8,3.50,{name}\n" + "9,4.50,Bonn\n" * 9, encoding="utf-8")
    assert read(tmp_path, engine=engine).source.rows == 22


def test_a_list_of_files_is_one_table_in_its_order_whatever_their_kinds(engine, tmp_path):
    daily(tmp_path)
    first, second, *_ = sorted(tmp_path.glob("*.csv"))
    other = tmp_path / "second.parquet"
    pd.read_csv(second, dtype=str).to_parquet(other)
    for second_file in (second, other):
        raw = read([second_file, str(first)], engine=engine)
        assert [row["amount"] for row in rows(raw)] == ["2.10", "2.20", "2.30", "1.10", "1.20", "1.30"]
        assert raw.source.spelling["files"] == 2
        assert raw.source.name == f"{second_file.name} and 1 more"
    assert rows(read([first], engine=engine)) == rows(read(first, engine=engine))


@pytest.mark.parametrize(
    ("more", "said"), [("2023-05-01.csv", "is given twice"), ("postgresql://db/crm", "Only files can be read together")]
)
def test_files_that_cannot_be_one_table_are_refused(engine, tmp_path, more, said):
    daily(tmp_path)
    with pytest.raises(InputError, match=said):
        read([tmp_path / "2023-*.csv", more if "://" in more else tmp_path / more], engine=engine)


def test_files_with_other_columns_are_matched_by_name(engine, tmp_path):
    (tmp_path / "a.csv").write_text("customer_id,amount\n1,2.50\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("amount;order_date;customer_id\n3,50;2023-05-02;2\n", encoding="utf-8")
    raw = read(tmp_path, engine=engine)
    assert [(row["customer_id"], row["order_date"], row["amount"]) for row in rows(raw)] == [
        ("1", None, "2.50"), ("2", "2023-05-02", "3,50"),
    ]  # fmt: skip


def test_parquet_files_with_other_columns_are_matched_by_name(engine, tmp_path):
    pd.DataFrame({"id": [1, 2], "age": [30, 40]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"age": [50.5], "id": [3], "city": ["Ulm"]}).to_parquet(tmp_path / "b.parquet")
    rows = read(tmp_path, engine=engine).rows.query("select * exclude _row from {rows} order by _row").to_pylist()
    assert [(row["id"], row["age"], row["city"]) for row in rows] == [(1, 30, None), (2, 40, None), (3, 50.5, "Ulm")]
    pd.DataFrame({"sku": [7]}).to_parquet(tmp_path / "c.parquet")
    with pytest.raises(InputError, match=r"c\.parquet has no column of a\.parquet"):
        read(tmp_path, engine=engine)


TYPES = (
    pa.time64("ns"), pa.time64("us"), pa.timestamp("ns", tz="Europe/Berlin"), pa.duration("us"), pa.decimal128(38, 0), pa.uint64(),
)  # fmt: skip


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_a_column_of_any_type_takes_no_table_down(engine, tmp_path, kind):
    odd = pa.array(range(60), pa.int64()).cast(kind)
    keys = [f"C{at}" for at in range(60)]
    pq.write_table(
        pa.table({"customer_id": keys, "spend": [at**1.5 for at in range(60)], "odd": odd}), tmp_path / "a.parquet"
    )
    checked = check(read(tmp_path / "a.parquet", engine=engine))
    assert checked.balance.read == checked.rows.count() == 60


@pytest.mark.parametrize("damage", [b"PAR1xxxxPAR1", b"PAR1", "cut", "footer", "page"])
def test_a_damaged_parquet_file_is_refused_with_a_cure_or_read(engine, tmp_path, damage):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"id": range(500), "age": [30.5] * 500, "note": ["x" * (n % 9) for n in range(500)]}).to_parquet(path)
    whole = path.read_bytes()
    wounded = {
        "cut": whole[:-40],
        "footer": whole[:-12] + b"\xff" * 4 + whole[-8:],
        "page": whole[:60] + b"\xff" * 40 + whole[100:],
    }
    path.write_bytes(damage if isinstance(damage, bytes) else wounded[damage])
    refused = None
    try:
        raw = read(path, engine=engine)
        checked = check(raw)
    except InputError as error:
        refused = error
    if refused:
        assert refused.hint
    else:
        assert raw.source.rows == 500 == checked.balance.read


def test_packed_files_of_a_folder_are_unpacked(engine, tmp_path):
    daily(tmp_path, n=2)
    for file in list(tmp_path.iterdir()):
        (tmp_path / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert rows(read(tmp_path, engine=engine)) == expected(2)


def test_empty_and_hidden_files_are_left_alone(engine, tmp_path):
    daily(tmp_path, n=2)
    (tmp_path / "2023-05-03.csv").touch()
    (tmp_path / ".notes.csv").write_text("x", encoding="utf-8")
    (tmp_path / "readme.md").write_text("x", encoding="utf-8")
    assert rows(read(tmp_path, engine=engine)) == expected(2)


@pytest.mark.parametrize("hidden", [".2023-05-02.csv", "~$2023-05-02.csv", "._2023-05-01.csv", ".kept/2023-05-09.csv"])
def test_a_pattern_leaves_hidden_files_alone_as_a_folder_does(engine, tmp_path, hidden):
    daily(tmp_path, n=2)
    (tmp_path / hidden).parent.mkdir(exist_ok=True)
    (tmp_path / hidden).write_bytes((tmp_path / "2023-05-01.csv").read_bytes())
    for place in ("*.csv", "**/*.csv", "*2023*", ""):
        assert rows(read(tmp_path / place, engine=engine)) == expected(2)
    asked = "~$*.csv" if hidden.startswith("~") else ".*/*.csv" if "/" in hidden else ".*.csv"
    assert read(tmp_path / asked, engine=engine).source.rows == len(expected(1))


def test_a_link_that_leads_nowhere_is_refused_by_its_name_alone_in_a_folder_and_in_a_pattern(engine, tmp_path):
    daily(tmp_path, n=2)
    (tmp_path / ".#2023-05-01.csv").symlink_to("ann@host.3")  # as an editor marks a file that is open
    assert rows(read(tmp_path / "*.csv", engine=engine)) == expected(2)
    (tmp_path / "2023-05-03.csv").symlink_to("unmounted/may.csv")
    for place in ("2023-05-03.csv", "*.csv", ""):
        with pytest.raises(
            InputError, match=r"2023-05-03\.csv is a link to unmounted/may\.csv, where there is no file"
        ):
            read(tmp_path / place, engine=engine)


def test_a_file_whose_name_begins_with_a_tilde_is_that_file(engine, tmp_path, monkeypatch):
    daily(tmp_path, n=1)
    (tmp_path / "2023-05-01.csv").rename(tmp_path / "~may.csv")
    monkeypatch.chdir(tmp_path)
    assert rows(read("~may.csv", engine=engine)) == expected(1)


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(engine, tmp_path):
    daily(tmp_path, n=2)
    (tmp_path / "2023-05-*.csv").write_text(f"{NAMES}\n9,2023-05-09,9.00\n", encoding="utf-8")
    assert rows(read(tmp_path / "2023-05-*.csv", engine=engine))[0]["customer_id"] == "9"


@pytest.mark.parametrize(("place", "said"), [("", "holds no table"), ("*.csv", "No file fits the pattern")])
def test_a_place_without_tables_is_refused(engine, tmp_path, place, said):
    with pytest.raises(InputError, match=said):
        read(str(tmp_path / place) if place else tmp_path, engine=engine)


@pytest.mark.parametrize("seed", range(4))
def test_the_files_that_were_read_are_kept_by_name_with_rows_where_counted_apart(engine, tmp_path, seed):
    """Against what pandas reads of each file: CSV files with the same line of names are counted together."""
    rng = np.random.default_rng(seed)
    count, form = int(rng.integers(1, 5)), rng.choice(["csv", "parquet"])
    for at in range(count):
        n = int(rng.integers(1, 9))
        part = pd.DataFrame({"customer_id": range(n), "order_date": "2024-03-05", "amount": rng.integers(1, 99, n)})
        part = part.rename(columns={"amount": f"amount {at}"}) if rng.random() < 0.5 else part
        to = tmp_path / f"orders {at}.{form}"
        part.to_csv(to, index=False) if form == "csv" else part.to_parquet(to, index=False)
    paths = sorted(tmp_path.iterdir())
    made = [pd.read_csv(path) if form == "csv" else pd.read_parquet(path) for path in paths]
    named = [tuple(part.columns) for part in made]
    raw = read(tmp_path / f"*.{form}", engine=engine)
    assert [name for name, _ in raw.source.files] == [path.name for path in paths]
    for (_, rows), part, columns in zip(raw.source.files, made, named, strict=True):
        assert rows in ({len(part)} if named.count(columns) == 1 else {len(part), None})
    told = files_sentence(raw.source)
    assert all(path.name in told for path in paths)


def test_the_method_page_lists_the_files_that_were_read(tmp_path):
    rng = np.random.default_rng(2)
    people = pd.DataFrame({"customer_id": range(60), "age": rng.integers(18, 80, 60), "spend": rng.gamma(2, 50, 60)})
    people[:40].to_csv(tmp_path / "people north.csv", index=False)
    people[40:].rename(columns={"age": "Age"}).to_csv(tmp_path / "people south.csv", index=False)
    seg = clustera.segment(tmp_path / "people*.csv", k=3, progress=False)
    again = clustera.load(seg.save(tmp_path / "run"))
    assert again.outcome.source.files == seg.outcome.source.files
    told = files_sentence(seg.outcome.source)
    assert re.fullmatch(r"Files read: people north\.csv( \(40 rows\))?, people south\.csv( \(20 rows\))?\.", told)
    assert told in (tmp_path / "run" / "method.html").read_text(encoding="utf-8")


@pytest.fixture
def months(tmp_path):
    """A folder with a file, and a folder in it with another."""
    (tmp_path / "log" / "2024").mkdir(parents=True)
    (tmp_path / "log" / "a.csv").write_text("id,spend\n1,5\n")
    (tmp_path / "log" / "2024" / "b.csv").write_text("id,spend\n2,6\n")
    return tmp_path / "log"


def test_what_lies_behind_a_link_to_a_folder_is_read_once(months, tmp_path):
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "c.csv").write_text("id,spend\n3,7\n")
    for link, target in (
        ("2023", tmp_path / "archive"),
        ("before", tmp_path / "archive"),
        ("latest", "2024"),
        ("round", "."),
    ):
        (months / link).symlink_to(target, target_is_directory=True)
    assert [file.relative_to(months).as_posix() for file in files_of(months)] == [
        "2023/c.csv",
        "2024/b.csv",
        "a.csv",
    ]


@pytest.mark.parametrize("asked", ["", "*/*.csv", "**/*.csv", "20*/b.csv"])
def test_a_folder_that_may_not_be_read_is_named_and_not_passed_over(months, monkeypatch, asked):
    closed, listed, allowed = str(months / "2024"), os.scandir, os.access

    def scandir(place):
        if str(place) == closed:
            raise PermissionError(13, "Permission denied", closed)
        return listed(place)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "access", lambda place, mode: str(place) != closed and allowed(place, mode))
    with pytest.raises(SetupError, match="2024 can't be read: no permission"):
        files_of(months / asked)


def test_a_closed_folder_of_the_file_system_itself_stops_nothing(months, monkeypatch):
    (months / "lost+found").mkdir()
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda place, mode: "lost+found" not in str(place) and allowed(place, mode))
    assert [file.name for file in files_of(months)] == ["b.csv", "a.csv"]
    assert [file.name for file in files_of(months / "*/*.csv")] == ["b.csv"]
