"""Files while they are read: their checksum, whether they change, and what the operating system says about them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from clustera.errors import SetupError


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


def file_state(path: Path) -> tuple[int, int]:
    """Size and time of a file: other ones after reading tell that it changed."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


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
