"""Weather files. Today: EPW, read by pvlib from an open buffer, never from a path or an address.

An EPW row is the hour that ends at its stamp, so the row starts an hour before and the sun stands in its
middle. Families of EPW files that break this rule are known; a file whose three irradiance columns do not
close at that sun is used as it is and the result says so.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pvlib import atmosphere, clearsky, iotools

from pvsim.errors import WeatherError
from pvsim.physics.sun import Sun, TimeAxis, sun_over
from pvsim.weather.climate import FARTHEST_KM, WARN_ALTITUDE_M, WARN_KM, distance_km
from pvsim.weather.quality import Series, closure_notes, drop_days_without_light, mend, refuse_impossible
from pvsim.weather.record import Weather
from pvsim.weather.sources import Source

Array = NDArray[np.float64]

MAX_BYTES = 50_000_000
TYPICAL_YEAR = 2025  # the year under which a typical year is written
EPW_HEADER_LINES = 8
HALF_HOUR = (30.0,) * 12

# EnergyPlus Auxiliary Programs, "EPW CSV Format": the code that stands for a missing value, by column
MISSING: Mapping[str, float] = MappingProxyType(
    {"ghi": 9999.0, "dhi": 9999.0, "dni": 9999.0, "temp_air": 99.9, "wind_speed": 999.0}
)
LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"ghi": (-5.0, 1500.0), "dhi": (-5.0, 1500.0), "temp_air": (-50.0, 60.0), "wind_speed": (0.0, 60.0)}
)
HEADER_LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0), "TZ": (-12.0, 14.0), "altitude": (-450.0, 6000.0)}
)
DNI_LIMIT = 1400.0  # above the extraterrestrial beam of any day
LOW_SUN_DEG = 87.0  # below this sun DNI from a difference is noise: pvlib's own limit in its decomposition models
CLEAN_TURBIDITY, CLEAR_SKY_MARGIN = 2.0, 1.1  # Linke turbidity of very clean air; a tenth for bright cloud edges


@dataclass(frozen=True)
class Place:
    """Where the roof is, for which the sun is computed: degrees, degrees, m (None = that of the file)."""

    latitude: float
    longitude: float
    altitude: float | None = None


def read_text(path: Path) -> tuple[str, str, tuple[str, ...]]:
    """The text of a weather file, its SHA-256, and what had to be done to read it.

    Raises
    ------
    WeatherError
        When there is no such regular file, it is empty or too large, or is not text.
    """
    try:
        # not blocking: opening a pipe would wait for a writer, perhaps for ever
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise WeatherError(f"{path.name}: not a regular file")
            if status.st_size > MAX_BYTES:
                raise WeatherError(f"{path.name}: {status.st_size} bytes; at most {MAX_BYTES} are read")
            with os.fdopen(handle, "rb", closefd=False) as file:
                raw = file.read()
        finally:
            os.close(handle)
    except OSError as error:
        raise WeatherError(f"{path.name}: cannot be read ({error.strerror}); check [weather] path") from error
    if not raw.strip():
        raise WeatherError(f"{path.name}: the file is empty")
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        return raw.decode("utf-8-sig"), sha256, ()
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030"), sha256, (f"{path.name} is not UTF-8; it was read as GB18030",)
    except UnicodeDecodeError as error:
        raise WeatherError(f"{path.name}: neither UTF-8 nor GB18030 text, so not an EPW file") from error


def read_epw(path: Path, place: Place) -> Weather:
    """Weather of an EPW file, for a roof at ``place``.

    Parameters
    ----------
    path : the file
    place : where the roof is; beyond 200 km from the file's own place it is refused

    Raises
    ------
    WeatherError
        For anything that is not a whole year of hourly rows within physical limits.
    """
    text, sha256, notes = read_text(path)
    table, meta = _parse(path.name, text)
    axis = _axis(path.name, table, float(meta["TZ"]))
    altitude = float(meta["altitude"]) if place.altitude is None else place.altitude
    notes += _distance_notes(path.name, place, altitude, meta)
    series = {name: _series(path.name, table, name) for name in MISSING}
    repairs: dict[str, int] = {}
    sun = sun_over(axis, HALF_HOUR, place.latitude, place.longitude, altitude)
    notes += mend(series, repairs)
    refuse_impossible(path.name, series, sun, axis.step_minutes / 60)
    drop_days_without_light(series, axis, sun, repairs)
    _mend_dni(series, sun, altitude, repairs)
    notes += closure_notes(path.name, series, sun)
    return Weather(
        axis,
        **series,
        latitude=place.latitude,
        longitude=place.longitude,
        altitude=altitude,
        sun_offset_minutes=HALF_HOUR,
        source="file",
        station=f"{meta['city']} ({meta['WMO_code']}, {meta['data_type']})",
        label="end",
        years=_years(table),
        sources=(
            Source(
                ingredient="all series",
                issuer=str(meta["data_type"]),
                document=path.name,
                period=_years(table),
                method=f"sha256 {sha256}",
                status="as given",
            ),
        ),
        repairs=tuple(repairs.items()),
        warnings=notes,
    )


def _parse(name: str, text: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    start = text.lstrip()[:20]
    if not start.upper().startswith("LOCATION"):
        raise WeatherError(f"{name}: not an EPW file (it starts with {start!r}; an EPW starts with LOCATION)")
    last = text.rstrip("\r\n").rsplit("\n", 1)[-1]
    try:
        table, meta = iotools.read_epw(io.StringIO(text), coerce_year=None)
    except (ValueError, KeyError, IndexError, TypeError, pd.errors.ParserError) as error:
        raise WeatherError(
            f"{name}: not readable as EPW (last line {last[:40]!r}); rows need the hours 1 to 24 "
            "and the columns of the EPW format; export the file again"
        ) from error
    for key, (low, high) in HEADER_LIMITS.items():
        if not low <= float(meta[key]) <= high:
            raise WeatherError(f"{name}: {key} {meta[key]} in the header; {low:g} to {high:g} is possible")
    rows = text.rstrip("\r\n").split("\n")[EPW_HEADER_LINES:]
    if not rows:
        raise WeatherError(f"{name}: no rows after the header; a whole year has 8760")
    if rows[-1].count(",") < rows[0].count(","):
        raise WeatherError(f"{name}: cut in its last line ({rows[-1][-40:]!r}); fetch or export the file again")
    return table, meta


def _years(table: pd.DataFrame) -> str:
    years = sorted(set(table["year"].astype(int)))
    return f"{years[0]}" if len(years) == 1 else f"months of {years[0]} to {years[-1]}"


def _axis(name: str, table: pd.DataFrame, tz_hours: float) -> TimeAxis:
    """The time axis of the file's rows; a typical year is written as 2025, a real leap year keeps its own."""
    years = table["year"].astype(int)
    leap = len(table) == 8784 and bool((years == years.iloc[0]).all())
    axis = TimeAxis.of_year(int(years.iloc[0]) if leap else TYPICAL_YEAR, 60, round(tz_hours * 60))
    if len(table) != axis.rows:
        end = "/".join(f"{table[c].iloc[-1]:.0f}" for c in ("month", "day", "hour"))
        raise WeatherError(
            f"{name}: {len(table)} rows, the last of month/day/hour {end}; a whole year has 8760 "
            "(8784 for a leap year, 29 February included)"
        )
    due, found = _stamps(axis), table[["month", "day", "hour"]].to_numpy()
    wrong = np.flatnonzero((found != due).any(axis=1))
    if wrong.size:
        i = int(wrong[0])
        raise WeatherError(
            f"{name}: row {i + 1} is month, day, hour {found[i].tolist()} where {due[i].tolist()} is due: "
            "rows must be in order, hours 1 to 24, without gaps or repeats"
        )
    return axis


def _stamps(axis: TimeAxis) -> NDArray[np.int64]:
    """(T, 3) month, day and EPW hour (1 to 24, the hour that ends then) of each row."""
    clock = axis.local_datetime64()
    day, month = clock.astype("datetime64[D]"), clock.astype("datetime64[M]")
    parts = (month.astype(np.int64) % 12, day - month, (clock - day).astype("timedelta64[h]"))
    return np.stack([p.astype(np.int64) + 1 for p in parts], axis=1)


def _series(name: str, table: pd.DataFrame, column: str) -> Array:
    """One column as numbers, missing codes turned into gaps before any limit is judged."""
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64, copy=True)
    values[values == MISSING[column]] = np.nan
    low, high = LIMITS.get(column, (-np.inf, np.inf))  # DNI has no limit here: what cannot be is mended
    wrong = np.flatnonzero((values < low) | (values > high))
    if wrong.size:
        raise WeatherError(
            f"{name}: {column} is {values[wrong[0]]:g} in row {wrong[0] + 1} ({wrong.size} such rows); "
            f"{low:g} to {high:g} is possible"
        )
    return values


def _mend_dni(series: Series, sun: Sun, altitude: float, repairs: dict[str, int]) -> None:
    """Make DNI from GHI - DHI where the file's own is missing or cannot be, and count it."""
    dni = series["dni"]
    missing, impossible = np.isnan(dni), (dni < 0) | (dni > DNI_LIMIT)
    if not (missing | impossible).any():
        return
    cos_zenith = np.cos(np.radians(np.minimum(sun.zenith, LOW_SUN_DEG)))
    beam = np.clip((series["ghi"] - series["dhi"]) / cos_zenith, 0, CLEAR_SKY_MARGIN * _clear_beam(sun, altitude))
    beam[sun.zenith > LOW_SUN_DEG] = 0.0
    for rule, wrong in (("dni_missing", missing), ("dni_out_of_limits", impossible)):
        dni[wrong] = beam[wrong]
        mended = int((wrong & np.isfinite(beam)).sum())
        if mended:
            repairs[rule] = mended


def _clear_beam(sun: Sun, altitude: float) -> Array:
    """DNI of a clean, cloudless sky, W/m2 (T,): what no real beam passes by much."""
    zenith = np.minimum(sun.apparent_zenith, 90.0)
    airmass = atmosphere.get_absolute_airmass(atmosphere.get_relative_airmass(zenith), atmosphere.alt2pres(altitude))
    clear = clearsky.ineichen(zenith, airmass, CLEAN_TURBIDITY, altitude=altitude, dni_extra=sun.dni_extra)
    return np.asarray(clear["dni"])


def _distance_notes(name: str, place: Place, altitude: float, meta: Mapping[str, Any]) -> tuple[str, ...]:
    latitude, longitude, own = (float(meta[k]) for k in ("latitude", "longitude", "altitude"))
    km = distance_km(place.latitude, place.longitude, latitude, longitude)
    if km > FARTHEST_KM:
        raise WeatherError(
            f"{name}: its place ({latitude:.2f}, {longitude:.2f}) is {km:.0f} km from the site; "
            f"at most {FARTHEST_KM:.0f} km are accepted; check latitude and longitude or bring a nearer file"
        )
    notes: tuple[str, ...] = ()
    if km > WARN_KM:
        notes += (f"the weather file's place is {km:.0f} km from the site",)
    if abs(own - altitude) > WARN_ALTITUDE_M:
        notes += (f"the weather file's place lies at {own:.0f} m, the site at {altitude:.0f} m",)
    return notes
