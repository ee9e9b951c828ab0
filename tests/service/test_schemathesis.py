"""Every address of the API asked as its description allows and forbids: schemathesis finds nothing."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

import pytest

from .conftest import HOST
from .test_api import KEY, api, problem  # noqa: F401 - a fixture

if find_spec("schemathesis") is None:
    pytest.skip("schemathesis is not installed", allow_module_level=True)

THERE = {
    "run": "orders",
    "segment": 1,
    "audience": "Big",
    "number": 1,
    "file": "groups",
    "campaign": "Spring",
}  # parts of addresses that are there
MAKES_JOBS = {("post", "/api/v1/runs/upload")}  # each a process: in the long test only


@pytest.fixture(scope="module")
def described(folder, tmp_path_factory):
    """The description of a service of its own, and what each request must bring."""
    import schemathesis
    from fastapi.testclient import TestClient

    from clustera.service.app import create_app
    from clustera.service.sessions import Sessions

    runs = tmp_path_factory.mktemp("fuzzed") / "runs"
    shutil.copytree(folder, runs)
    app = create_app(runs, sessions=Sessions(api_key="k" * 40), hosts=frozenset({HOST}), rate=0)
    with TestClient(app, base_url=f"http://{HOST}", headers=KEY) as client:
        client.put("/api/v1/runs/orders/audiences/Big", json={"definition": "spend > 400"})
        terms = {"name": "Spring", "control": "40%", "day": "2026-02-05"}
        assert client.post("/api/v1/runs/orders/campaigns", json=terms).status_code == 201
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers=KEY | {"host": HOST})
        yield schema


def ask(schema, examples, *, left_out=frozenset()):
    """Ask every address, with parts that are there and with any parts, as allowed and as forbidden."""
    from hypothesis import HealthCheck, given, settings
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method.lower(), operation.path) in left_out:
            continue
        names = {parameter.name for parameter in operation.path_parameters}
        places = [{name: THERE[name] for name in names & THERE.keys()}, *([None] if names else [])]
        can_be_wrong = list(operation.query) or list(operation.body)
        for mode in GenerationMode if can_be_wrong else [GenerationMode.POSITIVE]:
            for place in places:

                @settings(
                    max_examples=examples,
                    deadline=None,
                    database=None,
                    derandomize=True,
                    suppress_health_check=list(HealthCheck),
                )
                @given(case=operation.as_strategy(generation_mode=mode, path_parameters=place or None))
                def check(case):
                    nonlocal asked
                    asked += 1
                    # No schema says which definitions, runs and columns there are: what it allows may be refused.
                    case.call_and_validate(headers=KEY | {"host": HOST}, excluded_checks=[positive_data_acceptance])

                check()
    return asked


def test_schemathesis_finds_nothing(described):
    assert ask(described, 3, left_out=MAKES_JOBS) > 200


@pytest.mark.soak
def test_schemathesis_finds_nothing_for_long(described):
    assert ask(described, 200) > 10_000


def test_who_follows_a_job_that_is_not_there_is_told_so(api):  # noqa: F811
    problem(api.get("/api/v1/jobs/x/events"), 404)
