"""What the command prints: sentences, tables, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from clustera import frames, scales, texts
from clustera.cli.grid import line_width as _width
from clustera.cli.grid import print_sentence, print_table
from clustera.cli.look_back import print_look_back
from clustera.records import NOISE, columns_told

if TYPE_CHECKING:
    from clustera.pipeline import Scored
    from clustera.records import (
        Action,
        Checked,
        Comparison,
        FeaturePreparation,
        Finding,
        KSelection,
        OtherNumber,
        Outcome,
        SegmentProfile,
        SegmentValue,
    )
    from clustera.segmentation import Segmentation


_OF_LATER = ("missing-values", "beyond-known-range", "unseen-category")  # told of customers assigned later, however few
SHOWN = 6  # features in the table of segments; more would not fit a line
LARGE = 100_000  # rows from which on the time of every step is told


def print_json(content: object) -> None:
    """One JSON value, readable; what is no number becomes null."""
    from clustera.segmentation.summary import plain_json

    typer.echo(json.dumps(plain_json(content), indent=1, ensure_ascii=False))


def print_segmentation(seg: Segmentation, place: Path) -> None:
    """The balance, the verdict, the table of segments, and where the report is."""
    with texts.speaking(seg.outcome.locale):
        _print_segmentation(seg, place)


def _print_segmentation(seg: Segmentation, place: Path) -> None:
    outcome = seg.outcome
    balance = outcome.balance
    _print_balance(outcome, place)
    _print_warnings(outcome.findings)
    left_out = [finding for finding in outcome.findings if finding.code == NOISE]
    _print_findings(left_out, "  {finding.severity}: ")
    notes = sum(finding.severity == "note" for finding in outcome.findings) - len(left_out)
    if notes:
        print_sentence(f"  {notes} {'note' if notes == 1 else 'notes'} on the data: see the report's page method.html.")
    typer.echo("")
    _print_choice(outcome)
    typer.echo("")
    _print_segments(seg)
    _print_over_time(seg)
    if balance.read >= LARGE:
        steps = ", ".join(f"{step.lower()} {seconds:.1f}" for step, seconds in seg.timings.items())
        print_paragraph(f"Took {sum(seg.timings.values()):.1f} s: {steps}.")
    typer.echo(f"Report: {place / 'report.html'}")


def print_other_number(found: OtherNumber, run: str, selection: KSelection) -> None:
    """What the segments of a run would be with another number of them."""
    decided, reason = texts.judge_number(found.evidence, selection) if found.evidence else ("", "")
    if decided == "refused":
        print_paragraph(f"{found.k} segments, not chosen: {reason}.")
    if found.evidence:
        like = texts.number_qualities(found.evidence, selection)
        print_paragraph(" ".join(filter(None, (quality.sentence for quality in like))))
    sold = any(one.sales is not None for one in found.segments)
    rows = [
        [
            str(one.segment),
            one.name,
            f"{one.customers:,}",
            texts.format_share(one.share),
            *([texts.format_number(one.sales or 0), texts.format_share(one.sales_share or 0.0)] if sold else []),
            f"{texts.format_share(one.mostly_share)} from {one.mostly}",
        ]
        for one in found.segments
    ]
    money = ["sales, 12 months", "share of sales"] if sold else []
    heads = ["", "segment", "customers", "share", *money, "mostly"]
    print_table(heads, rows, numbers=(0, 2, 3, *((4, 5) if sold else ())))
    typer.echo(f"Make a run of it: clustera remake {run} {found.k}")


def _print_choice(outcome: Outcome) -> None:
    """The number of segments, and what there is to know about it."""
    print_paragraph(texts.summarize_chosen_k(outcome.selection))
    if note := texts.explain_kept_k(outcome.selection):
        print_paragraph(f"Note: {note}")
    if price := texts.explain_cost_of_k(outcome.selection):
        wish = texts.explain_asked_k(outcome.selection.asked)
        print_paragraph(f"What this choice costs ({wish}): {price}")
    if outcome.value_refused:
        print_paragraph(f"No forecast of value: {texts.note_text(outcome.value_refused)}")


def _print_segments(seg: Segmentation) -> None:
    """The table of segments, as wide as the line allows."""
    outcome = seg.outcome
    features = scales.distinguishing_features(outcome, SHOWN)
    hidden = len(outcome.preparation.features) - len(features)
    worth = {entry.segment: entry for entry in outcome.value.segments} if outcome.value else {}
    # Where the verdict on all of them holds for each, a column of it says nothing.
    trusted = {profile.trust.statement for profile in outcome.segments} != {seg.verdict}
    rows = [_segment_cells(profile, seg, features, worth, trusted=trusted) for profile in outcome.segments]
    measured = range(4, 4 + len(features))
    value = [4 + len(features)] if worth else []
    trust = [4 + len(features) + len(value)] if trusted else []
    ranks = {name: place for place, name in enumerate(scales.rank_features(outcome))}
    least = sorted(measured, key=lambda at: -ranks[features[at - 4].name])
    left_out = print_table(
        ["", "segment", "customers", "share", *(f.label for f in features)]
        + ([_expected_head(outcome)] if worth else [])
        + (["trust"] if trusted else [])
        + ["suggested action"],
        rows,
        numbers=(0, 2, 3, *measured, *value),
        optional=(*least, *trust, *value, 3),
    )
    if left_out:
        print_paragraph(f"Left out to fit {_width()} columns: {'; '.join(left_out)}. The report has all.")
    elif hidden:
        print_paragraph(
            f"Shown are the {len(features)} features that differ most between segments; the report has all {len(features) + hidden}."
        )


def _segment_cells(
    profile: SegmentProfile,
    seg: Segmentation,
    features: Sequence[FeaturePreparation],
    worth: Mapping[int | None, SegmentValue],
    *,
    trusted: bool,
) -> list[str]:
    """The row of one segment."""
    means = {f.feature: f.mean for f in profile.features}
    action = seg.outcome.first_actions.get(profile.segment)
    return [
        str(profile.segment),
        seg.names[profile.segment],
        f"{profile.size:,}",
        f"{profile.share:.1%}",
        *(texts.format_value(means[f.name], f) if profile.size else "–" for f in features),
        *([texts.format_number(found.value) if (found := worth.get(profile.segment)) else "–"] if worth else []),
        *([profile.trust.statement] if trusted else []),
        _action_cell(action, seg.outcome, profile.size) if action else "",
    ]


def _action_cell(action: Action, outcome: Outcome, size: int) -> str:
    """The action's label, for how many where it is not for most of the segment, and what the last campaign with it brought."""
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    label = texts.action_label(action)
    if not action.is_for_most(size):
        label += f" ({texts.action_part(action, size)})"
    return f"{label}, {texts.measured_text(action.measured, currency)}" if action.measured else label


def _expected_head(outcome: Outcome) -> str:
    value, money = outcome.value, outcome.behavior.money if outcome.behavior else None
    return texts.expected_title(value.horizon_months, value.margin, money.currency if money else "") if value else ""


def _print_warnings(findings: Iterable[Finding]) -> None:
    _print_findings([finding for finding in findings if finding.severity != "note"], "  {finding.severity}: ")


def _print_findings(findings: Iterable[Finding], head: str, tail: str = "") -> None:
    """Every finding between head and tail; of those that say the same of a column each, one in full and the others' names."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        told = _finding_text(replace(finding, column="-", values={**finding.values, "title": "-"}))
        alike.setdefault(f"{finding.severity} {finding.code} {told}", []).append(finding)
    for first, *others in alike.values():
        named = (finding.values.get("title") or finding.column for finding in others)
        also = texts.join_words([str(name) for name in named if name])
        said = " ".join(filter(None, (_finding_text(first), f"The same holds for {also}." if also else "")))
        print_paragraph(f"{head.format(finding=first)}{said}{tail.format(finding=first)}", indent="    ")


def _finding_text(finding: Finding) -> str:
    return f"{texts.finding_message(finding)} {texts.finding_cure(finding)}"


def _print_balance(outcome: Outcome, place: Path) -> None:
    behavior = outcome.behavior
    print_sentence(texts.customers_sentence(outcome.balance, outcome.findings, orders=behavior is not None))
    if outcome.balance.quarantined:
        typer.echo(f"  Every row left out, with its reason: {place / 'quarantine.csv'}")
    if behavior is None:
        return
    left_out = [(texts.left_out_reason(part.code), part.lines, part.amount) for part in behavior.set_aside]
    for said in texts.money_sentences(behavior.money, behavior.as_of, left_out):
        print_sentence(said)
    aside = place / "orders_quarantine.csv"
    if behavior.money.lines_set_aside and aside.is_file():  # runs of earlier versions have none
        typer.echo(f"  Every line left out, with its reason: {aside}")


def _print_over_time(seg: Segmentation) -> None:
    """Who moved since the earlier run, or since the earlier day of the log, and what overdue customers spent."""
    outcome, behavior = seg.outcome, seg.outcome.behavior
    currency = behavior.money.currency if behavior else ""
    migration = behavior.migration if behavior else None
    comparison = outcome.comparison or (migration.last(seg.names, "", "") if migration else None)
    if comparison is not None:
        typer.echo("")
        print_sentence(f"Since {texts.earlier_day(comparison)}: {texts.moves_sentence(comparison)}")
        for said in _moves_sentences(seg, comparison, currency):
            print_sentence(said)
    if behavior is not None and behavior.risk is not None and behavior.risk.overdue:
        risk = behavior.risk
        print_sentence(texts.overdue_count_sentence(risk, currency, span=texts.sales_span(behavior)))
    news = (
        texts.forecast_check_sentences(outcome.forecast_check, currency),
        texts.first_orders_sentence(behavior),
    )
    for said in filter(None, news):
        print_sentence(said)
    print_look_back(outcome.forecast_check)
    for doubt in outcome.value.doubts if outcome.value else ():
        if doubt.code == "churn-from-short-test":
            print_sentence(f"note: {_finding_text(doubt)}")
    if outcome.comparison:
        print_changes(outcome.comparison, seg.feature_titles)


def _moves_sentences(seg: Segmentation, comparison: Comparison, currency: str) -> list[str]:
    """What to know of those who moved, beside how many they are."""
    outcome, behavior = seg.outcome, seg.outcome.behavior
    best = seg.names.get(outcome.movers.best, "") if outcome.movers and outcome.movers.best is not None else ""
    said = (
        texts.usual_sentence(outcome.movers, comparison),
        texts.border_sentence(outcome.movers),
        texts.moved_money_sentence(outcome.movers, currency, span=texts.sales_span(behavior)),
        texts.fell_sentence(outcome.movers, best, currency, span=texts.sales_span(behavior)),
    )
    return list(filter(None, said))


def scored_summary(scored: Scored, to: Path, aside: Mapping[str, Path]) -> dict[str, Any]:
    """What became of the rows, or of the order lines and their money, as JSON values."""
    balance = scored.balance
    said = {
        "file": str(to),
        "read": balance.read,
        "assigned": balance.segmented,
        "quarantined": balance.quarantined,
        "findings": list(map(frames.finding_record, scored.findings)),
        "quarantine": _written_path(aside, "quarantine"),
    }
    if scored.orders is None:
        return said
    said |= {"as_of": _iso_day(scored.as_of), "money": asdict(scored.orders.money)}
    return said | {"orders_quarantine": _written_path(aside, "orders_quarantine")}


def _written_path(aside: Mapping[str, Path], what: str) -> str | None:
    return str(aside[what]) if what in aside else None


def print_scored(scored: Scored, to: Path, aside: Mapping[str, Path]) -> None:
    """How many customers were assigned, what was left out for which reason, and what is to be warned about."""
    balance = scored.balance
    print_sentence(f"{balance.read:,} rows read = {balance.segmented:,} assigned + {balance.quarantined:,} left out.")
    for row in scored.quarantine.query(
        "select min(reason) as reason, count(*) as n from {rows} group by code order by n desc, code"
    ).to_pylist():
        print_sentence(f"  {row['n']:,} left out: {row['reason']}")
    _print_warnings(scored.findings)
    for finding in scored.findings:
        if finding.severity == "note" and finding.code in _OF_LATER:
            print_paragraph(f"  {texts.finding_message(finding)}", indent="    ")
    if scored.orders is not None:
        left_out = scored.orders.quarantine.query(
            "select code, count(*) as n, coalesce(sum(amount), 0) as money from {rows} group by code order by n desc, code"
        ).to_pylist()
        parts = [(texts.left_out_reason(row["code"]), row["n"], float(row["money"])) for row in left_out]
        for said in texts.money_sentences(scored.orders.money, scored.as_of, parts):
            print_sentence(said)
        print_sentence(f"Judged by the orders up to {texts.format_day(scored.as_of)}.")
        if scored.orders.contractual:
            print_paragraph(f"  warning: {texts.finding_message(scored.orders.contractual)}", indent="    ")
    words = {"quarantine": "the rows left out", "orders_quarantine": "the lines left out"}
    typer.echo("; ".join([f"Written to {to}", *(f"{words[what]} to {path}" for what, path in aside.items())]))


def _iso_day(day: int) -> str:
    return str(date(1970, 1, 1) + timedelta(days=day))


def print_checked(checked: Checked, *, as_json: bool) -> None:
    """What each column was detected as, and every finding."""
    balance = checked.balance
    if as_json:
        columns = [
            {"name": c.name, "role": c.role, "kind": c.kind, "reason": texts.column_reason(c)} for c in checked.columns
        ]
        print_json(
            {
                "balance": asdict(balance),
                "columns": columns,
                "findings": list(map(frames.finding_record, checked.findings)),
            }
        )
        return
    print_sentence(
        f"{balance.read:,} rows read = {balance.segmented:,} can be used + {balance.quarantined:,} left out."
    )
    told = columns_told(checked.columns)
    print_table(
        ["column", "detected role", "reason"],
        [[told.get(c.name, c.name), c.role, texts.column_reason(c)] for c in checked.columns],
    )
    _print_findings(checked.findings, "{finding.severity}: ", " ({finding.code})")


def print_comparison(comparison: Comparison, titles: Mapping[str, str]) -> None:
    """Who moved and who stayed, in a sentence; then what is new, gone, split and merged, and every move."""
    print_sentence(texts.moves_sentence(comparison))
    print_changes(comparison, titles)


def print_changes(comparison: Comparison, titles: Mapping[str, str]) -> None:
    """What is new, gone, split and merged, and every move from one segment to another, the largest first."""
    for _, new, overlap in () if comparison.same_definitions else comparison.matched:
        print_sentence(
            f"Kept: {new} {comparison.names_after[new]} ({texts.format_share(overlap)} of the customers in either are in both)"
        )
    for note in comparison.notes:
        print_sentence(texts.note_text(note))
    for segment_ in comparison.new:
        print_sentence(f"New: {segment_} {comparison.names_after[segment_]}")
    for segment_ in comparison.gone:
        print_sentence(f"Gone: {segment_} {comparison.names_before[segment_]}")
    for segment_, parts in comparison.split:
        print_sentence(f"Split: {segment_} {comparison.names_before[segment_]} -> {', '.join(map(str, parts))}")
    for parts, segment_ in comparison.merged:
        print_sentence(f"Merged: {', '.join(map(str, parts))} -> {segment_} {comparison.names_after[segment_]}")
    if comparison.movers:
        _print_moves(comparison, titles)


def _print_moves(comparison: Comparison, titles: Mapping[str, str]) -> None:
    """Every move from one segment to another, the largest first, and how many stayed."""
    stayed = sum(move.count for move in comparison.moves if comparison.stays(move))
    directed, caused = bool(comparison.ranking), bool(comparison.causes)
    print_table(
        [
            "from",
            "",
            "to",
            "",
            "customers",
            *(["direction"] if directed else []),
            *(["why"] if caused else []),
        ],
        [
            [
                str(move.before),
                comparison.names_before[move.before],
                str(move.after),
                comparison.names_after[move.after],
                f"{move.count:,}",
                *([comparison.direction(move)] if directed else []),
                *([texts.moved_because(comparison.causes_of(move), titles)] if caused else []),
            ]
            for move in comparison.movers
        ],
        numbers=(0, 2, 4),
    )
    alike = " The segments are defined alike on both days." if comparison.same_definitions else ""
    print_sentence(f"{stayed:,} {'customer' if stayed == 1 else 'customers'} stayed in their segment.{alike}")
    if said := texts.unshown_sentence(comparison):
        print_sentence(said)


def print_paragraph(text: str, *, indent: str = "") -> None:
    """A sentence or several, in lines that are not too long to read."""
    print_sentence(text, indent=indent, widest=100)
