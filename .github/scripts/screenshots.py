"""Take the README's picture of the dashboard, from the project's own store.

.venv/bin/python .github/scripts/screenshots.py
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from perfwatch import launch
from perfwatch.config import load

PICTURE = Path(__file__).parent.parent / "images" / "overview.png"
# A container has no sandbox to give, and nothing of the browser's own is to reach for the network.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def main() -> int:
    """Return the exit code: 4 without Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("screenshots: no Chromium here; install the package `chromium`", file=sys.stderr)
        return 4
    PICTURE.parent.mkdir(exist_ok=True)
    with launch.start(load().store) as dashboard, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(dashboard.url)
        page.get_by_role("heading", name="Suite").wait_for()
        # Streamlit marks the page while it still draws.
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        page.get_by_role("table", name="Every series").get_by_role("row").nth(1).wait_for()
        page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        page.screenshot(path=PICTURE)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
