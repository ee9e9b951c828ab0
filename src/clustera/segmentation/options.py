"""The type of every option, so that editors complete them and mypy checks them. Written by docs/build.py."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypedDict


class Options(TypedDict, total=False):
    """Options of `segment`, `predict` and `assign`; `docs/settings.md` says what each means. None: not given."""

    separator: str | None
    encoding: str | None
    sheet: str | None
    table: str | None
    query: str | None
    member: str | None
    header: int | None
    id: str | None
    features: str | Sequence[str] | None
    descriptors: str | Sequence[str] | None
    exclude: str | Sequence[str] | None
    dates: Literal["dmy", "mdy"] | None
    decimal: Literal[".", ","] | None
    as_of: str | datetime.date | None
    keep: str | Sequence[str] | None
    unskew: bool | None
    outliers: bool | None
    weights: Mapping[str, float] | None
    k: int | str | tuple[int, int] | None
    min_size: float | str | None
    k_max: int | None
    choose_by: Literal["auto", "evidence", "future-spend"] | None
    redraw: bool | None
    language: str | Path | None
    customer: str | None
    date: str | None
    amount: str | None
    price: str | None
    order: str | None
    product: str | None
    text: str | None
    category: str | None
    quantity: str | None
    discount: str | Sequence[str] | None
    cost: str | None
    channel: str | None
    store: str | None
    currency: str | None
    status: str | None
    refund: str | None
    email: str | None
    paid: str | Sequence[str] | None
    unpaid: str | Sequence[str] | None
    placeholders: str | Sequence[str] | None
    keep_currency: str | None
    zone: str | None
    today: str | datetime.date | None
    duplicates: Literal["auto", "keep", "drop"] | None
    services: bool | None
    value: bool | None
    margin: float | None
    monthly_discount: float | None
    horizon_months: int | None
    playbook: str | Path | None
    exclude_categories: str | Sequence[str] | None
    response: str | None
    response_rate: float | None
    seed: int | None
    threads: int | None
    strict: bool | None
    contract: str | Path | None
    diagnostics: bool | None
    keep_orders: bool | None
    title: str | None
    company: str | None
    memory_limit: str | None
