"""The tests of what changed: what `make quick` runs.

    python tests/changed.py

Changed are the files of the working tree that differ from the commit where the branch left main; on main itself, from the
last commit but one. A changed module is tested by its own examples and by the tests of its room that import it or bear its name,
by all of the room's where none does. tests/test_doors.py runs always: it goes through the whole product once.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ALWAYS = "tests/test_doors.py"


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
    found = {ALWAYS}
    for path in map(Path, changed):
        if path.parts[:2] == ("src", "clustera"):
            found.update(_of_module(path, root))
        elif path.parts[0] == "tests" and path.name.startswith("test_"):
            found.add(str(path))
        elif path.suffix == ".md":
            found.add("tests/test_docs.py")
    return sorted((some for some in found if (root / some).exists()), key=lambda some: (some.startswith("src"), some))


def _of_module(path: Path, root: Path) -> Iterator[str]:
    if path.suffix == ".py":
        yield str(path)
    in_room = len(path.parts) > 3
    room = root / "tests" / path.parts[2] if in_room else root / "tests"
    tests = sorted(room.rglob("test_*.py") if in_room else room.glob("test_*.py"))
    stem = path.stem if path.stem != "__init__" else path.parent.name
    module = ".".join([*path.parts[1:-1], path.stem])
    imported = re.compile(
        rf"from {re.escape(module)} import|from {re.escape(module.rpartition('.')[0])} import .*\b{stem}\b"
    )
    own = [test for test in tests if test.stem == f"test_{stem}" or imported.search(test.read_text(encoding="utf-8"))]
    yield from (str(test.relative_to(root)) for test in own or (tests if in_room else ()))


def _git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")[
        :-1
    ]


if __name__ == "__main__":
    print(*chosen_tests(changed_files()))  # noqa: T201 - what `make` asks for
