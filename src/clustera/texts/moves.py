"""Who moved, in one sentence: the same in the command, the report and everywhere else."""

from __future__ import annotations

from clustera.records import Comparison
from clustera.texts.numbers import format_count, format_share
from clustera.texts.translation import translate


def moves_sentence(comparison: Comparison) -> str:
    """How many customers moved up, moved down and stayed.

    >>> from clustera.records import Move
    >>> moves = (Move(1, 1, 80), Move(2, 2, 95), Move(1, 2, 5), Move(2, 1, 20))
    >>> moved = Comparison("November", "December", 200, 3, 6, moves, (), (), (), (), (), ranking=(1, 2))
    >>> moves_sentence(moved)
    '20 customers moved up to a segment that spends more, 5 moved down; 88% of 200 stayed. 6 are new, 3 are gone.'
    """
    share, common = format_share(comparison.stayed), format_count(comparison.common)
    if comparison.up is None or comparison.down is None:
        said = translate(
            "{share} of the {n} customers known on both days stayed in their segment.", share=share, n=common
        )
    else:
        said = translate(
            "{up} customers moved up to a segment that spends more, {down} moved down; {share} of {n} stayed.",
            up=format_count(comparison.up),
            down=format_count(comparison.down),
            share=share,
            n=common,
        )
    if comparison.only_before or comparison.only_after:
        came, left = format_count(comparison.only_after), format_count(comparison.only_before)
        said += " " + translate("{came} are new, {left} are gone.", came=came, left=left)
    return said
