"""What there is to start from: `clustera check`, `contract`, `features` and `language`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.doors import (
    AsJson,
    Dates,
    IdColumn,
    Query,
    Runs,
    Table,
    app,
    errors_as_sentences,
    option_pairs,
    stops_held_off,
)
from clustera.cli.dryrun import dry_run
from clustera.cli.grid import print_table
from clustera.cli.streams import standard_input


@app.command()
def check(
    customers: Annotated[str, typer.Argument(help="Customer table; - is standard input.", metavar="FILE")],
    id_: IdColumn = None,
    dates: Dates = None,
    table: Table = None,
    query: Query = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 on a warning too, not only on an error.")
    ] = False,
    held_against: Annotated[
        Path | None, typer.Option("--contract", help="Data contract that the table must meet.", metavar="FILE")
    ] = None,
    settings: Annotated[Path | None, typer.Option(help="TOML file with options.", metavar="FILE")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any other option of docs/settings.md.", metavar="OPTION=VALUE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a customer table without making segments: what each column holds and what is wrong. Exits with 4 on an error."""
    with errors_as_sentences(as_json=as_json):
        from clustera.pipeline import Sources
        from clustera.settings import gather_settings

        options = {"dates": dates, "table": table, "query": query, **dict(option_pairs(set_, "--set"))}
        asked = gather_settings(file=settings, id=id_, contract=held_against, strict=strict or None, **options)
        source = standard_input() if customers == "-" else customers
        dry_run(Sources(source), asked, as_json=as_json)


@app.command("contract")
def write_contract(
    customers: Annotated[str, typer.Argument(help="A customer table without mistakes.", metavar="FILE")],
    output: Annotated[Path, typer.Option("--output", help="Where to write the contract.", metavar="FILE")] = Path(
        "contract.toml"
    ),
    id_: IdColumn = None,
    dates: Dates = None,
    table: Table = None,
    query: Query = None,
    settings: Annotated[Path | None, typer.Option(help="TOML file with options.", metavar="FILE")] = None,
) -> None:
    """Write a data contract (columns, ranges, numbers of rows) that later files are checked against."""
    with errors_as_sentences():
        from clustera.engines import Engine
        from clustera.pipeline import contract_text, inspect
        from clustera.settings import gather_settings
        from clustera.store import write_text

        asked = gather_settings(file=settings, id=id_, dates=dates, table=table, query=query)
        with Engine(memory_limit=asked.run.memory_limit, threads=asked.run.threads) as engine:
            text = contract_text(inspect(standard_input() if customers == "-" else customers, asked, engine))
        with stops_held_off():
            write_text(output, text, kinds=(".toml",))
            typer.echo(f"Written to {output}. Hold later files against it: clustera segment FILE --contract {output}")


@app.command("features")
def print_features(
    names: Annotated[list[str] | None, typer.Argument(help="Features. Default: all.", metavar="NAME")] = None,
    dialect: Annotated[
        str, typer.Option(help="Dialect of the SQL: duckdb, postgres, snowflake, bigquery, ...")
    ] = "duckdb",
    explained: Annotated[
        bool,
        typer.Option(
            "--explain/--list", help="Definition, unit and SQL of each, or a list of what each means and needs."
        ),
    ] = True,
    sql: Annotated[
        bool, typer.Option("--sql", help="One query that computes them, to paste into a database of your own.")
    ] = False,
    as_of: Annotated[
        datetime.datetime | None,
        typer.Option(
            help="With --sql: the last day that counts. Default: today, with --like the run's own day.",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            help="With --sql: the features of a run by orders, with the days that it looks back.", metavar="RUN"
        ),
    ] = None,
    runs: Runs = Path("runs"),
) -> None:
    """What can be computed from a log of orders: meaning, unit and SQL of each feature."""
    with errors_as_sentences():
        from clustera.features import behavior_script, explain_features, feature_catalog

        if like:
            from clustera.segmentation import load

            with load(like, runs=runs) as seg:
                day = as_of.date() if as_of else None
                typer.echo(seg.features_sql(names or (), as_of=day, dialect=dialect))
            return
        if sql:
            day = (as_of or datetime.datetime.now(tz=datetime.UTC)).date()
            typer.echo(behavior_script(names or (), as_of=day, dialect=dialect))
            return
        if explained:
            typer.echo(explain_features(names or (), dialect=dialect))
            return
        print_table(
            ["feature", "unit", "meaning", "needs"],
            [
                [feature.name, feature.unit, feature.meaning, ", ".join(feature.needs)]
                for feature in feature_catalog()
                if not names or feature.name in names
            ],
        )


@app.command("language")
def print_language(
    path: Annotated[
        Path | None,
        typer.Argument(help="A language file to check. Default: print English.", metavar="FILE"),
    ] = None,
) -> None:
    """Print the English language file, to be translated; or check a translated one. Use it with --set language=FILE."""
    with errors_as_sentences():
        from clustera.texts import english_text, load_language

        if path is None:
            typer.echo(english_text(), nl=False)
        else:
            found = load_language(path)
            typer.echo(f"{path} is in order ({found.language}). Use it: clustera segment FILE --set language={path}")


@app.command("playbook")
def print_playbook(
    path: Annotated[
        Path | None,
        typer.Argument(help="A playbook to check. Default: print the built-in one.", metavar="FILE"),
    ] = None,
) -> None:
    """Print the rules behind the suggested actions, to be changed; or check your own. Use them with --set playbook=FILE."""
    with errors_as_sentences():
        from clustera.actions import load_playbook, playbook_text
        from clustera.texts import load_language

        if path is None:
            typer.echo(playbook_text(), nl=False)
        else:
            load_playbook(path, language=load_language())
            typer.echo(f"{path} is in order. Use it: clustera segment FILE --set playbook={path}")
