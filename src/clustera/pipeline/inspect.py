"""The first half of a run by itself: what a customer table holds, and whether it keeps its contract."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clustera import features
from clustera.check import check, check_like
from clustera.check.contract import (
    Contract,
    contract_from_toml,
    contract_of,
    contract_toml,
    hold_against_contract,
    stop_on_findings,
)
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.pipeline.drift import with_drift
from clustera.pipeline.earlier_months import earlier_months_findings
from clustera.pipeline.keeping import (
    Earlier,
    kept_features,
    naming_kept_options,
    options_finding,
    refuse_earlier_day,
    refuse_other_currency,
    refuse_other_definitions,
)
from clustera.pipeline.orders import customers_from_orders
from clustera.pipeline.sources import Log, Sources
from clustera.progress import Progress, progress_within
from clustera.read import read, unchanged
from clustera.records import Checked, Column, Finding, Raw, Reason, own_columns
from clustera.settings import Settings, with_earlier_options
from clustera.texts import finding_cure, finding_message

MOST_FEATURES = 500


def inspect(source: object, settings: Settings, engine: Engine) -> Checked:
    """Read and check a customer table; hold it against its contract where there is one.

    Args:
        source: A path, or any table that speaks Arrow.
        settings: What is asked for.
        engine: Where the rows live.

    Raises:
        InputError: the table can't be segmented.
        FindingsError: the contract is broken, or `strict` was asked for and something was found.
    """
    return read_and_check(Sources(source), settings, engine, may_stop=True).checked


@dataclass(frozen=True, slots=True)
class CheckedSources:
    """Customers ready to be segmented."""

    log: Log | None  # of orders, where there are some
    checked: Checked
    weights: dict[str, float]  # of features that come from orders
    settings: Settings  # with what was taken from the earlier run


def read_and_check(
    sources: Sources,
    settings: Settings,
    engine: Engine,
    *,
    earlier: Earlier | None = None,
    refuse_log: bool = False,
    may_stop: bool = False,
    progress: Progress | None = None,
) -> CheckedSources:
    """A customer table, or customers made of their orders, as every run, dry run and preview sees them.

    Args:
        sources: Paths, or any tables that speak Arrow.
        settings: What is asked for.
        engine: Where the rows live.
        earlier: A run whose definitions are kept; with `redraw` the roles of its columns.
        refuse_log: Refuse a log of orders that is given as a customer table, unless the caller said what its columns are.
        may_stop: Stop at what was found where `strict` or a contract asks for that; else it is only told.
        progress: Told the step and the share of the whole that is done.

    Raises:
        InputError: it can't be segmented.
        FindingsError: it may stop, and there is something to stop at.
    """
    say: Progress = progress or (lambda step, share: None)
    refuse_future_snapshot(settings)
    say("Reading", 0.0)
    settings, taken = with_earlier_options(settings, earlier.options if earlier else {})
    kept = earlier if not settings.cluster.redraw else None
    if kept is not None:
        refuse_other_definitions(settings, kept)
    with naming_kept_options(taken, earlier.label if earlier else ""):
        if sources.orders is not None:
            found = _from_orders(sources, settings, engine, earlier, say)
        else:
            found = CheckedSources(
                None,
                _from_table(sources.customers, settings, engine, earlier=earlier, refuse_log=refuse_log, say=say),
                {},
                settings,
            )
    if taken and earlier is not None:
        findings = (*found.checked.findings, options_finding(taken, earlier))
        found = replace(found, checked=replace(found.checked, findings=findings))
    if kept is None:
        refuse_many_features(found.checked)
    else:
        found = replace(found, checked=with_drift(found.checked, kept.known))
    if may_stop:
        _stop_where_asked(found.checked, settings)
    return found


def refuse_future_snapshot(settings: Settings, *, today_is_fixed: bool = False) -> None:
    """No customer can be judged on a day that has not come yet.

    Args:
        settings: What is asked for.
        today_is_fixed: Whether the caller has no way to say what day it is.

    Raises:
        InputError: the snapshot date is after today.
    """
    asked, today = settings.check.as_of, settings.orders.latest_day()
    if asked is not None and asked > today:
        raise InputError(
            f"The snapshot date is {asked}, which is after today, {today}. What customers do until then is not known yet.",
            hint=f"Choose {today} or an earlier day, or leave the snapshot date out."
            + ("" if today_is_fixed else " If today is a later day, say so: --set today=YYYY-MM-DD."),
            field="as_of",
        )


def _from_orders(
    sources: Sources, settings: Settings, engine: Engine, earlier: Earlier | None, say: Progress
) -> CheckedSources:
    if settings.run.contract is not None:
        raise InputError(
            "A contract is about a customer table that is segmented by itself; with orders it would not be looked at.",
            hint="Hold the table against it first: clustera segment TABLE --contract FILE --check-only",
        )
    window = earlier.model.window if earlier else 0
    kept = earlier.model.columns if earlier and not settings.cluster.redraw else ()
    currency = earlier.currency if earlier else ""
    log, checked, weights = customers_from_orders(
        sources, kept_features(settings, earlier), engine, say, window=window, earlier=kept, currency=currency
    )
    refuse_earlier_day(log.as_of, earlier, log.orders.findings)
    refuse_other_currency(log.orders.money.currency, None if settings.cluster.redraw else earlier)
    checked = replace(checked, findings=(*checked.findings, *earlier_months_findings(log, earlier)))
    return CheckedSources(log, checked, weights, settings)


def _from_table(
    source: object, settings: Settings, engine: Engine, *, earlier: Earlier | None, refuse_log: bool, say: Progress
) -> Checked:
    raw = read(source, engine=engine, options=settings.read, progress=progress_within(say, "Reading", 0.0, 0.5))
    say("Checking", 0.5)
    checking = progress_within(say, "Checking", 0.5, 1.0)
    with unchanged(raw):
        if earlier is not None and not settings.cluster.redraw:
            kept = check_like(raw, earlier.model.columns, options=settings.check, progress=checking)
            return with_contract(kept, settings)
        before = earlier.model.columns if earlier else ()
        return check_raw(
            raw, settings, before=before, progress=checking, refuse_log=refuse_log and not before, source=source
        )


def check_raw(
    raw: Raw,
    settings: Settings,
    *,
    before: Sequence[Column] = (),
    progress: Progress | None = None,
    refuse_log: bool = False,
    source: object = None,
) -> Checked:
    """Check what was read, and add where it breaks its contract, or is a log of orders.

    Args:
        raw: The table as read.
        settings: What is asked for.
        before: Columns of an earlier run whose roles are kept.
        progress: Told the share that is done.
        refuse_log: Refuse a log of orders, unless the caller said what its columns are.
        source: As the caller named it, for the command that an error suggests.

    Raises:
        InputError: it can't be segmented; where it is a log of orders, that is said instead.
    """
    log = features.log_finding(raw)
    asked = settings.check.id or settings.check.features or settings.check.exclude or settings.run.contract
    if log and refuse_log and not asked:
        raise InputError(finding_message(log), hint=finding_cure(_with_path(log, source)))
    try:
        checked = _checked_table(raw, settings, before, progress)
    except InputError as error:
        if log is None:
            raise
        raise InputError(finding_message(log), hint=finding_cure(_with_path(log, source))) from error
    return checked if log is None else replace(checked, findings=(_with_path(log, source), *checked.findings))


def _with_path(finding: Finding, source: object) -> Finding:
    """A finding whose suggested command names the file as the caller did; a run keeps the file's name alone."""
    if "path" not in finding.values or not isinstance(source, str | Path) or not Path(source).exists():
        return finding  # an address may hold a password
    return replace(finding, values={**finding.values, "path": shlex.quote(str(source))})


def _checked_table(raw: Raw, settings: Settings, before: Sequence[Column], progress: Progress | None) -> Checked:
    if settings.run.contract is None:
        return check(raw, options=settings.check, before=before, progress=progress)
    promised = _contract(settings.run.contract).options(own_columns(raw.rows.columns))
    asked = settings.check.model_dump(exclude_defaults=True)
    options = promised.model_copy(update=asked)
    checked = check(raw, options=options, before=before, progress=progress)
    said = {column.name for column in checked.columns if column.reason.code == "asked"}
    said -= {raw.column_meant(name) for name in (settings.check.id or "", *settings.check.features)}
    said -= {raw.column_meant(name) for name in (*settings.check.descriptors, *settings.check.exclude)}
    columns = [
        replace(column, reason=Reason("contract-role")) if column.name in said else column for column in checked.columns
    ]
    return with_contract(replace(checked, columns=tuple(columns)), settings)


def with_contract(checked: Checked, settings: Settings) -> Checked:
    """A checked table with the findings where it breaks its contract; as it is where there is none."""
    if settings.run.contract is None:
        return checked
    found = hold_against_contract(checked, _contract(settings.run.contract))
    return replace(checked, findings=(*checked.findings, *found))


def _stop_where_asked(checked: Checked, settings: Settings) -> None:
    """Stop at what the caller said must stop a run: any warning when `strict`, else what breaks the contract."""
    if settings.run.strict:
        stop_on_findings(checked.findings)
    elif settings.run.contract is not None:
        stop_on_findings([finding for finding in checked.findings if finding.code.startswith("contract-")])


def refuse_many_features(checked: Checked) -> None:
    """Refuse more features than anybody could look at, before that takes hours."""
    features = checked.role("feature")
    if len(features) > MOST_FEATURES:
        raise InputError(
            f"{checked.source.name} has {len(features):,} columns that would form the segments; there can be at most {MOST_FEATURES}.",
            hint=f"Name the columns that matter: --features {features[0].name},{features[1].name},... Or reduce them first, "
            "for example with scikit-learn's PCA, and segment the components.",
        )


def contract_text(checked: Checked) -> str:
    """The contract that a table keeps, as TOML."""
    return contract_toml(contract_of(checked))


def _contract(path: Path) -> Contract:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"Can't read the contract {path}: {error.strerror}.",
            hint="Check the path; relative ones start where you are.",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The contract {path} is no text.", hint="`clustera contract FILE` writes one.") from error
    return contract_from_toml(text, name=str(path))
