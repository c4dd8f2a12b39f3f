"""The decision report in a real browser, with the network off: drawn whole, readable by everybody, fit for paper."""

import os
import re
import shutil

import pytest

import sim
from sim.report import make_report

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
A4 = (595, 842)  # points


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = started.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *root])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "out"
    return sim.compare(
        ["baseline", "history", "way_out"], n_people=300, weeks=60, replications=3, workers=1, output=str(folder)
    )


@pytest.fixture(scope="module", params=["en", "zh"])
def page(request, browser, compared, tmp_path_factory):
    """Give the page drawn whole, and everything that it asked of a network or complained of."""
    path = make_report(compared.folder, tmp_path_factory.mktemp("page") / "page.html", {"language": request.param})
    context = browser.new_context(viewport={"width": 1000, "height": 1200}, offline=True)
    opened, complaints = context.new_page(), []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("requestfailed", lambda failed: complaints.append(failed.url[:100]))
    opened.on("request", lambda asked: complaints.append(asked.url[:100]) if asked.url.startswith("http") else None)
    opened.goto(path.as_uri())
    opened.wait_for_selector("html[data-ready]", timeout=120_000)
    opened.complaints, opened.path = complaints, path
    yield opened
    context.close()


def test_everything_is_drawn_and_nothing_is_asked_of_a_network(page):
    assert page.complaints == []
    drawn = page.evaluate("[...document.querySelectorAll('.plot')].map(e => e.querySelectorAll('svg.main-svg').length)")
    assert len(drawn) > 8
    assert all(drawn)


def test_no_serious_findings_of_an_accessibility_audit(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")

    def serious():
        found = axe.Axe().run(page).response["violations"]
        told = [(each["impact"], each["id"], each["nodes"][0]["html"][:200]) for each in found]
        return [each for each in told if each[0] in ("serious", "critical")]

    assert serious() == []
    page.evaluate("document.querySelector('main p').style.color = '#dddddd'")  # it would be found
    assert [name for _, name, _ in serious()] == ["color-contrast"]
    page.evaluate("document.querySelector('main p').style.color = ''")


def test_figures_are_not_wider_than_the_page(page):
    for width in (1000, 400):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        page.wait_for_selector("html[data-ready]", timeout=120_000)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
    page.set_viewport_size({"width": 1000, "height": 1200})


OUTSIDE = """
    [...document.querySelectorAll('.plot')].flatMap(plot => {
        const box = plot.querySelector('svg.main-svg').getBoundingClientRect();
        const isOutside = (e, b = e.getBoundingClientRect()) => b.left < box.left - 1 || b.right > box.right + 1;
        const texts = plot.querySelectorAll('.xtick text, .ytick text, .legendtext, .annotation-text');
        return [...texts].filter(e => isOutside(e)).map(e => e.textContent);
    })
"""


@pytest.mark.parametrize("width", [1000, 400])
def test_letters_of_labels_do_not_leave_their_figure(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.reload()
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    assert page.evaluate(OUTSIDE) == []


def test_it_prints_on_a4_with_page_numbers(page, tmp_path):
    path = tmp_path / "page.pdf"
    page.pdf(path=path, prefer_css_page_size=True)
    content = path.read_bytes()
    sizes = {tuple(round(float(each)) for each in found) for found in
             re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)}  # fmt: skip
    assert sizes
    assert all(abs(width - A4[0]) <= 1 and abs(height - A4[1]) <= 1 for width, height in sizes)


def test_all_figures_are_drawn_before_printing(browser, page, tmp_path):
    fresh = page.context.new_page()
    fresh.add_init_script("window.requestIdleCallback = () => 0")  # nobody draws the others in idle time
    fresh.goto(page.path.as_uri())
    fresh.wait_for_selector(".plot svg.main-svg", timeout=60_000)
    count = "[...document.querySelectorAll('.plot')].filter(e => !e.querySelector('svg.main-svg')).length"
    assert fresh.evaluate(count) > 0
    fresh.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert fresh.evaluate(count) == 0
    fresh.close()


def test_without_javascript_it_says_where_the_numbers_are(browser, page):
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(page.path.as_uri())
    assert plain.locator("noscript").count() == 1
    assert plain.locator("table").count() > 5
    context.close()


def test_the_recommendation_can_be_written(page):
    box = page.locator(".editable")
    box.click()
    page.keyboard.type("We choose ")
    assert "We choose" in box.inner_text()


def test_a_name_that_is_a_script_is_not_run(browser, compared, tmp_path):
    path = make_report(compared.folder, tmp_path / "evil.html", {"title": "<script>window.ran = 1</script>"})
    context = browser.new_context(offline=True)
    opened = context.new_page()
    opened.goto(path.as_uri())
    assert opened.evaluate("window.ran") is None
    assert "<script>window.ran = 1</script>" in opened.locator("h1").inner_text()
    context.close()
