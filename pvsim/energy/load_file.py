"""A measured load from a CSV file onto the rows of a weather: units, gaps, steps, and another year's weekdays.

A row's time is the start of its step unless ``label`` says the end. Times with an offset are put on the clock of the
weather; those without are taken as that clock, and a note says so. Messages name file and line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pvsim.energy.calendar import weekday
from pvsim.energy.meter import Array, Minutes, Rows, read_rows, shown
from pvsim.errors import PvsimError

DAY: Final = 1440
MAX_GAP_HOURS: Final = 3
WEEKS_OF_A_YEAR: Final = 364  # days after which the weekday comes again at the same season
CHINA_MINUTES: Final = 480
# Factor to kW, and whether a value is the energy of a step.
UNITS: Final[Mapping[str, tuple[float, bool]]] = MappingProxyType(
    {"w": (1e-3, False), "kw": (1.0, False), "mw": (1e3, False),
     "wh": (1e-3, True), "kwh": (1.0, True), "mwh": (1e3, True)}
)  # fmt: skip
_HEADER_UNIT: Final = re.compile(r"[\[(\uff08]\s*([^\])\uff09]*?)\s*[\])\uff09]\s*$|_([A-Za-z]+)$|^([A-Za-z]+)$")


@dataclass(frozen=True)
class _Series:
    """Mean power in kW without gaps in equal steps from a midnight on."""

    start: int
    step: int
    power_kw: Array
    notes: tuple[str, ...]


def load_from_file(
    path: str | Path,
    local: NDArray[np.datetime64],
    step_hours: float,
    *,
    column: str | None = None,
    unit: str | None = None,
    align: str = "weekday",
    label: str = "start",
    utc_offset_minutes: int = CHINA_MINUTES,
) -> tuple[Array, tuple[str, ...]]:
    """The load of a file on given rows.

    Parameters
    ----------
    path : CSV with a header, a column ``time`` (ISO 8601) and one of numbers
    local : (T,) start of each row on the local clock
    step_hours : length of a row in hours; finer values of the file are averaged, coarser ones kept through their step
    column : header of the numbers, if there are several columns
    unit : W, kW, MW, or Wh, kWh, MWh in each step of the file; the header's own if None, and kW if that has none
    align : for a file of another year: "weekday" shifts it by up to three days, "date" keeps month and day
    label : whether a time is the "start" or the "end" of its step
    utc_offset_minutes : of the clock of ``local``, for times with an offset

    Returns
    -------
    (T,) kW, and notes

    Raises
    ------
    PvsimError
        When the file is no such CSV, is negative somewhere, lacks more than three hours, or is no whole year.
    """
    path = Path(path)
    for name, value, allowed in (("align", align, ("weekday", "date")), ("label", label, ("start", "end"))):
        if value not in allowed:
            raise PvsimError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
    step = round(step_hours * 60)
    if step < 1 or 60 % step or abs(step_hours * 60 - step) > 1e-9:
        raise PvsimError(f"step_hours is {step_hours:g}; allowed: an hour or a part of it in whole minutes")
    series = _series(path.name, read_rows(path, column, utc_offset_minutes), unit, label)
    minute = np.asarray(local).astype("datetime64[m]").astype(np.int64)
    if not minute.size:
        raise PvsimError("there are no rows to put a load on")
    source, rows, notes = _placed(path.name, series, minute, step, align)
    grain = math.gcd(series.step, step, *(int(m) for m in np.unique(source % 60)))
    grains = source[:, None] // grain + np.arange(step // grain)
    slot = grains * grain // series.step
    return rows[slot % rows.size].mean(axis=1), (*series.notes, *notes)


def _unit(name: str, header: str, unit: str | None) -> tuple[float, bool, str]:
    """Factor, whether energy, and a note if nothing said it."""
    found = _HEADER_UNIT.search(header)
    said = next((g for g in found.groups() if g), "") if found else ""
    bracketed = bool(found and found.group(1))
    if said.casefold() not in UNITS:
        if bracketed and unit is None:
            raise PvsimError(f"{name}: the column {header!r} is in {said}; known units: W, kW, MW, Wh, kWh, MWh")
        said = ""
    if unit is not None and unit.casefold() not in UNITS:
        raise PvsimError(f"{name}: unit is {unit!r}; allowed: W, kW, MW, Wh, kWh, MWh")
    if unit is not None and said and unit.casefold() != said.casefold():
        raise PvsimError(f"{name}: unit is {unit}, but the column {header!r} says {said}; leave one of them out")
    note = "" if unit or said else f"{name}: the column {header!r} says no unit; it was taken as kW"
    return *UNITS[(unit or said or "kW").casefold()], note


def _series(name: str, rows: Rows, unit: str | None, label: str) -> _Series:
    """Equal steps in kW from a midnight on, small gaps filled."""
    if rows.minute.size < 2:
        raise PvsimError(f"{name}: {rows.minute.size} rows; a year is needed")
    step = int(np.median(np.diff(rows.minute)))
    if step > 60 or 60 % step:
        raise PvsimError(f"{name}: rows are {step} minutes apart; an hour or a whole part of it is needed")
    factor, energy, unit_note = _unit(name, rows.header, unit)
    _refuse_other_label(name, rows.minute, step, label)
    minute = rows.minute - (step if label == "end" else 0)
    start = int(minute[0]) // DAY * DAY
    if minute[0] - start > MAX_GAP_HOURS * 60:
        start += DAY  # the year then begins with the first whole day
    inside = minute >= start
    off = np.flatnonzero((minute - start) % step != 0)
    if off.size:
        raise PvsimError(
            f"{name}:{rows.line[off[0]]}: {shown(rows.minute[off[0]])} is off the {step}-minute steps of the others"
        )
    end = -(-(int(minute[-1]) + step) // DAY) * DAY
    if end - (minute[-1] + step) > MAX_GAP_HOURS * 60:
        end -= DAY
    inside &= minute < end
    full = np.full(max(end - start, 0) // step, np.nan)
    full[(minute[inside] - start) // step] = rows.value[inside] * factor * (60 / step if energy else 1)
    year = _year_days(start) * DAY
    if full.size * step < year:
        raise PvsimError(
            f"{name}: {shown(minute[0])} to {shown(minute[-1] + step)}; a whole year of whole days is needed"
        )
    filled, gap_note = _filled(name, full, start, step)
    notes = (*rows.notes, *(n for n in (unit_note, gap_note) if n))
    return _Series(start, step, filled, notes)


def _refuse_other_label(name: str, minute: Minutes, step: int, label: str) -> None:
    """Days that run from the first step's end to midnight are labelled by ends, from midnight on by starts."""
    ends = (minute[0] % DAY, minute[-1] % DAY)
    if label == "start" and ends == (step, 0):
        raise PvsimError(f"{name}: times run from {shown(minute[0])} to {shown(minute[-1])}: say label 'end'")
    if label == "end" and ends == (0, DAY - step):
        raise PvsimError(f"{name}: times run from {shown(minute[0])} to {shown(minute[-1])}: say label 'start'")


def _filled(name: str, values: Array, start: int, step: int) -> tuple[Array, str]:
    """Gaps of up to three hours by straight lines, or the nearest value at an end."""
    missing = np.isnan(values)
    if not missing.any():
        return values, ""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False])).astype(np.int8)))
    first, length = edges[::2], edges[1::2] - edges[::2]
    long = np.flatnonzero(length * step > MAX_GAP_HOURS * 60)
    if long.size:
        i = long[0]
        raise PvsimError(
            f"{name}: nothing from {shown(start + first[i] * step)} to {shown(start + (first[i] + length[i]) * step)}"
            f" ({length[i] * step / 60:g} hours; {long.size} such gaps); up to {MAX_GAP_HOURS} hours are filled"
        )
    at = np.arange(values.size)
    filled = np.interp(at, at[~missing], values[~missing])
    return filled, f"{name}: {first.size} gaps, {int(missing.sum())} rows in all, were filled by straight lines"


def _placed(name: str, series: _Series, minute: Minutes, step: int, align: str) -> tuple[Minutes, Array, list[str]]:
    """Where in the series each row begins, in minutes, the values to take it from, and notes."""
    reach = series.power_kw.size * series.step
    if minute[0] >= series.start and minute[-1] + step <= series.start + reach:
        return minute - series.start, series.power_kw, []
    days = _year_days(series.start)
    rows = series.power_kw[: days * DAY // series.step]
    first = np.datetime64(series.start // DAY, "D")
    day, of_day = np.divmod(minute, DAY)
    source, shifts = _source_days(day.astype("datetime64[D]"), first, days, align)
    span = f"{first} to {first + (days - 1)}"
    if align == "date":
        text = "used by month and day; its weekends fall on other days of the week"
    else:
        text = f"shifted by {_spoken(shifts)} so that weekdays match; public holidays stay where its own year had them"
    notes = [f"{name}: its year {span} is not the weather's; it was {text}"]
    if reach > days * DAY:
        notes.append(f"{name}: only {span} was used; the file reaches further, but not over all of the weather")
    return source * DAY + of_day, rows, notes


def _source_days(
    days: NDArray[np.datetime64], first: np.datetime64, count: int, align: str
) -> tuple[NDArray[np.int64], list[int]]:
    """The day of the file's year, from 0, for each day; and by how many days it was shifted."""
    every, back = np.unique(days, return_inverse=True)
    # the day on which the file's year begins, in the year before each day: 29 February becomes 1 March
    month_of_year, day_of_month = first.astype("datetime64[M]").astype(int) % 12, _day_of_month(first)
    years = every.astype("datetime64[Y]").astype(np.int64)
    anchor = _on_day(years, month_of_year, day_of_month)
    anchor = np.where(anchor > every, _on_day(years - 1, month_of_year, day_of_month), anchor)
    since = (every - anchor).astype(np.int64)
    if align == "date":
        date = every.astype("datetime64[M]")
        later = (date.astype(np.int64) - anchor.astype("datetime64[M]").astype(np.int64)) + first.astype(
            "datetime64[M]"
        ).astype(np.int64)
        within = (every - date).astype(np.int64)
        own = later.astype("datetime64[M]")
        last = ((own + 1).astype("datetime64[D]") - own.astype("datetime64[D]")).astype(np.int64) - 1
        source = (own.astype("datetime64[D]") + np.minimum(within, last) - first).astype(np.int64)
        return np.clip(source, 0, count - 1)[back], [0]
    shift = (weekday(anchor) - weekday(np.array([first])) + 3) % 7 - 3
    source = since + shift
    source = np.where(source < 0, source + WEEKS_OF_A_YEAR, source)
    source = np.where(source >= count, source - WEEKS_OF_A_YEAR, source)
    return source[back], sorted({int(s) for s in shift})


def _on_day(years: NDArray[np.int64], month: int, day: int) -> NDArray[np.datetime64]:
    months = (years * 12 + month).astype("datetime64[M]")
    return months.astype("datetime64[D]") + (day - 1)


def _day_of_month(day: np.datetime64) -> int:
    return int((day - day.astype("datetime64[M]")).astype(int)) + 1


def _year_days(start: int) -> int:
    """Days from a midnight to the same date a year later."""
    day = np.datetime64(start // DAY, "D")
    later = (day.astype("datetime64[M]") + 12).astype("datetime64[D]") + (_day_of_month(day) - 1)
    return int((later - day).astype(int))


def _spoken(shifts: list[int]) -> str:
    text = " or ".join(f"{s:+d}" if s else "0" for s in shifts)
    return f"{text} day{'' if shifts in ([1], [-1]) else 's'}"
