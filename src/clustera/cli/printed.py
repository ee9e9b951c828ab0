"""The option `--pdf`: by itself the report in short, with "full" everything."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from clustera.cli.doors import CheckedCommand

Pdf = Annotated[
    Literal["brief", "full"] | None,
    typer.Option(
        "--pdf",
        help="Also write the report as a PDF: the short version, or everything with `--pdf full`. Needs Chromium, Chrome or Edge.",
    ),
]


class PrintingCommand(CheckedCommand):
    """A command whose `--pdf` may stand without a value, which then is "brief"."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer keeps click's type to itself
        """Give a `--pdf` without a value the value that it stands for."""
        return super().parse_args(ctx, with_pdf_value(args))


def with_pdf_value(args: list[str]) -> list[str]:
    """The words of a command line, "brief" after each `--pdf` that no value follows.

    >>> with_pdf_value(["december", "--pdf"]), with_pdf_value(["--pdf", "full"]), with_pdf_value(["--pdf", "december"])
    (['december', '--pdf', 'brief'], ['--pdf', 'full'], ['--pdf', 'brief', 'december'])
    >>> with_pdf_value([])
    []
    """
    written: list[str] = []
    options = True
    for word, following in zip(args, [*args[1:], ""], strict=False):
        options = options and word != "--"
        written.append(word)
        if options and word == "--pdf" and following not in ("brief", "full"):
            written.append("brief")
    return written
