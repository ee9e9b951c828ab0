"""What the table shows before anything is clustered."""

from __future__ import annotations

from clustera import scales, texts
from clustera.components.markup import Markup, drawing, element, fill, line, text
from clustera.records import CategoryCounts, Distribution, Patterns
from clustera.texts import translate

_NAMED_ACROSS = 7  # more columns are named by their number
_WIDTH, _HEIGHT, _BOTTOM = 300, 130, 24


def histogram_chart(distribution: Distribution) -> Markup:
    """How one column is distributed, with its median marked."""
    edges, counts = distribution.edges, distribution.counts
    if not counts or edges[-1] <= edges[0]:
        label = translate("{name}: one value only", name=distribution.label)
        return drawing(_WIDTH, 40, text(4, 24, translate("One value only"), "note"), label=label)
    low, high = edges[0], edges[-1]
    most = max(counts) or 1

    def x(value: float) -> float:
        return 6 + (_WIDTH - 12) * (value - low) / (high - low)

    floor = _HEIGHT - _BOTTOM
    bars = [
        element("rect", x=x(left), y=floor - h, width=max(x(right) - x(left) - 1, 0.5), height=h, class_="bar")
        for left, right, h in zip(edges, edges[1:], [(floor - 12) * n / most for n in counts], strict=False)
    ]
    for tick in scales.round_ticks(low, high, 4):
        anchor = "start" if x(tick) < 20 else "end" if x(tick) > _WIDTH - 20 else "middle"
        bars.append(text(x(tick), _HEIGHT - 7, texts.format_tick(tick), "tick", anchor))
    bars.append(line(0, floor, _WIDTH, floor, "base"))
    label = translate(
        "Histogram of {name}, {low} to {high}.",
        name=distribution.label,
        low=texts.format_tick(low),
        high=texts.format_tick(high),
    )
    if len(distribution.quantiles) == 9:
        middle = distribution.quantiles[4]
        bars.append(line(x(middle), 4, x(middle), floor, "reference"))
        half = translate(
            "Half of the customers lie between {low} and {high}.",
            low=texts.format_tick(distribution.quantiles[3]),
            high=texts.format_tick(distribution.quantiles[5]),
        )
        label = f"{label} {half}"
    return drawing(_WIDTH, _HEIGHT, *bars, label=label, class_="histogram")


def category_bars(categories: CategoryCounts, title: str = "") -> Markup:
    """How often each value of a descriptor occurs, the most frequent first; under its title, else its name."""
    rows = sorted(zip(categories.values, categories.counts, strict=True), key=lambda row: (-row[1], row[0]))[:8]
    rest = sum(categories.counts) - sum(n for _, n in rows) + categories.other
    total = sum(categories.counts) + categories.other + categories.missing or 1
    listed = [
        *rows,
        *([(translate("other"), rest)] if rest else []),
        *([(translate("missing"), categories.missing)] if categories.missing else []),
    ]
    return fill(
        "categories.html.j2",
        name=title or categories.name,
        rows=[(value, n, n / total, _part_bar(n / total)) for value, n in listed],
    )


def correlation_table(patterns: Patterns) -> Markup:
    """Spearman's correlation of every pair of columns."""
    labels = [distribution.label for distribution in patterns.distributions]
    rows = list(zip(labels, patterns.correlation, strict=True))
    numbered = len(labels) > _NAMED_ACROSS
    return fill("correlation.html.j2", labels=labels, rows=rows, level=_correlation_level, numbered=numbered)


def _correlation_level(value: float) -> int:
    level = sum(abs(value) >= limit for limit in (0.1, 0.3, 0.5, 0.8))
    return level if value > 0 else -level


def _part_bar(part: float) -> Markup:
    box = element("rect", x=0, y=0, width=max(100 * part, 0.5), height=8, rx=1, class_="bar")
    return element("svg", box, viewBox="0 0 100 8", class_="share-bar", aria_hidden="true", preserveAspectRatio="none")
