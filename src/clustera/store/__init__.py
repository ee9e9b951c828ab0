"""Runs as things with names. A run is a folder: written beside its place, published by one rename, never changed.

    runs/
      20261123-151200-customers/
        customers.parquet  customers.csv   who is in which segment
        values.parquet                      every customer's features and descriptors, in original units
        orders.parquet                      the order lines, where they are kept (`keep_orders`)
        segments.csv  actions.csv  k_selection.csv  findings.csv
        quarantine.parquet  quarantine.csv  every row that was left out, and why
        orders_quarantine.parquet  orders_quarantine.csv  the same of order lines, with their money; only with orders
        sample.parquet                      what the pictures are drawn from
        model.json                          enough to assign a new customer
        profile.json                        all that was found
        report.html  method.html
        card.md                             the model card
        manifest.json                       layout, versions, options, seed, input; sizes and checksums of the other files
      20261123-151200-customers.names.json  what people renamed later
      20261123-151200-customers.offers.parquet           who gets which offer
      20261123-151200-customers.notes.json  what people wrote about it
      campaigns/                            campaigns with a control group, see `Campaigns`
      .databases.json                       databases that an admin added, with their addresses
      .store.json                           the order of the runs, and aliases such as `current`
      .audiences.json                     audiences with all their versions; .audiences/ what their exports left
      .lock                                 held while somebody writes here

The folder of a run holds no clock: the same input, options and seed give the same bytes. "latest" is the newest run, or the one that
was told to be used (`set_alias`).
"""

from clustera.store.audiences import ACTING, AudienceStore, audiences_of_folder, current_time, push_definition
from clustera.store.beside import (
    CONSENT,
    OFFERS,
    RECOMMENDATIONS,
    file_beside,
    keep_consent,
    keep_offers,
    keep_recommendations,
    read_consent,
    read_offer_plan,
    read_recommendations,
    rows_beside,
)
from clustera.store.campaigns import Campaigns
from clustera.store.csv_files import spreadsheet_safe
from clustera.store.customer_queries import CustomerPage, CustomerQuery, CustomerWish, Members
from clustera.store.customers import (
    CUSTOMERS,
    VALUES,
    CustomerList,
    customers_of_folder,
)
from clustera.store.databases import DatabaseStore
from clustera.store.exports import ExportStore, WrittenExport, check_list_path
from clustera.store.files import (
    check_table_path,
    refuse_missing_parent,
    refuse_own_input,
    whole_file,
    write_assigned,
    write_bytes,
    write_moved,
    write_own_files,
    write_rows,
    write_table,
    write_text,
)
from clustera.store.frozen_lists import pull_members, push_members
from clustera.store.group_queries import QueriedGroup, write_figures_query, write_moves_query
from clustera.store.index import INDEX
from clustera.store.manifest import MANIFEST
from clustera.store.naming import LATEST, is_name
from clustera.store.notes import add_note, read_notes, remove_note
from clustera.store.path import PathStep, customer_path
from clustera.store.run import Run, open_folder
from clustera.store.store import Store, rename_in_folder
from clustera.store.table_files import write_arrow_table
from clustera.store.workbook import write_workbook
from clustera.store.writing import finished_name, save_run, used_versions, write_run

__all__ = [
    "ACTING",
    "CONSENT",
    "CUSTOMERS",
    "INDEX",
    "LATEST",
    "MANIFEST",
    "OFFERS",
    "RECOMMENDATIONS",
    "VALUES",
    "AudienceStore",
    "Campaigns",
    "CustomerList",
    "CustomerPage",
    "CustomerQuery",
    "CustomerWish",
    "DatabaseStore",
    "ExportStore",
    "Members",
    "PathStep",
    "QueriedGroup",
    "Run",
    "Store",
    "WrittenExport",
    "add_note",
    "audiences_of_folder",
    "check_list_path",
    "check_table_path",
    "current_time",
    "customer_path",
    "customers_of_folder",
    "file_beside",
    "finished_name",
    "is_name",
    "keep_consent",
    "keep_offers",
    "keep_recommendations",
    "open_folder",
    "pull_members",
    "push_definition",
    "push_members",
    "read_consent",
    "read_notes",
    "read_offer_plan",
    "read_recommendations",
    "refuse_missing_parent",
    "refuse_own_input",
    "remove_note",
    "rename_in_folder",
    "rows_beside",
    "save_run",
    "spreadsheet_safe",
    "used_versions",
    "whole_file",
    "write_arrow_table",
    "write_assigned",
    "write_bytes",
    "write_figures_query",
    "write_moved",
    "write_moves_query",
    "write_own_files",
    "write_rows",
    "write_run",
    "write_table",
    "write_text",
    "write_workbook",
]
