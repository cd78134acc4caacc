"""Typical and random years of every station: what the station's statistics say is what the years have."""

from dataclasses import replace

import numpy as np
import pvlib
import pytest
from cases import scenario, shared_weather, write_epw

import pvsim
from pvsim.errors import ScenarioError, UsageError, WeatherError
from pvsim.scenario.reader import from_dict
from pvsim.weather.atlas import load_climate, read_climate, stations
from pvsim.weather.days import DAYS, SLICES, lag_1_of_rows, month_sums
from pvsim.weather.files import read_weather
from pvsim.weather.generator import Site, random_year, sky_over, typical_year
from pvsim.weather.level import to_climate
from pvsim.weather.own import as_json, make_climate
from pvsim.weather.table import FileRequest, Place

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SEEDS = range(100)


def site_of(climate, **changes):
    return replace(Site(climate.latitude, climate.longitude, climate.altitude, climate.utc_offset_minutes), **changes)


def daily(weather):
    return weather.ghi.reshape(DAYS, -1).sum(axis=1) * weather.axis.step_minutes / 60 / 1000


def extraterrestrial(climate):
    axis = pvsim.weather_at(station=climate.id).axis
    sky = sky_over(axis, climate.latitude, climate.longitude, climate.altitude, climate)
    return sky.extraterrestrial.sum(axis=1) / 1000


@pytest.fixture(scope="module", params=[s.id for s in stations()])
def station(request):
    """A climate, the days of its typical year and of a hundred random ones, and the light above the atmosphere."""
    climate = load_climate(request.param)
    site = site_of(climate)
    years = np.array([daily(random_year(climate, site, seed)) for seed in SEEDS])
    return climate, daily(typical_year(climate, site)), years, extraterrestrial(climate)


# --- the typical year


def test_a_typical_year_has_the_months_of_the_station(station):
    climate, typical, _, _ = station
    np.testing.assert_allclose(month_sums(typical), climate.ghi_kwh_per_m2, rtol=1e-5)


def test_a_typical_year_has_the_days_of_the_station(station):
    climate, typical, _, h0 = station
    kt = typical / h0
    for days, quantiles in zip(SLICES, climate.clearness_quantiles, strict=True):
        known = np.interp(LEVELS, climate.probabilities, quantiles)
        np.testing.assert_allclose(np.quantile(kt[days], LEVELS), known, atol=0.02)


# --- random years


def test_days_of_random_years_follow_each_other_as_measured(station):
    """The estimator of the data: the correlation of each single month, in the mean over the years."""
    climate, _, years, h0 = station
    found = [lag_1_of_rows((years / h0)[:, days]).mean() for days in SLICES]
    np.testing.assert_allclose(found, climate.lag_1_single_month, atol=0.06)


def test_random_years_spread_as_measured_round_the_same_mean(station):
    climate, _, years, _ = station
    annual = years.sum(axis=1)
    assert annual.std(ddof=1) / annual.mean() == pytest.approx(climate.interannual_cv, rel=0.2)
    # the mean of a hundred years with 3 to 7 % each is known to 0.3 to 0.7 %
    assert annual.mean() == pytest.approx(sum(climate.ghi_kwh_per_m2), rel=0.015)
    months = np.array([month_sums(year) for year in years])
    ratio = months.std(axis=0, ddof=1) / np.array(climate.ghi_sd_kwh_per_m2)
    assert 0.8 < ratio.mean() < 1.25 and ratio.min() > 0.6 and ratio.max() < 1.8


def test_days_of_random_years_have_the_stations_distribution(station):
    climate, _, years, h0 = station
    kt = np.sort((years / h0).reshape(-1))
    weights = np.repeat(np.diff([s.start for s in SLICES] + [DAYS]), len(climate.probabilities))
    pooled = np.concatenate([np.interp((np.arange(200) + 0.5) / 200, climate.probabilities, q)
                             for q in climate.clearness_quantiles])  # fmt: skip
    share = np.repeat(weights[:: len(climate.probabilities)], 200)
    order = np.argsort(pooled)
    known = np.interp(LEVELS, (np.cumsum(share[order]) - share[order] / 2) / share.sum(), pooled[order])
    np.testing.assert_allclose(np.quantile(kt, LEVELS), known, atol=0.02)


def test_a_seed_names_one_year_and_another_seed_another():
    climate = load_climate("57516")
    first, again, other = (random_year(climate, site_of(climate), seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.ghi, again.ghi)
    assert np.abs(first.ghi - other.ghi).max() > 100
    assert "seed 7." in first.sources[-1].method and "random year 7" in first.sources[-1].period
    with pytest.raises(WeatherError, match="seed: found -1, allowed are whole numbers from 0 to 10,001,000"):
        random_year(climate, site_of(climate), -1)


@pytest.mark.parametrize("level", [800.0, 1300.0, 1500.0])
def test_a_level_far_from_the_climates_is_met_by_the_mean_of_random_years(level):
    """Where the clearest days are cut at the ceiling, the others make up for it."""
    climate = load_climate("57516")
    years = [daily(random_year(climate, site_of(climate, ghi_kwh_per_m2=level), s)).sum() for s in range(150)]
    assert np.mean(years) == pytest.approx(level, rel=0.02)


def test_a_level_of_random_years_is_that_of_their_mean():
    climate = load_climate("57516")
    plain, scaled = (
        np.mean([daily(random_year(climate, site_of(climate, ghi_kwh_per_m2=level), s)).sum() for s in range(20)])
        for level in (None, 1100.0)
    )
    assert scaled / plain == pytest.approx(1100 / 934.0, rel=0.01)  # a few clear days are cut at the ceiling


def test_a_bright_month_of_a_random_year_is_warm():
    """July, the hottest: its mean temperature goes with its irradiation from year to year."""
    climate = load_climate("57516")
    years = [random_year(climate, site_of(climate), seed) for seed in range(40)]
    light = [daily(y)[SLICES[6]].sum() for y in years]
    heat = [y.temp_air.reshape(DAYS, 24)[SLICES[6]].mean() for y in years]
    assert np.corrcoef(light, heat)[0, 1] > 0.9
    assert 0.3 < np.std(heat) < 2.5


# --- hours, for Chongqing


# climate.md, section 5: hourly clear-sky index with pvlib's own turbidity, sun above 10 degrees, p10 p25 p50 p75 p90
TURBIDITY = np.array([2.7, 3.1, 3.2, 3.75, 3.8, 3.7, 3.75, 3.9, 3.75, 3.3, 3.0, 2.9])
INDEX = {
    "year": ((0.101, 0.170, 0.307, 0.645, 0.802), range(12), 0.05),
    "winter": ((0.067, 0.115, 0.186, 0.291, 0.560), (11, 0, 1), 0.08),
    "spring": ((0.128, 0.205, 0.364, 0.661, 0.821), (2, 3, 4), 0.08),
    "summer": ((0.168, 0.275, 0.549, 0.754, 0.833), (5, 6, 7), 0.08),
    "autumn": ((0.081, 0.141, 0.246, 0.564, 0.777), (8, 9, 10), 0.08),
}


@pytest.mark.parametrize("season", INDEX)
def test_hours_of_chongqing_have_the_clear_sky_index_of_the_blend(season):
    known, months, tolerance = INDEX[season]
    weather = pvsim.weather_at(station="57516")
    sun, month = weather.sun(), weather.axis.month_index()
    up = (sun.apparent_zenith < 80) & np.isin(month, list(months))
    zenith = sun.apparent_zenith[up]
    airmass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(zenith), pvlib.atmosphere.alt2pres(weather.altitude)
    )
    clear = pvlib.clearsky.ineichen(
        zenith, airmass, TURBIDITY[month[up]], altitude=weather.altitude, dni_extra=sun.dni_extra[up]
    )["ghi"]
    found = np.quantile(weather.ghi[up] / clear, LEVELS[1:-1])
    np.testing.assert_allclose(found, known, atol=tolerance)


@pytest.mark.parametrize("seed", [None, 1, 2])
@pytest.mark.parametrize("place", [{"station": "57516"}, {"latitude": 29.44, "longitude": 106.46}])
def test_two_thirds_of_chongqings_light_are_diffuse(place, seed):
    weather = pvsim.weather_at(**place, seed=seed)
    assert 0.63 < weather.dhi.sum() / weather.ghi.sum() < 0.75


# --- against the hours of files


def in_plane(weather, tilt):
    sun = weather.sun()
    found = pvlib.irradiance.get_total_irradiance(
        tilt, 180, sun.apparent_zenith, sun.azimuth, weather.dni, weather.ghi, weather.dhi,
        dni_extra=sun.dni_extra, model="haydavies", albedo=0.2,
    )["poa_global"]  # fmt: skip
    return np.nansum(found)


HOURS = {
    "CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw": "57516",
    "CHN_CQ_Chongqing.575160_TMYx.2007-2021.epw": "57516",
    "CHN_CQ_Chongqing.Shapingba.575160_CSWD.epw": "57516",
    "CHN_SC_Chengdu-Shuangliu.AP.562940_TMYx.2011-2025.epw": "56187",
    "CHN_SC_Chengdu.562940_CSWD.epw": "56187",
    "CHN_Beijing.Beijing.545110_CSWD.epw": "54511",
}


@pytest.mark.parametrize("means_only", [False, True], ids=["statistics", "twelve means"])
@pytest.mark.parametrize("name", HOURS)
def test_in_plane_irradiation_is_that_of_a_files_hours_with_the_same_days(name, means_only, tmp_path):
    """At 0, 10 and 30 degrees to 1 %, from the shipped statistics and from twelve monthly means alone."""
    climate = load_climate(HOURS[name])
    file = read_weather(FileRequest(shared_weather(name), Place(climate.latitude, climate.longitude, climate.altitude)))
    if means_only:
        rows = [f"{m},{ghi}" for m, ghi in enumerate(climate.ghi_kwh_per_m2, 1)]
        (tmp_path / "months.csv").write_text("month,ghi_kwh_per_m2\n" + "\n".join(rows) + "\n", encoding="utf-8")
        place = Place(climate.latitude, climate.longitude, climate.altitude)
        made = make_climate(tmp_path / "months.csv", place=place)
        (tmp_path / "made.json").write_text(as_json(made.document), encoding="utf-8")
        climate = read_climate(tmp_path / "made.json")
    generated, mapped = typical_year(climate, site_of(climate)), to_climate(file, climate, "erbs")
    for tilt in (0, 10, 30):
        assert in_plane(generated, tilt) == pytest.approx(in_plane(mapped, tilt), rel=0.01)


# --- steps


@pytest.mark.parametrize("step", [30, 15, 10])
@pytest.mark.parametrize("seed", [None, 3])
def test_finer_steps_have_the_hours_of_the_year_of_hours(step, seed):
    place = {"latitude": 29.44, "longitude": 106.46, "altitude": 250.0}
    hours, steps = (pvsim.weather_at(**place, seed=seed, step_minutes=s) for s in (60, step))
    per_hour = 60 // step
    assert (steps.axis.rows, steps.axis.step_minutes) == (8760 * per_hour, step)
    assert steps.sun_offset_minutes == (step / 2,) * 12
    np.testing.assert_allclose(steps.ghi.reshape(-1, per_hour).mean(axis=1), hours.ghi, rtol=1e-8, atol=1e-5)
    assert (steps.ghi >= 0).all() and (steps.ghi[steps.sun().sunlit_fraction == 0] == 0).all()
    assert 1.02 < steps.ghi.max() / hours.ghi.max() < 1.2, "peaks that the mean of the hour hides"
    np.testing.assert_allclose(
        steps.temp_air.reshape(-1, per_hour).mean(axis=1), hours.temp_air, atol=0.3
    )  # straight lines cut corners
    horizontal = steps.dni * np.cos(np.radians(steps.sun().zenith))
    np.testing.assert_allclose(steps.dhi + horizontal, steps.ghi, atol=1e-6)


def test_steps_vary_within_the_hour_and_stay_below_the_clear_sky():
    weather = pvsim.weather_at(station="57516", step_minutes=10)
    climate = load_climate("57516")
    sky = sky_over(weather.axis, climate.latitude, climate.longitude, climate.altitude, climate)
    ghi, ceiling = weather.ghi.reshape(-1, 6), sky.ceiling.reshape(-1, 6)
    noon = ceiling.min(axis=1) > 500
    spread = ghi[noon].std(axis=1) / ghi[noon].mean(axis=1)
    assert 0.03 < np.median(spread) < 0.4
    assert (ghi[noon] <= 1.02 * ceiling[noon]).all()


def test_energy_hardly_depends_on_the_step():
    kwh = [pvsim.simulate(scenario(weather={"step_minutes": s})).annual_kwh for s in (60, 10)]
    assert kwh[1] / kwh[0] == pytest.approx(1, abs=0.01)


def test_finer_steps_show_the_clipping_that_hours_hide():
    def clipped(step):
        asked = scenario(weather={"step_minutes": step}, inverter={"dc_ac_ratio": 1.6})
        lines = {line["name"]: line for line in pvsim.simulate(asked).to_dict()["ledger"]}
        return 100 - lines["inverter clipping"]["percent_of_previous"]

    assert clipped(10) > clipped(60) > 0


# --- in a scenario


def test_a_random_year_is_asked_for_by_its_seed():
    found = pvsim.simulate(scenario(weather={"year": "random", "seed": 7}))
    direct = pvsim.weather_at(29.44, 106.46, seed=7)
    np.testing.assert_array_equal(found.weather.ghi, direct.ghi)
    without = pvsim.simulate(scenario(weather={"year": "random"})).to_dict()
    said = {a["key"]: a for a in without["assumptions"]}
    assert said["weather.seed"]["value"] == 1 and said["weather.seed"]["default"]
    assert any("one random year (seed 1)" in w for w in without["warnings"])
    assert "weather.seed" not in {a.key for a in pvsim.simulate(scenario()).assumptions}


def test_many_years_stand_beside_the_typical_one():
    document = pvsim.simulate(scenario(weather={"random_years": 30, "seed": 5})).to_dict()
    years, spread = document["random_years"]["members"], document["random_years"]["spread"]
    assert [y["seed"] for y in years] == list(range(5, 35))
    kwh = np.array([y["annual_kwh"] for y in years])
    assert spread["sigma_percent"] == pytest.approx(100 * kwh.std(ddof=1) / kwh.mean())
    assert (spread["p90_kwh"], spread["p50_kwh"]) == pytest.approx(np.quantile(kwh, (0.1, 0.5)))
    assert 4 < spread["sigma_percent"] < 9 and 4 < spread["ghi_sigma_percent"] < 9
    assert document["energy"]["annual_kwh"] == pvsim.simulate(scenario()).annual_kwh, "the answer is the typical year"
    alone = pvsim.simulate(scenario(weather={"year": "random", "seed": 11}))
    assert years[6]["annual_kwh"] == pytest.approx(alone.annual_kwh, rel=1e-12)


@pytest.mark.parametrize(
    ("weather", "message"),
    [
        ({"seed": 3}, r'given for a typical year; seed belongs to year = "random" or random_years'),
        ({"year": "random", "seed": -1}, "seed.*from 0"),
        ({"year": "random", "seed": 2**31}, "seed.*to 10,000,000"),
        ({"year": "radnom"}, "year.*random"),
        ({"step_minutes": 20}, "step_minutes.*60"),
        ({"random_years": 1}, "random_years.*from 2"),
        ({"source": "file", "path": "a.epw", "random_years": 5}, 'random_years belongs to source = "climate"'),
        ({"source": "file", "path": "a.epw", "step_minutes": 15}, 'step_minutes belongs to source = "climate"'),
        ({"path": "a.epw"}, 'is no climate file.*source = "file"'),
        ({"path": "a.json", "station": "57516"}, "given together with station"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(weather, message):
    with pytest.raises(ScenarioError, match=message):
        from_dict({"site": {"latitude": 29.44, "longitude": 106.46}, "roof": [{"panels": 1}], "weather": weather})


def test_a_climate_whose_years_spread_otherwise_than_the_budget_is_told():
    site = {"latitude": 39.8, "longitude": 116.47}

    def told(**more):
        return [w for w in pvsim.simulate(scenario(site=site, **more)).warnings if "interannual_percent" in w]

    assert "single years of Beijing spread by 3.4 %, the budget takes 6 %" in told()[0]
    assert told(uncertainty={"interannual_percent": 3.4}) == []
    site = {"latitude": 29.44, "longitude": 106.46}
    assert told() == []


def test_members_of_an_ensemble_take_the_runs_own_climate():
    found = pvsim.simulate(scenario(weather={"station": "Dazu", "ensemble": ["climate"], "step_minutes": 30}))
    assert found.members[0].annual_kwh == pytest.approx(found.annual_kwh, rel=1e-12)
    assert found.members[0].station == "Chongqing Dazu"


def test_the_level_of_a_far_climate_is_refused_unless_told(tmp_path):
    write_epw(tmp_path / "year.epw", pvsim.weather_at(29.7, 105.7))
    weather = {"source": "file", "path": "year.epw", "level": "climate", "station": "Beijing"}
    asked = scenario(site={"latitude": 29.7, "longitude": 105.7}, weather=weather, folder=tmp_path)
    with pytest.raises(WeatherError, match=r"Beijing \(54511\) is 1491 km away"):
        pvsim.simulate(asked)
    told = pvsim.simulate(asked, allow_distance=True)
    assert any("1491 km away: it is the sky of another place" in w for w in told.warnings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latitude": "29", "longitude": 106.0}, "latitude: found '29', a number is needed"),
        ({"latitude": 29.0, "longitude": float("nan")}, "longitude: found nan"),
        ({"latitude": 29.0}, "latitude and longitude are needed"),
        ({"latitude": 106.0, "longitude": 29.0}, "no place on earth"),
        ({"station": 57516}, "in quotes"),
        ({"station": "57516", "altitude": 1e9}, "altitude: found 1e"),
        ({"station": "57516", "seed": 1.5}, "seed: found 1.5, a whole number"),
        ({"station": "57516", "seed": True}, "seed: found True"),
        ({"station": "57516", "step_minutes": "15"}, "step_minutes: found '15', a whole number"),
        ({"station": "57516", "climate_file": "a.json"}, "stated once"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(UsageError, match=message):
        pvsim.weather_at(**arguments)


def test_a_place_without_a_climate_is_held_against_its_province(tmp_path):
    """A weather file far from every station: level and yield against what is plausible in the region that is given."""
    site = {"latitude": 23.13, "longitude": 113.26, "region": "Guangdong"}
    weather = {"ghi_kwh_per_m2": 1240.0, "station": "57494"}

    def notes(**more):
        asked = scenario(site=site, weather=weather | more)
        return [w for w in pvsim.simulate(asked, allow_distance=True).warnings if "plausible in" in w]

    assert notes() == []
    low = notes(ghi_kwh_per_m2=700.0)
    assert any("GHI of 700 kWh/m2 is outside of the 1,120 to 1,370 that are plausible in Guangdong" in w for w in low)
    assert any("the yield of" in w for w in low)
