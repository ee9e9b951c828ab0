"""Encodings: named ones give the text that was written, an assumption is said."""

from __future__ import annotations

import io
import json
import random

import pytest

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.read import ReadOptions, read, wide
from clustera.texts import finding_message

CITIES = {
    "cp1250": ["Kraków", "Łódź", "Częstochowa"],
    "latin-2": ["Kraków", "Łódź", "Częstochowa"],
    "windows-1251": ["Москва", "Казань", "Самара"],
    "koi8-r": ["Москва", "Казань", "Самара"],
    "cp1253": ["Αθήνα", "Πάτρα", "Λάρισα"],
    "cp1254": ["İstanbul", "Eskişehir", "Muğla"],
    "mac-roman": ["München", "Genève", "Málaga"],
    "cp850": ["München", "Genève", "Málaga"],
    "shift-jis": ["東京", "大阪", "表示"],  # the last ends in a byte that is a backslash by itself
    "euc_jp": ["東京", "大阪", "札幌"],
    "gb18030": ["北京", "广州", "𠀀"],
    "big5": ["台北", "高雄", "功"],
    "euc-kr": ["서울", "부산", "대구"],
    "utf-16": ["東京", "Łódź", "Zoë"],
    "utf-32": ["東京", "Łódź", "Zoë"],
}


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def table(cities):
    return "id;city;spend\n" + "".join(f"{n};{cities[n % 3]};{n * 1.5}\n" for n in range(30))


def codes(raw):
    return {finding.code: finding.severity for finding in raw.findings}


@pytest.mark.parametrize("encoding", CITIES)
def test_a_named_encoding_gives_the_text_that_was_written(tmp_path, engine, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(table(CITIES[encoding]).encode(encoding.replace("latin-2", "iso8859-2")))
    raw = read(path, engine=engine, options=ReadOptions(encoding=encoding))
    found = raw.rows.query("select city, spend from {rows} order by _row limit 3").to_pylist()
    assert [row["city"] for row in found] == CITIES[encoding]
    assert found[1]["spend"] == "1.5"
    assert codes(raw) == {}


def test_what_was_assumed_is_said_with_rows(tmp_path, engine):
    path = tmp_path / "t.csv"
    path.write_bytes(table(["Lyon", "Genève", "Nice"]).encode("cp1252"))
    raw = read(path, engine=engine)
    assert codes(raw) == {"assumed-encoding": "note"}
    assert "letters such as è." in finding_message(raw.findings[0])
    row, text = raw.findings[0].examples[0]
    assert (raw.findings[0].count, row, json.loads(text)["city"]) == (10, 2, "Genève")


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "cp1253", "shift-jis", "gb18030", "big5", "euc-kr"])
def test_words_that_are_hardly_western_make_it_a_warning(tmp_path, engine, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(table(CITIES[encoding]).encode(encoding))
    raw = read(path, engine=engine)
    assert codes(raw) == {"assumed-encoding": "warning"}
    assert raw.source.rows == 30


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1250", "Číslo zákazníka;Datum;Celková cena"),
        ("cp1250", "Numer klienta;Data;Wartość"),
        ("cp1251", "Код клиента;Дата;Сумма"),
        ("cp1254", "Müşteri No;Tarih;Satış Tutarı"),
        ("cp1256", "رقم العميل;التاريخ;المبلغ"),
        ("shift_jis", "顧客番号;注文日;購入金額"),
        ("gb18030", "客户编号;日期;金额"),
        ("cp949", "고객번호;주문일;결제금액"),
        ("cp1252", "Numéro client;Date;Prénom"),
        ("cp1252", "Kundennummer;Währung;Größe"),
    ],
)
def test_the_names_of_columns_tell_the_encoding(tmp_path, engine, encoding, names):
    path = tmp_path / "t.csv"
    path.write_bytes(
        "\n".join([names, *(f"{line};2023-01-{line:02d};{line * 1.5}" for line in range(1, 29))]).encode(encoding)
    )
    raw = read(path, engine=engine)
    assert list(raw.shown_columns) == names.split(";")
    assert codes(raw) == {"assumed-encoding" if encoding == "cp1252" else "recognized-encoding": "note"}
    assert finding_message(raw.findings[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "ascii"])
def test_nothing_is_assumed_of_unicode_and_plain_letters(tmp_path, engine, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(table(["Lyon", "Nancy", "Nice"] if encoding == "ascii" else CITIES["utf-16"]).encode(encoding))
    assert codes(read(path, engine=engine)) == {}


@pytest.mark.parametrize("name", ["latin-99", "hex", "rot13"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path, engine, name):
    path = tmp_path / "t.csv"
    path.write_text(table(["a", "b", "c"]))
    with pytest.raises(InputError, match="no encoding"):
        read(path, engine=engine, options=ReadOptions(encoding=name))


@pytest.mark.parametrize("seed", range(12))
def test_a_long_line_that_is_damaged_in_several_places_loses_what_was_hit_alone(seed):
    # Between an odd byte and the next, all characters were decoded half a character off, which is valid text of no sense.
    draw = random.Random(seed)
    codec = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")[seed % 4]
    letters = ("abcdefgh {}:,0123456789", "x", "абвгдеж {}:", "日本語テキスト")[seed // 4 % 4]
    marks = [f"Q{number:06d}Z" for number in range(500)]
    text = ",".join(f'{{"{mark}": "{"".join(draw.choices(letters, k=draw.randint(1, 300)))}"}}' for mark in marks)
    data = bytearray(text.encode(codec))
    assert len(data) > wide.LONGEST
    places = sorted((draw.randrange(len(data)) for _ in range(4)), reverse=True)
    for number, at in enumerate(places):
        data[at : at + number % 2 * 3] = (
            b"" if number % 2 else bytes(draw.randrange(256) for _ in range(draw.randint(1, 5)))
        )
    read_ = "".join(
        line for line, _ in wide.wide_lines(io.BytesIO(data), wide.wide_encoding(codec, b""), limit=1 << 28)
    )
    assert sum(mark not in read_ for mark in marks) <= len(places)
