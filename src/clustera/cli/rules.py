"""Who is in which segment, in a few conditions: `clustera rules`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.doors import AsJson, RunName, Runs, app, errors_as_sentences, stops_held_off
from clustera.cli.exports import print_spellings
from clustera.cli.grid import print_sentence
from clustera.cli.printing import print_json


@app.command("rules")
def print_rules(
    run: RunName = "latest",
    sql: Annotated[bool, typer.Option("--sql", help="Print the rules as one SQL query of a CASE.")] = False,
    dialect: Annotated[
        str,
        typer.Option(
            help="With --sql: duckdb, postgres, sqlite, mysql, spark, bigquery or snowflake.", metavar="DIALECT"
        ),
    ] = "duckdb",
    table: Annotated[
        str, typer.Option(help="With --sql: the table that the query reads.", metavar="TABLE")
    ] = "customers",
    output: Annotated[Path | None, typer.Option(help="With --sql: file to write the query to.", metavar="FILE")] = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Say in a few conditions who is in which segment, and how often these rules are right."""
    with errors_as_sentences(as_json=as_json):
        if not sql:
            print_run_rules(run, runs, as_json=as_json)
            return
        from clustera.segmentation import load
        from clustera.store import write_text

        with load(run, runs=runs) as seg:
            text = seg.rules_sql(dialect=dialect, table=table)
            about = {"dialect": dialect, "table": table, "fidelity": seg.rule_set.fidelity, "cost": seg.rule_set.cost}
        if output is None:
            if as_json:
                print_json(about | {"sql": text})
            else:
                typer.echo(text, nl=False)
            return
        with stops_held_off():
            write_text(output, text, kinds=(".sql",))
            if as_json:
                print_json(about | {"file": str(output)})
                return
            typer.echo(f"Written to {output}.")
            print_spellings(text)


def print_run_rules(run: str, runs: Path, *, as_json: bool) -> None:
    """Print the rules of a run as sentences, or as JSON."""
    from clustera import texts
    from clustera.segmentation import load

    with load(run, runs=runs) as seg, texts.speaking(seg.outcome.locale):
        found, features = seg.rule_set, seg.outcome.preparation.features
        if as_json:
            segments = [
                asdict(of) | {"name": seg.names[of.segment], "precision": of.precision, "coverage": of.coverage}
                for of in found.segments
            ]
            print_json(asdict(found) | {"fidelity": found.fidelity, "cost": found.cost, "segments": segments})
            return
        for of in found.segments:
            print_sentence(texts.segment_rules_sentence(of, seg.names[of.segment]))
            for rule in of.rules:
                print_sentence(f"  - {texts.rule_sentence(rule, features, seg.names)}", indent="    ")
        typer.echo("")
        print_sentence(texts.rules_summary(found))
        if filled := texts.filled_sentence(found, features):
            print_sentence(filled)
