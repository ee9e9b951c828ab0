"""Columns that are called what only some trades or systems call them: taken where no other column can be meant."""

import pandas as pd
import pytest

from clustera.errors import InputError
from clustera.texts import finding_message

from .conftest import orders_of


def log(**columns):
    """Sixty lines of twenty customers; None takes a column away."""
    cells = {
        "customer_id": [str(100 + at % 20) for at in range(60)],
        "date": [f"2024-{at % 12 + 1:02d}-05" for at in range(60)],
        "amount": [f"{at}.25" for at in range(1, 61)],
    } | columns
    return pd.DataFrame({name: said for name, said in cells.items() if said is not None})


MONEY = [f"{at}.50" for at in range(1, 61)]
SUM = sum(range(1, 61)) + 30


def roles(orders):
    return {column.role: column.name for column in orders.columns if column.role != "ignored"}


def guessed(orders):
    return [finding_message(found) for found in orders.findings if found.code == "guessed-column"]


@pytest.mark.parametrize(
    "name",
    [
        "fee",
        "Premium",
        "annual_premium",
        "mrr",
        "total_cost",
        "Prämie",
        "cotisation",
        "cuota",
        "składka",
        "保険料",
        "list_price",
    ],
)
def test_the_only_money_of_a_log_is_its_amount_and_is_told(engine, name):
    orders = orders_of(engine, log(amount=None, **{name: MONEY}))
    assert orders.money.amount(orders.money.used) == SUM
    assert name in guessed(orders)[0]


def test_the_price_of_a_list_is_taken_beside_what_the_goods_cost(engine):
    orders = orders_of(engine, log(amount=None, list_price=MONEY, standard_cost=["0.75"] * 60))
    assert orders.money.amount(orders.money.used) == SUM


@pytest.mark.parametrize(
    "columns",
    [
        {"amount": MONEY, "fee": ["0.75"] * 60},
        {"amount": MONEY, "total_cost": ["0.75"] * 60, "list_price": ["99.5"] * 60},
    ],
)
def test_an_amount_goes_before_fees_costs_and_prices_of_lists(engine, columns):
    orders = orders_of(engine, log(**columns))
    assert (roles(orders)["amount"], guessed(orders)) == ("amount", [])


@pytest.mark.parametrize(
    "columns", [{"amount": ["n. z."] * 60}, {"amount": None, "Lotorde": MONEY}, {"amount": None, "premium": MONEY}]
)
def test_nobody_guesses_a_fee_where_other_money_may_be_the_amount(engine, columns):
    with pytest.raises(InputError, match="no column that is plainly the amount") as refused:
        orders_of(engine, log(**columns, fee=["0.75"] * 60))
    assert "fee" in refused.value.hint or "premium" in refused.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "profile_id",
        "loyalty_id",
        "rewards_number",
        "orderCustomer.customerNumber",
        "invoiceAddress.email",
        "dim_customer_id",
        "order.customer.id",
    ],
)
def test_ids_of_profiles_cards_and_nested_records_are_customers(engine, name):
    ids = [f"K{1000 + at % 20}" if "email" not in name else f"k{at % 20}@example.org" for at in range(60)]
    orders = orders_of(engine, log(customer_id=None, **{name: ids}))
    assert (roles(orders)["customer"], guessed(orders)) == (name, [])


def test_a_telephone_number_is_the_customer_where_nothing_else_is_and_is_told(engine):
    numbers = [f"+49 151 {2000000 + at % 20}" for at in range(60)]
    orders = orders_of(engine, log(customer_id=None, phone=numbers))
    assert roles(orders)["customer"] == "phone"
    assert "'phone'" in guessed(orders)[0]
    assert roles(orders_of(engine, log(phone=numbers)))["customer"] == "customer_id"
    with pytest.raises(InputError):
        orders_of(engine, log(customer_id=None, phone=[f"Model {at % 20}" for at in range(60)]))


@pytest.mark.parametrize(
    "name", ["createTime", "Created date and time", "Booked on", "Visit Date", "fact_order_date", "Datum und Uhrzeit"]
)
def test_days_are_found_as_systems_call_them(engine, name):
    frame = log(modified=["2025-01-31"] * 60).rename(columns={"date": name})
    assert roles(orders_of(engine, frame))["date"] == name


def test_the_net_value_of_a_line_goes_before_its_net_price(engine):
    frame = log(amount=None, **{"Net Price": ["0.75"] * 60, "Order Quantity": ["2"] * 60, "Net Value": MONEY})
    assert roles(orders_of(engine, frame))["amount"] == "Net Value"


def test_the_number_of_an_order_is_not_proposed_as_its_customer(engine):
    ids = [f"B{5000 + at // 2}" for at in range(60)]
    frame = log(customer_id=None, salesOrderId=[f"S{7000 + at // 2}" for at in range(60)], orderNumber=ids)
    with pytest.raises(InputError) as refused:
        orders_of(engine, frame)
    assert "orderNumber" not in refused.value.hint


@pytest.mark.parametrize("name", ["sales_person_id", "order_user", "Salesperson", "transaction account"])
def test_whoever_sells_is_not_taken_for_the_customer(engine, name):
    with pytest.raises(InputError, match="no column that is plainly the customer"):
        orders_of(engine, log(customer_id=None, **{name: [f"K{at % 20:04d}" for at in range(60)]}))


@pytest.mark.parametrize("prefix", ["order.", "Order: ", "o_", "dim_", "fact_"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_word_before_every_name_says_nothing(engine, prefix, turned):
    names = ["customer id", "email", "order date", "payment date", "birth date", "unit price", "quantity", "product id"]
    ids = [f"{at % 20:04d}" for at in range(60)]
    days = [f"2024-{at % 12 + 1:02d}-05" for at in range(60)]
    cells = [ids, [f"k{at}@example.org" for at in ids], days, days, days, ["2.5"] * 60, ["2"] * 60, ["P1"] * 60]
    frame = pd.DataFrame({prefix + name: said for name, said in zip(names, cells, strict=True)})
    frame = frame[frame.columns[::-1]] if turned else frame
    found = roles(orders_of(engine, frame))
    assert {role: found[role].removeprefix(prefix) for role in ("customer", "date", "price", "quantity", "product")} == {
        "customer": "customer id", "date": "order date", "price": "unit price", "quantity": "quantity", "product": "product id",
    }  # fmt: skip


SYSTEMS = {
    "SAP Business One": ("CardCode", "DocDate", "DocTotal", "DocDueDate", "CardName"),
    "Business Central": (
        "Sell-to Customer No.",
        "Posting Date",
        "Amount Including VAT",
        "Due Date",
        "Salesperson Code",
    ),
    "Salesforce": ("Account ID", "Close Date", "Amount", "Created Date", "Owner ID"),
    "ERPNext": ("customer", "posting_date", "grand_total", "creation", "owner"),
    "a warehouse": ("CustomerKey", "OrderDateKey", "SalesAmount", "ShipDateKey", "EmployeeKey"),
    "TPC-DS": ("ss_customer_sk", "ss_sold_date_sk", "ss_net_paid", "ss_ship_date", "ss_store_sk"),
    "Brazil": ("cd_cliente", "dt_venda", "vl_total", "dt_entrega", "cd_vendedor"),
    "Spain": ("id_cliente", "fec_venta", "imp_total", "fec_entrega", "id_vendedor"),
    "Turkey": ("MUSTERI_KODU", "FATURA_TARIHI", "GENEL_TOPLAM", "VADE_TARIHI", "PLASIYER_KODU"),
}


@pytest.mark.parametrize("names", SYSTEMS.values(), ids=SYSTEMS)
@pytest.mark.parametrize("turned", [False, True])
def test_the_columns_of_a_system_are_found_beside_other_days_and_people(engine, names, turned):
    cells = [[f"{at % 20:04d}" for at in range(60)], [f"2024-{at % 12 + 1:02d}-05" for at in range(60)], MONEY]
    cells += [[f"2024-{at % 12 + 1:02d}-25" for at in range(60)], [f"E{at % 12:03d}" for at in range(60)]]
    frame = pd.DataFrame(dict(zip(names, cells, strict=True)))
    found = roles(orders_of(engine, frame[frame.columns[::-1]] if turned else frame))
    assert (found["customer"], found["date"], found["amount"]) == names[:3]


def test_the_number_of_a_sales_document_is_the_order_and_no_amount(engine):
    frame = log(amount=None, **{"Sales Document": [str(5000 + at // 2) for at in range(60)], "Net Value": MONEY})
    found = roles(orders_of(engine, frame))
    assert (found["order"], found["amount"]) == ("Sales Document", "Net Value")
