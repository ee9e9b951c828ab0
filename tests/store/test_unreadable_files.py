"""Files beside the runs that this user may not read: told as that, and never as damaged, whose cure is to remove them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

import clustera
from clustera.errors import RunError
from clustera.store import AudienceStore, Campaigns, Store
from clustera.store.databases import DatabaseStore
from clustera.store.notes import read_notes


@pytest.fixture(scope="module")
def folder(tmp_path_factory, blobs):
    """Runs "one" and "two", "two" being the latest."""
    place = tmp_path_factory.mktemp("unreadable") / "runs"
    with clustera.segment(blobs, k=3, progress=False, threads=1) as seg:
        seg.publish(place, name="one")
        seg.publish(place, name="two")
    return place


@pytest.fixture
def refuse(monkeypatch):
    """Lets the system refuse what lies at or below a path, as it does to everybody but the owner."""

    def refused(place):
        for name in ("read_bytes", "stat", "iterdir"):
            real = getattr(Path, name)

            def asked(self, *args, real=real, **kwargs):
                if self == place or (place in self.parents):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
                return real(self, *args, **kwargs)

            monkeypatch.setattr(Path, name, asked)

    return refused


@pytest.mark.parametrize(
    ("file", "ask"),
    [
        (".store.json", lambda folder: Store(folder).aliases()),
        (".schedules.json", lambda folder: Store(folder).schedules.list()),
        (".databases.json", lambda folder: DatabaseStore(folder).list()),
        ("one/manifest.json", lambda folder: Store(folder).open("one")),
        ("one/profile.json", lambda folder: Store(folder).open("one").outcome()),
        ("one.names.json", lambda folder: Store(folder).open("one").given()),
        ("one.notes.json", lambda folder: read_notes(Store(folder).open("one"))),
        (".audiences.json", lambda folder: AudienceStore(folder).list()),
    ],
)
def test_what_may_not_be_read_is_not_told_as_damaged(folder, refuse, file, ask):
    ask(folder)
    refuse(folder / file)
    with pytest.raises(RunError, match="Permission denied") as told:
        ask(folder)
    assert "damaged" not in told.value.message
    assert "emove" not in told.value.hint


def test_a_run_that_may_not_be_read_is_not_passed_over_for_an_older_one(folder, refuse):
    assert Store(folder).open().name == "two"
    refuse(folder / "two" / "manifest.json")
    assert list(Store(folder).damaged()) == ["two"]
    with pytest.raises(RunError, match="Permission denied"):
        Store(folder).open()


def test_a_folder_of_the_system_among_the_runs_is_no_run(folder, refuse):
    (folder / "lost+found").mkdir(exist_ok=True)
    refuse(folder / "lost+found")
    assert Store(folder).damaged() == {}
    assert Store(folder).open().name == "two"


def test_a_campaign_that_may_not_be_read_is_not_passed_over(tmp_path, refuse):
    (tmp_path / "campaigns" / "spring").mkdir(parents=True)
    (tmp_path / "campaigns" / "spring" / "campaign.json").touch()
    refuse(tmp_path / "campaigns" / "spring")
    assert ["Permission denied" in error.message for error in Campaigns(tmp_path).damaged().values()] == [True]
    refuse(tmp_path / "campaigns")
    with pytest.raises(RunError, match="Permission denied"):
        Campaigns(tmp_path).damaged()


def test_a_folder_of_runs_that_may_not_be_read_is_not_told_as_empty(folder, monkeypatch):
    def refused(place):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(RunError, match="Permission denied"):
        Store(folder).list()
