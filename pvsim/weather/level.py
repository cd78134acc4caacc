"""The level of a weather: brought to a climate's days, or to an annual GHI.

Files of the same place differ by a factor of two in their sum, less in the shape of their hours. So the days of
a file can be mapped onto the distribution of daily clearness that a climate knows, each keeping its rank in the
month and its hours their shape.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import WeatherError
from pvsim.physics.irradiance import decompose
from pvsim.physics.sun import sun_over
from pvsim.weather.clear import CEILING, SPARE, clear_sky, lifted
from pvsim.weather.climate import Climate
from pvsim.weather.days import ranked, with_sum
from pvsim.weather.fill import FULL, fill
from pvsim.weather.quality import days_of
from pvsim.weather.record import Weather
from pvsim.weather.sources import Source
from pvsim.weather.table import Array

MONTHS = 12
RESCALED = (0.5, 1.5)  # the range of a year's level over itself; beyond it hours pass what a clear sky gives


def day_clearness(weather: Weather) -> tuple[Array, Array, NDArray[np.intp]]:
    """Of each local day of the axis (D,): GHI and extraterrestrial Wh/m2 over its known rows, and its month 0 to 11."""
    day = days_of(weather.axis)
    # sums over days: the sun of the rows' means, as moments would miss part of sunrise and sunset
    middle = (weather.axis.step_minutes / 2,) * MONTHS
    sun = sun_over(weather.axis, middle, weather.latitude, weather.longitude, weather.altitude)
    known = np.isfinite(weather.ghi)
    hours = weather.axis.step_minutes / 60
    top = sun.ghi_extra()
    energy = np.asarray(np.bincount(day, np.where(known, weather.ghi, 0.0)) * hours, dtype=np.float64)
    possible = np.asarray(np.bincount(day, np.where(known, top, 0.0)) * hours, dtype=np.float64)
    month = np.zeros(energy.size, dtype=np.intp)
    month[day] = weather.axis.month_index()
    return energy, possible, month


def to_climate(weather: Weather, climate: Climate, decomposition: str) -> Weather:
    """A weather whose days have the climate's clearness, month by month, and its own hours.

    Each day takes the climate's quantile of its rank among the days of its month; each month then the climate's sum
    under this place's sun, below the ceiling of generated years. GHI is split anew, as its DHI belonged to another
    sky; temperature and wind stay.

    Raises
    ------
    WeatherError : a month is too dark to hold the climate's sum
    """
    sun, day = weather.sun(), days_of(weather.axis)
    energy, possible, month = day_clearness(weather)
    hours = weather.axis.step_minutes / 60
    # turbidity and altitude of the climate belong together, as they were fitted so
    clear = clear_sky(sun.apparent_zenith, sun.dni_extra, climate.altitude, climate.linke_turbidity)[0]
    known = np.isfinite(weather.ghi)
    ghi = np.where(known, weather.ghi, 0.0)
    lit = np.where(known & (ghi > 0), 1.0, 0.0)
    tops = (CEILING * clear * sun.sunlit_fraction * lit, sun.ghi_extra() * lit)
    column, shares, ceiling, extraterrestrial = _by_day(day, ghi, *tops)
    clearest = np.asarray(climate.clearness_quantiles)[month, -1]
    ceiling = lifted(ceiling, extraterrestrial, SPARE * clearest * possible / hours)
    room = ceiling.sum(axis=1) * hours * FULL
    wanted = np.zeros(energy.size)
    for m in range(MONTHS):
        days = np.flatnonzero((month == m) & (possible > 0) & (energy > 0))
        if not days.size:
            continue
        rank = ranked(energy[days] / possible[days])
        total = climate.clearness[m] * possible[(month == m) & (possible > 0)].sum()
        clearness = np.interp(rank, climate.probabilities, climate.clearness_quantiles[m])
        share = with_sum(clearness, possible[days], total) * possible[days]
        if total >= room[days].sum():
            raise WeatherError(f"level = 'climate': month {m + 1} of {weather.station} has too little light to hold it")
        wanted[days] = fill(share[None, :], room[days][None, :], np.array([total]))[0]
    mapped = np.asarray(fill(shares, ceiling, wanted / hours)[day, column])
    dni, dhi = decompose(decomposition, mapped, sun.zenith, sun.day_of_year, sun.sunlit_fraction)
    annual = float(mapped.sum()) * hours / 1000 / weather.year_count
    source = Source(
        "radiation level", "pvsim", f"daily clearness of {climate.name} ({climate.id})", climate.period,
        f"Days by rank onto the climate's, to {annual:.0f} kWh/m2 a year; hours of the file, split by {decomposition}.",
        "derived",
    )  # fmt: skip
    return replace(
        weather,
        ghi=np.where(known, mapped, np.nan),
        dhi=np.where(known, dhi, np.nan),
        dni=np.where(known, dni, np.nan),
        sources=(*weather.sources, source),
    )


def _by_day(day: NDArray[np.int64], *rows: Array) -> tuple[Any, ...]:
    """Where each row stands in its day, and rows (T,) as tables (days, rows of the longest day), zero where none is."""
    first = np.concatenate([[0], np.flatnonzero(np.diff(day)) + 1])
    column = np.arange(day.size) - first[day]
    tables = np.zeros((len(rows), int(day[-1]) + 1, int(column.max()) + 1))
    for table, values in zip(tables, rows, strict=True):
        table[day, column] = values
    return column, *tables


def rescale(weather: Weather, ghi_kwh_per_m2: float) -> Weather:
    """A weather with that annual GHI; GHI, DHI and DNI in proportion, so that they still close."""
    own = weather.sum_kwh_per_m2(weather.ghi)
    if own <= 0:
        raise WeatherError(f"ghi_kwh_per_m2: {weather.station} has no light that could be rescaled")
    factor = ghi_kwh_per_m2 / own
    low, high = RESCALED
    if not low <= factor <= high:
        raise WeatherError(
            f"ghi_kwh_per_m2: found {ghi_kwh_per_m2:g}, {factor:.2f} times the {own:.0f} of {weather.station}; {low:g} "
            f"to {high:g} times keep a sky a sky; level = 'climate' changes its days as well"
        )
    sun = weather.sun()
    dni = np.minimum(weather.dni * factor, sun.dni_extra)
    lost = (weather.dni * factor - dni) * np.maximum(np.cos(np.radians(sun.zenith)), 0)
    source = Source(
        "radiation level", "the scenario", "ghi_kwh_per_m2", "as the scenario means it",
        f"All rows in proportion, from {own:.0f} to {ghi_kwh_per_m2:g} kWh/m2 a year.", "set by the user",
    )  # fmt: skip
    return replace(
        weather,
        ghi=weather.ghi * factor,
        dhi=weather.dhi * factor + lost,
        dni=dni,
        sources=(*weather.sources, source),
    )
