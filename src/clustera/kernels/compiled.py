"""Finds the compiled kernels, and tells them where the arrays are."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustera.errors import SetupError

Argument = NDArray[Any] | float

_FILE = Path(__file__).with_name("compiled.bin")


@cache
def compiled_library() -> ctypes.CDLL:
    """The library that `hatch_build.py` made.

    Raises:
        SetupError: it is not there, or not one for this machine.
    """
    try:
        return ctypes.CDLL(str(_FILE))
    except OSError as error:
        raise SetupError(
            f"{_FILE}, the compiled part of Clustera, can't be loaded: {error}.",
            hint="Install the package for this machine (pip install .): that compiles it.",
        ) from error


@cache
def processor_level() -> int:
    """The best level of kernels for this processor: 3 with AVX2 and FMA, else 1."""
    return int(_function("level")())


def _function(name: str) -> Any:  # noqa: ANN401 - a function of the library, whose types are set by whoever calls it
    try:
        return getattr(compiled_library(), name)
    except AttributeError as error:
        raise SetupError(
            f"{_FILE}, the compiled part of Clustera, is of another version: it has no function {name!r}.",
            hint="Install the package again, which compiles it: pip install clustera, or pip install . in a checkout.",
        ) from error


class Kernel:
    """One compiled function.

    It takes arrays by their address alone. What they hold is looked at here; that they are long enough is for the caller
    to see to.
    """

    def __init__(self, name: str, *kinds: type, returns: type | None = None) -> None:
        """Declare a kernel.

        Args:
            name: In the C file.
            kinds: Of its arguments: `int`, `float`, or what an array holds.
            returns: `int` or nothing.
        """
        self.name = name
        self._holds = [None if kind in {int, float} else np.dtype(kind) for kind in kinds]
        self._types = [{int: ctypes.c_int64, float: ctypes.c_double}.get(kind, ctypes.c_void_p) for kind in kinds]
        self._returns = ctypes.c_int64 if returns else None
        self._functions: dict[int, Callable[..., int]] = {}

    def __call__(self, *arguments: Argument) -> int:
        """Run it at the processor's level, on numbers and on arrays in C order.

        Raises:
            TypeError: an array holds something else, or is not in C order.
            SetupError: the library is not there, or older than this code.
        """
        at = processor_level()
        run = self._functions.get(at)
        if run is None:
            run = _function(f"{self.name}_v{at}")
            run.argtypes, run.restype = self._types, self._returns
            self._functions[at] = run
        return run(*map(self._given, arguments, self._holds))

    def _given(self, argument: Argument, holds: np.dtype[Any] | None) -> float:
        """A number as it is, an array as its address."""
        if holds is None:
            return argument  # type: ignore[return-value]
        assert isinstance(argument, np.ndarray)
        if argument.dtype != holds or not argument.flags.c_contiguous:
            raise TypeError(f"{self.name}: {argument.dtype} {argument.shape} is not an array of {holds} in C order")
        return int(argument.__array_interface__["data"][0])
