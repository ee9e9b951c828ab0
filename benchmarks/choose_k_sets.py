"""Generated customers with a known number of segments, and customers without any: what choosing k is judged on."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

Floats = NDArray[np.float64]
Random = np.random.Generator

# First seeds. Rules may be tuned on the first; figures are told of the last. Those between judged the rule as it was before
# its clause on small segments, and told the misses that the clause is for: they count as seen. Those of paths judged
# the rule with paths and close calls; the latest are for the rule with far groups and curves, the fresh for its hard families.
TUNING, BEFORE, JUDGING, PATHS, LATEST, FRESH = 1_000, 3_000_000, 5_000_000, 8_000_000, 50_000_000, 90_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Set:
    """Customers and the truth about them.

    points: (n, d) raw features. labels: (n,), -1 for a far outlier, all 0 where there is no structure. k: the truth.
    clear: K-Means with the true k on z-scores finds the truth (ARI >= .9); False without structure.
    """

    name: str
    family: str
    points: Floats
    labels: NDArray[np.int64]
    k: int
    clear: bool


def sets(first_seed: int, *, structured: int, null: int, families: Container[str] = ()) -> Iterator[Set]:
    """So many sets of every family, or of those named, each from a seed of its own."""
    for number, (family, make) in enumerate(FAMILIES.items()):
        if families and family not in families:
            continue
        for draw in range(structured):
            random = np.random.default_rng(first_seed + 1_000 * number + draw)
            points, labels = make(random)
            yield Set(
                f"{family}-{draw}", family, points, labels, len(set(labels[labels >= 0])), is_clear(points, labels)
            )
    for number, (family, make_null) in enumerate(NULLS.items()):
        for draw in range(null):
            random = np.random.default_rng(first_seed + 1_000 * (500 + number) + draw)
            points = np.asarray(make_null(random, int(random.choice([200, 500, 1000, 3000]))), dtype=np.float64)
            yield Set(
                f"null {family}-{draw}", f"null {family}", points, np.zeros(len(points), np.int64), 1, clear=False
            )


def is_clear(points: Floats, labels: NDArray[np.int64]) -> bool:
    """Whether K-Means with the true k finds the groups on z-scores."""
    z = (points - points.mean(axis=0)) / points.std(axis=0)
    k = len(set(labels[labels >= 0]))
    found = KMeans(k, n_init=10, random_state=0).fit_predict(z)
    return bool(adjusted_rand_score(labels[labels >= 0], found[labels >= 0]) >= 0.9)


def _centers(random: Random, k: int, d: int, apart: float) -> Floats:
    """Centers (k, d), each at least `apart` from every other, packed as closely as chance allows."""
    side = apart * max(1.0, k ** (1 / d))
    while True:
        side *= 1.05
        placed = [random.uniform(0, side, d)]
        for _ in range(200):
            new = random.uniform(0, side, d)
            if min(float(np.linalg.norm(new - old)) for old in placed) >= apart:
                placed.append(new)
            if len(placed) == k:
                return np.array(placed)


def _sizes(random: Random, n: int, k: int, ratio: float) -> NDArray[np.int64]:
    """Sizes that sum to about n, the largest `ratio` times the smallest."""
    shares = np.exp(random.uniform(0, np.log(ratio), k)) if ratio > 1 else np.ones(k)
    if ratio > 1:
        shares[:2] = [ratio, 1.0]
    return np.maximum(np.round(n * shares / shares.sum()), 3).astype(np.int64)


def _mixture(
    random: Random,
    *,
    ks: tuple[int, ...] = (2, 3, 4, 5, 6, 8),
    ds: tuple[int, ...] = (2, 3, 4, 6, 10),
    ns: tuple[int, ...] = (300, 600, 1000, 2000, 5000),
    apart: tuple[float, float] = (6.0, 8.0),
    sizes: Callable[[Random, int, int], NDArray[np.int64]] | float = 1.0,
    spread: float = 0.0,
    stretch: float = 1.0,
    rho: float = 0.0,
    noise: Callable[[Random, tuple[int, int]], Floats] | None = None,
) -> tuple[Floats, NDArray[np.int64]]:
    """Groups around centers whose distance is `apart` standard deviations of the widest group.

    Standard deviations differ by up to exp(`spread`), each group is stretched by up to `stretch` along directions of
    its own, `rho` is the correlation common to all; `noise` draws (n, d) with unit variance, Gaussian by default.
    """
    k, d = int(random.choice(ks)), int(random.choice(ds))
    n = max(int(random.choice(ns)), 50 * k)
    if isinstance(sizes, float):
        ratio = sizes
        size = _sizes(random, n, k, ratio)
    else:
        size = sizes(random, n, k)
    centers = _centers(random, k, d, random.uniform(*apart))
    labels = np.repeat(np.arange(k), size)
    draw = noise or (lambda r, shape: r.normal(size=shape))
    points = np.empty((len(labels), d))
    common = np.linalg.cholesky(rho * np.ones((d, d)) + (1 - rho) * np.eye(d))
    for j in range(k):
        own = draw(random, (int(size[j]), d)) * np.exp(random.uniform(-spread, 0))
        if stretch > 1:
            axes = np.linalg.qr(random.normal(size=(d, d)))[0]
            own = own @ (axes * random.uniform(1 / stretch, 1, d)) @ axes.T
        points[labels == j] = centers[j] + own @ common.T
    shuffled = random.permutation(len(labels))
    return points[shuffled], labels[shuffled]


def _with_noise_features(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    points, labels = _mixture(random, ds=(3, 4, 6))
    extra = int(random.choice([1, 2, 3]))
    kinds = (random.normal(size=(len(points), extra)), random.uniform(size=(len(points), extra)))
    return np.column_stack([points, kinds[int(random.integers(2))]]), labels


def _small_beside_big(random: Random, n: int, k: int) -> NDArray[np.int64]:
    share = random.uniform(0.03, 0.06, k)
    share[0] = 1 - share[1:].sum()
    return np.maximum(np.round(share * n), 5).astype(np.int64)


def _skewed(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    """Groups in the logarithm of some features: spend, number of orders."""
    points, labels = _mixture(random, ks=(2, 3, 4, 5), ds=(2, 3, 4))
    for j in range(int(random.integers(1, points.shape[1] + 1))):
        points[:, j] = np.exp(3 + points[:, j] / points[:, j].std() * random.uniform(0.6, 1.1))
    return points, labels


def _skewed_groups(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    """Each group has a long tail of its own."""
    shape = random.uniform(2, 5)
    return _mixture(random, apart=(7, 9), noise=lambda r, s: (r.gamma(shape, size=s) - shape) / np.sqrt(shape))


def _counts(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    """Poisson counts whose rates differ by group; square roots are about half a standard deviation wide."""
    k, d = int(random.choice([2, 3, 4, 5])), int(random.choice([2, 3, 4]))
    rates = np.square(1.2 + _centers(random, k, d, random.uniform(3.0, 4.0)))
    labels = random.integers(0, k, max(150 * k, int(random.choice([500, 1000, 3000]))))
    return random.poisson(rates[labels]).astype(np.float64), labels


def _likert(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    """Answers on a scale: groups agree or disagree, question by question."""
    k, d, top = int(random.choice([2, 3, 4])), int(random.choice([4, 5, 6, 8])), int(random.choice([5, 7, 10]))
    while True:
        sides = random.integers(0, 2, (k, d))
        least = min(int(np.abs(a - b).sum()) for i, a in enumerate(sides) for b in sides[:i])
        if least >= (2 if d <= 5 else 3):
            break
    labels = random.integers(0, k, max(120 * k, int(random.choice([500, 1000, 3000]))))
    middle = 1 + (top - 1) * np.where(sides, 0.78, 0.22)
    drawn = middle[labels] + (top - 1) * 0.14 * random.normal(size=(len(labels), d))
    return np.clip(np.round(drawn), 1, top), labels


def _far_outliers(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    points, labels = _mixture(random)
    extra = int(random.uniform(0.03, 0.05) * len(points))
    low, high = points.min(axis=0), points.max(axis=0)
    far = random.uniform(
        (low + high) / 2 - 1.5 * (high - low), (low + high) / 2 + 1.5 * (high - low), (5 * extra, points.shape[1])
    )
    outside = far[((far < low) | (far > high)).any(axis=1)][:extra]
    return np.vstack([points, outside]), np.concatenate([labels, np.full(len(outside), -1)])


def _other_units(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    points, labels = _mixture(random)
    scale = 10.0 ** random.uniform(-4, 6, points.shape[1])
    return points * scale + scale * random.uniform(-50, 50, points.shape[1]), labels


def _rounded(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    points, labels = _mixture(random)
    return np.round(points * random.uniform(0.8, 2.0)), labels


def _balls(random: Random, shape: tuple[int, int]) -> Floats:
    """Uniform in a ball, unit variance per axis."""
    away = random.normal(size=shape)
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    return away * random.uniform(size=(shape[0], 1)) ** (1 / shape[1]) * np.sqrt(shape[1] + 2)


def _few_percent(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    """One or two large groups and several of 1 to 3 %."""

    def sizes(random: Random, n: int, k: int) -> NDArray[np.int64]:
        share = random.uniform(0.01, 0.03, k)
        large = int(random.integers(1, 3))
        share[:large] = (1 - share[large:].sum()) / large
        return np.round(share * n).astype(np.int64)

    return _mixture(random, ks=(4, 5, 6, 8), ds=(2, 3, 4), ns=(2000, 5000), apart=(7, 10), sizes=sizes)


def _mostly_noise(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    """Two or three features that tell groups apart, and one to five that do not."""
    points, labels = _mixture(random, ks=(2, 3, 4, 5, 6), ds=(2, 3))
    extra = int(random.integers(1, 6))
    return np.column_stack([points, points.std() * random.normal(size=(len(points), extra))]), labels


def _far_groups(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    """Groups near each other, and one or two up to 5,000 standard deviations away."""
    points, labels = _mixture(random, ks=(4, 5, 6, 8), apart=(7, 12))
    for j in range(int(random.integers(1, 3))):
        away = random.normal(size=points.shape[1])
        points[labels == j] += away / np.linalg.norm(away) * 10 ** random.uniform(1.5, 3.7)
    return points, labels


def _any_sizes(random: Random) -> tuple[Floats, NDArray[np.int64]]:
    """Sizes that fall by any steps, down to 1 to 3 % of the customers."""
    least = random.uniform(0.01, 0.03)

    def sizes(random: Random, n: int, k: int) -> NDArray[np.int64]:
        share = np.exp(random.uniform(np.log(least), 0, k))
        return np.maximum(np.round(n * np.maximum(share / share.sum(), least)), 20).astype(np.int64)

    return _mixture(random, ks=tuple(range(3, 13)), ns=(1000, 2000, 5000), apart=(7, 12), spread=0.5, sizes=sizes)


FAMILIES: dict[str, Callable[[Random], tuple[Floats, NDArray[np.int64]]]] = {
    "clear": lambda r: _mixture(r, apart=(7, 10)),
    "touching": lambda r: _mixture(r, apart=(4.2, 5.5)),
    "correlated": lambda r: _mixture(r, rho=float(r.uniform(0.3, 0.8)), ds=(2, 3, 4, 6), apart=(7, 9)),
    "stretched": lambda r: _mixture(r, stretch=4, spread=0.7),
    "sizes 1:5": lambda r: _mixture(r, sizes=5.0),
    "sizes 1:20": lambda r: _mixture(r, sizes=20.0, ns=(1000, 2000, 5000), apart=(6.5, 9)),
    "sizes 1:50": lambda r: _mixture(r, sizes=50.0, ks=(2, 3, 4, 5), ns=(2000, 5000), apart=(7, 10)),
    "small beside big": lambda r: _mixture(r, sizes=_small_beside_big, ks=(4, 5, 6, 8), ns=(1000, 2000, 5000), apart=(7, 10)),
    "noise features": _with_noise_features,
    "skewed features": _skewed,
    "skewed groups": _skewed_groups,
    "heavy tails": lambda r: _mixture(r, apart=(6.5, 9), noise=lambda s, shape: s.standard_t(4, size=shape) / np.sqrt(2)),
    "balls": lambda r: _mixture(r, apart=(5, 7), noise=_balls),
    "rounded": _rounded,
    "counts": _counts,
    "answers": _likert,
    "other units": _other_units,
    "far outliers": _far_outliers,
    "high dimension": lambda r: _mixture(r, ds=(15, 20), ks=(3, 5, 8, 12), apart=(6, 8)),
    "many": lambda r: _mixture(r, ks=(15, 20, 25, 31, 35), ds=(2, 3, 4), ns=(3000,), apart=(5.5, 8)),
    "many unequal": lambda r: _mixture(r, ks=(12, 15, 20, 25), ds=(2, 3, 4, 6), ns=(3000, 5000), sizes=10.0, apart=(6.5, 9)),
    "groups of 1 to 3 %": _few_percent,
    "mostly noise": _mostly_noise,
    "far groups": _far_groups,
    "any sizes": _any_sizes,
}  # fmt: skip


def _factor(random: Random, n: int, d: int, rho: float) -> Floats:
    return np.sqrt(rho) * random.normal(size=(n, 1)) + np.sqrt(1 - rho) * random.normal(size=(n, d))


def _few(random: Random) -> int:
    return int(random.choice([2, 3, 4, 6]))


def _arc(random: Random, n: int) -> Floats:
    angle = random.uniform(0, np.deg2rad(random.uniform(60, 180)), n)
    return np.column_stack([np.cos(angle), np.sin(angle)]) + random.normal(size=(n, 2)) * random.uniform(0.08, 0.2)


def _banana(random: Random, n: int) -> Floats:
    x = random.normal(size=n)
    return np.column_stack([x, random.uniform(0.3, 0.8) * x**2 + random.uniform(0.3, 0.8) * random.normal(size=n)])


def _rfm(random: Random, n: int) -> Floats:
    activity = random.gamma(random.uniform(1, 3), size=n)
    spend = np.exp(3 + 0.5 * np.log(activity + 0.2) + 0.5 * random.normal(size=n))
    return np.column_stack(
        [np.round(random.exponential(40 / (activity + 0.2))), random.poisson(3 * activity) + 1, spend]
    )


def _age_and_spend(random: Random, n: int) -> Floats:
    age = np.round(random.triangular(18, 35, 85, size=n))
    income = np.exp(10 + 0.02 * (age - 18) - 0.0003 * (age - 18) ** 2 + 0.4 * random.normal(size=n))
    return np.column_stack([age, np.round(income, -2), np.round(random.beta(2, 3, size=n) * 100)])


def _answers(random: Random, n: int) -> Floats:
    top, d = int(random.choice([5, 7, 10])), int(random.choice([3, 5, 8]))
    return np.clip(np.round((top + 1) / 2 + 0.22 * top * _factor(random, n, d, random.uniform(0.1, 0.7))), 1, top)


def _moon(random: Random, n: int) -> Floats:
    angle = random.uniform(0, np.pi, n)
    return np.column_stack([np.cos(angle), np.sin(angle)]) + random.uniform(0.05, 0.2) * random.normal(size=(n, 2))


def _moons_without_gap(random: Random, n: int) -> Floats:
    angle, other = random.uniform(0, np.pi, n), random.random(n) < 0.5
    x, y = np.where(other, 1 - np.cos(angle), np.cos(angle)), np.where(other, 0.5 - np.sin(angle), np.sin(angle))
    return np.column_stack([x, y]) + 0.3 * random.normal(size=(n, 2))


def _swiss_roll(random: Random, n: int) -> Floats:
    t = 1.5 * np.pi * (1 + 2 * random.random(n))
    roll = np.column_stack([t * np.cos(t), 21 * random.random(n), t * np.sin(t)])
    return roll + random.uniform(0.2, 1) * random.normal(size=(n, 3))


def _ring(random: Random, n: int) -> Floats:
    angle = random.uniform(0, 2 * np.pi, n)
    away = 1 + random.uniform(0.05, 0.15) * random.normal(size=(n, 1))
    return np.column_stack([np.cos(angle), np.sin(angle)]) * away


def _two_rings(random: Random, n: int) -> Floats:
    """Two groups, one around the other, which K-Means cannot draw: no number of segments is clear."""
    angle, away = random.uniform(0, 2 * np.pi, n), np.where(random.random(n) < 0.3, 0.4, 1.0)[:, None]
    return np.column_stack([np.cos(angle), np.sin(angle)]) * away + 0.05 * random.normal(size=(n, 2))


def _s_curve(random: Random, n: int) -> Floats:
    t = 3 * np.pi * (random.random(n) - 0.5)
    curve = np.column_stack([np.sin(t), 2 * random.random(n), np.sign(t) * (np.cos(t) - 1)])
    return curve + 0.1 * random.normal(size=(n, 3))


def _l_shape(random: Random, n: int) -> Floats:
    return random.random((n, 2)) * np.where(random.random((n, 1)) < 0.5, [[3, 1]], [[1, 3]])


def _horseshoe(random: Random, n: int) -> Floats:
    angle = random.uniform(0, 1.5 * np.pi, n)
    return np.column_stack([np.cos(angle), np.sin(angle)]) * random.uniform(0.7, 1, (n, 1))


def _torus(random: Random, n: int) -> Floats:
    a, b = random.uniform(0, 2 * np.pi, (2, n))
    away = 2 + 0.5 * np.cos(b)
    return np.column_stack([away * np.cos(a), away * np.sin(a), 0.5 * np.sin(b)])


def _shell(random: Random, n: int) -> Floats:
    points = random.normal(size=(n, 3))
    return points / np.linalg.norm(points, axis=1)[:, None] * (1 + 0.05 * random.normal(size=(n, 1)))


def _any_correlation(random: Random, n: int) -> Floats:
    d = int(random.integers(2, 21))
    return random.normal(size=(n, d)) @ random.normal(size=(d, d))


def _helix(random: Random, n: int) -> Floats:
    t = random.uniform(0, 2 * np.pi * random.uniform(1, 4), n)
    curve = np.column_stack([np.cos(t), np.sin(t), random.uniform(0.1, 0.6) * t])
    return curve + random.uniform(0.03, 0.2) * random.normal(size=(n, 3))


def _spiral(random: Random, n: int) -> Floats:
    t = 2 * np.pi * random.uniform(1, 3) * np.sqrt(random.random(n))
    return np.column_stack([t * np.cos(t), t * np.sin(t)]) + random.uniform(0.1, 0.6) * random.normal(size=(n, 2))


def _trefoil(random: Random, n: int) -> Floats:
    t = random.uniform(0, 2 * np.pi, n)
    knot = np.column_stack([np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -np.sin(3 * t)])
    return knot + random.uniform(0.05, 0.35) * random.normal(size=(n, 3))


def _space_curve(random: Random, n: int) -> Floats:
    """Customers evenly along any smooth curve in 2 to 5 features."""
    d, waves = int(random.choice([2, 3, 4, 5])), np.arange(1, int(random.integers(2, 5)))
    factors = random.normal(size=(2, len(waves), d)) / waves[:, None]
    t = np.linspace(0, np.pi, 4000)[:, None] * waves
    curve = np.sin(t) @ factors[0] + np.cos(t) @ factors[1]
    far = np.append(0.0, np.linalg.norm(np.diff(curve, axis=0), axis=1).cumsum())
    at = random.uniform(0, far[-1], n)
    along = np.column_stack([np.interp(at, far, x) for x in curve.T])
    return along + random.uniform(0.02, 0.1) * far[-1] / 6 * random.normal(size=(n, d))


NULLS: dict[str, Callable[[Random, int], Any]] = {
    "uniform": lambda r, n: r.uniform(size=(n, _few(r))),
    "gaussian": lambda r, n: r.normal(size=(n, int(r.choice([2, 3, 5, 10])))),
    "correlated": lambda r, n: _factor(r, n, _few(r), r.uniform(0.3, 0.95)),
    "heavy tails": lambda r, n: r.standard_t(r.uniform(3, 6), size=(n, _few(r))),
    "lognormal": lambda r, n: np.exp(r.uniform(0.3, 1.1) * _factor(r, n, _few(r), r.uniform(0, 0.5))),
    "exponential": lambda r, n: r.exponential(size=(n, _few(r))),
    "ball": lambda r, n: _balls(r, (n, _few(r))),
    "arc": _arc,
    "banana": _banana,
    "rfm": _rfm,
    "age and spend": _age_and_spend,
    "answers": _answers,
    "counts": lambda r, n: r.poisson(r.uniform(1, 10, (1, _few(r))) * np.ones((n, 1))),
    "whole numbers": lambda r, n: np.round(r.uniform(1.5, 6) * _factor(r, n, _few(r), r.uniform(0, 0.6))),
    "few levels": lambda r, n: np.column_stack([r.integers(1, 5, n), r.integers(0, 4, n), r.normal(size=n)]),
    "moon": _moon,
    "moons without gap": _moons_without_gap,
    "swiss roll": _swiss_roll,
    "ring": _ring,
    "two rings": _two_rings,
    "S-curve": _s_curve,
    "L shape": _l_shape,
    "horseshoe": _horseshoe,
    "torus": _torus,
    "shell": _shell,
    "lattice": lambda r, n: r.integers(0, r.integers(3, 12), (n, int(r.integers(1, 4)))),
    "one column of ages": lambda r, n: r.integers(18, 76, (n, 1)),
    "one column of counts": lambda r, n: r.poisson(r.uniform(1, 12), (n, 1)),
    "one column": lambda r, n: r.normal(size=(n, 1)) if r.random() < 0.5 else r.uniform(size=(n, 1)),
    "skewed, 1 to 6 features": lambda r, n: np.exp(r.uniform(0.5, 1.5) * r.normal(size=(n, int(r.integers(1, 7))))),
    "gaussian, 1 to 20 features": lambda r, n: r.normal(size=(n, int(r.integers(1, 21)))),
    "uniform, 1 to 20 features": lambda r, n: r.uniform(size=(n, int(r.integers(1, 21)))),
    "any correlation": _any_correlation,
    "helix": _helix,
    "spiral": _spiral,
    "trefoil knot": _trefoil,
    "curve in space": _space_curve,
}
