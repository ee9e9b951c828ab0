"""Ctrl-C within the database is Ctrl-C, in whatever clothes it comes back."""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile

import pyarrow as pa
import pytest

from clustera.engines import Engine, workspace
from clustera.errors import InputError

SCHEMA = pa.schema([("age", pa.int64())])


def stopped_midway():
    yield pa.record_batch({"age": [40]})
    raise KeyboardInterrupt


class StoppedAtOnce:
    def __arrow_c_schema__(self):
        raise KeyboardInterrupt

    def __arrow_c_stream__(self, requested_schema=None):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "table", [StoppedAtOnce(), pa.RecordBatchReader.from_batches(SCHEMA, stopped_midway())], ids=["schema", "rows"]
)
def test_while_a_table_of_python_is_read(table):
    with Engine() as engine, pytest.raises(KeyboardInterrupt):
        engine.arrow(table)


def test_words_in_the_data_stop_nothing(tmp_path):
    with Engine() as engine:
        words = engine.arrow(pa.table({"age": ["KeyboardInterrupt", "Query interrupted"]}))
        with pytest.raises(InputError, match="Could not convert"):
            words.query("select age::integer from {rows}")
        ragged = tmp_path / "ragged.csv"
        ragged.write_text("KeyboardInterrupt,Query interrupted\n1\nKeyboardInterrupt")
        assert engine.csv(ragged, ["a", "b"], separator=",", skip=0) is None


def test_the_folder_goes_when_ctrl_c_is_pressed_once_more(monkeypatch):
    engine, remove = Engine(), shutil.rmtree
    (engine.folder / "spilled").mkdir()

    def once_more(folder, ignore_errors=False):
        monkeypatch.setattr(shutil, "rmtree", remove)
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", once_more)
    with pytest.raises(KeyboardInterrupt):
        engine.close()
    assert not engine.folder.exists()


def test_a_stop_at_any_line_of_making_a_folder_leaves_none(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stopped = True
    for line in itertools.count(1):
        left = itertools.count(1)

        def watch(frame, event, argument, line=line, left=left):
            if frame.f_code.co_filename != workspace.__file__:
                return None
            if event == "line" and next(left) == line:
                raise KeyboardInterrupt
            return watch

        before = sys.gettrace()
        sys.settrace(watch)
        try:
            made = workspace.Workspace()
            stopped = False
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        if not stopped:
            made.close()
            break
        assert not list(tmp_path.iterdir()), line
    assert line > 8
    assert not list(tmp_path.iterdir())
