"""`make quick` runs the tests of what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.changed import ALWAYS, ROOT, chosen_tests


def test_a_changed_module_is_tested_by_its_examples_and_the_tests_that_import_it() -> None:
    assert chosen_tests(["src/clustera/check/brackets.py"]) == [
        "tests/check/test_brackets.py",
        "tests/check/test_observations.py",
        ALWAYS,
        "src/clustera/check/brackets.py",
    ]


def test_a_changed_test_is_run() -> None:
    assert chosen_tests(["tests/engines/test_ranks.py", "tests/shoppers.py"]) == ["tests/engines/test_ranks.py", ALWAYS]


def test_a_module_that_no_test_imports_is_tested_by_its_room(tmp_path: Path) -> None:
    for name in ("src/clustera/read/new.py", "tests/read/test_one.py", "tests/read/test_two.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert chosen_tests(["src/clustera/read/new.py"], root=tmp_path) == [
        "tests/read/test_one.py",
        "tests/read/test_two.py",
        "src/clustera/read/new.py",
    ]


@pytest.mark.parametrize(
    "path", [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("src/clustera/*/*.py"))[::12]]
)
def test_every_test_that_is_chosen_is_there(path: str) -> None:
    chosen = chosen_tests([path])
    assert path in chosen
    assert all((ROOT / some).exists() for some in chosen)


def test_a_module_that_is_gone_is_not_run() -> None:
    assert "src/clustera/read/gone.py" not in chosen_tests(["src/clustera/read/gone.py"])
