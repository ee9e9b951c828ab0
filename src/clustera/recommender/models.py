"""The rules that say how likely a customer buys an item in the coming days: learned from the days before, on one scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from clustera.recommender.purchases import (
    History,
    ItemTotals,
    Numbers,
    Purchases,
    later_purchases,
    matrix_values,
    read_history,
    total_items,
)
from clustera.recommender.ranking import Candidates, highest_scores
from clustera.recommender.repeats import (
    Logistic,
    corrected_probability,
    fit_logistic,
    frequency_columns,
    history_columns,
    rate_probability,
    silence_columns,
)
from clustera.recommender.similar import SimilarModel, fit_similar, similarity_chunk_rows
from clustera.records import NewModel, RepeatModel
from clustera.samples import SAMPLED

QUARTER = 92  # days that a probability is about, where the log is long enough
SHORTEST = 14
MOST_ROWS = 400_000  # that a logistic regression is fitted on
FEW_ITEMS = 3  # with fewer items of their own, customers are recommended what is popular
RARE = 1e-4  # share of customers that is added before a logarithm is taken


@dataclass(frozen=True, slots=True)
class ItemModels:
    """Everything learned from purchases before a day; which of the rules is used is decided by `repeat` and `new`."""

    before: int
    days: int
    totals: ItemTotals
    similar: SimilarModel
    own_history: Logistic | None
    own_frequency: Logistic | None
    fit: Logistic | None  # of new items, by how well they fit
    popular: Logistic | None  # of new items, by how many buy them
    correction: Logistic | None = None  # of the logit of a new item's probability, by what came true before
    repeat: RepeatModel = "rate"
    new: NewModel = "rate"
    mixed: bool = False  # repeats and new items are ranked together, by probability; else repeats go first

    def repeats(self, history: History, *, model: RepeatModel | None = None) -> Candidates:
        """What the customers have bought, with the probability that they buy it again in the coming days."""
        model = model or self.repeat
        if model == "history" and self.own_history is not None:
            chance = self.own_history.probability(history_columns(history, self.totals))
        elif model == "frequency" and self.own_frequency is not None:
            chance = self.own_frequency.probability(frequency_columns(history, self.totals))
        else:
            chance = rate_probability(history.count, history.item, self.totals, self.days)
        return Candidates(history.row, history.item, chance, np.ones(len(chance), bool))

    def news(
        self,
        history: History,
        *,
        allowed: Numbers,
        count: int,
        lift: Numbers | None = None,
        model: NewModel | None = None,
    ) -> Candidates:
        """Items that the customers have never bought, with the probability that they buy one in the coming days.

        Args:
            history: What they have bought.
            allowed: bool by item: may be recommended.
            count: At least so many of the best ones of each customer, where there are so many.
            lift: By customer and item: how many times as often such customers buy it as all do, who buy as much; 1 when left out.
            model: The rule; the one chosen when left out.
        """
        model = model or self.new
        items = len(allowed)
        activity = np.bincount(history.row, minlength=history.size)
        open_ = np.broadcast_to(allowed, (history.size, items)).copy()
        open_[history.row, history.item] = False
        popularity = self.totals.popularity
        often = np.log(popularity + RARE)
        scores = np.broadcast_to(often, open_.shape) if lift is None else often + np.log(lift)
        starting = np.ones(history.size, bool)
        if model == "similar" and self.fit is not None:
            starting = activity < FEW_ITEMS
            scores = np.where(starting[:, None], scores, self.similar.blended_scores(history))
        row, item = highest_scores(scores, open_, count)
        known = np.column_stack([np.log1p(activity), silence_columns(history)])[row]
        # Without training: bought in the coming days as often as in as many days before.
        chance = popularity[item] * min(self.days / self.totals.days, 1.0)
        if self.popular is not None and model != "rate":
            chance = self.popular.probability(np.column_stack([often[item], known]))
        if lift is not None:
            chance = np.minimum(chance * lift[row, item], 1.0)
        if model == "similar" and self.fit is not None:
            fitting = self.fit.probability(np.column_stack([scores[row, item].astype(np.float64), known]))
            chance = np.where(starting[row], chance, corrected_probability(fitting, self.correction))
        return Candidates(row, item, chance, np.zeros(len(row), bool))


def chosen_days(first_day: int, last_day: int, days: int | None = None) -> tuple[int, bool]:
    """Days that a probability is about, and whether the log is long enough to learn and to test on such days.

    Two and a half times as many are needed: half to know the customers, then to learn, and to test. Where the log is shorter, it says
    nothing about more days than it has.
    """
    span = last_day - first_day + 1
    if days is not None:
        return days, 2 * span >= 5 * days
    fitting = min(QUARTER, 2 * span // 5)
    return (fitting, True) if fitting >= SHORTEST else (min(QUARTER, span), False)


def learn_models(
    purchases: Purchases, *, before: int, days: int, trained: bool, earlier: SimilarModel | None = None
) -> ItemModels:
    """Learn from purchases before a day: the last `days` of them say what histories that ended before were worth.

    Args:
        purchases: Of the log.
        before: The day.
        days: That a probability is about.
        trained: False where the log is too short to learn from.
        earlier: What fits what before those last days, where it is known already.
    """
    totals = total_items(purchases, before=before, horizon=days)
    blank = ItemModels(before, days, totals, fit_similar(purchases, before=before), None, None, None, None)
    if not trained:
        return blank
    day = before - days
    similar = earlier if earlier is not None and earlier.before == day else fit_similar(purchases, before=day)
    then = replace(blank, before=day, totals=total_items(purchases, before=day, horizon=days), similar=similar)
    own_history, own_frequency = _learn_repeats(purchases, then)
    fit, popular = _learn_news(purchases, then)
    return replace(blank, own_history=own_history, own_frequency=own_frequency, fit=fit, popular=popular)


def _learn_repeats(purchases: Purchases, then: ItemModels) -> tuple[Logistic | None, Logistic | None]:
    """The two rules of repeats, from what was bought in the days from `then.before` on."""
    columns, simple, bought, rows = [], [], [], 0
    for history, later in _training(purchases, then):
        columns.append(history_columns(history, then.totals))
        simple.append(frequency_columns(history, then.totals))
        bought.append(matrix_values(later, history.row, history.item) > 0)
        rows += len(history.row)
        if rows >= MOST_ROWS:
            break
    if not rows:
        return None, None
    labels = np.concatenate(bought)
    return fit_logistic(np.concatenate(columns), labels), fit_logistic(np.concatenate(simple), labels)


def _learn_news(purchases: Purchases, then: ItemModels) -> tuple[Logistic | None, Logistic | None]:
    """The two rules of new items: how a score, with how much a customer buys, becomes a probability."""
    known = then.totals.buyers > 0
    columns, simple, bought, rows = [], [], [], 0
    popularity = np.log(then.totals.popularity + RARE)
    for history, later in _training(purchases, then):
        scores = then.similar.blended_scores(history)
        activity = np.log1p(np.bincount(history.row, minlength=history.size))
        open_ = np.broadcast_to(known, scores.shape).copy()
        open_[history.row, history.item] = False
        open_[activity == 0] = False
        row, item = np.nonzero(open_)
        room = MOST_ROWS - rows
        row, item = row[:room], item[:room]
        silence = silence_columns(history)[row]
        columns.append(np.column_stack([scores[row, item].astype(np.float64), activity[row], silence]))
        simple.append(np.column_stack([popularity[item], activity[row], silence]))
        bought.append(matrix_values(later, row, item) > 0)
        rows += len(row)
        if rows >= MOST_ROWS:
            break
    if not rows:
        return None, None
    labels = np.concatenate(bought)
    return fit_logistic(np.concatenate(columns), labels), fit_logistic(np.concatenate(simple), labels)


def _training(purchases: Purchases, then: ItemModels) -> Iterator[tuple[History, sp.csr_matrix]]:
    """Histories that end before a day, and what these customers bought in the days from it on."""
    stop = min(SAMPLED, purchases.count)
    step = min(similarity_chunk_rows(len(purchases.items)), 500)
    for start in range(0, stop, step):
        history = read_history(purchases, start, min(start + step, stop), before=then.before)
        if len(history.row):
            later = later_purchases(purchases, start, history.stop, first=then.before, last=then.before + then.days - 1)
            yield history, later


def starting_customers(purchases: Purchases) -> int:
    """Customers with fewer than three items of their own."""
    found = purchases.events.query(
        "select count(*) as n from (select customer from {rows} group by customer "
        f"having count(distinct item) >= {FEW_ITEMS})"
    )
    return purchases.count - int(found["n"][0].as_py())
