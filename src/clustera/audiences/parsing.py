"""A line of text as conditions: `segment is "Regulars" and not (spend > 100 or city in ("Berlin", "Paris"))`.

definition  = and ("or" and)*
and         = not ("and" not)*
not         = "not" not | "(" definition ")" | condition
condition   = "everyone" | ["not"] "in" ("audience" | "frozen") NAME | "moved" ["from" S] ["to" S] ["within" N "days"]
            | COLUMN [comparison]                          a column of yes and no may stand alone
comparison  = "is" ["not"] (VALUE | "missing") | ("=" | "!=" | "<" | "<=" | ">" | ">=") VALUE
            | ["not"] "in" "(" VALUE ("," VALUE)* ")" | ["not"] "between" VALUE "and" VALUE
            | ["not"] "contains" TEXT | ["not"] "starts" "with" TEXT
            | "in" "the" ("last" | "next") N ("days" | "weeks") | "more" "than" N ("days" | "weeks") "ago"
            | "before" DAY | "after" DAY
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from clustera.audiences.tokens import DefinitionError, Token, token_position, tokens_of, unexpected_token
from clustera.records import (
    ColumnTest,
    Condition,
    Constant,
    Either,
    Every,
    Everyone,
    InAudience,
    InFrozen,
    Moved,
    Not,
    Operator,
)

COMPARISONS = (
    "is", "is not", "is missing", "in (...)", "not in (...)", ">", ">=", "<", "<=", "between", "contains", "starts with",
    "in the last 90 days", "more than 90 days ago", "before", "after",
)  # fmt: skip
BEGINNINGS = ("a column", "in audience", "moved from", "not", "everyone", "(")
RESERVED = frozenset({"and", "or", "not", "in", "moved", "everyone", "is", "between", "contains", "starts"})
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
_ENDS = ("and", "or", ")")
_DEEPEST = 200  # brackets and "not" within each other


def parse_definition(text: str) -> Condition:
    """The conditions of a line of text.

    >>> parse_definition('spend > 100 or in audience "Regulars"').conditions[1]
    InAudience(name='Regulars', at=15)

    Raises:
        DefinitionError: it can't be understood; the sentence says where, and what may stand there.
    """
    return _Parser(tokens_of(text)).whole()


class _Parser:
    """Reads one token after the other; each method reads one rule of the grammar above."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._next]

    def whole(self) -> Condition:
        found = self._either()
        if self.token.kind != "end":
            raise unexpected_token(self.token, ("and", "or"), " after a condition")
        return found

    def _either(self) -> Condition:
        parts = [self._every()]
        while self._took("or"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _every(self) -> Condition:
        parts = [self._not()]
        while self._took("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _not(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DefinitionError(
                f"The definition has more than {_DEEPEST} parentheses within each other.",
                position=self.token.at,
                hint="Save a part of it as an audience, and name that with: in audience NAME.",
            )
        try:
            return self._not_or_part()
        finally:
            self._depth -= 1

    def _not_or_part(self) -> Condition:
        if self._took("not"):
            return Not(self._not())
        if self._took("("):
            found = self._either()
            self._expect(")", also=("and", "or"), after=" where a parenthesis must be closed")
            return found
        return self._condition()

    def _condition(self) -> Condition:
        token = self.token
        if self._took("everyone"):
            return Everyone()
        if self._took("in"):
            if self._took("frozen"):
                return InFrozen(self._text("the frozen list's name in quotes"), token.at)
            self._expect("audience", after=' after "in"')
            return InAudience(self._text("the audience's name in quotes"), token.at)
        if token.lower == "moved" and self._peek().lower in ("from", "to", "within", *_ENDS, ""):
            return self._moved()
        if token.kind == "text" or (token.kind == "word" and token.lower not in RESERVED):
            self._next += 1
            name = str(token.value) if token.kind == "text" else token.text
            return self._comparison(name, token.at)
        raise unexpected_token(token, BEGINNINGS, " where a condition must begin")

    def _moved(self) -> Condition:
        at = self.token.at
        self._next += 1
        before = self._segment() if self._took("from") else None
        after = self._segment() if self._took("to") else None
        days = self._days() if self._took("within") else None
        return Moved(before, after, days, at)

    def _segment(self) -> Constant:
        if self.token.kind not in ("text", "number"):
            raise unexpected_token(self.token, ("a segment's name in quotes", "a segment's number"))
        return self._value()

    def _comparison(self, column: str, at: int) -> Condition:
        def test(operator: Operator, *values: Constant) -> ColumnTest:
            return ColumnTest(column, operator, values, at)

        token = self.token
        if token.kind == "end" or token.lower in _ENDS:
            return test("is", True)
        if self._took("is"):
            return self._is(test)
        if token.lower in ("=", "!=", "<>", "<", "<=", ">", ">="):
            return self._sign(test)
        if self._took("not"):
            return Not(self._named(test, "in (...)", "between", "contains", "starts with"))
        return self._named(test, *COMPARISONS)

    def _is(self, test: Callable[..., ColumnTest]) -> Condition:
        negated = self._took("not")
        if self._took("missing"):
            found: Condition = test("is missing")
        elif self._took("in"):
            found = test("in", *self._values())
        else:
            found = test("is", self._value("missing"))
        return Not(found) if negated else found

    def _sign(self, test: Callable[..., ColumnTest]) -> Condition:
        sign = self.token.lower
        self._next += 1
        value = self._value()
        if sign == "=":
            return test("is", value)
        if sign in ("!=", "<>"):
            return Not(test("is", value))
        return test(sign, value)

    def _named(self, test: Callable[..., ColumnTest], *expected: str) -> Condition:
        """A comparison by a word."""
        readers: dict[str, Callable[[], ColumnTest]] = {
            "in": lambda: self._in(test),
            "between": lambda: self._between(test),
            "contains": lambda: test("contains", self._text("a text in quotes")),
            "starts": lambda: self._starts(test),
            "more": lambda: self._ago(test),
            "before": lambda: test("<", self._value()),
            "after": lambda: test(">", self._value()),
        }
        word = self.token.lower
        if not any(name.split(" ")[0] == word for name in expected) or word not in readers:
            raise unexpected_token(self.token, expected, " after a column")
        self._next += 1
        return readers[word]()

    def _in(self, test: Callable[..., ColumnTest]) -> ColumnTest:
        if not self._took("the"):
            return test("in", *self._values())
        way = self.token.lower
        if way not in ("last", "next"):
            raise unexpected_token(self.token, ("last", "next"))
        self._next += 1
        return test("in the last" if way == "last" else "in the next", Decimal(self._days()))

    def _ago(self, test: Callable[..., ColumnTest]) -> ColumnTest:
        self._expect("than")
        days = self._days()
        self._expect("ago")
        return test("more than ago", Decimal(days))

    def _starts(self, test: Callable[..., ColumnTest]) -> ColumnTest:
        self._expect("with")
        return test("starts with", self._text("a text in quotes"))

    def _between(self, test: Callable[..., ColumnTest]) -> ColumnTest:
        low = self._value()
        self._expect("and", after=' in "between ... and ..."')
        return test("between", low, self._value())

    def _values(self) -> list[Constant]:
        if not self._took("("):
            raise unexpected_token(self.token, ("(", "the last", "the next"), ' after "in"')
        values = [self._value()]
        while self._took(","):
            values.append(self._value())
        self._expect(")", also=(",",), after=" where a list must be closed")
        return values

    def _value(self, *also: str) -> Constant:
        token = self.token
        if token.kind in ("text", "number", "date"):
            self._next += 1
            return token.value
        if token.lower in _BOOLEANS:
            self._next += 1
            return _BOOLEANS[token.lower]
        if token.kind == "word":
            raise DefinitionError(
                f"{token.text}{token_position(token.at)} is not a value.",
                position=token.at,
                expected=[f'"{token.text}"', *also],
                hint=f'Put texts in quotes: "{token.text}".',
                unquoted=True,
            )
        raise unexpected_token(
            token, ("a number", 'a text in quotes, such as "Berlin"', "a day, such as 2024-12-31", *also)
        )

    def _text(self, what: str) -> str:
        if self.token.kind != "text":
            raise unexpected_token(self.token, (what,))
        return str(self._value())

    def _days(self) -> int:
        token = self.token
        whole = token.kind == "number" and token.text.isdecimal() and len(token.text) <= 6
        if not whole:
            raise unexpected_token(token, ("a whole number of days",))
        self._next += 1
        for unit, days in (("day", 1), ("week", 7)):
            if self._took(unit) or self._took(f"{unit}s"):
                return int(token.text) * days
        raise unexpected_token(self.token, ("days", "weeks"), " after a number of days")

    def _peek(self) -> Token:
        return self._tokens[min(self._next + 1, len(self._tokens) - 1)]

    def _took(self, word: str) -> bool:
        if self.token.lower != word:
            return False
        self._next += 1
        return True

    def _expect(self, word: str, *, also: tuple[str, ...] = (), after: str = "") -> None:
        if not self._took(word):
            raise unexpected_token(self.token, (word, *also), after)
