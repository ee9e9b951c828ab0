"""The dashboard: `clustera serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clustera.cli.databases import DatabaseOption
from clustera.cli.doors import Runs, app, errors_as_sentences


@app.command("serve")
def start_service(
    runs: Runs = Path("runs"),
    port: Annotated[int, typer.Option(help="Port; 0 for any free port.", min=0, max=65_535)] = 8420,
    host: Annotated[
        str,
        typer.Option(
            help="Address to listen on; one that other computers reach needs an account (clustera users add).",
            metavar="ADDRESS",
        ),
    ] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Name by which others open this service, such as segments.example.com; may be repeated.",
            metavar="NAME",
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="First make an example run of real households (half a minute).")
    ] = False,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--files", help="Folder whose files may be segmented by their path; may be repeated.", metavar="FOLDER"
        ),
    ] = None,
    upload_limit: Annotated[int, typer.Option(help="Largest upload, in megabytes.", min=1)] = 4096,
    rate_limit: Annotated[
        int,
        typer.Option(
            help="Requests per second that one client may send over a longer time; 0 for no limit.", min=0, max=100_000
        ),
    ] = 100,
    database: DatabaseOption = "",
    workers: Annotated[
        int, typer.Option(help="Processes that answer; more of them for many people.", min=1, max=64)
    ] = 1,
    oidc: Annotated[
        Path | None,
        typer.Option(
            help="TOML file of a provider of OpenID Connect by which people may sign in as well; CLUSTERA_OIDC_SECRET has its secret.",
            metavar="FILE",
        ),
    ] = None,
    api_only: Annotated[
        bool, typer.Option("--api-only", help="Answer other software only: the API, and no pages.")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the link, and open no browser.")] = False,
) -> None:
    """Open the dashboard of a folder of runs in the browser, for this computer or a team; Ctrl-C stops it."""
    with errors_as_sentences():
        from clustera.service import example
        from clustera.service.serving import serve as run_service

        if demo:
            example.publish(runs, say=typer.echo)
        run_service(
            runs,
            host=host,
            allowed=allow_host or (),
            port=port,
            browser=not no_browser,
            database=database,
            roots=files or (),
            limit=upload_limit << 20,
            rate=rate_limit,
            pages=not api_only,
            workers=workers,
            oidc=oidc,
            say=typer.echo,
        )
