"""The catalog of findings, and what of it a language file may say in its own words."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from clustera.texts.translation import current_locale

# What people read of an entry, by section; the rest is for the page on findings and for tests.
SPOKEN: Mapping[str, tuple[str, ...]] = {
    "findings": ("message", "rule", "cure", "command", "done", "parts"),
    "notes": ("text", "cure", "parts"),
    "roles": ("text", "parts"),
}
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@cache
def load_catalog() -> dict[str, Any]:
    """The whole catalog, as it stands in `findings.toml`."""
    return tomllib.loads((resources.files(__package__) / "findings.toml").read_text(encoding="utf-8"))


def spoken_entry(section: str, code: str) -> Mapping[str, Any]:
    """An entry of the catalog in the language that is spoken."""
    entry: Mapping[str, Any] = load_catalog()[section][code]
    own = current_locale().catalog.get(section, {}).get(code)
    return merge_texts(entry, own) if own else entry


def spoken_phrases() -> Mapping[str, Any]:
    """Phrases that many findings share, in the language that is spoken."""
    phrases: Mapping[str, Any] = load_catalog()["phrases"]
    own = current_locale().catalog.get("phrases")
    return merge_texts(phrases, own) if own else phrases


@cache
def english_templates() -> dict[str, Any]:
    """What a language file may replace: `findings`, `notes`, `roles` and `phrases`, in English."""
    catalog = load_catalog()
    found: dict[str, Any] = {
        section: {code: _texts_only(entry, keys) for code, entry in catalog[section].items()}
        for section, keys in SPOKEN.items()
    }
    return {"phrases": catalog["phrases"], **found}


def _texts_only(entry: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The texts of a table under some of its keys, and all below them but the value that chooses among them (`by`)."""
    return {
        key: _texts_only(entry[key], (inner for inner in entry[key] if inner != "by"))
        if isinstance(entry[key], Mapping)
        else entry[key]
        for key in keys
        if key in entry
    }


def merge_texts(english: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """English with a language file's words in its place, key by key.

    >>> merge_texts({"a": "one", "b": {"c": "two", "d": "three"}}, {"b": {"d": "drei"}})
    {'a': 'one', 'b': {'c': 'two', 'd': 'drei'}}
    """
    merged = dict(english)
    for key, value in own.items():
        known = merged.get(key)
        merged[key] = merge_texts(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return merged


def changed_texts(english: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What of a language file is not said as in English.

    >>> changed_texts({"a": "one", "b": {"c": "two"}}, {"a": "one", "b": {"c": "zwei"}})
    {'b': {'c': 'zwei'}}
    """
    found: dict[str, Any] = {}
    for key, value in own.items():
        known = english.get(key)
        if isinstance(value, Mapping):
            if inner := changed_texts(known if isinstance(known, Mapping) else {}, value):
                found[key] = inner
        elif value != known:
            found[key] = value
    return found


def texts_to_toml(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """The lines of a TOML file that holds texts.

    >>> list(texts_to_toml({"notes": {"one": {"text": "A.", "parts": {"c": "d"}}}}))
    ['', '[notes.one]', 'text = "A."', '', '[notes.one.parts]', 'c = "d"']
    """
    texts = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    if texts and path:
        yield ""
        yield f"[{'.'.join(map(_toml_key, path))}]"
    for key, text in texts.items():
        yield f"{_toml_key(key)} = {json.dumps(text, ensure_ascii=False)}"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from texts_to_toml(value, (*path, key))


def _toml_key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)
