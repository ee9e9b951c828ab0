"""Six orders of three customers as the exports of shops write them: the documented columns, unchanged.

What each customer paid, by hand (totals with shipping; money paid back taken off):

    ann  1001: 2 x 10.00 + 5.50 + 4.90 = 30.40;  1004: 3 x 10.00 + 4.90 = 34.90, of which 10.00 were paid back
    bob  1002: 20.00 + 4.90 = 24.90
    cy   1003: 5.50 + 4.90 = 10.40, canceled;  1005: 20.00 + 4.90 = 24.90, failed;  1006: 10.00 + 5.50 + 4.90 = 20.40
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

SHIPPING = 4.90
PAID = {"ann": 30.40 + 34.90 - 10.00, "bob": 24.90, "cy": 20.40}
GOODS = {"ann": 25.50 + 30.00, "bob": 20.00, "cy": 15.50}  # without shipping, nothing paid back
LEFT_OUT = 10.40 + 24.90
PRICES = {"TEA": 10.00, "JAM": 5.50, "OIL": 20.00}


@dataclass(frozen=True)
class Order:
    number: int
    customer: str
    date: str
    status: str  # paid, canceled, failed
    items: tuple[tuple[str, int], ...]
    refund: float = 0.0

    @property
    def goods(self) -> float:
        return sum(PRICES[sku] * pieces for sku, pieces in self.items)

    @property
    def total(self) -> float:
        return self.goods + SHIPPING

    @property
    def email(self) -> str:
        return f"{self.customer}@example.org"


ORDERS = (
    Order(1001, "ann", "2023-07-02", "paid", (("TEA", 2), ("JAM", 1))),
    Order(1002, "bob", "2023-07-15", "paid", (("OIL", 1),)),
    Order(1003, "cy", "2023-08-01", "canceled", (("JAM", 1),)),
    Order(1004, "ann", "2023-08-20", "paid", (("TEA", 3),), refund=10.00),
    Order(1005, "cy", "2023-09-05", "failed", (("OIL", 1),)),
    Order(1006, "cy", "2023-09-21", "paid", (("TEA", 1), ("JAM", 1))),
)
IDS = {"ann": "11", "bob": "12", "cy": "13"}


def _table(rows: list[dict[str, object]], columns: str, separator: str = ",") -> pd.DataFrame:
    """All columns of an export as text, blank where a row leaves them out."""
    names = [name.strip() for name in columns.split(separator)]
    assert {name for row in rows for name in row} <= set(names)
    return pd.DataFrame([{name: row.get(name) for name in names} for row in rows], columns=names).map(
        lambda cell: None if cell is None or pd.isna(cell) else f"{cell:.2f}" if isinstance(cell, float) else str(cell)
    )


def shopify() -> pd.DataFrame:
    """One row per line; what belongs to the order stands on its first."""
    said = {"paid": "paid", "canceled": "voided", "failed": "pending"}
    rows = []
    for order in ORDERS:
        status = "partially_refunded" if order.refund else said[order.status]
        first = {
            "Financial Status": status, "Paid at": f"{order.date} 10:00:00 +0100" if order.status == "paid" else None,
            "Currency": "EUR", "Subtotal": order.goods, "Shipping": SHIPPING, "Taxes": 1.0, "Total": order.total,
            "Discount Amount": 0.0, "Refunded Amount": order.refund, "Id": 4_500_000_000_000 + order.number,
            "Fulfillment Status": "fulfilled", "Accepts Marketing": "yes", "Payment Method": "PayPal",
            "Billing Name": order.customer.title(), "Source": "web", "Outstanding Balance": 0.0,
        }  # fmt: skip
        for at, (sku, pieces) in enumerate(order.items):
            line = {
                "Name": f"#{order.number}", "Email": order.email, "Created at": f"{order.date} 10:00:00 +0100",
                "Lineitem quantity": pieces, "Lineitem name": sku.title(), "Lineitem price": PRICES[sku],
                "Lineitem sku": sku, "Lineitem requires shipping": "true", "Lineitem taxable": "true",
                "Lineitem fulfillment status": "fulfilled", "Vendor": "Shop", "Lineitem discount": 0.0,
            }  # fmt: skip
            rows.append((first if at == 0 else {}) | line)
    return _table(
        rows,
        "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
        "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
        "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
        "Billing Name,Billing Street,Billing City,Billing Zip,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
        "Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,"
        "Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Phone,Receipt Number",
    )


def woocommerce() -> pd.DataFrame:
    """One row per order."""
    said = {"paid": "completed", "canceled": "cancelled", "failed": "failed"}
    return _table(
        [
            {
                "order_id": order.number, "order_number": order.number, "order_date": f"{order.date} 10:00:00",
                "status": said[order.status], "shipping_total": SHIPPING, "shipping_tax_total": 0.0, "fee_total": 0.0,
                "tax_total": 1.0, "cart_discount": 0.0, "order_discount": 0.0, "discount_total": 0.0,
                "order_total": order.total, "order_subtotal": order.goods, "order_currency": "EUR",
                "payment_method": "paypal", "customer_id": IDS[order.customer], "customer_email": order.email,
                "billing_first_name": order.customer.title(), "billing_email": order.email, "refunded_total": order.refund,
                "line_items": "; ".join(f"{sku} x {pieces}" for sku, pieces in order.items),
            }
            for order in ORDERS
        ],
        "order_id,order_number,order_date,paid_date,status,shipping_total,shipping_tax_total,fee_total,fee_tax_total,tax_total,"
        "cart_discount,order_discount,discount_total,order_total,order_subtotal,order_currency,payment_method,"
        "payment_method_title,transaction_id,customer_ip_address,customer_user_agent,shipping_method,customer_id,"
        "customer_email,billing_first_name,billing_last_name,billing_email,refunded_total,customer_note,line_items",
    )  # fmt: skip


def magento() -> pd.DataFrame:
    """The grid of orders: dates in words, money with a sign, an order that was paid back is closed."""
    said = {"paid": "complete", "canceled": "canceled", "failed": "pending_payment"}
    return _table(
        [
            {
                "ID": f"0000{order.number:05d}", "Purchase Point": "Main Website\nMain Website Store",
                "Purchase Date": pd.Timestamp(order.date).strftime("%b %-d, %Y 10:00:00 AM"),
                "Bill-to Name": order.customer.title(), "Ship-to Name": order.customer.title(),
                "Grand Total (Base)": f"€{order.total:.2f}", "Grand Total (Purchased)": f"€{order.total:.2f}",
                "Status": said[order.status], "Customer Email": order.email, "Customer Group": "General",
                "Subtotal": f"€{order.goods:.2f}", "Shipping and Handling": f"€{SHIPPING:.2f}",
                "Customer Name": order.customer.title(), "Payment Method": "checkmo", "Total Refunded": f"€{order.refund:.2f}",
            }
            for order in ORDERS
        ],
        "ID;Purchase Point;Purchase Date;Bill-to Name;Ship-to Name;Grand Total (Base);Grand Total (Purchased);Status;"
        "Billing Address;Shipping Address;Shipping Information;Customer Email;Customer Group;Subtotal;Shipping and Handling;"
        "Customer Name;Payment Method;Total Refunded;Allocated sources",
        ";",
    )  # fmt: skip


def stripe() -> pd.DataFrame:
    """Payments."""
    said = {"paid": "Paid", "canceled": "Canceled", "failed": "Failed"}
    return _table(
        [
            {
                "id": f"ch_3N{order.number}", "Created date (UTC)": f"{order.date} 10:00:00", "Amount": order.total,
                "Amount Refunded": order.refund, "Currency": "eur", "Captured": str(order.status == "paid").lower(),
                "Converted Amount": order.total, "Converted Amount Refunded": order.refund, "Converted Currency": "eur",
                "Description": "Order", "Fee": 0.7, "Refunded date (UTC)": None, "Mode": "Live", "Status": said[order.status],
                "Customer ID": f"cus_{order.customer}", "Customer Email": order.email, "Card ID": f"card_{order.number}",
            }
            for order in ORDERS
        ],
        "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Converted Amount Refunded,"
        "Converted Currency,Decline Reason,Description,Fee,Is Link,Link Funding,Mode,PaymentIntent ID,Payment Source Type,"
        "Refunded date (UTC),Statement Descriptor,Status,Seller Message,Taxes On Fee,Card ID,Customer ID,Customer Description,"
        "Customer Email,Invoice ID,Transfer",
    )  # fmt: skip


def amazon() -> pd.DataFrame:
    """The order report: one row per item, whose price is that of all pieces; no canceled orders, no shipping in it."""
    return _table(
        [
            {
                "order-id": f"058-{order.number}-5518068", "order-item-id": f"05835637{order.number}{at}",
                "purchase-date": f"{order.date}T18:54:21+00:00", "payments-date": f"{order.date}T18:54:21+00:00",
                "buyer-email": f"{order.customer}1234b@marketplace.amazon.co.uk", "buyer-name": order.customer.title(),
                "sku": sku, "product-name": sku.title(), "quantity-purchased": pieces, "currency": "GBP",
                "item-price": PRICES[sku] * pieces, "item-tax": 0.0, "shipping-price": 1.0, "shipping-tax": 0.0,
                "ship-service-level": "Standard", "recipient-name": order.customer.title(), "ship-country": "GB",
            }
            for order in ORDERS
            if order.status == "paid"
            for at, (sku, pieces) in enumerate(order.items)
        ],
        "order-id,order-item-id,purchase-date,payments-date,buyer-email,buyer-name,buyer-phone-number,sku,product-name,"
        "quantity-purchased,currency,item-price,item-tax,shipping-price,shipping-tax,ship-service-level,recipient-name,"
        "ship-address-1,ship-city,ship-state,ship-postal-code,ship-country",
    )  # fmt: skip


def olist() -> pd.DataFrame:
    """Orders, their items and customers joined, as they are usually published: a customer_id for each order, one piece a row."""
    said = {"paid": "delivered", "canceled": "canceled", "failed": "unavailable"}
    return _table(
        [
            {
                "order_id": f"e481f51cbdc54678b7cc49136f2d{order.number}", "customer_id": f"9ef432eb6251297304e76186b10a{order.number}",
                "order_status": said[order.status], "order_purchase_timestamp": f"{order.date} 10:56:33",
                "order_approved_at": f"{order.date} 11:07:15", "order_delivered_carrier_date": f"{order.date} 19:55:00",
                "order_delivered_customer_date": "2023-12-10 21:25:13", "order_estimated_delivery_date": "2023-12-18 00:00:00",
                "order_item_id": at + 1, "product_id": f"87285b34884572647811a353c7ac{sku}", "seller_id": "3504c0cb71d7fa48d967e0e4c94d59d9",
                "shipping_limit_date": "2023-12-06 11:07:15", "price": PRICES[sku], "freight_value": 1.0,
                "customer_unique_id": f"7c396fd4830fd04220f754e42b4e{order.customer}", "customer_zip_code_prefix": "03149",
                "customer_city": "sao paulo", "customer_state": "SP",
            }
            for order in ORDERS
            for at, sku in enumerate(sku for sku, pieces in order.items for _ in range(pieces))
        ],
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
        "order_delivered_customer_date,order_estimated_delivery_date,order_item_id,product_id,seller_id,shipping_limit_date,"
        "price,freight_value,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
    )  # fmt: skip


def bigcommerce() -> pd.DataFrame:
    """One row per order, with and without tax."""
    said = {"paid": "Completed", "canceled": "Cancelled", "failed": "Declined"}
    return _table(
        [
            {
                "Order ID": order.number, "Customer ID": IDS[order.customer], "Customer Name": order.customer.title(),
                "Customer Email": order.email, "Order Date": pd.Timestamp(order.date).strftime("%d/%m/%Y"),
                "Order Status": said[order.status], "Subtotal (inc tax)": order.goods, "Subtotal (ex tax)": order.goods * 0.8,
                "Tax Total": 1.0, "Shipping Cost (inc tax)": SHIPPING, "Order Total (ex tax)": order.total * 0.8,
                "Order Total (inc tax)": order.total, "Refund Amount": order.refund, "Order Currency Code": "EUR",
            }
            for order in ORDERS
        ],
        "Order ID,Customer ID,Customer Name,Customer Email,Customer Phone,Order Date,Order Status,Subtotal (ex tax),"
        "Subtotal (inc tax),Tax Total,Shipping Cost (ex tax),Shipping Cost (inc tax),Order Total (ex tax),Order Total (inc tax),"
        "Refund Amount,Order Currency Code,Payment Method,Total Quantity,Date Shipped",
    )  # fmt: skip


def etsy() -> pd.DataFrame:
    """Sold orders: only paid ones are exported, American dates of two figures."""
    return _table(
        [
            {
                "Sale Date": pd.Timestamp(order.date).strftime("%m/%d/%y"), "Order ID": 2_900_000_000 + order.number,
                "Buyer User ID": order.customer, "Full Name": order.customer.title(), "Number of Items": len(order.items),
                "Payment Method": "Credit Card", "Date Shipped": "10/30/23", "Currency": "USD", "Order Value": order.goods,
                "Discount Amount": 0.0, "Shipping": SHIPPING, "Sales Tax": 0.0, "Order Total": order.total,
                "Card Processing Fees": 1.1, "Order Net": order.total - 1.1, "Buyer": order.customer, "Order Type": "online",
            }
            for order in ORDERS
            if order.status == "paid"
        ],
        "Sale Date,Order ID,Buyer User ID,Full Name,First Name,Last Name,Number of Items,Payment Method,Date Shipped,Street 1,"
        "Ship City,Currency,Order Value,Coupon Code,Coupon Details,Discount Amount,Shipping Discount,Shipping,Sales Tax,"
        "Order Total,Status,Card Processing Fees,Order Net,Adjusted Order Total,Buyer,Order Type,Payment Type,SKU",
    )  # fmt: skip


def square() -> pd.DataFrame:
    """Transactions: money with a sign, American dates of two figures, a refund as an event of its own."""

    def row(order: Order, money: float, event: str, goods: float) -> dict[str, object]:
        signed = f"{'-' if money < 0 else ''}${abs(money):.2f}"
        return {
            "Date": pd.Timestamp(order.date).strftime("%m/%d/%y"), "Time": "10:00:00", "Time Zone": "Eastern Time (US & Canada)",
            "Gross Sales": f"{'-' if money < 0 else ''}${abs(goods):.2f}", "Discounts": "$0.00", "Tax": "$0.00", "Tip": "$0.00",
            "Net Sales": f"{'-' if money < 0 else ''}${abs(goods):.2f}", "Partial Refunds": "$0.00", "Total Collected": signed,
            "Source": "Point of Sale", "Card": signed, "Cash": "$0.00", "Fees": "-$0.80", "Net Total": f"${money - 0.8:.2f}",
            "Transaction ID": f"{event[0]}q7Kz{order.number}", "Payment ID": f"{event[0]}y9{order.number}", "Card Brand": "Visa",
            "Event Type": event, "Location": "Main Street", "Customer ID": f"CUST{IDS[order.customer]}",
            "Customer Name": order.customer.title(), "Transaction Status": "Complete",
        }  # fmt: skip

    paid = [order for order in ORDERS if order.status == "paid"]
    return _table(
        [row(order, order.total, "Payment", order.goods) for order in paid]
        + [row(order, -order.refund, "Refund", order.refund) for order in paid if order.refund],
        "Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,Partial Refunds,"
        "Total Collected,Source,Card,Card Entry Methods,Cash,Square Gift Card,Other Tender,Other Tender Type,Tender Note,Fees,"
        "Net Total,Transaction ID,Payment ID,Card Brand,PAN Suffix,Device Name,Staff Name,Staff ID,Details,Description,"
        "Event Type,Location,Dining Option,Customer ID,Customer Name,Customer Reference ID,Deposit ID,Deposit Date,"
        "Transaction Status",
    )


def paypal() -> pd.DataFrame:
    """Activity: a refund comes from the shop and goes to the customer."""
    said = {"paid": "Completed", "canceled": "Canceled", "failed": "Denied"}

    def row(order: Order, money: float, kind: str, status: str) -> dict[str, object]:
        between = (order.email, "shop@example.com")[:: 1 if money > 0 else -1]
        return {
            "Date": pd.Timestamp(order.date).strftime("%m/%d/%Y"), "Time": "10:00:00", "TimeZone": "PDT", "Type": kind,
            "Name": order.customer.title(), "Status": status, "Currency": "EUR", "Gross": money, "Fee": -0.70,
            "Net": money - 0.70, "From Email Address": between[0], "To Email Address": between[1],
            "Transaction ID": f"{kind[-1]}5TY05013RG{order.number}", "Item Title": "Order", "Quantity": 1,
            "Shipping and Handling Amount": SHIPPING if money > 0 else 0.0, "Balance": 100.0 + order.number,
            "Country Code": "DE", "Balance Impact": "Credit" if money > 0 else "Debit",
        }  # fmt: skip

    return _table(
        [row(order, order.total, "Express Checkout Payment", said[order.status]) for order in ORDERS]
        + [row(order, -order.refund, "Payment Refund", "Completed") for order in ORDERS if order.refund],
        "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,Transaction ID,"
        "Shipping Address,Address Status,Item Title,Item ID,Shipping and Handling Amount,Insurance Amount,Sales Tax,"
        "Option 1 Name,Option 1 Value,Reference Txn ID,Invoice Number,Custom Number,Quantity,Receipt ID,Balance,"
        "Address Line 1,Town/City,Zip/Postal Code,Country,Contact Phone Number,Subject,Note,Country Code,Balance Impact",
    )


def ebay() -> pd.DataFrame:
    """Orders: only paid ones; an order of several items has a row with its total and one for each item without it."""
    rows: list[dict[str, object]] = []
    for order in ORDERS:
        if order.status != "paid":
            continue
        day = pd.Timestamp(order.date).strftime("%b-%d-%y")
        head = {
            "Sales Record Number": order.number, "Order Number": f"05-{order.number}-83291", "Buyer Username": f"{order.customer}_77",
            "Buyer Name": order.customer.title(), "Buyer Email": order.email, "Sale Date": day, "Paid On Date": day,
        }  # fmt: skip
        total = {
            "Shipping And Handling": f"${SHIPPING:.2f}",
            "Total Price": f"${order.total:.2f}",
            "Payment Method": "Other",
        }
        items = [
            {
                "Item Number": f"3342{sku}", "Item Title": sku.title(), "Custom Label": sku, "Quantity": pieces,
                "Sold For": f"${PRICES[sku]:.2f}",
            }
            for sku, pieces in order.items
        ]  # fmt: skip
        rows += [head | items[0] | total] if len(items) == 1 else [head | total, *(head | item for item in items)]
    return _table(
        rows,
        "Sales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Buyer Note,Buyer Address 1,Buyer City,"
        "Buyer Zip,Buyer Country,Ship To Name,Ship To Country,Item Number,Item Title,Custom Label,"
        "Sold Via Promoted Listings,Quantity,Sold For,Shipping And Handling,Seller Collected Tax,"
        "eBay Collect And Remit Tax Rate,Total Price,Payment Method,Sale Date,Paid On Date,Ship By Date,Feedback Left,"
        "Shipped On Date,Tracking Number,Transaction ID,Variation Details",
    )
