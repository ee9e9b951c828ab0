"""Promises of every command and call: no password is shown, no language file hangs a run, versions and bugs exit as told."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import clustera
from clustera import cli
from clustera.cli import app, doors
from clustera.errors import InputError, mask_secrets
from clustera.settings import Settings, gather_settings

LETTERS = st.text("abcXYZ019%$!.", min_size=6, max_size=12)


@given(
    st.sampled_from(["postgresql", "postgres", "postgresq", "psql", "mysql", "POSTGRESQL"]),
    st.sampled_from([":", "://", ":/", ":///", "//"]),
    LETTERS,
    st.sampled_from(["@db.example/crm", "@localhost:5432/crm?table=customers", "@/crm"]),
)
def test_no_error_shows_the_password_of_an_address_however_it_is_mistyped(scheme, joint, password, rest):
    with pytest.raises(clustera.ClusteraError) as raised:
        clustera.segment(f"{scheme}{joint}ann:{password}{rest}", progress=False)
    assert password not in str(raised.value)


@given(LETTERS)
def test_parameters_that_hold_a_password_are_masked(password):
    for text in (f"host=db password={password} user=ann", f"sqlite:///a.db?password={password}&table=x"):
        assert password not in mask_secrets(text)


def test_a_manifest_keeps_no_password():
    asked = gather_settings(query="select * from dblink('host=db password=s3cretword', 'x')", environment={}).asked()
    assert "s3cretword" not in str(asked)


@pytest.mark.parametrize("template", ["{name:>999999999}", "{name:{name}}", "{name!r:100000000}"])
def test_a_huge_width_in_a_language_file_is_refused(template, tmp_path):
    from clustera.texts import english_text, load_language

    section, key = next(
        (s, k) for s, k in (("sentence", k) for k in load_language().sentence) if "{" in load_language().sentence[k]
    )
    placeholder = load_language().sentence[key].split("{")[1].split("}")[0].split(":")[0]
    (tmp_path / "mine.toml").write_text(f"[{section}]\n{key} = '{template.replace('name', placeholder)}'\n")
    assert english_text()
    with pytest.raises(InputError, match="a width is a number up to 99"):
        load_language(tmp_path / "mine.toml")


def test_version_alone_is_an_answer():
    said = subprocess.run([sys.executable, "-m", "clustera", "--version"], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout.strip(), said.stderr) == (0, f"clustera {clustera.__version__}", "")


def test_no_command_shows_the_help():
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    assert "segment" in result.output


def test_a_bug_exits_with_70(monkeypatch, capsys):
    def fail() -> None:
        raise ZeroDivisionError("postgresql://ann:s3cretword@db")

    monkeypatch.setattr(doors, "app", fail)
    monkeypatch.setattr(doors, "_ignore_stops", list)
    monkeypatch.setattr(doors.signal, "signal", lambda *_: None)
    monkeypatch.setattr(doors.gc, "freeze", lambda: None)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 70
    said = capsys.readouterr().err
    assert "a bug of Clustera" in said
    assert "s3cretword" not in said


@pytest.mark.parametrize(
    ("theirs", "ours"), [("n_clusters", "k"), ("random_state", "seed"), ("delimiter", "separator")]
)
def test_names_of_other_libraries_are_understood_as_hints(theirs, ours):
    with pytest.raises(InputError) as raised:
        gather_settings(environment={}, **{theirs: 3})
    assert raised.value.hint == f"Did you mean {ours!r}?"
    assert ours in {name for group in Settings.model_fields.values() for name in group.annotation.model_fields}


def test_a_lazy_frame_is_refused_with_its_cure():
    with pytest.raises(InputError) as raised:
        clustera.segment(pl.LazyFrame({"a": [1, 2]}), progress=False)
    assert "frame.collect()" in raised.value.hint


@pytest.mark.parametrize(("room", "cure"), [("pyspark", "toPandas"), ("dask", "compute")])
def test_frames_of_a_cluster_are_refused_with_their_cure(room, cure):
    frame = type("DataFrame", (), {"__module__": f"{room}.dataframe"})()
    with pytest.raises(InputError) as raised:
        clustera.segment(frame, progress=False)
    assert cure in raised.value.hint


@pytest.mark.parametrize("horizon", [-3, [1.0, -1.0], float("nan")])
def test_a_negative_horizon_is_refused(horizon):
    from clustera.value import BGNBD, ParetoNBD

    for model in (BGNBD, ParetoNBD):
        fitted = model()
        fitted.params_ = {}
        with pytest.raises(InputError, match="must be from 0 to"):
            fitted.expected_purchases_new(horizon)


def test_a_log_without_dates_is_not_told_to_take_the_income_for_the_customer():
    frame = pl.DataFrame({"income": [1.0, 2.0], "when": ["x", "y"], "total": [1.0, 2.0]})
    with pytest.raises(InputError) as raised:
        clustera.segment(orders=frame, progress=False)
    assert "income" not in raised.value.hint
