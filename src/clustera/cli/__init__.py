"""The command line: one verb each, no logic of its own."""

from clustera.cli import (  # each adds its verbs to the app
    audience_exports,
    audiences,
    campaigns,
    notes,
    people,
    segments,
    service,
    tables,
    views,
)
from clustera.cli.doors import app, main

__all__ = [
    "app",
    "audience_exports",
    "audiences",
    "campaigns",
    "main",
    "notes",
    "people",
    "segments",
    "service",
    "tables",
    "views",
]
