"""Recommendations: which rules made them, how good these were on later purchases, and what goes with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RecommendedItem = Literal["category", "product"]
RepeatModel = Literal["history", "frequency", "rate"]  # logistic on the own history; how often; the shrunken rate
NewModel = Literal["similar", "popular", "rate"]  # fits what is bought; most bought; most bought, untrained
ModelChoice = Literal["better", "not better", "short log", "few purchases"]  # why this rule and no other
# Why an item is recommended: bought at a usual gap; bought once or twice; stands in the same baskets as an item of theirs;
# customers of the segment have bought it; all customers have.
ReasonCode = Literal["every", "bought", "basket", "segment", "popular"]


@dataclass(frozen=True, slots=True)
class RecommendationScore:
    """How good the lists of one rule were, on purchases that it had not seen."""

    part: str  # "repeat": items bought before; "new": items never bought; "list": both
    model: str  # code of the rule
    customers: int  # who bought something relevant
    ndcg: float | None  # at 10, mean over these customers; None where there are none
    ndcg_error: float | None  # standard error
    recall: float | None  # share of what they bought that stood in the list
    coverage: float | None  # share of the items that stood in any list
    difference: float | None  # of the NDCG, from the simple rule of this part, customer by customer
    difference_error: float | None  # standard error of that


@dataclass(frozen=True, slots=True)
class RecommendationSummary:
    """What was recommended, by which rules, and how well these did before."""

    run: str  # "" for a log without a run
    item: RecommendedItem
    as_of: int  # snapshot date, since 1970-01-01
    days: int  # that a probability is about
    customers: int
    items: int
    count: int  # recommended to a customer at most
    rows: int  # recommendations
    repeats: int  # of them, what the customer has bought before
    empty: int  # customers to whom nothing can be recommended
    starting: int  # customers with too few items of their own: what is popular is recommended
    excluded: int  # items left out as asked, out of stock or without a margin
    durable: tuple[str, ...]  # items that nobody buys twice: not recommended to who has them
    unknown: tuple[str, ...]  # names that were to be excluded and that no order has
    by_margin: bool  # ranked by probability times margin
    repeat_model: RepeatModel
    repeat_choice: ModelChoice
    new_model: NewModel
    new_choice: ModelChoice
    mixed: bool  # repeats and new items are ranked together, by probability; else repeats come first
    mixed_choice: ModelChoice
    cut: int | None  # first day of the later purchases that decided; None where the log is too short for that
    scores: tuple[RecommendationScore, ...]
    segments: tuple[tuple[int, str], ...] = ()  # number and name
    unread: tuple[str, ...] = ()  # columns of the table of items that are not used


@dataclass(frozen=True, slots=True)
class BasketAffinity:
    """How often two items are bought on the same day by the same customer."""

    segment: int | None  # None: all customers
    item: str
    other: str
    baskets: int  # with both
    support: float  # share of all baskets that have both
    confidence: float  # share of the baskets with `item` that have `other` too
    lift: float  # that share against the share of all baskets with `other`; 1 = chance


@dataclass(frozen=True, slots=True)
class NextItem:
    """What many customers of a segment are likely to buy next."""

    segment: int
    item: str
    kind: Literal["repeat", "new"]
    customers: int  # in whose lists it stands
    listed: int  # customers of the segment with a list
    expected: float  # sum of their probabilities: so many of them are expected to buy it
    reason_code: ReasonCode  # the most frequent one
    days_between: float | None = None  # median of their usual gaps
    goes_with: str | None = None
    share: float | None = None  # of the baskets with that item, or of the customers who have bought it
    lift: float | None = None


@dataclass(frozen=True, slots=True)
class RecommendedRun:
    """What was recommended to the customers of a run, short of their lists: kept beside the run."""

    summary: RecommendationSummary
    next_items: tuple[NextItem, ...]  # by segment and kind, those that most are expected to buy first
    pairs: tuple[BasketAffinity, ...]  # of all customers and of each segment, those most above chance first
