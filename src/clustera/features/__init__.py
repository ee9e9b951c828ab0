"""From a log of orders to what customers do: typed lines, features in SQL, RFM, trends, usefulness."""

from __future__ import annotations

from clustera.days import WHOLE_HISTORY
from clustera.features.affinities import category_affinities
from clustera.features.behavior import (
    available,
    behavior,
    behavior_columns,
    behavior_query,
    behavior_script,
    catalog,
    default_weights,
    explain_features,
    select,
)
from clustera.features.customers import behavior_weights, customer_table, redundancy, shared_weights
from clustera.features.lifecycle import WINDOW, EarlierMembers, lifecycle, subset_sql, summarize_stages
from clustera.features.migration import as_of_days, migration, over_time, window_of
from clustera.features.options import OrderOptions
from clustera.features.orders import read_orders
from clustera.features.products import has_categories, product_labels
from clustera.features.recognition import log_finding
from clustera.features.rfm import cross_table, group_rules, rfm_grid, rfm_scores, rfm_with_before
from clustera.features.rhythm import average_gaps, overdue, rhythm
from clustera.features.segment_money import money_by_segment, money_left_out
from clustera.features.suggested_items import named_categories, suggested_items, suggested_kind
from clustera.features.trends import monthly, order_cohorts
from clustera.features.usefulness import by_number, halves, outcomes, rivals, usefulness

__all__ = [
    "WHOLE_HISTORY",
    "WINDOW",
    "EarlierMembers",
    "OrderOptions",
    "as_of_days",
    "available",
    "average_gaps",
    "behavior",
    "behavior_columns",
    "behavior_query",
    "behavior_script",
    "behavior_weights",
    "by_number",
    "catalog",
    "category_affinities",
    "cross_table",
    "customer_table",
    "default_weights",
    "explain_features",
    "group_rules",
    "halves",
    "has_categories",
    "lifecycle",
    "log_finding",
    "migration",
    "money_by_segment",
    "money_left_out",
    "monthly",
    "named_categories",
    "order_cohorts",
    "outcomes",
    "over_time",
    "overdue",
    "product_labels",
    "read_orders",
    "redundancy",
    "rfm_grid",
    "rfm_scores",
    "rfm_with_before",
    "rhythm",
    "rivals",
    "select",
    "shared_weights",
    "subset_sql",
    "suggested_items",
    "suggested_kind",
    "summarize_stages",
    "usefulness",
    "window_of",
]
