"""Actions from a customer table: by readable rules over levels, and never where they would do harm."""

from __future__ import annotations

import itertools

import pytest

from clustera.actions import load_playbook, suggest_actions
from clustera.texts import action_reasons, action_test, action_text, load_language
from tests import outcomes

ENGLISH = load_language()
BOOK = load_playbook(language=ENGLISH)
TABLE_PLAYS = [play for play in BOOK.plays if not play.stages]
COLUMNS = {
    "recency": "days_since_last_order",
    "frequency": "orders",
    "spend": "spend",
    "income": "income",
    "discount": "discount_share",
    "tenure": "tenure",
    "usage": "usage",
    "risk": "churn_risk",
    "satisfaction": "satisfaction",
    "returns": "return_rate",
    "visits": "store_visits",
    "balance": "balance",
    "basket": "order_value",
    "engagement": "engagement",
    "giving": "total_giving",
    "gifts": "number_of_gifts",
    "gift_amount": "gift_amount",
}


@pytest.fixture(scope="module")
def profile(described, mixed):
    """The profile of a segment of the given levels, among others of all kinds."""

    def build(columns, levels, *, size=60, others=None, **options):
        values = {"high": 90.0, "middle": 50.0, "low": 10.0}
        center = [values[level] for level in levels]
        opposite = [100 - value for value in center]
        frame = mixed({1: (size, center), 2: (others or size, opposite)}, columns, [2.0] * len(columns))
        return described(frame, features=columns, **options)[0]

    return build


@pytest.fixture(scope="module")
def action(profile):
    def suggested(columns, levels, **options):
        return suggest_actions([profile(columns, levels, **options)], playbook=BOOK, language=ENGLISH)[0]

    return suggested


@pytest.mark.parametrize("play", TABLE_PLAYS, ids=lambda play: play.rule)
def test_every_rule_can_hold(play, action):
    # A rule for customers who bring little money needs few of them.
    size = {"size": 30, "others": 90} if play.below else {}
    found = action([COLUMNS[key] for key in play.when], play.when.values(), **size)
    assert (found.rule, found.kind) == (play.rule, play.kind)


def test_an_earlier_rule_never_hides_a_later_one():
    for (i, earlier), (j, later) in itertools.combinations(enumerate(TABLE_PLAYS), 2):
        if earlier.below:
            continue
        assert not (earlier.when.items() <= later.when.items()), (i, j, earlier, later)


def test_every_rule_has_words_and_all_words_have_a_rule():
    others = {"unconfirmed", "unconfirmed_money", "sensitive_only", "average", "unknown", "no_rule"}
    assert set(ENGLISH.actions) == {play.rule for play in BOOK.plays} | others


@pytest.mark.parametrize("levels", list(itertools.product(["high", "middle", "low"], repeat=4)))
def test_who_spends_much_or_often_or_bought_recently_gets_no_discount(action, levels):
    columns = [COLUMNS[key] for key in ("spend", "frequency", "discount", "recency")]
    found = action(columns, levels)
    if levels[0] == "high" or levels[1] == "high" or levels[3] == "low":
        assert found.kind != "discount"


def test_the_numbers_behind_an_action_are_those_it_follows_from(action):
    found = action(["spend", "orders", "age"], ["high", "low", "low"])
    assert found.kind == "grow"
    assert [(e.measure, e.level, round(e.mean), round(e.index)) for e in found.evidence] == [
        ("spend", "high", 90, 180),
        ("orders", "low", 10, 20),
    ]


def test_reasons_are_written_with_titles_units_and_comparisons():
    outcome, _ = outcomes.mall()
    age = outcome.segments[0].features[0]
    told = action_reasons(outcome.actions[0], outcome)
    assert told.startswith(f"Age: {age.mean:.0f} years (all customers: {100 * age.mean / age.index:.0f}).")


@pytest.mark.parametrize("level", ["high", "low"])
def test_age_alone_gives_no_action(action, level):
    found = action(["age", "spend"], [level, "middle"])
    assert (found.rule, found.kind) == ("sensitive_only", "grow")


@pytest.mark.parametrize("level", ["high", "low"])
def test_age_does_not_change_the_action_that_other_numbers_give(action, level):
    with_age, without = action(["spend", "age"], ["high", level]), action(["spend"], ["high"])
    assert (with_age.rule, with_age.evidence) == (without.rule, without.evidence)


def test_columns_of_unknown_meaning_give_the_honest_answer(action):
    found = action(["x_one", "x_two"], ["high", "low"])
    assert (found.rule, found.control) == ("unknown", None)
    assert "not known" in action_text(found)


def test_known_columns_without_a_rule_give_the_honest_answer(action):
    assert action(["balance"], ["low"]).rule == "no_rule"


def test_columns_of_one_meaning_that_disagree_give_no_action_on_it(action):
    agreeing = action(["monthly_charges", "total_charges"], ["high", "high"])
    apart = action(["monthly_charges", "total_charges"], ["high", "low"])
    assert (agreeing.rule, apart.rule) == ("reward_big", "no_rule")


@pytest.mark.parametrize(("level", "others"), [("low", 600), ("middle", 1200)])
def test_an_unreliable_segment_without_money_gets_no_campaign(action, level, others):
    found = action(["spend"], [level], others=others, trust={1: (0.5, 0.1), 2: (0.9, 0.1)})
    assert (found.rule, found.kind, found.control) == ("unconfirmed", "no special campaign", None)


def test_an_unreliable_segment_of_unknown_money_gets_no_campaign(action):
    found = action(["income"], ["high"], trust={1: (0.5, 0.1), 2: (0.9, 0.1)})
    assert (found.rule, found.kind, found.control) == ("unconfirmed", "no special campaign", None)


def test_an_unreliable_segment_with_money_gets_what_suits_any_customer(action):
    found = action(["spend"], ["high"], trust={1: (0.5, 0.1), 2: (0.9, 0.1)})
    assert (found.rule, found.kind) == ("unconfirmed_money", "grow")
    assert found.control.customers == 6


def test_a_practical_split_of_low_stability_still_gets_its_action(action):
    found = action(["spend"], ["high"], trust={1: (0.5, 0.9), 2: (0.5, 0.9)}, verdict="practical")
    assert found.kind == "reward loyalty"


def test_a_table_does_not_say_how_many_buy_without_the_action(action):
    found = action(["spend"], ["high"], size=1000)
    assert (found.control.base_rate, found.control.detectable_lift) == (None, None)
    told = action_test(found)
    assert "is not known either" in told
    assert "--set response_rate=" in told
    assert (
        "3,808 customers where 2% respond, 7,158 customers where 5% respond, 12,223 customers where 10% respond" in told
    )


def test_nobody_is_won_back_who_bought_last_month(described, mixed):
    features = ["days_since_last_order (days)", "spend"]
    for days, kind in ((30, "grow"), (300, "sunset")):
        table = mixed({1: (50, (days, 20)), 2: (50, (days / 6, 2000))}, features, (1, 3))
        found = suggest_actions(described(table, features=features), playbook=BOOK, language=ENGLISH)
        assert found[0].kind == kind


def test_levels_stand_in_the_profile(profile):
    found = profile(["spend", "age", "x_one"], ["high", "low", "middle"]).levels
    assert [(level.feature, level.meaning, level.level, level.sensitive) for level in found] == [
        ("spend", "spend", "high", False),
        ("age", "age", "low", True),
        ("x_one", "", "middle", False),
    ]


@pytest.mark.parametrize(
    ("gifts", "giving", "last"),
    list(itertools.product(["high", "low"], ["high", "middle", "low"], ["high", "middle", "low"])),
)
def test_donors_are_never_spoken_to_as_buyers(gifts, giving, last, action):
    found = action(["number_of_gifts", "total_giving", "days_since_last_gift"], [gifts, giving, last])
    said = f"{action_text(found)}".lower()
    assert not {"category", "purchase", "basket", "used up", "packs", "spend"} & {*said.replace(".", "").split()}, said
