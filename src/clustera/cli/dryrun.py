"""The first half of a run by itself, as `clustera check` and `clustera segment --check-only` do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from clustera.cli.printing import print_checked

if TYPE_CHECKING:
    from clustera.pipeline import Earlier, Sources
    from clustera.settings import Settings


def dry_run(sources: Sources, asked: Settings, *, as_json: bool, earlier: Earlier | None = None) -> None:
    """Print what the columns are and what is wrong; exit with 4 when something grave is found.

    Args:
        sources: Of the run that is not made.
        asked: What is asked for; `strict` makes a warning grave.
        as_json: Print JSON.
        earlier: The run whose definitions are kept.
    """
    from clustera.engines import Engine
    from clustera.pipeline import read_and_check
    from clustera.segmentation.progress import shown_progress
    from clustera.texts import load_language, speaking, to_locale

    locale = to_locale(load_language(asked.profile.language))
    with speaking(locale), Engine(memory_limit=asked.run.memory_limit, threads=asked.run.threads) as engine:
        with shown_progress(not as_json) as say:
            checked = read_and_check(sources, asked, engine, earlier=earlier, progress=say).checked
        print_checked(checked, as_json=as_json)
    grave = {"error", "warning"} if asked.run.strict else {"error"}
    if any(finding.severity in grave or finding.code.startswith("contract-") for finding in checked.findings):
        raise typer.Exit(4)
