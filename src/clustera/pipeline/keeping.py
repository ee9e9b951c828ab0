"""A later month judged by an earlier run's definitions: what is kept, and whether the definitions have aged."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from clustera.cluster.candidates import LEAST_CUSTOMERS
from clustera.errors import InputError
from clustera.features import feature_catalog, may_be_one_currency
from clustera.pipeline.sources import Log
from clustera.records import (
    Checked,
    Finding,
    ForecastPoint,
    Item,
    KSelection,
    Model,
    NameBasis,
    Outcome,
    Patterns,
    RankedBy,
    SegmentMonth,
    SegmentPath,
    TrustNumbers,
)
from clustera.settings import Settings
from clustera.texts import finding_message, format_day

LOOSER = 1.25  # times the spread around new centers from which the kept centers no longer fit
SMALLEST = 0.02  # share of customers
SHRUNK = 0.5  # of what the smallest segment was when it was drawn, where that was less
RECENT = "recent_spend"
NEXT_TO_NOTHING = 0.01  # of what all customers spent lately on average, up to which segments count as alike
DRIFT = frozenset({"beyond-known-range", "other-scale"})
ODD_FILES = frozenset({"files-lack-columns", "empty-files", "cut-off-files"})
_SPELLINGS = frozenset({"separator", "encoding", "header", "decimal", "dates"})  # options on how a file is written


@dataclass(frozen=True, slots=True)
class Earlier:
    """What of an earlier run its successor must know."""

    label: str
    model: Model
    names: Mapping[int, str]
    customers: pa.Table | None  # id, segment
    selection: KSelection
    trust: tuple[TrustNumbers, ...]
    as_of: int | None = None  # snapshot date, where it was drawn from orders
    bases: Mapping[int, NameBasis] = field(default_factory=dict)  # what its own names say; none for those of people
    forecast: tuple[ForecastPoint, ...] = ()  # of the sales of all its customers
    segment_forecasts: tuple[SegmentPath, ...] = ()  # of those of each segment
    currency: str = ""  # of that
    values: pa.Table | None = None  # id and features, original units; None where they were not kept
    first_day: int = 0  # of its orders
    months: tuple[SegmentMonth, ...] = ()  # of those
    options: Mapping[str, Any] = field(default_factory=dict)  # what it was asked for, where a later run means the same
    known: Patterns | None = None  # what its customers have: values that none of them has are told


def kept_features(settings: Settings, earlier: Earlier | None) -> Settings:
    """The settings, with the features that form the earlier segments where these are kept."""
    if earlier is None or settings.cluster.redraw:
        return settings
    names = tuple(feature.name for feature in earlier.model.preparation.features)
    return settings.model_copy(update={"check": settings.check.model_copy(update={"features": names})})


def refuse_other_definitions(settings: Settings, earlier: Earlier) -> None:
    """Kept definitions leave no choice of k or features.

    Raises:
        InputError: another number of segments, or other features, are asked for.
    """
    wanted, have = settings.cluster.k, len(earlier.model.segments)
    if wanted is not None and not wanted[0] <= have <= wanted[1]:
        raise InputError(
            f"k = {wanted[0] if wanted[0] == wanted[1] else f'{wanted[0]}..{wanted[1]}'} is asked for, but {earlier.label} "
            f"has {have} segments and its definitions are kept.",
            hint="Leave k out, or draw new segments: --redraw.",
        )
    names = {feature.name for feature in earlier.model.preparation.features}
    asked = set(settings.check.features)
    if asked and asked != names:
        raise InputError(
            f"The features {', '.join(sorted(asked))} are asked for, but the segments of {earlier.label} are defined by "
            f"{', '.join(sorted(names))}.",
            hint="Leave the features out, or draw new segments: --redraw.",
        )


def refuse_earlier_day(as_of: int, earlier: Earlier | None, findings: Sequence[Finding] = ()) -> None:
    """Changes since an earlier run must not run backward.

    Args:
        as_of: The snapshot date.
        earlier: The run whose definitions are kept.
        findings: Of the log; those about its files may be why its last day is missing.

    Raises:
        InputError: the orders are judged on a day before that of the earlier run.
    """
    if earlier is not None and earlier.as_of is not None and as_of < earlier.as_of:
        odd = [finding for finding in findings if finding.code in ODD_FILES]
        said = " ".join(["", *map(finding_message, odd)])
        mend = "Export these files again. Otherwise: " if odd else ""
        raise InputError(
            f"The snapshot date is {format_day(as_of)}, but {earlier.label} is of {format_day(earlier.as_of)}, which is later: "
            f"what changed since then can't be told.{said}",
            hint=f"{mend}Take a later --as-of, or use predict to see who was in which segment on an earlier day.",
        )


def refuse_other_currency(currency: str, earlier: Earlier | None) -> None:
    """Segments by amounts in one currency can't be told from amounts in another.

    Args:
        currency: Of the orders; empty where they name none.
        earlier: The run whose definitions are kept.

    Raises:
        InputError: features that form the segments are in another currency.
    """
    if earlier is None or may_be_one_currency(currency, earlier.currency):
        return
    if any(feature.unit == earlier.currency for feature in earlier.model.preparation.features):
        raise InputError(
            f"The amounts of the orders are in {currency}, but the segments of {earlier.label} go by amounts in {earlier.currency}.",
            hint=f"Convert the orders to {earlier.currency}. If some lines are in it, keep those alone: --currency {earlier.currency}. "
            "Otherwise draw new segments: --redraw.",
        )


def options_finding(taken: Mapping[str, Any], earlier: Earlier) -> Finding:
    """Which options hold because the earlier run was asked for them.

    Args:
        taken: By name, as they are written.
        earlier: The run.
    """
    said = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in taken.items()
    }
    options: tuple[Item, ...] = tuple({"option": name, "value": value} for name, value in said.items())
    return Finding(code="options-as-before", severity="note", values={"earlier": earlier.label, "options": options})


@contextmanager
def naming_kept_options(taken: Mapping[str, Any], label: str) -> Iterator[None]:
    """Say of an error about an option, or where files are read otherwise, that an earlier run was asked for it: nobody has named it now.

    Args:
        taken: Options that hold because the earlier run was asked for them, by name.
        label: Of that run.
    """
    try:
        yield
    except InputError as error:
        named = [name for name, value in taken.items() if repr(value) in error.message]
        named = named or [name for name in taken if name in _SPELLINGS]
        if not named or type(error) is not InputError:
            raise
        said = " and ".join(f"--set {name}={shlex.quote(str(taken[name]))}" for name in named)
        hint = f"{error.hint} Kept from {label}: {said}; where these files differ, say another value.".strip()
        raise InputError(error.message, hint=hint, field=error.field, further=error.further) from error


def refuse_strangers(alike: int, checked: Checked, earlier: Earlier) -> None:
    """Segments that nobody is like can't be judged.

    Args:
        alike: Customers of the later table who are like those of the earlier run: no outliers of it.
        checked: The later table, with what was found about its values.
        earlier: The run whose definitions are kept.

    Raises:
        InputError: nearly everybody in the later table is an outlier.
    """
    if alike >= LEAST_CUSTOMERS or checked.rows.count() < LEAST_CUSTOMERS:
        return
    drift = [finding for finding in checked.findings if finding.code in DRIFT and finding.severity == "warning"]
    raise InputError(
        " ".join(
            [
                f"Of {checked.rows.count():,} customers only {alike} fit the segments of {earlier.label}; all others are outliers.",
                *map(finding_message, drift),
            ]
        ),
        hint="Have units changed since that run? Write the columns as in that run, or draw new segments: --redraw.",
    )


def aged_definitions(
    earlier: Earlier, fresh: KSelection, *, sizes: Mapping[int, int], spread: float
) -> tuple[Finding, ...]:
    """Why new segments should be drawn, where the earlier definitions no longer fit.

    Args:
        earlier: The run whose definitions are kept.
        fresh: What would be chosen for these customers, in the earlier run's preparation.
        sizes: Customers by segment today.
        spread: Sum of squared distances to the kept centers, outliers left out.
    """
    reasons: list[Item] = []
    k, everybody = len(earlier.model.segments), max(sum(sizes.values()), 1)
    best = next((entry.inertia for entry in fresh.evidence if entry.k == k), 0.0)
    drawn = next((entry.smallest for entry in earlier.selection.evidence if entry.k == k), 1.0)
    if best > 0 and spread > LOOSER * best:
        reasons.append({"why": "wider", "spread": spread / best - 1})
    if fresh.verdict == "clear" and (earlier.selection.verdict != "clear" or fresh.k != k):
        reasons.append({"why": "clear", "groups": fresh.k})
    # A segment may have been that small from the first day on.
    least = SMALLEST if drawn >= SMALLEST else drawn * SHRUNK
    small = [earlier.names[s] for s in earlier.model.segments if sizes.get(s, 0) < least * everybody]
    reasons += [{"why": "small", "name": name} for name in small]
    if not reasons:
        return ()
    return (
        Finding.counted(
            "aged-definitions", "warning", everybody, everybody, earlier=earlier.label, reasons=tuple(reasons)
        ),
    )


def ranked_outcome(outcome: Outcome, log: Log | None, earlier: Model | None = None) -> Outcome:
    """The outcome with its segments ranked by what a customer brings: what "moved up" and "moved down" mean everywhere.

    By the sales that are expected of a customer; without a forecast by what customers spent in the last 3 months, and before
    where two segments are alike in that (both spent nothing, or less than a hundredth of the average), or else by the first feature that is money. A segment whose customers stopped buying is thus never above one that still buys because of
    what they spent long ago. A later month that is judged by the same definitions is ranked as the month that made them,
    and says so where today's order is another one.

    Args:
        outcome: With the value of the segments, where there is a forecast.
        log: The orders; None for a customer table.
        earlier: The model whose definitions were kept; None where they are new.
    """
    ranking, by = _segment_ranking(outcome, log)
    if earlier is not None and earlier.ranking:
        now = (ranking, by)
        ranking, by = earlier.ranking, "expected" if earlier.ranked_by == "expected then" else earlier.ranked_by
        if (ranking, by) != now:
            by = "expected then" if by == "expected" else "spend then"
    behavior, comparison = outcome.behavior, outcome.comparison
    if behavior is not None and behavior.migration is not None:
        migration = replace(behavior.migration, ranking=ranking, ranked_by=by)
        outcome = replace(outcome, behavior=replace(behavior, migration=migration))
    if comparison is not None:
        shared = {*comparison.names_before, *comparison.names_after} <= set(ranking)
        outcome = replace(outcome, comparison=replace(comparison, ranking=ranking if shared else (), ranked_by=by))
    return replace(outcome, model=replace(outcome.model, ranking=ranking, ranked_by=by))


def _segment_ranking(outcome: Outcome, log: Log | None) -> tuple[tuple[int, ...], RankedBy]:
    money = {feature.name for feature in feature_catalog() if feature.unit == "money"}
    formed = [column.name for column in outcome.columns if column.role == "feature" and column.name in money]
    if log is None or not formed:
        return (), "spend"
    by: RankedBy = "expected"
    means = _expected_sales(outcome)
    if not means:
        by = "recent" if RECENT in formed else "spend"
        means, *longer = (
            {
                profile.segment: next((found.mean for found in profile.features if found.feature == feature), 0.0)
                for profile in outcome.segments
            }
            for feature in sorted(formed, key=lambda name: name != RECENT)
        )
        if by == "recent" and longer:
            lately, before = _without_trifles(means, outcome), longer[0]
            if len(set(lately.values())) < len(lately):
                return tuple(sorted(lately, key=lambda s: (-lately[s], -before[s], s))), "recent or before"
    return tuple(sorted(means, key=lambda segment: (-means[segment], segment))), by


def _without_trifles(means: Mapping[int, float], outcome: Outcome) -> dict[int, float]:
    """What customers of each segment spent on average; 0 where that is next to nothing, or less was bought than given back."""
    sizes = {profile.segment: profile.size for profile in outcome.segments}
    least = NEXT_TO_NOTHING * sum(means[segment] * n for segment, n in sizes.items()) / sum(sizes.values())
    return {segment: mean if mean > least else 0.0 for segment, mean in means.items()}


def _expected_sales(outcome: Outcome) -> dict[int, float]:
    """By segment, of a customer on average; empty where one of the segments has no forecast."""
    if outcome.value is None:
        return {}
    means = {found.segment: found.value / found.customers for found in outcome.value.segments if found.customers}
    segments = [profile.segment for profile in outcome.segments]
    return {segment: means[segment] for segment in segments} if {*segments} <= means.keys() else {}
