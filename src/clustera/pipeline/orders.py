"""Where customers come as a log of orders: their behavior as a customer table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from clustera import features
from clustera.check import CheckOptions, check, check_descriptions, check_features_like, id_by_values
from clustera.days import EPOCH
from clustera.engines import Engine, Rows
from clustera.errors import InputError
from clustera.pipeline.sources import Log, Sources
from clustera.read import read, unchanged
from clustera.records import Checked, Column, Finding, Raw, own_columns
from clustera.settings import Settings


def customers_from_orders(
    sources: Sources,
    settings: Settings,
    engine: Engine,
    say: Callable[[str, float], None] = lambda _, __: None,
    *,
    window: int = 0,
    earlier: Sequence[Column] = (),
    currency: str = "",
) -> tuple[Log, Checked, dict[str, float]]:
    """Behavior as a customer table, with the weights of its features.

    Names in `features` that the catalog of behavior knows are taken from the log, the others from the customer
    table. Columns of that table which are not asked for only describe.

    Args:
        sources: The orders, and the tables beside them.
        settings: What is asked for.
        engine: Where the rows live.
        say: Told the step and the share of the whole that is done.
        window: Days that sums and counts look back; chosen by the length of the log when 0.
        earlier: Columns of a run whose definitions are kept: features of the customer table are read and judged by them.
        currency: Of an earlier run.
    """
    products = (
        None
        if sources.products is None
        else read(sources.products, engine=engine, options=settings.read, role="products")
    )
    log = read(sources.orders, engine=engine, options=settings.read, role="orders")
    say("Checking orders", 0.3)
    asked_day = (settings.check.as_of - EPOCH).days if settings.check.as_of else None
    with unchanged(log):
        orders = features.read_orders(
            log, options=settings.orders, products=products, as_of=asked_day, earlier_currency=currency
        )
    as_of = orders.as_of
    known = {feature.name for feature in features.feature_catalog()}
    asked = tuple(name for name in settings.check.features if name in known)
    others = tuple(name for name in settings.check.features if name not in known)
    if others and sources.customers is None:
        features.select_features(orders, others)  # names the nearest feature
    customers, files = None, (*log.source.files, *(products.source.files if products else ()))
    if sources.customers is not None:
        say("Checking customers", 0.7)
        raw = read(sources.customers, engine=engine, options=settings.read)
        _refuse_second_log(raw, log)
        files += raw.source.files
        with unchanged(raw):
            customers = _checked_beside(raw, orders.rows, others, settings.check, earlier)
    selection = asked if settings.check.features else None
    window = window or features.feature_window(orders.first_day, as_of)
    table = features.customer_table(orders, as_of=as_of, selection=selection, customers=customers, window=window)
    table = replace(table, source=replace(table.source, files=files))
    return Log(orders, as_of, selection, others, window), table, features.behavior_weights(orders, table, selection)


def _checked_beside(
    raw: Raw, orders: Rows, features: Sequence[str], options: CheckOptions, earlier: Sequence[Column]
) -> Checked:
    """The customer table that stands beside a log; what decides about segments is judged as in an earlier run."""
    if options.id is None:
        raw, found = id_by_values(raw, orders)
        if found is not None:
            checked = _checked_beside(raw, orders, features, options.model_copy(update={"id": found.column}), earlier)
            return replace(checked, findings=(found, *checked.findings))
    if not features:
        return check_descriptions(raw, options=options.model_copy(update={"features": ()}))
    if earlier:
        kept = [column for column in earlier if column.name in features]
        return check_features_like(raw, kept, options=options)
    return check(raw, options=options.model_copy(update={"features": tuple(features)}))


def _refuse_second_log(table: Raw, log: Raw) -> None:
    """Refuse a file of orders in the place of the customer table: none of its orders would count."""
    same = set(own_columns(table.rows.columns)) == set(own_columns(log.rows.columns))
    if same or features.log_finding(table):
        seen = f"has the same columns as {log.source.name}" if same else "has several orders of the same customers"
        raise InputError(
            f"{table.source.name} is given as the customer table, but {seen}: it is a log of orders.",
            hint="Give all files of orders together, as one pattern in quotes, such as --orders 'orders/*.csv', or with "
            "--orders before each file. A customer table has one row per customer.",
        )


def short_log(log: Log) -> list[Finding]:
    """A warning where a log does not cover the days that the segments look back."""
    covered = log.as_of - log.orders.first_day + 1
    if log.window == features.WHOLE_HISTORY or covered >= log.window:
        return []
    return [Finding("log-shorter-than-window", "warning", values={"window": log.window, "covered": covered})]
