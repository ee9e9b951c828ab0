"""Who is contacted and who is left out: drawn by a hash of the campaign's name and the customer's key."""

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
    """
    drawn = hash_sql(f"{literal(name)} || ' ' || cast(key as varchar)")
    limit = min(max(round(share * 2**64), 0), 2**64 - 1)
    return customers.select(
        f"select *, case when {drawn} < cast({limit} as ubigint) then '{CONTROL}' else '{CONTACT}' end as \"group\" from {{rows}}"
    )
