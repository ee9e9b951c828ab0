"""What the command prints fits the line, whatever its width."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.cli.grid import print_table, wrap_sentence
from tests.test_control_groups import orders

cells = st.text(alphabet="abc äß", min_size=0, max_size=30)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs of one log: November's, and December's by its definitions."""
    folder = tmp_path_factory.mktemp("runs")
    log = orders(1, 400)
    with clustera.segment(orders=log, as_of="2024-10-31", k=4, value=False, progress=False) as first:
        first.publish(folder, name="october")
        with clustera.segment(orders=log, as_of="2024-11-30", like=first, value=False, progress=False) as second:
            second.publish(folder, name="november")
    return folder


def said(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.stdout


def table_of(text):
    """The lines of the first table: from the blank line before its titles to the one behind it."""
    lines = text.splitlines()
    rule = next(i for i, line in enumerate(lines) if "───" in line)
    first = max(i for i in range(rule) if not lines[i].strip())
    last = next(i for i in range(rule, len(lines)) if not lines[i].strip())
    return lines[first + 1 : last]


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_table_of_segments_fits_the_line_and_says_what_it_leaves_out(runs, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    text = said("show", "november", "--runs", runs)
    table = table_of(text)
    assert max(map(len, table)) <= width
    rule = next(i for i, line in enumerate(table) if "───" in line)
    titles = " ".join(table[:rule])
    assert {"segment", "customers", "suggested", "action"} <= set(titles.split())
    assert ("Left out to fit" in text) == (width < 200)
    if width < 200:
        told = re.sub(r"\s+", " ", text)
        assert f"Left out to fit {width} columns: " in told
        assert told.index("Left out") < told.index("The report has all.")


@pytest.mark.parametrize("width", [80, 100, 200])
def test_who_moved_is_said_once(runs, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    assert re.sub(r"\s+", " ", said("show", "november", "--runs", runs)).count("moved up to segments") == 1


@settings(max_examples=60, deadline=None)
@given(
    st.integers(20, 220),
    st.integers(1, 9).flatmap(
        lambda n: st.tuples(
            st.lists(cells, min_size=n, max_size=n),
            st.lists(st.lists(cells, min_size=n, max_size=n), max_size=4),
            st.permutations(range(n)),
        )
    ),
)
def test_any_table_fits_and_loses_columns_only_in_the_stated_order(width, made):
    head, rows, order = made
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        import contextlib
        import io

        with contextlib.redirect_stdout(io.StringIO()) as out:
            dropped = print_table(head, rows, optional=order[:-1])
    assert max(map(len, out.getvalue().splitlines()), default=0) <= width
    assert dropped == [head[i] for i in order[: len(dropped)]]
    if width >= 220 and len(head) <= 5:
        assert dropped == []


def test_nothing_is_left_out_where_the_line_is_long_enough(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert print_table(["one", "two words"], [["a", "b c"]], optional=(1, 0)) == []
    monkeypatch.setenv("COLUMNS", "12")
    assert print_table(["name", "long title"], [["alpha", "1"]], optional=(1,)) == ["long title"]
    assert "title" not in capsys.readouterr().out.split("───")[-1]


def test_the_hint_for_a_log_keeps_the_path_as_it_was_typed(tmp_path):
    place = tmp_path / "a folder"
    place.mkdir()
    orders(2, 200).to_csv(place / "log.csv", index=False)
    for words in (["segment"], ["check"]):
        result = CliRunner().invoke(app, [*words, str(place / "log.csv")])
        assert f"clustera segment --orders '{place}/log.csv'" in re.sub(r"\s+", " ", result.output)


def test_after_a_redraw_it_is_said_what_latest_means(runs, tmp_path):
    orders(1, 400).to_csv(tmp_path / "log.csv", index=False)
    told = said(
        "segment", "--orders", tmp_path / "log.csv", "--like", "november", "--redraw", "--k", "4", "--name", "anew",
        "--set", "value=false", "--runs", runs,
    )  # fmt: skip
    assert "'latest' is now this redraw, anew; for the earlier definitions, say --like november." in told


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("words", [("show", "november"), ("compare", "october", "november")])
def test_every_sentence_fits_the_line(runs, monkeypatch, width, words):
    monkeypatch.setenv("COLUMNS", str(width))
    text = said(*words, "--runs", runs)
    sentences = [line for line in text.splitlines() if "───" not in line and not line.startswith(("Report: ", " "))]
    assert "moved up" in " ".join(text.split())
    assert max(map(len, sentences)) <= width


@settings(max_examples=60)
@given(text=st.text(alphabet="ab c\n", max_size=200), width=st.integers(5, 60))
def test_a_wrapped_sentence_keeps_its_words_and_its_lines(text, width):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        lines = [wrap_sentence(line) for line in text.split("\n")]
    assert [line.split() for line in lines] == [line.split() for line in text.split("\n")]
    assert all(len(part) <= width or " " not in part.strip() for line in lines for part in line.splitlines())
