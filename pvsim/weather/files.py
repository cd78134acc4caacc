"""A weather file becomes a Weather: read by its format, put on a regular axis, its clock found, its faults mended.

The order matters: first the rows, then the clock, then what is wrong with the values. A file that cannot be
mended is refused; what was mended is counted in ``Weather.repairs``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from pvsim.errors import WeatherError
from pvsim.physics.sun import Sun, TimeAxis, sun_over
from pvsim.weather import quality, repair
from pvsim.weather.atlas import FARTHEST_KM, WARN_ALTITUDE_M, WARN_KM, distance_km, nearest_station
from pvsim.weather.clock import Clock, candidates_of, find_clock, refuse_wrong_zone
from pvsim.weather.grid import Grid, on_grid
from pvsim.weather.instruments import mend_measured, unknown_backs
from pvsim.weather.label import candidates_by_label, clock_notes, closing_notes, refuse_label
from pvsim.weather.plain import read_csv
from pvsim.weather.reanalysis import read_cams, read_era5, read_openmeteo
from pvsim.weather.record import SERIES, Weather
from pvsim.weather.services import read_nasa_power, read_pvgis
from pvsim.weather.sources import Source
from pvsim.weather.stations import read_epw, read_sam, read_tmy3
from pvsim.weather.table import Array, FileRequest, Place, Table, measured_poa, measured_temperature
from pvsim.weather.text import read_text
from pvsim.weather.units import refuse_odd_units

READERS: Mapping[str, Callable[[str, str], Table]] = MappingProxyType(
    {
        "epw": read_epw,
        "tmy3": read_tmy3,
        "pvgis": read_pvgis,
        "sam": read_sam,
        "nasa-power": read_nasa_power,
        "era5": read_era5,
        "cams": read_cams,
        "openmeteo": read_openmeteo,
    }
)
FORMATS = (*READERS, "csv")
OF_STATIONS = ("epw", "tmy3", "sam")  # their clock is that of the place, and parts its days
MOST_RAIN_MM = 310.0  # in a row: the wettest hour on record had 305 mm (Holt, Missouri, 1947)


def recognised(name: str, text: str) -> str:
    """The format of a text, by what only that format has.

    Raises
    ------
    WeatherError : it is none that is read
    """
    start = text.lstrip()[:3000]
    # what else has cells in its first line that is no comment is taken for CSV, whose reader says what it lacks
    first = next((line for line in start.splitlines() if line.strip() and not line.startswith("#")), "")
    lines = [line.casefold() for line in start.splitlines()[:3]] + ["", "", ""]
    signs = {
        "epw": start.upper().startswith("LOCATION,"),
        "pvgis": start.startswith("Latitude (decimal")
        or (start.startswith("{") and ('"outputs"' in text or '"message"' in text)),
        "nasa-power": start.startswith("-BEGIN HEADER-") or (start.startswith("{") and '"properties"' in text),
        "openmeteo": start.startswith("{") and ('"hourly_units"' in text or '"reason"' in text),
        "era5": {"valid_time", "latitude", "longitude"} <= {cell.strip() for cell in first.split(",")},
        "cams": start.startswith("#") and "\n# Observation period" in text[:20_000],  # below a long preface
        "tmy3": "date (mm/dd/yyyy)" in lines[1],
        "sam": "lat" in lines[0] and "lon" in lines[0] and "month" in lines[2],
        "csv": not start.startswith(("<", "{", "[")) and any(first.count(separator) for separator in ",;\t"),
    }
    found = [known for known, fits in signs.items() if fits]
    if not found:
        raise WeatherError(
            f"{name}: the format is not recognised (it starts with {start[:20]!r}); read are {', '.join(FORMATS)}; a "
            "CSV names its columns in the first line, one of them time"
        )
    return found[0]


def read_table(request: FileRequest) -> tuple[Table, str, tuple[str, ...]]:
    """What the file says, its SHA-256, and what had to be done to read its text."""
    text, sha256, notes = read_text(request.path)
    name = request.path.name
    kind = request.format or recognised(name, text)
    if kind in READERS:
        return READERS[kind](name, text), sha256, notes
    measured = {measured_poa(h): h for h in request.poa} | {measured_temperature(h): h for h in request.temperature}
    return read_csv(name, text, label=request.label, columns=request.columns, measured=measured), sha256, notes


def read_weather(request: FileRequest) -> Weather:
    """The weather of a file, for the roof's place.

    Raises
    ------
    WeatherError
        For anything that cannot be read, is not whole, or is beyond repair.
    """
    table, sha256, notes = read_table(request)
    weather = weather_of(table, request, notes)
    source = weather.sources[0]
    return replace(weather, sources=(replace(source, method=f"{source.method}sha256 {sha256}"),))


def weather_of(table: Table, request: FileRequest, notes: tuple[str, ...]) -> Weather:
    """The weather that a table holds, for the roof's place; its source says how its light was completed.

    Raises
    ------
    WeatherError
        When it is not whole, or beyond repair.
    """
    place, altitude, far = _place(table, request)
    offset = _offset(table, request)
    repairs: dict[str, int] = {}
    grid, laid = on_grid(table, offset, repairs)
    series, axis = grid.series, grid.axis
    rainfall = _rain(series)
    _find_measured(table, series, request)
    _refuse_no_air(table, series)
    refuse_odd_units(table.name, series, axis, place.latitude)
    clock, told = _clock(table, grid, place, altitude)
    offsets = (grid.sun_offset_minutes,) * 12 if clock is None else clock.sun_offset_minutes
    sun = sun_over(axis, offsets, place.latitude, place.longitude, altitude)
    judged = _mend(table.name, series, axis, sun, altitude, grid, repairs)
    method = _light(series, sun, altitude, clock, request.decomposition, repairs)
    notes += (*table.notes, *far, *laid, *told, *judged)
    known = {name: series.pop(name, np.full(axis.rows, np.nan)) for name in SERIES}
    return Weather(
        axis,
        **known,
        latitude=place.latitude,
        longitude=place.longitude,
        altitude=altitude,
        sun_offset_minutes=offsets,
        source="file",
        station=table.station,
        label=table.label,
        years=table.years,
        sources=(Source("all series", table.issuer, table.name, table.years, method, "as given"),),
        repairs=tuple(repairs.items()),
        warnings=notes,
        year_count=grid.year_count,
        measured=np.stack(list(series.values())) if series else None,
        measured_names=tuple(series),
        needed=_needed(series, request),
        clock=clock,
        stations=(),
        seed=None,
        rainfall=rainfall,
    )


# --- place and clock -----------------------------------------------------------------------------------------


def _place(table: Table, request: FileRequest) -> tuple[Place, float, tuple[str, ...]]:
    """Where the sun is computed, its altitude, and how far the file's own place is."""
    own, site = table.place, request.place or table.place
    if site is None:
        raise WeatherError(f"{table.name}: the file does not say where it holds; give latitude and longitude")
    said = [p.altitude for p in (site, own) if p is not None and p.altitude is not None]
    altitude, notes = (said[0], ()) if said else _altitude_near(site)
    if own is None:
        return site, altitude, notes
    km = distance_km(site.latitude, site.longitude, own.latitude, own.longitude)
    if km > FARTHEST_KM and not request.allow_distance:
        raise WeatherError(
            f"{table.name}: its place ({own.latitude:.2f}, {own.longitude:.2f}) is {km:.0f} km from the site; "
            f"at most {FARTHEST_KM:.0f} km are accepted; check latitude and longitude, bring a nearer file, or "
            "allow it with --allow-distance"
        )
    if km > WARN_KM:
        notes += (f"the weather file's place is {km:.0f} km from the site",)
    if own.altitude is not None and abs(own.altitude - altitude) > WARN_ALTITUDE_M:
        notes += (f"the weather file's place lies at {own.altitude:.0f} m, the site at {altitude:.0f} m",)
    return site, altitude, notes


def _altitude_near(site: Place) -> tuple[float, tuple[str, ...]]:
    """Where neither site nor file says it: that of the nearest climate's station, else sea level, with a word."""
    station, km = nearest_station(site.latitude, site.longitude)
    if km <= FARTHEST_KM:
        return station.altitude, ()
    return 0.0, ("neither the site nor its weather says how high it lies: sea level is taken; [site] altitude says it",)


def _offset(table: Table, request: FileRequest) -> int:
    """The clock that decides days: the site's where stamps are moments, the file's own where they are its clock."""
    asked = request.utc_offset_minutes
    if asked in (None, table.utc_offset_minutes):
        return table.utc_offset_minutes
    if table.format not in OF_STATIONS:
        return int(asked)
    own = table.utc_offset_minutes / 60
    raise WeatherError(f"[site] tz = UTC{asked / 60:+g} is not the clock of the file, UTC{own:+g}; leave tz out")


def _clock(table: Table, grid: Grid, place: Place, altitude: float) -> tuple[Clock | None, tuple[str, ...]]:
    """The clock of the file at its own place, and what a reader must know about it."""
    if "ghi" not in grid.series or not np.isfinite(grid.series["ghi"]).any():
        return None, (f"{table.name}: without GHI its clock could not be checked",)
    nominal, step = grid.sun_offset_minutes, grid.axis.step_minutes
    clocks = candidates_by_label(table.label, step, nominal) if table.stated else candidates_of(step, nominal)
    clock = find_clock(grid.series, grid.axis, table.place or place, altitude, clocks)
    notes = refuse_wrong_zone(table.name, clock, table.utc_offset_minutes, nominal)
    if table.stated:
        refuse_label(table, clock, clocks, step)
    return clock, (*notes, *clock_notes(table, clock, nominal, step), *closing_notes(clock))


def _rain(series: dict[str, Array]) -> Array | None:
    """Rain is no series of the sky: it is taken out before those are judged; what cannot fall in an hour is a gap."""
    rain = series.pop("rainfall", None)
    return None if rain is None else np.where((rain >= 0) & (rain <= MOST_RAIN_MM), rain, np.nan)


# --- values --------------------------------------------------------------------------------------------------


def _find_measured(table: Table, series: dict[str, Array], request: FileRequest) -> None:
    """Measured columns under the names that roofs ask for; formats with one of their own have it as poa_global.

    Raises
    ------
    WeatherError : a roof asks for a column that the file does not have, or for GHI where there is none
    """
    own = series.pop("poa_global", None)
    for header, kept in [(h, measured_poa(h)) for h in request.poa] + [
        (h, measured_temperature(h)) for h in request.temperature
    ]:
        if kept not in series and own is not None and header == "poa_global":
            series[kept] = own.copy()
        if kept not in series:
            raise WeatherError(
                f"{table.name}: a roof asks for the column {header!r}, which a {table.format} file has not"
            )
    if "ghi" not in series and not request.without_ghi:
        raise WeatherError(
            f"{table.name}: there is no GHI in it, which every roof without poa_column needs"
            + (
                ": ask PVGIS for a slope of 0, or name poa_column = 'poa_global' in every roof"
                if own is not None
                else ""
            )
        )


def _refuse_no_air(table: Table, series: Mapping[str, Array]) -> None:
    """Refuse a file without any temperature of the air: every row would be a gap."""
    if np.isfinite(series["temp_air"]).any():
        return
    other = ', or use source = "cams", which takes temperature and wind from NASA POWER'
    raise WeatherError(
        f"{table.name}: the temperature of the air is missing in all rows, and every roof needs it: write the light "
        f"and a column temp_air into one CSV{other if table.format == 'cams' else ''}"
    )


def _mend(
    name: str,
    series: dict[str, Array],
    axis: TimeAxis,
    sun: Sun,
    altitude: float,
    grid: Grid,
    repairs: dict[str, int],
) -> tuple[str, ...]:
    """Mask and fill in place what can be; returns warnings."""
    quality.negatives_to_zero(name, series, sun, repairs)
    quality.mask_air(series, repairs)
    notes: tuple[str, ...] = ()
    if "ghi" in series:
        quality.refuse_impossible_year(name, series["ghi"], axis.step_minutes, grid.year_count)
        if "dhi" in series:
            quality.refuse_impossible_diffuse(name, series, sun)
            quality.refuse_copied_diffuse(name, series, sun)
        quality.no_light_in_the_dark(name, series, sun, repairs)
        quality.mask_impossible_light(name, series, sun, repairs)
        quality.drop_days_without_light(series, axis, sun, repairs)
        notes += quality.stuck_notes(series, axis)
    notes += mend_measured(name, series, axis.step_minutes, sun, repairs)
    repair.fill_short_gaps(series, axis, sun, altitude, repairs)
    return notes + repair.calm_where_unknown(series, repairs) + unknown_backs(name, series)


def _light(
    series: dict[str, Array],
    sun: Sun,
    altitude: float,
    clock: Clock | None,
    model: str,
    repairs: dict[str, int],
) -> str:
    """Complete GHI, DHI and DNI in place; returns how, for the sources."""
    if clock is None:
        return ""
    three = "dhi" in series and "dni" in series
    if three and not clock.dni_usable and np.isfinite(clock.closure_rms):
        del series["dni"]
        repairs["dni_recomputed"] = int((np.isfinite(series["ghi"]) & (series["ghi"] > 0)).sum())
    made = [c for c in ("dhi", "dni") if c not in series]
    repair.complete_light(series, sun, altitude, model, repairs)
    if len(made) == 2:
        return f"DHI and DNI made from GHI by {model}; "
    return f"{made[0].upper()} made from the two others; " if made else ""


def _needed(measured: Mapping[str, Array], request: FileRequest) -> tuple[str, ...]:
    """What a row must have: the sky, unless every roof has its own light, and the light that roofs ask for.

    Where the temperature of a module is missing, the temperature model stands in.
    """
    sky = ("temp_air", "wind_speed") if request.without_ghi else SERIES
    return (*sky, *(name for name in measured if name.startswith("poa_global")))
