"""What the providers send, all for the same year: PVGIS, NASA POWER, Open-Meteo, CAMS, and ERA5 by way of its queue."""

from __future__ import annotations

import functools
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from weather import writers
from weather.service import Asked as Request
from weather.service import Reply, Service, as_json

from pvsim.physics.sun import TimeAxis
from pvsim.weather.record import Weather

LATE = 60 * 0.1761  # minutes after the hour, of SARAH's picture
JOB = "0f3c7d1e-8a4b-4c3e-9d2f-1a2b3c4d5e6f"


def zipped(raw: bytes, name: str = "reanalysis-era5-single-levels-timeseries.csv") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, raw)
    return buffer.getvalue()


def store(service: Service, raw: bytes, waits: int = 2) -> Callable[[Request], Reply]:
    """The Climate Data Store: a job, its queue, its result and the file of it."""
    left = [waits]

    def answer(asked: Request) -> Reply:
        if asked.method == "POST":
            return as_json({"jobID": JOB, "status": "accepted", "metadata": {}}, 201)
        if asked.path.endswith(f"jobs/{JOB}"):
            left[0] -= 1
            return as_json({"jobID": JOB, "status": "running" if left[0] >= 0 else "successful"})
        if asked.path.endswith("/results"):
            return as_json({"asset": {"value": {"href": f"{service.url}store/era5.zip", "file:size": len(raw)}}})
        return Reply(raw, headers={"Content-Type": "application/zip"})

    return answer


def utc_years(first: int, last: int, late_h: int = 0) -> TimeAxis:
    """Whole years in UTC, or as many hours later: the rows of stamps at the end of each begin an hour earlier."""
    start, end = (int(np.datetime64(f"{year}-01-01", "s").astype(np.int64)) for year in (first, last + 1))
    return TimeAxis(start + 3600 * late_h, 60, (end - start) // 3600, 0)


@functools.cache
def bodies(light: float, first: int, last: int) -> dict[str, bytes]:
    """What every provider sends for the same years of UTC, each in its own format; ``light`` scales two of them."""
    mean, minute = (writers.sky(utc_years(first, last), m) for m in (30.0, 10.0))
    late, ending = writers.sky(utc_years(2025, 2025), LATE), writers.sky(utc_years(first, last, -1), 30.0)

    def brighter(weather: Weather) -> dict[str, Any]:
        return {} if light == 1.0 else {n: light * getattr(weather, n) for n in ("ghi", "dhi", "dni")}

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written"
        return {
            "pvgis/tmy": writers.write_pvgis_tmy_json(path, late, **brighter(late)).read_bytes(),
            "pvgis/seriescalc": writers.write_pvgis_series_json(path, minute).read_bytes(),
            "nasa-power": writers.write_nasa_json(path, mean, **brighter(mean)).read_bytes(),
            "openmeteo": _without_elevation(writers.write_openmeteo(path, ending).read_bytes()),
            "cams": writers.write_cams(path, mean).read_bytes(),
            "era5": zipped(writers.write_era5(path, ending).read_bytes()),
        }


def _without_elevation(raw: bytes) -> bytes:
    """Open-Meteo has none to tell where it was asked not to move the values to one."""
    return json.dumps({**json.loads(raw), "elevation": None}).encode("utf-8")


def everything(
    service: Service, light: float = 1.0, years: tuple[int, int] = (2025, 2025)
) -> Callable[[Request], Reply]:
    """Every provider, for these years whatever is asked; ERA5 by way of its queue."""
    sent = bodies(light, *years)
    from_store = store(service, sent["era5"])

    def answer(asked: Request) -> Reply:
        found = [body for path, body in sent.items() if path != "era5" and asked.path.startswith(f"/{path}")]
        return Reply(found[0]) if found else from_store(asked)

    return answer
