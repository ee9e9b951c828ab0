"""Times faster than scikit-learn against N, from the lines that `engine.py` wrote.

python benchmarks/plot_engine.py benchmarks/results/engine.jsonl docs/benchmarks-engine.svg
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt

METHODS = ("clustera", "scikit-learn MiniBatch", "scikit-learn-intelex", "faiss", "scikit-learn elkan")


def main():
    plt.rcParams.update({"svg.hashsalt": "clustera", "svg.fonttype": "none"})
    lines = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    tables = list(dict.fromkeys((line["table"], line["n_features"]) for line in lines))
    figure, axes = plt.subplots(1, len(tables), figsize=(4.5 * len(tables), 3.6), sharey=True, squeeze=False)
    for axis, (table, n_features) in zip(axes[0], tables, strict=True):
        here = [line for line in lines if (line["table"], line["n_features"]) == (table, n_features)]
        base = {line["n"]: line["cpu"] for line in here if line["method"] == "scikit-learn lloyd"}
        for method in METHODS:
            points = [(line["n"], base[line["n"]] / line["cpu"]) for line in here if line["method"] == method]
            if points:
                axis.plot(*zip(*points, strict=True), marker="o", label=method)
        axis.axhline(1, color="grey", linewidth=1)
        axis.set(xscale="log", yscale="log", title=f"{table}, {n_features} features", xlabel="customers")
    axes[0][0].set_ylabel("times faster than scikit-learn (CPU)")
    axes[0][0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(sys.argv[2], metadata={"Date": None})


if __name__ == "__main__":
    main()
