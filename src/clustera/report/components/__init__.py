"""Charts, tables and cards: functions that take records and return markup.

They need `clustera.report.stylesheet()`, and neither script nor network; the report, the notebook and a web page are
made of the same ones.
"""

from clustera.report.components.affinities import affinity_table
from clustera.report.components.bars import revenue_shares, value_table
from clustera.report.components.cards import card_html, key_figures, segment_card
from clustera.report.components.cohorts import cohort_table
from clustera.report.components.heat import heat_table
from clustera.report.components.judged import back_test_table, usefulness_table
from clustera.report.components.map import customer_map
from clustera.report.components.migration import migration, sizes_table
from clustera.report.components.months import month_panels, month_table
from clustera.report.components.patterns import category_bars, correlation_table, histogram
from clustera.report.components.rfm import rfm_groups, rfm_table
from clustera.report.components.risk import risk_table
from clustera.report.components.sizes import size_bar
from clustera.report.components.strip import range_strip
from clustera.report.components.tracking import tracking_chart
from clustera.report.components.tradeoff import trade_off, trade_off_table

__all__ = [
    "affinity_table",
    "back_test_table",
    "card_html",
    "category_bars",
    "cohort_table",
    "correlation_table",
    "customer_map",
    "heat_table",
    "histogram",
    "key_figures",
    "migration",
    "month_panels",
    "month_table",
    "range_strip",
    "revenue_shares",
    "rfm_groups",
    "rfm_table",
    "risk_table",
    "segment_card",
    "size_bar",
    "sizes_table",
    "tracking_chart",
    "trade_off",
    "trade_off_table",
    "usefulness_table",
    "value_table",
]
