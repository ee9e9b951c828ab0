"""Logs of payments that name who pays and who is paid: money that is paid back comes from the shop and goes to the customer."""

from __future__ import annotations

from clustera.engines import Rows, identifier
from clustera.features.vocabulary import role_words, words_of_class
from clustera.records import Finding

MOSTLY = 0.9  # share of the lines below zero whose payer is paid on the others


def payee_column(customer: str, names: list[str]) -> str:
    """The column that names who is paid, where the customer's names who pays; empty where there is none.

    >>> payee_column("From Email Address", ["Gross", "From Email Address", "To Email Address"])
    'To Email Address'
    >>> payee_column("Adresse email de l'expéditeur", ["Adresse email du destinataire", "Net"])
    'Adresse email du destinataire'
    """
    alike = _words_without(customer, "payer")
    if len(alike) == len(_words_without(customer)):
        return ""
    return next(
        (name for name in names if _words_without(name, "payee") == alike and len(_words_without(name)) > len(alike)),
        "",
    )


def _words_without(name: str, *classes: str) -> list[str]:
    left_out = words_of_class("particle").union(*map(words_of_class, classes))
    return [word for word in role_words(name).split() if word not in left_out]


def paid_back(rows: Rows, customer: str, payee: str, amount: str) -> Finding | None:
    """That lines below zero are the payee's; None where no line is, or the shop is not their payer.

    Args:
        rows: The log.
        customer: The column that names who pays.
        payee: The column that names who is paid.
        amount: SQL of a line's money.
    """
    who, to = identifier(customer), identifier(payee)
    seen = rows.query(
        f"with l as (select {who} as payer, {to} as payee, try_cast({amount} as double) as money from {{rows}}) "
        "select count(*) as lines, count(*) filter (where money < 0) as below, count(*) filter (where money < 0 and payer in "
        "(select payee from l where money > 0)) as of_shop from l"
    ).to_pylist()[0]
    if not seen["below"] or seen["of_shop"] < MOSTLY * seen["below"]:
        return None
    return Finding.counted("paid-back-to", "note", seen["below"], seen["lines"], column=payee, payer=customer)
