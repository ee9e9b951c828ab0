"""The words of many languages by which columns, dates, units and orders are recognized; they stand in `lexicon.toml`."""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Literal

# Capitals of Latin, Greek, Cyrillic and other scripts, those with an accent too: "CÓDIGO" is one word.
_UPPER = "A-Z" + "".join(
    letter for letter in map(chr, (*range(0xC0, 0x590), *range(0x1E00, 0x2000))) if letter.isupper()
)
_LOWER = rf"[^\W\d_{_UPPER}]"
_AVERAGE = re.compile(r"(?<![^\W_])[Øø⌀∅](?![^\W_])")
_CAPITALS = re.compile(
    rf"(?<={_LOWER})(?=[{_UPPER}])|(?<=[{_UPPER}])(?=[{_UPPER}]{_LOWER})|(?<=[0-9])(?=[{_UPPER}]{_LOWER})"
)
_BREAKS = re.compile(r"[\s_\-./:#'’°º]+")
_CHOICE = re.compile(r"\(([^()]*)\)")
# Scripts whose names have no blanks between words: Han, Kana, Hangul (also when its syllables were taken apart).
_UNPARTED = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Arabic, Persian, Devanagari, Bengali, Thai and full-width figures, each from 0 to 9, and what they are in ASCII.
OTHER_FIGURES = "".join(
    chr(ord(zero) + figure) for zero in "\u0660\u06f0\u0966\u09e6\u0e50\uff10" for figure in range(10)
)
ASCII_FIGURES = "0123456789" * (len(OTHER_FIGURES) // 10)
NUMBER_BLANKS = " \u00a0\u2007\u2009\u202f"  # between groups of three figures
NUMBER_MARKS = f".,'’{NUMBER_BLANKS}"
_LONGEST = 6  # words of a phrase that means one thing
_SHORTEST_MONTH = 3  # letters of an abbreviation
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "đ": "d", "ё": "е"})


def fold(text: str) -> str:
    """A text in lower case, without accents, so that different spellings of one word are the same.

    >>> fold("ÂGE"), fold("Straße"), fold("Müşteri"), fold("Возраст")
    ('age', 'strasse', 'musteri', 'возраст')
    """
    parted = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    # Lower case again: signs such as № are made of capitals.
    return unicodedata.normalize("NFC", "".join(c for c in parted if not unicodedata.combining(c))).lower()


def words_of(name: str) -> str:
    """The words of a column's name: folded, one blank between them.

    >>> words_of("dateCommande"), words_of("N° client"), words_of("ID_INDIVIDU"), words_of("NÚMERO-CLIENTE")
    ('date commande', 'n client', 'id individu', 'numero cliente')
    """
    return " ".join(_BREAKS.sub(" ", fold(_BREAKS.sub(" ", part_at_capitals(name)))).split())


def part_at_capitals(name: str) -> str:
    """A name with a blank before each capital that begins a word, and the sign of an average as a word.

    >>> part_at_capitals("dateCommande"), part_at_capitals("XMLFile"), part_at_capitals("B2B"), part_at_capitals("Cmp3Accepted")
    ('date Commande', 'XML File', 'B2B', 'Cmp3 Accepted')
    >>> part_at_capitals("ПоследнийЗаказ"), part_at_capitals("ΤελευταίαΑγορά")
    ('Последний Заказ', 'Τελευταία Αγορά')
    >>> part_at_capitals("Ø Warenkorb"), part_at_capitals("KØB")
    ('avg Warenkorb', 'KØB')
    """
    return _CAPITALS.sub(" ", _AVERAGE.sub("avg", name))


@functools.cache
def lexicon_section(name: str) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """A section of the table: key -> language -> words as they stand there.

    Args:
        name: "columns", "ids", "categories", "units", "orders", "status", "sheets", "parts", "products", "lines",
            "below", "debts", "names", "brackets", "scales", "contacts", "consent", "answers" or "plain".
    """
    return {
        key: {language: tuple(words) for language, words in by_language.items()}
        for key, by_language in _lexicon_table()[name].items()
    }


def names_no_category(text: str) -> bool:
    """Whether a category stands for none, such as "MISCELLANEOUS", "Other" or "n/a".

    >>> [names_no_category(text) for text in ("MISCELLANEOUS", "N/A", "Sonstiges", "-", "Other drinks", "Deli")]
    [True, True, True, True, False, False]
    """
    said = words_of(re.sub(r"[^\w\s]", " ", text.lower()))
    return not said or said in _unnamed()


@functools.cache
def _unnamed() -> frozenset[str]:
    phrases = itertools.chain.from_iterable(lexicon_section("categories")["unnamed"].values())
    return frozenset(words_of(re.sub(r"[^\w\s]", " ", phrase)) for phrase in phrases)


@functools.cache
def month_words() -> Mapping[str, Mapping[str, int]]:
    """Language -> every name of a month, and every beginning of one that is no other month's, folded -> the month."""
    return {language: _beginnings(fold(names)) for language, names in _lexicon_table()["months"].items()}


def _beginnings(names: str) -> dict[str, int]:
    months = [forms.split("/") for forms in names.split()]
    meant: dict[str, set[int]] = {}
    for number, forms in enumerate(months, start=1):
        for form in forms:
            for length in range(min(_SHORTEST_MONTH, len(form)), len(form) + 1):
                meant.setdefault(form[:length], set()).add(number)
    found = {word: numbers.pop() for word, numbers in meant.items() if len(numbers) == 1}
    # A whole name is that month, though a longer name may begin with it (Czech June and July).
    return found | {form: number for number, forms in enumerate(months, start=1) for form in forms}


def months_of(words: Mapping[str, int]) -> dict[str, int]:
    """The month that each word of a column means.

    The language that knows most of the cells decides, of several the one that means what most do; what it doesn't know is read where all other languages agree.

    Args:
        words: Folded words, and in how many cells each stands.

    >>> months_of({"marz": 3, "dez": 1, "dec": 1, "bonn": 5})
    {'marz': 3, 'dez': 12, 'dec': 12}
    >>> months_of({"listopada": 2, "lipca": 1}), months_of({"listopada": 2, "rujna": 1})
    ({'listopada': 11, 'lipca': 7}, {'listopada': 10, 'rujna': 9})
    >>> months_of({"mar": 5}), months_of({"mar": 5, "tam": 1})
    ({'mar': 3}, {'mar': 11, 'tam': 1})
    """
    languages = month_words()
    known = {language: sum(n for word, n in words.items() if word in forms) for language, forms in languages.items()}
    most = max(known.values())
    # Finnish "mar" is November: of languages that know as much, the one that means what most others do.
    alike = {
        language: sum(forms[word] == other.get(word) for word in words if word in forms for other in languages.values())
        for language, forms in languages.items()
        if known[language] == most
    }
    chosen = languages[max(alike, key=lambda language: alike[language])]
    found = {}
    for word in words:
        meant = {forms[word] for forms in languages.values() if word in forms}
        if word in chosen or len(meant) == 1:
            found[word] = chosen.get(word) or meant.pop()
    return found


@functools.cache
def currencies() -> Mapping[str, str]:
    """Signs and abbreviations of money -> the currency that they mean."""
    return dict(_lexicon_table()["currencies"])


@functools.cache
def scale_words() -> Mapping[str, int]:
    """Words behind a number -> how many zeros they add to it, the longest words first.

    >>> scale_words()["k"], scale_words()["lakh"], scale_words()["mrd."]
    (3, 5, 9)
    """
    zeros = {"thousand": 3, "myriad": 4, "lakh": 5, "million": 6, "crore": 7, "yi": 8, "milliard": 9}
    found = {
        word: zeros[name]
        for name, words_by_language in lexicon_section("scales").items()
        for words in words_by_language.values()
        for word in words
    }
    return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


@functools.cache
def sensitive_words() -> Mapping[str, str]:
    """What is sensitive about a column: key of the section "columns" -> how a sentence calls it."""
    return dict(_lexicon_table()["sensitive"])


@functools.cache
def lexicon_phrases(name: str, key: str, *, languages: frozenset[str] | None = None) -> tuple[str, ...]:
    """All folded phrases of a key in all languages, or in some, choices spelled out, in the table's order, each once.

    >>> lexicon_phrases("ids", "mark")[:3]
    ('id', 'ids', 'uid')
    """
    known = lexicon_section(name)[key]
    listed = itertools.chain.from_iterable(known[code] for code in known if languages is None or code in languages)
    spelled = itertools.chain.from_iterable(_choices(fold(word)) for word in listed)
    return tuple(dict.fromkeys(" ".join(word.split()) for word in spelled if word.strip()))


@functools.cache
def answer_words(said: Literal["yes", "no"]) -> frozenset[str]:
    """The words for yes or no that cells hold, in lower case, with and without accents.

    >>> "sí" in answer_words("yes"), "si" in answer_words("yes"), "nein" in answer_words("no"), "1" in answer_words("yes")
    (True, True, True, False)
    """
    return _words_of_cells("answers", said)


# What programs write into a cell without a value, and signs that people do.
_SIGNS_OF_NOTHING = frozenset(
    ["nan", "null", "nil", "nat", "<na>", "(null)", "<null>", "[null]", "#na", "\\n", "?", "-", "--", "---", "–", "—", ".", ".."]
)  # fmt: skip


def cell_words(said: Literal["blank", "unknown"]) -> frozenset[str]:
    """The words for no value that cells hold, in lower case, with and without accents; "unknown" ones only among numbers.

    >>> "#wert!" in cell_words("blank"), "sem informacao" in cell_words("unknown"), "s/d" in cell_words("unknown")
    (True, True, True)
    """
    return _words_of_cells("cells", said) | (_SIGNS_OF_NOTHING if said == "blank" else frozenset())


def _words_of_cells(section: str, key: str) -> frozenset[str]:
    words = frozenset(itertools.chain.from_iterable(lexicon_section(section)[key].values()))
    return words | frozenset(map(fold, words))


@functools.cache
def lexicon_pattern(
    name: str, key: str, *, whole: bool = False, languages: frozenset[str] | None = None
) -> re.Pattern[str]:
    """A pattern that finds the words of a key in a name of `words_of`.

    Args:
        name: The section.
        key: The key in it.
        whole: Whether the name may have no other words.
        languages: Whose words; None is all.
    """
    found = [_regex(phrase, whole=whole) for phrase in lexicon_phrases(name, key, languages=languages)]
    return re.compile(rf"^(?:{'|'.join(found)})$" if whole else "|".join(found))


@functools.cache
def cell_pattern(name: str, key: str) -> str:
    """A pattern in SQL for a whole folded cell; " *" at an end of a phrase are any words, # are figures or none.

    >>> postage, test = cell_pattern("lines", "postage"), cell_pattern("lines", "test")
    >>> [bool(re.match(postage, cell)) for cell in ("porto", "shipping by express", "shippings", "port wine")]
    [True, True, False, False]
    >>> [bool(re.match(test, cell)) for cell in ("test", "test001", "test-product 12", "tester")]
    [True, True, True, False]
    """
    found = []
    for phrase in lexicon_phrases(name, key):
        inner = phrase.removeprefix("* ").removesuffix(" *")
        text = r"\w*".join(map(re.escape, inner.replace("#", "").split("*")))
        text += "[ _-]?[0-9]*" if inner.endswith("#") else ""
        found.append(("(.* )?" if phrase.startswith("* ") else "") + text + ("( .*)?" if phrase.endswith(" *") else ""))
    return f"^({'|'.join(found)})$"


def name_says(name: str, section_name: str, key: str, *, whole: bool = False) -> bool:
    """Whether a column's name says what a key stands for.

    >>> name_says("Data do pedido", "orders", "date"), name_says("注文番号", "orders", "order", whole=True)
    (True, True)
    """
    return bool(lexicon_pattern(section_name, key, whole=whole).search(words_of(name)))


def plain_words(name: str) -> tuple[str, ...]:
    """The words of a column's name in plain English: abbreviations spelled out, words of the usual languages translated.

    >>> plain_words("MntMeatProducts"), plain_words("nb_commandes"), plain_words("AcceptedCmp3")
    (('spend', 'meat', 'products'), ('orders',), ('accepted', 'campaign', '3'))
    >>> plain_words("年龄"), plain_words("Shoe size")
    (('age',), ('shoe', 'size'))
    """
    spaced = (
        _unparted_phrases().sub(lambda found: f" {_plain_phrases()[found[0]]} ", fold(name))
        if _UNPARTED.search(name)
        else name
    )
    parts = re.findall(r"[^\W\d_]+|\d+", words_of(spaced))
    said: list[str] = []
    place = 0
    while place < len(parts):
        length = next(
            n for n in range(_LONGEST, 0, -1) if n == 1 or " ".join(parts[place : place + n]) in _plain_phrases()
        )
        phrase = " ".join(parts[place : place + length])
        said += _plain_phrases().get(phrase, phrase).split()
        place += length
    return tuple(said)


def titles_in_table(columns: Sequence[str]) -> list[str]:
    """What columns hold whose names say too little by themselves, by the others in their table; empty for all others.

    >>> titles_in_table(["Duration", "campaign", "age"]), titles_in_table(["Duration", "age"])
    (['call duration', 'campaign contacts', ''], ['', ''])
    """
    said = [words_of(column) for column in columns]
    known = {entry["column"]: entry["title"] for entry in _lexicon_table()["titles"] if {*entry["beside"]} & {*said}}
    return [known.get(name, "") for name in said]


def has_german_words(name: str) -> bool:
    """Whether a column's name has words of German and no other language, whose nouns keep their capitals.

    >>> [has_german_words(name) for name in ("Anzahl Spenden", "Umsatz gesamt", "Number Of Donations", "Saldo")]
    [True, True, False, False]
    """
    return not _german_words().isdisjoint(words_of(name).split())


@functools.cache
def _german_words() -> frozenset[str]:
    german: set[str] = set()
    others: set[str] = set()
    for section in ("plain", "columns", "orders"):
        for by_language in lexicon_section(section).values():
            for language, words in by_language.items():
                said = {part for word in words for spelled in _choices(fold(word)) for part in spelled.split()}
                (german if language == "de" else others).update(said)
    return frozenset(word for word in german - others if word.isalpha())


@functools.cache
def brand_pattern() -> re.Pattern[str]:
    """What finds the names within a column's name that have a capital within them, as their owners write them.

    >>> [brand_pattern().findall(name) for name in ("numWiFiVisits", "iPhone_users", "McDonaldsSpend", "eId", "TotalSpend")]
    [['WiFi'], ['iPhone'], ['McDonalds'], [], []]
    """
    listed = "|".join(map(re.escape, _lexicon_table()["brands"]["names"]))
    return re.compile(rf"(?:(?:{listed})s?|Ma?c[A-Z][a-z]+|(?<![^\W\d_])(?:iOS|[ei][A-Z][a-z]{{2,}}))(?![a-z])")


def spell_out(title: str) -> str:
    """A title in lower case with its usual abbreviations spelled out.

    >>> spell_out("household comp"), spell_out("avg basket amt"), spell_out("comp")
    ('household composition', 'average basket amount', 'comp')
    """
    short = _abbreviations()
    return re.sub(rf"\b(?:{'|'.join(map(re.escape, short))})\b", lambda found: short[found[0]], title)


@functools.cache
def _abbreviations() -> Mapping[str, str]:
    """Abbreviation -> what it is short for, the longest first."""
    meant = {
        phrase: full for full in lexicon_section("abbreviations") for phrase in lexicon_phrases("abbreviations", full)
    }
    return dict(sorted(meant.items(), key=lambda entry: -len(entry[0])))


def is_plain_phrase(text: str) -> bool:
    """Whether a text is one of the English phrases that abbreviations and other languages' words mean.

    >>> is_plain_phrase("order value"), is_plain_phrase("shoe size")
    (True, False)
    """
    return text in lexicon_section("plain")


@functools.cache
def _plain_phrases() -> Mapping[str, str]:
    """Abbreviations and words of other languages -> what they mean, in English."""
    return {phrase: english for english in _lexicon_table()["plain"] for phrase in lexicon_phrases("plain", english)}


@functools.cache
def _unparted_phrases() -> re.Pattern[str]:
    """The phrases of scripts without blanks, the longest first."""
    found = sorted((phrase for phrase in _plain_phrases() if _UNPARTED.search(phrase)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, found)))


def _regex(phrase: str, *, whole: bool) -> str:
    text = r"\w*".join(map(re.escape, phrase.split("*")))
    if whole or _UNPARTED.search(phrase):
        return text
    return rf"(?:(?<=\s)|^){text}(?=\s|$)"


def _choices(word: str) -> list[str]:
    """All phrases that a word with choices stands for: "(a|b|) c" -> "a c", "b c", "c"."""
    found = _CHOICE.search(word)
    if found is None:
        return [word]
    return [
        spelled
        for choice in found[1].split("|")
        for spelled in _choices(word[: found.start()] + choice + word[found.end() :])
    ]


@functools.cache
def _lexicon_table() -> dict[str, Any]:
    return tomllib.loads(files("clustera").joinpath("lexicon.toml").read_text(encoding="utf-8"))
