"""Who goes from which segment to which between days, and what that lets expect."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from clustera.days import YEAR, months_before
from clustera.engines import Rows
from clustera.errors import InputError
from clustera.records import Migration, MigrationForecast, Move, Period

PRIOR = 1.0  # customers: weight of "moves as everybody does" in a segment's row of the matrix
MOST_DAYS = 9  # looked at: each costs one pass over the orders
SPARE = 92  # days kept free for earlier days: the longest three months of a calendar
MOST_STRETCHES = 3  # that tell what is usual: each costs up to two passes over the orders
ENOUGH_DAYS = 5  # from which steps of a quarter are taken, not of a month

Floats = npt.NDArray[np.float64]


def feature_window(first_day: int, as_of: int) -> int:
    """How many days sums and counts of a segmentation look back: the same number of days on every day it is applied to.

    A year; where the log is too short for a year and a quarter, all of it but a quarter, so that the segments can be
    looked at on earlier days; under half a year all of it.

    >>> feature_window(0, 799), feature_window(0, 364), feature_window(0, 99)
    (364, 273, 100)
    """
    days = as_of - first_day + 1
    if days >= YEAR + SPARE:
        return YEAR
    return days - SPARE if days >= 2 * SPARE else days


def as_of_days(first_day: int, as_of: int, window: int) -> tuple[tuple[int, ...], int]:
    """Days on which to look at the same segments: the snapshot date and the same day of earlier months or quarters.

    The last day of a month is followed by last days. The log must cover the whole window before each of them.

    Args:
        first_day: Of the log.
        as_of: The snapshot date.
        window: Days that sums and counts look back.

    Returns:
        The days, oldest first, and the months between them: 3 where the log is long enough, else 1.

    >>> import datetime
    >>> from clustera.days import day_number, to_date
    >>> days, months = as_of_days(day_number(datetime.date(2017, 1, 1)), day_number(datetime.date(2017, 12, 31)), 273)
    >>> months, [str(to_date(day)) for day in days]
    (1, ['2017-09-30', '2017-10-31', '2017-11-30', '2017-12-31'])
    """
    earliest = first_day - 1 + window
    for months in (3, 1):
        steps = itertools.takewhile(
            lambda day: day >= earliest, (months_before(as_of, n * months) for n in itertools.count())
        )
        days = tuple(itertools.islice(steps, MOST_DAYS))
        if len(days) >= ENOUGH_DAYS or months == 1:
            break
    return tuple(reversed(days)), months


def earlier_periods(first_day: int, before: int, length: int, window: int) -> tuple[tuple[int, int], ...]:
    """Earlier periods of days, as long as one that begins on a day, and none later than that day.

    One follows the other; where fewer than two fit into the log, the next begins in the middle of the one before.

    Args:
        first_day: Of the log.
        before: The last day of the latest period.
        length: Days of each.
        window: Days that sums and counts look back: the log must cover them before each period.

    Returns:
        First and last day of each, oldest first, at most three.

    >>> earlier_periods(0, 399, 60, 250), earlier_periods(0, 399, 60, 300), earlier_periods(0, 399, 60, 380)
    (((279, 339), (339, 399)), ((309, 369), (339, 399)), ())
    """
    room = before - length - (first_day - 1 + window)  # from the latest period back to the earliest day possible
    step = length if room >= length else max(length // 2, 1)
    starts = [before - length - n * step for n in range(min(room // step + 1, MOST_STRETCHES))]
    return tuple((start, start + length) for start in reversed(starts))


def moves_over_time(periods: Sequence[Rows], *, days: Sequence[int], months: int) -> Migration:
    """Sizes, moves and a forecast of both, from the segments of several days.

    Args:
        periods: `id` and `segment` on each day, one row per customer, all in one engine; the same segment means the
            same thing on every day.
        days: The days, oldest first, equally far apart.
        months: Between them.

    Raises:
        InputError: fewer than two days.
    """
    if len(periods) < 2:
        raise InputError("Migration needs the segments on at least two days.", hint="Bring older orders.")
    sizes = [
        {
            int(row["segment"]): row["n"]
            for row in rows.query("select segment, count(*) as n from {rows} group by segment").to_pylist()
        }
        for rows in periods
    ]
    segments = tuple(sorted(set().union(*sizes)))
    seen = [moves_between_days(one, two) for one, two in itertools.pairwise(periods)]
    return Migration(
        days=tuple(days),
        months=months,
        segments=segments,
        sizes=tuple(tuple(size.get(segment, 0) for segment in segments) for size in sizes),
        periods=tuple(
            Period(one, two, moves, tuple(sorted(came.items())), tuple(sorted(left.items())))
            for (one, two), (moves, left, came) in zip(itertools.pairwise(days), seen, strict=True)
        ),
        forecast=_forecast(segments, sizes, seen),
    )


def moves_between_days(before: Rows, after: Rows) -> tuple[tuple[Move, ...], dict[int, int], dict[int, int]]:
    """Customers who are known on both days by segment before and after, who left and who came.

    Args:
        before: `id` and `segment` on the earlier day, one row per customer.
        after: The same on the later day, in the same engine, with the same identities of segments.

    Returns:
        The moves (with before == after for those who stayed), customers of each segment before who are not there
        after, and customers of each segment after who were not there before.
    """
    rows = before.query(
        "select b.segment as before, a.segment as after, count(*) as n from {rows} b full outer join {later} a using (id) "
        "group by all order by all",
        later=after,
    ).to_pylist()
    moves = tuple(
        Move(int(row["before"]), int(row["after"]), row["n"])
        for row in rows
        if row["before"] is not None and row["after"] is not None
    )
    left = {int(row["before"]): row["n"] for row in rows if row["after"] is None}
    came = {int(row["after"]): row["n"] for row in rows if row["before"] is None}
    return moves, left, came


def _forecast(
    segments: Sequence[int],
    sizes: Sequence[dict[int, int]],
    seen: Sequence[tuple[tuple[Move, ...], dict[int, int], dict[int, int]]],
) -> MigrationForecast:
    """Sizes and moves one period later, if customers go on moving as they did.

    A Markov chain: each segment's customers move by the shares seen so far, new customers come as they came. Where few
    were seen, the row leans towards how all customers move. Every period from the second on is also forecast from those
    before it, and the error told beside that of "nothing changes".

    Source: Pfeifer & Carraway (2000), Modeling customer relationships as Markov chains.
    """
    counts = np.array([[size.get(s, 0) for s in segments] for size in sizes], dtype=np.float64)
    place = {segment: at for at, segment in enumerate(segments)}
    flows = np.zeros((len(seen), len(segments), len(segments)))
    came = np.zeros((len(seen), len(segments)))
    for at, (moves, _, arrivals) in enumerate(seen):
        for move in moves:
            flows[at, place[move.before], place[move.after]] = move.count
        for segment, n in arrivals.items():
            came[at, place[segment]] = n
    errors = []
    for at in range(1, len(seen)):
        matrix, now, then = _matrix(flows[:at], counts[:at]), counts[at], counts[at + 1]
        errors.append(
            (
                _misplaced(now @ matrix + came[:at].mean(axis=0), then),
                _misplaced(now, then),
                _misplaced(now[:, None] * matrix, flows[at]),
                _misplaced(np.diag(now), flows[at]),
            )
        )
    matrix, arrivals_mean = _matrix(flows, counts[:-1]), came.mean(axis=0)
    error = np.mean(errors, axis=0).tolist() if errors else [None] * 4
    return MigrationForecast(
        segments=tuple(segments),
        matrix=tuple(map(tuple, matrix.tolist())),
        arrivals=tuple(arrivals_mean.tolist()),
        now=tuple(int(n) for n in counts[-1]),
        expected=tuple((counts[-1] @ matrix + arrivals_mean).tolist()),
        transitions=len(seen),
        tested=len(errors),
        error=error[0],
        error_unchanged=error[1],
        move_error=error[2],
        move_error_unchanged=error[3],
    )


def _matrix(flows: Floats, counts: Floats) -> Floats:
    """Shares (k, k); rows add up to less than 1 where customers left."""
    total, start = flows.sum(axis=0), counts.sum(axis=0)
    everybody = total.sum(axis=0) / max(start.sum(), 1.0)
    return np.asarray((total + PRIOR * everybody) / (start + PRIOR)[:, None])


def _misplaced(forecast_sizes: Floats, truth: Floats) -> float:
    return float(np.abs(forecast_sizes - truth).sum() / 2 / max(truth.sum(), 1.0))
