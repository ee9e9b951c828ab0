"""What every verb shares: the app, options of the same name, errors as sentences."""

from __future__ import annotations

import gc
import json
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from clustera.cli.complaints import complain, exit_by_stop, exit_with
from clustera.cli.ineffective import (
    refuse_extra_files,
    refuse_ineffective,
    refuse_lost_tables,
    refuse_missing_folder,
    refuse_other_encodings,
    refuse_overwriting,
    refuse_repeated,
)
from clustera.cli.other_flags import flag_meant
from clustera.cli.printing import print_json
from clustera.cli.step_log import log_as_json
from clustera.cli.streams import give_up_unwritable, open_closed_streams, standard_input, take_every_letter
from clustera.errors import BUG, ClusteraError, InputError, machine_error, mask_secrets
from clustera.heard import STOPS, forget_placed, hear_stop, stop_was_heard
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
            if hasattr(error, "option_name") and (cure := flag_meant(error.option_name, ctx)):
                error.message, error.possibilities = f"No such option: {error.option_name}. {cure}", None  # type: ignore[attr-defined]
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
        help="Log of orders, one row per order line: a file, a folder or a pattern in quotes; may be repeated; - is standard input.",
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
    open_closed_streams()
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
    except SystemExit as ended:
        unwritten = give_up_unwritable("stdout")
        if unwritten is None or ended.code or isinstance(unwritten, BrokenPipeError):
            raise
        told = machine_error(unwritten)
        sys.exit(BUG if told is None else exit_with(told).exit_code)
    except Exception as error:
        told = machine_error(error)  # as the help is printed before a command begins
        if told is not None:
            sys.exit(exit_with(told).exit_code)
        complain(mask_secrets(traceback.format_exc()))
        complain("clustera: this is a bug of Clustera; please report it with the lines above.")
        sys.exit(BUG)
    finally:
        for name in ("stdout", "stderr"):
            give_up_unwritable(name)
        _ignore_stops()  # all is done; Python's own end would complain
        gc.freeze()  # Python would look through everything that was loaded once more, for nothing


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
        log_as_json()
    try:
        yield
    except ClusteraError as error:
        raise exit_with(error, as_json=as_json) from error
    except KeyboardInterrupt:
        raise exit_by_stop() from None
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain again when it closes standard output.
        sys.stdout = None
        raise typer.Exit(0) from None
    except Exception as error:
        # A library that lost the signal while it was being imported is only half there.
        if stop_was_heard():
            raise exit_by_stop() from None
        told = machine_error(error)
        if told is None:
            raise
        raise exit_with(told, as_json=as_json) from None


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


def together(files: list[str] | None) -> str | Path | list[str | Path] | None:
    """What was given for an option that may be repeated: nothing, the one file, or all; - is standard input.

    >>> together(None), together(["a.csv"]), together(["a.csv", "b.csv"])
    (None, 'a.csv', ['a.csv', 'b.csv'])
    """
    given = [standard_input() if file == "-" else file for file in files or ()]
    return None if not given else given[0] if len(given) == 1 else given
