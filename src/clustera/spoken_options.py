"""How an option is said: to the command `--as-of DAY`, in Python `as_of=DAY`, on a page by the label of its field.

Errors are written as the command says it.
"""

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
_TERMINAL = "In a terminal: "
# Verb of the command -> what it works on, the call that does the same, and how that is called by itself.
_CALLS = {
    "segment": ("", "clustera.segment", "clustera.segment"),
    "predict": ("clustera.load({})", ".predict", "Segmentation.predict"),
    "show": ("", "Segmentation.segments", "Segmentation.segments"),
    "note": ("clustera.load({})", ".add_note", "Segmentation.add_note"),
    "recommend": ("clustera.load({})", ".recommend", "Segmentation.recommend"),
    "campaign launch": ("clustera.load(RUN)", ".launch_campaign", "Segmentation.launch_campaign"),
    "campaign results": ("clustera.load_campaign({})", ".results", "LaunchedCampaign.results"),
    "campaign uplift": ("clustera.load_campaign({})", ".uplift", "LaunchedCampaign.uplift"),
}
# What only the command has.
_ONLY_COMMAND = frozenset({"--check-only", "--contract", "--assignments"})
_WORDS = re.compile(r"'[^']*'|\"[^\"]*\"|\S+")
_PAIRS = re.compile(r"--([a-z-]+)(?: ('[^']*'|\"[^\"]*\"|(?!--)\S+))?")
_COMMAND = r"`clustera [^`]*`|\bclustera [a-z]+ [^.;`]*(?:\.\w[^.;`]*)*"
_OPTION = re.compile(
    rf"(?P<command>{_COMMAND})"
    r"|--set (?P<set>\w+)=(?P<given>'[^']*'|\"[^\"]*\"|\[\]|[^\s;,]*[^\s;,.)]|)"
    r"|--(?P<name>[a-z][a-z-]*)(?: (?P<value>'[^']*'|\"[^\"]*\"|[A-Z][A-Z-]+\b(?! [a-z]+ing)|\d[\w.,%-]*[\w%]|\d|(?:[^\s,;:]+,)+\.\.\.|\w+=\w+|\w+\.[a-z]+\b|[a-z][a-z-]*))?"
)


def in_python(text: str) -> str:
    """A sentence that names options of the command, for whoever calls from Python.

    A whole command is the call that does the same; where there is none, the sentence says that it is for a terminal.

    >>> in_python("Say --dates dmy, or pass the log: --orders FILE. Or leave --choose-by out.")
    'Say dates="dmy", or pass the log: orders=FILE. Or leave choose_by out.'
    >>> in_python("Say --set currency=EUR --set date=COLUMN, --control 20% or --include-controls.")
    'Say currency="EUR", date=COLUMN, control="20%" or include_controls=True.'
    >>> in_python("Leave it out: --exclude 'x'. Name those that matter: --features age,spend,...")
    "Leave it out: exclude='x'. Name those that matter: features=['age', 'spend', ...]"
    """
    return "\n".join(_line_in_python(line, calls=True) for line in text.split("\n"))


def in_api(text: str) -> str:
    """A sentence that names options of the command, for software: fields as in Python, whole commands for a terminal.

    >>> in_api("Choose a later --as-of. Segment the file again: clustera segment --orders FILE")
    'Choose a later as_of. In a terminal: Segment the file again: clustera segment --orders FILE'
    """
    return "\n".join(_line_in_python(line, calls=False) for line in text.split("\n"))


def _line_in_python(line: str, *, calls: bool) -> str:
    if "--" not in line and "clustera " not in line:
        return line
    said = re.sub(r"(--set \S*[^\s,.;]) (?=--set )", r"\1, ", line)
    head, mark, said = said.rpartition("Hint: ") if said.startswith("Hint: ") else ("", "", said)
    return head + mark + _joined([_sentence_in_python(sentence, calls) for sentence in _SENTENCES.split(said)])


def _sentence_in_python(sentence: str, calls: bool) -> str:
    found = [one["command"] for one in _OPTION.finditer(sentence) if one["command"]]
    call = {command: python_call(command) if calls else "" for command in found}
    said = _OPTION.sub(lambda one: call.get(one["command"] or "") or _argument(one), sentence)
    told = _TERMINAL.lower() in sentence.lower()
    return said if told or all(call.values()) else f"{_TERMINAL}{said}"


def python_call(command: str) -> str:
    r"""What does in Python what a command does; nothing where Python has no such call.

    >>> python_call("clustera segment --orders FILE --k 5 --keep-orders")
    'clustera.segment(orders=FILE, k=5, keep_orders=True)'
    >>> python_call("`clustera campaign results`"), python_call("clustera note latest 'Price change on May 3'")
    ('`LaunchedCampaign.results`', 'clustera.load("latest").add_note(\'Price change on May 3\')')
    >>> python_call("`clustera runs --json`")
    ''
    """
    tick = "`" if command.startswith("`") else ""
    words = _WORDS.findall(command.strip("`").removeprefix("clustera "))
    verb = " ".join(words[: 2 if words[0] == "campaign" else 1])
    subject, function, method = _CALLS.get(verb, ("", "", ""))
    rest = words[len(verb.split()) :]
    if not function or not _ONLY_COMMAND.isdisjoint(rest):
        return ""
    if not rest:
        return f"{tick}{method}{tick}"
    first = next((at for at, word in enumerate(rest) if word.startswith("--")), len(rest))
    values = [_python_word(word) for word in rest[:first]]
    options = dict(_PAIRS.findall(" ".join(rest[first:])))
    written = f".write({_python_word(options.pop('output'))})" if "output" in options else ""
    if "{}" in subject:
        subject = subject.format(values.pop(0) if values else "RUN")
    values += [
        f"{name.replace('-', '_')}={'True' if name in _SWITCHES else _python_word(value)}"
        for name, value in options.items()
    ]
    return f"{tick}{subject}{function}({', '.join(values)}){written}{tick}"


def _python_word(word: str) -> str:
    plain = word in _PLACEHOLDERS or word[:1] in "'\"" or re.fullmatch(r"\d+(\.\d+)?", word)
    return word if plain else f'"{word}"'


# Options that have a field on the pages of `clustera serve`, with its label there.
FIELDS = {
    "as-of": "Snapshot date",
    "as_of": "Snapshot date",
    "k": "Number of segments",
    "dates": "Day and month",
    "id": "Column that tells customers apart",
    "features": "forms segments",
    "exclude": "left out",
    "redraw": "New segments",
    "keep-orders": "Keep the order lines",
    "keep_orders": "Keep the order lines",
    "keep_currency": "Currency, where orders are in several",
    "response_rate": "Usual response rate",
    "control": "Control group",
    "days": "Days to measure",
    "day": "First day",
    "margin": "Margin: share of sales that is profit",
    "contact-cost": "Cost of a contact",
    "contact_cost": "Cost of a contact",
    "contacts": "Contacts, for a list with addresses",
    "for": "Where the list goes",
    "all-consented": "Everybody in this file has consented.",
    "orders": "Orders, one row per order or line",
    "name": "Name",
    "as": "Name",
}
_ROLES = (
    "customer",
    "date",
    "amount",
    "price",
    "order",
    "product",
    "category",
    "quantity",
    "discount",
    "cost",
    "status",
)
_SENTENCES = re.compile(r"(?<=[.;?]) (?=[A-Z`])")


def on_page(text: str) -> str:
    """A sentence that names options of the command, for whoever reads it in the browser: fields by their labels.

    A sentence with an option that has no field there, or with a whole command, says that it is for a terminal.

    >>> on_page("Choose a later --as-of. Option k: x is no number of segments.")
    'Choose a later "Snapshot date". Number of segments: x is no number of segments.'
    >>> on_page("Name another folder: --runs FOLDER. Or add it: --set date=COLUMN.")
    'In a terminal: Name another folder: --runs FOLDER. Or add it: the role "date".'
    >>> on_page("Stop `clustera serve` in the terminal.")  # it says so by itself
    'Stop `clustera serve` in the terminal.'
    """
    said = re.sub(r"\bOption (\w+):", lambda found: f"{FIELDS.get(found[1], found[0][:-1])}:", text)
    said = re.sub(r"\bdocs/(\w+)\.md", r'the page "\1" of the documentation', said)
    return _joined([_sentence_on_page(sentence) for sentence in _SENTENCES.split(said)])


def _joined(sentences: list[str]) -> str:
    return " ".join(sentences).replace(f"; {_TERMINAL}", f"; {_TERMINAL.lower()}")


def _sentence_on_page(sentence: str) -> str:
    found = list(_OPTION.finditer(sentence))
    if not found or all((one["command"] or "").strip("`").split()[1:] == ["serve"] for one in found):
        return sentence  # that of the pages themselves, which is in no page
    if any(one["command"] or _label(one) is None for one in found):
        return f"{_TERMINAL}{sentence}"
    return _OPTION.sub(lambda one: f"{_label(one)}{_value_on_page(one)}", sentence)


def _label(found: re.Match[str]) -> str | None:
    name = found["set"] or found["name"]
    if found["set"] in _ROLES:
        return f'the role "{name}"'
    return f'"{FIELDS[name]}"' if name in FIELDS else None


def _value_on_page(found: re.Match[str]) -> str:
    value = (found["given"] if found["set"] else found["value"]) or ""
    if value in _PLACEHOLDERS or not value:
        return ""
    return f" {value}"


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
