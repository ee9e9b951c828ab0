"""The segments that a customer was in, run by run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from clustera.engines import Engine, literal
from clustera.errors import RunError
from clustera.store.customers import CUSTOMERS
from clustera.store.run import Run, open_folder
from clustera.store.store import Store

MOST_RUNS = 24  # the newest ones that are looked through


@dataclass(frozen=True, slots=True)
class PathStep:
    """Where a customer was in one run."""

    run: str
    segment: int
    name: str
    color: int  # place in the palette


def customer_path(run: Run, customer: str, engine: Engine) -> tuple[PathStep, ...]:
    """The segments of a customer in the runs of the same folder that look at the same features, by snapshot date.

    Runs of customer tables have none: they stand in the order in which they were made.

    Runs of other features are left out: in another table the same id may be somebody else.

    Args:
        run: One of the runs; its features count.
        customer: An id, as it is written in the run.
        engine: Looks into the files.
    """
    wanted = _drawn(run.path, _model_stamp(run)).features
    found: list[tuple[int, PathStep]] = []
    for other in Store(run.path.parent).list()[-MOST_RUNS:]:
        try:
            drawn = _drawn(other.path, _model_stamp(other))
            names = other.given()
        except RunError:
            continue
        if drawn.features != wanted:
            continue
        asked = f"select segment from {literal(other.path / CUSTOMERS)} where id = {literal(customer)} limit 1"
        for (segment,) in engine.run(lambda asked=asked: engine.sql(asked).fetchall()):  # type: ignore[misc]
            name, color = drawn.segments[segment]
            found.append((drawn.day, PathStep(other.name, segment, names.get(segment, name), color)))
    return tuple(step for _, step in sorted(found, key=itemgetter(0)))


@dataclass(frozen=True, slots=True)
class _Drawn:
    features: frozenset[str]
    segments: dict[int, tuple[str, int]]  # name and color
    day: int  # snapshot date, since 1970-01-01; 0 without one


@lru_cache(maxsize=128)  # a run of the same name may take its place, so the stamp is asked for too
def _drawn(path: Path, stamp: str) -> _Drawn:
    run = open_folder(path)
    model = run.model()
    called = zip(model.segments, model.names, model.colors, strict=True)
    features = frozenset(feature.name for feature in model.preparation.features)
    return _Drawn(features, {segment: (name, color) for segment, name, color in called}, run.snapshot_day() or 0)


def _model_stamp(run: Run) -> str:
    return run.manifest.files["model.json"].sha256
