"""What pvsim asks of pvlib without a promise: that its functions work on stacked arrays.

pvlib documents numbers and Series. That most of its functions broadcast over (time, plane) is how they happen
to be written, and a release may change it (0.15.1 did for trackers); then a test here fails with the name of
the function, and not somebody's yearly total. Every function that pvsim calls is pinned: on stacked arrays it
gives what it gives plane by plane, NaN included, in both memory orders.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pvlib import atmosphere, clearsky, iam, inverter, irradiance, pvsystem, shading, solarposition, spa, temperature
from pvlib.bifacial import infinite_sheds, utils

import pvsim
from pvsim.physics import dc
from pvsim.physics import irradiance as own_irradiance

EXACT = 0.0
# powers and cosines of arrays may use other instructions than those of single numbers
LAST_DIGITS = 1e-12


def _sky(rows: int = 400) -> dict[str, np.ndarray]:
    """Random hours, then the hard ones: night, sun at and below the horizon, no beam, no sky, gaps."""
    rng = np.random.default_rng(20250621)
    zenith = np.concatenate([rng.uniform(0, 95, rows), [0.0, 89.9, 90.0, 90.5, 95.0, 60.0, 60.0, 60.0, 60.0, 45.0]])
    n = zenith.size
    ghi = rng.uniform(0, 1, n) * 1200 * np.maximum(np.cos(np.radians(zenith)), 0.01)
    dhi = ghi * rng.uniform(0.05, 1, n)
    dni = np.minimum((ghi - dhi) / np.maximum(np.cos(np.radians(zenith)), 0.05), 1100)
    ghi[-5:], dhi[-5:], dni[-5:] = [0, 100, 0, 500, np.nan], [0, 100, 0, 0, 50], [0, 0, 900, 500, 500]
    day = rng.integers(1, 367, n)
    return {
        "solar_zenith": zenith,
        "solar_azimuth": rng.uniform(0, 360, n),
        "ghi": ghi,
        "dhi": dhi,
        "dni": dni,
        "day": day,
        "dni_extra": np.asarray(irradiance.get_extra_radiation(day)),
        "airmass": np.asarray(atmosphere.get_relative_airmass(np.minimum(zenith, 90.0))),
        "temp_air": rng.uniform(-20, 42, n),
        "wind_speed": rng.uniform(0, 15, n),
    }


SKY = _sky()
ROWS = SKY["ghi"].size
# flat, south, north, east, west, vertical, and some between
PLANES = {
    "surface_tilt": np.array([0.0, 10.0, 10.0, 10.0, 10.0, 90.0, 33.3, 5.0]),
    "surface_azimuth": np.array([180.0, 180.0, 0.0, 90.0, 270.0, 135.0, 271.5, 359.9]),
    "u_c": np.linspace(15, 29, 8),
    "u0": np.linspace(12, 25, 8),
    "u1": np.linspace(3, 6.84, 8),
    "a": np.linspace(-3.6, -2.8, 8),
    "b": np.linspace(-0.08, -0.04, 8),
    "deltaT": np.linspace(0, 3, 8),
    "module_efficiency": np.linspace(0.17, 0.23, 8),
    "pdc0": np.linspace(1e3, 5e6, 8),
    "gamma_pdc": np.linspace(-0.0045, -0.002, 8),
    "k": np.linspace(0, 0.04, 8),
    "eta_inv_nom": np.linspace(0.9, 0.99, 8),
}
COUNT = PLANES["surface_tilt"].size


def _stacked() -> dict[str, np.ndarray]:
    """What is an array of rows and planes already when the function sees it, (T, P)."""
    rng = np.random.default_rng(7)
    light = rng.uniform(0, 1400, (ROWS, COUNT))
    light[:3] = [[0.0], [200.0], [1000.0]]
    light[-1] = np.nan
    cos_zenith = np.cos(np.radians(SKY["solar_zenith"]))
    projection = irradiance.aoi_projection(
        PLANES["surface_tilt"],
        PLANES["surface_azimuth"],
        SKY["solar_zenith"][:, None],
        SKY["solar_azimuth"][:, None],
    )
    return {
        "aoi": np.degrees(np.arccos(projection)),
        "projection_ratio": np.maximum(projection, 0) / np.maximum(cos_zenith, 0.01745)[:, None],
        "poa_global": light,
        "effective_irradiance": light,
        "temp_cell": rng.uniform(-20, 90, (ROWS, COUNT)),
        "module_temperature": rng.uniform(-20, 80, (ROWS, COUNT)),
        "pdc": light * PLANES["pdc0"] / 900,  # up to well above the rating
    }  # fmt: skip


STACKED = _stacked()


@dataclass(frozen=True)
class Case:
    """A pvlib function, which of its arguments come by row, by plane or by both, and the fixed ones."""

    function: Callable[..., Any]
    rows: str = ""
    planes: str = ""
    both: str = ""
    fixed: dict[str, Any] = field(default_factory=dict)
    rtol: float = EXACT


TILTED = "surface_tilt surface_azimuth"
SKY_DIFFUSE = "solar_zenith solar_azimuth dni ghi dhi dni_extra airmass"

CASES = {
    "aoi_projection": Case(irradiance.aoi_projection, "solar_zenith solar_azimuth", TILTED),
    "haydavies": Case(irradiance.haydavies, "dhi dni dni_extra", TILTED, "projection_ratio"),
    "ground": Case(irradiance.get_ground_diffuse, "ghi", "surface_tilt", fixed={"albedo": 0.2}),
    **{
        model: Case(irradiance.get_sky_diffuse, SKY_DIFFUSE, TILTED, fixed={"model": model}, rtol=LAST_DIGITS)
        for model in ("perez", "perez-driesse", "reindl", "isotropic")
    },
    "glass": Case(iam.physical, both="aoi"),
    "coated glass": Case(iam.physical, both="aoi", fixed={"n_ar": own_irradiance.N_AR}),
    "pvsyst_cell": Case(
        temperature.pvsyst_cell, "temp_air wind_speed", "u_c module_efficiency", "poa_global", {"u_v": 0.0}
    ),
    "faiman": Case(temperature.faiman, "temp_air wind_speed", "u0 u1", "poa_global"),
    "sapm_cell": Case(temperature.sapm_cell, "temp_air wind_speed", "a b deltaT", "poa_global", rtol=LAST_DIGITS),
    "sapm_cell_from_module": Case(
        temperature.sapm_cell_from_module, "", "deltaT", "module_temperature poa_global", rtol=LAST_DIGITS
    ),
    "pvwatts_dc": Case(pvsystem.pvwatts_dc, "", "pdc0 gamma_pdc", "effective_irradiance temp_cell"),
    "pvwatts_dc k": Case(
        pvsystem.pvwatts_dc, "", "pdc0 gamma_pdc k", "effective_irradiance temp_cell", rtol=LAST_DIGITS
    ),
    "pvwatts_dc k cap": Case(
        pvsystem.pvwatts_dc, "", "pdc0 gamma_pdc k", "effective_irradiance temp_cell",
        {"cap_adjustment": True}, LAST_DIGITS,
    ),
    "pvwatts_dc cool": Case(
        pvsystem.pvwatts_dc, "", "pdc0 gamma_pdc k", "effective_irradiance", {"temp_cell": 25.0}, LAST_DIGITS
    ),
    "inverter": Case(inverter.pvwatts, "", "pdc0 eta_inv_nom", "pdc"),
}  # fmt: skip


@pytest.mark.parametrize("order", ["time by plane", "plane by time"])
@pytest.mark.parametrize("name", CASES)
def test_stacked_planes_equal_plane_by_plane(name, order):
    """Both memory orders: (T, P) as the shapes are written, and (P, T) as the chain holds them."""
    case = CASES[name]
    turned = order == "plane by time"

    def rows(x):
        return x[None, :] if turned else x[:, None]

    def planes(x):
        return x[:, None] if turned else x[None, :]

    stacked = np.asarray(
        case.function(
            **{n: rows(SKY[n]) for n in case.rows.split()},
            **{n: planes(PLANES[n]) for n in case.planes.split()},
            **{n: np.ascontiguousarray(STACKED[n].T) if turned else STACKED[n] for n in case.both.split()},
            **case.fixed,
        )
    )
    assert stacked.shape == ((COUNT, ROWS) if turned else (ROWS, COUNT))
    for p in range(COUNT):
        single = case.function(
            **{n: SKY[n] for n in case.rows.split()},
            **{n: float(PLANES[n][p]) for n in case.planes.split()},
            **{n: np.ascontiguousarray(STACKED[n][:, p]) for n in case.both.split()},
            **case.fixed,
        )
        np.testing.assert_allclose(
            stacked[p] if turned else stacked[:, p], single, rtol=case.rtol, atol=0, err_msg=name
        )
    assert np.isfinite(stacked).any()


def test_haydavies_takes_a_projection_already_known():
    """The ratio that pvsim hands over is the one that haydavies would have computed."""
    for p in range(COUNT):
        tilt, azimuth = PLANES["surface_tilt"][p], PLANES["surface_azimuth"][p]
        sky = [SKY[n] for n in ("dhi", "dni", "dni_extra")]
        given = irradiance.haydavies(tilt, azimuth, *sky, projection_ratio=STACKED["projection_ratio"][:, p])
        derived = irradiance.haydavies(
            tilt, azimuth, *sky, solar_zenith=SKY["solar_zenith"], solar_azimuth=SKY["solar_azimuth"]
        )
        np.testing.assert_allclose(given, derived, rtol=LAST_DIGITS, atol=1e-10)


def test_marion_diffuse_takes_the_tilt_as_a_number():
    for keywords in ({}, {"n_ar": own_irradiance.N_AR}):
        found = iam.marion_diffuse("physical", 10.0, **keywords)
        assert set(found) == {"sky", "horizon", "ground"}
        assert 0.9 < found["sky"] < 1 and 0 < found["ground"] < 1
        # a flat plane sees no ground: nothing of it passes, or there is no number, but never a share above 1
        assert np.nan_to_num(iam.marion_diffuse("physical", 0.0, **keywords)["ground"]) == 0


# --- shade: one plane, all rows of the weather -----------------------------------------------------------------

CIRCUMSOLAR = {
    "hay-davies": (irradiance.haydavies, ()),
    "perez": (irradiance.perez, ("airmass",)),
    "perez-driesse": (irradiance.perez_driesse, ("airmass",)),
}
SUN = ("dhi", "dni", "dni_extra", "solar_zenith", "solar_azimuth")


@pytest.mark.parametrize("model", CIRCUMSOLAR)
@pytest.mark.parametrize("plane", [0, 1, 5])
def test_the_sun_s_own_part_of_the_sky_comes_by_row(model, plane):
    """Asked for its components a model gives arrays by name, row by row, that add up to the sky it gives whole."""
    function, more = CIRCUMSOLAR[model]
    tilt, azimuth = float(PLANES["surface_tilt"][plane]), float(PLANES["surface_azimuth"][plane])
    sky = [SKY[name] for name in (*SUN, *more)]
    found = function(tilt, azimuth, *sky, return_components=True)
    assert found["poa_circumsolar"].shape == (ROWS,)
    for row in range(0, ROWS, 7):
        single = function(tilt, azimuth, *(float(values[row]) for values in sky), return_components=True)
        np.testing.assert_allclose(
            found["poa_circumsolar"][row], single["poa_circumsolar"], rtol=LAST_DIGITS, atol=1e-10, err_msg=model
        )
    whole = np.asarray(function(tilt, azimuth, *sky))
    np.testing.assert_allclose(found["poa_sky_diffuse"], whole, rtol=LAST_DIGITS, atol=1e-10)
    lit = np.isfinite(whole) & (SKY["dhi"] > 0)
    parts = sum(found[f"poa_{name}"] for name in ("isotropic", "circumsolar", *(("horizon",) if more else ())))
    # where the whole would be less than nothing Perez' models give nothing
    np.testing.assert_allclose(np.maximum(parts, 0)[lit], whole[lit], rtol=1e-9, atol=1e-9)
    assert (found["poa_circumsolar"][lit] > 0).any()


def sheds(tilt: float, rows: slice | int = slice(None), *, gcr: float = 0.6, pitch: float = 4.0) -> dict[str, Any]:
    """pvlib's infinite sheds facing south-east, under these rows of the weather and an even sky."""
    up = np.minimum(SKY["solar_zenith"], 90.0)
    height = 0.5 + gcr * pitch * np.sin(np.radians(tilt)) / 2
    sky = [SKY[name][rows] for name in ("ghi", "dhi", "dni")]
    return infinite_sheds.get_irradiance_poa(
        tilt, 135.0, up[rows], SKY["solar_azimuth"][rows], gcr, height, pitch, *sky, 0.2, model="isotropic"
    )


@pytest.mark.parametrize("tilt", [5.0, 30.0, 150.0, 175.0])  # above 90: the back
def test_infinite_sheds_take_rows_of_the_weather(tilt):
    found = sheds(tilt)
    for name in ("poa_global", "poa_ground_diffuse", "shaded_fraction"):
        assert found[name].shape == (ROWS,)
        single = [np.ravel(sheds(tilt, row)[name])[0] for row in range(0, ROWS, 9)]
        np.testing.assert_allclose(found[name][::9], single, rtol=1e-10, atol=1e-10, err_msg=name)
    shaded = found["shaded_fraction"][np.isfinite(found["shaded_fraction"])]
    assert shaded.min() >= 0 and shaded.max() <= 1 and (shaded > 0).any()


@pytest.mark.parametrize("tilt", [5.0, 30.0, 150.0])
def test_infinite_sheds_far_apart_are_a_plane_that_stands_free(tilt):
    """But for the lowest sun, whose shadows on the ground are as long as the rows are apart."""
    found = sheds(tilt, gcr=1e-6, pitch=1e6)
    even = np.cos(np.radians(tilt))
    known = np.isfinite(found["poa_global"]) & np.isfinite(SKY["ghi"]) & (SKY["solar_zenith"] < 85)
    assert known.sum() > 0.8 * ROWS
    np.testing.assert_allclose(found["poa_sky_diffuse"][known], (SKY["dhi"] * (1 + even) / 2)[known], rtol=1e-5)
    ground = (SKY["ghi"] * 0.2 * (1 - even) / 2)[known]
    np.testing.assert_allclose(found["poa_ground_diffuse"][known], ground, rtol=1e-4, atol=1e-6)


def test_the_sky_that_a_part_of_a_row_sees():
    """Numbers give a number; the parts of a row see on average what the whole sees; far apart: a free plane."""
    for tilt in (5.0, 30.0, 89.0):
        assert np.ndim(utils.vf_row_sky_2d_integ(tilt, 0.6, 0.0, 1.0)) == 0
        edges = np.array([0.0, 0.2, 0.5, 1.0])
        parts = utils.vf_row_sky_2d_integ(tilt, 0.6, edges[:-1], edges[1:])
        singly = [utils.vf_row_sky_2d_integ(tilt, 0.6, float(a), float(b)) for a, b in pairwise(edges)]
        np.testing.assert_allclose(np.ravel(parts), singly, rtol=LAST_DIGITS)
        assert (np.diff(singly) > 0).all(), "higher up there is more sky"
        whole = float(utils.vf_row_sky_2d_integ(tilt, 0.6, 0.0, 1.0))
        assert np.dot(singly, np.diff(edges)) == pytest.approx(whole, rel=1e-12)
        free = (1 + np.cos(np.radians(tilt))) / 2
        assert whole < free
        assert float(utils.vf_row_sky_2d_integ(tilt, 1e-6, 0.0, 1.0)) == pytest.approx(free, abs=1e-5)


def test_martinez_takes_rows_of_the_weather():
    """Its Eq. 6 by hand, for beam alone: what is in the light, less a block in one more than there are."""
    shaded = np.linspace(0, 1, 41)
    blocks = np.ceil(shaded * 2) * 18
    found = np.asarray(shading.direct_martinez(1.0, 1.0, shaded, blocks, 36))
    assert found.shape == shaded.shape
    np.testing.assert_allclose(found, 1 - (1 - shaded) * (1 - blocks / 37), rtol=0, atol=LAST_DIGITS)
    singly = [
        float(shading.direct_martinez(1.0, 1.0, float(s), float(b), 36)) for s, b in zip(shaded, blocks, strict=True)
    ]
    np.testing.assert_allclose(found, singly, rtol=LAST_DIGITS, atol=LAST_DIGITS)
    assert found[0] == 0 and found[-1] == 1
    by_row = np.asarray(shading.direct_martinez(1.0, 1.0, shaded, blocks, np.full(41, 36)))
    np.testing.assert_array_equal(by_row, found)


@pytest.mark.parametrize("latitude", [29.44, 60.0, -33.9])
def test_the_sun_of_a_day_by_its_hour_angle(latitude):
    """In radians; at noon the sun stands latitude less declination from the zenith, in the morning in the east."""
    declination = solarposition.declination_spencer71(355 if latitude > 0 else 172)
    assert np.degrees(declination) == pytest.approx(-23.44 if latitude > 0 else 23.44, abs=0.1)
    angle = np.radians(np.linspace(-45, 45, 24))
    where = np.radians(latitude)
    zenith = solarposition.solar_zenith_analytical(where, angle, declination)
    azimuth = solarposition.solar_azimuth_analytical(where, angle, declination, zenith)
    assert zenith.shape == azimuth.shape == angle.shape
    for i, one in enumerate(angle):
        high = solarposition.solar_zenith_analytical(where, float(one), declination)
        turned = solarposition.solar_azimuth_analytical(where, float(one), declination, high)
        np.testing.assert_allclose((zenith[i], azimuth[i]), (high, turned), rtol=LAST_DIGITS)
    noon = solarposition.solar_zenith_analytical(where, 0.0, declination)
    assert float(noon) == pytest.approx(abs(where - declination), abs=1e-9)
    np.testing.assert_allclose(zenith, zenith[::-1], rtol=LAST_DIGITS)
    east, west = np.sin(azimuth[:12]), np.sin(azimuth[12:])
    assert (east > 0).all() and (west < 0).all()
    np.testing.assert_allclose(east, -west[::-1], rtol=0, atol=1e-9)
    assert (np.cos(azimuth) * latitude < 0).all(), "in the south in the north, and the other way round"


# --- time alone ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["erbs", "erbs_driesse", "boland", "orgill_hollands"])
def test_decomposition_takes_integer_days_of_utc(model):
    """Integer days equal a clock, if they are days of UTC: local days would be another sun's distance."""
    function = getattr(irradiance, model)
    stamps = pd.date_range("2025-03-01", periods=2000, freq="59min", tz="Asia/Shanghai")
    rng = np.random.default_rng(3)
    zenith, ghi = rng.uniform(0, 95, 2000), rng.uniform(0, 1000, 2000)
    utc_days = stamps.tz_convert("UTC").day_of_year.to_numpy()
    assert (utc_days != stamps.day_of_year.to_numpy()).any()
    found = function(ghi, zenith, datetime_or_doy=utc_days)
    by_clock = function(pd.Series(ghi, stamps), pd.Series(zenith, stamps), datetime_or_doy=stamps)
    for part in ("dni", "dhi"):
        assert isinstance(found[part], np.ndarray)
        np.testing.assert_allclose(found[part], by_clock[part], rtol=LAST_DIGITS, atol=1e-10)
        singly = [
            function(g, z, datetime_or_doy=int(d))[part]
            for g, z, d in zip(ghi[:50], zenith[:50], utc_days, strict=False)
        ]
        np.testing.assert_allclose(found[part][:50], np.ravel(singly), rtol=LAST_DIGITS, atol=1e-10)


def test_dni_from_a_difference_takes_arrays():
    """pvlib documents Series; it fills the array that it made, by masks, and leaves what it was given alone."""
    ghi, dhi, zenith = (SKY[n].copy() for n in ("ghi", "dhi", "solar_zenith"))
    given = {"zenith_threshold_for_zero_dni": own_irradiance.LOW_SUN_DEG}
    found = irradiance.dni(ghi, dhi, zenith, **given)
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(ghi, SKY["ghi"])
    series = irradiance.dni(pd.Series(ghi), pd.Series(dhi), pd.Series(zenith), **given)
    np.testing.assert_array_equal(found, series.to_numpy())
    assert np.isnan(found[(ghi < dhi) | ((zenith >= own_irradiance.LOW_SUN_DEG) & (ghi > dhi))]).all()


def _one_by_one(function: Callable[..., Any], arrays: list[np.ndarray], fixed: tuple, **keywords: Any) -> np.ndarray:
    return np.array([function(*(float(a[i]) for a in arrays), *fixed, **keywords) for i in range(arrays[0].size)])


def test_atmosphere_on_arrays():
    zenith = SKY["solar_zenith"]
    relative = atmosphere.get_relative_airmass(zenith)
    np.testing.assert_allclose(relative, _one_by_one(atmosphere.get_relative_airmass, [zenith], ()), rtol=LAST_DIGITS)
    assert np.isfinite(atmosphere.get_relative_airmass(90.0)) and np.isnan(atmosphere.get_relative_airmass(90.1))
    pressure = atmosphere.alt2pres(250.0)
    absolute = atmosphere.get_absolute_airmass(relative, pressure)
    singly = _one_by_one(atmosphere.get_absolute_airmass, [np.asarray(relative)], (pressure,))
    np.testing.assert_allclose(absolute, singly, rtol=LAST_DIGITS)
    extra = irradiance.get_extra_radiation(SKY["day"])
    singly = [float(irradiance.get_extra_radiation(int(d))) for d in SKY["day"]]
    np.testing.assert_allclose(extra, singly, rtol=LAST_DIGITS)


def test_clear_sky_on_arrays():
    up = SKY["solar_zenith"] < 90
    zenith, extra = SKY["solar_zenith"][up], SKY["dni_extra"][up]
    airmass = np.asarray(atmosphere.get_absolute_airmass(atmosphere.get_relative_airmass(zenith), 98000.0))
    found = clearsky.ineichen(zenith, airmass, 5.5, 250.0, extra)["ghi"]
    assert isinstance(found, np.ndarray)
    singly = [
        float(clearsky.ineichen(z, m, 5.5, 250.0, e)["ghi"]) for z, m, e in zip(zenith, airmass, extra, strict=True)
    ]
    np.testing.assert_allclose(found, singly, rtol=LAST_DIGITS)


SPA_ANGLES = np.linspace(-179, 359, 61)
SPA_SMALL = np.linspace(-23.4, 23.4, 61)
SPA_MOMENTS = np.linspace(1735689600.0, 1767225600.0, 61)  # a year from 2025-01-01
SPA_DAYS = np.linspace(2460676.5, 2461041.5, 61)
# function, its arrays, and the numbers that follow them
SPA_CASES: dict[str, tuple[list[np.ndarray], tuple[float, ...]]] = {
    "julian_day": ([SPA_MOMENTS], ()),
    "julian_century": ([SPA_DAYS], ()),
    "mean_sidereal_time": ([SPA_DAYS, (SPA_DAYS - 2451545) / 36525], ()),
    "local_hour_angle": ([SPA_ANGLES, SPA_ANGLES[::-1], SPA_ANGLES], ()),
    "equatorial_horizontal_parallax": ([np.linspace(0.983, 1.017, 61)], ()),
    "parallax_sun_right_ascension": ([np.full(61, 0.87), np.linspace(0.0024, 0.0025, 61), SPA_ANGLES, SPA_SMALL], ()),
    "topocentric_sun_declination": (
        [SPA_SMALL, np.full(61, 0.87), np.full(61, 0.49), np.full(61, 0.00244), SPA_SMALL / 1e4, SPA_ANGLES], (),
    ),
    "topocentric_local_hour_angle": ([SPA_ANGLES, SPA_SMALL / 1e4], ()),
    "topocentric_elevation_angle_without_atmosphere": ([np.full(61, 29.44), SPA_SMALL, SPA_ANGLES], ()),
    "topocentric_elevation_angle": ([SPA_SMALL, np.abs(SPA_SMALL) / 50], ()),
    "topocentric_zenith_angle": ([SPA_SMALL], ()),
    "topocentric_astronomers_azimuth": ([SPA_ANGLES, SPA_SMALL, np.full(61, 29.44)], ()),
    "topocentric_azimuth_angle": ([SPA_ANGLES], ()),
    "uterm": ([SPA_SMALL * 3], ()),
    "xterm": ([SPA_SMALL / 30, SPA_SMALL * 3, np.full(61, 250.0)], ()),
    "yterm": ([SPA_SMALL / 30, SPA_SMALL * 3, np.full(61, 250.0)], ()),
}  # fmt: skip


@pytest.mark.parametrize("name", SPA_CASES)
def test_spa_on_arrays(name):
    arrays, fixed = SPA_CASES[name]
    function = getattr(spa, name)
    found = np.asarray(function(*arrays, *fixed))
    assert found.shape == arrays[0].shape
    np.testing.assert_allclose(found, _one_by_one(function, arrays, fixed), rtol=LAST_DIGITS, atol=1e-12)


def test_spa_refraction_on_arrays():
    """Below the horizon refraction stops at a limit that depends on its argument of sunrise."""
    elevation = np.linspace(-5, 90, 96)
    found = spa.atmospheric_refraction_correction(983.0, 12.0, elevation, 0.5667)
    singly = [float(spa.atmospheric_refraction_correction(983.0, 12.0, float(e), 0.5667)) for e in elevation]
    np.testing.assert_allclose(found, singly, rtol=LAST_DIGITS)


def test_spa_by_steps_is_spa():
    """``sst=True`` gives sidereal time, right ascension and declination; the named steps lead on to the sun."""
    lat, lon, alt, hpa, temp, delta_t, refract = 29.44, 106.46, 250.0, 983.0, 12.0, 67.0, 0.5667
    sidereal, ascension, declination = spa.solar_position(SPA_MOMENTS, 0, 0, 0, 0, 0, delta_t, 0, 1, sst=True)
    parallax = spa.equatorial_horizontal_parallax(spa.earthsun_distance(SPA_MOMENTS, delta_t, 1))
    hour_angle = spa.local_hour_angle(sidereal, lon, ascension)
    u = spa.uterm(lat)
    x, y = spa.xterm(u, lat, alt), spa.yterm(u, lat, alt)
    shift = spa.parallax_sun_right_ascension(x, parallax, hour_angle, declination)
    declination = spa.topocentric_sun_declination(declination, x, y, parallax, shift, hour_angle)
    hour_angle = spa.topocentric_local_hour_angle(hour_angle, shift)
    elevation = spa.topocentric_elevation_angle_without_atmosphere(lat, declination, hour_angle)
    azimuth = spa.topocentric_azimuth_angle(spa.topocentric_astronomers_azimuth(hour_angle, declination, lat))
    refraction = spa.atmospheric_refraction_correction(hpa, temp, elevation, refract)
    apparent = spa.topocentric_zenith_angle(spa.topocentric_elevation_angle(elevation, refraction))
    whole = solarposition.spa_python(
        pd.to_datetime(SPA_MOMENTS, unit="s", utc=True), lat, lon, alt, pressure=hpa * 100, temperature=temp,
        delta_t=delta_t, atmos_refract=refract,
    )  # fmt: skip
    np.testing.assert_allclose(apparent, whole["apparent_zenith"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(spa.topocentric_zenith_angle(elevation), whole["zenith"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(azimuth, whole["azimuth"], rtol=0, atol=1e-10)


# --- the one place that rearranges pvlib --------------------------------------------------------------------


def test_low_light_arranged_in_two_parts_is_pvlib():
    """pvsim asks for Marion's quartic below 200 W/m2 only; what comes out is pvlib's own, per W of nameplate."""
    grid = np.meshgrid(
        np.concatenate([np.linspace(0, 1400, 281), [199.999999, 200.000001, 999.999999, 1000.000001, 1e-9, 1e-300]]),
        np.linspace(-20, 90, 23), np.linspace(0, 0.04, 9), [-0.0045, -0.0035, -0.002, 0.0], indexing="ij",
    )  # fmt: skip
    light, cells, k, gamma = (g.ravel() for g in grid)
    found = dc.pvwatts(light, cells, pdc0=1.0, gamma_pdc=gamma, k=k)
    hot, cool = found.power, found.cool
    whole = {"pdc0": 1.0, "gamma_pdc": gamma, "k": k, "cap_adjustment": True}
    np.testing.assert_allclose(hot, pvsystem.pvwatts_dc(light, cells, **whole), rtol=0, atol=1e-9)
    np.testing.assert_allclose(cool, pvsystem.pvwatts_dc(light, 25.0, **whole), rtol=0, atol=1e-9)
    # nameplate at test conditions, whatever k: the correction is gone at 1000 W/m2
    known = {"pdc0": 450.0, "gamma_pdc": -0.0035, "k": 0.006}
    assert dc.pvwatts(np.array(1000.0), np.array(25.0), **known).power == pytest.approx(450.0, abs=1e-9)


# --- nothing is called that is not pinned -------------------------------------------------------------------

# file readers, the fits of one module's few numbers, a table of names and the installed version have no shapes to pin
NO_SHAPES = {
    *(f"iotools.read_{kind}" for kind in ("epw", "tmy3", "nsrdb_psm4", "pvgis_tmy", "pvgis_hourly", "cams")),
    # fits of one module, numbers in and numbers out: tests/reference/test_published.py holds what they find
    *(f"sdm.fit_{kind}" for kind in ("desoto", "desoto_batzelis", "pvsyst_iec61853_sandia_2025")),
    *("VARIABLE_MAP.get", "VARIABLE_MAP.items", "UNITS.get"),  # tables of names and units
    "pvlib.__version__",
}


def pvlib_names(source: str) -> set[str]:
    """``module.function`` for every attribute of a pvlib module that a source uses."""
    tree = ast.parse(source)
    modules = {
        (alias.asname or alias.name): alias.name
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pvlib")
        or (isinstance(node, ast.Import) and any(a.name.split(".")[0] == "pvlib" for a in node.names))
        for alias in node.names
    }
    return {
        f"{modules[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and modules.get(node.value.id)
    }


def test_every_pvlib_function_in_use_is_pinned():
    used = set()
    for path in Path(pvsim.__file__).parent.rglob("*.py"):
        names = pvlib_names(path.read_text(encoding="utf-8"))
        used |= {n for n in names if not n.split(".")[-1].isupper() and n.split(".")[0] not in {"numpy", "pd"}}
    pinned = (Path(__file__), Path(__file__).with_name("test_pvlib_devices.py"))
    here = set().union(*(pvlib_names(path.read_text(encoding="utf-8")) for path in pinned))
    here |= {f"spa.{name}" for name in SPA_CASES}
    here |= {f"irradiance.{model}" for model in ("erbs", "erbs_driesse", "boland", "orgill_hollands")}
    assert len(used) > 30
    assert sorted(used - here - NO_SHAPES) == []


def test_an_unpinned_function_would_be_found():
    assert pvlib_names("from pvlib import iam as glass\nglass.ashrae(aoi)") == {"iam.ashrae"}
    assert pvlib_names("from pvlib import iam\nf = partial(iam.ashrae)") == {"iam.ashrae"}
    assert pvlib_names("from pvlib.bifacial import utils\nutils.vf_ground_sky_2d(1)") == {"utils.vf_ground_sky_2d"}
