"""The service's predict: rows a second of one core from Arrow and CSV, and one customer beside a bare FastAPI endpoint.

    python benchmarks/service.py [customers in thousands, 1000] [requests of one customer, 2000]

Each service is a process of its own and is asked over HTTP. Times are the processor's, of that process: other programs on
the machine change them little. The bare endpoint validates the same body and answers with a small record.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

import clustera
from predict_stream import write_customers

KEY = "benchmark" * 5
ARROW = "application/vnd.apache.arrow.stream"
BARE = """
import sys, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI()
class Customer(BaseModel):
    values: dict[str, float]
@app.post("/predict")
def predict(customer: Customer):
    return {"segment": 1, "name": "One", "distance": sum(customer.values.values())}
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
"""


@contextmanager
def served(words: list[str], port: int) -> Iterator[int]:
    """A service in a process of its own; gives the process's number when it answers."""
    process = subprocess.Popen(words, env=os.environ | {"CLUSTERA_API_KEY": KEY}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                ask(http.client.HTTPConnection("127.0.0.1", port), "GET", "/health", b"", "")
                break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def ask(  # noqa: PLR0917
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes, kind: str, accept: str = "*/*"
):
    headers = {"Authorization": f"Bearer {KEY}", "Accept": accept} | ({"Content-Type": kind} if kind else {})
    connection.request(method, path, body=body or None, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def processor_seconds(pid: int) -> float:
    """That a process has used so far."""
    cells = re.sub(r"^.*\) ", "", Path(f"/proc/{pid}/stat").read_text()).split()
    return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_idle(pid: int) -> None:
    """The newest run is opened when the service starts; that is no part of what is measured."""
    while True:
        before = processor_seconds(pid)
        time.sleep(2)
        if processor_seconds(pid) - before < 0.1:
            return


def bulk(pid: int, port: int, table: pa.Table) -> None:
    """Print a line for each way in which the table travels."""
    stream, text = io.BytesIO(), io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    pc.write_csv(table, text)
    print("| sent | answered | rows/s of one core | wall s |\n|---|---|---|---|")
    for sent, kind, body in (("Arrow", ARROW, stream.getvalue()), ("CSV", "text/csv", text.getvalue())):
        for answered, accept in (("Arrow", ARROW), ("CSV", "text/csv")):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            began, before = time.perf_counter(), processor_seconds(pid)
            status, found = ask(connection, "POST", "/api/v1/runs/bench/predict", body, kind, accept)
            assert status == 200, found[:500]
            if accept == ARROW:
                assert pa.ipc.open_stream(found).read_all().num_rows == len(table)
            used, wall = processor_seconds(pid) - before, time.perf_counter() - began
            print(f"| {sent} | {answered} | {len(table) / used:,.0f} | {wall:.1f} |", flush=True)


def singles(asked: dict[str, tuple[int, int, str]], body: bytes, requests: int) -> dict[str, float]:
    """Requests a second of one core, one after the other over one connection.

    The services are asked in turns, a tenth of the requests at a time, and the fastest turn of each counts: what other
    programs on the machine take from one turn they do not take from all.

    Args:
        asked: Name of a service -> number of its process, its port, and the address.
        body: What is sent.
        requests: To each service.
    """
    best = dict.fromkeys(asked, 0.0)
    for turn in range(11):
        for name, (pid, port, path) in asked.items():
            connection = http.client.HTTPConnection("127.0.0.1", port)
            before = processor_seconds(pid)
            for _ in range(requests // 10):
                assert ask(connection, "POST", path, body, "application/json")[0] == 200
            used = processor_seconds(pid) - before
            connection.close()
            best[name] = max(best[name], requests // 10 / used) if turn else 0.0  # the first warms up
    return best


def main(thousands: int, requests: int) -> None:
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_customers(folder / "small.parquet", 20_000, 6, 0.02)
        with clustera.segment(folder / "small.parquet", k=5, progress=False) as seg:
            seg.publish(folder / "runs", name="bench")
        write_customers(folder / "many.parquet", thousands * 1000, 6, 0.02)
        values = {f"f{j}": 8.0 + j for j in range(6)}
        body = json.dumps({"values": values}).encode()
        program = [str(Path(sys.executable).parent / "clustera"), "serve", "--no-browser", "--rate-limit", "0"]
        with (
            served([*program, "--runs", str(folder / "runs"), "--port", "8431"], 8431) as pid,
            served([sys.executable, "-c", BARE, "8432"], 8432) as plain,
        ):
            wait_until_idle(pid)
            asked = {"ours": (pid, 8431, "/api/v1/runs/bench/predict"), "bare": (plain, 8432, "/predict")}
            found = singles(asked, body, requests)
            ours, bare = found["ours"], found["bare"]
            print(
                f"one customer: {ours:,.0f} requests/s of one core; bare FastAPI {bare:,.0f}; {ours / bare:.2f} of it"
            )
            bulk(pid, 8431, pq.read_table(folder / "many.parquet"))


if __name__ == "__main__":
    main(*(int(given) for given in (*sys.argv[1:], *("1000", "2000")[len(sys.argv) - 1 :])))
