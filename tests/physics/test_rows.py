"""Rows behind each other: pvlib's own shading functions beside ours, limits, and the rule of the shortest day."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases import NO_LOSSES, SITE
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib import shading
from pvlib.bifacial import infinite_sheds

import pvsim
from pvsim.physics.irradiance import Sky
from pvsim.physics.rows import (
    PARTIAL_SHADE,
    Rows,
    rear_irradiance,
    row_shade,
    solstice_pitch_m,
    solstice_sun,
)
from pvsim.scenario.reader import from_dict

WIDTH = 2.094
ALBEDO = 0.2


def _sky() -> Sky:
    weather = pvsim.weather_at(29.44, 106.46)
    lit = np.flatnonzero(weather.ghi > 0)
    sun = weather.sun()
    return Sky.of(
        weather.ghi[lit], weather.dhi[lit], weather.dni[lit], sun.dni_extra[lit], sun.apparent_zenith[lit],
        sun.azimuth[lit],
    )  # fmt: skip


SKY = _sky()
tilts, azimuths, ratios = st.floats(0, 60), st.floats(0, 359), st.floats(0.05, 0.95)


@settings(max_examples=60, deadline=None)
@given(tilt=tilts, azimuth=azimuths, ratio=ratios)
def test_shares_are_shares(tilt, azimuth, ratio):
    found = row_shade(Rows(WIDTH / ratio, WIDTH, 0.1), tilt, azimuth, SKY, ALBEDO)
    assert ((found.shaded >= 0) & (found.shaded <= 1)).all()
    assert 0 < found.sky <= 1
    assert (found.ground >= 0).all()
    assert (found.blocks >= found.shaded * 36 - 1e-6).all()


@settings(max_examples=20, deadline=None)
@given(azimuth=azimuths, ratio=ratios)
def test_flat_rows_do_not_know_of_each_other(azimuth, ratio):
    found = row_shade(Rows(WIDTH / ratio, WIDTH, 0.1), 0.0, azimuth, SKY, ALBEDO)
    assert not found.shaded.any()
    assert found.sky == pytest.approx(1, abs=1e-12)
    assert found.ground.max() < 1e-9


@settings(max_examples=40, deadline=None)
@given(tilt=tilts, azimuth=azimuths, near=st.floats(0.2, 0.9), factor=st.floats(1.05, 4))
def test_shade_shrinks_with_the_pitch(tilt, azimuth, near, factor):
    close = row_shade(Rows(WIDTH / near, WIDTH, 0.1), tilt, azimuth, SKY, ALBEDO)
    wide = row_shade(Rows(factor * WIDTH / near, WIDTH, 0.1), tilt, azimuth, SKY, ALBEDO)
    assert (wide.shaded <= close.shaded + 1e-12).all()
    assert wide.sky >= close.sky - 1e-12


def test_shade_vanishes_far_apart():
    found = row_shade(Rows(1e4 * WIDTH, WIDTH, 0.1), 30.0, 180.0, SKY, ALBEDO)
    assert found.sky == pytest.approx(1, abs=1e-3)
    assert found.shaded[SKY.apparent_zenith < 89].max() < 1e-9
    free = ALBEDO * SKY.ghi.sum() * (1 - math.cos(math.radians(30))) / 2
    assert found.ground.sum() == pytest.approx(free, rel=2e-3)


@pytest.mark.parametrize(("tilt", "azimuth", "pitch"), [(10.0, 180.0, 2.6), (30.0, 150.0, 4.0), (20.0, 270.0, 3.0)])
def test_the_beam_is_hidden_as_pvlibs_other_function_says(tilt, azimuth, pitch):
    """``shaded_fraction1d`` (Anderson and Jensen 2024) is other code than the infinite sheds."""
    told = shading.shaded_fraction1d(
        SKY.apparent_zenith, SKY.azimuth, (azimuth - 90) % 360, tilt, collector_width=WIDTH, pitch=pitch
    )
    found = row_shade(Rows(pitch, WIDTH, 0.1), tilt, azimuth, SKY, ALBEDO).shaded
    # of light from behind the plane neither says anything
    facing = np.cos(np.radians(SKY.azimuth - azimuth)) > 0
    up = facing & (SKY.apparent_zenith < 89)
    assert (told[up] > 0).any()
    np.testing.assert_allclose(found[up], told[up], atol=1e-9)


def test_pairs_back_to_back_are_sheds_at_the_pitch_of_pairs():
    """The next row is the back of the next tent, turned the other way and nearer by a row's depth."""
    tilt, pitch = 12.0, 5.0
    depth = WIDTH * math.cos(math.radians(tilt))
    told = shading.shaded_fraction1d(
        SKY.apparent_zenith, SKY.azimuth, 0.0, tilt, collector_width=WIDTH, pitch=pitch - depth,
        shading_row_rotation=-tilt,
    )  # fmt: skip
    found = row_shade(Rows(pitch, WIDTH, 0.1), tilt, 90.0, SKY, ALBEDO).shaded
    up = (np.cos(np.radians(SKY.azimuth - 90.0)) > 0) & (SKY.apparent_zenith < 89)
    assert (told[up] > 0).any()
    np.testing.assert_allclose(found[up], told[up], atol=1e-9)


@pytest.mark.parametrize(("tilt", "ratio"), [(10.0, 0.75), (20.0, 0.6), (30.0, 0.5)])
def test_the_sky_by_hand_and_by_passias(tilt, ratio):
    """A point sees the sky from the next row's top over the zenith to its own plane: (1 + cos(tilt + angle)) / 2.

    Passias and Kallback's loss, 1 - cos(angle / 2)^2 of the mean angle, is that of a horizontal plane: less.
    """
    slope, pitch = math.radians(tilt), WIDTH / ratio
    along = np.linspace(0, 1, 20001)
    high, far = (1 - along) * math.sin(slope), pitch / WIDTH - (1 - along) * math.cos(slope)
    seen = np.trapezoid((1 + np.cos(slope + np.arctan2(high, far))) / 2, along)
    even = (1 + math.cos(slope)) / 2
    sky = row_shade(Rows(pitch, WIDTH, 0.1), tilt, 180.0, SKY, ALBEDO).sky
    assert sky == pytest.approx(seen / even, rel=1e-6)
    passias = float(shading.sky_diffuse_passias(shading.masking_angle_passias(tilt, ratio)))
    assert passias < 0.5 * (1 - sky)


def _run(roof: dict, **physics) -> pvsim.Result:
    plain = {"iam": "none", "partial_shade": "linear"} | physics
    return pvsim.simulate(from_dict({"site": SITE, "roof": [roof], "physics": plain, "losses": NO_LOSSES}))


@pytest.mark.parametrize(("model", "theirs"), [("isotropic", "isotropic"), ("hay-davies", "haydavies")])
def test_a_run_with_rows_has_the_light_of_pvlibs_sheds(model, theirs):
    roof = {"panels": 100, "surface_tilt": 20.0, "pitch_m": 3.5, "clearance_m": 0.5}
    result = _run(roof, transposition=model)
    light = result.found.shaded_kwh_per_m2[0][-1].sum()
    told = infinite_sheds.get_irradiance_poa(
        20.0, 180.0, np.minimum(SKY.apparent_zenith, 90), SKY.azimuth, WIDTH / 3.5,
        0.5 + WIDTH * math.sin(math.radians(20)) / 2, 3.5, SKY.ghi, SKY.dhi, SKY.dni, 0.2, model=theirs,
        dni_extra=SKY.dni_extra,
    )  # fmt: skip
    assert light == pytest.approx(np.nansum(told["poa_global"]) / 1000, rel=1e-3)


def test_energy_falls_as_rows_close_in_and_more_by_blocks():
    pitches = (6.0, 4.0, 3.0, 2.6, 2.3)
    linear = [_run({"panels": 100, "surface_tilt": 15.0, "pitch_m": p}).annual_kwh for p in pitches]
    blocks = [
        _run({"panels": 100, "surface_tilt": 15.0, "pitch_m": p}, partial_shade="martinez").annual_kwh for p in pitches
    ]
    assert linear == sorted(linear, reverse=True)
    assert blocks == sorted(blocks, reverse=True)
    assert all(b <= a for a, b in zip(linear, blocks, strict=True))
    assert blocks[-1] < 0.99 * linear[-1]


def test_martinez_by_hand():
    """Half of a string in the shade: half of the light is gone, and the touched half of its blocks."""
    used = PARTIAL_SHADE["martinez"](np.array([0.5, 0.0, 1.0]), np.array([18.0, 0.0, 36.0]), 36)
    np.testing.assert_allclose(used, [1 - 18 / 37, 1, 1])
    assert (PARTIAL_SHADE["linear"](np.array([0.5]), np.array([18.0]), 36) == 1).all()


def test_a_saw_tooth_shades_its_modules_by_their_place_on_the_slope():
    """Of a slope of 10 m half in the shade, modules from 2 to 8 m are half shaded, from 0 to 4 m wholly."""
    sky = Sky.of(*(np.array([v]) for v in (500.0, 100.0, 800.0, 1360.0, 70.0, 180.0)))
    whole = row_shade(Rows(9.0, 10.0, 0.0), 20.0, 180.0, sky, ALBEDO).shaded[0]
    assert 0.3 < whole < 0.7
    for low, high in ((0.2, 0.8), (0.0, whole / 2), (whole, 1.0)):
        part = row_shade(Rows(9.0, 10.0, 0.0, low, high), 20.0, 180.0, sky, ALBEDO).shaded[0]
        assert part == pytest.approx(np.clip((whole - low) / (high - low), 0, 1), abs=1e-9)


# --- the shortest day ------------------------------------------------------------------------------------------


def test_the_sun_of_the_shortest_day():
    """29.44 N, declination -23.44, hour angle 45: sin h = sin(lat) sin(d) + cos(lat) cos(d) cos(45)."""
    lat, declination = math.radians(29.44), math.radians(-23.44)
    high = math.asin(
        math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(declination) * math.cos(math.pi / 4)
    )
    off = math.asin(math.cos(declination) * math.sin(math.pi / 4) / math.cos(high))
    elevation, azimuth = solstice_sun(29.44)
    assert elevation[0] == pytest.approx(math.degrees(high), abs=0.05)
    assert azimuth[0] == pytest.approx(180 - math.degrees(off), abs=0.05)
    pitch = WIDTH * (
        math.cos(math.radians(10)) + math.sin(math.radians(10)) * math.cos(off) / math.tan(high)
    )  # fmt: skip
    assert solstice_pitch_m(WIDTH, 10.0, 180.0, 29.44) == pytest.approx(pitch, rel=1e-3)


@pytest.mark.parametrize(
    ("latitude", "azimuth"), [(29.44, 180.0), (29.44, 135.0), (29.44, 90.0), (-33.9, 0.0), (45.0, 200.0)]
)
def test_at_that_pitch_no_row_shades_the_next_and_a_little_nearer_one_does(latitude, azimuth):
    pitch = solstice_pitch_m(WIDTH, 20.0, azimuth, latitude)
    elevation, sun = solstice_sun(latitude)
    ones = np.ones(elevation.size)
    sky = Sky.of(500 * ones, 100 * ones, 600 * ones, 1400 * ones, 90 - elevation, sun)
    assert row_shade(Rows(pitch * 1.0001, WIDTH, 0.1), 20.0, azimuth, sky, ALBEDO).shaded.max() == 0
    if abs((azimuth - (180 if latitude > 0 else 0) + 180) % 360 - 180) < 90:
        assert row_shade(Rows(pitch * 0.97, WIDTH, 0.1), 20.0, azimuth, sky, ALBEDO).shaded.max() > 0


def test_where_the_sun_is_not_up_there_is_no_rule():
    assert solstice_pitch_m(WIDTH, 10.0, 180.0, 67.0) is None
    assert solstice_pitch_m(WIDTH, 0.0, 180.0, 29.44) == pytest.approx(WIDTH)


# --- the back --------------------------------------------------------------------------------------------------


def test_the_back_sees_what_pvlibs_bifacial_sheds_say():
    rows = Rows(4.0, WIDTH, 0.5)
    told = infinite_sheds.get_irradiance(
        15.0, 180.0, np.minimum(SKY.apparent_zenith, 90), SKY.azimuth, rows.ground_coverage_ratio,
        rows.centre_m(15.0), 4.0, SKY.ghi, SKY.dhi, SKY.dni, ALBEDO, bifaciality=1.0, shade_factor=0.0,
        transmission_factor=0.0,
    )  # fmt: skip
    found = rear_irradiance(rows, 15.0, 180.0, SKY, ALBEDO)
    np.testing.assert_allclose(found, np.nan_to_num(told["poa_back"]), rtol=1e-6, atol=1e-6)
    assert 0.03 < found.sum() / SKY.ghi.sum() < 0.25


def test_the_back_sees_more_over_a_brighter_roof_and_from_any_height_the_same():
    """Endless rows see the ground under all of them as a whole: clearance only decides whether a gain is counted."""

    def back(clearance: float, albedo: float = ALBEDO) -> float:
        return float(rear_irradiance(Rows(4.0, WIDTH, clearance), 15.0, 180.0, SKY, albedo).sum())

    assert back(0.3) == pytest.approx(back(1.5), rel=1e-9)
    assert back(0.5, 0.5) > 1.8 * back(0.5, 0.2)
