"""Shade in the chain: what it takes has a sign, is counted once, and leaves alone who stands beside it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from cases import NO_LOSSES, SITE, scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from planes import lit_days, pvwatts_planes, run_chain

import pvsim
from pvsim.physics import chain, irradiance, ledger, rows, shade, shading, sun

WEATHER = lit_days()
OPEN = (np.array([0.0, 180.0]), np.zeros(2))
ROWS = rows.Rows(4.0, 2.0, 0.5)
EXACT = 1e-12
few = settings(max_examples=25, deadline=None)
models = st.sampled_from(sorted(irradiance.TRANSPOSITION))
rules = st.sampled_from(sorted(rows.PARTIAL_SHADE))


def _even(height: float) -> tuple[np.ndarray, np.ndarray]:
    """A horizon as high all around."""
    return np.array([0.0, 180.0]), np.full(2, height)


def _field() -> tuple[np.ndarray, np.ndarray]:
    """Four points of each of 15 modules of 1 m by 2 m, and the module of each."""
    x, y = np.meshgrid(np.arange(10) / 2 + 0.25, np.arange(6) + 0.5)
    return np.column_stack([x.ravel(), y.ravel(), np.zeros(60)]), (x // 1 + 5 * (y // 2)).astype(int).ravel()


def _box(x: float, y: float, side: float, top: float) -> shading.Prism:
    return shading.Prism(np.array([(x, y), (x + side, y), (x + side, y + side), (x, y + side)]), top)


def _cast(*boxes: shading.Prism) -> shading.ShadeTable:
    points, module = _field()
    return shading.cast(points, module, boxes, 0.0)


def _shaded(tilt, azimuth, shades, weather=WEATHER, model="hay-davies", **more) -> chain.ChainResult:
    """A run of planes of which some are shaded; ``more`` describes the modules."""
    planes = dataclasses.replace(pvwatts_planes(tilt, azimuth, **more), shades=shades)
    return run_chain(planes, weather, transposition=model)


def _kwh(one: shade.Shade | None, tilt=20.0, azimuth=150.0, model="hay-davies") -> float:
    return float(_shaded([tilt], [azimuth], {} if one is None else {0: one}, model=model).plane_kwh[0])


TOWER = _cast(_box(1.0, -4.0, 3.0, 5.0))


# --- signs and limits ------------------------------------------------------------------------------------------


@few
@given(
    x=st.floats(-15, 15), y=st.floats(-15, 15), side=st.floats(0.1, 8), top=st.floats(0, 20), more=st.floats(0, 10),
    tilt=st.floats(0, 60), azimuth=st.floats(0, 359.9), model=models, partial=rules,
)  # fmt: skip
def test_energy_never_rises_with_an_obstacle_nor_with_a_higher_one(
    x, y, side, top, more, tilt, azimuth, model, partial
):
    low, high = (
        _kwh(shade.Shade(tables=(_cast(_box(x, y, side, h)),), partial_shade=partial), tilt, azimuth, model)
        for h in (top, top + more)
    )
    assert low <= _kwh(None, tilt, azimuth, model) * (1 + EXACT)
    assert high <= low * (1 + EXACT)


@few
@given(height=st.floats(0, 80), more=st.floats(0, 10), tilt=st.floats(0, 60), azimuth=st.floats(0, 359.9), model=models)
def test_energy_never_rises_with_the_horizon(height, more, tilt, azimuth, model):
    low, high = (_kwh(shade.Shade(horizon=_even(h)), tilt, azimuth, model) for h in (height, height + more))
    assert low <= _kwh(None, tilt, azimuth, model) * (1 + EXACT)
    assert high <= low * (1 + EXACT)


@few
@given(tilt=st.floats(0, 60), azimuth=st.floats(0, 359.9), model=models)
def test_each_shade_takes_more_and_they_do_not_care_which_table_comes_first(tilt, azimuth, model):
    other = _cast(_box(8.0, 2.0, 2.0, 3.0))
    hills = shade.Shade(horizon=_even(8.0))
    one = dataclasses.replace(hills, tables=(TOWER,))
    two, turned = (dataclasses.replace(hills, tables=t) for t in ((TOWER, other), (other, TOWER)))
    all_of_it = dataclasses.replace(two, rows=ROWS)
    kwh = [_kwh(s, tilt, azimuth, model) for s in (None, hills, one, two, all_of_it)]
    assert (np.diff(kwh) <= EXACT * kwh[0]).all()
    assert _kwh(turned, tilt, azimuth, model) == pytest.approx(kwh[3], rel=1e-9)


def test_shades_take_something():
    """The signs above hold of a shade that is never there, too."""
    free = _kwh(None)
    assert _kwh(shade.Shade(tables=(TOWER,))) < 0.9 * free
    assert _kwh(shade.Shade(horizon=_even(15.0))) < 0.95 * free
    strings, cells = (_kwh(shade.Shade(tables=(TOWER,), partial_shade=p)) for p in ("martinez", "linear"))
    assert strings < 0.99 * cells


@pytest.mark.parametrize("model", sorted(irradiance.TRANSPOSITION))
def test_what_hides_nothing_changes_nothing(model):
    nothing = _cast(_box(1.0, -4.0, 3.0, 0.0))
    free = _shaded([20.0], [150.0], {}, model=model)
    for none in (shade.Shade(), shade.Shade(horizon=OPEN), shade.Shade(tables=(nothing,)), shade.Shade(rear=0.7)):
        found = _shaded([20.0], [150.0], {0: none}, model=model)
        np.testing.assert_allclose(found.p_dc, free.p_dc, rtol=EXACT)
        np.testing.assert_allclose(found.ledger_kwh, free.ledger_kwh, rtol=EXACT)


@pytest.mark.parametrize("tilt", [0.0, 30.0, 90.0])
def test_behind_a_horizon_of_90_degrees_it_is_dark(tilt):
    walls = shade.Shade(horizon=_even(90.0))
    assert np.abs(_shaded([tilt], [180.0], {0: walls}).p_dc).max() < 1e-6


def test_behind_a_horizon_of_90_degrees_the_back_is_dark_too():
    walls = shade.Shade(horizon=_even(90.0), rows=ROWS, rear=0.7)
    assert np.abs(_shaded([30.0], [180.0], {0: walls}).p_dc).max() < 1e-6


@few
@given(tilt=st.floats(0, 60), azimuth=st.floats(0, 359.9), rear=st.floats(0.01, 1))
def test_the_back_only_adds(tilt, azimuth, rear):
    front = shade.Shade(rows=ROWS)
    assert _kwh(dataclasses.replace(front, rear=rear), tilt, azimuth) > _kwh(front, tilt, azimuth)


# --- one hour by hand ------------------------------------------------------------------------------------------


def _hour(elevation: float, azimuth: float, dni: float, dhi: float) -> chain.WeatherArrays:
    ghi = dhi + dni * np.sin(np.radians(elevation))
    one = np.ones(1)
    zenith = (90.0 - elevation) * one
    stands = sun.Sun(0 * one, zenith, zenith, azimuth * one, np.ones(1, np.int64), 1367.0 * one, one)
    return chain.WeatherArrays(ghi * one, dhi * one, dni * one, 25 * one, one, stands, 1.0, month=np.zeros(1, np.intp))


def _light(shades: shade.Shade, tilt: float, weather: chain.WeatherArrays, model: str = "isotropic") -> float:
    """In-plane light that is left, W/m2: modules whose power is the light that they get."""
    found = _shaded([tilt], [180.0], {0: shades}, weather, model, pdc0=[1000.0], glass="none", gamma=0.0, k=0.0)
    return float(found.p_dc[0, 0])


@pytest.mark.parametrize(("height", "beam"), [(0.0, True), (29.9, True), (30.1, False), (60.0, False)])
def test_a_level_roof_behind_an_even_horizon_by_hand(height, beam):
    """Sun at 30 degrees: 800 W/m2 of beam and 100 of an even sky, of which cos^2 of the horizon is left."""
    told = 100 * np.cos(np.radians(height)) ** 2 + (400 if beam else 0)
    found = _light(shade.Shade(horizon=_even(height)), 0.0, _hour(30.0, 180.0, 800.0, 100.0))
    assert found == pytest.approx(told, rel=1e-5)


@pytest.mark.parametrize(("towards", "beam"), [(100.0, True), (180.0, False), (260.0, True)])
def test_a_hill_hides_the_sun_behind_it_alone(towards, beam):
    """A hill of 40 degrees from 160 to 200; of the beam on the level all or nothing is left."""
    hill = np.array([0.0, 159.0, 160.0, 200.0, 201.0, 359.0]), np.array([0.0, 0.0, 40.0, 40.0, 0.0, 0.0])
    clear, cloudy = (_light(shade.Shade(horizon=hill), 0.0, _hour(30.0, towards, dni, 100.0)) for dni in (800.0, 0.0))
    assert clear - cloudy == pytest.approx(400.0 if beam else 0.0, abs=1e-9)
    # 41 degrees of azimuth, of which the two edges are half as high on average
    assert cloudy == pytest.approx(100 * (1 - 41 / 360 * np.sin(np.radians(40)) ** 2), abs=0.15)


def test_the_ground_before_a_facade_lies_behind_the_same_hills():
    """A vertical plane sees half of the ground, albedo 0.2, lit by what the horizon leaves of sun and sky."""
    hour = _hour(30.0, 0.0, 800.0, 100.0)  # the sun stands behind the plane
    sky = 100 * shading.sky_left_of_horizon(*_even(20.0), 90.0, 180.0) / 2
    assert sky < 50
    lit, dark = (_light(shade.Shade(horizon=_even(h)), 90.0, hour) for h in (20.0, 40.0))
    assert lit - sky == pytest.approx(0.2 / 2 * (400 + 100 * np.cos(np.radians(20)) ** 2), rel=1e-4)
    low = 100 * shading.sky_left_of_horizon(*_even(40.0), 90.0, 180.0) / 2
    assert dark - low == pytest.approx(0.2 / 2 * 100 * np.cos(np.radians(40)) ** 2, rel=1e-4)


def test_the_ring_of_the_sun_is_hidden_with_it():
    """Hay and Davies: of 100 W/m2 of sky the share dni / extraterrestrial comes from the sun's own direction."""
    hour, ring = _hour(30.0, 180.0, 800.0, 100.0), 100 * 800 / 1367
    left = np.cos(np.radians(20)) ** 2
    lit, dark = (_light(shade.Shade(horizon=_even(h)), 0.0, hour, "hay-davies") for h in (20.0, 30.01))
    assert lit == pytest.approx(400 + ring + (100 - ring) * left, rel=1e-5)
    assert dark == pytest.approx((100 - ring) * np.cos(np.radians(30.01)) ** 2, rel=1e-5)


def test_a_wall_of_half_the_modules_by_hand():
    """Half of the beam is hidden, 3 of 4 modules are touched: strings use 1 - 750 / 1001 of what is left."""
    nodes = np.zeros((1, 1))
    table = shading.ShadeTable(np.zeros(1), np.zeros(1), nodes + 0.5, nodes + 0.75)
    hour = _hour(30.0, 180.0, 800.0, 100.0)
    cells, strings = (_light(shade.Shade(tables=(table,), partial_shade=p), 0.0, hour) for p in ("linear", "martinez"))
    assert cells == pytest.approx(200 + 50)
    assert strings == pytest.approx(200 * (1 - 750 / 1001) + 50)
    unknown = dataclasses.replace(table, touched=None)
    assert _light(shade.Shade(tables=(unknown,)), 0.0, hour) == pytest.approx(200 * (1 - 500 / 1001) + 50)


# --- arrangement -----------------------------------------------------------------------------------------------

TILT, AZIMUTH = np.array([0.0, 10.0, 30.0, 20.0, 5.0, 45.0]), np.array([180.0, 90.0, 0.0, 270.0, 45.0, 170.0])
SOME = {
    0: shade.Shade(horizon=_even(10.0)),
    2: shade.Shade(tables=(TOWER,), rows=ROWS, rear=0.6),
    3: shade.Shade(rows=ROWS, partial_shade="linear"),
    5: shade.Shade(horizon=_even(5.0), tables=(TOWER,), rows=ROWS),
}


def test_shades_do_not_care_for_blocks_or_order(monkeypatch):
    found = _shaded(TILT, AZIMUTH, SOME)
    for size in (1, 3, 100):
        monkeypatch.setattr(chain, "BLOCK", size)
        other = _shaded(TILT, AZIMUTH, SOME)
        np.testing.assert_allclose(other.p_dc, found.p_dc, rtol=EXACT)
        np.testing.assert_allclose(other.ledger_kwh, found.ledger_kwh, rtol=EXACT)
    order = [3, 0, 5, 4, 2, 1]
    turned = _shaded(TILT[order], AZIMUTH[order], {order.index(n): s for n, s in SOME.items()})
    np.testing.assert_allclose(turned.plane_kwh, found.plane_kwh[order], rtol=EXACT)
    for n in SOME:
        np.testing.assert_allclose(
            turned.shaded_kwh_per_m2[order.index(n)], found.shaded_kwh_per_m2[n], rtol=EXACT, atol=1e-12
        )


def test_planes_without_shade_are_bitwise_what_they_are_without_their_neighbours():
    some, none = _shaded(TILT, AZIMUTH, SOME), _shaded(TILT, AZIMUTH, {})
    free = [n for n in range(TILT.size) if n not in SOME]
    assert np.array_equal(some.p_dc[free], none.p_dc[free])
    past_dc = [step.name for step in ledger.STEPS].index("voltage window") + 1
    assert np.array_equal(some.ledger_kwh[:past_dc, free], none.ledger_kwh[:past_dc, free])
    front = [n for n in SOME if not SOME[n].rear]
    assert (some.plane_kwh[front] < none.plane_kwh[front]).all()
    assert np.array_equal(some.poa_kwh_per_m2, none.poa_kwh_per_m2), "in-plane light is told without shade"


def test_the_ledger_closes_and_its_months_are_its_lines():
    found = _shaded(TILT, AZIMUTH, SOME)
    told = ledger.lines(found.ledger_kwh.sum(axis=1), found.p_ac.sum() / 1000)
    kwh = told[0].kwh
    for line in told[1:]:
        kwh *= line.percent_of_previous / 100
        assert line.kwh == pytest.approx(kwh, rel=1e-9), line.name
    names = [step.name for step in ledger.STEPS]
    assert set(found.shaded_kwh_per_m2) == set(SOME)
    for n, monthly in found.shaded_kwh_per_m2.items():
        assert monthly.shape == (1 + len(ledger.GEOMETRIC), 12)
        assert (np.diff(monthly, axis=0) <= 1e-9).all()
        assert monthly[0].sum() == pytest.approx(found.poa_kwh_per_m2[n], rel=1e-9)
        for step, light in zip(ledger.GEOMETRIC, monthly[1:], strict=True):
            assert found.ledger_kwh[names.index(step), n] == pytest.approx(45.0 * light.sum(), rel=1e-9), step
        assert (monthly[:, 2:] == 0).all(), "40 days from New Year"
        assert (monthly[0, :2] > 0).all()


def _line(found: chain.ChainResult, name: str, plane: int) -> float:
    """What is left after a step, of what there was before it."""
    at = [step.name for step in ledger.STEPS].index(name)
    return float(found.ledger_kwh[at, plane] / found.ledger_kwh[at - 1, plane])


def test_each_shade_is_in_its_own_line():
    found = _shaded(TILT, AZIMUTH, SOME)
    takes = {n: {s for s in (*ledger.GEOMETRIC, "rear gain") if abs(_line(found, s, n) - 1) > 1e-6} for n in range(6)}
    assert takes == {
        0: {"horizon"},
        1: set(),
        2: {"obstacles", "rows", "partial shade", "rear gain"},
        3: {"rows"},
        4: set(),
        5: {"horizon", "obstacles", "rows", "partial shade"},
    }


# --- measured light --------------------------------------------------------------------------------------------


def _measured(values: np.ndarray) -> chain.WeatherArrays:
    return dataclasses.replace(WEATHER, measured=values[None], is_light=np.array([True]))


def _pointed(weather: chain.WeatherArrays, one: shade.Shade | None) -> chain.ChainResult:
    planes = dataclasses.replace(
        pvwatts_planes([20.0], [150.0]), poa_index=np.array([0]), shades={} if one is None else {0: one}
    )
    return run_chain(planes, weather)


def test_measured_light_has_lost_its_hills_already_and_its_rows_not():
    """The instrument stands behind the same hills as the modules, over them and free of the next row."""
    weather = _measured(0.8 * WEATHER.ghi)
    hills, both = shade.Shade(horizon=_even(20.0)), shade.Shade(horizon=_even(20.0), rows=ROWS)
    free, behind, in_rows = (_pointed(weather, s) for s in (None, hills, both))
    np.testing.assert_allclose(behind.p_dc, free.p_dc, rtol=EXACT)
    assert _line(behind, "horizon", 0) == pytest.approx(1.0, rel=EXACT)
    assert _line(in_rows, "rows", 0) < 0.99
    assert _line(_shaded([20.0], [150.0], {0: hills}), "horizon", 0) < 0.9


# --- scenarios -------------------------------------------------------------------------------------------------

ROOF = {"panels": 60, "length_m": 30.0, "width_m": 20.0, "surface_tilt": 10.0}


def _run(*, roof: dict | None = None, **tables) -> pvsim.Result:
    return pvsim.simulate(scenario(ROOF | (roof or {}), losses=NO_LOSSES, **tables))


@settings(max_examples=8, deadline=None)
@given(
    x=st.floats(-10, 40),
    y=st.floats(-10, 30),
    length=st.floats(0.5, 6),
    width=st.floats(0.5, 6),
    height=st.floats(0, 15),
)
def test_an_obstacle_never_gains(x, y, length, width, height):
    box = {"x_m": x, "y_m": y, "length_m": length, "width_m": width, "height_m": height}
    assert _run(obstacle=[box]).annual_kwh <= _run().annual_kwh * (1 + 1e-9)


def test_a_skylight_moves_modules_and_takes_no_light():
    skylight = {"x_m": 5.0, "y_m": 5.0, "length_m": 6.0, "width_m": 6.0, "height_m": 0.0}
    found, free = _run(obstacle=[skylight]), _run()
    assert found.annual_kwh == pytest.approx(free.annual_kwh, rel=EXACT)
    assert not np.array_equal(found.hardware.plans[0].laid.corners, free.hardware.plans[0].laid.corners)
    tower = _run(obstacle=[skylight | {"height_m": 6.0}])
    assert np.array_equal(found.hardware.plans[0].laid.corners, tower.hardware.plans[0].laid.corners)
    assert tower.annual_kwh < 0.999 * free.annual_kwh


def test_a_flat_horizon_of_a_scenario_changes_nothing():
    """In the hours of sunrise and sunset, too."""
    flat, hills = (
        _run(site=SITE | {"horizon_points": [[azimuth, h] for azimuth in (0.0, 90.0, 180.0, 270.0)]})
        for h in (0.0, 15.0)
    )
    free = _run()
    np.testing.assert_allclose(flat.hourly["p_ac_kw"], free.hourly["p_ac_kw"], rtol=1e-9, atol=1e-12)
    assert hills.annual_kwh < 0.97 * free.annual_kwh
