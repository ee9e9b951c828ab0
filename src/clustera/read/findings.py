"""What reading itself found out about a file, said as findings."""

from __future__ import annotations

from collections.abc import Sequence

from clustera.read.spelling import Spelling
from clustera.records import Finding


def findings_of(spelling: Spelling, columns: Sequence[str], *, strange: int, rows: int) -> list[Finding]:
    """What the user should know about how a file was read; nothing for a plain one.

    Args:
        spelling: How the file is spelled.
        columns: The columns' names as they are used.
        strange: Lines in another encoding than the rest.
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
    if strange:
        found.append(
            Finding(
                code="mixed-encoding",
                severity="warning",
                message=f"{strange:,} lines are not UTF-8 like the rest; read as cp1252.",
                rule="bytes that are no UTF-8",
                cure="Export the parts in one encoding, or name it with --set encoding=NAME.",
                count=strange,
                share=strange / rows if rows else 0.0,
            )
        )
    return found


def _renamed(spelling: Spelling, columns: Sequence[str]) -> list[Finding]:
    pairs = [(old, new) for old, new in zip(spelling.names, columns, strict=True) if " ".join(old.split()) != new]
    if not pairs:
        return []
    shown = ", ".join(f"{old!r} is now {new!r}" for old, new in pairs[:3])
    return [
        Finding(
            code="renamed-columns",
            severity="note",
            message=f"{len(pairs)} of the column names are empty or stand twice: {shown}.",
            rule="names must differ from each other, upper and lower case being the same",
            cure="Give each column a name of its own.",
            count=len(pairs),
        )
    ]
