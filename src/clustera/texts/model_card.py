"""The model card: what the segments were made from and how, what they are for, how sure they are, and where they must not be used.

Source: Mitchell et al. (2019), Model Cards for Model Reporting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clustera import lexicon
from clustera.records import Behavior, Column, Outcome
from clustera.texts.choice import summarize_chosen_k
from clustera.texts.dates import format_day
from clustera.texts.numbers import format_count, format_number, format_share
from clustera.texts.preparation import preparation_sentences
from clustera.texts.segments import segment_sentence
from clustera.texts.titles import report_title
from clustera.texts.translation import translate
from clustera.texts.trust import trust_sentence

SHOWN_HASH = 12  # characters of a checksum


_TAG = re.compile(r"<(?=[A-Za-z/!?])")  # what Markdown takes for markup; "<0.1%" is none


@dataclass(frozen=True, slots=True)
class CardPart:
    """One part of a model card."""

    title: str
    lines: tuple[str, ...]


def card_parts(outcome: Outcome, versions: Mapping[str, str] | None = None) -> tuple[CardPart, ...]:
    """The parts of the model card of a run.

    Args:
        outcome: What the run found, under the names that segments have now.
        versions: Of Clustera, Python and the libraries that made the run; left out where they are not known.

    >>> [part.title for part in card_parts(seg.outcome)][:3]
    ['What the segments are for', "What they can't tell", 'Which data they come from']
    """
    found = (
        CardPart(translate("What the segments are for"), tuple(_purpose(outcome))),
        CardPart(translate("What they can't tell"), tuple(_limits(outcome))),
        CardPart(translate("Which data they come from"), tuple(_data(outcome))),
        CardPart(translate("Age, gender and other sensitive columns"), tuple(_sensitive_sentences(outcome))),
        CardPart(translate("How they were made"), tuple(_method_sentences(outcome))),
        CardPart(translate("Each segment, and how sure it is"), tuple(_segment_sentences(outcome))),
        CardPart(translate("Compared with the run before"), tuple(_compared(outcome))),
        CardPart(translate("Software versions"), tuple(_versions(outcome, versions or {}))),
    )
    return tuple(part for part in found if part.lines)


def model_card(outcome: Outcome, versions: Mapping[str, str] | None = None) -> str:
    """The model card of a run as Markdown.

    Args:
        outcome: What the run found, under the names that segments have now.
        versions: Of Clustera, Python and the libraries that made the run; left out where they are not known.

    >>> model_card(seg.outcome).splitlines()[0]
    '# Model card: Customer segments, March 2025'
    """
    head = translate("Model card: {title}", title=report_title(outcome))
    parts = [
        f"## {part.title}\n\n" + "\n".join(f"- {_escaped(line)}" for line in part.lines)
        for part in card_parts(outcome, versions)
    ]
    return "\n\n".join([f"# {_escaped(head)}", *parts]) + "\n"


def _purpose(outcome: Outcome) -> Iterator[str]:
    yield summarize_chosen_k(outcome.selection)
    yield translate(
        "They describe groups of customers, so that you can choose what to send to whom and measure what it brings."
    )
    if outcome.behavior:
        yield translate("They are made for shops and services whose customers buy again and again.")


def _limits(outcome: Outcome) -> Iterator[str]:
    yield translate("A segment is an average: single customers differ from it.")
    known = sum(segment.size for segment in outcome.segments)
    near = sum(segment.trust.borderline * segment.size for segment in outcome.segments)
    if known and near and outcome.selection.k > 1:
        yield translate(
            "{share} of the customers are nearly as close to another segment.", share=format_share(near / known)
        )
    if outcome.selection.verdict == "practical":
        yield translate("There are no gaps between these segments: other customers would give other borders.")
    yield translate(
        "Segments say what customers are like, not why. That an action works is known only once it was tested with a control group."
    )
    yield translate(
        "Do not use them to decide on credit, insurance, jobs, housing, or prices of single customers: they were not made or tested for that."
    )
    yield translate(
        "They hold for customers like these. For others, or for later ones, look at how many values lie outside the ranges seen here."
    )


def _data(outcome: Outcome) -> Iterator[str]:
    source, balance = outcome.source, outcome.balance
    stamp = translate(", SHA-256 {hash}…", hash=source.sha256[:SHOWN_HASH]) if source.sha256 else ""
    yield translate("Source: {name} ({format}{stamp}).", name=source.name, format=source.format, stamp=stamp)
    if outcome.behavior:
        yield from _orders(outcome.behavior, balance.segmented)
    else:
        yield translate(
            "Rows read: {read}; customers segmented: {used}; rows left out: {left}.",
            read=format_count(balance.read),
            used=format_count(balance.segmented),
            left=format_count(balance.quarantined),
        )
        yield translate("The table has no snapshot date: customers are judged as they were when it was made.")
    features = [feature.title for feature in outcome.preparation.features]
    yield translate("Features that form the segments: {list}.", list="; ".join(features))
    describing = [column.title for column in outcome.columns if column.role == "descriptor"]
    if describing:
        yield translate("Columns that only describe them: {list}.", list="; ".join(describing))
    personal = [column.title for column in outcome.columns if column.role == "personal"]
    if personal:
        yield translate("Personal data that is not used: {list}.", list="; ".join(personal))
    warnings = sum(finding.severity == "warning" for finding in outcome.findings)
    if warnings == 1:
        yield translate("The check of the data gave one warning; it is on this page.")
    elif warnings:
        yield translate("The check of the data gave {n} warnings; they are on this page.", n=format_count(warnings))


def _orders(behavior: Behavior, customers: int) -> Iterator[str]:
    yield translate(
        "Customers segmented: {used}; order lines left out: {left}.",
        used=format_count(customers),
        left=format_count(sum(reason.lines for reason in behavior.set_aside)),
    )
    yield translate(
        "Orders from {first} to {last}; {last} is the snapshot date, on which customers are judged.",
        first=format_day(behavior.first_day),
        last=format_day(behavior.as_of),
    )


def _sensitive_sentences(outcome: Outcome) -> Iterator[str]:
    what = lexicon.sensitive_words()
    found = [column for column in outcome.columns if column.measures in what]
    forming = [column for column in found if column.role == "feature"]
    describing = [column for column in found if column.role == "descriptor"]
    unused = [column for column in found if column.role not in ("feature", "descriptor")]
    if forming:
        yield translate(
            "Used to form the segments: {list}. Before you treat segments differently, ask whether the law allows it.",
            list=_listed_columns(forming),
        )
    else:
        yield translate("No column that we know as sensitive forms the segments.")
    if describing:
        yield translate("Used only to describe them: {list}.", list=_listed_columns(describing))
    if unused:
        yield translate("In the data, and not used: {list}.", list=_listed_columns(unused))
    yield translate(
        "Known as sensitive by their names and values: age, gender, ethnic origin, religion, health, political opinion, "
        "sexual orientation and place of living. "
        "Other columns may stand in for them; this was not tested."
    )


def _method_sentences(outcome: Outcome) -> Iterator[str]:
    yield from preparation_sentences(outcome.preparation.notes)
    weighed = [f for f in outcome.preparation.features if f.weight != 1.0]
    if not weighed:
        yield translate("All columns count alike.")
    yield translate("K-Means with {k} segments; random seed {seed}.", k=outcome.selection.k, seed=outcome.seed)
    if outcome.model.window:
        yield translate("Sums and counts look back on {n} days.", n=format_count(outcome.model.window))


def _segment_sentences(outcome: Outcome) -> Iterator[str]:
    names = {segment.segment: segment.name for segment in outcome.segments}
    for segment in outcome.segments:
        neighbor = names.get(segment.trust.neighbor, "") if segment.trust.neighbor != segment.segment else ""
        described = (
            segment_sentence(segment)
            if segment.statement.features
            else translate("{n} customers", n=format_count(segment.size)) + "."
        )
        yield f"{segment.name}: {described} {trust_sentence(segment.trust, neighbor=neighbor)}"
    chosen = next((e for e in outcome.selection.evidence if e.k == outcome.selection.k), None)
    if chosen and outcome.selection.k > 1:
        yield translate(
            "When segments are made again from other customers, the least stable one overlaps {jaccard} with what it was. How much nearer customers are to their own segment than to the next: {silhouette}; 1 is perfect (silhouette).",
            jaccard=format_share(chosen.jaccard),
            silhouette=format_number(chosen.silhouette, 2),
        )


def _compared(outcome: Outcome) -> Iterator[str]:
    comparison = outcome.comparison
    if comparison:
        yield translate(
            "{before}: {common} customers are in both, {share} of them in the same segment; {new} are new, {gone} are gone.",
            before=comparison.before,
            common=format_count(comparison.common),
            share=format_share(comparison.stayed),
            new=format_count(comparison.only_after),
            gone=format_count(comparison.only_before),
        )
        if comparison.same_definitions:
            yield translate("The definitions of the segments are the same.")


def _versions(outcome: Outcome, versions: Mapping[str, str]) -> Iterator[str]:
    if versions:
        # Clustera first; a manifest keeps the others by name.
        yield (
            ", ".join(f"{name} {versions[name]}" for name in sorted(versions, key=lambda n: (n != "clustera", n))) + "."
        )


def _listed_columns(columns: list[Column]) -> str:
    what = lexicon.sensitive_words()
    kinds = [(column.title, translate(what[str(column.measures)])) for column in columns]
    return "; ".join(title if title.lower() == kind.lower() else f"{title} ({kind})" for title, kind in kinds)


def _escaped(line: str) -> str:
    r"""A line of Markdown in which nothing of the data becomes markup.

    >>> _escaped("a *b* <c> [d] #1")
    'a \\*b\\* \\<c> \\[d\\] #1'
    >>> _escaped("less than <0.1%")
    'less than <0.1%'
    """
    text = _TAG.sub(r"\\<", " ".join(line.split()).replace("\\", "\\\\"))
    for sign in "*_`[]":
        text = text.replace(sign, f"\\{sign}")
    return text
