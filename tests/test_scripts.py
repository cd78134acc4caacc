"""The scripts beside the scenarios: their tables hold what pvsim.simulate says, and bad input ends in one line."""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys

import pytest
from cases import ROOT, SCENARIOS, write_epw
from public_names import private_uses
from weather.answers import everything

import pvsim

pytestmark = pytest.mark.slow  # each test is a program or two
SCRIPTS = sorted(SCENARIOS.glob("*.py"))
REFERENCE = SCENARIOS / "hikvision_jianqiao.toml"

each = pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)


def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A script as a user starts it, with warnings as errors."""
    command = [sys.executable, "-W", "error", "-W", "ignore:::pvlib", SCENARIOS / f"{name}.py", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=120, check=False, cwd=ROOT, env=environment
    )


def printed(name: str, *arguments: object) -> str:
    done = run(name, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def swept(*arguments: object) -> dict[tuple[float, float], tuple[float, float, float, bool]]:
    """By tilt and azimuth: kWh, kWh/kWp, % of the best, and whether it is marked."""
    rows = re.findall(r"^ +(\S+) +(\S+) +([\d,]+) +(\S+) +(\S+)(  best)?$", printed("sweep_tilt", *arguments), re.M)
    return {
        (float(t), float(a)): (float(kwh.replace(",", "")), float(per_kwp), float(share), bool(best))
        for t, a, kwh, per_kwp, share, best in rows
    }


def compared(text: str) -> dict[str, tuple[float, float, float, float]]:
    """By source: GHI, kWh, kWh/kWp, ratio to the first; without those that were refused."""
    rows = re.findall(r"^(\S.*?) +([\d,]+) +([\d,]+) +([\d.]+) +([\d.]+)$", text, re.M)
    return {name: tuple(float(value.replace(",", "")) for value in values) for name, *values in rows}


def test_there_are_scripts():
    assert {p.stem for p in SCRIPTS} == {"compare_sources", "sweep_tilt"}


@each
def test_script_is_executable_and_uses_public_names_only(path):
    source = path.read_text(encoding="utf-8")
    assert source.startswith("#!/usr/bin/env python3\n")
    assert os.access(path, os.X_OK)
    assert private_uses(source) == []


@each
def test_script_says_how_it_is_called(path):
    """Its docstring names only options that it has."""
    told = printed(path.stem, "--help")
    example = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert f"python scenarios/{path.name}" in example
    assert all(option in told for option in re.findall(r"--[a-z]+", example))


# --- tilt and azimuth -----------------------------------------------------------------------------------------


def test_the_sweep_marks_a_low_tilt_to_the_south():
    rows = swept("--tilts", "0,10,20,40", "--azimuths", "90,180,270")
    assert len(rows) == 12
    assert [angles for angles, row in rows.items() if row[3]] == [max(rows, key=lambda angles: rows[angles][0])]
    (tilt, azimuth), best = next((angles, row) for angles, row in rows.items() if row[3])
    assert 0 < tilt <= 25
    assert azimuth == 180
    assert best[2] == 100
    assert all(row[2] == pytest.approx(100 * row[0] / best[0], abs=0.06) for row in rows.values())
    assert len({rows[0, azimuth][:3] for azimuth in (90, 180, 270)}) == 1, "lying flat has no direction"


def test_lying_flat_has_no_direction():
    scenario = pvsim.load(REFERENCE)
    flat = [scenario.changed({"roof[0].surface_tilt": 0.0, "roof[0].surface_azimuth": a}) for a in (90.0, 180.0, 270.0)]
    kwh = [result.annual_kwh for result in pvsim.simulate_many(flat)]
    assert kwh == pytest.approx([kwh[0]] * 3, rel=1e-6)


def test_the_figures_of_the_sweep_are_those_of_simulate():
    own = pvsim.simulate(pvsim.load(REFERENCE))
    assert swept("--tilts", "10", "--azimuths", "180")[10, 180][:2] == (
        round(own.annual_kwh),
        round(own.specific_yield_kwh_per_kwp, 1),
    )
    path = SCENARIOS / "three_roofs.toml"
    to = [f"roof[{i}].{key}={value}" for i in range(3) for key, value in (("surface_tilt", 7), ("surface_azimuth", 90))]
    turned = pvsim.simulate(pvsim.load(path, overrides=to))
    assert swept(path, "--tilts", "7", "--azimuths", "90")[7, 90][0] == round(turned.annual_kwh)


def test_turned_racks_leave_the_building_where_it_is():
    path = SCENARIOS / "hikvision_concrete.toml"
    to = ["roof[0].surface_azimuth=90", "roof[0].plan_azimuth=0"]
    rows = swept(path, "--tilts", "10", "--azimuths", "90,180")
    assert rows[10, 90][0] == round(pvsim.simulate(pvsim.load(path, overrides=to)).annual_kwh)
    assert rows[10, 180][0] == round(pvsim.simulate(pvsim.load(path)).annual_kwh)


def test_the_sweep_is_drawn(tmp_path):
    figure = tmp_path / "tilt.png"
    swept("--tilts", "20,0,10", "--azimuths", "180", "--out", figure)
    assert figure.read_bytes().startswith(b"\x89PNG")


# --- sources --------------------------------------------------------------------------------------------------


def test_sources_are_compared_and_one_that_is_refused_stops_no_other(tmp_path):
    made = write_epw(tmp_path / "made.epw", pvsim.weather_at(29.44, 106.46, ghi_kwh_per_m2=1050))
    files = [made, f"{made},format=epw,level=climate", f"{made},label=never", tmp_path / "none.epw"]
    arguments = ["--stations", 2, "--years", 2, *(part for file in files for part in ("--weather", file))]
    text = printed("compare_sources", *arguments)
    rows = compared(text)
    first, *near = list(rows)[:3]
    assert first == "climate of the place"
    assert near[0].startswith("station Chongqing Shapingba, 16 km")
    assert list(rows)[3:] == ["made.epw", "made.epw epw climate", "random year 1", "random year 2"]
    own = pvsim.simulate(pvsim.load(REFERENCE))
    assert rows[first] == (949, round(own.annual_kwh), round(own.specific_yield_kwh_per_kwp, 1), 1.0)
    one = pvsim.simulate(pvsim.load(REFERENCE, overrides=["weather.year=random", "weather.seed=2"]))
    assert rows["random year 2"][1] == round(one.annual_kwh)
    station = pvsim.simulate(pvsim.load(REFERENCE, overrides=["weather.station=Chongqing Shapingba"]))
    assert rows[near[0]][1] == round(station.annual_kwh)
    assert rows["made.epw"][0] == pytest.approx(1050, abs=2)
    assert rows["made.epw epw climate"][0] == pytest.approx(949, abs=5)
    assert all(row[3] == pytest.approx(row[1] / own.annual_kwh, abs=6e-4) for row in rows.values())
    assert len(re.findall(r"^(?:made.epw never|none.epw) +refused: .*(?:label|cannot be read)", text, re.M)) == 2
    kwh = [row[1] for name, row in rows.items() if not name.startswith("random")]
    assert f"{len(kwh)} sources, largest / smallest: {max(kwh) / min(kwh):.3f} (made.epw / " in text
    assert "2 random years, largest / smallest: " in text


def test_several_scenarios_and_their_own_file(tmp_path):
    write_epw(tmp_path / "own.epw", pvsim.weather_at(29.44, 106.46))
    text = (SCENARIOS / "own_roof.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(f'{text}\n[weather]\nsource = "file"\npath = "own.epw"\n', encoding="utf-8")
    told = printed("compare_sources", tmp_path / "own.toml", REFERENCE, "--stations", 0, "--years", 0)
    assert list(compared(told)) == ["climate of the place", "as the scenario says: own.epw"]
    assert told.count("climate of the place  ") == 2
    assert told.endswith("1.000\n"), "one source is not apart from itself"


def test_providers_stand_beside_the_climate(service, monkeypatch, capsys):
    service.says(everything(service))
    arguments = ["--stations", "0", "--years", "0", "--provider", "pvgis", "--provider", "nasa-power,start_year=2025"]
    monkeypatch.setattr(
        sys, "argv", ["compare_sources.py", *arguments, "--provider", "nasa-power", "--provider", "sun"]
    )
    runpy.run_path(str(SCENARIOS / "compare_sources.py"), run_name="__main__")
    told = capsys.readouterr().out
    rows = compared(told)
    assert list(rows) == ["climate of the place", "pvgis", "nasa-power 2025"]
    assert [rows[name][0] for name in rows] == [949, 923, 926]
    assert len(re.findall(r"^(?:nasa-power|sun) +refused: .*(?:start_year: missing|source: found)", told, re.M)) == 2
    assert len(service.asked) == 2


# --- bad input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "arguments", "code", "told"),
    [
        ("sweep_tilt", ["none.toml"], 3, "no such file"),
        ("sweep_tilt", ["--tilts", "0,ten"], 2, "numbers with commas"),
        ("sweep_tilt", ["--tilts", "95"], 3, "surface_tilt: found 95"),
        ("sweep_tilt", ["--tilts", "nan"], 3, "not a finite number"),
        ("sweep_tilt", ["--azimuths", "360"], 3, "surface_azimuth: found 360"),
        ("sweep_tilt", [SCENARIOS / "hikvision_steel.toml"], 2, 'shape = "gable"'),
        ("sweep_tilt", [SCENARIOS / "fuhuang_retrofit.toml"], 3, "no [[roof]]"),
        ("sweep_tilt", ["--tilts", "10", "--azimuths", "180", "--out", "none/tilt.png"], 2, "cannot be written"),
        ("compare_sources", ["none.toml"], 3, "no such file"),
        ("compare_sources", [SCENARIOS / "fuhuang_retrofit.toml"], 2, "no [[roof]]"),
        ("compare_sources", ["--weather", "year.csv,end"], 2, "KEY=VALUE"),
        ("compare_sources", ["--provider", "nasa-power,2019"], 2, "a name and years"),
    ],
)
def test_bad_input_is_one_line_and_no_traceback(script, arguments, code, told, monkeypatch, capsys):
    """In this process, which is faster than one of its own."""
    monkeypatch.setattr(sys, "argv", [f"{script}.py", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(SCENARIOS / f"{script}.py"), run_name="__main__")
    assert stop.value.code == code
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1, said
