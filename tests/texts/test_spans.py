"""Spans of time in one way everywhere, and what is said of moves."""

from hypothesis import given
from hypothesis import strategies as st

from clustera import texts
from clustera.records import Movers
from clustera.texts.translation import translate


@given(st.integers(1, 5_000))
def test_a_span_is_told_in_months_only_where_they_are_nearly_whole(days):
    number, unit = texts.format_span(days).replace(",", "").split()
    if unit == "months":
        assert days >= 60
        assert abs(int(number) * 365.25 / 12 - days) <= 0.02 * days
    else:
        assert int(number) == days


def test_the_spans_of_a_log_are_those_that_people_say():
    assert [texts.format_span(n) for n in (30, 59, 91, 182, 242, 364, 365)] == [
        "30 days", "59 days", "3 months", "6 months", "8 months", "12 months", "12 months",
    ]  # fmt: skip


def test_nothing_is_said_of_movers_where_nobody_moved():
    nobody = Movers(0, 0)
    assert texts.border_sentence(nobody) == texts.fell_sentence(nobody, "") == texts.moved_money_sentence(nobody) == ""
    assert texts.usual_sentence(None, None) == ""


def test_what_is_expected_is_called_sales_or_margin_and_nothing_else():
    assert texts.expected_title(12, 1.0, "USD") == translate("Expected sales, {n} months", n=12) + " (USD)"
    assert texts.expected_title(12, 0.4).startswith("Expected margin")
