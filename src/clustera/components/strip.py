"""Where a segment stands on one feature, against all customers."""

from __future__ import annotations

from clustera import texts, transform
from clustera.components.markup import Markup, drawing, element, line
from clustera.records import Distribution, FeaturePreparation, FeatureProfile, Outcome

_WIDTH, _HEIGHT = 150, 18


def mean_bar(profile: FeatureProfile, feature: FeaturePreparation, outcome: Outcome) -> Markup:
    """The segment's average as a bar, from 0 to the highest average of a segment, and a tick at all customers' average.

    Where that is not known, or an average is below 0, there is no such scale and nothing is drawn.
    """
    means = [p.mean for segment in outcome.segments for p in segment.features if p.feature == profile.feature]
    everyone = _average_of_all(profile, outcome)
    if everyone is None or min(*means, everyone) < 0 or max(means) <= 0:
        return Markup("")
    largest = max(*means, everyone)
    mark = 1 + (_WIDTH - 2) * (everyone / largest)
    label = texts.translate(
        "{feature}: {mean} on average; all customers {average}.",
        feature=feature.label,
        mean=texts.format_value(profile.mean, feature),
        average=texts.format_value(everyone, feature),
    )
    return drawing(
        _WIDTH,
        _HEIGHT,
        element("title", label),
        line(1, _HEIGHT / 2, _WIDTH - 1, _HEIGHT / 2, "track"),
        element(
            "rect",
            x=1,
            y=4,
            width=max((_WIDTH - 2) * (profile.mean / largest), 1),
            height=_HEIGHT - 8,
            rx=2,
            class_="fill",
        ),
        line(mark, 1, mark, _HEIGHT - 1, "reference"),
        label=label,
        class_="strip",
    )


def _average_of_all(profile: FeatureProfile, outcome: Outcome) -> float | None:
    """By how it compares with the segment's own; of an average of 0, which compares with nothing, as it was counted."""
    if profile.index > 0:
        return 100 * profile.mean / profile.index
    return next((one.mean for one in outcome.patterns.distributions if one.name == profile.feature), None)


def range_strip(profile: FeatureProfile, feature: FeaturePreparation, everyone: Distribution | None) -> Markup:
    """A thin line from the 10th to the 90th percentile, a box for the middle half, and a tick for all customers' mean.

    Without `everyone` there is no common scale and nothing is drawn.
    """
    if everyone is None or len(everyone.quantiles) < 9:
        return Markup("")
    ends = transform.yeo_johnson([everyone.quantiles[1], everyone.quantiles[7]], feature.power)
    span = float(ends[1] - ends[0]) or 1.0

    def x(value: float) -> float:
        place = (float(transform.yeo_johnson(value, feature.power)) - float(ends[0])) / span
        return 3 + (_WIDTH - 6) * min(max(place, 0.0), 1.0)

    middle = _HEIGHT / 2
    low, high = profile.quartiles
    label = texts.translate(
        "{feature}: the middle half of the segment lies between {low} and {high}; all customers' average is {average}.",
        feature=feature.label,
        low=texts.format_value(low, feature),
        high=texts.format_value(high, feature),
        average=texts.format_value(everyone.mean, feature),
    )
    return drawing(
        _WIDTH,
        _HEIGHT,
        element("title", label),
        line(1, middle, _WIDTH - 1, middle, "track"),
        line(x(profile.low), middle, x(profile.high), middle, "whisker"),
        element("rect", x=x(low), y=middle - 4.5, width=max(x(high) - x(low), 2), height=9, rx=2, class_="fill"),
        line(x(everyone.mean), 1, x(everyone.mean), _HEIGHT - 1, "reference"),
        label=label,
        class_="strip",
    )
