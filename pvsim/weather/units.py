"""Columns in another unit than the one they are read as: known by values that no sky gives."""

from __future__ import annotations

import math

import numpy as np

from pvsim.errors import WeatherError
from pvsim.physics.sun import TimeAxis
from pvsim.weather.table import Array, kind_of

ENOUGH_ROWS = 50
KELVIN, WARMEST_MEDIAN_C = 150.0, 38.0  # of the median over a year; 29 C is the warmest place's mean
WINDIEST_MEDIAN = 14.0  # m/s
BRIGHTEST, MANY = 1600.0, 0.02  # W/m2 that more than so many lit rows never pass
KILOWATTS, MEGAJOULES = 2.0, 6.0  # W/m2 that some row of a year passes anywhere
CLEAR_NOON, HALF = 1000.0, 0.55  # W/m2 with the sun overhead; less than half of it at the brightest of a year
TROPIC_DEG = 23.44
ENOUGH_DAYS = 200


def refuse_odd_units(name: str, series: dict[str, Array], axis: TimeAxis, latitude: float) -> None:
    """Refuse a column whose whole range belongs to another unit, and say which.

    Raises
    ------
    WeatherError
    """
    _wind(name, series["wind_speed"])
    for column, values in series.items():
        if kind_of(column) == "temperature":
            _temperature(name, column, values)
        elif kind_of(column) == "irradiance" and column != "dni":
            _light(name, column, values, axis.step_minutes, latitude)


def _temperature(name: str, column: str, values: Array) -> None:
    known = values[np.isfinite(values)]
    if known.size >= ENOUGH_ROWS:
        median = float(np.median(known))
        guess = "kelvin" if median > KELVIN else "degrees Fahrenheit" if median > WARMEST_MEDIAN_C else ""
        if guess:
            raise WeatherError(f"{name}: the median of {column} is {median:.0f}: {guess}? Degrees Celsius are needed")


def _wind(name: str, wind_speed: Array) -> None:
    blows = wind_speed[np.isfinite(wind_speed)]
    if blows.size >= ENOUGH_ROWS and np.median(blows) > WINDIEST_MEDIAN:
        raise WeatherError(f"{name}: the median of wind_speed is {np.median(blows):.0f}: km/h? m/s are needed")


def _light(name: str, column: str, values: Array, step_minutes: int, latitude: float) -> None:
    lit = values[np.isfinite(values) & (values > 0)]
    if lit.size < ENOUGH_ROWS:
        return
    top = float(np.quantile(lit, 0.999))
    if (lit > BRIGHTEST).mean() > MANY:
        raise WeatherError(f"{name}: {column} reaches {top:,.0f}: kJ/m2 or J/m2? Means in W/m2 are needed")
    if column == "dhi":
        return  # a clear year may have little of it
    guess = "kW/m2" if top < KILOWATTS else "MJ/m2" if top < MEGAJOULES else ""
    noon = CLEAR_NOON * math.cos(math.radians(min(max(abs(latitude) - TROPIC_DEG, 0.0), 80.0)))
    long = np.isfinite(values).sum() * step_minutes >= ENOUGH_DAYS * 1440
    # a plane may see little light: only GHI is known to pass so much
    if not guess and column == "ghi" and step_minutes < 60 and long and top < HALF * noon:
        guess = f"Wh/m2 in {step_minutes} minutes"
    if guess:
        raise WeatherError(f"{name}: {column} never passes {top:.3g}: {guess}? Means in W/m2 are needed")
