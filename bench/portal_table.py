"""`portal_table`: the portal's table with 100,000 rows in Chromium: draw, scroll to the middle, filter, sort, select all.

The page is the list screen's own table with the columns of orders (`portal/bench/table.tsx`), bundled as the portal is.
Times run until the change is painted, two frames included (33 ms at 60 frames a second), so they are a person's wait.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route, sync_playwright

from bench.figures import Figure

ROWS = 100_000
PORTAL = Path(__file__).resolve().parents[1] / "portal"
ADDRESS = "http://portal.example/"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
PAGE = '<!doctype html><link rel="stylesheet" href="style.css"><body><script type="module" src="table.js"></script>'
#: What is measured, its name, and the longest it may take in milliseconds.
STEPS = (("draw", "first_draw", 300), ("middle", "scroll_to_the_middle", 100), ("filter", "filter", 200),
         ("unfilter", "filter_taken_off", 200), ("sort", "sort", 1000), ("select", "select_all", 300))
TIMES = 5


def _bundle(directory: Path) -> None:
    command = ["node", "bench/build.mjs", str(directory)]
    subprocess.run(command, cwd=PORTAL, check=True)
    (directory / "index.html").write_text(PAGE, encoding="utf-8")


def run() -> list[Figure]:
    """Milliseconds of each step in the least disturbed of five windows; none where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        return []

    def once(browser: Browser, directory: Path) -> tuple[dict[str, float], int]:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.route(f"{ADDRESS}**", lambda route: _serve(route, directory))
        page.goto(ADDRESS)
        page.locator("html[data-ready]").wait_for(state="attached")
        taken = {step: float(page.evaluate("([step, rows]) => measure(step, rows)", [step, ROWS if step == "draw" else 0]))
                 for step, _, _ in STEPS}
        drawn = page.locator("tr[data-row]").count()
        page.close()
        return taken, drawn

    with tempfile.TemporaryDirectory(prefix="comptoir-table-") as name, sync_playwright() as playwright:
        _bundle(Path(name))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        runs = [once(browser, Path(name)) for _ in range(TIMES)]
        browser.close()
    figures = []
    for step, figure, most in STEPS:
        value = min(taken[step] for taken, _ in runs)
        figures.append(Figure("portal_table", figure, "ms", round(value), f"≤ {most}", value <= most, {"rows": ROWS}))
    drawn = max(count for _, count in runs)
    figures.append(Figure("portal_table", "rows_drawn", "rows", drawn, "≤ 100", drawn <= 100, {"rows": ROWS}))
    return figures


def _serve(route: Route, directory: Path) -> None:
    path = directory / (urlsplit(route.request.url).path.lstrip("/") or "index.html")
    if path.is_file():
        route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])
    else:
        route.fulfill(status=404)
