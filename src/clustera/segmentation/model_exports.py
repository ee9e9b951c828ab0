"""The model for people and for other systems: rules, SQL."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from clustera import export, features, frames, pipeline, texts
from clustera.arguments import NAMES, PLACE, TEXT, arguments_checked, takes
from clustera.days import to_date
from clustera.errors import InputError
from clustera.records import RuleSet
from clustera.segmentation.held import Held
from clustera.store import refuse_missing_parent, write_bytes, write_own_files, write_text

if TYPE_CHECKING:
    import pandas as pd


@arguments_checked
class ModelExports(Held):
    """The model of a segmentation in other forms; each says how it was tried."""

    @cached_property
    def rule_set(self) -> RuleSet:
        """A few conditions on the original columns for each segment, learned on seven of ten customers, tried on the others.

        Raises:
            InputError: there are fewer than 20 customers to learn from.
            RunError: the run is of a version that did not keep the values of customers.

        >>> round(seg.rule_set.fidelity, 2)
        1.0
        """
        customers, values = self._listed.tables
        return pipeline.find_rules(self.outcome.model, self.names, customers, values)

    def rules(self) -> pd.DataFrame:
        """Rules that say who is in which segment, in your own columns and units.

        Returns:
            One row per rule: segment, name, rule (a sentence), customers (held-out customers for whom it holds), right (of
            them in the segment), precision and coverage (of all rules of the segment). `attrs` has fidelity (share of the
            held-out customers who get the segment they have), cost (of those who get another one), held_out and learned.

        Raises:
            InputError: there are fewer than 20 customers to learn from.
            RunError: the run is of a version that did not keep the values of customers.

        >>> seg.rules()[["segment", "customers", "right"]]
           segment  customers  right
        0        1         15     15
        1        1          0      0
        2        2         14     14
        3        3         24     24
        4        3          0      0
        """
        with texts.speaking(self.outcome.locale):
            return frames.rules_frame(self.rule_set, self.outcome.preparation.features, self.names)

    @takes(dialect=TEXT, table=TEXT)
    def rules_sql(self, *, dialect: str = "duckdb", table: str = "customers") -> str:
        """The rules as one query of a CASE that people can read; its first lines say how often it is right.

        Args:
            dialect: duckdb, postgres, sqlite, mysql, spark, bigquery or snowflake.
            table: The table it reads: one row per customer, its columns as in the run's table.

        Raises:
            InputError: there is no such dialect, or there are fewer than 20 customers to learn from.
            RunError: the run is of a version that did not keep the values of customers.

        >>> print(seg.rules_sql().splitlines()[0])
        -- Rules for the segments of the run DataFrame, in the SQL of duckdb. They are simpler than the segments.
        """
        return pipeline.rules_sql(
            self.rule_set,
            self.outcome.model,
            self.names,
            run=self._called,
            dialect=dialect,
            table=table,
            source=self.outcome.source,
            orders=self.outcome.behavior is not None,
        )

    @takes(dialect=TEXT, table=TEXT)
    def sql(self, *, dialect: str = "duckdb", table: str = "customers") -> str:
        """One query that assigns these segments in a warehouse, as `predict` does; its first lines say how that was tried.

        Args:
            dialect: duckdb, postgres, sqlite, mysql, spark, bigquery or snowflake.
            table: The table it reads, as that warehouse writes it: one row per customer, its columns as in the run's table.

        Raises:
            InputError: there is no such dialect.
            RunError: a label differs from what `predict` says.

        >>> print(seg.sql(table="crm.features"))
        -- Segments of the run DataFrame, in the SQL of duckdb.
        -- It reads crm.features: one row per customer, with customer_id and the features computed from the orders, ...
        """
        text, _ = pipeline.model_sql(
            self.outcome.model,
            self.names,
            self._listed.tables[1],
            run=self._called,
            dialect=dialect,
            table=table,
            source=self.outcome.source,
            orders=self.outcome.behavior is not None,
            proof=self._proof,
        )
        return text

    @takes(path=PLACE, dialect=TEXT, table=TEXT)
    def write_sql(self, path: str | Path, *, dialect: str = "duckdb", table: str = "customers") -> str:
        """Write the query of `sql` as a file; returns the proof: rows tried, labels that differ from `predict`.

        Args:
            path: The file, such as segments.sql.
            dialect: duckdb, postgres, sqlite, mysql, spark, bigquery or snowflake.
            table: The table it reads, as that warehouse writes it.

        Raises:
            InputError: there is no such dialect, the path is no .sql, or its folder is not there.
            RunError: a label differs from what `predict` says.
            SetupError: the file can't be written.

        >>> seg.write_sql("segments.sql")
        'Proof: run by DuckDB on 210 customers of the run and ... 0 of ... labels differ from clustera predict.'
        """
        refuse_missing_parent(Path(path))
        write_text(Path(path), self.sql(dialect=dialect, table=table), kinds=(".sql",))
        return export.proof_sentence(self._proof)

    @takes(names=NAMES, dialect=TEXT)
    def features_sql(
        self, names: Sequence[str] = (), *, as_of: datetime.date | None = None, dialect: str = "duckdb"
    ) -> str:
        """One query that computes the features of these segments from order lines: the columns that `sql` reads.

        Args:
            names: Features; those of the segments when none is named.
            as_of: The last day that it sees. Default: the run's snapshot date.
            dialect: Any that sqlglot knows, such as postgres. Needs `pip install 'clustera[sql]'`.

        Raises:
            InputError: the segments were not made from orders, or there is no such feature or dialect.

        >>> print(seg.features_sql().splitlines()[0])
        -- What each customer has done up to 2025-03-25, which is day 20172 since 1970-01-01.
        """
        behavior = self.outcome.behavior
        if behavior is None:
            raise InputError(
                "These segments were made from a customer table, so no query over orders computes their features.",
                hint="Segment a log of orders, or name features: clustera features --sql order_days spend",
            )
        known = {feature.name for feature in features.feature_catalog()}
        used = [one.name for one in self.outcome.model.preparation.features if one.name in known]
        return features.behavior_script(
            names or used, as_of=as_of or to_date(behavior.as_of), window=self.outcome.model.window, dialect=dialect
        )

    @cached_property
    def _proof(self) -> export.Proof:
        """The query is the same in every dialect but for its spelling, so it is tried once."""
        orders = self.outcome.behavior is not None
        return pipeline.prove_model(
            self.outcome.model, self.names, self._listed.tables[1], source=self.outcome.source, orders=orders
        )

    @takes(project=PLACE, dialect=TEXT, table=TEXT, name=TEXT)
    def write_dbt(
        self, project: str | Path, *, dialect: str = "duckdb", table: str = "customers", name: str = export.DBT_MODEL
    ) -> tuple[Path, ...]:
        """Write a model for a dbt project that assigns these segments, with its tests and an exposure; returns the files.

        Args:
            project: The project's folder: models/NAME.sql and .yml, tests/NAME_shares.sql. Files that an earlier export wrote
                are replaced.
            dialect: Of the project's warehouse.
            table: The model it reads, or any expression of dbt such as "{{ source('crm', 'customers') }}".
            name: What the model will be called.

        Raises:
            InputError: there is no such dialect, or dbt can't have a model of that name.
            RunError: a label differs from what `predict` says, or a file of that name is not ours.

        >>> [file.as_posix() for file in seg.write_dbt("shop")]
        ['shop/models/customer_segments.sql', 'shop/models/customer_segments.yml', 'shop/tests/customer_segments_shares.sql']
        """
        files = pipeline.model_dbt(
            self.outcome.model,
            self.names,
            self._listed.tables[1],
            run=self._called,
            dialect=dialect,
            table=table,
            source=self.outcome.source,
            orders=self.outcome.behavior is not None,
            name=name,
            shares={segment.segment: segment.share for segment in self.outcome.segments},
            owner=self.outcome.company,
            proof=self._proof,
        )
        return write_own_files(Path(project), files, mark=export.DBT_MARK)

    @takes(path=PLACE)
    def write_onnx(self, path: str | Path) -> str:
        """Write the model as an ONNX graph in double; returns the proof: rows tried, labels that differ from `predict`.

        Its input is `features`: double, one row per customer, the columns in the order that its metadata tell, NaN where a value
        is missing. Its output is `segment`, the number of the segment (int64). Needs `pip install 'clustera[onnx]'`.

        Args:
            path: The file, such as model.onnx.

        Raises:
            InputError: the path is no .onnx, or its folder is not there.
            RunError: a label differs from what `predict` says.
            SetupError: the package onnx is not installed, or the file can't be written.

        >>> seg.write_onnx("model.onnx")
        '0 of ... labels differ from clustera predict, by ONNX Runtime ...'
        """
        place = Path(path)
        if place.suffix.lower() != ".onnx":
            raise InputError(f"{place} is no .onnx.", hint="For example: model.onnx")
        refuse_missing_parent(place)
        content, proof, by = pipeline.model_onnx(
            self.outcome.model, self.names, self._listed.tables[1], run=self._called
        )
        write_bytes(place, content)
        return f"{proof.differ} of {proof.rows:,} labels differ from clustera predict, by {by}."

    def card(self) -> str:
        """The model card as Markdown: data, preparation, purpose and limits, stability, sensitive attributes, versions.

        >>> [line for line in seg.card().splitlines() if line.startswith("#")][:3]
        ['# Model card: Customer segments, March 2025', '## What the segments are for', "## What they can't tell"]
        """
        return pipeline.render_model_card(self.outcome, names=self.names, versions=self._versions)

    @property
    def _called(self) -> str:
        return self._run.name if self._run else self.outcome.source.name
