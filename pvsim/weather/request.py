"""What a roof asks of the sky, and the Weather that answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from pathlib import Path

from pvsim.errors import UsageError
from pvsim.weather.atlas import check_place, named_or_near
from pvsim.weather.climate import ALTITUDES_M, Climate
from pvsim.weather.generator import random_year, typical_year
from pvsim.weather.record import Weather
from pvsim.weather.site import STEP_MINUTES, Site
from pvsim.weather.table import FileRequest, OnlineRequest, Place


@dataclass(frozen=True)
class Request:
    """One source of weather for one place.

    Attributes
    ----------
    place : where the roof is
    utc_offset_minutes : of the clock that decides days; None takes the source's
    decomposition : splits GHI where nothing else does
    file : the weather file; None takes the climate
    online : a provider, which is asked for what ``file`` says besides its path
    station : of the climate, by id or name; None takes what the stations round the place say
    climate_file : a user's climate, instead of a station
    seed : of a random year of the climate; None is the typical one
    step_minutes : of a year of the climate
    allow_distance : the climate may be farther than 200 km
    level : "source" keeps the irradiation of the file, "climate" maps its days onto the climate's clearness
    ghi_kwh_per_m2 : rescales the year; None keeps the level
    """

    place: Place
    utc_offset_minutes: int | None = None
    decomposition: str = "erbs"
    file: FileRequest | None = None
    online: OnlineRequest | None = None
    station: str | None = None
    climate_file: Path | None = None
    seed: int | None = None
    step_minutes: int = STEP_MINUTES
    allow_distance: bool = False
    level: str = "source"
    ghi_kwh_per_m2: float | None = None

    def climate(self) -> Climate:
        """The climate that holds at the place."""
        return named_or_near(self.place.latitude, self.place.longitude, self.station, self.climate_file)


def weather_at(
    latitude: float | None = None,
    longitude: float | None = None,
    *,
    altitude: float | None = None,
    station: str | None = None,
    climate_file: Path | str | None = None,
    seed: int | None = None,
    step_minutes: int = STEP_MINUTES,
    ghi_kwh_per_m2: float | None = None,
    allow_distance: bool = False,
) -> Weather:
    """A year of weather from a climate: of a place, of a station, or of a climate file of one's own.

    Parameters
    ----------
    latitude, longitude : degrees; None is the place of the station or of the climate file
    altitude : m; None takes that of the climate
    station : id or name of a shipped station; None takes what the stations round the place say, weighted by distance
    climate_file : written by ``pvsim weather climate``, instead of a station
    seed : of a random year; None is the typical year
    step_minutes : 60, 30, 15 or 10
    ghi_kwh_per_m2 : rescales the level: of the typical year, or of the mean of random ones
    allow_distance : the climate may be farther than 200 km

    Raises
    ------
    UsageError : an argument that is no place, number or name
    WeatherError : no climate there, an unknown station, or what cannot be generated

    Examples
    --------
    >>> round(weather_at(29.44, 106.46).ghi.sum() / 1000)
    949
    """
    numbers = {
        "latitude": latitude, "longitude": longitude, "altitude": altitude, "ghi_kwh_per_m2": ghi_kwh_per_m2,
    }  # fmt: skip
    _refuse_numbers({}, numbers)
    _refuse_fractions({"seed": seed, "step_minutes": step_minutes})
    low, high = ALTITUDES_M
    if altitude is not None and not low <= altitude <= high:
        raise UsageError(f"altitude: found {altitude:g}, allowed are {low:g} to {high:g} m")
    if not isinstance(station, str | None) or not isinstance(climate_file, str | Path | None):
        raise UsageError(
            f"station is a name or number in quotes, climate_file a path: found {station!r}, {climate_file!r}"
        )
    if station is not None and climate_file is not None:
        raise UsageError("station and climate_file: the climate is stated once")
    file = None if climate_file is None else Path(climate_file)
    if latitude is None or longitude is None:
        if (latitude, longitude) != (None, None) or (station is None and file is None):
            raise UsageError("latitude and longitude are needed, or a station or climate_file, whose place is taken")
        climate = named_or_near(0.0, 0.0, station, file)
        latitude, longitude = climate.latitude, climate.longitude
    _refuse_nowhere(latitude, longitude)
    return weather_for(
        Request(
            Place(latitude, longitude, altitude),
            station=station,
            climate_file=file,
            seed=seed,
            step_minutes=step_minutes,
            ghi_kwh_per_m2=ghi_kwh_per_m2,
            allow_distance=allow_distance,
        )
    )


def fetch_weather(
    source: str,
    latitude: float,
    longitude: float,
    *,
    altitude: float | None = None,
    start_year: int | None = None,
    end_year: int | None = None,
    offline: bool = False,
    refresh: bool = False,
) -> Weather:
    """Weather of a provider: from the cache, else over the network, and then kept there.

    Parameters
    ----------
    source : "pvgis", "nasa-power", "era5", "cams" or "openmeteo"
    latitude, longitude : degrees; a provider is asked for the cell of its data that holds the place
    altitude : m; None takes that of the source
    start_year, end_year : whole years in UTC; without them PVGIS gives a typical year, and the others nothing
    offline : only what is in the cache
    refresh : ask again, whatever the cache has

    Raises
    ------
    UsageError : an argument that is no place, year or provider
    WeatherError : the provider cannot be reached, refuses, or sends what cannot be used

    Examples
    --------
    >>> weather = fetch_weather("pvgis", 29.44, 106.46)  # doctest: +SKIP
    """
    from pvsim.weather.online.providers import PROVIDERS

    if source not in PROVIDERS:
        raise UsageError(f"source: found {source!r}, allowed are {', '.join(PROVIDERS)}")
    _refuse_numbers({"latitude": latitude, "longitude": longitude}, {"altitude": altitude})
    _refuse_fractions({"start_year": start_year, "end_year": end_year})
    _refuse_nowhere(latitude, longitude)
    if end_year is not None and start_year is None:
        raise UsageError("end_year without start_year: the first of the years is needed, too")
    if offline and refresh:
        raise UsageError("offline and refresh: the one forbids what the other asks for; give one of them")
    place = Place(latitude, longitude, altitude)
    online = OnlineRequest(source, start_year, end_year, offline=offline, refresh=refresh)
    return weather_for(Request(place, file=FileRequest(Path(), place), online=online), trusted=False)


def _refuse_numbers(needed: Mapping[str, object], optional: Mapping[str, object]) -> None:
    """Refuse what is no finite number; what is optional may be None."""
    for name, value in {**needed, **{k: v for k, v in optional.items() if v is not None}}.items():
        if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
            raise UsageError(f"{name}: found {value!r}, a number is needed")


def _refuse_fractions(numbers: Mapping[str, object]) -> None:
    for name, value in numbers.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, Integral)):
            raise UsageError(f"{name}: found {value!r}, a whole number is needed")


def _refuse_nowhere(latitude: float, longitude: float) -> None:
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise UsageError(f"latitude {latitude:g}, longitude {longitude:g} are no place on earth, in degrees")


def weather_for(request: Request, *, trusted: bool = True) -> Weather:
    """The weather that is asked for, at its place; ``trusted`` refuses one of which neither level nor shape holds.

    Raises
    ------
    WeatherError
        When a file cannot be used, no climate is near, or a level cannot be reached.
    """
    return _of_climate(request) if request.file is None else _of_file(request, request.file, trusted)


def _of_file(request: Request, file: FileRequest, trusted: bool) -> Weather:
    """The weather of a file; what reads files is imported here: most runs need none, and a start is felt."""
    from pvsim.weather.judge import refuse_untrusted
    from pvsim.weather.level import rescale, to_climate

    weather = _read(replace(file, place=request.place), request.online)
    if request.level == "climate":
        climate, place = request.climate(), request.place
        _, told = check_place(climate, place.latitude, place.longitude, allow_distance=request.allow_distance)
        weather = to_climate(weather, climate, request.decomposition)
        weather = replace(weather, warnings=(*weather.warnings, *told))
    if request.ghi_kwh_per_m2 is not None:
        return rescale(weather, request.ghi_kwh_per_m2)
    if request.level == "source" and trusted:
        refuse_untrusted(weather)
    return weather


def _read(file: FileRequest, online: OnlineRequest | None) -> Weather:
    if online is None:
        from pvsim.weather.files import read_weather

        return read_weather(file)
    from pvsim.weather.online.source import online_weather

    return online_weather(online, file)


def _of_climate(request: Request) -> Weather:
    """A year of a climate, typical or random."""
    climate, place, offset = request.climate(), request.place, request.utc_offset_minutes
    site = Site(
        place.latitude,
        place.longitude,
        altitude=climate.altitude if place.altitude is None else place.altitude,
        utc_offset_minutes=climate.utc_offset_minutes if offset is None else offset,
        decomposition=request.decomposition,
        ghi_kwh_per_m2=request.ghi_kwh_per_m2,
        step_minutes=request.step_minutes,
        allow_distance=request.allow_distance,
    )
    return typical_year(climate, site) if request.seed is None else random_year(climate, site, request.seed)
