"""The description of the API: OpenAPI as JSON, and a page made of it that needs no script."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from clustera.errors import ClusteraError
from clustera.service.answers import page
from clustera.service.api import PREFIX
from clustera.service.held import entrance_of, library_of, theme_of

router = APIRouter(include_in_schema=False)
_ORDER = (
    "runs",
    "jobs",
    "segments",
    "customers",
    "predict",
    "audiences",
    "exports",
    "campaigns",
    "offers",
    "comparisons",
    "notes",
    "schedules",
    "databases",
    "service",
)


@router.get(f"{PREFIX}/openapi.json")
def get_openapi(request: Request) -> Response:
    """The API as OpenAPI."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def get_api_docs(request: Request) -> Response:
    """The API as a page."""
    described = request.app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {tag: [] for tag in _ORDER}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation.get("tags", ["service"])[0], []).append(
                {"path": path, "method": method.upper(), "example": _example(operation, described)} | operation
            )
    shown = {tag: operations for tag, operations in groups.items() if operations}
    return page("docs.html.j2", nav="docs", theme=theme_of(request), groups=shown, host=request.headers["host"])


def _example(operation: dict[str, Any], described: dict[str, Any]) -> str:
    """What a body may look like."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if kind != "application/json":
            continue
        schema = described["components"]["schemas"].get(content["schema"].get("$ref", "").rpartition("/")[2], {})
        if "example" in schema:
            return json.dumps(schema["example"], ensure_ascii=False)
        if "examples" in content:
            return "\n".join(json.dumps(entry["value"], ensure_ascii=False) for entry in content["examples"].values())
    return ""


health = APIRouter(tags=["service"])


@health.get("/health", summary="Whether the service runs")
def get_health() -> dict[str, str]:
    """Needs no key."""
    return {"status": "ok"}


@health.get("/ready", summary="Whether the service can work")
def get_ready(request: Request) -> JSONResponse:
    """Needs no key: 503 where the folder of runs or the database of the accounts can't be read."""
    what = "the folder of runs"
    try:
        library_of(request).store.aliases()
        what = "the database"
        entrance_of(request).look_again()
    except (ClusteraError, OSError):
        return JSONResponse({"status": f"{what} can't be read"}, status_code=503)
    return JSONResponse({"status": "ok"})
