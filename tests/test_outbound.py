"""The one way out: where nothing is sent, and that what was checked is what is asked."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from contextlib import suppress
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from clustera.errors import SetupError
from clustera.outbound import MailServer, UnsentError, WaysOut, post_signed, read_ways_out, send_mail

LOCAL = (ipaddress.ip_network("127.0.0.0/8"),)


def resolves_to(monkeypatch, *answers):
    """Names mean these addresses, one list after the other."""
    left = list(answers)

    def look_up(host, port, **_):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in text else socket.AF_INET, 1, 6, "", (text, port)) for text in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def connected(monkeypatch):
    """Where a connection was asked for; none is made."""
    asked = []

    def connect(place, **_):
        asked.append(place)
        raise OSError("not today")

    monkeypatch.setattr(socket, "create_connection", connect)
    return asked


@pytest.mark.parametrize(
    "place",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.9",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fd00::1",
        "fe80::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",  # the same in the other forms in which an old address stands in a new one
        "::ffff:0:10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "fec0::1",
    ],
)
def test_nothing_is_sent_into_a_network_of_its_own(monkeypatch, connected, place):
    resolves_to(monkeypatch, [place])
    with pytest.raises(UnsentError, match="network of its own"):
        post_signed("https://hooks.example.com/", b"{}", secret="s")
    assert connected == []


@pytest.mark.parametrize("place", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_what_everybody_can_reach_is_asked(monkeypatch, connected, place):
    resolves_to(monkeypatch, [place])
    with pytest.raises(UnsentError, match="not today"):
        post_signed("https://hooks.example.com/", b"{}", secret="s")
    assert connected == [(place, 443)]


def test_a_host_with_one_inner_address_is_refused(monkeypatch, connected):
    resolves_to(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(UnsentError, match="network of its own"):
        post_signed("https://hooks.example.com/", b"{}", secret="s")
    assert connected == []


def test_a_name_is_looked_up_once_and_asked_where_it_was_checked(monkeypatch, connected):
    resolves_to(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    with pytest.raises(UnsentError, match="not today"):
        post_signed("https://hooks.example.com/", b"{}", secret="s")
    assert connected == [("93.184.216.34", 443)]


def test_nothing_goes_out_without_encryption(monkeypatch, connected):
    resolves_to(monkeypatch, ["93.184.216.34"])
    with pytest.raises(UnsentError, match="without encryption"):
        post_signed("http://hooks.example.com/", b"{}", secret="s")
    assert connected == []


def test_a_redirect_is_not_followed():
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/inner")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with pytest.raises(UnsentError, match="307"):
            post_signed(f"http://127.0.0.1:{server.server_address[1]}/out", b"{}", secret="s", networks=LOCAL)
        server.shutdown()
        thread.join()
    assert asked == ["/out"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [(b"\x00\xffSSH-2.0\r\n", "does not answer as a web server does"), (b"", "did not take the message")],
)
def test_who_is_no_web_server_is_told_in_words(answer, told):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answered():
            connection, _ = server.accept()
            with connection:
                connection.recv(9999)
                connection.sendall(answer)

        thread = threading.Thread(target=answered)
        thread.start()
        port = server.getsockname()[1]
        with pytest.raises(UnsentError) as raised:
            post_signed(f"http://127.0.0.1:{port}/", b"{}", secret="s", networks=LOCAL)
        thread.join()
    assert f"127.0.0.1:{port} {told}" in raised.value.message
    assert raised.value.message.isprintable()


def test_a_certificate_that_does_not_hold_is_told_with_its_cure(monkeypatch):
    def refused(_, plain, **__):
        plain.close()
        error = ssl.SSLCertVerificationError(1, "certificate verify failed")
        error.verify_message = "self-signed certificate"
        raise error

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", refused)
    with socket.create_server(("127.0.0.1", 0)) as server:
        for sends in (
            lambda port: post_signed(f"https://127.0.0.1:{port}/", b"{}", secret="s", networks=LOCAL),
            lambda port: send_mail(MailServer("127.0.0.1", "a@b.example", port, security="tls"), EmailMessage()),
        ):
            with pytest.raises(UnsentError, match="self-signed certificate") as raised:
                sends(server.getsockname()[1])
            assert "SSL_CERT_FILE" in raised.value.hint


def test_the_settings_of_what_goes_out_are_read_and_mistakes_named(tmp_path):
    file = tmp_path / ".notices.toml"
    assert read_ways_out(file) == WaysOut()
    file.write_text('[webhook]\nnetworks = ["10.0.0.0/8"]\n')
    assert read_ways_out(file).networks == (ipaddress.ip_network("10.0.0.0/8"),)
    sender = "[mail]\nhost = 'x'\nsender = 'ann"
    mails = (f"{sender}'", f"{sender}@b.example'\nport = '25'", f"{sender}@b.example'\nuser = 4", "mail = 3")
    for wrong in (*mails, "[mail]\nhots = 1", "[mail]\nhost = 'x'", "[web]", "[webhook]\nnetworks = ['x']", "="):
        file.write_text(wrong)
        with pytest.raises(SetupError):
            read_ways_out(file)


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_who_answers_a_byte_now_and_then_is_not_listened_to_for_ever(monkeypatch, begun):
    over = threading.Event()

    def drip(listening):
        taken, _ = listening.accept()
        with taken, suppress(OSError):
            taken.sendall(begun)
            while not over.wait(0.02):
                taken.sendall(b"x")

    monkeypatch.setattr("clustera.outbound._LONGEST_TALK", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=[listening])
        thread.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        began = time.monotonic()
        with suppress(UnsentError):  # the answer that came may be enough
            post_signed(address, b"{}", secret="s", networks=LOCAL)
        assert time.monotonic() - began < 9
        over.set()
        thread.join()
