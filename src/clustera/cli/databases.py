"""The database of the service: `clustera db upgrade`, `check`, `backup`, `audit`, `prune`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from clustera.cli.doors import App, AsJson, Runs, app, errors_as_sentences, stops_held_off
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json

if TYPE_CHECKING:
    from clustera.service.database import Database

DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        help="Database of the service's accounts and jobs: postgresql://USER:PASSWORD@HOST/DATABASE, or sqlite:////PATH. "
        "Default: a file beside the runs. CLUSTERA_DATABASE keeps a password out of the command line.",
        metavar="URL",
        show_default=False,
    ),
]
db_app = App(help="Manage the database of the service: upgrade, check, back up, who did what.", no_args_is_help=True)
app.add_typer(db_app, name="db")


def opened_database(runs: Path, url: str, *, upgrade: bool | None = None) -> Database:
    """The database that `clustera serve` uses with the same options."""
    from clustera.service.database import Database, database_address

    return Database(database_address(url, runs), upgrade=upgrade)


@contextmanager
def read_database(runs: Path, url: str) -> Iterator[Database]:
    """The database that a service used before, opened as it is."""
    from clustera.service.database import existing_database

    found = existing_database(runs, url)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def changed_database(runs: Path, url: str, did: str) -> Iterator[Database]:
    """The database, opened; what was done is put on record where nothing went wrong."""
    with errors_as_sentences(), stops_held_off():
        from clustera.service.audit import Audit
        from clustera.store.audiences import acting_user

        found = opened_database(runs, url)
        try:
            yield found
            Audit(found).note(acting_user(), "command", "changed", did)
        finally:
            found.close()


@db_app.command("upgrade")
def upgrade_database(runs: Runs = Path("runs"), database: DatabaseOption = "") -> None:
    """Make the tables what this version needs; a file is copied beside itself first."""
    with errors_as_sentences(), stops_held_off():
        found = opened_database(runs, database, upgrade=True)
        typer.echo(f"The tables are of revision {found.revision()}.")
        found.close()


@db_app.command("check")
def check_database(runs: Runs = Path("runs"), database: DatabaseOption = "", as_json: AsJson = False) -> None:
    """Say what is wrong with the database; ends with 1 where something is."""
    with errors_as_sentences(as_json=as_json):
        with read_database(runs, database) as found:
            said, revision = found.check(), found.revision()
        if as_json:
            print_json({"revision": revision, "problems": said})
        else:
            typer.echo("\n".join(said) if said else f"Nothing is wrong; its tables are of revision {revision}.")
    if said:
        raise typer.Exit(1)


@db_app.command("backup")
def backup_database(
    file: Annotated[Path, typer.Argument(help="Where to write the copy.", metavar="FILE")],
    runs: Runs = Path("runs"),
    database: DatabaseOption = "",
) -> None:
    """Write a whole copy of the database file, while the service runs."""
    with errors_as_sentences(), stops_held_off():
        with read_database(runs, database) as found:
            found.backup(file)
        typer.echo(f"Wrote {file}.")


@db_app.command("prune")
def prune_audit(
    days: Annotated[int, typer.Option(help="Keep the lines of so many days.", min=30)],
    runs: Runs = Path("runs"),
    database: DatabaseOption = "",
) -> None:
    """Remove old lines of the record of who saw, changed and exported what; that this was done stays in the record."""
    with errors_as_sentences(), stops_held_off():
        from clustera.service.audit import Audit
        from clustera.store.audiences import acting_user

        with read_database(runs, database) as found:
            gone = Audit(found).prune(days)
            lines = f"{gone:,} {'line' if gone == 1 else 'lines'} older than {days} days"
            Audit(found).note(acting_user(), "command", "changed", f"removed {lines} from the record")
        typer.echo(f"Removed {lines}.")


@db_app.command("audit")
def print_audit(
    who: Annotated[str, typer.Option(help="Only what this account did.", metavar="NAME")] = "",
    did: Annotated[
        Literal["saw", "changed", "exported", "signed in", "was refused"] | None,
        typer.Option(help="Only what was done so.", show_default=False),
    ] = None,
    rows: Annotated[int, typer.Option(help="The most lines.", min=1)] = 50,
    runs: Runs = Path("runs"),
    database: DatabaseOption = "",
    as_json: AsJson = False,
) -> None:
    """Print who saw, changed and exported what in the dashboard, the newest first."""
    with errors_as_sentences(as_json=as_json):
        from clustera.service.audit import Audit

        with read_database(runs, database) as found:
            lines = Audit(found).page(who=who, did=did or "", rows=rows)
        if as_json:
            print_json([asdict(line) | {"time": line.time} for line in lines])
        elif not lines:
            typer.echo("Nothing yet: the record begins with the first account.")
        else:
            print_table(
                ["time", "who", "did", "what", "status", "from"],
                [[e.time, e.who, e.did, e.what, str(e.status), e.address] for e in lines],
                numbers=(4,),
            )
