"""The students' page in a real browser: opening, a drawn week, going to any week, memory of the server.

    .venv/bin/python benchmarks/page.py

Needs Debian's `chromium` (or a Chrome) and what `sh setup.sh --dev` installs. Browser and server share
the machine, as they do for a student.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep

from playwright.sync_api import Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WEEK = "Number(document.querySelector('[data-ws=week]').innerText.match(/[0-9]+/)[0])"
VISITS, SECONDS_OF_FILM = 3, 15
MOVE = (
    "n => { const e = document.querySelector('[data-ws=rewind]'); e.value = n; e.dispatchEvent(new Event('change')) }"
)
WATCH = """() => {
    const seen = []; let last = performance.now();
    const note = () => requestAnimationFrame(now => { seen.push(now - last); last = now; });
    new MutationObserver(note).observe(
        document.querySelector('[data-ws=week]'), {subtree: true, characterData: true, childList: true});
    window.seen = seen;
}"""
"""Keeps the milliseconds between the frames in which the week was another."""

FAR = (10, 150, 3, 77, 156, 40, 100, 20)
"""Weeks to go to, one after the other."""


def served() -> tuple[subprocess.Popen[str], str]:
    """Start the server; return it and its address."""
    command = [sys.executable, "-m", "sim.cli", "explore", "--port", "8799"]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True)
    for line in server.stdout or ():
        if found := re.search(r"http://\S+", line):
            return server, found[0]
    raise SystemExit("the server did not start")


def opening(page: Page, address: str) -> float:
    """Return the seconds from asking for the page to the first week that moved by itself."""
    start = perf_counter()
    page.goto(address)
    page.wait_for_selector("[data-ws=week]")
    page.wait_for_function(f"{WEEK} > 0", polling=10)
    return perf_counter() - start


def going(page: Page, week: int) -> float:
    """Return the seconds that going to a week takes."""
    start = perf_counter()
    page.evaluate(MOVE, week)
    page.wait_for_function(f"n => {WEEK} === n", arg=week, polling=10)
    return perf_counter() - start


def megabytes(server: subprocess.Popen[str]) -> float:
    """Return the memory of the server."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def main() -> None:
    """Print the measurements."""
    if CHROMIUM is None:
        raise SystemExit("no Chromium found")
    server, address = served()
    try:
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
            print("opening, s:", ", ".join(f"{opening(page, address):.2f}" for _ in range(VISITS)))
            page.select_option("[data-ws=speed]", "0")
            page.evaluate(WATCH)
            page.wait_for_timeout(1000 * SECONDS_OF_FILM)
            drawn = page.evaluate("window.seen")[5:]
            print(f"a drawn week, ms: median {median(drawn):.0f}, nine of ten under {quantiles(drawn, n=10)[-1]:.0f}")
            page.wait_for_function(f"{WEEK} === 156", timeout=120_000)
            print("going to another week, s:", ", ".join(f"{going(page, week):.2f}" for week in FAR))
            sleep(1)
            print(f"memory of the server, MB: {megabytes(server):.0f}")
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
