"""What a segmentation holds: its outcome, its tables, its run and the names of its segments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from clustera import texts
from clustera.errors import InputError
from clustera.features.options import OrderOptions
from clustera.records import (
    Comparison,
    Outcome,
    Verdict,
)
from clustera.segmentation.tables import StoredTables, Tables
from clustera.settings import Settings, all_options
from clustera.store import (
    CustomerList,
)

_OF_ONE_RUN = {"today", "playbook", "keep_currency"}  # the currency of its amounts is known, named or not


class Held:
    """The outcome of a segmentation, its tables, and the run it was loaded from."""

    def __init__(
        self,
        outcome: Outcome,
        tables: Tables,
        *,
        settings: Settings | None = None,
        timings: Mapping[str, float] | None = None,
    ) -> None:
        self.outcome = outcome
        self.timings = dict(timings or {})  # seconds that each step took; empty for a run that was loaded
        self._settings = settings or Settings()
        self._tables = tables
        self._run = tables.run if isinstance(tables, StoredTables) else None
        self.names: dict[int, str] = (
            self._run.names(outcome) if self._run else {p.segment: p.name for p in outcome.segments}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        # Copies, pickled ones too, have what is held; private caches are made again when they are asked for.
        kind = type(self)
        caches = {name for name in vars(self) if isinstance(getattr(kind, name, None), cached_property)}
        return {name: held for name, held in vars(self).items() if name not in caches or not name.startswith("_")}

    def close(self) -> None:
        """Release memory and temporary files; what was already read, such as `segments`, stays.

        >>> import clustera
        >>> with clustera.load("march") as run:  # closed at the end of the block
        ...     found = run.segments
        >>> found["customers"].tolist()
        [48, 68, 94]
        """
        self._tables.close()

    @property
    def k(self) -> int:
        """Number of segments.

        >>> seg.k
        3
        """
        return self.outcome.selection.k

    @property
    def verdict(self) -> Verdict:
        """What kind of segments these are.

        "clear": between neighboring segments there are few customers. "stable": there are no gaps, but other customers give
        the same segments. "practical": neither; the segments divide customers who differ by degrees.

        >>> seg.verdict
        'clear'
        """
        return self.outcome.selection.verdict

    @property
    def reason(self) -> str:
        """Why this number of segments, in a few sentences.

        >>> seg.reason
        '3 clear groups: between neighboring segments there are few customers, ... 2 to 20 segments were looked at.'
        """
        return texts.explain_chosen_k(self.outcome.selection)

    @property
    def run_name(self) -> str:
        """The name of the run that was loaded; empty for a segmentation that was just made.

        >>> import clustera
        >>> clustera.load("march").run_name
        'march'
        """
        return self._run.name if self._run else ""

    @property
    def _versions(self) -> Mapping[str, str] | None:
        """Of Clustera, Python and the libraries that made the run; None where it was just made."""
        return self._run.manifest.versions if self._run else None

    @property
    def named(self) -> Outcome:
        """The outcome, a record of everything that was found, with the names that people gave the segments.

        >>> [segment.name for segment in seg.named.segments]
        ['Recently active big spenders', 'Active frequent buyers', 'Rarely seen low spenders']
        """
        return texts.rename_segments(self.outcome, self.names)

    @property
    def comparison(self) -> Comparison | None:
        """What changed against the run given as `like`: a record of how many customers moved; None without `like`.

        >>> for move in later.comparison.moves:
        ...     print(move.before, "->", move.after, move.count)
        1 -> 1 43
        1 -> 3 5
        2 -> 2 61
        2 -> 3 7
        3 -> 3 94
        """
        return self.outcome.comparison

    @cached_property
    def _listed(self) -> CustomerList:
        with texts.speaking(self.outcome.locale):
            return self._tables.listed(self.names, texts.action_labels(self.outcome.actions))

    def _reading(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """How a log is read: as the run's own was, unless the caller says otherwise."""
        kept = self._as_ordered() if self.outcome.behavior else {}
        return kept | {name: value for name, value in options.items() if value is not None}

    def _shared_options(self) -> dict[str, Any]:
        """What a later run shares with this one where it says nothing else, so that its figures mean the same."""
        asked, known = self._run.manifest.options if self._run else self._settings.asked(), all_options()
        groups = {"read", "actions"} if self.outcome.behavior is None else {"read", "actions", "orders", "value"}
        beside = set() if self.outcome.behavior is None else {"id", "keep"}  # of a table of customers beside the orders
        return {
            name: value
            for name, value in asked.items()
            if name in known and (name in beside or groups.intersection(known[name][0])) and name not in _OF_ONE_RUN
        }

    def _as_ordered(self) -> dict[str, Any]:
        """How the orders were read from which these segments were drawn: a later log must mean the same."""
        behavior = self.outcome.behavior
        if behavior is None:
            raise InputError(
                "These segments were made from a customer table, so orders can't be assigned to them.",
                hint="Pass a customer table with the same features, or segment the orders without these.",
            )
        asked = self._run.manifest.options if self._run else self._settings.asked()
        names = {*OrderOptions.model_fields, "exclude_categories"} - {"today"}
        kept = {name: value for name, value in asked.items() if name in names}
        return {"keep_currency": behavior.money.currency or None} | kept
