"""Numbers of 14 to 20 figures: ids are kept to the last figure, amounts are used up to 10^15 and refused in words beyond."""

import datetime
import random

import pytest

from clustera.errors import InputError

ROWS = 60


def table(ids, amounts, name="revenue"):
    lines = [f"{key},{amount},{n * 7 % 50}" for n, (key, amount) in enumerate(zip(ids, amounts, strict=True))]
    return f"customer_id,{name},visits\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("first", [10**15, 2**53 - 30, 2**53, 2**63 - 30, 10**18, 10**19])
def test_ids_next_to_each_other_stay_apart(checked, first):
    ids = [first + n for n in range(ROWS)]
    result = checked(table(ids, range(100, 100 + ROWS)))
    kept = result.rows.query("select _id from {rows} order by _row")["_id"].to_pylist()
    assert kept == [str(one) for one in ids]
    assert result.balance.segmented == ROWS


@pytest.mark.parametrize(("figures", "written"), [(14, "{}"), (15, "{}"), (14, "{:,}"), (15, "{}.25")])
def test_amounts_of_up_to_fifteen_figures_are_used(checked, values, figures, written):
    draw = random.Random(figures)
    amounts = [draw.randrange(10 ** (figures - 1), 10**figures) for _ in range(ROWS)]
    cells = [f'"{written.format(amount)}"' for amount in amounts]
    found = values(checked(table(range(1, ROWS + 1), cells), features=("revenue",)), "revenue")
    assert found == [float(written.format(amount).replace(",", "")) for amount in amounts]


@pytest.mark.parametrize("figures", [16, 17, 18, 19, 20, 25])
@pytest.mark.parametrize("features", [("revenue",), ("revenue", "visits")])
def test_a_feature_of_longer_amounts_is_refused_with_the_bound_and_the_cure(checked, figures, features):
    draw = random.Random(figures)
    amounts = [draw.randrange(10 ** (figures - 1), 10**figures) for _ in range(ROWS)]
    with pytest.raises(InputError, match=r"Revenue is impossible in 60 of 60 .*beyond 10\^15") as raised:
        checked(table(range(1, ROWS + 1), amounts), features=features)
    assert "larger unit" in raised.value.hint


def test_a_feature_of_dates_that_lie_ahead_is_refused_with_the_reason(checked):
    day = datetime.date(2090, 1, 1)
    days = [day + datetime.timedelta(days=n) for n in range(ROWS)]
    with pytest.raises(InputError, match="what is past lies before the day of counting") as raised:
        checked(table(range(1, ROWS + 1), days, name="signup_date"), features=("signup_date",))
    assert raised.value.hint == "Correct it; or leave it out: --exclude 'signup_date'"
