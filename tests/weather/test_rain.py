"""The rain of climates: its sums, its wet days and their spells, how it follows the light, and its sources."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import spearmanr

from pvsim.errors import WeatherError
from pvsim.weather import rain as rain_of
from pvsim.weather.atlas import load_climate
from pvsim.weather.days import DAYS, MONTH_DAYS, SLICES, month_sums
from pvsim.weather.rain import daily_rain, day_clearness, nearest_rain, rain_stations, score_correlation, with_rain
from pvsim.weather.request import weather_at

REPO = Path(__file__).resolve().parents[2]
SOURCES = REPO.parent / "shared" / "weather"
CHONGQING, CHENGDU = rain_stations()
SEEDS = 200


def year(station="57516", **asked):
    return weather_at(station=station, **asked)


def days_of(weather):
    """(D,) mm a day."""
    return with_rain(weather).rainfall.reshape(DAYS, -1).sum(axis=1)


def random_days(rain):
    """(SEEDS, D) of random years whose light is that of the typical one."""
    clearness = day_clearness(year())
    return np.array([daily_rain(rain, clearness, seed) for seed in range(SEEDS)])


# --- a typical year --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("station", "rain"), [("57516", CHONGQING), ("56187", CHENGDU)], ids=["Chongqing", "Chengdu"])
def test_a_typical_year_has_the_sums_and_the_wet_days_of_its_months(station, rain):
    fallen = days_of(year(station))
    np.testing.assert_allclose(month_sums(fallen), rain.mm, rtol=1e-12)
    wet = month_sums(np.where(fallen > 0, 1.0, 0.0))
    np.testing.assert_allclose(wet, np.asarray(rain.wet_day_share) * MONTH_DAYS, atol=0.5)


def test_the_sums_are_those_of_the_climate():
    for station, rain in (("57516", CHONGQING), ("56187", CHENGDU)):
        assert load_climate(station).air.rain_mm == rain.mm


def test_chongqing_is_as_wet_as_is_published():
    # climate.md, "Temperature, wind, rain": 1,360 and 1,457 mm of the two files; 1,000 to 1,350 mm, 70 % in May to
    # September
    assert 1360 < sum(CHONGQING.mm) < 1457
    assert 0.55 < sum(CHONGQING.mm[4:9]) / sum(CHONGQING.mm) < 0.75
    # reports of the station in the TMYx file of 2004-2018: 156 days; at 0.1 mm of ERA5 there were 247
    assert np.dot(CHONGQING.wet_day_share, MONTH_DAYS) == pytest.approx(156, rel=0.15)


def test_rain_follows_the_dull_days():
    w = year()
    clearness, fallen = day_clearness(w), days_of(w)
    found = np.array([spearmanr(clearness[d], fallen[d]).statistic for d in SLICES])
    assert np.sqrt(np.mean((found - CHONGQING.rank_correlation) ** 2)) < 0.1
    assert found.max() < -0.3


def test_wet_days_come_in_spells_as_they_do_in_the_files():
    # ERA5 at 1 mm, 20 months: a wet day follows a wet one in 60 %, of all days 45 % are wet; spells of 2.4 days
    years = np.array([daily_rain(CHONGQING, day_clearness(year(seed=s)), s) > 0 for s in range(30)])
    again = (years[:, 1:] & years[:, :-1]).sum() / years[:, :-1].sum()
    assert again == pytest.approx(0.60, abs=0.05)
    starts = years[:, 0].sum() + (years[:, 1:] & ~years[:, :-1]).sum()
    assert years.sum() / starts == pytest.approx(2.37, abs=0.2)


# --- random years ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rain", [CHONGQING, CHENGDU], ids=["Chongqing", "Chengdu"])
def test_random_years_have_sums_share_and_rank_correlation_in_their_mean(rain):
    clearness, years = day_clearness(year()), random_days(rain)
    sums = month_sums(years)
    error = sums.std(axis=0) / np.sqrt(SEEDS)
    assert (np.abs(sums.mean(axis=0) - rain.mm) < 4 * error + 0.04 * np.asarray(rain.mm)).all()
    assert (sums.std(axis=0) / sums.mean(axis=0) > 0.1).all(), "months vary"
    wet = month_sums(np.where(years > 0, 1.0, 0.0)).mean(axis=0) / MONTH_DAYS
    np.testing.assert_allclose(wet, rain.wet_day_share, atol=0.025)
    for m, days in enumerate(SLICES):
        some = [y[days] for y in years if y[days].any()]
        mean = np.mean([spearmanr(clearness[days], y).statistic for y in some])
        assert mean == pytest.approx(rain.rank_correlation[m], abs=0.05)


def test_a_year_is_the_same_for_the_same_seed_and_another_for_another():
    same, again, other = with_rain(year(seed=7)), with_rain(year(seed=7)), with_rain(year(seed=8))
    assert same.rainfall.tobytes() == again.rainfall.tobytes()
    assert not np.array_equal(same.rainfall, other.rainfall)
    assert with_rain(year()).rainfall.tobytes() == with_rain(year()).rainfall.tobytes()


# --- rows ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [None, 5])
def test_any_step_has_the_same_days_and_rain_before_eight(seed):
    hours = days_of(year(seed=seed))
    for step in (60, 30, 15, 10):
        rows = with_rain(year(seed=seed, step_minutes=step)).rainfall.reshape(DAYS, -1)
        np.testing.assert_allclose(rows.sum(axis=1), hours, rtol=1e-12)
        morning = 8 * 60 // step
        assert not rows[:, morning:].any()
        assert (rows[:, :morning] == rows[:, :1]).all()


def test_a_level_keeps_the_rain():
    np.testing.assert_allclose(days_of(year(ghi_kwh_per_m2=800)).sum(), sum(CHONGQING.mm))


def test_what_has_rain_keeps_it():
    once = with_rain(year())
    assert with_rain(once) is once
    assert year().rainfall is None


# --- how rain hangs on the light -------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.floats(-0.7, 0.7), st.floats(0.2, 1.0))
def test_a_score_correlation_gives_the_rank_correlation(rank_correlation, share):
    r = score_correlation(rank_correlation, share)
    x, noise = np.random.default_rng(0).standard_normal((2, 40_000))
    z = r * x + np.sqrt(1 - r * r) * noise
    wet = np.where(ndtr(z) > 1 - share, z - z.min() + 1, 0.0)
    assert spearmanr(x, wet).statistic == pytest.approx(rank_correlation, abs=0.02)


def test_without_dry_days_it_is_pearsons():
    # K. Pearson, 1907: r = 2 sin(pi rho / 6)
    for rho in (-0.8, -0.3, 0.0, 0.5):
        assert score_correlation(rho, 1.0) == pytest.approx(2 * np.sin(np.pi * rho / 6), abs=1e-3)


def test_more_than_dry_days_allow_is_as_much_as_they_do():
    assert score_correlation(-0.99, 0.2) == -rain_of.STRONGEST


# --- places ----------------------------------------------------------------------------------------------------


def test_the_nearest_rain_is_taken_with_its_distance():
    assert nearest_rain(29.44, 106.46)[0] is CHONGQING
    found, km = nearest_rain(30.75, 103.867)
    assert found is CHENGDU
    assert km == pytest.approx(20.5, abs=0.5)


def test_rain_of_another_station_is_told():
    assert not any("rain" in text for text in with_rain(year()).warnings)
    told = with_rain(year("56187")).warnings
    assert "rain is that of Chengdu Shuangliu airport (56294), 21 km away, as none is known nearer" in told


@pytest.mark.parametrize("station", ["54511", "57494", "57816"])
def test_without_rain_near_a_place_is_refused(station):
    with pytest.raises(WeatherError, match=r"allowed are 300 km.*give a weather file with rainfall in mm, or state"):
        with_rain(year(station))


def test_the_sources_name_station_files_and_what_was_made():
    sources = {s.ingredient: s for s in with_rain(year(seed=3)).sources}
    assert sources["rain"].document.startswith("Chongqing Shapingba, 0 km away: CHN_CQ_Chongqing.575160_TMYx.2011-2025")
    assert "random year 3" in sources["rain of days"].period
    assert sources["rain of days"].status == "generated, not measured"


# --- the shipped file ------------------------------------------------------------------------------------------


def test_the_shipped_rain_is_whole():
    for rain in rain_stations():
        assert [len(v) for v in (rain.mm, rain.wet_day_share, rain.rank_correlation, rain.wet_day_mm)] == [12] * 4
        assert (rain.probabilities[0], rain.probabilities[-1]) == (0.0, 1.0)
        assert np.diff(rain.probabilities).min() > 0
        table = np.asarray(rain.wet_day_mm)
        assert table.shape[1] == len(rain.probabilities)
        assert np.diff(table, axis=1).min() >= 0
        assert table.min() >= 1
        assert 0 < min(rain.wet_day_share) <= max(rain.wet_day_share) < 1
        assert -1 < min(rain.rank_correlation) <= max(rain.rank_correlation) < 0


def test_the_shipped_file_follows_from_its_sources():
    if not SOURCES.is_dir():
        pytest.skip(f"{SOURCES} is absent: the source files are not shipped")
    command = [sys.executable, "tests/derive_rain.py", "--weather", str(SOURCES), "--check"]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads((files("pvsim") / "data" / "climate" / "rain.json").read_text(encoding="utf-8"))
    assert document["schema"] == 1
