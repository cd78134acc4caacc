"""A second independent witness: NREL's SAM, PVWatts v8, through PySAM; one plane at a time.

It shares no code with the package, nor with pvlib: it takes plain arrays and numbers, and hands them to SAM's
C++ library. SAM has its own sun (SPA), Perez transposition, cover, cell temperature, module and inverter.

What is built into PVWatts v8 (ssc, ``cmod_pvwattsv8.cpp``; issue 629 and pull request 630 of that repository),
so that a caller can ask the package for the same:

- Perez 1990 with the albedo given; no row shading on a roof mount, and next to none on a rack with the ground
  coverage ratio used here;
- cover: DeSoto's glass with a coating on beam; sky and ground diffuse at one equivalent angle each, uncoated, all
  divided by a transmittance at normal incidence that mixes coated and uncoated glass;
- DeSoto's spectral factor by air mass, which cannot be switched off;
- cell temperature by NOCT, 45 degrees C on an open rack and 49 on a roof mount, with the wind halved;
- module types "standard" and "premium": CEC single-diode models of a Canadian Solar CS1H-320MS and a SunPower
  SPR-E20-327. Their parameters are public; with them power changes by -0.374 and -0.355 % per degree C at 1000 W/m2
  (25 to 50 degrees C), and efficiency at 200 W/m2 is 2.0 and 3.3 % below nominal, at 400 W/m2 0.1 and 1.2 %;
- inverter: Sandia's model with fixed coefficients, scaled to the efficiency at rated power.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

OPEN_RACK, ROOF_MOUNT = 0, 1  # SAM's array_type


class Module(NamedTuple):
    """One of SAM's built-in modules, and the plain figures that describe it best."""

    module_type: int  # SAM's number
    gamma_percent_per_c: float
    low_light_loss_percent: float  # at 200 W/m2
    efficiency: float  # of its maximum power on its area, which the NOCT model uses


STANDARD = Module(0, -0.374, 2.0, 0.191)  # 35.8 V x 9.01 A on 1.6864 m2
PREMIUM = Module(1, -0.355, 3.3, 0.201)  # 54.7 V x 5.98 A on 1.6297 m2

_NO_ROW_SHADING = 0.01  # the smallest ground coverage ratio that SAM accepts

_SERIES = {"ghi": "gh", "dni": "dn", "dhi": "df", "temp_air": "tdry", "wind_speed": "wspd"}


def run(
    weather: pd.DataFrame | Path,
    *,
    surface_tilt: float,
    surface_azimuth: float,
    array_type: int,
    capacity_kwp: float,
    dc_ac_ratio: float,
    inverter_percent: float,
    albedo: float,
    place: Mapping[str, float] | None = None,
    losses_percent: float = 0.0,
    module: Module = PREMIUM,
    sun_offset_minutes: float = 30.0,
) -> pd.DataFrame:
    """Hourly ``poa_global``, ``transmitted`` (W/m2), ``temp_cell``, ``p_dc_kw`` and ``p_ac_kw`` of one plane.

    ``transmitted`` is 0 while the sun stands behind the plane, though the module gets the light of the sky then too.

    Parameters
    ----------
    weather : 8760 hourly means with the columns ``ghi dni dhi temp_air wind_speed`` and an index of their
        starts on the local clock, or an EPW file that SAM reads itself
    place : ``latitude``, ``longitude``, ``altitude`` and ``utc_offset_hours`` of a DataFrame
    inverter_percent : efficiency at rated power
    sun_offset_minutes : where the sun of a DataFrame's rows stands, counted from their start, 0 to 60
    """
    import PySAM.Pvwattsv8

    model = PySAM.Pvwattsv8.new()
    sky = model.SolarResource
    if isinstance(weather, Path):
        sky.solar_resource_file = str(weather)
    else:
        if place is None:
            raise ValueError("place: rows without a place; give latitude, longitude, altitude, utc_offset_hours")
        sky.solar_resource_data = _solar_resource(weather, place, sun_offset_minutes)
    sky.use_wf_albedo, sky.albedo = 0, (albedo,)
    design = model.SystemDesign
    design.system_capacity, design.dc_ac_ratio = capacity_kwp, dc_ac_ratio
    design.tilt, design.azimuth = surface_tilt, surface_azimuth
    design.array_type, design.module_type, design.gcr = array_type, module.module_type, _NO_ROW_SHADING
    design.inv_eff, design.losses = inverter_percent, losses_percent
    model.execute()
    found = model.Outputs
    watts = {"poa_global": found.poa, "transmitted": found.tpoa, "temp_cell": found.tcell}
    kilowatts = {"p_dc_kw": _thousandth(found.dc), "p_ac_kw": _thousandth(found.ac)}
    told = pd.DataFrame(watts | kilowatts)
    return told if isinstance(weather, Path) else _rolled(told, -_whole_hours(sun_offset_minutes))


def _thousandth(watts: Sequence[float]) -> list[float]:
    return [value / 1000 for value in watts]


def _whole_hours(sun_offset_minutes: float) -> int:
    """Hours by which rows must move so that the rest of the offset is a minute of SAM's hour."""
    return int(sun_offset_minutes // 60)


def _rolled(rows: pd.DataFrame, hours: int) -> pd.DataFrame:
    """The rows moved by some hours in the same year; what falls off its end, in the night, begins it."""
    order = (pd.RangeIndex(len(rows)) - hours) % len(rows)
    return rows.iloc[order].set_axis(rows.index)


def _solar_resource(weather: pd.DataFrame, place: Mapping[str, float], sun_offset_minutes: float) -> dict[str, object]:
    """SAM's table of rows; the minute puts its sun where ours stands."""
    start = pd.DatetimeIndex(weather.index)
    table: dict[str, object] = {
        "lat": place["latitude"],
        "lon": place["longitude"],
        "elev": place["altitude"],
        "tz": place["utc_offset_hours"],
        "year": start.year.tolist(),
        "month": start.month.tolist(),
        "day": start.day.tolist(),
        "hour": start.hour.tolist(),
        "minute": [sun_offset_minutes % 60] * len(start),
    }
    moved = _rolled(weather, _whole_hours(sun_offset_minutes))
    return table | {theirs: moved[ours].tolist() for ours, theirs in _SERIES.items()}
