"""Every guard, attacked: the host, the link, the session, the origin of a request, names that are paths, the policy."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clustera.errors import InputError, SetupError
from clustera.service.guards import POLICY, comes_from_here
from clustera.service.library import Library
from clustera.service.serving import _listen, known_hosts, serve

PAGES = [
    "/runs",
    "/runs/orders/overview",
    "/runs/orders/method",
    "/runs/orders/segments/1",
    "/runs/orders/customers",
    "/runs/orders/customer?id=P001",
    "/runs/table/overview",
    "/runs/later/overview",
    "/runs/table/customers",
    "/runs/nobody/overview",
]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8420.evil.example", "", "localhost:8420"]
)
def test_a_name_that_somebody_let_point_here_is_refused(browser, host):
    assert browser.get("/runs", headers={"host": host}).status_code == 421


def test_this_computer_may_be_called_by_its_three_names():
    assert known_hosts(8420) == {"127.0.0.1:8420", "localhost:8420", "[::1]:8420"}


@pytest.mark.parametrize(
    "path", [*PAGES, "/runs.json", "/runs/orders/customers.csv", "/runs/orders/report.html", "/nothing"]
)
def test_nobody_comes_in_without_a_session(stranger, path):
    answer = stranger.get(path)
    assert answer.status_code == 401
    assert "P001" not in answer.text


def test_a_link_works_once(made, stranger):
    token = made[1].new_link()
    first = stranger.get(f"/enter?token={token}")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    stranger.cookies.clear()
    assert stranger.get(f"/enter?token={token}").status_code == 401


def test_a_reloaded_link_leads_whoever_is_in_to_the_runs(browser):
    assert browser.get("/enter?token=used").status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "clustera_session_80=x", "clustera_session_80=\x7f;;==", "a" * 9000])
def test_a_cookie_that_is_none_of_ours_opens_nothing(stranger, cookie):
    assert stranger.get("/runs", headers={"cookie": cookie}).status_code == 401


def test_the_api_key_opens_and_another_does_not(stranger):
    assert stranger.get("/runs.json", headers={"authorization": f"Bearer {'k' * 40}"}).status_code == 200
    for wrong in (f"Bearer {'k' * 39}", "Bearer ", f"Basic {'k' * 40}", "Bearer ü"):
        assert stranger.get("/runs.json", headers={"authorization": wrong.encode("latin-1")}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8420"}, False),  # another port of this computer
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://127.0.0.1:8420"}, True),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_what_changes_something_must_come_from_a_page_of_ours(browser, headers, allowed):
    answer = browser.post("/runs", headers=headers)
    assert answer.status_code == (405 if allowed else 403)
    from starlette.datastructures import Headers

    assert comes_from_here(Headers({"host": "127.0.0.1:8420", **headers})) is allowed


@pytest.mark.parametrize("path", [*PAGES, "/static/x/clustera.css", "/enter", "/nothing", "/runs.json"])
def test_every_answer_has_the_policy(browser, path):
    headers = browser.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in headers["content-security-policy"]
    assert "no-store" in headers["cache-control"] or path.startswith("/static")


class _Inline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.found += [name for name in named if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not named.get("src")):
            self.found.append(tag)
        self.addresses += [named[name] for name in ("src", "href", "action") if named.get(name)]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_inline_style_or_script_or_asks_another_host(browser, path):
    page = _Inline()
    page.feed(browser.get(path).text)
    assert page.found == []
    assert [a for a in page.addresses if not a.startswith(("/", "#", "data:,"))] == []
    assert [a for a in page.addresses if a.startswith("//")] == []


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "..%2f..%2fetc", "%2fetc%2fpasswd", ".store.json", "a%00b", "con", "orders%2f..%2ftable"]
)
def test_the_name_of_a_run_is_never_a_path(browser, name):
    answer = browser.get(f"/runs/{name}/overview")
    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "%2e%2e/%2e%2e/app.py", "clustera.py", ""])
def test_only_our_two_files_are_served(browser, name):
    assert browser.get(f"/static/x/{name}").status_code == 404


def test_no_header_can_be_put_into_an_answer(browser, folder):
    answer = browser.get("/runs/orders/customers.csv?q=%0d%0aX-Evil:1")
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com", "", "127.0.0.1.evil.example"])
def test_an_address_that_others_reach_is_refused(host, tmp_path):
    with pytest.raises(InputError, match="Others could reach"):
        serve(tmp_path, host=host, browser=False)


def test_a_short_api_key_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERA_API_KEY", "short")
    with pytest.raises(SetupError, match="at least 32"):
        serve(tmp_path, port=0, browser=False)


def test_a_port_that_is_taken_is_told_in_a_sentence():
    with _listen("127.0.0.1", 0) as taken, pytest.raises(SetupError, match="is taken") as told:
        _listen("127.0.0.1", taken.getsockname()[1])
    assert re.search(r"--port \d+", told.value.hint)


def test_an_answer_does_not_wait_until_the_one_before_it_is_confirmed():
    async def sends_at_once():
        found = asyncio.get_running_loop().create_future()
        server = await asyncio.start_server(lambda _, writer: found.set_result(writer), sock=_listen("127.0.0.1", 0))
        async with server:
            _, asking = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer = await found
            at_once = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            asking.close()
            writer.close()
        return at_once

    assert asyncio.run(sends_at_once())


def test_an_upload_that_is_broken_off_is_no_bug(made, caplog):
    headers = {"host": "127.0.0.1:8420", "authorization": f"Bearer {'k' * 40}"}
    headers |= {"content-type": "multipart/form-data; boundary=x", "content-length": "99"}
    scope = {"type": "http", "method": "POST", "path": "/api/v1/runs/upload", "query_string": b"", "scheme": "http"}
    scope |= {"headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    scope |= {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8420), "http_version": "1.1", "root_path": ""}
    arriving = iter([{"type": "http.request", "body": b"--x\r\n", "more_body": True}, {"type": "http.disconnect"}])
    sent = []

    async def receive():
        return next(arriving)

    async def send(message):
        sent.append(message)

    asyncio.run(made[0](scope, receive, send))
    assert sent[0]["status"] == 400
    assert caplog.records == []


@pytest.mark.parametrize(("address", "accept"), [("overview", "text/html"), ("overview.json", "*/*")])
def test_a_bug_shows_no_traceback_and_has_an_id_that_the_log_has(made, monkeypatch, caplog, address, accept):
    from fastapi.testclient import TestClient

    app, sessions = made
    monkeypatch.setattr(type(app.state.library), "open", lambda *_: {}["a secret of the source"])
    client = TestClient(app, base_url="http://127.0.0.1:8420", raise_server_exceptions=False)
    client.get(f"/enter?token={sessions.new_link()}")
    answer = client.get(f"/runs/orders/{address}", headers={"accept": accept})
    assert answer.status_code == 500
    assert "It is a bug of Clustera" in answer.text
    for told in ("KeyError", "Traceback", "a secret of the source", ".py"):
        assert told not in answer.text
    named = answer.headers["x-request-id"]
    assert named in answer.text
    assert any(named in record.getMessage() for record in caplog.records)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, None])
def test_what_the_computer_lacks_is_told_and_is_no_bug(browser, monkeypatch, code):
    def refuse(*_):
        raise MemoryError if code is None else OSError(code, os.strerror(code), "/data/x")

    monkeypatch.setattr(Library, "open", refuse)
    answer = browser.get("/runs/orders/overview")
    assert answer.status_code == 503
    assert (os.strerror(code) if code else "not enough memory") in answer.text
    assert "bug" not in answer.text


@pytest.mark.parametrize(
    ("address", "code", "way"),
    [
        ("/nothing", 404, "/runs"),
        ("/runs/deleted/overview", 404, "/runs"),
        ("/runs/orders/customers?sort=nothing", 422, "/runs/orders/overview"),
        ("/runs/orders/export/0123456789abcdef", 404, "/runs/orders/audiences"),
        ("/new/0123456789abcdef", 404, "/new"),
    ],
)
def test_each_page_that_went_wrong_has_one_sentence_and_a_way_on(browser, address, code, way):
    answer = browser.get(address)
    assert answer.status_code == code
    assert answer.text.count("<h1>") == 1
    assert f'<a class="button" href="{way}">' in answer.text
    assert browser.get(way).status_code == 200


def test_a_link_that_was_used_says_how_to_get_another(stranger, made):
    link = made[1].new_link()
    stranger.get(f"/enter?token={link}")
    stranger.cookies.clear()
    answer = stranger.get(f"/enter?token={link}")
    assert answer.status_code == 401
    assert "works once, in one browser" in answer.text
    assert (
        "To use another browser, stop <code>clustera serve</code> in the terminal with Ctrl-C and start it again"
        in answer.text
    )
    assert "make an account on the page Accounts" in answer.text
    assert "the service was started again since" in stranger.get(f"/enter?token={link}x").text
    assert 'class="button"' not in answer.text


@given(
    st.sampled_from(["customers", "customers.json", "customers.csv", "customer", "customer.json"]),
    st.dictionaries(
        st.sampled_from(["q", "segment", "who", "sort", "order", "after", "rows", "id", "other", "action"]),
        st.text(max_size=30)
        | st.sampled_from(["1", "desc", "value", "feature.spend", "P001", "WzEsIDJd", "bnVsbA", "overdue"]),
    ),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_an_address_asks_for_is_answered_or_refused_in_a_sentence(browser, page, asked):
    answer = browser.get(f"/runs/orders/{page}", params=asked)  # a bug would be raised here
    assert answer.status_code in (200, 404, 422)


@given(st.text(max_size=40))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_run_is_called_in_an_address_it_is_found_or_refused(browser, name):
    answer = browser.get(f"/runs/{quote(name, safe='')}/overview")
    assert answer.status_code in (200, 303, 404, 307)
