"""The stylesheet and the scripts: a name for each that changes with its content, so that browsers keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from clustera import components

STYLE, SCRIPT, COMPLETION = "clustera.css", "clustera.js", "completion.js"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


@cache
def content(name: str) -> bytes | None:
    """What a file holds; None where there is none of this name."""
    if name not in (STYLE, SCRIPT, COMPLETION):
        return None
    own = (resources.files(__package__) / "static" / name).read_text(encoding="utf-8")
    return (f"{components.stylesheet()}\n{own}" if name == STYLE else own).encode()


@cache
def asset(name: str) -> str:
    """The address of a file."""
    held = content(name)
    assert held is not None, name
    return f"/static/{hashlib.sha256(held).hexdigest()[:12]}/{name}"


def kind(name: str) -> str:
    """The media type of a file."""
    return _KINDS[name[name.rindex(".") :]]
