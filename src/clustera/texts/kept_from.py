"""How many customers a list leaves out because nothing may be sent to them by now."""

from __future__ import annotations

from clustera.texts.counts import translate_count


def kept_from_list_sentence(n: int, *, control: bool | None, shown: bool = False) -> str:
    """Why a list has fewer customers than its action, or than a page; "" where it has as many.

    Args:
        n: Customers who are left out.
        control: True where only a control group is listed.
        shown: Whether the page shows them, so that only its list for the mail tool lacks them.

    >>> kept_from_list_sentence(1, control=False)
    '1 more customer is left out: in the control group of a running campaign, or held out by an audience.'
    >>> kept_from_list_sentence(2, control=None, shown=True)
    '2 of them are not in the list for the mail tool: in the control group of a running campaign, or held out by an audience.'
    """
    if not n:
        return ""
    if shown:
        return translate_count(
            n,
            "{n} of them is not in the list for the mail tool: in the control group of a running campaign, or held out by an audience.",
            "{n} of them are not in the list for the mail tool: in the control group of a running campaign, or held out by an audience.",
        )
    if control:
        return translate_count(
            n, "{n} more customer is held out by an audience.", "{n} more customers are held out by an audience."
        )
    return translate_count(
        n,
        "{n} more customer is left out: in the control group of a running campaign, or held out by an audience.",
        "{n} more customers are left out: in the control group of a running campaign, or held out by an audience.",
    )
