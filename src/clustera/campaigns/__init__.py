"""Campaigns with a control group: how large it must be, who is in it, and what the campaign brought."""

from clustera.campaigns.drawing import CONTACT, CONTROL, draw_groups, take_marked
from clustera.campaigns.looks import bound_at, crossing_probability, look_bounds, mixture_bound
from clustera.campaigns.planning import CampaignAudience, combine_audiences, combine_baselines, plan_audiences
from clustera.campaigns.results import Responses, contacted_elsewhere, measure_groups, missing_outcomes, sample_ratio
from clustera.campaigns.uplift import (
    FEWEST_ANSWERS,
    FEWEST_LEARNED,
    UpliftData,
    expected_uplift,
    judge_uplift,
    learn_uplift,
)

__all__ = [
    "CONTACT",
    "CONTROL",
    "FEWEST_ANSWERS",
    "FEWEST_LEARNED",
    "CampaignAudience",
    "Responses",
    "UpliftData",
    "bound_at",
    "combine_audiences",
    "combine_baselines",
    "contacted_elsewhere",
    "crossing_probability",
    "draw_groups",
    "expected_uplift",
    "judge_uplift",
    "learn_uplift",
    "look_bounds",
    "measure_groups",
    "missing_outcomes",
    "mixture_bound",
    "plan_audiences",
    "sample_ratio",
    "take_marked",
]
