"""How a source is to be read, where the source itself does not say."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ReadOptions(BaseModel):
    """What the caller knows about the spelling of a file; everything left out is found from the file.

    >>> ReadOptions(separator=";").separator
    ';'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    separator: str | None = Field(
        default=None,
        min_length=1,
        max_length=4,
        description="What stands between two cells of a text file, such as ';'.",
    )
    encoding: str | None = Field(
        default=None, description="Encoding of a text file, such as 'cp1252' or 'shift_jis', as Python names it."
    )
    sheet: str | None = Field(
        default=None,
        description="Sheet of a workbook. Default: the one that fits best. FILE#SHEET names one for each file.",
    )
    table: str | None = Field(
        default=None, description="Table or view of a database; not needed where there is only one."
    )
    query: str | None = Field(default=None, description="SQL query to run in a database instead of reading a table.")
    member: str | None = Field(default=None, description="File within a .zip archive that holds several.")
    header: int | None = Field(
        default=None,
        ge=0,
        description="Line of the column names, from 1, blank lines not counted; 0 when there is none.",
    )
