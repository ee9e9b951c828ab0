"""Where files are put: what is no file stays what it is."""

import os
import stat
from pathlib import Path

import pytest

from clustera.store import write_text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no devices in the file system")
def test_a_device_is_written_to_and_not_replaced(tmp_path):
    nothing = tmp_path / "nothing"
    nothing.symlink_to("/dev/null")
    write_text(nothing, "said", kinds=(".txt",))
    assert nothing.is_symlink()
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert [file.name for file in tmp_path.iterdir()] == ["nothing"]
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "said", kinds=(".txt",))
    assert os.read(reader, 100) == b"said"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
