"""How a fault is provoked and how the answer is judged: one call in this process, or one in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from cases import write_epw
from weather import writers

from pvsim import cli
from pvsim.physics.irradiance import decompose
from pvsim.physics.sun import TimeAxis, sun_over
from pvsim.weather.atlas import climate_at
from pvsim.weather.generator import Site, typical_year
from pvsim.weather.record import Weather

# five lines; what is added lands in the [[roof]]
GOOD = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 100\n"


@dataclass(frozen=True)
class Answer:
    """Exit code and the two streams."""

    code: int
    out: str
    err: str

    def refuses(self, *patterns: str, code: int = 3) -> None:
        """Nothing on stdout, a message instead of a traceback, the exit code of its kind."""
        assert self.code == code, self
        assert self.out == ""
        assert "Traceback" not in self.err
        assert self.err.strip(), "an error without words"
        for pattern in patterns:
            assert re.search(pattern, self.err, re.DOTALL), f"{pattern!r} is not in {self.err!r}"

    def works(self) -> Answer:
        assert self.code == 0, self
        assert "Traceback" not in self.err
        return self


Ask = Callable[..., Answer]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """``pvsim`` with these arguments, in this process."""

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        code = cli.run([str(a) for a in arguments])
        streams = capsys.readouterr()
        return Answer(code, streams.out, streams.err)

    return call


@pytest.fixture
def ask_process() -> Callable[..., Answer]:
    """``pvsim`` with these arguments in a process of its own, for signals, pipes and encodings."""

    def call(*arguments: object, python: tuple[str, ...] = (), **keywords: object) -> Answer:
        command = [sys.executable, *python, "-m", "pvsim", *map(str, arguments)]
        options = {"capture_output": True, "encoding": "utf-8", "timeout": 60, "check": False} | keywords
        done = subprocess.run(command, **options)
        return Answer(done.returncode, done.stdout or "", done.stderr or "")

    return call


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[str]]:
    """A Python program that runs ``pvsim`` with something broken in it; ended after the test if it still runs."""
    children: list[subprocess.Popen[str]] = []

    def call(program: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, *map(str, arguments)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        children.append(child)
        return child

    yield call
    for child in children:
        if child.poll() is None:
            child.kill()
        child.communicate(timeout=30)


@pytest.fixture
def case(tmp_path: Path) -> Callable[..., Path]:
    """A scenario file of this text or these bytes."""

    def write(text: str | bytes = GOOD, name: str = "case.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write


@pytest.fixture(scope="session")
def epw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A good EPW file of the site of ``GOOD``."""
    weather = typical_year(climate_at(29.44, 106.46), Site(29.44, 106.46, 250.0, 480))
    return write_epw(tmp_path_factory.mktemp("epw") / "year.epw", weather).read_bytes()


@pytest.fixture(scope="session")
def southern_epw(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A good EPW file of latitude -33, longitude 18: half of the extraterrestrial light, 15 degrees C."""
    axis, offset = TimeAxis.of_year(2025, 60, 60), (30.0,) * 12
    sun = sun_over(axis, offset, -33.0, 18.0, 250.0)
    ghi = 0.5 * np.maximum(np.cos(np.radians(sun.zenith)), 0) * sun.dni_extra * sun.sunlit_fraction
    dni, dhi = decompose("erbs", ghi, sun.zenith, sun.day_of_year, sun.sunlit_fraction)
    air, wind = np.full(axis.rows, 15.0), np.full(axis.rows, 2.0)
    weather = Weather(axis, ghi, dhi, dni, air, wind, -33.0, 18.0, 250.0, offset, "file", "south", "end", "2025")
    return write_epw(tmp_path_factory.mktemp("epw") / "year.epw", weather).read_bytes()


@pytest.fixture(scope="session")
def tmy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What PVGIS answers for a typical year at the site of ``GOOD``."""
    weather = writers.sky(TimeAxis.of_year(2025, 60, 480), 10.566)
    return writers.write_pvgis_tmy_json(tmp_path_factory.mktemp("pvgis") / "tmy.json", weather).read_bytes()


@pytest.fixture(scope="session")
def nasa(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What NASA POWER answers for 2025 at the site of ``GOOD``."""
    weather = writers.sky(TimeAxis.of_year(2025, 60, 0), 30.0)
    return writers.write_nasa_json(tmp_path_factory.mktemp("nasa") / "year.json", weather).read_bytes()


def names_in(folder: Path) -> list[str]:
    """Everything below a folder, as relative names with forward slashes."""
    return sorted(Path(r, n).relative_to(folder).as_posix() for r, d, f in os.walk(folder) for n in (*d, *f))
