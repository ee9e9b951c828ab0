"""From a log of orders to what customers do: typed lines, features in SQL, RFM, trends, usefulness."""

from __future__ import annotations

from clustera.days import WHOLE_HISTORY
from clustera.features.affinities import category_affinities
from clustera.features.amounts import number_sql
from clustera.features.behavior import (
    available_features,
    behavior_columns,
    behavior_query,
    behavior_script,
    customer_behavior,
    default_weights,
    explain_features,
    feature_catalog,
    select_features,
)
from clustera.features.customers import behavior_weights, customer_table, redundant_features, shared_weights
from clustera.features.falls import count_top_falls
from clustera.features.lifecycle import (
    WINDOW,
    EarlierMembers,
    lifecycle_stages,
    subset_sql,
    summarize_stages,
    usual_silence,
)
from clustera.features.migration import (
    as_of_days,
    earlier_periods,
    feature_window,
    moves_between_days,
    moves_over_time,
)
from clustera.features.options import OrderOptions
from clustera.features.orders import read_orders
from clustera.features.products import has_categories, product_labels
from clustera.features.recognition import log_finding
from clustera.features.rfm import group_rules, rfm_cross_table, rfm_grid, rfm_scores, rfm_with_before
from clustera.features.rhythm import average_gaps, order_rhythm, overdue_customers
from clustera.features.segment_money import money_by_segment, money_left_out
from clustera.features.suggested_items import named_categories, suggested_items, suggested_kind
from clustera.features.trends import first_purchases, monthly_segments, order_cohorts, unusual_newcomers
from clustera.features.usefulness import (
    deciding_halves,
    grouping_usefulness,
    later_outcomes,
    rival_groupings,
    usefulness_by_k,
)
from clustera.features.vocabulary import may_be_one_currency

__all__ = [
    "WHOLE_HISTORY",
    "WINDOW",
    "EarlierMembers",
    "OrderOptions",
    "as_of_days",
    "available_features",
    "average_gaps",
    "behavior_columns",
    "behavior_query",
    "behavior_script",
    "behavior_weights",
    "category_affinities",
    "count_top_falls",
    "customer_behavior",
    "customer_table",
    "deciding_halves",
    "default_weights",
    "earlier_periods",
    "explain_features",
    "feature_catalog",
    "feature_window",
    "first_purchases",
    "group_rules",
    "grouping_usefulness",
    "has_categories",
    "later_outcomes",
    "lifecycle_stages",
    "log_finding",
    "may_be_one_currency",
    "money_by_segment",
    "money_left_out",
    "monthly_segments",
    "moves_between_days",
    "moves_over_time",
    "named_categories",
    "number_sql",
    "order_cohorts",
    "order_rhythm",
    "overdue_customers",
    "product_labels",
    "read_orders",
    "redundant_features",
    "rfm_cross_table",
    "rfm_grid",
    "rfm_scores",
    "rfm_with_before",
    "rival_groupings",
    "select_features",
    "shared_weights",
    "subset_sql",
    "suggested_items",
    "suggested_kind",
    "summarize_stages",
    "unusual_newcomers",
    "usefulness_by_k",
    "usual_silence",
]
