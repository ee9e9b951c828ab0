"""How good each rule would have been: lists made on an earlier day, judged by what customers bought afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clustera.recommender.metrics import ListQuality, judge_lists, summarize_quality
from clustera.recommender.models import FEW_ITEMS, ItemModels
from clustera.recommender.purchases import History, Numbers, Purchases, later_purchases
from clustera.recommender.ranking import Candidates, highest_scores, select_best
from clustera.recommender.repeats import Logistic, fit_logistic, logit_column
from clustera.recommender.similar import purchase_histories
from clustera.records import ModelChoice, NewModel, RecommendationScore, RepeatModel

TOP = 10
TOLD = 30  # new items of each customer whose probabilities are compared with what came true
EVALUATED = 5_000  # customers at most
SURE = 1.96  # standard errors by which a model must be better than the simple rule
SIMPLE = {"repeat": "frequency", "new": "popular", "list": "simple"}


@dataclass(frozen=True, slots=True)
class _Lists:
    """Candidates of one rule for the customers of a chunk."""

    part: str
    model: str
    found: Candidates


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good the rules were, and how what they told compares with what came true."""

    scores: tuple[RecommendationScore, ...]
    correction: Logistic | None  # of the probabilities of new items: see `corrected_probability`


def evaluate_models(purchases: Purchases, models: ItemModels) -> Evaluation:
    """Every rule on the days from `models.before` on; each difference is from the simple rule of its part.

    Repeats and new items are judged apart, then the whole list. A customer counts who bought something before, and
    something relevant afterwards.

    Args:
        purchases: Of the whole log.
        models: Learned from what was before.
    """
    known = models.totals.buyers > 0
    qualities: dict[tuple[str, str], ListQuality] = {}
    told: list[tuple[Numbers, Numbers]] = []
    for history in purchase_histories(purchases, before=models.before, most=EVALUATED):
        if not len(history.row):
            continue
        last = models.before + models.days - 1
        later = later_purchases(purchases, history.start, history.stop, first=models.before, last=last).toarray() > 0
        there = np.bincount(history.row, minlength=history.size) > 0
        bought = later & known & there[:, None]
        owned = np.zeros_like(bought)
        owned[history.row, history.item] = True
        relevant = {"repeat": (bought & owned).sum(1), "new": (bought & ~owned).sum(1), "list": bought.sum(1)}
        if models.fit is not None:
            told.append(_told_and_true(models, history, known, bought))
        for lists in _all_lists(models, history, known, owned):
            best, rank = select_best(lists.found, models.totals.buyers, count=TOP)
            quality = judge_lists(
                best.row,
                rank,
                best.item,
                bought[best.row, best.item],
                relevant[lists.part],
                count=TOP,
                items=len(known),
            )
            key = lists.part, lists.model
            qualities[key] = qualities[key].joined(quality) if key in qualities else quality
    candidates = int(known.sum())
    scores = tuple(
        summarize_quality(part, model, quality, qualities[part, SIMPLE[part]], candidates)
        for (part, model), quality in qualities.items()
    )
    return Evaluation(scores, _correction(told))


def _told_and_true(models: ItemModels, history: History, known: Numbers, bought: Numbers) -> tuple[Numbers, Numbers]:
    """The probabilities of the new items that might be recommended, and whether they were bought."""
    news = models.news(history, allowed=known, count=TOLD, model="similar")
    enough = np.bincount(history.row, minlength=history.size) >= FEW_ITEMS
    news = news.where(enough[news.row])
    return news.score, bought[news.row, news.item]


def _correction(told: list[tuple[Numbers, Numbers]]) -> Logistic | None:
    if not told:
        return None
    chance, true = (np.concatenate(parts) for parts in zip(*told, strict=True))
    found = fit_logistic(logit_column(chance), true)
    return found if found is not None and found.slopes[0] > 0 else None


def _all_lists(models: ItemModels, history: History, known: Numbers, owned: Numbers) -> Iterator[_Lists]:
    popularity = models.totals.popularity
    repeats = models.repeats(history)
    frequency = replace(repeats, score=history.count)
    rated = models.repeats(history, model="rate")
    yield _Lists("repeat", "frequency", frequency)
    yield _Lists("repeat", "popularity", replace(repeats, score=popularity[history.item]))
    yield _Lists("repeat", "rate", rated)
    learned = models.repeats(history, model="history")
    if models.own_history is not None:
        yield _Lists("repeat", "history", learned)
    open_ = known & ~owned
    shape = open_.shape
    popular = _highest(np.broadcast_to(popularity, shape), open_)
    yield _Lists("new", "popular", popular)
    by_items, blended = models.similar.item_scores(history), models.similar.blended_scores(history)
    yield _Lists("new", "items", _highest(by_items, open_))
    if models.similar.uses_ease:
        yield _Lists("new", "customers", _highest(models.similar.customer_scores(history), open_))
    yield _Lists("new", "similar", _highest(blended, open_))
    everything = np.broadcast_to(known, shape)
    yield _Lists("list", "simple", replace(frequency, score=1.0 + frequency.score).joined(popular))
    yield _Lists("list", "popularity", _highest(np.broadcast_to(popularity, shape), everything))
    if models.own_history is not None and models.fit is not None:
        fitting = models.news(history, allowed=known, count=TOP, model="similar")
        yield _Lists("list", "history and fit", learned.joined(fitting))


def _highest(scores: Numbers, allowed: Numbers) -> Candidates:
    row, item = highest_scores(scores, allowed, TOP)
    return Candidates(row, item, scores[row, item].astype(np.float64), np.zeros(len(row), bool))


@dataclass(frozen=True, slots=True)
class ModelChoices:
    """Which rules are used, and why: what is learned must beat the simple rule beyond chance."""

    repeat: RepeatModel
    repeat_reason: ModelChoice
    new: NewModel
    new_reason: ModelChoice
    mixed: bool  # repeats and new items together by probability; else repeats first
    mixed_reason: ModelChoice


def choose_models(scores: tuple[RecommendationScore, ...], models: ItemModels) -> ModelChoices:
    """The rules for repeats, for new items, and for the list of both.

    Args:
        scores: As `evaluate_models` gives them; empty where the log is too short.
        models: Those that are going to be used.
    """
    if not scores:
        return ModelChoices("rate", "short log", "rate", "short log", mixed=False, mixed_reason="short log")
    repeat: tuple[RepeatModel, ModelChoice] = "rate", "few purchases"
    new: tuple[NewModel, ModelChoice] = "rate", "few purchases"
    if models.own_history is not None and models.own_frequency is not None:
        repeat = ("history", "better") if _is_better(scores, "repeat", "history") else ("frequency", "not better")
    if models.fit is not None and models.popular is not None:
        new = ("similar", "better") if _is_better(scores, "new", "similar") else ("popular", "not better")
    learned = repeat[1] == new[1] == "better"
    mixed = learned and _is_better(scores, "list", "history and fit")
    reason: ModelChoice = "better" if mixed else "not better" if learned else "few purchases"
    return ModelChoices(*repeat, *new, mixed=mixed, mixed_reason=reason)


def _is_better(scores: tuple[RecommendationScore, ...], part: str, model: str) -> bool:
    found = next((score for score in scores if (score.part, score.model) == (part, model)), None)
    if found is None or found.difference is None or found.difference_error is None:
        return False
    return found.difference > SURE * found.difference_error
