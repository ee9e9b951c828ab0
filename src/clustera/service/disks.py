"""Where files of the service lie: whether on a disk of this computer, as the locks of SQLite do not hold on others; folders that only this user reads."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_NETWORK = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "smb2",
        "afs",
        "ncpfs",
        "9p",
        "ceph",
        "glusterfs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "fuse.s3fs",
        "fuse.gcsfuse",
        "fuse.rclone",
        "fuse.ceph",
        "lustre",
        "beegfs",
        "gpfs",
        "ocfs2",
        "gfs2",
        "davfs",
        "fuse.davfs2",
        "fuse.juicefs",
        "vboxsf",
        "prl_fs",
    ]
)


def network_disk(path: Path, mounts: Path = _MOUNTS) -> str:
    """How the disk of a path is shared with another computer, such as "nfs4"; "" where it is not, or nobody can tell.

    Args:
        path: A file or folder; it need not be there yet.
        mounts: What is mounted where, as Linux writes it.
    """
    if sys.platform == "win32":
        return _windows(path)
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return ""
    kinds = {}
    for line in lines:
        _, place, kind, *_ = line.split(" ")
        kinds[Path(place.replace("\\040", " "))] = kind  # a later one hides an earlier one
    whole = Path(os.path.realpath(path))  # unlike resolve(), also of a link that leads to itself
    kind = next((kinds[part] for part in (whole, *whole.parents) if part in kinds), "")
    return kind if kind in _NETWORK else ""


def _windows(path: Path) -> str:
    import ctypes

    drive = path.absolute().drive
    remote = drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == 4  # type: ignore[attr-defined,unused-ignore]
    return "network drive" if remote else ""


def private_folder(path: Path) -> None:
    """A folder that only this user can read: files that somebody uploads lie in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
