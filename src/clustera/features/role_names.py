"""What the name of a column of an order log says: its role, in many languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from clustera import lexicon
from clustera.features.vocabulary import class_pattern, role_words, words_of_class
from clustera.records import OrderRole

# The first pattern of a role that fits any column wins, so narrow ones come first. `<order>` stands for the words of that
# class in `lexicon.toml`; names are compared without blanks and accents.
_P = "<particle>*"
EMAIL = f"(?:<order>|<customer>|<payer>)?(?:<email>)+(?:{_P}(?:<customer>|<payer>))?"
NAMES: dict[OrderRole, tuple[str, ...]] = {
    "customer": (
        f"<customer>unique{_P}<id>|unique<customer><id>",
        f"<plaincustomer>{_P}<id>|<id>{_P}<plaincustomer>",
        f"<customer>{{1,2}}{_P}<id>|<id>{_P}<customer>|uid|uuid",
        "<plaincustomer>",
        "<customer>{1,2}",
        f"<person>(?:{_P}<id>)?|<id>{_P}<person>",
        f"<loyalty>?(?:card|carte|karte|tarjeta|cartao|karta|kort){_P}<id>|<loyalty>(?:card|karte|kort)|<loyalty>{_P}<id>",
        EMAIL,
        f"<customer>{{1,2}}{_P}<name>|<name>{_P}<customer>|username(?:{_P}<customer>)?|company(?:name)?|firma|(?:billing|billto)<name>",
    ),
    "date": (
        f"<order>{{1,2}}{_P}<date>(?:time|stamp|utc|key|sk)*|<date>{_P}<order>",
        "<date>(?:time|stamp|utc|of)?",
        f"(?!hire)<stay>{_P}<date>|<date>{_P}<stay>",
        f"(?:<order>{_P})?<created>(?:{_P}<date>)?|<date>{_P}(?:<order>{_P})?<created>",
        f"<paid>(?:{_P}<date>)?",
    ),
    "amount": (
        f"<line>{_P}(?:(?:<gross>|<amountof>){_P})*(?!<price>$)<money>",
        f"(?!<price>$|<unit><price>$)(?:<amountof>{_P})*<money>(?:{_P}<amountof>)*|<totalsales>|<grosssales>",
        f"<gross>(?:<amountof>{_P})*<money>|(?:<amountof>{_P})*<money>(?:{_P}<amountof>)*<gross>|<gross>",
        f"<net>(?:<amountof>{_P})*<money>|<money>(?:{_P}<amountof>)*<net>|<net>|<netsales>",
        "<payable>",
    ),
    "price": (
        f"(?:<product>{_P})?(?:<unit>{_P})?<price>(?:{_P}<unit>)?|<unit>{{2}}<price>",
        f"(?:<pricekind>{_P})*<price>(?:{_P}<pricekind>)*",
    ),
    "order": (
        f"(?:<order>){{1,2}}{_P}<id>|<id>{_P}<order>",
        f"(?:transaction|txn|trans|payment|charge|receipt){_P}<id>",
        "<order>",
    ),
    "product": (f"<product>{{1,2}}{_P}<id>|<id>{_P}<product>", "<product>{1,2}"),
    "text": (f"<product>{{1,2}}{_P}<name>|<name>{_P}<product>", "<name>"),
    "category": (f"(?:<product>{_P})?<category>(?:{_P}(?:<name>|<id>))?|<name>{_P}<category>",),
    "quantity": (f"(?:(?:<product>|<order>){_P})?<quantity>(?:{_P}(?:<product>|purchased|ordered|sold))?",),
    "refund": (f"(?:<order>{_P})?<refund>(?:{_P}<money>)?|<money>{_P}<refund>",),
    "cost": ("(?:<product>|<line>)?<cost>",),
    "channel": (f"(?:<order>)?<channel>(?:{_P}<order>)?",),
    "store": (f"<store>{_P}(?:<id>|<name>)?",),
    "currency": ("(?:<order>)?<currency>(?:<id>)?",),
}  # fmt: skip
LONG = 4  # letters: longer words are known at the end of others
DISCOUNT = f"<discount>(?:{_P}(?:<money>|<line>))?"
WHOLE_NAME = ""  # stands for a name that the table of words has as a whole
STATUS = (
    f"<payment>{_P}<status>|<status>{_P}<payment>",
    f"<order>{_P}<status>(?:<id>)?|<status>{_P}<order>",
    f"<status>(?:<id>)?|<stay>{_P}<status>(?:<id>)?|<status>{_P}<stay>",
)
GOODS_STATUS = f"(?:<order>{_P})?(?:<line>{_P})?<movement>{_P}<status>|<status>{_P}<movement>"
_LINE_STATUS = f"(?:<order>{_P})?<line>{_P}<status>|<status>{_P}<line>"
VOID_STATUS = f"(?:<order>{_P})?<void>{_P}<status>|<status>{_P}<void>"
OTHER_STATUSES = (GOODS_STATUS, _LINE_STATUS, VOID_STATUS)  # of what became of the goods
VOID_FLAG = "(?:is|was|has|order)?<void>(?:at|on|flag|<date>)*"
PAID_FLAG = "(?:is|was)?<paidflag>"
_COUNTS = re.compile(r"^(number|no|num|nb|count) of |\b(percent|pct|rate)$")

SPOKEN: dict[OrderRole, str] = {
    "customer": "customer",
    "date": "date",
    "amount": "amount",
    "price": "price of one piece",
    "order": "order",
    "product": "product",
    "text": "product's description",
    "category": "product's category",
    "quantity": "number of pieces",
    "cost": "cost",
    "channel": "channel",
    "store": "store",
    "currency": "currency",
    "status": "status",
    "refund": "money paid back",
    "email": "e-mail address",
}


def is_payment_status(name: str) -> bool:
    """Whether a status column tells of the payment rather than of the order.

    >>> is_payment_status("Financial Status"), is_payment_status("order_status")
    (True, False)
    """
    return bool(class_pattern(STATUS[0]).fullmatch(joined_name(name)))


def is_goods_status(name: str) -> bool:
    """Whether a status column tells of goods on their way: what still waits there says nothing of the payment.

    >>> is_goods_status("Delivery Status"), is_goods_status("Versandstatus"), is_goods_status("status")
    (True, True, False)
    """
    return bool(class_pattern(GOODS_STATUS).fullmatch(joined_name(name)))


def is_status_name(name: str) -> bool:
    """Whether a column is called the status of an order or its payment.

    >>> is_status_name("Order Status"), is_status_name("Transaction Type")
    (True, False)
    """
    return any(class_pattern(pattern).fullmatch(joined_name(name)) for pattern in (*STATUS, *OTHER_STATUSES))


def is_status_of_returns(name: str) -> bool:
    """Whether a status column tells of returns, refunds or cancellations: "Completed" is no order that was paid there.

    >>> is_status_of_returns("Refund Status"), is_status_of_returns("Order Status")
    (True, False)
    """
    return bool(class_pattern(VOID_STATUS).fullmatch(joined_name(name)))


def is_void_flag(name: str) -> bool:
    """Whether a column says yes, or when, for orders that were canceled.

    >>> is_void_flag("Cancelled at"), is_void_flag("status")
    (True, False)
    """
    return bool(class_pattern(VOID_FLAG).fullmatch(joined_name(name)))


def is_paid_flag(name: str) -> bool:
    """Whether a column says yes for orders that were paid."""
    return bool(class_pattern(PAID_FLAG).fullmatch(joined_name(name)))


def is_of_no_order(name: str) -> bool:
    """Whether a status is called that of something beside orders, such as a customer, a subscription or a review.

    >>> is_of_no_order("Subscription Status"), is_of_no_order("item-status"), is_of_no_order("Customer Order Status")
    (True, False, False)
    """
    spoken = set(role_words(name).split())
    of_others = words_of_class("elsewhere") | words_of_class("customer") | words_of_class("email")
    return bool(spoken & of_others) and not spoken & (words_of_class("order") | words_of_class("payment"))


def is_of_deals(name: str) -> bool:
    """Whether a name speaks of deals, or of the stage that something is in.

    >>> is_of_deals("StageName"), is_of_deals("Deal Status"), is_of_deals("Status"), is_of_deals("Life Stage")
    (True, True, False, False)
    """
    spoken, deals = set(role_words(name).split()), words_of_class("deal")
    return bool(spoken & deals) and not spoken & (words_of_class("elsewhere") - deals)


@lru_cache(maxsize=10_000)
def joined_name(name: str) -> str:
    """A name as the patterns of roles see it: its words without blanks, and without what it says of taxes and cents.

    >>> joined_name("Order Total (incl. VAT)"), joined_name("Celková cena s DPH"), joined_name("amount_cents")
    ('ordertotal', 'celkovacena', 'amount')
    """
    return "".join(spoken_words(name))


def spoken_words(name: str) -> list[str]:
    """The words of a name, without what it says of taxes and cents."""
    spoken = role_words(name)
    for key in ("cents", "withouttax", "withtax"):
        spoken = _behind(key).sub("", spoken)
    return spoken.split()


@cache
def _behind(key: str) -> re.Pattern[str]:
    """The phrases of a class behind other words; those of scripts without blanks may follow at once."""
    found = sorted(lexicon.lexicon_phrases("parts", key), key=len, reverse=True)
    spelled = ((" " if phrase[0] < "\u2e80" else " ?") + re.escape(phrase) for phrase in found)
    return re.compile(f"(?:{'|'.join(spelled)})$")


def is_without_tax(name: str) -> bool:
    """Whether an amount is called one without taxes."""
    return bool(_behind("withouttax").search(role_words(name)))


def is_with_tax(name: str) -> bool:
    """Whether an amount is called one with taxes.

    >>> is_with_tax("Amount Including VAT"), is_with_tax("Amount")
    (True, False)
    """
    return bool(_behind("withtax").search(role_words(name)))


def is_beside_amounts(name: str) -> bool:
    """Whether a column is called money that is no order's amount: a tax, a postage, a fee, a discount.

    >>> is_beside_amounts("Shipping fee"), is_beside_amounts("Order total")
    (True, False)
    """
    return bool({*role_words(name).split()} & (words_of_class("measure") | words_of_class("discount")))


def is_in_cents(name: str) -> bool:
    """Whether an amount is called one of cents.

    >>> is_in_cents("total_price_in_cents"), is_in_cents("Betrag (Cent)"), is_in_cents("cents")
    (True, True, False)
    """
    return bool(_behind("cents").search(role_words(name)))


def is_whole_name(name: str, role: OrderRole) -> bool:
    """Whether the table of words has the whole name, rather than its parts."""
    return role in lexicon.lexicon_section("orders") and lexicon.name_says(name, "orders", role, whole=True)


def is_measure(name: str) -> bool:
    """Whether a column is called a measurement."""
    return bool(words_of_class("measure") & set(role_words(name).split()))


def is_collected(name: str) -> bool:
    """Whether an amount is called what the shop got in the end."""
    return "collected" in role_words(name).split() or joined_name(name) in words_of_class("collected")


def is_due(name: str) -> bool:
    """Whether an amount is called what is still to be paid, which is nothing once it is; a total due is that of the order.

    >>> is_due("Amount Due"), is_due("TotalDue"), is_due("Amount"), is_due("Te betalen")
    (True, False, False, True)
    """
    if joined_name(name) in words_of_class("payable"):
        return True
    return "due" in (words := role_words(name).split()) and "total" not in words


def is_net(name: str) -> bool:
    """Whether an amount is called one without taxes, shipping or fees.

    >>> is_net("Net Total"), is_net("Nettobetrag"), is_net("Check Total")
    (True, True, False)
    """
    return bool(class_pattern("<net>.+").match(joined_name(name)))


def is_of_goods(name: str) -> bool:
    """Whether an amount is called the value of an order, which leaves out what its total holds."""
    return bool({"value", "price", "subtotal"} & set(role_words(name).split()))


def is_kind_of_price(name: str) -> bool:
    """Whether an amount is called a price, which may be that of one piece.

    >>> is_kind_of_price("Sale Price ($)"), is_kind_of_price("price_usd"), is_kind_of_price("Total Price")
    (True, True, False)
    """
    return bool(class_pattern(NAMES["price"][1]).fullmatch(joined_name(name)))


def is_listed_price(name: str) -> bool:
    """Whether a price is called one before anything is taken off.

    >>> is_listed_price("Base price"), is_listed_price("Listenpreis"), is_listed_price("Base Grand Total")
    (True, True, False)
    """
    return has_part(name, "price") and has_part(name, "listed")


def is_of_line(name: str) -> bool:
    """Whether an amount is called that of one line of an order.

    >>> is_of_line("Line Items Total"), is_of_line("Order Total")
    (True, False)
    """
    return bool(class_pattern(NAMES["amount"][0]).fullmatch(joined_name(name)))


def has_part(name: str, key: str) -> bool:
    """Whether a word of a name is one of a class, or ends with a long one, as German words are put together.

    >>> has_part("Verkaufsgebühren", "fee"), has_part("Sales Tax", "surcharge"), has_part("Taxi", "surcharge")
    (True, True, False)
    """
    words, spoken = words_of_class(key), role_words(name).split()
    long = tuple(word for word in words if len(word) > LONG or not word.isascii())
    return any(word in words or word.endswith(long) for word in spoken)


def is_of_order(name: str) -> bool:
    """Whether a word of a name is that of an order, or of what was sold."""
    return bool({*role_words(name).split()} & words_of_class("order"))


def is_of_bill(name: str) -> bool:
    """Whether a date is called that of an invoice or a payment, which come after the order.

    >>> is_of_bill("Invoice Date"), is_of_bill("결제일"), is_of_bill("Order Date")
    (True, True, False)
    """
    joined, words = joined_name(name), words_of_class("billed")
    return bool({*role_words(name).split()} & words) or any(not word.isascii() and word in joined for word in words)


def is_number_of_pieces(name: str) -> bool:
    """Whether a column that is called an amount may be called a number of pieces as well, as "Jumlah" is."""
    return is_whole_name(name, "quantity")


def is_count(name: str) -> bool:
    """Whether a column is called a number of things, or a rate."""
    return bool(_COUNTS.search(role_words(name)))


def best_amount(names: Sequence[str]) -> str:
    """Of several amounts, or prices, what was paid in the end: with taxes and postage, after discounts."""
    if any(joined_name(name) in words_of_class("grosssales") for name in names):
        names = [name for name in names if joined_name(name) in words_of_class("totalsales")] or names
    patterns = [*map(class_pattern, (*NAMES["amount"], *NAMES["price"]))]

    def rank(name: str) -> tuple[bool | int | str, ...]:
        joined = joined_name(name)
        pattern = next((at for at, one in enumerate(patterns) if one.fullmatch(joined)), len(patterns))
        return (
            is_due(name),
            is_without_tax(name),
            not is_collected(name),
            is_net(name),
            is_listed_price(name),
            is_of_goods(name),
            has_part(name, "price") and not has_part(name, "total"),
            pattern,
            not has_part(name, "total"),
            joined,
            not is_with_tax(name),
            name,
        )

    return min(names, key=rank)
