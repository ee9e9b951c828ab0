"""Every line of a text file is a row, a line that is left out, or a told part of a cell: in every encoding."""

from __future__ import annotations

import csv
import io
import random

import pytest

from clustera.check import check
from clustera.engines import Engine, identifier
from clustera.errors import InputError
from clustera.features import read_orders
from clustera.read import ReadOptions, read
from clustera.read.lines import count_lines
from clustera.read.spelling import encoding_of
from clustera.read.wide import wide_encoding, wide_lines
from clustera.texts import finding_message

WIDE = ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


@pytest.fixture
def rows_of(engine, tmp_path):
    """What is read of some bytes."""

    def rows(data, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return read(path, engine=engine, options=ReadOptions(**options))

    return rows


def table(rows=100, *, article="TV"):
    """id, article, age and spend, all different."""
    return [
        "id,article,age,spend",
        *(f"C{i:03d},{article} {i},{20 + i % 50},{i * 7919 % 1000}.50" for i in range(rows)),
    ]


def codes(raw):
    return {finding.code for finding in raw.findings}


def ids(raw):
    return raw.rows.query("select id from {rows} where id is not null")["id"].to_pylist()


@pytest.mark.parametrize("below", [1, 5, 39, 60])
@pytest.mark.parametrize(("column", "column_below"), [(1, 1), (1, 3), (3, 1), (0, 1)])
def test_a_stray_quote_and_an_inch_mark_below_it_take_no_row(rows_of, below, column, column_below):
    lines = table()
    lines[20] = ",".join(f'"{cell}' if at == column else cell for at, cell in enumerate(lines[20].split(",")))
    lines[20 + below] = ",".join(
        f'{cell}"' if at == column_below else cell for at, cell in enumerate(lines[20 + below].split(","))
    )
    raw = rows_of("\n".join(lines) + "\n")
    assert raw.source.rows == 100
    assert "stray-quotes" in codes(raw)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16", "utf-32-be"])
def test_a_stray_quote_takes_no_row_in_any_encoding(rows_of, encoding):
    lines = table(article="Fernseher für")
    lines[30], lines[60] = lines[30].replace("Fernseher", '"Fernseher'), lines[60].replace(",", '",', 2)
    assert rows_of("\n".join(lines).encode(encoding)).source.rows == 100


def test_the_row_of_a_stray_quote_is_told_by_its_number(rows_of):
    lines = table()
    lines[20], lines[25] = lines[20].replace("TV", '"TV'), lines[25].replace("TV 24", 'TV 24"')
    (finding,) = [one for one in rows_of("\n".join(lines)).findings if one.code == "stray-quotes"]
    assert finding.count == 1
    assert finding.examples[0][0] == 20


def test_a_note_of_several_lines_stays_one_cell_and_is_told(rows_of):
    lines = [f"{line},{'note' if at == 0 else 'fine'}" for at, line in enumerate(table())]
    lines[10] = lines[10].removesuffix("fine") + '"Dear all,\nthe set, no remote, came late.\nYours, Ann"'
    raw = rows_of("\n".join(lines))
    assert raw.source.rows == 100
    (finding,) = [one for one in raw.findings if one.code == "line-ends-in-cells"]
    assert finding.count == 1
    assert "2 line ends" in finding_message(finding)
    note = raw.rows.query("select note from {rows} where _row = 10")["note"][0].as_py()
    assert note == "Dear all,\nthe set, no remote, came late.\nYours, Ann"


@pytest.mark.parametrize("columns", [(0,), (1,), (4,), (0, 4), (0, 1, 4)])
@pytest.mark.parametrize("note", ["late\nparcel", "late\n\nno parcel\nat all"])
def test_a_text_of_several_lines_stays_one_cell_in_any_column(rows_of, columns, note):
    rows = [line.split(",") for line in table(60)]
    names, rows = [*rows[0], "note"], [[f"note {at % 7}", *row[1:], row[0]] for at, row in enumerate(rows[1:])]
    for at in range(9, 60, 10):
        for column in columns:
            rows[at][column] = note
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["note", *names[1:-1], "id"], *rows])
    raw = rows_of(text.getvalue())
    assert raw.source.rows == 60
    (finding,) = [one for one in raw.findings if one.code == "line-ends-in-cells"]
    assert finding.count == 6


def test_money_of_orders_behind_a_stray_quote_is_counted(rows_of):
    lines = ["customer_id,date,product,amount", *(f"C{i % 9},2024-03-{1 + i % 28:02d},TV {i},10.00" for i in range(90))]
    lines[10], lines[50] = lines[10].replace("TV", '"TV'), lines[50].replace(",10.00", '",10.00')
    orders = read_orders(rows_of("\n".join(lines)))
    assert orders.money.read == 90 * 1000
    assert "stray-quotes" in {finding.code for finding in orders.findings}


def test_an_order_line_with_a_cell_too_many_is_set_aside(rows_of):
    lines = ["customer_id,date,product,amount", *(f"C{i % 9},2024-03-{1 + i % 28:02d},TV,10.00" for i in range(90))]
    lines[10] = "C1,2024-03-02,TV, 40 inch,10.00"
    orders = read_orders(rows_of("\n".join(lines)))
    assert orders.quarantine.query("select row, code from {rows}").to_pylist() == [
        {"row": 10, "code": "unreadable-row"}
    ]
    assert orders.money.lines == 90


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("change", ["one more", "one less", "two less"])
def test_a_byte_too_many_or_too_few_costs_one_row_at_most(rows_of, encoding, change):
    lines = table(60)
    whole = "\n".join(lines).encode(encoding)
    draw = random.Random(f"{encoding} {change}")
    for _ in range(6):
        at = draw.randrange(len(lines[0]) * 4 + 8, len(whole))
        cut = {"one more": 0, "one less": 1, "two less": 2}[change]
        data = whole[:at] + (b"" if cut else bytes([draw.randrange(256)])) + whole[at + cut :]
        raw = rows_of(data, **({} if encoding in ("utf-16", "utf-32") else {"encoding": encoding}))
        assert len(set(ids(raw)) & {f"C{i:03d}" for i in range(60)}) >= 58
        assert raw.source.rows in (59, 60, 61)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_damaged_line_is_set_aside_with_its_text_and_told(rows_of, encoding):
    lines = table(60)
    whole = "\n".join(lines).encode(encoding)
    at = len("\n".join(lines[:30]).encode(encoding)) + 21
    raw = rows_of(whole[:at] + b"x" + whole[at:])
    assert "damaged-encoding" in codes(raw)
    (row,) = check(raw).quarantine.query("select row, code, text from {rows}").to_pylist()
    assert (row["row"], row["code"]) == (30, "unreadable-row")
    assert "C029" in row["text"] or "TV 29" in row["text"]


@pytest.mark.parametrize("script", ["Москва", "東京", "Ελλάδα", "नमस्ते", "بغداد", "😀"])
@pytest.mark.parametrize("encoding", WIDE)
def test_no_undamaged_line_of_any_script_is_called_damaged(rows_of, script, encoding):
    raw = rows_of("\n".join(table(40, article=script)).encode(encoding), encoding=encoding)
    assert raw.source.rows == 40
    assert "damaged-encoding" not in codes(raw)


@pytest.mark.parametrize(
    "mark", [b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_mark_of_another_encoding_is_not_believed(rows_of, mark, encoding):
    raw = rows_of(mark + "\n".join(table(40, article="für")).encode(encoding))
    assert ids(raw) == [f"C{i:03d}" for i in range(40)]


@pytest.mark.parametrize("giant", [0, 1, 10])
def test_a_line_longer_than_the_sample_behind_a_named_separator_is_a_line(rows_of, giant, monkeypatch):
    monkeypatch.setattr("clustera.read.text.SAMPLE_BYTES", 4_000)
    lines = ["customer_id;age;note", *(f"C{at:03d};{20 + at};short" for at in range(30))]
    lines[giant] += "x" * 9_000
    raw = rows_of("\n".join(["sep=;", *lines]).encode())
    assert raw.source.rows == 30
    with pytest.raises(InputError, match="is empty"):
        rows_of(b"sep=;\n")


def test_wide_text_is_known_by_its_zeros():
    text = "\n".join(table(20))
    assert [encoding_of(text.encode(name)) for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")] == [
        "utf-16-le",
        "utf-16-be",
        "utf-32-le",
        "utf-32-be",
    ]


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_signs_that_end_no_line_of_a_file_end_none_in_its_names(rows_of, sign):
    lines = ["Customers" + sign + "of May", *table(30)]
    raw = rows_of("\n".join(lines).encode())
    assert raw.source.rows == 30


def test_a_file_with_one_way_of_counting_lines_against_the_other_is_refused(rows_of, monkeypatch):
    from clustera.errors import InputError

    monkeypatch.setattr("clustera.read.text.count_lines", lambda file: (7, 0))
    with pytest.raises(InputError, match="lines, but") as refused:
        rows_of("\n".join(table(30)))
    assert refused.value.hint


def test_lines_are_counted_as_python_reads_them(tmp_path, monkeypatch):
    monkeypatch.setattr("clustera.read.lines.COUNTED", 7)
    draw = random.Random(3)
    path = tmp_path / "t"
    for _ in range(300):
        path.write_bytes(b"".join(draw.choice([b"a", b"\r", b"\n", b"\r\n", b"bc"]) for _ in range(draw.randrange(30))))
        with path.open(newline=None, encoding="ascii") as file:
            lines = list(file)
        with path.open("rb") as file:
            assert count_lines(file) == (len(lines), lines.count("\n"))


NAMES = ["{rows}", "{other}", "{}", "{rows", 'say "{rows}"', "it's {rows}", "a\0b", "_row", "_id", "_source", "rows", "select 1; --", "\x1b[31m",
    "\ud800x", "İ", "*", "%s"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_be_called_anything(rows_of, name):
    head = 'id,"' + name.replace('"', '""') + '",spend'
    lines = [head, *(f"C{i:03d},{i * 37 % 90},{i}.5" for i in range(40))]
    found = check(rows_of("\n".join(lines).encode("utf-8", "replace")))
    assert found.rows.count() == 40
    assert [column.distinct for column in found.columns] == [40, 40, 40]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_of_a_log_may_be_called_anything(rows_of, name):
    head = 'customer_id,date,amount,"' + name.replace('"', '""') + '"'
    lines = [head, *(f"C{i % 7},2024-01-{1 + i % 28:02d},{i}.50,x{i}" for i in range(1, 60))]
    assert read_orders(rows_of("\n".join(lines).encode("utf-8", "replace"))).money.lines == 59


@pytest.mark.parametrize(
    "key", ["", " ", "a/b", "~", "~1", "a.b", '"', "\\", "\n", "\0", "$", "[0]", "*", "{rows}", "ключ", "/"]
)
def test_a_json_key_may_be_anything(rows_of, key):
    import json

    items = [{"id": f"C{i}", key: i * 3, "deep": {key: i * 5, "": i * 7}} for i in range(20)]
    raw = rows_of("".join(json.dumps(item) + "\n" for item in items))
    columns = [name for name in raw.rows.columns if name not in ("_row", "id")]
    seen = raw.rows.query(f"select {', '.join(map(identifier, columns))} from {{rows}}").to_pylist()
    factors = (3, 5, 7) if key else (3, 7)
    assert [list(row.values()) for row in seen] == [[str(i * factor) for factor in factors] for i in range(20)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_two_wounds_in_one_line_of_a_wide_encoding_leave_the_rest_of_it_readable(encoding):
    mark, checked = "Q00AB12Z", 0
    words = ["Ann", "12.5", "Müller", "東京都", "Олег", "x y", '"a,b"', "2024-01-02"]
    for seed in range(60):
        draw = random.Random(seed)
        line = ",".join([*draw.choices(words, k=4), mark, *draw.choices(words, k=6)]).encode(encoding)
        for _ in range(2):
            at, size = draw.randrange(len(line)), draw.choice([1, 2, 3])
            line = draw.choice([line[:at] + line[at + size :], line[:at] + draw.randbytes(size) + line[at:]])
        if mark.encode(encoding) not in line:
            continue
        checked += 1
        end = "\n".encode(encoding)
        data = io.BytesIO(end.join(["one,two".encode(encoding), line, "last,line".encode(encoding), b""]))
        lines = list(wide_lines(data, wide_encoding(encoding, b""), limit=10_000))
        assert lines[0] == ("one,two\n", False)
        assert lines[-1] == ("last,line\n", False)
        assert mark in "".join(text for text, _ in lines)
    assert checked > 30
