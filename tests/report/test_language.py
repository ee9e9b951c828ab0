"""The report in another language: every text of its own is in the language file, and is used."""

import ast
import tomllib
from importlib import resources
from itertools import chain
from typing import get_args

import jinja2
import pytest

import clustera
from clustera import lexicon
from clustera.actions.facts import STAGES
from clustera.components import judged
from clustera.components.tradeoff import CRITERIA, LATER
from clustera.records.rows import Role, Severity
from clustera.store import headings
from clustera.texts import (
    action_tests,
    actions,
    audience_columns,
    behavior,
    choice,
    english_text,
    forecasts,
    moves,
    verdicts,
)
from clustera.texts.dates import MONTHS

ROOM = resources.files("clustera")
SAYING = ["components", "report", "service", "store", "prepare", "cluster", "texts"]


def said_in_templates():
    """The texts of every `translate("...")` of the templates."""
    environment = jinja2.Environment()
    for template in [
        t for room in ("components", "report", "service") for t in (ROOM / room / "templates").glob("*.j2")
    ]:
        for call in environment.parse(template.read_text(encoding="utf-8")).find_all(jinja2.nodes.Call):
            if getattr(call.node, "name", "") == "say" and isinstance(call.args[0], jinja2.nodes.Const):
                yield call.args[0].value
            if getattr(call.node, "name", "") == "say_count":
                yield from (text.value for text in call.args[1:3])


def said_in_code():
    """The texts of every `translate("...")` of the rooms that speak in a report."""
    for room in SAYING:
        for path in (ROOM / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("translate") and node.args:
                    text = node.args[0]
                    if isinstance(text, ast.Constant):
                        yield text.value
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("translate_count"):
                    yield from (text.value for text in node.args[1:3] if isinstance(text, ast.Constant))


SAID_BY_VARIABLE = (
    *(words for pairs in (moves.MOVED, moves.LEADS) for pair in pairs.values() for words in pair),
    *chain.from_iterable(action_tests.RATES.values()),
    *action_tests.MEAN_RATES.values(),
    *action_tests.WORKED.values(),
    *action_tests.SUCCESS.values(),
    *forecasts.DOUBTS.values(),
    *forecasts.FREQUENT.values(),
    *forecasts.EXPECTED_MORE.values(),
    *behavior.OUTCOMES.values(),
    *behavior.GROUPINGS.values(),
    *forecasts.SIMPLE_FORECASTS.values(),
    *forecasts.FORECAST_KINDS.values(),
    *judged.HEADS.values(),
    *headings.HEADS.values(),
    *headings.OF_FINDINGS.values(),
    *headings.MEASURES.values(),
    "Share of customers beside share of sales",
    "stayed",
    "moved",
    *lexicon.sensitive_words().values(),
    *get_args(Role),
    *get_args(Severity),
    "{n} customers",
    *STAGES,
    "up",
    "down",
)


def said_by_constants():
    """Texts that are looked up by a variable."""
    for entry in verdicts.EXPLANATIONS:
        yield from (entry.verdict, entry.title, entry.short, entry.means, entry.do, entry.sure, entry.avoid)
    yield from chain.from_iterable(verdicts.STATEMENTS.values())
    yield from verdicts.NUMBERS
    for criterion in (*CRITERIA, LATER):
        yield from filter(None, (criterion.title, criterion.better, criterion.limit_words))
    yield from (
        *actions._MEASURES.values(),
        *actions._STAGES.values(),
        *actions._ONE.values(),
        *(form for forms in actions._SUBSETS.values() for form in forms),
        *actions._TIMES.values(),
        "{n}",
        "one customer",
        *SAID_BY_VARIABLE,
    )
    yield from ("Gaussian mixture", "Ward")
    yield from MONTHS
    for table in (
        audience_columns.COLUMN_MEANINGS,
        audience_columns.COLUMN_TITLES,
        audience_columns.KINDS,
        choice.REASONS,
        choice.CHOICES,
        choice.REFUSALS,
        choice.SPENDING,
        choice.VERDICTS,
        choice.WISHES,
        choice.PRICES,
        choice.NOTES,
        choice.BRIEFLY,
    ):
        yield from filter(None, table.values())


def said():
    return list(dict.fromkeys([*said_in_templates(), *said_in_code(), *said_by_constants()]))


def test_every_text_of_the_report_is_in_the_english_file_and_no_other():
    assert sorted(tomllib.loads(english_text())["report"]) == sorted(said())


GERMAN = """
language = "Deutsch"
code = "de"
[grammar]
thousands = "."
decimal = ","
percent = "{number} %"
customers = "Kunden"
[meanings.age]
high = [{ adjective = "ältere" }]
[report]
"Segment by segment" = "Segment für Segment"
"{n} customers fall into {k} clear groups." = "{n} Kunden bilden {k} natürliche Segmente."
"four" = "vier"
"{n} customers" = "{n} Kunden"
"""


@pytest.fixture(scope="module")
def german(blobs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("german")
    (folder / "deutsch.toml").write_text(GERMAN, encoding="utf-8")
    seg = clustera.segment(blobs, language=folder / "deutsch.toml", progress=False)
    return seg, clustera.load(seg.save(folder / "run"))


def test_names_and_report_speak_the_language_that_was_asked_for(german):
    seg, _ = german
    page = seg.report_html()
    assert "Ältere careful spenders" in seg.names.values()
    assert '<html lang="de">' in page
    assert "<h1>180 Kunden bilden vier natürliche Segmente.</h1>" in page
    assert ">Segment für Segment</h2>" in page
    assert "Where the customers are" in page  # left out, so in English


def test_a_table_and_a_sentence_write_a_number_alike(german):
    seg, _ = german
    largest = seg.outcome.segments[0]
    assert largest.share == 60 / 180
    assert "33 %" in seg.segments.sentence[0]
    assert "<strong>33 %</strong> 60 Kunden" in seg.report_html()


def test_a_loaded_run_still_speaks_its_language(german):
    seg, loaded = german
    assert loaded.report_html() == seg.report_html()


def test_the_next_page_is_english_again(german, blobs):
    german[0].report_html()
    english = clustera.segment(blobs, progress=False)
    assert "180 customers fall into four clear groups." in english.report_html()


def test_a_wrong_language_file_stops_a_run_before_its_work(tmp_path):
    (tmp_path / "wrong.toml").write_text("[trust]\ndistnct = 'Klar.'\n", encoding="utf-8")
    with pytest.raises(clustera.InputError, match=r"line 2, trust\.distnct: nothing uses this key"):
        clustera.segment("no_such_table.csv", language=tmp_path / "wrong.toml", progress=False)
