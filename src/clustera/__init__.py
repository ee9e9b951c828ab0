"""Clustera: customer segments that can be trusted, explained and acted on.

import clustera

seg = clustera.segment("customers.csv")
seg.k, seg.verdict, seg.reason
seg.segments
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clustera.late import late_names
from clustera.version import __version__

if TYPE_CHECKING:
    from clustera import plots, value
    from clustera.cluster.estimator import KMeansSweep
    from clustera.cluster.kmeans import KMeans
    from clustera.errors import ClusteraError, FindingsError, InputError, RunError, SetupError
    from clustera.segmentation import (
        Segmentation,
        list_campaigns,
        load,
        load_campaign,
        measure_campaign,
        measure_uplift,
        recommend,
        segment,
    )

# Loaded when first used: `import clustera` and `clustera --help` stay fast.
_HOMES = {
    "segment": "clustera.segmentation",
    "load": "clustera.segmentation",
    "load_campaign": "clustera.segmentation",
    "list_campaigns": "clustera.segmentation",
    "measure_campaign": "clustera.segmentation",
    "measure_uplift": "clustera.segmentation",
    "recommend": "clustera.segmentation",
    "Segmentation": "clustera.segmentation",
    "KMeans": "clustera.cluster.kmeans",
    "KMeansSweep": "clustera.cluster.estimator",
    "ClusteraError": "clustera.errors",
    "InputError": "clustera.errors",
    "FindingsError": "clustera.errors",
    "RunError": "clustera.errors",
    "SetupError": "clustera.errors",
}
_ROOMS = ("plots", "value")

__all__ = [
    "ClusteraError",
    "FindingsError",
    "InputError",
    "KMeans",
    "KMeansSweep",
    "RunError",
    "Segmentation",
    "SetupError",
    "__version__",
    "list_campaigns",
    "load",
    "load_campaign",
    "measure_campaign",
    "measure_uplift",
    "plots",
    "recommend",
    "segment",
    "value",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name in _ROOMS:
        return import_module(f"clustera.{name}")
    return late_names(__name__, _HOMES)(name)


def __dir__() -> list[str]:
    return __all__
