"""A contract: what a table of customers promised to look like, written once as TOML, and later tables held against it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from clustera.check.findings import column_finding
from clustera.check.options import CheckOptions
from clustera.check.roles import find_column
from clustera.check.rows import VALUED
from clustera.engines import identifier, literal
from clustera.errors import FindingsError, InputError, closest
from clustera.records import Checked, Column, Finding, Severity, Value
from clustera.texts import finding_cure, finding_message

CATEGORIES = 50  # a descriptor with more of them is not listed
MARGIN = 0.5  # of the range seen, added at both ends when a contract is written
_ORDER: tuple[Severity, ...] = ("note", "warning", "error")


@dataclass(frozen=True, slots=True)
class ColumnPromise:
    """What one column promised."""

    name: str
    role: str
    kind: str
    low: float | None = None
    high: float | None = None
    missing: float = 1.0  # largest share of missing values
    categories: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """What a table promised: its columns, and between how many rows it has."""

    fewest_rows: int
    most_rows: int
    columns: tuple[ColumnPromise, ...]

    def options(self, names: Sequence[str]) -> CheckOptions:
        """Roles as the contract has them, for those of its columns that a table has.

        Args:
            names: The columns of the table.
        """
        found = {promise: name for promise in self.columns if (name := find_column(promise.name, names))}

        def of(*roles: str) -> list[str]:
            return [name for promise, name in found.items() if promise.role in roles]

        return CheckOptions(
            id=next(iter(of("id")), None),
            features=tuple(of("feature")),
            descriptors=tuple(of("descriptor")),
            exclude=tuple(of("ignored", "personal", "constant")),
        )


def contract_of(checked: Checked) -> Contract:
    """The contract that a table keeps, with room: half of each range at both ends, half to twice as many rows."""
    promises = []
    for column in checked.columns:
        part = column.missing / checked.balance.segmented if column.role in VALUED else 0.0
        low, high = _promised_range(checked, column) if column.role == "feature" else (None, None)
        promises.append(
            ColumnPromise(
                name=column.name,
                role=column.role,
                kind=column.kind,
                low=low,
                high=high,
                missing=min(1.0, round(2 * part + 0.02, 4)) if column.role in VALUED else 1.0,
                categories=_promised_categories(checked, column) if column.role == "descriptor" else None,
            )
        )
    return Contract(checked.balance.read // 2, checked.balance.read * 2, tuple(promises))


def contract_toml(contract: Contract) -> str:
    """The contract as TOML, for people to read and change.

    >>> print(contract_toml(Contract(100, 400, (ColumnPromise("age", "feature", "number", 0.0, 120.0, 0.02),))))
    # Held against later tables; change what is too strict or too loose.
    fewest_rows = 100
    most_rows = 400
    <BLANKLINE>
    [columns."age"]
    role = "feature"
    kind = "number"
    low = 0.0
    high = 120.0
    missing = 0.02
    <BLANKLINE>
    """
    lines = [
        "# Held against later tables; change what is too strict or too loose.",
        f"fewest_rows = {contract.fewest_rows}",
        f"most_rows = {contract.most_rows}",
        "",
    ]
    for promise in contract.columns:
        lines.append(f"[columns.{json.dumps(promise.name)}]")
        for key in ("role", "kind", "low", "high", "missing", "categories"):
            value = getattr(promise, key)
            if value is not None:
                # What JSON writes for texts, numbers and lists of texts is TOML as well.
                lines.append(f"{key} = {json.dumps(list(value) if isinstance(value, tuple) else value)}")
        lines.append("")
    return "\n".join(lines)


def contract_from_toml(text: str, *, name: str = "the contract") -> Contract:
    """The contract in a TOML text.

    Raises:
        InputError: it is no TOML, or no contract.
    """
    try:
        read = tomllib.loads(text)
        columns = tuple(
            ColumnPromise(
                **{
                    "name": column,
                    **promise,
                    "categories": tuple(promise["categories"]) if "categories" in promise else None,
                }
            )
            for column, promise in read["columns"].items()
        )
        return Contract(int(read["fewest_rows"]), int(read["most_rows"]), columns)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{name} can't be read: {error}.", hint="Write it anew with `clustera contract`.") from error


def hold_against_contract(checked: Checked, contract: Contract) -> list[Finding]:
    """Where a table breaks its contract.

    Args:
        checked: The table, checked with the contract's own `options`.
        contract: What it promised.
    """
    names = [column.name for column in checked.columns]
    found = _on_rows(checked, contract)
    known = set()
    for promise in contract.columns:
        name = find_column(promise.name, names)
        if name is None:
            found.append(_missing_column_finding(promise, names))
            continue
        known.add(name)
        found += _on_column(checked, next(column for column in checked.columns if column.name == name), promise)
    return found + [Finding("contract-new-column", "note", name) for name in names if name not in known]


def stop_on_findings(findings: Sequence[Finding], severity: Severity = "warning") -> None:
    """Stop when something was found that is at least so severe (`--strict`).

    Raises:
        FindingsError: names what was found.
    """
    grave = [finding for finding in findings if _ORDER.index(finding.severity) >= _ORDER.index(severity)]
    if grave:
        said = " ".join(f"{finding_message(finding)} ({finding.code})" for finding in grave[:3])
        more = f" And {len(grave) - 3} more." if len(grave) > 3 else ""
        raise FindingsError(
            f"{len(grave)} {'finding stops' if len(grave) == 1 else 'findings stop'} the run: {said}{more}",
            hint=finding_cure(grave[0]),
        )


def _promised_range(checked: Checked, column: Column) -> tuple[float | None, float | None]:
    cell = identifier(column.name)
    low, high = checked.rows.value(f"select [min({cell}), max({cell})] as ends from {{rows}}")
    if low is None:
        return None, None
    room = MARGIN * (high - low)
    return (max(0.0, low - room) if low >= 0 else low - room), high + room


def _promised_categories(checked: Checked, column: Column) -> tuple[str, ...] | None:
    found = checked.rows.query(
        f"select distinct c from (select {identifier(column.name)} as c from {{rows}}) where c is not null order by c "
        f"limit {CATEGORIES + 1}"
    )["c"].to_pylist()
    return tuple(found) if len(found) <= CATEGORIES else None


def _on_rows(checked: Checked, contract: Contract) -> list[Finding]:
    rows = checked.balance.read
    if contract.fewest_rows <= rows <= contract.most_rows:
        return []
    return [
        Finding(
            code="contract-rows",
            severity="warning",
            count=rows,
            values={"fewest": contract.fewest_rows, "most": contract.most_rows},
        )
    ]


def _missing_column_finding(promise: ColumnPromise, names: Sequence[str]) -> Finding:
    near = closest(promise.name, names)
    return Finding(
        code="contract-missing-column",
        severity="error",
        column=promise.name,
        values={"case": "renamed" if near else "gone", "near": near},
    )


def _on_column(checked: Checked, column: Column, promise: ColumnPromise) -> list[Finding]:
    total = checked.balance.segmented
    if column.role in VALUED and column.missing < total and column.kind != promise.kind:
        return [
            Finding(
                code="contract-type",
                severity="error",
                column=column.name,
                values={"title": column.title, "kind": column.kind, "promised": promise.kind},
            )
        ]
    found = []
    if column.role in VALUED and column.missing > promise.missing * total:
        code = "contract-missing-values"
        found.append(column_finding(code, "warning", column, (column.missing, ()), total, most=promise.missing))
    outside = _outside(column, promise)
    if outside:
        code, test, values = outside
        count = checked.rows.count(test)
        if count:
            found.append(column_finding(code, "warning", column, (count, ()), total, **values))
    return found


def _outside(column: Column, promise: ColumnPromise) -> tuple[str, str, dict[str, Value]] | None:
    """What breaks the promise: the finding's code, an SQL test, and the promised values."""
    cell = identifier(column.name)
    if column.role == "feature":
        tests = [f"{cell} < {promise.low!r}"] if promise.low is not None else []
        tests += [f"{cell} > {promise.high!r}"] if promise.high is not None else []
        case = "low" if promise.high is None else "high" if promise.low is None else "both"
        values: dict[str, Value] = {"case": case, "low": promise.low, "high": promise.high}
        return ("contract-range", " or ".join(tests), values) if tests else None
    if column.role == "descriptor" and promise.categories is not None:
        listed = ", ".join(map(literal, promise.categories)) or "null"
        return "contract-category", f"{cell} is not null and {cell} not in ({listed})", {}
    return None
