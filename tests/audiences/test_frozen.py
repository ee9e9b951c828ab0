"""A frozen audience keeps the customers that it had on that day, whatever happens to them and to the definition."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.audiences import parse_definition, write_condition
from clustera.cli import app
from clustera.errors import InputError
from clustera.records import InFrozen, Not


def say(runs, *words, code=0):
    result = CliRunner().invoke(app, ["audience", *words, "--runs", str(runs)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    draw = np.random.default_rng(2)
    table = pd.DataFrame({"customer_id": [f"K{i}" for i in range(100)], "spend": draw.lognormal(3, 1, 100).round(2)})
    table["visits"] = draw.poisson(6, 100)
    folder = tmp_path_factory.mktemp("frozen") / "runs"
    later = table.assign(spend=table.spend[::-1].to_numpy()).iloc[10:]
    for name, customers in (("first", table), ("second", later)):
        with clustera.segment(customers, id="customer_id", k=2, progress=False, threads=1) as seg:
            seg.publish(folder, name=name)
    say(folder, "save", "Big", "spend > 20", "--run", "first")
    say(folder, "freeze", "Big", "--run", "first", "--as", "Big of May")
    return folder, table, later


def test_it_has_the_members_of_that_run_on_every_later_run(runs):
    folder, table, later = runs
    members = set(table.customer_id[table.spend > 20])
    on_second = clustera.load("second", runs=folder)
    frozen = set(on_second.audience("Big of May").customers()["id"])
    assert frozen == members & set(later.customer_id)
    assert frozen != set(on_second.audience("Big").customers()["id"])


def test_its_note_keeps_definition_run_and_day(runs):
    shown = say(runs[0], "show", "Big of May")
    assert re.search(r"Members of 'Big' on \d{4}-\d\d-\d\d, on run first: spend > 20", shown)


def test_a_changed_definition_changes_nothing_of_it(runs):
    folder, table, _ = runs
    say(folder, "save", "Big", "spend > 1000", "--run", "first")
    counted = json.loads(say(folder, "count", "Big of May", "--run", "first", "--json"))
    say(folder, "restore", "Big", "1")
    assert counted["customers"] == (table.spend > 20).sum()


def test_others_can_ask_for_it(runs):
    folder, table, _ = runs
    seg = clustera.load("first", runs=folder)
    found = seg.audience('visits > 6 and not in frozen "Big of May" and not in audience "Big of May"').count()
    assert found.customers == ((table.visits > 6) & ~(table.spend > 20)).sum()


def test_without_a_name_it_is_called_by_the_day(runs):
    assert re.search(r"are now audience 'Big \d{4}-\d\d-\d\d'", say(runs[0], "freeze", "Big", "--run", "first"))


def test_a_name_is_frozen_once(runs):
    assert "There is already an audience 'Big of May'" in say(runs[0], "freeze", "Big", "--as", "Big of May", code=5)


def test_after_it_was_deleted_the_same_members_are_frozen_again_and_no_others_under_its_name(runs):
    folder, table, _ = runs
    say(folder, "save", "Large", "spend > 20", "--run", "first")
    for _ in range(2):
        say(folder, "freeze", "Large", "--as", "Large of June", "--run", "first")
        counted = json.loads(say(folder, "count", "Large of June", "--json", "--run", "first"))
        assert counted["customers"] == (table.spend > 20).sum()
        say(folder, "delete", "Large of June")
    say(folder, "save", "Large", "spend > 30", "--run", "first")
    refused = " ".join(say(folder, "freeze", "Large", "--as", "Large of June", "--run", "first", code=5).split())
    assert "Other members are kept as 'Large of June' already" in refused


def test_a_list_that_is_not_there_is_told_with_the_closest(runs):
    with pytest.raises(InputError) as told:
        clustera.load("first", runs=runs[0]).audience('in frozen "Big of Mai"').count()
    assert "Did you mean 'Big of May'?" in told.value.hint


def test_nobody_is_not_frozen(runs):
    say(runs[0], "save", "None", "spend > 1000000", "--run", "first")
    assert "Audience 'None' has no customers" in say(runs[0], "freeze", "None", "--run", "first", code=3)


def test_its_condition_is_written_as_it_is_read():
    assert parse_definition('not in frozen "a"') == Not(InFrozen("a"))
    assert write_condition(parse_definition('NOT in FROZEN "a"')) == write_condition(Not(InFrozen("a")))
    assert parse_definition(write_condition(Not(InFrozen("a")))) == Not(InFrozen("a"))


def test_a_frozen_audience_goes_to_another_folder_with_its_members_or_says_that_they_are_missing(runs, tmp_path):
    folder, table, _ = runs
    other = tmp_path / "other"
    with clustera.segment(table, id="customer_id", k=2, progress=False, threads=1) as seg:
        seg.publish(other, name="first")
    say(folder, "save", "Uses it", 'in audience "Big of May" and visits > 2')
    pushed = " ".join(say(folder, "push", str(tmp_path / "git")).split())
    assert "frozen audience" in pushed
    assert "--members" in pushed
    pulled = " ".join(say(other, "pull", str(tmp_path / "git"), code=3).split())
    assert "Audience 'Big of May' was not saved: its frozen members are not in this folder of runs." in pulled
    assert "Audience 'Uses it' was not saved: it uses 'Big of May'" in pulled
    assert "Audience 'Big': version 1 saved." in pulled
    assert "Big of May.members.csv written" in say(folder, "push", str(tmp_path / "git"), "--members")
    assert "Big of May.members.csv unchanged" in say(folder, "push", str(tmp_path / "git"), "--members")
    assert "Audience 'Uses it': version 1 saved." in say(other, "pull", str(tmp_path / "git"))
    counts = [
        json.loads(say(where, "count", "Big of May", "--json", "--run", "first"))["customers"]
        for where in (folder, other)
    ]
    assert counts == [(table.spend > 20).sum()] * 2
    assert "unchanged" in say(other, "pull", str(tmp_path / "git"))
    members = tmp_path / "git" / "Big of May.members.csv"
    members.write_text("".join(members.read_text().splitlines(keepends=True)[:-1]))
    assert "has other members" in say(other, "pull", str(tmp_path / "git"), code=5)
