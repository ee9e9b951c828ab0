"""A model as a scikit-learn Pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clustera.records import Model

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def sklearn_pipeline(model: Model) -> Pipeline:
    """Fitted scikit-learn steps that give the model's own answers."""
    import pandas as pd
    from sklearn.cluster import KMeans
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import PowerTransformer, StandardScaler

    features = model.preparation.features
    names = np.array([feature.name for feature in features], dtype=object)
    centers = np.array(model.centers)
    example = pd.DataFrame([[f.fill + i * f.scale for f in features] for i in range(len(centers) + 1)], columns=names)
    fill = SimpleImputer(strategy="median").fit(example)
    fill.statistics_ = np.array([f.fill for f in features])
    # Yeo-Johnson with power 1 leaves a feature as it is.
    straighten = PowerTransformer(standardize=False)
    straighten.fit(np.arange(3.0)[:, None] + np.zeros(len(features)))
    straighten.lambdas_ = np.array([1.0 if f.power is None else f.power for f in features])
    standardize = StandardScaler().fit(np.arange(3.0)[:, None] + np.zeros(len(features)))
    standardize.mean_ = np.array([f.mean for f in features])
    standardize.scale_ = np.array([f.scale / f.weight for f in features])
    standardize.var_ = standardize.scale_**2
    kmeans = KMeans(n_clusters=len(centers), init=centers, n_init=1, max_iter=1).fit(centers)
    kmeans.cluster_centers_ = centers
    return Pipeline([("fill", fill), ("straighten", straighten), ("standardize", standardize), ("kmeans", kmeans)])
