"""What conditions may ask for, in plain words: what a column means, and which values it has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from clustera.days import day_number
from clustera.records import Column, ColumnSummary
from clustera.texts.dates import format_day
from clustera.texts.findings import column_reason
from clustera.texts.numbers import format_count, format_number
from clustera.texts.segments import capitalize
from clustera.texts.translation import translate

COLUMN_MEANINGS = {
    "id": "The customer.",
    "segment": "The customer's segment, by name or number.",
    "name": "The same as segment.",
    "distance": "How far the customer is from the center of the segment, in standard deviations.",
    "second_segment": "The nearest other segment.",
    "borderline": "The customer is nearly as close to the nearest other segment.",
    "outlier": "The customer is unlike all others.",
    "key": "A number made of the id; samples and control groups are drawn by it.",
    "segment_before": "The customer's segment in the run before, or a month before.",
    "name_before": "The same as segment_before.",
    "value": "What the customer is expected to bring within the horizon of the forecast.",
    "value_low": "The value is higher than this with 9 chances in 10.",
    "value_high": "The value is lower than this with 9 chances in 10. 0: most likely the customer buys nothing, even where the expected value is more.",
    "probability_alive": "Chance that the customer buys again, after a pause or without, from 0 to 1.",
    "churn_risk": "Chance, from 0 to 1, that the customer orders nothing in as many days as the forecast was tested over.",
    "stage": "Lifecycle stage.",
    "rfm_r": "RFM score for recency, 1 to 5; 5 is the most recent.",
    "rfm_f": "RFM score for frequency, 1 to 5; 5 is the most frequent.",
    "rfm_m": "RFM score for sales, 1 to 5; 5 is the most.",
    "rfm_group": "Named RFM group: a rank among all customers. Whether a customer has stopped buying is the stage.",
    "rfm_group_before": "Named RFM group before.",
    "next_order": "Day by which the next order is expected; empty where no order is more likely.",
    "overdue": "The customer has not ordered for much longer than usual.",
    "days_overdue": "Days that the customer is overdue.",
    "sales_12_months": "Sales in the last 12 months, returns deducted; in a shorter log, all of its sales.",
    "sales_3_months": "Sales in the last 3 months, returns deducted.",
    "earlier_sales_3_months": "Sales of the 3 months before the last 3.",
    "usual_gap": "Usual days between two orders; empty where fewer than 3 such gaps are known.",
    "contact_order": "Whom to contact first: those to call, then those to write to, each by the sales that may be lost (sales_12_months less expected ones). Empty for everybody else.",
    "contact_by": "How: call (longer without an order than usual) or write (still ordering, but less). Empty for who is not contacted one by one.",
    "action": "Suggested action.",
    "action_code": "Suggested action, by its rule in the playbook.",
    "control": "The customer is in the control group of the suggested action.",
    "last_category": "What the customer bought last.",
    "favorite_category": "What the customer buys most.",
    "suggested_category": "What to suggest next.",
    "suggested_share": "Share of similar customers who buy the suggested category, from 0 to 1.",
    "last_order": "Day of the last order.",
    "last_purchase": "Day of the last order.",
}
COLUMN_TITLES = {
    "id": "Customer id",
    "segment": "Segment",
    "distance": "Distance to the center of the segment",
    "second_segment": "Nearest other segment",
    "borderline": "Nearly as close to another segment",
    "outlier": "Outlier",
    "segment_before": "Segment before",
    "value": "Expected value",
    "value_low": "Expected value, lower bound",
    "value_high": "Expected value, upper bound",
    "probability_alive": "Chance to buy again",
    "churn_risk": "Churn risk",
    "stage": "Lifecycle stage",
    "last_order": "Last order",
    "sales_12_months": "Sales, last 12 months",
    "sales_3_months": "Sales, last 3 months",
    "earlier_sales_3_months": "Sales, the 3 months before",
    "usual_gap": "Usual days between orders",
    "rfm_r": "RFM score, recency",
    "rfm_f": "RFM score, frequency",
    "rfm_m": "RFM score, sales",
    "rfm_group": "RFM group",
    "rfm_group_before": "RFM group before",
    "next_order": "Next order expected",
    "overdue": "Overdue",
    "days_overdue": "Days overdue",
    "contact_order": "Place in the list of calls",
    "contact_by": "Call or write",
    "action": "Suggested action",
    "control": "In the control group of the action",
    "last_category": "Category bought last",
    "favorite_category": "Category bought most",
    "suggested_category": "Category to suggest next",
    "last_product": "Product bought last",
    "favorite_product": "Product bought most",
    "suggested_product": "Product to suggest next",
    "suggested_share": "Share of similar customers who buy the suggestion",
    "last_purchase": "Last purchase",
}
KINDS = {
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "date": "day",
    "text": "text",
    "segment": "segment",
}


def audience_column_title(name: str, title: str = "") -> str:
    """What people call a column that a condition may ask for.

    Args:
        name: As a definition writes it.
        title: Of a feature or descriptor, as the report calls it.

    >>> audience_column_title("churn_risk"), audience_column_title("spend", "Spend, last 12 months"), audience_column_title("city")
    ('Churn risk', 'Spend, last 12 months', 'city')
    """
    if name in COLUMN_TITLES:
        return translate(COLUMN_TITLES[name])
    return title or name


def column_kind(column: ColumnSummary) -> str:
    """The kind of a column in words.

    >>> from clustera.records import ColumnSummary
    >>> column_kind(ColumnSummary("spend", "number", "Spend", "$", 90, 10, 0.0, 250.0))
    'number'
    """
    return translate(KINDS[column.kind])


def column_meaning(column: ColumnSummary, described: Mapping[str, Column]) -> str:
    """What a column means.

    Args:
        column: As a condition may ask for it.
        described: Features and descriptors, by their names as a definition writes them.
    """
    known = described.get(column.name)
    if column.title and known is not None:
        title = f"{known.label}."
        return f"{title} {capitalize(column_reason(known))}" if known.reason.code == "from-orders" else title
    if column.name in COLUMN_MEANINGS:
        return translate(COLUMN_MEANINGS[column.name])
    return f"{column.title}." if column.title else ""


def column_values(column: ColumnSummary) -> str:
    """The range of a column, or its most frequent values.

    >>> from clustera.records import ColumnSummary
    >>> column_values(ColumnSummary("spend", "number", "Spend", "$", 90, 10, 0.0, 250.0))
    '0 to 250'
    >>> column_values(ColumnSummary("city", "text", "City", "", 90, 10, values=("Oslo", "Rome"), distinct=2))
    '"Oslo", "Rome"'
    """
    if column.low is not None and column.high is not None:
        return translate("{low} to {high}", low=_end(column.low), high=_end(column.high))
    listed = ", ".join(f'"{value}"' for value in column.values)
    more = column.distinct - len(column.values)
    return translate("{list} and {n} more", list=listed, n=format_count(more)) if more > 0 else listed


def _end(value: float | date) -> str:
    if isinstance(value, date):
        return format_day(day_number(value))
    size = abs(value)
    return format_number(value, 0 if float(value).is_integer() or size >= 1_000 else 1 if size >= 10 else 2)
