"""The chain's own properties: rearrangements are exact, the ledger closes, and physics keeps its signs."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planes import losses, pvwatts_inverter, pvwatts_planes

from pvsim.errors import PvsimError
from pvsim.physics import chain, irradiance, ledger, sun

AXIS = sun.TimeAxis(1_735_660_800, 60, 24 * 40, 480)
PLACE = (29.44, 106.46, 250.0)
MODELS = chain.Models("hay-davies", "pvsyst")
LOSSES = partial(
    losses, shading=0.015, soiling=0.03, dc=(0.01, 0.002, -0.01, 0.01, 0.008, 0.003), ac=(0.007, 0.008, 0.02)
)
EXACT = 1e-12


def _weather(seed: int = 3) -> chain.WeatherArrays:
    found = sun.sun_over(AXIS, (30.0,) * 12, *PLACE)
    rng = np.random.default_rng(seed)
    up = np.maximum(np.cos(np.radians(found.zenith)), 0) * found.sunlit_fraction
    ghi = up * found.dni_extra * rng.uniform(0.05, 0.7, AXIS.rows)
    dni, dhi = irradiance.decompose("erbs", ghi, found.zenith, found.day_of_year, found.sunlit_fraction)
    return chain.WeatherArrays(ghi, dhi, dni, rng.uniform(-5, 35, AXIS.rows), rng.uniform(0, 4, AXIS.rows), found, 1.0)


WEATHER = _weather()


def _run(planes, rating_w=None, weather=WEATHER, models=MODELS, losses=LOSSES) -> chain.ChainResult:
    count = int(planes.inverter_index.max()) + 1
    rating = np.full(count, planes.nameplate_w.sum()) if rating_w is None else np.asarray(rating_w, float)
    inverters = [pvwatts_inverter(float(w)) for w in rating]
    size = planes.nameplate_w.size
    weights = np.full(size, 1 / size)
    return chain.compute(weather, planes, inverters, models=models, losses=losses(size), albedo=0.2, weights=weights)


def test_blocks_are_an_exact_rearrangement(monkeypatch):
    rng = np.random.default_rng(0)
    planes = pvwatts_planes(rng.uniform(0, 60, 11), rng.uniform(0, 360, 11))
    results = []
    for size in (1, 4, 6, 100):
        monkeypatch.setattr(chain, "BLOCK", size)
        results.append(_run(planes))
    for other in results[1:]:
        assert np.allclose(other.p_dc, results[0].p_dc, rtol=EXACT, atol=0)
        assert np.allclose(other.ledger_kwh, results[0].ledger_kwh, rtol=EXACT)


def test_many_planes_on_their_own_inverters_equal_each_alone():
    tilt, azimuth = [0, 10, 30, 90], [180, 90, 0, 270]
    together = _run(pvwatts_planes(tilt, azimuth, inverter=range(4)), rating_w=[30_000] * 4)
    for i in range(4):
        alone = _run(pvwatts_planes(tilt[i : i + 1], azimuth[i : i + 1]), rating_w=[30_000])
        assert together.plane_kwh[i] == pytest.approx(alone.plane_kwh[0], rel=EXACT)
        assert np.allclose(together.ledger_kwh[:, i], alone.ledger_kwh[:, 0], rtol=EXACT)


def test_order_of_planes_does_not_matter():
    tilt, azimuth, order = np.array([0, 10, 30, 20, 5]), np.array([180, 90, 0, 270, 45]), [3, 0, 4, 2, 1]
    found = _run(pvwatts_planes(tilt, azimuth), rating_w=[120_000])
    turned = _run(pvwatts_planes(tilt[order], azimuth[order]), rating_w=[120_000])
    assert np.allclose(turned.plane_kwh, found.plane_kwh[order], rtol=EXACT)


def test_night_is_skipped_and_nothing_is_lost():
    planes = pvwatts_planes([10], [180])
    found = _run(planes)
    assert (WEATHER.ghi[found.rows] > 0).all()
    assert WEATHER.ghi[found.rows].sum() == pytest.approx(WEATHER.ghi.sum(), rel=EXACT)
    assert found.rows.size < 0.6 * AXIS.rows


def test_light_with_the_sun_below_the_horizon_is_computed():
    dark = np.flatnonzero(WEATHER.sun.zenith > 93)[0]
    ghi, dhi = WEATHER.ghi.copy(), WEATHER.dhi.copy()
    ghi[dark] = dhi[dark] = 30.0
    found = _run(pvwatts_planes([10], [180]), weather=dataclasses.replace(WEATHER, ghi=ghi, dhi=dhi))
    assert dark in found.rows
    assert found.poa_global[np.searchsorted(found.rows, dark)] > 25


def test_gaps_stay_gaps():
    ghi = WEATHER.ghi.copy()
    lit = np.flatnonzero(ghi > 100)
    ghi[lit[:5]] = np.nan
    found = _run(pvwatts_planes([10], [180]), weather=dataclasses.replace(WEATHER, ghi=ghi))
    assert not np.isin(lit[:5], found.rows).any()
    assert np.isfinite(found.plane_kwh).all()


def test_ledger_closes_per_plane_and_in_total():
    found = _run(pvwatts_planes([0, 10, 40], [180, 90, 270]), rating_w=[60_000])
    assert np.allclose(found.ledger_kwh[-1], found.plane_kwh, rtol=EXACT)
    delivered = found.p_ac.sum() / 1000
    rows = ledger.lines(found.ledger_kwh.sum(axis=1), delivered)
    assert rows[-1].kwh == pytest.approx(delivered, rel=1e-9)
    kwh = rows[0].kwh
    for line in rows[1:]:
        kwh *= line.percent_of_previous / 100
        assert line.kwh == pytest.approx(kwh, rel=1e-9)
    assert [line.name for line in rows] == [step.name for step in ledger.STEPS]


def test_a_ledger_that_does_not_close_is_refused():
    found = _run(pvwatts_planes([10], [180]))
    with pytest.raises(PvsimError, match="ledger ends at"):
        ledger.lines(found.ledger_kwh.sum(axis=1), found.p_ac.sum() / 1000 * (1 + 1e-6))


def test_named_losses_take_their_share_and_nothing_else():
    found = _run(pvwatts_planes([10], [180]))
    share = {s.name: found.ledger_kwh[i, 0] / found.ledger_kwh[i - 1, 0] for i, s in enumerate(ledger.STEPS) if i}
    for name, loss in {
        "shading": 0.015, "soiling": 0.03, "lid": 0.01, "first-year degradation": 0.002, "nameplate": -0.01,
        "mismatch": 0.01, "dc wiring": 0.008, "connections": 0.003, "ac wiring": 0.007, "transformer": 0.008,
        "availability": 0.02,
    }.items():  # fmt: skip
        assert share[name] == pytest.approx(1 - loss, rel=1e-9), name


@settings(max_examples=25, deadline=None)
@given(azimuth=st.floats(0, 359.9), other=st.floats(0, 359.9))
def test_flat_roof_is_independent_of_azimuth(azimuth, other):
    one, two = (_run(pvwatts_planes([0.0], [a])).plane_kwh[0] for a in (azimuth, other))
    assert one == pytest.approx(two, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(tilt=st.floats(0, 90), azimuth=st.floats(0, 359.9), factor=st.floats(1.0, 20.0))
def test_energy_is_proportional_to_size(tilt, azimuth, factor):
    one = _run(pvwatts_planes([tilt], [azimuth])).plane_kwh[0]
    more = _run(pvwatts_planes([tilt], [azimuth], pdc0=[45_000 * factor])).plane_kwh[0]
    assert more == pytest.approx(one * factor, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(tilt=st.floats(0, 90), azimuth=st.floats(0, 359.9))
def test_more_light_never_gives_less_power(tilt, azimuth):
    # under an isotropic sky: Hay and Davies' takes from the sky behind a plane what it adds around the sun
    models = dataclasses.replace(MODELS, transposition="isotropic")
    planes = pvwatts_planes([tilt], [azimuth])
    brighter = dataclasses.replace(WEATHER, **{n: getattr(WEATHER, n) * 1.01 for n in ("ghi", "dhi", "dni")})
    before, after = (_run(planes, weather=w, rating_w=[20_000], models=models) for w in (WEATHER, brighter))
    assert (after.p_dc >= before.p_dc - 1e-9).all()
    assert (after.p_ac >= before.p_ac - 1e-9).all()
    assert (before.p_dc >= 0).all()
    assert before.p_ac.max() <= 20_000 * 0.98 * (1 - 0.007) * (1 - 0.008) * (1 - 0.02) + 1e-6


def test_east_and_west_mirror_each_other_under_a_mirrored_sky():
    """On a sky whose afternoon is its morning, a roof to the east yields what one to the west does."""
    turn = 2 * np.pi * np.arange(360) / 360
    zenith = 90 - 60 * np.maximum(np.sin(turn / 2), 0.01)
    fake = sun.Sun(turn, zenith, zenith, np.degrees(turn), np.ones(360, np.int64), np.full(360, 1367.0), np.ones(360))
    level = np.cos(np.radians(zenith))
    mirror = chain.WeatherArrays(
        600 * level, 300 * level, np.full(360, 300.0), np.full(360, 20.0), np.ones(360), fake, 1.0
    )
    east, west = (_run(pvwatts_planes([25], [a]), weather=mirror).p_dc[0] for a in (90, 270))
    assert east[1:] == pytest.approx(west[1:][::-1], rel=1e-9)
    assert not np.allclose(east, west)


def test_a_number_that_is_not_finite_is_found_and_named():
    # finite inputs whose product overflows: nothing upstream can have caught them
    ghi = WEATHER.ghi.copy()
    row = int(np.flatnonzero(ghi > 0)[7])
    cold = dataclasses.replace(WEATHER, temp_air=np.where(np.arange(AXIS.rows) == row, 1e308, WEATHER.temp_air))
    with pytest.raises(PvsimError, match="degrees C"):
        _run(pvwatts_planes([10], [180]), weather=cold)
    with pytest.raises(PvsimError, match="not a finite number in sum"), np.errstate(over="ignore"):
        _run(pvwatts_planes([10], [180], pdc0=[1e308]))
    spike = dataclasses.replace(WEATHER, dni=np.where(np.arange(AXIS.rows) == row, 1e307, WEATHER.dni))
    with (
        pytest.raises(PvsimError, match=r"degrees C|not a finite"),
        np.errstate(over="ignore", invalid="ignore"),
    ):
        _run(pvwatts_planes([10], [180], pdc0=[1e6]), weather=spike)
