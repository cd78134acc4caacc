"""The sun by nodes against pvlib's full SPA, and where it is put in the rows of sunrise and sunset."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pvlib import atmosphere, irradiance, solarposition

from pvsim.physics import sun

CHONGQING = (29.44, 106.46, 250.0)
YEAR = sun.TimeAxis.of_year(2025, 60, 480)
MIDDLE = (30.0,) * 12


def _spa(unixtime, latitude, longitude, altitude):
    times = pd.to_datetime(unixtime, unit="s", utc=True)
    pressure = atmosphere.alt2pres(altitude)
    return solarposition.get_solarposition(times, latitude, longitude, altitude=altitude, pressure=pressure)


@settings(max_examples=25, deadline=None)
@given(
    latitude=st.floats(-89, 89),
    longitude=st.floats(-180, 180),
    altitude=st.floats(-100, 5000),
    first=st.integers(0, 4_000_000_000),
)
def test_nodes_equal_full_spa_anywhere(latitude, longitude, altitude, first):
    moments = first + np.linspace(0, 40 * 86400, 200).round()
    zenith_apparent, zenith, azimuth = sun.solar_position(moments, latitude, longitude, altitude)
    told = _spa(moments, latitude, longitude, altitude)
    # refraction jumps from nothing to half a degree where SPA's sun sets: the last bit decides there
    setting = np.abs(told["elevation"] + sun.ATMOS_REFRACT_DEG + 0.26667) < 1e-5
    assert np.abs(zenith - told["zenith"]).max() < 1e-6
    assert np.abs(zenith_apparent - told["apparent_zenith"])[~setting].max() < 1e-6
    # azimuth loses its meaning near the zenith: compare the arc it stands for
    turn = np.remainder(azimuth - told["azimuth"] + 180, 360) - 180
    assert np.abs(turn * np.sin(np.radians(told["zenith"]))).max() < 1e-6


def test_extra_radiation_is_that_of_modelchain():
    found = sun.sun_over(YEAR, MIDDLE, *CHONGQING)
    times = pd.to_datetime(found.unixtime, unit="s", utc=True)
    assert np.array_equal(found.dni_extra, irradiance.get_extra_radiation(times).to_numpy())


def test_rows_of_sunrise_take_the_middle_of_their_sunlit_part():
    found = sun.sun_over(YEAR, MIDDLE, *CHONGQING)
    partly = (found.sunlit_fraction > 0) & (found.sunlit_fraction < 1)
    assert partly.sum() == 2 * 365
    assert (found.zenith[partly] < 90).all()
    # the sun stands below the horizon on one side of half the sunlit part, above on the other
    half = found.sunlit_fraction[partly] * YEAR.step_s / 2
    before = sun.solar_position(found.unixtime[partly] - half, *CHONGQING)[1]
    after = sun.solar_position(found.unixtime[partly] + half, *CHONGQING)[1]
    edge = np.minimum(np.abs(before - 90), np.abs(after - 90))
    assert edge.max() < 1e-3, "one end of the sunlit part is the horizon, to a quarter of a second"


def test_sunlit_hours_add_up_to_the_length_of_the_days():
    found = sun.sun_over(YEAR, MIDDLE, *CHONGQING)
    days = pd.date_range("2025-01-01", "2025-12-31", tz="Etc/GMT-8")
    events = solarposition.sun_rise_set_transit_spa(days, *CHONGQING[:2])
    length_h = (events["sunset"] - events["sunrise"]).dt.total_seconds().sum() / 3600
    # SPA's sunrise is the upper limb with refraction, 0.8333 degrees below: some 8 minutes a day more
    share = found.sunlit_fraction.sum() / length_h
    assert 0.98 < share < 0.995


def test_extraterrestrial_irradiation_does_not_depend_on_the_step():
    def total(step):
        axis = sun.TimeAxis.of_year(2025, step, 480)
        found = sun.sun_over(axis, (step / 2,) * 12, *CHONGQING)
        return found.ghi_extra().sum() * step / 60

    assert total(60) == pytest.approx(total(10), rel=3e-3)


def test_other_offsets_take_the_instant_they_name():
    found = sun.sun_over(YEAR, (60.0,) * 12, *CHONGQING)
    assert np.array_equal(found.unixtime, YEAR.unixtime() + 3600)
    assert (found.sunlit_fraction == 1).all()


def test_offsets_go_by_the_local_month():
    offsets = (0.0,) + (60.0,) * 11
    shift = sun.sun_over(YEAR, offsets, *CHONGQING).unixtime - YEAR.unixtime()
    january = YEAR.month_index() == 0
    assert january.sum() == 31 * 24
    assert (shift[january] == 0).all()
    assert (shift[~january] == 3600).all()


@pytest.mark.parametrize("latitude", [90.0, 80.0, -90.0, 0.0])
def test_polar_and_equatorial_years_are_finite(latitude):
    found = sun.sun_over(YEAR, MIDDLE, latitude, 0.0, 0.0)
    assert np.isfinite(found.apparent_zenith).all()
    assert found.sunlit_fraction.min() >= 0
    assert found.sunlit_fraction.max() <= 1


def test_both_names_of_the_date_line_are_one_place():
    east, west = (sun.solar_position(YEAR.unixtime(), 10.0, lon, 0.0) for lon in (180.0, -180.0))
    assert max(np.abs(a - b).max() for a, b in zip(east[:2], west[:2], strict=True)) < 1e-9


def test_local_months_follow_the_offset():
    axis = sun.TimeAxis.of_year(2024, 60, 330)
    assert axis.rows == 8784
    assert [sun.TimeAxis(0, 60, 1, m).utc_offset for m in (330, 0, -210)] == ["+05:30", "+00:00", "-03:30"]
    assert str(axis.local_datetime64()[0]) == "2024-01-01T00:00:00"
    assert np.bincount(axis.month_index()).tolist()[1] == 29 * 24


def test_sun_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        sun.sun_over(YEAR, MIDDLE, *CHONGQING).zenith[0] = 0


def test_months_of_means_and_months_of_moments_stand_in_one_year():
    """Each row has the sun that a whole year of its kind would give it."""
    mixed = tuple(30.0 if m % 2 else 60.0 for m in range(12))
    found = sun.sun_over(YEAR, mixed, *CHONGQING)
    means, moments = (sun.sun_over(YEAR, (m,) * 12, *CHONGQING) for m in (30.0, 60.0))
    odd = YEAR.month_index() % 2 == 1
    for name in ("unixtime", "zenith", "azimuth", "sunlit_fraction"):
        expected = np.where(odd, getattr(means, name), getattr(moments, name))
        np.testing.assert_array_equal(getattr(found, name), expected)


def test_the_light_above_the_atmosphere_is_on_the_horizontal_and_none_at_night():
    found = sun.sun_over(YEAR, MIDDLE, *CHONGQING)
    light = found.ghi_extra()
    day = found.sunlit_fraction == 1
    np.testing.assert_allclose(light[day], (found.dni_extra * np.cos(np.radians(found.zenith)))[day])
    assert (light[found.sunlit_fraction == 0] == 0).all() and (light >= 0).all()
