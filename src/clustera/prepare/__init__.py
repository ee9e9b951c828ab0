"""From checked rows to points: fill, unskew, set isolated rows aside, standardise, weigh - and back again."""

from clustera.prepare.outliers import describe_outliers
from clustera.prepare.points import (
    Block,
    Keys,
    Points,
    PrepareOptions,
    block,
    blocks,
    gather,
    jittered,
    learn,
    notes,
    original_units,
)
from clustera.prepare.skew import inverse_yeo_johnson

__all__ = [
    "Block",
    "Keys",
    "Points",
    "PrepareOptions",
    "block",
    "blocks",
    "describe_outliers",
    "gather",
    "inverse_yeo_johnson",
    "jittered",
    "learn",
    "notes",
    "original_units",
]
