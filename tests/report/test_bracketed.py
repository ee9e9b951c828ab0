"""No word of a report stands outside the language file: templates say every word, and bracketed texts bracket all."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import clustera
from clustera.report import render_page
from clustera.store.workbook import write_workbook
from clustera.texts import english_text, load_language, speaking, to_locale
from clustera.texts.dates import MONTHS
from clustera.texts.templates import texts_to_toml
from tests import outcomes, shoppers

ROOMS = Path(clustera.__file__).parent
# Names of things, in any language, and what is typed.
ALLOWED = re.compile(
    r"\b(Clustera|Python|SQL|DuckDB|SHA-256|API|JSON|CSV|US|openapi\.json|\S+@\S+\.example|orders-\*\.csv|https|postgresql://\S+)\b"
)
SPOKEN = ("sentence", "trust", "action_labels", "actions", "report", "phrases", "findings", "notes", "roles")
SAID = {"aria-label", "title", "alt", "placeholder", "data-label"}  # attributes that people read or hear
UNSAID = {"style", "script", "code", "pre", "cite"}
WORD = re.compile(r"[A-Za-z]{2,}")


def words_outside_say(template):
    """What a template holds besides tags, its own statements, code and cited works."""
    text = re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"<(style|script|code|pre)\b.*?</\1>|<ul class=\"sources\">.*?</ul>", " ", text, flags=re.DOTALL)
    said = [part for _, part in re.findall(r'\b(aria-label|title|alt|placeholder|data-label)="([^"]*)"', text)]
    told = [*re.sub(r"<[^>]*>", "|", text).split("|"), *said]
    return [part.strip() for part in told if WORD.search(ALLOWED.sub("", part))]


@pytest.mark.parametrize("room", ["components", "report", "service"])
def test_a_template_says_every_word(room):
    found = {
        path.name: outside
        for path in sorted((ROOMS / room / "templates").glob("*.html.j2"))
        if (outside := words_outside_say(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "template", ["<p>Some words</p>", '<p title="Some words"></p>', "{{ n }} rows{% if n %} read{% endif %}"]
)
def test_a_word_outside_say_is_found(template):
    assert words_outside_say(template)
    assert not words_outside_say('<p title="{{ say("Some words") }}">{{ say("Some words") }} · Clustera</p>')


class _Read(HTMLParser):
    """What people read of a page: its text and the attributes that are said, in pieces."""

    def __init__(self, page):
        super().__init__()
        self.parts, self.silent, self.sources = [], 0, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.silent += tag in UNSAID
        self.sources = self.sources or ("class", "sources") in attrs
        self.parts += ["|" * (tag != "tspan"), *(f"|{value}|" for name, value in attrs if name in SAID and value)]

    def handle_endtag(self, tag):
        self.silent -= tag in UNSAID
        self.parts += "|" * (tag != "tspan")
        self.sources = self.sources and tag != "ul"

    def handle_data(self, data):
        if not self.silent and not self.sources:
            self.parts.append(data)


def english_left(page, names):
    """Words outside brackets that are no name of the data."""
    depth, outside = 0, []
    for letter in "".join(_Read(page).parts):
        depth += letter == "«"
        outside.append(" " if depth else letter)
        depth -= letter == "»"
    assert depth == 0
    text = re.sub(r"\s+", " ", re.sub(r"[\w-]+ \d+(\.\d+)+", " ", "".join(outside)))  # numpy 2.4.6
    for name in sorted(set(filter(None, names)), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text)
    return sorted({part.strip() for part in text.split("|") if WORD.search(part)})


def names_of(outcome):
    """What a page repeats of the data: titles, values, names of segments, of RFM groups and of models."""
    features = outcome.preparation.features
    yield from (name for f in features for name in (f.title, f.label, f.unit))
    yield from (entry.label for entry in outcome.patterns.distributions)
    yield from (segment.name for segment in outcome.segments)
    yield from (name for column in outcome.columns for name in (column.name, column.title))
    for counted in outcome.patterns.categories:
        yield from (counted.name, *counted.values)
    if outcome.comparison:
        yield from (outcome.comparison.before, outcome.comparison.after, *outcome.comparison.names_before.values())
    if outcome.behavior:
        yield from (name for name, _, _ in outcome.behavior.rfm.groups)
        yield from (entry.category for entry in outcome.behavior.affinities)
        yield outcome.behavior.money.currency
    if outcome.value:
        yield from (outcome.value.purchase_model.name, outcome.value.spend_model.name)
        yield from (score.name for score in outcome.value.back_test.scores if score.kind == "model")
    yield from (outcome.source.name, "Clustera", "SHA-256", "Yeo-Johnson")


def bracketed(texts):
    return {key: bracketed(text) if isinstance(text, dict) else f"«{text}»" for key, text in texts.items()}


@pytest.fixture(scope="module")
def language(tmp_path_factory):
    """A language file in which every text is in brackets."""
    english = tomllib.loads(english_text())
    own = {section: bracketed(english[section]) for section in SPOKEN}
    own["report"] |= {month: f"{number}." for number, month in enumerate(MONTHS, start=1)}  # months are shortened
    marks = {key: english["grammar"][key] for key in ("times", "same")}
    path = tmp_path_factory.mktemp("language") / "bracketed.toml"
    head = ['language = "Bracketed"', 'code = "xx"']
    path.write_text("\n".join([*head, *texts_to_toml(own | {"grammar": bracketed(marks)})]), encoding="utf-8")
    return path


def test_a_word_outside_brackets_is_found():
    page = '<p title="Read here">«All of «this» is said», not this</p><p>Tea</p><code>this</code>'
    assert english_left(page, {"Tea"}) == [", not this", "Read here"]


def shop():
    outcome, sample = shoppers.shopping()
    return outcomes.with_comparison(outcome), sample


@pytest.mark.parametrize("made", [shop, shoppers.refused, outcomes.mall])
def test_every_word_of_a_report_is_in_the_language_file(made, language):
    outcome, sample = made()
    page = render_page(
        replace(outcome, locale=to_locale(load_language(language))), sample=sample, files=["customers.csv"]
    )
    assert english_left(page, names_of(outcome)) == []


@pytest.fixture(scope="module")
def run(language):
    """A year and a half of orders of 75 customers, in three categories."""
    random = np.random.default_rng(5)
    lines = []
    for customer in range(75):
        gap, mean, last = [(9, 60, 540), (30, 20, 540), (20, 35, 380)][customer % 3]
        day = int(random.integers(0, 60))
        while day < last:
            lines.append((f"C{customer:03d}", day, round(float(random.gamma(4, mean / 4)) + 0.01, 2)))
            day += 1 + int(random.poisson(gap))
    frame = pd.DataFrame(lines, columns=["customer_id", "day", "amount"])
    frame["category"] = random.choice(["Brot", "Milch", "Wurst"], len(frame))
    frame["date"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(frame.pop("day"), unit="D")
    frame.loc[[3, 30], "amount"] = np.nan
    with clustera.segment(orders=frame, k=3, language=language, diagnostics=True, progress=False) as seg:
        yield seg


def test_a_run_by_orders_says_nothing_besides(run):
    assert english_left(run.report_html(), names_of(run.outcome)) == []
    assert english_left(run._repr_html_(), names_of(run.outcome)) == []


def test_the_workbook_of_a_run_has_heads_in_its_language_and_formats_that_do_not_read_them(run, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = run.save(tmp_path / "run", excel=True) / "segments.xlsx"
    book, titles = openpyxl.load_workbook(path), {column.title for column in run.outcome.columns}
    for name in book.sheetnames:
        first = 4 if name in {"Summary", "Moves"} else 1
        heads = [cell.value for cell in book[name][first] if cell.value]
        assert heads
        assert (name, [head for head in heads if "«" not in head and head not in titles]) == (name, [])


def test_a_translated_head_of_money_keeps_the_format_of_money(language, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    outcome, _ = shop()
    with speaking(to_locale(load_language(language))):
        write_workbook(tmp_path / "book.xlsx", outcome, pa.table({"id": ["a"]}))
    cells = openpyxl.load_workbook(tmp_path / "book.xlsx")["Summary"]
    told = {head.value: cell.number_format for head, cell in zip(cells[4], cells[5], strict=True) if head.value}
    money = [
        format_ for head, format_ in told.items() if re.search("Expected|Likely|[Ss]ales", head) and "Share" not in head
    ]
    assert len(money) == 6
    assert {format_.partition(" ")[0] for format_ in money} == {"#,##0.00"}
    assert [format_ for head, format_ in told.items() if "Share" in head] == ["0.0%", "0.0%"]
