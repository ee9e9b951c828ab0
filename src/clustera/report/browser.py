"""Printing a report to PDF through a browser that is already there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import closing

from clustera.errors import SetupError
from clustera.report.page import unlink_files

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_SECONDS = 120
_BY_HAND = "Open report.html in your browser and print it from there."
# The time of printing, overwritten at its own length: a run holds no clock, and what stands behind must not move.
_DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)(\d+)")


def find_browser() -> str | None:
    """The path of a Chromium-like browser on this machine, or None."""
    return next((path for path in map(shutil.which, _BROWSERS) if path), None)


def needed_browser() -> str:
    """The path of a browser that prints to PDF.

    Raises:
        SetupError: there is none.
    """
    program = find_browser()
    if program is None:
        raise SetupError(
            "No browser that prints to PDF was found (looked for chromium, Chrome and Edge).",
            hint="Install chromium, or open report.html in your browser and print it from there.",
        )
    return program


def print_pdf(html: str) -> bytes:
    """A report as an A4 PDF; the same page gives the same bytes from the same browser.

    Args:
        html: The report.

    Raises:
        SetupError: no Chromium-like browser is installed, it did not print, or there is no room for temporary files.
    """
    from clustera.engines import Workspace, temporary_files  # with DuckDB, which a report does not need

    program = needed_browser()
    with temporary_files(), closing(Workspace()) as workspace:
        folder = workspace.folder
        page, printed = folder / "report.html", folder / "report.pdf"
        page.write_text(unlink_files(html), encoding="utf-8")
        command = [
            program,
            "--headless=new",
            "--disable-gpu",
            "--no-sandbox",  # the page is ours and runs no script; containers often forbid the sandbox
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={printed}",
            page.as_uri(),
        ]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
                env=os.environ | {"TMPDIR": str(folder)},  # so that its own temporary files go with ours
            )
        except subprocess.TimeoutExpired:
            raise SetupError(f"{program} did not finish printing within {_SECONDS} seconds.", hint=_BY_HAND) from None
        except OSError as error:
            raise SetupError(f"{program} can't be started: {error.strerror}.", hint=_BY_HAND) from error
        if not printed.is_file():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise SetupError(f"{program} did not print the report: {last}", hint=_BY_HAND)
        return _DATE.sub(lambda found: found[1] + b"0" * len(found[2]), printed.read_bytes())
