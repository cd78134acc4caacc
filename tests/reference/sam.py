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
- module type "premium": CEC single-diode model of a SunPower SPR-E20-327. Its parameters are public, and with
  them power changes by -0.355 % per degree C at 1000 W/m2 and efficiency at 200 W/m2 is 3.3 % below nominal;
- inverter: Sandia's model with fixed coefficients, scaled to the efficiency at rated power.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

OPEN_RACK, ROOF_MOUNT = 0, 1  # SAM's array_type
PREMIUM = 1  # SAM's module_type
PREMIUM_GAMMA_PERCENT_PER_C = -0.355
PREMIUM_LOW_LIGHT_LOSS_PERCENT = 3.3
PREMIUM_EFFICIENCY = 0.201  # 54.7 V x 5.98 A on 1.6297 m2, which the NOCT model uses
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
) -> pd.DataFrame:
    """Hourly ``poa_global``, ``transmitted`` (W/m2), ``temp_cell``, ``p_dc_kw`` and ``p_ac_kw`` of one plane.

    Parameters
    ----------
    weather : 8760 hourly means with the columns ``ghi dni dhi temp_air wind_speed`` and an index of their
        starts on the local clock, or an EPW file that SAM reads itself
    place : ``latitude``, ``longitude``, ``altitude`` and ``utc_offset_hours`` of a DataFrame
    inverter_percent : efficiency at rated power
    """
    import PySAM.Pvwattsv8

    model = PySAM.Pvwattsv8.new()
    sky = model.SolarResource
    if isinstance(weather, Path):
        sky.solar_resource_file = str(weather)
    else:
        if place is None:
            raise ValueError("place: rows without a place; give latitude, longitude, altitude, utc_offset_hours")
        sky.solar_resource_data = _solar_resource(weather, place)
    sky.use_wf_albedo, sky.albedo = 0, (albedo,)
    design = model.SystemDesign
    design.system_capacity, design.dc_ac_ratio = capacity_kwp, dc_ac_ratio
    design.tilt, design.azimuth = surface_tilt, surface_azimuth
    design.array_type, design.module_type, design.gcr = array_type, PREMIUM, _NO_ROW_SHADING
    design.inv_eff, design.losses = inverter_percent, losses_percent
    model.execute()
    found = model.Outputs
    watts = {"poa_global": found.poa, "transmitted": found.tpoa, "temp_cell": found.tcell}
    kilowatts = {"p_dc_kw": _thousandth(found.dc), "p_ac_kw": _thousandth(found.ac)}
    return pd.DataFrame(watts | kilowatts)


def _thousandth(watts: Sequence[float]) -> list[float]:
    return [value / 1000 for value in watts]


def _solar_resource(weather: pd.DataFrame, place: Mapping[str, float]) -> dict[str, object]:
    """SAM's table of rows; minute 30 puts its sun in the middle of the hour."""
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
        "minute": [30] * len(start),
    }
    return table | {theirs: weather[ours].tolist() for ours, theirs in _SERIES.items()}
