"""The chain against pvlib's ModelChain run plane by plane: 1e-6, on the embedded year and on EPW files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest
from cases import NO_LOSSES, scenario, shared_weather, write_epw
from pvlib.temperature import TEMPERATURE_MODEL_PARAMETERS
from reference import modelchain

import pvsim

TOLERANCE = 1e-6
PLANES = (
    {"name": "flat", "surface_tilt": 0, "surface_azimuth": 180},
    {"name": "south", "surface_tilt": 10, "surface_azimuth": 180},
    {"name": "east", "surface_tilt": 30, "surface_azimuth": 90},
    {"name": "north-west", "surface_tilt": 20, "surface_azimuth": 315, "mounting": "insulated"},
    {"name": "facade", "surface_tilt": 90, "surface_azimuth": 200, "mounting": "flush"},
)
POWER_W, PANELS, AREA_M2 = 450.0, 100, 2.0
ETA, AC_KW = 0.975, 30.0
# the witness's own parameters: published or stated numbers, not read from the package
HEAT = {"rack": 29.0, "flush": 20.0, "insulated": 15.0}
SAPM = {
    "rack": "open_rack_glass_polymer",
    "flush": "close_mount_glass_glass",
    "insulated": "insulated_back_glass_polymer",
}


def _ask(physics: dict, weather: dict | None = None, folder=None) -> pvsim.Result:
    """All planes in one scenario, each on an inverter of its own, without losses that ModelChain lacks."""
    names = [p["name"] for p in PLANES]
    asked = scenario(
        *({"panels": PANELS, "inverter": p["name"]} | p for p in PLANES),
        module={
            "power_w": POWER_W,
            "area_m2": AREA_M2,
            "gamma_percent_per_c": -0.4,
            "low_light_loss_percent": 0.0,
        },
        inverters={n: {"ac_power_kw": AC_KW, "nominal_efficiency_percent": ETA * 100} for n in names},
        losses=NO_LOSSES,
        physics={"iam": "beam-only", "albedo": 0.25} | physics,
        weather=weather or {"source": "climate"},
        folder=folder,
    )
    return pvsim.simulate(asked)


def _frame(result: pvsim.Result) -> pd.DataFrame:
    weather, sun = result.weather, result.weather.sun()
    index = pd.to_datetime(sun.unixtime, unit="s", utc=True)
    names = ("ghi", "dhi", "dni", "temp_air", "wind_speed")
    return pd.DataFrame({n: getattr(weather, n) for n in names}, index=index)


def _heat(model: str, mounting: str) -> dict[str, float]:
    if model == "pvsyst":
        return {"u_c": HEAT[mounting], "u_v": 0.0, "module_efficiency": POWER_W / 1000 / AREA_M2}
    if model == "sapm":
        return dict(TEMPERATURE_MODEL_PARAMETERS["sapm"][SAPM[mounting]])
    return {"u0": 25.0 * HEAT[mounting] / 29, "u1": 6.84 * HEAT[mounting] / 29}


def _witness(result: pvsim.Result, plane: dict, transposition: str, temperature: str) -> pd.DataFrame:
    weather = result.weather
    return modelchain.run(
        _frame(result),
        latitude=weather.latitude,
        longitude=weather.longitude,
        altitude=weather.altitude,
        surface_tilt=plane["surface_tilt"],
        surface_azimuth=plane["surface_azimuth"],
        pdc0_w=POWER_W * PANELS,
        gamma_pdc=-0.004,
        temperature_model=temperature,
        temperature_parameters=_heat(temperature, plane.get("mounting", "rack")),
        transposition=transposition,
        albedo=0.25,
        inverter_pdc0_w=AC_KW * 1000 / ETA,
        eta_inv_nom=ETA,
    )


def _compare(result: pvsim.Result, transposition: str, temperature: str) -> None:
    hours = result.plane_p_dc_kw()
    for plane, summary in zip(PLANES, result.system.planes, strict=True):
        told = _witness(result, plane, transposition, temperature)
        assert summary.annual_kwh == pytest.approx(told["p_ac"].sum() / 1000, rel=TOLERANCE), plane["name"]
        assert summary.poa_kwh_per_m2 == pytest.approx(told["poa_global"].sum() / 1000, rel=TOLERANCE), plane["name"]
        worst = np.abs(hours[plane["name"]] * 1000 - told["p_dc"].to_numpy()).max()
        assert worst < TOLERANCE * POWER_W * PANELS, plane["name"]


@pytest.mark.parametrize("transposition", ["hay-davies", "perez", "isotropic"])
def test_embedded_year_equals_modelchain_for_each_transposition(transposition):
    result = _ask({"transposition": transposition})
    _compare(result, transposition.replace("-", ""), "pvsyst")


@pytest.mark.parametrize("temperature", ["sapm", "faiman"])
def test_embedded_year_equals_modelchain_for_each_temperature_model(temperature):
    _compare(_ask({"temperature": temperature}), "haydavies", temperature)


def test_made_epw_file_equals_modelchain(tmp_path):
    year = pvsim.simulate(scenario()).weather
    write_epw(tmp_path / "made.epw", year)
    result = _ask({}, {"source": "file", "format": "epw", "path": "made.epw"}, folder=tmp_path)
    _compare(result, "haydavies", "pvsyst")


@pytest.mark.parametrize(
    "name", ["CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw", "CHN_CQ_Chongqing.Shapingba.575160_CSWD.epw"]
)
def test_published_epw_file_equals_modelchain(name):
    path = shared_weather(name)
    result = _ask({}, {"source": "file", "format": "epw", "path": name}, folder=path.parent)
    _compare(result, "haydavies", "pvsyst")


def test_clock_of_an_epw_file_is_that_of_pvlibs_reader_moved_to_the_middle_of_the_hour(tmp_path):
    """pvlib stamps the start of the row: half an hour later the sun stands where the package puts it."""
    path = write_epw(tmp_path / "made.epw", pvsim.simulate(scenario()).weather)
    table, _ = pvlib.iotools.read_epw(path, coerce_year=2025)
    asked = {"source": "file", "format": "epw", "path": "made.epw"}
    result = pvsim.simulate(scenario(weather=asked, folder=tmp_path))
    sun = result.weather.sun()
    whole = sun.sunlit_fraction == 1
    moments = (table.index + pd.Timedelta(minutes=30)).as_unit("s").asi8
    assert np.array_equal(moments[whole], sun.unixtime[whole])
    assert np.array_equal(table["ghi"].to_numpy()[whole], result.weather.ghi[whole])


def test_perez_keeps_a_row_of_light_without_diffuse_or_beam(tmp_path):
    """A published design year has GHI 1 with DHI 0 and DNI 0 at dusk, where pvlib's perez is 0 / 0."""
    year = pvsim.simulate(scenario()).weather
    dusk = int(np.flatnonzero((year.ghi > 0) & (year.ghi < 5))[0])
    dark = {n: np.where(np.arange(8760) == dusk, 0.0, getattr(year, n)) for n in ("dhi", "dni")}
    write_epw(tmp_path / "dusk.epw", year, **dark)
    asked = {"source": "file", "format": "epw", "path": "dusk.epw"}
    result = _ask({"transposition": "perez"}, asked, folder=tmp_path)
    assert result.annual_kwh == pytest.approx(_ask({"transposition": "perez"}).annual_kwh, rel=1e-4)


def test_roofs_on_one_inverter_equal_pooled_modelchain():
    """The pooled inverter sees the sum of the planes' DC power; ModelChain gives each plane's DC."""
    from pvlib import inverter

    rating_kw = 60.0  # below the planes' common peak, so that clipping counts
    asked = scenario(
        *({"panels": PANELS} | p for p in PLANES[:3]),
        module={
            "power_w": POWER_W,
            "area_m2": AREA_M2,
            "gamma_percent_per_c": -0.4,
            "low_light_loss_percent": 0.0,
        },
        inverter={"ac_power_kw": rating_kw, "nominal_efficiency_percent": ETA * 100},
        losses=NO_LOSSES,
        physics={"iam": "beam-only", "albedo": 0.25},
    )
    result = pvsim.simulate(asked)
    total = sum(_witness(result, p, "haydavies", "pvsyst")["p_dc"].to_numpy() for p in PLANES[:3])
    told = inverter.pvwatts(total, rating_kw * 1000 / ETA, eta_inv_nom=ETA) / 1000
    assert result.annual_kwh == pytest.approx(told.sum(), rel=TOLERANCE)
    assert np.abs(result.hourly["p_ac_kw"].to_numpy() - told).max() < TOLERANCE * rating_kw
    clipping = {line.name: line.percent_of_previous for line in result.ledger}["inverter clipping"]
    assert clipping < 99.99, "the case must clip, or pooling was not tested"


def test_the_witness_notices_a_wrong_azimuth():
    """A difference that is there must show: the witness is not blind."""
    result = _ask({})
    turned = PLANES[2] | {"surface_azimuth": 200}  # not its mirror image: a year may be as bright before as after noon
    told = _witness(result, turned, "haydavies", "pvsyst")["p_ac"].sum() / 1000
    assert abs(result.system.planes[2].annual_kwh / told - 1) > 1000 * TOLERANCE
