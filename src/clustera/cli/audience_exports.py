"""Audiences to and from other systems: `clustera audience export`, `members`, `exports`, `push`, `pull`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clustera.cli.audiences import AudienceName, OfRun, opened, print_saved
from clustera.cli.doors import AsJson, Runs, audience_app, errors_as_sentences, stops_held_off
from clustera.cli.grid import print_table
from clustera.cli.printing import print_json, print_paragraph
from clustera.cli.reaching import (
    AllConsented,
    Column,
    Country,
    Holdout,
    Network,
    Recommendations,
    Suppress,
    reach_options,
)

if TYPE_CHECKING:
    from clustera.records import AudienceExport, ExportStep

Folder = Annotated[
    Path, typer.Argument(help="Folder of TOML files, for example in a git repository.", metavar="FOLDER")
]


@audience_app.command("consent")
def keep_consent(
    contacts: Annotated[
        str, typer.Argument(help="Table of contacts: customer ids as in the run, addresses, consent.", metavar="FILE")
    ],
    suppress: Suppress = None,
    column: Column = None,
    country: Country = "",
    all_consented: AllConsented = False,
    run: OfRun = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Keep who may be written to beside a run, so that audiences are counted by consent too: ids only, no address."""
    with errors_as_sentences(as_json=as_json):
        from dataclasses import asdict

        with opened(runs, run) as seg:
            assert seg is not None
            kept = seg.keep_consent(contacts, **reach_options(suppress, column, country, all_consented=all_consented))
            if as_json:
                print_json(asdict(kept))
                return
            typer.echo(
                f"{kept.customers:,} of {kept.of:,} customers may be written to, by {kept.source}. Audiences of "
                f"{seg.run_name} are counted by it from now on."
            )


@audience_app.command("export")
def export_audience(
    name: AudienceName,
    network: Network,
    contacts: Annotated[
        str,
        typer.Option(help="Table of contacts: customer ids as in the run, addresses, consent.", metavar="FILE"),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", help="The list to write: a .csv file.", metavar="FILE")
    ] = None,
    suppress: Suppress = None,
    holdout: Holdout = "0%",
    seed: Annotated[
        str, typer.Option(help="Seed of the random hold-out. Default: the audience's name.", metavar="TEXT")
    ] = "",
    column: Column = None,
    country: Country = "",
    all_consented: AllConsented = False,
    recommendations: Recommendations = None,
    pseudonymize: Annotated[
        Path | None,
        typer.Option(help="File with a secret key: customer ids are exported as a keyed hash.", metavar="FILE"),
    ] = None,
    include_controls: Annotated[
        bool,
        typer.Option("--include-controls", help="Include customers in the control groups of running campaigns."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; write nothing.")] = False,
    run: OfRun = "",
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Export an audience to a mail tool or an advertising network: only customers who may be contacted."""
    with errors_as_sentences(as_json=as_json):
        from clustera.errors import InputError
        from clustera.segmentation.exporting import export_summary, read_key
        from clustera.store import check_list_path

        if output is None and not dry_run:
            raise InputError("No output file is given.", hint="Add --output list.csv, or --dry-run to count only.")
        if output is not None:
            check_list_path(output)  # said before the work, not after it
        with opened(runs, run) as seg:
            assert seg is not None
            prepared = seg.audience(name).prepare_export(
                network,
                contacts,
                holdout=holdout,
                seed=seed,
                **reach_options(suppress, column, country, all_consented=all_consented),
                key=read_key(pseudonymize) if pseudonymize else None,
                include_controls=include_controls,
                recommendations=recommendations,
            )
            if not as_json:
                print_export(prepared.export, seg.names)
            if dry_run or output is None:
                prepared.check()
                if as_json:
                    print_json(export_summary(prepared.export))
                else:
                    typer.echo("Nothing was written (--dry-run).")
                return
            with stops_held_off():
                files = prepared.write(output)
                if as_json:
                    print_json(export_summary(prepared.export, files))
                    return
                instead = ", in place of the file that was there" if files.replaced else ""
                typer.echo(f"{rows_text(len(prepared.export.rows))} written to {files.file}{instead}.")
                typer.echo(f"Who is not in it, and why: {files.left_out}")
                if files.assignments:
                    typer.echo(
                        f"Who is contacted and who is held out, for measuring the effect later: {files.assignments}"
                    )
                typer.echo(
                    f"This is the first export of {name!r}."
                    if files.first
                    else f"Since the last export: {files.joined:,} joined the audience, {files.left:,} left it."
                )


@audience_app.command("members")
def print_members(
    name: AudienceName,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write them as .csv or .parquet.", metavar="FILE")
    ] = None,
    runs: Runs = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List who was in an audience at its exports, and when: audience, version, customer, since, until, held_out."""
    with errors_as_sentences(as_json=as_json):
        import pyarrow as pa

        from clustera import texts
        from clustera.segmentation.exporting import held_out
        from clustera.store import Store, check_table_path, write_arrow_table

        if output:
            check_table_path(output)  # said before the work, not after it

        store = Store(runs)
        store.audiences.open(name)
        members = store.exports.members(name)
        held = held_out(runs)
        marks = [customer in held for customer in members["customer"].to_pylist()]
        members = members.append_column("held_out", pa.array(marks, pa.bool_()))
        if output:
            with stops_held_off():
                write_arrow_table(members, output)
                typer.echo(f"{rows_text(members.num_rows)} written to {output}")
        elif as_json:
            print_json(members.to_pylist())
        else:
            if not members.num_rows:
                typer.echo(f"{name!r} was never exported, so nobody is a member yet.")
                return
            now = sum(until is None for until in members["until"].to_pylist())
            there = texts.translate_count(now, "{n} customer is a member now", "{n} customers are members now")
            gone = texts.translate_count(members.num_rows - now, "{n} membership is over", "{n} memberships are over")
            typer.echo(f"{there}; {gone}. To write them to a file: --output members.csv")


@audience_app.command("exports")
def print_exports(runs: Runs = Path("runs"), as_json: AsJson = False) -> None:
    """List the exports and the ends of hold-outs: who, when, where to, how many rows."""
    with errors_as_sentences(as_json=as_json):
        from clustera.store import Store

        log = Store(runs).exports.log()
        if as_json:
            print_json(log)
        elif not log:
            typer.echo(f"Nothing was exported from {runs} yet.")
        else:
            print_table(
                ["time", "by", "audience", "version", "to", "rows", "held out", "file"],
                [
                    [
                        line["time"].replace("T", " ")[:16],
                        line["by"],
                        f"campaign {line['campaign']}" if line.get("campaign") else line["audience"],
                        str(line["version"] or ""),
                        line.get("event") or line["network"],
                        "" if line.get("event") else f"{line['rows']:,}",
                        f"{line['held_out']:,}",
                        line["file"],
                    ]
                    for line in log
                ],
                numbers=(3, 5, 6),
                optional=(7, 3, 1),
            )


@audience_app.command("end-holdout")
def end_holdout(name: AudienceName, runs: Runs = Path("runs")) -> None:
    """End the hold-out of an audience: its customers can be in lists again."""
    with errors_as_sentences():
        from clustera import texts
        from clustera.store import Store

        store = Store(runs)
        if name not in store.exports.held_out():  # a hold-out outlives its audience
            store.audiences.open(name)
        with stops_held_off():
            print_paragraph(texts.ended_holdout_sentence(name, store.exports.end_holdout(name)))


@audience_app.command("push")
def push_audiences(
    folder: Folder,
    members: Annotated[
        bool,
        typer.Option("--members", help="Also write the customer ids of frozen audiences, as NAME.members.csv."),
    ] = False,
    runs: Runs = Path("runs"),
) -> None:
    """Write every audience to a folder as a TOML file, exactly as saved."""
    with errors_as_sentences():
        from clustera import texts
        from clustera.store import Store, push_definition, push_members

        store = Store(runs)
        with stops_held_off():
            files = {f"{name}.toml": changed for name, changed in push_definition(store.audiences, folder).items()}
            frozen = len(store.exports.frozen())
            if members:
                files |= {f"{n}.members.csv": changed for n, changed in push_members(store.exports, folder).items()}
            for name, changed in files.items():
                typer.echo(f"{name} {'written' if changed else 'unchanged'}")
            if not files:
                typer.echo(f"No audiences in {runs} yet.")
            elif frozen and not members:
                print_paragraph(texts.unpushed_members_sentence(frozen))


@audience_app.command("pull")
def pull_audiences(folder: Folder, run: OfRun = "", runs: Runs = Path("runs")) -> None:
    """Save the audiences of a folder of TOML files: all of them, or none if one has an error. Ends with 3 where one was not saved."""
    with errors_as_sentences():
        from clustera import texts
        from clustera.segmentation.saved_audiences import SavedAudiences, without_missing_lists
        from clustera.store import Store, audiences_of_folder, pull_members

        store, files = Store(runs), audiences_of_folder(folder)
        kept = SavedAudiences(store.audiences)
        pulled = pull_members(store.exports, folder)
        files, lacking = without_missing_lists(files, kept.list(), store.exports.frozen())
        with opened(runs, run, needed=bool(run)) as seg, stops_held_off():
            changes = kept.pull(files, **({"population": seg.population, "run": seg.run_name} if seg else {}))  # type: ignore[arg-type]
            for change in changes:
                print_saved(change.audience.name, change.version.version, change.changed)
            for name in pulled:
                typer.echo(f"Members of the frozen audience {name!r} saved.")
            for name, missing in lacking.items():
                print_paragraph(texts.lacking_members_sentence(name, missing))
            if not changes and not lacking:
                typer.echo(f"No TOML files in {folder}.")
        if lacking:
            from clustera.errors import InputError

            raise typer.Exit(InputError.exit_code)


def rows_text(rows: int) -> str:
    """So many rows: "1 row", "2 rows"."""
    from clustera import texts

    return texts.translate_count(rows, "{n} row", "{n} rows")


def print_export(export: AudienceExport, names: dict[int, str], *, held: bool = True) -> None:
    """What the columns of the contacts were taken for, how many customers each step leaves, and who is held out."""
    from clustera import texts
    from clustera.audiences import network_of

    for note in export.notes:
        print_paragraph(texts.contacts_sheet_sentence(note))
    for column in export.columns:
        typer.echo(texts.column_sentence(column))
    network = network_of(export.network)
    if several := texts.addresses_sentence(export.columns, network.title, network.several):
        print_paragraph(several)
    if all(column.field != "consent" for column in export.columns):
        typer.echo("consent: everybody in the contacts, as you say (--all-consented)")
    if all(column.field != "objection" for column in export.columns):
        typer.echo("objection: no column; only consent and suppression lists keep somebody out")
    for file in export.suppressions:
        print_paragraph(texts.suppression_sentence(file))
    print_steps(export.steps)
    for sentence in texts.holdout_sentences(export):
        print_paragraph(sentence)
    if held:
        _print_control_group(export, names)


def print_steps(steps: Sequence[ExportStep]) -> None:
    """How many customers each step leaves."""
    from clustera import texts

    print_table(["", "customers"], [[title, f"{n:,}"] for title, n, _ in texts.step_rows(steps)], numbers=(1,))


def _print_control_group(export: AudienceExport, names: dict[int, str]) -> None:
    """Who is held out, by segment, and whether they are too few to show anything."""
    from clustera import texts
    from clustera.samples import KNOWN

    by_segment = Counter(one.segment for one in export.assignments if one.group == "control")
    if by_segment:
        listed = ", ".join(f"{n:,} of {names[segment]}" for segment, n in sorted(by_segment.items()))
        typer.echo(f"Held out: {listed}.")
    if small := texts.small_control_sentence(sum(by_segment.values()), KNOWN, reached=export.steps[-2].customers):
        print_paragraph(small)
