"""The public face: `clustera.segment()`, `clustera.load()` and what they return."""

from clustera.segmentation.face import find_run, load, segment
from clustera.segmentation.pictures import Plots
from clustera.segmentation.segmentation import Segmentation

__all__ = ["Plots", "Segmentation", "find_run", "load", "segment"]
