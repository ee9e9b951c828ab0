"""Who is contacted and who is left out: as the run has marked it, or drawn by a hash of the campaign's name and the customer's key."""

from __future__ import annotations

from clustera.engines import Rows, hash_sql, literal

CONTACT, CONTROL = "contact", "control"


def draw_groups(customers: Rows, *, name: str, share: float) -> Rows:
    """The customers with `group`: "control" for the share that is left out at random, "contact" for the others.

    Whoever has the same key is in the same group of a campaign of the same name, whoever else takes part; another name
    draws anew. Every segment has about the same share, since the draw does not look at it.

    Args:
        customers: With `key`, a hash of the customer's id.
        name: The campaign's.
        share: Of the control group, between 0 and 1.

    >>> import pyarrow as pa
    >>> from clustera.engines import Engine
    >>> with Engine() as engine:
    ...     known = engine.arrow(pa.table({"key": pa.array(range(0, 2**60, 2**52), pa.uint64())}))
    ...     groups = draw_groups(known, name="spring", share=0.2).arrow()["group"].to_pylist()
    >>> len(groups), sorted(set(groups))
    (256, ['contact', 'control'])
    """
    drawn = hash_sql(f"{literal(name)} || ' ' || cast(key as varchar)")
    limit = min(max(round(share * 2**64), 0), 2**64 - 1)
    return customers.select(
        f"select *, case when {drawn} < cast({limit} as ubigint) then '{CONTROL}' else '{CONTACT}' end as \"group\" from {{rows}}"
    )


def take_marked(customers: Rows) -> Rows:
    """The customers with `group`: "control" where the run has marked them, "contact" for the others.

    Args:
        customers: With `control`, true for who is in the control group of an action.
    """
    return customers.select(
        f"select *, case when control then '{CONTROL}' else '{CONTACT}' end as \"group\" from {{rows}}"
    )
