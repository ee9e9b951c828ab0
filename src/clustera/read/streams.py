"""What comes in on a stream, kept in a file as long as the program runs."""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import BinaryIO

from clustera.engines import Workspace, temporary_files
from clustera.read.watching import complaints_of


def stream_as_file(stream: BinaryIO) -> Path:
    """What comes in on a stream, as a file that `read` takes; removed when the program ends.

    Raises:
        SetupError: the temporary folder is full.
    """
    with temporary_files():
        workspace = Workspace()
    atexit.register(workspace.close)
    with temporary_files(), (workspace.folder / "standard input").open("wb") as file:
        while True:
            with complaints_of("standard input"):
                part = stream.read(1 << 20)
            if not part:
                return Path(file.name)
            file.write(part)
