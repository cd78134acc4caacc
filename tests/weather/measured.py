"""A year as instruments on a roof would have measured it, and as a logger's CSV file.

The truth is known: light from a chosen sun at any step, so that a file can be spoilt in one way and what comes out
compared with what should.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pvsim.physics.irradiance import decompose
from pvsim.physics.sun import TimeAxis, sun_over
from pvsim.weather.record import Weather

LATITUDE, LONGITUDE, ALTITUDE, OFFSET = 29.44, 106.46, 250.0, 480
SITE = {"latitude": LATITUDE, "longitude": LONGITUDE, "altitude": ALTITUDE}


def measured_year(
    year: int = 2023, step_minutes: int = 60, *, noise: float = 0.0, seed: int = 1, level: float = 0.33
) -> Weather:
    """Means of rows: dull and bright spells, cloud edges, warm afternoons; mean clearness ``level``.

    ``noise`` is the standard deviation, W/m2, of each of the three instruments in bright rows.
    """
    axis = TimeAxis.of_year(year, step_minutes, OFFSET)
    offset = (step_minutes / 2,) * 12
    sun = sun_over(axis, offset, LATITUDE, LONGITUDE, ALTITUDE)
    rng = np.random.default_rng(seed)
    day = np.arange(axis.rows) * step_minutes // 1440
    spells = np.clip(rng.beta(1.1, 2.0, day[-1] + 1) * level / 0.355, 0.02, 0.72)
    edges = np.clip(1 + 0.25 * rng.standard_normal(axis.rows), 0.4, 1.5)
    height = np.maximum(np.cos(np.radians(sun.zenith)), 0)
    top = sun.dni_extra * height * sun.sunlit_fraction
    ghi = np.minimum(spells[day] * edges, 0.78) * top
    dni, dhi = decompose("erbs", ghi, sun.zenith, sun.day_of_year, sun.sunlit_fraction)
    bright = ghi > 50
    for values in (ghi, dhi, dni):
        values[bright] = np.maximum(values[bright] + noise * rng.standard_normal(bright.sum()), 1.0)
    hour = (axis.unixtime() / 3600 + 8) % 24
    air = 18 + 9 * np.sin(2 * np.pi * (day - 110) / 365) + 4 * np.sin(2 * np.pi * (hour - 9) / 24)
    wind = 1.5 + 0.5 * np.sin(2 * np.pi * hour / 24)
    place = (LATITUDE, LONGITUDE, ALTITUDE)
    return Weather(axis, ghi, dhi, dni, air, wind, *place, offset, "file", "roof", "start", str(year))


def write_csv(
    path: Path,
    weather: Weather,
    *,
    label: str = "start",
    keep: np.ndarray | None = None,
    stamps: np.ndarray | None = None,
    names: tuple[str, ...] = ("ghi", "dhi", "dni", "temp_air", "wind_speed"),
    offset: str = "+08:00",
    extra: Mapping[str, np.ndarray] | None = None,
    **changes: np.ndarray,
) -> Path:
    """A logger's file: times where ``label`` says, pvlib's names; ``changes`` replace columns, ``keep`` picks rows."""
    axis = weather.axis
    shift_s = {"start": 0, "center": axis.step_s // 2, "end": axis.step_s}[label]
    times = axis.local_datetime64() + np.timedelta64(shift_s, "s") if stamps is None else stamps
    columns = {n: changes.get(n, getattr(weather, n)) for n in names} | dict(extra or {})
    picked = np.arange(axis.rows) if keep is None else keep
    text = np.datetime_as_string(times, unit="s")
    rows = [
        f"{text[i]}{offset}," + ",".join("" if v[i] != v[i] else f"{v[i]:.4f}" for v in columns.values())
        for i in picked
    ]
    path.write_text("\n".join([",".join(["time", *columns]), *rows]) + "\n", encoding="utf-8")
    return path
