"""The room that speaks: texts in the language asked for, and how numbers, days and months are written."""

from __future__ import annotations

from clustera.texts.action_tests import action_test
from clustera.texts.actions import (
    action_audience,
    action_content,
    action_label,
    action_reasons,
    action_stake,
    action_text,
    also_for,
    default_label,
    period,
)
from clustera.texts.catalog import Combination, Language, Meaning, WordForm, english_text, load_language, to_locale
from clustera.texts.choice import explain_choice, explain_note, explain_price, explain_refusal, explain_wish
from clustera.texts.dates import format_day, format_month
from clustera.texts.findings import (
    column_reason,
    fill_template,
    finding_cure,
    finding_message,
    finding_rule,
    left_out_reason,
    load_findings,
    load_page,
    load_sections,
    note_text,
)
from clustera.texts.moves import moves_sentence
from clustera.texts.names import rename_segments
from clustera.texts.numbers import (
    NOTHING,
    format_amount,
    format_count,
    format_exact,
    format_index,
    format_number,
    format_share,
    format_tick,
    format_value,
    format_with_unit,
    inline_title,
    is_scale,
)
from clustera.texts.outliers import outlier_effect_sentence, outlier_sentence
from clustera.texts.refusals import NotPossibleError
from clustera.texts.translation import current_locale, speaking, translate
from clustera.texts.trust import says_borderline, says_neighbor, trust_sentence

__all__ = [
    "NOTHING",
    "Combination",
    "Language",
    "Meaning",
    "NotPossibleError",
    "WordForm",
    "action_audience",
    "action_content",
    "action_label",
    "action_reasons",
    "action_stake",
    "action_test",
    "action_text",
    "also_for",
    "column_reason",
    "current_locale",
    "default_label",
    "english_text",
    "explain_choice",
    "explain_note",
    "explain_price",
    "explain_refusal",
    "explain_wish",
    "fill_template",
    "finding_cure",
    "finding_message",
    "finding_rule",
    "format_amount",
    "format_count",
    "format_day",
    "format_exact",
    "format_index",
    "format_month",
    "format_number",
    "format_share",
    "format_tick",
    "format_value",
    "format_with_unit",
    "inline_title",
    "is_scale",
    "left_out_reason",
    "load_findings",
    "load_language",
    "load_page",
    "load_sections",
    "moves_sentence",
    "note_text",
    "outlier_effect_sentence",
    "outlier_sentence",
    "period",
    "rename_segments",
    "says_borderline",
    "says_neighbor",
    "speaking",
    "to_locale",
    "translate",
    "trust_sentence",
]
