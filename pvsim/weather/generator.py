"""A typical year of hours from a climate's monthly statistics.

Days: an autocorrelated normal series is ranked within each month and mapped onto the month's distribution of
daily clearness, so that the distribution is met exactly and the persistence in the mean over many seeds.
Hours: the model TAG (R. Aguiar and M. Collares-Pereira, "TAG: a time-dependent, autoregressive, Gaussian
model for generating synthetic hourly radiation", Solar Energy 49(3), 1992, 167-174), below a ceiling of 1.1
times the clear sky. Energy comes first: each month, and in it each day, keeps its sum.

Shapes: D = 365 days, H = 24 clock hours; (D, H) flattened is the time axis (T,). Irradiance in W/m2; as a
row is an hour, its sum over a day is Wh/m2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pvsim.errors import WeatherError
from pvsim.physics.irradiance import DECOMPOSITION, decompose
from pvsim.physics.sun import Sun, TimeAxis, sun_over
from pvsim.weather.clear import CEILING, LINKE_TURBIDITY, clear_sky
from pvsim.weather.climate import Climate, check_place
from pvsim.weather.fill import FULL, fill
from pvsim.weather.record import Weather
from pvsim.weather.sources import Source

Array = NDArray[np.float64]

YEAR, STEP_MINUTES = 2025, 60
DAYS, HOURS, MONTHS = 365, 24, 12
MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTH_EDGES = np.cumsum((0, *MONTH_DAYS))
MONTH_OF_DAY = np.repeat(np.arange(MONTHS), MONTH_DAYS)
IN_MONTH = np.arange(31) < np.asarray(MONTH_DAYS)[:, None]  # (12, 31): the days that exist, in order
SLICES = tuple(slice(int(a), int(b)) for a, b in pairwise(MONTH_EDGES))
SUN_OFFSET_MINUTES = (30.0,) * MONTHS

SEED = 249  # of 0 to 999 the one whose months come closest to the measured lag_1_single_month of 57516
SPIN_UP_DAYS = 31  # a month lets the first day of January forget where the series began
KT_FLOOR = 0.015  # TAG was fitted on brighter days than a third of a Chongqing winter
LEAST_SWING = 0.1  # of the mean day's diurnal swing, left on the dullest days
MAX_CLOCK_SHIFT_MINUTES = 240  # beyond it, clock midnight falls into the daylight of some season


@dataclass(frozen=True)
class Sky:
    """The two bounds of the light at a place: what enters the atmosphere, and what can arrive below it.

    Attributes
    ----------
    sun : the sun over the year, arrays (T,)
    extraterrestrial : (D, H) on the horizontal, mean of the row's sunlit part spread over the row
    ceiling : (D, H) 1.1 times the clear sky, likewise
    sin_height : (D, H) sine of the sun's height, 0 at night
    """

    sun: Sun
    extraterrestrial: Array
    ceiling: Array
    sin_height: Array


def sky_over(axis: TimeAxis, latitude: float, longitude: float, altitude: float) -> Sky:
    """The sky of a year of hours; the clear one is pvlib's Ineichen and Perez (2002), turbidity 5.5."""
    sun = sun_over(axis, SUN_OFFSET_MINUTES, latitude, longitude, altitude)
    up = np.flatnonzero(sun.sunlit_fraction > 0)
    share, zenith = sun.sunlit_fraction[up], sun.apparent_zenith[up]
    clear = clear_sky(zenith, sun.dni_extra[up], altitude, LINKE_TURBIDITY)[0]
    sine = np.cos(np.radians(sun.zenith[up]))
    full = np.zeros((3, axis.rows))
    full[0, up] = sun.dni_extra[up] * sine * share
    full[1, up] = CEILING * clear * share
    full[2, up] = sine
    extraterrestrial, ceiling, sin_height = full.reshape(3, DAYS, HOURS)
    return Sky(sun, extraterrestrial, ceiling, sin_height)


def normals(seed: int, count: int) -> Array:
    """(count,) standard normal numbers that are the same everywhere.

    numpy promises the raw stream of PCG64 for good, not that of ``Generator.normal``; the inverse of the
    normal distribution does the rest.
    """
    raw = np.random.PCG64(seed).random_raw(count)
    return np.asarray(ndtri(((raw >> np.uint64(11)) + 0.5) * 2.0**-53), dtype=np.float64)


def month_sums(daily: Array) -> Array:
    """(12,) sums of a daily series (D,)."""
    return np.add.reduceat(daily, MONTH_EDGES[:-1])


def day_scores(climate: Climate, noise: Array) -> Array:
    """Normal score of each day's clearness within its month, (D,).

    An autoregressive series, each value replaced by the normal score of its rank in the month: every January
    has the same scores, of mean zero, in an order of its own.

    Parameters
    ----------
    noise : (31 + D,) standard normal numbers
    """
    month = np.concatenate([np.full(SPIN_UP_DAYS, MONTHS - 1), MONTH_OF_DAY])
    rho = np.asarray(climate.lag_1_generator)[month]
    step = np.sqrt(1 - rho**2) * noise
    series, x = np.empty(noise.size), 0.0
    for i, (r, e) in enumerate(zip(rho.tolist(), step.tolist(), strict=True)):
        x = r * x + e
        series[i] = x
    scores = np.empty(DAYS)
    for days in SLICES:
        order = np.argsort(series[SPIN_UP_DAYS:][days], kind="stable")
        scores[days][order] = ndtri((np.arange(order.size) + 0.5) / order.size)
    return scores


def daily_clearness(climate: Climate, scores: Array) -> Array:
    """(D,) mid-quantiles of the month's measured clearness, in the order of the scores; sums not yet set."""
    rank = ndtr(scores)
    tables = zip(SLICES, climate.clearness_quantiles, strict=True)
    return np.concatenate([np.interp(rank[days], climate.probabilities, q) for days, q in tables])


def tag_hours(kt_day: Array, sin_height: Array, noise: Array) -> Array:
    """Clearness of each hour after TAG, (D, H); 0 at night.

    Parameters
    ----------
    kt_day : (D,) clearness of the day
    sin_height : (D, H) sine of the sun's height, 0 at night
    noise : (D, H) standard normal numbers

    Notes
    -----
    kt = ktm + sigma y; ktm = lambda + eps exp(-kappa / sin h), sigma = A exp(B (1 - sin h)), and y is
    autoregressive from hour to hour with phi, all of them functions of the day's clearness (Aguiar and
    Collares-Pereira 1992). The paper clips at a clear-sky clearness; here the ceiling does that, in ``fill``.
    """
    k = kt_day[:, None]
    up = sin_height > 0
    sine = np.where(up, sin_height, 1.0)
    trend = -0.19 + 1.12 * k + 0.24 * np.exp(-8 * k)
    trend = trend + (0.32 - 1.6 * (k - 0.5) ** 2) * np.exp(-(0.19 + 2.27 * k**2 - 2.51 * k**3) / sine)
    spread = 0.14 * np.exp(-20 * (k - 0.35) ** 2 + (3 * (k - 0.45) ** 2 + 16 * k**5) * (1 - sine))
    phi = 0.38 + 0.06 * np.cos(7.4 * kt_day - 2.5)
    innovation = np.sqrt(1 - phi**2)
    y = noise.copy()  # hour 0 has the stationary distribution, and so has each later one
    for h in range(1, HOURS):
        y[:, h] = phi * y[:, h - 1] + innovation * noise[:, h]
    return np.where(up, np.maximum(trend + spread * y, KT_FLOOR), 0.0)


def month_targets(climate: Climate, sky: Sky, ghi_kwh_per_m2: float | None) -> Array:
    """(12,) Wh/m2 that each month must have: clearness times what enters here, or in proportion to it.

    Raises
    ------
    WeatherError : the level is not a positive number, or more than a month can hold below the ceiling
    """
    targets = np.asarray(climate.clearness) * month_sums(sky.extraterrestrial.sum(axis=1))
    own = float(targets.sum()) / 1000
    level = own if ghi_kwh_per_m2 is None else ghi_kwh_per_m2
    if not (math.isfinite(level) and level > 0):
        raise WeatherError(f"ghi_kwh_per_m2: found {level!r}, allowed is a positive number of kWh/m2 a year")
    targets = targets * (level / own)
    room = month_sums(sky.ceiling.sum(axis=1)) * FULL / targets
    if room.min() < 1:
        month = int(room.argmin()) + 1
        raise WeatherError(
            f"ghi_kwh_per_m2: found {level:.0f} kWh/m2 a year; with the seasons of {climate.name} at most "
            f"{math.floor(level * room.min())} is attainable (month {month} would exceed "
            f"{CEILING:g} times the clear sky); the climate itself gives {own:.0f}"
        )
    return targets


def radiation(climate: Climate, sky: Sky, targets: Array, seed: int) -> tuple[Array, Array]:
    """GHI of each hour (D, H) and the normal score of each day's clearness (D,), for months with given sums.

    The seed is an argument so that the mechanism can be tested over many of them.
    """
    noise = normals(seed, SPIN_UP_DAYS + DAYS + DAYS * HOURS)
    scores = day_scores(climate, noise[: SPIN_UP_DAYS + DAYS])
    h0, holds = sky.extraterrestrial.sum(axis=1), sky.ceiling.sum(axis=1) * FULL
    wanted, room = np.zeros((2, MONTHS, 31))
    wanted[IN_MONTH], room[IN_MONTH] = daily_clearness(climate, scores) * h0, holds
    energy = fill(wanted, room, targets)[IN_MONTH]
    kt = tag_hours(energy / h0, sky.sin_height, noise[SPIN_UP_DAYS + DAYS :].reshape(DAYS, HOURS))
    return fill(kt * sky.extraterrestrial, sky.ceiling, energy), scores


def _seasons() -> tuple[NDArray[np.intp], NDArray[np.intp], Array, Array]:
    """Straight lines between mid-months: the months before and after each day (D,), the weight of the latter
    (D, 1), and the share (3, 12, 1) that the month before, the month and the month after have in its mean.
    """
    middle = (MONTH_EDGES[:-1] + MONTH_EDGES[1:]) / 2
    x = np.concatenate([[middle[-1] - DAYS], middle, [middle[0] + DAYS]])
    day = np.arange(DAYS) + 0.5
    left = np.searchsorted(x, day, side="right") - 1
    weight = (day - x[left]) / (x[left + 1] - x[left])
    before, after = (left - 1) % MONTHS, left % MONTHS
    shares = np.zeros((3, MONTHS, 1))
    for neighbour, part in ((before, 1 - weight), (after, weight)):
        np.add.at(shares[..., 0], ((neighbour - MONTH_OF_DAY + 1) % MONTHS, MONTH_OF_DAY), part)
    return before, after, weight[:, None], shares / np.asarray(MONTH_DAYS)[:, None]


_BEFORE, _AFTER, _WEIGHT, _SHARES = _seasons()


def _through_months(table: Array) -> Array:
    """(12, H) monthly means to (D, H) without a step between months, with the same monthly means.

    The nodes of the straight lines are moved until the means are met: each round leaves less than a half.
    """
    nodes = table
    for _ in range(40):
        mean = _SHARES[0] * np.roll(nodes, 1, axis=0) + _SHARES[1] * nodes
        nodes = nodes + table - mean - _SHARES[2] * np.roll(nodes, -1, axis=0)
    return np.asarray(nodes[_BEFORE] * (1 - _WEIGHT) + nodes[_AFTER] * _WEIGHT)


def _on_clock(table: Array, shift_minutes: float) -> Array:
    """Mean days (12, 24) of the station's clock on one that is ``shift_minutes`` ahead of it."""
    hours, part = divmod(shift_minutes / 60, 1)
    whole = np.roll(table, int(hours), axis=1)
    return whole if part == 0 else whole * (1 - part) + np.roll(whole, 1, axis=1) * part


def temperature(climate: Climate, scores: Array, shift_minutes: float) -> Array:
    """Air temperature (D, H), degrees C: the month's mean day, moved and stretched by the day's clearness.

    The score goes straight from one noon to the next, so that no step falls on midnight; a last constant
    per month, some hundredths of a degree, gives each month its mean.
    """
    table = _on_clock(np.asarray(climate.temp_air), shift_minutes)
    swing = (table - table.mean(axis=1, keepdims=True))[MONTH_OF_DAY]
    lift = np.asarray(climate.temp_mean_per_score)[MONTH_OF_DAY, None]
    relative = np.asarray(climate.temp_range_per_score) / np.asarray(climate.temp_range)
    hour = np.arange(DAYS * HOURS, dtype=np.float64)
    score = np.interp(hour, np.arange(DAYS) * 24.0 + 11.5, scores).reshape(DAYS, HOURS)
    # the dullest day stays a little warmer at three than at dawn: a straight line would turn it around
    stretch = np.maximum(relative[MONTH_OF_DAY, None] * score, LEAST_SWING - 1)
    effect = score * lift + stretch * swing
    excess = month_sums(effect.mean(axis=1)) / np.asarray(MONTH_DAYS)
    return np.asarray(_through_months(table) + effect - excess[MONTH_OF_DAY][:, None])


def _sources(climate: Climate, ghi_kwh_per_m2: float | None, annual: float) -> tuple[Source, ...]:
    """One mapping per ingredient."""
    clear = f"clear sky (Ineichen, turbidity {LINKE_TURBIDITY:g})"
    method = f"Monthly clearness under this place's own sun ({annual:.0f} kWh/m2 a year); no hour above "
    generator = Source(
        "generator", "pvsim", "hours after Aguiar and Collares-Pereira, Solar Energy 49(3), 1992, 167-174",
        f"{YEAR}, a typical year", method + f"{CEILING:g} times the {clear}; seed {SEED}.",
        "generated, not measured",
    )  # fmt: skip
    level = Source(
        "radiation level", "the scenario", "ghi_kwh_per_m2", "as the scenario means it",
        f"All months in proportion, to {ghi_kwh_per_m2} kWh/m2 a year.", "set by the user",
    )  # fmt: skip
    used = [s for s in climate.sources if s.ingredient != "rain"]
    return (*used, generator, *([] if ghi_kwh_per_m2 is None else [level]))


@lru_cache(maxsize=16)
def typical_year(
    climate: Climate,
    *,
    latitude: float,
    longitude: float,
    altitude: float,
    utc_offset_minutes: int,
    decomposition: str = "erbs",
    ghi_kwh_per_m2: float | None = None,
    step_minutes: int = STEP_MINUTES,
) -> Weather:
    """The typical year 2025 of a place, always the same for the same arguments (kept in a small cache).

    Parameters
    ----------
    climate : of a station within 200 km
    latitude, longitude : degrees
    altitude : m
    utc_offset_minutes : of the local clock, which decides days and months
    decomposition : a key of ``pvsim.physics.irradiance.DECOMPOSITION``
    ghi_kwh_per_m2 : rescales the level of the year, all months in proportion; None keeps the climate's
    step_minutes : 60

    Returns
    -------
    Weather of 8760 rows, means of the hour; GHI of each month to 1e-6 of its clearness times H0

    Raises
    ------
    WeatherError : too far from the station, an unattainable level, an unknown decomposition or step
    """
    if step_minutes != STEP_MINUTES:
        raise WeatherError(f"step_minutes: found {step_minutes}, allowed is {STEP_MINUTES} for a generated year")
    if decomposition not in DECOMPOSITION:
        raise WeatherError(f"decomposition: found {decomposition!r}, allowed are {', '.join(DECOMPOSITION)}")
    if abs(utc_offset_minutes - longitude * 4) > MAX_CLOCK_SHIFT_MINUTES:
        raise WeatherError(
            f"site.tz: UTC{utc_offset_minutes / 60:+g} is far from the sun of longitude {longitude:g}, which keeps "
            f"UTC{longitude / 15:+.1f}; China is +08:00"
        )
    warnings = check_place(climate, latitude, longitude, altitude)[1]
    axis = TimeAxis.of_year(YEAR, step_minutes, utc_offset_minutes)
    sky = sky_over(axis, latitude, longitude, altitude)
    targets = month_targets(climate, sky, ghi_kwh_per_m2)
    ghi, scores = radiation(climate, sky, targets, SEED)
    shift = utc_offset_minutes - climate.utc_offset_minutes
    flat, sun = ghi.reshape(-1), sky.sun
    dni, dhi = decompose(decomposition, flat, sun.zenith, sun.day_of_year, sun.sunlit_fraction)
    return Weather(
        axis=axis,
        ghi=flat,
        dhi=dhi,
        dni=dni,
        temp_air=temperature(climate, scores, shift).reshape(-1),
        wind_speed=_through_months(_on_clock(np.asarray(climate.wind_speed), shift)).reshape(-1),
        latitude=latitude,
        longitude=longitude,
        altitude=altitude,
        sun_offset_minutes=SUN_OFFSET_MINUTES,
        source="climate",
        station=climate.name,
        label="start",
        years=climate.period,
        sources=_sources(climate, ghi_kwh_per_m2, float(targets.sum()) / 1000),
        warnings=warnings,
    )
