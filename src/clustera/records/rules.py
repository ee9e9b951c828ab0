"""Rules that say in a few conditions who is in which segment, and how often they are right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleCondition:
    """A range of one feature, in original units."""

    feature: str
    low: float | None = None  # the value is this or more
    high: float | None = None  # the value is less than this


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that hold together; of all rules of a set exactly one holds for a customer."""

    segment: int
    conditions: tuple[RuleCondition, ...]
    customers: int = 0  # held-out customers for whom it holds
    right: int = 0  # of them in the segment


@dataclass(frozen=True, slots=True)
class SegmentRules:
    """All rules of one segment, tried on held-out customers."""

    segment: int
    rules: tuple[Rule, ...]  # what holds for most customers first; empty where no few conditions find the segment
    customers: int  # held-out customers of the segment

    @property
    def precision(self) -> float | None:
        """Share of the customers found by these rules who are in the segment; None where the rules find nobody.

        >>> SegmentRules(1, (Rule(1, (RuleCondition("spend", low=100.0),), customers=50, right=45),), customers=60).precision
        0.9
        """
        found = sum(rule.customers for rule in self.rules)
        return sum(rule.right for rule in self.rules) / found if found else None

    @property
    def coverage(self) -> float | None:
        """Share of the segment's customers whom these rules find; None where nobody of the segment was held out.

        >>> SegmentRules(1, (Rule(1, (RuleCondition("spend", low=100.0),), customers=50, right=45),), customers=60).coverage
        0.75
        """
        return sum(rule.right for rule in self.rules) / self.customers if self.customers else None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of all segments. They were learned on some customers and tried on others, who were held out."""

    segments: tuple[SegmentRules, ...]
    learned: int  # customers the rules were learned on
    held_out: int  # customers they were tried on

    @property
    def fidelity(self) -> float:
        """Share of the held-out customers to whom the rules give the segment they have.

        >>> rules = (Rule(1, (RuleCondition("spend", low=100.0),), customers=50, right=45),)
        >>> RuleSet((SegmentRules(1, rules, customers=60),), learned=100, held_out=60).fidelity
        0.75
        """
        right = sum(rule.right for segment in self.segments for rule in segment.rules)
        return right / self.held_out if self.held_out else 0.0

    @property
    def cost(self) -> float:
        """Share of the held-out customers to whom the rules give another segment: what the few conditions cost.

        >>> rules = (Rule(1, (RuleCondition("spend", low=100.0),), customers=50, right=45),)
        >>> RuleSet((SegmentRules(1, rules, customers=60),), learned=100, held_out=60).cost
        0.25
        """
        return 1.0 - self.fidelity
