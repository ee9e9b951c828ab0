"""A number of a segment means one segment for good, however often segments are made anew."""

import numpy as np
import pandas as pd
import pytest

import clustera


@pytest.mark.parametrize("seed", range(2))
def test_the_number_of_a_segment_that_ended_is_never_given_to_another_one(tmp_path, seed):
    draw = np.random.default_rng(seed)
    groups = np.repeat(np.arange(4), 20)
    corners = draw.permutation([[20, 20], [20, 90], [90, 20], [90, 90]])
    spend, visits = (corners[groups] + draw.normal(0, 2, (80, 2))).T
    table = pd.DataFrame({"id": np.arange(80), "spend": spend, "visits": visits})

    def segmented(these: set[int], like=None):
        again = {"like": like, "redraw": True} if like else {}
        seg = clustera.segment(table[np.isin(groups, [*these])], k=len(these), progress=False, threads=1, **again)
        return clustera.load(seg.save(tmp_path / str(len(list(tmp_path.iterdir())))))

    first = segmented({0, 1, 2})
    highest = groups[first.customers.query("segment == 3")["id"].astype(int)][0]
    others = {0, 1, 2} - {highest}
    second = segmented(others, like=first)
    assert set(second.segments["segment"]) == {1, 2}
    # Where only the segments of the run before count, the new one gets 3, the number of the one that ended.
    third = segmented(others | {3}, like=second)
    assert set(third.segments["segment"]) == {1, 2, 4}
