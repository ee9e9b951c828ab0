"""Who moved, as pandas frames and rows: between two runs, and from month to month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustera.records import Comparison, Migration

if TYPE_CHECKING:
    import pandas as pd


def moves_frame(comparison: Comparison) -> pd.DataFrame:
    """Customers who are in a segment before (rows) and after (columns)."""
    import pandas as pd

    table = pd.DataFrame(
        [(move.before, move.after, move.count) for move in comparison.moves], columns=["before", "after", "customers"]
    )
    table["name_before"] = table["before"].map(comparison.names_before)
    table["name_after"] = table["after"].map(comparison.names_after)
    return table[["before", "name_before", "after", "name_after", "customers"]]


def move_causes_frame(comparison: Comparison, titles: Mapping[str, str]) -> pd.DataFrame:
    """`move_cause_rows` as a frame."""
    import pandas as pd

    columns = ["before", "name_before", "after", "name_after", "feature", "title", "rose", "customers", "share"]
    return pd.DataFrame(move_cause_rows(comparison, titles), columns=columns)


def move_cause_rows(comparison: Comparison, titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """One row per move and feature: how many moved because it rose or fell, and their share of that move."""
    everybody: Counter[tuple[int, int]] = Counter()
    for cause in comparison.causes:
        everybody[cause.before, cause.after] += cause.count
    return [
        {
            "before": cause.before,
            "name_before": comparison.names_before.get(cause.before, ""),
            "after": cause.after,
            "name_after": comparison.names_after.get(cause.after, ""),
            "feature": cause.feature,
            "title": titles.get(cause.feature, cause.feature),
            "rose": cause.rose,
            "customers": cause.count,
            "share": cause.count / everybody[cause.before, cause.after],
        }
        for cause in comparison.causes
    ]


def move_matrix_frame(comparison: Comparison, moved: pd.DataFrame) -> list[dict[str, Any]]:
    """Customers by segment of before (rows; last, who are new) and of after (columns; then who are gone, and all).

    Args:
        comparison: Of two runs.
        moved: As `Segmentation.moved` gives it.
    """
    gone = moved.loc[moved["direction"] == "gone", "segment_before"].value_counts().to_dict()
    came = moved.loc[moved["direction"] == "new", "segment"].value_counts().to_dict()
    counts = {(move.before, move.after): move.count for move in comparison.moves}
    heads = {segment: f"{segment} {comparison.names_after[segment]}" for segment in sorted(comparison.names_after)}
    rows = []
    for segment in sorted(comparison.names_before):
        own = {head: counts.get((segment, after), 0) for after, head in heads.items()}
        rows.append(_matrix_row(segment, comparison.names_before[segment], own, int(gone.get(segment, 0))))
    new = {head: int(came.get(after, 0)) for after, head in heads.items()}
    return [*rows, _matrix_row(None, "new", new, 0)]


def _matrix_row(segment: int | None, name: str, own: Mapping[str, int], gone: int) -> dict[str, Any]:
    return {"segment_before": segment, "name_before": name, **own, "gone": gone, "customers": sum(own.values()) + gone}


def migration_frame(found: Migration, names: Mapping[int, str]) -> pd.DataFrame:
    """Who moved between which days: from_day, to_day, before, name_before, after, name_after, customers, share of `before`.

    Customers who came between the days have no segment before, those who are no longer known none after.
    """
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for period in found.periods:
        known = Counter[int]()
        for move in period.moves:
            known[move.before] += move.count
        for segment, count in period.left:
            known[segment] += count
        moves: list[tuple[Any, ...]] = [
            (move.before, move.after, move.count, move.count / known[move.before]) for move in period.moves
        ]
        moves += [(segment, None, count, count / known[segment]) for segment, count in period.left]
        moves += [(None, segment, count, None) for segment, count in period.came]
        rows += [(period.before, period.after, *move) for move in moves]
    frame = pd.DataFrame(rows, columns=["from_day", "to_day", "before", "after", "customers", "share"])
    for column in ("from_day", "to_day"):
        frame[column] = pd.to_datetime(frame[column], unit="D")
    for column in ("before", "after"):
        frame[column] = frame[column].astype("Int64")
        frame[f"name_{column}"] = frame[column].map(dict(names))
    frame["share"] = frame["share"].astype(float)
    return frame[["from_day", "to_day", "before", "name_before", "after", "name_after", "customers", "share"]]


def sizes_frame(found: Migration, names: Mapping[int, str]) -> pd.DataFrame:
    """Customers by segment (columns, by name) on each day (rows); the last row is what is expected a period later."""
    import pandas as pd

    days = pd.to_datetime(pd.Index(found.days, name="day"), unit="D")
    expected = days[-1] + pd.DateOffset(months=found.months)
    if days[-1].is_month_end:
        expected += pd.offsets.MonthEnd(0)
    frame = pd.DataFrame(
        [*found.sizes, found.forecast.expected],
        index=days.append(pd.DatetimeIndex([expected])),
        columns=[names.get(segment, f"Segment {segment}") for segment in found.segments],
        dtype=float,
    )
    frame.index.name = "day"
    frame["expected"] = [False] * len(days) + [True]
    return frame
