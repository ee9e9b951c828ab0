"""Lifetime value: how often customers will buy, how much they will spend, and how sure that is.

Orders become histories of repeat purchases (`repeat_purchases`), which the purchase models (`BGNBD`, `MBGNBD`,
`ParetoNBD`) and the spend model (`GammaGamma`) are fitted to. `assess` does all of it: it lets a back-test choose the
model, tells every doubt, and gives value and churn per customer and per segment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clustera.late import late_names

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
    "BGNBD": "clustera.value.bgnbd",
    "GammaGamma": "clustera.value.gammagamma",
    "MBGNBD": "clustera.value.bgnbd",
    "ParetoNBD": "clustera.value.paretonbd",
    "RelativeValue": "clustera.value.relative",
    "ValueOutcome": "clustera.value.outcome",
    "alive_history": "clustera.value.pictures",
    "assess": "clustera.value.outcome",
    "back_test": "clustera.value.holdout",
    "relative_value": "clustera.value.relative",
    "repeat_purchases": "clustera.value.history",
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

__getattr__ = late_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return __all__
