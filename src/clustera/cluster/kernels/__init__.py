"""Compiled inner loops: arrays in, arrays out, nothing of the house.

Numba keeps compiled code beside the source, or else in the user's cache folder. Where neither can be written it
refuses to load a cached function at all; then a private folder among the temporary files serves.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numba


def _cache_folder() -> Path:
    """A folder of this user alone among the temporary files; a new one when another owns the usual name."""
    owner = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"clustera-{owner}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid == owner and os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="clustera-"))


def _probe() -> None:
    """Never called: shows whether Numba finds a place for code compiled from this folder."""


try:
    numba.njit(cache=True)(_probe)
except RuntimeError:
    numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]
