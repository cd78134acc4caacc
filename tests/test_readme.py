"""What the README shows is what happens: its commands, its samples, its examples."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import pytest
from cases import ROOT, SCENARIOS, write_daily
from foreign_writers import pvsyst_hourly
from weather.answers import everything

from pvsim import cli, load, simulate
from pvsim.weather.atlas import climate_at

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    # fences come in pairs, so every match is one whole block
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


def pvsim(*arguments: str, **keywords) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pvsim", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False, **keywords)


def test_the_two_commands_name_what_exists():
    run, test = (block.strip() for block in blocks("sh")[:2])
    assert run.startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert run.endswith(".venv/bin/pvsim run scenarios/hikvision_jianqiao.toml")
    assert test.endswith(".venv/bin/python -m pytest -q")
    extras = set(re.search(r"\.\[(.+?)\]", test)[1].split(","))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert extras <= set(project["optional-dependencies"])


def test_the_sample_is_the_end_of_the_real_output():
    """Golden: figures of the reference roof. A change moves README and CHANGELOG with it, and says why."""
    sample = next(b for b in blocks("") if "The published claim" in b)
    done = pvsim("run", str(SCENARIOS / "hikvision_jianqiao.toml"))
    assert sample in done.stdout


def test_the_samples_of_a_conversion_are_real_output():
    samples = [b for b in blocks("") if b.startswith(("3  CO2", "LIFETIME"))]
    assert len(samples) == 2
    printed = pvsim("convert", "2.6GWh", "--years", "25", "--decline", "documented").stdout
    assert all(sample in printed for sample in samples)


def test_the_error_sample_is_the_real_message(tmp_path):
    (tmp_path / "roof.toml").write_text(
        "[site]\nlatitude = 29.44\nlongitude = 106.46\n\n[[roof]]\npanel = 400\n", encoding="utf-8"
    )
    sample = next(b for b in blocks("") if b.startswith("$ pvsim check"))
    done = pvsim("check", "roof.toml", cwd=tmp_path)
    assert sample.split("\n", 1)[1] == done.stderr


def test_the_sample_of_a_layout_is_real_output(tmp_path):
    sample = next(b for b in blocks("") if b.startswith("$ pvsim layout"))
    printed = pvsim("layout", str(SCENARIOS / "hikvision_concrete.toml"), "--out", str(tmp_path / "figures")).stdout
    assert sample.split("...\n")[1] in printed
    hall = next(b for b in blocks("toml") if 'shape = "gable"' in b).split("[[obstacle]]")[0]
    (tmp_path / "hall.toml").write_text("[site]\nlatitude = 29.44\nlongitude = 106.46\n" + hall, encoding="utf-8")
    told = pvsim("layout", str(tmp_path / "hall.toml")).stdout
    assert "7,920 panels" in told
    assert "88%" in told


def smallest() -> str:
    return next(b for b in blocks("toml") if "[site]" in b)


def test_the_smallest_scenario_is_the_shipped_one():
    assert smallest() in (SCENARIOS / "own_roof.toml").read_text(encoding="utf-8")


def test_the_python_example_runs(service, monkeypatch):
    monkeypatch.chdir(ROOT)
    service.says(everything(service))
    for block in blocks("python"):
        exec(block, {})


def shell_lines() -> list[str]:
    """The commands that the README shows, without their comments; the two that set pvsim up are CI itself."""
    lines = [line for block in blocks("sh")[2:] for line in block.splitlines()]
    return [re.sub(r"\s+#.*", "", line).strip() for line in lines if line.strip()]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with the files that the README's commands name, as it describes them."""
    folder = tmp_path_factory.mktemp("readme")
    online = next(b for b in blocks("toml") if 'source = "pvgis"' in b)
    (folder / "online.toml").write_text(f"{smallest()}\n{online}", encoding="utf-8")
    (folder / "scenarios").mkdir()
    shutil.copy(SCENARIOS / "fuhuang_retrofit.toml", folder / "scenarios")
    for name, more in (
        ("roof", ""),
        ("dusty", "\n[losses]\nsoiling_percent = 6\n"),
        ("tilt20", "\nsurface_tilt = 20\n"),
    ):
        (folder / f"{name}.toml").write_text(smallest() + more, encoding="utf-8")
    roof = simulate(load(folder / "roof.toml"))
    (folder / "roof_HourlyRes_0.CSV").write_bytes(pvsyst_hourly(roof))
    write_daily(folder / "daily.csv", climate_at(29.44, 106.46), years=10)
    ghi = climate_at(29.44, 106.46).ghi_kwh_per_m2
    months = "".join(f"{m},{kwh:.1f},{10 + m}\n" for m, kwh in enumerate(ghi, start=1))
    (folder / "months.csv").write_text(f"month,ghi_kwh_per_m2,temp_air\n{months}", encoding="utf-8")
    (folder / "claims.csv").write_text("id,place,panels,annual_kwh,tce\nA,Dadukou,8000,2600000,930\n", encoding="utf-8")
    head = (ROOT / "pvsim" / "data" / "factors.csv").read_text(encoding="utf-8").splitlines()[0]
    row = "co2-average-park-2024,co2,0.4321,kgCO2/kWh,park,Chongqing,2024,the park,annual report 2024,2025,R,its page,"
    (folder / "my_factors.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    return folder


@pytest.mark.slow
def test_every_command_that_the_readme_shows_runs(workplace, service, monkeypatch, capfd):
    """In the order of the page, as later ones use what earlier ones wrote; in this process, which is faster."""
    monkeypatch.chdir(workplace)
    service.says(everything(service))
    lines = shell_lines()
    assert len(lines) >= 20
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "pvsim", line
        if "--pdf" in arguments and shutil.which("chromium") is None:
            arguments.remove("--pdf")
        code = cli.run(arguments)
        told = capfd.readouterr().err
        assert code == 0, f"{line}\n{told}"
        assert "warning" not in told.casefold(), f"{line}\n{told}"
    written = {p.name for p in (workplace / "results").iterdir()}
    assert written >= {"report.html", "result.json", "result.xlsx", "monthly.csv", "hourly.csv"}


def test_the_checks_that_the_readme_names_exist():
    named = re.findall(r"`pytest -m \"\" (tests[\w/.]*)`", README)
    assert len(named) > 5
    assert all((ROOT / path).exists() for path in named)


def test_links_of_the_readme_lead_somewhere():
    def anchor(title: str) -> str:
        return re.sub(r"[^\w\- ]", "", title.casefold()).replace(" ", "-")

    anchors = {anchor(t) for t in re.findall(r"^## (.+)$", README, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target.removeprefix("#") in anchors if target.startswith("#") else (ROOT / target).exists(), target


def test_every_command_in_the_table_is_one(tmp_path):
    for words in re.findall(r"^\| `pvsim ([^`]+)` \|", README, re.MULTILINE):
        assert pvsim(words.split()[0], "--help").returncode == 0, words
        for option in re.findall(r"--[a-z-]+", words):
            assert option in pvsim(words.split()[0], "--help").stdout


@pytest.mark.parametrize("path", re.findall(r"`((?:scenarios|notebooks|tests|pvsim)/[\w./]+)`", README))
def test_files_that_the_readme_names_exist(path):
    assert (ROOT / path).exists()
