"""Cards: the key figures, one card per segment, and the compact summary of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from clustera import texts
from clustera.components.action import action_card, action_details, action_figures, other_actions, test_sentences
from clustera.components.markup import Markup, fill
from clustera.components.next_items import next_offer_line
from clustera.components.sizes import size_bar
from clustera.components.strip import mean_bar, range_strip
from clustera.days import YEAR
from clustera.records import (
    Action,
    DescriptorShare,
    Distribution,
    FeaturePreparation,
    FeatureProfile,
    Outcome,
    SegmentMoney,
    SegmentProfile,
    Stage,
    segment_money,
)
from clustera.samples import KNOWN
from clustera.texts import forecasts, verdicts

_FEATURES_SHOWN = 8
_FEATURES_FIRST = 2
_TELLING = 2
_WORTH_TELLING = 0.05  # share of a value that is worth a line on a card


def key_figures(outcome: Outcome) -> Markup:
    """The figures to read first: with orders revenue, forecast, customers and who is overdue; else the balance of rows."""
    behavior, value = outcome.behavior, outcome.value
    if behavior is None:
        return fill("figures.html.j2", outcome=outcome, sure=verdicts.run_sureness(outcome)[0])
    return fill(
        "figures_money.html.j2",
        outcome=outcome,
        behavior=behavior,
        value=value,
        lately=texts.lately_sentence(behavior),
        revenue=sum(part.revenue for part in segment_money(outcome)),
        currency=behavior.money.currency,
        range=forecasts.forecast_note(value) if value else "",
        overdue=texts.overdue_note(behavior.risk, span=texts.sales_span(behavior)) if behavior.risk else "",
    )


def segment_card(segment: SegmentProfile, outcome: Outcome, *, prefix: str = "", more: Markup | None = None) -> Markup:
    """One segment: who they are, what sets them apart, how sure that is and what to try.

    Args:
        segment: Whose card it is.
        outcome: The run that it belongs to.
        prefix: Put before the card's ids, where another run stands on the same page.
        more: What a page adds at the end of the card, such as links.
    """
    everyone = {distribution.name: distribution for distribution in outcome.patterns.distributions}
    order = {name: i for i, name in enumerate(segment.distinguishing)}
    profiles = sorted(segment.features, key=lambda profile: order.get(profile.feature, len(order)))
    shown = _with_preparation(profiles[:_FEATURES_SHOWN], outcome)
    money = _money_of_segment(segment, outcome)
    neighbor = _neighbor_name(segment, outcome)
    titles = {column.name: column.title for column in outcome.columns}
    actions = [action for action in outcome.actions if action.segment == segment.segment]
    return fill(
        "segment.html.j2",
        action=actions[0] if actions else None,
        others=[(action, *_further_figures(action, outcome)) for action in actions[1:]],
        also=other_actions(actions[1:], outcome),
        action_card=action_card,
        action_details=action_details,
        next_offer=next_offer_line(outcome, segment.segment),
        outcome=outcome,
        prefix=prefix,
        segment=segment,
        money=money,
        months=outcome.value.horizon_months if outcome.value else 0,
        lately=_against_lately(segment, outcome),
        rows=[
            (feature, p, _against_everybody(p, feature, everyone.get(p.feature)), mean_bar(p, feature, outcome))
            for feature, p in shown
        ],
        ranges=[(feature, range_strip(p, feature, everyone.get(p.feature))) for feature, p in shown],
        shown=_FEATURES_FIRST if money is None else 1,  # beside money one is enough
        feature_row=_feature_row,
        more=max(len(profiles) - _FEATURES_SHOWN, 0),
        added=more,
        telling=telling_descriptors(segment),
        unknown=", ".join(titles.get(name, name) for name in unknown_descriptors(segment)),
        least_known=KNOWN,
        titles=titles,
        neighbor=neighbor,
        trust=texts.trust_sentence(segment.trust, neighbor=neighbor),
        says_neighbor=texts.says_neighbor(segment.trust, neighbor),
        says_borderline=texts.says_borderline(segment.trust),
        statement=verdicts.STATEMENTS[segment.trust.statement],
        pulled=[(feature, p) for feature, p in _with_preparation(profiles, outcome) if _pulled(p, segment)],
    )


def _further_figures(action: Action, outcome: Outcome) -> tuple[str, str]:
    """The money and the test of a further action; nothing where it is for one customer only."""
    if action.customers == 1:
        return "", ""
    return action_figures(action, outcome), test_sentences(action, outcome)


def _with_preparation(
    profiles: Sequence[FeatureProfile], outcome: Outcome
) -> list[tuple[FeaturePreparation, FeatureProfile]]:
    """Profiles of the features that form the segments, each beside how its feature was prepared."""
    prepared = {feature.name: feature for feature in outcome.preparation.features}
    return [(prepared[profile.feature], profile) for profile in profiles if profile.feature in prepared]


def _money_of_segment(segment: SegmentProfile, outcome: Outcome) -> SegmentMoney | None:
    return next((part for part in segment_money(outcome) if part.segment == segment.segment), None)


def _neighbor_name(segment: SegmentProfile, outcome: Outcome) -> str:
    """The segment that customers at the border would else be in; "" where there is no other."""
    others = (entry for entry in outcome.segments if entry.segment != segment.segment)
    return next((entry.name for entry in others if entry.segment == segment.trust.neighbor), "")


def _against_everybody(profile: FeatureProfile, feature: FeaturePreparation, everyone: Distribution | None) -> str:
    """The average beside that of all customers; without a ratio where that says nothing, as of an average of 0."""
    if profile.index > 0 and profile.mean > 0:
        return texts.against_all(profile, feature)
    return texts.average_of_all(everyone.mean, feature) if everyone else ""


def _against_lately(segment: SegmentProfile, outcome: Outcome) -> str:
    """Why the segment's forecast is not what its last three months would make; "" where it is, or neither is known."""
    money = _money_of_segment(segment, outcome)
    stages = [s for s in outcome.behavior.stages if s.segment == segment.segment] if outcome.behavior else []
    if money is None or money.forecast is None or not stages or outcome.value is None:
        return ""
    recent, earlier, year = (
        outcome.value.margin * sum(getattr(stage, name) for stage in stages)
        for name in ("recent_spend", "earlier_spend", "year_spend")
    )
    more: defaultdict[Stage | None, float] = defaultdict(float)
    for stage in stages:
        pace = outcome.value.margin * stage.recent_spend * outcome.value.horizon_months / 3
        more[stage.stage] += (stage.forecast or 0.0) - pace
    whole = outcome.behavior is not None and outcome.behavior.as_of - outcome.behavior.first_day + 1 >= YEAR
    return texts.forecast_against_lately(
        money.forecast,
        recent,
        months=outcome.value.horizon_months,
        earlier=earlier,
        year=year if whole else 0.0,
        more_from=max(more, key=lambda stage: more[stage]),
    )


def _feature_row(feature: FeaturePreparation, profile: FeatureProfile, against: str, strip: Markup) -> Markup:
    return fill("feature_row.html.j2", feature=feature, profile=profile, against=against, strip=strip)


def _pulled(profile: FeatureProfile, segment: SegmentProfile) -> bool:
    """Whether a few outliers make an average that hardly any member reaches: it lies beyond nine members in ten."""
    return bool(segment.outliers) and not profile.low <= profile.mean <= profile.high


def telling_descriptors(segment: SegmentProfile) -> list[DescriptorShare]:
    """The descriptor values whose share in the segment lies outside the margin of all customers' share.

    A share of fewer than 30 known customers is not told.
    """
    known = [entry for entry in segment.descriptors if _enough(entry)]
    told = [entry for entry in known if max(entry.share, entry.overall) >= _WORTH_TELLING and _differs(entry)]
    # Of two values that mirror each other the one that is more frequent than elsewhere says it better.
    told.sort(key=lambda entry: (entry.share < entry.overall, -abs(entry.share - entry.overall)))
    seen: set[str] = set()
    first = [entry for entry in told if not (entry.descriptor in seen or seen.add(entry.descriptor))]  # type: ignore[func-returns-value]
    return first[:_TELLING]


def _differs(entry: DescriptorShare) -> bool:
    """Whether the share of all customers lies outside the segment's interval, and two points or more from its share."""
    low, high = entry.interval
    return not low <= entry.overall <= high and abs(entry.share - entry.overall) > 0.02


def unknown_descriptors(segment: SegmentProfile) -> list[str]:
    """The descriptors that are known of fewer than 30 customers of the segment."""
    return list(dict.fromkeys(entry.descriptor for entry in segment.descriptors if not _enough(entry)))


def _enough(entry: DescriptorShare) -> bool:
    return entry.known is None or entry.known >= KNOWN


def summary_card(outcome: Outcome) -> Markup:
    """A compact summary that takes the colors and fonts of what is around it, as a notebook shows it."""
    features = outcome.preparation.features[:5]
    rows = []
    for segment in outcome.segments:
        by_name = {profile.feature: profile for profile in segment.features}
        rows.append((segment, [(by_name[f.name], f) if f.name in by_name else None for f in features]))
    return fill(
        "summary.html.j2",
        headline=verdicts.run_headline(outcome),
        reason=f"{texts.summarize_chosen_k(outcome.selection)} {texts.explain_kept_k(outcome.selection)}".rstrip(),
        facts=texts.session_facts(outcome),
        findings=texts.first_findings(outcome.findings),
        more_findings=texts.more_findings(outcome.findings),
        verdict=verdicts.verdict_explanation(outcome.selection.verdict),
        features=features,
        more=len(outcome.preparation.features) - len(features),
        rows=rows,
        bar=size_bar(outcome.segments),
        balance=outcome.balance,
    )
