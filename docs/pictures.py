"""Make the pictures of this site anew: `python docs/pictures.py`, with Chromium; some minutes, most of them compiling.

They are photographs of what the commands below make, small towns for a few weeks, so the numbers in them are examples.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WIDE, PORT = {"width": 1280, "height": 800}, 8791
PATIENCE = 240_000  # milliseconds
BENCHMARKS = (
    "bass_awareness", "beta_belief", "enforcement_ladder", "nash_price", "nested_logit", "newsvendor", "tier_prices",
    "trust_mean",
)  # fmt: skip
TOWN = ("population.n_people=1000", "weeks=52")
COMMANDS = {
    "verify": ("verify", "--quick", "--plot"),
    "compare": ("compare", "scenarios=[baseline,like_ban,way_out]", "replications=8", *TOWN),
    "sweep": (
        "sweep", "design=lhs", "design.n=24", "trust.gain_bad=interval(.05,.3)", "shops.tier_markup=interval(.1,.35)",
        "demand.tie_value=interval(0,25)", "population.share_naive=interval(.2,.8)", "policies.public_ratings=off,on",
        "against=baseline", "replications=2", *TOWN,
    ),
}  # fmt: skip


def main() -> None:
    """Run the commands into a temporary folder (or one that is given, where finished ones are kept), photograph."""
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as started:
        results = Path(sys.argv[1] if len(sys.argv) > 1 else temporary).resolve()
        for name, words in COMMANDS.items():
            subprocess.run([*weishang(), *words, f"output={results / name}", "--quiet"], check=True)
        browser = started.chromium.launch(
            executable_path=CHROMIUM, args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        )
        with served() as address:
            page(browser, address)
        report(browser, results / "compare" / "report.html")
        sensitivity(browser, results / "sweep" / "analysis")
        gallery(browser, results / "verify" / "gallery.html")
        browser.close()


def weishang() -> list[str]:
    """Return the command of these sources."""
    return [sys.executable, "-m", "sim.cli"]


@contextmanager
def served() -> Iterator[str]:
    """Serve the students' page for as long as this lasts; give its address."""
    with subprocess.Popen([*weishang(), "explore", "--port", str(PORT)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if f":{PORT}" in line:
                break
        yield f"http://127.0.0.1:{PORT}/"
        server.terminate()


def tab(browser: Browser, address: str) -> Page:
    """Open a page, as wide as all pictures."""
    opened = browser.new_page(viewport=WIDE, locale="en-US")  # type: ignore[arg-type]
    opened.goto(address, timeout=PATIENCE)
    return opened


def page(browser: Browser, address: str) -> None:
    """Photograph the town and its twin in week 60, with a like ban from week 20 on."""
    seen = tab(browser, address)
    seen.wait_for_selector("[data-ws=week]", timeout=PATIENCE)
    seen.wait_for_selector(".ws-plot svg.main-svg", timeout=PATIENCE)
    seen.wait_for_function(
        "Number(document.querySelector('[data-ws=week]').innerText.match(/[0-9]+/)[0]) >= 40", timeout=PATIENCE
    )
    keep(seen, "page")


def report(browser: Browser, file: Path) -> None:
    """Photograph the first screen of the decision report."""
    seen = tab(browser, file.as_uri())
    seen.wait_for_load_state()
    keep(seen, "report")


def sensitivity(browser: Browser, folder: Path) -> None:
    """Photograph the tornado of a sweep."""
    seen = tab(browser, next(folder.glob("*.html")).as_uri())
    seen.locator(".js-plotly-plot svg.main-svg").first.wait_for(timeout=PATIENCE)
    keep(seen, "sensitivity")


def gallery(browser: Browser, file: Path) -> None:
    """Photograph the figures of some benchmarks of theory."""
    seen = tab(browser, file.as_uri())
    for name in BENCHMARKS:
        keep(seen.locator(f"section#{name} .js-plotly-plot"), f"theory/{name}")


def keep(seen: Any, name: str) -> None:
    """Write one picture."""
    (IMAGES / name).parent.mkdir(parents=True, exist_ok=True)
    seen.screenshot(path=IMAGES / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
