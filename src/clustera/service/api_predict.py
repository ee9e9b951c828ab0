"""Customers who come later, assigned through the API: one, or a table of them."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clustera import pipeline
from clustera.engines import Rows, literal
from clustera.errors import ClusteraError, InputError
from clustera.records import Explanation
from clustera.segmentation.summary import plain_json
from clustera.service.answers import as_csv
from clustera.service.api import ERRORS, PREFIX
from clustera.service.held import library_of
from clustera.service.library import Library, Opened
from clustera.service.limits import MOST_IN_MEMORY

router = APIRouter(prefix=PREFIX, responses=ERRORS)
ARROW = "application/vnd.apache.arrow.stream"
_MOST_ROWS = 200_000  # customers answered in JSON
_BATCH = 65_536
_BEFORE, _AFTER = f"{PREFIX}/runs/", "/predict"
_EXAMPLES: dict[str, Any] = {
    "one": {"summary": "One customer", "value": {"values": {"age": 41, "income": 52000}}},
    "several": {"summary": "Several", "value": {"customers": [{"customer_id": "N1", "age": 41, "income": 52000}]}},
}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}, "examples": _EXAMPLES},
            "text/csv": {"schema": {"type": "string"}, "example": "customer_id,age,income\nN1,41,52000\n"},
            ARROW: {"schema": {"type": "string", "format": "binary"}},
        },
    },
    "responses": {
        "200": {
            "description": "In JSON, CSV or Arrow, as `Accept` asks.",
            "content": {"application/json": {}, "text/csv": {}, ARROW: {}},
        }
    },
}


@router.post(
    "/runs/{run}/predict", tags=["predict"], summary="Assign customers to the segments of a run", openapi_extra=_BODY
)
async def post_predict(request: Request, run: str) -> Response:
    """One customer as JSON `{"values": {feature: number or cell}}`: segment, distances, reasons. Several as JSON, CSV or Arrow.

    A table needs the columns of the run, the id included, and is read and checked as a file is; the answer has id, segment,
    name, distance, second_segment, borderline and outlier.
    """
    library = library_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        asked = _json(await _body(request, MOST_IN_MEMORY))
        if "values" in asked:
            return await run_in_threadpool(_one, library, run, asked["values"])
        opened = await run_in_threadpool(library.open, run)
        table = _table(asked.get("customers"))
        return await run_in_threadpool(_several, opened, table, request.headers.get("accept", ""))
    if kind not in ("text/csv", ARROW):
        raise HTTPException(415)
    opened = await run_in_threadpool(library.open, run)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("customers.csv" if kind == "text/csv" else "customers.arrow")
        with path.open("wb") as file:
            async for chunk in request.stream():
                file.write(chunk)
        source: Any = path if kind == "text/csv" else await run_in_threadpool(_arrow, path)
        return await run_in_threadpool(_several, opened, source, request.headers.get("accept", ""))


class PredictOne:
    """Answers for one customer before the address is looked up and its form taken apart, which takes longer than the answer.

    Only where the run is open already: what is left takes less time than handing it to another thread. All other requests, and
    those with something wrong, go on as they came.

    Args:
        app: What is behind.
        library: The runs.
    """

    def __init__(self, app: ASGIApp, *, library: Library) -> None:
        self._app, self._library = app, library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        run = _run_of_one(scope)
        if run is None or not self._library.holds(run):
            await self._app(scope, receive, send)
            return
        first: Message | None = await receive()
        answer = None if first is None or first.get("more_body") else self._answer(run, first.get("body", b""))
        if answer is not None:
            scope["route"] = router.routes[0]
            await answer(scope, receive, send)
            return

        async def again() -> Message:
            nonlocal first
            message, first = first, None
            return await receive() if message is None else message

        await self._app(scope, again, send)

    def _answer(self, run: str, body: bytes) -> Response | None:
        """None where another place answers, or has to say what is wrong."""
        with suppress(ClusteraError):
            asked = _json(body)
            if "values" in asked:
                return _one(self._library, run, asked["values"])
        return None


def _run_of_one(scope: Scope) -> str | None:
    """The run of a request that may be one for one customer."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path: str = scope["path"]
    run = path.removeprefix(_BEFORE).removesuffix(_AFTER)
    if "/" in run or path != f"{_BEFORE}{run}{_AFTER}":
        return None
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return run if kind.partition(b";")[0].strip().lower() == b"application/json" else None


def _one(library: Library, run: str, values: object) -> Response:
    opened = library.open(run)
    if not isinstance(values, dict):
        raise InputError("`values` is no JSON object.", hint='For example: {"values": {"age": 41}}')
    found = opened.seg.explain(values=values)
    named = json.dumps({"name": opened.seg.names[found.segment]}, ensure_ascii=False).encode()
    return Response(named[:-1] + b", " + _explanations().dump_json(found)[1:], media_type="application/json")


@cache
def _explanations() -> TypeAdapter[Explanation]:
    """Writes them five times as fast as the standard library."""
    return TypeAdapter(Explanation)


def _several(opened: Opened, source: object, accept: str) -> Response:
    scored = opened.seg.assign(source)
    called = " ".join(f"when {segment} then {literal(name)}" for segment, name in opened.seg.names.items())
    named = scored.customers.select(f"select * replace (case segment {called} end as name) from {{rows}}")
    if ARROW in accept:
        # Numbers hardly shrink, and packing them takes many times as long as the answer.
        return StreamingResponse(
            _arrow_parts(named, scored), media_type=ARROW, headers={"content-encoding": "identity"}
        )
    if "text/csv" in accept:
        return as_csv(_rows(named, scored), list(named.columns), name=f"{opened.name}-predicted")
    if scored.balance.segmented > _MOST_ROWS:
        scored.engine.close()
        raise InputError(
            f"{scored.balance.segmented:,} customers are too many for an answer in JSON.",
            hint=f"Ask for text/csv or {ARROW} in the header Accept.",
        )
    left_out = scored.quarantine.query("select row, id, code, reason from {rows} order by row limit 1000").to_pylist()
    answer = {"customers": list(_rows(named, scored)), "balance": asdict(scored.balance), "left_out": left_out}
    return JSONResponse(plain_json(answer))


def _rows(named: Rows, scored: pipeline.Scored) -> Iterator[dict[str, Any]]:
    try:
        for batch in named.batches(rows=_BATCH):
            yield from batch.to_pylist()
    finally:
        scored.engine.close()


def _arrow_parts(named: Rows, scored: pipeline.Scored) -> Iterator[bytes]:
    try:
        schema = named.query("select * from {rows} limit 0").schema
        held = io.BytesIO()
        with pa.ipc.new_stream(held, schema) as writer:
            for batch in named.batches(rows=_BATCH):
                writer.write_batch(batch)
                yield held.getvalue()
                held.seek(0)
                held.truncate()
        yield held.getvalue()
    finally:
        scored.engine.close()


async def _body(request: Request, most: int) -> bytes:
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > most:
            raise HTTPException(413)
    return bytes(held)


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError("The body is not JSON.", hint='For example: {"values": {"age": 41}}') from error
    if not isinstance(found, dict):
        raise InputError("The body is no JSON object.", hint='For example: {"values": {"age": 41}}')
    return found


def _table(customers: object) -> pa.Table:
    if not isinstance(customers, list) or not customers or not all(isinstance(row, dict) for row in customers):
        raise InputError(
            "The body has neither `values` nor a list of `customers`.", hint='For example: {"customers": [{"id": "A"}]}'
        )
    names = list(dict.fromkeys(str(name) for row in customers for name in row))
    try:
        return pa.table({name: pa.array([row.get(name) for row in customers]) for name in names})
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        texts = {name: [None if row.get(name) is None else str(row[name]) for row in customers] for name in names}
        return pa.table(texts)


def _arrow(path: Path) -> pa.Table:
    try:
        return pa.ipc.open_stream(path.read_bytes()).read_all()
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError("The body is no Arrow stream.", hint="Write it with pyarrow.ipc.new_stream.") from error
