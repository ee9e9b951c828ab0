from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors

from clustera import prepare, transform
from clustera.engines import Engine, Rows
from clustera.errors import InputError
from clustera.prepare import PrepareOptions
from clustera.records import Column
from clustera.texts import outlier_sentence
from gathered import drawing, gather


def column(name: str, missing: int = 0) -> Column:
    return Column(name, "feature", "number", name.title(), missing=missing)


def table(engine: Engine, order: np.ndarray | None = None, **values: np.ndarray) -> Rows:
    n = len(next(iter(values.values())))
    keys = np.random.default_rng(1).integers(0, 2**63, n, dtype=np.uint64)
    made = pa.table(
        {"_row": np.arange(n), "_key": keys, **{k: pa.array(v, from_pandas=True) for k, v in values.items()}}
    )
    return engine.arrow(made if order is None else made.take(order))


@pytest.fixture(scope="module")
def engine():
    with Engine() as made:
        yield made


def test_drawing_customers_have_mean_zero_and_deviation_one(engine):
    random = np.random.default_rng(0)
    rows = table(engine, age=random.normal(40, 9, 900), income=random.normal(60, 20, 900))
    learned = prepare.learn_preparation(rows, [column("age"), column("income")])
    block = gather(prepare.prepared_blocks(rows, learned))
    points = block.points[drawing(block)].astype(float)
    assert np.allclose(points.mean(axis=0), 0, atol=0.02)
    assert np.allclose(points.std(axis=0), 1, atol=0.02)


def test_points_carried_back_are_the_values(engine):
    random = np.random.default_rng(0)
    values = {"age": random.integers(18, 90, 400).astype(float), "spend": np.exp(random.normal(4, 1.2, 400))}
    rows = table(engine, **values)
    learned = prepare.learn_preparation(
        rows, [column(name) for name in values], options=PrepareOptions(weights={"age": 2.0})
    )
    block = gather(prepare.prepared_blocks(rows, learned))
    original = prepare.original_units(block.points, learned)
    expected = np.column_stack(list(values.values()))[block.row]
    assert np.allclose(original, expected, rtol=1e-4)


def test_a_weight_stretches_its_feature_alone(engine):
    random = np.random.default_rng(0)
    rows = table(engine, age=random.normal(40, 9, 300), income=random.normal(60, 20, 300))
    plain = gather(prepare.prepared_blocks(rows, prepare.learn_preparation(rows, [column("age"), column("income")])))
    weighed = gather(
        prepare.prepared_blocks(
            rows,
            prepare.learn_preparation(
                rows, [column("age"), column("income")], options=PrepareOptions(weights={"income": 3})
            ),
        )
    )
    assert np.allclose(weighed.points, plain.points * [1, 3], rtol=1e-6)


def test_a_strongly_skewed_feature_is_straightened_and_a_symmetric_one_left(engine):
    random = np.random.default_rng(0)
    spend = np.exp(random.normal(4, 1, 1000))
    rows = table(engine, age=random.normal(40, 9, 1000), spend=spend)
    age, money = prepare.learn_preparation(rows, [column("age"), column("spend")]).features
    assert age.power is None
    assert money.power == pytest.approx(stats.yeojohnson_normmax(spend), abs=1e-6)


def test_far_rows_are_set_aside_and_still_there(engine):
    random = np.random.default_rng(0)
    x, y = random.normal(0, 1, 500), random.normal(0, 1, 500)
    x[:10], y[:10] = random.uniform(60, 90, 10), random.uniform(-90, -60, 10)
    rows = table(engine, x=x, y=y)
    learned = prepare.learn_preparation(rows, [column("x"), column("y")])
    block = gather(prepare.prepared_blocks(rows, learned))
    assert len(block.points) == 500
    assert set(np.arange(10)) <= set(block.row[block.outlier].tolist())
    assert block.outlier.mean() < 0.1


def test_a_row_farther_than_single_precision_can_square_stays_finite(engine):
    random = np.random.default_rng(0)
    rows = table(engine, points=np.append(1e14, random.normal(5, 1e-13, 59)), visits=random.normal(0, 1, 60))
    learned = prepare.learn_preparation(rows, [column("points"), column("visits")])
    block = gather(prepare.prepared_blocks(rows, learned))
    assert block.outlier[block.row == 0].all()
    assert np.isfinite(np.square(block.points).sum(axis=1)).all()


def test_isolation_is_the_distance_to_the_nth_neighbor(engine):
    random = np.random.default_rng(5)
    values = random.normal(size=(600, 2))
    rows = table(engine, x=values[:, 0], y=values[:, 1])
    learned = prepare.learn_preparation(rows, [column("x"), column("y")])
    block = gather(prepare.prepared_blocks(rows, learned))
    rule = learned.isolation
    # Another library's neighbors; each row is in the reference, so its nearest is itself.
    z = (values - [f.mean for f in learned.features]) / [f.scale for f in learned.features]
    distance = NearestNeighbors(n_neighbors=rule.neighbors + 1).fit(z).kneighbors(z)[0][:, -1]
    assert np.array_equal(np.flatnonzero(distance > rule.fence), np.sort(block.row[block.outlier]))


def test_outliers_can_be_switched_off(engine):
    random = np.random.default_rng(0)
    rows = table(engine, x=np.r_[random.normal(size=200), 500.0], y=random.normal(size=201))
    learned = prepare.learn_preparation(rows, [column("x"), column("y")], options=PrepareOptions(outliers=False))
    assert not gather(prepare.prepared_blocks(rows, learned)).outlier.any()


def test_a_missing_value_stands_at_the_median_and_does_not_draw(engine):
    random = np.random.default_rng(0)
    age = random.integers(20, 70, 200).astype(float)
    age[5] = np.nan
    rows = table(engine, age=age, income=random.normal(50, 10, 200))
    learned = prepare.learn_preparation(rows, [column("age", missing=1), column("income")])
    block = gather(prepare.prepared_blocks(rows, learned))
    place = int(np.flatnonzero(block.row == 5)[0])
    assert prepare.original_units(block.points[[place]], learned)[0, 0] == pytest.approx(np.nanmedian(age), abs=1e-4)
    assert not drawing(block)[place]


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(seed):
    random = np.random.default_rng(seed)
    values = {"x": random.gamma(1, 9, 150), "y": random.integers(1, 6, 150).astype(float)}
    order = random.permutation(150)
    columns = [column("x"), column("y")]
    with Engine(threads=1) as engine:
        rows, shuffled = table(engine, **values), table(engine, order, **values)
        one, two = prepare.learn_preparation(rows, columns), prepare.learn_preparation(shuffled, columns)
        assert one == two
        first, second = gather(prepare.prepared_blocks(rows, one)), gather(prepare.prepared_blocks(shuffled, two))
    assert first.points.tobytes() == second.points.tobytes()
    assert np.array_equal(first.row, second.row)


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20),
    power=st.floats(-2, 4),
)
def test_yeo_johnson_is_undone(values, power):
    x = np.array(values)
    y = stats.yeojohnson(x, power)
    # Where the forward transformation has flattened out, nothing can be told apart any more.
    resolvable = np.isfinite(y) & (
        np.abs(np.spacing(y) * np.power(1 + np.abs(x), np.where(x >= 0, 1 - power, power - 1))) < 1e-9 * (1 + np.abs(x))
    )
    assert np.allclose(prepare.inverse_yeo_johnson(y, power)[resolvable], x[resolvable], rtol=1e-5, atol=1e-5)


@given(
    rows=st.lists(
        st.tuples(
            st.floats(-1e6, 1e6) | st.just(float("nan")), st.none() | st.sampled_from([0.0, 2.0]) | st.floats(-2, 4)
        ),
        min_size=1,
        max_size=9,
    )
)
def test_all_columns_at_once_are_transformed_as_each_by_itself(rows):
    values, powers = np.array([value for value, _ in rows]), [power for _, power in rows]
    with np.errstate(over="ignore"):
        apart = [float(transform.yeo_johnson(value, power)) for value, power in rows]
        back = [float(transform.inverse_yeo_johnson(y, power)) for y, power in zip(apart, powers, strict=True)]
    found = transform.Powers(powers)
    assert found.forward(values).tolist() == pytest.approx(apart, rel=0, abs=0, nan_ok=True)
    assert found.inverse(np.array(apart)).tolist() == pytest.approx(back, rel=0, abs=0, nan_ok=True)


def test_jitter_stays_within_half_a_step(engine):
    random = np.random.default_rng(0)
    rows = table(engine, stars=random.integers(1, 6, 500).astype(float), spend=random.normal(50, 5, 500))
    learned = prepare.learn_preparation(rows, [column("stars"), column("spend")])
    block = gather(prepare.prepared_blocks(rows, learned))
    moved = prepare.original_units(prepare.jittered_points(block.points, block.key, learned), learned)
    still = prepare.original_units(block.points, learned)
    assert np.abs(moved[:, 0] - still[:, 0]).max() <= 0.5 + 1e-5
    assert np.abs(moved[:, 0] - still[:, 0]).max() > 0.4
    assert np.allclose(moved[:, 1], still[:, 1], atol=1e-4)


def test_one_value_far_away_is_a_hole_and_no_step(engine):
    children = np.repeat([0.0, 1.0], 100)
    children[-1] = 100.0
    learned = prepare.learn_preparation(
        table(engine, children=children, x=np.arange(200.0)), [column("children"), column("x")]
    )
    assert learned.features[0].step == 1.0


def test_a_constant_feature_is_refused_with_the_cure(engine):
    rows = table(engine, x=np.ones(50), y=np.arange(50.0))
    with pytest.raises(InputError, match="same value for every customer.*\nHint: Leave it out: exclude='x'"):
        prepare.learn_preparation(rows, [column("x"), column("y")])


def test_a_feature_without_any_value_is_refused_as_such(engine):
    rows = table(engine, x=np.full(50, np.nan), y=np.arange(50.0))
    with pytest.raises(
        InputError, match="no value that can be read for any customer.*\nHint: Leave it out: exclude='x'"
    ):
        prepare.learn_preparation(rows, [column("x"), column("y")])


def test_a_weight_for_no_feature_names_the_nearest(engine):
    rows = table(engine, income=np.arange(50.0))
    with pytest.raises(InputError, match="Did you mean 'income'"):
        prepare.learn_preparation(rows, [column("income")], options=PrepareOptions(weights={"incom": 2}))


def test_a_real_group_of_three_percent_is_not_set_aside(engine):
    random = np.random.default_rng(0)
    x, y = random.normal(0, 1, 2000), random.normal(0, 1, 2000)
    x[:60] += 9
    rows = table(engine, x=x, y=y)
    block = gather(prepare.prepared_blocks(rows, prepare.learn_preparation(rows, [column("x"), column("y")])))
    assert block.outlier[block.row < 60].mean() < 0.2


def test_a_skew_that_groups_cause_is_left_and_told(engine):
    random = np.random.default_rng(0)
    spend = np.concatenate([random.normal(50, 5, 950), random.normal(110, 5, 50)])
    rows = table(engine, age=random.normal(40, 9, 1000), spend=spend)
    learned = prepare.learn_preparation(rows, [column("age"), column("spend")])
    assert learned.features[1].power is None
    assert ("left-skewed", "Spend") in {
        (note.code, note.values.get("title")) for note in prepare.preparation_notes(learned, 1000)
    }


@pytest.mark.parametrize("seed", range(4))
def test_five_percent_far_outliers_leave_the_segments_of_the_others_alone(engine, seed):
    random = np.random.default_rng(seed)
    places = np.array([[0, 0], [7, 0], [0, 7], [7, 7]])
    inliers = random.normal(size=(1000, 2)) + places[random.integers(0, 4, 1000)]
    far = random.uniform(-40, 47, size=(200, 2))
    far = far[(np.abs(far - 3.5) > 12).any(axis=1)][:50]
    points = np.vstack([inliers, far])

    def labels(values):
        rows = table(engine, x=values[:, 0], y=values[:, 1])
        block = gather(prepare.prepared_blocks(rows, prepare.learn_preparation(rows, [column("x"), column("y")])))
        # Another library draws the segments, so that preparation alone is judged.
        fit = KMeans(4, n_init=5, random_state=0).fit(block.points[drawing(block)])
        found = np.empty(len(values), int)
        found[block.row] = fit.predict(block.points)
        return found

    assert adjusted_rand_score(labels(inliers), labels(points)[:1000]) >= 0.99


def test_those_who_stand_apart_are_told_by_what_sets_them_apart(engine):
    random = np.random.default_rng(0)
    age, spend = random.normal(40, 9, 500), random.normal(100, 10, 500)
    spend[:5] = [900, 1500, 2500, 4000, 6000]
    rows = table(engine, age=age, spend=spend)
    learned = prepare.learn_preparation(rows, [column("age"), column("spend")])
    apart = np.arange(500) < 5
    found = prepare.describe_outliers(np.column_stack([age, spend]), apart, learned.features, additive=["spend"])
    assert (found.count, found.share, found.many) == (5, 0.01, False)
    assert found.features[0].feature == "spend"
    assert found.features[0].typical == 2500
    assert found.features[0].others == np.median(spend[5:])
    assert (found.features[0].above, found.features[0].below) == (1.0, 0.0)
    said = outlier_sentence(found, learned.features)
    assert "5 customers (1.0%)" in said
    assert "5 of these 5 customers are above" in said
    held = spend[:5].sum() / spend.sum()
    assert found.features[0].holds == pytest.approx(held)
    assert found.features[1].holds is None
    assert f"Together they hold {held:.0%} of all spend." in said


def test_more_than_five_percent_apart_is_warned_of(engine):
    random = np.random.default_rng(0)
    values = random.normal(size=(100, 1))
    rows = table(engine, x=values[:, 0])
    learned = prepare.learn_preparation(rows, [column("x")])
    assert prepare.describe_outliers(values, np.arange(100) < 6, learned.features).many
    assert not prepare.describe_outliers(values, np.arange(100) < 5, learned.features).many


def test_nobody_apart_has_nothing_to_tell(engine):
    rows = table(engine, x=np.arange(50.0))
    learned = prepare.learn_preparation(rows, [column("x")])
    found = prepare.describe_outliers(np.arange(50.0)[:, None], np.zeros(50, bool), learned.features)
    assert found.features == ()
    assert outlier_sentence(found, learned.features) == "There are no outliers."


def test_equal_customers_without_ids_are_spread_as_well(engine):
    # Without ids the hash is that of the values: one shift for all equal rows would leave them on piles.
    stars = np.random.default_rng(0).integers(1, 4, 300).astype(float)
    keys = (stars * 1e6).astype(np.uint64)
    rows = engine.arrow(pa.table({"_row": np.arange(300), "_key": keys, "stars": stars}))
    learned = prepare.learn_preparation(rows, [column("stars")])
    block = gather(prepare.prepared_blocks(rows, learned))
    moved = prepare.jittered_points(block.points, block.key, learned)
    assert len(np.unique(moved)) == 300
