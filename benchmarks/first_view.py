"""The dashboard over a run of a million customers: its first view, and counts while one types, over HTTP on this computer.

    python benchmarks/first_view.py [customers, 1000000] [features, 20]

The first view is the overview with its style sheet and script, asked for once after the start and then again 20 times;
counts are the pages that come while one types a definition, each asked for 10 times.
"""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import clustera
from predict_stream import write_customers

TYPED = (
    "f0 > 8",
    "f0 > 8 and f1 < 20",
    "segment is 1 and (f2 > 10 or f3 missing)",
    "not (f4 between 3 and 9) and f5 > 4",
)


def main() -> None:
    """Make the run, serve it, ask, print."""
    customers, features = (int(word) for word in (*sys.argv[1:], "1000000", "20")[: max(2, len(sys.argv) - 1)][:2])
    with tempfile.TemporaryDirectory() as place:
        runs, file = Path(place) / "runs", Path(place) / "customers.parquet"
        write_customers(file, customers, features, 0.02)
        with clustera.segment(str(file), progress=False) as seg:
            seg.publish(runs, name="big")
        words = ["clustera", "serve", "--runs", str(runs), "--port", "0", "--no-browser", "--rate-limit", "0"]
        server = subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            link = next(
                found for line in server.stdout if (found := re.search(r"http://127.0.0.1:(\d+)(/enter\S+)", line))
            )
            browser = Browser(int(link[1]), link[2])
            time.sleep(5)  # it opens the newest run ahead of its first visitor
            print(f"{customers:,} customers, {features} features")
            say("first view, the first time", [browser.view()])
            say("first view", [browser.view() for _ in range(20)])
            say("counts while one types", [browser.get(f"/runs/big/audience?define={quote(t)}") for t in TYPED * 10])
        finally:
            server.terminate()


class Browser:
    """Asks as a browser does, with its cookie and over one connection."""

    def __init__(self, port: int, enter: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Host": f"127.0.0.1:{port}", "Accept": "text/html", "Accept-Encoding": "gzip"}
        self._connection.request("GET", enter, headers=self._headers)
        answer = self._connection.getresponse()
        answer.read()
        self._headers["Cookie"] = (answer.getheader("set-cookie") or "").split(";")[0]
        self.page = b""

    def get(self, path: str) -> tuple[float, int]:
        """Seconds and bytes of one answer."""
        begun = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (path, answer.status)
        return time.perf_counter() - begun, len(content)

    def view(self) -> tuple[float, int]:
        """Seconds and bytes of the overview with what it loads."""
        parts = [self.get("/runs/big/overview"), *map(self.get, self.assets())]
        return sum(seconds for seconds, _ in parts), sum(size for _, size in parts)

    def assets(self) -> list[str]:
        """The addresses of the style sheet and the script."""
        headers = {name: value for name, value in self._headers.items() if name != "Accept-Encoding"}
        self._connection.request("GET", "/runs", headers=headers)
        text = self._connection.getresponse().read().decode()
        return re.findall(r'(?:href|src)="(/static/[^"]+|/assets/[^"]+)"', text)


def say(what: str, found: list[tuple[float, int]]) -> None:
    """The median, the 95th of a hundred, and the bytes."""
    times = sorted(seconds for seconds, _ in found)
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    print(
        f"{what:28s} median {times[len(times) // 2] * 1000:6.0f} ms  p95 {p95 * 1000:6.0f} ms  {found[-1][1] / 1000:6.0f} kB"
    )


if __name__ == "__main__":
    main()
