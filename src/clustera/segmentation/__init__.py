"""The public face: `clustera.segment()`, `clustera.load()` and what they return."""

from clustera.segmentation.campaigns import (
    PlannedCampaign,
    list_campaigns,
    load_campaign,
    measure_campaign,
)
from clustera.segmentation.face import load, segment, segment_as_kept
from clustera.segmentation.finding import find_run
from clustera.segmentation.launched import LaunchedCampaign, MeasuredCampaign
from clustera.segmentation.offer_plans import OffersPlan
from clustera.segmentation.pictures import Plots
from clustera.segmentation.recommendations import Recommendations, recommend
from clustera.segmentation.segmentation import Segmentation
from clustera.segmentation.uplift import MeasuredUplift, measure_uplift

__all__ = [
    "LaunchedCampaign",
    "MeasuredCampaign",
    "MeasuredUplift",
    "OffersPlan",
    "PlannedCampaign",
    "Plots",
    "Recommendations",
    "Segmentation",
    "find_run",
    "list_campaigns",
    "load",
    "load_campaign",
    "measure_campaign",
    "measure_uplift",
    "recommend",
    "segment",
    "segment_as_kept",
]
