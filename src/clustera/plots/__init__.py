"""Statistical figures: matplotlib and seaborn Axes drawn from records.

Every function takes records (and the sample of customers where it draws them), takes `ax=`, returns Axes - or a Figure
where it needs several - and leaves matplotlib's settings alone. Text takes the colours that are set, so a dark style
works as well.
"""

from clustera.plots.evidence import k_selection
from clustera.plots.look import save
from clustera.plots.people import scatter
from clustera.plots.segments import profile, sizes

__all__ = ["k_selection", "profile", "save", "scatter", "sizes"]
