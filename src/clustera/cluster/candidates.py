"""Which numbers of segments are looked at, and how far the search goes."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.cluster.judgments import OUTWARD, PATH_ADMITTED, VALLEY_DEEP
from clustera.cluster.options import ClusterOptions
from clustera.errors import InputError
from clustera.records import KEvidence

LEAST_CUSTOMERS = 10
K_RANGES = (20, 35, 50, 70, 100)  # largest numbers that are looked at, one after the other


def candidate_numbers(customers: int, distinct: int, options: ClusterOptions) -> range:
    """The ks to look at.

    Args:
        customers: How many take part in drawing the segments.
        distinct: How many of them differ from each other.
        options: What is asked for.

    Raises:
        InputError: more segments asked for than there are different customers, or too few customers for any.
    """
    low, high = options.k or (2, 0)
    if customers < LEAST_CUSTOMERS:
        raise InputError(
            f"Only {customers} {'customer is' if customers == 1 else 'customers are'} left after checking, without outliers; segments need at least {LEAST_CUSTOMERS}.",
            hint="Look at the findings and the quarantine: Left out, and why? With --like: were units changed since that run?",
        )
    if max(low, high) > distinct:
        raise InputError(
            f"k is {max(low, high)}, but only {distinct} different {'customer is' if distinct == 1 else 'customers are'} left "
            f"after checking; ask for k <= {distinct}."
        )
    free = max(2, min(options.k_max or K_RANGES[0], customers // 10, distinct))
    return range(2, max(free, high) + 1)


def further_candidates(evidence: Sequence[KEvidence], customers: int, distinct: int, options: ClusterOptions) -> range:
    """The ks to look at next, because the largest so far are as far apart as fewer are; none where they are not.

    Args:
        evidence: What has been looked at.
        customers: How many take part in drawing the segments.
        distinct: How many of them differ from each other.
        options: What is asked for.
    """
    last = max(e.k for e in evidence)
    beyond = [some for some in K_RANGES if some > last]
    if options.k is not None or options.k_max is not None or not beyond or last < K_RANGES[0]:
        return range(0)
    outward = [
        e
        for e in evidence
        if e.k > last - OUTWARD and min(e.valley, e.valley_whole) <= VALLEY_DEEP and e.path_ratio <= PATH_ADMITTED
    ]
    return range(last + 1, min(beyond[0], customers // 10, distinct) + 1) if outward else range(0)
