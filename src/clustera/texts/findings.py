"""Findings in words: the one place where a code and its values become sentences.

What each code says stands in `findings.toml`. A template there is filled with the finding's values:

- `{count}`, `{part:share}`, `{money:amount}`, `{size:plain}`, `{q:2}`: numbers as the language writes them, as they are, as a
  share, as money, with the decimals they need, or with two;
- `{count:line|lines}`: the first words for one, the second for any other number;
- `{rows}`: the finding's count among the value `of`, with its share;
- `{case}` and other names in the code's `parts`: a phrase. It is left out where its value is empty or false, and repeated
  where there are several; `{it}` is the value. A part that is a table has a phrase for every value, or says how several are
  put together (`each`, or one for each value of `by`; `joint`, `last`, `first`, `after`).

A message that is a table has a template for every value of `case`; a cure, its command and its option for those that have one.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from clustera.records import Column, Finding, Item, OrderColumn, Reason, Value
from clustera.texts.numbers import format_count, format_exact, format_number, format_share
from clustera.texts.templates import load_catalog, spoken_entry, spoken_phrases

_SEVERAL = {"each", "by"}
Template = str | Mapping[str, str]


def month_warnings(findings: Sequence[Finding]) -> list[str]:
    """Why what changed since the earlier run may not be so: the messages of warnings that hold two runs against each other.

    >>> month_warnings([Finding("no-time-passed", "note", values={"day": "2018-01-31", "earlier": "may"})])
    []
    """
    catalog = load_findings()
    warnings = (finding for finding in findings if finding.severity == "warning")
    return [finding_message(finding) for finding in warnings if catalog[finding.code]["section"] == "months"]


def finding_message(finding: Finding) -> str:
    """What was seen, in a sentence or two.

    >>> finding_message(Finding("contract-new-column", "note", column="city"))
    'city is not in the contract.'
    """
    entry = find_entry(finding.code)
    if "message" in entry:
        return _said(finding, entry["message"])
    rows = "left_out_lines" if "money" in finding.values else "left_out_rows"
    return _said(finding, spoken_phrases()[rows])


def finding_rule(finding: Finding) -> str:
    """What was tested, so that a reader can disagree."""
    return _said(finding, find_entry(finding.code)["rule"])


def finding_cure(finding: Finding) -> str:
    """What was done, and what can be done, with the option of the command."""
    return " ".join(filter(None, (_case_said(finding, "cure"), _case_said(finding, "command"))))


def cure_on_page(finding: Finding) -> str:
    """The cure without the option of the command that changes it: for a page.

    >>> cure_on_page(Finding("unit-in-cells", "note", column="price"))
    'Nothing to do.'
    """
    return _case_said(finding, "cure")


def option_of_cure(finding: Finding) -> str:
    """The option of the command that changes what was found, where a page has a place for it too; else "".

    >>> option_of_cure(Finding("unit-in-cells", "note", column="price"))
    'exclude'
    """
    return _of_case(finding, find_entry(finding.code).get("cured_by", ""))


def note_text(note: Reason) -> str:
    """What was done with the data, or must be known of them, by the code of a note.

    >>> note_text(Reason("matched-by-id"))
    'Customers were matched by their id.'
    """
    entry = spoken_entry("notes", note.code)
    return fill_template(entry["text"], note.values, entry.get("parts", {}))


def column_reason(column: Column | OrderColumn) -> str:
    """Why a column of a table or of a log has its role.

    >>> column_reason(Column("sex", "descriptor", "category", "Sex", reason=Reason("two-values")))
    'only two values: a yes-or-no describes, it measures nothing'
    """
    if not column.reason.code:
        return ""
    entry = spoken_entry("roles", column.reason.code)
    return fill_template(entry["text"], column.reason.values, entry.get("parts", {}))


def left_out_reason(code: str, **values: str) -> str:
    """Why a row or an order line is left out, by the code of the quarantine.

    >>> left_out_reason("missing-id", id="customer_id")
    'The row has no customer_id.'
    """
    entry = find_entry(code)
    return fill_template(entry["rule"], {**entry.get("sample", {}), **values}, {})


def find_entry(code: str) -> Mapping[str, Any]:
    """All that the catalog holds of a code, in the language that is spoken."""
    return spoken_entry("findings", code)


def load_findings() -> Mapping[str, Mapping[str, Any]]:
    """The catalog: for each code its section, severity, rule, message, cure, parts, and what the page adds.

    >>> load_findings()["noise-feature"]["severity"]
    'note'
    """
    found: Mapping[str, Mapping[str, Any]] = load_catalog()["findings"]
    return found


def load_notes() -> Mapping[str, Mapping[str, Any]]:
    """What is said of notes, by their codes."""
    found: Mapping[str, Mapping[str, Any]] = load_catalog()["notes"]
    return found


def load_page() -> Mapping[str, str]:
    """What the page on findings says besides the catalog's entries."""
    found: Mapping[str, str] = load_catalog()["page"]
    return found


def load_sections() -> Mapping[str, Mapping[str, str]]:
    """Titles of the catalog's sections, in the order of the page, and what is said about a whole section."""
    found: Mapping[str, Mapping[str, str]] = load_catalog()["sections"]
    return found


def fill_template(template: Template, values: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """A template, or the case of several that fits, filled.

    Args:
        template: Text with {placeholders}, or one for every value of `case`.
        values: What stands in the places.
        parts: Phrases for some of them.

    >>> fill_template("{n} {n:line|lines} of {who!r}{why}", {"n": 1200, "who": "x", "why": None}, {"why": ", as {it}"})
    "1,200 lines of 'x'"
    >>> fill_template("read {pairs}", {"pairs": ({"old": "a", "new": "b"},)}, {"pairs": "{old} as {new}"})
    'read a as b'
    """
    text = template if isinstance(template, str) else template[str(values["case"])]
    return _Filling(parts).vformat(text, (), values)


class _Filling(string.Formatter):
    """Templates filled by the rules of this file."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self.parts = parts

    def format_field(self, value: Value, spec: str) -> str:
        """A value as the language writes it, or the word for one or many of it."""
        if "|" in spec:
            return spec.split("|")[value != 1]
        return _written_number(value, spec)

    def get_field(self, name: str, _args: object, values: Mapping[str, Any]) -> tuple[Any, str]:
        """The value of a name, or its phrase."""
        value = values[name]
        part = self.parts.get(name)
        if part is None:
            return value, name
        inner = _Filling({key: other for key, other in self.parts.items() if key != name})
        return inner.phrase(value, part, values), name

    def phrase(self, value: Value, part: Template, values: Mapping[str, Any]) -> str:
        """The phrase for a value; empty where there is nothing to say."""
        if value in (None, False, "", 0) or not (value or isinstance(value, int | float)):
            return ""
        if not isinstance(part, str) and not _SEVERAL & part.keys():
            return self.vformat(part.get(str(value), "{it}"), (), {**values, "it": value})
        if not isinstance(value, tuple | list):
            known = value if isinstance(value, Mapping) else {"it": value}
            return self.vformat(part if isinstance(part, str) else part["each"], (), {**values, **known})
        return self._several(value, {"each": part} if isinstance(part, str) else part, values)

    def _several(self, items: Sequence[Item], part: Mapping[str, str], values: Mapping[str, Any]) -> str:
        written = [
            self.phrase(
                item,
                part[str(item[part["by"]])] if isinstance(item, Mapping) and "by" in part else part["each"],
                values,
            )
            for item in items
        ]
        joint = part.get("joint", ", ")
        text = part.get("last", joint).join(filter(None, [joint.join(written[:-1]), written[-1]]))
        return f"{part.get('first', '')}{text}{part.get('after', '')}"


def _written_number(value: Value, spec: str) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_written_number(item, spec) for item in value)
    if not isinstance(value, int | float):
        return str(value or "")
    if spec == "share":
        return format_share(value)
    if spec == "amount":
        return format_exact(round(100 * value))
    if spec.startswith("plain"):
        return format_number(value, _figures_shown(value, int(spec[5:] or 6)))
    return format_number(value, int(spec)) if spec.isdigit() else format_count(value)


def _figures_shown(value: float, figures: int) -> int:
    """Decimals that show so many figures of a number, without zeros at the end."""
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return len(f"{value:.{max(0, figures - whole)}f}".partition(".")[2].rstrip("0"))


def _case_said(finding: Finding, key: str) -> str:
    """A text of the entry; empty where there is none, or none for this case."""
    return _said(finding, _of_case(finding, find_entry(finding.code).get(key, "")))


def _of_case(finding: Finding, entry: Template) -> str:
    return entry if isinstance(entry, str) else entry.get(str(finding.values["case"]), "")


def _said(finding: Finding, template: Template) -> str:
    entry = find_entry(finding.code)
    values: dict[str, Any] = {
        "column": finding.column or "",
        "count": finding.count,
        "share": finding.share,
        "currency": "",
    }
    values |= finding.values
    phrases = spoken_phrases()
    parts = {**phrases["parts"], **entry.get("parts", {})}
    if "of" in values:
        part = finding.count / values["of"] if values["of"] else 0.0
        values["rows"] = fill_template(phrases["rows"], {**values, "share": part}, {})
    if "message" not in entry:
        values["reason"] = fill_template(entry["rule"], values, parts)
        values["sum"] = values.get("money")
    return fill_template(template, values, parts).strip()
