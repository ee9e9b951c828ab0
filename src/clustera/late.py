"""Names of a package that are imported when they are first used: scikit-learn and SciPy take a second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def late_names(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Args:
        package: Its name.
        homes: Module by the name that lives in it.

    >>> late_names("json", {"JSONDecoder": "json.decoder"})("JSONDecoder").__name__
    'JSONDecoder'
    """

    def find(name: str) -> Any:  # noqa: ANN401 - whatever lives under that name
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return find
