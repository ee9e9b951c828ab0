"""The self-contained HTML report: pages with a policy of their own, made of `components`, and their printing."""

from clustera.report.browser import find_browser, needed_browser, print_pdf
from clustera.report.page import METHOD, REPORT, Part, card_html, render_page, report_stylesheet, unlink_files

__all__ = [
    "METHOD",
    "REPORT",
    "Part",
    "card_html",
    "find_browser",
    "needed_browser",
    "print_pdf",
    "render_page",
    "report_stylesheet",
    "unlink_files",
]
