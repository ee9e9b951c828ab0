"""Manners of borrowed libraries: how many threads they may take for our work."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController, threadpool_limits

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def plain_products(work: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Have `work` multiply matrices with one thread: ours are small, and many threads would wait for each other.

    Nor do sums then depend on how many processors there are.

    >>> plain_products(abs)(-2)
    2
    """

    @wraps(work)
    def alone(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        with _blas().limit(limits=1, user_api="blas"):
            return work(*args, **kwargs)

    return alone


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread(work: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Have `work` take one thread of scikit-learn and what it stands on: small trees that many threads share wait for each other.

    >>> one_thread(abs)(-2)
    2
    """

    @wraps(work)
    def alone(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        import sklearn.ensemble  # noqa: F401 - a limit holds only for libraries that are loaded

        with threadpool_limits(limits=1):
            return work(*args, **kwargs)

    return alone
