"""Compressed files, unpacked into the engine's folder, with an eye on bombs."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from clustera.errors import InputError, SetupError

CHUNK = 1 << 20
BOMB_BYTES = 1 << 30  # nothing below this is called a bomb
BOMB_RATIO = 200  # customer tables pack 3 to 30 times

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}


def packing_of(head: bytes) -> str | None:
    """How a file is compressed, by its first bytes; None when it isn't."""
    return next((packing for magic, packing in _MAGIC.items() if head.startswith(magic)), None)


def unpack(path: Path, packing: str, folder: Path, name: str) -> Path:
    """The unpacked copy of a compressed file.

    Raises:
        InputError: the file is damaged, or swells more than any table does.
        SetupError: the folder is full.
    """
    target = folder / f"unpacked-{path.stem}"
    try:
        _write(path, packing, target, name)
    except (pa.ArrowInvalid, zlib.error, EOFError) as error:
        raise InputError(f"{name} is damaged: it can't be unpacked ({packing}).", hint="Copy it again.") from error
    except OSError as error:
        if error.errno is None:  # pyarrow's way to say that the data are bad
            raise InputError(f"{name} is damaged: it can't be unpacked ({packing}).", hint="Copy it again.") from error
        raise SetupError(
            f"{name} can't be unpacked: {error}.", hint="Free disk space in the temporary folder."
        ) from error
    return target


def _write(path: Path, packing: str, target: Path, name: str) -> None:
    try:
        with pa.CompressedInputStream(pa.OSFile(str(path)), packing) as source, target.open("wb") as out:
            _copy(source, out, path.stat().st_size, name)
    except BaseException:
        target.unlink(missing_ok=True)  # the engine and its folder may live on
        raise


def _copy(source: pa.NativeFile, out: BinaryIO, packed: int, name: str) -> None:
    done = 0
    while chunk := source.read(CHUNK):
        done += len(chunk)
        if done > BOMB_BYTES and done > BOMB_RATIO * packed:
            raise InputError(
                f"{name} unpacks to more than {BOMB_RATIO} times its size; no customer table does.",
                hint="If it is meant to be so, unpack it yourself and pass the unpacked file.",
            )
        out.write(chunk)
