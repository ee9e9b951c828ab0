"""What the evidence for a number of segments needs is worked out once in each process for the same customers.

Random halves and samples, paths between segments and powers of features take more than half of a small segmentation, most tests
segment one of a few tables, and what is found is a function of the arguments alone: that the same arguments give the same answer is
tested where nothing is remembered (`drawn_anew`).
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Any

MOST = 2_000  # answers that are kept; the oldest goes


class Memory:
    """The answers of functions, by their arguments.

    >>> memory, asked = Memory(), []
    >>> twice = memory.of(lambda x: asked.append(x) or 2 * x)
    >>> twice(1), twice(1), asked
    (2, 2, [1])
    """

    def __init__(self) -> None:
        self._answers = OrderedDict[bytes, bytes]()
        self.used = True

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, which works on any arguments once; each answer is an object of its own."""

        @wraps(function)
        def remembering(*arguments: Any, **options: Any) -> Any:
            if not self.used:
                return function(*arguments, **options)
            asked = pickle.dumps((id(function), arguments, sorted(options.items())), pickle.HIGHEST_PROTOCOL)
            key = blake2b(asked, digest_size=16).digest()
            if key not in self._answers:
                self._answers[key] = pickle.dumps(function(*arguments, **options), pickle.HIGHEST_PROTOCOL)
                if len(self._answers) > MOST:
                    self._answers.popitem(last=False)
            return pickle.loads(self._answers[key])

        return remembering
