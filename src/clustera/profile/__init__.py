"""What each segment is: sizes, centers, names, sentences, levels and rules."""

from __future__ import annotations

from clustera.profile.differences import Told, group_differences
from clustera.profile.patterns import patterns
from clustera.profile.rules import learn_rules
from clustera.profile.segments import describe
from clustera.profile.vocabulary import additive_features, with_fractions

__all__ = [
    "Told",
    "additive_features",
    "describe",
    "group_differences",
    "learn_rules",
    "patterns",
    "with_fractions",
]
