"""How many customers an audience has, and who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from clustera.audiences.parsing import parse_definition
from clustera.audiences.population import CONSENTED, Population
from clustera.audiences.sql import Compiler, definition_parts
from clustera.audiences.tokens import DefinitionError, unknown_definition_name
from clustera.audiences.wording import write_condition, write_value
from clustera.engines import Rows, literal
from clustera.errors import closest
from clustera.records import (
    AudienceCount,
    ColumnTest,
    Condition,
    ConditionCount,
    Either,
    Every,
    InAudience,
    InFrozen,
    Not,
)

_FEW_VALUES = 12  # all of which are named
_MOST_VALUES = 2_000  # different values of a column that are looked through for a mistyped one


@dataclass(frozen=True, slots=True)
class Selection:
    """Who an audience means on one run."""

    rows: Rows  # the customers of the run, with a column for each audience that is asked for
    sql: str  # true or false for every one of them
    parts: tuple[tuple[Condition, str], ...]  # the conditions of the outermost "and" or "or", and SQL of each
    joined: Literal["and", "or"]  # how they go together
    steps: tuple[str, ...] = ()  # SQL of each audience that is asked for, those it needs before it

    def customers(self) -> Rows:
        """The rows of the customers in the audience, in the run's order; computed when they are read."""
        return self.rows.select(f"select * from {{rows}} where {self.sql}")


def select_customers(
    definition: str, population: Population, *, audiences: Mapping[str, str], name: str = ""
) -> Selection:
    """Who a definition means.

    Args:
        definition: A line of text.
        population: The customers of a run.
        audiences: Definitions of the saved audiences, by name.
        name: Of the audience that is defined; it can't be asked for in its own definition.

    Raises:
        DefinitionError: the definition can't be understood, or the run can't answer it.
    """
    condition = parse_definition(definition)
    compiler = Compiler(population, audiences)
    if name:
        compiler.within(name)
    parts = tuple((part, compiler.sql(part)) for part in definition_parts(condition))
    joined: Literal["and", "or"] = "or" if isinstance(condition, Either) else "and"
    return Selection(
        compiler.rows(),
        f"({f' {joined} '.join(sql for _, sql in parts)})",
        parts,
        joined,
        tuple(compiler.layers.values()),
    )


def count_customers(selection: Selection, population: Population) -> AudienceCount:
    """How many customers are in an audience: all, and for each condition alone and with those before it. One scan."""
    tests = [f"c{i}" for i in range(len(selection.parts))]
    tested = ", ".join(f"{sql} as {test}" for test, (_, sql) in zip(tests, selection.parts, strict=True))
    alone = [f"{_sum_where(test)} as alone_{i}" for i, test in enumerate(tests)]
    # The first condition that decides tells all that go on from there: 200 of them need no 200 sums of 200 terms.
    either = selection.joined == "or"
    decides = " ".join(f"when {test} is {'' if either else 'not '}true then {i}" for i, test in enumerate(tests))
    joined = [f"first <= {i}" if either else f"first > {i}" for i in range(len(tests))]
    together = [f"{_sum_where(sql)} as together_{i}" for i, sql in enumerate(joined)]
    known = CONSENTED in selection.rows.columns
    if known:
        tested += f", {CONSENTED} as consented"
        together += [f"{_sum_where(f'{sql} and consented')} as may_{i}" for i, sql in enumerate(joined)]
    # Each condition is looked at once for each customer, and then each combination of answers that comes up.
    found = selection.rows.query(
        f"select segment, cast(sum(n) as bigint) as n, {', '.join((*alone, *together))} from "
        f"(select *, case {decides}{'' if either else f' else {len(tests)}'} end as first from "
        f"(select *, count(*) as n from (select segment, {tested} from {{rows}}) group by all)) group by segment order by segment"
    ).to_pylist()
    last = f"together_{len(tests) - 1}"

    def total(name: str) -> int:
        return sum(row[name] for row in found)

    conditions = tuple(
        ConditionCount(
            write_condition(part), total(f"alone_{i}"), total(f"together_{i}"), total(f"may_{i}") if known else None
        )
        for i, (part, _) in enumerate(selection.parts)
    )
    return AudienceCount(
        customers=total(last),
        of=total("n"),
        conditions=conditions,
        joined=selection.joined,
        consented=total(f"may_{len(tests) - 1}") if known else None,
        segments=tuple((row["segment"], row[last]) for row in found if row[last]),
        notes=tuple(
            note
            for (part, _), counted in zip(selection.parts, conditions, strict=True)
            if not _is_known(part, counted.customers, total("n"))
            for note in unknown_values(part, population)
        ),
    )


def _sum_where(sql: str) -> str:
    # A filter for each of hundreds of sums takes the engine seconds.
    return f"cast(coalesce(sum(case when {sql} then n end), 0) as bigint)"


def _is_known(condition: Condition, customers: int, of: int) -> bool:
    """Whether a count alone says that customers have the value that a condition asks for."""
    match condition:
        case ColumnTest(_, "is"):
            return customers > 0
        case Not(ColumnTest(_, "is")):
            return customers < of
        case _:
            return False


def unknown_values(condition: Condition, population: Population) -> Iterator[str]:
    """The texts that conditions ask for and that no customer has, with those that there are."""
    match condition:
        case Every(parts) | Either(parts):
            for part in parts:
                yield from unknown_values(part, population)
        case Not(inner):
            yield from unknown_values(inner, population)
        case ColumnTest(name, "is" | "in", values) if (column := population.column(name)).kind == "text":
            asked = [value if isinstance(value, str) else write_value(value) for value in values]
            listed = ", ".join(map(literal, asked))
            one = f"select distinct {column.sql} as value from {{rows}} where {column.sql}"
            there = population.rows.query(f"{one} in ({listed})")["value"].to_pylist()
            if missing := [text for text in asked if text not in there]:
                known = population.rows.query(f"{one} is not null limit {_MOST_VALUES}")["value"].to_pylist()
                for text in missing:
                    near = closest(text, sorted(known))
                    others = f" There are: {', '.join(sorted(known))}." if 0 < len(known) <= _FEW_VALUES else ""
                    yield f"No customer has {column.name} {text!r}." + (f" Did you mean {near!r}?" if near else others)
        case _:
            return


def audiences_in(condition: Condition) -> tuple[str, ...]:
    """Names of the audiences that conditions ask for, each once."""
    match condition:
        case Every(parts) | Either(parts):
            return tuple(dict.fromkeys(name for part in parts for name in audiences_in(part)))
        case Not(inner):
            return audiences_in(inner)
        case InAudience(name):
            return (name,)
        case _:
            return ()


def frozen_in(condition: Condition) -> tuple[str, ...]:
    """Names of the frozen lists of members that conditions ask for, each once."""
    match condition:
        case Every(parts) | Either(parts):
            return tuple(dict.fromkeys(name for part in parts for name in frozen_in(part)))
        case Not(inner):
            return frozen_in(inner)
        case InFrozen(name):
            return (name,)
        case _:
            return ()


def check_cycles(name: str, definition: str, audiences: Mapping[str, str]) -> None:
    """Refuse a definition that would make an audience depend on itself, or that asks for an audience that is not there.

    Args:
        name: Of the audience that gets the definition.
        definition: A line of text.
        audiences: Definitions of the saved audiences, by name.

    Raises:
        DefinitionError: it does; the sentence has the path.
    """
    defined = {**audiences, name: definition}

    def follow(current: str, path: tuple[str, ...]) -> None:
        for asked in audiences_in(parse_definition(defined[current])):
            if asked in path:
                way = " -> ".join((*path[path.index(asked) :], asked))
                raise DefinitionError(
                    f"An audience can't depend on itself: {way}.",
                    position=0,
                    hint="Remove one of them from the other's definition.",
                )
            if asked not in defined:
                raise unknown_definition_name("audience", asked, 0, audiences)
            follow(asked, (*path, asked))

    follow(name, (name,))
