"""Files of one table that write day and month in different orders are each read as they are written."""

import datetime
import random

import pandas as pd
import pytest

from clustera.check import check
from clustera.engines import Engine
from clustera.read import read
from clustera.texts import finding_message

START = datetime.date(2023, 1, 1)
FORMS = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y"}


@pytest.fixture(scope="module")
def engine():
    with Engine(threads=1) as engine:
        yield engine


def _write(folder, orders, kind, seed=0):
    """One file for each order, of 40 customers each; when each of them joined."""
    chance, joined = random.Random(seed), {}
    folder.mkdir(exist_ok=True)
    for at, order in enumerate(orders):
        days = [START + datetime.timedelta(chance.randrange(500)) for _ in range(40)]
        ids = range(100 * at, 100 * at + 40)
        joined |= dict(zip(map(str, ids), days, strict=True))
        clock = f" 0{at}:15" if kind == "csv with times" else ""
        frame = pd.DataFrame({"id": ids, "joined": [day.strftime(FORMS[order]) + clock for day in days]})
        frame["spend"] = [chance.random() * 100 for _ in ids]
        if kind == "json":
            frame.to_json(folder / f"{at}.jsonl", orient="records", lines=True)
        else:
            frame.to_csv(folder / f"{at}.csv", index=False)
    return joined


@pytest.mark.parametrize("kind", ["csv", "csv with times", "json"])
def test_each_file_is_read_by_its_own_order(engine, tmp_path, kind):
    joined = _write(tmp_path / "t", ["dmy", "dmy", "mdy"], kind)
    checked = check(read(tmp_path / "t", engine=engine))
    day = max(joined.values())
    found = {row["_id"]: row["joined"] for row in checked.rows.query("select _id, joined from {rows}").to_pylist()}
    assert found == {one: (day - when).days for one, when in joined.items()}
    told = [finding_message(finding) for finding in checked.findings if finding.code == "files-differ-in-dates"]
    name = "2.jsonl" if kind == "json" else "2.csv"
    assert told == [
        f"In joined, 1 file writes the month first, 2 the other way round; each is read as it is written: {name}."
    ]


def test_a_file_that_leaves_the_order_open_is_told_and_stays_as_it_is(engine, tmp_path):
    _write(tmp_path / "t", ["dmy", "mdy"], "csv")
    (tmp_path / "t" / "9.csv").write_text("id,joined,spend\n900,03/04/2023,1\n")
    raw = read(tmp_path / "t", engine=engine)
    assert raw.rows.query("select joined from {rows} order by _row desc limit 1")["joined"].to_pylist() == [
        "03/04/2023"
    ]
    assert finding_message(raw.findings[0]).endswith("; 1 leaves it open.")


@pytest.mark.parametrize("order", FORMS)
def test_files_of_one_order_stay_as_they_are(engine, tmp_path, order):
    _write(tmp_path / "t", [order, order], "csv")
    assert not read(tmp_path / "t", engine=engine).findings
