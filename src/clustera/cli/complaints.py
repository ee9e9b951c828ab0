"""What is printed of an error that ends a command, and the exit code that goes with it."""

from __future__ import annotations

from contextlib import suppress

import typer

from clustera.cli.printing import print_json
from clustera.errors import ClusteraError
from clustera.heard import placed


def complain(line: str) -> None:
    """Print a line of an error; where it can't be, as on a full disk or a terminal that is closed, the exit code tells."""
    with suppress(OSError):
        typer.echo(line, err=True)


def exit_with(error: ClusteraError, *, as_json: bool = False) -> typer.Exit:
    """Print an error and what else is wrong, each with its cure; how the command ends.

    Args:
        error: One of the house.
        as_json: Whether it is printed as JSON, too.
    """
    if as_json:
        with suppress(OSError):
            print_json({"error": error.message, "hint": error.hint, "code": error.exit_code})
    for one in (error, *error.further):
        complain(f"clustera: {one.message}")
        if one.hint:
            complain(f"Hint: {one.hint}")
    return typer.Exit(error.exit_code)


def exit_by_stop() -> typer.Exit:
    """Print what was written by then; how a command ends that was stopped."""
    there = ", ".join(map(str, placed()))
    complain(
        f"clustera: stopped; {f'already written, each of them whole: {there}' if there else 'nothing was written'}."
    )
    return typer.Exit(130)
