"""How many customers are looked at where all are not needed: the one table of sample sizes.

Samples are drawn by a hash of the customer's key, so the same customers are drawn in whatever order they come.
"""

from __future__ import annotations

SAMPLED = 20_000  # on whom preparation is learned, numbers of segments are compared, and correlations are taken
PAIRED = 2_500  # whose distances to each other are needed: gaps between segments, silhouettes, outliers
KNOWN = 30  # of whom something must be known before a share of them is told
