"""Accounts, and every guard of them attacked: roles on every address, sessions, keys, guesses, forms of other sites."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from clustera.cli import app as command
from clustera.errors import InputError, SetupError
from clustera.service import accounts as room
from clustera.service import credentials
from clustera.service.access import ANYONE, rule_of, rules
from clustera.service.account_pages import inner_address
from clustera.service.accounts import Accounts, NotAllowedError, TooOftenError
from clustera.service.audit import Audit
from clustera.service.credentials import Credentials
from clustera.service.database import Database, database_address
from clustera.service.persons import ROLES
from clustera.service.serving import known_hosts, serve

HOST = "127.0.0.1:8420"
CHEAP = (1, 8, 1)
PASSWORD = "three words of nothing"
HERE = {"sec-fetch-site": "same-origin"}
TEAM = {"ann": "admin", "ben": "analyst", "eva": "viewer"}


@pytest.fixture
def database(tmp_path):
    found = Database(database_address("", tmp_path / "runs"))
    yield found
    found.close()


@pytest.fixture
def accounts(database):
    found = Accounts(database, cost=CHEAP)
    for name, role in TEAM.items():
        found.add(name, role, password=PASSWORD)
    return found


@pytest.fixture(scope="module")
def served(folder, tmp_path_factory):
    """The runs with a database elsewhere, in which three people have an account."""
    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    address = database_address(f"sqlite:///{tmp_path_factory.mktemp('team') / 'desk' / 'service.sqlite'}", folder)
    database = Database(address)
    for name, role in TEAM.items():
        Accounts(database, cost=CHEAP).add(name, role, password=PASSWORD)
    sessions = Sessions(api_key="k" * 40)
    token = sessions.new_link()
    app = create_app(folder, sessions=sessions, hosts=frozenset({HOST}), address=address, cost=CHEAP)
    app.state.link = token
    yield app
    database.close()


@pytest.fixture
def anew(served, database):
    """Nobody has tried to sign in."""
    with served.state.entrance.accounts.database.writing() as db:
        db.run("delete from attempt")


@pytest.fixture
def visitor(served, anew):
    """Makes browsers; of an account when named."""
    from fastapi.testclient import TestClient

    def made(name="", base=f"http://{HOST}"):
        client = TestClient(served, base_url=base, follow_redirects=False)
        client.headers["accept"] = "text/html"
        if name:
            answer = client.post("/login", data={"name": name, "password": PASSWORD}, headers=HERE)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
        return client

    return made


def paths_of(app):
    found = set()
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        for leaf in inner.routes if inner else [route]:
            found |= {(method, leaf.path) for method in leaf.methods}
    return found


def filled(path):
    """An address of a rule."""
    values = {"name": "orders", "run": "orders", "number": "1", "segment": "1", "account": "1", "key": "1"}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "0123456789abcdef"), path)


def test_every_address_states_the_role_it_needs_and_no_rule_is_of_no_address(served):
    assert {(rule.method, rule.path) for rule in rules()} == paths_of(served)


def test_what_is_not_named_is_not_answered(folder):
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    sessions = Sessions()
    app = create_app(folder, sessions=sessions, hosts=frozenset({HOST}))
    app.add_api_route("/forgotten", lambda: "secret", methods=["GET"])
    client = TestClient(app, base_url=f"http://{HOST}")
    assert client.get("/forgotten").status_code == 401
    assert client.get(f"/enter?token={sessions.new_link()}").status_code == 200
    answer = client.get("/forgotten")
    assert (answer.status_code, "secret" in answer.text) == (404, False)


@pytest.mark.parametrize("name", TEAM)
def test_no_role_reaches_what_needs_a_higher_one(visitor, name):
    client = visitor(name)
    higher = [rule for rule in rules() if rule.role != ANYONE and ROLES.index(rule.role) > ROLES.index(TEAM[name])]
    assert bool(higher) == (name != "ann")
    for rule in higher:
        answer = client.request(rule.method, filled(rule.path), headers=HERE)
        assert answer.status_code == 403, rule
        assert f"needs the role {rule.role}" in answer.text


def test_nobody_reaches_what_needs_a_role(visitor):
    stranger = visitor()
    for rule in rules():
        if rule.role != ANYONE:
            answer = stranger.request(rule.method, filled(rule.path), headers=HERE | {"accept": "application/json"})
            assert answer.status_code == 401, rule


def test_the_strictest_rule_holds_where_several_match():
    assert rule_of("GET", "/runs/orders/customers.csv").role == "analyst"
    assert rule_of("GET", "/runs/x/export/0123.json").role == "analyst"
    assert rule_of("POST", "/runs") is None


def test_a_viewer_sees_no_customer_anywhere(visitor, folder):
    client, seen = visitor("eva"), 0
    for rule in rules():
        if rule.role == "viewer" and rule.method == "GET" and rule.path != "/runs/{name}/report.pdf":
            answer = client.get(filled(rule.path))
            assert answer.status_code in (200, 303, 404, 422), rule
            assert not re.search(r"\bP\d{3}\b", answer.text), rule
            seen += answer.status_code == 200
    assert seen > 25


def test_a_viewer_compares_segments_and_no_audience_which_may_be_one_customer(visitor):
    viewer, analyst = visitor("eva"), visitor("ben")
    for address in ("/runs/orders/differences.json", "/api/v1/runs/orders/differences"):
        assert viewer.get(f"{address}?a=1&b=all").status_code == 200
        for query in ("a=value+%3E+50&b=rest", "a=1&b=id+is+P001"):
            assert viewer.get(f"{address}?{query}").status_code == 403
        assert analyst.get(f"{address}?a=value+%3E+50&b=rest").status_code == 200


def test_a_viewer_finds_no_way_to_what_is_refused(visitor):
    pages = ("orders/overview", "orders/segments/1", "orders/method", "later/moves")
    shown, all_ = ("".join(visitor(name).get(f"/runs/{page}").text for page in pages) for name in ("eva", "ben"))
    for way in ("/customers", "/audience?", "mailing.csv", "/export", "Write a note", "/new"):
        assert way not in shown
        assert (way in all_) is (way != "/audience?")


def test_a_new_role_holds_from_the_next_request_on(visitor, served):
    people, client = served.state.entrance.accounts, visitor("ben")
    ben = people.named("ben").id
    assert client.get("/runs/orders/customers").status_code == 200
    people.set_role(ben, "viewer")
    assert client.get("/runs/orders/customers").status_code == 403
    people.set_role(ben, "analyst")
    assert client.get("/runs/orders/customers").status_code == 200


# ---- sessions


def test_signing_in_makes_a_new_session_whatever_cookie_was_there(visitor, served):
    fixed = "x" * 43
    client = visitor()
    client.cookies.set("clustera_session_8420", fixed)
    answer = client.post("/login", data={"name": "ben", "password": PASSWORD}, headers=HERE)
    cookie = answer.headers["set-cookie"]
    assert fixed not in cookie
    assert served.state.entrance.by_session(fixed) is None
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    # The session it had ends with the new one.
    first = re.search(r"=([^;]+)", cookie)[1]
    client.cookies.clear()
    client.cookies.set("clustera_session_8420", first)
    client.post("/login", data={"name": "ben", "password": PASSWORD}, headers=HERE)
    assert served.state.entrance.by_session(first) is None


def test_over_https_no_other_host_can_set_the_cookie(visitor):
    client = visitor(base=f"https://{HOST}")
    cookie = client.post("/login", data={"name": "ben", "password": PASSWORD}, headers=HERE).headers["set-cookie"]
    assert cookie.startswith("__Host-clustera_session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "domain" not in cookie.lower()
    plain = visitor(base=f"https://{HOST}")
    plain.headers["cookie"] = f"clustera_session_8420={re.search(r'=([^;]+)', cookie)[1]}"
    assert plain.get("/runs").status_code == 303  # one that a page of plain http could have set


@pytest.mark.parametrize("how", ["logout", "disable", "password", "role gone"])
def test_a_session_that_ended_opens_nothing(visitor, served, how):
    people, client = served.state.entrance.accounts, visitor("eva")
    eva, cookie = people.named("eva"), dict(client.cookies)
    assert client.get("/runs").status_code == 200
    if how == "logout":
        assert client.post("/logout", headers=HERE).headers["location"] == "/login"
    elif how == "disable":
        people.set_disabled(eva.id, True)
        people.set_disabled(eva.id, False)
    elif how == "password":
        people.set_password(eva.id, PASSWORD)
    else:
        visitor("eva").post("/account/sessions", headers=HERE)
    client.cookies.update(cookie)
    assert client.get("/runs").headers["location"] == "/login?next=%2Fruns"
    assert client.get("/runs.json").status_code == 401


def test_sessions_end_by_themselves(accounts, database, monkeypatch):
    made = Credentials(database)
    token = made.begin(accounts.named("eva").id, address="", browser="")
    now = time.time()
    for after, known in (
        (credentials.IDLE - 5, True),
        (2 * credentials.IDLE - 20, True),
        (3 * credentials.IDLE, False),
    ):
        monkeypatch.setattr(credentials.time, "time", lambda after=after: now + after)
        assert (made.person(token) is not None) is known
    monkeypatch.undo()
    token = made.begin(accounts.named("eva").id, address="", browser="")
    for before, after in pairwise(range(0, credentials.LONGEST + credentials.IDLE, credentials.IDLE - 60)):
        monkeypatch.setattr(credentials.time, "time", lambda after=after: now + after)
        assert (made.person(token) is not None) is (after < credentials.LONGEST), before


def test_only_hashes_of_secrets_are_kept(visitor, served, accounts):
    client = visitor("ben")
    shown = client.post("/account/keys", data={"name": "x", "role": "viewer", "days": 5}, headers=HERE).text
    secrets = [*dict(client.cookies).values(), re.search(r"clustera_[\w-]{43}", shown)[0], PASSWORD]
    database = served.state.entrance.accounts.database
    with database.reading() as db:
        held = str([db.run(f"select * from {name}") for name in ("account", "browser_session", "api_key", "audit")])
    assert [secret for secret in secrets if secret in held] == []
    assert "$argon2id$" in held


# ---- signing in


def test_a_page_that_was_asked_for_comes_after_signing_in(visitor):
    client = visitor()
    way = client.get("/runs/orders/customers?segment=1").headers["location"]
    form = client.get(way).text
    assert 'name="next" value="/runs/orders/customers?segment=1"' in form
    data = {"name": " BEN ", "password": PASSWORD, "next": "/runs/orders/customers?segment=1"}
    assert client.post("/login", data=data, headers=HERE).headers["location"] == data["next"]


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "javascript:alert(1)", "/a\r\nb", ""],
)
def test_no_address_leads_to_another_host_after_signing_in(address):
    assert inner_address(address) == "/"


def test_who_guesses_is_stopped_and_does_not_shut_out_the_owner(accounts, monkeypatch):
    for _ in range(5):
        with pytest.raises(NotAllowedError):
            accounts.check("ben", "wrong", "10.0.0.9")
    with pytest.raises(TooOftenError):
        accounts.check("ben", PASSWORD, "10.0.0.9")  # even the right one is not checked now
    assert accounts.check("ben", PASSWORD, "10.0.0.1").name == "ben"
    now = time.time()
    monkeypatch.setattr(room.time, "time", lambda: now + 16 * 60)
    assert accounts.check("ben", PASSWORD, "10.0.0.9").name == "ben"


def test_a_clock_that_was_ahead_shuts_nobody_out_until_then(accounts, monkeypatch):
    now = time.time()
    monkeypatch.setattr(room.time, "time", lambda: now + 365 * 86_400)
    for _ in range(5):
        with pytest.raises(NotAllowedError):
            accounts.check("ben", "wrong", "10.0.0.9")
    monkeypatch.setattr(room.time, "time", lambda: now)
    assert accounts.check("ben", PASSWORD, "10.0.0.9").name == "ben"


def test_who_tries_many_names_from_one_address_is_stopped(accounts):
    for number in range(30):
        with pytest.raises(NotAllowedError):
            accounts.check(f"nobody{number}", "wrong", "10.0.0.9")
    with pytest.raises(TooOftenError):
        accounts.check("ann", PASSWORD, "10.0.0.9")


def test_many_guesses_at_once_are_counted_as_well(accounts):
    import threading

    said = []

    def guess():
        try:
            accounts.check("ben", "wrong", "10.0.0.9")
        except (NotAllowedError, TooOftenError) as error:
            said.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (said.count(NotAllowedError), said.count(TooOftenError)) == (5, 7)


def test_an_unknown_name_takes_as_long_and_is_told_in_the_same_words(accounts, monkeypatch):
    """Counted, not timed: whoever asks waits for one check of a password, with the same cost."""
    checked, real = [], room.Accounts._is_right
    monkeypatch.setattr(room.Accounts, "_is_right", lambda *of: checked.append(of[1][:40]) or real(*of))
    accounts.set_disabled(accounts.named("eva").id, True)
    accounts.invite(accounts.add("new", "viewer").id)
    said = set()
    for name in ("ben", "nobody", "eva", "new", "'; drop table account; --"):
        with pytest.raises(NotAllowedError) as told:
            accounts.check(name, "wrong password", "10.0.0.9")
        said.add(str(told.value))
    assert len(said) == 1
    assert len(checked) == 5
    assert len({text.rsplit("$", 2)[0] for text in checked}) == 1  # argon2id, its version and its cost
    assert [account.name for account in accounts.list()] == ["ann", "ben", "eva", "new"]


def test_the_page_says_what_is_wrong_with_the_right_status(visitor):
    client = visitor()
    answers = [
        client.post("/login", data={"name": "ben", "password": "wrong"}, headers=HERE).status_code for _ in range(6)
    ]
    assert answers == [401] * 5 + [429]


def test_a_password_is_kept_anew_when_its_cost_has_changed(accounts, database):
    dearer = Accounts(database, cost=(2, 16, 1))
    dearer.check("ben", PASSWORD, "")
    with database.reading() as db:
        assert "m=16,t=2,p=1" in db.first("select password from account where name = 'ben'")[0]
    assert accounts.check("ben", PASSWORD, "").name == "ben"


@pytest.mark.parametrize("password", ["short", "x" * 300, "a-long-enough-name"])
def test_a_password_that_is_none_is_refused(accounts, password):
    with pytest.raises(InputError, match="needs 12 to 256"):
        accounts.add("a-long-enough-name", "viewer", password=password)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b", "a\u202eb"])
def test_a_name_that_is_none_is_refused(accounts, name):
    with pytest.raises(InputError, match="needs a name"):
        accounts.add(name, "viewer", password=PASSWORD)


@pytest.mark.parametrize("name", ["x'); drop table account; --", '" or 1=1', "名前", "ann@shop.example"])
def test_whatever_a_name_looks_like_it_is_a_name(accounts, name):
    accounts.add(name, "viewer", password=PASSWORD)
    assert accounts.check(name, PASSWORD, "").name == name.casefold()
    assert len(accounts.list()) == 4


def test_the_last_admin_stays(accounts):
    ann = accounts.named("ann").id
    for change in (lambda: accounts.set_role(ann, "viewer"), lambda: accounts.set_disabled(ann, True)):
        with pytest.raises(InputError, match="Nobody would be left"):
            change()
        assert accounts.check("ann", PASSWORD, "").role == "admin"
    accounts.add("zoe", "admin", password=PASSWORD)
    accounts.set_disabled(ann, True)
    assert accounts.named("ann").disabled


def test_the_first_account_is_an_admins(database):
    with pytest.raises(InputError, match="must be an admin's"):
        Accounts(database, cost=CHEAP).add("eva", "viewer", password=PASSWORD)


def test_an_invitation_works_once_and_not_for_ever(accounts, monkeypatch):
    new = accounts.add("new", "viewer")
    first, token = accounts.invite(new.id), accounts.invite(new.id)
    assert accounts.invited(first) is None  # the later link replaces it
    with pytest.raises(InputError, match="needs 12"):
        accounts.accept(token, "short")
    assert accounts.accept(token, PASSWORD).name == "new"
    with pytest.raises(NotAllowedError):
        accounts.accept(token, "another one, long enough")
    assert accounts.check("new", PASSWORD, "")
    late, now = accounts.invite(new.id), time.time()
    monkeypatch.setattr(room.time, "time", lambda: now + 4 * 86_400)
    assert accounts.invited(late) is None


# ---- requests of other sites


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": f"http://{HOST}"}, True),
        ({"origin": "http://evil.example"}, False),
        ({}, False),
    ],
)
def test_no_other_site_signs_anybody_in_or_out_or_makes_accounts(visitor, served, headers, allowed):
    answer = visitor().post("/login", data={"name": "ben", "password": PASSWORD}, headers=headers)
    assert (answer.status_code == 303) is allowed
    admin = visitor("ann")
    answer = admin.post("/admin/users", data={"name": "ann", "role": "admin"}, headers=headers)
    assert answer.status_code == (422 if allowed else 403)  # the name is taken
    assert len(served.state.entrance.accounts.list()) == 3


def test_a_name_that_somebody_let_point_here_opens_no_form(visitor):
    answer = visitor().post(
        "/login", data={"name": "ben", "password": PASSWORD}, headers=HERE | {"host": "evil.example"}
    )
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers


def test_no_page_of_accounts_has_inline_style_or_script(visitor):
    client = visitor("ann")
    for path in ("/account", "/admin/users", "/admin/keys", "/admin/audit"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", answer.text)
        assert "no-store" in answer.headers["cache-control"]


# ---- keys


def key_of(client, **changes):
    data = {"name": "nightly", "role": "analyst", "days": "30"} | changes
    found = re.search(r"clustera_[\w-]{43}", client.post("/account/keys", data=data, headers=HERE).text)
    return {"authorization": f"Bearer {found[0]}", "accept": "application/json"}


def test_a_key_may_do_what_both_its_role_and_its_account_may(visitor, served):
    people = served.state.entrance.accounts
    key, narrow = key_of(visitor("ben")), key_of(visitor("ben"), role="viewer")
    client = visitor()
    assert client.get("/api/v1/runs/orders/customers", headers=key).status_code == 200
    assert client.get("/api/v1/runs/orders/customers", headers=narrow).status_code == 403
    assert client.get("/api/v1/runs", headers=narrow).status_code == 200
    people.set_role(people.named("ben").id, "viewer")
    assert client.get("/api/v1/runs/orders/customers", headers=key).status_code == 403
    people.set_role(people.named("ben").id, "analyst")
    admin = key_of(visitor("ann"))
    assert client.get("/admin/users", headers=admin).status_code == 403
    assert client.post("/account/keys", headers=admin).status_code == 403


@pytest.mark.parametrize("how", ["ended", "removed", "removed by an admin", "removed elsewhere", "disabled", "wrong"])
def test_a_key_that_ended_opens_nothing(visitor, served, monkeypatch, how):
    door, client = served.state.entrance, visitor("eva")
    key, eva = key_of(client, role="viewer"), door.accounts.named("eva").id
    asks = visitor()
    person = {"json": {"values": {"income": 30}}, "headers": key}
    for _ in range(2):  # the second finds the run open
        assert asks.post("/api/v1/runs/table/predict", **person).status_code == 200
    assert asks.get("/api/v1/runs", headers=key).status_code == 200
    number = door.credentials.keys(eva)[0].id
    if how == "ended":
        now = time.time()
        monkeypatch.setattr(credentials.time, "time", lambda: now + 31 * 86_400)
    elif how == "removed":
        assert client.post(f"/account/keys/{number}/remove", headers=HERE).status_code == 303
    elif how == "removed by an admin":
        assert visitor("ann").post(f"/admin/keys/{number}/remove", headers=HERE).status_code == 303
    elif how == "removed elsewhere":  # by a command, which is another process
        elsewhere = Database(door.accounts.database.address)
        Credentials(elsewhere).remove_key(number)
        elsewhere.close()
    elif how == "disabled":
        door.accounts.set_disabled(eva, True)
        door.accounts.set_disabled(eva, False)
    else:
        key["authorization"] = key["authorization"][:-1]
    assert asks.get("/api/v1/runs", headers=key).status_code == 401
    assert asks.post("/api/v1/runs/table/predict", **person).status_code == 401


def test_no_line_of_the_record_is_lost_or_doubled_where_many_write_at_once(database):
    audit = Audit(database)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: audit.note(f"{n}", "key", "saw", "/"), range(100)))
    assert sorted(int(entry.who) for entry in audit.all()) == list(range(100))


def test_what_somebody_saw_is_written_at_once_but_where_that_would_have_to_wait(database):
    audit = Audit(database)
    assert [audit.note_now("a", "key", did, "/") for did in ("saw", "changed", "saw")] == [True, False, True]
    with database.writing() as db:
        db.run("delete from audit where who = 'nobody'")
        assert not audit.note_now("a", "key", "saw", "/")
    assert [audit.note_now("a", "key", "saw", "/") for _ in range(700)].count(False) == 1
    assert sum(1 for _ in audit.all()) == 2 + 699


def test_whoever_writes_a_line_that_can_not_be_kept_is_told(database):
    audit = Audit(database)
    with database.writing() as db:
        db.run("alter table audit rename to moved")
    with ThreadPoolExecutor(4) as pool:
        for line in [pool.submit(audit.note, f"{n}", "key", "saw", "/") for n in range(8)]:
            with pytest.raises(SetupError, match="no such table"):
                line.result()
    with database.writing() as db:
        db.run("alter table moved rename to audit")
    audit.note("later", "key", "saw", "/")
    assert [entry.who for entry in audit.all()] == ["later"]


def test_nobody_removes_the_key_or_session_of_another(visitor, served):
    door = served.state.entrance
    key_of(visitor("ben"))
    ben = door.accounts.named("ben").id
    number, session = door.credentials.keys(ben)[0].id, door.credentials.sessions(ben)[0].hash
    eva = visitor("eva")
    eva.post(f"/account/keys/{number}/remove", headers=HERE)
    eva.post("/account/sessions", data={"session": session}, headers=HERE)
    assert number in [key.id for key in door.credentials.keys(ben)]
    assert session in [entry.hash for entry in door.credentials.sessions(ben)]


@pytest.mark.parametrize("changes", [{"role": "admin"}, {"role": "x"}, {"days": "0"}, {"days": "999"}, {"name": " "}])
def test_a_key_that_may_too_much_is_not_made(visitor, changes):
    answer = visitor("ann").post(
        "/account/keys", data={"name": "n", "role": "viewer", "days": "9"} | changes, headers=HERE
    )
    assert answer.status_code == 422
    assert "clustera_" not in answer.text.replace("clustera_session", "")


def test_the_key_of_the_environment_looks_after_no_accounts(visitor):
    key = {"authorization": f"Bearer {'k' * 40}"}
    assert visitor().get("/runs/orders/customers.json", headers=key).status_code == 200
    assert visitor().get("/admin/users", headers=key).status_code == 403


# ---- what admins do, and the record


def test_an_admin_adds_a_colleague_who_chooses_a_password(visitor, served):
    admin, people = visitor("ann"), served.state.entrance.accounts
    shown = admin.post("/admin/users", data={"name": "Kim", "role": "viewer"}, headers=HERE).text
    link = re.search(r"http://127\.0\.0\.1:8420(/welcome\?token=[\w-]+)", shown)[1]
    kim, token = visitor(), link.rpartition("=")[2]
    assert "For the account kim" in kim.get(link).text
    differ = kim.post("/welcome", data={"token": token, "password": PASSWORD, "again": PASSWORD + "!"}, headers=HERE)
    assert (differ.status_code, "differ" in differ.text) == (422, True)
    answer = kim.post("/welcome", data={"token": token, "password": PASSWORD, "again": PASSWORD}, headers=HERE)
    assert answer.status_code == 303
    assert kim.get("/runs").status_code == 200
    assert visitor().get(link).status_code == 403
    number = people.named("kim").id
    admin.post(f"/admin/users/{number}", data={"do": "role", "role": "analyst"}, headers=HERE)
    assert people.named("kim").role == "analyst"
    admin.post(f"/admin/users/{number}", data={"do": "disable"}, headers=HERE)
    assert kim.get("/runs").status_code == 303
    with people.database.writing() as db:
        db.run("delete from account where name = 'kim'")


def test_the_record_has_who_saw_changed_and_exported_what(visitor, served):
    audit, before = served.state.entrance.audit, served.state.entrance.audit.page(rows=1)
    since = before[0].id if before else 0
    ben, eva = visitor("ben"), visitor("eva")
    ben.get("/runs/orders/customer?id=P001")
    ben.get("/runs/orders/customers.csv?segment=1")
    ben.get("/static/x/clustera.css")
    ben.post("/runs/nobody/notes", data={"text": "x"}, headers=HERE)
    eva.get("/runs/orders/customers")
    visitor().post("/login", data={"name": "eva", "password": "wrong"}, headers=HERE)
    found = [(e.who, e.did, e.what, e.status) for e in reversed(audit.page(rows=20)) if e.id > since]
    assert [(who, did, status) for who, did, _, status in found] == [
        ("ben", "signed in", 200),
        ("eva", "signed in", 200),
        ("ben", "saw", 200),
        ("ben", "exported", 200),
        ("ben", "changed", 404),
        ("eva", "was refused", 403),
        ("eva", "was refused", 403),
    ]
    assert found[2][2] == "/runs/orders/customer?id=P001"
    admin = visitor("ann")
    assert "/runs/orders/customer?id=P001" in admin.get("/admin/audit?who=ben&did=saw").text
    lines = admin.get("/admin/audit.csv?who=ben").text.splitlines()
    assert lines[0] == "id,time,who,how,did,what,status,address"
    assert all(",ben," in line for line in lines[1:])
    page = admin.get("/admin/audit.json").json()
    assert page[0]["who"] == "ann"


def test_nothing_is_answered_that_could_not_be_recorded(visitor, monkeypatch):
    client = visitor("ben")

    def full(*_, **__):
        raise ValueError("The disk is full.")

    monkeypatch.setattr(Audit, "note_now", lambda *_, **__: False)
    monkeypatch.setattr(Audit, "note", full)
    with pytest.raises(ValueError, match="full"):
        client.get("/runs/orders/customer?id=P001")


def test_a_database_that_can_not_be_used_is_told_in_a_sentence_and_is_no_bug(visitor, monkeypatch):
    client = visitor("ben")

    def full(*_, **__):
        raise SetupError("service.sqlite can't be used: database or disk is full.", hint="Free space.")

    with monkeypatch.context() as patched:
        patched.setattr(Audit, "note_now", lambda *_, **__: False)
        patched.setattr(Audit, "note", full)
        seen = client.get("/runs/orders/customer?id=P001")
        assert (seen.status_code, "disk is full" in seen.text, "P001" in seen.text) == (503, True, False)
        noted = client.post("/api/v1/runs/orders/notes", json={"text": "once"}, headers=HERE)
        assert (noted.status_code, noted.json()["title"]) == (
            503,
            "service.sqlite can't be used: database or disk is full.",
        )
        assert "look before you send it again" in noted.json()["detail"]
    notes = client.get("/runs/orders/notes.json").json()
    assert client.post(f"/runs/orders/notes/{notes[-1]['id']}/remove", headers=HERE).status_code == 303
    monkeypatch.setattr(Database, "look", full)
    monkeypatch.setattr(Database, "reading", full)
    assert "disk is full" in client.get("/runs").text
    assert client.get("/runs.json").status_code == client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30, -(2**63) - 1])
def test_a_number_that_no_database_holds_is_refused(visitor, number):
    client = visitor("ann")
    for address in (f"/account/keys/{number}/remove", f"/admin/keys/{number}/remove", f"/admin/users/{number}"):
        assert client.post(address, data={"role": "viewer"}, headers=HERE).status_code in (303, 404, 422)
    assert client.get("/admin/audit", params={"before": number}).status_code in (200, 422)


def test_nobody_signs_a_note_for_another(visitor, folder):
    client = visitor("ben")
    client.post("/runs/orders/notes", data={"text": "by form", "author": "ann"}, headers=HERE)
    key = key_of(client)
    client.post("/api/v1/runs/orders/notes", json={"text": "by key", "author": "ann"}, headers=key)
    found = client.get("/runs/orders/notes.json").json()
    assert [(note["text"], note["author"]) for note in found] == [("by form", "ben"), ("by key", "ben")]
    for note in found:
        assert client.post(f"/runs/orders/notes/{note['id']}/remove", headers=HERE).status_code == 303


def test_what_is_done_in_the_service_is_signed_by_the_account():
    from clustera.store.audiences import ACTING, acting_user

    token = ACTING.set("ben")
    assert acting_user() == "ben"
    ACTING.reset(token)
    assert acting_user() != "ben"


# ---- before there are accounts, and how they begin


def test_the_link_of_a_start_opens_nothing_once_there_are_accounts(served, visitor):
    assert visitor().get(f"/enter?token={served.state.link}").headers["location"] == "/"
    assert visitor().get("/").headers["location"] == "/login"


def test_the_first_admin_begins_with_the_link_of_the_start(tmp_path):
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    sessions = Sessions()
    app = create_app(tmp_path / "runs", sessions=sessions, hosts=frozenset({HOST}), cost=CHEAP)
    with TestClient(app, base_url=f"http://{HOST}", headers=HERE | {"accept": "text/html"}) as client:
        client.get(f"/enter?token={sessions.new_link()}")
        assert client.get("/account").url.path == "/admin/users"
        assert client.get("/admin/audit").url.path == "/admin/users"
        assert not (tmp_path / "runs" / ".service").exists()  # nothing is kept of who works alone
        colleague = TestClient(app, base_url=f"http://{HOST}", headers=HERE | {"accept": "text/html"})
        colleague.get(f"/enter?token={sessions.new_link()}")
        page = client.post("/admin/users", data={"name": "ann", "role": "viewer"})
        assert (page.url.path, "For the account ann" in page.text) == ("/welcome", True)
        token = page.url.params["token"]
        assert colleague.get("/runs").url.path == "/runs"  # nobody can sign in yet
        page = client.post("/welcome", data={"token": token, "password": PASSWORD, "again": PASSWORD})
        assert page.url.path == "/runs"
        assert colleague.get("/runs").url.path == "/login"
        assert [(a.name, a.role) for a in app.state.entrance.accounts.list()] == [("ann", "admin")]


def said(*words, typed=""):
    return CliRunner().invoke(command, [str(word) for word in words], input=typed)


def test_the_commands_make_list_and_remove_keys(tmp_path, monkeypatch):
    monkeypatch.setattr(room.Accounts.__init__, "__kwdefaults__", {"cost": CHEAP})
    runs = ("--runs", tmp_path / "runs")
    said("users", "add", "ann", "--role", "admin", *runs, typed=f"{PASSWORD}\n")
    assert "No keys yet" in said("users", "key", "list", *runs).output
    key = said("users", "key", "add", "ann", "--title", "nightly", "--role", "analyst", *runs).stdout.strip()
    found = Database(database_address("", tmp_path / "runs"))
    person = Credentials(found).owner(key)
    assert (person.name, person.role, person.how) == ("ann", "analyst", "key")
    (row,) = json.loads(said("users", "key", "list", "--json", *runs).stdout)
    assert (row["account"], row["title"], row["role"]) == ("ann", "nightly", "analyst")
    assert key not in said("users", "key", "list", *runs).output
    assert said("users", "key", "remove", row["number"] + 1, *runs).exit_code == 3
    assert said("users", "key", "remove", row["number"], *runs).exit_code == 0
    assert Credentials(found).owner(key) is None
    found.close()
    said("users", "add", "eva", *runs, typed=f"{PASSWORD}\n")
    said("users", "disable", "eva", *runs)
    assert said("users", "key", "add", "eva", "--title", "late", *runs).exit_code == 3
    assert said("users", "key", "add", "nobody", "--title", "late", *runs).exit_code == 3


def test_the_commands_look_after_accounts(tmp_path, monkeypatch):
    monkeypatch.setattr(room.Accounts.__init__, "__kwdefaults__", {"cost": CHEAP})
    runs = ("--runs", tmp_path / "runs")
    refused = said("users", "add", "eva", *runs, typed=f"{PASSWORD}\n")
    assert (refused.exit_code, "must be an admin's" in refused.output) == (3, True)
    assert said("users", "add", "ann", "--role", "admin", *runs, typed=f"{PASSWORD}\n").exit_code == 0
    assert said("users", "add", "eva", *runs, typed=f"{PASSWORD}\n").exit_code == 0
    for verb, name in (("add", "bob"), ("password", "eva")):
        silent = said("users", verb, name, *runs, typed="")
        assert (silent.exit_code, "No password was given." in silent.output) == (3, True)
    assert "bob" not in said("users", "list", *runs).output
    assert said("users", "role", "eva", "analyst", *runs).exit_code == 0
    assert said("users", "password", "eva", *runs, typed="another one, long enough\n").exit_code == 0
    assert said("users", "disable", "eva", *runs).exit_code == 0
    assert "disabled" in said("users", "list", *runs).output
    assert said("users", "enable", "eva", *runs).exit_code == 0
    assert said("users", "disable", "nobody", *runs).exit_code == 3
    record = said("db", "audit", *runs, "--json").output
    assert "changed the password of eva" in record
    assert "nobody" not in record
    assert PASSWORD not in record


def test_others_reach_the_service_only_with_an_account_and_a_name(tmp_path, monkeypatch):
    monkeypatch.delenv("CLUSTERA_API_KEY", raising=False)
    with pytest.raises(InputError, match="no account yet") as told:
        serve(tmp_path, host="0.0.0.0", browser=False)
    assert "clustera users add" in told.value.hint
    assert not (tmp_path / ".service").exists()
    database = Database(database_address("", tmp_path))
    Accounts(database, cost=CHEAP).add("ann", "admin", password=PASSWORD)
    database.close()
    with pytest.raises(InputError, match="by which name"):
        serve(tmp_path, host="0.0.0.0", browser=False)
    started = []
    import uvicorn

    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: started.append(sockets[0].getsockname()))
    told = []
    serve(tmp_path, host="0.0.0.0", port=0, allowed=["segments.example.com"], browser=False, say=told.append)
    assert started[0][0] == "0.0.0.0"
    assert "segments.example.com" in told[0]
    assert "enter?token" not in told[0]


def test_only_names_that_were_said_are_answered():
    found = known_hosts(8420, "0.0.0.0", allowed=["Segments.example.com"])
    assert {"segments.example.com", "segments.example.com:8420"} <= found
    assert not any(name.startswith("0.0.0.0") for name in found)
