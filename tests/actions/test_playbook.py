"""The playbook is a file that people edit: what is wrong with it is told with the rule and the cure."""

from __future__ import annotations

import tomllib

import pytest

from clustera.actions import load_playbook, playbook_text
from clustera.actions.facts import MEASURES
from clustera.errors import InputError, SetupError
from clustera.texts import load_language

ENGLISH = load_language()


def loaded(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_playbook(path, language=ENGLISH)


def test_the_built_in_playbook_is_its_own_text(tmp_path):
    assert loaded(tmp_path, playbook_text()).plays == load_playbook(language=ENGLISH).plays


def test_own_rules_are_tried_first_and_replace_those_of_the_same_code(tmp_path):
    own = '[[plays]]\nrule = "no_campaign"\nkind = "grow"\nstages = ["active"]\ntext = "Send the catalog."\n'
    plays = loaded(tmp_path, own).plays
    assert plays[0].text == "Send the catalog."
    assert [play.rule for play in plays].count("no_campaign") == 1
    assert len(plays) == len(load_playbook(language=ENGLISH).plays)


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        ("plays = 3", "plays", "clustera playbook"),
        ('[[plays]]\nrule = "x"\nkind = "grow"', "'x': it has no words", "Add text"),
        ('[[plays]]\nrule = "x"\nkind = "shout"\ntext = "y"', "kind", "clustera playbook"),
        ('[[plays]]\nrule = "x"\nkind = "grow"\ntext = "y"\nwhen = { spent = "high" }', "meaning 'spent'", "'spend'"),
        ('[[plays]]\nrule = "x"\nkind = "grow"\ntext = "y"\nbelow = { value = 3 }', "measure 'value'", "value_index"),
        ('[[plays]]\nrule = "x"\nkind = "grow"\ntext = "y"\nstages = ["old"]', "stages", "clustera playbook"),
        (
            '[[plays]]\nrule = "x"\nkind = "grow"\ntext = "y"\nstages = ["active"]\nonly = "valuable"',
            "'valuable' customers are not in all of its stages",
            "'overdue'",
        ),
        ('[[plays]]\nrule = "x', "is not TOML", "clustera playbook"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_cure(tmp_path, text, problem, hint):
    with pytest.raises(InputError) as error:
        loaded(tmp_path, text)
    assert problem in error.value.message
    assert hint in error.value.hint


def test_a_playbook_that_is_not_there_is_told():
    with pytest.raises(SetupError, match="can't be read"):
        load_playbook("nowhere.toml", language=ENGLISH)


def test_every_measure_is_explained_in_the_playbook_and_spoken_of():
    from clustera.texts.actions import _MEASURES

    head = playbook_text().split("[[plays]]")[0]
    assert [name for name in MEASURES if name not in head] == []
    assert set(_MEASURES) == set(MEASURES)


def test_rules_of_the_built_in_playbook_have_codes_of_their_own():
    codes = [play["rule"] for play in tomllib.loads(playbook_text())["plays"]]
    assert len(codes) == len(set(codes))
