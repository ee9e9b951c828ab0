"""The command `clustera`: one verb each, no logic of its own."""

from __future__ import annotations

import json
import logging
import sys
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from clustera import __version__
from clustera.cli.printing import print_checked, print_comparison, print_json, print_segmentation, print_table, summary
from clustera.errors import ClusteraError, InputError

app = typer.Typer(
    name="clustera",
    help="Customer segments that can be trusted, explained and acted on.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
runs_app = typer.Typer(help="List the runs of a folder, or remove old ones.", invoke_without_command=True)
app.add_typer(runs_app, name="runs")

log = logging.getLogger("clustera")

Out = Annotated[Path, typer.Option("--out", help="Folder of runs.", metavar="FOLDER")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
LogJson = Annotated[bool, typer.Option("--log-json", help="Log each step to standard error, one JSON object a line.")]
RunName = Annotated[str, typer.Argument(help='A run: its folder, its name, or "latest".', metavar="RUN")]
IdColumn = Annotated[str | None, typer.Option("--id", help="Column that tells customers apart.", metavar="COLUMN")]


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"clustera {__version__}")
        raise typer.Exit


@app.command()
def segment(
    customers: Annotated[
        str | None,
        typer.Argument(
            help="Customer table: CSV, TSV, Parquet, JSON lines, one row per customer; - is standard input.",
            metavar="[FILE]",
            show_default=False,
        ),
    ] = None,
    orders: Annotated[
        str | None, typer.Option(help="Log of orders, one row per order line: segments by behaviour.", metavar="FILE")
    ] = None,
    products: Annotated[
        str | None, typer.Option(help="Table of products, for the categories of the orders.", metavar="FILE")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Last day that is seen; the last order's when left out.", metavar="YYYY-MM-DD")
    ] = None,
    features: Annotated[
        str | None, typer.Option(help="Columns that form the segments, separated by commas.", metavar="A,B,...")
    ] = None,
    id_: IdColumn = None,
    descriptors: Annotated[
        str | None, typer.Option(help="Columns that only describe the segments.", metavar="A,B,...")
    ] = None,
    exclude: Annotated[str | None, typer.Option(help="Columns to leave out.", metavar="A,B,...")] = None,
    k: Annotated[
        str | None,
        typer.Option(
            "--k", help="Number of segments: 5, or 3..8 for the best of these. Chosen from the data when left out."
        ),
    ] = None,
    min_size: Annotated[
        str | None, typer.Option(help='Smallest share of customers a segment may have, such as "2%".', metavar="SHARE")
    ] = None,
    weight: Annotated[
        list[str] | None, typer.Option(help="How much a feature counts; may be repeated.", metavar="COLUMN=NUMBER")
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="An earlier run whose names and identities are kept.", metavar="RUN")
    ] = None,
    settings: Annotated[Path | None, typer.Option(help="TOML file with options.", metavar="FILE")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other option of docs/settings.md; may be repeated.", metavar="OPTION=VALUE"),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop when the check finds a warning or an error.")] = False,
    contract: Annotated[
        Path | None, typer.Option(help="Contract the table is held against; a breach stops the run.", metavar="FILE")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of all that is drawn by chance.")] = None,
    out: Out = Path("runs"),
    name: Annotated[str, typer.Option(help="Name of the run; the time and the file's name when left out.")] = "",
    excel: Annotated[bool, typer.Option("--excel", help="Also write segments.xlsx.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    log_json: LogJson = False,
) -> None:
    """Group the customers of a table into segments; prints them and writes a run with its report."""
    with _doors(as_json=as_json, log_json=log_json):
        from clustera import runs
        from clustera.segmentation import load
        from clustera.segmentation import segment as make

        options: dict[str, Any] = {
            "id": id_,
            "features": features,
            "descriptors": descriptors,
            "exclude": exclude,
            "k": k,
            "min_size": min_size,
            "weights": dict(_pairs(weight, "--weight")) or None,
            "seed": seed,
            "strict": strict or None,
            "contract": contract,
            "as_of": as_of,
            **dict(_pairs(set_, "--set")),
        }
        if name:
            runs.refuse_taken(out, name)
        seg = make(
            _standard_input() if customers == "-" else customers,
            orders=orders,
            products=products,
            like=load(like, out=out) if like else None,
            settings=settings,
            progress=_progress(quiet=quiet or as_json, log_json=log_json),
            **options,
        )
        place = seg.publish(out, name=name, excel=excel)
        if as_json:
            print_json(summary(seg) | {"run": str(place)})
        elif not quiet:
            print_segmentation(seg, place)


@app.command()
def predict(
    run: RunName,
    customers: Annotated[
        str, typer.Argument(help="File with the same feature columns; - is standard input.", metavar="FILE")
    ],
    to: Annotated[Path, typer.Option("--out", help="Where to write: .csv or .parquet.", metavar="FILE")] = Path(
        "scored.csv"
    ),
    runs_folder: Annotated[Path, typer.Option("--runs", help="Folder of runs.", metavar="FOLDER")] = Path("runs"),
    id_: IdColumn = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    log_json: LogJson = False,
) -> None:
    """Assign new customers to the segments of a run."""
    with _doors(as_json=as_json, log_json=log_json):
        from clustera import runs
        from clustera.segmentation import load

        seg = load(run, out=runs_folder)
        scored = seg.score(_standard_input() if customers == "-" else customers, id=id_)
        runs.write_table(scored.customers, to, names=seg.names)
        balance = scored.balance
        if as_json:
            print_json(
                {
                    "file": str(to),
                    "read": balance.read,
                    "assigned": balance.segmented,
                    "quarantined": balance.quarantined,
                }
            )
        elif not quiet:
            typer.echo(
                f"{balance.read:,} rows read = {balance.segmented:,} assigned + {balance.quarantined:,} quarantined."
            )
            for row in scored.quarantine.query(
                "select reason, count(*) as n from {rows} group by reason order by n desc, reason"
            ).to_pylist():
                typer.echo(f"  {row['n']:,} quarantined: {row['reason']}")
            typer.echo(f"Written to {to}")


@app.command()
def compare(before: RunName, after: RunName, out: Out = Path("runs"), as_json: AsJson = False) -> None:
    """Who moved from which segment of one run to which of another."""
    with _doors(as_json=as_json):
        from dataclasses import asdict

        from clustera.segmentation import load

        old, new = load(before, out=out), load(after, out=out)
        comparison = old.compare(new, before=before, after=after)
        if as_json:
            print_json(asdict(comparison) | {"stayed": comparison.stayed})
        else:
            print_comparison(comparison)


@app.command()
def show(run: RunName = "latest", out: Out = Path("runs"), as_json: AsJson = False) -> None:
    """Print the segments of a run."""
    with _doors(as_json=as_json):
        from clustera import runs
        from clustera.segmentation import load

        seg = load(run, out=out)
        if as_json:
            print_json(summary(seg))
        else:
            print_segmentation(seg, runs.find(run, out).path)


@app.command()
def report(
    run: RunName = "latest",
    out: Out = Path("runs"),
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Write the report, with renamed segments, to a file of its own.", metavar="FILE"),
    ] = None,
) -> None:
    """Say where the report of a run is, or open it."""
    with _doors():
        from clustera import runs
        from clustera.segmentation import load

        found = runs.find(run, out)
        page = load(run, out=out).report(to) if to else found.path / "report.html"
        typer.echo(page)
        if open_:
            webbrowser.open(page.resolve().as_uri())


@app.command()
def rename(
    run: RunName,
    segment_: Annotated[int, typer.Argument(help="Number of the segment.", metavar="SEGMENT")],
    name: Annotated[str, typer.Argument(help="Its new name.")],
    out: Out = Path("runs"),
) -> None:
    """Give a segment a name of your own; later runs made with --like keep it."""
    with _doors():
        from clustera import runs

        found = runs.find(run, out)
        runs.rename(found, segment_, name)
        typer.echo(f"Segment {segment_} of {found.name} is now called {name.strip()!r}.")


@app.command()
def check(
    customers: Annotated[str, typer.Argument(help="Customer table; - is standard input.", metavar="FILE")],
    id_: IdColumn = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 on a warning too, not only on an error.")
    ] = False,
    held_against: Annotated[
        Path | None, typer.Option("--contract", help="Contract the table is held against.", metavar="FILE")
    ] = None,
    settings: Annotated[Path | None, typer.Option(help="TOML file with options.", metavar="FILE")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any reading or checking option.", metavar="OPTION=VALUE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A dry run: what the columns are and what is wrong, without segments. Exits with 4 when something grave is found."""
    with _doors(as_json=as_json):
        from clustera.engines import DuckEngine
        from clustera.pipeline import check_raw
        from clustera.read import read
        from clustera.settings import gather

        asked = gather(file=settings, id=id_, contract=held_against, **dict(_pairs(set_, "--set")))
        with DuckEngine() as engine:
            source = _standard_input() if customers == "-" else customers
            checked = check_raw(read(source, engine=engine, options=asked.read), asked)
        print_checked(checked, as_json=as_json)
        grave = {"error", "warning"} if strict else {"error"}
        if any(f.severity in grave or f.code.startswith("contract-") for f in checked.findings):
            raise typer.Exit(4)


@app.command()
def contract(
    customers: Annotated[str, typer.Argument(help="Customer table that is as it should be.", metavar="FILE")],
    to: Annotated[Path, typer.Option("--out", help="Where to write the contract.", metavar="FILE")] = Path(
        "contract.toml"
    ),
    id_: IdColumn = None,
    settings: Annotated[Path | None, typer.Option(help="TOML file with options.", metavar="FILE")] = None,
) -> None:
    """Write down what a table promises - columns, ranges, numbers of rows - to hold later files against it."""
    with _doors():
        from clustera import runs
        from clustera.engines import DuckEngine
        from clustera.pipeline import contract_text, inspect
        from clustera.settings import gather

        with DuckEngine() as engine:
            text = contract_text(inspect(customers, gather(file=settings, id=id_), engine))
        runs.write_text(to, text)
        typer.echo(f"Written to {to}. Hold later files against it: clustera segment FILE --contract {to}")


@app.command()
def features(
    names: Annotated[list[str] | None, typer.Argument(help="Features; all when left out.", metavar="[NAME]...")] = None,
    dialect: Annotated[
        str, typer.Option(help="Dialect of the SQL: duckdb, postgres, snowflake, bigquery, ...")
    ] = "duckdb",
) -> None:
    """What can be computed from a log of orders: meaning, unit and SQL of each feature."""
    with _doors():
        from clustera.features import explain

        typer.echo(explain(names or (), dialect=dialect))


@runs_app.callback()
def list_runs(context: typer.Context, out: Out = Path("runs"), as_json: AsJson = False) -> None:
    """List the runs of a folder, oldest first."""
    if context.invoked_subcommand:
        return
    with _doors(as_json=as_json):
        from clustera import runs

        found = runs.listing(out)
        if as_json:
            print_json(
                [
                    {"run": r.name, **{key: r.manifest[key] for key in ("source", "k", "verdict", "balance")}}
                    for r in found
                ]
            )
        elif not found:
            typer.echo(f"No runs in {out} yet. Make one: clustera segment customers.csv")
        else:
            print_table(
                ["run", "source", "customers", "segments", "verdict"],
                [
                    [
                        r.name,
                        r.manifest["source"]["name"],
                        f"{r.manifest['balance']['segmented']:,}",
                        str(r.manifest["k"]),
                        r.manifest["verdict"],
                    ]
                    for r in found
                ],
                numbers=(2, 3),
            )


@runs_app.command()
def prune(
    keep: Annotated[int, typer.Option(help="How many of the newest runs stay.")] = 10,
    out: Out = Path("runs"),
) -> None:
    """Remove all but the newest runs."""
    with _doors():
        from clustera import runs

        removed = runs.prune(out, keep=keep)
        typer.echo(f"{len(removed)} runs removed from {out}." if removed else f"Nothing to remove from {out}.")


def main() -> None:
    """Entry point of the command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def _doors(*, as_json: bool = False, log_json: bool = False) -> Iterator[None]:
    """Turn every known error into a sentence and an exit code; anything else is ours to mend."""
    if log_json:
        _log_as_json()
    try:
        yield
    except ClusteraError as error:
        if as_json:
            print_json({"error": error.message, "hint": error.hint, "code": error.exit_code})
        typer.echo(f"clustera: {error.message}", err=True)
        if error.hint:
            typer.echo(f"Hint: {error.hint}", err=True)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt:
        typer.echo("clustera: stopped; nothing was written.", err=True)
        raise typer.Exit(130) from None
    except RuntimeError as error:
        # The database says so itself when Ctrl-C comes within one of its calls.
        if "Query interrupted" not in str(error):
            raise
        typer.echo("clustera: stopped; nothing was written.", err=True)
        raise typer.Exit(130) from None
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain again when it closes standard output.
        sys.stdout = None
        raise typer.Exit(0) from None


def _pairs(texts: list[str] | None, option: str) -> Iterator[tuple[str, Any]]:
    for text in texts or []:
        name, equals, value = text.rpartition("=")
        if not equals:
            raise InputError(f"{option} {text!r} has no '='; say {option} NAME=VALUE.")
        try:
            yield name.strip(), json.loads(value)
        except ValueError:
            yield name.strip(), value.strip()


def _standard_input() -> Path:
    from clustera.read import standard_input

    return standard_input(sys.stdin.buffer)


def _progress(*, quiet: bool, log_json: bool) -> bool | Callable[[str, float], None]:
    if not log_json:
        return not quiet
    started = time.monotonic()
    return lambda step, share: log.info(step, extra={"share": share, "seconds": round(time.monotonic() - started, 3)})


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "step": record.getMessage(),
        }
        return json.dumps(line | {key: record.__dict__[key] for key in ("share", "seconds") if key in record.__dict__})


def _log_as_json() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
