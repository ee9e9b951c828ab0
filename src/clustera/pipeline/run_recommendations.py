"""The recommendations that a run comes with, where orders are kept and they take a second."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from clustera import texts
from clustera.errors import InputError
from clustera.pipeline.recommending import RecommendationWish, RecommendedLists, recommend_items
from clustera.pipeline.segments import Result
from clustera.settings import Settings

QUICK_LINES, QUICK_ITEMS = 100_000, 200  # order lines, and items, up to which a run comes with recommendations


def with_recommendations(
    result: Result, settings: Settings, *, names: Mapping[int, str]
) -> tuple[Result, RecommendedLists | None]:
    """A result with what its customers are likely to buy next, and the lists; larger logs wait for `clustera recommend`.

    Args:
        result: Of the main job.
        settings: As it was asked for.
        names: Names by segment, people's own first.
    """
    lists = _quick_recommendations(result, settings, names)
    record = lists.record if lists else None
    return replace(result, outcome=replace(result.outcome, recommended=record or result.outcome.recommended)), lists


def _quick_recommendations(result: Result, settings: Settings, names: Mapping[int, str]) -> RecommendedLists | None:
    orders = result.orders
    item = next((name for name in ("category", "product") if orders is not None and name in orders.columns), None)
    if orders is None or item is None or result.outcome.behavior is None:
        return None
    size = orders.query(f"select count(*) as lines, count(distinct {item}) as items from {{rows}}").to_pylist()[0]
    if size["lines"] > QUICK_LINES or not 1 < size["items"] <= QUICK_ITEMS:
        return None
    wish = RecommendationWish(segment_names=names)
    with suppress(InputError), texts.speaking(result.outcome.locale):  # no item that can be recommended
        return recommend_items(orders, wish, settings, as_of=result.outcome.behavior.as_of, members=result.customers)
    return None
