"""Times and percentages of an .ods workbook as they are shown: fastexcel reads no duration of 24 hours or more, and no percent sign."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path

from clustera.read.sheet_cells import clock_text, with_percents

_CELL = re.compile(rb"""<[^<>]*\boffice:value-type=["'](?:time|percentage)["'][^<>]*>""")
_KIND = re.compile(rb"""\boffice:value-type=["'](?:time|percentage)["']""")
_SHARE = re.compile(rb"""\boffice:value=["'](?P<share>[^"']*)["']""")
_SPAN = re.compile(
    rb"""\boffice:time-value=["'](?P<minus>-?)P(?:(?P<days>\d{1,7})D)?T?(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,7}(?:\.\d+)?)S)?["']"""
)


def with_shown_texts(path: Path) -> bytes:
    """The workbook with the text of every time, duration and percentage, such as 75:05:00 and 12.5%, in place of its value.

    Args:
        path: An .ods workbook.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(held, "w") as target:
        for name in dict.fromkeys(source.namelist()):
            content = source.read(name)
            target.writestr(name, _CELL.sub(_as_text, content) if name == "content.xml" else content)
    return held.getvalue()


def _as_text(cell: re.Match[bytes]) -> bytes:
    span, share = _SPAN.search(cell[0]), _SHARE.search(cell[0])
    if span:
        parts = {unit: float(span[unit] or 0) for unit in ("days", "hours", "minutes", "seconds")}
        value, text = span[0], span["minus"].decode() + clock_text(timedelta(**parts))
    elif share:
        value, text = share[0], with_percents([share["share"].decode("utf-8", "replace")])[0] or ""
    else:
        return cell[0]
    told = cell[0].replace(value, f'office:string-value="{text}"'.encode())
    return _KIND.sub(b'office:value-type="string"', told)
