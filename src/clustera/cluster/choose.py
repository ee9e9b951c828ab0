"""How many segments, for which reason: the verdict over the evidence for every k.

In one sentence: the most segments that are found again on other customers and between which there is a gap, on a line and
along every path of customers, about as clear as that of fewer segments. Where there is no gap at any number, the most
segments that are found again; else a practical split.

What is asked of one number by itself is in `clustera.cluster.judgments`; the sentences are in `clustera.texts.choice`.

Sources: Tibshirani, Walther & Hastie (2001); Tibshirani & Walther (2005); Hennig (2007); Dolnicar, Gruen & Leisch (2018).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clustera.cluster.judgments import (
    close_calls,
    evidence_at_best,
    evidence_at_worst,
    gap_strength,
    is_drawn_again,
    is_empty_around,
    shows_groups,
    why_gaps_too_weak,
    why_no_clear_groups,
    why_not_found_again,
)
from clustera.cluster.options import ClusterOptions
from clustera.errors import InputError
from clustera.records import KEvidence, KSelection, Reason, Verdict
from clustera.texts.choice import explain_asked_k

STRONG, WEAKER = 0.45, 0.30  # a gap up to `STRONG` is never too weak; beyond, not `WEAKER` than that of fewer segments
MANAGEABLE = (3, 7)
# By later spending: numbers of segments, and what each must hold of customers or spend.
USEFUL, LEAST_SHARE = (3, 8), 0.05
BEYOND_CHANCE = 2.0  # standard errors
CONVENIENT_SIZE = 0.05
SAME_SILHOUETTE = 0.01  # less says nothing on a sample of some thousand customers


def choose(
    evidence: Sequence[KEvidence],
    *,
    options: ClusterOptions | None = None,
    previous: int | None = None,
    sample: int = 0,
    unseen: Mapping[int, float | None] | None = None,
) -> KSelection:
    """The number of segments with its verdict and its reason.

    Args:
        evidence: One record per k; `rank`, `admissible` and `refused` are filled in here.
        options: What is asked for; the cost of a wish is told against the free choice.
        previous: k of the run before, kept while it is admissible.
        sample: How many customers the evidence was measured on.
        unseen: Where later spending chooses: for each k what it explains of customers who are held out in the choice.

    Raises:
        InputError: no number of segments meets the wish.
    """
    options = options or ClusterOptions()
    # A wish is priced against what the data alone would choose, whatever an earlier run had.
    free = replace(_choose_free(evidence, None), sample=sample)
    allowed = candidates_meeting_wish(free.evidence, options)
    if options.choose_by == "future-spend":
        return _by_future_spend(free, useful_candidates(allowed, options), options, previous, unseen or {})
    if options.choose_by == "auto" and _spending_decides(free, useful_candidates(allowed, options)):
        usual = ClusterOptions()
        wished = _by_future_spend(free, useful_candidates(allowed, options), options, previous, unseen or {})
        unwished = _by_future_spend(free, useful_candidates(free.evidence, usual), usual, previous, unseen or {})
        return replace(wished, price=_price(wished, unwished) if wished.asked else None)
    kept = replace(_choose_free(evidence, previous), sample=sample)
    if options.k is None and not options.min_size:
        return _with_note(kept, free)
    asked = _asked_parts(options)
    low, high = options.k or (0, 1)
    meets = {e.k for e in allowed}
    if kept.k not in meets:
        kept = free
    if kept.k in meets:
        return replace(kept, asked=asked, price=_price_within(kept, free, exact=low == high))
    return _choose_within(allowed, free, previous, asked)


def _price_within(kept: KSelection, free: KSelection, *, exact: bool) -> Reason | None:
    """What a wish costs that the free choice, or the kept one, meets."""
    return Reason("free-meets") if not exact and kept.k == free.k else _price(kept, free)


def _with_note(kept: KSelection, free: KSelection) -> KSelection:
    """An earlier number of segments that was kept, with a note where the data have clear groups of another number."""
    hides = kept.k != free.k and free.verdict == "clear"
    return replace(kept, note=Reason("hidden-groups", {"free": free.k, "kept": kept.k}) if hides else None)


def _choose_within(
    allowed: Sequence[KEvidence], free: KSelection, previous: int | None, asked: tuple[Reason, ...]
) -> KSelection:
    """The best number of segments that a wish allows, where the free choice is none of them; with what that costs."""
    inside = _choose_free(allowed, previous)
    chosen, best = _of(free.evidence, inside.k), _of(free.evidence, free.k)
    verdict = inside.verdict if chosen.admissible or free.verdict != "clear" else "practical"
    because = Reason(f"asked-{verdict}", {"k": chosen.k, "gap": min(chosen.valley, chosen.valley_whole)})
    return replace(
        free,
        k=chosen.k,
        verdict=verdict,
        because=(because,),
        asked=asked,
        price=_cost(chosen, best, free.verdict),
        alternatives=tuple(k for k in (free.k, *free.alternatives) if k != chosen.k)[:3],
    )


def candidates_meeting_wish(evidence: Sequence[KEvidence], options: ClusterOptions) -> list[KEvidence]:
    """The numbers of segments that meet the wish for k and for the size of the smallest segment.

    Raises:
        InputError: none does.
    """
    low, high = options.k or (2, max(e.k for e in evidence))
    inside = [e for e in evidence if low <= e.k <= high]
    allowed = [e for e in inside if e.smallest >= options.min_size]
    if not allowed:
        most = max((e.smallest for e in inside), default=0.0)
        raise InputError(
            f"No number of segments meets the wish ({explain_asked_k(_asked_parts(options))}): the most even has a smallest segment of {most:.1%}.",
            hint="Ask for a smaller --min-size or other --k.",
        )
    return allowed


def useful_candidates(allowed: Sequence[KEvidence], options: ClusterOptions) -> list[KEvidence]:
    """The numbers of segments among which later spending chooses: those a campaign plan can use.

    Three to eight, each segment with at least 5 % of the customers or of the later spending; where a number is asked
    for, or none is left, all that meet the wish.
    """
    low, high = USEFUL
    handy = [e for e in allowed if low <= e.k <= high and (e.least_share is None or e.least_share >= LEAST_SHARE)]
    return handy if handy and options.k is None else list(allowed)


def _spending_decides(free: KSelection, allowed: Sequence[KEvidence]) -> bool:
    """Whether there are no clear groups, and later spending is known for more than one number that meets the wish."""
    return free.verdict != "clear" and sum(e.explains_future_spend is not None for e in allowed) > 1


def _by_future_spend(
    free: KSelection,
    allowed: Sequence[KEvidence],
    options: ClusterOptions,
    previous: int | None,
    unseen: Mapping[int, float | None],
) -> KSelection:
    """The fewest segments that explain as much of later spending as the best number does, within two standard errors.

    Source: after the rule of one standard error of Breiman, Friedman, Olshen & Stone (1984); two give the same number
    from month to month (docs/methods/behavior.md).
    """
    told = {e.k: e.explains_future_spend for e in allowed if e.explains_future_spend is not None}
    if not told:
        raise InputError(
            "On the earlier day there are too few different customers for so many segments; later spending can't choose.",
            hint="Ask for a smaller --k, or leave --choose-by out.",
        )
    best = max(told, key=lambda k: (told[k], -k))
    equal = [
        e.k
        for e in allowed
        if e.k in told and told[best] - told[e.k] <= BEYOND_CHANCE * (e.explains_future_spend_se or 0.0)
    ]
    k = previous if previous in equal else min(equal)
    chosen = _of(free.evidence, k)
    verdict = free.verdict
    if not chosen.admissible:
        verdict = "practical" if why_not_found_again(chosen) else "stable"
    because = Reason(
        "later-spending",
        {
            "k": k, "share": told[k], "unseen": unseen.get(k), "best": best, "most": told[best],
            "kept": k == previous and k != min(equal), "verdict": verdict, "low": min(told), "high": max(told),
        },
    )  # fmt: skip
    others = sorted((other for other in told if other != k), key=lambda other: (other not in equal, other))
    made = replace(
        free,
        k=k,
        verdict=verdict,
        because=(because,),
        alternatives=tuple(others[:3]),
        asked=(*([Reason("later-spending")] if options.choose_by == "future-spend" else []), *_asked_parts(options)),
    )
    return replace(made, price=_price(made, free) if made.asked else None)


def _price(chosen: KSelection, free: KSelection) -> Reason:
    """What a wish costs against the choice without it."""
    if chosen.k == free.k:
        return Reason("free-as-well")
    return _cost(_of(free.evidence, chosen.k), _of(free.evidence, free.k), free.verdict)


def _cost(chosen: KEvidence, best: KEvidence, verdict: Verdict) -> Reason:
    """What one number of segments costs against another."""
    values = {
        "best": best.k, "verdict": verdict, "k": chosen.k,
        "explained": chosen.explained, "best_explained": best.explained,
        "silhouette": chosen.silhouette, "best_silhouette": best.silhouette,
        "strength": chosen.prediction_strength, "best_strength": best.prediction_strength,
        "smallest": chosen.smallest, "best_smallest": best.smallest,
    }  # fmt: skip
    return Reason("costs", values)


def _about_as_good(evidence: Sequence[KEvidence], k: int, refused: Callable[[KEvidence], object]) -> list[Reason]:
    """Another number that chance might have chosen, though it was measured several times."""
    calls = [e for e in evidence if e.draws > 1 and e.k in close_calls(evidence)]
    close = [e.k for e in calls if not refused(evidence_at_best(e))]
    sure = [e.k for e in evidence if e.k != k and not refused(evidence_at_worst(e))]
    others = [other for other in close if other != k] or (sure if k in close else [])
    return [Reason("about-as-good", {"other": max(others)})] if others else []


def _choose_free(evidence: Sequence[KEvidence], previous: int | None) -> KSelection:
    if any(shows_groups(e) for e in evidence):
        return _choose_clear(evidence, previous)
    marked = [_marked(e, why_not_found_again(e)) for e in evidence]
    stable = any(e.admissible for e in marked)
    found = _choose_stable(marked, previous) if stable else _choose_practical(marked, previous)
    if any(shows_groups(replace(e, path_faded=0.0)) for e in evidence):
        return replace(found, because=(*found.because, Reason("edge-of-window")))
    return found


def _choose_clear(evidence: Sequence[KEvidence], previous: int | None) -> KSelection:
    """The most segments whose gaps are about as strong as those of fewer."""
    apart = [e for e in evidence if not why_no_clear_groups(e)]
    best = min(gap_strength(e) for e in apart)
    enough = max(STRONG, best + WEAKER)
    admitted = [e for e in apart if gap_strength(e) <= enough]
    finest = max(e.k for e in admitted)
    consensus = _consensus(admitted)
    order = sorted(consensus, key=lambda k: (k != finest, -consensus[k], k))
    rank = {k: float(len(order) - place) for place, k in enumerate(order)}
    marked = tuple(
        replace(_marked(e, why_no_clear_groups(e) or why_gaps_too_weak(e, enough)), rank=rank.get(e.k, 0.0))
        for e in evidence
    )
    k = previous if previous in rank else finest
    reasons = _reasons_for_clear(_of(marked, k), finest=finest, parts=max(e.k for e in apart))
    return _selection(
        "clear",
        k,
        [*reasons, *_about_as_good(evidence, k, lambda e: why_no_clear_groups(e) or why_gaps_too_weak(e, enough))],
        marked,
        [other for other in order if other != k],
    )


def _choose_stable(evidence: Sequence[KEvidence], previous: int | None) -> KSelection:
    admitted = [e.k for e in evidence if e.admissible]
    finest = max(admitted)
    k = previous if previous in admitted else finest
    reasons = [
        Reason("stable", _evidence_values(_of(evidence, k))),
        Reason("most", {"k": k}) if k == finest else Reason("previous", {"best": finest}),
        *_about_as_good(evidence, k, why_not_found_again),
    ]
    ranked = [replace(e, rank=float(e.k) if e.admissible else 0.0) for e in evidence]
    return _selection("stable", k, reasons, ranked, sorted((a for a in admitted if a != k), reverse=True))


def _reasons_for_clear(chosen: KEvidence, *, finest: int, parts: int) -> list[Reason]:
    small = is_empty_around(chosen) and not is_drawn_again(chosen)
    reasons = [Reason("clear-small" if small else "clear", _evidence_values(chosen))]
    if chosen.k != finest:
        return [*reasons, Reason("previous", {"best": finest})]
    if parts > chosen.k:
        return [*reasons, Reason("strongest", {"k": chosen.k, "parts": parts})]
    return [*reasons, Reason("most", {"k": chosen.k})]


def _choose_practical(evidence: Sequence[KEvidence], previous: int | None) -> KSelection:
    low, high = MANAGEABLE
    handy = _manageable(evidence)
    order = [e.k for e in sorted(handy, key=lambda e: (-e.silhouette, e.k))]
    k = previous if previous in order else order[0]
    chosen = _of(evidence, k)
    reasons = [Reason("practical", {"k": k})]
    if k != order[0]:
        reasons.append(Reason("previous", {"best": order[0]}))
    elif low <= k <= high and chosen.smallest >= CONVENIENT_SIZE:
        size = {"low": low, "high": high, "size": CONVENIENT_SIZE, "silhouette": chosen.silhouette}
        reasons.append(Reason("silhouette", {"k": k, **size}))
    apart = {e.k: abs(e.silhouette - chosen.silhouette) for e in handy if e.k != k}
    near = [other for other in order if apart.get(other, 1.0) <= SAME_SILHOUETTE]
    reasons += _about_as_good(evidence, k, why_not_found_again) or [
        Reason("about-as-good", {"other": o}) for o in near[:1]
    ]
    rank = {other: float(len(order) - i) for i, other in enumerate(order)}
    ranked = [replace(e, rank=rank.get(e.k, 0.0)) for e in evidence]
    return _selection("practical", k, reasons, ranked, [other for other in order if other != k])


def _selection(
    verdict: Verdict, k: int, reasons: list[Reason], evidence: Sequence[KEvidence], others: Sequence[int]
) -> KSelection:
    """The choice with its reasons; the range that was looked at is part of the reason."""
    ks = [e.k for e in evidence]
    told = [*reasons, Reason("range", {"low": min(ks), "high": max(ks)})]
    return KSelection(k, verdict, tuple(told), tuple(evidence), tuple(others[:3]))


def _consensus(admitted: Sequence[KEvidence]) -> dict[int, float]:
    """For each k the sum of its ranks by four indices; a hundredth of the silhouette breaks ties."""
    marks = [
        [e.silhouette for e in admitted],
        [e.prediction_strength for e in admitted],
        [e.gap for e in admitted],
        [e.calinski_harabasz for e in admitted],
    ]
    ranks = np.sum([_ranks(mark) for mark in marks], axis=0) + 0.01 * np.array(marks[0])
    return {e.k: float(r) for e, r in zip(admitted, ranks, strict=True)}


def _ranks(marks: Sequence[float]) -> NDArray[np.float64]:
    """Ranks from 1; equal marks share the mean of theirs."""
    _, place, count = np.unique(marks, return_inverse=True, return_counts=True)
    return (count.cumsum() - (count - 1) / 2)[place]


def _marked(e: KEvidence, why: Reason | None) -> KEvidence:
    return replace(e, admissible=why is None, refused=why)


def _evidence_values(e: KEvidence) -> dict[str, float | int | str | None]:
    """The numbers that the sentences about one k hold."""
    return {
        "k": e.k, "gap": min(e.valley, e.valley_whole), "path": e.path_ratio, "jaccard": e.jaccard,
        "smallest": e.smallest, "strength": e.prediction_strength,
    }  # fmt: skip


def _asked_parts(options: ClusterOptions) -> tuple[Reason, ...]:
    parts = []
    if options.k:
        low, high = options.k
        parts.append(Reason("k", {"k": low}) if low == high else Reason("range-of-k", {"low": low, "high": high}))
    if options.min_size:
        parts.append(Reason("min-size", {"size": options.min_size}))
    return tuple(parts)


def _of(evidence: Sequence[KEvidence], k: int) -> KEvidence:
    return next(e for e in evidence if e.k == k)


def _manageable(evidence: Sequence[KEvidence]) -> list[KEvidence]:
    """As many segments as people can work with, none of them too small; fewer conditions where none meets them."""
    low, high = MANAGEABLE
    return (
        [e for e in evidence if low <= e.k <= high and e.smallest >= CONVENIENT_SIZE]
        or [e for e in evidence if e.k <= high]
        or list(evidence)
    )
