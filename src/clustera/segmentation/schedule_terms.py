"""What a schedule is asked for, checked: its files, its days, its time zone, its alerts."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from clustera.errors import ClusteraError, Gathered, InputError, closest
from clustera.read.files import files_of, is_folder_of
from clustera.records import Alerts, ScheduleEvery
from clustera.segmentation.databases import is_reference
from clustera.shares import read_share

KINDS = ("customers", "orders", "products")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def scheduled_files(kind: str, text: str, roots: Sequence[str] = ()) -> str | list[str]:
    """The files that a path, a folder or a pattern means: of orders all of them, else the one that was changed last.

    A folder of orders without links is itself, so that its files that are not read are told.

    Args:
        kind: customers, orders or products.
        text: A file, a folder, a path with `*` and `?`, or an address of a database, which is itself.
        roots: Folders that they must lie in; any when empty.

    Raises:
        InputError: there is none.
    """
    if "://" in text:
        return text
    place = absolute_pattern(text, roots)
    found = _files_of(place)
    allowed = [one for one in found if not roots or any(one.is_relative_to(root) for root in roots)]
    if not allowed:
        places = f" in {' or '.join(roots)}" if roots else ""
        raise InputError(
            f"There is no file {text}{places}.", hint="Check the name; * stands for any letters of a name."
        )
    if kind == "orders" and is_folder_of(place, allowed):
        return str(place.resolve())
    if kind == "orders" and len(allowed) > 1:
        return list(map(str, allowed))
    return str(max(allowed, key=lambda one: (one.stat().st_mtime_ns, str(one))))


def absolute_pattern(pattern: str, roots: Sequence[str]) -> Path:
    """A pattern as an absolute path: a name alone lies in the first of the folders that has such a file.

    Args:
        pattern: A path with `*` and `?`.
        roots: Folders in which files may be named; the working folder when empty.
    """
    if not roots or Path(pattern).is_absolute():
        return Path(pattern).absolute()
    return next((Path(root) / pattern for root in roots if _files_of(Path(root) / pattern)), Path(roots[0]) / pattern)


def _files_of(path: Path) -> list[Path]:
    """The files that a path, a folder or a pattern means. What a name leads to counts, so that no link leads out of the folders."""
    with suppress(ClusteraError, OSError, ValueError):
        return list(dict.fromkeys(Path(os.path.realpath(one)) for one in files_of(path)))
    return []


def given_files(files: Mapping[str, str]) -> dict[str, str]:
    """What was said of each kind of file; what is empty was not said."""
    return {kind: text.strip() for kind, text in files.items() if text.strip()}


def checked_files(files: Mapping[str, str], roots: tuple[Path, ...]) -> dict[str, str]:
    """Files that may be read, as absolute paths and addresses.

    Raises:
        InputError: one may not be read or is not there, or there is nothing to segment.
    """
    given = given_files(files)
    for kind, text in given.items():
        if kind not in KINDS:
            raise InputError(f"There is no file for {kind!r}.", hint=f"Name {', '.join(KINDS)}.")
        if "://" in text and not is_reference(text):
            if urlsplit(text).password:
                raise InputError(
                    "The address of the database holds a password, which would be kept in a file.",
                    hint="Leave it out, and set PGPASSWORD or write ~/.pgpass.",
                    field=kind,
                )
            if roots:
                raise InputError(
                    "The address of a database can't be given here.",
                    hint="An admin adds the database under Databases; then choose a table of it under New segmentation.",
                    field=kind,
                )
    if not {"customers", "orders"} & given.keys():
        raise InputError("There is nothing to segment.", hint="Name a file of customers or of orders.", field="orders")
    allowed, wrong = tuple(str(root.resolve()) for root in roots), Gathered()
    for kind, text in given.items():
        with wrong.field(kind):
            scheduled_files(kind, text, allowed)
    wrong.refuse()
    return {kind: text if "://" in text else str(absolute_pattern(text, allowed)) for kind, text in given.items()}


def checked_zone(zone: str) -> str:
    """A time zone.

    Raises:
        InputError: there is none of this name.
    """
    from zoneinfo import available_timezones

    known = available_timezones()
    if zone not in known:
        near = closest(zone, known)
        raise InputError(
            f"There is no time zone {zone[:40]!r}.",
            hint=f"Did you mean {near}?" if near else "Such as Europe/Berlin.",
            field="zone",
        )
    return zone


def schedule_unit(text: str) -> ScheduleEvery:
    """day, week or month.

    Raises:
        InputError: it is none of these.
    """
    for every in get_args(ScheduleEvery):
        if text == every:
            return every  # type: ignore[no-any-return]
    raise InputError(f"A schedule can't run every {text[:20]!r}.", hint="Say day, week or month.", field="every")


def scheduled_day(every: str, text: str) -> int:
    """The day of the week, from 1, or of the month; 1 where it is not said.

    Raises:
        InputError: there is no such day.
    """
    written = text.strip().lower()
    if every == "day" or not written:
        return 1
    if every == "week":
        fits = [
            number for number, name in enumerate(WEEKDAYS, start=1) if len(written) > 1 and name.startswith(written)
        ]
        if len(fits) != 1:
            raise InputError(
                f"{text[:20]!r} is no day of the week.", hint=f"One of: {', '.join(WEEKDAYS)}.", field="on"
            )
        return fits[0]
    if not (written.isascii() and written.isdigit() and 1 <= int(written) <= 28):
        raise InputError(f"{text[:20]!r} is no day that every month has.", hint="A number from 1 to 28.", field="on")
    return int(written)


def refuse_idle_day(every: str, on: str) -> None:
    """Refuse a day that is named where nothing is said to run on it alone.

    Raises:
        InputError: it runs every day.

    >>> refuse_idle_day("week", "monday")
    """
    if every == "day" and on.strip():
        raise InputError(
            f"--on {on[:20]} does nothing where it runs every day.",
            hint="Say --every week or --every month as well, or leave --on out.",
            field="on",
        )


def read_alerts(pairs: Sequence[str]) -> dict[str, str]:
    """Alerts as people write them: KIND=SHARE.

    Raises:
        InputError: one is not of this form.

    >>> read_alerts(["share=5%", "size=20%"])
    {'share': '5%', 'size': '20%'}
    """
    found = {}
    for pair in pairs:
        kind, _, text = pair.partition("=")
        if not text.strip():
            raise InputError(f"{pair[:60]!r} is no alert: it has no share.", hint="For example: --alert size=20%")
        found[kind.strip()] = text
    return found


def alert_share(kind: str, text: str) -> float:
    """From which change on an alert is given.

    Raises:
        InputError: there is no such alert, or it is no share.
    """
    if kind not in Alerts.__dataclass_fields__:
        raise InputError(f"There is no alert {kind[:20]!r}.", hint="There are share, drift and size.")
    written = text.strip()
    share = read_share(written)
    if share is None or not 0 < share <= 1:
        raise InputError(
            f"The alert {kind} is {written[:20]!r}; it must be more than 0% and at most 100%.",
            hint="For example 10%.",
            field=kind,
        )
    return share


def read_options(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Options as people write them: NAME=VALUE, the value as JSON or as text.

    >>> read_options(("k=4", "currency=EUR"))
    {'k': 4, 'currency': 'EUR'}

    Raises:
        InputError: one is not of this form.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise InputError(f"{pair[:60]!r} is no option.", hint="For example: --set currency=EUR")
        try:
            found[name.strip()] = json.loads(text)
        except ValueError:
            found[name.strip()] = text
    return found
