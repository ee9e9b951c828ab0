"""What differs on Windows, tried here: links that are not allowed, and terminals of an old encoding."""

import io
from pathlib import Path

from clustera.cli.streams import take_every_letter
from clustera.engines import Engine
from clustera.read import read


def test_a_file_whose_name_holds_a_pattern_is_read_where_no_link_can_be_made(tmp_path, monkeypatch):
    def refuse(self, target, target_is_directory=False):
        raise OSError(1314, "A required privilege is not held by the client")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    source = tmp_path / "sales [1].csv"
    source.write_text("id,spend\n1,10\n2,20\n", encoding="utf-8")
    with Engine() as engine:
        assert read(source, engine=engine).rows.count() == 2


def test_output_that_goes_into_a_file_is_utf8_whatever_the_system_writes():
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding="cp1252")
    take_every_letter(stream)
    stream.write("−5.0 客户")
    stream.flush()
    assert content.getvalue().decode("utf-8") == "−5.0 客户"


def test_a_terminal_of_an_old_encoding_shows_a_question_mark_for_what_it_lacks():
    class Terminal(io.BytesIO):
        def isatty(self):
            return True

    content = Terminal()
    stream = io.TextIOWrapper(content, encoding="cp1252")
    take_every_letter(stream)
    stream.write("Zürich 客")
    stream.flush()
    assert content.getvalue().decode("cp1252") == "Zürich ?"


def test_output_that_takes_every_letter_already_stays_as_it_is():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")
    take_every_letter(stream)
    assert stream.errors == "strict"
