"""The lists: who gets which items, under which rules, and what happens to logs that are short, small or dirty."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.errors import InputError, RunError
from tests.recommender.conftest import FIRST, habitual_log


@pytest.fixture(scope="module")
def found(habits):
    return clustera.recommend(habits, by="product")


def test_nobody_is_lost_and_no_list_is_too_long_or_names_an_item_twice(found, habits):
    lists = found.table.groupby("id")
    assert set(lists.groups) == set(habits["customer_id"].astype(str))
    assert (lists.size() <= 5).all()
    assert (lists["item"].nunique() == lists.size()).all()
    assert (lists["rank"].agg(list).map(lambda ranks: ranks == list(range(1, len(ranks) + 1)))).all()


def test_probabilities_fall_with_the_rank_and_lie_between_0_and_1(found):
    assert found.table["probability"].between(0, 1).all()
    assert (found.table.groupby("id")["probability"].diff().dropna() <= 0).all()


def test_repeat_means_that_the_customer_has_bought_it_and_new_that_not(found, habits):
    bought = set(zip(habits["customer_id"].astype(str), habits["product"], strict=True))
    own = [pair in bought for pair in zip(found.table["id"], found.table["item"], strict=True)]
    assert ((found.table["kind"] == "repeat") == own).all()
    assert 0 < np.mean(own) < 1


def test_a_log_of_three_days_says_nothing_about_more_days_than_it_has():
    days = pd.DataFrame({"customer_id": [1, 2], "date": ["2024-01-01", "2024-01-03"], "amount": 5, "product": "A"})
    found = clustera.recommend(days)
    assert "in the 3 days after January 3, 2024" in repr(found)
    assert (found.table["probability"] < 0.9).all()


def test_one_of_something_is_one():
    days = pd.DataFrame({"customer_id": 1, "date": ["2024-01-01", "2024-02-01"], "amount": 5, "product": "A"})
    assert "1 recommendation for 1 customer, from 1 product." in repr(clustera.recommend(days))


def test_probabilities_are_those_that_come_true():
    whole = habitual_log(800, seed=5, days=300)
    dates = pd.to_datetime(whole["order_date"])
    cut = FIRST + pd.Timedelta(days=232)
    found = clustera.recommend(whole[dates < cut], by="product", days=60, as_of=(cut - pd.Timedelta(days=1)).date())
    later = whole[(dates >= cut) & (dates < cut + pd.Timedelta(days=60))]
    bought = set(zip(later["customer_id"].astype(str), later["product"], strict=True))
    true = np.array([pair in bought for pair in zip(found.table["id"], found.table["item"], strict=True)])
    for kind in ("repeat", "new"):
        own = (found.table["kind"] == kind).to_numpy()
        assert own.sum() > 200
        assert found.table["probability"][own].mean() == pytest.approx(true[own].mean(), abs=0.05)


def test_the_reason_says_what_the_log_says(found, habits):
    row = found.table[found.table["reason_code"] == "every"].iloc[0]
    own = habits[(habits["customer_id"].astype(str) == row["id"]) & (habits["product"] == row["item"])]
    days = pd.to_datetime(own["order_date"]).drop_duplicates().sort_values()
    gap, since = days.diff().dt.days.mean(), (pd.to_datetime(habits["order_date"]).max() - days.max()).days
    assert (row["purchases"], row["days_since"]) == (len(days), since)
    assert row["days_between"] == pytest.approx(gap)
    assert re.match(rf"bought every {round(gap)} days, last ", row["reason"])


def test_what_goes_together_is_counted_in_baskets(found, habits):
    row = found.table[found.table["reason_code"] == "basket"].iloc[0]
    baskets = habits.groupby(["customer_id", "order_date"])["product"].agg(set)
    partner = baskets[baskets.map(lambda basket: row["goes_with"] in basket)]
    share = partner.map(lambda basket: row["item"] in basket).mean()
    overall = baskets.map(lambda basket: row["item"] in basket).mean()
    assert row["share"] == pytest.approx(share)
    assert row["lift"] == pytest.approx(share / overall)
    pair = found.affinities.query("item == 'wine' and other == 'cheese'").iloc[0]
    both = baskets.map(lambda basket: {"wine", "cheese"} <= basket)
    assert (pair["baskets"], pair["support"]) == (both.sum(), pytest.approx(both.mean()))


def test_an_excluded_item_is_in_no_list(habits, tmp_path):
    (tmp_path / "never.csv").write_text("product\nmilk\nwine\nlard\n")
    for given in (["milk", "wine", "lard"], str(tmp_path / "never.csv")):
        found = clustera.recommend(habits, by="product", exclude=given)
        assert not set(found.table["item"]) & {"milk", "wine"}
        assert (found.record.excluded, found.record.unknown) == (2, ("lard",))


def test_only_what_is_in_stock_with_a_margin_is_recommended_the_dearest_margin_first(habits):
    table = pd.DataFrame(
        {
            "item": ["milk", "bread", "wine", "beer", "tea"],
            "stock": [5, 0, 2, 1, 9],
            "margin": [0.1, 1.0, 4.0, 2.0, None],
        }
    )
    found = clustera.recommend(habits, by="product", items=table)
    assert set(found.table["item"]) == {"milk", "wine", "beer"}
    worth = found.table["probability"] * found.table["item"].map({"milk": 0.1, "wine": 4.0, "beer": 2.0})
    assert (worth.groupby(found.table["id"]).diff().dropna() <= 1e-12).all()
    assert found.record.by_margin


def test_stock_and_margin_are_read_as_amounts_of_a_log_are(habits):
    # A decimal comma in some cells alone: 12,50 was taken for a cell without a number, and the item never recommended.
    items = ["milk", "bread", "wine", "beer", "tea"]
    comma = pd.DataFrame({"item": items, "inventory_quantity": ["1.250", "3", "2", "0", "-"], "margin": ["0,10", "1", "4,00 €", "2", "1"]})  # fmt: skip
    point = pd.DataFrame({"item": items, "stock": [1250, 3, 2, 0, None], "margin": [0.1, 1.0, 4.0, 2.0, 1.0]})
    found = clustera.recommend(habits, by="product", items=comma)
    assert set(found.table["item"]) == {"milk", "bread", "wine"}
    pd.testing.assert_frame_equal(found.table, clustera.recommend(habits, by="product", items=point).table)


def test_a_stock_or_margin_that_is_no_number_is_refused(habits):
    table = pd.DataFrame({"item": ["milk", "wine"], "stock": ["5", "sold out"]})
    with pytest.raises(
        InputError, match="1 cell of the column 'stock' of the table of items is no number: 'sold out'."
    ):
        clustera.recommend(habits, by="product", items=table)
    with pytest.raises(InputError, match="2 cells of the column 'margin' .* are no numbers, such as '30%'."):
        clustera.recommend(habits, by="product", items=table.drop(columns="stock").assign(margin=["30%", "40%"]))


def test_columns_of_the_table_of_items_that_are_not_used_are_named(habits):
    found = clustera.recommend(habits, by="product", items=pd.DataFrame({"item": ["milk"], "shelf": [0]}))
    assert found.record.unread == ("shelf",)
    assert "Columns of the table of items that are neither item, stock nor margin: shelf." in str(found)


def test_items_to_exclude_may_be_an_array_or_a_column(habits):
    for given in (np.array(["milk", "wine"]), pd.Series(["milk", "wine"]), pd.Index(["milk", "wine"])):
        assert clustera.recommend(habits, by="product", exclude=given).record.excluded == 2


def test_what_nobody_buys_twice_is_not_recommended_to_who_has_it(found):
    assert found.record.durable == ("spade",)
    assert not ((found.table["item"] == "spade") & (found.table["kind"] == "repeat")).any()


def test_at_most_so_many_of_one_category(habits):
    found = clustera.recommend(habits, by="product", per_category=2)
    category = habits.drop_duplicates("product").set_index("product")["category"]
    assert found.table.groupby(["id", found.table["item"].map(category)]).size().max() == 2


@pytest.mark.parametrize("only", ["repeat", "new"])
def test_only_repeats_or_only_new_items(habits, only):
    assert set(clustera.recommend(habits, by="product", only=only).table["kind"]) == {only}


def test_the_same_log_gives_the_same_lists_whatever_the_order_of_its_lines(found, habits):
    mixed = habits.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(clustera.recommend(mixed, by="product").table, found.table)


def test_a_model_that_is_no_better_than_the_simple_rule_is_not_used():
    # Everybody buys the same items at random: there is nothing to learn.
    random = np.random.default_rng(2)
    n = 9_000
    log = pd.DataFrame(
        {
            "customer": random.integers(0, 300, n),
            "date": FIRST + pd.to_timedelta(random.integers(0, 300, n), unit="D"),
            "product": np.char.add("item ", random.integers(0, 15, n).astype(str)),
            "amount": 2.0,
        }
    )
    found = clustera.recommend(log)
    record = found.record
    assert (record.new_model, record.new_choice) == ("popular", "not better")
    assert "no better than this simple rule" in " ".join(found.sentences())
    score = {(s.part, s.model): s for s in record.scores}["new", "similar"]
    assert score.difference < 1.96 * score.difference_error


def test_the_scores_are_those_of_the_rules_on_later_purchases(found):
    scores = found.scores.set_index(["part", "model"])
    assert scores.loc[("repeat", "frequency"), "difference"] == 0
    assert scores.loc[("repeat", "history"), "difference"] > 0
    assert scores.loc[("new", "similar"), "ndcg"] > scores.loc[("new", "popular"), "ndcg"]
    assert found.record.repeat_model == "history"
    assert found.record.cut == found.record.as_of + 1 - found.record.days


def lines(**columns):
    base = {"customer": "ann", "date": "2024-03-01", "product": "tea", "amount": 4.0}
    return pd.DataFrame(
        {name: columns.get(name, base[name]) for name in base} | columns, index=range(len(next(iter(columns.values()))))
    )


def test_one_customer_with_one_item():
    found = clustera.recommend(lines(date=["2024-03-01", "2024-03-09"]))
    assert found.table[["id", "item", "kind", "reason"]].values.tolist() == [
        ["ann", "tea", "repeat", "bought on 2 days, last on the snapshot date"]
    ]
    assert found.record.repeat_choice == "short log"
    assert "too short" in " ".join(found.sentences())


def test_what_was_given_back_was_not_bought():
    log = lines(
        date=["2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04"],
        product=["tea", "tea", "mug", "pot"],
        amount=[4.0, -4.0, 9.0, 20.0],
    )
    found = clustera.recommend(pd.concat([log, log.assign(customer="bob", amount=abs(log["amount"]))]))
    own = found.table[(found.table["id"] == "ann")]
    assert dict(zip(own["item"], own["kind"], strict=True)) == {"mug": "repeat", "pot": "repeat", "tea": "new"}


def test_lines_without_an_item_count_for_nothing_but_the_customer_stays():
    log = lines(customer=["ann", "ann", "bob", "cid"], product=["tea", None, None, "mug"])
    found = clustera.recommend(log)
    assert set(found.table["id"]) == {"ann", "bob", "cid"}
    assert set(found.table["item"]) == {"tea", "mug"}


def test_who_has_bought_everything_that_may_be_recommended_as_new_gets_nothing():
    found = clustera.recommend(lines(customer=["ann", "bob", "bob"], product=["tea", "tea", "mug"]), only="new")
    assert found.table[["id", "item"]].values.tolist() == [["ann", "mug"]]
    assert found.record.empty == 1


@pytest.mark.parametrize(
    ("log", "given", "words"),
    [
        (lines(product=[None, None]), {}, "names neither products nor categories"),
        (lines(product=["tea"]), {"by": "category"}, "names no category"),
        (lines(product=["tea"]), {"count": 0}, "count is 0"),
        (lines(product=["tea"]), {"by": "shelf"}, "must be category or product"),
        (lines(date=["soon", "later"]), {}, "date"),
        (lines(product=["tea"]).head(0), {}, "no order lines"),
        (lines(product=["tea"]), {"items": pd.DataFrame({"a": [1], "b": [2]})}, "Call the column 'item'"),
        (
            lines(product=["tea"]),
            {"items": pd.DataFrame({"item": ["tea"], "margin": ["much"]})},
            "is no number: 'much'",
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(log, given, words):
    with pytest.raises(InputError) as error:
        clustera.recommend(log, **given)
    assert words in f"{error.value} {error.value.hint}"


def test_a_run_recommends_to_its_customers_by_segment(habits, tmp_path):
    with clustera.segment(orders=habits, k=2, value=False, keep_orders=True, progress=False) as seg:
        found = seg.recommend(by="product", count=3)
        segments = seg.customers.set_index("id")["segment"]
        assert set(found.table["id"]) == set(segments.index)
        assert (found.table["segment"] == found.table["id"].map(segments)).all()
        assert set(found.affinities["segment"].dropna()) <= set(segments)
        path = found.write(tmp_path / "lists.csv")
        assert len(pd.read_csv(path)) == len(found.table)
        from_log = seg.recommend(by="product", count=3, orders=habits)
        pd.testing.assert_frame_equal(from_log.table, found.table)


def test_a_run_without_its_orders_says_how_to_get_them(habits):
    with clustera.segment(orders=habits, k=2, value=False, progress=False) as seg, pytest.raises(RunError) as error:
        seg.recommend()
    assert "--keep-orders" in error.value.hint


def test_an_upgrade_is_the_most_bought_product_of_the_next_price_tier():
    # Coffee in three tiers: house 3, fair 5 and gold 9; fine 6 is in the middle tier too, and bought by more than fair.
    prices = {"house": 3.0, "plain": 2.5, "fair": 5.0, "fine": 6.0, "gold": 9.0, "rare": 12.0}
    baskets = [("ann", "house", 3), ("ann", "fair", 1), ("bob", "fine", 2), ("cid", "fine", 2), ("dan", "fair", 2)]
    baskets += [("eve", "gold", 2), ("eve", "plain", 1), ("flo", "gold", 3), ("gus", "house", 1)]
    baskets += [("hal", "rare", 1), ("hal", "plain", 1), ("flo", "fine", 1)]
    rows = [(who, f"2024-03-{day + 1:02d}", item) for who, item, times in baskets for day in range(times)]
    log = pd.DataFrame(rows, columns=["customer", "date", "product"]).assign(category="coffee")
    log["amount"] = log["product"].map(prices)
    found = clustera.recommend(log, by="product").upgrades.set_index("id")
    assert found["item"].to_dict() == {"ann": "fine", "bob": "gold", "cid": "gold", "dan": "gold"}
    assert found.loc["ann", "usual_price"] == pytest.approx((3 * 3 + 5) / 4)
    assert found.loc["ann", "share"] == pytest.approx(3 / 8)
    without = clustera.recommend(log, by="product", exclude=["gold"]).upgrades.set_index("id")
    assert without["item"].to_dict() == {"ann": "fine", "bob": "rare", "cid": "rare", "dan": "rare"}


def said(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


def test_the_command_prints_the_test_of_every_rule_and_writes_the_same_lists(habits, found, tmp_path):
    habits.to_csv(tmp_path / "orders.csv", index=False)
    target = tmp_path / "lists.csv"
    code, printed = said("recommend", "--orders", tmp_path / "orders.csv", "--by", "product", "--output", target)
    assert code == 0
    for words in ("own history (logistic)", "own frequency", "NDCG@10", "spade", f"Written to {target}"):
        assert words in printed
    written = pd.read_csv(target, dtype={"id": str})
    assert written[["id", "item", "reason"]].equals(found.table[["id", "item", "reason"]])


def test_the_command_says_what_is_wrong(tmp_path):
    assert said("recommend", "--orders", tmp_path / "none.csv", "--output", tmp_path / "a.txt")[0] != 0
    code, printed = said("recommend", "april", "--runs", tmp_path / "runs", "--output", tmp_path / "a.csv")
    assert code != 0
    assert "april" in printed


def test_where_ranking_by_probability_is_no_better_what_was_bought_before_comes_first():
    found = clustera.recommend(habitual_log(60, seed=9, days=120), by="category", count=3)
    assert not found.record.mixed
    kinds = found.table.groupby("id")["kind"].agg(list)
    assert (kinds.map(lambda own: own == sorted(own, reverse=True))).all()
    assert "what was bought before comes first" in " ".join(found.sentences())


@pytest.mark.parametrize("seed", range(8))
def test_small_and_odd_logs_give_lists_or_a_sentence(seed):
    random = np.random.default_rng(seed)
    count = int(random.choice([1, 3, 20, 300]))
    customers, items, days = (int(random.choice(most)) for most in ([1, 2, 30], [1, 2, 40], [1, 36, 60, 400]))
    log = pd.DataFrame(
        {
            "customer": random.integers(0, customers, count),
            "date": FIRST + pd.to_timedelta(random.integers(0, days, count), unit="D"),
            "product": np.char.add("p", random.integers(0, items, count).astype(str)),
            "category": np.char.add("c", random.integers(0, 3, count).astype(str)),
            "amount": np.round(random.normal(5, 3, count), 2),
        }
    )
    log.loc[random.random(count) < 0.2, "product"] = None
    try:
        found = clustera.recommend(log, by="product", per_category=int(random.integers(1, 3)))
    except InputError:
        return
    assert found.table["probability"].between(0, 1).all()
    assert not found.table.duplicated(["id", "item"]).any()
    assert found.table["id"].nunique() + found.record.empty == found.record.customers
    assert found.sentences()


def test_products_of_excluded_categories_are_not_recommended(habits):
    found = clustera.recommend(habits, by="product", exclude_categories="Staples")
    staples = set(habits.loc[habits["category"] == "staples", "product"])
    assert staples
    assert len(found.table)
    assert not set(found.table["item"]) & staples


def test_lists_that_lie_in_files_are_those_that_are_held_in_memory(found, habits, monkeypatch):
    monkeypatch.setattr("clustera.pipeline.recommending.HELD_LISTS", 10)
    passing = clustera.recommend(habits, by="product")
    assert len(list(passing._engine.folder.glob("*.parquet"))) == 2
    pd.testing.assert_frame_equal(passing.table, found.table)
