"""A number of a segment means one segment for good, however often segments are made anew."""

import numpy as np
import pandas as pd
import pytest

import clustera


def month(draw, groups):
    """Customers whose groups are drawn anew: some segments stay, others end."""
    moved = draw.random(groups.size) < draw.choice([0.05, 0.9])
    groups = np.where(moved, draw.integers(0, 5, groups.size), groups)
    places = draw.permutation(5) * 40.0
    table = pd.DataFrame(
        {
            "id": np.arange(groups.size),
            "spend": places[groups] + draw.normal(0, 2, groups.size),
            "visits": groups * 30 + draw.normal(0, 2, groups.size),
        }
    )
    return table, groups


@pytest.mark.parametrize("seed", range(2))
def test_a_number_is_never_given_to_another_segment(tmp_path, seed):
    draw = np.random.default_rng(seed)
    groups = draw.integers(0, 5, 120)
    seg, ever, ended = None, set(), set()
    for at in range(7):
        table, groups = month(draw, groups)
        options = {"k": int(draw.integers(2, 5)), "progress": False, "threads": 1}
        now = clustera.segment(table, **options, **({"like": seg, "redraw": True} if seg else {}))
        numbers = set(now.segments["segment"])
        assert not numbers & ended
        ended |= ever - numbers
        ever |= numbers
        seg = clustera.load(now.save(tmp_path / str(at)))
    assert ended
