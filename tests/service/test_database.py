"""The database of the service: made, upgraded, copied, refused, on SQLite and on PostgreSQL; and killed in between."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing, suppress

import pytest
from typer.testing import CliRunner

from clustera.cli import app
from clustera.errors import InputError, SetupError
from clustera.service.database import REVISIONS, Database, database_address
from clustera.service.disks import network_disk
from clustera.service.jobs import Jobs

SPEC = {"files": {"customers": "x.csv"}, "options": {}, "like": "", "name": ""}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "desk" / "service.sqlite"


@pytest.fixture
def opened(file):
    database = Database(f"sqlite:///{file}")
    yield database
    database.close()


def said(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_steps_are_the_revisions_in_their_order():
    from pathlib import Path

    from alembic.script import ScriptDirectory

    from clustera.service import migrations

    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert tuple(step.revision for step in reversed(list(scripts.walk_revisions()))) == REVISIONS


def test_a_new_file_has_the_newest_tables_and_only_its_user_reads_it(opened, file):
    assert opened.revision() == REVISIONS[-1]
    assert opened.check() == []
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("pragma journal_mode").fetchone() == ("wal",)


def test_many_who_make_it_at_once_make_it_once(file):
    failed = []

    def make():
        try:
            Database(f"sqlite:///{file}").close()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_the_table_of_before_there_were_revisions_is_kept_with_its_jobs(file):
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute(
            "create table job (id text primary key, state text not null, spec text not null, key text unique, made real not null,"
            " began real, ended real, worker text, lease real, step text not null default '', share real not null default 0,"
            " message text not null default '', hint text not null default '', run text not null default '',"
            " cancel integer not null default 0) strict"
        )
        raw.execute("pragma user_version = 1")
        raw.execute("insert into job (id, state, spec, made) values ('a', 'queued', '{}', 5)")
    database = Database(f"sqlite:///{file}")
    assert Jobs(database).claim("w").id == "a"
    assert Jobs(database).add(SPEC).state == "queued"
    database.close()


def test_tables_of_a_later_version_are_refused_with_the_cure(opened, file, tmp_path):
    with opened.writing() as db:
        db.run("update alembic_version set version_num = '9999'")
    with pytest.raises(SetupError, match="later version") as told:
        Database(f"sqlite:///{file}")
    assert "pip install --upgrade" in told.value.hint
    answer = said("db", "upgrade", "--database", f"sqlite:///{file}")
    assert (answer.exit_code, "later version" in answer.output) == (6, True)


def test_a_change_that_fails_leaves_nothing(opened):
    from sqlalchemy.exc import IntegrityError

    with suppress(IntegrityError), opened.writing() as db:
        for _ in range(2):
            db.run("insert into job (id, state, spec, made) values ('a', 'queued', '{}', 5)")
    assert Jobs(opened).get("a") is None


def test_what_looks_like_sql_is_text(opened):
    hostile = "x'); drop table job; --"
    job = Jobs(opened).add(SPEC | {"name": hostile}, key=hostile)
    assert Jobs(opened).by_key(hostile).spec["name"] == hostile
    assert Jobs(opened).get(hostile) is None
    assert Jobs(opened).get(job.id).id == job.id


def test_a_backup_is_whole_while_somebody_writes(opened, tmp_path):
    job = Jobs(opened).add(SPEC)
    with opened.writing() as db:
        db.run("insert into job (id, state, spec, made) values ('half', 'queued', '{}', 5)")
        opened.backup(tmp_path / "copy.sqlite")
    copy = Database(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    assert [found.id for found in Jobs(copy).list()] == [job.id]
    assert copy.check() == []
    copy.close()
    with pytest.raises(InputError, match="there already"):
        opened.backup(tmp_path / "copy.sqlite")


def test_the_commands_upgrade_check_and_back_up(tmp_path):
    runs = tmp_path / "runs"
    assert "no database" in said("db", "check", "--runs", runs).output
    assert said("db", "upgrade", "--runs", runs).exit_code == 0
    assert "Nothing is wrong" in said("db", "check", "--runs", runs).output
    assert said("db", "backup", tmp_path / "copy.sqlite", "--runs", runs).exit_code == 0
    assert (tmp_path / "copy.sqlite").read_bytes()[:6] == b"SQLite"


def test_a_damaged_file_is_told_in_a_sentence(file):
    file.parent.mkdir()
    file.write_bytes(b"nothing of a database" * 100)
    with pytest.raises(SetupError, match="is no database"):
        Database(f"sqlite:///{file}")


@pytest.mark.parametrize(("kind", "refused"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False)])
def test_a_disk_of_another_computer_is_refused(tmp_path, monkeypatch, kind, refused):
    mounts = tmp_path / "mounts"
    place = str(tmp_path).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/share {place} {kind} rw 0 0\n")
    assert network_disk(tmp_path / "not" / "there", mounts) == (kind if refused else "")
    monkeypatch.setattr("clustera.service.database.network_disk", lambda path: network_disk(path, mounts))
    if refused:
        with pytest.raises(SetupError, match="disk of another computer") as told:
            Database(f"sqlite:///{tmp_path / 'x' / 'service.sqlite'}")
        assert "PostgreSQL" in told.value.hint
        assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("given", ["mysql://a:secret@b/c", "runs.sqlite", "postgresql:", "sqlite://x"])
def test_what_is_no_address_is_refused_without_its_password(tmp_path, given):
    with pytest.raises(InputError, match="no address") as told:
        database_address(given, tmp_path)
    assert "secret" not in str(told.value)


def test_a_server_that_is_not_there_is_told_without_its_password():
    with pytest.raises(SetupError, match="can't be used") as told:
        Database("postgresql://ann:s3cret@127.0.0.1:1/none?connect_timeout=2")
    assert "s3cret" not in str(told.value)


WRITER = """
import sys
from clustera.service.database import Database
from clustera.service.jobs import Jobs
jobs = Jobs(Database(sys.argv[1]))
while True:
    job = jobs.add({"number": 1})
    jobs.cancel(job.id)
    print(job.id, flush=True)
"""


def test_whoever_is_killed_while_writing_loses_nothing_that_was_answered(opened):
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", WRITER, opened.address], stdout=subprocess.PIPE, text=True)
        answered = [process.stdout.readline().strip() for _ in range(25)]
        os.kill(process.pid, signal.SIGKILL)
        answered += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.wait()
        process.stdout.close()
        assert opened.check() == []
        states = {job.id: job.state for job in Jobs(opened).list(rows=100_000)}
        assert [states.get(job) for job in answered] == ["canceled"] * len(answered)


@pytest.fixture(scope="module")
def server(postgres):
    database = Database(database_address(postgres, None))
    yield database
    database.close()


def test_a_server_has_the_same_tables_and_services_share_its_queue(server):
    assert server.revision() == REVISIONS[-1]
    assert server.check() == []
    jobs = Jobs(server)
    made = [jobs.add(SPEC).id for _ in range(6)]
    got = []
    threads = [threading.Thread(target=lambda i=i: got.append(jobs.claim(str(i)))) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job.id for job in got if job) == sorted(made)  # each once, and none twice
    first = next(job for job in got if job)
    worker = str(got.index(first))
    with server.reading() as db:
        worker = db.first("select worker from job where id = :id", id=first.id)[0]
    jobs.cancel(first.id)
    assert jobs.beat(first.id, worker, step="x", share=0.5) is True
    assert jobs.finish(first.id, worker, "canceled")
    assert jobs.get(first.id).state == "canceled"
    with pytest.raises(InputError, match="pg_dump") as told:
        server.backup(None)
    assert told.value.hint == "Use its own tool: pg_dump --format=custom"
