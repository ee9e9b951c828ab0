"""Whether a column called `class`, `target` or `y` is a label: few values, which the other columns predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clustera.check.kinds import Reading
from clustera.check.meanings import FEW, decide_measure
from clustera.check.words import meanings_of_name, words_of_name
from clustera.engines import Rows, identifier

WEAK = frozenset({"y", "class", "label", "target", "klasse", "classe", "clase", "klass", "klasa", "sinif", "trida"})
PREDICTED = 0.1  # share of some column's variance that lies between the values of a label
CHANCE = 5  # times the share that chance alone would give
MANY = 24  # columns; more are not asked


def decide_labels(rows: Rows, readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """The readings, in which a column of a label's name is one only if its cells look like one.

    Names that say more than "label" (cluster, churn, propensity) need no proof.

    Args:
        rows: The source's rows.
        readings: What its columns hold.
    """
    found = dict(readings)
    for name, reading in readings.items():
        if reading.measures == "outcome" and WEAK.intersection(words_of_name(name).split()):
            label = not _is_coordinate(name, readings) and _is_predicted(rows, reading, readings)
            found[name] = replace(reading, measures=decide_measure(reading.look, reading.kind, is_label=label))
    return found


def _is_coordinate(name: str, readings: Mapping[str, Reading]) -> bool:
    beside = words_of_name(name).replace("y", "x")
    return words_of_name(name).split()[-1] == "y" and any(words_of_name(other) == beside for other in readings)


def _is_predicted(rows: Rows, label: Reading, readings: Mapping[str, Reading]) -> bool:
    """Whether the means of some other column differ clearly between a label's values."""
    if not 2 <= label.look.distinct <= FEW:
        return False
    others = [
        reading
        for name, reading in readings.items()
        if name != label.name and reading.kind in {"number", "bracket"} and "outcome" not in meanings_of_name(name)
    ][:MANY]
    if not others:
        return True  # nothing to say against the name
    inner = ", ".join(f"{reading.sql} as v{at}" for at, reading in enumerate(others))
    # In units of the largest value: the square of 1e300 is no number.
    largest = ", ".join(f"max(abs(v{at})) as x{at}" for at in range(len(others)))
    sums = ", ".join(
        f"count(v{at}) as n{at}, coalesce(avg(v{at} / x{at}), 0) as m{at}, coalesce(var_pop(v{at} / x{at}), 0) as s{at}"
        for at in range(len(others))
    )
    groups = rows.query(
        f"with cells as (select {identifier(label.name)} as label, {inner} from {{rows}}), "
        f"ends as (select {largest} from cells) "
        f"select {sums} from cells, ends where label is not null group by label order by label"
    ).to_pylist()
    return any(_groups_differ(groups, at) for at in range(len(others)))


def _groups_differ(groups: list[dict[str, float]], at: int) -> bool:
    """Whether the groups tell enough of a column's variance: eta squared, above what chance gives."""
    sizes = [group[f"n{at}"] for group in groups]
    total = sum(sizes)
    if total <= len(groups):
        return False
    mean = sum(n * group[f"m{at}"] for n, group in zip(sizes, groups, strict=True)) / total
    between = sum(n * (group[f"m{at}"] - mean) ** 2 for n, group in zip(sizes, groups, strict=True))
    within = sum(n * group[f"s{at}"] for n, group in zip(sizes, groups, strict=True))
    if not between + within:
        return False
    chance = (len(groups) - 1) / (total - 1)
    return between / (between + within) >= max(PREDICTED, min(0.5, CHANCE * chance))
