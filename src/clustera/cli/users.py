"""Accounts of the service: `clustera users add`, `list`, `role`, `password`, `disable`, `enable`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from clustera.cli.databases import DatabaseOption, changed_database, read_database
from clustera.cli.doors import App, AsJson, Runs, app, errors_as_sentences
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json
from clustera.errors import InputError

if TYPE_CHECKING:
    from clustera.service.accounts import Accounts

UserName = Annotated[str, typer.Argument(help="Name of an account.", metavar="NAME")]
RoleName = Literal["viewer", "analyst", "admin"]
users_app = App(
    help="Accounts of the service, with which a team signs in: add, list, change, disable.", no_args_is_help=True
)
app.add_typer(users_app, name="users")


@users_app.command("add")
def add_user(
    name: UserName,
    role: Annotated[
        RoleName,
        typer.Option(
            help="A viewer sees segments and no single customer, an analyst also customers and exports, an admin also accounts."
        ),
    ] = "viewer",
    runs: Runs = Path("runs"),
    database: DatabaseOption = "",
) -> None:
    """Make an account; asks for its password, or reads it from standard input. The first one must be an admin's."""
    with _accounts(runs, database, f"made the account {name} ({role})") as accounts:
        made = accounts.add(name, role, password=_password())
        typer.echo(f"{made.name} can sign in, as {made.role}.")


@users_app.command("list")
def list_users(runs: Runs = Path("runs"), database: DatabaseOption = "", as_json: AsJson = False) -> None:
    """List the accounts."""
    with errors_as_sentences(as_json=as_json):
        from clustera.service.accounts import Accounts

        with read_database(runs, database) as found:
            accounts = Accounts(found).list()
        if as_json:
            print_json(
                [{"name": a.name, "role": a.role, "disabled": a.disabled, "invited": a.invited} for a in accounts]
            )
        elif not accounts:
            typer.echo("No accounts yet. Make the first: clustera users add NAME --role admin")
        else:
            states = {True: "disabled", False: "active"}
            print_table(
                ["name", "role", "state"],
                [[a.name, a.role, "has no password yet" if a.invited else states[a.disabled]] for a in accounts],
            )


@users_app.command("role")
def change_role(
    name: UserName,
    role: Annotated[RoleName, typer.Argument(help="What the account may do from now on.")],
    runs: Runs = Path("runs"),
    database: DatabaseOption = "",
) -> None:
    """Give an account another role; it holds at once."""
    with _accounts(runs, database, f"gave {name} the role {role}") as accounts:
        accounts.set_role(accounts.named(name).id, role)
        typer.echo(f"{name} is {role} now.")


@users_app.command("password")
def change_password(name: UserName, runs: Runs = Path("runs"), database: DatabaseOption = "") -> None:
    """Give an account another password; asks for it, or reads it from standard input. All its browsers are signed out."""
    with _accounts(runs, database, f"changed the password of {name}") as accounts:
        accounts.set_password(accounts.named(name).id, _password())
        typer.echo(f"{name} signs in with the new password from now on.")


@users_app.command("disable")
def disable_user(name: UserName, runs: Runs = Path("runs"), database: DatabaseOption = "") -> None:
    """Shut an account out at once: its browsers are signed out, its keys removed."""
    with _accounts(runs, database, f"disabled the account {name}") as accounts:
        accounts.set_disabled(accounts.named(name).id, True)
        typer.echo(f"{name} can't come in any more.")


@users_app.command("enable")
def enable_user(name: UserName, runs: Runs = Path("runs"), database: DatabaseOption = "") -> None:
    """Let an account in again that was disabled."""
    with _accounts(runs, database, f"enabled the account {name}") as accounts:
        accounts.set_disabled(accounts.named(name).id, False)
        typer.echo(f"{name} can sign in again.")


@contextmanager
def _accounts(runs: Path, url: str, did: str) -> Iterator[Accounts]:
    """The accounts; what was done with them is put on record."""
    with changed_database(runs, url, did) as found:
        from clustera.service.accounts import Accounts

        yield Accounts(found)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    if typed := sys.stdin.readline().rstrip("\r\n"):
        return typed
    raise InputError("No password was given.", hint="Write it to standard input, or run the command in a terminal.")
