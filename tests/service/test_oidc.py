"""Signing in by OpenID Connect, with a provider of ours that answers over HTTP and can lie."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from urllib.parse import parse_qs, urlsplit

import pytest

from clustera.errors import SetupError
from clustera.outbound import UnsentError
from clustera.service.accounts import Accounts
from clustera.service.audit import Audit
from clustera.service.credentials import Credentials
from clustera.service.database import Database, database_address
from clustera.service.oidc import SECRET, OidcSettings, Provider, read_oidc

from .conftest import HOST

pytest.importorskip("authlib")
PASSWORD = "three words of nothing"
BACK = f"http://{HOST}/login/oidc/callback"


class FakeProvider:
    """Answers discovery, keys and tokens; a person "signs in" by `grant`."""

    def __init__(self):
        from joserfc.jwk import RSAKey

        self.key, self.other = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
        self.grants, self.asked, self.lies = {}, [], {}
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, status, content):
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                self.answer(200, fake.described() if "well-known" in self.path else fake.keys())

            def do_POST(self):
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                fake.asked.append((form, self.headers.get("Authorization", "")))
                self.answer(*fake.token({name: values[0] for name, values in form.items()}))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/realm"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def described(self):
        told = {
            "issuer": self.lies.get("described", self.issuer),
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
        }
        return {name: told[name] for name in told if name != self.lies.get("lacks")}

    def keys(self):
        return {"keys": [self.key.as_dict(private=False) | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def grant(self, way_in, **claims):
        """Sign somebody in, as its page would; gives the code and the state for the way back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(way_in).query).items()}
        assert (asked["response_type"], asked["code_challenge_method"], asked["redirect_uri"]) == ("code", "S256", BACK)
        code = f"code{len(self.grants)}"
        self.grants[code] = (asked, claims)
        return {"code": code, "state": asked["state"]}

    def token(self, form):
        from joserfc import jwt

        asked, claims = self.grants.pop(form["code"], (None, None))  # a code works once
        if asked is None:
            return 400, {"error": "invalid_grant", "error_description": "The code was used already"}
        challenge = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        told = {"iss": self.issuer, "aud": "clustera", "sub": "7", "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        told |= {"email_verified": True} | claims | self.lies.get("claims", {})
        header = {"alg": "RS256", "kid": "one"} | self.lies.get("header", {})
        key = self.other if self.lies.get("key") else self.key
        if header["alg"] == "none":
            parts = [urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, told)]
            return 200, {"id_token": ".".join([*parts, ""])}
        return 200, {"id_token": jwt.encode(header, told, key)}


@pytest.fixture(scope="module")
def fake():
    found = FakeProvider()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def provider(fake):
    fake.lies.clear()
    fake.asked.clear()
    return fake


@pytest.fixture
def made(provider, tmp_path):
    """Makes a service with a team of its own, and browsers of it."""
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    opened = []

    def service(**wishes):
        runs = tmp_path / f"runs{len(opened)}"
        database = Database(database_address("", runs))
        accounts = Accounts(database, cost=(1, 8, 1))
        accounts.add("ann", "admin", password=PASSWORD)
        accounts.add("ben@shop.example", "analyst")
        settings = {"networks": (ip_network("127.0.0.0/8"),), "title": "Shop login"} | wishes
        oidc = OidcSettings(provider.issuer, "clustera", **settings)
        app = create_app(runs, sessions=Sessions(), hosts=frozenset({HOST}), cost=(1, 8, 1), oidc=oidc)
        opened.append(database)
        browser = TestClient(app, base_url=f"http://{HOST}", follow_redirects=False, headers={"accept": "text/html"})
        return browser, accounts

    yield service
    for database in opened:
        database.close()


def sign_in(browser, provider, **claims):
    there = browser.get("/login/oidc?next=/account")
    assert there.status_code == 303
    return browser.get("/login/oidc/callback", params=provider.grant(there.headers["location"], **claims))


def test_a_person_signs_in_by_the_provider_and_out(made, provider, monkeypatch):
    monkeypatch.setenv(SECRET, "s3cret")
    browser, accounts = made()
    assert "Sign in with Shop login" in browser.get("/login").text
    answer = sign_in(browser, provider, email="Ben@Shop.example")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert provider.asked[0][1].startswith("Basic ")
    assert "s3cret" not in str(provider.asked)
    assert "ben@shop.example" in browser.get("/account").text
    assert accounts.named("ben@shop.example").invited is False
    # Another address later: the provider's number counts, not the name.
    assert sign_in(browser, provider, email="ben.new@shop.example").status_code == 303
    out = browser.post("/logout", headers={"sec-fetch-site": "same-origin"})
    shown = browser.get(out.headers["location"]).text
    assert f"{provider.issuer}/logout?client_id=clustera&amp;post_logout_redirect_uri=" in shown
    assert browser.get("/account").headers["location"].startswith("/login")


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email": "eva@shop.example", "sub": "8"}, "has no account here"),
        ({"email": "ben@shop.example", "sub": "9", "email_verified": False}, "has no account here"),
        ({"sub": "10"}, "has no account here"),
    ],
)
def test_who_has_no_account_gets_none_unless_that_is_allowed(made, provider, claims, said):
    browser, accounts = made()
    before = accounts.list()
    answer = sign_in(browser, provider, **claims)
    assert (answer.status_code, said in answer.text) == (403, True)
    assert accounts.list() == before
    assert Audit(accounts.database).page(rows=1)[0].did == "was refused"


def test_an_account_belongs_to_the_first_person_who_came_with_its_name(made, provider):
    browser, _ = made()
    assert sign_in(browser, provider, email="ben@shop.example").status_code == 303
    assert sign_in(browser, provider, email="ben@shop.example", sub="99").status_code == 403


def test_groups_and_addresses_give_the_role_at_each_sign_in(made, provider):
    roles = {"viewer": ("staff",), "analyst": ("marketing", "eva@shop.example"), "admin": ("it",)}
    browser, accounts = made(create_accounts=True, roles=roles)
    for number, (groups, email, role) in enumerate(
        [(["staff"], "a@x", "viewer"), (["staff", "it"], "b@x", "admin"), ([], "eva@shop.example", "analyst")]
    ):
        assert sign_in(browser, provider, sub=f"g{number}", email=email, groups=groups).status_code == 303
        assert accounts.named(email).role == role
    assert sign_in(browser, provider, sub="g1", email="b@x", groups=["staff"]).status_code == 303
    assert accounts.named("b@x").role == "viewer"
    answer = sign_in(browser, provider, sub="g0", email="a@x", groups=["guests"])
    assert (answer.status_code, "none of the groups" in answer.text) == (403, True)
    accounts.set_disabled(accounts.named("a@x").id, True)
    assert sign_in(browser, provider, sub="g0", email="a@x", groups=["staff"]).status_code == 403


def test_without_a_list_of_roles_a_new_account_is_a_viewers(made, provider):
    browser, accounts = made(create_accounts=True)
    assert sign_in(browser, provider, sub="n", email="new@shop.example", groups=["it"]).status_code == 303
    assert accounts.named("new@shop.example").role == "viewer"


@pytest.mark.parametrize(
    "lies",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"aud": "another"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": 1_000}},
        {"claims": {"aud": ["clustera", "another"], "azp": "another"}},
        {"key": True},
        {"header": {"alg": "none"}},
    ],
)
def test_what_the_provider_did_not_say_to_us_now_opens_nothing(made, provider, lies):
    browser, _ = made()
    provider.lies.update(lies)
    answer = sign_in(browser, provider, email="ben@shop.example")
    assert (answer.status_code, "be trusted" in answer.text) == (403, True)
    assert browser.get("/account").status_code == 303


def test_a_sign_in_that_another_browser_began_opens_nothing(made, provider):
    browser, _ = made()
    there = browser.get("/login/oidc")
    back = provider.grant(there.headers["location"], email="ben@shop.example")
    browser.cookies.clear()
    for asked in (back, back | {"state": ""}, back | {"state": "é"}):
        answer = browser.get("/login/oidc/callback", params=asked)
        assert (answer.status_code, "was not begun in this browser" in answer.text) == (403, True)
    assert not provider.asked  # the code was not even tried


def test_a_code_works_once_and_what_the_provider_refuses_is_told(made, provider):
    browser, _ = made()
    there = browser.get("/login/oidc?next=//evil.example")
    back = provider.grant(there.headers["location"], email="ben@shop.example")
    cookies = dict(browser.cookies)
    assert browser.get("/login/oidc/callback", params=back).headers["location"] == "/"  # never to another host
    browser.cookies.update(cookies)
    assert "The code was used already" in browser.get("/login/oidc/callback", params=back).text
    browser.cookies.update(cookies)
    refused = {"error": "access_denied", "error_description": "No <b>entry</b>", "state": back["state"]}
    answer = browser.get("/login/oidc/callback", params=refused)
    assert "refused the sign-in: No &lt;b&gt;entry" in answer.text


def test_a_provider_that_is_another_or_lies_within_is_not_asked(made, provider):
    browser, _ = made()
    provider.lies["described"] = "https://evil.example"
    assert "describes itself wrongly" in browser.get("/login/oidc").text
    browser, _ = made(networks=())
    answer = browser.get("/login/oidc")
    assert (answer.status_code, "network of its own" in answer.text) == (503, True)
    with pytest.raises(UnsentError):
        Provider(OidcSettings("https://192.0.2.1.invalid", "x")).way_in("s", BACK)
    assert browser.get("/login").status_code == 200  # passwords work meanwhile


@pytest.mark.parametrize("lacks", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_provider_that_does_not_say_where_to_ask_is_told(made, provider, lacks):
    browser, _ = made()
    provider.lies["lacks"] = lacks
    answer = browser.get("/login/oidc")
    assert (answer.status_code, "describes itself wrongly" in answer.text) == (503, True)
    assert lacks in answer.text


def test_without_a_provider_there_is_no_such_page(tmp_path):
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    app = create_app(tmp_path, sessions=Sessions(), hosts=frozenset({HOST}))
    for path in ("/login/oidc", "/login/oidc/callback"):
        assert TestClient(app, base_url=f"http://{HOST}").get(path).status_code == 404


def test_settings_are_read_and_mistakes_told(tmp_path):
    file = tmp_path / "oidc.toml"
    file.write_text(
        'issuer = "https://login.example"\nclient_id = "clustera"\nnetworks = ["10.0.0.0/8"]\n[roles]\nadmin = ["it"]\n'
    )
    found = read_oidc(file)
    assert (found.roles, str(found.networks[0]), found.create_accounts) == ({"admin": ("it",)}, "10.0.0.0/8", False)
    for text, said in (
        ('issuer = "https://x"', "no client_id"),
        ('issuer = "https://x"\nclient_id = "c"\nsecret = "s"', "unknown entry: secret"),
        ('issuer = "https://x"\nclient_id = "c"\n[roles]\nboss = ["x"]', "unknown entry: boss"),
        ('issuer = "ftp://x"\nclient_id = "c"', "no address"),
        ("issuer = ", "Can't read"),
        ("issuer = 5", "issuer is a text, not 5"),
        (
            'issuer = "https://x"\nclient_id = "c"\ncreate_accounts = "false"',
            "create_accounts is True or False, not 'false'",
        ),
        ('issuer = "https://x"\nclient_id = "c"\nscopes = "openid"', "scopes is a list of texts, not 'openid'"),
        ('issuer = "https://x"\nclient_id = "c"\nroles = 5', "roles is a table of lists, not 5"),
        ('issuer = "https://x"\nclient_id = "c"\n[roles]\nadmin = "staff"', "roles is a table of lists, not a dict"),
    ):
        file.write_text(text)
        with pytest.raises(SetupError, match=said):
            read_oidc(file)


def test_the_database_of_the_version_before_keeps_its_accounts(tmp_path):
    database = Database(database_address("", tmp_path))
    account = Accounts(database, cost=(1, 8, 1)).add("ann", "admin", password=PASSWORD)
    with database.writing() as db:
        db.run("drop index account_subject")
        db.run("alter table account drop column subject")
        db.run("update alembic_version set version_num = '0002'")
    database.close()
    upgraded = Database(database_address("", tmp_path))
    assert Accounts(upgraded).list() == (account,)
    assert Credentials(upgraded).keys() == ()
    assert Accounts(upgraded).any()
    upgraded.close()
