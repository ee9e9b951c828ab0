"""Signing in by a provider of OpenID Connect: its settings, and what it is asked.

Sources: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE); RFC 9700, best practice of OAuth 2.0.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import time
import tomllib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from clustera.arguments import TEXT, TRUTH, ArgumentKind, list_of, shown_value
from clustera.errors import InputError, SetupError, missing_extra
from clustera.outbound import Network, UnsentError, ask_provider, check_webhook
from clustera.service.accounts import NotAllowedError
from clustera.service.persons import ROLES

SECRET = "CLUSTERA_OIDC_SECRET"
_FRESH = 3_600.0  # seconds that what the provider says of itself is kept
_SIGNED = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_LEEWAY = 60  # seconds that two clocks may differ
_SETTINGS = "docs/service.md has an example."
_TEXTS = list_of(TEXT, title="a list of texts")
_KINDS = dict.fromkeys(("issuer", "client_id", "title", "groups_claim"), TEXT) | {
    "create_accounts": TRUTH,
    "scopes": _TEXTS,
    "networks": _TEXTS,
    "roles": ArgumentKind(
        "a table of lists", lambda value: isinstance(value, dict) and all(map(_TEXTS.fits, value.values()))
    ),
}


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """How people sign in by a provider."""

    issuer: str
    client_id: str
    title: str = "OpenID Connect"  # how people call it
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    groups_claim: str = "groups"
    create_accounts: bool = False
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # role -> groups and e-mail addresses
    networks: tuple[Network, ...] = ()  # inner networks that the provider may lie in

    def role_of(self, email: str, groups: frozenset[str]) -> str:
        """The highest role of a person; "" where no list has the address or a group.

        >>> settings = OidcSettings("https://login.example", "clustera", roles={"viewer": ("staff",), "admin": ("ann@shop.example",)})
        >>> settings.role_of("ann@shop.example", frozenset({"staff"})), settings.role_of("", frozenset())
        ('admin', '')
        """
        held = groups | ({email} if email else set())
        return next((role for role in reversed(ROLES) if held & set(self.roles.get(role, ()))), "")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody whom the provider has signed in."""

    subject: str  # by what the provider knows the person, for ever
    email: str  # verified, in small letters; "" where there is none
    groups: frozenset[str]


def read_oidc(path: Path) -> OidcSettings:
    """The settings of a file.

    Raises:
        SetupError: it can't be read, or has what is no setting.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SetupError(f"Can't read {path}: {reason}.", hint=f"It must be TOML; {_SETTINGS}") from error
    known = {one.name for one in fields(OidcSettings)}
    for name, kind in _KINDS.items():
        if name in content and not kind.fits(content[name]):
            raise SetupError(f"{path}: {name} is {kind.title}, not {shown_value(content[name])}.", hint=_SETTINGS)
    unknown = [*sorted(content.keys() - known), *sorted(content.get("roles", {}).keys() - set(ROLES))]
    missing = [name for name in ("issuer", "client_id") if not content.get(name)]
    if unknown or missing:
        said = f"an unknown entry: {unknown[0]}" if unknown else f"no {missing[0]}"
        raise SetupError(f"{path} has {said}.", hint=_SETTINGS)
    try:
        check_webhook(content["issuer"])
        content["networks"] = tuple(ipaddress.ip_network(text) for text in content.get("networks", ()))
        content["roles"] = {role: tuple(names) for role, names in content.get("roles", {}).items()}
        return OidcSettings(
            **content | {"scopes": tuple(content.get("scopes", OidcSettings.__dataclass_fields__["scopes"].default))}
        )
    except (InputError, ValueError, TypeError) as error:
        raise SetupError(f"{path} can't be used: {error}", hint=_SETTINGS) from error


class Provider:
    """The provider of one service.

    Args:
        settings: Of the sign-in.
    """

    def __init__(self, settings: OidcSettings) -> None:
        try:
            import authlib  # noqa: F401 - told at the start where it is missing
        except ImportError as error:
            raise missing_extra("authlib", "oidc") from error
        self.settings = settings
        self._known: tuple[float, dict[str, Any], dict[str, Any]] | None = None

    def way_in(self, secret: str, back: str) -> str:
        """The address at which somebody signs in there.

        Args:
            secret: Random text that only the browser of this person keeps.
            back: Where the provider sends the browser afterwards.

        Raises:
            UnsentError: the provider does not answer.
        """
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": back,
            "scope": " ".join(self.settings.scopes),
            "state": derived("state", secret),
            "nonce": derived("nonce", secret),
            "code_challenge": create_s256_code_challenge(derived("verifier", secret)),
            "code_challenge_method": "S256",
        }
        address = str(self._described()[0]["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def person(self, code: str, secret: str, back: str) -> SignedIn:
        """Whom a code of the provider stands for.

        Raises:
            NotAllowedError: the provider does not accept the code, or what it says can't be trusted.
            UnsentError: the provider does not answer.
        """
        described, keys = self._described()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        form |= {"code_verifier": derived("verifier", secret), "client_id": self.settings.client_id}
        headers, password = {}, os.environ.get(SECRET, "")
        if password and "client_secret_basic" in described.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        ):
            pair = f"{quote(self.settings.client_id, safe='')}:{quote(password, safe='')}"
            headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        elif password:
            form["client_secret"] = password
        told = self._json(str(described["token_endpoint"]), form=urlencode(form).encode(), headers=headers)
        return self._trusted(str(told.get("id_token", "")), keys, derived("nonce", secret))

    def way_out(self, back: str) -> str:
        """The address at which somebody signs out there; "" where the provider has none."""
        try:
            address = str(self._described()[0].get("end_session_endpoint", ""))
        except SetupError:
            return ""
        asked = urlencode({"client_id": self.settings.client_id, "post_logout_redirect_uri": back})
        return f"{address}{'&' if '?' in address else '?'}{asked}" if address else ""

    def _trusted(self, token: str, keys: dict[str, Any], nonce: str) -> SignedIn:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            found = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_SIGNED)  # type: ignore[arg-type]
            options = {"iss": {"essential": True, "value": self.settings.issuer}}
            options["aud"] = {"essential": True, "value": self.settings.client_id}
            params = {"nonce": nonce, "client_id": self.settings.client_id}
            claims = CodeIDToken(found.claims, found.header, options, params)
            claims.validate(now=int(time.time()), leeway=_LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotAllowedError(
                f"What {self.settings.title} said can't be trusted: {error}.",
                hint="Sign in again. If it stays so, whoever runs the service should compare issuer, client_id and the clocks.",
            ) from error
        email = str(claims.get("email", "")).strip().casefold() if claims.get("email_verified") is True else ""
        groups = claims.get(self.settings.groups_claim, ())
        named = frozenset(map(str, groups)) if isinstance(groups, list) else frozenset()
        return SignedIn(f"{self.settings.issuer} {claims['sub']}", email, named)

    def _described(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the provider says of itself, and its keys."""
        from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

        if self._known is None or time.monotonic() - self._known[0] > _FRESH:
            told = self._json(get_well_known_url(self.settings.issuer, external=True))
            try:
                described = OpenIDProviderMetadata(told)
                described.validate_issuer()
                if described.get("issuer") != self.settings.issuer:
                    raise ValueError(f"it calls itself {described.get('issuer')!r}")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    if not described.get(name):
                        raise ValueError(f"it has no {name}")
                keys = self._json(str(described["jwks_uri"]))
            except ValueError as error:
                raise UnsentError(
                    f"The provider {self.settings.issuer} describes itself wrongly: {error}.",
                    hint="Check the issuer in the settings: it must be written exactly as the provider writes it.",
                ) from error
            self._known = (time.monotonic(), dict(described), keys)
        return self._known[1:]

    def _json(
        self, address: str, *, form: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        status, body = ask_provider(address, form=form, headers=headers, networks=self.settings.networks)
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        if form is not None and 400 <= status < 500:
            why = told.get("error_description") or told.get("error") if isinstance(told, dict) else ""
            raise NotAllowedError(
                f"{self.settings.title} did not accept the sign-in: {str(why or status)[:200]}.",
                hint=f"Sign in again. If it stays so, whoever runs the service should check client_id and {SECRET}.",
            )
        if status != 200 or not isinstance(told, dict):
            raise UnsentError(
                f"{address} answered with {status} and no JSON.", hint="Check the issuer in the settings."
            )
        return told


def derived(kind: str, secret: str) -> str:
    """One of the texts of a sign-in, of 43 letters; who sees one learns none of the others.

    >>> len(derived("state", "x")), derived("state", "x") == derived("nonce", "x")
    (43, False)
    """
    return urlsafe_b64encode(hashlib.sha256(f"{kind} {secret}".encode()).digest()).decode().rstrip("=")
