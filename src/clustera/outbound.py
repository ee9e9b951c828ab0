"""The one way out: a signed POST, questions to a provider of sign-ins, and mail. Nothing else of Clustera asks another host.

An address is looked up once, checked, and connected to as it was checked, so that a name can't point elsewhere by then (DNS
rebinding). Redirects are not followed and proxies of the environment are not used. Source: OWASP, Server-Side Request
Forgery Prevention.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import os
import re
import smtplib
import socket
import ssl
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from clustera.errors import InputError, SetupError

WAYS_OUT = ".notices.toml"  # beside the runs
PASSWORD = "CLUSTERA_SMTP_PASSWORD"
SIGNATURE = "X-Clustera-Signature"
_WAIT = 10.0  # seconds until something arrives
_LONGEST_TALK = 60.0  # seconds for a whole answer
_LONGEST_ANSWER = 1 << 20  # bytes
_SECURITY = ("starttls", "tls", "none")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
# A mark that has a meaning of its own in a line of addresses would send the mail to another one.
_ODD = r"""@\s,;:<>"()\[\]\\\x00-\x1f"""
_MAIL = re.compile(rf"[^{_ODD}]+@([^.{_ODD}]+\.)+[^.{_ODD}]+")
_Place = ipaddress.IPv4Address | ipaddress.IPv6Address
# Blocks whose last 32 bits are an address of the old kind (RFC 4291, 6052, 7915), and one for translators within a network (RFC 8215).
_TRANSLATED = tuple(map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
_LOCAL_TRANSLATION = ipaddress.IPv6Network("64:ff9b:1::/48")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class UnsentError(SetupError):
    """Something could not be sent."""


class InnerHostError(UnsentError):
    """A host lies in an inner network that nobody allowed.

    Args:
        host: Its name.
        place: Its address.
    """

    def __init__(self, host: str, place: str) -> None:
        super().__init__(
            f"{host} lies in a network of its own ({place}), where nothing is sent.",
            hint="If it shall be: networks = ['10.0.0.0/8'] in its settings (docs/schedules.md, docs/service.md).",
        )
        self.place = place


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over."""

    host: str
    sender: str
    port: int = 0  # 0: the usual one of the security
    user: str = ""
    security: str = "starttls"


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What of other hosts may be asked."""

    mail: MailServer | None = None
    networks: tuple[Network, ...] = ()  # inner networks that webhooks may lie in
    databases: tuple[Network, ...] = ()  # and those that databases may lie in


def read_ways_out(path: Path) -> WaysOut:
    """The settings of mail, webhooks and databases; none of them where there is no file.

    Raises:
        SetupError: the file can't be understood.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return WaysOut()
    except (OSError, ValueError) as error:
        raise SetupError(
            f"Can't read {path}: {error}.", hint="It must be TOML with [mail], [webhook] and [databases]."
        ) from error
    flat = next((name for name, part in content.items() if not isinstance(part, dict)), None)
    if flat is not None:
        # Its value may hold a password.
        raise SetupError(f"{path} has {flat} by itself.", hint="It must have [mail], [webhook] and [databases].")
    mail = content.pop("mail", None)
    inner = [content.pop(part, {}) for part in ("webhook", "databases")]
    unknown = [
        *content,
        *(mail or {}).keys() - {field.name for field in fields(MailServer)},
        *(key for part in inner for key in part.keys() - {"networks"}),
    ]
    if unknown:
        raise SetupError(f"{path} has an unknown entry: {unknown[0]}.", hint="docs/schedules.md lists them.")
    try:
        server = _mail_server(path, mail) if mail else None
        allowed = [tuple(ipaddress.ip_network(text) for text in part.get("networks", ())) for part in inner]
    except (TypeError, ValueError) as error:
        raise SetupError(f"{path} can't be used: {error}.", hint="docs/schedules.md has an example.") from error
    return WaysOut(server, *allowed)


def _mail_server(path: Path, said: Mapping[str, Any]) -> MailServer:
    for name, value in said.items():
        kind, example = (int, "a number, such as 587") if name == "port" else (str, "a text in quotes")
        if type(value) is not kind:
            raise SetupError(f"{path} has {name} = {value!r}.", hint=f"It must be {example}.")
    server = MailServer(**said)
    if not is_mail_address(parseaddr(server.sender)[1]):
        raise SetupError(
            f"{path} has {server.sender!r} as sender.", hint='For example: sender = "clustera@shop.example"'
        )
    if server.security not in _SECURITY:
        raise SetupError(f"{path} asks for security = {server.security!r}.", hint=f"One of: {', '.join(_SECURITY)}.")
    return server


def is_mail_address(text: str) -> bool:
    """Whether mail can be sent to a text: an address as mail programs write it, without a name.

    >>> is_mail_address("ann@shop.example"), is_mail_address("ann@shop"), is_mail_address("to:ann@shop.example")
    (True, False, False)
    """
    return bool(_MAIL.fullmatch(text))


def check_webhook(address: str) -> SplitResult:
    """The parts of an address that a webhook may have.

    Raises:
        InputError: it is none.

    >>> check_webhook("https://hooks.example.com/clustera").hostname
    'hooks.example.com'
    """
    hint = "For example: https://hooks.example.com/clustera"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{address[:80]!r} is no address.", hint=hint) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InputError(f"{address[:80]!r} is no address of a webhook.", hint=hint)
    if parts.username or parts.password:
        raise InputError("The address of a webhook can't hold a password.", hint="What is sent is signed instead.")
    return parts


def post_signed(address: str, body: bytes, *, secret: str, networks: Sequence[Network] = (), now: float = 0.0) -> None:
    """Send JSON to a webhook, signed: `t=SECONDS,v1=HMAC-SHA256("SECONDS.BODY")` in the header X-Clustera-Signature.

    Args:
        address: https; http only to a host of the networks below.
        body: What is sent.
        secret: Signs it.
        networks: Inner networks that the host may lie in; else it must be reachable by everybody.
        now: Seconds since 1970-01-01; the clock when 0.

    Raises:
        UnsentError: the host may not be asked, did not answer, or did not accept it.
        InputError: the address is none.
    """
    parts = check_webhook(address)
    stamp = int(now or time.time())
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: f"t={stamp},v1={signed}",
    }
    status, _ = _asked("POST", parts, body, headers, networks)
    if not 200 <= status < 300:
        raise UnsentError(
            f"{parts.hostname} answered with {status}.",
            hint="It must answer with 200; other addresses are not followed.",
        )


def ask_provider(
    address: str,
    *,
    form: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    networks: Sequence[Network] = (),
) -> tuple[int, bytes]:
    """Ask a provider of sign-ins for JSON.

    Args:
        address: https; http only to a host of the networks below.
        form: What is sent by POST; without it GET asks.
        headers: Further ones.
        networks: Inner networks that the host may lie in; else it must be reachable by everybody.

    Returns:
        The status and the body, of a megabyte at most.

    Raises:
        UnsentError: the host may not be asked, or did not answer.
        InputError: the address is none.
    """
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    wanted = {"Accept": "application/json", **kind, **(headers or {})}
    return _asked("GET" if form is None else "POST", check_webhook(address), form, wanted, networks)


def _asked(
    method: str, parts: SplitResult, body: bytes | None, headers: Mapping[str, str], networks: Sequence[Network]
) -> tuple[int, bytes]:
    host, secure = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    place = checked_place(host, port, networks, secure=secure)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port, timeout=_WAIT)
    try:
        connection.sock = socket.create_connection((place, port), timeout=_WAIT)
        if secure:
            connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
        with _cut_off_after(_LONGEST_TALK, connection.sock):
            connection.request(
                method, target, body=body, headers={"Host": parts.netloc, "User-Agent": "clustera", **headers}
            )
            answer = connection.getresponse()
            return answer.status, answer.read(_LONGEST_ANSWER)
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        raise _untaken(f"{host}:{port}", error) from error
    finally:
        connection.close()


def _untaken(host: str, error: Exception) -> UnsentError:
    """What went wrong with a message, in words; no bytes of a host that speaks another language."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return UnsentError(
            f"{host} is not who it says, or can't prove it: {error.verify_message}.",
            hint="Its certificate must hold for this name and come from an authority that this computer knows; "
            "SSL_CERT_FILE names a file with further ones.",
        )
    if isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
        return UnsentError(f"{host} does not answer as a web server does.", hint="Check its address and its port.")
    said = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return UnsentError(f"{host} did not take the message: {said}.", hint="Check its address, and whether it runs.")


@contextmanager
def _cut_off_after(seconds: float, connected: socket.socket) -> Iterator[None]:
    """End a connection that is still open after a while: who sends a byte now and then would be listened to for ever."""

    def cut() -> None:
        with suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def checked_place(host: str, port: int, networks: Sequence[Network], *, secure: bool) -> str:
    """An address of a host that may be asked: all that it has must be allowed.

    Args:
        host: Its name.
        port: That is asked.
        networks: Inner networks that it may lie in.
        secure: Whether it is asked with encryption; without, only inner hosts are.

    Raises:
        InnerHostError: it lies in another inner network.
        UnsentError: there is no such host, or it would be asked without encryption.
    """
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise UnsentError(f"There is no host {host}.", hint="Check its address.") from error
    places = [ipaddress.ip_address(str(text).partition("%")[0]) for text in found]
    for place in places:
        plain = _reached(place)
        inner = any(one in network for one in (plain, place) for network in networks if network.version == one.version)
        if not inner and (
            not plain.is_global or plain.is_multicast or plain in _LOCAL_TRANSLATION or _is_site_local(plain)
        ):
            raise InnerHostError(host, str(plain))
        if not inner and not secure:
            raise UnsentError(f"{host} would be asked without encryption.", hint="Use https.")
    return str(sorted(places, key=lambda place: place.version)[0])


def _reached(place: _Place) -> _Place:
    """The address of the old kind that one of the new kind leads to, where it only stands for that."""
    if isinstance(place, ipaddress.IPv4Address):
        return place
    if any(place in network for network in _TRANSLATED):
        return ipaddress.IPv4Address(int(place) & 0xFFFFFFFF)
    return place.sixtofour or place


def _is_site_local(place: _Place) -> bool:
    return isinstance(place, ipaddress.IPv6Address) and place.is_site_local


def send_mail(server: MailServer, message: EmailMessage) -> None:
    """Hand a message over; the password stands in CLUSTERA_SMTP_PASSWORD.

    Raises:
        UnsentError: the server could not be reached or did not take it.
    """
    port = server.port or _PORTS[server.security]
    context = ssl.create_default_context()
    opened: Any = smtplib.SMTP_SSL if server.security == "tls" else smtplib.SMTP
    secured: dict[str, Any] = {"context": context} if server.security == "tls" else {}
    password = os.environ.get(PASSWORD, "")
    if server.user and not (server.user + password).isascii():
        raise UnsentError(
            f"The user or the password of {server.host} has a letter that can't be sent there, such as ä.",
            hint=f"Choose another one, for [mail] and {PASSWORD}.",
        )
    try:
        with opened(server.host, port, timeout=_WAIT, **secured) as connection:
            if server.security == "starttls":
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, password)
            refused = connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused_mail(server.host, port, error.recipients) from error
    except ssl.SSLCertVerificationError as error:
        raise _untaken(f"{server.host}:{port}", error) from error
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        said = str(error)
        if isinstance(error, smtplib.SMTPResponseException):
            said = _smtp_answer(error.smtp_code, error.smtp_error)
        raise UnsentError(
            f"{server.host}:{port} did not take the mail: {said}.", hint=f"Check [mail] and {PASSWORD}."
        ) from error
    if refused:  # the others have it
        raise _refused_mail(server.host, port, refused)


def _refused_mail(host: str, port: int, refused: Mapping[str, tuple[int, bytes]]) -> UnsentError:
    said = "; ".join(f"{address} ({_smtp_answer(*answer)})" for address, answer in sorted(refused.items()))
    return UnsentError(f"{host}:{port} did not take the mail to {said}.", hint="Check these addresses.")


def _smtp_answer(code: int, said: bytes | str) -> str:
    text = said if isinstance(said, str) else said.decode("utf-8", "replace")
    return " ".join(f"{code} {text}".split()).rstrip(".")
