"""What every verb shares: the app, options of the same name, errors as sentences, progress."""

from __future__ import annotations

import codecs
import gc
import io
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from clustera.cli.ineffective import (
    refuse_extra_files,
    refuse_ineffective,
    refuse_lost_tables,
    refuse_missing_folder,
    refuse_other_encodings,
    refuse_overwriting,
    refuse_repeated,
)
from clustera.cli.printing import print_json
from clustera.errors import BUG, ClusteraError, InputError, machine_error, mask_secrets
from clustera.heard import STOPS, forget_placed, hear_stop, placed, stop_was_heard
from clustera.version import __version__

# As they are needed: segments and their report first, files for other systems and for languages last.
_ORDER = (
    "segment", "report", "compare", "customers", "audience", "campaign", "recommend", "offers", "serve", "schedule", "predict",
    "explain", "rules", "differences", "show", "remake", "rename", "note", "runs", "check", "contract", "features", "sql", "onnx",
    "card", "playbook", "language",
)  # fmt: skip


@contextmanager
def _usage_told(ctx: typer.Context, *, as_json: bool) -> Iterator[None]:
    """What the parser says of a command line that can't be understood: without passwords, and as JSON too where that is asked."""
    try:
        yield
    except Exception as error:
        if hasattr(error, "format_message"):  # of every error of the parser, and of no other
            error.message = mask_secrets(error.message)  # type: ignore[attr-defined]
            if as_json:
                told = error.format_message()
                print_json({"error": told, "hint": f"See `{ctx.command_path} --help`.", "code": _USAGE})
        raise


class CheckedGroup(TyperGroup):
    """Commands of which one that is not there is told as every mistake in a command line is."""

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]  # noqa: ANN401
        """See `typer.core.TyperGroup`."""
        with _usage_told(ctx, as_json="--json" in args):
            return super().resolve_command(ctx, args)


class OrderedCommands(CheckedGroup):
    """The commands in the order in which they are needed."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """See `typer.core.TyperGroup`."""
        return sorted(
            super().list_commands(ctx), key=lambda name: (name not in _ORDER, name in _ORDER and _ORDER.index(name))
        )


_Function = TypeVar("_Function", bound=Callable[..., Any])


class CheckedCommand(TyperCommand):
    """A command that refuses what would do nothing: an option that needs another, one that is given twice, a second file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer keeps click's type to itself
        """See `typer.core.TyperCommand`."""
        as_json = "--json" in args
        with _usage_told(ctx, as_json=as_json):
            _, extra, given = self.make_parser(ctx).parse_args(args=list(args))
            with errors_as_sentences(as_json=as_json):
                refuse_other_encodings(args)
                refuse_repeated(given)
                refuse_extra_files(ctx, extra)
            return super().parse_args(ctx, args)

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # noqa: ANN401 - what the function returns
        """See `typer.core.TyperCommand`."""
        with errors_as_sentences(as_json=bool(ctx.params.get("as_json"))):
            refuse_ineffective(ctx)
            refuse_missing_folder(ctx)
            refuse_lost_tables(ctx)
            refuse_overwriting(ctx)
        return super().invoke(ctx)


class App(typer.Typer):
    """An app of such commands."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as typer has it
        super().__init__(**{"cls": CheckedGroup, **options})

    def command(self, *args: Any, **options: Any) -> Callable[[_Function], _Function]:  # noqa: ANN401 - as typer has it
        """See `typer.Typer.command`."""
        return super().command(*args, **{"cls": CheckedCommand, **options})


app = App(
    name="clustera",
    cls=OrderedCommands,
    context_settings={"max_content_width": 120},
    help="Customer segments that can be trusted, explained and acted on.",
    invoke_without_command=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


runs_app = App(help="List the runs of a folder, or remove old ones.", invoke_without_command=True)


app.add_typer(runs_app, name="runs")


audience_app = App(
    help="Audiences: groups of customers defined by conditions, saved with versions and exported to other tools.",
    no_args_is_help=True,
)


app.add_typer(audience_app, name="audience")


log = logging.getLogger("clustera")


Runs = Annotated[Path, typer.Option("--runs", help="Folder of runs.", metavar="FOLDER")]

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]

LogJson = Annotated[bool, typer.Option("--log-json", help="Log each step to standard error, one JSON object per line.")]

RunName = Annotated[
    str, typer.Argument(help='A run: its name, an alias such as "latest", or its folder.', metavar="RUN")
]


IdColumn = Annotated[str | None, typer.Option("--id", help="Column with the id of the customer.", metavar="COLUMN")]


OrderFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--orders",
        help="Log of orders, one row per order line: a file, a folder or a pattern in quotes; may be repeated.",
        metavar="FILE",
    ),
]


Table = Annotated[
    str | None, typer.Option("--table", help="Table or view of a database; ?table=NAME in its address.", metavar="NAME")
]


Query = Annotated[str | None, typer.Option("--query", help="SQL query to run in a database instead.", metavar="SELECT")]


Dates = Annotated[
    str | None,
    typer.Option("--dates", help="Order of day and month if the file does not show it: dmy or mdy.", metavar="ORDER"),
]


_USAGE = 2  # exit code of a command line that can't be understood, as the parser has it


@app.callback()
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(f"clustera {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


def main() -> None:
    """Entry point of the command."""
    gc.freeze()  # what is loaded stays
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        take_every_letter(stream)
    # Who ends a nightly job does it this way, and wants no half-written run or temporary folder either.
    for stop in STOPS:
        if signal.getsignal(stop) is not signal.SIG_IGN:  # as a shell has it for what runs in its background
            signal.signal(stop, hear_stop)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        told = _of_the_machine(error)  # as the help is printed before a command begins
        if told is not None:
            sys.exit(told.exit_code)
        _complain(mask_secrets(traceback.format_exc()))
        _complain("clustera: this is a bug of Clustera; please report it with the lines above.")
        sys.exit(BUG)
    finally:
        _ignore_stops()  # all is done; Python's own end would complain
        gc.freeze()  # Python would look through everything that was loaded once more, for nothing


def _open_closed_streams() -> None:
    """Open the null device in the place of standard streams that are closed, as some that start jobs leave them.

    Otherwise the next file that is opened has a stream's number, and what a library prints stands in it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - as long as the program runs


def _complain(line: str) -> None:
    """Print a line of an error; where it can't be, as on a full disk or a terminal that is closed, the exit code tells."""
    with suppress(OSError):
        typer.echo(line, err=True)


def take_every_letter(stream: object) -> None:
    """Let a stream take names in every writing, also where the system writes files in an old encoding (Windows).

    Args:
        stream: Standard output, or that of errors. A file or a pipe then gets UTF-8; a terminal keeps its encoding and
            shows "?" for what it does not have.
    """
    if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
        stream.reconfigure(encoding=stream.encoding if stream.isatty() else "utf-8", errors="replace")


def _ignore_stops() -> list[Any]:
    """Ignore what asks to stop; what was done about it before."""
    return [signal.signal(stop, signal.SIG_IGN) for stop in STOPS]


@contextmanager
def stops_held_off() -> Iterator[None]:
    """What is written is also told, for nothing stops this: nobody hears "nothing was written" of a run that is there."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = _ignore_stops()
    try:
        yield
    finally:
        for stop, handler in zip(STOPS, before, strict=True):
            signal.signal(stop, handler)


@contextmanager
def errors_as_sentences(*, as_json: bool = False, log_json: bool = False) -> Iterator[None]:
    """Turn every known error into a sentence and an exit code; anything else is ours to mend."""
    forget_placed()
    if log_json:
        _log_as_json()
    try:
        yield
    except ClusteraError as error:
        if as_json:
            print_json({"error": error.message, "hint": error.hint, "code": error.exit_code})
        for one in (error, *error.further):
            _complain(f"clustera: {one.message}")
            if one.hint:
                _complain(f"Hint: {one.hint}")
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt:
        raise _stopped() from None
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain again when it closes standard output.
        sys.stdout = None
        raise typer.Exit(0) from None
    except Exception as error:
        # A library that lost the signal while it was being imported is only half there.
        told = _stopped() if stop_was_heard() else _of_the_machine(error)
        if told is None:
            raise
        raise told from None


def _of_the_machine(error: Exception) -> typer.Exit | None:
    """What no mistake of ours is, told."""
    told = machine_error(error)
    if told is None:
        return None
    _complain(f"clustera: {told.message}")
    _complain(f"Hint: {told.hint}")
    return typer.Exit(told.exit_code)


def _stopped() -> typer.Exit:
    there = ", ".join(map(str, placed()))
    _complain(
        f"clustera: stopped; {f'already written, each of them whole: {there}' if there else 'nothing was written'}."
    )
    return typer.Exit(130)


def option_pairs(texts: list[str] | None, option: str) -> Iterator[tuple[str, Any]]:
    """NAME=VALUE texts as pairs; a value that is JSON is read as JSON."""
    for text in texts or []:
        name, equals, value = text.rpartition("=")
        if not equals:
            raise InputError(f"{option} {text!r} has no '='; say {option} NAME=VALUE.")
        try:
            yield name.strip(), json.loads(value)
        except ValueError:
            yield name.strip(), value.strip()


def together(files: list[str] | None) -> str | list[str] | None:
    """What was given for an option that may be repeated: nothing, the one file, or all.

    >>> together(None), together(["a.csv"]), together(["a.csv", "b.csv"])
    (None, 'a.csv', ['a.csv', 'b.csv'])
    """
    return None if not files else files[0] if len(files) == 1 else files


def standard_input() -> Path:
    """Standard input as a file that can be read twice."""
    from clustera.read import stream_as_file as to_file

    return to_file(sys.stdin.buffer)


def progress(*, quiet: bool, log_json: bool) -> bool | Callable[[str, float], None]:
    """How a run says how far it is: a bar, lines of a log, or nothing."""
    if not log_json:
        return not quiet
    started = time.monotonic()
    last = ""

    def tell(step: str, share: float) -> None:
        nonlocal last
        if step != last:  # a log has one line a step; only the bar moves within one
            last = step
            log.info(mask_secrets(step), extra={"share": share, "seconds": round(time.monotonic() - started, 3)})

    return tell


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "step": record.getMessage(),
        }
        return json.dumps(line | {key: record.__dict__[key] for key in ("share", "seconds") if key in record.__dict__})


def _log_as_json() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
