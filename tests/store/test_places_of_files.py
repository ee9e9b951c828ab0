"""Where files are put: what is no file stays what it is."""

import os
import re
import stat
from pathlib import Path

import pytest

from clustera import store
from clustera.errors import SetupError
from clustera.store import write_text
from clustera.store.files import replacing_file, whole_file


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


@pytest.mark.parametrize("writing", [whole_file, replacing_file])
@pytest.mark.parametrize("stop", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("other")])
def test_what_can_not_be_written_leaves_the_old_file_and_nothing_else(tmp_path, writing, stop):
    path = tmp_path / "list.csv"
    path.write_text("from before")

    def write_half() -> None:
        with writing(path) as temporary:
            temporary.write_text("half")
            raise stop

    with pytest.raises((SetupError, type(stop))):
        write_half()
    assert [one.name for one in tmp_path.iterdir()] == ["list.csv"]
    assert path.read_text() == "from before"


def test_no_file_of_the_store_is_put_in_its_place_by_other_means():
    others = {"files.py", "store.py", "writing.py"}  # runs, and what the two helpers are made of
    found = [
        path.name
        for path in Path(store.__file__).parent.glob("*.py")
        if path.name not in others and re.search(r"replace_file\(|\.replace\(path\)", path.read_text())
    ]
    assert found == []
