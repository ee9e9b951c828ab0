"""What the exports of audiences leave beside the runs: who was held out, who was a member when, and who exported what.

runs/
.audiences/
exports.jsonl            one line an export, and one the end of a hold-out: who, when, what, to whom, how many
Regulars/
assignments.parquet    customer, segment, group: everybody whom the exports of the audience drew
members.parquet        audience, version, customer, since, until: everybody who was ever a member
Regulars 2026-11-29/
frozen.parquet         customer: who was a member when the audience was frozen
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from clustera.engines import DAMAGED_PARQUET
from clustera.errors import InputError, RunError
from clustera.records import AudienceExport, LeftOut, readable
from clustera.store.audiences import acting_user, check_audience_name, current_time
from clustera.store.files import (
    locked_folder,
    refuse_missing_parent,
    replacing_file,
    write_json,
    writing_file,
    writing_folder,
)
from clustera.store.table_files import fill_csv, fill_csv_records

FOLDER = ".audiences"
LOG = "exports.jsonl"
FROZEN = "frozen.parquet"
HOLDOUT_ENDED = "hold-out ended"
_LINE = dict.fromkeys(("time", "by", "audience", "run", "network", "file"), str) | dict.fromkeys(
    ("version", "rows", "held_out"), int
)
_ORIGIN = b"origin"
_TIME = b"time"
_LEFT_OUT = pa.schema({"customer": pa.string(), "segment": pa.int32(), "code": pa.string()})
_ASSIGNED = pa.schema({"customer": pa.string(), "segment": pa.int32(), "group": pa.string()})
_FROZEN = pa.schema({"customer": pa.string()})
_MEMBERS = pa.schema(
    {"audience": pa.string(), "version": pa.int32()} | dict.fromkeys(("customer", "since", "until"), pa.string())
)


@readable
@dataclass(frozen=True, slots=True)
class WrittenExport:
    """The files of an export."""

    file: Path
    left_out: Path
    assignments: Path | None  # None where nobody is held out
    joined: int  # members who were none at the export before
    left: int  # members of the export before who are none now
    first: bool = False  # whether there was no export before
    replaced: bool = False  # whether there was a file of this name


class ExportStore:
    """What the exports of the audiences of one folder of runs left.

    Args:
        runs: Folder of runs.
    """

    def __init__(self, runs: Path) -> None:
        self.runs = runs
        self.folder = runs / FOLDER

    def groups(self, audience: str) -> dict[str, str]:
        """Customer -> "contact" or "control", as the exports of an audience drew them.

        A frozen audience has the groups of the audience that it was made of, and its own of whoever those leave out.
        """
        drawn = self.groups(origin) if (origin := self._origin(audience)) else {}
        table = self._read(audience, "assignments.parquet", _ASSIGNED)
        own = dict(zip(table["customer"].to_pylist(), table["group"].to_pylist(), strict=True))
        return own | drawn

    def groups_file(self, audience: str) -> Path:
        """Where the groups of an audience are kept once an export drew them: customer, segment, group."""
        return self.folder / audience / "assignments.parquet"

    def held_out(self) -> dict[str, frozenset[str]]:
        """Whom each audience holds out of all lists until its hold-out is ended; audiences without a hold-out are not there."""
        held = dict[str, frozenset[str]]()
        for path in sorted(self.folder.glob("*/assignments.parquet")):
            table = self._read(path.parent.name, "assignments.parquet", _ASSIGNED)
            drawn = zip(table["customer"].to_pylist(), table["group"].to_pylist(), strict=True)
            held[path.parent.name] = frozenset(customer for customer, group in drawn if group == "control")
        return {name: customers for name, customers in held.items() if customers}

    def assigned(self, audience: str, time: str) -> pa.Table:
        """customer, segment and group of everybody whom one export of an audience drew.

        Args:
            audience: Its name.
            time: Of the export, as the record of exports has it.
        """
        origin, then = self._origin(audience), datetime.fromisoformat(time)
        drawn = [self._read(name, "assignments.parquet", _ASSIGNED) for name in filter(None, (origin, audience))]
        there = {
            row["customer"]
            for row in self.members(audience).to_pylist()
            if datetime.fromisoformat(row["since"]) <= then
            and (row["until"] is None or datetime.fromisoformat(row["until"]) > then)
        }
        table = pa.concat_tables(drawn)
        return table.filter(pa.array([customer in there for customer in table["customer"].to_pylist()], pa.bool_()))

    def left_out(self, audience: str, time: str) -> tuple[LeftOut, ...] | None:
        """Who was in no file of an audience's last export with a control group; None where that is not of `time`."""
        table = self._read(audience, "left_out.parquet", _LEFT_OUT)
        if (table.schema.metadata or {}).get(_TIME) != time.encode():
            return None
        return tuple(LeftOut(**row) for row in table.to_pylist())

    def members(self, audience: str) -> pa.Table:
        """Everybody who was ever a member at an export: audience, version, customer, since, until (empty: still one)."""
        return self._read(audience, "members.parquet", _MEMBERS)

    def log(self) -> list[dict[str, Any]]:
        """Every export and every end of a hold-out, the oldest first: who, when, what, how many.

        The end of a hold-out has `event`; an export has none.

        Raises:
            RunError: a whole line is no record.
        """
        path = self.folder / LOG
        try:
            lines = path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        found = []
        for number, text in enumerate(lines, 1):
            try:
                line = json.loads(text)
            except ValueError:  # a writer was killed in the middle of it
                continue
            if not isinstance(line, dict) or any(type(line.get(key)) is not kind for key, kind in _LINE.items()):
                raise RunError(f"Line {number} of {path} is damaged.", hint="Restore the file from a copy.")
            found.append(line)
        return found

    def frozen(self) -> dict[str, Path]:
        """The files of frozen audiences, by their names."""
        return {path.parent.name: path for path in sorted(self.folder.glob(f"*/{FROZEN}"))}

    def frozen_members(self, audience: str) -> tuple[list[str], str]:
        """The customers of a frozen audience, and the audience that it was made of.

        Raises:
            RunError: the file is damaged.
        """
        table = self._read(audience, FROZEN, _FROZEN)
        return table["customer"].to_pylist(), self._origin(audience)

    def freeze(self, audience: str, customers: Sequence[str], *, origin: str) -> Path:
        """Keep the members of an audience as they are now; returns the file.

        Args:
            audience: The name under which they are kept.
            customers: Their ids.
            origin: The audience whose members they are: its hold-out is theirs.

        Raises:
            RunError: other members are kept under that name already, also where their audience was deleted.
            SetupError: the folder can't be written.
        """
        check_audience_name(audience)
        with writing_folder(self.folder / audience, asked=self.runs), locked_folder(self.runs):
            path = self.folder / audience / FROZEN
            if path.exists():
                kept, made_of = self.frozen_members(audience)
                if (sorted(kept), made_of) == (sorted(customers), origin):
                    return path
                said = f"Other members are kept as {audience!r} already, also where that audience was deleted."
                raise RunError(said, hint="Choose another name: --as NAME")
            members = pa.table({"customer": pa.array(customers, pa.string())})
            self._replace(audience, FROZEN, members.replace_schema_metadata({_ORIGIN: origin.encode()}))
        return path

    def end_holdout(self, audience: str) -> int:
        """Forget whom the exports of an audience drew; returns how many were held out.

        Raises:
            RunError: the hold-out is that of the audience of which this one was frozen.
        """
        held = len(self.held_out().get(audience, ()))
        origin = self._origin(audience)
        if not held and origin and "control" in self.groups(origin).values():
            raise RunError(
                f"The customers held out of {audience!r} were drawn for {origin!r}, of which it was frozen.",
                hint=f"End that hold-out: clustera audience end-holdout {shlex.quote(origin)}",
            )
        with writing_folder(self.folder, asked=self.runs), locked_folder(self.runs):
            if held:  # written first: no hold-out ends without a record
                self._append({"audience": audience, "event": HOLDOUT_ENDED, "held_out": held, "version": 0, "run": "",
                              "network": "", "file": "", "rows": 0})  # fmt: skip
            (self.folder / audience / "assignments.parquet").unlink(missing_ok=True)
        return held

    def write(self, export: AudienceExport, path: Path, *, told: Mapping[str, Any]) -> WrittenExport:
        """Write an export: its files, then what is kept of it; then the files are put in their places, the list last.

        So there is a record of every list that is there, and none of one for which the disk has no room.

        Args:
            export: What is written.
            path: The list; beside it go NAME.left_out.csv and, with a hold-out, NAME.assignments.csv and NAME.holdout.json.
            told: What else the record of the export says.

        Raises:
            InputError: `path` is no .csv file.
            SetupError: the disk is full, or a folder can't be written.
        """
        check_audience_name(export.audience)
        check_list_path(path)
        refuse_missing_parent(path)
        with (
            writing_folder(self.folder / export.audience, asked=self.runs),
            locked_folder(self.runs),
            writing_file(path),
            ExitStack() as files,
        ):
            first, replaced = not self.members(export.audience).num_rows, path.is_file()
            beside, drawn, holdout = (
                path.with_name(f"{path.stem}.{name}") for name in ("left_out.csv", "assignments.csv", "holdout.json")
            )
            fill_csv(files.enter_context(replacing_file(path)), export.header, export.rows)
            gone, groups = ([asdict(one) for one in found] for found in (export.left_out, export.assignments))
            fill_csv_records(files.enter_context(replacing_file(beside)), gone, _LEFT_OUT.names)
            if groups:
                fill_csv_records(files.enter_context(replacing_file(drawn)), groups, _ASSIGNED.names)
                write_json(files.enter_context(replacing_file(holdout)), _holdout(export))
            with writing_folder(self.folder / export.audience, asked=self.runs):
                joined, left = self._keep_members(export)
                self._keep_groups(export)
                time = self._log(export, path, told, joined=joined, left=left)
                self._keep_left_out(export, time)
            # Groups of an earlier list of this name do not belong to this one; they are kept beside the runs.
            for old in (drawn, holdout):
                old.unlink(missing_ok=True)
        return WrittenExport(path, beside, drawn if groups else None, joined, left, first, replaced)

    def log_list(self, export: AudienceExport, file: str, *, told: Mapping[str, Any]) -> None:
        """Keep a record of the list of a campaign: who, when, where to, how many.

        Args:
            export: What was written.
            file: The list, as it is called beside the runs.
            told: What else the record says.
        """
        with writing_folder(self.folder, asked=self.runs), locked_folder(self.runs):
            self._log(export, Path(file), told, joined=0, left=0)

    def _keep_members(self, export: AudienceExport) -> tuple[int, int]:
        time = current_time()
        known = self.members(export.audience).to_pylist()
        there = set(export.members)
        still = {row["customer"] for row in known if row["until"] is None}
        gone = still - there
        rows = [row | {"until": time} if row["until"] is None and row["customer"] in gone else row for row in known]
        rows += [
            {"audience": export.audience, "version": export.version, "customer": c, "since": time, "until": None}
            for c in export.members
            if c not in still
        ]
        self._replace(export.audience, "members.parquet", pa.Table.from_pylist(rows, schema=_MEMBERS))
        return len(there - still), len(gone)

    def _keep_groups(self, export: AudienceExport) -> None:
        if not export.assignments:
            return
        known = {
            row["customer"]: row for row in self._read(export.audience, "assignments.parquet", _ASSIGNED).to_pylist()
        }
        origin = self._origin(export.audience)
        drawn = self.groups(origin) if origin else {}
        known |= {one.customer: asdict(one) for one in export.assignments if one.customer not in drawn}
        table = pa.Table.from_pylist(list(known.values()), schema=_ASSIGNED)
        self._replace(export.audience, "assignments.parquet", table)

    def _log(self, export: AudienceExport, path: Path, told: Mapping[str, Any], *, joined: int, left: int) -> str:
        line = {
            "audience": export.audience,
            "version": export.version,
            "run": export.run,
            "network": export.network,
            "file": path.name,
            "rows": len(export.rows),
            "steps": {step.step: step.customers for step in export.steps},
            "holdout": export.holdout,
            "held_out": sum(one.group == "control" for one in export.assignments),
            "joined": joined,
            "left": left,
            **told,
        }
        return self._append(line)

    def _append(self, line: Mapping[str, Any]) -> str:
        time = current_time()
        line = {"time": time, "by": acting_user(), **line}
        with (self.folder / LOG).open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            if file.read() not in (b"", b"\n"):
                file.write(b"\n")  # behind what a writer left that was killed, or had no more room
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True).encode(errors="replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return time

    def _keep_left_out(self, export: AudienceExport, time: str) -> None:
        """Of a list with a control group, so that a campaign that is recorded of it has the reasons too."""
        if export.assignments:
            rows = [asdict(gone) for gone in export.left_out]
            table = pa.Table.from_pylist(rows, schema=_LEFT_OUT).replace_schema_metadata({_TIME: time.encode()})
            self._replace(export.audience, "left_out.parquet", table)

    def _origin(self, audience: str) -> str:
        """The audience of which a frozen one was made; empty for any other."""
        path = self.folder / audience / FROZEN
        try:
            kept = pq.read_schema(path).metadata or {}
        except FileNotFoundError:
            return ""
        except DAMAGED_PARQUET as error:
            raise RunError(f"{path} is damaged.", hint="Restore it from a copy.") from error
        return str(kept.get(_ORIGIN, b"").decode())

    def _read(self, audience: str, name: str, schema: pa.Schema) -> pa.Table:
        check_audience_name(audience)
        path = self.folder / audience / name
        try:
            return pq.ParquetFile(path).read()
        except FileNotFoundError:
            return schema.empty_table()
        except DAMAGED_PARQUET as error:
            raise RunError(
                f"{path} is damaged.",
                hint="Restore it from a copy. It says who was held out and who was a member.",
            ) from error

    def _replace(self, audience: str, name: str, table: pa.Table) -> None:
        with replacing_file(self.folder / audience / name) as temporary:
            pq.write_table(table, temporary)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())


def check_list_path(path: Path) -> None:
    """Refuse a file that is no .csv.

    Raises:
        InputError: it is none.
    """
    if path.suffix.lower() != ".csv":
        raise InputError(f"{path} is not a .csv file.", hint="For example: --output list.csv")


def _holdout(export: AudienceExport) -> dict[str, Any]:
    return {
        "name": export.audience,
        "version": export.version,
        "run": export.run,
        "day": current_time()[:10],
        "share": export.holdout,
        "seed": export.seed,
        "network": export.network,
    }
