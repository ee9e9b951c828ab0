"""The only room that knows the order of the steps."""

from clustera.pipeline.campaign_members import CampaignWish
from clustera.pipeline.campaign_results import CampaignSources, campaign_results
from clustera.pipeline.campaign_tables import draw_record
from clustera.pipeline.campaigns import campaign_days, plan_campaign, running_between
from clustera.pipeline.causes import move_causes, parts_of_change
from clustera.pipeline.drawing import count_moves, count_unshared
from clustera.pipeline.explaining import Explainer, known_features, typical_values
from clustera.pipeline.exporting import EarlierGroups, ExportRequest, choose_export, source_name
from clustera.pipeline.groups_of_others import GroupsOfOthers, contacted_by_others
from clustera.pipeline.inspect import contract_text, inspect, read_and_check, refuse_future_snapshot
from clustera.pipeline.keeping import Earlier, naming_kept_options
from clustera.pipeline.launching import Launched, LaunchTerms, launch_campaign
from clustera.pipeline.moved import moved_customers
from clustera.pipeline.movers import first_to_call
from clustera.pipeline.offer_planning import (
    OfferWish,
    PlannedOffers,
    plan_offers,
)
from clustera.pipeline.onnx_export import model_onnx
from clustera.pipeline.other_numbers import KeptTables, remade_customers, remade_orders, segments_with_k
from clustera.pipeline.predict import Scored, predict
from clustera.pipeline.preview import FirstRows, Preview, first_rows, preview
from clustera.pipeline.publishing import Part, Printed, publish_run, render_model_card, render_report, save_result
from clustera.pipeline.querying import model_dbt, model_sql, prove_model
from clustera.pipeline.reach import consenting_customers, count_reach, reachable_customers
from clustera.pipeline.recommending import (
    RecommendationWish,
    RecommendedLists,
    read_recommended_log,
    recommend_items,
)
from clustera.pipeline.recorded_lists import exported_campaign
from clustera.pipeline.rules import find_rules, rules_sql
from clustera.pipeline.segments import Result, segment
from clustera.pipeline.sources import Sources
from clustera.pipeline.uplift import FoundUplift, campaign_uplift, table_uplift
from clustera.pipeline.waiting import days_until_move
from clustera.progress import Progress

__all__ = [
    "CampaignSources",
    "CampaignWish",
    "Earlier",
    "EarlierGroups",
    "Explainer",
    "ExportRequest",
    "FirstRows",
    "FoundUplift",
    "GroupsOfOthers",
    "KeptTables",
    "LaunchTerms",
    "Launched",
    "OfferWish",
    "Part",
    "PlannedOffers",
    "Preview",
    "Printed",
    "Progress",
    "RecommendationWish",
    "RecommendedLists",
    "Result",
    "Scored",
    "Sources",
    "campaign_days",
    "campaign_results",
    "campaign_uplift",
    "choose_export",
    "consenting_customers",
    "contacted_by_others",
    "contract_text",
    "count_moves",
    "count_reach",
    "count_unshared",
    "days_until_move",
    "draw_record",
    "exported_campaign",
    "find_rules",
    "first_rows",
    "first_to_call",
    "inspect",
    "known_features",
    "launch_campaign",
    "model_dbt",
    "model_onnx",
    "model_sql",
    "move_causes",
    "moved_customers",
    "naming_kept_options",
    "parts_of_change",
    "plan_campaign",
    "plan_offers",
    "predict",
    "preview",
    "prove_model",
    "publish_run",
    "reachable_customers",
    "read_and_check",
    "read_recommended_log",
    "recommend_items",
    "refuse_future_snapshot",
    "remade_customers",
    "remade_orders",
    "render_model_card",
    "render_report",
    "rules_sql",
    "running_between",
    "save_result",
    "segment",
    "segments_with_k",
    "source_name",
    "table_uplift",
    "typical_values",
]
