"""A method of a segmentation that is given an argument of the wrong type says so in a sentence."""

from __future__ import annotations

import datetime
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.errors import ClusteraError

ODD = [None, True, -1, 0, 2, 2.5, float("nan"), 10**30, "3", "", "nonsense >", b"x", [2], {}, (), object(), np.int64(2)]
ODD += [np.array([1, 2]), datetime.date(2024, 1, 1), pd.DataFrame(), pd.NaT]


@pytest.fixture(scope="module")
def seg() -> clustera.Segmentation:
    random = np.random.default_rng(5)
    groups = np.repeat([20.0, 60.0], 30)
    table = pd.DataFrame({"age": random.normal(groups), "spend": random.normal(groups)})
    return clustera.segment(table, progress=False)


def calls(seg, one, other):
    return {
        "segments_with": lambda: seg.segments_with(one),
        "other_number": lambda: seg.other_number(one),
        "compare_segments": lambda: seg.compare_segments(one, other),
        "differences": lambda: seg.differences(one, within=other),
        "compare": lambda: seg.compare(one),
        "move_causes": lambda: seg.move_causes(one),
        "moved": lambda: seg.moved(one),
        "audience": lambda: seg.audience(one).count(),
        "customer": lambda: seg.customer(one),
        "explain": lambda: seg.explain(one, other=other),
        "typical": lambda: seg.typical(one),
        "path": lambda: seg.path(one),
        "orders_of": lambda: seg.orders_of(one),
        "plan_campaign": lambda: seg.plan_campaign(one, segments=other),
        "plan_campaign of days": lambda: seg.plan_campaign(days=one, measure=other),
        "prepare_campaign": lambda: seg.prepare_campaign(one, segments=[1], control=other),
        "prepare_campaign of a day": lambda: seg.prepare_campaign("a", segments=[1], control=0.5, day=one, days=other),
        "record_campaign": lambda: seg.record_campaign(one, other),
        "add_note": lambda: seg.add_note(one, day=other),
        "remove_note": lambda: seg.remove_note(one),
        "sql": lambda: seg.sql(dialect=one, table=other),
        "rules_sql": lambda: seg.rules_sql(dialect=one),
        "write_onnx": lambda: seg.write_onnx(one),
        "features_sql": lambda: seg.features_sql(one, as_of=other),
    }


@pytest.mark.parametrize("call", calls(None, None, None))
def test_it_ends_in_a_sentence(seg, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(len(call))
    for at, one in enumerate(ODD):
        for other in (None, ODD[(at + 1 + int(random.integers(len(ODD) - 1))) % len(ODD)]):
            with suppress(ClusteraError):  # anything else fails the test
                calls(seg, one, other)[call]()
