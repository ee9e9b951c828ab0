"""Signing in and out, the link by which a password is chosen, and the page of one's own account."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from clustera import texts
from clustera.errors import ClusteraError, InputError
from clustera.service.accounts import LONGEST, SHORTEST, Account, NotAllowedError, TooOftenError
from clustera.service.answers import page, status_of
from clustera.service.credentials import KEY_ROLES, MOST_DAYS
from clustera.service.credentials import LONGEST as LONGEST_SESSION
from clustera.service.guards import address_of_client, cookie_name
from clustera.service.held import entrance_of, person_of, record, theme_of
from clustera.service.oidc import Provider
from clustera.service.persons import Person

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1_000)]


@router.get("/login")
def login_page(request: Request, next: str = "", out: bool = False) -> Response:  # noqa: A002 - what everyone calls it
    """The form to sign in; after signing out also the way to sign out at a provider."""
    door = entrance_of(request)
    if not door.guarded or door.by_session(request.cookies.get(cookie_name(request.scope), "")):
        return RedirectResponse(inner_address(next), status_code=303)
    return _login_form(request, next, out=out)


@router.post("/login")
def sign_in(request: Request, name: Text = "", password: Text = "", next: Text = "") -> Response:  # noqa: A002
    """Begin a session."""
    door = entrance_of(request)
    if not door.guarded:
        return RedirectResponse("/", status_code=303)
    address = address_of_client(request.scope)
    try:
        account = door.accounts.check(name, password, address)
    except (NotAllowedError, TooOftenError) as error:
        door.audit.note(name.strip(), "session", "was refused", "signing in", status=403, address=address)
        answer = _login_form(request, next, name=name, problem=error)
        answer.status_code = 429 if isinstance(error, TooOftenError) else 401
        return answer
    return let_in(request, account, inner_address(next))


@router.post("/logout")
def sign_out(request: Request) -> Response:
    """End the session."""
    person = person_of(request)
    if person.account is not None:
        entrance_of(request).credentials.end(person.account, person.session)
        record(request, "signed out")
    out = "/login?out=1" if request.app.state.provider and person.account is not None else "/login"
    answer = RedirectResponse(out, status_code=303)
    answer.delete_cookie(cookie_name(request.scope), path="/", secure=_is_safe(request), httponly=True, samesite="lax")
    return answer


@router.get("/welcome")
def welcome_page(request: Request, token: str = "") -> Response:
    """Choose a password, by the link of an admin."""
    account = entrance_of(request).accounts.invited(token)
    if account is None:
        raise NotAllowedError(
            "This link was used already, or is too old.",
            hint="If you chose a password with it, sign in at /login, in any browser. If not, ask an admin for a new link: it works for "
            "three days.",
        )
    return _welcome_form(request, account, token)


@router.post("/welcome")
def choose_password(request: Request, token: Text = "", password: Text = "", again: Text = "") -> Response:
    """Keep the password, and sign in."""
    door = entrance_of(request)
    try:
        if password != again:
            raise InputError("The two passwords differ.", hint="Type the same one twice.")
        account = door.accounts.accept(token, password)
    except InputError as error:
        account_invited = door.accounts.invited(token)
        if account_invited is None:
            raise
        return _welcome_form(request, account_invited, token, problem=error)
    door.look()
    return let_in(request, account, "/")


@router.get("/account")
def account_page(request: Request) -> Response:
    """One's own account: password, sessions, keys."""
    if person_of(request).account is None:
        return RedirectResponse("/admin/users", status_code=303)
    return _own_page(request)


@router.post("/account/password")
def change_password(request: Request, old: Text = "", password: Text = "", again: Text = "") -> Response:
    """Choose another password; all other sessions end."""
    door, person = entrance_of(request), person_of(request)
    account = _own_number(person)
    try:
        door.accounts.check(person.name, old, address_of_client(request.scope))
        if password != again:
            raise InputError("The two passwords differ.", hint="Type the same one twice.")
        door.accounts.set_password(account, password, keep=person.session)
    except ClusteraError as error:
        return _own_page(request, problem=error, about="password")
    record(request, "changed the password")
    return _own_page(request, done=texts.translate("The password is changed; all other browsers are signed out."))


@router.post("/account/sessions")
def end_sessions(request: Request, session: Text = "") -> Response:
    """End one of one's sessions, or all others."""
    person, credentials = person_of(request), entrance_of(request).credentials
    account = _own_number(person)
    if session:
        credentials.end(account, session)
    else:
        credentials.end_all(account, keep=person.session)
    record(request, "ended a session" if session else "ended all other sessions")
    return RedirectResponse("/account#browsers", status_code=303)


@router.post("/account/keys")
def make_key(request: Request, name: Text = "", role: Text = "viewer", days: Annotated[int, Form()] = 90) -> Response:
    """Make a key; it is shown once."""
    person = person_of(request)
    try:
        key = entrance_of(request).credentials.make_key(_own_number(person), name, role, days)
    except InputError as error:
        return _own_page(request, problem=error, about="keys")
    record(request, f"made the key {name.strip()} ({role}, {days} days)")
    return _own_page(request, key=key)


@router.post("/account/keys/{key}/remove")
def remove_own_key(request: Request, key: int) -> Response:
    """Remove a key of one's own."""
    entrance_of(request).credentials.remove_key(key, _own_number(person_of(request)))
    record(request, f"removed the key number {key}")
    return RedirectResponse("/account#keys", status_code=303)


def _own_number(person: Person) -> int:
    if person.account is None:
        raise InputError("There are no accounts yet.", hint="Make the first one: /admin/users")
    return person.account


def _own_page(
    request: Request, *, problem: ClusteraError | None = None, about: str = "", key: str = "", done: str = ""
) -> Response:
    person, credentials = person_of(request), entrance_of(request).credentials
    account = _own_number(person)
    return page(
        "account.html.j2",
        200 if problem is None else status_of(problem),
        nav="account",
        theme=theme_of(request),
        sessions=credentials.sessions(account),
        keys=credentials.keys(account),
        roles=[role for role in KEY_ROLES if person.may(role)],
        most_days=MOST_DAYS,
        shortest=SHORTEST,
        longest=LONGEST,
        problem=problem,
        about=about,
        key=key,
        done=done,
    )


def _login_form(
    request: Request, next_: str, *, name: str = "", problem: ClusteraError | None = None, out: bool = False
) -> Response:
    provider: Provider | None = request.app.state.provider
    back = f"{request.url.scheme}://{request.headers['host']}/login"
    open_line = request.url.scheme != "https" and request.url.hostname not in ("127.0.0.1", "localhost", "::1")
    return page(
        "login.html.j2",
        theme=theme_of(request),
        next=next_,
        name=name,
        problem=problem,
        open_line=open_line,
        provider=provider.settings.title if provider else "",
        way_out=provider.way_out(back) if provider and out else "",
    )


def _welcome_form(request: Request, account: Account, token: str, *, problem: ClusteraError | None = None) -> Response:
    return page(
        "welcome.html.j2",
        422 if problem else 200,
        theme=theme_of(request),
        account=account,
        token=token,
        problem=problem,
        shortest=SHORTEST,
        longest=LONGEST,
    )


def let_in(request: Request, account: Account, where: str) -> Response:
    """A new session, whatever session the browser had."""
    door, address = entrance_of(request), address_of_client(request.scope)
    name, browser = cookie_name(request.scope), browser_name(request.headers.get("user-agent", ""))
    token = door.credentials.begin(
        account.id,
        address=address,
        browser=browser,
        instead=request.cookies.get(name, ""),
    )
    door.audit.note(account.name, "session", "signed in", browser, address=address)
    answer = RedirectResponse(where, status_code=303)
    # "lax", so that whoever follows a colleague's link is signed in; what changes something is refused by where it comes from.
    answer.set_cookie(
        name, token, max_age=LONGEST_SESSION, httponly=True, samesite="lax", path="/", secure=_is_safe(request)
    )
    return answer


def browser_name(agent: str) -> str:
    """What a browser calls itself, in short.

    >>> browser_name("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36 Edg/140")
    'Edge on Windows'
    """
    # Each calls itself what came before it as well, so the order matters.
    browsers = {"Edg": "Edge", "OPR/": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Mac OS": "macOS",
        "Linux": "Linux",
    }
    names = [next((name for mark, name in kinds.items() if mark in agent), "") for kinds in (browsers, systems)]
    return texts.translate("{browser} on {system}", browser=names[0], system=names[1]) if all(names) else agent[:80]


def _is_safe(request: Request) -> bool:
    return bool(request.url.scheme == "https")


def inner_address(address: str) -> str:
    """A page of this service to go on to; never one of another host."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return address if ours and address.isprintable() else "/"
