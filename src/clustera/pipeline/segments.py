"""From a customer table, or a log of orders, to named segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from clustera import features, prepare
from clustera.actions import Baseline, Playbook, load_playbook, suggest_actions
from clustera.cluster import identity
from clustera.engines import Engine, Rows
from clustera.pipeline.assigning import (
    customers_table,
    values_of,
    with_actions,
    with_contact_order,
    with_segment_before,
)
from clustera.pipeline.behavior import with_orders
from clustera.pipeline.diagnostics import diagnostics, outliers_apart
from clustera.pipeline.drawing import BORDERLINE, draw_segments, keep_segments
from clustera.pipeline.forecast_check import check_earlier_forecast
from clustera.pipeline.inspect import read_and_check
from clustera.pipeline.item_suggestions import with_suggested_items
from clustera.pipeline.keeping import (
    Earlier,
    ranked_outcome,
)
from clustera.pipeline.lines import kept_lines
from clustera.pipeline.movers import summarize_movers, with_fallen_actions
from clustera.pipeline.noise import patterns_marked
from clustera.pipeline.past import refuse_without_orders
from clustera.pipeline.responses import base_rates, stated_rates
from clustera.pipeline.sources import Log, Sources
from clustera.pipeline.usual_moves import with_usual_moves
from clustera.profile import additive_features, describe, patterns, with_fractions
from clustera.progress import Progress, first_part
from clustera.records import (
    Checked,
    Comparison,
    Model,
    Outcome,
)
from clustera.samples import SAMPLED
from clustera.settings import Settings
from clustera.texts import Language, action_label, load_language, speaking, to_locale


@dataclass(frozen=True, slots=True)
class Result:
    """What a run of the pipeline leaves: the outcome, and the tables as long as the customers'."""

    engine: Engine
    outcome: Outcome
    customers: Rows  # as customers.parquet: id, segment, name, ..., key, ..., action, action_code, control
    quarantine: Rows
    sample: pa.Table  # at most 20,000 customers: the features, segment, outlier, borderline
    settings: Settings  # what was asked for, with what was taken from the earlier run
    prepared: Rows  # `prepare.tabulate`: the points, by `_row`
    orders_quarantine: Rows | None = None  # order lines that were not used; None without orders
    values: Rows | None = None  # id, then the features and descriptors of every customer, original units
    orders: Rows | None = None  # `Orders.rows` up to the snapshot date, where they are to be kept


def segment(
    sources: Sources, settings: Settings, *, earlier: Earlier | None = None, progress: Progress | None = None
) -> Result:
    """From a customer table, or a log of orders, to named segments.

    Args:
        sources: Paths, or any tables that speak Arrow.
        settings: What is asked for.
        earlier: A run whose definitions of segments are kept; with `redraw` its names and identities, where most
            customers of a segment are still together.
        progress: Called with the step's name and the share of the whole that is done.

    Raises:
        InputError: the table can't be segmented; the sentence says why and what cures it.
    """
    say = progress or (lambda step, share: None)
    refuse_without_orders(sources, settings)
    language, playbook = _words_and_rules(settings)
    with speaking(to_locale(language)):
        return _segmented_sources(sources, settings, earlier=earlier, language=language, playbook=playbook, say=say)


def _segmented_sources(
    sources: Sources,
    settings: Settings,
    *,
    earlier: Earlier | None,
    language: Language,
    playbook: Playbook,
    say: Progress,
) -> Result:
    engine = Engine(memory_limit=settings.run.memory_limit, threads=settings.run.threads)
    checking = first_part(say, 0.3)
    found = read_and_check(
        sources, settings, engine, earlier=earlier, refuse_log=True, may_stop=True, progress=checking
    )
    log, checked, weights, settings = found.log, found.checked, found.weights, found.settings
    excluded = () if log is None else features.named_categories(log.orders, settings.actions.exclude_categories)
    say("Looking for patterns", 0.3)
    seen = patterns(checked)
    say("Preparing", 0.35)
    if earlier is not None and not settings.cluster.redraw:
        drawn = keep_segments(checked, earlier, settings, engine=engine, log=log, say=say)
    else:
        drawn = draw_segments(checked, settings, engine, log=log, weights=weights, earlier=earlier, say=say)
    checked, learned, rows = drawn.checked, drawn.preparation, drawn.rows
    learned = replace(learned, features=with_fractions(learned.features, seen, language))
    learned = replace(learned, notes=prepare.preparation_notes(learned, checked.balance.segmented))
    say("Describing segments", 0.85)
    given, colors = _kept_looks(earlier)
    profiles = describe(
        rows,
        checked_columns=checked.columns,
        preparation=learned,
        centers=drawn.centers,
        centers_original=prepare.original_units(drawn.centers, learned),
        segments=drawn.segments,
        trust=drawn.trust,
        verdict=drawn.selection.verdict,
        names=given,
        bases=earlier.bases if earlier is not None else {},
        colors=colors,
        language=language,
    )
    # By number in every table, also where segments that were drawn anew kept the numbers of earlier ones.
    profiles = tuple(sorted(profiles, key=lambda profile: profile.segment))
    of = {profile.segment: profile for profile in profiles}
    names = {s: of[s].name for s in drawn.segments}
    model = Model(
        columns=checked.columns,
        preparation=learned,
        centers=tuple(map(tuple, drawn.centers.tolist())),
        segments=drawn.segments,
        names=tuple(names.values()),
        colors=tuple(of[s].color for s in drawn.segments),
        borderline=BORDERLINE,
        window=log.window if log is not None else 0,
        last_number=max(*drawn.segments, earlier.model.last_number if earlier is not None else 0),
    )
    comparison = _dated_comparison(drawn.comparison, earlier, log)
    outcome = Outcome(
        source=checked.source,
        balance=checked.balance,
        columns=checked.columns,
        findings=(*checked.findings, *drawn.findings),
        patterns=patterns_marked(seen, checked.columns),
        preparation=learned,
        selection=drawn.selection,
        segments=profiles,
        model=model,
        seed=settings.run.seed,
        title=settings.run.title,
        company=settings.run.company,
        comparison=identity.name_comparison_of_moves(comparison, names) if comparison else None,
        locale=to_locale(language),
    )
    outcome = _looked_closer(outcome, drawn.prepared, language, say if settings.run.diagnostics else None)
    customers = customers_table(rows, names)
    if log is not None:
        say("Forecasting value", 0.9)
        outcome, customers = with_orders(
            outcome, log, past=drawn.past, customers=customers, settings=settings, engine=engine
        )
    customers = _with_earlier_segment(customers, earlier, comparison, engine)
    outcome = ranked_outcome(outcome, log, None if earlier is None or settings.cluster.redraw else earlier.model)
    ranking = outcome.model.ranking if outcome.comparison is None else outcome.comparison.ranking
    outcome = replace(
        outcome,
        movers=with_usual_moves(summarize_movers(customers, ranking, log), outcome, log, engine),
        forecast_check=check_earlier_forecast(earlier, log),
    )
    asked = settings.actions
    baselines = base_rates(rows, checked, names, asked) if log is None else stated_rates(names, asked)
    outcome, customers = _suggested(
        outcome, customers, log, playbook=playbook, language=language, baselines=baselines, excluded=excluded
    )
    say("Done", 1.0)
    return Result(
        engine,
        outcome,
        customers,
        checked.quarantine,
        _sample_customers(rows, checked),
        settings,
        drawn.prepared,
        log.orders.quarantine if log is not None else None,
        values_of(rows, checked),
        _kept_lines(log, settings),
    )


def _kept_lines(log: Log | None, settings: Settings) -> Rows | None:
    return kept_lines(log) if log is not None and settings.run.keep_orders else None


def _suggested(
    outcome: Outcome,
    customers: Rows,
    log: Log | None,
    *,
    playbook: Playbook,
    language: Language,
    baselines: Mapping[int, Baseline],
    excluded: Sequence[str],
) -> tuple[Outcome, Rows]:
    """What is suggested to do for whom; with orders also which item each customer is offered."""
    actions = suggest_actions(
        outcome.segments,
        playbook=playbook,
        language=language,
        behavior=outcome.behavior,
        baselines=baselines,
        excluded=excluded,
    )
    customers = with_actions(customers, actions, list(map(action_label, actions)))
    customers = with_contact_order(customers, actions, outcome)
    if log is not None:
        customers, actions = with_suggested_items(customers, log, actions, excluded=excluded)
    movers = with_fallen_actions(outcome.movers, customers)
    return replace(outcome, actions=actions, movers=movers), customers


def _words_and_rules(settings: Settings) -> tuple[Language, Playbook]:
    """Read before anything else: a wrong file must not cost a run."""
    language = load_language(settings.profile.language)
    return language, load_playbook(settings.actions.playbook, language=language)


def _looked_closer(outcome: Outcome, prepared: Rows, language: Language, say: Progress | None) -> Outcome:
    """Outliers; and where `say` is given, the answers to the Sensitivity analysis."""
    features, customers = outcome.preparation.features, outcome.balance.segmented
    found = outliers_apart(prepared, outcome.preparation, customers, additive=additive_features(features, language))
    outcome = replace(outcome, apart=found)
    if say is None:
        return outcome
    say("Sensitivity analysis", 0.88)
    return replace(outcome, examination=diagnostics(prepared, outcome))


def _sample_customers(rows: Rows, checked: Checked) -> pa.Table:
    features = [column.name for column in checked.role("feature")]
    return rows.lowest([*features, "segment", "outlier", "borderline"], SAMPLED, ties=["_row"])


def _kept_looks(earlier: Earlier | None) -> tuple[dict[int, str], dict[int, int]]:
    """Names and colors of earlier segments, by their numbers."""
    if earlier is None:
        return {}, {}
    return dict(earlier.names), dict(zip(earlier.model.segments, earlier.model.colors, strict=True))


def _dated_comparison(comparison: Comparison | None, earlier: Earlier | None, log: Log | None) -> Comparison | None:
    """What changed since the earlier run, with the days of both."""
    if comparison is None:
        return None
    return replace(
        comparison,
        day_before=earlier.as_of if earlier else None,
        day_after=log.as_of if log is not None else None,
    )


def _with_earlier_segment(
    customers: Rows, earlier: Earlier | None, comparison: Comparison | None, engine: Engine
) -> Rows:
    if earlier is None or earlier.customers is None or comparison is None:
        return customers
    before = engine.arrow(earlier.customers.select(["id", "segment"]))
    return with_segment_before(customers, before, comparison.names_before)
