"""A later month judged by an earlier run's definitions: segments stay, customers move, and there is one number for it."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.components.buying import latest_moves
from clustera.features import may_be_one_currency
from clustera.pipeline.keeping import aged_definitions, ranked_outcome
from clustera.records import SegmentValue, count_moves_up
from clustera.segmentation.segmentation import earlier_run
from clustera.store import Store
from clustera.texts.moves import moves_sentence, usual_share


def shop(customers=150, seed=0, first="2017-01-01", last="2017-12-31"):
    """Customers with a pace and a basket of their own, some of whom stop or speed up in the last quarter."""
    random = np.random.default_rng(seed)
    start, end = pd.Timestamp(first), pd.Timestamp(last)
    rows = []
    for customer in range(customers):
        pace, basket = random.choice([5, 12, 30, 60]), random.choice([8, 25, 80])
        change = random.choice([1.0, 1.0, 0.3, 3.0])
        day = start + pd.Timedelta(days=int(random.integers(0, 90)))
        while day <= end:
            rows.append((f"c{customer}", day, round(basket * random.lognormal(0, 0.3), 2)))
            late = day >= end - pd.Timedelta(days=92)
            day += pd.Timedelta(days=int(1 + random.exponential(pace / (change if late else 1.0))))
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"]).sort_values(["date", "customer_id"])


LOGGED = SimpleNamespace()  # that there is a log is all that ranking asks


@pytest.fixture(scope="module")
def december():
    return shop()


@pytest.fixture(scope="module")
def november(december):
    return clustera.segment(orders=december[december.date < "2017-12-01"], k=5, value=False, progress=False)


def test_one_is_the_segment_with_the_highest_revenue_per_customer_not_the_largest(november, december):
    members = november.customers.set_index("id").segment
    revenue = december[december.date < "2017-12-01"].groupby("customer_id").amount.sum().reindex(members.index)
    assert list(revenue.groupby(members).mean().sort_values(ascending=False).index) == [1, 2, 3, 4, 5]
    assert not november.segments.customers.is_monotonic_decreasing


@pytest.fixture(scope="module")
def kept(november, december):
    return clustera.segment(orders=december, like=november, value=False, progress=False)


def moved(before, after, ranking):
    """Up, down, stayed, common: from two tables of customers, with pandas."""
    both = before.merge(after, on="id")
    place = {segment: at for at, segment in enumerate(ranking)}
    old, new = both.segment_x.map(place), both.segment_y.map(place)
    return int((new < old).sum()), int((new > old).sum()), int((new == old).sum()), len(both)


def test_the_definitions_are_those_of_the_earlier_run(november, kept):
    one, two = november.outcome.model, kept.outcome.model
    assert (one.centers, one.segments, one.names, one.window, one.ranking) == (
        two.centers,
        two.segments,
        two.names,
        two.window,
        two.ranking,
    )
    assert one.preparation.features == two.preparation.features


def test_what_was_measured_when_the_segments_were_made_is_told_with_that_day(november, kept, december):
    when = "This was measured when these segments were made, from the orders up to November 30, 2017."
    again = clustera.segment(orders=december, like=kept, value=False, progress=False)
    assert [when in seg.reason for seg in (november, kept, again)] == [False, True, True]
    assert [when in repr(seg) for seg in (november, kept, again)] == [False, True, True]
    assert when in again.report_html()


def test_who_moved_is_one_number_wherever_it_is_asked(november, kept, december):
    ranking = november.outcome.model.ranking
    expected = moved(november.customers, kept.customers, ranking)
    assert expected[0] > 0 < expected[1]
    predicted = moved(november.customers, november.predict(orders=december), ranking)
    last = kept.outcome.behavior.migration.periods[-1]
    common = sum(move.count for move in last.moves)
    asked = [
        (found.up, found.down, round(found.stayed * found.common), found.common)
        for found in (kept.comparison, november.compare(kept))
    ]
    asked.append(
        (
            count_moves_up(last.moves, ranking),
            count_moves_up(last.moves, ranking[::-1]),
            round(last.stayed * common),
            common,
        )
    )
    assert [predicted, *asked] == [expected] * 4


@pytest.mark.parametrize(
    ("seed", "month", "k"),
    [
        (1, "2017-12", 4),
        (2, "2017-10", 5),
        pytest.param(3, "2017-11", 6, marks=pytest.mark.soak),
        pytest.param(4, "2017-09", 3, marks=pytest.mark.soak),
    ],
)
def test_who_moved_is_one_number_for_any_two_months(seed, month, k):
    log, start = shop(customers=90, seed=seed), pd.Timestamp(month)
    known = log[log.date < start + pd.offsets.MonthBegin()]
    days = {"before": start - pd.Timedelta(1, "D"), "after": start + pd.offsets.MonthEnd()}
    before = clustera.segment(orders=known[known.date < start], as_of=f"{days['before']:%Y-%m-%d}", k=k, value=False, progress=False)  # fmt: skip
    after = clustera.segment(orders=known, as_of=f"{days['after']:%Y-%m-%d}", like=before, value=False, progress=False)
    ranking = before.outcome.model.ranking
    expected = moved(before.customers, after.customers, ranking)
    predicted = before.predict(orders=known, as_of=f"{days['after']:%Y-%m-%d}")
    last = after.outcome.behavior.migration.periods[-1]
    common = sum(move.count for move in last.moves)
    asked = [
        (found.up, found.down, round(found.stayed * found.common), found.common)
        for found in (after.comparison, before.compare(after))
    ]
    asked.append(
        (
            count_moves_up(last.moves, ranking),
            count_moves_up(last.moves, ranking[::-1]),
            round(last.stayed * common),
            common,
        )
    )
    assert [moved(before.customers, predicted, ranking), *asked] == [expected] * 4
    recent = known[(known.date < start) & (known.date > days["before"] - pd.Timedelta(91, "D"))]
    each = recent.groupby("customer_id").amount.sum().reindex(before.customers["id"], fill_value=0.0)
    means = each.groupby(before.customers["segment"].to_numpy()).mean().sort_values(ascending=False)
    assert [*after.comparison.ranking] == [*means.index]
    said = f"{expected[0]:,} customers moved up to segments that spend more now, {expected[1]:,} moved down"
    assert said in after.report_html()


@pytest.mark.parametrize(("seed", "days"), [(5, 61), (6, 20)])
def test_what_is_usual_is_who_moved_in_earlier_periods_as_long(seed, days):
    log, end = shop(customers=90, seed=seed, first="2016-09-01"), pd.Timestamp("2017-12-31")
    first, start = log.date.min(), end - pd.Timedelta(days, "D")
    before = clustera.segment(orders=log[log.date <= start], as_of=f"{start:%Y-%m-%d}", k=4, value=False, progress=False)  # fmt: skip
    after = clustera.segment(orders=log, as_of=f"{end:%Y-%m-%d}", like=before, value=False, progress=False)
    usual, ranking = after.outcome.movers.usual, before.outcome.model.ranking
    assert 1 < len(usual) <= 3
    shares = {"up": [], "down": []}
    for period in usual:
        one, two = (pd.Timestamp("1970-01-01") + pd.Timedelta(day, "D") for day in (period.before, period.after))
        assert (two - one).days == days
        assert two <= start
        assert one - pd.Timedelta(after.outcome.model.window - 1, "D") >= first
        known = [before.predict(orders=log[log.date <= day], as_of=f"{day:%Y-%m-%d}") for day in (one, two)]
        up, down, _, common = moved(*known, ranking)
        assert (up, down) == (count_moves_up(period.moves, ranking), count_moves_up(period.moves, ranking[::-1]))
        shares["up"].append(up / common)
        shares["down"].append(down / common)
    told = {name: usual_share(of) for name, of in shares.items()}
    found = after.comparison
    now = {name: f"{100 * getattr(found, name) / found.common:.0f}%" for name in shares}
    begins = f"Usual in {days} days (from {len(usual)} earlier periods): "
    said = f"{begins}{told['up']} up (now {now['up']}), {told['down']} down (now {now['down']})."
    assert said in after.report_html()


def test_a_history_too_short_to_say_what_is_usual_is_told():
    log = shop(customers=60, first="2017-07-01")
    before = clustera.segment(orders=log[log.date <= "2017-10-31"], k=3, value=False, progress=False)
    after = clustera.segment(orders=log, like=before, value=False, progress=False)
    assert after.outcome.movers.usual == ()
    assert "How many usually move in 61 days is not known" in after.report_html()


def test_the_report_says_that_number(kept):
    comparison = kept.comparison
    up, down = f"{comparison.up} customers moved up to segments that spend more now", f"{comparison.down} moved down"
    said = rf"{up}( \([\d&gt;]+\))?, {down}"
    assert len(re.findall(said, kept.report_html())) == 2  # what changed, and who moves


def test_kept_segments_are_none_new_gone_split_or_merged(kept):
    found = kept.comparison
    assert found.same_definitions
    assert (found.new, found.gone, found.split, found.merged) == ((), (), (), ())


def test_the_kept_segments_are_judged_out_of_time(kept):
    judged = kept.outcome.behavior.usefulness
    assert judged[0].groups == "segments"
    assert judged[0].count == kept.k


def test_another_number_of_segments_needs_a_redraw(november, december):
    with pytest.raises(clustera.InputError, match="has 5 segments and its definitions are kept"):
        clustera.segment(orders=december, like=november, k=3, progress=False)
    again = clustera.segment(orders=december, like=november, k=3, redraw=True, value=False, progress=False)
    assert again.k == 3
    assert not again.comparison.same_definitions


def test_other_features_need_a_redraw(november, december):
    with pytest.raises(clustera.InputError, match="are defined by"):
        clustera.segment(orders=december, like=november, features="spend,tenure", progress=False)


def test_a_log_shorter_than_the_window_is_warned_about(november, december):
    found = clustera.segment(orders=december[december.date >= "2017-10-01"], like=november, value=False, progress=False)
    assert "log-shorter-than-window" in set(found.findings.code)


def test_definitions_that_no_longer_fit_are_told(november, december):
    grown = december.assign(amount=december.amount * np.where(december.customer_id.str[-1].isin(list("13579")), 30, 1))
    found = clustera.segment(orders=grown, like=november, value=False, progress=False)
    aged = found.findings[found.findings.code == "aged-definitions"]
    assert len(aged) == 1
    assert "redraw=True" in aged.cure.iloc[0]


def test_definitions_that_fit_are_not_called_aged(kept):
    assert "aged-definitions" not in set(kept.findings.code)


@pytest.mark.parametrize(
    ("drawn", "today", "told"), [(0.05, 0.019, True), (0.05, 0.02, False), (0.013, 0.013, False), (0.013, 0.006, True)]
)
def test_a_segment_is_called_small_only_where_it_shrank(november, drawn, today, told):
    earlier = earlier_run(november)
    evidence = tuple(replace(entry, smallest=drawn) for entry in earlier.selection.evidence)
    earlier = replace(earlier, selection=replace(earlier.selection, evidence=evidence))
    sizes = {1: round(10_000 * today), **dict.fromkeys([2, 3, 4], 2000)}
    sizes[5] = 10_000 - sum(sizes.values())
    assert bool(aged_definitions(earlier, earlier.selection, sizes=sizes, spread=0.0)) is told


def test_a_later_log_that_names_no_currency_is_in_that_of_the_earlier_run(december):
    before, later = december[december.date < "2017-12-01"], december.assign(currency="EUR")
    with clustera.segment(orders=before, k=4, keep_currency="USD", progress=False) as seg:
        for asked in ({}, {"redraw": True}):
            with clustera.segment(orders=december, like=seg, progress=False, **asked) as again:
                assert again.outcome.behavior.money.currency == "USD"
        for orders, asked, said in ((december, {"keep_currency": "CHF"}, "CHF"), (later, {}, "EUR")):
            with pytest.raises(clustera.InputError, match=f"the orders are in {said}, but"):
                clustera.segment(orders=orders, like=seg, progress=False, **asked)
            with clustera.segment(orders=orders, like=seg, redraw=True, progress=False, **asked) as again:
                assert again.outcome.behavior.money.currency == said
        later.loc[later.customer_id.str.endswith(tuple("012")), "currency"] = "USD"
        with clustera.segment(orders=later, like=seg, value=False, progress=False) as again:
            assert again.outcome.behavior.money.currency == "USD"  # fewer lines are, but the segments are told by it


def test_days_since_the_last_order_grow_as_time_passes_and_are_no_drift(december):
    once = pd.DataFrame(
        {"customer_id": [f"once{i}" for i in range(40)], "date": pd.Timestamp("2017-01-01"), "amount": 30.0}
    )
    orders = pd.concat([once, december], ignore_index=True)
    with clustera.segment(orders=orders[orders.date < "2017-12-01"], k=4, value=False, progress=False) as seg:
        assert "days_since_last_order" in {feature.name for feature in seg.outcome.model.preparation.features}
        with clustera.segment(orders=orders, like=seg, value=False, progress=False) as again:
            beyond = again.findings[again.findings.code == "beyond-known-range"]
            assert "days_since_last_order" not in set(beyond.column)


def test_a_redraw_never_carries_a_name_to_a_segment_that_shares_half_or_less(november, december):
    grown = december.assign(amount=december.amount * np.where(december.customer_id.str[-1].isin(list("13579")), 30, 1))
    again = clustera.segment(orders=grown, like=november, redraw=True, value=False, progress=False)
    before, after = november.customers.set_index("id").segment, again.customers.set_index("id").segment
    both = before.index.intersection(after.index)
    for segment in set(november.names) & set(again.names):
        old, new = set(both[before[both] == segment]), set(both[after[both] == segment])
        assert len(old & new) > 0.5 * len(old | new)


# ---- customer tables


@pytest.fixture(scope="module")
def people():
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "customer_id": range(1, 401),
            "age": random.integers(18, 80, 400),
            "income": random.lognormal(10, 0.4, 400).round(),
            "plan": random.choice(["basic", "plus"], 400),
        }
    )


def test_a_customer_table_is_judged_by_the_earlier_definitions(people):
    before = clustera.segment(people, k=4, progress=False)
    richer = people.assign(income=people.income * np.where(people.customer_id % 10 == 0, 2.5, 1.0))
    after = clustera.segment(richer, like=before, progress=False)
    assert after.outcome.model.centers == before.outcome.model.centers
    pd.testing.assert_series_equal(after.customers.segment, before.predict(richer).segment)
    assert after.comparison.common == 400
    assert after.comparison.up is None  # nothing says which segment spends more
    assert {share.descriptor for profile in after.outcome.segments for share in profile.descriptors} == {"plan"}


def test_the_same_table_moves_nobody(people):
    before = clustera.segment(people, k=4, progress=False)
    after = clustera.segment(people, like=before, progress=False)
    assert after.comparison.stayed == 1
    pd.testing.assert_frame_equal(after.customers[before.customers.columns], before.customers)
    assert (after.customers.segment_before == after.customers.segment).all()
    assert (after.customers.name_before == after.customers.name).all()


def test_what_a_name_says_is_kept_with_the_run_and_a_persons_name_says_nothing(people, tmp_path):
    with clustera.segment(people, k=4, progress=False) as before:
        before.publish(tmp_path, name="march")
        said = {profile.segment: profile.basis for profile in before.outcome.segments}
    wrong = "Low earners" if "ow" not in before.names[1] else "High earners"  # our words, and not true of the segment
    Store(tmp_path).rename("march", 1, wrong)
    after = clustera.segment(people, like=clustera.load("march", runs=tmp_path), progress=False)
    assert after.names == before.names | {1: wrong}
    assert {profile.segment: profile.basis for profile in after.outcome.segments} == said | {1: None}
    assert all(said.values())


def test_the_command_keeps_definitions_and_says_who_moved(december, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    december[december.date < "2017-12-01"].to_csv("november.csv", index=False)
    december.to_csv("december.csv", index=False)

    def run(*words):
        return CliRunner().invoke(app, list(words))

    first = run("segment", "--orders", "november.csv", "--k", "5", "--set", "value=false", "--name", "november")
    assert first.exit_code == 0, first.output
    second = run(
        "segment", "--orders", "december.csv", "--like", "november", "--set", "value=false", "--name", "december"
    )
    assert second.exit_code == 0, second.output
    assert re.search(r"moved\s+up\s+to\s+segments", second.output)
    compared = run("compare", "november", "december")
    said = next(line for line in second.output.splitlines() if "moved up" in line)
    assert said.split(": ", 1)[1] in compared.output


def test_tables_are_sorted_by_number_also_after_a_redraw_in_which_the_sizes_changed():
    def table(small, large):
        rng = np.random.default_rng(2)
        spend = np.r_[rng.normal(10, 1, small), rng.normal(90, 1, large)]
        visits = np.r_[rng.normal(2, 0.2, small), rng.normal(40, 1, large)]
        ids = np.r_[np.arange(small), np.arange(1000, 1000 + large)]
        return pd.DataFrame({"customer_id": ids, "spend": spend, "visits": visits})

    before = clustera.segment(table(150, 60), k=2, progress=False)
    after = clustera.segment(table(60, 150), k=2, like=before, redraw=True, progress=False)
    assert dict(zip(before.segments.segment, before.segments.customers, strict=True)) == {1: 150, 2: 60}
    assert list(zip(after.segments.segment, after.segments.customers, strict=True)) == [(1, 60), (2, 150)]


def test_up_and_down_go_by_expected_sales_then_by_recent_ones(november, kept):
    """Customers who stop buying never move up because their new segment spent much long ago."""
    outcome = replace(november.outcome, value=None)
    first, *others = (profile.segment for profile in outcome.segments)
    recent = {
        profile.segment: next((found.mean for found in profile.features if found.feature == "recent_spend"), None)
        for profile in outcome.segments
    }
    model = ranked_outcome(outcome, LOGGED).model
    assert None not in recent.values()
    assert (model.ranking, model.ranked_by) == (tuple(sorted(recent, key=lambda s: -recent[s])), "recent")
    expected = [first, *reversed(others)][::-1]
    values = tuple(
        SegmentValue(segment, 10, 10.0, 1.0, 1000.0 - place, 0.0, 0.0, 0.0, 0.0)
        for place, segment in enumerate(expected)
    )
    forecast = ranked_outcome(replace(outcome, value=SimpleNamespace(segments=values)), LOGGED)
    assert (forecast.model.ranking, forecast.model.ranked_by) == (tuple(expected), "expected")
    migration = forecast.behavior.migration
    assert (migration.ranking, migration.ranked_by) == (tuple(expected), "expected")
    later = ranked_outcome(replace(kept.outcome, value=SimpleNamespace(segments=values[::-1])), LOGGED, forecast.model)
    assert (later.comparison.ranking, later.comparison.ranked_by) == (tuple(expected), "expected")
    turned = tuple(replace(value, segment=other.segment) for value, other in zip(values, values[::-1], strict=True))
    for model in (forecast.model, later.model, replace(later.model, ranked_by="expected then")):
        found = ranked_outcome(replace(kept.outcome, value=SimpleNamespace(segments=turned)), LOGGED, model)
        assert (found.comparison.ranking, found.comparison.ranked_by) == (tuple(expected), "expected then")
        assert "to segments first expected to spend more" in moves_sentence(found.comparison)
        back = ranked_outcome(replace(kept.outcome, value=SimpleNamespace(segments=values)), LOGGED, found.model)
        assert back.comparison.ranked_by == "expected"


@pytest.mark.parametrize("hardly", [0.0, 0.05])
def test_segments_that_spent_next_to_nothing_lately_are_ranked_by_what_they_spent_before(november, hardly):
    """Nobody moves "down to a segment that spends less now" from 0 to 0: the sentence then says that it is of before."""
    best, *_, least = (profile.segment for profile in november.outcome.segments)
    lately = {best: 100.0, least: hardly}  # one of the lapsed came back for a trifle
    spent = {profile.segment: 100.0 + profile.segment for profile in november.outcome.segments} | {least: 1.0}
    quiet = tuple(
        replace(
            profile,
            features=tuple(
                replace(
                    f,
                    mean={"recent_spend": lately.get(profile.segment, 0.0), "spend": spent[profile.segment]}.get(
                        f.feature, f.mean
                    ),
                )
                for f in profile.features
            ),
        )
        for profile in november.outcome.segments
    )
    found = ranked_outcome(replace(november.outcome, value=None, segments=quiet), LOGGED)
    assert found.model.ranking == (best, *sorted({*spent} - {best}, key=lambda segment: -spent[segment]))
    assert found.model.ranked_by == "recent or before"
    moved = latest_moves(found.behavior.migration, found.segments)
    assert "to segments that spend more now, or did before" in moves_sentence(moved)


def test_days_of_customers_are_dates_and_earlier_segments_whole_numbers(kept, december):
    customers = kept.customers
    last = december.groupby("customer_id")["date"].max()
    assert (customers["last_order"].dt.normalize() == customers["id"].map(last)).all()
    assert customers["next_order"].dt.year.min() >= 2017
    assert str(customers["segment_before"].dtype) == "Int64"


def test_orders_are_no_customers_of_a_run_of_a_table():
    orders = shop(40)
    table = orders.groupby("customer_id", as_index=False).agg(spend=("amount", "sum"), lines=("amount", "size"))
    earlier = clustera.segment(table, k=2, progress=False)
    with pytest.raises(clustera.InputError, match="made from a customer table") as raised:
        clustera.segment(orders=orders, like=earlier, progress=False)
    assert "customer table with the same features" in raised.value.hint


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        *(("$", code, True) for code in ("USD", "CAD", "ARS", "$", "")),
        *(("$", code, False) for code in ("EUR", "GBP", "INR", "¥", "kr")),
        *(("kr", code, True) for code in ("SEK", "NOK", "DKK")),
        *(("¥", code, True) for code in ("JPY", "CNY")),
        ("¥", "USD", False),
        ("points", "EUR", True),
    ],
)
def test_a_sign_of_several_currencies_is_none_that_has_another_sign(one, other, may_be):
    assert may_be_one_currency(one, other) is may_be_one_currency(other, one) is may_be


@pytest.mark.parametrize(("now", "refused"), [("EUR", True), ("$", False), ("usd", False), (None, False)])
def test_amounts_in_another_currency_than_the_segments_go_by_are_refused(now, refused):
    log = shop()
    asked = {"value": False, "progress": False, "threads": 1}
    later = log.assign(currency=now) if now else log
    with clustera.segment(orders=log.assign(currency="USD"), as_of="2017-11-30", k=3, **asked) as first:
        if refused:
            with pytest.raises(clustera.InputError, match="the orders are in EUR, but the segments of .* in USD"):
                clustera.segment(orders=later, like=first, **asked)
        with clustera.segment(orders=later, like=first, redraw=refused, **asked) as second:
            assert second.outcome.comparison.common > 0


@pytest.mark.parametrize("refunds", [0, 1])
def test_a_kept_segment_without_buyers_has_no_forecast_and_no_action(december, tmp_path, monkeypatch, refunds):
    monkeypatch.chdir(tmp_path)
    with clustera.segment(orders=december, as_of="2017-11-30", k=3, progress=False, threads=1) as first:
        first.save("november")
        least = first.segments.segment.iloc[-1]
        now = first.predict(orders=december)
    gone = december.customer_id.isin(now.id[now.segment == least])
    back = pd.DataFrame({"customer_id": ["c999"], "date": pd.Timestamp("2017-06-01"), "amount": -5.0})
    pd.concat([december[~gone], *[back] * refunds]).to_csv("orders.csv", index=False)
    asked = ["segment", "--orders", "orders.csv", "--like", "november", "--name", "december"]
    printed = CliRunner().invoke(app, asked, env={"COLUMNS": "200"})
    assert printed.exit_code == 0, printed.exception
    with clustera.load("december") as later:
        assert later.segments.customers.iloc[-1] == refunds
        assert later.actions.sales_12_months.sum() == pytest.approx(december[~gone].amount.sum())
        for segment in later.segments.segment:
            row = next(line for line in printed.output.splitlines() if re.match(rf" *{segment}   ", line))
            bought = later.customers.query("segment == @segment").last_order.notna().any()
            assert (" –  " in row) is not bought
            assert (later.actions.segment == segment).any() == bought
            assert "()" not in row
        assert ("No customer is in this segment now" in later.report_html()) is (refunds == 0)
