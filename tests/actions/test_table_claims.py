"""Actions of customer tables against random segments: what a text says of the customers is in the table's own means."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clustera.actions import load_playbook, suggest_actions
from clustera.texts import action_text, load_language
from tests.actions.test_table_actions import COLUMNS

ENGLISH = load_language()
BOOK = load_playbook(language=ENGLISH)
MORE, LESS = 1, -1
# What a phrase says of these customers beside all: the column, and whether they have more or less of it.
CLAIMS = {
    "they bought often, but not lately": (("frequency", MORE), ("recency", MORE)),
    "they were last active long ago and spend little": (("recency", MORE), ("spend", LESS)),
    "they pay much and use little": (("spend", MORE), ("usage", LESS)),
    "they use much and pay little": (("usage", MORE), ("spend", LESS)),
    "they buy often and more of it at a discount": (("frequency", MORE), ("discount", MORE)),
    "they spend much and more of it at a discount": (("spend", MORE), ("discount", MORE)),
    "they were active recently": (("recency", LESS),),
    "these buy more at a discount": (("discount", MORE),),
    "They buy often and spend much": (("frequency", MORE), ("spend", MORE)),
    "they buy less often than others and spend more": (("frequency", LESS), ("spend", MORE)),
    "they come often and spend little": (("frequency", MORE), ("spend", LESS)),
    "they visit often and spend little": (("visits", MORE), ("spend", LESS)),
    "they earn more and spend more": (("income", MORE), ("spend", MORE)),
    "they spend much for their income": (("income", LESS), ("spend", MORE)),
    "they earn more than others and spend less": (("income", MORE), ("spend", LESS)),
    "they spend more than others": (("spend", MORE),),
    "they buy often and more at full price": (("frequency", MORE), ("discount", LESS)),
    "they buy more often than others": (("frequency", MORE),),
    "they visit more often than others": (("visits", MORE),),
    "what they use so much": (("usage", MORE),),
    "they were active more recently than others": (("recency", LESS),),
    "they buy more at full price": (("discount", LESS),),
    "they gave more than others, but not lately": (("giving", MORE), ("recency", MORE)),
    "they gave often, but not lately": (("gifts", MORE), ("recency", MORE)),
    "they give more than others": (("giving", MORE),),
    "they give more often than others": (("gifts", MORE),),
    "they give less often than others": (("gifts", LESS),),
    "they give less than others": (("giving", LESS),),
    "their gifts are larger than others'": (("gift_amount", MORE),),
    "their gifts are smaller than others'": (("gift_amount", LESS),),
}
INSTRUCTIONS = re.compile(
    r"before they leave|bothers them|those who do not answer|(what|when what) they (bought|pay for|already buy|miss)"
    r"|ask what they (want|miss)|what they pay for|that they have not tried|when they order|see how many|customers who"
    r"|since they were last active|what their gifts did|goes with their last purchase"
)


def test_every_sentence_of_a_table_rule_that_says_how_customers_are_is_among_the_claims():
    told = {play.rule: INSTRUCTIONS.sub("", ENGLISH.actions[play.rule]) for play in BOOK.plays if not play.stages}
    claiming = {rule: text for rule, text in told.items() if re.search(r"\b([Tt]hey|these|their)\b", text)}
    assert [rule for rule, text in claiming.items() if not any(phrase in text for phrase in CLAIMS)] == []
    assert [phrase for phrase in CLAIMS if not any(phrase in ENGLISH.actions[play.rule] for play in BOOK.plays)] == []


def random_table(rng, mixed, keys):
    """Segments of any size whose customers have more or less of everything; nothing below zero."""
    centers = {}
    for segment in range(1, int(rng.integers(3, 6))):
        size = int(rng.choice([8, 40, 200]))
        centers[segment] = (size, [float(rng.choice([15, 20, 60, 100, 200, 400])) for _ in keys])
    return mixed(centers, [COLUMNS[key] for key in keys], [2.0] * len(keys), seed=int(rng.integers(1e6)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_every_claim_of_a_table_rule_is_borne_out_by_the_means(described, mixed, seed):
    rng = np.random.default_rng(seed)
    keys = list(rng.choice(list(COLUMNS), int(rng.integers(1, 5)), replace=False))
    table = random_table(rng, mixed, keys)
    for action in suggest_actions(
        described(table, features=[COLUMNS[key] for key in keys]), playbook=BOOK, language=ENGLISH
    ):
        own, text = table[table.segment == action.segment], action_text(action)
        for phrase, claims in CLAIMS.items():
            if phrase in text:
                for key, sign in claims:
                    assert sign * (own[COLUMNS[key]].mean() - table[COLUMNS[key]].mean()) > 0, (action.rule, phrase)
                if "not lately" in phrase or "long ago" in phrase:
                    assert own[COLUMNS["recency"]].mean() >= 90


@pytest.mark.parametrize("money", ["spend", "total_charges", "monthly_revenue"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_no_segment_with_a_twentieth_of_a_tables_money_is_left_without_an_action(described, mixed, money, seed):
    rng = np.random.default_rng(seed)
    keys = [*rng.choice(["recency", "frequency", "tenure", "income"], 2, replace=False)]
    table = random_table(rng, mixed, keys)
    table[money] = table.groupby("segment")["segment"].transform(lambda s: rng.gamma(0.5, 300) + 1) * (
        rng.uniform(0.9, 1.1, len(table))
    )
    table["mystery"] = rng.normal(size=len(table)) + 5 * (table.segment == 1)
    sure = {int(s): (float(rng.choice([0.5, 0.9])), 0.1) for s in table.segment.unique()}
    features = [*(COLUMNS[key] for key in keys), money, "mystery"]
    segments = described(table, features=features, trust=sure)
    for action in suggest_actions(segments, playbook=BOOK, language=ENGLISH):
        if table.loc[table.segment == action.segment, money].sum() >= 0.05 * table[money].sum():
            assert action.kind not in ("no special campaign", "sunset"), action.rule
