"""Outcomes made from random customers, for the tests of everything that is shown."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from clustera.records import (
    Action,
    ActionEvidence,
    Balance,
    CategoryCounts,
    Column,
    Comparison,
    ControlGroup,
    DescriptorShare,
    Distribution,
    FeaturePreparation,
    FeatureProfile,
    FeatureStatement,
    Finding,
    Isolation,
    KEvidence,
    KSelection,
    Model,
    Move,
    Outcome,
    Patterns,
    Preparation,
    Reason,
    SegmentProfile,
    SegmentStatement,
    SegmentTrust,
    Source,
)
from clustera.scales import picture_coordinates

Spec = dict[str, tuple[str, str, int]]  # feature -> title, unit, decimals


def _preparation(values: pd.DataFrame, spec: Spec, bent: dict[str, float], outliers: np.ndarray) -> Preparation:
    features = []
    for name, (title, unit, decimals) in spec.items():
        blank = FeaturePreparation(
            name,
            title,
            unit,
            float(values[name].median()),
            0,
            float(values[name].skew()),
            bent.get(name),
            0.0,
            1.0,
            decimals=decimals,
        )
        straight = picture_coordinates({name: values[name]}, Preparation((blank,), None, 0))[~outliers, 0]
        features.append(replace(blank, mean=float(straight.mean()), scale=float(straight.std())))
    notes = tuple(
        Reason("straightened", {"title": spec[name][0], "skew": 2.0, "power": power}) for name, power in bent.items()
    )
    return Preparation(tuple(features), Isolation(10, 1.2, ((0.0,) * len(spec),), (1,)), int(outliers.sum()), notes)


def _segment(
    number: int,
    values: pd.DataFrame,
    own: np.ndarray,
    outliers: np.ndarray,
    preparation: Preparation,
    name: str,
    statement: str,
    gender: np.ndarray,
    neighbor: int,
) -> SegmentProfile:
    inside, everyone = values[own], values
    points = picture_coordinates({c: values[c] for c in values}, preparation)
    profiles = []
    for j, feature in enumerate(preparation.features):
        x = inside[feature.name]
        q = np.percentile(x, [10, 25, 50, 75, 90])
        mean_all, sd_all = everyone[feature.name].mean(), everyone[feature.name].std()
        others = everyone.loc[~own, feature.name].mean()
        profiles.append(
            FeatureProfile(
                feature.name,
                float(x.mean()),
                float(q[2]),
                float(q[0]),
                float(q[4]),
                (float(q[1]), float(q[3])),
                float(x.mean()),
                float(100 * x.mean() / mean_all),
                float((x.mean() - others) / sd_all),
            )
        )
        del j
    female = float((gender[own] == "Female").mean())
    overall = float((gender == "Female").mean())
    margin = 1.96 * math.sqrt(female * (1 - female) / own.sum())
    order = sorted(profiles, key=lambda p: -abs(p.effect))
    first = next(f for f in preparation.features if f.name == order[0].feature)
    jaccard = {"distinct": 0.93, "stable": 0.84, "pattern": 0.67, "unreliable": 0.41, "practical": 0.62}[statement]
    return SegmentProfile(
        segment=number,
        name=name,
        statement=SegmentStatement(
            (FeatureStatement(first.title, "plain", order[0].mean, decimals=first.decimals, own_unit=first.unit),)
        ),
        size=int(own.sum()),
        share=float(own.mean()),
        outliers=int((own & outliers).sum()),
        color=number - 1,
        center=tuple(float(v) for v in points[own].mean(axis=0)),
        features=tuple(profiles),
        descriptors=(
            DescriptorShare("Gender", "Female", int((gender[own] == "Female").sum()), female, overall, margin),
            DescriptorShare("Gender", "Male", int((gender[own] == "Male").sum()), 1 - female, 1 - overall, margin),
        ),
        distinguishing=tuple(p.feature for p in order),
        trust=SegmentTrust(
            jaccard, {"distinct": 0.18, "practical": 0.98}.get(statement, 0.62), neighbor, 0.034, statement
        ),
    )


def _action(segment: SegmentProfile) -> Action:
    first = segment.features[0]
    return Action(
        segment=segment.segment,
        rule="small_spend",
        kind="grow",
        stages=(),
        customers=segment.size,
        evidence=(ActionEvidence(first.feature, first.mean, "low", first.index),),
        control=ControlGroup(0.2, round(0.2 * segment.size), None),
    )


def _patterns(values: pd.DataFrame, spec: Spec, gender: np.ndarray) -> Patterns:
    distributions = []
    for name, (title, unit, _) in spec.items():
        counts, edges = np.histogram(values[name], bins=24)
        quantiles = np.percentile(values[name], [0, 1, 5, 25, 50, 75, 95, 99, 100])
        distributions.append(
            Distribution(
                name,
                f"{title} ({unit})" if unit else title,
                tuple(map(float, edges)),
                tuple(map(int, counts)),
                float(values[name].mean()),
                float(values[name].std()),
                tuple(map(float, quantiles)),
                float(values[name].skew()),
                0,
            )
        )
    correlation = values[list(spec)].corr(method="spearman").to_numpy()
    labels, counts = np.unique(gender, return_counts=True)
    return Patterns(
        tuple(distributions),
        (CategoryCounts("Gender", tuple(map(str, labels)), tuple(map(int, counts)), 0, 0),),
        tuple(tuple(map(float, row)) for row in correlation),
        (),
        (),
    )


def _selection(k: int, verdict: str, n: int) -> KSelection:
    evidence = []
    for candidate in range(2, 15):
        off = abs(candidate - k)
        clear = verdict == "clear"
        silhouette = (0.47 if clear else 0.27) - 0.03 * off
        strength = max(0.08, (0.93 if clear else 0.52 if verdict == "practical" else 0.86) - 0.13 * off)
        valley = min(1.1, (0.37 if clear else 0.97) + 0.12 * off)
        admissible = valley <= 0.8 if clear else verdict == "stable" and strength >= 0.8
        smallest = 0.9 / candidate**1.25
        evidence.append(
            KEvidence(
                candidate,
                600 / candidate,
                1 - 1.05 / candidate**0.75,
                silhouette,
                120 - 5 * off,
                0.4 - 0.03 * off,
                strength,
                0.03,
                valley,
                max(0.3, 0.9 - 0.09 * off),
                smallest,
                10.0 - off,
                admissible,
                None if admissible else Reason("no-gap", {"gap": valley, "needed": 0.8}),
            )
        )
    numbers = {"k": k, "gap": 0.37, "path": 0.4, "jaccard": 0.9, "smallest": 0.08, "strength": 0.86}
    reasons = (Reason(verdict, numbers), Reason("range", {"low": 2, "high": 14}))
    return KSelection(k, verdict, reasons, tuple(evidence), (k - 1, k + 1), sample=min(n, 2500))


def build(
    values: pd.DataFrame,
    labels: np.ndarray,
    spec: Spec,
    names: list[str],
    *,
    verdict: str = "clear",
    statements: list[str] | None = None,
    bent: dict[str, float] | None = None,
    findings: tuple[Finding, ...] = (),
    quarantined: int = 0,
    name: str = "customers.csv",
) -> tuple[Outcome, pd.DataFrame]:
    """An outcome and its sample from customers whose segments (1..k) are known."""
    rng = np.random.default_rng(5)
    gender = np.where(rng.random(len(values)) < 0.56, "Female", "Male")
    middle = values.groupby(labels)[list(spec)].transform("mean")
    apart = ((values - middle) / values.std()).pow(2).sum(axis=1).to_numpy()
    outliers = apart > 12
    preparation = _preparation(values, spec, bent or {}, outliers)
    k = int(labels.max())
    statements = statements or ["distinct"] * k
    segments = tuple(
        _segment(i, values, labels == i, outliers, preparation, names[i - 1], statements[i - 1], gender, i % k + 1)
        for i in range(1, k + 1)
    )
    columns = (
        Column(
            "CustomerID",
            "id",
            "number",
            "Customer",
            reason=Reason("id-by-values"),
            distinct=len(values),
        ),
        Column(
            "Gender",
            "descriptor",
            "category",
            "Gender",
            reason=Reason("categories", {"distinct": 2, "case": "two"}),
            distinct=2,
        ),
        *(
            Column(
                c,
                "feature",
                "number",
                t,
                u,
                Reason(
                    "numbers", {"distinct": int(values[c].nunique()), "about": False, "whole": False, "ages": False}
                ),
                distinct=int(values[c].nunique()),
            )
            for c, (t, u, _) in spec.items()
        ),
    )
    n = len(values)
    outcome = Outcome(
        actions=tuple(map(_action, segments)),
        source=Source(name, "csv", n + quarantined, 4 * n, "ab" * 32),
        balance=Balance(n + quarantined, n, quarantined),
        columns=columns,
        findings=findings,
        patterns=_patterns(values, spec, gender),
        preparation=preparation,
        selection=_selection(k, verdict, n),
        segments=segments,
        model=Model(
            columns,
            preparation,
            tuple(s.center for s in segments),
            tuple(s.segment for s in segments),
            tuple(s.name for s in segments),
            tuple(s.color for s in segments),
        ),
        seed=0,
    )
    sample = values[list(spec)].copy().assign(segment=labels, outlier=outliers, borderline=rng.random(n) < 0.03)
    return outcome, sample.head(20_000)


def _draw(
    rng: np.random.Generator, centers: list[tuple[float, ...]], spread: tuple[float, ...], sizes: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    parts = [rng.normal(c, spread, (s, len(c))) for c, s in zip(centers, sizes, strict=True)]
    return np.vstack(parts), np.repeat(np.arange(1, len(centers) + 1), sizes)


MALL_SPEC: Spec = {
    "Age": ("Age", "years", 0),
    "Annual Income (k$)": ("Annual income", "k$", 0),
    "Spending Score (1-100)": ("Spending score", "1-100", 0),
}


def mall() -> tuple[Outcome, pd.DataFrame]:
    """Six clear groups of age, income and spending score."""
    rng = np.random.default_rng(1)
    centers = [(56, 54, 49), (33, 87, 82), (27, 57, 48), (42, 88, 17), (25, 25, 78), (45, 26, 21)]
    points, labels = _draw(rng, centers, (5, 7, 7), [45, 39, 38, 35, 22, 21])
    points[0] = (70, 136, 95)
    points[100] = (69, 140, 4)
    values = pd.DataFrame(np.clip(points, [18, 15, 1], [90, 150, 100]).round(), columns=list(MALL_SPEC))
    names = [
        "Older middle-income savers",
        "Young high spenders",
        "Young middle-income",
        "Affluent careful savers",
        "Young low-income spenders",
        "Low-income careful savers",
    ]
    return build(values, labels, MALL_SPEC, names, statements=["distinct"] * 4 + ["stable", "pattern"], name="mall.csv")


SHOP_SPEC: Spec = {
    "days_since_last_order": ("Days since the last order", "days", 0),
    "order_days": ("Days with an order", "", 0),
    "spend": ("Spend", "$", 2),
    "basket": ("Items per basket", "", 1),
    "discount_share": ("Share bought at a discount", "%", 1),
}


def shop(n: int = 12_000) -> tuple[Outcome, pd.DataFrame]:
    """Twelve segments with long names, a practical split from skewed orders without gaps."""
    rng = np.random.default_rng(2)
    loyalty = rng.normal(size=n)
    values = pd.DataFrame(
        {
            "days_since_last_order": np.exp(3.6 - 0.8 * loyalty + rng.normal(0, 0.7, n)).round(),
            "order_days": np.ceil(np.exp(1.4 + 0.8 * loyalty + rng.normal(0, 0.4, n))),
            "spend": np.exp(5 + 1.0 * loyalty + rng.normal(0, 0.5, n)).round(2),
            "basket": np.clip(rng.normal(6, 2, n), 1, None).round(1),
            "discount_share": np.clip(rng.normal(30, 14, n), 0, 100).round(1),
        }
    )
    quarter = np.searchsorted(np.quantile(values["spend"], [0.1, 0.3, 0.55, 0.8, 0.94]), values["spend"])
    labels = 1 + 2 * quarter + (values["discount_share"] > 30).to_numpy()
    first = [
        "Rarely seen newcomers",
        "Occasional basket fillers",
        "Steady mid-range households",
        "Frequent and reliable regulars",
        "Big and loyal family shoppers",
        "Very best customers of the house",
    ]
    names = [f"{name} {tail}" for name in first for tail in ("who pay the full price", "waiting for a discount")]
    bent = {"days_since_last_order": 0.02, "order_days": -0.2, "spend": 0.05}
    return build(
        values,
        labels,
        SHOP_SPEC,
        names,
        verdict="practical",
        statements=["practical"] * 12,
        bent=bent,
        findings=FINDINGS,
        quarantined=37,
        name="orders_2026.parquet",
    )


def wide() -> tuple[Outcome, pd.DataFrame]:
    """Twenty segments of 24 features, with names that never break."""
    rng = np.random.default_rng(4)
    centers = rng.normal(50, 20, (20, 24))
    points, labels = _draw(rng, list(map(tuple, centers)), (6,) * 24, [40] * 20)
    spec: Spec = {f"f{i}": (f"Number of visits to department {i}", "visits per quarter", 1) for i in range(24)}
    spec["f3"] = ("x" * 70, "", 3)
    names = [f"Segment_{'w' * 60}_{i}" for i in range(20)]
    return build(pd.DataFrame(np.abs(points), columns=list(spec)), labels, spec, names)


def continuum() -> tuple[Outcome, pd.DataFrame]:
    """Three segments that come back although nothing separates them."""
    rng = np.random.default_rng(3)
    n = 2_400
    loyalty = rng.normal(size=n)
    values = pd.DataFrame(
        {"recency": np.exp(3 - loyalty + rng.normal(0, 0.6, n)).round(), "spend": np.exp(5 + loyalty).round(2)}
    )
    labels = 1 + np.searchsorted([-0.6, 0.7], loyalty)
    spec: Spec = {"recency": ("Days since the last order", "days", 0), "spend": ("Spend", "$", 2)}
    return build(
        values,
        labels,
        spec,
        ["Drifting away", "Regulars", "Loyal big spenders"],
        verdict="stable",
        statements=["stable"] * 3,
        bent={"recency": 0.0, "spend": 0.0},
        name="households",
    )


FINDINGS = (
    Finding(
        "missing-id",
        "error",
        "customer_id",
        12,
        0.001,
        ((17, ""), (203, " ")),
        {"of": 12_037, "id": "customer_id"},
    ),
    Finding(
        "missing-values",
        "warning",
        "spend",
        61,
        0.005,
        ((4, "NA"), (99, "")),
        {"title": "Spend", "of": 12_037},
    ),
    Finding(
        "impossible-values",
        "warning",
        "basket",
        25,
        0.002,
        ((311, "-4"),),
        {"title": "Items per basket", "of": 12_037, "bound": "count", "bounded": True},
    ),
    Finding("missing-column", "note", "country", 12_037, 1.0, values={"title": "Country"}),
    Finding(
        "brackets",
        "note",
        "age",
        12_037,
        1.0,
        ((1, "35-44"), (2, "65+")),
        {
            "title": "Age",
            "brackets": 3,
            "first": ({"text": "35-44", "value": 39.5}, {"text": "45-64", "value": 54.5}),
            "last": {"text": "65+", "value": 74.5},
        },
    ),
)


def with_comparison(outcome: Outcome) -> Outcome:
    """The same outcome after an earlier run with one segment fewer."""
    sizes = {s.segment: s.size for s in outcome.segments}
    moves = []
    for s in outcome.segments:
        stays = round(0.86 * s.size)
        moves.append(Move(s.segment, s.segment, stays))
        moves.append(Move(s.segment, s.trust.neighbor, s.size - stays))
    common = sum(m.count for m in moves)
    last = outcome.segments[-1].segment
    names = {s.segment: s.name for s in outcome.segments}
    comparison = Comparison(
        before="run of March",
        after="run of April",
        common=common,
        only_before=7,
        only_after=11,
        moves=tuple(moves),
        matched=tuple((i, i, 0.78) for i in sizes if i != last),
        new=(last,),
        gone=(99,),
        split=((1, (1, 2)),),
        merged=(((3, 4), 3),),
        names_before={**names, 99: "Christmas shoppers"},
        names_after=names,
        notes=(Reason("matched-by-id"),),
    )
    return replace(outcome, comparison=comparison)
