"""Rain of a climate's year, made only where something asks for it: which days are wet, and how much falls.

A climate has the light of its days; rain is hung on them afterwards, so that a year is the same with and without it.
Dull days are wet days: a day's place among the wet ones of its month is that of its clearness, with as much chance in
it as makes the rank correlation of clearness and rain that of the station's files. Wet days get quantiles of the
month's wet days. What the files are and what was decided about them, says ``tests/derive_rain.py``.

A random year's months vary as its wet days fall, by 20 to 30 %: less than real ones, as a month that is bright as a
whole is no drier for it.

Shapes: D = 365 days, T rows of the axis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from pvsim.errors import WeatherError
from pvsim.physics.sun import TimeAxis, sun_over
from pvsim.weather.atlas import distance_km, shipped_document
from pvsim.weather.climate import Table, Twelve
from pvsim.weather.days import DAYS, MONTH_DAYS, MONTHS, SLICES, Array, normals, typical_scores
from pvsim.weather.record import Weather
from pvsim.weather.site import STEP_MINUTES, YEAR
from pvsim.weather.sources import Source

FARTHEST_KM = 300.0  # as far as the western and the eastern half of one basin
# Night and early morning, 00 to 08 h of the local clock: 48 % of the files' rain fall in this third of the day. Q. Li
# et al., Theoretical and Applied Climatology 147, 2022, 1373-1394: most at 07 h, at 1,686 gauges in Chongqing.
RAIN_HOURS = 8
# Of 0 to 999: of the hundred whose months come closest to the rank correlations of the shipped stations, those that
# soil as the mean of 400 random years does (0.21 % at 0.15 %/day, within 5 %), and of these the closest (0.075).
RAIN_SEED = 106
STREAM = 24  # behind a seed: of no number of steps in an hour, which the generator puts there
QUADRATURE = 400
STRONGEST = 0.999


@dataclass(frozen=True)
class Rain:
    """The rain of a place, by month.

    Attributes
    ----------
    id, name, latitude, longitude : of the station, degrees
    mm : (12,) mean sum
    wet_day_share : (12,) share of days with 1 mm or more
    rank_correlation : (12,) Spearman's, of a day's clearness and its rain, the other days being dry
    probabilities : (Q,) from 0 to 1
    wet_day_mm : (12, Q) rain of a wet day that is not exceeded with that probability
    source : of all this
    """

    id: str
    name: str
    latitude: float
    longitude: float
    mm: Twelve
    wet_day_share: Twelve
    rank_correlation: Twelve
    probabilities: tuple[float, ...]
    wet_day_mm: Table
    source: Source


@lru_cache(maxsize=1)
def rain_stations() -> tuple[Rain, ...]:
    """The stations whose rain is shipped."""

    def row(station: dict[str, Any]) -> Rain:
        return Rain(
            station["id"],
            station["name"],
            station["latitude"],
            station["longitude"],
            mm=tuple(station["mm"]),
            wet_day_share=tuple(station["wet_day_share"]),
            rank_correlation=tuple(station["rank_correlation"]),
            probabilities=tuple(station["probabilities"]),
            wet_day_mm=tuple(map(tuple, station["wet_day_mm"])),
            source=Source("rain", **station["source"]),
        )

    return tuple(row(station) for station in shipped_document("rain.json")["stations"])


def nearest_rain(latitude: float, longitude: float) -> tuple[Rain, float]:
    """The nearest station with rain, and its distance in km; degrees.

    Raises
    ------
    WeatherError : it is farther than 300 km
    """
    each = [(distance_km(latitude, longitude, r.latitude, r.longitude), r) for r in rain_stations()]
    km, rain = min(each, key=lambda pair: pair[0])
    if not km <= FARTHEST_KM:
        known = " and ".join(f"{r.name} ({r.id})" for r in rain_stations())
        raise WeatherError(
            f"losses.soiling_percent_per_day: rain washes, and for a climate at {latitude:g}, {longitude:g} none is "
            f"known: {rain.name} is {km:.0f} km away, allowed are {FARTHEST_KM:.0f} km (there is rain of {known}); "
            "give a weather file with rainfall in mm, or state soiling_percent or soiling_monthly_percent"
        )
    return rain, km


def with_rain(weather: Weather) -> Weather:
    """A year of a climate with ``rainfall``, its source, and a warning where that is not the station of the light.

    Light, air and all else are the same as without. A weather that has rain is given back as it is.

    Raises
    ------
    WeatherError : no station with rain within 300 km
    """
    if weather.rainfall is not None or weather.source != "climate":
        return weather
    rain, km = nearest_rain(weather.latitude, weather.longitude)
    kind = "a typical year" if weather.seed is None else f"random year {weather.seed}"
    made = Source(
        "rain of days", "pvsim", "a normal copula of clearness and rain, day by day", f"{YEAR}, {kind}",
        f"Wet days and their mm by the statistics of {rain.name}, between 00 and {RAIN_HOURS:02d} h of the clock; seed "
        f"{RAIN_SEED if weather.seed is None else weather.seed}.",
        "generated, not measured",
    )  # fmt: skip
    brought = replace(rain.source, document=f"{rain.name}, {km:.0f} km away: {rain.source.document}")
    lit_by = max(weather.stations, key=lambda s: s.weight).id if weather.stations else ""
    note = f"rain is that of {rain.name} ({rain.id}), {km:.0f} km away, as none is known nearer"
    return replace(
        weather,
        rainfall=spread(daily_rain(rain, day_clearness(weather), weather.seed), weather.axis.step_minutes),
        sources=(*weather.sources, brought, made),
        warnings=weather.warnings if lit_by == rain.id else (*weather.warnings, note),
    )


def day_clearness(weather: Weather) -> Array:
    """(D,) GHI of each day over its extraterrestrial irradiation, which is that of hours at any step."""
    axis = TimeAxis(weather.axis.start_s, STEP_MINUTES, DAYS * 24, weather.axis.utc_offset_minutes)
    place = (weather.latitude, weather.longitude, weather.altitude)
    h0 = sun_over(axis, (STEP_MINUTES / 2,) * MONTHS, *place).ghi_extra().reshape(DAYS, -1).mean(axis=1)
    return np.asarray(weather.ghi.reshape(DAYS, -1).mean(axis=1) / h0)


def daily_rain(rain: Rain, clearness: Array, seed: int | None) -> Array:
    """(D,) mm of each day.

    In a typical year each month has its number of wet days, evenly spaced quantiles and its sum. In a random year days
    are wet as they fall, and months have their share and sum in the mean of many years.

    Parameters
    ----------
    rain : of the place
    clearness : (D,) of the days; its order within each month is what counts
    seed : of a random year; None is the typical one
    """
    bright = typical_scores(clearness)
    chance = normals((RAIN_SEED if seed is None else seed, STREAM), DAYS)
    if seed is None:
        chance = typical_scores(chance)
    wet = np.zeros(DAYS)
    for m, days in enumerate(SLICES):
        r = score_correlation(rain.rank_correlation[m], rain.wet_day_share[m])
        unit = bright[days] / np.sqrt(np.mean(bright[days] ** 2))
        score = r * unit + np.sqrt(1 - r**2) * chance[days]
        wet[days] = (_typical if seed is None else _random)(rain, m, score)
    return wet


def _typical(rain: Rain, m: int, score: Array) -> Array:
    """(n,) mm of a month's days that are as wet, one against another, as their scores are."""
    count = max(round(rain.wet_day_share[m] * score.size), 1)
    amounts = np.interp((np.arange(count) + 0.5) / count, rain.probabilities, rain.wet_day_mm[m])
    fallen = np.zeros(score.size)
    fallen[np.argsort(score, kind="stable")[-count:]] = amounts * (rain.mm[m] / amounts.sum())
    return fallen


def _random(rain: Rain, m: int, score: Array) -> Array:
    """(n,) mm of a month's days whose scores are standard normal: the wettest share of all such days is wet."""
    share = rain.wet_day_share[m]
    rank = (ndtr(score) - (1 - share)) / share
    mean = float(np.trapezoid(rain.wet_day_mm[m], rain.probabilities))
    factor = rain.mm[m] / (share * MONTH_DAYS[m] * mean)
    return np.where(rank > 0, factor * np.interp(rank, rain.probabilities, rain.wet_day_mm[m]), 0.0)


@lru_cache(maxsize=64)
def score_correlation(rank_correlation: float, wet_day_share: float) -> float:
    """Correlation of two normal scores with which clearness and rain have a rank correlation, the dry days being tied.

    Dry days share the mean of their ranks. With x of clearness and z of rain, the mean rank of x given z is
    ndtr(r z / sqrt(2 - r^2)); what that leaves of the covariance of the ranks is integrated over the ranks of z.
    """
    dry = 1 - wet_day_share
    rank = (np.arange(QUADRATURE) + 0.5) / QUADRATURE
    z, tied = ndtri(rank), np.where(rank > dry, rank, dry / 2)
    spread = np.sqrt((1 - dry**3) / 144)  # of even ranks, and of those with ties

    def ranks_of(r: float) -> float:
        return float(np.mean((ndtr(r * z / np.sqrt(2 - r * r)) - 0.5) * (tied - 0.5)) / spread)

    if abs(rank_correlation) >= ranks_of(STRONGEST):
        return float(np.copysign(STRONGEST, rank_correlation))
    return float(brentq(lambda r: ranks_of(r) - rank_correlation, -STRONGEST, STRONGEST))


def spread(daily: Array, step_minutes: int) -> Array:
    """(T,) mm in each row: a day's rain (D,) evenly between 00 and 08 h."""
    rows = np.zeros((daily.size, 24 * 60 // step_minutes))
    count = RAIN_HOURS * 60 // step_minutes
    rows[:, :count] = (daily / count)[:, None]
    return rows.reshape(-1)
