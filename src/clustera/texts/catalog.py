"""The language file: words for names, sentences and actions. English is shipped; others are given by path."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from clustera.errors import InputError, SetupError, closest
from clustera.records import Level, Locale
from clustera.texts.templates import changed_texts, english_templates, merge_texts, texts_to_toml

_DIGITS = re.compile(r"\d+")
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class WordForm:
    """How a level is said, and within which bounds of the segment's mean it may be said."""

    __pydantic_config__ = _STRICT

    adjective: str = ""
    noun: str = ""
    at_least: float | None = None
    below: float | None = None
    unit: str | None = None
    up_to_share: float = 1.0  # of all customers in the segment: a majority is not called big spenders
    repeated: bool = False  # more than once: nobody is a frequent buyer who bought once, however seldom others buy
    if_often: bool = False  # orders or visits must not be few: who bought last week for the first time is not active
    for_most: bool = False  # three of four customers of the segment must lie within the bounds too, not the mean alone

    @property
    def bounded(self) -> bool:
        """Whether the words are more than relative to the other customers."""
        return self.at_least is not None or self.below is not None


@dataclass(frozen=True)
class Meaning:
    """What a column can mean to a marketer, the names by which it is recognized and the words it gives."""

    __pydantic_config__ = _STRICT

    names: tuple[str, ...]
    reversed: tuple[str, ...] = ()  # names of columns that run the other way, such as "birth year"
    names_of_sums: tuple[str, ...] = ()  # names of columns that mean this where their values are sums, not counts
    counts_as: str = ""  # another meaning, for the rules of the actions
    sensitive: bool = False  # no action may rest on it
    counts: bool = False  # how often: a column with a unit such as $ is something else
    adds_up: bool = False  # what all customers have together means something
    index: bool = True  # "index 120" is of use to people
    urgent: tuple[
        Level, ...
    ] = ()  # levels that are told before others of about the same strength, if their form is bounded
    unit: str = ""  # assumed when the column's own is unknown
    least_gap: float = 0.0  # in this unit: what lies nearer to all customers is neither high nor low
    very_high: tuple[WordForm, ...] = ()
    high: tuple[WordForm, ...] = ()
    middle: tuple[WordForm, ...] = ()
    low: tuple[WordForm, ...] = ()
    very_low: tuple[WordForm, ...] = ()
    phrase: str = ""  # "earning {value}"
    having: str = ""  # "a spending score of {value}"
    more: str = ""  # what a segment has that has more of it than others whom the name fits as well
    less: str = ""
    phrase_units: tuple[str, ...] | None = None  # units with which the phrase makes sense; None = any

    def forms(self, level: Level) -> tuple[WordForm, ...]:
        """Ways to say a level, the first that fits is taken."""
        forms: tuple[WordForm, ...] = getattr(self, level)
        return forms


@dataclass(frozen=True)
class Combination:
    """A noun for several levels that hold together."""

    __pydantic_config__ = _STRICT

    noun: str
    when: dict[str, Level]
    below: dict[str, float] = field(default_factory=dict)  # bounds of the segment's means, in the meanings' own units
    up_to_share: float = 1.0  # of all customers in the segment


@dataclass(frozen=True)
class Language:
    """Everything that is said to people about segments."""

    __pydantic_config__ = _STRICT

    language: str
    code: str
    neutral: tuple[str, ...]
    periods: tuple[str, ...]
    shares: tuple[str, ...]
    lasting: tuple[str, ...]
    amounts: tuple[str, ...]
    counted: tuple[str, ...]
    money: tuple[str, ...]
    units: dict[str, tuple[str, ...]]
    grammar: dict[str, str]
    sentence: dict[str, str]
    trust: dict[str, str]
    meanings: dict[str, Meaning]
    action_labels: dict[str, str]
    actions: dict[str, str]
    combinations: tuple[Combination, ...] = field(default=())
    report: dict[str, str] = field(default_factory=dict)  # what the report says besides, by its English words
    phrases: dict[str, Any] = field(default_factory=dict)  # shared by findings; these four as in findings.toml
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)


_ABOUT_FINDINGS = """\
# What is said of findings, notes and the roles of columns, by their codes (docs/findings.md explains each).
# {count:share}, {money:amount} and {size:plain} say how a number is written, {n:row|rows} gives the word for one or for many,
# and a text below `parts` stands only where there is something to say."""
_TEMPLATES = ("grammar", "sentence", "trust", "action_labels", "actions")


def english_text() -> str:
    """The English language file, to start another one from.

    >>> english_text().splitlines()[0]
    '# The words of names, sentences and suggested actions. A file like this one, in another language, is given by its path;'
    """
    own = (resources.files(__package__) / "english.toml").read_text(encoding="utf-8")
    return "\n".join([own.rstrip(), "", _ABOUT_FINDINGS, *texts_to_toml(english_templates()), ""])


def load_language(path: str | Path | None = None) -> Language:
    """The language file at `path`, what it leaves out in English; English when None.

    Raises:
        SetupError: the file can't be read.
        InputError: it is no TOML, has a key that nothing uses or a placeholder that has no value; with key and line.

    >>> language = load_language()
    >>> language.code, language.language
    ('en', 'English')
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
        own = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"The language file {path} is not TOML: {error}.", hint=_START) from error
    for where, problem, hint in _problems(own):
        line = _line(text, where)
        place = f"line {line}, {'.'.join(where)}" if line else ".".join(where)
        raise InputError(f"In the language file {path}, {place}: {problem}", hint=hint)
    return _parsed(merge_texts(_english_table(), own))


def to_locale(language: Language) -> Locale:
    """What a report has to know of a language.

    >>> to_locale(load_language()).code
    'en'
    """
    if language == _english():
        return Locale()
    words = {key: said for key, said in language.report.items() if said != key}
    for section in ("action_labels", "actions", "trust"):
        english, own = getattr(_english(), section), getattr(language, section)
        words |= {english[key]: said for key, said in own.items() if key in english and said != english[key]}
    marks = {key: language.grammar[key] for key in ("thousands", "decimal", "percent", "times", "same")}
    catalog = changed_texts(_spoken_texts(_english()), _spoken_texts(language))
    return Locale(language.language, language.code, words, catalog, **marks)


def _spoken_texts(language: Language) -> dict[str, Any]:
    """What a run says of findings and segments, by section and key."""
    meanings = {
        key: {way: getattr(known, way) for way in ("phrase", "having")} for key, known in language.meanings.items()
    }
    findings = {section: getattr(language, section) for section in english_templates()}
    return {"sentence": language.sentence, "meanings": meanings, **findings}


_START = "Start from the English one: clustera language > mine.toml"
Problem = tuple[tuple[str, ...], str, str]  # where, what, the cure


@cache
def _english_table() -> dict[str, Any]:
    return tomllib.loads(english_text())


@cache
def _english() -> Language:
    return _parsed(_english_table())


def _parsed(table: Mapping[str, Any]) -> Language:
    return TypeAdapter(Language).validate_python(table)


def _problems(own: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a file, the first thing first."""
    english = _english_table()
    for section in (*_TEMPLATES, "report"):
        for key in own.get(section, {}) if isinstance(own.get(section), dict) else ():
            if key not in english[section]:
                near = closest(key, english[section])
                yield (section, key), "nothing uses this key.", f"Did you mean {near!r}?" if near else _START
    try:
        language = _parsed(merge_texts(english, own))
    except ValidationError as error:
        first = error.errors()[0]
        yield tuple(map(str, first["loc"])), f"{first['msg']}.", "Compare with English: clustera language"
        return
    for section in (*_TEMPLATES, "report"):
        for key, template in getattr(language, section).items():
            yield from _unfit((section, key), template, english[section][key])
    for section, templates in english_templates().items():
        yield from _unfit_entries((section,), own.get(section, {}), templates, templates)
    for key, meaning in language.meanings.items():
        for name in ("phrase", "having"):
            yield from _unfit(("meanings", key, name), getattr(meaning, name), "{number} {value}")


def _unfit_entries(
    where: tuple[str, ...], own: Mapping[str, Any], english: Mapping[str, Any], entry: Mapping[str, Any]
) -> Iterator[Problem]:
    """What is wrong with texts of findings: each may use what any English text of the same entry uses."""
    for key, text in own.items():
        known = english.get(key)
        if known is None:
            near = closest(key, english)
            yield (*where, key), "nothing uses this key.", f"Did you mean {near!r}?" if near else _START
        elif isinstance(known, str) != isinstance(text, str):
            yield (*where, key), "must be one text." if isinstance(known, str) else "must be a table of texts.", _START
        elif isinstance(known, str):
            yield from _unfit_template((*where, key), text, known, entry)
        else:
            yield from _unfit_entries((*where, key), text, known, known if len(where) == 1 else entry)


def _unfit_template(where: tuple[str, ...], text: str, english: str, entry: Mapping[str, Any]) -> Iterator[Problem]:
    said = f"English says: {english}"
    try:
        unknown = _placeholders(text) - {"it", "rows", "count", "share", "column"} - _used_placeholders(entry)
        specs = [spec for _, name, spec, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        yield where, f"{text[:200]!r} can't be filled: {error}.", said
        return
    wrong = next((spec for spec in specs if spec and not _FORMATS.fullmatch(spec)), None)
    if unknown:
        yield where, f"{{{sorted(unknown)[0]}}} has no value there.", said
    elif wrong is not None:
        yield where, f"a number can't be written as {wrong!r}.", said


_FORMATS = re.compile(r"count|share|amount|plain\d?|\d|[^|]*\|[^|]*")


def _used_placeholders(entry: Mapping[str, Any]) -> set[str]:
    """Every placeholder of the texts of an entry."""
    inner = [_used_placeholders(text) if isinstance(text, Mapping) else _placeholders(text) for text in entry.values()]
    return set().union(*inner)


def _unfit(where: tuple[str, ...], template: str, english: str) -> Iterator[Problem]:
    said = f"English says: {english}"
    try:
        unknown = _placeholders(template) - _placeholders(english)
        if not unknown:
            template.format(**dict.fromkeys(_placeholders(english), ""))
    except (ValueError, LookupError, AttributeError) as error:
        yield where, f"{template[:200]!r} can't be filled: {error}.", said
        return
    if unknown:
        yield where, f"{{{sorted(unknown)[0]}}} has no value there.", said


_WIDEST = 99  # characters that a placeholder may be filled up to


def _placeholders(template: str) -> set[str]:
    found = set()
    for _, name, width, _ in string.Formatter().parse(template):
        if width and ("{" in width or any(int(number) > _WIDEST for number in _DIGITS.findall(width))):
            raise ValueError(f"a width is a number up to {_WIDEST}")
        if name is not None:
            found.add(name)
    return found


def _line(text: str, where: Sequence[str]) -> int:
    r"""The line on which a key stands, or its table where the key has no line of its own; 0 where neither is found.

    >>> _line('[trust]\n\n# how sure\ndistinct = "Clear."', ("trust", "distinct"))
    4
    """
    section, found = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.strip("[]").split("]")[0].strip()
            if where and section in (where[0], ".".join(where[:2])):
                found = number
        key, equals, _ = stripped.partition("=")
        full = (*filter(None, section.split(".")), key.strip().strip("\"'"))
        if equals and full == tuple(where[: len(full)]):
            return number
    return found
