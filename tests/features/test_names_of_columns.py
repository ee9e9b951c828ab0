"""Names of columns that shops of many languages write: each is known, whatever it says of taxes."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from clustera.engines import Engine
from clustera.errors import InputError
from clustera.features import read_orders
from clustera.features.cells import looked_at
from clustera.features.options import OrderOptions
from clustera.features.role_names import is_without_tax, joined_name
from clustera.features.roles import order_column_roles
from clustera.features.vocabulary import payment_of_status
from clustera.read import read

CELLS = {
    "order": [str(5000 + line // 2) for line in range(40)],
    "customer": [f"C{line % 7}" for line in range(40)],
    "date": [f"2023-{line % 12 + 1:02d}-05" for line in range(40)],
    "quantity": [str(line % 4 + 1) for line in range(40)],
    "price": [f"{line * 1.37 + 2:.2f}" for line in range(40)],
    "amount": [f"{line * 3.11 + 2:.2f}" for line in range(40)],
    "discount": [("0", "1.50")[line % 2] for line in range(40)],
    "channel": [("web", "shop")[line % 2] for line in range(40)],
    "status": [("paid", "cancelled")[line % 2] for line in range(40)],
    "currency": ["INR"] * 40,
}
LOGS = [
    {"order": "№ заказа", "customer": "Код клиента", "date": "Дата", "amount": "Сумма с НДС", "channel": "Канал продаж"},
    {"customer": "ID Pelanggan", "date": "Tanggal", "quantity": "Jumlah", "amount": "Total Harga", "discount": "Diskon"},
    {"customer": "ID Pelanggan", "date": "Tanggal", "quantity": "Jumlah", "price": "Harga"},
    {"customer": "Klant-ID", "date": "Datum", "amount": "Totaal incl. btw", "channel": "Verkoopkanaal"},
    {"customer": "Číslo zákazníka", "date": "Datum", "amount": "Celková cena s DPH"},
    {"customer": "用户ID", "date": "日期", "quantity": "数量", "price": "商品单价", "channel": "销售渠道"},
    {"customer": "고객ID", "date": "주문일자", "quantity": "수량", "price": "판매가", "channel": "판매채널"},
    {"customer": "会員番号", "date": "注文日", "amount": "小計", "channel": "販売チャネル"},
    {"customer": "Müşteri No", "date": "Tarih", "amount": "Faturalanacak Tutar (KDV dahil)", "status": "Sipariş Statüsü"},
    {"customer": "Username (Pembeli)", "date": "Waktu Pesanan Dibuat", "amount": "Total Penjualan (IDR)"},
    {"customer": "买家会员名", "date": "订单创建时间", "amount": "总金额"},
    {"customer": "주문자ID", "date": "주문일시", "amount": "총 결제금액"},
    {"customer": "Kunden-E-Mail", "date": "Kaufdatum", "amount": "Gesamtsumme (Basis)"},
    {"order": "VBELN", "customer": "KUNNR", "date": "ERDAT", "quantity": "KWMENG", "amount": "NETWR", "currency": "WAERK"},
    {"order": "Auftragsnummer", "customer": "E-Mail des Käufers", "date": "Auftragsdatum", "amount": "Auftragssumme brutto"},
    {"order": "order_id", "customer": "Email (Billing)", "date": "date_added", "amount": "total"},
    {"order": "订单编号", "customer": "CPF do cliente", "date": "event_date", "amount": "实付款"},
    {"customer": "donor_id", "date": "gift_date", "amount": "donation_amount"},
    {"customer": "Patientennummer", "date": "Datum", "amount": "amount_spent"},
    {"customer": "membership_no", "date": "txn_date", "amount": "txn_amount"},
    {"customer": "customer_id", "date": "booking_date", "amount": "booking_value"},
    {"customer": "shopper_id", "date": "checkout_date", "amount": "cart_total"},
    {"customer": "user_id", "date": "event_time", "quantity": "qty", "price": "selling_price"},
    {"customer": "client_no", "date": "sale_date", "quantity": "unit_count", "price": "sale_price"},
    {"customer": "cust_id", "date": "date_of_sale", "quantity": "pcs", "price": "price_in_usd"},
    {"customer": "Kundennr", "date": "Datum", "quantity": "Menge", "price": "Verkaufspreis"},
    {"customer": "customer", "date": "date", "amount": "Sales Price"},
    {"customer": "Client", "date": "Date", "quantity": "Nombre", "price": "PU TTC"},
    {"customer": "Cliente", "date": "Fecha", "quantity": "Uds.", "price": "PVP"},
    {"customer": "Klient", "date": "Data", "quantity": "Szt.", "price": "Cena szt."},
    {"customer": "Клиент", "date": "Дата", "quantity": "Кол-во", "price": "Цена за шт."},
    {"customer": "Kund", "date": "Datum", "amount": "Att betala"},
    {"customer": "Kunde", "date": "Dato", "amount": "Samlet beløb"},
    {"customer": "顧客番号", "date": "注文日", "amount": "お支払い金額", "status": "状態"},
    {"customer": "ग्राहक आईडी", "date": "दिनांक", "amount": "कुल राशि", "discount": "छूट", "status": "स्थिति", "currency": "मुद्रा"},
]  # fmt: skip


@pytest.mark.parametrize("names", LOGS, ids=lambda names: names["customer"])
def test_every_column_has_the_role_that_its_name_says(names):
    table = pd.DataFrame({name: CELLS[role] for role, name in names.items()})
    with Engine() as engine:
        roles = order_column_roles(read(table, engine=engine, role="orders").rows, OrderOptions(), source="log")
    assert {column.role: column.name for column in roles.columns} == names


@pytest.mark.parametrize("other", ["account_id", "user_id", "guest_id", "contact_id", "donor_id", "visitor_id"])
@pytest.mark.parametrize("one", ["customer_id", "ClientNo", "household_key"])
def test_the_id_of_a_customer_goes_before_other_ids_of_people_wherever_its_column_stands(one, other):
    ids = {one: CELLS["customer"], other: [f"V{line}" for line in range(40)]}
    for names in (ids, dict(reversed(ids.items()))):
        frame = pd.DataFrame({**names, "date": CELLS["date"], "amount": CELLS["amount"]})
        with Engine(threads=1) as engine:
            roles = order_column_roles(read(frame, engine=engine, role="orders").rows, OrderOptions(), source="log")
        assert {column.role: column.name for column in roles.columns}["customer"] == one


@pytest.mark.parametrize(
    ("name", "plain", "without"),
    [
        ("Umsatz inkl. MwSt.", "umsatz", False),
        ("Montant HT", "montant", True),
        ("Valor total com impostos", "valortotal", False),
        ("Totale senza IVA", "totale", True),
        ("订单金额含税", "订单金额", False),
        ("Gewicht", "gewicht", False),
    ],
)
def test_what_a_name_says_of_taxes_is_no_part_of_it(name, plain, without):
    assert joined_name(name) == plain
    assert is_without_tax(name) == without


@pytest.mark.parametrize(
    ("without", "included"),
    [
        ("Amount", "Amount Including VAT"),
        ("Total before tax", "Total after tax"),
        ("金額(税抜)", "金額(税込)"),
        ("Total fără TVA", "Total cu TVA"),
        ("Összeg áfa nélkül", "Összeg áfával"),
        ("Σύνολο χωρίς ΦΠΑ", "Σύνολο με ΦΠΑ"),
        ("Cena celkem bez DPH", "Cena celkem s DPH"),
        ("Price excl. VAT", "Price incl. VAT"),
    ],
)
def test_money_with_taxes_goes_before_money_without_wherever_its_column_stands(without, included):
    cells = {"customer": CELLS["customer"], "date": CELLS["date"], without: CELLS["price"], included: CELLS["amount"]}
    for names in ((without, included), (included, without)):
        table = pd.DataFrame(cells)[["customer", "date", *names]]
        with Engine(threads=1) as engine:
            roles = order_column_roles(read(table, engine=engine, role="orders").rows, OrderOptions(), source="log")
        assert [column.name for column in roles.columns if column.role in {"amount", "price"}] == [included]


def test_a_status_whose_other_words_are_not_known_leaves_canceled_orders_out_and_asks():
    statuses = [("作業中X", "作業後Y", "作業後Y", "キャンセル")[line % 4] for line in range(40)]
    names = {"customer": "会員番号", "date": "注文日", "amount": "合計金額"}
    table = pd.DataFrame({**{name: CELLS[role] for role, name in names.items()}, "ステータス": statuses})
    with Engine() as engine:
        orders = read_orders(read(table, engine=engine, role="orders"))
        (told,) = [finding for finding in orders.findings if finding.code == "order-status"]
    assert orders.money.lines_used == 30
    assert set(told.values["unclear"]) == {"作業中X", "作業後Y"}


@pytest.mark.parametrize("status", ["In afwachting van betaling", "Ödeme Bekleniyor", "Väntar på betalning", "लंबित"])
def test_an_order_that_waits_for_its_payment_is_not_paid(status):
    assert payment_of_status(status) == "unpaid"


def test_whole_amounts_are_proposed_where_their_name_speaks_of_money():
    """A log of pledges has no cents; ages are whole numbers too, and are not proposed."""
    log = pd.DataFrame({"customer": CELLS["customer"], "date": CELLS["date"], "age": ["44", "61"] * 20})
    log["pledged_amount"] = ["5", "20", "50", "10"] * 10
    with pytest.raises(InputError) as found:
        read_orders(read(log, engine=Engine(), role="orders"))
    assert found.value.hint.endswith("amount=pledged_amount.")
    with pytest.raises(InputError, match="No column's cells fit the amount"):
        read_orders(read(log.rename(columns={"pledged_amount": "floor"}), engine=Engine(), role="orders"))


@pytest.mark.parametrize(
    "names",
    [
        ("customer", "person_id"),
        ("person_id", "customer"),
        ("student", "client"),
        ("user", "customer"),
        ("Account", "client"),
    ],
)
def test_a_customer_goes_before_a_person_or_user_wherever_the_column_stands(names):
    cells = {
        name: [f"K{line % 7}" if name in {"customer", "client"} else f"P{line % 11}" for line in range(40)]
        for name in names
    }
    table = pd.DataFrame(cells | {"date": CELLS["date"], "amount": CELLS["amount"]})
    with Engine() as engine:
        found = order_column_roles(read(table, engine=engine).rows, OrderOptions(), source="orders.csv")
    assert next(column.name for column in found.columns if column.role == "customer") in {"customer", "client"}


@pytest.mark.parametrize("letters", ["R", "R-", "kr", "USD", "r_"])
def test_ids_that_begin_with_the_letters_of_a_currency_are_ids(letters):
    ids = [f"{letters}{1041 + line % 7}" for line in range(40)]
    orders = [f"{letters}{90417 + line // 2}" for line in range(40)]
    table = pd.DataFrame({"Order Number": orders, "Customer ID": ids, "date": CELLS["date"], "total": CELLS["amount"]})
    with Engine() as engine:
        found = read_orders(read(table, engine=engine), options=OrderOptions())
        customers = found.rows.query("select distinct customer_id as c from {rows}")["c"].to_pylist()
    assert {column.role: column.name for column in found.columns}["order"] == "Order Number"
    assert set(customers) == set(ids)


@pytest.mark.parametrize(
    "name", ["reservation_status", "Ride Status", "Statut réservation", "Estado reserva", "Reservierungsstatus"]
)
def test_reservations_that_were_canceled_are_left_out_whatever_the_others_are_called(name):
    said = ["Check-Out", "No word for it", "Canceled", "Check-Out"] * 10
    table = pd.DataFrame({"guest_id": CELLS["customer"], "date": CELLS["date"], "amount": CELLS["amount"], name: said})
    with Engine() as engine:
        orders = read_orders(read(table, engine=engine), options=OrderOptions())
    assert orders.money.lines_set_aside == 10
    assert [finding.code for finding in orders.findings if finding.code == "order-status"]


@pytest.mark.parametrize("begin", ["12 ", "", "1.", "2024-", "a@"])
@pytest.mark.parametrize("filled", ["a", "a1", "1", " ", "é."])
def test_a_giant_cell_costs_no_time(begin, filled):
    began = time.process_time()
    looked_at([begin + filled * 300_000] * 5)
    assert time.process_time() - began < 2
