"""The self-contained HTML report: pages with a policy of their own, made of `components`, and their printing."""

from clustera.report.browser import browser, needed_browser, pdf
from clustera.report.page import METHOD, REPORT, Part, card_html, render, stylesheet

__all__ = ["METHOD", "REPORT", "Part", "browser", "card_html", "needed_browser", "pdf", "render", "stylesheet"]
