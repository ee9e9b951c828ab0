"""Every automatic fix can be switched off, and what was switched off or decided is remembered."""

from __future__ import annotations

import pytest
from tests.check.conftest import customers

from clustera.check import CheckOptions, check
from clustera.check.options import FIXES
from clustera.errors import InputError
from clustera.read import read
from clustera.settings import gather_settings
from clustera.texts import finding_cure


def codes(checked):
    return {finding.code for finding in checked.findings}


def role(checked, name):
    return next(column.role for column in checked.columns if column.name == name)


def with_column(name, cell):
    head, *lines = customers().splitlines()
    return "\n".join([f"{head},{name}", *(f"{line},{cell(n)}" for n, line in enumerate(lines))]) + "\n"


# For each fix: a table that it mends, and what shows that it was not mended.
BROKEN = {
    "brackets": (
        with_column("children", lambda n: ("0-1", "2-3", "4+")[n % 3]),
        lambda checked, values: role(checked, "children") == "descriptor" and "4+" in values(checked, "children"),
    ),
    "category-spelling": (
        with_column("city", lambda n: ("Lyon", "LYON", "Paris", "Lyon")[n % 4]),
        lambda checked, values: set(values(checked, "city")) == {"Lyon", "LYON", "Paris"},
    ),
    "code-or-quantity": (
        with_column("Store", lambda n: 7 * (n * 37 % 59)),
        lambda checked, values: role(checked, "Store") == "feature",
    ),
    "double-encoding": (
        with_column("city", lambda n: ("Lyon", "KÃ¶ln", "Paris")[n % 3]),
        lambda checked, values: set(values(checked, "city")) == {"Lyon", "KÃ¶ln", "Paris"},
    ),
    "footer": (customers() + "Total,,44,55,66\n", lambda checked, values: checked.balance.segmented == 61),
    "impossible-values": (
        customers().replace("1001,female,25,", "1001,female,127,", 1),
        lambda checked, values: values(checked, "age")[0] == 127,
    ),
    "leaked-label": (
        with_column("cluster", lambda n: n % 5),
        lambda checked, values: role(checked, "cluster") == "feature",
    ),
    "missing-values": (
        customers().replace("1001,female,25,", "1001,female,,", 1),
        lambda checked, values: (
            checked.quarantine.query("select row, code from {rows}").to_pylist() == [{"row": 1, "code": "unfilled"}]
        ),
    ),
    "near-duplicate": (
        with_column("income_twice", lambda n: 2 * (20000 + (n + 1) * 613 % 70000)),
        lambda checked, values: role(checked, "income_twice") == "feature",
    ),
    "sentinel": (
        customers().replace(",20613,", ",999999,", 1),
        lambda checked, values: values(checked, "income")[0] == 999999,
    ),
}


DRAWN = {"noise-feature"}  # found when segments are drawn: see tests/test_noise_features.py


def test_the_tables_below_cover_every_fix():
    assert set(BROKEN) | DRAWN == set(FIXES)


@pytest.mark.parametrize("code", sorted(BROKEN))
def test_a_fix_is_said_and_can_be_switched_off(checked, values, code):
    table, unmended = BROKEN[code]
    mended = checked(table)
    assert code in codes(mended)
    assert not unmended(mended, values)
    assert f"keep={code}" in next(finding_cure(finding) for finding in mended.findings if finding.code == code)
    left = checked(table, keep=(code,))
    assert unmended(left, values)
    assert code not in codes(left)


@pytest.mark.parametrize("code", ["sentinel", "impossible-values", "missing-values", "brackets", "double-encoding"])
def test_a_fix_switched_off_stays_off_for_later_tables(checked, values, code):
    table, unmended = BROKEN[code]
    columns = checked(table, keep=(code,)).columns
    assert unmended(checked(table, like=columns), values)


def test_what_is_no_fix_is_refused_with_the_list():
    with pytest.raises(InputError, match=r"sentinels is no automatic fix \(did you mean sentinel\?\).*brackets, "):
        gather_settings(keep="sentinels,brackets")


def test_the_id_set_aside_as_such_uses_every_row(checked):
    table = customers() + "1005,male,77,1,2\n,male,30,4,5\n" + customers().splitlines()[3] + "\n"
    assert checked(table).balance.quarantined == 4
    assert checked(table, exclude=("customer_id",)).balance.quarantined == 0


@pytest.fixture
def again(engine, tmp_path):
    """Check a table as a later run does that is made like an earlier one."""

    def run(table, before, **options):
        path = tmp_path / "again.csv"
        path.write_text(table)
        return check(read(path, engine=engine), options=CheckOptions(**options), before=before)

    return run


def roles(checked):
    return {column.name: column.role for column in checked.columns}


def test_a_run_like_an_earlier_one_keeps_its_roles(checked, again):
    first = checked(customers(), features=("score", "income"), descriptors=("age",), exclude=("gender",))
    table = with_column("visits", lambda n: n % 7)
    later = again(table, first.columns)
    assert roles(later) == {**roles(first), "visits": "descriptor"}
    reasons = {column.name: column.reason.code for column in later.columns}
    assert reasons["age"] == "earlier-role"
    assert reasons["visits"] == "other-features-before"


def test_what_the_caller_says_outweighs_the_earlier_run(checked, again):
    first = checked(customers(), features=("score", "income"))
    assert roles(again(customers(), first.columns, features=("age", "score")))["income"] in {"ignored", "descriptor"}
    assert roles(again(customers(), first.columns, exclude=("income",)))["income"] == "ignored"


def test_a_descriptor_that_is_gone_is_noted(checked, again):
    first = checked(customers())
    head, *lines = (line.split(",") for line in customers().splitlines())
    without = "\n".join(",".join(cells[:1] + cells[2:]) for cells in [head, *lines]) + "\n"
    for later in (again(without, first.columns), checked(without, like=first.columns)):
        note = next(finding for finding in later.findings if finding.code == "missing-column")
        assert (note.severity, note.column) == ("note", "gender")


def test_a_feature_that_is_gone_is_refused(checked, again):
    first = checked(customers())
    with pytest.raises(InputError, match="lacks 'income'"):
        again(customers().replace("income", "revenue", 1), first.columns)
