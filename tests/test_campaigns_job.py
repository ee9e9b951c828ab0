"""A campaign from the suggested action to the measured sum: by command and in Python, on a log with a known effect."""

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera import texts
from clustera.cli import app
from tests.campaigning import LAUNCH, campaign_log, quiet_log


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder of runs with the run `april`, and the log it was drawn from."""
    folder = tmp_path_factory.mktemp("shop")
    log = quiet_log(2_000)
    with clustera.segment(orders=log, k=3, value=False, progress=False) as seg:
        seg.publish(folder / "runs", name="april")
    return folder, log


@pytest.fixture(scope="module")
def spring(shop):
    """The campaign `spring` with half of the customers in the control group; it makes 30 % of the contacted buy once more."""
    folder, log = shop
    with clustera.load("april", runs=folder / "runs") as seg:
        made = seg.launch_campaign(
            "spring", "next_basket", control=0.5, day=LAUNCH.date(), margin=0.3, contact_cost=0.1
        )
    return made, campaign_log(made.assignments, log, lift=0.3)


@pytest.fixture
def runs(shop, spring, tmp_path):
    """A copy of the runs and the campaign that a test may change."""
    shutil.copytree(shop[0] / "runs", tmp_path / "runs")
    return tmp_path / "runs"


def said(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


def test_every_customer_of_the_action_is_in_one_group(shop, spring):
    folder, _ = shop
    seg = clustera.load("april", runs=folder / "runs")
    meant = set(seg.customers.loc[seg.customers["action_code"] == "next_basket", "id"])
    assert set(spring[0].assignments["customer"]) == meant
    assert len(spring[0].assignments) == len(meant) == spring[0].record.customers


def test_the_control_group_is_the_one_that_the_run_has_marked(shop, runs):
    seg = clustera.load("april", runs=runs)
    made = seg.launch_campaign("marked", "Next-purchase offer", day="2024-09-01")
    own = seg.customers[seg.customers["action"] == "Next-purchase offer"]
    groups = made.assignments
    assert set(groups.loc[groups["group"] == "control", "customer"]) == set(own.loc[own["control"], "id"])
    assert made.record.control == sum(a.control.customers for a in seg.outcome.actions if a.rule == "next_basket")


def test_where_the_run_has_marked_nobody_the_share_of_the_plan_is_drawn_and_told(runs):
    code, printed = said("campaign", "launch", "calls", "april", "--action", "Overdue call", "--runs", runs)
    assert (code, "20% were drawn at random" in " ".join(printed.split())) == (0, True)
    record = clustera.load_campaign("calls", runs=runs).record
    plan = clustera.load("april", runs=runs).plan_campaign("call_overdue").record.audiences[0]
    assert (record.control_from, record.share) == ("drawn", plan.share)


def whole_of(plan):
    part = plan.record.together or plan.record.audiences[0]
    return part.customers, part.base_rate, part.base_spend, part.base_spend_sd, part.share


def test_the_same_customers_have_one_base_rate_however_they_were_chosen(runs):
    seg = clustera.load("april", runs=runs)
    own = seg.customers[seg.customers["action_code"] == "next_basket"]
    by_action = whole_of(seg.plan_campaign("next_basket"))
    assert by_action == pytest.approx(whole_of(seg.plan_campaign(audience=own[["id"]])))
    assert by_action == pytest.approx(whole_of(seg.plan_campaign(audience='action is "Next-purchase offer"')))
    assert whole_of(seg.plan_campaign(segments=[1, 3])) == pytest.approx(
        whole_of(seg.plan_campaign(audience="segment in (1, 3)"))
    )
    # By hand: each customer counts with what those did who were in the same segment and stage when the window began.
    stages = {(s.segment, s.stage): s for s in seg.outcome.behavior.stages if not s.subset}
    plain = seg.customers.query("stage in ('new', 'lapsed')")[::3]  # stages without subsets here
    rates = [
        s.earlier_buyers / s.earlier_customers for s in (stages[one.segment, one.stage] for one in plain.itertuples())
    ]
    assert whole_of(seg.plan_campaign(audience=plain[["id"]]))[1] == pytest.approx(np.mean(rates))


def test_a_launch_draws_the_share_that_the_plan_of_the_same_audience_says(runs):
    seg = clustera.load("april", runs=runs)
    chosen = seg.customers[seg.customers["action"] == "Overdue call"][["id"]]
    record = seg.prepare_campaign("calls", audience=chosen, day="2024-09-01").record
    assert (record.drawn_from, record.drawn_share) == (len(chosen), whole_of(seg.plan_campaign(audience=chosen))[-1])


def test_an_action_is_found_by_its_label_or_its_code(runs):
    seg = clustera.load("april", runs=runs)
    told = [seg.prepare_campaign("x", action).record for action in ("next_basket", "next-purchase  OFFER")]
    assert told[0] == told[1]
    assert told[0].action_label == "Next-purchase offer"


def test_the_list_to_contact_has_what_a_mail_needs_and_no_more(runs):
    seg = clustera.load("april", runs=runs)
    one = seg.launch_campaign("reminder", "Overdue reminder", day="2024-09-01")
    listed = pd.read_csv(one.folder / "contact.csv", dtype={"id": str})
    assert list(listed.columns) == ["id", "segment", "action", "next_order", "days_overdue"]
    assert set(listed["segment"]) <= set(seg.names.values())
    other = seg.launch_campaign("offer", "next_basket", day="2024-09-01")
    assert list(pd.read_csv(other.folder / "contact.csv").columns) == ["id", "segment", "action"]


@pytest.fixture
def crm(shop, tmp_path):
    """Contacts of the shop's customers: every tenth without an address, every seventh without consent."""
    ids = np.unique(shop[1]["customer_id"].astype(int))
    table = pd.DataFrame({"customer_id": ids, "email": [f"c{i}@shop.example" if i % 10 else "" for i in ids]})
    table["newsletter_consent"] = np.where(ids % 7, "yes", "no")
    table.to_csv(tmp_path / "crm.csv", index=False)
    return tmp_path / "crm.csv"


def test_the_groups_and_the_list_have_only_customers_who_can_be_written_to(runs, crm):
    words = ["launch", "mail", "april", "--action", "Next-purchase offer", "--contacts", crm, "--for", "klaviyo"]
    code, printed = said("campaign", *words, "--runs", runs)
    assert (code, "With consent and without objection" in printed) == (0, True)
    seg, made = clustera.load("april", runs=runs), clustera.load_campaign("mail", runs=runs)
    own = seg.customers[seg.customers["action"] == "Next-purchase offer"].set_index("id")["control"]
    number = own.index.astype(int)
    reachable = own[(number % 10 != 0) & (number % 7 != 0)]
    groups = made.assignments.set_index("customer")["group"].eq("control")
    assert groups.to_dict() == reachable.to_dict()
    listed = pd.read_csv(made.folder / "klaviyo.csv", dtype=str)
    assert set(listed["External ID"]) == set(reachable.index[~reachable])
    assert (listed["Email"] == "c" + listed["External ID"] + "@shop.example").all()
    left = pd.read_csv(made.folder / "left_out.csv", dtype=str)
    assert len(listed) + len(left) == len(own)


def test_a_dry_run_counts_and_writes_nothing(runs, crm):
    words = ["launch", "mail", "april", "--action", "next_basket", "--contacts", crm, "--dry-run"]
    code, printed = said("campaign", *words, "--runs", runs)
    assert (code, "Nothing was written" in printed) == (0, True)
    assert not (runs / "campaigns" / "mail").exists()


def test_who_is_in_a_running_control_group_is_in_no_list_unless_asked(runs, crm):
    made = clustera.load("april", runs=runs).launch_campaign("now", "next_basket", control="30%")
    control = set(made.assignments.loc[made.assignments["group"] == "control", "customer"])
    assert said("audience", "save", "All", "everyone", "--runs", runs)[0] == 0
    audience = clustera.load("april", runs=runs).audience("All")
    plain = audience.prepare_export("klaviyo", crm)
    assert not control & set(pd.DataFrame(plain.export.rows, columns=plain.export.header)["External ID"])
    asked = audience.prepare_export("klaviyo", crm, include_controls=True)
    assert control & set(pd.DataFrame(asked.export.rows, columns=asked.export.header)["External ID"])
    other = clustera.load("april", runs=runs).prepare_campaign("other", segments=[1, 2, 3], control="10%")
    other.launch()
    assert not control & set(clustera.load_campaign("other", runs=runs).assignments["customer"])
    assert other.record.in_other_control == len(control)


@pytest.mark.parametrize("control", [None, "20%"])
@pytest.mark.parametrize("more", [{}, {"exclude_running": True}, {"include_controls": True}])
def test_every_customer_between_the_plan_and_the_list_is_in_a_step(runs, crm, tmp_path, control, more):
    seg = clustera.load("april", runs=runs)
    seg.launch_campaign("now", segments=[2], control="30%")
    assert said("audience", "save", "All", "everyone", "--runs", runs)[0] == 0
    held = [*("audience", "export", "All", "--holdout", "10%", "--contacts", crm, "--for", "generic"), "--runs", runs]
    assert said(*held, "--output", tmp_path / "all.csv")[0] == 0
    planned = whole_of(seg.plan_campaign("next_basket"))[0]
    everybody = set(seg.customers.loc[seg.customers["action"] == "Next-purchase offer", "id"])
    for name, contacts in (("plain", None), ("mail", crm)):
        prepared = seg.prepare_campaign(name, "next_basket", control=control, contacts=contacts, **more)
        record, folder = prepared.record, prepared.launch().folder
        left = pd.read_csv(folder / "left_out.csv", dtype=str)
        listed = set(pd.read_csv(folder / "contact.csv", dtype=str)["id"])
        assert sorted([*listed, *left["customer"]]) == sorted(everybody)
        groups = pd.read_csv(folder / "assignments.csv", dtype=str).set_index("customer")["group"]
        codes = left.set_index("customer")["code"]
        assert set(codes.index[codes == "campaign-control"]) == set(groups.index[groups == "control"])
        assert (codes == "audience-hold-out").sum() == record.held_out
        assert codes.isin(["audience-hold-out", "other-control"]).sum() == record.in_other_control
        shutil.rmtree(folder)
        rows = texts.step_rows(record.steps)
        assert (rows[0][1], rows[-1][1], rows[-2][1]) == (planned, record.contact, record.customers)
        assert all(gone >= 0 for _, _, gone in rows)
        assert planned - sum(gone for _, _, gone in rows) == record.contact
        told = " ".join(texts.control_sentences(record))
        short = int(0.2 * record.customers + 0.5) - record.control
        if control and short:
            assert f"{record.control:,} were drawn" in told
            assert f"{abs(short)} {'fewer' if short > 0 else 'more'}, because each customer is drawn" in told
        if not control:
            assert f"Of the {planned:,} customers planned, the run marked {record.marked:,}" in told


def test_an_audience_takes_part_by_its_definition_or_its_name(runs):
    seg = clustera.load("april", runs=runs)
    definition = "spend > 500"
    assert said("audience", "save", "Big", definition, "--runs", runs)[0] == 0
    ids = set(seg.audience(definition).customers()["id"])
    for audience in (definition, "Big", pd.DataFrame({"id": sorted(ids)})):
        prepared = clustera.load("april", runs=runs).prepare_campaign("x", audience=audience, day="2024-09-01")
        assert set(prepared.launch().assignments["customer"]) == ids
        shutil.rmtree(runs / "campaigns" / "x")


@pytest.mark.parametrize("word", ["control", "Holdout", "0"])
def test_a_list_with_groups_of_its_own_is_no_audience(runs, tmp_path, word):
    ids = clustera.load("april", runs=runs).customers["id"].head(40)
    groups = pd.DataFrame({"id": ids, "group": ["contact", word] * 20})
    groups.to_csv(tmp_path / "drawn.csv", index=False)
    told = said("campaign", "launch", "x", "april", "--audience", tmp_path / "drawn.csv", "--runs", runs)
    assert told[0] == 3
    assert "its control group must not be contacted" in told[1]
    assert not (runs / "campaigns" / "x").exists()


def test_the_list_to_contact_has_nobody_of_the_control_group(spring):
    listed = pd.read_csv(spring[0].folder / "contact.csv", dtype={"id": str})
    groups = spring[0].assignments.set_index("customer")["group"]
    assert list(groups[listed["id"]].unique()) == ["contact"]
    assert len(listed) == spring[0].record.contact


def test_what_it_brought_is_in_its_interval(spring, runs):
    made, log = spring
    found = clustera.load_campaign("spring", runs=runs).results(log)
    contact = made.assignments["group"] == "contact"
    assert found.decision == "works"
    # Who would buy anyway needs no campaign: 30 % of those who would not.
    base = found.record.parts[0].control.buyers / (~contact).sum()
    effect = found.record.parts[0].buyers
    assert effect.low < 0.3 * (1 - base) < effect.high


def test_who_only_returned_something_is_not_among_those_who_bought(spring, runs):
    made, log = spring
    apart = sorted(set(log["customer_id"]) - set(made.assignments["customer"]))
    day = pd.to_datetime(log["order_date"])
    during = (day >= LAUNCH) & (day < LAUNCH + pd.Timedelta(days=30))
    quiet = sorted(set(apart) - set(log[during]["customer_id"]))[:3]
    back = pd.DataFrame({"customer_id": quiet, "order_date": LAUNCH + pd.Timedelta(days=3), "amount": -5.0})
    campaign = clustera.load_campaign("spring", runs=runs)
    plain = campaign.results(log).record
    with_returns = campaign.results(pd.concat([log, back.astype({"order_date": log["order_date"].dtype})])).record
    assert len(quiet) == 3
    assert with_returns.others == plain.others
    assert with_returns.others_revenue == pytest.approx(plain.others_revenue - 15)


def test_counts_are_those_of_pandas(spring, runs):
    made, log = spring
    found = clustera.load_campaign("spring", runs=runs).results(log)
    day = pd.to_datetime(log["order_date"])
    during = log[(day >= LAUNCH) & (day < LAUNCH + pd.Timedelta(days=30))]
    groups = made.assignments.set_index("customer")["group"]
    bought = during.assign(group=during["customer_id"].map(groups).fillna("neither"))
    by = bought.groupby("group")
    whole = found.record.parts[0]
    assert whole.contact.buyers == by["customer_id"].nunique()["contact"]
    assert whole.control.revenue == pytest.approx(by["amount"].sum()["control"])
    assert found.record.others == by["customer_id"].nunique()["neither"]
    assert found.record.others_revenue == pytest.approx(by["amount"].sum()["neither"])


def test_customers_of_whom_the_log_has_no_order_are_counted(spring, runs):
    made, log = spring
    missing = set(made.assignments["customer"][:25])
    found = clustera.load_campaign("spring", runs=runs).results(log[~log["customer_id"].astype(str).isin(missing)])
    assert found.record.not_in_log == 25
    assert any("also not before the campaign: 25." in sentence for sentence in found.sentences())


def test_no_money_of_the_days_is_lost(spring, runs):
    _, log = spring
    record = clustera.load_campaign("spring", runs=runs).results(log).record
    day = pd.to_datetime(log["order_date"])
    during = log.loc[(day >= LAUNCH) & (day < LAUNCH + pd.Timedelta(days=30)), "amount"].sum()
    whole = record.parts[0]
    assert whole.contact.revenue + whole.control.revenue + record.others_revenue == pytest.approx(during)


def test_the_action_says_afterwards_what_was_measured(spring, runs):
    _, log = spring
    clustera.load_campaign("spring", runs=runs).results(log)
    seg = clustera.load("april", runs=runs)
    rows = seg.actions[seg.actions["action_code"] == "next_basket"]
    assert rows["measured"].str.fullmatch(r"measured \+\d+\.\d points of buyers \[[+−]\d+\.\d, \+\d+\.\d\]").all()
    assert (rows["measured_low"] < rows["measured_effect"]).all()
    assert rows["measured_in"].eq("spring").all()
    assert seg.actions.loc[seg.actions["action_code"] != "next_basket", "measured"].isna().all()
    assert "campaign spring, 30 days from May 1, 2024" in seg.report_html()
    code, printed = said("show", "april", "--runs", runs)
    assert (code, "measured +" in printed) == (0, True)


def test_the_next_run_and_the_next_plan_know_what_was_measured(shop, spring, runs):
    _, log = spring
    clustera.load_campaign("spring", runs=runs).results(log)
    like = clustera.load("april", runs=runs)
    with clustera.segment(orders=log, like=like, value=False, progress=False) as seg:
        place = seg.publish(runs, name="may")
    written = pd.read_csv(place / "actions.csv")
    assert written.loc[written["action_code"] == "next_basket", "measured_in"].eq("spring").all()
    plan = clustera.load("may", runs=runs).plan_campaign("next_basket")
    assert {part.measured.campaign for part in plan.record.audiences} == {"spring"}


def test_too_early_is_no_measurement(spring, runs):
    _, log = spring
    found = clustera.load_campaign("spring", runs=runs).results(log, until="2024-05-01")
    assert found.decision == "too early"
    assert clustera.load("april", runs=runs).actions["measured"].isna().all()


def test_a_later_look_replaces_an_earlier_one_and_not_the_other_way(spring, runs):
    _, log = spring
    campaign = clustera.load_campaign("spring", runs=runs)
    campaign.results(log, until="2024-05-20")
    campaign.results(log)
    campaign.results(log, until="2024-05-10")
    assert campaign.last_results.record.days == 30


def test_orders_dated_after_today_are_counted_as_not_counted(spring, runs):
    _, log = spring
    campaign, late = clustera.load_campaign("spring", runs=runs), int((log["order_date"] > "2024-05-20").sum())
    found = campaign.results(log, today="2024-05-20")
    assert found.record.future_lines == late > 1
    assert any(f"{late:,} order lines are dated after today; they are not counted." in s for s in found.sentences())
    assert campaign.results(log).record.future_lines == 0


def test_a_last_day_after_today_is_refused(spring, runs):
    _, log = spring
    campaign = clustera.load_campaign("spring", runs=runs)
    with pytest.raises(
        clustera.InputError, match="The last day to count is 2024-05-21, which is after today, 2024-05-20"
    ):
        campaign.results(log, until="2024-05-21", today="2024-05-20")
    with pytest.raises(clustera.InputError, match="after today"):
        campaign.uplift(log, until="2024-05-31", today="2024-05-20")
    assert campaign.last_results is None


def test_a_log_that_ends_before_the_launch_is_refused(shop, runs):
    with pytest.raises(clustera.InputError, match="complete up to 2024-04-30; the campaign began on 2024-05-01"):
        clustera.load_campaign("spring", runs=runs).results(shop[1])


def test_a_campaign_is_never_overwritten(runs):
    before = (runs / "campaigns" / "spring" / "campaign.json").read_bytes()
    code, printed = said("campaign", "launch", "spring", "april", "--action", "next_basket", "--runs", runs)
    assert (code, "There is already a campaign 'spring'" in printed) == (5, True)
    assert (runs / "campaigns" / "spring" / "campaign.json").read_bytes() == before


def test_customers_of_a_campaign_that_goes_on_are_told_or_left_out(runs):
    seg = clustera.load("april", runs=runs)
    told = seg.launch_campaign("second", "next_basket", control="20%", day="2024-05-20")
    assert told.record.overlaps[0].customers == told.record.customers
    left = seg.launch_campaign("third", segments=[1, 2, 3], day="2024-05-20", exclude_running=True)
    ids = set(told.assignments["customer"])
    assert not ids & set(left.assignments["customer"])
    assert seg.launch_campaign("later", "next_basket", day="2024-07-01").record.overlaps == ()


@pytest.mark.parametrize("include_controls", [False, True])
def test_a_later_campaign_to_one_group_alone_is_told_with_the_results(spring, runs, include_controls):
    made, log = spring
    terms = {"control": "20%", "include_controls": include_controls}
    later = clustera.load("april", runs=runs).launch_campaign("second", "next_basket", day="2024-05-20", **terms)
    reached = set(later.assignments.query("group == 'contact'")["customer"])
    campaign = clustera.load_campaign("spring", runs=runs)
    found = campaign.results(log)
    told = [(one.campaign, one.contact, one.control) for one in found.record.elsewhere]
    contact = made.assignments.query("group == 'contact'")["customer"].isin(reached).sum()
    assert told == ([] if include_controls else [("second", contact, 0)])
    assert ("both campaigns brought together" in " ".join(found.sentences())) is not include_controls
    assert campaign.last_results.record.elsewhere == found.record.elsewhere
    assert campaign.results(log, until="2024-05-19").record.elsewhere == (), "the other one had not begun"
    assert later.results(log).record.elsewhere == (), "it draws among those of both groups whom it contacts"


def test_customers_who_got_it_anyway_or_did_not_are_told_and_stay(spring, runs):
    made, log = spring
    groups = made.assignments
    control, contact = (groups.loc[groups["group"] == g, "customer"] for g in ("control", "contact"))
    reached = pd.DataFrame({"customer": [*control[:5], *contact[7:], "nobody"]})
    campaign = clustera.load_campaign("spring", runs=runs)
    found, plain = campaign.results(log, contacted=reached).record, campaign.results(log).record
    assert (found.contacted_control, found.not_contacted, found.contacted_unknown) == (5, 7, 1)
    assert found.parts == plain.parts


CAUSAL = ("because", "incremental", "made a difference", "it works", "it does harm", "interval", "profit")


def test_groups_that_were_chosen_give_no_causal_sentence(spring, runs, tmp_path):
    made, log = spring
    log.to_csv(tmp_path / "log.csv", index=False)
    made.assignments.to_csv(tmp_path / "groups.csv", index=False)
    asked = ["campaign", "results", "--assignments", tmp_path / "groups.csv", "--orders", tmp_path / "log.csv"]
    code, printed = said(*asked, "--day", "2024-05-01", "--days", "30", "--runs", runs)
    assert code == 0
    assert "Not randomized" in printed
    assert not [word for word in CAUSAL if word in printed.lower()]
    code, printed = said(
        *asked, "--day", "2024-05-01", "--days", "30", "--randomized", "--control", "50%", "--runs", runs
    )
    assert "It works." in printed
    code, printed = said(
        "campaign", "results", "spring", "--orders", tmp_path / "log.csv", "--not-randomized", "--runs", runs
    )
    assert not [word for word in CAUSAL if word in printed.lower()]


def test_a_table_of_outcomes_measures_like_the_log(spring, runs):
    made, log = spring
    day = pd.to_datetime(log["order_date"])
    during = log[(day >= LAUNCH) & (day < LAUNCH + pd.Timedelta(days=30))]
    spent = during.groupby("customer_id")["amount"].sum().rename("revenue").rename_axis("customer").reset_index()
    campaign = clustera.load_campaign("spring", runs=runs)
    table, logged = campaign.results(outcomes=spent).record, campaign.results(log).record
    assert table.parts[0].contact.buyers == logged.parts[0].contact.buyers
    assert table.parts[0].control.revenue == pytest.approx(logged.parts[0].control.revenue)
    assert table.others == logged.others
    assert table.not_in_table == len(made.assignments) - made.assignments["customer"].isin(spent["customer"]).sum()


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"customer": ["a", "b"], "group": ["contact", "maybe"]}, "'maybe' in the column 'group'"),
        ({"customer": ["a", "a"], "group": ["contact", "control"]}, "1 customer is in the table more than once: 'a'"),
        ({"customer": ["a", None], "group": ["contact", "control"]}, "1 row has no customer"),
        ({"who": ["a"], "group": ["contact"]}, "called like the customer's id"),
    ],
)
def test_groups_that_say_nothing_clear_are_refused(groups, message):
    outcomes = pd.DataFrame({"customer": ["a"], "outcome": [1]})
    with pytest.raises(clustera.InputError, match=message):
        clustera.measure_campaign(pd.DataFrame(groups), outcomes=outcomes, day="2024-05-01", days=30)


def test_the_hold_out_of_an_exported_audience_is_known_to_be_drawn(spring, tmp_path):
    made, log = spring
    made.assignments.to_csv(tmp_path / "list.assignments.csv", index=False)
    chosen = clustera.measure_campaign(tmp_path / "list.assignments.csv", log, day="2024-05-01", days=30)
    record = {"name": "regulars", "run": "april", "day": "2024-05-01", "share": 0.5, "seed": "regulars"}
    (tmp_path / "list.holdout.json").write_text(json.dumps(record))
    drawn = clustera.measure_campaign(str(tmp_path / "list.assignments.csv"), log, days=30)
    assert (chosen.decision, drawn.decision) == ("not randomized", "works")
    assert (drawn.record.campaign.name, drawn.record.ratio.holds) == ("regulars", True)
    (tmp_path / "list.holdout.json").write_text("{}")
    with pytest.raises(clustera.InputError, match="does not say how the groups were drawn"):
        clustera.measure_campaign(tmp_path / "list.assignments.csv", log, days=30)


def test_a_launch_that_is_stopped_in_the_middle_leaves_nothing(runs, monkeypatch):
    from clustera.store import campaigns as store

    def stop(folder):
        raise KeyboardInterrupt

    seg = clustera.load("april", runs=runs)
    with monkeypatch.context() as patched:
        patched.setattr(store, "sync_folder", stop)
        with pytest.raises(KeyboardInterrupt):
            seg.launch_campaign("second", "next_basket", day="2024-08-01")
    (runs / "campaigns" / ".partial-killed").mkdir()
    assert [campaign.name for campaign in clustera.list_campaigns(runs)] == ["spring"]
    seg.launch_campaign("second", "next_basket", day="2024-08-01")
    assert not list((runs / "campaigns").glob(".partial-*"))


def test_segments_that_are_called_by_names_are_told_by_their_names():
    random = np.random.default_rng(0)
    groups = pd.DataFrame(
        {
            "customer": np.arange(400),
            "segment": np.where(np.arange(400) % 2, "Regulars", "New"),
            "group": random.choice(["contact", "holdout"], 400),
        }
    )
    bought = pd.DataFrame({"customer": np.arange(400), "bought": random.random(400) < 0.4})
    found = clustera.measure_campaign(groups, outcomes=bought, day="2024-05-01", days=30, randomized=True)
    assert list(found.parts["name"]) == ["All customers", "New", "Regulars"]
    assert found.parts["contact_customers"][1:].sum() == found.parts["contact_customers"][0]


def test_answers_recorded_while_a_campaign_runs_are_an_early_result():
    groups = pd.DataFrame({"customer": np.arange(400), "segment": 1, "group": ["contact", "control"] * 200})
    bought = pd.DataFrame({"customer": np.arange(400), "bought": [True, False] * 190 + [False, True] * 10})
    for day, early in ((1, True), (29, True), (30, False)):
        found = clustera.measure_campaign(
            groups, outcomes=bought, day="2024-05-01", days=30, randomized=True, today=f"2024-05-{day:02}"
        )
        said = str(found)
        assert (found.record.days, found.record.early, found.record.decision) == (day, early, "works")
        assert f"({day} of 30 days)" in said
        assert (f"still runs (day {day} of 30)" in said, "Early result: it works." in said) == (early, early)


def test_plan_launch_and_list_are_printed(runs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "110")
    code, printed = said("campaign", "plan", "april", "--action", "next_basket", "--runs", runs)
    assert (code, "control 20%" in printed, "Next-purchase offer" in printed) == (0, True, True)
    code, printed = said("campaign", "list", "--runs", runs)
    assert (code, "spring" in printed, "not looked at yet" in printed) == (0, True, True)
    code, printed = said("campaign", "list", "--runs", runs, "--json")
    assert [entry["name"] for entry in json.loads(printed)] == ["spring"]


def test_more_days_are_planned_with_the_log(shop, runs):
    _folder, log = shop
    seg = clustera.load("april", runs=runs)
    with pytest.raises(clustera.InputError, match="counted what customers do in 30 days, not in 60"):
        seg.plan_campaign("next_basket", days=60)
    short, long = seg.plan_campaign("next_basket").record, seg.plan_campaign("next_basket", days=60, orders=log).record
    assert long.days == 60
    assert long.audiences[0].base_rate > short.audiences[0].base_rate


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["launch", "a/b", "april", "--action", "next_basket"], "'a/b' can't be the name of a campaign"),
        (["launch", "x", "april", "--action", "next_baskt"], "Did you mean 'next_basket'?"),
        (["launch", "x", "april", "--segments", "9"], "There is no segment 9"),
        (["launch", "x", "april", "--control", "0"], "more than none and less than all"),
        (["launch", "x", "april", "--control", "many"], "'many' is not a share"),
        (["launch", "x", "april", "--day", "soon"], "'soon' is not a date"),
        (["launch", "x", "april", "--margin", "30"], "The margin is 30"),
        (["launch", "x", "april", "--looks", "weekly"], "it must be daily, end or open"),
        (["plan", "april", "--segments", "one"], "is not a list of segment numbers"),
        (["results", "sprig", "--orders", "x.csv"], "Did you mean spring?"),
        (["results"], "Which campaign?"),
        (["results", "spring"], "by a log of orders or by a table of outcomes"),
    ],
)
def test_what_can_not_be_done_is_said_with_its_cure(runs, words, message):
    code, printed = said("campaign", *words, "--runs", runs)
    assert code in (3, 5)
    assert message in printed
    assert "Traceback" not in printed


def test_a_damaged_campaign_is_told_and_the_others_are_listed(runs):
    clustera.load("april", runs=runs).launch_campaign("other", "next_basket", day="2024-08-01")
    (runs / "campaigns" / "other" / "campaign.json").write_text("{")
    code, printed = said("campaign", "list", "--runs", runs)
    assert code == 0
    assert "campaign.json is missing or damaged" in printed
    assert "spring" in printed


def check_page_on_offers():
    """Its command prints what it shows, in the shop of the page on campaigns once spring is measured."""
    page = (Path(__file__).parents[1] / "docs" / "offers.md").read_text(encoding="utf-8")
    (file,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    Path("offers.toml").write_text(file)
    (command,) = re.findall(r"^    clustera (offers [^\n]*)\n", page, re.MULTILINE)
    (shown,) = re.findall(r"^```\n(1,389 of .*?)\n```$", page, re.DOTALL | re.MULTILINE)
    code, printed = said(*shlex.split(command))
    assert (code, [line.rstrip() for line in printed.strip().splitlines()]) == (0, shown.splitlines())
    (python,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(python, "offers.md", "exec"), {"clustera": clustera})


def test_the_pages_on_campaigns_and_offers_show_what_their_commands_print(shop, tmp_path, monkeypatch):
    shutil.copytree(shop[0] / "runs", tmp_path / "runs", ignore=shutil.ignore_patterns("campaigns"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    page = (Path(__file__).parents[1] / "docs" / "campaigns.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^    clustera (campaign [^\n]*)\n\n```\n(.*?)\n```$", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 6
    for command, shown in blocks:
        if "uplift" in command:
            continue  # tests/campaigns/test_uplift.py has a campaign large enough
        code, printed = said(*shlex.split(command))
        assert (code, [line.rstrip() for line in printed.strip().splitlines()]) == (0, shown.splitlines())
        if "launch" in command:
            groups = clustera.load_campaign("spring").assignments
            campaign_log(groups, shop[1], lift=0.35).to_csv("may.csv", index=False)
    groups.to_csv("groups.csv", index=False)
    for command in re.findall(r"^    clustera (campaign .*)\n(?!\n```)", page, re.MULTILINE):
        code, printed = said(*shlex.split(command))
        assert (code, "It works." in printed) == (0, True)
    check_page_on_offers()
    (python,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    shutil.rmtree("runs/campaigns")
    exec(compile(python, "campaigns.md", "exec"), {"clustera": clustera})
