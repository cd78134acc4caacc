"""A scenario becomes arrays, goes through the chain and comes out as a Result.

The only place that unpacks a Scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pvsim.errors import ScenarioError, UsageError, WeatherError
from pvsim.impact.regions import NATIONAL, province
from pvsim.physics import ac, chain, dc, ledger, thermal
from pvsim.scenario.schema import Inverter, Module, Roof, Scenario
from pvsim.scenario.suspicions import suspicions
from pvsim.studies.references import check_references, weather_path
from pvsim.studies.result import PlaneSummary, Result, System
from pvsim.studies.uncertainty import Budget, Part
from pvsim.weather.climate import WARN_KM, nearest_or_named
from pvsim.weather.files import Place, read_epw
from pvsim.weather.generator import typical_year
from pvsim.weather.quality import gap_note
from pvsim.weather.record import SERIES, Weather

COVERAGE_NEEDED = 0.9
ODD_DC_AC_RATIO = (0.5, 2.0)
SAME_PROVINCE_KM = 30.0  # from a station to the border of its province, at the least
LEVEL_TOLERANCE = 0.10  # stations around Chongqing differ by less within 50 km


def simulate(scenario: Scenario, *, allow_partial: bool = False, allow_path: bool = False) -> Result:
    """Simulate one scenario.

    Parameters
    ----------
    scenario : what ``pvsim.load`` returns
    allow_partial : accept weather that covers less than 90 % of the year
    allow_path : weather files may lie outside of the scenario's folder

    Raises
    ------
    ScenarioError
        When there is nothing to simulate, or the scenario points outside of what exists.
    WeatherError
        When the weather is missing, too far away or has too many gaps.
    """
    return simulate_many([scenario], allow_partial=allow_partial, allow_path=allow_path)[0]


def simulate_many(
    scenarios: Iterable[Scenario], *, allow_partial: bool = False, allow_path: bool = False
) -> list[Result]:
    """Simulate scenarios in turn, as ``simulate`` does; those of one site share its sun and its weather."""
    if isinstance(scenarios, Scenario) or not isinstance(scenarios, Iterable):
        raise UsageError("simulate_many takes a list of scenarios; for one there is simulate")
    return [_simulate(s, allow_partial, allow_path) for s in scenarios]


def _simulate(scenario: Scenario, allow_partial: bool, allow_path: bool) -> Result:
    if not isinstance(scenario, Scenario):
        raise UsageError(f"found {type(scenario).__name__}; simulate takes a Scenario, which pvsim.load(path) returns")
    if not scenario.roof:
        raise _invalid(scenario, "roof", "no [[roof]]", "at least one to simulate", "add a [[roof]] with panels")
    check_references(scenario, allow_path=allow_path)
    try:
        weather = weather_of(scenario)
        share, notes = gap_note(weather.covered(), weather.sun())
        coverage = min(share, float(weather.covered().mean()))
        if coverage < COVERAGE_NEEDED and not allow_partial:
            raise WeatherError(
                f"{weather.station}: {weather.covered().mean():.1%} of the rows have weather and hold {share:.1%} of "
                f"the year's possible light; {COVERAGE_NEEDED:.0%} of both are needed for an "
                f"annual figure (nothing is scaled up); missing are {_missing(weather)}; mend the file or accept a "
                "partial sum with --allow-partial"
            )
    except WeatherError as error:  # with the place in the scenario that asked for this weather
        raise WeatherError(scenario.problem("weather", str(error), "").render(scenario.origin.file)) from error
    return _run(scenario, weather, notes)


def _missing(weather: Weather) -> str:
    """Which series have gaps, and in how many rows."""
    gaps = {name: int(np.isnan(getattr(weather, name)).sum()) for name in SERIES}
    return ", ".join(f"{name} in {count} of {weather.axis.rows} rows" for name, count in gaps.items() if count)


def weather_of(scenario: Scenario) -> Weather:
    """The weather that a scenario asks for, at its site."""
    site, block = scenario.site, scenario.weather
    if block.source == "file":
        weather = read_epw(weather_path(scenario), Place(site.latitude, site.longitude, site.altitude))
        if site.utc_offset_minutes not in (None, weather.axis.utc_offset_minutes):
            own = weather.axis.utc_offset_minutes / 60
            raise WeatherError(f"[site] tz = {site.tz!r} is not the clock of the file, UTC{own:+g}; leave tz out")
        return weather
    climate = nearest_or_named(site.latitude, site.longitude, block.station)[0]
    offset = climate.utc_offset_minutes if site.utc_offset_minutes is None else site.utc_offset_minutes
    return typical_year(
        climate,
        latitude=site.latitude,
        longitude=site.longitude,
        altitude=climate.altitude if site.altitude is None else site.altitude,
        utc_offset_minutes=offset,
        decomposition=scenario.physics.decomposition,
        ghi_kwh_per_m2=block.ghi_kwh_per_m2,
    )


def _invalid(scenario: Scenario, key: str, found: str, allowed: str, todo: str) -> ScenarioError:
    return ScenarioError(scenario.origin.file, [scenario.problem(key, found, allowed, todo)])


# --- scenario -> arrays --------------------------------------------------------------------------------------


def _run(scenario: Scenario, weather: Weather, notes: tuple[str, ...]) -> Result:
    modules = [scenario.module_of(r) for r in scenario.roof]
    inverters, index = _inverters(scenario, modules)
    panels = np.array([r.panels for r in scenario.roof], dtype=np.float64)
    found = chain.compute(
        _arrays(weather),
        _planes(scenario, modules, index),
        inverters,
        models=_models(scenario),
        losses=_losses(scenario),
        albedo=scenario.physics.albedo,
        weights=panels / panels.sum(),
    )
    system = _system(scenario, modules, inverters, found)
    region, guessed = region_of(scenario)
    return Result(
        scenario,
        weather,
        found,
        system,
        region=region,
        budget=_budget(scenario),
        warnings=(
            *suspicions(scenario),
            *weather.warnings,
            *notes,
            *_level_notes(scenario, weather),
            *guessed,
            *_warnings(scenario, found),
        ),
    )


def _arrays(weather: Weather) -> chain.WeatherArrays:
    return chain.WeatherArrays(
        weather.ghi, weather.dhi, weather.dni, weather.temp_air, weather.wind_speed,
        weather.sun(), weather.axis.step_minutes / 60,
    )  # fmt: skip


def _models(scenario: Scenario) -> chain.Models:
    physics = scenario.physics
    return chain.Models(physics.transposition, physics.iam, physics.temperature, scenario.module.model)


def _losses(scenario: Scenario) -> chain.Losses:
    def fraction(name: str) -> float:
        return float(getattr(scenario.losses, f"{name}_percent")) / 100

    return chain.Losses(
        fraction("shading"),
        fraction("soiling"),
        tuple(fraction(n) for n in ledger.DC_LOSSES),
        tuple(fraction(n) for n in ledger.AC_LOSSES),
    )


def _planes(scenario: Scenario, modules: Sequence[Module], index: Sequence[int]) -> chain.Planes:
    model = scenario.physics.temperature
    heat = [
        thermal.parameters(model, roof.mounting, module.power_w / 1000 / module.effective_area_m2)
        for roof, module in zip(scenario.roof, modules, strict=True)
    ]
    return chain.Planes(
        surface_tilt=np.array([r.surface_tilt for r in scenario.roof], dtype=np.float64),
        surface_azimuth=np.array([r.azimuth_at(scenario.site.latitude) for r in scenario.roof], dtype=np.float64),
        pdc0=np.array([r.panels * m.power_w for r, m in zip(scenario.roof, modules, strict=True)], dtype=np.float64),
        gamma_pdc=np.array([m.gamma_percent_per_c / 100 for m in modules]),
        low_light_k=np.array([dc.low_light_k(m.low_light_loss_percent) for m in modules]),
        temperature_parameters={name: np.array([h[name] for h in heat]) for name in heat[0]},
        inverter_index=np.array(index, dtype=np.intp),
    )


def _inverters(scenario: Scenario, modules: Sequence[Module]) -> tuple[chain.Inverters, list[int]]:
    """One pooled inverter for each inverter table in use, in order of first use."""
    names = list(dict.fromkeys(r.inverter for r in scenario.roof))
    index = [names.index(r.inverter) for r in scenario.roof]
    pdc0, eta = [], []
    for name in names:
        roofs = [r for r in scenario.roof if r.inverter == name]
        table = scenario.inverter_of(roofs[0])
        dc_w = sum(r.panels * m.power_w for r, m in zip(scenario.roof, modules, strict=True) if r.inverter == name)
        eta.append(_eta_inv_nom(table))
        pdc0.append(_rated_ac_w(table, dc_w) / eta[-1])
    return chain.Inverters(np.array(pdc0), np.array(eta)), index


def _rated_ac_w(inverter: Inverter, dc_w: float) -> float:
    if inverter.total_ac_kw is not None:
        return inverter.total_ac_kw * 1000
    return dc_w / (inverter.effective_dc_ac_ratio or 1.0)


def _eta_inv_nom(inverter: Inverter) -> float:
    if inverter.nominal_efficiency_percent is not None:
        return inverter.nominal_efficiency_percent / 100
    return ac.nominal_efficiency((inverter.effective_efficiency_percent or 100.0) / 100)


def _budget(scenario: Scenario) -> Budget:
    block = scenario.uncertainty

    def part(name: str, key: str, averages_out: bool = False) -> Part:
        said: dict[str, Any] = type(block).model_fields[key].json_schema_extra  # type: ignore[assignment]
        default = key not in block.model_fields_set
        source = f"{said['reason']} ({said['source']})" if default else "given in the scenario"
        return Part(name, float(getattr(block, key)), source, averages_out)

    return Budget(
        (
            part("resource level", "resource_level_percent"),
            part("interannual weather", "interannual_percent", averages_out=True),
            part("models", "model_percent"),
            part("losses", "losses_percent"),
        )
    )


def region_of(scenario: Scenario) -> tuple[str, tuple[str, ...]]:
    """The province whose factors lead, and a warning where that had to be guessed.

    As given, else that of the nearest climate station, else the nation.
    """
    if scenario.site.region is not None:
        return province(scenario.site.region), ()
    try:
        climate, km, _ = nearest_or_named(scenario.site.latitude, scenario.site.longitude)
    except WeatherError:
        return NATIONAL, (
            "the CO2 factors are China's national ones, as no shipped climate is near: "
            "say [site] region for a province; outside of China they do not hold",
        )
    if km <= SAME_PROVINCE_KM:
        return climate.province, ()
    return climate.province, (
        f"[site] region is not given: the CO2 factors are those of {climate.province}, whose station {climate.name} "
        f"is {km:.0f} km away; in another province they can differ threefold",
    )


def _level_notes(scenario: Scenario, weather: Weather) -> tuple[str, ...]:
    """A warning where the irradiation is far from what the nearest climate knows: the budget does not cover that."""
    try:
        climate, km, _ = nearest_or_named(weather.latitude, weather.longitude)
    except WeatherError:
        return ()
    level, known = weather.sum_kwh_per_m2(weather.ghi), sum(climate.ghi_kwh_per_m2)
    if km > WARN_KM or not weather.covered().all() or abs(level / known - 1) <= LEVEL_TOLERANCE:
        return ()
    side = "above" if level > known else "below"
    sigma = scenario.uncertainty.resource_level_percent
    beyond = f": the {sigma:g} % of the budget's resource level do not cover that"
    return (
        f"GHI of {level:,.0f} kWh/m2 is {abs(level / known - 1):.0%} {side} the {known:,.0f} of {climate.name} "
        f"({climate.period}), {km:.0f} km away{beyond if abs(level / known - 1) > sigma / 100 else ''}",
    )


# --- what the run found ---------------------------------------------------------------------------------------


def _system(
    scenario: Scenario, modules: Sequence[Module], inverters: chain.Inverters, found: chain.ChainResult
) -> System:
    pairs = list(zip(scenario.roof, modules, strict=True))
    planes = tuple(
        PlaneSummary(r.name, r.panels, r.surface_tilt, r.azimuth_at(scenario.site.latitude), float(poa), float(kwh))
        for r, poa, kwh in zip(scenario.roof, found.poa_kwh_per_m2, found.plane_kwh, strict=True)
    )
    return System(
        panels=sum(r.panels for r in scenario.roof),
        dc_kwp=sum(r.panels * m.power_w for r, m in pairs) / 1000,
        ac_kw=float((inverters.pdc0 * inverters.eta_inv_nom).sum()) / 1000,
        module_area_m2=sum(r.panels * m.effective_area_m2 for r, m in pairs),
        planes=planes,
    )


def _faces_the_pole(roof: Roof, latitude: float) -> bool:
    towards_equator = 180.0 if latitude >= 0 else 0.0
    off = abs((roof.azimuth_at(latitude) - towards_equator + 180) % 360 - 180)
    return roof.surface_tilt > 0 and off > 90


def _warnings(scenario: Scenario, found: chain.ChainResult) -> tuple[str, ...]:
    notes = [
        f"{r.name} faces the pole (surface_azimuth {r.azimuth_at(scenario.site.latitude):g}, clockwise from north; "
        "where 0 means south, write 180)"
        for r in scenario.roof
        if _faces_the_pole(r, scenario.site.latitude)
    ]
    if not found.p_ac.any():
        notes.append("no energy is delivered at all: check losses, panels and weather")
    low, high = ODD_DC_AC_RATIO
    for name in dict.fromkeys(r.inverter for r in scenario.roof):
        roofs = [r for r in scenario.roof if r.inverter == name]
        dc_w = sum(r.panels * scenario.module_of(r).power_w for r in roofs)
        ratio = dc_w / _rated_ac_w(scenario.inverter_of(roofs[0]), dc_w)
        if not low <= ratio <= high:
            place = "" if name is None else f" of [inverters.{name}]"
            notes.append(f"DC/AC ratio {ratio:.2f}{place} is unusual; {low:g} to {high:g} is common")
    return tuple(notes)
