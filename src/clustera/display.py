"""What every table and picture agrees on: how numbers and names are written, how an axis runs, which view shows most.

Report and plots draw from here, so that a number and a customer's place are the same in both.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from clustera.records import FeaturePreparation, Outcome, Preparation, SegmentProfile, Speech

Floats = npt.NDArray[np.float64]

NOTHING = "–"
TENS, ONES = 9.95, 0.995  # what is written with no decimal, and with one
_BEFORE = ("$", "€", "£", "¥")  # signs that stand before the amount
_OPEN = {"", "a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "since", "the", "to", "with"}
_JUDGED_ROWS = 2_000
_ENGLISH = Speech()
_speech: ContextVar[Speech] = ContextVar("speech", default=_ENGLISH)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@contextmanager
def speaking(speech: Speech) -> Iterator[None]:
    """Write words and numbers as a language does, within this block.

    >>> with speaking(Speech("Deutsch", "de", thousands=".", decimal=",", percent="{number} %")):
    ...     number(1234.5, 1), share(0.0654)
    ('1.234,5', '6,5 %')
    """
    before = _speech.set(speech)
    try:
        yield
    finally:
        _speech.reset(before)


def say(text: str, **values: object) -> str:
    """A text of the report in the language that is spoken, filled.

    Args:
        text: The English words, with {placeholders}; the key in a language file's `[report]`.
        values: What stands in the places.

    >>> say("{n} more in the table of features.", n=3)
    '3 more in the table of features.'
    """
    return _speech.get().words.get(text, text).format(**values)


def count(n: float) -> str:
    """A number of customers or rows.

    >>> count(12345)
    '12,345'
    """
    return _marked(f"{n:,.0f}")


def number(value: float, decimals: int = 0) -> str:
    """A value of a feature, with the decimals a person needs; no minus before zero.

    >>> number(1234.56), number(-0.2), number(-3.14159, 2), number(float("nan"))
    ('1,235', '0', '−3.14', '–')
    """
    if not math.isfinite(value):
        return NOTHING
    return _marked(f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−"))


def told(value: float, feature: FeaturePreparation) -> str:
    """A value of a feature as tables show it: a share in percent, any other with the decimals a person needs.

    Two decimals below one and one below ten, as in sentences: 1.3 and 2.9 seats are not "1" and "3".
    """
    if feature.fraction:
        return share(value)
    size = abs(value)
    least = 0 if size >= TENS or value == 0 else 1 if size >= ONES else 2
    return number(value, max(feature.decimals, least))


def share(fraction: float) -> str:
    """A share as a percentage: whole from 10 % on, one decimal below; neither none nor all unless it is so.

    >>> share(0.254), share(0.0654), share(0.0001), share(0), share(0.9971), share(1), share(-0.02)
    ('25%', '6.5%', '<0.1%', '0%', '99.7%', '100%', '−2%')
    """
    if not math.isfinite(fraction):
        return NOTHING
    percent = 100 * fraction
    if 0 < percent < 0.05:
        return "<" + _percent(0.1, 1)
    if 99.5 <= percent < 100:
        return _percent(min(percent, 99.9), 1)
    return _percent(percent, 1 if 0 < percent < 9.95 else 0)


def amount(money: float, currency: str = "") -> str:
    """An amount of money: cents only where it is below a hundred.

    >>> amount(12345.6, "GBP"), amount(12.3), amount(0), amount(-99.5)
    ('12,346 GBP', '12.30', '0', '−99.50')
    """
    written = number(money, 2 if 0 < abs(money) < 100 else 0)
    return f"{written} {currency}" if currency else written


def exact(units: int, decimals: int = 2) -> str:
    """Whole smallest units as an amount, to the last one of them.

    >>> exact(123456789), exact(-5), exact(1200, 0)
    ('1,234,567.89', '−0.05', '1,200')
    """
    whole, rest = divmod(abs(units), 10**decimals)
    return ("−" if units < 0 else "") + _marked(f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else ""))


def with_unit(text: str, unit: str) -> str:
    """A number and its unit; a range such as "1-100" tells the scale and is not said with every value.

    >>> with_unit("87", "k$"), with_unit("1,200", "$"), with_unit("12", "%"), with_unit("5", ""), with_unit("82", "1-100")
    ('87 k$', '$1,200', '12%', '5', '82')
    """
    if not unit or is_scale(unit):
        return text
    if unit in _BEFORE:
        return f"{text[0]}{unit}{text[1:]}" if text.startswith(("-", "−")) else f"{unit}{text}"
    return f"{text}%" if unit == "%" else f"{text} {unit}"


def is_scale(unit: str) -> bool:
    """Whether what stands in the place of a unit is the range of the values.

    >>> is_scale("1-100"), is_scale("0 to 10"), is_scale("k$")
    (True, True, False)
    """
    return re.fullmatch(r"\s*\d+\s*(-|–|to|\.\.)\s*\d+\s*", unit) is not None


def inside(title: str, *, longest: int = 40) -> str:
    """A title within a sentence: its first letter small unless the word is an abbreviation or a name in capitals.

    >>> inside("Annual income"), inside("GB used"), inside("eMail opens")
    ('annual income', 'GB used', 'eMail opens')
    """
    text = title.strip()
    if len(text) > longest:
        kept = text[:longest].split(" ")[:-1] or [text[:longest]]
        while len(kept) > 1 and kept[-1].strip(",;:-").lower() in _OPEN:
            kept.pop()  # "days since the…" had better end at "days"
        text = " ".join(kept).rstrip(" ,;:-") + "…"
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:] == first[1:].lower() and len(first) > 1 else text


def day(days: int) -> str:
    """A day as people write it, from the days since 1970-01-01.

    >>> day(0), day(17_400)
    ('1 January 1970', '22 August 2017')
    """
    found = date(1970, 1, 1) + timedelta(days=days)
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def month(name: str) -> str:
    """A month in few characters.

    >>> month("2017-09")
    'Sep 2017'
    """
    year, number_of = name.split("-")
    return f"{_MONTHS[int(number_of) - 1][:3]} {year}"


def months(first: str, last: str) -> tuple[str, ...]:
    """Every month from one to another, also those in which nothing happened.

    >>> months("2016-11", "2017-01")
    ('2016-11', '2016-12', '2017-01')
    """
    start, end = (12 * int(name[:4]) + int(name[5:]) - 1 for name in (first, last))
    return tuple(f"{i // 12:04d}-{i % 12 + 1:02d}" for i in range(start, end + 1))


def unfinished(as_of: int) -> str:
    """The month of a day where it is not over on that day, else empty.

    >>> unfinished(17_400), unfinished(17_409)
    ('2017-08', '')
    """
    last = date(1970, 1, 1) + timedelta(days=as_of)
    return f"{last:%Y-%m}" if (last + timedelta(days=1)).day != 1 else ""


def against_average(index: float) -> str:
    """An index as people say it: how far above or below the average customer.

    >>> against_average(138.2), against_average(61), against_average(100.3), against_average(412)
    ('+38%', '−39%', 'average', '4.1 times')
    """
    if not math.isfinite(index):
        return NOTHING
    if index >= 250:
        return _speech.get().times.format(number=number(index / 100, 1))
    difference = round(index - 100)
    if difference == 0:
        return _speech.get().same
    return ("+" if difference > 0 else "") + _percent(difference)


def short(value: float) -> str:
    """A tick of an axis in few characters.

    >>> short(1500), short(2_000_000), short(0.25), short(-40), short(1e9)
    ('1.5k', '2M', '0.25', '−40', '1B')
    """
    size = abs(value)
    for limit, sign in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= limit:
            return _marked(f"{value / limit:.4g}".replace("-", "−")) + sign
    return _marked(f"{value:.4g}".replace("-", "−"))


def renamed(outcome: Outcome, names: Mapping[int, str]) -> Outcome:
    """The outcome with people's names for segments, in sentences too."""
    old = {segment.segment: segment.name for segment in outcome.segments}
    new = {old[key]: name for key, name in names.items() if key in old and name and old[key]}
    if not new:
        return outcome
    # Longest first: "Young savers" must not be caught as part of "Young savers in town".
    pattern = re.compile(
        r"(?<!\w)(?:" + "|".join(re.escape(n) for n in sorted(new, key=len, reverse=True)) + r")(?!\w)"
    )

    def said(sentence: str) -> str:
        return pattern.sub(lambda found: new[found.group()], sentence)

    def retold(segment: SegmentProfile) -> SegmentProfile:
        return replace(
            segment,
            name=new.get(segment.name, segment.name),
            sentence=said(segment.sentence),
            trust=replace(segment.trust, sentence=said(segment.trust.sentence)),
            action=replace(
                segment.action,
                text=said(segment.action.text),
                because=said(segment.action.because),
                test=said(segment.action.test),
            ),
        )

    comparison = outcome.comparison
    if comparison is not None:
        after = {
            **comparison.names_after,
            **{key: name for key, name in names.items() if key in comparison.names_after},
        }
        comparison = replace(comparison, names_after=after)
    return replace(outcome, segments=tuple(map(retold, outcome.segments)), comparison=comparison)


def ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Round values between `low` and `high`, about `wanted` of them.

    >>> ticks(3, 97)
    (20.0, 40.0, 60.0, 80.0)
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return ()
    rough = (high - low) / max(wanted, 1)
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(float(round(i * step, 12)) for i in range(first, last + 1))


def straighten(values: npt.ArrayLike, power: float | None) -> Floats:
    """Yeo-Johnson's transformation; unchanged when `power` is None.

    Source: Yeo & Johnson (2000), Biometrika 87(4).

    >>> straighten([0.0, 3.0], 0.0).round(3).tolist()
    [0.0, 1.386]
    """
    x = np.asarray(values, dtype=np.float64)
    if power is None:
        return x.copy()
    up = np.log1p(np.maximum(x, 0)) if abs(power) < 1e-12 else ((np.maximum(x, 0) + 1) ** power - 1) / power
    mirror = 2 - power
    down = -np.log1p(np.maximum(-x, 0)) if abs(mirror) < 1e-12 else -((np.maximum(-x, 0) + 1) ** mirror - 1) / mirror
    return np.asarray(np.where(x >= 0, up, down), dtype=np.float64)


def axis_ticks(low: float, high: float, power: float | None = None, wanted: int = 5) -> tuple[float, ...]:
    """Round values for an axis that runs evenly in the straightened feature.

    Where the axis is bent, even steps would crowd at one end; there the values 1, 2, 5, 10, ... are taken as long as
    they keep apart.

    >>> axis_ticks(0, 10_000, 0.0)
    (0.0, 10.0, 100.0, 1000.0, 10000.0)
    """
    if power is None or not high > low:
        return ticks(low, high, wanted)
    top = max(abs(low), abs(high))
    last = math.floor(math.log10(top)) if top > 0 else 0
    sizes = [m * 10.0**e for e in range(last - 6, last + 1) for m in (1, 2, 5)]
    candidates = sorted({0.0, *sizes, *(-size for size in sizes)})
    # Powers of ten win a place before twos and fives do.
    candidates.sort(key=lambda v: (v != 0, not _is_power_of_ten(v), -abs(v)))
    ends = straighten([low, high], power)
    gap = 0.75 * (ends[1] - ends[0]) / wanted
    chosen: list[float] = []
    for value in candidates:
        if not low <= value <= high:
            continue
        place = float(straighten(value, power))
        if all(abs(place - float(straighten(other, power))) >= gap for other in chosen):
            chosen.append(float(value))
    return tuple(sorted(chosen))


def coordinates(values: Mapping[str, npt.ArrayLike], preparation: Preparation) -> Floats:
    """Where customers stand in prepared units: (n, n_features), without weights; missing values filled.

    Args:
        values: Original units, by feature name, n each.
        preparation: How the segments were drawn.
    """
    columns = []
    for feature in preparation.features:
        column = np.asarray(values[feature.name], dtype=np.float64)
        column = np.where(np.isfinite(column), column, feature.fill)
        columns.append((straighten(column, feature.power) - feature.mean) / (feature.scale or 1.0))
    return np.column_stack(columns) if columns else np.empty((0, 0))


def centres(segments: Sequence[SegmentProfile], features: Sequence[FeaturePreparation]) -> Floats:
    """The segments' centres on the scale of `coordinates`: (k, n_features)."""
    weights = np.array([feature.weight or 1.0 for feature in features])
    return np.asarray(np.array([segment.centre for segment in segments], dtype=np.float64) / weights)


def telling_features(outcome: Outcome, most: int) -> tuple[FeaturePreparation, ...]:
    """The features by which segments differ most, in the table's order: at most `most`, all where there are no more.

    A feature tells segments apart by the customers' squared distance, in standard deviations, from those of other segments.
    """
    features = outcome.preparation.features
    apart = dict.fromkeys((feature.name for feature in features), 0.0)
    for segment in outcome.segments:
        for found in segment.features:
            if found.feature in apart and math.isfinite(found.effect):
                apart[found.feature] += segment.size * found.effect**2
    kept = set(sorted(apart, key=lambda name: -apart[name])[:most])
    return tuple(feature for feature in features if feature.name in kept)


def telling_pairs(
    values: Mapping[str, npt.ArrayLike],
    segment: npt.ArrayLike,
    preparation: Preparation,
    segments: Sequence[SegmentProfile],
) -> list[tuple[str, str]]:
    """Pairs of features, the one first in which customers stand nearest to their own segment's centre most often.

    Args:
        values: Original units, by feature name, n each.
        segment: The customers' segments (identities), n.
        preparation: How the segments were drawn.
        segments: The segments.
    """
    features = preparation.features
    if len(features) < 2 or not segments:
        return []
    points = coordinates(values, preparation)[:_JUDGED_ROWS]
    own = np.asarray(segment)[:_JUDGED_ROWS]
    middle = centres(segments, features)
    identities = np.array([profile.segment for profile in segments])
    squared = [(points[:, j, None] - middle[None, :, j]) ** 2 for j in range(len(features))]
    scores = []
    for i, j in itertools.combinations(range(len(features)), 2):
        nearest = identities[np.argmin(squared[i] + squared[j], axis=1)]
        scores.append((-float(np.mean(nearest == own)) if len(own) else 0.0, i, j))
    return [(features[i].name, features[j].name) for _, i, j in sorted(scores)]


def frame_of(values: npt.ArrayLike, outlier: npt.ArrayLike, power: float | None = None) -> tuple[float, float]:
    """The stretch of an axis that shows the customers who are no outliers, with a little air (original units).

    An outlier is let in where it widens the axis by no more than a quarter to its side.
    """
    x = np.asarray(values, dtype=np.float64)
    known = np.isfinite(x)
    inside = x[known & ~np.asarray(outlier, dtype=bool)]
    x = x[known]
    if not len(x):
        return 0.0, 1.0
    inside = inside if len(inside) else x
    low, high = straighten([inside.min(), inside.max()], power)
    places, quarter = straighten(x, power), 0.25 * (high - low)
    near = places[(places >= low - quarter) & (places <= high + quarter)]
    low, high = near.min(), near.max()
    if high <= low:
        low, high = low - 0.5, high + 0.5
    air = 0.03 * (high - low)
    bottom, top = bend([low, high], power)
    # Where the axis is bent hard, a little air reaches far beyond what anybody has.
    furthest = 0.5 * (top - bottom)
    return float(max(bend(low - air, power), bottom - furthest)), float(min(bend(high + air, power), top + furthest))


def bend(values: npt.ArrayLike, power: float | None) -> Floats:
    """Undo `straighten`; a value outside the transformation's range stops at its end.

    >>> bend(straighten([-3.0, 0.0, 8.0], 0.25), 0.25).round(9).tolist()
    [-3.0, 0.0, 8.0]
    """
    y = np.asarray(values, dtype=np.float64)
    if power is None:
        return y.copy()
    positive, negative = np.maximum(y, 0), np.maximum(-y, 0)
    mirror = 2 - power
    up = np.expm1(positive) if abs(power) < 1e-12 else np.maximum(power * positive + 1, 1e-12) ** (1 / power) - 1
    down = np.expm1(negative) if abs(mirror) < 1e-12 else np.maximum(mirror * negative + 1, 1e-12) ** (1 / mirror) - 1
    return np.asarray(np.where(y >= 0, up, -down), dtype=np.float64)


def _is_power_of_ten(value: float) -> bool:
    return value != 0 and abs(math.log10(abs(value)) % 1) < 1e-9


def _marked(text: str) -> str:
    speech = _speech.get()
    if speech is _ENGLISH:
        return text
    return text.translate({ord(","): speech.thousands, ord("."): speech.decimal})


def _percent(value: float, decimals: int = 0) -> str:
    return _speech.get().percent.format(number=number(value, decimals))
