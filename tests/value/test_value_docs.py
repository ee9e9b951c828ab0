"""The method page says what the code does."""

import re
from pathlib import Path

from clustera.value import doubts, holdout
from clustera.value.boosting import DENSE

PAGE = (Path(__file__).parents[2] / "docs" / "methods" / "lifetime-value.md").read_text(encoding="utf-8")


def test_every_doubt_is_explained_and_none_is_invented():
    written = set(re.findall(r'code="([a-z-]+)"', Path(doubts.__file__).read_text(encoding="utf-8")))
    table = PAGE[PAGE.index("## Doubts") : PAGE.index("Refused:")]
    assert set(re.findall(r"^\| ([a-z-]+) \|", table, re.MULTILINE)) - {"code"} == written


def test_minima_are_those_that_are_enforced():
    assert f"{holdout.LEAST_DAYS} days of history, {holdout.LEAST_REPEATERS} customers" in PAGE
    assert f"{holdout.LEAST_PURCHASES} purchases in the hold-out" in PAGE
    assert f"{DENSE:g} repeat purchases on" in PAGE
