"""A published run: its files, read and verified."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from clustera.engines import DAMAGED_PARQUET
from clustera.errors import RunError, read_error
from clustera.records import Model, Outcome
from clustera.store.manifest import MANIFEST, Manifest, damaged_file, read_manifest, verified_bytes

_T = TypeVar("_T")


@cache
def _outcomes() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)


@cache
def _models() -> TypeAdapter[Model]:
    return TypeAdapter(Model)


@cache
def _names_adapter() -> TypeAdapter[dict[str, dict[int, str]]]:
    return TypeAdapter(dict[str, dict[int, str]])


@dataclass(frozen=True, slots=True)
class Run:
    """A published run; its files never change."""

    path: Path
    manifest: Manifest

    def __reduce__(self) -> tuple[Any, ...]:
        return Run, (self.path.absolute(), self.manifest)  # a copy may be opened by a process in another folder

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def written(self) -> float:
        """When it was written, seconds since 1970-01-01."""
        return (self.path / MANIFEST).stat().st_mtime

    def outcome(self) -> Outcome:
        """All that a run found.

        Raises:
            RunError: the file is missing, was changed, or was written by a version with other records.
        """
        return self._record(_outcomes(), "profile.json")

    def snapshot_day(self) -> int | None:
        """Snapshot date, since 1970-01-01; None where the run is of a customer table. Quicker than the whole outcome."""
        behavior = json.loads(verified_bytes(self.path, self.manifest, "profile.json")).get("behavior")
        return None if behavior is None else int(behavior["as_of"])

    def model(self) -> Model:
        """What assigns a new customer."""
        return self._record(_models(), "model.json")

    def customers(self) -> pa.Table:
        """One row per customer: id, segment, name, distance, second_segment, borderline, outlier."""
        return self._parquet("customers.parquet")

    def quarantine(self) -> pa.Table:
        """The rows that were left out."""
        return self._parquet("quarantine.parquet")

    def orders_quarantine(self) -> pa.Table:
        """The order lines that were left out, of a run with orders."""
        return self._parquet("orders_quarantine.parquet")

    def sample(self) -> pa.Table:
        """What the pictures are drawn from."""
        return self._parquet("sample.parquet")

    def names(self, outcome: Outcome) -> dict[int, str]:
        """Names by segment, people's own first.

        Raises:
            RunError: the file of people's names is damaged.
        """
        names = {profile.segment: profile.name for profile in outcome.segments}
        return names | {segment: name for segment, name in self.given().items() if segment in names}

    def given(self) -> dict[int, str]:
        """Names that people gave, by segment.

        Raises:
            RunError: the file of people's names is damaged.
        """
        path = names_file(self.path)
        try:
            given = _names_adapter().validate_json(path.read_bytes())["names"]
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError, KeyError) as error:
            raise read_error(error, _damaged_names(path)) from error
        if not all(name.strip() for name in given.values()) or len(set(given.values())) < len(given):
            raise _damaged_names(path)
        return given

    def _record(self, adapter: TypeAdapter[_T], name: str) -> _T:
        content = verified_bytes(self.path, self.manifest, name)
        try:
            return adapter.validate_json(content)
        except ValidationError as error:
            version = self.manifest.versions.get("clustera", "(unknown)")
            raise RunError(
                f"{self.path / name} is as Clustera {version} wrote it (layout {self.manifest.layout}), and this version "
                "keeps other records.",
                hint=f"Segment {self.manifest.source.name} again; the options are in manifest.json.",
            ) from error

    def _parquet(self, name: str) -> pa.Table:
        content = verified_bytes(self.path, self.manifest, name)
        try:
            # `pq.read_table` would load pandas, which takes longer than all the rest of opening a run.
            return pq.ParquetFile(pa.BufferReader(content)).read()
        except DAMAGED_PARQUET as error:
            raise damaged_file(self.path / name) from error


def open_folder(path: Path) -> Run:
    """The run in a folder.

    Raises:
        RunError: the folder holds no run, or a damaged one.
    """
    # Shown as it was given; what has no name of its own, such as "..", or another one, is followed to where it leads.
    place = Path(os.path.realpath(path)) if path.name in ("", "..") or path.is_symlink() else path
    return Run(place, read_manifest(place))


def names_file(run: Path) -> Path:
    """Where the names that people gave stand, beside the run."""
    return run.parent / f"{run.name}.names.json"


def dump_record(record: Model | Outcome) -> bytes:
    """A model or an outcome as JSON."""
    # What is no number comes back as it was; a null would not, and the run could never be read again.
    return to_json(record, indent=1, inf_nan_mode="strings")


def _damaged_names(path: Path) -> RunError:
    return RunError(
        f"{path} is damaged: it must hold one different, nonempty name per segment.",
        hint="Remove it, then name the segments again: clustera rename RUN SEGMENT NAME",
    )
