"""Recommendations: what each customer is likely to buy next, from what customers bought on which day."""

from clustera.recommender.baskets import count_baskets, list_affinities
from clustera.recommender.evaluation import Evaluation, choose_models, evaluate_models
from clustera.recommender.lists import LISTED, recommend_lists
from clustera.recommender.models import chosen_days, learn_models, starting_customers
from clustera.recommender.purchases import Purchases, read_purchases
from clustera.recommender.rules import ItemTable, make_rules
from clustera.recommender.upgrades import find_upgrades

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
