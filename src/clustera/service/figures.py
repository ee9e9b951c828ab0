"""The four figures at the top of a run, each with its change since the run before."""

from __future__ import annotations

from dataclasses import dataclass

from clustera import texts
from clustera.records import Outcome, segment_money
from clustera.texts import forecasts, translate, verdicts


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, written."""

    label: str
    value: str
    note: str = ""
    change: str = ""  # since the run before
    said: bool = False  # words, and not a number


def key_figures(outcome: Outcome, before: Outcome | None) -> tuple[Figure, ...]:
    """With orders revenue, forecast, customers and who is overdue; else customers, who was left out, and how sure it is.

    Args:
        outcome: The run.
        before: The run it was made like, where that is known.
    """
    if outcome.behavior is None:
        return _of_table(outcome, before)
    figures = (
        _revenue_figure(outcome, before),
        _expected_figure(outcome, before),
        _customers(outcome, before),
        _overdue_figure(outcome, before),
    )
    return tuple(figure for figure in figures if figure is not None)


def _is_comparable(outcome: Outcome, before: Outcome | None) -> bool:
    """Whether amounts of both runs are in one currency."""
    log, earlier = outcome.behavior, before.behavior if before else None
    return log is not None and earlier is not None and earlier.money.currency == log.money.currency


def _revenue_figure(outcome: Outcome, before: Outcome | None) -> Figure | None:
    log = outcome.behavior
    if log is None:
        return None
    return Figure(
        _in_currency(translate("Sales"), log.money.currency),
        texts.format_amount(_revenue(outcome)),
        ". ".join(
            filter(
                None,
                (
                    translate(
                        "{first} to {last}", first=texts.format_day(log.first_day), last=texts.format_day(log.as_of)
                    ),
                    texts.lately_sentence(log),
                ),
            )
        ),
        _more_revenue(outcome, before) if before and _is_comparable(outcome, before) else "",
    )


def _expected_figure(outcome: Outcome, before: Outcome | None) -> Figure | None:
    """The forecast; its change where the earlier one looks as far ahead, with the same margin and discount."""
    log, value, earlier = outcome.behavior, outcome.value, before.value if before else None
    if log is None or value is None:
        return None
    same = earlier is not None and earlier.terms == value.terms and _is_comparable(outcome, before)
    return Figure(
        _in_currency(texts.expected_title(value.horizon_months, value.margin), log.money.currency),
        texts.format_amount(value.total.value),
        forecasts.forecast_note(value),
        _amount(value.total.value, earlier.total.value if earlier and same else None),
    )


def _overdue_figure(outcome: Outcome, before: Outcome | None) -> Figure | None:
    log = outcome.behavior
    if log is None or log.risk is None:
        return None
    earlier = before.behavior.risk if before and before.behavior else None
    return Figure(
        translate("Overdue customers"),
        texts.format_count(log.risk.overdue),
        texts.overdue_note(log.risk, span=texts.sales_span(log)),
        _more_customers(log.risk.overdue, earlier.overdue if earlier else None),
    )


def said_since(outcome: Outcome, before: Outcome, run: str) -> str:
    """Since when figures have changed: the day that the earlier log ends, else the earlier run.

    Args:
        outcome: The run.
        before: The run it was made like.
        run: The name of `before`.
    """
    if outcome.behavior and before.behavior and outcome.behavior.as_of > before.behavior.as_of:
        return texts.format_day(before.behavior.as_of)
    return translate("the run {run}", run=run)


def _of_table(outcome: Outcome, before: Outcome | None) -> tuple[Figure, ...]:
    balance = outcome.balance
    read = translate("{n} rows read", n=texts.format_count(balance.read))
    out = _more_rows(balance.quarantined, before.balance.quarantined if before else None)
    return (
        _customers(outcome, before),
        Figure(translate("Left out"), texts.format_count(balance.quarantined), read, out),
        Figure(translate("Segments"), str(len(outcome.segments))),
        Figure(translate("How sure"), verdicts.run_sureness(outcome)[0], said=True),
    )


def _customers(outcome: Outcome, before: Outcome | None) -> Figure:
    n, out = outcome.balance.segmented, outcome.balance.quarantined
    told = out and outcome.behavior
    note = texts.translate_count(out, "{n} row left out", "{n} rows left out") if told else ""
    return Figure(
        translate("Customers"),
        texts.format_count(n),
        note,
        _more_customers(n, before.balance.segmented if before else None),
    )


def _revenue(outcome: Outcome) -> float:
    return sum(part.revenue for part in segment_money(outcome))


def _more_revenue(outcome: Outcome, before: Outcome) -> str:
    """The change in percent where both logs cover as many days; what came since where the later one goes on; else none."""
    log, earlier = outcome.behavior, before.behavior
    assert log is not None
    assert earlier is not None
    now, then, currency = _revenue(outcome), _revenue(before), log.money.currency
    if log.as_of - log.first_day == earlier.as_of - earlier.first_day:
        return _amount(now, then)
    if log.first_day == earlier.first_day and log.as_of > earlier.as_of:
        return _signed(now - then, translate("{amount} sales", amount=texts.format_amount(abs(now - then), currency)))
    return ""


def _more_customers(now: float, before: float | None) -> str:
    if before is None:
        return ""
    size = texts.translate_count(round(abs(now - before)), "1 customer", "{n} customers")
    return _signed(now - before, size)


def _more_rows(now: float, before: float | None) -> str:
    if before is None:
        return ""
    return _signed(now - before, texts.translate_count(round(abs(now - before)), "{n} row", "{n} rows"))


def _amount(now: float, before: float | None) -> str:
    """The change of an amount in percent; nothing to compare with where there was none."""
    if before is None or before <= 0:
        return ""
    return _signed(now - before, texts.format_share(abs(now / before - 1)))


def _signed(difference: float, size: str) -> str:
    if not difference:
        return translate("no change")
    return f"+{size}" if difference > 0 else f"−{size}"


def _in_currency(label: str, currency: str) -> str:
    return f"{label}, {currency}" if currency else label
