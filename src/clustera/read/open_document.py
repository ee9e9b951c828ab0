"""Times and durations of an .ods workbook as text, of which fastexcel reads none of 24 hours or more."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path

from clustera.read.sheet_cells import clock_text

_TIME_CELL = re.compile(rb"""<[^<>]*\boffice:value-type=["']time["'][^<>]*>""")
_KIND = re.compile(rb"""\boffice:value-type=["']time["']""")
_SPAN = re.compile(
    rb"""\boffice:time-value=["'](?P<minus>-?)P(?:(?P<days>\d{1,7})D)?T?(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,7}(?:\.\d+)?)S)?["']"""
)


def with_times_as_text(path: Path) -> bytes:
    """The workbook with every time and duration as its text, such as 75:05:00.

    Args:
        path: An .ods workbook.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(held, "w") as target:
        for name in dict.fromkeys(source.namelist()):
            content = source.read(name)
            target.writestr(name, _TIME_CELL.sub(_as_text, content) if name == "content.xml" else content)
    return held.getvalue()


def _as_text(cell: re.Match[bytes]) -> bytes:
    span = _SPAN.search(cell[0])
    if not span:
        return cell[0]
    parts = {unit: float(span[unit] or 0) for unit in ("days", "hours", "minutes", "seconds")}
    text = span["minus"] + clock_text(timedelta(**parts)).encode()
    told = cell[0].replace(span[0], b'office:string-value="' + text + b'"')
    return _KIND.sub(b'office:value-type="string"', told)
