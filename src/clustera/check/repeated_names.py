"""Lines that repeat the names of the columns, as where files were put together, and the rows that tell what columns hold."""

from __future__ import annotations

from collections.abc import Mapping

from clustera.check.look import trimmed_sql, type_of
from clustera.engines import Rows, identifier, literal
from clustera.records import own_columns

ASKED = 40  # columns; more are not asked
AGAIN = 0.8  # share of a line's filled cells that must be the names of their columns


def repeated_names(rows: Rows, own_names: Mapping[str, str]) -> Rows | None:
    """`_row` of the lines whose cells are the names of their columns; None where there is none.

    Args:
        rows: The source's rows.
        own_names: Of the columns in the source, where they are called otherwise here.
    """
    names = own_columns(rows.columns)
    asked = [name for name in names if type_of(rows.columns[name]) == "text"][:ASKED]
    if not asked:
        return None
    cells = {name: f"lower({trimmed_sql(name)})" for name in asked}
    same = [
        f"coalesce({cell} in ({literal(name.lower().strip())}, {literal(own_names.get(name, name).lower().strip())}), false)"
        for name, cell in cells.items()
    ]
    count = " + ".join(f"cast({one} as integer)" for one in same)
    filled = " + ".join(f"cast({cell} is not null as integer)" for cell in cells.values())
    # The first name alone tells most lines; it may be missing.
    found = rows.select(
        f"select _row from {{rows}} where ({' or '.join(same[:2])}) "
        f"and {count} >= greatest({min(2, len(names))}, {AGAIN} * ({filled}))"
    ).keep()
    return found if found.count() else None


def rows_that_tell(rows: Rows, again: Rows | None) -> Rows:
    """The rows by which it is decided what columns hold: not those that repeat names or have cells beyond the last column."""
    tests = [f"_row not in (select _row from {again.name})"] if again else []
    if "_extra" in rows.columns:
        tests.append(f"{identifier('_extra')} is null")
    if not tests:
        return rows
    body = rows.select(f"select * from {{rows}} where {' and '.join(tests)}")
    return body if body.count() else rows
