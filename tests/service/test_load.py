"""Fifty people at once for a minute, over HTTP, on a service in a process of its own."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

KEY = "soak" * 10
PEOPLE, SECONDS = 50, 60
GETS = (
    "/runs",
    "/runs/orders/overview",
    "/runs/orders/segments/1",
    "/runs/orders/customers?q=P0{n}",
    "/runs/orders/customer?id=P0{n}",
    "/runs/orders/audience.json?define=spend+%3E+{n}",
    "/runs/later/moves?since=table",
    "/runs/orders/differences?a=1&b=2",
    "/api/v1/runs/orders/audience-members?define=spend+%3E+{n}&rows=20",
    "/api/v1/runs/latest",
    "/metrics",
)


def memory_of(text):
    """Of the service, in MB."""
    memory = float(re.search(r"^process_resident_memory_bytes (\S+)$", text, re.MULTILINE)[1])
    return memory / 2**20


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_fifty_people_for_a_minute_see_no_error_and_memory_does_not_grow(folder):  # noqa: C901 - what each person does stands beside what is watched
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "clustera", "serve", "--no-browser", "--rate-limit", "0"]
    service = subprocess.Popen(
        [*words, "--port", str(port), "--runs", str(folder)],
        env=os.environ | {"CLUSTERA_API_KEY": KEY},
        stdout=subprocess.DEVNULL,
    )
    headers = {"Authorization": f"Bearer {KEY}", "Accept": "text/html,application/json"}
    answers, times, wrong, lock = Counter(), [], [], threading.Lock()

    def ask(connection, method, path, body=None):
        began = time.perf_counter()
        kind = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body=body, headers=headers | kind)
        answer = connection.getresponse()
        text = answer.read().decode()
        with lock:
            answers[answer.status] += 1
            times.append(time.perf_counter() - began)
            if answer.status >= 400:
                wrong.append((path, answer.status, text[:200]))
        return text

    def person(number, end):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            for n in itertools.count(number):
                if time.monotonic() > end:
                    return
                ask(connection, "GET", GETS[n % len(GETS)].format(n=10 + n % 90))
                if n % 3 == 0:
                    ask(connection, "POST", "/api/v1/runs/table/predict", json.dumps({"values": {"income": n % 90}}))
        except Exception as error:
            with lock:
                wrong.append((number, repr(error), ""))
        finally:
            connection.close()

    def watched():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            return memory_of(ask(connection, "GET", "/metrics"))
        finally:
            connection.close()

    watch = None
    try:
        for _ in range(600):
            try:
                watch = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                ask(watch, "GET", "/health")
                break
            except OSError:
                time.sleep(0.1)
        for n in range(len(GETS) * 2):  # everything is loaded once
            ask(watch, "GET", GETS[n % len(GETS)].format(n=10 + n))
        memory = [watched()]
        end = time.monotonic() + SECONDS
        people = [threading.Thread(target=person, args=(number, end)) for number in range(PEOPLE)]
        for one in people:
            one.start()
        while time.monotonic() < end:
            time.sleep(SECONDS / 6)
            memory.append(watched())
        for one in people:
            one.join()
        memory.append(watched())
    finally:
        watch.close()
        service.terminate()
        service.wait()
    times.sort()
    said = f"{sum(answers.values()):,} answers {dict(answers)}; median {times[len(times) // 2] * 1e3:.0f} ms, "
    said += f"p95 {times[int(len(times) * 0.95)] * 1e3:.0f} ms; memory in MB: {[round(one) for one in memory]}\n"
    sys.stdout.write(said)
    assert not wrong, wrong[:5]
    assert sum(answers.values()) > PEOPLE * 10
    middle = memory[len(memory) // 2]
    assert memory[-1] - middle < 0.15 * middle, memory  # the first half fills caches
