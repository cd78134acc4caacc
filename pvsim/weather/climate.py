"""Shipped climates: what is known about the sky over a station, as statistics with their sources.

A climate carries clearness, not GHI: at another place of the region its clearness is applied to that place's
own extraterrestrial irradiation. One JSON file per station in ``pvsim/data/climate``, written by
``tests/derive_climate.py``; ``index.json`` lists them, so that finding a station opens one small file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pvsim.errors import WeatherError
from pvsim.weather.sources import Source

EARTH_RADIUS_KM = 6371.0088  # mean radius of the IUGG
WARN_KM = 50.0  # neighbouring stations of Chongqing, 40 to 60 km apart, differ by 2 to 7 % in annual GHI
FARTHEST_KM = 200.0  # beyond it lies another climate: Fengjie, 300 km away, has 20 % more
LEVEL_TOLERANCE = 0.10  # stations around Chongqing differ by less within 50 km, and so do most of their years
WARN_ALTITUDE_M = 300.0  # some 2 K
MONTHS, HOURS = 12, 24

Twelve = tuple[float, ...]
Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Station:
    """A shipped station: latitude and longitude in degrees, altitude in m."""

    id: str
    name: str
    latitude: float
    longitude: float
    altitude: float


@dataclass(frozen=True)
class Climate:
    """The statistics of one station. Frozen and hashable: tuples all the way down.

    Attributes
    ----------
    id, name, province : of the station
    latitude, longitude, altitude : degrees, degrees, m
    utc_offset_minutes : of the clock of the mean days
    period : years of the radiation statistics
    clearness : (12,) GHI of the month over its extraterrestrial horizontal irradiation, in the year 2025
    ghi_kwh_per_m2, ghi_sd_kwh_per_m2 : (12,) mean and standard deviation of the month at the station
    interannual_cv : standard deviation of annual GHI over its mean
    probabilities : (Q,) from 0 to 1
    clearness_quantiles : (12, Q) daily clearness that is not exceeded with that probability
    lag_1_normal_score : (12,) correlation of consecutive days' normal scores, all years of a month pooled
    lag_1_single_month : (12,) correlation of consecutive days' clearness in one month, mean over the years
    lag_1_generator : (12,) correlation of the generator's normal series with which its months have, on
        average, the correlation ``lag_1_single_month``
    temp_air : (12, 24) mean day of the month, degrees C, mean of each clock hour
    temp_range : (12,) mean of highest less lowest temperature of a day, K
    temp_mean_per_score, temp_range_per_score : (12,) K by which the day's mean and its range grow per
        normal score of the day's clearness in its month
    wind_speed : (12, 24) mean day of the month, m/s, 10 m above ground
    rain_mm : (12,) sum of the month
    sources : of radiation, temperature, wind and rain
    """

    id: str
    name: str
    province: str
    latitude: float
    longitude: float
    altitude: float
    utc_offset_minutes: int
    period: str
    clearness: Twelve
    ghi_kwh_per_m2: Twelve
    ghi_sd_kwh_per_m2: Twelve
    interannual_cv: float
    probabilities: tuple[float, ...]
    clearness_quantiles: Table
    lag_1_normal_score: Twelve
    lag_1_single_month: Twelve
    lag_1_generator: Twelve
    temp_air: Table
    temp_range: Twelve
    temp_mean_per_score: Twelve
    temp_range_per_score: Twelve
    wind_speed: Table
    rain_mm: Twelve
    sources: tuple[Source, ...]


def _document(name: str) -> dict[str, Any]:
    """A JSON file of the climate folder."""
    try:
        text = (files("pvsim") / "data" / "climate" / name).read_text(encoding="utf-8")
        document = json.loads(text)
    except FileNotFoundError as error:
        raise WeatherError(f"climate file {name} is not installed; reinstall pvsim") from error
    except ValueError as error:
        raise WeatherError(f"climate file {name} is damaged ({error}); reinstall pvsim") from error
    if not isinstance(document, dict) or document.get("schema") != 1:
        raise WeatherError(f"climate file {name} is not of schema 1; reinstall pvsim")
    return document


def _row(value: Any, place: str, size: int, low: float, high: float) -> tuple[float, ...]:
    """``size`` finite numbers within bounds, or an error that names the place."""
    if not isinstance(value, Sequence) or len(value) != size:
        raise WeatherError(f"{place}: {size} numbers are needed")
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
            raise WeatherError(f"{place}: found {number!r}, allowed are numbers from {low:g} to {high:g}")
    return tuple(float(number) for number in value)


def _table(value: Any, place: str, size: int, low: float, high: float) -> Table:
    """Twelve such rows."""
    if not isinstance(value, Sequence) or len(value) != MONTHS:
        raise WeatherError(f"{place}: one row for each month is needed")
    return tuple(_row(row, f"{place}[{m}]", size, low, high) for m, row in enumerate(value))


def _quantiles(block: Mapping[str, Any], place: str) -> tuple[tuple[float, ...], Table]:
    """Probabilities and the monthly quantiles of daily clearness, both rising."""
    size = len(block["probabilities"])
    p = _row(block["probabilities"], f"{place}.probabilities", size, 0, 1)
    table = _table(block["clearness_quantiles"], f"{place}.clearness_quantiles", size, 0, 1)
    if p[:1] != (0.0,) or p[-1:] != (1.0,) or any(list(row) != sorted(row) for row in (p, *table)):
        raise WeatherError(f"{place}: probabilities must rise from 0 to 1 and quantiles with them")
    return p, table


def climate_from(document: Mapping[str, Any], name: str) -> Climate:
    """A Climate from the JSON document of a station file.

    Parameters
    ----------
    document : as ``tests/derive_climate.py`` writes it
    name : of the file, for messages

    Raises
    ------
    WeatherError : a value is missing, of the wrong size or out of bounds; the message names it
    """

    def twelve(block: str, key: str, low: float, high: float) -> Twelve:
        return _row(document[block][key], f"{name}: {block}.{key}", MONTHS, low, high)

    def day(block: str, key: str, low: float, high: float) -> Table:
        return _table(document[block][key], f"{name}: {block}.{key}", HOURS, low, high)

    try:
        probabilities, quantiles = _quantiles(document["radiation"], f"{name}: radiation")
        return Climate(
            id=str(document["id"]),
            name=str(document["name"]),
            province=str(document["province"]),
            period=str(document["period"]),
            latitude=float(document["latitude"]),
            longitude=float(document["longitude"]),
            altitude=float(document["altitude"]),
            utc_offset_minutes=int(document["utc_offset_minutes"]),
            clearness=twelve("radiation", "clearness", 0.01, 0.9),
            ghi_kwh_per_m2=twelve("radiation", "ghi_kwh_per_m2", 0, 400),
            ghi_sd_kwh_per_m2=twelve("radiation", "ghi_sd_kwh_per_m2", 0, 100),
            interannual_cv=float(document["radiation"]["interannual_cv"]),
            probabilities=probabilities,
            clearness_quantiles=quantiles,
            lag_1_normal_score=twelve("radiation", "lag_1_normal_score", -0.9, 0.95),
            lag_1_single_month=twelve("radiation", "lag_1_single_month", -0.9, 0.95),
            lag_1_generator=twelve("radiation", "lag_1_generator", -0.9, 0.95),
            temp_air=day("temperature", "profile_c", -60, 60),
            temp_range=twelve("temperature", "day_range_c", 0.1, 40),
            temp_mean_per_score=twelve("temperature", "day_mean_c_per_score", -10, 10),
            temp_range_per_score=twelve("temperature", "day_range_c_per_score", -10, 10),
            wind_speed=day("wind", "profile_m_per_s", 0, 40),
            rain_mm=twelve("rain", "mm", 0, 3000),
            sources=tuple(
                Source(ingredient=k, **document[k]["source"]) for k in ("radiation", "temperature", "wind", "rain")
            ),
        )
    except KeyError as error:
        raise WeatherError(f"{name}: {error.args[0]} is missing") from error
    except (TypeError, ValueError) as error:
        raise WeatherError(f"{name}: not a climate file ({error})") from error


@lru_cache(maxsize=1)
def stations() -> tuple[Station, ...]:
    """The stations whose climate is shipped; reads the index alone."""
    keys = ("id", "name", "latitude", "longitude", "altitude")
    return tuple(Station(**{k: row[k] for k in keys}) for row in _document("index.json")["stations"])


@lru_cache(maxsize=64)
def _load(station_id: str) -> Climate:
    """The climate of a known id."""
    return climate_from(_document(f"{station_id}.json"), f"{station_id}.json")


def load_climate(station: str) -> Climate:
    """The shipped climate of a station.

    Parameters
    ----------
    station : its id or its name, in upper or lower case ("57516", "Chongqing Shapingba")

    Raises
    ------
    WeatherError : no such station; the message lists those that exist
    """
    wanted = " ".join(station.split()).casefold()
    known = {key.casefold(): s.id for s in stations() for key in (s.id, s.name)}
    if wanted in known:
        return _load(known[wanted])
    # a part of a name is what people try first: "Shapingba"
    close = [k for k in known if wanted and wanted in k] or get_close_matches(wanted, known, n=1, cutoff=0.5)
    names = {s.id: f"{s.name} ({s.id})" for s in stations()}
    hint = f"; did you mean {names[known[close[0]]]}?" if close else "."
    raise WeatherError(f"unknown climate station {station!r}{hint} Shipped are: {', '.join(names.values())}")


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance by the haversine formula, on a sphere of mean radius; degrees in, km out."""
    north, south = math.radians(latitude), math.radians(other_latitude)
    east = math.radians(other_longitude - longitude)
    a = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(a)))


def nearest_station(latitude: float, longitude: float) -> tuple[Climate, float]:
    """The nearest shipped climate and its distance in km; latitude and longitude in degrees."""
    found = min(stations(), key=lambda s: distance_km(latitude, longitude, s.latitude, s.longitude))
    return _load(found.id), distance_km(latitude, longitude, found.latitude, found.longitude)


def check_place(
    climate: Climate, latitude: float, longitude: float, altitude: float | None = None
) -> tuple[float, tuple[str, ...]]:
    """How far a climate is from a place, and what a reader must know about that.

    Returns
    -------
    distance_km, warnings

    Raises
    ------
    WeatherError : beyond 200 km, where the climate does not hold
    """
    km = distance_km(latitude, longitude, climate.latitude, climate.longitude)
    station = f"{climate.name} ({climate.id})"
    if not km <= FARTHEST_KM:
        raise WeatherError(
            f"no climate for {latitude:g}, {longitude:g}: the station {station} is {km:.0f} km away, allowed "
            f"are {FARTHEST_KM:.0f} km; give a weather file instead ([weather] source = 'file')"
        )
    warnings = []
    if km > WARN_KM:
        warnings.append(f"the climate is that of {station}, {km:.0f} km away: its level may be off by 5 % or more")
    above = 0.0 if altitude is None else altitude - climate.altitude
    if abs(above) > WARN_ALTITUDE_M:
        side = "above" if above > 0 else "below"
        warnings.append(
            f"the site is {abs(above):.0f} m {side} the station {station}: temperature and clearness are the "
            "station's, not corrected for altitude"
        )
    return km, tuple(warnings)


def nearest_or_named(
    latitude: float, longitude: float, station: str | None = None
) -> tuple[Climate, float, tuple[str, ...]]:
    """The climate to use at a place: the named one, else the nearest.

    Parameters
    ----------
    latitude, longitude : degrees
    station : id or name of a shipped station, or None

    Returns
    -------
    climate, distance_km, warnings : ``typical_year`` puts these warnings into its Weather, too

    Raises
    ------
    WeatherError : unknown station, or more than 200 km away
    """
    climate = nearest_station(latitude, longitude)[0] if station is None else load_climate(station)
    return climate, *check_place(climate, latitude, longitude)
