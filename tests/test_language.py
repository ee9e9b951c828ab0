"""What people read is plain American English: no retired word in any text or public name (docs/glossary.md)."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import typer

import clustera
from clustera.cli import app
from clustera.settings import all_options
from clustera.store.headings import HEADS
from clustera.texts import load_findings

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "clustera"

# Words of an earlier private language, and British spelling. Each pattern stands for a concept that has another name now.
RETIRED = (
    r"drawn for convenience", r"drawn,? not found", r"workable parts", r"drawn again", r"draw(s|n|ing)? along",
    r"comes? back when", r"thins? out", r"halfway", r"price of the wish", r"freely chosen", r"finest number",
    r"stands? apart", r"set aside", r"setting aside", r"\d quarantined", r"taken for", r"what a table promises",
    r"recogni[sz]e them", r"leave alone", r"hypothesis", r"silent for longer", r"rhythm", r"day of judge?ment", r"last day that is seen",
    r"order days?\b", r"what speaks against", r"foretell?s?", r"bears? out", r"had no say", r"middle-of-the-road", r"minimal spenders",
    r"nought", r"where to cut", r"further questions", r"drawn by chance", r"continuum without gaps",
    r"behaviour", r"colour", r"\bcentres?\b", r"neighbour", r"judgement", r"normalis", r"standardis", r"analys(e|ing|ed)\b",
    r"randomis", r"catalogue", r"favour", r"recognis", r"organis", r"labelled", r"grey\b",
)  # fmt: skip
PATTERN = re.compile("|".join(RETIRED), re.IGNORECASE)
CODE = re.compile(r"`[^`]*`|```.*?```|^    .*$", re.DOTALL | re.MULTILINE)


def texts_of_code():
    """Every text in the package that is not a docstring and reads like words: messages, titles, help."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docstrings:
                continue
            words = " " in node.value or re.fullmatch("[A-Z][a-z]+", node.value)
            if words and not re.search(r"\bselect\b|\bcase when\b", node.value):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def texts_of_pages():
    """Templates, scripts, the language file, catalogs, README and docs, without their code; notebooks with what they print."""
    for path in sorted(path for kind in ("j2", "js", "toml") for path in SOURCE.rglob(f"*.{kind}")):
        if ".css" not in path.name and path.name != "lexicon.toml":  # the words of users' columns
            text = re.sub(r"\{[{%].*?[%}]\}|<[^>]*>", " ", path.read_text(encoding="utf-8"))
            yield str(path.relative_to(ROOT)), re.sub(r"^(names|reversed) = .*$", "", text, flags=re.MULTILINE)
    for path in sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]):
        if path.name != "glossary.md":
            text = CODE.sub(" ", path.read_text(encoding="utf-8"))
            # The vocabulary lists names that users' columns have, old ones included.
            listed = path.name == "profile.md"
            yield (
                str(path.relative_to(ROOT)),
                re.sub(r"^\| .*, … \|.*$", "", text, flags=re.MULTILINE) if listed else text,
            )
    for path in sorted((ROOT / "examples").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            printed = (
                each.get("data", {}).get("text/plain", "") or each.get("text", "") for each in cell.get("outputs", [])
            )
            written = "".join(cell["source"]) if cell["cell_type"] == "markdown" else ""
            yield path.name, "\n".join([written, *map("".join, printed)])


def public_names() -> Iterator[str]:
    """Names that people write: of Python with its parameters, of the command, of options, columns and findings."""
    for name in clustera.__all__:
        thing = getattr(clustera, name)
        members = [thing, *(getattr(thing, member) for member in dir(thing) if member[0] != "_")]
        yield from [name, *(member for member in dir(thing) if member[0] != "_")]
        for member in filter(callable, members):
            if str(getattr(member, "__module__", "")).startswith("clustera"):
                yield from inspect.signature(member).parameters
    yield from names_of_command(typer.main.get_command(app))
    yield from [*all_options(), *HEADS, *load_findings()]


def names_of_command(command) -> Iterator[str]:
    yield from [command.name or "", *(option for parameter in command.params for option in parameter.opts)]
    for verb in getattr(command, "commands", {}).values():
        yield from names_of_command(verb)


def found_in(texts):
    return sorted(f"{where}: {hit.group()!r}" for where, text in texts for hit in PATTERN.finditer(text))


def test_no_text_of_the_package_uses_a_retired_word():
    assert found_in(texts_of_code()) == []


def test_no_page_uses_a_retired_word():
    assert found_in(texts_of_pages()) == []


def test_public_names_are_american_and_plain():
    names = set(public_names())
    assert {"segment", "--choose-by", "choose_by", "like", "days_overdue", "noise-feature"} <= names
    assert found_in((name, re.sub(r"[_.-]+", " ", name).strip()) for name in names) == []


def test_each_word_of_the_glossary_is_explained_once():
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE
    )
    words = [row[0].strip() for row in rows if row[0].strip() not in {"word", "---"}]
    assert len(words) > 40
    assert len(words) == len(set(words))


@pytest.mark.parametrize("text", ["drawn again", "the customers' behaviour", "set aside"])
def test_a_retired_word_is_found(text):
    assert found_in([("here", text)])


def test_the_language_file_is_shipped():
    assert (resources.files("clustera.texts") / "english.toml").is_file()
