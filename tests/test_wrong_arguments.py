"""Commands with arguments that mean nothing: no traceback, a known exit code, and a sentence."""

from __future__ import annotations

import os
import random
import time
import traceback
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from clustera.cli import app
from tests.soaking import as_time_allows, fewest_of

SECONDS = 20.0  # of CPU
USUAL = [
    "segment customers.csv --k 2", "segment --orders orders.csv --k 2", "segment customers.csv --like cust", "check customers.csv",
    "predict cust customers.csv", "predict log --orders orders.csv", "compare cust cust", "customers cust", "customers log",
    "explain cust C001", "sql cust", "differences cust 1 2", "audience count income>3", "audience save some age>30 --run cust",
    "audience show big", "audience export big --for generic --contacts contacts.csv --output list.csv --run cust", "audience members big",
    "audience push kept", "audience pull kept", "audience list", "audience exports", "audience end-holdout big", "campaign plan log",
    "campaign launch spring log --control 0.3", "campaign results spring --orders orders.csv", "campaign list", "runs",
    "runs alias x cust", "rename cust 1 Name", "show cust", "note cust text", "contract customers.csv", "features", "language",
]  # fmt: skip
VALUES = [
    "", "0", "-1", "2", "99999", "1e9", "nan", "abc", "漢😀", "a b", "'", '"', "; drop table", "../x", "..", "*", "%s", "{}", "{rows}",
    "\x1b[31m", "0.5", "50%", "2024-01-01", "2024-13-45", "9999-12-31", "1..3", "3..1", "5..", "1,2", ",,", "age", "income", "city", "nope",
    "cust", "log", "current", "latest", "big", "klaviyo", "postgres", "dmy", "x=y", "=", "k=", "foo=1", "age=2", "age=nan", "encoding=nope",
    "customer=nope", "header=-1", "buyers", "EUR", "select 1", "postgresql://a:b@localhost:1/x", "duckdb:x.duckdb", "x" * 300, "\n", "a\0b",
    "--", "-x", "--help", "age >", "(((", "segment is", "every id", "lacks.csv", "customers.csv", "orders.csv", "contacts.csv", "empty.csv",
    "head.csv", "bytes.dat", "folder", "bad.parquet", "bad.xlsx", "bad.toml", "odd.toml", "bad.json", "missing.csv", "a/b/c.csv", "runs",
    "runs/cust", "runs/cust/model.json", "/dev/null",
]  # fmt: skip


def files_in(folder: Path) -> None:
    """Tables, runs, an audience and a campaign, and files that are none of them."""
    draw, customers = np.random.default_rng(0), [f"C{at:03d}" for at in range(90)]
    groups = draw.integers(0, 3, 90)
    frame = pd.DataFrame(
        {"customer_id": customers, "age": 25 + 15 * groups, "income": 2e4 + 1e4 * groups + draw.normal(0, 500, 90)}
    )
    frame.to_csv(folder / "customers.csv", index=False)
    frame[["customer_id", "age"]].to_csv(folder / "lacks.csv", index=False)
    frame[["customer_id"]].assign(email=[f"c{at}@shop.example" for at in range(90)]).to_csv(
        folder / "contacts.csv", index=False
    )
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 300, 250), "D")
    log = pd.DataFrame(
        {"customer_id": draw.choice(customers, 250), "order_date": days, "amount": draw.lognormal(3, 1, 250).round(2)}
    )
    log.to_csv(folder / "orders.csv", index=False)
    for name, data in {
        "empty.csv": b"", "head.csv": b"customer_id,age\n", "bytes.dat": draw.bytes(900), "bad.parquet": b"PAR1xxxxPAR1",
        "bad.xlsx": b"PK\3\4zz", "bad.toml": b"k = [[[", "odd.toml": b'k = "many"\nfoo = 1\n', "bad.json": b'{"a": ',
    }.items():  # fmt: skip
        (folder / name).write_bytes(data)
    (folder / "folder").mkdir()
    for words in (
        "segment customers.csv --name cust --k 2", "segment --orders orders.csv --name log --k 2", "audience save big income>30000 --run cust",
        "campaign launch spring log --segments 1 --control 0.3 --day 2024-06-01",
    ):  # fmt: skip
        made = CliRunner().invoke(app, words.split())
        assert made.exit_code == 0, made.output


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    before = Path.cwd()
    os.chdir(folder)
    files_in(folder)
    yield folder
    os.chdir(before)


def commands() -> dict[str, list]:
    """The options of every command, by its words."""
    found, waiting = {}, [("", typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        waiting += [(f"{path} {name}".strip(), inner) for name, inner in getattr(command, "commands", {}).items()]
        found[path] = [option for option in command.params if option.param_type_name == "option"]
    return found


def wrong_words(seed: int, known: dict[str, list]) -> list[str]:
    draw = random.Random(f"words {seed}")
    words = draw.choice(USUAL).split()
    options = known.get(" ".join(words[:2])) or known[words[0]]
    for _ in range(draw.choice([1, 1, 2, 3])):
        option = draw.choice(options) if options and draw.random() < 0.7 else None
        if option and option.name not in ("open_", "pdf", "diagnostics", "help"):
            words += [option.opts[0]] if option.is_flag else [option.opts[0], draw.choice(VALUES)]
        else:
            at = draw.randrange(1, len(words) + 1)
            words[at : at + draw.randrange(2)] = [draw.choice(VALUES)]
    return words


def fault_of(words: list[str]) -> str:
    began = time.process_time()
    result = CliRunner().invoke(app, words)
    took = time.process_time() - began
    if result.exception and not isinstance(result.exception, SystemExit):
        return "".join(traceback.format_exception(result.exception)[-4:])
    if result.exit_code not in (0, 2, 3, 4, 5, 6) or (result.exit_code and not result.output.strip()):
        return f"exit {result.exit_code}: {result.output}"
    return f"took {took:.0f} s" if took > SECONDS else ""


def hold_words(first: int, count: int) -> int:
    known, tried = commands(), 0
    for seed in as_time_allows(range(first, first + count)):
        words = wrong_words(seed, known)
        assert not (fault := fault_of(words)), (seed, words, fault)
        tried += 1
    return tried


def test_wrong_arguments_end_in_a_sentence(shop):
    assert hold_words(0, 40) == 40


@pytest.mark.soak
@pytest.mark.parametrize("first", range(10_000, 13_000, 1_000))
def test_three_thousand_commands_with_wrong_arguments(shop, first):
    assert hold_words(first, 1_000) >= fewest_of(1_000, 1)


def test_a_contract_that_is_no_text_and_a_name_too_long_are_told(shop):
    for words, said in (("check customers.csv --contract bytes.dat", "is no text"), ("check " + "x" * 300, "no file")):
        result = CliRunner().invoke(app, words.split())
        assert (result.exit_code, said in result.output, "Hint: " in result.output) == (3, True, True)
