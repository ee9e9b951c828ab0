"""What to know beside a forecast, in a line: why it differs from the last three months, and what makes it less sure."""

from __future__ import annotations

from clustera.records import Finding, ForecastScore, LifetimeValue
from clustera.texts.numbers import format_amount, format_count
from clustera.texts.translation import translate

APART = 0.25  # of the last three months, carried on, from which a forecast is explained
DOUBTS = {
    "best-more": "probably too low for the best customers",
    "best-less": "probably too high for the best customers",
    "drifts": "spend per order is changing",
    "new": "customers of before the log look new at its start",
    "attrition": "who has left can hardly be told",
    "large": "a few very large orders decide",
    "ahead": "tested over {tested} days, expected over {ahead}",
}
SIMPLE_FORECASTS = ("own rate", "last period", "gradient boosting")
FORECAST_KINDS = {"model": "model", "rule": "naive rule", "learner": "learner"}
_OF_CODES = {
    "spend-drifts": "drifts",
    "left-truncation": "new",
    "no-measurable-attrition": "attrition",
    "spend-without-mean": "large",
    "beyond-the-test": "ahead",
}
_MOST = 1  # doubts in a line


def less_sure(value: LifetimeValue) -> str:
    """What the model's own tests say against its total, in few words; "" where nothing does."""
    said = [text for doubt in value.doubts if (text := _doubt(doubt))]
    return translate("Less sure: {doubts}.", doubts="; ".join(said[:_MOST])) if said else ""


def _doubt(doubt: Finding) -> str:
    if doubt.code == "spend-follows-frequency":
        return translate(DOUBTS["best-more" if doubt.values.get("case") == "more" else "best-less"])
    key = _OF_CODES.get(doubt.code)
    if key is None:
        return ""
    numbers = {name: format_count(float(str(doubt.values.get(name, 0)))) for name in ("tested", "ahead")}
    return translate(DOUBTS[key], **numbers)


def forecast_name(name: str) -> str:
    """What a way to forecast is called; names of models are their own.

    >>> forecast_name("own rate"), forecast_name("Pareto/NBD")
    ('own rate', 'Pareto/NBD')
    """
    return translate(name) if name in SIMPLE_FORECASTS else name


def forecast_kind(score: ForecastScore) -> str:
    """Whether a forecast is a model's, a naive rule's or a learner's."""
    return translate(FORECAST_KINDS[score.kind])


def against_lately(expected: float, recent: float, *, months: int, currency: str = "") -> str:
    """Why a forecast is more than a quarter away from the last three months carried on; "" where it is not.

    Args:
        expected: What the customers are expected to spend.
        recent: What they spent in the last 91 days.
        months: Of the forecast.
        currency: Of both.

    >>> against_lately(35_918, 1_425, months=12)
    'At the pace of the last 3 months it would be 5,700; the forecast expects some inactive customers to come back.'
    """
    carried = recent * months / 3
    if abs(expected - carried) <= APART * abs(carried):
        return ""
    values = {"money": format_amount(carried, currency)}
    if expected > carried:
        return translate(
            "At the pace of the last 3 months it would be {money}; the forecast expects some inactive customers to come back.",
            **values,
        )
    return translate(
        "At the pace of the last 3 months it would be {money}; the forecast expects some customers to leave.",
        **values,
    )
