"""The far horizon: hills and towers that hide the sun and the sky behind them, read from a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pvsim.errors import WeatherError
from pvsim.weather.services import json_of
from pvsim.weather.table import Array
from pvsim.weather.text import read_text

LEAST_POINTS = 4
WIDE_DEG = 95.0  # between two points: four of them lie 90 apart
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
ROW = re.compile(rf"\s*({NUMBER})\s*[,;\t ]\s*({NUMBER})\s*(?:[,;\t ].*)?")


@dataclass(frozen=True)
class Horizon:
    """Height of the horizon in degrees (K,) at azimuths in degrees (K,), clockwise from north, rising from 0."""

    azimuth: tuple[float, ...]
    elevation: tuple[float, ...]

    def at(self, azimuth: Array) -> Array:
        """Height of the horizon in a direction, degrees; straight between points, all around."""
        return np.interp(azimuth, self.azimuth, self.elevation, period=360.0)


def read_horizon(path: Path) -> tuple[Horizon, tuple[str, ...]]:
    """A horizon file: rows of azimuth and height in degrees, in any order; lines without numbers are passed over.

    Azimuths from 0 to 360 count clockwise from north; a file with negative ones counts from south, west positive,
    as PVGIS does, and is converted. The JSON of PVGIS' horizon service is read, too; it always counts from south.

    Raises
    ------
    WeatherError : broken JSON, too few points, one direction with two heights, or a height outside of 0 to 90 degrees
    """
    text, _, notes = read_text(path)
    is_json = text.lstrip().startswith("{")
    found = _profile(path.name, text) if is_json else _rows(path.name, text)
    if len(found) < LEAST_POINTS:
        raise WeatherError(
            f"{path.name}: {len(found)} rows of azimuth and height; at least {LEAST_POINTS} are needed, in degrees"
        )
    azimuth, elevation = (np.array(v) for v in zip(*found, strict=True))
    if azimuth.min() < -180 or azimuth.max() > 360 or (azimuth.min() < 0 and azimuth.max() > 180):
        raise WeatherError(
            f"{path.name}: azimuths from {azimuth.min():g} to {azimuth.max():g}; allowed are 0 to 360 clockwise from "
            "north, or -180 to 180 from south"
        )
    wrong = np.flatnonzero((elevation < 0) | (elevation > 90))
    if wrong.size:
        i = int(wrong[0])
        raise WeatherError(
            f"{path.name}: a height of {elevation[i]:g} degrees at azimuth {azimuth[i]:g}; 0 to 90 are possible "
            "(columns are azimuth, then height)"
        )
    if is_json or azimuth.min() < 0:
        azimuth = azimuth + 180.0
        why = "is JSON of PVGIS" if is_json else "has negative azimuths"
        notes += (f"{path.name} {why}: read as counted from south, west positive, as PVGIS does",)
    azimuth = azimuth % 360.0
    order = np.argsort(azimuth, kind="stable")
    azimuth, elevation = azimuth[order], elevation[order]
    same = np.flatnonzero(np.diff(azimuth) == 0)
    if (elevation[same] != elevation[same + 1]).any():
        i = int(same[elevation[same] != elevation[same + 1]][0])
        two = f"{elevation[i]:g} and {elevation[i + 1]:g}"
        raise WeatherError(f"{path.name}: azimuth {azimuth[i]:g} has two heights, {two} degrees")
    keep = np.append(np.diff(azimuth) > 0, True)
    widest = float(np.diff(np.append(azimuth, azimuth[0] + 360)).max())
    if widest > WIDE_DEG:
        notes += (f"{path.name} says nothing over {widest:.0f} degrees: a straight line was taken there",)
    return Horizon(tuple(azimuth[keep].tolist()), tuple(elevation[keep].tolist())), notes


def _rows(name: str, text: str) -> list[tuple[float, float]]:
    """Azimuth and height of each row; words may stand above the first.

    Raises
    ------
    WeatherError : a line below the first row has digits and is none
    """
    found: list[tuple[float, float]] = []
    for number, line in enumerate(text.splitlines(), 1):
        # with another separator a comma is a decimal one
        line = line.replace('"', "")
        match = ROW.fullmatch(line.replace(",", ".") if ";" in line or "\t" in line else line)
        if match:
            found.append((float(match[1]), float(match[2])))
        elif found and line.lstrip()[:1] and line.lstrip()[0] in "+-.0123456789":
            raise WeatherError(f"{name}:{number}: {line.strip()[:40]!r} is no row of azimuth and height in degrees")
    return found


def _profile(name: str, text: str) -> list[tuple[float, float]]:
    """Azimuth and height of each point of the JSON that PVGIS' printhorizon gives.

    Raises
    ------
    WeatherError : broken JSON, one without a horizon, or a point that is not two numbers
    """
    outputs = json_of(name, text).get("outputs")
    points = outputs.get("horizon_profile") if isinstance(outputs, dict) else None
    if not isinstance(points, list):
        raise WeatherError(f"{name}: JSON without outputs.horizon_profile; PVGIS' printhorizon gives one that is read")
    found: list[tuple[float, float]] = []
    for i, point in enumerate(points):
        pair: list[Any] = [point.get("A"), point.get("H_hor")] if isinstance(point, dict) else []
        # true is an int, NaN a float, and an int may be too long for a float
        numbers = [float(v) for v in pair if type(v) in (int, float) and abs(v) <= 1e6]
        if len(numbers) != 2:
            raise WeatherError(
                f"{name}: outputs.horizon_profile[{i}] is {str(point)[:40]!r}; A and H_hor are needed, both in degrees"
            )
        found.append((numbers[0], numbers[1]))
    return found
