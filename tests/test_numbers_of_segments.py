"""A number of a segment means one segment for good, however often segments are made anew."""

import numpy as np
import pandas as pd
import pytest

import clustera


@pytest.mark.parametrize("seed", range(2))
def test_a_number_is_never_given_to_another_segment(tmp_path, seed):
    draw = np.random.default_rng(seed)
    groups = np.repeat(np.arange(4), 30)
    table = pd.DataFrame(
        {
            "id": np.arange(120),
            "spend": np.array([0, 0, 90, 90])[groups] + draw.normal(0, 2, 120),
            "visits": np.array([0, 90, 0, 90])[groups] + draw.normal(0, 2, 120),
        }
    )
    seg, ever, ended = None, set(), set()
    for at, some in enumerate(
        ([0, 1, 2], [0, 1], [0, 1, 3], *(draw.permutation(4)[: draw.integers(2, 5)] for _ in range(2)))
    ):
        options = {"k": len(some), "progress": False, "threads": 1}
        again = {"like": seg, "redraw": True} if seg else {}
        now = clustera.segment(table[np.isin(groups, some)], **options, **again)
        numbers = set(now.segments["segment"])
        assert not numbers & ended
        ended |= ever - numbers
        ever |= numbers
        seg = clustera.load(now.save(tmp_path / str(at)))
    assert ended
