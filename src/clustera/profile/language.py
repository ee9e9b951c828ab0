"""The language file: words for names, sentences and actions. English is shipped; others are given by path."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from clustera.errors import InputError, SetupError

Level = Literal["very_high", "high", "middle", "low", "very_low"]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Form:
    """How a level is said, and within which bounds of the segment's mean it may be said."""

    __pydantic_config__ = _STRICT

    adjective: str = ""
    noun: str = ""
    at_least: float | None = None
    below: float | None = None
    unit: str | None = None

    @property
    def bounded(self) -> bool:
        """Whether the words are more than relative to the other customers."""
        return self.at_least is not None or self.below is not None


@dataclass(frozen=True)
class Meaning:
    """What a column can mean to a marketer, the names by which it is recognised and the words it gives."""

    __pydantic_config__ = _STRICT

    names: tuple[str, ...]
    reversed: tuple[str, ...] = ()  # names of columns that run the other way, such as "birth year"
    counts_as: str = ""  # another meaning, for the rules of the actions
    sensitive: bool = False  # no action may rest on it
    counts: bool = False  # how often: a column with a unit such as $ is something else
    index: bool = True  # "index 120" is of use to people
    urgent: tuple[
        Level, ...
    ] = ()  # levels that are told before others of about the same strength, if their form is bounded
    unit: str = ""  # assumed when the column's own is unknown
    very_high: tuple[Form, ...] = ()
    high: tuple[Form, ...] = ()
    middle: tuple[Form, ...] = ()
    low: tuple[Form, ...] = ()
    very_low: tuple[Form, ...] = ()
    phrase: str = ""  # "earning {value}"
    having: str = ""  # "a spending score of {value}"
    phrase_units: tuple[str, ...] | None = None  # units with which the phrase makes sense; None = any

    def forms(self, level: Level) -> tuple[Form, ...]:
        """Ways to say a level, the first that fits is taken."""
        forms: tuple[Form, ...] = getattr(self, level)
        return forms


@dataclass(frozen=True)
class Combination:
    """A noun for several levels that hold together."""

    __pydantic_config__ = _STRICT

    noun: str
    when: dict[str, Level]


@dataclass(frozen=True)
class Language:
    """Everything that is said to people about segments."""

    __pydantic_config__ = _STRICT

    language: str
    neutral: tuple[str, ...]
    periods: tuple[str, ...]
    shares: tuple[str, ...]
    units: dict[str, tuple[str, ...]]
    grammar: dict[str, str]
    sentence: dict[str, str]
    trust: dict[str, str]
    meanings: dict[str, Meaning]
    outcomes: dict[str, str]
    test: dict[str, str]
    actions: dict[str, str]
    combinations: tuple[Combination, ...] = field(default=())

    def say(self, section: Literal["grammar", "sentence", "trust", "test"], key: str, **values: str) -> str:
        """A template of one section, filled."""
        template: str = getattr(self, section)[key]
        return template.format(**values)


_TEMPLATES = ("grammar", "sentence", "trust", "test", "outcomes", "actions")


def load_language(path: str | Path | None = None) -> Language:
    """The language file at `path`, checked against English; English when None.

    Raises:
        SetupError: the file can't be read.
        InputError: it is no TOML, lacks a key or uses a placeholder that has no value.
    """
    if path is None:
        return _english()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(
            f"The language file {path} can't be read: {error.strerror}.", hint="Check its path."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The language file {path} is not UTF-8.", hint="Save it as UTF-8.") from error
    try:
        language = _parsed(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"The language file {path} is not TOML: {error}.", hint="Start from a copy of english.toml."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(
            f"In the language file {path}, {where}: {first['msg']}.", hint="Compare with english.toml."
        ) from error
    _compare(language, _english(), path)
    return language


@cache
def _english() -> Language:
    return _parsed(tomllib.loads((resources.files(__package__) / "english.toml").read_text(encoding="utf-8")))


def _parsed(table: Mapping[str, Any]) -> Language:
    return TypeAdapter(Language).validate_python(table)


def _compare(language: Language, english: Language, path: str | Path) -> None:
    for section in _TEMPLATES:
        own: Mapping[str, str] = getattr(language, section)
        for key, template in getattr(english, section).items():
            if key not in own:
                raise InputError(f"The language file {path} lacks {section}.{key}.", hint=f"English says: {template}")
            unknown = _placeholders(own[key]) - _placeholders(template)
            if unknown:
                raise InputError(
                    f"In the language file {path}, {section}.{key} uses {{{sorted(unknown)[0]}}}, which has no value there.",
                    hint=f"English says: {template}",
                )


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
