"""What the examples of docstrings may use without making it: `seg`, `later`, `customers`, `orders` and runs.

The example of `clustera.Segmentation` makes them, once, and the runs "march" and "april" in the folder "runs".
"""

from __future__ import annotations

import ast
import doctest
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from threadpoolctl import threadpool_limits

import clustera.segmentation  # noqa: F401 - before pytest imports its files by their paths: a class must be there only once

mpl.use("Agg")

SHARED = ("seg", "customers", "orders", "later")
RUNS = ("march", "april")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The names that the example of `Segmentation` makes, and under "folder" where it published its run."""
    from clustera import Segmentation

    made: dict[str, Any] = {"folder": tmp_path_factory.mktemp("shop")}
    here = Path.cwd()
    os.chdir(made["folder"])
    with threadpool_limits(1):
        for example in doctest.DocTestParser().get_examples(Segmentation.__doc__ or ""):
            exec(compile(example.source, "the example of Segmentation", "exec"), made)
    os.chdir(here)
    yield made
    made["seg"].close()


@pytest.fixture(autouse=True)
def _example(
    request: pytest.FixtureRequest,
    doctest_namespace: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """An example runs in a folder of its own, with the names it uses and does not make."""
    test: doctest.DocTest = request.node.dtest
    source = "".join(example.source for example in test.examples)
    monkeypatch.chdir(tmp_path)
    doctest_namespace.clear()
    wanted = _names_used(source) & set(SHARED) - set(test.globs)
    if wanted or any(f'load("{run}")' in source for run in RUNS if "publish" not in source):
        made = request.getfixturevalue("shop")
        doctest_namespace.update((name, made[name]) for name in wanted)
        shutil.copytree(made["folder"], tmp_path, dirs_exist_ok=True)
    with threadpool_limits(1):
        yield
    if "plot" in source:
        import matplotlib.pyplot as plt

        plt.close("all")


def _names_used(source: str) -> set[str]:
    """The names that a text of Python reads and never sets.

    >>> sorted(_names_used("x = len(y)"))
    ['len', 'y']
    """
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    stored = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return {name.id for name in names} - stored
