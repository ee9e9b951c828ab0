"""JSON that is damaged: it is known for what it is, and refused with the place where it breaks."""

from __future__ import annotations

import json
import re
from pathlib import Path

from clustera.errors import InputError
from clustera.read.lines import repaired_text

LARGEST = 256 << 20  # bytes of a file in which the place is looked for
_BEFORE = 16  # characters that may stand before the first object
_LINES = 20  # that are looked at
_OPENING = re.compile(rf"""[^\w"'\n]{{0,{_BEFORE}}}?\[?\s*\{{\s*"[^"]""")
_PAIR = re.compile(r"""[\s\[\]{},]*"(?:[^"\\]|\\.)+"\s*:\s*(?:["\[{\d-]|true|false|null|NaN)""")
# Of a first name, the start may be missing.
_TWO_PAIRS = re.compile(
    r"""[^\n;|\t"]{0,64}"?[^\n;|\t"]{0,64}"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)\s*,\s*"(?:[^"\\]|\\.)+"\s*:"""
)
_PUNCTUATION = re.compile(r"[\s\[\]{},]+")
_WHAT = {
    "Expecting value": "a value is missing",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Illegal trailing comma before end of object": "there is a comma before a closing bracket",
    "Illegal trailing comma before end of array": "there is a comma before a closing bracket",
    "Unterminated string starting at": "a text begins that has no closing quote",
    "Invalid control character at": "a text holds a line end or a control character",
    "Extra data": "more follows after the end of the first value",
}


def load_json(text: bytes | str) -> object:
    """A JSON value; None where it is damaged."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def looks_like_json(text: str) -> bool:
    r"""Whether the start of a file is that of JSON objects whose very beginning is damaged.

    >>> looks_like_json('\ufffd[{"id": 1, "age": 30}'), looks_like_json('d": 1}\n{"id": 2}\n{"id": 3}\n')
    (True, True)
    >>> looks_like_json('id;notes\n1;{"a": 1}\n2;{"a": 2}\n')
    False
    """
    if _OPENING.match(text) or _TWO_PAIRS.match(text):
        return True
    first, *lines = [line for line in text.splitlines() if line.strip()][:_LINES] or [""]
    if not lines:
        return bool(re.search(r"""\}\s*,?\s*\{\s*"(?:[^"\\]|\\.)+"\s*:""", first))
    pairs = sum(bool(_PAIR.match(line)) for line in lines)
    return pairs > 0 and 5 * (pairs + sum(bool(_PUNCTUATION.fullmatch(line)) for line in lines)) >= 3 * len(lines)


def broken_json(path: Path, *, encoding: str, name: str, first_broken: str = "") -> InputError:
    """Why a file is no JSON, and where it breaks.

    Args:
        path: Of the file.
        encoding: Of its text.
        name: Of the file, for the message.
        first_broken: Of a file of one object per line, the first line that is none: what is told of a larger file.
    """
    hint = "Export it again; or mend it there. In a file with one object per line, damaged lines are left out and told."
    text = first_broken
    if path.stat().st_size <= LARGEST and not isinstance(load_json(first_broken), list):
        text, damaged = repaired_text(path, encoding)
        if not damaged:
            text = path.read_bytes().decode(encoding, "replace").removeprefix("\ufeff")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        what = _WHAT.get(error.msg.removesuffix(":"), "it can't be read")
        if not text[error.pos :].strip():
            what = "the file ends in the middle of a value"
        near = text[max(0, error.pos - 10) : error.pos + 20].strip()
        return InputError(
            f"{name} is damaged JSON: in line {error.lineno} at position {error.colno} {what}, near {near!r}.",
            hint=hint,
        )
    except RecursionError:
        return InputError(f"{name} is damaged JSON: its lists and objects are nested too deeply.", hint=hint)
    if "\ufffd" in text:
        at = text.index("\ufffd")
        line, position = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        return InputError(
            f"{name} is damaged JSON: in line {line} at position {position} stands what is no {encoding}.", hint=hint
        )
    return InputError(
        f"{name} is JSON, but most of it is no list of objects.",
        hint='Each line should look like {"id": 1, "age": 30}.',
    )
