"""No decision reads or edits a sentence: records carry codes, and sentences are made of them once."""

from __future__ import annotations

import ast
import re
from pathlib import Path

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
    "engines/duck.py: conversion error",
    "engines/stopping.py: Query interrupted",
    "service/database.py: not a database",
    "service/new_pages.py: --",  # cures name options of the command; the page names its own place instead
    "settings.py: Value error, ",
    "warehouse/postgres.py: connection to server ",
    "warehouse/postgres.py: \n\nQuery was:",
}


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


def test_rows_left_out_are_counted_by_their_codes():
    for path in ROOT.rglob("*.py"):
        assert not re.search(r"(group|order) by (\w+, )?reason\b", path.read_text("utf-8")), path
