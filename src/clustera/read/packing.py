"""Compressed files, unpacked into the engine's folder, with an eye on bombs."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO

import pyarrow as pa

from clustera.errors import InputError, SetupError
from clustera.read.choice import chosen_reading

CHUNK = 1 << 20
BOMB_BYTES = 1 << 30  # nothing below this is called a bomb
BOMB_RATIO = 200  # customer tables pack 3 to 30 times

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")  # the second one of an archive that is empty
_WORKBOOK_MEMBERS = {"[Content_Types].xml", "mimetype"}  # an xlsx, xlsb or ods file is a zip archive too
_BESIDE = re.compile(r"(?i)(^|/)((read[-_ ]?me|licen[cs]e|notice)[^/]*|[^/]*\.(md|rst|pdf|html?|docx?|rtf|png|jpe?g))$")
DEEPEST = 3  # archives in archives that are unpacked
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
}


def packing_of(path: Path, head: bytes) -> str | None:
    """How a file is compressed, by its first bytes; None when it isn't, or is a workbook."""
    if head.startswith(_ZIP_MAGIC):
        try:
            with zipfile.ZipFile(path) as archive:
                return None if _WORKBOOK_MEMBERS & set(archive.namelist()) else "zip"
        except zipfile.BadZipFile:
            return None if path.suffix.lower() in {".xlsx", ".xlsm", ".xlsb", ".ods"} else "zip"
    return next((packing for magic, packing in _MAGIC.items() if head.startswith(magic)), None)


def unpack_all(path: Path, packing: str, folder: Path, name: str, *, member: str | None = None) -> tuple[Path, str]:
    """The unpacked copy of a compressed file, also where it is packed more than once, and how it was packed: "zip, gzip".

    Args:
        path: The file.
        packing: Of `packing_of`.
        folder: Where the copy goes.
        name: The file, for messages.
        member: Which file of the archive; of one in it, the only file is taken.

    Raises:
        InputError: as `unpack`; or it is packed more than DEEPEST times.
        SetupError: the folder is full.
    """
    told: list[str] = []
    inner: str | None = packing
    while inner:
        if len(told) == DEEPEST:
            raise InputError(f"{name} is packed more than {DEEPEST} times.", hint="Unpack it, and pass the file in it.")
        told.append(inner)
        found = unpack(path, inner, folder, name, member=member if len(told) == 1 else None)
        if len(told) > 1:
            path.unlink()  # our own copy
        path = found
        with path.open("rb") as file:
            inner = packing_of(path, file.read(8))
    return path, ", ".join(told)


def unpack(path: Path, packing: str, folder: Path, name: str, *, member: str | None = None) -> Path:
    """The unpacked copy of a compressed file.

    Args:
        path: The file.
        packing: Of `packing_of`.
        folder: Where the copy goes.
        name: The file, for messages.
        member: Which file of an archive; may be left out where it holds one only.

    Raises:
        InputError: the file is damaged, locked by a password, holds several tables, or swells more than any table does.
        SetupError: the folder is full.
    """
    target = folder / f"unpacked-{path.stem}"
    try:
        _write_unpacked(path, packing, target, name, member)
    except (pa.ArrowInvalid, zlib.error, lzma.LZMAError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise InputError(f"{name} is damaged: it can't be unpacked ({packing}).", hint="Copy it again.") from error
    except OSError as error:
        if error.errno is None:  # pyarrow's way to say that the data are bad
            raise InputError(f"{name} is damaged: it can't be unpacked ({packing}).", hint="Copy it again.") from error
        raise SetupError(
            f"{name} can't be unpacked: {error.strerror}.", hint="Free disk space in the temporary folder."
        ) from error
    return target


def _write_unpacked(path: Path, packing: str, target: Path, name: str, member: str | None) -> None:
    try:
        with _open_packed(path, packing, name, member) as source, target.open("wb") as out:
            _copy(source, out, path.stat().st_size, name)
    except BaseException:
        target.unlink(missing_ok=True)  # the engine and its folder may live on
        raise


def _open_packed(path: Path, packing: str, name: str, member: str | None) -> pa.NativeFile | IO[bytes]:
    if packing == "xz":
        return lzma.open(path)
    if packing != "zip":
        return pa.CompressedInputStream(pa.OSFile(str(path)), packing)
    archive = zipfile.ZipFile(path)
    chosen = _member(archive, name, member)
    if chosen.flag_bits & 1:
        raise InputError(f"{name} is locked by a password.", hint="Unpack it yourself and pass the unpacked file.")
    return archive.open(chosen)


def _member(archive: zipfile.ZipFile, name: str, asked: str | None) -> zipfile.ZipInfo:
    """The file that is meant; what systems add of their own is none, nor what tells about the table beside it."""
    files = {
        info.filename: info
        for info in archive.infolist()
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and not Path(info.filename).name.startswith(".")
    }
    if any(inside.endswith(".iwa") for inside in files):
        raise InputError(
            f"{name} is a document of Numbers, Pages or Keynote, which is not read.",
            hint="In Numbers: File, Export To, CSV or Excel.",
        )
    tables = {name: info for name, info in files.items() if not _BESIDE.search(name)}
    if asked is None and tables:
        files = tables
    return files[chosen_reading(files, asked, where=name, what="file", option="--set member=NAME")]


def _copy(source: pa.NativeFile | IO[bytes], out: BinaryIO, packed: int, name: str) -> None:
    done = 0
    while chunk := source.read(CHUNK):
        done += len(chunk)
        refuse_bomb(done, packed, name)
        out.write(chunk)


def refuse_bomb(unpacked: int, packed: int, name: str) -> None:
    """Stop before what a file unpacks to fills the disk or the memory.

    Raises:
        InputError: it is more than any table's.
    """
    if unpacked > BOMB_BYTES and unpacked > BOMB_RATIO * packed:
        raise InputError(
            f"{name} unpacks to more than {BOMB_RATIO} times its size; no customer table does.",
            hint="If it is meant to be so, unpack it yourself and pass the unpacked file.",
        )
