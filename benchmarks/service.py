"""The service's predict: rows a second of one core from Arrow and CSV, and one customer beside a bare FastAPI endpoint.

    python benchmarks/service.py [customers in thousands, 1000] [requests of one customer, 5000]

Each service is a process of its own and is asked over HTTP. Times are the processor's, of that process: other programs on
the machine change them little. The bare endpoint validates the same body and answers with a small record; once as a plain
function, which FastAPI runs in a thread, and once as a coroutine, which it does not. Ours is asked with the key of the
environment, and with a key of an account: that key is looked up and each request is written to the record.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import shutil
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
@app.post("/predict-async")
async def predict_async(customer: Customer):
    return predict(customer)
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
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes,
    kind: str,
    accept: str = "*/*",
    key: str = KEY,
):
    headers = {"Authorization": f"Bearer {key}", "Accept": accept} | ({"Content-Type": kind} if kind else {})
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


def written_as_arrow(table: pa.Table) -> bytes:
    """As a stream."""
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    return stream.getvalue()


def bulk(pid: int, port: int, table: pa.Table) -> None:
    """Print a line for each way in which the table travels."""
    text = io.BytesIO()
    pc.write_csv(table, text)
    warming = http.client.HTTPConnection("127.0.0.1", port)
    assert ask(warming, "POST", "/api/v1/runs/bench/predict", written_as_arrow(table[:1000]), ARROW)[0] == 200
    print("| sent | answered | rows/s of one core | wall s |\n|---|---|---|---|")
    for sent, kind, body in (("Arrow", ARROW, written_as_arrow(table)), ("CSV", "text/csv", text.getvalue())):
        for answered, accept in (("Arrow", ARROW), ("CSV", "text/csv")):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            began, before = time.perf_counter(), processor_seconds(pid)
            status, found = ask(connection, "POST", "/api/v1/runs/bench/predict", body, kind, accept)
            assert status == 200, found[:500]
            if accept == ARROW:
                assert pa.ipc.open_stream(found).read_all().num_rows == len(table)
            used, wall = processor_seconds(pid) - before, time.perf_counter() - began
            print(f"| {sent} | {answered} | {len(table) / used:,.0f} | {wall:.1f} |", flush=True)


def singles(asked: dict[str, tuple[int, int, str, str]], body: bytes, requests: int) -> dict[str, list[float]]:
    """Seconds of the processor and of the clock for each request, one after the other over one connection.

    The services are asked in turns, a fifth of the requests at a time, and the fastest turn of each counts: what other
    programs on the machine take from one turn they do not take from all.

    Args:
        asked: Name of a service -> number of its process, its port, the address, and the key.
        body: What is sent.
        requests: To each service.
    """
    best = {name: [1.0, 1.0] for name in asked}
    some = requests // 5
    for turn in range(6):
        for name, (pid, port, path, key) in asked.items():
            connection = http.client.HTTPConnection("127.0.0.1", port)
            before, began = processor_seconds(pid), time.perf_counter()
            for _ in range(some):
                status, found = ask(connection, "POST", path, body, "application/json", key=key)
                assert status == 200, found[:500]
            took = (processor_seconds(pid) - before) / some, (time.perf_counter() - began) / some
            connection.close()
            if turn:  # the first warms up
                best[name] = [min(pair) for pair in zip(best[name], took, strict=True)]
    return best


def with_account(runs: Path) -> str:
    """A key of an account beside some runs."""
    from clustera.service.accounts import Accounts
    from clustera.service.credentials import Credentials
    from clustera.service.database import Database, database_address

    database = Database(database_address("", runs))
    account = Accounts(database).add("ann", "admin", password="three words of nothing")
    key = Credentials(database).make_key(account.id, "benchmark", "viewer", 1)
    database.close()
    return key


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
        shutil.copytree(folder / "runs", folder / "team")
        key = with_account(folder / "team")
        with (
            served([*program, "--runs", str(folder / "runs"), "--port", "8431"], 8431) as pid,
            served([*program, "--runs", str(folder / "team"), "--port", "8433"], 8433) as team,
            served([sys.executable, "-c", BARE, "8432"], 8432) as plain,
        ):
            wait_until_idle(pid)
            wait_until_idle(team)
            path = "/api/v1/runs/bench/predict"
            asked = {
                "bare FastAPI, def": (plain, 8432, "/predict", ""),
                "bare FastAPI, async def": (plain, 8432, "/predict-async", ""),
                "ours, key of the environment": (pid, 8431, path, KEY),
                "ours, key of an account, with the record": (team, 8433, path, key),
            }
            found = singles(asked, body, requests)
            thread, coroutine = (found[name][0] for name in list(asked)[:2])
            print("| one customer | requests/s of one core | of bare def | of bare async def | ms until answered |")
            print("|---|---|---|---|---|")
            for asking, (used, wall) in found.items():
                print(
                    f"| {asking} | {1 / used:,.0f} | {thread / used:.2f} | {coroutine / used:.2f} | {wall * 1e3:.2f} |",
                    flush=True,
                )
            bulk(pid, 8431, pq.read_table(folder / "many.parquet"))
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*(int(given) for given in (*sys.argv[1:], *("1000", "5000")[len(sys.argv) - 1 :])))
