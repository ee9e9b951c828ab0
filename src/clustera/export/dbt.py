"""The model as files of a dbt project: the query, what it must hold, and who uses it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from clustera.errors import InputError

DBT_MODEL = "customer_segments"  # what the model is called where nothing else is asked
DBT_MARK = "Written by clustera sql --dbt"  # in each file, so that no other file is ever replaced
FEWEST = 100  # customers, from which on shares of segments are compared with those of the run
FARTHEST = 0.1  # share of the customers, by which a segment may grow or shrink; a small one to a half or the double

_NAME = re.compile(r"[A-Za-z_]\w*")
_JINJA = re.compile(r"\{[{%#]")  # how its own language begins
_TABLE = "clustera_table_of_customers"  # stands in a query where the table will be


def dbt_table(table: str) -> str:
    """The table as a dbt model names it: another model by `ref`; what is more than a name stays as it is.

    >>> dbt_table("customers"), dbt_table("crm.customers"), dbt_table("{{ source('crm', 'customers') }}")
    ("{{ ref('customers') }}", 'crm.customers', "{{ source('crm', 'customers') }}")
    """
    return f"{{{{ ref('{table}') }}}}" if _NAME.fullmatch(table) else table


def dbt_files(
    script: str,
    *,
    name: str,
    segments: Mapping[int, str],
    shares: Mapping[int, float],
    ids: Sequence[str],
    run: str,
    table: str,
    owner: str,
) -> dict[str, str]:
    """The files of a dbt project, by their paths below it.

    Args:
        script: The query with its comments, made for the table `dbt_placeholder()`.
        name: The model's name.
        segments: Number -> name.
        shares: Number -> share of the customers of the run.
        ids: Columns that tell one customer; empty where the run has no id.
        run: The run's name.
        table: The table the model reads: another model's name, or any expression of dbt.
        owner: Who is named as the owner of the exposure.

    Raises:
        InputError: dbt can't have a model of that name.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} can't be a dbt model's name.", hint="Use letters, digits and _ only.")
    return {
        f"models/{name}.sql": _model(script, dbt_table(table)),
        f"models/{name}.yml": _schema(name, segments, ids, run, owner),
        f"tests/{name}_shares.sql": _share_test(name, shares, run),
    }


def dbt_placeholder() -> str:
    """What stands for the table in the query that `dbt_files` takes."""
    return _TABLE


def _model(script: str, table: str) -> str:
    text = script.rstrip().removesuffix(";")
    # Names of columns and segments are data: dbt must not take them for its own language.
    plain = _JINJA.sub(lambda sign: f"{{{{ '{sign[0]}' }}}}", text)
    return f"-- {DBT_MARK}.\n{plain.replace(_TABLE, table)}\n"


def _schema(name: str, segments: Mapping[int, str], ids: Sequence[str], run: str, owner: str) -> str:
    lines = [
        f"# {DBT_MARK}.",
        "version: 2",
        "",
        "models:",
        f"  - name: {name}",
        f"    description: {_yaml_text(f'The segment of each customer, by the run {run}.')}",
        "    columns:",
    ]
    for column in (column for column in ids if not _JINJA.search(column)):
        lines += [
            f"      - name: {_yaml_text(column)}",
            "        quote: true",
            f"        description: {_yaml_text('The customer.')}",
            "        data_tests:",
            "          - not_null",
            *(["          - unique"] if len(ids) == 1 else []),
        ]
    numbers = ", ".join(map(str, segments))
    listed = "; ".join(f"{number}: {called}" for number, called in segments.items())
    lines += [
        "      - name: segment",
        f"        description: {_yaml_text(f'The number of the segment. {listed}.')}",
        "        data_tests:",
        "          - not_null",
        *_accepted_values(numbers, "quote: false"),
        "      - name: segment_name",
        f"        description: {_yaml_text('The name of the segment.')}",
        "        data_tests:",
        "          - not_null",
    ]
    if not any("'" in called or _JINJA.search(called) for called in segments.values()):
        values = ", ".join(json.dumps(called, ensure_ascii=False) for called in segments.values())
        lines += _accepted_values(values)
    lines += [
        "",
        "exposures:",
        f"  - name: {name}_by_clustera",
        "    label: Customer segments",
        "    type: ml",
        "    maturity: high",
        f"    description: {_yaml_text('Audiences, campaigns and reports that are made by these segments.')}",
        "    depends_on:",
        f"      - ref('{name}')",
        "    owner:",
        f"      name: {_yaml_text(owner)}",
    ]
    return "\n".join(lines) + "\n"


def _accepted_values(values: str, *others: str) -> list[str]:
    """The test that a column holds nothing else, as dbt has it since 1.10.8: what it is told stands below `arguments`."""
    told = (f"values: [{values}]", *others)
    return ["          - accepted_values:", "              arguments:", *(f"                {line}" for line in told)]


def _share_test(name: str, shares: Mapping[int, float], run: str) -> str:
    expected = "\n  union all ".join(
        f"select {segment} as segment, {low:.4f} as low, {high:.4f} as high"
        for segment, low, high in ((s, *share_bounds(share)) for s, share in shares.items())
    )
    return f"""-- {DBT_MARK}.
-- Warns where the share of a segment is far from that in the run {_JINJA.sub("{ ", " ".join(run.split()))}: by more than 10 points, or less than half
-- or more than double. Then the customers are others than those the segments were made from; see clustera segment --like.
{{{{ config(severity='warn') }}}}
with expected as (
  {expected}
), counted as (
  select segment, count(*) as customers from {{{{ ref('{name}') }}}} group by segment
), everyone as (
  select count(*) as customers from {{{{ ref('{name}') }}}}
)
select expected.segment, coalesce(counted.customers, 0) as customers, everyone.customers as of_all
from expected cross join everyone left join counted on counted.segment = expected.segment
where everyone.customers >= {FEWEST}
  and (coalesce(counted.customers, 0) < expected.low * everyone.customers
    or coalesce(counted.customers, 0) > expected.high * everyone.customers)
"""


def share_bounds(share: float) -> tuple[float, float]:
    """Between which shares of the customers a segment may have without being told.

    >>> [tuple(round(bound, 3) for bound in share_bounds(share)) for share in (0.04, 0.5)]
    [(0.02, 0.08), (0.4, 0.6)]
    """
    return max(share / 2, share - FARTHEST), min(share * 2, share + FARTHEST)


def _yaml_text(text: str) -> str:
    """A text of YAML, in which dbt finds nothing of its own language."""
    plain = _JINJA.sub(lambda sign: " ".join(sign[0]), " ".join(text.split()))
    return json.dumps(plain, ensure_ascii=False)
