"""The heads of the workbook's tables, in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from clustera.texts import capitalize, translate

HEADS = {
    "id": "Customer", "name": "Name of the segment", "distance": "Distance to the center",
    "second_segment": "Nearest other segment", "borderline": "Nearly as close to it", "outlier": "Unusual",
    "value": "Expected sales", "value_low": "Likely (80%) from", "value_high": "Likely (80%) to",
    "probability_alive": "Chance to buy again", "churn_risk": "Chance of no order", "rfm_r": "RFM: recency, 1 to 5",
    "rfm_f": "RFM: frequency, 1 to 5", "rfm_m": "RFM: sales, 1 to 5", "rfm_group": "RFM group",
    "rfm_group_before": "RFM group before", "next_order": "Next order expected", "last_order": "Last order",
    "sales_12_months": "Sales, last {span}", "sales_3_months": "Sales, last 3 months",
    "earlier_sales_3_months": "Sales, the 3 months before", "usual_gap": "Usual days between orders", "segment_before": "Segment before",
    "name_before": "Name of the segment before", "action": "Suggested action", "action_code": "Rule of the playbook",
    "control": "Control group: do not contact", "last_category": "Bought last", "favorite_category": "Buys most",
    "suggested_category": "Suggest next", "suggested_share": "Share of similar customers who buy it", "who": "For whom",
    "what": "What to do", "because": "Why", "spend_share": "Share of all sales",
    "forecast": "Expected sales", "send_to": "Send to", "added_sales": "Added sales if the test just succeeds",
    "control_share": "Control group, share", "control_customers": "Control group, customers",
    "base_rate": "Share who buy without the action", "detectable_rise": "Smallest rise of that share that a test shows",
    "detectable_spend": "Smallest rise of sales that a test shows", "point_value": "Sales if one percentage point more buy",
    "percent_value": "Sales if they spend 1% more", "suggested": "Suggest next", "suggested_customers": "Customers it is for",
    "share": "Share of customers", "outliers": "Unusual customers", "sentence": "In one sentence", "trust": "How sure",
    "action_customers": "Customers of the action", "jaccard": "Overlap on other customers", "valley": "Customers between segments", "suggestion": "What to do",
    "k": "Segments", "code": "Code", "column": "Column", "count": "Rows", "message": "What was found", "rule": "Rule",
    "cure": "What to do", "severity": "Kind", "gap": "Gap statistic", "examples": "Examples",
    "adds": "Explained share more than with one segment less", "chosen": "Chosen",
    "customers": "Customers", "days_overdue": "Days overdue", "contact_order": "Call in this order", "contact_by": "Call or write", "draws": "Times measured", "explained": "Explained share",
    "explains_future_spend": "Later spending explained",
    "explains_future_spend_se": "Later spending explained, standard error", "inertia": "Sum of squared distances",
    "least_share": "Smallest segment, share of customers or of sales", "measured": "Measured",
    "measured_effect": "Measured effect", "measured_high": "Measured effect, highest",
    "measured_low": "Measured effect, lowest", "measured_in": "Measured in", "overdue": "Overdue",
    "path_faded": "Gap along paths, windows fading out", "path_ratio": "Gap along paths",
    "prediction_strength": "Prediction strength", "prediction_strength_se": "Prediction strength, standard error",
    "rank": "Sum of ranks", "segment": "Segment", "silhouette": "Silhouette", "smallest": "Smallest segment, share",
    "stage": "Stage", "valley_whole": "Customers between segments, all customers", "judgment": "Judgment",
    "calinski_harabasz": "Calinski-Harabasz index",
}  # fmt: skip
MEASURES = {"mean": "average", "median": "median", "center": "center", "index": "all customers = 100"}


# Of the customers, what the sheet of calls has.
OF_CALLS = (
    "contact_order", "contact_by", "id", "name", "action", "sales_12_months", "value", "sales_3_months", "earlier_sales_3_months", "last_order", "usual_gap",
    "days_overdue", "last_product", "favorite_product", "last_category", "favorite_category",
)  # fmt: skip
# Of the actions, what plans a test: on the last sheet.
OF_TESTS = (
    "action_code", "control_share", "base_rate", "detectable_rise", "detectable_spend", "point_value", "percent_value",
    "measured_effect", "measured_low", "measured_high",
)  # fmt: skip
# Columns that are amounts, whatever the features are called.
OF_MONEY = frozenset({
    "spend", "value", "value_low", "value_high", "revenue", "forecast", "sales", "sales_12_months", "sales_3_months",
    "earlier_sales_3_months", "added_sales", "point_value", "percent_value",
})  # fmt: skip
OF_FINDINGS = {"share": "Share of all", "count": "How many"}


def plain_head(
    name: str, titles: Mapping[str, str], *, span: str = "12 months", expected: str = "", churn_days: int = 0
) -> str:
    """The head of a column in plain words.

    Args:
        name: The column as the files call it, or a feature and its measure.
        titles: Of the features and columns, by name.
        span: Over which time sales are told where no other is named.
        expected: What a forecast is called, with its months.
        churn_days: How far the chance of no order looks ahead; 0 where that is not known.

    >>> plain_head("rfm_group", {}), plain_head("spend: mean", {"spend": "Spend, last 8 months"}), plain_head("days_overdue", {})
    ('RFM group', 'Spend, last 8 months: average', 'Days overdue')
    """
    if name in ("value", "forecast") and expected:
        return expected
    if name == "churn_risk" and churn_days:
        return translate("Chance of no order in {days} days", days=churn_days)
    if name in HEADS:
        return translate(HEADS[name], span=span)
    feature, colon, measure = name.rpartition(": ")
    if colon and measure in MEASURES:
        return f"{titles.get(feature, feature)}: {translate(MEASURES[measure])}"
    return titles.get(name) or capitalize(name.replace("_", " "))
