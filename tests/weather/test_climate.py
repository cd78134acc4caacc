"""The shipped climates: found, complete, refused where they do not hold, and derived from their sources."""

import copy
import dataclasses
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from cases import scenario

import pvsim
from pvsim.errors import WeatherError
from pvsim.impact.regions import PROVINCES
from pvsim.weather.atlas import load_climate, stations
from pvsim.weather.climate import climate_from
from pvsim.weather.priors import prior_of, priors

REPO = Path(__file__).resolve().parents[2]
SOURCES = REPO.parent / "shared" / "weather"

# climate.md, section 3, "CDSRD 57516, mean 1991-2017" and its standard deviations
PUBLISHED_GHI = (28.2, 42.7, 75.5, 99.0, 110.7, 104.7, 138.5, 131.6, 88.3, 51.9, 37.1, 25.9)
PUBLISHED_SD = (5.3, 8.4, 10.9, 17.8, 19.0, 16.2, 20.7, 26.0, 15.8, 10.5, 10.9, 5.6)
# climate.md, section 5: median and 95 % quantile of daily clearness
PUBLISHED_P50 = (0.121, 0.150, 0.196, 0.286, 0.276, 0.271, 0.449, 0.464, 0.271, 0.150, 0.140, 0.118)
PUBLISHED_P95 = (0.428, 0.505, 0.566, 0.593, 0.599, 0.579, 0.595, 0.597, 0.586, 0.542, 0.515, 0.426)
# choices.md, "Generator": CDSRD single months
PUBLISHED_LAG_1 = (0.32, 0.24, 0.29, 0.36, 0.35, 0.38, 0.43, 0.46, 0.55, 0.52, 0.34, 0.27)
# climate.md, section 4: annual GHI of 1991-2017 and its coefficient of variation, per cent
PUBLISHED_ANNUAL = {
    "57516": (934, 6.6), "57517": (995, 5.7), "57612": (953, 6.2), "57502": (954, 7.0), "57633": (989, 6.0),
    "57432": (1045, 6.1), "57348": (1121, 5.7), "56187": (969, 5.3), "57461": (1103, 6.2), "57494": (1251, 5.3),
    "57816": (1001, 5.0), "54511": (1373, 3.4),
}  # fmt: skip


def document(name="57516.json"):
    return json.loads((files("pvsim") / "data" / "climate" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["57516", "Chongqing Shapingba", " chongqing  SHAPINGBA ", "Shapingba"])
def test_a_station_is_found_by_id_and_by_name(name):
    assert load_climate(name) is load_climate("57516")


@pytest.mark.parametrize("name", ["Shapingbo", "Chongqing Shapingbo"])
def test_an_unknown_station_is_refused_with_the_one_meant(name):
    with pytest.raises(WeatherError, match=r"did you mean Chongqing Shapingba \(57516\)\?"):
        load_climate(name)


@pytest.mark.parametrize("name", ["Reykjavik", "", "../index"])
def test_an_unknown_station_is_refused_with_those_that_exist(name):
    with pytest.raises(WeatherError, match=r"Shipped are: Chongqing Shapingba \(57516\)"):
        load_climate(name)


def test_a_word_of_several_stations_names_them():
    with pytest.raises(WeatherError, match=r"several stations are called 'Chongqing': Chongqing Shapingba \(57516\), "):
        load_climate("Chongqing")


def test_a_file_in_place_of_a_station_is_told_its_key():
    with pytest.raises(WeatherError, match="named by path"):
        load_climate("kunming.climate.json")


def test_the_index_agrees_with_the_files():
    for row in document("index.json")["stations"]:
        station = document(f"{row['id']}.json")
        same = ("id", "name", "province", "latitude", "longitude", "altitude")
        assert {k: station[k] for k in same} == {k: row[k] for k in same}
        assert row["has_air"] == ("air" in station)
        assert row["ghi_kwh_per_m2"] == pytest.approx(sum(station["radiation"]["ghi_kwh_per_m2"]), abs=0.06)
    shipped = {p.name for p in (files("pvsim") / "data" / "climate").iterdir() if p.name.endswith(".json")}
    assert shipped == {f"{s.id}.json" for s in stations()} | {"index.json", "rain.json"}


@pytest.mark.parametrize("station", stations(), ids=lambda s: s.name)
def test_the_specific_yield_of_the_index_is_what_a_roof_gives(station):
    site = {k: getattr(station, k) for k in ("latitude", "longitude", "altitude")}
    roof = {"panels": 1000, "surface_tilt": 10}
    found = pvsim.simulate(scenario(roof, site=site, weather={"station": station.id}))
    assert found.specific_yield_kwh_per_kwp == pytest.approx(station.specific_yield_kwh_per_kwp, abs=0.1)


@pytest.mark.parametrize("station", stations(), ids=lambda s: s.name)
def test_annual_irradiation_and_its_spread_are_the_published_ones(station):
    ghi, cv = PUBLISHED_ANNUAL[station.id]
    assert station.ghi_kwh_per_m2 == pytest.approx(ghi, abs=0.6)
    assert 100 * station.interannual_cv == pytest.approx(cv, abs=0.06)


def test_the_data_of_the_package_are_small():
    folder = Path(str(files("pvsim"))) / "data"
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) < 1_000_000


def test_the_statistics_are_the_published_ones():
    climate = load_climate("57516")
    assert [f"{x:.1f}" for x in climate.ghi_kwh_per_m2] == [f"{x:.1f}" for x in PUBLISHED_GHI]
    assert [f"{x:.1f}" for x in climate.ghi_sd_kwh_per_m2] == [f"{x:.1f}" for x in PUBLISHED_SD]
    assert climate.interannual_cv == pytest.approx(0.066, abs=0.0005)
    for p, published in ((0.5, PUBLISHED_P50), (0.95, PUBLISHED_P95)):
        column = climate.probabilities.index(p)
        assert [q[column] for q in climate.clearness_quantiles] == pytest.approx(published, abs=0.004)
    assert climate.lag_1_single_month == pytest.approx(PUBLISHED_LAG_1, abs=0.01)


def test_every_ingredient_has_its_source():
    climate = load_climate("57516")
    sources = {s.ingredient: dataclasses.asdict(s) for s in (*climate.radiation_sources, *climate.air.sources)}
    assert sources.keys() == {"radiation", "temperature", "wind", "rain"}
    assert all(text for source in sources.values() for text in source.values())
    assert "modelled" in sources["radiation"]["status"]


def test_a_climate_is_a_value():
    climate = climate_from(document(), "57516.json")
    assert climate == load_climate("57516")
    assert hash(climate) == hash(load_climate("57516"))
    with pytest.raises(AttributeError):
        climate.name = "elsewhere"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("radiation", "clearness"), [0.2] * 11, "radiation.clearness: 12 numbers"),
        (("radiation", "clearness"), [0.2] * 11 + [1.5], "found 1.5, allowed are numbers from 0.01 to 0.9"),
        (("radiation", "clearness"), [0.2] * 11 + ["x"], "found 'x'"),
        (("radiation", "clearness"), [0.2] * 11 + [float("nan")], "found nan"),
        (("radiation", "clearness_quantiles"), [[0.5] * 24] * 12, r"clearness_quantiles\[0\]: 25 numbers"),
        (("radiation", "clearness_quantiles"), [[0.5] * 24 + [0.4]] * 12, "must rise"),
        (("air", "temperature", "profile_c"), [[20] * 24] * 11, "one row for each month"),
        (("air", "wind", "source"), {"issuer": "x"}, "wind.source must have the texts"),
        (("air", "rain", "mm"), None, "rain.mm: 12 numbers"),
        (("radiation", "linke_turbidity"), 99, "linke_turbidity: found 99"),
        (("schema",), 2, "schema 1"),
        (("latitude",), 129.0, "latitude: found 129"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(path, value, message):
    damaged = copy.deepcopy(document())
    place = damaged
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(WeatherError, match=message):
        climate_from(damaged, "57516.json")


def test_a_missing_key_is_named():
    damaged = document()
    del damaged["air"]["wind"]["profile_m_per_s"]
    with pytest.raises(WeatherError, match="profile_m_per_s is missing"):
        climate_from(damaged, "57516.json")


# --- provinces


def test_every_province_has_a_prior_with_its_range_and_source():
    assert [p.province for p in priors()] == sorted(PROVINCES)
    for p in priors():
        assert 600 < p.ghi_low_kwh_per_m2 < p.ghi_kwh_per_m2 < p.ghi_high_kwh_per_m2 < 2500
        assert 400 < p.yield_low_kwh_per_kwp < p.yield_kwh_per_kwp < p.yield_high_kwh_per_kwp < 2500
        assert p.stations and p.source
    assert prior_of("Atlantis") is None


def test_the_shipped_stations_lie_within_the_prior_of_their_province():
    for s in stations():
        p = prior_of(s.province)
        assert p.own
        assert p.ghi_low_kwh_per_m2 < s.ghi_kwh_per_m2 < p.ghi_high_kwh_per_m2
        assert p.yield_low_kwh_per_kwp < s.specific_yield_kwh_per_kwp < p.yield_high_kwh_per_kwp


def test_published_yields_lie_within_the_prior():
    # climate.md, section 7: Chang'an Auto 721 (25-year mean), Wushan 850 to 856, Shapingba 875
    p = prior_of("Chongqing")
    assert all(p.yield_low_kwh_per_kwp < y < p.yield_high_kwh_per_kwp for y in (721, 850, 856, 875))


@pytest.mark.slow
def test_the_shipped_priors_follow_from_their_sources():
    command = [sys.executable, "tests/derive_priors.py", "--check"]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_shipped_files_follow_from_their_sources():
    if not SOURCES.is_dir():
        pytest.skip(f"{SOURCES} is absent: the source files are not shipped")
    command = [sys.executable, "tests/derive_climate.py", "--weather", str(SOURCES), "--check"]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
