"""The form of a schedule: what stands in its fields, and what may be chosen in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, Field

from clustera.records import Schedule
from clustera.segmentation.schedule_terms import WEEKDAYS

_LOOKED_AT, _OFFERED = 2_000, 100  # entries of a folder that are looked at, and files that are offered
_TABLES = (".csv", ".tsv", ".parquet", ".xlsx", ".json", ".jsonl", ".gz", ".zip")
_CHANGING = re.compile(r"\d(?:[\d_.T-]*\d)?")  # of a name: a day, a time, a number


class ScheduleForm(BaseModel):
    """What somebody typed, field by field."""

    name: str = Field(default="", max_length=120)
    customers: str = Field(default="", max_length=1_000)
    orders: str = Field(default="", max_length=1_000)
    products: str = Field(default="", max_length=1_000)
    every: str = Field(default="day", max_length=20)
    on: str = Field(default="", max_length=20)
    at: str = Field(default="03:00", max_length=20)
    zone: str = Field(default="UTC", max_length=100)
    like: str = Field(default="", max_length=120)
    mail: str = Field(default="", max_length=1_000)
    webhook: str = Field(default="", max_length=1_000)
    share: str = Field(default="", max_length=20)
    drift: str = Field(default="", max_length=20)
    size: str = Field(default="", max_length=20)
    silent: str = Field(default="", max_length=1)
    changed: str = Field(default="", max_length=120)  # the schedule that is changed

    @classmethod
    def of_schedule(cls, schedule: Schedule) -> ScheduleForm:
        """The form to change a schedule. The address of its webhook may hold a key, so it is not shown."""
        alerts = {kind: "" if share is None else f"{share * 100:g}%" for kind, share in asdict(schedule.alerts).items()}
        on = {"day": "", "week": WEEKDAYS[(schedule.on - 1) % 7], "month": str(schedule.on)}[schedule.every]
        return cls(
            name=schedule.name,
            **{kind: path for kind, path in schedule.files.items() if kind in cls.model_fields},
            every=schedule.every,
            on=on,
            at=schedule.at,
            zone=schedule.zone,
            like=schedule.like,
            mail=", ".join(schedule.mail),
            changed=schedule.name,
            **alerts,
        )

    @classmethod
    def of_address(cls, asked: Mapping[str, str]) -> ScheduleForm:
        """A new form, with the files that an address names."""
        files = {kind: asked[kind][:1_000] for kind in ("customers", "orders", "products") if kind in asked}
        return cls(like="latest", **files)

    def files(self) -> dict[str, str]:
        """What was typed for each kind of file."""
        return {"customers": self.customers, "orders": self.orders, "products": self.products}


def files_under(roots: Iterable[Path]) -> list[str]:
    """Files that may be named, as far as they are tables: the newest first, and of many the first."""
    found: list[tuple[int, str]] = []
    for root in roots:
        for path in islice(root.rglob("*"), _LOOKED_AT):
            with suppress(OSError):
                if path.suffix.lower() in _TABLES and path.is_file():
                    found.append((path.stat().st_mtime_ns, str(path)))
    return [name for _, name in sorted(found, reverse=True)[:_OFFERED]]


def patterns_of(files: Iterable[str]) -> dict[str, int]:
    """Patterns that mean the newest of files whose names hold a day or a number, with how many files fit each.

    >>> patterns_of(["/data/orders-2026-11-29.csv", "/data/orders-2026-11-30.csv", "/data/people.csv"])
    {'/data/orders-*.csv': 2}
    """
    found: dict[str, int] = {}
    for file in files:
        path = Path(file)
        pattern = str(path.with_name(_CHANGING.sub("*", path.name)))
        if pattern != file:
            found[pattern] = found.get(pattern, 0) + 1
    return found
