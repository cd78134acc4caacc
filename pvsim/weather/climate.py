"""What is known about the sky over a place, as statistics with their sources, and how a file states them.

A climate carries clearness, not GHI: at another place of the region its clearness is applied to that place's own
extraterrestrial irradiation. Radiation and air are apart, as many stations have daily radiation and few have hours of
temperature and wind: those borrow the air of the nearest that has. Where the stations are, says ``atlas``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pvsim.errors import WeatherError
from pvsim.weather.sources import Source

MONTHS, HOURS = 12, 24
SCHEMA = 1
GIVEN = "given by the user"  # the status of what a user brings
LONGEST_NAME = 100
ALTITUDES_M = (-500.0, 9000.0)
MEAN_APART = 0.25  # of a month's clearness, between its days' distribution and its sum

Twelve = tuple[float, ...]
Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Station:
    """A place with a climate: latitude and longitude in degrees, altitude in m."""

    id: str
    name: str
    latitude: float
    longitude: float
    altitude: float

    @property
    def title(self) -> str:
        """Its name with its number, which a name may hold already."""
        return self.name if self.id in self.name else f"{self.name} ({self.id})"


@dataclass(frozen=True)
class Air:
    """Temperature, wind and rain of a place, as mean days of its months.

    Attributes
    ----------
    name, latitude, longitude, altitude : of the place, degrees, degrees, m
    utc_offset_minutes : of the clock of the mean days
    temp_air : (12, 24) mean day of the month, degrees C, mean of each clock hour
    temp_range : (12,) mean of highest less lowest temperature of a day, K
    temp_mean_per_score, temp_range_per_score : (12,) K by which the day's mean and its range grow per
        normal score of the day's clearness in its month
    wind_speed : (12, 24) mean day of the month, m/s, 10 m above ground
    rain_mm : (12,) sum of the month; None where it is not known
    sources : of temperature, wind and, if known, rain
    """

    name: str
    latitude: float
    longitude: float
    altitude: float
    utc_offset_minutes: int
    temp_air: Table
    temp_range: Twelve
    temp_mean_per_score: Twelve
    temp_range_per_score: Twelve
    wind_speed: Table
    rain_mm: Twelve | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Part:
    """A station that a climate is made of, and its share."""

    station: Station
    weight: float


@dataclass(frozen=True)
class Climate:
    """The statistics of one station or of a place between some. Frozen and hashable: tuples all the way down.

    Attributes
    ----------
    id, name : of the station; between stations all their numbers, and the nearest one with "and neighbours"
    province : of the nearest station; none in a user's own
    latitude, longitude, altitude : degrees, degrees, m
    utc_offset_minutes : of the clock
    period : years of the radiation statistics
    clearness : (12,) GHI of the month over its extraterrestrial horizontal irradiation, in the year 2025
    ghi_kwh_per_m2, ghi_sd_kwh_per_m2 : (12,) mean and standard deviation of the month at the station
    interannual_cv : standard deviation of annual GHI over its mean
    probabilities : (Q,) from 0 to 1
    clearness_quantiles : (12, Q) daily clearness that is not exceeded with that probability
    lag_1_single_month : (12,) correlation of consecutive days' clearness in one month, mean over the years
    lag_1_generator : (12,) correlation of the generator's normal series with which its months have, on
        average, the correlation ``lag_1_single_month``
    month_share : (12,) share of the variance of that series that is common to the days of a month; a negative one is
        taken out of their mean
    year_share : share that is common to the days of a year
    linke_turbidity : of clear days, which bound the hours
    radiation_sources : of all this
    parts : the stations that it is made of
    air : temperature, wind and rain; None as long as the nearest has not been looked up
    temp_air_mean_c : (12,) monthly means where they are known without their days
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
    lag_1_single_month: Twelve
    lag_1_generator: Twelve
    month_share: Twelve
    year_share: float
    linke_turbidity: float
    radiation_sources: tuple[Source, ...]
    parts: tuple[Part, ...]
    air: Air | None = None
    temp_air_mean_c: Twelve | None = None


def _row(value: Any, place: str, size: int, low: float, high: float) -> tuple[float, ...]:
    """``size`` finite numbers within bounds, or an error that names the place."""
    if not isinstance(value, Sequence) or len(value) != size:
        raise WeatherError(f"{place}: {size} numbers are needed")
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
            raise WeatherError(f"{place}: found {repr(number)[:40]}, allowed are numbers from {low:g} to {high:g}")
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
    if any(row[-1] == 0 for row in table):
        raise WeatherError(f"{place}.clearness_quantiles: a month without light has no days to draw from")
    if p[:1] != (0.0,) or p[-1:] != (1.0,) or any(list(row) != sorted(row) for row in (p, *table)):
        raise WeatherError(f"{place}: probabilities must rise from 0 to 1 and quantiles with them")
    return p, table


def _number(document: Mapping[str, Any], key: str, name: str, low: float, high: float) -> float:
    """One number within bounds."""
    return _row([document[key]], f"{name}: {key}", 1, low, high)[0]


def _name(document: Mapping[str, Any], key: str, file: str) -> str:
    """A short printable text."""
    text = document[key]
    if not (isinstance(text, str) and text.strip() and text.isprintable() and len(text) <= LONGEST_NAME):
        raise WeatherError(
            f"{file}: {key}: found {repr(text)[:40]}, allowed is a printable text of 1 to {LONGEST_NAME} characters"
        )
    return text


def _source(document: Mapping[str, Any], ingredient: str, name: str) -> Source:
    """The source block of an ingredient: five texts."""
    block = document["source"]
    keys = ("issuer", "document", "period", "method", "status")
    if not isinstance(block, Mapping) or set(block) != set(keys) or not all(isinstance(v, str) for v in block.values()):
        raise WeatherError(f"{name}: {ingredient}.source must have the texts {', '.join(keys)}")
    return Source(ingredient=ingredient, **block)


def _air(document: Mapping[str, Any], name: str, utc_offset_minutes: int) -> Air:
    """The block "air" of a climate file."""
    temperature, wind, rain = document["temperature"], document["wind"], document.get("rain")

    def twelve(key: str, low: float, high: float) -> Twelve:
        return _row(temperature[key], f"{name}: air.temperature.{key}", MONTHS, low, high)

    return Air(
        name=_name(document, "name", f"{name}: air"),
        latitude=_number(document, "latitude", f"{name}: air", -90, 90),
        longitude=_number(document, "longitude", f"{name}: air", -180, 180),
        altitude=_number(document, "altitude", f"{name}: air", *ALTITUDES_M),
        utc_offset_minutes=utc_offset_minutes,
        temp_air=_table(temperature["profile_c"], f"{name}: air.temperature.profile_c", HOURS, -60, 60),
        temp_range=twelve("day_range_c", 0.1, 40),
        temp_mean_per_score=twelve("day_mean_c_per_score", -10, 10),
        temp_range_per_score=twelve("day_range_c_per_score", -10, 10),
        wind_speed=_table(wind["profile_m_per_s"], f"{name}: air.wind.profile_m_per_s", HOURS, 0, 40),
        rain_mm=None if rain is None else _row(rain["mm"], f"{name}: air.rain.mm", MONTHS, 0, 3000),
        sources=tuple(
            _source(document[k], k, f"{name}: air")
            for k in ("temperature", "wind", "rain")
            if document.get(k) is not None
        ),
    )


def climate_from(document: Mapping[str, Any], name: str) -> Climate:
    """A Climate from the JSON document of a climate file.

    Parameters
    ----------
    document : as ``pvsim weather climate`` writes it
    name : of the file, for messages

    Raises
    ------
    WeatherError : a value is missing, of the wrong size or out of bounds; the message names it
    """
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        raise WeatherError(f"{name}: not a climate file of schema {SCHEMA}; pvsim weather climate writes one")
    try:
        return _climate(document, name)
    except KeyError as error:
        raise WeatherError(f"{name}: {error.args[0]} is missing; pvsim weather climate writes it anew") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise WeatherError(f"{name}: not a climate file ({error})") from error


def _refuse_apart(name: str, clearness: Twelve, probabilities: tuple[float, ...], quantiles: Table) -> None:
    """The days of a month must have nearly the mean of its sum: another would be scaled away without a word."""
    steps = [q - p for p, q in pairwise(probabilities)]
    for m, (known, row) in enumerate(zip(clearness, quantiles, strict=True)):
        mean = sum((a + b) / 2 * step for (a, b), step in zip(pairwise(row), steps, strict=True))
        if abs(mean - known) > MEAN_APART * known:
            raise WeatherError(
                f"{name}: radiation.clearness_quantiles[{m}]: their mean is {mean:.3f}, that of radiation.clearness "
                f"{known:.3f}"
            )


def _climate(document: Mapping[str, Any], name: str) -> Climate:
    radiation = document["radiation"]

    def twelve(key: str, low: float, high: float) -> Twelve:
        return _row(radiation[key], f"{name}: radiation.{key}", MONTHS, low, high)

    probabilities, quantiles = _quantiles(radiation, f"{name}: radiation")
    offset = round(_number(document, "utc_offset_minutes", name, -720, 840))
    station = Station(
        id=_name(document, "id", name),
        name=_name(document, "name", name),
        latitude=_number(document, "latitude", name, -90, 90),
        longitude=_number(document, "longitude", name, -180, 180),
        altitude=_number(document, "altitude", name, *ALTITUDES_M),
    )
    means = document.get("temp_air_mean_c")
    clearness = twelve("clearness", 0.01, 0.9)
    _refuse_apart(name, clearness, probabilities, quantiles)
    return Climate(
        **vars(station),
        province=str(document.get("province", "")),
        period=str(document["period"]),
        utc_offset_minutes=offset,
        clearness=clearness,
        ghi_kwh_per_m2=twelve("ghi_kwh_per_m2", 0, 400),
        ghi_sd_kwh_per_m2=twelve("ghi_sd_kwh_per_m2", 0, 100),
        interannual_cv=_number(radiation, "interannual_cv", f"{name}: radiation", 0, 0.5),
        probabilities=probabilities,
        clearness_quantiles=quantiles,
        lag_1_single_month=twelve("lag_1_single_month", -0.9, 0.95),
        lag_1_generator=twelve("lag_1_generator", -0.9, 0.95),
        month_share=twelve("month_share", -0.9, 0.5),
        year_share=_number(radiation, "year_share", f"{name}: radiation", 0, 0.5),
        linke_turbidity=_number(radiation, "linke_turbidity", f"{name}: radiation", 1, 15),
        radiation_sources=(_source(radiation, "radiation", name),),
        parts=(Part(station, 1.0),),
        air=None if document.get("air") is None else _air(document["air"], name, offset),
        temp_air_mean_c=None if means is None else _row(means, f"{name}: temp_air_mean_c", MONTHS, -60, 60),
    )
