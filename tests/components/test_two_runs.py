"""Two runs on one page that is not the report: a strict policy without inline style, a foreign page around them, axe."""

import pytest

from clustera import components
from tests import outcomes
from tests.chromium import CHROMIUM

ADDRESS = "http://dashboard.test/"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


def run(label, prefix, outcome, sample):
    parts = components.sections(outcome, sample, prefix=prefix)
    inside = "".join(
        f"<section id='{p.id}' aria-labelledby='{p.id}-title'><h2 id='{p.id}-title'>{label}: {p.title}</h2>{p.body}</section>"
        for p in parts
    )
    return f"<div class='clustera'>{inside}</div>"


@pytest.fixture(scope="module")
def dashboard():
    mall, sample = outcomes.mall()
    runs = run("June", "june-", mall, sample) + run("July", "july-", outcomes.with_comparison(mall), sample)
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Two runs</title>"
        "<link rel='stylesheet' href='/clustera.css'></head>"
        "<body><header><h1 class='badge'>Dashboard</h1></header>"
        f"<main><p class='small fill'>Before <a href='#june-overview'>June</a></p>{runs}"
        "<details id='own'><summary>Own</summary><table class='plain'><tr><td>After</td></tr></table></details></main></body></html>"
    )


def opened(chromium, html, *, css=None, trusting=False):
    """The page as a server would send it, with the policy as a header."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=trusting)
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))

    def answer(route):
        if route.request.url.endswith(".css"):
            sheet = components.stylesheet() if css is None else css
            route.fulfill(body=sheet, content_type="text/css")
        elif route.request.url == ADDRESS:
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})
        else:
            route.fulfill(status=204)

    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    return page


def test_a_policy_without_inline_style_shows_them(chromium, dashboard):
    page = opened(chromium, dashboard)
    seen = page.evaluate(
        "[...document.querySelectorAll('#june-cards .segment, #july-cards .segment')].map(e => getComputedStyle(e).borderTopColor)"
    )
    complaints = [text for text in page.complaints if "Content Security Policy" in text]
    page.close()
    assert complaints == []
    assert len(seen) == 12
    assert len(set(seen)) == 6
    assert seen[:6] == seen[6:]


def test_axe_finds_nothing(chromium, dashboard):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(chromium, dashboard, trusting=True)
    found = axe.Axe().run(page).response["violations"]
    page.close()
    assert [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found] == []


def test_a_segment_picked_in_one_run_leaves_the_other_run_alone(chromium, dashboard):
    page = opened(chromium, dashboard)
    page.locator("#june-map").get_by_role("radio", name="Young high spenders").check()
    opacity = "e => getComputedStyle(e).opacity"
    seen = {run: page.locator(f"#{run}-map .big .dots.of-0").evaluate(opacity) for run in ("june", "july")}
    chosen = page.evaluate("[...document.querySelectorAll('#july-map input:checked')].length")
    page.close()
    assert seen == {"june": "0.07", "july": "1"}
    assert chosen == 1


def test_the_page_around_them_stays_as_it_was(chromium, dashboard):
    script = (
        "[...document.querySelectorAll('h1, main > p, main > p > a, #own, #own *')].map(e => { const s = getComputedStyle(e);"
        "return [e.tagName, s.font, s.color, s.margin, s.padding, s.borderTopWidth, s.display, s.boxSizing].join('|') })"
    )
    seen = []
    for css in ("", None):
        page = opened(chromium, dashboard, css=css)
        seen.append(page.evaluate(script))
        page.close()
    assert len(seen[0]) > 6
    assert seen[0] == seen[1]
