"""Measured columns of roofs, in-plane light and temperature of modules: under the checks that the sky has.

All arrays (T,) on one regular axis, W/m2 and degrees C.
"""

from __future__ import annotations

import numpy as np

from pvsim.errors import WeatherError
from pvsim.physics.sun import Sun
from pvsim.weather.quality import DARK_DEG, DARK_LIMIT, DARK_SHARE, STUCK_HOURS, Series, runs
from pvsim.weather.table import kind_of

MODULE = (-60.0, 110.0)  # degrees C, of a module's back
BRIGHT = 200.0  # W/m2 of GHI: no plane of a roof is dark then for hours
MANY = 0.01  # of the rows beyond the limits: another quantity, not a spike
WITH_LIGHT = 0.2  # correlation of the module's warmth above the air with light: below it the column is something else
BRIGHTEST = 1.4  # of the extraterrestrial beam: cloud edges and bright ground on a plane that faces the sun
OF_GHI = (0.05, 1.9)  # in-plane light over GHI, from a wall that faces the pole to a steep plane far north
OF_TOP = (0.05, 1.3)  # the same over what enters the atmosphere, where there is no GHI
TOGETHER = (-0.2, 0.5)  # correlation with GHI: below the first another clock, below the second a steep plane or a doubt


def mend_measured(name: str, series: Series, step_minutes: int, sun: Sun, repairs: dict[str, int]) -> tuple[str, ...]:
    """Mask what cannot be, in place; returns warnings.

    Raises
    ------
    WeatherError : in-plane light in the dark, at other times than GHI, or of another size altogether; a module
        temperature that has nothing to do with light
    """
    notes: tuple[str, ...] = ()
    for column in [c for c in series if c.startswith(("poa_global", "module_temperature"))]:
        values = series[column]
        light = kind_of(column) == "irradiance"
        wrong = values > BRIGHTEST * sun.dni_extra if light else (values < MODULE[0]) | (values > MODULE[1])
        if wrong.sum() > MANY * max(np.isfinite(values).sum(), 1):
            raise WeatherError(
                f"{name}: {column} is beyond what is possible in {int(wrong.sum())} rows: check the column"
            )
        if wrong.any():
            repairs[f"{column}_out_of_limits"] = int(wrong.sum())
            values[wrong] = np.nan
        if light:
            _no_light_in_the_dark(name, column, series, sun, repairs)
            notes += _mask_stuck(name, column, series, step_minutes, repairs)
            notes += _beside_ghi(name, column, series, sun)
        else:
            _refuse_cold_to_light(name, column, series, sun)
    return notes


def _refuse_cold_to_light(name: str, column: str, series: Series, sun: Sun) -> None:
    """A module is warmer than the air by its light; a column that is not, is none of a module."""
    lights = [c for c in series if c.startswith("poa_global")] + ["ghi"] * ("ghi" in series)
    if not lights:
        return
    light, warmth = series[lights[0]], series[column] - series["temp_air"]
    both = np.isfinite(light) & np.isfinite(warmth) & (sun.zenith < 85)
    if both.sum() < 100 or np.ptp(light[both]) == 0:
        return
    still = np.ptp(series[column][both]) < 1.0
    if still or float(np.corrcoef(light[both], warmth[both])[0, 1]) < WITH_LIGHT:
        what = "keeps one value" if still else "is not warmer in more light"
        raise WeatherError(f"{name}: {column} {what}: another clock, or no temperature of a module")


def _mask_stuck(name: str, column: str, series: Series, step_minutes: int, repairs: dict[str, int]) -> tuple[str, ...]:
    """Light that keeps one value for hours, or is zero for hours while GHI is bright, is a gap; in place."""
    values, wrong = series[column], np.zeros(series[column].size, dtype=bool)
    same = np.zeros(values.size, dtype=bool)
    same[1:] = (values[1:] == values[:-1]) & (values[1:] > 0)
    dead = (values == 0) & (series["ghi"] > BRIGHT) if "ghi" in series else np.zeros(values.size, dtype=bool)
    for flags, before in ((same, 1), (dead, 0)):
        for first, end in runs(flags):
            if (end - first + before) * step_minutes > 60 * STUCK_HOURS:
                wrong[first - before : end] = True
    if not wrong.any():
        return ()
    repairs[f"{column}_stuck"] = int(wrong.sum())
    values[wrong] = np.nan
    return (
        f"{name}: {column} keeps one value, or none in bright light, for more than {STUCK_HOURS} hours in "
        f"{int(wrong.sum())} rows (first at row {int(np.argmax(wrong))}): a sensor that was stuck; they are gaps",
    )


def unknown_backs(name: str, series: Series) -> tuple[str, ...]:
    """Warnings of module temperatures that are missing: the temperature model stands in."""
    gaps = {c: int(np.isnan(v).sum()) for c, v in series.items() if c.startswith("module_temperature")}
    return tuple(
        f"{name}: {column} is missing in {rows} rows; the temperature model stands in there"
        for column, rows in gaps.items()
        if rows
    )


def _no_light_in_the_dark(name: str, column: str, series: Series, sun: Sun, repairs: dict[str, int]) -> None:
    """In a few rows light at night is none, in place; many are another clock."""
    lit = series[column] > DARK_LIMIT
    dark = lit & (sun.zenith > DARK_DEG)
    if dark.sum() > DARK_SHARE * max(lit.sum(), 1):
        raise WeatherError(
            f"{name}: {column} has light in {int(dark.sum())} rows with the sun more than 6 degrees below the horizon: "
            "its clock or its time zone is wrong, or the column is no irradiance"
        )
    if dark.any():
        repairs[f"{column}_in_the_dark"] = int(dark.sum())
        series[column][dark] = 0.0


def _beside_ghi(name: str, column: str, series: Series, sun: Sun) -> tuple[str, ...]:
    """In-plane light against GHI, or what enters the atmosphere: sums of a size, and bright at the same times."""
    values, high = series[column], sun.zenith < 85
    known = "ghi" in series and bool(np.isfinite(series["ghi"]).any())
    base = series["ghi"] if known else sun.dni_extra * np.maximum(np.cos(np.radians(sun.zenith)), 0)
    what, (low, top) = ("GHI", OF_GHI) if known else ("what enters the atmosphere", OF_TOP)
    both = np.isfinite(base) & np.isfinite(values) & high
    if both.sum() < 100 or not base[both].any():
        return ()
    ratio = float(values[both].sum() / base[both].sum())
    if not low <= ratio <= top:
        raise WeatherError(
            f"{name}: {column} adds up to {ratio:.2f} times {what}; {low:g} to {top:g} times is possible: check the "
            "column and its unit (W/m2)"
        )
    if not known:
        return ()
    together = float(np.corrcoef(base[both], values[both])[0, 1]) if np.ptp(values[both]) > 0 else -1.0
    refused, doubted = TOGETHER
    said = f"{name}: {column} is bright at other times than GHI (correlation {together:.2f})"
    if together < refused:
        raise WeatherError(f"{said}: another clock, or the column is no irradiance")
    return (f"{said}: right for a steep plane, else check its clock",) if together < doubted else ()
