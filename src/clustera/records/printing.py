"""How a record is shown: one line in a session, a line for each field by `print`, a small table in a notebook."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Mapping, Sized
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, TypeVar

LINE = 120  # characters of a record in one line
_CELL = 40  # of a field in that line
_WIDE = 90  # of a field that has a line or a row of the table to itself

Kind = TypeVar("Kind")


def readable(kind: type[Kind]) -> type[Kind]:
    """A dataclass that is shown shortly: fields that hold nothing are left out, items of long ones are counted.

    >>> from dataclasses import dataclass
    >>> @readable
    ... @dataclass
    ... class Visit:
    ...     customer: str
    ...     pages: tuple[int, ...] = ()
    ...     orders: int = 0
    >>> Visit("C001", tuple(range(100)))
    Visit(customer='C001', pages=(0, 1, 2, 3, 4, ... 100 in all), orders=0)
    >>> print(Visit("C001"))
    Visit
      customer  'C001'
      orders    0
    """
    for name, method in (("__repr__", _printed_line), ("__str__", _printed_lines), ("_repr_html_", _printed_table)):
        setattr(kind, name, method)
    return kind


def _printed_line(record: Any) -> str:  # noqa: ANN401 - any record
    return _in_one_line(record, LINE)


def _printed_lines(record: Any) -> str:  # noqa: ANN401 - any record
    width = max((len(name) for name, _ in _printed_cells(record)), default=0)
    return "\n".join([type(record).__name__, *(f"  {name:<{width}}  {text}" for name, text in _printed_cells(record))])


def _printed_table(record: Any) -> str:  # noqa: ANN401 - any record
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
        f'<td style="text-align:left">{html.escape(text)}</td></tr>'
        for name, text in _printed_cells(record)
    )
    return f"<table><caption>{type(record).__name__}</caption><tbody>{rows}</tbody></table>"


def _printed_cells(record: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - any record
    return [(name, _printed_text(getattr(record, name), _WIDE)) for name in _printed_told(record)]


def _in_one_line(record: Any, width: int) -> str:  # noqa: ANN401 - any record
    texts = (f"{name}={_printed_text(getattr(record, name), _CELL)}" for name in _printed_told(record))
    return _printed_several(texts, f"{type(record).__name__}(", ")", width, rest="...")


def _printed_told(record: Any) -> list[str]:  # noqa: ANN401 - any record
    """Names of the fields that hold something and may be shown: a field with `repr=False`, such as an address, is not."""
    held = ((one.name, getattr(record, one.name)) for one in fields(record) if one.repr)
    return [name for name, value in held if value is not None and not (isinstance(value, Sized) and len(value) == 0)]


def _printed_text(value: object, width: int) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        return _in_one_line(value, width)
    if isinstance(value, Mapping | tuple | list | set | frozenset):
        return _items_text(value, width)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return repr(value if len(value) <= width else f"{value[: width - 3]}...")
    return str(value) if value is None or isinstance(value, int | date) else f"<{type(value).__name__}>"


def _items_text(items: Collection[Any], width: int) -> str:
    rest, first = f"... {len(items)} in all", next(iter(items), None)
    if isinstance(items, Mapping):
        return _printed_several(
            (f"{key!r}: {_printed_text(item, width)}" for key, item in items.items()), "{", "}", width, rest=rest
        )
    if is_dataclass(first) and all(type(item) is type(first) for item in items):
        return f"({len(items)} {type(first).__name__})"
    return _printed_several(
        (_printed_text(item, width) for item in items), "(", ",)" if len(items) == 1 else ")", width, rest=rest
    )


def _printed_several(texts: Iterable[str], opening: str, closing: str, width: int, *, rest: str) -> str:
    """Texts put together as far as they fit, then `rest`."""
    shown: list[str] = []
    used = len(opening) + len(closing) + len(rest) + 2
    for text in texts:
        used += len(text) + 2
        if used > width and shown:
            shown.append(rest)
            break
        shown.append(text if used <= width else f"{text[:_CELL]}...")
    return f"{opening}{', '.join(shown)}{closing}"
