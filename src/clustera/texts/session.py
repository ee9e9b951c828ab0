"""What a segmentation says of itself where it is shown: a session, a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.records import Finding, Outcome
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day
from clustera.texts.findings import finding_message
from clustera.texts.numbers import format_count
from clustera.texts.translation import translate

SHOWN = 3  # findings in words
_ORDER = ("error", "warning", "note")


def session_facts(outcome: Outcome) -> str:
    """Customers, verdict, snapshot date and how many findings there are, in one line.

    >>> session_facts(seg.outcome)
    '210 customers. Verdict: clear. Snapshot date: March 25, 2025. No findings.'
    """
    told = [
        translate_count(outcome.balance.segmented, "{n} customer.", "{n} customers."),
        translate("Verdict: {verdict}.", verdict=outcome.selection.verdict),
    ]
    if outcome.behavior:
        told.append(translate("Snapshot date: {day}.", day=format_day(outcome.behavior.as_of)))
    return " ".join([*told, count_findings(outcome.findings)])


def count_findings(findings: Sequence[Finding]) -> str:
    """How many findings there are of each severity.

    >>> count_findings([Finding("sensitive", "note"), Finding("duplicate-row", "warning"), Finding("sensitive", "note")])
    'Findings: 1 warning, 2 notes.'
    """
    counts = {severity: sum(finding.severity == severity for finding in findings) for severity in _ORDER}
    told = [
        translate_count(counts["error"], "{n} error", "{n} errors") if counts["error"] else "",
        translate_count(counts["warning"], "{n} warning", "{n} warnings") if counts["warning"] else "",
        translate_count(counts["note"], "{n} note", "{n} notes") if counts["note"] else "",
    ]
    if not findings:
        return translate("No findings.")
    return translate("Findings: {counts}.", counts=", ".join(filter(None, told)))


def first_findings(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """The severity and the words of the first findings, worst first."""
    worst = sorted(findings, key=lambda finding: _ORDER.index(finding.severity))
    return [(translate(finding.severity), finding_message(finding)) for finding in worst[:SHOWN]]


def more_findings(findings: Sequence[Finding]) -> str:
    """Where the other findings are; empty where all are shown."""
    more = len(findings) - SHOWN
    if more <= 0:
        return ""
    return translate("{n} more in seg.findings.", n=format_count(more))
