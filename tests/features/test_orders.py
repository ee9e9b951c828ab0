import datetime
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustera.days import day_number
from clustera.engines import Engine
from clustera.errors import InputError
from clustera.features import OrderOptions, read_orders
from clustera.read import ReadOptions, read
from clustera.texts import finding_cure, finding_message

from .conftest import orders_of, random_log, raw_of


def log(**columns):
    n = max(len(values) for values in columns.values())
    base = {"customer_id": ["a"] * n, "date": ["2020-01-05"] * n, "amount": [10.0] * n}
    return pd.DataFrame(base | columns)


def codes(orders):
    return {
        row["code"]: row["n"]
        for row in orders.quarantine.query("select code, count(*) as n from {rows} group by code").to_pylist()
    }


def test_roles_are_found_by_name_in_a_log_as_shops_export_it(engine):
    frame = pd.DataFrame(
        {
            "InvoiceNo": ["536365"] * 3,
            "StockCode": ["85123A"] * 3,
            "Description": ["HOLDER"] * 3,
            "Quantity": [6, 2, 1],
            "InvoiceDate": ["12/1/2010 8:26", "12/13/2010 8:26", "1/3/2011 9:00"],
            "UnitPrice": [2.55, 3.39, 1.0],
            "CustomerID": ["17850", "17850.0", "13047"],
            "Country": ["UK"] * 3,
        }
    )
    orders = orders_of(engine, frame)
    assert {column.role: column.name for column in orders.columns} == {
        "order": "InvoiceNo", "product": "StockCode", "text": "Description", "quantity": "Quantity", "date": "InvoiceDate",
        "price": "UnitPrice", "customer": "CustomerID", "ignored": "Country",
    }  # fmt: skip
    rows = orders.rows.query("select customer_id, day, amount from {rows} order by day").to_pylist()
    assert rows[0] == {
        "customer_id": "17850",
        "day": day_number(datetime.date(2010, 12, 1)),
        "amount": Decimal("15.30"),
    }
    assert rows[2]["day"] == day_number(datetime.date(2011, 1, 3))


def test_the_callers_word_goes_before_the_names(engine):
    orders = orders_of(engine, log(paid=[1.0, 2.0]), amount="paid")
    assert orders.money.read == 300
    assert next(column for column in orders.columns if column.name == "paid").asked


def test_a_missing_column_names_the_nearest(engine):
    with pytest.raises(InputError, match=r"no column 'amuont'.*\nHint: Did you mean 'amount'"):
        orders_of(engine, log(customer_id=["a"]), amount="amuont")


def test_a_log_without_dates_is_refused_with_the_cure(engine):
    with pytest.raises(InputError, match=r"no column that is plainly the date.*\nHint: Say which it is: date="):
        orders_of(engine, pd.DataFrame({"customer_id": ["a"], "amount": [1.0]}))


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ({"customer_id": ["a", None]}, "no-customer"),
        ({"customer_id": ["a", " nan "]}, "no-customer"),
        ({"customer_id": ["a", "#N/A"]}, "no-customer"),
        ({"customer_id": ["a", "#BEZUG!"]}, "no-customer"),
        ({"customer_id": ["a", "(blank)"]}, "no-customer"),
        ({"date": ["2020-01-05", None]}, "no-date"),
        ({"date": ["2020-01-05", "2020-02-31"]}, "no-date"),
        ({"date": ["2020-01-05", "1900-01-01"]}, "early-date"),
        ({"date": ["2020-01-05", "2020-07-02"]}, "future-date"),
        ({"amount": [1.0, None]}, "no-amount"),
        ({"amount": [1.0, np.inf]}, "no-amount"),
        ({"amount": [1.0, 0.0]}, "zero-price"),
        ({"product": ["tea", "POST"]}, "postage"),
        ({"product": ["tea", "TEST001"]}, "test"),
        ({"product": ["tea", "AMAZONFEE"]}, "fee"),
        ({"product": ["thé", "Versandkosten"]}, "postage"),
        ({"product": ["té", "Gastos de envío"]}, "postage"),
        ({"product": ["お茶", "送料"]}, "postage"),
        ({"product": ["tea", "Gebühr"]}, "fee"),
        ({"currency": ["EUR", "USD"]}, "other-currency"),
    ],
)
def test_a_line_that_is_no_order_is_set_aside_with_its_reason(engine, column, code):
    orders = orders_of(engine, log(**column), today=datetime.date(2020, 6, 30))
    assert codes(orders) == {code: 1}
    assert orders.quarantine.query("select row from {rows}")["row"].to_pylist() == [2]
    assert orders.money.closes
    assert [finding.code for finding in orders.findings] == [code]


@pytest.mark.parametrize("column", ["category", "channel", "product"])
def test_an_error_of_a_formula_is_no_category_channel_or_product(engine, column):
    orders = orders_of(engine, log(**{column: ["tea", "#N/A"]}))
    assert orders.rows.query(f"select {column} as v from {{rows}} order by 1")["v"].to_pylist() == ["tea", None]


@pytest.mark.parametrize("products", ["SML", "ABCD", ["A1", "B2", "C2"]])
def test_sizes_and_classes_are_no_codes_of_services(engine, products):
    assert orders_of(engine, log(product=[*products])).money.lines_set_aside == 0


def test_letters_alone_are_codes_of_services_beside_longer_ones(engine):
    orders = orders_of(engine, log(product=["85123A", "22423", "M", "C2", "C3"]))
    assert codes(orders) == {"fee": 1, "postage": 1}


def test_postage_stays_when_asked(engine):
    orders = orders_of(engine, log(product=["tea", "POST"]), services=True)
    assert orders.money.lines_set_aside == 0


def test_the_quarantine_keeps_the_line_as_it_stood(engine):
    orders = orders_of(engine, log(amount=[1.0, 0.0], note=["x", 'say "no"']))
    text = orders.quarantine.query("select text from {rows}")["text"][0].as_py()
    assert '"note":"say \\"no\\""' in text


def test_the_currency_of_most_lines_is_kept(engine):
    frame = log(currency=["USD", "EUR", "USD"], amount=[1.0, 2.0, 4.0])
    assert orders_of(engine, frame).money.used == 500
    assert orders_of(engine, frame, keep_currency="EUR").money.used == 200


def test_a_column_of_signs_names_the_currencies(engine):
    orders = orders_of(engine, log(currency=["€", "£", "EUR"], amount=[1.0, 2.0, 4.0]))
    assert (orders.money.currency, orders.money.used, orders.money.set_aside) == ("EUR", 500, 200)
    assert "1 in GBP (2.00)" in finding_message(orders.findings[0])


def test_each_other_currency_is_told_by_itself(engine):
    frame = log(currency=["USD", "USD", "USD", "EUR", "EUR", None], amount=[1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    orders = orders_of(engine, frame)
    (said,) = orders.findings
    assert "Only lines in USD are used" in finding_message(said)
    assert "2 in EUR (24.00), 1 in no currency (32.00)" in finding_message(said)
    assert "keep_currency" in finding_cure(said)
    assert "currency" not in orders.rows.columns
    assert orders.money.closes


@pytest.mark.parametrize(
    ("asked", "named", "used"),
    [
        ("USD", ("$", "$"), ("USD", 300)),
        ("usd", ("USD", "USD"), ("usd", 300)),
        ("$", ("CAD", "CAD"), ("$", 300)),
        ("USD", ("$", "EUR"), ("USD", 100)),
        ("USD", ("$", "USD"), ("USD", 200)),
        ("EUR", ("$", "$"), None),
        ("EUR", ("points", "points"), None),
        ("kr", ("SEK", "NOK"), None),
    ],
)
def test_a_sign_is_the_currency_that_the_caller_names(engine, asked, named, used):
    frame = pd.DataFrame(
        {"customer_id": ["a", "b"], "date": ["2017-01-05", "2017-01-06"], "amount": ["1.00", "2.00"], "currency": named}
    )
    if used is None:
        with pytest.raises(InputError, match=f"No line is in '{asked}'"):
            orders_of(engine, frame, keep_currency=asked)
        return
    money = orders_of(engine, frame, keep_currency=asked).money
    assert (money.currency, money.used) == used


def test_repeated_lines_are_set_aside_where_orders_are_named(engine):
    frame = log(order_id=[1, 1, 1, 2], amount=[5.0, 5.0, 6.0, 5.0])
    assert codes(orders_of(engine, frame)) == {"duplicate": 1}
    assert codes(orders_of(engine, frame, duplicates="keep")) == {}
    assert codes(orders_of(engine, frame.drop(columns="order_id"))) == {}


def test_a_negative_line_is_a_return_and_stays_in_the_money(engine):
    orders = orders_of(engine, log(amount=[10.0, -4.0]))
    assert orders.money.used == 600
    assert orders.rows.query("select kind from {rows} order by amount")["kind"].to_pylist() == ["return", "sale"]


def test_a_discount_line_is_no_return(engine):
    orders = orders_of(engine, log(product=["tea", "D"], amount=[10.0, -4.0]))
    assert orders.rows.query("select kind from {rows} order by amount")["kind"].to_pylist() == ["discount", "sale"]


@pytest.mark.parametrize(
    ("texts", "options", "expected"),
    [
        (["30.9.2017", "1.10.2017"], {}, ["2017-09-30", "2017-10-01"]),
        (["9/30/17 14:05", "10/1/17 9:00"], {}, ["2017-09-30", "2017-10-01"]),
        (["20170930", "20171001"], {}, ["2017-09-30", "2017-10-01"]),
        (["2017-09-30T23:30:00Z", "2017-10-01T10:00:00Z"], {}, ["2017-09-30", "2017-10-01"]),
        (["2017-09-30T23:30:00Z", "2017-10-01T10:00:00Z"], {"zone": "Europe/Berlin"}, ["2017-10-01", "2017-10-01"]),
        (["1/2/2017", "3/4/2017"], {"dates": "dmy"}, ["2017-02-01", "2017-04-03"]),
    ],
)
def test_dates_are_read_in_their_spelling(engine, texts, options, expected):
    orders = orders_of(engine, log(date=texts), **options)
    days = [day_number(datetime.date.fromisoformat(day)) for day in expected]
    assert orders.rows.query("select day from {rows}")["day"].to_pylist() == days


def test_dates_that_leave_day_and_month_open_are_asked_for(engine):
    with pytest.raises(InputError, match=r"leaves open.*\nHint: Say dates=\"dmy\""):
        orders_of(engine, log(date=["1/2/2017", "3/4/2017"]))


def test_a_time_with_a_zone_falls_on_the_shops_day(engine):
    stamp = pd.Series(pd.to_datetime(["2020-01-01 23:30:00+00:00"]))
    frame = pd.DataFrame({"customer_id": [1], "date": stamp, "amount": [1.0]})
    there = orders_of(engine, frame, zone="Asia/Tokyo")
    assert there.first_day == day_number(datetime.date(2020, 1, 2))


@pytest.mark.parametrize(
    ("texts", "cents"),
    [
        (["1,234.50", "$ 3.00"], 123_750),
        (["1.234,50 €", "3,00 €"], 123_750),
        (["(12.30)", "20.00"], 770),
        (["12.30-", "20"], 770),
        (["-12.30", "20"], 770),
        (["1e1", "7.7"], 1770),
        (["1e1", "nan"], 1000),
    ],
)
def test_money_in_text_is_read_in_its_spelling(engine, texts, cents):
    assert orders_of(engine, log(amount=texts)).money.used == cents


@pytest.mark.parametrize(
    ("texts", "cents"),
    [
        (["12,50", "1.234,50", "0,99", "12.50"], 123_450 + 99 + 2 * 1250),
        (["12,50", "9,90", "1,234.50", "1234.5", ".5"], 1250 + 990 + 2 * 123_450 + 50),
        (["12.50", "9.90", "1.234,50", "1234,5", "0,5"], 1250 + 990 + 2 * 123_450 + 50),
        (["12,50", "9,90", "1.234", "1.234.567"], 1250 + 990 + 123_400 + 123_456_700),
        (["12,50", "9,90", "1.234,- €", "kr. 7,5 kr."], 1250 + 990 + 123_400 + 750),
        (["12.50", "9.90", "1,234", "12,34,567"], 1250 + 990 + 123_400 + 123_456_700),
        (["499,-", "1.234,- €", "99,–"], 49_900 + 123_400 + 9900),
        (["499,00", "12,50- €", "9,00 €-", "3,00-"], 49_900 - 1250 - 900 - 300),
    ],
)
def test_an_amount_that_can_be_read_one_way_only_is_read_so(engine, texts, cents):
    assert orders_of(engine, log(amount=texts)).money.used == cents


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_files_that_write_money_in_other_ways_are_one_log(engine, tmp_path, kind):
    amounts = [0.5, 12.5, 990.9, 1234.5, 12_345.0, 1.25, 12.125 if kind == "parquet" else 12.12]
    lines = pd.DataFrame({"customer_id": [*"abcabca"], "date": "2024-03-01", "amount": amounts})
    german = [f"{amount:.2f}".replace(".", ",") for amount in amounts]
    lines.assign(amount=german).to_csv(tmp_path / "a.csv", sep=";", index=False)
    other = tmp_path / f"b.{kind}"
    if kind == "jsonl":
        lines.to_json(other, orient="records", lines=True)
    else:
        (lines.to_csv if kind == "csv" else lines.to_parquet)(other)
    orders = read_orders(read([tmp_path / "a.csv", other], engine=engine, options=ReadOptions()))
    assert orders.money.amount(orders.money.used) == pytest.approx(2 * sum(amounts), abs=0.02)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("clock", ["", " 08:15:00"])
def test_lines_that_stand_in_two_files_count_once_however_they_are_written(engine, tmp_path, kind, clock):
    days = pd.to_datetime([f"2024-03-{1 + at % 28:02d}{clock}" for at in range(60)])
    lines = pd.DataFrame({
        "customer_id": [f"C{at % 9}" for at in range(60)], "date": days, "order_id": [f"O{at // 2}" for at in range(60)],
        "sku": [f"P{at}" for at in range(60)], "amount": [10.5 + at for at in range(60)], "note": ["", " fine "] * 30,
    })  # fmt: skip
    written = lines.assign(
        date=days.strftime("%d.%m.%Y %H:%M:%S" if clock else "%d.%m.%Y"),
        amount=[f"{amount:.2f}".replace(".", ",") for amount in lines["amount"]],
        note=["", "fine"] * 30,
    )
    written.iloc[:40].to_csv(tmp_path / "a.csv", sep=";", index=False)
    other = tmp_path / f"b.{kind}"
    (lines.iloc[20:].to_csv if kind == "csv" else lines.iloc[20:].to_parquet)(other, index=False)
    orders = read_orders(read([tmp_path / "a.csv", other], engine=engine, options=ReadOptions()))
    assert codes(orders) == {"duplicate": 20}
    assert orders.money.amount(orders.money.used) == lines["amount"].sum()


def test_amounts_finer_than_a_cent_keep_four_decimals(engine):
    orders = orders_of(engine, log(amount=[0.1234, 1.5, 2.0001]))
    assert (orders.money.decimals, orders.money.used) == (4, 36_235)


def test_products_bring_the_category_and_never_double_a_line(engine):
    products = pd.DataFrame({"product_id": [1, 1, 2], "category": ["dry", "dry", "fresh"], "cost": [2.0, 2.0, 3.0]})
    lines = log(product_id=[1, 2, 9], quantity=[1, 2, 1])
    orders = read_orders(raw_of(engine, lines), options=OrderOptions(), products=raw_of(engine, products))
    rows = orders.rows.query("select category, cost from {rows} order by product").to_pylist()
    assert [row["category"] for row in rows] == ["dry", "fresh", None]
    assert [row["cost"] for row in rows] == [Decimal(2), Decimal(6), None]
    assert orders.money.closes


@pytest.mark.parametrize(
    "names", [("Artikelnummer", "Warengruppe"), ("código do produto", "Categoria"), ("商品コード", "カテゴリ")]
)
def test_a_table_of_products_is_known_by_the_words_of_its_language(engine, names):
    products = pd.DataFrame({names[0]: [1, 2], names[1]: ["dry", "fresh"]})
    orders = read_orders(
        raw_of(engine, log(product_id=[1, 2, 9])), options=OrderOptions(), products=raw_of(engine, products)
    )
    found = orders.rows.query("select category from {rows} order by product")["category"].to_pylist()
    assert found == ["dry", "fresh", None]


def test_monthly_charges_are_called_a_contract(engine):
    dates = pd.date_range("2020-01-15", periods=10, freq="MS")
    frame = pd.DataFrame([(c, d, 9.99) for c in range(30) for d in dates], columns=["customer_id", "date", "amount"])
    orders = orders_of(engine, frame)
    assert "charges of a contract" in finding_message(orders.contractual)
    assert "contractual" in {finding.code for finding in orders.findings}


def test_purchases_at_random_are_no_contract(engine):
    assert orders_of(engine, random_log(lines=2000, customers=60)).contractual is None


def test_a_log_of_zeros_has_nothing_left(engine):
    with pytest.raises(InputError, match="no purchase is left"):
        orders_of(engine, log(amount=[0.0, 0.0]))


amounts = st.one_of(st.none(), st.integers(-5_000, 50_000).map(lambda cents: cents / 100))


@settings(max_examples=25)
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]),
            amounts,
            st.sampled_from(["2020-01-05", "2020-03-01", "1900-01-01", "2031-01-01", None, "never"]),
            st.integers(1, 3),
            st.sampled_from(["tea", "POST", "D", "TEST1"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_no_line_and_no_cent_is_lost_or_counted_twice(lines):
    columns = ["customer_id", "amount", "date", "order_id", "product"]
    sound = ("z", 1.0, "2020-02-02", 99, "jam")
    frame = pd.DataFrame([*lines, *[(*sound[:3], 90 + i, "jam") for i in range(len(lines) + 1)]], columns=columns)
    with Engine(threads=1) as engine:
        orders = orders_of(engine, frame, today=datetime.date(2020, 6, 30))
        money = orders.money
        cents = sum(round(Decimal(str(x)) * 100) for x in frame["amount"].dropna())
        assert money.closes
        assert (money.lines, money.read) == (len(frame), cents)
        assert money.lines_set_aside == orders.quarantine.count()
        # Every line of the quarantine is there once.
        rows = orders.quarantine.query("select row from {rows}")["row"].to_pylist()
        assert len(set(rows)) == len(rows)


def test_a_log_of_returns_alone_is_refused_and_the_sign_named(engine):
    with pytest.raises(
        InputError, match=r"no purchase is left\. 2 lines left out: The amount is below zero.*\nHint: .*turn the sign"
    ):
        orders_of(engine, log(customer_id=["a", "b"], amount=[-1.0, -2.5]))
    with pytest.raises(InputError, match=r" has 1 line, but no purchase is left\. 1 line left out"):
        orders_of(engine, log(customer_id=["a"], amount=[-1.0]))


def test_more_money_back_than_paid_is_a_warning(engine):
    orders = orders_of(engine, log(customer_id=["a", "b", "a"], amount=[5.0, -4.0, -2.0]))
    (finding,) = orders.findings
    assert (finding.code, finding.severity) == ("more-returned-than-paid", "warning")
    assert "−1.00" in finding_message(finding)


@pytest.mark.parametrize("huge", [1e20, -1e17, 1e300])
def test_an_amount_too_large_to_be_money_is_set_aside_as_too_large(engine, huge):
    orders = orders_of(engine, log(customer_id=["a", "b"], amount=[5.0, huge]))
    assert codes(orders) == {"too-large-amount": 1}
    assert orders.money.closes
    assert orders.money.used == 500


def test_amounts_with_a_power_of_ten_are_read_beside_words(engine):
    cells = ["5.00", "1.5e2", "-2E1", "1e20", "-1e300", "9" * 40, "abc"]
    orders = orders_of(engine, log(customer_id=["a"] * 7, amount=cells))
    assert codes(orders) == {"too-large-amount": 3, "no-amount": 1}
    assert orders.money.used == 500 + 15_000 - 2_000


def test_amounts_too_large_for_four_decimals_keep_two(engine):
    orders = orders_of(engine, log(customer_id=["a", "b"], amount=[0.1234, 9e15]))
    assert (orders.money.decimals, orders.money.used) == (2, 12 + 9 * 10**17)
    (rounded,) = (finding for finding in orders.findings if finding.code == "rounded-amounts")
    assert json.dumps(rounded.count) == "1"


@pytest.mark.parametrize("column", ["unit_price", "quantity"])
def test_a_price_or_quantity_out_of_range_is_set_aside(engine, column):
    frame = log(customer_id=["a", "b"], unit_price=[5.0, 2.0], quantity=[1.0, 2.0]).drop(
        columns="amount", errors="ignore"
    )
    frame.loc[1, column] = 1e30
    orders = orders_of(engine, frame)
    assert codes(orders) == {"too-large-amount": 1}
    assert orders.money.used == 500


def test_a_column_of_words_is_no_amount(engine):
    with pytest.raises(InputError, match=r"'amount' is called like the amount, but holds hardly any number"):
        orders_of(engine, log(customer_id=["a", "b"], amount=["five", "ten"]))
