"""Two segments or audiences held against each other on all columns, and two runs: who moved where; each with its twins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from clustera import components, move_frames, texts
from clustera.components.markup import tone
from clustera.errors import InputError
from clustera.features import feature_catalog
from clustera.records import Comparison, Difference, GroupComparison, Outcome
from clustera.segmentation.differing import EVERYBODY, Group, asked_group
from clustera.service.accounts import NotAllowedError
from clustera.service.answers import as_csv, as_json, may, run_page
from clustera.service.held import library_of
from clustera.service.library import Library, Opened
from clustera.service.same import Same, as_command, as_python

router = APIRouter(include_in_schema=False)
REST = "rest"
_LOOKED_AT = 5  # newest runs among which one is sought that moves can be told from
_COLUMNS = tuple(Difference.__dataclass_fields__)


class Pair:
    """What the address asks for: a group, another one, and the run that is of.

    A group is the number of a segment, an audience by its name or as a definition, or "all"; the other may be "rest".

    Raises:
        NotAllowedError: an audience is asked for by somebody who may not see customers: it could be one customer.
    """

    def __init__(self, library: Library, opened: Opened, a: str, b: str, within: str) -> None:
        self.opened = opened
        self.within = library.open(within) if within and within != opened.name else opened
        self.one = asked_group(a) if a.strip() else opened.outcome.segments[0].segment
        self.other = self._other_group(b)
        for group in (self.one, self.other):
            if isinstance(group, str) and group != EVERYBODY and not may("analyst"):
                raise NotAllowedError(
                    "Audiences are compared by analysts: an audience may be a single customer.",
                    hint="Compare segments, or ask an analyst.",
                )

    def _other_group(self, b: str) -> Group | None:
        """The group that is asked for, else the one that is nearest to be asked for; None: everybody else."""
        here = self.within is self.opened
        if b == REST and here:
            return None
        if b.strip() and b != REST:
            return asked_group(b)
        if not here:
            return self.one
        numbers = [segment.segment for segment in self.within.outcome.segments]
        if isinstance(self.one, int):
            return next((number for number in numbers if number != self.one), None)
        return None if self.one != EVERYBODY else numbers[0]

    def found(self) -> GroupComparison:
        """Both groups, and what differs, the most first."""
        earlier = self.within.seg if self.within is not self.opened else None
        return self.opened.seg.compare_groups(self.one, self.other, within=earlier)

    def query(self) -> str:
        """The same as part of an address."""
        asked: dict[str, object] = {"a": self.one, "b": REST if self.other is None else self.other}
        return urlencode(asked | ({"within": self.within.name} if self.within is not self.opened else {}))

    def names(self) -> tuple[str, str]:
        """How the groups are called."""
        one, other = (
            texts.group_name(self.one, self.opened.seg.names),
            texts.group_name(self.other, self.within.seg.names),
        )
        if self.within is self.opened:
            return one, other
        return f"{one} ({self.opened.name})", f"{other} ({self.within.name})"

    def tones(self) -> tuple[str, str]:
        """Their colors; gray for an audience, and for the second where both have the same."""
        one, other = _group_tone(self.opened, self.one), _group_tone(self.within, self.other)
        return one, other if other != one else "tone-none"

    def choices(self, library: Library) -> tuple[str, ...]:
        """Names of audiences that may be chosen, with the definitions that were asked for."""
        if not may("analyst"):
            return ()
        saved = [*library.store.audiences.list()]
        asked = [group for group in (self.one, self.other) if isinstance(group, str) and group != EVERYBODY]
        return tuple(dict.fromkeys([*saved, *asked]))


def _group_tone(opened: Opened, group: Group | None) -> str:
    return next((tone(s.color) for s in opened.outcome.segments if s.segment == group), "tone-none")


@router.get("/runs/{name}/differences")
def differences_page(request: Request, name: str, a: str = "", b: str = "", within: str = "") -> Response:
    """Two segments or audiences on all columns."""
    library = library_of(request)
    opened = library.open(name)
    pair = Pair(library, opened, a, b, within)
    found = pair.found()
    with texts.speaking(opened.outcome.locale):
        sql, no_sql = _differences_sql(pair)
        one, other = pair.names()
        table = components.difference_table(found.differences, one=one, other=other, tones=pair.tones())
        sentence = texts.difference_sentence(found.differences, one=one, other=other)
    against = [] if pair.other is None else [pair.other]
    if pair.within is not opened:
        words: list[object] = [opened.name, pair.one, *against, "--within", pair.within.name]
        load = f"then = clustera.load({pair.within.name!r}, runs={str(library.store.folder)!r})\n"
        python = f"{load}seg.compare_segments({pair.one!r}, {pair.other!r}, within=then)"
    else:
        words = [opened.name, pair.one, *against]
        python = f"seg.compare_segments({', '.join(map(repr, [pair.one, *against]))})"
    return run_page(
        "differences.html.j2",
        request,
        opened,
        "differences",
        pair=pair,
        found=found,
        one=one,
        other=other,
        audiences=pair.choices(library),
        table=table,
        sentence=sentence,
        runs=[run.name for run in reversed(library.store.list())],
        same=Same(
            as_command("differences", library.store.folder, *words),
            as_python(library.store.folder, opened.name, python),
            f"/runs/{opened.name}/differences",
            query=pair.query(),
            sql=sql,
            no_sql=no_sql,
        ),
    )


def _differences_sql(pair: Pair) -> tuple[str, str]:
    """The query of a comparison, and why there is none."""
    if not may("analyst"):  # paths of this computer are in it
        return "", ""
    within = pair.within.seg if pair.within is not pair.opened else None
    sql = pair.opened.seg.differences_sql(pair.one, pair.other, within=within)
    if sql:
        return sql, ""
    return "", texts.translate(
        "Of two groups of one run of which one is an audience, customers who are in both count in neither; Python works that out. Compare an audience with all other customers for a query."
    )


@router.get("/runs/{name}/differences.json")
def differences_json(request: Request, name: str, a: str = "", b: str = "", within: str = "") -> Response:
    """What `clustera differences --json` prints."""
    library = library_of(request)
    return as_json([asdict(entry) for entry in Pair(library, library.open(name), a, b, within).found().differences])


@router.get("/runs/{name}/differences.csv")
def differences_csv(request: Request, name: str, a: str = "", b: str = "", within: str = "") -> Response:
    """Every difference, one a row."""
    library = library_of(request)
    pair = Pair(library, library.open(name), a, b, within)
    return as_csv(map(asdict, pair.found().differences), _COLUMNS, name=f"{pair.opened.name}-differences")


@router.get("/runs/{name}/moves")
def moves_page(request: Request, name: str, since: str = "") -> Response:
    """Who moved from which segment of an earlier run to which of this one."""
    library = library_of(request)
    opened = library.open(name)
    earlier = [run.name for run in reversed(library.store.list()) if run.name != opened.name]
    before = _earlier_run(library, opened, since, earlier)
    if before is not None and _comes_after(library, before, opened):
        swapped = f"/runs/{quote(before.name)}/moves?{urlencode({'since': opened.name})}"
        return RedirectResponse(swapped, status_code=303)
    found = _comparison_of(opened, before) if before else latest_comparison(opened.outcome)
    address = f"/runs/{quote(opened.name)}/customers" if may("analyst") else ""
    with texts.speaking(opened.outcome.locale), components.listing(address):
        # Where the orders say who moved, "before" is a day: the lists of this run know who was where.
        then = before.name if before else None
        streams = components.moves_chart(found, opened.outcome.segments, since=then) if found else None
        spend = _spend_features(opened)
        fell = _up_though_spend_fell(found, spend) if found else {}
        mostly = {move for move, (customers, of) in fell.items() if 2 * customers > of}
        matrix = components.move_matrix(found, opened.outcome.segments, since=then, fell=mostly) if found else None
    return run_page(
        "moves.html.j2",
        request,
        opened,
        "moves",
        before=before,
        earlier=earlier,
        found=found,
        streams=streams,
        matrix=matrix,
        list_address=address,
        ranked_by=opened.seg.feature_titles.get(spend[0], spend[0]) if spend else "",
        up_fell=sum(customers for customers, _ in fell.values()),
        because=texts.moved_because,
        leads=texts.moves_lead(found) if found else ("", ""),
        titles=opened.seg.feature_titles,
        same=_same_moves(library, opened, before, found=found is not None),
    )


def _same_moves(library: Library, opened: Opened, before: Opened | None, *, found: bool) -> Same:
    """The same by the command and in Python: between two runs, or within the orders of one."""
    folder, address = library.store.folder, f"/runs/{opened.name}/moves"
    if before is None:
        command = "" if found else as_command("show", folder, opened.name)
        python = as_python(folder, opened.name, "seg.migration" if found else "seg.segments")
        sql = opened.seg.moves_sql() if found and may("analyst") else ""
        return Same(command, python, address, table=found, sql=sql)
    python = f"then = clustera.load({before.name!r}, runs={str(folder)!r})\nthen.compare(seg)"
    return Same(
        as_command("compare", folder, before.name, opened.name),
        as_python(folder, opened.name, python),
        address,
        query=urlencode({"since": before.name}),
        sql=before.seg.moves_sql(opened.seg) if may("analyst") else "",
    )


def _spend_features(opened: Opened) -> list[str]:
    """The features that are money; by the first of them segments are ranked."""
    money = {feature.name for feature in feature_catalog() if feature.unit == "money"}
    return [column.name for column in opened.outcome.columns if column.role == "feature" and column.name in money]


def _up_though_spend_fell(found: Comparison, spend: Sequence[str]) -> dict[tuple[int, int], tuple[int, int]]:
    """By move up: how many customers made it because what they spent fell, and how many made it."""
    place = {segment: at for at, segment in enumerate(found.ranking)}
    told = {}
    for move in found.movers:
        if not {move.before, move.after} <= place.keys() or place[move.after] > place[move.before]:
            continue
        n = sum(cause.count for cause in found.causes_of(move) if cause.feature in spend and not cause.rose)
        if n:
            told[move.before, move.after] = (n, move.count)
    return told


@router.get("/runs/{name}/moves.json")
def moves_json(request: Request, name: str, since: str = "") -> Response:
    """What `clustera compare --json` prints."""
    found = moves_since(request, name, since)
    return as_json(asdict(found) | {"stayed": found.stayed})


@router.get("/runs/{name}/moves.csv")
def moves_csv(request: Request, name: str, since: str = "") -> Response:
    """Every move, with how many customers made it and why, one a row."""
    opened = library_of(request).open(name)
    found = moves_since(request, name, since)
    table, titles = move_frames.moves_frame(found), opened.seg.feature_titles
    with texts.speaking(opened.outcome.locale):
        table["because"] = [texts.all_causes(found.causes_of(move), titles) for move in found.moves]
    rows = (dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False))
    return as_csv(rows, tuple(table.columns), name=f"{name}-moves")


def moves_since(request: Request, name: str, since: str) -> Comparison:
    """Who moved between another run and this one.

    Raises:
        InputError: there is no other run.
    """
    library = library_of(request)
    opened = library.open(name)
    earlier = [run.name for run in reversed(library.store.list()) if run.name != opened.name]
    before = _earlier_run(library, opened, since, earlier)
    if before is None:
        with texts.speaking(opened.outcome.locale):
            found = latest_comparison(opened.outcome)
        if found is None:
            raise InputError(
                "There is no other run to compare with.", hint="Make a second run with the same definitions."
            )
        return found
    if _comes_after(library, before, opened):
        return _comparison_of(before, opened)
    return _comparison_of(opened, before)


def _comes_after(library: Library, one: Opened, other: Opened) -> bool:
    """Whether a run is of a later day than another; without snapshot dates whether it was made later."""
    days = [run.outcome.behavior.as_of if run.outcome.behavior else None for run in (one, other)]
    if days[0] is not None and days[1] is not None:
        return days[0] > days[1]
    made = [run.name for run in library.store.list()]
    return made.index(one.name) > made.index(other.name)


def _earlier_run(library: Library, opened: Opened, since: str, earlier: list[str]) -> Opened | None:
    """The run asked for; else the one this was made like; None where the orders say who moved; else the latest before, alike."""
    if since:
        return library.open(since)
    if not opened.outcome.has_ids:
        return None
    like = library.before(opened)
    if like or latest_comparison(opened.outcome):
        return like
    # Runs of other features are of other customers, though their ids may be the same numbers.
    looked = map(library.open, earlier[:_LOOKED_AT])
    alike = [run for run in looked if run.outcome.has_ids and _features(run) == _features(opened)]
    return next((run for run in alike if not _comes_after(library, run, opened)), next(iter(alike), None))


def _features(opened: Opened) -> set[str]:
    return {feature.name for feature in opened.outcome.preparation.features}


def _comparison_of(opened: Opened, before: Opened) -> Comparison:
    return before.seg.compare(opened.seg, before=before.name, after=opened.name)


def latest_comparison(outcome: Outcome) -> Comparison | None:
    """Who moved since the run before; from orders alone, in the last month or quarter."""
    if outcome.comparison is not None:
        return outcome.comparison
    migration = outcome.behavior.migration if outcome.behavior else None
    if migration is None or not migration.periods:
        return None
    return components.latest_moves(migration, outcome.segments)
