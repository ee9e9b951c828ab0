"""Whatever options a list is written with, nobody who may not be written to is in it. The options are the command's own."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import typer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera.audiences import NETWORKS
from clustera.audiences.addresses import google_email, sha256, tiktok_email
from clustera.cli import app
from clustera.store import Store

PHASES = [Phase.explicit, Phase.generate]  # making a failing example smaller would take minutes
COUNT = 400
REFUSED = 20  # of each kind: no consent, an objection, suppressed by id, by address, by the second address, by number


def command(*words):
    """A command of the command line, as its own table of options has it."""
    found = typer.main.get_command(app)
    for word in words:
        found = found.commands[word]
    return found


def options(*words):
    return {param.name for param in command(*words).params} - {"help"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A run, contacts of all kinds, a running hold-out, and who may be in no list. Sizes of networks are no matter here."""
    with pytest.MonkeyPatch.context() as patch:
        for name, network in NETWORKS.items():
            patch.setitem(NETWORKS, name, replace(network, minimum=0))
        yield made_shop(tmp_path_factory)


def made_shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("options")
    draw = np.random.default_rng(5)
    ids = [f"K{n:04d}" for n in range(COUNT)]
    table = pd.DataFrame(
        {"customer_id": ids, "spend": draw.lognormal(3, 1, COUNT).round(2), "visits": draw.poisson(6, COUNT)}
    )
    with clustera.segment(table, id="customer_id", k=2, progress=False, threads=2) as seg:
        seg.publish(folder / "runs", name="may")
    crm = pd.DataFrame({"customer_id": ids, "Email": [f"c.{n}+x@gmail.com" for n in range(COUNT)]})
    crm["Email 2"] = [f"second{n}@shop.example" if n % 3 == 0 else "" for n in range(COUNT)]
    crm["Phone"] = [f"0151 1{n:07d}" for n in range(COUNT)]
    crm["First name"] = "Ann"
    crm["Opt in"] = "yes"
    crm["Unsubscribed"] = ""
    order = draw.permutation(COUNT)
    kinds = [order[REFUSED * at : REFUSED * (at + 1)] for at in range(6)]
    crm.loc[kinds[0], "Opt in"] = draw.choice(["no", "", "nein", "perhaps", "non"], REFUSED)
    crm.loc[kinds[1], "Unsubscribed"] = draw.choice(["yes", "ja", "2024-01-01", "?"], REFUSED)
    seconds = [n for n in order if n % 3 == 0 and all(n not in kind for kind in kinds[:5])][:REFUSED]
    stop = pd.DataFrame({"customer id": [""] * 3 * REFUSED + [f" {ids[n]} " for n in kinds[2]],
                         "address": [f"C{n}@googlemail.com" for n in kinds[3]] + [f"second{n}@SHOP.example" for n in seconds] + [""] * 2 * REFUSED,
                         "phone": [""] * 2 * REFUSED + [f"0049 151 1{n:07d}" for n in kinds[4]] + [""] * REFUSED})  # fmt: skip
    stop.to_csv(folder / "stop.csv", index=False)
    crm.to_csv(folder / "crm.csv", index=False)
    (folder / "key").write_text("a key that is long enough")
    items = [(one, 1, "84879", "Bird ornament (84879)", "bought often") for one in ids[::2]]
    pd.DataFrame(items, columns=["id", "rank", "item", "item_name", "reason"]).to_csv(folder / "items.csv", index=False)
    runs = folder / "runs"
    for name, definition in {"All": "everyone", "Half": "visits > 2", "Held": "spend > 5"}.items():
        say(runs, "audience", "save", name, definition)
    held = ["--for", "klaviyo", "--contacts", folder / "crm.csv", "--suppress", folder / "stop.csv", "--holdout", "10%"]
    say(runs, "audience", "export", "Held", *held, "--output", folder / "held.csv")
    say(runs, "audience", "freeze", "Held", "--as", "Frozen")
    refused = {ids[n] for kind in (*kinds[:5], seconds) for n in kind}
    return folder, crm.set_index("customer_id"), refused


def say(runs, *words):
    result = CliRunner().invoke(app, [*map(str, words), "--runs", str(runs)])
    assert result.exit_code == 0, result.output
    return result.output


def forbidden_cells(crm, ids):
    """Everything by which somebody could be told, in every way in which a network gets it."""
    cells = set(ids)
    for row in crm.loc[sorted(ids)].to_dict("records"):
        emails = {row["Email"], row["Email 2"]} - {""}
        emails |= {spell(email) for email in emails for spell in (google_email, tiktok_email)}
        number = "+49" + row["Phone"].replace(" ", "")[1:]
        plain = emails | {number, number[1:]}
        cells |= plain | {sha256(one) for one in plain}
    return cells


def cells_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return {cell for row in csv.reader(file) for cell in row}


# What each option of the two commands may be given; None leaves it out. Whoever adds an option adds it here.
GIVEN = {
    "network": sorted(NETWORKS),
    "suppress": ["stop.csv"],
    "holdout": [None, "0%", "10%", "50%"],
    "seed": [None, "x"],
    "column": [None, "email=Email", "phone=Phone", "consent=Opt in", "first_name=First name"],
    "country": ["DE"],
    "all_consented": [False, True],
    "recommendations": [None, "items.csv"],
    "pseudonymize": [None, "key"],
    "include_controls": [False, True],
    "run": [None, "may"],
}
FIXED = {"name", "contacts", "output", "dry_run", "runs", "as_json"}
OF_CAMPAIGNS = {
    "audience": [None, "Half", "Frozen", "visits > 3"],
    "segments": [None, "1,2"],
    "control": ["10%", "30%"],
    "day": ["2030-01-01"],
    "days": [None, 14],
    "looks": ["daily", "end"],
    "measure": ["buyers", "revenue"],
    "margin": [None, 0.3],
    "contact_cost": [None, 0.1],
    "exclude_running": [False, True],
}
LEFT_OUT = {"action", "set_"}  # a table of customers has no actions; how tables are read is no matter of lists


def test_every_option_of_the_two_commands_is_tried():
    assert options("audience", "export") == set(GIVEN) | FIXED
    assert (
        options("campaign", "launch")
        == (set(GIVEN) - {"holdout", "seed", "pseudonymize"}) | (FIXED - {"output"}) | set(OF_CAMPAIGNS) | LEFT_OUT
    )


def words_of(chosen, shop, *words):
    """The options of a command as they are typed."""
    folder = shop[0]
    typed = []
    for param in command(*words).params:
        value = chosen.get(param.name)
        if param.name not in chosen or value is None or value is False:
            continue
        if param.param_type_name == "argument":
            typed.append(str(value))
            continue
        path = value in ("stop.csv", "items.csv", "key")
        typed += [param.opts[0]] if value is True else [param.opts[0], str(folder / value if path else value)]
    return typed


def drawn(table):
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in table.items()})


def allowed(chosen):
    """Advertising networks take no recommendations."""
    return chosen if NETWORKS[chosen["network"]].extras else chosen | {"recommendations": None}


@settings(max_examples=8, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=drawn(GIVEN), name=st.sampled_from(["All", "Half", "Held", "Frozen"]))
def test_no_export_has_who_may_not_be_written_to_whatever_the_options(shop, tmp_path, chosen, name):
    folder, crm, refused = shop
    list_, exports = tmp_path / "list.csv", Store(folder / "runs").exports
    for drawn_before in set(exports.held_out()) - {"Held"}:
        exports.end_holdout(drawn_before)
    words = words_of(allowed(chosen), shop, "audience", "export")
    say(folder / "runs", "audience", "export", name, *words, "--contacts", folder / "crm.csv", "--output", list_)
    held = frozenset().union(*exports.held_out().values())
    assert held
    found = cells_of(list_)
    assert len(found) > 50
    assert not found & forbidden_cells(crm, refused | held)
    others = set().union(*(cells_of(path) for path in tmp_path.iterdir() if path.suffix == ".csv" and path != list_))
    assert not {cell for cell in others if "@" in cell or cell.startswith(("+", "0"))}  # the other files have ids only


@settings(max_examples=4, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=drawn({**{n: v for n, v in GIVEN.items() if n not in ("holdout", "seed", "pseudonymize")}, **OF_CAMPAIGNS}), number=st.integers(0, 10**9))  # fmt: skip
def test_no_list_of_a_campaign_has_them_or_its_control_group(shop, chosen, number):
    folder, crm, refused = shop
    runs = folder / "runs"
    name = f"c{number}"
    if (runs / "campaigns").exists():
        shutil.rmtree(runs / "campaigns")  # earlier campaigns would leave nobody
    chosen = allowed(chosen) | {"run": "may", "name": name}
    words = words_of(chosen, shop, "campaign", "launch")
    result = CliRunner().invoke(app, ["campaign", "launch", *words, "--contacts", str(folder / "crm.csv"), "--runs", str(runs)])  # fmt: skip
    assert result.exit_code == 0, result.output
    held = frozenset().union(*Store(runs).exports.held_out().values())
    made = runs / "campaigns" / name
    groups = pd.read_csv(made / "assignments.csv")
    controls = set(groups.customer[groups.group == "control"])
    assert controls
    found = cells_of(made / f"{chosen['network']}.csv")
    assert not found & forbidden_cells(crm, refused | held | controls)
