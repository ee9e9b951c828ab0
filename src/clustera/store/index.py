"""What a folder of runs knows besides the runs: their order, and aliases such as `current`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from clustera.errors import RunError, read_error
from clustera.store.files import replace_json

INDEX = ".store.json"


@dataclass(frozen=True, slots=True)
class Index:
    """Order and aliases of the runs of a folder."""

    order: tuple[str, ...] = ()  # oldest first; runs that were copied here are missing
    aliases: dict[str, str] = field(default_factory=dict)  # alias -> run

    def only(self, names: Iterable[str]) -> Index:
        """The same without runs that are not there."""
        there = set(names)
        return Index(
            tuple(name for name in self.order if name in there),
            {alias: name for alias, name in self.aliases.items() if name in there},
        )


@cache
def _indexes() -> TypeAdapter[Index]:
    return TypeAdapter(Index)


def read_index(folder: Path) -> Index:
    """The index of a folder of runs; an empty one where there is none.

    Raises:
        RunError: it is damaged.
    """
    path = folder / INDEX
    try:
        return _indexes().validate_json(path.read_bytes())
    except FileNotFoundError:
        return Index()
    except (OSError, ValidationError) as error:
        raise read_error(
            error,
            RunError(
                f"{path} is damaged.",
                hint="Remove it: runs are then ordered by the time they were written, and aliases must be set again.",
            ),
        ) from error


def write_index(folder: Path, index: Index) -> None:
    """Write the index, whole or not at all; the caller holds the folder's lock."""
    replace_json(folder / INDEX, asdict(index))
