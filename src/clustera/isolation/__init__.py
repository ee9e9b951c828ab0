"""Who is unlike all others: the rule by which customers are left out while segments are drawn."""

from clustera.isolation.rule import FEWEST, isolated, learn_fence, learn_isolation

__all__ = ["FEWEST", "isolated", "learn_fence", "learn_isolation"]
