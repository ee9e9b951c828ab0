"""Times faster than scikit-learn against N, from the lines that `engine.py` wrote; prints them as a table too.

python benchmarks/plot_engine.py benchmarks/results/engine.jsonl docs/benchmarks-engine.svg
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt

METHODS = ("clustera", "scikit-learn MiniBatch", "scikit-learn-intelex", "faiss", "scikit-learn elkan")


def print_table(lines):
    """The lines as Markdown: how many times faster, then CPU seconds with the worst inertia of every method."""
    methods = list(dict.fromkeys(line["method"] for line in lines if line["method"] != "clustera with labels"))
    methods.sort(key=lambda method: method != "clustera")
    print("| table | D | N | faster |", " | ".join(methods), "|")
    print("|---" * (4 + len(methods)) + "|")
    for key in sorted({(line["table"], line["n_features"], line["n"]) for line in lines}):
        here = {line["method"]: line for line in lines if (line["table"], line["n_features"], line["n"]) == key}
        if "clustera" not in here:
            continue
        faster = here["scikit-learn lloyd"]["cpu"] / here["clustera"]["cpu"]
        cells = []
        for method in methods:
            line = here.get(method)
            star = "*" if line and line["extrapolated"] else ""
            cells.append(f"{line['cpu']:.3g}{star} ({line['worst']:.4f})" if line else "")
        print(f"| {key[0]} | {key[1]} | {key[2]:,} | **{faster:.3g}x** |", " | ".join(cells), "|")


def main():
    plt.rcParams.update({"svg.hashsalt": "clustera", "svg.fonttype": "none"})
    read = [json.loads(line) for line in Path(sys.argv[1]).read_text().splitlines()]
    # Of what was measured again, the last counts.
    lines = list({(line["table"], line["n_features"], line["n"], line["method"]): line for line in read}.values())
    print_table(lines)
    drawn = [line for line in lines if line["method"] in METHODS]
    sizes = {}
    for line in drawn:
        sizes.setdefault((line["table"], line["n_features"]), set()).add(line["n"])
    tables = [table for table, found in sizes.items() if len(found) > 2]  # a curve needs more than two points
    figure, axes = plt.subplots(1, len(tables), figsize=(4.5 * len(tables), 3.6), sharey=True, squeeze=False)
    for axis, (table, n_features) in zip(axes[0], tables, strict=True):
        here = [line for line in lines if (line["table"], line["n_features"]) == (table, n_features)]
        base = {line["n"]: line["cpu"] for line in here if line["method"] == "scikit-learn lloyd"}
        for number, method in enumerate(METHODS):
            points = [(line["n"], base[line["n"]] / line["cpu"]) for line in here if line["method"] == method]
            if points:
                axis.plot(*zip(*points, strict=True), marker="o", color=f"C{number}", label=method)
        axis.axhline(1, color="gray", linewidth=1)
        axis.set(xscale="log", yscale="log", title=f"{table}, {n_features} features", xlabel="customers")
    axes[0][0].set_ylabel("times faster than scikit-learn (CPU)")
    axes[0][0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(sys.argv[2], metadata={"Date": None})


if __name__ == "__main__":
    main()
