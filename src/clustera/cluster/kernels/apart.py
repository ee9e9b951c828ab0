"""How every kernel here is compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numba
from numba.core.compiler import Compiler


class _Apart(Compiler):
    """Numba's compiler, told that no two arrays handed to a kernel share memory.

    Loops then vectorise without asking that at run time, and there is a fifth less to compile. Parts of one array may
    be used side by side; the same array handed over twice may not.
    """

    def define_pipelines(self) -> Any:
        self.state.flags.noalias = True
        return super().define_pipelines()  # type: ignore[no-untyped-call]


kernel: Callable[..., Any] = partial(numba.njit, cache=True, nogil=True, error_model="numpy", pipeline_class=_Apart)
