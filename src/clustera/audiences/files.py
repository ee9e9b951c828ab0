"""An audience as a TOML file: read again and written, it is the same to the last byte.

name = "Regulars in Berlin"
definition = 'segment is "Regulars" and city is "Berlin"'
note = "For the monthly letter"
minimum = 100
"""

from __future__ import annotations

import json
import tomllib

from clustera.audiences.parsing import parse_definition
from clustera.audiences.tokens import DefinitionError
from clustera.audiences.wording import write_condition
from clustera.errors import InputError, closest
from clustera.records import Audience

_KEYS = {"name": str, "definition": str, "note": str, "minimum": int}


def write_toml(audience: Audience) -> str:
    """The TOML file of an audience.

    >>> print(write_toml(Audience("Regulars", 'segment is "Regulars"')), end="")
    name = "Regulars"
    definition = 'segment is "Regulars"'
    """
    lines = [f"name = {_toml_text(audience.name)}", f"definition = {_toml_text(audience.definition)}"]
    if audience.note:
        lines.append(f"note = {_toml_text(audience.note)}")
    if audience.minimum:
        lines.append(f"minimum = {audience.minimum}")
    return "\n".join(lines) + "\n"


def read_toml(text: str, *, source: str = "The file") -> Audience:
    """The audience of a TOML file.

    Args:
        text: The file.
        source: What to call it in an error.

    Raises:
        InputError: it is no TOML, has a key that nothing uses, or its definition can't be understood.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is not a TOML file: {error}.") from error
    for key, value in found.items():
        if key not in _KEYS:
            near = closest(key, _KEYS)
            raise InputError(
                f"{source} has the key {key!r}, which audiences do not have.",
                hint=f"Did you mean {near!r}?" if near else f"The keys are: {', '.join(_KEYS)}.",
            )
        if not isinstance(value, _KEYS[key]) or isinstance(value, bool):
            kind = "a text in quotes" if _KEYS[key] is str else "a whole number"
            raise InputError(f"{source}: {key} is {value!r}; it must be {kind}.")
    for key in ("name", "definition"):
        if not found.get(key, "").strip():
            raise InputError(f"{source} has no {key}.", hint=f"Write: {key} = ...")
    if found.get("minimum", 0) < 0:
        raise InputError(f"{source}: minimum is {found['minimum']}; it must be 0 or more.")
    audience = Audience(**found)
    try:
        parse_definition(audience.definition)
    except DefinitionError as error:
        raise DefinitionError(f"{source}: {error.message}", position=error.position, hint=error.hint) from error
    return audience


def tidy_definition(text: str) -> str:
    """A definition as it is kept: the same conditions, written in one way.

    >>> tidy_definition("spend>100 AND not(overdue)")
    'spend > 100 and overdue is not true'
    """
    return write_condition(parse_definition(text))


def _toml_text(text: str) -> str:
    """A TOML string: within single quotes where that says it, so that the quotes of a definition stay as they are."""
    if "'" not in text and all(character.isprintable() for character in text) and '"' in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
