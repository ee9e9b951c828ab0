"""The command `clustera`: one verb each, no logic of its own."""

from clustera.cli.commands import app, main

__all__ = ["app", "main"]
