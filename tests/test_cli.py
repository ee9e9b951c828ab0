"""The command as its users type it: what it prints, what it writes, how it refuses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import fastexcel
import numpy as np
import pandas as pd
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from clustera import segment
from clustera.cli import app
from clustera.cli.printing import print_checked
from clustera.engines import Engine
from clustera.pipeline import inspect
from clustera.records import Finding
from clustera.report import find_browser
from clustera.settings import gather_settings
from clustera.store import Store
from tests.soaking import as_time_allows


@pytest.fixture(scope="module")
def folder(tmp_path_factory, blobs):
    place = tmp_path_factory.mktemp("cli")
    blobs.to_csv(place / "customers.csv", index=False)
    made = clustera("segment", place / "customers.csv", "--runs", place / "runs", "--name", "first")
    assert made.exit_code == 0, made.output
    return place


def clustera(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_segment_prints_the_balance_the_reason_and_where_the_report_is(folder):
    said = clustera("segment", folder / "customers.csv", "--runs", folder / "runs").output
    assert "180 rows in your table, all segmented." in said
    assert "4 segments. They are clear groups:" in said
    assert "density ratio" not in said
    assert "report.html" in said


def test_segment_answers_in_json(folder):
    answer = json.loads(clustera("segment", folder / "customers.csv", "--runs", folder / "runs", "--json").stdout)
    assert (answer["k"], answer["verdict"], answer["balance"]["read"]) == (4, "clear", 180)


def test_quiet_prints_nothing(folder):
    assert clustera("segment", folder / "customers.csv", "--runs", folder / "runs", "--quiet").output == ""


def test_steps_are_logged_as_json(folder):
    said = clustera("segment", folder / "customers.csv", "--runs", folder / "runs", "--log-json", "--quiet")
    assert said.exit_code == 0
    steps = [json.loads(line) for line in said.stderr.splitlines()]
    assert steps[0]["step"] == "Reading"
    assert steps[-1]["share"] == 1.0


def test_latest_points_to_the_newest_run(folder):
    answer = json.loads(clustera("segment", folder / "customers.csv", "--runs", folder / "runs", "--json").stdout)
    assert Store(folder / "runs").open("latest").path == Path(answer["run"]).resolve()


def test_predict_writes_everybody(folder, blobs):
    scored = folder / "scored.csv"
    said = clustera("predict", "first", folder / "customers.csv", "--output", scored, "--runs", folder / "runs").output
    assert "180 rows read = 180 assigned + 0 left out." in said
    assert pd.read_csv(scored).id.tolist() == blobs.customer_id.tolist()


def test_predict_warns_of_a_feature_that_later_customers_lack(folder, blobs):
    blobs.assign(**{blobs.columns[1]: None}).to_csv(folder / "lacking.csv", index=False)
    words = (
        "predict",
        "first",
        folder / "lacking.csv",
        "--output",
        folder / "lacking_scored.csv",
        "--runs",
        folder / "runs",
    )
    said = clustera(*words).output
    assert "has no value in 180 of 180 rows" in said
    assert "empty-feature" in {finding["code"] for finding in json.loads(clustera(*words, "--json").stdout)["findings"]}


def test_compare_says_who_stayed(folder):
    said = clustera("compare", "first", "latest", "--runs", folder / "runs").output
    assert "100% of the 180 customers known on both days stayed in their segment" in said


def test_a_renamed_segment_is_shown_by_its_new_name(folder):
    assert clustera("rename", "first", 3, "Careful savers", "--runs", folder / "runs").exit_code == 0
    assert "Careful savers" in clustera("show", "first", "--runs", folder / "runs").output


def test_runs_lists_them_oldest_first(folder):
    listed = json.loads(clustera("runs", "--runs", folder / "runs", "--json").stdout)
    assert "first" in [run["run"] for run in listed]


def test_prune_keeps_the_newest(tmp_path, blobs):
    seg = segment(blobs, k=2, progress=False)
    for name in ("a", "b", "c"):
        seg.save(tmp_path / name)
    assert "2 runs removed" in clustera("runs", "prune", "--keep", 1, "--runs", tmp_path).output
    assert [p.name for p in tmp_path.iterdir() if p.is_dir() and not p.is_symlink()] == ["c"]


def write(folder, text):
    path = folder / "bad.csv"
    path.write_text(text)
    return path


def commands_below(command, *words):
    named = getattr(command, "commands", {})
    return [found for name, one in named.items() for found in commands_below(one, *words, name)] or [words]


@pytest.mark.parametrize(
    "words", [words for words in commands_below(get_command(app)) if words != ("serve",)], ids=" ".join
)
def test_every_command_without_a_word_ends_in_a_sentence(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = clustera(*words)
    assert ended.exception is None or isinstance(ended.exception, SystemExit)
    assert ended.output.strip()


BAD_CALLS = {
    "missing file": (None, [], "no file"),
    "empty file": ("", [], ""),
    "header only": ("age,income\n", [], ""),
    "one row": ("age,income\n30,50\n", [], ""),
    "all missing": ("age,income\n" + ",\n" * 30, [], ""),
    "text only": ("name,city\n" + "".join(f"n{i},c{i % 3}\n" for i in range(40)), [], ""),
    "unknown feature": (
        "age,income\n" + "".join(f"{20 + i},{30 + i}\n" for i in range(40)),
        ["--features", "agee"],
        "age",
    ),
    "unknown id": ("age,income\n" + "".join(f"{20 + i},{30 + i}\n" for i in range(40)), ["--id", "customer"], ""),
    "k too large": (
        "age,income\n" + "".join(f"{20 + i},{30 + i * 7 % 31}\n" for i in range(31)),
        ["--k", "40"],
        "k is 40, but only 31",
    ),
    "k no number": ("age,income\n" + "".join(f"{20 + i},{30 + i}\n" for i in range(40)), ["--k", "many"], "many"),
    "unknown option": ("age,income\n" + "".join(f"{20 + i},{30 + i}\n" for i in range(40)), ["--set", "kk=3"], "kk"),
    "settings file missing": (
        "age,income\n" + "".join(f"{20 + i},{30 + i}\n" for i in range(40)),
        ["--settings", "no.toml"],
        "no.toml",
    ),
    "bad weight": ("age,income\n" + "".join(f"{20 + i},{30 + i}\n" for i in range(40)), ["--weight", "age"], "="),
    "binary": ("\x00\x01\x02" * 50, [], ""),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_every_bad_call_ends_in_a_sentence(case, tmp_path):
    text, words, said = BAD_CALLS[case]
    path = tmp_path / "nothing.csv" if text is None else write(tmp_path, text)
    result = clustera("segment", path, "--runs", tmp_path / "runs", *words)
    assert result.exit_code in {2, 3, 4}, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.output.startswith("clustera: ")
    assert said.lower() in result.output.lower()
    assert "Traceback" not in result.output
    assert not list((tmp_path / "runs").glob("*")) or not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("runs",),
        ("show",),
        ("audience", "list"),
        ("audience", "exports"),
        ("campaign", "list"),
        ("segment", "{}", "--k", "2"),
    ],
)
def test_a_file_in_the_place_of_the_folder_of_runs_is_called_one(words, folder):
    table = folder / "customers.csv"
    said = clustera(*(word.format(table) for word in words), "--runs", table)
    assert said.exit_code == 5
    assert "customers.csv is a file; runs are kept in a folder." in said.output
    assert "Hint: Name a folder" in said.output


def test_all_that_is_wrong_with_the_options_is_told_in_one_answer(folder):
    wrong = ["--set", "foo=1", "--set", "ecnoding=utf-8", "--k", "many", "--weight", "age=x", "--as-of", "yesterday"]
    said = " ".join(clustera("segment", folder / "customers.csv", *wrong).output.split())
    for part in ("no option 'foo'", "no option 'ecnoding'", "'encoding' for 'ecnoding'", "'many'", "weights", "as_of"):
        assert part in said


def test_all_columns_of_a_log_that_are_not_there_are_told_in_one_answer(folder, tmp_path):
    (tmp_path / "log.csv").write_text("buyer,day,paid\n1,2024-01-01,5\n")
    wrong = ["--set", "customer=buyr", "--set", "date=when", "--set", "discount=off"]
    said = " ".join(clustera("segment", "--orders", tmp_path / "log.csv", *wrong).output.split())
    assert "no column 'buyr' and no column 'when' and no column 'off'" in said
    assert "--set customer=buyer --set date=COLUMN --set discount=COLUMN" in said


@pytest.mark.parametrize(
    ("flag", "cure"),
    [
        ("--n-clusters", "Say --k."),
        ("--random_state", "Say --seed."),
        ("--delimiter", "Say --set separator=VALUE."),
        ("--sheet", "Say --set sheet=VALUE."),
        ("--out", "say --runs FOLDER --name NAME."),
        ("-o", "say --runs FOLDER --name NAME."),
    ],
)
def test_a_flag_of_another_program_is_answered_with_the_one_that_does_it(folder, flag, cure):
    said = clustera("segment", folder / "customers.csv", flag, "3")
    assert said.exit_code == 2
    assert f"No such option: {flag}. " in said.output
    assert cure in said.output


def test_a_flag_of_another_command_is_answered_only_with_what_the_command_has(folder):
    assert "Say" not in clustera("card", "first", "--runs", folder / "runs", "--sheet", "3").output


def test_what_holds_for_several_columns_is_said_once(tmp_path):
    numbers = np.random.default_rng(0).integers(18, 90, (200, 3))
    table = pd.DataFrame(numbers, columns=["age", "spend", "visits"]).astype(object)
    table.loc[:9, ["spend", "visits"]] = ""
    table.to_csv(tmp_path / "gaps.csv", index=False)
    said = " ".join(clustera("check", tmp_path / "gaps.csv").output.split())
    assert said.count("(missing-values)") == 1
    assert "The same holds for Visits." in said


def test_what_is_said_of_two_files_alike_is_printed_once_and_of_no_column(tmp_path, capsys):
    pd.DataFrame({"id": range(60), "spend": range(60)}).to_csv(tmp_path / "t.csv", index=False)
    with Engine() as engine:
        checked = inspect(tmp_path / "t.csv", gather_settings(), engine)
    print_checked(replace(checked, findings=(Finding("lines-above", "note", count=3),) * 2), as_json=False)
    said = capsys.readouterr().out
    assert said.count("(lines-above)") == 1
    assert "The same holds" not in said


def test_an_unknown_run_names_the_nearest(folder):
    result = clustera("show", "frist", "--runs", folder / "runs")
    assert result.exit_code == 5
    assert "Did you mean first?" in result.output


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A table that takes a while in every step."""
    table = tmp_path_factory.mktemp("many") / "many.csv"
    random = np.random.default_rng(0)
    pd.DataFrame({"age": random.integers(18, 90, 200_000), "income": random.normal(50, 10, 200_000)}).to_csv(
        table, index=False
    )
    return table


STOPPING = """
import os, signal, sys, threading
from clustera.cli import main, segments

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a shell
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored under nohup
step, stop, told = sys.argv.pop(1), int(sys.argv.pop(1)), segments.progress

def stopping(**options):
    tell, timer = told(**options), threading.Timer(0.03, os.kill, (os.getpid(), stop))
    def telling(now, share):
        tell(now, share)
        if now == step and timer.ident is None:
            timer.start()
    return telling

segments.progress = stopping
main()
"""


def started(table, folder, *python):
    """A run of the command in a process of its own, with a folder of its own for temporary files."""
    words = ["segment", str(table), "--runs", str(folder / "runs"), "--log-json"]
    command = [sys.executable, *(python or ("-m", "clustera")), *words]
    (folder / "temporary").mkdir()
    environment = os.environ | {"TMPDIR": str(folder / "temporary")}
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment)


@pytest.mark.parametrize(
    ("step", "stop"),
    [
        ("Reading", signal.SIGINT),
        ("Checking", signal.SIGTERM),
        ("Preparing", signal.SIGINT),
        ("Choosing the number of segments", signal.SIGINT),
        ("Assigning customers", signal.SIGINT),
        pytest.param(
            "Checking", getattr(signal, "SIGHUP", 0), marks=pytest.mark.skipif(os.name == "nt", reason="none")
        ),
    ],
)
def test_a_stopped_run_ends_in_a_sentence_and_leaves_nothing(step, stop, many, tmp_path):
    # The process stops itself: on a busy machine another one would be late.
    with started(many, tmp_path, "-c", STOPPING, step, str(int(stop))) as process:
        said = process.stderr.readlines()
    assert any(f'"{step}"' in line for line in said)
    assert process.returncode == 130, "".join(said)
    assert any("stopped; nothing was written" in line for line in said)
    assert not any("Traceback" in line for line in said)
    assert not list((tmp_path / "runs").glob("*"))
    assert not list((tmp_path / "temporary").glob("clustera-*"))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_a_run_may_be_stopped_at_any_moment(part, many, tmp_path):
    random = np.random.default_rng(part)
    for attempt in as_time_allows(range(20)):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        with started(many, folder) as process:
            said = process.stderr.readline()
            time.sleep(random.uniform(0, 5))
            process.send_signal(random.choice([signal.SIGINT, signal.SIGTERM]))
            said += process.stderr.read()
        assert "Traceback" not in said
        assert not list((folder / "temporary").glob("clustera-*"))
        there = [path for path in (folder / "runs").glob("*") if path.is_dir() and not path.is_symlink()]
        assert (process.returncode, len(there)) in ((130, 0), (0, 1)), said
        assert ("nothing was written" in said) == (not there)


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['clustera', '--help']\n"
        "from clustera.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('duckdb', 'pandas', 'sklearn') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        .stdout.strip()
        .endswith("[]")
    )


def test_check_tells_what_the_columns_are(folder):
    said = clustera("check", folder / "customers.csv")
    assert said.exit_code == 0
    assert "180 rows read = 180 can be used + 0 left out." in said.output
    assert "customer_id" in said.output


def test_a_file_that_keeps_its_contract_passes_and_one_that_breaks_it_stops(folder, blobs):
    promised = folder / "contract.toml"
    assert clustera("contract", folder / "customers.csv", "--output", promised).exit_code == 0
    assert clustera("check", folder / "customers.csv", "--contract", promised).exit_code == 0
    broken = folder / "broken.csv"
    blobs.assign(age=blobs.age * 1.9).to_csv(broken, index=False)
    assert clustera("check", broken, "--contract", promised).exit_code == 4
    stopped = clustera("segment", broken, "--contract", promised, "--runs", folder / "stopped")
    assert stopped.exit_code == 4
    assert not (folder / "stopped").exists()


def test_strict_stops_at_a_warning(folder, blobs):
    twice = folder / "twice.csv"
    pd.concat([blobs, blobs.assign(income=1.0).iloc[:9]]).to_csv(twice, index=False)
    assert clustera("check", twice).exit_code == 0
    assert clustera("check", twice, "--strict").exit_code == 4
    assert clustera("segment", twice, "--strict", "--runs", folder / "stopped").exit_code == 4


def test_the_english_language_file_is_printed_and_is_in_order(tmp_path):
    printed = clustera("language")
    (tmp_path / "mine.toml").write_text(printed.stdout, encoding="utf-8")
    assert "mine.toml is in order (English)" in clustera("language", tmp_path / "mine.toml").stdout.replace("\n", " ")


def test_the_playbook_is_printed_and_is_in_order(tmp_path):
    (tmp_path / "plays.toml").write_text(clustera("playbook").stdout, encoding="utf-8")
    assert "plays.toml is in order" in clustera("playbook", tmp_path / "plays.toml").stdout.replace("\n", " ")


def test_a_language_file_with_a_mistake_is_refused_with_its_line(tmp_path):
    (tmp_path / "mine.toml").write_text("[actions]\nwinback = 'Komm zurück'\n", encoding="utf-8")
    done = clustera("language", tmp_path / "mine.toml")
    assert done.exit_code == 3
    assert "line 2, actions.winback" in done.stderr


def test_a_contract_is_held_with_like_too_and_refused_with_orders(folder, blobs, tmp_path):
    contract, broken = tmp_path / "contract.toml", tmp_path / "broken.csv"
    clustera("contract", folder / "customers.csv", "--output", contract)
    blobs.assign(income=blobs.income * 1000).to_csv(broken, index=False)
    like = ("--like", "first", "--runs", folder / "runs", "--quiet")
    assert clustera("segment", folder / "customers.csv", *like, "--contract", contract).exit_code == 0
    done = clustera("segment", broken, *like, "--contract", contract)
    assert done.exit_code == 4
    assert "contract-range" in done.stderr
    assert clustera("segment", broken, *like, "--contract", tmp_path / "none.toml").exit_code == 3
    orders = pd.DataFrame({"customer": [1, 2], "date": ["2024-01-01", "2024-02-01"], "amount": [1.0, 2.0]})
    orders.to_csv(tmp_path / "orders.csv", index=False)
    done = clustera("segment", "--orders", tmp_path / "orders.csv", "--contract", contract)
    assert done.exit_code == 3
    assert "Hold the table against it first" in done.stderr


def test_a_workbook_of_a_finished_run_has_the_names_given_since(folder, tmp_path, monkeypatch):
    shutil.copytree(folder / "runs", tmp_path / "runs", symlinks=True)
    monkeypatch.chdir(tmp_path)
    assert clustera("rename", "latest", "1", "Our best").exit_code == 0
    done = clustera("report", "latest", "--excel")
    (book,) = tmp_path.glob("*.xlsx")
    assert done.output.split() == [book.name]
    names = fastexcel.read_excel(book).load_sheet("Segments").to_pandas()["Name of the segment"]
    assert "Our best" in list(names)
    assert clustera("report", "latest", "--output", "mine.xlsx").exit_code == 0
    assert (tmp_path / "mine.xlsx").read_bytes() == book.read_bytes()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("report", "latest", "--excel"), "{run}.xlsx"),
        (("predict", "latest", "customers.csv"), "scored.csv"),
        (("recommend", "orders.csv"), "recommendations.csv"),
        (("contract", "customers.csv"), "contract.toml"),
    ],
)
def test_a_file_of_a_name_that_nobody_gave_is_never_overwritten(folder, tmp_path, monkeypatch, words, name):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folder / "runs", tmp_path / "runs", symlinks=True)
    shutil.copy(folder / "customers.csv", tmp_path)
    there = Path(name.format(run=Store(Path("runs")).open("latest").name))
    there.write_text("of another month")
    done = clustera(*words)
    assert done.exit_code == 3
    assert f"{there} is there already. Nothing was written." in done.stderr
    assert f"--output {there}" in done.stderr
    assert there.read_text() == "of another month"


def test_a_pdf_without_a_browser_is_refused_before_the_work(folder, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)
    for words in (("segment", "no_such_file.csv", "--pdf"), ("report", "latest", "--runs", folder / "runs", "--pdf")):
        done = clustera(*words)
        assert done.exit_code == 6
        assert "Install chromium, or open report.html in your browser" in done.stderr


@pytest.mark.browser
@pytest.mark.skipif(find_browser() is None, reason="no chromium on this machine")
def test_a_report_is_printed_to_a_pdf(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = clustera("segment", folder / "customers.csv", "--pdf", "--runs", "runs", "--name", "printed", "--quiet")
    assert done.exit_code == 0
    within = (tmp_path / "runs" / "printed" / "report.pdf").read_bytes()
    clustera("report", "printed", "--pdf")
    assert within[:5] == b"%PDF-"
    assert (tmp_path / "printed.pdf").read_bytes() == within


def test_a_table_is_not_written_over_while_it_is_read(folder, tmp_path):
    table = tmp_path / "mine.csv"
    shutil.copy(folder / "customers.csv", table)
    before = table.read_bytes()
    done = clustera("predict", "first", table, "--runs", folder / "runs", "--output", table)
    assert done.exit_code == 3
    assert "is the table that is read" in done.stderr
    assert table.read_bytes() == before


@pytest.mark.parametrize("words", [("sql",), ("card",), ("rules", "--sql")])
def test_an_output_or_a_table_without_a_name_ends_in_a_sentence(folder, words):
    runs = ("--runs", folder / "runs")
    done = clustera(words[0], "first", *words[1:], *runs, "--output", "")
    assert (done.exit_code, "names no file" in done.stderr) == (3, True), done.output
    if "sql" in words or "--sql" in words:
        done = clustera(words[0], "first", *words[1:], *runs, "--table", " ")
        assert (done.exit_code, "reads no table" in done.stderr) == (3, True), done.output
