"""A year of weather from a climate's monthly statistics: the typical one, or one of the many that could be.

Days: ``days`` says how bright each is. Hours: the model TAG (R. Aguiar and M. Collares-Pereira, "TAG: a time-dependent,
autoregressive, Gaussian model for generating synthetic hourly radiation", Solar Energy 49(3), 1992, 167-174), below a
ceiling of 1.1 times the clear sky, or of what the clearest day of the month needs; steps below the hour go on with it.
Energy comes first: each month of a typical year, in it each day, and in that each hour, keeps its sum.

Shapes: D = 365 days, H = 24 clock hours; (D, H) flattened is the time axis (T,), with H times 2, 4 or 6 at finer steps.
Irradiance in W/m2; as a row is an hour, its sum over a day is Wh/m2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pvsim.errors import WeatherError
from pvsim.physics.irradiance import decompose
from pvsim.physics.sun import Sun, TimeAxis, sun_over
from pvsim.weather.air import shift_minutes, temperature, wind
from pvsim.weather.clear import CEILING, SPARE, clear_sky, lifted
from pvsim.weather.climate import Climate
from pvsim.weather.days import (
    DAYS,
    IN_MONTH,
    MONTH_OF_DAY,
    MONTHS,
    NOISE_DAYS,
    SLICES,
    Array,
    daily_clearness,
    month_sums,
    normals,
    persistent,
    random_scores,
    typical_scores,
    with_sum,
)
from pvsim.weather.fill import FULL, fill
from pvsim.weather.record import Weather
from pvsim.weather.site import SEED, STEP_MINUTES, YEAR, Site, air_of, checked, shares_of, sources_of

HOURS = 24
LEVEL_POINTS, LEVEL_ROUNDS = 100, 12  # of the distribution of days, and of finding their level
KT_FLOOR = 0.015  # TAG was fitted on brighter days than a third of a Chongqing winter


@dataclass(frozen=True)
class Sky:
    """The two bounds of the light at a place: what enters the atmosphere, and what can arrive below it.

    Attributes
    ----------
    sun : the sun over the year, arrays (T,)
    extraterrestrial : (D, H) on the horizontal, mean of the row's sunlit part spread over the row
    ceiling : (D, H) 1.1 times the clear sky, likewise; more where the clearest day of the month needs it
    sin_height : (D, H) sine of the sun's height, 0 at night

    With rows shorter than an hour H is their number a day.
    """

    sun: Sun
    extraterrestrial: Array
    ceiling: Array
    sin_height: Array


@lru_cache(maxsize=4)
def sky_over(axis: TimeAxis, latitude: float, longitude: float, altitude: float, climate: Climate) -> Sky:
    """The sky of a year (kept in a small cache): Ineichen and Perez (2002) at the climate's turbidity and altitude.

    These two belong together, as they were fitted so. Each day holds the clearest day of its month.
    """
    sun = sun_over(axis, (axis.step_minutes / 2,) * MONTHS, latitude, longitude, altitude)
    up = np.flatnonzero(sun.sunlit_fraction > 0)
    share, zenith = sun.sunlit_fraction[up], sun.apparent_zenith[up]
    clear = clear_sky(zenith, sun.dni_extra[up], climate.altitude, climate.linke_turbidity)[0]
    sine = np.cos(np.radians(sun.zenith[up]))
    full = np.zeros((3, axis.rows))
    full[0] = sun.ghi_extra()
    full[1, up] = CEILING * clear * share
    full[2, up] = sine
    extraterrestrial, ceiling, sin_height = full.reshape(3, DAYS, -1)
    clearest = np.asarray(climate.clearness_quantiles)[MONTH_OF_DAY, -1]
    ceiling[:] = lifted(ceiling, extraterrestrial, SPARE * clearest * extraterrestrial.sum(axis=1))
    full.setflags(write=False)
    return Sky(sun, extraterrestrial, ceiling, sin_height)


def tag_hours(kt_day: Array, sin_height: Array, noise: Array, per_hour: int = 1) -> Array:
    """Clearness of each hour after TAG, (D, H); 0 at night.

    Parameters
    ----------
    kt_day : (D,) clearness of the day
    sin_height : (D, H) sine of the sun's height, 0 at night
    noise : (D, H) standard normal numbers
    per_hour : rows in an hour; the correlation from row to row is then phi^(1 / per_hour)

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
    phi = (0.38 + 0.06 * np.cos(7.4 * kt_day - 2.5)) ** (1 / per_hour)
    innovation = np.sqrt(1 - phi**2)
    y = noise.copy()  # hour 0 has the stationary distribution, and so has each later one
    for h in range(1, y.shape[1]):
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
        if ghi_kwh_per_m2 is None:
            raise WeatherError(
                f"month {month} of {climate.name} has {targets[month - 1] / 1000:.0f} kWh/m2, more than {CEILING:g} "
                "times the clear sky holds; check GHI, its unit, latitude, longitude and altitude of the climate"
            )
        raise WeatherError(
            f"ghi_kwh_per_m2: found {level:.0f} kWh/m2 a year; with the seasons of {climate.name} at most "
            f"{math.floor(level * room.min())} is attainable (month {month} would exceed "
            f"{CEILING:g} times the clear sky); the climate itself gives {own:.0f}"
        )
    return targets


def typical_days(climate: Climate, sky: Sky, targets: Array, noise: Array) -> tuple[Array, Array]:
    """Energy of each day (D,), Wh/m2, in months with given sums, and the normal score of its clearness (D,)."""
    scores = typical_scores(persistent(climate.lag_1_generator, noise))
    h0, holds = sky.extraterrestrial.sum(axis=1), sky.ceiling.sum(axis=1) * FULL
    wanted, room = np.zeros((2, MONTHS, 31))
    kt = daily_clearness(climate.probabilities, climate.clearness_quantiles, scores)
    level = targets / (np.asarray(climate.clearness) * month_sums(h0))
    for days, factor, total in zip(SLICES, level, targets, strict=True):
        kt[days] = with_sum(factor * kt[days], h0[days], total)
    wanted[IN_MONTH], room[IN_MONTH] = kt * h0, holds
    return fill(wanted, room, targets)[IN_MONTH], scores


def random_days(climate: Climate, sky: Sky, targets: Array, noise: Array) -> tuple[Array, Array]:
    """The same of a year as it may fall: months have the targets in the mean of many years, none in its own.

    Parameters
    ----------
    noise : (1 + 12 + 31 + D,) standard normal numbers: of the year, of the months, of the days
    """
    year, months, days = noise[:1], noise[1 : 1 + MONTHS], noise[1 + MONTHS :]
    scores = random_scores(
        climate.year_share,
        climate.month_share,
        climate.lag_1_generator,
        year,
        months,
        persistent(climate.lag_1_generator, days),
    )
    h0, holds = sky.extraterrestrial.sum(axis=1), sky.ceiling.sum(axis=1) * FULL
    level = _level(climate, h0, holds, targets)
    wanted = daily_clearness(climate.probabilities, climate.clearness_quantiles, scores) * level[MONTH_OF_DAY] * h0
    return np.minimum(wanted, holds), scores


def _level(climate: Climate, h0: Array, holds: Array, targets: Array) -> Array:
    """(12,) the factor on daily clearness with which the months have their targets in the mean of many years.

    At a raised level the clearest days are cut at the ceiling: the others have to make up for it.
    """
    mean = np.trapezoid(climate.clearness_quantiles, climate.probabilities, axis=1)
    level = targets / (mean * month_sums(h0))
    if (targets <= np.asarray(climate.clearness) * month_sums(h0) * (1 + 1e-9)).all():
        return np.asarray(level)
    middle = (np.arange(LEVEL_POINTS) + 0.5) / LEVEL_POINTS
    for m, days in enumerate(SLICES):
        drawn = np.interp(middle, climate.probabilities, climate.clearness_quantiles[m]) * h0[days, None]
        for _ in range(LEVEL_ROUNDS):
            level[m] *= targets[m] / np.minimum(level[m] * drawn, holds[days, None]).mean(axis=1).sum()
    return np.asarray(level)


def radiation(climate: Climate, sky: Sky, targets: Array, seed: int, *, random: bool = False) -> tuple[Array, Array]:
    """GHI of each hour (D, H) and the normal score of each day's clearness (D,).

    The seed is an argument so that the mechanism can be tested over many of them.
    """
    count = NOISE_DAYS + (1 + MONTHS if random else 0)
    noise = normals(seed, count + DAYS * HOURS)
    energy, scores = (random_days if random else typical_days)(climate, sky, targets, noise[:count])
    kt = tag_hours(energy / sky.extraterrestrial.sum(axis=1), sky.sin_height, noise[count:].reshape(DAYS, HOURS))
    return fill(kt * sky.extraterrestrial, sky.ceiling, energy), scores


def within_hours(ghi: Array, hours: Sky, steps: Sky, seed: int) -> Array:
    """GHI of steps below the hour (D, H n), from that of the hours (D, H): each hour keeps its mean.

    The steps are TAG's, with a correlation that reaches as far in time; the ceiling is that of the hours.
    """
    per_hour = steps.ceiling.shape[1] // HOURS
    noise = normals((seed, per_hour), steps.ceiling.size).reshape(steps.ceiling.shape)
    kt_day = ghi.sum(axis=1) / hours.extraterrestrial.sum(axis=1)
    kt = tag_hours(kt_day, steps.sin_height, noise, per_hour)
    shares = (kt * steps.extraterrestrial).reshape(-1, per_hour)
    ceiling = steps.ceiling.reshape(-1, per_hour)
    total = ghi.reshape(-1) * per_hour
    # an hour's level over its own draw, in straight lines from the middle of one hour to the next: no step between them
    drawn = shares.sum(axis=1)
    lit = np.flatnonzero((drawn > 0) & (total > 0))
    middle = (np.arange(shares.size) + 0.5) / per_hour - 0.5
    shares = shares * np.interp(middle, lit, total[lit] / drawn[lit]).reshape(shares.shape)
    # an hour's own ceiling, of the sun in its middle, is a little more or less than the sum of its steps'
    top = ceiling.sum(axis=1)
    scale = np.where(top > 0, hours.ceiling.reshape(-1) * per_hour / np.where(top > 0, top, 1.0), 0.0)
    return fill(shares, ceiling * scale[:, None], total * FULL).reshape(DAYS, -1)


def _to_steps(hourly: Array, per_hour: int) -> Array:
    """(D, H) means of hours as steps (D H n,), in straight lines from the middle of one hour to that of the next."""
    flat = hourly.reshape(-1)
    if per_hour == 1:
        return flat
    middle = (np.arange(flat.size * per_hour) + 0.5) / per_hour - 0.5
    return np.interp(middle, np.arange(flat.size), flat)


@lru_cache(maxsize=16)
def typical_year(climate: Climate, site: Site) -> Weather:
    """The typical year 2025 of a place, always the same for the same arguments (kept in a small cache).

    Parameters
    ----------
    climate : of a station or between some, within 200 km
    site : ``ghi_kwh_per_m2`` rescales the level of the year, all months in proportion; None keeps the climate's;
        ``step_minutes`` is 60, 30, 15 or 10

    Returns
    -------
    Weather of 8760 hours, means of the row; GHI of each month to 1e-6 of its clearness times H0; hours of finer steps
    are those of the year of hours

    Raises
    ------
    WeatherError : too far from the station, an unattainable level, an unknown decomposition or step
    """
    return _year(climate, site, None)


def random_year(climate: Climate, site: Site, seed: int) -> Weather:
    """A year as it may fall, written as 2025: the same for the same seed.

    Over many seeds, months and years have the mean of the climate (or ``ghi_kwh_per_m2``), and spread as its years do.

    Parameters
    ----------
    climate, site : as for ``typical_year``
    seed : 0 to 10,001,000

    Raises
    ------
    WeatherError : as ``typical_year``
    """
    return _year(climate, site, seed)


def _year(climate: Climate, site: Site, seed: int | None) -> Weather:
    warnings = checked(climate, site, seed)
    place = (site.latitude, site.longitude, site.altitude, climate)
    hours = sky_over(TimeAxis.of_year(YEAR, STEP_MINUTES, site.utc_offset_minutes), *place)
    targets = month_targets(climate, hours, site.ghi_kwh_per_m2)
    ghi, scores = radiation(climate, hours, targets, SEED if seed is None else seed, random=seed is not None)
    axis, sky = TimeAxis.of_year(YEAR, site.step_minutes, site.utc_offset_minutes), hours
    per_hour = STEP_MINUTES // site.step_minutes
    if per_hour > 1:
        sky = sky_over(axis, *place)
        ghi = within_hours(ghi, hours, sky, SEED if seed is None else seed)
    flat, sun = ghi.reshape(-1), sky.sun
    if seed is not None:
        annual, mean = float(flat.sum()) / per_hour / 1000, float(targets.sum()) / 1000
        warnings += (
            f"this is one random year (seed {seed}), with {annual:,.0f} kWh/m2 of GHI against {mean:,.0f} in the "
            "mean of many: its energy is not what the roof gives in the long run",
        )
    dni, dhi = decompose(site.decomposition, flat, sun.zenith, sun.day_of_year, sun.sunlit_fraction)
    air = air_of(climate)
    shift = shift_minutes(air, site.longitude, site.utc_offset_minutes)
    return Weather(
        axis=axis,
        ghi=flat,
        dhi=dhi,
        dni=dni,
        temp_air=_to_steps(temperature(air, scores, site.altitude, shift), per_hour),
        wind_speed=_to_steps(wind(air, shift), per_hour),
        latitude=site.latitude,
        longitude=site.longitude,
        altitude=site.altitude,
        sun_offset_minutes=(site.step_minutes / 2,) * MONTHS,
        source="climate",
        station=climate.name,
        label="start",
        years=climate.period,
        sources=sources_of(climate, site, seed, float(targets.sum()) / 1000),
        warnings=warnings,
        stations=shares_of(climate, site),
        seed=seed,
    )
