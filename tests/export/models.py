"""Models nobody made: any powers, weights and ties, with odd names; and customers to try them on."""

import numpy as np

from clustera import export
from clustera.pipeline import querying as module
from clustera.records import FeaturePreparation, Model, Preparation

POWERS = (None, 0.0, 2.0, 1.0, 0.3, -1.5, 3.4, 1e-17, 1e-13, 2 + 1e-15, 2 - 1e-9, 1e-6)


def random_model(seed, *, features=None, k=None):
    draw = np.random.default_rng(seed)
    d, k = features or int(draw.integers(1, 31)), k or int(draw.integers(2, 13))
    odd = 'it\'s `a` "b" {rows}'
    prepared = tuple(
        FeaturePreparation(
            name=f"{odd if j == 0 else 'feature'} {j}",
            title="t",
            unit="",
            fill=float(draw.normal() * 10.0 ** draw.integers(-3, 4)),
            missing=0,
            skew=0.0,
            power=POWERS[int(draw.integers(len(POWERS)))],
            mean=float(draw.normal()),
            scale=float(10.0 ** draw.uniform(-2, 2)),
            weight=float(draw.choice([1.0, 0.5, 3.0])),
        )
        for j in range(d)
    )
    centers = draw.normal(size=(k, d)).round(2)
    if k > 2:
        centers[1] = centers[0]  # a tie for everybody
    numbers = tuple(int(s) for s in draw.permutation(k) + 1)
    model = Model((), Preparation(prepared, None, 0), tuple(map(tuple, centers.tolist())), numbers, (), ())
    return model, {s: f"it's \\ {{rows}} {s}" for s in numbers}


def tried(model, seed):
    draw = np.random.default_rng(seed)
    d = len(model.preparation.features)
    values = draw.standard_t(2, (200, d)) * 10.0 ** draw.integers(-2, 4, (200, d))
    values[draw.random(values.shape) < 0.05] = np.nan
    centers = module.prepare.original_units(np.array(model.centers), model.preparation)
    return np.vstack([values, export.edge_cases(model, centers)])
