"""The command line as a person uses it: separate processes, exit codes, streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from cases import SCENARIOS

from pvsim import cli

REFERENCE = SCENARIOS / "hikvision_jianqiao.toml"
GOOD = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 100\n"


def pvsim(*arguments, **keywords):
    """Run the command line in a process of its own, warnings as errors."""
    command = [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-m", "pvsim", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False, **keywords)


def test_run_prints_the_answer():
    done = pvsim("run", REFERENCE)
    assert done.returncode == 0, done.stderr
    assert "kWh in the first year" in done.stdout
    assert done.stderr == ""


def test_json_is_the_document_and_the_same_bytes_twice():
    first, second = pvsim("run", REFERENCE, "--json"), pvsim("run", REFERENCE, "--json")
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["system"]["panels"] == 8000


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.toml")), ids=lambda p: p.stem)
def test_every_scenario_runs_and_is_executable(path, capsys):
    """One without a roof is a claim, which is audited. In this process: what a process needs is tried with one."""
    text = path.read_text(encoding="utf-8")
    command = "run" if "[[roof]]" in text else "audit"
    assert cli.run(["check", str(path)]) == 0
    capsys.readouterr()
    code = cli.run([command, str(path), "--json"])
    streams = capsys.readouterr()
    assert code == 0, streams.err
    document = json.loads(streams.out)
    assert document["energy"]["annual_kwh"] > 0 if command == "run" else document[0]["verdict"]
    assert text.startswith(f"#!/usr/bin/env -S pvsim {command}\n")
    assert os.access(path, os.X_OK)


def test_out_writes_the_folder_and_json_still_goes_to_stdout(tmp_path):
    done = pvsim("run", REFERENCE, "--json", "--out", tmp_path / "out", "--planes")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (tmp_path / "out" / "result.json").read_text(encoding="utf-8")
    header = (tmp_path / "out" / "hourly.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.endswith("p_dc_kw[factory roof]")


def test_every_error_of_a_file_is_listed_with_its_line(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(GOOD.replace("100", "-3") + "azimut = 4\nsurface_tilt = nan\n", encoding="utf-8")
    for command in ("run", "check"):
        done = pvsim(command, path)
        assert done.returncode == 3
        assert done.stdout == ""
        places = [line.split(": ")[0] for line in done.stderr.splitlines() if line.startswith(str(path))]
        assert [place.split(":")[1] for place in places] == ["5", "6", "7"]
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "nowhere.toml"], 3, "nowhere.toml"),
        (["run"], 2, "FILE"),
        (["fly"], 2, "fly"),
        (["run", str(REFERENCE), "--planes"], 2, "--out"),
        (["run", str(REFERENCE), "--js"], 2, "--js"),
        (["convert", "2,6 GWh"], 2, "2.6"),
        (["convert", "2.6"], 2, "unit|GWh|kWh"),
        (["convert", "2.6GWh", "--region", "Chonqing"], 2, "Chongqing"),
    ],
)
def test_wrong_calls_are_answered_in_words(arguments, code, message):
    import re

    done = pvsim(*arguments)
    assert done.returncode == code
    assert re.search(message, done.stderr)
    assert "Traceback" not in done.stderr


def test_weather_errors_end_with_4(tmp_path):
    path = tmp_path / "far.toml"
    path.write_text(GOOD.replace("29.44", "23.13").replace("106.46", "113.26"), encoding="utf-8")
    done = pvsim("run", path)
    assert (done.returncode, done.stdout) == (4, "")
    assert "km away" in done.stderr


def test_an_output_folder_that_cannot_be_made_ends_with_1(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = pvsim("run", REFERENCE, "--out", tmp_path / "file")
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_convert_shows_the_published_calorific_figure():
    done = pvsim("convert", "32.6GWh")
    assert done.returncode == 0
    assert "4,006.5" in done.stdout
    assert json.loads(pvsim("convert", "32.6GWh", "--json").stdout)


def test_help_of_every_command_has_an_example():
    assert "example" in pvsim("--help").stdout
    for command in ("run", "check", "convert"):
        done = pvsim(command, "--help")
        assert done.returncode == 0
        assert "example" in done.stdout


def test_a_closed_pipe_ends_quietly():
    command = f'"{sys.executable}" -m pvsim run "{REFERENCE}" | head -n 1'
    done = subprocess.run(command, shell=True, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr


def test_a_console_of_code_page_936_prints_chinese_names(tmp_path):
    path = tmp_path / "gbk.toml"
    path.write_text('name = "海康威视 ✓"\n' + GOOD, encoding="utf-8")
    env = os.environ | {"PYTHONIOENCODING": "gbk"}
    done = subprocess.run(
        [sys.executable, "-m", "pvsim", "run", str(path)], capture_output=True, env=env, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "海康威视".encode("gbk") in done.stdout


def test_it_runs_with_a_read_only_home_any_locale_and_a_path_with_blanks(tmp_path):
    folder = tmp_path / "带 空格 folder"
    folder.mkdir()
    path = folder / "own roof.toml"
    path.write_text(GOOD, encoding="utf-8")
    env = os.environ | {"HOME": "/nonexistent", "LC_ALL": "C", "TZ": "Pacific/Kiritimati"}
    one = pvsim("run", path, "--json", env=env)
    two = pvsim("run", path, "--json", env=os.environ | {"TZ": "America/St_Johns"})
    assert one.returncode == 0, one.stderr
    assert one.stdout == two.stdout


def test_json_stays_json_when_nobody_listens_to_stderr(tmp_path):
    path = tmp_path / "north.toml"
    path.write_text(GOOD + "surface_tilt = 9\nsurface_azimuth = 0\n", encoding="utf-8")
    command = f'"{sys.executable}" -m pvsim run "{path}" --json 2>&-'
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, timeout=120, check=False)
    assert json.loads(done.stdout)["warnings"]
