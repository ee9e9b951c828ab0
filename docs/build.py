"""Write what follows from the code: files.md, settings.md, cli.md, playbook.md, findings.md, the gallery, the demo's output in the README, its picture.

The tutorial follows too (story.py). A test fails when the text is out of date.
"""

from __future__ import annotations

import ast
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from clustera.actions import load_playbook
from clustera.check.options import FIXES
from clustera.cli import app
from clustera.settings import PREFIX, Settings, all_options
from clustera.texts import fill_template, load_findings, load_language, load_page, load_sections

FITTING = """Printed tables are no wider than the line: titles and texts wrap between words first, then the table of segments leaves out
columns, the rightmost features first, and lists them below the table. The width is that of `COLUMNS`, else of the terminal;
into a pipe or a file it has 200 characters."""
DOCS = Path(__file__).parent
OPTIONS = DOCS.parent / "src" / "clustera" / "segmentation" / "options.py"


def settings_page() -> str:
    """Every option: name, default, meaning."""
    lines = [
        "# Settings",
        "",
        "Every option can be given in Python (`clustera.segment(df, k=5)`), on the command line (`--set k=5`; the usual ones",
        "have a flag of their own, see [commands](cli.md)), in a TOML file (`--settings clustera.toml`) or in the environment",
        f"(`{PREFIX}K=5`). Later ones win: file, environment, arguments. What was asked for is kept in the run's manifest.",
        "",
        "    # clustera.toml",
        '    features = ["age", "income", "spending_score"]',
        '    min_size = "2%"',
    ]
    for group, field in Settings.model_fields.items():
        model: Any = field.annotation
        lines += ["", f"## {group}", "", f"{field.description}", "", "| option | default | meaning |", "|---|---|---|"]
        for name, option in model.model_fields.items():
            default = option.get_default(call_default_factory=True)
            shown = "" if default is None else f"`{json.dumps(default, default=list)}`"
            lines.append(f"| `{name}` | {shown} | {option.description} |")
    return "\n".join(lines) + "\n"


# Arguments may be wider than what the settings make of them.
_ARGUMENTS = {
    "k": "int | str | tuple[int, int]",
    "min_size": "float | str",
    "weights": "Mapping[str, float]",
    "threads": "int",
    "header": "int",
}


def options_module() -> str:
    """`Options`: the type of every option of `segment`, `predict` and `assign`."""
    lines = [
        '"""The type of every option, so that editors complete them and mypy checks them. Written by docs/build.py."""',
        "",
        "import datetime",
        "from collections.abc import Mapping, Sequence",
        "from pathlib import Path",
        "from typing import Literal, TypedDict",
        "",
        "",
        "class Options(TypedDict, total=False):",
        '    """Options of `segment`, `predict` and `assign`; `docs/settings.md` says what each means. None: not given."""',
        "",
    ]
    lines += [
        f"    {name}: {_ARGUMENTS.get(name) or _argument(field.annotation)} | None"
        for name, (_, field) in all_options().items()
    ]
    return "\n".join(lines) + "\n"


def _argument(annotation: Any) -> str:
    """What may be passed for a setting: dates and paths as text too, and several names separated by commas."""
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    if type(None) in get_args(annotation) and len(kinds) == 1:
        return _argument(kinds[0])
    if get_origin(annotation) is Literal:
        return f"Literal[{', '.join(json.dumps(value) for value in get_args(annotation))}]"
    if get_origin(annotation) is tuple:
        return "str | Sequence[str]"
    return {datetime.date: "str | datetime.date", Path: "str | Path"}.get(annotation) or annotation.__name__


def commands_page() -> str:
    """Every command with its arguments, options and exit codes."""
    lines = ["# Commands", "", "`clustera COMMAND --help` prints the same.", "", FITTING]
    lines += _command(typer.main.get_command(app), "clustera")
    lines += [
        "",
        "## Exit codes",
        "",
        "| code | meaning |",
        "|---|---|",
        "| 0 | done |",
        "| 2 | the command line can't be understood |",
        "| 3 | the data or an option can't be used; the sentence says why and what cures it |",
        "| 4 | findings stopped the run (`strict`, or `check` with errors) |",
        "| 5 | a run is missing, damaged or being written |",
        "| 6 | the machine lacks something: disk space, a permission, an optional package |",
        "| 70 | a bug of Clustera: please report it with the lines that were printed |",
        "| 130 | stopped by Ctrl-C, SIGTERM or a terminal that was closed; nothing was written, or the line says what, each file of it whole |",
    ]
    return "\n".join(lines) + "\n"


def _command(command: TyperCommand | TyperGroup, path: str) -> list[str]:
    lines = ["", f"## {path}", "", command.help or ""]
    arguments = [p for p in command.params if isinstance(p, TyperArgument)]
    options = [p for p in command.params if isinstance(p, TyperOption) and "--help" not in p.opts]
    if arguments or options:
        lines += ["", "| | default | meaning |", "|---|---|---|"]
    for argument in arguments:
        called = argument.metavar or argument.name
        called = f"{called if argument.required else f'[{called}]'}{'...' if argument.nargs == -1 else ''}"
        lines.append(f"| `{called}` | {_shown(argument)} | {getattr(argument, 'help', '') or ''} |")
    for option in options:
        shown = _shown(option) if "completion" not in option.opts[0] else ""
        metavar = f" {option.metavar}" if option.metavar and not option.is_flag else ""
        lines.append(f"| `{', '.join(option.opts)}{metavar}` | {shown} | {option.help or ''} |")
    if isinstance(command, TyperGroup):
        for name in command.list_commands(typer.Context(command)):
            lines += _command(command.commands[name], f"{path} {name}")
    return lines


def _shown(parameter: TyperArgument | TyperOption) -> str:
    default = parameter.default
    if (
        default is None
        or default is False
        or default == ""
        or "Sentinel" in type(default).__name__
        or parameter.required
    ):
        return ""
    return f"`{default}`"


def playbook_page() -> str:
    """Every rule of the built-in playbook, in the order in which they are tried, with its words."""
    language = load_language()
    lines = [
        "# The built-in playbook",
        "",
        "The first rule that holds gives the action. What the measures mean, and how to bring rules of your own:",
        "[suggested actions](methods/actions.md).",
    ]
    plays = load_playbook(language=language).plays
    parts = {
        "With orders: by lifecycle stage": [play for play in plays if play.stages],
        "Without orders: by the levels of the columns": [play for play in plays if not play.stages],
    }
    for title, rules in parts.items():
        lines += ["", f"## {title}", "", "| action | rule | for whom, when | what to do |", "|---|---|---|---|"]
        for play in rules:
            when = [
                *play.stages,
                *([f"only {play.only}"] if play.only else ()),
                *(f"{name} {level}" for name, level in play.when.items()),
            ]
            when += [f"{name} ≥ {value:g}" for name, value in play.at_least.items()]
            when += [f"{name} < {value:g}" for name, value in play.below.items()]
            words = language.action_labels[play.rule], f"`{play.rule}`", ", ".join(when), language.actions[play.rule]
            lines.append(f"| {' | '.join(words)} |")
    return "\n".join(lines) + "\n"


def findings_page() -> str:
    """Every finding by its code: rule, example, what is done, and the cure."""
    catalog, page = load_findings(), load_page()
    lines = ["# Findings", "", page["intro"].strip(), "", "| fix | what is done | with `keep` |", "|---|---|---|"]
    fixes = {code: catalog[code]["fixed"] for code in FIXES}
    lines += [f"| `{code}` | {fix['done']} | {fix['kept']} |" for code, fix in fixes.items()]
    lines += ["", page["after_fixes"].strip()]
    for section, words in load_sections().items():
        lines += ["", f"## {words['title']}", ""]
        lines += [words["about"], ""] if "about" in words else []
        lines += ["| code | severity | rule | example | what is done, and the cure |", "|---|---|---|---|---|"]
        lines += [
            f"| `{code}` | {entry['severity']} | {_rule(entry)} | {entry['example']} | {_cure(entry)} |"
            for code, entry in catalog.items()
            if entry["section"] == section
        ]
    return "\n".join(lines) + "\n"


WIDTH = "110"  # columns of the terminal that the README shows, as in story.py
_NAMES = ("Spearman", "UTF-8")  # keep their capital
# An option as it is typed, with its value, but without the full stop behind it.
_OPTION = re.compile(
    r"(?:clustera segment )?--(?:set decimal=[.,]|set [a-z_]+=(?:\[\]|[\w-]*\w)|(?:dates|exclude|id|orders) \w+|[a-z-]*[a-z])"
)


def _rule(entry: Mapping[str, Any]) -> str:
    rule = entry.get("sample", {}).get("rule") or fill_template(entry["rule"], entry.get("sample", {}), {})
    return str(rule[:1].lower() + rule[1:]).rstrip(".") if not rule.startswith(_NAMES) else str(rule).rstrip(".")


def _of_case(texts: str | Mapping[str, str], case: str) -> str:
    return texts if isinstance(texts, str) else texts.get(case, "")


def _cure(entry: Mapping[str, Any]) -> str:
    """What is done and what can be done, for any column: its options as code."""
    cure, command = entry.get("cure", ""), entry.get("command", "")
    cases = dict.fromkeys([*([] if isinstance(cure, str) else cure), *([] if isinstance(command, str) else command)])
    of_cases = [(_of_case(cure, case), _of_case(command, case)) for case in cases or [""]]
    text = " ".join(
        filter(None, dict.fromkeys([entry.get("done", ""), *(" ".join(filter(None, one)) for one in of_cases)]))
    )
    named = dict.fromkeys(re.findall(r"{(\w+)", text), "")
    values = (
        {name: name.upper() for name in named} | dict.fromkeys(entry.get("parts", {}), "") | entry.get("sample", {})
    )
    return _OPTION.sub(lambda option: f"`{option[0]}`", fill_template(text.replace("!r}", "}"), values, {}))


def demo(folder: Path) -> str:
    """Run the demo in a folder; what it prints of its last command, on orders."""
    command = [sys.executable, str(DOCS.parent / "examples" / "households.py")]
    wide = os.environ | {"COLUMNS": WIDTH}
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, env=wide).stdout
    return last_command(said)


def last_command(said: str) -> str:
    """From the last command to its report."""
    lines = [line.rstrip() for line in said.splitlines()]
    first = max(i for i, line in enumerate(lines) if line.startswith("$ clustera"))
    last = max(i for i, line in enumerate(lines) if line.startswith("Report:"))
    return "\n".join(lines[first : last + 1])


def picture(page: Path, to: Path) -> None:
    """The first screen of a report, as a browser shows it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 1180, "height": 1040}, color_scheme="light")
        shown.goto(page.resolve().as_uri())
        shown.screenshot(path=to)
        browser.close()


def files_page() -> str:
    """Every file of the package with what it is for, room by room."""
    package = DOCS.parent / "src" / "clustera"
    lines = [
        "# Files",
        "",
        "What each file of `src/clustera/` is for, in its own words: the first sentence of each. Which room may use which is in",
        "[the house](architecture.md).",
    ]
    files = sorted(
        path.relative_to(package) for path in package.rglob("*.py") if path.name not in ("conftest.py", "__main__.py")
    )
    for room in sorted({path.parts[0] if len(path.parts) > 1 else "" for path in files}):
        own = [path for path in files if (path.parts[0] if len(path.parts) > 1 else "") == room]
        lines += [
            "",
            f"## `{room}`" if room else "## Files without a room",
            "",
            "| file | what it is for |",
            "|---|---|",
        ]
        for path in own:
            said = ast.get_docstring(ast.parse((package / path).read_text(encoding="utf-8"))) or ""
            first = " ".join(said.split("\n\n")[0].split())
            name = "/".join(path.parts[1:] or path.parts)  # within its room
            name = "(the room)" if name == "__init__.py" else name.removesuffix("__init__.py")
            lines.append(f"| `{name}` | {first.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


PAGES = {
    "files.md": files_page,
    "settings.md": settings_page,
    "cli.md": commands_page,
    "playbook.md": playbook_page,
    "findings.md": findings_page,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")
    OPTIONS.write_text(options_module(), encoding="utf-8")
    sys.stdout.write("src/clustera/segmentation/options.py\n")
    subprocess.run([sys.executable, str(DOCS / "gallery.py")], check=True)
    sys.stdout.write("docs/gallery.md, docs/images/gallery\n")
    readme = DOCS.parent / "README.md"
    with tempfile.TemporaryDirectory() as folder:
        block = f"<!-- demo -->\n```\n{demo(Path(folder))}\n```\n<!-- end -->"
        text = readme.read_text(encoding="utf-8")
        readme.write_text(
            re.sub(r"<!-- demo -->.*<!-- end -->", lambda _: block, text, flags=re.DOTALL), encoding="utf-8"
        )
        picture(min((Path(folder) / "runs").glob("*-transactions")) / "report.html", DOCS / "images" / "report.png")
        sys.stdout.write("README.md, docs/images/report.png\n")
        subprocess.run([sys.executable, str(DOCS / "story.py"), folder], check=True)


if __name__ == "__main__":
    main()
