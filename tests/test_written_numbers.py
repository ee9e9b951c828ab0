"""No number that is written reads as infinite, as none or as minus zero, and sizes do not depend on the unit."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera import texts
from clustera.cli import app
from clustera.profile.differences import Told, group_differences
from clustera.records import GroupColumns, Moments
from clustera.texts.action_tests import RATES

ODD = re.compile(r"\b(inf|nan|Infinity)\b|[-−]0(\.0+)?(?![\d.,])", re.IGNORECASE)
ANY = st.one_of(st.floats(), st.sampled_from([-0.0, -0.3, 1e-320, -1e-320, 3e13, 1e308, float("inf"), float("nan")]))


@given(ANY, st.lists(ANY, min_size=1, max_size=4))
def test_a_number_is_written_as_one_or_as_not_known(value, others):
    written = [
        write(value)
        for write in (
            texts.format_count, texts.format_number, texts.format_share, texts.format_amount, texts.format_tick,
            texts.format_index,
        )
    ]  # fmt: skip
    written += texts.format_together(value, *others)
    assert not [text for text in written if ODD.search(text)]


@given(st.floats(0, 1))
def test_a_probability_is_written_as_one(p):
    assert float(texts.format_small(p).lstrip("<")) == pytest.approx(p, rel=0.06, abs=1e-4)


@given(st.integers(-1000, 900), st.integers(0, 2**32))
def test_what_differs_does_not_depend_on_the_unit(power, seed):
    random = np.random.default_rng(seed)
    one, other = random.normal(1, 1, 9), random.normal(2, 2, 14)

    def found(power):
        # A power of two changes no digit of a value.
        groups = [
            GroupColumns(len(v), {"x": Moments(len(v), np.ldexp(v.mean(), power), np.ldexp(v.std(ddof=1), power))}, {})
            for v in (one, other)
        ]
        return group_differences(*groups, {"x": Told("X")})[0]

    plain, scaled = found(0), found(power)
    assert (scaled.effect, scaled.p) == pytest.approx((plain.effect, plain.p))
    assert (scaled.low, scaled.high) == pytest.approx((np.ldexp(plain.low, power), np.ldexp(plain.high, power)))


def test_a_run_of_tiny_values_is_told_in_numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random, groups = np.random.default_rng(1), np.repeat([1, 2, 3], 40)
    table = pd.DataFrame({"a": groups * 10 + random.normal(0, 1, 120), "b": random.normal(0, 1, 120) - groups * 4})
    table.insert(0, "customer_id", [f"c{at}" for at in range(120)])
    plain = clustera.segment(table, k=3, progress=False)
    table[["a", "b"]] *= 1e-301
    with clustera.segment(table, k=3, progress=False) as seg:
        assert (seg.customers["segment"] == plain.customers["segment"]).all()
        columns = ["effect", "q"]
        there, here = (of.compare_segments(1, 3).set_index("column")[columns] for of in (plain, seg))
        pd.testing.assert_frame_equal(there, here.loc[there.index], rtol=1e-6)
        seg.publish("runs", name="tiny")
    for words in ("differences tiny 1 2", "differences tiny 1 2 --json", "show tiny", "explain tiny c1"):
        told = CliRunner().invoke(app, words.split())
        assert told.exit_code == 0
        assert not ODD.search(told.output), told.output
    assert json.loads(CliRunner().invoke(app, ["differences", "tiny", "1", "--json"]).output)
    for page in (tmp_path / "runs" / "tiny").glob("*.html"):
        assert not re.search(r'="[^"]*\b(inf|nan)\b[^"]*"', page.read_text(encoding="utf-8"))


def test_two_groups_without_spread_are_told_without_an_infinite_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random, groups = np.random.default_rng(1), np.repeat([1, 2], 40)
    table = pd.DataFrame({"a": groups * 10 + random.normal(0, 1, 80), "flat": groups * 3.0})
    clustera.segment(table, features=["a"], descriptors=["flat"], k=2, progress=False).publish("runs", name="flat")
    for options in ([], ["--json"]):
        told = CliRunner().invoke(app, ["differences", "flat", "1", "2", *options])
        assert told.exit_code == 0
        assert not ODD.search(told.output), told.output


def test_one_of_anything_is_told_in_the_singular():
    assert texts.count_days(1) == "1 day"
    for one, many in RATES.values():
        assert "customer " in one
        assert "customers" not in one
        assert "customers" in many
    days = {"customer_id": ["a", "a", "b"], "day": [0, 100, 0], "amount": [1.0, 2.0, 3.0]}
    with pytest.raises(clustera.InputError, match="The hold-out is 101 days, the history 101 days; "):
        clustera.value.back_test(pd.DataFrame(days), as_of=100, holdout_days=101)
