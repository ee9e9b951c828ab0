"""Lifetime value: how often customers will buy, how much they will spend, and how sure that is.

Orders become histories of repeat purchases (`repeat_purchases`), which the purchase models (`BGNBD`, `MBGNBD`,
`ParetoNBD`) and the spend model (`GammaGamma`) are fitted to. `assess` does all of it: it lets a back-test choose the
model, tells every doubt, and gives value and churn per customer and per segment.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clustera.value.bgnbd import BGNBD, MBGNBD
    from clustera.value.gammagamma import GammaGamma
    from clustera.value.history import repeat_purchases
    from clustera.value.holdout import back_test
    from clustera.value.outcome import ValueOutcome, assess
    from clustera.value.paretonbd import ParetoNBD
    from clustera.value.pictures import alive_history
    from clustera.value.relative import RelativeValue, relative_value

# Loaded when used: scikit-learn and SciPy take a second that `import clustera` must not.
_HOMES = {
    "BGNBD": "bgnbd",
    "GammaGamma": "gammagamma",
    "MBGNBD": "bgnbd",
    "ParetoNBD": "paretonbd",
    "RelativeValue": "relative",
    "ValueOutcome": "outcome",
    "alive_history": "pictures",
    "assess": "outcome",
    "back_test": "holdout",
    "relative_value": "relative",
    "repeat_purchases": "history",
}
__all__ = [
    "BGNBD",
    "MBGNBD",
    "GammaGamma",
    "ParetoNBD",
    "RelativeValue",
    "ValueOutcome",
    "alive_history",
    "assess",
    "back_test",
    "relative_value",
    "repeat_purchases",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever lives under that name
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
