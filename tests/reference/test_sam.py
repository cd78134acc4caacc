"""The chain against SAM's PVWatts v8, which shares no code with it: 2 % a year and 4 % a month of AC energy.

What is the same on both sides: the rows of weather, the sun in the middle of the hour, the planes, Perez with
albedo 0.2, no losses, the inverter's rating and efficiency at rated power, and the module: SAM's "premium"
(see ``sam.py``) with its temperature coefficient, low-light loss and efficiency.

What differs and cannot be set: cover, spectral factor, temperature model, inverter curve. Measured with
PySAM 7.1.1, package minus SAM, on the generated year of Chongqing and its four planes:

===================  ======================================================================================
in-plane light       0.00 to +0.01 % a year, 0.1 % in the worst month, 0.15 W/m2 rms over the hours
cover                package 0.8 to 1.0 % less: SAM divides uncoated by coated glass, which lifts all of it
low light, spectrum  package about 0.3 % more: SAM has a spectral factor by air mass without a switch, and a
                     single-diode model
cell temperature     -0.6 K on racks (29 W/m2K against NOCT 45), +1.2 K on a roof (22 W/m2K against NOCT 49)
DC                   -0.4 to -1.2 % a year
inverter             package 0.4 % more: PVWatts' part-load curve against Sandia's
AC, generated year   10 S -0.1, 30 S 0.0, 5 E and 5 W -0.8 % a year; worst month -3.0 % (December, 22 kWh/kWp)
AC, Chongqing TMYx   -0.1 to -1.2 % a year, worst month -2.9 %; light +0.1 to +0.2 %: SAM drops what falls in the
                     hours of sunrise and sunset whose middle is night, the package does not
AC, Shenzhen TMYx    -0.3 to -1.3 % a year, worst month -2.5 %, with ``faiman``
===================  ======================================================================================

Shenzhen is windy (3.3 m/s), and SAM's cell temperature falls with the wind. The package's default ``pvsyst`` does
not: on the racks it stays within 2 %, but flat on a steel sheet it gives 2.2 to 2.3 % less than SAM, with cells
5.7 K warmer. So the windy case runs with ``faiman``, and the last test holds that difference to its cause.

The CSWD files are not read by SAM: their stamps have minute 0, which SAM takes for the moment of the sun, and that of
Chongqing has a beam of 4108 W/m2, which SAM refuses. All planes in two climates are in ``test_sam_matrix.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cases import NO_LOSSES, scenario, shared_weather
from reference import sam

import pvsim

pytest.importorskip("PySAM.Pvwattsv8", reason="SAM is the second witness: install the bench extra (NREL-PySAM)")
pytestmark = pytest.mark.slow

YEAR, MONTH = 0.02, 0.04
PANELS, POWER_W = 100, 450.0
DC_AC_RATIO, INVERTER_PERCENT, ALBEDO = 1.2, 96.0, 0.2
PLANES = {
    "10 south, rack": (10.0, 180.0, "rack", sam.OPEN_RACK),
    "5 east, sheet": (5.0, 90.0, "steel-sheet", sam.ROOF_MOUNT),
    "5 west, sheet": (5.0, 270.0, "steel-sheet", sam.ROOF_MOUNT),
    "30 south, rack": (30.0, 180.0, "rack", sam.OPEN_RACK),
}
CHONGQING = "CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw"
SHENZHEN = "CHN_GD_Shenzhen.594930_TMYx.2011-2025.epw"

planes = pytest.mark.parametrize("plane", PLANES)


def _ask(plane: str, *, temperature: str = "pvsyst", epw: Path | None = None) -> pvsim.Result:
    tilt, azimuth, mounting, _ = PLANES[plane]
    tables = {
        "module": {
            "power_w": POWER_W,
            "area_m2": POWER_W / 1000 / sam.PREMIUM.efficiency,
            "gamma_percent_per_c": sam.PREMIUM.gamma_percent_per_c,
            "low_light_loss_percent": sam.PREMIUM.low_light_loss_percent,
        },
        "inverter": {"dc_ac_ratio": DC_AC_RATIO, "nominal_efficiency_percent": INVERTER_PERCENT},
        "losses": NO_LOSSES,
        "physics": {"transposition": "perez", "temperature": temperature, "albedo": ALBEDO},
    }
    if epw is not None:
        tables |= {"weather": {"source": "file", "format": "epw", "path": epw.name}, "site": _place(epw)}
    roof = {"panels": PANELS, "surface_tilt": tilt, "surface_azimuth": azimuth, "mounting": mounting}
    return pvsim.simulate(scenario(roof, folder=epw.parent if epw else None, **tables))


def _place(epw: Path) -> dict[str, float]:
    """Where the file's own header says that it holds."""
    fields = epw.read_text(encoding="utf-8", errors="replace").splitlines()[0].split(",")
    return {"latitude": float(fields[6]), "longitude": float(fields[7]), "altitude": float(fields[9])}


def _witness(
    plane: str, result: pvsim.Result, *, epw: Path | None = None, surface_azimuth: float | None = None
) -> pd.DataFrame:
    """SAM's hours on the index of ours; an EPW file is read by SAM itself, not handed over."""
    tilt, azimuth, _, array_type = PLANES[plane]
    weather = result.weather
    told = sam.run(
        epw or result.hourly.tz_localize(None),
        place={
            "latitude": weather.latitude,
            "longitude": weather.longitude,
            "altitude": weather.altitude,
            "utc_offset_hours": 8.0,
        },
        surface_tilt=tilt,
        surface_azimuth=azimuth if surface_azimuth is None else surface_azimuth,
        array_type=array_type,
        capacity_kwp=PANELS * POWER_W / 1000,
        dc_ac_ratio=DC_AC_RATIO,
        inverter_percent=INVERTER_PERCENT,
        albedo=ALBEDO,
    )
    return told.set_index(result.hourly.index)


def _apart(ours: pd.DataFrame, told: pd.DataFrame, column: str) -> tuple[float, pd.Series]:
    """Relative difference of the year, and of each month."""
    months = ours.index.month
    by_month = ours[column].groupby(months).sum() / told[column].groupby(months).sum() - 1
    return float(ours[column].sum() / told[column].sum() - 1), by_month


def _assert_close(ours: pd.DataFrame, told: pd.DataFrame) -> None:
    year, months = _apart(ours, told, "p_ac_kw")
    assert abs(year) < YEAR, f"{year:+.2%} a year"
    assert months.abs().max() < MONTH, (100 * months).round(1).to_dict()


def _warmth(hours: pd.DataFrame) -> float:
    """Mean cell temperature, weighted by the light, degrees C."""
    return float(np.average(hours["temp_cell"], weights=hours["poa_global"]))


@planes
def test_generated_year_agrees_with_sam(plane):
    result = _ask(plane)
    _assert_close(result.hourly, _witness(plane, result))


@pytest.mark.parametrize(("name", "temperature"), [(CHONGQING, "pvsyst"), (SHENZHEN, "faiman")])
@planes
def test_epw_file_agrees_with_sam_reading_it_itself(plane, name, temperature):
    epw = shared_weather(name)
    result = _ask(plane, temperature=temperature, epw=epw)
    _assert_close(result.hourly, _witness(plane, result, epw=epw))


@planes
def test_each_step_parts_no_more_than_its_model_explains(plane):
    """A year may agree because two faults cancel; step by step they cannot."""
    result = _ask(plane)
    ours, told = result.hourly, _witness(plane, result)
    year, months = _apart(ours, told, "poa_global")
    assert abs(year) < 5e-4
    assert months.abs().max() < 2e-3
    assert np.sqrt(((ours["poa_global"] - told["poa_global"]) ** 2).mean()) < 0.5, "the sun is off in some hours"
    passed = {line.name: line.percent_of_previous for line in result.ledger}["incidence"] / 100
    assert -0.015 < passed / (told["transmitted"].sum() / told["poa_global"].sum()) - 1 < 0
    assert abs(_warmth(ours) - _warmth(told)) < 1.5
    assert abs(_apart(ours, told, "p_dc_kw")[0]) < 0.015
    efficiency = ours["p_ac_kw"].sum() / ours["p_dc_kw"].sum()
    assert 0 < efficiency / (told["p_ac_kw"].sum() / told["p_dc_kw"].sum()) - 1 < 0.006


def test_sam_notices_a_plane_that_faces_north():
    """A difference that is there must show: azimuth is clockwise from north, south = 180."""
    plane = "30 south, rack"
    result = _ask(plane)
    year, _ = _apart(result.hourly, _witness(plane, result, surface_azimuth=0.0), "p_ac_kw")
    assert year > 0.10


def test_sam_notices_east_taken_for_west():
    """The year hardly tells east from west; the hours do."""
    plane = "5 east, sheet"
    result = _ask(plane)
    ours, told = result.hourly, _witness(plane, result, surface_azimuth=270.0)
    assert np.sqrt(((ours["poa_global"] - told["poa_global"]) ** 2).mean()) > 5


def test_windy_steel_sheet_parts_by_its_cell_temperature():
    """The one case beyond 2 %: the default temperature model knows no wind. Heat explains it, nothing else does."""
    epw = shared_weather(SHENZHEN)
    plane = "5 west, sheet"
    result = _ask(plane, epw=epw)
    ours, told = result.hourly, _witness(plane, result, epw=epw)
    year, _ = _apart(ours, told, "p_ac_kw")
    warmer = _warmth(ours) - _warmth(told)
    assert warmer > 4
    assert abs(year - warmer * sam.PREMIUM.gamma_percent_per_c / 100) < 0.01
