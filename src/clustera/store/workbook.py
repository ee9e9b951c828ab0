"""The workbook of a run: a summary with a chart, then moves, actions, calls and customers, then the evidence and details."""

from __future__ import annotations

import math
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustera import frames, texts
from clustera.engines import Workspace, temporary_files
from clustera.errors import SetupError, missing_extra
from clustera.records import Action, Comparison, Outcome, segment_money, segment_pace
from clustera.records.earnings import SegmentMoney
from clustera.store.headings import OF_CALLS, OF_FINDINGS, OF_MONEY, OF_TESTS, plain_head
from clustera.texts import translate, verdicts

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_MOST_CUSTOMERS = 1_000_000
# Of customers and segments, how the segments were found: their last columns.
_OF_METHOD = (
    "distance", "second_segment", "borderline", "outlier", "outliers", "rfm_r", "rfm_f", "rfm_m", "action_code", "jaccard", "valley",
)  # fmt: skip
_SHARES = ("share", "_share", "probability_alive", "churn_risk", "base_rate", "detectable_rise", "detectable_spend")
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class _Formats:
    title: Any
    note: Any
    head: Any
    whole: Any
    number: Any
    money: Any
    share: Any
    day: Any
    text: Any
    total: Any
    total_money: Any


def write_workbook(path: Path, outcome: Outcome, customers: pa.Table) -> None:
    """Write the workbook.

    Args:
        path: The file.
        outcome: All that was found.
        customers: One row per customer.

    Raises:
        SetupError: XlsxWriter is missing, there are more customers than a worksheet holds, or no room for temporary files.
        OSError: the disk refuses.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise missing_extra("XlsxWriter", "excel") from error
    rows = customers.num_rows
    if rows > _MOST_CUSTOMERS:
        raise SetupError(
            f"A worksheet holds 1,048,576 rows; there are {rows:,} customers.",
            hint="Use customers.csv or customers.parquet.",
        )
    safe = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
    # Its temporary files are removed also where the disk is full or the process is killed. It is finished among them, so
    # that an error tells which folder is full.
    with temporary_files():
        workspace = Workspace()
    with closing(workspace):
        finished = workspace.folder / "book.xlsx"
        options = {**dict.fromkeys(safe, False), "nan_inf_to_errors": True, "tmpdir": str(workspace.folder)}
        with temporary_files():
            try:
                book = xlsxwriter.Workbook(str(finished), options)
                _fill_workbook(book, outcome, customers)
                book.close()
            except xlsxwriter.exceptions.FileCreateError as error:
                raise error.args[0] from error
        shutil.copyfile(finished, path)


def _fill_workbook(book: Any, outcome: Outcome, customers: pa.Table) -> None:  # noqa: ANN401 - xlsxwriter is optional and untyped
    # A fixed date, so that the same run gives the same bytes.
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 - the format knows no zones
    currency = outcome.behavior.money.currency if outcome.behavior else ""
    formats = _formats(book, currency)
    _write_summary(book, outcome, formats)
    moved = last_moves(outcome)
    if moved:
        _write_moves(book.add_worksheet("Moves"), moved, formats)
    people = customers.to_pandas().drop(columns="key", errors="ignore")  # keys go past 2**53
    titles = {column.name: column.title for column in outcome.columns}
    money = OF_MONEY | {
        feature.name for feature in outcome.preparation.features if feature.unit in {"money", currency or "money"}
    }
    calls = _calls_sheet(people)
    actions = frames.actions_frame(outcome)
    for name, frame in (
        ("Actions", actions.drop(columns=[*OF_TESTS]).dropna(axis=1, how="all")),
        *([("Calls", calls)] if len(calls) else []),
        ("Customers", _method_last(people)),
        ("Segments", _method_last(_with_trust_in_words(frames.segments_frame(outcome)))),
        ("Number of segments", _numbers_sheet(outcome)),
        ("Findings", frames.findings_frame(outcome.findings)),
        ("Details", actions[["segment", "name", "action", "who", *OF_TESTS]].dropna(axis=1, how="all")),
    ):
        heads = {column: _head(column, name, titles, outcome) for column in map(str, frame.columns)}
        _write_frame(book.add_worksheet(name), frame, formats, heads, money)


def _calls_sheet(people: pd.DataFrame) -> pd.DataFrame:
    """Who is called or written to one by one, in that order; without rows where nobody is."""
    if "contact_order" not in people.columns:
        return people.head(0)
    called = people[people["contact_order"].notna()].sort_values("contact_order")
    return called[[name for name in OF_CALLS if name in called.columns]]


def _method_last(frame: pd.DataFrame) -> pd.DataFrame:
    """The same columns, those that an analyst reads last."""
    return frame[
        sorted(frame.columns, key=lambda name: name in _OF_METHOD or str(name).endswith((": center", ": index")))
    ]


def _numbers_sheet(outcome: Outcome) -> pd.DataFrame:
    """Every number of segments with the one judgment that the page gives, none beside it."""
    return frames.k_selection_frame(outcome.selection).reset_index().drop(columns=["admissible", "refused", "why_not"])


def last_moves(outcome: Outcome) -> Comparison | None:
    """Who moved since the run before, or since the last day that the log was looked at; None where neither is known."""
    if outcome.comparison:
        return outcome.comparison
    migration = outcome.behavior.migration if outcome.behavior else None
    if migration is None or not migration.periods:
        return None
    names = {segment.segment: segment.name for segment in outcome.segments}
    return migration.last(names, *(texts.format_day(day) for day in migration.days[-2:]))


def _formats(book: Any, currency: str) -> _Formats:  # noqa: ANN401 - xlsxwriter is optional and untyped
    money = f'#,##0.00 "{currency}"' if currency.isalnum() else "#,##0.00"
    strong: dict[str, Any] = {"bold": True, "top": 1}
    return _Formats(
        title=book.add_format({"bold": True, "font_size": 16}),
        note=book.add_format({"font_color": "#5d626b"}),
        head=book.add_format({"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1}),
        whole=book.add_format({"num_format": "#,##0"}),
        number=book.add_format({"num_format": "#,##0.00"}),
        money=book.add_format({"num_format": money}),
        share=book.add_format({"num_format": "0.0%"}),
        day=book.add_format({"num_format": "yyyy-mm-dd"}),
        text=book.add_format(),
        total=book.add_format({**strong, "num_format": "#,##0"}),
        total_money=book.add_format({**strong, "num_format": money}),
    )


def _summary_rows(outcome: Outcome) -> tuple[list[tuple[str, str]], list[list[Any]], list[Any]]:
    """Heads with the kind of what stands below, one row per segment, and the row of all customers."""
    actions = outcome.first_actions
    heads = [
        ("whole", translate("Segment")),
        ("text", translate("Name")),
        ("whole", translate("Customers")),
        ("share", translate("Share of customers")),
    ]
    money = {part.segment: part for part in segment_money(outcome)}
    months = outcome.value.horizon_months if outcome.value else 0
    pace = segment_pace(outcome)
    if money:
        heads += [
            ("share", translate("Share of sales")),
            ("money", translate("Sales")),
            ("money", translate("Sales per customer")),
        ]
        heads += (
            [
                ("money", texts.expected_title(outcome.value.horizon_months, outcome.value.margin)),
                ("money", translate("Likely (80%) from")),
                ("money", translate("Likely (80%) to")),
                ("money", translate("At the pace of the last 3 months")),
            ]
            if outcome.value
            else []
        )
        heads += [
            ("whole", translate("Overdue customers")),
            ("money", translate("Sales of overdue customers, last {span}", span=texts.sales_span(outcome.behavior))),
        ]
    rows = []
    for profile in outcome.segments:
        row: list[Any] = [profile.segment, profile.name, profile.size, profile.share]
        if money:
            part = money[profile.segment]
            row += [part.revenue_share, part.revenue, part.per_customer]
            row += [part.forecast, part.low, part.high, pace.get(profile.segment)] if months else []
            row += [part.overdue, part.overdue_money]
        action = actions.get(profile.segment)
        rows.append([*row, _first_action(action, profile.size) if action else ""])
    return (
        [*heads, ("text", translate("Suggested action (idea, not proven yet)"))],
        rows,
        [*_total_row(outcome, [*money.values()]), ""],
    )


def _total_row(outcome: Outcome, money: Sequence[SegmentMoney]) -> list[Any]:
    """All customers: their number, and their money where it is known."""
    size = sum(profile.size for profile in outcome.segments)
    total: list[Any] = ["", translate("All customers"), size, None]
    if not money:
        return total
    revenue = sum(part.revenue for part in money)
    total += [None, revenue, revenue / size if size else None]
    whole = outcome.value.total if outcome.value else None
    total += [whole.value, whole.low, whole.high, sum(segment_pace(outcome).values()) or None] if whole else []
    overdue = [(part.overdue, part.overdue_money) for part in money]
    return [*total, *map(sum, zip(*overdue, strict=True))]


def _first_action(action: Action, size: int) -> str:
    part = texts.action_part(action, size)
    return f"{texts.action_label(action)} ({part})" if part else texts.action_label(action)


def _write_summary(book: Any, outcome: Outcome, formats: _Formats) -> None:  # noqa: ANN401
    sheet = book.add_worksheet("Summary")
    sheet.hide_gridlines(2)
    heads, rows, total = _summary_rows(outcome)
    sheet.write_string(0, 0, texts.report_title(outcome), formats.title)
    sheet.write_string(1, 0, _about(outcome), formats.note)
    news = (texts.forecast_check_sentences(outcome.forecast_check), texts.first_orders_sentence(outcome.behavior))
    told = [said for said in news if said]
    for row, said in enumerate(told, 2):
        sheet.write_string(row, 0, said, formats.note)
    first = 3 + len(told)
    for j, (kind, head) in enumerate(heads):
        sheet.write_string(first, j, head, formats.head)
        sheet.set_column(j, j, 30 if j == 1 else 8 if j == 0 else 22 if j == len(heads) - 1 else 15)
        column = [row[j] for row in rows]
        format_ = getattr(formats, kind)
        for i, cell in enumerate(column):
            _write_cell(sheet, first + 1 + i, j, cell, format_)
        strong = formats.total_money if format_ is formats.money else formats.total
        _write_cell(sheet, first + 1 + len(rows), j, total[j], strong)
    sheet.set_row(first, 32)
    sheet.freeze_panes(first + 1, 2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    shown = [j for j, (kind, _) in enumerate(heads) if kind == "share"]
    chart = _shares_chart(book, first + 1, len(rows), shown)
    sheet.insert_chart(
        first + len(rows) + 3, 1, chart, {"description": translate("Share of customers and of sales by segment")}
    )


def _about(outcome: Outcome) -> str:
    said = translate("{n} customers", n=texts.format_count(outcome.balance.segmented))
    if outcome.behavior is None:
        return said
    span = texts.format_span(outcome.behavior.as_of - outcome.behavior.first_day + 1)
    day = texts.format_day(outcome.behavior.as_of)
    return translate("{customers}, orders of the {span} to {day}", customers=said, span=span, day=day)


def _shares_chart(book: Any, first: int, count: int, columns: Sequence[int]) -> Any:  # noqa: ANN401
    chart = book.add_chart({"type": "bar"})
    last = first + count - 1
    for column, color in zip(columns, ("#b9b5ac", "#1a5cb8")[-len(columns) :], strict=True):
        chart.add_series(
            {
                "name": ["Summary", first - 1, column],
                "categories": ["Summary", first, 1, last, 1],
                "values": ["Summary", first, column, last, column],
                "fill": {"color": color},
                "gap": 60,
                "data_labels": {"value": True, "num_format": "0%"},
            }
        )
    title = translate("Share of customers beside share of sales" if len(columns) > 1 else "Share of customers")
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 120 + 52 * count})
    return chart


def _write_moves(sheet: Any, moved: Comparison, formats: _Formats) -> None:  # noqa: ANN401
    sheet.write_string(0, 0, translate("Since {day}", day=texts.earlier_day(moved)), formats.title)
    sheet.write_string(1, 0, texts.moves_sentence(moved), formats.note)
    sheet.write_string(2, 0, texts.unshown_sentence(moved), formats.note)
    for j, (head, width) in enumerate(
        ((translate("From"), 34), (translate("To"), 34), (translate("Customers"), 12), (translate("Moved"), 10))
    ):
        sheet.write_string(3, j, head, formats.head)
        sheet.set_column(j, j, width)
    ordered = sorted(moved.moves, key=lambda move: (moved.stays(move), -move.count))
    for i, move in enumerate((m for m in ordered if m.count), start=4):
        sheet.write_string(i, 0, moved.names_before.get(move.before, str(move.before)))
        sheet.write_string(i, 1, moved.names_after.get(move.after, str(move.after)))
        sheet.write_number(i, 2, move.count, formats.whole)
        sheet.write_string(i, 3, translate("stayed" if moved.stays(move) else moved.direction(move) or "moved"))
    sheet.freeze_panes(4, 0)


def _head(column: str, sheet: str, titles: Mapping[str, str], outcome: Outcome) -> str:
    """The head of a column in words, with the time that its numbers are of."""
    if sheet == "Findings" and column in OF_FINDINGS:
        return translate(OF_FINDINGS[column])
    value = outcome.value
    return plain_head(
        column,
        titles,
        span=texts.sales_span(outcome.behavior),
        expected=texts.expected_title(value.horizon_months, value.margin) if value else "",
        churn_days=value.churn_days if value else 0,
    )


def _with_trust_in_words(frame: pd.DataFrame) -> pd.DataFrame:
    words = {code: translate(said[0]) for code, said in verdicts.STATEMENTS.items()}
    return frame.assign(trust=frame["trust"].map(words)) if "trust" in frame else frame


def _write_frame(
    sheet: Any,  # noqa: ANN401
    frame: pd.DataFrame,
    formats: _Formats,
    heads: Mapping[str, str],
    money: Collection[str],
) -> None:
    """A frame with its heads, each column in the format of what it holds."""
    sheet.freeze_panes(1, 0)
    for j, column in enumerate(frame.columns):
        name = str(column)
        cells = frame[column].astype(object).where(frame[column].notna(), None).tolist()
        plain = [_plain_cell(cell) for cell in cells]
        head = heads[name]
        sheet.write_string(0, j, head, formats.head)
        sheet.set_column(j, j, _column_width(head, plain))
        format_ = _format_of(name, plain, formats, money)
        for i, cell in enumerate(plain, start=1):
            _write_cell(sheet, i, j, cell, format_)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _plain_cell(cell: Any) -> Any:  # noqa: ANN401
    """A cell as Python has it: no scalar of numpy or pandas, no time zone."""
    cell = cell.to_pydatetime() if hasattr(cell, "to_pydatetime") else cell.item() if hasattr(cell, "item") else cell
    return cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell


def _format_of(name: str, cells: Sequence[Any], formats: _Formats, money: Collection[str]) -> Any:  # noqa: ANN401
    if name == "id":
        return formats.text
    known = [cell for cell in cells if cell is not None]
    kind = type(known[0]) if known else str
    by_kind: Mapping[type, Any] = {int: formats.whole, float: formats.number, date: formats.day, datetime: formats.day}
    if kind is float and name.endswith(_SHARES):
        return formats.share
    of, _, measure = name.partition(": ")
    if kind is float and of in money and measure != "index":  # 100 times the share of the average is no money
        return formats.money
    if kind is float and not any(cell % 1 for cell in known if math.isfinite(cell)):
        return formats.whole  # counts, with gaps
    return by_kind.get(kind, formats.text)


def _column_width(name: str, cells: Sequence[Any]) -> float:
    longest = max((len(str(cell)) for cell in cells[:200] if isinstance(cell, str)), default=0)
    return min(_WIDEST, max(10, min(len(name), 24) + 2, longest + 1))


def _write_cell(sheet: Any, row: int, column: int, cell: Any, format_: Any) -> None:  # noqa: ANN401
    if isinstance(cell, str):
        sheet.write_string(row, column, cell)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, (date, datetime)):
        sheet.write_datetime(row, column, cell, format_)
    elif cell is None:
        sheet.write_blank(row, column, None, format_)
    else:
        sheet.write(row, column, cell, format_)
