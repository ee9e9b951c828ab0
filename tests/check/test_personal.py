"""Nobody is told by name in a report: examples of findings hide what tells who a customer is."""

import json

import pytest
from tests.check.conftest import customers

from clustera.check import check
from clustera.check.personal import mask_personal, masked_row
from clustera.read import read
from clustera.records import Column
from clustera.texts import finding_cure


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ann@shop.example", "(e-mail)"),
        ("call <ann.b+news@mail.shop.example>, please", "call <(e-mail)>, please"),
        ("+49 170 1234567", "(phone)"),
        ("0170/1234567", "(phone)"),
        ("(030) 12 34 56 7", "(phone)"),
        ("2026-11-23 14:05", "2026-11-23 14:05"),
        ("05.11.2026", "05.11.2026"),
        ("0.123456789", "0.123456789"),
        ("-1,234,567.89", "-1,234,567.89"),
        ("C00417", "C00417"),
        ("half @ price", "half @ price"),
    ],
)
def test_addresses_and_numbers_are_hidden_and_nothing_else_is(text, shown):
    assert mask_personal(text) == shown


def test_a_row_is_shown_without_its_personal_cells():
    columns = [Column("name", "personal", "text", "Name"), Column("spend", "feature", "number", "Spend")]
    row = json.dumps({"_row": 3, "name": "Ann Example", "spend": "12", "note": None})
    assert masked_row(row, columns) == "spend 12"


def with_persons(text):
    head, *lines = text.splitlines()
    told = [f"{line},Ann Example{i},ann{i}@shop.example,+49 170 {5000000 + i}" for i, line in enumerate(lines)]
    return [f"{head},full_name,email,phone", *told]


def test_no_finding_tells_who_somebody_is(checked):
    lines = with_persons(customers())
    lines.append(lines[7])  # the same customer twice
    lines[3] = lines[3].replace(lines[3].split(",")[3], "ask ann2@shop.example", 1)  # income
    found = checked("\n".join(lines) + "\n")
    assert {"duplicate-row", "mixed-types"} <= {finding.code for finding in found.findings}
    assert any(finding.examples for finding in found.findings if finding.code == "duplicate-row")
    said = repr(found.findings)
    assert "@shop" not in said
    assert "Ann Example" not in said
    assert "+49" not in said


def test_rows_in_another_encoding_are_shown_without_names(engine, tmp_path):
    path = tmp_path / "t.csv"
    head, *lines = customers().splitlines()
    told = [f"{head},last_name,city", *(f"{line},Zoë{i},Köln" for i, line in enumerate(lines))]
    for data in ("\n".join(told).encode("cp1252"), "\n".join(told[:-1]).encode() + f"\n{told[-1]}\n".encode("cp1252")):
        path.write_bytes(data)
        found = check(read(path, engine=engine)).findings
        (odd,) = [finding for finding in found if finding.code in {"assumed-encoding", "mixed-encoding"}]
        assert "Köln" in odd.examples[0][1]
        assert "Zoë" not in repr(found)


def test_the_quarantine_keeps_the_row_as_it_stood(checked):
    lines = with_persons(customers())
    found = checked("\n".join([*lines, lines[7]]) + "\n")
    (row,) = found.quarantine.query("select text from {rows}").to_pylist()
    assert "ann6@shop.example" in row["text"]


@pytest.mark.parametrize("column", ["religion", "ethnicity", "disability"])
def test_what_is_specially_protected_is_flagged_even_where_it_only_describes(checked, column):
    found = checked(customers().replace("gender", column))
    (flag,) = [finding for finding in found.findings if finding.code == "sensitive-descriptor"]
    assert flag.column == column
    assert "Do not choose a segment, an offer or a price by it" in finding_cure(flag)
