"""Lists for mail tools in words: suppression lists that match nobody, and why nobody is left."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import cast

from clustera.records import (
    AudienceExport,
    AudienceReach,
    ExportColumn,
    ExportStep,
    ExportStepCode,
    Finding,
    SuppressionFile,
)
from clustera.texts.counts import translate_count
from clustera.texts.numbers import format_count, format_share
from clustera.texts.translation import translate


def step_rows(steps: Sequence[ExportStep]) -> list[tuple[str, int, int]]:
    """Who is left after each step: what it is called, how many are left, and how many it left out.

    >>> step_rows([ExportStep("audience", 94), ExportStep("not-control", 57)])
    [('In the audience', 94, 0), ('Not in the control group', 57, 37)]
    """
    before = [steps[0].customers, *(step.customers for step in steps)] if steps else []
    return [(export_step_title(s.step), s.customers, was - s.customers) for was, s in zip(before, steps, strict=False)]


def suppression_sentence(file: SuppressionFile) -> str:
    """Of a suppression list: how many entries it has, how many match nobody, and how these are spelled."""
    entries = translate_count(file.entries, "{n} entry", "{n} entries")
    examples = ", ".join(file.examples)
    missed = file.entries - file.matched
    if not file.matched:
        said = translate(
            "{file}: {entries}, and none of them matches a customer. Its entries look like {looks}; the contacts have {contacts}. Check that this is the right file.",
            file=file.source,
            entries=entries,
            looks=", ".join(file.looks),
            contacts=", ".join(file.contacts),
        )
    elif missed:
        said = translate_count(
            missed,
            "{file}: {entries}. {n} of them matches nobody in the contacts or the audience: {examples}. All others are kept out of the list.",
            "{file}: {entries}. {n} of them match nobody in the contacts or the audience, such as {examples}. All others are kept out of the list.",
            file=file.source,
            entries=entries,
            examples=examples,
        )
    else:
        said = translate_count(
            file.entries,
            "{file}: {n} entry. It matches, and this customer or contact is kept out of the list.",
            "{file}: {n} entries. All match, and these customers and contacts are kept out of the list.",
            file=file.source,
        )
    if file.unread:
        more = translate_count(
            file.unread,
            "{n} more row has no recognized id, address, number or hash",
            "{n} more rows have no recognized id, address, number or hash",
        )
        shown = translate(" ({examples})", examples=examples) if examples and not missed else ""
        said += f" {more}{shown}."
    return said


def export_step_title(step: ExportStepCode) -> str:
    """Who is left after a step of an export."""
    return {
        "audience": translate("In the audience"),
        "address": translate("With an address or number"),
        "consent": translate("With consent and without objection"),
        "suppression": translate("Not on the suppression list"),
        "same-address": translate("One customer for each address"),
        "other-control": translate("In no other control group"),
        "no-holdout": translate("Not held out of an audience"),
        "no-other-campaign": translate("In no other campaign at the same time"),
        "not-held-out": translate("Not in the control group"),
        "not-control": translate("Not in the control group"),
    }[step]


def cells_text(column: ExportColumn) -> str:
    """The cells of a column of the contacts, and what each was taken for; of many the most frequent ones."""
    cells = [f"{cell or translate('empty')}: {translate(said)} ({format_count(n)})" for cell, n, said in column.cells]
    cells += [
        translate_count(
            kinds,
            "{n} other kind of cell: {said} ({rows})",
            "{n} other kinds of cells: {said} ({rows})",
            said=translate(said),
            rows=format_count(rows),
        )
        for said, kinds, rows in column.others
    ]
    return "; ".join(cells)


def column_sentence(column: ExportColumn) -> str:
    """What a column of the contacts was taken for, and its cells."""
    cells = cells_text(column)
    told = translate("{field}: column {column}", field=column.field.replace("_", " "), column=repr(column.column))
    return f"{told} ({cells})" if cells else told


def addresses_sentence(columns: Sequence[ExportColumn], network: str, several: int) -> str:
    """Which addresses and numbers are in the list where the contacts have several of a customer; empty where they don't.

    Args:
        columns: What the columns of the contacts were taken for.
        network: What the destination is called.
        several: How many of each kind it takes.
    """
    kinds = [column.field for column in columns if column.field in ("email", "phone")]
    if len(kinds) == len(set(kinds)):
        return ""
    told = (
        translate("the list has up to {n} addresses and {n} numbers of each customer", n=several)
        if several > 1
        else translate(
            "the list has the first valid address of each customer, and the first valid number if it takes one"
        )
    )
    return translate(
        "For {network}: {told}. Suppression lists and objections are matched by all of them.",
        network=network,
        told=told,
    )


def contacts_sheet_sentence(finding: Finding) -> str:
    """Which sheet of a workbook of contacts is read, and how to choose another."""
    values = finding.values
    others = cast("tuple[str, ...]", values["others"])
    other = shlex.quote(f"{values['file']}#{values['other']}")
    return translate(
        "{file}: sheet {used} is read for the contacts. Not read: {others}. To read another sheet, give its name after the file: {example}",
        file=values["file"],
        used=repr(values["used"]),
        others=", ".join(map(repr, others)) + (", ..." if values["more"] else ""),
        example=f"--contacts {other}",
    )


def holdout_sentences(export: AudienceExport) -> list[str]:
    """What holds of the hold-out of an audience: which other audiences share it, and that a share asked for leaves it as it is."""
    audience, said = repr(export.audience), []
    if export.shared:
        names = ", ".join(map(repr, export.shared))
        told = (
            translate(
                "Audience {audience} has the same conditions as {names}, so both have one control group: who is held out of one is held out of the other.",
                audience=audience,
                names=names,
            )
            if len(export.shared) == 1
            else translate(
                "Audience {audience} has the same conditions as {names}, so all have one control group: who is held out of one is held out of the others.",
                audience=audience,
                names=names,
            )
        )
        said.append(told)
    if running := export.running:
        told = translate_count(
            running.new,
            "Audience {audience} already has a hold-out: {held} of {customers} customers ({share}). It stays as it is. {asked} is drawn only from the {n} customer who is new in the audience. To draw a new hold-out, end this one first: {command}",
            "Audience {audience} already has a hold-out: {held} of {customers} customers ({share}). It stays as it is. {asked} is drawn only from the {n} customers who are new in the audience. To draw a new hold-out, end this one first: {command}",
            audience=audience,
            held=format_count(running.held_out),
            customers=format_count(running.customers),
            share=format_share(running.held_out / running.customers),
            asked=format_share(running.asked),
            command="; ".join(f"clustera audience end-holdout {shlex.quote(name)}" for name in running.audiences),
        )
        said.append(told)
    return said


def ended_holdout_sentence(audience: str, customers: int) -> str:
    """That a hold-out is over, or that there was none.

    >>> ended_holdout_sentence("regulars", 120)
    "120 customers are no longer held out of 'regulars'."
    >>> ended_holdout_sentence("regulars", 0)
    "Audience 'regulars' has no hold-out."
    """
    if not customers:
        return translate("Audience {audience} has no hold-out.", audience=repr(audience))
    return translate_count(
        customers,
        "{n} customer is no longer held out of {audience}.",
        "{n} customers are no longer held out of {audience}.",
        audience=repr(audience),
    )


def kept_holdout_sentence(audience: str, customers: int) -> str:
    """That the hold-out of a deleted audience goes on, and how to end it.

    >>> kept_holdout_sentence("regulars", 120)
    'Its hold-out goes on: 120 customers stay out of all lists until you end it: clustera audience end-holdout regulars'
    """
    return translate_count(
        customers,
        "Its hold-out goes on: {n} customer stays out of all lists until you end it: {command}",
        "Its hold-out goes on: {n} customers stay out of all lists until you end it: {command}",
        command=f"clustera audience end-holdout {shlex.quote(audience)}",
    )


def unpushed_members_sentence(frozen: int) -> str:
    """That the members of frozen audiences are not in the folder."""
    return translate_count(
        frozen,
        "The members of {n} frozen audience were not written. For another folder of runs, write their ids too: --members",
        "The members of {n} frozen audiences were not written. For another folder of runs, write their ids too: --members",
    )


def lacking_members_sentence(audience: str, missing: str) -> str:
    """That an audience was not saved since its frozen members are not there."""
    if audience == missing:
        return translate(
            "Audience {audience} was not saved: its frozen members are not in this folder of runs. Write them where it was frozen: clustera audience push FOLDER --members",
            audience=repr(audience),
        )
    return translate(
        "Audience {audience} was not saved: it uses {missing}, whose frozen members are not in this folder of runs. Write them where it was frozen: clustera audience push FOLDER --members",
        audience=repr(audience),
        missing=repr(missing),
    )


def suppressed_sentence(customers: int) -> str:
    """How many customers of an audience are left out since a suppression list has them.

    >>> suppressed_sentence(12)
    '12 customers of the audience are left out because a suppression list has them.'
    """
    return translate_count(
        customers,
        "{n} customer of the audience is left out because a suppression list has them.",
        "{n} customers of the audience are left out because a suppression list has them.",
    )


def left_out_hint(counts: Mapping[str, int]) -> str:
    """Why most customers of a list are left out; empty where nobody is.

    Args:
        counts: Customers by the code of the reason.
    """
    if not counts:
        return ""
    code = max(counts, key=lambda one: counts[one])
    n = counts[code]
    reasons = {
        "no-contact": translate_count(
            n, "{n} customer is not in the contacts.", "{n} customers are not in the contacts."
        ),
        "no-address": translate_count(
            n,
            "{n} customer has no address or number that this destination accepts.",
            "{n} customers have no address or number that this destination accepts.",
        ),
        "objected": translate_count(n, "{n} customer has objected.", "{n} customers have objected."),
        "no-consent": translate_count(
            n,
            "{n} customer has not consented: the cell of the consent column does not say yes, true, subscribed or a date.",
            "{n} customers have not consented: their cell of the consent column does not say yes, true, subscribed or a date.",
        ),
        "suppressed": translate_count(
            n, "{n} customer is on a suppression list.", "{n} customers are on a suppression list."
        ),
        "held-out": translate_count(n, "{n} customer is held out.", "{n} customers are held out."),
        "control-group": translate_count(
            n,
            "{n} customer is in another control group or hold-out.",
            "{n} customers are in another control group or hold-out.",
        ),
        "campaign-control": translate_count(
            n,
            "{n} customer is in the control group of this campaign.",
            "{n} customers are in the control group of this campaign.",
        ),
        "other-control": translate_count(
            n,
            "{n} customer is in the control group of another campaign.",
            "{n} customers are in the control group of another campaign.",
        ),
        "audience-hold-out": translate_count(
            n, "{n} customer is held out of an audience.", "{n} customers are held out of an audience."
        ),
        "other-campaign": translate_count(
            n,
            "{n} customer is in another campaign at the same time.",
            "{n} customers are in another campaign at the same time.",
        ),
        "control-address": translate_count(
            n,
            "{n} customer shares an address with a customer of another control group or hold-out.",
            "{n} customers share an address with a customer of another control group or hold-out.",
        ),
        "same-address": translate_count(
            n,
            "{n} customer shares an address with another customer.",
            "{n} customers share an address with another customer.",
        ),
    }
    return reasons[code]


def reach_sentence(reach: AudienceReach, network: str, *, phones: bool) -> str:
    """How many customers of an audience have an address, may be contacted, and would be in a list.

    Args:
        reach: The counts.
        network: What the destination is called.
        phones: Whether a phone number alone is enough.
    """
    has = (
        translate_count(
            reach.with_contact,
            "For {network}: {n} customer has an e-mail address or a phone number",
            "For {network}: {n} customers have an e-mail address or a phone number",
            network=network,
        )
        if phones
        else translate_count(
            reach.with_contact,
            "For {network}: {n} customer has an e-mail address",
            "For {network}: {n} customers have an e-mail address",
            network=network,
        )
    )
    said = translate(
        "{has}, {reachable} may be contacted, {listed} would be in the list",
        has=has,
        reachable=format_count(reach.reachable),
        listed=format_count(reach.listed),
    )
    held = reach.reachable - reach.listed
    if held:
        said += " " + translate_count(
            held,
            "({n} is held out or in another control group)",
            "({n} are held out or in another control group)",
        )
    return f"{said}."


def small_control_sentence(customers: int, enough: int, *, reached: int) -> str:
    """That a control group is too small to show anything; empty where it is not, or there is none.

    Args:
        customers: In the control group.
        enough: As many as it takes.
        reached: Whom the list and the control group have together; half of them is the largest control group.

    >>> small_control_sentence(6, 30, reached=100)[:72]
    'The control group has 6 customers only, too few to show what the list br'
    >>> small_control_sentence(25, 30, reached=50)
    'The control group has 25 customers, too few to show what the list brought: it takes 30. The largest share, 50%, is no more than 25 here. Choose a larger audience.'
    >>> small_control_sentence(0, 30, reached=50), small_control_sentence(30, 30, reached=60)
    ('', '')
    """
    if not 0 < customers < enough:
        return ""
    if reached // 2 < enough:
        return translate_count(
            customers,
            "The control group has {n} customer, too few to show what the list brought: it takes {enough}. The largest share, 50%, is no more than {most} here. Choose a larger audience.",
            "The control group has {n} customers, too few to show what the list brought: it takes {enough}. The largest share, 50%, is no more than {most} here. Choose a larger audience.",
            enough=format_count(enough),
            most=format_count(max(reached // 2, customers)),
        )
    return translate_count(
        customers,
        "The control group has {n} customer only, too few to show what the list brought. Choose a larger control group (at least {enough} customers), or a larger audience.",
        "The control group has {n} customers only, too few to show what the list brought. Choose a larger control group (at least {enough} customers), or a larger audience.",
        enough=format_count(enough),
    )
