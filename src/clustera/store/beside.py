"""What is worked out about a run later: a Parquet file beside it, as the run itself never changes.

    runs/
      april/
      april.recommendations.parquet   what each customer is likely to buy next
      april.offers.parquet            who gets which offer
      april.consent.parquet           who of the customers may be written to

The rows are those of the customers; what was found about all of them together is in the file's own metadata, so that both
appear at once.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeVar

import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from clustera.engines import DAMAGED_PARQUET, Engine, Rows
from clustera.errors import RunError
from clustera.records import KeptConsent, OfferPlan, RecommendedRun
from clustera.store.files import locked_folder, replacing_file, writing_folder
from clustera.store.notes import notes_file
from clustera.store.places import quote_text
from clustera.store.run import Run, names_file

RECOMMENDATIONS = "recommendations"
OFFERS = "offers"
CONSENT = "consent"
KINDS = (RECOMMENDATIONS, OFFERS, CONSENT)
_RECORD = b"clustera"  # key of the record in the file's metadata
_BATCH = 50_000
_T = TypeVar("_T")


@cache
def _recommended_adapter() -> TypeAdapter[RecommendedRun]:
    return TypeAdapter(RecommendedRun)


@cache
def _offers_adapter() -> TypeAdapter[OfferPlan]:
    return TypeAdapter(OfferPlan)


@cache
def _consent_adapter() -> TypeAdapter[KeptConsent]:
    return TypeAdapter(KeptConsent)


def file_beside(run: Path, what: str) -> Path:
    """Where something about a run stands, beside it."""
    return run.parent / f"{run.name}.{what}.parquet"


def forget_beside(run: Path) -> None:
    """Remove what people and commands left beside a run that is gone: its names, its notes, and what was worked out later."""
    for path in (names_file(run), notes_file(run), *(file_beside(run, what) for what in KINDS)):
        path.unlink(missing_ok=True)


def keep_recommendations(run: Run, rows: Rows, record: RecommendedRun) -> Path:
    """Keep what was recommended to the customers of a run, in place of what was kept before; returns the file.

    Args:
        run: The run.
        rows: One row per customer and item, by id and rank.
        record: What was found about all of them.

    Raises:
        SetupError: the folder can't be written.
    """
    return _keep_beside(run, RECOMMENDATIONS, rows, to_json(record))


def read_recommendations(run: Run) -> RecommendedRun | None:
    """What was recommended to the customers of a run, short of their lists; None where nothing is kept.

    Raises:
        RunError: the file is damaged.
    """
    return _record_beside(run, RECOMMENDATIONS, _recommended_adapter())


def keep_offers(run: Run, rows: Rows, plan: OfferPlan) -> Path:
    """Keep who gets which offer, in place of the plan before; returns the file.

    Args:
        run: The run.
        rows: Everybody who gets an offer or is in a test, by id.
        plan: What it is expected to bring.

    Raises:
        SetupError: the folder can't be written.
    """
    return _keep_beside(run, OFFERS, rows, to_json(plan, inf_nan_mode="strings"))


def read_offer_plan(run: Run) -> OfferPlan | None:
    """The last plan of offers for the customers of a run; None where there is none.

    Raises:
        RunError: the file is damaged.
    """
    return _record_beside(run, OFFERS, _offers_adapter())


def keep_consent(run: Run, rows: Rows, record: KeptConsent) -> Path:
    """Keep who may be written to, in place of what was kept before; returns the file.

    Args:
        run: The run.
        rows: `id` and `consented` of every customer, in the order of customers.parquet.
        record: Where that is known from.

    Raises:
        SetupError: the folder can't be written.
    """
    return _keep_beside(run, CONSENT, rows, to_json(record))


def read_consent(run: Run) -> KeptConsent | None:
    """Where it is known from who of a run may be written to; None where nothing is kept.

    Raises:
        RunError: the file is damaged.
    """
    return _record_beside(run, CONSENT, _consent_adapter())


def rows_beside(run: Run, what: str, engine: Engine, *, customer: str | None = None) -> Rows | None:
    """The rows that are kept beside a run, of one customer or of all; None where nothing is kept."""
    path = file_beside(run.path, what)
    if not path.is_file():
        return None
    rows = engine.parquet([path])
    return rows if customer is None else rows.select(f"select * from {{rows}} where id = {quote_text(customer)}")


def _keep_beside(run: Run, what: str, rows: Rows, record: bytes) -> Path:
    path = file_beside(run.path, what)
    with writing_folder(path.parent), locked_folder(path.parent), replacing_file(path) as temporary:
        schema = rows.query("select * from {rows} limit 0").schema.with_metadata({_RECORD: record})
        with pq.ParquetWriter(temporary, schema) as writer:
            for batch in rows.batches(rows=_BATCH):
                writer.write_batch(batch)
    return path


def _record_beside(run: Run, what: str, adapter: TypeAdapter[_T]) -> _T | None:
    path = file_beside(run.path, what)
    try:
        return adapter.validate_json((pq.read_schema(path).metadata or {})[_RECORD])
    except FileNotFoundError:
        return None
    except (*DAMAGED_PARQUET, KeyError, ValidationError) as error:
        raise RunError(f"{path} is damaged.", hint="Remove it, then make it again.") from error
