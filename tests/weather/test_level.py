"""The level of a file: judged against the climatology, mapped onto it, or rescaled."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from cases import scenario, shared_weather, write_epw
from weather.measured import measured_year, write_csv

import pvsim
from pvsim.errors import WeatherError
from pvsim.weather.atlas import load_climate
from pvsim.weather.files import read_weather
from pvsim.weather.judge import climate_near, judge, refuse_untrusted
from pvsim.weather.level import day_clearness, rescale, to_climate
from pvsim.weather.table import FileRequest, Place

CLIMATE = load_climate("57516")
PLACE = Place(29.44, 106.46, 250.0)
CHONGQING = {
    "CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw": ("shape", 1.29),
    "CHN_CQ_Chongqing.575160_TMYx.2007-2021.epw": ("shape", 1.25),
    "CHN_CQ_Chongqing.Shapingba.575160_CSWD.epw": ("level", 0.91),
    "CHN_CQ_Chongqing.575160_TMYx.2004-2018.epw": ("neither", 1.785),
}
OTHERS = {
    "CHN_Beijing.Beijing.545110_CSWD.epw": ("level", 1.02),
    "CHN_SC_Chengdu-Shuangliu.AP.562940_TMYx.2011-2025.epw": ("shape", 1.26),
    "CHN_SC_Chengdu.562940_CSWD.epw": ("level", 0.93),
    "CHN_TJ_Tianjin.545270_CSWD.epw": ("level", 0.98),  # against Beijing, 95 km away
}
ELSEWHERE = "CHN_GD_Shenzhen.594930_TMYx.2011-2025.epw"


def published(name):
    return read_weather(FileRequest(shared_weather(name)))


@pytest.fixture(scope="module")
def generated():
    return pvsim.simulate(scenario()).weather


# --- the verdict


@pytest.mark.parametrize("name", [*CHONGQING, *OTHERS])
def test_published_files_are_judged_as_they_are_known(name):
    trust, ratio = (CHONGQING | OTHERS)[name]
    found = judge(published(name))
    assert found.trust == trust
    assert found.level_ratio == pytest.approx(ratio, abs=0.01)
    words = {"shape": "Trust the shape, not the level", "level": "Trust the level, not the shape nor the DNI",
             "neither": "Trust neither level nor shape"}  # fmt: skip
    assert found.sentence.startswith(words[trust]) and found.sentence.endswith(".")
    assert ("high" if ratio > 1 else "low") in found.sentence
    assert sum(m.ghi_kwh_per_m2 for m in found.months) == pytest.approx(
        sum(m.climate_kwh_per_m2 for m in found.months) * found.level_ratio
    )


def test_where_no_climate_is_near_the_level_is_not_judged():
    found = judge(published(ELSEWHERE))
    assert (found.trust, found.level_ratio, found.climate) == ("unknown", None, None)
    assert "cannot be judged" in found.sentence


def test_the_climates_own_year_is_trusted(generated):
    found = judge(generated)
    assert found.trust == "both" and found.level_ratio == pytest.approx(1, abs=1e-3)
    assert found.days_ratio < 0.03, "its days are the climate's quantiles"
    assert found.sentence.startswith("This year was made from a climate, which is no witness for itself")
    assert judge(dataclasses.replace(generated, source="file")).sentence.startswith("Trust both level and shape")


def test_days_drawn_from_the_climate_are_trusted_and_equal_days_are_not(generated, tmp_path):
    """30 independent days of a month stray from their distribution by chance; the limit lets them."""
    strays = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        u = rng.uniform(size=365)
        month = generated.axis.month_index()[::24]
        kt = np.array(
            [np.interp(u[d], CLIMATE.probabilities, CLIMATE.clearness_quantiles[month[d]]) for d in range(365)]
        )
        own = generated.ghi.reshape(365, 24)
        ghi = own * (kt / (day_clearness(generated)[0] / day_clearness(generated)[1]))[:, None]
        strays.append(judge(dataclasses.replace(generated, ghi=ghi.ravel())).days_ratio)
    assert max(strays) < 0.27 and np.mean(strays) == pytest.approx(0.13, abs=0.02)
    own = generated.ghi.reshape(365, 24)
    energy, possible, month = day_clearness(generated)
    same = own * ((0.27 * possible) / energy)[:, None]
    found = judge(dataclasses.replace(generated, ghi=same.ravel()))
    assert found.days_ratio > 0.4 and found.trust in ("level", "neither")


def test_a_file_of_which_nothing_holds_is_refused_unless_its_level_is_replaced(tmp_path):
    name = "CHN_CQ_Chongqing.575160_TMYx.2004-2018.epw"
    weather = {"source": "file", "path": name, "format": "epw"}
    folder = shared_weather(name).parent
    site = {"latitude": 29.58, "longitude": 106.46}
    with pytest.raises(WeatherError, match=r"neither level nor shape.*78 % high.*level = \"climate\""):
        pvsim.simulate(scenario(site=site, folder=folder, weather=weather))
    mapped = pvsim.simulate(scenario(site=site, folder=folder, weather=weather | {"level": "climate"}))
    assert mapped.weather.sum_kwh_per_m2(mapped.weather.ghi) == pytest.approx(934, abs=2)
    fixed = pvsim.simulate(scenario(site=site, folder=folder, weather=weather | {"ghi_kwh_per_m2": 940.0}))
    assert fixed.weather.sum_kwh_per_m2(fixed.weather.ghi) == pytest.approx(940, rel=1e-9)


def test_a_dull_or_bright_real_year_is_not_refused(tmp_path):
    for level in (0.25, 0.45):
        path = write_csv(tmp_path / "year.csv", measured_year(level=level))
        refuse_untrusted(read_weather(FileRequest(path, PLACE, format="csv", label="start")))


def test_the_nearest_climate_holds_within_200_km(generated):
    near, km = climate_near(generated)
    assert near.id.startswith("57516+") and km == pytest.approx(15.9, abs=0.2)
    far, km = climate_near(dataclasses.replace(generated, latitude=22.54, longitude=114.0))
    assert far is None and km > 800


# --- days onto the climate


@pytest.mark.parametrize("name", [n for n in CHONGQING if "TMYx" in n])
def test_days_take_the_climates_clearness_and_keep_their_hours(name):
    """The blend of reference data: 933 to 935 kWh/m2 from three windows, DHI 677, 3 to 5 hours above 1.1 of clear."""
    before = published(name)
    after = to_climate(before, climate_near(before)[0], "erbs")
    months = np.array([m.level_ratio for m in judge(after).months])
    np.testing.assert_allclose(months, 1.0, atol=1e-3)
    assert judge(after).days_ratio < 0.05
    assert 930 < after.sum_kwh_per_m2(after.ghi) < 941
    assert 640 < after.sum_kwh_per_m2(after.dhi) < 690
    np.testing.assert_array_equal(after.temp_air, before.temp_air)
    assert after.sources[-1].ingredient == "radiation level"
    # the rank of a day in its month stays, and so does the shape of its hours below the ceiling
    energy, possible, month = day_clearness(before)
    mapped = day_clearness(after)[0]
    for m in range(12):
        days = month == m
        kt, new = (energy / possible)[days], (mapped / possible)[days]
        assert (np.diff(new[np.argsort(kt)]) > -1e-9).mean() > 0.95
    day = 200
    rows = slice(24 * day, 24 * day + 24)
    ratio = after.ghi[rows][before.ghi[rows] > 0] / before.ghi[rows][before.ghi[rows] > 0]
    assert (np.abs(ratio / np.median(ratio) - 1) < 1e-6).mean() > 0.7, "but for hours at the ceiling"


def test_the_climates_year_mapped_onto_itself_is_the_same(generated):
    again = to_climate(generated, climate_near(generated)[0], "erbs")
    np.testing.assert_allclose(again.ghi, generated.ghi, rtol=0.02, atol=0.5)


def test_gaps_stay_gaps(generated):
    ghi = generated.ghi.copy()
    ghi[4000:4100] = np.nan
    mapped = to_climate(dataclasses.replace(generated, ghi=ghi), CLIMATE, "erbs")
    assert np.isnan(mapped.ghi[4000:4100]).all() and np.isnan(mapped.dhi[4000:4100]).all()
    assert np.isfinite(mapped.ghi[:4000]).all()


def test_any_step_and_several_years_can_be_mapped(tmp_path):
    quarter = measured_year(step_minutes=15, level=0.45)
    mapped = to_climate(quarter, CLIMATE, "erbs")
    assert 925 < mapped.sum_kwh_per_m2(mapped.ghi) < 940
    assert mapped.axis.step_minutes == 15


# --- rescaling


def test_rescaling_keeps_closure_and_reaches_the_level(generated):
    scaled = rescale(generated, 1000.0)
    assert scaled.sum_kwh_per_m2(scaled.ghi) == pytest.approx(1000.0, rel=1e-12)
    np.testing.assert_allclose(
        scaled.dhi / np.where(generated.dhi > 0, generated.dhi, 1),
        scaled.ghi[12] / generated.ghi[12] * (generated.dhi > 0),
    )
    dark = dataclasses.replace(generated, ghi=0 * generated.ghi)
    with pytest.raises(WeatherError, match="no light"):
        rescale(dark, 1000.0)
    with pytest.raises(WeatherError, match=r"2\.1[0-9] times the 94[0-9].*keep a sky a sky"):
        rescale(generated, 2000.0)


def test_rescaled_beam_never_passes_what_enters_the_atmosphere(generated):
    bright = dataclasses.replace(generated, dni=1.3 * generated.dni)
    factor = 1.45
    scaled = rescale(bright, factor * bright.sum_kwh_per_m2(bright.ghi))
    sun = scaled.sun()
    assert (bright.dni * factor > sun.dni_extra).any() and (scaled.dni <= sun.dni_extra).all()
    height = np.maximum(np.cos(np.radians(sun.zenith)), 0)
    light = [w.dhi + w.dni * height for w in (scaled, bright)]
    np.testing.assert_allclose(light[0], factor * light[1], atol=1e-6)


def test_the_level_is_compared_over_the_rows_that_are_there(generated, tmp_path):
    high = {n: 1.3 * getattr(generated, n) for n in ("ghi", "dhi", "dni")}
    high["ghi"][4000:4040] = 9999
    write_epw(tmp_path / "high.epw", generated, **high)
    asked = {"source": "file", "path": "high.epw"}
    assert any("30% above" in w for w in pvsim.simulate(scenario(folder=tmp_path, weather=asked)).warnings)


def test_a_month_without_ghi_is_not_compared(generated):
    ghi = np.where(generated.axis.month_index() == 4, np.nan, generated.ghi)
    may = judge(dataclasses.replace(generated, ghi=ghi)).months[4]
    assert (may.ghi_kwh_per_m2, may.climate_kwh_per_m2, may.level_ratio) == (None, None, None)


def test_a_file_rescaled_in_a_scenario(generated, tmp_path):
    write_epw(tmp_path / "year.epw", generated)
    asked = {"source": "file", "path": "year.epw", "ghi_kwh_per_m2": 1100.0}
    result = pvsim.simulate(scenario(folder=tmp_path, weather=asked))
    assert result.to_dict()["weather"]["ghi_kwh_per_m2"] == pytest.approx(1100.0, rel=1e-9)
    assert any("16% above" in w for w in result.warnings)
