"""Readers of files that a station or a converter wrote: EPW, TMY3 and SAM CSV, through pvlib from open text."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pvlib import iotools

from pvsim.errors import WeatherError
from pvsim.weather.table import Array, Place, Table
from pvsim.weather.text import visible

HEADER_LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0), "altitude": (-450.0, 6000.0)}
)
ZONES = (-12.0, 14.0)  # hours
AGAIN = "fetch or export the file again"
BROKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, pd.errors.ParserError)
LARGEST = 1e30  # beyond it no number is a measured one, and its square is no number at all

# EnergyPlus Auxiliary Programs, "EPW CSV Format": the code that stands for a missing value, by column
EPW_MISSING: Mapping[str, Sequence[float]] = MappingProxyType(
    {"ghi": (9999.0,), "dhi": (9999.0,), "dni": (9999.0,), "temp_air": (99.9,), "wind_speed": (999.0,)}
)
# TMY3 User's Manual (NREL/TP-581-43156) and the NSRDB: -9900 and -999
CODES: Mapping[str, Sequence[float]] = MappingProxyType(
    dict.fromkeys(("ghi", "dhi", "dni", "temp_air", "wind_speed"), (-9900.0, -9999.0, -999.0))
)
EPW_HEADER_LINES = 8
EPW_ENDS_AT_COLUMN = 22  # wind speed: what is missing behind it is not used


def columns_of(name: str, data: pd.DataFrame, missing: Mapping[str, Sequence[float]]) -> dict[str, Array]:
    """The columns that are there as numbers, missing codes turned into gaps before any limit is judged.

    Raises
    ------
    WeatherError : GHI or the temperature of the air is not there
    """
    found = {}
    for column, codes in missing.items():
        if column in data:
            try:
                values = pd.to_numeric(data[column], errors="coerce").to_numpy(dtype=np.float64, copy=True)
            except OverflowError as error:  # a whole number of JSON has as many digits as it likes
                raise WeatherError(f"{name}: a number of {column} is far too large: {AGAIN}") from error
            values[np.isin(values, codes) | ~(np.abs(values) < LARGEST)] = np.nan
            found[column] = values
    lacking = [c for c in ("ghi", "temp_air") if c not in found]
    if lacking:
        raise WeatherError(
            f"{name}: no column for {' and '.join(lacking)}; there are {visible(', '.join(map(str, data)))}"
        )
    found.setdefault("wind_speed", np.full(len(data), np.nan))
    return found


def place_of(name: str, latitude: Any, longitude: Any, altitude: Any) -> Place:
    """A place of a header; an altitude of None is not known.

    Raises
    ------
    WeatherError : it is not on earth
    """
    numbers = {"latitude": float(latitude), "longitude": float(longitude)}
    if altitude is not None:
        numbers["altitude"] = float(altitude)
    for key, value in numbers.items():
        low, high = HEADER_LIMITS[key]
        if not low <= value <= high:
            raise WeatherError(f"{name}: {key} {value:g} in the header; {low:g} to {high:g} is possible")
    return Place(**numbers)


def zone_minutes(name: str, hours: float) -> int:
    """The offset of a header in minutes.

    Raises
    ------
    WeatherError : no clock on earth has it
    """
    if not ZONES[0] <= hours <= ZONES[1]:
        raise WeatherError(f"{name}: TZ {hours:g} in the header; {ZONES[0]:g} to {ZONES[1]:g} is possible")
    return round(hours * 60)


def utc_seconds(index: pd.DatetimeIndex) -> NDArray[np.int64]:
    """A tz-aware index as whole seconds UTC."""
    return np.asarray(index.tz_convert("UTC").tz_localize(None).to_numpy(), dtype="datetime64[s]").astype(np.int64)


def years_in(years: Sequence[int] | NDArray[np.int64]) -> str:
    """The years of the rows, as a reader is told."""
    found = sorted({int(y) for y in years})
    return f"{found[0]}" if len(found) == 1 else f"months of {found[0]} to {found[-1]}"


def starts_with(name: str, text: str, kind: str, sign: str) -> None:
    """Refuse a text that begins with something else; what it begins with is quoted."""
    start = text.lstrip()[:20]
    if not start.upper().startswith(sign):
        raise WeatherError(f"{name}: not {kind} file (it starts with {start!r}; {kind} starts with {sign}): {AGAIN}")


def refuse_cut_line(name: str, rows: Sequence[str], least: int = 0, separator: str = ",") -> None:
    """Refuse rows whose last has fewer fields than the first, or than the least: the file was cut inside of it.

    Raises
    ------
    WeatherError
    """
    if not rows:
        raise WeatherError(f"{name}: no rows after the header; a whole year has 8760: {AGAIN}")
    if rows[-1].count(separator) < max(rows[0].count(separator), least):
        raise WeatherError(f"{name}: cut in its last line ({rows[-1][-40:]!r}); fetch or export the file again")


# --- EPW -----------------------------------------------------------------------------------------------------


def read_epw(name: str, text: str) -> Table:
    """An EPW file: hours that end at their stamps, 1 to 24; codes of missing values by the format's own table."""
    starts_with(name, text, "an EPW", "LOCATION")
    lines = text.rstrip("\r\n").split("\n")
    try:
        data, meta = iotools.read_epw(io.StringIO(text), coerce_year=None)
        hours = float(meta["TZ"])
        place = place_of(name, meta["latitude"], meta["longitude"], meta["altitude"])
    except BROKEN as error:
        raise WeatherError(
            f"{name}: not readable as EPW (last line {lines[-1][:40]!r}); rows need the hours 1 to 24 "
            "and the columns of the EPW format; export the file again"
        ) from error
    refuse_cut_line(name, lines[EPW_HEADER_LINES:], EPW_ENDS_AT_COLUMN)
    offset = zone_minutes(name, hours)
    years = data["year"].to_numpy(dtype=np.int64)
    per_hour = _rows_per_hour(lines[EPW_HEADER_LINES - 1])
    minute = data["minute"].to_numpy(dtype=np.float64)
    minute = np.where((per_hour == 1) | (minute == 0), 60.0, minute)  # of an hour that ends at its stamp
    leap = len(data) == 8784 * per_hour and bool((years == years[0]).all())
    return Table(
        name, "epw",
        stamps=utc_seconds(pd.DatetimeIndex(data.index)) + (minute * 60).astype(np.int64),
        columns=columns_of(name, data, EPW_MISSING) | _epw_rain(data),
        label="end",
        utc_offset_minutes=offset,
        place=place,
        station=f"{meta['city']} ({meta['WMO_code']}, {meta['data_type']})",
        issuer=str(meta["data_type"]),
        years=years_in(years),
        typical=not leap,
        step_minutes=60 // per_hour,
    )  # fmt: skip


def _epw_rain(data: pd.DataFrame) -> dict[str, Array]:
    """Rain in mm, where the file has any: converters fill a year without data with zeros."""
    rain = pd.to_numeric(data["liquid_precipitation_depth"], errors="coerce").to_numpy(dtype=np.float64, copy=True)
    rain[~(rain < 999)] = np.nan
    return {"rainfall": rain} if np.nansum(rain) > 0 else {}


def _rows_per_hour(periods: str) -> int:
    """Rows per hour of the line DATA PERIODS: its third field."""
    try:
        number = int(float(periods.split(",")[2]))
    except (IndexError, ValueError):
        return 1
    return number if number >= 1 and 60 % number == 0 else 1


# --- TMY3 ----------------------------------------------------------------------------------------------------


def read_tmy3(name: str, text: str) -> Table:
    """A TMY3 file: hours that end at their stamps."""
    lines = text.rstrip("\r\n").split("\n")
    if "Date (MM/DD/YYYY)" not in text[:20_000]:
        raise WeatherError(
            f"{name}: not a TMY3 file (no column 'Date (MM/DD/YYYY)'; it starts with {text[:20]!r}): {AGAIN}"
        )
    try:
        data, meta = iotools.read_tmy3(io.StringIO(text))
        place = place_of(name, meta["latitude"], meta["longitude"], meta["altitude"])
        offset = zone_minutes(name, float(meta["TZ"]))
        # pvlib moves what ends on 29 February by a day; the printed date and hour say where a row ends
        dates = pd.to_datetime(data["Date (MM/DD/YYYY)"], format="%m/%d/%Y")
        clock = data["Time (HH:MM)"].str.split(":", expand=True).astype(int)
        ends = dates + pd.to_timedelta(clock[0] * 60 + clock[1], unit="min")
        years = dates.dt.year.to_numpy(dtype=np.int64)
    except BROKEN as error:
        raise WeatherError(
            f"{name}: not readable as TMY3 (last line {lines[-1][:40]!r}); fetch the file again"
        ) from error
    refuse_cut_line(name, lines[2:])
    leap = len(data) == 8784 and bool((years == years[0]).all())
    return Table(
        name, "tmy3",
        stamps=utc_seconds(pd.DatetimeIndex(ends).tz_localize("UTC")) - offset * 60,
        columns=columns_of(name, data, CODES),
        label="end",
        utc_offset_minutes=offset,
        place=place,
        station=f"{meta['Name'].strip(chr(34))} ({meta['USAF']}, TMY3)",
        issuer="TMY3",
        years=years_in(years),
        typical=not leap,
    )  # fmt: skip


# --- SAM CSV -------------------------------------------------------------------------------------------------

# what SAM accepts in a header and a column besides the names of the NSRDB; pvlib's reader knows only the latter
_SAM_META = {
    "lat": "Latitude", "lon": "Longitude", "long": "Longitude", "lng": "Longitude", "tz": "Time Zone",
    "timezone": "Time Zone", "time zone": "Time Zone", "elev": "Elevation", "elevation": "Elevation",
    "latitude": "Latitude", "longitude": "Longitude", "location id": "Location ID", "city": "City", "source": "Source",
}  # fmt: skip
_SAM_COLUMNS = {
    "year": "Year", "month": "Month", "day": "Day", "hour": "Hour", "minute": "Minute", "min": "Minute",
    "gh": "GHI", "ghi": "GHI", "global": "GHI", "dn": "DNI", "dni": "DNI", "beam": "DNI", "df": "DHI", "dhi": "DHI",
    "diffuse": "DHI", "tdry": "Temperature", "temperature": "Temperature", "tamb": "Temperature",
    "wspd": "Wind Speed", "wind speed": "Wind Speed",
}  # fmt: skip


def read_sam(name: str, text: str) -> Table:
    """A SAM CSV file (NSRDB): the minute of a row is the moment of its sun; without minutes, the middle of the hour."""
    rows = text.rstrip("\r\n").splitlines()
    try:
        keys, values, header = (next(csv.reader([line])) for line in rows[:3])
        meta = {_SAM_META.get(k.strip().casefold(), k.strip()): v.strip() for k, v in zip(keys, values, strict=False)}
        columns = [_SAM_COLUMNS.get(c.strip().casefold(), c.strip()) for c in header]
        place = place_of(name, meta["Latitude"], meta["Longitude"], meta["Elevation"])
        offset = zone_minutes(name, float(meta["Time Zone"]))
    except BROKEN as error:
        raise WeatherError(
            f"{name}: not a SAM CSV file (it starts with {text[:20]!r}; two header lines with Latitude, Longitude, "
            "Time Zone and Elevation are needed, the third names the columns)"
        ) from error
    refuse_cut_line(name, rows[3:])
    if "Minute" not in columns:
        body = [line.split(",", 4) for line in rows[3:]]
        rows[3:] = [",".join([*parts[:4], "30", *parts[4:]]) for parts in body]
        columns.insert(4, "Minute")
    # what pvlib needs as whole numbers; place and zone were read from the header itself
    bare = "Latitude,Longitude,Elevation,Time Zone,Local Time Zone\n0,0,0,0,0"
    try:
        data, _ = iotools.read_nsrdb_psm4(io.StringIO("\n".join([bare, ",".join(columns), *rows[3:]]) + "\n"))
        index = pd.DatetimeIndex(data.index)
    except BROKEN as error:
        raise WeatherError(f"{name}: not readable as SAM CSV (last line {rows[-1][:40]!r}); export it again") from error
    years, minutes = index.year.to_numpy(dtype=np.int64), index.minute.to_numpy()
    whole = len(set(minutes)) == 1
    return Table(
        name, "sam",
        stamps=utc_seconds(index) - offset * 60,
        columns=columns_of(name, data, CODES),
        label="center" if whole and minutes[0] == 30 else "instant",
        utc_offset_minutes=offset,
        place=place,
        station=", ".join(meta[k] for k in ("City", "Location ID") if meta.get(k, "-") not in ("", "-")) or name,
        issuer=meta.get("Source") or "SAM CSV",
        years=years_in(years),
        # a real series changes its year on New Year's Day alone
        typical=bool((index.month.to_numpy()[1:][np.diff(years) != 0] != 1).any()),
    )  # fmt: skip
