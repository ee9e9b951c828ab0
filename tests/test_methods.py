"""The sessions of the method pages and of the page of mistakes give what they show."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted([*(DOCS / "methods").glob("*.md"), DOCS / "mistakes.md"])
SESSIONS = {page.name: re.findall(r"```python\n(>>>.*?)```", page.read_text("utf-8"), re.DOTALL) for page in PAGES}


@pytest.mark.parametrize("page", [name for name, found in SESSIONS.items() if found])
def test_the_sessions_of_a_page_give_what_they_show(page):
    session = "\n".join(SESSIONS[page])
    test = doctest.DocTestParser().get_doctest(session, {}, page, page, 0)
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS).run(test, out=told.append)
    assert not told, "".join(told)


@pytest.mark.parametrize(
    "page", ["preparation", "kmeans-sweep", "trust", "outliers", "identity", "rfm", "number-of-segments"]
)
def test_a_method_page_has_an_example_that_is_run(page):
    assert len(SESSIONS[f"{page}.md"]) >= 1
