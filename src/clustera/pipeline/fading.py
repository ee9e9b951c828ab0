"""Customers as they are when the windows of their features fade out: whether a gap is one of a window's edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera import features, prepare
from clustera.engines import identifier
from clustera.pipeline.sources import Log
from clustera.records import Checked, Preparation


def faded_points(
    keys: prepare.Keys, checked: Checked, preparation: Preparation, log: Log, *, unskew: bool = True
) -> npt.NDArray[np.float64] | None:
    """Some customers, prepared by themselves, with windows that fade out instead of ending.

    Spend of the last 91 days ends at once on the 92nd: customers who bought once, on any day of a year, fall into those
    with all of their spend in the window and those with none of it. Faded, their spend falls from day to day.

    Args:
        keys: (n,) of customers; one row is made for each, in this order.
        checked: All customers, with their features.
        preparation: Of the features, with their weights.
        log: The orders that the features come from.
        unskew: Whether strongly skewed features may be straightened.

    Returns:
        float64 (n, n_features), in the preparation's order, discrete values jittered; None where no feature looks back
        over a window.
    """
    behavior = {feature.name: feature for feature in features.feature_catalog()}
    made = [c.name for c in checked.role("feature") if c.name in behavior and c.name not in log.others]
    if not any(behavior[name].faded_sql != behavior[name].sql for name in made):
        return None
    engine = checked.rows.engine
    known = checked.rows.select(
        "select c.* from {rows} c semi join {keys} k using (_key)", keys=engine.arrow(pa.table({"_key": keys}))
    ).keep()
    theirs = log.orders.rows.select(
        "select l.* from {rows} l semi join {known} k on k._id = cast(l.customer_id as varchar)", known=known
    )
    orders = replace(log.orders, rows=theirs)
    faded = features.customer_behavior(orders, as_of=log.as_of, selection=made, window=log.window, fading=True)
    cells = ", ".join(f"f.{identifier(name)} as {identifier(name)}" for name in made)
    rows = known.select(
        f"select c.* replace ({cells}) from {{rows}} c join {{faded}} f on f.customer_id = c._id", faded=faded
    ).keep()
    weights = {feature.name: feature.weight for feature in preparation.features}
    options = prepare.PrepareOptions(unskew=unskew, outliers=False, weights=weights)
    columns = {column.name: column for column in checked.role("feature")}
    ordered = [columns[name] for name in weights]
    if prepare.alike_features(rows, ordered):  # what is left has fewer features than the segments
        return None
    learned = prepare.learn_preparation(rows, ordered, options=options)
    points, found = prepare.prepared_sample(
        prepare.tabulate_prepared(rows, learned, engine), len(learned.features), size=len(keys)
    )
    place = np.searchsorted(found, keys)
    return prepare.jittered_points(points[place], keys, learned)
