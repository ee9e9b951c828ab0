"""Who is unlike all others: the rule by which customers are left out while segments are drawn."""

from clustera.isolation.rule import FEWEST, is_isolated, learn_fence, learn_isolation

__all__ = ["FEWEST", "is_isolated", "learn_fence", "learn_isolation"]
