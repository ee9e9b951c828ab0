"""The pages with clustera.css, clustera.js and completion.js in a real browser: read by axe, narrow and wide, without
JavaScript, and completed while one types."""

from __future__ import annotations

import shutil
import time

import pytest
from tests.chromium import CHROMIUM, answered
from tests.served import Served
from typer.testing import CliRunner

import clustera
from clustera.cli import app as command
from clustera.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")]


@pytest.fixture(scope="module")
def folder(folder, tmp_path_factory):
    """The runs in a folder of their own: audiences and files that are brought lie beside them."""
    return shutil.copytree(folder, tmp_path_factory.mktemp("copied") / "runs")


@pytest.fixture(scope="module")
def served(folder):
    found = Served(folder)
    yield found
    found.stop()


PAGES = [
    "/runs",
    "/new",
    "/docs",
    "/runs/orders/overview",
    "/runs/orders/method",
    "/runs/orders/number?k=4",
    "/runs/orders/segments/1",
    "/runs/orders/customers",
    "/runs/orders/customer?id=P001",
    "/runs/orders/what-if",
    "/runs/orders/differences",
    "/runs/later/moves",
    "/runs/orders/audience?define=segment+is+1+and+value+%3E+5",
    "/runs/orders/audiences",
    "/runs/orders/export?define=segment+is+1",
    "/runs/orders/offers",
    "/runs/orders/campaigns",
    "/runs/orders/campaign",
    "/runs/orders/campaign?action=Reward+loyalty",
    "/runs/later/overview",
    "/runs/nobody/overview",
]


LONG_RISE = "+1,058.69 per customer (+126%)"


def counted_exports(page, served, runs, folder):
    """A segment exported to an ad network and to a mail tool: the counts of the one, and the list of the other."""
    contacts = folder / "crm.csv"
    lines = [f"P{number:03d},p{number}@shop.example,{'no' if number % 4 else 'yes'}" for number in range(120)]
    contacts.write_text("customer_id,email,consent\n" + "\n".join(lines))
    found = []
    for network in ("google", "klaviyo"):
        page.goto(f"{served.base}/runs/orders/export?define=segment+is+1&called=Best")
        if page.get_by_role("button", name="Save the audience").count():
            with answered(page):
                page.get_by_role("button", name="Save the audience").click()
        page.select_option("select[name=network]", network)
        page.set_input_files("input[name=contacts]", contacts)
        with answered(page):
            page.get_by_role("button", name="Count who").click()
        page.wait_for_url("**/export/*")
        found.append(page.url.removeprefix(served.base))
    CliRunner().invoke(command, ["audience", "save", "Rest", "segment is not 1", "--runs", str(runs)])
    found += ["/runs/orders/overlap", "/runs/orders/priority"]
    page.get_by_role("button", name="Write the list").click()
    page.get_by_role("link", name="Download the list").wait_for()
    return found


@pytest.mark.parametrize(("width", "scheme", "pages"), [(390, "dark", PAGES), (1280, "light", PAGES[3:8:2])])
def test_axe_finds_nothing_no_page_is_wider_than_the_screen_and_the_policy_holds(
    chromium, served, folder, tmp_path, width, scheme, pages
):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    told, asked, found = [], [], {}
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(served.link)
    for path in pages + (counted_exports(page, served, folder, tmp_path) if pages is PAGES else []):
        page.goto(f"{served.base}{path}")
        violations = axe.Axe().run(page).response["violations"]
        wide = page.evaluate("document.documentElement.scrollWidth")
        problems = [(v["id"], v["nodes"][0]["html"][:200]) for v in violations]
        if problems or wide > width:
            found[path] = (problems, wide)
    context.close()
    if pages is PAGES:
        for name in ("Best", "Rest"):
            Store(folder).audiences.delete(name)
    assert found == {}
    # With the policy in force, no page asks for anything it forbids. The last page is one that is not there.
    assert [text for text in told if "404" not in text] == []
    assert [url for url in asked if not url.startswith((served.base, "data:"))] == []


@pytest.mark.parametrize("width", [820, 1024, 1280])
def test_no_page_is_wider_than_a_tablet_or_a_small_laptop(chromium, served, width):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(served.link)
    wide = {}
    for path in PAGES:
        page.goto(f"{served.base}{path}")
        # What a test can show is told in points, or at most in as many words as this.
        page.evaluate("n => document.querySelectorAll('.rises td').forEach(e => e.textContent = n)", LONG_RISE)
        wide[path] = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert {path: at for path, at in wide.items() if at > width} == {}


def test_the_story_of_a_team(chromium, tmp_path):
    """The first admin from the link of the start, a colleague by a link, a key, the record; on a phone, read by axe."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    served, password, problems = Served(tmp_path / "runs"), "three words of nothing", {}
    try:
        page = chromium.new_page(viewport={"width": 390, "height": 900}, color_scheme="dark")

        def look(name, sign):
            page.wait_for_selector(sign)
            page.wait_for_load_state()
            wide = page.evaluate("document.documentElement.scrollWidth")
            found = [(v["id"], v["nodes"][0]["html"][:200]) for v in axe.Axe().run(page).response["violations"]]
            if found or wide > 390:
                problems[name] = (found, wide)

        page.goto(served.link)
        page.get_by_role("link", name="Accounts").click()
        page.get_by_label("Name of the first admin").fill("ann")
        with answered(page):
            page.get_by_role("button", name="Make the account").click()
        page.get_by_label("New password").fill(password)
        page.get_by_label("The same again").fill(password)
        with answered(page):
            page.get_by_role("button", name="Keep it and sign in").click()
        with answered(page):
            page.get_by_role("link", name="Admin").click()
        page.get_by_label("Name", exact=True).fill("eva")
        with answered(page):
            page.get_by_role("button", name="Add").click()
        link = page.inner_text(".once code")
        look("users", ".users")
        with answered(page):
            page.get_by_role("link", name="ann").click()
        page.get_by_text("Make a key").click()
        page.get_by_label("What it is for").fill("nightly")
        with answered(page):
            page.get_by_role("button", name="Make it").click()
        look("account", "#keys .once")
        page.get_by_role("button", name="Sign out").click()
        look("login", ".sign-in")
        context = chromium.new_context(java_script_enabled=False)
        eva = context.new_page()
        eva.goto(link)
        eva.get_by_label("New password").fill(password)
        eva.get_by_label("The same again").fill(password)
        eva.get_by_role("button", name="Keep it and sign in").click()
        eva.wait_for_url("**/runs")
        eva.goto(f"{served.base}/admin/users")
        assert "needs the role admin" in eva.inner_text("h1")
        context.close()
        page.get_by_label("Name").fill("ann")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/runs")
        page.goto(f"{served.base}/admin/audit")
        look("audit", ".record")
        assert "made the account eva (viewer)" in page.inner_text("main")
        page.close()
    finally:
        served.stop()
    assert problems == {}


def test_a_page_works_without_javascript(chromium, served):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(served.link)
    page.goto(f"{served.base}/runs/orders/customers")
    page.fill("input[name=q]", "P00")
    with answered(page):
        page.get_by_role("button", name="Show").click()
    assert "q=P00" in page.url
    assert page.inner_text(".found b") == "10 customers"
    context.close()


def test_a_table_that_fits_a_phone_is_not_called_wider_than_the_page(chromium, served):
    context = chromium.new_context(viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(served.link)
    page.goto(f"{served.base}/runs/orders/moves")
    assert page.locator(".matrix").count() == 1
    assert page.locator(".scroll-hint").count() == 0
    context.close()


def test_the_first_view_is_light(chromium, served):
    page = chromium.new_page()
    page.goto(served.link)
    weight = []
    page.on("response", lambda response: weight.append(response.request.sizes()["responseBodySize"]))
    page.goto(f"{served.base}/runs/orders/overview", wait_until="networkidle")
    page.close()
    assert sum(weight) < 150_000


WALK = """async ([script, address, lines]) => {
  const { completions } = await import(script);
  const words = await (await fetch(address)).json();
  const kinds = Object.fromEntries(words.columns.map((column) => [column.name, column.kind]));
  let seed = 7;
  const any = (list) => list[(seed = (seed * 48271) % 2147483647) % list.length];
  const own = { date: "2025-03-01", text: '"x"', segment: "1", boolean: "true" };
  return Array.from({ length: lines }, () => {
    let [line, kind] = ["", ""];
    for (let step = 0; step < 40; step++) {
      const options = completions(line, words).map((option) => option.text);
      const ends = options.includes("and") && options.includes("or");
      if (ends && step > 8) return line + ")".repeat(line.split("(").length - line.split(")").length);
      const chosen = options.length ? any(options) : /than $|last $|next $/.test(line) ? "9" : own[kind] ?? "9";
      kind = kinds[chosen] ?? kind;
      line += `${chosen} `;
    }
    return "";
  });
}"""


def test_whatever_is_completed_is_a_definition_that_counts(chromium, served, folder):
    CliRunner().invoke(command, ["audience", "save", "Rest", "segment is not 1", "--runs", str(folder)])
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(served.link)
    page.clock.install()
    page.goto(f"{served.base}/runs/orders/audience")
    script = page.locator('script[src*="completion"]').get_attribute("src")
    lines = page.evaluate(WALK, [script, "/runs/orders/audience-words.json", 60])
    with clustera.load("orders", runs=folder) as seg:
        for line in filter(None, lines):
            assert seg.audience(line).count().of == 120, line
    assert sum(map(bool, lines)) > 40
    line = page.get_by_role("combobox", name="Conditions")
    line.click()
    page.clock.pause_at(time.time() + 60)  # after a pause the list is closed, and a busy machine is slow to press keys
    line.press_sequentially("spe")
    page.get_by_role("option", name="spend", exact=False).first.wait_for()
    line.press("ArrowDown")
    line.press("Enter")
    for _ in range(2):
        line.press("ArrowDown")
    assert line.get_attribute("aria-activedescendant") == "completion-1"
    line.press("Enter")
    line.press_sequentially("50")
    page.clock.resume()
    page.wait_for_url("**50*")
    assert line.input_value().startswith("spend >= 50")
    line.press("Escape")
    assert line.get_attribute("aria-expanded") == "false"
    assert line.input_value().startswith("spend >= 50")
    page.close()
    Store(folder).audiences.delete("Rest")


def test_what_is_typed_is_what_is_saved_and_exported_and_scripts_live_after_an_error(chromium, served, folder):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(served.link)
    line = page.get_by_role("combobox", name="Conditions")

    def press(needs, more):
        """Type on and press in one go, before anything is counted."""
        page.goto(f"{served.base}/runs/orders/audience?define=segment+is+2")
        line.wait_for()
        page.get_by_label("Name", exact=True).fill("Typed")
        line.evaluate(
            """(e, [more, needs]) => {
                e.value += more;
                e.dispatchEvent(new Event("input", { bubbles: true }));
                document.querySelector(`[data-needs=${needs}]`).click();
            }""",
            [f" and {more}", needs],
        )

    press("line", "spend > 60")
    page.wait_for_url("**saved=1")
    assert Store(folder).audiences.list()["Typed"].text.count("segment is 2 and spend > 60") == 1
    press("line", "spend >")
    page.locator("main [role=alert]", has_text="Not saved").wait_for()
    assert "not complete" in page.locator("#results .problem").inner_text()
    assert line.input_value() == "segment is 2 and spend >"
    press("customers", "spend > 70")
    page.wait_for_url("**/export?define=segment+is+2+and+spend+%3E+70**")
    # The audience is there already: the page of the answer counts as the first one did, and saves what is typed then.
    press("line", "spend > 80")
    page.get_by_text("there is an audience Typed already").wait_for()
    assert page.locator("[data-theme-button]").is_visible()
    line.click()
    line.press("End")
    line.press_sequentially("5")
    page.wait_for_url("**805**")
    page.locator("#results code", has_text="805").wait_for()
    line.press_sequentially(" and")
    page.locator("[data-needs=line]:disabled").wait_for()
    for _ in range(4):
        line.press("Backspace")
    page.get_by_role("button", name="Save the audience").click()
    page.wait_for_url("**saved=1")
    assert "spend > 805" in Store(folder).audiences.list()["Typed"].text
    page.close()
    Store(folder).audiences.delete("Typed")


def test_without_scripts_a_typed_line_is_saved_and_exported_and_fields_with_errors_stay_in_line(
    chromium, served, folder
):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(served.link)
    page.goto(f"{served.base}/runs/orders/audience?define=segment+is+2")
    line = page.locator("[name=define][type=search]")
    line.fill("segment is 2 and spend >")
    page.get_by_label("Name", exact=True).fill("Plain")
    page.get_by_role("button", name="Save the audience").click()
    assert "Not saved" in page.locator("main [role=alert]").first.inner_text()
    assert "not complete" in page.locator("#results .problem").inner_text()
    assert line.input_value() == "segment is 2 and spend >"
    assert page.get_by_label("Name", exact=True).input_value() == "Plain"
    page.get_by_role("button", name="Export to").click()
    assert "not complete" in page.locator("#results .problem").inner_text()
    assert "Press Count first" in page.inner_text("main")
    line.fill("segment is 2 and spend > 55")
    page.get_by_label("Name", exact=True).fill("Plain")
    page.get_by_role("button", name="Export to").click()
    assert page.locator("form.filters input[name=define]").input_value() == "segment is 2 and spend > 55"
    assert page.get_by_label("Name of the audience").input_value() == "Plain"
    page.go_back()
    line.fill("segment is 2 and spend > 56")
    page.get_by_label("Name", exact=True).fill("Plain")
    page.get_by_role("button", name="Save the audience").click()
    assert "Saved." in page.inner_text("main [role=status]")
    assert "segment is 2 and spend > 56" in Store(folder).audiences.list()["Plain"].text
    page.goto(f"{served.base}/runs/orders/offers")
    for field, typed in (("name", "Mail"), ("cost", "much")):
        page.locator(f"[name={field}]").first.fill(typed)
    page.get_by_role("button", name="Plan the offers").click()
    wrong = page.locator("fieldset label", has=page.locator(".problem")).first
    beside = page.locator("fieldset [name=name]").first.bounding_box()
    assert wrong.locator("input").bounding_box()["y"] == pytest.approx(beside["y"], abs=1)
    context.close()
    Store(folder).audiences.delete("Plain")
