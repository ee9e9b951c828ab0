"""Who responds to a campaign: two learners of uplift beside the simple rule, each judged on customers it has not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from clustera.borrowed import one_thread
from clustera.campaigns.estimates import customer_strata
from clustera.power import Z95
from clustera.records import RankedUplift, UpliftGroup, UpliftResults

Numbers = npt.NDArray[Any]
RULES = ("segment", "DR", "T")
FOLDS = 10
LEARNED = 2  # folds that are learned from before the first is judged
DRAWS = 400  # of the bootstrap
FEWEST_LEARNED = 300  # customers in each group, below which nothing can be learned
FEWEST_ANSWERS = 100  # buyers, and customers who did not buy, below which nothing can be learned
FEWEST_FITTED = 10  # customers of a model; of fewer their mean is taken
SHRUNK = 300  # customers with the mean difference that each segment is taken to have beside its own
THIRDS = 3
BOTH = 2.241  # standard errors of a 97.5 % interval: two rules are held against chance, and both intervals hold in 95 %


@dataclass(frozen=True, slots=True)
class UpliftData:
    """The customers of a randomized campaign: arrays by customer."""

    columns: Numbers  # float64 (customers, columns): known before the campaign; NaN where missing
    segment: Numbers  # int64
    contact: Numbers  # bool
    outcome: Numbers  # float64: bought (1 or 0), or revenue
    categories: tuple[int, ...] = ()  # places of the columns whose numbers are names; each has at most 250 of them


@dataclass(frozen=True, slots=True)
class LearnedUplift:
    """What each rule says of the customers, learned on others."""

    data: UpliftData
    seed: int
    fold: Numbers  # of each customer
    differences: Numbers  # doubly robust, by models of other folds: their mean in any group is what the contact changed
    ranks: dict[str, Numbers]  # by rule: place within the fold, from 0 (the first to contact) to 1


@one_thread
def learn_uplift(data: UpliftData, *, seed: int = 0) -> LearnedUplift:
    """Every part of the customers ranked by what the parts before it say; only for groups drawn at random.

    The simple rule is the difference within the customer's segment. The T-learner is the difference of two models, one of each
    group (Künzel et al. 2019, PNAS 116(10)); the DR-learner is a model of doubly robust differences (Kennedy 2023, Electronic
    Journal of Statistics 17(2)). Customers are divided at random into ten parts. Each part is ranked by rules that were learned on the parts
    before it alone, so that what chance did to one part cannot pass for knowledge of another (Wager 2024, arXiv:2405.05534).

    Args:
        data: The customers.
        seed: Of the parts and the bootstrap.
    """
    n = len(data.outcome)
    fold = _folds(data.contact, np.random.default_rng(seed))
    share = _contact_shares(data)
    differences, t_scores = np.zeros(n), np.zeros(n)
    ranks = {rule: np.full(n, 0.5) for rule in RULES}
    # The first fold has none before it: its differences are made by models of the second.
    for part, train in [(0, fold == 1), *((part, fold < part) for part in range(1, FOLDS))]:
        own = fold == part
        with_, without = (
            _fitted(data, data.columns[own], data.outcome, group) for group in (train & data.contact, train & ~data.contact)
        )  # fmt: skip
        t_scores[own] = with_ - without
        contact, outcome = data.contact[own], data.outcome[own]
        beyond = np.where(contact, (outcome - with_) / share[own], -(outcome - without) / (1 - share[own]))
        differences[own] = t_scores[own] + beyond
    for part in range(LEARNED, FOLDS):
        own, train = fold == part, fold < part
        ranks["T"][own] = _places(t_scores[own])
        ranks["DR"][own] = _places(_fitted(data, data.columns[own], differences, train))
        ranks["segment"][own] = _places(_segment_scores(differences[train], data.segment[train], data.segment[own]))
    return LearnedUplift(data, seed, fold, differences, ranks)


def judge_uplift(learned: LearnedUplift) -> UpliftResults:
    """How well each rule ranks customers by what a contact changes.

    What is decided was stated beforehand: the simple rule and the DR-learner are each held against a choice at random. Where both
    are better, the learner must also be better than the simple rule. The T-learner is shown and decides nothing.

    Args:
        learned: From the customers of the campaign.
    """
    data = learned.data
    tested = learned.fold >= LEARNED
    values = learned.differences[tested]
    ranks = {rule: learned.ranks[rule][tested] for rule in RULES}
    places = {rule: np.unique(own, return_inverse=True)[1] for rule, own in ranks.items()}
    draws = _drawn_figures(values, places, np.random.default_rng(learned.seed + 1))
    ones = np.ones(len(values))
    figures = {rule: ranking_figures(values, own, ones) for rule, own in places.items()}
    ranked = tuple(_ranked_rule(rule, figures, draws) for rule in RULES)
    best = _chosen_rule(ranked)
    return UpliftResults(
        customers=len(data.outcome),
        contact=int(data.contact.sum()),
        tested=len(values),
        rules=ranked,
        best=best,
        groups=_measured_groups(best, values, ranks, data.segment[tested]),
    )


@one_thread
def expected_uplift(learned: LearnedUplift, rule: str, columns: Numbers) -> Numbers:
    """What a contact is expected to change, by customer, as a rule says it that has learned from all of them.

    Args:
        learned: From the customers of the campaign.
        rule: "segment" or "DR".
        columns: The same columns of the same customers as they are known today.
    """
    data = learned.data
    if rule == "segment":
        return _segment_scores(learned.differences, data.segment, data.segment)
    return _fitted(data, columns, learned.differences)


def _folds(contact: Numbers, random: np.random.Generator) -> Numbers:
    """The fold of each customer; every fold has its part of both groups."""
    fold = np.zeros(len(contact), dtype=np.int64)
    for group in (contact, ~contact):
        fold[group] = random.permutation(int(group.sum())) % FOLDS
    return fold


def _contact_shares(data: UpliftData) -> Numbers:
    """The share of the customer's segment that was drawn to be contacted: a run marks more in a small segment."""
    places = customer_strata(data.contact, data.segment)
    shares: Numbers = (np.bincount(places, data.contact) / np.bincount(places))[places]
    return shares


def _fitted(data: UpliftData, columns: Numbers, target: Numbers, rows: Numbers | None = None) -> Numbers:
    """What a model of `target` expects of `columns`, fitted on some of the customers."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    used: Numbers = np.ones(len(target), dtype=bool) if rows is None else rows
    # A column without any number can't be divided.
    known: Numbers = np.isfinite(data.columns[used]).sum(axis=0) > 0
    if used.sum() < FEWEST_FITTED or not known.any():
        return np.full(len(columns), float(target[used].mean()) if used.any() else 0.0)
    known_categories = [int(known[:place].sum()) for place in data.categories if known[place]]
    model = HistGradientBoostingRegressor(
        max_iter=30,
        learning_rate=0.1,
        max_leaf_nodes=4,
        min_samples_leaf=50,
        l2_regularization=10.0,
        early_stopping=False,
        categorical_features=known_categories or None,
        random_state=0,
    )
    expected: Numbers = model.fit(data.columns[used][:, known], target[used]).predict(columns[:, known])
    return expected


def _segment_scores(differences: Numbers, learned: Numbers, wanted: Numbers) -> Numbers:
    """The mean difference of the customer's segment, drawn towards that of all customers where it has few."""
    segments = np.unique(np.concatenate([learned, wanted]))
    places = np.searchsorted(segments, learned)
    counts, sums = (np.bincount(places, weights, len(segments)) for weights in (None, differences))
    means: Numbers = (sums + SHRUNK * differences.mean()) / (counts + SHRUNK)
    return means[np.searchsorted(segments, wanted)]


def _places(scores: Numbers) -> Numbers:
    """From 0, the largest, to 1; equal scores share the middle of their places."""
    from scipy.stats import rankdata

    places: Numbers = (rankdata(-scores) - 0.5) / len(scores)
    return places


@dataclass(frozen=True, slots=True)
class RankingFigures:
    """What a ranking adds to a choice at random."""

    qini: float  # per customer, averaged over how many are contacted
    half: float  # per contacted customer, where half of them are


def ranking_figures(differences: Numbers, places: Numbers, weights: Numbers) -> RankingFigures:
    """What a ranking adds to a choice at random.

    Args:
        differences: Doubly robust, by customer.
        places: From 0, the first to contact; equal ones are contacted together.
        weights: How many times each customer counts.

    Source: Radcliffe (2007), Direct Marketing Analytics Journal, for Qini; in this form Yadlowsky et al. (2025), JASA 120.
    """
    total = weights.sum()
    counts = np.bincount(places, weights)
    sums = np.bincount(places, weights * (differences - (weights @ differences) / total))
    end = np.cumsum(counts)
    qini = float(sums @ (0.5 - (end - counts / 2) / total) / total)
    first = np.clip((total / 2 - (end - counts)) / np.maximum(counts, 1e-9), 0.0, 1.0)
    return RankingFigures(qini, float(sums @ first / (total / 2)))


def _drawn_figures(
    differences: Numbers, places: dict[str, Numbers], random: np.random.Generator
) -> dict[str, list[RankingFigures]]:
    """The figures of each rule for customers drawn again, the same ones for every rule."""
    n = len(differences)
    found: dict[str, list[RankingFigures]] = {rule: [] for rule in places}
    for _ in range(DRAWS):
        weights = np.bincount(random.integers(0, n, n), minlength=n).astype(np.float64)
        for rule, own in places.items():
            found[rule].append(ranking_figures(differences, own, weights))
    return found


def _ranked_rule(
    rule: str, all_figures: dict[str, RankingFigures], draws: dict[str, list[RankingFigures]]
) -> RankedUplift:
    figures = all_figures[rule]
    qini = np.array([draw.qini for draw in draws[rule]])
    half = np.array([draw.half for draw in draws[rule]])
    found = RankedUplift(
        rule,
        figures.qini,
        *_bootstrap_interval(figures.qini, qini, BOTH),
        figures.half,
        *_bootstrap_interval(figures.half, half, Z95),
    )
    if rule == "segment":
        return found
    simple = np.array([draw.qini for draw in draws["segment"]])
    low, high = _bootstrap_interval(figures.qini - all_figures["segment"].qini, qini - simple, BOTH)
    return replace(found, beyond_low=low, beyond_high=high)


def _bootstrap_interval(value: float, draws: Numbers, errors: float) -> tuple[float, float]:
    """By the standard error of the bootstrap: its quantiles would need far more draws."""
    error = float(draws.std(ddof=1))
    return value - errors * error, value + errors * error


def _chosen_rule(ranked: tuple[RankedUplift, ...]) -> str:
    """The rule to rank by, as stated beforehand; "" where none is better than a choice at random."""
    simple, learner = (next(rule for rule in ranked if rule.rule == name) for name in ("segment", "DR"))
    if learner.low > 0 and (simple.low <= 0 or (learner.beyond_low or 0.0) > 0):
        return "DR"
    return "segment" if simple.low > 0 else ""


def _measured_groups(
    best: str, differences: Numbers, ranks: dict[str, Numbers], segment: Numbers
) -> tuple[UpliftGroup, ...]:
    """What the contact changed by segment, or in the third that the learner ranks first, second and last; with 95% intervals."""
    if not best:
        return ()
    places = segment if best == "segment" else 1 + np.minimum((ranks[best] * THIRDS).astype(int), THIRDS - 1)
    groups = []
    for place in np.unique(places):
        own = differences[places == place]
        value, error = float(own.mean()), float(own.std(ddof=1) / np.sqrt(len(own))) if len(own) > 1 else 0.0
        groups.append(UpliftGroup(int(place), len(own), value, value - Z95 * error, value + Z95 * error))
    return tuple(sorted(groups, key=lambda group: -group.effect) if best == "segment" else groups)
