"""Words that look like "no value" and are one: "none" among counts is 0, "NA" among country codes is Namibia."""

from __future__ import annotations

import re
from collections.abc import Mapping

from clustera.check.affixes import CURRENCY
from clustera.check.brackets import cell_says_nothing

FEW = 20  # the largest count beside which "none" is one of them
CODES = 0.9  # share of the other codes that must be countries (continents, regions)
_DASH = re.compile(rf"(?i)(?:{CURRENCY}\s*[-–—]{{1,2}}|[-–—]{{1,2}}\s*{CURRENCY})")
_ALPHA2 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW UK EU XK EL "
)
_COUNTRIES = frozenset(_ALPHA2.split())  # ISO 3166-1 alpha-2, and UK, EU, XK and EL as people write them
_REGION_CODES = "AF AN AS EU SA OC ME EMEA APAC LATAM LAC MENA ANZ AMER AMEA CEE DACH SEA AP LA APJ EUR ASIA EAST WEST"
_REGIONS = frozenset(_REGION_CODES.split())


def na_is_a_code(values: Mapping[str, int]) -> bool:
    """Whether NA names Namibia, or North America, because the column's other cells are such codes.

    >>> na_is_a_code({"ZA": 4, "NA": 2, "BW": 3}), na_is_a_code({"EMEA": 4, "NA": 2, "APAC": 3})
    (True, True)
    >>> na_is_a_code({"A": 4, "NA": 2, "B": 3}), na_is_a_code({"TX": 4, "NA": 2, "NY": 3})
    (False, False)
    """
    lower = "na" in values and "NA" not in values
    codes = [text.upper() if lower else text for text in values]
    others = [code for code in codes if code != "NA" and re.search(r"\w", code)]
    if "NA" not in codes or len(others) < 2:
        return False
    return any(sum(code in known for code in others) >= CODES * len(others) for known in (_COUNTRIES, _REGIONS))


def dashes_for_zero(texts: Mapping[str, int]) -> dict[str, int]:
    """Of a column's texts the dashes beside a currency, as a spreadsheet's accounting format writes 0, and how often.

    >>> dashes_for_zero({"$ -": 3, "$ 1,234.50": 4, "-": 1, "-  €": 2})
    {'$ -': 3, '-  €': 2}
    """
    return {text: n for text, n in texts.items() if _DASH.fullmatch(text)}


def words_for_zero(values: Mapping[str, int]) -> dict[str, int]:
    """Of the texts of a column of small counts without a 0, those that say "none", and how often.

    >>> words_for_zero({"none": 3, "1": 4, "2": 1}), words_for_zero({"none": 3, "0": 4, "2": 1})
    ({'none': 3}, {})
    """
    found = {text: n for text, n in values.items() if cell_says_nothing(text)}
    counts = [int(text) for text in values if re.fullmatch(r"\d{1,3}", text)]
    # Without a 1 the numbers need not count: an age, a size.
    small = bool(counts) and min(counts) == 1 and max(counts) <= FEW
    marked = any(re.search(r"[.,]\d", text) for text in values)
    return found if small and not marked else {}
