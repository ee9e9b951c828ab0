"""The pages on reading and on findings say what is true: every code, every fix, every refusal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.check.conftest import customers
from tests.dirty_files import corpus

from clustera.check.options import FIXES
from clustera.texts import load_findings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "findings.md").read_text()
SOURCE = (
    "\n".join(
        file.read_text()
        for room in ("read", "check", "engines", "warehouse", "pipeline")
        for file in (ROOT / "src" / "clustera" / room).glob("*.py")
    )
    + (ROOT / "src" / "clustera" / "errors.py").read_text()
)

# What `read.choice.chosen` says of each thing that it is asked for.
for what in sorted(set(re.findall(r'what="([a-z]+)"', SOURCE))):
    SOURCE += f"\nholds {{2}} {what}s; has no {what} "


def documented():
    """Code -> the cells of its line, of the tables that have a column of severities."""
    lines = [
        [cell.strip() for cell in line.strip("| ").split(" | ")] for line in PAGE.splitlines() if line.startswith("| `")
    ]
    return {cells[0].strip("`"): cells for cells in lines if len(cells) == 5}


def test_every_finding_of_the_catalog_is_on_the_page():
    assert set(documented()) == set(load_findings())


def test_every_finding_has_its_rule_example_and_cure_on_the_page():
    for code, cells in documented().items():
        assert all(cells), code


def test_every_fix_is_on_the_page_and_no_other():
    table = PAGE[PAGE.index("| fix |") :].split("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE)) == set(FIXES)


# What the corpus of dirty files does not raise, raised here.
ROWS = customers(300).splitlines()
OTHERS = {
    "few-rows": (customers(20), {}),
    "heaping": ("\n".join([ROWS[0], *(re.sub(r",(\d)\d,(\d{5})", r",\g<1>0,\2", row) if n % 2 else row for n, row in enumerate(ROWS[1:]))]), {}),
    "ambiguous-numbers": (
        "id;paid\n" + "".join(f'{n};"{1 + n % 7},{n * 37 % 1000:03d}"\n' for n in range(60)), {}
    ),
    "sensitive": (customers(), {}),
    "unfilled": (customers().replace("1001,female,25,", "1001,female,,", 1), {"keep": ("missing-values",)}),
}  # fmt: skip
OTHERS["wrong-bounds"] = (customers().replace("age", "score (0-10)").replace("score\n", "visits\n"), {})
OTHERS["sensitive-descriptor"] = (customers().replace("gender", "religion"), {})
OTHERS["follows-from-others"] = (
    "\n".join(
        [
            ROWS[0] + ",loyalty",
            *(f"{row},{int(row.split(',')[3]) / 700 + float(row.split(',')[4])}" for row in ROWS[1:]),
        ]
    ),
    {},
)
OTHERS["unit-in-cells"] = (re.sub(r",(\d{5}),", r",\1.50 TL,", customers()), {})
OTHERS["amounts-owed"] = (
    re.sub(r",(\d{5}),", lambda found: f",{found[1]} {'CR' if '1' in found[1] else 'DR'},", customers()),
    {},
)
OTHERS["second-table"] = (customers() + "product,,price,stock,\nP1,,9.5,4,\nP2,,2.5,7,\n", {})
OTHERS["none-is-zero"] = (
    "\n".join([ROWS[0] + ",children", *(f"{row},{['none', 1, 2, 3][n % 4]}" for n, row in enumerate(ROWS[1:]))]),
    {},
)
ELSEWHERE = {
    "commas-in-numbers",
    "fewer-names",
    "other-names",
    "mixed-shares",
    "durations",
    "unread-figures",
    "missing-column",
    "several-sheets",
    "formulas-without-values",
    "merged-cells",
    "serial-days",
    "alike-feature",
    "noise-feature",
    "cut-off",
    "cut-off-files",
    "empty-files",
    "same-files",
    "files-not-read",
    "files-differ-in-dates",
    "date-orders",
    "dates-not-as-asked",
    "other-calendar",
    "files-differ-in-types",
    "files-lack-columns",
    "recognized-encoding",
}  # need an earlier run, a workbook, segments, an old encoding or several files: see test_fixes, test_shares_and_durations, test_noise_features and tests/read
# Raised by logs of orders, later months, forecasts, contracts and customers assigned later: see tests/features, tests/value, test_kept_definitions and test_predict_drift.
OF_ORDERS = {
    code
    for code, entry in load_findings().items()
    if entry["section"] in {"orders", "lines", "months", "value", "contracts", "later"} or code == "no-orders"
}


@pytest.mark.parametrize("code", sorted(OTHERS))
def test_the_finding_is_raised(checked, code):
    table, options = OTHERS[code]
    assert code in {finding.code for finding in checked(table, **options).findings}


def test_every_documented_finding_is_raised_by_some_file():
    raised = {code for dirty in corpus() for code in dirty.findings} | set(OTHERS) | ELSEWHERE | OF_ORDERS
    assert set(documented()) <= raised


def refusals():
    page = (ROOT / "docs" / "reading.md").read_text()
    table = page[page.index("| it says |") :].split("\n\n")[0].splitlines()[2:]
    return [said.strip() for line in table for said in line.strip("| ").split(" | ")[0].split(";")]


@pytest.mark.parametrize("said", refusals())
def test_what_the_page_says_of_a_refused_file_is_said_by_the_program(said):
    number = r"(?:[\d,]+|\{[^{}]*\})"
    pattern = number.join(re.escape(part) for part in re.split(r"\d[\d,]*", said))
    assert re.search(pattern, SOURCE)
