"""Draw the pictures of the README anew: ``python tests/draw_pictures.py``. It needs Chromium, as ``--pdf`` does.

``notebooks/pictures/report.png`` is the head of the reference roof's report with a load and a green loan,
``terminal.png`` the end of what ``pvsim run`` prints of the reference roof.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

import pvsim
from pvsim.report.pdf import find_browser

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "notebooks" / "pictures"
LINES = 42  # of the terminal


def shoot(browser: str, page: Path, target: Path, width: int, height: int) -> None:
    """A page as a picture of this size."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"]
        size = [f"--window-size={width},{height}", f"--screenshot={target}"]
        subprocess.run([browser, *flags, *size, page.as_uri()], check=True, capture_output=True, timeout=60)


def main() -> None:
    """Write both pictures."""
    browser = find_browser()
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        page = Path(name) / "page.html"
        pvsim.write_report(pvsim.simulate(pvsim.load(ROOT / "scenarios" / "green_loan.toml")), page)
        shoot(browser, page, PICTURES / "report.png", 1000, 860)
        command = [sys.executable, "-m", "pvsim", "run", str(ROOT / "scenarios" / "hikvision_jianqiao.toml")]
        text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8", timeout=120).stdout
        lines = text.split("\nMonths\n")[1].splitlines()
        shown = "\n".join(["Months", *lines[:LINES]])
        style = "background:#1b1f23;color:#e6e6e6;font:14px/1.35 'DejaVu Sans Mono',monospace;margin:0;padding:14px"
        page.write_text(f'<!DOCTYPE html><body style="{style}"><pre>{escape(shown)}</pre>', encoding="utf-8")
        shoot(browser, page, PICTURES / "terminal.png", 960, 860)


if __name__ == "__main__":
    main()
