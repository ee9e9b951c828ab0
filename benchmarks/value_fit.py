"""How fast the purchase models are fitted and applied, against `lifetimes`, at equal log-likelihood.

One million customers are drawn from a BG/NBD model with the CDNOW parameters, ages of 1 to 78 weeks, purchases on
whole days. Times are CPU seconds of one process with one BLAS thread, the best of three for ours.

Run it: python benchmarks/value_fit.py [customers]
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from clustera.value import BGNBD, MBGNBD, GammaGamma, ParetoNBD

RESULTS = Path(__file__).parent / "results"


def cpu(work: Callable[[], object], rounds: int = 3) -> tuple[float, object]:
    """Fewest CPU seconds and the result."""
    best, made = np.inf, None
    for _ in range(rounds):
        start = time.process_time()
        made = work()
        best = min(best, time.process_time() - start)
    return best, made


def customers(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frequency, recency and T in weeks, purchases on whole days; mean spend."""
    rng = np.random.default_rng(0)
    days = rng.integers(7, 546, n)
    x, t_x = BGNBD().with_params(r=0.243, alpha=4.414, a=0.793, b=2.426).simulate(days / 7.0, rng)
    last = np.where(x > 0, np.clip(np.ceil(t_x * 7), 1, days), 0)
    x = np.minimum(x, last)
    nu = rng.gamma(3.74, 1 / 15.44, n)
    spend = np.where(x > 0, rng.gamma(6.25 * np.maximum(x, 1)) / (nu * np.maximum(x, 1)), 0.0).round(2)
    return x, last / 7.0, days / 7.0, spend


def main() -> None:
    warnings.simplefilter("ignore")
    import lifetimes

    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    x, t_x, T, spend = customers(n)
    again = spend > 0
    table = []
    peers = {
        "BG/NBD": (BGNBD, lifetimes.BetaGeoFitter),
        "MBG/NBD": (MBGNBD, lifetimes.ModifiedBetaGeoFitter),
        "Pareto/NBD": (ParetoNBD, lifetimes.ParetoNBDFitter),
    }
    for name, (model, peer) in peers.items():
        seconds, fitted = cpu(lambda model=model: model().fit(x, t_x, T))
        alive, _ = cpu(lambda fitted=fitted: fitted.probability_alive(x, t_x, T))
        both, _ = cpu(lambda fitted=fitted: fitted.expected_purchases(52.0, x, t_x, T))
        row = {"model": name, "customers": n, "fit_s": seconds, "log_likelihood": fitted.log_likelihood_}
        row |= {"alive_per_s": n / alive, "scored_per_s": n / both}
        # The peer's Pareto/NBD takes minutes at this size; it is asked for a fiftieth.
        part = slice(None) if name != "Pareto/NBD" else slice(0, n // 50)
        theirs_s, theirs = cpu(lambda peer=peer, part=part: peer().fit(x[part], t_x[part], T[part]), rounds=1)
        size = len(x[part])
        ours_s, ours = (
            (seconds, fitted)
            if size == n
            else cpu(lambda model=model, part=part: model().fit(x[part], t_x[part], T[part]))
        )
        # lifetimes leaves the constant -log(x!)-free likelihood per customer in `_negative_log_likelihood_`, time scaled;
        # its parameters are put into our likelihood, which makes the two comparable.
        their_params = {key: float(value) for key, value in theirs.params_.items()}
        peer_log_likelihood = float(
            model().with_params(**their_params).log_likelihood(x[part], t_x[part], T[part]).sum()
        )
        row |= {"peer_customers": size, "peer_fit_s": theirs_s, "times_faster": theirs_s / ours_s}
        row |= {"excess_log_likelihood": ours.log_likelihood_ - peer_log_likelihood}
        table.append(row)
        print(
            f"{name:11} fit {seconds:6.2f} s at {n:,}; lifetimes {theirs_s:6.1f} s at {size:,} = {row['times_faster']:.0f} times ours; "
            f"log-likelihood above its {row['excess_log_likelihood']:+.4f}; {row['scored_per_s'] / 1e6:.1f}M customers scored a second",
            flush=True,
        )
    ours_s, ours = cpu(lambda: GammaGamma().fit(x, spend))
    theirs_s, theirs = cpu(lambda: lifetimes.GammaGammaFitter().fit(x[again], spend[again]), rounds=1)
    table.append(
        {
            "model": "Gamma-Gamma",
            "customers": int(again.sum()),
            "fit_s": ours_s,
            "peer_fit_s": theirs_s,
            "times_faster": theirs_s / ours_s,
        }
    )
    print(
        f"Gamma-Gamma fit {ours_s:6.2f} s at {again.sum():,}; lifetimes {theirs_s:.1f} s = {theirs_s / ours_s:.0f} times ours"
    )
    print("  ours", ours.params_, "lifetimes", {key: float(value) for key, value in theirs.params_.items()})
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "value_fit.json").write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
