"""Who gives weather: hosts, versions, what they are asked, what they ask for in return. The one table of hosts.

The requests are those of pvlib's getters (a test compares them); the answers are read as files of the same format are.
What asks is imported when it asks: to know whether an answer is in the cache takes no network library.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from pvsim.errors import WeatherError
from pvsim.weather.online.secrets import key_of

Params = dict[str, str | int | float]
Grid = tuple[float, float]  # step and first border of cells, in degrees
MOST_YEARS = 30


@dataclass(frozen=True)
class Asked:
    """What is asked of a provider: degrees, and whole years in UTC; no years are a typical one."""

    latitude: float
    longitude: float
    start_year: int | None = None
    end_year: int | None = None

    @property
    def years(self) -> tuple[int, int] | None:
        """First and last year; None is a typical one."""
        return None if self.start_year is None else (self.start_year, self.end_year or self.start_year)


@dataclass(frozen=True)
class Provider:
    """One provider.

    Attributes
    ----------
    name : in scenarios and on the command line
    title : in messages
    version : of the interface: pinned in its address or in what is asked, else held against what an answer says
    url : of the interface, https
    format : of ``files.READERS``
    request : what is sent, from what is asked, without a key; it makes the cache's key
    get : the bytes of the answer to such a request
    latitudes, longitudes : grids of the data: one request serves a cell of all of them
    first_year : of the data
    typical : it has a typical year
    key_name : environment variable of the key; None needs none
    key_at : where a key is to be had
    key_optional : it answers without, too
    use, terms : what its data may be used for, in a few words and in full
    data : which data these are, where an answer does not say
    caution : what every result must warn of, unless a key fetched it
    hosts : ends of names of its other hosts, to which it sends requests on
    """

    name: str
    title: str
    version: str
    url: str
    format: str
    request: Callable[[Asked], Mapping[str, Any]]
    get: Callable[[Provider, Mapping[str, Any]], bytes]
    latitudes: tuple[Grid, ...]
    longitudes: tuple[Grid, ...]
    first_year: int
    use: str
    terms: str
    data: str = ""
    typical: bool = False
    key_name: str | None = None
    key_at: str = ""
    key_optional: bool = False
    caution: str = ""
    hosts: tuple[str, ...] = ()

    def cell(self, latitude: float, longitude: float) -> tuple[float, float]:
        """The middle of the cell of the data that holds a place, so that its neighbours ask the same."""
        return _middle(latitude, self.latitudes, 90.0), _middle(longitude, self.longitudes, 180.0)

    def tolerance_deg(self) -> float:
        """How far the place of an answer may be from that of the request: a cell."""
        return max(step for step, _ in (*self.latitudes, *self.longitudes))

    def key(self) -> str | None:
        """The key from the environment.

        Raises
        ------
        WeatherError : there is none, and it does not answer without
        """
        if self.key_name is None or (self.key_optional and not os.environ.get(self.key_name, "").strip()):
            return None
        return key_of(self.key_name, self.title, self.key_at)

    def secrets(self) -> tuple[str, ...]:
        """What no message may hold, whether it is fit to be a key or not."""
        found = os.environ.get(self.key_name or "", "").strip()
        return (found,) if found else ()


def _middle(value: float, grids: tuple[Grid, ...], end: float) -> float:
    """The middle between the borders, of all grids, that are next to a value."""
    low = max(math.floor((value - first) / step) * step + first for step, first in grids)
    high = min((math.floor((value - first) / step) + 1) * step + first for step, first in grids)
    return round(min(max((low + high) / 2, -end), end), 5)


def _days(asked: Asked, form: str) -> tuple[str, str]:
    """First and last day of the years that are asked, such as 20190101 and 20201231."""
    first, last = asked.years or (0, 0)
    return form.format(first, 1, 1), form.format(last, 12, 31)


def _simple(provider: Provider, request: Mapping[str, Any]) -> bytes:
    """A request of which everything stands in its query, without a key."""
    return _sent(provider, provider.url + request["path"], request["params"])


def _sent(provider: Provider, url: str, query: Mapping[str, Any] | str, key: str | None = None) -> bytes:
    """The answer to a query at an address of a provider; the key is known so that no message holds it."""
    from pvsim.weather.online.transport import Call, fetch

    if key is None:
        return fetch(Call(provider.title, url, query))
    return fetch(Call(provider.title, url, query, secrets=(key,), key_name=provider.key_name, also=provider.hosts))


# --- PVGIS ---------------------------------------------------------------------------------------------------


def _pvgis(asked: Asked) -> Mapping[str, Any]:
    """A typical year, or the horizontal plane of hourly years.

    Without the horizon of PVGIS: hills are the scenario's, and have a line of the ledger.
    """
    params: Params = {"lat": asked.latitude, "lon": asked.longitude, "outputformat": "json", "usehorizon": 0}
    if asked.years is None:
        return {"path": "tmy", "params": params}
    first, last = asked.years
    more: Params = {
        "angle": 0, "aspect": 0, "pvcalculation": 0, "pvtechchoice": "crystSi", "mountingplace": "free",
        "trackingtype": 0, "components": 1, "optimalangles": 0, "optimalinclination": 0, "loss": 0,
        "startyear": first, "endyear": last,
    }  # fmt: skip
    return {"path": "seriescalc", "params": params | more}


# --- NASA POWER ----------------------------------------------------------------------------------------------


# as pvlib's VARIABLE_MAP has them, without loading pvlib; a test holds the request against that of pvlib's getter
NASA_PARAMETERS = "ALLSKY_SFC_SW_DNI,ALLSKY_SFC_SW_DIFF,ALLSKY_SFC_SW_DWN,T2M,WS10M"


def _nasa(asked: Asked) -> Mapping[str, Any]:
    first, last = _days(asked, "{:04d}{:02d}{:02d}")
    params: Params = {
        "latitude": asked.latitude, "longitude": asked.longitude, "start": first, "end": last, "community": "re",
        "parameters": NASA_PARAMETERS, "format": "json", "header": "True",
        "time-standard": "utc",
    }  # fmt: skip
    return {"path": "", "params": params}


# --- Open-Meteo ----------------------------------------------------------------------------------------------


def _openmeteo(asked: Asked) -> Mapping[str, Any]:
    """ERA5 of the cell itself: not moved to another altitude, which would make each roof of a cell another request."""
    first, last = _days(asked, "{:04d}-{:02d}-{:02d}")
    hourly = "shortwave_radiation,diffuse_radiation,temperature_2m,wind_speed_10m,precipitation"
    params: Params = {
        "latitude": asked.latitude, "longitude": asked.longitude, "start_date": first, "end_date": last,
        "hourly": hourly, "models": "era5", "timezone": "GMT", "wind_speed_unit": "ms", "elevation": "nan",
        "cell_selection": "nearest",
    }  # fmt: skip
    return {"path": "archive", "params": params}


def _openmeteo_bytes(provider: Provider, request: Mapping[str, Any]) -> bytes:
    """With a key the host for customers answers, whose data may be used commercially."""
    key, url = provider.key(), provider.url + request["path"]
    if key is None:
        return _sent(provider, url, request["params"])
    url, params = OPENMETEO_CUSTOMERS + request["path"], {**request["params"], "apikey": key}
    return _sent(provider, url, params, key)


OPENMETEO_CUSTOMERS = "https://customer-archive-api.open-meteo.com/v1/"


# --- CAMS ----------------------------------------------------------------------------------------------------


def _cams(asked: Asked) -> Mapping[str, Any]:
    first, last = _days(asked, "{:04d}-{:02d}-{:02d}")
    inputs: Params = {
        "latitude": asked.latitude, "longitude": asked.longitude, "altitude": -999, "date_begin": first,
        "date_end": last, "time_ref": "UT", "summarization": "PT01H",
    }  # fmt: skip
    return {"path": "", "identifier": "get_cams_radiation", "inputs": inputs}


def _cams_bytes(provider: Provider, request: Mapping[str, Any]) -> bytes:
    """The inputs are one parameter of their own, parted by semicolons; the address of the account is quoted twice."""
    email = provider.key() or ""
    named = {**request["inputs"], "username": quote(quote(email, safe=""), safe=""), "verbose": "false"}
    inputs = ";".join(f"{name}={value}" for name, value in named.items())
    query = (
        f"DataInputs={inputs}&Service=WPS&Request=Execute&Identifier={request['identifier']}&version=1.0.0"
        "&RawDataOutput=irradiation"
    )
    return _sent(provider, provider.url, query, email)


# --- ERA5 ----------------------------------------------------------------------------------------------------

_ERA5_VARIABLES = (
    "surface_solar_radiation_downwards", "total_sky_direct_solar_radiation_at_surface", "2m_temperature",
    "10m_u_component_of_wind", "10m_v_component_of_wind", "total_precipitation",
)  # fmt: skip


def _era5(asked: Asked) -> Mapping[str, Any]:
    first, last = _days(asked, "{:04d}-{:02d}-{:02d}")
    inputs = {
        "variable": list(_ERA5_VARIABLES),
        "location": {"longitude": asked.longitude, "latitude": asked.latitude},
        "date": [f"{first}/{last}"],
        "data_format": "csv",
    }
    return {"path": "processes/reanalysis-era5-single-levels-timeseries/execution", "inputs": inputs}


def _era5_job(provider: Provider, request: Mapping[str, Any]) -> bytes:
    from pvsim.weather.online.era5 import era5_bytes

    key = provider.key() or ""
    return era5_bytes(provider.title, provider.url, request, key, provider.key_name or "")


FREE = "free also for commercial use, with its source"
# Terms as the providers state them on their pages; they change: read them before data are passed on.
PROVIDERS: Mapping[str, Provider] = MappingProxyType({
    p.name: p
    for p in (
        Provider(
            "pvgis", "PVGIS", "5.3", "https://re.jrc.ec.europa.eu/api/v5_3/", "pvgis", _pvgis, _simple,
            ((0.05, 0.0),), ((0.05, 0.0),), 2005,
            FREE,
            "PVGIS (c) European Union: free also for commercial use, the source is to be named "
            "(joint-research-centre.ec.europa.eu, PVGIS)",
            typical=True,
        ),
        Provider(
            "nasa-power", "NASA POWER", "2", "https://power.larc.nasa.gov/api/temporal/hourly/point", "nasa-power",
            _nasa, _simple, ((0.5, 0.25), (1.0, 0.0)), ((0.625, 0.3125), (1.0, 0.0)), 2001,
            FREE,
            "NASA POWER: free also for commercial use, NASA Langley Research Center's POWER project, its version and "
            "the day are to be named (power.larc.nasa.gov/docs/referencing)",
        ),
        Provider(
            "era5", "ERA5 (Copernicus)", "1", "https://cds.climate.copernicus.eu/api/retrieve/v1/", "era5",
            _era5, _era5_job, ((0.25, 0.125),), ((0.25, 0.125),), 1940,
            FREE,
            "Copernicus Climate Change Service, ERA5: CC BY 4.0, free also for commercial use, the licence has to be "
            "accepted once with the account (cds.climate.copernicus.eu)",
            data="reanalysis-era5-single-levels-timeseries",
            key_name="PVSIM_ERA5_KEY", key_at="cds.climate.copernicus.eu, your profile",
        ),
        Provider(
            "cams", "CAMS (SoDa)", "1.0.0", "https://api.soda-solardata.com/service/wps", "cams", _cams, _cams_bytes,
            ((0.05, 0.0),), ((0.05, 0.0),), 2004,
            FREE,
            "Copernicus Atmosphere Monitoring Service: free also for commercial use, the source is to be named; 100 "
            "requests a day (soda-pro.com)",
            data="CAMS Radiation",
            hosts=(".soda-solardata.com", ".soda-pro.com", ".soda-is.com"),  # "the fastest server available"
            key_name="PVSIM_CAMS_EMAIL", key_at="soda-pro.com, the e-mail address of your account",
        ),
        Provider(
            "openmeteo", "Open-Meteo", "1", "https://archive-api.open-meteo.com/v1/", "openmeteo",
            _openmeteo, _openmeteo_bytes, ((0.25, 0.125),), ((0.25, 0.125),), 1940,
            "without a customer's key for non-commercial use only",
            "Open-Meteo: CC BY 4.0; without a key for non-commercial use only: for a company's roof set "
            "PVSIM_OPENMETEO_KEY to a customer's key (open-meteo.com/en/terms)",
            data="historical archive, ERA5",
            key_name="PVSIM_OPENMETEO_KEY", key_at="open-meteo.com/en/pricing", key_optional=True,
            caution="Open-Meteo's data, fetched without a customer's key, are for non-commercial use only",
        ),
    )
})  # fmt: skip


def provider_of(name: str) -> Provider:
    """A provider by its name.

    Raises
    ------
    WeatherError : there is none
    """
    if name not in PROVIDERS:
        raise WeatherError(f"no provider is called {name!r}; there are {', '.join(PROVIDERS)}")
    return PROVIDERS[name]
