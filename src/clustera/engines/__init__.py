"""Where rows live. One engine so far: DuckDB, in memory and out of core."""

from __future__ import annotations

from clustera.engines.duck import DuckEngine, DuckRows, identifier, literal

__all__ = ["DuckEngine", "DuckRows", "identifier", "literal"]
