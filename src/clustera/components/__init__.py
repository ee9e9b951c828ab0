"""Charts, tables, cards and the sections made of them: functions that take records and return markup.

They need `stylesheet()` and an element of the class `clustera` around them, and neither script, network nor inline
style. Their ids begin with a prefix that the caller gives. The report, the notebook and a web page are made of the same
ones.
"""

from clustera.components.affinities import affinity_table
from clustera.components.bars import revenue_shares, value_table
from clustera.components.buying import latest_moves
from clustera.components.campaigns import campaign_table, uplift_section
from clustera.components.cards import key_figures, segment_card, summary_card
from clustera.components.cohorts import cohort_table
from clustera.components.difference import difference_table
from clustera.components.heat import heat_table
from clustera.components.judged import back_test_table, usefulness_table
from clustera.components.map import customer_map
from clustera.components.markup import Markup, listing
from clustera.components.migration import move_matrix, moves_chart, sizes_table
from clustera.components.months import month_panels, month_table
from clustera.components.next_items import (
    recommended_table,
    segment_next_tables,
    segment_pairs,
)
from clustera.components.noted import note_day, note_list, note_subject
from clustera.components.offered import offer_table, offered_table
from clustera.components.patterns import category_bars, correlation_table, histogram_chart
from clustera.components.portrait import descriptor_table, feature_table, segment_distributions
from clustera.components.rfm import rfm_groups_table, rfm_table
from clustera.components.risk import risk_table
from clustera.components.sections import Section, sections
from clustera.components.sending import first_step
from clustera.components.sizes import size_bar
from clustera.components.standing import (
    distance_bars,
    explanation_table,
)
from clustera.components.stylesheets import card_stylesheet, stylesheet, tokens
from clustera.components.tracking import tracking_chart
from clustera.components.tradeoff import trade_off, trade_off_table

__all__ = [
    "Markup",
    "Section",
    "affinity_table",
    "back_test_table",
    "campaign_table",
    "card_stylesheet",
    "category_bars",
    "cohort_table",
    "correlation_table",
    "customer_map",
    "descriptor_table",
    "difference_table",
    "distance_bars",
    "explanation_table",
    "feature_table",
    "first_step",
    "heat_table",
    "histogram_chart",
    "key_figures",
    "latest_moves",
    "listing",
    "month_panels",
    "month_table",
    "move_matrix",
    "moves_chart",
    "note_day",
    "note_list",
    "note_subject",
    "offer_table",
    "offered_table",
    "recommended_table",
    "revenue_shares",
    "rfm_groups_table",
    "rfm_table",
    "risk_table",
    "sections",
    "segment_card",
    "segment_distributions",
    "segment_next_tables",
    "segment_pairs",
    "size_bar",
    "sizes_table",
    "stylesheet",
    "summary_card",
    "tokens",
    "tracking_chart",
    "trade_off",
    "trade_off_table",
    "uplift_section",
    "usefulness_table",
    "value_table",
]
