"""Audiences that are kept beside runs: by command and Python, with versions, and never half written."""

import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.errors import RunError
from clustera.store import AudienceStore, Store
from tests.test_control_groups import orders


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with one run."""
    folder = tmp_path_factory.mktemp("made")
    with clustera.segment(orders=orders(1), k=3, value=False, progress=False) as seg:
        seg.publish(folder, name="march")
    return folder


@pytest.fixture
def runs(made, tmp_path):
    return shutil.copytree(made, tmp_path / "runs")


def say(runs, *words, code=0):
    result = CliRunner().invoke(app, ["audience", *words, "--runs", str(runs)])
    assert result.exit_code == code, result.output
    return result.output


def test_saved_shown_and_saved_again_an_audience_is_the_same_to_the_last_byte(runs, tmp_path):
    say(runs, "save", "Big", "spend>100 and not overdue", "--note", "Letter", "--minimum", "5")
    shown = say(runs, "show", "Big")
    assert shown == ('name = "Big"\ndefinition = "spend > 100 and overdue is not true"\nnote = "Letter"\nminimum = 5\n')
    by_hand = tmp_path / "big.toml"
    by_hand.write_bytes(b'# ours\nname = "Big"\ndefinition = """\nspend > 200\n and  overdue"""\n')
    assert "version 2" in say(runs, "save", str(by_hand))
    assert say(runs, "show", "Big").encode() == by_hand.read_bytes()
    assert "unchanged" in say(runs, "save", str(by_hand))
    assert say(runs, "show", "Big", "--version", "1") == shown


def test_command_and_python_count_alike(runs):
    say(runs, "save", "Big", "spend > 100")
    told = json.loads(say(runs, "count", "Big", "--json"))
    with clustera.load("march", runs=runs) as seg:
        by_hand = seg.customers["id"][_spend(seg) > 100]
        assert told["customers"] == seg.audience("Big").count().customers == len(by_hand)
        assert list(seg.audience("spend > 100").customers()["id"]) == list(by_hand)
        assert sum(part["customers"] for part in told["segments"]) == told["customers"]


def _spend(seg):
    values = seg._listed.tables[1].arrow().to_pandas().set_index("id")
    return seg.customers["id"].map(values["spend"])


def test_each_version_tells_its_size_and_the_one_before_on_the_same_run(runs):
    say(runs, "save", "Big", "spend > 100")
    say(runs, "save", "Big", "spend > 300")
    with clustera.load("march", runs=runs) as seg:
        more, fewer = (seg.audience(f"spend > {least}").count().customers for least in (100, 300))
    first, second = Store(runs).audiences.versions("Big")
    assert (first.customers, first.before) == (more, None)
    assert (second.customers, second.before, second.run) == (fewer, more, "march")


def test_an_earlier_version_comes_back_as_a_new_one(runs):
    say(runs, "save", "Big", "spend > 100")
    say(runs, "save", "Big", "spend > 300")
    assert "version 3 saved" in say(runs, "restore", "Big", "1")
    assert "spend > 100" in say(runs, "show", "Big")
    assert "has no version 9" in say(runs, "show", "Big", "--version", "9", code=5)


def test_what_another_audience_asks_for_is_not_deleted(runs):
    say(runs, "save", "Big", "spend > 100")
    say(runs, "save", "Rest", 'not in audience "Big"')
    assert "is used by 'Rest'" in say(runs, "delete", "Big", code=5)
    assert "depend on itself: Big -> Rest -> Big" in say(runs, "save", "Big", 'in audience "Rest"', code=3)
    say(runs, "delete", "Rest")
    say(runs, "delete", "Big")
    assert json.loads(say(runs, "list", "--json")) == []


def test_a_mistyped_name_is_told_with_the_closest(runs):
    say(runs, "save", "Quiet", "overdue")
    assert "Did you mean 'Quiet'?" in say(runs, "count", "Quit", code=5)
    assert "Did you mean 'Quiet'?" in say(runs, "show", "quite", code=5)


def test_without_a_run_an_audience_is_kept_uncounted(tmp_path):
    say(tmp_path / "empty", "save", "Big", "spend > 100")
    assert AudienceStore(tmp_path / "empty").open("Big").customers is None


@pytest.mark.parametrize("name", ["../up", "a/b", "", "C:x", ".hidden", "nul"])
def test_a_name_is_never_a_path(tmp_path, name):
    with pytest.raises(RunError, match="is not a valid name of an audience"):
        AudienceStore(tmp_path).save(name, "x")


def test_names_that_differ_only_by_capitals_are_refused(tmp_path):
    store = AudienceStore(tmp_path)
    store.save("Big", "x")
    with pytest.raises(RunError, match="only by capitals"):
        store.save("BIG", "x")


def test_a_save_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    store = AudienceStore(tmp_path)
    store.save("Big", "one")
    monkeypatch.setattr("clustera.store.files.replace_file", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(clustera.SetupError, match="No space left"):
        store.save("Big", "two")
    assert store.open("Big").text == "one"


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / ".audiences.json").write_text("{")
    with pytest.raises(RunError, match="damaged"):
        AudienceStore(tmp_path).list()


def test_a_table_of_customers_has_audiences_too(blobs):
    with clustera.segment(blobs, k=4, progress=False) as seg:
        found = seg.audience('age > 40 and gender is "f"')
        table = pd.DataFrame(blobs)
        by_hand = table[(table["age"] > 40) & (table["gender"] == "f")]
        assert found.count().customers == len(by_hand)
        with pytest.raises(clustera.InputError, match="holds numbers"):
            seg.audience("age in the last 3 days").count()
