"""What a run found, in plain words: its verdict and what that means, its headline, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clustera.records import KEvidence, KSelection, Outcome, Verdict, segment_money
from clustera.texts.behavior import counted_since
from clustera.texts.choice import explain_when_measured
from clustera.texts.numbers import format_count, format_number, format_share
from clustera.texts.translation import translate


@dataclass(frozen=True, slots=True)
class VerdictExplanation:
    """One of the three verdicts, explained to people who have to act on it."""

    verdict: Verdict
    title: str
    short: str
    means: str
    do: str
    sure: str
    avoid: str


EXPLANATIONS: tuple[VerdictExplanation, ...] = (
    VerdictExplanation(
        "clear",
        "Clear groups",
        "Customers form groups of their own.",
        "Between neighboring segments there are clearly fewer customers than inside them. This was checked on customers who were not used to make the segments, so the gaps are real.",
        "Treat each segment as a group of its own, with its own offer, message and target figure. Names and borders can go into briefings as they stand.",
        "This is said only where segments made from one half of the customers agree with those made from the other half, and few customers are between them.",
        "That everyone inside a segment is alike, that the groups will stay as they are, or that they respond differently to an offer: only a test shows that.",
    ),
    VerdictExplanation(
        "stable",
        "Stable groups",
        "No gaps, but the segments are the same each time they are repeated.",
        "Customers change gradually from one segment to the next; there are no gaps. Yet this many segments come out the same each time they are repeated on other customers.",
        "Use them for planning, reporting and broad targeting, and follow them from month to month. Treat customers near a border with care: an offer for the neighbor suits them as well.",
        "This is said only where every segment is found again on other customers: of two customers in it, 80% stay together, beyond chance (prediction strength of at least 0.8 by two standard errors), and three quarters of its customers are the same (mean Jaccard overlap of at least 0.75).",
        "That these are separate kinds of people, or that someone who crosses a border has become a different customer.",
    ),
    VerdictExplanation(
        "practical",
        "Practical split",
        "There are no gaps between customers: Clustera set the boundaries.",
        "Customers change gradually from one segment to the next, and with other customers the borders would be elsewhere. Most customer bases are like this.",
        "Use the segments to plan and report by high, middle and low; choose as many segments as you have offers for. To pick single customers, rank them by the figure that matters, such as spend.",
        "This is said where this number of segments neither shows gaps nor is found again reliably on other customers. The averages of each segment are as exact as its size allows; its borders are a choice.",
        "That these are separate kinds of customers. Do not build a team, a persona or a forecast on the exact borders.",
    ),
)


_STRONG = 0.8  # prediction strength from which segments count as stable; Tibshirani & Walther (2005)


def verdict_explanation(verdict: Verdict) -> VerdictExplanation:
    """The explanation of one verdict."""
    return next(entry for entry in EXPLANATIONS if entry.verdict == verdict)


def run_headline(outcome: Outcome) -> str:
    """What was found, in one sentence."""
    counted = {"n": format_count(outcome.balance.segmented), "k": number_in_letters(len(outcome.segments))}
    if len(outcome.segments) == 1:
        return translate("{n} customers form one segment.", **counted)
    if outcome.selection.verdict == "clear":
        return translate("{n} customers fall into {k} clear groups.", **counted)
    if outcome.selection.verdict == "stable":
        return translate("{n} customers form no separate groups, but {k} segments describe them reliably.", **counted)
    if against_the_grain(outcome.selection):
        return translate("{n} customers, divided into {k} segments as asked.", **counted)
    return translate(
        "There are no clear-cut groups, so Clustera set the boundaries of the {k} segments.",
        **counted,
    )


def run_lead(outcome: Outcome) -> str:
    """What stands below the headline: how sure it is, after what was found where the headline is about money."""
    if not money_headline(outcome):
        said = verdict_in_short(outcome.selection)
        practical = outcome.selection.verdict == "practical" and not against_the_grain(outcome.selection)
        # The headline says already that the boundaries were set.
        return translate("Customers change gradually from one segment to the next.") if practical else said
    if against_the_grain(outcome.selection):
        return f"{run_headline(outcome)} {verdict_in_short(outcome.selection)}"
    return run_headline(outcome)


_WEIGHTY = 1.2  # share of the revenue for one share of the customers from which a segment makes the headline


def money_headline(outcome: Outcome) -> str:
    """Which segment brings most for its size, in one sentence; "" without orders, or where none stands out."""
    pairs = list(zip(outcome.segments, segment_money(outcome), strict=False))
    worthy = [(s, m) for s, m in pairs if m.share and m.revenue_share >= max(_WEIGHTY * m.share, 0.2)]
    if not worthy or len(pairs) < 2:
        return ""
    segment, money = max(worthy, key=lambda pair: pair[1].revenue_share / pair[1].share)
    shares = {
        "name": segment.name,
        "share": format_share(money.share),
        "revenue": format_share(money.revenue_share),
    }
    if since := counted_since(outcome.behavior):
        return translate("{name}: {share} of customers, {revenue} of sales since {since}.", **shares, since=since)
    return translate("{name}: {share} of customers, {revenue} of sales.", **shares)


def against_the_grain(selection: KSelection) -> bool:
    """Whether segments of another number would hold where those that were asked for do not."""
    return (
        bool(selection.asked)
        and selection.verdict == "practical"
        and any(entry.admissible for entry in selection.evidence)
    )


def verdict_in_short(selection: KSelection) -> str:
    """The verdict in one sentence."""
    if against_the_grain(selection):
        return translate("Another number of segments would hold better than the one that was asked for.")
    return translate(verdict_explanation(selection.verdict).short)


def verdict_meaning(selection: KSelection) -> str:
    """What the verdict means, in a few sentences."""
    if against_the_grain(selection):
        return translate(
            "These segments are a practical split: with other customers their borders would be elsewhere. Another number of segments holds up better; the section on the number of segments says which, and what this choice costs."
        )
    return translate(verdict_explanation(selection.verdict).means)


NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number_in_letters(n: int) -> str:
    """A small number in letters, as running text has it.

    >>> number_in_letters(6), number_in_letters(40)
    ('six', '40')
    """
    return translate(NUMBERS[n]) if 0 <= n < len(NUMBERS) else str(n)


def chosen_words(selection: KSelection) -> KEvidence | None:
    """The evidence for the number of segments that was taken."""
    return next((entry for entry in selection.evidence if entry.k == selection.k), None)


def run_sureness(outcome: Outcome) -> tuple[str, str]:
    """How sure the result is: a level and the sentences behind it.

    Clear groups are "high" when every one of them comes back and the prediction strength is 0.8 or more, else
    "fair"; stable ones are "fair"; practical ones are drawn, not found: there is no true answer to miss.
    """
    verdict = outcome.selection.verdict
    solid = sum(segment.trust.statement in ("distinct", "stable") for segment in outcome.segments)
    if verdict == "practical":
        said = translate("The averages are reliable; where one segment ends and the next begins is a choice.")
        return translate("A practical split"), f"{said} {_again(outcome)}"
    entry = chosen_words(outcome.selection)
    every = solid == len(outcome.segments)
    strong = entry is not None and entry.prediction_strength >= _STRONG
    level = translate("High") if verdict == "clear" and every and strong else translate("Fair")
    if every:
        said = translate("Repeated on random samples of the customers, every segment is found again.")
    else:
        said = translate(
            "Repeated on random samples of the customers, {solid} of {all} segments are found again.",
            solid=number_in_letters(solid),
            all=number_in_letters(len(outcome.segments)),
        )
    return level, f"{said} {_again(outcome)}"


def _again(outcome: Outcome) -> str:
    entry = chosen_words(outcome.selection)
    if entry is None:
        return ""
    told = []
    if math.isfinite(entry.prediction_strength):
        told.append(
            translate(
                "Segments made from one half of the customers were compared with those made from the other half: in the least stable segment, {share} of customer pairs end up together again.",
                share=format_share(entry.prediction_strength),
            )
        )
    if math.isfinite(entry.valley):
        n = format_number(100 * entry.valley)
        if n == format_number(1):
            said = translate("There is one customer between segments for every 100 near their centers.")
        elif entry.valley > 1:
            said = translate("There are more customers between segments ({n}) than near their centers (100).", n=n)
        else:
            said = translate("There are {n} customers between segments for every 100 near their centers.", n=n)
        told.append(said)
    return " ".join(filter(None, [*told, explain_when_measured(outcome.selection)]))


STATEMENTS: dict[str, tuple[str, str]] = {
    "distinct": (
        "Distinct",
        "The segment is found again on other customers, and there is a gap between it and its neighbor.",
    ),
    "stable": (
        "Stable",
        "The segment is found again on other customers, but there is no gap between it and its neighbor.",
    ),
    "pattern": ("Pattern", "The segment is found again most of the time on other customers."),
    "unreliable": ("Do not act on it", "The segment is not found again on other customers."),
    "practical": (
        "Practical split",
        "We chose the borders of the segment: with other customers they would be elsewhere. Its averages are reliable.",
    ),
}
