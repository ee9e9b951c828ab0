"""Hand-written tables for the profile: who is in which segment is given, so that every figure can be checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clustera.engines import Engine
from clustera.profile import describe
from clustera.records import (
    Balance,
    Checked,
    Column,
    FeaturePreparation,
    Preparation,
    SegmentProfile,
    Source,
    TrustNumbers,
)


@pytest.fixture(scope="session")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def column(name: str, role: str = "feature") -> Column:
    """A column titled as its name, with the unit in brackets."""
    title, _, unit = name.replace("_", " ").partition(" (")
    return Column(
        name, role, "number" if role == "feature" else "category", title[:1].upper() + title[1:], unit.rstrip(")")
    )


@pytest.fixture(scope="session")
def checked(engine) -> Callable[..., Checked]:
    """A checked table from a frame; text columns are descriptors."""

    def build(frame: pd.DataFrame, *, on: Engine = engine) -> Checked:
        columns = tuple(
            column(n, "feature" if frame[n].dtype.kind == "f" else "descriptor") for n in frame if n != "_key"
        )
        table = frame if "_key" in frame else frame.assign(_key=np.arange(len(frame), dtype=np.uint64))
        rows = on.arrow(pa.Table.from_pandas(table, preserve_index=False))
        return Checked(
            Source("table", "frame", len(frame)), columns, rows, rows, (), Balance(len(frame), len(frame), 0)
        )

    return build


@pytest.fixture(scope="session")
def described(engine) -> Callable[..., tuple[SegmentProfile, ...]]:
    """Segments described from a frame with a column `segment`; centers are the means, prepared by z-score."""

    def build(
        frame: pd.DataFrame,
        *,
        features: Sequence[str],
        trust: Mapping[int, tuple[float, float]] | None = None,
        verdict: str = "clear",
        **options: object,
    ) -> tuple[SegmentProfile, ...]:
        identities = sorted(int(s) for s in frame["segment"].unique())
        known = frame[list(features)]
        mean, sd = known.mean(), known.std(ddof=0).replace(0, 1.0)
        original = frame.groupby("segment")[list(features)].mean().fillna(mean).loc[identities]
        decimals = [int(np.clip(1 - np.floor(np.log10(sd[name])), 0, 6)) for name in features]
        prepared = tuple(
            FeaturePreparation(
                name=name,
                title=column(name).title,
                unit=column(name).unit,
                fill=float(known[name].median()),
                missing=int(known[name].isna().sum()),
                skew=0.0,
                power=None,
                mean=float(mean[name]),
                scale=float(sd[name]),
                decimals=places,
                fraction="share" in name and bool(known[name].between(0, 1).all()),
            )
            for name, places in zip(features, decimals, strict=True)
        )
        descriptors = [
            n for n in frame if (n not in features and frame[n].dtype.kind == "O") or str(frame[n].dtype) == "str"
        ]
        table = frame.assign(
            segment=frame["segment"].astype("int32"),
            outlier=frame.get("outlier", False),
            borderline=False,
            distance=0.0,
        )
        numbers = trust or dict.fromkeys(identities, (0.9, 0.2))
        return describe(
            engine.arrow(pa.Table.from_pandas(table, preserve_index=False)),
            checked_columns=[column(n) for n in features] + [column(n, "descriptor") for n in descriptors],
            preparation=Preparation(prepared, None, 0),
            centers=((original - mean) / sd).to_numpy(),
            centers_original=original.to_numpy(),
            segments=identities,
            trust=[
                TrustNumbers(s, *numbers[s], identities[(i + 1) % len(identities)], 0.02)
                for i, s in enumerate(identities)
            ],
            verdict=verdict,
            **options,
        )

    return build


@pytest.fixture(scope="session")
def mixed() -> Callable[..., pd.DataFrame]:
    """Customers around given centers: {segment: (size, (mean of each feature))}, standard deviations alike."""

    def build(
        centers: Mapping[int, tuple[int, Sequence[float]]],
        features: Sequence[str],
        sd: Sequence[float],
        *,
        seed: int = 0,
    ) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        parts = []
        for segment, (size, center) in centers.items():
            noise = rng.normal(size=(size, len(features)))
            noise -= noise.mean(axis=0)  # the means are exactly as given
            parts.append(
                pd.DataFrame(np.array(center) + noise * np.array(sd), columns=list(features)).assign(segment=segment)
            )
        return pd.concat(parts, ignore_index=True)

    return build
