"""The tests of what changed: what `make quick` runs.

    python tests/changed.py

Changed are the files of the working tree that differ from the commit where the branch left main; on main itself, from the
last commit but one. A changed test comes first. A changed module, in the source or beside the tests, is tested by its own examples and by
the tests anywhere that bear its name, import it or one of its names, or ask for its fixtures; where none does, by a few of those that
come nearest through the modules that import it. A file that is no module is tested as what names it. There are at most `MOST` of
them, the nearest first, and of the longest only what changed itself: two workers take a minute or less. Changed tests that are left out are
told; `make test` runs all. tests/test_doors.py runs always: it goes through the whole product once.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parent.parent
ALWAYS = "tests/test_doors.py"
MOST = 12  # files of tests; the suite has 240, which take two workers 15 minutes
NEAREST = 4  # where no test knows the module itself
LONGEST = ("test_docs.py", "test_notebooks.py")  # most of a minute
LONG = 5  # files that take as long as one of the longest


@dataclass(frozen=True, slots=True)
class _File:
    """A module or test: what it imports and uses, as dotted names, and what it defines."""

    text: str
    uses: frozenset[str]  # modules, names of modules, and attributes such as texts.finding_cure
    defines: frozenset[str]
    arguments: frozenset[str]


@dataclass
class _Tree:
    """The modules and tests below a root."""

    root: Path
    files: dict[str, _File] = field(default_factory=dict)  # by path
    known: dict[str, set[str]] = field(default_factory=dict)  # the tests that know a module, once they were looked up

    def __post_init__(self) -> None:
        for path in sorted([*self.root.glob("src/clustera/**/*.py"), *self.root.glob("tests/**/*.py")]):
            name = path.relative_to(self.root).as_posix()
            self.files[name] = _read_file(path.read_text(encoding="utf-8"), module_of(name))

    @cached_property
    def tests(self) -> list[str]:
        return [path for path in self.files if Path(path).name.startswith("test_")]

    @cached_property
    def importers(self) -> defaultdict[str, list[str]]:
        """The files that import each module, by its dotted name."""
        found = defaultdict(list)
        for path, file in self.files.items():
            for name in file.uses:
                found[name].append(path)
        return found

    def nearest(self, path: str) -> list[str]:
        """The tests of a module, nearest first; where none knows it, some that know the modules which import it, or its room."""
        if known := self._knowing(path):
            return self._sorted(path, dict.fromkeys(known, 0))
        seen, level, found = {path}, [path], dict[str, int]()
        for steps in range(1, 5):
            level = list({user for one in level for user in self.importers[module_of(one)]} - seen)
            seen.update(level)
            found = {test: steps for one in level for test in self._knowing(one)} | found
        room = f"tests/{module_of(path).split('.')[1]}/"
        found = found or {test: 0 for test in self.tests if test.startswith(room)}
        return self._sorted(path, found)[:NEAREST]

    def _knowing(self, path: str) -> set[str]:
        if path in self.known:
            return self.known[path]
        module, own = module_of(path), self.files[path]
        above = [part for part in module.split(".")[:-1] if part not in ("clustera", "tests")]
        names = {module} | {f"{part}.{name}" for part in above for name in own.defines} | self._public(module, own)
        found = {
            test for test in self.tests if names & self.files[test].uses or Path(test).stem == f"test_{_stem(path)}"
        }
        if path.endswith("conftest.py"):
            folder = path.removesuffix("conftest.py")
            found |= {
                test for test in self.tests if test.startswith(folder) and self.files[test].arguments & own.defines
            }
        self.known[path] = {test for test in found if test != path and Path(test).name not in LONGEST}
        return self.known[path]

    def _public(self, module: str, own: _File) -> set[str]:
        """The names that the package hands out itself: `clustera.segment` is that of its room, and no page called `segment`."""
        package = self.files.get("src/clustera/__init__.py")
        room = ".".join(module.split(".")[:2])
        return {f"clustera.{name}" for name in own.defines if package and f'"{name}": "{room}' in package.text}

    def _sorted(self, path: str, steps: Mapping[str, int]) -> list[str]:
        """Tests whose names share most words with the module's first, then those that say its name, then the least steps away."""
        words = _words(_stem(path))
        says = re.compile(rf"\b{'_'.join(words)}")

        def distance(test: str) -> tuple[bool, int, bool, int, int, str]:
            named = len({*words} & {*_words(Path(test).stem)})
            said = len(says.findall(self.files[test].text))
            return Path(test).stem != f"test_{_stem(path)}", -named, not said, steps[test], -said, test

        return sorted(steps, key=distance)

    def of_other(self, path: str) -> list[str]:
        """The tests of a file that is no module: those that name it, and those nearest to the modules that name it."""
        chooser = ("tests/changed.py", "tests/test_changed.py")
        naming = [one for one, file in self.files.items() if Path(path).name in file.text and one not in chooser]
        tests = [one for one in naming if one in self.tests and Path(one).name not in LONGEST]
        tests += [test for one in naming if one not in self.tests for test in self.nearest(one)[:NEAREST]]
        return self._sorted(path, dict.fromkeys(tests, 0))


def changed_files() -> list[str]:
    """Paths from the root of the repository, new files among them."""
    base = _git("merge-base", "HEAD", "main") or ["HEAD"]
    if base == _git("rev-parse", "HEAD"):
        base = _git("rev-parse", "--verify", "--quiet", "HEAD~1") or base
    return [*_git("diff", "--name-only", base[0]), *_git("ls-files", "--others", "--exclude-standard")]


def chosen_tests(changed: Iterable[str], *, root: Path = ROOT) -> list[str]:
    """The tests of some files, sorted, examples of modules last; each path exists.

    >>> chosen_tests(["README.md"])
    ['tests/test_docs.py', 'tests/test_doors.py']
    """
    own, modules, of_modules, tree = [], [], [], read_tree(root)
    for path in changed:
        if path in tree.tests:
            own.append(path)
        elif path in tree.files:
            of_modules.append(tree.nearest(path))
            modules.extend([path] if path.startswith("src/") else [])
        elif path.endswith(".md") and path != "CHANGELOG.md":  # which goes with every change, and has no example
            own.append("tests/test_docs.py")
        else:
            of_modules.append(tree.of_other(path))
    # Each module gets its nearest test before any gets another one.
    in_turn = [test for turn in zip_longest(*of_modules) for test in turn if test]
    found, left = [ALWAYS] if (root / ALWAYS).exists() else [], MOST
    for test in dict.fromkeys([*sorted(own, key=_takes), *in_turn]):
        if test != ALWAYS and _takes(test) <= left and (root / test).exists():
            found.append(test)
            left -= _takes(test)
    return [*sorted(found), *sorted(path for path in modules if (root / path).exists())]


def _takes(test: str) -> int:
    return LONG if Path(test).name in LONGEST else 1


@cache
def read_tree(root: Path) -> _Tree:
    """The modules and tests below a root, read once."""
    return _Tree(root)


def module_of(path: str) -> str:
    """The dotted name of a file.

    >>> module_of("src/clustera/value/history.py"), module_of("src/clustera/value/__init__.py"), module_of("tests/shoppers.py")
    ('clustera.value.history', 'clustera.value', 'tests.shoppers')
    """
    return path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _stem(path: str) -> str:
    return Path(path).stem if Path(path).stem != "__init__" else Path(path).parent.name


def _words(stem: str) -> list[str]:
    """The words of a name without their endings: launching and launched are launch."""
    return [re.sub(r"(?<=\w{3})(ing|ed|s)$", "", word) for word in stem.split("_")]


def _read_file(text: str, module: str) -> _File:
    tree, uses, arguments = ast.parse(text), set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            uses.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*start, *([node.module] if node.module else [])])
            uses.update([origin, *(f"{origin}.{each.name}" for each in node.names)])
            uses.update(f"{origin.rpartition('.')[2]}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            uses.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.arg):
            arguments.add(node.arg)
    return _File(text, frozenset(uses), frozenset(_defined(tree)), frozenset(arguments))


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")[
        :-1
    ]


if __name__ == "__main__":
    files = changed_files()
    chosen = chosen_tests(files)
    print(*chosen)  # noqa: T201 - what `make` asks for
    if left_out := sorted({*files} & {*read_tree(ROOT).tests} - {*chosen}):
        print("Changed, but left to `make test`:", *left_out, file=sys.stderr)  # noqa: T201
