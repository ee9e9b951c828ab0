"""`clustera serve`: the service on this computer, opened in a browser by a link that works once."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path

from clustera.errors import InputError, SetupError, missing_extra
from clustera.service.database import database_address
from clustera.service.sessions import Sessions

PORT = 8420
API_KEY = "CLUSTERA_API_KEY"
_SHORTEST_KEY = 32
_GRACE = 2  # seconds that open answers get when the service is stopped


def serve(
    runs: Path,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    browser: bool = True,
    database: str = "",
    roots: Sequence[Path] = (),
    limit: int = 4 << 30,
    rate: float = 100,
    say: Callable[[str], None] = print,
) -> None:
    """Serve a folder of runs until it is stopped.

    Args:
        runs: Folder of runs; it may be empty or not there yet.
        host: An address of this computer that nobody else can reach.
        port: Where to listen; 0 takes a free one.
        browser: Open the link.
        database: Where accounts and what is waiting are kept, `postgresql://...`; a file beside the runs when empty.
        roots: Folders whose files may be segmented by their path.
        limit: Bytes that one upload may have.
        rate: Requests a second that one client may send for long; 0 for any number.
        say: Told the link.

    Raises:
        InputError: others could reach the address.
        SetupError: the port is taken, a package is missing, or the API key is too short.
    """
    try:
        import uvicorn

        from clustera.service.app import create_app
    except ImportError as error:
        raise missing_extra(error.name or "fastapi", "web") from error
    _refuse_others(host)
    sessions = Sessions(api_key=_api_key())
    listening = _listen(host, port)
    place = listening.getsockname()[1]
    written = f"[{host}]" if ":" in host else host
    app = create_app(
        runs,
        sessions=sessions,
        hosts=known_hosts(place, host),
        address=database_address(database, runs),
        roots=roots,
        limit=limit,
        rate=rate,
        warm=True,
    )
    link = f"http://{written}:{place}/enter?token={sessions.new_link()}"
    say(f"Clustera serves {runs} to this computer. Open, once:\n\n  {link}\n\nStop it with Ctrl-C.")
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_GRACE, server_header=False)
    server = uvicorn.Server(config)
    if browser:
        webbrowser.open(link)
    with listening:
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            say("Stopped.")


def known_hosts(port: int, *hosts: str) -> frozenset[str]:
    """What a request may call this computer: anything else is a name that somebody let point here."""
    names = {"127.0.0.1", "localhost", "[::1]", *(f"[{host}]" if ":" in host else host for host in hosts)}
    return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))


def _refuse_others(host: str) -> None:
    try:
        ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        ours = False
    if not ours:
        raise InputError(
            f"Others could reach {host}, and there are no accounts yet: whoever came in could read every customer.",
            hint="Leave --host out. From another computer: ssh -L 8420:127.0.0.1:8420 THIS_COMPUTER",
        )


def _api_key() -> str:
    key = os.environ.get(API_KEY, "")
    if key and len(key) < _SHORTEST_KEY:
        raise SetupError(
            f"{API_KEY} has {len(key)} characters; a key needs at least {_SHORTEST_KEY}.",
            hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )
    return key


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":  # there it would let two programs share a port
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(128)  # so that a browser which is faster than we are waits
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            raise SetupError(
                f"Port {port} is taken by another program.", hint=f"Choose another: clustera serve --port {port + 1}"
            ) from error
        raise SetupError(
            f"Can't listen on {host}:{port}: {error.strerror or error}.", hint="Choose another port: --port 8421"
        ) from error
    return found
