"""A run's model for other systems and other people: `clustera sql`, `onnx` and `card`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.doors import RunName, Runs, app, doors, written


@app.command()
def sql(
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
    with doors():
        from clustera.segmentation import load

        with load(run, runs=runs) as seg:
            if dbt is not None:
                with written():
                    for path in seg.write_dbt(dbt, dialect=dialect, table=table):
                        typer.echo(f"Written to {path}.")
                return
            if output is None:
                typer.echo(seg.sql(dialect=dialect, table=table), nl=False)
                return
            with written():
                proof = seg.write_sql(output, dialect=dialect, table=table)
                typer.echo(f"Written to {output}. {proof}")


@app.command()
def onnx(
    output: Annotated[Path, typer.Option(help="File to write, such as model.onnx.", metavar="FILE")],
    run: RunName = "latest",
    runs: Runs = Path("runs"),
) -> None:
    """Write a run's model as an ONNX graph in double, tried against `clustera predict` first."""
    with doors():
        from clustera.segmentation import load

        with load(run, runs=runs) as seg, written():
            proof = seg.write_onnx(output)
            typer.echo(f"Written to {output}. {proof}")


@app.command()
def card(
    run: RunName = "latest",
    output: Annotated[
        Path | None, typer.Option(help="File to write the card to. Default: print it.", metavar="FILE")
    ] = None,
    runs: Runs = Path("runs"),
) -> None:
    """Print the model card of a run: data, purpose and limits, stability, sensitive attributes, versions."""
    with doors():
        from clustera.segmentation import load
        from clustera.store import write_text

        with load(run, runs=runs) as seg:
            text = seg.card()
        if output is None:
            typer.echo(text, nl=False)
            return
        with written():
            write_text(output, text, kinds=(".md", ".txt"))
            typer.echo(f"Written to {output}.")
