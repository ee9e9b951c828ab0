"""Signing in by a provider of OpenID Connect: the way there and the way back."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from clustera.service.account_pages import inner_address, let_in
from clustera.service.accounts import Account, NotAllowedError
from clustera.service.guards import address_of_client
from clustera.service.held import _provider_of, entrance_of
from clustera.service.oidc import Provider, SignedIn, derived

router = APIRouter(include_in_schema=False)
_BACK = "/login/oidc/callback"
_PATIENCE = 600  # seconds that somebody may take to sign in there


@router.get("/login/oidc")
def to_provider(request: Request, next: str = "") -> Response:  # noqa: A002 - what everyone calls it
    """Send the browser to the provider. All that the way back needs follows from one secret that the browser keeps."""
    provider = _provider_of(request)
    secret = secrets.token_urlsafe(32)
    answer = RedirectResponse(provider.way_in(secret, _back(request)), status_code=303)
    answer.set_cookie(
        _cookie(request),
        f"{secret}.{quote(inner_address(next), safe='')}",
        max_age=_PATIENCE,
        httponly=True,
        samesite="lax",  # the provider sends the browser back
        path="/",
        secure=request.url.scheme == "https",
    )
    return answer


@router.get(_BACK)
def from_provider(
    request: Request, code: str = "", state: str = "", error: str = "", error_description: str = ""
) -> Response:
    """Begin a session of the account of whoever signed in at the provider."""
    provider, door = _provider_of(request), entrance_of(request)
    secret, _, where = request.cookies.get(_cookie(request), "").partition(".")
    email = ""
    try:
        if not secret or not hmac.compare_digest(state.encode(), derived("state", secret).encode()):
            raise NotAllowedError(
                "This sign-in was not begun in this browser, or more than ten minutes ago.",
                hint="Sign in again: /login",
            )
        if error:
            raise NotAllowedError(
                f"{provider.settings.title} refused the sign-in: {(error_description or error)[:200]}.",
                hint="Sign in again, or ask whoever looks after accounts there.",
            )
        found = provider.person(code, secret, _back(request))
        email = found.email
        account = _account(request, provider, found)
    except NotAllowedError:
        door.audit.note(
            email,
            "session",
            "was refused",
            "signing in by OpenID Connect",
            status=403,
            address=address_of_client(request.scope),
        )
        raise
    answer = let_in(request, account, inner_address(unquote(where)))
    answer.delete_cookie(
        _cookie(request), path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax"
    )
    return answer


def _account(request: Request, provider: Provider, found: SignedIn) -> Account:
    settings = provider.settings
    role = settings.role_of(found.email, found.groups)
    if settings.roles and not role:
        raise NotAllowedError(
            f"{found.email or 'This person'} is in none of the groups that may come in.",
            hint="Ask an admin of this service which group is needed.",
        )
    account = entrance_of(request).accounts.of_provider(found.subject, found.email, role, make=settings.create_accounts)
    if account is None:
        raise NotAllowedError(
            f"{found.email or 'This person'} has no account here that can be used.",
            hint="Ask an admin of this service to make one with this e-mail address as its name.",
        )
    return account


def _back(request: Request) -> str:
    # The host is one that the service is known by, so nobody else can be meant.
    return f"{request.url.scheme}://{request.headers['host']}{_BACK}"


def _cookie(request: Request) -> str:
    server = request.scope.get("server")
    return "__Host-clustera_oidc" if request.url.scheme == "https" else f"clustera_oidc_{server[1] if server else 0}"
