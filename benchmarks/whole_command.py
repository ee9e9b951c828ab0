"""What the whole command costs, from an empty process to the report, beside the script that people write today.

    python benchmarks/whole_command.py                  # 200 customers
    python benchmarks/whole_command.py 200 1000000      # a million as well; the script alone takes minutes
    python benchmarks/whole_command.py --install        # the first call after `pip install .` in a new environment

Both are run as fresh processes, one after the other, and charged with CPU seconds (user and system). The script for few
customers reads, scales, solves k = 2 .. 10, measures silhouettes, draws a pair plot and writes; the one for many reads,
scales, solves k = 2 .. 12 and writes. Each table has an id and three whole-number features in six groups.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
RESULTS = HERE / "results"
FEW = 20_000  # from here on the script can't afford silhouettes and a pair plot
REPEATS = 3

SCRIPT_FEW = """
import pandas as pd, matplotlib; matplotlib.use("Agg")
import matplotlib.pyplot as plt, seaborn as sns
from sklearn.preprocessing import StandardScaler
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
df = pd.read_csv("customers.csv"); X = StandardScaler().fit_transform(df.iloc[:, 1:4])
inertia, silhouette = [], []
for k in range(2, 11):
    model = KMeans(k, n_init=10, random_state=0).fit(X)
    inertia.append(model.inertia_); silhouette.append(silhouette_score(X, model.labels_))
k = 2 + max(range(9), key=lambda i: silhouette[i])
df["Cluster"] = KMeans(k, n_init=10, random_state=0).fit_predict(X)
fig, ax = plt.subplots(1, 2, figsize=(10, 4)); ax[0].plot(range(2, 11), inertia); ax[1].plot(range(2, 11), silhouette)
fig.savefig("k.png")
sns.pairplot(df.iloc[:, 1:], hue="Cluster").savefig("pairs.png")
df.to_csv("clustered.csv", index=False)
"""
SCRIPT_MANY = """
import pandas as pd
from sklearn.preprocessing import StandardScaler
from sklearn.cluster import KMeans
df = pd.read_csv("customers.csv"); X = StandardScaler().fit_transform(df.iloc[:, 1:4])
for k in range(2, 13):
    model = KMeans(k, n_init=10, random_state=0).fit(X)
df["Cluster"] = model.labels_
df.to_csv("clustered.csv", index=False)
"""
# The command as it is, with a clock of CPU seconds instead of a progress bar.
COMMAND = """
import json, sys, time
from clustera.cli.printing import print_segmentation
from clustera.segmentation import segment
steps, last = {"loading": time.process_time()}, ["", time.process_time()]
def say(step, share):
    now = time.process_time()
    if last[0]: steps[last[0]] = steps.get(last[0], 0.0) + now - last[1]
    last[:] = [step, now]
seg = segment("customers.csv", progress=say)
say("Writing the run", 1.0)
print_segmentation(seg, seg.publish("runs"))
say("", 1.0)
print(json.dumps(steps), file=sys.stderr)
"""


def customers(n: int) -> pd.DataFrame:
    """An id, age, income and a spending score, in whole numbers; six groups."""
    random = np.random.default_rng(0)
    middle = np.array(
        [[25, 30_000, 75], [32, 85_000, 80], [45, 55_000, 50], [58, 48_000, 35], [30, 62_000, 25], [52, 92_000, 20]]
    )
    own = random.choice(6, n, p=[0.1, 0.15, 0.35, 0.15, 0.13, 0.12])
    values = middle[own] + random.normal(0, [6, 9_000, 9], (n, 3))
    table = pd.DataFrame(np.rint(values).astype(int), columns=["age", "income", "spending_score"])
    table["age"], table["income"] = table["age"].clip(18, 90), table["income"].clip(8_000)
    table["spending_score"] = table["spending_score"].clip(1, 100)
    table.insert(0, "customer_id", np.arange(1, n + 1))
    return table


def cpu_seconds(words: list[str], folder: Path, environment: dict[str, str]) -> tuple[float, str]:
    """CPU seconds of a fresh process, and what it said on standard error."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr


def measure(n: int, folder: Path, environment: dict[str, str]) -> dict[str, float]:
    """Command and script in turn; the least of each, for whatever else the machine does only adds."""
    customers(n).to_csv(folder / "customers.csv", index=False)
    command = [sys.executable, "-m", "clustera", "segment", "customers.csv"]
    script = [sys.executable, "-c", SCRIPT_FEW if n <= FEW else SCRIPT_MANY]
    cpu_seconds(command, folder, environment)  # files and libraries are in memory from here on
    ours, theirs = [], []
    for _ in range(REPEATS if n <= FEW else 1):
        ours.append(cpu_seconds(command, folder, environment)[0])
        theirs.append(cpu_seconds(script, folder, environment)[0])
    return {"command": min(ours), "script": min(theirs), "ratio": min(ours) / min(theirs)}


def first_calls() -> None:
    """Install the package into an environment of its own, and call it three times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        customers(200).to_csv(folder / "customers.csv", index=False)
        venv.create(folder / "venv", with_pip=True)
        python = str(folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", str(HERE.parent)], check=True)
        # Nothing that an earlier installation left, and Python's own bytecode as pip wrote it.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [python, "-m", "clustera", "segment", "customers.csv"]
        calls = [cpu_seconds(command, folder, environment | {"HOME": name})[0] for _ in range(3)]
    print("calls after installation, CPU seconds:", "  ".join(f"{seconds:.2f}" for seconds in calls))


def main() -> None:
    """Print one table per number of customers, and write them to results/whole_command.json."""
    if "--install" in sys.argv:
        first_calls()
        return
    # Python's own bytecode is kept from the first call on, as an installation has it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    found: dict[str, dict[str, object]] = {}
    for n in [int(word) for word in sys.argv[1:]] or [200]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            totals = measure(n, folder, environment)
            steps = json.loads(cpu_seconds([sys.executable, "-c", COMMAND], folder, environment)[1].splitlines()[-1])
        found[str(n)] = {"totals": totals, "steps": steps}
        print(f"\n{n:,} customers: CPU seconds")
        print(f"  command {totals['command']:.2f}, script {totals['script']:.2f}: {100 * totals['ratio']:.1f} %")
        for step, seconds in steps.items():
            print(f"    {step:<34}{seconds:6.2f}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "whole_command.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
