"""Audiences: which customers, by conditions over everything a run knows of them. Records in, records out."""

from clustera.audiences.counting import Selection, audiences_in, check_cycles, count_customers, select_customers
from clustera.audiences.files import read_toml, tidy_definition, write_toml
from clustera.audiences.parsing import parse_definition
from clustera.audiences.population import AudienceColumn, Population, join_values
from clustera.audiences.tokens import DefinitionError
from clustera.audiences.wording import write_condition

__all__ = [
    "AudienceColumn",
    "DefinitionError",
    "Population",
    "Selection",
    "audiences_in",
    "check_cycles",
    "count_customers",
    "join_values",
    "parse_definition",
    "read_toml",
    "select_customers",
    "tidy_definition",
    "write_condition",
    "write_toml",
]
