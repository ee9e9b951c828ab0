"""What programs do to the lines of a table on their way, undone line by line before cells are cut."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST = 0.9  # share of the lines (or cells) that show a habit

_APOSTROPHES = re.compile(r"(?:^|[,;\t|])\s*'(?:[^']|'')*'\s*(?=[,;\t|]|$)")
_QUOTED_OPEN, _QUOTED_CLOSE = re.compile(r"(^|[,;\t|])\s*'"), re.compile(r"'\s*([,;\t|]|$)")
_FORMULA = re.compile(r'"=""([^"]*)"""|="([^"]*)"')


def repairs_of(lines: Sequence[str]) -> tuple[str, ...]:
    """The habits that a file's first lines show.

    "wrapped": every line stands in quotes as a whole, as when one column of a spreadsheet was exported.
    "apostrophes": cells stand in single quotes.
    "formulas": cells look like `="00417"`, so that a spreadsheet keeps their zeros.

    >>> repairs_of(['"id,age"', '"1,30"']), repairs_of(["'id','age'", "'1','30'"]), repairs_of(['id,age', '="01",30'])
    (('wrapped',), ('apostrophes',), ('formulas',))
    >>> repairs_of(['"id","age"', "1,30"]), repairs_of(["id,name", "1,O'Neill"])
    ((), ())
    """
    found = []
    trimmed = [line.strip() for line in lines]
    whole = [line for line in trimmed if line[:1] == line[-1:] == '"' and '"' not in line[1:-1].replace('""', "")]
    if len(whole) >= MOST * len(trimmed) and sum(bool(re.search(r"[,;\t|]", line)) for line in whole) >= MOST * len(
        whole
    ):
        found.append("wrapped")
    if sum(len(_APOSTROPHES.findall(line)) > 1 for line in trimmed) >= MOST * len(trimmed):
        found.append("apostrophes")
    if any(_FORMULA.search(line) for line in trimmed):
        found.append("formulas")
    return tuple(found)


def repaired_line(line: str, repairs: Sequence[str]) -> str:
    r"""A line without these habits; its end stays.

    >>> repaired_line('"1,""Lyon, Paris"",30"', ["wrapped"]), repaired_line("'1','x'", ["apostrophes"])
    ('1,"Lyon, Paris",30', '"1","x"')
    >>> repaired_line('="00417",30', ["formulas"])
    '00417,30'
    """
    text = line.rstrip("\r\n")
    end = line[len(text) :]
    if "wrapped" in repairs and text.strip()[:1] == text.strip()[-1:] == '"' and len(text.strip()) > 1:
        text = text.strip()[1:-1].replace('""', '"')
    if "apostrophes" in repairs:
        text = text.replace("''", "\x1a").replace('"', '""')
        text = _QUOTED_CLOSE.sub(r'"\1', _QUOTED_OPEN.sub(r'\1"', text)).replace("\x1a", "'")
    if "formulas" in repairs:
        text = _FORMULA.sub(lambda found: found[1] if found[1] is not None else found[2], text)
    return text + end
