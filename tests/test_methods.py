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


def page(name: str) -> str:
    return (DOCS / "methods" / f"{name}.md").read_text("utf-8")


def test_the_groups_of_rfm_stand_there_in_the_order_in_which_they_are_tried():
    from clustera.features import group_rules

    rows = [f"| {name} | {rule} |" for name, rule in group_rules().items()]
    assert "\n".join(rows) in page("rfm")


def test_limits_stand_there_as_they_are():
    from clustera.cluster import identity, judgments
    from clustera.cluster.evidence import BOOTSTRAPS, MOST_REPEATS
    from clustera.features.migration import PRIOR
    from clustera.isolation import rule as isolation
    from clustera.prepare import skew
    from clustera.samples import PAIRED, SAMPLED

    assert (PAIRED, isolation.NEIGHBORS, isolation.FENCE) == (2_500, 10, 3.0)
    assert (isolation.FEWEST, isolation.MOST_OUTLIERS) == (30, 0.10)
    for said in ("2,500 customers", "n = 10", "fence = Q3 + 3 (Q3 - Q1)", "Below 30 customers", "more than 10 %"):
        assert said in page("outliers")
    assert (identity.SAME, identity.PART, PRIOR) == (0.5, 0.25, 1.0)
    for said in ("Above one half they are the same segment", "each take a quarter", "(customers(i) + 1)"):
        assert said in page("identity")
    assert (SAMPLED, skew.STRONG_SKEW, skew.LOPSIDED, skew.BUMPS) == (20_000, 1.0, 0.2, 8)
    for said in (
        "at most 20,000\ncustomers",
        "skewness is beyond 1",
        "by a tenth of their distance",
        "one to eight bumps",
    ):
        assert said in page("preparation")
    assert (BOOTSTRAPS, BOOTSTRAPS * MOST_REPEATS) == (16, 96)
    assert "16 times, up to 96" in page("trust")
    assert (judgments.VALLEY_NEEDED, judgments.VALLEY_ADMITTED, judgments.VALLEY_DEEP) == (0.65, 0.80, 0.50)
    assert (judgments.JACCARD_SHALLOW, judgments.JACCARD_DEEP, judgments.JACCARD_NEEDED) == (0.80, 0.60, 0.75)
    for said in (
        "valley is at most .80 and the weakest Jaccard at\nleast .80",
        "valley is at most .50",
        ".65 and a path ratio of .35 or less",
    ):
        assert said in page("number-of-segments")
