"""`make bench`: every benchmark one after the other, small enough for a laptop. Each script says how to run it larger.

Figures are CPU seconds and ratios with quality beside them; tables go to benchmarks/results/.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
OTHER_TABLES = ("whole:3", "groups:2", "groups:5", "groups:12", "groups:20")
SCRIPTS = (
    ("engine.py", str(RESULTS / "engine.jsonl")),
    ("engine.py", str(RESULTS / "engine.jsonl"), "--tables", *OTHER_TABLES, "--rows", "10000", "--methods", "clustera"),
    ("engine_draws.py", "--rows", "200", "10000", "--draws", "2"),
    ("many_features.py",),
    ("engine_side.py",),
    ("estimators.py", "200", "10000"),
    ("engine_memory.py", "1000000"),
    ("engine_threads.py", "1000000"),
    ("whole_command.py",),
    ("whole_command.py", "--install"),
    ("choose_k.py", "--structured", "2", "--null", "2", "--usual-nulls", "1"),
    ("statements.py", "--structured", "1", "--null", "1"),
    ("outliers.py",),
    ("orders_speed.py", "2"),
    ("check_speed.py",),
    ("memory.py", "0.1"),
    ("orders_usefulness.py",),
    ("orders_rhythm.py",),
    ("orders_over_time.py",),
    ("value_fit.py",),
    ("value_backtest.py",),
    ("value_churn.py",),
)


def main() -> None:
    """Run all; the first that fails ends it."""
    RESULTS.mkdir(exist_ok=True)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    for script, *words in SCRIPTS:
        print(f"\n$ python benchmarks/{script} {' '.join(words)}", flush=True)
        subprocess.run([sys.executable, str(HERE / script), *words], check=True, cwd=HERE, env=environment)


if __name__ == "__main__":
    main()
