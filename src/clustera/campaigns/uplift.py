"""Who responds to a campaign: two learners of uplift beside the simple rule, each judged on customers it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clustera.borrowed import one_thread
from clustera.records import RankedUplift, UpliftResults, UpliftThird

Numbers = npt.NDArray[Any]
FOLDS = 5
DRAWS = 400  # of the bootstrap
SHARES = np.linspace(0.05, 1.0, 20)  # of the customers who are contacted, at which a ranking is judged
FEWEST_LEARNED = 300  # customers in each group, below which nothing can be learned
THIRDS = 3


@dataclass(frozen=True, slots=True)
class UpliftData:
    """The customers of a randomized campaign: arrays by customer."""

    columns: Numbers  # float64 (customers, columns): known before the campaign; NaN where missing
    segment: Numbers
    contact: Numbers  # bool
    outcome: Numbers  # bought (1 or 0), or revenue
    share: float  # of the contacted, as they were drawn


@one_thread
def measure_uplift(data: UpliftData, *, seed: int = 0) -> UpliftResults:
    """How well each rule ranks customers by what a contact changes; only for groups drawn at random.

    The simple rule is the difference within the customer's segment. The T-learner is the difference of two models, one of each
    group (Künzel et al. 2019, PNAS 116(10)); the DR-learner is a model of doubly robust differences (Kennedy 2023, Electronic
    Journal of Statistics 17(2)). Each customer is scored by models that were fitted on the other four fifths.

    Args:
        data: The customers.
        seed: Of the folds and the bootstrap.
    """
    random = np.random.default_rng(seed)
    n = len(data.outcome)
    fold = random.permutation(n) % FOLDS
    scores = {name: np.zeros(n) for name in ("segment", "T", "DR")}
    for part in range(FOLDS):
        train, test = fold != part, fold == part
        scores["segment"][test] = _segment_differences(data, train)[test]
        scores["T"][test] = _t_scores(data, train, test)
        scores["DR"][test] = _dr_scores(data, train, test, random)
    orders = {name: np.lexsort((random.permutation(n), -score)) for name, score in scores.items()}
    draws = _bootstrapped(data, orders, random)
    ranked = tuple(
        RankedUplift(
            rule=name,
            qini=_qini(data, orders[name], np.ones(n)),
            low=float(np.quantile(draws[name], 0.025)),
            high=float(np.quantile(draws[name], 0.975)),
            beyond_low=float(np.quantile(draws[name] - draws["segment"], 0.025)) if name != "segment" else None,
            beyond_high=float(np.quantile(draws[name] - draws["segment"], 0.975)) if name != "segment" else None,
        )
        for name in scores
    )
    best = _chosen_rule(ranked)
    return UpliftResults(
        customers=n,
        contact=int(data.contact.sum()),
        rules=ranked,
        best=best,
        thirds=_measured_thirds(data, orders[best]) if best else (),
    )


def _chosen_rule(ranked: tuple[RankedUplift, ...]) -> str:
    """The rule to rank by: the simple one unless a learner is better beyond chance; "" where none ranks better than chance."""
    better = [rule for rule in ranked if rule.beyond_low is not None and rule.beyond_low > 0 and rule.low > 0]
    if better:
        return max(better, key=lambda rule: rule.qini).rule
    simple = next(rule for rule in ranked if rule.rule == "segment")
    return "segment" if simple.low > 0 else ""


def _model(seed: int) -> Any:  # noqa: ANN401 - a regressor of scikit-learn
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        max_iter=60,
        learning_rate=0.08,
        max_leaf_nodes=8,
        min_samples_leaf=100,
        l2_regularization=10.0,
        random_state=seed,
    )


def _segment_differences(data: UpliftData, train: Numbers) -> Numbers:
    """By customer: the difference of the groups in the segment, drawn towards that of all customers where it has few."""
    whole = _difference(data.outcome[train], data.contact[train])
    found = np.full(len(data.outcome), whole)
    for segment in np.unique(data.segment):
        own = train & (data.segment == segment)
        members, control = int((own & data.contact).sum()), int((own & ~data.contact).sum())
        if min(members, control) >= 2:
            weight = own.sum() / (own.sum() + FEWEST_LEARNED)
            difference = _difference(data.outcome[own], data.contact[own])
            found[data.segment == segment] = weight * difference + (1 - weight) * whole
    return found


def _difference(outcome: Numbers, contact: Numbers) -> float:
    return float(outcome[contact].mean() - outcome[~contact].mean())


def _both_models(data: UpliftData, train: Numbers, test: Numbers) -> tuple[Numbers, Numbers]:
    """What the customers of `test` are expected to do with and without the contact."""
    with_, without = (
        _model(0).fit(data.columns[group], data.outcome[group]).predict(data.columns[test])
        for group in (train & data.contact, train & ~data.contact)
    )
    return with_, without


def _t_scores(data: UpliftData, train: Numbers, test: Numbers) -> Numbers:
    with_, without = _both_models(data, train, test)
    difference: Numbers = with_ - without
    return difference


def _dr_scores(data: UpliftData, train: Numbers, test: Numbers, random: np.random.Generator) -> Numbers:
    """A model of doubly robust differences; these are made for each half of the training part by models of the other half."""
    half = random.random(len(train)) < 0.5
    differences = np.zeros(len(train))
    for one in (half, ~half):
        own = train & one
        with_, without = _both_models(data, train & ~one, own)
        contact, outcome = data.contact[own], data.outcome[own]
        weight = np.where(contact, 1 / data.share, -1 / (1 - data.share))
        differences[own] = with_ - without + weight * (outcome - np.where(contact, with_, without))
    found: Numbers = _model(1).fit(data.columns[train], differences[train]).predict(data.columns[test])
    return found


def _qini(data: UpliftData, order: Numbers, weight: Numbers) -> float:
    """What ranking adds per customer, averaged over how many are contacted: the area between the gain and that at random.

    Args:
        data: The customers.
        order: Places of the customers, the first to contact first.
        weight: How many times each customer counts.

    Source: Radcliffe (2007), Direct Marketing Analytics Journal.
    """
    w, contact, outcome = weight[order], data.contact[order], data.outcome[order]
    size = np.cumsum(w)
    at = np.minimum(np.searchsorted(size, SHARES * size[-1]), len(size) - 1)
    counts, sums = ([np.cumsum(w * group * part)[at] for group in (contact, ~contact)] for part in (1.0, outcome))
    means = [total / np.maximum(count, 1e-9) for total, count in zip(sums, counts, strict=True)]
    gain = SHARES * (means[0] - means[1])
    return float((gain - SHARES * gain[-1]).mean())


def _bootstrapped(data: UpliftData, orders: dict[str, Numbers], random: np.random.Generator) -> dict[str, Numbers]:
    """The figures of each rule for customers drawn again, the same ones for every rule."""
    n = len(data.outcome)
    found: dict[str, list[float]] = {name: [] for name in orders}
    for _ in range(DRAWS):
        weight = np.bincount(random.integers(0, n, n), minlength=n).astype(np.float64)
        for name, order in orders.items():
            found[name].append(_qini(data, order, weight))
    return {name: np.array(values) for name, values in found.items()}


def _measured_thirds(data: UpliftData, order: Numbers) -> tuple[UpliftThird, ...]:
    """What the contact changed in the third that is ranked first, the second, and the last: measured, with 95% intervals."""
    thirds = []
    for place, own in enumerate(np.array_split(order, THIRDS), 1):
        contact, outcome = data.contact[own], data.outcome[own]
        parts = outcome[contact], outcome[~contact]
        difference = float(parts[0].mean() - parts[1].mean())
        error = float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts)))
        thirds.append(UpliftThird(place, len(own), difference, difference - 1.96 * error, difference + 1.96 * error))
    return tuple(thirds)
