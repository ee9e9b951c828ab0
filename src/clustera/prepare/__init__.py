"""From checked rows to points: fill, unskew, set isolated rows aside, standardize, weigh - and back again."""

from clustera.prepare.options import PrepareOptions
from clustera.prepare.outliers import describe_outliers
from clustera.prepare.points import (
    BLOCK_ROWS,
    Block,
    Keys,
    Points,
    block,
    blocks,
    jittered,
    learn,
    notes,
    original_units,
    prepared_block,
)
from clustera.prepare.table import Streamed, distinct, drawing_sample, points, points_of, sample, tabulate
from clustera.transform import inverse_yeo_johnson

__all__ = [
    "BLOCK_ROWS",
    "Block",
    "Keys",
    "Points",
    "PrepareOptions",
    "Streamed",
    "block",
    "blocks",
    "describe_outliers",
    "distinct",
    "drawing_sample",
    "inverse_yeo_johnson",
    "jittered",
    "learn",
    "notes",
    "original_units",
    "points",
    "points_of",
    "prepared_block",
    "sample",
    "tabulate",
]
