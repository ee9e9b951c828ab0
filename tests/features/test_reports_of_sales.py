"""Which column is what in reports of sales, ledgers and other systems, beyond the exports of shops; sums are worked out with pandas."""

from __future__ import annotations

import pandas as pd
import pytest

from clustera.errors import InputError
from clustera.texts import finding_message

from .conftest import orders_of

N = 120


def sales(**columns):
    """Orders of 30 customers; each fourth with a discount, each seventh with money given back."""
    base = {
        "gross": [20.0 + at for at in range(N)],
        "less": [-2.5 if at % 4 == 0 else 0.0 for at in range(N)],
        "returned": [-5.25 if at % 7 == 0 else 0.0 for at in range(N)],
    }
    frame = pd.DataFrame(base)
    frame["net"] = frame.gross + frame.less + frame.returned
    frame["shipping"] = 4.9
    frame["tax"] = (frame.net * 0.2).round(2)
    frame["total"] = (frame.net + frame.shipping + frame.tax).round(2)
    frame["customer"] = [f"c{at % 30}@example.org" for at in range(N)]
    frame["day"] = [str(day.date()) for day in pd.date_range("2024-01-01", periods=N)]
    return frame.assign(**columns)


def spend(orders):
    rows = orders.rows.query("select customer_id as c, sum(amount) as m from {rows} group by c").to_pylist()
    return {str(row["c"]): round(float(row["m"]), 2) for row in rows}


def by_pandas(frame, amount, customer="customer"):
    return frame.groupby(frame[customer].astype(str))[amount].sum().round(2).to_dict()


REPORTS = {
    "en": "Gross sales,Discounts,Returns,Net sales,Shipping charges,Taxes,Total sales,Customer email,Day",
    "de": "Bruttoumsatz,Rabatte,Retouren,Nettoumsatz,Versandkosten,Steuern,Gesamtumsatz,Kunden-E-Mail,Tag",
    "fr": "Ventes brutes,Réductions,Retours,Ventes nettes,Frais d'expédition,Taxes,Ventes totales,E-mail du client,Jour",
    "es": "Ventas brutas,Descuentos,Devoluciones,Ventas netas,Cargos de envío,Impuestos,Ventas totales,Correo electrónico del cliente,Día",
    "it": "Vendite lorde,Sconti,Resi,Vendite nette,Costi di spedizione,Imposte,Vendite totali,Email cliente,Giorno",
}  # fmt: skip


@pytest.mark.parametrize("language", REPORTS)
def test_all_that_was_paid_goes_before_the_sales_before_discounts_and_returns(engine, language):
    frame = sales()
    named = frame.set_axis(REPORTS[language].split(","), axis=1)
    assert spend(orders_of(engine, named)) == by_pandas(frame, "total")


@pytest.mark.parametrize("language", REPORTS)
def test_without_it_the_sales_after_discounts_and_returns_are_the_amount(engine, language):
    frame = sales()
    named = frame.set_axis(REPORTS[language].split(","), axis=1).drop(columns=REPORTS[language].split(",")[4:7])
    orders = orders_of(engine, named)
    assert spend(orders) == by_pandas(frame, "net")
    (told,) = [finding_message(one) for one in orders.findings if one.code == "less-discounts"]
    assert "Returns" in told or language != "en"


def test_a_column_of_taxes_is_the_last_to_be_proposed_as_the_amount(engine):
    frame = sales().set_axis(["a", "b", "c", "d", "Envío", "Impuestos", "g", "cliente", "fecha"], axis=1)
    with pytest.raises(InputError) as refused:
        orders_of(engine, frame)
    assert "Impuestos" not in str(refused.value.hint).split(".")[0]


@pytest.mark.parametrize("account", [["200"] * N, ["4000", "4400"] * (N // 2)])
def test_an_account_of_the_ledger_is_no_customer_beside_one(engine, account):
    frame = sales(AccountCode=account)[["day", "AccountCode", "customer", "total"]]
    frame = frame.rename(columns={"day": "InvoiceDate", "customer": "EmailAddress", "total": "LineAmount"})
    assert spend(orders_of(engine, frame)) == by_pandas(sales(), "total")


def test_an_account_alone_is_refused_with_the_column_of_names(engine):
    names = [f"{at % 30} {('Miller', 'Jones')[at % 2]} Ltd" for at in range(N)]
    frame = sales(Account="Accounts Receivable", Name=names)[["day", "Name", "Account", "total"]]
    with pytest.raises(InputError, match="no column that is plainly the customer") as refused:
        orders_of(engine, frame)
    assert "Name" in str(refused.value.hint)


def test_accounts_of_many_customers_stay_the_customer(engine):
    frame = sales(Account=[f"A{at % 30}" for at in range(N)])[["day", "Account", "total"]]
    assert spend(orders_of(engine, frame)) == by_pandas(frame, "total", "Account")


def test_of_several_telephone_numbers_that_come_again_the_user_says_whose_is_the_customers(engine):
    numbers = [f"+1 202 555 {1000 + at % 30}" for at in range(N)]
    frame = sales(Phone=numbers, Mobile=numbers)[["day", "Phone", "Mobile", "total"]]
    with pytest.raises(InputError) as refused:
        orders_of(engine, frame)
    assert "Phone" in str(refused.value.hint)


def test_the_id_of_an_analytics_cookie_is_a_customer(engine):
    ids = [f"{1_000_000 + at % 30}.17000000{at % 30:02d}" for at in range(N)]
    frame = sales(user_pseudo_id=ids)[["day", "user_pseudo_id", "total"]]
    assert spend(orders_of(engine, frame)) == by_pandas(frame, "total", "user_pseudo_id")


def test_totals_count_once_where_another_id_is_that_of_the_line(engine):
    frame = sales()[["day", "customer", "total"]].assign(order=[f"{9000 + at}" for at in range(N)])
    lines = frame.loc[frame.index.repeat(2)].reset_index(drop=True)
    lines.insert(0, "Transaction ID", [f"{500000 + at}" for at in range(2 * N)])
    lines = lines.rename(columns={"order": "Order ID", "total": "Order Total", "day": "Sale Date", "customer": "Buyer"})
    orders = orders_of(engine, lines)
    assert spend(orders) == by_pandas(frame, "total")


def test_an_id_on_the_first_line_of_an_order_only_leaves_its_name_the_order(engine):
    frame = sales()[["day", "customer", "total"]]
    lines = frame.loc[frame.index.repeat(2)].reset_index().rename(columns={"index": "Name", "total": "Total"})
    first = ~lines.Name.duplicated()
    lines["Id"] = (10**12 + lines.Name).where(first).map(lambda number: None if pd.isna(number) else str(int(number)))
    lines["Total"] = lines.Total.where(first)
    lines["Name"] = "#" + (1000 + lines.Name).astype(str)
    lines["Lineitem sku"] = ["TEA", "JAM"] * N
    orders = orders_of(engine, lines.rename(columns={"customer": "Email", "day": "Created at"}))
    assert orders.money.lines_set_aside == 0
    assert spend(orders) == by_pandas(frame, "total")


@pytest.mark.parametrize("name", ["amount_cents", "total_price_in_cents", "Betrag (Cent)", "amount_pence"])
def test_amounts_in_cents_are_divided_and_told(engine, name):
    frame = sales(cents=lambda sold: (sold.total * 100).round().astype(int))
    orders = orders_of(engine, frame[["day", "customer", "cents"]].rename(columns={"cents": name}))
    assert spend(orders) == by_pandas(frame, "total")
    assert any(one.code == "cents" and one.column == name for one in orders.findings)


@pytest.mark.parametrize(("currency", "extra"), [("jpy", 0), ("EUR", 0.5)])
def test_a_currency_without_cents_and_fractions_are_not_divided(engine, currency, extra):
    frame = sales(amount_cents=lambda sold: sold.gross + extra, currency=currency)[
        ["day", "customer", "amount_cents", "currency"]
    ]
    assert spend(orders_of(engine, frame)) == by_pandas(frame, "amount_cents")


def test_where_the_status_leaves_out_everything_its_values_are_shown(engine):
    frame = sales(status=["Open", "Pending"] * (N // 2))[["day", "customer", "total", "status"]]
    with pytest.raises(InputError, match="no purchase is left") as refused:
        orders_of(engine, frame)
    assert "'status' holds Open, Pending." in refused.value.hint
    assert orders_of(engine, frame, exclude=("status",)).money.lines_used == N


def test_where_all_is_postage_the_cure_is_to_keep_it(engine):
    frame = sales(product="Shipping")[["day", "customer", "total", "product"]]
    with pytest.raises(InputError, match="no purchase is left") as refused:
        orders_of(engine, frame)
    assert "services" in refused.value.hint
    assert orders_of(engine, frame, services=True).money.lines_used == N


@pytest.mark.parametrize(
    ("unit", "quantity"), [(" pcs", "quantity"), (" Stück", "Menge"), (" bottles", "qty"), ("x", "Quantity")]
)
def test_pieces_with_a_unit_are_a_number_of_pieces(engine, unit, quantity):
    frame = sales(pieces=lambda sold: 1 + sold.index % 5, price=lambda sold: 2.25 + sold.index % 3)
    frame["paid"] = frame.pieces * frame.price
    log = frame[["day", "customer", "price"]].assign(**{quantity: frame.pieces.astype(str) + unit})
    assert spend(orders_of(engine, log)) == by_pandas(frame, "paid")


@pytest.mark.parametrize("unit", [" g", "ml", " oz", " Gramm"])
def test_the_contents_of_a_pack_are_no_number_of_pieces(engine, unit):
    frame = sales(price=lambda sold: 2.25 + sold.index % 3)
    some = ["2 pcs", "3x", f"500{unit}"] * (N // 3)
    log = frame[["day", "customer", "price"]].assign(quantity=some)
    assert spend(orders_of(engine, log)) == by_pandas(frame, "price")


def test_a_column_that_says_whether_something_was_paid_back_is_no_money(engine):
    frame = sales(part=lambda sold: -sold.returned, flag=lambda sold: (sold.returned < 0).astype(int))
    frame["left"] = frame.total - frame.part
    log = frame[["day", "customer", "total", "flag", "part"]].rename(
        columns={"flag": "Refunded?", "part": "Partial Refund ($)"}
    )
    assert spend(orders_of(engine, log)) == by_pandas(frame, "left")


@pytest.mark.parametrize(
    ("before", "after"),
    [("Net Total ($)", "Sale Price ($)"), ("Nettobetrag", "Bruttobetrag"), ("Net Sales", "Check Total")],
)
def test_a_net_amount_stands_behind_any_other(engine, before, after):
    frame = sales()
    log = frame[["day", "customer", "net", "total"]].rename(columns={"net": before, "total": after})
    assert spend(orders_of(engine, log)) == by_pandas(frame, "total")


@pytest.mark.parametrize("name", ["discount_pct", "Discount %", "Rabatt (%)"])
def test_discounts_in_percent_that_are_not_deducted_are_told(engine, name):
    frame = sales(quantity=2, unit_price=5.5)[["day", "customer", "quantity", "unit_price"]]
    log = frame.assign(**{name: [10 if at % 3 == 0 else 0 for at in range(N)]})
    (told,) = [one for one in orders_of(engine, log).findings if one.code == "discount-not-deducted"]
    assert (told.count, told.values["discounts"]) == (N // 3, (name,))


def test_percentages_under_a_name_that_says_only_discount_are_told_and_codes_are_not(engine):
    frame = sales(quantity=2, unit_price=5.5)[["day", "customer", "quantity", "unit_price"]]
    log = frame.assign(Discount=["10%" if at % 3 == 0 else "0%" for at in range(N)], discount_code="SPRING10%")
    (told,) = [one for one in orders_of(engine, log).findings if one.code == "discount-not-deducted"]
    assert (told.count, told.values["discounts"]) == (N // 3, ("Discount",))


def test_an_invoice_whose_payment_is_due_was_not_paid(engine):
    frame = sales(Status=["Paid", "Payment Due"] * (N // 2))[["day", "customer", "total", "Status"]]
    assert orders_of(engine, frame).money.lines_set_aside == N // 2


@pytest.mark.parametrize("names", [["Amount Due", "Amount"], ["Amount", "Amount Due"]])
def test_what_is_still_to_be_paid_stands_behind_any_other_amount(engine, names):
    frame = sales(**{"Amount Due": 0.0})[["day", "customer", "Amount Due", "total"]].rename(columns={"total": "Amount"})
    log = frame[["day", "customer", *names]]
    assert spend(orders_of(engine, log)) == by_pandas(frame, "Amount")


def test_a_total_due_is_that_of_the_order(engine):
    frame = sales()[["day", "customer", "total"]].rename(columns={"total": "SubTotal"})
    frame["TotalDue"] = (frame.SubTotal * 1.25).round(2)
    assert spend(orders_of(engine, frame)) == by_pandas(frame, "TotalDue")


def test_a_reference_that_is_always_the_same_is_no_order(engine):
    frame = sales(order_id=[f"o{at // 2}" for at in range(N)], payment_reference="1234")
    orders = orders_of(engine, frame[["day", "payment_reference", "order_id", "customer", "total"]])
    assert {column.name: column.role for column in orders.columns}["order_id"] == "order"
