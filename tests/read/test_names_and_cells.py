"""Values stand under their own names: where a file's lines and its names do not fit together, that is told or left out."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from clustera.check import check
from clustera.engines import Engine
from clustera.features import read_orders
from clustera.read import other_names, read

NAMES = ["customer_id", "age", "visits", "spend"]
ORDER_NAMES = ["order_id", "customer_id", "date", "amount", "quantity"]


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


def _customers(rows=60):
    chance = random.Random(5)
    return [
        {
            "customer_id": str(7001 + 3 * at),
            "age": str(chance.randint(18, 80)),
            "visits": str(chance.randint(0, 50)),
            "spend": f"{chance.lognormvariate(5, 1):.2f}",
        }
        for at in range(rows)
    ]


def _orders(rows=120):
    chance = random.Random(6)
    return [
        {
            "order_id": f"A{5000 + at}",
            "customer_id": f"K{100 + chance.randrange(20)}",
            "date": f"2023-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            "amount": f"{chance.lognormvariate(3, 1):.2f}",
            "quantity": str(chance.randint(1, 4)),
        }
        for at in range(rows)
    ]


def _lines(rows, names, separator=","):
    return [separator.join(names), *(separator.join(row[name] for name in names) for row in rows)]


def _told(raw):
    return {finding.code for finding in raw.findings}


def _checked(raw):
    found = check(raw)
    used = {row["_id"]: row for row in found.rows.query("select * from {rows}").to_pylist()}
    return used, Counter(found.quarantine.query("select code from {rows}")["code"].to_pylist())


@pytest.mark.parametrize("behind", [False, True])
def test_commas_of_decimals_without_quotes_are_told_whatever_the_ids_are(engine, tmp_path, behind):
    path = tmp_path / "table.csv"
    rows = [
        row | {"customer_id": str(at), "spend": row["spend"].replace(".", ",")}
        for at, row in enumerate(_customers(), 1)
    ]
    rows = [row | {"visits": f"{row['visits']},50"} for row in rows] if behind else rows
    path.write_text("\n".join(_lines(rows, NAMES)) + "\n")
    assert "fewer-names" in _told(read(path, engine=engine))


def test_a_comma_in_a_name_without_quotes_is_told(engine, tmp_path):
    path = tmp_path / "table.csv"
    lines = [f"{at},Doe, Ann{at},{20 + at % 50},{at * 7 % 90}" for at in range(1, 61)]
    path.write_text("\n".join(["customer_id,name,age,spend", *lines]) + "\n")
    assert "fewer-names" in _told(read(path, engine=engine))


@pytest.mark.parametrize("end", ["", ","])
def test_row_numbers_of_r_and_separators_at_the_end_of_lines_are_nothing_to_tell(engine, tmp_path, end):
    path = tmp_path / "table.csv"
    names, *lines = _lines(_customers(), NAMES)
    below = [f"{line}," if end else f"{at},{line}" for at, line in enumerate(lines, 1)]
    path.write_text("\n".join([names, *below]) + "\n")
    raw = read(path, engine=engine)
    assert "fewer-names" not in _told(raw)
    used, _ = _checked(raw)
    assert {key: f"{row['spend']:.2f}" for key, row in used.items()} == {
        row["customer_id"]: row["spend"] for row in _customers()
    }


@pytest.mark.parametrize("names", [["spend", "customer_id", "visits", "age"], ["customer_id", "spend", "age"]])
@pytest.mark.parametrize("back", [False, True])
def test_customers_below_names_in_other_places_are_left_out_and_the_others_keep_their_values(
    engine, tmp_path, names, back
):
    rows, path = _customers(), tmp_path / "table.csv"
    lines = [*_lines(rows[:30], NAMES), *_lines(rows[30:45], names), *(_lines(rows[45:], NAMES) if back else [])]
    path.write_text("\n".join(lines) + "\n")
    used, left = _checked(read(path, engine=engine))
    kept = rows[:30] + (rows[45:] if back else [])
    assert left == Counter({"other-names": 16} | ({"repeated-header": 1} if back else {}))
    assert {key: (row["age"], row["visits"], row["spend"]) for key, row in used.items()} == {
        row["customer_id"]: (float(row["age"]), float(row["visits"]), float(row["spend"])) for row in kept
    }


def test_orders_below_names_in_other_places_are_left_out_with_a_reason(engine, tmp_path):
    rows, path = _orders(), tmp_path / "orders.csv"
    other = ["order_id", "date", "quantity", "customer_id", "amount"]
    path.write_text("\n".join([*_lines(rows[:100], ORDER_NAMES), *_lines(rows[100:], other)]) + "\n")
    orders = read_orders(read(path, engine=engine, role="orders"))
    left = Counter(orders.quarantine.query("select code from {rows}")["code"].to_pylist())
    assert left == {"other-names": 21}
    amounts = orders.rows.query(
        "select amount from {rows} order by _row" if "_row" in orders.rows.columns else "select amount from {rows}"
    )
    assert sorted(map(float, amounts["amount"].to_pylist())) == sorted(float(row["amount"]) for row in rows[:100])


def test_cells_that_are_names_of_columns_too_are_no_line_of_names(engine, tmp_path):
    chance, path = random.Random(2), tmp_path / "table.csv"
    colors = ["red", "blue", "green"]
    lines = [f"{at},{','.join(str(chance.randint(0, 9)) for _ in colors)},{chance.choice(colors)}" for at in range(60)]
    path.write_text("\n".join(["id,red,blue,green,favorite", *lines]) + "\n")
    assert not _checked(read(path, engine=engine))[1]


def test_a_customer_without_numbers_whose_other_cells_are_names_of_columns_costs_no_other_customer(engine, tmp_path):
    chance, path = random.Random(2), tmp_path / "table.csv"
    lines = [f"C{at},{','.join(chance.sample(['web', 'shop'], 2))},{at % 7},{at % 5},{at}" for at in range(60)]
    lines[20] = "C20,web,shop,,,"
    path.write_text("\n".join(["id,preferred,second,web,shop,spend", *lines]) + "\n")
    used, left = _checked(read(path, engine=engine))
    assert (len(used), left) == (59, {"no-values": 1})


@pytest.mark.parametrize("gaps", [1, 4])
def test_a_line_parted_by_blanks_that_lacks_a_cell_is_left_out(engine, tmp_path, gaps):
    rows, path = _customers(), tmp_path / "table.txt"
    written = [row | {"visits": ""} if at < gaps else row for at, row in enumerate(rows)]
    path.write_text(
        "\n".join(
            "".join(f"{row[name]:<14}" for name in NAMES) for row in [dict(zip(NAMES, NAMES, strict=True)), *written]
        )
        + "\n"
    )
    used, left = _checked(read(path, engine=engine))
    assert left == {"unreadable-row": gaps}
    assert {key: row["spend"] for key, row in used.items()} == {
        row["customer_id"]: float(row["spend"]) for row in rows[gaps:]
    }


@pytest.mark.parametrize(
    "titles",
    [
        ["Period,2024-01-01,to,2024-12-31"],
        ["Company,Acme,Ltd,"],
        ["Shop,Acme,12,", "Period,2024,,2025"],
        ["Report, by Ann, of May"],
    ],
)
def test_lines_with_gaps_above_the_names_are_no_names(engine, tmp_path, titles):
    path = tmp_path / "table.csv"
    names = [*NAMES, "rebate", "rating"]
    rows = [row | {"rebate": "0.5", "rating": str(at % 5)} for at, row in enumerate(_customers())]
    above = [title + "," * (5 - title.count(",")) if "Report" not in title else title for title in titles]
    path.write_text("\n".join([*above, *_lines(rows, names)]) + "\n")
    raw = read(path, engine=engine)
    assert list(raw.shown_columns) == names
    assert len(_checked(raw)[0]) == 60


@pytest.mark.parametrize("ids", ["Ann{}", "C{}", "{}"])
def test_a_period_above_three_columns_is_no_row(engine, tmp_path, ids):
    lines = [
        f"{ids.format(chr(97 + at % 26) * (at // 26 + 1) if 'Ann' in ids else at)},{at * 1.25},{at % 7}"
        for at in range(60)
    ]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["Period,2024-01-01,", "customer,spend,visits", *lines]) + "\n")
    raw = read(path, engine=engine)
    assert (raw.source.rows, list(raw.shown_columns)) == (60, ["customer", "spend", "visits"])


@pytest.mark.parametrize("nothing", ["NA", "unknown"])
def test_a_first_row_of_words_below_fewer_names_than_cells_is_a_row(engine, tmp_path, nothing):
    lines = [
        f"K{chr(97 + at % 26)}{chr(97 + at // 26)},{20 + at if at else nothing},{'gold' if at % 3 else 'silver'}"
        for at in range(60)
    ]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["spend,plan", *lines]) + "\n")
    raw = read(path, engine=engine)
    assert (raw.source.rows, list(raw.shown_columns)[1:]) == (60, ["spend", "plan"])


def test_remarks_behind_some_rows_move_no_values_under_other_names(engine, tmp_path):
    lines = [f"C{at},{at % 50 + 18},{at * 7},{'' if at % 5 else 'asked for Tom'}" for at in range(60)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["id,age,spend", *lines]) + "\n")
    table = read(path, engine=engine)
    assert [finding.values["case"] for finding in table.findings if finding.code == "fewer-names"] == ["behind"]
    used, left = _checked(table)
    assert not left
    assert {key: (row["age"], row["spend"]) for key, row in used.items()} == {
        f"C{at}": (at % 50 + 18, at * 7) for at in range(60)
    }


@pytest.mark.parametrize("spend", ["{},50", "-{}", "{} €"])
def test_amounts_in_any_spelling_show_that_a_line_is_none_of_names(engine, tmp_path, spend):
    channels, path = ["email", "phone"], tmp_path / "table.csv"
    lines = [f"{channels[at % 2]};{channels[at % 3 % 2]};;;{spend.format(at + 1)}" for at in range(60)]
    path.write_text("\n".join(["first;second;email;phone;spend", *lines]) + "\n")
    assert "other-names" not in _checked(read(path, engine=engine))[1]


@pytest.mark.parametrize(("rows", "marked"), [(50, True), (51, False)])
def test_where_many_rows_begin_with_names_these_are_values(engine, tmp_path, monkeypatch, rows, marked):
    monkeypatch.setattr(other_names, "MOST", 50)
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["first;second;email;phone", *["email;phone;yes;no"] * rows]) + "\n")
    assert ("_extra" in read(path, engine=engine).rows.columns) is marked
