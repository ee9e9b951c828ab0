"""Whatever is passed for an argument of anything public: an answer, or a sentence of ours."""

from __future__ import annotations

import datetime
import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.errors import ClusteraError

ODD = [
    None, True, -1, 0, 2.5, float("nan"), float("inf"), 10**30, -1e300, "", "  ", "nonsense >", "x" * 300, "a\0b", b"x", [2], [None],
    ["a", 2], {}, {"a": 1}, {1: 2}, (), set(), object(), np.int64(2), np.float32("nan"), np.array([1, 2]), datetime.date(2024, 1, 1),
    pd.Timestamp("2024-01-01").to_pydatetime(), pd.DataFrame(), pd.DataFrame({"a": [1, 2]}), pd.Series([1]), pd.NaT, pd.NA, datetime.timedelta(1),
    int, Path("nope"), range(3), 3 + 2j,
]  # fmt: skip
SLOW = {"segment", "recommend", "predict", "assign", "measure_uplift", "write", "save", "publish", "path", "close"}


@pytest.fixture(scope="module")
def public(tmp_path_factory) -> dict[str, object]:
    draw = np.random.default_rng(0)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 300, 250), "D")
    customers = draw.choice([f"C{at:03}" for at in range(60)], 250)
    log = pd.DataFrame({"customer_id": customers, "date": days, "amount": draw.lognormal(3, 1, 250).round(2)})
    runs = tmp_path_factory.mktemp("runs")
    with clustera.segment(orders=log, k=2, value=False, progress=False) as made:
        made.publish(runs, name="march")
    seg = clustera.load("march", runs=runs)
    campaign = seg.launch_campaign("spring", control=0.3, day="2023-11-01", segments=[1])
    return {"clustera": clustera, "seg": seg, "audience": seg.audience("spend > 20"), "campaign": campaign}


def callables(public: dict[str, object]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for of, thing in public.items():
        for name in thing.__all__ if inspect.ismodule(thing) else dir(type(thing)):
            called = getattr(thing if inspect.ismodule(thing) else type(thing), name)
            if inspect.isfunction(called) and not name.startswith("_") and name not in SLOW:
                yield f"{of}.{name}", getattr(thing, name)


def arguments(function: Callable[..., Any], odd: str, value: object) -> dict[str, object]:
    given: dict[str, object] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == odd:
            given[name] = value
        elif parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_KEYWORD,
            parameter.VAR_POSITIONAL,
        ):
            given[name] = (
                pd.DataFrame({"customer_id": ["C001"], "email": ["c@shop.example"]}) if name == "contacts" else "1"
            )
    return given


def test_every_argument_is_taken_or_refused_in_a_sentence(public, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tried = 0
    for called, function in callables(public):
        kinds = inspect.signature(function).parameters
        names = [n for n, p in kinds.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
        for name in names:
            for value in random.Random(f"{called} {name}").sample(ODD, 3):
                tried += 1
                try:
                    with suppress(ClusteraError):
                        function(**arguments(function, name, value))
                except Exception as error:
                    raise AssertionError(f"{called}({name}={value!r})") from error
    assert tried > 200


def test_an_argument_that_nobody_has_is_refused_with_the_one_that_is_meant(public):
    for ask, meant in (
        (lambda: public["seg"].find_customers(serch="C001"), "search"),
        (lambda: public["audience"].reach("contacts.csv", contry="DE"), "country"),
        (lambda: public["seg"].moved(runs=3), ""),
    ):
        with pytest.raises(clustera.InputError, match="has no argument") as error:
            ask()
        assert meant in error.value.hint


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 10**30])
def test_no_number_of_an_option_fails_otherwise(number):
    from clustera.segmentation.options import Options
    from clustera.settings import Settings, gather_settings

    for option in Options.__annotations__:
        for value in (number, str(number), [number], {"a": number}):
            with suppress(ClusteraError):
                assert isinstance(gather_settings(**{option: value}), Settings)


@pytest.mark.parametrize("weights", [float("inf"), [float("nan")] * 6, [1e308] * 6])
def test_weights_without_a_finite_sum_are_refused(weights):
    points = [[1.0, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
    for model in (clustera.KMeans(2), clustera.KMeansSweep([2])):
        with pytest.raises(ValueError, match=r"weight"):
            model.fit(points, sample_weight=weights)
