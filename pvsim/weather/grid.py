"""Rows of a file onto a regular time axis: order, repeats, gaps, leap days, typical years.

Nothing is invented here: a row that is not in the file is a gap (NaN) on the axis. What had to be done is
counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import WeatherError
from pvsim.physics.sun import DAY_S, TimeAxis
from pvsim.weather.table import Array, Table

TYPICAL_YEAR = 2025  # the year under which a typical year is written
HOUR_S = 3600
JITTER_S = 2  # a logger's clock; more is another step
MAX_YEARS = 60
YEAR_S = 365.2425 * DAY_S
OVERHANG = 0.1  # of a year beyond whole ones: an end that is included, a few days of the next July


@dataclass(frozen=True)
class Grid:
    """The rows on their axis.

    Attributes
    ----------
    axis : T rows
    series : (T,) each, by pvlib's names
    sun_offset_minutes : where the sun of the irradiance stands by the file's own label, from the row's start
    year_count : how many years the axis spans
    """

    axis: TimeAxis
    series: dict[str, Array]
    sun_offset_minutes: float
    year_count: int


def on_grid(table: Table, utc_offset_minutes: int, repairs: dict[str, int]) -> tuple[Grid, tuple[str, ...]]:
    """The rows of a table on a regular axis of whole years, and what a reader must know about that.

    Parameters
    ----------
    table : what the file says
    utc_offset_minutes : of the clock that decides days, months and years
    repairs : counts what was done, by rule

    Raises
    ------
    WeatherError
        Irregular or too long steps, one stamp with different values, or a typical year that is not whole.
    """
    step_s = _step(table)
    phase = _phase(table, step_s, repairs)
    stamps = (np.round((table.stamps - phase) / step_s).astype(np.int64)) * step_s + phase
    start = stamps - {"start": 0, "center": step_s // 2, "end": step_s, "instant": phase % step_s}[table.label]
    offset = {"instant": (phase % step_s) / 60 + table.shift_minutes}.get(table.label, step_s / 120)
    order = _order(table, start, repairs)
    start, rows = start[order], order
    if table.typical:
        axis, place, kept = _typical(table, start, step_s, utc_offset_minutes, repairs)
        year_count = 1
        rows, place = rows[kept], place[kept]
    else:
        axis, year_count = _span(table, start, step_s, utc_offset_minutes)
        place = (start - axis.start_s) // step_s
    inside = (place >= 0) & (place < axis.rows)
    surplus = int((~inside).sum())
    place, rows, notes = _unique(table, axis, place[inside], rows[inside], repairs)
    if surplus:
        repairs["rows_beyond_whole_years_dropped"] = surplus
        notes += (f"{table.name} reaches beyond whole years: {surplus} rows were left out",)
    series = {}
    for name, values in table.columns.items():
        full = np.full(axis.rows, np.nan)
        full[place] = values[rows]
        series[name] = full
    if table.typical:
        _whole(table, axis, place)
    return Grid(axis, series, offset, year_count), notes


def _step(table: Table) -> int:
    """Length of a row in seconds: what the file declares, else the distance that most stamps keep."""
    if table.step_minutes is not None:
        return table.step_minutes * 60
    if table.stamps.size < 2:
        raise WeatherError(f"{table.name}: {table.stamps.size} rows; a year is needed")
    apart = np.diff(np.sort(table.stamps))
    apart = apart[apart > JITTER_S]
    if not apart.size:
        raise WeatherError(f"{table.name}: all rows have the same time")
    step = int(np.median(apart))
    whole = round(step / 60) * 60
    if abs(step - whole) <= JITTER_S and whole:
        step = whole
    if step > HOUR_S:
        shown = f"{step / DAY_S:.0f} days" if step > DAY_S else f"{step / HOUR_S:g} hours"
        raise WeatherError(
            f"{table.name}: rows are {shown} apart; steps of 1 to 60 minutes are simulated (daily or monthly "
            "values do not say when the light fell)"
        )
    if step < 60 or HOUR_S % step:
        raise WeatherError(
            f"{table.name}: rows are {step} s apart; steps of 1 to 60 minutes that divide the hour are read: "
            "resample the data to one of them"
        )
    return step


def _phase(table: Table, step_s: int, repairs: dict[str, int]) -> int:
    """Seconds after a multiple of the step at which stamps stand; stamps that stray are refused."""
    seconds, counts = np.unique(table.stamps % step_s, return_counts=True)
    most = int(seconds[counts.argmax()])
    around = (table.stamps - most + step_s // 2) % step_s - step_s // 2
    middle = most + int(np.median(around))
    whole = round(middle / 60) * 60
    phase = (whole if abs(middle - whole) <= JITTER_S else middle) % step_s
    off = np.abs((table.stamps - phase + step_s // 2) % step_s - step_s // 2)
    if (off > JITTER_S).any():
        i = int(np.flatnonzero(off > JITTER_S)[0])
        raise WeatherError(
            f"{table.name}: the time of row {i + 1}, {_shown(table.stamps[i], table.utc_offset_minutes)}, is "
            f"{int(off[i])} s off the {step_s // 60}-minute steps of the others ({int((off > JITTER_S).sum())} such "
            f"rows); {JITTER_S} s are tolerated: resample the data"
        )
    if (off > 0).any():
        repairs["time_jitter_rounded"] = int((off > 0).sum())
    return int(phase)


def _order(table: Table, start: NDArray[np.int64], repairs: dict[str, int]) -> NDArray[np.intp]:
    """Rows in the order of time; a typical year keeps its own, as its months come from different years."""
    backwards = int((np.diff(start) < 0).sum())
    if backwards and not table.typical:
        repairs["rows_sorted"] = backwards
        return np.argsort(start, kind="stable")
    return np.arange(start.size)


def _typical(
    table: Table, start: NDArray[np.int64], step_s: int, utc_offset_minutes: int, repairs: dict[str, int]
) -> tuple[TimeAxis, NDArray[np.int64], NDArray[np.intp]]:
    """Rows of a typical year by month and day onto 2025, whatever years they come from; 29 February is left out.

    Month and day are those of the file's own clock. On another clock the year goes round: what falls before
    1 January is taken from its end.
    """
    local = (start + table.utc_offset_minutes * 60).astype("datetime64[s]")
    day = local.astype("datetime64[D]")
    month_start = local.astype("datetime64[M]")
    month = month_start.astype(np.int64) % 12
    leap_day = (month == 1) & ((day - month_start).astype(np.int64) == 28)
    kept = np.flatnonzero(~leap_day)
    if leap_day.any():
        repairs["leap_day_dropped"] = int(leap_day.sum())
    first = np.datetime64(f"{TYPICAL_YEAR}-01", "M") + month.astype("timedelta64[M]")
    moved = first.astype("datetime64[s]") + (local - month_start.astype("datetime64[s]"))
    axis = TimeAxis.of_year(TYPICAL_YEAR, step_s // 60, utc_offset_minutes)
    since = moved.astype(np.int64) - table.utc_offset_minutes * 60 - axis.start_s
    return axis, (since // step_s) % axis.rows, kept


def _span(table: Table, start: NDArray[np.int64], step_s: int, utc_offset_minutes: int) -> tuple[TimeAxis, int]:
    """The axis of whole years around real rows: calendar years, or years from the first row where those hold more.

    Rows that reach a little beyond whole years do not open another one; rows that reach far do, and leave it partial.
    """
    middle = start + step_s // 2 + utc_offset_minutes * 60
    first, last = (m.astype("datetime64[s]") for m in (middle[0], middle[-1]))
    years = [int(m.astype("datetime64[Y]").astype(np.int64)) + 1970 for m in (first, last)]
    if years[1] - years[0] + 1 > MAX_YEARS:
        raise WeatherError(
            f"{table.name}: its rows span {years[1] - years[0] + 1} years ({years[0]} to {years[1]}); check the times"
        )
    length = (int(middle[-1]) + step_s - int(middle[0])) / YEAR_S
    count = max(1, int(length + OVERHANG))
    count += length - count > OVERHANG
    windows = []
    for year in range(years[0], max(years[1] - count + 1, years[0]) + 1):
        bounds = [np.datetime64(f"{y}-01-01", "s").astype(np.int64) for y in (year, year + count)]
        windows.append(tuple(int(b) - utc_offset_minutes * 60 for b in bounds))
    windows.append((int(start[0]), int(start[0]) + int((_later(first, count) - first).astype(np.int64))))
    centers = middle - utc_offset_minutes * 60
    begin, end = max(windows, key=lambda w: int(((centers >= w[0]) & (centers < w[1])).sum()))
    # rows that straddle midnight keep their own starts
    late = (int(start[0]) - begin) % step_s
    begin, end = (b + late - (step_s if late > step_s // 2 else 0) for b in (begin, end))
    return TimeAxis(begin, step_s // 60, (end - begin) // step_s, utc_offset_minutes), count


def _later(moment: np.datetime64, years: int) -> np.datetime64:
    """The same date so many years later; 29 February becomes 1 March."""
    month = moment.astype("datetime64[M]")
    later: np.datetime64 = (month + 12 * years).astype("datetime64[s]") + (moment - month.astype("datetime64[s]"))
    return later


def _unique(
    table: Table,
    axis: TimeAxis,
    place: NDArray[np.int64],
    rows: NDArray[np.intp],
    repairs: dict[str, int],
) -> tuple[NDArray[np.int64], NDArray[np.intp], tuple[str, ...]]:
    """One row for each place: repeated rows that say the same are dropped, others are refused."""
    order = np.argsort(place, kind="stable")
    again = np.flatnonzero(np.diff(place[order]) == 0)
    if not again.size:
        return place, rows, ()
    for values in table.columns.values():
        one, other = values[rows[order[again]]], values[rows[order[again + 1]]]
        differ = np.flatnonzero(~((one == other) | (np.isnan(one) & np.isnan(other))))
        if differ.size:
            i = int(place[order[again[differ[0]]]])
            gap = np.setdiff1d(np.arange(axis.rows), place).size > 0
            saving = ": is the clock put forward in summer? Write standard time" if gap else ""
            raise WeatherError(
                f"{table.name}: {_shown(axis.start_s + i * axis.step_s, axis.utc_offset_minutes)} stands twice with "
                f"different values ({differ.size} such rows){saving}"
            )
    repairs["repeated_rows_dropped"] = int(again.size)
    keep = np.ones(place.size, dtype=bool)
    keep[order[again + 1]] = False
    return place[keep], rows[keep], (f"{table.name} repeats {again.size} rows; each was used once",)


def _whole(table: Table, axis: TimeAxis, place: NDArray[np.int64]) -> None:
    """Refuse a typical year that does not reach from one end of the year to the other: it was cut."""
    filled = np.zeros(axis.rows, dtype=bool)
    filled[place] = True
    if filled.all():
        return
    per_day = DAY_S // axis.step_s
    if filled[:per_day].any() and filled[-per_day:].any() and filled.mean() > 0.5:
        return  # holes are gaps
    ends = _shown(table.stamps[-1], table.utc_offset_minutes)
    raise WeatherError(
        f"{table.name}: {place.size} rows, the last at {ends}; a whole year of {axis.step_minutes} minutes has "
        f"{axis.rows}: fetch or export the file again"
    )


def _shown(stamp: int | np.int64, utc_offset_minutes: int) -> str:
    """A moment on a clock: 2023-04-01 02:00."""
    return str(np.datetime64(int(stamp) + utc_offset_minutes * 60, "s")).replace("T", " ")[:16]
