"""What the caller says about a log of orders."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

# Options that each name one column.
COLUMNS = (
    "customer", "date", "amount", "price", "order", "product", "text", "category", "quantity", "cost", "channel", "store",
    "currency", "status", "refund", "email",
)  # fmt: skip


class OrderOptions(BaseModel):
    """Columns and rules of an order log; everything left out is decided from the log, with a reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customer: str | None = Field(default=None, description="Column that tells customers apart.")
    date: str | None = Field(default=None, description="Column with the date or time of the order.")
    amount: str | None = Field(default=None, description="Column with the money of the line, as paid.")
    price: str | None = Field(default=None, description="Column with the price of one piece, where no amount is given.")
    order: str | None = Field(default=None, description="Column that tells orders apart.")
    product: str | None = Field(default=None, description="Column that tells products apart.")
    text: str | None = Field(default=None, description="Column with the product's name or description.")
    category: str | None = Field(default=None, description="Column with the product's category.")
    quantity: str | None = Field(default=None, description="Column with the number of pieces.")
    discount: tuple[str, ...] | None = Field(default=None, description="Columns with money taken off the line.")
    cost: str | None = Field(default=None, description="Column with what the line cost the shop.")
    channel: str | None = Field(default=None, description="Column with the channel: web, shop, phone.")
    store: str | None = Field(default=None, description="Column with the store.")
    currency: str | None = Field(default=None, description="Column with the currency.")
    status: str | None = Field(
        default=None, description="Column with the status of the order: paid, canceled, refunded."
    )
    refund: str | None = Field(
        default=None, description="Column with the money paid back, which is taken off the amount."
    )
    email: str | None = Field(
        default=None, description="Column with the e-mail address, which tells customers apart where no id does."
    )
    paid: tuple[str, ...] = Field(
        default=(), description="Values of the status whose orders count, whatever the rule says."
    )
    unpaid: tuple[str, ...] = Field(
        default=(), description="Values of the status whose orders are left out, whatever the rule says."
    )
    placeholders: tuple[str, ...] | None = Field(
        default=None,
        description="Ids that stand for nobody in particular, such as 0. Default: found from the log; none when empty.",
    )
    exclude: tuple[str, ...] = Field(default=(), description="Columns of the log to leave out.")
    keep_currency: str | None = Field(
        default=None,
        description="Currency to use where the log has several (default: the one with most lines); the currency it is in where it names none.",
    )
    dates: Literal["dmy", "mdy"] | None = Field(
        default=None, description="Order of day and month if the log does not show it."
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="Decimal mark if the log does not show it, as in '1,234'."
    )
    zone: str | None = Field(
        default=None, description="The shop's time zone, such as Europe/Berlin, for times that name an offset."
    )
    today: datetime.date | None = Field(
        default=None, description="Orders after this day are left out as future. Default: today."
    )

    def with_columns(self, meant: Callable[[str], str]) -> OrderOptions:
        """The same with the names that the columns have where the log is read.

        Args:
            meant: The column that a name of the log's own means.
        """
        one = {name: meant(column) for name in COLUMNS if (column := getattr(self, name)) is not None}
        several = {
            name: tuple(map(meant, columns))
            for name in ("discount", "exclude")
            if (columns := getattr(self, name)) is not None
        }
        return self.model_copy(update=one | several)

    def latest_day(self) -> datetime.date:
        """The last day whose orders count; later ones are in the future."""
        return self.today or datetime.datetime.now(tz=datetime.UTC).date()

    @field_validator("paid", "unpaid", "placeholders", mode="before")
    @classmethod
    def _as_texts(cls, value: object) -> object:
        """Ids and codes that are numbers, as texts."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return (str(value),)
        return tuple(map(str, value)) if isinstance(value, (list, tuple)) else value

    duplicates: Literal["auto", "keep", "drop"] = Field(
        default="auto",
        description="Lines equal in every column: auto sets repeats aside where the log names orders, and keeps them "
        "where it does not.",
    )
    services: bool = Field(default=False, description="Keep postage, fees and test lines among the orders.")
