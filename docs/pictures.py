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
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
TALL, WIDE = (1000, 625), (1280, 800)
PORT = 8791
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
    words = [*weishang(), "explore", "scenario=way_out", "--port", str(PORT)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if f":{PORT}" in line:
                break
        try:
            yield f"http://127.0.0.1:{PORT}/"
        finally:
            server.terminate()


def tab(browser: Browser, address: str, size: tuple[int, int]) -> Page:
    """Open a page."""
    opened = browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="en-US")
    opened.goto(address, timeout=PATIENCE)
    return opened


def page(browser: Browser, address: str) -> None:
    """Photograph the town under the package of the essay, and its twin, after a year."""
    seen = tab(browser, address, WIDE)
    seen.wait_for_selector("[data-ws=week]", timeout=PATIENCE)
    seen.wait_for_function(
        "Number(document.querySelector('[data-ws=week]').innerText.match(/[0-9]+/)[0]) >= 52", timeout=PATIENCE
    )
    seen.locator("[data-ws=play]").click()
    seen.wait_for_timeout(1_000)
    keep(seen, "page")


def report(browser: Browser, file: Path) -> None:
    """Photograph the cards of the decision report."""
    seen = tab(browser, file.as_uri(), TALL)
    seen.locator("h3", has_text="six measures").evaluate("each => scrollTo(0, each.getBoundingClientRect().y - 12)")
    keep(seen, "report")


def sensitivity(browser: Browser, folder: Path) -> None:
    """Photograph what a sweep says of consumer surplus."""
    seen = tab(browser, (folder / "analysis.html").as_uri(), TALL)
    seen.locator("h2", has_text="consumer_surplus").evaluate("each => scrollTo(0, each.getBoundingClientRect().y - 12)")
    keep(seen, "sensitivity")


def gallery(browser: Browser, file: Path) -> None:
    """Photograph the figures of some benchmarks of theory."""
    seen = tab(browser, file.as_uri(), WIDE)
    for name in BENCHMARKS:
        keep(seen.locator(f"section#{name} .js-plotly-plot"), f"theory/{name}")


def keep(seen: Page | Locator, name: str) -> None:
    """Write one picture, in few colours so that it is small."""
    (IMAGES / name).parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(BytesIO(seen.screenshot(animations="disabled"))).convert("RGB")
    few = picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
