"""Files while they are read: their checksum, whether they change, and what the operating system says about them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from clustera.errors import ClusteraError, InputError, SetupError
from clustera.records import Raw


def hash_of_files(files: list[Path], say: Callable[[float], None] = lambda share: None) -> str:
    """SHA-256 of the files' bytes, one after the other."""
    digest, done = hashlib.sha256(), 0
    size = sum(path.stat().st_size for path in files)
    for path in files:
        with path.open("rb") as file:
            while chunk := file.read(8 << 20):
                digest.update(chunk)
                done += len(chunk)
                say(min(1.0, done / size) if size else 1.0)
    return digest.hexdigest()


def file_states(paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Size and time of each file, those of one that is not there below 0: other ones later tell that it changed."""
    states = {}
    for path in paths:
        try:
            stat = path.stat()
            states[path] = stat.st_size, stat.st_mtime_ns
        except FileNotFoundError:
            states[path] = -1, -1
    return states


@contextmanager
def unchanged(raw: Raw) -> Iterator[None]:
    """Work on rows that are read from their file only when they are asked for.

    Raises:
        InputError: the file was not the same all the time; whatever else went wrong follows from that.
    """
    with unchanged_files(raw.source.name, raw.lazy_files):
        yield


@contextmanager
def unchanged_files(name: str, files: Mapping[Path, tuple[int, int]]) -> Iterator[None]:
    """As `unchanged`, of files by themselves."""
    try:
        yield
    except (ClusteraError, OSError) as error:
        _refuse_changed(name, files, error)
        raise
    _refuse_changed(name, files)


def _refuse_changed(name: str, files: Mapping[Path, tuple[int, int]], cause: Exception | None = None) -> None:
    if file_states(files) != files:
        raise InputError(
            f"{name} changed while it was read.", hint="Wait until it is written, then run again."
        ) from cause


class complaints_of:  # noqa: N801 - reads as a statement: with complaints_of(name)
    """Turns what the operating system says about a file into our errors."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PermissionError):
            raise SetupError(f"{self.name} can't be read: no permission.", hint="Ask its owner.") from error
        if isinstance(error, OSError):
            raise SetupError(f"{self.name} can't be read: {error.strerror or error}.") from error
