"""JSON that is damaged anywhere: it is refused with the place, or every record is a row or a row that is told."""

from __future__ import annotations

import json
import random
import re

import pytest

from clustera.engines import Engine, identifier
from clustera.errors import InputError
from clustera.read import read

PLACE = re.compile(r"damaged JSON: in line \d+ at position \d+ ")
MARK = re.compile(r"Q[0-9A-F]{6}Z")


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def records(draw: random.Random, role: str) -> list[dict]:
    wide = draw.choice([0, 0, 300, 6000])
    names = {
        "customers": ("customer_id", "age", "city", "spend"),
        "orders": ("order_id", "customer_id", "order_date", "amount"),
    }[role]
    return [
        {
            names[0]: f"Q{draw.randrange(16**6):06X}Z",
            names[1]: f"C{draw.randint(1, 9)}" if role == "orders" else draw.randint(18, 80),
            names[2]: "2024-03-0" + str(draw.randint(1, 9)) if role == "orders" else draw.choice(["Köln", "東京", ""]),
            names[3]: draw.choice([1.5, 20, None]),
            **({"profile": {"tags": ["a", "b"], "deep": {"n": 1}}} if draw.random() < 0.3 else {}),
            **({"x" * wide: 1} if wide else {}),
        }
        for _ in range(draw.randint(4, 40))
    ]


def written(draw: random.Random, items: list[dict]) -> str:
    shape = draw.choice(["lines", "list", "indented", "line by line", "wrapped", "wrapped and indented"])
    indent = draw.choice([1, 2, 4, "\t"])
    if shape == "lines":
        return "".join(json.dumps(item) + "\n" for item in items)
    if shape == "line by line":
        return "[" + ",\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "]\n"
    whole = {"count": len(items), "data": items} if shape.startswith("wrapped") else items
    return json.dumps(whole, indent=indent if "indented" in shape else None, ensure_ascii=draw.random() < 0.5)


def damaged(draw: random.Random, data: bytes) -> bytes:
    junk = draw.choice([b"\xff\xfe", b"\xfe\xff", b"\0", b"\x1a", b"#", b"x", b"!!", b"}", b"\xef\xbb\xbf\xff"])
    cut = draw.choice([1, 1, 2, 3, 10, 40])
    at = draw.randrange(len(data) // 4, len(data))
    return draw.choice(
        [
            junk + data, data[draw.choice([1, 1, 2, 3, 5]) :], data[:-cut], data[:at],
            data[:at] + data[at + cut :], data[:at] + junk + data[at:], data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :],
            data[:at] + data[at - min(cut, at) :], data + junk, data + data[: len(data) // 3],
        ]
    )  # fmt: skip


@pytest.mark.parametrize("role", ["customers", "orders"])
@pytest.mark.parametrize("part", range(3))
def test_damaged_json_is_refused_with_its_place_or_loses_no_record(tmp_path, engine, part, role):
    for seed in range(40 * part, 40 * part + 40):
        draw = random.Random(f"{role} {seed}")
        text = written(draw, records(draw, role))
        path = tmp_path / draw.choice(["t.json", "t.jsonl", "export.txt", "t.csv"])
        path.write_bytes(wounded := damaged(draw, text.encode()))
        refused, raw = "", None
        try:
            raw = read(path, engine=engine, role=role)
        except InputError as error:
            refused = str(error)
        if raw is None:
            assert PLACE.search(refused) or "is JSON, but" in refused, (seed, refused)
            assert "Hint: " in refused
            continue
        assert raw.source.format == "jsonl", seed
        cells = ", ".join(f"cast({identifier(name)} as varchar)" for name in raw.rows.columns)
        seen = raw.rows.query(f"select concat_ws(' ', {cells}) as text from {{rows}}")["text"].to_pylist()
        assert set(MARK.findall(wounded.decode(errors="replace"))) <= set(MARK.findall(" ".join(seen))), seed


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("shape", ["list", "wrapped"])
def test_bytes_lost_and_put_in_behind_swallow_no_record_of_wide_json(tmp_path, engine, encoding, shape):
    items = [{"id": f"Q{at:06X}Z", "note": "x" * 20, "city": "Köln"} for at in range(60)]
    whole = json.dumps(items if shape == "list" else {"data": items}, ensure_ascii=False).encode(encoding)
    draw = random.Random(f"{encoding} {shape}")
    path, read_whole = tmp_path / "t.json", 0
    for _ in range(8):
        lost, put_in = sorted(draw.sample(range(64, len(whole)), 2))
        path.write_bytes(wounded := whole[:lost] + whole[lost + 1 : put_in] + b"a" + whole[put_in:])
        assert len(wounded) == len(whole)
        refused, raw = "", None
        try:
            raw = read(path, engine=engine)
        except InputError as error:
            refused = str(error)
        if raw is None:
            assert PLACE.search(refused)
            continue
        read_whole += 1
        found = raw.rows.query("select * from {rows}").to_pylist()
        assert len({row.get("id") for row in found} & {item["id"] for item in items}) >= 58
        assert len(found) >= 59
        assert "damaged-encoding" in {finding.code for finding in raw.findings}
    assert read_whole > 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('x[{"id": 1}, {"id": 2}]', "line 1 at position 1 a value is missing"),
        ('[\n {"id": 1},\n {"id" 2}\n]', "line 3 at position 8 a colon is missing"),
        ('[{"id": 1}\n {"id": 2}]', "line 2 at position 2 a comma or a closing bracket is missing"),
        ('{"data": [{"id": 1}, {"id": 2', "line 1 at position 29 a comma|the file ends"),
        ('{"id": 1},\n{"id": 2},\n{"id": 3}]', "line 1 at position 10 more follows"),
    ],
)
def test_the_place_where_json_breaks_is_told(tmp_path, engine, text, place):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(InputError, match=place):
        read(tmp_path / "t.json", engine=engine)


def test_a_table_with_json_in_its_cells_stays_a_table(tmp_path, engine):
    (tmp_path / "t.csv").write_text('id;notes\n1;{"a": 1, "b": 2}\n2;{"a": 2, "b": 3}\n3;{"a": 2, "b": 3}\n')
    assert read(tmp_path / "t.csv", engine=engine).source.format == "csv"
    (tmp_path / "t.csv").write_text('props,id\n"{""a"": 1}",1\n"{""a"": 2}",2\n"{""a"": 3}",3\n')
    assert read(tmp_path / "t.csv", engine=engine).source.format == "csv"


def test_a_list_in_a_named_encoding_is_read(tmp_path, engine):
    from clustera.read import ReadOptions

    (tmp_path / "t.json").write_bytes('[{"id": 1, "city": "Genève"}]'.encode("cp1252"))
    rows = read(tmp_path / "t.json", engine=engine, options=ReadOptions(encoding="cp1252")).rows
    assert rows.query("select city from {rows}").to_pylist() == [{"city": "Genève"}]


@pytest.mark.parametrize("text", ["[]", " [ ]\n"])
def test_an_empty_list_holds_no_customers(tmp_path, engine, text):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(InputError, match="holds no JSON objects"):
        read(tmp_path / "t.json", engine=engine)


BY_COLUMNS = {"id": [*range(20)], "spend": [at * 1.5 for at in range(20)]}
ROWS_OF_CELLS = [["id", "spend"], *zip(*BY_COLUMNS.values(), strict=True)]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("whole", "said"),
    [
        (BY_COLUMNS, "by columns"),
        ({name: dict(enumerate(cells)) for name, cells in BY_COLUMNS.items()}, "by columns"),
        ({f"C{at}": {"spend": at} for at in range(20)}, "by names of rows"),
        ({"columns": ["id", "spend"], "data": ROWS_OF_CELLS[1:]}, "by columns"),
        (ROWS_OF_CELLS, "no list of objects"),
    ],
)
def test_a_table_in_another_form_of_json_is_refused_for_its_form(tmp_path, engine, whole, said, indent):
    path = tmp_path / "t.json"
    path.write_text(json.dumps(whole, indent=indent), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read(path, engine=engine)


def test_lines_of_lists_are_no_table_of_text(tmp_path, engine):
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS_OF_CELLS)), encoding="utf-8")
    with pytest.raises(InputError, match="no list of objects"):
        read(path, engine=engine)


def test_one_customer_with_long_lists_and_objects_of_its_own_stays_a_row(tmp_path, engine):
    lone = {"id": 1, "orders": [{"n": at} for at in range(12)], "refunds": [{"n": at} for at in range(12)]}
    lone |= {"profile": {f"p{at}": at for at in range(12)}, "stats": {f"s{at}": at for at in range(12)}}
    path = tmp_path / "t.json"
    path.write_text(json.dumps(lone), encoding="utf-8")
    assert read(path, engine=engine).rows.count() == 1
