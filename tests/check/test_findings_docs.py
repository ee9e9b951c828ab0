from __future__ import annotations

import re
from pathlib import Path

from clustera.check.rows import REASONS

ROOT = Path(__file__).parents[2]


def codes_in_the_source():
    found = set(REASONS)
    for room in ("read", "check"):
        for file in (ROOT / "src" / "clustera" / room).glob("*.py"):
            text = file.read_text()
            found |= set(re.findall(r'code="([a-z-]+)"', text)) | set(re.findall(r'"(contract-[a-z-]+)"', text))
    return found


def test_every_finding_is_documented_and_every_documented_one_exists():
    page = (ROOT / "docs" / "findings.md").read_text()
    documented = set(re.findall(r"^\| `([a-z-]+)`", page, re.MULTILINE))
    assert documented == codes_in_the_source()
