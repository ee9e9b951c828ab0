"""The last forecast, segment by segment: what was expected, and what came."""

from __future__ import annotations

from clustera.cli.grid import print_table
from clustera.records import ForecastCheck
from clustera.texts import format_amount, format_count, likely_range


def print_look_back(check: ForecastCheck | None) -> None:
    """What an earlier run expected of each of its segments and what came; nothing where it kept its total only."""
    if check is None or not check.segments:
        return
    print_table(
        ["", "segment then", "customers", "expected", "80% likely", "came"],
        [
            [
                str(one.segment),
                one.name,
                format_count(one.customers),
                format_amount(one.expected),
                "" if one.low is None or one.high is None else likely_range(one.expected, one.low, one.high),
                format_amount(one.actual),
            ]
            for one in check.segments
        ],
        numbers=(2, 3, 4, 5),
        optional=(4, 2),
    )
