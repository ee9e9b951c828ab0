"""What each customer is likely to buy next: `clustera recommend`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.doors import (
    AsJson,
    Quiet,
    Runs,
    app,
    errors_as_sentences,
    option_pairs,
    stops_held_off,
    together,
)
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph
from clustera.cli.step_log import progress

if TYPE_CHECKING:
    from clustera.segmentation import Recommendations

SHOWN = 8  # rows of the lists that are printed


@app.command()
def recommend(
    run: Annotated[
        str,
        typer.Argument(
            help="A run. Default: the latest. With --orders and no run: everybody in the log, without segments.",
            metavar="RUN",
            show_default=False,
        ),
    ] = "",
    orders: Annotated[
        list[str] | None,
        typer.Option(
            help="Log of orders: a file, a folder or a pattern in quotes; may be repeated. Default: the orders saved with the run (--keep-orders).",
            metavar="FILE",
        ),
    ] = None,
    products: Annotated[
        str | None,
        typer.Option(
            help="Table of products: what they are called, and with --orders their categories.", metavar="FILE"
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="What to recommend: category or product. Default: categories if the orders have them.",
            metavar="WHAT",
        ),
    ] = None,
    count: Annotated[int, typer.Option(help="Maximum number of items per customer.", metavar="NUMBER")] = 5,
    days: Annotated[
        int | None,
        typer.Option(help="Days that a probability covers. Default: 92, fewer for a short log.", metavar="NUMBER"),
    ] = None,
    exclude: Annotated[
        str | None, typer.Option(help="Table of items that are never recommended.", metavar="FILE")
    ] = None,
    items: Annotated[
        str | None,
        typer.Option(
            help="Table of items to recommend: item and, if known, stock and margin. With a margin, items are ranked by probability times margin.",
            metavar="FILE",
        ),
    ] = None,
    per_category: Annotated[
        int | None,
        typer.Option(
            "--per-category", help="Maximum number of products of one category per customer.", metavar="NUMBER"
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            help="repeat: only items the customer has bought before. new: only items the customer has not.",
            metavar="KIND",
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", help="Where to write: .csv or .parquet.", metavar="FILE")] = Path(
        "recommendations.csv"
    ),
    affinities: Annotated[
        Path | None,
        typer.Option("--affinities", help="Also write what is bought together, per segment, as CSV.", metavar="FILE"),
    ] = None,
    upgrades: Annotated[
        Path | None,
        typer.Option(
            "--upgrades",
            help="Also write a product of the next price tier for each customer's main categories: .csv or .parquet.",
            metavar="FILE",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any option of docs/settings.md on how tables are read.", metavar="OPTION=VALUE"),
    ] = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Recommend what each customer is likely to buy next, with probability and reason, tested on later purchases."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation import load
        from clustera.segmentation import recommend as recommend_from_log
        from clustera.store import check_list_path, check_table_path

        for path in filter(None, (output, upgrades)):
            check_table_path(path)  # said before the work, not after it
        if affinities is not None:
            check_list_path(affinities)
        asked = {
            "by": by,
            "count": count,
            "days": days,
            "exclude": exclude,
            "items": items,
            "per_category": per_category,
            "only": only,
            "products": products,
            "progress": progress(quiet=quiet or as_json, log_json=False),
            **dict(option_pairs(set_, "--set")),
        }
        log = together(orders)
        alone = log is not None and not run
        if alone:
            found = recommend_from_log(log, **asked)
        else:
            found = load(run or "latest", runs=runs).recommend(orders=log, **asked)
        # First what may be refused, so that nothing is written then; the list comes last.
        files = [] if upgrades is None else [found.write_upgrades(upgrades)]
        kept = None if alone else found.keep()
        if affinities is not None:
            files.append(found.write_affinities(affinities))
        files.append(found.write(output))
        with stops_held_off():
            if as_json:
                print_json(asdict(found.record) | {"sentences": found.sentences(), "files": [str(f) for f in files]})
            elif not quiet:
                _print_recommended(found)
                for file in files:
                    typer.echo(f"Written to {file}")
                if kept is not None:
                    typer.echo(f"Kept for the dashboard and for new reports of the run: {kept}")


def _print_recommended(found: Recommendations) -> None:
    from clustera import texts

    record = found.record
    print_paragraph(texts.recommendation_head(record))
    first = found.first_rows(SHOWN)
    if first:
        rows = [
            [
                row["id"],
                str(row["rank"]),
                row.get("item_name") or row["item"],
                texts.format_share(row["probability"]),
                row["reason"],
            ]
            for row in first
        ]
        print_table(["customer", "rank", "item", "probability", "reason"], rows, numbers=(1, 3))
        typer.echo("")
    for sentence in texts.recommendation_rules(record):
        print_paragraph(sentence)
    if record.scores:
        print_paragraph(texts.recommendation_test(record))
        _print_scores(found)
    for sentence in texts.recommendation_notes(record):
        print_paragraph(sentence)


def _print_scores(found: Recommendations) -> None:
    from clustera import texts

    rows = [
        [
            texts.recommendation_part(score.part),
            texts.recommendation_model(score.model),
            *texts.score_cells(score),
        ]
        for score in found.record.scores
    ]
    heads = ["list", "rule", "customers", "NDCG@10", "difference", "recall@10", "items shown"]
    print_table(heads, rows, numbers=range(2, 7), optional=(2, 6, 5))
