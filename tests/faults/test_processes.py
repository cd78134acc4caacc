"""Rows P1 and P7 to P19 of the fault catalogue: crashes, full disks, signals, pipes and consoles.

P2 to P6, P12, P14, P20 and P21 belong to fleets.
"""

from __future__ import annotations

import ast
import contextlib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from cases import ROOT, SCENARIOS
from faults.conftest import GOOD, names_in

from pvsim import cli
from pvsim.physics import chain
from pvsim.report import page

REFERENCE = SCENARIOS / "hikvision_jianqiao.toml"
OTHER = GOOD.replace("100", "200")
TABLES = ["hourly.csv", "monthly.csv", "report.html"]
WHOLE = [*TABLES, "result.json"]
LOCK = ".pvsim.lock"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and files")

# Programs that run pvsim with one thing changed.
KILLED_IN_FSYNC = """
import itertools, os, signal, sys
left, real = itertools.count(int(sys.argv.pop(1)) - 1, -1), os.fsync
def fsync(descriptor):
    real(descriptor)
    if not next(left):
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = fsync
from pvsim.__main__ import main
main()
"""
HELD_IN_THE_RUN = """
import sys, time
from pvsim.physics import chain
def compute(*args, **keywords):
    print("ready", flush=True)
    time.sleep(60)
chain.compute = compute
from pvsim.__main__ import main
main()
"""
HELD_IN_THE_WRITING = """
import os, sys, time
def fsync(descriptor):
    print("ready", flush=True)
    time.sleep(60)
os.fsync = fsync
from pvsim.__main__ import main
main()
"""


@pytest.fixture(autouse=True)
def _short_report(monkeypatch):
    """Files are tried here and not the page, which takes a second; processes of their own write the whole one."""
    monkeypatch.setattr(page, "report", lambda *_: "<!DOCTYPE html>\n<title>a report</title>\n")


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def hashes_agree(folder: Path) -> bool:
    document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return all(hashlib.sha256((folder / f["name"]).read_bytes()).hexdigest() == f["sha256"] for f in document["files"])


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def never_run(monkeypatch):
    """The chain must not be reached."""

    def compute(*_args, **_keywords):
        pytest.fail("the run began before its output was looked at")

    monkeypatch.setattr(chain, "compute", compute)


# --- P1: kill -9


@POSIX
@pytest.mark.parametrize(("nth", "before"), [(1, False), (3, True)])
def test_P1_killed_while_writing_leaves_whole_files(ask, case, tmp_path, out, start, nth, before):
    path = case()
    ask("run", path, "--planes", "--out", tmp_path / "calm").works()
    new = content(tmp_path / "calm")
    if before:
        ask("run", path, "--out", out).works()
    old = content(out) if before else {}
    child = start(KILLED_IN_FSYNC, nth, "run", path, "--planes", "--out", out)
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    left = content(out)
    for name in WHOLE:
        if name in left:
            assert left[name] in (old.get(name), new[name]), f"{name} is neither the old one nor the new one"
        else:
            assert not before, f"{name} is gone"
    assert all(n in WHOLE or n.startswith(".") for n in left), "what is unfinished is hidden"
    if left.get("result.json") == new["result.json"]:
        assert hashes_agree(out), "the document is written last"
    answer = ask("run", path, "--planes", "--out", out).works()
    assert re.search("warning.*lock", answer.err, re.IGNORECASE | re.DOTALL)
    assert {n: b for n, b in content(out).items() if n in WHOLE} == new
    assert LOCK not in names_in(out)


def test_P1_files_are_flushed_then_moved_then_their_folder_is_flushed(ask, case, out, monkeypatch):
    events: list[tuple[str, str]] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor):
        events.append(("fsync", "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"))
        return fsync(descriptor)

    def watched_replace(source, target, **keywords):
        assert Path(source).parent == Path(target).parent == out
        assert Path(source).name.endswith(".partial")
        events.append(("replace", Path(target).name))
        return replace(source, target, **keywords)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    ask("run", case(), "--out", out).works()
    assert [name for kind, name in events if kind == "replace"] == WHOLE, "the document comes last"
    for i, event in enumerate(events):
        if event[0] == "replace":
            assert ("fsync", "file") in events[:i][-2:]
    if sys.platform != "win32":
        last = max(i for i, e in enumerate(events) if e[0] == "replace")
        assert ("fsync", "folder") in events[last:]


def test_P1_document_tells_rows_and_hash_of_each_table(ask, case, out):
    ask("run", case(), "--out", out).works()
    document = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert [f["name"] for f in document["files"]] == TABLES
    for entry in document["files"]:
        raw = (out / entry["name"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(raw).hexdigest()
        rows = raw.count(b"\n") - 1 if entry["name"].endswith(".csv") else None
        assert entry["rows"] == rows, "no footer inside of a table"


# --- P7 to P10: the folder


def failing(number: int, nth: int, real):
    """A function whose n-th call raises this error of the system."""
    calls = iter(range(1, 1000))

    def call(*args, **keywords):
        if next(calls) == nth:
            raise OSError(number, os.strerror(number))
        return real(*args, **keywords)

    return call


@pytest.mark.parametrize("nth", [1, 3, 5])  # the three files; between them their folder is flushed
def test_P7_full_disk(ask, case, out, monkeypatch, nth):
    ask("run", case(), "--out", out).works()
    old = content(out)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.ENOSPC, nth, os.fsync))
        answer = ask("run", case(OTHER, "other.toml"), "--out", out, "--overwrite")
    answer.refuses(re.escape(str(out)), r"\d[\d,.]* (bytes|[kMG]B)", code=1)
    assert re.search("space|full", answer.err)
    left = content(out)
    assert set(left) == set(old), "no partial file and no lock stay"
    assert left["result.json"] == old["result.json"]
    ask("run", case(OTHER, "other.toml"), "--out", out, "--overwrite").works()
    assert hashes_agree(out)


def test_P7_full_disk_in_an_empty_folder(ask, case, out, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(errno.ENOSPC, 1, os.fsync))
        ask("run", case(), "--json", "--out", out).refuses(r"hourly\.csv", "space|full", code=1)
    assert not out.exists() or names_in(out) == []
    ask("run", case(), "--out", out).works()


def test_P8_folder_that_is_none_is_told_before_the_run(ask, case, tmp_path, never_run):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for target in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 400), "a\0b"):
        ask("run", case(), "--out", target).refuses("--out|cannot be (made|written)|folder", code=1)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder where nobody can write")
def test_P8_folder_that_cannot_be_written_is_told_before_the_run(ask, case, never_run):
    for target in ("/proc/self", "/proc/self/new"):
        ask("run", case(), "--out", target).refuses(re.escape(target), "choose another|cannot be", code=1)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="a mode that binds the user")
def test_P8_read_only_folder_is_told_before_the_run(ask, case, out, never_run):
    out.mkdir()
    out.chmod(0o500)
    ask("run", case(), "--out", out).refuses("cannot be", code=1)
    out.chmod(0o700)


def test_P8_folder_is_made_with_its_parents_and_files_lie_in_it_from_the_start(ask, case, out, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))  # another volume would break the move
    ask("run", case(), "--out", out / "deep" / "er").works()
    assert names_in(out / "deep" / "er") == WHOLE


def test_P8_an_invalid_scenario_makes_no_folder(ask, case, out):
    ask("run", case("x = 1\n"), "--out", out).refuses()
    assert not out.exists()


@POSIX
def test_P9_second_run_is_refused_and_a_dead_one_is_followed(ask, case, out, start):
    path = case()
    child = start(HELD_IN_THE_RUN, "run", path, "--out", out)
    assert child.stdout.readline() == "ready\n"
    lock = (out / LOCK).read_text(encoding="utf-8")
    assert re.search(rf"\b{child.pid}\b", lock)
    assert socket.gethostname() in lock
    assert re.search(r"\d{4}-\d\d-\d\d.\d\d:\d\d|\b1[6-9]\d{8}\b|\b2\d{9}\b", lock), "the time at which it began"
    for options in ((), ("--overwrite",)):
        answer = ask("run", path, "--out", out, *options)
        answer.refuses(rf"\b{child.pid}\b", re.escape(socket.gethostname()), code=1)
    assert (out / LOCK).read_text(encoding="utf-8") == lock
    assert names_in(out) == [LOCK]
    child.kill()
    child.communicate(timeout=30)
    answer = ask("run", path, "--out", out).works()
    assert re.search(rf"warning.*lock.*{child.pid}|warning.*{child.pid}.*lock", answer.err, re.IGNORECASE)
    assert names_in(out) == WHOLE

    # a lock of another computer cannot be judged from here
    (out / LOCK).write_text(lock.replace(socket.gethostname(), "another-host.example"), encoding="utf-8")
    ask("run", path, "--out", out).refuses("another-host.example", r"\.pvsim\.lock|remove|delete", code=1)
    assert (out / LOCK).exists()


@pytest.mark.parametrize("text", ["", "{", "pid 1", "\0\0\0", "9" * 24, "HERE"])
def test_P9_torn_lock_is_no_riddle(ask, case, out, text):
    out.mkdir()
    if text == "HERE":  # of this host, by a process that cannot be
        text = json.dumps({"pid": 10**30, "host": socket.gethostname(), "started": "2026-01-01T00:00:00+00:00"})
    (out / LOCK).write_text(text, encoding="utf-8")
    answer = ask("run", case(), "--out", out)
    assert answer.code in (0, 1)
    assert "Traceback" not in answer.err
    assert "lock" in answer.err
    assert (out / LOCK).exists() == (answer.code == 1)


def test_P9_lock_is_gone_after_any_end(ask, case, out, monkeypatch):
    def broken(*_args, **_keywords):
        raise RuntimeError("a defect")

    seen = []
    real = chain.compute

    def watched(*args, **keywords):
        seen.append(names_in(out))
        return real(*args, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(chain, "compute", watched)
        ask("run", case(), "--out", out).works()
    assert seen == [[LOCK]]
    ask("run", case(GOOD.replace("29.44", "39.9")), "--out", out, "--overwrite").refuses("km away", code=4)
    assert names_in(out) == WHOLE
    monkeypatch.setattr(chain, "compute", broken)
    with contextlib.suppress(RuntimeError):
        ask("run", case(), "--out", out)
    assert names_in(out) == WHOLE


def test_P9_library_and_plain_runs_lock_nothing(ask, case, tmp_path):
    ask("run", case(), "--json").works()
    assert names_in(tmp_path) == ["case.toml"]


def test_P10_result_of_another_scenario_is_kept(ask, case, out, never_run):
    first, second = case(), case(OTHER, "other.toml")
    out.mkdir()
    document = {"schema": 1, "scenario": {"name": "x", "sha256": "0" * 64}, "files": []}
    for text in (json.dumps(document), "", "{", "[]", "null", '{"scenario": 3}', "not ours"):
        (out / "result.json").write_text(text, encoding="utf-8")
        for path in (first, second):
            ask("run", path, "--out", out).refuses(r"result\.json", "--overwrite", code=1)
        assert (out / "result.json").read_text(encoding="utf-8") == text
        assert names_in(out) == ["result.json"]


def test_P10_overwrite_and_the_same_scenario(ask, case, out):
    first, second = case(), case(OTHER, "other.toml")
    ask("run", first, "--out", out).works()
    once = content(out)
    ask("run", first, "--out", out).works()
    assert content(out) == once
    ask("run", second, "--out", out).refuses("another scenario|other scenario", "--overwrite", code=1)
    assert content(out) == once
    ask("run", second, "--out", out, "--overwrite").works()
    assert content(out) != once
    assert hashes_agree(out)


def test_P10_other_values_by_set_are_another_scenario(ask, case, out):
    ask("run", case(), "--out", out).works()
    ask("run", case(), "--out", out, "--set", "roof[0].panels=200").refuses("--overwrite", code=1)
    digests = {
        json.loads(ask("run", case(), "--json", *options).works().out)["scenario"]["sha256"]
        for options in ((), ("--set", "roof[0].panels=200"), ("--set", "roof[0].panels=201"))
    }
    assert len(digests) == 3, "the same hash must mean the same scenario"


# --- P11: signals


@POSIX
@pytest.mark.parametrize(
    ("program", "sent", "code"),
    [(HELD_IN_THE_RUN, signal.SIGINT, 130), (HELD_IN_THE_WRITING, signal.SIGTERM, 143)],
    ids=["run", "write"],
)
def test_P11_interrupted(case, out, start, program, sent, code):
    child = start(program, "run", case(), "--out", out)
    assert child.stdout.readline() == "ready\n"
    child.send_signal(sent)
    stdout, stderr = child.communicate(timeout=20)
    assert child.returncode == code, stderr
    assert "Traceback" not in stderr
    assert stdout == ""
    assert stderr.count("\n") <= 2
    assert not out.exists() or names_in(out) == []


@POSIX
def test_P11_interrupted_runs_leave_the_old_result(ask, case, out, start):
    ask("run", case(), "--out", out).works()
    once = content(out)
    child = start(HELD_IN_THE_WRITING, "run", case(), "--planes", "--out", out)
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=20)
    assert content(out) == once


# --- P13, P15: clocks, and files that others hold open


def test_P13_times_of_files_decide_nothing(ask, case, out):
    path = case()
    ask("run", path, "--out", out).works()
    once = content(out)
    for moment in (0, 4_000_000_000):
        for file in (path, *out.iterdir()):
            os.utime(file, (moment, moment))
        ask("run", path, "--out", out).works()
        assert content(out) == once
    ask("run", case(OTHER, "other.toml"), "--out", out).refuses("--overwrite", code=1)


def test_P13_nothing_looks_at_the_time_of_a_file():
    for path in sorted((ROOT / "pvsim").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"st_mtime", "st_ctime", "st_mtime_ns", "getmtime", "getctime"}, path


def blocked(name: str, times: int, calls: list[str]):
    """``os.replace`` where another program has a file open for some time."""
    real = os.replace

    def replace(source, target, **keywords):
        if Path(target).name == name:
            calls.append(name)
            if len(calls) <= times:
                raise PermissionError(errno.EACCES, "The process cannot access the file", str(target))
        return real(source, target, **keywords)

    return replace


@pytest.fixture
def naps(monkeypatch):
    """The seconds that somebody wanted to sleep."""
    taken: list[float] = []
    monkeypatch.setattr(time, "sleep", taken.append)
    return taken


@pytest.mark.parametrize("times", [1, 4])
def test_P15_file_that_is_let_go_in_time(ask, case, out, monkeypatch, naps, times):
    calls: list[str] = []
    monkeypatch.setattr(os, "replace", blocked("hourly.csv", times, calls))
    ask("run", case(), "--out", out).works()
    assert len(calls) == times + 1
    assert naps == [0.2] * times
    assert names_in(out) == WHOLE


@pytest.mark.parametrize("name", WHOLE)
def test_P15_file_that_stays_open(ask, case, out, monkeypatch, naps, name):
    ask("run", case(), "--out", out).works()
    old = content(out)
    calls: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", blocked(name, 1000, calls))
        answer = ask("run", case(OTHER, "other.toml"), "--out", out, "--overwrite")
    answer.refuses(re.escape(name), "close the file", "open", code=1)
    assert len(calls) in (5, 6)
    assert set(naps) == {0.2}
    left = content(out)
    assert set(left) == set(old)
    assert left[name] == old[name]


# --- P16 to P19: pipes, consoles, encodings, folders


@POSIX
@pytest.mark.parametrize(
    "arguments",
    [
        ("run", REFERENCE, "--json"),
        ("check", REFERENCE),
        ("convert", "2.6GWh"),
        ("run", "--help"),
        ("--version",),
    ],
    ids=lambda a: " ".join(str(x) for x in a if x != REFERENCE),
)
def test_P16_closed_pipe(ask_process, arguments):
    read, write = os.pipe()
    os.close(read)
    answer = ask_process(*arguments, capture_output=False, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert answer.code in (0, 141)
    assert answer.err == ""


@POSIX
def test_P16_closed_pipe_of_messages(ask_process, case):
    read, write = os.pipe()
    os.close(read)
    path = case(GOOD + "x = 1\n")
    answer = ask_process("run", path, capture_output=False, stdout=subprocess.PIPE, stderr=write)
    os.close(write)
    assert answer.code in (3, 141)
    assert answer.out == ""


@POSIX
@pytest.mark.parametrize("command", ["check", "run"])
def test_P16_no_stdout_at_all(command):
    line = f'"{sys.executable}" -m pvsim {command} "{REFERENCE}" >&-'
    done = subprocess.run(line, shell=True, stderr=subprocess.PIPE, encoding="utf-8", timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1, 141)


CHINESE = 'name = "海康威视 ✓ m² CO₂ 25 °C"\n' + GOOD + 'name = "屋顶 ✓"\nsurface_azimuth = 0\n'


class Console(io.TextIOWrapper):
    """A stream that encodes as a console of that code page does."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    def shown(self) -> str:
        return self.buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "ascii", "latin-1", "utf-8"])
def test_P17_consoles_that_lack_characters(case, tmp_path, monkeypatch, encoding):
    path = case(CHINESE, "海康 ✓.toml")
    commands = [("run", path), ("run", path, "--json"), ("check", path), ("run", tmp_path / "没有 ✓.toml")]
    commands += [("convert", "32.6GWh"), ("convert", "260万度"), ("run", path, "--out", tmp_path / "出 ✓")]
    for command in commands:
        out, err = Console(encoding), Console(encoding)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        code = cli.run([str(a) for a in command])
        assert code == (3 if "没有" in str(command[1]) else 0), err.shown()
        if "--json" in command:  # JSON is UTF-8 on every console: the same bytes everywhere
            assert json.loads(out.buffer.getvalue().decode("utf-8"))["energy"]["annual_kwh"] > 0
            continue
        assert out.shown() or err.shown()
        if encoding == "gbk" and command[0] == "run" and len(command) == 2 and code == 0:
            assert "海康威视" in out.shown()


def test_P17_process_with_a_gbk_console_and_no_locale(case, out):
    strange = {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "pvsim", "run", str(case(CHINESE)), "--planes", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, env=os.environ | strange, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "海康威视" in done.stdout.decode("gbk")
    assert "海康威视 ✓" in json.loads((out / "result.json").read_text(encoding="utf-8"))["scenario"]["name"]
    assert "p_dc_kw[屋顶 ✓]" in (out / "hourly.csv").read_text(encoding="utf-8").splitlines()[0]


def test_P18_encodings_are_always_given(ask_process, case, tmp_path, epw, out):
    (tmp_path / "a.epw").write_bytes(epw)
    weather = '[weather]\nsource = "file"\nformat = "epw"\npath = "a.epw"\n'
    strict = ("-X", "warn_default_encoding", "-W", "always::EncodingWarning")
    for arguments in (("run", case(CHINESE + weather), "--json", "--out", out), ("convert", "2.6GWh", "--json")):
        told = ask_process(*arguments, python=strict).works().err
        # matplotlib forgets one where it makes its list of fonts
        assert not [line for line in told.splitlines() if "EncodingWarning" in line and "site-packages" not in line]


def test_P18_the_linter_asks_for_encodings():
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "PLW1514" in lint["select"]
    assert lint["preview"] is True
    assert not any("PLW1514" in rules for rules in lint["per-file-ignores"].values())


def test_P19_modules_in_the_users_folder_disturb_nothing(tmp_path):
    script = Path(sys.executable).with_name("pvsim.exe" if sys.platform == "win32" else "pvsim")
    if not script.exists():
        pytest.skip("the console script is not installed beside this Python")
    for name in ("random", "http", "json", "numpy", "pandas", "typing", "pvsim"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n", encoding="utf-8")
    shutil.copy(REFERENCE, tmp_path / "roof.toml")
    for arguments in (("run", "roof.toml", "--json"), ("convert", "2.6GWh")):
        done = subprocess.run(
            [script, *arguments], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "wrong module" not in done.stderr
