"""Draw the gallery: every picture of `seg.plot`, from customers and orders that are made up here."""

from __future__ import annotations

import inspect
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clustera.plots import value
from clustera.segmentation.pictures import Plots

DOCS = Path(__file__).parent
IMAGES = DOCS / "images" / "gallery"
DOTS_PER_INCH = 100
_VALUE = {
    "value": value.segment_values,
    "value_tracking": value.tracking,
    "value_frequencies": value.frequencies,
    "value_calibration": value.calibration,
}
GROUNDS = {"light": "#ffffff", "dark": "#0d1117"}

# Heading, what stands below it, and the lines of code that draw.
ROOMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "How many, and how sure",
        "",
        ("seg.plot.k_selection()", "seg.plot.stability()", "seg.plot.silhouette()"),
    ),
    (
        "Who they are",
        "",
        (
            "seg.plot.sizes()",
            "seg.plot.profile()",
            "seg.plot.snake()",
            'seg.plot.boxes("income")',
            'seg.plot.violins("spending_score")',
            'seg.plot.descriptors("channel")',
        ),
    ),
    (
        "Where they stand",
        "",
        ("seg.plot.scatter()", "seg.plot.pairs()", "seg.plot.components()", "seg.plot.three_d()"),
    ),
    ("Before anything is clustered", "", ("seg.plot.distributions()", "seg.plot.correlations()")),
    (
        "What changed",
        "`later = clustera.segment(next_month, like=seg)` keeps names and identities of the segments.",
        ("later.plot.migration()",),
    ),
    (
        "What they buy",
        "Of segments drawn from a log of orders: `shop = clustera.segment(orders=orders)`.",
        (
            "shop.plot.revenue()",
            "shop.plot.months()",
            'shop.plot.months("customers")',
            "shop.plot.affinities()",
            "shop.plot.rfm()",
            "shop.plot.rfm_groups()",
            "shop.plot.cohorts()",
            "shop.plot.sizes_over_time()",
            "shop.plot.forecast()",
        ),
    ),
    (
        "What they are worth",
        "",
        (
            "shop.plot.value()",
            'shop.plot.value("tracking")',
            'shop.plot.value("frequencies")',
            'shop.plot.value("calibration")',
        ),
    ),
)


def page() -> str:
    """The gallery as Markdown: each picture with its name, a sentence and its line of code."""
    lines = [
        "# Gallery",
        "",
        "Every picture of `seg.plot`, drawn from made-up customers and orders (`docs/gallery.py`). Each returns what it drew on -",
        "matplotlib Axes, or a Figure where it needs several - and takes `ax=` where one Axes is enough. A segment keeps its",
        "color in every picture; text follows the style that is set, so a dark one works as well.",
    ]
    for heading, said, calls in ROOMS:
        lines += ["", f"## {heading}", *(["", said] if said else [])]
        for code in calls:
            name = file_name(code)
            shown = f'<img alt="{sentence(code)}" src="images/gallery/{name}-light.png">'
            dark = f'<source media="(prefers-color-scheme: dark)" srcset="images/gallery/{name}-dark.png">'
            lines += [
                "",
                f"### {name.replace('_', ' ')}",
                "",
                sentence(code),
                "",
                f"    {code}",
                "",
                f"<picture>{dark}{shown}</picture>",
            ]
    return "\n".join(lines) + "\n"


def method(code: str) -> str:
    """The method that a line calls: "boxes" of 'seg.plot.boxes("income")'."""
    return code.split(".plot.")[1].split("(", maxsplit=1)[0]


def file_name(code: str) -> str:
    """What a picture is called: its method, and which of several pictures of it."""
    asked = code.split("(")[1].strip('")')
    return f"{method(code)}_{asked}" if method(code) in {"value", "months"} and asked else method(code)


def sentence(code: str) -> str:
    """The first line of what the picture's function, or its method, says of itself."""
    drawn_by = _VALUE.get(file_name(code)) or getattr(Plots, method(code))
    return (inspect.getdoc(drawn_by) or "").split("\n")[0]


def draw() -> None:
    """Write all pictures, light and dark; the same libraries give the same bytes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import clustera

    customers, next_month = people()
    features = ["age", "income", "spending_score"]
    seg = clustera.segment(customers, features=features, progress=False)
    known = {
        "seg": seg,
        "later": clustera.segment(next_month, features=features, like=seg, progress=False),
        "shop": clustera.segment(orders=orders(), k=4, progress=False),
    }
    IMAGES.mkdir(parents=True, exist_ok=True)
    wanted = {
        f"{file_name(code)}-{scheme}.png": (code, scheme)
        for _, _, calls in ROOMS
        for code in calls
        for scheme in GROUNDS
    }
    for stale in IMAGES.glob("*.png"):
        if stale.name not in wanted:
            stale.unlink()
    for name, (code, scheme) in wanted.items():
        with _style(scheme):
            (IMAGES / name).write_bytes(_small(eval(code, known)))


@contextmanager
def _style(scheme: str) -> Iterator[None]:
    import matplotlib.pyplot as plt

    ground = GROUNDS[scheme]
    base = "default" if scheme == "light" else "dark_background"
    with plt.style.context([base, {"figure.facecolor": ground, "axes.facecolor": ground, "savefig.facecolor": ground}]):
        yield
    plt.close("all")


def _small(drawn: Any) -> bytes:
    """A small PNG."""
    from matplotlib.figure import Figure
    from PIL import Image

    figure = drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)
    raw, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(raw, format="png", dpi=DOTS_PER_INCH)
    # 256 colors: less than half of the bytes, and no shade off by more than the eye sees.
    image = Image.open(raw).convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    image.save(packed, format="png", optimize=True)
    return packed.getvalue()


def people() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers of one month and of the next: five clouds of age, income and spending score, and how they were won."""
    random = np.random.default_rng(7)
    centers = [(24, 28, 74), (58, 47, 45), (33, 84, 80), (44, 92, 18), (47, 27, 22)]
    sizes = [260, 420, 230, 190, 240]
    clouds = [random.normal(center, (4, 6, 7), (n, 3)) for center, n in zip(centers, sizes, strict=True)]
    table = pd.DataFrame(np.vstack(clouds), columns=["age", "income", "spending_score"])
    own = np.repeat(range(5), sizes)
    shop = random.random(len(table)) < np.array([0.15, 0.7, 0.3, 0.45, 0.6])[own]
    table["channel"] = np.where(shop, "shop", np.where(random.random(len(table)) < 0.7, "web", "letter"))
    table.loc[[0, 700], "income"] = [240, 210]
    later = table.copy()
    moved = random.choice(len(table), 130, replace=False)
    to = np.array(centers, dtype=float)[random.permutation(5)[own[moved]]]
    later.loc[moved, ["age", "income", "spending_score"]] = to + random.normal(0, (4, 6, 7), (130, 3))
    return _whole(table), _whole(later).drop(index=range(1300, 1340))


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table[["age", "income", "spending_score"]].round().clip(lower=[16, 12, 1], upper=[95, 400, 100])
    ids = pd.Series([f"C{i:04d}" for i in range(len(table))], index=table.index, name="customer_id")
    return pd.concat([ids, numbers.astype(int), table["channel"]], axis=1)


def orders() -> pd.DataFrame:
    """Two years of orders of 800 customers: how often and how much differ, and so does what is bought."""
    random = np.random.default_rng(3)
    goods = np.array(["Coffee", "Tea", "Chocolate", "Equipment", "Gifts"])
    tastes = np.array([(60, 10, 15, 10, 5), (30, 25, 25, 5, 15), (10, 15, 30, 5, 40), (35, 5, 10, 45, 5)]) / 100
    kinds = {0: (9, 24, 0.9995), 1: (28, 32, 0.999), 2: (120, 45, 0.997), 3: (60, 140, 0.9985)}  # gap, money, staying
    lines = []
    for customer in range(800):
        kind = int(random.choice(4, p=[0.18, 0.34, 0.36, 0.12]))
        gap, money, staying = kinds[kind]
        gap *= random.lognormal(0, 0.3)
        day, end = int(random.integers(0, 640)), random.geometric(1 - staying)
        end += day
        while day < min(731, end):
            for good in random.choice(goods, random.integers(1, 4), p=tastes[kind]):
                season = 1.5 if day % 365 > 320 else 1.0
                lines.append(
                    (f"K{customer:03d}", day, good, round(float(random.gamma(4, money * season / 8)) + 0.5, 2))
                )
            day += 1 + int(random.exponential(gap))
    table = pd.DataFrame(lines, columns=["customer_id", "day", "category", "amount"])
    table["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(table.pop("day"), unit="D")
    back = table.sample(frac=0.02, random_state=1)
    back = back.assign(
        amount=-back["amount"], date=(back["date"] + pd.Timedelta(days=5)).clip(upper=table["date"].max())
    )
    return pd.concat([table, back], ignore_index=True)


if __name__ == "__main__":
    (DOCS / "gallery.md").write_text(page(), encoding="utf-8")
    draw()
