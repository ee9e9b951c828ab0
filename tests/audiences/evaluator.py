"""Tables of every type, random definitions over them, and a slow evaluator that says in Python whom each holds for."""

import datetime
import math
import random
from decimal import Decimal

import pyarrow as pa
from hypothesis import strategies as st

from clustera.records import ColumnTest, Either, Every, Everyone, InAudience, Moved, Not

AS_OF = 19_700
TODAY = datetime.date(1970, 1, 1) + datetime.timedelta(days=AS_OF)
NAMES = {1: "Loyal regulars", 2: "One-time buyers", 7: 'The "others"'}
TEXTS = ["Berlin", "Paris", "it's", 'say "hi"', "{rows}", "", "100%", "Åre", "berlin"]
NUMBERS = [0.0, 1.0, -3.5, 0.1, 100.0, 1e12]
KINDS = {
    "feature.spend": "number",
    "feature.Annual income (k$)": "number",
    "rfm_r": "integer",
    "overdue": "boolean",
    "next_order": "date",
    "stage": "text",
    "feature.city": "text",
}
NAMED = {"feature.spend": "spend", "feature.Annual income (k$)": "Annual income (k$)", "feature.city": "city"}
AUDIENCES = {"First": 'spend > 1 or city is "Paris"', "Second": 'in audience "First" and not overdue'}


def table(seed: int, rows: int = 40) -> pa.Table:
    """Customers with values of every type, many of them missing."""
    chance = random.Random(seed)

    def cells(choices):
        return [None if chance.random() < 0.2 else chance.choice(choices) for _ in range(rows)]

    days = [TODAY + datetime.timedelta(days=n) for n in (-400, -90, -91, -1, 0, 1, 30, 31)]
    return pa.table(
        {
            "id": pa.array([str(n) for n in range(rows)]),
            "segment": pa.array([chance.choice(list(NAMES)) for _ in range(rows)], pa.int32()),
            "name": pa.array(["?"] * rows),
            "segment_before": pa.array(cells(list(NAMES)), pa.int32()),
            "rfm_r": pa.array(cells([1, 2, 3, 5]), pa.int32()),
            "overdue": pa.array(cells([True, False]), pa.bool_()),
            "next_order": pa.array(cells(days), pa.date32()),
            "stage": pa.array(cells(["new", "active", "overdue"])),
            "feature.spend": pa.array(cells([*NUMBERS, math.nan, math.inf]), pa.float64()),
            "feature.Annual income (k$)": pa.array(cells([1.5, 2.0, math.nan]), pa.float64()),
            "feature.city": pa.array(cells(TEXTS)),
        }
    )


def holds(condition, row, audiences) -> bool:  # noqa: PLR0911 - one for each kind
    """Whether a condition holds for one customer."""
    match condition:
        case Everyone():
            return True
        case Every(parts):
            return all(holds(part, row, audiences) for part in parts)
        case Either(parts):
            return any(holds(part, row, audiences) for part in parts)
        case Not(inner):
            return not holds(inner, row, audiences)
        case InAudience(name):
            return holds(audiences[name], row, audiences)
        case Moved(before, after):
            was, now = row["segment_before"], row["segment"]
            return was not in (None, now) and _is(before, was) and _is(after, now)
        case ColumnTest():
            return _passes(condition, row)


def _is(asked, segment):
    return asked is None or asked in (NAMES[segment], Decimal(segment), str(segment))


def _passes(test, row):
    called = {short: long for long, short in NAMED.items()}
    value = row[called.get(test.column, test.column)]
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    if test.operator == "is missing":
        return missing
    if missing:
        return False
    if test.column in ("segment", "segment_before"):
        return any(_is(asked, value) for asked in test.values)
    asked = [float(v) if isinstance(v, Decimal) else v for v in test.values]
    if test.operator in ("in the last", "in the next", "more than ago"):
        ago = (TODAY - value).days
        return {
            "in the last": 0 <= ago <= asked[0],
            "in the next": 0 < -ago <= asked[0],
            "more than ago": ago > asked[0],
        }[test.operator]
    return {
        "is": lambda: value == asked[0],
        "in": lambda: value in asked,
        ">": lambda: value > asked[0],
        ">=": lambda: value >= asked[0],
        "<": lambda: value < asked[0],
        "<=": lambda: value <= asked[0],
        "between": lambda: asked[0] <= value <= asked[1],
        "contains": lambda: asked[0] in value,
        "starts with": lambda: value.startswith(asked[0]),
    }[test.operator]()


def _test(column, operators, values):
    def build(operator):
        if operator == "is missing":
            return st.just(ColumnTest(column, operator))
        if operator in ("in the last", "in the next", "more than ago"):
            return st.sampled_from([0, 1, 30, 90, 999_999]).map(lambda n: ColumnTest(column, operator, (Decimal(n),)))
        least, most = {"in": (1, 3), "between": (2, 2)}.get(operator, (1, 1))
        return st.lists(values, min_size=least, max_size=most).map(lambda v: ColumnTest(column, operator, tuple(v)))

    return st.sampled_from(operators).flatmap(build)


ORDER = ["is", "in", ">", ">=", "<", "<=", "between", "is missing"]
NUMBER = st.sampled_from([Decimal(text) for text in ("0", "1", "-3.5", "0.1", "100", "1000000000000", "2.50")])
DAY = st.sampled_from([TODAY + datetime.timedelta(days=n) for n in (-400, -90, 0, 1, 31)])
SEGMENT = st.sampled_from([*NAMES.values(), Decimal(1), Decimal(7), "2"])
LEAF = st.one_of(
    st.just(Everyone()),
    st.sampled_from(sorted(AUDIENCES)).map(InAudience),
    st.builds(Moved, st.none() | SEGMENT, st.none() | SEGMENT, st.none() | st.just(31)),
    _test("spend", ORDER, NUMBER),
    _test("Annual income (k$)", ORDER, NUMBER),
    _test("rfm_r", ORDER, NUMBER),
    _test("overdue", ["is", "in", "is missing"], st.booleans()),
    _test("next_order", [*ORDER, "in the last", "in the next", "more than ago"], DAY),
    _test("stage", ["is", "in", "contains", "is missing"], st.sampled_from(["new", "active", "a"])),
    _test("city", ["is", "in", "contains", "starts with", "is missing"], st.sampled_from(TEXTS)),
    _test("segment", ["is", "in", "is missing"], SEGMENT),
    _test("segment_before", ["is", "in", "is missing"], SEGMENT),
)
CONDITION = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Every(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
    ),
    max_leaves=8,
)
