"""Where the stations are, and what a place between them gets."""

import numpy as np
import pytest
from cases import scenario
from hypothesis import given
from hypothesis import strategies as st

import pvsim
from pvsim.errors import WeatherError
from pvsim.weather.atlas import (
    check_place,
    climate_at,
    distance_km,
    load_climate,
    named_or_near,
    nearest_air,
    nearest_station,
    stations,
    weights_at,
)

DADUKOU = (29.44, 106.46)


def annual(climate):
    return sum(climate.ghi_kwh_per_m2)


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
    station, km = nearest_station(*DADUKOU)
    assert station.id == "57516"
    assert km == pytest.approx(15.9, abs=0.2)
    assert check_place(climate_at(*DADUKOU), *DADUKOU) == (km, ())


# --- between stations


def test_dadukou_lies_between_its_neighbours():
    climate = climate_at(*DADUKOU)
    assert annual(climate) == pytest.approx(950, abs=5)
    assert [p.station.id for p in climate.parts] == ["57516", "57517", "57612", "57502"]
    assert climate.name == "Chongqing Shapingba and neighbours"
    assert "Chongqing Jiangjin 22.6% (27 km, 256 m)" in climate.radiation_sources[-1].method
    assert climate.radiation_sources[0].document.count("station 57") == 4


@pytest.mark.parametrize("station", stations(), ids=lambda s: s.name)
def test_at_a_station_its_own_climate_holds(station):
    here = climate_at(station.latitude, station.longitude)
    assert here == load_climate(station.id)
    assert [(p.station.id, p.weight) for p in here.parts] == [(station.id, 1.0)]


@given(st.floats(28, 32), st.floats(104, 112))
def test_weights_are_shares_of_one_and_fall_with_distance(latitude, longitude):
    shares = weights_at(latitude, longitude)
    weights = [w for _, w in shares]
    assert sum(weights) == pytest.approx(1, abs=1e-12)
    assert weights == sorted(weights, reverse=True) and min(weights) > 0
    km = [distance_km(latitude, longitude, s.latitude, s.longitude) for s, _ in shares]
    assert km == sorted(km)
    low, high = (f(s.ghi_kwh_per_m2 for s, _ in shares) for f in (min, max))
    assert low - 0.1 <= annual(climate_at(latitude, longitude)) <= high + 0.1


@pytest.mark.parametrize(
    ("start", "end"),
    [((29.58, 106.47), (29.28, 106.25)), ((29.0, 106.65), (28.82, 108.77)), ((30.75, 108.4), (31.02, 109.53))],
)
def test_from_place_to_place_there_is_no_step(start, end):
    """Also where a station comes within 200 km, or its share passes the least that counts."""
    line = [annual(climate_at(*p)) for p in np.linspace(start, end, 400)]
    assert np.abs(np.diff(line)).max() < 0.5 + 0.06 * np.ptp(line)


def test_quantiles_between_stations_rise_and_keep_the_dull_and_the_bright():
    here = climate_at(*DADUKOU)
    apart = [load_climate(p.station.id).clearness_quantiles for p in here.parts]
    quantiles = np.array(here.clearness_quantiles)
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles <= np.max(apart, axis=0) + 1e-12).all() and (quantiles >= np.min(apart, axis=0) - 1e-12).all()


def test_neighbours_alone_miss_a_station_by_less_than_the_budget_allows():
    """Each of Chongqing's stations from the others within 200 km: the resource level's 6.5 % cover it."""
    misses = []
    for s in [s for s in stations() if s.province == "Chongqing"]:
        others = [
            (o.ghi_kwh_per_m2, distance_km(s.latitude, s.longitude, o.latitude, o.longitude))
            for o in stations()
            if o.id != s.id
        ]
        near = [(g, ((200 - km) / (200 * km)) ** 2) for g, km in others if km < 200]
        if not near:  # Youyang: no other within 200 km
            continue
        misses.append(sum(g * w for g, w in near) / sum(w for _, w in near) / s.ghi_kwh_per_m2 - 1)
    assert len(misses) == 6
    assert np.sqrt(np.mean(np.square(misses))) < 0.065
    assert np.abs(misses).max() < 0.10


def test_one_station_by_name_stands_alone():
    climate = named_or_near(*DADUKOU, "Jiangjin")
    assert climate.id == "57517" and annual(climate) == pytest.approx(995, abs=1)
    found = pvsim.simulate(scenario(weather={"station": "Jiangjin"})).to_dict()
    assert found["weather"]["station"] == "Chongqing Jiangjin"
    assert [s["id"] for s in found["weather"]["stations"]] == ["57517"]
    assert found["weather"]["stations"][0]["distance_km"] == pytest.approx(26.7, abs=0.5)
    assert not [a for a in found["assumptions"] if a["key"] == "weather.station" and a["default"]]


# --- too far


def test_beyond_50_km_there_is_a_warning():
    place = (30.3, 106.46)
    km, warnings = check_place(climate_at(*place), *place)
    assert 50 < km < 200
    assert len(warnings) == 1
    assert f"{km:.0f} km away" in warnings[0]


@pytest.mark.parametrize("station", [None, "57516"])
def test_beyond_200_km_there_is_no_climate_unless_told(station):
    place = (33.5, 110.5) if station is None else (31.02, 109.5)
    climate = named_or_near(*place, station)
    with pytest.raises(WeatherError, match=r"km away, allowed are 200 km.*--allow-distance"):
        check_place(climate, *place)
    km, warnings = check_place(climate, *place, allow_distance=True)
    assert km > 200 and "the sky of another place" in warnings[0]
    with pytest.raises(WeatherError, match="nan"):
        check_place(named_or_near(float("nan"), 106.46, station), float("nan"), 106.46, allow_distance=True)


def test_far_above_the_station_there_is_a_warning():
    climate = load_climate("57516")
    assert check_place(climate, *DADUKOU, 500)[1] == ()
    warning = check_place(climate, *DADUKOU, 900)[1][0]
    assert "640 m above" in warning and "temperature is corrected" in warning


# --- air


def test_air_comes_from_the_nearest_that_has_it_and_says_so():
    assert load_climate("57502").air == load_climate("57516").air == nearest_air(29.7, 105.7)
    assert load_climate("56187").air.name == "Chengdu Shuangliu airport"
    assert load_climate("54511").air.rain_mm is None, "its file has none, and another city's is no substitute"
    weather = pvsim.weather_at(station="Guiyang")
    said = {s.ingredient: s.document for s in weather.sources}
    assert said["temperature"].startswith(
        "Chongqing Shapingba, 335 km away, by 6.5 K per km from 260 to 1225 m: CHN_CQ"
    )
    assert said["wind"].startswith("Chongqing Shapingba, 335 km away: CHN_CQ")
    assert any("335 km away and 965 m below: the lapse alone may miss" in w for w in weather.warnings)


def test_temperature_falls_with_altitude():
    low, high = (pvsim.weather_at(*DADUKOU, altitude=a, station="57516") for a in (259.6, 559.6))
    np.testing.assert_allclose(low.temp_air - high.temp_air, 0.0065 * 300, atol=1e-9)


def test_noon_comes_earlier_on_the_clock_in_the_east():
    """Temperature follows the sun: borrowed days stand where the place's own sun puts them."""
    here, east = (pvsim.weather_at(station=s).temp_air.reshape(365, 24).mean(axis=0) for s in ("57516", "Wuhan"))
    hour = np.arange(24) * 2 * np.pi / 24
    phase = [np.angle((day * np.exp(1j * hour)).sum()) for day in (here, east)]
    assert (phase[0] - phase[1]) * 24 / (2 * np.pi) == pytest.approx((114.05 - 106.4667) / 15, abs=0.1)
