"""The model in other systems: records in, text out."""

from __future__ import annotations

from clustera.export.dbt import DBT_MARK, DBT_MODEL, dbt_files, dbt_placeholder
from clustera.export.dialects import DIALECTS, Dialect, dialect_of
from clustera.export.edges import edge_cases
from clustera.export.needs import CLEANED, SPELLINGS, spellings_read, values_needed
from clustera.export.onnx_model import ONNX_INPUT, describe_onnx, onnx_model
from clustera.export.query import Proof, free_name, proof_sentence, query, script
from clustera.export.reading import run_day
from clustera.export.rules import rules_query, rules_script
from clustera.export.spellings import spelled_cells, unusual_cells

__all__ = [
    "CLEANED",
    "DBT_MARK",
    "DBT_MODEL",
    "DIALECTS",
    "ONNX_INPUT",
    "SPELLINGS",
    "Dialect",
    "Proof",
    "dbt_files",
    "dbt_placeholder",
    "describe_onnx",
    "dialect_of",
    "edge_cases",
    "free_name",
    "onnx_model",
    "proof_sentence",
    "query",
    "rules_query",
    "rules_script",
    "run_day",
    "script",
    "spelled_cells",
    "spellings_read",
    "unusual_cells",
    "values_needed",
]
