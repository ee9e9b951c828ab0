"""What a column's name says: its words, its title and unit for people, and what it measures."""

from __future__ import annotations

import functools
import re

from clustera import lexicon
from clustera.lexicon import words_of

_SENTENCE = 4  # words
_BREAKS = re.compile(r"[\s_\-./:#]+")
READ = 1_000  # characters of a name; what stands behind them is a text that got there by mistake
_UNIT = re.compile(r"^(.*?)\s*[(\[]\s*([^()\[\]]{1,20}?)\s*[)\]]\s*$")
_OWN_UNITS = r"years|yrs|weeks|days|months|usd|eur|gbp|chf|k\$|\$|€|£|%|km|gb|mb|pct|percent"
_TRAILING_UNIT = re.compile(rf"^(.*?)[\s_]+(?:in[\s_]+)?({_OWN_UNITS})$", re.IGNORECASE)
# Behind these, a unit of time is what is counted ("purchase days") or a period ("logins last 30 days").
_COUNTED = re.compile(
    r"(?:^|[\s_])(?:orders?|purchases?|visits?|shopping|active|logins?|\d+|last|past)$", re.IGNORECASE
)
_MERELY_COUNTED = {"num", "nr", "nbr", "number", "n", "of"}  # "numWebVisits" are web visits
_TIMES = {"years", "yrs", "weeks", "days", "months"}
_CALLED = {unit: unit.upper() for unit in ("usd", "eur", "gbp", "chf", "gb", "mb")} | {"pct": "%", "percent": "%"}
# The time in which something was counted, as short as people write it: "2023", "2023/24", "Q1 2024", "FY23", "YTD", "L12M".
_DATED = re.compile(
    r"((q[1-4]|h[12]|fy) ?)?(19|20)\d\d( \d{2}| (19|20)\d\d| [qh][1-4])?|fy ?\d\d|q[1-4]|h[12]|ytd|mtd|l?\d{1,3} ?[dwmy]"
)
_PERIOD_BEHIND = re.compile(
    rf" ({_DATED.pattern}|ltm|ly|py|r ?12 ?m?|to date|lifetime|(this|prev|previous) (year|quarter|month|week)"
    r"|(last|past) (\d+ )?(year|quarter|month|week|day)s?)$"
)
_SCALE = re.compile(r"^(-?\d+(?:\.\d+)?)\s*(?:-|–|to|\.\.)\s*(-?\d+(?:\.\d+)?)$")
_ACRONYMS = {
    "id", "rfm", "clv", "ltv", "url", "vip", "zip", "usd", "eur", "gbp", "chf", "sms", "iban", "vat", "crm", "aov", "mrr", "arr",
    "nps", "csat", "bmi", "api", "gpa", "fico", "arpu", "gmv", "roi", "ctr", "gb", "mb", "tv", "b2b", "b2c",
}  # fmt: skip

_PARTS = ("month", "weekday", "week", "quarter", "hour", "monthday")  # of a date
_MEASURED = {"postcode", "ethnicity", "code", *_PARTS}  # of which a name may tell a quantity, in any language
_NOT_OF_A_QUANTITY = {
    "code",
    "person",
    "phone",
    "email",
    "outcome",
    "year",
    "date",
    "joined",
    "last",
    "edited",
    *_PARTS,
}
# What stays a code, or the result of an analysis, whatever quantity it mentions: "branch num", "sales region", "churn score".
_ALL_THE_SAME = re.compile(
    r"^(settlement|city) size$|segment|cluster|^(branch|store|shop|region|zone|route|department|dept|team|agent) (no|nr|num|number)$"
    r"|^(?!num|number|count|avg|average|mean|total|sum)\w+( \w+)* (region|territory|channel|source|type|status|plan|team|agent|code)$"
    r"|^(region|channel|type|status|category|code) of |(^| )(month|week|weekday|quarter|day|hour) num$"
    r"|churn|propensity|predict|probability|forecast|attrition|^(lead|risk|fraud|rfm) score$"
)
_QUANTITIES = ("money", "count", "duration", "score", "income")
# Where what a name is about stands: behind what it is of ("store visits", "门店消费金额"), or before it ("gasto tienda"); some say both.
_HEAD_LAST = frozenset({"en", "de", "nl", "sv", "tr", "zh", "ja", "ko", "hi"})
_HEAD_FIRST = frozenset({"fr", "es", "pt", "it", "pl", "cs", "ru", "id", "ar", "de", "nl", "sv"})
_LINK = re.compile(r" (?:of|per|by|at|for|from|with|during|since) ")
_NUMBER_OF = re.compile(r"numero d[ei]")  # "numero de tienda" is the number that a shop has
_NUMBERED = re.compile(r"[^\W\d]+ \d{1,2}|\d{1,2} [^\W\d]+")  # "week 3" is what came in the third week
_UNITS = {"age": "years", "birth": "years"}


def words_of_name(name: str) -> str:
    """The words of a name without its unit: lower case, no accents, one blank between them.

    >>> words_of_name("AnnualIncome_EUR"), words_of_name("Spending Score (1-100)")
    ('annual income', 'spending score')
    """
    return words_of(_split_unit(name)[0])


def title_and_unit(name: str, *, sentence: bool = False) -> tuple[str, str]:
    """How people call a column, and its unit where the name tells one.

    Args:
        name: As the file has it.
        sentence: Whether the name is from a sentence, where a capital within a word is part of a name.

    >>> title_and_unit("Annual Income (k$)"), title_and_unit("age"), title_and_unit("numWebVisits")
    (('Annual income', 'k$'), ('Age', 'years'), ('Web visits', ''))
    >>> title_and_unit("tenure_days"), title_and_unit("order_days"), title_and_unit("mrr_usd")
    (('Tenure', 'days'), ('Order days', ''), ('MRR', 'USD'))
    >>> title_and_unit("discount_pct"), title_and_unit("GB used"), title_and_unit("household_comp")
    (('Discount', '%'), ('GB used', ''), ('Household composition', ''))
    >>> title_and_unit("WiFi_quality"), title_and_unit("iPhone users"), title_and_unit("rating of the ShopMate app")
    (('WiFi quality', ''), ('iPhone users', ''), ('Rating of the ShopMate app', ''))
    >>> title_and_unit("Anzahl Bestellungen"), title_and_unit("Umsatz_gesamt")
    (('Anzahl Bestellungen', ''), ('Umsatz gesamt', ''))
    """
    title, unit = _split_unit(name)
    period = f" ({unit})" if _is_period(unit) else ""
    unit = "" if period else unit
    names = _names_in_sentence() if sentence or len(title.split()) >= _SENTENCE else lexicon.brand_pattern()
    spoken: list[str] = []
    keeps_capitals = lexicon.has_german_words(title)
    for number, part in enumerate(re.split(f"({names.pattern})", _BREAKS.sub(" ", title))):
        spoken += [part] if number % 2 or keeps_capitals else map(_spoken_part, lexicon.part_at_capitals(part).split())
    while len(spoken) > 1 and spoken[0] in _MERELY_COUNTED:
        del spoken[0]
    said = lexicon.spell_out(" ".join(spoken))
    if not names.match(said):
        said = said[:1].upper() + said[1:]
    return f"{said}{period}" or name, unit or _UNITS.get(meaning_of_name(name), "")


def _is_period(aside: str) -> bool:
    """Whether what stands in parentheses behind a name is the time in which something was counted, not its unit.

    >>> [_is_period(aside) for aside in ("90 days", "letzte 12 Monate", "2023", "FY23", "L12M", "days", "k$", "1-100", "1000 EUR")]
    [True, True, True, True, True, False, False, False, False]
    """
    said = lexicon.words_of(aside)
    counted = re.fullmatch(r"(?:[^\W\d]+ )*\d+ ([^\W\d]+)", said)
    times = ("years", "months", "weeks", "days", "hours")
    return bool(_DATED.fullmatch(said)) or bool(
        counted and any(lexicon.lexicon_pattern("units", time, whole=True).match(counted[1]) for time in times)
    )


def stated_scale(unit: str) -> tuple[float, float] | None:
    """The bounds that a unit such as "1-100" states.

    >>> stated_scale("1-100"), stated_scale("k$")
    ((1.0, 100.0), None)
    """
    found = _SCALE.match(unit.strip())
    return (float(found[1]), float(found[2])) if found and float(found[1]) < float(found[2]) else None


def meaning_of_name(name: str) -> str:
    """What a column's name says it holds: "age", "income", "gender", ... or an empty string.

    >>> meaning_of_name("Year_Birth"), meaning_of_name("Annual Income (k$)"), meaning_of_name("branch_no"), meaning_of_name("store_visits")
    ('birth', 'income', 'code', 'count')
    >>> meaning_of_name("âge"), meaning_of_name("возраст"), meaning_of_name("性別"), meaning_of_name("Kundensegment")
    ('age', 'age', 'gender', 'outcome')
    """
    return next(iter(meanings_of_name(name)), "")


def tells_elapsed(name: str) -> bool:
    """Whether a name tells what passed between two events, and so no part of a date.

    >>> tells_elapsed("DaySinceLastOrder"), tells_elapsed("arrival_date")
    (True, False)
    """
    return bool(lexicon.lexicon_pattern("names", "elapsed").search(words_of_name(name)))


@functools.lru_cache(maxsize=10_000)
def meanings_of_name(name: str) -> tuple[str, ...]:
    """All that a column's name may say, the narrowest first; what it holds decides among them.

    >>> meanings_of_name("signup_month"), meanings_of_name("arrival date")
    (('month', 'joined', 'date'), ('date',))
    >>> meanings_of_name("CAR_AGE"), meanings_of_name("age of policyholder"), meanings_of_name("customer age")
    ((), ('age',), ('age',))
    >>> meanings_of_name("SaaS Health Score"), meanings_of_name("health status"), meanings_of_name("music genre")
    (('score',), ('health', 'code'), ())
    """
    said = words_of_name(name)
    listed = [
        meaning
        for meaning in lexicon.lexicon_section("columns")
        if lexicon.lexicon_pattern("columns", meaning).search(said)
        or (meaning == "code" and lexicon.lexicon_pattern("names", "things", whole=True).match(said))
    ]
    excluded: set[str] = set(_PARTS) if tells_elapsed(name) or _NUMBERED.fullmatch(said) else set()
    if lexicon.lexicon_pattern("names", "aged").search(said):
        excluded.add("age")
    excluded |= {
        meaning
        for meaning in lexicon.lexicon_section("impersonal")
        if lexicon.lexicon_pattern("impersonal", meaning).search(said)
    }
    if not _ALL_THE_SAME.search(said):
        if lexicon.lexicon_pattern("names", "quantity").search(said):
            excluded |= _NOT_OF_A_QUANTITY
        in_units = re.fullmatch(_OWN_UNITS, _split_unit(name)[1], re.IGNORECASE)  # "education_years"
        excluded |= {meaning for meaning in _MEASURED.intersection(listed) if in_units or _is_measured(said, meaning)}
    return tuple(meaning for meaning in listed if meaning not in excluded)


def _is_measured(said: str, thing: str) -> bool:
    """Whether words of a name tell a quantity of what is a code or a part of a date by itself: "plan price", "compras tienda"."""
    about = _LINK.split(said)[0]  # "type of payment" is about a type
    things = [found.span() for found in lexicon.lexicon_pattern("columns", thing).finditer(about)]
    if not things:
        return False
    first, last = min(start for start, _ in things), max(end for _, end in things)
    ended = len(_PERIOD_BEHIND.sub("", about))  # "tier points ytd" are points
    ends = any(found.end() == ended for found in lexicon.lexicon_pattern("names", "measured").finditer(about))
    counted = lexicon.lexicon_pattern("columns", "count").match(about)
    return (
        ends
        or (counted is not None and not _NUMBER_OF.match(about))
        or any(start >= last for start, _ in _quantity_spans(about, _HEAD_LAST))
        or any(end <= first for _, end in _quantity_spans(about, _HEAD_FIRST))
    )


def _quantity_spans(said: str, languages: frozenset[str]) -> list[tuple[int, int]]:
    """Where the words of some languages for quantities begin and end in a name."""
    return [
        found.span()
        for key in _QUANTITIES
        for found in lexicon.lexicon_pattern("columns", key, languages=languages).finditer(said)
        if found[0] not in _MERELY_COUNTED and not _NUMBER_OF.fullmatch(found[0])
    ]


@functools.cache
def _names_in_sentence() -> re.Pattern[str]:
    # Who writes a sentence parts its words with blanks: a capital within one of them is part of a name.
    return re.compile(rf"{lexicon.brand_pattern().pattern}|(?<![^\W_])[A-Za-z][a-z]+[A-Z][a-z]+(?![^\W_])")


def _spoken_part(part: str) -> str:
    lowered = part.lower()
    if lowered in _ACRONYMS:
        return lowered.upper()
    return part if part.isupper() and len(part) <= 4 and part.isalpha() and lowered not in {"age", "sex"} else lowered


def _split_unit(name: str) -> tuple[str, str]:
    name = name[:READ].strip()
    for pattern in (_UNIT, _TRAILING_UNIT):
        found = pattern.match(name)
        if not found or not found[1].strip():
            continue
        title, unit = found[1].strip(), found[2].strip()
        if pattern is _TRAILING_UNIT:
            if unit.lower() in _TIMES and _COUNTED.search(title):
                continue
            unit = _CALLED.get(unit.lower(), unit)
        return title, unit
    return name, ""
