import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clustera import features
from clustera.check import CheckOptions, check_descriptions
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.prepare import PrepareOptions, learn_preparation, prepared_blocks
from clustera.read import read
from clustera.records import Balance, Checked, Column, Source
from clustera.texts import finding_message
from gathered import gather

from .conftest import orders_of, random_log

AS_OF = 17_450


def checked(engine, frame):
    """A customer table as the check hands it on: `city` describes, `age` is a feature."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    rows = engine.arrow(table).select(
        "select row_number() over () as _row, id as _id, hash(id) as _key, * exclude (id) from {rows}"
    )
    columns = (
        Column("id", "id", "text", "Id"),
        Column("age", "feature", "number", "Age"),
        Column("city", "descriptor", "category", "City"),
    )
    n = len(frame)
    empty = rows.select("select _row as row, _id as id, '' as code, '' as reason, '' as text from {rows} where false")
    return Checked(Source("customers.csv", "csv", n), columns, rows, empty, (), Balance(n, n, 0))


def test_the_table_can_be_prepared_as_it_is(engine):
    table = features.customer_table(orders_of(engine, random_log(lines=900, customers=60)), as_of=AS_OF)
    assert table.balance == Balance(60, 60, 0)
    weights = features.default_weights(features.feature_catalog())
    learned = learn_preparation(table.rows, table.role("feature"), options=PrepareOptions(weights=weights))
    points = gather(prepared_blocks(table.rows, learned)).points
    assert points.shape == (60, 4)
    assert [feature.weight for feature in learned.features] == [0.25, 0.5, 1, 0.5]


def test_the_key_is_the_upper_half_of_the_md5_of_the_id(engine):
    table = features.customer_table(orders_of(engine, random_log()), as_of=AS_OF)
    row = table.rows.query("select _id, _key from {rows} order by _row limit 1").to_pylist()[0]
    digest = hashlib.md5(row["_id"].encode(), usedforsecurity=False).digest()
    halves = {int.from_bytes(digest[:8], order) for order in ("big", "little")}
    halves |= {int.from_bytes(digest[8:], order) for order in ("big", "little")}
    assert row["_key"] in halves


def test_the_same_customers_stand_in_the_same_rows_whatever_the_order_of_the_log(engine):
    log = random_log(seed=3)
    one = features.customer_table(orders_of(engine, log), as_of=AS_OF).rows.arrow()
    two = features.customer_table(orders_of(engine, log.sample(frac=1, random_state=2)), as_of=AS_OF).rows.arrow()
    assert one.equals(two)


def test_a_customer_table_is_joined_and_nobody_is_lost(engine):
    orders = orders_of(engine, random_log(customers=20))
    people = pd.DataFrame({"id": [str(i) for i in range(3, 31)], "age": np.arange(28.0), "city": "Ulm"})
    table = features.customer_table(orders, as_of=AS_OF, customers=checked(engine, people))
    assert table.balance == Balance(read=30, segmented=20, quarantined=10)
    assert table.quarantine.query("select distinct code from {rows}")["code"].to_pylist() == ["no-orders"]
    row = table.rows.query("select age, city from {rows} where _id = '3'").to_pylist()[0]
    assert row == {"age": 0.0, "city": "Ulm"}
    age = next(column for column in table.columns if column.name == "age")
    assert age.missing == 2
    told = {finding.code: finding for finding in table.findings}
    assert "not-in-customers" in told
    assert (
        finding_message(told["no-orders"])
        == "10 of 28 rows (36%) not used: The customer has no order up to the snapshot date."
    )


@pytest.mark.parametrize("seed", range(4))
def test_every_row_of_the_customer_table_is_joined_or_left_out_with_its_reason(engine, seed):
    draw = np.random.default_rng(seed)
    orders = orders_of(engine, random_log(customers=20))
    ids = pd.Series(draw.integers(0, 40, 60)).astype(str).where(draw.random(60) > 0.1)
    people = pd.DataFrame(
        {"id": ids, "age": draw.integers(20, 23, 60).astype(float), "city": draw.choice(["Ulm", "Bonn"], 60)}
    )
    told = check_descriptions(read(people, engine=engine), options=CheckOptions(id="id"))
    table = features.customer_table(orders, as_of=AS_OF, customers=told)
    left_out = table.quarantine.query("select row, id, code from {rows} order by row").to_pandas()
    used = set(told.rows.query("select _id from {rows}")["_id"].to_pylist())
    here = set(table.rows.query("select _id from {rows}")["_id"].to_pylist())
    alone = sum(
        finding.count for finding in table.findings if finding.code in {"not-in-customers", "customer-row-left-out"}
    )
    assert len(used & here) + len(left_out) == len(people)
    assert alone == len(here - used)
    assert [f.count for f in table.findings if f.code == "no-orders"] == [(left_out["code"] == "no-orders").sum()]
    assert table.balance == Balance(read=len(people) + alone, segmented=len(here), quarantined=len(left_out))
    assert {"missing-id", "duplicate-row", "duplicate-id", "no-orders"} >= set(left_out["code"]) > {"missing-id"}
    rows_out = [finding.count for finding in table.findings if finding.code == "customer-row-left-out"]
    assert rows_out == ([n] if (n := len((here - used) & set(left_out["id"].dropna()))) else [])


def test_features_that_rank_alike_are_found_and_share_one_weight():
    with Engine(threads=1) as engine:
        orders = orders_of(engine, random_log(lines=900, customers=60))
        names = ["spend", "spending_score", "days_since_last_order"]
        table = features.customer_table(orders, as_of=AS_OF, selection=names)
        frame = table.rows.arrow().to_pandas()
        pairs = features.redundant_features(table.rows, names)
    assert [(one, other) for one, other, _ in pairs] == [("spend", "spending_score")]
    assert pairs[0][2] == pytest.approx(frame.spend.corr(frame.spending_score, method="spearman"))
    weights = features.shared_weights(names, pairs)
    assert weights == pytest.approx({"spend": 0.5**0.5, "spending_score": 0.5**0.5})


def test_a_twin_feature_does_not_move_the_distances():
    weights = features.shared_weights(["a", "b", "c"], [("a", "b", 1.0)])
    apart = np.array([3.0, 3.0, 4.0]) * [weights.get(name, 1.0) for name in "abc"]
    assert np.sqrt(np.square(apart).sum()) == pytest.approx(5)


def test_default_features_that_are_the_same_for_everybody_only_describe(engine):
    orders = orders_of(engine, random_log().drop_duplicates("customer_id"))
    table = features.customer_table(orders, as_of=AS_OF)
    assert {c.name: c.role for c in table.columns if c.name in ("order_days", "spend")} == {
        "order_days": "descriptor",
        "spend": "feature",
    }
    assert next(c.reason.code for c in table.columns if c.name == "order_days") == "same-for-all"


def test_customers_who_do_not_differ_at_all_are_refused(engine):
    log = pd.DataFrame({"customer_id": ["a", "b"], "date": "2017-10-01", "amount": 5.0})
    with pytest.raises(InputError, match=r"do not differ in days since last order, purchase days, spend;"):
        features.customer_table(orders_of(engine, log), as_of=AS_OF)
