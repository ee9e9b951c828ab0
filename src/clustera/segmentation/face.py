"""`clustera.segment()` and `clustera.load()`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from clustera import pipeline
from clustera.arguments import PLACE, PROGRESS, RUN, takes
from clustera.errors import InputError, RunError
from clustera.segmentation.finding import find_run
from clustera.segmentation.ineffective import refuse_on_segment
from clustera.segmentation.options import Options
from clustera.segmentation.progress import Clock, shown_progress
from clustera.segmentation.segmentation import Segmentation, earlier_run
from clustera.segmentation.tables import FreshTables, StoredTables
from clustera.settings import Settings, gather_settings
from clustera.store import Campaigns, read_offer_plan, read_recommendations


@takes(settings=PLACE, progress=PROGRESS)
def segment(
    customers: object = None,
    *,
    orders: object = None,
    products: object = None,
    like: Segmentation | str | Path | None = None,
    settings: str | Path | None = None,
    progress: bool | pipeline.Progress = True,
    **options: Unpack[Options],
) -> Segmentation:
    """Group customers into segments that are named, explained and honest about their certainty.

    Args:
        customers: A path (CSV, TSV, Parquet, JSON lines), or any table that speaks Arrow: a pandas or polars frame, a
            pyarrow table, a DuckDB relation. One row per customer. With `orders` it describes them, and may be left out.
        orders: A log of orders in the same spellings, one row per order line: segments are drawn from behavior. Several
            files are one log as a folder, a pattern such as "orders/*.csv", or a list of paths.
        products: A table of products that gives the orders their categories.
        like: An earlier segmentation or run: its definitions of segments are kept, and customers move between them.
            With redraw=True segments are drawn anew and keep their names where most of their customers are the same.
        settings: A TOML file with options.
        progress: Show a progress bar, or a function that is called with (step, share done).
        options: Any option of `docs/settings.md`, such as features=["age", "income"], k=5, k="3..8", min_size="2%".

    Returns:
        The segmentation. It prints itself; `segments`, `customers` and `actions` are its tables.

    Raises:
        InputError: the table can't be segmented; the sentence says why and what cures it.
        FindingsError: strict=True, and the check found something.
        RunError: `like` is no run.

    Example:
        >>> import clustera, numpy as np, pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> young, old = rng.normal([25, 30], 2, (60, 2)), rng.normal([60, 90], 2, (40, 2))
        >>> seg = clustera.segment(pd.DataFrame(np.vstack([young, old]), columns=["age", "income"]), progress=False)
        >>> seg.k, seg.verdict
        (2, 'clear')
    """
    if products is not None and orders is None:
        raise InputError("products does nothing without orders.", hint="Pass the orders, or leave products out.")
    asked = gather_settings(file=Path(settings) if settings is not None else None, **options)
    refuse_on_segment(options, asked, orders=orders is not None, like=like is not None)
    return _segmented(pipeline.Sources(customers, orders, products), asked, like, progress)


def segment_as_kept(
    files: Mapping[str, object],
    options: Mapping[str, Any],
    *,
    like: Segmentation | None = None,
    progress: bool | pipeline.Progress = False,
) -> Segmentation:
    """As `segment`, with options that are kept for several runs: those that do nothing for this one are passed over.

    Args:
        files: Under "customers", "orders" and "products".
        options: By name.
        like: An earlier run.
        progress: A function that is called with (step, share done).
    """
    sources = pipeline.Sources(files.get("customers"), files.get("orders"), files.get("products"))
    return _segmented(sources, gather_settings(**options), like, progress)


def _segmented(
    sources: pipeline.Sources,
    asked: Settings,
    like: Segmentation | str | Path | None,
    progress: bool | pipeline.Progress,
) -> Segmentation:
    if sources.customers is None and sources.orders is None:
        raise InputError("There is nothing to segment.", hint="Pass a customer table, or orders=...")
    earlier = _opened(like) if like is not None else None
    if earlier is not None and sources.orders is not None and earlier.outcome.behavior is None:
        raise InputError(
            "The segments of the earlier run were made from a customer table, so customers of orders can't be assigned to them.",
            hint="Pass a customer table with the same features, or leave the earlier run out to make new segments.",
        )
    with shown_progress(progress) as tell:
        clock = Clock(tell)
        result = pipeline.segment(sources, asked, earlier=earlier_run(earlier) if earlier else None, progress=clock)
        clock.stop()
    return Segmentation(result.outcome, FreshTables(result), settings=result.settings, timings=clock.seconds)


@takes(run=RUN, runs=PLACE)
def load(run: str | Path, *, runs: str | Path = "runs") -> Segmentation:
    """Open a run.

    Args:
        run: A name or alias of the folder of runs, such as "latest" or "current"; or the folder of a run: a path, or a
            text with a slash. A name is looked up as a name first.
        runs: Folder of runs.

    Returns:
        The segmentation; it can't be saved again, as a run never changes.

    Raises:
        RunError: there is none, or it is damaged.

    >>> import clustera
    >>> run = clustera.load("march")
    >>> run.run_name, run.k
    ('march', 3)
    >>> clustera.load("latest").run_name
    'april'
    """
    opened = find_run(run, Path(runs))
    outcome = opened.outcome()
    # What campaigns brought since, what was recommended and planned, stands beside the run, whose own files never change.
    campaigns = Campaigns(opened.path.parent)
    actions, uplift = campaigns.measured(outcome.actions, opened.name), campaigns.uplifts(opened.name)
    recommended = offers = None
    with suppress(RunError):  # a damaged file beside a run takes nothing from the run
        recommended = read_recommendations(opened)
    with suppress(RunError):
        offers = read_offer_plan(opened)
    outcome = replace(outcome, actions=actions, recommended=recommended, offers=offers, uplift=uplift)
    return Segmentation(outcome, StoredTables(opened))


def _opened(like: Segmentation | str | Path) -> Segmentation:
    return like if isinstance(like, Segmentation) else load(like)
