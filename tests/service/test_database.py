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

import numpy as np
import pytest
from tests.soaking import as_time_allows
from typer.testing import CliRunner

from clustera.cli import app
from clustera.errors import InputError, SetupError
from clustera.service.accounts import Accounts, NotAllowedError, TooOftenError
from clustera.service.audit import Audit
from clustera.service.credentials import Credentials
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
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
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


@pytest.fixture
def earlier(file):
    """A file as the first revision had it, with one job."""
    database = Database(f"sqlite:///{file}")
    job = Jobs(database).add(SPEC)
    with database.writing() as db:
        for table in ("browser_session", "invitation", "api_key", "account", "attempt", "audit"):
            db.run(f"drop table {table}")
        db.run("update alembic_version set version_num = '0001'")
    database.close()
    return file, job


def test_earlier_tables_are_brought_up_to_date_with_a_copy_beside(earlier):
    file, job = earlier
    with pytest.raises(SetupError, match="earlier version") as told:
        Database(f"sqlite:///{file}", upgrade=False)
    assert "clustera db upgrade" in told.value.hint
    database = Database(f"sqlite:///{file}")
    assert (database.revision(), database.check()) == (REVISIONS[-1], [])
    assert Jobs(database).get(job.id) == job
    assert Accounts(database, cost=(1, 8, 1)).add("ann", "admin", password="three words of nothing").name == "ann"
    database.close()
    with closing(sqlite3.connect(file.with_name("service-before-0003.sqlite"))) as copy:
        assert copy.execute("select version_num from alembic_version").fetchone() == ("0001",)
        assert copy.execute("select id from job").fetchone() == (job.id,)


def test_an_upgrade_that_was_cut_off_begins_again_and_keeps_the_first_copy(earlier, monkeypatch):
    file, _ = earlier

    def killed(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Database, "_migrate", killed)
    with pytest.raises(KeyboardInterrupt):
        Database(f"sqlite:///{file}")
    monkeypatch.undo()
    copy = file.with_name("service-before-0003.sqlite")
    before = copy.read_bytes()
    database = Database(f"sqlite:///{file}")
    assert (database.revision(), copy.read_bytes()) == (REVISIONS[-1], before)
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


def test_damaged_pages_of_a_file_are_told_in_a_sentence(opened, file):
    opened.close()
    whole = file.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(20):
        broken = bytearray(whole)
        for at in random.integers(100, len(whole), 400):
            broken[at] = random.integers(256)
        file.write_bytes(broken)
        with suppress(SetupError):
            made = Database(f"sqlite:///{file}")
            with suppress(SetupError):
                made.check()
            made.close()


def test_a_file_that_was_removed_or_replaced_is_not_written_to(opened, file):
    Audit(opened).note("ann", "link", "saw", "/")
    for path in file.parent.glob("service.sqlite*"):
        path.rename(path.with_name(f"moved-{path.name}"))
    for place in (None, Database(f"sqlite:///{file}")):  # nothing, then another service's
        with pytest.raises(SetupError, match="removed or replaced"):
            Audit(opened).note("ann", "link", "changed", "/")
        with pytest.raises(SetupError, match="removed or replaced"):
            opened.look("select 1")
        with pytest.raises(SetupError, match="removed or replaced"), opened.writing():
            pass
        if place:
            assert list(Audit(place).all()) == []
            place.close()


def test_a_file_that_another_program_changes_is_told_so(opened, file, monkeypatch):
    monkeypatch.setattr("clustera.service.database._WAIT", 0)
    with closing(sqlite3.connect(file, isolation_level=None)) as other, closing(Database(f"sqlite:///{file}")) as ours:
        other.execute("begin immediate")
        with pytest.raises(SetupError, match="locked") as told, ours.writing():
            pass
        assert "Another program" in told.value.hint


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
from clustera.service.accounts import Accounts
from clustera.service.audit import Audit
from clustera.service.credentials import Credentials
from clustera.service.database import Database
from clustera.service.jobs import Jobs
database = Database(sys.argv[1])
jobs, accounts, audit, made = Jobs(database), Accounts(database, cost=(1, 8, 1)), Audit(database), Credentials(database)
while True:
    job = jobs.add({"number": 1})
    jobs.cancel(job.id)
    account = accounts.add(job.id, "admin", password="three words of nothing")
    key = made.make_key(account.id, "x", "viewer", 1)
    audit.note(job.id, "command", "changed", "")
    print(job.id, key, flush=True)
"""


def test_whoever_is_killed_while_writing_loses_nothing_that_was_answered(opened):
    kill_while_writing(opened, range(2))


@pytest.mark.soak
def test_nothing_is_lost_in_two_hundred_kills_of_a_file(opened):
    kill_while_writing(opened, as_time_allows(range(200)))


@pytest.mark.soak
def test_nothing_is_lost_in_two_hundred_kills_of_clients_of_a_server(server):
    kill_while_writing(server, as_time_allows(range(200)))


def kill_while_writing(opened, times):
    for _ in times:
        process = subprocess.Popen([sys.executable, "-c", WRITER, opened.address], stdout=subprocess.PIPE, text=True)
        answered = [process.stdout.readline().split() for _ in range(15)]
        os.kill(process.pid, signal.SIGKILL)
        answered += [line.split() for line in process.stdout if line.endswith("\n")]
        process.wait()
        process.stdout.close()
        assert opened.check() == []
        states = {job.id: job.state for job in Jobs(opened).list(rows=1_000_000)}
        assert [states.get(job) for job, _ in answered] == ["canceled"] * len(answered)
        assert {job for job, _ in answered} <= {account.name for account in Accounts(opened).list()}
        assert {job for job, _ in answered} <= {entry.who for entry in Audit(opened).all()}
        assert [Credentials(opened).owner(key).name for _, key in answered] == [job for job, _ in answered]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_server_database_that_cannot_keep_every_letter_is_refused(postgres, encoding):
    psycopg = pytest.importorskip("psycopg")
    name = f"letters_{encoding.lower()}"
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(f"create database {name} encoding '{encoding}' template template0 lc_collate 'C' lc_ctype 'C'")
        known = psycopg.conninfo.conninfo_to_dict(postgres)
        address = f"postgresql://{known['user']}@/{name}?host={known['host']}&port={known.get('port', 5432)}"
        with pytest.raises(SetupError, match=f"keeps texts in {encoding}") as refused:
            Database(address)
        server.execute(f"drop database {name} with (force)")
    assert "UTF8" in refused.value.hint


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


def test_a_server_keeps_accounts_as_a_file_does(server):
    accounts, made, audit = Accounts(server, cost=(1, 8, 1)), Credentials(server), Audit(server)
    ann = accounts.add("ann", "admin", password="three words of nothing")
    eva = accounts.add("eva", "viewer")
    assert accounts.accept(accounts.invite(eva.id), "three words of nothing").name == "eva"
    for _ in range(5):
        with pytest.raises(NotAllowedError):
            accounts.check("eva", "wrong", "10.0.0.9")
    with pytest.raises(TooOftenError):
        accounts.check("eva", "three words of nothing", "10.0.0.9")
    assert accounts.check("ann", "three words of nothing", "10.0.0.1") == ann
    session = made.begin(eva.id, address="10.0.0.1", browser="x")
    key = made.make_key(eva.id, "nightly", "analyst", 9)
    assert (made.person(session).name, made.owner(key).role, made.keys()[0].account) == ("eva", "viewer", "eva")
    accounts.set_disabled(eva.id, True)
    assert (made.person(session), made.owner(key), made.sessions(eva.id)) == (None, None, ())
    with pytest.raises(InputError, match="Nobody would be left"):
        accounts.set_disabled(ann.id, True)
    for number in range(3):
        audit.note("ann", "session", "saw", f"/runs/{number}")
    assert [entry.what for entry in audit.page(who="ann", did="saw", rows=2)] == ["/runs/2", "/runs/1"]
    assert [entry.what for entry in audit.all()] == ["/runs/2", "/runs/1", "/runs/0"]
