"""What reading itself found out about a file, said as findings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from clustera.engines import Rows, identifier
from clustera.read.held import NAME_LENGTH, unique_names
from clustera.read.reading import Note, Reading
from clustera.read.spelling import Spelling, foreign
from clustera.read.wide import LOST
from clustera.records import Finding, Severity

ASSUMED = {"cp1252"}  # what a file in no Unicode and without a word about its encoding is read as
# Characters that the assumption makes, but for signs that stand beside numbers and quotes.
ODD = "[^\\x00-\\x7f€£¥¢°²³·–—…‘’“”«»\u00a0\u202f\u2009]"
NAME_SHOWN = 60  # characters of a column's name in a message
ODD_ROWS = 500  # rows whose words tell whether the assumption is likely


def findings_of(spelling: Spelling, columns: Sequence[str], reading: Reading, *, rows: int) -> list[Finding]:
    """What the user should know about how a file was read; nothing for a plain one.

    Args:
        spelling: How the file is spelled.
        columns: The columns' names as they are used.
        reading: What was odd about its lines.
        rows: Data rows.
    """
    found = []
    if not spelling.has_header:
        found.append(
            Finding(
                code="no-header",
                severity="warning",
                message=f"The first line holds values, not names; the columns are called {columns[0]} to {columns[-1]}.",
                rule="in the first line, numbers stand where numbers stand below it",
                cure="Add a line of names, or say --set header=1 if the first line holds them.",
                count=rows,
                share=1.0,
            )
        )
    else:
        found += _renamed(spelling, columns)
        above = spelling.skip - 1
        if above > 0:
            found.append(
                Finding(
                    code="lines-above",
                    severity="note",
                    message=f"{above} {'line' if above == 1 else 'lines'} above the column names left out.",
                    rule="the names are the first line in which most cells are filled",
                    cure="If the names stand in another line, say --set header=LINE.",
                    count=above,
                )
            )
    return [*found, *on_lines(reading, encoding=spelling.encoding, rows=rows)]


def on_lines(reading: Reading, *, encoding: str, rows: int) -> list[Finding]:
    """What was odd about the lines of a file.

    Args:
        reading: What was seen of them.
        encoding: How the file is read.
        rows: Data rows.
    """

    def finding(note: Note, code: str, severity: Severity, *, message: str, rule: str, cure: str) -> Finding:
        share = min(note.count / rows, 1.0) if rows else 0.0
        return Finding(
            code, severity, message, rule, cure, count=note.count, share=share, examples=tuple(note.examples)
        )

    strange, damaged, stray, several = reading.notes
    found = []
    if strange.count:
        odd = [(row, odd_cells(json.loads(text))) for row, text in strange.examples]
        found.append(
            finding(
                Note(strange.count, odd),
                "mixed-encoding",
                "warning",
                message=f"{strange.count:,} lines are not UTF-8 like the rest; read as cp1252.",
                rule="bytes that are no UTF-8",
                cure="Export the parts in one encoding, or name it with --set encoding=NAME.",
            )
        )
    if damaged.count:
        found.append(
            finding(
                damaged,
                "damaged-encoding",
                "warning",
                message=f"{damaged.count:,} lines have bytes too many or too few for {encoding}; they are left out, with "
                f"{LOST} for what can't be read, and all other lines are read as they are.",
                rule="a line that is no whole number of characters, or holds a character that does not exist",
                cure="Export the file again, and copy it as a binary file.",
            )
        )
    if stray.count:
        found.append(
            finding(
                stray,
                "stray-quotes",
                "warning",
                message=f"{stray.count:,} opening quotes have no closing quote in their row; each is read as a plain "
                "character, so that the lines below stay rows of their own.",
                rule="a cell in quotes that does not end within 40 lines, or that would hold lines which look like rows: "
                "as many cells, and of the same shapes",
                cure="Remove the quote from these rows, or export again with quotes doubled inside of cells.",
            )
        )
    if several.count:
        found.append(
            finding(
                several,
                "line-ends-in-cells",
                "note",
                message=f"{several.count:,} rows stand on several lines: cells in quotes hold "
                f"{reading.lines_in_cells:,} line ends.",
                rule="a quote that opens a cell and closes in a later line, with no line between that looks like a row",
                cure="Nothing to do if the cells are notes or addresses. Otherwise look at the quotes of these rows.",
            )
        )
    return found


def on_encoding(rows: Rows, spelling: Spelling) -> list[Finding]:
    """What was assumed of a file in an old encoding that nothing names: nothing if its words are plain.

    Statistical detectors are no help here: the few odd words of a table are too little for them.
    """
    names = [identifier(name) for name, kind in rows.columns.items() if kind == "VARCHAR"]
    seen = rows.query(
        f"select count(*) as n, min(struct_pack(row := _row, text := t, whole := w), {ODD_ROWS}) as first from (select _row, "
        f"concat_ws(' ', {', '.join(names)}) as t, cast(to_json(_source) as varchar) as w from {{rows}} as _source) "
        f"where regexp_matches(t, '{ODD}')"
    ).to_pylist()[0]
    odd = seen["first"] or []
    words = " ".join([*spelling.names, *(row["text"] for row in odd)])
    # Letters, not words: a word may be somebody's name.
    letters = " ".join(dict.fromkeys(re.findall(ODD, words)[:500]))[:15]
    if not letters:
        return []
    unlikely = foreign(words)
    return [
        Finding(
            code="assumed-encoding",
            severity="warning" if unlikely else "note",
            message=f"The file is not in Unicode; read as Western European ({spelling.encoding}), which makes "
            + (
                f"words of letters such as {letters}: hardly any language."
                if unlikely
                else f"letters such as {letters}."
            ),
            rule="bytes that are no UTF-8, and no mark at the file's beginning; a warning where most words that are not "
            "plain ASCII consist of odd letters",
            cure="If such words look wrong, name the encoding: --set encoding=cp1250 (Central Europe), cp1251 (Cyrillic), "
            "cp1253 (Greek), cp1254 (Turkish), shift_jis, gb18030, big5, euc_kr, mac_roman or any that Python knows; or "
            "export as UTF-8.",
            count=seen["n"],
            examples=tuple((row["row"], odd_cells(json.loads(row["whole"]))) for row in odd[:3]),
        )
    ]


def odd_cells(row: Mapping[str, Any]) -> str:
    """The cells of a row that are not plain ASCII, as JSON: who reads the finding sees only them.

    >>> odd_cells({"city": "Köln", "age": "30"})
    '{"city": "Köln"}'
    """
    return json.dumps({name: cell for name, cell in row.items() if not str(cell).isascii()}, ensure_ascii=False)


def _renamed(spelling: Spelling, columns: Sequence[str]) -> list[Finding]:
    pairs = [
        (old, new)
        for old, new in zip(spelling.names, columns, strict=True)
        if unique_names([old])[0] != new or not old.strip() or len(old.strip()) > NAME_LENGTH
    ]
    if not pairs:
        return []
    shown = ", ".join(f"{old[:NAME_SHOWN]!r} is now {new[:NAME_SHOWN]!r}" for old, new in pairs[:3])
    return [
        Finding(
            code="renamed-columns",
            severity="note",
            message=f"{len(pairs)} of the column names are empty, stand twice or are too long: {shown}.",
            rule=f"names must differ from each other, upper and lower case being the same, and have at most {NAME_LENGTH} "
            "characters",
            cure="Give each column a name of its own.",
            count=len(pairs),
        )
    ]
