"""Short titles for long names: questions of a survey, and paths into nested records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from clustera.check.elapsed import counted_from_date
from clustera.check.words import READ, title_and_unit
from clustera.records import Column

LONG = 32  # letters of a title that fit a column's head and the name of a segment
_TYPES = re.compile(r"[.\s]?\$(?:oid|date|number\w*|binary|timestamp|uuid)\b", re.IGNORECASE)
_PATH = re.compile(r"^[^\s.]+(?:\.[^\s.]+)+$")
_WRAPPERS = (
    "stats data attributes attrs properties props profile fields values metrics customer user client "
    "member doc document payload details info node item result results record response traits custom "
    "extra meta metadata statistics summary totals"
)
_NUMBERING = re.compile(
    r"^(?:(?:q|question|frage|pregunta|item|no|nr)\s*)?\d+[a-z]?(?:\.\d+)*\s*[.):\-–]\s*(?=\S)", re.IGNORECASE
)
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")
_LEAD = re.compile(
    r"^(?:please\s+)?(?:(?:how\s+(?:would|do|did|can)\s+you\s+(?:rate|describe|evaluate|judge|feel about|like)"
    r"|(?:on a scale\b.{0,30}?,\s*)?how\s+(?:satisfied|happy|likely|important|often)\s+(?:are|is|do|would|will)\s+(?:you\s+)?(?:(?:with|to|for|about|that)\b)?"
    r"|to what extent\s+(?:do|are|did|would)\s+you(?:\s+agree)?(?:\s+that|\s+with)?|do you (?:think|agree|feel)(?:\s+that)?"
    r"|you\s+rate|(?:i\s+)?rate|what (?:is|are|was) your|what (?:is|are)|(?:wie|bitte)\s+(?:bewerten|beurteilen|zufrieden|wichtig)\s+(?:sind\s+|ist\s+)?(?:sie|ihnen)?(?:\s+mit)?"
    r"|comment\s+(?:évaluez|jugez|notez)[- ]vous|quel(?:le)?\s+est\s+votre|¿?\s*c[oó]mo\s+(?:califica|valora|evalúa)r?(?:[ií]a)?(?:\s+usted)?|como\s+(?:você\s+)?avalia"
    r"|come\s+valut(?:a|i)|hoe\s+(?:beoordeelt|tevreden)\s+(?:u|bent u)(?:\s+(?:met|over))?)\s*\b)"
    r"(?:(?:the|our|your|a|an|die|der|das|den|dem|unsere?[nr]?|la|le|les|l'|el|los|las|a|o|de|het|ons|onze)\s+)?(?:level of\s+)?",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?:\s+(?:to be|as|is|are|was|be|at our shops?|by you|for you))*[\s?!.:;…,]*$", re.IGNORECASE)
_OPEN_END = re.compile(
    r"\s+(?:the|of|our|your|a|an|and|or|to|at|in|on|for|with|und|der|die|das|von|de|du|des|la|le|et|y|e|van|en)$",
    re.IGNORECASE,
)


def with_short_titles(columns: Sequence[Column]) -> list[Column]:
    """The columns, those with a long or nested name under a short title of their own, where no other has it."""
    wanted = [short_title(column) for column in columns]
    taken = Counter(title.casefold() for title in wanted)
    return [
        replace(column, title=title if taken[title.casefold()] == 1 else _numbered_title(column, title))
        for column, title in zip(columns, wanted, strict=True)
    ]


def short_title(column: Column) -> str:
    """A column's title without what only questions and paths add, cut where it is still long.

    >>> def title(name): return short_title(Column(name, "feature", "number", title_and_unit(name)[0]))
    >>> title("13. How would you rate the price range at our shops?"), title("stats.spend.$numberDecimal"), title("Sepal.Length")
    ('Price range', 'Spend', 'Sepal length')
    """
    name = _TYPES.sub("", column.name).strip()
    if _PATH.match(name):
        parts = name.split(".")
        while len(parts) > 1 and parts[0].casefold().strip("_") in _WRAPPERS.split():
            del parts[0]
        name = ".".join(parts)
    elif _is_question(name):
        name = _short_question(name)
    if name == column.name.strip() or counted_from_date(column):
        return _cut(column.title)
    return _cut(title_and_unit(name, sentence=_is_question(column.name))[0]) if name else column.title


def _is_question(name: str) -> bool:
    return len(name) > LONG or "?" in name or bool(_NUMBERING.match(name) and " " in name)


def _short_question(name: str) -> str:
    name = " ".join(name[:READ].split())
    # "[Price]" behind a question is what is asked about: forms write it so.
    row = re.search(r"\[([^\[\]]{2,40})\]\s*$", name)
    if row:
        return row[1]
    short = _ASIDE.sub(" ", _NUMBERING.sub("", name)).strip()
    short = _TAIL.sub("", _LEAD.sub("", short)).strip()
    short = re.sub(r"(?<=\w)\.(?=\s|$)", "", short)
    return short or name


def _cut(title: str) -> str:
    if len(title) <= LONG:
        return title
    # A text without blanks is cut anywhere.
    cut = title[: LONG - 1].rsplit(" ", 1)[0] if " " in title[: LONG - 1] else title[: LONG - 1]
    while _OPEN_END.search(cut):
        cut = _OPEN_END.sub("", cut)
    return f"{cut.rstrip(' ,;:-')}…"


def _numbered_title(column: Column, title: str) -> str:
    """A title that another column has as well, with the number of its question or the date it counts from, or as it was.

    >>> date = Column("first purchase", "feature", "date", "Tenure", measures="joined")
    >>> _numbered_title(date, "Tenure"), _numbered_title(Column("3. Price", "feature", "number", "Price"), "Price")
    ('Tenure (first purchase)', 'Price (3)')
    """
    if counted_from_date(column):
        return f"{title} ({title_and_unit(column.name)[0].lower()})"
    number = re.match(r"^\D{0,4}?(\d+[a-z]?)\s*[.):\-]", column.name.strip())
    return f"{title} ({number[1]})" if number else column.title
