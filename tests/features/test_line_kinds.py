"""Money paid back that is written without a minus, beside a column that says what each line is: sums are worked out with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clustera.texts import finding_message

from .conftest import orders_of


def documents(sale, back, *, name="type", full=False):
    """Sixty sales of twenty customers, and for each tenth sale a line of money paid back, in part or in full; all above zero."""
    days = pd.date_range("2023-01-05", periods=60, freq="5D")
    sold = pd.DataFrame(
        {
            "order_id": [f"A{at}" for at in range(60)],
            "customer_id": [f"C{at % 20}" for at in range(60)],
            "order_date": [str(day.date()) for day in days],
            name: sale,
            "amount": [10.25 + at for at in range(60)],
        }
    )
    returned = sold[::10].copy()
    returned[name] = back
    returned["amount"] = returned["amount"] if full else 3.5
    return pd.concat([sold, returned], ignore_index=True)


def spend_by_pandas(frame, back, name="type"):
    signed = frame.amount.where(frame[name] != back, -frame.amount)
    return signed.groupby(frame.customer_id).sum().round(2).to_dict()


def spend(orders):
    rows = orders.rows.query("select customer_id as c, sum(amount) as m from {rows} group by c").to_pylist()
    return {row["c"]: float(row["m"]) for row in rows}


def told(orders, code):
    return next((finding_message(found) for found in orders.findings if found.code == code), "")


@pytest.mark.parametrize(
    ("name", "sale", "back"),
    [
        ("type", "sale", "refund"),
        ("Kind", "Purchase", "Return"),
        ("transaction_type", "Charge", "Refund"),
        ("Document Type", "Sales Invoice", "Credit Memo"),
        ("Belegart", "Rechnung", "Gutschrift"),
        ("Vorgang", "Verkauf", "Retoure"),
        ("Type de pièce", "Facture", "Avoir"),
        ("Tipo", "venta", "devolución"),
        ("Tipo documento", "Fattura", "Nota di credito"),
        ("Soort", "Factuur", "Creditnota"),
        ("Typ dokumentu", "Faktura sprzedaży", "Korekta"),
        ("Тип операции", "Продажа", "Возврат"),
        ("取引区分", "売上", "返品"),
        ("event_name", "purchase", "refund"),
    ],
)
@pytest.mark.parametrize("full", [False, True])
def test_money_paid_back_without_a_minus_is_deducted_and_told(engine, name, sale, back, full):
    frame = documents(sale, back, name=name, full=full)
    orders = orders_of(engine, frame)
    assert spend(orders) == spend_by_pandas(frame, back, name)
    assert told(orders, "refund-lines").startswith(f"6 lines of {name!r} are money paid back")


def test_a_kind_of_line_without_any_readable_amount_changes_nothing(engine):
    frame = documents("Charge", "Refund").assign(amount=lambda log: log.amount.astype(str))
    unread = frame[:9].assign(type=["Note", "Memo", "Draft"] * 3, amount=[None, "soon", ""] * 3)
    alone, beside = orders_of(engine, frame), orders_of(engine, pd.concat([frame, unread], ignore_index=True))
    assert spend(beside) == spend(alone)


@pytest.mark.parametrize(("name", "warned"), [("Tran Type", True), ("sale_flag", True), ("size", False)])
def test_lines_of_r_beside_s_are_told_but_sizes_are_not(engine, name, warned):
    orders = orders_of(engine, documents("S", "R", name=name))
    assert bool(told(orders, "no-sale-lines")) == warned
    assert sum(spend(orders).values()) == pytest.approx(documents("S", "R").amount.sum())


def test_money_paid_back_with_a_minus_is_deducted_once(engine):
    frame = documents("Charge", "Refund")
    expected = spend_by_pandas(frame, "Refund")
    frame["amount"] = frame.amount.where(frame.type != "Refund", -frame.amount)
    orders = orders_of(engine, frame)
    assert spend(orders) == expected
    assert not told(orders, "refund-lines")


@pytest.mark.parametrize(
    ("name", "usual", "other"),
    [
        ("ticket_type", "Single", "Return"),
        ("ticket_type", "Day ticket", "Return ticket"),
        ("trip", "outbound", "return"),
        ("product", "Tea", "Gutschrift"),
    ],
)
def test_a_word_for_money_back_beside_no_word_for_a_sale_deducts_nothing(engine, name, usual, other):
    frame = documents(usual, other, name=name)
    assert not told(orders_of(engine, frame), "refund-lines")


def test_the_status_of_an_order_that_was_paid_back_leaves_it_out_as_ever(engine):
    frame = documents("paid", "refund", name="status").drop_duplicates("order_id", keep="last")
    orders = orders_of(engine, frame)
    assert orders.money.lines_set_aside == 6
    assert not told(orders, "refund-lines")


def test_the_callers_word_on_a_kind_of_line_goes_before_the_rule(engine):
    frame = documents("Rechnung", "Gutschrift", name="Belegart")
    kept = orders_of(engine, frame, paid=("Gutschrift",))
    assert sum(spend(kept).values()) == pytest.approx(frame.amount.sum())
    left = orders_of(engine, frame, status="Belegart", unpaid=("Gutschrift",))
    assert left.money.lines_set_aside == 6


@pytest.mark.parametrize(
    ("sale", "other"), [("Invoice", "Payment"), ("Sale", "Deposit"), ("Charge", "Payout"), ("Rechnung", "Angebot")]
)
def test_lines_that_may_be_no_sales_are_told_with_their_money(engine, sale, other):
    orders = orders_of(engine, documents(sale, other))
    assert f"{other} 6 x (21.00)" in told(orders, "no-sale-lines")


def test_payments_without_invoices_are_sales(engine):
    orders = orders_of(engine, documents("Payment", "Refund"))
    assert told(orders, "refund-lines")
    assert not told(orders, "no-sale-lines")


def test_more_money_back_than_was_sold_is_told_and_not_deducted(engine):
    frame = documents(["Zahlung"] * 20 + ["Gutschrift"] * 40, "Gutschrift", name="Buchungstext")
    orders = orders_of(engine, frame)
    assert sum(spend(orders).values()) == pytest.approx(frame.amount.sum())
    assert "Gutschrift 46 x" in told(orders, "no-sale-lines")


@pytest.mark.parametrize(("name", "is_told"), [("card_type", False), ("Payment Method", False), ("Debit/Credit", True)])
def test_credit_and_debit_are_cards_where_a_column_tells_how_was_paid(engine, name, is_told):
    assert bool(told(orders_of(engine, documents("Credit", "Debit", name=name)), "no-sale-lines")) == is_told


@pytest.mark.parametrize("name", ["payment_method", "Card type", "Zahlungsart", "paid_with"])
def test_cards_of_credit_and_debit_beside_invoices_are_means_of_payment(engine, name):
    log = documents("Invoice", "Credit", name=name)
    log.loc[::7, name] = "Debit"
    orders = orders_of(engine, log)
    assert orders.money.used == round(100 * log.amount.sum())
    assert not told(orders, "no-sale-lines")


@pytest.mark.parametrize(
    ("name", "sale", "back"),
    [
        ("payment_method", "Invoice", "Credit note"),
        ("Paid by", "Invoice", "Credit note"),
        ("Mode de règlement", "Facture", "Avoir"),
        ("Zahlungsart", "Rechnung", "Gutschrift"),
    ],
)
def test_what_was_paid_by_a_credit_note_is_a_sale(engine, name, sale, back):
    log = documents(sale, back, name=name)
    orders = orders_of(engine, log)
    assert orders.money.used == round(100 * log.amount.sum())
    assert not told(orders, "refund-lines")


def test_an_abono_may_be_a_payment_and_is_only_told(engine):
    log = documents("Venta", "Abono", name="tipo")
    orders = orders_of(engine, log)
    assert orders.money.used == round(100 * log.amount.sum())
    assert "Abono" in told(orders, "no-sale-lines")


def test_where_leads_came_from_is_no_status_of_deals(engine):
    log = documents("Ad", "Won contest", name="lead_source")
    assert "order-status" not in {found.code for found in orders_of(engine, log).findings}


@pytest.mark.parametrize(("sale", "tender"), [("SALE", "TENDER"), ("Sale", "Total"), ("Verkauf", "Zahlungsmittel")])
def test_lines_of_a_till_that_say_how_a_sale_was_paid_are_told(engine, sale, tender):
    frame = documents(sale, tender, name="LineType", full=True)
    assert tender in told(orders_of(engine, frame), "no-sale-lines")


def receipts(sums, *, seed=3, key="receipt"):
    """Two hundred receipts of forty customers, with lines below that have the money of the receipt again."""
    random = np.random.default_rng(seed)
    lines = []
    for receipt in range(200):
        own = random.lognormal(2, 0.5, random.integers(1, 6)).round(2)
        sold = [
            (text, money) for text, money in zip(random.choice(["Milk", "Bread", "Tea"], len(own)), own, strict=True)
        ]
        again = [(text if isinstance(text, str) else random.choice(text), own.sum().round(2)) for text in sums]
        day = str((pd.Timestamp("2024-01-01") + pd.Timedelta(days=receipt)).date())
        lines += [(f"B{receipt}", f"C{receipt % 40}", day, text, money) for text, money in sold + again]
    frame = pd.DataFrame(lines, columns=["receipt", "customer_id", "date", "description", "amount"])
    return frame if key else frame.drop(columns="receipt")


@pytest.mark.parametrize("key", ["receipt", ""])
@pytest.mark.parametrize(
    "sums", [["Subtotal"], ["Subtotal", "Total"], ["Zwischensumme", "Summe", ["Bar", "EC-Karte"]], ["合計"]]
)
def test_lines_that_have_the_money_of_a_receipt_again_are_told(engine, sums, key):
    frame = receipts(sums, key=key)
    orders = orders_of(engine, frame)
    told = next(finding for finding in orders.findings if finding.code == "no-sale-lines")
    want = {text for one in sums for text in ([one] if isinstance(one, str) else one)}
    assert {kind["kind"] for kind in told.values["kinds"]} == want
    assert told.count == len(sums) * 200
    left = orders_of(engine, frame, status="description", unpaid=tuple(want))
    assert sum(spend(left).values()) == pytest.approx(sum(spend(orders).values()) / (1 + len(sums)), rel=0.01)


def test_products_refunds_and_equal_prices_are_no_sums(engine):
    frame = receipts([])
    refunded = frame.groupby(["receipt", "customer_id", "date"], as_index=False).amount.sum()
    refunded = refunded.assign(description="Refund", amount=-refunded.amount)
    alike = frame.assign(amount=4.5)
    for log in (frame, pd.concat([frame, refunded]).sort_values("date", kind="stable"), alike):
        assert "no-sale-lines" not in {finding.code for finding in orders_of(engine, log).findings}
