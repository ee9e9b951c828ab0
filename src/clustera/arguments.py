"""What the arguments of public functions may be: anything else is refused in a sentence before it fails somewhere inside."""

from __future__ import annotations

import datetime
import inspect
import math
import numbers
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, Literal, ParamSpec, TypeVar, get_origin

from clustera.errors import InputError, closest

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
_NOTHING = object()
_LONGEST = 256  # bytes
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
    """A kind of which all are instances of some classes.

    >>> text = instance_of(str, title="a text")
    >>> text.fits("a"), text.fits(3)
    (True, False)
    """
    return ArgumentKind(title, lambda value: isinstance(value, classes), cure)


def list_of(kind: ArgumentKind, *, title: str, cure: str = "") -> ArgumentKind:
    """Several of a kind, as a list or tuple.

    >>> texts = list_of(instance_of(str, title="a text"), title="a list of texts")
    >>> texts.fits(["a", "b"]), texts.fits("a")
    (True, False)
    """

    def fits(value: object) -> bool:
        return isinstance(value, Sequence) and not isinstance(value, str | bytes) and all(map(kind.fits, value))

    return ArgumentKind(title, fits, cure)


def one_of(*words: str) -> ArgumentKind:
    """One of some words.

    >>> one_of("index", "effect").title
    'one of index, effect'
    """
    return ArgumentKind(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


def _is_whole(value: object) -> bool:
    """Whether it is a whole number: neither True nor a duration, which numpy counts among them."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and type(value).__name__ != "timedelta64"


def _is_real(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, numbers.Rational) and not _is_whole(value):  # also a fraction, which can't be formatted
        return False
    try:
        return isinstance(value, numbers.Real) and math.isfinite(value)
    except OverflowError:  # a whole number beyond what floats hold
        return False


def _without_numpy(value: Any) -> Any:  # noqa: ANN401
    """Texts, numbers and truths of numpy as Python's: errors show them as they are written, and JSON takes them."""
    if type(value).__module__ == "numpy" and type(value).__name__.startswith(("str_", "bool", "int", "uint", "float")):
        return value.item()
    return value


def _is_missing(value: object) -> bool:
    return type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and math.isnan(value))


def _can_be_a_place(value: object) -> bool:
    """Whether it may be the name of a file: no system has one with a zero character, or a name beyond 255 bytes."""
    if not isinstance(value, str | os.PathLike):
        return False
    text = os.fspath(value)
    if not isinstance(text, str) or "\0" in text:
        return False
    return all(len(part.encode("utf-8", "surrogatepass")) < _LONGEST for part in re.split(r"[/\\]", text))


TEXT = instance_of(str, title="a text")
PLACE = ArgumentKind("a text or a path", _can_be_a_place)
RUN = ArgumentKind("the name of a run or the path of its folder", _can_be_a_place)
NUMBER = ArgumentKind("a number", _is_real)
WHOLE = ArgumentKind("a whole number", _is_whole)
POSITIVE = ArgumentKind("a number above 0", lambda value: _is_real(value) and value > 0)
SHARE = ArgumentKind("a share", lambda value: _is_real(value) or isinstance(value, str), 'Pass 0.3 or "30%".')
TRUTH = ArgumentKind("True or False", lambda value: type(value).__name__ in ("bool", "bool_"))
ONE_VALUE = ArgumentKind(
    "one value",
    lambda value: (
        value is not None and not _is_missing(value) and (isinstance(value, str) or not hasattr(value, "__len__"))
    ),
)
DAY = ArgumentKind("a day", ONE_VALUE.fits, 'Pass a text such as "2024-05-31", or a date.')
WHOLES = list_of(WHOLE, title="a list of whole numbers")
NAMES = list_of(TEXT, title="a list of names")
PROGRESS = ArgumentKind("True, False or a function", lambda value: TRUTH.fits(value) or callable(value))


# What a part of an annotation allows, and what an error calls it.
_PARTS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "str": ("a text", TEXT.fits),
    "bytes": ("bytes", lambda value: isinstance(value, bytes)),
    "int": ("a whole number", WHOLE.fits),
    "float": ("a number", _is_real),
    "bool": ("True or False", TRUTH.fits),
    "Path": ("a path", lambda value: isinstance(value, os.PathLike) and _can_be_a_place(value)),
    "date": ("a date", lambda value: isinstance(value, datetime.date) and value == value),  # noqa: PLR0124 - NaT is a date
    "Sequence[int]": ("a list of whole numbers", WHOLES.fits),
    "Sequence[str]": ("a list of texts", NAMES.fits),
    "Mapping[str, str]": ("a dict of texts", lambda value: _is_dict(value, TEXT.fits)),
    "Mapping[str, float]": ("a dict of numbers", lambda value: _is_dict(value, _is_real)),
    "Mapping[str, object]": ("a dict", lambda value: _is_dict(value, lambda _: True)),
}


def _is_dict(value: object, fits: Callable[[Any], bool]) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) and fits(item) for key, item in value.items())


def kind_annotated(annotation: object) -> ArgumentKind | None:
    """The kind that an annotation says, in the text of the source; None where it names anything else than plain values.

    >>> kind_annotated("str | Path | None").title, kind_annotated("int").fits(2.5), kind_annotated("Rows")
    ('a text or a path', False, None)
    """
    written = [part.strip().removeprefix("datetime.") for part in str(annotation).split("|")]
    parts = [part for part in written if part != "None"]
    if not parts or not all(part in _PARTS for part in parts):
        return None
    titles = [_PARTS[part][0] for part in parts]
    title = f"{', '.join(titles[:-1])} or {titles[-1]}" if titles[:-1] else titles[0]

    if "Path" in parts and "str" in parts:
        return ArgumentKind(title, lambda value: ("None" in written and value is None) or PLACE.fits(value))

    def fits(value: object) -> bool:
        return ("None" in written and value is None) or any(_PARTS[part][1](value) for part in parts)

    return ArgumentKind(title, fits)


@dataclass(frozen=True, slots=True)
class _Arguments:
    """What a function may be given: kinds by name, and all names, where they are known."""

    kinds: Mapping[str, ArgumentKind]
    names: tuple[str, ...] | None


def _annotated_arguments(function: Callable[..., Any], kinds: Mapping[str, ArgumentKind]) -> _Arguments:
    """What the annotations of a function say, those of a `TypedDict` of options included; `kinds` where they say too little."""
    said: dict[str, object] = {}
    open_end = False
    for name, parameter in inspect.signature(function).parameters.items():
        options = re.fullmatch(r"Unpack\[(\w+)\]", str(parameter.annotation))
        if parameter.kind is not parameter.VAR_KEYWORD:
            said[name] = parameter.annotation
        elif options is None or options[1] == "Options":  # those are checked, and told, where settings are gathered
            open_end = True
        else:
            known = inspect.unwrap(function).__globals__[options[1]].__annotations__
            said |= {key: getattr(of, "__forward_arg__", of) for key, of in known.items()}
    names = inspect.unwrap(function).__globals__
    found = {name: kind for name, of in said.items() if (kind := kind_annotated(_with_texts(of, names)))}
    return _Arguments(found | dict(kinds), None if open_end else tuple(said))


def _with_texts(annotation: object, names: Mapping[str, Any]) -> str:
    """An annotation with "str" where it names words: which of them are possible says the function itself.

    >>> _with_texts('Literal["new", "repeat"] | None', {}), _with_texts("Color | int", {"Color": Literal["red"]})
    ('str | None', 'str | int')
    """
    written = re.sub(r"Literal\[[^]]*\]", "str", str(annotation))
    parts = [part.strip() for part in written.split("|")]
    return " | ".join("str" if get_origin(names.get(part)) is Literal else part for part in parts)


def takes(**kinds: ArgumentKind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse arguments of another kind, each in a sentence. The default of an argument is always allowed.

    Args:
        kinds: By the name of the argument, where its annotation (a text, a number, a date, ...) does not say enough; names
            that a function does not have are passed over.

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
        # Looked up when first called: annotations may name what stands further below.
        known = cache(lambda: _annotated_arguments(function, kinds))

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            plain: Any = [_without_numpy(value) for value in args]
            named: Any = {name: _without_numpy(value) for name, value in kwargs.items()}
            for name, value in (*zip(defaults, plain, strict=False), *named.items()):
                _refuse_unknown_argument(function, name, known().names)
                kind = known().kinds.get(name)
                if kind is not None and value is not defaults.get(name, _NOTHING) and not kind.fits(value):
                    raise InputError(
                        f"{function.__name__}() takes {kind.title} as {name}, not {shown_value(value)}.", hint=kind.cure
                    )
            return function(*plain, **named)

        return checked

    return decorate


def _refuse_unknown_argument(function: Callable[..., Any], name: str, names: Sequence[str] | None) -> None:
    if names is not None and name not in names:
        near = closest(name, [own for own in names if own != "self"])
        raise InputError(
            f"{function.__name__}() has no argument {name!r}.", hint=f"Did you mean {near!r}?" if near else ""
        )


def arguments_checked(of: type[T]) -> type[T]:
    """A class whose public methods take what their annotations say, see `takes`."""
    for name, method in list(vars(of).items()):
        if name.startswith("_") or hasattr(method, "__wrapped__"):
            continue
        if isinstance(method, classmethod | staticmethod):
            setattr(of, name, type(method)(takes()(method.__func__)))
        elif inspect.isfunction(method):
            setattr(of, name, takes()(method))
    return of


def shown_value(value: object) -> str:
    """A wrong value as an error shows it: small ones as they are, of others what they are.

    >>> shown_value(3), shown_value("x"), shown_value(None), shown_value([1, 2]), shown_value({})
    ('3', "'x'", 'None', 'a list', 'a dict')
    """
    if value is None or isinstance(value, str | bytes | bool | int | float):
        text = repr(value)
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    name = type(value).__name__.removeprefix("nd")  # numpy's arrays are called ndarray
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def refuse_masked_values(name: str, values: object, *, hint: str) -> None:
    """Refuse an array of NumPy with masked values, which would count as what stands below the mask.

    >>> import numpy as np
    >>> refuse_masked_values("T", np.ma.masked_array([1.0, 2.0], [False, True]), hint="Leave them out.")
    Traceback (most recent call last):
    clustera.errors.InputError: T is a masked array, and 1 of its values is masked: it would count as what stands below the mask.
    Hint: Leave them out.
    """
    import numpy as np

    count = int(np.ma.getmaskarray(values).sum()) if isinstance(values, np.ma.MaskedArray) else 0
    if count:
        verb, they = ("is", "it") if count == 1 else ("are", "they")
        raise InputError(
            f"{name} is a masked array, and {count:,} of its values {verb} masked: {they} would count as what stands below the mask.",
            hint=hint,
        )
