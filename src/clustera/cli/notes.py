"""What people write about a run: `clustera note`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.doors import AsJson, RunName, Runs, app, errors_as_sentences, stops_held_off
from clustera.cli.printing import print_json


@app.command()
def note(
    run: RunName,
    text: Annotated[
        str | None, typer.Argument(help="What to write down; left out to list the notes.", show_default=False)
    ] = None,
    segment: Annotated[int | None, typer.Option(help="It is about a segment.", metavar="NUMBER")] = None,
    figure: Annotated[str, typer.Option(help="It is about a figure, such as Sales.", metavar="NAME")] = "",
    day: Annotated[str, typer.Option(help="It is about a day.", metavar="YYYY-MM-DD")] = "",
    author: Annotated[
        str | None, typer.Option(help="Who writes it. Default: whoever is logged in.", metavar="NAME")
    ] = None,
    remove: Annotated[int | None, typer.Option(help="Take a note away, by its number.", metavar="NUMBER")] = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Write a note on a run, a segment, a figure or a day; list the notes; take one away."""
    with errors_as_sentences(as_json=as_json):
        from clustera.components import note_subject
        from clustera.segmentation import load

        with load(run, runs=runs) as seg, stops_held_off():
            if remove is not None:
                seg.remove_note(remove)
            if text is not None:
                seg.add_note(text, segment=segment, figure=figure, day=day, author=author)
            if as_json:
                print_json([asdict(entry) for entry in seg.notes])
                return
            for entry in seg.notes:
                about = note_subject(entry, seg.named)
                signed = ", ".join(part for part in (entry.author, entry.written) if part)
                typer.echo(f"{entry.id}  {about + ': ' if about else ''}{entry.text} ({signed})")
            if not seg.notes:
                typer.echo(f"No notes on {run} yet.")
