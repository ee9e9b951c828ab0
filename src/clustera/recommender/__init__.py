"""Recommendations: what each customer is likely to buy next, from what customers bought on which day."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clustera.recommender.baskets import count_baskets, list_affinities
    from clustera.recommender.evaluation import Evaluation, choose_models, evaluate_models
    from clustera.recommender.lists import LISTED, recommend_lists
    from clustera.recommender.models import chosen_days, learn_models, starting_customers
    from clustera.recommender.purchases import Purchases, read_purchases
    from clustera.recommender.rules import ItemTable, make_rules
    from clustera.recommender.upgrades import find_upgrades

# Loaded when used: scikit-learn and SciPy take a second that a run without recommendations must not.
_HOMES = {
    "Evaluation": "evaluation",
    "ItemTable": "rules",
    "LISTED": "lists",
    "Purchases": "purchases",
    "choose_models": "evaluation",
    "chosen_days": "models",
    "count_baskets": "baskets",
    "evaluate_models": "evaluation",
    "find_upgrades": "upgrades",
    "learn_models": "models",
    "list_affinities": "baskets",
    "make_rules": "rules",
    "read_purchases": "purchases",
    "recommend_lists": "lists",
    "starting_customers": "models",
}
__all__ = [
    "LISTED",
    "Evaluation",
    "ItemTable",
    "Purchases",
    "choose_models",
    "chosen_days",
    "count_baskets",
    "evaluate_models",
    "find_upgrades",
    "learn_models",
    "list_affinities",
    "make_rules",
    "read_purchases",
    "recommend_lists",
    "starting_customers",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever lives under that name
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
