"""From checked rows to points: fill, unskew, set isolated rows aside, standardize, weigh - and back again."""

from clustera.prepare.options import PrepareOptions
from clustera.prepare.outliers import describe_outliers
from clustera.prepare.points import (
    BLOCK_ROWS,
    Block,
    Keys,
    alike_features,
    jittered_points,
    learn_preparation,
    order_by_values,
    original_units,
    preparation_notes,
    prepare_block,
    prepared_block,
    prepared_blocks,
)
from clustera.prepare.table import (
    Streamed,
    count_distinct_points,
    drawing_sample,
    points_of_table,
    prepared_points,
    prepared_sample,
    sorted_by_values,
    tabulate_prepared,
)
from clustera.transform import inverse_yeo_johnson

__all__ = [
    "BLOCK_ROWS",
    "Block",
    "Keys",
    "PrepareOptions",
    "Streamed",
    "alike_features",
    "count_distinct_points",
    "describe_outliers",
    "drawing_sample",
    "inverse_yeo_johnson",
    "jittered_points",
    "learn_preparation",
    "order_by_values",
    "original_units",
    "points_of_table",
    "preparation_notes",
    "prepare_block",
    "prepared_block",
    "prepared_blocks",
    "prepared_points",
    "prepared_sample",
    "sorted_by_values",
    "tabulate_prepared",
]
