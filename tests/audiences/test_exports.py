"""Nobody who may not be written to is in any file, and every list is as its network wants it."""

import csv
import errno
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from clustera.audiences import (
    NETWORKS,
    Member,
    Suppression,
    choose_contacted,
    choose_contacts,
    contact_table,
    export_rows,
    reach_people,
)
from clustera.audiences.addresses import clean_email, clean_phone, email_key, google_email, sha256
from clustera.audiences.contacts import consent_answer
from clustera.audiences.suppression import read_suppression
from clustera.cli import app
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.records import Contact
from clustera.store import Store, table_files

# ---- The networks' own examples -------------------------------------------------------------------------------------------


def written(network, **values):
    contact = Contact("1", **values)
    return {title: write(contact) for title, write in NETWORKS[network].columns}


def test_the_example_of_meta_is_hashed_as_its_page_says():
    found = written("meta", email="john_smith@gmail.com", phone="+16505551212")
    assert found["email"] == "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
    assert found["phone"] == "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176"


@pytest.mark.parametrize("network", sorted(NETWORKS))
def test_what_a_contact_lacks_is_an_empty_cell(network):
    assert set(written(network).values()) == {""}


@pytest.mark.parametrize(
    ("name", "hashed"),
    [
        ("Mary", "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec"),
        ("정", "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14"),
        ("Valéry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
    ],
)
def test_the_names_of_the_page_of_meta_are_hashed_as_it_says(name, hashed):
    assert written("meta", first_name=name)["fn"] == hashed


def test_sizes_and_several_addresses_are_as_the_networks_say():
    sizes = {name: (network.minimum, network.maximum, network.several) for name, network in NETWORKS.items()}
    assert sizes["meta"] == (100, None, 3)
    assert sizes["tiktok"] == (1_000, None, 3)
    assert sizes["linkedin"] == (300, 300_000, 1)
    assert {sizes[name] for name in ("generic", "klaviyo", "mailchimp", "hubspot")} == {(0, None, 1)}


def test_the_examples_of_tiktok_are_hashed_as_its_page_says():
    found = written("tiktok", email="janedoe@gmail.com", phone="+37493828222")
    assert found["Email_SHA256"] == "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"
    assert found["Phone_SHA256"] == "65b7e6dcf6f4310f8d7cbfbd78289a753062fb054d6664fb9aaac5df66a422d4"
    assert clean_phone("(657)777-0000", "US") == "+16577770000"


def test_networks_differ_in_dots_and_plus_of_addresses_and_in_the_plus_of_numbers():
    values = {"email": "ann.lee+shop@gmail.com", "phone": "+4915112345678"}
    google, meta, tiktok = (written(name, **values) for name in ("google", "meta", "tiktok"))
    assert google["Email"] == sha256("annlee+shop@gmail.com")
    assert meta["email"] == sha256("ann.lee+shop@gmail.com")
    assert tiktok["Email_SHA256"] == sha256("ann.lee@gmail.com")
    assert google["Phone"] == sha256("+4915112345678")
    assert meta["phone"] == tiktok["Phone_SHA256"] == sha256("4915112345678")


def test_google_gets_country_and_zip_as_they_are_and_meta_as_hashes():
    values = {"country": "US", "zip": "94035-1234"}
    assert written("google", **values)["Country"] == "US"
    assert written("google", **values)["Zip"] == "94035-1234"
    assert written("meta", **values)["zip"] == sha256("94035")
    assert written("meta", **values)["country"] == sha256("us")


# ---- Who is written -------------------------------------------------------------------------------------------------------

EMAILS = [
    "a@x.example",
    " A@X.example",
    "an.n+1@gmail.com",
    "ann@googlemail.com",
    "b@x.example",
    "c@x.example",
    "",
    "no",
]
PHONES = ["+4915112345678", "0151 12345678", "0049 151 12345679", "", "x"]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 7).map(str),
        st.sampled_from(EMAILS),
        st.sampled_from(PHONES),
        st.sampled_from(["yes", "yes", "yes", "ja", "no", "", "perhaps", "2024-01-01"]),
        st.sampled_from(["", "", "", "", "no", "yes", "2024-01-01", "??"]),
        st.sampled_from(["", "", "a@x.example", "d@x.example", "ANN+2@gmail.com", "e@x.example"]),
        st.sampled_from(["", "", "+4915112345678", "0151 12345670", "0151 12345671"]),
    ),
    max_size=14,
)


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


def contacts_of(engine, rows, **options):
    names = ["id", "email", "phone", "consent", "objection"]
    all_names = [*names, "second e-mail", "Phone2"]
    cells = [[*row, "", ""][: len(all_names)] for row in rows]
    table = pa.table(
        {name: [row[i] for row in cells] for i, name in enumerate(all_names)},
        pa.schema([(n, pa.string()) for n in all_names]),
    )
    run = engine.arrow(
        pa.table({"id": sorted({row[0].strip() for row in rows if row[0]})}, pa.schema([("id", pa.string())]))
    )
    return contact_table(
        engine.arrow(table), source="crm.csv", customers=run, named={name: name for name in names}, **options
    )  # fmt: skip


def keys(row):
    emails = [email for email in (clean_email(row[1]), clean_email(row[5])) if email]
    return {*map(email_key, emails), clean_phone(row[2], "DE"), clean_phone(row[6], "DE")} - {""}


def sent(contact, network):
    """The keys of all addresses and numbers of a contact that a list for the network has."""
    count = NETWORKS[network].several
    emails, phones = (contact.email, *contact.more_emails)[:count], (contact.phone, *contact.more_phones)[:count]
    return {*(email_key(email) for email in emails if email), *phones} - {""}


@settings(max_examples=120)
@given(
    rows=ROWS,
    suppressed=st.sets(st.sampled_from(["0", "3", "b@x.example", "A.N.N@gmail.com", "+4915112345679"])),
    network=st.sampled_from(sorted(NETWORKS)),
    holdout=st.sampled_from([0.0, 0.1, 0.5]),
    seed=st.sampled_from(["", "x"]),
    earlier=st.dictionaries(st.integers(0, 7).map(str), st.sampled_from(["contact", "control"])),
)
def test_who_may_not_be_written_to_is_in_no_file_whatever_the_options(
    engine, rows, suppressed, network, holdout, seed, earlier
):
    suppression = Suppression(
        ids={"0", "3"} & suppressed,
        emails={email_key(clean_email(one)) for one in suppressed if "@" in one},
        phones={one for one in suppressed if one.startswith("+")},
    )
    members = [Member(str(n), n % 2, n * 7919) for n in range(7)]
    chosen = choose_contacts(
        members,
        contacts_of(engine, rows, country="DE"),
        NETWORKS[network],
        suppression=suppression,
        holdout=holdout,
        seed=seed,
        earlier=earlier,
    )
    banned_ids = suppression.ids | {name for name, group in earlier.items() if group == "control"}
    banned = set(suppression.emails) | suppression.phones
    for row in rows:
        refused = bool(row[4]) and row[4] != "no"
        listed = bool(keys(row) & banned) or row[0] in banned_ids
        if refused or row[3] == "no" or listed:
            banned_ids = banned_ids | {row[0]}
    held = {one.customer for one in chosen.assignments if one.group == "control"}
    forbidden = set(banned)
    for row in rows:
        if row[0] in banned_ids | held or row[3] not in ("yes", "ja", "2024-01-01"):
            forbidden |= keys(row)
    ids = [member.id for member, _ in chosen.written]
    assert not set(ids) & (banned_ids | held)
    assert len(set(ids)) == len(ids)
    out = [name for _, contact in chosen.written for name in sent(contact, network)]
    assert not set(out) & forbidden
    mails = [name for name in out if "@" in name]
    assert len(set(mails)) == len(mails)
    left = [gone.customer for gone in chosen.left_out]
    assert sorted(ids + left) == sorted(member.id for member in members)
    cells = {cell for row in export_rows(chosen, NETWORKS[network], names={}, audience="A")[1] for cell in row if cell}
    for name in forbidden:
        spellings = (name, name.removeprefix("+"), google_email(name) if "@" in name else name)
        assert not cells & {form for spelling in spellings for form in (spelling, sha256(spelling))}


@settings(max_examples=100)
@given(rows=ROWS, network=st.sampled_from(sorted(NETWORKS)), held=st.sets(st.integers(0, 6).map(str)))
def test_both_groups_of_a_campaign_are_whoever_can_be_written_to_whatever_the_draw(engine, rows, network, held):
    members = [Member(str(n), n % 2, n * 7919) for n in range(7)]
    table = contacts_of(engine, rows, country="DE")
    reached = reach_people(members, table, NETWORKS[network], suppression=Suppression())
    people = {member.id for member, _ in reached.people}
    chosen = choose_contacted(reached, held & people)
    groups = {one.customer: one.group for one in chosen.assignments}
    written = {member.id for member, _ in chosen.written}
    assert set(groups) == people  # the draw loses nobody and adds nobody
    assert written == {name for name, group in groups.items() if group == "contact"} == people - held
    # Alone, each of them could be written to: consent and address are there.
    alone = choose_contacts(members, table, NETWORKS[network], suppression=Suppression())
    assert people <= {member.id for member, _ in alone.written}
    forbidden = set().union(*(keys(row) for row in rows if row[0] in held & people), set())
    out = {name for _, contact in chosen.written for name in sent(contact, network)}
    assert not out & forbidden


def test_nobody_of_the_control_group_of_a_campaign_is_written_nor_drawn(engine):
    members = [Member(str(n), 1, n * 104_729) for n in range(40)]
    table = contacts_of(engine, [(m.id, f"c{m.id}@x.example", "", "yes", "") for m in members])
    controls = {"3", "4", "5"}
    found = choose_contacts(
        members, table, NETWORKS["klaviyo"], suppression=Suppression(), holdout=0.2, controls=controls
    )
    assert not controls & ({m.id for m, _ in found.written} | {one.customer for one in found.assignments})
    assert {gone.customer for gone in found.left_out if gone.code == "control-group"} == controls


@pytest.mark.parametrize("share", [0.1, 0.25])
def test_a_hold_out_is_the_same_share_of_every_segment_and_lasts(engine, share):
    members = [Member(str(n), n % 3, n * 104_729) for n in range(300)]
    table = contacts_of(engine, [(m.id, f"c{m.id}@x.example", "", "yes", "") for m in members])
    first = choose_contacts(members, table, NETWORKS["klaviyo"], suppression=Suppression(), holdout=share, seed="s")
    groups = {one.customer: one.group for one in first.assignments}
    for segment in range(3):
        held = [one for one in first.assignments if one.segment == segment and one.group == "control"]
        assert len(held) == round(share * 100 + 1e-9)
    assert sum(group == "contact" for group in groups.values()) == len(first.written)
    later = choose_contacts(
        members, table, NETWORKS["meta"], suppression=Suppression(), holdout=0.0, seed="other", earlier=groups
    )
    assert {member.id for member, _ in later.written} == {member.id for member, _ in first.written}


@pytest.mark.parametrize(
    ("cell", "said"),
    [("Ja", "yes"), ("TRUE", "yes"), ("Opt-in", "yes"), ("UNSUBSCRIBED", "no"), ("never_subscribed", "no"), ("0", "no"),
     ("2024-05-01 10:00", "yes"), ("01.02.2024", "yes"), ("maybe", "not clear"), ("désabonné", "no")],
)  # fmt: skip
def test_cells_of_consent_are_understood_or_not_clear(cell, said):
    assert consent_answer(cell) == said


def test_columns_are_recognized_by_their_names_and_cells(engine):
    customers = engine.arrow(pa.table({"id": ["k1", "k2"]}))
    rows = engine.arrow(
        pa.table(
            {"Nr": ["1", "2"], "Kunde": ["k2", "k1"], "E-Mail": ["a@x.example", ""], "Vorname": ["A", "B"],
             "Werbe-Widerspruch am": ["", ""], "Newsletter": ["ja", "nein"], "Land": ["DE", "DE"]}
        )
    )  # fmt: skip
    found = contact_table(rows, source="crm.csv", customers=customers, named={}).columns
    assert found == {"id": "Kunde", "email": "E-Mail", "first_name": "Vorname", "country": "Land",
                     "objection": "Werbe-Widerspruch am", "consent": "Newsletter"}  # fmt: skip


def test_without_a_column_of_consent_nothing_is_exported_unless_the_user_says_so(engine):
    customers = engine.arrow(pa.table({"id": ["1"]}))
    rows = engine.arrow(pa.table({"id": ["1"], "email": ["a@x.example"]}))
    with pytest.raises(InputError, match="says who has consented"):
        contact_table(rows, source="crm.csv", customers=customers, named={})
    assert (
        next(iter(contact_table(rows, source="crm.csv", customers=customers, named={}, all_consented=True))).consent
        == "yes"
    )


def test_a_suppression_list_has_ids_addresses_or_hashes_with_or_without_a_title(engine):
    rows = engine.arrow(pa.table({"a.nn@gmail.com": ["B@x.example", sha256("c@x.example"), "17"]}))
    listed = read_suppression(rows, source="s.csv")
    contacts = [
        Contact("1", "ann+1@googlemail.com"),
        Contact("1", "b@x.example"),
        Contact("1", "c@x.example"),
        Contact("17"),
    ]
    assert all(map(listed.names, contacts))
    assert not listed.names(Contact("2", "d@x.example"))


@pytest.mark.parametrize(
    "listed",
    ["Ann@MÜLLER.example", "ann@xn--mller-kva.example", "ann+x@müller.example", "Ann Lee <ann@müller.example>",
     "other@x.example; ann@müller.example", sha256("ann@xn--mller-kva.example"), "mu\u0308ller <ann@mu\u0308ller.example>"],
)  # fmt: skip
@pytest.mark.parametrize(
    "written",
    ["ann@müller.example", "ANN@xn--mller-kva.example", "ann@mu\u0308ller.example", "A <ann+1@müller.example>"],
)
def test_a_suppressed_address_is_known_in_every_spelling(engine, listed, written):
    found = read_suppression(engine.arrow(pa.table({"email": [listed]})), source="s.csv")
    assert found.names(Contact("1", clean_email(written)))


# ---- By command -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    import numpy as np
    import pandas as pd

    import clustera

    folder = tmp_path_factory.mktemp("shop")
    random = np.random.default_rng(1)
    ids = [f"k{n}" for n in range(120)]
    table = pd.DataFrame({"customer_id": ids, "age": random.normal(40, 9, 120), "income": random.normal(50, 9, 120)})
    with clustera.segment(table, k=2, progress=False) as seg:
        seg.publish(folder / "runs", name="march")
    emails = [f"c{n}@x.example" for n in range(120)]
    emails[1] = "C0@X.example "  # a second spelling of the first
    crm = pd.DataFrame({"customer_id": ids, "Email": emails, "First name": ["=1+1|x"] * 120, "Opt in": ["yes"] * 120})
    crm.to_csv(folder / "crm.csv", index=False)
    (folder / "stop.csv").write_text("c5@x.example\n")
    return SimpleNamespace(folder=folder, runs=str(folder / "runs"))


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def say(shop, *words, code=0):
    result = CliRunner().invoke(app, ["audience", *words, "--runs", shop.runs])
    assert result.exit_code == code, result.output
    return result.output


def test_an_audience_goes_from_run_to_file_with_a_record_of_it(shop):
    say(shop, "save", "All", "everyone")
    asked = ["export", "All", "--contacts", str(shop.folder / "crm.csv"), "--suppress", str(shop.folder / "stop.csv")]
    list_ = shop.folder / "list.csv"
    told = say(shop, *asked, "--for", "klaviyo", "--holdout", "10%", "--output", str(list_))
    rows = read(list_)
    drawn = {row["customer"]: row["group"] for row in read(shop.folder / "list.assignments.csv")}
    left = {row["customer"]: row["code"] for row in read(shop.folder / "list.left_out.csv")}
    assert "In the audience" in told
    assert len(rows) + len(left) == 120
    assert left["k5"] == "suppressed"
    assert left["k1"] == "same-address"
    assert len(rows) == sum(group == "contact" for group in drawn.values())
    assert all(row["First Name"].startswith("'=") for row in rows)
    assert {row["Email Marketing Consent"] for row in rows} == {"Subscribed"}
    (line,) = json.loads(say(shop, "exports", "--json"))
    assert (line["rows"], line["audience"], line["suppress"], line["joined"]) == (len(rows), "All", ["stop.csv"], 120)
    again = json.loads(say(shop, *asked, "--for", "generic", "--output", str(shop.folder / "b.csv"), "--json"))
    assert (again["rows"], again["joined"], again["left"]) == (len(rows), 0, 0)
    say(shop, *asked, "--for", "generic", "--holdout", "40%", "--output", str(shop.folder / "c.csv"))
    kept = [row["group"] for row in read(shop.folder / "c.assignments.csv")]
    share = json.loads((shop.folder / "c.holdout.json").read_text())["share"]
    assert share == pytest.approx(kept.count("control") / len(kept), abs=1e-4)
    assert share < 0.2


def test_each_step_of_an_export_counts_who_is_left_after_it_also_where_two_apply(shop, tmp_path):
    import pandas as pd

    crm = (
        pd.read_csv(shop.folder / "crm.csv", dtype=str)
        .drop(1)
        .assign(**{"Opt in": ["yes", "no", "yes"] * 39 + ["yes"] * 2})
    )
    crm.loc[[20, 21], "Email"] = ""
    crm[crm.index != 30].to_csv(tmp_path / "crm.csv", index=False)
    stopped = {f"k{number}" for number in (2, 3, 4, 5, 20, 30)}
    (tmp_path / "stop.csv").write_text("customer_id\n" + "\n".join(sorted(stopped)))
    shutil.copytree(Path(shop.runs) / "march", tmp_path / "runs" / "march")  # where nobody is held out
    shop = SimpleNamespace(runs=str(tmp_path / "runs"))
    say(shop, "save", "Steps", "everyone")
    asked = ["export", "Steps", "--for", "generic", "--contacts", str(tmp_path / "crm.csv"), "--json"]
    told = json.loads(
        say(shop, *asked, "--suppress", str(tmp_path / "stop.csv"), "--output", str(tmp_path / "list.csv"))
    )
    reached = crm[(crm["Email"] != "") & (crm.index != 30)]
    agreed = reached[reached["Opt in"] == "yes"]
    free = agreed[~agreed["customer_id"].isin(stopped)]
    assert {step["step"]: step["customers"] for step in told["steps"]} == {
        "audience": 120, "address": len(reached), "consent": len(agreed), "suppression": len(free), "same-address": len(free), "not-held-out": len(free)
    }  # fmt: skip
    assert len(free) < len(agreed) < len(reached)


def test_members_that_join_and_leave_are_told_with_their_days(shop):
    say(shop, "save", "Some", "age > 40")
    asked = ["export", "Some", "--for", "generic", "--contacts", str(shop.folder / "crm.csv")]
    say(shop, *asked, "--output", str(shop.folder / "one.csv"))
    before = {row["customer"] for row in json.loads(say(shop, "members", "Some", "--json"))}
    say(shop, "save", "Some", "age > 45 or income > 60")
    told = json.loads(say(shop, *asked, "--output", str(shop.folder / "two.csv"), "--json"))
    members = json.loads(say(shop, "members", "Some", "--json"))
    now = {row["customer"] for row in members if row["until"] is None}
    assert told["joined"] == len(now - before)
    assert told["left"] == len(before - now)
    assert all(row["version"] == 2 for row in members if row["customer"] in now - before)


def test_a_suppression_list_that_matches_nobody_is_told_without_saying_who_is_on_it(shop):
    say(shop, "save", "All", "everyone")
    (shop.folder / "other.csv").write_text("address\nAnn.Lee@elsewhere.example\nB@elsewhere.example\n")
    asked = ["export", "All", "--for", "generic", "--contacts", str(shop.folder / "crm.csv"), "--dry-run"]
    told = " ".join(say(shop, *asked, "--suppress", str(shop.folder / "other.csv")).split())
    assert "other.csv: 2 entries, and none of them matches a customer" in told
    assert "x@xxxxxxxxx.xxxxxxx" in told
    assert "elsewhere" not in told
    assert "the contacts have x9" in told
    told = " ".join(say(shop, *asked, "--suppress", str(shop.folder / "stop.csv")).split())
    assert "stop.csv: 1 entry. It matches, and this customer or contact is kept out of the list." in told


def test_the_first_export_and_a_file_that_is_replaced_are_told_and_no_table_that_is_read_is_written_over(shop):
    say(shop, "save", "Once", "age > -1")
    crm, list_ = str(shop.folder / "crm.csv"), str(shop.folder / "once.csv")
    asked = ["export", "Once", "--for", "generic", "--contacts", crm]
    first = say(shop, *asked, "--holdout", "10%", "--output", list_)
    assert "This is the first export of 'Once'." in first
    assert "in place of the file" not in first
    say(shop, "end-holdout", "Once")
    again = say(shop, *asked, "--output", list_)
    assert "Since the last export: 0 joined" in again
    assert "in place of the file that was there" in again
    assert not (shop.folder / "once.assignments.csv").exists()  # of another list
    before = (shop.folder / "crm.csv").read_bytes()
    assert "it would be lost" in say(shop, *asked, "--output", crm, code=3)
    assert (shop.folder / "crm.csv").read_bytes() == before


def test_a_list_for_which_the_disk_has_no_room_is_in_no_record(shop, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    say(shop, "save", "Unwritten", "everyone")
    asked = ["export", "Unwritten", "--contacts", str(shop.folder / "crm.csv"), "--for", "generic", "--holdout", "10%"]
    with monkeypatch.context() as full:
        full.setattr(table_files, "write_csv_cells", refuse)
        told = say(shop, *asked, "--output", str(tmp_path / "list.csv"), code=6)
    assert f"Can't write to {tmp_path}: No space left" in " ".join(told.split())
    assert not list(tmp_path.iterdir())
    assert "Unwritten" not in say(shop, "exports")
    assert "never exported" in say(shop, "members", "Unwritten")
    say(shop, *asked, "--output", str(tmp_path / "list.csv"))
    assert {path.name for path in tmp_path.iterdir()} == {
        "list.csv", "list.left_out.csv", "list.assignments.csv", "list.holdout.json"
    }  # fmt: skip


def test_a_record_that_was_cut_off_costs_no_later_one(shop):
    log = shop.folder / "runs" / ".audiences" / "exports.jsonl"
    say(shop, "save", "Cut off", "everyone")
    asked = ["export", "Cut off", "--contacts", str(shop.folder / "crm.csv"), "--for", "generic"]
    say(shop, *asked, "--output", str(shop.folder / "whole.csv"))
    with log.open("ab") as file:
        file.write('{"audience": "Ü'.encode()[:-1])
    say(shop, *asked, "--output", str(shop.folder / "cut\u2028off.csv"))
    last = json.loads(say(shop, "exports", "--json"))[-1]
    assert (last["audience"], last["file"]) == ("Cut off", "cut\u2028off.csv")


@pytest.mark.parametrize("wrong", [5, None, [], {"rows": "5"}, {"time": None}, {"held_out": True}])
def test_a_record_that_is_none_is_told_with_its_line(tmp_path, wrong):
    log = tmp_path / ".audiences" / "exports.jsonl"
    log.parent.mkdir()
    texts = dict.fromkeys(("by", "audience", "run", "network", "file"), "a")
    right = {"time": "2026-11-30T09:00:00", "version": 1, "rows": 5, "held_out": 0, **texts}
    lines = [right, right | wrong if isinstance(wrong, dict) else wrong]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    said = CliRunner().invoke(app, ["audience", "exports", "--runs", str(tmp_path)])
    assert (said.exit_code, "Line 2 of" in said.stderr) == (5, True), said.output


def test_a_list_of_nobody_says_why(shop):
    say(shop, "save", "All", "everyone")
    (shop.folder / "unclear.csv").write_text(
        "customer_id,email,consent\nk1,a@x.example,perhaps\nk2,b@x.example,later\n"
    )
    asked = ["export", "All", "--for", "generic", "--contacts", str(shop.folder / "unclear.csv"), "--output", "no.csv"]
    told = say(shop, *asked, code=3)
    assert "Nobody in the audience may be contacted" in told
    assert "118 customers are not in the contacts." in told


def test_a_list_below_the_minimum_is_not_written(shop):
    say(shop, "save", "Few", "everyone", "--minimum", "500")
    asked = ["export", "Few", "--contacts", str(shop.folder / "crm.csv"), "--output", str(shop.folder / "few.csv")]
    assert "minimum of the audience is 500" in say(shop, *asked, "--for", "generic", code=3)
    say(shop, "save", "Few", "everyone", "--minimum", "0")
    assert "LinkedIn needs a list of at least 300" in say(shop, *asked, "--for", "linkedin", code=3)
    assert not (shop.folder / "few.csv").exists()


def test_ids_leave_as_a_keyed_hash_where_asked(shop):
    say(shop, "save", "Hidden", "everyone")
    (shop.folder / "key").write_text("a secret of enough characters")
    asked = ["export", "Hidden", "--for", "generic", "--contacts", str(shop.folder / "crm.csv")]
    say(shop, *asked, "--pseudonymize", str(shop.folder / "key"), "--output", str(shop.folder / "h.csv"))
    ids = {row["customer_id"] for row in read(shop.folder / "h.csv")}
    assert all(len(one) == 64 for one in ids)
    (shop.folder / "short").write_text("abc")
    told = say(shop, *asked, "--pseudonymize", str(shop.folder / "short"), "--output", "x.csv", code=3)
    assert "at least 16" in told


def test_a_folder_of_files_comes_and_goes_byte_for_byte(shop, tmp_path):
    say(shop, "save", "Base", "age > 30")
    say(shop, "push", str(tmp_path))
    by_hand = b'# kept in git\nname = "A first"\ndefinition = \'in audience "Later"\'\n'
    (tmp_path / "a.toml").write_bytes(by_hand)
    (tmp_path / "z.toml").write_bytes(b'name = "Later"\ndefinition = "age > 31"\n')
    say(shop, "pull", str(tmp_path))
    assert say(shop, "show", "A first").encode() == by_hand
    say(shop, "push", str(tmp_path / "again"))
    assert (tmp_path / "again" / "A first.toml").read_bytes() == by_hand
    assert "unchanged" in say(shop, "push", str(tmp_path / "again"))
    (tmp_path / "bad.toml").write_text('name = "Bad"\ndefinition = "age >"\n')
    assert "bad.toml" in say(shop, "pull", str(tmp_path), code=3)


@pytest.mark.parametrize("mark", ["_", "__", "_x_"])
def test_an_objection_is_found_however_its_column_begins(mark):
    names = {"id": "id", "email": "email", "consent": "consent", "unsubscribed": f"{mark}unsubscribed"}
    rows = {
        "id": ["1", "2"],
        "email": ["a@shop.com", "b@shop.com"],
        "consent": ["yes", "yes"],
        "unsubscribed": ["yes", "no"],
    }
    with Engine() as engine:
        found = contact_table(
            engine.arrow(pa.table({names[name]: cells for name, cells in rows.items()})),
            source="crm.csv", customers=engine.arrow(pa.table({"id": ["1", "2"]})), named={},
        )  # fmt: skip
        assert found.columns["objection"] == f"{mark}unsubscribed"


@pytest.mark.parametrize(
    ("cells", "may", "by_phone"),
    [
        ({"sms_consent": "yes", "email_consent": "no"}, False, True),
        ({"phone_consent": "no", "email_consent": "yes"}, True, False),
        ({"accepts_sms_marketing": "yes", "accepts_email_marketing": "no"}, False, True),
        ({"cookie_consent": "yes", "marketing_consent": "no"}, False, True),
        ({"terms_consent": "yes", "marketing_consent": "yes"}, True, True),
        ({"consent_date": "2020-01-01", "consent": "no"}, False, True),
        ({"consent": "yes", "consent_date": ""}, True, True),
        ({"consent": "yes", "newsletter": "no"}, False, True),
        ({"consent": "yes", "unsubscribed": "no", "do_not_contact": "yes"}, False, True),
        ({"consent": "yes", "do_not_contact": "yes", "unsubscribed": "no"}, False, True),
        ({"consent": "yes", "consent_withdrawn_at": "2024-05-01"}, False, True),
        ({"consent": "yes", "revoked": "yes"}, False, True),
        ({"consent": "yes", "complained": "yes"}, False, True),
        ({"consent": "yes", "GDPR_erased": "yes"}, False, True),
        ({"consent": "yes", "deleted": "1"}, False, True),
        ({"consent": "yes", "bounced": "hard"}, False, True),
        ({"email_opt_out": "no", "sms_opt_out": "yes", "consent": "yes"}, True, False),
        ({"consent": "0000-00-00"}, False, True),
        ({"consent": "9999-12-31"}, False, True),
        ({"consent": "31.02.2020"}, False, True),
        ({"consent": "1900-01-01"}, False, True),
        ({"consent": "2024-02-29"}, True, True),
    ],
)
def test_every_column_of_consent_and_of_objection_is_heard(engine, cells, may, by_phone):
    table = {"id": ["1"], "email": ["a@shop.com"], "phone": ["+4930123456"]} | {
        name: [cell] for name, cell in cells.items()
    }
    customers = engine.arrow(pa.table({"id": ["1"]}))
    found = contact_table(engine.arrow(pa.table(table)), source="crm.csv", customers=customers, named={})
    row = next(iter(found))
    assert (row.consent == "yes" and not row.objected) is may
    assert bool(row.contact.phone) is by_phone
    assert {column.column for column in found.described() if column.cells} >= {
        name for name in cells if name not in {"cookie_consent", "terms_consent", "consent_date"}
    }


def test_consent_to_text_messages_alone_is_none_of_e_mail(engine):
    rows = engine.arrow(pa.table({"id": ["1"], "email": ["a@shop.com"], "sms_consent": ["yes"]}))
    customers = engine.arrow(pa.table({"id": ["1"]}))
    with pytest.raises(InputError, match="no column that says who has consented"):
        contact_table(rows, source="crm.csv", customers=customers, named={})
    named = contact_table(rows, source="crm.csv", customers=customers, named={"consent": "sms_consent"})
    assert next(iter(named)).consent == "yes"


@pytest.fixture
def recommended(shop):
    """Two items for each of half of the customers; nobody is held out by another test's audience."""
    exports = Store(shop.runs).exports
    for name in exports.held_out():
        exports.end_holdout(name)
    rows = [
        (f"k{n}", 1, 1 + rank, f"item {rank} of {n}", "bought every 9 days") for n in range(60) for rank in range(2)
    ]
    path = shop.folder / "recommendations.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("id", "segment", "rank", "item", "reason"), *rows, ("k3", 1, 3, "=1+1", "goes with it")]
        )
    return str(path)


@pytest.mark.parametrize("network", ["klaviyo", "mailchimp", "hubspot", "generic"])
def test_recommendations_are_columns_of_a_list_of_whom_may_be_contacted(shop, recommended, network):
    say(shop, "save", "Next", "everyone")
    asked = ["export", "Next", "--contacts", str(shop.folder / "crm.csv"), "--suppress", str(shop.folder / "stop.csv")]
    list_ = shop.folder / "next.csv"
    say(shop, *asked, "--for", network, "--recommendations", recommended, "--output", str(list_))
    id_ = {"klaviyo": "External ID", "generic": "customer_id"}.get(network, "Customer ID")
    rows = {row[id_]: row for row in read(list_)}
    assert "k5" not in rows  # suppressed
    assert len(rows) == 118
    assert (rows["k2"]["item_1"], rows["k2"]["reason_2"]) == ("item 0 of 2", "bought every 9 days")
    assert rows["k3"]["item_3"] == "'=1+1"
    assert (rows["k99"]["item_1"], rows["k2"]["item_3"]) == ("", "")


def test_a_merge_field_is_the_name_of_the_item_and_another_its_code(shop, recommended, tmp_path):
    rows = [("id", "rank", "item", "item_name", "reason"), ("k7", 1, "84879", "Bird ornament (84879)", "bought often"),
            ("k7", 2, "22086", "", "new"), ("k8", 1, "POST (9)", "Postcards (set of 9) (POST (9))", "new")]  # fmt: skip
    path = tmp_path / "named.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    say(shop, "save", "Named", "everyone")
    asked = ["export", "Named", "--contacts", str(shop.folder / "crm.csv"), "--for", "klaviyo"]
    say(shop, *asked, "--recommendations", str(path), "--output", str(tmp_path / "list.csv"))
    found = {row["External ID"]: row for row in read(tmp_path / "list.csv")}
    assert list(found["k7"])[-6:] == ["item_1", "item_1_id", "reason_1", "item_2", "item_2_id", "reason_2"]
    assert [found["k7"][name] for name in ("item_1", "item_1_id", "reason_1")] == [
        "Bird ornament",
        "84879",
        "bought often",
    ]
    assert [found["k7"][name] for name in ("item_2", "item_2_id")] == ["22086", "22086"]  # a product without a name
    assert [found["k8"][name] for name in ("item_1", "item_1_id")] == ["Postcards (set of 9)", "POST (9)"]


def test_an_advertising_network_gets_no_recommendations(shop, recommended):
    say(shop, "save", "Next", "everyone")
    asked = [
        "export",
        "Next",
        "--contacts",
        str(shop.folder / "crm.csv"),
        "--recommendations",
        recommended,
        "--dry-run",
    ]
    assert "takes no recommendations" in say(shop, *asked, "--for", "meta", code=3)
    asked[-2] = str(shop.folder / "crm.csv")
    assert "no table of recommendations" in say(shop, *asked, "--for", "klaviyo", code=3)


@pytest.mark.parametrize(
    ("entry", "by"),
    [
        ("(212) 555-0107", "phone"),
        ("212.555.0107", "phone"),
        ("212-555-0107", "phone"),
        ("ann@shop.example.", "email"),
        ("ann＠shop.example", "email"),
        ("ann@my\u2011shop.example", "hyphen"),
        ("ann@my-shop.example", "hyphen"),
    ],
)
def test_an_entry_of_a_suppression_list_matches_however_people_write_it(engine, entry, by):
    listed = read_suppression(engine.arrow(pa.table({"who": [entry]})), source="list.csv")
    contact = {
        "phone": Contact(customer="1", phone="+12125550107"),
        "email": Contact(customer="1", email="ann@shop.example"),
        "hyphen": Contact(customer="1", email="ann@my-shop.example"),
    }[by]
    assert listed.names(contact)
    assert not listed.names(Contact(customer="2", email="bob@shop.example", phone="+12125550999"))
