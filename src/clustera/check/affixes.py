"""What stands beside the numbers of a column: the usual units, and one text in nearly all cells, which is a unit too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from clustera import lexicon

# Usual units, by what they are: cells of one column that have several of these mix them.
KINDS_OF_UNITS = {
    "$": "us$ $ usd dollar dollars",
    "€": "€ eur euro eurs euros",
    "£": "£ gbp",
    "¥": "¥ jpy",
    "₹": "₹ inr rs rs.",
    "CHF": "chf",
    "%": "%",
    "years": "year years yr yrs y jahr jahre jahrn jahren ans año años anos anni jaar lat лет",
    "months": "month months monat monate monatn monaten mois mes meses mesi maanden",
    "days": "day days d tage tagen jour jours día días dia dias giorni dagen",
    "hours": "hour hours hr hrs h stunden heure heures hora horas ore uur",
    "minutes": "min",
    "km": "km",
}
_MEASURES = ("years", "months", "days", "hours", "minutes", "km")
_LOCAL = "a$ c$ r$ ₽ ₩ ₺ ₴ ₫ ₪ ฿ ¤ cad aud brl sek nok dkk pln czk huf ron try zar kr kr. zł"
_PIECES = ("%", "‰", "pt", "pts", "point", "points", "pcs", "x", "stk", "stk.", "stück", "pièce", "pièces")


def _forms(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(form for kind in kinds for form in KINDS_OF_UNITS[kind].split())


CURRENCIES = (*_forms(kind for kind in KINDS_OF_UNITS if kind not in {"%", *_MEASURES}), *_LOCAL.split())
UNITS = (*_PIECES, *_forms(_MEASURES))
SIZES = ("m2", "m3", "ft2", "sq ft", "sq. ft.", "sq m")  # not behind a thousand: km2 is no thousand m2
MONTHS, METERS = "M", "m"  # 12M (12m) is how long a contract lasts, 120 m how far it is: see `span_unit`
# Units of lengths and times: in a column of one of them, 12 m are meters, minutes or months, not millions.
SPANS = frozenset(UNITS).difference(_PIECES) | {MONTHS, METERS, "s", "sec", "cm", "mm", "mi"}


def is_span(unit: str) -> bool:
    """Whether a unit is one of lengths or times, in any case: 5Y, 12 KM."""
    return unit in SPANS or unit.lower() in SPANS


def scales_beside(unit: str) -> dict[str, int]:
    """The words for thousands and more behind the numbers of a column with a unit, and how many zeros they add.

    >>> scales_beside("km").get("m"), scales_beside("").get("m")
    (None, 6)
    """
    return {word: zeros for word, zeros in lexicon.scale_words().items() if zeros != 6 or not is_span(unit)}


def _one_of(words: Iterable[str]) -> str:
    """A pattern of any of the words; a longer word is tried before its beginning."""
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"


CURRENCY, UNIT, SCALE, SCALE_OF_SPANS = map(_one_of, (CURRENCIES, UNITS, scales_beside(""), scales_beside(METERS)))
SIZE = _one_of((*SIZES, *(re.sub(r"\d", "9", size) for size in SIZES)))  # also where figures are written as 9
AFFIXED = 0.8  # share of the cells with one text beside their figures, which is their unit then
_AFFIXED = re.compile(
    rf"^[-−–(]?(?P<before>[^\d\-−–()+]{{0,8}}?)\s*[-−–]?(?P<digits>9(?:[9{lexicon.NUMBER_MARKS}]*9)?)[-−–]?\s*(?P<after>[^\d\-−–()+]{{0,16}}?)[-−–)]?$"
)
_BARE_MARKS = re.compile(r"[\s.,:;=]+")  # 2 728,- has no unit: ",-" says that there are no cents
_PLURALS = ("s", "es", "e", "n", "en")
_WORD = re.compile(r"[^\W\d_]{4,}")
# One Chinese, Japanese or Korean sign is a word, as in "45岁"; those of numbers, floors, rooms, districts and classes make codes.
_SIGN = re.compile("(?![号號호번番室楼樓層层階阶区區町路巷弄級级班期])[\u3400-\u9fff\uac00-\ud7af]")
_USUAL = re.compile(f"(?i)(?:{CURRENCY}|{UNIT}|{SCALE})(?:\\s*(?:{CURRENCY}|{UNIT}))?")
# Moneys as people write them: ISO 4217 codes and local signs.
_MONEY = (
    "tl ₺ s/ rp rm kč kc ft lei lv лв дин kn din bs b/ gs c$ rd$ j$ tt$ bz$ hk$ nt$ s$ sg$ nz$ au$ ca$ mx$ mex$ cl$ co$ ar$ u$s u$ "
    "uyu ksh tsh ush ₦ ₵ gh₵ gh¢ e£ rs pkr ₨ lkr tk ৳ bdt रु रू ரூ руб ₽ грн ₴ тг ₸ сум сом man ₼ ₾ lari 元 块 圆 人民币 rmb cny cn¥ 円 jp¥ "
    "yen 원 krw 만원 万元 万円 đ ₫ vnd vnđ dong đồng บาท ฿ thb ₭ ៛ ₮ php myr idr sgd hkd twd ₱ aed sar qar kwd bhd omr jod egp mad tnd dzd "
    "د.إ ر.س ج.م دج درهم ريال دينار جنيه ils nis ₪ ngn ghs kes tzs ugx zmw mzn cfa fcfa xof xaf ff ден mkd rsd bgn ron huf czk pln zl zł "
    "sek nok dkk kr isk eek ltl lvl uah rub kzt byn gel amd azn try mxn ars clp cop pen brl ves vef crc gtq hnl nio dop cup jmd ttd nzd "
    "aud cad usd eur gbp chf sfr fr jpy inr euros euro dollar dollars pesos peso reais soles rupees rupiah ringgit baht won yuan"
)
MONEY = frozenset(_MONEY.split())
_COMMA = "tl ₺ rp idr đ ₫ vnd vnđ kč ft zł kr lei cl$ co$ ar$ clp cop ars gs pyg u$s r$ đồng dong din дин"
DECIMAL_OF = dict.fromkeys(_COMMA.split(), ",")  # moneys of which a comma parts the decimals


def _counted_affixes(shapes: Mapping[str, int]) -> tuple[dict[tuple[str, str], int], set[tuple[str, str]]]:
    """Cells by what stands before or behind their figures, and where some have a mark between figures.

    Money before them goes without saying where a unit stands behind: "$29.99/mo".
    """
    counts: dict[tuple[str, str], int] = {}
    marked = set()
    for shape, count in shapes.items():
        found = _AFFIXED.match(shape)
        if not found:
            continue
        before, after = (_BARE_MARKS.sub("", found[side]) and found[side].strip() for side in ("before", "after"))
        if after and re.fullmatch(f"(?i){CURRENCY}", before):
            before = ""
        if bool(before) != bool(after):
            counts[before, after] = counts.get((before, after), 0) + count
            if re.search(f"9[{lexicon.NUMBER_MARKS}]9", found["digits"]):
                marked.add((before, after))
    return counts, marked


def unit_forms(unit: str) -> tuple[str, ...]:
    """A unit and, of a word, its plural or its singular: it says 1 visit where others say 2 visits.

    >>> unit_forms("visits"), unit_forms("TL")
    (('visits', 'visit', 'visites', 'visite', 'visitn', 'visiten'), ('TL',))
    """
    if not _WORD.fullmatch(unit):
        return (unit,)
    bare = next((unit.removesuffix(end) for end in ("es", "en", "s", "e", "n") if unit.endswith(end)), unit)
    return tuple(dict.fromkeys((unit, bare, *(bare + end for end in _PLURALS))))


def affix_of(shapes: Mapping[str, int]) -> str:
    """What stands before, or behind, the figures of nearly all cells; empty where it is usual, or a code's letters.

    >>> affix_of({"999,99 TL": 8, "9.999,99 TL": 2}), affix_of({"S/ 99.99": 3}), affix_of({"C-99999": 9}), affix_of({"$9.99": 3})
    ('TL', 'S/', '', '')
    >>> affix_of({"9 visit": 3, "9 visits": 7}), affix_of({"$99.99/mo": 3}), affix_of({"9 999,-": 3})
    ('visits', '/mo', '')
    """
    counts, marked = _counted_affixes(shapes)
    if not counts:
        return ""
    before, after = max(counts, key=lambda one: (counts[one], one))
    most = sum(counts.get((before, form), 0) for form in unit_forms(after))
    unit = before or after
    if most < AFFIXED * sum(shapes.values()) or _USUAL.fullmatch(unit):
        return ""
    known = unit.casefold().rstrip(".") in MONEY
    # Letters before whole numbers make a code or a name: C417, Store 12. Behind them one letter does: 12B.
    # Several words, or a word of addresses, behind them are a street's name and its number.
    street = bool(re.search(r"\s", unit)) or lexicon.name_says(unit, "columns", "address")
    word = len(unit) > 1 or bool(_SIGN.fullmatch(unit))
    unknown = (before, after) in marked or (not before and word and not street)
    return unit if known or unknown else ""


def strip_affix(shape: str, unit: str) -> str:
    """A cell without its column's unit."""
    shape = shape.strip().removeprefix(unit)
    behind = next((form for form in unit_forms(unit) if shape.endswith(form)), "")
    return shape.removesuffix(behind).strip()
