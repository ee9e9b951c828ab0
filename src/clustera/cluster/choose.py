"""How many segments, for which reason: the verdict over the evidence for every k.

In one sentence: the finest number of segments that come back when they are drawn again and between which customers thin
out, checked on customers that were not used to draw them. Where customers thin out at no number, the finest whose
segments come back; else a number that is said to be for convenience.

Sources: Tibshirani, Walther & Hastie (2001); Tibshirani & Walther (2005); Hennig (2007); Dolnicar, Gruen & Leisch (2018).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

from clustera.errors import InputError
from clustera.records import KEvidence, KSelection

VALLEY_NEEDED = 0.65  # at one number of segments at least, customers must thin out so clearly
VALLEY_ADMITTED = 0.80  # between the two segments that are least apart, where all come back
VALLEY_DEEP = 0.50  # and where one of them is small enough to be drawn differently now and then
JACCARD_SHALLOW, JACCARD_DEEP = 0.80, 0.60
SMALL = 0.05  # share of the customers; a smaller segment may be missed by K-Means on half of them
VALLEY_EMPTY = 0.20  # then so few must stand between the segments as all customers draw them
STRENGTH_SOME = 0.60  # and so much of each must be drawn by other customers even so
STRENGTH_NEEDED = 0.80
JACCARD_NEEDED = 0.75
MANAGEABLE = (3, 7)
CONVENIENT_SIZE = 0.05
LEAST_CUSTOMERS = 10


class ClusterOptions(BaseModel):
    """How many segments may be drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    k: tuple[int, int] | None = Field(
        default=None,
        description='Number of segments: "5", or "3..8" for the best of these; chosen from the data when left out.',
    )
    min_size: float = Field(
        default=0.0, description='Smallest share of customers a segment may have: "2%" or 0.02.', ge=0, lt=0.5
    )
    k_max: int = Field(default=20, description="Largest number of segments that is looked at.", ge=2, le=50)
    choose_by: Literal["evidence", "future-spend"] = Field(
        default="evidence",
        description="What chooses the number of segments: the evidence that they are there, or (only with orders) what "
        "segments drawn a quarter earlier explain of the spending in that quarter.",
    )

    redraw: bool = Field(
        default=False,
        description="With like: draw new segments from these customers, and keep names and identities where most "
        "customers of a segment are still together. When false, the earlier definitions are kept and customers move.",
    )

    @field_validator("k", mode="before")
    @classmethod
    def _read_k(cls, value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"\s*(\d+)\s*(?:(?:\.\.|-)\s*(\d+)\s*)?", value)
        if not found:
            raise ValueError(f'{value!r} is no number of segments; say 5 or "3..8"')
        low, high = int(found[1]), int(found[2] or found[1])
        if not 2 <= low <= high:
            raise ValueError(f"{value!r} must lie between 2 and more, the smaller number first")
        return low, high

    @field_validator("min_size", mode="before")
    @classmethod
    def _read_share(cls, value: object) -> object:
        if isinstance(value, str) and value.strip().endswith("%"):
            try:
                return float(value.strip()[:-1]) / 100
            except ValueError:
                return value
        return value


def candidates(customers: int, distinct: int, options: ClusterOptions) -> range:
    """The ks to look at.

    Args:
        customers: How many take part in drawing the segments.
        distinct: How many of them differ from each other.
        options: What is asked for.

    Raises:
        InputError: more segments asked for than there are different customers, or too few customers for any.
    """
    low, high = options.k or (2, 0)
    if max(low, high) > distinct:
        raise InputError(
            f"k is {max(low, high)}, but only {distinct} different customers are left after checking; ask for k <= {distinct}."
        )
    if customers < LEAST_CUSTOMERS:
        raise InputError(
            f"Only {customers} customers are left after checking; segments need at least {LEAST_CUSTOMERS}.",
            hint="Look at the findings and the quarantine: what was set aside, and why?",
        )
    free = max(2, min(options.k_max, customers // 10, distinct))
    return range(2, max(free, high) + 1)


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
        evidence: One record per k; `rank`, `admissible` and `why_not` are filled in here.
        options: What is asked for; the price of a wish is told against the free choice.
        previous: k of the run before, kept while it is admissible.
        sample: How many customers the evidence was measured on.
        unseen: Where later spending chooses: for each k what it explains of customers who have no say in the choice.

    Raises:
        InputError: no number of segments meets the wish.
    """
    options = options or ClusterOptions()
    # A wish is priced against what the data alone would choose, whatever an earlier run had.
    free = replace(_choose_free(evidence, None), sample=sample)
    allowed = meeting(free.evidence, options)
    if options.choose_by == "future-spend":
        return _by_future_spend(free, allowed, options, previous, unseen or {})
    kept = replace(_choose_free(evidence, previous), sample=sample)
    if options.k is None and not options.min_size:
        return replace(kept, note=_passed_over(kept, free))
    asked = _asked(options)
    low, high = options.k or (0, 1)
    meets = {e.k for e in allowed}
    if kept.k not in meets:
        kept = free
    if kept.k in meets:
        price = "None: the free choice meets the wish." if low != high else "None: it is the free choice as well."
        if kept.k != free.k:
            price = _price(_of(free.evidence, kept.k), _of(free.evidence, free.k), free)
        return replace(kept, asked=asked, price=price)
    inside = _choose_free(allowed, previous)
    chosen, best = _of(free.evidence, inside.k), _of(free.evidence, free.k)
    verdict = inside.verdict if chosen.admissible or free.verdict != "natural" else "constructive"
    wish = f"{chosen.k} segments, as asked ({asked})."
    story = {
        "natural": f"Customers thin out between these segments too (valley {min(chosen.valley, chosen.valley_whole):.2f}).",
        "reproducible": "They come back when they are drawn again from other customers.",
        "constructive": "Their borders are drawn for convenience: customers do not thin out at them, and drawing again moves them.",
    }[verdict]
    return replace(
        free,
        k=chosen.k,
        verdict=verdict,
        reason=f"{wish} {story}",
        asked=asked,
        price=_price(chosen, best, free),
        alternatives=tuple(k for k in (free.k, *free.alternatives) if k != chosen.k)[:3],
    )


def meeting(evidence: Sequence[KEvidence], options: ClusterOptions) -> list[KEvidence]:
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
            f"No number of segments meets the wish ({_asked(options)}): the most even has a smallest segment of {most:.1%}.",
            hint="Ask for a smaller --min-size or other --k.",
        )
    return allowed


def _by_future_spend(
    free: KSelection,
    allowed: Sequence[KEvidence],
    options: ClusterOptions,
    previous: int | None,
    unseen: Mapping[int, float | None],
) -> KSelection:
    """The fewest segments that explain as much of later spending as the best number does, within one standard error.

    Source: the rule of one standard error is that of Breiman, Friedman, Olshen & Stone (1984).
    """
    told = {e.k: e.explains_future_spend for e in allowed if e.explains_future_spend is not None}
    if not told:
        raise InputError(
            "On the earlier day there are too few different customers for so many segments; later spending can't choose.",
            hint="Ask for a smaller --k, or leave --choose-by out.",
        )
    best = max(told, key=lambda k: (told[k], -k))
    equal = [e.k for e in allowed if e.k in told and told[best] - told[e.k] <= (e.explains_future_spend_se or 0.0)]
    k = previous if previous in equal else min(equal)
    chosen = _of(free.evidence, k)
    verdict = free.verdict
    if not chosen.admissible:
        verdict = "constructive" if _blurred(chosen) else "reproducible"
    seen = unseen.get(k)
    judged = f", and {seen:.0%} among customers who had no say in the choice" if seen is not None else ""
    why = "no number explains more" if k == best else f"{best} explain {told[best]:.0%}, no more than chance can add"
    which = (
        f"{k} is the number of the previous run"
        if k == previous and k != min(equal)
        else f"{k} is the fewest that do as well"
    )
    story = {
        "natural": "Customers thin out between these segments.",
        "reproducible": "The segments come back when they are drawn again from other customers.",
        "constructive": "Their borders are drawn for convenience: drawing again moves them.",
    }[verdict]
    reason = (
        f"{k} segments, chosen by later spending: as many, drawn a quarter earlier, explain {told[k]:.0%} of the differences in "
        f"what customers spent in that quarter (on a log scale){judged}; {why}, and {which}. {story}"
    )
    others = sorted((other for other in told if other != k), key=lambda other: (other not in equal, other))
    wish = _asked(options)
    best_free = _of(free.evidence, free.k)
    return replace(
        free,
        k=k,
        verdict=verdict,
        reason=reason,
        alternatives=tuple(others[:3]),
        asked=f"chosen by later spending{', ' if wish else ''}{wish}",
        price="None: it is the free choice as well." if k == free.k else _price(chosen, best_free, free),
    )


def _choose_free(evidence: Sequence[KEvidence], previous: int | None) -> KSelection:
    if any(not _blended(e) and (e.valley <= VALLEY_NEEDED or _empty_around(e)) for e in evidence):
        return _natural(evidence, previous)
    marked = [replace(e, admissible=not why, why_not=why) for e, why in ((e, _blurred(e)) for e in evidence)]
    if any(e.admissible for e in marked):
        return _reproducible(marked, previous)
    return _constructive(marked, previous)


def _natural(evidence: Sequence[KEvidence], previous: int | None) -> KSelection:
    admitted = [e for e in evidence if not _blended(e)]
    finest = max(e.k for e in admitted)
    marks = [
        [e.silhouette for e in admitted],
        [e.prediction_strength for e in admitted],
        [e.gap for e in admitted],
        [e.calinski_harabasz for e in admitted],
    ]
    # A hundredth of the silhouette breaks ties between equal sums of ranks.
    ranks = np.sum([_ranks(mark) for mark in marks], axis=0) + 0.01 * np.array(marks[0])
    consensus = {e.k: float(r) for e, r in zip(admitted, ranks, strict=True)}
    order = sorted(consensus, key=lambda k: (k != finest, -consensus[k], k))
    rank = {k: float(len(order) - place) for place, k in enumerate(order)}
    marked = tuple(replace(e, rank=rank.get(e.k, 0.0), admissible=e.k in rank, why_not=_blended(e)) for e in evidence)
    k = previous if previous in rank else finest
    if k == finest:
        why = f"{k} is the finest number for which all of this holds."
    else:
        why = f"The number of the previous run was kept; the finest would be {finest}."
    reason = f"{k} segments: {_story(_of(marked, k))} {why}"
    return KSelection(k, "natural", reason, marked, tuple(other for other in order if other != k)[:3])


def _reproducible(evidence: Sequence[KEvidence], previous: int | None) -> KSelection:
    admitted = [e.k for e in evidence if e.admissible]
    k = previous if previous in admitted else max(admitted)
    chosen = _of(evidence, k)
    kept = (
        f" The number of the previous run was kept; the finest would be {max(admitted)}." if k != max(admitted) else ""
    )
    reason = (
        f"{k} segments: customers form a continuum without gaps, but these segments come back when they are drawn again from other customers "
        f"(prediction strength {chosen.prediction_strength:.2f}, weakest overlap {chosen.jaccard:.2f}); {k} is the finest number for which every one does.{kept}"
    )
    if kept:
        reason = reason.replace(f"; {k} is the finest number for which every one does", "")
    ranked = tuple(replace(e, rank=float(e.k) if e.admissible else 0.0) for e in evidence)
    return KSelection(
        k, "reproducible", reason, ranked, tuple(sorted((a for a in admitted if a != k), reverse=True))[:3]
    )


def _constructive(evidence: Sequence[KEvidence], previous: int | None) -> KSelection:
    low, high = MANAGEABLE
    handy = (
        [e for e in evidence if low <= e.k <= high and e.smallest >= CONVENIENT_SIZE]
        or [e for e in evidence if e.k <= high]
        or list(evidence)
    )
    order = [e.k for e in sorted(handy, key=lambda e: (-e.silhouette, e.k))]
    k = previous if previous in order else order[0]
    kept = f" The number of the previous run was kept; freely chosen it would be {order[0]}." if k != order[0] else ""
    reason = (
        f"No natural segments: customers form a continuum, and no number of segments comes back when drawn again. "
        f"{k} are drawn for convenience: the clearest (silhouette {_of(evidence, k).silhouette:.2f}) of {low} to {high} with at least {CONVENIENT_SIZE:.0%} of the customers each.{kept}"
    )
    if kept or k not in range(low, high + 1):
        reason = f"No natural segments: customers form a continuum, and no number of segments comes back when drawn again. {k} are drawn for convenience.{kept}"
    rank = {other: float(len(order) - i) for i, other in enumerate(order)}
    ranked = tuple(replace(e, rank=rank.get(e.k, 0.0)) for e in evidence)
    return KSelection(k, "constructive", reason, ranked, tuple(other for other in order if other != k)[:3])


def _ranks(marks: Sequence[float]) -> NDArray[np.float64]:
    """Ranks from 1; equal marks share the mean of theirs."""
    _, place, count = np.unique(marks, return_inverse=True, return_counts=True)
    return (count.cumsum() - (count - 1) / 2)[place]


def _story(chosen: KEvidence) -> str:
    """Why the segments of a natural k are taken for real."""
    if _drawn_again(chosen):
        return (
            f"customers thin out between all neighbouring segments, checked on customers who did not draw them (valley {chosen.valley:.2f}, where 0 is empty and 1 is no gap), "
            f"and every segment comes back when customers are drawn again (weakest overlap {chosen.jaccard:.2f})."
        )
    return (
        f"hardly anybody stands between neighbouring segments (valley {chosen.valley_whole:.2f}, where 0 is empty and 1 is no gap); "
        f"but one is so small ({chosen.smallest:.1%} of the customers) that it is missed now and then when fewer customers are drawn (overlap {chosen.jaccard:.2f})."
    )


def _empty_around(e: KEvidence) -> bool:
    """Whether hardly anybody stands between the segments, though one is too small to be drawn from every half."""
    return e.smallest <= SMALL and e.valley_whole <= VALLEY_EMPTY and e.prediction_strength >= STRENGTH_SOME


def _drawn_again(e: KEvidence) -> bool:
    """Whether customers thin out between the segments that either half draws, and every one comes back."""
    return e.valley <= VALLEY_ADMITTED and e.jaccard >= (JACCARD_DEEP if e.valley <= VALLEY_DEEP else JACCARD_SHALLOW)


def _blended(e: KEvidence) -> str:
    """Why the segments of this k are not natural; empty when they are."""
    if _drawn_again(e) or _empty_around(e):
        return ""
    if e.valley > VALLEY_ADMITTED:
        return f"customers do not thin out between all segments (valley {e.valley:.2f}, needed {VALLEY_ADMITTED})"
    return f"the weakest segment changes when customers are drawn again (overlap {e.jaccard:.2f})"


def _blurred(e: KEvidence) -> str:
    """Why the segments of this k do not all come back; empty when they do."""
    if e.prediction_strength - 2 * e.prediction_strength_se < STRENGTH_NEEDED:
        return f"the weakest segment does not come back on other customers (prediction strength {e.prediction_strength:.2f} +- {2 * e.prediction_strength_se:.2f}, needed {STRENGTH_NEEDED})"
    if e.jaccard < JACCARD_NEEDED:
        return f"the weakest segment changes when customers are drawn again (overlap {e.jaccard:.2f}, needed {JACCARD_NEEDED})"
    return ""


def _asked(options: ClusterOptions) -> str:
    parts = []
    if options.k:
        low, high = options.k
        parts.append(f"k = {low}" if low == high else f"k in {low}..{high}")
    if options.min_size:
        parts.append(f"every segment at least {options.min_size:.1%} of the customers")
    return ", ".join(parts)


def _passed_over(kept: KSelection, free: KSelection) -> str:
    """What a reader must know where the number of the run before hides natural segments; empty where it does not."""
    if kept.k == free.k or free.verdict != "natural":
        return ""
    return (
        f"Customers now form {free.k} natural segments; {kept.k} were kept because the previous run had as many, "
        f"so some of them may hide a group of its own. To see it, ask for k = {free.k} beside the previous run."
    )


def _price(chosen: KEvidence, best: KEvidence, free: KSelection) -> str:
    return (
        f"Freely chosen it would be {best.k} ({free.verdict}). With {chosen.k} instead, the segments explain {chosen.explained:.0%} of the differences between customers "
        f"(not {best.explained:.0%}), separation is {chosen.silhouette:.2f} (not {best.silhouette:.2f}), the weakest segment comes back with strength {chosen.prediction_strength:.2f} (not {best.prediction_strength:.2f}), "
        f"and the smallest holds {chosen.smallest:.1%} (not {best.smallest:.1%}) of the customers."
    )


def _of(evidence: Sequence[KEvidence], k: int) -> KEvidence:
    return next(e for e in evidence if e.k == k)
