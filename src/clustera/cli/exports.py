"""A run's model for other systems and other people: `clustera sql`, `onnx` and `card`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.doors import RunName, Runs, app, errors_as_sentences, stops_held_off
from clustera.cli.grid import print_sentence


@app.command("sql")
def print_sql(
    run: RunName = "latest",
    dialect: Annotated[
        str, typer.Option(help="duckdb, postgres, sqlite, mysql, spark, bigquery or snowflake.", metavar="DIALECT")
    ] = "duckdb",
    table: Annotated[
        str,
        typer.Option(
            help="The table it reads, as the warehouse writes it: one row per customer, its columns as in the run's table.",
            metavar="TABLE",
        ),
    ] = "customers",
    output: Annotated[
        Path | None, typer.Option(help="File to write the query to. Default: print it.", metavar="FILE")
    ] = None,
    dbt: Annotated[
        Path | None,
        typer.Option(
            help="Folder of a dbt project: write the query as a model there, with its tests and an exposure. "
            "--table is then the model it reads, or any expression of dbt.",
            metavar="FOLDER",
        ),
    ] = None,
    runs: Runs = Path("runs"),
) -> None:
    """Print one query that assigns a run's segments in a warehouse, tried against `clustera predict` first."""
    with errors_as_sentences():
        from clustera.segmentation import load

        with load(run, runs=runs) as seg:
            if dbt is not None:
                with stops_held_off():
                    files = seg.write_dbt(dbt, dialect=dialect, table=table)
                    for path in files:
                        typer.echo(f"Written to {path}.")
                    print_spellings(files[0].read_text(encoding="utf-8"))
                    _print_next_of_dbt(dbt)
                return
            if output is None:
                typer.echo(seg.sql(dialect=dialect, table=table), nl=False)
                return
            with stops_held_off():
                proof = seg.write_sql(output, dialect=dialect, table=table)
                typer.echo(f"Written to {output}. {proof}")
                print_spellings(output.read_text(encoding="utf-8") if output.is_file() else "")


@app.command("onnx")
def write_onnx(
    output: Annotated[Path, typer.Option(help="File to write, such as model.onnx.", metavar="FILE")],
    run: RunName = "latest",
    runs: Runs = Path("runs"),
) -> None:
    """Write a run's model as an ONNX graph in double, tried against `clustera predict` first."""
    with errors_as_sentences():
        from clustera.segmentation import load

        with load(run, runs=runs) as seg, stops_held_off():
            proof = seg.write_onnx(output)
            typer.echo(f"Written to {output}. {proof}")


@app.command("card")
def print_card(
    run: RunName = "latest",
    output: Annotated[
        Path | None, typer.Option(help="File to write the card to. Default: print it.", metavar="FILE")
    ] = None,
    runs: Runs = Path("runs"),
) -> None:
    """Print the model card of a run: data, purpose and limits, stability, sensitive attributes, versions."""
    with errors_as_sentences():
        from clustera.segmentation import load
        from clustera.store import write_text

        with load(run, runs=runs) as seg:
            text = seg.card()
        if output is None:
            typer.echo(text, nl=False)
            return
        with stops_held_off():
            write_text(output, text, kinds=(".md", ".txt"))
            typer.echo(f"Written to {output}.")


def _print_next_of_dbt(project: Path) -> None:
    """Print what makes dbt build the model."""
    from clustera.export import DBT_MODEL

    build = f"dbt build --select {DBT_MODEL}"
    if (project / "dbt_project.yml").is_file():
        print_sentence(f"Next, in {project}: {build}")
        return
    print_sentence(
        f"{project} is no dbt project: it has no dbt_project.yml, so dbt does not find these files. Copy models and tests "
        f"into your project, or make one with dbt init. Next, in the project: {build}"
    )


def print_spellings(text: str) -> None:
    """Print which spellings of cells an exported query reads, where it reads a table as it is."""
    from clustera.export import SPELLINGS

    for line in text.splitlines():
        if line.startswith(f"-- {SPELLINGS}"):
            print_sentence(line.removeprefix("-- "))
