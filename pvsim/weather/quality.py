"""What is wrong with a weather series before it reaches the model: mended and counted, or refused.

All arrays (T,) on one regular axis, W/m2, degrees C, m/s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import WeatherError
from pvsim.physics.sun import DAY_S, Sun, TimeAxis

Array = NDArray[np.float64]
Series = dict[str, Array]

DARK_DAYS = 3  # in a row without any light: a sensor that was off
SHORT_GAP_ROWS = 3  # of temperature: a longer gap stays a gap
CALM_WIND = 1.0  # m/s, for missing wind: a careful guess, since still air heats the cells
DARK_DEG, DARK_LIMIT = 96.0, 10.0  # below civil twilight no light of this strength, W/m2, is possible
DARK_SHARE = 0.03  # of the lit rows: values an hour late stay below, a wrong zone is far above
ANNUAL_GHI = (500.0, 2800.0)  # kWh/m2 a year anywhere on the inhabited earth
DIFFUSE_EXCESS = 1.05  # DHI above GHI by more over a year is a swapped or broken column
CLOSURE_ZENITH_DEG = 80.0  # a lower sun makes every file close badly
CLOSURE_REFUSED = 75.0  # W/m2 rms; the worst published file at hand has 52
CLOSURE_LIMITS = (15.0, 30.0)  # W/m2 rms: beyond the first it is worth a word, beyond the second a doubt


def mend(series: Series, repairs: dict[str, int]) -> tuple[str, ...]:
    """Mend what a model can do without, in place: small negatives, missing wind, short gaps of temperature.

    Returns warnings; ``repairs`` counts by rule.
    """
    notes: tuple[str, ...] = ()
    for name in ("ghi", "dhi"):
        negative = series[name] < 0
        if negative.any():
            repairs[f"{name}_negative_to_zero"] = int(negative.sum())
            series[name][negative] = 0.0
    calm = np.isnan(series["wind_speed"])
    if calm.any():
        repairs["wind_speed_missing"] = int(calm.sum())
        series["wind_speed"][calm] = CALM_WIND
        notes += (f"wind_speed is missing in {int(calm.sum())} rows; {CALM_WIND:g} m/s was taken there",)
    short = _short_gaps(series["temp_air"])
    if short.any():
        repairs["temp_air_interpolated"] = int(short.sum())
        rows, known = np.arange(short.size), ~np.isnan(series["temp_air"])
        series["temp_air"][short] = np.interp(rows[short], rows[known], series["temp_air"][known])
    return notes


def drop_days_without_light(series: Series, axis: TimeAxis, sun: Sun, repairs: dict[str, int]) -> None:
    """Days in a row whose GHI is zero throughout although the sun rose are gaps, not darkness, in place.

    One or two are let be: design years in whole W/m2 have such days.
    """
    day = axis.unixtime() + axis.utc_offset_minutes * 60
    index = ((day - day[0]) // DAY_S).astype(np.int64)
    light = np.bincount(index, np.nan_to_num(series["ghi"]))
    possible = np.bincount(index, np.maximum(np.cos(np.radians(sun.zenith)), 0) * sun.sunlit_fraction)
    dark = (light == 0) & (possible > 1)
    lone = np.zeros_like(dark)
    for start, end in _runs(dark):
        lone[start:end] = end - start < DARK_DAYS
    empty = (dark & ~lone)[index] & np.isfinite(series["ghi"])
    if empty.any():
        repairs["rows_of_days_without_light_dropped"] = int(empty.sum())
        series["ghi"][empty] = np.nan


def _short_gaps(values: Array) -> NDArray[np.bool_]:
    """Rows of gaps of at most three rows that have values on both sides."""
    missing = np.isnan(values)
    short = np.zeros(values.size, dtype=bool)
    for start, end in _runs(missing):
        if end - start <= SHORT_GAP_ROWS and start > 0 and end < values.size:
            short[start:end] = True
    return short


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(n, 2) start and end (exclusive) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def refuse_impossible(name: str, series: Series, sun: Sun, step_hours: float) -> None:
    """Refuse a year that no sky gives.

    Raises
    ------
    WeatherError
        For light in the dark (a wrong clock or zone), an impossible annual GHI, or more diffuse than global.
    """
    ghi, dhi = series["ghi"], series["dhi"]
    lit = ghi > DARK_LIMIT
    dark = lit & (sun.zenith > DARK_DEG)
    if dark.sum() > DARK_SHARE * max(lit.sum(), 1):
        raise WeatherError(
            f"{name}: {int(dark.sum())} rows have light with the sun more than 6 degrees below the horizon: "
            "its clock or its time zone is wrong; check the offset in the header and the hours of the rows"
        )
    whole = np.isfinite(ghi)
    annual = float(ghi[whole].sum()) * step_hours / 1000
    low, high = ANNUAL_GHI
    # a file with gaps cannot show that its year is too dull
    if annual > high or (annual < low and whole.all()):
        raise WeatherError(
            f"{name}: GHI adds up to {annual:,.0f} kWh/m2 a year; {low:,.0f} to {high:,.0f} are possible; "
            "check the column and its unit (W/m2)"
        )
    both = whole & np.isfinite(dhi)
    if dhi[both].sum() > DIFFUSE_EXCESS * ghi[both].sum():
        raise WeatherError(
            f"{name}: DHI adds up to more than GHI ({dhi[both].sum() / max(ghi[both].sum(), 1e-9):.2f} times): "
            "a column is broken or swapped"
        )


def closure_notes(name: str, series: Series, sun: Sun) -> tuple[str, ...]:
    """A warning when GHI and DHI + DNI cos(zenith) part by more than good data do, graded by how far."""
    gap = series["ghi"] - series["dhi"] - series["dni"] * np.cos(np.radians(sun.zenith))
    judged = (sun.zenith < CLOSURE_ZENITH_DEG) & np.isfinite(gap)
    rms = float(np.sqrt(np.mean(gap[judged] ** 2))) if judged.any() else 0.0
    usual, bad = CLOSURE_LIMITS
    if rms <= usual:
        return ()
    what = f"the file's three irradiance columns disagree by {rms:.0f} W/m2 rms (GHI against DHI + DNI cos(zenith))"
    if rms <= bad:
        return (f"{what}: usual where values stand at another minute of the hour, and of little weight for flat roofs",)
    if rms > CLOSURE_REFUSED:
        raise WeatherError(
            f"{name}: {what}: a column is broken, swapped or of another unit; up to {CLOSURE_REFUSED:g} is read"
        )
    return (f"{what}: its beam is not to be trusted, nor the total and what tilt and direction make of it",)


def gap_note(covered: NDArray[np.bool_], sun: Sun) -> tuple[float, tuple[str, ...]]:
    """Share of the year's possible light that falls in covered rows, and a warning where that is not all.

    The light that could fall on a horizontal plane outside the atmosphere weighs the rows: ten missing
    noons count for more than ten missing nights.
    """
    possible = sun.dni_extra * np.maximum(np.cos(np.radians(sun.zenith)), 0) * sun.sunlit_fraction
    share = float(possible[covered].sum() / possible.sum()) if possible.sum() > 0 else 1.0
    missing = int((~covered).sum())
    if not missing:
        return share, ()
    return share, (
        f"weather is missing in {missing} rows, which hold {1 - share:.1%} of the year's possible light: "
        "the energy is a partial sum, nothing was scaled up",
    )
