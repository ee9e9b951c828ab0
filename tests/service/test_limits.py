"""How much a client may ask, and requests that are sent again."""

from __future__ import annotations

import errno
import time
from pathlib import Path

import pytest

from clustera.errors import InputError
from clustera.service.limits import MOST_IN_MEMORY, Rate
from clustera.service.repeated import Answers, StillWorkingError

from .conftest import HOST
from .test_api import KEY, api, problem  # noqa: F401 - a fixture

NOTES = "/api/v1/runs/table/notes"


def test_a_client_that_asks_too_often_is_told_when_to_come_again(folder):
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    sessions = Sessions(api_key="k" * 40)
    app = create_app(folder, sessions=sessions, hosts=frozenset({HOST}), rate=1)
    with TestClient(app, base_url=f"http://{HOST}", headers=KEY) as client:
        answers = [client.get("/api/v1/jobs") for _ in range(7)]
        assert [answer.status_code for answer in answers[:5]] == [200] * 5
        problem(answers[-1], 429)
        assert answers[-1].headers["retry-after"] == "1"
        assert client.get("/health").status_code == 200  # whoever watches the service is never refused
        other = TestClient(app, base_url=f"http://{HOST}")
        other.get(f"/enter?token={sessions.new_link()}")
        assert other.get("/api/v1/jobs").status_code == 200  # one client does not use up what another may


def test_tokens_come_back_with_time():
    now = [0.0]
    rate = Rate(2, clock=lambda: now[0])
    assert [rate.wait("a") for _ in range(11)] == [0.0] * 10 + [0.5]
    now[0] = 1.0
    assert [rate.wait("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    now[0] = 1_000.0
    assert [rate.wait("a") for _ in range(11)][-1] == 0.5  # never more than at first


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_for_memory_is_refused_before_it_is_read(api, announced):  # noqa: F811
    sent = []

    def body():
        for _ in range(40):
            sent.append(1)
            yield b" " * (1 << 20)

    headers = {"content-type": "application/json"}
    if announced:
        headers["content-length"] = str(40 << 20)
    assert MOST_IN_MEMORY < 40 << 20
    problem(api.post(NOTES, content=body(), headers=headers), 413)


def test_a_note_that_is_sent_again_is_written_once(api):  # noqa: F811
    before = len(api.get(NOTES).json()["notes"])
    key = {"idempotency-key": "a"}
    first = api.post(NOTES, json={"text": "Once."}, headers=key)
    again = api.post(NOTES, json={"text": "Once."}, headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, first.json())
    assert len(api.get(NOTES).json()["notes"]) == before + 1
    assert "Idempotency-Key" in problem(api.post(NOTES, json={"text": "Twice."}, headers=key), 422)["title"]
    assert api.post(NOTES, json={"text": "Once."}).json()["id"] != first.json()["id"]  # without a key


def test_what_failed_can_be_sent_again_with_its_key(api):  # noqa: F811
    key = {"idempotency-key": "b"}
    problem(api.post(NOTES, json={"text": "x", "segment": 99}, headers=key), 404)
    assert api.post(NOTES, json={"text": "x"}, headers=key).status_code == 201


def test_a_key_is_that_of_its_client_and_is_kept_for_a_day(tmp_path, monkeypatch):
    answers = Answers(tmp_path / "service" / "answers")
    made = iter(range(9))

    def make():
        return {"id": next(made)}

    assert [answers.once(client, "k", 1, make)["id"] for client in ("a", "a", "b")] == [0, 0, 1]
    assert Answers(tmp_path / "service" / "answers").once("a", "k", 1, make)["id"] == 0  # also after a restart
    with pytest.raises(InputError):
        answers.once("a", "k", 2, make)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 25 * 3600)
    assert answers.once("a", "k", 1, make)["id"] == 2


def test_what_was_made_is_answered_and_not_made_twice_where_the_answer_can_not_be_kept(tmp_path, monkeypatch):
    answers, made = Answers(tmp_path / "service" / "answers"), []

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    def make():
        made.append(1)
        monkeypatch.setattr(Path, "write_text", full)
        return {"id": 1}

    assert answers.once("a", "k", 1, make) == {"id": 1}
    with pytest.raises(StillWorkingError):
        answers.once("a", "k", 1, make)
    assert made == [1]


def test_the_second_of_two_at_once_is_not_made(tmp_path):
    answers = Answers(tmp_path / "service" / "answers")

    def make():
        with pytest.raises(StillWorkingError):
            answers.once("a", "k", 1, dict)
        return {"id": 1}

    assert answers.once("a", "k", 1, make) == {"id": 1}
