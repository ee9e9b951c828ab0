"""Printing a report to PDF through a browser that is already there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from clustera.errors import SetupError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_SECONDS = 120


def browser() -> str | None:
    """The path of a Chromium-like browser on this machine, or None."""
    return next((path for path in map(shutil.which, _BROWSERS) if path), None)


def pdf(html_path: Path, pdf_path: Path) -> None:
    """Print a report to an A4 PDF.

    Args:
        html_path: The report.
        pdf_path: Where the PDF goes; replaced when it exists.

    Raises:
        SetupError: no Chromium-like browser is installed, or it did not print.
    """
    program = browser()
    if program is None:
        raise SetupError(
            "No browser that prints to PDF was found (looked for chromium, Chrome and Edge).",
            hint="Install chromium, or open report.html and print it from your browser.",
        )
    with tempfile.TemporaryDirectory() as profile:
        command = [
            program,
            "--headless=new",
            "--disable-gpu",
            "--no-sandbox",  # the page is ours and runs no script; containers often forbid the sandbox
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={pdf_path.resolve()}",
            html_path.resolve().as_uri(),
        ]
        pdf_path.unlink(missing_ok=True)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise SetupError(f"{program} did not finish printing within {_SECONDS} seconds.") from None
    if not pdf_path.exists():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(
            f"{program} did not print {html_path.name}: {last}", hint="Open the report and print it from your browser."
        )
