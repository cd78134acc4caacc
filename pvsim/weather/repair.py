"""What a weather series lacks and can be given: short gaps, wind, and the parts of the light from each other.

All arrays (T,) on one regular axis. Everything that is filled is counted by its rule.
"""

from __future__ import annotations

import numpy as np

from pvsim.physics.irradiance import decompose, dni_from_difference
from pvsim.physics.sun import Sun, TimeAxis
from pvsim.weather.clear import CEILING, LINKE_TURBIDITY, clear_sky
from pvsim.weather.quality import Flags, Series, runs
from pvsim.weather.table import Array, kind_of

SHORT_GAP_MIN = 180  # of missing values: a longer gap stays a gap
SLEEP_MIN, ASLEEP = 1440, 0.62  # a logger that is off at night has gaps that are mostly dark: there no light was missed
CALM_WIND = 1.0  # m/s, for missing wind: a careful guess, since still air heats the cells
DARK, FAINT = 5.0, 50.0  # W/m2 of clear sky: below the first it is night, below the second a ratio says nothing
CLEAN_TURBIDITY = 2.0  # of very clean air: what no real beam passes by much


def calm_where_unknown(series: Series, repairs: dict[str, int]) -> tuple[str, ...]:
    """Missing wind is 1 m/s, in place; returns a warning."""
    unknown = np.isnan(series["wind_speed"])
    if not unknown.any():
        return ()
    repairs["wind_speed_missing"] = int(unknown.sum())
    series["wind_speed"][unknown] = CALM_WIND
    return (f"wind_speed is missing in {int(unknown.sum())} rows; {CALM_WIND:g} m/s was taken there",)


def fill_short_gaps(series: Series, axis: TimeAxis, sun: Sun, altitude: float, repairs: dict[str, int]) -> None:
    """Gaps of up to three hours, and the night's part of gaps that are mostly night, in place.

    Irradiance keeps its ratio to the clear sky from one side of the gap to the other, and DHI its share of GHI;
    temperatures go straight. Irradiance that lies wholly in the night is zero.
    """
    clear: Array = clear_sky(sun.apparent_zenith, sun.dni_extra, altitude, LINKE_TURBIDITY)[0] * sun.sunlit_fraction
    dark = clear < DARK
    for column in series:
        values = series[column]
        missing = np.isnan(values)
        # DNI follows from GHI and DHI, and DHI from GHI and DNI where those are there
        if column in ("wind_speed", "dni") or not missing.any() or missing.all():
            continue
        gap = _fillable(missing, dark, SHORT_GAP_MIN // axis.step_minutes, SLEEP_MIN // axis.step_minutes)
        if column == "dhi" and "dni" in series:
            gap &= np.isnan(series["dni"])
        if not gap.any():
            continue
        if kind_of(column) == "temperature":
            filled = _between(values, ~missing)
        else:
            filled = np.where(clear > 0, _share(series, column, clear), 0.0)
        take = gap & np.isfinite(filled)
        values[take] = filled[take]
        counted = take if kind_of(column) == "temperature" else take & ~dark
        if counted.any():
            repairs[f"{column}_interpolated"] = int(counted.sum())


def _share(series: Series, column: str, clear: Array) -> Array:
    """A column by its ratio, straight across the gap, to the clear sky; DHI to the GHI of the row, where that is."""
    values = series[column]
    base = series["ghi"] if column == "dhi" and "ghi" in series else clear
    known = np.isfinite(values) & np.isfinite(base) & (clear > FAINT) & (base > 0)
    if not known.any():
        return np.full(values.size, np.nan)
    ratio = np.divide(values, base, out=np.full(values.size, np.nan), where=known)
    filled = _between(ratio, known) * base
    return np.minimum(filled, CEILING * clear) if column == "ghi" else filled


def _between(values: Array, known: Flags) -> Array:
    """Straight lines over the rows between those that are known."""
    rows = np.arange(values.size)
    return np.interp(rows, rows[known], values[known])


def _fillable(missing: Flags, dark: Flags, most_rows: int, sleep_rows: int) -> Flags:
    """Rows of gaps that are short and have values on both sides, and the dark rows of those that are mostly dark."""
    fill = np.zeros(missing.size, dtype=bool)
    night = np.concatenate([[0], np.cumsum(dark)])
    for start, end in runs(missing):
        inside = start > 0 and end < missing.size and end - start <= most_rows
        if inside or night[end] - night[start] == end - start:
            fill[start:end] = True
        elif end - start <= sleep_rows and night[end] - night[start] >= ASLEEP * (end - start):
            fill[start:end] = dark[start:end]
    return fill


def complete_light(series: Series, sun: Sun, altitude: float, model: str, repairs: dict[str, int]) -> None:
    """DHI and DNI where the file has none, in place: from each other where one is there, else by decomposition.

    Parameters
    ----------
    series : ``ghi``, and ``dhi`` and ``dni`` with gaps, or without the column
    model : a key of ``pvsim.physics.irradiance.DECOMPOSITION``
    """
    rows = sun.zenith.size
    own = {column: column in series for column in ("dhi", "dni")}
    dhi, dni = (series.setdefault(column, np.full(rows, np.nan)) for column in ("dhi", "dni"))
    ghi, height = series["ghi"], np.maximum(np.cos(np.radians(sun.zenith)), 0)
    known = np.isfinite(ghi)
    wrong = (dni < 0) | (dni > sun.dni_extra)
    dni[wrong] = np.nan
    by_dni = known & np.isnan(dhi) & np.isfinite(dni)
    dhi[by_dni] = np.clip(ghi - dni * height, 0, ghi)[by_dni]
    by_model = known & np.isnan(dhi)
    if by_model.any():
        beam, diffuse = decompose(model, np.where(known, ghi, 0.0), sun.zenith, sun.day_of_year, sun.sunlit_fraction)
        dhi[by_model] = diffuse[by_model]
        dni[by_model] = beam[by_model]
    by_dhi = known & np.isnan(dni) & np.isfinite(dhi)
    if by_dhi.any():
        dni[by_dhi] = beam_between(ghi, dhi, sun, altitude)[by_dhi]
    lit = sun.zenith < 90.0
    for rule, flags, counts in (
        ("dhi_from_difference", by_dni, own["dhi"]),
        ("dhi_decomposed", by_model, own["dhi"]),
        ("dni_out_of_limits", wrong & known, own["dni"]),
        ("dni_missing", by_dhi & ~wrong, own["dni"]),
    ):
        if counts and (flags & lit).any():
            repairs[rule] = int((flags & lit).sum())


def beam_between(ghi: Array, dhi: Array, sun: Sun, altitude: float) -> Array:
    """DNI from GHI - DHI, W/m2 (T,): zero below 3 degrees of sun, at most 1.1 times that of very clean air."""
    clean = clear_sky(sun.apparent_zenith, sun.dni_extra, altitude, CLEAN_TURBIDITY)[1]
    return dni_from_difference(ghi, dhi, sun.zenith, CEILING * clean)
