"""Which of several tables, sheets or packed files is meant."""

from __future__ import annotations

from collections.abc import Collection

from clustera.errors import InputError, closest

LISTED = 20  # names in a message


def chosen_reading(names: Collection[str], asked: str | None, *, where: str, what: str, option: str) -> str:
    """The one that was asked for, or the only one.

    Args:
        names: Those that are there.
        asked: The one that is wanted; may be left out where there is only one.
        where: What holds them, for messages.
        what: What they are: "table", "sheet", "file".
        option: How the caller says which: "--table NAME".

    Raises:
        InputError: it is not there, none is, or there are several; lists them.
    """
    if asked is not None and asked in names:
        return asked
    listed = f"{', '.join([*names][:LISTED])}{', ...' if len(names) > LISTED else ''}"
    if not names:
        raise InputError(f"{where} holds no {what}.", hint=f"Export the {what} again.")
    if asked is not None:
        near = closest(asked, names)
        raise InputError(
            f"{where} has no {what} {asked!r}; it has: {listed}.",
            hint=f"Did you mean {near!r}?" if near else f"Name one of them: {option}.",
        )
    if len(names) > 1:
        raise InputError(f"{where} holds {len(names)} {what}s: {listed}.", hint=f"Say which: {option}.")
    return next(iter(names))
