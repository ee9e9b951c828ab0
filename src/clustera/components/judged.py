"""Tables that hold the segments and the forecast against what needs neither."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.components.markup import Markup, fill
from clustera.records import BackTest, ForecastCheck, Usefulness
from clustera.texts import forecasts, grouping_words, translate

HEADS = {
    "log_spend": "Spend, as ratios",
    "spend": "Spend, in money",
    "active": "Orders at all",
    "categories": "What they buy",
}


def usefulness_table(judged: Sequence[Usefulness]) -> Markup:
    """Shares of the variance that each way of grouping explains; the best of each column stands out."""
    measured = [outcome for outcome in HEADS if any(getattr(entry, outcome) is not None for entry in judged)]
    rows = [
        (grouping_words(entry), entry.groups == "segments", [getattr(entry, o) for o in measured]) for entry in judged
    ]
    best = [max(v for _, _, values in rows if (v := values[i]) is not None) for i in range(len(measured))]
    return fill("usefulness.html.j2", rows=rows, heads=[translate(HEADS[o]) for o in measured], best=best)


def back_test_table(test: BackTest) -> Markup:
    """Every model, rule and learner in the hold-out, the best first."""
    return fill("back_test.html.j2", test=test)


def look_back_table(check: ForecastCheck | None, prefix: str = "") -> Markup:
    """What an earlier run expected of each of its segments and what came; nothing where it kept its total only."""
    if check is None or not check.segments:
        return Markup("")
    rows = [*((one.name, one) for one in check.segments), (translate("All customers"), check)]
    return fill("look_back.html.j2", check=check, rows=rows, prefix=prefix, new=forecasts.new_customers_sentence(check))
