"""What the arguments of public functions may be: anything else is refused in a sentence before it fails somewhere inside."""

from __future__ import annotations

import inspect
import numbers
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from clustera.errors import InputError

P = ParamSpec("P")
R = TypeVar("R")
_SHOWN = 40  # letters of a wrong value that an error shows


@dataclass(frozen=True, slots=True)
class ArgumentKind:
    """A kind of argument.

    Args:
        title: How an error calls it: "a number".
        fits: Whether a value is of the kind.
        cure: What to pass instead, as one sentence.
    """

    title: str
    fits: Callable[[Any], bool]
    cure: str = ""


def instance_of(*classes: type, title: str, cure: str = "") -> ArgumentKind:
    """A kind of which all are instances of some classes."""
    return ArgumentKind(title, lambda value: isinstance(value, classes), cure)


def list_of(kind: ArgumentKind, *, title: str, cure: str = "") -> ArgumentKind:
    """Several of a kind, as a list or tuple."""

    def fits(value: object) -> bool:
        return isinstance(value, Sequence) and not isinstance(value, str | bytes) and all(map(kind.fits, value))

    return ArgumentKind(title, fits, cure)


def one_of(*words: str) -> ArgumentKind:
    """One of some words.

    >>> one_of("index", "effect").title
    'one of index, effect'
    """
    return ArgumentKind(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


def _is_real(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


TEXT = instance_of(str, title="a text")
PLACE = instance_of(str, os.PathLike, title="a text or a path")
RUN = instance_of(str, os.PathLike, title="the name of a run or the path of its folder")
NUMBER = ArgumentKind("a number", _is_real)
WHOLE = ArgumentKind(
    "a whole number", lambda value: isinstance(value, numbers.Integral) and not isinstance(value, bool)
)
POSITIVE = ArgumentKind("a number above 0", lambda value: _is_real(value) and value > 0)
SHARE = ArgumentKind("a share", lambda value: _is_real(value) or isinstance(value, str), 'Pass 0.3 or "30%".')
TRUTH = ArgumentKind("True or False", lambda value: type(value).__name__ in ("bool", "bool_"))
ONE_VALUE = ArgumentKind(
    "one value", lambda value: value is not None and (isinstance(value, str) or not hasattr(value, "__len__"))
)
DAY = ArgumentKind("a day", ONE_VALUE.fits, 'Pass a text such as "2024-05-31", or a date.')
WHOLES = list_of(WHOLE, title="a list of whole numbers")
NAMES = list_of(TEXT, title="a list of names")
PROGRESS = ArgumentKind("True, False or a function", lambda value: TRUTH.fits(value) or callable(value))


def takes(**kinds: ArgumentKind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse arguments of another kind, each in a sentence. The default of an argument is always allowed.

    Args:
        kinds: By the name of the argument; names that a function does not have are passed over.

    >>> @takes(share=NUMBER)
    ... def percent(share: float | None = None) -> str:
    ...     return "unknown" if share is None else f"{share:.0%}"
    >>> percent(0.5), percent()
    ('50%', 'unknown')
    >>> percent("half")
    Traceback (most recent call last):
    clustera.errors.InputError: percent() takes a number as share, not 'half'.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        defaults = {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            for name, value in (*zip(defaults, args, strict=False), *kwargs.items()):
                kind = kinds.get(name)
                if kind is not None and value is not defaults.get(name) and not kind.fits(value):
                    raise InputError(
                        f"{function.__name__}() takes {kind.title} as {name}, not {shown_value(value)}.", hint=kind.cure
                    )
            return function(*args, **kwargs)

        return checked

    return decorate


def shown_value(value: object) -> str:
    """A wrong value as an error shows it: small ones as they are, of others what they are.

    >>> shown_value(3), shown_value("x"), shown_value(None), shown_value([1, 2]), shown_value({})
    ('3', "'x'", 'None', 'a list', 'a dict')
    """
    if value is None or isinstance(value, str | bytes | bool | int | float):
        text = repr(value)
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
