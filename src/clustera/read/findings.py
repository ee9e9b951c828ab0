"""What reading itself found out about a file, said as findings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from clustera.engines import Rows, identifier
from clustera.read.held import NAME_LENGTH, unique_column_names
from clustera.read.legacy import CODECS, WESTERN
from clustera.read.merged_cells import Repeated
from clustera.read.reading import Occurrences, TextReading
from clustera.read.spelling import Spelling, is_foreign_text
from clustera.read.workbook_text import Formulas
from clustera.records import RESERVED, Finding, Severity, Value

# Characters that the assumption makes, but for signs that stand beside numbers and quotes.
ODD = "[^\\x00-\\x7f€£¥¢°²³·–—…‘’“”«»\u00a0\u202f\u2009]"
NAME_SHOWN = 60  # characters of a column's name in a message
LETTERS = 8  # in a message
NAMES = 3
# What a file's spelling is, beside what people want to know of it.
_UNTOLD = {"names", "own_names", "plain", "pattern", "nameless"}
ODD_ROWS = 500  # rows whose words tell whether the assumption is likely


def findings_of(spelling: Spelling, columns: Sequence[str], reading: TextReading, *, rows: int) -> list[Finding]:
    """What the user should know about how a file was read; nothing for a plain one.

    Args:
        spelling: How the file is spelled.
        columns: The columns' names as they are used.
        reading: What was odd about its lines.
        rows: Data rows.
    """
    found = []
    if not spelling.has_header:
        found.append(Finding.counted("no-header", "warning", rows, rows, first=columns[0], last=columns[-1]))
    else:
        found += renamed_columns(spelling.names, columns)
        if spelling.nameless:
            names = sum(1 for name in spelling.names if name)
            found.append(
                Finding.counted(
                    "fewer-names", "warning", rows, rows, names=names, cells=len(columns), case=spelling.nameless
                )
            )
        above = spelling.skip - 1
        if above > 0:
            found.append(Finding("lines-above", "note", count=above))
    if spelling.one_column == "close":
        found.append(Finding("commas-in-numbers", "note", column=columns[0]))
    return [*found, *line_oddities(reading, encoding=spelling.encoding, rows=rows)]


def line_oddities(reading: TextReading, *, encoding: str, rows: int) -> list[Finding]:
    """What was odd about the lines of a file.

    Args:
        reading: What was seen of them.
        encoding: How the file is read.
        rows: Data rows.
    """
    strange, damaged, stray, several = reading.notes
    odd = Occurrences(strange.count, [(row, foreign_cells(json.loads(text))) for row, text in strange.examples])
    found = [
        _on_note(odd, "mixed-encoding", rows=rows),
        _on_note(damaged, "damaged-encoding", rows=rows, values={"encoding": encoding}),
        _on_note(stray, "stray-quotes", rows=rows),
        _on_note(
            several, "line-ends-in-cells", rows=rows, values={"line_ends": reading.lines_in_cells}, severity="note"
        ),
    ]
    return [finding for finding in found if finding.count]


def _on_note(
    note: Occurrences,
    code: str,
    *,
    rows: int,
    values: Mapping[str, Value] | None = None,
    severity: Severity = "warning",
) -> Finding:
    return Finding(
        code,
        severity,
        count=note.count,
        share=min(note.count / rows, 1.0) if rows else 0.0,
        examples=tuple(note.examples),
        values=values or {},
    )


def told_spelling(spelling: Spelling) -> dict[str, Any]:
    """What people want to know of how a file is written."""
    return {key: value for key, value in asdict(spelling).items() if key not in _UNTOLD and value != ()}


def encoding_finding(rows: Rows, spelling: Spelling, *, asked: str | None) -> list[Finding]:
    """What was assumed of a file in an old encoding that nothing names: nothing if its words are plain, or it was asked for.

    Statistical detectors are no help here: the few odd words of a table are too little for them.
    """
    if asked is not None:
        return []
    if spelling.encoding != WESTERN:
        shown = tuple(name for name in spelling.names if not name.isascii())[:NAMES]
        known = spelling.encoding in CODECS
        return (
            [Finding("recognized-encoding", "note", values={"encoding": spelling.encoding, "names": shown})]
            if known
            else []
        )
    names = [identifier(name) for name, kind in rows.columns.items() if kind == "VARCHAR"]
    seen = rows.query(
        f"select count(*) as n, min(struct_pack(row := _row, text := t, whole := w), {ODD_ROWS}) as first from (select _row, "
        f"concat_ws(' ', {', '.join(names)}) as t, cast(to_json(_source) as varchar) as w from {{rows}} as _source) "
        f"where regexp_matches(t, '{ODD}')"
    ).to_pylist()[0]
    odd = seen["first"] or []
    words = " ".join([*spelling.names, *(row["text"] for row in odd)])
    # Letters, not words: a word may be somebody's name.
    letters = tuple(dict.fromkeys(re.findall(ODD, words)[:500]))[:LETTERS]
    if not letters:
        return []
    unlikely = is_foreign_text(words)
    return [
        Finding(
            code="assumed-encoding",
            severity="warning" if unlikely else "note",
            count=seen["n"],
            examples=tuple((row["row"], foreign_cells(json.loads(row["whole"]))) for row in odd[:3]),
            values={"encoding": spelling.encoding, "letters": letters, "case": "unlikely" if unlikely else "likely"},
        )
    ]


def foreign_cells(row: Mapping[str, Any]) -> str:
    """The cells of a row that are not plain ASCII, as JSON: who reads the finding sees only them.

    >>> foreign_cells({"city": "Köln", "age": "30"})
    '{"city": "Köln"}'
    """
    return json.dumps({name: cell for name, cell in row.items() if not str(cell).isascii()}, ensure_ascii=False)


def renamed_columns(names: Sequence[str], columns: Sequence[str]) -> list[Finding]:
    """Which columns need another name in tables than the source gives them.

    Args:
        names: As the source has them.
        columns: As they are used.
    """
    seen: set[str] = set()
    pairs = []
    for old, new in zip(names, columns, strict=True):
        own = old.strip().lower()
        moved = unique_column_names([old])[0] != new and own not in RESERVED  # names of ours are shown as they were
        if not own or own in seen or moved or len(own) > NAME_LENGTH:
            pairs.append((old, new))
        seen.add(own)
    if not pairs:
        return []
    shown = tuple({"old": old[:NAME_SHOWN], "new": new[:NAME_SHOWN]} for old, new in pairs[:3])
    return [Finding("renamed-columns", "note", count=len(pairs), values={"names": shown})]


def formulas_finding(unworked: Mapping[int, Formulas], names: Sequence[str], *, rows: int) -> list[Finding]:
    """The columns of a sheet whose formulas nobody worked out.

    Args:
        unworked: These formulas, by the position of their column in the sheet.
        names: Of its columns.
        rows: Its data rows.
    """
    if not unworked:
        return []
    named = dict(enumerate(names))
    shown = [named.get(at) or f"column {at + 1}" for at in unworked]
    empty = any(formulas.empty for formulas in unworked.values())
    counts = [formulas.empty or formulas.count for formulas in unworked.values()]
    return [
        Finding(
            code="formulas-without-values",
            severity="warning",
            count=sum(counts),
            share=min(1.0, max(counts) / max(1, rows)),
            values={
                "columns": tuple(shown[:NAMES]),
                "more": max(0, len(shown) - NAMES),
                "formula": f"={next(iter(unworked.values())).text[:NAME_SHOWN]}",
                "case": "empty" if empty else "zero",
            },
        )
    ]


def merged_findings(repeated: Repeated, names: Sequence[str], *, rows: int) -> list[Finding]:
    """The columns of a sheet in which cells are merged with those below.

    Args:
        repeated: How many cells of each column got the value above them, and how many did not.
        names: Of the columns.
        rows: Data rows.
    """
    return [
        Finding(
            code="merged-cells",
            severity="note" if case == "repeated" else "warning",
            count=sum(counts.values()),
            share=min(1.0, max(counts.values()) / max(1, rows)),
            values={
                "columns": tuple(names[at] or f"column {at + 1}" for at in list(counts)[:NAMES]),
                "more": max(0, len(counts) - NAMES),
                "case": case,
            },
        )
        for case, counts in (("repeated", repeated.filled), ("once", repeated.left))
        if counts
    ]
