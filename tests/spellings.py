"""One table, spelled in many ways: what people and programs do to a customer table before it reaches us."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

Cell = str | int | float | bool | date | None
Row = dict[str, Cell]

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True)
class Spelling:
    """How a table is written as text."""

    separator: str = ","
    encoding: str = "utf-8"
    end: str = "\n"
    quote_all: bool = False
    decimal: str = "."
    group: str = ""
    before: str = ""  # currency sign
    after: str = ""
    missing: str = ""
    padding: str = ""
    title: tuple[str, ...] = ()
    foot: tuple[str, ...] = ()
    date_format: str = "ymd"
    float_ids: bool = False
    padded_names: bool = False
    yes: str = "yes"
    no: str = "no"
    packed: bool = False
    blank_lines: bool = False
    final_end: bool = True


def spell(names: list[str], rows: list[Row], spelling: Spelling, *, money: tuple[str, ...] = ()) -> bytes:
    """The bytes of a file that holds the table."""
    written = [[f"  {name} " if spelling.padded_names else name for name in names]]
    for row in rows:
        written.append([_cell(name, row[name], spelling, money) for name in names])
    lines = [spelling.separator.join(_quoted(cell, spelling) for cell in cells) for cells in written]
    if spelling.blank_lines:
        lines.insert(len(lines) // 2, "")
        lines.append("")
    text = spelling.end.join([*spelling.title, *lines, *spelling.foot]) + (spelling.end if spelling.final_end else "")
    data = text.encode(spelling.encoding)
    return gzip.compress(data) if spelling.packed else data


def _cell(name: str, value: Cell, spelling: Spelling, money: tuple[str, ...]) -> str:
    if value is None:
        return spelling.missing
    if isinstance(value, bool):
        return spelling.yes if value else spelling.no
    if isinstance(value, date):
        return _date(value, spelling.date_format)
    if isinstance(value, str):
        return spelling.padding + value + spelling.padding
    if name == "customer_id":
        return f"{value}.0" if spelling.float_ids else str(value)
    return spelling.padding + _number(value, spelling, money=name in money) + spelling.padding


def _number(value: float, spelling: Spelling, *, money: bool) -> str:
    text = f"{value:,}" if money else f"{value}"
    text = text.replace(",", "\0").replace(".", spelling.decimal).replace("\0", spelling.group)
    return spelling.before + text + spelling.after if money else text


def _date(value: date, form: str) -> str:
    day, month, year = value.day, value.month, value.year
    return {
        "ymd": f"{year}-{month:02d}-{day:02d}",
        "ymd/": f"{year}/{month}/{day}",
        "d.m.y": f"{day:02d}.{month:02d}.{year}",
        "dmy": f"{day:02d}/{month:02d}/{year}",
        "mdy": f"{month}/{day}/{year}",
        "d-mon-y": f"{day:02d}-{MONTHS[month - 1]}-{year}",
        "mon d, y": f"{MONTHS[month - 1]} {day}, {year}",
        "iso time": f"{year}-{month:02d}-{day:02d}T08:30:00Z",
        "dmy hm": f"{day:02d}/{month:02d}/{year} 08:30",
    }[form]


def _quoted(cell: str, spelling: Spelling) -> str:
    if spelling.quote_all or spelling.separator in cell or '"' in cell or "\n" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


MARKS = [
    (".", ""),
    (".", ","),
    (",", ""),
    (",", "."),
    (",", " "),
    (".", " "),
    (",", "\u00a0"),
    (".", "'"),
    (",", "\u202f"),
]
DATES = ["ymd", "ymd/", "d.m.y", "dmy", "mdy", "d-mon-y", "mon d, y", "iso time", "dmy hm"]


@st.composite
def spellings(draw) -> Spelling:
    """Any spelling; some are odd, all are seen in the wild."""
    decimal, group = draw(st.sampled_from(MARKS))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    if group == "\u202f" and encoding == "cp1252":
        group = "\u00a0"
    yes, no = draw(st.sampled_from([("yes", "no"), ("TRUE", "FALSE"), ("Y", "N"), ("ja", "nein"), ("t", "f")]))
    before, after = draw(st.sampled_from([("", ""), ("$", ""), ("€ ", ""), ("", " €"), ("", " USD"), ("£", "")]))
    return Spelling(
        separator=draw(st.sampled_from([",", ";", "\t", "|"])),
        encoding=encoding,
        end=draw(st.sampled_from(["\n", "\r\n"])),
        quote_all=draw(st.booleans()),
        decimal=decimal,
        group=group,
        before=before,
        after=after,
        missing=draw(st.sampled_from(["", "", "NA", "n/a", "NULL", "-", "#DIV/0!", "unknown"])),
        padding=draw(st.sampled_from(["", "", " ", "\u00a0"])),
        title=draw(st.sampled_from([(), (), ("Customer export",), ("Customer export", "")])),
        foot=draw(st.sampled_from([(), (), ("Source: CRM",)])),
        date_format=draw(st.sampled_from(DATES)),
        float_ids=draw(st.booleans()),
        padded_names=draw(st.booleans()),
        yes=yes,
        no=no,
        packed=draw(st.booleans()),
        blank_lines=draw(st.booleans()),
        final_end=draw(st.booleans()),
    )
