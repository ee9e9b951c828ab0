"""What a segment is, in one sentence made of its statement; and how one feature is told, in names too."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.records import FeatureStatement, SegmentProfile
from clustera.texts.catalog import load_language
from clustera.texts.numbers import (
    ONES,
    TENS,
    format_count,
    format_number,
    format_share,
    format_with_unit,
    inline_title,
)
from clustera.texts.translation import current_locale, translate


def segment_sentence(segment: SegmentProfile) -> str:
    """What the segment is: its size, its features with their comparison, and a descriptor where one tells more.

    >>> segment_sentence(seg.outcome.segments[0])
    '48 of 210 customers (23%), last seen 57 days ago (average 72), buying 6.2 times (average 8.0), spending 921 (2.7 times the average of 342); spend, last 3 months 232 (2.6 times the average of 88).'
    """
    if not segment.size:
        return translate("No customer is in this segment now: the figures are those of its center.")
    size = _template("size").format(
        count=format_count(segment.size),
        everyone=format_count(round(segment.size / segment.share) if segment.share else 0),
        share=format_share(segment.share),
    )
    told: dict[str, list[str]] = {"phrase": [], "having": [], "plain": []}
    for feature in segment.statement.features:
        told[feature.way].append(_with_comparison(feature, feature_phrase(feature)))
    text = ", ".join([size, *told["phrase"]])
    if told["having"]:
        text += " " + _template("having").format(list=join_list(told["having"], _template("and")))
    if told["plain"]:
        text += _template("only" if text == size else "rest").format(list=", ".join(told["plain"]))
    telling = segment.statement.descriptor
    if telling is not None:
        text += _template("descriptor").format(
            share=format_share(telling.share),
            overall=format_share(telling.overall),
            descriptor=inline_title(segment.statement.descriptor_title or telling.descriptor),
            value=telling.value,
        )
    return capitalize(text) + "."


def feature_phrase(feature: FeatureStatement) -> str:
    """A feature of a segment in words.

    >>> feature_phrase(FeatureStatement("Data usage", "plain", 12.0, decimals=1, own_unit="GB"))
    'data usage 12 GB'
    >>> feature_phrase(FeatureStatement("Annual income", "phrase", 87.0, meaning="income", decimals=1, unit="k$"))
    'earning 87 k$'
    """
    if feature.way == "plain":
        return _template("plain").format(title=inline_title(feature.title), value=feature_mean(feature))
    number = round_feature(feature, feature.mean)
    return _phrase(feature).format(number=number, value=format_with_unit(number, feature.unit))


def feature_mean(feature: FeatureStatement) -> str:
    """A feature's mean as a person writes it: "87 k$", "14%".

    >>> from clustera.records import FeatureStatement
    >>> feature_mean(FeatureStatement("spend", "plain", 87.4, unit="$"))
    '87'
    """
    return format_with_unit(round_feature(feature, feature.mean), feature.own_unit)


def round_feature(feature: FeatureStatement, value: float) -> str:
    """A value of a feature, rounded for people."""
    if feature.fraction:
        return format_share(value)
    # A table keeps three figures of a typical difference, a sentence two; 1.4 and 2.3 orders are not "1" and "2", though.
    least = 0 if abs(value) >= TENS or value == 0 else 1 if abs(value) >= ONES else 2
    return format_number(value, max(feature.decimals - 1, least))


def join_list(parts: Sequence[str], last: str) -> str:
    """Parts of a list in words.

    >>> join_list(["a", "b", "c"], " and ")
    'a, b and c'
    """
    return ", ".join(parts[:-1]) + last + parts[-1] if len(parts) > 1 else "".join(parts)


def join_words(words: Sequence[str]) -> str:
    """Parts of a list in the language that is spoken.

    >>> join_words(["a", "b", "c"])
    'a, b and c'
    """
    return join_list(words, translate(" and "))


def capitalize(text: str) -> str:
    """With a capital first letter.

    >>> capitalize("young, affluent big spenders")
    'Young, affluent big spenders'
    """
    return text[:1].upper() + text[1:]


def _with_comparison(feature: FeatureStatement, text: str) -> str:
    if feature.comparison == "average":
        return _template("against").format(phrase=text, average=round_feature(feature, feature.against))
    if feature.comparison and feature.against > 0:
        return _template(feature.comparison).format(
            phrase=text,
            times=format_number(feature.against / 100, 1),
            index=format_number(feature.against, 0),
            average=round_feature(feature, 100 * feature.mean / feature.against),
        )
    return text


def _template(key: str) -> str:
    own = current_locale().catalog.get("sentence", {})
    return str(own.get(key, load_language().sentence[key]))


def _phrase(feature: FeatureStatement) -> str:
    own = current_locale().catalog.get("meanings", {}).get(feature.meaning, {})
    known = load_language().meanings.get(feature.meaning)
    return str(own.get(feature.way, getattr(known, feature.way, "")))
