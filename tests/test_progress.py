"""The line on the terminal: seen while work lasts, gone afterwards, and nowhere but on a terminal."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import subprocess
import sys
import threading
import time
import types

import pytest
from cases import ROOT, SCENARIOS

from pvsim.cli import progress, run
from pvsim.cli.progress import Progress, working

OWN = str(SCENARIOS / "own_roof.toml")
ARGS = argparse.Namespace(quiet=False)


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self):
        return True

    def waits_for(self, text):
        """Wait until something was written, however slow the machine is; whether it was."""
        end = time.monotonic() + 60
        while text not in self.getvalue() and time.monotonic() < end:
            time.sleep(0.005)
        return text in self.getvalue()

    def screen(self):
        """What stands on the line at the end."""
        line = ""
        for part in self.getvalue().split("\r"):
            line = part + line[len(part) :]
        return line.rstrip()


@pytest.fixture
def terminal(monkeypatch):
    """Stderr is a terminal, and the line appears at once."""
    made = Terminal()
    # not sys.stderr itself, which the capture of pytest sets again when the test starts
    monkeypatch.setattr(progress, "sys", types.SimpleNamespace(stderr=made))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "DELAY_S", 0.0)
    monkeypatch.setattr(progress, "PERIOD_S", 0.01)
    return made


# --- the line -----------------------------------------------------------------------------------------------


def test_it_says_what_is_done_and_is_gone_afterwards(terminal):
    with working(ARGS, "audit") as line:
        assert terminal.waits_for("\raudit (0 s)")
        line.say("audit: claim 12 of 300")
        assert terminal.waits_for("\raudit: claim 12 of 300 (0 s)")
        line.say("done")
        assert terminal.waits_for("\rdone (")
    assert terminal.screen() == ""
    assert "\n" not in terminal.getvalue() and terminal.getvalue().isascii()
    assert terminal.getvalue().endswith("\r")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_it_is_gone_after_an_error(terminal, error):
    with pytest.raises(error), working(ARGS, "audit"):
        assert terminal.waits_for("audit")
        raise error
    assert terminal.screen() == ""
    assert not _tickers()


def _tickers():
    return [t for t in threading.enumerate() if "_tick" in t.name]


def test_short_work_says_nothing(terminal, monkeypatch):
    monkeypatch.setattr(progress, "DELAY_S", 600.0)
    with working(ARGS, "audit") as line:
        line.say("more")
    assert terminal.getvalue() == ""
    assert not _tickers()


def test_the_seconds_count(monkeypatch):
    line = Progress(None, "x")
    assert [line._line(s, 40) for s in (0.4, 12.4, 3600)] == ["x (0 s)", "x (12 s)", "x (3600 s)"]


def test_text_is_ascii_cut_and_cannot_drive_the_terminal():
    line = Progress(None, "a\x1b[2Jb\r\nc\u202e重")
    told = line._line(1, 80)
    assert told.isascii() and told.isprintable()
    assert told == "a\\x1b[2Jb\\r\\nc\\u202e\\u91cd (1 s)"
    line.say("weather: reading " + "long" * 100)
    assert [len(line._line(1, width)) for width in (79, 20, 6, 5, 3, 0, -1)] == [79, 20, 6, 5, 3, 0, 0]
    assert line._line(1, 20) == "weather: readi (1 s)"


def test_a_terminal_that_goes_away_does_not_end_the_work(monkeypatch, terminal):
    def gone(text):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(terminal, "write", gone)
    with working(ARGS, "audit") as line:
        line._thread.join(60)
        assert not _tickers()


# --- where it is not ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["a pipe", "quiet", "dumb", "closed", "none"])
def test_it_costs_nothing_where_it_is_not_shown(terminal, monkeypatch, why):
    args = ARGS
    if why == "a pipe":
        monkeypatch.setattr(terminal, "isatty", lambda: False)
    elif why == "quiet":
        args = argparse.Namespace(quiet=True)
    elif why == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    elif why == "none":
        monkeypatch.setattr(progress, "sys", types.SimpleNamespace(stderr=None))
    else:
        terminal.close()
    with working(args, "audit") as line:
        assert not _tickers()
        line.say("more")
    if why != "closed":
        assert terminal.getvalue() == ""


# --- in the commands ----------------------------------------------------------------------------------------

CLAIMS = "id,place,panels,annual_kwh,tce\na,Dadukou,8000,2600000,930\nb,,,1000000,9000\n"


@pytest.fixture
def command(tmp_path):
    """Arguments of a command that shows how far it is, and what it says."""
    (tmp_path / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    return {
        "run": (["run", OWN, "--json"], "simulating ("),
        "report": (["run", OWN, "--out", str(tmp_path / "o")], "writing the report ("),
        "compare": (["compare", OWN, OWN], "compare: scenario 2 of 2 ("),
        "audit": (["audit", str(tmp_path / "claims.csv")], "audit: claim 2 of 2 ("),
        "check": (["weather", "check", "Dazu", "--json"], "weather: reading Dazu ("),
        "export": (["weather", "export", "Dazu", str(tmp_path / "a.csv"), "--overwrite"], "weather: reading Dazu ("),
    }


def _run(arguments):
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(out):
        assert run(arguments) == 0
    return out.buffer.getvalue()


@pytest.mark.parametrize("name", ["run", "report", "compare", "audit", "check", "export"])
def test_the_output_is_the_same_with_a_terminal_and_without(command, name, monkeypatch, capsys):
    arguments, _ = command[name]
    plain = _run(arguments)
    assert capsys.readouterr().err == ""  # no terminal
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "DELAY_S", 0.0)
    assert _run(arguments) == plain
    assert made.screen() == ""


@pytest.mark.parametrize("name", ["run", "report", "compare", "audit", "check", "export"])
def test_a_command_says_how_far_it_is(command, name, monkeypatch):
    told = []

    class Listened(Progress):
        def __enter__(self):
            told.append(self._line(0, 200))
            return super().__enter__()

        def say(self, text):
            super().say(text)
            told.append(self._line(0, 200))

    monkeypatch.setattr(progress, "Progress", Listened)
    arguments, says = command[name]
    _run(arguments)
    assert any(line.startswith(says) for line in told)


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is needed")
def test_on_a_real_terminal():
    import pty

    code = (
        "import sys\nfrom pvsim.cli import progress, run\n"
        "progress.DELAY_S = 0.0\nprogress.PERIOD_S = 0.001\nsys.exit(run(sys.argv[1:]))"
    )
    arguments = ["compare", OWN, OWN, "--json"]
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"},
        )  # fmt: skip
        os.close(theirs)
        chunks = []
        reader = threading.Thread(target=collect, args=(ours, chunks), daemon=True)
        reader.start()
        out, _ = process.communicate(timeout=120)
        reader.join(60)
        seen = b"".join(chunks)
    finally:
        os.close(ours)
    assert process.returncode == 0
    assert b"compare: scenario 1 of 2 (" in seen and seen.endswith(b" \r")
    assert b"\n" not in seen
    assert out == _run(arguments)


def collect(terminal, chunks):
    """Collect what a terminal shows until the other end is closed."""
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 65536):
            chunks.append(part)
