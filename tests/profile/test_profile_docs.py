"""The method page says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clustera.profile import levels, statements, trust
from clustera.texts import load_language

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "methods" / "profile.md").read_text(encoding="utf-8")
ENGLISH = load_language()


@pytest.mark.parametrize(("key", "meaning"), ENGLISH.meanings.items())
def test_the_vocabulary_stands_there(key, meaning):
    row = next(line for line in PAGE.splitlines() if line.startswith((f"| {key} |", f"| {key} (sensitive) |")))
    assert ", ".join(meaning.names[:4]) in row
    for level in ("low", "middle", "high"):
        assert all((form.noun or form.adjective) in row for form in meaning.forms(level))


def test_thresholds_stand_there():
    assert (
        levels.Thresholds(very=1.5, high=0.5, middle=0.35, clear=0.25, clear_share=0.10, least_share=0.05, gap_share=1)
        == levels.NEW
    )
    assert (levels.HELD.high, levels.HELD.very, levels.HELD.middle) == (0.3, 1.2, 0.5)
    assert (trust.STABLE, trust.PATTERN, trust.EMPTY_VALLEY) == (0.75, 0.6, 0.5)
    assert (statements.CLEAR_SHARE, statements.FEATURES) == (0.2, 4)
    for said in (
        "at least .5 from",
        "at least 1.5",
        "within .35 ",
        "high from .3, very high from 1.2, middle within .5",
    ):
        assert said in PAGE


def test_the_language_file_of_the_docs_is_in_order(tmp_path):
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 2
    (tmp_path / "deutsch.toml").write_text("\n".join(examples), encoding="utf-8")
    assert load_language(tmp_path / "deutsch.toml").language == "Deutsch"
