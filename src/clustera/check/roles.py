"""What each column is for: it tells customers apart, forms segments, describes them, or stays out - with the reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from clustera import lexicon
from clustera.check.affixes import METERS, MONTHS
from clustera.check.elapsed import elapsed_title
from clustera.check.encoding import undo_double_encoding
from clustera.check.id_cells import is_code, is_long_code, is_numbered, is_sequence
from clustera.check.identifiers import may_name_an_id, names_a_business, names_a_customer, names_an_id
from clustera.check.kinds import Reading
from clustera.check.look import Look
from clustera.check.meanings import PARTS
from clustera.check.options import CheckOptions
from clustera.check.titles import with_short_titles
from clustera.check.values import FARTHEST
from clustera.check.words import meaning_of_name, title_and_unit, words_of_name
from clustera.errors import InputError, closest
from clustera.records import Column, Kind, Reason, Role

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_ROW_COUNTERS = {
    "", "unnamed 0", "index", "row", "rownum", "row number", "row id", "row names", "rn", "sl no", "s no", "serial no",
}  # fmt: skip
LISTED = 40  # different numbers up to which a column that is no feature describes the segments
PERSONAL = frozenset({"email", "phone", "person", "address"})
WORDS_CURE = "Name it among the descriptors instead, or turn it into a number first."


@dataclass(frozen=True, slots=True)
class Guess:
    """A role with its reason."""

    role: Role
    reason: Reason
    kind: Kind | None = None  # where the role changes it


def find_column(wanted: str, names: Sequence[str]) -> str | None:
    """The column that is meant: the same name, else the same but for case or a second encoding, else the same words.

    >>> find_column("annual_income", ["CustomerID", "Annual Income (k$)"])
    'Annual Income (k$)'
    """
    for same in (str, str.casefold, undo_double_encoding, words_of_name):
        found = [name for name in names if same(name) == same(wanted)]
        if len(found) == 1:
            return found[0]
    return None


def unknown_columns_error(missing: Sequence[str], names: Sequence[str], *, source: str) -> InputError:
    """That a table has no columns of some names; says which come closest."""
    near = {name: closest(name, names) for name in missing}
    meant = [f"{other!r}" if len(missing) == 1 else f"{other!r} for {name!r}" for name, other in near.items() if other]
    listed = f"{', '.join(names[:20])}{', ...' if len(names) > 20 else ''}"
    return InputError(
        f"{source} has no column {' and no column '.join(map(repr, missing))}; it has: {listed}.",
        hint=f"Did you mean {', '.join(meant)}?" if meant else "Use one of the names above.",
    )


def column_roles(
    readings: Mapping[str, Reading],
    uniques: Mapping[str, bool],
    copied: Collection[str],
    options: CheckOptions,
    *,
    source: str,
    before: Mapping[str, Role],
    describing: bool,
    told: Mapping[str, str],
) -> list[Column]:
    """The role of every column.

    Args:
        readings: What each column holds.
        uniques: Of the columns that may tell customers apart: whether all values differ.
        copied: Of these, where none does: those whose values repeat in copies of a row only.
        options: What the caller said.
        source: The file, for messages.
        before: Roles that an earlier run gave; they hold where the caller says nothing.
        describing: Columns that are not asked for as features only describe.
        told: Column -> what people are told it is called, where that is another name.

    Raises:
        InputError: the caller named a column that is not there, or one column twice.
    """
    asked = _roles_asked_for(readings, options, source=source)
    before = {name: role for name, role in before.items() if name not in asked}
    named = bool(options.features) or "feature" in before.values()
    identifier = next((name for name, role in {**before, **asked}.items() if role == "id"), None)
    if identifier is None:
        open_ones = [readings[name] for name in readings if name not in asked and name not in before]
        identifier = _identifier(open_ones, uniques, copied, source=source)
    columns = []
    for name, reading in readings.items():
        if name in asked:
            guess = Guess(asked[name], Reason("asked"), _asked_kind(reading, asked[name]))
        elif name in before:
            guess = Guess(before[name], Reason("earlier-role"), _asked_kind(reading, before[name]))
        elif name == identifier:
            by = "id-by-values" if uniques.get(name, False) else "id-by-copies" if name in copied else "id-by-name"
            guess = Guess("id", Reason(by))
        else:
            guess = guess_role(reading, unique=uniques.get(name, False), keep=options.keep)
            guess = _left_out_guess(guess, reading, options, named=named) if named or describing else guess
        columns.append(_column_of_guess(reading, guess, asked=name in asked, called=told.get(name, name)))
    return with_short_titles(columns)


def _left_out_guess(guess: Guess, reading: Reading, options: CheckOptions, *, named: bool) -> Guess:
    """The guess where others form the segments: what would be a feature describes, or is left out."""
    if guess.role != "feature":
        return guess
    others = "other-features-asked" if options.features else "other-features-before"
    why = Reason(others if named else "orders-form-segments")
    if reading.kind == "date":
        return Guess("date", why)
    # Told by its own words ("5+"), not by the number it could have been.
    return Guess("descriptor" if reading.look.values is not None else "ignored", why, "category")


def id_candidates(readings: Mapping[str, Reading]) -> list[str]:
    """Columns that may tell customers apart, so that it pays to count their values exactly."""
    return [
        name
        for name, reading in readings.items()
        if reading.kind in {"number", "category", "text"}
        and reading.look.distinct >= 0.9 * reading.look.filled > 0
        and (names_an_id(name) or may_name_an_id(name) or is_sequence(reading.look) or is_code(reading))
    ]


def guess_role(reading: Reading, *, unique: bool, keep: Collection[str] = ()) -> Guess:
    """The role of a column that is not the id: of the rules that hold, the first."""
    found, said = reading.look, reading.measures
    # Numbers that had to be measured were counted as values, without the words for "no value".
    measured = reading.kind == "number" and bool(reading.format.decimal)
    distinct = found.distinct - (0 if measured else len(reading.absent))
    text = reading.kind == "text" or (reading.kind == "category" and _holds_email(found))
    named = said in PERSONAL
    rules = (
        (not reading.valued, Guess("constant", Reason("empty"))),
        (distinct <= 1 and reading.kind != "date", Guess("constant", Reason("one-value"))),
        (named, Guess("personal", Reason("personal", {"case": said}))),
        (text, _text_role(reading)),
        (
            (said == "birth" and reading.kind in {"date", "number"})
            or (said in {"joined", "last"} and reading.kind == "date" and distinct > 1),
            Guess("feature", Reason("date-counted", {"case": said, "as_of": ""})),
        ),
        (reading.kind == "date", Guess("date", Reason("date"))),
        (
            reading.kind in {"category", "boolean"},
            Guess(
                "descriptor", Reason("categories", {"distinct": distinct, "case": "two" if distinct == 2 else "more"})
            ),
        ),
        (
            reading.kind == "bracket",
            Guess("feature", Reason("ordered-brackets", {"count": len(reading.format.brackets)})),
        ),
    )
    return next((guess for holds, guess in rules if holds), None) or _number_role(
        reading, said, unique=unique, keep=keep
    )


def may_be_quantity(reading: Reading) -> bool:
    """Whether numbers that are called like codes may be quantities: many, from 0 on, far apart."""
    found = reading.look
    return found.low == 0 and found.distinct > LISTED and (found.high or 0.0) > 2 * found.distinct


def _number_role(reading: Reading, said: str, *, unique: bool, keep: Collection[str]) -> Guess:
    found = reading.look
    listed: Role = "descriptor" if found.values is not None or found.distinct <= LISTED else "ignored"
    code = said in {"code", "postcode"} and not ("code-or-quantity" in keep and may_be_quantity(reading))
    rules = (
        (found.distinct == 2, Guess("descriptor", Reason("two-values"), "category")),
        (said in PARTS, Guess(listed, Reason("date-part", {"part": said}), "category")),
        (
            said in {"gender", "ethnicity", "religion"}
            or (said in {"politics", "orientation"} and found.distinct <= LISTED),
            Guess("descriptor", Reason("category-as-number"), "category"),
        ),
        (found.zeros > 0 and not reading.format.duration, Guess(listed, Reason("code-by-zeros"), "category")),
        (code, Guess(listed, Reason("code-by-name", {"what": said}), "category")),
        (said == "outcome" and "leaked-label" not in keep, Guess(listed, Reason("outcome"), "category")),
        (said == "place", Guess("ignored", Reason("place"))),
        (said == "year", Guess(listed, Reason("calendar-year", {"zeros": found.low == 0}), "category")),
        (names_an_id(reading.name), Guess(listed, Reason("another-id"), "category")),
        (unique and not said and is_sequence(found), Guess("ignored", Reason("row-number"))),
        (found.low is not None and found.low > FARTHEST, Guess(listed, Reason("too-large"), "category")),
        (not said and is_long_code(found), Guess("ignored", Reason("code-by-length"), "category")),
    )
    numbers = Reason(
        "numbers",
        {
            "distinct": found.distinct,
            "about": not found.exact,
            "whole": found.whole == found.numbers,
            "ages": said == "age" and meaning_of_name(reading.name) == "birth",
        },
    )
    return next((guess for holds, guess in rules if holds), Guess("feature", numbers))


def _text_role(reading: Reading) -> Guess:
    found = reading.look
    if _holds_email(found):
        return Guess("personal", Reason("emails"), "text")
    if found.type == "nested":
        return Guess("ignored", Reason("nested"))
    return Guess("ignored", Reason("texts", {"distinct": found.distinct, "about": not found.exact}))


def _roles_and_clashes(
    wishes: Sequence[tuple[Role, Sequence[str]]], found: Mapping[str, str | None]
) -> tuple[dict[str, Role], dict[str, str]]:
    """The role of each column that was found, and what is wrong where it was given two."""
    asked: dict[str, Role] = {}
    clashes = {}
    for role, listed in wishes:
        for column in [column for name in listed if (column := found[name])]:
            if asked.setdefault(column, role) != role:
                clashes[column] = f"Column {column!r} can't be both {asked[column]} and {role}."
    return asked, clashes


_WORDED = {"category", "boolean", "text"}  # kinds of columns that form no segments


def _roles_asked_for(readings: Mapping[str, Reading], options: CheckOptions, *, source: str) -> dict[str, Role]:
    """The roles that the caller gave; all that is wrong with them is told at once."""
    names = list(readings)
    wishes: tuple[tuple[Role, Sequence[str]], ...] = (
        ("id", [options.id] if options.id else []),
        ("feature", options.features),
        ("descriptor", options.descriptors),
        ("ignored", options.exclude),
    )
    wanted = dict.fromkeys(name for _, listed in wishes for name in listed)
    found = {name: find_column(name, names) for name in wanted}
    asked, clashes = _roles_and_clashes(wishes, found)
    missing = [name for name, column in found.items() if column is None]
    forming = {name: readings[name].kind for name, role in asked.items() if role == "feature" and name not in clashes}
    worded = [words_as_feature(name, kind, source) for name, kind in forming.items() if kind in _WORDED]
    if missing or clashes or worded:
        raise _refused(missing, list(clashes.values()), worded, names, source=source)
    return asked


def words_as_feature(name: str, kind: Kind, source: str) -> str:
    """The sentence for a column of words that was named as a feature."""
    return f"Column {name!r} of {source} can't be a feature: it holds {kind} values, not numbers."


def _refused(
    missing: Sequence[str], clashes: Sequence[str], worded: Sequence[str], names: Sequence[str], *, source: str
) -> InputError:
    """One error for all that is wrong with the columns that the caller named."""
    unknown = unknown_columns_error(missing, names, source=source) if missing else None
    messages = [unknown.message] if unknown else []
    hints = [unknown.hint] if unknown and unknown.hint else []
    hints += ["Name it once among the options."] if clashes else []
    hints += [WORDS_CURE] if worded else []
    return InputError(" ".join([*messages, *clashes, *worded]), hint=" ".join(hints))


def _asked_kind(reading: Reading, role: Role) -> Kind | None:
    return "category" if role == "descriptor" and reading.kind in {"number", "bracket", "text"} else None


def _identifier(
    readings: Sequence[Reading], uniques: Mapping[str, bool], copied: Collection[str], *, source: str
) -> str | None:
    named = [reading for reading in readings if _may_be_named_id(reading)]
    own = [reading for reading in named if names_a_customer(reading.name)] or named
    near = [reading for reading in own if reading.look.distinct >= 0.5 * reading.look.filled]
    if near:
        # Python's max keeps the first of equals, so the leftmost column wins.
        return max(near, key=lambda reading: (uniques.get(reading.name, False), _is_called_id(reading))).name
    repeated = [reading for reading in own if names_a_customer(reading.name) and reading.look.distinct > 1]
    if repeated and repeated[0].look.filled > 20:
        raise _rows_are_orders(repeated[0], source)
    return _unnamed_id([reading for reading in readings if uniques.get(reading.name) or reading.name in copied], named)


def _may_be_named_id(reading: Reading) -> bool:
    return names_an_id(reading.name) and reading.kind in {"number", "category", "text"} and bool(reading.valued)


def _is_called_id(reading: Reading) -> bool:
    return words_of_name(reading.name) in {"customer id", "id"}


def _rows_are_orders(repeated: Reading, source: str) -> InputError:
    found = repeated.look
    # Twelve digits are more than a spreadsheet shows of a number.
    long = (found.high or 0) >= 1e11
    spoiled = "; if a spreadsheet wrote ids like 4.00721E+12, export them again as text" if long else ""
    return InputError(
        f"{source} has {found.filled:,} rows but only about {found.distinct:,} different values of {found.name!r}: "
        "it looks like one row per order, not per customer.",
        hint="If each row is an order, let Clustera make customers of them: clustera segment --orders FILE. Or say --exclude "
        f"{found.name!r} if it is no customer id{spoiled}.",
    )


def _unnamed_id(unique: Sequence[Reading], named: Sequence[Reading]) -> str | None:
    """Of columns that differ in every row that is no copy, the one whose cells look like an id though its name does not say so; else a business."""
    numbered = [reading for reading in unique if is_numbered(reading)]
    unnamed = [reading for reading in unique if reading not in named]
    codes = [reading for reading in unnamed if reading.kind != "number" and is_code(reading)]
    # A name that tells what is measured (an age, a score) outweighs values that happen to count up.
    counters = [
        reading
        for reading in unnamed
        if reading.kind == "number" and is_sequence(reading.look) and not reading.measures
        if words_of_name(reading.name) not in _ROW_COUNTERS
    ]
    businesses = [reading for reading in unnamed if reading.kind == "text" and names_a_business(reading.name)]
    return next((reading.name for reading in [*numbered, *codes, *counters, *businesses]), None)


def _holds_email(found: Look) -> bool:
    like = sum(count for shape, count in found.shapes.items() if _EMAIL.match(shape))
    return like > 0.5 * sum(found.shapes.values()) > 0


def _unit_of_cells(reading: Reading) -> str:
    if reading.kind == "number" and reading.format.duration:
        return "minutes"
    if reading.format.unit in {MONTHS, METERS} and lexicon.name_says(reading.name, "names", "term"):
        return "months"
    return "%" if reading.kind == "number" and reading.format.shares else ""


def _column_of_guess(reading: Reading, guess: Guess, *, asked: bool, called: str) -> Column:
    title, unit = title_and_unit(called)
    if guess.role == "feature" and (reading.kind == "date" or reading.measures == "birth"):
        title, unit = elapsed_title(called, reading.measures)
    elif reading.measures == "age" and meaning_of_name(reading.name) == "birth":
        title, unit = "Age", "years"  # ages under the name of birth dates
    if unit == "%" and "%" not in reading.name and reading.look.high is not None and reading.look.high <= 1:
        unit = ""  # 0.22 under "margin_pct" is a fraction, not 0.22 %
    unit = _unit_of_cells(reading) or unit or ("" if reading.format.owed else reading.format.unit)
    return Column(
        name=reading.name,
        role=guess.role,
        kind=guess.kind or reading.kind,
        reason=guess.reason,
        title=title,
        unit=unit,
        asked=asked,
        format=reading.format,
        missing=reading.look.rows - reading.valued,
        distinct=reading.look.distinct,
        measures=reading.measures,
    )
