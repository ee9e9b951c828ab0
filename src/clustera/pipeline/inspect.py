"""The first half of a run by itself: what a customer table holds, and whether it keeps its contract."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from clustera import features
from clustera.check import check
from clustera.check.contract import Contract, contract_of, contract_toml, from_toml, hold_against, stop_on
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.pipeline.orders import customers_from_orders
from clustera.pipeline.sources import Sources
from clustera.progress import Progress, within
from clustera.read import read
from clustera.records import Checked, Column, Finding, Raw, own_columns
from clustera.settings import Settings
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
    checked = check_raw(read(source, engine=engine, options=settings.read), settings)
    stop_where_asked(checked, settings)
    return checked


def checked_sources(
    sources: Sources,
    settings: Settings,
    engine: Engine,
    *,
    like: Sequence[Column] = (),
    progress: Progress | None = None,
) -> Checked:
    """What a run would segment: a customer table, or customers made of their orders.

    Args:
        sources: Paths, or any tables that speak Arrow.
        settings: What is asked for.
        engine: Where the rows live.
        like: Columns of an earlier run whose roles are kept.
        progress: Told the step and the share of the whole that is done.

    Raises:
        InputError: it can't be segmented.
    """
    say: Progress = progress or (lambda step, share: None)
    if sources.orders is not None:
        return customers_from_orders(sources, settings, engine, say)[1]
    reading = within(say, "Reading", 0.0, 0.6)
    raw = read(sources.customers, engine=engine, options=settings.read, progress=reading)
    say("Checking", 0.6)
    checked = check_raw(
        raw, settings, before=like, progress=within(say, "Checking", 0.6, 1.0), source=sources.customers
    )
    found = tuple(_with_path(finding, sources.customers) for finding in checked.findings)
    return replace(checked, findings=found)


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
    return checked if log is None else replace(checked, findings=(log, *checked.findings))


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
    return with_contract(check(raw, options=promised.model_copy(update=asked), progress=progress), settings)


def with_contract(checked: Checked, settings: Settings) -> Checked:
    """A checked table with the findings where it breaks its contract; as it is where there is none."""
    if settings.run.contract is None:
        return checked
    found = hold_against(checked, _contract(settings.run.contract))
    return replace(checked, findings=(*checked.findings, *found))


def stop_where_asked(checked: Checked, settings: Settings) -> None:
    """Stop at what the caller said must stop a run: any warning when `strict`, else what breaks the contract."""
    if settings.run.strict:
        stop_on(checked.findings)
    elif settings.run.contract is not None:
        stop_on([finding for finding in checked.findings if finding.code.startswith("contract-")])


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
    return from_toml(text, name=str(path))
