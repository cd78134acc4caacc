"""A real browser opens the reports: no complaint on its console, nothing wider than the window, and they print.

Chromium and its driver come from the system (Debian: ``apt-get install chromium chromium-driver fonts-noto-cjk``);
where they are missing these tests are skipped, unless ``PVSIM_NEEDS_BROWSER`` is set, as it is in CI.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
from pathlib import Path

import pytest
from cases import SCENARIOS

import pvsim
from pvsim.report.language import CODES

webdriver = pytest.importorskip(
    "selenium.webdriver", reason="a browser is driven with selenium: install the test extra"
)

WIDTHS = (1280, 390)
RUNNABLE = sorted(p for p in SCENARIOS.glob("*.toml") if "[[roof]]" in p.read_text(encoding="utf-8"))
# kept for a person to look at, where a folder is named
KEPT = os.environ.get("PVSIM_SCREENSHOTS")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium, driver = (shutil.which(name) for name in ("chromium", "chromedriver"))
    if not (chromium and driver):
        if os.environ.get("PVSIM_NEEDS_BROWSER"):
            pytest.fail("PVSIM_NEEDS_BROWSER is set, and chromium or chromedriver is missing")
        pytest.skip("chromium or chromedriver is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("profile")
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield made
    made.quit()


def fits(browser, width: int, name: str) -> None:
    """At this width nothing sticks out of the window, and every figure is drawn and stands within the text."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    wide, high = browser.execute_script("const d = document.documentElement; return [d.scrollWidth, d.scrollHeight]")
    assert wide <= width
    assert high > 3000, "the page is empty"
    drawn = "[...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect())"
    boxes = browser.execute_script(f"return {drawn}.map(b => [b.width, b.height])")
    assert len(boxes) >= 8
    assert all(100 < w <= width and h > 50 for w, h in boxes)
    if KEPT:
        clip = {"x": 0, "y": 0, "width": width, "height": high, "scale": 1}
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        (Path(KEPT) / f"{name}-{width}.png").write_bytes(base64.b64decode(shot["data"]))


def prints(browser, name: str) -> None:
    """The page becomes a PDF of A4 pages by its own style."""
    pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    assert pdf.startswith(b"%PDF")
    boxes = {tuple(round(float(x)) for x in box.split()) for box in re.findall(rb"/MediaBox \[([^\]]+)\]", pdf)}
    assert boxes == {(0, 0, 595, 842)}  # 210 x 297 mm in points
    if KEPT:
        (Path(KEPT) / f"{name}.pdf").write_bytes(pdf)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "path"), list(enumerate(RUNNABLE)), ids=lambda v: getattr(v, "stem", ""))
def test_every_report_in_every_language(browser, number, path, tmp_path):
    result = pvsim.simulate(pvsim.load(path))
    for turn, code in enumerate(CODES):
        page = tmp_path / f"{path.stem}-{code}.html"
        pvsim.write_report(result, page, language=code)
        browser.get(page.as_uri())
        for width in WIDTHS:
            fits(browser, width, page.stem)
        if KEPT or (number + turn) % len(CODES) == 0:  # printing is slow: each report in one language
            prints(browser, page.stem)
        assert browser.get_log("browser") == []


def test_the_console_is_heard(browser, tmp_path):
    """What this file asserts can fail: a page that breaks its own policy says so."""
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    (tmp_path / "bad.html").write_text(f"<!DOCTYPE html>{policy}<script>1</script>", encoding="utf-8")
    browser.get((tmp_path / "bad.html").as_uri())
    assert any("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))
