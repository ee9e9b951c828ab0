"""Logs of orders as shops all over the world write them: statuses, totals, guests, dates, money, headers."""

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
from clustera.features import OrderOptions, log_finding, read_orders
from clustera.features.vocabulary import payment_of_status
from clustera.read import read
from clustera.texts import finding_cure, finding_message

from .conftest import orders_of, raw_of

DAYS = pd.date_range("2023-01-05", periods=60, freq="5D")


def log(n=60, **columns):
    base = {
        "customer_id": [str(100 + at % 20) for at in range(n)],
        "order_date": [str(day.date()) for day in DAYS[:n]],
        "amount": [f"{1 + at}.25" for at in range(n)],
    }
    return pd.DataFrame(base | columns)


def spend(orders):
    rows = orders.rows.query("select cast(customer_id as varchar) as c, sum(amount) as m from {rows} group by c")
    return {row["c"]: float(row["m"]) for row in rows.to_pylist()}


def finding(orders, code):
    return next((found for found in orders.findings if found.code == code), None)


# ---- status


@pytest.mark.parametrize(
    "status",
    ["wc-cancelled", "CANCELED", "Voided", "refunded", "Payment failed", "pending", "on-hold", "storniert", "annulée",
     "cancelado", "Annullato", "geannuleerd", "anulowane", "zrušeno", "iptal edildi", "отменён", "キャンセル", "已取消",
     "주문취소", "dibatalkan", "Returned to seller", "chargeback"],
)  # fmt: skip
def test_orders_that_were_not_paid_are_left_out_and_told(engine, status):
    frame = log(order_status=["paid"] * 55 + [status] * 5)
    orders = orders_of(engine, frame)
    left = sum(Decimal(cell) for cell in frame["amount"][55:])
    assert orders.money.amount(orders.money.set_aside) == float(left)
    assert f"left out: {status} 5 x ({left:,.2f})" in finding_message(finding(orders, "order-status"))


@pytest.mark.parametrize(
    "status", ["partially_refunded", "teilweise erstattet", "shipped", "発送済み", "livrée", "unfulfilled"]
)
def test_orders_that_were_paid_or_are_on_their_way_count(engine, status):
    assert orders_of(engine, log(order_status=["paid"] * 55 + [status] * 5)).money.lines_set_aside == 0


def test_a_status_that_says_nothing_counts_and_is_told(engine):
    orders = orders_of(engine, log(order_status=["paid"] * 55 + ["blue"] * 5))
    assert orders.money.lines_set_aside == 0
    assert "Of unknown meaning, and counted: 'blue'." in finding_message(finding(orders, "order-status"))


def test_the_callers_word_on_a_status_goes_before_the_rule(engine):
    frame = log(order_status=["paid"] * 50 + ["pending"] * 5 + ["blue"] * 5)
    assert orders_of(engine, frame, paid=("pending",)).money.lines_set_aside == 0
    assert orders_of(engine, frame, paid=("pending",), unpaid=("blue",)).money.lines_set_aside == 5


def test_an_order_that_is_open_counts_where_the_payment_is_known(engine):
    frame = log(order_status=["pending"] * 60, payment_status=["paid"] * 58 + ["unpaid"] * 2)
    assert orders_of(engine, frame).money.lines_set_aside == 2


@pytest.mark.parametrize(
    ("name", "cells", "left_out"),
    [
        ("Cancelled at", [None] * 57 + ["2023-09-01 10:00:00"] * 3, 3),
        ("is_cancelled", ["false"] * 56 + ["true"] * 4, 4),
        ("Captured", ["true"] * 58 + ["false"] * 2, 2),
    ],
)
def test_columns_that_say_yes_no_or_when_tell_what_was_paid(engine, name, cells, left_out):
    assert orders_of(engine, log(**{name: cells})).money.lines_set_aside == left_out


def test_the_state_a_customer_lives_in_is_no_status(engine):
    orders = orders_of(engine, log(State=["Ohio", "Utah", "Iowa"] * 20))
    assert next(column.role for column in orders.columns if column.name == "State") == "ignored"


def test_every_word_of_a_status_says_what_it_should():
    assert [payment_of_status(text) for text in ("Not paid", "never cancelled", "", "42")] == [
        "unpaid", "unknown", "unknown", "unknown",
    ]  # fmt: skip


# ---- money of the whole order


@settings(max_examples=20)
@given(
    totals=st.lists(st.tuples(st.integers(1, 99_999), st.integers(1, 6)), min_size=8, max_size=25, unique=True),
    blank=st.booleans(),
    priced=st.booleans(),
    seed=st.integers(0, 999),
)
def test_a_total_on_every_line_or_on_the_first_counts_once_to_the_cent(totals, blank, priced, seed):
    random = np.random.default_rng(seed)
    rows = [
        {"order_id": f"A{at}", "customer_id": at % 4, "order_date": "2023-02-03", "product": f"P{line}",
         "order_total": cents / 100 if line == 0 or not blank else None,
         **({"item_price": random.integers(1, 900) / 100, "quantity": random.integers(1, 4)} if priced else {})}
        for at, (cents, lines) in enumerate([*totals, (777, 3), (555, 2)])
        for line in range(lines)
    ]  # fmt: skip
    with Engine(threads=1) as engine:
        orders = orders_of(engine, pd.DataFrame(rows), placeholders=())
        # Counted again without the engine: each order once.
        assert orders.money.read == sum(cents for cents, _ in totals) + 777 + 555
        assert orders.money.closes
        by_order = orders.rows.query("select order_id, sum(amount) as m from {rows} group by order_id").to_pylist()
        for row in by_order:
            cents = [*totals, (777, 3), (555, 2)][int(row["order_id"][1:])][0]
            assert row["m"] == Decimal(cents) / 100


def test_a_shop_of_one_price_has_amounts_of_lines(engine):
    frame = pd.DataFrame(
        {"order_id": np.repeat(range(30), 2), "customer_id": np.repeat(range(1, 16), 4), "order_date": "2023-02-03",
         "product": ["a", "b"] * 30, "amount": 9.99}
    )  # fmt: skip
    assert orders_of(engine, frame).money.read == 60 * 999


def test_an_amount_that_is_price_times_quantity_is_that_of_the_line(engine):
    frame = pd.DataFrame(
        {"order_id": np.repeat(range(30), 2), "customer_id": np.repeat(range(1, 16), 4), "order_date": "2023-02-03",
         "product": ["a", "b"] * 30, "quantity": 1, "price": np.repeat(np.arange(30) + 1.5, 2),
         "total": np.repeat(np.arange(30) + 1.5, 2)}
    )  # fmt: skip
    assert orders_of(engine, frame).money.read == round(2 * sum(np.arange(30) + 1.5) * 100)


# ---- who bought


@pytest.mark.parametrize(
    "nobody",
    [
        "guest",
        "GUEST",
        "-1",
        "anonymous",
        "Walk-in customer",
        "unbekannt",
        "(none)",
        "不明",
        "[deleted]",
        "gelöscht",
        "Supprimé",
    ],
)
def test_an_id_that_stands_for_nobody_is_no_customer(engine, nobody):
    orders = orders_of(engine, log(customer_id=[f"C{at % 20}" for at in range(50)] + [nobody] * 10))
    assert nobody not in spend(orders)
    assert json.dumps(finding(orders, "guest-customers").count) == "10"
    assert nobody in spend(
        orders_of(engine, log(customer_id=[f"C{at % 20}" for at in range(50)] + [nobody] * 10), placeholders=())
    )


@pytest.mark.parametrize("nobody", ["00000", "Cash sale", "COUNTER SALE"])
def test_ids_of_zeros_and_sales_for_cash_are_no_customer(engine, nobody):
    ids = [f"{17 + 7 * (at % 20):05d}" for at in range(50)] + [nobody] * 10
    orders = orders_of(engine, log(customer_id=ids))
    assert nobody not in spend(orders)
    assert len(spend(orders)) == 20
    assert orders.money.lines_set_aside == 10
    assert orders.money.closes


def test_padded_ids_that_count_from_zero_are_customers(engine):
    orders = orders_of(engine, log(customer_id=[f"{at % 20:05d}" for at in range(60)]))
    assert len(spend(orders)) == 20
    assert orders.money.lines_set_aside == 0


def test_customer_zero_with_more_lines_than_anybody_is_nobody(engine):
    orders = orders_of(engine, log(customer_id=[at % 20 + 1 for at in range(50)] + [0] * 10))
    assert "0" not in spend(orders)


@pytest.mark.parametrize(
    "ids",
    [
        pd.Series(range(20)).astype("uint64") + 2**63 + 1,
        pd.to_timedelta(pd.Series(range(1, 21)), "D"),
        pd.Series(range(1, 21)) > 10,
    ],
    ids=["large", "times", "yes or no"],
)
def test_customers_may_be_of_any_type(engine, ids):
    frame = log().assign(customer_id=ids.repeat(3).to_numpy())
    orders = orders_of(engine, frame)
    assert len(spend(orders)) == ids.nunique()
    assert orders.money.closes


def test_customers_counted_from_zero_all_stay(engine):
    assert "0" in spend(orders_of(engine, log(customer_id=[at % 20 for at in range(60)])))


def test_a_guest_with_an_address_is_the_customer_of_that_address(engine):
    mails = [f"P{at % 20 + 1}@example.org" for at in range(60)]
    ids = [0 if at >= 50 else at % 20 + 1 for at in range(60)]
    mails[59] = "new@example.org"
    paid = spend(orders_of(engine, log(customer_id=ids, email=mails)))
    assert len(paid) == 21
    assert paid["11"] == 11.25 + 31.25 + 51.25
    assert paid["new@example.org"] == 60.25


def test_capitals_do_not_split_an_address(engine):
    mails = [(f"p{at % 20}@example.org".upper() if at % 3 else f"P{at % 20}@Example.org") for at in range(60)]
    orders = orders_of(engine, log().drop(columns="customer_id").assign(email=mails))
    assert len(spend(orders)) == 20
    assert finding(orders, "email-spelling") is not None


def test_spellings_of_a_name_are_told_and_left(engine):
    names = [("Acme Inc." if at % 2 else "ACME Inc") if at < 10 else f"Firm {at % 7}" for at in range(60)]
    orders = orders_of(engine, log().drop(columns="customer_id").assign(company=names))
    assert {"Acme Inc.", "ACME Inc"} <= set(spend(orders))
    assert "ACME Inc = Acme Inc." in finding_message(finding(orders, "customer-spelling"))


# ---- dates, money, headers

SPELLINGS = {
    "%d%m%Y": {}, "%Y%m%d": {}, "%m%d%Y": {}, "%d.%m.%Y": {}, "%d/%m/%Y %H:%M": {}, "%m/%d/%y": {}, "%b %d, %Y %I:%M:%S %p": {},
    "%d-%b-%y": {}, "%A, %d %B %Y": {}, "%Y年%m月%d日": {}, "%Y-%m-%dT%H:%M:%SZ": {}, "%Y%m%d%H%M%S": {}, "%Y.%m.%d": {},
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_dates_in_every_spelling_are_the_same_days(engine, spelling):
    orders = orders_of(engine, log(order_date=[day.strftime(spelling) for day in DAYS]))
    days = orders.rows.query("select day from {rows} order by day")["day"].to_pylist()
    assert days == [day_number(day.date()) for day in DAYS]


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("text", [True, False])
def test_seconds_and_their_fractions_since_1970_are_days(engine, unit, text):
    stamps = [int(day.timestamp()) * unit for day in DAYS]
    orders = orders_of(engine, log(order_date=list(map(str, stamps)) if text else stamps))
    assert (orders.first_day, orders.last_day) == tuple(day_number(day.date()) for day in (DAYS[0], DAYS[-1]))


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s"])
@pytest.mark.parametrize("filtered", [True, False])
def test_moments_with_a_zone_are_days_in_any_unit(engine, unit, filtered):
    frame = log(order_date=(DAYS + pd.Timedelta("12h")).tz_localize("Europe/Berlin").as_unit(unit))
    raw = read(frame[frame["amount"] != "1.25"] if filtered else frame, engine=engine, role="orders")
    orders = read_orders(raw, options=OrderOptions())
    assert orders.last_day == day_number(DAYS[-1].date())
    assert orders.money.lines_used == 60 - filtered


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["3 de março de 2023", "28 de dezembro de 2023"], ["2023-03-03", "2023-12-28"]),
        (["3. März 2023", "28. Dez. 2023"], ["2023-03-03", "2023-12-28"]),
        (["3 марта 2023", "28 декабря 2023"], ["2023-03-03", "2023-12-28"]),
        (["mar. 3 mars 2023", "jeu. 28 déc. 2023"], ["2023-03-03", "2023-12-28"]),
        (["2023-03", "2023-12"], ["2023-03-01", "2023-12-01"]),
        (["44988", "45288"], ["2023-03-03", "2023-12-28"]),
    ],
)
def test_months_in_letters_whole_months_and_serial_days_are_dates(engine, texts, expected):
    orders = orders_of(engine, log(n=2, order_date=texts))
    days = orders.rows.query("select day from {rows} order by day")["day"].to_pylist()
    assert days == [day_number(datetime.date.fromisoformat(day)) for day in expected]


@pytest.mark.parametrize(
    ("written", "currency"),
    [("R$ 1.234,50", "BRL"), ("1 234,50 zł", "PLN"), ("1 234,50 Kč", "CZK"), ("Rs.1,234.50", "INR"), ("CHF 1'234.50", "CHF"),
     ("S/ 1,234.50", "PEN"), ("1.234,50 TL", "TRY"), ("￥1,234.50", "¥"), ("1.234,50 €", "EUR"), ("kr. 1.234,50", "kr"),
     ("-1.234,50 €", "EUR"), ("(1,234.50) USD", "USD"), ("١٢٣٤٫٥٠", "")],
)  # fmt: skip
def test_money_is_read_with_the_signs_of_its_country(engine, written, currency):
    plain = written.replace("1.234", "5").replace("1,234", "5").replace("1 234", "5").replace("1'234", "5").strip("-()")
    other = plain if written != "١٢٣٤٫٥٠" else "٥٫٥٠"
    other = other.replace("(", "").replace(")", "")
    orders = orders_of(engine, log(n=2, amount=[written, other]))
    sign = -1 if written[0] in "-(" else 1
    assert orders.money.read == sign * 123_450 + 550
    assert orders.money.currency == currency


HEADERS = [
    "customer_id,order_date,amount", "Kundennummer,Bestelldatum,Betrag", "id_client,date_commande,montant",
    "id_cliente,fecha_pedido,importe", "id_cliente,data_ordine,importo", "cliente_id,data_pedido,valor_total",
    "klantnummer,besteldatum,bedrag", "Kundnummer,Orderdatum,Belopp", "Kundenr,Ordredato,Beløb", "asiakasnumero,tilauspäivä,summa",
    "id_klienta,data_zamówienia,kwota", "číslo_zákazníka,datum_objednávky,částka", "müşteri_no,sipariş_tarihi,tutar",
    "Клиент,Дата заказа,Сумма", "顧客ID,注文日,金額", "客户编号,订单日期,金额", "고객번호,주문일자,결제금액", "vevő_azonosító,rendelés_dátuma,összeg",
    "N° client,Date de facture,Montant TTC", "Código do Cliente,Data da Compra,Valor do Pedido", "Käufer,Rechnungsdatum,Gesamtbetrag",
    "رقم العميل,تاريخ الطلب,المبلغ", "SUBSCRIBER_ID,BILL_MONTH,CHARGES", "Uid,Buy Ts,Revenue", "Email,Created at,Total",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_headers_of_many_countries_need_no_option(engine, header):
    frame = log().set_axis(header.split(","), axis=1)
    if header.startswith("Email"):
        frame["Email"] += "@example.org"
    orders = orders_of(engine, frame)
    assert [column.role for column in orders.columns] == ["customer", "date", "amount"]
    assert orders.money.lines_used == 60


# ---- what is missing


def test_everything_that_is_missing_is_said_in_one_answer(engine):
    frame = pd.DataFrame(
        {
            "who": [f"K{at % 9:04d}" for at in range(30)],
            "STOP": ["yes", "no", "no"] * 10,
            "x1": np.arange(30) / 7,
            "State": "Ohio",
        }
    )
    with pytest.raises(InputError) as raised:
        orders_of(engine, frame)
    assert "no column that is plainly the customer, the date and the amount" in raised.value.message
    assert "--set customer=who --set date=COLUMN --set amount=x1" in raised.value.hint


@pytest.mark.parametrize("column", ["income", "Customer Age", "STOP", "State", "Score"])
def test_a_column_that_tells_nobody_apart_is_never_proposed(engine, column):
    cells = {
        "income": [20_000 + at % 9 * 137 for at in range(30)],
        "STOP": ["yes", "no", "no"] * 10,
        "State": ["Ohio", "Iowa"] * 15,
    }
    frame = pd.DataFrame(
        {column: cells.get(column, [20 + at % 40 for at in range(30)]), "date": "2023-02-03", "amount": 1.5}
    )
    with pytest.raises(InputError) as raised:
        orders_of(engine, frame)
    assert f"customer={column}" not in raised.value.hint.replace("'", "")
    assert "tell customers apart" in raised.value.hint


def test_the_only_column_of_dates_is_taken_and_told(engine):
    orders = orders_of(engine, log().rename(columns={"order_date": "Versendet"}))
    assert "'Versendet'" in finding_message(finding(orders, "guessed-column"))


def test_the_date_that_is_complete_goes_before_one_that_is_not(engine):
    frame = log().rename(columns={"order_date": "Created at"})
    frame.insert(0, "Paid at", [day if at % 2 else None for at, day in enumerate(frame["Created at"])])
    assert orders_of(engine, frame).column("date") == "Created at"


def test_lines_that_repeat_the_header_are_named_so(engine):
    frame = log()
    frame.loc[30] = list(frame.columns)
    orders = orders_of(engine, frame)
    assert finding(orders, "repeated-header").count == 1
    assert orders.money.lines_set_aside == 1


# ---- snapshot date, and logs given as tables


def test_lines_after_the_snapshot_date_are_counted_by_themselves(engine):
    frame = log()
    day = day_number(DAYS[39].date())
    orders = read_orders(raw_of(engine, frame), options=OrderOptions(), as_of=day)
    later = sum(Decimal(cell) for cell in frame["amount"][40:])
    assert (orders.money.lines_later, orders.money.amount(orders.money.later)) == (20, float(later))
    assert sum(spend(orders).values()) == orders.money.amount(orders.money.used)
    assert orders.money.closes
    assert orders.quarantine.count() == 0


def test_a_snapshot_before_the_first_order_is_refused_with_its_date(engine):
    with pytest.raises(InputError, match="snapshot date 2022-01-01; its first line is of 2023-01-05"):
        read_orders(raw_of(engine, log()), options=OrderOptions(), as_of=day_number(datetime.date(2022, 1, 1)))


@pytest.mark.parametrize("spelling", ["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y"])
def test_a_log_given_as_a_customer_table_is_recognized(engine, spelling):
    frame = log(order_date=[day.strftime(spelling) for day in DAYS])
    assert "--orders" in finding_cure(log_finding(raw_of(engine, frame)))


@pytest.mark.parametrize("name", ["Email", "Customer Email", "loyalty_card"])
def test_a_log_by_addresses_or_cards_given_as_a_customer_table_is_recognized(engine, name):
    ids = [f"ann{n % 9}@example.com" if "mail" in name else f"29{n % 9:07d}" for n in range(45)]
    days = [str(day.date()) for day in pd.date_range("2023-02-01", periods=45, freq="4D")]
    frame = pd.DataFrame({name: ids, "Order date": days, "Total": [10.5 + n for n in range(45)]})
    assert log_finding(raw_of(engine, frame)).column == name


def test_a_customer_table_with_repeated_rows_is_no_log(engine):
    table = log(customer_id=[str(at) for at in range(60)])
    assert log_finding(raw_of(engine, pd.concat([table, table.head(20)]))) is None


def test_a_customer_table_is_no_log(engine):
    table = pd.DataFrame(
        {"customer_id": range(60), "age": 40, "income": 1000, "signup_date": "2023-01-01", "spend": 5.0}
    )
    assert log_finding(raw_of(engine, table)) is None


@pytest.mark.parametrize(
    "word", ["Total", "*** Total ***", "Sub-total:", "Total, all stores", "Suma", "Ogółem", "Summe", "итого", "合計"]
)
def test_a_customer_who_is_the_sum_of_all_others_is_told(engine, word):
    days = [f"2024-03-{1 + at // 5:02d}" for at in range(50)]
    rows = [{"customer_id": f"C{at % 7}", "date": day, "amount": 10 + at} for at, day in enumerate(days)]
    sums = [
        {"customer_id": word, "date": day, "amount": sum(row["amount"] for row in rows if row["date"] == day)}
        for day in sorted(set(days))
    ]
    (told,) = [one for one in orders_of(engine, pd.DataFrame(rows + sums)).findings if one.code == "total-customer"]
    assert told.count == 10
    assert f"'{word}' has about as much money as all others together, or more: 1,725.00 in 10 lines" in finding_message(
        told
    )
    one = pd.DataFrame([*rows, {"customer_id": word, "date": days[0], "amount": 200}])
    assert not [one for one in orders_of(engine, one).findings if one.code == "total-customer"]
