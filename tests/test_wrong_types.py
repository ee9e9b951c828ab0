"""Public functions called with values of the wrong type: a sentence that names what was seen, never an error from inside."""

from __future__ import annotations

import fractions
import inspect
import traceback
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import clustera
from clustera import plots, value

WRONG = {
    "None": None, "a number": 3, "a fraction": -1.5, "a truth": True, "a word": "x", "bytes": b"x", "a list": [], "a list of words": ["x"],
    "a dict": {}, "an object": object(), "an empty frame": pd.DataFrame(), "another frame": pd.DataFrame({"other": ["x", "y"]}),
    "an array": np.array([[np.nan, 1.0]]),
}  # fmt: skip
SOURCE = str(Path(clustera.__file__).parent)


@pytest.fixture(scope="module")
def orders():
    draw = np.random.default_rng(0)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 500, 360), "D")
    names = [f"c{at}" for at in draw.integers(0, 60, 360)]
    items, amounts = draw.choice(["tea", "milk", "bread"], 360), draw.lognormal(3, 1, 360).round(2)
    return pd.DataFrame({"customer_id": names, "date": days, "amount": amounts, "product": items})


@pytest.fixture(scope="module")
def usual(orders, tmp_path_factory):
    """A usable value of every argument that is not the wrong one, by its name."""
    shown = {
        "as_of": "2024-05-14",
        "model": value.MBGNBD(),
        "customer_id": "c1",
        "yearly_spend": [1.0, 2.0],
        "margin": 0.3,
    }
    shown |= {
        "yearly_retention": 0.5,
        "years": 3,
        "orders": orders,
        "customers": orders,
        "runs": tmp_path_factory.mktemp("runs"),
    }
    shown |= {
        "assignments": pd.DataFrame(
            {"customer_id": [f"c{at}" for at in range(60)], "group": ["contact", "contact", "control"] * 20}
        )
    }
    shown |= {"day": "2024-03-01", "days": 30, "run": "march", "name": "spring", "randomized": True}
    with clustera.segment(orders=orders, k=3, value=False, progress=False) as seg:
        outcome, sample = seg.outcome, seg.plot._sample
    behavior = outcome.behavior
    shown |= {
        "outcome": outcome,
        "sample": sample,
        "behavior": behavior,
        "segments": outcome.segments,
        "patterns": outcome.patterns,
    }
    shown |= {
        "selection": outcome.selection,
        "migration": behavior.migration,
        "comparison": outcome.comparison,
        "grid": behavior.rfm,
    }
    return shown | {"feature": "spend", "descriptor": "city", "drawn": plt.figure(), "path": "picture.png"}


HISTORY = {"frequency": [1.0, 2.0, 0.0] * 20, "recency": [1.0, 2.0, 0.0] * 20, "T": [3.0, 4.0, 5.0] * 20}


@pytest.mark.parametrize("model", [value.BGNBD, value.MBGNBD, value.ParetoNBD, value.GammaGamma])
def test_histories_of_the_wrong_type_give_a_sentence(model):
    usual = HISTORY | {"monetary_value": [9.0, 4.0, 0.0] * 20}
    names = list(inspect.signature(model.fit).parameters)[1:]
    for name in names:
        for wrong in WRONG.values():
            with pytest.raises(clustera.InputError):
                model().fit(**{key: usual[key] for key in names} | {name: wrong})
    with pytest.raises(clustera.InputError, match="bootstrap must be a number of samples, not 'x'"):
        model(bootstrap="x").fit(**{key: usual[key] for key in names})


ODD = [
    *WRONG.values(),
    -1,
    10**400,
    np.timedelta64(3, "D"),
    np.array(2),
    np.float64(np.nan),
    [1e308],
    [-1.0],
    [np.nan],
    1 + 2j,
    fractions.Fraction(1, 3),
]
ODD += [pd.DataFrame({"name": [1, 2]}), np.str_("x"), [[1.0, 2.0]], np.array([1, 2], "datetime64[D]")]


@pytest.mark.parametrize("kind", [value.BGNBD, value.MBGNBD, value.ParetoNBD, value.GammaGamma])
def test_every_method_of_a_model_answers_odd_values_in_a_sentence(kind):
    usual = HISTORY | {
        "monetary_value": [9.0, 4.0, 0.0] * 20,
        "horizon": 3,
        "highest": 3,
        "samples": 1,
        "draws": 1,
        "x": HISTORY["frequency"],
    }
    usual |= {"purchases": HISTORY["frequency"], "rng": np.random.default_rng(0)}
    model = kind()
    model.fit(**{name: usual[name] for name in list(inspect.signature(model.fit).parameters)})
    faults = {}
    for name in [
        name
        for name in dir(kind)
        if not name.startswith(("_", "get_", "set_")) and inspect.isfunction(getattr(kind, name))
    ]:
        method = getattr(model, name)
        needed = [
            one.name
            for one in inspect.signature(method).parameters.values()
            if one.default is one.empty and one.name in usual
        ]
        for argument in inspect.signature(method).parameters:
            for at, odd in enumerate(ODD):
                try:
                    method(**{one: usual[one] for one in needed} | {argument: odd})
                except Exception as error:
                    if fault := fault_of(error):
                        faults[name, argument, at] = fault
    assert not faults


@pytest.mark.parametrize(
    "figure", [plots.boxes, plots.scatter, plots.silhouette, plots.components, plots.pairs, plots.three_d]
)
def test_a_sample_of_other_customers_is_refused(figure, usual):
    sample = usual["sample"]
    name = usual["outcome"].preparation.features[0].name
    others = [
        sample.drop(columns=name),
        sample.assign(**{name: "x"}),
        sample.assign(segment="x"),
        pd.concat([sample, sample[[name]]], axis=1),
    ]
    feature = {"feature": name} if figure is plots.boxes else {}
    for other in others:
        with pytest.raises(clustera.InputError, match="so it is not of this outcome"):
            figure(other, usual["outcome"], **feature)


def test_numbers_and_texts_of_numpy_are_shown_as_they_are_written(usual):
    with pytest.raises(
        clustera.InputError, match="takes a share as share, not 0.5|no share|is not a share|'x'"
    ) as told:
        clustera.measure_uplift(usual["orders"], share=np.str_("x"))
    assert "np." not in str(told.value)


def public_functions():
    for room in (clustera, value, plots):
        for name in room.__all__:
            found = getattr(room, name)
            if inspect.isfunction(found):
                yield f"{room.__name__}.{name}", found


def arguments_of(function):
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [one for one in inspect.signature(function).parameters.values() if one.kind not in kinds]


def fault_of(error: Exception) -> str:
    """What is wrong with an error that reaches a user; "" where it is ours, or was raised by us in a sentence."""
    if isinstance(error, clustera.ClusteraError):
        return ""
    last = traceback.extract_tb(error.__traceback__)[-1]
    ours = isinstance(error, TypeError | ValueError) and last.filename.startswith(SOURCE)
    raised = ours and (last.line or "").startswith("raise ")
    return "" if raised else f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})"


@pytest.mark.parametrize(
    ("name", "function"), list(public_functions()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_value_of_the_wrong_type_gives_a_sentence(name, function, usual, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    faults = {}
    for one in arguments_of(function):
        needed = {p.name for p in arguments_of(function) if p.default is p.empty}
        given = {key: usual[key] for key in needed - {one.name}}
        if name in ("clustera.measure_campaign", "clustera.recommend"):
            given |= {"orders": usual["orders"].tail(120), "threads": 1}
        for kind, wrong in WRONG.items():
            if wrong is one.default:
                continue
            try:
                function(**given | {one.name: wrong})
            except Exception as error:
                if fault := fault_of(error):
                    faults[f"{one.name}={kind}"] = fault
        plt.close("all")
    assert not faults, "\n".join([name, *(f"{key}: {fault}" for key, fault in faults.items())])


METHODS = ("recommend", "plan_offers", "publish", "save")  # more of them: test_wrong_method_arguments.py


@pytest.fixture(scope="module")
def run(orders, tmp_path_factory):
    runs = tmp_path_factory.mktemp("published")
    with clustera.segment(orders=orders, k=3, value=False, progress=False) as seg:
        seg.publish(runs, name="march")
    with clustera.load("march", runs=runs) as found:
        yield found


@pytest.mark.parametrize("name", METHODS)
def test_a_value_of_the_wrong_type_gives_a_sentence_from_methods_too(name, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    method = getattr(run, name)
    usual = {"path": "here", "offers": {"margin": 0.3}}
    faults = {}
    for one in arguments_of(method):
        needed = {p.name for p in arguments_of(method) if p.default is p.empty}
        given = {key: usual[key] for key in needed - {one.name}}
        for kind, wrong in WRONG.items():
            if wrong is one.default:
                continue
            try:
                method(**given | {one.name: wrong})
            except Exception as error:
                if fault := fault_of(error):
                    faults[f"{one.name}={kind}"] = fault
    assert not faults, "\n".join([name, *(f"{key}: {fault}" for key, fault in faults.items())])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda run: run.recommend(count="5"), "recommend() takes a number as count, not '5'."),
        (lambda run: run.plan_offers({}, budget="x"), "plan_offers() takes a number as budget, not 'x'."),
        (lambda run: run.prepare_campaign("a", segments=1), "takes a list of whole numbers as segments, not 1."),
        (lambda run: run.compare(3), "takes a segmentation, or the name or folder of a run, as later, not 3."),
        (lambda run: run.compare("feb"), "no run"),
    ],
)
def test_methods_say_which_argument_is_of_the_wrong_type(run, call, message):
    with pytest.raises(clustera.ClusteraError) as error:
        call(run)
    assert message in error.value.message


def test_a_run_is_compared_by_its_name(run):
    assert run.compare("march").stayed == 1
