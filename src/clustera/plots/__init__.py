"""Statistical figures: matplotlib and seaborn Axes drawn from records.

Every function takes records (and the sample of customers where it draws them), takes `ax=`, returns Axes - or a Figure
where it needs several - and leaves matplotlib's settings alone. Text takes the colors that are set, so a dark style
works as well.
"""

from clustera.plots.before import correlations, distributions
from clustera.plots.changes import forecast, migration, sizes_over_time
from clustera.plots.evidence import k_selection, stability
from clustera.plots.habits import cohorts, rfm, rfm_groups
from clustera.plots.look import save
from clustera.plots.money import affinities, months, revenue
from clustera.plots.people import pairs, scatter
from clustera.plots.segments import descriptors, profile, sizes, snake
from clustera.plots.spread import boxes, components, silhouette, three_d, violins

__all__ = [
    "affinities",
    "boxes",
    "cohorts",
    "components",
    "correlations",
    "descriptors",
    "distributions",
    "forecast",
    "k_selection",
    "migration",
    "months",
    "pairs",
    "profile",
    "revenue",
    "rfm",
    "rfm_groups",
    "save",
    "scatter",
    "silhouette",
    "sizes",
    "sizes_over_time",
    "snake",
    "stability",
    "three_d",
    "violins",
]


def __dir__() -> list[str]:
    return __all__
