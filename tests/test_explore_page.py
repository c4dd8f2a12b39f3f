"""The students' page in a real browser that can reach nothing but this machine: every lesson, every control."""

import base64
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import zlib

import pytest
import yaml

from sim.explore.lesson import catalogue
from sim.explore.words import controls

pytest.importorskip("solara")
playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ALONE = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
KNOWN = ("Failed to evaluate Vue script", "Starting WebSocket")
"""What Solara itself says: of a component of its own, and of its connection."""

WIDE = {"width": 1400, "height": 1000}
LONG = 40_000


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def served(*words):
    """Start a server; return it, its address, and where its errors go."""
    port = free_port()
    command = [sys.executable, "-m", "sim.cli", "explore", "--port", str(port), *words]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in server.stdout:
        if found := re.search(r"http://\S+", line):
            return server, found[0]
    raise RuntimeError(server.stderr.read())


def stopped(server):
    """Stop a server; return what it wrote to its errors."""
    server.terminate()
    return server.communicate(timeout=30)[1]


@pytest.fixture(scope="module")
def address():
    server, where = served()
    yield where
    errors = stopped(server)
    assert "Traceback" not in errors, errors


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = started.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *ALONE, *root])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def only_tab(browser, address):
    context = browser.new_context(viewport=WIDE, locale="en-US", accept_downloads=True)
    yield opened(context, address)
    context.close()


@pytest.fixture
def tab(only_tab):
    """Give the tab as it is at the beginning, but paused; at the end nobody may have complained."""
    only_tab.set_viewport_size(WIDE)
    only_tab.evaluate("document.querySelector('dialog').close(); localStorage.clear(); scrollTo(0, 0)")
    begun_anew(only_tab)
    yield only_tab
    assert complaints(only_tab) == []
    only_tab.told.clear()


def begun_anew(tab):
    """Open the page without a link in the tab that is there, in English, paused in week 0."""
    tab.evaluate("location.hash = ''")
    tab.wait_for_function("location.hash.length > 1")
    if tab.evaluate("document.documentElement.lang") != "en":
        changes(tab, see(tab, "language").click)
    paused(tab)
    go(tab, 0)
    see(tab, "tab-rules").click()


def complaints(tab):
    """Return what the console or an exception said, but for what Solara says of itself."""
    return [each for each in tab.told if not each.startswith(KNOWN)]


def opened(context, address, link=""):
    """Open the page in a new tab that remembers what is said in its console and whom it asks."""
    tab = context.new_page()
    tab.told, tab.asked = [], []
    tab.set_default_timeout(LONG)
    tab.on("console", lambda said: tab.told.append(said.text) if said.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: tab.told.append(str(error)))
    tab.on("request", lambda asked: tab.asked.append(asked.url))
    tab.goto(address + link)
    tab.wait_for_selector("[data-ws=week]")
    tab.wait_for_function("location.hash.length > 1")  # the server has answered the first message
    return tab


def see(tab, name):
    return tab.locator(f"[data-ws='{name}']")


def week(tab):
    return int(re.search(r"\d+", see(tab, "week").inner_text())[0])


def paused(tab):
    """Pause the film, however it goes."""
    for _ in range(20):
        if see(tab, "play").get_attribute("aria-label") in ("Play", "播放"):
            return
        see(tab, "play").click()
        tab.wait_for_timeout(400)
    raise AssertionError("it cannot be paused")


def at_week(tab, number):
    tab.wait_for_function(
        "n => Number(document.querySelector('[data-ws=week]').innerText.match(/[0-9]+/)[0]) === n", arg=number
    )


def go(tab, number):
    """Go to a week by the slider of the timeline."""
    see(tab, "rewind").evaluate("(e, n) => { e.value = n; e.dispatchEvent(new Event('change')) }", number)
    at_week(tab, number)


def slid(tab, name, stop):
    """Move a slider to a stop, as by hand: what it reads on the way, and what it is left at."""
    see(tab, name).evaluate(
        "(e, n) => { e.value = n; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')) }", stop
    )


def link_of(tab):
    return unpacked(tab.evaluate("location.hash"))


def unpacked(text):
    text = text.lstrip("#")
    return json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def packed(content):
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(content).encode())).decode().rstrip("=")


def reads(tab, name, text):
    """Wait until a part of the page reads a text, or one that matches a pattern."""
    playwright.expect(see(tab, name)).to_have_text(text, timeout=LONG)


def strip(tab):
    """Return the table of differences once it has come to rest."""
    before, now = None, tab.locator(".ws-strip").inner_text()
    while now != before:
        tab.wait_for_timeout(300)
        before, now = now, tab.locator(".ws-strip").inner_text()
    return now


def changes(tab, wish):
    """Do something and wait until the address tells that it was done; other parts are drawn a moment later."""
    before = tab.evaluate("location.hash")
    wish()
    tab.wait_for_function("before => location.hash !== before", arg=before)
    return link_of(tab)


# at once ----------------------------------------------------------------------------------------


def test_it_moves_without_a_click_and_asks_nobody_else(browser, address):
    context = browser.new_context(viewport=WIDE, locale="en-US")
    tab = opened(context, address)
    tab.wait_for_function("Number(document.querySelector('[data-ws=week]').innerText.match(/[0-9]+/)[0]) > 3")
    tab.wait_for_selector(".ws-plot svg.main-svg")
    painted = "[...document.querySelectorAll('canvas')].map(c => new Set(pixels(c)).size)"
    pixels = "const pixels = c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data; "
    assert all(colours > 10 for colours in tab.evaluate(f"() => {{ {pixels} return {painted} }}"))
    elsewhere = [each for each in tab.asked if not each.startswith((address, "data:", "blob:"))]
    assert elsewhere == []
    assert complaints(tab) == []
    context.close()


def test_all_charts_are_drawn_once_they_are_seen(tab):
    go(tab, 20)
    for chart in ("prices", "trust", "shares", "shops"):
        see(tab, f"chart-{chart}").scroll_into_view_if_needed()
        tab.wait_for_selector(f"[data-ws=chart-{chart}] svg.main-svg .scatterlayer path.js-line", state="attached")
        assert "%" in see(tab, f"chart-{chart}").get_attribute("aria-label") or chart == "prices"


# lessons ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", catalogue())
def test_a_lesson_goes_from_its_first_screen_to_its_last(tab, name):
    lesson = catalogue()[name]
    changes(tab, lambda: see(tab, "lesson").select_option(name))
    tab.wait_for_selector("[data-ws=lesson-panel]")
    at_week(tab, lesson.start)
    if lesson.move:
        see(tab, "option-0").click()
        see(tab, "told").first.wait_for()
        changes(tab, see(tab, "next").click)
    for screen in lesson.intro:
        reads(tab, "text", screen["en"])
        changes(tab, see(tab, "next").click)
    see(tab, "next").wait_for(state="detached")  # first a bet
    answer = next(iter(lesson.answers))
    changes(tab, see(tab, f"answer-{answer}").click)
    see(tab, "skip").click()
    see(tab, "reply").wait_for()
    at_week(tab, lesson.setup.weeks)
    replies = [lesson.replies[answer][kind]["en"] for kind in ("right", "wrong")]
    patterns = [re.sub(r"\\{\w+\\}", ".+", re.escape(each)) for each in replies]
    said = see(tab, "reply").inner_text()
    assert any(re.fullmatch(each, said) for each in patterns)
    assert "{" not in said
    for screen in lesson.why:
        changes(tab, see(tab, "next").click)
        reads(tab, "text", screen["en"])
    changes(tab, see(tab, "next").click)
    field = f"field-{lesson.control.policy}-{lesson.control.field}"
    happened = see(tab, "happened").inner_text()
    now = see(tab, field).input_value()
    other = 0 if int(now) else len(lesson.control.values) - 1
    changes(tab, lambda: slid(tab, field, other))
    assert link_of(tab)["policies"][lesson.control.policy][0][lesson.control.field] == lesson.control.values[other]
    assert len(happened) > 20
    see(tab, "lesson").locator(f"option[value={name}]", has_text="✓").wait_for(state="attached")
    see(tab, "guide").click()
    tab.locator("dialog[open]", has_text=lesson.guide["en"]["aim"]).wait_for()


def test_the_first_lesson_is_a_click_away_and_the_sandbox_begins_afresh_after_it(tab):
    changes(tab, see(tab, "first-lesson").click)
    assert link_of(tab)["lesson"] == next(iter(catalogue()))
    changes(tab, lambda: see(tab, "lesson").select_option(""))
    assert not {"lesson", "policies", "both", "seed"} & set(link_of(tab))


def test_what_was_finished_is_kept_in_the_browser_alone(tab):
    tab.evaluate("localStorage.setItem('weishang-lessons', JSON.stringify(['third_tier', 'no such', 5]))")
    tab.reload()
    tab.wait_for_selector("[data-ws=week]")
    tab.wait_for_function("document.querySelector('[data-ws=lesson] option[value=third_tier]').innerText.includes('✓')")
    assert tab.locator("[data-ws=lesson] option", has_text="✓").count() == 1
    assert tab.context.cookies() == [] or all("lesson" not in each["value"] for each in tab.context.cookies())


# policies and the timeline ----------------------------------------------------------------------


def test_every_policy_can_be_switched_and_set(tab):
    go(tab, 20)
    for group, content in controls()["groups"].items():
        details = see(tab, f"group-{group}")
        if details.evaluate("e => !e.parentElement.open"):
            details.click()
        for policy in content["policies"]:
            said = changes(tab, see(tab, f"switch-{policy}").click)
            assert said["policies"][policy][0]["start_week"] == 20
            for field, entry in controls()["policies"][policy]["fields"].items():
                place, last = see(tab, f"field-{policy}-{field}"), len(entry["values"]) - 1
                if entry["unit"] == "words":
                    now = int(place.input_value())
                    said = changes(tab, lambda place=place, now=now, last=last: place.select_option(str(last - now)))
                    now = last - now
                else:
                    now = 0 if int(place.input_value()) == last else last
                    said = changes(tab, lambda name=f"field-{policy}-{field}", now=now: slid(tab, name, now))
                assert said["policies"][policy][0][field] == entry["values"][now]
            playwright.expect(see(tab, f"edge-{policy}-0-start")).to_have_count(1)
            said = changes(tab, see(tab, f"switch-{policy}").click)
            assert policy not in said.get("policies", {})


def test_sliders_go_where_the_mouse_and_the_keys_put_them(tab):
    go(tab, 20)
    changes(tab, see(tab, "switch-post_limit").click)
    slider = see(tab, "field-post_limit-limit")
    box = slider.bounding_box()
    said = changes(tab, lambda: tab.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2))
    assert said["policies"]["post_limit"][0]["limit"] == 1
    tab.mouse.move(box["x"] + 6, box["y"] + box["height"] / 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2, steps=12)
    said = changes(tab, tab.mouse.up)
    assert said["policies"]["post_limit"][0]["limit"] == 40
    slider.focus()
    for _ in range(3):
        tab.keyboard.press("ArrowLeft")
    tab.wait_for_timeout(1500)
    assert link_of(tab)["policies"]["post_limit"][0]["limit"] == 10
    assert slider.input_value() == "5"


def test_people_and_payoffs_are_lived_again_at_once(tab):
    go(tab, 10)
    for group, content in controls()["town"].items():
        see(tab, f"tab-{group}").click()
        for name, entry in content["fields"].items():
            now = int(see(tab, f"town-{name}").input_value())
            other = 0 if now else len(entry["values"]) - 1
            said = changes(tab, lambda name=name, other=other: slid(tab, f"town-{name}", other))
            assert said["town"][name] == entry["values"][other]
            assert week(tab) == 10


def test_policies_are_dragged_nudged_put_aside_and_taken_away(tab):
    go(tab, 30)
    changes(tab, see(tab, "switch-like_ban").click)
    edge, track = see(tab, "edge-like_ban-0-start"), tab.locator(".ws-row-track").first.bounding_box()
    box = edge.bounding_box()
    tab.mouse.move(box["x"] + 3, box["y"] + 5)
    tab.mouse.down()
    tab.mouse.move(track["x"] + track["width"] * 10 / 156, box["y"] + 5, steps=4)
    said = changes(tab, tab.mouse.up)
    assert said["policies"]["like_ban"][0]["start_week"] == 10
    edge.focus()
    assert changes(tab, lambda: tab.keyboard.press("ArrowRight"))["policies"]["like_ban"][0]["start_week"] == 11
    see(tab, "edge-like_ban-0-end").focus()
    assert changes(tab, lambda: tab.keyboard.press("Shift+ArrowLeft"))["policies"]["like_ban"][0]["end_week"] == 152
    see(tab, "branch").click()
    see(tab, "take-branch-0").wait_for()
    assert "policies" not in changes(tab, see(tab, "clear").click)
    assert "like_ban" in changes(tab, see(tab, "take-branch-0").click)["policies"]
    assert "policies" not in changes(tab, see(tab, "remove-like_ban-0").click)
    reads(tab, "same", re.compile("no policy"))


def test_why_there_is_no_difference_is_said(tab):
    go(tab, 30)
    changes(tab, see(tab, "switch-friend_limit").click)
    go(tab, 40)
    see(tab, "same").filter(has_text="the limit is 5000").wait_for()
    changes(tab, lambda: slid(tab, "field-friend_limit-limit", 1))
    go(tab, 60)
    see(tab, "same").wait_for(state="detached")
    assert see(tab, "same").count() == 0


def test_any_week_can_be_gone_back_to(tab):
    changes(tab, see(tab, "switch-like_ban").click)
    go(tab, 60)
    seen = strip(tab), see(tab, "chart-prices").get_attribute("aria-label")
    go(tab, 12)
    assert strip(tab) != seen[0]
    go(tab, 60)
    assert (strip(tab), see(tab, "chart-prices").get_attribute("aria-label")) == seen
    see(tab, "back").click()
    at_week(tab, 59)
    see(tab, "step").click()
    at_week(tab, 60)
    see(tab, "start").click()
    at_week(tab, 0)
    see(tab, "end").click()
    at_week(tab, 156)
    see(tab, "speed").select_option("0")
    see(tab, "play").click()
    tab.wait_for_function("Number(document.querySelector('[data-ws=week]').innerText.match(/[0-9]+/)[0]) > 20")
    paused(tab)


# people, towns, sharing -------------------------------------------------------------------------


def test_anyone_can_be_clicked_and_found(tab):
    go(tab, 50)
    box = tab.locator("canvas[role=img]").first.bounding_box()
    for dx in range(-40, 200, 20):
        tab.mouse.click(box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2)
        tab.wait_for_timeout(150)
        if tab.locator("[data-ws=card] h3").count():
            break
    assert "friends" in see(tab, "card").inner_text()
    see(tab, "find").select_option(index=2)
    tab.wait_for_function("document.querySelector('[data-ws=card]').innerText.includes('Open since week')")
    see(tab, "layout").click()
    see(tab, "twin").click()
    assert tab.locator("canvas[role=img]").count() == 1


def test_more_towns_tell_luck_from_effect_and_can_be_stopped(tab):
    changes(tab, see(tab, "switch-like_ban").click)
    go(tab, 8)
    see(tab, "measure").select_option("n_shops")
    see(tab, "towns").click()
    tab.wait_for_selector(".ws-dots circle:nth-of-type(3)")
    assert "Open shops: higher in" in see(tab, "towns-say").inner_text()
    if see(tab, "towns-stop").count():
        see(tab, "towns-stop").click()
    see(tab, "towns").wait_for()


def test_a_set_up_is_shared_and_saved(tab, browser, address, tmp_path):
    go(tab, 33)
    changes(tab, see(tab, "switch-post_limit").click)
    see(tab, "share").click()
    tab.wait_for_selector(".ws-qr")
    where = see(tab, "address").input_value()
    for kind in ("yaml", "csv"):
        with tab.expect_download() as download:
            see(tab, kind).click()
        download.value.save_as(tmp_path / f"my_town.{kind}")
    scenario = yaml.safe_load((tmp_path / "my_town.yaml").read_text(encoding="utf-8"))
    assert scenario["policies"] == {"post_limit": {"start_week": 33}}
    lines = (tmp_path / "my_town.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 2 * 33
    assert lines[0].startswith("world,week,date,")
    see(tab, "close").click()
    see(tab, "png-prices").scroll_into_view_if_needed()
    tab.wait_for_selector("[data-ws=chart-prices] svg.main-svg")
    with tab.expect_download() as download:
        see(tab, "png-prices").click()
    download.value.save_as(tmp_path / "prices.png")
    assert (tmp_path / "prices.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    seen = strip(tab)
    other = opened(browser.new_context(locale="en-US"), where)
    at_week(other, 33)
    assert strip(other) == seen
    assert complaints(other) == []
    other.context.close()


def test_tabs_have_worlds_of_their_own(tab, address):
    other = opened(tab.context, address)
    paused(other)
    go(other, 70)
    changes(other, lambda: (see(other, "seed").fill("9"), see(other, "go-town").click()))
    go(tab, 5)
    assert (week(tab), week(other)) == (5, 70)
    assert see(tab, "seed").input_value() == "1"
    other.close()


# robust -----------------------------------------------------------------------------------------


def test_reload_and_the_back_button_find_the_same_place(tab):
    changes(tab, lambda: see(tab, "lesson").select_option("third_tier"))
    screens = catalogue()["third_tier"].intro
    first, second = screens[0]["en"], screens[1]["en"]
    reads(tab, "text", first)
    changes(tab, see(tab, "next").click)
    reads(tab, "text", second)
    tab.reload()
    tab.wait_for_selector("[data-ws=text]")
    reads(tab, "text", second)
    tab.go_back()
    reads(tab, "text", first)
    tab.go_forward()
    reads(tab, "text", second)
    assert second != first


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("#%%%nonsense", "cannot be read"),
        ("#" + packed({"v": 99}), "another version"),
        ("#" + packed({"v": 1, "seed": -5, "week": 7}), "seed left out"),
        ("#" + packed({"v": 1, "<script>window.hit=1</script>": 1, "week": 7}), "<script>window.hit=1</script>"),
        ("#" + packed({"v": 1, "policies": {"<img src=x onerror=window.hit=1>": {}}}), "policies left out"),
        ("#" + packed({"v": 1, "town": {"network.path": "/etc/passwd"}}), "town left out"),
    ],
)  # fmt: skip
def test_a_bad_link_is_told_field_by_field_and_runs_nothing(browser, address, link, told):
    context = browser.new_context(locale="en-US")
    tab = opened(context, address, link)
    see(tab, "notes").wait_for()
    reads(tab, "notes", re.compile(re.escape(told)))
    assert tab.evaluate("window.hit") is None
    if '"week": 7' in json.dumps(unpacked(link) if "%" not in link else {}):
        at_week(tab, 7)
    assert complaints(tab) == []
    context.close()


def test_a_bad_town_is_told_and_loses_nothing(tab):
    go(tab, 9)
    for text in ("-1", "99999999999", "<b>", "1e5", ""):
        see(tab, "seed").fill(text)
        see(tab, "go-town").click()
        see(tab, "notes").wait_for()
        reads(tab, "notes", re.compile("seed"))
        see(tab, "notes").locator("button").click()
        see(tab, "notes").wait_for(state="detached")
    assert week(tab) == 9


def test_the_keyboard_is_enough(tab):
    go(tab, 10)
    tab.locator("body").focus()
    tab.evaluate("document.activeElement.blur()")
    for key, number in (("ArrowRight", 11), ("ArrowLeft", 10), ("PageDown", 23), ("End", 156), ("Home", 0)):
        tab.keyboard.press(key)
        at_week(tab, number)
    tab.keyboard.press("Space")
    tab.wait_for_function("document.querySelector('[data-ws=play]').getAttribute('aria-label') === 'Pause'")
    tab.keyboard.press("Space")
    tab.wait_for_function("document.querySelector('[data-ws=play]').getAttribute('aria-label') === 'Play'")
    tab.keyboard.press("?")
    tab.wait_for_selector("dialog[open]")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("dialog[open]", state="hidden")
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.dataset.ws || ''"))
    assert {"lesson", "seed", "share", "language", "help", "switch-friend_limit", "field-friend_limit-limit"} <= reached


def test_it_speaks_both_languages(tab):
    go(tab, 20)
    changes(tab, see(tab, "language").click)
    tab.wait_for_function("document.documentElement.lang === 'zh-CN'")
    tab.locator(".ws-strip", has_text="微商价格").wait_for()
    assert week(tab) == 20
    words = tab.inner_text("main") + tab.inner_text(".ws-left")
    assert not re.search(r"\b(trust|price|shop|week|policy)\b", words, re.IGNORECASE)


@pytest.mark.parametrize("width", [1400, 1000, 390])
def test_no_width_is_too_narrow(tab, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.wait_for_timeout(500)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert see(tab, "play").is_visible()


@pytest.mark.parametrize("lesson", ["", "third_tier"])
def test_no_serious_findings_of_an_accessibility_audit(tab, lesson):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    go(tab, 20)
    if lesson:
        changes(tab, lambda: see(tab, "lesson").select_option(lesson))
    see(tab, "find").select_option(index=1)
    tab.wait_for_selector("[data-ws=card] h3")
    found = axe.Axe().run(tab).response["violations"]
    told = [(each["impact"], each["id"], each["nodes"][0]["html"][:200]) for each in found]
    assert [each for each in told if each[0] in ("serious", "critical")] == []


def test_fast_clicks_do_not_tear_it_apart(tab):
    names = ["play", "step", "back", "switch-like_ban", "end", "start", "switch-post_limit", "new-town"]
    tab.evaluate(
        "names => { for (let n = 0; n < 60; n++) "
        "document.querySelector(`[data-ws=${names[(7 * n) % names.length]}]`).click(); }",
        names,
    )
    tab.wait_for_timeout(3000)
    paused(tab)
    go(tab, 40)
    assert week(tab) == 40


def test_a_full_server_says_so(browser):
    server, where = served("--tabs", "1", "scenario=way_out", "seed=4", "weeks=60")
    try:
        context = browser.new_context(locale="en-US")
        first = opened(context, where)
        assert see(first, "seed").input_value() == "4"
        assert link_of(first)["scenario"] == "way_out"
        second = context.new_page()
        second.goto(where)
        second.get_by_text("This server is full").first.wait_for(timeout=LONG)
        first.goto("about:blank")
        for _ in range(20):  # the place is given back when a tab is left
            second.goto("about:blank")
            time.sleep(0.5)
            second.goto(where)
            second.wait_for_selector("[data-ws=week], .ws-full", timeout=LONG)
            if see(second, "week").count():
                break
        assert see(second, "week").count() == 1
        context.close()
    finally:
        errors = stopped(server)
    assert "Traceback" not in errors, errors


def resident(process):
    """Return the resident memory of a process, MB."""
    text = open(f"/proc/{process.pid}/status", encoding="ascii").read()  # noqa: PTH123, SIM115
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_ten_minutes_of_random_clicks_raise_nothing_and_keep_memory_flat(browser):
    server, where = served()
    luck = random.Random(5)
    try:
        context = browser.new_context(viewport=WIDE, locale="en-US")
        tab, sizes, end = opened(context, where), [], time.time() + 600
        while time.time() < end:
            names = tab.eval_on_selector_all(
                "button[data-ws], input[data-ws], select[data-ws]",
                "all => all.filter(e => e.checkVisibility() && !e.disabled).map(e => e.dataset.ws)",
            )
            name = luck.choice([each for each in names if each not in ("yaml", "csv") and "png" not in each])
            tab.evaluate(
                """([name, luck]) => {
                    const e = document.querySelector(`[data-ws='${name}']`);
                    if (!e) return;
                    if (e.tagName === 'SELECT') e.selectedIndex = Math.floor(luck * e.options.length);
                    else if (e.type === 'range') e.value = Number(e.min) + Math.floor(luck * (e.max - e.min + 1));
                    else { e.click(); return; }
                    e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change'));
                }""",
                [name, luck.random()],
            )
            tab.wait_for_timeout(luck.choice([10, 50, 300]))
            sizes.append(resident(server))
            if luck.random() < 0.01:
                tab.reload()
                tab.wait_for_selector("[data-ws=week]")
        size = f"{sizes[len(sizes) // 3]:.0f} to {sizes[-1]:.0f} MB, most {max(sizes):.0f}"
        print(f"soak: {len(sizes)} clicks; the server {size}")
        assert complaints(tab) == []
        third = len(sizes) // 3
        assert max(sizes[2 * third :]) < 1.15 * max(sizes[third : 2 * third])
        context.close()
    finally:
        errors = stopped(server)
    assert "Traceback" not in errors, errors
