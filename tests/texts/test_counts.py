"""Sentences with a number in them are right for none, one and several."""

import ast
import re
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustera.records import AudienceReach, RunningHoldout
from clustera.texts import holdout_sentences, left_out_hint, reach_sentence, suppressed_sentence, translate_count
from clustera.texts.moves import MOVED

ROOM = Path(str(resources.files("clustera")))
# A plural where the sentence counts one: "1 customers", "1 have", "1 are".
WRONG = re.compile(
    r"(?<![\d,.])1 (customers|members|rows|entries|have|are|contacts|offers|buyers|recommendations|categories|products)\b"
)
RIGHT = re.compile(
    r"(?<![\d,.])(0|2|1,200) (customer|member|row|entry|has|is|contact|offer|buyer|recommendation|category|product)\b"
)
CODES = [
    "no-contact",
    "no-address",
    "objected",
    "no-consent",
    "suppressed",
    "held-out",
    "control-group",
    "same-address",
    "campaign-control",
    "other-control",
    "audience-hold-out",
    "other-campaign",
    "control-address",
]


def counted_texts():
    """Every pair of texts for one and for many that is in the code."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(ROOM.rglob("*.py"))]
    for source in sources:
        for node in ast.walk(ast.parse(source)) if "translate_count" in source else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("translate_count"):
                texts = node.args[1:3]
                if len(texts) == 2 and all(isinstance(text, ast.Constant) for text in texts):
                    yield tuple(text.value for text in texts)


PAIRS = sorted({*counted_texts(), *MOVED.values()})


@pytest.mark.parametrize(("one", "many"), PAIRS)
def test_one_is_singular_and_all_other_numbers_are_plural(one, many):
    values = {name: "x" for name in re.findall(r"\{(\w+)\}", one + many) if name != "n"}
    assert "{n}" in many
    assert not WRONG.search(translate_count(1, one, many, **values))
    assert not any(RIGHT.search(translate_count(n, one, many, **values)) for n in (0, 2, 1200))


@given(n=st.integers(0, 3), code=st.sampled_from(CODES))
def test_why_nobody_is_left_is_said_for_any_number(n, code):
    said = left_out_hint({code: n})
    assert not WRONG.search(said)
    assert not RIGHT.search(said)


@given(st.tuples(*[st.integers(0, 3)] * 3), st.booleans())
def test_how_many_a_list_would_have_is_said_for_any_number(counts, phones):
    listed, held, more = counts
    reach = AudienceReach("klaviyo", listed + held + more, listed + held, listed)
    said = reach_sentence(reach, "Klaviyo", phones=phones)
    assert not WRONG.search(said)
    assert ("held out" in said) == (held > 0)


def test_one_customer_has_an_address():
    assert reach_sentence(AudienceReach("klaviyo", 1, 1, 0), "Klaviyo", phones=False) == (
        "For Klaviyo: 1 customer has an e-mail address, 1 may be contacted, 0 would be in the list "
        "(1 is held out or in another control group)."
    )


def test_the_other_counted_sentences():
    assert suppressed_sentence(1).startswith("1 customer of the audience is")
    export = SimpleNamespace(audience="A", shared=("B",), running=RunningHoldout(0.2, 10, 1, 1, ("A", "B")))
    shared, running = holdout_sentences(export)
    assert "has the same conditions as 'B', so both have one control group" in shared
    assert "the 1 customer who is new" in running
    assert running.endswith("clustera audience end-holdout A; clustera audience end-holdout B")
