"""What a scenario names that lives in another room: the province and the factors it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pvsim.errors import Problem, PvsimError, ScenarioError, WeatherError
from pvsim.impact.factors import Factor, read_own, usable
from pvsim.impact.regions import province
from pvsim.scenario.catalog import find_inverter, find_module, suggested
from pvsim.scenario.schema import Scenario
from pvsim.scenario.weather_rules import PROVIDERS
from pvsim.scenario.wording import dotted
from pvsim.studies.ensemble import member_of
from pvsim.weather.atlas import check_place, named_or_near

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # a scheme; one letter is a Windows drive


def check_references(scenario: Scenario, *, allow_path: bool = False) -> None:
    """Refuse a scenario that names what does not exist or what it must not reach, all such names at once.

    Parameters
    ----------
    scenario : what was read
    allow_path : weather files may lie outside of the scenario's folder

    Raises
    ------
    ScenarioError
        With the line of each name.
    """
    outside = list(_outside(scenario, allow_path))
    problems = [*_unknown_names(scenario), *outside]
    if not any(problem.key == "impact.path" for problem in outside):  # else nothing is read, and no id can be judged
        problems += _unknown_factors(scenario)
    if problems:
        raise ScenarioError(scenario.origin.file, problems)


def weather_path(scenario: Scenario, path: str | None = None) -> Path:
    """Where a weather file lies, the scenario's own by default."""
    return beside(scenario, (scenario.weather.path or "") if path is None else path)


def beside(scenario: Scenario, path: str) -> Path:
    """Where a file of the scenario lies: relative to it, nothing expanded, links followed."""
    return ((scenario.origin.folder or Path.cwd()) / path).resolve()


def _components(scenario: Scenario) -> Iterator[tuple[str, str, str | None]]:
    """Key, name or file of every module and inverter that some roof uses."""
    for kind in ("module", "inverter"):
        for used in dict.fromkeys(getattr(roof, kind) for roof in scenario.roof):
            table = getattr(scenario, kind) if used is None else getattr(scenario, f"{kind}s")[used]
            place = kind if used is None else dotted((f"{kind}s", used))
            for key in ("name", "pan", "iec61853", "ond"):
                if getattr(table, key, None) is not None:
                    yield f"{place}.{key}", kind, getattr(table, key)


def _outside(scenario: Scenario, allow_path: bool) -> Iterator[Problem]:
    """Files outside of the scenario's folder: a shared scenario must not fetch others. Those of hardware exist."""
    if scenario.weather.path is not None:
        yield from _outside_file(scenario, "weather.path", scenario.weather.path, allow_path)
    for key, file in _used_files(scenario):
        problems = list(_outside_file(scenario, key, file, allow_path))
        yield from problems
        if not problems and not beside(scenario, file).is_file():
            yield scenario.problem(key, f"{file!r}: no such file", "a file beside the scenario", "check the name")
    for key, _, path in _components(scenario):
        if not key.endswith(".name") and path is not None:
            found = list(_outside_file(scenario, key, path, allow_path))
            yield from found
            if not found and not beside(scenario, path).is_file():
                yield scenario.problem(key, f"{path!r}: no such file", "a file beside the scenario", "check the name")
    if scenario.impact.path is not None:
        found = list(_outside_file(scenario, "impact.path", scenario.impact.path, allow_path))
        yield from found or _unreadable_factors(scenario)
    for i, name in enumerate(scenario.weather.ensemble):
        path, _ = member_of(name)
        if path is not None and path not in PROVIDERS:
            yield from _outside_file(scenario, f"weather.ensemble[{i}]", path, allow_path)


def _unreadable_factors(scenario: Scenario) -> Iterator[Problem]:
    try:
        own_factors(scenario)
    except PvsimError as error:
        yield scenario.problem("impact.path", str(error), "")


def own_factors(scenario: Scenario) -> Mapping[str, Factor]:
    """The factors of the scenario's own file by id; empty where it names none.

    Raises
    ------
    PvsimError
        For a file that is not there, not UTF-8 or has a row that cannot be used, with its line.
    """
    return {} if scenario.impact.path is None else read_own(beside(scenario, scenario.impact.path))


def _used_files(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Files of loads, of the tariff, and of what shades."""
    tables = {"load": scenario.load, "tariff": scenario.tariff}
    tables |= {dotted(("loads", name)): table for name, table in scenario.loads.items()}
    for key, table in tables.items():
        if table is not None and table.path is not None:
            yield f"{key}.path", table.path
    if scenario.site.horizon is not None:
        yield "site.horizon", scenario.site.horizon
    for index, roof in enumerate(scenario.roof):
        if roof.shading_table is not None:
            yield f"roof[{index}].shading_table", roof.shading_table


def _outside_file(scenario: Scenario, key: str, path: str, allow_path: bool) -> Iterator[Problem]:
    if ADDRESS.match(path):
        found, todo = "is an address; nothing is fetched", "fetch the file yourself and put it next to the scenario"
        if key == "weather.path":
            todo += ', or write source = "url" with url'
        yield scenario.problem(key, f"{path!r} {found}", "a file in the scenario's folder", todo)
        return
    try:
        inside = weather_path(scenario, path).is_relative_to((scenario.origin.folder or Path.cwd()).resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the name
        reason = "loops through links" if not isinstance(error, ValueError) else "is not a file name"
        yield scenario.problem(key, f"{path!r} {reason}", "a file in the scenario's folder")
        return
    if not inside and not allow_path:
        yield scenario.problem(
            key,
            f"{path!r} lies outside of the scenario's folder",
            "a file in that folder",
            "copy the file next to the scenario, or allow it with --allow-path",
        )


def weather_at_hand(scenario: Scenario, *, allow_distance: bool = False) -> str:
    """Where the weather will come from, found without reading it.

    Raises
    ------
    WeatherError
        When there is no climate for the place, no such station or no such file.
    """
    try:
        return "; ".join((_sky_at_hand(scenario, allow_distance), *_members_at_hand(scenario)))
    except WeatherError as error:
        raise placed(scenario, error) from error


def placed(scenario: Scenario, error: WeatherError) -> WeatherError:
    """The error with the place in the scenario that asked for this weather."""
    block, key = scenario.weather, "weather"
    if block.source == "url":
        key = "weather.url"
    if block.source == "climate":
        key = "weather.path" if block.path is not None else "weather.station" if block.station is not None else key
    found = str(error).removeprefix(f"{key}: ")
    return WeatherError(scenario.problem(key, found, "").render(scenario.origin.file))


def _sky_at_hand(scenario: Scenario, allow_distance: bool) -> str:
    site, block = scenario.site, scenario.weather
    if block.source == "file":
        path = weather_path(scenario)
        if not path.is_file():
            raise WeatherError(f"{path.name}: no such file; check [weather] path")
        return f"the file {path.name} is there but was not read"
    if block.source != "climate":
        return _online_at_hand(scenario, block.source)
    own = None if block.path is None else weather_path(scenario)
    climate = named_or_near(site.latitude, site.longitude, block.station, own)
    km, told = check_place(climate, site.latitude, site.longitude, site.altitude, allow_distance=allow_distance)
    return f"climate of {climate.name}, {km:.0f} km away" + "".join(f"; warning: {text}" for text in told)


def _online_at_hand(scenario: Scenario, source: str) -> str:
    from pvsim.weather.online.plan import at_hand  # few scenarios ask for it
    from pvsim.weather.table import OnlineRequest, Place

    site, block = scenario.site, scenario.weather
    asked = OnlineRequest(source, block.start_year, block.end_year, block.url)
    return at_hand(asked, Place(site.latitude, site.longitude, site.altitude))


def _members_at_hand(scenario: Scenario) -> Iterator[str]:
    """The same of the providers in the ensemble; a run goes on without one that cannot be had."""
    names = dict.fromkeys(member_of(member)[0] for member in scenario.weather.ensemble)
    for name in names:
        if name in PROVIDERS and name != scenario.weather.source:
            try:
                yield _online_at_hand(scenario, name)
            except WeatherError as error:
                yield f"warning: {error}"


def _unknown_names(scenario: Scenario) -> Iterator[Problem]:
    for key, kind, name in _components(scenario):
        find = find_module if kind == "module" else find_inverter
        if key.endswith(".name") and name is not None and find(name) is None:
            yield scenario.problem(key, f"no {kind} is called {name!r}", suggested(name, kind))
    if scenario.site.region is not None:
        try:
            province(scenario.site.region)
        except PvsimError as error:
            yield scenario.problem("site.region", str(error), "")


def _unknown_factors(scenario: Scenario) -> Iterator[Problem]:
    own = own_factors(scenario)
    for i, factor_id in enumerate(scenario.impact.factors):
        try:
            usable(factor_id, own)
        except PvsimError as error:
            yield scenario.problem(f"impact.factors[{i}]", str(error), "")
