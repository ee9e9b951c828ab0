"""What to know beside a forecast, in a line: why it differs from the last three months, and what makes it less sure."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from clustera.records import BackTest, Finding, ForecastCheck, ForecastScore, LifetimeValue, RiskBand, Stage, YearAhead
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day
from clustera.texts.numbers import format_amount, format_count, format_share
from clustera.texts.titles import likely_range
from clustera.texts.translation import translate

MISSED = 0.05  # of what was forecast for the most frequent buyers in the back-test, from which it is told
FEWEST = 30  # customers among those
APART = 0.25  # of the last three months, carried on, from which a forecast is explained
AGAINST = 0.1  # of both, from which a forecast above the last year is explained beside falling sales, or one below beside rising
YEARS_APART = 0.2  # of the last 12 months, from which a forecast of 12 months is explained
BEYOND = 2.6  # standard errors, which chance alone exceeds in one band of a hundred
FREQUENT = {
    "less": "Test: frequent buyers ordered {share} less than forecast.",
    "more": "Test: frequent buyers ordered {share} more than forecast.",
}
DOUBTS = {
    "drifts": "This forecast is less sure: spend per order is changing.",
    "new": "This forecast is less sure: customers of before the log look new at its start.",
    "attrition": "This forecast is less sure: who has left can hardly be told.",
    "large": "This forecast is less sure: a few very large orders decide.",
    "ahead": "This forecast was tested over {tested} days; it is for {ahead}.",
}
SIMPLE_FORECASTS = {
    "own rate": "each customer's own pace",
    "last period": "as many as in the period before",
    "gradient boosting": "gradient boosting",
}
FORECAST_KINDS = {"model": "model", "rule": "simple rule", "learner": "machine learning"}
_OF_CODES = {
    "spend-drifts": "drifts",
    "left-truncation": "new",
    "no-measurable-attrition": "attrition",
    "spend-without-mean": "large",
    "beyond-the-test": "ahead",
}


def forecast_note(value: LifetimeValue) -> str:
    """What stands below a forecast: its likely range; that it is without new customers, where no explanation says so.

    >>> forecast_note(seg.outcome.value).partition(". ")[2]
    'Without new customers'
    """
    total = value.total
    if total.low <= total.value <= total.high:
        low, high = format_amount(total.low), format_amount(total.high)
        said = translate("80% likely between {low} and {high}", low=low, high=high)
    else:
        said = likely_range(total.value, total.low, total.high)
    return said if _years_apart(value.year_ahead) else f"{said}. {translate('Without new customers')}"


def forecast_explanation(value: LifetimeValue, *, looked_back: bool = False) -> tuple[str, str]:
    """A heading and what to know of a forecast: why it is not the last 12 months, and what its tests say against it.

    Both are "" where there is nothing to know. Where an earlier forecast has been held against what came
    (`looked_back`), that is a better test than the model's own, which are then left to the method page.

    >>> forecast_explanation(seg.outcome.value)
    ('How sure the forecast is', 'This forecast is less sure: who has left can hardly be told.')
    """
    doubt = "" if looked_back else forecast_doubts(value)
    ahead = _years_apart(value.year_ahead)
    if ahead is None:
        return (translate("How sure the forecast is"), doubt) if doubt else ("", "")
    less = ahead.expected < ahead.sales
    title = translate("Why less is expected") if less else translate("Why more is expected")
    return title, f"{year_ahead_sentences(ahead)}. {doubt}".rstrip()


def forecast_doubts(value: LifetimeValue) -> str:
    """What the model's own tests say against its total, in few words; "" where nothing does.

    >>> forecast_doubts(seg.outcome.value)
    'This forecast is less sure: who has left can hardly be told.'
    """
    said = [frequent_buyers_sentence(value.back_test), *map(_doubt, value.doubts)]
    return next(filter(None, said), "")


def frequent_buyers_sentence(test: BackTest) -> str:
    """How far the back-test's own table shows the forecast of the most frequent buyers off; "" where it was close."""
    if not test.deciles:
        return ""
    forecast, actual, customers = test.deciles[-1]
    if customers < FEWEST or forecast <= 0 or abs(actual / forecast - 1) < MISSED:
        return ""
    return translate(FREQUENT["more" if actual > forecast else "less"], share=format_share(abs(actual / forecast - 1)))


def _doubt(doubt: Finding) -> str:
    key = _OF_CODES.get(doubt.code)
    if key is None:
        return ""
    numbers = {name: format_count(float(str(doubt.values.get(name, 0)))) for name in ("tested", "ahead")}
    return translate(DOUBTS[key], **numbers)


def forecast_check_sentences(check: ForecastCheck | None, currency: str = "", *, new: bool = True) -> str:
    """What an earlier run expected until today, what came, and what `new` customers added; "" where that is not known.

    >>> forecast_check_sentences(ForecastCheck(17_531, 17_561, 90, 5000.0, 4500.0, 5600.0, 5210.0, 0, 0.0))
    'On December 31, 2017, we expected 5,000 for 30 days (80% likely 4,500 to 5,600); 5,210 came.'
    >>> from clustera.records import SegmentCheck
    >>> lapsed = SegmentCheck(3, "Lapsed customers", 40, 200.0, None, None, 410.0)
    >>> check = ForecastCheck(17_531, 17_561, 90, 5000.0, None, None, 5210.0, 0, 0.0, segments=(lapsed,), furthest=3)
    >>> forecast_check_sentences(check).partition("; ")[2]
    '5,210 came. Furthest off: Lapsed customers (210 more).'
    >>> forecast_check_sentences(ForecastCheck(17_531, 17_561, 90, 5000.0, None, None, 5210.0, 0, 0.0, returned=310.0)).partition("; ")[2]
    '5,210 came. Returns not deducted: 310.'
    """
    if check is None:
        return ""
    values = {
        "day": format_day(check.before),
        "days": check.days,
        "expected": format_amount(check.expected, currency),
        "actual": format_amount(check.actual, currency),
    }
    if check.low is None or check.high is None:
        said = translate("On {day}, we expected {expected} for {days} days; {actual} came.", **values)
    else:
        values |= {"low": format_amount(check.low), "high": format_amount(check.high)}
        said = translate(
            "On {day}, we expected {expected} for {days} days (80% likely {low} to {high}); {actual} came.",
            **values,
        )
    if check.returned > 0:
        money = format_amount(check.returned, currency)
        said += " " + translate("Returns not deducted: {money}.", money=money)
    said += _ranges_held(check) + _furthest_off(check)
    added = new_customers_sentence(check, currency) if new else ""
    return f"{said} {added}".rstrip()


def new_customers_sentence(check: ForecastCheck, currency: str = "") -> str:
    """Who ordered since an earlier run and is in no forecast of it, and for how much; "" where nobody did.

    >>> new_customers_sentence(ForecastCheck(17_531, 17_561, 90, 5000.0, None, None, 5210.0, 12, 2287.0))
    '12 new customers: 2,287 more.'
    """
    if not check.new_customers:
        return ""
    more = {"money": format_amount(check.new_sales, currency)}
    return translate_count(
        check.new_customers, "{n} new customer: {money} more.", "{n} new customers: {money} more.", **more
    )


def _ranges_held(check: ForecastCheck) -> str:
    """Of how many segments the sales lie within the likely range, behind a space; "" where no range is known."""
    held = [one.held for one in check.segments if one.held is not None]
    if not held:
        return ""
    return " " + translate_count(
        sum(held),
        "{n} of {all} segments within its likely range.",
        "{n} of {all} segments within their likely range.",
        all=format_count(len(held)),
    )


def _furthest_off(check: ForecastCheck) -> str:
    """Which segment was furthest off and by how much money, behind a space; "" where none is to be told."""
    found = next((one for one in check.segments if one.segment == check.furthest), None)
    if found is None:
        return ""
    money = _more_or_less(found.actual - found.expected)
    return " " + translate("Furthest off: {name} ({money}).", name=found.name, money=money)


def year_ahead_sentences(ahead: YearAhead | None) -> str:
    """That a forecast is without new customers; and where it is a fifth or more away from the last 12 months, from whom that comes.

    The two parts, with their signs, add up to the difference. What new customers brought is said where the log can tell.

    >>> from clustera.records import YearAhead
    >>> year_ahead_sentences(YearAhead(1000.0, 700.0, 12, 200.0, 20.0, None))
    '30% less than the last 12 months: 180 from 12 customers not expected back, 120 from others. Without new customers'
    >>> year_ahead_sentences(None)
    'Without new customers'
    """
    ahead = _years_apart(ahead)
    if ahead is None:
        return translate("Without new customers")
    change, leaving = ahead.expected - ahead.sales, ahead.leaving_expected - ahead.leaving_sales
    share = format_share(abs(change) / ahead.sales)
    if change < 0:
        said = translate("{share} less than the last 12 months", share=share)
    else:
        said = translate("{share} more than the last 12 months", share=share)
    if ahead.leaving:
        # Where both parts go the way of the whole, the sentence has said which.
        same = (leaving > 0) is (change - leaving > 0) is (change > 0)
        told = _amount_alone if same else _more_or_less
        who = translate_count(
            ahead.leaving,
            "{money} from {n} customer not expected back",
            "{money} from {n} customers not expected back",
            money=told(leaving),
        )
        said += f": {who}, {translate('{money} from others', money=told(change - leaving))}"
    if ahead.new_sales is None:
        return f"{said}. {translate('Without new customers')}"
    new = format_amount(ahead.new_sales)
    return f"{said}. {translate('New customers come on top: they brought {money}', money=new)}"


def _years_apart(ahead: YearAhead | None) -> YearAhead | None:
    """Both years where a forecast is far enough away from the last 12 months to be explained; else None."""
    if ahead is None or ahead.sales <= 0 or abs(ahead.expected / ahead.sales - 1.0) < YEARS_APART:
        return None
    return ahead


def _amount_alone(change: float) -> str:
    return format_amount(abs(change))


def _more_or_less(change: float) -> str:
    money = format_amount(abs(change))
    return translate("{money} more", money=money) if change > 0 else translate("{money} less", money=money)


def chances_off(bands: Sequence[RiskBand]) -> str:
    """Where the chance of no order was further from what happened than chance explains; "" where it nowhere was.

    >>> chances_off([RiskBand(0.0, 0.1, 114, 0.065, 0.175), RiskBand(0.1, 0.3, 274, 0.197, 0.186)])
    'Further off than chance explains: 0% to 10% (forecast 6.5%, actual 18%). For these customers, plan with the actual share.'
    """
    off = [
        band
        for band in bands
        if abs(band.seen - band.said) > BEYOND * sqrt(band.said * (1 - band.said) / band.customers)
    ]
    if not off:
        return ""
    told = [
        translate(
            "{low} to {high} (forecast {said}, actual {seen})",
            **{name: format_share(getattr(band, name)) for name in ("low", "high", "said", "seen")},
        )
        for band in off
    ]
    return translate(
        "Further off than chance explains: {bands}. For these customers, plan with the actual share.",
        bands=", ".join(told),
    )


def forecast_name(name: str) -> str:
    """What a way to forecast is called; names of models stand behind plain words.

    >>> forecast_name("own rate"), forecast_name("Pareto/NBD")
    ("each customer's own pace", 'purchase model (Pareto/NBD)')
    """
    if name in SIMPLE_FORECASTS:
        return translate(SIMPLE_FORECASTS[name])
    return translate("purchase model ({name})", name=name)


def forecast_kind(score: ForecastScore) -> str:
    """Whether a forecast is a model's, a simple rule's or machine learning's."""
    return translate(FORECAST_KINDS[score.kind])


_BOUGHT_IN_PART = "At the pace of the last 3 months it would be {money}; new and returned customers bought in a part of those months only."
EXPECTED_MORE = {  # by lifecycle stage; "" is any other
    "new": _BOUGHT_IN_PART,
    "returned": _BOUGHT_IN_PART,
    "active": "At the pace of the last 3 months it would be {money}; the forecast expects some customers to order more.",
    "": "At the pace of the last 3 months it would be {money}; the forecast expects some inactive customers to come back.",
}


def forecast_against_lately(
    expected: float,
    recent: float,
    *,
    months: int,
    currency: str = "",
    earlier: float = 0.0,
    year: float = 0.0,
    more_from: Stage | None = None,
) -> str:
    """Why a forecast is not what the last months would make; "" where it is.

    Said where it is more than a quarter away from the last three months carried on; and where it lies a tenth or more above
    the last 12 months while the last three fell by a tenth or more, or the other way round.

    Args:
        expected: What the customers are expected to spend.
        recent: What they spent in the last 91 days.
        months: Of the forecast.
        currency: Of both.
        earlier: What they spent in the 91 days before those; 0 where that is not known.
        year: What they spent in the last 12 months; 0 where the log is shorter.
        more_from: The lifecycle stage that adds most to what is expected above that pace.

    >>> forecast_against_lately(35_918, 1_425, months=12)
    'At the pace of the last 3 months it would be 5,700; the forecast expects some inactive customers to come back.'
    >>> forecast_against_lately(125, 27, months=12, earlier=31, year=100)
    'At the pace of the last 3 months it would be 108; the forecast expects some inactive customers to come back.'
    >>> forecast_against_lately(43_587, 8_099, months=12, more_from="new")
    'At the pace of the last 3 months it would be 32,396; new and returned customers bought in a part of those months only.'
    """
    carried = recent * months / 3
    far = abs(expected - carried) > APART * abs(carried)
    if not far and not _opposed(expected - carried, expected, recent, earlier, year * months / 12):
        return ""
    values = {"money": format_amount(carried, currency)}
    if expected > carried:
        return translate(EXPECTED_MORE.get(more_from or "", EXPECTED_MORE[""]), **values)
    return translate(
        "At the pace of the last 3 months it would be {money}; the forecast expects some customers to order less or to leave.",
        **values,
    )


def _opposed(more: float, expected: float, recent: float, earlier: float, year: float) -> bool:
    """Whether the forecast goes one way from the year and the last months the other, and it lies on its side of their pace."""
    if earlier <= 0 or year <= 0:
        return False
    ahead, lately = expected / year - 1.0, recent / earlier - 1.0
    return abs(ahead) >= AGAINST and abs(lately) >= AGAINST and ahead * lately < 0 and ahead * more > 0
