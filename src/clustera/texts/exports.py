"""Lists for mail tools in words: suppression lists that match nobody, and why nobody is left."""

from __future__ import annotations

from collections.abc import Mapping

from clustera.records import SuppressionFile
from clustera.texts.numbers import format_count
from clustera.texts.translation import translate


def suppression_sentence(file: SuppressionFile) -> str:
    """Of a suppression list: how many entries it has, and how they are spelled where none of them matches."""
    n = format_count(file.entries)
    entries = translate("1 entry") if file.entries == 1 else translate("{n} entries", n=n)
    if file.matches:
        return translate("{file}: {entries}. Customers on it are not in the list.", file=file.source, entries=entries)
    return translate(
        "{file}: {entries}, and none of them matches a customer. Its entries look like {looks}; the contacts have {contacts}. Check that this is the right file.",
        file=file.source,
        entries=entries,
        looks=", ".join(file.looks),
        contacts=", ".join(file.contacts),
    )


def left_out_hint(counts: Mapping[str, int]) -> str:
    """Why most customers of a list are left out; empty where nobody is.

    Args:
        counts: Customers by the code of the reason.
    """
    if not counts:
        return ""
    code = max(counts, key=lambda one: counts[one])
    n = format_count(counts[code])
    reasons = {
        "no-contact": translate("{n} customers are not in the contacts.", n=n),
        "no-address": translate("{n} customers have no address or number that this destination accepts.", n=n),
        "objected": translate("{n} customers have objected.", n=n),
        "no-consent": translate(
            "{n} customers have not consented: their cell of the consent column does not say yes, true, subscribed or a date.",
            n=n,
        ),
        "suppressed": translate("{n} customers are on a suppression list.", n=n),
        "held-out": translate("{n} customers are held out.", n=n),
        "control-group": translate("{n} customers are in another control group or hold-out.", n=n),
        "same-address": translate("{n} customers share an address with another customer.", n=n),
    }
    return reasons[code]
