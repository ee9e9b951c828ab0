"""No decision reads or edits a sentence: records carry codes, and sentences are made of them once."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import clustera

ROOT = Path(clustera.__file__).parent
TAKES_APART = {
    "startswith", "endswith", "removeprefix", "removesuffix", "partition", "rpartition", "split", "rsplit", "replace",
    "index", "find",
}  # fmt: skip
SENTENCES = {"message", "hint", "reason", "sentence", "statement", "explanation", "definition"}
WORDS = re.compile(r"\w \w|, [a-z]{2,} | (?:or|and|in|of) ")
# What other programs say is all that they give, and SQL and definitions are languages that are written to be read.
OTHERS = {
    "engines/errors.py: conversion error",
    "engines/errors.py: failed to offload",
    "engines/stopping.py: Query interrupted",
    "read/sheets.py: Cannot detect file format",
    "settings.py: Value error, ",
    "warehouse/postgres.py: connection to server ",
    "warehouse/postgres.py: \n\nQuery was:",
}
# Functions of `texts` that write what people read.
SPEAKS = {
    node.name
    for path in (ROOT / "texts").glob("*.py")
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or ast.Constant("")) in {"str", "list[str]"}
    if not node.name.startswith("_")
} - {"option_of_cure"}  # data of the catalog
MODULES = {"texts", *(path.stem for path in (ROOT / "texts").glob("*.py"))}
# What is laid out, whatever it says: a break before the year, a currency behind the sign.
LAID_OUT = {
    "components/months.py: texts.format_month(month).split(' ')",
    "plots/changes.py: texts.format_day(day).rsplit(' ', 1)",
    "texts/numbers.py: text.startswith(('-', '−'))",
}
PATTERNS = {"search", "match", "fullmatch", "findall", "finditer", "split", "sub"}


def read_back(source: str, *, texts_room: bool = False) -> list[str]:
    """What a file matches, searches or compares in a text that a function of `texts` has written.

    Args:
        source: The file.
        texts_room: Whether it belongs to `texts`: an argument called `text` is then a text for people too.
    """
    found = []
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            given = {each.arg for each in function.args.args} & {"text"} if texts_room else set[str]()
            names = spoken_names(function, given)
            found += [ast.unparse(node) for node in ast.walk(function) if looks_into(node, names)]
    return list(dict.fromkeys(found))


def spoken_names(function: ast.AST, given: set[str]) -> set[str]:
    """The names of a function's texts for people."""
    names = set(given)
    for _ in range(3):  # a name may be bound to one that is bound further down
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                pairs = [(node.targets[0], node.value)]
                if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(node.targets[0].elts, node.value.elts, strict=False))
            elif isinstance(node, ast.For | ast.comprehension):
                pairs = [(node.target, node.iter)]
            elif isinstance(node, ast.NamedExpr):
                pairs = [(node.target, node.value)]
            else:
                continue
            names |= {target.id for target, value in pairs if isinstance(target, ast.Name) and is_spoken(value, names)}
    return names


def is_spoken(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression is a text for people, or several of them."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in PATTERNS | {"join"}:
            return any(is_spoken(each, names) for each in (node.func.value, *node.args))
        module = name_of(node.func.value) if isinstance(node.func, ast.Attribute) else "texts"
        return name_of(node.func) in SPEAKS and module in MODULES
    if isinstance(node, ast.IfExp):
        return is_spoken(node.body, names) or is_spoken(node.orelse, names)
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) and is_spoken(part.value, names) for part in node.values)
    return isinstance(node, ast.Name) and node.id in names


def looks_into(node: ast.AST, names: set[str]) -> bool:
    """Whether a pattern is matched against a text for people, or such a text is compared with words."""
    if isinstance(node, ast.Compare):
        left, right = node.left, node.comparators[0]
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            return is_spoken(right, names)
        pairs = ((left, right), (right, left)) if isinstance(node.ops[0], ast.Eq | ast.NotEq) else ()
        return any(is_spoken(one, names) and isinstance(other, ast.Constant) and other.value for one, other in pairs)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return False
    if node.func.attr in TAKES_APART and is_spoken(node.func.value, names):
        return True
    return node.func.attr in PATTERNS and any(is_spoken(each, names) for each in node.args)


def decided(source: str) -> list[str]:
    """The texts that a file looks for in sentences, or takes out of them."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            looked_for, inside = node.left, node.comparators[0]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in TAKES_APART
            and node.args
        ):
            looked_for, inside = node.args[0], node.func.value
        else:
            continue
        text = looked_for.value if isinstance(looked_for, ast.Constant) else ""
        if isinstance(text, str) and text and (WORDS.search(text) or name_of(inside) in SENTENCES):
            found.append(text)
    return found


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_no_file_decides_by_the_words_of_a_sentence():
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {text}"
        for path in ROOT.rglob("*.py")
        for text in decided(path.read_text("utf-8"))
    }
    assert found == OTHERS


def test_the_decisions_that_this_is_about_are_found():
    assert decided('known = "Did you mean" in error.hint') == ["Did you mean"]
    assert decided('broken = "damaged" in error.message') == ["damaged"]
    assert decided('proof = text.startswith("Proof: run by DuckDB")') == ["Proof: run by DuckDB"]
    assert decided('title.replace("last 3 months", "last month")') == ["last 3 months"]
    assert decided('"code" in columns') == []


def test_no_file_looks_into_a_text_that_texts_has_written():
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {text}"
        for path in ROOT.rglob("*.py")
        for text in read_back(path.read_text("utf-8"), texts_room=path.parent == ROOT / "texts")
    }
    assert found == LAID_OUT


@pytest.mark.parametrize(
    ("lines", "looked"),
    [
        ("return _OPTION.findall(finding_cure(finding))", "_OPTION.findall(finding_cure(finding))"),
        ("return [one for one in _END.split(finding_cure(f)) if '--' in one]", "'--' in one"),
        ("return [one for one in texts.results_money(r) if re.search('--', one)]", "re.search('--', one)"),
        ("said = translate('Keep it.')\n    return 'Keep' in said", "'Keep' in said"),
        ("size = texts.format_count(n)\n    return size != '1'", "size != '1'"),
        ("return texts.finding_message(f).partition(': ')", "texts.finding_message(f).partition(': ')"),
    ],
)
def test_looks_into_a_text_are_found(lines, looked):
    assert looked in read_back(f"def look(finding):\n    {lines}")


def test_a_pattern_over_an_argument_called_text_is_found_in_texts_alone():
    source = "def without_commands(text):\n    return [one for one in _END.split(text) if not _OPTION.search(one)]"
    assert read_back(source, texts_room=True) == ["_END.split(text)", "_OPTION.search(one)"]
    assert read_back(source) == []


def test_rows_left_out_are_counted_by_their_codes():
    for path in ROOT.rglob("*.py"):
        assert not re.search(r"(group|order) by (\w+, )?reason\b", path.read_text("utf-8")), path


def test_no_query_counts_in_a_way_that_gives_nothing_for_none():
    """DuckDB's count_if is NULL where its condition is known of no row; a count with a filter is 0."""
    assert [path.name for path in ROOT.rglob("*.py") if "count_if(" in path.read_text()] == []
