"""`clustera serve`: the service on this computer, opened by a link that works once, or for a team with accounts."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import webbrowser
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from clustera.errors import InputError, SetupError, missing_extra
from clustera.service.accounts import Accounts
from clustera.service.database import Database, database_address, sqlite_file
from clustera.service.oidc import read_oidc
from clustera.service.sessions import Sessions

PORT = 8420
API_KEY = "CLUSTERA_API_KEY"
_SHORTEST_KEY = 32


def serve(
    runs: Path,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    allowed: Sequence[str] = (),
    browser: bool = True,
    database: str = "",
    roots: Sequence[Path] = (),
    limit: int = 4 << 30,
    rate: float = 100,
    pages: bool = True,
    workers: int = 1,
    oidc: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serve a folder of runs until it is stopped.

    Args:
        runs: Folder of runs; it may be empty or not there yet.
        host: An address of this computer; one that others can reach needs an account.
        port: Where to listen; 0 takes a free one.
        allowed: Names by which others open the service.
        browser: Open the link.
        database: Where accounts and what is waiting are kept, `postgresql://...`; a file beside the runs when empty.
        roots: Folders whose files may be segmented by their path.
        limit: Bytes that one upload may have.
        rate: Requests a second that one client may send for long; 0 for any number.
        pages: Answer people as well; False leaves the API only.
        workers: Processes that answer.
        oidc: Settings of a provider of OpenID Connect by which people may sign in.
        say: Told the address.

    Raises:
        InputError: others could reach the address and there is no account, nobody said by which name, or nobody could come in.
        SetupError: the port is taken, a package is missing, or the API key is too short.
    """
    try:
        import uvicorn  # noqa: F401 - told here where it is missing

        from clustera.service.crew import Crew, Plan, new_server, run_server
    except ImportError as error:
        raise missing_extra(error.name or "fastapi", "web") from error
    address, key = database_address(database, runs), _api_key()
    others, guarded = not _is_ours(host), _has_accounts(address)
    _refuse_nobody(guarded or bool(key), pages=pages, runs=runs)
    if others:
        _refuse_others(host, allowed, runs, guarded=guarded or (bool(key) and not pages))
    listening = _listen(host, port)
    place = listening.getsockname()[1]
    hosts = known_hosts(place, host, allowed=allowed)
    plan = Plan(runs, hosts, address, tuple(roots), limit, rate, pages, key, read_oidc(oidc) if oidc else None)
    if workers > 1:
        crew = Crew(plan, listening, workers)
        sessions, run = crew.sessions, crew.run
    else:
        sessions = Sessions(api_key=key)
        run = partial(run_server, new_server(plan.app(sessions)), listening)
    how, path = _way_in(sessions, pages=pages, guarded=guarded)
    link = f"http://{'127.0.0.1' if others else _written(host)}:{place}/{path}"
    whom = ", ".join(allowed) if others else "this computer"
    with listening:
        try:
            say(f"Clustera serves {runs} to {whom}. {how}:\n\n  {link}\n\nStop it with Ctrl-C.")
            if browser and pages:
                webbrowser.open(link)
            run()
        except KeyboardInterrupt:
            say("Stopped.")


def _way_in(sessions: Sessions, *, pages: bool, guarded: bool) -> tuple[str, str]:
    """What to do with the address that is printed, and its path."""
    if not pages:
        return "Its API", "api/v1/"
    if guarded:
        return "Sign in", ""
    return "Open this link. It works once, in one browser", f"enter?token={sessions.new_link()}"


def known_hosts(port: int, *hosts: str, allowed: Sequence[str] = ()) -> frozenset[str]:
    """What a request may call this computer: anything else is a name that somebody let point here.

    Args:
        port: Where the service listens.
        hosts: Addresses it listens on.
        allowed: Further names, also as a proxy in front has them: without a port, or with another.
    """
    names = {"127.0.0.1", "localhost", "[::1]", *(_written(host) for host in hosts if host not in ("0.0.0.0", "::"))}
    further = {name.strip().lower() for name in allowed}
    own = {f"{name}:{port}" for name in names | further} | (names if port == 80 else set())
    return frozenset(own | further)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_ours(host: str) -> bool:
    """Whether no other computer reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _has_accounts(address: str) -> bool:
    file = sqlite_file(address)
    if file is not None and not file.exists():
        return False
    database = Database(address)
    found = Accounts(database).any()
    database.close()
    return found


def _refuse_nobody(enters: bool, *, pages: bool, runs: Path) -> None:
    """Refuse a service of software only that no software could ask."""
    if not pages and not enters:
        raise InputError(
            "Nobody could come in: there is no key and no account, and without pages there is no link.",
            hint=f"Set {API_KEY} (at least {_SHORTEST_KEY} characters), or make an account and a key: "
            f"clustera users add NAME --role admin --runs {runs}, then clustera users key add NAME --title TITLE --runs {runs}",
        )


def _refuse_others(host: str, allowed: Sequence[str], runs: Path, *, guarded: bool) -> None:
    """Refuse an address that others reach, as long as anybody may come in, or nobody said how they call it."""
    if not guarded:
        raise InputError(
            f"Others could reach {host}, and there is no account yet: whoever came in could read every customer.",
            hint=f"Make the first one: clustera users add NAME --role admin --runs {runs}",
        )
    if not allowed:
        raise InputError(
            f"Others could reach {host}, but by which name is not said: any name could be made to point here.",
            hint="Say it: --allow-host segments.example.com, as it stands in the address of their browsers.",
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
    # Without the protocol asyncio would not set TCP_NODELAY, and each answer would wait 40 ms for the one before it.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
