"""Where the browser is that tests look at pages with (None where this machine has none), and how they wait for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from tests.waiting import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def patient(opening: Callable[..., Any]) -> Callable[..., Any]:
    """A way to open a page or a context, which then waits for anything as long as `PATIENCE`."""

    @wraps(opening)
    def opened(*arguments: Any, **options: Any) -> Any:
        page = opening(*arguments, **options)
        page.set_default_timeout(1_000 * PATIENCE)
        return page

    return opened


@contextmanager
def answered(page: Any) -> Iterator[None]:
    """Wait for what a click within leads to: another page, shown whole, or what is wrong beside the form.

    The answer of a form is not enough: the script of the page shows it a moment later.
    """
    page.evaluate("document.body.setAttribute('data-left', '')")
    yield
    page.wait_for_selector("body:not([data-left]), [data-problem]:not([hidden])", state="attached")
    page.wait_for_load_state()
