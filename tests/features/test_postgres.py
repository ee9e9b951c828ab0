"""The SQL of the features means the same on a real PostgreSQL server."""

import math

import pytest

from clustera import features
from clustera.days import to_date
from clustera.engines import Engine

from .conftest import orders_of, random_log

AS_OF = 17_400


@pytest.fixture(scope="module")
def tables(postgres):
    """The same order lines in both engines; all features from both."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    with Engine(threads=1) as engine, psycopg.connect(postgres) as connection:
        orders = orders_of(engine, random_log(seed=11, lines=900, customers=60))
        chosen = features.select_features(orders, features.available_features(orders))
        types = {name: kind.replace("DOUBLE", "DOUBLE PRECISION") for name, kind in orders.rows.columns.items()}
        with connection.cursor() as cursor:
            cursor.execute(f"create table orders ({', '.join(f'{name} {kind}' for name, kind in types.items())})")
            with cursor.copy(f"copy orders ({', '.join(types)}) from stdin") as copy:
                for row in orders.rows.arrow().to_pylist():
                    copy.write_row(tuple(row.values()))
            cursor.execute(features.behavior_query(chosen, as_of=AS_OF, table="orders", dialect="postgres"))
            names = [column.name for column in cursor.description]
            there = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
        here = {
            row["customer_id"]: row
            for row in features.customer_behavior(orders, as_of=AS_OF, selection=[f.name for f in chosen])
            .arrow()
            .to_pylist()
        }
    return here, there


def test_the_printed_query_runs_as_it_stands_and_says_what_the_features_say(postgres):
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    log = random_log(seed=12, lines=500, customers=40)
    with Engine(threads=1) as engine:
        orders = orders_of(engine, log)
        names = features.available_features(orders)
        here = {
            row["customer_id"]: row
            for row in features.customer_behavior(orders, as_of=AS_OF, selection=names).arrow().to_pylist()
        }
    text = features.behavior_script(names, as_of=to_date(AS_OF), dialect="postgres")
    with psycopg.connect(postgres) as connection, connection.cursor() as cursor:
        types = {"amount": "numeric", "order_date": "timestamp", "discount": "numeric", "cost": "numeric"}
        types |= dict.fromkeys(("customer_id", "order_id", "quantity", "store"), "bigint")
        cells = ", ".join(f"{name} {types.get(name, 'text')}" for name in log)
        cursor.execute(f"create table my_orders ({cells})")
        with cursor.copy("copy my_orders from stdin") as copy:
            for row in log.to_numpy().tolist():
                copy.write_row(row)
        cursor.execute(text)
        columns = [column.name for column in cursor.description]
        there = {row[0]: dict(zip(columns, row, strict=True)) for row in cursor.fetchall()}
    assert there.keys() == here.keys()
    for customer, row in here.items():
        del row["customer_id"], there[customer]["customer_id"]
        assert there[customer] == pytest.approx(row, rel=1e-15, abs=0), customer


def test_both_servers_know_the_same_customers(tables):
    here, there = tables
    assert set(here) == set(there)
    assert len(here) == 60


@pytest.mark.parametrize("feature", [feature.name for feature in features.feature_catalog()])
def test_a_feature_has_the_same_values_on_postgresql(tables, feature):
    here, there = tables
    for customer, row in here.items():
        one, two = row[feature], there[customer][feature]
        assert (one is None) == (two is None), customer
        # Divisions and roots are IEEE doubles on both.
        assert one is None or math.isclose(one, two, rel_tol=1e-15, abs_tol=0), (customer, one, two)
