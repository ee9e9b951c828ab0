"""The file of offers: TOML, checked, every mistake with its cure."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from clustera.errors import InputError, closest
from clustera.records import OffersFile, OfferTerms
from clustera.shares import read_share

_TOP = {"offers", "contacts", "least", "margin", "base_rate", "purchase"}
_OFFER = {"name", "cost", "discount", "rise", "rises", "campaign", "most", "segments"}


def read_offers(source: str | Path | Mapping[str, Any]) -> OffersFile:
    """Offers of a TOML file, or of a dictionary of the same keys.

    Raises:
        InputError: it can't be read, a key is unknown, or a value is out of range.

    >>> read_offers({"offers": [{"name": "mail", "cost": 0.1, "rise": 0.02}]}).offers[0].rise
    0.02
    """
    content = source if isinstance(source, Mapping) else _offers_in_file(Path(source))
    where = "The offers" if isinstance(source, Mapping) else str(source)
    _refuse_unknown(content, _TOP, where)
    listed = content.get("offers")
    if not isinstance(listed, (list, tuple)) or not listed or not all(isinstance(entry, Mapping) for entry in listed):
        raise InputError(
            f"{where}: there are no offers.", hint='Write them as [[offers]] with name = "..." and cost = 0.1.'
        )
    offers = tuple(_one_offer(entry, f"{where}, offer {place}") for place, entry in enumerate(listed, 1))
    names = [offer.name for offer in offers]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"{where}: two offers are called {twice!r}.", hint="Give each a name of its own.")
    return OffersFile(
        offers,
        contacts=_whole(content, "contacts", where),
        least=_read_by_segment(content.get("least", {}), f"{where}, least", whole=True),
        margin=_read_number(content, "margin", where, most=1.0),
        base_rate=_read_number(content, "base_rate", where, most=1.0),
        purchase=_read_number(content, "purchase", where),
    )


def offers_toml(file: OffersFile) -> str:
    """The file of offers from which `read_offers` reads the same.

    >>> print(offers_toml(read_offers({"offers": [{"name": "Mail", "discount": "10%"}], "least": {"2": 15}})))
    least = { "2" = 15 }
    <BLANKLINE>
    [[offers]]
    name = "Mail"
    discount = "10%"
    <BLANKLINE>
    """
    numbers = {key: getattr(file, key) for key in ("contacts", "margin", "base_rate", "purchase")}
    lines = _toml_lines(numbers | {"least": file.least})
    for offer in file.offers:
        discount = f"{100 * offer.discount_share:.12g}%" if offer.discount_share else offer.discount
        entry: dict[str, Any] = {"name": offer.name, "cost": offer.cost or None, "discount": discount or None}
        entry |= {"rise": offer.rise, "rises": offer.rises, "campaign": offer.campaign}
        entry |= {"most": offer.most, "segments": list(offer.segments)}
        lines += ["", "[[offers]]", *_toml_lines(entry)]
    return "\n".join(lines).strip() + "\n"


def _toml_lines(entry: Mapping[str, Any]) -> list[str]:
    """Each key with its value, but for those without one; pairs are values by segment."""
    lines = []
    for key, value in entry.items():
        if isinstance(value, tuple) and value:
            pairs = ", ".join(f'"{segment}" = {json.dumps(number)}' for segment, number in value)
            lines.append(f"{key} = {{ {pairs} }}")
        elif value not in (None, "", (), []):
            # TOML wants emoji as they are, and no bare delete character.
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007f"))
    return lines


def _offers_in_file(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"Can't read the file of offers {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}.") from error


def _one_offer(entry: Mapping[str, Any], where: str) -> OfferTerms:
    name = str(entry.get("name", "")).strip()
    if not name:
        raise InputError(f"{where} has no name.", hint='Say name = "10% voucher".')
    where = f"{where} ({name})"
    _refuse_unknown(entry, _OFFER, where)
    share, money = 0.0, 0.0
    discount = entry.get("discount")
    if isinstance(discount, str) and discount.strip().endswith("%"):
        share = _read_number({"discount": _percent(discount, where)}, "discount", where, most=1.0) or 0.0
    else:
        money = _read_number(entry, "discount", where) or 0.0
    rises = _read_by_segment(entry.get("rises", {}), f"{where}, rises", whole=False)
    campaign = str(entry.get("campaign", ""))
    if campaign and ("rise" in entry or rises):
        raise InputError(
            f"{where} has a rise and a campaign.",
            hint="Name the campaign alone once it is measured; until then say the rise alone.",
        )
    return OfferTerms(
        name=name,
        cost=_read_number(entry, "cost", where) or 0.0,
        discount=money,
        discount_share=share,
        rise=_read_number(entry, "rise", where, least=-1.0, most=1.0),
        rises=tuple((segment, float(rise)) for segment, rise in rises),
        campaign=campaign,
        most=_whole(entry, "most", where),
        segments=_segments(entry, where),
    )


def _segments(entry: Mapping[str, Any], where: str) -> tuple[int, ...]:
    listed = entry.get("segments")
    if listed is None:
        return ()
    if not isinstance(listed, (list, tuple)) or not all(_as_number(one).is_integer() for one in listed):
        raise InputError(
            f"{where}: segments is {listed!r}; it must be a list of segments.", hint="Say segments = [1, 3]."
        )
    return tuple(int(number) for number in listed)


def _as_number(value: object) -> float:
    """A finite number, whether Python's own or numpy's; NaN for anything else."""
    try:
        number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    except OverflowError:  # whole numbers of Python have no end
        return math.nan
    return number if math.isfinite(number) else math.nan


def _percent(text: str, where: str) -> float:
    share = read_share(text)
    if share is None:
        raise InputError(f"{where}: {text!r} is not a share.", hint='Write discount = "10%", or discount = 5.0.')
    return share


def _refuse_unknown(entry: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in entry:
        if key not in known:
            near = closest(str(key), sorted(known))
            raise InputError(
                f"{where}: there is no {key!r}.",
                hint=f"Did you mean {near!r}?" if near else f"There are: {', '.join(sorted(known))}.",
            )


def _read_number(
    entry: Mapping[str, Any], key: str, where: str, *, least: float = 0.0, most: float = math.inf
) -> float | None:
    value = entry.get(key)
    if value is None:
        return None
    number = _as_number(value)
    if not least <= number <= most:
        bounds = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of {least:g} or more"
        raise InputError(f"{where}: {key} is {value!r}; it must be a number {bounds}.")
    return number


def _whole(entry: Mapping[str, Any], key: str, where: str) -> int | None:
    value = _read_number(entry, key, where)
    if value is not None and value != int(value):
        raise InputError(f"{where}: {key} is {value:g}; it must be a whole number.")
    return None if value is None else int(value)


def _read_by_segment(table: object, where: str, *, whole: bool) -> tuple[tuple[int, int], ...]:
    if not isinstance(table, Mapping):
        raise InputError(f"{where} is no table of segments.", hint='Say { "1" = 100, "3" = 50 }.')
    found = []
    for key in table:
        if not str(key).isdecimal():
            raise InputError(f"{where}: {key!r} is no number of a segment.", hint='Say { "1" = 100, "3" = 50 }.')
        if table[key] is None:
            raise InputError(f"{where}: segment {key} has no number.", hint='Say { "1" = 100, "3" = 50 }.')
        value = _whole(table, key, where) if whole else _read_number(table, key, where, least=-1.0, most=1.0)
        found.append((int(key), value))
    return tuple(found)  # type: ignore[arg-type]
