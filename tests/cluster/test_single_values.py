"""Segments that are single values: nothing varies within them."""

import numpy as np

from clustera.cluster.evidence import _calinski_harabasz


def test_the_index_of_segments_of_single_values_is_a_number():
    points = np.repeat([[-1e3], [0.0], [1e3]], 20, axis=0)
    labels = np.repeat([0, 1, 2], 20).astype(np.int32)
    assert np.isfinite(_calinski_harabasz(points, labels, 3))
    assert _calinski_harabasz(points, labels, 3) > _calinski_harabasz(points + [[0.0], [1.0]] * 30, labels, 3)
