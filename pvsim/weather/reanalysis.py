"""Readers of series that are modelled for any place: ERA5 and CAMS as CSV, Open-Meteo as JSON, from open text."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from pvlib import iotools
from pvlib.iotools.era5 import UNITS as ERA5_UNITS
from pvlib.iotools.era5 import VARIABLE_MAP as ERA5_NAMES

from pvsim.errors import WeatherError
from pvsim.weather.plain import SHOWN, UNITS
from pvsim.weather.services import json_of, span_of
from pvsim.weather.stations import (
    AGAIN,
    BROKEN,
    CODES,
    columns_of,
    place_of,
    refuse_cut_line,
    starts_with,
    utc_seconds,
    zone_minutes,
)
from pvsim.weather.table import Array, Place, Table, kind_of

NO_CODES: Mapping[str, Sequence[float]] = MappingProxyType(dict.fromkeys(CODES, ()))  # what is missing is empty
HOUR = pd.Timedelta(hours=1)
# ERA5 is kept in 16 bits a value, so that nothing may come out as a little less than that
ROUNDING_W, ROUNDING_MM = 1.0, 0.01
MM_PER_CM = 10.0  # pvlib gives rain in cm


def _moments(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Times in UTC, which naive ones are.

    Raises
    ------
    ValueError : one is empty
    """
    if times.hasnans:
        raise ValueError("a row without a time")
    return times.tz_localize("UTC") if times.tz is None else times


# --- ERA5 ----------------------------------------------------------------------------------------------------


def read_era5(name: str, text: str) -> Table:
    """An hourly series of one place from the Climate Data Store; hours that end at their stamps, in UTC.

    Light and rain are sums of the hour; temperature and wind are those of the moment at its end.
    """
    rows = text.strip().splitlines()
    header = [cell.strip() for cell in "".join(rows[:1]).split(",")]
    _refuse_other_header(name, header, text)
    refuse_cut_line(name, rows[1:], len(header) - 1)
    try:
        data = pd.read_csv(io.StringIO(text), skipinitialspace=True, low_memory=False, dtype={"valid_time": str})
        times = _moments(pd.DatetimeIndex(pd.to_datetime(data.pop("valid_time"), format="ISO8601", utc=True)))
        data = data.apply(pd.to_numeric)
        place = _only_place(name, data)
        columns = _era5_columns(name, data)
    except BROKEN as error:
        raise WeatherError(
            f"{name}: not readable as ERA5, perhaps cut (last line {rows[-1][:40]!r}): {AGAIN}"
        ) from error
    return Table(
        name, "era5",
        stamps=utc_seconds(times),
        columns=columns,
        label="end",
        utc_offset_minutes=0,
        place=place,
        station=f"ERA5 {place.latitude:g}, {place.longitude:g}",
        issuer="ECMWF, Copernicus Climate Change Service (ERA5)",
        years=span_of((times[0], times[-1] - HOUR)),
        typical=False,
    )  # fmt: skip


def _refuse_other_header(name: str, header: Sequence[str], text: str) -> None:
    """Refuse a header that is not of the store, or lacks what a roof needs; say what to ask the store for."""
    if "valid_time" not in header:
        raise WeatherError(
            f"{name}: not an ERA5 series of the Climate Data Store (it starts with {text.lstrip()[:20]!r}; the header "
            f"names valid_time and short names such as ssrd): {AGAIN}"
        )
    there = {ERA5_NAMES.get(short) for short in header if short in ERA5_UNITS}
    lacking = [column for column in ("ghi", "temp_air") if column not in there]
    if lacking:
        # the longest of pvlib's names is the one by which the store is asked
        asked = [max((k for k, v in ERA5_NAMES.items() if v == column), key=len) for column in lacking]
        raise WeatherError(
            f"{name}: no column for {' and '.join(lacking)}; there are {', '.join(header)[:300]}; ask the Climate Data "
            f"Store for {' and '.join(asked)}, too"
        )


def _only_place(name: str, data: pd.DataFrame) -> Place:
    """The place of all rows; its altitude is not told."""
    where = data[["latitude", "longitude"]].drop_duplicates()
    if len(where) != 1:
        raise WeatherError(
            f"{name}: {len(where)} different places in its columns latitude and longitude; one is read: ask the "
            "Climate Data Store for one, or fetch the file again if it was cut"
        )
    return place_of(name, where["latitude"].iloc[0], where["longitude"].iloc[0], None)


def _era5_columns(name: str, data: pd.DataFrame) -> dict[str, Array]:
    """Columns by pvlib's names in W/m2, degrees C and m/s, and rain in mm; DHI is GHI less the beam."""
    data = pd.DataFrame({short: ERA5_UNITS[short](data[short]) for short in data if short in ERA5_UNITS})
    data = data.rename(columns=dict(ERA5_NAMES))
    data["ghi"] = _no_less_than_nothing(data["ghi"], ROUNDING_W)
    if "bhi" in data:
        data["bhi"] = _no_less_than_nothing(data["bhi"], ROUNDING_W)
        data["dhi"] = _no_less_than_nothing(data["ghi"] - data["bhi"], ROUNDING_W)
    if {"u10", "v10"} <= set(data):
        data["wind_speed"] = np.hypot(data["u10"], data["v10"])
    columns = columns_of(name, data, NO_CODES)
    if "precipitation" in data:
        rain = _no_less_than_nothing(data["precipitation"] * MM_PER_CM, ROUNDING_MM)
        columns["rainfall"] = rain.to_numpy(dtype=np.float64)
    return columns


def _no_less_than_nothing(values: pd.Series, rounding: float) -> pd.Series:
    """Zero for what is negative by rounding alone; more than that is left for the judge of all formats."""
    return values.mask((values < 0) & (values > -rounding), 0.0)


# --- CAMS ----------------------------------------------------------------------------------------------------


def read_cams(name: str, text: str) -> Table:
    """A CAMS Radiation file; rows start at their stamps, in UTC. It has the light alone."""
    text = text.replace("\r\n", "\n")
    _refuse_other_preface(name, text)
    try:
        data, about = _by_pvlib(text)
        times = _moments(pd.DatetimeIndex(data.index))
        place = place_of(name, about["latitude"], about["longitude"], about["altitude"])
        columns = columns_of(name, data.assign(temp_air=np.nan, wind_speed=np.nan), NO_CODES)
        notes = _cams_notes(name, data)
    except (*BROKEN, UserWarning, pd.errors.DtypeWarning) as error:
        raise WeatherError(f"{name}: not readable as CAMS Radiation, perhaps cut; fetch the file again") from error
    clock = str(about.get("Time reference", "not stated"))
    if "universal" not in clock.casefold():
        raise WeatherError(
            f"{name}: its time reference is {clock}; universal time (UT) is needed, since the hours of true solar time "
            "are not those of any clock: ask for UT"
        )
    return Table(
        name, "cams",
        stamps=utc_seconds(times),
        columns=columns,
        label="start",
        utc_offset_minutes=0,
        place=place,
        station=f"CAMS Radiation {place.latitude:g}, {place.longitude:g}",
        issuer="Copernicus Atmosphere Monitoring Service (CAMS Radiation)",
        years=span_of(times),
        typical=False,
        notes=notes,
    )  # fmt: skip


def _refuse_other_preface(name: str, text: str) -> None:
    """Refuse what is no CAMS Radiation, is cut in its last line, or is in another unit."""
    # without this line pvlib's reader would look for it for ever
    header = re.search(r"^# (Observation period(;.*)?)$", text, re.MULTILINE)
    if header is None:
        raise WeatherError(f"{name}: not a CAMS Radiation file (it starts with {text.lstrip()[:20]!r}): {AGAIN}")
    names = header[1].split(";")
    if "GHI" not in names:
        raise WeatherError(
            f"{name}: it has no GHI but {', '.join(names[1:])[:200]}: CAMS McClear gives the sky without clouds; ask "
            "for CAMS Radiation"
        )
    refuse_cut_line(name, text[header.end() :].strip().splitlines(), len(names) - 1, ";")
    unit = re.search(r'uom:\s*"([^"]*)"', text[: header.start()])
    if unit and re.sub(r"\s", "", unit[1]).casefold() != "whm-2":
        raise WeatherError(f"{name}: its columns are in {unit[1]}; sums in Wh m-2 are needed: {AGAIN}")


def _by_pvlib(text: str) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Rows and header as pvlib reads them; what pandas warns of there, times and columns it has to guess, is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", pd.errors.DtypeWarning)
        return iotools.read_cams(io.StringIO(text))  # type: ignore[no-any-return]


def _cams_notes(name: str, data: pd.DataFrame) -> tuple[str, ...]:
    """How much of the day CAMS calls less than reliable."""
    if not {"Reliability", "ghi_extra"} <= set(data):
        return ()
    by_day = data["ghi_extra"] > 0
    doubtful = int((by_day & (data["Reliability"] < 1)).sum())
    if not doubtful:
        return ()
    share = 100 * doubtful / int(by_day.sum())
    return (f"{name}: CAMS calls {doubtful} rows by day ({share:.1f} %) less than fully reliable",)


# --- Open-Meteo ----------------------------------------------------------------------------------------------

_OPEN_METEO: Mapping[str, str] = MappingProxyType(
    {
        "shortwave_radiation": "ghi",
        "diffuse_radiation": "dhi",
        "direct_normal_irradiance": "dni",
        "temperature_2m": "temp_air",
        "wind_speed_10m": "wind_speed",
        "precipitation": "rainfall",
    }
)
_NEEDED = ("shortwave_radiation", "temperature_2m")
_ASK_FOR = f"hourly={','.join(_OPEN_METEO)}"
_UNIT_OPTION = {
    "temperature": "temperature_unit=celsius",
    "wind": "wind_speed_unit=ms",
    "rain": "precipitation_unit=mm",
}


def read_openmeteo(name: str, text: str) -> Table:
    """An answer of Open-Meteo with hourly values; hours that end at their stamps, on the clock that it states."""
    starts_with(name, text, "an Open-Meteo", "{")
    found = json_of(name, text)
    hourly = _hourly(name, found)
    try:
        _refuse_other_units(name, hourly, found["hourly_units"])
        offset = zone_minutes(name, float(found["utc_offset_seconds"]) / 3600)
        height = found.get("elevation")  # null, or no number, where none was asked for
        height = None if height is None or height != height else height
        place = place_of(name, found["latitude"], found["longitude"], height)
        times = pd.DatetimeIndex(pd.to_datetime(pd.Series(hourly["time"], dtype="str"), format="%Y-%m-%dT%H:%M"))
        # through numpy, which takes null for a gap and refuses words
        data = pd.DataFrame({c: np.asarray(hourly[k], np.float64) for k, c in _OPEN_METEO.items() if k in hourly})
        stamps = utc_seconds(_moments(times)) - offset * 60
        if len(data) != len(stamps):
            raise ValueError("columns of different lengths")
        columns = columns_of(name, data, NO_CODES)
        years = span_of((times[0], times[-1] - HOUR))
    except BROKEN as error:
        raise WeatherError(f"{name}: not readable as Open-Meteo, perhaps cut; fetch the file again") from error
    if "rainfall" in data:
        columns["rainfall"] = data["rainfall"].to_numpy(dtype=np.float64)
    return Table(
        name, "openmeteo",
        stamps=stamps,
        columns=columns,
        label="end",
        utc_offset_minutes=offset,
        place=place,
        station=f"Open-Meteo {place.latitude:g}, {place.longitude:g}",
        issuer="Open-Meteo",
        years=years,
        typical=False,
    )  # fmt: skip


def _hourly(name: str, found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The hourly columns of an answer.

    Raises
    ------
    WeatherError : there are none, or they lack what a roof needs
    """
    hourly = found.get("hourly")
    if not isinstance(hourly, Mapping):
        raise WeatherError(
            f"{name}: no hourly values of Open-Meteo in it (there are {', '.join(found)[:200] or 'none'}); fetch it "
            f"with {_ASK_FOR}"
        )
    lacking = [code for code in _NEEDED if code not in hourly]
    if lacking:
        raise WeatherError(
            f"{name}: no {' and '.join(lacking)}; there are {', '.join(hourly)[:300]}; fetch it with {_ASK_FOR}"
        )
    return hourly


def _refuse_other_units(name: str, hourly: Mapping[str, Any], units: Mapping[str, Any]) -> None:
    """Refuse times that are no ISO 8601 and values in a unit that would have to be converted; say what to ask for."""
    if units["time"] != "iso8601":
        raise WeatherError(
            f"{name}: its times are {units['time']}; iso8601 is needed: fetch it without timeformat, or with "
            "timeformat=iso8601"
        )
    for code, column in _OPEN_METEO.items():
        kind = "rain" if column == "rainfall" else kind_of(column)
        unit = str(units.get(code, "no unit that is told"))
        if code in hourly and unit.casefold() not in UNITS.get(kind, ("mm",)):
            option = f"with {_UNIT_OPTION[kind]}" if kind in _UNIT_OPTION else "again"
            raise WeatherError(f"{name}: {code} is in {unit}; {SHOWN.get(kind, 'mm')} are needed: fetch it {option}")
