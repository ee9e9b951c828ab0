"""Figures of lifetime value: does the model describe what was bought, and did it foresee it?"""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from numpy.typing import NDArray

from clustera import palette, scales, texts
from clustera.plots import look
from clustera.records import AliveHistory, BackTest, FrequencyCounts, FrequencyRecency, SegmentValue, Tracking

Floats = NDArray[np.float64]
Place = Literal["upper left", "lower right", "best"]
_ACTUAL, _EXPECTED = palette.COLORS[0], palette.COLORS[1]


def tracking(
    record: Tracking, *, kind: Literal["cumulative", "incremental"] = "cumulative", ax: Axes | None = None
) -> Axes:
    """Repeat purchases over time, actual and expected; the model saw what is left of the line.

    Args:
        record: Purchases per week.
        kind: Added up, or week by week.
        ax: Where to draw.
    """
    ax = look.axes(ax)
    added = kind == "cumulative"
    series = [np.asarray(values, dtype=np.float64) for values in (record.actual, record.expected)]
    days = _on_axis(*record.days)
    title = "Repeat purchases, added up" if added else "Repeat purchases per week"
    look.dress(ax, title=title, grid="y")
    lines = []
    for name, values, shade, dash in zip(
        ("bought", "forecast by the model"), series, (_ACTUAL, _EXPECTED), ("-", (0, (5, 2))), strict=True
    ):
        drawn = np.cumsum(values) if added else values
        lines += ax.plot(days, drawn, color=shade, linestyle=dash, linewidth=2, label=name)
    split = _on_axis(record.split_day)[0]
    ax.axvline(split, color=look.muted(ax, 0.5), linewidth=1, linestyle=(0, (4, 4)))
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
    ax.annotate(
        "test period",
        (split, 1.0),
        (5, -4),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
        fontsize="small",
        color=look.muted(ax, 0.75),
    )
    _dates(ax)
    _legend(ax, "upper left" if added else "lower right")
    return ax


def frequencies(record: FrequencyCounts, *, ax: Axes | None = None) -> Axes:
    """How many customers bought again how often, and how many the model expects to.

    Args:
        record: Customers by number of repeat purchases.
        ax: Where to draw.
    """
    ax = look.axes(ax)
    look.dress(ax, title="Customers by number of repeat purchases", grid="y")
    places = np.arange(len(record.actual))
    ax.bar(places - 0.2, record.actual, 0.38, color=_ACTUAL, label="counted")
    ax.bar(
        places + 0.2,
        record.expected,
        0.38,
        color=_EXPECTED,
        hatch="//",
        edgecolor=look.ground(ax),
        label="forecast by the model",
    )
    ax.set_xticks(places, [*map(str, places[:-1]), f"{places[-1]}+"])
    ax.set_xlabel("Repeat purchases")
    ax.set_ylabel("Customers")
    ax.yaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
    _legend(ax, "best")
    return ax


def calibration(test: BackTest, *, ax: Axes | None = None) -> Axes:
    """Forecast against actual purchases in the test period, customers in ten groups by forecast.

    Args:
        test: The back-test.
        ax: Where to draw.
    """
    ax = look.axes(ax, width=5.4, height=5.0)
    look.dress(ax, title=f"Forecast by {test.chosen} and what happened")
    forecast, actual, _ = (np.array(column, dtype=np.float64) for column in zip(*test.deciles, strict=True))
    top = 1.08 * max(forecast.max(), actual.max())
    # From few to many purchases: the square root keeps the small groups apart.
    for scale in (ax.set_xscale, ax.set_yscale):
        scale("function", functions=(lambda v: np.sqrt(np.maximum(v, 0)), np.square))
    ax.plot([0, top], [0, top], color=look.muted(ax, 0.5), linewidth=1, linestyle=(0, (4, 4)))
    ax.annotate(
        "forecast = actual",
        (top * 0.62, top * 0.62),
        (4, -12),
        textcoords="offset points",
        fontsize="small",
        color=look.muted(ax, 0.75),
    )
    ax.scatter(
        forecast, actual, s=60, color=_ACTUAL, edgecolors=[look.ground(ax)], linewidths=1, zorder=3, clip_on=False
    )
    marks = [mark for mark in (0.0, *scales.round_ticks(0, top, 5), top / 20) if mark == 0 or mark >= top / 21]
    marks = [0.0, *(round(mark, 1) if mark < 2 else float(round(mark)) for mark in marks[1:])]
    for axis, setter in ((ax.xaxis, ax.set_xlim), (ax.yaxis, ax.set_ylim)):
        axis.set_ticks(sorted(set(marks)), [texts.format_tick(mark) for mark in sorted(set(marks))])
        setter(0, top)
    days = test.last_day - test.split_day
    ax.set_xlabel(f"Forecast purchases per customer in {days} days")
    ax.set_ylabel("Actual purchases per customer")
    return ax


def alive_history(record: AliveHistory, *, ax: Axes | None = None) -> Axes:
    """Probability that a customer was still one, day by day; every purchase is a tick.

    Args:
        record: One customer's history.
        ax: Where to draw.
    """
    ax = look.axes(ax, height=3.2)
    look.dress(ax, title=f"Customer {record.customer}: still active?", grid="y")
    days = _on_axis(*record.days)
    ax.fill_between(days, record.probability, color=_ACTUAL, alpha=0.18, linewidth=0)
    ax.plot(days, record.probability, color=_ACTUAL, linewidth=1.8)
    bought = _on_axis(*record.purchases)
    ax.vlines(bought, 1.02, 1.08, color=_EXPECTED, linewidth=1.6, clip_on=False)
    ax.annotate(
        "purchases",
        (bought[0], 1.09),
        (0, 2),
        textcoords="offset points",
        fontsize="small",
        color=look.muted(ax, 0.75),
    )
    ax.set_ylim(0, 1.16)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    ax.set_ylabel("Probability to be active")
    _dates(ax)
    return ax


def frequency_recency(record: FrequencyRecency, *, ax: Axes | None = None) -> Axes:
    """What the model says of every combination of frequency and age at the last purchase.

    Args:
        record: One quantity for all combinations.
        ax: Where to draw.
    """
    ax = look.axes(ax, width=6.4, height=4.8)
    look.dress(ax, title=record.title, grid="")
    values = np.array([[np.nan if v is None else v for v in row] for row in record.values], dtype=np.float64)
    shades = LinearSegmentedColormap.from_list("value", [to_hex(look.muted(ax, 0.05)), palette.COLORS[0]])
    top = 1.0 if np.nanmax(values) <= 1 else float(np.nanmax(values))
    drawn = ax.pcolormesh(
        np.arange(len(record.frequency) + 1) - 0.5,
        np.arange(len(record.recency) + 1) - 0.5,
        np.ma.masked_invalid(values),
        cmap=shades,
        vmin=0.0,
        vmax=top,
    )
    across = range(0, len(record.frequency), 1 + len(record.frequency) // 10)
    ax.set_xticks(list(across), [str(record.frequency[i]) for i in across])
    up = range(0, len(record.recency), 3)
    ax.set_yticks(list(up), [texts.format_number(record.recency[i]) for i in up])
    ax.set_xlabel("Repeat purchases")
    ax.set_ylabel(f"Age at the last purchase ({record.unit})")
    figure = ax.get_figure()
    assert figure is not None
    bar = figure.colorbar(drawn, ax=ax, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelcolor=look.muted(ax, 0.75))
    if top == 1.0:
        bar.ax.yaxis.set_major_formatter(lambda value, _: texts.format_share(value))
    return ax


def segment_values(
    segments: tuple[SegmentValue, ...],
    *,
    names: dict[int, str] | None = None,
    colors: dict[int, int] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Value of each segment with its 80 % range, and the expected loss from churn below it.

    Args:
        segments: One record each.
        names: Of the segments, by number.
        colors: Places of the segments in the palette, by number; in their order when left out.
        ax: Where to draw.
    """
    ax = look.axes(ax, width=8.6, height=1.4 + 0.6 * len(segments))
    look.dress(ax, grid="")
    places = np.arange(len(segments))
    value = np.array([segment.value for segment in segments])
    reach = np.array([[s.value - s.low, s.high - s.value] for s in segments]).T
    shades = [palette.color((colors or {}).get(s.segment or 0, at)) for at, s in enumerate(segments)]
    above = ax.barh(places - 0.14, value, 0.4, color=shades)
    ax.errorbar(
        value, places - 0.14, xerr=np.maximum(reach, 0.0), fmt="none", ecolor=look.ink(ax), elinewidth=1.2, capsize=3
    )
    below = ax.barh(places + 0.24, [s.churn_loss for s in segments], 0.2, color=look.muted(ax, 0.4))
    for segment, bar in zip(segments, above, strict=True):
        said = f"{texts.format_amount(segment.value)}  ({texts.likely_range(segment.value, segment.low, segment.high)})"
        ax.annotate(
            said,
            (max(segment.value, segment.high), bar.get_y() + bar.get_height() / 2),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=look.ink(ax),
        )
    losses = [texts.format_amount(segment.churn_loss) for segment in segments]
    ax.bar_label(below, losses, padding=5, color=look.muted(ax, 0.75), fontsize=9)
    told = [
        look.wrapped(f"{s.segment}  {(names or {}).get(s.segment or 0, '')}".strip(), 34, lines=2) for s in segments
    ]
    ax.set_yticks(places, told)
    ax.tick_params(axis="y", labelcolor=look.ink(ax))
    ax.set_ylim(len(segments) - 0.5, -0.5)
    most = max(s.high for s in segments) if segments else 1.0
    ax.set_xlim(0, 1.5 * most)
    ax.set_xticks([tick for tick in scales.round_ticks(0, most) if tick >= 0])
    ax.xaxis.set_major_formatter(lambda value, _: texts.format_tick(value))
    ax.set_xlabel("Expected value with likely range (80%); gray, below: expected loss from churn")
    return ax


def _on_axis(*days: int) -> Floats:
    numbers: Floats = mdates.date2num(np.array(days, dtype="datetime64[D]"))  # type: ignore[no-untyped-call]
    return numbers


def _dates(ax: Axes) -> None:
    locator = mdates.AutoDateLocator(minticks=4, maxticks=7)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    ax.xaxis.get_offset_text().set_color(look.muted(ax, 0.75))
    ax.margins(x=0.01)


def _legend(ax: Axes, place: Place) -> None:
    for text in ax.legend(loc=place, frameon=False, fontsize="small").get_texts():
        text.set_color(look.ink(ax))
