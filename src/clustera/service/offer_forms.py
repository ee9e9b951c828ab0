"""Offers as a form asks for them: what was typed, or what the kept plan was made with, and the same as `plan_offers` takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.datastructures import ImmutableMultiDict

from clustera import texts
from clustera.errors import Gathered, InputError
from clustera.records import OfferPlan, OfferTerms, SegmentProfile
from clustera.service.typed_numbers import form_number, form_share

OFFER = ("name", "cost", "discount", "campaign", "rise", "rises", "most", "segments")
_WHOLE = ("budget", "margin", "contacts", "base_rate", "purchase", "no_tests")
_LEAST = "least:"  # before the number of a segment
_BY_SEGMENT = ("rises", "segments")  # fields in which segments are named
_FEWEST, _MOST = 3, 40  # rows of the form


@dataclass(frozen=True, slots=True)
class OfferForm:
    """What somebody typed: each offer by its fields, what goes for all of them, and the least customers of a segment."""

    offers: tuple[Mapping[str, str], ...] = ()
    whole: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(_WHOLE, ""))
    least: Mapping[str, str] = field(default_factory=dict)  # by number of the segment

    @classmethod
    def typed(cls, given: ImmutableMultiDict[str, Any]) -> OfferForm:
        """What a form holds; rows that are empty are left out."""
        columns = {key: [str(value).strip()[:400] for value in given.getlist(key)] for key in OFFER}
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

    @classmethod
    def of_plan(cls, plan: OfferPlan | None, segments: Sequence[SegmentProfile]) -> OfferForm:
        """What a kept plan was made with, segments by their names; an empty form where that is not known."""
        terms = plan.terms if plan else None
        if plan is None or terms is None:
            return cls()
        names = {one.segment: one.name for one in segments}
        numbers = {"budget": plan.budget, "contacts": terms.contacts, "purchase": terms.purchase}
        return cls(
            tuple(_typed_offer(offer, names) for offer in terms.offers),
            {key: _typed(value) for key, value in numbers.items()}
            | {"margin": _percent(terms.margin), "base_rate": _percent(terms.base_rate)}
            | {"no_tests": "" if plan.test else "1"},
            {str(segment): str(number) for segment, number in terms.least},
        )

    def with_numbers(self, names: Mapping[str, int]) -> OfferForm:
        """The same with the numbers of segments in place of their names.

        >>> form = OfferForm(({"segments": "Loyal, 3", "rises": "loyal: 2"},)).with_numbers({"Loyal": 1})
        >>> form.offers[0]
        {'segments': '1, 3', 'rises': '1: 2'}
        """
        if not names:
            return self
        pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))), re.IGNORECASE)
        folded = {name.casefold(): str(number) for name, number in names.items()}
        offers = tuple(
            {
                **offer,
                **{key: pattern.sub(lambda found: folded[found[0].casefold()], offer[key]) for key in _BY_SEGMENT},
            }
            for offer in self.offers
        )
        return replace(self, offers=offers)

    def rows(self) -> list[Mapping[str, str]]:
        """The offers with empty rows for more of them."""
        rows = max(min(len(self.offers) + 1, _MOST), _FEWEST, len(self.offers))
        return [*self.offers, *(dict.fromkeys(OFFER, "") for _ in range(rows - len(self.offers)))]

    def options(self) -> dict[str, Any]:
        """Budget, margin and whether unknown effects are tested, as `plan_offers` takes them.

        Raises:
            InputError: numbers can't be read, with what is wrong in each field.
        """
        wrong, asked = Gathered(), dict[str, Any]()
        with wrong.field("budget"):
            asked["budget"] = form_number(self.whole.get("budget", ""), texts.translate("Budget"), float)
        with wrong.field("margin"):
            asked["margin"] = form_share(self.whole.get("margin", ""), texts.translate("The margin"))
        wrong.refuse()
        test = {"test": False} if self.whole.get("no_tests") else {}
        return {key: value for key, value in asked.items() if value is not None} | test

    def content(self) -> dict[str, Any]:
        """The offers as a dictionary of the keys of a file of offers.

        Raises:
            InputError: there are none, one has no name, or numbers can't be read; what is wrong in each field.
        """
        if not self.offers:
            raise InputError("There are no offers.", hint="Give each a name and what it costs.", field="name:1")
        wrong, asked = Gathered(), dict[str, Any]()
        labels = {
            "contacts": (texts.translate("Contacts at most"), int),
            "purchase": (texts.translate("What a purchase brings, where no orders tell"), float),
        }
        for key, (label, kind) in labels.items():
            with wrong.field(key):
                asked[key] = form_number(self.whole.get(key, ""), label, kind)
        with wrong.field("base_rate"):
            asked["base_rate"] = form_share(
                self.whole.get("base_rate", ""), texts.translate("The share who buy anyway")
            )
        least = {}
        for segment, text in self.least.items():
            with wrong.field(f"{_LEAST}{segment}"):
                label = texts.translate("Segment {number}, customers at least", number=segment)
                least[segment] = form_number(text, label, int)
        asked["least"] = least or None
        asked["offers"] = [_offer_terms(offer, place, wrong) for place, offer in enumerate(self.offers, 1)]
        wrong.refuse()
        return {key: value for key, value in asked.items() if value is not None}


def _offer_terms(offer: Mapping[str, str], place: int, wrong: Gathered) -> dict[str, Any]:
    """One offer by the keys of a file of offers; what is wrong in its fields is gathered."""
    with wrong.field(f"name:{place}"):
        if not offer["name"]:
            raise InputError(f"Offer {place} has no name.", hint="Give it one, or empty its row.")
    name = offer["name"] or texts.translate("Offer {n}", n=place)
    terms: dict[str, Any] = {"name": name, "campaign": offer["campaign"] or None}

    def read_field(key: str, label: str, kind: type[float] | type[int] = float) -> None:
        with wrong.field(f"{key}:{place}"):
            terms[key] = form_number(offer[key], f"{name}, {label}", kind)

    read_field("cost", texts.translate("Cost of a contact"))
    read_field("rise", texts.translate("Effect, in points of buyers"))
    read_field("most", texts.translate("Customers at most"), int)
    if offer["discount"].endswith("%"):
        terms["discount"] = offer["discount"]
    else:
        read_field("discount", texts.translate("Discount"))
        terms["discount"] = terms.get("discount") or None
    if terms.get("rise") is not None:
        terms["rise"] = round(terms["rise"] / 100, 10)
    with wrong.field(f"rises:{place}"):
        terms["rises"] = _rises_of(name, offer["rises"]) or None
    with wrong.field(f"segments:{place}"):
        terms["segments"] = _segments_of(name, offer["segments"]) or None
    return {key: value for key, value in terms.items() if value is not None}


def _segments_of(name: str, text: str) -> list[int]:
    try:
        return [int(part) for part in text.replace(";", ",").split(",") if part.strip()]
    except ValueError:
        raise InputError(
            f"{name}: {text!r} are no segments.", hint="Write their numbers or names with commas: 1, 3"
        ) from None


def _rises_of(name: str, text: str) -> dict[str, float]:
    """Effects by number of a segment: "1: 3; 2: 0.5" are three points in the first and half a point in the second."""
    rises = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        segment, _, points = map(str.strip, part.rpartition(":"))
        try:
            rises[str(int(segment))] = round(float(points.replace(",", ".")) / 100, 10)
        except ValueError:
            raise InputError(
                f"{name}: {part.strip()!r} is no effect in a segment.",
                hint="Write segments and points with semicolons: 1: 3; 2: 0.5",
            ) from None
    return rises


def _typed_offer(offer: OfferTerms, names: Mapping[int, str]) -> dict[str, str]:
    """An offer as somebody would type it."""

    def points(rise: float) -> str:
        return f"{100 * rise:.10g}"

    return {
        "name": offer.name,
        "cost": _typed(offer.cost or None),
        "discount": _percent(offer.discount_share or None) or _typed(offer.discount or None),
        "campaign": offer.campaign,
        "rise": "" if offer.rise is None else points(offer.rise),
        "rises": "; ".join(f"{names.get(segment, segment)}: {points(rise)}" for segment, rise in offer.rises),
        "most": _typed(offer.most),
        "segments": ", ".join(str(names.get(segment, segment)) for segment in offer.segments),
    }


def _typed(number: float | None) -> str:
    return "" if number is None else f"{number:.12g}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.12g}%"
