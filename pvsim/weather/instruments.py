"""Measured columns of roofs, in-plane light and temperature of modules: under the checks that the sky has.

All arrays (T,) on one regular axis, W/m2 and degrees C.
"""

from __future__ import annotations

import numpy as np

from pvsim.errors import WeatherError
from pvsim.physics.sun import Sun
from pvsim.weather.quality import DARK_DEG, DARK_LIMIT, DARK_SHARE, Series
from pvsim.weather.table import kind_of

MODULE = (-60.0, 110.0)  # degrees C, of a module's back
BRIGHTEST = 1.4  # of the extraterrestrial beam: cloud edges and bright ground on a plane that faces the sun
OF_GHI = (0.2, 1.9)  # annual in-plane light over GHI, from a wall that faces the pole to a steep plane far north
TOGETHER = (0.3, 0.7)  # correlation with GHI: below the first another clock, below the second a steep plane or a doubt


def mend_measured(name: str, series: Series, sun: Sun, repairs: dict[str, int]) -> tuple[str, ...]:
    """Mask what cannot be, in place; returns warnings.

    Raises
    ------
    WeatherError : in-plane light in the dark, at other times than GHI, or of another size altogether
    """
    notes: tuple[str, ...] = ()
    for column in [c for c in series if c.startswith(("poa_global", "module_temperature"))]:
        values = series[column]
        light = kind_of(column) == "irradiance"
        wrong = values > BRIGHTEST * sun.dni_extra if light else (values < MODULE[0]) | (values > MODULE[1])
        if wrong.any():
            repairs[f"{column}_out_of_limits"] = int(wrong.sum())
            values[wrong] = np.nan
        if light:
            _refuse_light_in_the_dark(name, column, series, sun)
            notes += _beside_ghi(name, column, series, sun)
    return notes


def _refuse_light_in_the_dark(name: str, column: str, series: Series, sun: Sun) -> None:
    lit = series[column] > DARK_LIMIT
    dark = lit & (sun.zenith > DARK_DEG)
    if dark.sum() > DARK_SHARE * max(lit.sum(), 1):
        raise WeatherError(
            f"{name}: {column} has light in {int(dark.sum())} rows with the sun more than 6 degrees below the horizon: "
            "its clock or its time zone is wrong, or the column is no irradiance"
        )


def _beside_ghi(name: str, column: str, series: Series, sun: Sun) -> tuple[str, ...]:
    """In-plane light against GHI where both are there: sums of a size, and bright at the same times."""
    if "ghi" not in series:
        return ()
    ghi, values = series["ghi"], series[column]
    both = np.isfinite(ghi) & np.isfinite(values) & (sun.zenith < 85)
    if both.sum() < 100 or not ghi[both].any():
        return ()
    ratio = float(values[both].sum() / ghi[both].sum())
    if not OF_GHI[0] <= ratio <= OF_GHI[1]:
        raise WeatherError(
            f"{name}: {column} adds up to {ratio:.2f} times GHI; {OF_GHI[0]:g} to {OF_GHI[1]:g} times is possible: "
            "check the column and its unit (W/m2)"
        )
    together = float(np.corrcoef(ghi[both], values[both])[0, 1]) if np.ptp(values[both]) > 0 else 0.0
    refused, doubted = TOGETHER
    what = f"{name}: {column} is bright at other times than GHI (correlation {together:.2f})"
    if together < refused:
        raise WeatherError(f"{what}: another clock, or the column is no irradiance")
    return (f"{what}: right for a steep plane, else check its clock",) if together < doubted else ()
