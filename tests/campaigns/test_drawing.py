"""Who is left out: the same customers again, other customers in another campaign, and as many as asked."""

import pyarrow as pa
import pytest
from scipy import stats

from clustera.campaigns import draw_groups
from clustera.engines import Engine, hash_sql


@pytest.fixture(scope="module")
def customers():
    with Engine() as engine:
        rows = engine.arrow(
            pa.table({"id": [str(i) for i in range(20_000)], "segment": [i % 3 for i in range(20_000)]})
        )
        yield rows.select(f"select *, {hash_sql('id')} as key from {{rows}}").keep()


def control(rows, name, share=0.2):
    drawn = draw_groups(rows, name=name, share=share).query("select id from {rows} where \"group\" = 'control'")
    return set(drawn["id"].to_pylist())


def test_the_same_campaign_leaves_out_the_same_customers_whoever_else_takes_part(customers):
    half = customers.select("select * from {rows} where cast(id as integer) % 2 = 0")
    ids = set(half.arrow()["id"].to_pylist())
    assert control(half, "spring") == control(customers, "spring") & ids


def test_another_campaign_draws_independently(customers):
    spring, summer = control(customers, "spring"), control(customers, "summer")
    table = [[len(spring & summer), len(spring - summer)], [len(summer - spring), 20_000 - len(spring | summer)]]
    assert stats.chi2_contingency(table).pvalue > 0.001


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_share_is_as_asked_in_every_segment(customers, share):
    for segment in range(3):
        own = customers.select(f"select * from {{rows}} where segment = {segment}")
        assert stats.binomtest(len(control(own, "spring", share)), own.count(), share).pvalue > 0.001


def test_a_larger_share_keeps_who_was_left_out(customers):
    assert control(customers, "spring", 0.1) < control(customers, "spring", 0.3)


def test_a_name_with_quotes_is_a_name(customers):
    assert len(control(customers, "it's 10%")) > 3_000
