"""Customers who come later: the same columns or the same behavior, the same preparation, the nearest center."""

from __future__ import annotations

from dataclasses import dataclass

from clustera.check import check_like
from clustera.engines import Engine, Rows
from clustera.pipeline.assigning import assigned_by, customers_table, with_segments
from clustera.pipeline.behavior import expectations
from clustera.pipeline.drift import with_drift
from clustera.pipeline.inspect import refuse_future_snapshot
from clustera.pipeline.orders import customers_from_orders, short_log
from clustera.pipeline.sources import Sources
from clustera.progress import Progress, progress_within
from clustera.read import read, unchanged
from clustera.records import Balance, Finding, Model, Orders, Patterns, readable
from clustera.settings import Settings

MEMORY = 256 << 20  # bytes that the engine may take for a table
OF_THREAD = 128 << 20  # and for each thread but the first
OF_COLUMN = 32 << 20  # and for each column: different values are counted
OF_ORDERS = 2 << 30


@readable
@dataclass(frozen=True, slots=True)
class Scored:
    """New customers, assigned by an earlier model."""

    engine: Engine
    customers: Rows  # id, segment, name, distance, second_segment, borderline, outlier; with orders next_order, overdue
    quarantine: Rows
    balance: Balance
    findings: tuple[Finding, ...]
    orders: Orders | None = None  # the log they were assigned by, with its money and its quarantine
    as_of: int = 0  # last day that was seen of it, since 1970-01-01


def predict(
    sources: Sources,
    model: Model,
    settings: Settings,
    *,
    known: Patterns | None = None,
    progress: Progress | None = None,
) -> Scored:
    """Assign customers by a model.

    Args:
        sources: A customer table with the model's features; or a log of orders, from which the same features are
            computed, and a customer table where some features came from one.
        model: Of an earlier run.
        settings: How to read and check; `as_of` is the day on which a log is judged.
        known: What the customers of the model's run have: values that none of them has are counted, and told.
        progress: Called with the step's name and the share of the whole that is done.

    Rows pass by in batches and are kept in files, so that memory does not grow with the table.

    Raises:
        InputError: one of the model's features is missing, or there is no usable row.
    """
    refuse_future_snapshot(settings)
    engine = Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads)

    def limit(most: int) -> None:
        if settings.run.memory_limit is None:
            engine.limit_memory(most + (engine.threads - 1) * OF_THREAD)

    limit(MEMORY if sources.orders is None else OF_ORDERS)
    say = progress or (lambda step, share: None)
    log = None
    if sources.orders is not None:
        wanted = tuple(feature.name for feature in model.preparation.features)
        asked = settings.check.model_copy(update={"features": wanted})
        log, checked, _ = customers_from_orders(
            sources,
            settings.model_copy(update={"check": asked}),
            engine,
            say,
            window=model.window,
            earlier=model.columns,
        )
    else:
        raw = read(
            sources.customers, engine=engine, options=settings.read, progress=progress_within(say, "Reading", 0.0, 0.5)
        )
        limit(MEMORY + len(raw.rows.columns) * OF_COLUMN)
        say("Checking", 0.5)
        with unchanged(raw):
            checked = check_like(
                raw, model.columns, options=settings.check, progress=progress_within(say, "Checking", 0.5, 0.7)
            )
    names = dict(zip(model.segments, model.names, strict=True))
    placed = assigned_by(model, checked.rows, engine, progress=progress_within(say, "Assigning customers", 0.7, 1.0))
    say("Done", 1.0)
    customers = customers_table(with_segments(placed, model.segments), names)
    findings = with_drift(checked, known).findings
    if log is None:
        return Scored(engine, customers, checked.quarantine, checked.balance, findings)
    return Scored(
        engine,
        expectations(customers, log, model),
        checked.quarantine,
        checked.balance,
        (*findings, *short_log(log)),
        log.orders,
        log.as_of,
    )
