"""The command line: one verb each, no logic of its own."""

from clustera.cli import (  # each adds its verbs to the app
    audience_exports,
    audience_overlaps,
    audiences,
    campaign_results,
    campaigns,
    databases,
    exports,
    notes,
    offers,
    people,
    recommendations,
    rules,
    segments,
    service,
    tables,
    users,
    views,
)
from clustera.cli.doors import app, main

__all__ = [
    "app",
    "audience_exports",
    "audience_overlaps",
    "audiences",
    "campaign_results",
    "campaigns",
    "databases",
    "exports",
    "main",
    "notes",
    "offers",
    "people",
    "recommendations",
    "rules",
    "segments",
    "service",
    "tables",
    "users",
    "views",
]
