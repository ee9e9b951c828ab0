"""Of every suppression list it is told how many entries match nobody, whatever else the list holds."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera.audiences import Suppression, masked_text, read_suppression
from clustera.audiences.contacts import contact_table
from clustera.cli import app
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.records import Contact, ExportColumn, SuppressionFile
from clustera.texts import cells_text, suppression_sentence


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


def spelled(number, how):
    """The address of a customer as somebody writes it."""
    address = f"c{number}@shop.example"
    return [address, f" {address.upper()} ", f"Ann Lee <{address}>", f"c{number}+news@shop.example"][how]


@settings(max_examples=40)
@given(
    contacts=st.sets(st.integers(0, 9)),
    listed=st.lists(st.tuples(st.integers(0, 14), st.integers(0, 3)), min_size=1, max_size=12),
    garbage=st.integers(0, 2),
)
def test_every_row_matches_somebody_or_is_told(engine, contacts, listed, garbage):
    cells = [spelled(*one) for one in listed] + ["call again"] * min(garbage, 1)
    notes = [f"row {at}" for at in range(len(listed))] + ["x"] * min(garbage, 1)
    rows = engine.arrow(pa.table({"email": cells, "note": ["" for _ in notes]}))
    one = read_suppression(rows, source="stop.csv")
    together = Suppression() | one
    for number in contacts:
        together.names(Contact(str(number), f"c{number}@shop.example"))
    different = {cell.strip() for cell in cells if "@" in cell}
    missed = {
        cell for cell in different if not any(cell in {spelled(n, h).strip() for h in range(4)} for n in contacts)
    }
    assert len(one.entries) == len(different)
    assert set(together.unmatched(one)) == missed
    assert len(one.unread) == min(garbage, 1)


def test_a_row_with_an_old_address_matches_by_its_id(engine):
    rows = engine.arrow(pa.table({"customer id": ["7", "8"], "email": ["old@shop.example", "other@shop.example"]}))
    one = read_suppression(rows, source="stop.csv")
    together = Suppression() | one
    assert together.has_id("7")
    assert together.unmatched(one) == ["other@shop.example"]


@given(st.text(max_size=60))
def test_what_is_shown_of_an_entry_does_not_say_who_it_is(text):
    masked = masked_text(text)
    words = [word for word in re.findall(r"\w+", text) if len(word) > 1]
    assert not any(word in masked for word in words if not masked.startswith(text[:6] + "...") and "_" not in word)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SuppressionFile("s.csv", 1, 1), "s.csv: 1 entry. It matches, and this customer or contact is kept out of the list."),
        (SuppressionFile("s.csv", 2, 2), "s.csv: 2 entries. All match, and these customers and contacts are kept out of the list."),
        (SuppressionFile("s.csv", 3, 2, 0, ("b**@s***.e******",)), "s.csv: 3 entries. 1 of them matches nobody in the contacts or the audience: b**@s***.e******. All others are kept out of the list."),
        (SuppressionFile("s.csv", 4, 2, 0, ("a", "b")), "s.csv: 4 entries. 2 of them match nobody in the contacts or the audience, such as a, b. All others are kept out of the list."),
        (SuppressionFile("s.csv", 2, 2, 1, ("c***",)), "s.csv: 2 entries. All match, and these customers and contacts are kept out of the list. 1 more row has no recognized id, address, number or hash (c***)."),
    ],
)  # fmt: skip
def test_the_sentence_counts_what_matches_nobody(file, sentence):
    assert suppression_sentence(file) == sentence


@given(st.lists(st.sampled_from([*"abcdeghikl", "yes", "no", "", "2024-01-01", "ja"]), min_size=1, max_size=80))
def test_all_kinds_of_cells_of_consent_are_counted(engine, cells):
    count = len(cells)
    rows = engine.arrow(
        pa.table({"id": list(map(str, range(count))), "email": ["a@b.example"] * count, "consent": cells})
    )
    customers = engine.arrow(pa.table({"id": list(map(str, range(count)))}))
    table = contact_table(rows, source="crm.csv", customers=customers, named={})
    (told,) = [column for column in table.described() if column.field == "consent"]
    assert sum(n for _, n, _ in told.cells) + sum(n for *_, n in told.others) == count
    assert len(told.cells) + sum(kinds for _, kinds, _ in told.others) == len(set(cells))
    understood = sum(n for _, n, said in told.cells if said == "yes") + sum(n for s, _, n in told.others if s == "yes")
    assert understood == sum(cell in ("yes", "2024-01-01", "ja") for cell in cells)


def test_other_kinds_of_cells_are_said_with_their_number():
    column = ExportColumn("consent", "ok", (("yes", 9, "yes"),), (("no", 1, 3), ("not clear", 4, 1200)))
    assert cells_text(column) == "yes: yes (9); 1 other kind of cell: no (3); 4 other kinds of cells: not clear (1,200)"


# ---- By command -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    draw = np.random.default_rng(3)
    ids = [f"K{n}" for n in range(60)]
    table = pd.DataFrame({"customer_id": ids, "spend": draw.lognormal(3, 1, 60), "visits": draw.poisson(6, 60)})
    with clustera.segment(table, id="customer_id", k=2, progress=False, threads=1) as seg:
        seg.publish(folder / "runs", name="may")
    crm = pd.DataFrame({"customer_id": ids, "email": [f"c{n}@shop.example" for n in range(60)], "consent": "yes"})
    with pd.ExcelWriter(folder / "crm.xlsx") as book:
        pd.DataFrame({"About": ["from the shop"], "n": [1]}).to_excel(book, sheet_name="Read me", index=False)
        crm.to_excel(book, sheet_name="People", index=False)
    with pd.ExcelWriter(folder / "stop.xlsx") as book:
        pd.DataFrame({"email": ["c0@shop.example", "gone@shop.example"]}).to_excel(book, sheet_name="May", index=False)
        pd.DataFrame({"email": ["c1@shop.example"]}).to_excel(book, sheet_name="June", index=False)
        pd.DataFrame({"topic": ["notes"], "text": ["nothing here"]}).to_excel(book, sheet_name="Notes", index=False)
    return folder


def say(shop, *words):
    result = CliRunner().invoke(app, ["audience", *map(str, words), "--runs", str(shop / "runs")])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_all_sheets_of_a_workbook_are_read_and_counted(shop):
    asked = ["everyone", "--contacts", shop / "crm.xlsx", "--for", "klaviyo", "--suppress", shop / "stop.xlsx"]
    said = say(shop, "count", *asked)
    assert (
        "stop.xlsx#May: 2 entries. 1 of them matches nobody in the contacts or the audience: g***@s***.e******" in said
    )
    assert "stop.xlsx#June: 1 entry. It matches" in said
    assert "2 customers of the audience are left out because a suppression list has them" in said
    assert "crm.xlsx: sheet 'People' is read for the contacts. Not read: 'Read me'." in said
    assert f"--contacts '{'crm.xlsx#Read me'}'" in said


def test_one_sheet_alone_is_read_where_it_is_named(shop):
    asked = ["everyone", "--contacts", shop / "crm.xlsx", "--for", "klaviyo"]
    said = say(shop, "count", *asked, "--suppress", f"{shop / 'stop.xlsx'}#June")
    assert "1 customer of the audience is left out" in said
    assert "gone" not in said


def test_a_workbook_without_any_entry_is_refused(engine):
    with pytest.raises(InputError, match="no recognized id"):
        read_suppression(engine.arrow(pa.table({"a": ["x"], "b": ["y"]})), source="s.csv")
