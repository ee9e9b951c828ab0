import numpy as np
import pyarrow as pa
import pytest

from clustera.engines import Engine, array_of, column_of


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.int32, np.uint64, np.bool_])
@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 1000])
def test_an_array_comes_back_from_a_column_as_it_was(dtype, n):
    values = np.random.default_rng(n).integers(0, 2, n).astype(dtype)
    column = column_of(values)
    assert column.type == pa.from_numpy_dtype(np.dtype(dtype))
    back = array_of(column)
    assert back.dtype == values.dtype
    np.testing.assert_array_equal(back, values)


def test_a_part_of_a_column_gives_that_part():
    for column in (pa.array([True, False, None, True, True])[3:], pa.array([1.0, None, 3.0, 4.0])[2:]):
        np.testing.assert_array_equal(array_of(column), column.to_numpy(zero_copy_only=False))


def test_missing_numbers_are_nan():
    column = pa.chunked_array([[1.0, None], [], [None, 4.0]], pa.float64())
    np.testing.assert_array_equal(array_of(column), column.to_numpy())


def test_rows_of_the_smallest_keys_are_those_that_sorting_gives():
    random = np.random.default_rng(0)
    keys = random.integers(0, 2**64, 5_000, dtype=np.uint64)
    with Engine() as engine:
        rows = engine.arrow(pa.table({"_key": keys, "x": np.arange(5_000)}))
        for size in (1, 100, 1_000, 9_000):
            expected = np.argsort(keys, kind="stable")[:size]
            np.testing.assert_array_equal(rows.lowest(["x"], size)["x"].to_numpy(), expected)


def test_rows_stand_beside_the_same_rows():
    numbers = np.arange(300_000)
    with Engine() as engine:
        one = engine.arrow(pa.table({"_row": numbers, "a": numbers * 2})).select(
            "select * from {rows} where _row % 3 = 0"
        )
        two = engine.arrow(pa.table({"_row": numbers[::3], "b": numbers[::3] + 1}))
        both = one.beside(two).arrow()
        np.testing.assert_array_equal(both["b"].to_numpy(), both["_row"].to_numpy() + 1)
        np.testing.assert_array_equal(both["a"].to_numpy(), both["_row"].to_numpy() * 2)
        np.testing.assert_array_equal(both["_row"].to_numpy(), numbers[::3])


def test_rows_in_another_order_are_not_put_beside_each_other():
    with Engine() as engine:
        one = engine.arrow(pa.table({"_row": [1, 2, 3]}))
        two = engine.arrow(pa.table({"_row": [1, 3, 2], "b": [1, 2, 3]}))
        with pytest.raises(AssertionError, match="another order"):
            one.beside(two)
