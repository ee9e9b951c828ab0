"""What to put in the mail: the items of each customer beside the actions, and what each action suggests most often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clustera import features
from clustera.engines import Rows, literal
from clustera.pipeline.assigning import with_more_cells
from clustera.pipeline.sources import Log
from clustera.records import Action


def with_suggested_items(
    customers: Rows, log: Log, actions: Sequence[Action], *, excluded: Sequence[str] = ()
) -> tuple[Rows, tuple[Action, ...]]:
    """The customers with `last_...`, `favorite_...` and `suggested_...` (category, else product), and what actions suggest.

    Args:
        customers: id, segment, action_code, ...
        log: The orders. Where they name neither categories nor products, nothing is added.
        actions: Whose category, where they name one, is suggested first.
        excluded: Categories that nobody is offered.
    """
    item = features.suggested_kind(log.orders)
    if item is None:
        return customers, tuple(actions)
    named = [
        f"when segment = {action.segment} and action_code = {literal(action.rule)} then {literal(action.category)}"
        for action in actions
        if action.category and item == "category"
    ]
    preferred = f"cast(case {' '.join(named)} end as varchar)" if named else "cast(null as varchar)"
    members = customers.select(f"select id, segment, {preferred} as preferred from {{rows}}").keep()
    found = features.suggested_items(log.orders, members, item=item, as_of=log.as_of, excluded=excluded)
    rows = with_more_cells(
        customers,
        f"o.last_item as last_{item}, o.favorite_item as favorite_{item}, o.suggested_item as suggested_{item}, "
        "round(o.suggested_share, 4) as suggested_share",
        "left join {found} o on o.customer_id = c.id",
        found=found,
    )
    most = {
        (row["segment"], row["action_code"]): row
        for row in rows.query(
            f"with counted as (select segment, action_code, suggested_{item} as item, count(*) as n from {{rows}} "
            f"where suggested_{item} is not null group by all) select segment, action_code, "
            "first(item order by n desc, item) as item, max(n) as n, cast(sum(n) as bigint) as customers, "
            "coalesce(list(n order by n desc)[2], 0) = max(n) as tied "
            "from counted group by 1, 2"
        ).to_pylist()
    }
    return rows, tuple(_with_suggestion(action, most.get((action.segment, action.rule)), item) for action in actions)


def _with_suggestion(action: Action, row: dict[str, Any] | None, item: str) -> Action:
    if row is None:
        return action
    return replace(
        action,
        suggested="" if row["tied"] else row["item"],
        suggested_customers=0 if row["tied"] else row["n"],
        offered_customers=row["customers"],
        suggested_kind=item,
    )
