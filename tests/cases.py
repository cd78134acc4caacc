"""What tests share: scenarios in short, an EPW file made from a generated year, the optional data folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import pvsim
from pvsim.scenario.reader import from_dict, parse
from pvsim.weather.climate import Climate
from pvsim.weather.generator import Site, random_year
from pvsim.weather.record import Weather

ROOT = Path(__file__).resolve().parent.parent
SCENARIOS = ROOT / "scenarios"
SHARED = ROOT.parent / "shared"

SITE = {"latitude": 29.44, "longitude": 106.46}
NO_LOSSES = {
    f"{name}_percent": 0.0
    for name in (
        *("soiling", "shading", "mismatch", "dc_wiring", "connections", "lid", "nameplate", "ac_wiring"),
        *("transformer", "availability", "first_year_degradation", "annual_degradation"),
    )
}


def scenario(*roofs: dict, folder: Path | None = None, **tables) -> pvsim.Scenario:
    """A scenario of these roofs (100 panels where none is given), with more tables as keywords.

    ``folder`` is where its weather file lies.
    """
    planes = [{"panels": 100} | roof for roof in (roofs or ({},))]
    made = from_dict({"site": SITE, "roof": planes} | tables, name="case")
    made._origin = dataclasses.replace(made.origin, folder=folder)
    return made


def toml(text: str, folder: Path | None = None) -> pvsim.Scenario:
    """A scenario from TOML text."""
    return parse(text, folder=folder)


def shared_weather(name: str) -> Path:
    """A file of the optional data folder beside the project, or a skip that says so."""
    path = SHARED / "weather" / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand: the optional folder ../shared is absent")
    return path


def write_daily(path: Path, climate: Climate, *, years: int, first: int = 1991, seed: int = 0) -> Path:
    """Random years of a climate as a file of daily GHI; leap days repeat the day before."""
    site = Site(climate.latitude, climate.longitude, climate.altitude, climate.utc_offset_minutes)
    rows = ["station,latitude(deg),longitude(deg),altitude(m),year,month,day,GHI(MJ/m2)"]
    place = f"{climate.id},{climate.latitude},{climate.longitude},{climate.altitude}"
    for year in range(first, first + years):
        weather = random_year(climate, site, seed + year - first)
        ghi = weather.ghi.reshape(365, -1).sum(axis=1) * weather.axis.step_minutes / 60 * 0.0036
        days = np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")
        if days.size > ghi.size:
            ghi = np.insert(ghi, 59, ghi[58])
        rows += [f"{place},{d.year},{d.month},{d.day},{g:.4f}" for d, g in zip(days.tolist(), ghi, strict=True)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def write_epw(path: Path, weather: Weather, **changes: np.ndarray) -> Path:
    """An EPW file of a weather's rows: the hour that ends at the stamp, as the format demands."""
    series = {n: getattr(weather, n) for n in ("ghi", "dni", "dhi", "temp_air", "wind_speed")} | changes
    clock = weather.axis.local_datetime64()
    year, month = clock.astype("datetime64[Y]"), clock.astype("datetime64[M]")
    day = (clock.astype("datetime64[D]") - month).astype(int) + 1
    hour = (clock - clock.astype("datetime64[D]")).astype("timedelta64[h]").astype(int) + 1
    offset = weather.axis.utc_offset_minutes / 60
    rows = [
        f"LOCATION,Testville,Chongqing,CHN,made,000000,{weather.latitude},{weather.longitude},{offset},{weather.altitude}",
        "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0",
        "GROUND TEMPERATURES,0",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
        "COMMENTS 1,made for a test",
        "COMMENTS 2,",
        "DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31",
    ]
    years, months = year.astype(int) + 1970, month.astype(int) % 12 + 1
    for i in range(len(clock)):
        rows.append(
            f"{years[i]},{months[i]},{day[i]},{hour[i]},0,?,{series['temp_air'][i]:.4f},9.9,50,99000,0,0,300,"
            f"{series['ghi'][i]:.6f},{series['dni'][i]:.6f},{series['dhi'][i]:.6f},0,0,0,0,0,{series['wind_speed'][i]:.4f},"
            "5,5,9,999,9,999999999,10,0.1,0,88,0.2,0,0"
        )
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
