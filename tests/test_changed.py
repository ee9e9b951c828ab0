"""`make quick` runs the tests of what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.changed import ALWAYS, LONG, LONGEST, MOST, NEAREST, ROOT, chosen_tests, read_tree

MODULES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("src/clustera/**/*.py"))[::9]


def of_module(path: str) -> list[str]:
    return [test for test in chosen_tests([path]) if test not in (ALWAYS, path)]


def test_a_changed_module_is_tested_by_its_examples_and_the_tests_anywhere_that_import_it() -> None:
    assert chosen_tests(["src/clustera/check/brackets.py"]) == [
        "tests/check/test_brackets.py",
        "tests/check/test_observations.py",
        ALWAYS,
        "tests/test_lexicon.py",
        "src/clustera/check/brackets.py",
    ]


@pytest.mark.parametrize("path", MODULES)
def test_every_module_has_a_test_and_every_chosen_test_is_there(path: str) -> None:
    chosen = of_module(path)
    assert 1 <= len(chosen) <= MOST
    assert all((ROOT / test).exists() for test in chosen)


def test_a_test_that_imports_a_module_is_chosen_unless_there_are_too_many() -> None:
    tree = read_tree(ROOT)
    for path in MODULES:
        module = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        importing = {test for test in tree.tests if f"from {module} import" in tree.files[test].text}
        importing = {test for test in importing if Path(test).name not in LONGEST}
        chosen = chosen_tests([path])
        assert importing <= {*chosen} or len(of_module(path)) == MOST, path


@pytest.mark.parametrize(
    ("path", "test"),
    [
        ("src/clustera/pipeline/launching.py", "tests/test_campaigns_job.py"),  # through the modules that import it
        ("src/clustera/value/history.py", "tests/value/test_history.py"),
        ("src/clustera/cli/offers.py", "tests/test_offer_plans.py"),
        ("src/clustera/texts/findings.toml", "tests/texts/test_findings.py"),  # through the module that names it
        ("src/clustera/lexicon.toml", "tests/test_lexicon.py"),
        ("tests/changed.py", "tests/test_changed.py"),
        ("tests/shoppers.py", "tests/plots/test_orders.py"),
        ("tests/value/conftest.py", "tests/value/test_history.py"),  # asks for its fixtures
    ],
)
def test_what_knows_a_file_is_chosen(path: str, test: str) -> None:
    assert test in chosen_tests([path])


def test_a_line_of_the_changelog_does_not_bring_the_tests_of_the_docs() -> None:
    assert "tests/test_docs.py" not in chosen_tests(["CHANGELOG.md", "src/clustera/check/brackets.py"])


def test_a_changed_test_is_run_however_long_it_is() -> None:
    assert chosen_tests(["tests/engines/test_ranks.py", "tests/test_mistakes.py"]) == [
        "tests/engines/test_ranks.py",
        ALWAYS,
        "tests/test_mistakes.py",
    ]


def test_many_changed_tests_take_no_longer_than_a_few_and_the_short_ones_come_first() -> None:
    changed = sorted(test for test in read_tree(ROOT).tests if Path(test).name not in LONGEST)
    chosen = chosen_tests(["tests/test_docs.py", *changed])
    assert len([test for test in chosen if test != ALWAYS]) == MOST
    assert not {Path(test).name for test in chosen} & {*LONGEST}
    assert "tests/test_docs.py" in chosen_tests(["docs/reading.md", *changed[: MOST - LONG]])


def test_many_changed_modules_share_the_files_and_each_has_its_nearest() -> None:
    changed = ["src/clustera/errors.py", "src/clustera/texts/findings.py", "src/clustera/check/brackets.py"]
    chosen = [test for test in chosen_tests(changed) if test.startswith("tests/") and test != ALWAYS]
    assert len(chosen) == MOST
    assert {"tests/texts/test_findings.py", "tests/check/test_brackets.py"} <= {*chosen}


def test_a_module_that_no_test_knows_is_tested_by_a_few_through_its_importers(tmp_path: Path) -> None:
    files = {
        "src/clustera/read/new.py": "def open_new(): ...",
        "src/clustera/read/users.py": "from clustera.read.new import open_new",
    }
    files |= {f"tests/read/test_{n}.py": "from clustera.read.users import open_new" for n in range(NEAREST + 2)}
    files["tests/read/test_others.py"] = "from clustera.read import other"
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    chosen = chosen_tests(["src/clustera/read/new.py"], root=tmp_path)
    assert chosen == [*(f"tests/read/test_{n}.py" for n in range(NEAREST)), "src/clustera/read/new.py"]


def test_a_module_that_is_gone_is_not_run() -> None:
    assert "src/clustera/read/gone.py" not in chosen_tests(["src/clustera/read/gone.py"])
