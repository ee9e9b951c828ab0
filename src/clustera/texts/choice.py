"""The sentences about the number of segments: one for every code. No rule reads them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from clustera.records import KEvidence, KSelection, Reason
from clustera.texts.dates import format_day
from clustera.texts.numbers import format_number, format_percent, format_share
from clustera.texts.translation import translate

REASONS = {
    "clear": "{k} clear groups: between neighboring segments there are few customers, checked on customers who were not used to find them "
    "(density ratio {gap} on the line between two centers, {path} on the densest path; 0 is empty, 1 is no gap), "
    "and every segment is found again on other customers (weakest overlap {jaccard}).",
    "clear-small": "{k} clear groups: hardly anybody is between neighboring segments (density ratio {gap}; 0 is empty, 1 is no gap); "
    "but one is so small ({smallest} of the customers) that it is sometimes missed on other customers (overlap {jaccard}).",
    "stable": "{k} stable groups: there are no gaps between customers, but these segments are found again on other customers "
    "(prediction strength {strength}, weakest overlap {jaccard}).",
    "practical": "{k} segments, a practical split: there are no gaps between customers, and with other customers the borders would be elsewhere, whatever the number of segments.",
    "asked-clear": "{k} segments, as asked ({wish}). There are gaps between these segments too (density ratio {gap}).",
    "asked-stable": "{k} segments, as asked ({wish}). They are found again on other customers.",
    "asked-practical": "{k} segments, as asked ({wish}). They are a practical split: there are no gaps at their borders, and with other customers the borders would be elsewhere.",
}
CHOICES = {
    "most": "{k} is the largest number for which this holds.",
    "strongest": "More segments ({parts}) are possible too, but with much weaker gaps: {k} groups, which fall into {parts} parts.",
    "about-as-good": "{other} segments would be about as good: measured on another random sample of the same customers, either number may be chosen.",
    "previous": "The number of the previous run was kept; the data alone would give {best}.",
    "edge-of-window": "Some segments look as if there was a gap between them, but only because features count orders of a fixed number of days: an order that is one day older no longer counts. Where orders count less with every day instead, a path of customers joins them.",
    "silhouette": "Of {low} to {high} segments with at least {size} of the customers each, {k} are told apart best (silhouette {silhouette}; 1 is perfect).",
    "range": "{low} to {high} segments were looked at.",
}
REFUSALS = {
    "no-gap": "there is no gap between all segments (density ratio {gap}, needed {needed})",
    "no-gap-along": "a path of customers joins two segments (density ratio {path} along it, needed {path_needed})",
    "edge-of-window": "its gaps come from the number of days that features look back; where orders count less with every day, a path of customers joins two segments (density ratio {path} along it, needed {path_needed})",
    "changes": "the weakest segment changes on other customers (overlap {jaccard})",
    "weaker": "its gaps are much weaker than those of fewer segments (density ratio {strength})",
    "not-predicted": "the weakest segment is not found on other customers (prediction strength {prediction}, less its error {least}, needed {prediction_needed})",
    "unstable": "the weakest segment changes on other customers (overlap {jaccard}, needed {jaccard_needed})",
}
SPENDING = {
    "clear": "There are gaps between these segments.",
    "stable": "The segments are found again on other customers.",
    "practical": "They are a practical split: customers change gradually from one segment to the next, so Clustera set the boundaries.",
}
SMALLEST = 0.05  # of the customers and of their spending; a smaller segment is too small for a campaign plan
VERDICTS = {"clear": "clear groups", "stable": "stable groups", "practical": "a practical split"}
WISHES = {
    "k": "k = {k}",
    "range-of-k": "k in {low}..{high}",
    "min-size": "every segment at least {size} of the customers",
    "later-spending": "chosen by later spending",
}
PRICES = {
    "free-meets": "Nothing: the number that the data alone give fits too.",
    "free-as-well": "Nothing: the data alone give the same number.",
    "costs": "The data alone would give {best} ({verdict}). With {k} instead, the segments explain {explained} of the differences between customers "
    "(not {best_explained}), separation is {silhouette} (not {best_silhouette}), the weakest segment is found again with strength {strength} (not {best_strength}), "
    "and the smallest holds {smallest} (not {best_smallest}) of the customers.",
}
NOTES = {
    "hidden-groups": "Customers now form {free} clear groups; {kept} segments were kept because the previous run had as many, "
    "so some of them may hide a group of its own. To see it, ask for k = {free} beside the previous run.",
}


BRIEFLY = {
    "clear": "They are clear groups: few customers stand between them, also among customers who were not used to find them.",
    "clear-small": "They are clear groups: hardly anybody stands between them. One is so small that it is sometimes missed.",
    "stable": "There are no gaps between customers, but other samples of customers give the same segments.",
    "practical": "There are no clear-cut groups, so Clustera set the boundaries.",
    "strongest": "More segments ({parts}) are possible, but their gaps are much weaker.",
    "about-as-good": "{other} segments would be about as good.",
    "previous": "The number of the previous run was kept; the data alone would give {best}.",
    "edge-of-window": "",
    "silhouette": "We tried {low} to {high}; {k} are the easiest to tell apart.",
    "range": "We tried {low} to {high}.",
    "most": "",
}


SHARES = {"smallest", "best_smallest", "explained", "best_explained", "size", "share", "most", "seen"}


def explain_chosen_k(selection: KSelection) -> str:
    """Why a number of segments was chosen, in sentences.

    >>> explain_chosen_k(KSelection(4, "clear", (Reason("range", {"low": 2, "high": 20}),), (), ()))
    '2 to 20 segments were looked at.'
    """
    every, wish = REASONS | CHOICES, explain_asked_k(selection.asked)
    told = [
        _spending_choice(reason)
        if reason.code == "later-spending"
        else translate(every[reason.code], **{**_formatted_values(reason.values), "wish": wish})
        for reason in selection.because
    ]
    return " ".join(filter(None, [*told, explain_when_measured(selection)]))


def summarize_chosen_k(selection: KSelection) -> str:
    """How many segments there are, whether they are groups of their own, and how the number was chosen: no statistics.

    >>> summarize_chosen_k(KSelection(4, "practical", (Reason("practical", {"k": 4}), Reason("range", {"low": 2, "high": 20})), (), ()))
    '4 segments. There are no clear-cut groups, so Clustera set the boundaries. We tried 2 to 20.'
    """
    wish = explain_asked_k(selection.asked)
    counted = translate("1 segment") if selection.k == 1 else translate("{k} segments", k=selection.k)
    told = [translate("{counted}, as asked ({wish}).", counted=counted, wish=wish) if wish else f"{counted}."]
    told.append(translate(BRIEFLY[selection.verdict]) if selection.k > 1 else "")
    codes = [reason.code for reason in selection.because]
    tried = next((code for code in ("later-spending", "silhouette", "range") if code in codes), "")
    for reason in selection.because:
        code, values = reason.code, _formatted_values(reason.values)
        if code != tried and code in ("silhouette", "range"):
            continue  # which numbers were tried is said once
        if code == "later-spending":
            told.append(_spending_in_brief(values))
        elif code not in ("clear", "stable", "practical", "asked-clear", "asked-stable", "asked-practical"):
            told.append(translate(BRIEFLY[code], **values) if BRIEFLY[code] else "")
    return " ".join(filter(None, [*told, explain_when_measured(selection)]))


def explain_when_measured(selection: KSelection) -> str:
    """When a choice was measured that was kept from an earlier run; empty where it was measured now.

    >>> explain_when_measured(KSelection(4, "clear", (), (), (), kept=True, made_on=17_400))
    'This was measured when these segments were made, from the orders up to August 22, 2017.'
    """
    if not selection.kept:
        return ""
    if selection.made_on is None:
        return translate("This was measured when these segments were made, in an earlier run.")
    return translate(
        "This was measured when these segments were made, from the orders up to {day}.",
        day=format_day(selection.made_on),
    )


def _spending_in_brief(values: Mapping[str, object]) -> str:
    low, high, _k = values.get("low"), values.get("high"), values["k"]  # runs of earlier versions have no low and high
    if values["kept"]:
        return translate("As many as in the previous run: no other number told later spending clearly better.")
    if low is None or low == high:
        return ""
    return translate(
        "Of {low} to {high} segments, {k} are the fewest that predict the last 3 months' spending as well as any.",
        **values,
    )


def explain_asked_k(asked: Sequence[Reason]) -> str:
    """What the caller asked of the number of segments; empty where nothing was.

    >>> explain_asked_k((Reason("range-of-k", {"low": 3, "high": 8}), Reason("min-size", {"size": 0.08})))
    'k in 3..8, every segment at least 8% of the customers'
    """
    return ", ".join(translate(WISHES[wish.code], **_formatted_values(wish.values)) for wish in asked)


def explain_cost_of_k(selection: KSelection) -> str:
    """What a wish costs against the number that the data alone would choose; empty where nothing was asked for."""
    price = selection.price
    if price is None:
        return ""
    values = _formatted_values(price.values)
    if price.code == "costs":
        values["verdict"] = translate(VERDICTS[str(values["verdict"])])
    return translate(PRICES[price.code], **values)


def explain_kept_k(selection: KSelection) -> str:
    """What a reader must know where keeping the number of the run before hides clear groups; empty elsewhere."""
    note = selection.note
    return translate(NOTES[note.code], **_formatted_values(note.values)) if note else ""


def explain_refused_k(reason: Reason | None) -> str:
    """Why a number of segments can't be chosen; empty where it can."""
    if reason is None:
        return ""
    values = dict(reason.values)
    if reason.code == "not-predicted":  # rounded down, so that what is too little is never told as enough
        least = float(str(values["prediction"])) - float(str(values["error"]))
        values["least"] = math.floor(100 * least) / 100
    return translate(REFUSALS[reason.code], **_formatted_values(values))


def judge_number(entry: KEvidence, selection: KSelection) -> tuple[str, str]:
    """Whether a number of segments was chosen, was possible or was refused, and the reason by the rule that decided.

    Returns:
        "chosen", "possible" or "refused"; and the words for the table.

    >>> chosen = seg.outcome.selection
    >>> judge_number(next(entry for entry in chosen.evidence if entry.k == chosen.k), chosen)
    ('chosen', 'chosen')
    """
    if entry.k == selection.k:
        return "chosen", translate("chosen")
    decided = selection.because[0] if selection.because else None
    if decided is not None and decided.code == "later-spending" and "low" in decided.values:
        return _judged_by_spending(entry, selection, decided)
    apart = next((reason for reason in selection.because if reason.code == "silhouette"), None)
    if apart is not None and not entry.admissible:
        return _judged_by_separation(entry, selection, apart)
    if entry.admissible:
        return "possible", translate("next best") if entry.k in selection.alternatives else translate("possible")
    return "refused", explain_refused_k(entry.refused) or translate("refused")


def _judged_by_separation(entry: KEvidence, selection: KSelection, decided: Reason) -> tuple[str, str]:
    """The same where the number was chosen by how well segments are told apart, as none is found again on other customers."""
    low, high, size = (float(str(decided.values[name])) for name in ("low", "high", "size"))
    if entry.k < low:
        return "refused", translate("fewer than {low} segments", low=int(low))
    if entry.k > high:
        return "refused", translate("more than {high} segments", high=int(high))
    if entry.smallest < size:
        return "refused", translate("its smallest segment has less than {size} of the customers", size=_threshold(size))
    return "possible", translate("possible; told apart no better than {k}", k=selection.k)


def _judged_by_spending(entry: KEvidence, selection: KSelection, decided: Reason) -> tuple[str, str]:
    """The same where later spending chose among the numbers that a campaign plan can use."""
    low, high = int(str(decided.values["low"])), int(str(decided.values["high"]))
    asked = any(wish.code in ("k", "range-of-k") for wish in selection.asked)
    if entry.k < low:
        return "refused", translate("fewer than {low} segments", low=low)
    if not asked and entry.least_share is not None and entry.least_share < SMALLEST:
        share = _threshold(SMALLEST)
        return "refused", translate(
            "its smallest segment has less than {share} of the customers and of their spending", share=share
        )
    if entry.k > high:
        return "refused", translate("more than {high} segments", high=high)
    if entry.k > selection.k:
        return "possible", translate("possible; predicts later spending no better than {k}", k=selection.k)
    if decided.values["kept"]:
        return "possible", translate("possible; the number of the previous run was kept")
    return "refused", translate("predicts later spending less well than {k}", k=selection.k)


def _threshold(share: float) -> str:
    """A share that somebody set, as it is written: "5%", not "5.0%"."""
    percent = round(100 * share, 1)
    return format_percent(percent, 0 if percent == round(percent) else 1)


def _formatted_values(values: Mapping[str, object]) -> dict[str, object]:
    """Numbers as the language writes them: shares in percent, other measures with two decimals."""
    return {
        name: value
        if not isinstance(value, float)
        else _threshold(value)
        if name == "size"
        else format_share(value)
        if name in SHARES
        else format_number(value, 2)
        for name, value in values.items()
    }


def _spending_choice(reason: Reason) -> str:
    """Why a number was chosen by later spending."""
    values = _formatted_values({**reason.values, "seen": reason.values["unseen"]})
    low, high = values.get("low"), values.get("high")  # runs of earlier versions have neither
    if values["kept"]:
        first = translate(
            "{k} segments, as in the previous run: no other number predicts later spending clearly better.", **values
        )
    elif low == high:
        first = translate("{k} segments, judged by later spending.", **values)
    else:
        first = translate(
            "{k} segments: the fewest that predict later spending as well as any number from {low} to {high}.", **values
        )
    told = translate(
        "Tested on the last 3 months: segments made from the orders before them explain {share} of the differences in what customers spent, counted as ratios (half, double)",
        **values,
    )
    if values["seen"] is not None:
        told += translate(", and {seen} among customers held out of this choice", **values)
    if values["k"] != values["best"]:
        told += translate("; {best} segments explain {most}, no more than chance can add", **values)
    return f"{first} {told}. {translate(SPENDING[str(values['verdict'])])}"
