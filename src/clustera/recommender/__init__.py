"""Recommendations: what each customer is likely to buy next, from what customers bought on which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clustera.late import late_names

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
    "Evaluation": "clustera.recommender.evaluation",
    "ItemTable": "clustera.recommender.rules",
    "LISTED": "clustera.recommender.lists",
    "Purchases": "clustera.recommender.purchases",
    "choose_models": "clustera.recommender.evaluation",
    "chosen_days": "clustera.recommender.models",
    "count_baskets": "clustera.recommender.baskets",
    "evaluate_models": "clustera.recommender.evaluation",
    "find_upgrades": "clustera.recommender.upgrades",
    "learn_models": "clustera.recommender.models",
    "list_affinities": "clustera.recommender.baskets",
    "make_rules": "clustera.recommender.rules",
    "read_purchases": "clustera.recommender.purchases",
    "recommend_lists": "clustera.recommender.lists",
    "starting_customers": "clustera.recommender.models",
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

__getattr__ = late_names(__name__, _HOMES)
