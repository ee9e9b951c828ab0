"""The files for a dbt project: its model and tests do in DuckDB, and under dbt where it is installed, what they say."""

import json
import os
import re
import shutil
import subprocess

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import clustera
from clustera import export
from clustera.cli import app
from clustera.errors import InputError, RunError

# dbt wants older versions of what the checks use, so it stands in an environment of its own, which make test makes
DBT = os.environ.get("CLUSTERA_DBT") or shutil.which("dbt")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    draw = np.random.default_rng(7)
    table = pd.DataFrame({"customer id": [f"c{i}" for i in range(400)], "age": draw.normal(40, 12, 400).round()})
    table["{{ spend }}"] = draw.lognormal(3, 1.3, 400).round(2)
    table.loc[::13, "{{ spend }}"] = np.nan
    folder = tmp_path_factory.mktemp("runs")
    asked = {"id": "customer id", "features": ["age", "{{ spend }}"], "k": 3, "progress": False, "threads": 1}
    with clustera.segment(table, **asked) as seg:
        seg.publish(folder, name="first")
    seg = clustera.load("first", runs=folder)
    project = folder.parent / "project"
    written = seg.write_dbt(project)
    assert [str(path.relative_to(project)) for path in written] == [
        "models/customer_segments.sql",
        "models/customer_segments.yml",
        "tests/customer_segments_shares.sql",
    ]
    return folder, table, seg, project


def rendered(path):
    """What dbt makes of a file: names of models and quoted signs; its settings are no SQL."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\{\{ config\(.*?\) \}\}", "", text)
    text = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"\1", text)
    return re.sub(r"\{\{ '(\{[{%#])' \}\}", r"\1", text)


@pytest.fixture(scope="module")
def model(run):
    """The model's rows, in a database that has them and the customers."""
    _, table, seg, project = run
    database = duckdb.connect()
    database.register("customers", table)
    database.execute(f"create view customer_segments as {rendered(project / 'models' / 'customer_segments.sql')}")
    found = database.sql("select * from customer_segments").df()
    assert dict(zip(found["customer id"], found.segment, strict=True)) == dict(
        zip(seg.customers["id"], seg.customers["segment"], strict=True)
    )
    return database


def failures(database, schema):
    """Rows that fail each test of a schema file."""
    found = {}
    (described,) = schema["models"]
    for column in described["columns"]:
        name = f'"{column["name"]}"'
        for test in column["data_tests"]:
            kind, told = (test, {}) if isinstance(test, str) else next(iter(test.items()))
            arguments = told.get("arguments", {})
            assert set(told) <= {"arguments"}, "dbt takes nothing beside it"
            where = {
                "not_null": f"{name} is null",
                "unique": f"{name} in (select {name} from customer_segments group by 1 having count(*) > 1)",
                "accepted_values": f"{name} not in ({', '.join(map(repr, arguments.get('values', ())))})",
            }[kind]
            failed = database.sql(f"select count(*) from {described['name']} where {where}").fetchall()
            found[column["name"], kind] = failed[0][0]
    return found


def test_the_model_passes_the_tests_of_its_schema(run, model):
    schema = yaml.safe_load((run[3] / "models" / "customer_segments.yml").read_text(encoding="utf-8"))
    assert failures(model, schema) == {
        ("customer id", "not_null"): 0,
        ("customer id", "unique"): 0,
        ("segment", "not_null"): 0,
        ("segment", "accepted_values"): 0,
        ("segment_name", "not_null"): 0,
        ("segment_name", "accepted_values"): 0,
    }
    (exposure,) = schema["exposures"]
    assert exposure["depends_on"] == ["ref('customer_segments')"]
    assert exposure["owner"]["name"]


def test_the_shares_of_the_run_pass_and_those_of_other_customers_do_not(run, model):
    test = rendered(run[3] / "tests" / "customer_segments_shares.sql")
    assert model.sql(test).fetchall() == []
    sizes = {s.segment: s.size for s in run[2].outcome.segments}
    most = max(sizes, key=sizes.get)
    others = test.replace("customer_segments", f"(select * from customer_segments where segment <> {most})")
    told = {row[0] for row in model.sql(others).fetchall()}
    assert most in told
    few = test.replace("customer_segments", f"(select * from customer_segments where segment <> {most} limit 99)")
    assert model.sql(few).fetchall() == []


def test_the_proof_stands_in_the_model(run):
    assert re.search(r"-- Proof: .* 0 of [\d,]+ labels differ", (run[3] / "models/customer_segments.sql").read_text())


def test_a_file_of_somebody_else_is_not_replaced(run, tmp_path):
    (tmp_path / "models").mkdir()
    mine = tmp_path / "models" / "customer_segments.yml"
    mine.write_text("version: 2\n")
    with pytest.raises(RunError, match="not ours"):
        run[2].write_dbt(tmp_path)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["customer_segments.yml"]
    mine.unlink()
    run[2].write_dbt(tmp_path)
    run[2].write_dbt(tmp_path)  # our own


def test_the_command_writes_the_same_files(run, tmp_path):
    said = CliRunner().invoke(app, ["sql", "first", "--dbt", str(tmp_path / "p"), "--runs", str(run[0])])
    assert said.exit_code == 0, said.output
    for path in run[3].rglob("*.*"):
        assert (tmp_path / "p" / path.relative_to(run[3])).read_bytes() == path.read_bytes()


def test_nothing_of_the_data_is_taken_for_dbts_own_language():
    hostile = {1: "{{ env_var('HOME') }}", 2: "{% endraw %}{% do x %}", 3: "{# it's #}"}
    script = "-- {% x %}\nselect '" + "', '".join(name.replace("'", "''") for name in hostile.values()) + "';\n"
    files = export.dbt_files(
        script, name="m", segments=hostile, shares=dict.fromkeys(hostile, 0.3), ids=["{{ id }}"], run="{{ r }}",
        table="t", owner="{{ o }}",
    )  # fmt: skip
    own = r"\{\{ ('\{[{%#]'|ref\('\w+'\)|config\(severity='warn'\)) \}\}"
    for text in files.values():
        assert not re.search(r"\{[{%#]", re.sub(own, "", text))
    schema = yaml.safe_load(files["models/m.yml"])
    assert [column["name"] for column in schema["models"][0]["columns"]] == ["segment", "segment_name"]


@pytest.mark.parametrize("name", ["a-b", "", "1a", "a b"])
def test_a_name_that_dbt_cannot_have_is_refused(run, tmp_path, name):
    with pytest.raises(InputError, match="dbt model's name"):
        run[2].write_dbt(tmp_path, name=name)


@pytest.mark.skipif(DBT is None, reason="dbt is not installed")
def test_dbt_builds_the_model_and_passes_its_tests_without_a_warning(run, tmp_path):
    _, table, seg, project = run
    shutil.copytree(project, tmp_path / "p")
    folder = tmp_path / "p"
    (folder / "seeds").mkdir()
    table.to_csv(folder / "seeds" / "customers.csv", index=False)
    (folder / "dbt_project.yml").write_text("name: shop\nversion: '1.0'\nprofile: shop\n")
    output = {"type": "duckdb", "path": str(folder / "shop.duckdb"), "threads": 1}
    profile = {"shop": {"target": "dev", "outputs": {"dev": output}}}
    (folder / "profiles.yml").write_text(json.dumps(profile))
    quiet = os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    words = [DBT, "--warn-error", "build", "--project-dir", str(folder), "--profiles-dir", str(folder)]
    done = subprocess.run(words, cwd=folder, env=quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"PASS=9 WARN=0 ERROR=0", done.stdout), done.stdout
    with duckdb.connect(str(folder / "shop.duckdb")) as database:
        found = database.sql('select "customer id", segment from customer_segments').fetchall()
    assert dict(found) == dict(zip(seg.customers["id"], seg.customers["segment"], strict=True))
