"""What an error says is said with the command's options to its users, and with Python's arguments to those who call from there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import clustera
from clustera.segmentation.launched import LaunchedCampaign
from clustera.spoken_options import FIELDS, in_api, in_python, on_page

SOURCE = Path(clustera.__file__).parent
# Raised by the command and the service alone, whose options Python does not have.
COMMAND_ONLY = ("cli", "service", "export/dbt.py", "report/browser.py")


def told_errors() -> Iterator[tuple[str, str]]:
    """Every text of an error that is written in the source, {} where something is filled in."""
    for file in sorted(SOURCE.rglob("*.py")):
        where = file.relative_to(SOURCE).as_posix()
        if where.startswith(COMMAND_ONLY):
            continue
        source = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if "Error(" in source or "hint=" in source else ():
            if isinstance(node, ast.Call):
                hints = [word.value for word in node.keywords if word.arg == "hint"]
                if getattr(node.func, "id", "").endswith("Error"):
                    hints += node.args[:1]
                for text in hints:
                    for part in ast.walk(text):
                        if isinstance(part, ast.JoinedStr):
                            yield (
                                where,
                                "".join(v.value if isinstance(v, ast.Constant) else "NUMBER" for v in part.values),
                            )
                        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                            yield where, part.value


TOLD = sorted(set(told_errors()))
WITH_OPTIONS = [(where, text) for where, text in TOLD if re.search(r"(?<![\w-])--[a-z]", text)]


def test_many_errors_name_options():
    assert len(TOLD) > 400
    assert len(WITH_OPTIONS) > 40


@pytest.mark.parametrize(("where", "text"), WITH_OPTIONS)
def test_python_is_told_arguments(where, text):
    said = in_python(text)
    without_commands = re.sub(r"`clustera [^`]*`|\bclustera [a-z]+ [^.;`]*(\.\w[^.;`]*)*", "", said)
    assert not re.search(r"(?<![\w-])--[a-z]", without_commands), said
    assert in_python(said) == said


def test_a_page_says_labels_of_its_fields_or_that_it_is_for_a_terminal():
    shown = "".join(page.read_text(encoding="utf-8") for page in (SOURCE / "service" / "templates").glob("*.j2"))
    assert not [label for label in FIELDS.values() if f'say("{label}' not in shown]
    for _, text in TOLD:
        for sentence in re.split(r"(?<=[.;?]) (?=[A-Z`])", on_page(text)):
            assert re.search(r"^In a|; in a terminal: ", sentence) or not re.search(
                r"(?<![\w-])--[a-z]|`clustera ", sentence
            ), text


def test_the_command_is_never_told_arguments_of_python():
    assert not [(where, text) for where, text in TOLD if re.search(r"in Python|\b\w+=(True|False)\b", text)]


def test_an_error_says_either_by_who_asks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(clustera.RunError) as error:
        clustera.load("march")
    assert str(error.value).endswith("Hint: In a terminal: `clustera runs` lists the runs; runs= names another folder.")
    assert error.value.hint == "`clustera runs` lists the runs; --runs names another folder."
    table = pd.DataFrame({"x": [1.0] * 50, "y": range(50)})
    with pytest.raises(clustera.InputError, match=r"Leave it out: exclude='x'\."):
        clustera.segment(table, features=["x", "y"], progress=False)


CALLS = sorted({in_python(text) for _, text in TOLD if "clustera " in text})


@pytest.mark.parametrize("said", CALLS)
def test_a_whole_command_is_a_call_that_python_has_or_is_for_a_terminal(said):
    for sentence in re.split(r"(?<=[.;?]) (?=[A-Z`])|; ", said):
        assert re.match(r"in a terminal: ", sentence, re.IGNORECASE) or not re.search(r"\bclustera [a-z]+", sentence)
    objects = {"load": clustera.Segmentation, "load_campaign": LaunchedCampaign}
    for first, method in re.findall(r"\bclustera\.(\w+)\([^()]*\)(?:\.(\w+))?", said):
        assert hasattr(clustera, first)
        assert not method or hasattr(objects[first], method)
    for name, method in re.findall(r"`(Segmentation|LaunchedCampaign)\.(\w+)`", said):
        assert hasattr({"Segmentation": clustera.Segmentation, "LaunchedCampaign": LaunchedCampaign}[name], method)


def test_there_are_calls_for_many_commands():
    assert sum("clustera." in said or "Campaign." in said for said in CALLS) >= 10


def test_findings_in_python_name_arguments_and_software_fields():
    table = pd.DataFrame(
        {"id": [*range(99), 7], "segment": ["a", "b"] * 50, "age": [20, 22, 60, 63] * 25, "spend": [1, 2, 9, 8] * 25}
    )
    cures = clustera.segment(table, k=2, progress=False).findings["cure"]
    assert any('keep="leaked-label"' in cure for cure in cures)
    assert not any("--" in cure for cure in cures)
    for _, text in TOLD:
        assert "clustera.segment(orders=" not in in_api(text)
        assert not re.search(r"(?<![\w-])--[a-z]", re.sub(r"clustera [a-z]+ .*", "", in_api(text).replace("`", ""))), (
            text
        )
