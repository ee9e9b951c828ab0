"""Text that was encoded twice ("MÃ¼ller", "â‚¬"): recognized by rule, undone where that is certain for a whole column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from clustera.check.findings import Examples, column_finding, example_rows
from clustera.check.look import Look, look_at_columns
from clustera.engines import Rows, identifier, literal
from clustera.records import Column, Finding, Source

ROUNDS = 3  # some text was encoded three times
MOST = 400  # different odd pairs; a column of more is no column of categories or amounts
SHOWN = 4  # pairs in a message

# What cp1252 makes of the bytes 80 to 9F; where it has no character, the byte's own number stands for it.
_HIGH = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ"
_TO_LATIN = str.maketrans(_HIGH, "".join(map(chr, range(0x80, 0xA0))))
_NEXT = f"[\x80-\xbf{_HIGH}]"
# One character of UTF-8 read as cp1252: a letter that says how many bytes belong together, and those that follow it.
_PAIR = f"[Â-ß]{_NEXT}|[à-ï]{_NEXT}{_NEXT}|[ð-ô]{_NEXT}{_NEXT}{_NEXT}"
# These stand behind a letter in genuine text as well ("CAFÉ”", "NESTLÉ®"): they tell something inside a word only.
_COMMON = set("‘’“”…–—‹›«»™®©°º´·²³\u00a0")
_PARTING = set("‘’–—")  # and these not even there
_PAIRS = re.compile(_PAIR)
_ODD = "[^\\x00-\\x7f]"


@dataclass(frozen=True, slots=True)
class Doubled:
    """What was encoded twice in one column."""

    pairs: Mapping[str, str]  # as it stands -> what was meant
    cells: int
    others: int  # cells with odd letters that were not encoded twice: then nothing is certain, and nothing is undone
    shown: Examples


def undo_double_encoding(text: str) -> str:
    """A text without a second encoding; the same text where it has none, or not throughout.

    >>> undo_double_encoding("MÃ¼ller"), undo_double_encoding("50 â‚¬"), undo_double_encoding("MÃƒÂ¼ller"), undo_double_encoding("CAFÉ”"), undo_double_encoding("São Ã¼")
    ('Müller', '50 €', 'Müller', 'CAFÉ”', 'São Ã¼')
    """
    for _ in range(ROUNDS):
        if not shows_double_encoding([text]) or (once := _decoded_once(text)) is None:
            break
        text = once
    return text


def shows_double_encoding(texts: Iterable[str]) -> bool:
    r"""Whether some text holds what only a second encoding makes.

    >>> shows_double_encoding(["MÃ¼ller"]), shows_double_encoding(["SÃO PAULO", "MANHÃ”", "NESTLÉ®", "ANDRÉ’S", "café\xa0»"])
    (True, False)
    """
    return any(_tells_encoding(text, found) for text in texts if not text.isascii() for found in _PAIRS.finditer(text))


def undone_names(rows: Rows, *, keep: Collection[str] = ()) -> tuple[Rows, dict[str, str]]:
    """The rows under names that are encoded once; which names were changed, old -> new."""
    names = list(rows.columns)
    if "double-encoding" in keep:
        return rows, {}
    taken = {name.casefold() for name in names}
    changed = {
        name: new for name in names if (new := undo_double_encoding(name)) != name and new.casefold() not in taken
    }
    if not changed:
        return rows, {}
    cells = ", ".join(f"{identifier(name)} as {identifier(changed.get(name, name))}" for name in names)
    return rows.select(f"select {cells} from {{rows}}"), changed


def _suspects(looks: Mapping[str, Look], seen: Mapping[str, Doubled]) -> list[str]:
    """Columns whose cells look as if they were encoded twice, and in which nothing spoke against it so far."""
    return [
        name
        for name, found in looks.items()
        if found.type == "text"
        and shows_double_encoding(found.values or found.shapes)
        and not (name in seen and seen[name].others)
    ]


def undone_cells(
    rows: Rows, looks: Mapping[str, Look], *, keep: Collection[str] = ()
) -> tuple[Rows, dict[str, Look], dict[str, Doubled]]:
    """The rows with cells that are encoded once, a look at them, and what was seen, column by column."""
    looks, seen = dict(looks), dict[str, Doubled]()
    if "double-encoding" in keep:
        return rows, looks, seen
    for _ in range(ROUNDS):
        certain = {}
        for name in _suspects(looks, seen):
            doubled = _doubled(rows, name)
            if name not in seen or not doubled.others:
                seen[name] = doubled if name not in seen else _both(seen[name], doubled)
            if not doubled.others:
                certain[name] = doubled.pairs
        if not certain:
            break
        cells = ", ".join(
            f"{_undone_sql(identifier(name), pairs)} as {identifier(name)}" for name, pairs in certain.items()
        )
        rows = rows.select(f"select * replace ({cells}) from {{rows}}").keep()
        looks |= look_at_columns(rows.select(f"select _row, {', '.join(map(identifier, certain))} from {{rows}}"))
    return rows, looks, seen


def on_encoding(
    names: Mapping[str, str], cells: Mapping[str, Doubled], columns: Sequence[Column], source: Source
) -> list[Finding]:
    """What is to be said about text that was encoded twice.

    Args:
        names: Column names that were changed, old -> new.
        cells: What was seen, by column.
        columns: What the columns are; cells that tell who a person is are not shown.
        source: Where the rows come from.
    """
    found = []
    if names:
        shown = tuple({"old": old, "new": new} for old, new in list(names.items())[:3])
        found.append(Finding("double-encoding", "note", count=len(names), values={"case": "names", "names": shown}))
    for column in columns:
        doubled = cells.get(column.name)
        # In a file that is no Unicode, two letters of an unknown writing may look like a pair.
        if doubled is None or (source.spelling.get("encoding") == "cp1252" and doubled.others > doubled.cells):
            continue
        pairs = tuple({"old": old, "new": new.strip() or "a blank"} for old, new in doubled.pairs.items())
        found.append(
            column_finding(
                "double-encoding",
                "warning" if doubled.others else "note",
                column,
                (doubled.cells, () if column.role == "personal" else doubled.shown),
                source.rows,
                case="doubtful" if doubled.others else "mended",
                others=doubled.others,
                pairs=pairs[:SHOWN],
                more=len(pairs) > SHOWN,
            )
        )
    return found


def _decoded_once(text: str) -> str | None:
    try:
        return text.translate(_TO_LATIN).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None


def _tells_encoding(text: str, found: re.Match[str]) -> bool:
    """Whether a pair can hardly be what somebody wrote, and what it stands for is used in writing."""
    pair, before, after = found[0], text[: found.start()][-1:], text[found.end() :][:1]
    meant = _decoded_once(pair)
    if meant is None or unicodedata.category(meant)[0] not in "LPSNZ" or "\u0250" <= meant <= "\u02af":
        return False
    if meant.isalpha() and not unicodedata.name(meant, "").startswith("LATIN") and (before + after).strip().isascii():
        # A letter of another writing stands beside its like, which was encoded twice as well.
        return not (before + after).isalpha() and bool(set(pair[1:]) - _COMMON)
    if set(pair[1:]) - _COMMON:
        return True
    inside = ("a" <= after <= "z" or bool(_PAIRS.match(text, found.end()))) and pair[-1] not in _PARTING
    return inside or (before.islower() and pair[0].isupper()) or (pair[0] == "Â" and not before.isalpha())


def _doubled(rows: Rows, name: str) -> Doubled:
    cell, pair = identifier(name), literal(_PAIR)
    odd = f"{cell} is not null and regexp_matches({cell}, {literal(_ODD)})"
    rest = f"regexp_matches(regexp_replace({cell}, {pair}, '', 'g'), {literal(_ODD)})"
    texts = rows.query(
        f"select pair from (select unnest(regexp_extract_all({cell}, {pair})) as pair from {{rows}} where {odd} and not {rest}) "
        f"group by pair order by count(*) desc, pair limit {MOST + 1}"
    )["pair"].to_pylist()
    pairs = {text: meant for text in texts if (meant := _decoded_once(text)) is not None}
    cells, shown = example_rows(rows, name, f"{odd} and not {rest}")
    others = example_rows(rows, name, f"{odd} and {rest}")[0]
    # What can't be decoded, and more pairs than any writing has, leave it open as well.
    return Doubled(pairs, cells, others if len(pairs) == len(texts) <= MOST else max(others, 1), shown)


def _both(first: Doubled, again: Doubled) -> Doubled:
    """Text that was encoded three times, undone in two rounds: told once, with the last pairs."""
    return Doubled(again.pairs, first.cells, first.others, first.shown)


def _undone_sql(cell: str, pairs: Mapping[str, str]) -> str:
    sql = cell
    for pair in sorted(pairs):
        sql = f"replace({sql}, {literal(pair)}, {literal(pairs[pair])})"
    return f"case when regexp_matches({cell}, {literal(_ODD)}) then {sql} else {cell} end"
