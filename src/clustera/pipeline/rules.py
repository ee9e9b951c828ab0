"""Rules for segments: learned on seven of ten customers, tried on the others by the query that people get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from clustera import export
from clustera.audiences import join_values
from clustera.audiences.population import FEATURE
from clustera.engines import Rows, array_of, identifier
from clustera.errors import InputError, RunError
from clustera.pipeline.querying import feature_readings, refuse_no_table
from clustera.pipeline.table_names import kept_columns, renamed_columns, table_names
from clustera.profile import learn_rules
from clustera.records import Model, Rule, RuleSet, SegmentRules, Source
from clustera.samples import SAMPLED

HELD_OUT = "_key % 10 >= 7"
FEWEST = 20  # customers


def find_rules(model: Model, names: Mapping[int, str], customers: Rows, values: Rows | None) -> RuleSet:
    """A few conditions on the original columns for each segment, with how often they are right.

    Which customers are held out follows from their keys, so it is the same in every run.

    Args:
        model: Of a run.
        names: Of segments.
        customers: The run's customers: id, segment, key, ...
        values: Their features, by id.

    Raises:
        InputError: there are too few customers.
        RunError: the run does not keep the values of its customers.
    """
    # So that other names and another order of the columns give the same rules.
    prepared = sorted(model.preparation.features, key=lambda feature: feature.by_values)
    features = [feature.name for feature in prepared]
    if values is None or not set(features) <= set(values.columns):
        raise RunError(
            "This run was written by a version that did not keep the values of each customer.",
            hint="Segment the table again.",
        )
    cells = ", ".join(f"{identifier(FEATURE + name)} as {identifier(name)}" for name in features)
    rows = join_values(customers, values).select(f"select segment as _segment, key as _key, {cells} from {{rows}}")
    sample = rows.select(f"select * from {{rows}} where not ({HELD_OUT})").lowest(
        ["_segment", *features], SAMPLED, ties=["_key", *features]
    )
    if sample.num_rows < FEWEST:
        raise InputError(
            f"Rules can be learned from {FEWEST} customers or more; here are {sample.num_rows}.",
            hint="The segments are described by `clustera show`.",
        )
    filled = np.column_stack(
        [
            np.nan_to_num(array_of(sample[f.name]).astype(np.float64), nan=f.fill, posinf=np.inf, neginf=-np.inf)
            for f in prepared
        ]
    )
    rules = learn_rules(filled, array_of(sample["_segment"]).astype(np.int64), features)
    return _tested_rules(rules, model, rows, sample.num_rows)


def rules_sql(
    rules: RuleSet,
    model: Model,
    names: Mapping[int, str],
    *,
    run: str,
    dialect: str,
    table: str,
    source: Source,
    orders: bool,
) -> str:
    """The rules as one query of a CASE, with its figures on top.

    Raises:
        InputError: there is no such dialect.
    """
    spoken = export.dialect_of(dialect)
    refuse_no_table(table)
    features = model.preparation.features
    called = {} if orders else table_names(model, spoken, source)
    keep = kept_columns(model, called, orders=orders)
    every = [rule for segment in rules.segments for rule in segment.rules]
    readings = () if orders else feature_readings(model, called)
    text = export.rules_query(every, features, names, spoken, table=table, keep=keep, readings=readings)
    needed = [*renamed_columns(model, called, spoken), *export.values_needed(readings)]
    needed += [export.spellings_read(readings, spoken)] if readings else []
    return export.rules_script(text, rules, run=run, dialect=spoken, needed=needed)


def _tested_rules(rules: tuple[Rule, ...], model: Model, rows: Rows, learned: int) -> RuleSet:
    """The rules with their figures, counted by one query each over the held-out customers."""
    duck = export.dialect_of("duckdb")
    features = model.preparation.features
    # Each rule is a segment of its own here, so that the query that people get says which of the rules held.
    numbered = [replace(rule, segment=place) for place, rule in enumerate(rules)]
    text = export.rules_query(
        numbered,
        features,
        dict.fromkeys(range(len(rules)), ""),
        duck,
        table="tried",
        keep=["_segment"],
    )
    counted = rows.query(
        f"with tried as (select * from {{rows}} where {HELD_OUT}) "
        f"select _segment, segment as place, count(*) as n from ({text}) group by all"
    ).to_pylist()
    found = {(row["place"], row["_segment"]): row["n"] for row in counted}
    held = {s: sum(n for (_, segment), n in found.items() if segment == s) for s in model.segments}
    told = [
        replace(
            rule,
            customers=sum(n for (at, _), n in found.items() if at == place),
            right=found.get((place, rule.segment), 0),
        )
        for place, rule in enumerate(rules)
    ]
    return RuleSet(
        segments=tuple(
            SegmentRules(
                segment=s,
                rules=tuple(sorted((r for r in told if r.segment == s), key=lambda rule: -rule.customers)),
                customers=held[s],
            )
            for s in model.segments
        ),
        learned=learned,
        held_out=sum(held.values()),
    )
