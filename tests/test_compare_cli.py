"""``pvsim compare`` as a person uses it: streams, exit codes, all bad files at once."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys

import foreign_writers as write
import pytest
from cases import SCENARIOS

import pvsim
from pvsim import cli

REFERENCE = SCENARIOS / "hikvision_jianqiao.toml"
OWN = SCENARIOS / "own_roof.toml"
GOOD = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 100\n"


def run(*arguments, **keywords):
    """Run the command line: in this process, or with keywords in one of its own; warnings are errors in both."""
    if not keywords:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run([str(a) for a in arguments])
        said = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))
        return subprocess.CompletedProcess(arguments, code, *said)
    command = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-m", "pvsim", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False, **keywords)


def compare(*arguments, **keywords):
    return run("compare", *arguments, **keywords)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """PVsyst's hours of the reference roof, with 3 % less light behind the glass."""
    path = tmp_path_factory.mktemp("other") / "roof_HourlyRes_0.CSV"
    result = pvsim.simulate(pvsim.load(REFERENCE))
    path.write_bytes(write.pvsyst_hourly(result, dict.fromkeys(("effective", "dc", "inverter", "ac"), 0.97)))
    return path


def test_variants_stand_side_by_side(tmp_path):
    path = tmp_path / "dusty.toml"
    path.write_text(GOOD.replace("100", "400") + "[losses]\nsoiling_percent = 6\n", encoding="utf-8")
    done = compare(OWN, path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "losses.soiling_percent: 3 -> 6 %" in done.stdout
    assert "the largest share is that of soiling" in done.stdout
    assert done.stdout == compare(OWN, path).stdout


def test_json_is_the_document(tmp_path):
    done = compare(OWN, OWN, OWN, "--json")
    document = json.loads(done.stdout)
    assert [v["name"] for v in document["variants"]] == ["own_roof (1)", "own_roof (2)", "own_roof (3)"]
    alone = json.loads(run("run", OWN, "--json").stdout)
    assert document["variants"][0]["annual_kwh"] == alone["energy"]["annual_kwh"]
    assert [line["name"] for line in document["ledger"]] == [line["name"] for line in alone["ledger"]]
    assert document["schema"] == 1 and document["versions"] == alone["versions"]


def test_another_tool_beside_one_scenario(other):
    done = compare(REFERENCE, "--with", other)
    assert (done.returncode, done.stderr) == (0, "")
    assert "They part first, and most, at effective irradiation: PVsyst has 3.0 % less" in done.stdout
    document = json.loads(compare(REFERENCE, "--with", other, "--json").stdout)
    assert document["lineup"]["first"] == "effective"
    assert [m["month"] for m in document["lineup"]["months"]] == list(range(1, 13))
    assert document["lineup"]["file"] == other.name  # no path: the document is the same everywhere


def test_all_bad_files_are_reported_and_nothing_is_simulated(tmp_path):
    one, two, page = tmp_path / "one.toml", tmp_path / "two.toml", tmp_path / "page.csv"
    one.write_text(GOOD.replace("100", "-1"), encoding="utf-8")
    two.write_text(GOOD + "tilt = 3\n", encoding="utf-8")
    page.write_text("<html>", encoding="utf-8")
    done = compare(OWN, one, two, tmp_path / "none.toml", "--with", page)
    assert (done.returncode, done.stdout) == (3, "")
    for name in ("one.toml:5", "two.toml:6", "none.toml", "page.csv: a web page"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_references_of_all_files_are_reported(tmp_path):
    for name, found in (("one", "../a.epw"), ("two", "missing.epw")):
        weather = f'[weather]\nsource = "file"\npath = "{found}"\n'
        (tmp_path / f"{name}.toml").write_text(GOOD + weather, encoding="utf-8")
    (tmp_path / "claim.toml").write_text(GOOD.split("[[roof]]")[0] + "[claim]\nannual_kwh = 5\n", encoding="utf-8")
    done = compare(*(tmp_path / f"{name}.toml" for name in ("one", "two", "claim")))
    assert (done.returncode, done.stdout) == (3, "")
    for said in ("lies outside of the scenario's folder", "missing.epw: no such file", "nothing to simulate"):
        assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "FILE"),
        ([OWN], "two scenarios or more"),
        ([OWN] * 7, "the text holds 6"),
        ([OWN, "--with", "nowhere.csv"], "nowhere.csv: no such file; understood are PVsyst"),
        ([OWN, "--with", str(OWN)], "understood are PVsyst"),
        ([OWN, "--with", str(SCENARIOS)], "a folder"),
        ([OWN, OWN, "--out", "x"], "--out"),
    ],
)
def test_wrong_calls_are_answered_in_words(arguments, message):
    done = compare(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_seven_variants_are_no_trouble_as_json():
    assert len(json.loads(compare(*[OWN] * 7, "--json").stdout)["variants"]) == 7


def test_a_far_place_ends_with_4(tmp_path):
    path = tmp_path / "far.toml"
    path.write_text(GOOD.replace("29.44", "23.13").replace("106.46", "113.26"), encoding="utf-8")
    done = compare(OWN, path)
    assert (done.returncode, done.stdout) == (4, "")
    assert "far.toml" in done.stderr and "km away" in done.stderr


def test_what_a_file_says_cannot_drive_the_terminal(tmp_path):
    path = tmp_path / "evil.toml"
    path.write_text('name = "\\u001b[2J海康"\n' + GOOD, encoding="utf-8")
    page = tmp_path / "answer.json"
    page.write_text(json.dumps({"message": "\x1b[2J over the sea"}), encoding="utf-8")
    done = compare(path, OWN)
    assert done.returncode == 0 and "\x1b" not in done.stdout and "\\x1b[2J海康" in done.stdout
    done = compare(path, "--with", page)
    assert done.returncode == 2 and "\x1b" not in done.stderr and "over the sea" in done.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    done = compare(OWN, "--with", tmp_path / "pipe.csv")
    assert done.returncode == 2 and "not a regular file" in done.stderr


def test_help_has_an_example():
    done = compare("--help")
    assert done.returncode == 0
    assert "examples:" in done.stdout and "--with" in done.stdout
