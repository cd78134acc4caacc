"""The time axis, and where the sun stands in each of its rows.

Shapes: T rows of time. Angles in degrees, azimuth clockwise from north.

pvlib's own SPA (``pvlib.spa``; Reda and Andreas 2004, doi:10.1016/j.solener.2003.12.003) is split where
its cost splits: right ascension, declination, equation of equinoxes and distance depend on the date alone
and are smooth, so SPA is run at one node a day and interpolated by a cubic spline; everything that depends
on the place and on the minute is computed exactly, by the same ``pvlib.spa`` functions. Against the full
SPA this is a tenth of the work and differs by less than 1e-6 degrees (``tests/physics/test_sun.py``).

No weather enters the sun: refraction is that of 12 degrees C and of the pressure at the site's altitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pvlib import atmosphere, irradiance, spa
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]

DAY_S = 86400
DELTA_T_S = 67.0  # terrestrial time minus UT1: the default of pvlib.solarposition.get_solarposition
ATMOS_REFRACT_DEG = 0.5667  # refraction at sunrise and sunset: the default of pvlib.solarposition.spa_python
REFRACTION_TEMP_C = 12.0  # the default of pvlib.solarposition.get_solarposition
HORIZON_DEG = 90.0


@dataclass(frozen=True)
class TimeAxis:
    """A regular series of rows: row i covers ``start_s + i * step`` up to the next row's start.

    Attributes
    ----------
    start_s : start of the first row, seconds since 1970-01-01 00:00 UTC
    step_minutes : length of a row
    rows : number of rows, T
    utc_offset_minutes : fixed offset of the local clock, which decides days and months
    """

    start_s: int
    step_minutes: int
    rows: int
    utc_offset_minutes: int

    @classmethod
    def of_year(cls, year: int, step_minutes: int, utc_offset_minutes: int) -> TimeAxis:
        """The axis of one calendar year of the local clock."""
        first, last = (
            int(np.datetime64(f"{y}-01-01", "s").astype(np.int64)) - utc_offset_minutes * 60 for y in (year, year + 1)
        )
        return cls(first, step_minutes, (last - first) // (step_minutes * 60), utc_offset_minutes)

    @property
    def step_s(self) -> int:
        """Length of a row, seconds."""
        return self.step_minutes * 60

    @property
    def utc_offset(self) -> str:
        """The offset as ISO 8601 writes it: ``+08:00``."""
        minutes = abs(self.utc_offset_minutes)
        return f"{'-' if self.utc_offset_minutes < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"

    def unixtime(self) -> Array:
        """(T,) start of each row, seconds since 1970-01-01 00:00 UTC."""
        return self.start_s + self.step_s * np.arange(self.rows, dtype=np.float64)

    def local_datetime64(self) -> NDArray[np.datetime64]:
        """(T,) start of each row on the local clock."""
        first = np.datetime64(self.start_s + self.utc_offset_minutes * 60, "s")
        clock: NDArray[np.datetime64] = first + self.step_s * np.arange(self.rows).astype("timedelta64[s]")
        return clock

    def month_index(self) -> NDArray[np.intp]:
        """(T,) month of the row's start on the local clock, 0 = January."""
        months = self.local_datetime64().astype("datetime64[M]").astype(np.int64)
        return (months % 12).astype(np.intp)


@dataclass(frozen=True)
class Sun:
    """Where the sun stands in each row, all (T,).

    Attributes
    ----------
    unixtime : the moment for which the position holds, seconds UTC
    apparent_zenith, zenith, azimuth : degrees, with and without refraction, clockwise from north
    day_of_year : day of the year in UTC, which pvlib's decomposition models ask for
    dni_extra : extraterrestrial normal irradiance, W/m2 (Spencer, on the UTC day as ModelChain does)
    sunlit_fraction : share of the row in which the sun's centre is above the geometric horizon
    """

    unixtime: Array
    apparent_zenith: Array
    zenith: Array
    azimuth: Array
    day_of_year: NDArray[np.int64]
    dni_extra: Array
    sunlit_fraction: Array

    def ghi_extra(self) -> Array:
        """(T,) W/m2 on the horizontal above the atmosphere: of the sunlit part, as a mean of the row."""
        height = np.maximum(np.cos(np.radians(self.zenith)), 0)
        return np.asarray(self.dni_extra * height * self.sunlit_fraction, dtype=np.float64)


@lru_cache(maxsize=8)
def _nodes(first_day: int, last_day: int) -> CubicSpline:
    """Spline over daily SPA: equation of equinoxes, right ascension, declination (degrees), distance (AU)."""
    t = np.arange(first_day - 2, last_day + 4, dtype=np.float64) * DAY_S
    sidereal, ascension, declination = spa.solar_position(t, 0, 0, 0, 0, 0, DELTA_T_S, 0, 1, sst=True)
    distance = spa.earthsun_distance(t, DELTA_T_S, 1)
    jd = spa.julian_day(t)
    equinoxes = np.remainder(sidereal - spa.mean_sidereal_time(jd, spa.julian_century(jd)) + 180, 360) - 180
    return CubicSpline(t, np.stack([equinoxes, np.unwrap(ascension, period=360), declination, distance], axis=1))


def solar_position(unixtime: Array, latitude: float, longitude: float, altitude: float) -> tuple[Array, Array, Array]:
    """Apparent zenith, zenith and azimuth of the sun.

    Parameters
    ----------
    unixtime : (T,) seconds UTC, in any order
    latitude, longitude : degrees, north and east positive
    altitude : m

    Returns
    -------
    apparent_zenith, zenith, azimuth : (T,) degrees, as ``pvlib.solarposition.spa_python`` names them
    """
    first, last = int(unixtime.min() // DAY_S), int(unixtime.max() // DAY_S)
    equinoxes, ascension, declination, distance = _nodes(first, last)(unixtime).T
    jd = spa.julian_day(unixtime)
    sidereal = spa.mean_sidereal_time(jd, spa.julian_century(jd)) + equinoxes
    hour_angle = spa.local_hour_angle(sidereal, longitude, ascension)
    parallax = spa.equatorial_horizontal_parallax(distance)
    u = spa.uterm(latitude)
    x, y = spa.xterm(u, latitude, altitude), spa.yterm(u, latitude, altitude)
    shift = spa.parallax_sun_right_ascension(x, parallax, hour_angle, declination)
    declination = spa.topocentric_sun_declination(declination, x, y, parallax, shift, hour_angle)
    hour_angle = spa.topocentric_local_hour_angle(hour_angle, shift)
    elevation = spa.topocentric_elevation_angle_without_atmosphere(latitude, declination, hour_angle)
    pressure_hpa = atmosphere.alt2pres(altitude) / 100
    refraction = spa.atmospheric_refraction_correction(pressure_hpa, REFRACTION_TEMP_C, elevation, ATMOS_REFRACT_DEG)
    azimuth = spa.topocentric_azimuth_angle(spa.topocentric_astronomers_azimuth(hour_angle, declination, latitude))
    apparent = spa.topocentric_elevation_angle(elevation, refraction)
    return spa.topocentric_zenith_angle(apparent), spa.topocentric_zenith_angle(elevation), azimuth


def utc_day_of_year(unixtime: Array) -> NDArray[np.int64]:
    """Day of the year in UTC, 1 to 366, of each moment (T,)."""
    days = unixtime.astype("datetime64[s]").astype("datetime64[D]")
    day_of_year: NDArray[np.int64] = (days - days.astype("datetime64[Y]")).astype(np.int64) + 1
    return day_of_year


def _horizon_crossing(left: Array, right: Array, latitude: float, longitude: float, altitude: float) -> Array:
    """Moment between ``left`` and ``right`` (seconds UTC) at which the sun's centre crosses the horizon.

    Four false-position steps on the zenith, which is nearly straight within an hour, reach a second.
    """
    z_left = solar_position(left, latitude, longitude, altitude)[1] - HORIZON_DEG
    z_right = solar_position(right, latitude, longitude, altitude)[1] - HORIZON_DEG
    guess = left
    for _ in range(4):
        guess = left - z_left * (right - left) / (z_right - z_left)
        z = solar_position(guess, latitude, longitude, altitude)[1] - HORIZON_DEG
        same = np.sign(z) == np.sign(z_left)
        left, z_left = np.where(same, guess, left), np.where(same, z, z_left)
        right, z_right = np.where(same, right, guess), np.where(same, z_right, z)
    return guess


def _sunlit_middle(
    axis: TimeAxis, moment: Array, latitude: float, longitude: float, altitude: float
) -> tuple[Array, Array]:
    """Move the moment of rows that hold a sunrise or sunset to the middle of their sunlit part.

    Returns the moments and the sunlit fraction, (T,) each. Else such a row's sun would stand below the
    horizon or far from where its light came from, which loses energy or makes DNI explode.
    """
    zenith = solar_position(moment, latitude, longitude, altitude)[1]
    sunlit = (zenith < HORIZON_DEG).astype(np.float64)
    moment = moment.copy()
    # the sun moves at most 15 degrees an hour: only rows this close to the horizon can hold a crossing
    near = np.flatnonzero(np.abs(zenith - HORIZON_DEG) < 15.5 * axis.step_minutes / 60)
    start = axis.unixtime()[near]
    end = start + axis.step_s
    up_at_start = (
        solar_position(start, latitude, longitude, altitude)[1] < HORIZON_DEG if near.size else np.array([], bool)
    )
    up_at_end = solar_position(end, latitude, longitude, altitude)[1] < HORIZON_DEG if near.size else np.array([], bool)
    crossing = up_at_start != up_at_end
    if not crossing.any():
        return moment, sunlit
    start, end, rises = start[crossing], end[crossing], up_at_end[crossing]
    horizon = _horizon_crossing(start, end, latitude, longitude, altitude)
    left, right = np.where(rises, horizon, start), np.where(rises, end, horizon)
    rows = near[crossing]
    moment[rows] = (left + right) / 2
    sunlit[rows] = (right - left) / axis.step_s
    return moment, sunlit


@lru_cache(maxsize=16)
def sun_over(
    axis: TimeAxis, sun_offset_minutes: tuple[float, ...], latitude: float, longitude: float, altitude: float
) -> Sun:
    """The sun over a whole time axis, once per site (kept in a small cache).

    Parameters
    ----------
    axis : the rows, T of them
    sun_offset_minutes : 12 values, by month: where the sun stands, counted from the row's start. Half a
        step says that rows are means; a row with a sunrise or sunset then takes the middle of its sunlit part.
    latitude, longitude : degrees
    altitude : m
    """
    offset_s = np.asarray(sun_offset_minutes, dtype=np.float64)[axis.month_index()] * 60
    moment = axis.unixtime() + offset_s
    means = offset_s == axis.step_s / 2
    sunlit = np.ones(axis.rows)
    if means.any():
        middle, part = _sunlit_middle(axis, moment, latitude, longitude, altitude)
        moment, sunlit = np.where(means, middle, moment), np.where(means, part, sunlit)
    apparent_zenith, zenith, azimuth = solar_position(moment, latitude, longitude, altitude)
    day_of_year = utc_day_of_year(moment)
    dni_extra = np.asarray(irradiance.get_extra_radiation(day_of_year), dtype=np.float64)
    sun = Sun(moment, apparent_zenith, zenith, azimuth, day_of_year, dni_extra, sunlit)
    for a in vars(sun).values():
        a.setflags(write=False)
    return sun
