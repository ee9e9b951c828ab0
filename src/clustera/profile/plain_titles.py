"""A column's title in plain words, as a name says it: "meat spend" for "Mnt meat products"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from clustera import lexicon
from clustera.texts import Language, inline_title

LONGEST = 4  # words of a title that fit a name
_SHOUTED = re.compile(r"\b[A-Z]{5,}\b")  # a column's spelling; shorter words in capitals are abbreviations
_SPENT = ("spend", "amount")
_NOT_SPENT = frozenset(
    {"of", "due", "owed", "paid", "outstanding", "overdue", "refunded", "borrowed"}
)  # after "amount"
_PRODUCTS = ("product", "products")
_SUMMED = ("average", "mean", "total", "overall")  # at the ends of a title, they say nothing that a name needs
_OF_ONE = ("frequency", "value")  # "purchase frequency", whatever a column calls it
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*|, last .*$")


def plain_titles(titles: Sequence[str], language: Language, *, topics: Sequence[str] = ()) -> list[str]:
    """The titles in plain words; what is left out to make them short never makes two the same.

    Args:
        titles: As the columns have them.
        language: Whose neutral words, such as "total" and "average", a long title can do without.
        topics: Each title without the time that it looks back over, where it names one and a record says so.

    Returns:
        A title each; empty where two columns say the same in plain words, unless all do: then the columns' own.

    >>> from clustera.texts import load_language
    >>> plain_titles(["Edad", "Leeftijd", "Nb visites"], load_language())
    ['', '', 'visits']
    """
    plain = [plain_title(title) for title in titles]
    shorter = (
        [plain_title(topic) if topic else without_aside(title) for topic, title in zip(topics, plain, strict=True)]
        if topics
        else [without_aside(title) for title in plain]
    )
    plain = _where_unique(shorter, plain)
    plain = [title.replace(", ", " ") for title in plain]
    plain = _where_unique([_shortened(title, language) for title in plain], plain)
    clear = _where_unique(plain, [""] * len(plain))
    return clear if any(clear) else [inline_title(title) for title in titles]


def without_aside(title: str) -> str:
    """A header without what stands in brackets and without the time that it says it looks back over.

    >>> without_aside("Spend, last 3 months"), without_aside("Income (k$)")
    ('Spend', 'Income')
    """
    return _ASIDE.sub(" ", title).strip() or title


def plain_title(title: str) -> str:
    """A title within a phrase, its abbreviations spelled out.

    >>> plain_title("Mnt meat products"), plain_title("Num web purchases"), plain_title("Accepted cmp 3")
    ('meat spend', 'web purchases', 'accepted campaign 3')
    >>> plain_title("Âge"), plain_title("Trx cnt"), plain_title("Avg basket amt")
    ('age', 'transactions', 'order value')
    >>> plain_title("GB used"), plain_title("Gasto en vino"), plain_title("Days since last order, last 12 months")
    ('GB used', 'wine spend', 'days since last order, last 12 months')
    """
    said = _without_sums(lexicon.plain_words(title))
    if lexicon.is_plain_phrase(" ".join(said)):
        return " ".join(said)
    if said == tuple(re.findall(r"[^\W\d_]+|\d+", lexicon.words_of(title))):
        return inline_title(_SHOUTED.sub(lambda word: word[0].lower(), re.sub(r"[\s_]+", " ", title)))
    if said[:2] == ("number", "of") and len(said) > 2:
        said = said[2:]
    if said[-2:] == ("number", "of") and len(said) > 2:
        said = said[:-2]
    if said[-2:] in (("value", "amount"), ("spend", "amount")):
        said = said[:-1]
    if said[0] in _SPENT and len(said) > 1 and said[1] not in _NOT_SPENT:
        rest = said[1:-1] if said[-1] in _PRODUCTS and len(said) > 2 else said[1:]
        said = (*rest, "spend")
    return " ".join(said)


def _without_sums(said: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a title without "average" and "total" at its ends while two words are left, and without a plural that nobody says."""
    if len(said) > 1 and said[-1] in _OF_ONE and re.fullmatch(r".+[^su]s", said[-2]):
        said = (*said[:-2], said[-2][:-1], said[-1])
    while len(said) > 2 and said[-1] in _SUMMED:
        said = said[:-1]
    while len(said) > 2 and said[0] in _SUMMED:
        said = said[1:]
        if len(said) > 2 and said[0] == "of":
            said = said[1:]
    return said


def _shortened(title: str, language: Language) -> str:
    """A long title without its neutral words."""
    parts = title.split()
    if len(parts) <= LONGEST:
        return title
    kept = [part for part in parts if part.lower() not in language.neutral]
    return " ".join(kept) or title


def _where_unique(short: Sequence[str], full: Sequence[str]) -> list[str]:
    taken = Counter(title.casefold() for title in short)
    return [one if taken[one.casefold()] == 1 else whole for one, whole in zip(short, full, strict=True)]
