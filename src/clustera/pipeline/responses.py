"""What a customer table says of responses: the share who responded, or stayed, in each segment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from clustera import lexicon
from clustera.actions import ActionOptions, Baseline
from clustera.engines import Rows, identifier, literal
from clustera.errors import InputError, closest
from clustera.records import Checked

RESPONDED = frozenset(
    [
        "response",
        "responded",
        "responder",
        "respond",
        "responds",
        "bought",
        "purchased",
        "buyer",
        "converted",
        "conversion",
        "clicked",
        "redeemed",
        "subscribed",
        "accepted",
    ]
)
LEFT = frozenset(
    ["churn", "churned", "exited", "attrition", "attrited", "left", "cancelled", "canceled", "unsubscribed", "quit"]
)
ESTIMATED = frozenset(["score", "probability", "propensity", "risk", "predicted", "prediction", "rate", "likelihood"])
FEWEST = 30  # customers of a segment whose answer is known


def base_rates(rows: Rows, checked: Checked, segments: Iterable[int], options: ActionOptions) -> dict[int, Baseline]:
    """What is known of responses without an action, by segment: of a column, else as the caller states it; else empty.

    Args:
        rows: One row per customer, with `segment`.
        checked: Their columns.
        segments: The segments.
        options: The column or the rate, where the caller names one.

    Raises:
        InputError: the column that was asked for can't be used.
    """
    column = response_column(rows, checked, options.response)
    if column is not None:
        return response_rates(rows, column)
    return stated_rates(segments, options)


def stated_rates(segments: Iterable[int], options: ActionOptions) -> dict[int, Baseline]:
    """The rate that the caller states, for every segment; else empty."""
    if options.response_rate is None:
        return {}
    return dict.fromkeys(segments, Baseline(options.response_rate, 0, days=0, counts="responded"))


def response_column(rows: Rows, checked: Checked, asked: str | None) -> str | None:
    """The column that says who responded, bought or left: the one asked for, else one that is named so and holds a flag.

    Args:
        rows: One row per customer.
        checked: Their columns.
        asked: What the caller named.

    Raises:
        InputError: the column asked for is missing, or says more than yes and no.
    """
    names = [column.name for column in checked.columns if column.name in rows.columns]
    if asked is not None:
        if asked not in names:
            near = closest(asked, names)
            raise InputError(
                f"There is no column {asked!r} to take responses from.",
                hint=f"Did you mean {near!r}?" if near else f"There are: {', '.join(names)}.",
            )
        if not _is_flag(rows, asked):
            raise InputError(
                f"{asked!r} must say yes or no (1 or 0) to tell who responded; it holds other values.",
                hint="Name another column: --set response=COLUMN.",
            )
        return asked
    for name in names:
        said = _name_words(name)
        if said & (RESPONDED | LEFT) and not said & ESTIMATED and _is_flag(rows, name):
            return name
    return None


def response_rates(rows: Rows, column: str) -> dict[int, Baseline]:
    """By segment: the share who responded; of a column that says who left, the share who stayed.

    Args:
        rows: One row per customer, with `segment` and the column.
        column: As `response_column` gives it.

    Returns:
        The base rate of each segment; of all customers where a segment has fewer than 30 whose answer is known.
    """
    left = bool(_name_words(column) & LEFT)
    counted = rows.query(
        f"select segment, count(*) filter (flag in {_sql_list(_answer_words('yes') | _answer_words('no'))}) as known, "
        f"count(*) filter (flag in {_sql_list(_answer_words('no' if left else 'yes'))}) "
        f"as good from (select segment, {_flag(column)} as flag from {{rows}}) group by segment order by segment"
    ).to_pylist()
    known, good = sum(row["known"] for row in counted), sum(row["good"] for row in counted)
    if known < FEWEST:
        return {}
    found = {}
    for row in counted:
        own = row["known"] >= FEWEST
        n, yes = (row["known"], row["good"]) if own else (known, good)
        found[int(row["segment"])] = Baseline(
            yes / n, n, in_segment=own, days=0, counts="stayed" if left else "responded", column=column, buyers=yes
        )
    return found


def _name_words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+", lexicon.words_of(name)))


def _flag(column: str) -> str:
    return f"regexp_replace(lower(trim(cast({identifier(column)} as varchar))), '[.]0+$', '')"


def _is_flag(rows: Rows, column: str) -> bool:
    found = rows.query(f"select distinct {_flag(column)} as flag from {{rows}} limit 5")["flag"].to_pylist()
    values = {value for value in found if value}
    return bool(values & _answer_words("yes")) and values <= _answer_words("yes") | _answer_words("no")


def _answer_words(answer: Literal["yes", "no"]) -> frozenset[str]:
    return lexicon.answer_words(answer) | {"1" if answer == "yes" else "0"}


def _sql_list(words: Iterable[str]) -> str:
    return f"({', '.join(map(literal, sorted(words)))})"
