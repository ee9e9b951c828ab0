"""Audiences: which customers, by conditions over everything a run knows of them. Records in, records out."""

from clustera.audiences.addresses import clean_country
from clustera.audiences.building import OPERATORS, add_condition
from clustera.audiences.contact_columns import FIELDS
from clustera.audiences.contacts import ContactTable, contact_table
from clustera.audiences.counting import (
    Selection,
    audiences_in,
    check_cycles,
    count_customers,
    frozen_in,
    select_customers,
)
from clustera.audiences.cures import with_cure
from clustera.audiences.describing import describe_columns
from clustera.audiences.exporting import (
    Chosen,
    Member,
    Reached,
    check_size,
    choose_contacted,
    choose_contacts,
    export_rows,
    reach_people,
)
from clustera.audiences.files import read_toml, tidy_definition, write_toml
from clustera.audiences.networks import NETWORKS, Network, network_of
from clustera.audiences.overlap import (
    count_overlap,
    first_matches,
    kept_definition,
    rank_audiences,
    shared_definition,
)
from clustera.audiences.parsing import parse_definition
from clustera.audiences.population import CONSENTED, FEATURE, Population, join_consent, join_values
from clustera.audiences.queries import write_audiences_query, write_query
from clustera.audiences.suppression import Suppression, masked_text, read_suppression
from clustera.audiences.tokens import DefinitionError
from clustera.audiences.vocabulary import definition_words
from clustera.audiences.wording import same_conditions, write_column, write_condition

__all__ = [
    "CONSENTED",
    "FEATURE",
    "FIELDS",
    "NETWORKS",
    "OPERATORS",
    "Chosen",
    "ContactTable",
    "DefinitionError",
    "Member",
    "Network",
    "Population",
    "Reached",
    "Selection",
    "Suppression",
    "add_condition",
    "audiences_in",
    "check_cycles",
    "check_size",
    "choose_contacted",
    "choose_contacts",
    "clean_country",
    "contact_table",
    "count_customers",
    "count_overlap",
    "definition_words",
    "describe_columns",
    "export_rows",
    "first_matches",
    "frozen_in",
    "join_consent",
    "join_values",
    "kept_definition",
    "masked_text",
    "network_of",
    "parse_definition",
    "rank_audiences",
    "reach_people",
    "read_suppression",
    "read_toml",
    "same_conditions",
    "select_customers",
    "shared_definition",
    "tidy_definition",
    "with_cure",
    "write_audiences_query",
    "write_column",
    "write_condition",
    "write_query",
    "write_toml",
]
