"""Weather files of every format that is read, made from a Weather: what stations, converters and services write.

Each function writes the rows of a weather to a path and returns the path. Keywords of the kind ``ghi=array`` put
another column in the place of the weather's own, so that a test can put codes or faults into it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pvsim.physics.irradiance import decompose
from pvsim.physics.sun import TimeAxis, solar_position, sun_over
from pvsim.weather.record import Weather

Array = NDArray[np.float64]
SERIES = ("ghi", "dhi", "dni", "temp_air", "wind_speed")
# a typical year takes each month from another year; February from a leap year, as many published ones do
TYPICAL_YEARS = (2005, 2008, 2011, 2014, 2006, 2009, 2012, 2015, 2007, 2010, 2013, 2016)
DIGITS = 2  # of every value in every file


def sky(axis: TimeAxis, minutes: float, *, clear: float | None = None) -> Weather:
    """A weather whose light belongs to the sun that stands ``minutes`` after the start of each row.

    Half a step makes means, any other number values of a moment. Each day has a clearness of its own, around
    that of Chongqing, or all have the one that is given; the light is split by Erbs and so closes exactly.
    """
    sun = sun_over(axis, (minutes,) * 12, 29.44, 106.46, 250.0)
    hours = (axis.unixtime() + 8 * 3600) / 3600  # on the clock of Chongqing: its nights part the days
    day = (hours // 24).astype(np.int64)
    day -= day.min()
    clearness = np.random.default_rng(7).uniform(0.05, 0.52, day.max() + 1)[day] if clear is None else clear
    ghi = clearness * sun.dni_extra * np.maximum(np.cos(np.radians(sun.zenith)), 0) * sun.sunlit_fraction
    dni, dhi = decompose("erbs", ghi, sun.zenith, sun.day_of_year, sun.sunlit_fraction)
    return Weather(
        axis,
        ghi=ghi,
        dhi=dhi,
        dni=dni,
        temp_air=18 - 9 * np.cos(2 * np.pi * hours / 8766) - 4 * np.cos(2 * np.pi * (hours - 3) / 24),
        wind_speed=1.5 + np.sin(hours / 7),
        latitude=29.44,
        longitude=106.46,
        altitude=250.0,
        sun_offset_minutes=(minutes,) * 12,
        source="climate",
        station="made for a test",
        label="start" if minutes == axis.step_minutes / 2 else "instant",
        years="2025",
    )


# --- shared --------------------------------------------------------------------------------------------------


def _columns(weather: Weather, changes: Mapping[str, Array]) -> dict[str, list[str]]:
    """The five series, or what is given in their place, as printed; a gap is empty."""
    columns = {name: changes.get(name, getattr(weather, name)) for name in SERIES}
    assert set(changes) <= set(SERIES), changes.keys()
    return {name: _printed(values) for name, values in columns.items()}


def _printed(values: Array) -> list[str]:
    return ["" if np.isnan(v) else f"{v + 0.0:.{DIGITS}f}" for v in values]


def _numbers(values: Array) -> list[float | None]:
    return [None if np.isnan(v) else round(float(v), DIGITS) for v in values]


def _stamps(weather: Weather, utc_offset_minutes: int, after_minutes: float = 0.0) -> NDArray[np.datetime64]:
    """(T,) moments that many minutes after the start of each row, on a clock."""
    seconds = weather.axis.unixtime() + (utc_offset_minutes + after_minutes) * 60
    return np.round(seconds).astype(np.int64).astype("datetime64[s]")


def _parts(stamps: NDArray[np.datetime64], years: Sequence[int] | None) -> list[tuple[int, int, int, int, int]]:
    """Year, month, day, hour and minute of stamps; of a typical year the month decides the year."""
    found = [s.timetuple()[:5] for s in stamps.tolist()]
    return [(y if years is None else years[m - 1], m, d, h, n) for y, m, d, h, n in found]


def _write(path: Path, lines: Sequence[str], end: str = "\n") -> Path:
    path.write_bytes((end.join(lines) + end).encode("utf-8"))
    return path


# --- TMY3 and SAM --------------------------------------------------------------------------------------------


def write_tmy3(path: Path, weather: Weather, years: Sequence[int] = TYPICAL_YEARS, **changes: Array) -> Path:
    """A TMY3 file: hours that end at their stamps, midnight as 24:00 of the day that ends; years by month."""
    cells = _columns(weather, changes)
    offset = weather.axis.utc_offset_minutes
    lines = [
        f'575160,"CHONGQING SHAPINGBA",CQ,{offset / 60:.1f},{weather.latitude:.3f},{weather.longitude:.3f},'
        f"{weather.altitude:.0f}",
        "Date (MM/DD/YYYY),Time (HH:MM),ETR (W/m^2),ETRN (W/m^2),GHI (W/m^2),GHI source,GHI uncert (%),"
        "DNI (W/m^2),DNI source,DNI uncert (%),DHI (W/m^2),DHI source,DHI uncert (%),Dry-bulb (C),Dry-bulb source,"
        "Dry-bulb uncert (code),Pressure (mbar),Pressure source,Pressure uncert (code),Wdir (degrees),Wdir source,"
        "Wdir uncert (code),Wspd (m/s),Wspd source,Wspd uncert (code),Alb (unitless),Alb source,Alb uncert (code)",
    ]
    for i, (year, month, day, hour, _) in enumerate(_parts(_stamps(weather, offset), years)):
        lines.append(
            f"{month:02d}/{day:02d}/{year},{hour + 1:02d}:00,0,0,{cells['ghi'][i]},1,13,{cells['dni'][i]},1,9,"
            f"{cells['dhi'][i]},1,13,{cells['temp_air'][i]},A,7,990,A,7,200,A,7,{cells['wind_speed'][i]},A,7,0.16,?,0"
        )
    return _write(path, lines)


def write_sam(path: Path, weather: Weather, years: Sequence[int] | None = None, **changes: Array) -> Path:
    """A SAM CSV file as the NSRDB sends it, with minutes: 30 of an hour's mean, of a moment that of its sun."""
    cells, offset = _columns(weather, changes), weather.axis.utc_offset_minutes
    lines = [
        "Source,Location ID,City,State,Country,Latitude,Longitude,Time Zone,Elevation,Local Time Zone,"
        "Temperature Units,Version",
        f"NSRDB,575160,-,-,-,{weather.latitude},{weather.longitude},{offset / 60:g},{weather.altitude:.0f},"
        f"{offset / 60:g},c,4.0.0",
        "Year,Month,Day,Hour,Minute,Temperature,DHI,DNI,GHI,Surface Albedo,Wind Speed",
    ]
    for i, moment in enumerate(_parts(_stamps(weather, offset, weather.sun_offset_minutes[0]), years)):
        air, *light, wind = (cells[n][i] for n in ("temp_air", "dhi", "dni", "ghi", "wind_speed"))
        lines.append(",".join(map(str, (*moment, air, *light, 0.16, wind))))
    return _write(path, lines)


def write_sam_short(path: Path, weather: Weather, **changes: Array) -> Path:
    """A SAM CSV file with the short names that SAM takes too, and no column of minutes."""
    cells, offset = _columns(weather, changes), weather.axis.utc_offset_minutes
    lines = [
        "lat,lon,tz,elev",
        f"{weather.latitude},{weather.longitude},{offset / 60:g},{weather.altitude:g}",
        "year,month,day,hour,gh,dn,df,tdry,wspd",
    ]
    for i, (year, month, day, hour, _) in enumerate(_parts(_stamps(weather, offset), None)):
        lines.append(
            f"{year},{month},{day},{hour}," + ",".join(cells[n][i] for n in ("ghi", "dni", "dhi", *SERIES[3:]))
        )
    return _write(path, lines)


# --- PVGIS ---------------------------------------------------------------------------------------------------

_ABOUT = {  # of the inputs, as PVGIS repeats it in every JSON answer
    "location": {"description": "Selected location"},
    "meteo_data": {"description": "Sources of meteorological data"},
}
_FOOTER = ["", "T2m: 2-m air temperature (degree Celsius)", "WS10m: 10-m total wind speed (m/s)", "", ""]
_RIGHTS = "PVGIS (c) European Union, 2001-2025"


def _pvgis_place(weather: Weather, separator: str) -> list[str]:
    return [
        f"Latitude (decimal degrees):{separator}{weather.latitude:.3f}",
        f"Longitude (decimal degrees):{separator}{weather.longitude:.3f}",
        f"Elevation (m):{separator}{weather.altitude:.1f}",
    ]


def _pvgis_inputs(weather: Weather, database: str, **more: object) -> dict[str, object]:
    return {
        "location": {
            "latitude": weather.latitude, "longitude": weather.longitude, "elevation": weather.altitude
        } | {k: v for k, v in more.items() if k == "irradiance_time_offset"},
        "meteo_data": {
            "radiation_db": database, "meteo_db": "ERA5", "year_min": 2005, "year_max": 2023,
            "use_horizon": True, "horizon_db": "DEM-calculated",
        },
    } | {k: v for k, v in more.items() if k != "irradiance_time_offset"}  # fmt: skip


def _tmy_times(weather: Weather) -> list[str]:
    parts = _parts(_stamps(weather, 0), TYPICAL_YEARS)
    return [f"{y}{m:02d}{d:02d}:{h:02d}00" for y, m, d, h, _ in parts]


def write_pvgis_tmy_csv(path: Path, weather: Weather, **changes: Array) -> Path:
    """A typical year of PVGIS 5.3 as CSV: rows of the UTC year, its header says how late the light's moment is."""
    cells = _columns(weather, changes)
    lines = [
        *_pvgis_place(weather, " "),
        f"Irradiance Time Offset (h): {weather.sun_offset_minutes[0] / 60:.4f}",
        "month,year",
        *(f"{m},{y}" for m, y in enumerate(TYPICAL_YEARS, 1)),
        "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP",
    ]
    for i, time in enumerate(_tmy_times(weather)):
        lines.append(
            f"{time},{cells['temp_air'][i]},80.0,{cells['ghi'][i]},{cells['dni'][i]},{cells['dhi'][i]},300.0,"
            f"{cells['wind_speed'][i]},90.0,99000.0"
        )
    return _write(path, [*lines, *_FOOTER, _RIGHTS], end="\r\n")


def write_pvgis_tmy_json(path: Path, weather: Weather, **changes: Array) -> Path:
    """The same as JSON."""
    assert set(changes) <= set(SERIES)
    v = {name: _numbers(changes.get(name, getattr(weather, name))) for name in SERIES}
    hourly = [
        {
            "time(UTC)": time, "T2m": v["temp_air"][i], "RH": 80.0, "G(h)": v["ghi"][i], "Gb(n)": v["dni"][i],
            "Gd(h)": v["dhi"][i], "IR(h)": 300.0, "WS10m": v["wind_speed"][i], "WD10m": 90.0, "SP": 99000.0,
        }
        for i, time in enumerate(_tmy_times(weather))
    ]  # fmt: skip
    hours = round(weather.sun_offset_minutes[0] / 60, 4)
    answer = {
        "inputs": _pvgis_inputs(weather, "PVGIS-SARAH3", irradiance_time_offset=hours),
        "outputs": {
            "months_selected": [{"month": m, "year": y} for m, y in enumerate(TYPICAL_YEARS, 1)],
            "tmy_hourly": hourly,
        },
        "meta": {"inputs": _ABOUT, "outputs": {}},
    }
    path.write_text(json.dumps(answer), encoding="utf-8")
    return path


def _plane(weather: Weather, slope: float, changes: Mapping[str, Array]) -> dict[str, Array]:
    """The irradiance columns of an hourly series: on the horizontal exact, on a slope something else than GHI."""
    ghi, dhi = (changes.get(name, getattr(weather, name)) for name in ("ghi", "dhi"))
    if slope == 0:
        return {"Gb(i)": ghi - dhi, "Gd(i)": dhi, "Gr(i)": 0 * ghi}
    return {"Gb(i)": 1.2 * (ghi - dhi), "Gd(i)": 0.95 * dhi, "Gr(i)": 0.01 * ghi}


def plane_global(weather: Weather, slope: float) -> Array:
    """(T,) in-plane irradiance of an hourly series that these functions write."""
    return sum(_plane(weather, slope, {}).values(), np.zeros(weather.axis.rows))


def _series_cells(
    weather: Weather, slope: float, components: bool, changes: Mapping[str, Array]
) -> tuple[list[str], dict[str, Array]]:
    """Stamps and columns of an hourly series, in its order."""
    light = _plane(weather, slope, changes)
    if not components:
        light = {"G(i)": sum(light.values(), np.zeros(weather.axis.rows))}
    stamps = _stamps(weather, 0, weather.sun_offset_minutes[0])
    height = 90 - solar_position(
        stamps.astype(np.float64), weather.latitude, weather.longitude, weather.altitude
    )[1]  # fmt: skip
    times = [f"{y}{m:02d}{d:02d}:{h:02d}{n:02d}" for y, m, d, h, n in _parts(stamps, None)]
    rest = {"T2m": changes.get("temp_air", weather.temp_air), "WS10m": changes.get("wind_speed", weather.wind_speed)}
    return times, {**light, "H_sun": np.maximum(height, 0), **rest, "Int": np.zeros(weather.axis.rows)}


def write_pvgis_series_csv(
    path: Path,
    weather: Weather,
    *,
    database: str = "PVGIS-SARAH3",
    slope: float = 0,
    components: bool = True,
    **changes: Array,
) -> Path:
    """An hourly series of PVGIS as CSV: UTC, a stamp at the sun of its row, minute 10 of SARAH and 30 of ERA5."""
    times, columns = _series_cells(weather, slope, components, changes)
    lines = [
        *_pvgis_place(weather, "\t"),
        f"Radiation database:\t{database}",
        *("", "", f"Slope: {slope:g} deg. ", "Azimuth: 0 deg. "),
        "time," + ",".join(columns),
    ]
    rows = zip(times, *(_printed(values) for values in columns.values()), strict=True)
    return _write(path, [*lines, *(",".join(row) for row in rows), *_FOOTER, _RIGHTS], end="\r\n")


def write_pvgis_series_json(
    path: Path,
    weather: Weather,
    *,
    database: str = "PVGIS-SARAH3",
    slope: float = 0,
    components: bool = True,
    **changes: Array,
) -> Path:
    """The same as JSON."""
    times, columns = _series_cells(weather, slope, components, changes)
    rows = zip(times, *(_numbers(values) for values in columns.values()), strict=True)
    plane = {"value": slope, "optimal": False}
    mounting = {"fixed": {"slope": plane, "azimuth": {"value": 0, "optimal": False}, "type": "free-standing"}}
    answer = {
        "inputs": _pvgis_inputs(weather, database, mounting_system=mounting, pv_module={"technology": "c-Si"}),
        "outputs": {"hourly": [dict(zip(("time", *columns), row, strict=True)) for row in rows]},
        "meta": {"inputs": _ABOUT, "outputs": {}},
    }
    path.write_text(json.dumps(answer), encoding="utf-8")
    return path


# --- NASA POWER ----------------------------------------------------------------------------------------------

_NASA = {
    "ghi": ("ALLSKY_SFC_SW_DWN", "CERES SYN1deg All Sky Surface Shortwave Downward Irradiance"),
    "dhi": ("ALLSKY_SFC_SW_DIFF", "CERES SYN1deg All Sky Surface Shortwave Diffuse Irradiance"),
    "dni": ("ALLSKY_SFC_SW_DNI", "CERES SYN1deg All Sky Surface Shortwave Downward Direct Normal Irradiance"),
    "temp_air": ("T2M", "MERRA-2 Temperature at 2 Meters"),
    "wind_speed": ("WS10M", "MERRA-2 Wind Speed at 10 Meters"),
}


def _nasa_units(light: str) -> dict[str, str]:
    return {name: {"temp_air": "C", "wind_speed": "m/s"}.get(name, light) for name in _NASA}


def _nasa_offset(weather: Weather, clock: str) -> int:
    """Of UTC none; local solar time is that of the nearest whole hour by longitude."""
    return 60 * round(weather.longitude / 15) if clock == "LST" else 0


def write_nasa_csv(path: Path, weather: Weather, *, clock: str = "UTC", unit: str = "Wh/m^2", **changes: Array) -> Path:
    """An hourly file of NASA POWER as CSV: hours that start at their stamps; an empty ``clock`` is left out."""
    cells, units = _columns(weather, changes), _nasa_units(unit)
    parts = _parts(_stamps(weather, _nasa_offset(weather, clock)), None)
    days = [f"{m:02d}/{d:02d}/{y}" for y, m, d, _, _ in (parts[0], parts[-1])]
    lines = [
        "-BEGIN HEADER-",
        "NASA/POWER Source Native Resolution Hourly Data ",
        f"Dates (month/day/year): {days[0]} through {days[1]}" + (f" in {clock}" if clock else ""),
        f"Location: latitude  {weather.latitude}   longitude {weather.longitude} ",
        f"elevation from MERRA-2: Average for 0.5 x 0.625 degree lat/lon region = {weather.altitude:.1f} meters",
        "The value for missing source data that cannot be computed or is outside of the sources availability range: "
        "-999 ",
        "parameter(s): ",
        *(f"{code:<22}{long} ({units[name]}) " for name, (code, long) in _NASA.items()),
        "-END HEADER-",
        "YEAR,MO,DY,HR," + ",".join(code for code, _ in _NASA.values()),
    ]
    for i, (year, month, day, hour, _) in enumerate(parts):
        lines.append(f"{year},{month},{day},{hour}," + ",".join(cells[name][i] for name in _NASA))
    return _write(path, lines)


def write_nasa_json(
    path: Path, weather: Weather, *, clock: str = "UTC", unit: str = "Wh/m^2", **changes: Array
) -> Path:
    """The same as JSON."""
    assert set(changes) <= set(SERIES)
    parts = _parts(_stamps(weather, _nasa_offset(weather, clock)), None)
    times = [f"{y}{m:02d}{d:02d}{h:02d}" for y, m, d, h, _ in parts]
    units = _nasa_units(unit)
    answer = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [weather.longitude, weather.latitude, weather.altitude]},
        "properties": {
            "parameter": {
                code: dict(zip(times, _numbers(changes.get(name, getattr(weather, name))), strict=True))
                for name, (code, _) in _NASA.items()
            }
        },
        "header": {
            "title": "NASA/POWER Source Native Resolution Hourly Data",
            "fill_value": -999.0,
            "start": times[0][:8],
            "end": times[-1][:8],
        }
        | ({"time_standard": clock} if clock else {}),
        "messages": [],
        "parameters": {code: {"units": units[name], "longname": long} for name, (code, long) in _NASA.items()},
    }
    path.write_text(json.dumps(answer), encoding="utf-8")
    return path


# --- ERA5, CAMS, Open-Meteo ----------------------------------------------------------------------------------


def write_era5(path: Path, weather: Weather, *, rainfall: Array | None = None, **changes: Array) -> Path:
    """A series of the Climate Data Store: joules and metres of the hour that ends at the stamp, kelvin, UTC.

    ``rainfall`` is in mm and left out where there is none.
    """
    assert set(changes) <= set(SERIES)
    ghi, dhi, _, air, wind = (changes.get(name, getattr(weather, name)) for name in SERIES)
    columns = {
        "u10": 0.6 * wind, "v10": -0.8 * wind, "t2m": air + 273.15, "ssrd": ghi * 3600, "fdir": (ghi - dhi) * 3600,
    } | ({} if rainfall is None else {"tp": rainfall / 1000})  # fmt: skip
    cells = {short: ["" if np.isnan(v) else f"{v + 0.0:.6f}" for v in values] for short, values in columns.items()}
    cells |= {name: [str(getattr(weather, name))] * weather.axis.rows for name in ("latitude", "longitude")}
    times = [str(s).replace("T", " ") for s in _stamps(weather, 0, weather.axis.step_minutes)]
    lines = [",".join(("valid_time", *cells)), *map(",".join, zip(times, *cells.values(), strict=True))]
    return _write(path, lines)


_CAMS_STEPS = {
    1: "0 day 0 h 1 min", 15: "0 day 0 h 15 min", 60: "0 day 1 h 0 min", 1440: "1 day 0 h 0 min",
}  # fmt: skip


def write_cams(
    path: Path,
    weather: Weather,
    *,
    clock: str = "Universal time (UT)",
    unit: str = "Wh m-2",
    reliability: Array | None = None,
    clear_only: bool = False,
    **changes: Array,
) -> Path:
    """A file of CAMS Radiation: sums of rows that are given by both of their ends; of McClear with ``clear_only``."""
    ghi, dhi, dni = (changes.pop(name, getattr(weather, name)) for name in SERIES[:3])
    assert not changes, "it has the light alone"
    hours, sun = weather.axis.step_minutes / 60, weather.sun()
    above = sun.dni_extra * np.maximum(np.cos(np.radians(sun.zenith)), 0) * sun.sunlit_fraction
    clear = {"TOA": above, "Clear sky GHI": ghi, "Clear sky BHI": ghi - dhi, "Clear sky DHI": dhi, "Clear sky BNI": dni}
    columns = clear if clear_only else clear | {"GHI": ghi, "BHI": ghi - dhi, "DHI": dhi, "BNI": dni}
    cells = [["nan" if np.isnan(v) else f"{v * hours + 0.0:.4f}" for v in values] for values in columns.values()]
    if not clear_only:
        sure = np.ones(weather.axis.rows) if reliability is None else reliability
        cells.append([f"{v:.4f}" for v in sure])
    ends = (_stamps(weather, 0, after) for after in (0, weather.axis.step_minutes))
    times = [f"{one}.0/{two}.0" for one, two in zip(*ends, strict=True)]
    preface = [
        "Coding: utf-8", "File format version: 5", "Title: CAMS Radiation Service v4.5 all-sky irradiation",
        "Provider: MINES Paris (France)", f"Latitude (positive North, ISO 19115): {weather.latitude:.4f}",
        f"Longitude (positive East, ISO 19115): {weather.longitude:.4f}", f"Altitude (m): {weather.altitude:.2f}",
        *([f"Time reference: {clock}"] if clock else []), "", f'    uom:"{unit}" [unit]',
        f"Summarization (integration) period: 0 year 0 month {_CAMS_STEPS[weather.axis.step_minutes]} 0 s",
        "noValue: nan", *(f" {'x' * 60}" for _ in range(60)), "Columns:", "1. Observation period (ISO 8601)", "",
        "Observation period;" + ";".join((*columns, *(() if clear_only else ("Reliability",)))),
    ]  # fmt: skip
    return _write(path, [*(f"# {line}" for line in preface), *map(";".join, zip(times, *cells, strict=True))])


_OPEN_METEO = {
    "ghi": ("shortwave_radiation", "W/m²"),
    "dhi": ("diffuse_radiation", "W/m²"),
    "dni": ("direct_normal_irradiance", "W/m²"),
    "temp_air": ("temperature_2m", "°C"),
    "wind_speed": ("wind_speed_10m", "m/s"),
}


def write_openmeteo(
    path: Path,
    weather: Weather,
    *,
    utc_offset_minutes: int = 0,
    units: Mapping[str, str] | None = None,
    rainfall: Array | None = None,
    **changes: Array,
) -> Path:
    """An answer of Open-Meteo's archive: hours that end at their stamps; ``units`` are by its own names."""
    assert set(changes) <= set(SERIES)
    stamps = _stamps(weather, utc_offset_minutes, weather.axis.step_minutes)
    values = {code: _numbers(changes.get(n, getattr(weather, n))) for n, (code, _) in _OPEN_METEO.items()}
    rain = {} if rainfall is None else {"precipitation": _numbers(rainfall)}
    answer = {
        "latitude": weather.latitude,
        "longitude": weather.longitude,
        "generationtime_ms": 1.2,
        "utc_offset_seconds": utc_offset_minutes * 60,
        "timezone": "GMT",
        "timezone_abbreviation": "GMT",
        "elevation": weather.altitude,
        "hourly_units": {"time": "iso8601"} | dict(_OPEN_METEO.values()) | {"precipitation": "mm"} | dict(units or {}),
        "hourly": {"time": [str(s)[:16] for s in stamps]} | values | rain,
    }
    path.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    return path


# --- plain CSV -----------------------------------------------------------------------------------------------


def write_csv(
    path: Path,
    weather: Weather,
    *,
    label: str = "start",
    utc_offset_minutes: int | None = None,
    headers: Mapping[str, str] | None = None,
    separator: str = ",",
    decimal: str = ".",
    comments: Sequence[str] = (),
    extra: Mapping[str, Array] | None = None,
    leave_out: Sequence[str] = (),
    **changes: Array,
) -> Path:
    """A plain CSV file: times in ISO 8601 with offset.

    Parameters
    ----------
    label : where in its row a time stands; "instant" is the moment of the weather's sun
    utc_offset_minutes : of the printed clock; None takes the weather's
    headers : from pvlib's names, and ``time``, to other headers
    extra : further columns, by header
    leave_out : pvlib's names, or ``time``
    """
    after = {"start": 0.0, "center": weather.axis.step_minutes / 2, "end": float(weather.axis.step_minutes)}
    offset = weather.axis.utc_offset_minutes if utc_offset_minutes is None else utc_offset_minutes
    stamps = _stamps(weather, offset, after.get(label, weather.sun_offset_minutes[0]))
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    zone = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    columns = {"time": [f"{s}{zone}" for s in np.datetime_as_string(stamps)]} | _columns(weather, changes)
    columns = {n: cells for n, cells in columns.items() if n not in leave_out}
    names = [(headers or {}).get(n, n) for n in columns] + list(extra or {})
    cells = [*columns.values(), *(_printed(values) for values in (extra or {}).values())]
    if decimal != ".":
        cells = [cells[0], *([c.replace(".", decimal) for c in column] for column in cells[1:])]
    lines = [*(f"# {comment}" for comment in comments), separator.join(names)]
    return _write(path, [*lines, *(separator.join(row) for row in zip(*cells, strict=True))])
