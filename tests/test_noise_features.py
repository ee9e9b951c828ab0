"""Features that do not tell clear groups apart: told, left out of the segments, and still there to describe them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from typer.testing import CliRunner

import clustera
from clustera.cli import app
from clustera.errors import InputError

REAL, NOISE = ["visits", "basket"], ["height", "children"]


def table(seed=1, size=100):
    random = np.random.default_rng(seed)
    centers = np.repeat([(20, 30), (50, 30), (35, 70)], size, axis=0)
    found = pd.DataFrame(random.normal(centers, 4), columns=REAL).round(1)
    found["height"] = random.normal(170, 10, len(found)).round(1)
    found["children"] = random.integers(0, 6, len(found))
    found.insert(0, "customer_id", np.arange(len(found)))
    return found


def drawn(customers, **options):
    return clustera.segment(customers, progress=False, **options)


def forming(seg):
    return [feature.name for feature in seg.outcome.preparation.features]


def told(seg):
    found = seg.findings
    return sorted(found[found.code == "noise-feature"].column)


@pytest.fixture(scope="module")
def customers():
    return table()


@pytest.fixture(scope="module")
def seg(customers):
    return drawn(customers)


def test_noise_is_left_out_and_told_with_the_setting_that_keeps_it(seg):
    assert (seg.k, seg.verdict, forming(seg), told(seg)) == (3, "clear", REAL, sorted(NOISE))
    assert seg.findings.cure.str.contains('keep="noise-feature"', regex=False).all()


def test_the_segments_are_those_of_the_other_features_alone(seg, customers):
    alone = drawn(customers[["customer_id", *REAL]])
    assert alone.customers.segment.tolist() == seg.customers.segment.tolist()
    assert alone.outcome.model.centers == seg.outcome.model.centers


def test_noise_still_describes_segments_a_fine_number_in_four_bands(seg):
    shares = [share for share in seg.outcome.segments[0].descriptors if share.descriptor == "height"]
    assert len(shares) == 4
    assert sum(share.count for share in shares) == seg.outcome.segments[0].size
    assert {share.descriptor for share in seg.outcome.segments[0].descriptors} == set(NOISE)


def test_noise_stays_a_number_in_the_files_and_for_audiences(seg, customers, tmp_path):
    seg.save(tmp_path / "run")
    values = pd.read_parquet(tmp_path / "run" / "values.parquet")
    assert values.height.tolist() == customers.height.tolist()
    assert seg.audience("height > 180").count().customers == (customers.height > 180).sum()


def test_no_face_shows_noise_as_a_feature_that_was_used(seg):
    for picture in (seg.plot.distributions(), seg.plot.correlations().figure):
        said = [text.get_text() for text in picture.findobj(Text) if "eight" in text.get_text()]
        assert said
        assert all("describes" in text for text in said)
    for picture in (seg.plot.profile(), seg.plot.snake(), seg.plot.scatter(), seg.plot.components()):
        assert not any("eight" in text.get_text() for text in picture.figure.findobj(Text))
    for refused in (seg.plot.boxes, seg.plot.violins, seg.plot.scatter):
        with pytest.raises(InputError, match=r"(?s)'height' only describes these segments.*descriptors\('height'\)"):
            refused("height")
    assert seg.plot.descriptors("height").get_legend() is not None
    plt.close("all")
    assert "Columns that only describe them: Height; Children." in seg.card()
    assert not any("height" in name for name in seg.segments)
    assert {reason.feature for reason in seg.explain("0").reasons} == set(REAL)
    assert "height" not in seg.sql().lower()


def test_a_saved_run_assigns_customers_without_the_noise(seg, customers, tmp_path):
    again = clustera.load(seg.save(tmp_path / "run"))
    for later in (customers, customers.drop(columns=NOISE)):
        assert again.predict(later).segment.tolist() == seg.customers.segment.tolist()


def test_a_later_month_keeps_the_definitions_and_a_redraw_judges_noise_anew(seg, customers):
    later = drawn(table(seed=2), like=seg)
    assert (forming(later), told(later)) == (REAL, [])
    redrawn = drawn(customers, like=seg, redraw=True)
    assert (forming(redrawn), told(redrawn)) == (REAL, sorted(NOISE))


def test_the_fix_can_be_switched_off(customers):
    kept = drawn(customers, keep=["noise-feature"])
    assert (kept.k, forming(kept), told(kept)) == (3, REAL + NOISE, [])


def test_a_feature_that_is_named_or_weighed_is_kept_and_told(customers):
    named = drawn(customers, features=[*REAL, "height"])
    assert (forming(named), told(named)) == ([*REAL, "height"], ["height"])
    assert "exclude='height'" in named.findings.set_index("code").cure["noise-feature"]
    weighed = drawn(customers, weights={"height": 0.9})
    assert (forming(weighed), told(weighed)) == ([*REAL, "height"], sorted(NOISE))


def test_without_ids_an_assignment_is_that_of_the_run(customers):
    nameless = customers.drop(columns="customer_id")
    seg = drawn(nameless)
    again = seg.predict(nameless)
    assert (again.segment.tolist(), again.outlier.tolist()) == (
        seg.customers.segment.tolist(),
        seg.customers.outlier.tolist(),
    )


def test_without_clear_groups_nothing_is_left_out():
    random = np.random.default_rng(7)
    seg = drawn(pd.DataFrame(random.normal(size=(300, 4)), columns=list("abcd")))
    assert (seg.verdict == "clear", forming(seg), told(seg)) == (False, list("abcd"), [])


def test_noise_that_forms_clear_groups_of_its_own_is_none(customers):
    random = np.random.default_rng(2)
    other = customers.assign(height=170 + 40 * random.integers(0, 2, len(customers)) + customers.height / 50)
    assert "height" in forming(drawn(other))


def test_the_command_says_what_was_left_out(customers, tmp_path):
    customers.to_csv(tmp_path / "customers.csv", index=False)
    said = (
        CliRunner().invoke(app, ["segment", str(tmp_path / "customers.csv"), "--runs", str(tmp_path / "runs")]).output
    )
    assert "Height does not tell these segments apart" in " ".join(said.split())
