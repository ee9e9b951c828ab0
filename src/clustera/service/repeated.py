"""Requests that are sent again: with the same Idempotency-Key the first answer comes again, and nothing is made twice."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Header, Request
from fastapi.responses import JSONResponse, Response

from clustera.errors import InputError, SetupError
from clustera.segmentation.summary import plain_json
from clustera.service.disks import private_folder
from clustera.service.errors import StillWorkingError
from clustera.service.jobs import KEY_KEPT
from clustera.service.limits import client_of

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Any text of yours: asked again with the same one, the first answer comes again and nothing is made twice.",
    ),
]
_PATIENCE = 600.0  # seconds after which a request that has no answer yet is taken for lost


class Answers:
    """The answers of a day, one file for each key of a client.

    Args:
        folder: Where they are kept; made when the first key is sent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def once(self, client: str, key: str, asked: object, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What `make` gives, or what it gave when it was asked for with this key.

        Args:
            client: Who asks.
            key: The text by which a request is known; without one it is always made.
            asked: What is asked for, as JSON values: another one with the same key is a mistake.
            make: Makes the answer, as JSON values. Where it raises, the key can be used again.

        Raises:
            InputError: the key was used for something else.
            StillWorkingError: the first request has no answer yet.
            SetupError: the folder can't be written.
        """
        if not key:
            return make()
        path = self._folder / f"{hashlib.sha256(f'{client} {key}'.encode()).hexdigest()}.json"
        meant = asked_hash(asked)
        known = self._begin(path, meant)
        if known is not None:
            return known
        try:
            answer = plain_json(make())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        partial = path.with_suffix(".new")
        try:
            partial.write_text(json.dumps({"asked": meant, "answer": answer}), encoding="utf-8")
            partial.replace(path)
        except OSError:
            # It is made, so this is answered; the key stays taken for a while, so that nothing is made twice.
            with suppress(OSError):
                partial.unlink(missing_ok=True)
        return dict(answer)

    def _begin(self, path: Path, meant: str) -> dict[str, Any] | None:
        """Say that a request is worked on; or the answer that it had."""
        try:
            private_folder(self._folder.parent)
            private_folder(self._folder)
            self._forget_old()
            with path.open("x", encoding="utf-8") as file:
                json.dump({"asked": meant}, file)
            return None
        except FileExistsError:
            pass
        except OSError as error:
            raise SetupError(f"Can't write to {self._folder}: {error.strerror}.", hint="Leave the key out.") from error
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}  # it is being written, or has just failed
        refuse_other_request(not known or known["asked"] == meant)
        if "answer" not in known:
            raise StillWorkingError(
                "The first request with this Idempotency-Key has no answer yet.", hint="Wait for it."
            )
        answer: dict[str, Any] = known["answer"]
        return answer

    def _forget_old(self) -> None:
        with suppress(OSError):
            for path in self._folder.iterdir():
                age = time.time() - path.stat().st_mtime
                if age > KEY_KEPT or (age > _PATIENCE and '"answer"' not in path.read_text(encoding="utf-8")):
                    path.unlink(missing_ok=True)


def asked_hash(asked: object) -> str:
    """By which it is seen whether the same is asked for again.

    >>> asked_hash({"a": 1, "b": 2}) == asked_hash({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def refuse_other_request(same: bool) -> None:
    """Refuse a key that was used for another request.

    Raises:
        InputError: it was.
    """
    if not same:
        raise InputError("This Idempotency-Key was used for another request.", hint="Choose a new one for each.")


def made_once(
    request: Request, key: str, asked: object, make: Callable[[], dict[str, Any]], *, place: str = ""
) -> Response:
    """The answer 201 to a request that makes something, made once for a key.

    Args:
        request: What was sent.
        key: Its Idempotency-Key; "" for none.
        asked: What it asks for.
        make: Makes it; its answer has an `id`.
        place: The address of what was made, before the id; it stands in `Location`.
    """
    answers: Answers = request.app.state.answers
    client = client_of(request.scope, request.headers)
    made = answers.once(client, key, [request.method, request.url.path, asked], make)
    headers = {"Location": f"{place}/{quote(str(made['id']))}"} if place else {}
    return JSONResponse(plain_json(made), status_code=201, headers=headers)
