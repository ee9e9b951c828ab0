"""What is asked for: the steps' own options, gathered from defaults, a TOML file, the environment and arguments.

Later sources win: defaults < file < environment (`CLUSTERA_K=5`) < arguments. An option's name is the same everywhere
and says by itself which step it is for, so that users never need to know.
"""

from __future__ import annotations

import csv
import json
import os
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from clustera.actions.options import ActionOptions
from clustera.arguments import shown_value
from clustera.check import CheckOptions
from clustera.cluster.options import ClusterOptions
from clustera.errors import InputError, closest, mask_secrets
from clustera.features.options import OrderOptions
from clustera.prepare import PrepareOptions
from clustera.profile.options import ProfileOptions
from clustera.read import ReadOptions
from clustera.value.options import ValueOptions

PREFIX = "CLUSTERA_"
MOST_NAMES = 10_000  # that one option can be given; tables have far fewer columns
# What other libraries call an option.
_ELSEWHERE = {
    "n_clusters": "k", "clusters": "k", "n_segments": "k", "segments": "k", "random_state": "seed", "random_seed": "seed",
    "n_jobs": "threads", "columns": "features", "customer_id": "id", "sep": "separator", "delimiter": "separator",
    "max_k": "k_max", "k_min": "k", "sheet_name": "sheet", "number_of_clusters": "k", "number_of_segments": "k",
    "ignore": "exclude", "drop": "exclude", "cols": "features", "variables": "features", "index": "id", "id_column": "id",
}  # fmt: skip

# Each says in another way which rows of a database are meant.
_ROWS_WANTED = {"table", "query"}

# What publishing is told, not segmenting.
_OF_PUBLISHING = {"name", "runs", "excel", "pdf"}


class RunOptions(BaseModel):
    """What belongs to the run as a whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(
        default=0,
        description="Seed of everything that is random; the same seed gives the same segments.",
        ge=0,
        lt=2**31,
    )
    threads: int | None = Field(
        default=None, description="Processor cores to use. Default: all. The answer does not depend on it.", ge=1
    )
    strict: bool = Field(default=False, description="Stop when the check finds a warning or an error.")
    contract: Path | None = Field(
        default=None, description="Contract (TOML) that the customer table is held against; a breach stops the run."
    )
    diagnostics: bool = Field(
        default=False,
        description="Ask Sensitivity analysis and show the answers in the report: other seeds, each feature left out, "
        "features that follow from others, other methods, outliers included. Takes a few seconds.",
    )
    keep_orders: bool = Field(
        default=False,
        description="Keep the order lines in the run: a customer's page then shows them, and `explain` says when the mere "
        "passing of time would move the customer.",
    )
    title: str = Field(
        default="",
        description='Title of the report, such as "Customers of the loyalty program". '
        'Default: "Customer segments" and the month of the snapshot date.',
    )
    company: str = Field(default="", description="Company or brand that the report is about; stands before its title.")
    memory_limit: str | None = Field(
        default=None, description='Memory for the rows, such as "2GB"; beyond it they go to disk.'
    )


class Settings(BaseModel):
    """Everything that can be asked for, one group per step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read: ReadOptions = Field(default_factory=ReadOptions, description="How the file is read.")
    check: CheckOptions = Field(default_factory=CheckOptions, description="What the columns are and what stops a run.")
    prepare: PrepareOptions = Field(default_factory=PrepareOptions, description="How values become coordinates.")
    cluster: ClusterOptions = Field(default_factory=ClusterOptions, description="How many segments may be drawn.")
    profile: ProfileOptions = Field(default_factory=ProfileOptions, description="How segments are told.")
    orders: OrderOptions = Field(default_factory=OrderOptions, description="What a log of orders holds.")
    value: ValueOptions = Field(
        default_factory=ValueOptions, description="What customers from a log of orders are worth."
    )
    actions: ActionOptions = Field(default_factory=ActionOptions, description="Which actions may be suggested.")
    run: RunOptions = Field(default_factory=RunOptions, description="What belongs to the run as a whole.")

    def asked(self) -> dict[str, Any]:
        """What differs from the defaults, by option name; JSON values.

        >>> gather_settings(k=4, seed=7).asked()
        {'k': [4, 4], 'seed': 7}
        """
        changed = self.model_dump(mode="json", exclude_defaults=True)
        return {
            name: mask_secrets(value) if isinstance(value, str) else value
            for group in changed.values()
            for name, value in group.items()
        }


def all_options() -> dict[str, tuple[tuple[str, ...], FieldInfo]]:
    """Every option: name -> (groups that have it, field). A name that several groups have means the same in each.

    >>> all_options()["k"][0], all_options()["decimal"][0]
    (('cluster',), ('check', 'orders'))
    """
    found: dict[str, tuple[tuple[str, ...], FieldInfo]] = {}
    for group, field in Settings.model_fields.items():
        model: Any = field.annotation
        for name, option in model.model_fields.items():
            found[name] = ((*found.get(name, ((), option))[0], group), found.get(name, ((), option))[1])
    return found


def gather_settings(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    **arguments: Any,  # noqa: ANN401 - pydantic checks
) -> Settings:
    """Settings from every source; an argument that is None was not given.

    Args:
        file: A TOML file: options at its top level or in groups named after the steps.
        environment: `os.environ` when None.
        arguments: Options by name.

    Raises:
        InputError: an unknown option, or a value that it can't have.

    >>> gather_settings(k=4).asked()
    {'k': [4, 4]}
    """
    given = _from_file(file) if file is not None else {}
    given |= _from_environment(os.environ if environment is None else environment)
    given |= {name: value for name, value in arguments.items() if value is not None}
    known = all_options()
    grouped: dict[str, dict[str, Any]] = {}
    unknown = [name for name in given if name not in known]
    for name, value in given.items():
        if name in unknown:
            continue
        groups, option = known[name]
        said = _names_given(name, value) if "tuple[str, ...]" in str(option.annotation) else value
        for group in groups:
            grouped.setdefault(group, {})[name] = said
    wrong = ""
    try:
        found = Settings.model_validate(grouped)
    except ValidationError as error:
        wrong = _error_in_words(error)
    if unknown or wrong:
        raise _wrong_options(unknown, wrong, known)
    return found


def option_elsewhere(name: str) -> str:
    """The option that other libraries call so; an empty string where none is.

    >>> option_elsewhere("n_clusters"), option_elsewhere("currency")
    ('k', '')
    """
    return _ELSEWHERE.get(name.lower(), "")


def with_earlier_options(settings: Settings, earlier: Mapping[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """The settings, and where they say nothing what an earlier run was asked for; and what was taken from it.

    Args:
        settings: As `gather_settings` returns them.
        earlier: Options of the earlier run that a later one shares with it, by name; None is none.

    >>> settings, taken = with_earlier_options(gather_settings(margin=0.3), {"margin": 0.5, "paid": ["pending"]})
    >>> settings.value.margin, settings.orders.paid, taken
    (0.3, ('pending',), {'paid': ['pending']})
    """
    known = all_options()
    said = {name for group in Settings.model_fields for name in getattr(settings, group).model_fields_set}
    if said & _ROWS_WANTED:
        said |= _ROWS_WANTED
    taken = {name: value for name, value in earlier.items() if value is not None and name in known and name not in said}
    before = gather_settings(environment={}, **taken)
    groups = {
        group: getattr(settings, group).model_copy(
            update={name: getattr(getattr(before, group), name) for name in taken if group in known[name][0]}
        )
        for group in Settings.model_fields
    }
    return settings.model_copy(update=groups), taken


def _wrong_options(unknown: Sequence[str], wrong: str, known: Collection[str]) -> InputError:
    """All that is wrong with the options that were given, in one answer."""
    published = [name for name in unknown if name in _OF_PUBLISHING]
    near = {name: option_elsewhere(name) or closest(name, known) for name in unknown if name not in published}
    meant = [f"{other!r}" if len(near) == 1 else f"{other!r} for {name!r}" for name, other in near.items() if other]
    hint = f"Did you mean {', '.join(meant)}?" if meant else ""
    if len(meant) < len(near):
        hint = f"{hint} The options are: {', '.join(known)}.".strip()
    if published:
        given = " and ".join(published)
        hint = f"{hint} Say {given} when you publish the run: seg.publish({', '.join(f'{o}=...' for o in published)}).".strip()
    none = f"There is no option {' and no option '.join(map(repr, unknown))}." if unknown else ""
    return InputError(f"{none} {wrong}".strip(), hint=hint)


def _from_file(file: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"Can't read the settings file {file}: {error.strerror}.",
            hint="Check the path; relative ones start where you are.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is not TOML: {error}.") from error
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if name in Settings.model_fields and isinstance(value, dict):
            flat |= value
        else:
            flat[name] = value
    return flat


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = all_options()
    given: dict[str, Any] = {}
    for variable, text in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and name in known:
            given[name] = _value_of_text(text)
    return given


def _value_of_text(text: str) -> Any:  # noqa: ANN401 - whatever the text says
    try:
        return json.loads(text)
    except ValueError:
        return text


def _names_given(option: str, value: Any) -> Any:  # noqa: ANN401 - what is no names at all, pydantic refuses
    """The names that an option is given: a text of them, or what can be gone through; that may never end."""
    if isinstance(value, str):
        return _split_names(value)
    if isinstance(value, bytes | Mapping) or not (isinstance(value, Iterable) or hasattr(value, "__getitem__")):
        return value
    names = list(islice(value, MOST_NAMES + 1))
    if len(names) > MOST_NAMES:
        raise InputError(f"{option} has more than {MOST_NAMES:,} names.", hint="Pass a list of texts.")
    return names


def _split_names(text: str) -> list[str]:
    """Names separated by commas; one that holds a comma itself stands in double quotes.

    >>> _split_names('age, "Income, net"')
    ['age', 'Income, net']
    """
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True), []) if name.strip()]


def _error_in_words(error: ValidationError) -> str:
    sentences = []
    for problem in error.errors():
        where = str(problem["loc"][1]) if len(problem["loc"]) > 1 else ".".join(map(str, problem["loc"]))
        what = problem["msg"].removeprefix("Value error, ")
        if problem["type"].startswith("date"):
            what = "write a date as year-month-day, such as 2017-12-31"
        elif problem["type"] == "path_type":
            what = "pass the path of a file"
        elif problem["type"] == "dict_type":
            what = 'write a value for each column that is meant, such as {"spend": 2}'
        sentences.append(f"Option {where}: {what[0].lower()}{what[1:]} (seen: {shown_value(problem['input'])}).")
    return " ".join(dict.fromkeys(sentences))  # an option that several steps have is wrong once
