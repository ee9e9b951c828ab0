"""Money of whole orders and money given back, as systems write them: sums are worked out here with pandas."""

from __future__ import annotations

import pandas as pd
import pytest

from clustera.texts import column_reason, finding_message

from .conftest import orders_of


def _lines_of_orders(**whole):
    """Forty orders of ten customers, two or three lines each, with money of the whole order on every line."""
    return pd.DataFrame(
        [
            {"order_id": order, "customer_id": f"C{order % 10}", "order_date": f"2023-03-{order % 27 + 1:02d}",
             "product": f"P{line}", **{name: value(order, line) for name, value in whole.items()}}
            for order in range(1, 41)
            for line in range(2 + order % 2)
        ]
    )  # fmt: skip


@pytest.mark.parametrize("back", [0, 1, 20])
def test_a_total_counts_once_also_where_money_came_back_as_a_line_of_the_order(engine, back):
    sold = _lines_of_orders(order_total=lambda order, line: order + 0.25)
    returned = sold.drop_duplicates("order_id").head(back).assign(order_date="2023-04-02", order_total=-0.5)
    assert orders_of(engine, pd.concat([sold, returned])).money.used == sum(range(100, 4100, 100)) + 40 * 25 - 50 * back


def test_a_total_counts_once_also_where_two_shops_number_their_orders_alike(engine):
    one = _lines_of_orders(order_total=lambda order, line: order + 0.25)
    other = one.assign(customer_id="D" + one.customer_id, order_total=one.order_total + 7)
    once = sum(range(100, 4100, 100)) + 40 * 25
    assert orders_of(engine, pd.concat([one, other])).money.used == 2 * once + 40 * 700


def test_installments_of_one_order_each_count(engine):
    lines = _lines_of_orders(amount=lambda order, line: order + 0.25)
    lines["order_date"] = [f"2023-{line + 1:02d}-15" for line in lines.groupby("order_id").cumcount()]
    assert orders_of(engine, lines).money.used == round(100 * lines.amount.sum())


def test_money_paid_back_for_a_whole_order_is_deducted_once_though_every_line_says_it(engine):
    lines = _lines_of_orders(
        line_total=lambda order, line: 10.0 + order + line, refund_amount=lambda order, line: order / 4 if order % 5 == 0 else 0
    )  # fmt: skip
    back = lines.drop_duplicates("order_id").refund_amount.sum()
    assert orders_of(engine, lines).money.used == round(100 * (lines.line_total.sum() - back))


def test_money_paid_back_for_lines_is_deducted_for_each(engine):
    lines = _lines_of_orders(
        line_total=lambda order, line: 10.0 + order + line, refund_amount=lambda order, line: 10.0 + order + line if order % 5 == 0 else 0
    )  # fmt: skip
    assert orders_of(engine, lines).money.used == round(100 * (lines.line_total - lines.refund_amount).sum())


def test_money_paid_back_for_lines_is_deducted_for_each_beside_totals_of_orders(engine):
    lines = _lines_of_orders(
        order_total=lambda order, line: 100.0 + order, refund_amount=lambda order, line: 1.0 + line if order % 5 == 0 else 0
    )  # fmt: skip
    once = lines.drop_duplicates("order_id").order_total.sum()
    assert orders_of(engine, lines).money.used == round(100 * (once - lines.refund_amount.sum()))


def orders_with(**columns):
    """Sixty orders of twenty customers, one line each."""
    days = pd.date_range("2023-01-05", periods=60, freq="5D")
    return pd.DataFrame(
        {
            "customer_id": [str(100 + at % 20) for at in range(60)],
            "order_date": [str(day.date()) for day in days],
            "amount": [f"{1 + at}.25" for at in range(60)],
        }
        | columns
    )


def _with_returns(said):
    """Orders, and for each tenth a further line, below zero, with a status of its own."""
    sold = orders_with(status="completed", order_id=[f"A{at}" for at in range(60)])
    back = sold[::10].assign(status=said, amount="-1.00")
    return pd.concat([sold, back]), len(back)


@pytest.mark.parametrize("said", ["Refund", "refunded", "Retoure", "Gutschrift", "Storniert", "rimborso", "返金"])
def test_a_line_below_zero_whose_status_says_money_back_is_deducted(engine, said):
    frame, returns = _with_returns(said)
    orders = orders_of(engine, frame)
    assert orders.money.lines_set_aside == 0
    assert orders.rows.query("select count_if(kind = 'return') as n from {rows}")["n"][0].as_py() == returns


@pytest.mark.parametrize("said", ["failed", "pending", "Abgelehnt", "Refund failed", "refund pending"])
def test_money_back_that_failed_or_waits_is_not_deducted(engine, said):
    frame, returns = _with_returns(said)
    assert orders_of(engine, frame).money.lines_set_aside == returns


def test_money_back_for_an_order_that_is_left_out_is_left_out_too(engine):
    frame, returns = _with_returns("refunded")
    frame.loc[
        frame.status.eq("completed") & frame.order_id.isin(frame.order_id[frame.status == "refunded"]), "status"
    ] = "canceled"
    assert orders_of(engine, frame).money.lines_set_aside == 2 * returns


def test_a_status_of_orders_paid_back_with_a_line_below_zero_leaves_out_both(engine):
    frame, returns = _with_returns("refunded")
    frame.loc[frame.order_id.isin(frame.order_id[frame.status == "refunded"]), "status"] = "refunded"
    assert orders_of(engine, frame).money.lines_set_aside == 2 * returns


def role_of(orders, name):
    return next(column.role for column in orders.columns if column.name == name)


def message_of(orders, code):
    return next((finding_message(found) for found in orders.findings if found.code == code), "")


def test_the_status_of_the_order_counts_beside_that_of_its_invoice(engine):
    frame = orders_with(**{"Invoice Status": "Fully Invoiced", "Status": ["Sales Order"] * 55 + ["Cancelled"] * 5})
    assert orders_of(engine, frame).money.lines_set_aside == 5


@pytest.mark.parametrize("name", ["status", "ステータス", "order_status_id", "current_state"])
def test_a_status_in_numbers_counts_and_is_told(engine, name):
    orders = orders_of(engine, orders_with(**{name: ["700"] * 50 + ["300"] * 6 + ["900"] * 4}))
    assert orders.money.lines_set_aside == 0
    assert "Of unknown meaning, and counted: '700', '300', '900'." in message_of(orders, "order-status")
    assert (
        orders_of(engine, orders_with(**{name: ["700"] * 56 + ["900"] * 4}), unpaid=("900",)).money.lines_set_aside == 4
    )


def test_nobody_is_asked_what_numbers_of_a_status_mean_where_words_say_it(engine):
    frame = orders_with(order_status_id=["5"] * 55 + ["7"] * 5, order_status=["Complete"] * 55 + ["Canceled"] * 5)
    orders = orders_of(engine, frame)
    assert orders.money.lines_set_aside == 5
    assert "unknown meaning" not in message_of(orders, "order-status")


@pytest.mark.parametrize(("sold", "returned"), [("purchase", "refund"), ("Verkauf", "Retoure")])
@pytest.mark.parametrize("below", [False, True])
def test_an_event_that_gives_money_back_is_deducted_with_a_minus_and_without(engine, sold, returned, below):
    sales = orders_with(event=sold, transaction_id=[f"A{at}" for at in range(60)])
    back = sales[::10].assign(event=returned, amount="-1.00" if below else "1.00", order_date="2024-01-05")
    money = orders_of(engine, pd.concat([sales, back])).money
    assert (money.lines_set_aside, money.used) == (0, 100 * sum(range(1, 61)) + 60 * 25 - 600)


@pytest.mark.parametrize("name", ["Stage", "StageName", "Deal Status", "Opportunity Stage", "Phase", "Status"])
@pytest.mark.parametrize(
    ("won", "lost", "still_open"), [("Closed Won", "Closed Lost", "Negotiation"), ("gewonnen", "verloren", "offen")]
)
def test_of_deals_only_those_that_were_won_count(engine, name, won, lost, still_open):
    orders = orders_of(
        engine, orders_with(**{name: [won] * 40 + [lost] * 8 + [still_open] * 7 + ["Needs Analysis"] * 5})
    )
    assert orders.money.lines_set_aside == 15
    assert "Of unknown meaning, and counted: 'Needs Analysis'." in message_of(orders, "order-status")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("stage", ("new", "lost")),
        ("Lead Status", ("open", "lost")),
        ("Result", ("won", "lost")),
        ("bet_outcome", ("Won", "Lost")),
    ],
)
def test_stages_of_customers_and_results_of_games_leave_no_order_out(engine, name, values):
    assert (
        orders_of(engine, orders_with(**{name: [values[at % 5 == 0] for at in range(60)]})).money.lines_set_aside == 0
    )


@pytest.mark.parametrize("name", ["valid", "Completed", "is_complete", "Won"])
def test_a_column_that_says_no_for_orders_that_did_not_come_about_leaves_them_out(engine, name):
    assert orders_of(engine, orders_with(**{name: ["1"] * 55 + ["0"] * 5})).money.lines_set_aside == 5


def test_an_item_is_no_customer_where_another_column_speaks_of_the_customer(engine):
    frame = orders_with().rename(columns={"customer_id": "Sell-to Customer No."})
    frame["No."] = [f"P{at % 9}" for at in range(60)]
    assert role_of(orders_of(engine, frame), "Sell-to Customer No.") == "customer"


@pytest.mark.parametrize("name", ["Price after discount", "Harga Setelah Diskon", "Price Before Discount"])
def test_an_amount_before_or_after_a_discount_is_no_discount(engine, name):
    assert role_of(orders_of(engine, orders_with(**{name: "3.00"})), name) != "discount"


@pytest.mark.parametrize(
    ("payer", "payee"),
    [
        ("Absender E-Mail-Adresse", "Empfänger E-Mail-Adresse"),
        ("Adresse email de l'expéditeur", "Adresse email du destinataire"),
        ("Indirizzo email mittente", "Indirizzo email destinatario"),
    ],
)
def test_money_given_back_is_of_who_gets_it_in_the_words_of_many_languages(engine, payer, payee):
    sold = orders_with().rename(columns={"customer_id": payer})
    sold[payer] += "@example.org"
    sold[payee] = "shop@example.com"
    back = sold[::10].assign(amount="-1.00").rename(columns={payer: payee, payee: payer})
    orders = orders_of(engine, pd.concat([sold, back]))
    assert orders.rows.query("select count(distinct customer_id) as n from {rows}")["n"][0].as_py() == 20


def test_customers_whose_numbers_differ_in_zeros_in_front_are_told(engine):
    ids = [f"{at % 20 + 1:05d}" if at < 30 else str(at % 20 + 1) for at in range(60)]
    assert "00001 = 1" in message_of(orders_of(engine, orders_with(customer_id=ids)), "customer-spelling")
    whole = [f"{at % 20:05d}" for at in range(60)]
    assert not message_of(orders_of(engine, orders_with(customer_id=whole)), "customer-spelling")


def _discounted(**columns):
    """Amounts of which every fourth is 2.00 too high, and what is left of them."""
    less = [2.0 if at % 4 == 0 else 0.0 for at in range(60)]
    gross = [10.0 + at for at in range(60)]
    values = {"gross": gross, "less": less, "net": [a - b for a, b in zip(gross, less, strict=True)]}
    return _paid_in(columns, values)


def _paid_in(columns, values):
    """Orders whose money stands in columns of these names."""
    frame = orders_with().drop(columns="amount")
    return frame.assign(**{name: values[held] for name, held in columns.items()})


@pytest.mark.parametrize(
    "columns",
    [
        {"Gross Sales": "gross", "Discounts": "less", "Net Sales": "net"},
        {"order_total": "gross", "discount": "less", "total_paid": "net"},
        {"Total Amount": "gross", "Discount Amount": "less", "Final Amount": "net"},
        {"gross": "gross", "discount": "less", "net": "net"},
    ],
)
def test_what_is_left_after_discounts_is_the_amount(engine, columns):
    orders = orders_of(engine, _discounted(**columns))
    assert orders.money.used == 100 * (sum(range(10, 70)) - 2 * 15)
    assert message_of(orders, "less-discounts").startswith(f"{list(columns)[2]!r} is used as the amount")


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"total": "net", "discount": "less", "list_value": "gross"}, {}),
        ({"total": "gross", "discount": "less", "grand_total": "net"}, {"amount": "total"}),
    ],
)
def test_an_amount_after_discounts_and_one_that_was_asked_for_stay(engine, columns, options):
    orders = orders_of(engine, _discounted(**columns), **options)
    assert role_of(orders, "total") == "amount"
    assert not message_of(orders, "less-discounts")


def test_every_column_of_a_log_says_why_it_has_its_role(engine):
    frame = _discounted(**{"Gross Sales": "gross", "Discounts": "less", "Net Sales": "net"})
    orders = orders_of(engine, frame.assign(note="", status="paid", canceled_at="2024-02-01"), date="order_date")
    assert {column.name: column_reason(column) for column in orders.columns} == {
        "customer_id": "its name is that of the customer",
        "order_date": "you said so",
        "Gross Sales": "'Net Sales' holds what is left of it after discounts",
        "Discounts": "its name is that of a discount",
        "Net Sales": "'Gross Sales' less 'Discounts'",
        "note": "no role in an order log has such a name",
        "status": "its name and cells say whether the order was paid",
        "canceled_at": "its dates are not those of orders that were canceled",
    }


def test_discounts_that_are_not_deducted_from_prices_are_told(engine):
    orders = orders_of(engine, _discounted(unit_price="gross", discount="less").assign(quantity=2))
    assert orders.money.used == 2 * 100 * sum(range(10, 70))
    assert "'discount' is not taken off them (15 lines with a discount)" in message_of(orders, "discount-not-deducted")


def test_a_line_of_nothing_among_lines_of_money_back_does_not_keep_these_from_being_deducted(engine):
    frame, returns = _with_returns("Refund")
    nothing = frame.head(1).assign(status="Refund", amount="0.00")
    orders = orders_of(engine, pd.concat([frame, nothing]))
    assert orders.rows.query("select count_if(kind = 'return') as n from {rows}")["n"][0].as_py() == returns


@pytest.mark.parametrize(("name", "dated"), [("refund_date", True), ("Refunded", False), ("refunded_at", True)])
def test_of_an_order_paid_back_in_part_the_rest_counts_though_a_flag_says_that_it_was_paid_back(engine, name, dated):
    back = [at % 4 == 0 for at in range(60)]
    flags = [(f"2024-03-{at % 28 + 1:02d}" if is_back else "") if dated else is_back for at, is_back in enumerate(back)]
    frame = orders_with(**{name: list(map(str, flags))}, refund_amount=["0.25" if is_back else "0" for is_back in back])
    assert orders_of(engine, frame).money.used == round(100 * frame.amount.astype(float).sum()) - 15 * 25
    assert orders_of(engine, frame.assign(refund_amount="0")).money.lines_set_aside == 15


@pytest.mark.parametrize(
    ("name", "dates"),
    [
        ("Return Date", ["2024-02-01" if at % 3 else "" for at in range(60)]),
        ("returned_at", ["2024-02-01"] * 60),
        ("canceled_at", ["2024-02-01" if at % 20 < 5 else "" for at in range(60)]),
    ],
)
def test_days_of_return_of_trips_and_the_end_of_subscriptions_leave_no_order_out(engine, name, dates):
    orders = orders_of(engine, orders_with(**{name: dates}))
    assert orders.money.lines_set_aside == 0
    assert f"{name!r} leaves out no order" in message_of(orders, "other-dates")
    asked = orders_of(engine, pd.concat([orders_with(**{name: dates}), orders_with(**{name: ""})]), status=name)
    assert asked.money.lines_set_aside == sum(map(bool, dates))


def test_days_on_which_orders_were_canceled_leave_them_out(engine):
    orders = orders_of(engine, orders_with(canceled_at=["2024-02-01" if at % 7 == 0 else "" for at in range(60)]))
    assert orders.money.lines_set_aside == 9
    assert not message_of(orders, "other-dates")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("subscription_status", ("active", "canceled")),
        ("Customer Status", ("Active", "Lost")),
        ("account_status", ("open", "blocked")),
        ("email_status", ("sent", "bounced")),
        ("review status", ("approved", "pending")),
        ("lifecycle", ("new", "lost")),
        ("Abo Status", ("active", "expired")),
    ],
)
def test_the_status_of_something_beside_orders_leaves_no_order_out(engine, name, values):
    frame = orders_with(**{name: [values[at % 5 == 0] for at in range(60)]})
    assert orders_of(engine, frame).money.lines_set_aside == 0


def test_the_total_of_a_check_goes_before_what_it_comes_to_without_tax_and_tip(engine):
    frame = orders_with().rename(columns={"amount": "Subtotal"})
    frame["Check Total"] = [f"{2 + at}.25" for at in range(60)]
    assert role_of(orders_of(engine, frame), "Check Total") == "amount"


@pytest.mark.parametrize("after", ["Total After Discount", "Price with promotion", "amount after coupons"])
def test_what_is_left_after_discounts_is_found_by_its_cells_whatever_kind_of_amount_it_is_called(engine, after):
    orders = orders_of(engine, _discounted(**{"Total Amount": "gross", "Discount": "less", after: "net"}))
    assert role_of(orders, after) == "amount"


def test_pieces_below_zero_beside_an_amount_above_it_are_told_with_their_money(engine):
    frame = orders_with(quantity=[-1 if at in (3, 7) else 1 for at in range(60)])
    (told,) = [one for one in orders_of(engine, frame).findings if one.code == "negative-quantity"]
    assert (told.count, told.values["money"]) == (2, frame.amount.astype(float).iloc[[3, 7]].sum())
    assert "They count as sales." in finding_message(told)
    back = frame.assign(amount=frame.amount.astype(float).where(frame.quantity > 0, -5))
    assert not [one for one in orders_of(engine, back).findings if one.code == "negative-quantity"]


@pytest.mark.parametrize(
    ("name", "usual", "other"),
    [("Preisart", "Normal", "Angebot"), ("Terms", "Net 30", "Due on receipt"), ("Servizio", "Nuovo", "Proposta")],
)
def test_words_of_open_deals_and_invoices_leave_out_nothing_below_another_name(engine, name, usual, other):
    """Angebot is a special price as well, and what is due on receipt was paid by whoever pays."""
    orders = orders_of(engine, orders_with(**{name: [usual] * 4 + [other] * 56}))
    assert orders.money.lines_set_aside == 0


def _converted(**columns):
    """Orders in three currencies: what was paid, and the same in euros."""
    rates = [{"EUR": 1.0, "GBP": 0.85, "SEK": 11.2}[code] for code in ["EUR", "GBP", "SEK"] * 20]
    euros = [10.0 + at for at in range(60)]
    values = {
        "code": ["EUR", "GBP", "SEK"] * 20,
        "eur": euros,
        "own": [a * b for a, b in zip(euros, rates, strict=True)],
    }
    return _paid_in(columns, values)


@pytest.mark.parametrize(
    "columns",
    [
        {"currency": "code", "total": "own", "total_eur": "eur"},
        {"total_eur": "eur", "total": "own", "currency": "code"},
        {"Currency": "code", "Amount (local)": "own", "Amount (EUR)": "eur"},
        {"currency": "code", "order_total_local": "own", "order_total_eur": "eur"},
    ],
)
@pytest.mark.parametrize("kept", [None, "EUR"])  # a later log of a run is read with the currency of the run
def test_amounts_converted_to_one_currency_are_used_for_all_lines(engine, columns, kept):
    orders = orders_of(engine, _converted(**columns), keep_currency=kept)
    assert (orders.money.used, orders.money.lines_set_aside) == (100 * sum(range(10, 70)), 0)
    assert orders.money.currency == "EUR"
    assert "in EUR for all lines" in message_of(orders, "converted-amounts")


@pytest.mark.parametrize("beside", ["tax_amount", "fee_amount", "shipping_total"])
def test_converted_taxes_and_fees_are_no_amounts(engine, beside):
    log = _converted(currency="code", total="own")
    log[beside], log[f"{beside}_eur"] = log["total"] / 10, _converted(eur="eur")["eur"] / 10
    orders = orders_of(engine, log)
    assert (orders.money.used, orders.money.lines_set_aside) == (100 * sum(range(10, 70, 3)), 40)


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"currency": "code", "total": "own", "total_usd": "eur"}, {}),
        ({"currency": "code", "total": "own", "total_eur": "own"}, {}),
        ({"currency": "code", "total": "own", "total_eur": "eur"}, {"keep_currency": "SEK"}),
        ({"currency": "code", "total": "own", "total_eur": "eur"}, {"amount": "total"}),
    ],
)
def test_amounts_that_the_cells_do_not_show_to_be_converted_stay_in_their_currencies(engine, columns, options):
    orders = orders_of(engine, _converted(**columns), **options)
    assert orders.money.lines_set_aside == 40
    assert not message_of(orders, "converted-amounts")


@pytest.mark.parametrize(
    ("said", "paid"),
    [
        ("Paid in full (no balance due)", True),
        ("Paid - not shipped", True),
        ("Bezahlt, nicht versendet", True),
        ("Not paid", False),
        ("Completed, not paid", False),
        ("Nicht bezahlt", False),
        ("Overdue, not paid", False),
    ],
)
def test_words_that_say_what_an_order_is_not_take_nothing_from_what_they_say_before(engine, said, paid):
    orders = orders_of(engine, orders_with(**{"Payment Status": ["Paid"] * 50 + [said] * 10}))
    assert orders.money.lines_set_aside == (0 if paid else 10)


@pytest.mark.parametrize(
    ("sold", "returned"), [("order", "creditmemo"), ("INV", "CRN"), ("Invoice", "CreditNotes"), ("Item", "RMA")]
)
def test_documents_of_returns_in_the_short_words_of_systems_are_deducted(engine, sold, returned):
    sales = orders_with(**{"document type": sold}, order_id=[f"A{at}" for at in range(60)])
    back = sales[::10].assign(**{"document type": returned}, amount="1.00", order_id="R1")
    assert orders_of(engine, pd.concat([sales, back])).money.used == 100 * sum(range(1, 61)) + 60 * 25 - 600


@pytest.mark.parametrize(
    ("written", "money"),
    [
        ("2.5k", 2_500),
        ("2.5 K USD", 2_500),
        ("$3 lakh", 300_000),
        ("1,5 Mio", 1_500_000),
        ("12万元", 120_000),
        ("3 kr", 3),
    ],
)
def test_words_for_thousands_behind_an_amount_multiply_it(engine, written, money):
    frame = orders_with(amount=[written if at % 3 == 0 else "850.50" for at in range(60)])
    orders = orders_of(engine, frame.assign(quantity="1"))
    assert orders.money.used == 100 * 20 * money + 40 * 85050
    assert bool(message_of(orders, "scaled-amounts")) == (money > 3)


def test_a_giant_amount_in_millions_is_too_large_and_a_unit_of_pieces_is_no_word_for_thousands(engine):
    frame = orders_with(amount=[f"{'9' * 20} m" if at == 0 else "850.50" for at in range(60)], quantity="5 m")
    assert orders_of(engine, frame).money.used == 59 * 85050


@pytest.mark.parametrize("sold", ["SALE", "Item"])
@pytest.mark.parametrize("tender", ["PAYMENT", "Tender"])
def test_payments_in_the_orders_of_sales_are_told(engine, sold, tender):
    sales = orders_with(record_type=sold, order_id=[f"A{at // 2}" for at in range(60)])
    paid = (
        sales.astype({"amount": float})
        .groupby(["order_id", "customer_id"], as_index=False)
        .agg({"amount": "sum", "order_date": "first"})
    )
    orders = orders_of(engine, pd.concat([sales, paid.assign(record_type=tender)]).astype(str))
    assert f"{tender} {len(paid)} x" in message_of(orders, "no-sale-lines")
    alone = paid.assign(record_type=tender, order_id=[f"P{at}" for at in range(len(paid))])
    told = message_of(orders_of(engine, pd.concat([sales, alone]).astype(str)), "no-sale-lines")
    assert bool(told) == (tender == "Tender")
