"""The generated year: its energy exactly, its distribution exactly, its texture within what is known."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import ndtr

from pvsim.errors import WeatherError
from pvsim.physics.irradiance import DECOMPOSITION
from pvsim.weather import generator as gen
from pvsim.weather.atlas import load_climate
from pvsim.weather.days import MONTH_DAYS, NOISE_DAYS, SLICES, month_sums, normals, persistent, typical_scores

CLIMATE = load_climate("57516")
STATION = gen.Site(CLIMATE.latitude, CLIMATE.longitude, CLIMATE.altitude, 480)
DADUKOU = gen.Site(29.44, 106.46, 250.0, 480)
MEAN_GHI = np.array([28.2, 42.7, 75.5, 99.0, 110.7, 104.7, 138.5, 131.6, 88.3, 51.9, 37.1, 25.9])


def year(site=STATION, climate=CLIMATE, **options):
    return gen.typical_year(climate, replace(site, **options))


def sky(site=STATION, climate=CLIMATE, step=60):
    axis = gen.TimeAxis.of_year(2025, step, site.utc_offset_minutes)
    return gen.sky_over(axis, site.latitude, site.longitude, site.altitude, climate)


def months_kwh(weather, name="ghi"):
    return np.bincount(weather.axis.month_index(), getattr(weather, name)) / 1000


def lag_1_by_month(kt):
    return np.array([np.corrcoef(kt[days][:-1], kt[days][1:])[0, 1] for days in SLICES])


# --- energy ------------------------------------------------------------------------------------------------


def test_months_have_the_station_s_ghi():
    ghi = months_kwh(year())
    np.testing.assert_allclose(ghi, CLIMATE.ghi_kwh_per_m2, rtol=2e-6)
    assert np.abs(ghi - MEAN_GHI).max() <= 0.0501  # the published table has one digit
    assert ghi.sum() == pytest.approx(934, abs=0.5)


def test_elsewhere_the_clearness_holds_not_the_ghi():
    weather = year(DADUKOU)
    assert 930 < weather.sum_kwh_per_m2(weather.ghi) < 940
    extraterrestrial = month_sums(sky(DADUKOU).extraterrestrial.sum(axis=1)) / 1000
    np.testing.assert_allclose(months_kwh(weather) / extraterrestrial, CLIMATE.clearness, rtol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_day_keeps_its_sum_and_each_month_its_own_for_any_seed(seed):
    s = sky()
    targets = gen.month_targets(CLIMATE, s, None)
    ghi, _ = gen.radiation(CLIMATE, s, targets, seed)
    np.testing.assert_allclose(month_sums(ghi.sum(axis=1)), targets, rtol=1e-9)


def test_a_level_rescales_all_months_alike():
    plain, scaled = months_kwh(year()), months_kwh(year(ghi_kwh_per_m2=800))
    assert scaled.sum() == pytest.approx(800, rel=1e-6)
    np.testing.assert_allclose(scaled / scaled.sum(), plain / plain.sum(), rtol=1e-6)
    bright = year(ghi_kwh_per_m2=1300)
    assert bright.sum_kwh_per_m2(bright.ghi) == pytest.approx(1300, rel=1e-6)
    assert "set by the user" in {s.status for s in bright.sources}


def test_an_impossible_level_says_what_is_attainable():
    with pytest.raises(WeatherError, match=r"found 3000 kWh/m2 a year.*at most (\d+) is attainable") as error:
        year(ghi_kwh_per_m2=3000)
    most = float(str(error.value).split("at most ")[1].split()[0])
    assert months_kwh(year(ghi_kwh_per_m2=most)).sum() == pytest.approx(most, rel=1e-6)
    with pytest.raises(WeatherError, match="attainable"):
        year(ghi_kwh_per_m2=most + 1)


@pytest.mark.parametrize("level", [0, -5, float("nan"), float("inf")])
def test_a_level_that_is_no_amount_is_refused(level):
    with pytest.raises(WeatherError, match="positive number"):
        year(ghi_kwh_per_m2=level)


@settings(max_examples=200, deadline=None)
@given(
    hnp.arrays(float, (3, 6), elements=st.floats(0.01, 5)),
    hnp.arrays(float, (3, 6), elements=st.floats(0, 5)),
    hnp.arrays(float, 3, elements=st.floats(0, 1)),
)
def test_filling_keeps_the_sum_the_ceiling_and_the_order(shares, ceiling, part):
    total = part * ceiling.sum(axis=1) * gen.FULL
    values = gen.fill(shares, ceiling, total)
    np.testing.assert_allclose(values.sum(axis=1), total, rtol=1e-8, atol=1e-12)
    assert (values <= ceiling).all()
    assert (values >= -1e-12).all()
    # members below their ceiling share alike
    for row in range(3):
        free = values[row] < ceiling[row] * (1 - 1e-9)
        ratio = values[row][free] / shares[row][free]
        assert ratio.size == 0 or np.ptp(ratio) <= 1e-6 * max(1.0, ratio.max())


# --- days --------------------------------------------------------------------------------------------------


def test_daily_clearness_has_the_measured_distribution():
    daily = year().ghi.reshape(365, 24).sum(axis=1)
    kt = daily / sky().extraterrestrial.sum(axis=1)
    for days, n, quantiles in zip(SLICES, MONTH_DAYS, CLIMATE.clearness_quantiles, strict=True):
        position = np.arange(n, dtype=float)
        position[[0, -1]] += 0.5, -0.5
        expected = np.interp(position / (n - 1), CLIMATE.probabilities, quantiles)
        # all moved alike to set the month's sum, but for the dullest, which keep 0.7 of their own
        moved = np.sort(kt[days]) - expected
        assert np.ptp(moved[n // 3 :]) < 1e-6
        assert np.abs(moved).max() < 0.015
        assert (np.sort(kt[days]) >= 0.7 * expected - 1e-9).all()
        steps = np.interp(np.sort(kt[days]), quantiles, CLIMATE.probabilities)
        assert np.abs(steps - (np.arange(n) + 0.5) / n).max() < 0.09  # Kolmogorov-Smirnov, half a day being 0.016


def test_clearness_never_exceeds_the_clear_sky():
    s = sky()
    kt = year().ghi.reshape(365, 24).sum(axis=1) / s.extraterrestrial.sum(axis=1)
    assert (kt <= s.ceiling.sum(axis=1) / s.extraterrestrial.sum(axis=1)).all()
    assert kt.max() < 0.67


def test_the_shipped_seed_is_a_typical_one():
    kt = year().ghi.reshape(365, 24).sum(axis=1) / sky().extraterrestrial.sum(axis=1)
    miss = lag_1_by_month(kt) - CLIMATE.lag_1_single_month
    assert np.sqrt(np.mean(miss**2)) < 0.1  # the median over seeds is 0.18


def test_the_seed_hardly_moves_split_and_nothing_else():
    s = sky()
    targets = gen.month_targets(CLIMATE, s, None)
    diffuse = []
    for seed in range(10):
        ghi = gen.radiation(CLIMATE, s, targets, seed)[0].reshape(-1)
        _, dhi = gen.decompose("erbs", ghi, s.sun.zenith, s.sun.day_of_year, s.sun.sunlit_fraction)
        diffuse.append(dhi.sum() / ghi.sum())
    assert np.ptp(diffuse) < 0.015


def test_scores_have_mean_zero_and_the_same_set_whatever_the_order():
    series = persistent(CLIMATE.lag_1_generator, normals(3, NOISE_DAYS))
    scores = typical_scores(series)
    np.testing.assert_allclose(month_sums(scores), 0, atol=1e-10)
    np.testing.assert_array_equal(np.argsort(scores[:31]), np.argsort(series[:31]))
    np.testing.assert_allclose(ndtr(np.sort(scores[:31]))[[0, 1, 2, 29, 30]], np.array([0.5, 1, 2, 29, 29.5]) / 30)


# --- hours -------------------------------------------------------------------------------------------------


def test_hours_stay_between_night_and_clear_sky():
    weather, s = year(), sky()
    ghi = weather.ghi.reshape(365, 24)
    assert (ghi >= 0).all()
    assert (ghi[s.sin_height == 0] == 0).all()
    assert (ghi[s.sin_height > 0] > 0).all()
    assert (ghi <= s.ceiling + 1e-9).all()
    for name in ("dhi", "dni"):
        assert (getattr(weather, name) >= 0).all()
        assert (getattr(weather, name)[s.sin_height.reshape(-1) == 0] == 0).all()


def test_the_split_closes():
    weather = year()
    sun = weather.sun()
    horizontal = weather.dni * np.cos(np.radians(sun.zenith))
    np.testing.assert_allclose(weather.dhi + horizontal, weather.ghi, atol=1e-9)
    assert 0.63 < weather.dhi.sum() / weather.ghi.sum() < 0.75


def test_the_beam_is_plausible_and_has_no_spikes_at_the_horizon():
    weather = year()
    sun = weather.sun()
    assert (weather.dni < sun.dni_extra).all()
    assert weather.dni.max() < 900
    low = (sun.zenith > 80) & (sun.sunlit_fraction > 0)
    assert weather.dni[low].max() < 400
    edge = (sun.sunlit_fraction > 0) & (sun.sunlit_fraction < 1)
    assert edge.sum() > 600  # nearly two rows a day
    assert weather.dni[edge].max() < 250


def test_hours_look_like_weather():
    # climate.md, section 5: lag 1 of kc between 0.67 (CSWD, too rough) and 0.97 (ERA5, too smooth)
    s, ghi = sky(), year().ghi.reshape(365, 24)
    high = s.sin_height > np.sin(np.radians(10))
    kc = np.where(high, ghi / np.where(high, s.ceiling / gen.CEILING, 1), np.nan)
    pairs = high[:, :-1] & high[:, 1:]
    assert 0.67 < np.corrcoef(kc[:, :-1][pairs], kc[:, 1:][pairs])[0, 1] < 0.97
    kt = ghi.sum(axis=1) / s.extraterrestrial.sum(axis=1)
    spread = np.nanstd(kc, axis=1)
    classes = [(kt >= low) & (kt < high) for low, high in ((0, 0.15), (0.15, 0.3), (0.3, 0.45), (0.45, 1))]
    dull, grey, mixed, bright = (spread[c].mean() for c in classes)
    assert 0.009 < dull < grey < mixed < 0.258  # CSWD has .009 .061 .258 .236, ERA5 .051 .091 .119 .082
    assert 0.082 < bright < mixed


def test_tag_has_the_moments_of_the_paper():
    # stationary noise: the mean of many days is the trend, their deviation sigma (Aguiar, Collares-Pereira)
    n, k, sine = 20_000, 0.5, 0.6
    noise = normals(5, n * 24).reshape(n, 24)
    kt = gen.tag_hours(np.full(n, k), np.full((n, 24), sine), noise)
    trend = -0.19 + 1.12 * k + 0.24 * np.exp(-8 * k) + 0.32 * np.exp(-(0.19 + 2.27 * k**2 - 2.51 * k**3) / sine)
    sigma = 0.14 * np.exp(-20 * 0.15**2) * np.exp((3 * 0.05**2 + 16 * k**5) * (1 - sine))
    np.testing.assert_allclose(kt.mean(axis=0), trend, atol=0.003)
    np.testing.assert_allclose(kt.std(axis=0), sigma, rtol=0.03)
    phi = 0.38 + 0.06 * np.cos(7.4 * k - 2.5)
    assert np.corrcoef(kt[:, 11], kt[:, 12])[0, 1] == pytest.approx(phi, abs=0.02)


# --- temperature and wind ----------------------------------------------------------------------------------


def test_months_have_the_mean_temperature_and_wind_of_their_profiles():
    weather = year()
    month = weather.axis.month_index()
    for name, table in (("temp_air", CLIMATE.air.temp_air), ("wind_speed", CLIMATE.air.wind_speed)):
        means = np.bincount(month, getattr(weather, name)) / np.bincount(month)
        np.testing.assert_allclose(means, np.mean(table, axis=1), atol=1e-6)
    assert weather.wind_speed.min() > 0
    assert -3 < weather.temp_air.min() < weather.temp_air.max() < 44  # Shapingba: -1.8 to 43


@pytest.mark.parametrize("month", range(12))
def test_bright_days_are_warmer_in_the_afternoon_and_swing_more(month):
    days = SLICES[month]
    temp, daily = year().temp_air.reshape(365, 24)[days], year().ghi.reshape(365, 24)[days].sum(axis=1)
    # the season moves within a month: compare with the straight line through it
    day = np.arange(daily.size)
    afternoon = temp[:, 15] - np.polyval(np.polyfit(day, temp[:, 15], 1), day)
    bright = daily > np.median(daily)
    assert afternoon[bright].mean() > afternoon[~bright].mean() + 0.5
    assert np.ptp(temp[bright], axis=1).mean() > np.ptp(temp[~bright], axis=1).mean()


def test_no_step_at_midnight_or_between_months():
    temp = year().temp_air
    assert np.abs(np.diff(temp)).max() < 3.5
    midnight = np.abs(np.diff(temp)[23::24])
    assert midnight.max() < 1.5


def test_the_clock_moves_the_day_with_it():
    # one hour behind, like round(longitude / 15): the same weather one row earlier on the clock
    here, behind = year(), year(utc_offset_minutes=420)
    mean_day = np.mean(here.temp_air.reshape(365, 24), axis=0)
    np.testing.assert_allclose(np.roll(mean_day, -1), np.mean(behind.temp_air.reshape(365, 24), axis=0), atol=0.1)
    assert behind.sum_kwh_per_m2(behind.ghi) == pytest.approx(934, abs=1)
    half = year(utc_offset_minutes=450)
    assert np.argmax(np.mean(half.ghi.reshape(365, 24), axis=0)) in {11, 12, 13}


# --- the value ---------------------------------------------------------------------------------------------


def test_the_value_is_complete():
    weather = year(DADUKOU)
    assert weather.axis.rows == 8760
    assert (weather.label, weather.source, weather.station) == ("start", "climate", "Chongqing Shapingba")
    assert [(s.id, s.weight) for s in weather.stations] == [("57516", 1.0)]
    assert weather.stations[0].distance_km == pytest.approx(15.9, abs=0.2)
    assert weather.sun_offset_minutes == (30.0,) * 12
    assert weather.covered().all()
    assert weather.warnings == ()
    assert [s.ingredient for s in weather.sources] == ["radiation", "temperature", "wind", "generator"]
    assert all(value for source in weather.sources for value in vars(source).values())
    with pytest.raises(ValueError, match="read-only"):
        weather.ghi[0] = 1


def test_far_places_are_warned_of_or_refused():
    assert "km away" in year(gen.Site(30.3, 106.46, 300, 480)).warnings[0]
    assert "m above" in year(replace(DADUKOU, altitude=900)).warnings[0]
    far = gen.Site(29.58, 109.6, 300, 480)  # 300 km east
    with pytest.raises(WeatherError, match=r"km away.*--allow-distance"):
        year(far)
    told = year(replace(far, allow_distance=True)).warnings
    assert any("303 km away: it is the sky of another place" in w for w in told)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"decomposition": "erb"}, "found 'erb', allowed are erbs"),
        ({"step_minutes": 20}, "found 20, allowed are 60, 30, 15, 10"),
        ({"utc_offset_minutes": 0}, "far from the sun of longitude"),
    ],
)
def test_what_cannot_be_generated_is_refused(option, message):
    with pytest.raises(WeatherError, match=message):
        year(**option)


@pytest.mark.parametrize("decomposition", DECOMPOSITION)
def test_every_decomposition_splits_the_same_ghi(decomposition):
    weather = year(decomposition=decomposition)
    np.testing.assert_array_equal(weather.ghi, year().ghi)
    assert 0.6 < weather.dhi.sum() / weather.ghi.sum() < 0.8


def digest(weather):
    series = (weather.ghi, weather.dhi, weather.dni, weather.temp_air, weather.wind_speed)
    return hashlib.sha256(b"".join(a.tobytes() for a in series)).hexdigest()


def test_it_is_deterministic():
    fresh = gen.typical_year.__wrapped__(CLIMATE, STATION)
    assert digest(fresh) == digest(year())
    assert year() is year()  # from the cache
    program = (
        "import hashlib; from pvsim.weather import atlas, generator as g;"
        "c = atlas.load_climate('57516');"
        "w = g.typical_year(c, g.Site(c.latitude, c.longitude, c.altitude, 480));"
        "print(hashlib.sha256(b''.join(a.tobytes() for a in (w.ghi, w.dhi, w.dni, w.temp_air, w.wind_speed)))"
        ".hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest(year())


def test_the_noise_is_the_same_everywhere():
    # numpy promises PCG64's raw stream; these five would show a change of stream, shift or scale
    expected = [1.6363476530, 2.1244165242, 1.5261129703, -1.7528294956, 1.0956414953]
    np.testing.assert_allclose(normals(249, 5), expected, atol=1e-9)
    many = normals(1, 100_000)
    assert abs(many.mean()) < 0.01
    assert many.std() == pytest.approx(1, abs=0.01)
