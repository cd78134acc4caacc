"""The parts of which climates are made: shares of months and years, ceilings, spreads, trends, borrowed air."""

from dataclasses import replace

import numpy as np
import pytest
from cases import write_daily
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import ndtr

import pvsim
from pvsim.errors import WeatherError
from pvsim.weather import generator as gen
from pvsim.weather.atlas import FARTHEST_LATITUDE, load_climate, read_climate, with_air
from pvsim.weather.clear import HIGHEST, lifted
from pvsim.weather.days import (
    DAYS,
    MONTH_DAYS,
    MONTHS,
    NOISE_DAYS,
    SLICES,
    month_mean_variance,
    month_sums,
    normals,
    persistent,
    random_scores,
    ranked,
    with_sum,
)
from pvsim.weather.family import usual_cv
from pvsim.weather.own import as_json, make_climate
from pvsim.weather.statistics import h0_of_year, turbidity_for
from pvsim.weather.table import Place

# climate.md, section 4: annual GHI, kWh/m2, and standard deviation of the years, kWh/m2, of 19 stations, 1991-2017
NINETEEN = (
    (934, 62), (995, 56), (953, 59), (954, 67), (989, 60), (1045, 64), (1121, 64), (969, 52), (1103, 68), (1251, 66),
    (1001, 50), (1572, 70), (1208, 54), (1243, 64), (1373, 47), (1329, 59), (1323, 56), (1492, 79), (1990, 61),
)  # fmt: skip


def record(folder, place, brightest, power, *, years=20, first=1991, lag=0.4, edit=None):
    """A climate file's path of synthetic days: clearness is a power of a uniform number, up to the brightest."""
    noise = normals(11, years * NOISE_DAYS).reshape(years, -1)
    u = ndtr(persistent([lag] * MONTHS, noise))
    top = np.repeat(brightest, MONTH_DAYS)
    ghi = 0.02 + (top - 0.02) * u**power
    ghi = ghi * h0_of_year(place, 480)
    rows = ["latitude,longitude,altitude,date,ghi_kwh_per_m2"]
    for y, year in enumerate(ghi, first):
        days = [d for d in np.arange(f"{y}-01-01", f"{y + 1}-01-01", dtype="M8[D]") if not str(d).endswith("02-29")]
        rows += [
            f"{place.latitude},{place.longitude},{place.altitude},{d},{g:.5f}" for d, g in zip(days, year, strict=True)
        ]
    path = folder / "record.csv"
    path.write_text("\n".join(edit(rows) if edit else rows) + "\n", encoding="utf-8")
    return path


def made(path):
    target = path.with_suffix(".json")
    result = make_climate(path, utc_offset_minutes=480)
    target.write_text(as_json(result.document), encoding="utf-8")
    return read_climate(target), result.notes


def site_of(climate):
    return gen.Site(climate.latitude, climate.longitude, climate.altitude, climate.utc_offset_minutes)


# --- ranks, sums, shares


@given(hnp.arrays(float, st.integers(1, 40), elements=st.floats(-5, 5), unique=True))
def test_ranks_are_probabilities_in_the_order_of_the_values(values):
    p = ranked(values)
    np.testing.assert_array_equal(np.argsort(p), np.argsort(values))
    assert p.min() > 0 and p.max() < 1
    assert p.mean() == pytest.approx(0.5)


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(float, 30, elements=st.floats(0.02, 0.8)), st.floats(0.9, 1.1))
def test_a_month_is_moved_to_its_sum_and_keeps_its_order(kt, factor):
    h0 = np.linspace(5, 6, 30)
    total = factor * (kt * h0).sum()
    moved = with_sum(kt, h0, total)
    assert (moved >= 0.7 * kt - 1e-12).all()
    assert (np.diff(moved[np.argsort(kt)]) >= -1e-12).all()
    assert (moved * h0).sum() == pytest.approx(total, rel=0.04)  # the rest is for fill


@pytest.mark.parametrize("lag", [0.0, 0.4, 0.7, -0.3])
def test_the_mean_of_a_persistent_month_has_the_variance_of_the_formula(lag):
    series = persistent([lag] * MONTHS, normals(3, 4000 * NOISE_DAYS).reshape(4000, -1))
    found = (month_sums(series) / np.array(MONTH_DAYS)).var(axis=0)
    np.testing.assert_allclose(found, month_mean_variance([lag] * MONTHS), rtol=0.09)


@pytest.mark.parametrize("share", [0.2, 0.0, -0.05])
def test_random_scores_have_unit_variance_and_the_share_moves_the_months_alone(share):
    lag, years = [0.6] * MONTHS, 4000
    noise = normals(5, years * (1 + MONTHS + NOISE_DAYS)).reshape(years, -1)
    series = persistent(lag, noise[:, 1 + MONTHS :])
    scores = random_scores(0.05, [share] * MONTHS, lag, noise[:, :1], noise[:, 1 : 1 + MONTHS], series)
    assert scores.std() == pytest.approx(1, abs=0.01)
    means = month_sums(scores) / np.array(MONTH_DAYS)
    days = 0.95 - max(share, 0)
    spread = 0.05 + max(share, 0) + days * (month_mean_variance(lag) + min(share, 0)) / (1 + min(share, 0))
    np.testing.assert_allclose(means.var(axis=0), spread, rtol=0.1)


# --- the ceiling


def test_a_ceiling_is_lifted_only_where_a_day_needs_it_and_never_above_the_atmosphere():
    top = np.array([[0.0, 500.0, 800.0], [0.0, 200.0, 300.0], [0.0, 200.0, 300.0]])
    extraterrestrial = np.array([[0.0, 900.0, 1000.0], [0.0, 400.0, 500.0], [0.0, 190.0, 500.0]])
    found = lifted(top, extraterrestrial, np.array([1000.0, 700.0, 2000.0]))
    np.testing.assert_array_equal(found[0], top[0])
    np.testing.assert_allclose(found[1], [0, 280, 420])
    np.testing.assert_allclose(found[2], [0, 190, HIGHEST * 500])


@pytest.mark.parametrize("latitude", [45.8, 53.5])
def test_northern_winters_hold_their_clear_days(latitude, tmp_path):
    """Of one turbidity for the year the winter's ceiling is too low there: its clear days and its sums were cut."""
    place = Place(latitude, 122.0, 300.0)
    climate, _ = made(record(tmp_path, place, [0.68] * MONTHS, 0.5))
    h0 = h0_of_year(place, 480)
    typical = gen.typical_year(climate, site_of(climate)).ghi.reshape(DAYS, 24).sum(axis=1) / 1000
    p = np.linspace(0.05, 0.95, 19)
    for days, quantiles in zip(SLICES, climate.clearness_quantiles, strict=True):
        known = np.interp(p, climate.probabilities, quantiles)
        np.testing.assert_allclose(np.quantile((typical / h0)[days], p), known, atol=0.02)
    years = [gen.random_year(climate, site_of(climate), s).ghi.reshape(DAYS, 24).sum(axis=1) / 1000 for s in range(60)]
    december = np.mean([month_sums(y)[-1] for y in years])
    assert december == pytest.approx(climate.ghi_kwh_per_m2[-1], rel=0.02)
    weather = gen.random_year(climate, site_of(climate), 1)
    assert (weather.dni < weather.sun().dni_extra).all()


@pytest.mark.parametrize("altitude", [10.0, 3600.0])
def test_clear_days_belong_to_the_altitude_of_the_climate(altitude, tmp_path):
    """A plateau's climate at a place in a valley of it: the same days, and not those of cleaner or thicker air."""
    place = Place(30.0, 95.0, 3600.0)
    climate, _ = made(record(tmp_path, place, [0.8] * MONTHS, 0.3))
    here = gen.typical_year(climate, site_of(climate))
    there = gen.typical_year(climate, replace(site_of(climate), altitude=altitude))
    np.testing.assert_allclose(there.ghi, here.ghi, rtol=1e-3, atol=1.0)


def test_turbidity_is_found_again():
    place = Place(29.58, 106.47, 260.0)
    clearness = [turbidity_for(k, place, 480) for k in (0.65, 0.6, 0.55)]
    assert clearness == sorted(clearness) and 3 < clearness[0] < clearness[-1] < 8
    assert turbidity_for(0.99, place, 480) == 1.5 and turbidity_for(0.1, place, 480) == 12.0


# --- what records are worth


def test_a_trend_is_told_with_the_mean_of_the_last_years(tmp_path):
    def falling(rows):
        head, *days = rows
        parts = [d.rsplit(",", 1) for d in days]
        return [head, *(f"{p},{float(g) * (1 - 0.006 * (int(p.split(',')[3][:4]) - 1971)):.5f}" for p, g in parts)]

    place = Place(29.7, 105.7, 400.0)
    _, notes = made(record(tmp_path, place, [0.6] * MONTHS, 1.0, years=40, first=1971, edit=falling))
    trend = next(n for n in notes if "per decade" in n)
    assert trend.startswith("GHI fell by ") and "of the last 27" in trend and "--years" in trend
    _, notes = made(record(tmp_path, place, [0.6] * MONTHS, 1.0, years=25))
    assert not any("per decade" in n for n in notes)


def test_few_years_know_their_spread_badly(tmp_path):
    place = Place(29.7, 105.7, 400.0)
    _, notes = made(record(tmp_path, place, [0.6] * MONTHS, 1.0, years=12))
    assert "of 12 whole years the spread is known to 21% of itself" in notes


def test_months_of_a_short_record_spread_as_their_days_do(tmp_path):
    """Three Januaries say nothing of how Januaries spread: no share of their own, and none taken out."""
    place = Place(29.7, 105.7, 400.0)
    climate, notes = made(record(tmp_path, place, [0.6] * MONTHS, 1.0, years=3))
    np.testing.assert_allclose(climate.month_share, 0, atol=0.002)
    assert climate.interannual_cv == 0.06 and any("3 whole years do not show" in n for n in notes)
    annual = [gen.random_year(climate, site_of(climate), s).ghi.sum() for s in range(100)]
    assert np.std(annual, ddof=1) / np.mean(annual) == pytest.approx(0.06, rel=0.2)


def test_a_day_alone_is_no_month(tmp_path):
    """The brightest day of each April of ten years, times thirty, would be a bright April."""

    def only_one(rows):
        def kept(row):
            date = row.split(",")[3]
            return date[5:7] != "04" or int(date[:4]) > 2000 or date.endswith("-15")

        return [rows[0], *(r for r in rows[1:] if kept(r))]

    place = Place(29.7, 105.7, 400.0)
    whole, _ = made(record(tmp_path, place, [0.6] * MONTHS, 1.0))
    gaps, _ = made(record(tmp_path, place, [0.6] * MONTHS, 1.0, edit=only_one))
    assert gaps.ghi_kwh_per_m2[3] == pytest.approx(whole.ghi_kwh_per_m2[3], rel=0.08)
    assert gaps.ghi_sd_kwh_per_m2[3] < 1.1 * whole.ghi_sd_kwh_per_m2[3]


def test_the_usual_spread_is_the_line_through_the_nineteen_stations():
    ghi, sd = np.array(NINETEEN, float).T
    slope, level = np.polyfit(ghi, sd / ghi, 1)
    for light in (934.0, 1400.0, 1950.0):
        assert usual_cv(light) == pytest.approx(level + slope * light, abs=0.002)
    assert usual_cv(400.0) == 0.07 and usual_cv(2800.0) == 0.025


# --- air


def test_days_bring_their_temperature(tmp_path):
    def with_air_column(rows):
        head, *days = rows
        return [f"{head},temp_air(C)", *(f"{d},{15 + int(d.split(',')[3][5:7])}" for d in days)]

    place = Place(29.7, 105.7, 400.0)
    climate, notes = made(record(tmp_path, place, [0.6] * MONTHS, 1.0, years=10, edit=with_air_column))
    assert climate.temp_air_mean_c == tuple(15.0 + m for m in range(1, 13))
    weather = gen.typical_year(climate, site_of(climate))
    means = np.bincount(weather.axis.month_index(), weather.temp_air) / np.bincount(weather.axis.month_index())
    np.testing.assert_allclose(means, climate.temp_air_mean_c, atol=0.01)
    assert any("wind and the shape of the temperature's days are those of Chongqing Shapingba" in n for n in notes)


def test_borrowed_air_has_its_seasons_turned_round_in_the_south(tmp_path):
    climate = with_air(replace(load_climate("54511"), latitude=-33.9, longitude=116.5, air=None))
    january, july = (np.mean(climate.air.temp_air[m]) for m in (0, 6))
    assert january > july + 20
    assert all(s.method.endswith("Moved by six months.") for s in climate.air.sources)
    weather = pvsim.weather_at(station="Beijing")
    assert not any("six months" in s.method for s in weather.sources)


def test_beyond_65_degrees_there_are_no_years(tmp_path):
    climate = load_climate("54511")
    with pytest.raises(WeatherError, match=r"site\.latitude: found 66; years are generated up to 65 degrees"):
        gen.typical_year(climate, gen.Site(66.0, 116.5, 30.0, 480, allow_distance=True))
    assert FARTHEST_LATITUDE == 65.0
    path = write_daily(tmp_path / "polar.csv", climate, years=10)
    path.write_text(path.read_text(encoding="utf-8").replace(",39.8,", ",69.8,"), encoding="utf-8")
    with pytest.raises(WeatherError, match="beyond 65 degrees"):
        make_climate(path)
