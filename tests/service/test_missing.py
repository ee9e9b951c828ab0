"""What a request names and is not there is 404 at every address of the API, whichever method asks."""

from __future__ import annotations

import re

import pytest

from .test_api import api, problem  # noqa: F401 - a fixture

KEPT = {"PUT /api/v1/runs/{run}/audiences/{audience}", "PUT /api/v1/schedules/{schedule}"}  # these make what they name
FORMS = {"exports": {"audience": "Big", "network": "generic"}, "results": {}}


def _asked(made, api, missing):  # noqa: F811
    """Each address that has a name in it and the answer where a name is missing: the run's, or the last of several."""
    described = made[0].openapi()
    for path, methods in described["paths"].items():
        names = re.findall(r"{(\w+)}", path)
        if not path.startswith("/api/v1/") or missing not in ("run", "last") or not names:
            continue
        if missing == "run" and "run" not in names:
            continue
        for method, operation in methods.items():
            address = f"{method.upper()} {path}"
            if missing == "last" and (names == ["run"] or address in KEPT):
                continue
            filled = re.sub(
                r"{(\w+)}",
                lambda name: {"run": "nope" if missing == "run" else "orders", "file": "groups"}.get(name[1], "99"),
                path,
            )
            asked = {
                p["name"]: "1" for p in operation.get("parameters", ()) if p.get("required") and p["in"] == "query"
            }
            body = operation.get("requestBody", {}).get("content", {})
            sent = {}
            if "application/json" in body:
                schema = body["application/json"]["schema"]
                known = described["components"]["schemas"].get(schema.get("$ref", "").rsplit("/", 1)[-1], {})
                sent = {"json": known.get("example") or {"values": {}}}
            elif body:
                kind = re.search(r"(\w+)/upload", path)[1]
                files = {"contacts": ("c.csv", b"id\n1\n"), "orders": ("o.csv", b"customer_id,order_date,amount\n")}
                sent = {"data": FORMS[kind], "files": files}
            yield address, api.request(method, filled, params=asked, **sent)


@pytest.mark.parametrize("missing", ["run", "last"])
def test_what_is_not_there_is_404_at_every_address(made, api, missing):  # noqa: F811
    answers = dict(_asked(made, api, missing))
    assert len(answers) > 15
    assert {address: answer.status_code for address, answer in answers.items() if answer.status_code != 404} == {}
    for answer in answers.values():
        problem(answer, 404)


def test_a_run_that_is_removed_while_its_page_is_open_is_told_as_that(made, api, folder):  # noqa: F811
    address = "/api/v1/runs/later/customers"
    assert api.get(address, params={"rows": 1}).status_code == 200
    place = folder / "later" / "customers.parquet"
    content = place.read_bytes()
    place.unlink()
    try:
        told = problem(api.get(address, params={"rows": 2}), 404)
        assert "customers.parquet is not there any more" in told["title"]
        assert "space" not in told["detail"]
    finally:
        place.write_bytes(content)
