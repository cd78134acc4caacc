"""What a roof asks of the sky, and the Weather that answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pvsim.weather.climate import Climate, nearest_or_named
from pvsim.weather.generator import typical_year
from pvsim.weather.record import Weather
from pvsim.weather.table import FileRequest, Place


@dataclass(frozen=True)
class Request:
    """One source of weather for one place.

    Attributes
    ----------
    place : where the roof is
    utc_offset_minutes : of the clock that decides days; None takes the source's
    decomposition : splits GHI where nothing else does
    file : the weather file; None takes the climate
    station : of the climate, by id or name; None takes the nearest
    level : "source" keeps the irradiation of the file, "climate" maps its days onto the climate's clearness
    ghi_kwh_per_m2 : rescales the year; None keeps the level
    horizon : file of the far horizon
    """

    place: Place
    utc_offset_minutes: int | None = None
    decomposition: str = "erbs"
    file: FileRequest | None = None
    station: str | None = None
    level: str = "source"
    ghi_kwh_per_m2: float | None = None
    horizon: Path | None = None

    def climate(self) -> Climate:
        """The climate that holds at the place."""
        return nearest_or_named(self.place.latitude, self.place.longitude, self.station)[0]


def weather_for(request: Request, *, trusted: bool = True) -> Weather:
    """The weather that is asked for, at its place; ``trusted`` refuses one of which neither level nor shape holds.

    Raises
    ------
    WeatherError
        When a file cannot be used, no climate is near, or a level cannot be reached.
    """
    weather = _of_climate(request) if request.file is None else _of_file(request, request.file, trusted)
    if request.horizon is None:
        return weather
    from pvsim.weather.horizon import behind_horizon

    return behind_horizon(weather, request.horizon)


def _of_file(request: Request, file: FileRequest, trusted: bool) -> Weather:
    """The weather of a file; what reads files is imported here: most runs need none, and a start is felt."""
    from pvsim.weather.files import read_weather
    from pvsim.weather.judge import refuse_untrusted
    from pvsim.weather.level import rescale, to_climate

    weather = read_weather(replace(file, place=request.place))
    if request.level == "climate":
        weather = to_climate(weather, request.climate(), request.decomposition)
    if request.ghi_kwh_per_m2 is not None:
        return rescale(weather, request.ghi_kwh_per_m2)
    if request.level == "source" and trusted:
        refuse_untrusted(weather)
    return weather


def _of_climate(request: Request) -> Weather:
    """The typical year of a climate."""
    climate, place, offset = request.climate(), request.place, request.utc_offset_minutes
    return typical_year(
        climate,
        latitude=place.latitude,
        longitude=place.longitude,
        altitude=climate.altitude if place.altitude is None else place.altitude,
        utc_offset_minutes=climate.utc_offset_minutes if offset is None else offset,
        decomposition=request.decomposition,
        ghi_kwh_per_m2=request.ghi_kwh_per_m2,
    )
