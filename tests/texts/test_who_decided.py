"""What is said of a choice and of a count is what decided it."""

from dataclasses import replace

import pytest

from clustera.frames import k_rows
from clustera.records import Action, Comparison, KEvidence, KSelection, Move, Movers, Period, Reason
from clustera.texts import (
    action_content,
    action_stake,
    explain_refused_k,
    fell_sentence,
    judge_number,
    summarize_chosen_k,
    usual_sentence,
)
from clustera.texts.moves import usual_share


def numbers_of_segments(*, kept=False):
    """2 to 9 segments judged by later spending among 3 to 6; 5 are the fewest that tell as much as any."""
    refused = Reason("not-predicted", {"prediction": 0.5, "error": 0.1, "prediction_needed": 0.8})
    tried = [
        KEvidence(
            k, 1.0, 0.5, 0.4, 1.0, 0.1, 0.5, 0.1, 1.0, 0.6, 0.1, 1.0, admissible=False, refused=refused,
            explains_future_spend=min(k, 5) / 10, least_share=0.05 if k < 7 else 0.04,
        )
        for k in range(2, 10)
    ]  # fmt: skip
    why = {"k": 5, "share": 0.5, "unseen": None, "best": 5, "most": 0.5, "kept": kept, "verdict": "practical", "low": 3, "high": 6}  # fmt: skip
    return KSelection(5, "practical", (Reason("later-spending", why),), tuple(tried), (6, 3, 4))


def test_a_number_is_judged_by_the_rule_that_decided():
    selection = numbers_of_segments()
    told = {entry.k: judge_number(entry, selection) for entry in selection.evidence}
    small = "its smallest segment has less than 5% of the customers and of their spending"
    assert told == {
        2: ("refused", "fewer than 3 segments"),
        3: ("refused", "predicts later spending less well than 5"),
        4: ("refused", "predicts later spending less well than 5"),
        5: ("chosen", "chosen"),
        6: ("possible", "possible; predicts later spending no better than 5"),
        7: ("refused", small),
        8: ("refused", small),
        9: ("refused", small),
    }
    assert "Of 3 to 6 segments, 5 are the fewest that predict the last 3 months' spending as well as any." in (
        summarize_chosen_k(selection)
    )


def test_without_later_spending_the_evidence_decides():
    selection = replace(numbers_of_segments(), because=(Reason("practical", {"k": 5}),))
    kind, said = judge_number(selection.evidence[0], selection)
    assert (kind, said[:51]) == ("refused", "the weakest segment is not found on other customers")


def test_where_separation_decided_no_number_is_refused_for_what_the_chosen_one_lacks_too():
    apart = Reason("silhouette", {"low": 3, "high": 6, "k": 5, "size": 0.05, "silhouette": 0.3})
    selection = replace(numbers_of_segments(), because=(Reason("practical", {"k": 5}), apart))
    told = {entry.k: judge_number(entry, selection) for entry in selection.evidence}
    assert (told[2], told[8]) == (("refused", "fewer than 3 segments"), ("refused", "more than 6 segments"))
    assert {kind for kind, _ in (told[3], told[4])} == {"possible"}
    assert told[4][1] == "possible; told apart no better than 5"
    assert not any("prediction strength" in said for _, said in told.values())


@pytest.mark.parametrize(
    ("months", "counts", "said"),
    [
        (0, (10, 12), "Usual in 30 days (from 2 earlier periods): about 0% up (now 0%), about 11% down (now 20%)."),
        (1, (10, 10), "Usual in a month (from 2 earlier periods): about 0% up (now 0%), about 10% down (now 20%)."),
        (1, (5, 10, 10), "Usual in a month (from 3 earlier periods): 0% up (now 0%), 5% to 10% down (now 20%)."),
        (3, (12,), "In the 3 months before: 0% up (now 0%), 12% down (now 20%)."),
        (0, (), "How many usually move in 30 days is not known: the orders do not go back far enough."),
    ],
)
def test_shares_who_move_stand_beside_those_of_earlier_periods(months, counts, said):
    def moves(count):
        return (Move(1, 1, 100 - count), Move(1, 2, count))

    usual = tuple(Period(day, day + 30, moves(count), ()) for day, count in enumerate(counts))
    now = Comparison("", "", 100, 0, 0, moves(20), (), (), (), (), (), ranking=(1, 2))
    movers = Movers(20, 0, days=30, months=months, usual=usual)
    assert usual_sentence(movers, now) == said
    fell = fell_sentence(replace(movers, best=1, best_before=100, fell=20), "Best", where=False)
    beside = f", usual: {usual_share([count / 100 for count in counts])}" if counts else ""
    assert fell == f"Best: 20 of 100 moved down (20%{beside})."
    unranked = usual_sentence(movers, replace(now, ranking=()))
    assert ("moved (now 20%)." in unranked) == bool(counts)


def test_the_most_frequent_suggestion_is_named_where_there_is_one():
    action = Action(1, "call", "grow", (), 50, (), None, suggested="TEA", suggested_customers=9, offered_customers=50)
    assert action_content(action) == (
        "Offer each customer the category in the column suggested_category (most often TEA, 9 of 50)."
    )
    assert action_content(replace(action, suggested="", suggested_customers=0)) == (
        "Offer each customer the category in the column suggested_category."
    )


def test_where_few_have_a_suggestion_it_is_said_for_how_many_it_is():
    action = Action(1, "call", "grow", (), 50, (), None, offered_customers=1)
    filled = "It is filled for 1 of 50."
    assert action_content(action) == f"Offer each customer the category in the column suggested_category. {filled}"
    assert action_content(replace(action, suggested_kind="product")).endswith(filled)
    assert "filled" not in action_content(replace(action, offered_customers=50))


def test_a_forecast_above_the_pace_of_the_last_months_is_told_beside_it():
    action = Action(1, "activate", "activate new", ("new",), 22, (), None, money=2_282.0, money_share=0.001, forecast=21_518.0)  # fmt: skip
    said = "Without the action, we expect them to spend 21,518 in the next 12 months"
    assert action_stake(action, months=12, recent=2_282.0).endswith(
        f"{said}; at the pace of their last 3 months, 9,128."
    )
    assert action_stake(action, months=12, recent=5_000.0).endswith(f"{said}.")
    assert action_stake(action, months=12).endswith(f"{said}.")


def test_a_strength_short_only_by_its_error_reads_as_a_shortfall():
    """0.82 is not told as less than 0.80: what falls short is the strength less its error."""
    told = explain_refused_k(Reason("not-predicted", {"prediction": 0.82, "error": 0.021, "prediction_needed": 0.8}))
    assert "prediction strength 0.82, less its error 0.79, needed 0.80" in told


def test_the_table_has_the_judgment_of_the_page_and_nothing_against_the_chosen_number():
    selection = numbers_of_segments()
    for row in k_rows(selection):
        entry = next(one for one in selection.evidence if one.k == row["k"])
        assert row["judgment"] == judge_number(entry, selection)[1]
        assert not row["chosen"] or row["judgment"] == "chosen"
