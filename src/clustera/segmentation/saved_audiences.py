"""The audiences that are kept beside runs: read, saved, counted before and after, found by their names."""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from clustera import audiences
from clustera.arguments import arguments_checked
from clustera.audiences import Population
from clustera.errors import InputError, RunError, closest
from clustera.records import Audience, AudienceVersion, ColumnTest, readable
from clustera.segmentation.audiences import SelectedAudience
from clustera.store import LATEST, AudienceStore, ExportStore, Store, is_name


@readable
@dataclass(frozen=True, slots=True)
class AudienceChange:
    """What saving an audience changed."""

    audience: Audience
    version: AudienceVersion
    changed: bool  # whether there is a new version


def frozen_name(name: str) -> str:
    """What an audience is called that holds the customers who are in another one today, unless somebody says otherwise."""
    return f"{name} {_this_day()}"


def _this_day() -> str:
    return datetime.datetime.now().astimezone().date().isoformat()


@arguments_checked
class SavedAudiences:
    """The audiences of a folder of runs, read, counted on a run and changed. See `clustera.store.AudienceStore`.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: AudienceStore) -> None:
        self.store = store

    def list(self) -> dict[str, Audience]:
        """All audiences by name, as their newest versions define them."""
        return {name: self._read(version) for name, version in self.store.list().items()}

    def open(self, name: str, version: int | None = None) -> Audience:
        """One audience; its newest version when none is named.

        Raises:
            RunError: there is no such audience or version.
        """
        return self._read(self.store.open(name, version))

    def definitions(self) -> dict[str, str]:
        """Definitions by name, as conditions on other audiences ask for them."""
        return {name: audience.definition for name, audience in self.list().items()}

    def used_by(self, name: str) -> tuple[str, ...]:
        """Names of the audiences whose definitions ask for another one."""
        return tuple(
            other
            for other, definition in self.definitions().items()
            if name in audiences.audiences_in(audiences.parse_definition(definition))
        )

    def save(self, text: str, *, population: Population | None = None, run: str = "") -> AudienceChange:
        """Keep a new version of an audience.

        Args:
            text: Its TOML file, kept byte for byte.
            population: The customers it is counted on, before and after.
            run: The name of their run.

        Raises:
            InputError: the file or its definition can't be understood, the run can't answer it, or it depends on itself.
            RunError: the name can't be one.
        """
        audience = audiences.read_toml(text)
        saved = self.definitions()
        audiences.check_cycles(audience.name, audience.definition, saved)
        old, customers = None, None
        if population is not None:
            customers = SelectedAudience(audience, population, saved).count().customers
            old = self._size_before(audience.name, population, saved)
        known = self.store.list().get(audience.name)
        version = self.store.save(audience.name, text, run=run, customers=customers, before=old)
        return AudienceChange(audience, version, known is None or known.version != version.version)

    def freeze(
        self, name: str, exports: ExportStore, *, population: Population, run: str, to: str = ""
    ) -> AudienceChange:
        """Save the customers who are in an audience now as a new audience that never changes.

        Args:
            name: Of the audience.
            exports: Where the members are kept.
            population: The customers it is counted on.
            run: The name of their run.
            to: What the frozen one is called; the name and the day when empty.

        Raises:
            InputError: the run can't answer the definition, or nobody is a member.
            RunError: there is no such audience, or already one of the new name.
        """
        audience, day = self.open(name), _this_day()
        frozen = to or frozen_name(name)
        if frozen in self.list():
            raise RunError(f"There is already an audience {frozen!r}.", hint="Choose another name: --as NAME")
        rows = SelectedAudience(audience, population, self.definitions()).selection.customers()
        members = rows.query("select id from {rows}")["id"].to_pylist()
        if not members:
            raise InputError(f"Audience {name!r} has no customers on run {run}, so there is nothing to freeze.")
        note = f"Members of {name!r} on {day}, on run {run}: {audience.definition}"
        made = Audience(frozen, "", note, audience.minimum)
        return self._keep_members(made, exports, members, origin=name, population=population, run=run)

    def keep_list(
        self, name: str, customers: Sequence[str], exports: ExportStore, *, population: Population, run: str, note: str
    ) -> AudienceChange:
        """Save some customers as a new audience that never changes.

        Args:
            name: Of the audience.
            customers: Their ids.
            exports: Where the members are kept.
            population: The customers it is counted on.
            run: The name of their run.
            note: Where the list comes from.

        Raises:
            InputError: the run knows none of them.
            RunError: the name can't be one, or there is already an audience of it.
        """
        if name in self.list():
            raise RunError(f"There is already an audience {name!r}.", hint="Choose another name.")
        wanted = population.rows.engine.arrow(pa.table({"customer": pa.array(customers, pa.string())}))
        known = population.rows.select("select id from {rows} semi join {wanted} w on w.customer = id", wanted=wanted)
        if not known.count():
            raise InputError(
                f"The run {run} knows none of these customers.", hint="Choose the run whose customers the list is of."
            )
        made = Audience(name, "", note)
        return self._keep_members(made, exports, customers, origin="", population=population, run=run)

    def _keep_members(
        self,
        audience: Audience,
        exports: ExportStore,
        customers: Sequence[str],
        *,
        origin: str,
        population: Population,
        run: str,
    ) -> AudienceChange:
        name = audience.name
        path = exports.freeze(name, customers, origin=origin)
        text = audiences.write_toml(replace(audience, definition=f"in frozen {json.dumps(name, ensure_ascii=False)}"))
        return self.save(text, population=replace(population, frozen={**population.frozen, name: path}), run=run)

    def restore(
        self, name: str, version: int, *, population: Population | None = None, run: str = ""
    ) -> AudienceChange:
        """Make an earlier version the newest again, as a new version."""
        return self.save(self.store.open(name, version).text, population=population, run=run)

    def pull(
        self, texts: Mapping[str, str], *, population: Population | None = None, run: str = ""
    ) -> tuple[AudienceChange, ...]:
        """Keep audiences of several TOML files: all of them, or none.

        Args:
            texts: The files by their names.
            population: The customers they are counted on.
            run: The name of their run.

        Raises:
            InputError: one of them can't be understood, two have one name, or they depend on each other in a circle.
        """
        found = {source: audiences.read_toml(text, source=source) for source, text in texts.items()}
        by_name: dict[str, str] = {}
        for source, audience in found.items():
            if audience.name in by_name:
                raise InputError(f"{by_name[audience.name]} and {source} both define the audience {audience.name!r}.")
            by_name[audience.name] = source
        together = self.definitions() | {audience.name: audience.definition for audience in found.values()}
        for audience in found.values():
            audiences.check_cycles(audience.name, audience.definition, together)
            if population is not None:
                audiences.select_customers(audience.definition, population, audiences=together, name=audience.name)
        order = sorted(found, key=lambda source: _depth(found[source].name, together))
        return tuple(self.save(texts[source], population=population, run=run) for source in order)

    def delete(self, name: str) -> None:
        """Remove an audience with all its versions.

        Raises:
            RunError: there is no such audience, or another one asks for it.
        """
        self.store.open(name)
        if users := self.used_by(name):
            listed = ", ".join(map(repr, users))
            raise RunError(f"Audience {name!r} is used by {listed}.", hint="Change or delete those first.")
        self.store.delete(name)

    def _size_before(self, name: str, population: Population, saved: Mapping[str, str]) -> int | None:
        if name not in saved:
            return None
        try:
            return SelectedAudience(Audience(name, saved[name]), population, saved).count().customers
        except audiences.DefinitionError:
            return None  # the run can't answer what the version before asks for

    def _read(self, version: AudienceVersion) -> Audience:
        return audiences.read_toml(version.text)


def without_missing_lists(
    texts: Mapping[str, str], known: Collection[str], lists: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The files of audiences that can be counted here, and those that ask for a frozen list of members that is not here.

    Args:
        texts: TOML files by their names.
        known: Names of the audiences that are saved already.
        lists: Names of the frozen lists of members that are here.

    Returns:
        The files that can be kept, and audience -> the list, or the audience without one, that it lacks.

    Raises:
        InputError: a file can't be understood.
    """
    found = {source: audiences.read_toml(text, source=source) for source, text in texts.items()}
    lacking: dict[str, str] = {}
    before = -1
    while len(lacking) != before:
        before = len(lacking)
        for audience in found.values():
            condition = audiences.parse_definition(audience.definition)
            gone = [name for name in audiences.frozen_in(condition) if name not in lists]
            gone += [name for name in audiences.audiences_in(condition) if name in lacking and name not in known]
            if gone and audience.name not in lacking:
                lacking[audience.name] = gone[0]
    return {source: text for source, text in texts.items() if found[source].name not in lacking}, lacking


def _depth(name: str, definitions: Mapping[str, str]) -> int:
    """How many audiences stand behind one: what it asks for is saved before it."""
    asked = audiences.audiences_in(audiences.parse_definition(definitions[name]))
    return 1 + max((_depth(other, definitions) for other in asked), default=0)


def audience_of(
    text: str, saved: SavedAudiences | None, columns: Collection[str] = ()
) -> tuple[Audience, dict[str, str]]:
    """The audience that a text means: the name of a saved one, else a definition; and the definitions of all saved ones.

    Args:
        text: What the user wrote.
        saved: The audiences that are kept.
        columns: Of the run; a single name that is none of them was meant as that of an audience.

    Raises:
        InputError: the definition can't be understood.
        RunError: the text is a name that no audience has.
    """
    known = saved.list() if saved else {}
    definitions = {name: audience.definition for name, audience in known.items()}
    if text in known:
        return known[text], definitions
    try:
        found = audiences.parse_definition(text)
    except audiences.DefinitionError:
        if saved is not None and is_name(text) and closest(text, known):
            saved.store.open(text)
        raise
    alone = isinstance(found, ColumnTest) and found.column == text.strip()
    if saved is not None and alone and text.strip() not in columns and closest(text, known):
        saved.store.open(text)
    return Audience("", audiences.write_condition(found)), definitions


def audience_text(
    name: str, definition: str | None, *, note: str | None, minimum: int | None, saved: SavedAudiences
) -> str:
    """The TOML file of what a user wants to save; what is not said stays as it was.

    Args:
        name: Of the audience; without a definition the path of a TOML file.
        definition: A line of text.
        note: What the audience is for.
        minimum: Smallest number of customers to export.
        saved: The audiences that are kept.

    Raises:
        InputError: the file can't be read, or the definition can't be understood.
    """
    if definition is None and Path(name).suffix.lower() == ".toml":
        try:
            return Path(name).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise InputError(f"Can't read {name}: {reason}.") from error
    known = saved.list().get(name)
    if definition is None and known is None:
        raise InputError(
            f"There is no audience {name!r} yet. To create it, add a definition.",
            hint=f"For example: clustera audience save {name!r} 'spend > 100'",
        )
    return audiences.write_toml(
        Audience(
            name,
            audiences.tidy_definition(definition) if definition is not None else known.definition if known else "",
            note if note is not None else known.note if known else "",
            minimum if minimum is not None else known.minimum if known else 0,
        )
    )


def saved_summary(change: AudienceChange) -> dict[str, Any]:
    """A saved audience as JSON values."""
    version = {key: value for key, value in asdict(change.version).items() if key != "text"}
    return asdict(change.audience) | version | {"changed": change.changed}


def default_run(store: Store) -> str:
    """The run on which audiences are counted when none is named: "current" where it is set, else the newest."""
    return "current" if "current" in store.aliases() else LATEST
