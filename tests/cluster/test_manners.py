import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import clustera
from clustera.cluster.sweep import solve_sweep
from clustera.cluster.threads import allowed_threads, answers_in_order
from clustera.kernels.lloyd import lloyd_iteration

SOURCE = Path(clustera.__file__).parent


def run(code, **environment):
    """Run code in a fresh process and return what it prints."""
    path = os.pathsep.join([str(SOURCE.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_sweep_needs_no_scikit_learn():
    code = """
        import sys
        import numpy as np
        from clustera.cluster.sweep import solve_sweep
        solve_sweep(np.arange(20.0)[:, None], [2])
        print("sklearn" in sys.modules)
    """
    assert run(code).strip() == "False"


def test_threads_are_limited_as_numpy_limits_them(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert allowed_threads(None) == 1
    assert allowed_threads(3) == 3


def test_only_a_few_pieces_are_held_at_a_time():
    taken = []
    answers = answers_in_order(abs, (taken.append(i) or i for i in range(100)), threads=2)
    next(answers)
    assert len(taken) < 10


def test_an_error_in_a_thread_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(answers_in_order(lambda x: 1 / x, [1, 0, 1], threads=2))


def test_a_sweep_can_be_stopped_at_once():
    class StopError(Exception):
        pass

    def stop(what, share):
        if share >= 0.2:
            raise StopError

    points = np.random.default_rng(0).normal(size=(100_000, 3))
    solve_sweep(points[:25_000], [2])
    started = time.process_time()  # what it works, whatever else the machine does
    with pytest.raises(StopError):
        solve_sweep(points, range(2, 13), progress=stop)
    assert time.process_time() - started < 5
    assert threading.active_count() < 10


def test_no_call_of_compiled_code_is_longer_where_rows_have_many_features(monkeypatch):
    points = np.random.default_rng(0).normal(size=(4_000, 40))
    whole = solve_sweep(points, [3])[3]
    breath, asked = points.size * 3 * 5, []  # five rounds of one set

    def counted(X, w, C, minus, half, offsets, which, *state, enough=0.0, rounds=0):
        asked.append((rounds, rounds * X.size * int(np.diff(offsets)[which].sum())))
        return lloyd_iteration(X, w, C, minus, half, offsets, which, *state, enough=enough, rounds=rounds)

    monkeypatch.setattr("clustera.cluster.search.lloyd_iteration", counted)
    monkeypatch.setattr("clustera.cluster.search.BREATH", breath)
    parted = solve_sweep(points, [3])[3]
    assert max(rounds for rounds, _ in asked) > 1
    assert all(looked_at <= breath for rounds, looked_at in asked if rounds > 1)
    np.testing.assert_array_equal(parted.centers, whole.centers)
