"""What a figure is drawn from: records of a segmentation, a sample of its customers, and how it is to look."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clustera.arguments import NAMES, PLACE, POSITIVE, TEXT, ArgumentKind, instance_of, list_of, one_of, takes
from clustera.errors import InputError
from clustera.records import (
    Behavior,
    Comparison,
    KSelection,
    Migration,
    Outcome,
    Patterns,
    RfmGrid,
    SegmentProfile,
)

if TYPE_CHECKING:
    import pandas as pd

P = ParamSpec("P")
R = TypeVar("R")
_SEG = "Pass {of} of a segmentation seg, or draw with seg.plot."
_OF_SAMPLE = {"segment", "outlier"}  # columns beside those of the features


def _is_sample(value: object) -> bool:
    return hasattr(value, "loc") and set(map(str, getattr(value, "columns", ()))) >= _OF_SAMPLE


_SEGMENTS = list_of(instance_of(SegmentProfile, title="a segment"), title="segments")
_of_its_kind = takes(
    outcome=instance_of(Outcome, title="an Outcome", cure=_SEG.format(of="seg.outcome")),
    behavior=instance_of(Behavior, title="a Behavior", cure=_SEG.format(of="seg.outcome.behavior")),
    patterns=instance_of(Patterns, title="Patterns", cure=_SEG.format(of="seg.outcome.patterns")),
    selection=instance_of(KSelection, title="a KSelection", cure=_SEG.format(of="seg.outcome.selection")),
    migration=instance_of(Migration, title="a Migration", cure=_SEG.format(of="seg.outcome.behavior.migration")),
    comparison=instance_of(Comparison, title="a Comparison", cure=_SEG.format(of="seg.outcome.comparison")),
    grid=instance_of(RfmGrid, title="an RfmGrid", cure=_SEG.format(of="seg.outcome.behavior.rfm")),
    segments=ArgumentKind(
        "segments", lambda value: _SEGMENTS.fits(value) and len(value) > 0, _SEG.format(of="seg.outcome.segments")
    ),
    sample=ArgumentKind(
        "a pandas frame with the columns segment and outlier beside the features", _is_sample, "Draw with seg.plot."
    ),
    feature=TEXT,
    features=NAMES,
    descriptor=TEXT,
    x=TEXT,
    y=TEXT,
    currency=TEXT,
    of=one_of("revenue", "customers", "order_days"),
    by=one_of("index", "effect"),
    drawn=instance_of(Axes, Figure, title="what a figure returned: Axes or a Figure"),
    path=PLACE,
    dpi=POSITIVE,
    ax=instance_of(Axes, title="matplotlib Axes", cure="Make some with matplotlib.pyplot.subplots, or leave ax out."),
)


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """A figure that refuses what is of another kind, and a sample of other customers than those of the outcome."""
    drawn = _of_its_kind(function)
    names = list(inspect.signature(function).parameters)

    @wraps(drawn)
    def of_one_run(*args: P.args, **kwargs: P.kwargs) -> R:
        given = dict(zip(names, args, strict=False)) | kwargs
        sample, outcome = given.get("sample"), given.get("outcome")
        if isinstance(outcome, Outcome) and _is_sample(sample):
            _refuse_other_sample(cast("pd.DataFrame", sample), outcome)
        return drawn(*args, **kwargs)

    return of_one_run


def _refuse_other_sample(sample: pd.DataFrame, outcome: Outcome) -> None:
    numbers = {feature.name: "numbers" for feature in outcome.preparation.features}
    for name, kind in (numbers | {"segment": "whole numbers", "outlier": "True or False"}).items():
        try:
            fits = (
                sample[name].to_numpy(dtype={"numbers": np.float64, "whole numbers": np.int64}.get(kind, np.bool_)).ndim
                == 1
            )
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise InputError(
                f"The sample has no column {name!r} of {kind}, so it is not of this outcome.",
                hint="Pass seg.sample and seg.outcome of one segmentation, or draw with seg.plot.",
            )
