"""Fill in what the commands of tutorial.md print.

The page says in a comment which lines of the last command to show,

    <!-- prints: FIRST .. LAST | ONLY -->           from the line with one pattern to the next with another; a line alone
    <!-- file PATH: 3 -->                           the first lines of a file
    <!-- report RUN: What to send next -->          the table below a heading of the report of a run

and the block below it, at first an empty one, is written. Say `python docs/story.py`, or `python docs/build.py` for all pages.
"""

from __future__ import annotations

import html
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parent
WIDTH = "110"  # columns of the terminal that the tutorial shows, as in build.py
_STEP = re.compile(
    r"^    clustera (?P<command>[^\n]*)$"
    r"|^(?P<comment><!-- (?P<kind>prints|file|report)(?: (?P<of>\S+))?: (?P<what>[^\n]*) -->)\n"
    r"(?:```\n.*?^```|(?:\|[^\n]*\n)*\|[^\n]*)$",
    re.MULTILINE | re.DOTALL,
)


def retell(story: str, run: Callable[[str], str], folder: Path) -> str:
    """The story with each block as its commands print it today; `run` takes a command and returns what it prints."""
    said = ""

    def step(found: re.Match[str]) -> str:
        nonlocal said
        if found["command"]:
            said = run(found["command"])
            return found[0]
        if found["kind"] == "report":
            return f"{found['comment']}\n{report_table(folder / 'runs' / found['of'] / 'report.html', found['what'])}"
        if found["kind"] == "file":
            lines = (folder / found["of"]).read_text(encoding="utf-8").splitlines()[: int(found["what"])]
        else:
            lines = excerpt(said, found["what"])
        return "\n".join([found["comment"], "```", *lines, "```"])

    return _STEP.sub(step, story)


def excerpt(said: str, patterns: str) -> list[str]:
    """The lines of a text that the patterns name; a line of three dots where some are left out between them."""
    lines = [line.rstrip() for line in said.splitlines()]
    shown: list[str] = []
    at = 0
    for pattern in patterns.split(" | "):
        first, *later = pattern.split(" .. ")
        begin = end = _line_with(first, lines, at)
        for one in later:
            end = _line_with(one, lines, end + 1)
        while not lines[end]:
            end -= 1
        shown += [*(["..."] if shown and begin > at else []), *lines[begin : end + 1]]
        at = end + 1
    return shown


def _line_with(pattern: str, lines: list[str], start: int) -> int:
    for i, line in enumerate(lines[start:], start):
        if re.search(pattern, line):
            return i
    raise ValueError(f"No line with {pattern!r} after line {start} of:\n" + "\n".join(lines))


def report_table(page: Path, title: str) -> str:
    """A table of a report in Markdown; a heading over two columns stands before each of theirs."""
    table = page.read_text(encoding="utf-8").split(f">{title}</h2>")[1].split("</table>")[0]
    rows = [_cells_of_row(row) for row in table.split("<tr")[1:]]
    heads = table.split("</thead>")[0].count("<tr")
    head, below = rows[0], [text for text, _ in rows[1]] if heads == 2 else []
    names = [f"{text}, {below.pop(0)}" if span > 1 and below else text for text, span in head for _ in range(span)]
    body = [[one for text, span in row for one in (text, *[""] * (span - 1))] for row in rows[heads:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in [names, ["---"] * len(names), *body])


def _cells_of_row(row: str) -> list[tuple[str, int]]:
    """The cells of a row: the text of each, and how many columns it spans."""
    cells = re.findall(r"<t[hd]([^>]*)>(.*?)</t[hd]>", row, re.DOTALL)
    return [(_cell_text(cell), int((re.findall(r'colspan="(\d+)"', how) or [1])[0])) for how, cell in cells]


def _cell_text(cell: str) -> str:
    text = re.sub(r"<[^>]*>", "", re.sub(r"\s*<small>", "; ", cell))
    return " ".join(html.unescape(text).split()).replace("|", "\\|")


def in_folder(folder: Path) -> Callable[[str], str]:
    """Runs commands in a folder, each in a process of its own."""

    def run(command: str) -> str:
        words = [sys.executable, "-m", "clustera", *shlex.split(command)]
        wide = os.environ | {"COLUMNS": WIDTH}
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, env=wide)
        if done.returncode:
            raise SystemExit(f"clustera {command}\n{done.stdout}{done.stderr}")
        return done.stdout

    return run


def main(folder: Path) -> None:
    """Write tutorial.md, in a folder in which the demo was run."""
    page = DOCS / "tutorial.md"
    page.write_text(retell(page.read_text(encoding="utf-8"), in_folder(folder), folder), encoding="utf-8")
    sys.stdout.write("docs/tutorial.md\n")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as name:
            subprocess.run([sys.executable, str(DOCS.parent / "examples" / "households.py")], cwd=name, check=True)
            main(Path(name))
