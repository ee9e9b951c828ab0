"""The runs of a folder, opened once and kept while they are in use."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clustera import components, texts
from clustera.components import Section
from clustera.engines import Engine, array_of, literal
from clustera.errors import MissingError, RunError, UnknownRunError
from clustera.records import Explanation, OtherNumber, Outcome
from clustera.segmentation import Segmentation, load
from clustera.segmentation.exporting import held_out, kept_from_files, kept_from_list, kept_from_lists
from clustera.service.persons import PERSON
from clustera.store import (
    CONSENT,
    INDEX,
    LATEST,
    MANIFEST,
    OFFERS,
    RECOMMENDATIONS,
    Campaigns,
    CustomerList,
    CustomerPage,
    CustomerQuery,
    PathStep,
    Run,
    Store,
    customer_path,
    customers_of_folder,
    file_beside,
    rows_beside,
)

_HELD = 8  # runs that are kept open
_BATCH = 5_000  # rows read at a time for a file
_NAMES = 1_000  # names and aliases that are remembered
_TICK = 2_000_000_000  # nanoseconds
_MEMORY = "1GB"  # for looking customers up


class Opened:
    """A run, with what its pages are made of."""

    def __init__(self, run: Run, engine: Engine) -> None:
        self.run = run
        self._engine = engine
        self._other_numbers: dict[int, OtherNumber] = {}

    @property
    def name(self) -> str:
        """The run's name."""
        return self.run.name

    @cached_property
    def seg(self) -> Segmentation:
        """The run as Python has it."""
        return load(self.run.path.resolve())

    @cached_property
    def outcome(self) -> Outcome:
        """All that was found, with the names that people gave."""
        return self.seg.named

    @cached_property
    def customers(self) -> CustomerList:
        """The customers, to be searched and paged."""
        with texts.speaking(self.outcome.locale):
            labels = texts.action_labels(self.outcome.actions)
        return customers_of_folder(self.run, self._engine, names=self.seg.names, labels=labels)

    def other_number(self, k: int) -> OtherNumber:
        """What the segments would be with another number of them; worked out once."""
        found = self._other_numbers.get(k)
        if found is None:
            found = self._other_numbers[k] = self.seg.other_number(k)
        return found

    @property
    def keeps_orders(self) -> bool:
        """Whether the order lines are kept with the run."""
        return self.customers.order_lines is not None

    def kept_from(self, query: CustomerQuery) -> frozenset[str]:
        """Whom a list for a mail tool leaves out by now."""
        return kept_from_list(self.run.path.parent, control=query.control)

    def files_kept_from(self, query: CustomerQuery) -> tuple[Path, ...]:
        """The files of groups that say whom."""
        return kept_from_files(self.run.path.parent, control=query.control)

    def not_mailed(self, query: CustomerQuery) -> int:
        """How many of the customers that a page shows are not in its list for the mail tool."""
        gone = frozenset() if query.action else self.kept_from(query)
        return self.customers.page(replace(query, after="", rows=1), without=gone).left_out if gone else 0

    def page(self, query: CustomerQuery) -> CustomerPage:
        """Some of the customers; a list by action is one to write to, and leaves out whom nothing may be sent to."""
        return self.customers.page(query, without=self.kept_from(query) if query.action else ())

    def held_out(self) -> frozenset[str]:
        """Whom an audience of this folder holds out by now."""
        return held_out(self.run.path.parent)

    def offered(self) -> Iterator[dict[str, Any]]:
        """Who gets which offer, by id, without those whom nothing may be sent to by now."""
        held = kept_from_lists(self.run.path.parent)
        return (row for row in self.rows_of(OFFERS) if row["id"] not in held)

    def held_out_since(self) -> int:
        """How many who get an offer by the plan nothing may be sent to by now."""
        held = kept_from_lists(self.run.path.parent)
        return sum(row["id"] in held for row in self.rows_of(OFFERS)) if held else 0

    def explain(self, customer: str, values: Mapping[str, Any], *, other: int | None = None) -> Explanation | None:
        """Why a customer is in one segment and not in another; None where values were not kept."""
        return self.seg.explain(customer, other=other) if values else None

    def path(self, customer: str) -> tuple[PathStep, ...]:
        """The segments of a customer in the runs of this folder that look at the same features, the oldest first."""
        return customer_path(self.run, customer, self._engine)

    def recommended_to(self, customer: str) -> tuple[dict[str, Any], ...]:
        """What a customer is likely to buy next, by rank, as `clustera recommend` lists it; empty where it did not."""
        rows = rows_beside(self.run, RECOMMENDATIONS, self._engine, customer=customer)
        return tuple(rows.query("select * exclude (id, segment) from {rows} order by rank").to_pylist()) if rows else ()

    def rows_of(self, what: str, *, most: int | None = None) -> Iterator[dict[str, Any]]:
        """The rows of what is kept beside the run, by id; none where nothing is kept.

        Args:
            what: `store.RECOMMENDATIONS` or `store.OFFERS`.
            most: The first so many only.
        """
        rows = rows_beside(self.run, what, self._engine)
        if rows is not None and most is not None:
            rows = rows.select(f"select * from {{rows}} limit {most}")
        for batch in rows.batches(rows=_BATCH) if rows else ():
            yield from batch.to_pylist()

    def page_of(self, what: str, *, after: str, rows: int) -> tuple[list[dict[str, Any]], str]:
        """The rows beside the run of some customers, by id, and the id of the last; "" where nobody comes after.

        Args:
            what: `store.RECOMMENDATIONS` or `store.OFFERS`.
            after: Only customers after this id.
            rows: The most customers.
        """
        kept = rows_beside(self.run, what, self._engine)
        if kept is None:
            return [], ""
        later = f"select distinct id from {{rows}} where id > {literal(after)} order by id limit {rows + 1}"
        ids = kept.query(later)["id"].to_pylist()
        if not ids:
            return [], ""
        last = ids[:rows][-1]
        order = "id, rank" if what == RECOMMENDATIONS else "id"
        within = f"select * from {{rows}} where id > {literal(after)} and id <= {literal(last)} order by {order}"
        return kept.query(within).to_pylist(), last if len(ids) > rows else ""

    @cached_property
    def drawn(self) -> dict[str, Any]:
        """The customers that pictures show, column by column."""
        sample = self.run.sample()
        return {name: array_of(sample[name]) for name in sample.column_names}

    @property
    def sections(self) -> dict[str, Section]:
        """Everything there is to show, by key; marks lead to lists of customers for whoever may see those."""
        person = PERSON.get()
        return self._with_lists if person is None or person.may("analyst") else self._without_lists

    @cached_property
    def _with_lists(self) -> dict[str, Section]:
        return self._made_sections(f"/runs/{quote(self.name)}/customers")

    @cached_property
    def _without_lists(self) -> dict[str, Section]:
        return self._made_sections("")

    def _made_sections(self, address: str) -> dict[str, Section]:
        with texts.speaking(self.outcome.locale), components.listing(address):
            return {
                section.key: section
                for section in components.sections(
                    self.outcome,
                    self.drawn,
                    versions=self.run.manifest.versions,
                    method=f"/runs/{quote(self.name)}/method",
                )
            }


@dataclass(frozen=True, slots=True)
class Stamp:
    """What of a run can change while its name stays: it was replaced or renamed, or something was kept beside it."""

    written: int
    renamed: int
    recommended: int
    offered: int
    consented: int
    measured: int


class Library:
    """The runs of one folder.

    Args:
        folder: Folder of runs.
    """

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self._folder, self._index = str(self.store.folder), str(self.store.folder / INDEX)
        self._engine = Engine(memory_limit=_MEMORY)
        self._open: OrderedDict[str, tuple[Stamp, Opened]] = OrderedDict()
        self._known: dict[str, tuple[tuple[int, int, int], Run]] = {}
        self._lock = threading.Lock()

    def open(self, name: str) -> Opened:
        """The run of a name or an alias.

        Raises:
            MissingError: there is none, or it is damaged.
        """
        try:
            run = self._meant(name)
        except UnknownRunError as error:
            # The store's cure is a command; whoever is here has a browser or an address.
            hint = error.hint if error.near else "It may have been deleted or renamed."
            raise MissingError(error.message, hint=hint) from error
        except RunError as error:
            raise MissingError(error.message, hint=error.hint) from error
        stamp = _stamp(run)
        with self._lock:
            held = self._open.get(run.name)
            if held is None or held[0] != stamp:
                held = (stamp, Opened(run, self._engine))
                self._open[run.name] = held
            self._open.move_to_end(run.name)
            while len(self._open) > _HELD:
                self._open.popitem(last=False)
        return held[1]

    def holds(self, name: str) -> bool:
        """Whether a run was opened by this name already and is kept open, with its model."""
        held = self._known.get(name)
        opened = self._open.get(held[1].name) if held else None
        return opened is not None and "seg" in vars(opened[1])

    def _meant(self, name: str) -> Run:
        """The run of a name, looked up again when a run came, went or got another alias."""
        seen = (_changed(self._folder), _changed(self._index))
        held = self._known.get(name)
        if held is not None and held[0] == (*seen, _changed(_files_of(str(held[1].path), held[1].name)[0])):
            return held[1]
        run = self.store.open(name)
        if len(self._known) >= _NAMES:
            self._known.clear()
        # What changed a moment ago may change again within the same tick of the disk's clock.
        if time.time_ns() - max(seen) > _TICK:
            self._known[name] = ((*seen, _changed(_files_of(str(run.path), run.name)[0])), run)
        return run

    def before(self, opened: Opened) -> Opened | None:
        """The run that a run was made like, where it is still here."""
        comparison = opened.outcome.comparison
        if comparison is None:
            return None
        try:
            return self.open(comparison.before)
        except RunError:
            return None

    def warm(self) -> None:
        """Open the newest run ahead of its first visitor: libraries load, and templates are compiled."""
        with suppress(Exception):  # whoever asks for it will be told
            newest = self.open(LATEST)
            assert newest.sections
            assert newest.customers.columns

    def close(self) -> None:
        """Release memory and temporary files."""
        self._engine.close()


def _stamp(run: Run) -> Stamp:
    return Stamp(*map(_changed, _files_of(str(run.path), run.name)))


@lru_cache(_NAMES)
def _files_of(folder: str, name: str) -> tuple[str, ...]:
    """What of a run can change, in the order of `Stamp`."""
    path = Path(folder)
    named = path.parent / f"{name}.names.json"
    beside = (*(file_beside(path, what) for what in (RECOMMENDATIONS, OFFERS, CONSENT)), Campaigns(path.parent).folder)
    return tuple(map(str, (path / MANIFEST, named, *beside)))


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - asked at each request, and three times as fast
    except OSError:
        return 0
