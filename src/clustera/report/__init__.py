"""The self-contained HTML report: a page made of `components`, and its printing."""

from clustera.report.browser import browser, needed_browser, pdf
from clustera.report.page import card_html, render, stylesheet

__all__ = ["browser", "card_html", "needed_browser", "pdf", "render", "stylesheet"]
