"""Customers by conditions: `clustera audience list`, `show`, `count`, `save`, `restore`, `delete`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.doors import AsJson, Runs, audience_app, errors_as_sentences, stops_held_off
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph
from clustera.cli.reaching import NETWORKS, AllConsented, Column, Country, Holdout, Suppress, reach_options

if TYPE_CHECKING:
    from clustera.records import AudienceCount, AudienceReach
    from clustera.segmentation import Segmentation

AudienceName = Annotated[str, typer.Argument(help="Name of an audience.", metavar="NAME")]
AudienceText = Annotated[
    str,
    typer.Argument(
        help="Name of an audience, or a definition in quotes, such as 'stage is \"overdue\" and spend > 100'.",
        metavar="AUDIENCE",
    ),
]
OfRun = Annotated[
    str,
    typer.Option("--run", help='Run to count on: a name or an alias. Default: "current" if set, else the newest run.'),
]


@audience_app.command("list")
def list_audiences(runs: Runs = Path("runs"), run: OfRun = "", as_json: AsJson = False) -> None:
    """List the saved audiences with their sizes on a run."""
    with errors_as_sentences(as_json=as_json):
        from clustera.segmentation.saved_audiences import SavedAudiences
        from clustera.store import Store

        kept = SavedAudiences(Store(runs).audiences)
        versions, found = kept.store.list(), kept.list()
        with opened(runs, run, needed=bool(run)) as seg:
            sizes = {name: _audience_size(seg, name) for name in found}
        if as_json:
            print_json(
                [
                    {
                        "name": name,
                        "definition": audience.definition,
                        "note": audience.note,
                        "minimum": audience.minimum,
                        "version": versions[name].version,
                        "saved": versions[name].saved,
                        "customers": sizes[name],
                    }
                    for name, audience in found.items()
                ]
            )
        elif not found:
            typer.echo(f"No audiences in {runs} yet. Make one: clustera audience save NAME 'spend > 100'")
        else:
            print_table(
                ["audience", "customers", "version", "definition", "note"],
                [
                    [
                        name,
                        "" if sizes[name] is None else f"{sizes[name]:,}",
                        str(versions[name].version),
                        audience.definition,
                        audience.note,
                    ]
                    for name, audience in found.items()
                ],
                numbers=(1, 2),
                optional=(4, 2),
            )


@audience_app.command("show")
def show_audience(
    name: AudienceName,
    version: Annotated[int | None, typer.Option(help="An earlier version.", metavar="NUMBER")] = None,
    versions: Annotated[bool, typer.Option("--versions", help="List all versions instead.")] = False,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Print an audience as the TOML file that `clustera audience save` takes."""
    with errors_as_sentences(as_json=as_json):
        from dataclasses import asdict

        from clustera.audiences import read_toml
        from clustera.store import Store

        store = Store(runs).audiences
        if versions:
            found = store.versions(name)
            if as_json:
                print_json([asdict(read_toml(kept.text)) | _without_text(asdict(kept)) for kept in found])
                return
            print_table(
                ["version", "saved", "by", "customers", "before", "on run", "definition"],
                [
                    [
                        str(kept.version),
                        kept.saved.replace("T", " ")[:16],
                        kept.by,
                        "" if kept.customers is None else f"{kept.customers:,}",
                        "" if kept.before is None else f"{kept.before:,}",
                        kept.run,
                        read_toml(kept.text).definition,
                    ]
                    for kept in found
                ],
                numbers=(0, 3, 4),
                optional=(2, 5),
            )
            return
        kept = store.open(name, version)
        if as_json:
            print_json(asdict(read_toml(kept.text)) | _without_text(asdict(kept)))
        else:
            typer.echo(kept.text, nl=False)


@audience_app.command("count")
def count_audience(
    audience: AudienceText,
    contacts: Annotated[
        str | None,
        typer.Option(
            help="Table of contacts: also count who has an address, may be contacted, and would be in a list.",
            metavar="FILE",
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option("--for", help=f"With --contacts: count for this destination: {NETWORKS}.", metavar="NETWORK"),
    ] = None,
    suppress: Suppress = None,
    holdout: Holdout = "0%",
    column: Column = None,
    country: Country = "",
    all_consented: AllConsented = False,
    run: OfRun = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Count the customers of an audience: all, by condition and by segment."""
    with errors_as_sentences(as_json=as_json):
        from clustera.errors import InputError
        from clustera.segmentation.audiences import audience_summary

        with opened(runs, run) as seg:
            assert seg is not None
            chosen = seg.audience(audience)
            found = chosen.count()
            options = reach_options(suppress, column, country, all_consented=all_consented)
            if contacts:
                found = replace(found, reach=chosen.reach(contacts, network or "generic", holdout=holdout, **options))
            elif network or options:
                raise InputError(
                    "Counting a list needs the table of contacts.", hint="For example: --for klaviyo --contacts crm.csv"
                )
            if as_json:
                named = {"name": chosen.name, "definition": chosen.definition}
                print_json(named | audience_summary(found, seg.names))
            else:
                print_count(found, seg)


@audience_app.command("columns")
def list_columns(
    run: Annotated[
        str,
        typer.Argument(
            help='A run. Default: "current" if set, else the newest run.', metavar="RUN", show_default=False
        ),
    ] = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List the columns that conditions can use, with kind, values and meaning."""
    with errors_as_sentences(as_json=as_json):
        with opened(runs, run) as seg:
            assert seg is not None
            found = seg.audience_columns().to_dict("records")
        if as_json:
            print_json(found)
            return
        print_table(
            ["name", "kind", "values", "missing", "meaning"],
            [
                [c["name"], c["kind"], c["values"], f"{c['missing']:,}" if c["missing"] else "", c["meaning"]]
                for c in found
            ],
            numbers=(3,),
            optional=(3, 1),
        )


@audience_app.command("save")
def save_audience(
    name: Annotated[str, typer.Argument(help="Name of the audience; or a TOML file, as `show` prints it.")],
    definition: Annotated[
        str | None,
        typer.Argument(
            help="Its definition in quotes, such as 'stage is \"overdue\"'.",
            metavar="DEFINITION",
            show_default=False,
        ),
    ] = None,
    note: Annotated[str | None, typer.Option(help="What it is for.", metavar="TEXT")] = None,
    minimum: Annotated[
        int | None, typer.Option(help="Smallest number of customers to export.", min=0, metavar="NUMBER")
    ] = None,
    run: OfRun = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Save an audience. Saving it again makes a new version."""
    with errors_as_sentences(as_json=as_json):
        from clustera import texts
        from clustera.segmentation.saved_audiences import SavedAudiences, audience_text, saved_summary
        from clustera.store import Store

        kept = SavedAudiences(Store(runs).audiences)
        text = audience_text(name, definition, note=note, minimum=minimum, saved=kept)
        with opened(runs, run, needed=bool(run)) as seg, stops_held_off():
            on = {"population": seg.population, "run": seg.run_name} if seg else {}
            change = kept.save(text, **on)  # type: ignore[arg-type]
            if as_json:
                print_json(saved_summary(change))
            else:
                print_saved(change.audience.name, change.version.version, change.changed)
                if change.version.customers is not None and change.changed:
                    before = f" ({change.version.before:,} before)" if change.version.before is not None else ""
                    size = texts.translate_count(change.version.customers, "{n} customer", "{n} customers")
                    typer.echo(f"{size}{before} on run {change.version.run}.")


@audience_app.command("freeze")
def freeze_audience(
    name: AudienceName,
    to: Annotated[
        str,
        typer.Option("--as", help="Name of the frozen audience. Default: the name and today's date.", metavar="NAME"),
    ] = "",
    run: OfRun = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Save the customers who are in an audience now as a new audience that never changes."""
    with errors_as_sentences(as_json=as_json):
        from clustera import texts
        from clustera.segmentation.saved_audiences import SavedAudiences, saved_summary
        from clustera.store import Store

        store = Store(runs)
        with opened(runs, run) as seg, stops_held_off():
            assert seg is not None
            kept = SavedAudiences(store.audiences)
            change = kept.freeze(name, store.exports, population=seg.population, run=seg.run_name, to=to)
            if as_json:
                print_json(saved_summary(change))
            else:
                members = texts.translate_count(
                    change.version.customers or 0,
                    "{n} member of {name} is now audience {frozen}.",
                    "{n} members of {name} are now audience {frozen}.",
                    name=repr(name),
                    frozen=repr(change.audience.name),
                )
                typer.echo(members)


@audience_app.command("restore")
def restore_audience(
    name: AudienceName,
    version: Annotated[int, typer.Argument(help="Version to restore.", metavar="VERSION")],
    run: OfRun = "",
    runs: Runs = Path("runs"),
) -> None:
    """Restore an earlier version of an audience. The restored one becomes the newest version."""
    with errors_as_sentences():
        from clustera.segmentation.saved_audiences import SavedAudiences
        from clustera.store import Store

        kept = SavedAudiences(Store(runs).audiences)
        with opened(runs, run, needed=bool(run)) as seg, stops_held_off():
            on = {"population": seg.population, "run": seg.run_name} if seg else {}
            change = kept.restore(name, version, **on)  # type: ignore[arg-type]
            print_saved(name, change.version.version, change.changed)


@audience_app.command("delete")
def delete_audience(name: AudienceName, runs: Runs = Path("runs")) -> None:
    """Delete an audience with all its versions. Refused while another audience uses it. Its hold-out goes on until you end it."""
    with errors_as_sentences():
        from clustera import texts
        from clustera.segmentation.saved_audiences import SavedAudiences
        from clustera.store import Store

        store = Store(runs)
        with stops_held_off():
            SavedAudiences(store.audiences).delete(name)
            typer.echo(f"Audience {name!r} is deleted.")
            if held := store.exports.held_out().get(name):
                print_paragraph(texts.kept_holdout_sentence(name, len(held)))


@contextmanager
def opened(runs: Path, run: str, *, needed: bool = True) -> Iterator[Segmentation | None]:
    """The run that is meant; None where there is none and none is needed."""
    from clustera.segmentation import load
    from clustera.segmentation.saved_audiences import default_run
    from clustera.store import Store

    store = Store(runs)
    if not needed and not store.list():
        yield None
        return
    with load(run or default_run(store), runs=runs) as seg:
        yield seg


def print_saved(name: str, version: int, changed: bool) -> None:
    """That a version was saved, or was there already."""
    typer.echo(f"Audience {name!r}: version {version} saved." if changed else f"Audience {name!r} is unchanged.")


def print_count(found: AudienceCount, seg: Segmentation) -> None:
    """The size of an audience, by condition and by segment."""
    share = f" ({found.customers / found.of:.1%})" if found.of else ""
    typer.echo(f"{found.customers:,} of {found.of:,} customers{share} on run {seg.run_name}.")
    if found.consented is not None and (kept := seg.consent):
        typer.echo(f"{found.consented:,} of them may be written to, by {kept.source} of {kept.time[:10]}.")
    if found.reach is not None:
        _print_reach(found.reach)
    for note in found.notes:
        typer.echo(f"Note: {note}")
    if len(found.conditions) > 1:
        print_table(
            ["condition", "customers", f"with those above ({found.joined})"],
            [[c.condition, f"{c.customers:,}", f"{c.together:,}"] for c in found.conditions],
            numbers=(1, 2),
        )
    if found.segments:
        print_table(
            ["", "segment", "customers"],
            [[str(number), seg.names[number], f"{n:,}"] for number, n in found.segments],
            numbers=(0, 2),
        )


def _print_reach(reach: AudienceReach) -> None:
    """How many a list for a network would have."""
    from clustera import texts
    from clustera.audiences import network_of

    for note in reach.notes:
        print_paragraph(texts.contacts_sheet_sentence(note))
    for file in reach.suppressions:
        print_paragraph(texts.suppression_sentence(file))
    if reach.suppressed:
        print_paragraph(texts.suppressed_sentence(reach.suppressed))
    network = network_of(reach.network)
    print_paragraph(texts.reach_sentence(reach, network.title, phones="phone" in network.needs))
    if reach.listed < network.minimum:
        typer.echo(f"{network.title} needs a list of at least {network.minimum:,}.")


def _audience_size(seg: Segmentation | None, name: str) -> int | None:
    """How many customers an audience has on a run; None where there is no run, or it can't answer the definition."""
    from clustera.errors import InputError

    try:
        return seg.audience(name).count().customers if seg else None
    except InputError:
        return None


def _without_text(version: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in version.items() if key != "text"}
