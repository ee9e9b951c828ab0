"""Files damaged at random: no traceback, no lost row, no hang."""

from __future__ import annotations

import contextlib
import random
import time

import pytest
from tests.check.test_spellings import MONEY, NAMES, table
from tests.soaking import as_time_allows, fewest_of
from tests.spellings import DATES, MARKS, Spelling, spell

from clustera.check import check
from clustera.engines import Engine
from clustera.errors import ClusteraError
from clustera.read import read

SECONDS = 5.0
STEP = 10  # files that share an engine


def some_spelling(draw: random.Random) -> Spelling:
    decimal, group = draw.choice(MARKS)
    return Spelling(
        separator=draw.choice([",", ";", "\t", "|"]),
        encoding=draw.choice(["utf-8", "utf-8-sig", "utf-16"]),
        end=draw.choice(["\n", "\r\n", "\r"]),
        quote_all=draw.random() < 0.3,
        decimal=decimal,
        group=group,
        before=draw.choice(["", "$", "€"]),
        missing=draw.choice(["", "NA", "?"]),
        date_format=draw.choice(DATES),
        float_ids=draw.random() < 0.3,
        packed=draw.random() < 0.1,
    )


def damaged(data: bytes, draw: random.Random) -> bytes:
    """One to five wounds: bytes changed, cut out, doubled or put in."""
    out = bytearray(data)
    for _ in range(draw.randint(1, 5)):
        at = draw.randrange(len(out) + 1)
        length = draw.choice([1, 1, 2, 8, 60, 400])
        wound = draw.randrange(7)
        if wound == 0 and at < len(out):
            out[at] = draw.randrange(256)
        elif wound == 1:
            del out[at : at + length]
        elif wound == 2:
            out[at:at] = out[at : at + length]
        elif wound == 3:
            out[at:at] = bytes(draw.randrange(256) for _ in range(length))
        elif wound == 4:
            out[at:at] = draw.choice(
                [b'"', b"'", b"\n", b"\r", b"\0", b";", b",,,,", b"\t", b"\xff", b"\xef\xbb\xbf", b"{", b"\\"]
            )
        elif wound == 5:
            del out[at:]
        else:
            out[at:at] = draw.choice(
                ["€", "ß", "\u2028", "\u202e", "😀", "1e309", "-0", "NaN", "9" * 40, "0x1F"]
            ).encode()
    return bytes(out)


def outcome(seed: int, engine: Engine, path) -> str:
    draw = random.Random(seed)
    data = spell(NAMES, table(seed, draw.choice([12, 40, 120])), some_spelling(draw), money=MONEY)
    path.write_bytes(damaged(data, draw))
    started = time.process_time()
    checked = None
    with contextlib.suppress(ClusteraError):
        raw = read(path, engine=engine)
        checked = check(raw)
    assert time.process_time() - started < SECONDS
    if checked is None:
        return "refused"
    kept, aside = checked.rows.count(), checked.quarantine.count()
    assert raw.source.rows == kept + aside == checked.balance.segmented + checked.balance.quarantined
    return "checked"


def hold(first: int, count: int, path) -> dict[str, int]:
    seen = {"refused": 0, "checked": 0}
    for start in as_time_allows(range(first, first + count, STEP)):
        with Engine(threads=1) as engine:
            for seed in range(start, min(start + STEP, first + count)):
                seen[outcome(seed, engine, path)] += 1
    return seen


def test_damaged_files_are_read_or_refused_and_lose_no_row(tmp_path):
    seen = hold(0, 30, tmp_path / "damaged.csv")
    assert seen["checked"] > 15  # most damage is local


@pytest.mark.soak
@pytest.mark.parametrize("first", range(1_000, 11_000, 1_000))
def test_ten_thousand_damaged_files(tmp_path, first):
    assert sum(hold(first, 1_000, tmp_path / "damaged.csv").values()) >= fewest_of(1_000, STEP)
