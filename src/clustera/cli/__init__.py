"""The command line: one verb each, no logic of its own."""

import gc
import os

# Before anything is imported. Libraries make many objects and hardly any garbage: to look for it takes a twentieth of
# a short run. And NumPy's threads, one for each processor, would wait for work at full speed instead of asleep.
gc.set_threshold(100_000, 20, 20)
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

from clustera.cli import (  # noqa: E402 - each adds its verbs to the app
    audience_exports,
    audience_overlaps,
    audiences,
    campaign_results,
    campaigns,
    databases,
    exports,
    keys,
    notes,
    offers,
    people,
    recommendations,
    rules,
    schedules,
    segments,
    service,
    tables,
    uplift,
    users,
    views,
)
from clustera.cli.doors import app, main  # noqa: E402

__all__ = [
    "app",
    "audience_exports",
    "audience_overlaps",
    "audiences",
    "campaign_results",
    "campaigns",
    "databases",
    "exports",
    "keys",
    "main",
    "notes",
    "offers",
    "people",
    "recommendations",
    "rules",
    "schedules",
    "segments",
    "service",
    "tables",
    "uplift",
    "users",
    "views",
]
