"""Who may enter: a link that opens the door once, and the sessions of those who came in by it."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from pathlib import Path


class Sessions:
    """Sessions of one start of the service; they end with it, and only their hashes are kept.

    Args:
        api_key: A key that other software sends as `Authorization: Bearer KEY`; none when empty.
        folder: Where several processes keep them for each other; memory of this one when left out.
    """

    def __init__(self, *, api_key: str = "", folder: Path | None = None) -> None:
        self._kept = _Memory() if folder is None else _Folder(folder)
        self._api_key = secret_hash(api_key) if api_key else None

    def new_link(self) -> str:
        """The token of a link that works once."""
        token = secrets.token_urlsafe(32)
        self._kept.add(f"link-{secret_hash(token)}")
        return token

    def enter(self, token: str) -> str | None:
        """A new session for the token of a link; None where the link was used, or never was."""
        if not self._kept.take(f"link-{secret_hash(token)}"):
            return None
        self._kept.add(f"used-{secret_hash(token)}")
        session = secrets.token_urlsafe(32)
        self._kept.add(f"session-{secret_hash(session)}")
        return session

    def was_used(self, token: str) -> bool:
        """Whether a link of this start let somebody in."""
        return self._kept.has(f"used-{secret_hash(token)}")

    def knows(self, session: str) -> bool:
        """Whether a session was begun here."""
        return bool(session) and self._kept.has(f"session-{secret_hash(session)}")

    def forget(self) -> None:
        """End all sessions and links."""
        self._kept.clear()

    def is_key(self, key: str) -> bool:
        """Whether a text is the API key."""
        return self._api_key is not None and secrets.compare_digest(secret_hash(key), self._api_key)


class _Memory:
    """Names that this process keeps."""

    def __init__(self) -> None:
        self._held: dict[str, bool] = {}

    def add(self, name: str) -> None:
        self._held[name] = True

    def take(self, name: str) -> bool:
        return self._held.pop(name, False)  # of two at once one gets it

    def has(self, name: str) -> bool:
        return name in self._held

    def clear(self) -> None:
        self._held.clear()


class _Folder:
    """Names that several processes keep, as empty files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str) -> None:
        (self._folder / name).touch(0o600)

    def take(self, name: str) -> bool:
        with suppress(FileNotFoundError):
            (self._folder / name).unlink()  # of two at once one gets it
            return True
        return False

    def has(self, name: str) -> bool:
        return (self._folder / name).exists()

    def clear(self) -> None:
        for kind in ("link", "used", "session"):
            for path in self._folder.glob(f"{kind}-*"):
                path.unlink(missing_ok=True)


def secret_hash(secret: str) -> str:
    """What is kept of a secret of our making: random and long, so that it needs no salt and no slow hash.

    Looked up by its hash, a guess tells nothing by the time it takes.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
