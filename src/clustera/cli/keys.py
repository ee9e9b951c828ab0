"""Keys of accounts, with which other software asks the API: `clustera users key add`, `list`, `remove`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from clustera.cli.databases import DatabaseOption, changed_database, read_database
from clustera.cli.doors import App, AsJson, Runs, errors_as_sentences
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json
from clustera.cli.users import UserName, users_app
from clustera.errors import InputError

keys_app = App(help="Keys with which other software asks the API: add, list, remove.", no_args_is_help=True)
users_app.add_typer(keys_app, name="key")


@keys_app.command("add")
def add_key(
    name: UserName,
    title: Annotated[str, typer.Option("--title", help="What the key is for, such as: nightly import.")],
    role: Annotated[
        Literal["viewer", "analyst"],
        typer.Option(help="The most that the key may do; it can never do more than its account."),
    ] = "viewer",
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days it works.")] = 90,
    runs: Runs = Path("runs"),
    database: DatabaseOption = "",
) -> None:
    """Make a key of an account. It is printed once; only a hash is kept."""
    with changed_database(runs, database, f"made the key {title.strip()} of {name} ({role}, {days} days)") as found:
        from clustera.service.accounts import Accounts
        from clustera.service.credentials import Credentials

        account = Accounts(found).named(name)
        if account.disabled:
            raise InputError(f"The account {name} is disabled.", hint=f"Let it in again: clustera users enable {name}")
        key = Credentials(found).make_key(account.id, title, role, days)
        typer.echo("Keep the key now. Nobody can read it later.", err=True)
        typer.echo(key)


@keys_app.command("list")
def list_keys(runs: Runs = Path("runs"), database: DatabaseOption = "", as_json: AsJson = False) -> None:
    """List the keys of all accounts, the newest first; the keys themselves are not kept."""
    with errors_as_sentences(as_json=as_json):
        from datetime import UTC, datetime

        from clustera.service.credentials import Credentials

        with read_database(runs, database) as found:
            keys = Credentials(found).keys()
        rows = [
            {
                "number": key.id,
                "account": key.account,
                "title": key.name,
                "role": key.role,
                "ends": datetime.fromtimestamp(key.ends, UTC).date().isoformat(),
                "used": datetime.fromtimestamp(key.used, UTC).date().isoformat() if key.used else None,
            }
            for key in keys
        ]
        if as_json:
            print_json(rows)
        elif not rows:
            typer.echo("No keys yet. Make one: clustera users key add NAME --title 'nightly import'")
        else:
            head = ["number", "account", "title", "role", "ends", "used"]
            print_table(head, [[str(row[column] or "never") for column in head] for row in rows])


@keys_app.command("remove")
def remove_key(
    number: Annotated[int, typer.Argument(help="Number of the key, as `clustera users key list` has it.")],
    runs: Runs = Path("runs"),
    database: DatabaseOption = "",
) -> None:
    """Remove a key; requests with it are refused at once."""
    with changed_database(runs, database, f"removed the key number {number}") as found:
        from clustera.service.credentials import Credentials

        credentials = Credentials(found)
        known = credentials.keys()
        if number not in [key.id for key in known]:
            raise InputError(f"There is no key number {number}.", hint="clustera users key list")
        credentials.remove_key(number)
        typer.echo(f"The key number {number} is removed.")
