"""Customer lifetime value: how often customers will buy, how much they will spend, and how sure that is."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clustera.value.bgnbd import BGNBD, MBGNBD
    from clustera.value.gammagamma import GammaGamma
    from clustera.value.history import repeat_purchases
    from clustera.value.paretonbd import ParetoNBD

_HOMES = {
    "BGNBD": "bgnbd",
    "MBGNBD": "bgnbd",
    "ParetoNBD": "paretonbd",
    "GammaGamma": "gammagamma",
    "repeat_purchases": "history",
}
__all__ = ["BGNBD", "MBGNBD", "GammaGamma", "ParetoNBD", "repeat_purchases"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
