"""Records of text cells into rows of the engine, batch by batch, so that a file never has to fit into memory."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa

from clustera.engines import Engine, Rows
from clustera.errors import InputError
from clustera.records import RESERVED

BATCH_ROWS = 50_000
COLUMN_LIMIT = 2_000
NAME_LENGTH = 500  # characters; a survey's question is shorter, and a longer name is a cell that stands too high
TOLD_EVERY = 10_000  # records
# Words that later steps give too: such a column gets an underscore, and is still found and shown under its own name.
TAKEN = frozenset({"segment", "second_segment", "place", "second_place", "distance", "borderline", "outlier"})
# Characters without a shape, those that control a terminal among them, and halves of characters.
_UNSEEN = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def unique_column_names(names: Sequence[str]) -> list[str]:
    """Names that SQL can tell apart: trimmed, never empty or endless, none twice (case apart), none of ours.

    >>> unique_column_names((" Age", "age", "", "_row", "Segment"))
    ['Age', 'age_2', 'column_3', '_row_2', 'Segment_']
    >>> unique_column_names(("_id", "_id_2"))  # a name of the table stays the column's own
    ['_id_3', '_id_2']
    """
    plain = [
        " ".join(_UNSEEN.sub("", name[: 2 * NAME_LENGTH]).split())[:NAME_LENGTH].rstrip() or f"column_{position}"
        for position, name in enumerate(names, start=1)
    ]
    theirs, taken = {name.lower() for name in plain}, set(RESERVED)
    unique = []
    for name in plain:
        base = f"{name}_" if name.lower() in TAKEN else name
        tries = itertools.chain([base], (f"{base}_{number}" for number in itertools.count(2)))
        free = (new for new in tries if new == name or new.lower() not in theirs)
        chosen = next(new for new in free if new.lower() not in taken)
        taken.add(chosen.lower())
        unique.append(chosen)
    return unique


def own_names(names: Sequence[str]) -> dict[str, str]:
    r"""Column -> its name in its own table, where reading changes the name; not where the table has none.

    Args:
        names: Of all columns, as the table has them.

    >>> own_names((" Age", "age", "", "Segment", "spend", "new\nline"))
    {'Age': ' Age', 'age_2': 'age', 'Segment_': 'Segment', 'new line': 'new\nline'}
    """
    pairs = zip(names, unique_column_names(names), strict=True)
    return {new: own for own, new in pairs if new != own and own.strip() and "\0" not in own}


def raw_name(name: str) -> str:
    """What a column of a run that did not keep such names is called in its own table: those called as one of ours have a "_" more.

    >>> [raw_name(name) for name in ("segment_", "Distance_", "age_", "segment")]
    ['segment', 'Distance', 'age_', 'segment']
    """
    return name[:-1] if name.endswith("_") and name[:-1].lower() in TAKEN else name


def refuse_wide(columns: int, name: str) -> None:
    """Stop before a table of too many columns takes all memory.

    Raises:
        InputError: it has more than COLUMN_LIMIT.
    """
    if columns > COLUMN_LIMIT:
        raise InputError(
            f"{name} has more than {COLUMN_LIMIT:,} columns, too many for a table of customers.",
            hint="Does it have one row per customer? Leave out the columns that don't describe customers.",
        )


def records_told(records: Iterable[list[str]], say: Callable[[int], None]) -> Iterator[list[str]]:
    """The same records; now and then it is said how many there were."""
    for number, record in enumerate(records):
        if number % TOLD_EVERY == 0:
            say(number)
        yield record


def hold_records(records: Iterable[list[str]], columns: Sequence[str], *, joint: str, engine: Engine) -> Rows:
    """Records as rows: `_row`, one VARCHAR column per name (NULL where a cell is empty), `_extra` if any is too long.

    Args:
        records: Lists of cells; short ones are filled up.
        columns: Their names, unique.
        joint: What joins the cells beyond the last column in `_extra`.
        engine: Where the rows will live.
    """
    ragged = False

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal ragged
        waiting, first = iter(records), 1
        while rows := list(itertools.islice(waiting, BATCH_ROWS)):
            extra = [_fit_to_width(row, len(columns), joint) for row in rows]
            ragged = ragged or any(extra)
            cells = [pa.array([cell or None for cell in column], pa.string()) for column in zip(*rows, strict=True)]
            numbers = pa.array(range(first, first + len(rows)), pa.int64())
            first += len(rows)
            yield pa.RecordBatch.from_arrays([numbers, *cells, pa.array(extra, pa.string())], schema=schema)

    schema = pa.schema([("_row", pa.int64()), *((column, pa.string()) for column in columns), ("_extra", pa.string())])
    rows = engine.collect(batches(), schema)
    return rows if ragged else rows.select('select * exclude ("_extra") from {rows}')


def _fit_to_width(row: list[str], width: int, joint: str) -> str | None:
    """Bring a record to its width; what stood beyond."""
    beyond = row[width:]
    del row[width:]
    row.extend([""] * (width - len(row)))
    return joint.join(beyond) if any(cell.strip() for cell in beyond) else None
