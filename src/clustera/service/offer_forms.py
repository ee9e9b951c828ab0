"""Offers as a form asks for them: what was typed, the same as `plan_offers` takes it, and as a file for the command."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import ImmutableMultiDict

from clustera import texts
from clustera.errors import InputError
from clustera.service.campaign_forms import form_number, form_share

OFFER = ("name", "cost", "discount", "rise", "campaign", "most", "segments")
_WHOLE = ("budget", "margin", "contacts", "base_rate", "purchase", "no_tests")
_LEAST = "least:"  # before the number of a segment
_FEWEST, _MOST = 3, 12  # rows of the form


@dataclass(frozen=True, slots=True)
class OfferForm:
    """What somebody typed: each offer by its fields, what goes for all of them, and the least customers of a segment."""

    offers: tuple[Mapping[str, str], ...] = ()
    whole: Mapping[str, str] = field(default_factory=dict)
    least: Mapping[str, str] = field(default_factory=dict)  # by number of the segment

    @classmethod
    def typed(cls, given: ImmutableMultiDict[str, Any]) -> OfferForm:
        """What an address or a form holds; rows that are empty are left out."""
        columns = {key: [str(value).strip()[:120] for value in given.getlist(key)] for key in OFFER}
        rows = range(min(max(map(len, columns.values())), _MOST))
        offers = [{key: at[row] if row < len(at) else "" for key, at in columns.items()} for row in rows]
        whole = {key: str(given.get(key) or "").strip()[:40] for key in _WHOLE}
        least = {
            key.removeprefix(_LEAST): str(given.get(key) or "").strip()[:12] for key in given if key.startswith(_LEAST)
        }
        return cls(
            tuple(offer for offer in offers if any(offer.values())),
            whole,
            {segment: text for segment, text in least.items() if text and segment.isdecimal()},
        )

    def with_numbers(self, names: Mapping[str, int]) -> OfferForm:
        """The same with the numbers of segments in place of their names.

        >>> OfferForm(({"segments": "Loyal, 3"},)).with_numbers({"Loyal": 1}).offers[0]["segments"]
        '1, 3'
        """
        by_length = sorted(names, key=len, reverse=True)
        pattern = re.compile("|".join(map(re.escape, by_length)), re.IGNORECASE) if names else None
        folded = {name.casefold(): str(number) for name, number in names.items()}
        if pattern is None:
            return self
        offers = tuple(
            {**offer, "segments": pattern.sub(lambda found: folded[found[0].casefold()], offer["segments"])}
            for offer in self.offers
        )
        return replace(self, offers=offers)

    def rows(self) -> list[Mapping[str, str]]:
        """The offers with empty rows for more of them."""
        rows = min(max(len(self.offers) + 1, _FEWEST), _MOST)
        return [*self.offers, *(dict.fromkeys(OFFER, "") for _ in range(rows - len(self.offers)))]

    def address(self) -> str:
        """The same as part of an address."""
        whole = [(key, value) for key, value in self.whole.items() if value]
        whole += [(f"{_LEAST}{segment}", text) for segment, text in self.least.items()]
        return urlencode(whole + [(key, offer[key]) for offer in self.offers for key in OFFER])

    def options(self) -> dict[str, Any]:
        """Budget, margin and whether unknown effects are tested, as `plan_offers` takes them.

        Raises:
            InputError: a number can't be read.
        """
        budget = form_number(self.whole.get("budget", ""), texts.translate("Budget"), float, field="budget")
        margin = form_share(self.whole.get("margin", ""), texts.translate("The margin"), field="margin")
        asked = {"budget": budget, "margin": margin}
        test = {"test": False} if self.whole.get("no_tests") else {}
        return {key: value for key, value in asked.items() if value is not None} | test

    def content(self) -> dict[str, Any]:
        """The offers as a dictionary of the keys of a file of offers.

        Raises:
            InputError: there are none, one has no name, or a number can't be read.
        """
        if not self.offers:
            raise InputError("There are no offers.", hint="Give each a name and what it costs.")
        whole = {
            "contacts": form_number(
                self.whole.get("contacts", ""), texts.translate("Contacts at most"), int, field="contacts"
            ),
            "base_rate": form_share(
                self.whole.get("base_rate", ""), texts.translate("The share who buy anyway"), field="base_rate"
            ),
            "purchase": form_number(
                self.whole.get("purchase", ""),
                texts.translate("What a purchase brings, where no orders tell"),
                float,
                field="purchase",
            ),
        }
        least = {
            segment: form_number(
                text,
                texts.translate("Segment {number}, customers at least", number=segment),
                int,
                field=f"{_LEAST}{segment}",
            )
            for segment, text in self.least.items()
        }
        offers = [_offer_terms(offer, place) for place, offer in enumerate(self.offers, 1)]
        asked = {key: value for key, value in whole.items() if value is not None}
        return asked | ({"least": least} if least else {}) | {"offers": offers}

    def as_file(self) -> str:
        """The content of the file of offers, as the command takes it."""
        content = self.content()
        offers = content.pop("offers")
        least = content.pop("least", {})
        lines = [f"{key} = {json.dumps(value)}" for key, value in content.items()]
        if least:
            lines.append(f"least = {{ {', '.join(f'{json.dumps(key)} = {value}' for key, value in least.items())} }}")
        for offer in offers:
            lines += ["", "[[offers]]", *(f"{key} = {json.dumps(value)}" for key, value in offer.items())]
        return "\n".join(lines).strip() + "\n"


def _offer_terms(offer: Mapping[str, str], place: int) -> dict[str, Any]:
    name = offer["name"]
    if not name:
        raise InputError(f"Offer {place} has no name.", hint="Give it one, or empty its row.")

    def number(key: str, label: str, kind: type[float] | type[int] = float) -> float | int | None:
        found: float | int | None = form_number(offer[key], f"{name}, {label}", kind)
        return found

    discount: object = offer["discount"]
    if discount and not offer["discount"].endswith("%"):
        discount = number("discount", texts.translate("Discount"))
    rise = number("rise", texts.translate("Effect, in points of buyers"))
    try:
        segments = [int(part) for part in offer["segments"].replace(";", ",").split(",") if part.strip()]
    except ValueError:
        raise InputError(
            f"{name}: {offer['segments']!r} are no segments.", hint="Write their numbers or names with commas: 1, 3"
        ) from None
    terms = {
        "name": name,
        "cost": number("cost", texts.translate("Cost of a contact")),
        "discount": discount or None,
        "rise": None if rise is None else round(rise / 100, 10),
        "campaign": offer["campaign"] or None,
        "most": number("most", texts.translate("Customers at most"), int),
        "segments": segments or None,
    }
    return {key: value for key, value in terms.items() if value is not None}
