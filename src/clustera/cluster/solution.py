"""What a fit returns: the centers for one number of segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The best centers found for one k.

    Attributes:
        k: Number of segments.
        centers: float64 (k, n_features), in the units of the points.
        inertia: Weighted sum of the squared distances of the points to their nearest center, in float64.
        iterations: Passes over all points that the last stage took.
    """

    k: int
    centers: NDArray[np.float64]
    inertia: float
    iterations: int = 0

    def with_features(self, places: Sequence[int]) -> Solution:
        """The same segments with the features at these places, in this order."""
        return replace(self, centers=self.centers[:, places])
