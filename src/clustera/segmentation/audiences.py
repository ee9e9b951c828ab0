"""Audiences of a segmentation: `seg.audience("spend > 100")`, and the audiences that are kept beside its run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from clustera import audiences, pipeline
from clustera.audiences import Population, Selection
from clustera.errors import InputError, RunError, closest
from clustera.records import Audience, AudienceCount, AudienceExport, AudienceVersion, ColumnTest, ExportStep
from clustera.store import LATEST, AudienceStore, Store, WrittenExport, is_name

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class AudienceChange:
    """What saving an audience changed."""

    audience: Audience
    version: AudienceVersion
    changed: bool  # whether there is a new version


class ExportOptions(TypedDict, total=False):
    """What an export may be asked for besides the network and the contacts."""

    suppress: object
    holdout: float | str
    seed: str
    columns: Mapping[str, str]
    all_consented: bool
    country: str
    key: bytes | str | None


class PreparedExport:
    """A list that is ready to be written: look at `steps` and `left_out`, then `write` it."""

    def __init__(self, export: AudienceExport, store: Store, request: pipeline.ExportRequest, minimum: int) -> None:
        self.export = export
        self._store = store
        self._request = request
        self._minimum = minimum

    @property
    def steps(self) -> tuple[ExportStep, ...]:
        """How many customers are left after each step, from all of the audience to those who are written."""
        return self.export.steps

    @property
    def left_out(self) -> pd.DataFrame:
        """Everybody who is not written: customer, segment, code."""
        import pandas as pd

        return pd.DataFrame(map(asdict, self.export.left_out), columns=["customer", "segment", "code"])

    def check(self) -> None:
        """Refuse a list that is smaller or larger than it may be.

        Raises:
            InputError: it is.
        """
        audiences.check_size(len(self.export.rows), audiences.network_of(self.export.network), minimum=self._minimum)

    def write(self, path: str | Path) -> WrittenExport:
        """Write the list as CSV, with who was left out and who is held out beside it, and keep a record of it.

        Raises:
            InputError: the list is smaller or larger than it may be.
            RunError: `path` is no .csv file.
        """
        self.check()
        request = self._request
        told = {
            "contacts": pipeline.source_name(request.contacts),
            "suppress": [pipeline.source_name(one) for one in request.suppress],
            "all_consented": request.all_consented,
            "pseudonymized": bool(request.key),
            "seed": self.export.seed,
        }
        return self._store.exports.write(self.export, Path(path), told=told)


class SelectedAudience:
    """An audience on one run: how many customers, and which. Made by `seg.audience`."""

    def __init__(
        self,
        audience: Audience,
        population: Population,
        saved: Mapping[str, str],
        *,
        store: Store | None = None,
        run: str = "",
    ) -> None:
        self.audience = audience
        self._population = population
        self._saved = saved
        self._store = store
        self._run_name = run

    @property
    def name(self) -> str:
        """The name of a saved audience; empty for a definition."""
        return self.audience.name

    @property
    def definition(self) -> str:
        """The definition, as it is written."""
        return self.audience.definition

    @property
    def selection(self) -> Selection:
        """The customers in the engine: for tables larger than memory."""
        return audiences.select_customers(
            self.definition, self._population, audiences=self._saved, name=self.audience.name
        )

    def count(self) -> AudienceCount:
        """How many customers: all, by condition and by segment.

        Raises:
            InputError: the definition can't be understood, or the run can't answer it.
        """
        return audiences.count_customers(self.selection, self._population)

    def customers(self, *, limit: int | None = None) -> pd.DataFrame:
        """The customers, in the run's order: the columns that conditions can ask for, under the names they have there.

        Args:
            limit: So many at most; all when left out.
        """
        rows = self._population.readable(self.selection.customers())
        if limit is not None:
            rows = rows.select(f"select * from {{rows}} limit {int(limit)}")
        frame: pd.DataFrame = rows.arrow().to_pandas()
        return frame

    def reach(self, contacts: object, **options: Unpack[ExportOptions]) -> tuple[int, int]:
        """How many of the customers have an address in a table of contacts, and how many of those may be written to.

        Args:
            contacts: A path, or any table that speaks Arrow.
            options: As for `prepare_export`.

        Raises:
            InputError: the contacts can't be used.
        """
        return pipeline.reach(self.selection, export_request("generic", contacts, options))

    def prepare_export(self, network: str, contacts: object, **options: Unpack[ExportOptions]) -> PreparedExport:
        """Who is written into a list for a mail tool or an advertising network. Nothing leaves yet: see `PreparedExport`.

        Args:
            network: generic, klaviyo, mailchimp, hubspot, meta, google, linkedin or tiktok.
            contacts: A table with the customers' ids, addresses and consent: a path, or any table that speaks Arrow.
            options: `suppress` (a path, or several), `holdout` (0.1 or "10%"), `seed`, `columns` (field -> column),
                `all_consented`, `country` and `key`, as in `docs/audiences.md`.

        Raises:
            InputError: the contacts can't be used.
            RunError: the audience is not saved, or the segmentation has no run.
        """
        if self._store is None or not self.name:
            raise RunError(
                "Only a saved audience can be exported: its name is in the record of who was sent where.",
                hint="Save it first: clustera audience save NAME 'DEFINITION'",
            )
        request = export_request(network, contacts, options)
        export = pipeline.choose_export(
            self.audience,
            self.selection,
            request,
            names=self._population.names,
            run=self._run_name,
            version=self._store.audiences.open(self.name).version,
            earlier=self._store.exports.groups(self.name),
        )
        return PreparedExport(export, self._store, request, self.audience.minimum)

    def to_toml(self) -> str:
        """The audience as a TOML file."""
        return audiences.write_toml(self.audience)

    def __repr__(self) -> str:
        named = f"{self.name}: " if self.name else ""
        return f"{named}{self.definition}"


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


def audience_summary(count: AudienceCount, names: Mapping[int, str]) -> dict[str, Any]:
    """A count as JSON values."""
    reach = {"with_contact": count.with_contact, "reachable": count.reachable} if count.with_contact is not None else {}
    return {
        "customers": count.customers,
        "of": count.of,
        "share": count.customers / count.of if count.of else 0.0,
        **reach,
        "conditions": [
            {"condition": c.condition, "customers": c.customers, "together": c.together} for c in count.conditions
        ],
        "segments": [{"segment": s, "name": names.get(s, ""), "customers": n} for s, n in count.segments],
        "notes": list(count.notes),
    }


def default_run(store: Store) -> str:
    """The run on which audiences are counted when none is named: "current" where it is set, else the newest."""
    return "current" if "current" in store.aliases() else LATEST


def audience_text(
    name: str, definition: str | None, *, note: str | None, minimum: int | None, saved: SavedAudiences
) -> str:
    """The TOML file of what a user wants to save; what is not said stays as it was.

    Args:
        name: Of the audience; without a definition the path of a TOML file.
        definition: A line of text.
        note: What the audience is for.
        minimum: Customers below which it is not exported.
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
            f"There is no audience {name!r} yet, and no definition is given.",
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


def export_request(network: str, contacts: object, options: ExportOptions) -> pipeline.ExportRequest:
    """What a caller asks of an export, checked.

    Raises:
        InputError: an option is not what it must be.
    """
    columns = options.get("columns") or {}
    for name in columns:
        if name not in audiences.FIELDS:
            near = closest(name, audiences.FIELDS)
            raise InputError(
                f"Contacts have no field {name!r}.",
                hint=f"Did you mean {near!r}?" if near else f"The fields are: {', '.join(audiences.FIELDS)}.",
            )
    audiences.network_of(network)
    country = options.get("country", "")
    if country and not audiences.clean_country(country):
        raise InputError(f"{country!r} is no country.", hint="Say it in two letters, such as DE or US.")
    suppress, key = options.get("suppress"), options.get("key")
    lists = suppress if isinstance(suppress, (tuple, list)) else () if suppress is None else (suppress,)
    return pipeline.ExportRequest(
        network=network,
        contacts=contacts,
        suppress=tuple(lists),
        holdout=holdout_share(options.get("holdout", 0.0)),
        seed=options.get("seed", ""),
        columns=columns,  # type: ignore[arg-type]
        all_consented=options.get("all_consented", False),
        country=audiences.clean_country(country) if country else "",
        key=key.encode() if isinstance(key, str) else key or b"",
    )


def holdout_share(text: float | str) -> float:
    """A share as people write it.

    >>> holdout_share("10%"), holdout_share("0.2"), holdout_share(0)
    (0.1, 0.2, 0.0)

    Raises:
        InputError: it is none, or more than a half.
    """
    written = str(text).strip()
    try:
        share = float(written.removesuffix("%")) / (100 if written.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 0.5:
        raise InputError(
            f"The hold-out is {written!r}; it must be a share from 0% to 50%.", hint="For example: --holdout 10%"
        )
    return share


def export_summary(export: AudienceExport, files: WrittenExport | None = None) -> dict[str, Any]:
    """An export as JSON values, without the people in it."""
    codes = Counter(gone.code for gone in export.left_out)
    found: dict[str, Any] = {
        "audience": export.audience,
        "version": export.version,
        "run": export.run,
        "network": export.network,
        "rows": len(export.rows),
        "steps": [asdict(step) for step in export.steps],
        "left_out": dict(codes),
        "held_out": sum(one.group == "control" for one in export.assignments),
        "columns": {column.field: column.column for column in export.columns},
    }
    if files:
        found |= {
            "file": str(files.file),
            "left_out_file": str(files.left_out),
            "assignments": str(files.assignments) if files.assignments else None,
            "joined": files.joined,
            "left": files.left,
        }
    return found


def read_key(path: Path) -> bytes:
    """The secret key of a file.

    Raises:
        InputError: it can't be read, or is shorter than 16 characters.
    """
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise InputError(f"Can't read the key {path}: {error.strerror}.") from error
    if len(key) < 16:
        raise InputError(
            f"The key in {path} has {len(key)} characters; it must have at least 16.",
            hint="A short key is soon guessed, and with it every id. Make a random one and keep it.",
        )
    return key
