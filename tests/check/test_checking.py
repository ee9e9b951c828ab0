from __future__ import annotations

import json
import random

import pandas as pd
import polars as pl
import pytest
from tests.check.conftest import customers

from clustera.errors import InputError
from clustera.texts import column_reason, finding_message, finding_rule


def codes(checked, severity=None):
    return [finding.code for finding in checked.findings if severity in {None, finding.severity}]


def roles(checked):
    return {column.name: column.role for column in checked.columns}


def with_line(text, number, line):
    lines = text.splitlines()
    lines[number] = line
    return "\n".join(lines) + "\n"


def test_a_tidy_table_needs_no_option_and_has_no_warning(checked):
    result = checked(customers())
    assert roles(result) == {
        "customer_id": "id",
        "gender": "descriptor",
        "age": "feature",
        "income": "feature",
        "score": "feature",
    }
    assert codes(result) == ["sensitive"]
    assert (result.balance.read, result.balance.segmented, result.balance.quarantined) == (60, 60, 0)


def test_the_checked_rows_have_the_columns_that_the_record_promises(checked):
    types = checked(customers()).rows.columns
    assert types == {
        "_row": "BIGINT",
        "_id": "VARCHAR",
        "_key": "UBIGINT",
        "gender": "VARCHAR",
        "age": "DOUBLE",
        "income": "DOUBLE",
        "score": "DOUBLE",
    }


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_a_frame_and_a_file_give_the_same_values_and_keys(checked, make):
    text = customers()
    lines = [line.split(",") for line in text.split()]
    frame = pd.DataFrame(lines[1:], columns=lines[0])
    typed = frame.astype({"customer_id": float, "age": int, "income": float, "score": int})
    from_file, from_frame = checked(text), checked(make(typed.to_dict("list")))
    assert from_file.rows.arrow().equals(from_frame.rows.arrow())


def test_the_order_of_the_rows_changes_no_value_and_no_key(checked):
    text = customers()
    head, *lines = text.splitlines()
    random.Random(1).shuffle(lines)
    shuffled = "\n".join([head, *lines]) + "\n"
    query = "select * exclude (_row) from {rows} order by _id"
    assert checked(text).rows.query(query).equals(checked(shuffled).rows.query(query))


def test_a_missing_value_keeps_its_row(checked, values):
    result = checked(with_line(customers(), 1, "1001,female,,20613,38"))
    assert values(result, "age")[0] is None
    assert result.balance.quarantined == 0
    assert "missing-values" in codes(result, "note")


def test_a_row_without_any_feature_is_set_aside_with_its_text(checked):
    result = checked(with_line(customers(), 3, "1003,male,,,"))
    row = result.quarantine.query("select * from {rows}").to_pylist()[0]
    assert (row["row"], row["id"], row["code"]) == (3, "1003", "no-values")
    assert json.loads(row["text"])["gender"] == "male"
    assert result.balance.closes


def test_of_equal_rows_the_first_stays(checked):
    text = customers()
    result = checked(text + text.splitlines()[5] + "\n")
    assert result.quarantine.query("select row, code from {rows}").to_pylist() == [{"row": 61, "code": "duplicate-row"}]


def test_rows_of_one_id_that_contradict_each_other_are_all_set_aside(checked):
    result = checked(customers() + "1005,male,77,1,2\n")
    found = result.quarantine.query("select row, code from {rows}").to_pylist()
    assert found == [{"row": 5, "code": "duplicate-id"}, {"row": 61, "code": "duplicate-id"}]
    assert result.balance.segmented == 59


def test_a_row_without_id_is_set_aside(checked):
    result = checked(with_line(customers(), 2, ",female,30,20000,5"))
    assert result.quarantine.query("select row, code from {rows}").to_pylist() == [{"row": 2, "code": "missing-id"}]


def test_a_line_with_too_many_cells_is_set_aside(checked):
    result = checked(with_line(customers(), 2, "1002,female,30,20000,5,1003,male,31,20000,5"))
    assert result.quarantine.query("select row, code from {rows}").to_pylist() == [{"row": 2, "code": "unreadable-row"}]
    assert result.balance.closes


def test_a_repeated_header_and_a_footer_are_no_customers(checked):
    text = customers()
    head = text.splitlines()[0]
    result = checked(with_line(text, 30, head) + "Total,,2000,900000,3000\n")
    found = result.quarantine.query("select row, code from {rows}").to_pylist()
    assert found == [{"row": 30, "code": "repeated-header"}, {"row": 61, "code": "footer"}]


def test_the_largest_and_the_smallest_below_numbers_are_no_customers_and_among_names_max_is_one(checked):
    below = "Max,,70,90000,99\nMin:,,18,15000,1\nAverage,,40,50000,50\nStd. Dev.,,9,12000,20\n75%,,51,60000,70\n"
    assert (
        checked(customers() + below).quarantine.query("select code from {rows}")["code"].to_pylist() == ["footer"] * 5
    )
    names = [
        f"{first}{second}"
        for first in ("Al", "Bo", "Cy", "Di", "Ed", "Flo")
        for second in ("an", "el", "in", "o", "us")
    ]
    lines = [f"{name},{at + 20},{at * 7 % 31}" for at, name in enumerate([*names, "Max"])]
    assert checked("\n".join(["customer,age,visits", *lines])).balance.segmented == 31


def test_slovak_answers_are_yes_and_no(checked):
    lines = [f"{at},{at + 20},{'Áno' if at % 3 else 'Nie'}" for at in range(100, 130)]
    result = checked("\n".join(["id,age,member", *lines]))
    found = result.rows.query("select member from {rows} order by _row")["member"].to_pylist()
    assert found == ["yes" if at % 3 else "no" for at in range(100, 130)]


def test_a_total_of_nines_is_nobodys_unknown(checked):
    result = checked(customers() + "Total,,2000,9999999,3000\n")
    assert "footer" in codes(result)
    assert "sentinel" not in codes(result)


@pytest.mark.parametrize("impossible", ["-3", "0", "127"])
def test_an_impossible_age_is_read_as_missing_and_said(checked, values, impossible):
    result = checked(with_line(customers(), 1, f"1001,female,{impossible},20613,38"))
    assert values(result, "age")[0] is None
    finding = next(finding for finding in result.findings if finding.code == "impossible-values")
    assert (finding.column, finding.count, finding.examples) == ("age", 1, ((1, impossible),))


@pytest.mark.parametrize("cell", ["1e39", "1e300", "9" * 40, "-1e16"])
@pytest.mark.parametrize("keep", [(), ("impossible-values",)])
def test_a_number_that_nobody_can_count_with_is_read_as_missing(checked, values, cell, keep):
    table = customers().replace("score", "points", 1)
    result = checked(with_line(table, 1, f"1001,female,30,20613,{cell}"), keep=keep)
    assert values(result, "points")[0] is None
    finding = next(finding for finding in result.findings if finding.code == "impossible-values")
    assert (finding.column, finding.count, finding_rule(finding)) == (
        "points",
        1,
        "no number of a customer is beyond 10^15",
    )
    told = checked(
        with_line(table, 1, f"1001,female,30,20613,{cell}"), features=("age", "income"), descriptors=("points",)
    )
    assert "impossible-values" not in codes(told)  # what only describes is a word


def test_numbers_that_are_all_beyond_measure_form_no_segments(checked):
    lines = customers().splitlines()
    stamped = [f"{line},{1_700_000_000_000_000_000 + 977 * at}" for at, line in enumerate(lines[1:])]
    column = next(c for c in checked("\n".join([f"{lines[0]},seen_at", *stamped])).columns if c.name == "seen_at")
    assert column.role in {"ignored", "date"}


def test_a_number_that_stands_for_unknown_is_read_as_missing(checked, values):
    result = checked(with_line(customers(), 1, "1001,female,30,999999,38"))
    assert values(result, "income")[0] is None
    assert "sentinel" in codes(result)
    kept = checked(with_line(customers(), 1, "1001,female,30,999999,38"), keep=("sentinel",))
    assert values(kept, "income")[0] == 999999


def test_the_bounds_in_a_name_hold(checked, values):
    text = customers().replace("score", "Score (1-100)", 1)
    result = checked(with_line(text, 1, "1001,female,30,20613,380"))
    assert values(result, "Score (1-100)")[0] is None


def test_brackets_become_midpoints(checked, values):
    brackets = ["19-24", "25-34", "35-44", "45-54", "55-64", "65+"]
    lines = [f"{n},{brackets[n % 6]},{n * 7 % 50}" for n in range(1, 61)]
    result = checked("id,age,spend\n" + "\n".join(lines))
    assert set(values(result, "age")) == {21.5, 29.5, 39.5, 49.5, 59.5, 69.5}  # 65 + half of 64 - 55
    assert "brackets" in codes(result, "note")


def test_a_word_among_numbers_is_missing_with_a_finding(checked, values):
    result = checked(with_line(customers(), 1, "1001,female,thirty,20613,38"))
    assert values(result, "age")[0] is None
    finding = next(finding for finding in result.findings if finding.code == "mixed-types")
    assert finding.examples == ((1, "thirty"),)
    assert "the first is 'thirty'" in finding_message(finding)


@pytest.mark.parametrize("word", ["N/A", "unknown", "#DIV/0!", "-", "null", "nan"])
def test_words_for_no_value_are_missing_without_a_complaint(checked, values, word):
    result = checked(with_line(customers(), 1, f"1001,female,{word},20613,38"))
    assert values(result, "age")[0] is None
    assert "mixed-types" not in codes(result)


def test_gender_coded_as_numbers_describes_and_forms_nothing(checked):
    text = customers().replace("female", "1").replace("male", "0")
    assert roles(checked(text))["gender"] == "descriptor"


@pytest.mark.parametrize(
    ("name", "cell", "role"),
    [
        ("zip_code", lambda n: 10000 + n * 377 % 80000, "ignored"),
        ("store_id", lambda n: n % 4, "descriptor"),
        ("postcode", lambda n: f"0{n % 7}123", "descriptor"),
        ("cluster", lambda n: n % 5, "descriptor"),
        ("email", lambda n: f"a{n}@b.com", "personal"),
        ("last_name", lambda n: f"Name{n % 30}", "personal"),
        ("latitude", lambda n: 50 + n / 100, "ignored"),
        ("renewal", lambda n: f"2024-01-{1 + n % 28:02d}", "date"),
        ("joined", lambda n: f"2024-01-{1 + n % 28:02d}", "feature"),
        ("last_login", lambda n: f"2024-01-{1 + n % 28:02d}", "feature"),
        ("last_login_days", lambda n: 1 + n % 28, "feature"),
        ("year_joined", lambda n: 2010 + n % 12, "descriptor"),
        ("branch_num", lambda n: 1 + n % 9, "descriptor"),
        ("store_visits", lambda n: 1 + n % 9, "feature"),
        ("churn_score", lambda n: n * 37 % 100 / 100, "ignored"),
        ("propensity", lambda n: n * 37 % 100 / 100, "ignored"),
        ("predicted_value", lambda n: n * 37 % 100 / 100, "ignored"),
        ("risk_score", lambda n: 1 + n % 9, "descriptor"),
        ("card", lambda n: 4_000_000_000 + n * 7_919_111, "ignored"),
        ("country", lambda n: "Chile", "constant"),
        ("children", lambda n: n % 4, "feature"),
        ("rating", lambda n: 1 + n % 5, "feature"),
        ("member", lambda n: "yes" if n % 2 else "no", "descriptor"),
        ("row", lambda n: n + 1, "ignored"),
        ("comment", lambda n: f"free text number {n}", "ignored"),
    ],
)
def test_roles_follow_their_rules(checked, name, cell, role):
    head, *lines = customers().splitlines()
    text = "\n".join([f"{head},{name}", *(f"{line},{cell(n)}" for n, line in enumerate(lines))])
    result = checked(text)
    assert roles(result)[name] == role
    assert all(column_reason(column) for column in result.columns)


def test_every_guess_can_be_overruled(checked):
    result = checked(customers(), features=("score", "income"), descriptors=("age",), exclude=("gender",))
    assert roles(result) == {
        "customer_id": "id",
        "gender": "ignored",
        "age": "descriptor",
        "income": "feature",
        "score": "feature",
    }
    assert [column.asked for column in result.columns] == [False, True, True, True, True]


def test_columns_may_be_named_by_their_words(checked):
    text = customers().replace("income", "Annual Income (k$)", 1)
    assert roles(checked(text, features=("annual_income", "Age")))["Annual Income (k$)"] == "feature"


def test_titles_and_units_are_for_people(checked):
    text = customers().replace("income", "Annual Income (k$)", 1)
    labels = {column.name: column.label for column in checked(text).columns}
    assert labels["Annual Income (k$)"] == "Annual income (k$)"
    assert labels["age"] == "Age (years)"


def test_ids_that_a_spreadsheet_turned_into_decimals_stay_the_same_customers(checked, values):
    head, *lines = customers().splitlines()
    decimal = "\n".join([head, *(line.replace(",", ".0,", 1) for line in lines)])
    assert checked(decimal).rows.arrow(["_id", "_key"]).equals(checked(customers()).rows.arrow(["_id", "_key"]))


def test_leading_zeros_of_an_id_stay_but_do_not_change_its_key(checked):
    head, *lines = customers().splitlines()
    padded = checked("\n".join([head, *("00" + line for line in lines)])).rows
    plain = checked(customers()).rows
    assert padded.arrow(["_id"])["_id"][0].as_py() == "001001"
    assert padded.arrow(["_key"]).equals(plain.arrow(["_key"]))


def test_a_table_without_id_numbers_its_rows_and_keys_them_by_their_values(checked):
    head, *lines = customers().splitlines()
    text = "\n".join(line.split(",", 1)[1] for line in [head, *lines])
    rows = checked(text).rows.arrow()
    assert rows["_id"].to_pylist() == [str(number) for number in range(1, 61)]
    assert len(set(rows["_key"].to_pylist())) == 60


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("id,age\n", "no rows: 'id', 'age' in line 1, and no customer below"),
        ("id,age\n1,30\n", "1 row; fewer than 10"),
        ("id,name\n" + "".join(f"{n},abc{n}\n" for n in range(1, 30)), "no column of numbers"),
        ("id,age\n" + "".join(f"{n},\n" for n in range(1, 30)), "no column of numbers"),
        ("id,age\n" + "".join(f"{n},30\n" for n in range(1, 30)), "no column of numbers"),
        (
            "customer_id,amount\n" + "".join(f"{n % 5},{n}\n" for n in range(1, 60)),
            "one row per order",
        ),
    ],
)
def test_what_cannot_be_segmented_ends_in_a_sentence_with_the_cure(checked, table, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        checked(table)
    assert caught.value.hint


def test_a_wrong_column_names_the_closest(checked):
    with pytest.raises(InputError, match="Did you mean 'income'"):
        checked(customers(), features=("incme",))


def test_one_column_in_two_roles_is_refused(checked):
    with pytest.raises(InputError, match="can't be both"):
        checked(customers(), features=("age",), exclude=("age",))


def test_text_asked_to_be_a_feature_is_refused(checked):
    with pytest.raises(InputError, match="can't be a feature"):
        checked(customers(), features=("gender",))


def test_a_later_table_is_read_by_the_earlier_columns(checked, values):
    first = checked(customers())
    later = "Score,extra,AGE,income,customer_id\n50,x,30,1000,7\n"
    result = checked(later, like=first.columns)
    assert list(result.rows.columns) == ["_row", "_id", "_key", "score", "age", "income"]
    assert (values(result, "score"), values(result, "_id")) == ([50.0], ["7"])
    assert roles(result)["extra"] == "ignored"


def test_a_later_table_that_lacks_a_feature_is_refused_with_the_closest_name(checked):
    first = checked(customers())
    with pytest.raises(InputError, match=r"lacks 'income'.*\n.*Rename 'incom'"):
        checked("customer_id,gender,age,incom,score\n1,male,30,1,2\n", like=first.columns)


def test_a_bracket_of_a_later_table_stands_for_what_it_did_before(checked, values):
    brackets = ["19-24", "25-34", "35-44", "65+"]
    first = checked("id,age,spend\n" + "\n".join(f"{n},{brackets[n % 4]},{n * 7 % 50}" for n in range(1, 61)))
    later = checked("id,age,spend\n1,65+,3\n2,19-24,4\n", like=first.columns)
    assert values(later, "age") == [69.5, 21.5]


def test_plain_numbers_stand_for_themselves_where_a_model_knew_brackets(checked, values):
    brackets = ["19-24", "25-34", "35-44", "65+"]
    first = checked("id,age,spend\n" + "\n".join(f"{n},{brackets[n % 4]},{n * 7 % 50}" for n in range(1, 61)))
    later = checked("id,age,spend\n1,70,3\n2,20,4\n", like=first.columns)
    assert values(later, "age") == [70, 20]


def test_few_customers_who_are_only_assigned_are_no_reason_to_warn(checked):
    first = checked(customers(40))
    assert "few-rows" in codes(first)
    later = checked("customer_id,gender,age,income,score\n1,male,30,1,2\n", like=first.columns)
    assert "few-rows" not in codes(later)
