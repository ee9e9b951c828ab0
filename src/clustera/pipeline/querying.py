"""The model as SQL, run against `predict` before anybody gets it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clustera import export, prepare
from clustera.check import cell_readings, cell_sql, cell_value_sql, has_counted_days
from clustera.engines import Engine, Rows, array_of, identifier
from clustera.errors import InputError, RunError
from clustera.export import Dialect, Proof
from clustera.pipeline.assigning import predicted_labels
from clustera.pipeline.table_names import kept_columns, renamed_columns, shown_name, table_names
from clustera.records import CellReading, Column, Model, Source

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_SHOWN = 5  # rows of a disagreement
_AS_THEY_ARE: Mapping[str, str] = {}


def model_sql(
    model: Model,
    names: Mapping[int, str],
    values: Rows | None,
    *,
    run: str,
    dialect: str = "duckdb",
    table: str = "customers",
    source: Source,
    orders: bool = False,
    proof: Proof | None = None,
) -> tuple[str, Proof]:
    """One query that assigns segments in a warehouse, with its proof on top.

    Args:
        model: Of a run.
        names: Of segments.
        values: The run's customers with their features; None where the run does not keep them.
        run: Its name.
        dialect: Where the query will run, see `export.DIALECTS`.
        table: The table it reads, as that warehouse writes it.
        source: Of the run.
        orders: The run was made from a log of orders.
        proof: Of `prove_model`, where it was tried before.

    Raises:
        InputError: there is no such dialect.
        RunError: a label differs from what `predict` says.
    """
    spoken = export.dialect_of(dialect)
    refuse_no_table(table)
    called = {} if orders else table_names(model, spoken, source)
    keep = kept_columns(model, called, orders=orders)
    readings = () if orders else feature_readings(model, called)
    proof = proof or prove_model(model, names, values, source=source, orders=orders)
    works_on = _works_on_features(table, model, run) if orders else _works_on_table(table, model, called, keep, spoken)
    text = export.query(model, names, spoken, table=table, keep=keep, readings=readings)
    return export.script(text, proof, run=run, dialect=spoken, works_on=works_on), proof


def model_dbt(
    model: Model,
    names: Mapping[int, str],
    values: Rows | None,
    *,
    run: str,
    dialect: str = "duckdb",
    table: str = "customers",
    source: Source,
    orders: bool = False,
    name: str = export.DBT_MODEL,
    shares: Mapping[int, float],
    owner: str = "",
    proof: Proof | None = None,
) -> dict[str, str]:
    """The files of a dbt project that assign segments in its warehouse, by their paths below it; tried as `model_sql` is.

    Args:
        model: Of a run.
        names: Of segments.
        values: The run's customers with their features; None where the run does not keep them.
        run: Its name.
        dialect: Of the project's warehouse.
        table: The model it reads, or any expression of dbt.
        source: Of the run.
        orders: The run was made from a log of orders.
        name: What the model will be called.
        shares: Segment -> share of the customers of the run.
        owner: Who is named as the owner of the exposure.
        proof: Of `prove_model`, where it was tried before.

    Raises:
        InputError: there is no such dialect, or dbt can't have a model of that name.
        RunError: a label differs from what `predict` says.
    """
    placeholder = export.dbt_placeholder()
    text, _ = model_sql(
        model,
        names,
        values,
        run=run,
        dialect=dialect,
        table=placeholder,
        source=source,
        orders=orders,
        proof=proof,
    )
    called = table_names(model, export.dialect_of(dialect), source)
    ids = ["customer_id"] if orders else [called[column.name] for column in model.columns if column.role == "id"]
    return export.dbt_files(
        text,
        name=name,
        segments={segment: names[segment] for segment in model.segments},
        shares=shares,
        ids=ids,
        run=run,
        table=table,
        owner=owner or "Clustera",
    )


def refuse_no_table(table: str) -> None:
    """A query needs a table to read.

    Raises:
        InputError: there is none.
    """
    if not table.strip():
        raise InputError("The query reads no table.", hint="Name it: --table customers")


def prove_model(
    model: Model, names: Mapping[int, str], values: Rows | None, *, source: Source, orders: bool = False
) -> Proof:
    """Try the query of a run, on cells as its table has them; on values where it was made from orders.

    Args:
        model: Of a run.
        names: Of segments.
        values: The run's customers with their features; None where the run does not keep them.
        source: Of the run.
        orders: The run was made from a log of orders.

    Raises:
        RunError: a label differs from what `predict` says.
    """
    called = {} if orders else table_names(model, export.dialect_of("duckdb"), source)
    readings = () if orders else feature_readings(model, called)
    return prove_readings(model, names, values, readings) if readings else prove_query(model, names, values)


def feature_readings(model: Model, called: Mapping[str, str] = _AS_THEY_ARE) -> tuple[CellReading, ...]:
    """How the cells of each feature are read, in the model's order; empty where the model does not know the table's columns.

    Args:
        model: Of a run.
        called: Column -> its name in the table that is read.
    """
    found = {one.name: replace(one, source=called.get(one.name, one.name)) for one in cell_readings(model.columns)}
    names = [feature.name for feature in model.preparation.features]
    return tuple(found[name] for name in names) if set(names) <= found.keys() else ()


def prove_readings(
    model: Model, names: Mapping[int, str], values: Rows | None, readings: Sequence[CellReading]
) -> Proof:
    """Run the query on cells as the run's table has them, and compare with `predict`.

    Tried are the run's customers and edge cases, each value written as in that table, and cells that people write otherwise.

    Args:
        model: Of a run.
        names: Of segments.
        values: The run's customers with their features; None where the run does not keep them.
        readings: How the cells of each feature are read.

    Raises:
        RunError: a label differs.
    """
    features, day = [reading.name for reading in readings], export.run_day(readings)
    edges = export.edge_cases(model, prepare.original_units(np.array(model.centers), model.preparation))
    number = export.free_name("_row", {one.source.lower() for one in readings})
    text = export.query(model, names, export.dialect_of("duckdb"), table="tried", keep=[number], readings=readings)
    made = [_spelled_table(edges, readings, day), _odd_table(model, readings, day)]
    # Where the run had plain numbers, a later table may have texts of the usual spelling.
    texts = [replace(one, typed=False) for one in readings]
    typed = any(one.typed for one in readings)
    as_texts = [_spelled_table(edges, texts, day), _odd_table(model, texts, day)] if typed else []
    batches = (_spelled_table(batch, readings, day) for batch in _known_batches(values, features))
    tried = 0
    with Engine(threads=1) as engine:
        # The first customers come with the edge cases: a query of many columns takes longer to plan than to run.
        for tables in filter(None, chain([[*made, *islice(batches, 1)], as_texts], ([batch] for batch in batches))):
            cells = pa.concat_tables(tables)
            rows = engine.arrow(cells.add_column(0, "_row", pa.array(np.arange(cells.num_rows))))
            expected = predicted_labels(model, _read_as_predict(engine, rows, model.columns, features, day))
            sources = {reading.name: reading.source for reading in readings} | {"_row": number}
            found = _segments_by(engine, rows, text, sources)
            wrong = np.flatnonzero(found != expected)
            if len(wrong):
                shown = [cells.column(name).to_pylist() for name in features]
                raise _query_refusal(features, shown, expected=expected, found=found, wrong=wrong, what="query")
            tried += cells.num_rows
    generated = sum(table.num_rows for table in [*made, *as_texts])
    return Proof(customers=tried - generated, edges=generated, differ=0)


def _segments_by(engine: Engine, rows: Rows, text: str, sources: Mapping[str, str]) -> Labels:
    """The segments (n,) that a query over the table "tried" gives such rows, whose columns are called as in their own table.

    Args:
        engine: With the rows.
        rows: Cells, and `_row`.
        text: The query.
        sources: Column -> its name in that table.
    """
    number = identifier(sources.get("_row", "_row"))
    listed = ", ".join(f"{identifier(name)} as {identifier(sources.get(name) or name)}" for name in rows.columns)
    found = engine.table(f"with tried as (select {listed} from {rows.name}) select * from ({text})")
    return array_of(found.query(f"select segment from {{rows}} order by {number}").column(0)).astype(np.int64)


def _spelled_table(values: Floats, readings: Sequence[CellReading], day: datetime.date) -> pa.Table:
    cells = [export.spelled_cells(values[:, j], reading, day) for j, reading in enumerate(readings)]
    return _cells_table(cells, readings)


def _odd_table(model: Model, readings: Sequence[CellReading], day: datetime.date) -> pa.Table:
    """A row for each odd cell; what else stands in it is what fills gaps."""
    fill = np.array([[feature.fill for feature in model.preparation.features]])
    usual = [export.spelled_cells(fill[:, j], reading, day)[0] for j, reading in enumerate(readings)]
    rows = [
        [cell if j == at else other for j, other in enumerate(usual)]
        for at, reading in enumerate(readings)
        for cell in export.unusual_cells(reading)
    ]
    return _cells_table([[row[j] for row in rows] for j in range(len(readings))], readings)


def _cells_table(cells: Sequence[Sequence[str | float | None]], readings: Sequence[CellReading]) -> pa.Table:
    kinds = [pa.float64() if reading.holds_numbers else pa.string() for reading in readings]
    arrays = [pa.array(column, kind) for column, kind in zip(cells, kinds, strict=True)]
    return pa.table(arrays, names=[reading.name for reading in readings])


def _read_as_predict(
    engine: Engine, rows: Rows, columns: Sequence[Column], features: list[str], day: datetime.date
) -> Floats:
    """The values (n, n_features) that the check reads from the cells, NaN where missing."""
    known = {column.name: column for column in columns}
    today = datetime.datetime.now(tz=datetime.UTC).date()
    cells = {f"h{j}": known[name] for j, name in enumerate(features)}
    listed = ", ".join(f"{cell_sql(column)} as {cell}" for cell, column in cells.items())
    held = engine.table(f"select _row, {listed} from {rows.name}")
    dates = [cell for cell, column in cells.items() if has_counted_days(column)]
    if dates:
        listed = ", ".join(f"max(case when {cell} <= date '{today}' then {cell} end)" for cell in dates)
        seen = [found for found in held.query(f"select {listed} from {{rows}}").to_pylist()[0].values() if found]
        day = max([day, *seen])
    listed = ", ".join(cell_value_sql(column, cell, day) for cell, column in cells.items())
    found = held.query(f"select {listed} from {{rows}} order by _row")
    return np.column_stack([array_of(column).astype(np.float64) for column in found.columns])


def prove_query(model: Model, names: Mapping[int, str], values: Rows | None) -> Proof:
    """Run the query by DuckDB on the run's own customers and on generated edge cases, and compare with `predict`.

    Args:
        model: Of a run.
        names: Of segments.
        values: The run's customers with their features; None where the run does not keep them.

    Raises:
        RunError: a label differs.
    """
    features = [feature.name for feature in model.preparation.features]
    text = export.query(model, names, export.dialect_of("duckdb"), table="tried", keep=["_row"])
    with Engine(threads=1) as engine:

        def run(batch: Floats) -> Labels:
            return _segments_by(engine, engine.arrow(_trial_table(batch, features)), text, {})

        return compare_labels(model, values, run, what="query")


def compare_labels(model: Model, values: Rows | None, run: Callable[[Floats], Labels], *, what: str) -> Proof:
    """Compare an exported model with `predict`, on the run's own customers and on generated edge cases.

    Args:
        model: Of a run.
        values: The run's customers with their features; None where the run does not keep them.
        run: The exported model: (n, n_features) in original units, NaN where missing -> segments (n,).
        what: What is tried, for an error: "query".

    Raises:
        RunError: a label differs.
    """
    features = [feature.name for feature in model.preparation.features]
    known = values is not None and set(features) <= set(values.columns)
    edges = export.edge_cases(model, prepare.original_units(np.array(model.centers), model.preparation))
    tried = differ = 0
    for batch in [edges, *(_batches(values, features) if known and values is not None else ())]:
        expected, found = predicted_labels(model, batch), run(batch)
        wrong = np.flatnonzero(found != expected)
        if len(wrong):
            raise _query_refusal(features, batch.T.tolist(), expected=expected, found=found, wrong=wrong, what=what)
        tried, differ = tried + len(batch), differ + len(wrong)
    return Proof(customers=tried - len(edges), edges=len(edges), differ=differ)


def _trial_table(values: Floats, names: list[str]) -> pa.Table:
    cells = [pa.array(values[:, j], from_pandas=True) for j in range(values.shape[1])]
    return pa.table([pa.array(np.arange(len(values))), *cells], names=["_row", *names])


def _known_batches(values: Rows | None, features: list[str]) -> Iterator[Floats]:
    """The customers of a run, some at a time; none where it does not keep the features."""
    if values is not None and set(features) <= set(values.columns):
        yield from _batches(values, features)


def _batches(values: Rows, features: list[str]) -> Iterator[Floats]:
    for batch in values.batches(features):
        if batch.num_rows:
            yield np.column_stack([array_of(batch.column(name)).astype(np.float64) for name in features])


def _query_refusal(
    features: list[str],
    cells: Sequence[Sequence[object]],
    *,
    expected: Labels,
    found: Labels,
    wrong: Labels,
    what: str,
) -> RunError:
    """What differs: the cells of each feature, column by column."""
    rows = [
        f"{', '.join(f'{name} {column[at]!r}' for name, column in zip(features, cells, strict=True))}: "
        f"{expected[at]} by predict, {found[at]} by the {what}"
        for at in wrong[:_SHOWN]
    ]
    return RunError(
        f"The {what} was not written: {len(wrong):,} of {len(expected):,} labels differ from predict. {'; '.join(rows)}.",
        hint="This is a fault of Clustera: please report it with these rows. `clustera predict` gives the right segments.",
    )


def _works_on_features(table: str, model: Model, run: str) -> list[str]:
    listed = ", ".join(feature.name for feature in model.preparation.features)
    return [
        (
            f"It reads {table}: one row per customer, with customer_id and the features computed from the orders, as "
            f"in values.parquet of the run: {listed}."
        ),
        f"The query that computes them from order lines: clustera features --sql --like {run}",
    ]


def _works_on_table(
    table: str, model: Model, called: Mapping[str, str], keep: Sequence[str], dialect: Dialect
) -> list[str]:
    features = [feature.name for feature in model.preparation.features]
    listed = ", ".join(shown_name(called.get(name, name)) for name in features)
    return [
        f"It reads {table}: one row per customer, and these columns as they are in the table of the run: {listed}.",
        *renamed_columns(model, called, dialect),
        *export.values_needed(readings := feature_readings(model, called)),
        *([export.spellings_read(readings, dialect)] if readings else []),
        export.CLEANED,
        f"It returns {', '.join(map(shown_name, keep))}, the number of the segment and its name.",
    ]
