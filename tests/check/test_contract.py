from __future__ import annotations

import io

import pandas as pd
import pytest
from tests.check.conftest import customers

import clustera
from clustera.check.contract import (
    Contract,
    contract_from_toml,
    contract_of,
    contract_toml,
    hold_against_contract,
    stop_on_findings,
)
from clustera.errors import FindingsError, InputError


def broken(checked, text, contract):
    return {finding.code: finding for finding in hold_against_contract(checked(text), contract)}


def test_a_table_keeps_its_own_contract(checked):
    result = checked(customers())
    assert hold_against_contract(result, contract_of(result)) == []


def test_a_contract_survives_its_toml(checked):
    text = customers().replace("score", 'Score "A" (1-100)', 1).replace('Score "A" (1-100)', '"Score ""A"" (1-100)"', 1)
    contract = contract_of(checked(text))
    assert contract_from_toml(contract_toml(contract)) == contract


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        (lambda text: text.replace("income", "revenue", 1), "contract-missing-column", "income"),
        (
            lambda text: text.replace("score", "score,new", 1).replace("\n", ",1\n").replace("new,1", "new", 1),
            "contract-new-column",
            "new",
        ),
        (lambda text: text.replace("female", "divers", 1), "contract-category", "gender"),
        (lambda text: text.replace(",20613,", ",99999999.5,", 1), "contract-range", "income"),
        (lambda text: "".join(line + "\n" for line in text.splitlines()[:20]), "contract-rows", None),
    ],
)
def test_a_later_table_is_held_against_the_contract(checked, change, code, column):
    contract = contract_of(checked(customers()))
    finding = broken(checked, change(customers()), contract)[code]
    assert finding.column == column


def test_a_column_that_empties_breaks_the_contract(checked):
    contract = contract_of(checked(customers()))
    head, *lines = customers().splitlines()
    cut = [line.rsplit(",", 1)[0] + "," if n < 10 else line for n, line in enumerate(lines)]
    assert broken(checked, "\n".join([head, *cut]), contract)["contract-missing-values"].count == 10


def test_numbers_that_turn_into_words_break_the_contract(checked):
    contract = contract_of(checked(customers()))
    head, *lines = customers().splitlines()
    words = [line.rsplit(",", 1)[0] + (",low" if n % 2 else ",high") for n, line in enumerate(lines)]
    assert broken(checked, "\n".join([head, *words]), contract)["contract-type"].column == "score"


def test_the_contract_keeps_the_roles(checked):
    contract = contract_of(checked(customers(), features=("score", "income"), exclude=("gender",)))
    options = contract.options(["customer_id", "gender", "age", "income", "score"])
    assert (options.id, options.features, options.exclude) == ("customer_id", ("income", "score"), ("gender", "age"))


def test_what_is_no_contract_is_refused():
    for text in ("x = ", "fewest_rows = 3", "[columns.a]\nfoo = 1\n"):
        with pytest.raises(InputError, match="can't be read"):
            contract_from_toml(text)


def test_strict_stops_on_warnings_and_names_them(checked):
    result = checked(customers().replace(",20613,", ",-5,", 1))
    with pytest.raises(FindingsError, match=r"impossible-values"):
        stop_on_findings(result.findings)
    stop_on_findings(checked(customers()).findings)


def test_an_empty_contract_promises_nothing(checked):
    codes = {finding.code for finding in hold_against_contract(checked(customers()), Contract(0, 10**9, ()))}
    assert codes == {"contract-new-column"}


def test_a_role_of_the_contract_is_told_as_such_and_ids_that_it_promises_are_needed(checked, tmp_path):
    path, text = tmp_path / "contract.toml", customers()
    path.write_text(contract_toml(contract_of(checked(text))), encoding="utf-8")
    table = pd.read_csv(io.StringIO(text))
    key = table.columns[0]
    seg = clustera.segment(table, k=2, contract=path, id=key, progress=False)
    reasons = {column.name: column.reason.code for column in seg.outcome.columns}
    assert reasons[key] == "asked"
    assert reasons["age"] == "contract-role"
    with pytest.raises(InputError, match="missing-id"):
        clustera.segment(table.assign(**{key: None}), k=2, contract=path, progress=False)
