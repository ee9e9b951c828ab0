"""What is printed of an error that ends a command, and the exit code that goes with it."""

from __future__ import annotations

import errno
from contextlib import suppress

import typer

from clustera.cli.printing import print_json
from clustera.errors import ClusteraError, SetupError
from clustera.heard import placed

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


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


def error_of_machine(error: Exception) -> ClusteraError | None:
    """What no mistake of ours is: no memory, and at whichever file a full disk, no permission, a name that is too long."""
    if isinstance(error, MemoryError):
        return SetupError(
            "there is not enough memory.", hint="Close other programs, or use a computer with more memory."
        )
    if not isinstance(error, OSError):
        return None
    if error.errno == errno.ENAMETOOLONG:
        return ClusteraError(f"a name is too long: {str(error.filename)[:60]}...", hint="Check the path.")
    if error.errno in _FULL:
        return SetupError(f"there is no room for a file: {error.strerror}.", hint="Free disk space, then run again.")
    if error.errno in _REFUSED and error.filename:
        return SetupError(
            f"{error.filename} can't be opened or changed: {error.strerror}.",
            hint="Allow it to your account, or choose another file or folder.",
        )
    return None
