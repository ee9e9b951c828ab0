"""How numbers are written, in the language that is spoken: counts, values, shares, money, axis ticks."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from clustera.lexicon import has_german_words
from clustera.records import FeaturePreparation, FeatureProfile
from clustera.texts.translation import current_locale, is_english, translate

NOTHING = "–"
_MOST_DECIMALS = 8
TENS, ONES = 9.95, 0.995  # what is written with no decimal, and with one
_BEFORE = ("$", "€", "£", "¥")  # signs that stand before the amount
_OPEN = {"", "a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "since", "the", "to", "with"}


def format_count(n: float) -> str:
    """A number of customers or rows.

    >>> format_count(12345)
    '12,345'
    """
    return format_number(n)


def format_number(value: float, decimals: int = 0) -> str:
    """A value of a feature, with the decimals a person needs; no minus before zero.

    >>> format_number(1234.56), format_number(-0.2), format_number(-3.14159, 2), format_number(float("nan"))
    ('1,235', '0', '−3.14', '–')
    """
    if not math.isfinite(value):
        return NOTHING
    return _with_marks(f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−"))


def format_together(*values: float) -> list[str]:
    """Values of one kind with about three figures of the largest, so that their rounding is the same; nothing below reads as 0.

    >>> format_together(61234.5, -12.3), format_together(0.01234, -0.2), format_together(4e-301, 0.0, -1e-320)
    (['61,234', '−12'], ['0.012', '−0.200'], ['4.00e−301', '0', '0'])
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    decimals = 2 - math.floor(math.log10(largest)) if largest else 0
    if decimals <= _MOST_DECIMALS:
        return [format_number(value, max(decimals, 0)) for value in values]
    return [
        format_number(value)
        if not math.isfinite(value) or abs(value) < largest / 1000
        else _with_marks(f"{value:.2e}".replace("-", "−"))
        for value in values
    ]


def format_small(probability: float) -> str:
    """A probability with two figures, down to one in ten thousand.

    >>> format_small(0.0321), format_small(0.5), format_small(1e-300), format_small(0.0)
    ('0.032', '0.50', '<0.0001', '<0.0001')
    """
    least = 1e-4
    if probability < least:
        return "<" + format_number(least, 4)
    return format_number(probability, 1 - math.floor(math.log10(probability)) if probability < 1 else 0)


def format_value(value: float, feature: FeaturePreparation) -> str:
    """A value of a feature as tables show it: a share in percent, any other with the decimals a person needs.

    Two decimals below one and one below ten, as in sentences: 1.3 and 2.9 seats are not "1" and "3".

    >>> format_value(1_250.5, seg.outcome.preparation.features[0])
    '1,250'
    """
    if feature.fraction:
        return format_share(value)
    size = abs(value)
    least = 0 if size >= TENS or value == 0 else 1 if size >= ONES else 2
    return format_number(value, max(feature.decimals, least))


def format_own_value(value: float, feature: FeaturePreparation) -> str:
    """The value of one customer: a whole number has no decimals, as an average has."""
    if float(value).is_integer() and not feature.fraction:
        return format_number(value)
    return format_value(value, feature)


def format_share(fraction: float) -> str:
    """A share as a percentage: whole from 10 % on, one decimal below; neither none nor all unless it is so.

    >>> format_share(0.254), format_share(0.0654), format_share(0.0001), format_share(0), format_share(0.9971), format_share(1), format_share(-0.02)
    ('25%', '6.5%', '<0.1%', '0%', '99.7%', '100%', '−2%')
    """
    if not math.isfinite(fraction):
        return NOTHING
    percent = 100 * fraction
    if 0 < percent < 0.05:
        return "<" + format_percent(0.1, 1)
    if 99.5 <= percent < 100:
        return format_percent(min(percent, 99.9), 1)
    return format_percent(percent, 1 if 0 < percent < 9.95 else 0)


def format_amount(money: float, currency: str = "") -> str:
    """An amount of money: cents only where it is below a hundred.

    >>> format_amount(12345.6, "GBP"), format_amount(12.3), format_amount(0), format_amount(-99.5)
    ('12,346 GBP', '12.30', '0', '−99.50')
    """
    written = format_number(money, 2 if 0 < abs(money) < 100 else 0)
    return f"{written} {currency}" if currency else written


def format_exact(units: int, decimals: int = 2) -> str:
    """Whole smallest units as an amount, to the last one of them.

    >>> format_exact(123456789), format_exact(-5), format_exact(1200, 0)
    ('1,234,567.89', '−0.05', '1,200')
    """
    whole, rest = divmod(abs(units), 10**decimals)
    return ("−" if units < 0 else "") + _with_marks(f"{whole:,}" + (f".{rest:0{decimals}d}" if decimals else ""))


def format_with_unit(text: str, unit: str) -> str:
    """A number and its unit; a range such as "1-100" tells the scale and is not said with every value.

    >>> format_with_unit("87", "k$"), format_with_unit("1,200", "$"), format_with_unit("12", "%"), format_with_unit("5", ""), format_with_unit("82", "1-100")
    ('87 k$', '$1,200', '12%', '5', '82')
    """
    if not unit or is_scale(unit):
        return text
    if unit in _BEFORE:
        return f"{text[0]}{unit}{text[1:]}" if text.startswith(("-", "−")) else f"{unit}{text}"
    return f"{text}%" if unit == "%" else f"{text} {unit}"


def stands_behind(unit: str) -> bool:
    """Whether a unit stands behind its number as a word, "60 years", and not "$60", "60%" or a scale.

    >>> stands_behind("years"), stands_behind("$"), stands_behind("%"), stands_behind("1-100")
    (True, False, False, False)
    """
    return unit not in _BEFORE and unit != "%" and not is_scale(unit)


def is_scale(unit: str) -> bool:
    """Whether what stands in the place of a unit is the range of the values.

    >>> is_scale("1-100"), is_scale("0 to 10"), is_scale("k$")
    (True, True, False)
    """
    return re.fullmatch(r"\s*\d+\s*(-|–|to|\.\.)\s*\d+\s*", unit) is not None


def inline_title(title: str, *, longest: int = 40) -> str:
    """A title within a sentence: its first letter small unless the word is an abbreviation, a name in capitals or German.

    >>> inline_title("Annual income"), inline_title("GB used"), inline_title("eMail opens")
    ('annual income', 'GB used', 'eMail opens')
    >>> inline_title("Spendensumme")
    'Spendensumme'
    """
    text = title.strip()
    small = not has_german_words(text)
    if len(text) > longest:
        kept = text[:longest].split(" ")[:-1] or [text[:longest]]
        while len(kept) > 1 and kept[-1].strip(",;:-").lower() in _OPEN:
            kept.pop()  # "days since the…" had better end at "days"
        text = " ".join(kept).rstrip(" ,;:-") + "…"
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if small and first[1:] == first[1:].lower() and len(first) > 1 else text


def format_index(index: float, *, same: str = "") -> str:
    """An index as people say it: how far above or below the average customer.

    Args:
        index: 100 is the average.
        same: Said where there is no difference; the language's word for average when empty.

    >>> format_index(138.2), format_index(61), format_index(100.3), format_index(412), format_index(0.32), format_index(0)
    ('+38%', '−39%', 'average', '4.1 times', '−99.7%', '−100%')
    >>> format_index(100.3, same="as now")
    'as now'
    """
    if not math.isfinite(index):
        return NOTHING
    if index >= 250:
        return current_locale().times.format(number=format_number(index / 100, 1))
    difference = round(index - 100)
    if difference == 0:
        return same or current_locale().same
    if difference == -100 and index > 0:  # not nothing
        return format_percent(max(index - 100, -99.9), 1)
    return ("+" if difference > 0 else "") + format_percent(difference)


def against_all(profile: FeatureProfile, feature: FeaturePreparation) -> str:
    """How a segment's average compares with that of all customers, in words, with the average of all.

    Of ages and of days since the last order only that average is told: "26% more" of them is no figure that anyone plans with.
    The index must be positive.

    >>> feature = FeaturePreparation("spend", "Spend", "", 0.0, 0, 0.0, None, 0.0, 1.0)
    >>> against_all(FeatureProfile("spend", 4611.0, 0.0, 0.0, 0.0, (0.0, 0.0), 0.0, 329.0, 1.0), feature)
    '3.3 times (all: 1,402)'
    """
    average = format_value(100 * profile.mean / profile.index, feature)
    if is_elapsed(feature):
        return average_of_all(100 * profile.mean / profile.index, feature)
    return translate("{compared} (all: {average})", compared=_compared(profile.index, feature), average=average)


def average_of_all(mean: float, feature: FeaturePreparation) -> str:
    """The average of all customers: "all: 109".

    >>> average_of_all(109.0, FeaturePreparation("spend", "Spend", "", 0.0, 0, 0.0, None, 0.0, 1.0))
    'all: 109'
    """
    return translate("all: {average}", average=format_value(mean, feature))


def is_elapsed(feature: FeaturePreparation) -> bool:
    """Whether it is an age, or counts the days since something was done last: a percentage of it says little.

    >>> [(feature.name, is_elapsed(feature)) for feature in seg.outcome.preparation.features]
    [('days_since_last_order', True), ('order_days', False), ('spend', False), ('recent_spend', False)]
    """
    return feature.name == "days_since_last_order" or feature.measures in {"age", "birth", "last"}


def _compared(index: float, feature: FeaturePreparation) -> str:
    if index >= 250:
        return current_locale().times.format(number=format_number(index / 100, 1))
    percent = round(index - 100)
    if percent == 0:
        return current_locale().same
    often = feature.name in ("order_days", "recent_order_days", "orders")
    share = format_percent(100 - index, 1) if percent == -100 and index >= 0.05 else format_percent(abs(percent))
    if often:
        return (
            translate("{share} more often", share=share)
            if percent > 0
            else translate("{share} less often", share=share)
        )
    return translate("{share} more", share=share) if percent > 0 else translate("{share} less", share=share)


def format_tick(value: float) -> str:
    """A tick of an axis in few characters.

    >>> format_tick(1500), format_tick(2_000_000), format_tick(0.25), format_tick(-40), format_tick(1e9), format_tick(2e14), format_tick(1e-5)
    ('1.5k', '2M', '0.25', '−40', '1B', '200T', '0.00001')
    """
    if not math.isfinite(value):
        return NOTHING
    value += 0.0  # no minus before zero
    size = abs(value)
    for limit, sign in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= limit:
            return _with_marks(f"{value / limit:.4g}".replace("-", "−")) + sign
    text = f"{value:.4g}" if size < 1e-6 else f"{Decimal(f'{value:.4g}'):f}"
    return _with_marks(text.replace("-", "−"))


def _with_marks(text: str) -> str:
    if is_english():
        return text
    locale = current_locale()
    return text.translate({ord(","): locale.thousands, ord("."): locale.decimal})


def format_percent(value: float, decimals: int = 0) -> str:
    """A number that is a percentage already.

    >>> format_percent(96), format_percent(67.44, 1)
    ('96%', '67.4%')
    """
    return current_locale().percent.format(number=format_number(value, decimals))
