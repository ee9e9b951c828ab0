"""Recommendations for the customers of a run, or of a log by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from typing import Any, Literal

import pyarrow as pa

from clustera import features, lexicon, recommender, texts
from clustera.days import day_number
from clustera.engines import Engine, Rows, identifier, literal
from clustera.errors import InputError
from clustera.pipeline.next_items import next_items, telling_pairs
from clustera.pipeline.sources import Sources
from clustera.progress import Progress
from clustera.read import read, unchanged
from clustera.records import BasketAffinity, Raw, RecommendationSummary, RecommendedItem, RecommendedRun, own_columns
from clustera.settings import Settings
from clustera.texts import translate_count

HELD_LISTS = 200_000  # rows of lists that are held in memory; more go to a file
MEMORY = 1 << 30  # bytes that the engine may take where the caller sets no limit
_REASON = ("reason_code", "purchases", "days_between", "days_since", "goes_with", "share", "lift")


@dataclass(frozen=True, slots=True)
class RecommendationWish:
    """What is to be recommended.

    Args:
        item: "category" or "product"; categories where the log names some, else products, when left out.
        count: Items for each customer at most.
        days: That a probability is about; a quarter, less in a short log, when left out.
        exclude: Names of items that are never recommended, or a table of them.
        items: A table of what may be recommended, with a column of stock or margin where these are known.
        per_category: Most products of one category for each customer.
        only: "repeat" for what a customer has bought before, "new" for what not; both when left out.
        products: A table of products that says what they are called.
        segment_names: By number.
        run: The run's name.
    """

    item: RecommendedItem | None = None
    count: int = 5
    days: int | None = None
    exclude: object = None
    items: object = None
    per_category: int | None = None
    only: Literal["repeat", "new"] | None = None
    products: object = None
    segment_names: Mapping[int, str] | None = None
    run: str = ""


@dataclass(frozen=True, slots=True)
class RecommendedLists:
    """What was recommended.

    `rows` has, by id and rank: id, segment (of a run), rank, item, item_name (with a table of products), kind (repeat or new), probability, reason, and the numbers
    of the reason: reason_code, purchases, days_between, days_since, goes_with, share, lift. `further` has after each list the
    customer's best new items that are not in it as well. `upgrades` is as `find_upgrades`
    gives it; None where the log names no products with categories, or categories are recommended.
    """

    rows: Rows
    affinities: tuple[BasketAffinity, ...]
    upgrades: Rows | None
    summary: RecommendationSummary
    further: Rows

    @property
    def record(self) -> RecommendedRun:
        """What was found about all customers of a run together."""
        return RecommendedRun(self.summary, next_items(self.further), telling_pairs(self.affinities))


def read_recommended_log(sources: Sources, settings: Settings, engine: Engine) -> tuple[Rows, int]:
    """The order lines of a log, and its snapshot date.

    Raises:
        InputError: it is no log of orders.
    """
    if settings.run.memory_limit is None:
        engine.limit_memory(MEMORY)
    products = (
        None
        if sources.products is None
        else read(sources.products, engine=engine, options=settings.read, role="products")
    )
    if products is not None and not features.has_categories(products):
        products = None  # it says what products are called, and nothing of the lines
    raw = read(sources.orders, engine=engine, options=settings.read, role="orders")
    asked = day_number(settings.check.as_of) if settings.check.as_of else None
    with unchanged(raw):
        log = features.read_orders(raw, options=settings.orders, products=products, as_of=asked)
    return log.rows, log.as_of


def recommend_items(
    lines: Rows,
    wish: RecommendationWish,
    settings: Settings,
    *,
    as_of: int,
    members: Rows | None = None,
    progress: Progress | None = None,
) -> RecommendedLists:
    """The items that each customer is most likely to buy next.

    Args:
        lines: Order lines as `Orders.rows` has them.
        wish: What is asked for.
        settings: How tables of items are read.
        as_of: The last day that counts, since 1970-01-01.
        members: id and segment of the customers of a run; everybody in the log when left out.
        progress: Called with the step's name and the share of the whole that is done.

    Raises:
        InputError: the log names no such items, or a table of items can't be used.
    """
    say = progress or (lambda step, share: None)
    _check_wish(wish)
    item = _item_column(lines, wish.item)
    labels = _labels(wish, item, lines.engine, settings)
    say("Reading purchases", 0.0)
    purchases = recommender.read_purchases(lines, item=item, as_of=as_of, members=members)
    if not purchases.items:
        raise InputError(f"No order up to the snapshot date names a {item}, so nothing can be recommended.")
    excluded = _excluded_names(wish.exclude, lines.engine, settings)
    excluded |= _items_of_categories(lines, item, settings.actions.exclude_categories)
    table, unread = _item_table(wish.items, lines.engine, settings)
    days, trained = recommender.chosen_days(purchases.first_day, purchases.last_day, wish.days)
    tested = recommender.Evaluation((), None)
    cut, earlier = as_of + 1 - days, None
    if trained:
        say("Comparing rules", 0.1)
        before = recommender.learn_models(purchases, before=cut, days=days, trained=True)
        tested, earlier = recommender.evaluate_models(purchases, before), before.similar
    say("Learning", 0.3)
    models = recommender.learn_models(purchases, before=as_of + 1, days=days, trained=trained, earlier=earlier)
    chosen = recommender.choose_models(tested.scores, models)
    models = replace(models, repeat=chosen.repeat, new=chosen.new, mixed=chosen.mixed, correction=tested.correction)
    rules = recommender.make_rules(
        purchases,
        models.totals,
        excluded=excluded,
        table=table,
        most_of_category=wish.per_category,
        only=wish.only,
    )
    baskets = recommender.count_baskets(purchases)
    say("Recommending", 0.5)
    batches = _watched(
        recommender.recommend_lists(purchases, models, rules, baskets[None], count=wish.count), purchases.count, say
    )
    collected = lines.engine.collect(batches, recommender.LISTED, held_rows=HELD_LISTS)
    further = _with_names(collected, purchases, labels, item, segments=members is not None)
    rows = further.select(f"select * from {{rows}} where rank <= {wish.count}")
    counted = rows.query(
        "select count(*) as n, count(*) filter (where kind = 'repeat') as repeats, count(distinct id) as customers from {rows}"
    ).to_pylist()[0]
    summary = RecommendationSummary(
        run=wish.run,
        item=item,
        as_of=as_of,
        days=days,
        customers=purchases.count,
        items=len(purchases.items),
        count=wish.count,
        rows=counted["n"],
        repeats=counted["repeats"],
        empty=purchases.count - counted["customers"],
        starting=recommender.starting_customers(purchases),
        excluded=int((~rules.allowed).sum()),
        durable=tuple(name for name, durable in zip(purchases.items, rules.durable, strict=True) if durable),
        unknown=tuple(sorted(excluded - set(purchases.items))),
        by_margin=rules.margin is not None,
        repeat_model=chosen.repeat,
        repeat_choice=chosen.repeat_reason,
        new_model=chosen.new,
        new_choice=chosen.new_reason,
        mixed=chosen.mixed,
        mixed_choice=chosen.mixed_reason,
        cut=cut if trained else None,
        scores=tested.scores,
        segments=tuple((wish.segment_names or {}).items()),
        unread=unread,
    )
    upgrades = None
    if item == "product":
        allowed = [name for name, kept in zip(purchases.items, rules.allowed, strict=True) if kept]
        people = purchases.customers.select(f"select id{', segment' if members is not None else ''} from {{rows}}")
        upgrades = recommender.find_upgrades(lines, people, allowed=allowed, as_of=as_of, count=wish.count)
    pairs = recommender.list_affinities(purchases, baskets)
    called = (replace(p, item=labels.get(p.item, p.item), other=labels.get(p.other, p.other)) for p in pairs)
    return RecommendedLists(rows, tuple(called), upgrades, summary, further)


def _check_wish(wish: RecommendationWish) -> None:
    for name, value in (("count", wish.count), ("days", wish.days), ("per_category", wish.per_category)):
        if value is not None and value < 1:
            raise InputError(f"{name} is {value}; it must be at least 1.")
    if wish.only not in (None, "repeat", "new"):
        raise InputError(f"only is {wish.only!r}; it must be repeat or new.")
    if wish.item not in (None, "category", "product"):
        raise InputError(f"by is {wish.item!r}; it must be category or product.")


def _item_column(lines: Rows, asked: RecommendedItem | None) -> RecommendedItem:
    """What is recommended: as asked, else categories where the log names some, else products."""
    names: Sequence[RecommendedItem] = (asked,) if asked else ("category", "product")
    for name in names:
        if name in lines.columns and lines.has(f"{name} is not null"):
            return name
    if asked:
        others = [name for name in ("category", "product") if name in lines.columns and name != asked]
        raise InputError(
            f"The log names no {asked}.",
            hint=f"Recommend by {others[0]}: --by {others[0]}." if others else f"Say its column: --set {asked}=COLUMN.",
        )
    raise InputError(
        "The log names neither products nor categories, so nothing can be recommended.",
        hint="Say which column does: --set product=COLUMN, or pass a table of products.",
    )


def _watched(batches: Iterator[pa.RecordBatch], customers: int, say: Progress) -> Iterator[pa.RecordBatch]:
    """The batches, while it is told how many customers are done."""
    for batch in batches:
        if batch.num_rows:
            say("Recommending", 0.5 + 0.4 * batch["customer"][-1].as_py() / max(customers, 1))
        yield batch


def _labels(wish: RecommendationWish, item: RecommendedItem, engine: Engine, settings: Settings) -> Mapping[str, str]:
    """What the products are called, by their codes; empty without a table of products, and where categories are recommended."""
    if wish.products is None:
        return {}
    products = read(wish.products, engine=engine, options=settings.read, role="products")
    return features.product_labels(products) if item == "product" else {}


def _with_names(
    found: Rows, purchases: recommender.Purchases, labels: Mapping[str, str], item: RecommendedItem, *, segments: bool
) -> Rows:
    """The lists with ids, names of items, and the reason in words."""
    engine = found.engine
    names = engine.arrow(
        pa.table(
            {
                "item": pa.array(range(len(purchases.items)), pa.int32()),
                "name": pa.array(purchases.items, pa.string()),
                "label": pa.array([labels.get(name, name) for name in purchases.items], pa.string()),
            }
        )
    )
    named = found.select(
        f"select c.id, {'c.segment, ' if segments else ''}r.rank, i.name as item, {'i.label as item_name, ' if labels else ''}r.kind, r.probability, r.reason_code, "
        "r.purchases, r.days_between, r.days_since, p.label as goes_with, r.share, r.lift from {rows} r "
        "join {customers} c using (customer) join {names} i on i.item = r.item left join {names} p on p.item = r.partner "
        "order by c.id, r.rank",
        customers=purchases.customers,
        names=names,
    )
    tell = lru_cache(maxsize=100_000)(partial(_reason_of, item))
    rest = [name for name in named.columns if name not in _REASON]
    # The lists pass by with their reasons: put beside each other afterwards, one of the two would be held.
    batches = (_with_reasons(batch, rest, tell) for batch in named.batches())
    first = next(batches, None)
    if first is None:
        return named.select(
            f"select {', '.join(rest)}, cast(null as varchar) as reason, {', '.join(_REASON)} from {{rows}}"
        )
    return engine.collect(chain([first], batches), first.schema, held_rows=HELD_LISTS)


def _reason_of(item: RecommendedItem, code: str, *, goes_with: str | None, **numbers: Any) -> str:  # noqa: ANN401 - of one sentence
    partner = texts.item_title(goes_with, item) if goes_with else goes_with
    return texts.recommendation_reason(code, goes_with=partner, **numbers)


def _with_reasons(batch: pa.RecordBatch, rest: Sequence[str], tell: Callable[..., str]) -> pa.RecordBatch:
    """Some lists, with the reason in words before its numbers."""
    columns = [batch[name].to_pylist() for name in _REASON]
    # Rounded as they are told, so that the same sentence is made once.
    told = [
        tell(
            code,
            purchases=purchases,
            days_between=None if between is None else round(between),
            days_since=since,
            goes_with=partner,
            share=None if share is None else round(share, 3),
            lift=None if lift is None else round(lift, 1),
        )
        for code, purchases, between, since, partner, share, lift in zip(*columns, strict=True)
    ]
    named = [*((name, batch[name]) for name in rest), ("reason", pa.array(told, pa.string()))]
    named += [(name, batch[name]) for name in _REASON]
    return pa.record_batch([column for _, column in named], names=[name for name, _ in named])


def _items_of_categories(lines: Rows, item: RecommendedItem, names: Sequence[str]) -> frozenset[str]:
    """The items of some categories, upper and lower case alike."""
    if not names or "category" not in lines.columns:
        return frozenset()
    asked = ", ".join(literal(name.casefold()) for name in names)
    found = lines.query(
        f"select distinct cast({item} as varchar) as name from {{rows}} where lower(category) in ({asked})"
    )
    return frozenset(filter(None, found["name"].to_pylist()))


def _excluded_names(given: object, engine: Engine, settings: Settings) -> frozenset[str]:
    """Names of a list, or of the column of items of a table."""
    if given is None:
        return frozenset()
    if hasattr(given, "tolist") and not hasattr(given, "columns"):  # an array, or one column of a frame
        given = given.tolist()
    if isinstance(given, (list, tuple, set, frozenset)):
        return frozenset(map(str, given))
    table = read(given, engine=engine, options=settings.read)
    return frozenset(_cells(table.rows, _items_column(table)))


def _item_table(
    given: object, engine: Engine, settings: Settings
) -> tuple[recommender.ItemTable | None, tuple[str, ...]]:
    """What may be recommended, with its stock and margin where the table has them; and the columns that nobody reads."""
    if given is None:
        return None, ()
    table = read(given, engine=engine, options=settings.read)
    rows, item = table.rows, _items_column(table)
    stock, margin = (_find_column(rows, key) for key in ("stock", "margin"))
    listed = recommender.ItemTable(
        tuple(_cells(rows, item)),
        stock=_numbers_of(rows, item, stock, settings) if stock else (),
        margin=_numbers_of(rows, item, margin, settings) if margin else (),
    )
    unread = [name for name in own_columns(rows.columns) if name not in {item, stock, margin}]
    return listed, tuple(table.told_names.get(name, name) for name in unread)


def _find_column(rows: Rows, key: str) -> str | None:
    return next(
        (name for name in own_columns(rows.columns) if lexicon.name_says(name, "products", key, whole=True)), None
    )


def _items_column(table: Raw) -> str:
    """The column that is called like one of items, else the only one there is."""
    names = own_columns(table.rows.columns)
    found = _find_column(table.rows, "recommended") or (names[0] if len(names) == 1 else None)
    if found is None:
        raise InputError(
            f"No column of the table is called like items; it has: {', '.join(table.shown_columns)}.",
            hint="Call the column 'item'.",
        )
    return found


def _text(column: str) -> str:
    """SQL of a name as orders have it; a whole number that a frame made a float loses its zeros."""
    text = f"trim(cast({identifier(column)} as varchar))"
    return f"case when typeof({identifier(column)}) in ('DOUBLE', 'FLOAT') then regexp_replace({text}, '\\.0$', '') else {text} end"


def _cells(rows: Rows, column: str) -> list[str]:
    found = rows.query(f"select {_text(column)} as name from {{rows}} where {_text(column)} <> ''")
    return [str(name) for name in found["name"].to_pylist()]


def _numbers_of(rows: Rows, item: str, column: str, settings: Settings) -> tuple[float | None, ...]:
    """The cells of a column as numbers, in the spelling that amounts of a log may have; None where one says nothing."""
    text = f"coalesce(trim(cast({identifier(column)} as varchar)), '')"
    # A percentage is no number of pieces, and no margin of one.
    number = f"case when not contains({text}, '%') then {features.number_sql(rows, column, settings.orders)} end"
    found = rows.query(
        f"select try_cast({number} as double) as value, {text} as said from {{rows}} where {_text(item)} <> ''"
    ).to_pylist()
    blank = lexicon.cell_words("blank") | {""}
    wrong = [row["said"] for row in found if row["value"] is None and row["said"].lower() not in blank]
    if wrong or all(row["value"] is None for row in found):
        raise InputError(
            translate_count(
                len(wrong),
                "{n} cell of the column {column} of the table of items is no number: {example}.",
                "{n} cells of the column {column} of the table of items are no numbers, such as {example}.",
                column=repr(column),
                example=repr(wrong[0]),
            )
            if wrong
            else f"The column {column!r} of the table of items has no numbers.",
            hint="Write them as 12.5. An item whose cell is empty is not recommended.",
        )
    return tuple(row["value"] for row in found)
