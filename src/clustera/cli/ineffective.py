"""Options that are refused before the work: those that would do nothing, and an output in a folder that is not there."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer

from clustera.errors import ClusteraError, InputError, is_utf8

Needs = Mapping[str, Mapping[str, tuple[str, ...]]]  # command -> option -> others, by the names of their parameters

_WRITTEN = ("output", "affinities", "upgrades")  # options that name a file to write
# What a command writes beside its output: predict --output scored.csv also writes or removes scored.quarantine.csv.
_BESIDE = {"predict": ("quarantine", "orders_quarantine"), "audience export": ("left_out", "assignments")}
ONLY_WITH: Needs = {
    "segment": {
        "redraw": ("like",),
        "products": ("orders",),
        "currency": ("orders",),
        "keep_orders": ("orders",),
    },
    "predict": {"products": ("orders",)},
    "customers": {"since": ("before",)},
    "explain": {"other": ("customer", "value")},
    "rules": {"dialect": ("sql",), "table": ("sql",), "output": ("sql",)},
    "features": {"as_of": ("sql",), "like": ("sql",), "runs": ("like",)},
    "campaign uplift": {
        "top": ("output", "audience"),
        "contacts": ("output",),
        "run": ("audience",),
        **dict.fromkeys(("suppress", "column", "country", "all_consented"), ("contacts",)),
    },
    "campaign results": {
        "randomized": ("assignments",),
        "control": ("assignments",),
        "day": ("assignments",),
        "days": ("assignments",),
        "measure": ("assignments",),
    },
}
NEVER_WITH: Needs = {
    "segment": dict.fromkeys(("name", "excel", "pdf", "diagnostics"), ("check_only",)),
    "sql": {"output": ("dbt",)},
    "features": {"explained": ("sql",)},
}


def refuse_ineffective(context: typer.Context) -> None:
    """Refuse an option of a command where it would do nothing.

    Args:
        context: Of the command, with what was given.

    Raises:
        InputError: there is one.
    """
    command = " ".join(context.command_path.split()[1:])
    for option, others in ONLY_WITH.get(command, {}).items():
        if _is_given(context, option) and not any(_is_given(context, other) for other in others):
            needed = " or ".join(_as_written(context, other) for other in others)
            raise InputError(
                f"{_as_written(context, option)} does nothing without {needed}.",
                hint=f"Say {needed} as well, or leave it out.",
            )
    for option, others in NEVER_WITH.get(command, {}).items():
        for other in others:
            if _is_given(context, option) and _is_given(context, other):
                raise InputError(
                    f"{_as_written(context, option)} does nothing beside {_as_written(context, other)}.",
                    hint="Leave one of them out.",
                )


def refuse_other_encodings(words: Sequence[str]) -> None:
    """Refuse a word that is not UTF-8, such as the name of a file from an old archive: no file of a run could hold it.

    Args:
        words: Of the command line.

    Raises:
        InputError: there is one.
    """
    for word in words:
        if is_utf8(word):
            continue
        written = os.fsencode(word)
        if is_utf8(written.decode(errors="surrogateescape")):
            hint = "It is, but your system says otherwise: set LANG=C.UTF-8."
        else:
            hint = "If it is a file, rename it; if it stands in a script, save the script as UTF-8."
        raise InputError(f"{written.decode(errors='replace')!r} must be written in UTF-8.", hint=hint)


def refuse_repeated(given: Sequence[Any]) -> None:
    """Refuse an option that is given twice and may be given once: all but the last would be ignored.

    Args:
        given: The parameters of a command line in the order in which they stand there.

    Raises:
        InputError: there is one.
    """
    for parameter, times in Counter(one for one in given if one.param_type_name == "option").items():
        if times > 1 and not (parameter.multiple or parameter.count or parameter.is_flag):
            raise InputError(f"{parameter.opts[0]} is given {times} times; only one can count.", hint="Say it once.")


def refuse_extra_files(context: typer.Context, extra: Sequence[str]) -> None:
    """Refuse more files than a command reads: the shell makes a list of a pattern that is not in quotes.

    Where a command takes no argument, a folder can only be that of the runs, which stands behind an option.

    Args:
        context: Of the command.
        extra: Words of the command line that no argument takes.

    Raises:
        InputError: one of them is a file.
    """
    files = [word for word in extra if Path(word).exists()]
    if not files:
        return
    parameters = context.command.params
    if Path(files[0]).is_dir() and all(one.param_type_name == "option" for one in parameters):
        raise InputError(
            f"{context.command_path} takes no folder without an option.", hint=f"The folder of runs: --runs {files[0]}"
        )
    orders = any(parameter.name == "orders" for parameter in parameters)
    raise InputError(
        f"{files[0]} is one file too many.",
        hint=f"To read several files as one table, put the pattern in quotes{': --orders ' if orders else ', such as '}"
        f"'{_pattern_of(files[0])}'. Without quotes the shell replaces it by the names of the files.",
    )


def _pattern_of(name: str) -> str:
    path = Path(name)
    return str(path.with_name(f"*{path.suffix}"))


def refuse_missing_folder(context: typer.Context) -> None:
    """Refuse an --output, or a dbt project, in a folder that is not there: a slip would make folders nobody looks for.

    Args:
        context: Of the command, with what was given.

    Raises:
        InputError: there is no such folder.
    """
    for option in (*_WRITTEN, "dbt"):
        path = context.params.get(option)
        if isinstance(path, Path) and not path.parent.exists():
            from clustera.store import refuse_missing_parent

            refuse_missing_parent(path, option=_as_written(context, option))


def refuse_overwriting(context: typer.Context) -> None:
    """Refuse a file that would be written under a name nobody gave while a file of that name is there.

    Args:
        context: Of the command, with what was given.

    Raises:
        InputError: there is such a file.
    """
    path = context.params.get("output")
    if isinstance(path, Path) and not _is_given(context, "output"):
        refuse_existing_files([path])


def refuse_lost_tables(context: typer.Context) -> None:
    """Refuse to write over a table that the command reads, or two outputs into one file.

    Args:
        context: Of the command, with what was given.

    Raises:
        InputError: an output is such a file.
    """
    written = [path for option in _WRITTEN if isinstance(path := context.params.get(option), Path)]
    for path, other in itertools.combinations(written, 2):
        if os.path.abspath(path) == os.path.abspath(other):  # noqa: PTH100 - of links in a circle, too
            raise InputError(
                f"{path} is named for two outputs; one would be lost.", hint="Choose another file for one."
            )
    beside = _BESIDE.get(" ".join(context.command_path.split()[1:]), ())
    further = [path.with_name(f"{path.stem}.{what}{path.suffix}") for path in written if path.name for what in beside]
    there = [path for path in (*written, *further) if path.is_file()]
    if there:
        from clustera.store import refuse_own_input

        for path in there:
            refuse_own_input(path, *_tables_read(context))


def _tables_read(context: typer.Context) -> list[Path]:
    """The files that a command is told to read, those of folders and patterns one by one."""
    from clustera.read.files import files_of

    reading = [one.name for one in context.command.params if one.metavar in ("FILE", "[FILE]")]
    found = list[Path]()
    for name in (name for name in reading if name and name not in _WRITTEN):
        given = context.params.get(name)
        for source in given if isinstance(given, list) else [given] if given else []:
            with suppress(ClusteraError):  # an address, standard input, or what is told when it is read
                found += files_of(Path(source))
    return found


def refuse_existing_files(files: Sequence[Path]) -> None:
    """Refuse files of default names that are there: they may be of another folder of runs, or of another month.

    Args:
        files: That would be written.

    Raises:
        InputError: one of them is there.
    """
    for file in files:
        if file.exists():
            raise InputError(
                f"{file} is there already. Nothing was written.",
                hint=f"To overwrite it: --output {file}. To keep it, give another name, such as "
                f"--output {file.with_stem(f'{file.stem}-2')}.",
            )


def _is_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name in {"COMMANDLINE", "ENVIRONMENT"}


def _as_written(context: typer.Context, name: str) -> str:
    """How people write a parameter: --as-of; an argument by its name in capitals."""
    found = next(one for one in context.command.params if one.name == name)
    if found.param_type_name == "argument":
        return name.upper()
    return found.secondary_opts[0] if context.params.get(name) is False and found.secondary_opts else found.opts[0]
