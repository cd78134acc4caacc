"""What the README shows is what happens: its commands, its samples, its examples."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest
from cases import ROOT, SCENARIOS

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


def test_the_smallest_scenario_is_the_shipped_one():
    own_roof = (SCENARIOS / "own_roof.toml").read_text(encoding="utf-8")
    assert next(b for b in blocks("toml") if "[site]" in b) in own_roof


def test_the_python_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    for block in blocks("python"):
        exec(block, {})


def test_every_command_in_the_table_is_one(tmp_path):
    for words in re.findall(r"^\| `pvsim ([^`]+)` \|", README, re.MULTILINE):
        assert pvsim(words.split()[0], "--help").returncode == 0, words
        for option in re.findall(r"--[a-z-]+", words):
            assert option in pvsim(words.split()[0], "--help").stdout


@pytest.mark.parametrize("path", re.findall(r"`((?:scenarios|notebooks|tests|pvsim)/[\w./]+)`", README))
def test_files_that_the_readme_names_exist(path):
    assert (ROOT / path).exists()
