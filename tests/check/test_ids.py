"""Ids that programs have spoiled: those with every digit are read, the others told."""

from __future__ import annotations

import pandas as pd
import pytest

from clustera.errors import InputError
from clustera.texts import finding_cure, finding_message


def table(ids):
    lines = [f"{one},{18 + n * 7 % 60},{20000 + n * 613 % 70000}" for n, one in enumerate(ids)]
    return "\n".join(["customer_id,age,income", *lines]) + "\n"


def ids_of(checked):
    return checked.rows.query("select _id from {rows} order by _row")["_id"].to_pylist()


def finding(checked, code):
    return next((finding for finding in checked.findings if finding.code == code), None)


def test_an_exponent_with_every_digit_is_the_whole_number(checked):
    numbers = [123000 + 7 * n for n in range(60)]
    found = checked(table(f"{number:.5E}" for number in numbers))
    assert ids_of(found) == [str(number) for number in numbers]
    assert finding(found, "lost-digits") is None


@pytest.mark.parametrize("mark", [".", ","])
def test_exponents_and_whole_numbers_may_stand_side_by_side(checked, mark):
    numbers = [123000 + 7 * n for n in range(60)]
    texts = [f"{number:.5E}".replace(".", mark) if n % 3 else str(number) for n, number in enumerate(numbers)]
    found = checked(table(f'"{text}"' for text in texts))
    assert ids_of(found) == [str(number) for number in numbers]


def test_round_numbers_that_r_writes_short_are_whole_numbers(checked):
    numbers = list(range(99_000, 101_200))
    found = checked(table("1e+05" if number == 100_000 else number for number in numbers))
    assert ids_of(found) == [str(number) for number in numbers]
    assert finding(found, "lost-digits") is None


@pytest.mark.parametrize("form", ["{:.5E}", "{:.2E}", "{:.5e}"])
def test_ids_of_too_few_digits_are_told_and_left_as_they_stand(checked, form):
    texts = [form.format(4_007_210_000_000 + 1_234_567_891 * n * n) for n in range(60)]
    found = checked(table(texts))
    told = finding(found, "lost-digits")
    assert (told.severity, told.count, told.column) == ("warning", 60, "customer_id")
    assert "as text" in finding_cure(told)
    assert set(ids_of(found)) <= set(texts)


def test_ids_that_fall_together_are_counted(checked):
    texts = [f"{4_007_210_000_000 + 6_000_000 * n:.5E}" for n in range(60)]
    found = checked(table(texts))
    assert finding_message(finding(found, "lost-digits")).endswith(
        f"; {len(set(texts))} different ids are left of them."
    )
    assert finding(found, "duplicate-id").count > 0


def test_ids_that_are_all_the_same_now_are_told_though_they_tell_nobody_apart(checked):
    found = checked(table(f"{4_007_210_000_000 + n:.5E}" for n in range(60)))
    assert finding_message(finding(found, "lost-digits")).endswith("; one id is left of them.")
    assert found.balance.segmented == 60


def test_a_refusal_names_spoiled_ids(checked):
    with pytest.raises(InputError) as refused:
        checked(table(f"{4_007_210_000_000 + 1_000_000 * n:.5E}" for n in range(60)))
    assert "4.00721E+12" in refused.value.hint


def test_one_slip_that_looks_like_an_exponent_is_left_alone(checked):
    ids = [str(17_850 + 3 * n) for n in range(60)]
    ids[2] = "17E56"
    assert ids_of(checked(table(ids))) == ids


def test_codes_that_only_look_like_exponents_are_left_alone(checked):
    codes = [f"{n % 10}E{n}" if n % 4 == 0 else f"{n % 10}A{n}" for n in range(60)]
    found = checked(table(codes))
    assert ids_of(found) == codes
    assert finding(found, "lost-digits") is None


def test_ids_in_floating_point_beyond_its_digits_are_told(checked):
    frame = pd.DataFrame(
        {"customer_id": [float(2**53 + 4 * n) for n in range(60)], "age": range(20, 80), "spend": range(60)}
    )
    assert finding(checked(frame), "lost-digits").count == 60
    frame["customer_id"] = [2**53 + 4 * n + 1 for n in range(60)]
    assert finding(checked(frame), "lost-digits") is None


@pytest.mark.parametrize("digits", [16, 19])
def test_long_ids_that_end_in_zeros_are_told(checked, digits):
    kept = 15 if digits == 16 else 17
    ids = [str(4_007_210_123_456_789_012 + 7_919_173_511_111_111 * n)[:kept] + "0" * (digits - kept) for n in range(60)]
    assert finding(checked(table(ids)), "lost-digits").count == 60
    ids[3] = ids[3][:-1] + "7"
    assert finding(checked(table(ids)), "lost-digits") is None


def test_a_point_behind_a_long_id_says_that_it_was_floating_point(checked):
    assert finding(checked(table(f"{12_345_678_901_234_568 + 8 * n}.0" for n in range(60))), "lost-digits").count == 60


def test_ids_without_the_zeros_that_others_have_are_told(checked):
    ids = [f"{n * 37:05d}" if n % 2 else str(n * 37) for n in range(1, 61)]
    ids[10] = str(int(ids[30]))
    found = finding(checked(table(ids)), "lost-zeros")
    assert found.count == sum(len(one) < 5 for one in ids)
    assert finding(checked(table(f"{n * 37:05d}" for n in range(60))), "lost-zeros") is None
    assert finding(checked(table(f"{n:0{2 + n % 4}d}" for n in range(60))), "lost-zeros") is None


@pytest.mark.parametrize("name", ["Nr", "Card", "Ref", "Player Acct", "Vertragskonto"])
@pytest.mark.parametrize("below", ["Total", "Summe", "Source: CRM"])
@pytest.mark.parametrize("last", [False, True])
def test_a_line_of_sums_below_the_ids_leaves_them_the_ids(checked, name, below, last):
    rows = [[name, "age", "spend"], *([str(600123 + n), str(20 + n * 7 % 50), str(n * 13 % 97)] for n in range(60))]
    rows.append([below, "", ""])
    found = checked("\n".join(",".join(row[::-1] if last else row) for row in rows) + "\n")
    assert [column.name for column in found.columns if column.role == "id"] == [name]
    assert ids_of(found) == [row[0] for row in rows[1:-1]]


@pytest.mark.parametrize(
    "name", ["MRN", "NHS number", "CPF", "PESEL", "Spendernummer", "N° donateur", "Gastnummer", "ID donante"]
)
def test_numbers_of_persons_and_of_patients_are_ids(checked, name):
    found = checked(table(f"{400_000 + n * 17:08}" for n in range(60)).replace("customer_id", name))
    assert [column.role for column in found.columns] == ["id", "feature", "feature"]
