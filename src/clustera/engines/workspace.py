"""Folders for what outgrows memory: removed when done, or, where their process was killed, by the next one."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from clustera.errors import SetupError

_PREFIX = "clustera-rows-"
_OURS = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
_LOCK = ".lock"
_TRIES = 10


class Workspace:
    """A temporary folder that belongs to this process.

    The system releases its lock when the process dies, however that comes about; whoever can take the lock of another
    folder knows that nobody works there.

    Raises:
        OSError: the folder for temporary files can't be written.
    """

    def __init__(self) -> None:
        root = Path(tempfile.gettempdir())
        _clean_up_once(str(root))
        for _ in range(_TRIES):
            self.folder = root / f"{_PREFIX}{secrets.token_hex(4)}"
            self._lock = FileLock(self.folder / _LOCK, timeout=0, thread_local=False)
            # Removal is arranged before the folder is there: a stop in between leaves nothing behind.
            self._at_exit = weakref.finalize(self, _remove, self.folder, self._lock)
            try:
                self.folder.mkdir(mode=0o700)
            except FileExistsError:
                self._at_exit.detach()  # it is another's
                continue
            # Another process may have taken the new folder for an abandoned one before it had a lock.
            with suppress(Timeout, OSError):
                self._lock.acquire()
                if (self.folder / _LOCK).exists():
                    return
            self.close()
        raise OSError(f"no temporary folder could be made in {root}")

    def close(self) -> None:
        """Remove the folder; a second time does nothing, and ends what a stop interrupted."""
        _remove(self.folder, self._lock)
        self._at_exit.detach()


@contextmanager
def temporary_files() -> Iterator[None]:
    """Work on temporary files: that they can't be made or written is told with their folder and the cure.

    Raises:
        SetupError: the system refuses.
    """
    try:
        yield
    except OSError as error:
        place = f" to {tempfile.tempdir}" if tempfile.tempdir else ""  # none where no folder was found
        raise SetupError(
            f"Can't write temporary files{place}: {error.strerror or error}.",
            hint="Free space, or set TMPDIR to a folder with more room that can be written.",
        ) from error


def _remove(folder: Path, lock: BaseFileLock) -> None:
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


@cache
def _clean_up_once(root: str) -> None:
    remove_abandoned(root)


def remove_abandoned(root: str) -> None:
    """Remove this user's folders whose process is gone."""
    with suppress(OSError), os.scandir(root) as entries:
        for entry in entries:
            if _OURS.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False) and _is_own(entry):
                _remove_if_abandoned(Path(entry.path))


def _is_own(entry: os.DirEntry[str]) -> bool:
    return not hasattr(os, "getuid") or entry.stat(follow_symlinks=False).st_uid == os.getuid()


def _remove_if_abandoned(folder: Path) -> None:
    with suppress(OSError, Timeout):
        lock = FileLock(folder / _LOCK, timeout=0, thread_local=False)
        with lock:
            for path in folder.iterdir():
                if path.name != _LOCK:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.rmtree(folder, ignore_errors=True)
