"""The command line: one verb each, no logic of its own."""

from clustera.cli import audiences, notes, people, segments, service, tables, views  # each adds its verbs to the app
from clustera.cli.doors import app, main

__all__ = ["app", "audiences", "main", "notes", "people", "segments", "service", "tables", "views"]
