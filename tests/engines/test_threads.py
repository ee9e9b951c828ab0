"""Several threads ask one engine at once, as the visitors of the service do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from clustera.engines import Engine


def test_threads_that_make_and_read_tables_of_one_engine_get_what_they_asked_for():
    with Engine(threads=1) as engine:
        rows = engine.arrow(pa.table({"n": list(range(1_000))}))

        def ask(number):
            few = rows.select(f"select * from {{rows}} where n < {number}")
            kept = engine.table(f"select * from {few.name}")
            own = engine.arrow(pa.table({"n": [number]}))
            return kept.query("select count(*) as n from {rows}")["n"][0].as_py(), own.arrow()["n"][0].as_py()

        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(ask, range(400))) == [(number, number) for number in range(400)]
