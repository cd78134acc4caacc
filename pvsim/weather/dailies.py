"""Reader of what a climate is made from: a CSV of daily irradiation, or of twelve monthly means.

The header names the columns and states units: ``GHI(MJ/m2)`` or ``ghi_mj_per_m2``. Days come as ``date`` (2001-12-31)
or as ``year``, ``month``, ``day``; monthly means as ``month`` (1 to 12). Columns ``station``, ``latitude``,
``longitude`` and ``altitude`` may say where, with the same value in every row.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from pvsim.errors import WeatherError
from pvsim.weather.days import MONTH_DAYS, Array
from pvsim.weather.plain import EMPTY
from pvsim.weather.statistics import Daily
from pvsim.weather.table import Place

# kWh/m2 a day in one of these, as headers write them
_UNITS = MappingProxyType(
    {"kwh/m2": 1.0, "wh/m2": 1e-3, "mj/m2": 1 / 3.6, "kj/m2": 1 / 3600, "j/cm2": 1 / 360, "w/m2": 0.024}
)
_SPELT = MappingProxyType(
    {"^": "", "²": "2", " ": "", "m-2": "/m2", "d-1": "/d", "day-1": "/day", "·": "/", "_per_": "/", ".": "", "//": "/"}
)
_PER_DAY = re.compile(r"/(day|d)$")
_BRACKETS = re.compile(r"[\[(\uff08]\s*([^\])\uff09]*)\s*[\])\uff09]")
YEARS = (1850, 2200)
CELSIUS = ("", "c", "°c", "degc", "deg c", "℃", "celsius")
MISSING = -90.0  # GHI at or below it is a code: -99, -999, -9999
KNOWN = ("station", "latitude", "longitude", "altitude", "date", "year", "month", "day", "ghi", "temp_air")
_ALSO = MappingProxyType({"lat": "latitude", "lon": "longitude", "long": "longitude", "alt": "altitude"})
HOW = (
    "write year, month, day or date, and ghi with its unit, such as ghi_mj_per_m2 or GHI(kWh/m2); for monthly means "
    "month, ghi and perhaps temp_air"
)


@dataclass(frozen=True)
class Monthly:
    """Twelve monthly means: GHI as sums of the month, kWh/m2; temperature of the air in degrees C, if known."""

    place: Place
    ghi_kwh_per_m2: Array
    temp_air: Array | None


@dataclass(frozen=True)
class Record:
    """A file of either kind, and what it calls its station."""

    station: str | None
    data: Daily | Monthly


def read_record(name: str, text: str, *, place: Place | None = None, years: tuple[int, int] | None = None) -> Record:
    """Daily irradiation or twelve monthly means from the text of a CSV file.

    Parameters
    ----------
    name : of the file, for messages
    place : where it was measured; None takes the file's own columns
    years : first and last year to take of daily data; None takes all

    Raises
    ------
    WeatherError : with line and column of what cannot be read
    """
    table = _Cells(name, text)
    where = _place(table, place)
    station = table.text("station")
    if "date" in table.columns or "day" in table.columns:
        return Record(station, _daily(table, where, years))
    if "month" in table.columns:
        if years is not None:
            raise WeatherError(f"{name}: years can be chosen of daily data, and these are monthly means")
        return Record(station, _monthly(table, where))
    raise WeatherError(f"{name}: neither days nor months; the columns are {', '.join(table.header)[:200]}; {HOW}")


def _cells_of(name: str, number: int, line: str, separator: str) -> list[str]:
    """The cells of one line; a text may not go on in the next one."""
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error as error:
        raise WeatherError(f"{name}:{number}: not readable as CSV ({error})") from error


class _Cells:
    """The cells of a CSV as text, by the names that are known; lines that begin with # are comments."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        if text.lstrip()[:1] in ("{", "[", "<"):
            raise WeatherError(f"{name}: not a CSV file (it starts with {text.lstrip()[:20]!r}); {HOW}")
        lines = ((n, line) for n, line in enumerate(text.splitlines(), 1))
        numbered = [(n, line) for n, line in lines if line.strip() and not line.lstrip().startswith("#")]
        if len(numbered) < 2:
            raise WeatherError(f"{name}: no rows below a header; {HOW}")
        separator = max(",;\t", key=numbered[0][1].count)
        rows = [_cells_of(name, n, line, separator) for n, line in numbered]
        self.header = [cell.strip() for cell in rows[0]]
        self.columns = self._named()
        self.lines = [n for n, _ in numbered[1:]]
        self.rows = rows[1:]
        self.decimal_comma = separator != ","
        for line, row in zip(self.lines, self.rows, strict=True):
            if len(row) < len(self.header):
                raise WeatherError(
                    f"{name}:{line}: {len(row)} cells, the header has {len(self.header)}; is the file cut, or a text "
                    "broken over two lines?"
                )
            if any(cell.strip() for cell in row[len(self.header) :]):
                raise WeatherError(
                    f"{name}:{line}: {len(row)} cells, the header has {len(self.header)}; name every column, and "
                    "separate numbers with decimal commas by semicolons"
                )

    def _named(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for i, header in enumerate(self.header):
            bare = _BRACKETS.sub("", header).strip().casefold()
            bare = (
                "ghi"
                if bare.startswith("ghi_") and "_per_" in bare
                else "temp_air"
                if bare.startswith("temp_air")
                else bare
            )
            bare = _ALSO.get(bare, bare)
            if bare in found:
                raise WeatherError(f"{self.name}: the header names {bare} twice ({header!r}); remove one of them")
            if bare in KNOWN:
                found[bare] = i
        return found

    def head(self, column: str) -> str:
        return self.header[self.columns[column]]

    def numbers(self, column: str) -> Array:
        """A column as numbers; an empty cell is nan, other text an error with its line."""
        i, out = self.columns[column], np.empty(len(self.rows))
        for k, row in enumerate(self.rows):
            cell = row[i].strip()
            try:
                out[k] = float(cell.replace(",", ".") if self.decimal_comma else cell)
            except ValueError:
                if cell.casefold() not in EMPTY:
                    raise WeatherError(
                        f"{self.name}:{self.lines[k]}: {self.header[i]} is {cell!r}; a number is needed, or nothing"
                    ) from None
                out[k] = np.nan
        return np.where(np.isfinite(out), out, np.nan)

    def text(self, column: str) -> str | None:
        """The one value of a column that has the same in every row."""
        if column not in self.columns:
            return None
        values = {row[self.columns[column]].strip() for row in self.rows}
        if len(values) > 1 and (column == "station" or np.unique(self.numbers(column)).size > 1):
            shown = ", ".join(sorted(values)[:3])
            raise WeatherError(f"{self.name}: {self.head(column)} changes ({shown}); a climate is that of one place")
        return min(values)

    def one(self, column: str) -> float | None:
        """That value as a number."""
        text = self.text(column)
        if text is None or text.casefold() in EMPTY:
            return None
        return float(self.numbers(column)[0])

    def whole(self, column: str, low: int, high: int) -> np.ndarray:
        """A column of whole numbers within bounds."""
        values = self.numbers(column)
        bad = np.flatnonzero(~((values >= low) & (values <= high) & (values == np.round(values))))
        if bad.size:
            cell = self.rows[bad[0]][self.columns[column]].strip()
            raise WeatherError(
                f"{self.name}:{self.lines[bad[0]]}: {self.head(column)} is {cell!r}; a whole number from {low} to "
                f"{high} is needed"
            )
        return values.astype(np.int64)


def _place(table: _Cells, given: Place | None) -> Place:
    """Where the file holds, as said with it or else in it."""
    latitude, longitude = (table.one("latitude"), table.one("longitude")) if given is None else (None, None)
    altitude = table.one("altitude") if given is None or given.altitude is None else given.altitude
    if given is not None:
        return Place(given.latitude, given.longitude, altitude)
    if latitude is None or longitude is None:
        raise WeatherError(
            f"{table.name}: where is it? Give --place LAT,LON (and --altitude), or columns of these names"
        )
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise WeatherError(
            f"{table.name}: latitude {latitude:g}, longitude {longitude:g} are no place on earth, in degrees"
        )
    return Place(latitude, longitude, altitude)


def _unit(table: _Cells) -> tuple[float, bool]:
    """kWh/m2 a day in one of the unit of GHI, and whether the unit says that it is of a day."""
    if "ghi" not in table.columns:
        raise WeatherError(f"{table.name}: no column ghi; the columns are {', '.join(table.header)[:200]}; {HOW}")
    header = table.head("ghi")
    stated = _BRACKETS.search(header)
    unit = (stated[1] if stated else header.casefold().removeprefix("ghi").removeprefix("_")).strip().casefold()
    for old, new in _SPELT.items():
        unit = unit.replace(old, new)
    per_day = _PER_DAY.search(unit) is not None
    unit = _PER_DAY.sub("", unit)
    if unit not in _UNITS:
        raise WeatherError(
            f"{table.name}: {'unit ' + repr(unit) if unit else 'no unit'} in the header of {header!r}; allowed are "
            f"{', '.join(_UNITS)}, and /day behind it for the mean day of a month: ghi_mj_per_m2 or GHI(kWh/m2/day)"
        )
    return _UNITS[unit], per_day or unit == "w/m2"


def _daily(table: _Cells, place: Place, years: tuple[int, int] | None) -> Daily:
    factor, _ = _unit(table)
    days = _dates(table)
    order = np.argsort(days, kind="stable")
    twice = np.flatnonzero(np.diff(days[order]) == np.timedelta64(0, "D"))
    if twice.size:
        line = table.lines[order[twice[0] + 1]]
        raise WeatherError(
            f"{table.name}:{line}: {days[order[twice[0]]]} stands there a second time; remove one of them"
        )
    ghi = table.numbers("ghi") * factor
    ghi[ghi <= MISSING * factor] = np.nan
    first, last = (str(d)[:4] for d in days[order[[0, -1]]])
    if years is not None:
        if not int(first) <= years[0] <= years[1] <= int(last):
            raise WeatherError(f"{table.name}: years {years[0]}-{years[1]} asked for, it has {first}-{last}")
        first, last = (str(y) for y in years)
    axis = np.arange(f"{int(first):04d}-01-01", f"{int(last) + 1:04d}-01-01", dtype="datetime64[D]")
    whole = np.full(axis.size, np.nan)
    at = (days - axis[0]).astype(int)
    inside = (at >= 0) & (at < axis.size)
    whole[at[inside]] = ghi[inside]
    return Daily(place, axis, whole, _air_of_days(table, days))


def _air_of_days(table: _Cells, days: np.ndarray) -> Array | None:
    """(12,) means of all days of a calendar month, if there is a column of temperature."""
    values = _celsius(table)
    if values is None:
        return None
    month = days.astype("datetime64[M]").astype(int) % len(MONTH_DAYS)
    known = np.isfinite(values)
    count = np.bincount(month[known], minlength=len(MONTH_DAYS))
    if (count == 0).any():
        raise WeatherError(f"{table.name}: no day of month {int(count.argmin()) + 1} has temp_air")
    return _plausible_air(table, np.bincount(month[known], values[known], len(MONTH_DAYS)) / count)


def _dates(table: _Cells) -> np.ndarray:
    """(N,) datetime64[D]; a date that does not exist is an error with its line."""
    if "date" in table.columns:
        cells = [row[table.columns["date"]].strip() for row in table.rows]
        parts = [re.fullmatch(r"(\d{4})(?:[-/](\d\d?)[-/]|(\d\d)(?=\d\d\b))(\d\d?)(?:[T ].*)?", c) for c in cells]
        bad = next((k for k, p in enumerate(parts) if p is None), None)
        if bad is not None:
            raise WeatherError(
                f"{table.name}:{table.lines[bad]}: {cells[bad]!r} is no date; write 2001-12-31, or year, month and day"
            )
        numbers = np.array([[int(p[1]), int(p[2] or p[3]), int(p[4])] for p in parts if p is not None])
        odd = np.flatnonzero((numbers[:, 0] < YEARS[0]) | (numbers[:, 0] > YEARS[1]))
        if odd.size:
            raise WeatherError(
                f"{table.name}:{table.lines[odd[0]]}: {cells[odd[0]]!r} lies outside of {YEARS[0]} to {YEARS[1]}"
            )
    else:
        for needed in ("year", "month"):
            if needed not in table.columns:
                raise WeatherError(f"{table.name}: there is a column day, but no {needed}; {HOW}")
        bounds = {"year": YEARS, "month": (1, 12), "day": (1, 31)}
        numbers = np.stack([table.whole(k, *b) for k, b in bounds.items()], axis=1)
    try:
        return np.array([f"{y:04d}-{m:02d}-{d:02d}" for y, m, d in numbers], dtype="datetime64[D]")
    except ValueError:
        for line, (y, m, d) in zip(table.lines, numbers, strict=True):
            try:
                np.datetime64(f"{y:04d}-{m:02d}-{d:02d}", "D")
            except ValueError:
                raise WeatherError(f"{table.name}:{line}: {y}-{m}-{d} is no date of the calendar") from None
        raise


def _monthly(table: _Cells, place: Place) -> Monthly:
    factor, per_day = _unit(table)
    month = table.whole("month", 1, 12)
    if sorted(month) != list(range(1, 13)):
        raise WeatherError(
            f"{table.name}: {month.size} rows for months {', '.join(map(str, sorted(set(month))))}; twelve monthly "
            "means are needed, one row each (daily data have a column day or date)"
        )
    order = np.argsort(month)
    ghi = table.numbers("ghi")[order] * factor
    if per_day:
        ghi = ghi * np.asarray(MONTH_DAYS)
    bad = np.flatnonzero(~(ghi > 0))
    if bad.size:
        line = table.lines[order[bad[0]]]
        raise WeatherError(f"{table.name}:{line}: GHI of month {bad[0] + 1} is missing or not positive; it is needed")
    air = _monthly_air(table, order)
    return Monthly(place, ghi, air)


def _celsius(table: _Cells) -> Array | None:
    """The column of temperature, if there is one and its unit is degrees Celsius."""
    if "temp_air" not in table.columns:
        return None
    unit = _BRACKETS.search(table.head("temp_air"))
    if unit is not None and unit[1].strip().casefold() not in CELSIUS:
        raise WeatherError(f"{table.name}: temp_air is in {unit[1]}; degrees Celsius are needed")
    values = table.numbers("temp_air")
    return np.asarray(np.where(values > MISSING, values, np.nan))


def _plausible_air(table: _Cells, means: Array) -> Array:
    """Monthly means that some place has."""
    if not (np.abs(means) < 50).all():
        worst = float(means[np.argmax(np.abs(means))])
        raise WeatherError(f"{table.name}: temp_air reaches {worst:g}; monthly means in degrees Celsius are needed")
    return means


def _monthly_air(table: _Cells, order: np.ndarray) -> Array | None:
    """Monthly means of temperature, if there is such a column."""
    air = _celsius(table)
    if air is None:
        return None
    air = air[order]
    if not np.isfinite(air).all():
        raise WeatherError(f"{table.name}: temp_air of month {int(np.argmax(~np.isfinite(air))) + 1} is missing")
    return _plausible_air(table, air)
