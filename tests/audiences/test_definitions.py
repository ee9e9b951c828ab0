"""A definition means for every customer what it says."""

import contextlib
import math
import statistics

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clustera.audiences import (
    DefinitionError,
    Population,
    add_condition,
    check_cycles,
    count_customers,
    count_overlap,
    first_matches,
    parse_definition,
    rank_audiences,
    read_toml,
    select_customers,
    tidy_definition,
    with_cure,
    write_condition,
    write_toml,
)
from clustera.audiences.averages import with_figures
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.records import Audience, Every
from tests.audiences.evaluator import AS_OF, AUDIENCES, CONDITION, NAMES, holds, table

SEEDS = range(6)


@pytest.fixture(scope="module")
def populations():
    with Engine(threads=1) as engine:
        made = {}
        for seed in SEEDS:
            rows = table(seed, rows=1 if seed == 0 else 40)
            made[seed] = Population(engine.arrow(rows), NAMES, "The run", as_of=AS_OF, days_before=31), rows.to_pylist()
        yield made


@settings(max_examples=150)
@given(condition=CONDITION, seed=st.sampled_from(SEEDS))
def test_an_audience_has_the_customers_for_whom_its_definition_holds_in_python(populations, condition, seed):
    population, rows = populations[seed]
    parsed = {name: parse_definition(text) for name, text in AUDIENCES.items()}
    selection = select_customers(write_condition(condition), population, audiences=AUDIENCES)
    found = selection.customers().query("select id from {rows}")["id"].to_pylist()
    expected = [row["id"] for row in rows if holds(condition, row, parsed)]
    assert found == expected
    counted = count_customers(selection, population)
    assert (counted.customers, counted.of) == (len(expected), len(rows))
    if isinstance(condition, Every):
        alone = [sum(holds(part, row, parsed) for row in rows) for part in condition.conditions]
        assert [part.customers for part in counted.conditions] == alone


@settings(max_examples=150)
@given(condition=CONDITION)
def test_a_definition_that_was_written_says_the_same_when_it_is_read(condition):
    assert parse_definition(write_condition(condition)) == condition


@settings(max_examples=50)
@given(name=st.text(min_size=1), condition=CONDITION, note=st.text(), minimum=st.integers(0, 10**6))
@example(name='It\'s "mine"', condition=parse_definition('city is "it\'s \\"'), note="a\nb\x7f\\", minimum=1)
def test_an_audience_comes_back_from_its_toml_file_byte_for_byte(name, condition, note, minimum):
    audience = Audience(name, write_condition(condition), note, minimum)
    if name.strip():
        text = write_toml(audience)
        assert read_toml(text) == audience
        assert write_toml(read_toml(text)) == text


@settings(max_examples=200)
@given(text=st.text(st.sampled_from("ab(),\"'<>=!1.- \n{}") | st.characters(), max_size=30) | st.lists(
    st.sampled_from(["spend", ">", "1", "and", "or", "not", "(", ")", "in", "audience", '"A"', "moved", "from", "is",
                     "missing", "within", "days", "the", "last", "between", ",", "everyone", "2024-01-01"]), max_size=9,
).map(" ".join))  # fmt: skip
def test_any_text_is_understood_or_refused_with_a_place_in_it(text):
    problem = None
    try:
        parse_definition(text)
    except DefinitionError as error:
        problem = error
    assert problem is None or (0 <= problem.position <= len(text) and problem.message.endswith(".") and problem.hint)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("spend>100 AND Overdue", "spend > 100 and Overdue is true"),
        ("spend = 1 or spend != 2", "spend is 1 or spend is not 2"),
        ("city is not in ('a', 'b')", 'city not in ("a", "b")'),
        ("next_order after 2024-01-01", "next_order > 2024-01-01"),
        ("moved to 2 within 2 weeks", "moved to 2 within 14 days"),
        ("city is “Paris”", 'city is "Paris"'),
    ],
)
def test_one_meaning_is_kept_in_one_spelling(text, same):
    assert tidy_definition(text) == same


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("spend greater 100", "'greater' at character 7 is not allowed after a column", ">, >="),
        ("spnd > 100", "no column 'spnd' at character 1", "'spend'"),
        ("spend >", "not complete", "a number"),
        ("city is Berlin", "Berlin at character 9 is not a value", '"Berlin"'),
        ('segment is "Loyal regular"', "no segment 'Loyal regular'", "'Loyal regulars'"),
        ('in audience "Firts"', "no audience 'Firts' at character 1", "'First'"),
        ("city > 3", "holds texts, such as", "city is"),
        ("spend contains \"1\"", "holds numbers", ""),
        ("segment > 2", "holds segments", ""),
        ("spend in the last 3 days", "applies to dates only", "next_order"),
        ("moved within 30 days", "31 days before, not 30", "within 31 days"),
        ("next_order > 2023-02-29", "not a calendar day", ""),
        ("city is \"Paris", "never closed", ""),
        ("overdue is 3", "must be true or false", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_may_stand_there(populations, text, message, hint):
    with pytest.raises(DefinitionError) as caught:
        select_customers(text, populations[1][0], audiences=AUDIENCES)
    assert message in caught.value.message
    assert caught.value.hint
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "spend > a lot and overdue",
            'spend at character 1 holds numbers, and "a lot" is none.',
            "Write a number, such as",
        ),
        ("overdue is maybe", "must be true or false", ""),
        ("segment is maybe", "no segment 'maybe'", "The segments are: "),
        ("city is New York", "New at character 9 is not a value", "No customer has city 'New York'. There are: "),
        ("next_order > soon", "next_order at character 1", ""),
    ],
)
def test_words_that_are_no_value_are_told_with_the_values_there_are(populations, text, message, hint):
    with pytest.raises(DefinitionError) as caught:
        select_customers(text, populations[1][0], audiences=AUDIENCES)
    told = with_cure(caught.value, text, populations[1][0], AUDIENCES)
    assert message in told.message
    assert told.hint
    assert hint in told.hint


@pytest.mark.parametrize("column", table(1, rows=1).column_names)
@pytest.mark.parametrize("test", ["is", ">", "before", "contains", "in the last 3 days"])
@pytest.mark.parametrize("value", ["true", "3", "2024-02-29", '"x y"', "1e400"])
def test_an_example_in_a_cure_is_understood(populations, column, test, value):
    text = f'"{column}" {test}' + ("" if "days" in test else f" {value}")
    hint = ""
    try:
        select_customers(text, populations[1][0], audiences=AUDIENCES)
    except DefinitionError as error:
        hint = error.hint or "none"
    assert hint != "none"
    if hint.startswith("For example: "):
        shown = hint.removeprefix("For example: ").removesuffix(".")
        select_customers(shown, populations[1][0], audiences={})


def test_a_missing_value_passes_no_test_and_every_not(populations):
    population, rows = populations[1]
    unknown = [row["id"] for row in rows if row["feature.spend"] is None]
    found = select_customers("not (spend > 100) and spend is missing", population, audiences={}).customers()
    assert unknown
    assert set(unknown) <= set(found.query("select id from {rows}")["id"].to_pylist())


def test_a_value_that_nobody_has_is_told_with_the_closest(populations):
    population = populations[1][0]
    found = count_customers(select_customers('city is "Pariss"', population, audiences={}), population)
    assert found.notes == ("No customer has city 'Pariss'. Did you mean 'Paris'?",)


def test_an_audience_that_depends_on_itself_is_refused_with_its_path():
    saved = {"A": 'in audience "B"', "B": 'in audience "C" or overdue'}
    with pytest.raises(DefinitionError, match="C -> A -> B -> C"):
        check_cycles("C", 'not in audience "A"', saved)


def test_a_column_is_found_whatever_its_capitals_and_blanks(populations):
    population = populations[1][0]
    assert population.column("Next order").name == population.column("NEXT_ORDER").name == "next_order"


def test_a_text_column_of_numbers_is_compared_as_numbers():
    import pyarrow as pa

    with Engine(threads=1) as engine:
        rows = engine.arrow(pa.table({"id": ["1", "2", "3"], "segment": [1, 1, 1], "feature.age": ["9", "35", None]}))
        population = Population(rows, {1: "All"}, "The run")
        found = select_customers("age > 9", population, audiences={}).customers().query("select id from {rows}")
        assert found["id"].to_pylist() == ["2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'A'\ndefinition = 'spend >'", "not complete"),
        ("name = 'A'", "has no definition"),
        ("nam = 'A'\ndefinition = 'everyone'", "key 'nam'"),
        ("name = 'A'\ndefinition = 'everyone'\nminimum = true", "must be a whole number"),
        ("name = 'A'\ndefinition = 'everyone'\nminimum = -1", "0 or more"),
        ("name = ", "is not a TOML file"),
    ],
)
def test_a_file_that_is_no_audience_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        read_toml(text, source="a.toml")


@settings(max_examples=80)
@given(
    condition=CONDITION,
    operator=st.sampled_from(["is", "is not", "contains", "is missing"]),
    seed=st.sampled_from(SEEDS),
)
def test_a_condition_that_is_added_must_hold_beside_all_others(populations, condition, operator, seed):
    population, rows = populations[seed]
    before = write_condition(condition)
    longer = add_condition(before, population, column="city", operator=operator, value='Ber"lin')
    alone = add_condition("", population, column="city", operator=operator, value='Ber"lin')
    parsed = {name: parse_definition(text) for name, text in AUDIENCES.items()}
    selection = select_customers(longer, population, audiences=AUDIENCES)
    found = selection.customers().query("select id from {rows}")["id"].to_pylist()
    both = (condition, parse_definition(alone))
    assert found == [row["id"] for row in rows if all(holds(part, row, parsed) for part in both)]


def test_what_can_not_be_added_is_refused_in_a_sentence(populations):
    population, _ = populations[1]
    for asked in ({"operator": "; drop"}, {"operator": "is"}, {"column": "nothing", "operator": "is", "value": "1"}):
        with pytest.raises(InputError):
            add_condition("", population, **({"column": "city"} | asked))


@settings(max_examples=80)
@given(
    column=st.sampled_from(["spend", "city", "overdue", "segment", "nothing", "last_purchase"]),
    sign=st.sampled_from(["is", ">", "<=", "contains", "is not", "after"]),
    value=st.sampled_from(
        [
            "maybe",
            "1.000,50",
            "1,500.25",
            "1.000.000",
            "12,5",
            "a lot",
            "Berlin",
            "average",
            '"x',
            "-",
            "in",
            "2024-02-31",
        ]
    ),
    seed=st.sampled_from(SEEDS),
)
def test_every_line_that_is_suggested_is_one_the_run_can_answer(populations, column, sign, value, seed):
    population, _ = populations[seed]
    line = f"{column} {sign} {value}"
    try:
        select_customers(line, population, audiences=AUDIENCES)
    except DefinitionError as error:
        cured = with_cure(error, line, population, AUDIENCES)
        if cured.instead:
            select_customers(cured.instead, population, audiences=AUDIENCES)
            assert cured.instead in cured.hint
        else:
            assert not cured.hint.startswith('Write "')
    for operator in (">", "is"):
        with contextlib.suppress(InputError):
            added = add_condition("", population, column=column, operator=operator, value=value)
            select_customers(added, population, audiences=AUDIENCES)


@pytest.mark.parametrize("seed", SEEDS)
def test_overlap_and_priority_are_the_sets_of_customers_in_python(populations, seed):
    population, rows = populations[seed]
    parsed = {name: parse_definition(text) for name, text in AUDIENCES.items()}
    names = list(AUDIENCES)
    sets = {name: {row["id"] for row in rows if holds(parsed[name], row, parsed)} for name in names}
    found = count_overlap(names, population, audiences=AUDIENCES)
    assert found.shared == tuple(tuple(len(sets[one] & sets[other]) for other in names) for one in names)
    order, taken, expected = names[::-1], set(), {}
    ranks = rank_audiences(order, population, audiences=AUDIENCES)
    for rank in ranks:
        kept = sets[rank.name] - taken
        taken |= kept
        expected |= dict.fromkeys(kept, rank.name)
        assert (rank.customers, rank.kept) == (len(sets[rank.name]), len(kept))
        chosen = select_customers(rank.definition, population, audiences=AUDIENCES)
        assert set(chosen.customers().query("select id from {rows}")["id"].to_pylist()) == kept
    first = first_matches(order, population, audiences=AUDIENCES).query("select id, audience from {rows}").to_pylist()
    assert {row["id"]: row["audience"] for row in first} == expected


def test_audiences_that_are_not_there_or_named_twice_are_refused(populations):
    population, _ = populations[1]
    for names in ([], ["nobody"], [*AUDIENCES, next(iter(AUDIENCES))]):
        with pytest.raises(InputError):
            count_overlap(names, population, audiences=AUDIENCES)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("{c} > average", "{c} > {mean}"),
        ("{c} is above the average and segment is 1", "{c} > {mean} and segment is 1"),
        ('segment is 1 or {c} less than "mean"', "segment is 1 or {c} < {mean}"),
        ("{c} >= average {c} and {c} <= median of {c}", "{c} >= {mean} and {c} <= {median}"),
        ("{c} > averages", ""),
        ("no_such > average", ""),
    ],
)
def test_where_an_average_is_asked_for_the_figure_of_the_run_is_offered(populations, text, instead):
    population, rows = populations[1]
    column = next(c for c in population.columns.values() if c.kind == "number")
    key = column.sql.strip('"')
    values = sorted(float(row[key]) for row in rows if row[key] is not None and math.isfinite(row[key]))
    text, instead = text.replace("{c}", column.name), instead.replace("{c}", column.name)
    with pytest.raises(DefinitionError) as told:
        select_customers(text, population, audiences=AUDIENCES)
    found = with_figures(told.value, text, population)
    assert (found is told.value) == (not instead)
    for word, figure in (("{mean}", sum(values) / len(values)), ("{median}", statistics.median(values))):
        if word in instead:
            before, _, after = instead.partition(word)
            written = found.instead.removeprefix(before).partition(" ")[0]
            assert float(written) == pytest.approx(figure, rel=0.006, abs=0.006)
            instead = f"{before}{written}{after}"
    assert found.instead == instead if instead else not found.instead
    if instead:
        select_customers(found.instead, population, audiences=AUDIENCES)
