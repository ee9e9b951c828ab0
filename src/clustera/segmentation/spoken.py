"""How a plan or a result is shown: its sentences, in a notebook with its table below."""

from __future__ import annotations

import html
from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 10  # of a table in a notebook


class Sentences:
    """What a segmentation's methods return: a session shows its sentences, a notebook its table below them."""

    _table_shown = ""  # name of the property that holds the frame

    @abstractmethod
    def sentences(self) -> list[str]:
        """What is said of it."""

    def __repr__(self) -> str:
        return "\n".join(self.sentences())

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences())
        if not self._table_shown:
            return said
        frame: pd.DataFrame | None = getattr(self, self._table_shown)
        return said if frame is None or frame.empty else said + frame.to_html(max_rows=_ROWS, border=0)
