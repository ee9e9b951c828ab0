"""A table opened: its cells read one way, its columns known by kind, before their roles are decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from clustera.check.characters import plain_cells
from clustera.check.codes import zeros_as_in_model
from clustera.check.encoding import Doubled, undone_cells, undone_names
from clustera.check.kinds import Reading, readings_of
from clustera.check.labels import decide_labels
from clustera.check.like import fixes_as_in_model, named_as_in_model, options_as_in_model
from clustera.check.look import all_cells_differ, look_at_columns, only_copies_repeat
from clustera.check.options import CheckOptions
from clustera.check.repeated_names import repeated_names, rows_that_tell
from clustera.check.roles import id_candidates
from clustera.engines import Rows
from clustera.progress import Progress
from clustera.records import Column, Finding, Raw, own_columns

LOOKED, COUNTED, SORTED = 0.35, 0.45, 0.85  # shares of the time that are over when that is done


@dataclass(frozen=True, slots=True)
class Table:
    """What was read, cell by cell."""

    raw: Raw
    rows: Rows
    options: CheckOptions  # what the caller says, and an earlier table where he is silent
    known: Sequence[Column]  # of an earlier table
    names: Sequence[str]  # of the columns
    readings: Mapping[str, Reading]
    uniques: Mapping[str, bool]  # of the columns that may tell customers apart: whether all values differ
    copied: Collection[
        str
    ]  # of these columns, where none differs in every row: those whose values repeat in copies of a row only
    renamed: Mapping[str, str]  # names that were encoded twice
    doubled: Mapping[str, Doubled]  # cells likewise
    own_names: Mapping[str, str]  # of the columns in the source, where they are called otherwise here
    again: Rows | None  # `_row` of the lines that repeat the names of the columns
    restored: Sequence[Finding]  # on codes whose zeros a later table has lost

    @property
    def source(self) -> str:
        """The file, for messages."""
        return self.raw.source.name


def open_table(
    raw: Raw,
    options: CheckOptions,
    *,
    known: Callable[[CheckOptions, Sequence[str]], Sequence[Column]],
    earlier: Sequence[Column],
    progress: Progress | None,
) -> Table:
    """Names and cells undone and read, each column's kind decided.

    Args:
        raw: What was read.
        options: What the caller says.
        known: Of an earlier table, the columns that hold here, from the options and the names of this table.
        earlier: All columns of that table, whose options hold where the caller says nothing.
        progress: Told what is being done, and the share that is done.
    """
    options = fixes_as_in_model(options, earlier)
    rows, renamed = undone_names(raw.rows, keep=options.keep)
    own, restored = _renamed_again(raw.names, renamed), list[Finding]()
    options = _asked_by_own_names(options, own, own_columns(rows.columns))
    names = own_columns(rows.columns)
    again = repeated_names(rows, own)
    columns = known(options, names)
    if columns:
        rows, earlier_names = named_as_in_model(rows, columns, source=raw.source.name, id=options.id, own=own)
        own, options = _renamed_again(own, earlier_names), options_as_in_model(options, columns)
        rows, restored = zeros_as_in_model(rows, columns, raw.source.rows)
    looks = look_at_columns(rows_that_tell(rows, again), progress=part_of_check(progress, 0.0, LOOKED))
    rows, looks, doubled = undone_cells(rows, looks, keep=options.keep)
    rows, looks = plain_cells(rows, looks)
    telling = rows_that_tell(rows, again)
    separator = str(raw.source.spelling.get("separator", ""))
    readings = decide_labels(telling, readings_of(telling, looks, options, separator=separator))
    with rows.engine.watched(part_of_check(progress, LOOKED, COUNTED)):
        uniques = {name: all_cells_differ(telling, readings[name].look) for name in id_candidates(readings)}
        # Where a column differs in every row, no row is a copy.
        copied = [] if any(uniques.values()) else [name for name in uniques if only_copies_repeat(telling, name)]
    return Table(raw, rows, options, columns, names, readings, uniques, copied, renamed, doubled, own, again, restored)


def _renamed_again(own: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, str]:
    """Column -> its name in the source, after names were changed once more, old -> new."""
    kept = {name: of for name, of in own.items() if name not in changed}
    return kept | {new: own.get(old, old) for old, new in changed.items() if own.get(old, old) != new}


def _asked_by_own_names(options: CheckOptions, own: Mapping[str, str], columns: Collection[str]) -> CheckOptions:
    """The options with the names that the columns have here, where they say those of the source: "_id" is "_id_2" here.

    >>> _asked_by_own_names(CheckOptions(id="_id", features=["age"]), {"_id_2": "_id"}, ["_id_2", "age"]).id
    '_id_2'
    """
    here = {of: name for name, of in reversed(list(own.items())) if of not in columns}
    lists = {
        key: [here.get(name, name) for name in getattr(options, key)] for key in ("features", "descriptors", "exclude")
    }
    return options.model_copy(update=lists | {"id": here.get(options.id, options.id) if options.id else options.id})


def part_of_check(progress: Progress | None, low: float, high: float) -> Callable[[float], None] | None:
    """Progress within a part of the check."""
    return progress and (lambda share: progress("checking", low + (high - low) * share))
