"""Every public name shows how it is used, by an example that prints something; pytest runs them where they stand."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import clustera
from clustera import plots, segmentation, value
from clustera.segmentation.audiences import SelectedAudience
from clustera.segmentation.exporting import PreparedExport
from clustera.segmentation.launching import PreparedCampaign
from clustera.segmentation.offer_plans import OffersPlan
from clustera.segmentation.recommendations import Recommendations

# What the methods of a segmentation return.
RETURNED = (
    segmentation.Plots,
    segmentation.PlannedCampaign,
    PreparedCampaign,
    segmentation.LaunchedCampaign,
    segmentation.MeasuredCampaign,
    segmentation.MeasuredUplift,
    SelectedAudience,
    PreparedExport,
    Recommendations,
    OffersPlan,
)


def public_names() -> Iterator[tuple[str, Any]]:
    """What can be imported from the package and its public rooms, with the methods and properties that are ours.

    The classes of what a segmentation's methods return are public too.
    """
    for room in (clustera, value, plots):
        for name in dir(room):
            found = getattr(room, name)
            if not name.startswith("__") and not inspect.ismodule(found):
                yield f"{room.__name__}.{name}", found
            if inspect.isclass(found):
                yield from ((f"{room.__name__}.{name}.{own}", method) for own, method in own_methods(found))
    for kind in RETURNED:
        yield kind.__name__, kind
        yield from ((f"{kind.__name__}.{own}", method) for own, method in own_methods(kind))


def own_methods(kind: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public methods and properties of a class that Clustera defines."""
    for name in dir(kind):
        home = next(base for base in kind.__mro__ if name in base.__dict__ or base is object)
        if name.startswith("_") or not home.__module__.startswith("clustera."):
            continue
        found = home.__dict__[name]
        method = getattr(found, "fget", None) or getattr(found, "func", None) or inspect.unwrap(found)
        if inspect.isfunction(method):
            yield name, method


NAMES = dict(public_names())


def test_the_walk_finds_functions_classes_methods_and_properties():
    assert {"clustera.segment", "clustera.Segmentation", "clustera.Segmentation.predict", "clustera.Segmentation.k",
            "clustera.Segmentation.plot", "clustera.KMeans.transform", "clustera.value.MBGNBD.fit",
            "clustera.plots.sizes"} <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_an_example_that_prints_something(name):
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(NAMES[name]) or "")
    assert any(example.want or example.exc_msg for example in examples), f"{name} has no example in its docstring"


def rooms_names() -> dict[str, Any]:
    """What every room hands to the others: the names that `clustera` and its rooms export, without an underscore.

    Counted are functions, classes, and the public methods and properties that these classes define, each once.
    """
    names = [room.name for room in pkgutil.iter_modules(clustera.__path__) if not room.name.startswith("_")]
    rooms = [importlib.import_module(f"clustera.{name}") for name in names]
    found: dict[str, Any] = {}
    for room in (clustera, *rooms):
        for name in getattr(room, "__all__", dir(room)):
            thing = getattr(room, name)
            home = getattr(thing, "__module__", None) or ""
            if (
                name.startswith("_")
                or not home.startswith("clustera.")
                or not inspect.isroutine(thing) | inspect.isclass(thing)
            ):
                continue
            found[f"{home}.{name}"] = thing
            if inspect.isclass(thing):
                found |= {f"{home}.{name}.{own}": method for own, method in own_methods(thing)}
    return found


def test_at_least_one_in_three_names_of_all_rooms_has_an_example():
    names = rooms_names()
    with_example = [name for name, thing in names.items() if ">>>" in (inspect.getdoc(thing) or "")]
    assert len(names) > 1_000
    assert 3 * len(with_example) >= len(names), f"{len(with_example)} of {len(names)}"
