"""The shipped climates: found, complete, refused where they do not hold, and derived from their sources."""

import copy
import dataclasses
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import WeatherError
from pvsim.weather.climate import (
    check_place,
    climate_from,
    distance_km,
    load_climate,
    nearest_or_named,
    nearest_station,
    stations,
)

REPO = Path(__file__).resolve().parents[2]
SOURCES = REPO.parent / "shared" / "weather"

# climate.md, section 3, "CDSRD 57516, mean 1991-2017" and its standard deviations
PUBLISHED_GHI = (28.2, 42.7, 75.5, 99.0, 110.7, 104.7, 138.5, 131.6, 88.3, 51.9, 37.1, 25.9)
PUBLISHED_SD = (5.3, 8.4, 10.9, 17.8, 19.0, 16.2, 20.7, 26.0, 15.8, 10.5, 10.9, 5.6)
# climate.md, section 5: median and 95 % quantile of daily clearness
PUBLISHED_P50 = (0.121, 0.150, 0.196, 0.286, 0.276, 0.271, 0.449, 0.464, 0.271, 0.150, 0.140, 0.118)
PUBLISHED_P95 = (0.428, 0.505, 0.566, 0.593, 0.599, 0.579, 0.595, 0.597, 0.586, 0.542, 0.515, 0.426)
# choices.md, "Generator"
PUBLISHED_LAG_1 = (0.42, 0.37, 0.42, 0.50, 0.49, 0.50, 0.54, 0.63, 0.64, 0.59, 0.51, 0.37)


def document(name="57516.json"):
    return json.loads((files("pvsim") / "data" / "climate" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["57516", "Chongqing Shapingba", " chongqing  SHAPINGBA "])
def test_a_station_is_found_by_id_and_by_name(name):
    assert load_climate(name) is load_climate("57516")


@pytest.mark.parametrize("name", ["Shapingba", "Chongqing Shapingbo", "57517"])
def test_an_unknown_station_is_refused_with_the_one_meant(name):
    with pytest.raises(WeatherError, match=r"did you mean Chongqing Shapingba \(57516\)\?"):
        load_climate(name)


@pytest.mark.parametrize("name", ["Reykjavik", "", "../index"])
def test_an_unknown_station_is_refused_with_those_that_exist(name):
    with pytest.raises(WeatherError, match=r"Shipped are: Chongqing Shapingba \(57516\)"):
        load_climate(name)


def test_the_index_agrees_with_the_files():
    for row in document("index.json")["stations"]:
        station = document(f"{row['id']}.json")
        assert {k: station[k] for k in row} == row
    shipped = {p.name for p in (files("pvsim") / "data" / "climate").iterdir()} - {"index.json"}
    assert shipped == {f"{s.id}.json" for s in stations()}


def test_the_statistics_are_the_published_ones():
    climate = load_climate("57516")
    assert [f"{x:.1f}" for x in climate.ghi_kwh_per_m2] == [f"{x:.1f}" for x in PUBLISHED_GHI]
    assert [f"{x:.1f}" for x in climate.ghi_sd_kwh_per_m2] == [f"{x:.1f}" for x in PUBLISHED_SD]
    assert climate.interannual_cv == pytest.approx(0.066, abs=0.0005)
    for p, published in ((0.5, PUBLISHED_P50), (0.95, PUBLISHED_P95)):
        column = climate.probabilities.index(p)
        assert [q[column] for q in climate.clearness_quantiles] == pytest.approx(published, abs=0.004)
    assert climate.lag_1_normal_score == pytest.approx(PUBLISHED_LAG_1, abs=0.015)


def test_every_ingredient_has_its_source():
    sources = {s.ingredient: dataclasses.asdict(s) for s in load_climate("57516").sources}
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
        (("temperature", "profile_c"), [[20] * 24] * 11, "one row for each month"),
        (("wind", "source"), {"issuer": "x"}, "not a climate file"),
        (("rain", "mm"), None, "rain.mm: 12 numbers"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(path, value, message):
    damaged = copy.deepcopy(document())
    damaged[path[0]][path[1]] = value
    with pytest.raises(WeatherError, match=message):
        climate_from(damaged, "57516.json")


def test_a_missing_key_is_named():
    damaged = document()
    del damaged["wind"]["profile_m_per_s"]
    with pytest.raises(WeatherError, match="profile_m_per_s is missing"):
        climate_from(damaged, "57516.json")


def test_distance_of_known_cities():
    # Chongqing to Chengdu and the quarter of a meridian
    assert distance_km(29.58333, 106.46667, 30.66667, 104.01667) == pytest.approx(265, abs=3)
    assert distance_km(0, 0, 90, 0) == pytest.approx(10007.5, abs=1)
    assert distance_km(0, 179.5, 0, -179.5) == pytest.approx(111.2, abs=0.1)


@given(*[st.floats(-90, 90), st.floats(-180, 180)] * 2)
def test_distance_is_symmetric_and_bounded(lat, lon, lat_2, lon_2):
    there, back = distance_km(lat, lon, lat_2, lon_2), distance_km(lat_2, lon_2, lat, lon)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= 20015.2


def test_the_nearest_station_of_dadukou():
    climate, km = nearest_station(29.44, 106.46)
    assert climate.id == "57516"
    assert km == pytest.approx(15.9, abs=0.2)
    assert nearest_or_named(29.44, 106.46) == (climate, km, ())


def test_beyond_50_km_there_is_a_warning():
    _, km, warnings = nearest_or_named(30.3, 106.46)
    assert 50 < km < 200
    assert len(warnings) == 1
    assert f"{km:.0f} km away" in warnings[0]


@pytest.mark.parametrize("station", [None, "57516"])
def test_beyond_200_km_there_is_no_climate(station):
    with pytest.raises(WeatherError, match="km away, allowed are 200 km"):
        nearest_or_named(31.02, 109.5, station)  # Fengjie
    with pytest.raises(WeatherError, match="nan"):
        nearest_or_named(float("nan"), 106.46, station)


def test_far_above_the_station_there_is_a_warning():
    climate = load_climate("57516")
    assert check_place(climate, 29.44, 106.46, 500)[1] == ()
    assert "640 m above" in check_place(climate, 29.44, 106.46, 900)[1][0]


@pytest.mark.slow
def test_the_shipped_file_follows_from_its_sources():
    if not SOURCES.is_dir():
        pytest.skip(f"{SOURCES} is absent: the source files are not shipped")
    command = [sys.executable, "tests/derive_climate.py", "--weather", str(SOURCES), "--check"]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
