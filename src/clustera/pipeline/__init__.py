"""The only room that knows the order of the steps."""

from clustera.pipeline.drawing import moves
from clustera.pipeline.explaining import explain
from clustera.pipeline.exporting import ExportRequest, choose_export, reach, source_name
from clustera.pipeline.inspect import check_raw, checked_sources, contract_text, inspect, stop_where_asked
from clustera.pipeline.keeping import Earlier
from clustera.pipeline.moved import moved_customers
from clustera.pipeline.predict import Scored, predict
from clustera.pipeline.preview import FirstRows, Preview, first_rows, preview
from clustera.pipeline.progress import Progress
from clustera.pipeline.publishing import Part, Printed, publish, render_report, save
from clustera.pipeline.segments import Result, segment
from clustera.pipeline.sources import Sources

__all__ = [
    "Earlier",
    "ExportRequest",
    "FirstRows",
    "Part",
    "Preview",
    "Printed",
    "Progress",
    "Result",
    "Scored",
    "Sources",
    "check_raw",
    "checked_sources",
    "choose_export",
    "contract_text",
    "explain",
    "first_rows",
    "inspect",
    "moved_customers",
    "moves",
    "predict",
    "preview",
    "publish",
    "reach",
    "render_report",
    "save",
    "segment",
    "source_name",
    "stop_where_asked",
]
