"""Small dense groups far from the rest: their customers are near each other, so they are no outliers.

Customers are linked as in HDBSCAN: the link between two is as long as the longest of their distance to each other and
of the distances to the fourth nearest of each. As longer links are allowed, groups grow and join. A group that has
grown of short links and joins the rest by a long one only is dense; customers scattered widely join one by one.

Source: Campello, Moulavi & Sander (2013), Density-based clustering based on hierarchical density estimates.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from clustera.kernels.neighbors import nth_nearest

LEAST = 10  # customers of a group
NEIGHBORS = 4
APART = 1.5  # the link to the rest, for 1 of the middle link within
REACH = 1.5  # how far from a customer of the group another one may be, for 1 of the middle link

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def dense_groups(points: Floats, *, most: int, link: float) -> list[tuple[Places, float]]:
    """Groups of at least 10 points that are nearer to each other than to the rest.

    Args:
        points: (n, n_features), some thousands at most.
        most: Points of a group; more are no small one.
        link: Longest middle link within a group; points with longer ones are scattered, however far they all are.

    Returns:
        For each group the places of its points, in rising order, and its reach: a point nearer than that to one of
        them belongs to it too.

    Cost: O(n^2 n_features).

    >>> row = np.arange(100.0)
    >>> crowd, group = np.column_stack([row % 10, row // 10]), np.column_stack([row[:12] % 4, row[:12] // 4]) + 50
    >>> [(places.tolist(), round(reach, 2)) for places, reach in dense_groups(np.concatenate([crowd, group]), most=20, link=2)]
    [([100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111], 2.12)]
    """
    if len(points) < 2 * LEAST:
        return []
    ends, lengths = _shortest_links(points)
    root, members = np.arange(len(points)), {i: [i] for i in range(len(points))}
    within: dict[int, list[float]] = {i: [] for i in range(len(points))}
    found: list[tuple[Places, float]] = []
    for joint in np.argsort(lengths, kind="stable"):
        length = float(lengths[joint])
        small, large = sorted((int(root[end]) for end in ends[joint]), key=lambda one: len(members[one]))
        for one in (small, large):
            # Customers who join one by one are the fringe of a group, or scattered; only groups meet as groups.
            if len(members[small]) >= LEAST and len(members[one]) <= most:
                middle = float(np.median(within[one]))
                if 0 < middle <= min(link, length / APART):
                    found.append((np.sort(np.array(members[one], np.intp)), REACH * middle))
        root[members[small]] = large
        members[large] += members.pop(small)
        within[large] += [*within.pop(small), length]
    return found


def _shortest_links(points: Floats) -> tuple[Places, Floats]:
    """The tree of links that joins all points and is shortest in sum: its ends (n - 1, 2) and lengths (n - 1,).

    Source: Prim (1957), Shortest connection networks and some generalizations.
    """
    n = len(points)
    columns = np.ascontiguousarray(points.T)
    sparse = nth_nearest(points, points, NEIGHBORS + 1)  # a point finds itself first
    shortest, by = np.full(n, np.inf), np.zeros(n, np.intp)
    waiting = np.ones(n, np.bool_)
    ends, lengths = np.empty((n - 1, 2), np.intp), np.empty(n - 1)
    here = 0
    for link in range(n - 1):
        waiting[here] = False
        apart = np.square(columns - columns[:, here, None]).sum(axis=0)
        length = np.maximum(np.maximum(np.sqrt(apart), sparse), sparse[here])
        better = (length < shortest) & waiting
        shortest[better], by[better] = length[better], here
        here = int(np.where(waiting, shortest, np.inf).argmin())
        ends[link], lengths[link] = (by[here], here), shortest[here]
    return ends, lengths
