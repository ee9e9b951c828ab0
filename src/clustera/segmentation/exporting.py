"""Lists for mail tools and networks, as a caller asks for them: the request checked, the export prepared and written."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from clustera import audiences, pipeline, texts
from clustera.arguments import arguments_checked
from clustera.days import day_number
from clustera.errors import InputError, closest
from clustera.records import AudienceExport, ExportStep
from clustera.shares import read_share
from clustera.store import Campaigns, Store, WrittenExport, refuse_own_input

if TYPE_CHECKING:
    import pandas as pd


class ExportOptions(TypedDict, total=False):
    """What an export may be asked for besides the network and the contacts."""

    suppress: object
    holdout: float | str
    seed: str
    columns: Mapping[str, str]
    all_consented: bool
    country: str
    key: bytes | str | None
    include_controls: bool
    recommendations: object


@arguments_checked
class PreparedExport:
    r"""A list that is ready to be written: look at `steps` and `left_out`, then `write` it.

    >>> import clustera
    >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
    >>> from clustera.segmentation.saved_audiences import SavedAudiences
    >>> from clustera.store import Store
    >>> saved = SavedAudiences(Store("runs").audiences).save('name = "Large"\ndefinition = "spend > 900"')
    >>> ready = clustera.load("march").audience("Large").prepare_export("klaviyo", contacts, holdout="10%")
    >>> [name for name in dir(ready) if not name.startswith("_")]
    ['check', 'export', 'left_out', 'steps', 'write']
    """

    def __init__(self, export: AudienceExport, store: Store, request: pipeline.ExportRequest, minimum: int) -> None:
        self.export = export
        self._store = store
        self._request = request
        self._minimum = minimum

    def __repr__(self) -> str:
        return "\n".join(f"{step.customers:,} {step.step}" for step in self.steps)

    @property
    def steps(self) -> tuple[ExportStep, ...]:
        r"""How many customers are left after each step, from all of the audience to those who are written.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> saved = SavedAudiences(Store("runs").audiences).save('name = "Large"\ndefinition = "spend > 900"')
        >>> ready = clustera.load("march").audience("Large").prepare_export("klaviyo", contacts, holdout="10%")
        >>> [step.customers for step in ready.steps]
        [23, 23, 20, 20, 20, 18]
        """
        return self.export.steps

    @property
    def left_out(self) -> pd.DataFrame:
        r"""Everybody who is not written, and why.

        Returns:
            One row per customer: customer, segment, code.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> saved = SavedAudiences(Store("runs").audiences).save('name = "Large"\ndefinition = "spend > 900"')
        >>> ready = clustera.load("march").audience("Large").prepare_export("klaviyo", contacts, holdout="10%")
        >>> ready.left_out["code"].value_counts().to_dict()
        {'no-consent': 3, 'held-out': 2}
        """
        import pandas as pd

        return pd.DataFrame(map(asdict, self.export.left_out), columns=["customer", "segment", "code"])

    def check(self) -> None:
        r"""Refuse a list that is smaller or larger than it may be.

        Raises:
            InputError: it is.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 0 + ["no"] * 210)
        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> saved = SavedAudiences(Store("runs").audiences).save('name = "Large"\ndefinition = "spend > 900"')
        >>> ready = clustera.load("march").audience("Large").prepare_export("klaviyo", contacts, holdout="10%")
        >>> ready.check()
        Traceback (most recent call last):
        clustera.errors.InputError: Nobody in the audience may be contacted, so nothing was written.
        Hint: 23 customers have not consented: their cell of the consent column does not say yes, true, subscribed or a date.
        """
        audiences.check_size(
            len(self.export.rows),
            audiences.network_of(self.export.network),
            minimum=self._minimum,
            hint=texts.left_out_hint(Counter(gone.code for gone in self.export.left_out)),
        )

    def write(self, path: str | Path) -> WrittenExport:
        r"""Write the list as CSV, with who was left out and who is held out beside it, and keep a record of it.

        Raises:
            InputError: the list is smaller or larger than it may be.
            InputError: `path` is no .csv file, or it is one of the tables that are read.

        >>> import clustera
        >>> contacts = customers.assign(email=customers["customer"] + "@shop.example", consent=["yes"] * 200 + ["no"] * 10)
        >>> from clustera.segmentation.saved_audiences import SavedAudiences
        >>> from clustera.store import Store
        >>> saved = SavedAudiences(Store("runs").audiences).save('name = "Large"\ndefinition = "spend > 900"')
        >>> ready = clustera.load("march").audience("Large").prepare_export("klaviyo", contacts, holdout="10%")
        >>> written = ready.write("list.csv")
        >>> written.file.read_text(encoding="utf-8").splitlines()[1]
        'c162@shop.example,,,,,,C162,Recently active big spenders,Large,Subscribed'
        >>> written.assignments.name
        'list.assignments.csv'
        """
        self.check()
        request = self._request
        refuse_own_input(Path(path), *(s for s in (request.contacts, *request.suppress) if isinstance(s, (str, Path))))
        told = {
            "contacts": pipeline.source_name(request.contacts),
            "suppress": [pipeline.source_name(one) for one in request.suppress],
            "all_consented": request.all_consented,
            "pseudonymized": bool(request.key),
            "seed": self.export.seed,
            "recommendations": "" if request.recommendations is None else pipeline.source_name(request.recommendations),
        }
        return self._store.exports.write(self.export, Path(path), told=told)


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
                f"{name!r} is not a field of contacts.",
                hint=f"Did you mean {near!r}?" if near else f"The fields are: {', '.join(audiences.FIELDS)}.",
            )
    audiences.network_of(network)
    country = options.get("country", "")
    if country and not audiences.clean_country(country):
        raise InputError(f"{country!r} is not a country code.", hint="Use two letters, such as DE or US.")
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
        include_controls=options.get("include_controls", False),
        recommendations=options.get("recommendations"),
    )


def _running_campaigns(store: Campaigns, apart: str = "") -> list[str]:
    """Names of the campaigns that go on today; of an exported list the audience holds its control group out itself."""
    today = day_number(datetime.datetime.now().astimezone().date())
    going = pipeline.running_between(store.list(), today, 1)
    return [campaign.name for campaign in going if not campaign.exported and campaign.name != apart]


def kept_from_files(runs: Path, *, control: bool | None) -> tuple[Path, ...]:
    """The files of groups whose control groups `kept_from_list` leaves out of a list: customer, segment, group.

    Args:
        runs: The folder of runs.
        control: True where only a control group is listed.

    >>> kept_from_files(Path("no_such_folder"), control=None)
    ()
    """
    campaigns, exports = Campaigns(runs), Store(runs).exports
    running = [] if control else [campaigns.groups_file(name) for name in _running_campaigns(campaigns)]
    return (*running, *(exports.groups_file(name) for name in exports.held_out()))


def running_controls(runs: Path, *, apart: str = "") -> frozenset[str]:
    """Everybody in the control group of a campaign that goes on today.

    Args:
        runs: The folder of runs.
        apart: A campaign that does not count.

    >>> running_controls(Path("no_such_folder"))
    frozenset()
    """
    store = Campaigns(runs)
    held: set[str] = set()
    for name in _running_campaigns(store, apart):
        groups = store.assignments(name)
        pairs = zip(groups["customer"].to_pylist(), groups["group"].to_pylist(), strict=True)
        held.update(customer for customer, group in pairs if group == "control")
    return frozenset(held)


def kept_from_lists(runs: Path, *, apart: str = "") -> frozenset[str]:
    """Everybody whom nothing may be sent to by now: control groups of campaigns that go on, and whom an audience holds out.

    Args:
        runs: The folder of runs.
        apart: A campaign whose control group does not count.

    >>> kept_from_lists(Path("no_such_folder"))
    frozenset()
    """
    return running_controls(runs, apart=apart) | held_out(runs)


def kept_from_list(runs: Path, *, control: bool | None) -> frozenset[str]:
    """Everybody whom one list leaves out; the list of a control group, which gets nothing, leaves out hold-outs only.

    Args:
        runs: The folder of runs.
        control: True where only a control group is listed.

    >>> kept_from_list(Path("no_such_folder"), control=False)
    frozenset()
    """
    return held_out(runs) if control else kept_from_lists(runs)


def held_out(runs: Path) -> frozenset[str]:
    """Everybody whom an audience holds out: no list has them until `clustera audience end-holdout`.

    >>> held_out(Path("no_such_folder"))
    frozenset()
    """
    return frozenset().union(*Store(runs).exports.held_out().values())


def holdout_share(text: float | str) -> float:
    """A share as people write it.

    >>> holdout_share("10%"), holdout_share("0.2"), holdout_share(0)
    (0.1, 0.2, 0.0)

    Raises:
        InputError: it is none, or more than a half.
    """
    written = str(text).strip()
    share = read_share(written)
    if share is None or not 0 <= share <= 0.5:
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
        "running_holdout": asdict(export.running) if export.running else None,
        "shared_holdout": list(export.shared),
        "suppression": [asdict(file) for file in export.suppressions],
        "columns": {column.field: column.column for column in reversed(export.columns)},
        "further_columns": {
            field: columns
            for field in ("email", "phone")
            if (columns := [column.column for column in export.columns if column.field == field][1:])
        },
    }
    if files:
        found |= {
            "file": str(files.file),
            "left_out_file": str(files.left_out),
            "assignments": str(files.assignments) if files.assignments else None,
            "first": files.first,
            "replaced": files.replaced,
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
        raise InputError(
            f"Can't read the key {path}: {error.strerror}.", hint="Check the path; relative ones start where you are."
        ) from error
    if len(key) < 16:
        raise InputError(
            f"The key in {path} has {len(key)} characters; it must have at least 16.",
            hint="A short key is soon guessed, and with it every id. Make a random one and keep it.",
        )
    return key
