"""Placeholders in SQL texts: `{rows}` and others stand for tables, and nothing that was quoted is ever replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping

# A quoted name or text is taken as a whole, so that what it holds is never seen; a doubled quote is two such parts.
_PART = re.compile(r"""'[^']*'|"[^"]*"|\{([a-z_]+)\}""")


def fill_placeholders(sql: str, tables: Mapping[str, str]) -> str:
    """The query with the names of tables put in for its placeholders.

    Only what stands outside of quotes is replaced, in one pass. Names of columns and texts are data, and `identifier` and
    `literal` quote them, so they may hold anything, also a placeholder.

    >>> fill_placeholders('select "{rows}" from {rows}', {"rows": "rows_1"})
    'select "{rows}" from rows_1'

    Raises:
        KeyError: a placeholder stands for no table.
    """
    return _PART.sub(lambda part: tables[part[1]] if part[1] else part[0], sql)
