"""The report in a real browser: phone and laptop, light and dark, read by axe-core, printed."""

import numpy as np
import pandas as pd
import pytest

import clustera
from clustera.report import card_html, print_pdf, render_page
from tests import outcomes, shoppers
from tests.chromium import CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]

PAGES = {
    "clear": lambda: compared(*outcomes.mall()),
    "practical": outcomes.shop,
    "stable": outcomes.continuum,
    "wide": outcomes.wide,
    "orders": shoppers.shopping,
    "refused": shoppers.refused,
}


def compared(outcome, sample):
    return outcomes.with_comparison(outcome), sample


@pytest.fixture(scope="module")
def written(tmp_path_factory, blobs):
    folder = tmp_path_factory.mktemp("pages")
    paths = {}
    for name, build in PAGES.items():
        outcome, sample = build()
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(render_page(outcome, sample=sample), encoding="utf-8")
    odd = blobs.assign(spend=blobs.income * 2 + blobs.spending_score, religion=blobs.gender)
    odd.loc[[3, 50, 90, 120], "spend"] += 5_000
    paths["examined"] = folder / "examined.html"
    clustera.segment(odd, diagnostics=True, progress=False).report(paths["examined"])
    rng = np.random.default_rng(0)
    visits = pd.DataFrame({"id": range(600), "visits": rng.integers(1, 200, 600), "spend": rng.uniform(1, 900, 600)})
    orders = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 150, 900),
            "date": pd.Timestamp("2026-10-31") - pd.to_timedelta(rng.integers(0, 600, 900), unit="D"),
            "amount": np.exp(rng.uniform(20, 27, 900)).round(),
            "currency": "IDR",
        }
    )
    for name, made in {
        "many": {"customers": visits, "k": 60, "min_size": 0.001},
        "rupiahs": {"orders": orders},
    }.items():
        paths[name] = folder / f"{name}.html"
        clustera.segment(**made, progress=False).report(paths[name])
    return paths


def opened(chromium, path, *, width=1280, scheme="light", trusting=False):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=trusting)
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    return page


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("clear", 390, "light"),
        ("clear", 1280, "dark"),
        ("practical", 1280, "light"),
        ("stable", 390, "dark"),
        ("orders", 390, "dark"),
        ("orders", 1280, "light"),
        ("refused", 1280, "dark"),
        ("examined", 390, "light"),
        ("examined", 1280, "dark"),
    ],
)
def test_axe_finds_nothing(chromium, written, name, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(chromium, written[name], width=width, scheme=scheme, trusting=True)
    found = axe.Axe().run(page).response["violations"]
    page.close()
    assert [(v["id"], v["impact"], v["nodes"][0]["html"][:200]) for v in found] == []


@pytest.mark.parametrize("name", [*PAGES, "examined", "many", "rupiahs"])
def test_nothing_is_wider_than_the_screen(chromium, written, name):
    page = opened(chromium, written[name])
    needed = {}
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        needed[width] = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert {width: wide for width, wide in needed.items() if wide > width} == {}


def test_the_policy_is_kept_and_nothing_is_fetched(chromium, written):
    page = chromium.new_page()
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(written["clear"].as_uri())
    styled = page.evaluate("getComputedStyle(document.querySelector('.segment')).borderTopWidth")
    page.close()
    assert styled == "5px"
    assert complaints == []
    assert requests == [written["clear"].as_uri()]


def test_the_keyboard_reaches_every_card(chromium, written):
    page = chromium.new_page()
    page.goto(written["clear"].as_uri())
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
    page.close()
    assert reached[0] == "#main"
    cards = [f"#segment-{i}" for i in range(1, 7)]
    assert cards == list(dict.fromkeys(link for link in reached if link and "segment-" in link))


def test_a_picked_segment_stays_and_the_others_fade(chromium, written):
    page = chromium.new_page()
    page.goto(written["clear"].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    page.get_by_role("radio", name="Young high spenders").check()
    opacity = "e => getComputedStyle(e).opacity"
    seen = [page.locator(f"#map .big .dots.of-{i}").evaluate(opacity) for i in range(3)]
    page.close()
    assert seen == ["0.07", "1", "0.07"]


def test_dark_and_light_differ(chromium, written):
    grounds = []
    for scheme in ("light", "dark"):
        page = opened(chromium, written["clear"], scheme=scheme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.close()
    assert grounds == ["rgb(250, 249, 246)", "rgb(18, 20, 23)"]


def test_the_card_of_a_notebook_leaves_the_page_around_it_alone(chromium, tmp_path):
    card = card_html(outcomes.mall()[0])
    page = chromium.new_page()
    widths = []
    for inside in ("", card):
        page.set_content(f"<body><p class='badge fill'>Before</p>{inside}<table><tr><td>After</td></tr></table></body>")
        widths.append(
            page.evaluate(
                "[...document.querySelectorAll('body > p, body > table td')].map(e => JSON.stringify([getComputedStyle(e).font, getComputedStyle(e).color, getComputedStyle(e).padding]))"
            )
        )
    page.close()
    assert widths[0] == widths[1]


def test_a_pdf_is_printed(written):
    content = print_pdf(written["clear"].read_text(encoding="utf-8"))
    assert content.startswith(b"%PDF-")
    assert len(content) > 50_000
