"""Where the stations with a climate are, and the climate of a place between them.

One JSON file per station in ``pvsim/data/climate``, written by ``tests/derive_climate.py``; ``index.json`` lists
them, so that finding a station opens one small file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pvsim.errors import WeatherError
from pvsim.weather.climate import GIVEN, Air, Climate, Part, Station, climate_from
from pvsim.weather.sources import Source
from pvsim.weather.text import read_text

EARTH_RADIUS_KM = 6371.0088  # mean radius of the IUGG
WARN_KM = 50.0  # neighbouring stations of Chongqing, 40 to 60 km apart, differ by 2 to 7 % in annual GHI
FARTHEST_KM = 200.0  # beyond it lies another climate: Fengjie, 300 km away, has 20 % more
LEVEL_TOLERANCE = 0.10  # stations around Chongqing differ by less within 50 km, and so do most of their years
WARN_ALTITUDE_M = 300.0  # temperature follows by its lapse, clearness does not
LEAST_WEIGHT = 0.001  # of a station: a tenth of a per cent of a difference of a tenth
FARTHEST_LATITUDE = 65.0  # beyond it the sun stays away for days, and clearness has no meaning
LARGEST_FILE = 1_000_000  # bytes; a climate file has 10,000


@dataclass(frozen=True)
class Listed(Station):
    """A shipped station as the index has it: its province, annual GHI and what a roof of the default kind yields there.

    Attributes
    ----------
    has_air : hours of temperature and wind are known, not only daily radiation
    ghi_kwh_per_m2, interannual_cv : mean of the years, and their standard deviation over it
    specific_yield_kwh_per_kwp : first year, 10 degrees towards the equator, default loss budget
    """

    province: str
    has_air: bool
    ghi_kwh_per_m2: float
    interannual_cv: float
    specific_yield_kwh_per_kwp: float


def shipped_document(name: str) -> dict[str, Any]:
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


@lru_cache(maxsize=1)
def stations() -> tuple[Listed, ...]:
    """The stations whose climate is shipped; reads the index alone."""
    keys = [f.name for f in fields(Listed)]
    return tuple(Listed(**{k: row[k] for k in keys}) for row in shipped_document("index.json")["stations"])


@lru_cache(maxsize=64)
def _shipped(station_id: str) -> Climate:
    """The climate of a known id, as its file has it."""
    return climate_from(shipped_document(f"{station_id}.json"), f"{station_id}.json")


@lru_cache(maxsize=64)
def _whole(station_id: str) -> Climate:
    """The same, with the air of the nearest station where it has none of its own."""
    return with_air(_shipped(station_id))


def load_climate(station: str) -> Climate:
    """The shipped climate of a station.

    Parameters
    ----------
    station : its id, its name or the one word of it that no other has, in upper or lower case
        ("57516", "Chongqing Shapingba", "Shapingba")

    Raises
    ------
    WeatherError : no such station; the message lists those that exist
    """
    wanted = " ".join(station.split()).casefold()
    known = {key.casefold(): s.id for s in stations() for key in (s.id, s.name)}
    by_word = [s.id for s in stations() if wanted in s.name.casefold().split()]
    found = known.get(wanted) or (by_word[0] if len(by_word) == 1 else None)
    if found is not None:
        return _whole(found)
    close = get_close_matches(wanted, [w for key in known for w in (key, *key.split())], n=1, cutoff=0.5)
    names = {s.id: s.title for s in stations()}
    meant = [] if not close or by_word else [i for key, i in known.items() if close[0] in (key, *key.split())]
    if wanted.endswith(".json"):
        raise WeatherError(
            f"station {station!r} is a file; a climate file of your own is named by path, without station"
        )
    if len(by_word) > 1:
        raise WeatherError(f"several stations are called {station!r}: {', '.join(names[i] for i in by_word)}")
    hint = f"; did you mean {names[meant[0]]}?" if meant else "."
    raise WeatherError(f"unknown climate station {station!r}{hint} Shipped are: {', '.join(names.values())}")


def holds_climate(path: Path) -> bool:
    """Whether a JSON file is a climate, and not the weather of a service."""
    try:
        document = _json_of(path)
    except WeatherError:
        return False
    return isinstance(document, dict) and "radiation" in document and "schema" in document


def read_climate(path: Path) -> Climate:
    """A user's climate from a file that ``pvsim weather climate`` has written.

    Raises
    ------
    WeatherError : no such file, or not a climate
    """
    return with_air(climate_from(_json_of(path), path.name))


def _json_of(path: Path) -> Any:
    text = read_text(path, LARGEST_FILE)[0]
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeatherError(f"{path.name}: not a climate file, which pvsim weather climate writes ({error})") from error


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance by the haversine formula, on a sphere of mean radius; degrees in, km out."""
    north, south = math.radians(latitude), math.radians(other_latitude)
    east = math.radians(other_longitude - longitude)
    a = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(a)))


def _by_distance(latitude: float, longitude: float) -> list[tuple[float, Listed]]:
    """The shipped stations, nearest first."""
    found = [(distance_km(latitude, longitude, s.latitude, s.longitude), s) for s in stations()]
    return sorted(found, key=lambda pair: pair[0])


def nearest_station(latitude: float, longitude: float) -> tuple[Listed, float]:
    """The nearest shipped station and its distance in km; latitude and longitude in degrees."""
    km, station = _by_distance(latitude, longitude)[0]
    return station, km


# --- the air of the nearest that has it ----------------------------------------------------------------------


def nearest_air(latitude: float, longitude: float) -> Air:
    """Temperature, wind and rain of the nearest shipped station that has them."""
    found = next(s for _, s in _by_distance(latitude, longitude) if s.has_air)
    air = _shipped(found.id).air
    if air is None:
        raise WeatherError(f"climate file {found.id}.json has no air, against its index; reinstall pvsim")
    return air


def with_air(climate: Climate) -> Climate:
    """A climate with air: its own, else that of the nearest, brought to the monthly means that it has."""
    air = climate.air or nearest_air(climate.latitude, climate.longitude)
    if climate.latitude * air.latitude < 0:
        air = _turned(air)
    if climate.temp_air_mean_c is not None and air is not climate.air:
        shifted = [
            tuple(t + mean - sum(day) / len(day) for t in day)
            for day, mean in zip(air.temp_air, climate.temp_air_mean_c, strict=True)
        ]
        source = replace(
            climate.radiation_sources[0],
            ingredient="temperature",
            method=f"Monthly means of {climate.name}, given with it; their days are those of {air.name}.",
            status=GIVEN,
        )
        rest = tuple(s for s in air.sources if s.ingredient != "temperature")
        air = replace(air, temp_air=tuple(shifted), altitude=climate.altitude, sources=(source, *rest))
    return replace(climate, air=air)


def _turned(air: Air) -> Air:
    """The air of the other half of the year, for the other half of the earth."""

    def later(months: Any) -> Any:
        return months[6:] + months[:6]

    return replace(
        air,
        temp_air=later(air.temp_air),
        temp_range=later(air.temp_range),
        temp_mean_per_score=later(air.temp_mean_per_score),
        temp_range_per_score=later(air.temp_range_per_score),
        wind_speed=later(air.wind_speed),
        rain_mm=None if air.rain_mm is None else later(air.rain_mm),
        sources=tuple(replace(s, method=f"{s.method} Moved by six months.") for s in air.sources),
    )


# --- between stations ----------------------------------------------------------------------------------------


def weights_at(latitude: float, longitude: float) -> list[tuple[Listed, float]]:
    """The stations that speak for a place, and their shares of one, heaviest first.

    Each counts with ((R - d) / (R d))^2 of its distance d below R = 200 km (R. Franke and G. Nielson, "Smooth
    interpolation of large sets of scattered data", International Journal for Numerical Methods in Engineering 15, 1980,
    1691-1704): at a station only that one, and from place to place without a step, as a station enters with nothing.
    Without any within 200 km the nearest stands alone.
    """
    ordered = _by_distance(latitude, longitude)
    near = [(max(km, 1e-6), s) for km, s in ordered if km < FARTHEST_KM]
    if not near:
        return [(ordered[0][1], 1.0)]
    raw = [((FARTHEST_KM - km) / (FARTHEST_KM * km)) ** 2 for km, _ in near]
    kept = [(s, w) for (_, s), w in zip(near, raw, strict=True) if w >= LEAST_WEIGHT * sum(raw)]
    total = sum(w for _, w in kept)
    return [(s, w / total) for s, w in kept]


@lru_cache(maxsize=64)
def climate_at(latitude: float, longitude: float) -> Climate:
    """The climate of a place: the statistics of the stations round it, weighted by distance; degrees.

    Clearness, its quantiles, persistence and spread are averaged; quantile by quantile, so that a dull day stays a dull
    day. Temperature, wind and rain are those of the nearest station that has them.
    """
    shares = weights_at(latitude, longitude)
    climates = [(_shipped(s.id), w) for s, w in shares]
    nearest = climates[0][0]
    if len(climates) == 1:
        return _whole(nearest.id)

    def mean(key: str) -> float:
        return math.fsum(getattr(c, key) * w for c, w in climates)

    def means(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
        return tuple(
            math.fsum(v * w for v, (_, w) in zip(column, climates, strict=True)) for column in zip(*rows, strict=True)
        )

    def of(key: str) -> tuple[float, ...]:
        return means([getattr(c, key) for c, _ in climates])

    tables = zip(*(c.clearness_quantiles for c, _ in climates), strict=True)
    return replace(
        nearest,
        altitude=mean("altitude"),
        interannual_cv=mean("interannual_cv"),
        year_share=mean("year_share"),
        linke_turbidity=mean("linke_turbidity"),
        clearness=of("clearness"),
        ghi_kwh_per_m2=of("ghi_kwh_per_m2"),
        ghi_sd_kwh_per_m2=of("ghi_sd_kwh_per_m2"),
        lag_1_single_month=of("lag_1_single_month"),
        lag_1_generator=of("lag_1_generator"),
        month_share=of("month_share"),
        id="+".join(c.id for c, _ in climates),
        name=f"{nearest.name} and neighbours",
        latitude=latitude,
        longitude=longitude,
        clearness_quantiles=tuple(means(rows) for rows in tables),
        radiation_sources=(
            *_together([s for c, _ in climates for s in c.radiation_sources]),
            _interpolated(shares, latitude, longitude, nearest.period),
        ),
        parts=tuple(Part(c.parts[0].station, w) for c, w in climates),
        air=nearest_air(latitude, longitude),
    )


def _together(sources: Sequence[Source]) -> list[Source]:
    """Sources that differ in their document alone as one, with all documents."""
    documents: dict[Source, list[str]] = {}
    for source in sources:
        documents.setdefault(replace(source, document=""), []).append(source.document)
    return [replace(source, document="; ".join(names)) for source, names in documents.items()]


def _interpolated(shares: Sequence[tuple[Listed, float]], latitude: float, longitude: float, period: str) -> Source:
    """How the stations were averaged."""
    each = ", ".join(
        f"{s.name} {w:.1%} ({distance_km(latitude, longitude, s.latitude, s.longitude):.0f} km, {s.altitude:.0f} m)"
        for s, w in shares
    )
    return Source(
        "interpolation", "pvsim", "weights of Franke and Nielson 1980, radius 200 km", period,
        f"Clearness statistics of {each}.", "derived",
    )  # fmt: skip


def named_or_near(latitude: float, longitude: float, station: str | None = None, path: Path | None = None) -> Climate:
    """The climate to use at a place: a user's file, the named station, else what the stations round it say.

    Raises
    ------
    WeatherError : unknown station, or a file that is no climate; how far it is, ``check_place`` judges
    """
    if path is not None:
        return read_climate(path)
    return climate_at(latitude, longitude) if station is None else load_climate(station)


def km_to(climate: Climate, latitude: float, longitude: float) -> float:
    """Distance in km from a place to the nearest of the stations that a climate is made of."""
    return min(distance_km(latitude, longitude, p.station.latitude, p.station.longitude) for p in climate.parts)


def check_place(
    climate: Climate, latitude: float, longitude: float, altitude: float | None = None, *, allow_distance: bool = False
) -> tuple[float, tuple[str, ...]]:
    """How far a climate is from a place, and what a reader must know about that.

    Parameters
    ----------
    climate : to use there
    latitude, longitude, altitude : degrees, degrees, m
    allow_distance : accept more than 200 km

    Returns
    -------
    distance_km, warnings

    Raises
    ------
    WeatherError : beyond 200 km, where the climate does not hold
    """
    km = km_to(climate, latitude, longitude)
    nearest = min(
        climate.parts, key=lambda p: distance_km(latitude, longitude, p.station.latitude, p.station.longitude)
    )
    station = nearest.station.title
    if not (km <= FARTHEST_KM or allow_distance) or not math.isfinite(latitude + longitude):
        raise WeatherError(
            f"no climate for {latitude:g}, {longitude:g}: {station} is {km:.0f} km away, allowed are "
            f"{FARTHEST_KM:.0f} km; ask a provider ([weather] source = 'pvgis'), give a weather file (source = 'file') "
            "or a climate of your own (pvsim weather climate), or accept the distance with --allow-distance"
        )
    warnings = []
    if km > FARTHEST_KM:
        warnings.append(f"the climate is that of {station}, {km:.0f} km away: it is the sky of another place")
    elif km > WARN_KM:
        whose = (
            f"that of {station}" if len(climate.parts) == 1 else f"one of stations of which the nearest, {station}, is"
        )
        warnings.append(f"the climate is {whose}, {km:.0f} km away: its level may be off by 5 % or more")
    above = 0.0 if altitude is None else altitude - climate.altitude
    if abs(above) > WARN_ALTITUDE_M:
        side = "above" if above > 0 else "below"
        name = station if len(climate.parts) == 1 else f"the stations round it ({climate.name})"
        warnings.append(
            f"the site is {abs(above):.0f} m {side} {name}: temperature is corrected for that, clearness is not"
        )
    return km, tuple(warnings)
