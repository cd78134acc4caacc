"""What a scenario asks of the sky."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pvsim.errors import WeatherError
from pvsim.scenario.schema import Scenario
from pvsim.scenario.weather_rules import PROVIDERS
from pvsim.studies.ensemble import member_of
from pvsim.studies.references import weather_path
from pvsim.weather.request import Request
from pvsim.weather.table import FileRequest, OnlineRequest, Place


@dataclass(frozen=True)
class Allowed:
    """What a run may do that it does not do by itself: the flags of the command line."""

    partial: bool = False
    path: bool = False
    distance: bool = False
    network: bool = False
    offline: bool = False
    refresh: bool = False


def request_of(scenario: Scenario, allowed: Allowed | None = None) -> Request:
    """What a scenario asks of the sky, at its site."""
    block = scenario.weather
    of_file = block.source == "file"
    online = _online_request(scenario, block.source, allowed) if block.source in (*PROVIDERS, "url") else None
    file = None
    if of_file or online is not None:
        file = _file_request(scenario, weather_path(scenario) if of_file else Path(), allowed)
    return replace(
        _place_request(scenario, allowed),
        file=file,
        online=online,
        station=block.station,
        climate_file=None if of_file or block.path is None else weather_path(scenario),
        seed=block.first_seed if block.year == "random" else None,
        step_minutes=block.step_minutes,
        level=block.level,
        ghi_kwh_per_m2=block.ghi_kwh_per_m2,
    )


def online_requests(scenario: Scenario, allowed: Allowed) -> list[tuple[OnlineRequest, FileRequest]]:
    """What a scenario asks of the network, for itself and for the members of its ensemble; each once."""
    members = [member_request(scenario, name, allowed) for name in scenario.weather.ensemble]
    asked: dict[OnlineRequest, FileRequest] = {}
    for request in (request_of(scenario, allowed), *members):
        if request.online is not None and request.file is not None:
            asked.setdefault(request.online, replace(request.file, place=request.place))
    return list(asked.items())


def member_request(scenario: Scenario, name: str, allowed: Allowed) -> Request:
    """What a member of the ensemble asks: "climate", a file, a provider, or one of these at the climate's level."""
    path, level = member_of(name)
    block = scenario.weather
    own = block.source == "climate" and block.path is not None
    at_climate = replace(
        _place_request(scenario, allowed), station=block.station, climate_file=weather_path(scenario) if own else None
    )
    if path is None:
        return replace(at_climate, step_minutes=block.step_minutes)
    if level == "climate" and any(r.poa_column is not None for r in scenario.roof):
        raise WeatherError(f"{name}: the climate's level moves the sky, not what poa_column has measured")
    if path in PROVIDERS:
        file, online = _file_request(scenario, Path(), allowed), _online_request(scenario, path, allowed)
        return replace(at_climate, file=replace(file, format=None), online=online, level=level)
    same = block.source == "file" and path == block.path
    file = _file_request(scenario, weather_path(scenario, path), allowed)
    file = file if same else replace(file, format=None)
    return replace(at_climate, file=file, level=level)


def _online_request(scenario: Scenario, source: str, allowed: Allowed | None) -> OnlineRequest:
    block, flags = scenario.weather, allowed or Allowed()
    return OnlineRequest(
        source, block.start_year, block.end_year, block.url,
        offline=flags.offline, network=flags.network, refresh=flags.refresh,
    )  # fmt: skip


def _place_request(scenario: Scenario, allowed: Allowed | None) -> Request:
    site = scenario.site
    place = Place(site.latitude, site.longitude, site.altitude)
    return Request(
        place,
        site.utc_offset_minutes,
        scenario.physics.decomposition,
        allow_distance=allowed is not None and allowed.distance,
    )


def _file_request(scenario: Scenario, path: Path, allowed: Allowed | None) -> FileRequest:
    block, roofs = scenario.weather, scenario.roof
    columns = {} if block.columns is None else block.columns.given()
    poa = tuple(dict.fromkeys(r.poa_column for r in roofs if r.poa_column is not None))
    backs = [r.module_temperature_column for r in roofs if r.module_temperature_column is not None]
    return FileRequest(
        path,
        format=block.format,
        label=block.label,
        columns=columns,
        poa=poa,
        temperature=tuple(dict.fromkeys(backs)),
        without_ghi=bool(roofs) and all(r.poa_column is not None for r in roofs),
        utc_offset_minutes=scenario.site.utc_offset_minutes,
        decomposition=scenario.physics.decomposition,
        allow_distance=allowed is not None and allowed.distance,
    )
