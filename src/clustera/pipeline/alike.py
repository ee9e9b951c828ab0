"""Features in which hardly any customers differ: told, and left out of the segmentation."""

from __future__ import annotations

from dataclasses import replace

from clustera import prepare
from clustera.check import keyed_by_values
from clustera.pipeline.noise import FORMING
from clustera.records import Checked, Finding, Reason, Role
from clustera.settings import Settings

_ALIKE = "alike-feature"  # the finding, and the reason of the column's role
_FORMING = FORMING | {"missing-values"}  # findings that say of a column what it does in the segments


def without_alike_features(
    checked: Checked, settings: Settings, *, ordered: bool
) -> tuple[Checked, tuple[Finding, ...]]:
    """The table without features that are the same for all customers by whom their preparation would be learned.

    Whoever named such a column of a table or gave it a weight is refused with the reason when it is prepared, and so is a
    table that has no other feature.

    Args:
        checked: Customers.
        settings: What is asked for.
        ordered: Whether the features are from orders: then they describe, as they are the same every month.
    """
    features = checked.role("feature")
    alike = [
        column
        for column in prepare.alike_features(checked.rows, features)
        if column.name not in settings.prepare.weights and (ordered or not column.asked)
    ]
    if not alike or len(alike) == len(features):
        return checked, ()
    names = {column.name for column in alike}
    role: Role = "descriptor" if ordered else "constant"
    columns = tuple(
        replace(column, role=role, reason=Reason(_ALIKE)) if column.name in names else column
        for column in checked.columns
    )
    rows = checked.rows
    if not checked.role("id"):
        rows = keyed_by_values(rows, [column.name for column in features if column.name not in names])
    findings = tuple(f for f in checked.findings if not (f.column in names and f.code in _FORMING))
    told = tuple(
        Finding(_ALIKE, "note", column=column.name, values={"title": column.title, "customers": rows.count()})
        for column in alike
    )
    return replace(checked, columns=columns, rows=rows, findings=findings), told
