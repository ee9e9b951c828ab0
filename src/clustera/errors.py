"""Everything that can go wrong, in one tree.

    ClusteraError
    ├── InputError         the data or an argument can't be used as it is          exit 3
    │   └── FindingsError  the check found what the caller said must stop the run  exit 4
    ├── RunError           a run is missing, damaged or being written              exit 5
    │   └── MissingError   what is asked for by its name or number is not there    exit 5
    └── SetupError         disk, permission, a missing extra                       exit 6

Each says what was seen, where, what it must be, and then the cure. The command line prints them without a traceback;
anything else that reaches a user is a bug of ours (exit 70).
"""

from __future__ import annotations

import difflib
import errno
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from clustera.spoken_options import in_python

P = ParamSpec("P")
R = TypeVar("R")

BUG = 70  # exit code of anything that is not in this tree


class ClusteraError(Exception):
    """Base of every error that a user can cause and cure.

    Args:
        message: What was seen, where, and what it must be.
        hint: The cure, as one sentence; shown on its own line.
        field: Which of several arguments or fields of a form is meant; empty where it is none of them alone.
        further: What else is wrong, one error for each other field.

    Attributes:
        message, hint: As the command says them, with its options: `--orders FILE`. `str(error)`, which a traceback shows, says
            both with the arguments of Python: `orders=FILE`.
        exit_code: What the command line ends with.

    >>> import clustera
    >>> try:
    ...     clustera.load("no-such-run")
    ... except clustera.ClusteraError as error:
    ...     print(error.hint, error.exit_code)
    `clustera runs` lists the runs; --runs names another folder. 5
    """

    exit_code = 3

    def __init__(
        self, message: str, *, hint: str = "", field: str = "", further: tuple[ClusteraError, ...] = ()
    ) -> None:
        self.message = mask_secrets(message)
        self.hint = hint  # our own words; some show what an address looks like
        self.field = field
        self.further = further
        super().__init__(self.message)

    def __str__(self) -> str:
        said = in_python(f"{self.message}\nHint: {self.hint}" if self.hint else self.message)
        return "\n".join((said, *map(str, self.further)))


@contextmanager
def naming_field(field: str) -> Iterator[None]:
    """What goes wrong within is about one argument or field of a form."""
    try:
        yield
    except ClusteraError as error:
        error.field = error.field or field
        raise


class Gathered:
    """What is wrong in several fields, gathered so that all of it is said at once.

    >>> wrong = Gathered()
    >>> with wrong.field("at"):
    ...     raise InputError("'25' is no time.")
    >>> with wrong.field("zone"):
    ...     raise InputError("There is no time zone 'x'.")
    >>> try:
    ...     wrong.refuse()
    ... except InputError as error:
    ...     print(error.field, [other.field for other in error.further])
    at ['zone']
    """

    def __init__(self) -> None:
        self.errors: list[ClusteraError] = []

    @contextmanager
    def field(self, name: str = "") -> Iterator[None]:
        """Keep what goes wrong within, and go on."""
        try:
            yield
        except ClusteraError as error:
            error.field = error.field or name
            self.errors.append(error)

    def refuse(self) -> None:
        """Raise the first error, with the others as its `further`; nothing where all is well.

        >>> wrong = Gathered()
        >>> with wrong.field("age"):
        ...     raise InputError("age is -3.", hint="Pass 0 or more.")
        >>> wrong.refuse()
        Traceback (most recent call last):
            ...
        clustera.errors.InputError: age is -3.
        Hint: Pass 0 or more.
        """
        if self.errors:
            first, *others = [one for error in self.errors for one in (error, *error.further)]
            for other in others:
                other.further = ()
            first.further = tuple(others)
            raise first


class InputError(ClusteraError, ValueError):
    """The data or an argument can't be used as it is.

    >>> import clustera
    >>> clustera.KMeans(9).fit([[1.0], [2.0]])
    Traceback (most recent call last):
    clustera.errors.InputError: n_samples=2 should be >= n_clusters=9.
    """


class FindingsError(InputError):
    """The check found what the caller said must stop the run (strict=True, `--strict`).

    >>> import clustera
    >>> import pandas as pd
    >>> table = pd.DataFrame({"id": [*range(99), 7], "age": [20, 22, 60, 63] * 25, "spend": [10, 12, 90, 95] * 25})
    >>> clustera.segment(table, strict=True, progress=False)
    Traceback (most recent call last):
    clustera.errors.FindingsError: 1 finding stops the run: 1 of 100 rows (1.0%) not used: ...
    """

    exit_code = 4


class RunError(ClusteraError):
    """A run is missing, damaged or being written by another process.

    >>> import clustera
    >>> clustera.load("no-such-run")
    Traceback (most recent call last):
    clustera.errors.UnknownRunError: There is no run 'no-such-run' in runs.
    Hint: In a terminal: `clustera runs` lists the runs; runs= names another folder.
    """

    exit_code = 5


class MissingError(RunError):
    """What is asked for by its name or number is not there: a run, a segment, an audience, a campaign, a note.

    >>> isinstance(UnknownRunError("There is no run 'marhc'.", hint="Did you mean 'march'?"), MissingError)
    True
    """


class UnknownRunError(MissingError):
    """There is no run of a name.

    Args:
        message: What was asked for, and where.
        hint: The cure.
        near: A run of a similar name; empty where there is none.

    >>> UnknownRunError("There is no run 'marhc'.", hint="Did you mean 'march'?", near="march").near
    'march'
    """

    def __init__(self, message: str, *, hint: str, near: str = "") -> None:
        super().__init__(message, hint=hint)
        self.near = near


class SetupError(ClusteraError):
    """The machine lacks something: disk space, a permission, an optional package.

    >>> import clustera
    >>> clustera.segment("customers.csv", playbook="no-such-file.toml", progress=False)
    Traceback (most recent call last):
    clustera.errors.SetupError: The playbook no-such-file.toml can't be read: No such file or directory.
    Hint: Check its path.
    """

    exit_code = 6


_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_FAILING = {errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


def machine_error(error: BaseException) -> ClusteraError | None:
    """What no mistake of ours is: no memory, and at whichever file a full or failing disk, no permission, a name that is too long.

    Args:
        error: Whatever was raised.

    Returns:
        The same in words, with its cure; None where it may be a mistake of ours.

    >>> machine_error(OSError(errno.ENOSPC, "No space left on device")).message, machine_error(KeyError("x"))
    ('There is no room for a file: No space left on device.', None)
    """
    if isinstance(error, MemoryError):
        return SetupError(
            "There is not enough memory.", hint="Close other programs, or use a computer with more memory."
        )
    found: ClusteraError | None = None
    if not isinstance(error, OSError):
        pass
    elif error.errno == errno.ENAMETOOLONG:
        found = InputError(f"A name is too long: {str(error.filename)[:60]}...", hint="Check the path.")
    elif error.errno in _FULL:
        found = SetupError(f"There is no room for a file: {error.strerror}.", hint="Free disk space, then try again.")
    elif error.errno in _REFUSED and error.filename:
        found = SetupError(
            f"{error.filename} can't be opened or changed: {error.strerror}.",
            hint="Allow it to your account, or choose another file or folder.",
        )
    elif error.errno in _FAILING:
        found = SetupError(
            f"{error.filename or 'A file'} can't be read or written: {error.strerror}.",
            hint="Check the disk and the limits of your account, then try again.",
        )
    return found


def read_error(error: Exception, damaged: RunError) -> RunError:
    """What is told of a file that can't be read: what this computer refuses, else that it is damaged.

    >>> read_error(PermissionError(errno.EACCES, "Permission denied", "a.json"), RunError("a.json is damaged.")).message
    "a.json can't be opened or changed: Permission denied."
    """
    told = machine_error(error)
    return RunError(told.message, hint=told.hint) if told is not None else damaged


# A login before the last @ of an address; one without an @; and what a parameter says of itself.
_LOGIN = re.compile(
    r"(?P<scheme>\b(?:postgres\w*|redshift|mysql|mariadb|sqlite|duckdb|mssql|oracle|mongodb|redis|snowflake|[a-z][\w+.-]*(?=:/))"
    r":?/{0,3})(?!USER:PASSWORD@)[^\n]*[:/][^\n]*@|(?<![^\s'\"(])(?!USER:)[^\s'\"]+:[^\s'\"]*@",
    re.IGNORECASE,
)
_NO_HOST = re.compile(
    r"(\b(?:postgres\w*|redshift|mysql|mariadb|mssql|oracle):/{0,3})(?!USER:)[^\s/:@,;]+:[^\s@]+", re.I
)
_PARAMETER = re.compile(
    r"\b((?:ssl)?password|passwd|pwd|passfile|secret|token)(\s*=\s*)('[^']*'|[^\s&;,]+)", re.IGNORECASE
)


def is_utf8(text: str) -> bool:
    r"""Whether a text from the system, such as the name of a file, can be written as UTF-8.

    >>> is_utf8("Müller.csv"), is_utf8("M\udcfcller.csv")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def mask_secrets(text: str) -> str:
    """A text with every login that an address in it holds, mistyped or not, replaced by three stars.

    >>> mask_secrets("There is no file postgresql:ann:s3cret@db/crm; host=db password=s3cret.")
    'There is no file postgresql:***@db/crm; host=db password=***'
    >>> mask_secrets("Write to ann@shop.example: 3 rows.")
    'Write to ann@shop.example: 3 rows.'
    """
    if "@" in text:
        text = _LOGIN.sub(lambda found: f"{found['scheme'] or ''}***@", text)
    return _PARAMETER.sub(r"\1\2***", _NO_HOST.sub(r"\1***", text))


def with_own_names(text: str, names: Mapping[str, str]) -> str:
    """A text that calls columns as their own table does.

    Args:
        text: Any sentence.
        names: Column -> its name in its own table.

    >>> with_own_names("_id_2 and _id_21", {"_id_2": "_id"})
    '_id and _id_21'
    """
    if not any(name in text for name in names):
        return text
    longest_first = sorted(names, key=len, reverse=True)
    whole = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in longest_first))
    return whole.sub(lambda found: names[found[0]], text)


@contextmanager
def told_by_own_names(names: Mapping[str, str]) -> Iterator[None]:
    """Errors that are raised within call columns as their own table does.

    Args:
        names: Column -> its name in its own table, where that is another one; see `clustera.records.names_told`.

    >>> with told_by_own_names({"_id_2": "_id"}):
    ...     raise InputError("There is no column 'x'; there is: _id_2.", hint="Say --id '_id_2'.")
    Traceback (most recent call last):
    clustera.errors.InputError: There is no column 'x'; there is: _id.
    Hint: Say id='_id'.
    """
    try:
        yield
    except ClusteraError as error:
        error.message, error.hint = with_own_names(error.message, names), with_own_names(error.hint, names)
        error.args = (error.message,)
        raise


def own_names_told(function: Callable[P, R]) -> Callable[P, R]:
    """Errors of a function call columns as the table does that is its first argument, a `clustera.records.Raw`."""

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        with told_by_own_names(args[0].told_names):  # type: ignore[attr-defined]
            return function(*args, **kwargs)

    return told


_COMPARED = 100  # letters of a name that are compared: the time grows with their square


def closest(name: str, choices: Iterable[str]) -> str:
    """The choice that looks most like `name`, or an empty string where none is near.

    Near is one that differs in a third of its letters at most, or has a word in common or begins with it.

    >>> closest("amuont", ["amount", "date"]), closest("column_id", ["id", "date"]), closest("name", ["zone"])
    ('amount', 'id', '')
    """
    lowered = {option.lower()[:_COMPARED]: option for option in reversed(list(choices))}
    asked = name.lower()[:_COMPARED]
    found = difflib.get_close_matches(asked, list(lowered), n=max(1, len(lowered)), cutoff=0.3)
    return next((lowered[one] for one in found if _is_near(asked, one)), "")


def _is_near(one: str, other: str) -> bool:
    longest = max(len(one), len(other))
    if _edits(one, other) <= max(1, longest // 3):
        return True
    first, second = ([word for word in re.split(r"[\W_]+", text) if len(word) > 1] for text in (one, other))
    return bool(set(first) & set(second)) or any(
        a.startswith(b) or b.startswith(a) for a in first for b in second if min(len(a), len(b)) > 3
    )


def _edits(one: str, other: str) -> int:
    """How many letters have to be put in, taken out, replaced or swapped with the next to turn a text into another.

    Source: Damerau (1964), A technique for computer detection and correction of spelling errors.
    """
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, there in enumerate(other, start=1):
            row.append(min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (letter != there)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == there:
                row[j] = min(row[j], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


def missing_extra(package: str, extra: str) -> SetupError:
    """The error for an optional package that is not installed.

    >>> missing_extra("fastexcel", "excel").hint
    "pip install 'clustera[excel]'"
    """
    return SetupError(f"{package} is not installed.", hint=f"pip install 'clustera[{extra}]'")
