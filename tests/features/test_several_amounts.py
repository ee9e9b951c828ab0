"""Of several amounts the one that the customer paid, wherever its column stands; whole amounts that are of cents."""

import numpy as np
import pandas as pd
import pytest

from clustera.texts import finding_message

from .conftest import orders_of

LINES = 60


def _cents(seed=5):
    """What makes up orders, in cents."""
    random = np.random.default_rng(seed)
    goods, on_top = random.integers(500, 20_000, LINES), random.choice([0, 200, 490], (2, LINES))
    off = np.where(random.random(LINES) < 0.3, goods // 10, 0)
    tax = (goods * 19) // 100
    return {
        "goods": goods,
        "shipping": on_top[0],
        "tip": on_top[1],
        "off": off,
        "tax": tax,
        "total": goods - off + on_top.sum(axis=0) + tax,
        "fee": goods * 3 // 100 + 30,
    }


def _log(**columns):
    days = pd.date_range("2023-03-01", periods=LINES, freq="3D").strftime("%Y-%m-%d")
    log = {"order_id": [f"A{1000 + n}" for n in range(LINES)], "customer_id": [f"C{n % 13}" for n in range(LINES)]}
    return pd.DataFrame(log | {"date": days} | columns)


def _told(orders, code):
    return [finding_message(finding) for finding in orders.findings if finding.code == code]


def _exports():
    cents = _cents()
    money = {name: cents[name] / 100 for name in cents}
    reduced = (cents["goods"] - cents["off"] + cents["shipping"]) / 100
    return {
        "toast": (
            {"Discount": money["off"], "Amount": reduced, "Tax": money["tax"], "Tip": money["tip"], "Total": money["total"]},
            "total",
        ),
        "clover": (
            {
                "Line Items Total": money["goods"], "Discount": -money["off"], "Tax Amount": money["tax"],
                "Service Charge": money["shipping"], "Tip": money["tip"], "Order Total": money["total"],
            },
            "total",
        ),
        "otto": (
            {
                "Warenwert": money["goods"], "Versandkosten": money["shipping"], "Rabatt": money["off"], "MwSt": money["tax"],
                "Trinkgeld": money["tip"], "Gesamtbetrag": money["total"],
            },
            "total",
        ),
        "amazon.de": (
            {
                "Umsätze": money["goods"], "Gutschrift für Versandkosten": money["shipping"], "Verkaufsgebühren": -money["fee"],
                "Gesamt": (cents["goods"] + cents["shipping"] - cents["fee"]) / 100,
            },
            "goods",
        ),
        "mercado libre": (
            {
                "Ingresos por productos": money["goods"], "Cargo por venta": -money["fee"],
                "Total": (cents["goods"] - cents["fee"]) / 100,
            },
            "goods",
        ),
        "cash": (
            {"Total": money["total"], "Paid": (cents["total"] + 137) / 100, "Change": np.full(LINES, 1.37)},
            "total",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", list(_exports()))
def test_the_amount_is_what_the_customer_paid_in_any_order_of_columns_and_rows(engine, name, seed):
    columns, paid = _exports()[name]
    log = _log(**columns)
    expected = pd.Series(_cents()[paid]).groupby(log["customer_id"]).sum().to_dict()
    log = log.sample(frac=1, axis=1, random_state=seed).sample(frac=1, random_state=seed)
    orders = orders_of(engine, log)
    sums = orders.rows.query("select customer_id as c, sum(amount) as m from {rows} group by c").to_pylist()
    assert {row["c"]: round(100 * row["m"]) for row in sums} == expected


def test_an_amount_with_taxes_and_tips_is_told_with_what_it_has_more(engine):
    columns, _ = _exports()["clover"]
    (told,) = _told(orders_of(engine, _log(**columns)), "whole-amounts")
    assert told.startswith("'Order Total' is used as the amount, not 'Line Items Total': the difference is that of ")
    assert all(repr(name) in told for name in ("Service Charge", "Tax Amount", "Tip", "Discount"))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("called", ["Zxq", "Te betalen"])
def test_the_total_that_its_parts_bear_out_is_used_whatever_it_is_called(engine, called, seed):
    cents = _cents()
    money = {name: cents[name] / 100 for name in cents}
    beside = {
        "Subtotaal": money["goods"],
        "Korting": money["off"],
        "Verzendkosten": money["shipping"],
        "Fooi": money["tip"],
    }
    log = _log(**beside, BTW=money["tax"], **{called: money["total"]}).sample(frac=1, axis=1, random_state=seed)
    assert orders_of(engine, log).money.used == cents["total"].sum()
    paid_out = _log(Netto=(cents["total"] - cents["fee"]) / 100, Commissie=money["fee"], **{called: money["total"]})
    assert orders_of(engine, paid_out).money.used == cents["total"].sum()


def test_numbers_that_nothing_calls_money_and_that_were_not_paid_are_none(engine):
    cents = _cents()
    paid = cents["goods"] - cents["off"]
    columns = {"Total": paid / 100, "Discount": cents["off"] / 100, "Fee": cents["fee"] / 100}
    log = _log(**columns, Zxq=cents["goods"] / 100, Yxq=(paid - cents["fee"]) / 100, Xxq=cents["tip"] / 100)
    assert orders_of(engine, log).money.used == paid.sum()


@pytest.mark.parametrize("total", ["Total", "Totaal"])
def test_what_is_left_to_be_paid_stands_behind_the_total(engine, total):
    cents = _cents()
    log = _log(**{total: cents["total"] / 100, "Te betalen": np.where(np.arange(LINES) % 5, 0.0, cents["total"] / 100)})
    assert orders_of(engine, log).money.used == cents["total"].sum()


@pytest.mark.parametrize(
    "name",
    [
        "Återbetalat belopp",
        "Refundering",
        "Refundace",
        "İade Edilen Tutar",
        "Возвращено",
        "返金金額",
        "Erstatteter Betrag",
    ],
)
def test_money_paid_back_is_taken_off_in_many_languages(engine, name):
    cents = _cents()
    back = np.where(np.arange(LINES) % 7, 0, cents["total"] // 3)
    log = _log(total=cents["total"] / 100, **{name: back / 100})
    assert orders_of(engine, log).money.used == (cents["total"] - back).sum()


def test_an_amount_of_the_order_is_none_of_its_lines(engine):
    goods = np.arange(1_000, 1_000 + LINES) / 100
    log = _log(line_total=goods, shipping=np.full(LINES, 4.9), order_total=goods + 4.9)
    log.loc[::2, "order_id"] = log.loc[1::2, "order_id"].to_numpy()
    log.loc[::2, "customer_id"] = log.loc[1::2, "customer_id"].to_numpy()
    both = log.groupby("order_id")["line_total"].transform("sum") + 4.9
    assert orders_of(engine, log.assign(order_total=both.round(2))).money.used == round(100 * goods.sum())


def test_the_total_of_orders_of_one_line_is_told_beside_the_amount_of_the_line(engine):
    cents = _cents()
    log = _log(**{"Item Total": cents["goods"] / 100, "Order Total": (cents["goods"] - cents["off"]) / 100})
    (told,) = _told(orders_of(engine, log), "another-amount")
    assert "'Order Total' is called an amount too" in told


def test_another_amount_of_which_nothing_says_why_it_differs_is_told(engine):
    cents = _cents()
    orders = orders_of(engine, _log(amount=cents["goods"] / 100, total=cents["total"] / 100))
    (told,) = _told(orders, "another-amount")
    assert "'amount' is called an amount too" in told
    assert f"{cents['goods'].sum() / 100:,.2f} in all where 'total' has {cents['total'].sum() / 100:,.2f}" in told


@pytest.mark.parametrize(
    "columns",
    [{"amount": "total", "total": "total"}, {"net_total": "goods", "total": "total"}, {"total": "total", "tax": "tax"}],
)
def test_amounts_that_are_equal_or_called_by_what_they_lack_are_not_told(engine, columns):
    cents = _cents()
    orders = orders_of(engine, _log(**{name: cents[key] / 100 for name, key in columns.items()}))
    assert orders.money.used == cents["total"].sum()
    assert not _told(orders, "another-amount")


def test_converted_amounts_beside_refunds_are_told_where_they_are_not_used(engine):
    cents, rates = _cents(), np.where(np.arange(LINES) % 3 == 0, 2, 1)
    log = _log(
        currency=np.where(rates == 2, "EUR", "USD"),
        total=cents["total"] / 100,
        total_usd=cents["total"] * rates / 100,
        refund=np.where(np.arange(LINES) % 10 == 0, 1.5, 0),
    )
    (told,) = _told(orders_of(engine, log), "another-amount")
    assert "'total_usd' is called an amount too" in told or "'total' is called an amount too" in told


def _payments(**columns):
    cents = _cents()
    seconds = [1_700_000_000 + 90_000 * n for n in range(LINES)]
    log = {
        "id": [f"ch_3N{n}a" for n in range(LINES)], "amount": cents["total"], "amount_refunded": np.where(np.arange(LINES) % 9 == 0, 250, 0),
        "created": seconds, "currency": "usd", "customer": [f"cus_{n % 13}Q" for n in range(LINES)],
    }  # fmt: skip
    return pd.DataFrame(log | columns)


@pytest.mark.parametrize("spelled", [lambda log: log, lambda log: log.astype(str)])
def test_whole_amounts_as_programs_get_them_from_payment_services_are_read_as_cents(engine, spelled):
    orders = orders_of(engine, spelled(_payments()), today="2026-11-30")
    assert orders.money.used == _cents()["total"].sum() - 250 * len(range(0, LINES, 9))
    assert "read as whole cents" in _told(orders, "minor-units")[0]


def test_whole_amounts_that_are_hardly_cents_stay_and_are_told(engine):
    # Tickets of 15 to 60 dollars: as cents they would cost 0.15 to 0.60.
    prices = np.array([15, 20, 25, 45, 60])[np.arange(LINES) % 5]
    orders = orders_of(engine, _payments(amount=prices, amount_refunded=0), today="2026-11-30")
    assert orders.money.used == 100 * prices.sum()
    assert not _told(orders, "minor-units")
    assert "they may be cents" in _told(orders, "maybe-cents")[0]


@pytest.mark.parametrize("names", [("AMOUNT", "SALES_PRICE"), ("SALES_PRICE", "AMOUNT")])
def test_an_amount_below_the_price_on_most_lines_is_told_as_it_may_be_a_number_of_pieces(engine, names):
    money = {"AMOUNT": np.arange(LINES) % 3 + 1, "SALES_PRICE": _cents()["total"] / 100}
    (told,) = _told(orders_of(engine, _log(**{name: money[name] for name in names})), "another-amount")
    assert "'AMOUNT' is used as the amount" in told
    assert "'SALES_PRICE'" in told


@pytest.mark.parametrize("names", [("total", "grand_total"), ("grand_total", "total")])
def test_a_grand_total_goes_before_a_total_wherever_it_stands(engine, names):
    cents = _cents()
    money = {"total": cents["goods"] / 100, "grand_total": cents["total"] / 100}
    assert orders_of(engine, _log(**{name: money[name] for name in names})).money.used == cents["total"].sum()


def test_amounts_of_a_currency_without_cents_stay(engine):
    orders = orders_of(engine, _payments(currency="jpy"), today="2026-11-30")
    assert orders.money.used == 100 * (_cents()["total"].sum() - 250 * len(range(0, LINES, 9)))
    assert not _told(orders, "minor-units")


@pytest.mark.parametrize("currency", ["USD", "eur"])
def test_whole_amounts_that_may_be_cents_are_told_and_stay(engine, currency):
    orders = orders_of(engine, _log(amount=_cents()["total"], currency=currency))
    assert orders.money.used == 100 * _cents()["total"].sum()
    assert "they may be cents" in _told(orders, "maybe-cents")[0]


@pytest.mark.parametrize(
    "columns",
    [
        {"amount": np.arange(LINES) % 40 + 10, "currency": "USD"},  # tickets
        {"amount": np.arange(LINES) * 50 + 1_000, "currency": "EUR"},
        {"amount": np.arange(LINES) * 7 + 1_999, "currency": "INR"},
        {"amount": np.arange(LINES) * 7 + 1_999},
        {"amount": np.arange(LINES) * 7 + 1_999.99, "currency": "USD"},
    ],
)
def test_prices_without_cents_are_not_taken_for_cents(engine, columns):
    orders = orders_of(engine, _log(**columns))
    assert not [*_told(orders, "maybe-cents"), *_told(orders, "minor-units")]


def test_guests_of_an_event_who_gave_their_tickets_back_are_left_out(engine):
    said = np.where(np.arange(LINES) % 10 == 0, "Not Attending", "Attending")
    orders = orders_of(engine, _log(total=np.full(LINES, 20.5), **{"Attendee Status": said}))
    assert (orders.money.lines_set_aside, orders.money.used) == (6, 54 * 2050)


@pytest.mark.parametrize("name", ["life stage", "Lifecycle Stage", "subscription_stage"])
def test_the_stage_of_a_customer_leaves_no_order_out(engine, name):
    said = np.where(np.arange(LINES) % 5 == 0, "lost", np.where(np.arange(LINES) % 5 == 1, "won", "active"))
    assert orders_of(engine, _log(total=np.full(LINES, 20.5), **{name: said})).money.lines_set_aside == 0


def _priced():
    """Prices and pieces, with what is taken off every third line, in cents."""
    cents = _cents()
    pieces = np.arange(LINES) % 4 + 1
    off = np.where(np.arange(LINES) % 3 == 0, cents["goods"] * pieces // 10, 0)
    return {"price": cents["goods"], "pieces": pieces, "off": off, "left": cents["goods"] * pieces - off}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("reverse", [False, True])
def test_what_is_left_of_price_times_quantity_after_a_discount_is_the_amount(engine, sign, reverse):
    cents = _priced()
    columns = {
        "unit_price": cents["price"] / 100, "quantity": cents["pieces"], "discount": sign * cents["off"] / 100,
        "sale_price": cents["left"] / 100,
    }  # fmt: skip
    log = _log(**columns)
    orders = orders_of(engine, log[log.columns[::-1]] if reverse else log)
    assert orders.money.used == cents["left"].sum()
    assert "it is what is left of that after 'discount'" in _told(orders, "less-discounts")[0]


def test_a_price_that_is_another_one_times_the_quantity_is_the_money_of_the_line(engine):
    cents = _priced()
    whole = cents["price"] * cents["pieces"]
    orders = orders_of(engine, _log(unit_price=cents["price"] / 100, quantity=cents["pieces"], sale_price=whole / 100))
    assert orders.money.used == whole.sum()
    assert "another price times the number of pieces gives it" in _told(orders, "price-of-line")[0]


def test_a_price_less_a_discount_that_no_column_has_is_the_money_of_the_line(engine):
    cents = _priced()
    columns = {"Unit price": cents["price"] / 100, "Quantity": cents["pieces"]}
    orders = orders_of(engine, _log(**columns, **{"Final price": cents["left"] / 100}))
    assert orders.money.used == cents["left"].sum()
    assert "it is more than another price where a line has several pieces" in _told(orders, "price-of-line")[0]
    of_a_piece = cents["price"] * 9 // 10
    orders = orders_of(engine, _log(**columns, **{"Final price": of_a_piece / 100}))
    assert orders.money.used == (of_a_piece * cents["pieces"]).sum()


@pytest.mark.parametrize("other", ["base_price", "net_price"])
def test_of_two_prices_beside_a_number_of_pieces_none_is_the_money_of_the_line(engine, other):
    cents = _priced()
    log = _log(**{other: cents["price"] / 50, "price": cents["price"] / 100, "qty": cents["pieces"]})
    assert orders_of(engine, log).money.used == (cents["price"] * cents["pieces"]).sum()


@pytest.mark.parametrize("names", [("Base price", "Final price"), ("Listenpreis", "Verkaufspreis"), ("price", "msrp")])
def test_a_price_goes_before_the_one_before_anything_is_taken_off(engine, names):
    cents = _priced()
    listed = next(name for name in names if name in {"Base price", "Listenpreis", "msrp"})
    paid = next(name for name in names if name != listed)
    log = _log(**{listed: cents["price"] / 50, "Quantity": cents["pieces"], paid: cents["price"] / 100})
    assert orders_of(engine, log).money.used == (cents["price"] * cents["pieces"]).sum()


def test_money_paid_back_is_deducted_once_where_another_amount_is_what_was_left(engine):
    total, back = _cents()["total"], np.where(np.arange(LINES) % 9 == 0, 250, 0)
    log = _log(amount=(total - back) / 100, total_before_refund=total / 100, refund_amount=back / 100)
    assert orders_of(engine, log).money.used == (total - back).sum()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_discount_in_cents_is_one_too(engine, sign):
    cents = _cents()
    net = cents["goods"] - cents["off"]
    log = _log(
        **{"merchandise total (cents)": cents["goods"], "discount_cents": sign * cents["off"], "net amount cents": net}
    )
    assert orders_of(engine, log).money.used == net.sum()


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize(("total", "severity"), [(1.2, "note"), (0.8, "warning"), (1.0, "")])
def test_totals_of_orders_that_are_not_what_their_lines_come_to_are_told(engine, total, severity, first):
    cents = _cents()["goods"]
    log = _log(line_total=cents / 100)
    log[["order_id", "customer_id", "date"]] = (
        log[["order_id", "customer_id", "date"]].iloc[np.arange(LINES) // 3].to_numpy()
    )
    log["order_total"] = (log.groupby("order_id")["line_total"].transform("sum") * total).round(2)
    once = log.drop_duplicates("order_id")["order_total"].sum()
    if first:
        log.loc[log["order_id"].duplicated(), "order_total"] = None
    orders = orders_of(engine, log)
    assert orders.money.used == cents.sum()
    told = [finding for finding in orders.findings if finding.code == "another-amount"]
    assert [finding.severity for finding in told] == [severity] * bool(severity)
    assert all(f"{once:,.2f} in all" in finding_message(finding) for finding in told)


@pytest.mark.parametrize("name", ["amount_usd", "Amount (USD)", "Price [USD]"])
def test_an_amount_whose_name_says_another_currency_than_the_run_is_told(engine, name):
    log = _log(**{name: _cents()["total"] / 100})
    assert "The amounts count as EUR" in _told(orders_of(engine, log, keep_currency="EUR"), "other-currency-in-name")[0]
    for kept in ("USD", "usd", "$", None):
        assert not _told(orders_of(engine, log, keep_currency=kept), "other-currency-in-name")


@pytest.mark.parametrize(
    "names", [("Unit Price", "net_price"), ("net_price", "Unit Price"), ("list_price", "net_price")]
)
def test_prices_of_pieces_that_are_called_so_as_plainly_are_told(engine, names):
    cents = _priced()
    log = _log(**dict(zip(names, (cents["price"] / 50, cents["price"] / 100), strict=True)), units=cents["pieces"])
    orders = orders_of(engine, log)
    assert [column.role for column in orders.columns if column.name in names].count("price") == 1
    assert "amount" not in {column.role for column in orders.columns}
    assert bool(_told(orders, "another-amount")) == ("list_price" not in names)
