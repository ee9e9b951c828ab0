"""Which feature moved a customer from one segment to another."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera.engines import Rows, array_of, identifier
from clustera.pipeline.assigning import points_by
from clustera.records import Model, MoveCause


def move_causes(model: Model, before: Rows, after: Rows) -> tuple[MoveCause, ...]:
    """How many of the customers who moved did so because of which feature, by the same definitions on both days.

    Whoever moves is nearer to the new center than to the old one, and was not before. The difference of the two squared
    distances changes by a sum over features; the feature with the largest part moved the customer.

    Args:
        model: Of the segments.
        before: id, segment and the features on the earlier day, original units.
        after: The same on the later day, in the same engine.

    Returns:
        For each move the features, the most frequent first.
    """
    names = [feature.name for feature in model.preparation.features]
    then, now = ([f"{side}.{identifier(name)} as {side}{j}" for j, name in enumerate(names)] for side in ("b", "a"))
    moved = after.select(
        f"select b.segment as was, a.segment as is_now, {', '.join((*then, *now))} from {{rows}} a join {{before}} b using (id) "
        "where a.segment <> b.segment",
        before=before,
    )
    counted: Counter[tuple[int, int, str, bool]] = Counter()
    for batch in moved.batches():
        if batch.num_rows:
            counted.update(_causes_in(model, batch, names))
    found = [MoveCause(*key, count=count) for key, count in counted.items()]
    return tuple(sorted(found, key=lambda cause: (cause.before, cause.after, -cause.count, cause.feature, cause.rose)))


def parts_of_change(
    model: Model, earlier: npt.NDArray[np.float64], later: npt.NDArray[np.float64], was: int, now: int
) -> npt.NDArray[np.float64]:
    """By how much each feature's change brought customers nearer to one center than to another.

    Args:
        model: Of the segments.
        earlier: Values (n, n_features) in original units on the earlier day, NaN where missing.
        later: On the later day.
        was: The segment that they leave.
        now: The one that they go to.

    Returns:
        (n, n_features): parts of the change of the squared distance to `was` less that to `now`, prepared units.
    """
    change = points_by(model, later).astype(np.float64) - points_by(model, earlier)
    centers = dict(zip(model.segments, np.array(model.centers), strict=True))
    return np.asarray(2 * (centers[now] - centers[was]) * change)


def _causes_in(model: Model, batch: pa.RecordBatch, names: list[str]) -> Counter[tuple[int, int, str, bool]]:
    was, now = array_of(batch.column("was")), array_of(batch.column("is_now"))
    values = {side: np.column_stack([_numbers(batch, f"{side}{j}") for j in range(len(names))]) for side in "ba"}
    rose = points_by(model, values["a"]) > points_by(model, values["b"])
    counted: Counter[tuple[int, int, str, bool]] = Counter()
    for one, other in sorted(set(zip(was.tolist(), now.tolist(), strict=True))):
        here = (was == one) & (now == other)
        parts = parts_of_change(model, values["b"][here], values["a"][here], one, other)
        most = parts.argmax(axis=1)
        for row, feature in enumerate(most.tolist()):
            if parts[row, feature] > 0:
                counted[one, other, names[feature], bool(rose[here][row, feature])] += 1
    return counted


def _numbers(batch: pa.RecordBatch, name: str) -> npt.NDArray[np.float64]:
    return array_of(batch.column(name).cast(pa.float64()))
