"""Several audiences at once: `clustera audience overlap`, `priority`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.audience_exports import rows_text
from clustera.cli.audiences import OfRun, opened
from clustera.cli.doors import AsJson, Runs, audience_app, errors_as_sentences, stops_held_off
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json

AudienceNames = Annotated[
    list[str] | None,
    typer.Argument(help="Names of audiences. Default: all that can be counted on the run.", metavar="NAME"),
]


@audience_app.command("overlap")
def print_overlap(
    names: AudienceNames = None, run: OfRun = "", runs: Runs = Path("runs"), as_json: AsJson = False
) -> None:
    """Count the customers in each pair of audiences."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation.audiences import overlap_summary

        with opened(runs, run) as seg:
            assert seg is not None
            found = seg.audience_overlap(*(names or ()))
            if as_json:
                print_json(overlap_summary(found))
                return
            rows = [
                [f"{place} {name}", *(f"{n:,}" for n in row)]
                for place, (name, row) in enumerate(zip(found.names, found.shared, strict=True), start=1)
            ]
            heads = [str(place) for place in range(1, len(rows) + 1)]
            print_table(["audience", *heads], rows, numbers=tuple(range(1, len(rows) + 1)))
            typer.echo(f"Customers of both audiences, of {found.of:,} on run {seg.run_name}.")


@audience_app.command("priority")
def print_priority(
    names: AudienceNames = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Also write each customer with their audience, as .csv or .parquet.",
            metavar="FILE",
        ),
    ] = None,
    run: OfRun = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Assign each customer to the first audience of a list that includes them, and count each audience."""
    with errors_as_sentences(as_json=as_json):
        import pyarrow as pa

        from clustera import texts
        from clustera.segmentation.audiences import priority_summary
        from clustera.store import check_table_path, write_arrow_table

        if output:
            check_table_path(output)  # said before the work, not after it

        with opened(runs, run) as seg:
            assert seg is not None
            found = seg.audience_priority(*(names or ()))
            listed = 0
            if output is not None:
                frame = seg.first_audiences(*(names or ()))
                listed = len(frame)
                with stops_held_off():
                    write_arrow_table(pa.Table.from_pandas(frame, preserve_index=False), output)
            if as_json:
                print_json(priority_summary(found))
                return
            print_table(
                ["audience", "customers", "kept", "those who are kept"],
                [[rank.name, f"{rank.customers:,}", f"{rank.kept:,}", rank.definition] for rank in found],
                numbers=(1, 2),
                optional=(3,),
            )
            if output is not None:
                typer.echo(f"{rows_text(listed)} written to {output}")
                if held := sum(rank.kept for rank in found) - listed:
                    out = texts.translate_count(held, "{n} customer is held out", "{n} customers are held out")
                    typer.echo(f"{out} and not in the file.")
