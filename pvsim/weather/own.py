"""A climate of one's own: from a file of days or of months to the document of a climate file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pvsim.errors import WeatherError
from pvsim.weather.atlas import FARTHEST_KM, FARTHEST_LATITUDE, distance_km, km_to, nearest_air, with_air
from pvsim.weather.china import clock_of
from pvsim.weather.climate import ALTITUDES_M, GIVEN, SCHEMA, climate_from
from pvsim.weather.dailies import Monthly, Record, read_record
from pvsim.weather.family import radiation_of_means
from pvsim.weather.generator import typical_year
from pvsim.weather.site import Site
from pvsim.weather.statistics import Daily, radiation_of
from pvsim.weather.table import Place
from pvsim.weather.text import read_text, visible


@dataclass(frozen=True)
class Made:
    """A climate document, and what its maker must know."""

    document: dict[str, Any]
    notes: tuple[str, ...]


def make_climate(
    path: Path,
    *,
    name: str | None = None,
    place: Place | None = None,
    altitude: float | None = None,
    years: tuple[int, int] | None = None,
    utc_offset_minutes: int | None = None,
    issuer: str | None = None,
) -> Made:
    """The document of a climate file from a CSV of daily GHI, or of twelve monthly means of GHI and temperature.

    Parameters
    ----------
    path : CSV, read as ``dailies`` says
    name : of the station; None takes the file's
    place, altitude : where it was measured; None takes the file's columns
    years : first and last year of daily data; None takes all
    utc_offset_minutes : of the clock there; None is UTC+8 in China, and an error elsewhere
    issuer : who made the data

    Raises
    ------
    WeatherError : the file cannot be read, or says what no place has
    """
    text, sha256, notes = read_text(path)
    record = read_record(path.name, text, place=place, years=years)
    where = _whole_place(path.name, record, altitude)
    offset = _offset(where) if utc_offset_minutes is None else utc_offset_minutes
    try:
        radiation, period, method, more = _radiation(record, where, offset)
    except WeatherError as error:
        raise WeatherError(f"{path.name}: {error}") from error
    called, temperature = name or (f"station {record.station}" if record.station else path.stem), record.data.temp_air
    source = {
        "issuer": visible(issuer or "the user"),
        "document": f"{visible(path.name)} (sha256 {sha256[:12]})",
        "period": period,
        "method": f"{method} Clearness over pvsim's own extraterrestrial irradiation, for the months of 2025.",
        "status": GIVEN,
    }
    document = {
        "schema": SCHEMA,
        "id": record.station or hashlib.sha256(called.encode()).hexdigest()[:8],
        "name": called,
        "latitude": where.latitude,
        "longitude": where.longitude,
        "altitude": where.altitude,
        "utc_offset_minutes": offset,
        "period": period,
        "radiation": {"source": source, **radiation},
    }
    if temperature is not None:
        document["temp_air_mean_c"] = [round(float(t), 2) for t in temperature]
    _try_out(path.name, document)
    notes += (*more, _air_note(where, temperature is not None))
    if utc_offset_minutes is None:
        notes += ("its clock is UTC+8, as in China; --tz says otherwise",)
    return Made(document, notes)


def _radiation(record: Record, where: Place, offset: int) -> tuple[dict[str, Any], str, str, tuple[str, ...]]:
    """Statistics, the period that they stand for, how they were made, and what a reader must know."""
    data = record.data
    if isinstance(data, Daily):
        radiation, notes = radiation_of(Daily(where, data.days, data.ghi), offset)
        method = "Daily GHI; missing days and days of zero or less take the mean of their month."
        return radiation, "{}-{}".format(*data.years), method, notes
    radiation, lender = radiation_of_means(Monthly(where, data.ghi_kwh_per_m2, data.temp_air), offset)
    km = km_to(lender, where.latitude, where.longitude)
    lent, notes = "persistence and spread of years", ()
    if km > FARTHEST_KM:
        lent, usual = "persistence and spread of months", f"{radiation['interannual_cv']:.1%}"
        notes = (
            f"{lent} are those of {lender.name}, {km:.0f} km away; years spread by the {usual} usual at this level",
        )
    method = (
        "Twelve monthly means; days from the exponential family of Bendt, Collares-Pereira and Rabl 1981, clearest day "
        f"after Herzog 1985; {lent} from {lender.name}, {km:.0f} km away."
    )
    return radiation, "long-term means", method, notes


def _try_out(name: str, document: dict[str, Any]) -> None:
    """What is written can be read, and its year be generated.

    Raises
    ------
    WeatherError
    """
    climate = with_air(climate_from(document, name))
    site = Site(climate.latitude, climate.longitude, climate.altitude, climate.utc_offset_minutes, allow_distance=True)
    try:
        typical_year(climate, site)
    except WeatherError as error:
        raise WeatherError(f"{name}: no year can be generated from it: {error}") from error


def _whole_place(name: str, record: Record, altitude: float | None) -> Place:
    """The place with an altitude, as said with the file or in it; one where years can be generated."""
    place = record.data.place
    known = place.altitude if altitude is None else altitude
    if known is None:
        raise WeatherError(f"{name}: how high is it? Give --altitude in m: clear days and temperature depend on it")
    low, high = ALTITUDES_M
    if not low <= known <= high:
        raise WeatherError(f"{name}: altitude {known:g}; {low:g} to {high:g} m are allowed")
    if abs(place.latitude) > FARTHEST_LATITUDE:
        raise WeatherError(
            f"{name}: latitude {place.latitude:g}; beyond {FARTHEST_LATITUDE:g} degrees, where the sun stays away for "
            "days, no years are generated"
        )
    return Place(place.latitude, place.longitude, known)


def _offset(place: Place) -> int:
    """The clock of a place, where one is known."""
    offset = clock_of(place.latitude, place.longitude)
    if offset is not None:
        return offset
    raise WeatherError(
        f"{place.latitude:g}, {place.longitude:g} is not in China: which clock is kept there? Give --tz, such as "
        "Asia/Tokyo or +09:00"
    )


def _air_note(place: Place, own: bool) -> str:
    """Whose temperature and wind the climate has."""
    air = nearest_air(place.latitude, place.longitude)
    km = distance_km(place.latitude, place.longitude, air.latitude, air.longitude)
    what = "wind and the shape of the temperature's days" if own else "temperature and wind"
    return f"{what} are those of {air.name}, {km:.0f} km away"


def as_json(document: Any, indent: str = "") -> str:
    """JSON with one row of numbers a line, so that a person can read a climate file and compare two."""
    deeper = indent + "  "
    if isinstance(document, dict):
        items = [f"{deeper}{json.dumps(k)}: {as_json(v, deeper)}" for k, v in document.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(document, list) and document and isinstance(document[0], list | dict):
        return "[\n" + ",\n".join(deeper + as_json(v, deeper) for v in document) + f"\n{indent}]"
    return json.dumps(document, ensure_ascii=False)
