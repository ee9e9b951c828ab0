"""What names and sizes of the source promise to whoever looks for something (docs/architecture.md, "What a name tells")."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import clustera

ROOT = Path(clustera.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef
METHODS = ("get", "post", "put", "delete")
VERBS = {
    "add", "backup", "change", "check", "choose", "compare", "count", "delete", "disable", "enable", "end", "explain", "export",
    "freeze", "keep", "launch", "list", "note", "pause", "plan", "predict", "print", "prune", "pull", "push", "recommend", "record",
    "remake", "remove", "rename", "restore", "resume", "run", "save", "segment", "set", "show", "start", "upgrade", "write",
}  # fmt: skip
MOST_BRANCHES, MOST_COMPLEX = 15, 5


@cache
def trees() -> dict[str, ast.Module]:
    """Every file of the package by its path within it."""
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def functions() -> Iterator[tuple[str, Function]]:
    """Every function and method, with its file."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield path, node


def decorated(room: str, *names: str) -> Iterator[tuple[str, str, Function]]:
    """Functions of a room below a decorator such as `@router.get(...)`: file, name of the decorator, the function."""
    for path, function in functions():
        for call in function.decorator_list:
            called = call.func if isinstance(call, ast.Call) else None
            if path.startswith(room) and isinstance(called, ast.Attribute) and called.attr in names:
                yield path, called.attr, function


def branches(function: Function) -> int:
    """Ways through a function: each if, loop, handler, condition within an expression and `and` or `or` opens one."""
    opened = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.IfExp, ast.comprehension)
    nodes = [*ast.walk(function)]
    return (
        1
        + sum(isinstance(node, opened) for node in nodes)
        + sum(len(n.values) - 1 for n in nodes if isinstance(n, ast.BoolOp))
    )


def test_an_address_of_the_api_is_named_by_its_method():
    found = [(m, f.name) for path, m, f in decorated("service/", *METHODS) if path.startswith("service/api")]
    assert len(found) > 50
    assert [(method, name) for method, name in found if not name.startswith(f"{method}_")] == []


def test_an_address_of_the_dashboard_is_named_by_what_it_answers():
    asked = [f.name for path, _, f in decorated("service/", "get") if path.endswith("_pages.py")]
    ends = ("_page", "_json", "_csv", "_file", "_pdf", "_provider")
    assert len(asked) > 60
    assert [name for name in asked if not name.endswith(ends)] == []


def test_a_verb_of_the_command_is_a_function_that_begins_with_a_verb():
    found = [(path, f.name) for path, _, f in decorated("cli/", "command")]
    assert len(found) > 60
    assert [(path, name) for path, name in found if name.split("_")[0] not in VERBS] == []


def test_what_a_request_asks_of_the_application_is_in_one_file():
    homes = {
        path
        for path, tree in trees().items()
        for node in tree.body
        if isinstance(node, Function) and not node.name.startswith("_") and node.name.endswith("_of")
        if [arg.arg for arg in node.args.args][:1] == ["request"]
    }
    assert homes == {"service/held.py"}


def test_few_names_are_given_twice():
    homes = defaultdict(set)
    for path, tree in trees().items():
        for node in tree.body:
            if isinstance(node, (*Function.__args__, ast.ClassDef)):
                homes[node.name].add(path)
    twice = {name: paths for name, paths in homes.items() if len(paths) > 1}
    assert len(twice) <= 45, sorted(twice)


def test_most_function_names_are_more_than_one_word():
    names = [function.name.strip("_") for _, function in functions() if not function.name.startswith("__")]
    assert sum("_" not in name for name in names) <= 0.35 * len(names)


def test_no_file_is_over_400_lines():
    sizes = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in ROOT.rglob("*.py")}
    assert {path: lines for path, lines in sizes.items() if lines > 400} == {}


def test_few_functions_have_many_branches():
    complex_ones = {(path, f.name): n for path, f in functions() if (n := branches(f)) > MOST_BRANCHES}
    assert len(complex_ones) <= MOST_COMPLEX, complex_ones
    assert max(complex_ones.values()) < 20
