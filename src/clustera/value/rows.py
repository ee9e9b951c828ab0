"""Equal customers counted once: models of purchase histories only see the distinct histories and how often each occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clustera.arguments import WHOLE, ArgumentKind, instance_of, refuse_masked_values, shown_value
from clustera.errors import InputError

Floats = NDArray[np.float64]

RFM_COLUMNS = {
    "days_since_last_order": "recency (age at the last purchase, from the first one)",
    "order_days": "frequency (purchase days after the first)",
    "spend": "monetary_value (mean spend of a repeat purchase day)",
}
_CHUNK = 8192
_MOST = 1_000_000  # draws, or counted purchases
_LATEST = 1e100  # time, or purchases: products of two stay within float64
RANDOM = instance_of(np.random.Generator, title="a random generator", cure="Make one: numpy.random.default_rng(0).")
COUNT = ArgumentKind(f"a whole number from 0 to {_MOST:,}", lambda value: WHOLE.fits(value) and 0 <= value <= _MOST)
SEED = ArgumentKind("a whole number from 0 on", lambda value: WHOLE.fits(value) and value >= 0)
NO_NUMBERS = {  # kinds of arrays -> what they hold, and what to do
    "m": ("durations", "Divide them by the unit: {name} / pandas.Timedelta(days=7) counts in weeks."),
    "M": ("dates", ""),
    "c": ("complex numbers", ""),
}
_CURE = "Make the columns with clustera.value.repeat_purchases(orders, as_of=...)."


@dataclass(frozen=True, slots=True)
class DistinctRows:
    """The distinct rows of a table and how many customers have each.

    Sorted by value, the first column first, so that nothing computed from them depends on the order of the customers.
    """

    columns: tuple[Floats, ...]
    weights: Floats  # customers per row, whole numbers
    levels: Floats  # distinct values of the first column
    level: NDArray[np.intp]  # which of them each row has

    @classmethod
    def sorted(cls, columns: tuple[Floats, ...], weights: Floats) -> DistinctRows:
        """From columns that are already distinct and sorted."""
        new = np.diff(columns[0], prepend=np.nan) != 0
        return cls(columns, weights, columns[0][new], np.cumsum(new) - 1)

    @property
    def customers(self) -> float:
        """How many customers the rows stand for."""
        return float(self.weights.sum())

    def chunks(self) -> list[DistinctRows]:
        """The same rows in pieces whose intermediate results stay in the processor's cache."""
        pieces = [slice(start, start + _CHUNK) for start in range(0, len(self.weights), _CHUNK)]
        return [DistinctRows.sorted(tuple(column[i] for column in self.columns), self.weights[i]) for i in pieces]

    def thinned(self, customers: int) -> DistinctRows:
        """A systematic sample: every n-th customer in the order of the rows."""
        step = max(self.customers / customers, 1.0)
        passed = np.floor(np.cumsum(self.weights) / step)
        weights = np.diff(passed, prepend=0.0)
        kept = weights > 0
        return DistinctRows.sorted(tuple(column[kept] for column in self.columns), weights[kept])


def distinct_histories(*columns: Floats) -> DistinctRows:
    """The distinct rows of equally long columns with their counts.

    Cost: O(n log n) on whole numbers, under 0.1 s for a million customers.
    """
    code, levels = _coded_rows(columns)
    if levels is None:
        return distinct_with_index(*columns)[0]
    code.sort()
    first = np.flatnonzero(np.diff(code, prepend=code[0] - 1))
    counts = np.diff(first, append=len(code))
    return DistinctRows.sorted(_decoded_rows(code[first], levels), counts.astype(np.float64))


def distinct_with_index(*columns: Floats) -> tuple[DistinctRows, NDArray[np.intp]]:
    """The distinct rows, and for every given row the number of its distinct row."""
    code, _ = _coded_rows(columns)
    index, codes = pd.factorize(code)
    order = np.argsort(codes)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    index = rank[index]
    some = np.empty(len(order), dtype=np.intp)
    some[index] = np.arange(len(index))
    weights = np.bincount(index, minlength=len(order)).astype(np.float64)
    return DistinctRows.sorted(tuple(column[some] for column in columns), weights), index


def _coded_rows(columns: tuple[Floats, ...]) -> tuple[NDArray[np.int64], tuple[Floats, ...] | None]:
    """One whole number per row, equal for equal rows and sorted as they are; and each column's values to decode it."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    levels: tuple[Floats, ...] | None = ()
    bound = 1
    for column in columns:
        index, values = pd.factorize(column, sort=True)
        if bound * len(values) >= 2**62:
            # Too many combinations for one number: number those that occur, in the same order; they can't be decoded.
            code = np.unique(code, return_inverse=True)[1].astype(np.int64)
            bound, levels = int(code.max()) + 1, None
        bound *= len(values)
        code = code * len(values) + index
        levels = None if levels is None else (*levels, values)
    return code, levels


def _decoded_rows(code: NDArray[np.int64], levels: tuple[Floats, ...]) -> tuple[Floats, ...]:
    columns: list[Floats] = []
    for values in reversed(levels):
        code, index = np.divmod(code, len(values))
        columns.append(values[index])
    return tuple(reversed(columns))


def floats_given(name: str, values: ArrayLike, *, wanted: str, hint: str = "") -> Floats:
    """Values as float64, in their shape.

    Raises:
        InputError: masked values, durations, dates and complex numbers, which would count as other numbers, and whatever is no number.

    >>> floats_given("T", pd.Series(pd.to_timedelta([3, 4], unit="D")), wanted="one number per customer")
    Traceback (most recent call last):
    clustera.errors.InputError: T must be one number per customer, not durations.
    Hint: Divide them by the unit: T / pandas.Timedelta(days=7) counts in weeks.
    """
    refuse_masked_values(name, values, hint="Leave these customers out.")
    if (kind := array_kind(values)) in NO_NUMBERS:
        seen, cure = NO_NUMBERS[kind]
        raise InputError(f"{name} must be {wanted}, not {seen}.", hint=cure.format(name=name) or hint)
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} must be {wanted}, not {shown_value(values)}.", hint=hint) from error
    except MemoryError as error:
        raise InputError(f"{name} does not fit into memory: {shown_value(values)}.") from error


def array_kind(values: ArrayLike) -> str:
    """The letter by which NumPy calls the kind of the values: m for durations; "" where they make no array."""
    try:
        return str(getattr(getattr(values, "dtype", None), "kind", None) or np.asarray(values).dtype.kind)
    except (TypeError, ValueError, OverflowError, MemoryError):
        return ""


def _checked_column(name: str, values: ArrayLike) -> Floats:
    given = getattr(values, "name", None)
    if isinstance(given, str) and given in RFM_COLUMNS:
        raise InputError(
            f"'{given}' is a column of RFM; the purchase models need {RFM_COLUMNS[given]}, which is counted differently.",
            hint=_CURE,
        )
    array = floats_given(name, values, wanted="one number per customer", hint=_CURE)
    if array.ndim != 1:
        raise InputError(f"{name} has shape {array.shape}; it must be one number per customer.", hint=_CURE)
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise InputError(
            f"{name} is not a finite number for {bad.size:,} customers, first in row {bad[0]}.", hint=_CURE
        )
    return array


def _same_length(**columns: Floats) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise InputError(f"The columns are not equally long: {told}.", hint=_CURE)


def checked_histories(frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Checked columns frequency, recency and T, each float64 (n_customers,).

    Raises:
        InputError: columns of RFM, or numbers that no purchase history can have.
    """
    x, t_x, age = _checked_column("frequency", frequency), _checked_column("recency", recency), _checked_column("T", T)
    _same_length(frequency=x, recency=t_x, T=age)
    rules = (
        ((x < 0) | (x != np.floor(x)), "frequency must be a whole number of repeat purchases, 0 or more"),
        (t_x < 0, "recency must be 0 or more"),
        (
            t_x > age,
            "recency is the age at the last purchase and can't exceed T; RFM's recency (days since) is another thing",
        ),
        (
            (x == 0) & (t_x > 0),
            "a customer without repeat purchase has recency 0; RFM's recency (days since) is another thing",
        ),
        ((x > 0) & (t_x == 0), "a repeat purchase is later than the first: merge purchases of the same day"),
    )
    for broken, rule in rules:
        rows = np.flatnonzero(broken)
        if rows.size:
            i = rows[0]
            raise InputError(
                f"Row {i} has frequency {x[i]:g}, recency {t_x[i]:g}, T {age[i]:g}: {rule} ({rows.size:,} such rows).",
                hint=_CURE,
            )
    return x, t_x, age


def checked_spending(frequency: ArrayLike, monetary_value: ArrayLike) -> tuple[Floats, Floats]:
    """Checked columns frequency and monetary_value, each float64 (n_customers,).

    Raises:
        InputError: columns of RFM, a frequency below 0, or negative spend.
    """
    x, m = _checked_column("frequency", frequency), _checked_column("monetary_value", monetary_value)
    _same_length(frequency=x, monetary_value=m)
    _refuse_out_of_range("frequency", x)
    rows = np.flatnonzero((x > 0) & (m < 0))
    if rows.size:
        i = rows[0]
        raise InputError(
            f"Row {i} has {x[i]:g} repeat purchases of mean value {m[i]:g}: it must be 0 or more ({rows.size:,} such rows).",
            hint="Leave refunds out; clustera.value.repeat_purchases does.",
        )
    return x, m


def checked_numbers(**columns: ArrayLike) -> tuple[Floats, ...]:
    """Checked columns, each float64 (n_customers,), from 0 on.

    Raises:
        InputError: a column that is no list of numbers from 0 on, or columns that are not equally long.

    >>> checked_numbers(T=[3, 4])
    (array([3., 4.]),)
    """
    checked = {name: _checked_column(name, values) for name, values in columns.items()}
    _same_length(**checked)
    for name, values in checked.items():
        _refuse_out_of_range(name, values)
    return tuple(checked.values())


def numbers_from_0(name: str, values: ArrayLike) -> Floats:
    """Numbers from 0 on in an array of any shape, float64.

    Raises:
        InputError: there is another.

    >>> numbers_from_0("horizon", [[1, 2]])
    array([[1., 2.]])
    """
    array = floats_given(name, values, wanted="a number or several")
    _refuse_out_of_range(name, array)
    return array


def _refuse_out_of_range(name: str, values: Floats) -> None:
    wrong = values[~((values >= 0) & (values <= _LATEST))]
    if wrong.size:
        raise InputError(
            f"{name} is {wrong.ravel()[0]:g}; it must be from 0 to {_LATEST:g}, in the unit of T where it is a time."
        )


def positive_horizon(horizon: float) -> None:
    """Refuse a horizon that is not above 0.

    Raises:
        InputError: it is not.
    """
    if not 0 < horizon <= _LATEST:
        raise InputError(
            f"The horizon is {horizon}; it must be a time above 0 and up to {_LATEST:g}, in the unit of T."
        )
