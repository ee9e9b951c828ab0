"""A customer who is held out is in no list, whichever way the list is made, until the hold-out is ended."""

import csv
import errno

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.store import Store

NETWORK = ["--for", "klaviyo"]


def say(runs, *words, code=0):
    result = CliRunner().invoke(app, [*map(str, words), "--runs", str(runs)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A run of 200 customers; audience Big was exported with a hold-out, and then frozen."""
    folder = tmp_path_factory.mktemp("held")
    draw = np.random.default_rng(4)
    ids = [f"K{i}" for i in range(200)]
    table = pd.DataFrame(
        {"customer_id": ids, "spend": draw.lognormal(3, 1, 200).round(2), "visits": draw.poisson(6, 200)}
    )
    runs = folder / "runs"
    with clustera.segment(table, id="customer_id", k=2, progress=False, threads=1) as seg:
        seg.publish(runs, name="may")
    # K1 and K0 of each ten share an address: nobody is written to at the address of somebody who is held out.
    emails = [f"c{i - (i % 10 == 1)}@shop.example" for i in range(200)]
    crm = pd.DataFrame({"customer_id": ids, "email": emails, "consent": "yes"})
    crm.to_csv(folder / "crm.csv", index=False)
    say(runs, "audience", "save", "Big", "spend > 10")
    say(runs, "audience", "export", "Big", *NETWORK, "--contacts", folder / "crm.csv", "--holdout", "30%", "--output", folder / "big.csv")  # fmt: skip
    say(runs, "audience", "freeze", "Big", "--as", "Big of May")
    for name, definition in {"Derived": 'in audience "Big"', "Of the frozen": 'in audience "Big of May"', "Other": "visits > 2"}.items():  # fmt: skip
        say(runs, "audience", "save", name, definition)
    held = Store(runs).exports.held_out()["Big"]
    assert len(held) > 20
    return runs, folder, held, set(crm.email[crm.customer_id.isin(held)])


def emails(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    return {row["Email"] for row in rows}


NAMES = ["Big", "Big of May", "Derived", "Of the frozen", "Other"]


@pytest.mark.parametrize("name", NAMES)
def test_no_list_of_the_command_or_of_python_has_them(shop, tmp_path, name):
    runs, folder, _, addresses = shop
    for more in ([], ["--include-controls"]):
        asked = ["audience", "export", name, *NETWORK, "--contacts", folder / "crm.csv", *more]
        say(runs, *asked, "--output", tmp_path / "list.csv")
        assert not addresses & emails(tmp_path / "list.csv")
    with clustera.load("may", runs=runs) as seg:
        export = seg.audience(name).prepare_export("meta", folder / "crm.csv", include_controls=True).export
        hashed = {clustera.audiences.addresses.sha256(address) for address in addresses}
        assert not hashed & {row[export.header.index("email")] for row in export.rows}


def test_a_frozen_audience_has_the_groups_of_its_origin_and_draws_nobody_anew(shop, tmp_path):
    runs, folder, held, _ = shop
    asked = ["audience", "export", "Big of May", *NETWORK, "--contacts", folder / "crm.csv"]
    say(runs, *asked, "--holdout", "50%", "--output", tmp_path / "list.csv")
    drawn = pd.read_csv(tmp_path / "list.assignments.csv")
    assert set(drawn.customer[drawn.group == "control"]) == held
    assert "Big of May" not in Store(runs).exports.held_out()
    told = say(runs, "audience", "end-holdout", "Big of May", code=5)
    assert "clustera audience end-holdout Big" in told


@pytest.mark.parametrize("audience", [*NAMES, 'in audience "Big" and visits > 1', "table", None])
@pytest.mark.parametrize("contacts", [True, False])
def test_no_campaign_has_them_in_either_group(shop, tmp_path, audience, contacts):
    runs, folder, held, addresses = shop
    with clustera.load("may", runs=runs) as seg:
        chosen = (
            pd.DataFrame({"id": [*sorted(held), *(f"K{i}" for i in range(40))]}) if audience == "table" else audience
        )
        terms = {"contacts": folder / "crm.csv", "network": "klaviyo"} if contacts else {}
        ready = seg.prepare_campaign("spring", audience=chosen, control="40%", include_controls=True, **terms)
    found = ready._found
    assert not held & set(found.assignments["customer"].to_pylist())
    assert not held & set(found.contact["id"].to_pylist())
    if contacts:
        assert not addresses & {row[ready.export.header.index("Email")] for row in ready.export.rows}


def test_a_priority_list_leaves_them_out_and_says_how_many(shop, tmp_path):
    runs, _, held, _ = shop
    told = say(runs, "audience", "priority", "Big of May", "Other", "--output", tmp_path / "who.csv")
    listed = pd.read_csv(tmp_path / "who.csv")
    assert not held & set(listed.id)
    assert f"{len(listed):,} rows written" in told
    assert f"{len(held):,} customers are held out and not in the file" in told


def test_the_members_say_who_is_held_out(shop, tmp_path):
    runs, _, held, _ = shop
    say(runs, "audience", "members", "Big", "--output", tmp_path / "members.csv")
    members = pd.read_csv(tmp_path / "members.csv")
    assert set(members.customer[members.held_out]) == held


def test_a_count_says_how_many_a_list_would_have(shop, tmp_path):
    runs, folder, _, _ = shop
    asked = [*NETWORK, "--contacts", folder / "crm.csv"]
    told = " ".join(say(runs, "audience", "count", "Other", *asked).split())
    say(runs, "audience", "export", "Other", *asked, "--output", tmp_path / "list.csv")
    assert f"{len(emails(tmp_path / 'list.csv')):,} would be in the list" in told
    assert "are held out or in another control group" in told
    assert "needs the table of contacts" in say(runs, "audience", "count", "Other", *NETWORK, code=3)


def test_a_number_alone_counts_only_where_the_network_takes_one(shop, tmp_path):
    runs, _, held, _ = shop
    free = [f"K{i}" for i in range(200) if f"K{i}" not in held][:20]
    crm = pd.DataFrame({"customer_id": free, "email": "", "phone": [f"+49151123456{i:02}" for i in range(20)], "consent": "yes"})  # fmt: skip
    crm.to_csv(tmp_path / "crm.csv", index=False)
    with clustera.load("may", runs=runs) as seg:
        everybody = seg.audience("everyone")
        assert everybody.reach(tmp_path / "crm.csv", "generic").listed == 20
        assert everybody.reach(tmp_path / "crm.csv", "klaviyo").with_contact == 0


def test_after_its_end_they_are_written_again_even_where_the_audience_is_gone(shop, tmp_path):
    runs, folder, held, _ = shop
    asked = [
        "audience",
        "export",
        "Brief",
        *NETWORK,
        "--contacts",
        folder / "crm.csv",
        "--output",
        tmp_path / "list.csv",
    ]
    say(runs, "audience", "save", "Brief", "visits > 3")
    say(runs, *asked, "--holdout", "20%")
    brief = Store(runs).exports.held_out()["Brief"]
    assert brief
    assert not brief & held
    say(runs, "audience", "delete", "Brief")
    assert f"{len(brief):,} customers are no longer held out" in say(runs, "audience", "end-holdout", "Brief")
    assert "Brief" not in Store(runs).exports.held_out()


def test_another_share_while_a_hold_out_goes_on_is_told_with_the_cure(shop, tmp_path):
    runs, folder, _, _ = shop
    asked = [
        "audience",
        "export",
        "Week",
        *NETWORK,
        "--contacts",
        folder / "crm.csv",
        "--output",
        tmp_path / "list.csv",
    ]
    say(runs, "audience", "save", "Week", "visits > 7")
    assert "already has a hold-out" not in say(runs, *asked, "--holdout", "10%")
    held = Store(runs).exports.held_out()["Week"]
    said = " ".join(say(runs, *asked, "--holdout", "50%").split())
    assert f"Audience 'Week' already has a hold-out: {len(held)} of" in said
    assert "It stays as it is. 50% is drawn only from the 0 customers who are new in the audience." in said
    assert "clustera audience end-holdout Week" in said
    assert Store(runs).exports.held_out()["Week"] == held
    assert "already has" not in say(runs, *asked)  # without a share nothing is asked for


def test_audiences_with_the_same_conditions_have_one_control_group(shop, tmp_path):
    runs, folder, _, _ = shop
    names = ["Rare", "Rare again", "As rare"]
    for name, line in zip(
        names, ["visits > 3 and visits < 6", "visits<6 AND visits>3", 'in audience "Rare"'], strict=True
    ):
        say(runs, "audience", "save", name, line)
    asked = [*NETWORK, "--contacts", folder / "crm.csv", "--holdout", "30%"]
    said = {
        n: " ".join(say(runs, "audience", "export", n, *asked, "--output", tmp_path / f"{n}.csv").split())
        for n in names
    }
    groups = [Store(runs).exports.groups(name) for name in names]
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups[0].values())) == 2
    assert "same conditions" not in said["Rare"]
    assert "'Rare again' has the same conditions as 'Rare', so both have one control group" in said["Rare again"]
    assert "'As rare' has the same conditions as 'Rare', 'Rare again', so all have" in said["As rare"]
    for name in names:
        say(runs, "audience", "end-holdout", name)
        Store(runs).audiences.delete(name)


def test_the_end_of_a_hold_out_is_in_the_log(shop):
    runs, _, _, _ = shop
    say(runs, "audience", "save", "Log", "visits > 9")
    with clustera.load("may", runs=runs) as seg:
        crm = seg.audience("Log").customers()[["id"]].assign(consent="yes")
        crm["email"] = crm["id"] + "@free.example"
        written = seg.audience("Log").prepare_export("klaviyo", crm, holdout=0.5).write(runs.parent / "log.csv")
    held = len(Store(runs).exports.held_out()["Log"])
    assert written.assignments
    assert f"{held} customers are no longer held out of 'Log'." in say(runs, "audience", "end-holdout", "Log")
    last = Store(runs).exports.log()[-1]
    assert (last["event"], last["audience"], last["held_out"]) == ("hold-out ended", "Log", held)
    assert last["by"]
    assert last["time"]
    assert "hold-out ended" in say(runs, "audience", "exports")
    assert "has no hold-out" in say(runs, "audience", "end-holdout", "Log")
    assert Store(runs).exports.log()[-1] == last  # what ends nothing is no line


def test_a_hold_out_whose_end_can_not_be_recorded_goes_on(shop, monkeypatch):
    runs, _, held, _ = shop

    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("clustera.store.exports.os.fsync", full)
    say(runs, "audience", "end-holdout", "Big", code=6)
    assert Store(runs).exports.held_out()["Big"] == held


def test_a_deleted_audience_says_that_its_hold_out_goes_on_and_its_versions_continue(shop, tmp_path):
    runs, folder, _, _ = shop
    say(runs, "audience", "save", "Gone", "visits > 4")
    say(runs, "audience", "save", "Gone", "visits > 3")
    say(runs, "audience", "export", "Gone", *NETWORK, "--contacts", folder / "crm.csv", "--holdout", "20%", "--output", tmp_path / "list.csv")  # fmt: skip
    held = Store(runs).exports.held_out()["Gone"]
    said = " ".join(say(runs, "audience", "delete", "Gone").split())
    assert f"Its hold-out goes on: {len(held)} customers stay out of all lists" in said
    assert "end-holdout Gone" in said
    assert "version 3 saved" in say(runs, "audience", "save", "Gone", "visits > 2")
    assert "It has version 3 only" in say(runs, "audience", "show", "Gone", "--version", "1", code=5)
    say(runs, "audience", "end-holdout", "Gone")
    assert "hold-out" not in say(runs, "audience", "delete", "Gone").replace("end-holdout", "")
