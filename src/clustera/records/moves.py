"""Moves: who went from one segment to another, between two runs or two days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from clustera.records.rows import Reason

# Of a customer: expected sales; sales of the last 3 months; the same, and where segments are alike in them spend; spend.
# With "then" any of these as it was when the segments were made, where their order is another one now.
RankedBy = Literal["expected", "expected then", "recent", "recent or before", "spend", "spend then"]


@dataclass(frozen=True, slots=True)
class Move:
    """Customers who went from one segment to another."""

    before: int
    after: int
    count: int


@dataclass(frozen=True, slots=True)
class MoveCause:
    """Customers who went from one segment to another because one feature changed, by the same definitions on both days."""

    before: int
    after: int
    feature: str
    rose: bool  # whether its value rose
    count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs held against each other, on the customers both know."""

    before: str  # run or label
    after: str
    common: int
    only_before: int
    only_after: int
    moves: tuple[Move, ...]  # with before == after for those who stayed
    matched: tuple[tuple[int, int, float], ...]  # (segment before, segment after, Jaccard overlap)
    new: tuple[int, ...]
    gone: tuple[int, ...]
    split: tuple[tuple[int, tuple[int, ...]], ...]  # before -> its parts
    merged: tuple[tuple[tuple[int, ...], int], ...]  # parts -> after
    names_before: dict[int, str] = field(default_factory=dict)
    names_after: dict[int, str] = field(default_factory=dict)
    notes: tuple[Reason, ...] = ()
    ranking: tuple[
        int, ...
    ] = ()  # segments by what a customer brings, most first; empty where that is not known or not shared
    ranked_by: RankedBy = "spend"  # what `ranking` goes by
    same_definitions: bool = False  # the same segments on two days: only customers moved
    day_before: int | None = None  # snapshot dates, since 1970-01-01; None without orders
    day_after: int | None = None
    causes: tuple[MoveCause, ...] = ()  # of each move; empty where the values of customers are not known on both days
    came: tuple[
        tuple[int, int], ...
    ] = ()  # (segment after, customers who were not known before); empty where not counted
    left: tuple[tuple[int, int], ...] = ()  # (segment before, customers who are not known any more)

    def sizes(self, segments: Mapping[int, int] | None = None) -> tuple[dict[int, int], dict[int, int], bool]:
        """All customers of each segment before and after, and whether nobody is missing on either side.

        Args:
            segments: Customers by segment of the later run, where those are known.
        """
        before, after = Counter[int](dict(self.left)), Counter[int](dict(self.came))
        for move in self.moves:
            before[move.before] += move.count
            after[move.after] += move.count
        if segments and sum(segments.values()) == self.common + self.only_after:
            after = Counter(segments)
        whole = before.total() == self.common + self.only_before and after.total() == self.common + self.only_after
        return dict(before), dict(after), whole

    @property
    def stayed(self) -> float:
        """Share of the common customers who kept their segment.

        >>> found = seg.compare(later)
        >>> round(found.stayed, 2)
        0.94
        """
        return sum(move.count for move in self.moves if self.stays(move)) / self.common if self.common else 0.0

    def stays(self, move: Move) -> bool:
        """Whether customers are in the same segment still: of runs that number their segments each for itself, in the one that it matches.

        >>> moves, matched = (Move(1, 2, 9), Move(2, 1, 8), Move(2, 2, 1)), ((1, 2, 0.9), (2, 1, 0.9))
        >>> found = Comparison("one", "two", 18, 0, 0, moves, matched, (), (), (), ())
        >>> [found.stays(move) for move in found.moves], round(found.stayed, 2)
        ([True, True, False], 0.94)
        """
        alone = not self.same_definitions and (self.new or self.gone or any(a != b for a, b, _ in self.matched))
        if alone:
            return any((move.before, move.after) == (one, other) for one, other, _ in self.matched)
        return move.before == move.after

    def direction(self, move: Move) -> str:
        """Where a move leads: "up" to a segment that brings more by `ranked_by`, "down", "" where nobody moved or segments are not ranked.

        >>> found = seg.compare(later)
        >>> found.direction(found.movers[0])
        'down'
        """
        if self.stays(move) or not {move.before, move.after} <= set(self.ranking):
            return ""
        return "up" if self.ranking.index(move.after) < self.ranking.index(move.before) else "down"

    def causes_of(self, move: Move) -> tuple[MoveCause, ...]:
        """Which features moved the customers of one move.

        >>> found = seg.compare(later)
        >>> [(cause.feature, cause.rose, cause.count) for cause in found.causes_of(found.movers[0])]
        [('recent_spend', False, 5), ('spend', False, 2)]
        """
        return tuple(cause for cause in self.causes if (cause.before, cause.after) == (move.before, move.after))

    @property
    def movers(self) -> tuple[Move, ...]:
        """The moves from one segment to another, the largest first.

        >>> [(move.before, move.after, move.count) for move in seg.compare(later).movers][:2]
        [(2, 3, 7), (1, 3, 5)]
        """
        moved = [move for move in self.moves if not self.stays(move) and move.count]
        return tuple(sorted(moved, key=lambda move: (-move.count, move.before, move.after)))

    @property
    def up(self) -> int | None:
        """Customers who moved to a segment that brings more by `ranked_by`; None where segments are not ranked.

        >>> found = seg.compare(later)
        >>> found.up, found.down
        (0, 12)
        """
        return count_moves_up(self.moves, self.ranking)

    @property
    def down(self) -> int | None:
        """Customers who moved to a segment that brings less by `ranked_by`; None where segments are not ranked."""
        return count_moves_up(self.moves, self.ranking[::-1])


@dataclass(frozen=True, slots=True)
class Period:
    """Who moved between two days, and who came."""

    before: int  # days since 1970-01-01
    after: int
    moves: tuple[Move, ...]  # with before == after for those who stayed
    came: tuple[tuple[int, int], ...]  # (segment after, customers whose first order lies between the days)
    left: tuple[tuple[int, int], ...] = ()  # (segment before, customers no longer known)

    @property
    def stayed(self) -> float:
        """Share of the customers known on both days who kept their segment.

        >>> Period(19_700, 19_730, (Move(1, 1, 30), Move(1, 2, 10)), came=()).stayed
        0.75
        """
        known = sum(move.count for move in self.moves)
        return sum(move.count for move in self.moves if move.before == move.after) / known if known else 0.0


@dataclass(frozen=True, slots=True)
class Movers:
    """The customers whose segment is another one than before; money is what they spent in the last 12 months."""

    customers: int
    borderline: int  # of them nearly as close to another segment
    best: int | None = None  # segment whose customers spend most; None where segments are not ranked on both days
    best_before: int = 0  # customers known on both days who were in it
    fell: int = 0  # of these, those who are in another one now
    fell_money: float | None = None  # None without orders, or where nobody fell
    up_money: float | None = None
    down_money: float | None = None
    fell_actions: tuple[tuple[str, int], ...] = ()  # what those who left the best segment get: (rule, customers)
    days: int = 0  # between the two days; 0 where what is usual can't be told, whatever the history
    months: int = 0  # the same in whole months of the calendar; 0 where it is none
    usual: tuple[Period, ...] = ()  # earlier ones as long, oldest first; empty where the history is too short


def count_moves_up(moves: Iterable[Move], ranking: Sequence[int]) -> int | None:
    """Customers who moved towards the front of a ranking; None where there is none.

    >>> count_moves_up([Move(1, 2, 5), Move(2, 1, 3), Move(1, 1, 90)], (2, 1))
    5
    """
    if not ranking:
        return None
    place = {segment: at for at, segment in enumerate(ranking)}
    return sum(move.count for move in moves if place[move.after] < place[move.before])
