import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clustera.days import EPOCH
from clustera.engines import Engine
from clustera.features import OrderOptions, read_orders
from clustera.records import Raw, Source


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as made:
        yield made


def raw_of(engine, frame, name="orders.csv"):
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    rows = engine.arrow(table).select("select row_number() over () as _row, * from {rows}")
    return Raw(Source(name, "frame", table.num_rows), rows)


def orders_of(engine, frame, **options):
    return read_orders(raw_of(engine, frame), options=OrderOptions(**options))


def random_log(seed=0, lines=400, customers=25, days=500):
    """Order lines with all roles: cents, returns, several lines a day."""
    random = np.random.default_rng(seed)
    day = random.integers(17_000, 17_000 + days, lines)
    amount = (random.gamma(2, 900, lines) + 1).astype(int) / 100
    back = random.random(lines) < 0.07
    return pd.DataFrame(
        {
            "customer_id": random.integers(1, customers + 1, lines),
            "order_date": [EPOCH + pd.Timedelta(days=int(d)) for d in day],
            "amount": np.where(back, -amount, amount),
            "order_id": random.integers(1, lines // 2, lines),
            "product": random.choice(["tea", "jam", "oil", "rye", "ham"], lines),
            "category": random.choice(["dry", "fresh", "home"], lines, p=[0.6, 0.3, 0.1]),
            "quantity": random.integers(1, 5, lines),
            "discount": random.integers(0, 200, lines) / 100,
            "cost": np.where(back, 0, amount * 0.6).round(2),
            "channel": random.choice(["web", "shop"], lines),
            "store": random.integers(1, 4, lines),
        }
    )
