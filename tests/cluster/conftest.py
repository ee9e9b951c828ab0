import numpy as np
import pytest
from threadpoolctl import threadpool_limits

MEANS = np.array([[28, 35, 70], [35, 80, 80], [45, 55, 50], [55, 90, 25], [62, 40, 35], [24, 60, 30.0]])
SPREADS = np.array([[6, 10, 12], [7, 12, 10], [9, 12, 12], [8, 14, 11], [7, 10, 12], [4, 12, 12.0]])


def customers(n: int, *, seed: int = 0) -> np.ndarray:
    """Six overlapping groups in age, income and score, standardized."""
    random = np.random.default_rng(seed)
    group = random.choice(6, n, p=[0.22, 0.18, 0.25, 0.12, 0.13, 0.10])
    points = MEANS[group] + SPREADS[group] * random.standard_normal((n, 3))
    return (points - points.mean(axis=0)) / points.std(axis=0)


@pytest.fixture(scope="session")
def few() -> np.ndarray:
    return customers(400)


@pytest.fixture(scope="session")
def many() -> np.ndarray:
    return customers(30_000)


@pytest.fixture(autouse=True, scope="session")
def _one_thread_for_scikit_learn():
    """Idle OpenMP threads spin, which makes tests on a busy machine many times slower."""
    with threadpool_limits(1):
        yield
