"""The only room that knows the order of the steps."""

from clustera.pipeline.orders import Sources
from clustera.pipeline.segments import Earlier, Progress, Result, Scored, moves, predict, segment

__all__ = ["Earlier", "Progress", "Result", "Scored", "Sources", "moves", "predict", "segment"]
