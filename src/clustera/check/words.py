"""What a column's name says: its words, its title and unit for people, and what it measures."""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BREAKS = re.compile(r"[\s_\-./:#]+")
_UNIT = re.compile(r"^(.*?)\s*[(\[]\s*([^()\[\]]{1,20}?)\s*[)\]]\s*$")
_TRAILING_UNIT = re.compile(
    r"^(.*?)[\s_]+(?:in[\s_]+)?(years|yrs|weeks|days|months|usd|eur|gbp|chf|k\$|\$|€|£|%|km|gb|mb|pct|percent)$",
    re.IGNORECASE,
)
# Behind these, a unit of time is what is counted ("order days") or a period ("logins last 30 days").
_COUNTED = re.compile(
    r"(?:^|[\s_])(?:orders?|purchases?|visits?|shopping|active|logins?|\d+|last|past)$", re.IGNORECASE
)
_MERELY_COUNTED = {"num", "nr", "nbr", "number", "of"}  # "numWebVisits" are web visits
_TIMES = {"years", "yrs", "weeks", "days", "months"}
_CALLED = {unit: unit.upper() for unit in ("usd", "eur", "gbp", "chf", "gb", "mb")} | {"pct": "%", "percent": "%"}
_SCALE = re.compile(r"^(-?\d+(?:\.\d+)?)\s*(?:-|–|to|\.\.)\s*(-?\d+(?:\.\d+)?)$")
_ACRONYMS = {
    "id", "rfm", "clv", "ltv", "url", "vip", "zip", "usd", "eur", "gbp", "chf", "sms", "iban", "vat", "crm", "aov", "mrr", "arr",
    "nps", "csat", "arpu", "gmv", "roi", "ctr", "gb", "mb", "tv", "b2b", "b2c",
}  # fmt: skip

# What a word in a column's name says about the column. The first meaning that fits wins, so narrow ones come first.
# German, French, Spanish, Italian and Dutch words stand beside the English ones where they are unmistakable.
_MEANINGS: tuple[tuple[str, str], ...] = (
    ("birth", r"birth|born|dob|birthday|birthdate|geburt\w*|naissance|nacimiento|nascita|geboortedatum"),
    ("email", r"e ?mail|mail"),
    ("phone", r"phone|telephone|mobile number|mobile|cell|fax|telefon\w*|handy|tel"),
    ("person", (r"(first|last|full|sur|given|family|middle|customer|client|contact|user)? ?name|surname|firstname|lastname"
     r"|vorname|nachname|nom|prenom|apellido|nombre|cognome")),
    ("address", r"address|street|strasse|adresse|house number|iban|ip|ip address|passport|ssn|tax number|credit card|card number"),
    ("postcode", r"zip|zip ?code|post ?code|postal ?code|postal|plz|cap|codigo postal|code postal"),
    ("outcome", (r"cluster\w*|segment\w*|label|target|predict\w*|forecast\w*|probability|propensity|churn\w*|attrition\w*|exited"
     r"|y|class|persona|rfm (group|score|cell)|(lead|risk|credit risk|fraud) (score|grade|class)")),
    ("gender", r"gender|sex|geschlecht|sexe|sexo|sesso|geslacht"),
    ("ethnicity", r"ethnicity|ethnic\w*|race|nationality|citizenship"),
    ("religion", r"religion\w*|faith"),
    ("health", r"health|disability|disabled|diagnosis|illness|smoker|bmi|pregnan\w*"),
    ("place", r"lat|latitude|lon|lng|long|longitude|x coord\w*|y coord\w*"),
    ("age", r"age|alter|edad|eta|leeftijd"),
    ("code", (r"code|branch\w*|store|shop|filiale|region|country|state|city|province|district|zone|territory|department|dept"
     r"|channel|category|type|group|status|plan|tier|marital\w*|married|occupation|job|profession|education"
     r"|(settlement|city) size|brand|product|sku|campaign|source|language|currency|team|agent|salesperson")),
    ("year", r"year|yr|jahr|annee|ano|anno|jaar"),
    ("joined", (r"joined|join(ing)?( date| day| on)?|sign(ed)? ?up( date| day| on)?|registered|regist(er|ration)( date| day| on)?"
     r"|enrol\w*( date)?|(member|customer|client|user)? ?since|dt customer|(account )?(opened|created)( at| on| date)?"
     r"|first (order|purchase|visit|seen|login)( date| on| at)?|kunde seit|seit|beitritt\w*|eintritt\w*|fecha de alta")),
    ("last", (r"last ?(order|purchase|visit|login|log in|seen|active|activity|contact|contacted|transaction|payment|session)"
     r"( date| day| on| at)?|letzte\w* (bestellung|kauf|besuch)|recent (order|purchase) date")),
    ("date", r"date|datum|day|timestamp|time|since|dt|registered|joined|signup|sign up|created|updated|fecha|data"),
    ("income", r"income|salary|wage\w*|earning\w*|einkommen|gehalt|revenu|ingreso\w*|reddito|inkomen"),
    ("score", r"score|rating|satisfaction|nps|stars|note"),
    ("count", (r"count|counts|number of|num|n|quantity|qty|visits|purchases|orders|transactions|frequency|children|kids|kidhome"
     r"|teenhome|household size|family size|items|clicks|sessions|logins|anzahl|nombre de|numero de")),
    ("money", (r"spend\w*|spent|amount|revenue|sales|price|value|balance|total|monetary|mnt\w*|umsatz|betrag|cost|payment|paid|fee"
     r"|limit|credit|debit|debt|loan|profit|margin|budget|turnover|invoice|turnover|ltv|clv|aov|basket")),
    ("duration", r"tenure|recency|days\w*|months\w*|duration|seniority|minutes|hours|length of stay"),
)  # fmt: skip
_PATTERNS = tuple((meaning, re.compile(rf"(?:^|\s)(?:{pattern})(?:\s|$)")) for meaning, pattern in _MEANINGS)
# Words after which the whole name is about a quantity, whatever else it mentions: "orders per month", "store visits".
_QUANTITY = re.compile(
    r"(?:^|\s)(?:number of|num|count|total|amount|avg|average|mean|sum|spend\w*|spent|visits|purchases|orders|score|rating"
    r"|size|distance|share|rate|ratio|percent\w*|per|mnt\w*|balance|revenue|sales|income|value|qty|quantity|days|months|years|opens|opened|clicks|calls|logins|purchased|bought)(?:\s|$)"
)
_NOT_OF_A_QUANTITY = {"code", "person", "phone", "email", "outcome", "year", "date", "joined", "last"}
# What stays a code, or the result of an analysis, whatever quantity it mentions: "branch num", "churn score".
_ALL_THE_SAME = re.compile(
    r"^(settlement|city) size$|segment|cluster|^(branch|store|shop|region|zone|route|department|dept|team|agent) (no|nr|num|number)$"
    r"|churn|propensity|predict|probability|forecast|attrition|^(lead|risk|fraud|rfm) score$"
)
_ID = re.compile(
    r"(?:^|\s)(?:id|ids|uid|uuid|guid|key|identifier|customer|client|member|household|user|kunde|klant|cliente)$"
    r"|^(?:customer|client|member|household|user|account|card|kunden|person|contact|subscriber|loyalty) ?"
    r"(?:id|no|nr|num|number|nummer|key|code|ref|reference)$|^kundennummer$|^kundennr$|^customerid$|^clientid$|^userid$"
)
_UNITS = {"age": "years", "birth": "years"}


def words(name: str) -> str:
    """The words of a name, lower case, one blank between them.

    >>> words("AnnualIncome_EUR"), words("Spending Score (1-100)")
    ('annual income', 'spending score')
    """
    title, _ = _split_unit(name)
    return " ".join(_BREAKS.sub(" ", _CAMEL.sub(" ", title)).lower().split())


def title_and_unit(name: str) -> tuple[str, str]:
    """How people call a column, and its unit where the name tells one.

    >>> title_and_unit("Annual Income (k$)"), title_and_unit("age"), title_and_unit("numWebVisits")
    (('Annual income', 'k$'), ('Age', 'years'), ('Web visits', ''))
    >>> title_and_unit("tenure_days"), title_and_unit("order_days"), title_and_unit("mrr_usd")
    (('Tenure', 'days'), ('Order days', ''), ('MRR', 'USD'))
    >>> title_and_unit("discount_pct"), title_and_unit("GB used")
    (('Discount', '%'), ('GB used', ''))
    """
    title, unit = _split_unit(name)
    parts = _BREAKS.sub(" ", _CAMEL.sub(" ", title)).split()
    spoken = [_spoken(part) for part in parts]
    while len(spoken) > 1 and spoken[0] in _MERELY_COUNTED:
        del spoken[0]
    if spoken:
        spoken[0] = spoken[0][:1].upper() + spoken[0][1:]
    return " ".join(spoken) or name, unit or _UNITS.get(meaning(name), "")


def scale_of(unit: str) -> tuple[float, float] | None:
    """The bounds that a unit such as "1-100" states.

    >>> scale_of("1-100"), scale_of("k$")
    ((1.0, 100.0), None)
    """
    found = _SCALE.match(unit.strip())
    return (float(found[1]), float(found[2])) if found and float(found[1]) < float(found[2]) else None


def meaning(name: str) -> str:
    """What a column's name says it holds: "age", "income", "gender", ... or an empty string.

    >>> meaning("Year_Birth"), meaning("Annual Income (k$)"), meaning("branch_no"), meaning("store_visits")
    ('birth', 'income', 'code', 'count')
    """
    said = words(name)
    quantity = _QUANTITY.search(said)
    for found, pattern in _PATTERNS:
        if pattern.search(said) and not (quantity and found in _NOT_OF_A_QUANTITY and not _ALL_THE_SAME.search(said)):
            return found
    return ""


def names_an_id(name: str) -> bool:
    """Whether a column's name says that it tells customers apart.

    >>> names_an_id("CustomerID"), names_an_id("household_key"), names_an_id("Paid")
    (True, True, False)
    """
    return bool(_ID.search(words(name)))


def _spoken(part: str) -> str:
    lowered = part.lower()
    if lowered in _ACRONYMS:
        return lowered.upper()
    return part if part.isupper() and len(part) <= 4 and part.isalpha() and lowered not in {"age", "sex"} else lowered


def _split_unit(name: str) -> tuple[str, str]:
    for pattern in (_UNIT, _TRAILING_UNIT):
        found = pattern.match(name.strip())
        if not found or not found[1].strip():
            continue
        title, unit = found[1].strip(), found[2].strip()
        if pattern is _TRAILING_UNIT:
            if unit.lower() in _TIMES and _COUNTED.search(title):
                continue
            unit = _CALLED.get(unit.lower(), unit)
        return title, unit
    return name.strip(), ""
