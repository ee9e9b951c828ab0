"""Unchanged exports of shops run without an option; what each customer spent is known by hand."""

import json
from dataclasses import asdict

import pytest

from clustera.texts import finding_message

from .conftest import orders_of
from .shop_exports import (
    GOODS,
    LEFT_OUT,
    PAID,
    amazon,
    bigcommerce,
    ebay,
    etsy,
    magento,
    olist,
    paypal,
    shopify,
    square,
    stripe,
    woocommerce,
)

WITH_REFUNDS = [shopify, woocommerce, magento, stripe, bigcommerce]
REFUNDS_AS_LINES = [square, paypal]


def spent(orders):
    rows = orders.rows.query("select cast(customer_id as varchar) as c, sum(amount) as m from {rows} group by c")
    return sorted(round(float(row["m"]), 2) for row in rows.to_pylist())


def found(orders, code):
    return next((finding for finding in orders.findings if finding.code == code), None)


@pytest.mark.parametrize("export", WITH_REFUNDS + REFUNDS_AS_LINES)
def test_an_export_with_refunds_gives_what_each_customer_paid(engine, export):
    orders = orders_of(engine, export())
    assert spent(orders) == sorted(round(money, 2) for money in PAID.values())
    assert orders.money.closes


@pytest.mark.parametrize("export", [amazon, olist])
def test_an_export_of_items_gives_the_goods_each_customer_paid(engine, export):
    assert spent(orders_of(engine, export())) == sorted(round(money, 2) for money in GOODS.values())


@pytest.mark.parametrize("export", [etsy, ebay])
def test_an_export_of_sold_orders_takes_the_total_with_shipping(engine, export):
    totals = {"ann": 30.40 + 34.90, "bob": 24.90, "cy": 20.40}
    assert spent(orders_of(engine, export())) == sorted(round(money, 2) for money in totals.values())


@pytest.mark.parametrize("export", WITH_REFUNDS)
def test_orders_that_were_not_paid_are_told_with_their_money(engine, export):
    orders = orders_of(engine, export())
    aside = orders.quarantine.query("select sum(amount) as m from {rows} where code = 'unpaid'")["m"][0].as_py()
    assert round(float(aside), 2) == round(LEFT_OUT, 2)
    assert "left out: " in finding_message(found(orders, "order-status"))
    assert "10.00" in finding_message(found(orders, "refunds"))


@pytest.mark.parametrize(
    "export", [shopify, woocommerce, magento, stripe, amazon, olist, bigcommerce, etsy, square, paypal, ebay]
)
def test_every_finding_can_be_printed_as_json(engine, export):
    findings = orders_of(engine, export()).findings
    assert [finding["count"] for finding in json.loads(json.dumps([asdict(one) for one in findings]))] == [
        one.count for one in findings
    ]


@pytest.mark.parametrize(
    "export", [shopify, woocommerce, magento, stripe, amazon, olist, bigcommerce, etsy, square, paypal, ebay]
)
def test_every_order_keeps_its_own_day(engine, export):
    orders = orders_of(engine, export())
    days = orders.rows.query("select count(distinct day) as n, min(day) as a, max(day) as b from {rows}").to_pylist()[0]
    assert (days["n"], days["a"], days["b"]) == (4, 19540, 19621)  # July 2 and September 21, 2023


def test_the_lines_of_an_order_keep_its_customer_status_and_share_of_the_total(engine):
    orders = orders_of(engine, shopify())
    lines = orders.rows.query(
        "select product, amount from {rows} where order_id = '#1001' order by product"
    ).to_pylist()
    # 30.40 shared as 5.50 to 20.00.
    assert [(line["product"], float(line["amount"])) for line in lines] == [("JAM", 6.56), ("TEA", 23.84)]


def test_the_price_of_a_line_is_not_multiplied_again(engine):
    orders = orders_of(engine, amazon())
    assert found(orders, "price-of-line") is not None
    assert found(orders_of(engine, shopify()), "price-of-line") is None


def test_money_paid_back_is_the_customers_who_gets_it(engine):
    told = found(orders_of(engine, paypal()), "paid-back-to")
    assert (told.column, told.count) == ("To Email Address", 1)


def test_payments_without_money_back_need_no_payee(engine):
    payments = paypal()
    assert found(orders_of(engine, payments[~payments["Gross"].str.startswith("-")]), "paid-back-to") is None
