"""Recommendations in words: why an item is recommended, which rules made the lists, and how good these were."""

from __future__ import annotations

import re
from collections.abc import Collection

from clustera.records import NextItem, RecommendationScore, RecommendationSummary, RecommendedItem
from clustera.texts.counts import translate_count
from clustera.texts.dates import format_day
from clustera.texts.numbers import NOTHING, format_count, format_number, format_share
from clustera.texts.translation import translate

TRAINABLE = 35  # days of a log from which on a model can be trained and tested


def item_title(name: str, item: RecommendedItem) -> str:
    """An item as people read it: where it is a bare number or code, what it is a number of.

    >>> item_title("1023", "product"), item_title("85123A", "product"), item_title("Coffee 500 g", "product")
    ('product 1023', 'product 85123A', 'Coffee 500 g')
    """
    if not is_bare_code(name):
        return name
    return translate("product {code}", code=name) if item == "product" else translate("category {code}", code=name)


def is_bare_code(name: str) -> bool:
    """Whether a name is a number or a code, which tells nobody what the item is.

    >>> is_bare_code("1023"), is_bare_code("SKU-17-B"), is_bare_code("Tea 2")
    (True, True, False)
    """
    code = re.sub(r"(?i)^(sku|item|prod|product|art|id|p|no)[\W_]*(?=\d)", "", name.strip())
    return bool(re.search(r"\d", code)) and not re.search(r"[^\W\d_]{3}|\s", code)


def names_hint(items: Collection[str], run: str) -> str:
    """How to give names to products that are bare codes; empty where most have a name.

    >>> names_hint(["1023", "2044"], "april")
    'The orders have codes of products and no names. With a table of products (its code and a column such as name), names are shown here: `clustera recommend april --by product --products FILE`'
    """
    if 2 * sum(map(is_bare_code, items)) <= len(items):
        return ""
    return translate(
        "The orders have codes of products and no names. With a table of products (its code and a column such as name), "
        "names are shown here: `clustera recommend {run} --by product --products FILE`",
        run=run,
    )


def recommendation_reason(
    code: str,
    *,
    purchases: int | None = None,
    days_between: float | None = None,
    days_since: int | None = None,
    goes_with: str | None = None,
    share: float | None = None,
    lift: float | None = None,
) -> str:
    """Why an item is recommended to a customer.

    Args:
        code: See `ReasonCode` of the records.
        purchases: Days on which the customer bought it.
        days_between: Its usual gap.
        days_since: Since the last purchase, up to the snapshot date.
        goes_with: An item of the customer's in whose baskets it often is.
        share: Of these baskets, or of the customers who have bought it.
        lift: How many times as often as chance.

    >>> recommendation_reason("every", purchases=9, days_between=23, days_since=31)
    'bought every 23 days, last 31 days ago'
    >>> recommendation_reason("basket", goes_with="Coffee", share=0.12, lift=2.3)
    'goes with Coffee, bought in 12% of the same baskets (2.3 times as often as chance)'
    """
    if code == "basket":
        return translate(
            "goes with {item}, bought in {share} of the same baskets ({times} times as often as chance)",
            item=goes_with,
            share=format_share(share or 0.0),
            times=format_number(lift or 0.0, 1),
        )
    if code == "segment":
        return translate("bought by {share} of the customers in this segment", share=format_share(share or 0.0))
    if code == "popular":
        return translate("bought by {share} of all customers", share=format_share(share or 0.0))
    return _own_purchases(purchases or 0, None if code == "bought" else round(days_between or 0), days_since or 0)


def _own_purchases(purchases: int, gap: int | None, days_since: int) -> str:
    since = _told_days_ago(days_since)
    if gap is not None:
        if gap <= 1:
            return translate("bought nearly every day, last {since}", since=since)
        return translate("bought every {gap} days, last {since}", gap=format_count(gap), since=since)
    if purchases == 1:
        return translate("bought once, {since}", since=since)
    return translate("bought on {n} days, last {since}", n=format_count(purchases), since=since)


def _told_days_ago(days: int) -> str:
    if days == 0:
        return translate("on the snapshot date")
    return translate("1 day ago") if days == 1 else translate("{n} days ago", n=format_count(days))


def short_reason(item: NextItem) -> str:
    """Why many customers of a segment are likely to buy an item, in a few words.

    >>> short_reason(NextItem(2, "Wine", "new", 40, 90, 12.5, "basket", goes_with="Cheese", share=0.2, lift=2.0))
    'new, goes with Cheese'
    """
    if item.reason_code == "basket":
        return translate("new, goes with {item}", item=item.goes_with)
    if item.kind == "new":
        return translate("new")
    if item.reason_code == "every" and item.days_between is not None:
        gap = round(item.days_between)
        return (
            translate("bought every {gap} days", gap=format_count(gap)) if gap > 1 else translate("bought nearly daily")
        )
    return translate("bought before")


def next_item_reason(item: NextItem) -> str:
    """Why many customers of a segment are likely to buy an item, with the figures."""
    if item.kind == "repeat":
        return short_reason(item)
    return recommendation_reason(item.reason_code, goes_with=item.goes_with, share=item.share, lift=item.lift)


def recommendation_head(summary: RecommendationSummary) -> str:
    """How many lists there are, of what, and what a probability is about."""
    reached = summary.customers - summary.empty
    head = translate(
        "{recommendations} for {customers}, from {items}.",
        recommendations=translate_count(summary.rows, "{n} recommendation", "{n} recommendations"),
        customers=translate_count(reached, "{n} customer", "{n} customers"),
        items=translate_count(summary.items, "{n} category", "{n} categories")
        if summary.item == "category"
        else translate_count(summary.items, "{n} product", "{n} products"),
    )
    day = format_day(summary.as_of)
    about = (
        translate("A probability is that of buying it on the day after {day}.", day=day)
        if summary.days == 1
        else translate(
            "A probability is that of buying it in the {days} days after {day}.",
            days=format_count(summary.days),
            day=day,
        )
    )
    return f"{head} {about}"


def recommendation_rules(summary: RecommendationSummary) -> list[str]:
    """Which rule ranks what was bought before and which what is new, and why this one."""
    repeats = {
        "history": translate(
            "Bought before: ranked by the customer's own history with the item (how often, how lately, usual gap)."
        ),
        "frequency": translate("Bought before: ranked by how often the customer bought it."),
        "rate": translate("Bought before: ranked by how often the customer bought it, averaged with all customers."),
    }
    news = {
        "similar": translate("New: ranked by what goes with the customer's items and what similar customers buy."),
        "popular": translate("New: ranked by how many customers buy it."),
        "rate": translate("New: ranked by how many customers buy it."),
    }
    return [
        f"{repeats[summary.repeat_model]} {_why_rule(summary.repeat_choice, summary)}".strip(),
        f"{news[summary.new_model]} {_why_rule(summary.new_choice, summary)}".strip(),
        _how_mixed(summary),
    ]


def _how_mixed(summary: RecommendationSummary) -> str:
    if summary.mixed:
        return translate(
            "In the list: both by their probability. On later purchases this was better than the simple rule."
        )
    if summary.mixed_choice == "not better":
        return translate(
            "In the list: what was bought before comes first. To rank both by their probability was no better than the simple rule."
        )
    return translate("In the list: what was bought before comes first.")


def _why_rule(choice: str, summary: RecommendationSummary) -> str:
    return {
        "better": translate("On later purchases this was better than the simple rule."),
        "not better": translate(
            "On later purchases the trained model was no better than this simple rule, so it is not used."
        ),
        "short log": translate(
            "The log is too short to train and test a model for {days} days: two and a half times as many are needed, at least {least}.",
            days=format_count(summary.days),
            least=format_count(TRAINABLE),
        ),
        "few purchases": translate("There are too few purchases to train a model."),
    }[choice]


def recommendation_notes(summary: RecommendationSummary) -> list[str]:
    """What else is to be known: beginners, who gets nothing, durable goods, what was left out."""
    notes = []
    if summary.starting:
        n = format_count(summary.starting)
        notes.append(
            translate(
                "Customers with fewer than 3 different items ({n}) are recommended what most of their segment buy.", n=n
            )
            if summary.segments
            else translate(
                "Customers with fewer than 3 different items ({n}) are recommended what most customers buy.", n=n
            )
        )
    if summary.empty:
        notes.append(
            translate(
                "Customers without a recommendation, because no item is left for them: {n}.",
                n=format_count(summary.empty),
            )
        )
    if summary.durable:
        names = ", ".join(summary.durable[:5]) + (", …" if len(summary.durable) > 5 else "")
        notes.append(
            translate(
                "Hardly anybody buys these twice, so they are not recommended to those who have them: {names}.",
                names=names,
            )
        )
    if summary.excluded:
        notes.append(
            translate(
                "Items that are not recommended (excluded, not in the table of items, out of stock or without a margin): {n}.",
                n=format_count(summary.excluded),
            )
        )
    if summary.unknown:
        notes.append(translate("Items to exclude that no order has: {names}.", names=", ".join(summary.unknown[:5])))
    if summary.unread:
        names = ", ".join(summary.unread[:5]) + (", …" if len(summary.unread) > 5 else "")
        notes.append(
            translate("Columns of the table of items that are neither item, stock nor margin: {names}.", names=names)
        )
    if summary.by_margin:
        notes.append(translate("Ranked by probability times margin."))
    return notes


def recommendation_test(summary: RecommendationSummary) -> str:
    """On which days the rules were tested; empty where the log is too short."""
    if summary.cut is None:
        return ""
    return translate(
        "Tested on the {days} days from {day}: lists made from what was known before, judged by what customers then bought.",
        days=format_count(summary.days),
        day=format_day(summary.cut),
    )


def recommendation_part(part: str) -> str:
    """What a list is made of: "bought before", "new", "whole list"."""
    return {"repeat": translate("bought before"), "new": translate("new"), "list": translate("whole list")}[part]


def recommendation_model(model: str) -> str:
    """What a rule is called in the table of scores."""
    names = {
        "history": translate("own history (logistic)"),
        "frequency": translate("own frequency"),
        "rate": translate("own rate, averaged with all"),
        "popularity": translate("most bought"),
        "popular": translate("most bought"),
        "items": translate("goes with own items"),
        "customers": translate("similar customers"),
        "similar": translate("own items and similar customers"),
        "simple": translate("own frequency, then most bought"),
        "history and fit": translate("probability of both models"),
    }
    return names[model]


def score_cells(score: RecommendationScore) -> list[str]:
    """A row of the table of scores: customers, NDCG, difference with its standard error, recall, coverage."""
    difference = NOTHING
    if score.difference is not None and score.difference_error:
        sign = "+" if score.difference > 0 else ""
        difference = f"{sign}{format_number(score.difference, 3)} ± {format_number(score.difference_error, 3)}"
    return [
        format_count(score.customers),
        NOTHING if score.ndcg is None else format_number(score.ndcg, 3),
        difference,
        NOTHING if score.recall is None else format_share(score.recall),
        NOTHING if score.coverage is None else format_share(score.coverage),
    ]
