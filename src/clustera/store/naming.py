"""Names of runs: never a path, and good on every system."""

from __future__ import annotations

import re

from clustera.errors import RunError

LATEST = "latest"  # the run that is last in the order: the newest, unless another was told to be used
_NAME = re.compile(r"\w(?:[\w .+-]{0,118}[\w+-])?")
CAMPAIGNS = "campaigns"  # the folder of campaigns beside the runs
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices of Windows


def is_name(text: str) -> bool:
    """Whether a text can name a run or an alias.

    >>> [is_name(text) for text in ("march", "März 2", "../march", "a/b", "C:x", "nul", ".lock", "x.", "")]
    [True, True, False, False, False, False, False, False, False]
    """
    return (
        bool(_NAME.fullmatch(text))
        and not _RESERVED.fullmatch(text)
        and not text.lower().endswith((".names.json", ".notes.json", ".recommendations.parquet", ".offers.parquet"))
    )


def check_name(text: str, *, what: str = "run") -> str:
    """The text; refuse a text that can't name a run, an alias, an audience or a campaign.

    Raises:
        RunError: it has other characters, is longer than 120, or is a name that Windows or Clustera keeps.
    """
    if not is_name(text) or text.lower() in (LATEST, CAMPAIGNS):
        raise RunError(
            f"{text!r} can't be the name of {'an' if what[0] == 'a' else 'a'} {what}.",
            hint="Use at most 120 letters, digits, '-' and '_'; 'latest' means the run in use, 'campaigns' is the "
            "folder of campaigns.",
        )
    return text
