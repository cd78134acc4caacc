"""What is wrong with a weather series before it reaches the model: masked and counted, or refused.

All arrays (T,) on one regular axis, W/m2, degrees C, m/s. The clock is found before anything is judged here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import WeatherError
from pvsim.physics.sun import DAY_S, HORIZON_DEG, Sun, TimeAxis
from pvsim.weather.clock import BRIGHTEST
from pvsim.weather.table import Array, kind_of

Series = dict[str, Array]
Flags = NDArray[np.bool_]

NEGATIVE = -5.0  # W/m2: a thermopile's offset; a larger one is a fault
NIGHT_NEGATIVE = -15.0  # under a clear and dry night sky an unventilated thermopile cools that far
TEMP_AIR, WIND_SPEED = (-50.0, 60.0), (0.0, 60.0)  # degrees C, m/s
SHARE_REFUSED = 0.001  # of the daylight rows beyond what is physically possible
DARK_DAYS = 3  # in a row without any light: a sensor that was off
DARK_DEG, DARK_LIMIT = 96.0, 10.0  # below civil twilight no light of this strength, W/m2, is possible
DARK_SHARE = 0.01  # of the lit rows: values an hour late stay below, a wrong zone is far above
ANNUAL_GHI = (500.0, 2800.0)  # kWh/m2 a year anywhere on the inhabited earth
# More diffuse than global, beyond what two good instruments part by, in how many rows: a swapped or broken column.
DIFFUSE_EXCESS, INSTRUMENTS, EXCESS_SHARE = 1.05, 75.0, 0.01
DULL_CLEARNESS, DULL_DIFFUSE = 0.15, 0.6  # so dull a sky is nearly all diffuse (0.98 by Erbs)
CLEAR_CLEARNESS, CLEAR_DIFFUSE = 0.65, 0.8  # so clear a sky is mostly beam (diffuse 0.2 to 0.3 by Erbs)
STUCK_HOURS = 6


def negatives_to_zero(name: str, series: Series, sun: Sun, repairs: dict[str, int]) -> None:
    """Small negative irradiance is zero, in place.

    Raises
    ------
    WeatherError : below -5 W/m2, with the sun below the horizon below -15
    """
    limit = np.where(sun.zenith < HORIZON_DEG, NEGATIVE, NIGHT_NEGATIVE)
    for column, values in series.items():
        if kind_of(column) != "irradiance" or column == "dni":
            continue  # a DNI that cannot be is made anew from GHI and DHI
        low = np.flatnonzero(values < limit)
        if low.size:
            raise WeatherError(
                f"{name}: {column} is {values[low[0]]:g} in row {low[0] + 1} ({low.size} such rows); "
                f"{limit[low[0]]:g} W/m2 and more is possible there: check the sensor's offset, or its code for "
                "missing values"
            )
        negative = values < 0
        if negative.any():
            repairs[f"{column}_negative_to_zero"] = int(negative.sum())
            values[negative] = 0.0


def mask_air(series: Series, repairs: dict[str, int]) -> None:
    """Temperature and wind beyond what occurs on earth are gaps, in place."""
    for column, (low, high) in (("temp_air", TEMP_AIR), ("wind_speed", WIND_SPEED)):
        wrong = (series[column] < low) | (series[column] > high)
        if wrong.any():
            repairs[f"{column}_out_of_limits"] = int(wrong.sum())
            series[column][wrong] = np.nan


def mask_impossible_light(name: str, series: Series, sun: Sun, repairs: dict[str, int]) -> None:
    """GHI and DHI beyond what is physically possible are gaps, in place.

    Limits of the Baseline Surface Radiation Network (Long and Shi 2008, The Open Atmospheric Science Journal 2,
    23-37): GHI up to 1.5 E0 cos(zenith)^1.2 + 100, DHI up to 0.95 E0 cos(zenith)^1.2 + 50 W/m2.

    Raises
    ------
    WeatherError : more than 0.1 % of the daylight rows are beyond them
    """
    height = np.maximum(np.cos(np.radians(sun.zenith)), 0) ** 1.2
    daylight = int((sun.zenith < 90).sum())
    for column, factor, plus in (("ghi", 1.5, 100.0), ("dhi", 0.95, 50.0)):
        if column not in series:
            continue
        high = factor * sun.dni_extra * height + plus
        wrong = series[column] > high
        if wrong.sum() > SHARE_REFUSED * daylight:
            i = int(np.flatnonzero(wrong)[0])
            raise WeatherError(
                f"{name}: {column} is {series[column][i]:g} in row {i + 1}, where {high[i]:.0f} W/m2 is possible "
                f"({int(wrong.sum())} such rows): check the column, its unit (W/m2) and the clock"
            )
        if wrong.any():
            repairs[f"{column}_out_of_limits"] = int(wrong.sum())
            series[column][wrong] = np.nan


def no_light_in_the_dark(name: str, series: Series, sun: Sun, repairs: dict[str, int]) -> None:
    """Traces of light with the sun more than 6 degrees below the horizon are zero, in place.

    Raises
    ------
    WeatherError : they are no traces: the clock or the zone is wrong
    """
    ghi, dark = series["ghi"], sun.zenith > DARK_DEG
    lit = ghi > DARK_LIMIT
    if (lit & dark).sum() > DARK_SHARE * max(lit.sum(), 1):
        raise WeatherError(
            f"{name}: {int((lit & dark).sum())} rows have light with the sun more than 6 degrees below the horizon: "
            "its clock or its time zone is wrong; check the offset in the header and the hours of the rows"
        )
    traces = np.zeros_like(dark)
    for column in ("ghi", "dhi", "dni"):
        if column in series:
            traces |= dark & (series[column] > 0)
            series[column][dark & (series[column] > 0)] = 0.0
    if traces.any():
        repairs["night_light_to_zero"] = int(traces.sum())


def drop_days_without_light(series: Series, axis: TimeAxis, sun: Sun, repairs: dict[str, int]) -> None:
    """Days in a row whose GHI is zero throughout although the sun rose are gaps, not darkness, in place.

    One or two are let be: design years in whole W/m2 have such days.
    """
    index = days_of(axis)
    light = np.bincount(index, np.nan_to_num(series["ghi"]))
    known = np.bincount(index, np.isfinite(series["ghi"])) > 0
    possible = np.bincount(index, np.maximum(np.cos(np.radians(sun.zenith)), 0) * sun.sunlit_fraction)
    dark = known & (light == 0) & (possible * axis.step_minutes / 60 > 1)
    lone = np.zeros_like(dark)
    for start, end in runs(dark):
        lone[start:end] = end - start < DARK_DAYS
    empty = (dark & ~lone)[index] & np.isfinite(series["ghi"])
    if empty.any():
        repairs["rows_of_days_without_light_dropped"] = int(empty.sum())
        series["ghi"][empty] = np.nan


def days_of(axis: TimeAxis) -> NDArray[np.int64]:
    """(T,) number of the local day of each row, counted from the first."""
    day = (axis.unixtime() + axis.utc_offset_minutes * 60) // DAY_S
    index: NDArray[np.int64] = (day - day[0]).astype(np.int64)
    return index


def runs(flags: Flags) -> NDArray[np.intp]:
    """(n, 2) start and end (exclusive) of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def refuse_impossible_year(name: str, ghi: Array, step_minutes: int, year_count: int) -> None:
    """Refuse an annual GHI that no place on earth has.

    Raises
    ------
    WeatherError
    """
    whole = np.isfinite(ghi)
    # a single impossible value is mended later; it must not speak for its year
    annual = float(np.minimum(ghi[whole], BRIGHTEST).sum()) * step_minutes / 60_000 / year_count
    low, high = ANNUAL_GHI
    # a file with gaps cannot show that its year is too dull
    if annual > high or (annual < low and whole.all()):
        raise WeatherError(
            f"{name}: GHI adds up to {annual:,.0f} kWh/m2 a year; {low:,.0f} to {high:,.0f} are possible; "
            "check the column and its unit (W/m2)"
        )


def refuse_impossible_diffuse(name: str, series: Series, sun: Sun) -> None:
    """Refuse diffuse light that cannot belong to its GHI: a swapped, broken or foreign column.

    Raises
    ------
    WeatherError
    """
    ghi, dhi = series["ghi"], series["dhi"]
    both = np.isfinite(ghi) & np.isfinite(dhi)
    if dhi[both].sum() > DIFFUSE_EXCESS * ghi[both].sum():
        raise WeatherError(
            f"{name}: DHI adds up to more than GHI ({dhi[both].sum() / max(ghi[both].sum(), 1e-9):.2f} times): "
            f"a column is broken or swapped{_swapped(series, sun)}"
        )
    bright = both & (ghi > 50)
    excess = bright & (dhi > DIFFUSE_EXCESS * ghi + INSTRUMENTS)
    if excess.sum() > EXCESS_SHARE * max(bright.sum(), 1):
        raise WeatherError(
            f"{name}: DHI is above GHI in {int(excess.sum())} of {int(bright.sum())} bright rows: a column is broken, "
            f"swapped or of another unit{_swapped(series, sun)}"
        )
    top = sun.dni_extra * np.maximum(np.cos(np.radians(sun.zenith)), 0)
    dull = both & (sun.zenith < 75) & (ghi < DULL_CLEARNESS * top)
    share = float(dhi[dull].sum() / max(ghi[dull].sum(), 1e-9))
    if dull.sum() >= 50 and share < DULL_DIFFUSE:
        raise WeatherError(
            f"{name}: of the light of dull hours only {share:.0%} is diffuse, where nearly all of it must be: DHI is "
            f"broken, swapped or of another unit{_swapped(series, sun)}"
        )


def refuse_copied_diffuse(name: str, series: Series, sun: Sun) -> None:
    """Refuse a DHI that is all of GHI under clear skies too: the wrong column was taken for it.

    Raises
    ------
    WeatherError
    """
    ghi, dhi = series["ghi"], series["dhi"]
    top = sun.dni_extra * np.maximum(np.cos(np.radians(sun.zenith)), 0)
    clear = np.isfinite(ghi) & np.isfinite(dhi) & (sun.zenith < 70) & (ghi > CLEAR_CLEARNESS * top)
    if clear.sum() >= 20 and np.median(dhi[clear] / ghi[clear]) > CLEAR_DIFFUSE:
        raise WeatherError(
            f"{name}: DHI is {np.median(dhi[clear] / ghi[clear]):.0%} of GHI in clear hours, where most of it is beam: "
            "another column was taken for DHI"
        )


def _swapped(series: Series, sun: Sun) -> str:
    """A guess which two columns were exchanged: those with which the three close."""
    if "dni" not in series:
        return ""
    height = np.cos(np.radians(sun.zenith))
    judged = sun.zenith < 80
    columns = {c: series[c] for c in ("ghi", "dhi", "dni")}
    judged &= np.isfinite(sum(columns.values()))

    def rms(g: str, d: str, b: str) -> float:
        gap = columns[g] - columns[d] - columns[b] * height
        return float(np.sqrt(np.mean(gap[judged] ** 2))) if judged.any() else np.inf

    orders = (("dhi", "ghi", "dni"), ("dni", "dhi", "ghi"), ("ghi", "dni", "dhi"))
    best = min(orders, key=lambda order: rms(*order))
    if rms(*best) > 0.5 * rms("ghi", "dhi", "dni"):
        return ""
    one, other = (c for c, is_now in zip(("ghi", "dhi", "dni"), best, strict=True) if c != is_now)
    return f" (with {one} and {other} exchanged the three agree)"


def stuck_notes(series: Series, axis: TimeAxis) -> tuple[str, ...]:
    """Warnings where light keeps one value for hours, or a day repeats the one before."""
    ghi, step_hours = series["ghi"], axis.step_minutes / 60
    same = np.zeros(ghi.size, dtype=bool)
    same[1:] = (ghi[1:] == ghi[:-1]) & (ghi[1:] > 0)
    stuck = [(a, b) for a, b in runs(same) if (b - a + 1) * step_hours > STUCK_HOURS]
    notes: tuple[str, ...] = ()
    if stuck:
        rows = sum(b - a + 1 for a, b in stuck)
        notes += (
            f"GHI keeps one value for more than {STUCK_HOURS} hours of light in {len(stuck)} places ({rows} rows, "
            f"first at row {stuck[0][0]}): a sensor that was stuck",
        )
    per_day = DAY_S // axis.step_s
    days = ghi[: ghi.size // per_day * per_day].reshape(-1, per_day)
    again = ((days[1:] == days[:-1]).all(axis=1) & (days[1:].sum(axis=1) > 0)).sum()
    if again:
        which = "1 day repeats" if again == 1 else f"{int(again)} days repeat"
        notes += (f"{which} the GHI of the day before row by row: copied, not measured",)
    return notes


def gap_note(covered: Flags, sun: Sun) -> tuple[float, tuple[str, ...]]:
    """Share of the year's possible light that falls in covered rows, and a warning where that is not all.

    The light that could fall on a horizontal plane outside the atmosphere weighs the rows: ten missing
    noons count for more than ten missing nights.
    """
    possible = sun.ghi_extra()
    share = float(possible[covered].sum() / possible.sum()) if possible.sum() > 0 else 1.0
    missing = int((~covered).sum())
    if not missing:
        return share, ()
    return share, (
        f"weather is missing in {missing} rows, which hold {1 - share:.1%} of the year's possible light: "
        "the energy is a partial sum, nothing was scaled up",
    )
