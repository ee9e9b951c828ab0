"""A run is a folder: written beside its place, published by one rename, never changed afterwards.

    runs/
      latest -> 20261123-151200-customers
      20261123-151200-customers/
        customers.parquet  customers.csv   who is in which segment
        segments.csv  actions.csv  k_selection.csv  findings.csv
        quarantine.parquet  quarantine.csv  every row that was not used, and why
        orders_quarantine.parquet  orders_quarantine.csv  the same of order lines, with their money; only with orders
        sample.parquet                      what the pictures are drawn from
        model.json                          enough to assign a new customer
        profile.json                        all that was found
        report.html
        manifest.json                       versions, options, seed, input; sizes and hashes of the other files
      20261123-151200-customers.names.json  what people renamed later

The folder holds no clock: the same input, options and seed give the same bytes.
"""

from clustera.runs.files import (
    spreadsheet_safe,
    write_quarantine,
    write_table,
    write_text,
)
from clustera.runs.folder import (
    LAYOUT,
    PARTIAL,
    Run,
    customers_of,
    dump_model,
    find,
    listing,
    model_of,
    names_of,
    orders_quarantine_of,
    outcome_of,
    prune,
    quarantine_of,
    refuse_taken,
    rename,
    sample_of,
)
from clustera.runs.publishing import (
    publish,
)

__all__ = [
    "LAYOUT",
    "PARTIAL",
    "Run",
    "customers_of",
    "dump_model",
    "find",
    "listing",
    "model_of",
    "names_of",
    "orders_quarantine_of",
    "outcome_of",
    "prune",
    "publish",
    "quarantine_of",
    "refuse_taken",
    "rename",
    "sample_of",
    "spreadsheet_safe",
    "write_quarantine",
    "write_table",
    "write_text",
]
