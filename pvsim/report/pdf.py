"""A page as PDF, printed by a Chromium, Chrome or Edge that is installed; pvsim brings no browser.

The browser works in a temporary folder with a profile of its own, reaches no network, and is gone afterwards.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pvsim.errors import PvsimError, UsageError
from pvsim.report.text import printable

VARIABLE = "PVSIM_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
TIMEOUT_S = 60.0
LONGEST = 60  # bytes of a TMPDIR: Chromium makes a socket there, whose path has 107 at most
TOLD = 300  # characters of what the browser said
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a report needs nothing from elsewhere
    "--no-pdf-header-footer",
)
ELSE = "or open report.html in any browser and print it to PDF"


def find_browser() -> str:
    """The path of a browser that can print.

    It is the one that the environment variable ``PVSIM_BROWSER`` names, else the first that is found on the PATH or
    where macOS and Windows install it.

    Raises
    ------
    UsageError
        When there is none, or the variable names none.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise UsageError(
                f"{VARIABLE}={named}: there is no such program; name the path of Chromium, Chrome or Edge, "
                f"unset {VARIABLE} to have one looked for, {ELSE}"
            )
        return str(Path(found).absolute())
    on_path = (shutil.which(name) for name in NAMES)
    # a relative path is that of the folder one works in, which may be anybody's
    for found in (*(path for path in on_path if path and Path(path).is_absolute()), *_installed()):
        return found
    raise UsageError(
        f"no browser to print a PDF with: {', '.join(NAMES)} are not on the PATH; install Chromium, "
        f"name a browser in the environment variable {VARIABLE}, {ELSE}"
    )


def _installed() -> Iterator[str]:
    """Browsers where macOS and Windows put them."""
    for place in _places():
        if place.is_file() and os.access(place, os.X_OK):
            yield str(place)


def _places() -> Iterator[Path]:
    for name in ("Chromium", "Google Chrome", "Microsoft Edge"):
        yield Path(f"/Applications/{name}.app/Contents/MacOS/{name}")
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if os.environ.get(variable):
            for inside in ("Chromium/Application/chrome.exe", "Google/Chrome/Application/chrome.exe"):
                yield Path(os.environ[variable], inside)
            yield Path(os.environ[variable], "Microsoft/Edge/Application/msedge.exe")


def print_pdf(page: bytes, browser: str, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """Print an HTML page.

    Parameters
    ----------
    page : HTML that says its encoding and needs no other file
    browser : path of a Chromium, Chrome or Edge (see `find_browser`)
    timeout_s : after so many seconds the browser is stopped

    Returns
    -------
    bytes
        The PDF; it holds the time of the day, so no two are the same.

    Raises
    ------
    PvsimError
        When the browser cannot be started, fails, takes too long or writes no PDF.
    """
    # what a browser still holds on Windows is left to the system, which clears that folder
    with tempfile.TemporaryDirectory(prefix="pvsim-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target, said = folder / "page.html", folder / "page.pdf", folder / "said.txt"
        source.write_bytes(page)
        command = [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}"]
        if os.name == "posix" and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium does not start as root with it
        code = _run([*command, source.as_uri()], folder, said, timeout_s)
        pdf = target.read_bytes() if target.is_file() else b""
        last = _last_line(said)
    if code is None:
        raise PvsimError(f"{browser}: no PDF after {timeout_s:g} s, stopped; its last words: {last}; try again, {ELSE}")
    if code != 0 or not pdf.startswith(b"%PDF"):
        raise PvsimError(
            f"{browser}: wrote no PDF (exit code {code}); its last words: {last}; a browser of a snap cannot read "
            f"the temporary folder: name another one in the environment variable {VARIABLE}, {ELSE}"
        )
    return pdf


def _run(command: list[str], folder: Path, said: Path, timeout_s: float) -> int | None:
    """Run the browser to its end; its exit code, None after the time-out."""
    with said.open("wb") as log:
        try:
            # a session of its own, so that all of its processes can be stopped; no shell, and no pipe to wait for
            process = subprocess.Popen(  # noqa: S603 - the user's browser
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(folder),
                start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise PvsimError(
                f"{command[0]}: cannot be started ({reason}); name a browser in {VARIABLE}, {ELSE}"
            ) from error
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _stop(process)


def _environment(folder: Path) -> dict[str, str]:
    """The environment, but for where a browser on Linux leaves things beside its profile."""
    given = dict(os.environ)
    if not sys.platform.startswith("linux"):
        return given
    given |= {"TMPDIR": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    if len(os.fsencode(folder)) > LONGEST:
        del given["TMPDIR"]
    return given


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the browser with all the processes that it started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):  # macOS: PermissionError when only the dead are left
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        subprocess.run(  # noqa: S603
            ["taskkill", "/F", "/T", "/PID", str(process.pid)],  # noqa: S607 - of Windows, found where it puts it
            capture_output=True, check=False,
        )  # fmt: skip
    process.wait()


def _last_line(said: Path) -> str:
    """The last line that the browser said, or the one why it ended."""
    lines = [line.strip() for line in said.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    fatal = [line for line in lines if ":FATAL:" in line]  # Chromium says more after the reason
    return printable((fatal[:1] or lines[-1:])[0][:TOLD]) if lines else "none"
