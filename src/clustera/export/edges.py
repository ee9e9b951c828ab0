"""Customers nobody has, on whom an exported model is tried: ties, missing values, extremes, points where formulas change."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clustera.records import Model

_EXTREMES = (0.0, -0.0, 1e-300, -1e-300, 1e-12, -1e-12, 1.0, -1.0, 1e9, -1e9, 1e30, -1e30, 1e300, -1e300, np.nan)
RANDOM = 2_000

Floats = npt.NDArray[np.float64]


def edge_cases(model: Model, centers: Floats) -> Floats:
    """Values (n, n_features) in original units, NaN where missing; the same for the same model.

    Args:
        model: The model.
        centers: Its centers (k, n_features) in original units.
    """
    features = model.preparation.features
    fill = np.array([feature.fill for feature in features])
    made = [centers, np.full((1, len(features)), np.nan), fill[None]]
    # Halfway between two centers, where both are about equally near.
    made += [(centers[i] + centers[i + 1 :]) / 2 for i in range(len(centers) - 1)]
    for j in range(len(features)):
        one = np.repeat(fill[None], len(_EXTREMES), axis=0)
        one[:, j] = _EXTREMES
        made.append(one)
    made.append(np.repeat(np.array(_EXTREMES)[:, None], len(features), axis=1))
    draw = np.random.default_rng(20)
    spread = np.abs(centers - fill).max(axis=0) + 1.0
    random = fill + draw.standard_t(2, (RANDOM, len(features))) * spread
    random[draw.random(random.shape) < 0.05] = np.nan
    mixed = draw.choice(np.array(_EXTREMES), (RANDOM // 4, len(features)))
    return np.vstack([*made, random, mixed])
