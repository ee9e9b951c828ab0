"""Audiences held against audiences, segments and all others: who is compared, and with what result."""

from __future__ import annotations

import pytest
from scipy import stats
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.errors import InputError
from clustera.segmentation.saved_audiences import SavedAudiences
from clustera.store import Store
from tests.campaigning import quiet_log


@pytest.fixture(scope="module")
def runs(tmp_path_factory, blobs):
    place = tmp_path_factory.mktemp("groups") / "runs"
    with clustera.segment(blobs, progress=False, threads=1) as seg:
        seg.publish(place, name="table")
    SavedAudiences(Store(place).audiences).save('name = "Older"\ndefinition = "age > 45"')
    return place


@pytest.fixture(scope="module")
def seg(runs):
    return clustera.load("table", runs=runs)


def told(differences):
    """What was found, as far as the order in which numbers are added up does not change it."""
    return [
        (
            one.column,
            one.value,
            one.n_one,
            one.n_other,
            *(f"{value:.4g}" for value in (one.one, one.other, one.low, one.effect)),
        )
        for one in differences
    ]


def income_of(found):
    return next(entry for entry in found.differences if entry.column == "income")


def test_audiences_are_compared_without_whoever_is_in_both(seg, blobs):
    older, rich = blobs["age"] > 45, blobs["income"] > 50
    found = seg.compare_groups("Older", "income > 50")
    assert (found.one, found.other, found.both) == (
        (older & ~rich).sum(),
        (rich & ~older).sum(),
        (older & rich).sum(),
    )
    one, other = blobs.loc[older & ~rich, "age"], blobs.loc[rich & ~older, "age"]
    age = next(entry for entry in found.differences if entry.column == "age")
    assert age.difference == pytest.approx(one.mean() - other.mean())
    assert age.p == pytest.approx(stats.ttest_ind(one, other, equal_var=False).pvalue, rel=1e-6)


def test_an_audience_and_all_others_are_everybody(seg, blobs):
    older = blobs["age"] > 45
    found = seg.compare_groups("age > 45")
    assert (found.one, found.other, found.both) == (older.sum(), (~older).sum(), 0)
    assert income_of(found).one == pytest.approx(blobs.loc[older, "income"].mean())
    assert income_of(found).other == pytest.approx(blobs.loc[~older, "income"].mean())


def test_a_segment_is_the_audience_of_its_customers(seg):
    assert told(seg.differences("segment is 1", "segment is 2")) == told(seg.differences(1, 2))
    assert told(seg.differences("segment is 1", 2)) == told(seg.differences(1, 2))
    assert told(seg.differences("segment is 1")) == told(seg.differences(1))


def test_a_group_within_another_is_compared_with_the_rest_of_it(seg):
    inner, rest = seg.compare_groups("segment is 1", "all"), seg.compare_groups(1)
    assert told(inner.differences) == told(rest.differences)
    assert (inner.one, inner.other, inner.both) == (rest.one, rest.other, 0)


def test_everybody_of_two_runs_is_compared(seg, runs, blobs, tmp_path):
    with clustera.segment(blobs.assign(income=blobs["income"] + 8), like=seg, progress=False, threads=1) as later:
        found = later.compare_groups("all", within=seg)
    assert income_of(found).difference == pytest.approx(8)
    assert (found.one, found.other) == (len(blobs), len(blobs))


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Older", "age > 45", "same customers"),
        ("age > 4000", None, "nothing to compare"),
        ("all", None, "no other customers"),
        ("all", "all", "itself"),
        ("ages > 4", 1, "ages"),
        (77, 1, "no segment 77"),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(seg, one, other, said):
    with pytest.raises(InputError, match=said):
        seg.compare_groups(one, other)


def test_the_command_compares_audiences_too(runs, seg):
    result = CliRunner().invoke(app, ["differences", "table", "Older", "2", "--runs", str(runs)])
    assert result.exit_code == 0, result.output
    assert "between Older and" in " ".join(result.output.split())
    assert "left out of both" in " ".join(result.output.split())


def test_values_of_runs_with_another_margin_are_not_compared(tmp_path):
    orders = quiet_log(200)
    for name, margin in (("whole", None), ("again", None), ("third", 0.3)):
        with clustera.segment(orders=orders, k=2, margin=margin, progress=False, threads=1) as made:
            made.publish(tmp_path / "runs", name=name)
    columns = {}
    with clustera.load("whole", runs=tmp_path / "runs") as whole:
        for name in ("again", "third"):
            found = whole.compare_groups(1, "all", within=clustera.load(name, runs=tmp_path / "runs"))
            columns[name] = {one.column for one in found.differences}
    assert columns["again"] - columns["third"] == {"value"}
