"""Printing a page: with a real browser where there is one, and with made-up ones that fail in every way."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pvsim.errors import PvsimError, UsageError
from pvsim.report import pdf
from pvsim.report.pdf import find_browser, print_pdf

CHROMIUM = shutil.which("chromium", path="/usr/bin:/usr/local/bin:/snap/bin")
PAGE = "<!doctype html><meta charset=utf-8><title>Roof</title><h1>2,671,527 kWh 重庆</h1>".encode()

posix = pytest.mark.skipif(os.name != "posix", reason="the made-up browsers are scripts with a first line")


@pytest.fixture(autouse=True)
def scratch(monkeypatch):
    """Where temporary folders are made, a short path; a test must leave nothing there."""
    monkeypatch.delenv("PVSIM_BROWSER", raising=False)
    with tempfile.TemporaryDirectory(prefix="pdf-") as name:
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)
        assert list(Path(name).iterdir()) == []


@pytest.fixture
def made_up(tmp_path):
    """Make a browser from Python lines; ``target`` is the PDF that it is asked for, ``page`` the page."""

    def make(body, name="browser"):
        path = tmp_path / name
        path.write_text(
            f"#!{sys.executable}\n"
            "import os, pathlib, sys, time\n"
            "from urllib.parse import unquote, urlsplit\n"
            "asked = dict(a.partition('=')[::2] for a in sys.argv[1:-1])\n"
            "target = pathlib.Path(asked['--print-to-pdf'])\n"
            "page = pathlib.Path(unquote(urlsplit(sys.argv[-1]).path))\n" + body + "\n",
            encoding="utf-8",
        )
        path.chmod(0o755)
        return str(path)

    return make


# --- printing -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(CHROMIUM is None, reason="no /usr/bin/chromium")
def test_a_real_browser_prints():
    raw = print_pdf(PAGE, CHROMIUM)
    assert raw.startswith(b"%PDF-") and b"%%EOF" in raw[-64:]
    assert len(re.findall(rb"/Type\s*/Page\b", raw)) == 1
    assert b"Roof" in raw  # the title


@posix
def test_the_browser_gets_the_page_and_a_profile_of_its_own(made_up, scratch):
    browser = made_up(
        "target.write_bytes(b'%PDF-' + page.read_bytes() + repr((asked, dict(os.environ))).encode())\n"
        "pathlib.Path(asked['--user-data-dir']).mkdir()"
    )
    raw = print_pdf(PAGE, browser)
    assert raw.startswith(b"%PDF-" + PAGE)
    asked = raw.decode()
    assert f"'--user-data-dir': '{scratch}" in asked
    for flag in ("--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer", "--disable-sync"):
        assert f"'{flag}'" in asked
    assert ("'--no-sandbox'" in asked) == (os.geteuid() == 0)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the environment stays as it is")
@pytest.mark.parametrize("short", [True, False])
def test_what_a_browser_leaves_beside_its_profile_is_in_the_same_folder(made_up, scratch, monkeypatch, short):
    if not short:
        (scratch / ("long" * 15)).mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(scratch / ("long" * 15)))
    monkeypatch.setenv("TMPDIR", "given")
    raw = print_pdf(PAGE, made_up("target.write_bytes(b'%PDF-' + repr(dict(os.environ)).encode())")).decode()
    assert f"'XDG_CACHE_HOME': '{scratch}" in raw and f"'XDG_CONFIG_HOME': '{scratch}" in raw
    assert (f"'TMPDIR': '{scratch}" in raw, "TMPDIR" in raw) == (short, short)
    if not short:
        (scratch / ("long" * 15)).rmdir()


@posix
@pytest.mark.parametrize("user", [0, 1000])
def test_the_sandbox_is_left_out_for_root_only(made_up, monkeypatch, user):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    raw = print_pdf(PAGE, made_up("target.write_bytes(b'%PDF-' + repr(asked).encode())"))
    assert (b"--no-sandbox" in raw) == (user == 0)


@posix
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("print('noise', file=sys.stderr); sys.exit('no display')", r"exit code 1.*last words: no display;"),
        ("print('[1:FATAL:a.cc] why\\nmore', file=sys.stderr)", r"last words: \[1:FATAL:a\.cc\] why;"),
        ("", r"wrote no PDF \(exit code 0\).*last words: none"),
        ("target.write_bytes(b'<html>')", "wrote no PDF"),
        ("target.write_bytes(b'%PDF-half'); sys.exit(3)", "exit code 3"),
        ("print('a\\x1b[31mb', file=sys.stderr)", r"words: a\\x1b\[31mb;"),
        ("target.mkdir()", "wrote no PDF"),
        ("sys.stderr.buffer.write(b'\\xff\\n')", "wrote no PDF"),
    ],
)  # fmt: skip
def test_a_browser_that_fails(made_up, body, told):
    with pytest.raises(PvsimError, match=told) as caught:
        print_pdf(PAGE, made_up(body))
    assert "PVSIM_BROWSER" in str(caught.value) and "report.html" in str(caught.value)


@posix
def test_a_browser_that_never_ends_is_stopped_with_its_children(made_up, tmp_path):
    children = tmp_path / "children"
    browser = made_up(
        f"child = os.fork()\nif child: pathlib.Path({str(children)!r}).write_text(f'{{os.getpid()}} {{child}}')\n"
        "print('still thinking', file=sys.stderr, flush=True)\ntime.sleep(600)"
    )
    with pytest.raises(PvsimError, match=r"no PDF after 4 s, stopped; its last words: still thinking"):
        print_pdf(PAGE, browser, timeout_s=4)
    assert not any(map(_alive, children.read_text(encoding="ascii").split()))


@posix
def test_what_a_browser_leaves_running_is_stopped(made_up, tmp_path):
    child = tmp_path / "child"
    browser = made_up(
        "target.write_bytes(b'%PDF-')\nchild = os.fork()\n"
        f"pathlib.Path({str(child)!r}).write_text(str(child)) if child else time.sleep(600)"
    )
    assert print_pdf(PAGE, browser) == b"%PDF-"
    assert not _alive(child.read_text(encoding="ascii"))


def _alive(pid):
    """Whether a process still runs; one that was killed may take a moment to be gone."""
    for _ in range(100):
        try:
            os.kill(int(pid), 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
                return False
        except (ProcessLookupError, FileNotFoundError):
            return False
        time.sleep(0.05)
    os.kill(int(pid), signal.SIGKILL)
    return True


def test_a_browser_that_cannot_be_started(tmp_path):
    with pytest.raises(PvsimError, match=r"none-here: cannot be started"):
        print_pdf(PAGE, str(tmp_path / "none-here"))
    with pytest.raises(PvsimError, match="cannot be started"):
        print_pdf(PAGE, "a\0b")


# --- finding ------------------------------------------------------------------------------------------------


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """A machine without a browser; gives the folder that is its PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "_places", lambda: iter(()))
    return tmp_path


def test_none_is_found(nowhere):
    with pytest.raises(UsageError, match=r"install Chromium, .*PVSIM_BROWSER, or open report\.html") as caught:
        find_browser()
    assert caught.value.exit_code == 2


@posix
def test_the_first_name_on_the_path_is_taken(nowhere, made_up):
    edge = made_up("", "msedge")
    assert find_browser() == edge
    chrome = made_up("", "google-chrome")
    assert find_browser() == chrome
    assert find_browser() != made_up("", "chromium") == find_browser()


@posix
def test_the_variable_goes_first(nowhere, made_up, monkeypatch):
    made_up("", "chromium")
    monkeypatch.setenv("PVSIM_BROWSER", made_up("", "mine"))
    assert find_browser() == str(nowhere / "mine")
    monkeypatch.setenv("PVSIM_BROWSER", "mine")
    assert find_browser() == str(nowhere / "mine")
    monkeypatch.setenv("PVSIM_BROWSER", str(nowhere / "gone"))
    with pytest.raises(UsageError, match=r"PVSIM_BROWSER=.*gone: there is no such program; name the path"):
        find_browser()


@posix
def test_the_folder_one_works_in_is_not_searched(nowhere, made_up, monkeypatch):
    made_up("", "chromium")
    monkeypatch.chdir(nowhere)
    monkeypatch.setenv("PATH", ".")
    with pytest.raises(UsageError):
        find_browser()


@posix
def test_known_places_come_last(nowhere, made_up, monkeypatch):
    place = Path(made_up("", "Google Chrome"))
    monkeypatch.setattr(pdf, "_places", lambda: iter((nowhere / "gone", place)))
    assert find_browser() == str(place)
    assert find_browser() != made_up("", "msedge") == find_browser()


def test_places_of_macos_and_windows(monkeypatch, tmp_path):
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    assert all(str(place).startswith(str(Path("/Applications"))) for place in pdf._places())
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    assert tmp_path / "Microsoft/Edge/Application/msedge.exe" in set(pdf._places())
