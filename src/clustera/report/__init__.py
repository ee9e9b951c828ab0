"""The self-contained HTML report and the components it is made of."""

from clustera.report.browser import browser, needed_browser, pdf
from clustera.report.components import card_html
from clustera.report.markup import stylesheet
from clustera.report.page import render

__all__ = ["browser", "card_html", "needed_browser", "pdf", "render", "stylesheet"]
