"""Readers of files that a web service sent: PVGIS and NASA POWER, as CSV or JSON, from open text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pvlib import iotools
from pvlib.iotools.nasa_power import VARIABLE_MAP as NASA_NAMES

from pvsim.errors import WeatherError
from pvsim.physics.sun import solar_position
from pvsim.weather.stations import AGAIN, BROKEN, CODES, columns_of, place_of, refuse_cut_line, utc_seconds, years_in
from pvsim.weather.table import Array, Place, Table
from pvsim.weather.text import visible

MOSTLY_FLAT_DEG = 0.5  # a PVGIS series of a plane flatter than this is horizontal irradiance
WATTS = {"w/m2", "w/m^2", "wh/m2", "wh/m^2"}  # of hourly means or sums: the same number


def json_of(name: str, text: str) -> Mapping[str, Any]:
    """The JSON object of a text.

    Raises
    ------
    WeatherError : it is none, or it was cut
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WeatherError(f"{name}: JSON that does not end or is broken; fetch the file again") from error
    if not isinstance(found, dict):
        raise WeatherError(f"{name}: JSON, but not one object, as services send for one place: fetch the file again")
    for key in ("message", "reason"):  # PVGIS, Open-Meteo
        if key in found and len(found) <= 3:
            raise WeatherError(f"{name}: not weather but an answer of the service: {visible(str(found[key]))[:200]}")
    return found


def _seconds(name: str, index: pd.DatetimeIndex) -> NDArray[np.int64]:
    """The stamps of rows, which all have one: without it the sun would be looked for at the beginning of time."""
    if index.hasnans:
        raise WeatherError(f"{name}: {int(np.count_nonzero(index.isna()))} rows have no time; fetch the file again")
    return utc_seconds(index)


# --- PVGIS ---------------------------------------------------------------------------------------------------


def read_pvgis(name: str, text: str) -> Table:
    """A PVGIS file, a typical year or an hourly series, CSV or JSON; its clock is UTC."""
    if text.lstrip().startswith("{"):
        outputs = json_of(name, text).get("outputs")
        kind, tmy = "json", isinstance(outputs, Mapping) and "tmy_hourly" in outputs
    else:
        if not text.lstrip().startswith("Latitude (decimal"):
            raise WeatherError(f"{name}: not a PVGIS file (it starts with {text.lstrip()[:20]!r}): {AGAIN}")
        kind, tmy = "csv", "\ntime(UTC)," in text
    try:
        return _pvgis_tmy(name, text, kind) if tmy else _pvgis_series(name, text, kind)
    except BROKEN as error:
        raise WeatherError(
            f"{name}: not readable as PVGIS {kind.upper()}, perhaps cut; fetch the file again"
        ) from error


def _pvgis_place(name: str, inputs: Mapping[str, Any]) -> Place:
    place = inputs.get("location", inputs)
    return place_of(name, place["latitude"], place["longitude"], place["elevation"])


def _pvgis_tmy(name: str, text: str, kind: str) -> Table:
    if kind == "csv":  # pvlib reads 8760 lines whether they are there or not
        header, *body = text[text.index("time(UTC),") :].splitlines()
        refuse_cut_line(name, body[:8760], header.count(","))
        if len(body) < 8760:
            raise WeatherError(f"{name}: cut after {len(body)} of 8760 rows: {AGAIN}")
    buffer = io.StringIO(text) if kind == "json" else io.BytesIO(text.encode("utf-8"))
    data, meta = iotools.read_pvgis_tmy(buffer, pvgis_format=kind)
    inputs = meta["inputs"]
    about = inputs.get("meteo_data", {})
    hours = inputs.get("irradiance time offset", inputs.get("location", {}).get("irradiance_time_offset", 0.0))
    if not abs(float(hours)) <= 1:
        raise WeatherError(f"{name}: an irradiance time offset of {float(hours):g} h; at most an hour is possible")
    years = [int(m["year"]) for m in meta["months_selected"]]
    base = about.get("radiation_db", "")
    return Table(
        name, "pvgis",
        stamps=_seconds(name, pd.DatetimeIndex(data.index)),
        columns=columns_of(name, data, CODES),
        label="instant",
        utc_offset_minutes=0,
        place=_pvgis_place(name, inputs),
        station=" ".join(filter(None, ("PVGIS typical year", base))),
        issuer="European Commission, PVGIS",
        years=years_in(years),
        typical=True,
        shift_minutes=float(hours) * 60,
        notes=(f"{name}: irradiance of a moment in each hour, not its mean",),
        dataset=_pvgis_dataset("typical year", about),
    )  # fmt: skip


def _pvgis_series(name: str, text: str, kind: str) -> Table:
    data, meta = iotools.read_pvgis_hourly(io.StringIO(text), pvgis_format=kind)
    inputs = meta["inputs"]
    place = _pvgis_place(name, inputs)
    base = str(inputs.get("radiation_database") or inputs.get("meteo_data", {}).get("radiation_db", ""))
    mean = "ERA5" in base.upper()  # reanalysis gives means of the hour, satellites the moment of their picture
    tilt = _slope(name, inputs)
    parts = {"poa_direct", "poa_sky_diffuse"} <= set(data)
    if "poa_global" not in data and parts:
        data["poa_global"] = data[["poa_direct", "poa_sky_diffuse", "poa_ground_diffuse"]].sum(axis=1, skipna=False)
    stamps = _seconds(name, pd.DatetimeIndex(data.index))
    if tilt < MOSTLY_FLAT_DEG:
        data["ghi"] = data["poa_global"]
        if parts:
            data["dhi"] = data["poa_sky_diffuse"]
        if parts and not mean:  # of means DNI is made from GHI - DHI, under the sun that the rows turn out to have
            data["dni"] = _normal(data["poa_direct"].to_numpy(dtype=np.float64), stamps, place)
        columns = columns_of(name, data, CODES)
    else:
        data["ghi"] = np.nan
        columns = columns_of(name, data, CODES)
        del columns["ghi"]
        columns["poa_global"] = data["poa_global"].to_numpy(dtype=np.float64)
    notes: tuple[str, ...] = () if mean else (f"{name}: irradiance of a moment in each hour, not its mean",)
    if tilt >= MOSTLY_FLAT_DEG:
        notes += (f"{name}: in-plane irradiance of a plane at {tilt:g} degrees, without GHI",)
    return Table(
        name, "pvgis",
        stamps=stamps,
        columns=columns,
        label="center" if mean else "instant",
        utc_offset_minutes=0,
        place=place,
        station=f"PVGIS hourly series {base}".strip(),
        issuer="European Commission, PVGIS",
        years=span_of(data.index),
        typical=False,
        notes=notes,
        dataset=_pvgis_dataset("hourly series", inputs.get("meteo_data", {"radiation_db": base})),
    )  # fmt: skip


def _pvgis_dataset(kind: str, about: Mapping[str, Any]) -> str:
    """What an answer says of its data: databases and their years."""
    said = [str(about[key]) for key in ("radiation_db", "meteo_db") if about.get(key)]
    if about.get("year_min") and about.get("year_max"):
        said.append(f"{about['year_min']}-{about['year_max']}")
    return visible(", ".join([kind, *said]))


def _slope(name: str, inputs: Mapping[str, Any]) -> float:
    """Tilt of the plane for which an hourly series was asked."""
    if "mounting_system" in inputs:
        if "fixed" not in inputs["mounting_system"]:
            raise WeatherError(f"{name}: a series for a tracker; ask for a fixed plane, of slope 0 for GHI")
        return float(inputs["mounting_system"]["fixed"]["slope"]["value"])
    return float(str(inputs.get("Slope", "0")).split()[0])


def _normal(beam: Array, stamps: np.ndarray, place: Place) -> Array:
    """DNI from beam on the horizontal at the moments of a series; none where the sun is too low to tell."""
    zenith = solar_position(stamps.astype(np.float64), place.latitude, place.longitude, place.altitude or 0.0)[1]
    high = zenith < 87.0
    return np.where(high, beam / np.where(high, np.cos(np.radians(zenith)), 1.0), np.where(beam > 0, np.nan, 0.0))


def span_of(index: Any) -> str:
    """The years of the first and the last of some moments: "2024" or "2024-2025"."""
    years = sorted({index[0].year, index[-1].year})
    return "-".join(str(y) for y in years)


# --- NASA POWER ----------------------------------------------------------------------------------------------


def read_nasa_power(name: str, text: str) -> Table:
    """A NASA POWER hourly file, CSV or JSON; rows start at their stamps, in UTC or local solar time as it says."""
    try:
        read = _nasa_json if text.lstrip().startswith("{") else _nasa_csv
        data, clock, place, fill, units, dataset = read(name, text)
    except BROKEN as error:
        raise WeatherError(f"{name}: not readable as NASA POWER, perhaps cut; fetch the file again") from error
    for code, unit in units.items():
        if NASA_NAMES.get(code) in ("ghi", "dhi", "dni") and unit.strip().casefold() not in WATTS:
            raise WeatherError(
                f"{name}: {visible(code)} is in {visible(unit)}; W/m^2 or Wh/m^2 is needed (ask with community=RE)"
            )
    if clock not in ("UTC", "LST"):
        raise WeatherError(f"{name}: it does not say whether its hours are UTC or LST; fetch it with time-standard=utc")
    # local solar time of POWER: whole hours by longitude
    offset = 0 if clock == "UTC" else round(place.longitude / 15) * 60
    data = data.rename(columns=dict(NASA_NAMES))
    notes: tuple[str, ...] = ()
    if "wind_speed" not in data and "wind_speed_2m" in data:
        data = data.rename(columns={"wind_speed_2m": "wind_speed"})
        notes = (f"{name}: the wind is that of 2 m above ground",)
    stamps = _seconds(name, pd.DatetimeIndex(data.index).tz_localize("UTC")) - offset * 60
    return Table(
        name, "nasa-power",
        stamps=stamps,
        columns=columns_of(name, data, {c: (*codes, fill) for c, codes in CODES.items()}),
        label="start",
        utc_offset_minutes=offset,
        place=place,
        station=f"NASA POWER {place.latitude:g}, {place.longitude:g}",
        issuer="NASA POWER",
        years=span_of(data.index),
        typical=False,
        notes=notes,
        dataset=dataset,
    )  # fmt: skip


_Nasa = tuple[pd.DataFrame, str, Place, float, Mapping[str, str], str]


def _nasa_json(name: str, text: str) -> _Nasa:
    found = json_of(name, text)
    header, parameters = found["header"], found["properties"]["parameter"]
    data = pd.DataFrame(parameters)
    data.index = pd.to_datetime(data.index, format="%Y%m%d%H")
    longitude, latitude, *altitude = found["geometry"]["coordinates"]
    place = place_of(name, latitude, longitude, altitude[0] if altitude else 0.0)
    units = {code: str(about.get("units", "")) for code, about in found.get("parameters", {}).items()}
    clock, fill = str(header.get("time_standard", "")).upper(), float(header.get("fill_value", -999.0))
    api = header.get("api") if isinstance(header.get("api"), Mapping) else {}
    made = [f"{api.get('name', 'POWER API')} {api.get('version', '')}".strip(), *map(str, header.get("sources", ()))]
    return data, clock, place, fill, units, visible(", ".join(made))


def _nasa_csv(name: str, text: str) -> _Nasa:
    if not text.lstrip().startswith("-BEGIN HEADER-") or "-END HEADER-" not in text:
        raise WeatherError(f"{name}: not a NASA POWER file (it starts with {text.lstrip()[:20]!r}): {AGAIN}")
    header, body = text.split("-END HEADER-", 1)
    if ",HR," not in body[:2000]:
        raise WeatherError(f"{name}: not hourly values of NASA POWER (no column HR); ask for the hourly series")
    rows = body.strip().splitlines()
    if not rows:
        raise WeatherError(f"{name}: no rows after the header; a whole year has 8760: {AGAIN}")
    names = next(csv.reader([rows[0]]))
    refuse_cut_line(name, rows[1:], len(names) - 1)
    data = pd.read_csv(io.StringIO("\n".join(rows)))
    data.index = pd.to_datetime(
        data[["YEAR", "MO", "DY", "HR"]].rename(columns={"YEAR": "year", "MO": "month", "DY": "day", "HR": "hour"})
    )
    where = re.search(r"Latitude\s+(-?[\d.]+)\s+Longitude\s+(-?[\d.]+)", header, re.IGNORECASE)
    high = re.search(r"elevation.*?=\s*(-?[\d.]+)\s*meters", header, re.IGNORECASE)
    if where is None:
        raise WeatherError(f"{name}: no latitude and longitude in the header")
    place = place_of(name, where[1], where[2], high[1] if high else 0.0)
    clock = re.search(r"\b(UTC|LST)\b", header)
    fill = re.search(r"missing.*?(-\d+(?:\.\d+)?)", header, re.IGNORECASE | re.DOTALL)
    units = {m[1]: m[2] for m in re.finditer(r"^(\w+)\s+.*\(([^()]*)\)\s*$", header, re.MULTILINE)}
    return data, clock[1] if clock else "", place, float(fill[1]) if fill else -999.0, units, ""
