"""What if: somebody with these values, in which segment, how surely and why; with its twins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from clustera import components, texts
from clustera.records import Explanation, FeaturePreparation, SegmentProfile
from clustera.service.answers import as_csv, as_json, run_page
from clustera.service.held import library_of
from clustera.service.library import Opened
from clustera.service.same import Same, as_command, as_python
from clustera.service.segment_pages import segment_of

router = APIRouter(include_in_schema=False)
_FIELD = "f."  # before the name of a feature in the address
_COLUMNS = ("feature", "value", "missing", "here", "there", "weight", "enough")


@dataclass(frozen=True, slots=True)
class Field:
    """One feature of the form."""

    name: str
    label: str
    value: str
    range: str  # what customers have


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address asks for: values by feature, and the segment whose typical customer they began as."""

    values: dict[str, str]
    segment: int | None
    other: int | None

    def query(self) -> str:
        """The same as part of an address."""
        asked: dict[str, object] = {f"{_FIELD}{name}": value for name, value in self.values.items()}
        return urlencode(asked | ({"other": self.other} if self.other is not None else {}))


def _wish(request: Request, opened: Opened) -> Wish:
    """The values of the address, else those of a segment's typical customer: the one asked for, or the first."""
    given = {
        name.removeprefix(_FIELD): value.strip()[:40]
        for name, value in request.query_params.items()
        if name.startswith(_FIELD)
    }
    number, other = (_number(request.query_params.get(name, "")) for name in ("segment", "other"))
    if given:
        return Wish(given, None, other)
    segment = segment_of(opened, number) if number is not None else opened.outcome.segments[0]
    typical = {name: f"{value:g}" for name, value in opened.seg.typical(segment.segment).items()}
    return Wish(typical, segment.segment, other)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _what_if_explained(opened: Opened, wish: Wish) -> Explanation:
    known = [s.segment for s in opened.outcome.segments]
    other = wish.other if wish.other in known else None
    found = opened.seg.explain(values=wish.values)
    return opened.seg.explain(values=wish.values, other=other) if other not in (None, found.segment) else found


@router.get("/runs/{name}/what-if")
def what_if_page(request: Request, name: str) -> Response:
    """A form of the features, and where somebody with these values belongs."""
    library = library_of(request)
    opened = library.open(name)
    outcome, wish = opened.outcome, _wish(request, opened)
    found = _what_if_explained(opened, wish)
    known: dict[int, SegmentProfile] = {segment.segment: segment for segment in outcome.segments}
    with texts.speaking(outcome.locale):
        shown: dict[str, Any] = {
            "fields": _fields(opened, wish.values),
            "confidence": texts.confidence_sentence(found, outcome),
            "why": texts.why_sentences(found, outcome),
            "unseen": texts.unseen_sentences(found, outcome),
            "reasons": components.explanation_table(found, outcome) if found.second != found.segment else None,
            "distances": components.distance_bars(found, outcome),
        }
    given = [word for name, value in wish.values.items() for word in ("--value", f"{name}={value or 'null'}")]
    given += ["--other", str(wish.other)] if wish.other is not None and wish.other != found.segment else []
    return run_page(
        "what_if.html.j2",
        request,
        opened,
        "what-if",
        found=found,
        segment=known[found.segment],
        begun=wish.segment,
        others=[s for s in outcome.segments if s.segment != found.segment],
        **shown,
        same=Same(
            as_command("explain", library.store.folder, opened.name, *given),
            as_python(library.store.folder, opened.name, f"seg.explain(values={_plain(wish.values)!r})"),
            f"/runs/{opened.name}/what-if",
            query=wish.query(),
        ),
    )


@router.get("/runs/{name}/what-if.json")
def what_if_json(request: Request, name: str) -> Response:
    """What `clustera explain --value ... --json` prints."""
    opened = library_of(request).open(name)
    return as_json(asdict(_what_if_explained(opened, _wish(request, opened))))


@router.get("/runs/{name}/what-if.csv")
def what_if_csv(request: Request, name: str) -> Response:
    """What each feature says for the one segment and against the other, one a row."""
    opened = library_of(request).open(name)
    rows = [asdict(reason) for reason in _what_if_explained(opened, _wish(request, opened)).reasons]
    return as_csv(rows, _COLUMNS, name=f"{opened.name}-what-if")


def _fields(opened: Opened, values: Mapping[str, str]) -> list[Field]:
    seen = {entry.name: entry for entry in opened.outcome.patterns.distributions}
    return [
        Field(feature.name, _label(feature), values.get(feature.name, ""), _range(seen.get(feature.name), feature))
        for feature in opened.outcome.model.preparation.features
    ]


def _label(feature: FeaturePreparation) -> str:
    if feature.fraction:
        return texts.translate("{title} (a share: 0.25 is 25%)", title=feature.title)
    return feature.label


def _range(seen: Any, feature: FeaturePreparation) -> str:  # noqa: ANN401 - Distribution | None
    if seen is None or len(seen.quantiles) < 9:
        return ""
    low, high = (texts.format_own_value(seen.quantiles[i], feature) for i in (2, 6))
    return texts.translate("usually {low} to {high}", low=low, high=high)


def _plain(values: Mapping[str, str]) -> dict[str, Any]:
    """Numbers as numbers, for a line of Python."""

    def number(text: str) -> Any:  # noqa: ANN401
        try:
            value = float(text)
        except ValueError:
            return text or None
        return int(value) if value.is_integer() else value

    return {name: number(value) for name, value in values.items()}
