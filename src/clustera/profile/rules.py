"""Who is in which segment, in a few conditions on the original columns: a shallow tree with round borders."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from clustera.records import Rule, RuleCondition

DEEPEST = 4  # borders on the way to a rule; what holds for one feature is one condition
MOST_RULES = 3  # for each segment, on average
ENOUGH = 0.015  # as much of the fidelity is given up for fewer rules
MOVED = 0.005  # share of the customers at a border whom its rounding may move to the other side
FEWEST = 0.01  # share of the customers, below which they get no rule of their own
VALIDATED = 3  # of ten customers, by whom the number of rules is chosen

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Leaf:
    segment: int


@dataclass(frozen=True, slots=True)
class _Split:
    feature: int
    border: float  # below it to the left
    below: _Split | _Leaf
    above: _Split | _Leaf


_Node = _Split | _Leaf


def learn_rules(values: Floats, segments: Numbers, names: Sequence[str]) -> tuple[Rule, ...]:
    """Rules of which exactly one holds for each customer, as few as say nearly as much as more would.

    The number of rules is chosen on three of ten customers by a tree that is fitted to the others. Every border is then
    rounded as far as hardly anybody changes sides, and rules that the rounding made needless are merged.

    Args:
        values: (n, n_features), original units, missing values filled, in an order of chance.
        segments: (n,) who is where.
        names: Of the features.

    Source: Breiman, Friedman, Olshen & Stone (1984), Classification and Regression Trees.
    """
    fitted, validated = slice(0, None), slice(0, len(values) * VALIDATED // 10)
    rest = slice(validated.stop, None)
    there = len(set(segments.tolist()))
    sizes = range(there, MOST_RULES * there + 1)
    tried = [_grow(values[rest], segments[rest], size) for size in sizes]
    right = [float((_predict(tree, values[validated]) == segments[validated]).mean()) for tree in tried]
    complete = [len(_segments_below(tree)) == there for tree in tried]
    best = max((share for share, whole in zip(right, complete, strict=True) if whole), default=max(right))
    enough = next(
        size
        for size, share, whole in zip(sizes, right, complete, strict=True)
        if share >= best - ENOUGH and (whole or not any(complete))
    )
    # Fitted to all customers, a tree of this size may leave out a segment that it had before.
    tree = _grow(values[fitted], segments[fitted], enough)
    for size in range(enough + 1, sizes.stop):
        if len(_segments_below(tree)) == there:
            break
        tree = _grow(values, segments, size)
    return tuple(_rules(tree, names, ()))


def _grow(values: Floats, segments: Numbers, leaves: int) -> _Node:
    from sklearn.tree import DecisionTreeClassifier

    if leaves < 2:
        return _Leaf(int(segments[0]))
    least = max(1, round(len(values) * FEWEST))
    fitted = DecisionTreeClassifier(
        max_leaf_nodes=leaves, max_depth=DEEPEST, min_samples_leaf=least, random_state=0
    ).fit(values, segments)
    return _rounded(fitted.tree_, 0, values, segments)


def _rounded(tree: object, at: int, values: Floats, segments: Numbers) -> _Node:
    """One node of scikit-learn's tree with a round border, its children fitted to whom that border gives them."""
    feature = int(tree.feature[at])  # type: ignore[attr-defined]
    if feature < 0:
        return _majority(segments)
    border = round_border(values[:, feature], float(tree.threshold[at]))  # type: ignore[attr-defined]
    below = values[:, feature] < border
    if below.all() or not below.any():
        return _majority(segments)
    children = [
        _rounded(tree, int(child[at]), values[side], segments[side])
        for child, side in ((tree.children_left, below), (tree.children_right, ~below))  # type: ignore[attr-defined]
    ]
    if children[0] == children[1]:
        return children[0]
    return _Split(feature, border, *children)


def round_border(values: Floats, border: float) -> float:
    """The roundest number that parts values nearly as a border does.

    Args:
        values: (n,) of the customers at the border.
        border: Up to it to one side, above it to the other.

    Returns:
        A number below which to one side, from which on to the other; at most `MOVED` of the customers change sides.

    >>> round_border(np.array([12.0, 60.0, 61.0, 90.0]), 60.5), round_border(np.array([0.0, 1013.0, 1987.5]), 1500.2)
    (61.0, 1500.0)
    """
    parted = values <= border
    size = max(abs(border), float(np.ptp(values)), 1e-300)
    first = -math.ceil(math.log10(size))
    for decimals in range(first, first + 17):
        unit = 10.0**-decimals
        near = sorted((math.floor(border / unit), math.ceil(border / unit)), key=lambda n: abs(n * unit - border))
        for rounded in (float(f"{n * unit:.{max(decimals, 0)}f}") for n in near):
            moved = float(((values < rounded) != parted).mean())
            if moved <= MOVED:
                return rounded
    return float(np.nextafter(border, math.inf))


def _majority(segments: Numbers) -> _Leaf:
    found, counts = np.unique(segments, return_counts=True)
    return _Leaf(int(found[counts.argmax()]))


def _predict(node: _Node, values: Floats) -> Numbers:
    if isinstance(node, _Leaf):
        return np.full(len(values), node.segment)
    below = values[:, node.feature] < node.border
    return np.where(below, _predict(node.below, values), _predict(node.above, values))


def _segments_below(node: _Node) -> set[int]:
    return {node.segment} if isinstance(node, _Leaf) else _segments_below(node.below) | _segments_below(node.above)


def _rules(node: _Node, names: Sequence[str], conditions: tuple[RuleCondition, ...]) -> Iterator[Rule]:
    if isinstance(node, _Leaf):
        yield Rule(node.segment, conditions)
        return
    name = names[node.feature]
    yield from _rules(node.below, names, _narrowed(conditions, RuleCondition(name, high=node.border)))
    yield from _rules(node.above, names, _narrowed(conditions, RuleCondition(name, low=node.border)))


def _narrowed(conditions: tuple[RuleCondition, ...], more: RuleCondition) -> tuple[RuleCondition, ...]:
    """Conditions with one more; of one feature they are one range. A tree's inner borders are always the narrower ones."""
    for place, condition in enumerate(conditions):
        if condition.feature == more.feature:
            low = condition.low if more.low is None else more.low
            high = condition.high if more.high is None else more.high
            return (*conditions[:place], replace(condition, low=low, high=high), *conditions[place + 1 :])
    return (*conditions, more)
