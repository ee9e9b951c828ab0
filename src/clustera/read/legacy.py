"""The encoding of a file that is not in Unicode, by the words that its first lines hold in each."""

from __future__ import annotations

import codecs
import re
from functools import cache

from clustera import lexicon

WESTERN = "cp1252"
# The first of those that know as much is taken.
CODECS = (
    WESTERN, "cp1250", "cp1251", "cp1254", "cp1253", "cp1256", "cp1255", "iso8859-2", "koi8-r", "cp932", "gb18030",
    "cp949", "big5", "euc_jp",
)  # fmt: skip
LINES, BYTES = 5, 1 << 13  # that are asked for words: names of columns stand there
_SECTIONS = ("orders", "columns", "products", "contacts", "parts", "status")
_WORD = re.compile(r"[^\W\d_]{3,}")
_UNPARTED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")


def legacy_encoding(sample: bytes) -> str:
    """The encoding in which the first lines hold most words of the table of words; Western Europe's where none holds more.

    >>> legacy_encoding("Größe;Alter".encode("cp1252")), legacy_encoding("Číslo zákazníka;Částka".encode("cp1250"))
    ('cp1252', 'cp1250')
    >>> legacy_encoding("注文番号,金額".encode("cp932")), legacy_encoding("订单编号,金额".encode("gb18030"))
    ('cp932', 'gb18030')
    """
    head = b"\n".join(sample.splitlines()[:LINES])[:BYTES]
    known = {codec: _known_letters(head.decode(codec, "ignore")) for codec in CODECS}
    for codec in sorted(CODECS, key=lambda codec: -known[codec]):
        if codec == WESTERN or known[codec] <= known[WESTERN]:
            break
        if _can_hold(codec, sample):
            return codec
    return WESTERN


def _can_hold(codec: str, sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(sample)  # its last character may be cut off
    except UnicodeDecodeError:
        return False
    return True


def _known_letters(text: str) -> int:
    """Letters of the words that the table of words knows and that are not plain ASCII."""
    parted, unparted = _known_words()
    words = {word for word in _WORD.findall(text) if not word.isascii() and not _UNPARTED.search(word)}
    runs = set(_UNPARTED.findall(text))
    return sum(len(word) for word in words if lexicon.fold(word) in parted) + sum(
        len(found) for run in runs for found in unparted.findall(run)
    )


@cache
def _known_words() -> tuple[frozenset[str], re.Pattern[str]]:
    phrases = {
        phrase
        for section in _SECTIONS
        for key in lexicon.lexicon_section(section)
        for phrase in lexicon.lexicon_phrases(section, key)
    }
    words = {word for phrase in phrases for word in phrase.split() if len(word) > 1}
    unparted = sorted((word for word in words if _UNPARTED.fullmatch(word)), key=lambda word: (-len(word), word))
    return frozenset(word for word in words if len(word) > 2), re.compile("|".join(map(re.escape, unparted)))
