"""Who may enter: a link that opens the door once, and the sessions of those who came in by it."""

from __future__ import annotations

import hashlib
import secrets
import threading


class Sessions:
    """Sessions of one start of the service; they end with it, and only their hashes are kept.

    Args:
        api_key: A key that other software sends as `Authorization: Bearer KEY`; none when empty.
    """

    def __init__(self, *, api_key: str = "") -> None:
        self._links: set[bytes] = set()
        self._sessions: set[bytes] = set()
        self._api_key = _hash(api_key) if api_key else None
        self._lock = threading.Lock()

    def new_link(self) -> str:
        """The token of a link that works once."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._links.add(_hash(token))
        return token

    def enter(self, token: str) -> str | None:
        """A new session for the token of a link; None where the link was used, or never was."""
        with self._lock:
            if _hash(token) not in self._links:
                return None
            self._links.remove(_hash(token))
            session = secrets.token_urlsafe(32)
            self._sessions.add(_hash(session))
            return session

    def knows(self, session: str) -> bool:
        """Whether a session was begun here."""
        return bool(session) and _hash(session) in self._sessions

    def forget(self) -> None:
        """End all sessions and links."""
        with self._lock:
            self._links.clear()
            self._sessions.clear()

    def is_key(self, key: str) -> bool:
        """Whether a text is the API key."""
        return self._api_key is not None and secrets.compare_digest(_hash(key), self._api_key)


def _hash(secret: str) -> bytes:
    # Looked up by its hash, a guess tells nothing by the time it takes.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
