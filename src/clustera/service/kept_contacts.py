"""Contacts and suppression lists that somebody keeps for next time: brought once, chosen again, removed by hand or by age."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from clustera.errors import InputError, MissingError, SetupError
from clustera.service.disks import private_folder
from clustera.service.lists import BroughtFile

ListKind = Literal["contacts", "suppress"]
KEPT_DAYS = 30
_ABOUT = "kept.json"
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file of contacts, or one suppression list."""

    id: str
    kind: ListKind
    name: str  # as it was called where it came from
    path: str
    bytes: int
    at: float  # seconds since 1970-01-01
    by: str  # name of the account; "" where there are none


class KeptFiles:
    """The kept files of one service, in a folder that only this user can read.

    Args:
        folder: Where they lie; made by the first one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def list(self) -> tuple[KeptFile, ...]:
        """All files, the newest first; those that are too old are removed."""
        found = []
        with suppress(OSError):
            for place in self._folder.iterdir():
                with suppress(OSError, ValueError, TypeError):
                    one = KeptFile(**json.loads((place / _ABOUT).read_text(encoding="utf-8")))
                    if time.time() - one.at > KEPT_DAYS * 24 * 3600:
                        shutil.rmtree(place, ignore_errors=True)
                    else:
                        found.append(one)
        return tuple(sorted(found, key=lambda one: (one.at, one.id), reverse=True))

    def keep(self, kind: ListKind, file: BroughtFile, *, by: str) -> KeptFile:
        """Keep a copy of a file that was brought."""
        made, source = secrets.token_hex(8), Path(file.path)
        place = self._folder / made
        private_folder(self._folder.parent)
        private_folder(self._folder)
        private_folder(place)
        path = place / source.name
        shutil.copyfile(source, path)
        found = KeptFile(made, kind, file.name, str(path), path.stat().st_size, time.time(), by)
        (place / _ABOUT).write_text(json.dumps(asdict(found), ensure_ascii=False), encoding="utf-8")
        return found

    def open(self, kind: ListKind, id_: str) -> KeptFile:
        """A kept file.

        Raises:
            InputError: it is not there any more.
        """
        found = next((one for one in self.list() if (one.kind, one.id) == (kind, id_)), None)
        if found is None:
            raise InputError("These contacts are not kept any more.", hint="Choose a file.", field=kind)
        return found

    def remove(self, id_: str) -> str:
        """Remove a file for good; its name.

        Raises:
            RunError: it is not there any more.
            SetupError: the folder can't be written.
        """
        found = next((one for one in self.list() if one.id == id_), None)
        if found is None or not _ID.fullmatch(id_):
            raise MissingError("This file is not kept any more.", hint="Look at the list again.")
        shutil.rmtree(self._folder / id_, ignore_errors=True)  # somebody else may remove it at the same moment
        if (self._folder / id_).exists():
            raise SetupError(
                f"{found.name} can't be removed.", hint="Who runs the service must be able to write there."
            )
        return found.name
