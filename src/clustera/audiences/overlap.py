"""Several audiences at once: whom they share, and who gets which where the first match wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clustera.audiences.population import Population
from clustera.audiences.sql import Compiler
from clustera.audiences.wording import write_condition
from clustera.engines import Rows, literal
from clustera.errors import InputError
from clustera.records import AudienceOverlap, AudienceRank, Every, InAudience, Not

MOST = 40  # audiences at once: their pairs are counted in one scan


def count_overlap(names: Sequence[str], population: Population, *, audiences: Mapping[str, str]) -> AudienceOverlap:
    """How many customers any two audiences share; one scan.

    Args:
        names: Of the audiences, in the order of the table.
        population: The customers of a run.
        audiences: Definitions of the saved audiences, by name.

    Raises:
        InputError: one is not saved, the run can't answer it, one is named twice, or there are more than 40.
    """
    compiled = compile_audiences(names, population, audiences)
    rows, sqls = compiled.rows, compiled.tests
    pairs = [(i, j) for i in range(len(sqls)) for j in range(i, len(sqls))]
    counts = [f"count(*) filter ({sqls[i]} and {sqls[j]}) as n_{i}_{j}" for i, j in pairs]
    found = rows.query(f"select {', '.join(('count(*) as n', *counts))} from {{rows}}").to_pylist()[0]
    shared = [[found[f"n_{min(i, j)}_{max(i, j)}"] for j in range(len(sqls))] for i in range(len(sqls))]
    return AudienceOverlap(tuple(names), found["n"], tuple(map(tuple, shared)))


def rank_audiences(
    names: Sequence[str], population: Population, *, audiences: Mapping[str, str]
) -> tuple[AudienceRank, ...]:
    """How many customers each audience keeps where everybody gets the first that has them; one scan.

    Args:
        names: Of the audiences, the most important first.
        population: The customers of a run.
        audiences: Definitions of the saved audiences, by name.

    Raises:
        InputError: as `count_overlap`.
    """
    compiled = compile_audiences(names, population, audiences)
    rows, sqls = compiled.rows, compiled.tests
    counts = [
        f"count(*) filter ({sql}) as all_{i}, count(*) filter ({_first_match_sql(sqls, i)}) as kept_{i}"
        for i, sql in enumerate(sqls)
    ]
    found = rows.query(f"select {', '.join(counts)} from {{rows}}").to_pylist()[0]
    return tuple(
        AudienceRank(name, found[f"all_{i}"], found[f"kept_{i}"], kept_definition(names, i))
        for i, name in enumerate(names)
    )


def first_matches(names: Sequence[str], population: Population, *, audiences: Mapping[str, str]) -> Rows:
    """Each customer of one of the audiences with the first that has them: id, segment, audience; in the run's order.

    Args:
        names: Of the audiences, the most important first.
        population: The customers of a run.
        audiences: Definitions of the saved audiences, by name.

    Raises:
        InputError: as `count_overlap`.
    """
    compiled = compile_audiences(names, population, audiences)
    rows, sqls = compiled.rows, compiled.tests
    cases = " ".join(f"when {sql} then {literal(name)}" for name, sql in zip(names, sqls, strict=True))
    return rows.select(f"select id, segment, case {cases} end as audience from {{rows}} where {' or '.join(sqls)}")


def shared_definition(one: str, other: str) -> str:
    """The customers that two audiences share, as a line of text.

    >>> shared_definition("Regulars", "Newsletter")
    'in audience "Regulars" and in audience "Newsletter"'
    """
    return write_condition(InAudience(one) if one == other else Every((InAudience(one), InAudience(other))))


def kept_definition(names: Sequence[str], place: int) -> str:
    """The customers of an audience whom no earlier one of a list has, as a line of text.

    >>> kept_definition(["Regulars", "Newsletter"], 1)
    'in audience "Newsletter" and not in audience "Regulars"'
    """
    own, earlier = InAudience(names[place]), [Not(InAudience(name)) for name in names[:place]]
    return write_condition(Every((own, *earlier)) if earlier else own)


def _first_match_sql(sqls: Sequence[str], place: int) -> str:
    return " and ".join((sqls[place], *(f"not {sql}" for sql in sqls[:place])))


@dataclass(frozen=True, slots=True)
class CompiledAudiences:
    """Several audiences as SQL."""

    rows: Rows  # the customers of the run, with a column for each audience that is asked for
    tests: tuple[str, ...]  # true or false for every one of them, by audience
    steps: tuple[str, ...]  # SQL of each audience that is asked for, those it needs before it


def compile_audiences(names: Sequence[str], population: Population, audiences: Mapping[str, str]) -> CompiledAudiences:
    """Several saved audiences as SQL.

    Args:
        names: Of the audiences.
        population: The customers of a run.
        audiences: Definitions of the saved audiences, by name.

    Raises:
        InputError: as `count_overlap`.
    """
    if not names:
        raise InputError("No audience is named.", hint="Name the audiences to compare.")
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise InputError(f"The audience {twice[0]!r} is named twice.", hint="Name each once.")
    if len(names) > MOST:
        raise InputError(f"{len(names)} audiences are more than the {MOST} that can be counted at once.")
    compiler = Compiler(population, audiences)
    tests = tuple(compiler.sql(InAudience(name)) for name in names)
    return CompiledAudiences(compiler.rows(), tests, tuple(compiler.layers.values()))
