"""How the numbers of a text column are spelled, and the SQL that reads them so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clustera.engines import literal

_CURRENCY = "(?:us\\$|a\\$|c\\$|r\\$|[$€£¥₹₽₩₺₴₫₪฿¤]|usd|eur|gbp|chf|jpy|inr|cad|aud|brl|sek|nok|dkk|pln|czk|huf|ron|try|zar|rs\\.?|kr\\.?|zł|euro?s?|dollars?)"
_UNIT = (
    "(?:%|‰|years?|yrs?|y|days?|d|months?|hours?|hrs?|h|min|km|pts?|points?|pcs|x|jahre?n?|tagen?|monate?n?|stunden|stk\\.?|stück"
    "|ans|jours?|mois|heures?|pièces|años?|d[ií]as?|mes(?:es)?|horas?|anni|giorni|mesi|ore|anos?|jaar|dagen|maanden|uur|lat|лет)"
)
_THOUSAND, _MILLION = "(?:k|tsd\\.?|thousand)", "(?:m|mio\\.?|mn|million)"
_MINUS = "[-−–]"
_NO_CENTS = f"(?:[.,]{_MINUS}{{1,2}})?"  # 1.234,- and 1234.-- are whole amounts
SPACES = "[ \u00a0\u202f\u2009]"
# The engine's \s knows no blanks but those of ASCII, where Python's knows all.
_SPACED = "[\\s\u00a0\u2007\u2009\u202f]*"
AFFIXED = 0.8  # share of the cells with one text beside their figures, which is their unit then
_AFFIXED = re.compile(
    r"^[-−–(]?(?P<before>[^\d\-−–()+]{0,8}?)\s*[-−–]?(?P<digits>9(?:[9.,'’ \u00a0\u202f]*9)?)\s*(?P<after>[^\d\-−–()+]{0,16}?)[-−–)]?$"
)
_USUAL = re.compile(f"(?i)(?:{_CURRENCY}|{_UNIT}|{_THOUSAND}|{_MILLION})(?:\\s*(?:{_CURRENCY}|{_UNIT}))?")
# Moneys as people write them, beyond those that every column may have. ISO 4217 codes and local signs.
MONEY = frozenset(
    [
        "tl",
        "₺",
        "s/",
        "rp",
        "rm",
        "kč",
        "kc",
        "ft",
        "lei",
        "lv",
        "лв",
        "дин",
        "kn",
        "din",
        "bs",
        "b/",
        "gs",
        "q",
        "l",
        "c$",
        "rd$",
        "j$",
        "tt$",
        "bz$",
        "hk$",
        "nt$",
        "s$",
        "sg$",
        "nz$",
        "au$",
        "ca$",
        "mx$",
        "mex$",
        "cl$",
        "co$",
        "ar$",
        "u$s",
        "u$",
        "uyu",
        "r",
        "ksh",
        "tsh",
        "ush",
        "n",
        "₦",
        "₵",
        "gh₵",
        "gh¢",
        "e£",
        "le",
        "rs",
        "pkr",
        "₨",
        "lkr",
        "tk",
        "৳",
        "bdt",
        "रु",
        "रू",
        "ரூ",
        "р",
        "руб",
        "р.руб",
        "₽",
        "грн",
        "₴",
        "тг",
        "₸",
        "сум",
        "som",
        "man",
        "₼",
        "₾",
        "lari",
        "元",
        "块",
        "圆",
        "人民币",
        "rmb",
        "cny",
        "cn¥",
        "円",
        "jp¥",
        "yen",
        "원",
        "krw",
        "만원",
        "万元",
        "万円",
        "đ",
        "₫",
        "vnd",
        "vnđ",
        "dong",
        "đồng",
        "บาท",
        "฿",
        "thb",
        "₭",
        "៛",
        "₮",
        "php",
        "p",
        "myr",
        "idr",
        "sgd",
        "hkd",
        "twd",
        "₱",
        "aed",
        "sar",
        "qar",
        "kwd",
        "bhd",
        "omr",
        "jod",
        "egp",
        "mad",
        "tnd",
        "dzd",
        "د.إ",
        "ر.س",
        "ج.م",
        "دج",
        "درهم",
        "ريال",
        "دينار",
        "جنيه",
        "ils",
        "nis",
        "₪",
        "ngn",
        "ghs",
        "kes",
        "tzs",
        "ugx",
        "zmw",
        "mzn",
        "mt",
        "kz",
        "cfa",
        "fcfa",
        "xof",
        "xaf",
        "f",
        "ff",
        "ден",
        "mkd",
        "all",
        "lek",
        "rsd",
        "bgn",
        "ron",
        "huf",
        "czk",
        "pln",
        "zl",
        "zł",
        "sek",
        "nok",
        "dkk",
        "kr",
        "isk",
        "eek",
        "ltl",
        "lvl",
        "uah",
        "rub",
        "kzt",
        "byn",
        "br",
        "gel",
        "amd",
        "azn",
        "try",
        "mxn",
        "ars",
        "clp",
        "cop",
        "pen",
        "bob",
        "pyg",
        "brl",
        "ves",
        "vef",
        "crc",
        "gtq",
        "hnl",
        "nio",
        "dop",
        "cup",
        "jmd",
        "ttd",
        "nzd",
        "aud",
        "cad",
        "usd",
        "eur",
        "gbp",
        "chf",
        "sfr",
        "fr",
        "fr.",
        "jpy",
        "inr",
        "thb",
        "euros",
        "euro",
        "dollar",
        "dollars",
        "pesos",
        "peso",
        "reais",
        "real",
        "soles",
        "sol",
        "rupees",
        "rupiah",
        "ringgit",
        "baht",
        "won",
    ]
)
# Whose thousands stand apart by points.
DECIMAL_OF = dict.fromkeys(
    [
        "tl",
        "₺",
        "rp",
        "idr",
        "đ",
        "₫",
        "vnd",
        "vnđ",
        "kč",
        "ft",
        "zł",
        "kr",
        "lei",
        "cl$",
        "co$",
        "ar$",
        "clp",
        "cop",
        "ars",
        "gs",
        "pyg",
        "u$s",
        "r$",
        "đồng",
        "dong",
        "din",
        "дин",
    ],
    ",",
)
# (decimal mark, mark between groups of three)
STYLES = ((".", ""), (".", ","), (",", "."), (",", ""), (".", " "), (",", " "), (".", "'"), (",", "'"))


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """The marks by which a column spells its numbers."""

    decimal: str = "."
    group: str = ""
    unit: str = ""  # what stands before or behind nearly every number, where it is none of the usual units

    @property
    def pattern(self) -> str:
        """What a number in this style looks like as a whole; for Python and for SQL (RE2) alike."""
        return (
            rf"(?i)^\(?{_MINUS}?{_SPACED}(?:{self._own}{_CURRENCY})?{_SPACED}{_MINUS}?\+?{self._digits}{_NO_CENTS}"
            rf"{_SPACED}(?:{_THOUSAND}|{_MILLION})?{_SPACED}(?:{self._own}{_CURRENCY}|{_UNIT})?{_SPACED}{_MINUS}?\)?$"
        )

    @property
    def _own(self) -> str:
        return f"{re.escape(self.unit)}|" if self.unit else ""

    @property
    def _group(self) -> str:
        return {"": "", " ": SPACES, "'": "['’]"}.get(self.group, re.escape(self.group))

    @property
    def _digits(self) -> str:
        mark = re.escape(self.decimal)
        # Indians group by two above the thousands: 12,34,567.
        inner = r"(?:,\d{2,3})*,\d{3}" if self.group == "," else rf"(?:{self._group}\d{{3}})+"
        whole = rf"(?:\d{{1,3}}{inner}|\d+)" if self.group else r"\d+"
        return rf"(?:{whole}(?:{mark}\d*)?|{mark}\d+)(?:e[+-]?\d+)?"

    def sql(self, text: str) -> str:
        """The DOUBLE that a trimmed text holds in this style; NULL when it holds none."""
        # A unit such as "S/." must not lend its mark to the number.
        bare = f"replace({text}, {literal(self.unit)}, '')" if self.unit else text
        digits = f"regexp_extract({bare}, {literal('(?i)' + self._digits)})"
        if self.group:
            digits = f"regexp_replace({digits}, {literal(self._group)}, '', 'g')"
        if self.decimal != ".":
            digits = f"replace({digits}, {literal(self.decimal)}, '.')"
        minus = rf"^[^0-9]*[-−–(]|[0-9]{_SPACED}{_MINUS}$"
        times = (
            f"case when regexp_matches({bare}, {literal(rf'(?i)[0-9.,]{_SPACED}{_THOUSAND}(?:$|[^\pL])')}) then 'e3' "
            f"when regexp_matches({bare}, {literal(rf'(?i)[0-9.,]{_SPACED}{_MILLION}(?:$|[^\pL])')}) then 'e6' else '' end"
        )
        number = (
            f"case when regexp_matches({text}, {literal(self.pattern)}) then try_cast("
            f"case when regexp_matches({bare}, {literal(minus)}) then '-' else '' end || {digits} || {times} as double) end"
        )
        return f"case when isfinite({number}) then {number} end"  # 1e400 is infinite


def affix_of(shapes: Mapping[str, int]) -> str:
    """What stands before, or behind, the figures of nearly all cells; empty where it is usual, or a code's letters.

    >>> affix_of({"999,99 TL": 8, "9.999,99 TL": 2}), affix_of({"S/ 99.99": 3}), affix_of({"C-99999": 9}), affix_of({"$9.99": 3})
    ('TL', 'S/', '', '')
    """
    counts: dict[tuple[str, str], int] = {}
    marked: dict[tuple[str, str], bool] = {}
    for shape, count in shapes.items():
        found = _AFFIXED.match(shape)
        if found and bool(found["before"].strip()) != bool(found["after"].strip()):
            key = (found["before"].strip(), found["after"].strip())
            counts[key] = counts.get(key, 0) + count
            marked[key] = marked.get(key, False) or bool(re.search(r"9[.,'’ \u00a0]9", found["digits"]))
    if not counts:
        return ""
    (before, after), most = max(counts.items(), key=lambda one: (one[1], one[0]))
    unit = before or after
    if most < AFFIXED * sum(shapes.values()) or _USUAL.fullmatch(unit):
        return ""
    known = unit.casefold().rstrip(".") in MONEY
    # Letters before whole numbers make a code or a name: C417, Store 12. Behind them one letter does: 12B.
    unknown = marked[before, after] if before else marked[before, after] or len(unit) > 1
    return unit if known or unknown else ""


def strip_affix(shape: str, unit: str) -> str:
    """A cell without its column's unit."""
    return shape.strip().removeprefix(unit).removesuffix(unit).strip()


def _all_grouped(shapes: Mapping[str, int]) -> bool:
    """Whether every number has whole groups of three behind its mark, and some of them two groups: no decimals then."""
    return all(re.fullmatch(r"-?9{1,3}([.,]999)*", shape) for shape in shapes) and any(
        len(re.findall(r"[.,]", shape)) > 1 for shape in shapes
    )


def style_of(shapes: Mapping[str, int], *, decimal: str | None) -> tuple[NumberStyle, int, bool]:
    """The style in which most of a column's cells are numbers.

    Args:
        shapes: Cells with every digit written as 9, and how often each occurs.
        decimal: The decimal mark that the rest of the file uses; decides where the column itself can't.

    Returns:
        The style, how many cells it reads, and whether the column alone decides it.
    """
    unit = affix_of(shapes)
    bare = {strip_affix(shape, unit): count for shape, count in shapes.items()} if unit else shapes
    read = {style: _reads(NumberStyle(*style, unit), shapes) for style in STYLES}
    most = max(read.values())
    best = [style for style in STYLES if read[style] == most]
    marks = {style[0] for style in best}
    if len(marks) == 1 or not _has_mark(bare):
        return NumberStyle(*_least(best), unit), most, True
    # "1,234" alone is one thousand or one point two: the file's decimal mark decides, else what the unit's country
    # writes, else English usage.
    usual = decimal or (DECIMAL_OF.get(unit.casefold().rstrip("."), ".") if unit else ".")
    wanted = [style for style in best if style[0] == usual]
    return NumberStyle(*_least(wanted or best), unit), most, bool(unit and _all_grouped(bare))


def _least(styles: list[tuple[str, str]]) -> tuple[str, str]:
    return min(styles, key=STYLES.index)


def _reads(style: NumberStyle, shapes: Mapping[str, int]) -> int:
    pattern = re.compile(style.pattern)
    return sum(count for shape, count in shapes.items() if pattern.match(shape))


def _has_mark(shapes: Mapping[str, int]) -> bool:
    return any("," in shape or "." in shape for shape in (re.sub(_NO_CENTS + "$", "", shape) for shape in shapes))
