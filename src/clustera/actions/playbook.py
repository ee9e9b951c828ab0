"""The playbook: rules in a TOML file, read and checked before a run begins."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from clustera.actions.facts import MEASURES, SUBSETS
from clustera.errors import InputError, SetupError, closest
from clustera.records import ActionKind, Stage, Subset
from clustera.texts import Language, default_label

_START = "Start from the built-in one: clustera playbook > mine.toml"
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Play:
    """One rule: for whom, when, and which kind of action."""

    __pydantic_config__ = _STRICT

    rule: str  # its code; its words stand in the language file, or in `text`
    kind: ActionKind
    stages: tuple[Stage, ...] = ()  # empty: for segments whose customers' stages are not known (no orders)
    only: Subset = ""  # of those stages; empty: whoever no rule before it has taken
    when: Mapping[str, Literal["high", "low"]] = field(default_factory=dict)  # levels by meaning; all must hold
    at_least: Mapping[str, float] = field(default_factory=dict)  # numbers by measure
    below: Mapping[str, float] = field(default_factory=dict)
    label: str = ""  # what it is called in tables and files; by its code when empty
    text: str = ""


@dataclass(frozen=True)
class Playbook:
    """Rules in the order in which they are tried: the first that holds gives the action."""

    __pydantic_config__ = _STRICT

    plays: tuple[Play, ...]


def playbook_text() -> str:
    """The built-in playbook, to start another one from.

    >>> playbook_text().splitlines()[0]
    '# The playbook: which action is suggested to whom. The first rule that holds gives the action.'
    """
    return (resources.files(__package__) / "playbook.toml").read_text(encoding="utf-8")


def load_playbook(path: str | Path | None = None, *, language: Language) -> Playbook:
    """The built-in rules; those of a file are tried before them.

    Args:
        path: A TOML file with `[[plays]]`; None for the built-in rules alone. A rule of the same code replaces the
            built-in one.
        language: Knows which meanings a column can have, and the words of the built-in rules.

    Raises:
        SetupError: the file can't be read.
        InputError: it is no TOML, or a rule asks for something that is not there; with the rule's code.

    >>> from clustera.texts import load_language
    >>> [play.rule for play in load_playbook(language=load_language()).plays][:2]
    ['call_overdue', 'discount_overdue']
    """
    if path is None:
        return _built_in()
    try:
        own = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(f"The playbook {path} can't be read: {error.strerror}.", hint="Check its path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The playbook {path} is not UTF-8.", hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The playbook {path} is not TOML: {error}.", hint=_START) from error
    try:
        book = TypeAdapter(Playbook).validate_python(own)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"In the playbook {path}, {where}: {first['msg']}.", hint=_START) from error
    for rule, problem, hint in _playbook_problems(book, language):
        raise InputError(f"In the playbook {path}, rule {rule!r}: {problem}", hint=hint)
    codes = {play.rule for play in book.plays}
    return Playbook((*book.plays, *(play for play in _built_in().plays if play.rule not in codes)))


@cache
def _built_in() -> Playbook:
    return TypeAdapter(Playbook).validate_python(tomllib.loads(playbook_text()))


def _playbook_problems(book: Playbook, language: Language) -> Iterator[tuple[str, str, str]]:
    built_in = {play.rule: play for play in _built_in().plays}
    for play in book.plays:
        if not play.text and play.rule not in language.actions:
            yield play.rule, "it has no words.", 'Add text = "What to do".'
        if not play.text and play != built_in.get(play.rule, play):
            yield play.rule, "the built-in words may not fit its conditions.", 'Add text = "What to do".'
        if play.only and not set(play.stages) <= set(SUBSETS[play.only]):
            found_in = ", ".join(map(repr, SUBSETS[play.only]))
            yield (
                play.rule,
                f"{play.only!r} customers are not in all of its stages.",
                f"Stages with such customers: {found_in}.",
            )
        for known, asked, what in (
            (language.meanings, play.when, "meaning"),
            (MEASURES, {**play.at_least, **play.below}, "measure"),
        ):
            yield from (_unknown_name(play.rule, name, known, what) for name in asked if name not in known)
    yield from _shared_labels(book, language)


def _shared_labels(book: Playbook, language: Language) -> Iterator[tuple[str, str, str]]:
    """Files are filtered by the label: two actions of one label could not be told apart."""
    codes = {play.rule for play in book.plays}
    used = {label: rule for rule, label in language.action_labels.items() if rule not in codes}
    for play in book.plays:
        label = play.label or language.action_labels.get(play.rule) or default_label(play.rule)
        if label in used:
            yield play.rule, f"its label {label!r} is that of the rule {used[label]!r}.", 'Add label = "Another label".'
        used[label] = play.rule


def _unknown_name(rule: str, name: str, known: Mapping[str, Any], what: str) -> tuple[str, str, str]:
    near = closest(name, known)
    return (
        rule,
        f"there is no {what} {name!r}.",
        f"Did you mean {near!r}?" if near else f"There are: {', '.join(known)}.",
    )
