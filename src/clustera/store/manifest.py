"""What a run says of itself: a typed record with the version of its layout, by which a damaged file of the run is known."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from clustera.errors import RunError, read_error

MANIFEST = "manifest.json"
LAYOUT = 5


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Size and checksum of one file."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ManifestSource:
    """Where the customers came from."""

    name: str
    format: str
    bytes: int | None  # None where it was no file
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ManifestBalance:
    """Rows read = rows segmented + rows left out."""

    read: int
    segmented: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run says of itself.

    Args:
        layout: Version of the folder's layout; all have the same files; from 3 on reasons and findings are codes, from 4 on those of columns and of what is not possible too.
        source: What was segmented.
        balance: Rows read, segmented and left out.
        k: Number of segments.
        verdict: What kind of segments these are.
        seed: Random seed.
        options: What was asked for, by option; JSON values.
        versions: Of Clustera, Python and the libraries.
        files: Size and checksum of every other file, by its name.
    """

    layout: int
    source: ManifestSource
    balance: ManifestBalance
    k: int
    verdict: str
    seed: int
    options: dict[str, Any]
    versions: dict[str, str]
    files: dict[str, FileStamp]


# Made when a run is read, and not when one is written: that takes longer than all else that is imported here.
@cache
def _manifests() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


def read_manifest(run: Path) -> Manifest:
    """The manifest of a run's folder.

    Raises:
        RunError: it is missing, damaged, or of a layout that came later than this version.
    """
    path = run / MANIFEST
    try:
        manifest = _manifests().validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise read_error(error, damaged_file(path)) from error
    if not 1 <= manifest.layout <= LAYOUT:
        raise RunError(
            f"{run} has layout {manifest.layout}; this version reads layouts 1 to {LAYOUT}.",
            hint=f"It was written by Clustera {manifest.versions.get('clustera', '(unknown)')}; install that version or a later one.",
        )
    return manifest


def verified_bytes(run: Path, manifest: Manifest, name: str) -> bytes:
    """The bytes of one file of a run, as they were written.

    Raises:
        RunError: the file is missing, or has been changed since.
    """
    path = run / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise read_error(error, damaged_file(path)) from error
    stamp = manifest.files.get(name)
    if stamp is None or hashlib.sha256(content).hexdigest() != stamp.sha256:
        raise damaged_file(path, "was changed after the run was written")
    return content


def damaged_file(path: Path, what: str = "is missing or damaged") -> RunError:
    """The error for a file of a run that can't be used."""
    return RunError(
        f"{path} {what}.",
        hint="Restore it from a copy, or segment the table again. Files of a run never change; `clustera rename` names segments.",
    )
