"""Files that somebody brought, before they are segmented: what each is, what its columns are, what was found."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from clustera import pipeline
from clustera.errors import ClusteraError, InputError, MissingError, SetupError
from clustera.read.files import PATTERN, files_of, is_folder_of
from clustera.segmentation.databases import is_reference, public_source, read_reference, reference_rows, sources_of
from clustera.service.brought import WHATS, Brought, look_at_file, tell_files_apart
from clustera.service.disks import private_folder
from clustera.settings import gather_settings
from clustera.store import Store

MOST_FILES = 16  # a year of monthly logs, with the tables beside them
_KEPT = 24 * 3600  # seconds that a draft nobody started is kept
_ID = re.compile(r"[0-9a-f]{16}")
_ROOM = 64 << 20  # bytes of the disk that stay free
# What a person may ask for in a form or through the API; none of these names a file, a server or a limit of the host.
OPTIONS = frozenset({
    "id", "features", "descriptors", "exclude", "dates", "decimal", "as_of", "k", "min_size", "choose_by", "redraw",
    "weights", "keep", "unskew", "outliers", "seed", "customer", "date", "amount", "price", "order", "product",
    "text", "category", "quantity", "discount", "cost", "channel", "store", "currency", "status", "refund", "email",
    "paid", "unpaid", "placeholders", "keep_currency", "zone", "duplicates", "services", "value", "margin",
    "monthly_discount", "horizon_months", "diagnostics", "keep_orders", "title", "company", "separator", "encoding",
    "sheet", "member", "header", "strict", "response_rate", "response",
})  # fmt: skip


_OF_SEGMENTS = ("k", "keep_orders", "response_rate")  # what changes nothing that is seen before segments are drawn


@dataclass(frozen=True, slots=True)
class Draft:
    """Files and wishes that are not a job yet."""

    id: str
    files: tuple[Brought, ...]
    options: Mapping[str, Any]
    like: str = ""  # a run whose segments are kept
    name: str = ""  # of the run to be
    pdf: bool = False  # whether the report is printed as well

    def sources(self) -> dict[str, str | list[str]]:
        """Which file is the customers', which the orders', which the products'; a list where several are one table."""
        return self._by_kind(lambda file: [file.path, *file.more])

    def words(self) -> dict[str, str | list[str]]:
        """The same as the command and Python name them."""
        return self._by_kind(
            lambda file: [file.named or Path(file.path).name, *(Path(path).name for path in file.more)]
        )

    def _by_kind(self, told: Callable[[Brought], list[str]]) -> dict[str, str | list[str]]:
        found: dict[str, list[str]] = {}
        for file in self.files:
            if file.what != "unused" and not file.problem:
                found.setdefault(file.what, []).extend(told(file))
        return {what: several if len(several) > 1 else several[0] for what, several in found.items()}

    def spec(self) -> dict[str, Any]:
        """What a job has to know."""
        return {
            "files": self.sources(),
            "options": dict(self.options),
            "like": self.like,
            "name": self.name,
            "pdf": self.pdf,
            "draft": self.id,
        }


class Drafts:
    """The drafts of one service.

    Args:
        folder: Where they are kept; made by the first one.
        store: The runs, beside which the databases are kept.
        roots: Folders whose files may be named by their path.
    """

    def __init__(self, folder: Path, store: Store, *, roots: Sequence[Path] = ()) -> None:
        self._folder, self._store = folder, store
        self.roots = tuple(root.resolve() for root in roots)
        self._lock = threading.Lock()
        self._previews: dict[str, tuple[str, pipeline.Preview]] = {}

    def new(self) -> str:
        """The id of a draft without files."""
        self.forget_old()
        made = secrets.token_hex(8)
        try:
            private_folder(self._folder.parent)
            private_folder(self._folder / made)
        except OSError as error:
            raise SetupError(
                f"Can't write to {self._folder}: {error.strerror}.", hint="Free space, or serve another folder."
            ) from error
        return made

    async def receive(self, draft: str, name: str, chunks: AsyncIterator[bytes]) -> Path:
        """Write a file to the disk while it arrives.

        Raises:
            InputError: it is empty.
            SetupError: the disk is full.
        """
        path = self.place(draft) / safe_name(name)
        while path.exists():
            path = path.with_name(f"{secrets.token_hex(2)}-{path.name}")
        written = 0
        try:
            with path.open("wb") as file:
                async for chunk in chunks:
                    written += file.write(chunk)
                    if shutil.disk_usage(self._folder).free < _ROOM:
                        raise SetupError(
                            "There is no room for this file on the disk.", hint="Free disk space, then bring it again."
                        )
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        if not written:
            path.unlink()
            raise InputError(f"{name[:80]} is empty.", hint="Was it saved? Choose it again.")
        return path

    def source(self, text: str) -> tuple[str, Path | str]:
        """A file that was named by its path, or a table of a database, and how it is called.

        Raises:
            InputError: it is not there, or may not be read.
        """
        if is_reference(text):
            return read_reference(text)[1], text
        path = self.under_roots(text)
        return path.name, path

    def under_roots(self, text: str) -> Path:
        """A file that was named by its path.

        Raises:
            InputError: it is not in one of the folders that may be read, or not there.
        """
        if not self.roots:
            raise InputError("No folder may be read by its path.", hint="Allow one: clustera serve --files FOLDER")
        try:
            found = Path(text).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            found = None
        # The same words for what is outside and for what is not there: nobody learns which files this computer has.
        if found is None or not found.is_file() or not any(found.is_relative_to(root) for root in self.roots):
            allowed = ", ".join(map(str, self.roots))
            raise InputError(
                f"There is no file {text[:200]!r} in the folders that may be read.", hint=f"They are: {allowed}"
            )
        return found

    def all_under_roots(self, named: str | Sequence[str]) -> list[Path]:
        """The files of a path, of a folder, of a pattern, or of a list of these, each once.

        A folder without links is itself, so that its files that are not read are told.

        Raises:
            InputError: one is not in the folders that may be read, or not there.
        """
        found: dict[Path, None] = {}
        for text in [named] if isinstance(named, str) else named:
            # What is refused is named as it was given: nobody learns the names of files elsewhere.
            found |= dict.fromkeys(self._below_roots(text) or [self.under_roots(text)])
        return list(found)

    def _below_roots(self, text: str) -> list[Path]:
        """The files of a folder or pattern; none where one of them, or the place where they are looked for, is elsewhere."""
        with suppress(ClusteraError, OSError, ValueError, RuntimeError):
            path = Path(text).absolute()
            place = Path(*takewhile(lambda part: not PATTERN & set(part), path.parts)).resolve()
            if any(place.is_relative_to(root) for root in self.roots):
                several = [one.resolve() for one in files_of(path)]
                if all(any(one.is_relative_to(root) for root in self.roots) for one in several):
                    return [path.resolve()] if is_folder_of(path, several) else several
        return []

    def keep(self, draft: str, files: Sequence[tuple[str, Path | str]], whats: Sequence[str] = ()) -> Draft:
        """Look at the files of a draft, say what each is unless that is given, and remember it.

        Raises:
            InputError: there are too many.
        """
        refuse_many_files(len(files))
        seen = [
            self._look_at_table(name, path) if isinstance(path, str) else look_at_file(name, path)
            for name, path in files
        ]
        if whats:
            given = zip(seen, whats, strict=True)
            told = [replace(file, what=what) for file, what in given if what in WHATS]
        else:
            told = tell_files_apart(seen)
        found = Draft(draft, tuple(told), {})
        self._write(found)
        return found

    def change(
        self,
        draft: Draft,
        whats: Sequence[str],
        options: Mapping[str, Any],
        *,
        like: str = "",
        name: str = "",
        pdf: bool = False,
    ) -> Draft:
        """What somebody corrected."""
        files = [
            replace(file, what=what) if what in WHATS else file
            for file, what in zip(draft.files, [*whats, *[""] * len(draft.files)], strict=False)
        ]
        found = Draft(draft.id, tuple(files), allowed(options), like, name, pdf)
        self._write(found)
        return found

    def open(self, draft: str) -> Draft:
        """A draft that was begun.

        Raises:
            RunError: there is none; it may have been started, or be a day old.
        """
        try:
            content = json.loads((self.place(draft) / "draft.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MissingError(
                "These files are not here any more.", hint="Bring them again: New segmentation."
            ) from error
        files = tuple(
            Brought(
                **{
                    **file,
                    "columns": tuple(file["columns"]),
                    "rows": tuple(map(tuple, file["rows"])),
                    "more": tuple(file.get("more", ())),
                }
            )
            for file in content["files"]
        )
        return Draft(draft, files, content["options"], content["like"], content["name"], content["pdf"])

    def preview(self, draft: Draft) -> pipeline.Preview:
        """What a segmentation of these files would see; computed once for the same wishes.

        Raises:
            InputError: it can't be segmented as it is.
        """
        wishes = {name: value for name, value in draft.options.items() if name not in _OF_SEGMENTS}
        asked = json.dumps([draft.sources(), wishes], sort_keys=True, default=str)
        with self._lock:
            held = self._previews.get(draft.id)
            if held is None or held[0] != asked:
                sources = sources_of(self._store, draft.sources())
                found = pipeline.preview(
                    pipeline.Sources(sources.get("customers"), sources.get("orders"), sources.get("products")),
                    gather_settings(**draft.options),
                )
                self._previews = {draft.id: (asked, found)}
                return found
            return held[1]

    def remove(self, draft: str) -> None:
        """Remove a draft and the files that were uploaded for it."""
        if _ID.fullmatch(draft):
            shutil.rmtree(self._folder / draft, ignore_errors=True)

    def place(self, draft: str) -> Path:
        """The folder of a draft.

        Raises:
            RunError: there is no such draft.
        """
        if not _ID.fullmatch(draft) or not (self._folder / draft).is_dir():
            raise MissingError("These files are not here any more.", hint="Bring them again: New segmentation.")
        return self._folder / draft

    def _look_at_table(self, name: str, reference: str) -> Brought:
        try:
            seen = reference_rows(self._store, reference)
        except InputError as error:
            return Brought(name, reference, 0, "unused", problem=error.message, hint=error.hint)
        named = public_source(self._store, reference)
        return Brought(
            name, reference, 0, "orders" if seen.is_log else "customers", seen.columns, seen.rows, named=named
        )

    def _write(self, draft: Draft) -> None:
        content = {"files": [asdict(file) for file in draft.files], "options": dict(draft.options)}
        wishes = {"like": draft.like, "name": draft.name, "pdf": draft.pdf}
        (self.place(draft.id) / "draft.json").write_text(json.dumps(content | wishes, default=str), encoding="utf-8")

    def forget_old(self) -> None:
        """Remove drafts that are older than a day, with the files that were brought."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                if _ID.fullmatch(path.name) and time.time() - path.stat().st_mtime > _KEPT:
                    shutil.rmtree(path, ignore_errors=True)


def refuse_many_files(count: int) -> None:
    """Refuse more files and tables than can be brought at a time.

    Raises:
        InputError: there are too many.
    """
    if count > MOST_FILES:
        raise InputError(
            f"These are {count} files and tables; {MOST_FILES} can be brought at a time.",
            hint="Put the files of one table together first.",
        )


def allowed(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that may be asked for from outside, checked.

    Raises:
        InputError: there is no such option here, or it can't have this value.
    """
    given = {name: value for name, value in options.items() if value not in ("", None, [], ())}
    for name in given:
        if name not in OPTIONS:
            raise InputError(
                f"The option {name[:40]!r} can't be asked for here.", hint=f"These can: {', '.join(sorted(OPTIONS))}."
            )
    pipeline.refuse_future_snapshot(gather_settings(environment={}, **given), today_is_fixed=True)
    return given


def safe_name(name: str) -> str:
    r"""A name for a file that somebody brought: the last part of it, with letters that every system takes.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\orders 2025.csv"), safe_name(".."), safe_name("Kunden März.xlsx")
    ('passwd', 'orders 2025.csv', 'file', 'Kunden März.xlsx')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(c if c.isalnum() or c in " ._-" else "-" for c in last).strip(" .-")
    return kept[-100:].lstrip(" .-") or "file"


def job_source_name(source: str | list[str]) -> str:
    """What a file, several files or a table is called; nothing of where it lies."""
    if isinstance(source, list):
        return f"{Path(source[0]).name} and {len(source) - 1} more"
    return read_reference(source)[1] if is_reference(source) else Path(source).name
