"""How sure one segment is, by the measured rule; the sentences are made in `texts`.

| statement | rule | what it says |
|---|---|---|
| practical | verdict `practical` | a practical split; never called distinct or warned off |
| distinct | Jaccard >= .75 and valley < .5 | all 704 generated segments called so were real (benchmarks/statements.py) |
| stable | Jaccard >= .75, valley >= .5 | comes back, but blends into its neighbor |
| pattern | .6 <= Jaccard < .75 | something is there; its borders are not |
| unreliable | Jaccard < .6 | do not act on it alone |

Source: Hennig (2007), Computational Statistics & Data Analysis 52, for the limits of the bootstrap Jaccard.
"""

from __future__ import annotations

from typing import Literal

from clustera.records import SegmentTrust, TrustNumbers, Verdict

STABLE = 0.75
PATTERN = 0.6
EMPTY_VALLEY = 0.5

Statement = Literal["distinct", "stable", "pattern", "unreliable", "practical"]


def trust_statement(numbers: TrustNumbers, verdict: Verdict) -> Statement:
    """Which of the five statements holds."""
    if verdict == "practical":
        return "practical"
    if numbers.jaccard >= STABLE:
        return "distinct" if numbers.valley < EMPTY_VALLEY else "stable"
    return "pattern" if numbers.jaccard >= PATTERN else "unreliable"


def judge_trust(numbers: TrustNumbers, verdict: Verdict) -> SegmentTrust:
    """What was measured, and the statement that follows.

    Args:
        numbers: What was measured.
        verdict: On all segments together.
    """
    return SegmentTrust(
        jaccard=numbers.jaccard,
        valley=numbers.valley,
        neighbor=numbers.neighbor,
        borderline=numbers.borderline,
        statement=trust_statement(numbers, verdict),
    )
