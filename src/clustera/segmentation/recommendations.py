"""Recommendations in Python: `seg.recommend` and `clustera.recommend`."""

from __future__ import annotations

from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clustera import pipeline, texts
from clustera.arguments import NUMBER, PROGRESS, TEXT, arguments_checked, takes
from clustera.engines import Engine
from clustera.errors import InputError, RunError
from clustera.records import Locale, RecommendationSummary, RecommendedItem
from clustera.segmentation.people import Customers
from clustera.segmentation.progress import shown_progress
from clustera.segmentation.spoken import Sentences
from clustera.settings import gather_settings
from clustera.store import Run, keep_recommendations, write_rows, write_table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

AFFINITIES = ("segment", "item", "other", "baskets", "support", "confidence", "lift")
UPGRADES = ("id", "category", "usual_price", "item", "price", "share")


@arguments_checked
class Recommendations(Sentences):
    """Items that each customer is likely to buy next. Made by `seg.recommend` or `clustera.recommend`; prints itself.

    `record` says which rules made the lists and how good they were on later purchases.

    >>> print(seg.recommend(count=1))
    210 recommendations for 210 customers, from 3 categories. A probability is that of buying it in the 92 days after March 25, 2025.
    Bought before: ranked by how often the customer bought it. ...
    """

    _table_shown = "table"

    def __init__(
        self, lists: pipeline.RecommendedLists, engine: Engine | None, locale: Locale, run: Run | None = None
    ) -> None:
        self.record: RecommendationSummary = lists.summary
        self._lists = lists
        self._run = run
        self._engine = engine  # of its own, where no segmentation holds the rows
        self._locale = locale

    def arrow(self) -> pa.Table:
        """The lists as an Arrow table: see `table`.

        >>> seg.recommend(count=1).arrow().num_rows
        210
        """
        return self._lists.rows.arrow()

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per customer and item, by id and rank.

        id, segment (of a run), rank, item, item_name (with a table of products), kind ("repeat": bought before, or "new"), probability (of this customer to buy it in `record.days`
        days, also after a long time without a purchase), reason, and the numbers of the reason: reason_code, purchases, days_between, days_since, goes_with, share, lift.

        >>> seg.recommend(count=1).table.loc[0, ["id", "item", "kind", "reason"]].tolist()
        ['C000', 'coffee', 'repeat', 'bought once, 32 days ago']
        """
        frame: pd.DataFrame = self.arrow().to_pandas()
        for name in ("purchases", "days_since"):
            frame[name] = frame[name].astype("Int64")
        return frame

    @cached_property
    def affinities(self) -> pd.DataFrame:
        """What is bought together: segment (missing: all customers), item, other, baskets, support, confidence, lift.

        >>> import clustera, pandas as pd
        >>> days = pd.date_range("2024-01-01", periods=12, freq="7D").strftime("%Y-%m-%d")
        >>> rows = [(customer, day, item) for customer in range(40) for day in days for item in ("tea", "milk", "jam")[: 1 + customer % 3]]
        >>> log = pd.DataFrame(rows, columns=["customer", "date", "product"]).assign(amount=3.0)
        >>> found = clustera.recommend(log)
        >>> found.affinities[["item", "other", "baskets", "lift"]].round(2).values.tolist()[:1]
        [['jam', 'milk', 156, 1.54]]
        """
        import pandas as pd

        frame = pd.DataFrame([asdict(entry) for entry in self._lists.affinities], columns=list(AFFINITIES))
        return frame.astype({"segment": "Int64"})

    @cached_property
    def upgrades(self) -> pd.DataFrame:
        """A product of the next price tier for categories in which a customer buys; empty without products and categories.

        id, segment (of a run), category, usual_price (what the customer pays), item, price (its average), share (of the customers
        who have bought it).

        >>> import clustera, pandas as pd
        >>> days = pd.date_range("2024-01-01", periods=12, freq="7D").strftime("%Y-%m-%d")
        >>> priced = [("green", 3.0), ("black", 4.0), ("gold", 8.0)] * 4
        >>> rows = [(c, day, item, price) for c in range(40) for day, (item, price) in zip(days, priced) if c % 3 or item != "gold"]
        >>> log = pd.DataFrame(rows, columns=["customer", "date", "product", "amount"]).assign(category="tea")
        >>> found = clustera.recommend(log, by="product")
        >>> found.upgrades[["category", "usual_price", "item", "price"]].values.tolist()[:1]
        [['tea', 3.5, 'gold', 8.0]]
        >>> found.write_upgrades("upgrades.csv").name
        'upgrades.csv'
        """
        import pandas as pd

        rows = self._lists.upgrades
        frame: pd.DataFrame = pd.DataFrame(columns=list(UPGRADES)) if rows is None else rows.arrow().to_pandas()
        return frame

    @cached_property
    def scores(self) -> pd.DataFrame:
        """How good each rule was on later purchases; empty where the log is too short to test.

        part, model, customers, ndcg, ndcg_error, recall, coverage, difference (of the NDCG from the simple rule) and
        difference_error (its standard error).

        >>> seg.recommend(count=1).scores[["part", "model", "customers"]].values.tolist()[:2]
        [['repeat', 'frequency', 136], ['repeat', 'popularity', 136]]
        """
        import pandas as pd

        return pd.DataFrame([asdict(score) for score in self.record.scores])

    def keep(self) -> Path:
        """Keep the lists beside the run, in place of those kept before: its report and dashboard then show them.

        Returns:
            The file: RUN.recommendations.parquet.

        Raises:
            RunError: the recommendations were made without a run.
            SetupError: the folder can't be written.

        >>> import clustera
        >>> with clustera.load("march") as run:
        ...     run.recommend(count=3).keep().name
        'march.recommendations.parquet'
        >>> first = clustera.load("march").outcome.recommended.next_items[0]
        >>> first.segment, first.item, first.kind, first.customers
        (1, 'coffee', 'new', 4)
        """
        if self._run is None:
            raise RunError("These recommendations belong to no run.", hint="Publish the run first, then load it.")
        return keep_recommendations(self._run, self._lists.further, self._lists.record)

    def sentences(self) -> list[str]:
        """How many lists, which rules made them and why these, and what else is to be known.

        >>> seg.recommend(count=1).sentences()[3]
        'In the list: what was bought before comes first.'
        """
        record = self.record
        with texts.speaking(self._locale):
            told = [
                texts.recommendation_head(record),
                *texts.recommendation_rules(record),
                texts.recommendation_test(record),
                *texts.recommendation_notes(record),
            ]
        return [sentence for sentence in told if sentence]

    def write(self, path: str | Path) -> Path:
        """Write the lists as one .csv or .parquet file, whole or not at all.

        Raises:
            RunError: it is a file of another kind.

        >>> import pandas as pd
        >>> len(pd.read_csv(seg.recommend(count=1).write("lists.csv")))
        210
        """
        write_rows(self._lists.rows, Path(path))
        return Path(path)

    def write_affinities(self, path: str | Path) -> Path:
        """Write what is bought together as CSV, whole or not at all.

        >>> seg.recommend(count=1).write_affinities("together.csv").read_text().split()
        ['segment,item,other,baskets,support,confidence,lift']
        """
        write_table(Path(path), [asdict(entry) for entry in self._lists.affinities], columns=AFFINITIES)
        return Path(path)

    def write_upgrades(self, path: str | Path) -> Path:
        """Write the upgrades as one .csv or .parquet file, whole or not at all.

        Raises:
            InputError: the log names no products with categories, or categories are recommended.
            RunError: it is a file of another kind.

        >>> seg.recommend(count=1).write_upgrades("upgrades.csv")
        Traceback (most recent call last):
        clustera.errors.InputError: Upgrades are products of a category: they need a log that names both.
        Hint: Say by="product".
        """
        if self._lists.upgrades is None:
            raise InputError(
                "Upgrades are products of a category: they need a log that names both.", hint="Say --by product."
            )
        write_rows(self._lists.upgrades, Path(path))
        return Path(path)

    def first_rows(self, count: int) -> list[dict[str, Any]]:
        """The first rows of the lists, without reading the others.

        >>> [(row["id"], row["item"]) for row in seg.recommend(count=1).first_rows(2)]
        [('C000', 'coffee'), ('C001', 'gifts')]
        """
        found: list[dict[str, Any]] = self._lists.rows.query(f"select * from {{rows}} limit {int(count)}").to_pylist()
        return found

    def close(self) -> None:
        """Release memory and temporary files; what was already read, such as `table`, stays.

        >>> found = seg.recommend(count=1)
        >>> table = found.table
        >>> found.close()
        >>> len(found.table) == len(table)
        True
        """
        if self._engine is not None:
            self._engine.close()


@arguments_checked
class Recommending(Customers):
    """What to recommend to the customers of a segmentation."""

    @takes(by=TEXT, count=NUMBER, days=NUMBER, per_category=NUMBER, only=TEXT, progress=PROGRESS)
    def recommend(
        self,
        *,
        by: RecommendedItem | None = None,
        count: int = 5,
        days: int | None = None,
        exclude: object = None,
        items: object = None,
        per_category: int | None = None,
        only: Literal["repeat", "new"] | None = None,
        orders: object = None,
        products: object = None,
        progress: bool | pipeline.Progress = False,
        **options: Any,  # noqa: ANN401 - see docs/settings.md
    ) -> Recommendations:
        """Items that each customer is likely to buy next, with the probability and the reason.

        Args:
            by: "category" or "product". Default: categories where the orders name some, else products.
            count: Items for each customer at most.
            days: That a probability is about. Default: a quarter, less where the log is short.
            exclude: Items that are never recommended: names, or a table of them.
            items: A table of what may be recommended; only with a stock and a margin above zero, where it has such columns.
                With a margin, lists are ranked by probability times margin.
            per_category: Most products of one category for each customer.
            only: "repeat" for what a customer has bought before, "new" for what not. Default: both.
            orders: A log of orders. Default: what the run kept (`keep_orders`).
            products: A table of products: what they are called, and with `orders` the categories of these.
            progress: Show a progress bar, or a function that is called with (step, share done).
            options: Any option of `docs/settings.md` on how the tables are read.

        Raises:
            RunError: the run did not keep its orders, and no log is given.
            InputError: the orders name no such items, or a table of items can't be used.

        >>> found = seg.recommend(count=1)
        >>> found.table[["id", "rank", "item"]].head(3).to_records(index=False).tolist()
        [('C000', 1, 'coffee'), ('C001', 1, 'gifts'), ('C002', 1, 'coffee')]
        >>> found.close()
        """
        wish = pipeline.RecommendationWish(
            by,
            count,
            days,
            exclude,
            items,
            per_category,
            only,
            products=products,
            segment_names=self.names,
            run=self.run_name,
        )
        settings = gather_settings(**self._reading(options))
        with texts.speaking(self.outcome.locale), shown_progress(progress) as tell:
            if orders is None:
                lines, behavior = self._listed.order_lines, self.outcome.behavior
                if lines is None or behavior is None:
                    raise RunError(
                        "This run did not keep the orders.",
                        hint="Pass the log: --orders FILE. Or segment it again with --keep-orders.",
                    )
                found = pipeline.recommend_items(
                    lines, wish, settings, as_of=behavior.as_of, members=self._listed.tables[0], progress=tell
                )
                return Recommendations(found, None, self.outcome.locale, self._run)
            engine = Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads)
            sources = pipeline.Sources(None, orders, products)
            lines, as_of = pipeline.read_recommended_log(sources, settings, engine)
            members = engine.arrow(self._tables.customers())
            found = pipeline.recommend_items(lines, wish, settings, as_of=as_of, members=members, progress=tell)
            return Recommendations(found, engine, self.outcome.locale, self._run)


@takes(by=TEXT, count=NUMBER, days=NUMBER, per_category=NUMBER, only=TEXT, progress=PROGRESS)
def recommend(
    orders: object,
    *,
    products: object = None,
    by: RecommendedItem | None = None,
    count: int = 5,
    days: int | None = None,
    exclude: object = None,
    items: object = None,
    per_category: int | None = None,
    only: Literal["repeat", "new"] | None = None,
    progress: bool | pipeline.Progress = False,
    **options: Any,  # noqa: ANN401 - see docs/settings.md
) -> Recommendations:
    """Items that each customer of a log is likely to buy next; like `seg.recommend`, without segments.

    Args:
        orders: A log of orders: a path, or any table that speaks Arrow.
        products: A table of products: what they are called, and their categories.
        by: "category" or "product". Default: categories where the orders name some, else products.
        count: Items for each customer at most.
        days: That a probability is about. Default: a quarter, less where the log is short.
        exclude: Items that are never recommended: names, or a table of them.
        items: A table of what may be recommended, with a column of stock or margin where these are known.
        per_category: Most products of one category for each customer.
        only: "repeat" for what a customer has bought before, "new" for what not. Default: both.
        progress: Show a progress bar, or a function that is called with (step, share done).
        options: Any option of `docs/settings.md` on how the tables are read, such as as_of="2024-05-31".

    Raises:
        InputError: it is no log of orders, or it names no such items.

    Example:
        >>> import clustera, pandas as pd
        >>> days = pd.date_range("2024-01-01", periods=10, freq="7D").strftime("%Y-%m-%d")
        >>> log = pd.DataFrame({"customer": "ann", "date": days, "product": ["tea", "milk"] * 5, "amount": 3.0})
        >>> found = clustera.recommend(log, count=1)
        >>> found.table[["id", "item", "reason"]].values.tolist()
        [['ann', 'milk', 'bought every 14 days, last on the snapshot date']]
    """
    settings = gather_settings(**options)
    engine = Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads)
    with shown_progress(progress) as tell:
        tell("Reading orders", 0.0)
        lines, as_of = pipeline.read_recommended_log(pipeline.Sources(None, orders, products), settings, engine)
        wish = pipeline.RecommendationWish(by, count, days, exclude, items, per_category, only, products=products)
        return Recommendations(
            pipeline.recommend_items(lines, wish, settings, as_of=as_of, progress=tell), engine, Locale()
        )
