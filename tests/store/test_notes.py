"""Notes beside a run: kept whole, signed, and refused where they are about nothing of the run."""

from __future__ import annotations

import pytest

import clustera
from clustera.errors import InputError, RunError
from clustera.store import Store


@pytest.fixture(scope="module")
def runs(tmp_path_factory, blobs):
    place = tmp_path_factory.mktemp("noted")
    with clustera.segment(blobs, k=3, progress=False, threads=1) as seg:
        seg.publish(place, name="may")
    return place


def test_notes_come_back_as_they_were_written_and_no_number_is_given_twice(runs):
    seg = clustera.load("may", runs=runs)
    first = seg.add_note("One\r\n two \x00", author=" Ana  B ")
    assert (first.text, first.author, first.about) == ("One\n two", "Ana B", "")
    seg.remove_note(first.id)
    second = seg.add_note("Sale", day="2026-05-03", author="Ana")
    assert second.id == first.id + 1
    assert clustera.load("may", runs=runs).notes == (second,)
    seg.remove_note(second.id)


@pytest.mark.parametrize(
    "asked",
    [
        {"text": " "},
        {"text": "x" * 2001},
        {"text": "a", "day": "May"},
        {"text": "a", "figure": "/"},
    ],
)
def test_a_note_that_can_not_be_kept_is_refused(runs, asked):
    with pytest.raises(InputError):
        clustera.load("may", runs=runs).add_note(**asked)


def test_a_note_about_a_segment_that_is_not_there_is_refused(runs):
    with pytest.raises(RunError):
        clustera.load("may", runs=runs).add_note("a", segment=99)


@pytest.mark.parametrize("text", ["10\u00a0000 €, Ann\u00a0Lee", "می\u200cخواهم", "👩\u200d👧", "3\u202f%", "a\tb"])
def test_spaces_of_any_width_and_joined_letters_stay_in_a_note(runs, text):
    seg = clustera.load("may", runs=runs)
    note = seg.add_note(text)
    assert note.text == text
    seg.remove_note(note.id)


def test_what_turns_the_direction_of_a_page_is_no_part_of_a_note(runs):
    seg = clustera.load("may", runs=runs)
    note = seg.add_note("a\u202egpj.exe\u2066b")
    assert note.text == "agpj.exeb"
    seg.remove_note(note.id)


def test_a_note_is_about_one_thing(runs, blobs):
    with pytest.raises(InputError):
        clustera.load("may", runs=runs).add_note("a", segment=1, day="2026-01-01")
    fresh = clustera.segment(blobs, k=3, progress=False, threads=1)
    with pytest.raises(RunError):
        fresh.add_note("a")


def test_the_notes_of_a_run_go_with_it(runs, blobs):
    with clustera.segment(blobs, k=2, progress=False, threads=1) as seg:
        seg.publish(runs, name="june")
    clustera.load("may", runs=runs).add_note("old")
    assert Store(runs).prune(keep=1) == ("may",)
    assert not (runs / "may.notes.json").exists()
    with clustera.segment(blobs, k=2, progress=False, threads=1) as seg:
        seg.publish(runs, name="may")
    assert clustera.load("may", runs=runs).notes == ()
