"""The only room that knows the order of the steps."""

from clustera.pipeline.inspect import check_raw, contract_text, inspect, stop_where_asked
from clustera.pipeline.orders import Sources
from clustera.pipeline.segments import Earlier, Progress, Result, Scored, moves, predict, segment

__all__ = [
    "Earlier",
    "Progress",
    "Result",
    "Scored",
    "Sources",
    "check_raw",
    "contract_text",
    "inspect",
    "moves",
    "predict",
    "segment",
    "stop_where_asked",
]
