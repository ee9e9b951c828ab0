"""How an option is said: to the command `--as-of DAY`, in Python `as_of=DAY`. Errors are written as the command says it."""

from __future__ import annotations

import re

# Options of the command that are arguments of another name in Python.
_OTHERWISE = {"for": "network", "column": "columns", "pdf": "pdf"}
# Options that stand without a value.
_SWITCHES = frozenset(
    {
        "all-consented", "diagnostics", "exclude-running", "include-controls", "keep-orders", "no-control", "randomized", "redraw",
        "strict",
    }
)  # fmt: skip
# Words that stand for what the reader fills in.
_PLACEHOLDERS = frozenset(
    {"COLUMN", "DAY", "FILE", "FOLDER", "ID", "LINE", "NAME", "NUMBER", "RUN", "SHARE", "TITLE", "VALUE", "YYYY-MM-DD"}
)
# Values that are words of a sentence as well, by option.
_VALUES = {
    "choose-by": ("future-spend", "evidence"),
    "dates": ("dmy", "mdy"),
    "dialect": ("postgres", "duckdb"),
    "for": ("klaviyo", "generic", "mailchimp", "hubspot"),
    "measure": ("buyers", "revenue"),
    "runs": ("runs",),
    "table": ("customers",),
}
_COMMAND = r"`clustera [^`]*`|\bclustera [a-z]+ [^.;`]*(?:\.\w[^.;`]*)*"
_OPTION = re.compile(
    rf"(?P<command>{_COMMAND})"
    r"|--set (?P<set>\w+)=(?P<given>'[^']*'|\"[^\"]*\"|\[\]|[^\s;,]*[^\s;,.)]|)"
    r"|--(?P<name>[a-z][a-z-]*)(?: (?P<value>'[^']*'|\"[^\"]*\"|[A-Z][A-Z-]+\b(?! [a-z]+ing)|\d[\w.,%-]*[\w%]|\d|(?:[^\s,;:]+,)+\.\.\.|\w+=\w+|\w+\.[a-z]+\b|[a-z][a-z-]*))?"
)


def in_python(text: str) -> str:
    """A sentence that names options of the command, for whoever calls from Python; whole commands stay as they are.

    >>> in_python("Say --dates dmy, or pass the log: --orders FILE. Or leave --choose-by out.")
    'Say dates="dmy", or pass the log: orders=FILE. Or leave choose_by out.'
    >>> in_python("Say --set currency=EUR --set date=COLUMN, --control 20% or --include-controls; see `clustera runs --json`.")
    'Say currency="EUR", date=COLUMN, control="20%" or include_controls=True; see `clustera runs --json`.'
    >>> in_python("Leave it out: --exclude 'x'. Name those that matter: --features age,spend,...")
    "Leave it out: exclude='x'. Name those that matter: features=['age', 'spend', ...]"
    """
    said = re.sub(r"(--set \S*[^\s,.;]) (?=--set )", r"\1, ", text)
    return _OPTION.sub(_argument, said) if "--" in text else text


def _argument(found: re.Match[str]) -> str:
    if found["command"]:
        return found[0]
    if found["set"]:
        return f"{found['set']}={_python_value(found['given'])}"
    name, value = found["name"], found["value"] or ""
    argument = _OTHERWISE.get(name, name.replace("-", "_"))
    if name in _SWITCHES:
        return f"{argument}=True" + (f" {value}" if value else "")
    if name == "column" and "=" in value:
        field, _, column = value.partition("=")
        return f'columns={{"{field}": {_python_value(column)}}}'
    if not value or (value[0].islower() and "," not in value and not _is_value(name, value)):
        # "--runs names another folder": what follows is no value, but the option is what the sentence is about.
        return argument + ("=" if name == "runs" else "") + (f" {value}" if value else "")
    return f"{argument}={_python_value(value)}"


def _is_value(name: str, word: str) -> bool:
    return "." in word or name == "by" or word in _VALUES.get(name, ())


def _python_value(text: str) -> str:
    if text in _PLACEHOLDERS or text[:1] in "'\"[" or re.fullmatch(r"\d+(\.\d+)?", text):
        return text
    if text in ("true", "false"):
        return text.title()
    if "," in text:
        return f"[{', '.join(part if part == '...' else repr(part) for part in text.split(','))}]"
    return f'"{text}"'
